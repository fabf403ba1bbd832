"""Who sits on a jury and whose own pupils are among those it judges (order 99: annex 2, cl. 7; annex 4, cl. 14)."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import polars as pl

from jobs.binding import Codes, Standing
from jobs.names import folded_name, folded_names, naming_some, same_names, separate_ids
from jobs.spellings import spelled_otherwise

CHAIR, MEMBER, SECRETARY = "chair", "member", "secretary"

OF_PERSON = ("participant", "authors", "about")
"""Columns that hold the ids of the people an entry is of."""

BODIES = ("nomination", "section", "subject")
"""Columns of an entry that tell which body judges it: the first that it has."""

LIKELY_SCHEMA = dict.fromkeys(("entry", "juror", "names"), pl.String)

NONE_STANDING: Final = Standing(pl.DataFrame(schema={"entry": pl.String}))
"""Where no earlier stage is named."""

OWN_SCHEMA: dict[str, pl.DataType] = {"entry": pl.String(), "juror": pl.String(), "sign": pl.String()}


def of_stage(table: pl.DataFrame, stage: str | None) -> pl.DataFrame:
    """The rows that speak of a stage, and those that say of none which."""
    if stage is None:
        return table
    return table.filter(pl.col("stage").is_null() | (pl.col("stage").cast(pl.String) == stage))


def on_sheets(entries: pl.DataFrame, written_there: pl.Series, codes: Codes) -> pl.DataFrame:
    """`contestant` as it stands on sheets, and the `entry` it is: by its id, and where some are of no id, by code."""
    by_id = entries.select("entry", contestant="entry")
    if written_there.is_in(by_id["contestant"].implode()).all():
        return by_id
    by_code = by_id.select(
        "entry", contestant=pl.Series([codes.of(each) for each in by_id["entry"]], dtype=pl.String)
    )
    return pl.concat([by_id, by_code.filter(pl.col("contestant") != pl.col("entry"))])


def marks_of(entries: pl.DataFrame, marks: pl.DataFrame, named: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """The marks of these entries, with the `entry` of each and its number in the order of ids (`at`); `named`, as
    `on_sheets` tells it, is asked only where some name no entry by its id: codes are reckoned one by one."""
    numbered = entries.select("entry", at=pl.col("entry").rank("dense").cast(pl.Int64))
    found = marks.join(numbered.with_columns(contestant="entry"), on="contestant")
    if found.height == marks.height:
        return found
    return marks.join(named().join(numbered, on="entry"), on="contestant")


def voting(jurors: pl.DataFrame) -> pl.DataFrame:
    """Those who mark and vote: everybody but secretaries."""
    return jurors.filter(pl.col("role").cast(pl.String) != SECRETARY)


@dataclass(frozen=True)
class Panel:
    """The marks of a stage with the jurors' ids, the `bench` of those who may mark where there is a list, and the
    columns of the entries that tell the participants' `teacher` and the `bodies` that judge."""

    scores: pl.DataFrame
    bench: pl.DataFrame | None
    teacher: str | None
    bodies: list[str] | None
    codes: Codes

    def own(self, entries: pl.DataFrame) -> pl.DataFrame | None:
        """Who judges an own pupil: `entry`, `juror`, `sign`."""
        return None if self.bench is None else own_pupils(self.bench, entries, self.teacher, "entry")

    def likely(self, entries: pl.DataFrame, own: pl.DataFrame | None) -> pl.DataFrame:
        """Who may judge an own pupil, by a name that is written otherwise: `entry`, `juror`, `names`."""
        if self.bench is None or own is None:
            return pl.DataFrame(schema=LIKELY_SCHEMA)
        return like_teachers(self.bench, entries, self.teacher, own)


def panel_of(
    scores: pl.DataFrame,
    codes: Codes,
    *,
    jurors: pl.DataFrame | None,
    teacher: str | None = None,
    stage: str | None = None,
    bodies: list[str] | None = None,
) -> Panel:
    """The marks and the jury of one stage."""
    bench = voting(of_stage(jurors, stage)) if jurors is not None else None
    return Panel(_signed(of_stage(scores, stage), bench, codes), bench, teacher, bodies, codes)


def _signed(scores: pl.DataFrame, bench: pl.DataFrame | None, codes: Codes) -> pl.DataFrame:
    """Marks with the jurors' ids where they stand by their codes."""
    if bench is None:
        return scores
    ids = bench["juror"].unique(maintain_order=True).to_list()
    return scores.with_columns(pl.col("juror").replace({codes.of(juror): juror for juror in ids}))


def bodies_of(entries: pl.DataFrame, bodies: list[str] | None = None) -> list[str]:
    """The columns of an entry that tell which jury judges it: `bodies`, or else the first that it has of `BODIES`."""
    return bodies if bodies is not None else [name for name in BODIES if name in entries.columns][:1]


def of_other_bodies(
    sheets: pl.DataFrame, entries: pl.DataFrame, jurors: pl.DataFrame, bodies: list[str] | None = None
) -> pl.DataFrame:
    """The `sheets` (`entry`, `juror`) of those who sit on juries of others alone (order 99, annex 3, clause 4; annex 5,
    clauses 6 and 12). `bodies`: the columns of an entry that tell which jury judges it, its region and what it is
    entered for; the latter alone where nothing is said. What the jury's list leaves open of a seat, or an entry of
    itself, fits everything; and who has no seat at all is no juror of others."""
    columns = bodies_of(entries, bodies)
    if not columns:
        return sheets.head(0)
    judged = entries.select("entry", *(_place(pl.col(name)).alias(name) for name in columns))
    seats = jurors.select(
        "juror", *(_place(pl.col(_OF_SEAT.get(name, "nomination"))).alias(name) for name in columns)
    )
    free = seats.filter(_exactly([], columns))
    bound = sheets.join(seats, on="juror", how="semi").join(free, on="juror", how="anti")
    placed = bound.join(judged, on="entry")
    parts = [_unseated(placed, seats, known, columns) for known in _subsets(columns)]
    return pl.concat(parts).select("entry", "juror")


def _unseated(
    sheets: pl.DataFrame, seats: pl.DataFrame, known: list[str], columns: list[str]
) -> pl.DataFrame:
    """Of the sheets of entries that tell just the `known` columns, those of jurors with no seat that fits."""
    left = sheets.filter(_exactly(known, columns))
    for told in _subsets(columns) if left.height else ():
        on = ["juror", *(name for name in told if name in known)]
        left = left.join(seats.filter(_exactly(told, columns)).select(on).unique(), on=on, how="anti")
    return left


_OF_SEAT = {"region": "region"}
"""The column of the jury's list that tells what a column of an entry does; of any other it is the nomination."""


def _place(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.String).str.to_lowercase()


def _subsets(names: list[str]) -> list[list[str]]:
    return [list(each) for size in range(len(names) + 1) for each in combinations(names, size)]


def _exactly(told: list[str], names: list[str]) -> pl.Expr:
    """Of these names those are told, and no other."""
    return pl.all_horizontal(pl.col(name).is_not_null() == (name in told) for name in names)


def voting_twice(acts: pl.DataFrame, bench: pl.DataFrame) -> pl.DataFrame:
    """`entry` of those acts (`entry`, `juror`: a vote, a sheet) of which two are of one name under two ids, and the ids
    (`twice`): whether it is one person people say."""
    named = bench.select("juror", folded=folded_name(pl.col("name"))).drop_nulls().unique()
    again = named.filter(pl.len().over("folded") > 1)
    found = acts.select("entry", "juror").join(again, on="juror").unique()
    told = found.group_by("entry", "folded").agg(twice=pl.col("juror").sort().str.join(", "), ids=pl.len())
    several = told.filter(pl.col("ids") > 1).sort("entry", "twice")
    return several.unique("entry", keep="first", maintain_order=True).select("entry", "twice")


def own_pupils(jurors: pl.DataFrame, entries: pl.DataFrame, teacher: str | None, *ids: str) -> pl.DataFrame:
    """Each juror with each entry of an own pupil, once: `entry`, `juror`, and the `sign` that tells it, `teaches` (the
    jury's list names the pupil) before `namesake` (the entry's teacher has the juror's name).

    `ids` are the columns of an entry in which its people stand, beside `OF_PERSON`.
    """
    where = [pl.col(name) for name in dict.fromkeys([*ids, *OF_PERSON]) if name in entries.columns]
    people = entries.select("entry", person=separate_ids(*where)).explode("person")
    taught = jurors.select("juror", person=separate_ids(pl.col("teaches"))).explode("person")
    told = taught.drop_nulls().join(people, on="person").select("entry", "juror", sign=pl.lit("teaches"))
    both = pl.concat([told, _namesakes(jurors, entries, teacher)])
    return both.unique(["entry", "juror"], keep="first", maintain_order=True)


def like_teachers(
    jurors: pl.DataFrame, entries: pl.DataFrame, teacher: str | None, own: pl.DataFrame
) -> pl.DataFrame:
    """Each juror with each entry whose teacher the juror may be, written otherwise: `entry`, `juror`, `names` (as the
    jury's list and as the entry has it). Those of `own` are known to be, and not among them."""
    if teacher is None:
        return pl.DataFrame(schema=LIKELY_SCHEMA)
    named = jurors.select("juror", "name", folded=folded_name(pl.col("name"))).drop_nulls().unique()
    told = entries.select("entry", cell=pl.col(teacher).cast(pl.String)).drop_nulls()
    alike = spelled_otherwise(named["folded"], told["cell"]).rename({"name": "folded"})
    found = named.join(alike, on="folded").join(told, on="cell")
    pairs = found.join(own, on=["entry", "juror"], how="anti").select(
        "entry", "juror", names=pl.concat_str("name", pl.lit(" – "), "cell")
    )
    return pairs.sort(*LIKELY_SCHEMA).unique(["entry", "juror"], keep="first", maintain_order=True)


def _namesakes(jurors: pl.DataFrame, entries: pl.DataFrame, teacher: str | None) -> pl.DataFrame:
    if teacher is None:
        return pl.DataFrame(schema=OWN_SCHEMA)
    # Of each different cell once: a teacher has many pupils.
    written = entries.select("entry", cell=pl.col(teacher).cast(pl.String)).drop_nulls()
    named = jurors.select("juror", name=folded_name(pl.col("name"))).drop_nulls()
    cells = naming_some(written["cell"].unique(maintain_order=True), named["name"]).to_frame("cell")
    teachers = cells.with_columns(name=folded_names(pl.col("cell"))).explode("name").drop_nulls()
    alike = same_names(named["name"], teachers["name"])
    told = named.join(alike, on="name").join(teachers, left_on="other", right_on="name")
    pupils = told.select("juror", "cell").unique(maintain_order=True).join(written, on="cell")
    return pupils.select("entry", "juror", sign=pl.lit("namesake"))
