"""Score sheets of works that one author or several have made: each has criteria and maxima of its own (order 99, annex
3, appendix 1)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import polars as pl

from jobs.binding import Codes, Lookup
from jobs.errors import ParameterFault
from jobs.exact import exact, number, spelled, written
from jobs.juries import on_sheets, panel_of
from jobs.jury import Asked, Terms, marked
from jobs.strays import Sheets
from jobs.verdicts import UNDECIDED, Case, Decisions, judge, words

Kind = Literal["individual", "team"]


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
    lists: Lookup | None = None,
    bands: dict[str, dict[str, str]] | None = None,
    factors: dict[str, str] | None = None,
) -> Decisions:
    """As the job `jury`: works with one author (ids in the column `authors`, spaces between) on sheets for individual
    works with the maxima of `individual`, works with more on sheets for team works with those of `team`.

    `lists` tells on which list of criteria a work stands: a criterion that ends with a hyphen and the name of a list is
    of works on that list alone, so that a mark of another list is undecided. Of whatever the table does not name, the
    sheets tell the list. `bands` (under `individual` and `team`) names parts of a criterion, each with its least and
    most points ("1-device" = "20-25"): a mark written for a part is one for the criterion, and undecided outside of it.
    `factors`: the number by which the marks of a criterion, and its maximum, are multiplied.

    Adds the points as `into`, `jurors`, and where the sheets are `timed` `minutes`, the longest time that a juror has
    noted. Evidence: `score-sheets`, `stray-sheets` and `astray-sheets`. Raises ParameterFault, PointsFault.
    """
    panel = panel_of(scores, codes, jurors=jurors, stage=stage)
    named = on_sheets(entries, panel.scores["contestant"], codes)
    asked = _asked(Sheets(entries, panel.scores.drop_nulls("points"), panel, None), named)
    rules = {"individual": individual, "team": team}
    parts = []
    for sheets in _parts(_sorted(entries, panel.scores, named, authors, lists), panel.scores, named):
        form = _Form.of(sheets.kind, sheets.list, rules, bands or {}, factors or {}, lists)
        marks, outside = form.read(sheets.marks, named)
        own = entries.join(sheets.works, on="entry", how="semi", maintain_order="left")
        terms = Terms(form.maxima, of, sheet=sheets.kind)
        found = marked(own, replace(panel, scores=marks), terms, asked=asked)
        parts.append(_Marked.of(found, outside))
    made = _together(entries, parts, _noted(named, panel.scores) if timed else None, into)
    return replace(made, evidence={**made.evidence, **asked.shown})


def _asked(sheets: Sheets, named: pl.DataFrame) -> Asked:
    """Which sheets may be of others, whatever kind of sheet they are."""
    given = sheets.marks.select("contestant", "juror").unique()
    return Asked.of(
        sheets, given.join(named, on="contestant").select("entry", "juror").unique(), all_here=False
    )


# --- which sheet is whose ---


@dataclass(frozen=True)
class _OfForm:
    """The works of one kind on one list, and the marks they have."""

    kind: Kind
    list: str
    works: pl.DataFrame
    marks: pl.DataFrame


def _sorted(
    entries: pl.DataFrame, given: pl.DataFrame, named: pl.DataFrame, authors: str, lists: Lookup | None
) -> pl.DataFrame:
    """`entry`, its `kind` and its `list`, "" where no list is told apart."""
    several = pl.col(authors).str.count_matches(r"\S+").fill_null(1) > 1
    kind = pl.when(several).then(pl.lit("team")).otherwise(pl.lit("individual"))
    if lists is None:
        return entries.select("entry", kind=kind, list=pl.lit(""))
    names = sorted(set(lists.values.values()))
    told = pl.col(lists.column).cast(pl.String).replace_strict(lists.values, default=None)
    known = entries.select("entry", kind=kind, told=told.cast(pl.String))
    if known["told"].null_count() == 0:
        return known.rename({"told": "list"})
    seen = _seen(given, named, names)
    joined = known.join(seen, on="entry", how="left", maintain_order="left")
    return joined.select("entry", "kind", list=pl.coalesce("told", "seen", pl.lit(names[0])))


def _seen(given: pl.DataFrame, named: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """`entry` and the list of which its sheets have marks; of several the first by name."""
    of_list = pl.col("criterion").str.to_lowercase().str.extract(rf"-({'|'.join(names)})$")
    marked = given.select("contestant", seen=of_list).drop_nulls().join(named, on="contestant")
    return marked.group_by("entry").agg(pl.col("seen").min())


def _parts(sorted_out: pl.DataFrame, given: pl.DataFrame, named: pl.DataFrame) -> Iterator[_OfForm]:
    whose = named.join(sorted_out, on="entry").select("contestant", of_kind="kind", of_list="list")
    marks = given.join(whose.unique(), on="contestant").partition_by(
        "of_kind", "of_list", as_dict=True, include_key=False
    )
    nobody = {("individual", ""): sorted_out}
    for (kind, list_), works in (sorted_out.partition_by("kind", "list", as_dict=True) or nobody).items():
        sheet: Kind = "team" if kind == "team" else "individual"
        yield _OfForm(sheet, str(list_), works, marks.get((kind, list_), given.clear()))


# --- what is marked on it ---


def of_list(maxima: Mapping[str, str], name: str | None, lists: Lookup | None) -> Mapping[str, str]:
    """The criteria of works on the list of that name: none of those that end with the name of another list."""
    if lists is None or name is None:
        return maxima
    others = set(lists.values.values()) - {name}
    return {key: most for key, most in maxima.items() if key.rpartition("-")[2] not in others}


@dataclass(frozen=True)
class _Form:
    """The criteria of a kind of sheet: their `maxima`, the parts of a criterion with their `bands` (the criterion, its
    least and most points), and `factors`."""

    maxima: Mapping[str, str]
    bands: Mapping[str, tuple[str, Fraction, Fraction]]
    factors: Mapping[str, Fraction]

    @classmethod
    def of(
        cls,
        kind: Kind,
        list_: str,
        rules: Mapping[str, Mapping[str, str]],
        bands: Mapping[str, Mapping[str, str]],
        factors: Mapping[str, str],
        lists: Lookup | None,
    ) -> "_Form":
        own = of_list(rules[kind], list_, lists)
        times = {key: number(text, f"author-sheets.factors.{key}") for key, text in factors.items()}
        scaled = {
            key: spelled(number(most, f"author-sheets.{kind}.{key}") * times.get(key, Fraction(1)))
            for key, most in own.items()
        }
        parts = {name: _band(name, text, own) for name, text in bands.get(kind, {}).items()}
        return cls(scaled, parts, times)

    def read(self, marks: pl.DataFrame, named: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The marks by the criteria of `maxima`; and of each work with a mark outside of its band the first such."""
        told = marks.with_columns(part=pl.col("criterion").str.to_lowercase())
        parts = {name: criterion for name, (criterion, _, _) in self.bands.items()}
        outside = told.filter(self._outside(told))
        said = pl.concat_str("criterion", pl.lit(": "), "points").alias("said")
        first = outside.join(named, on="contestant").group_by("entry").agg(said.min())
        criterion = (
            pl.col("part")
            .replace_strict(parts, default=pl.col("criterion"), return_dtype=pl.String)
            .alias("criterion")
        )
        read = told.with_columns(criterion).drop("part")
        return self._multiplied(read), first

    def _outside(self, told: pl.DataFrame) -> pl.Series:
        points = exact(told["points"])
        found = [
            (told["part"] == name) & ~(points.at_least(least) & points.at_most(most))
            for name, (_, least, most) in self.bands.items()
        ]
        nowhere = pl.Series([False], dtype=pl.Boolean).new_from_index(0, told.height)
        table = pl.DataFrame([each.alias(f"{at}") for at, each in enumerate([nowhere, *found])])
        return table.select(pl.any_horizontal(pl.all().fill_null(value=False)).alias("outside")).to_series()

    def _multiplied(self, marks: pl.DataFrame) -> pl.DataFrame:
        for criterion, factor in self.factors.items():
            points = exact(marks["points"])
            above = points.values * pl.Series([factor.numerator], dtype=pl.Int128)
            times = written(above, points.denominator * factor.denominator).alias("times")
            own = pl.col("criterion").str.to_lowercase() == criterion
            marks = marks.with_columns(times).with_columns(
                points=pl.when(own).then("times").otherwise("points")
            )
        return marks.drop("times", strict=False)


def _band(name: str, text: str, maxima: Mapping[str, str]) -> tuple[str, Fraction, Fraction]:
    criterion, _, _ = name.partition("-")
    least, hyphen, most = text.partition("-")
    if criterion not in maxima or not hyphen:
        raise ParameterFault(
            f'author-sheets.bands: {name!r} = {text!r} is no part of a criterion such as "1-device" = "20-25".'
        )
    return (
        criterion,
        number(least, f"author-sheets.bands.{name}"),
        number(most, f"author-sheets.bands.{name}"),
    )


# --- what came of it ---


@dataclass(frozen=True)
class _Marked:
    """What a jury's sheets of one form say: verdicts, `entry` with `score` and `jurors`, and the sheets."""

    verdicts: pl.DataFrame
    columns: pl.DataFrame
    sheets: pl.DataFrame

    @classmethod
    def of(cls, marked: Decisions, outside: pl.DataFrame) -> "_Marked":
        if marked.columns is None:
            raise TypeError("a jury gives points")
        columns = marked.columns.select("entry", "score", "jurors")
        sheets = marked.evidence["score-sheets"]
        if outside.is_empty():
            return cls(marked.verdicts, columns, sheets)
        said = judge(outside, Case(pl.lit(value=True), UNDECIDED, _OUTSIDE), otherwise=_OUTSIDE)
        others = marked.verdicts.join(outside, on="entry", how="anti")
        wrong = pl.col("entry").is_in(outside["entry"].implode())
        scored = columns.with_columns(pl.when(~wrong).then("score").alias("score"))
        return cls(pl.concat([others, said.select(others.columns)]), scored, sheets)


_OUTSIDE = words(
    "mark-outside-band", "a mark outside of what its part of a criterion gives ({mark})", mark=pl.col("said")
)


def _together(
    entries: pl.DataFrame, parts: list[_Marked], noted: pl.DataFrame | None, into: str
) -> Decisions:
    marked = pl.concat([part.columns for part in parts]).rename({"score": into})
    columns = _in_order(entries, marked)
    if noted is not None:
        columns = columns.join(noted, on="entry", how="left", maintain_order="left")
    verdicts = _in_order(entries, pl.concat([part.verdicts for part in parts]))
    shown = pl.concat([part.sheets for part in parts]).sort("entry", "juror")
    return Decisions(verdicts, columns, {"score-sheets": shown})


def _in_order(entries: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    return entries.select("entry").join(told, on="entry", how="left", maintain_order="left")


def _noted(named: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """The longest time on the sheets of each work."""
    timed = scores.drop_nulls("minutes")
    return timed.join(named, on="contestant").group_by("entry").agg(pl.col("minutes").max())
