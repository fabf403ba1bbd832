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
    here = entries.filter(pl.col(person).is_in(known[person].implode()))
    ours = here.select("entry", person, *(_alike(name).alias(name) for name in same))
    strange = ours.join(known, on=[person, *same], how="anti")
    listed_in = known.join(strange, on=person, how="semi").group_by(person)
    others = listed_in.agg(others=together(list(same)).unique().sort().str.join(", "))
    told_of = strange.join(others, on=person).select("entry", "others")
    decided = judge(
        ours.join(told_of, on="entry", how="left", maintain_order="left"),
        in_doubt("others", "entered-otherwise", _TEXT, others=pl.col("others")),
        otherwise=words("entered", "as the list of participants has it"),
    )
    asked = strange.select(*same).unique()
    lacking = known.join(asked, on=list(same), how="semi").join(ours, on=[person, *same], how="anti")
    return Decisions(decided, evidence={"without-result": lacking.sort(*same, person)})


_TEXT = "the list of participants has this one in {others} alone"


def _alike(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.to_lowercase()
