"""The job `integrity` of a stage: who is similar to whom, how rare that is, and what the commission should look at."""

import json
from fractions import Fraction

import polars as pl

from jobs.feeds.sheets import item_seconds
from jobs.integrity.act import facts, groups
from jobs.integrity.analysis import NONE, RECOMMEND, REVIEW, Rules, analyse
from jobs.integrity.forms import canonical_forms
from jobs.verdicts import UNDECIDED, Case, Decisions, judge, words

ACTS = 1_000  # of a stage, at most, the strongest first: the other pairs stand in `pairs`
_ACT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "members": pl.List(pl.String),
    "level": pl.String,
    "facts": pl.String,
}


def integrity(
    entries: pl.DataFrame,
    *,
    keys: pl.DataFrame,
    above: Fraction,
    shorter_than: int,
    seconds_per_item: int,
    misfitting: Fraction,
) -> Decisions:
    """Undecided: whoever shares more than `above` of all answers with another of the same variant and school (clause
    9.3), and whoever agrees with another more than honest pupils would (clause 10); of one variant and school the
    latter may be recommended to the commission, else it is for review. Nobody is out, and nobody is asked about for
    misfit to the items' difficulty (9.2) or a time alone: those are noted in `people`.

    Evidence: `pairs` (a, b, identical, items, identical_wrong and what `Analysis.pairs` has), `people`, `clusters`,
    `null`, and `acts`: the facts of an act as JSON for the groups of `members`,
    ACTS at most.
    """
    found = analyse(
        canonical_forms(_sheets(entries), _of_the_stage(entries, keys)),
        Rules(shorter_than, seconds_per_item, above, above, misfitting),
    )
    noted = found.pairs.filter((pl.col("level") != NONE) | (pl.col("naive") & pl.col("same_school")))
    told = groups(found)[:ACTS]
    acts = [
        (group.members, group.level, json.dumps(each))
        for group, each in zip(told, facts(found, told), strict=True)
    ]
    return Decisions(
        _judged(entries, noted),
        evidence={
            "pairs": noted.with_columns(identical_wrong="eeic").sort("a", "b"),
            "people": found.people,
            "clusters": found.clusters,
            "null": found.null,
            "acts": pl.DataFrame(acts, schema=_ACT_SCHEMA, orient="row"),
        },
    )


def _sheets(entries: pl.DataFrame) -> pl.DataFrame:
    """A sheet without answers says nothing."""
    return entries.drop_nulls("answers").with_columns(seconds=item_seconds(pl.col("seconds")))


def _of_the_stage(entries: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    stages = entries["stage"].cast(pl.String).unique()
    return keys.filter(pl.col("stage").cast(pl.String).is_in(stages.implode()))


def _judged(entries: pl.DataFrame, noted: pl.DataFrame) -> pl.DataFrame:
    """Each person by the strongest of the pairs that stand against them."""
    sides = pl.concat([noted.with_columns(entry="a"), noted.with_columns(entry="b")])
    strength = pl.col("level").replace_strict({RECOMMEND: 2, REVIEW: 1, NONE: 0}, return_dtype=pl.Int64)
    strongest = (
        sides.with_columns(strength=strength)
        .sort("strength", "expected_honest", "identical", descending=[True, False, True], nulls_last=True)
        .group_by("entry", maintain_order=True)
        .agg(pl.col("level", "identical", "items", "eeic", "expected_honest").first(), partners=pl.len())
    )
    rated = entries.select("entry").join(strongest, on="entry", how="left", maintain_order="left")
    figures = {name: pl.col(name) for name in ("identical", "items", "partners")}
    rare = figures | {"wrong": pl.col("eeic"), "expected": _plainly("expected_honest")}
    text = "{identical} of {items} answers identical, {wrong} of them wrong alike; {expected} honest pairs so alike are"
    recommended = words("agreement-recommended", text + " to be expected in the country", **rare)
    review = words("agreement-review", text + " to be expected: worth a look", **rare)
    similar = words(
        "similar",
        "{identical} of {items} answers identical with {partners} of the same school and variant",
        **figures,
    )
    return judge(
        rated,
        Case(pl.col("level") == RECOMMEND, UNDECIDED, recommended),
        Case(pl.col("level") == REVIEW, UNDECIDED, review),
        Case(pl.col("level") == NONE, UNDECIDED, similar),
        otherwise=words("own-answers", "agrees with nobody more than honest pupils do"),
    )


def _plainly(column: str) -> pl.Expr:
    """A small number to two digits, without exponents where people can read it so."""
    return pl.col(column).map_elements(lambda value: f"{value:.2g}", return_dtype=pl.String)
