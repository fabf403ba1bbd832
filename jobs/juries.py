"""Who sits on a jury and whose own pupils are among those it judges (order 99: annex 2, cl. 7; annex 4, cl. 14)."""

import polars as pl

from jobs.binding import Codes
from jobs.names import folded_name, folded_names, same_names, separate_ids

CHAIR, MEMBER, SECRETARY = "chair", "member", "secretary"

OF_PERSON = ("participant", "authors", "about")
"""Columns that hold the ids of the people an entry is of."""

BODIES = ("nomination", "section", "subject")
"""Columns of an entry that tell which body judges it: the first that it has."""

OWN_SCHEMA: dict[str, pl.DataType] = {"entry": pl.String(), "juror": pl.String(), "sign": pl.String()}


def of_stage(table: pl.DataFrame, stage: str | None) -> pl.DataFrame:
    """The rows that speak of a stage, and those that say of none which."""
    if stage is None:
        return table
    return table.filter(pl.col("stage").is_null() | (pl.col("stage").cast(pl.String) == stage))


def on_sheets(entries: pl.DataFrame, contestant: str, written_there: pl.Series, codes: Codes) -> pl.DataFrame:
    """`contestant` as it stands on sheets, and the `entry` it is: by its id, and where some are of no id, by code."""
    by_id = entries.select("entry", contestant=pl.col(contestant).cast(pl.String)).drop_nulls()
    if written_there.is_in(by_id["contestant"].implode()).all():
        return by_id
    by_code = by_id.select(
        "entry", contestant=pl.Series([codes.of(each) for each in by_id["entry"]], dtype=pl.String)
    )
    return pl.concat([by_id, by_code]).unique(maintain_order=True)


def voting(jurors: pl.DataFrame) -> pl.DataFrame:
    """Those who mark and vote: everybody but secretaries."""
    return jurors.filter(pl.col("role").cast(pl.String) != SECRETARY)


def of_other_bodies(sheets: pl.DataFrame, entries: pl.DataFrame, jurors: pl.DataFrame) -> pl.DataFrame:
    """The `sheets` (`entry`, `juror`) of those who sit on juries of other nominations alone (order 99, annex 3, clause
    4; annex 5, clause 12); whose nomination the jury's list does not tell judges all."""
    body = next((name for name in BODIES if name in entries.columns), None)
    if body is None:
        return sheets.head(0)
    judged = entries.select("entry", body=pl.col(body).cast(pl.String).str.to_lowercase()).drop_nulls()
    seats = jurors.select("juror", body=pl.col("nomination").str.to_lowercase())
    bound = sheets.join(seats.filter(pl.col("body").is_null()), on="juror", how="anti")
    return bound.join(judged, on="entry").join(seats, on=["juror", "body"], how="anti").drop("body")


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


def _namesakes(jurors: pl.DataFrame, entries: pl.DataFrame, teacher: str | None) -> pl.DataFrame:
    if teacher is None:
        return pl.DataFrame(schema=OWN_SCHEMA)
    # Of each different cell once: a teacher has many pupils.
    written = entries.select("entry", cell=pl.col(teacher).cast(pl.String)).drop_nulls()
    cells = written.select("cell").unique(maintain_order=True)
    teachers = cells.with_columns(name=folded_names(pl.col("cell"))).explode("name").drop_nulls()
    named = jurors.select("juror", name=folded_name(pl.col("name"))).drop_nulls()
    alike = same_names(named["name"], teachers["name"])
    told = named.join(alike, on="name").join(teachers, left_on="other", right_on="name")
    pupils = told.select("juror", "cell").unique(maintain_order=True).join(written, on="cell")
    return pupils.select("entry", "juror", sign=pl.lit("namesake"))
