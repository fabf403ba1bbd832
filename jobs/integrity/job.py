"""The job `integrity` of a stage: who is similar to whom, how rare that is, and what the commission should look at."""

import json
from fractions import Fraction

import polars as pl

from jobs.feeds.sheets import item_seconds
from jobs.integrity.act import facts, groups
from jobs.integrity.analysis import NONE, RECOMMEND, REVIEW, Analysis, Rules, analyse
from jobs.integrity.forms import canonical_forms
from jobs.integrity.people import alike_by_the_rule
from jobs.verdicts import IN, UNDECIDED, Case, Decisions, judge, words

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

    Evidence: `pairs`, the rarest first (a, b, identical, items, identical_wrong and what `Analysis.pairs` has),
    `people`, `clusters`, `null`, `notes`, and `acts`: the facts of an act as JSON for the groups of `members`, ACTS at
    most.
    """
    found = analyse(
        canonical_forms(_sheets(entries), _of_the_stage(entries, keys)),
        Rules(shorter_than, seconds_per_item, accurate=above, alike=above, misfitting=misfitting),
    )
    noted = found.pairs.filter((pl.col("level") != NONE) | alike_by_the_rule(by_school=True))
    # Clause 9.3 speaks of one school: where none is named its share says nothing about anybody.
    told = [group for group in groups(found) if found.by_school or group.kind == "statistics"][:ACTS]
    acts = [
        (group.members, group.level, json.dumps(each))
        for group, each in zip(told, facts(found, told), strict=True)
    ]
    return Decisions(
        _judged(entries, noted, _compared(found)),
        evidence={
            "pairs": noted.with_columns(identical_wrong="eeic"),
            "people": found.people,
            "clusters": found.clusters,
            "null": found.null,
            "notes": pl.DataFrame({"note": list(found.notes)}, schema={"note": pl.String}),
            "acts": pl.DataFrame(acts, schema=_ACT_SCHEMA, orient="row"),
        },
    )


def _sheets(entries: pl.DataFrame) -> pl.DataFrame:
    """A sheet without answers says nothing."""
    return entries.drop_nulls("answers").with_columns(seconds=item_seconds(pl.col("seconds")))


def _of_the_stage(entries: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    stages = entries["stage"].cast(pl.String).unique()
    return keys.filter(pl.col("stage").cast(pl.String).is_in(stages.implode()))


def _compared(found: Analysis) -> pl.Series:
    """Whose sheets were compared with others at all."""
    parts = [form.sheets["entry"].filter(pl.Series(form.enough)) for form in found.forms.forms]
    return pl.concat([pl.Series("entry", [], pl.String), *parts])


def _judged(entries: pl.DataFrame, noted: pl.DataFrame, compared: pl.Series) -> pl.DataFrame:
    """Each person by the strongest of the pairs that stand against them.

    The figures said are of the two sheets alone. How rare they are hangs on everybody's sheets: were it said here, a
    late file would change it, and whatever the commission has decided on the old figures would be asked anew.
    """
    figures = {name: pl.col(name) for name in ("identical", "items")}
    rare = figures | {"wrong": pl.col("eeic")}
    text = "{identical} of {items} answers identical, {wrong} of them wrong alike: "
    recommended = words("agreement-recommended", text + "honest pupils hardly ever agree so", **rare)
    review = words("agreement-review", text + "more than usual, worth a look", **rare)
    similar = words(
        "similar",
        "{identical} of {items} answers identical with {partners} of the same school and variant",
        **figures,
        partners=pl.col("partners"),
    )
    alone = words("not-compared", "too few answers, or no key: the sheet could not be compared")
    return judge(
        entries.select("entry").join(_strongest(noted), on="entry", how="left", maintain_order="left"),
        Case(pl.col("level") == RECOMMEND, UNDECIDED, recommended),
        Case(pl.col("level") == REVIEW, UNDECIDED, review),
        Case(pl.col("level") == NONE, UNDECIDED, similar),
        Case(~pl.col("entry").is_in(compared.implode()), IN, alone),
        otherwise=words("own-answers", "agrees with nobody more than honest pupils do"),
    )


def _strongest(noted: pl.DataFrame) -> pl.DataFrame:
    """Of each person the strongest pair, and how many there are."""
    sides = pl.concat([noted.with_columns(entry="a"), noted.with_columns(entry="b")])
    strength = pl.col("level").replace_strict({RECOMMEND: 2, REVIEW: 1, NONE: 0}, return_dtype=pl.Int64)
    return (
        sides.with_columns(strength=strength)
        .sort("strength", "expected_honest", "identical", descending=[True, False, True], nulls_last=True)
        .group_by("entry", maintain_order=True)
        .agg(pl.col("level", "identical", "items", "eeic").first(), partners=pl.len())
    )
