"""Points from the sheets of a jury: criteria with their maxima, rounds, the mean or the sum of the jurors, exactly.

Order 99: annex 3, appendix 1 (a mark lies between 0 and the criterion's maximum); annex 4, clause 14 (a juror takes no
part where an own pupil is judged), clauses 17-19 (criteria, rounds and points); annex 5, clauses 11-13 (six tasks).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import lcm
from typing import Literal

import polars as pl

from jobs.astray import Astray, astray
from jobs.binding import Codes, Standing
from jobs.errors import ParameterFault
from jobs.exact import exact, number, summable, written
from jobs.juries import BODIES, NONE_STANDING, Panel, marks_of, of_other_bodies, panel_of, voting_twice
from jobs.strays import NO_CLAIMS, NO_STRAYS, Sheets, strays
from jobs.verdicts import UNDECIDED, VERDICT_SCHEMA, Case, Decisions, in_doubt, judge, words

BONUS = "-bonus"
"""What the criterion of a bonus mark ends with."""


def jury(  # noqa: PLR0913 - one parameter a key of the rulebook
    entries: pl.DataFrame,
    *,
    scores: pl.DataFrame,
    maxima: dict[str, str],
    of: Literal["mean", "sum"],
    codes: Codes,
    jurors: pl.DataFrame | None = None,
    teacher: str | None = None,
    rounds: list[str] | None = None,
    stage: str | None = None,
    bonus: dict[str, str] | None = None,
    times: dict[str, str] | None = None,
    bodies: list[str] | None = None,
    known: Standing = NONE_STANDING,
    every: bool = False,
) -> Decisions:
    """Adds `score` (exact text: 18, 17.5 or 17 2/3), `jurors` (whose sheets are counted), `recused` (whose are not).

    A sheet is what a juror gave an entry in `rounds`; marks name it by its id or by its public code, and the juror
    likewise.
    `maxima` gives the most points of each "criterion" in every one of the rounds, or of each "round/criterion". A sheet
    counts as the sum of its marks; the score is the mean or the sum `of` the sheets. With `bonus`, the points of
    "CRITERION-bonus", which a sheet may leave out, are added to the criterion, together never more than its maximum.

    The sheet of a juror who teaches the participant is not counted: of one whose name stands in the entry's column
    `teacher`, or whose `teaches` names the participant. `stage` takes the marks and jurors of one stage. `bodies` are
    the columns that tell which jury judges an entry ("region", "nomination"); else it is the nomination alone.

    Undecided: a mark above its maximum, a criterion that `maxima` has not, a juror who is not on the list or sits on
    juries of others alone, two marks for one thing, no sheet at all, a sheet with marks missing.

    Undecided, and the score stands all the same, for people may accept it: whose minutes are not those that `times`
    gives single things by their keys in `maxima`, "45" at most or "5-7"; where `every` juror marks everybody, whom one
    who has marked others of the same body, and does not teach this one, has not; whom one name has marked under two
    ids; whose teacher a juror may be by a name that is written otherwise; of whom a sheet may be that names nobody here
    (`jobs.strays`) nor anybody still in after the earlier stage `known`, whose marks of other things stand in the same
    files; and where a sheet may have the code of one of another nomination: that one, and whom it may be of
    (`jobs.astray`).

    Evidence: `score-sheets`, each with its `total` and whether it is `counted`; `stray-sheets`, those of nobody here;
    `astray-sheets`, those that may be of another.
    Raises ParameterFault.
    """
    _check(entries, teacher, *(bodies or ()))
    panel = panel_of(scores, codes, jurors=jurors, teacher=teacher, stage=stage, bodies=bodies)
    terms = Terms(maxima, of, rounds, bonus or {}, times or {}, every=every)
    return marked(entries, panel, terms, known=known)


@dataclass(frozen=True)
class Terms:
    """What is marked and how it counts, as in `jury`; `sheet`: of which of two kinds the sheets must be;
    `every`: whether every juror marks everybody."""

    maxima: Mapping[str, str]
    of: Literal["mean", "sum"]
    rounds: list[str] | None = None
    bonus: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=dict)
    sheet: Literal["individual", "team"] | None = None
    every: bool = False


def marked(
    entries: pl.DataFrame,
    panel: Panel,
    terms: Terms,
    *,
    known: pl.DataFrame | None = None,
    asked: "Asked | None" = None,
) -> Decisions:
    """As `jury`, by the marks of a panel; undecided too where a sheet is of the other kind. `asked`: which sheets may
    be of others, where it is known already."""
    wanted = wanted_of(terms.maxima, terms.bonus, terms.rounds)
    given = _of_rounds(panel.scores, terms.rounds)
    all_sheets = Sheets(entries, given, panel, known, _of_ours(given, wanted, known))
    found = _marks(all_sheets)
    marks, below = _known(found, wanted)
    once, twice = _repeated(_numbered(marks), wanted.height)
    spans = _times(terms.times, terms.maxima, wanted, terms.rounds)
    told = _Told(wanted, once, twice, panel, terms, spans, all_sheets, asked, found.height == given.height)
    sheets = told.sheets
    counted = _counted(entries, sheets, below, of=terms.of, faults=told.faults)
    decided = judge(counted, *_CASES, otherwise=_MARKED)
    scored = (decided["verdict"] != UNDECIDED) | decided["code"].is_in(_ACCEPTABLE)
    given_score = pl.when(scored).then(pl.col("score"))
    return Decisions(
        decided.select(*VERDICT_SCHEMA),
        counted.select("entry", given_score.alias("score"), "jurors", "recused"),
        {"score-sheets": _shown(sheets, below), **told.asked.shown},
    )


@dataclass(frozen=True)
class Asked:
    """Which sheets may be of others: `claims` and `strays` of nobody (`jobs.strays`), and those `astray`."""

    claims: pl.DataFrame
    strays: pl.DataFrame
    astray: Astray

    @classmethod
    def of(cls, sheets: Sheets, marked: pl.DataFrame, *, all_here: bool) -> "Asked":
        """`marked`: each sheet of an entry once (`entry`, `juror`); `all_here`: there is no other."""
        claims, lost = (NO_CLAIMS, NO_STRAYS) if all_here else strays(sheets, marked)
        return cls(claims, lost, astray(sheets, marked))

    @property
    def shown(self) -> dict[str, pl.DataFrame]:
        """As evidence."""
        return {"stray-sheets": self.strays, "astray-sheets": self.astray.shown}


def _of_ours(given: pl.DataFrame, wanted: pl.DataFrame, known: pl.DataFrame | None) -> pl.DataFrame | None:
    """The sheets (`contestant`, `juror`) with marks for what is marked here, where others are known."""
    if known is None or known.is_empty():
        return None
    things = _things(given, wanted.with_columns(limit_bonus=0, limit_most=0)).drop_nulls("item")
    ours = given.join(things, on=["round", "criterion"], how="semi", nulls_equal=True)
    return ours.select("contestant", "juror").unique()


def _check(entries: pl.DataFrame, *columns: str | None) -> None:
    for column in columns:
        if column is not None and column not in entries.columns:
            raise ParameterFault(f"jury: the entries have no column {column!r}; name one that they have.")


_TIME = re.compile(r"(?:([0-9]{1,3})-)?([0-9]{1,3})")


def _times(
    times: Mapping[str, str], maxima: Mapping[str, str], wanted: pl.DataFrame, rounds: list[str] | None
) -> pl.DataFrame:
    """`item`, `fewest` and `longest`: the minutes of the things to mark that have a time."""
    rows = [
        (at, criterion, *_time(key, text, maxima))
        for key, text in times.items()
        for at, criterion in _places(key, rounds)
    ]
    schema = {"round": pl.String, "criterion": pl.String, "fewest": pl.Int64, "longest": pl.Int64}
    told = pl.DataFrame(rows, schema=schema, orient="row")
    joined = told.join(wanted, on=["round", "criterion"], nulls_equal=True)
    return joined.select("item", "fewest", "longest")


def _time(key: str, text: str, maxima: Mapping[str, str]) -> tuple[int, int]:
    found = _TIME.fullmatch(text)
    if found is None or int(found[1] or 0) > int(found[2]) or key not in maxima:
        raise ParameterFault(
            f'jury.times: {key!r} = {text!r} is no time of a key of `maxima`, such as "45" or "5-7".'
        )
    return int(found[1] or 0), int(found[2])


# --- what is to be marked, and the marks ---


def wanted_of(maxima: Mapping[str, str], bonus: Mapping[str, str], rounds: list[str] | None) -> pl.DataFrame:
    """`round`, `criterion`, `most`, `bonus` (most points of it), one row a thing to mark; `item` numbers them."""
    unknown = sorted(bonus.keys() - maxima.keys())
    if unknown:
        raise ParameterFault(
            f"jury.bonus: {unknown[0]!r} is no key of `maxima`; write it as it stands there."
        )
    for key, text in [*maxima.items(), *bonus.items()]:
        number(text, f"jury.maxima or bonus, {key}")
    rows = [
        (at, criterion, most, bonus.get(key, "0"))
        for key, most in maxima.items()
        for at, criterion in _places(key, rounds)
    ]
    schema = dict.fromkeys(("round", "criterion", "most", "bonus"), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row").with_row_index("item")


def _places(key: str, rounds: list[str] | None) -> list[tuple[str | None, str]]:
    at, divider, criterion = key.partition("/")
    if divider:
        if rounds is not None and at not in rounds:
            raise ParameterFault(f"jury.maxima: {key!r} is of round {at}, which is not in `rounds`.")
        return [(at, criterion)]
    return [(None, key)] if rounds is None else [(each, key) for each in rounds]


def _of_rounds(scores: pl.DataFrame, rounds: list[str] | None) -> pl.DataFrame:
    """The marks that give points in these rounds; one that tells no round is of the only one, and of several nobody
    knows of which: it stays, and is asked about."""
    given = scores.drop_nulls("points").with_columns(pl.col("round", "criterion").cast(pl.String))
    if rounds is None:
        return given
    alone = pl.lit(rounds[0]) if len(rounds) == 1 else pl.lit(None, pl.String)
    return given.with_columns(pl.col("round").fill_null(alone)).filter(
        pl.col("round").is_in(rounds) | pl.col("round").is_null()
    )


def _marks(sheets: Sheets) -> pl.DataFrame:
    """`entry`, `juror`, `round`, `criterion`, `points`: what was marked of these entries."""
    found = marks_of(sheets.entries, sheets.marks, lambda: sheets.named)
    return found.select(
        "entry", "at", "juror", "round", "criterion", "points", "minutes", pl.col("sheet").cast(pl.String)
    )


def _known(marks: pl.DataFrame, wanted: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Marks with the `item`, its `most` as it is written and whether `extra`: a bonus; their `value`, the `limit` and
    the `whole` (of a bonus that of its criterion) over the number that stands second. No item: a criterion that nobody
    named."""
    points, bonus, most = exact(marks["points"]), exact(wanted["bonus"]), exact(wanted["most"])
    below = lcm(points.denominator, bonus.denominator, most.denominator)
    limits = wanted.with_columns(limit_bonus=bonus.over(below), limit_most=most.over(below))
    things = _things(marks, limits)
    known = marks.join(things, on=["round", "criterion"], how="left", maintain_order="left", nulls_equal=True)
    numbers = {"value": points.over(below), "limit": known["limit"], "whole": known["whole"]}
    return known.with_columns(**{name: summable(column) for name, column in numbers.items()}), below


def _things(marks: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """What `round` and `criterion` of the marks stand for: few things, however many marks there are."""
    extra = pl.col("criterion").str.ends_with(BONUS).fill_null(value=False)
    alone = wanted["criterion"][0] if wanted["criterion"].n_unique() == 1 else None
    criterion = pl.when(extra).then(pl.col("criterion").str.strip_suffix(BONUS)).otherwise("criterion")
    told = (
        marks.select("round", "criterion")
        .unique()
        .with_columns(
            extra=extra, criterion_of=criterion.str.to_lowercase().fill_null(pl.lit(alone, pl.String))
        )
    )
    by = ["criterion_of"] if wanted["round"].null_count() else ["round", "criterion_of"]
    things = wanted.with_columns(criterion_of=pl.col("criterion").str.to_lowercase()).drop(
        "criterion", *(["round"] if len(by) == 1 else [])
    )
    joined = told.join(things, on=by, how="left")
    return joined.select(
        "round",
        "criterion",
        "extra",
        "item",
        most=pl.when("extra").then("bonus").otherwise("most"),
        limit=pl.when("extra").then("limit_bonus").otherwise("limit_most"),
        whole="limit_most",
    )


def _numbered(marks: pl.DataFrame) -> pl.DataFrame:
    """With `form`, a number a sheet, in the order of entries and jurors: whole numbers are compared and put together
    several times as fast as two texts are."""
    names = marks.select("juror").unique().sort("juror").with_row_index("seat")
    seated = marks.join(names, on="juror", how="left", maintain_order="left", nulls_equal=True)
    return seated.with_columns(form=pl.col("at") * max(1, names.height) + pl.col("seat").cast(pl.Int64)).drop(
        "seat"
    )


def _repeated(marks: pl.DataFrame, items: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The marks without those that say the same again, and of what is left those of one juror for one thing."""
    thing = pl.col("form") * (2 * items) + pl.col("item").cast(pl.Int64) * 2 + pl.col("extra")
    things = marks.select(thing).to_series().drop_nulls().sort()
    if not (things == things.shift()).any():  # several times as fast as asking each whether there is another
        return marks, marks.clear()
    again = thing.is_duplicated() & thing.is_not_null()
    said = [
        name for name in marks.columns if name not in ("round", "criterion", "points")
    ]  # as they are written
    differing = marks.filter(again).unique(said, keep="first", maintain_order=True)
    twice = differing.filter(thing.is_duplicated())
    return pl.concat([marks.filter(~again.fill_null(value=False)), differing]), twice


# --- sheets ---


@dataclass(frozen=True)
class _Told:
    """What the marks say: the things to mark, the marks, which of them are for one thing twice, the panel, the terms of
    the sheets, the minutes of single things, all sheets with who is marked, and which may be of others, where it is
    known already."""

    wanted: pl.DataFrame
    marks: pl.DataFrame
    twice: pl.DataFrame
    panel: Panel
    terms: Terms
    times: pl.DataFrame
    given: Sheets
    asked_before: "Asked | None"
    all_here: bool

    @property
    def entries(self) -> pl.DataFrame:
        return self.given.entries

    @property
    def own(self) -> pl.DataFrame | None:
        """Who judges an own pupil."""
        return self.given.own

    @cached_property
    def asked(self) -> "Asked":
        """Which sheets may be of others."""
        if self.asked_before is not None:
            return self.asked_before
        return Asked.of(self.given, self.sheets, all_here=self.all_here)

    @cached_property
    def sheets(self) -> pl.DataFrame:
        """`form`, `entry`, `at`, `juror`, `total`, `missing` things, whether `counted`; by entries and jurors."""
        sums = (
            _items(self.marks)
            .group_by("form")
            .agg(
                pl.col("row").first(),
                total=pl.min_horizontal("value", "whole").sum(),
                marked=pl.col("main").sum().cast(pl.Int64),
                known=pl.col("value").count(),
            )
            .sort("form")
        )
        whose = self.marks.select("entry", "at", "juror")[sums["row"]]
        told = pl.concat([sums, whose], how="horizontal").select(
            "form",
            "entry",
            "at",
            "juror",
            total=pl.when(pl.col("known") > 0).then("total"),
            missing=self.wanted.height - pl.col("marked"),
        )
        return told.with_columns(counted=~told["form"].is_in(self._recused(told).implode()))

    def _recused(self, sheets: pl.DataFrame) -> pl.Series:
        """The sheets of jurors who judge an own pupil."""
        if self.own is None or self.own.is_empty():
            return pl.Series(dtype=pl.Int64)
        return sheets.join(self.own, on=["entry", "juror"], how="semi")["form"]

    @property
    def faults(self) -> pl.DataFrame:
        """What is wrong with the marks of an entry, one cell a kind of fault: the first that is found."""
        marks, sheets = self.marks, self.sheets.filter("counted")
        found = {
            "above": self._counted_of(marks.filter(pl.col("value") > pl.col("limit")), _mark()),
            "strange": self._counted_of(marks.filter(pl.col("item").is_null()), _thing()),
            "stranger": self._strangers(sheets),
            "elsewhere": self._elsewhere(sheets),
            "twice": self._counted_of(self.twice, _thing()),
            "other": self._counted_of(
                marks.filter(pl.col("sheet") != pl.lit(self.terms.sheet, pl.String)), pl.col("sheet")
            ),
            "again": self._again(sheets),
            "likely": self._likely(sheets),
            "stray": self.asked.claims.select("entry", said="stray"),
            "astray": self.asked.astray.lacking.select("entry", said="astray"),
            "foreign": self.asked.astray.foreign.filter(pl.col("sign") != "body").select(
                "entry", said="juror"
            ),
            "long": self._of_another_time(marks),
            "unmarked": self._unmarked(),
        }
        entries = pl.concat([each.select("entry") for each in found.values()]).unique()
        for name, table in found.items():
            first = table.group_by("entry").agg(pl.col("said").min().alias(name))
            entries = entries.join(first, on="entry", how="left")
        whose = (self.asked.claims.drop("stray"), self.asked.astray.lacking.drop("astray"))
        return entries.join(whose[0], on="entry", how="left").join(whose[1], on="entry", how="left")

    def _counted_of(self, faulty: pl.DataFrame, said: pl.Expr) -> pl.DataFrame:
        """What is said of those of the marks that stand on sheets that count."""
        recused = self.sheets.filter(~pl.col("counted"))
        return faulty.join(recused, on="form", how="anti").select("entry", said=said)

    def _of_another_time(self, marks: pl.DataFrame) -> pl.DataFrame:
        timed = marks.filter(pl.col("minutes").is_not_null()).join(self.times, on="item")
        told = pl.concat_str(_thing(), pl.lit(": "), "minutes")
        return self._counted_of(timed.filter(~pl.col("minutes").is_between("fewest", "longest")), told)

    def _strangers(self, sheets: pl.DataFrame) -> pl.DataFrame:
        if self.panel.bench is None:
            return sheets.head(0).select("entry", said="juror")
        return sheets.join(self.panel.bench, on="juror", how="anti").select("entry", said="juror")

    def _again(self, sheets: pl.DataFrame) -> pl.DataFrame:
        if self.panel.bench is None:
            return sheets.head(0).select("entry", said="juror")
        return voting_twice(sheets, self.panel.bench).rename({"twice": "said"})

    def _likely(self, sheets: pl.DataFrame) -> pl.DataFrame:
        likely = self.panel.likely(self.entries, self.own)
        return likely.join(sheets, on=["entry", "juror"], how="semi").select("entry", said="names")

    def _unmarked(self) -> pl.DataFrame:
        """Whom a juror who has marked others of the same body has not marked."""
        done = self.sheets.select("entry", "juror")
        if not self.terms.every or self.panel.bench is None:
            return done.head(0).select("entry", said="juror")
        columns = self.panel.bodies or [name for name in BODIES if name in self.entries.columns][:1]
        body = pl.concat_str(pl.lit(""), *columns, separator="/", ignore_nulls=True).str.to_lowercase()
        placed = self.entries.select("entry", body=body)
        marking = done.join(self.panel.bench, on="juror", how="semi").join(
            self.asked.astray.foreign, on=["entry", "juror"], how="anti"
        )
        seats = marking.join(placed, on="entry").select("body", "juror").unique()
        left = placed.join(seats, on="body").join(done, on=["entry", "juror"], how="anti")
        if self.own is not None:
            left = left.join(self.own, on=["entry", "juror"], how="anti")
        return left.select("entry", said="juror")

    def _elsewhere(self, sheets: pl.DataFrame) -> pl.DataFrame:
        if self.panel.bench is None:
            return sheets.head(0).select("entry", said="juror")
        others = of_other_bodies(
            sheets.select("entry", "juror"), self.entries, self.panel.bench, self.panel.bodies
        )
        return others.select("entry", said="juror")


def _thing() -> pl.Expr:
    at = (
        pl.when(pl.col("round").is_not_null()).then(pl.concat_str("round", pl.lit("/"))).otherwise(pl.lit(""))
    )
    return pl.concat_str(at, pl.col("criterion").fill_null("–"))


def _mark() -> pl.Expr:
    return pl.concat_str(_thing(), pl.lit(": "), pl.col("points"), pl.lit(" > "), "most")


def _items(marks: pl.DataFrame) -> pl.DataFrame:
    """A row a sheet and thing, with the `value` of those that are known: where bonuses are, their points with those of
    what they belong to."""
    known = pl.col("item").is_not_null()
    main = (known & ~pl.col("extra")).cast(pl.Int64)
    things = marks.select(
        "form",
        "item",
        "whole",
        row=pl.int_range(pl.len(), dtype=pl.UInt32),
        main=main,
        value=pl.when(known).then("value"),
    )
    if not marks["extra"].any():
        return things
    return things.group_by("form", "item").agg(
        pl.col("row", "whole").first(),
        pl.col("main").max(),
        value=pl.when(pl.col("value").count() > 0).then(pl.col("value").sum()),
    )


def _counted(
    entries: pl.DataFrame, sheets: pl.DataFrame, below: int, *, of: str, faults: pl.DataFrame
) -> pl.DataFrame:
    """A row an entry: its `score`, how many `jurors` and `recused`, and what is wrong with its marks."""
    alone = pl.col("counted")
    sums = sheets.group_by("at").agg(
        pl.col("entry").first(),
        pl.col("total", "missing").filter(alone).sum(),
        jurors=alone.sum().cast(pl.Int64),
        recused=(~alone).sum().cast(pl.Int64),
    )
    by = sums["jurors"].clip(1, None if of == "mean" else 1)
    scored = sums.with_columns(score=written(sums["total"], _multiplied(by, below)))
    told = entries.select("entry").join(
        scored.with_columns(pl.when(pl.col("jurors") > 0).then(pl.col("score", "missing"))).drop("at"),
        on="entry",
        how="left",
        maintain_order="left",
    )
    wrong = told.join(faults, on="entry", how="left", maintain_order="left")
    return wrong.with_columns(pl.col("jurors", "recused").fill_null(0), least=pl.lit(_LEAST, pl.Int64))


def _multiplied(numbers: pl.Series, factor: int) -> pl.Series:
    return numbers.cast(pl.Int128) * pl.Series([factor], dtype=pl.Int128)


def _shown(sheets: pl.DataFrame, below: int) -> pl.DataFrame:
    """The sheets for those who judge: each with its total as it is written."""
    return sheets.select(
        "entry", "juror", total=written(sheets["total"], below), missing="missing", counted="counted"
    )


_LEAST = 1
"""Sheets that count, without which nobody has points (order 99, annex 3, clause 5: each project is reviewed)."""

_ACCEPTABLE = (
    "task-time", "sheet-of-nobody", "sheet-of-another", "sheet-under-another-code", "juror-twice", "may-be-teacher",
    "juror-without-sheet",
)  # fmt: skip
"""What people may accept, the points being as they are."""

_WHOLE = pl.col("missing").fill_null(0) == 0
_STRAY = pl.col("stray").is_not_null() & _WHOLE
_OF_NOBODY = "the sheet of juror {juror} for {sheet} is of nobody here, and may be of this one"
_LOST = {"juror": pl.col("stray_juror"), "sheet": pl.col("stray")}
_FIGURES = {"points": pl.col("score"), "jurors": pl.col("jurors"), "recused": pl.col("recused")}
_MARKED = words(
    "marked",
    "{points} points on the sheets of {jurors} jurors",
    points=pl.col("score"),
    jurors=pl.col("jurors"),
)
_RECUSED = words(
    "marked-recused",
    "{points} points on the sheets of {jurors} jurors; {recused} sheets of jurors who teach the participant "
    "are not counted",
    **_FIGURES,
)
_CASES = (
    in_doubt("above", "mark-out-of-range", "a mark above its maximum ({mark})", mark=pl.col("above")),
    in_doubt(
        "strange",
        "unknown-criterion",
        "a mark for {criterion}, which is not marked here",
        criterion=pl.col("strange"),
    ),
    in_doubt(
        "stranger",
        "juror-not-listed",
        "a sheet of a juror who is not on the jury's list",
        juror=pl.col("stranger"),
    ),
    in_doubt(
        "elsewhere",
        "juror-of-other-body",
        "a sheet of a juror who sits on juries of others alone",
        juror=pl.col("elsewhere"),
    ),
    in_doubt("twice", "mark-twice", "two marks of one juror for {criterion}", criterion=pl.col("twice")),
    in_doubt("other", "other-sheet", "a sheet for {sheet} works, which this is not", sheet=pl.col("other")),
    in_doubt(
        _STRAY & pl.col("stray_like").is_not_null(),
        "sheet-of-nobody",
        f"{_OF_NOBODY}, {{like}}",
        **_LOST,
        like=pl.col("stray_like"),
    ),
    in_doubt(_STRAY, "sheet-of-nobody", _OF_NOBODY, **_LOST),
    in_doubt(
        pl.col("foreign").is_not_null() & _WHOLE,
        "sheet-of-another",
        "the sheet of juror {juror} may be of somebody of another nomination or region",
        juror=pl.col("foreign"),
    ),
    in_doubt(
        pl.col("astray").is_not_null() & _WHOLE,
        "sheet-under-another-code",
        "the sheet of juror {juror} for {sheet}, of another nomination or region, may be of this one",
        juror=pl.col("astray_juror"),
        sheet=pl.col("astray"),
    ),
    in_doubt(
        pl.col("jurors") < pl.col("least"),
        "too-few-jurors",
        "{jurors} sheets count; at least {least} must",
        jurors=pl.col("jurors"),
        least=pl.col("least"),
    ),
    in_doubt(
        pl.col("missing") > 0,
        "marks-missing",
        "{missing} marks are missing on the sheets",
        missing=pl.col("missing"),
    ),
    in_doubt(
        "likely",
        "may-be-teacher",
        "a juror may be the teacher ({names}); {points} points",
        names=pl.col("likely"),
        points=pl.col("score"),
    ),
    in_doubt(
        "again",
        "juror-twice",
        "one name has sheets under the ids {twice}; {points} points",
        twice=pl.col("again"),
        points=pl.col("score"),
    ),
    in_doubt(
        "long",
        "task-time",
        "took other minutes than the task has ({task}); {points} points",
        task=pl.col("long"),
        points=pl.col("score"),
    ),
    in_doubt(
        "unmarked",
        "juror-without-sheet",
        "no sheet of juror {juror}, who has marked others; {points} points on the sheets of {jurors} jurors",
        juror=pl.col("unmarked"),
        points=pl.col("score"),
        jurors=pl.col("jurors"),
    ),
    Case(pl.col("recused") > 0, "in", _RECUSED),
)
