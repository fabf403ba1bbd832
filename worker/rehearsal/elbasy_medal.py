"""A made-up year of the Elbasy medal: three regions, their Centres and mentors, and participants' journals.

In it are those who fulfil the bronze level and get the badge, those still on their way, and trouble of every kind that
the regulation speaks of.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from jobs.calendar import time_zone
from jobs.regions import Region
from jobs.rulebook import Rulebook
from worker.rehearsal.order99 import Draft, Participant, Row, Value, begin
from worker.rehearsal.spreadsheet import Drop, Words

PORTAL = "medal-portal"
STARTED, FINISHED = date(2026, 1, 12), date(2026, 7, 20)  # a Monday; more than six months later
WEEKS = 13
AWAY = (date(2026, 3, 2), date(2026, 3, 15))  # when the first mentor is absent, two weeks in the middle
SICK = (date(2026, 2, 2), date(2026, 2, 15))  # when one participant is
BOOKS = (("abai", "Абай", "Қара сөздер", "kazakh"), ("auezov", "М. Әуезов", "Абай жолы", "kazakh"),
         ("exupery", "А. де Сент-Экзюпери", "Кішкентай ханзада", "world"),
         ("hawking", "С. Хокинг", "Уақыттың қысқаша тарихы", "growth"))  # fmt: skip
_WEEKLY = ("sport", "talent", "volunteering")
_DIRECTIONS = "sport talent books volunteering trips"
_ON_THE_WAY = (3, 8)  # from and to how many weeks somebody has who has not fulfilled the level


@dataclass(frozen=True)
class MedalCase:
    """Planted trouble: what the step of a stage says of an entry (a participant or a record) before people answer."""

    name: str
    stage: str
    entry: str
    verdict: str
    code: str


@dataclass(frozen=True)
class MedalPlanted:
    """What the year knows of itself, people answering as in worker.rehearsal.people.

    holders: who gets the badge of bronze. mentors: participant to mentor of those admitted. excused: who missed two
    weeks for a good reason. covered: the mentor who was away and who stood in.
    """

    cases: tuple[MedalCase, ...]
    holders: tuple[str, ...]
    mentors: Mapping[str, str]
    regions: Mapping[str, str]
    excused: str
    covered: tuple[str, str]


@dataclass(frozen=True)
class MedalSeason:
    """The files in the order of their times, and what was planted in them."""

    drops: tuple[Drop, ...]
    planted: MedalPlanted


@dataclass(frozen=True)
class Office:
    """A region's Centre, and who works there, by their ids."""

    region: Region
    number: int

    @property
    def centre(self) -> str:
        return f"centre-{self.number}"

    @property
    def mentors(self) -> tuple[str, str]:
        return f"mentor-{self.number}1", f"mentor-{self.number}2"

    @property
    def expert(self) -> str:
        return f"expert-{self.number}"

    @property
    def coordinator(self) -> str:
        return f"coordinator-{self.number}"

    @property
    def head(self) -> str:
        return f"head-{self.number}"


@dataclass
class Year:
    """The year while it is written. `profiles` are as the Centre has them at the end of the year."""

    draft: Draft
    offices: Sequence[Office]
    profiles: dict[str, dict[str, Value]] = field(default_factory=dict)
    journals: list[dict[str, Value]] = field(default_factory=list)
    cases: list[MedalCase] = field(default_factory=list)

    def join(self, office: Office, mentor: int = 0, grade: int = 10, **known: Value) -> Participant:
        """A participant of the Centre with one of its mentors; `known` are columns of the profile."""
        one = self.draft.pupil(office.region, grade, email=f"medal-{len(self.profiles) + 1}@family.example")
        self.profiles[one.id] = {**_profile(one, office, office.mentors[mentor]), **known}
        return one

    def write(self, one: Participant, direction: str, day: date, **known: Value) -> str:
        """A record of the journal, confirmed by the mentor the day after; returns its id."""
        record = f"r-{len(self.journals) + 1:05}"
        self.journals.append({**self._record(one, record, direction, day), **known})
        return record

    def _record(self, one: Participant, record: str, direction: str, day: date) -> dict[str, Value]:
        zone = time_zone(self.draft.rulebook.timezone)
        done = datetime.combine(day, time(17, 30), zone).astimezone(UTC)
        return {
            "record": record,
            "participant": one.id,
            "direction": direction,
            "done_at": done,
            "uploaded_at": done + timedelta(hours=3),
            "evidence": "report photo video essay",
            "confirmed_by": self.profiles[one.id]["mentor"],
            "confirmed_at": done + timedelta(days=1),
        }

    def plant(self, name: str, stage: str, entry: str, verdict: str, code: str) -> None:
        self.cases.append(MedalCase(name, stage, entry, verdict, code))


def make_elbasy_medal(rulebook: Rulebook, *, seed: int) -> MedalSeason:
    """A whole year. KeyError for a rulebook that lacks one of its moments."""
    draft = begin(rulebook, seed)
    year = Year(draft, [Office(draft.region(number * 5), number) for number in (1, 2, 3)])
    holders = [one for office in year.offices for one in _fulfil(year, office)]
    for office in year.offices:
        for number in range(4):
            _go_on(year, year.join(office, number % 2))
    excused = _sick(year)
    _trouble_of_applications(year)
    _trouble_of_records(year, holders)
    _drop_files(year, excused)
    nominated = _nominate(year, [*holders, excused])
    return MedalSeason(draft.season(), _planted(year, nominated, excused))


def _planted(year: Year, holders: Sequence[Participant], excused: Participant) -> MedalPlanted:
    refused = {case.entry for case in year.cases if case.stage == "admitted" and case.verdict == "out"}
    admitted = {one: row for one, row in year.profiles.items() if one not in refused}
    first = year.offices[0].mentors
    return MedalPlanted(
        cases=tuple(year.cases),
        holders=tuple(sorted(one.id for one in holders)),
        mentors={one: str(row["mentor"]) for one, row in admitted.items()},
        regions={one.id: one.region.code for one in year.draft.everybody if one.id in admitted},
        excused=excused.id,
        covered=(first[0], first[1]),
    )


# --- participants ---


def _profile(one: Participant, office: Office, mentor: str) -> dict[str, Value]:
    """All that is known of somebody in the autumn of the last year."""
    return {
        "participant": one.id, "surname": one.surname, "name": one.name, "patronymic": one.patronymic,
        "birth_date": one.born, "sex": one.sex, "email": one.email, "phone": one.phone, "language": one.language,
        "guardian": f"{one.surname} (ата-анасы)", "region": office.region, "residence": one.unit, "study": one.school,
        "photo": f"{one.id[-4:]}.jpg", "about": "Көшбасшы болғым келеді", "hobby": "шахмат, жүгіру",
        "level": "bronze", "directions": _DIRECTIONS, "volunteering_provider": "provider-1",
        "trips_provider": "provider-2", "applied_at": datetime(2025, 10, 6, 6, 0, tzinfo=UTC),
        "reviewed_on": date(2025, 10, 16), "consent": True, "contract": True, "guardian_contract": True,
        "centre": office.centre, "mentor": mentor, "contacted_on": date(2025, 10, 20),
        "documents": "contract id-card", "schedule_on": date(2025, 12, 22),
        "started_on": STARTED, "finished_on": FINISHED, "norm_points": 110, "videos": "sport talent",
        "notes_on": date(2026, 9, 1), "characteristic": "Табанды, жауапты, бастағанын аяқтайды.", "watched": 100,
    }  # fmt: skip


_LATER = ("started_on", "finished_on", "norm_points", "videos", "notes_on", "characteristic", "watched")
"""Columns of a profile that the mentor fills in only after the start."""


def _fulfil(year: Year, office: Office) -> Iterator[Participant]:
    """Two with each first mentor of a region and one with the second, who do all that bronze asks for."""
    for mentor in (0, 0, 1):
        one = year.join(office, mentor)
        _weeks(year, one, WEEKS)
        _books_and_trips(year, one)
        yield one


def _weeks(year: Year, one: Participant, count: int, skip: Sequence[int] = ()) -> None:
    """An hour a week in each direction that asks for it, so many weeks in all."""
    numbers = [number for number in range(count + len(skip)) if number not in skip]
    for direction in _WEEKLY:
        for number in numbers:
            day = STARTED + timedelta(weeks=number, days=_WEEKLY.index(direction))
            year.write(one, direction, day, minutes=60, **_told(direction), **_who_confirms(year, one, day))


def _told(direction: str) -> dict[str, Value]:
    titles = {"sport": "Жаттығу", "talent": "Домбыра үйірмесі", "volunteering": "Қарттарға көмек"}
    return {"title": titles[direction], "result": "Жоспар орындалды"}


def _who_confirms(year: Year, one: Participant, day: date) -> dict[str, Value]:
    """While the first mentor is away the second stands in."""
    away, covers = year.offices[0].mentors
    absent = AWAY[0] <= day + timedelta(days=1) <= AWAY[1]
    return {"confirmed_by": covers} if absent and year.profiles[one.id]["mentor"] == away else {}


def _books_and_trips(year: Year, one: Participant) -> None:
    for number, (book, *_) in enumerate((BOOKS[0], BOOKS[2], BOOKS[3])):
        year.write(one, "books", STARTED + timedelta(weeks=14 + 4 * number), book=book)
    day = STARTED + timedelta(weeks=22)
    year.write(one, "trips", day, days=2, title="Бурабайға сапар", result="Екі күндік жорық")


def _go_on(year: Year, one: Participant) -> None:
    """Somebody on the way; the last record waits for the mentor."""
    year.profiles[one.id] |= {"finished_on": None, "notes_on": None, "characteristic": None}
    weeks = year.draft.rng.randint(*_ON_THE_WAY)
    _weeks(year, one, weeks)
    day = STARTED + timedelta(weeks=weeks)
    year.write(one, "sport", day, minutes=45, title="Жаттығу", confirmed_by=None, confirmed_at=None)


def _sick(year: Year) -> Participant:
    """Somebody who misses two weeks for a good reason, and fulfils the level two weeks later."""
    one = year.join(year.offices[1], 1)
    missed = [(SICK[0] - STARTED).days // 7 + number for number in (0, 1)]
    _weeks(year, one, WEEKS, skip=missed)
    _books_and_trips(year, one)
    return one


# --- trouble ---


def _trouble_of_applications(year: Year) -> None:
    office = year.offices[2]
    planted: Sequence[tuple[str, str, str, int, dict[str, Value]]] = (
        ("too-young", "out", "too-young", 6, {}),
        ("no-guardian", "out", "guardian-not-signed", 10, {"guardian_contract": False}),
        ("no-consent", "out", "consent-not-true", 10, {"consent": False}),
        ("no-photo", "undecided", "fields-missing", 10, {"photo": None}),
        ("examined-late", "undecided", "late", 10, {"reviewed_on": date(2025, 10, 30)}),
    )
    for name, verdict, code, grade, known in planted:
        one = year.join(office, 0, grade, **known)
        year.plant(name, "admitted", one.id, verdict, code)


def _trouble_of_records(year: Year, holders: Sequence[Participant]) -> None:
    """More than the norm asks for, so that it costs nobody the badge; the disputed record is struck out."""
    first, second = holders[0], holders[4]
    later = STARTED + timedelta(weeks=16)
    of_another = year.offices[2].mentors[0]
    about: dict[str, Value] = {"minutes": 60, **_told("sport")}
    planted: Sequence[tuple[str, Participant, str, str, dict[str, Value]]] = (
        ("no-evidence", first, "out", "evidence-missing", {"evidence": None}),
        ("fake", second, "undecided", "suspicion-not-one-of", {"suspicion": "фото бұрын жарияланған"}),
        (
            "uploaded-late",
            second,
            "undecided",
            "late",
            {"uploaded_at": _at(later) + timedelta(days=30)},
        ),
        ("disputed", second, "undecided", "disputed-not-false", {"disputed": True}),
        ("confirmed-by-another", second, "undecided", "confirmed-by-another", {"confirmed_by": of_another}),
    )
    for number, (name, one, verdict, code, known) in enumerate(planted):
        record = year.write(one, "sport", later + timedelta(days=number), **{**about, **known})
        year.plant(name, "records", record, verdict, code)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


# --- the files ---


def _drop_files(year: Year, excused: Participant) -> None:
    def drop(feed: str, rows: Sequence[Row], name: str, before: str, hours: int, shape: str = "xlsx") -> None:
        words: Words = "kk" if shape == "xlsx" else "ru"
        year.draft.drop(
            feed, rows, before=before, hours=hours, sender=PORTAL, words=words, shape=shape, name=name
        )

    drop("centres", list(_organisations(year)), "centres", "organisations", 72)
    drop("staff", list(_staff(year)), "staff", "organisations", 71, "csv")
    columns = ("book", "author", "title", "section")
    drop(
        "catalogue",
        [dict(zip(columns, book, strict=True)) for book in BOOKS],
        "books",
        "organisations",
        70,
        "csv",
    )
    profiles, half = list(year.profiles.values()), len(year.journals) // 2
    applied = [{name: value for name, value in row.items() if name not in _LATER} for row in profiles]
    drop("profiles", applied, "profiles", "admitted", 24 * 9)
    drop("journals", year.journals[:half], "journals-1", "records", 24 * 90)
    drop("profiles", profiles, "profiles", "records", 50)
    drop("journals", year.journals[half:], "journals-2", "records", 49, "csv")
    drop("absences", _absences(year, excused), "absences", "records", 48)
    drop("mentor-ratings", _marks(year), "marks", "records", 47, "csv")


def _organisations(year: Year) -> Iterator[Row]:
    signed: dict[str, Value] = {"decided_on": date(2025, 9, 1), "agreed_on": date(2025, 9, 12)}
    for office in year.offices:
        named: dict[str, Value] = {
            "organisation": f"{office.region.kk} бағдарлама орталығы",
            "region": office.region,
        }
        yield {"centre": office.centre, "organisation_kind": "centre", "head": office.head, **named, **signed}
    for number, name in ((1, "«Жанашыр» еріктілер ұйымы"), (2, "«Жорық» туристік клубы")):
        yield {
            "centre": f"provider-{number}",
            "organisation_kind": "provider",
            "organisation": name,
            **signed,
        }
    late: dict[str, Value] = {"decided_on": date(2025, 9, 1), "agreed_on": date(2025, 9, 30)}
    yield {"centre": "centre-late", "organisation_kind": "centre", "organisation": "Кешіккен орталық", **late}
    year.plant("agreed-late", "organisations", "centre-late", "out", "late")


def _staff(year: Year) -> Iterator[Row]:
    for office in year.offices:
        above = {"mentor": office.expert, "expert": office.coordinator}
        offices = ((office.coordinator, "coordinator"), (office.expert, "expert"), (office.head, "head"))
        for person, role in (*offices, *((mentor, "mentor") for mentor in office.mentors)):
            yield _colleague(year, person, role, office, above.get(role))
    for number, body in ((1, "Білім басқармасы"), (2, None)):
        yield _colleague(year, f"commission-{number}", "commission", None, None) | {"represents": body}


def _colleague(
    year: Year, person: str, role: str, office: Office | None, above: str | None
) -> dict[str, Value]:
    surname, name, patronymic = year.draft.inventor.full_name(female=True, kazakh=True)
    row: dict[str, Value] = {
        "person": person, "role": role, "surname": surname, "name": name, "patronymic": patronymic,
        "email": f"{person}@centre.example", "documents": "id-card diplomas", "since": date(2025, 9, 1),
        "watched_by": above, "trained_on": date(2025, 8, 20),
    }  # fmt: skip
    return row | ({"region": office.region, "centre": office.centre} if office else {})


def _absences(year: Year, excused: Participant) -> list[Row]:
    away, covers = year.offices[0].mentors
    told: dict[str, Value] = {"reason": "health"}
    return [
        {
            "absent": away,
            "since": AWAY[0],
            "until": AWAY[1],
            "told_on": AWAY[0],
            "substitute": covers,
            **told,
        },
        {"absent": excused.id, "since": SICK[0], "until": SICK[1], "told_on": SICK[0], **told},
    ]


def _marks(year: Year) -> list[Row]:
    """Six of each first mentor, three of each second: those stay hidden."""
    rng = year.draft.rng
    given = [
        mentor
        for office in year.offices
        for mentor, count in zip(office.mentors, (6, 3), strict=True)
        for _ in range(count)
    ]
    return [
        {
            "rating": f"q-{number:03}",
            "mentor": mentor,
            "stars": rng.randint(3, 5),
            "given_on": date(2026, 9, 15),
        }
        for number, mentor in enumerate(given)
    ]


def _nominate(year: Year, fulfilled: Sequence[Participant]) -> list[Participant]:
    """All who have fulfilled the level are nominated; of three something else stands in the way. Who gets the badge."""
    draft, moment = year.draft, year.draft.moment("nominations") - timedelta(days=4)
    heads = {office.centre: office.head for office in year.offices}
    rows: list[dict[str, Value]] = [
        {"participant": one.id, "level": "bronze", "nominated_at": moment, "centre": year.profiles[one.id]["centre"],
         "nominated_by": heads[str(year.profiles[one.id]["centre"])]}
        for one in fulfilled
    ]  # fmt: skip
    rows[0] |= {"nominated_by": year.offices[0].mentors[0]}
    year.plant(
        "nominated-by-a-mentor", "nominated", f"{fulfilled[0].id}/bronze", "out", "differs-from-registered"
    )
    badge: dict[str, Value] = {
        "participant": fulfilled[1].id,
        "level": "bronze",
        "awarded_on": date(2024, 12, 16),
        "number": "B-2024-001",
    }
    year.plant("has-the-badge", "nominated", f"{fulfilled[1].id}/bronze", "out", "had-before")
    draft.drop("nominations", rows, before="nominations", hours=60, sender=PORTAL, name="nominations")
    draft.drop("badges", [badge], before="nominations", hours=59, sender=PORTAL, shape="csv", name="badges")
    return list(fulfilled[2:])
