"""Score sheets under the code of somebody else who is marked here, of another nomination, section or region (order 99:
annex 3, clause 16; annex 4, clause 17; annex 5, clause 11: whoever takes part is marked, by the own jury). One who is
meant lacks a mark and the other has a foreign one, and no mark is wrong by itself; so people are asked about both."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import polars as pl

from jobs.juries import bodies_of, of_other_bodies
from jobs.strays import MOST_JURORS, Sheets, like_codes, unmarked
from jobs.verdicts import together

_PLACE = dict.fromkeys(("juror", "entry"), pl.String)
_FOREIGN = {**_PLACE, "sign": pl.String}
_LACKING = dict.fromkeys(("entry", "astray", "astray_juror"), pl.String)
_SHOWN = dict.fromkeys(("juror", "written", "entry", "sign"), pl.String)


def _none(schema: dict[str, type[pl.String]]) -> pl.DataFrame:
    return pl.DataFrame(schema=schema)


@dataclass(frozen=True)
class Astray:
    """`lacking`: of which entries such a sheet may be (`entry`, `astray`: the code on it, `astray_juror`), once each;
    `foreign`: the sheets that are meant (`juror`, `entry` whose code they have, `sign`: `told` where the sheet names
    another nomination, `alone` where its juror has marked few others there, `body` where the juror sits on other
    juries); `shown`: the same with the code as it is `written`."""

    lacking: pl.DataFrame = field(default_factory=lambda: _none(_LACKING))
    foreign: pl.DataFrame = field(default_factory=lambda: _none(_FOREIGN))
    shown: pl.DataFrame = field(default_factory=lambda: _none(_SHOWN))


def astray(sheets: Sheets, marked: pl.DataFrame) -> Astray:
    """What the sheets (`marked`: `entry`, `juror`, once each) tell of codes of another group.

    A sheet is a stranger's where it names another nomination; where its juror sits on juries of others alone; and where
    the juror has marked the smaller part of that group, has marked the better part of another, and lacks at least as
    many there; in a group of one entry, where a like code tells it from one of those.
    """
    board = _Board(sheets, marked.select("entry", "juror"))
    if board.groups["group"].n_unique() == 1:
        return Astray()
    foreign = board.foreign
    if foreign.is_empty():
        return Astray()
    return Astray(board.once(board.lacking(foreign)), foreign, board.written(foreign))


@dataclass(frozen=True)
class _Board:
    """Who has marked whom, group by group."""

    sheets: Sheets
    marked: pl.DataFrame

    @cached_property
    def groups(self) -> pl.DataFrame:
        """`entry` and its `group`: a number for each jury that judges."""
        columns = bodies_of(self.sheets.entries, self.sheets.panel.bodies)
        if not columns:
            return self.sheets.entries.select("entry", group=pl.lit(1, pl.UInt32))
        told = together(columns).str.to_lowercase().rank("dense").fill_null(0)
        return self.sheets.entries.select("entry", group=told)

    @cached_property
    def cover(self) -> pl.DataFrame:
        """`juror`, `group`: how many of the group the juror has marked (`n`) of how many (`size`), own pupils apart;
        `other`: the juror sits on juries of others alone."""
        counted = self._without_own(self.marked).join(self.groups, on="entry")
        sums = counted.group_by("juror", "group").agg(pl.col("entry").first(), n=pl.len().cast(pl.Int64))
        told = sums.join(self._sizes("size"), on="group").join(self._own(), on=["juror", "group"], how="left")
        others = self.of_others(told.select("entry", "juror")).with_columns(other=pl.lit(value=True))
        joined = told.join(others, on=["entry", "juror"], how="left")
        size = pl.col("size") - pl.col("own").fill_null(0)
        return joined.select("juror", "group", "n", size, pl.col("other").fill_null(value=False))

    def _sizes(self, name: str) -> pl.DataFrame:
        return self.groups.group_by("group").agg(pl.len().cast(pl.Int64).alias(name))

    def _own(self) -> pl.DataFrame:
        """How many own pupils a juror has in a group."""
        own = self.sheets.own if self.sheets.own is not None else _none(_PLACE)
        placed = own.select("juror", "entry").join(self.groups, on="entry")
        return placed.group_by("juror", "group").agg(own=pl.len().cast(pl.Int64))

    def _without_own(self, table: pl.DataFrame) -> pl.DataFrame:
        own = self.sheets.own
        if own is None or own.is_empty():
            return table
        return table.join(own, on=["entry", "juror"], how="anti")

    def of_others(self, table: pl.DataFrame) -> pl.DataFrame:
        """Which of these (`entry`, `juror`) are of jurors who sit on juries of others alone."""
        panel = self.sheets.panel
        if panel.bench is None:
            return table.clear()
        return of_other_bodies(table, self.sheets.entries, panel.bench, panel.bodies).unique()

    @cached_property
    def homes(self) -> pl.DataFrame:
        """The groups of which a juror has marked at least half, and not all: `lack` of them."""
        known = self.cover.filter(~pl.col("other"), pl.col("n") * 2 >= pl.col("size"))
        lacking = known.select("juror", "group", lack=pl.col("size") - pl.col("n"))
        return lacking.filter(pl.col("lack") > 0)

    # --- whose code is foreign ---

    @cached_property
    def foreign(self) -> pl.DataFrame:
        found = pl.concat([self._told(), self._elsewhere(), self._few_of_a_group()])
        return found.unique(["juror", "entry"], keep="first", maintain_order=True).sort("juror", "entry")

    def _told(self) -> pl.DataFrame:
        """Sheets that name a nomination of others here."""
        told = self._named_otherwise
        return told.select("juror", "entry", sign=pl.lit("told")).unique(maintain_order=True)

    @cached_property
    def _named_otherwise(self) -> pl.DataFrame:
        """`juror`, `entry`, and the nomination that the sheet has (`said`), which is of others here."""
        told = self.sheets.marks.select("contestant", "juror", said="nomination").drop_nulls("said").unique()
        column = next(iter(bodies_of(self.sheets.entries)), None)
        if column is None or told.is_empty():
            return _none({**_PLACE, "said": pl.String})
        placed = told.with_columns(_place("said")).join(self.sheets.named, on="contestant")
        own = self.sheets.entries.select("entry", own=_place(column))
        other = placed.join(own, on="entry").filter(pl.col("said") != pl.col("own"))
        known = other.join(own.rename({"own": "said"}), on="said", how="semi")
        return known.join(self.marked, on=["entry", "juror"], how="semi").select("juror", "entry", "said")

    def _elsewhere(self) -> pl.DataFrame:
        return self._sheets_of(self.cover.filter("other"), "body")

    def _few_of_a_group(self) -> pl.DataFrame:
        """Sheets of jurors who have marked the smaller part of the group and lack as many where they marked most."""
        pair = (pl.col("n") == 1) & (pl.col("size") == 1 + 1)
        small = (pl.col("n") * 2 < pl.col("size")) | pair | (pl.col("size") == 1)
        known = self.cover.filter(small, ~pl.col("other")).join(self.homes, on="juror", suffix="_home")
        away = known.filter(pl.col("group") != pl.col("group_home"))
        visits = away.group_by("juror", "group").agg(pl.col("n", "size").first(), pl.col("lack").sum())
        likely = visits.filter(pl.col("n") <= pl.col("lack"))
        several = self._sheets_of(likely.filter(pl.col("size") > 1), "alone")
        return pl.concat([several, self._like(self._sheets_of(likely.filter(pl.col("size") == 1), "alone"))])

    def _sheets_of(self, pairs: pl.DataFrame, sign: str) -> pl.DataFrame:
        if pairs.is_empty():
            return _none(_FOREIGN)
        near = self.marked.filter(pl.col("juror").is_in(pairs["juror"].unique().implode()))
        placed = near.join(self.groups, on="entry").join(pairs, on=["juror", "group"], how="semi")
        return placed.select("juror", "entry", sign=pl.lit(sign))

    def _like(self, lone: pl.DataFrame) -> pl.DataFrame:
        """Of these sheets those whose code one character tells from that of somebody whom the juror lacks."""
        if lone.is_empty():
            return lone
        lacked = self._lacked_at_home(lone).rename({"entry": "meant"})
        few = self.sheets.entries.join(lacked, left_on="entry", right_on="meant", how="semi")
        written = self.written(lone)
        alike = like_codes(written, replace(self.sheets, entries=few)).rename({"entry": "meant"})
        pairs = written.join(alike, on="written").join(lacked, on=["juror", "meant"])
        return lone.join(pairs, on=["juror", "entry"], how="semi")

    # --- whom it may be of ---

    def lacking(self, foreign: pl.DataFrame) -> pl.DataFrame:
        """`juror` and each `entry` of whom such a sheet may be: of the nomination that it names; of the groups of which
        the juror has marked most; where the juror has marked nobody of the own jury's, all of those."""
        jurors = foreign["juror"].unique().sort().head(MOST_JURORS)
        few = foreign.filter(pl.col("juror").is_in(jurors.implode()))
        parts = [self._lacked_as_named(few), self._lacked_at_home(few)]
        nobody = few.filter(sign="body").join(self.cover.filter(~pl.col("other")), on="juror", how="anti")
        done = self.marked.join(nobody, on="juror", how="semi")
        away = [unmarked(self.sheets, each, done.filter(juror=each)) for each in nobody["juror"].unique()]
        return pl.concat([*parts, *(each.select("juror", "entry") for each in away)]).unique()

    def _lacked_at_home(self, foreign: pl.DataFrame) -> pl.DataFrame:
        places = self.homes.join(foreign, on="juror", how="semi")
        return self._unmarked(places.select("juror", "group").join(self.groups, on="group"))

    def _lacked_as_named(self, foreign: pl.DataFrame) -> pl.DataFrame:
        told = self._named_otherwise.join(foreign, on="juror", how="semi")
        column = next(iter(bodies_of(self.sheets.entries)), None)
        if told.is_empty() or column is None:
            return _none(_PLACE)
        own = self.sheets.entries.select("entry", said=_place(column))
        meant = self._unmarked(told.select("juror", "said").unique().join(own, on="said"))
        return meant.join(self.of_others(meant.select("entry", "juror")), on=["entry", "juror"], how="anti")

    def _unmarked(self, places: pl.DataFrame) -> pl.DataFrame:
        left = places.select("juror", "entry").join(self.marked, on=["juror", "entry"], how="anti")
        return self._without_own(left)

    # --- as it is told ---

    def written(self, foreign: pl.DataFrame) -> pl.DataFrame:
        """The sheets with the code as it is written there."""
        marks = self.sheets.marks.join(foreign, on="juror", how="semi")
        given = marks.select("juror", written="contestant").unique()
        told = given.join(self.sheets.named, left_on="written", right_on="contestant").join(
            foreign, on=["juror", "entry"]
        )
        return told.select(*_SHOWN).sort(*_SHOWN)

    def once(self, lacking: pl.DataFrame) -> pl.DataFrame:
        """Each entry with one sheet that may be of it."""
        first = self.written(self.foreign).group_by("juror").agg(astray=pl.col("written").min())
        told = lacking.join(first, on="juror").select("entry", "astray", astray_juror="juror")
        return told.sort(*_LACKING).unique("entry", keep="first", maintain_order=True)


def _place(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.to_lowercase()
