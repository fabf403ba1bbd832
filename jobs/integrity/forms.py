"""Sheets and keys brought to canonical items and options, so that the same answer is the same code whoever gave it.

A form is one set of tasks: a variant, or several that show the same tasks (`item_id`) in another order, with their
options in another order (`options`). Only sheets of one form can be compared.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np
import polars as pl

from jobs.errors import BaiqauError
from jobs.feeds.cells import ANSWER_TWINS
from jobs.feeds.sheets import BLANK, item_seconds
from jobs.integrity.patterns import filled
from jobs.marks import Booleans, Characters, characters

Codes = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
Key = np.ndarray[tuple[int], np.dtype[np.uint8]]
Counts = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
Seconds = np.ndarray[tuple[int, int], np.dtype[np.float32]]

MOST_ITEMS = 254
MOST_LETTERS = 14
_RARE = 100  # a letter that fewer than one answer in so many is
_NAMED = 20  # letters that a sentence names

_SHEET: Mapping[str, pl.DataType] = {
    "entry": pl.String(),
    "variant": pl.String(),
    "school_id": pl.String(),
    "class": pl.String(),
    "region": pl.String(),
    "started_at": pl.Datetime("us", "UTC"),
    "finished_at": pl.Datetime("us", "UTC"),
}
_KEY: Mapping[str, pl.DataType] = {
    "variant": pl.String(),
    "item": pl.Int64(),
    "key": pl.String(),
    "item_id": pl.String(),
    "options": pl.String(),
}
_WHY = {
    "no-key": "no key came for variant {}",
    "key-has-gaps": "an item is missing in the key of variant {}, or its key is no letter or digit",
    "too-many-answers": "more answers than the key of variant {} has items",
}
_JOINTS = "+&|/~"  # of the names of variants in one form; arrows if none will do
_CLEARLY = 3  # standard deviations by which another key must fit better
_NOBODY = pl.DataFrame(schema={"entry": pl.String, "other": pl.String})
_AFTER_THE_LAST = r"[^\p{L}\p{Nd}]+$"
_BY_LATIN = {latin: cyrillic for cyrillic, latin in ANSWER_TWINS.items()}


class _Row(NamedTuple):
    """A row of the keys, in the order of `_KEY`."""

    variant: str
    item: int
    key: str | None
    item_id: str | None
    options: str | None


class IntegrityInputError(BaiqauError):
    """Sheets or keys cannot be analysed as they are; the sentence names the variant or item."""


@dataclass(frozen=True, eq=False)
class Form:
    """One set of tasks and its N sheets. J items, K letters.

    `name`: its variants, joined by a character that is in none of their names. `items`: canonical ids, in the order of
    its first variant; "1", "2" … without ids. `letters[k-1]`: the canonical letter of code k. `key` (J): the code of
    the right option. `codes` (N, J), C order: 0 a blank, else 1 … K. `filled` (N, J): answers not thought about
    (`jobs.integrity.patterns`). `sheets`: a row a sheet in the same order, sorted by entry: entry, variant, school_id,
    class, region, started_at, finished_at. `seconds` (N, J): time of each item, NaN unknown; None where no time is
    known.
    """

    name: str
    items: tuple[str, ...]
    letters: tuple[str, ...]
    key: Key
    codes: Codes
    filled: Booleans
    sheets: pl.DataFrame
    seconds: Seconds | None

    @property
    def size(self) -> int:
        """J, the number of items."""
        return len(self.items)

    @cached_property
    def right(self) -> Booleans:
        """(N, J): the answer is right."""
        return np.equal(self.codes, self.key)

    @cached_property
    def answered(self) -> Counts:
        """(N): items that are not blank."""
        return np.asarray(np.count_nonzero(self.codes, axis=1))

    @cached_property
    def score(self) -> Counts:
        """(N): right answers."""
        return np.asarray(np.count_nonzero(self.right, axis=1))

    @cached_property
    def enough(self) -> Flags:
        """(N): at least half of the items are answered; other sheets say too little to be compared."""
        return np.asarray(self.answered * 2 >= self.size)


@dataclass(frozen=True, eq=False)
class Forms:
    """`forms` sorted by name; `left_out`: entry, variant, code, why of sheets that are in no form (no-key,
    key-has-gaps, too-many-answers, wrong-variant); `notes`: a sentence each."""

    forms: tuple[Form, ...]
    left_out: pl.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Variant:
    """A whole key: of each item in the variant's order, the canonical right letter, the canonical letter behind each
    of the variant's own (others stand for themselves), and its id where all items have one of their own. `joint`
    joins names of variants: none has it."""

    name: str
    joint: str
    key: str
    behind: tuple[Mapping[str, str], ...]
    ids: tuple[str, ...] | None

    @property
    def told(self) -> bool:
        """Whether the options of every item are told."""
        return all(self.behind)

    @property
    def by_id(self) -> frozenset[tuple[str, str]]:
        """The items and the canonical letter that is right in each."""
        return frozenset(zip(self.ids or (), self.key, strict=False))

    @property
    def letters(self) -> set[str]:
        """All letters of the key and the options."""
        return set(self.key).union(*(each.values() for each in self.behind))


def canonical_forms(sheets: pl.DataFrame, keys: pl.DataFrame) -> Forms:
    """The forms of `sheets` by `keys`.

    `sheets`: entry (unique), variant, answers (a character an item), and where they are known school_id, class,
    region, started_at, finished_at, seconds (a list of one number an item in the variant's order, or that list as the
    feed keeps it). `keys`: variant, item, key, and where they are known item_id and options: the canonical letters
    behind this variant's letters in order ("CABD": here A shows canonical C). The key is in the variant's own letters.

    Variants become one form when they have the same ids and, in canonical letters, the same key; a form nobody sat
    is none. Letters are compared as capitals; characters that are neither letters nor digits are blanks. A form has
    at most 14 letters: those of its key, then the most frequent of the answers; the rarest beyond count as blanks.
    A sheet that fits the key of another variant far better than its own is left out as wrong-variant.
    Raises IntegrityInputError where two sheets have one entry, a key contradicts itself or has more than 14 letters,
    or a variant has more than 254 items.
    """
    if sheets["entry"].is_duplicated().any():
        raise IntegrityInputError("Two sheets have one entry; keep one sheet of each person.")
    tables = _keys_by_variant(keys)
    joint = _joint(tables)
    whole = {name: _variant(name, joint, rows) for name, rows in tables.items() if _is_whole(rows)}
    placed = _rightly_named(_placed(sheets, tables, whole), {name: tables[name] for name in whole})
    sat = placed.filter(pl.col("code").is_null())
    names = sat["variant"].unique().sort()
    groups, about_variants = _pooled([whole[name] for name in names])
    made = [_form(group, sat) for group in groups]
    about_ids = [_about_ids(name, tables[name]) for name in names]
    about_letters = [note for _, notes in made for note in notes]
    left_out = placed.filter(pl.col("code").is_not_null()).select("entry", "variant", "code", "why")
    notes = (*about_variants, *filter(None, about_ids), *about_letters)
    return Forms(tuple(sorted((form for form, _ in made), key=lambda form: form.name)), left_out, notes)


# --- keys ---


def _keys_by_variant(keys: pl.DataFrame) -> dict[str, list[_Row]]:
    """The rows of each variant in the order of its items; the same row twice is one."""
    rows = _shaped(keys, _KEY).drop_nulls("variant").unique().sort("variant", "item")
    twice = rows.filter(pl.struct("variant", "item").is_duplicated())
    if twice.height:
        variant, item = twice.row(0)[:2]
        raise IntegrityInputError(
            f"Variant {variant}, item {item}: the key has two rows; leave the right one."
        )
    parts = rows.partition_by("variant", maintain_order=True)
    return {part["variant"][0]: [_Row(*row) for row in part.iter_rows()] for part in parts}


def _shaped(table: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The columns of `schema`; those that did not come are null."""
    absent = [pl.lit(None).alias(name) for name in schema if name not in table.columns]
    return table.with_columns(absent).select(pl.col(name).cast(kind) for name, kind in schema.items())


def _is_whole(rows: Sequence[_Row]) -> bool:
    """Whether every item from 1 on has a right answer."""
    return all(row.item == number and _is_mark(_capitals(row.key)) for number, row in enumerate(rows, 1))


def _is_mark(text: str) -> bool:
    return len(text) == 1 and (text.isalpha() or text.isdecimal())


def _capitals(text: str | None) -> str:
    """Character by character: a few have a capital of two, and stay."""
    return "".join(each.upper() if len(each.upper()) == 1 else each for each in text or "")


def _joint(names: Collection[str]) -> str:
    """A character that stands in no name, so that names joined by it are the name of nothing else."""
    candidates = chain(_JOINTS, map(chr, range(0x2190, 0xD7FF)))
    return next(each for each in candidates if not any(each in name for name in names))


def _variant(name: str, joint: str, rows: Sequence[_Row]) -> _Variant:
    if len(rows) > MOST_ITEMS:
        raise IntegrityInputError(
            f"Variant {name} has {len(rows)} items; at most {MOST_ITEMS} can be analysed at once."
        )
    behind = tuple(_behind(name, row) for row in rows)
    key = "".join(letters.get(own, own) for letters, own in zip(behind, _own_key(rows), strict=True))
    ids = tuple(row.item_id for row in rows)
    distinct = None not in ids and len(set(ids)) == len(ids)
    return _Variant(name, joint, key, behind, tuple(map(str, ids)) if distinct else None)


def _own_key(rows: Sequence[_Row]) -> str:
    """The right letters of a whole key as the variant shows them."""
    return "".join(_capitals(row.key) for row in rows)


def _behind(name: str, row: _Row) -> dict[str, str]:
    """The canonical letter behind each letter of the variant, where the options of the item are told."""
    options = _capitals(row.options)
    own = _alphabetical(set(options))
    if not options:
        return {}
    place = f"Variant {name}, item {row.item}: the options {options}"
    if len(own) != len(options) or not all(map(_is_mark, options)):
        raise IntegrityInputError(
            f"{place} are not letters or digits, each once, such as CABD; correct them."
        )
    if _capitals(row.key) not in own:
        raise IntegrityInputError(f"{place} have no {row.key}, which the key says; correct one of them.")
    return dict(zip(own, options, strict=True))


def _alphabetical(letters: Collection[str]) -> list[str]:
    """In the order of their alphabet. Answers keep Cyrillic letters that look Latin as Latin: beside Cyrillic ones
    they have the places of those."""
    cyrillic = any("\u0400" <= letter <= "\u04ff" for letter in letters)
    return sorted(letters, key=lambda letter: _BY_LATIN.get(letter, letter) if cyrillic else letter)


# --- variants that show the same tasks ---


def _pooled(variants: Sequence[_Variant]) -> tuple[list[list[_Variant]], list[str]]:
    """The variants of each form, and what kept variants of the same items apart."""
    alike: dict[object, list[_Variant]] = {}
    for each in variants:
        alike.setdefault(each.name if each.ids is None else frozenset(each.ids), []).append(each)
    groups: list[list[_Variant]] = []
    notes = []
    for same_items in alike.values():
        parts = _by_key(same_items)
        groups += parts
        notes += [_about_apart(same_items, parts)] if len(parts) > 1 else []
    return groups, notes


def _by_key(variants: Sequence[_Variant]) -> list[list[_Variant]]:
    parts: dict[object, list[_Variant]] = {}
    for each in variants:
        parts.setdefault(each.by_id, []).append(each)
    return list(parts.values())


def _about_apart(variants: Sequence[_Variant], parts: Sequence[Sequence[_Variant]]) -> str:
    names = ", ".join(each.name for each in variants)
    forms = ", ".join(map(_name, parts))
    if all(each.told for each in variants):
        item = min(item for item, _ in parts[0][0].by_id ^ parts[1][0].by_id)
        cause = f"by their options the keys differ, as in item {item}: check `key` and `options`"
    else:
        cause = "the order of their options is not told: give `options` in the keys"
    return f"Variants {names} have the same items, but {cause}; they were compared apart, as {forms}."


def _about_ids(name: str, rows: Sequence[_Row]) -> str | None:
    given = [row.item_id for row in rows if row.item_id is not None]
    if not given or len(set(given)) == len(rows):
        return None
    return f"Variant {name}: not every item has an `item_id` of its own, so it is compared with no other variant."


def _name(group: Sequence[_Variant]) -> str:
    return group[0].joint.join(each.name for each in group)


# --- sheets ---


def _placed(
    sheets: pl.DataFrame, tables: Mapping[str, Sequence[object]], whole: Mapping[str, _Variant]
) -> pl.DataFrame:
    """Every sheet by entry, with `code` and `why` where it can be in no form."""
    columns = {**_SHEET, "answers": pl.String(), "seconds": pl.List(pl.Float64())}
    known = pl.DataFrame(
        {
            "variant": list(tables),
            "whole": [name in whole for name in tables],
            "items": [len(rows) for rows in tables.values()],
        },
        schema={"variant": pl.String, "whole": pl.Boolean, "items": pl.Int64},
    )
    as_kept = sheets.schema.get("seconds") == pl.String
    listed = sheets.with_columns(item_seconds(pl.col("seconds"))) if as_kept else sheets
    joined = _shaped(listed, columns).join(known, on="variant", how="left", maintain_order="left")
    length = pl.col("answers").str.replace(_AFTER_THE_LAST, "").str.len_chars()
    code = (
        pl.when(pl.col("whole").is_null())
        .then(pl.lit("no-key"))
        .when(~pl.col("whole"))
        .then(pl.lit("key-has-gaps"))
        .when(length > pl.col("items"))
        .then(pl.lit("too-many-answers"))
    )
    why = code.replace_strict(_WHY, default=None, return_dtype=pl.String)
    return joined.sort("entry").with_columns(
        code=code, why=why.str.replace("{}", pl.col("variant").fill_null("(none)"), literal=True)
    )


def _rightly_named(placed: pl.DataFrame, tables: Mapping[str, Sequence[_Row]]) -> pl.DataFrame:
    """Of the sheets of whole keys, those of another variant get a `code` too: pupils of one key who are read by
    another have their wrong answers in common, as if they had copied."""
    own = {name: _own_key(rows) for name, rows in tables.items()}
    found = pl.concat([_NOBODY, *(_misnamed(placed, name, own) for name in own)])
    fits = "the answers fit the key of variant {} far better than that of variant {}, which the sheet names"
    why = pl.format(f"{fits}; check its variant", "other", "variant")
    of_another = pl.col("other").is_not_null()
    return placed.join(found, on="entry", how="left", maintain_order="left").with_columns(
        code=pl.when(of_another).then(pl.lit("wrong-variant")).otherwise("code"),
        why=pl.when(of_another).then(why).otherwise("why"),
    )


def _misnamed(placed: pl.DataFrame, name: str, keys: Mapping[str, str]) -> pl.DataFrame:
    """Entry and `other`, the variant it fits best, of the sheets said to be of variant `name` that clearly are not."""
    own = keys[name]
    others = {
        key: other for other, key in reversed(list(keys.items())) if len(key) == len(own) and key != own
    }
    sheets = placed.filter(pl.col("variant") == name, pl.col("code").is_null())
    if not others or sheets.is_empty():
        return _NOBODY
    marks = _in_capitals(characters(sheets["answers"], len(own), BLANK))
    by_own = _fitting(marks, own)
    by_other = np.stack([_fitting(marks, key) for key in others])
    best, most = by_other.argmax(axis=0), by_other.max(axis=0)
    clear = _is_clear(by_own, most, np.count_nonzero(marks != ord(BLANK), axis=1), len(own))
    named = pl.Series("other", list(others.values()), pl.String).gather(best[clear])
    return sheets.select("entry").filter(pl.Series(clear)).with_columns(named)


def _is_clear(by_own: Counts, by_other: Counts, answered: Counts, size: int) -> Flags:
    """(N): by the other key at least half of what is answered is right, and more than by their own by a quarter of
    the items and by what guessing hardly ever gives."""
    more = by_other - by_own
    enough = (by_other * 2 >= answered) & (more * 4 >= size)
    return np.asarray(enough & (more * more >= _CLEARLY**2 * (by_other + by_own)))


def _in_capitals(marks: Characters) -> Characters:
    """Code points of capitals; what is no letter or digit is a blank."""
    written = np.flatnonzero(np.bincount(marks.ravel()))
    capitals = np.zeros(int(written[-1]) + 1, np.uint32)
    meant = (_capitals(chr(point)) for point in written.tolist())
    capitals[written] = [ord(mark if _is_mark(mark) else BLANK) for mark in meant]
    return capitals[marks]


def _fitting(marks: Characters, key: str) -> Counts:
    """(N): items whose mark is that of the key."""
    right = np.equal(marks, np.array([ord(letter) for letter in key], np.uint32))
    return np.asarray(np.count_nonzero(right, axis=1))


def _form(group: Sequence[_Variant], sat: pl.DataFrame) -> tuple[Form, list[str]]:
    """The form of these variants, and what is to be said of its letters."""
    sheets = sat.filter(pl.col("variant").is_in([each.name for each in group]))
    first = group[0]
    marks = characters(sheets["answers"], len(first.key), BLANK)
    frequent = np.bincount(marks.ravel())
    written = np.flatnonzero(frequent)  # the code points that occur
    counts = _counted(written, frequent)
    letters = _letters(group, counts)
    parts = [(np.flatnonzero(sheets["variant"] == each.name), each, _order(each, first)) for each in group]
    codes, blind = np.empty(marks.shape, np.uint8), np.empty(marks.shape, np.bool_)
    for rows, variant, order in parts:
        own = _coded(marks[rows], variant, written, letters)
        right = own == np.array([letters.index(letter) + 1 for letter in variant.key], np.uint8)
        codes[rows], blind[rows] = own[:, order], filled(marks[rows], right, BLANK)[:, order]
    seconds = _times(sheets["seconds"], len(first.key))
    for rows, _, order in parts:
        seconds[rows] = seconds[rows][:, order]
    form = Form(
        name=_name(group),
        items=first.ids or tuple(str(number) for number in range(1, len(first.key) + 1)),
        letters=letters,
        key=np.array([letters.index(letter) + 1 for letter in first.key], np.uint8),
        codes=codes,
        filled=blind,
        sheets=sheets.select(list(_SHEET)),
        seconds=None if np.isnan(seconds).all() else seconds,
    )
    return form, list(_about_letters(group, letters, counts))


def _order(variant: _Variant, first: _Variant) -> Counts:
    """Where the variant has each item of the first one."""
    if variant.ids is None or first.ids is None:
        return np.arange(len(variant.key))
    at = {item: place for place, item in enumerate(variant.ids)}
    return np.array([at[item] for item in first.ids])


def _counted(written: Counts, frequent: Counts) -> Counter[str]:
    """How often each letter or digit stands in the answers, as a capital."""
    counts: Counter[str] = Counter()
    for point in written.tolist():
        mark = _capitals(chr(point))
        if _is_mark(mark):
            counts[mark] += int(frequent[point])
    return counts


def _known(group: Sequence[_Variant]) -> set[str]:
    """The letters of the keys and their options."""
    return set[str]().union(*(each.letters for each in group))


def _letters(group: Sequence[_Variant], counts: Counter[str]) -> tuple[str, ...]:
    """The canonical letters of a form: a stray mark on one sheet must not keep a whole country from being analysed."""
    known = _known(group)
    if len(known) > MOST_LETTERS:
        raise IntegrityInputError(
            f"Variant {_name(group)}: {len(known)} different letters stand in its key "
            f"({_listed(known)}); correct it, for at most {MOST_LETTERS} can be options."
        )
    others = sorted(counts.keys() - known, key=lambda letter: (-counts[letter], letter))
    return tuple(_alphabetical(known.union(others[: MOST_LETTERS - len(known)])))


def _coded(marks: Characters, variant: _Variant, written: Counts, letters: tuple[str, ...]) -> Codes:
    """The codes of answers, items in the variant's own order."""
    codes = {letter: code for code, letter in enumerate(letters, 1)}
    capitals = [_capitals(chr(point)) for point in written]
    table = [[codes.get(behind.get(each, each), 0) for each in capitals] for behind in variant.behind]
    place = np.zeros(int(written[-1]) + 1, np.uint16)
    place[written] = np.arange(len(written))
    return np.array(table, np.uint8)[np.arange(marks.shape[1]), place[marks]]


def _times(lists: pl.Series, size: int) -> Seconds:
    """(N, J) seconds, NaN where they are unknown or below nought."""
    within = lists.list.head(size)
    lengths = within.list.len().fill_null(0).to_numpy().astype(np.int64)
    total = int(lengths.sum())
    times = np.full((len(lists), size), np.nan, np.float32)
    rows = np.repeat(np.arange(len(lists)), lengths)
    columns = np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    known = within.filter(pl.Series(lengths > 0)).explode().fill_null(np.nan).to_numpy()
    times[rows, columns] = np.where(np.isfinite(known) & (known >= 0), known, np.nan)
    return times


def _about_letters(group: Sequence[_Variant], letters: Sequence[str], counts: Counter[str]) -> Iterator[str]:
    """Letters that no key has: the rare ones are likely stray marks; one that many chose is simply an option."""
    strange = counts.keys() - _known(group)
    everything = counts.total()
    rare = {letter for letter in strange.intersection(letters) if counts[letter] * _RARE < everything}
    beyond = strange.difference(letters)
    cases = (
        (rare, "that no key has", "likely stray marks; each counts as a wrong option"),
        (beyond, f"beyond the {MOST_LETTERS} that can be told apart", "the rarest; each counts as a blank"),
    )
    for found, which, so in cases:
        if found:
            count = sum(counts[letter] for letter in found)
            told = "1 answer is a letter" if count == 1 else f"{count} answers are letters"
            yield f"Variant {_name(group)}: {told} {which} ({_listed(found)}), {so}."


def _listed(letters: Collection[str]) -> str:
    ordered = _alphabetical(letters)
    return ", ".join(ordered[:_NAMED]) + (" …" if len(ordered) > _NAMED else "")
