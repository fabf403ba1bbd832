"""Who sees whom (clauses 3.3, 4.1): a participant oneself, a mentor the own participants, an expert those of the own
mentors, a coordinator those of the own region, the operator everybody.

Tables of scopes say `role`, `reader` and whom the reader sees. People are ids; days are texts such as 2026-05-31.
"""

from dataclasses import dataclass

import polars as pl
import polars.selectors as cs

from jobs.medal.substitution import effective

PARTICIPANT, MENTOR, EXPERT, COORDINATOR, OPERATOR = ROLES = (
    "participant",
    "mentor",
    "expert",
    "coordinator",
    "operator",
)
STAFF = (MENTOR, EXPERT, COORDINATOR)
EVERYBODY = "operator"
"""The operator reads as one."""


@dataclass(frozen=True)
class Programme:
    """The programme on a day.

    people: the profiles, a row a participant, with `region` filled from the centre and `expert` over the mentor.
    staff: who holds a role that day, a row a person and role. away: who is absent that day, `absent`, `since`,
    `until`, `reason` and `covers`, who stands in. Names of centres stand in `centre_name`.
    """

    people: pl.DataFrame
    staff: pl.DataFrame
    away: pl.DataFrame


def plain(feed: pl.DataFrame, zone: str) -> pl.DataFrame:
    """The rows of a feed with days and instants as texts, 2026-05-31 and 2026-05-31 18:30, on the clocks of `zone`,
    and code words as texts."""
    return feed.with_columns(
        cs.datetime(time_zone="*").dt.convert_time_zone(zone).dt.strftime("%Y-%m-%d %H:%M"),
        cs.date().dt.strftime("%Y-%m-%d"),
        cs.by_dtype(pl.Enum, pl.Categorical).cast(pl.String),
    )


def programme(
    profiles: pl.DataFrame, staff: pl.DataFrame, absences: pl.DataFrame, centres: pl.DataFrame, on: str
) -> Programme:
    """What the `plain` feeds say of the day `on`. Who holds a role in two overlapping terms holds the newer one."""
    there = _on_duty(centres, staff, on)
    watched = there.filter(role=MENTOR).select(mentor="person", expert="watched_by")
    named = _providers(_placed(profiles, centres), centres)
    people = named.join(watched, on="mentor", how="left").sort("participant")
    return Programme(people, there, _away(absences, there, on))


def _providers(people: pl.DataFrame, centres: pl.DataFrame) -> pl.DataFrame:
    """With the names of the providers in place of their ids."""
    known = centres.drop_nulls("organisation").unique("centre", keep="last", maintain_order=True)
    names = dict(known.select("centre", "organisation").iter_rows())
    return people.with_columns(pl.col("volunteering_provider", "trips_provider").replace(names))


def _placed(people: pl.DataFrame, centres: pl.DataFrame) -> pl.DataFrame:
    """With the name of the centre, and its region where a row has none of its own."""
    named = pl.coalesce("organisation", "centre").alias("centre_name")
    known = centres.unique("centre", keep="last", maintain_order=True).select(
        "centre", named, of_centre="region"
    )
    placed = people.join(known, on="centre", how="left", maintain_order="left")
    return placed.with_columns(region=pl.coalesce("region", "of_centre")).drop("of_centre")


def _on_duty(centres: pl.DataFrame, staff: pl.DataFrame, on: str) -> pl.DataFrame:
    begun = pl.col("since").is_null() | (pl.col("since") <= on)
    lasting = pl.col("until").is_null() | (pl.col("until") >= on)
    newest = (
        staff.filter(begun & lasting)
        .sort("person", "role", "since")
        .unique(["person", "role"], keep="last", maintain_order=True)
    )
    return _placed(newest, centres)


def _away(absences: pl.DataFrame, staff: pl.DataFrame, on: str) -> pl.DataFrame:
    lasting = pl.col("until").is_null() | (pl.col("until") >= on)
    now = absences.filter(pl.col("since") <= on, lasting).sort("absent", "since", "substitute")
    one = now.unique("absent", keep="last", maintain_order=True)
    standing = effective(one.select(person="absent", on=pl.lit(on)), staff=staff, absences=absences)
    covers = standing.select(absent="person", covers="stands")
    return one.join(covers, on="absent", how="left", maintain_order="left")


SCOPE = ("role", "reader", "participant", "instead_of")


def sees_people(programme: Programme) -> pl.DataFrame:
    """SCOPE: each participant whom a reader sees; `instead_of` names the absent mentor for whom the reader stands in
    and is empty where the participant is the reader's own."""
    people, staff = programme.people, programme.staff
    own = pl.lit(None, pl.String).alias("instead_of")
    scopes = [
        people.select(_role(PARTICIPANT), pl.col("participant").alias("reader"), "participant", own),
        _of(people, staff, MENTOR).select(
            _role(MENTOR), pl.col("mentor").alias("reader"), "participant", own
        ),
        _of(people, staff, EXPERT).select(
            _role(EXPERT), pl.col("expert").alias("reader"), "participant", own
        ),
        _in_region(people, staff, "participant").with_columns(own),
        people.select(_role(OPERATOR), pl.lit(EVERYBODY).alias("reader"), "participant", own),
        _stood_in_for(programme),
    ]
    first = ("role", "reader", "participant")
    return pl.concat(scopes).sort("instead_of", nulls_last=False).unique(first, keep="first").sort(first)


def _role(role: str) -> pl.Expr:
    return pl.lit(role).alias("role")


def _of(people: pl.DataFrame, staff: pl.DataFrame, role: str) -> pl.DataFrame:
    """The participants whose mentor or expert is in office."""
    return people.join(staff.filter(role=role).select(pl.col("person").alias(role)), on=role, how="semi")


def _in_region(rows: pl.DataFrame, staff: pl.DataFrame, column: str) -> pl.DataFrame:
    """What coordinators see of `column`: all of their region, and nothing of people without one."""
    readers = staff.filter(role=COORDINATOR).select(reader="person", region="region")
    seen = rows.select("region", column).drop_nulls().unique()
    return seen.join(readers, on="region").select(_role(COORDINATOR), "reader", column)


def _stood_in_for(programme: Programme) -> pl.DataFrame:
    """The participants of an absent mentor, for whoever stands in, in whatever office that person holds.

    Only a mentor or an expert gains by it: a coordinator sees the region, and nothing of another one.
    """
    offices = programme.staff.filter(pl.col("role").is_in([MENTOR, EXPERT])).select("role", covers="person")
    absent = programme.away.join(
        programme.staff.filter(role=MENTOR).select(absent="person"), on="absent", how="semi"
    )
    covering = absent.join(offices, on="covers").select("role", reader="covers", mentor="absent")
    return programme.people.join(covering, on="mentor").select(
        "role", "reader", "participant", instead_of="mentor"
    )


def sees_staff(programme: Programme) -> pl.DataFrame:
    """`role`, `reader`, `person`, `office`: each colleague whose data a reader sees, oneself included."""
    staff = programme.staff.filter(pl.col("role").is_in(STAFF))
    known = staff.select("person", pl.col("role").alias("office"), "watched_by", "region")
    oneself = known.select(
        pl.col("office").alias("role"), pl.col("person").alias("reader"), "person", "office"
    )
    watched = known.filter(office=MENTOR).join(
        known.filter(office=EXPERT).select(watched_by="person"), on="watched_by", how="semi"
    )
    regions = known.filter(office=COORDINATOR).select(reader="person", region="region")
    below = known.filter(pl.col("office") != COORDINATOR).drop_nulls("region")
    seen = [
        oneself,
        watched.select(_role(EXPERT), pl.col("watched_by").alias("reader"), "person", "office"),
        below.join(regions, on="region").select(_role(COORDINATOR), "reader", "person", "office"),
        known.select(_role(OPERATOR), pl.lit(EVERYBODY).alias("reader"), "person", "office"),
    ]
    return pl.concat(seen).unique().sort("role", "reader", "office", "person")
