"""Who was listed for a contest and is not admitted to it (order 99, annex 2, clause 15)."""

import polars as pl

from jobs.binding import Standing
from jobs.juries import of_stage
from jobs.verdicts import OUT, Case, Decisions, judge, words


def barred(
    entries: pl.DataFrame,
    *,
    listed: pl.DataFrame,
    among: Standing,
    on: str,
    column: str,
    one_of: list[str],
    stage: str | None = None,
) -> Decisions:
    """Out: entries whose id in the column `on` stands on the list `listed` (in its column of that name, of `stage`
    where it is given), there with something in `column` that is not `one_of` these, in small letters or capitals, and
    not among those still in after the stage `among`. Who stands on no list stays; and whoever is listed as one to be
    admitted, for that list may have come after `among` was judged.
    """
    value = pl.col(column).cast(pl.String).str.to_lowercase()
    others = of_stage(listed, stage).filter(~value.is_in([one.lower() for one in one_of]))
    named = others.select(on).drop_nulls().unique()
    left = named.join(among.select(on).drop_nulls(), on=on, how="anti")[on]
    reason = words("not-admitted", "listed as a participant, and not admitted")
    return Decisions(
        judge(
            entries,
            Case(pl.col(on).is_in(left.implode()), OUT, reason),
            otherwise=words("not-barred", "no list says that this participant is not admitted"),
        )
    )
