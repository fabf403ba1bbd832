"""What each role's report says, as one table a sheet with a column `reader` (clauses 4.1, 4.4; rows 003-50 to 003-55).

Percents and ratings are fractions in the columns `numerator` and `denominator`, never rounded here. A mean of ratings,
of a region too, is the mean over its participants (Q33).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from jobs.medal.fractions import FRACTION, SCALED, mean, reduced, scaled
from jobs.medal.marks import COUNTRY, shown_marks
from jobs.medal.scope import (
    COORDINATOR,
    EXPERT,
    MENTOR,
    OPERATOR,
    PARTICIPANT,
    STAFF,
    Programme,
    sees_people,
    sees_staff,
)

Tables = Mapping[str, pl.DataFrame]

BANDS = 5
"""Ratings are counted in fifths of a hundred; whoever has the whole hundred stands in a band beside them."""
PAPERS = ("contract", "id-card")
"""What a mentor must have received of everybody (clause 3.3)."""

PROFILE = (
    "participant", "surname", "name", "patronymic", "level", "directions", "region", "residence", "study",
    "centre_name", "mentor", "expert", "birth_date", "sex", "phone", "email", "language", "guardian", "guardian_email",
    "disability", "photo", "about", "hobby", "longer", "heritage", "heritage_months", "replaces",
    "volunteering_provider", "trips_provider", "norm_points", "applied_at", "contacted_on", "documents",
    "schedule_on", "started_on", "finished_on", "notes_on", "characteristic", "watched",
)  # fmt: skip
RECORD = (
    "participant", "direction", "done_at", "minutes", "days", "book", "title", "result", "evidence", "confirmed_by",
    "confirmed_at", "task", "disputed",
)  # fmt: skip
CHECKED = ("record", "uploaded_at", "event", "attended", "suspicion")
"""What only those who check a record see of it beside RECORD."""
COLLEAGUE = (
    "surname", "name", "patronymic", "email", "phone", "about", "documents", "region", "centre_name", "watched_by",
    "since", "trained_on",
)  # fmt: skip

_ALL = ("people", "progress", "gaps", "journal", "marks")
_OVER_PEOPLE = (*_ALL, "directions", "levels", "bands", "staff", "counts", "todo")
SHEETS: Mapping[str, tuple[str, ...]] = {
    PARTICIPANT: _ALL,
    MENTOR: _OVER_PEOPLE,
    EXPERT: _OVER_PEOPLE,
    COORDINATOR: _OVER_PEOPLE,
    OPERATOR: (*_OVER_PEOPLE, "regions"),
}
_OWN = pl.col("instead_of").is_null()
_COUNTS = pl.col("of_region").fill_null(value=True)
_BY = ["role", "reader"]


@dataclass(frozen=True)
class Results:
    """What the level's stage found: `percents` (entry, direction, unit, required, met, written, numerator,
    denominator), `ratings` (entry, complete, numerator, denominator, of_region: whether it counts in that of a region)
    and `gaps` (entry, direction, week, monday, minutes, excused)."""

    percents: pl.DataFrame
    ratings: pl.DataFrame
    gaps: pl.DataFrame


@dataclass(frozen=True)
class Diary:
    """Everybody's records, the catalogue of books, and the anonymous marks of mentors that count (`counted_marks`)."""

    journals: pl.DataFrame
    catalogue: pl.DataFrame
    marks: pl.DataFrame


def role_reports(programme: Programme, results: Results, diary: Diary, on: str) -> Mapping[str, Tables]:
    """Role to sheet to table on the day `on`. A table's rows with a `reader` are all that this reader sees of it."""
    scope, colleagues = sees_people(programme), sees_staff(programme)
    people, progress = _people(programme, results), _renamed(results.percents)
    marks = shown_marks(diary.marks, programme.staff.filter(role=MENTOR))
    todo = pl.concat([_todo(programme, diary, on), _untrained(programme.staff)], how="diagonal").select(TASK)
    sheets = {
        "people": _ranked(_seen(_naming(scope, "instead_of", programme.staff), people)),
        "progress": _seen(scope, progress),
        "gaps": _seen(scope, _renamed(results.gaps)),
        "journal": _seen(scope, _journal(programme, diary)),
        "directions": _directions(_seen(scope, progress)),
        "levels": _levels(_seen(scope, people), "level", unless=~_COUNTS & (pl.col("role") == COORDINATOR)),
        "bands": _bands(_seen(scope, people)),
        "staff": _staff(colleagues, programme, people, todo, marks),
        "counts": _counts(scope, colleagues),
        "todo": _oldest_first(pl.concat([_seen(scope, todo), _of_colleagues(colleagues, todo)])),
        "regions": _levels(_seen(scope, people), "region", "level", unless=~_COUNTS),
        "marks": _marks(scope, colleagues, people, programme.staff, marks),
    }
    return {role: {name: _for(role, name, sheets[name]) for name in names} for role, names in SHEETS.items()}


def _for(role: str, name: str, sheet: pl.DataFrame) -> pl.DataFrame:
    """The rows of one role, without what a participant does not see of a record, nor a place among one."""
    rows = sheet.filter(role=role).drop("role")
    hidden = {"journal": CHECKED, "people": ("rank",)} if role == PARTICIPANT else {}
    return rows.drop(hidden.get(name, ()))


def _seen(scope: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """The rows about participants, once for each who sees them."""
    return scope.join(table, on="participant", maintain_order="left_right")


def _renamed(table: pl.DataFrame) -> pl.DataFrame:
    found = table.rename({"entry": "participant"})
    return found.sort("participant", *[name for name in ("direction", "monday") if name in found.columns])


# --- people and their records ---


def _people(programme: Programme, results: Results) -> pl.DataFrame:
    ratings = results.ratings.select(pl.col("entry").alias("participant"), "complete", "of_region", *FRACTION)
    people = programme.people.select(PROFILE).join(ratings, on="participant", maintain_order="left")
    return _naming(_naming(people, "mentor", programme.staff), "expert", programme.staff)


def _naming(rows: pl.DataFrame, column: str, staff: pl.DataFrame) -> pl.DataFrame:
    """With `COLUMN_name`: what the colleague whose id stands in the column is called."""
    names = _names(staff).rename({"person": column, "named": f"{column}_name"})
    return rows.join(names, on=column, how="left", maintain_order="left")


def _names(staff: pl.DataFrame) -> pl.DataFrame:
    """`person`, `named`: what each colleague is called."""
    parts = pl.concat_str("surname", "name", "patronymic", separator=" ", ignore_nulls=True)
    named = pl.when(parts != "").then(parts).otherwise("person").alias("named")
    return staff.select("person", named).unique("person", keep="first", maintain_order=True)


def _ranked(people: pl.DataFrame) -> pl.DataFrame:
    """`rank`: the place by rating among the reader's own people of a level, best first; equal ratings share it."""
    table, _ = scaled(people)
    own = pl.when(_OWN).then(SCALED)
    rank = own.rank("min", descending=True).over(*_BY, "level").cast(pl.Int64)
    return (
        table.with_columns(rank=rank)
        .drop(SCALED, "of_region")
        .sort(*_BY, "level", "rank", "participant", nulls_last=True)
    )


def _journal(programme: Programme, diary: Diary) -> pl.DataFrame:
    books = diary.catalogue.select("book", "section", book_title="title", author="author").unique(
        "book", keep="first"
    )
    records = diary.journals.select(*RECORD, *CHECKED).join(books, on="book", how="left")
    return _naming(records, "confirmed_by", programme.staff).sort("participant", "done_at", "record")


# --- figures ---


def _directions(progress: pl.DataFrame) -> pl.DataFrame:
    """Of the reader's own people who have a direction: how many, how many have all of it, and their mean percent."""
    table, common = scaled(progress.filter(_OWN))
    whole = (pl.col("numerator") == 100 * pl.col("denominator")).sum().cast(pl.Int64)
    found = table.group_by(*_BY, "direction").agg(
        people=pl.len().cast(pl.Int64), complete=whole, **dict(zip(FRACTION, mean(common), strict=True))
    )
    return reduced(found).sort(*_BY, "direction")


def _levels(people: pl.DataFrame, *by: str, unless: pl.Expr) -> pl.DataFrame:
    """Of the reader's own people: how many, how many have fulfilled their level, and their mean rating, without the
    ratings of whom `unless` holds; for each value of the last of `by` and, where it is empty, for all together."""
    table, common = scaled(people.filter(_OWN))
    table = table.with_columns(pl.when(~unless).then(SCALED).alias(SCALED))
    figures = {
        "people": pl.len().cast(pl.Int64),
        "complete": pl.col("complete").sum().cast(pl.Int64),
        **dict(zip(FRACTION, mean(common), strict=True)),
    }
    each = table.group_by(*_BY, *by).agg(**figures)
    every = table.group_by(*_BY, *by[:-1]).agg(**figures)
    return reduced(pl.concat([each, every], how="diagonal")).sort(*_BY, *by, nulls_last=True)


def _bands(people: pl.DataFrame) -> pl.DataFrame:
    """How many of the reader's own people have a rating in each fifth of a hundred, and how many all of it."""
    fifth = (pl.col("numerator") * BANDS // (100 * pl.col("denominator"))).cast(pl.Int64).alias("band")
    known = people.filter(_OWN, pl.col("denominator").is_not_null()).with_columns(fifth)
    return (
        known.group_by(*_BY, "level", "band").agg(people=pl.len().cast(pl.Int64)).sort(*_BY, "level", "band")
    )


def _counts(scope: pl.DataFrame, colleagues: pl.DataFrame) -> pl.DataFrame:
    """How many of each kind of people a reader has below; participants stood in for are not counted."""
    below = colleagues.filter(pl.col("person") != pl.col("reader"))
    of_staff = below.group_by(*_BY, pl.col("office").alias("kind")).agg(people=pl.len().cast(pl.Int64))
    of_people = scope.filter(_OWN).group_by(_BY).agg(people=pl.len().cast(pl.Int64))
    found = pl.concat([of_people.with_columns(kind=pl.lit(PARTICIPANT)), of_staff], how="diagonal")
    return found.sort(*_BY, "kind")


# --- colleagues ---


def _staff(
    colleagues: pl.DataFrame,
    programme: Programme,
    people: pl.DataFrame,
    todo: pl.DataFrame,
    marks: pl.DataFrame,
) -> pl.DataFrame:
    """Each colleague with the number and the mean rating of the own participants, the unconfirmed records, the mark
    where it may be shown, and who stands in. Papers are for oneself and the operator."""
    away = programme.away.select(
        person="absent", away_since="since", away_until="until", away_reason="reason", covers="covers"
    )
    away = _naming(away, "covers", programme.staff)
    known = programme.staff.select("person", pl.col("role").alias("office"), *COLLEAGUE)
    known = _naming(known, "watched_by", programme.staff)
    found = (
        colleagues.join(known, on=["person", "office"], maintain_order="left")
        .join(_followed(programme.staff, people), on=["person", "office"], how="left", maintain_order="left")
        .join(_waiting(todo, people), on=["person", "office"], how="left", maintain_order="left")
        .join(_marks_of(marks), on=["person", "office"], how="left", maintain_order="left")
        .join(away, on="person", how="left", maintain_order="left")
    )
    own_papers = (pl.col("person") == pl.col("reader")) | (pl.col("role") == OPERATOR)
    papers = pl.when(own_papers).then("documents").alias("documents")
    counted = (pl.col(name).fill_null(0) for name in ("people", "complete"))
    waiting = pl.when(office=MENTOR).then(pl.col("waiting").fill_null(0)).alias("waiting")
    return found.with_columns(papers, *counted, waiting).sort(*_BY, "office", "person")


def _followed(staff: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """`person`, `office`, `people`, `complete` and the mean rating of those whom a colleague looks after."""
    table, common = scaled(people)
    regions = staff.filter(role=COORDINATOR).select(coordinator="person", region="region")
    of_regions = table.join(regions, on="region").with_columns(pl.when(_COUNTS).then(SCALED).alias(SCALED))
    figures = {
        "people": pl.len().cast(pl.Int64),
        "complete": pl.col("complete").sum().cast(pl.Int64),
        **dict(zip(FRACTION, mean(common), strict=True)),
    }
    found = [
        rows.drop_nulls(office)
        .group_by(pl.col(office).alias("person"))
        .agg(**figures)
        .with_columns(office=pl.lit(office))
        for office, rows in ((MENTOR, table), (EXPERT, table), (COORDINATOR, of_regions))
    ]
    return reduced(pl.concat(found))


def _waiting(todo: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """`person`, `office`, `waiting`: how many records of a mentor's own people are not confirmed."""
    open_ = todo.filter(kind="unconfirmed").join(people.select("participant", "mentor"), on="participant")
    found = (
        open_.drop_nulls("mentor")
        .group_by(pl.col("mentor").alias("person"))
        .agg(waiting=pl.len().cast(pl.Int64))
    )
    return found.with_columns(office=pl.lit(MENTOR))


def _marks_of(marks: pl.DataFrame) -> pl.DataFrame:
    return marks.filter(kind=MENTOR).select(
        pl.lit(MENTOR).alias("office"), person="id", mark_stars="stars", mark_count="count"
    )


def _of_colleagues(colleagues: pl.DataFrame, todo: pl.DataFrame) -> pl.DataFrame:
    """What is to be done about colleagues, for those who see them but for themselves."""
    others = colleagues.filter(pl.col("person") != pl.col("reader")).drop("office")
    rows = others.join(todo.drop_nulls("person"), on="person", maintain_order="left")
    about = [name for name in TASK if name != "participant"]
    own = pl.lit(None, pl.String).alias("instead_of")
    return rows.unique(maintain_order=True).select(*_BY, "participant", own, *about)


def _marks(
    scope: pl.DataFrame,
    colleagues: pl.DataFrame,
    people: pl.DataFrame,
    staff: pl.DataFrame,
    marks: pl.DataFrame,
) -> pl.DataFrame:
    """The anonymous marks that may be shown: to a participant of the own mentor, to colleagues of the mentors they
    see, to a coordinator of the region, to the operator of all regions and the country."""
    mentor = pl.lit(MENTOR).alias("kind")
    own = scope.filter(role=PARTICIPANT).join(people.select("participant", id="mentor"), on="participant")
    regions = staff.filter(role=COORDINATOR).select(
        role="role", reader="person", kind=pl.lit("region"), id="region"
    )
    above = marks.filter(pl.col("kind").is_in(["region", COUNTRY])).select(
        pl.lit(OPERATOR).alias("role"), pl.lit(OPERATOR).alias("reader"), "kind", "id"
    )
    seen = [
        own.select(*_BY, mentor, "id"),
        colleagues.filter(office=MENTOR).select(*_BY, mentor, pl.col("person").alias("id")),
        regions,
        above,
    ]
    return pl.concat(seen).join(marks, on=["kind", "id"]).sort(*_BY, "kind", "id")


# --- what waits for somebody ---

TASK = ("participant", "person", "kind", "direction", "record", "detail", "since", "days")


def _todo(programme: Programme, diary: Diary, on: str) -> pl.DataFrame:
    """What mentors have not done yet, a row a thing and participant (clause 3.3)."""
    people = programme.people.with_columns(applied_on=pl.col("applied_at").str.head(10))
    missing = (
        pl.lit(list(PAPERS)).list.set_difference(pl.col("documents").fill_null("").str.split(" ")).list.sort()
    )
    found = [
        _waits(people.filter(pl.col("contacted_on").is_null()), "not-contacted", "applied_on"),
        _waits(
            people.with_columns(detail=missing.list.join(" ")).filter(pl.col("detail") != ""),
            "papers",
            "applied_on",
        ),
        _waits(people.filter(pl.col("schedule_on").is_null()), "no-schedule", "contacted_on"),
        _waits(
            people.filter(pl.col("started_on").is_null(), pl.col("schedule_on").is_not_null()),
            "not-started",
            "schedule_on",
        ),
        _waits(
            people.filter(pl.col("notes_on").is_null(), pl.col("finished_on").is_not_null()),
            "no-notes",
            "finished_on",
        ),
        *_records(diary.journals),
    ]
    rows = pl.concat(found, how="diagonal")
    days = (pl.lit(on).str.to_date() - pl.col("since").str.to_date()).dt.total_days()
    return rows.with_columns(days=days)


def _oldest_first(todo: pl.DataFrame) -> pl.DataFrame:
    order = ["role", "reader", "days", "participant", "person", "kind", "record"]
    return todo.sort(order, descending=[name == "days" for name in order], nulls_last=True)


def _waits(people: pl.DataFrame, kind: str, since: str) -> pl.DataFrame:
    detail = [pl.col("detail")] if "detail" in people.columns else []
    return people.select("participant", pl.lit(kind).alias("kind"), pl.col(since).alias("since"), *detail)


def _records(journals: pl.DataFrame) -> list[pl.DataFrame]:
    """Records that nobody has confirmed, and those about which a participant and a mentor disagree."""
    done_on = pl.col("done_at").str.head(10).alias("since")
    kinds = (("unconfirmed", pl.col("confirmed_at").is_null()), ("disputed", pl.col("disputed")))
    return [
        journals.filter(holds).select(
            "participant", pl.lit(kind).alias("kind"), "direction", "record", done_on, detail="task"
        )
        for kind, holds in kinds
    ]


def _untrained(staff: pl.DataFrame) -> pl.DataFrame:
    """Colleagues whom their centre has not trained (clause 3.3)."""
    found = staff.filter(pl.col("role").is_in(STAFF), pl.col("trained_on").is_null())
    return found.select("person", kind=pl.lit("untrained"), detail="role")
