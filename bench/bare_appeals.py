"""Appeals and the marks that they change (order 99) as somebody would write them in plain polars."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from bare_points import numbers
from bare_told import ZONE, Bare, Given, Says, Tables, otherwise, told


def appeal(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    since, hours, days = given["since"], given["hours"], given.get("days")
    ends = [since + timedelta(hours=hours)]
    if days is not None:
        day = since.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=days + 1)
        ends.append(datetime.combine(day, time.min, ZoneInfo(ZONE)).astimezone(UTC))
    at = pl.col(given["filed"])
    by_day = given.get("by", "hours") == "calendar"
    until = ends[-1] if by_day else ends[0]
    late = at >= until if by_day else at > until
    shown = {"filed": at.dt.convert_time_zone(ZONE).dt.strftime("%Y-%m-%d %H:%M:%S")}
    texts = [
        f"{end.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M:%S}" for end in (ends[::-1] if by_day else ends)
    ]
    shown |= {name: pl.lit(text) for name, text in zip(("until", "other"), texts, strict=False)}
    ending = "filed {}, until {}" + (" (or {})" if days is not None else "")
    about = {"about": pl.col("about") if "about" in entries.columns else pl.lit(None, pl.String)}
    return told(
        entries,
        Says(late, "out", "appeal-late", ending, shown),
        Says(at < since, "undecided", "appeal-early", ending + ": {}", shown | about),
        Says(at.is_not_null(), "undecided", "appeal-in-time", ending + ": {}", shown | about),
        otherwise("does not say when"),
    )


def final(entries: pl.DataFrame, _given: Given, _tables: Tables) -> pl.DataFrame:
    return told(entries, Says(pl.lit(value=True), "out", "decision-final", "is final"), otherwise("is final"))


def rescore(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """Every new mark stands for the old one, but where people keep that; and the places before and after."""
    marks, stage, kept = tables["rescores"], given.get("stage"), given["kept"]
    if stage is not None:
        if marks["stage"].null_count():
            raise ValueError("rescores: a changed mark does not say of which stage.")
        marks = marks.filter(pl.col("stage").cast(pl.String) == stage)
    who, what = given.get("person", "participant"), given.get("nomination")
    own = pl.col(what).cast(pl.String) if what else pl.lit(None, pl.String)
    seen = entries.select(
        "entry", "group", who=pl.col(who), own=own, old=pl.col(given["points"]).cast(pl.String)
    )
    new = marks.select(
        who="participant", new="new_score", of=pl.col("nomination").str.to_lowercase()
    ).with_row_index("mark")
    _all_heard(seen, new, tables.get("appeals"))
    if new.is_empty() and not kept.published:
        return told(entries.head(0), otherwise("no mark was changed"))
    changed = seen.join(new, on="who").filter(
        pl.col("of").is_null() | (pl.col("of") == pl.col("own").str.to_lowercase())
    )
    if {changed.height, changed["entry"].n_unique(), changed["mark"].n_unique()} != {new.height}:
        raise ValueError("rescores: a changed mark is of nobody or of several, or two are of one.")
    both = seen.join(changed.select("entry", "new"), on="entry", how="left", maintain_order="left")
    public = pl.col("entry").replace_strict(kept.published or {}, default=None, return_dtype=pl.String)
    stays = pl.col("group").is_in(list(kept.groups)).fill_null(value=False) | kept.every
    counted = both.with_columns(
        stood=pl.coalesce(public, "old"), after=pl.coalesce("new", "old"), stays=stays
    ).with_columns(counts=pl.when("stays").then("stood").otherwise("after"))
    rank = pl.col("points").rank("min", descending=True).over("group")
    before, after = (
        counted.select("group", points=numbers(counted[name])[0]).select(rank).to_series()
        for name in ("stood", "after")
    )
    moved = counted.with_columns(rank_before=before, rank_after=after).filter(
        pl.col("new").is_not_null() | pl.col("counts").ne_missing(pl.col("old"))
    )
    refused = pl.col("stays") & pl.col("stood").ne_missing(pl.col("after"))
    stands = {"stood": pl.col("stood"), "after": pl.col("after")}
    figures = {"before": pl.col("old"), "after": pl.col("counts")}
    return told(
        moved,
        Says(refused, "in", "kept", "the mark {} stays, not {}", stands),
        otherwise("{} was changed to {}", **figures),
        keep=("rank_before", "rank_after"),
    )


def _all_heard(seen: pl.DataFrame, marks: pl.DataFrame, appeals: pl.DataFrame | None) -> None:
    """No granted appeal of somebody here is without a mark of the same nomination."""
    if appeals is None or appeals.is_empty():
        return
    granted = appeals.select(who="participant", about=pl.col("nomination").str.to_lowercase()).unique()
    about = pl.col("about")
    here = seen.join(granted, on="who").filter(
        (about == pl.col("own").str.to_lowercase()).fill_null(value=True)
    )
    with_mark = here.join(marks.select("who", "of"), on="who").filter(
        (about == pl.col("of")).fill_null(value=True)
    )
    if here.join(with_mark, on=["who", "about"], how="anti", nulls_equal=True).height:
        raise ValueError("rescores: an appeal was granted, and no mark came of it.")


PEERS: Mapping[str, Bare] = {"appeal": appeal, "final": final, "rescore": rescore}
