"""The analysis of answer sheets: literal signs, similar pairs, how rare they are among honest pupils, clusters.

Sources: regulation 002, clauses 6-11; van der Linden & Sotaridona 2006 (GBT); Maynes 2014 (M4); Bellezza & Bellezza
1989 (EEIC); Benjamini & Hochberg 1995. Nothing here decides: a level says who should look at a pair, and why.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import polars as pl

from jobs.integrity import people
from jobs.integrity.clusters import clusters
from jobs.integrity.compare import (
    NULL_LEVELS,
    SMALLEST,
    Comparer,
    Family,
    Null,
    Pairs,
    R,
    Run,
    T,
    common,
    comparer,
    listed,
    null,
)
from jobs.integrity.forms import Form, Forms
from jobs.integrity.screen import STRATA, EngineName, Progress, engine_named

NONE, REVIEW, RECOMMEND = "none", "review", "recommend"

ALPHA = 0.05
FALSE_SHARE = 0.01  # of the review queue, at most, may be expected to be honest
COMMON_ERRORS = 6  # identical wrong answers that stand for themselves beside a rare agreement
LISTED = 200_000  # honest pairs, at most, that a family's border lets be expected in the list
OTHERS = 100_000  # pairs of different schools with similar answers and nothing rare, at most, in the list

PAIR_SCHEMA: dict[str, pl.DataType] = {
    "a": pl.String(), "b": pl.String(), "variant": pl.String(), "same_school": pl.Boolean(), "compared": pl.Int64(),
    "identical": pl.Int64(), "eic": pl.Int64(), "eeic": pl.Int64(), "expected": pl.Float64(), "m4_p": pl.Float64(),
    "gbt_p": pl.Float64(), "raised_by": pl.Float64(), "expected_honest": pl.Float64(), "m4_adjusted": pl.Float64(),
    "q": pl.Float64(), "naive": pl.Boolean(), "level": pl.String(), "form": pl.String(), "items": pl.Int64(),
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
    with ThreadPoolExecutor(threads) as pool:
        run: Run = pool.map if threads > 1 else map
        ready = [comparer(form, engine_named(engine), run) for form in forms.forms]
        task = _Task(ready, rules, all_pairs, _Meter(progress, sum(_pairs_of(each) for each in ready)))
        nulls = [null(each) for each in ready]
        found, notes = _found(task, nulls)
    signs = people.signs(forms, rules.shortest, rules.seconds_per_item, rules.accurate, rules.misfitting)
    pairs = _levels(found, people.hasty(signs))
    return Analysis(
        forms=forms,
        pairs=pairs,
        people=people.described(signs, pairs, by_school=task.by_school),
        clusters=_clusters(pairs),
        null=pl.concat([pl.DataFrame(schema=NULL_SCHEMA), *map(_null_rows, forms.forms, nulls)]),
        compared=task.compared,
        others=task.others,
        by_school=task.by_school,
        notes=(*forms.notes, *notes, *_small(ready)),
    )


def _pairs_of(ready: Comparer) -> int:
    return len(ready.chosen) * (len(ready.chosen) - 1) // 2


@dataclass
class _Meter:
    progress: Progress
    total: int
    done: int = 0

    def __call__(self, pairs: int) -> None:
        self.done += pairs
        self.progress(self.done, self.total)


@dataclass(frozen=True)
class _Task:
    ready: list[Comparer]
    rules: Rules
    all_pairs: bool
    meter: _Meter

    @property
    def by_school(self) -> bool:
        return any((each.school >= 0).any() for each in self.ready)

    @property
    def compared(self) -> int:
        """Pairs of the confirmatory family: one form and one school, or all of a form where no school is named."""
        if not self.by_school:
            return self.meter.total
        schools = (each.school[each.chosen] for each in self.ready)
        sizes = (np.bincount(school[school >= 0]).astype(np.int64) for school in schools)
        return int(sum((size * (size - 1) // 2).sum() for size in sizes))

    @property
    def others(self) -> int:
        return self.meter.total - self.compared


def _found(task: _Task, nulls: list[Null]) -> tuple[pl.DataFrame, list[str]]:
    """The listed pairs of every family and form, with what they weigh in their family."""
    families = [(True, task.compared, "school"), (False, task.others, "others")] if task.by_school else [
        (True, task.compared, "all")
    ]  # fmt: skip
    tables: list[pl.DataFrame] = [_NO_PAIRS]
    notes: list[str] = []
    for confirms, size, of in families:
        family = Family(min(FALSE_SHARE, LISTED / max(size, 1)), of)
        for each, measured in zip(task.ready, nulls, strict=True):
            room = each.form.codes.shape[0] ** 2 if task.all_pairs or of == "school" else OTHERS
            naive = 0 if task.all_pairs else _more_than(task.rules.alike, each.items)
            pairs, similar = listed(each, family, naive, room, task.meter if of != "school" else lambda _pairs: None)
            tables.append(_table(each, pairs, measured, task.rules))
            if similar > room:
                notes.append(_too_many(each.form, similar))
        part = pl.concat(tables[1:]).with_columns(confirms=pl.lit(confirms), family=pl.lit(size))
        tables = [pl.concat([tables[0], _weighed(part)])]
    return tables[0], notes


def _more_than(share: Fraction, items: int) -> int:
    """The least whole number above this share of the items."""
    return share.numerator * items // share.denominator + 1


def _too_many(form: Form, similar: int) -> str:
    return (
        f"Variant {form.name}: {similar} pairs of different schools agree in more than the share of clause 9.3 and in"
        " nothing rare, as high scorers do; they are counted, not listed."
    )


def _small(ready: Iterable[Comparer]) -> list[str]:
    return [
        f"Variant {each.form.name}: {len(each.chosen)} sheets with enough answers are too few to tell how rare an"
        f" agreement is ({SMALLEST} are needed); only the literal signs are given."
        for each in ready
        if each.curves is None
    ]


# --- a table of pairs ---

_MEASURED = {
    name: PAIR_SCHEMA[name]
    for name in ("a", "b", "variant", "same_school", "compared", "identical", "eic", "eeic", "expected", "m4_p",
                 "gbt_p", "raised_by", "naive", "form", "items")
}  # fmt: skip
_WEIGHED = {"expected_honest": pl.Float64(), "m4_adjusted": pl.Float64(), "q": pl.Float64(), "confirms": pl.Boolean()}
_NO_PAIRS = pl.DataFrame(schema=_MEASURED | _WEIGHED)


def _table(ready: Comparer, pairs: Pairs, measured: Null, rules: Rules) -> pl.DataFrame:
    form, sheets = ready.form, ready.form.sheets
    compared, eic = common(form.codes, form.key, pairs.rows)
    one, other = (sheets.select("entry", "variant")[pairs.rows[:, side]] for side in (0, 1))
    stratum = STRATA * ready.score[pairs.rows].sum(axis=1) // (2 * ready.items + 1)
    both = pl.concat_str(one["variant"], pl.lit("+"), other["variant"])
    school = ready.school[pairs.rows]
    return pl.DataFrame(
        {
            "a": one["entry"],
            "b": other["entry"],
            "variant": pl.select(pl.when(one["variant"] == other["variant"]).then(one["variant"]).otherwise(both)).to_series(),
            "same_school": (school[:, 0] >= 0) & (school[:, 0] == school[:, 1]),
            "compared": compared,
            "identical": pairs.agreed,
            "eic": eic,
            "eeic": pairs.wrong,
            "expected": pairs.expected,
            "m4_p": pairs.m4,
            "gbt_p": pairs.gbt,
            "raised_by": measured.raised_by()[stratum],
            "naive": pairs.agreed * rules.alike.denominator > ready.items * rules.alike.numerator,
            "form": np.full(len(compared), form.name, dtype=object),
            "items": np.full(len(compared), ready.items),
        },
        schema=_MEASURED,
        nan_to_null=True,
    )


def _weighed(pairs: pl.DataFrame) -> pl.DataFrame:
    """Bonferroni and Benjamini-Hochberg over all pairs of the family; those not listed are less rare than the last."""
    raised = pl.col("m4_p") * pl.col("raised_by")
    honest = (raised * pl.col("family")).alias("expected_honest")
    ordered = pairs.with_columns(honest).sort("expected_honest", "a", "b", nulls_last=True)
    share = pl.col("expected_honest") / pl.int_range(1, pl.len() + 1)
    q = pl.min_horizontal(share.reverse().cum_min().reverse(), 1.0)
    return ordered.with_columns(m4_adjusted=pl.min_horizontal("expected_honest", 1.0), q=q).with_columns(
        m4_adjusted=pl.when(pl.col("m4_p").is_not_null()).then("m4_adjusted"),
        q=pl.when(pl.col("m4_p").is_not_null()).then("q"),
    ).select(_NO_PAIRS.columns)


def _levels(pairs: pl.DataFrame, hasty: pl.Series) -> pl.DataFrame:
    """Recommended is only what is rare within one school and form and shows more than that: common errors, or a time
    in which the test cannot be sat. Agreement alone, a time alone, misfit alone never are."""
    evidence = (pl.col("eeic") >= COMMON_ERRORS) | pl.col("a").is_in(hasty) | pl.col("b").is_in(hasty)
    certain = pl.col("confirms") & (pl.col("m4_adjusted") <= ALPHA)
    level = (
        pl.when(certain & evidence).then(pl.lit(RECOMMEND)).when((pl.col("q") <= FALSE_SHARE) | certain)
        .then(pl.lit(REVIEW)).otherwise(pl.lit(NONE))
    )  # fmt: skip
    return pairs.with_columns(level=level).sort("expected_honest", "a", "b", nulls_last=True).select(list(PAIR_SCHEMA))


# --- clusters and the null ---


def _clusters(pairs: pl.DataFrame) -> pl.DataFrame:
    edges = pairs.filter(pl.col("m4_adjusted") <= ALPHA).select("a", "b", "level")
    found = clusters(edges.select("a", "b"))
    recommended = edges.filter(pl.col("level") == RECOMMEND)["a"].unique()
    hit = pl.col("members").list.eval(pl.element().is_in(recommended.implode())).list.any()
    return found.with_columns(level=pl.when(hit).then(pl.lit(RECOMMEND)).otherwise(pl.lit(REVIEW)))


def _null_rows(form: Form, measured: Null) -> pl.DataFrame:
    raised = measured.raised_by()
    rows = [
        (form.name, stratum, pairs, level, observed, observed / pairs, float(raised[stratum]))
        for stratum, pairs in enumerate(measured.pairs.tolist())
        for level, observed in zip(NULL_LEVELS, measured.exceed[stratum].tolist(), strict=True)
        if pairs
    ]
    return pl.DataFrame(rows, schema=NULL_SCHEMA, orient="row")
