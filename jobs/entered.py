"""Results under the id of somebody whom the list of participants has in other subjects alone (order 99, annex 2,
clauses 17, 19 and 20: places, teams and winners are told subject by subject)."""

import polars as pl

from jobs.juries import of_stage
from jobs.verdicts import Decisions, in_doubt, judge, together, words


def entered(
    entries: pl.DataFrame,
    *,
    listed: pl.DataFrame,
    person: str,
    same: dict[str, str],
    stage: str | None = None,
) -> Decisions:
    """Undecided: entries whose `person` stands on the list `listed` (of `stage` where it is given), and never with the
    values that the entry has in `same` (our columns to the list's, compared without regard to capitals): the result may
    be of another, whose id is like it. Of whoever stands on no list, or on one that says nothing there, nothing is
    said.

    Evidence: `without-result`, who is listed where somebody is asked about and has no entry there.
    """
    told = of_stage(listed, stage).select(person, **{ours: _alike(theirs) for ours, theirs in same.items()})
    known = told.drop_nulls().unique()
    here = entries.join(known.select(person), on=person, how="semi", maintain_order="left")
    ours = here.select("entry", person, *(_alike(name).alias(name) for name in same))
    others = known.group_by(person).agg(others=together(list(same)).unique().sort().str.join(", "))
    fits = known.with_columns(fits=pl.lit(value=True))
    found = ours.join(others, on=person, how="left", maintain_order="left").join(
        fits, on=[person, *same], how="left", maintain_order="left"
    )
    strange = pl.col("others").is_not_null() & pl.col("fits").is_null()
    text = "the list of participants has this one in {others} alone"
    decided = judge(
        found.drop_nulls("others"),
        in_doubt(strange, "entered-otherwise", text, others=pl.col("others")),
        otherwise=words("entered", "as the list of participants has it"),
    )
    asked = found.filter(strange).select(*same).unique()
    lacking = known.join(asked, on=list(same), how="semi").join(ours, on=[person, *same], how="anti")
    return Decisions(decided, evidence={"without-result": lacking.sort(*same, person)})


def _alike(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.to_lowercase()
