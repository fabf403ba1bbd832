"""The anonymous marks behind the reports that went out: what was shown once stays, and new ones join it in groups."""

import polars as pl
from sqlalchemy import Connection, insert, select

from jobs.medal.marks import ANSWER
from worker.store.tables import counted_marks

_SCHEMA: dict[str, pl.DataType] = {"rating": pl.String(), "mentor": pl.String(), "stars": pl.Int64()}


def counted(connection: Connection, contest: str) -> pl.DataFrame:
    """The questionnaires behind what was shown, by their numbers."""
    query = select(*(counted_marks.c[name] for name in ANSWER)).where(counted_marks.c.contest == contest)
    rows = [tuple(row) for row in connection.execute(query.order_by(counted_marks.c.rating))]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def add(connection: Connection, contest: str, run_id: int, marks: pl.DataFrame) -> None:
    """Record those of `marks` that a run shows first."""
    new = marks.join(counted(connection, contest), on="rating", how="anti", maintain_order="left")
    rows = [{"contest": contest, "run_id": run_id, **row} for row in new.select(ANSWER).iter_rows(named=True)]
    if rows:
        connection.execute(insert(counted_marks), rows)
