"""Score sheets under the code of somebody else who is marked here, as somebody would write it in plain polars."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
from bare_strays import MOST_JURORS, near

PAIR = ["juror", "entry"]
PAIRS = pl.DataFrame(schema=dict.fromkeys(PAIR, pl.String))


@dataclass(frozen=True)
class Board:
    """`places`: each `entry`, its `group` (the jury that judges it) and its `nomination`; `done`: the sheets (`juror`,
    `entry`); `own`: the same of own pupils; `written`: the sheets with the code as it stands there and the nomination
    that is `said`; `barred` gives those of some pairs whose juror sits on juries of others alone."""

    places: pl.DataFrame
    done: pl.DataFrame
    own: pl.DataFrame
    written: pl.DataFrame
    barred: Callable[[pl.DataFrame], pl.DataFrame]
    code: Callable[[str], str]


def astray(board: Board) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The sheets (`juror`, `entry`) whose code may be another's, and of whom they may be: by which `juror`."""
    if board.places["group"].n_unique() < 1 + 1:
        return PAIRS, PAIRS
    cover = _cover(board)
    known, others = cover.filter(~pl.col("other")), cover.filter("other")
    homes = known.filter(2 * pl.col("n") >= pl.col("size"), pl.col("n") < pl.col("size"))
    lacked = _lacked(board, homes.select("juror", "group").join(board.places, on="group"))
    named = _named_otherwise(board)
    placed = board.done.join(board.places, on="entry")
    elsewhere = placed.join(others, on=["juror", "group"], how="semi").select(PAIR)
    alone = _alone(board, placed, known, homes, lacked)
    asked = (
        pl.concat([named.select(PAIR), alone])
        .unique()
        .join(elsewhere.join(named, on=PAIR, how="anti"), on=PAIR, how="anti")
    )
    jurors = pl.concat([asked, elsewhere]).select("juror").unique().sort("juror").head(MOST_JURORS)
    told = named.join(board.places.select("nomination", meant="entry"), left_on="said", right_on="nomination")
    of_name = _lacked(board, told.select("juror", entry="meant"))
    of_name = of_name.join(board.barred(of_name), on=PAIR, how="anti")
    strangers = elsewhere.select("juror").unique().join(known, on="juror", how="anti")
    anyone = _lacked(board, strangers.join(board.places, how="cross"))
    anyone = anyone.join(board.barred(anyone), on=PAIR, how="anti")
    return asked, pl.concat([lacked, of_name, anyone]).unique().join(jurors, on="juror", how="semi")


def _cover(board: Board) -> pl.DataFrame:
    """`juror` and `group`: how many of its `size` the juror has marked (`n`), own pupils apart, and whether the jury of
    that group is an`other`."""
    marked = board.done.join(board.own, on=PAIR, how="anti").join(board.places, on="entry")
    counted = marked.group_by("juror", "group").agg(pl.col("entry").first(), n=pl.len().cast(pl.Int64))
    sizes = board.places.group_by("group").agg(size=pl.len().cast(pl.Int64))
    own = board.own.join(board.places, on="entry").group_by("juror", "group").agg(own=pl.len().cast(pl.Int64))
    told = counted.join(sizes, on="group").join(own, on=["juror", "group"], how="left")
    other = board.barred(told.select(PAIR)).unique().with_columns(other=pl.lit(value=True))
    return told.join(other, on=PAIR, how="left").select(
        "juror",
        "group",
        "n",
        pl.col("size") - pl.col("own").fill_null(0),
        pl.col("other").fill_null(value=False),
    )


def _lacked(board: Board, pairs: pl.DataFrame) -> pl.DataFrame:
    """Of these pairs those whom the juror has not marked, and may."""
    left = pairs.select(PAIR).unique().join(board.done, on=PAIR, how="anti")
    return left.join(board.own, on=PAIR, how="anti")


def _named_otherwise(board: Board) -> pl.DataFrame:
    """Sheets that name a nomination which others here have."""
    told = board.written.drop_nulls("said").join(board.places, on="entry")
    other = told.filter(pl.col("said") != pl.col("nomination"))
    known = board.places.select(said="nomination").drop_nulls().unique()
    return other.join(known, on="said", how="semi").select(*PAIR, "said").unique()


def _alone(
    board: Board, placed: pl.DataFrame, known: pl.DataFrame, homes: pl.DataFrame, lacked: pl.DataFrame
) -> pl.DataFrame:
    """Sheets in a group of which the juror has marked the smaller part, and lacks as many in others; of a group of one
    those whose code one character tells from one of these."""
    n, size = pl.col("n"), pl.col("size")
    small = known.filter((2 * n < size) | (size == 1) | ((n == 1) & (size == 1 + 1)))
    lack = homes.select("juror", home="group", lack=size - n)
    visits = small.join(lack, on="juror").filter(pl.col("home") != pl.col("group"))
    likely = visits.group_by("juror", "group").agg(pl.col("n", "size").first(), pl.col("lack").sum())
    found = placed.join(likely.filter(n <= pl.col("lack")), on=["juror", "group"])
    lone = found.filter(size == 1).join(board.written, on=PAIR).select(*PAIR, "contestant").unique()
    if lone.is_empty():
        return found.select(PAIR)
    meant = lacked.join(lone, on="juror", how="semi").rename({"entry": "meant"})
    alike = near(lone["contestant"], meant["meant"].unique(), board.code)
    pairs = lone.join(alike.select(contestant="written", meant="entry"), on="contestant")
    like = pairs.join(meant, on=["juror", "meant"], how="semi").select(PAIR).unique()
    return pl.concat([found.filter(size > 1).select(PAIR), like])
