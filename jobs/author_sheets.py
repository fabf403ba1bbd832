"""Score sheets of works that one author or several have made: each has criteria and maxima of its own (order 99, annex
3, appendix 1)."""

from functools import partial
from typing import Literal

import polars as pl

from jobs.binding import Codes
from jobs.juries import on_sheets, panel_of
from jobs.jury import Terms, marked
from jobs.strays import Sheets, strays
from jobs.verdicts import Decisions


def author_sheets(  # noqa: PLR0913 - one parameter a key of the rulebook
    entries: pl.DataFrame,
    *,
    scores: pl.DataFrame,
    authors: str,
    individual: dict[str, str],
    team: dict[str, str],
    of: Literal["mean", "sum"],
    codes: Codes,
    jurors: pl.DataFrame | None = None,
    stage: str | None = None,
    timed: bool = False,
    into: str = "score",
) -> Decisions:
    """As the job `jury`: works with one author (ids in the column `authors`, spaces between) on sheets for individual
    works with the maxima of `individual`, works with more on sheets for team works with those of `team`.

    Adds the points as `into`, `jurors`, and where the sheets are `timed` `minutes`, the longest time that a juror has
    noted. Evidence: `score-sheets` and `stray-sheets`.
    """
    several = entries[authors].str.count_matches(r"\S+").fill_null(1) > 1
    panel = panel_of(scores, codes, jurors=jurors, stage=stage)
    claims, lost = strays(Sheets(entries, panel.scores.drop_nulls("points"), panel, None))
    sheets = partial(marked, panel=panel, claims=claims)
    singles = sheets(entries.filter(~several), terms=Terms(individual, of, sheet="individual"))
    teams = sheets(entries.filter(several), terms=Terms(team, of, sheet="team"))
    columns = _in_order(entries, pl.concat([_columns(singles), _columns(teams)]).rename({"score": into}))
    if timed:
        noted = _noted(entries, panel.scores, codes)
        columns = columns.join(noted, on="entry", how="left", maintain_order="left")
    verdicts = _in_order(entries, pl.concat([singles.verdicts, teams.verdicts]))
    shown = pl.concat([singles.evidence["score-sheets"], teams.evidence["score-sheets"]])
    return Decisions(verdicts, columns, {"score-sheets": shown.sort("entry", "juror"), "stray-sheets": lost})


def _columns(decisions: Decisions) -> pl.DataFrame:
    if decisions.columns is None:
        raise TypeError("a jury gives points")
    return decisions.columns.select("entry", "score", "jurors")


def _in_order(entries: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    return entries.select("entry").join(told, on="entry", how="left", maintain_order="left")


def _noted(entries: pl.DataFrame, scores: pl.DataFrame, codes: Codes) -> pl.DataFrame:
    """The longest time on the sheets of each work."""
    timed = scores.drop_nulls("minutes")
    named = on_sheets(entries, timed["contestant"], codes)
    return timed.join(named, on="contestant").group_by("entry").agg(pl.col("minutes").max())
