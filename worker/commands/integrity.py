"""`baiqau integrity`: any answer matrix and its key in; pairs, people, clusters, the measured null and acts out."""

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import new_class
from typing import cast, get_args

import dataframely as dy
import polars as pl
import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from jobs.feeds import keys, sheets
from jobs.feeds.contract import CODE, Feed, column
from jobs.feeds.sheets import item_seconds
from jobs.feeds.vocabulary import STAGES
from jobs.integrity.analysis import NONE, RECOMMEND, REVIEW, Analysis, Rules, analyse
from jobs.integrity.forms import Forms, IntegrityInputError, canonical_forms
from jobs.integrity.screen import EngineName, Progress
from worker.commands.files import FeedRows, must_be_file, read_feed, safe_cells, write_csv
from worker.commands.integrity_acts import FINDINGS, Findings, Origin, clear_findings, write_findings
from worker.deliver.words import LANGUAGES

PAIRS = (
    "a", "b", "variant", "same_school", "compared", "identical", "eic", "eeic", "expected", "m4_p", "gbt_p",
    "m4_adjusted", "level",
)  # fmt: skip
PEOPLE = ("participant", "variant", "score", "answered", "minutes", "flags", "gnormed", "u3", "ht")
TABLES = ("pairs.csv", "people.csv", "clusters.csv", "null.csv")
CLUSTERS = ("cluster", "size", "edges", "density", "largest_clique", "clique_exact", "members")

MOST_TOLD = 20  # reasons a file; the others are counted
ONLY_VARIANT = "1"  # of files that name no variant
ZONE = "UTC"  # of times without an offset: they are only compared with one another

_ALSO_HEADED: Mapping[str, tuple[str, ...]] = {
    "participant": ("id", "examinee", "student", "candidate"),
    "variant": ("form", "booklet"),
    "school_id": ("school", "мектеп", "школа", "centre", "center"),
}
_REPAIRS: Mapping[str, str] = {
    "answer-letters-folded": "Cyrillic letters among answers or keys were read as the Latin ones they look like",
    "answer-columns-missing": "columns of answers are missing in between; their items are blank",
    "item-times-unreadable": "times of items are no number of seconds; they count as unknown",
    "letters-folded": "look-alike letters and odd spaces were mended",
}
_TWINS = str.maketrans(
    "авекмнорстухіјѕһ", "abekmhopctyxijsh"
)  # small Cyrillic letters, whose capitals look Latin
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_NO_SCHOOL = re.compile(r"[\W_]*|0+")
_NO_WORDS = frozenset(word.translate(_TWINS) for word in ("нет", "жоқ", "n/a", "none"))
_TO_DO = {
    "no-key": "; add it or correct the sheets",
    "too-many-answers": "; add the items that are missing",
    "wrong-variant": ", or whether the keys are exchanged",
}
_KEPT = ("variant", "answers", "school_id", "class", "region", "started_at", "finished_at")


@dataclass(frozen=True)
class IntegritySummary:
    """Counts for the screen, the files written, and sentences worth reading. `pairs_compared` are those of one school
    and form; `other_pairs` those of different schools; `acts`: groups that have one."""

    sheets: int
    left_out: int
    forms: int
    pairs_compared: int
    other_pairs: int
    review: int
    recommend: int
    clusters: int
    acts: int
    files: tuple[Path, ...]
    notes: tuple[str, ...]


def run_integrity(  # noqa: PLR0913 - one parameter an option of the command
    sheets_file: Path,
    key: Path,
    out: Path,
    *,
    all_pairs: bool = False,
    minutes: int = 30,
    seconds_per_item: int = 45,
    above: str = "90 %",
    threads: int | None = None,
    engine: str = "auto",
    lang: str = "kk",
) -> IntegritySummary:
    """Analyse the sheets; write into `out`, made if it is not there: act.html, which opens first, in `lang`; acts/NN
    for every group in kk, ru and `lang`; key.csv; pairs.csv, people.csv, clusters.csv, null.csv and method.json.

    `minutes`, `seconds_per_item` and `above` (a share such as "90 %" or "9/10") are the literal rules of clauses 6 and
    9; `threads`: all processors unless told. The same files and options write the same bytes. Raises FileFault or
    IntegrityInputError, one sentence each; typer.BadParameter of an option that means nothing.
    """
    share = _share(above)
    rules = Rules(minutes, seconds_per_item, accurate=share, alike=share)
    _choice("--engine", engine, get_args(EngineName))
    _choice("--lang", lang, LANGUAGES)
    _keep_inputs(out, sheets_file, key)
    forms, about_files = _given(sheets_file, key)
    with progress_bar("pairs") as progress:
        analysis = analyse(
            forms,
            rules,
            engine=cast(EngineName, engine),
            threads=threads or len(os.sched_getaffinity(0)),
            all_pairs=all_pairs,
            progress=progress,
        )
    pairs = analysis.pairs if all_pairs else _worth_reading(analysis.pairs)
    _clear(out)
    tables = write_tables(
        out, pairs=pairs, people=analysis.people, clusters=analysis.clusters, null=analysis.null
    )
    notes = (*about_files, *analysis.notes)
    origin = Origin(sheets_file, key, rules, engine)
    with progress_bar("acts") as progress:
        found = write_findings(out, analysis, origin, lang, notes, progress)
    return _summary(analysis, tables, found, notes)


def _given(sheets_file: Path, key: Path) -> tuple[Forms, tuple[str, ...]]:
    """The sheets with the right answers to each form of the test, and what is worth saying of the two files."""
    must_be_file(sheets_file)
    must_be_file(key)
    table, about_schools = one_spelling(read_sheets(sheets_file))
    right = read_keys(key, stage_of(table))
    forms = canonical_forms(table, right)
    _some_form(key, forms, right)
    return forms, (*about_schools, *_left_out(forms.left_out), *_beyond_the_sheets(table, right))


def _choice(option: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        raise typer.BadParameter(f"{option} {given}: choose one of {', '.join(known)}.")


def _keep_inputs(out: Path, *given: Path) -> None:
    """A key of answers may well be called key.csv too."""
    if any(path.is_file() for path in (out, *out.parents)):
        raise IntegrityInputError(f"--out {out}: it is a file or lies in one; give a folder.")
    written = {(out / name).resolve() for name in (*TABLES, *FINDINGS)}
    for path in given:
        if path.resolve() in written:
            raise IntegrityInputError(f"--out {out}: it would overwrite {path}; choose another folder.")


def _share(text: str) -> Fraction:
    """An exact share of the items."""
    bare = text.replace(" ", "")
    try:
        share = Fraction(bare.removesuffix("%")) / (100 if bare.endswith("%") else 1)
    except (ValueError, ZeroDivisionError) as fault:
        raise typer.BadParameter(f'--above {text}: write a share such as "90 %" or 9/10.') from fault
    if not 0 < share < 1:
        raise typer.BadParameter(f"--above {text}: it must lie between 0 and 100 %.")
    return share


def _worth_reading(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.filter((pl.col("level") != NONE) | pl.col("naive"))


def _summary(
    analysis: Analysis, tables: tuple[Path, ...], found: Findings, notes: tuple[str, ...]
) -> IntegritySummary:
    levels = analysis.pairs["level"]
    return IntegritySummary(
        sheets=analysis.people.height,
        left_out=analysis.forms.left_out.height,
        forms=len(analysis.forms.forms),
        pairs_compared=analysis.compared,
        other_pairs=analysis.others,
        review=int((levels == REVIEW).sum()),
        recommend=int((levels == RECOMMEND).sum()),
        clusters=analysis.clusters.height,
        acts=found.acts,
        files=(*found.files, *tables),
        notes=(*notes, *found.notes),
    )


def _left_out(sheets: pl.DataFrame) -> Iterator[str]:
    """A sentence a reason."""
    for why, count in sheets.group_by("why", maintain_order=True).len().sort("why").iter_rows():
        yield f"{count} {'sheet was' if count == 1 else 'sheets were'} left out: {why}."


def _some_form(path: Path, forms: Forms, keys: pl.DataFrame) -> None:
    """Raises IntegrityInputError where no sheet can be compared; it says what the most sheets lack."""
    if forms.forms:
        return
    reasons = (
        forms.left_out.group_by("code", "variant", "why").len().sort("len", "why", descending=[True, False])
    )
    code, variant, why, _ = reasons.row(0)
    told = _missing(variant, keys) if code == "key-has-gaps" else why + _TO_DO[code]
    raise IntegrityInputError(f"{path}: {told}.")


def _missing(variant: str, keys: pl.DataFrame) -> str:
    """What a key with gaps lacks first."""
    items = set(keys.filter(pl.col("variant") == variant)["item"])
    absent = sorted(set(range(1, max(items) + 1)) - items)
    if not absent:
        return f"a key of variant {variant} is no letter or digit; correct it"
    more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
    return f"variant {variant} has no item {absent[0]}{more}; add {'them' if more else 'it'}"


def _beyond_the_sheets(table: pl.DataFrame, keys: pl.DataFrame) -> Iterator[str]:
    """Items that no sheet of the variant has a place for."""
    places = table.group_by("variant").agg(places=pl.col("answers").str.len_chars().max())
    items = (
        keys.group_by("variant").agg(items=pl.col("item").max()).join(places, on="variant").sort("variant")
    )
    for variant, last, place in items.filter(pl.col("items") > pl.col("places")).iter_rows():
        yield f"Variant {variant}: the key has {last} items, the sheets end at item {place}; the others are blanks."


def _clear(out: Path) -> None:
    """What an earlier run wrote goes before anything new is there: a run that breaks off leaves no mixture."""
    clear_findings(out)
    for name in TABLES:
        (out / name).unlink(missing_ok=True)


def _of_anybody(feed: Feed, *needed: str) -> Feed:
    """The feed for tests of any organiser: ids as they are written, any stage or none, more headers."""
    headers = {
        name: (*feed.headers()[name][1:], *more)
        for name, more in _ALSO_HEADED.items()
        if name in feed.columns
    }
    headers["stage"] = feed.headers()["stage"][1:]
    own = {
        name: dy.String(
            nullable=feed.columns[name].nullable or name == "stage",
            **column(CODE, feed.description(name), *words),
        )
        for name, words in headers.items()
    }
    schema = new_class(f"Any{feed.schema.__name__}", (feed.schema,), {}, lambda body: body.update(own))
    return replace(feed, schema=schema, recognised_by=frozenset(needed))


_SHEETS = _of_anybody(sheets.FEED, "participant")
_KEYS = _of_anybody(keys.FEED, "item", "key")


# --- reading ---


def read_sheets(path: Path) -> pl.DataFrame:
    """A sheet a participant, as `jobs.integrity.forms.canonical_forms` takes them, and `stage` (null: not told).

    Any format of the intake; the file may lack stages and, where the test has one variant, variants. A row that
    cannot be read is told on standard error and left out; so is a second copy of a sheet. Raises FileFault where
    the file cannot be read, IntegrityInputError where it holds two sheets of one person, sheets of two stages or none.
    """
    rows = _once(path, _read(_SHEETS, path), ("participant",), "two different sheets of one participant")
    if rows.is_empty():
        raise IntegrityInputError(
            f"{path}: it holds no sheet that could be taken; correct what is told above."
        )
    if rows["stage"].drop_nulls().n_unique() > 1:
        raise IntegrityInputError(f"{path}: it holds sheets of several stages; give the sheets of one.")
    return rows.select("stage", *_KEPT, entry="participant", seconds=item_seconds(pl.col("seconds")))


def read_keys(path: Path, stage: str | None = None) -> pl.DataFrame:
    """A row an item of a variant: variant, item, key, item_id, options; of `stage` where both files tell it.

    Raises FileFault where the file cannot be read, IntegrityInputError where it says two things of one item, or has
    keys of several stages or of another one than the sheets.
    """
    rows = _once(path, _read(_KEYS, path), ("stage", "variant", "item"), "two different keys of one item")
    if stage is not None:
        rows = rows.filter(pl.col("stage").is_null() | (pl.col("stage") == stage))
    if rows.is_empty():
        of = f" for {stage}, the stage of the sheets" if stage else " that could be taken"
        raise IntegrityInputError(f"{path}: it holds no key{of}; give the right file.")
    if rows["stage"].drop_nulls().n_unique() > 1:
        raise IntegrityInputError(f"{path}: it holds keys of several stages; give the key of one.")
    return rows.select("variant", "item", "key", "item_id", "options")


def stage_of(table: pl.DataFrame) -> str | None:
    """The stage that sheets are of, where they tell it."""
    told = table["stage"].drop_nulls()
    return None if told.is_empty() else str(told[0])


def one_spelling(table: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Each school by the spelling that most of its sheets have, null where the cell says that there is none; and
    sentences about both."""
    written = table["school_id"].drop_nulls().value_counts(name="sheets").sort("school_id")
    written = written.sort("sheets", descending=True, maintain_order=True)
    chosen: dict[str, str] = {}
    names = {
        each: chosen.setdefault(alike, each) for each in written["school_id"] if (alike := _school(each))
    }
    none = set(written["school_id"]) - names.keys()
    known = pl.col("school_id").replace_strict(names, default=None, return_dtype=pl.String)
    notes = []
    if more := len(names) - len(chosen):
        notes.append(f"{_counted(more, 'other spelling')} taken as the one most used of its school.")
    if none:
        count = int(written.filter(pl.col("school_id").is_in(list(none)))["sheets"].sum())
        notes.append(f"{_counted(count, 'sheet')} taken as of no known school: the cell says so.")
    return table.with_columns(known), notes


def _school(text: str) -> str:
    """What spellings of one school have in common; empty where the cell says that there is none."""
    plain = _DASHES.sub("-", _UNSEEN.sub("", unicodedata.normalize("NFKC", text)))
    folded = " ".join(plain.casefold().split()).translate(_TWINS)
    return "" if _NO_SCHOOL.fullmatch(folded) or folded in _NO_WORDS else folded


def _counted(count: int, what: str) -> str:
    return f"{count} {what} was" if count == 1 else f"{count} {what}s were"


def _read(feed: Feed, path: Path) -> pl.DataFrame:
    tell = _Reasons()
    read = read_feed(feed, path, zone=ZONE, assume={"variant": ONLY_VARIANT}, tell=tell)
    _tell_mended(path, read, tell.unsaid)
    names = {word: chosen for chosen, spelt in STAGES.items() for word in spelt}
    return read.rows.with_columns(pl.col("stage").str.to_lowercase().replace(names))


@dataclass
class _Reasons:
    """Says the first reasons on standard error and counts the others."""

    count: int = 0

    def __call__(self, sentence: str) -> None:
        self.count += 1
        if self.count <= MOST_TOLD:
            _warn(sentence)

    @property
    def unsaid(self) -> int:
        return max(self.count - MOST_TOLD, 0)


def _tell_mended(path: Path, read: FeedRows, unsaid: int) -> None:
    if unsaid:
        _warn(f"{path.name}: {unsaid} more {'reason' if unsaid == 1 else 'reasons'} of the same kinds")
    for code, count in read.repairs.items():
        if code.startswith("variant-assumed"):
            _warn(f"{path.name}: it names no variant; all its rows are taken as variant {ONLY_VARIANT}")
        else:
            _warn(f"{path.name}: {_REPAIRS[code]} ({count})")


def _warn(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _once(path: Path, rows: pl.DataFrame, key: Sequence[str], clash: str) -> pl.DataFrame:
    """One row a key; copies go, and rows that differ are refused by their lines."""
    facts = [name for name in rows.columns if name != "line"]
    distinct = rows.unique(facts, keep="first", maintain_order=True)
    clashing = distinct.group_by(key, maintain_order=True).agg("line").filter(pl.col("line").list.len() > 1)
    if clashing.height:
        first, second = clashing["line"][0][:2]
        more = f" ({clashing.height - 1} more such)" if clashing.height > 1 else ""
        raise IntegrityInputError(f"{path}, lines {first} and {second}: {clash}; leave the right one{more}.")
    if copies := rows.height - distinct.height:
        rows_stand = "1 row stands" if copies == 1 else f"{copies} rows stand"
        _warn(f"{path.name}: {rows_stand} there twice, word for word; each is taken once")
    return distinct


# --- writing ---


def write_tables(
    out: Path, *, pairs: pl.DataFrame, people: pl.DataFrame, clusters: pl.DataFrame, null: pl.DataFrame
) -> tuple[Path, ...]:
    """pairs.csv, people.csv, clusters.csv and null.csv in `out`, which is made: the columns of the contract first,
    then what else the tables have. Yes and no are 1 and 0; what is not known is an empty cell."""
    out.mkdir(parents=True, exist_ok=True)
    tables = (_ordered(pairs, PAIRS), _ordered(people, PEOPLE), _ordered(clusters, CLUSTERS), null)
    named = zip(TABLES, tables, strict=True)
    return tuple(write_csv(_plain(table), out / name) for name, table in named)


def _ordered(table: pl.DataFrame, first: Sequence[str]) -> pl.DataFrame:
    return table.select(*first, *(name for name in table.columns if name not in first))


def _plain(table: pl.DataFrame) -> pl.DataFrame:
    kinds = table.schema.items()
    return table.with_columns(
        *(pl.col(name).cast(pl.Int8) for name, kind in kinds if kind == pl.Boolean),
        *(pl.col(name).fill_nan(None) for name, kind in kinds if kind.is_float()),
        *(_in_a_cell(table[name]) for name, kind in kinds if kind == pl.List(pl.String)),
    )


def _in_a_cell(lists: pl.Series) -> pl.Series:
    """Joined by a space where no member has one, else by "; ": no member can become a formula."""
    members = lists.explode().drop_nulls()
    between = "; " if members.str.contains(r"[\s;]").any() else " "
    safe = lists.to_frame().select(pl.all().list.eval(safe_cells(pl.element())).list.join(between))
    return safe.to_series()


@contextmanager
def progress_bar(doing: str) -> Iterator[Progress]:
    """A bar on standard error, only where that is a terminal; to be told how much is done, and of how much."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    hidden = not console.is_terminal
    with Bar(*columns, console=console, transient=True, disable=hidden, redirect_stdout=False) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
