"""Admission by score priority as a step of a rulebook (Myn Bala, clauses 13-16)."""

import polars as pl

from jobs import admission
from jobs.binding import Lot
from jobs.calendar import Window, window_expr
from jobs.lot import lot_tickets
from jobs.verdicts import OUT, UNDECIDED, Case, Decisions, judge, words


def admit(
    entries: pl.DataFrame,
    *,
    quotas: pl.DataFrame,
    applications: pl.DataFrame,
    window: Window,
    lot: Lot,
    rounding: admission.Rounding,
    tie: admission.Tie,
) -> Decisions:
    """In: entries with a seat; out: those without; undecided: equals whose order would decide, until people have
    thrown the dice of a public lot (reading Q24).

    An application counts by its own time; of two with one preference number the later one in time counts. Adds
    `award` (the school), `school_language`, `boarding`, `preference`. Evidence: `cutoffs`, `skipped`, `contested`.
    """
    applicants = entries.select(participant="entry", score="score")
    tickets = lot_tickets(applicants["participant"], _draw_id(lot), lot.dice) if lot.dice else None
    result = admission.admit(
        applicants,
        quotas.sort("school_id", "language"),
        _in_force(applications, window),
        tie=tie,
        rounding=rounding,
        lot=tickets,
    )
    return Decisions(
        _judge(entries, result, wait_for_lot=not lot.dice),
        columns=_columns(result.placements),
        evidence={
            "placements": result.placements,
            "cutoffs": result.cutoffs,
            "skipped": result.skipped,
            "contested": result.contested,
        },
    )


def _draw_id(lot: Lot) -> str:
    return lot.draw_id.replace("/", ".")


def _in_force(applications: pl.DataFrame, window: Window) -> pl.DataFrame:
    """What was filed in time, the newest version of each preference; a list that begins again with preference 1
    replaces the earlier one. Order of arrival never matters."""
    timely = applications.filter(window_expr("submitted_at", window))
    firsts = pl.col("submitted_at").filter(pl.col("preference") == 1)
    began_again = (firsts.n_unique() > 1).over("participant") & (
        pl.col("submitted_at") < firsts.max().over("participant")
    )
    newest_first = timely.filter(~began_again).sort(
        "participant",
        "preference",
        "submitted_at",
        "school_id",
        "language",
        "boarding",
        descending=[False, False, True, False, False, False],
    )
    current = newest_first.unique(["participant", "preference"], keep="first", maintain_order=True)
    return current.with_columns(pl.col("boarding").cast(pl.Int64), pl.col("language").cast(pl.String))


def _judge(entries: pl.DataFrame, result: admission.Admission, *, wait_for_lot: bool) -> pl.DataFrame:
    tied = (
        pl.concat([result.contested["admitted"], result.contested["refused"]]).explode().unique().drop_nulls()
    )
    placed = result.placements.select(
        entry="participant", outcome="code", school="school_id", preference="preference"
    )
    stories = result.explanations().select(entry="participant", story="reason")
    seen = (
        entries.select("entry")
        .join(placed, on="entry", how="left", maintain_order="left")
        .join(stories, on="entry", how="left", maintain_order="left")
    )
    figures = {"school": pl.col("school"), "preference": pl.col("preference"), "story": pl.col("story")}
    return judge(
        seen,
        Case(
            pl.col("entry").is_in(tied.to_list()) & wait_for_lot,
            UNDECIDED,
            words("lot-needed", "equal points for the last place of a school: a public lot decides"),
        ),
        Case(
            pl.col("outcome") == "no-application",
            OUT,
            words("no-application", "filed no application in time"),
        ),
        Case(pl.col("school").is_null(), OUT, words("no-place", "{story}", story=pl.col("story"))),
        otherwise=words("admitted", "{school}: {story}", **figures),
    )


def _columns(placements: pl.DataFrame) -> pl.DataFrame:
    return placements.select(
        entry="participant",
        award="school_id",
        school_language="language",
        boarding="boarding",
        preference="preference",
        rank="rank",
    )
