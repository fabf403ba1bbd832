"""Terms: by a moment of the season, or within days, working days or months of another time.

Order 99: annex 2, clauses 13 (a month before a stage), 20 (25 February); annex 3, clauses 13
(20 September) and 17. Regulation 003: 3.1 (14 working days), 3.3 (10 working days).
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from jobs.binding import Zone
from jobs.calendar import local_clock, local_day
from jobs.errors import ParameterFault
from jobs.verdicts import IN, Case, Decisions, Outcome, Wording, judge, words
from jobs.workdays import Workdays

_INSTANT = pl.Datetime(time_zone="UTC")


def deadline(  # noqa: PLR0913 - one parameter a key of the rulebook
    entries: pl.DataFrame,
    *,
    zone: Zone,
    workdays: Workdays,
    column: str | None = None,
    made: datetime | None = None,
    until: datetime | None = None,
    since: str | None = None,
    days: int | None = None,
    working_days: int | None = None,
    months: int | None = None,
    at: datetime | None = None,
    unknown: Outcome = "undecided",
    otherwise: Outcome = "out",
) -> Decisions:
    """`otherwise`: entries whose `column` (instants, or dates) is after their term; adds `due`, its end in local time.
    In place of a column the moment `made` may be judged, which is the same of all.

    The term ends with the instant `until`, which itself is too late; or a number of `days`, `working_days` or `months`
    after the column `since` or after `until` (before it, where the number is negative). Of days and months the whole
    last day is in time, the first one does not count. Working days are those of the site's calendar, whose version
    every reason names.

    A time that is not told is `unknown`; where `at` is given, it is `otherwise` once the term has passed at that
    moment, and in before. Evidence: `late`, the entries whose term has passed, with `due` and `made` (null: nothing
    yet). Raises ParameterFault where the keys do not make one term.
    """
    term = _Term(zone, workdays, days, working_days, months)
    term.check(until, since)
    if (column is None) == (made is None):
        raise ParameterFault("deadline takes one of `column` and `made`.")
    base = pl.lit(until) if until is not None else pl.col(since or "")
    time = pl.col(column) if column is not None else pl.lit(made, _INSTANT)
    told = entries.select("entry", made=time, base=base)
    if term.of_instants(told):
        judged = told.with_columns(**term.by_instant(at))
    else:
        judged = term.dated(told).with_columns(**term.by_day(at))
    return Decisions(
        judge(
            judged, *_cases(term, unknown, otherwise, at), otherwise=term.worded("in-time", "{at}: by {due}")
        ),
        judged.select("entry", "due"),
        {
            "late": judged.filter(pl.col("late") | (_SILENT & pl.col("over"))).select(
                "entry", "due", made="at"
            )
        },
    )


_SILENT = pl.col("made").is_null()


def _cases(term: "_Term", unknown: Outcome, otherwise: Outcome, at: datetime | None) -> list[Case]:
    not_told = words("time-not-told", "the time is not told")
    silent = [Case(_SILENT, unknown, not_told)]
    if at is not None:
        over = Case(
            _SILENT & pl.col("over"),
            otherwise,
            term.worded("term-over", "nothing until {due}, the end of the term"),
        )
        silent = [over, Case(_SILENT, IN, term.worded("term-open", "nothing yet; the term ends {due}"))]
    return [
        Case(
            pl.col("due").is_null(),
            unknown,
            words("term-not-known", "the time from which the term runs is not told"),
        ),
        *silent,
        Case(pl.col("late"), otherwise, term.worded("late", "{at}: after {due}, the end of the term")),
    ]


@dataclass(frozen=True)
class _Term:
    """How long after the column `base` a term ends; a number that is None is not its unit."""

    zone: str
    workdays: Workdays
    days: int | None
    working_days: int | None
    months: int | None

    def check(self, until: datetime | None, since: str | None) -> None:
        """Whether the keys make one term."""
        units = sum(number is not None for number in (self.days, self.working_days, self.months))
        if (until is None) == (since is None) or units > 1 or (since is not None and units == 0):
            what = "`until`, or `since`, with one of `days`, `working_days` and `months`"
            raise ParameterFault(f"deadline takes {what}; only `until` can do without.")

    def of_instants(self, told: pl.DataFrame) -> bool:
        """Whether its end is an instant and not a day: a day cannot be compared with an instant."""
        ends_at_instant = (self.days, self.working_days, self.months) == (None, None, None)
        return ends_at_instant and told.schema["made"] != pl.Date

    def by_instant(self, at: datetime | None) -> dict[str, pl.Expr]:
        """`due` and `at` as people write them, whether `late`, and whether the term is `over`."""
        made, base = pl.col("made"), pl.col("base")
        return {
            "due": local_clock(base, self.zone),
            "at": local_clock(made, self.zone),
            "late": (made >= base).fill_null(value=False),
            "over": base
            < pl.lit(at, _INSTANT),  # a literal on the left of a constant column gives polars one row
        }

    def by_day(self, at: datetime | None) -> dict[str, pl.Expr]:
        """The same of a term that ends with a whole day (see `dated`)."""
        made, last = pl.col("made_on"), pl.col("last")
        today = pl.lit(None, pl.Date) if at is None else local_day(pl.lit(at, _INSTANT), self.zone)
        return {
            "due": last.cast(pl.String),
            "at": made.cast(pl.String),
            "late": (made > last).fill_null(value=False),
            "over": last < today,
        }

    def dated(self, told: pl.DataFrame) -> pl.DataFrame:
        """With the days on which it was made and is due: reckoned once, for they are looked at several times."""
        return told.with_columns(made_on=self._day(pl.col("made"), told), last=self._last_day(told))

    def _last_day(self, told: pl.DataFrame) -> pl.Expr:
        first = self._day(pl.col("base"), told)
        if self.working_days is not None:
            return self.workdays.after_expr(first, self.working_days)
        if self.months is not None:
            return first.dt.offset_by(f"{self.months}mo")
        if self.days is not None:
            return first.dt.offset_by(f"{self.days}d")
        return local_day(
            pl.col("base").dt.offset_by("-1us"), self.zone
        )  # the end of a day begins the next one

    def _day(self, time: pl.Expr, told: pl.DataFrame) -> pl.Expr:
        return time if told.schema[time.meta.output_name()] == pl.Date else local_day(time, self.zone)

    def worded(self, code: str, text: str) -> Wording:
        """A reason with the term's end, and the calendar where one was counted by."""
        figures = {"at": pl.col("at"), "due": pl.col("due")}
        if self.working_days is None:
            return words(code, text, **figures)
        counted = {"days": pl.lit(self.working_days), "calendar": pl.lit(self.workdays.version)}
        return words(code, f"{text} ({{days}} working days by {{calendar}})", **figures, **counted)
