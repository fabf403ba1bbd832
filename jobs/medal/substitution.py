"""Who stands in for whom on a day (regulation 003, clause 3.3).

For a mentor who cannot, another mentor or the expert who watches the mentor; for an expert the coordinator.
"""

import polars as pl

_HOPS = 3
"""From the mentor over the expert to the coordinator: nobody stands above."""


def effective(pairs: pl.DataFrame, *, staff: pl.DataFrame, absences: pl.DataFrame) -> pl.DataFrame:
    """Of `pairs` (`person`, `on`: a day) each once, with `stands`: who carries the person's duties on that day.

    That is the person, unless absent; then whoever is named as substitute; then whoever watches the absent one, in
    the term of `staff` that holds that day. Null: nobody is told.
    """
    known = pairs.select("person", "on").drop_nulls().unique(maintain_order=True)
    current = known.with_columns(stands=pl.col("person"))
    for _ in range(_HOPS):
        current = _one_up(current, staff, absences)
    return current


def _one_up(current: pl.DataFrame, staff: pl.DataFrame, absences: pl.DataFrame) -> pl.DataFrame:
    """Each who is absent replaced by the next who would stand in."""
    who = current.select(absent="stands", on="on").drop_nulls().unique(maintain_order=True)
    gone = _on_that_day(who.join(absences.select("absent", "since", "until", "substitute"), on="absent"))
    above = _on_that_day(
        who.join(staff.select("since", "until", "watched_by", absent="person"), on="absent")
    ).sort("since")
    watched = above.drop_nulls("watched_by").unique(["absent", "on"], keep="last", maintain_order=True)
    chosen = (
        gone.sort("since", "substitute")
        .unique(["absent", "on"], keep="last", maintain_order=True)
        .join(watched.select("absent", "on", "watched_by"), on=["absent", "on"], how="left")
        .select("on", stands="absent", gone=pl.lit(value=True), next=pl.coalesce("substitute", "watched_by"))
    )
    moved = current.join(chosen, on=["stands", "on"], how="left", maintain_order="left")
    return moved.select("person", "on", stands=pl.when("gone").then("next").otherwise("stands"))


def _on_that_day(rows: pl.DataFrame) -> pl.DataFrame:
    """Terms that hold the day `on`, both ends included; one without an end still lasts."""
    return rows.filter(
        pl.col("on") >= pl.col("since"), pl.col("on") <= pl.col("until").fill_null(pl.col("on"))
    )
