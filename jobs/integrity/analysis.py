"""The analysis of answer sheets: literal signs, similar pairs, how rare they are among honest pupils, clusters.

Sources: regulation 002, clauses 6-11; van der Linden & Sotaridona 2006 (GBT); Maynes 2014 (M4); Bellezza & Bellezza
1989 (EEIC); Benjamini & Hochberg 1995. Nothing here decides: a level says who should look at a pair, and why.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Literal

import numpy as np
import polars as pl

from jobs.integrity import people
from jobs.integrity.clusters import clusters
from jobs.integrity.compare import (
    NULL_LEVELS,
    SMALLEST,
    Family,
    Null,
    Pairs,
    Run,
    Sheets,
    as_written,
    by_share,
    common,
    comparable,
    comparer,
    listed,
    null,
)
from jobs.integrity.forms import Form, Forms
from jobs.integrity.screen import RARE, Engine, EngineName, Progress, engine_named, strata

NONE, REVIEW, RECOMMEND = "none", "review", "recommend"

ALPHA = 0.05
FALSE_SHARE = 0.01  # of the review queue, at most, may be expected to be honest
COMMON_ERRORS = 6  # identical wrong answers that stand for themselves beside a rare agreement
LISTED = 10_000  # honest pairs, at most, that a family's border lets be expected in the list
ALIKE = 250_000  # pairs of a form with similar answers and nothing rare, at most, in the list
SUSPECT = 3  # times more often than nominal that pairs of different regions are rare, before it is said
OTHERS = 100_000  # of different schools

PAIR_SCHEMA: dict[str, pl.DataType] = {
    "a": pl.String(), "b": pl.String(), "variant": pl.String(), "same_school": pl.Boolean(),
    "same_variant": pl.Boolean(), "compared": pl.Int64(), "identical": pl.Int64(), "eic": pl.Int64(),
    "eeic": pl.Int64(), "expected": pl.Float64(), "m4_p": pl.Float64(), "gbt_p": pl.Float64(),
    "raised_by": pl.Float64(), "expected_honest": pl.Float64(), "m4_adjusted": pl.Float64(), "q": pl.Float64(),
    "naive": pl.Boolean(), "level": pl.String(), "form": pl.String(), "items": pl.Int64(),
}  # fmt: skip
NULL_SCHEMA: dict[str, pl.DataType] = {
    "form": pl.String(), "stratum": pl.Int64(), "pairs": pl.Int64(), "level": pl.Float64(), "observed": pl.Int64(),
    "rate": pl.Float64(), "raised_by": pl.Float64(),
}  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """What the regulation names: minutes of a test (9.1), seconds an item (6), the shares above which answers are
    accurate and alike (9.3), and the share of a form whose answers fit its difficulty worst (9.2, reading Q20)."""

    shortest: int = 30
    seconds_per_item: int = 45
    accurate: Fraction = Fraction(9, 10)
    alike: Fraction = Fraction(9, 10)
    misfitting: Fraction = Fraction(1, 100)


@dataclass(frozen=True, eq=False)
class Analysis:
    """`pairs` (PAIR_SCHEMA), the rarest first; `people` (people.SCHEMA) by entry; `clusters` as
    `jobs.integrity.clusters` with `level`, of the pairs whose Bonferroni-adjusted M4 is at most ALPHA; `null`
    (NULL_SCHEMA). `compared`: pairs of one school and form, `others`: of different schools; `by_school` is false where
    no sheet names a school and all pairs of a form are judged together. `notes`: a sentence each."""

    forms: Forms
    pairs: pl.DataFrame
    people: pl.DataFrame
    clusters: pl.DataFrame
    null: pl.DataFrame
    compared: int
    others: int
    by_school: bool
    notes: tuple[str, ...]


def analyse(
    forms: Forms,
    rules: Rules = Rules(),
    *,
    engine: EngineName = "auto",
    threads: int = 1,
    all_pairs: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> Analysis:
    """Everything about these sheets. `all_pairs` lists every pair of a form, for small numbers. The result is the same
    to the last bit whatever the engine and the number of threads."""
    sheets = [comparable(form) for form in forms.forms]
    families = _families(sheets)
    meter = _Meter(progress, sum(each.pairs for each in sheets))
    with ThreadPoolExecutor(threads) as pool:
        search = _Search(
            rules, families, _engine(engine, sheets), pool.map if threads > 1 else map, all_pairs, meter
        )
        parts = [_compared(search, each) for each in sheets]
    found = _weighed(pl.concat([_NO_PAIRS, *(part.pairs for part in parts)]))
    signs = people.signs(forms, rules.shortest, rules.seconds_per_item, rules.accurate, rules.misfitting)
    pairs = _levels(found, people.hasty(signs))
    return Analysis(
        forms=forms,
        pairs=pairs,
        people=people.described(signs, pairs, by_school=len(families) > 1),
        clusters=_clusters(pairs),
        null=pl.concat([pl.DataFrame(schema=NULL_SCHEMA), *(part.null for part in parts)]),
        compared=families[0].size,
        others=sum(family.size for family in families[1:]),
        by_school=len(families) > 1,
        notes=(*forms.notes, *(note for part in parts for note in part.notes)),
    )


@dataclass
class _Meter:
    progress: Progress
    total: int
    done: int = 0

    def __call__(self, pairs: int) -> None:
        self.done += pairs
        self.progress(self.done, self.total)


def _engine(name: EngineName, sheets: Sequence[Sheets]) -> Engine:
    """Where all forms are too small for statistics there is nothing that machine code would be worth making for."""
    few = not any(each.telling for each in sheets)
    return engine_named("numpy" if name == "auto" and few else name)


def _families(sheets: Sequence[Sheets]) -> list[Family]:
    """The confirmatory family first: pairs of one form and one school. Where no school is named it is all pairs of a
    form, and no exploratory one is left."""
    total = sum(each.pairs for each in sheets)
    if not any((each.school >= 0).any() for each in sheets):
        return [_family("all", total)]
    within = sum(each.pairs_of_schools for each in sheets)
    return [_family("school", within), _family("others", total - within)]


def _family(of: Literal["school", "others", "all"], size: int) -> Family:
    """Listed is what Benjamini-Hochberg may need, and no more honest pairs than LISTED are to be expected there."""
    return Family(of, size, min(FALSE_SHARE, LISTED / max(size, 1)))


# --- the pairs of a form ---


@dataclass(frozen=True, eq=False)
class _Search:
    rules: Rules
    families: Sequence[Family]
    engine: Engine
    run: Run
    all_pairs: bool
    meter: _Meter


@dataclass(frozen=True, eq=False)
class _Part:
    pairs: pl.DataFrame
    null: pl.DataFrame
    notes: list[str]


def _compared(search: _Search, sheets: Sheets) -> _Part:
    """Of one form: the listed pairs of every family, and the empirical null."""
    ready = comparer(sheets, search.engine, search.run, search.families)
    measured = null(ready)
    raised = float(measured.raised_by().max())
    tables: list[pl.DataFrame] = []
    notes = [_too_few(sheets)] if not sheets.enough else [_doubts(sheets)] if sheets.doubtful else []
    notes += [_raised(sheets, raised)] if raised > SUSPECT else []
    for family in search.families:
        room = sheets.pairs if search.all_pairs else OTHERS if family.of == "others" else ALIKE
        naive = 0 if search.all_pairs else _more_than(search.rules.alike, sheets.items)
        told = _unheard if family.of == "school" else search.meter
        pairs, similar = listed(ready, family, naive, room, told)
        if family.of != "others":
            pairs = _joined(pairs, _by_share(search, sheets.form, family, naive, room))
        judged = {"of": pl.lit(family.of), "family": pl.lit(family.size, pl.Int64)}
        tables.append(_table(sheets, pairs, measured, search.rules).with_columns(**judged))
        notes += [_too_many(sheets, family, similar)] if similar > room else []
        notes += [_too_rare(sheets)] if not search.all_pairs and len(pairs.rows) >= RARE else []
    return _Part(pl.concat(tables), _null_rows(sheets.form, measured), notes)


def _by_share(search: _Search, form: Form, family: Family, naive: int, room: int) -> Pairs:
    """Pairs that only agree so much because both filled in the same: clause 9.3 counts all answers."""
    ready = by_share(as_written(form), search.engine, search.run)
    return listed(ready, family, naive, room, _unheard)[0]


def _joined(pairs: Pairs, more: Pairs) -> Pairs:
    """Each pair once, by what `pairs` has of it."""
    known = {tuple(row) for row in pairs.rows.tolist()} if len(more.rows) else set()
    fresh = np.array([tuple(row) not in known for row in more.rows.tolist()], dtype=np.bool_)
    return Pairs(
        *(
            np.concatenate([getattr(pairs, each.name), getattr(more, each.name)[fresh]])
            for each in fields(Pairs)
        )
    )


def _unheard(_pairs: int) -> None:
    """The pairs of one school are few, and the others' pass counts them again."""


def _more_than(share: Fraction, items: int) -> int:
    """The least whole number above this share of the items."""
    return share.numerator * items // share.denominator + 1


def _too_many(sheets: Sheets, family: Family, similar: int) -> str:
    which = {"school": " of one school", "others": " of different schools", "all": ""}[family.of]
    return (
        f"Variant {sheets.form.name}: {similar} pairs{which} agree in more than the share of clause 9.3 and in nothing"
        " rare, as high scorers do; they are counted, not listed."
    )


def _doubts(sheets: Sheets) -> str:
    items = ", ".join(sheets.form.items[item] for item in sheets.doubtful)
    told = (
        f"Variant {sheets.form.name}: those who chose another answer than the key's do better in the rest of the test,"
        f" in these items: {items}; check the key"
    )
    if sheets.telling:
        return f"{told}."
    return f"{told}. They are too many: no statistics were made, only the literal signs are given."


def _too_rare(sheets: Sheets) -> str:
    return (
        f"Variant {sheets.form.name}: {RARE} pairs and more agree as hardly any honest ones do; only the first are"
        " listed. A key that many had, or one sheet given in many times, looks like this."
    )


def _raised(sheets: Sheets, times: float) -> str:
    return (
        f"Variant {sheets.form.name}: pairs of different regions agree up to {times:.0f} times as often as honest ones"
        " do, so the borders were raised, and copying may go unseen. A key that leaked over the country looks like"
        " this, and so does a wrong key."
    )


def _too_few(sheets: Sheets) -> str:
    return (
        f"Variant {sheets.form.name}: {len(sheets.chosen)} sheets with enough answers are too few to tell how rare an"
        f" agreement is ({SMALLEST} are needed); only the literal signs are given."
    )


# --- a table of pairs ---

_WEIGHED = ("expected_honest", "m4_adjusted", "q", "level")
_MEASURED = {name: kind for name, kind in PAIR_SCHEMA.items() if name not in _WEIGHED}
_MEASURED["thought_wrong"] = pl.Int64()  # wrong alike, what was filled in without thinking left out
_NO_PAIRS = pl.DataFrame(schema=_MEASURED | {"of": pl.String(), "family": pl.Int64()})


def _table(sheets: Sheets, pairs: Pairs, measured: Null, rules: Rules) -> pl.DataFrame:
    form, items = sheets.form, sheets.items
    seen = common(form, pairs.rows)
    one, other = (form.sheets.select("entry", "variant")[pairs.rows[:, side]] for side in (0, 1))
    stratum = strata(sheets.score[pairs.rows].sum(axis=1), items)
    shown = pl.when(one["variant"] == other["variant"]).then(one["variant"])
    variant = pl.select(shown.otherwise(pl.concat_str(one["variant"], pl.lit("+"), other["variant"])))
    school = sheets.school[pairs.rows]
    return pl.DataFrame(
        {
            "a": one["entry"],
            "b": other["entry"],
            "variant": variant.to_series(),
            "same_school": (school[:, 0] >= 0) & (school[:, 0] == school[:, 1]),
            "same_variant": (one["variant"] == other["variant"]).to_numpy(),
            "compared": seen.answered,
            "identical": seen.alike,
            "eic": seen.wrong,
            "eeic": seen.wrong_alike,
            "thought_wrong": pairs.wrong,
            "expected": pairs.expected,
            "m4_p": pairs.m4,
            "gbt_p": pairs.gbt,
            "raised_by": measured.raised_by()[stratum],
            "naive": seen.alike * rules.alike.denominator > items * rules.alike.numerator,
            "form": np.full(len(pairs.rows), form.name, dtype=object),
            "items": np.full(len(pairs.rows), items),
        },
        schema=_MEASURED,
        nan_to_null=True,
    )


def _weighed(pairs: pl.DataFrame) -> pl.DataFrame:
    """Bonferroni and Benjamini-Hochberg over all pairs of the family; those not listed are less rare than the last."""
    honest = (pl.col("m4_p") * pl.col("raised_by") * pl.col("family")).alias("expected_honest")
    ordered = pairs.with_columns(honest).sort("of", "expected_honest", "a", "b", nulls_last=True)
    place = pl.int_range(1, pl.len() + 1).over("of")
    share = (pl.col("expected_honest") / place).reverse().cum_min().reverse().over("of")
    known = pl.when(pl.col("m4_p").is_not_null())
    return ordered.with_columns(
        m4_adjusted=known.then(pl.min_horizontal("expected_honest", 1.0)),
        q=known.then(pl.min_horizontal(share, 1.0)),
    )


def _levels(pairs: pl.DataFrame, hasty: pl.Series) -> pl.DataFrame:
    """Recommended is only what is rare within one school and form and shows more than that: common errors, or a time
    in which the test cannot be sat. Agreement alone, a time alone, misfit alone never are.

    In the queue for review a hundredth of the pairs may be honest, and each of these names two other pupils: where a
    leak makes the queue long, only such pairs are in it as no honest one is expected to be like.
    """
    early = hasty.implode()
    evidence = (
        (pl.col("thought_wrong") >= COMMON_ERRORS) | pl.col("a").is_in(early) | pl.col("b").is_in(early)
    )
    certain = (pl.col("of") != "others") & (pl.col("m4_adjusted") <= ALPHA)
    queued = (pl.col("q") <= FALSE_SHARE) & (pl.col("expected_honest") <= 1)
    level = pl.when(certain & evidence).then(pl.lit(RECOMMEND)).when(certain | queued).then(pl.lit(REVIEW))
    return (
        pairs.with_columns(level=level.otherwise(pl.lit(NONE)))
        .sort("expected_honest", "a", "b", nulls_last=True)
        .select(list(PAIR_SCHEMA))
    )


# --- clusters and the null ---


def _clusters(pairs: pl.DataFrame) -> pl.DataFrame:
    edges = pairs.filter(pl.col("m4_adjusted") <= ALPHA).select("a", "b", "level")
    found = clusters(edges.select("a", "b"))
    recommended = edges.filter(pl.col("level") == RECOMMEND).select(members="a").unique()
    hit = found.select("cluster", "members").explode("members").join(recommended, on="members")["cluster"]
    level = pl.when(pl.col("cluster").is_in(hit.unique().implode())).then(pl.lit(RECOMMEND))
    return found.with_columns(level=level.otherwise(pl.lit(REVIEW)))


def _null_rows(form: Form, measured: Null) -> pl.DataFrame:
    raised = measured.raised_by()
    rows = [
        (form.name, stratum, pairs, level, observed, observed / pairs, float(raised[stratum]))
        for stratum, pairs in enumerate(measured.pairs.tolist())
        for level, observed in zip(NULL_LEVELS, measured.exceed[stratum].tolist(), strict=True)
        if pairs
    ]
    return pl.DataFrame(rows, schema=NULL_SCHEMA, orient="row")
