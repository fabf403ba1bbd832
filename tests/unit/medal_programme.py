"""A made-up programme of the medal: every text of a person bears the person's id, so that a leak shows itself."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from jobs.feeds import FEEDS
from jobs.medal.scope import Programme, programme
from jobs.medal.tables import Diary, Results, Tables, role_reports

ON = "2026-05-31"
REGIONS = ("KZ-11", "KZ-27", "KZ-75")
DIRECTIONS = ("sport", "talent", "books", "heritage", "volunteering", "trips", "work")
_KINDS = {"whole": pl.Int64, "flag": pl.Boolean}
Row = dict[str, Any]


def frame(feed: str, rows: list[Row]) -> pl.DataFrame:
    """Rows of a feed as jobs.medal.scope.plain gives them; what a row does not say is empty."""
    names = FEEDS[feed].columns
    schema = {name: _KINDS.get(FEEDS[feed].kind(name), pl.String) for name in names}
    return pl.DataFrame([dict.fromkeys(names) | row for row in rows], schema=schema)


@dataclass(frozen=True)
class MadeUp:
    """The rows that were made, and the reports on them."""

    profiles: list[Row]
    staff: list[Row]
    absences: list[Row]
    marks: list[Row]
    ratings: list[Row]
    journals: list[Row]
    state: Programme
    reports: dict[str, Tables]


def made_up(seed: int = 1, people: int = 60) -> MadeUp:
    """Three regions; in each two experts of two mentors each, and one coordinator; one mentor is away."""
    rng = random.Random(seed)
    staff = [row for region in REGIONS for row in _staff(region)]
    mentors = [row["person"] for row in staff if row["role"] == "mentor"]
    profiles = [_profile(rng, number, rng.choice(mentors), staff) for number in range(people)]
    percents = [row for one in profiles for row in _percents(rng, one)]
    ratings = [_rating(one, percents) for one in profiles]
    journals = [row for one in profiles for row in _records(rng, one)]
    gaps = [_gap(one, week) for one in profiles for week in range(rng.randrange(4))]
    marks = [
        {"mentor": mentor, "stars": rng.randint(1, 5)} for mentor in mentors for _ in range(rng.randrange(9))
    ]
    absences = [
        {"absent": mentors[0], "since": "2026-05-20", "reason": "health", "substitute": mentors[1]},
        {
            "absent": mentors[5],
            "since": "2026-03-01",
            "until": "2026-03-09",
            "reason": "other",
            "substitute": mentors[4],
        },
    ]
    centres = [
        {
            "centre": f"c-{region}",
            "organisation": f"Орталық {region}",
            "organisation_kind": "centre",
            "region": region,
        }
        for region in REGIONS
    ]
    books = [
        {"book": "abai", "title": "Қара сөздер", "author": "Абай", "section": "kazakh"},
        {"book": "verne", "title": "Дети капитана Гранта", "author": "Ж. Верн", "section": "world"},
    ]
    numbered = [row | {"rating": f"q{number}"} for number, row in enumerate(marks)]
    state = programme(
        frame("profiles", profiles),
        frame("staff", staff),
        frame("absences", absences),
        frame("centres", centres),
        ON,
    )
    diary = Diary(frame("journals", journals), frame("catalogue", books), frame("mentor-ratings", numbered))
    results = Results(pl.DataFrame(percents), pl.DataFrame(ratings), pl.DataFrame(gaps))
    return MadeUp(
        profiles,
        staff,
        absences,
        marks,
        ratings,
        journals,
        state,
        dict(role_reports(state, results, diary, ON)),
    )


def _staff(region: str) -> list[Row]:
    short = region[-2:]
    rows = [_colleague(f"k{short}", "coordinator", None, region)]
    for expert in ("a", "b"):
        rows.append(_colleague(f"e{short}{expert}", "expert", f"k{short}", region))
        rows += [_colleague(f"m{short}{expert}{n}", "mentor", f"e{short}{expert}", region) for n in (1, 2)]
    return rows


def _colleague(person: str, role: str, watched_by: str | None, region: str) -> Row:
    named = {
        "surname": f"Үлгіева-{person}",
        "name": "Әсем",
        "email": f"{person}@staff.example",
        "phone": f"tel-{person}",
    }
    about = {
        "about": f"about {person}",
        "documents": f"id-card papers-of-{person}",
        "trained_on": "2025-11-01",
    }
    term = {"since": "2025-09-01", "centre": f"c-{region}", "watched_by": watched_by}
    return {"person": person, "role": role, **named, **about, **term}


def _profile(rng: random.Random, number: int, mentor: str, staff: list[Row]) -> Row:
    one = f"p{number:03}"
    home = next(row["centre"] for row in staff if row["person"] == mentor)
    texts = {name: f"{name} of {one}" for name in ("residence", "study", "about", "hobby", "guardian")}
    return {
        "participant": one, "surname": f"Сынақов-{one}", "name": rng.choice(("Алдияр", "Айым", "Глеб")),
        "email": f"{one}@family.example", "phone": f"tel-{one}", "language": rng.choice(("kk", "ru")),
        "level": rng.choice(("bronze", "silver", "gold")), "directions": " ".join(DIRECTIONS[:5]), "mentor": mentor,
        "centre": home, "birth_date": "2009-04-05", "applied_at": "2025-10-01 10:00", "photo": f"photo-{one}.jpg",
        "contacted_on": rng.choice((None, "2025-10-08")), "documents": rng.choice((None, "contract id-card")),
        "schedule_on": "2025-10-10", "started_on": "2025-10-13", "finished_on": rng.choice((None, "2026-05-20")),
        "characteristic": f"Табанды, жауапты ({one}).", **texts,
    }  # fmt: skip


def _percents(rng: random.Random, one: Row) -> list[Row]:
    return [_percent(one["participant"], direction, required, rng.randint(0, required)) for direction, required in
            (("sport", 13), ("talent", 26), ("books", 3), ("heritage", 13), ("volunteering", 13))]  # fmt: skip


def _percent(participant: str, direction: str, required: int, met: int) -> Row:
    unit = "books" if direction == "books" else "weeks"
    figures = {
        "required": required,
        "met": met,
        "written": met + 1,
        "numerator": 100 * met,
        "denominator": required,
    }
    return {"entry": participant, "direction": direction, "unit": unit, **figures}


def _rating(one: Row, percents: list[Row]) -> Row:
    """The sum over a common denominator, as the regulation adds and divides."""
    own = [row for row in percents if row["entry"] == one["participant"]]
    over = sum(row["numerator"] * (78 // row["denominator"]) for row in own)
    complete = all(row["met"] == row["required"] for row in own)
    return {
        "entry": one["participant"],
        "complete": complete,
        "of_region": True,
        "numerator": over,
        "denominator": 78 * len(own),
    }


def _records(rng: random.Random, one: Row) -> list[Row]:
    return [_record(rng, one, number) for number in range(rng.randrange(3, 9))]


def _record(rng: random.Random, one: Row, number: int) -> Row:
    day = date(2026, 2, 2) + timedelta(days=7 * number)
    confirmed = rng.random() < 0.7
    about = {
        "title": f"Жаттығу {one['participant']}",
        "result": f"result of {one['participant']}",
        "evidence": "report video",
    }
    checked = {"suspicion": f"suspicion about {one['participant']}"}
    return {
        "record": f"r-{one['participant']}-{number}", "participant": one["participant"],
        "direction": rng.choice(("sport", "talent", "volunteering")), "done_at": f"{day} 18:30", "minutes": 60,
        "days": 1, "confirmed_by": one["mentor"] if confirmed else None,
        "confirmed_at": f"{day} 20:00" if confirmed else None,
        "disputed": rng.random() < 0.05, **about, **checked,
    }  # fmt: skip


def _gap(one: Row, week: int) -> Row:
    monday = date(2026, 4, 6) + timedelta(weeks=week)
    named = {"week": f"{monday:%G-W%V}", "monday": str(monday), "minutes": 0, "excused": week % 2 == 0}
    return {"entry": one["participant"], "direction": "sport", **named}
