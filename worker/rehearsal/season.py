"""A made-up but true-to-life season of Myn Bala, as the files its participants would drop into the inbox.

Everybody in it is invented. The IINs are right (date, century, control digit), for the road checks them, and a
right number may by chance be somebody's: so they are computed at run time from a seed and never committed or
published. Phones lie in blocks that begin with 000, mail addresses under the reserved domain `.example`.
Randomness is one seeded generator: the same rulebook, size and seed give the same bytes.

Trouble is planted on purpose, and `Season.planted` says where and what should come of it.
"""

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal

from jobs.calendar import Window, time_zone
from jobs.iin import check, control_digit
from jobs.regions import Region, regions
from jobs.rulebook import Rulebook
from worker.rehearsal import spreadsheet
from worker.rehearsal.spreadsheet import Cell, Table


@dataclass(frozen=True)
class Size:
    """How large a season is.

    `seats`: of all partner schools together. `finalists`: the best of stage 1 who sit stage 2; `applicants`: the
    best of those who apply to schools. `files`: sheet files of stage 1 (stage 2 has half as many). `batches`:
    registration files. `shapes`: one of ROSTER_SHAPES for each file of the ministry's list. `thorough`: all the
    planted trouble, else only what a short test of the whole road needs.
    """

    pupils: int
    schools: int
    partners: int
    seats: int
    finalists: int
    applicants: int
    files: int
    batches: int
    shapes: tuple[str, ...]
    thorough: bool


DEMO = Size(
    pupils=2000,
    schools=120,
    partners=20,
    seats=120,
    finalists=400,
    applicants=200,
    files=8,
    batches=9,
    shapes=("xlsx", "kz1048", "utf16", "utf8-bom", "misread", "xml", "lookalikes", "ruined", "xlsx-russian"),
    thorough=True,
)
SMALL = Size(
    pupils=14,
    schools=3,
    partners=2,
    seats=4,
    finalists=8,
    applicants=6,
    files=1,
    batches=1,
    shapes=("xlsx", "ruined"),
    thorough=False,
)


@dataclass(frozen=True)
class Case:
    """Planted trouble: what a step of `stage` says of `ids` (participants), citing `clause`.

    `verdict` is in, out or undecided; undecided is what the step says before people answer.
    """

    name: str
    stage: str
    ids: tuple[str, ...]
    verdict: str
    clause: str


@dataclass(frozen=True)
class Planted:
    """What the season knows of itself.

    listed: IINs of the ministry's list as the sound files give it. cases: the planted people. files: path of every
    drop to its outcome: accepted, partial (some rows refused), refused, duplicate or unregistered (no sender).
    scores: stage to participant to right answers of the sheet that counts. winners: by clause 12 and reading Q22,
    provided that people answer as worker.rehearsal.people does. lot: who tie for the last seat of `lot_school`.
    """

    listed: tuple[str, ...]
    cases: tuple[Case, ...]
    files: Mapping[str, str]
    scores: Mapping[str, Mapping[str, int]]
    seats: int
    winners: tuple[str, ...]
    lot: tuple[str, ...]
    lot_school: str

    def case(self, name: str) -> Case:
        """The case of that name; KeyError where none was planted."""
        found = {case.name: case for case in self.cases}
        return found[name]


@dataclass(frozen=True)
class Season:
    """The files in the order of their times, and what was planted in them."""

    drops: tuple[Drop, ...]
    planted: Planted


def make_season(rulebook: Rulebook, size: Size, *, seed: int) -> Season:
    """A season of `size` at the moments of `rulebook` (Myn Bala's; KeyError for one without its windows)."""
    rng = random.Random(seed)  # noqa: S311 - sample data, repeatable on purpose
    draft = _Draft(rulebook, size, rng, Inventor(rng))
    _invent_pupils(draft)
    _drop_rosters(draft)
    _drop_registrations(draft)
    papers = _set_papers(draft)
    _drop_stage(draft, papers["stage-1"], _sit_first_stage(draft, papers["stage-1"]), draft.size.files)
    _drop_stage(
        draft, papers["stage-2"], _sit_second_stage(draft, papers["stage-2"]), draft.size.files // 2 or 1
    )
    partners = _drop_quotas(draft)
    _drop_applications(draft, partners)
    return Season(
        tuple(sorted(draft.drops, key=lambda drop: (drop.at, drop.path))), _planted(draft, partners)
    )


def _planted(draft: "_Draft", partners: "list[Partner]") -> Planted:
    return Planted(
        listed=tuple(pupil.iin for pupil in draft.listed),
        cases=tuple(draft.cases),
        files=draft.files,
        scores=draft.scores,
        seats=sum(partner.granted for partner in partners),
        winners=tuple(_winners(draft, partners)),
        lot=tuple(draft.trio),
        lot_school=partners[0].school_id,
    )


# --- the draft ---


@dataclass
class _Draft:
    """The season while it is written."""

    rulebook: Rulebook
    size: Size
    rng: random.Random
    people: Inventor
    schools: list[School] = field(default_factory=list)
    listed: list[Pupil] = field(default_factory=list)
    accepted: list[Pupil] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    drops: list[Drop] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    scores: dict[str, dict[str, int]] = field(default_factory=dict)
    finalists: list[str] = field(default_factory=list)
    trio: list[str] = field(default_factory=list)

    def window(self, name: str) -> Window:
        return self.rulebook.windows[name]

    def drop(self, at: datetime, path: str, data: bytes, outcome: str = "accepted") -> None:
        """Put a file of the season; paths never repeat."""
        sender, name = path.split("/")
        full = f"{sender}/{self.rulebook.contest}/{name}"
        self.drops.append(Drop(at, full, data))
        self.files[full] = outcome

    def plant(self, name: str, stage: str, ids: Iterable[str], verdict: str, clause: str) -> None:
        self.cases.append(Case(name, stage, tuple(ids), verdict, clause))

    def deal(self, role: str, count: int, among: Sequence[Pupil]) -> list[Pupil]:
        """`count` pupils without a role get this one."""
        free = [pupil for pupil in among if pupil.iin not in self.roles]
        chosen = self.rng.sample(free, count)
        self.roles |= {pupil.iin: role for pupil in chosen}
        return chosen

    def wall(self, at: datetime) -> datetime:
        """The instant as the contest's clocks show it, without a zone, as people write it."""
        return at.astimezone(time_zone(self.rulebook.timezone)).replace(tzinfo=None)

    def offset(self, at: datetime) -> str:
        return at.astimezone(time_zone(self.rulebook.timezone)).isoformat()


def _invent_pupils(draft: _Draft) -> None:
    oblasts = [region for region in regions() if region.kind == "oblast"]
    used = min(len(oblasts), draft.size.schools)
    for number in range(draft.size.schools):
        draft.schools.append(draft.people.school(number, oblasts[number * used // draft.size.schools]))
    draft.listed = [
        draft.people.pupil(draft.schools[n % draft.size.schools]) for n in range(draft.size.pupils)
    ]


# --- the ministry's list ---

_ROSTER_VALUES: Mapping[Words, Mapping[str, str]] = {
    "kk": {"f": "қыз", "m": "ұл", "rural": "ауыл", "urban": "қала", "kk": "қазақ", "ru": "орыс"},
    "ru": {"f": "жен", "m": "муж", "rural": "село", "urban": "город", "kk": "казахский", "ru": "русский"},
    "en": {"f": "f", "m": "m", "rural": "rural", "urban": "urban", "kk": "kk", "ru": "ru"},
}
_ALL = tuple(ROSTER_HEADERS["kk"])
_NO_LOCALITY = tuple(name for name in _ALL if name != "locality")
_NO_CODE = tuple(name for name in _NO_LOCALITY if name != "school_id")
_ROSTER_TITLES = {
    "kk": (
        "Қазақстан Республикасының ауыл мектептері",
        "2025–2026 оқу жылы, 6-сынып оқушыларының тізімі (үлгі)",
    ),
    "ru": (
        "Сельские школы Республики Казахстан",
        "Список учащихся 6 классов, 2025–2026 учебный год (образец)",
    ),
}


@dataclass(frozen=True)
class RosterShape:
    """One of the forms in which a part of the ministry's list comes."""

    suffix: str
    words: Words
    columns: tuple[str, ...]
    write: Callable[[Table], bytes]


def _workbook(words: Words, total: str) -> Callable[[Table], bytes]:
    def write(table: Table) -> bytes:
        district = table.headers.index(ROSTER_HEADERS[words]["district"])
        return spreadsheet.xlsx(spreadsheet.with_subtotals(table, district, total), _ROSTER_TITLES[words])

    return write


ROSTER_SHAPES: Mapping[str, RosterShape] = {
    "xlsx": RosterShape("xlsx", "kk", _ALL, _workbook("kk", "Барлығы")),
    "kz1048": RosterShape("csv", "kk", _ALL, spreadsheet.kz1048),
    "utf16": RosterShape("txt", "kk", _NO_CODE, spreadsheet.utf16_tabs),
    "utf8-bom": RosterShape("csv", "ru", _ALL, spreadsheet.utf8_with_bom),
    "misread": RosterShape("csv", "kk", _NO_CODE, spreadsheet.misread_kz1048),
    "xml": RosterShape(
        "xml", "en", (*_ALL, "grade"), lambda table: spreadsheet.xml(table, "roster", "pupil")
    ),
    "lookalikes": RosterShape("csv", "kk", _NO_LOCALITY, spreadsheet.lookalikes),
    "ruined": RosterShape("csv", "kk", _NO_LOCALITY, spreadsheet.letters_lost),
    "xlsx-russian": RosterShape("xlsx", "ru", _ALL, _workbook("ru", "Итого")),
}
"""`ruined` is lost for real: its part of the list comes again a day later as CSV UTF-8."""


def _drop_rosters(draft: _Draft) -> None:
    first = draft.window("registration").opens_at - timedelta(days=10)
    parts = _parts_of_the_country(draft)
    if draft.size.thorough:
        _plant_in_roster(draft, parts[draft.size.shapes.index("kz1048")])
    for number, (shape, pupils) in enumerate(zip(draft.size.shapes, parts, strict=True)):
        _drop_roster(draft, first + timedelta(hours=5 * number), number, shape, pupils)
    again = next(drop for drop in draft.drops if draft.files[drop.path] in ("accepted", "partial"))
    sender, contest, name = again.path.split("/")
    stem, _, suffix = name.partition(".")
    draft.drop(first + timedelta(days=3), f"{sender}/{stem} (1).{suffix}", again.data, "duplicate")
    if draft.size.thorough:
        _drop_uninvited(draft, first + timedelta(days=4))


def _parts_of_the_country(draft: _Draft) -> list[list[Pupil]]:
    """The pupils of each file: neighbouring regions together, schools and districts in order."""
    codes = list(dict.fromkeys(school.region.code for school in draft.schools))
    files = len(draft.size.shapes)
    place = {code: at * files // len(codes) for at, code in enumerate(codes)}
    ordered = sorted(
        draft.listed, key=lambda p: (p.school.region.code, p.school.district, p.school.number, p.iin)
    )
    return [
        [pupil for pupil in ordered if place[pupil.school.region.code] == number] for number in range(files)
    ]


def _plant_in_roster(draft: _Draft, part: list[Pupil]) -> None:
    not_listed = [draft.deal(role, 1, part)[0].iin for role in ("bad-date", "no-surname", "ragged")]
    not_eligible = [draft.deal(role, 1, part)[0].iin for role in ("grade-5", "urban")]
    twice = draft.deal("listed-twice", 1, part)[0].iin
    draft.plant("row-refused", "registration", not_listed, "out", "3")
    draft.plant("not-eligible", "registration", not_eligible, "out", "3")
    draft.plant("listed-twice", "registration", [twice], "undecided", "3")


def _drop_roster(draft: _Draft, at: datetime, number: int, name: str, pupils: list[Pupil]) -> None:
    shape = ROSTER_SHAPES[name]
    table = _roster_table(draft, shape, [*pupils, *_moved(draft, number)])
    path = f"ministry/list-{number + 1:02}-{pupils[0].school.region.slug}.sample.{shape.suffix}"
    outcome = "refused" if name == "ruined" else "partial" if _has_refused_rows(draft, pupils) else "accepted"
    draft.drop(at, path, shape.write(table), outcome)
    if name == "ruined":
        mended = path.replace(".sample", "-again.sample")
        draft.drop(at + timedelta(days=1), mended, spreadsheet.utf8_with_bom(table))


def _has_refused_rows(draft: _Draft, pupils: list[Pupil]) -> bool:
    return any(draft.roles.get(pupil.iin) in ("bad-date", "no-surname", "ragged") for pupil in pupils)


def _moved(draft: _Draft, number: int) -> list[Pupil]:
    """In the first file: a pupil whom another file lists too, in another class."""
    twice = [pupil for pupil in draft.listed if draft.roles.get(pupil.iin) == "listed-twice"]
    return [replace(pupil, letter="В") for pupil in twice] if number == 0 else []


def _roster_table(draft: _Draft, shape: RosterShape, pupils: list[Pupil]) -> Table:
    headers = ROSTER_HEADERS.get(shape.words)
    shown = tuple(headers[name] for name in shape.columns) if headers else shape.columns
    return Table(shown, [_roster_row(draft, shape, pupil) for pupil in pupils])


def _roster_row(draft: _Draft, shape: RosterShape, pupil: Pupil) -> tuple[Cell, ...]:
    role = draft.roles.get(pupil.iin)
    cells = _roster_cells(shape.words, pupil, grade=5 if role == "grade-5" else 6, urban=role == "urban")
    if role == "bad-date":
        cells["birth_date"] = "31.02.2013"
    if role == "no-surname":
        cells["surname"] = None
    surplus = ("қосымша", "бағандар") if role == "ragged" else ()
    return (*(cells[name] for name in shape.columns), *surplus)


def _roster_cells(words: Words, pupil: Pupil, *, grade: int, urban: bool) -> dict[str, Cell]:
    said = _ROSTER_VALUES[words]
    russian = words == "ru"
    return {
        "iin": int(pupil.iin) if russian else pupil.iin,
        "surname": pupil.surname,
        "name": pupil.name,
        "patronymic": pupil.patronymic,
        "birth_date": pupil.born,
        "sex": said["f" if pupil.female else "m"],
        "school_id": pupil.school.code,
        "school": pupil.school.title("ru" if russian else "kk"),
        "class": f'{grade} "{pupil.letter}"',
        "region": pupil.school.region.ru if russian else pupil.school.region.kk,
        "district": pupil.school.district[russian],
        "locality": said["urban" if urban else "rural"],
        "language": said[pupil.language],
        "grade": grade,
    }


def _drop_uninvited(draft: _Draft, at: datetime) -> None:
    """A list from a sender who may not drop lists, and a school's wish to add its pupils (clause 3 hears none)."""
    strangers = [draft.people.pupil(draft.rng.choice(draft.schools)) for _ in range(3)]
    table = _roster_table(draft, ROSTER_SHAPES["utf8-bom"], strangers)
    draft.drop(at, "test-centre/our-own-list.sample.csv", spreadsheet.utf8_with_bom(table), "refused")
    draft.drop(at, "village-school/please-add-our-pupils.sample.csv", spreadsheet.utf8(table), "unregistered")


# --- registrations ---

_YES_NO = {"en": ("0", "1"), "kk": ("жоқ", "иә"), "ru": ("нет", "да")}
_LANGUAGES = {
    "en": {"kk": "kk", "ru": "ru"},
    "kk": {"kk": "қазақша", "ru": "орысша"},
    "ru": {"kk": "казахский", "ru": "русский"},
}
_PHONES = ("8 ({}) {} {}{}", "+7({}){} {} {}", "{}{}{}{}", "7{}{}{}{}", "+7{}{}{}{}", "8-{}-{}-{}-{}")
_BAD_ADDRESSES = ("family.example", "a family@family.example", "family@@family.example", "family@")

# Trouble of each kind, and whom it leaves out by which clause; those without a clause come in.
_TROUBLE: Mapping[str, tuple[int, str | None]] = {
    "no-consent": (5, "2"),
    "phone-unconfirmed": (4, "2"),
    "guardian-is-pupil": (2, "2"),
    "guardian-minor": (1, "2"),
    "mistyped": (2, "2"),
    "mistyped-plausibly": (1, "3"),
    "second-late": (1, "1"),
    "last-second": (1, None),
    "consent-later": (4, None),
    "sibling-guardian": (5, None),
    "digits-lost-then-resent": (1, None),
    "bad-address": (4, None),
}
_LEAST_TROUBLE: Mapping[str, tuple[int, str | None]] = {"no-consent": (1, "2")}
_EXCEL_BATCH = 2  # the batch that somebody opened and saved in Excel


@dataclass(frozen=True)
class Registration:
    """One record of the platform."""

    iin: str
    guardian_iin: str
    phone: str
    confirmed: bool
    email: str | None
    language: str
    consent: bool
    at: datetime


def _drop_registrations(draft: _Draft) -> None:
    registered = _who_registers(draft)
    strangers = [
        draft.people.pupil(draft.rng.choice(draft.schools)) for _ in range(6 if draft.size.thorough else 1)
    ]
    draft.plant("not-on-list", "registration", (pupil.iin for pupil in strangers), "out", "3")
    records = [record for pupil in (*registered, *strangers) for record in _register(draft, pupil)]
    for number in range(draft.size.batches):
        batch = sorted(
            (one for one in records if _batch(draft, one.at) == number), key=lambda one: (one.at, one.iin)
        )
        _drop_batch(draft, number, batch)


def _who_registers(draft: _Draft) -> list[Pupil]:
    """Some 85 % of the list; everybody with a role; sets who is accepted."""
    staying = [pupil for pupil in draft.listed if pupil.iin not in draft.roles]
    away = set(draft.rng.sample(staying, len(staying) * 15 // 100 or 1))
    registered = [pupil for pupil in draft.listed if pupil not in away]
    draft.roles |= {pupil.iin: "not-registered" for pupil in away}
    out = {iin for case in draft.cases for iin in case.ids}
    for role, (count, clause) in (_TROUBLE if draft.size.thorough else _LEAST_TROUBLE).items():
        dealt = {pupil.iin for pupil in draft.deal(role, count, registered)}
        out |= dealt if clause else set()
        if not role.startswith("mistyped"):
            draft.plant(role, "registration", sorted(dealt), "out" if clause else "in", clause or "3")
    draft.accepted = [pupil for pupil in registered if pupil.iin not in out]
    return registered


def _register(draft: _Draft, pupil: Pupil) -> list[Registration]:
    usual = _usual_registration(draft, pupil)
    window = draft.window("registration")
    match draft.roles.get(pupil.iin):
        case "no-consent":
            return [replace(usual, consent=False)]
        case "phone-unconfirmed":
            return [replace(usual, confirmed=False)]
        case "guardian-is-pupil":
            return [replace(usual, guardian_iin=pupil.iin)]
        case "guardian-minor":
            return [replace(usual, guardian_iin=draft.people.iin(date(2010, 3, 9), True))]
        case "mistyped" | "mistyped-plausibly" as role:
            return [replace(usual, iin=_mistyped(draft, pupil.iin, role))]
        case "last-second":
            return [replace(usual, at=window.closes_at - timedelta(seconds=1))]
        case "second-late":
            return [replace(usual, at=window.closes_at)]
        case "consent-later":
            later = min(usual.at + timedelta(days=1), window.closes_at - timedelta(hours=1))
            return [replace(usual, consent=False), replace(usual, at=later)]
        case "sibling-guardian":
            return [replace(usual, guardian_iin=_sibling(draft), at=_in_excel(draft, usual.at))]
        case "digits-lost-then-resent":
            lost = replace(
                usual, guardian_iin=f"{int(usual.guardian_iin):.5E}", at=_in_excel(draft, usual.at)
            )
            return [lost, replace(usual, at=lost.at + timedelta(days=5))]
        case "bad-address":
            return [replace(usual, email=draft.rng.choice(_BAD_ADDRESSES))]
        case _:
            return [usual]


def _usual_registration(draft: _Draft, pupil: Pupil) -> Registration:
    rng = draft.rng
    window = draft.window("registration")
    seconds = int((window.closes_at - window.opens_at).total_seconds())
    parent_born = date(1976, 1, 1) + timedelta(days=rng.randrange(6000))
    without = draft.size.thorough and rng.random() < 0.03
    return Registration(
        iin=pupil.iin,
        guardian_iin=draft.people.iin(parent_born, rng.random() < 0.7),
        phone=_phone(rng),
        confirmed=True,
        email=None if without else f"family-{rng.randrange(10**6):06}@family.example",
        language=pupil.language,
        consent=True,
        at=window.opens_at + timedelta(seconds=rng.randrange(seconds * 97 // 100)),
    )


def _phone(rng: random.Random) -> str:
    """A mobile number, spelt in one of the usual ways; no operator gives out subscribers 000 NNNN."""
    code = rng.choice(("701", "705", "707", "747", "771", "775", "776", "777"))
    return rng.choice(_PHONES).format(code, "000", f"{rng.randrange(100):02}", f"{rng.randrange(100):02}")


def _sibling(draft: _Draft) -> str:
    """The IIN of a grown-up brother or sister: born after 1999, so it begins with a zero."""
    return draft.people.iin(
        date(2001, 1, 1) + timedelta(days=draft.rng.randrange(1700)), draft.rng.random() < 0.5
    )


def _mistyped(draft: _Draft, iin: str, role: str) -> str:
    """One digit wrong; the control digit notices it, or (the eleventh digit is not protected) does not."""
    at, plausible = (10, True) if role == "mistyped-plausibly" else (8, False)
    wrong = (f"{iin[:at]}{digit}{iin[at + 1 :]}" for digit in "0123456789" if digit != iin[at])
    typed = next(one for one in wrong if (check(one) is None) == plausible and one not in draft.people.iins)
    draft.plant(f"{role}-{iin[-4:]}", "registration", [typed], "out", "3" if plausible else "2")
    return typed


def _in_excel(draft: _Draft, at: datetime) -> datetime:
    """A moment of the batch that Excel saved."""
    window = draft.window("registration")
    slice_ = (window.closes_at - window.opens_at) // draft.size.batches
    return window.opens_at + _EXCEL_BATCH * slice_ + (at - window.opens_at) % slice_


def _batch(draft: _Draft, at: datetime) -> int:
    window = draft.window("registration")
    slice_ = (window.closes_at - window.opens_at) // draft.size.batches
    return min((at - window.opens_at) // slice_, draft.size.batches - 1)


def _drop_batch(draft: _Draft, number: int, batch: list[Registration]) -> None:
    """Each batch half an hour after its last moment, the last one on the day after the close."""
    window = draft.window("registration")
    slice_ = (window.closes_at - window.opens_at) // draft.size.batches
    final = number == draft.size.batches - 1
    at = window.closes_at + timedelta(hours=15) if final else window.opens_at + (number + 1) * slice_
    excel = draft.size.thorough and number == _EXCEL_BATCH
    words: Words = "ru" if excel else ("en", "kk", "ru")[number % 3]  # type: ignore[assignment]  # three literals
    table = _registration_table(draft, words, batch)
    name = f"platform/registrations-{number + 1:02}.sample"
    if excel:
        draft.drop(at, f"{name}.csv", spreadsheet.excel_lost_zeros(table, (0, 1)), "partial")
    elif number % 4 == 1:
        draft.drop(at, f"{name}.xlsx", spreadsheet.xlsx(table))
    else:
        draft.drop(
            at, f"{name}.csv", spreadsheet.utf8(table) if words == "en" else spreadsheet.utf8_with_bom(table)
        )


def _registration_table(draft: _Draft, words: Words, batch: list[Registration]) -> Table:
    no_yes = _YES_NO[words]
    rows = [
        (
            one.iin,
            one.guardian_iin,
            one.phone,
            no_yes[one.confirmed],
            one.email,
            _LANGUAGES[words][one.language],
            no_yes[one.consent],
            draft.offset(one.at) if words == "en" else draft.wall(one.at),
        )
        for one in batch
    ]
    return Table(tuple(REGISTRATION_HEADERS[words].values()), rows)


# --- the two tests ---

LETTERS = "ABCDE"
BLANK = "."
_STAGE_WORDS: Mapping[Words, Mapping[str, str]] = {
    "en": {"stage-1": "stage-1", "stage-2": "stage-2"},
    "kk": {"stage-1": "1-кезең", "stage-2": "2-кезең"},
    "ru": {"stage-1": "1 этап", "stage-2": "2 этап"},
}
_TOP_SCORE = 52  # of the three who share the first place of stage 2; everybody else stays below
_HONEST_MOST = 35  # of 40: so that no two honest sheets of stage 1 agree in 37


@dataclass(frozen=True)
class Paper:
    """A stage's test. `keys`: variant to right answers; `orders`: variant to the item behind each question."""

    stage: str
    keys: Mapping[str, str]
    orders: Mapping[str, tuple[int, ...]]
    difficulty: tuple[float, ...]
    minutes: tuple[int, int]
    sessions: tuple[timedelta, ...]

    @property
    def items(self) -> int:
        return len(self.difficulty)


@dataclass(frozen=True)
class Sheet:
    """One answer sheet; a blank is a dot."""

    participant: str
    stage: str
    variant: str
    started: datetime | None
    finished: datetime | None
    answers: str

    def lasting(self, minutes: int, seconds: int = 0) -> "Sheet":
        """The same sheet handed in so long after it was opened."""
        started = self.started
        return replace(self, finished=started and started + timedelta(minutes=minutes, seconds=seconds))


Sheets = dict[str, Sheet]


def _set_papers(draft: _Draft) -> dict[str, Paper]:
    hours = [timedelta(hours=hours) for hours in (0, 2.5, 5)]
    first = _paper(draft, "stage-1", items=40, variants=4, mean=0.5, minutes=(42, 89), sessions=tuple(hours))
    second = _paper(
        draft,
        "stage-2",
        items=60,
        variants=3,
        mean=1.0,
        minutes=(95, 149),
        sessions=(hours[0], 1.4 * hours[1]),
    )
    return {"stage-1": first, "stage-2": second}


def _paper(  # noqa: PLR0913 - the parts of one test
    draft: _Draft,
    stage: str,
    *,
    items: int,
    variants: int,
    mean: float,
    minutes: tuple[int, int],
    sessions: tuple[timedelta, ...],
) -> Paper:
    rng = draft.rng
    names = [str(number + 1) for number in range(variants)]
    keys = {name: "".join(rng.choices(LETTERS, k=items)) for name in names}
    orders = {name: tuple(rng.sample(range(items), items)) for name in names}
    paper = Paper(stage, keys, orders, tuple(rng.gauss(mean, 1) for _ in range(items)), minutes, sessions)
    _drop_keys(draft, paper)
    return paper


def _drop_keys(draft: _Draft, paper: Paper) -> None:
    rows = [
        (
            paper.stage,
            variant,
            question + 1,
            key[question],
            f"{paper.stage[-1]}-{paper.orders[variant][question] + 1:03}",
        )
        for variant, key in paper.keys.items()
        for question in range(paper.items)
    ]
    at = draft.window(paper.stage).closes_at + timedelta(hours=2)
    draft.drop(at, f"test-centre/keys-{paper.stage}.sample.csv", spreadsheet.utf8(Table(KEY_HEADERS, rows)))


def _sit(draft: _Draft, paper: Paper, pupil: Pupil) -> Sheet:
    """Answers by Rasch's model with guessing: chance 0.2 + 0.8 / (1 + exp(difficulty - ability)); 3 % stay blank."""
    rng = draft.rng
    variant = rng.choice(list(paper.keys))
    key = paper.keys[variant]
    chances = (
        0.2 + 0.8 / (1 + math.exp(paper.difficulty[item] - pupil.ability)) for item in paper.orders[variant]
    )
    answers = "".join(
        BLANK if (luck := rng.random()) > 0.97 else right if luck < 0.97 * chance else _wrong(rng, right)
        for right, chance in zip(key, chances, strict=True)
    )
    started = _start(draft, paper)
    finished = started + timedelta(seconds=rng.randint(paper.minutes[0] * 60, paper.minutes[1] * 60))
    return Sheet(pupil.iin, paper.stage, variant, started, finished, answers)


def _wrong(rng: random.Random, right: str) -> str:
    return rng.choice(LETTERS.replace(right, ""))


def _start(draft: _Draft, paper: Paper) -> datetime:
    window = draft.window(paper.stage)
    day = draft.rng.randrange((window.closes_at - window.opens_at).days + 1)
    session = draft.rng.choice(paper.sessions)
    return window.opens_at + timedelta(days=day, seconds=draft.rng.randrange(600)) + session


def _score(paper: Paper, sheet: Sheet) -> int:
    return sum(given == right for given, right in zip(sheet.answers, paper.keys[sheet.variant], strict=True))


def _scored(rng: random.Random, paper: Paper, sheet: Sheet, score: int) -> Sheet:
    """The sheet with as many answers mended or spoilt as it needs for `score`."""
    key = paper.keys[sheet.variant]
    answers = list(sheet.answers)
    surplus = _score(paper, sheet) - score
    changeable = [at for at, right in enumerate(key) if (answers[at] == right) == (surplus > 0)]
    for at in rng.sample(changeable, abs(surplus)):
        answers[at] = _wrong(rng, key[at]) if surplus > 0 else key[at]
    return replace(sheet, answers="".join(answers))


def _at_most(draft: _Draft, paper: Paper, sheet: Sheet, most: int) -> Sheet:
    return _scored(draft.rng, paper, sheet, min(most, _score(paper, sheet)))


def _sit_first_stage(draft: _Draft, paper: Paper) -> list[Sheet]:
    twice = [pupil for pupil in draft.accepted if draft.roles.get(pupil.iin) == "listed-twice"]
    free = [pupil for pupil in draft.accepted if pupil.iin not in draft.roles]
    absent = {pupil.iin for pupil in draft.rng.sample(free, len(free) * 3 // 100)} | {
        pupil.iin for pupil in twice
    }
    sitting = [pupil for pupil in draft.accepted if pupil.iin not in absent]
    sheets = {pupil.iin: _at_most(draft, paper, _sit(draft, paper, pupil), _HONEST_MOST) for pupil in sitting}
    annulled = _plant_copies(draft, paper, sheets, sitting)
    extra = _plant_clocks(draft, paper, sheets, sitting) if draft.size.thorough else []
    draft.scores["stage-1"] = {iin: _score(paper, sheet) for iin, sheet in sheets.items()}
    standing = sorted(sheets.keys() - annulled, key=lambda iin: (-draft.scores["stage-1"][iin], iin))
    draft.finalists = standing[: draft.size.finalists]
    return [*sheets.values(), *extra]


def _plant_copies(draft: _Draft, paper: Paper, sheets: Sheets, sitting: list[Pupil]) -> set[str]:
    """Pairs with so many of 40 answers alike, of one school or two; who will be annulled (see people.py)."""
    annulled: set[str] = set()
    for alike in (40, 38, 37, 36) if draft.size.thorough else (40,):
        pair = _pair(draft, sitting, same_school=True)
        _copy(draft, paper, sheets, pair, alike)
        draft.plant(f"identical-{alike}", "stage-1", pair, "undecided" if alike > 36 else "in", "9.3")
        annulled |= set(pair) if alike >= 38 else set()
    if draft.size.thorough:
        pair = _pair(draft, sitting, same_school=False)
        _copy(draft, paper, sheets, pair, 40)
        draft.plant("identical-other-school", "stage-1", pair, "in", "9.3")
    return annulled


def _pair(draft: _Draft, sitting: list[Pupil], *, same_school: bool) -> tuple[str, str]:
    free = [pupil for pupil in sitting if pupil.iin not in draft.roles]
    draft.rng.shuffle(free)
    pairs = (
        (a, b)
        for at, a in enumerate(free)
        for b in free[at + 1 :]
        if (a.school.code == b.school.code) == same_school
    )
    a, b = next(pairs)
    draft.roles |= {a.iin: "copied", b.iin: "copied"}
    return a.iin, b.iin


def _copy(draft: _Draft, paper: Paper, sheets: Sheets, pair: tuple[str, str], alike: int) -> None:
    """The second sheet repeats `alike` answers of the first, which leaves no blank; the others differ."""
    first, second = (sheets[iin] for iin in pair)
    key = paper.keys[first.variant]
    full = "".join(
        _wrong(draft.rng, key[at]) if mark == BLANK else mark for at, mark in enumerate(first.answers)
    )
    others = set(draft.rng.sample(range(paper.items), paper.items - alike))
    copied = "".join(_wrong(draft.rng, mark) if at in others else mark for at, mark in enumerate(full))
    sheets[pair[0]] = replace(first, answers=full)
    sheets[pair[1]] = replace(second, variant=first.variant, answers=copied)


def _plant_clocks(draft: _Draft, paper: Paper, sheets: Sheets, sitting: list[Pupil]) -> list[Sheet]:
    """Strange times and blanks; and the sheets that are not to count: after the window, or of a stranger."""

    def change(name: str, verdict: str, clause: str, changed: Callable[[Sheet], Sheet]) -> str:
        iin = draft.deal(name, 1, sitting)[0].iin
        sheets[iin] = changed(sheets[iin])
        draft.plant(name, "stage-1", [iin], verdict, clause)
        return iin

    change("29:59", "undecided", "9.1", lambda sheet: sheet.lasting(29, 59))
    change("30:00", "in", "9.1", lambda sheet: sheet.lasting(30))
    change("95-minutes", "undecided", "6", lambda sheet: sheet.lasting(95))
    change("no-clock", "in", "9.1", lambda sheet: replace(sheet, started=None, finished=None))
    change(
        "mostly-blank",
        "in",
        "8",
        lambda sheet: replace(sheet, answers=sheet.answers[:9].ljust(paper.items, BLANK)),
    )
    change(
        "fast-and-accurate",
        "undecided",
        "9.3",
        lambda sheet: _scored(draft.rng, paper, sheet.lasting(24), paper.items - 2),
    )
    again = change("sat-again-late", "in", "4", lambda sheet: sheet)
    late = _scored(draft.rng, paper, _late(draft, paper, sheets[again]), _HONEST_MOST)
    stranger = next(pupil for pupil in draft.listed if draft.roles.get(pupil.iin) == "not-registered")
    draft.plant("not-registered", "stage-1", [stranger.iin], "out", "4")
    return [late, _at_most(draft, paper, _sit(draft, paper, stranger), _HONEST_MOST)]


def _late(draft: _Draft, paper: Paper, sheet: Sheet) -> Sheet:
    return replace(sheet, started=draft.window(paper.stage).closes_at + timedelta(hours=1)).lasting(60)


def _sit_second_stage(draft: _Draft, paper: Paper) -> list[Sheet]:
    pupils = {pupil.iin: pupil for pupil in draft.listed}
    sheets = {iin: _sit(draft, paper, pupils[iin]) for iin in draft.finalists}
    best = sorted(sheets, key=lambda iin: (-_score(paper, sheets[iin]), iin))
    draft.trio = best[:3]
    for iin, sheet in sheets.items():
        wanted = _TOP_SCORE if iin in draft.trio else min(_score(paper, sheet), _TOP_SCORE - 1)
        sheets[iin] = _scored(draft.rng, paper, sheet, wanted)
    draft.scores["stage-2"] = {iin: _score(paper, sheet) for iin, sheet in sheets.items()}
    if not draft.size.thorough:
        return list(sheets.values())
    sheets[best[-1]] = sheets[best[-1]].lasting(151)
    draft.plant("151-minutes", "stage-2", [best[-1]], "undecided", "7")
    annulled = next(case for case in draft.cases if case.name == "identical-40").ids[0]
    draft.plant("annulled-sits-again", "stage-2", [annulled], "out", "5")
    return [*sheets.values(), _at_most(draft, paper, _sit(draft, paper, pupils[annulled]), _TOP_SCORE - 1)]


def _drop_stage(draft: _Draft, paper: Paper, sheets: list[Sheet], files: int) -> None:
    """The stage's sheets in files of neighbouring schools, from the evening of the close on."""
    school = {pupil.iin: pupil.school.number for pupil in draft.listed}
    ordered = sorted(sheets, key=lambda sheet: (school[sheet.participant], sheet.participant, sheet.answers))
    closed = draft.window(paper.stage).closes_at
    for number in range(files):
        part = ordered[number * len(ordered) // files : (number + 1) * len(ordered) // files]
        suffix, data = _written_sheets(draft, paper, part, number)
        path = f"test-centre/sheets-{paper.stage}-{number + 1:02}.sample.{suffix}"
        draft.drop(closed + timedelta(hours=3 + number), path, data)


def _written_sheets(draft: _Draft, paper: Paper, sheets: list[Sheet], number: int) -> tuple[str, bytes]:
    if number % 4 == 1:
        return "xlsx", spreadsheet.xlsx(_sheet_table(draft, "ru", paper, sheets), ("Тест орталығы (үлгі)",))
    if number % 4 == 2:
        return "csv", spreadsheet.utf8_with_bom(_sheet_table(draft, "kk", paper, sheets))
    if number % 4 == 3:
        return "csv", spreadsheet.kz1048(_sheet_table(draft, "ru", paper, sheets))
    return "csv", spreadsheet.utf8(_sheet_table(draft, "en", paper, sheets))


def _sheet_table(draft: _Draft, words: Words, paper: Paper, sheets: list[Sheet]) -> Table:
    def shown(at: datetime | None) -> Cell:
        return at and (draft.offset(at) if words == "en" else draft.wall(at))

    questions = tuple(f"q{number + 1}" for number in range(paper.items))
    stage = _STAGE_WORDS[words][paper.stage]
    rows = [
        (
            sheet.participant,
            stage,
            int(sheet.variant),
            shown(sheet.started),
            shown(sheet.finished),
            *(None if mark == BLANK else mark for mark in sheet.answers),
        )
        for sheet in sheets
    ]
    return Table((*SHEET_HEADERS[words], *questions), rows)


# --- specialised schools and applications ---

_LOT_INTAKE = 24  # 10 % rounded down: 2 seats, for which the three best of stage 2 compete


@dataclass(frozen=True)
class Quota:
    """A row of a quota file; `seats` is empty where the 10 % of clause 13 hold."""

    language: str | None
    intake: int
    seats: int | None

    @property
    def granted(self) -> int:
        return self.intake * 10 // 100 if self.seats is None else self.seats


@dataclass(frozen=True)
class Partner:
    """A specialised school."""

    school_id: str
    name: str
    rows: tuple[Quota, ...]
    boarding: int | None

    @property
    def granted(self) -> int:
        return sum(row.granted for row in self.rows)


def _drop_quotas(draft: _Draft) -> list[Partner]:
    partners = _partners(draft)
    files = 3 if draft.size.thorough else 1
    before = draft.rulebook.moments["winners"]
    for number in range(files):
        words: Words = ("kk", "ru", "en")[number]  # type: ignore[assignment]  # three literals
        rows = [row for partner in partners[number::files] for row in _quota_rows(partner)]
        table = Table(QUOTA_HEADERS[words], rows)
        written = (
            ("xlsx", spreadsheet.xlsx(table)) if words == "kk" else ("csv", spreadsheet.utf8_with_bom(table))
        )
        draft.drop(
            before - timedelta(days=20 - 5 * number),
            f"schools/quotas-{number + 1}.sample.{written[0]}",
            written[1],
        )
    return partners


def _partners(draft: _Draft) -> list[Partner]:
    """The first has the lot's two seats; in a thorough season the second has an intake of 9 and so none, the third
    declares 8 seats where 10 % are 6; the others share what is left of `size.seats`."""
    special = [Quota(None, _LOT_INTAKE, None)]
    if draft.size.thorough:
        special += [Quota(None, 9, None), Quota(None, 60, 8)]
    left = draft.size.seats - sum(quota.granted for quota in special)
    ordinary = draft.size.partners - len(special)
    shares = [left * (n + 1) // ordinary - left * n // ordinary for n in range(ordinary)]
    quotas = [*((quota,) for quota in special), *(_ordinary_quota(draft, share) for share in shares)]
    return [_partner(draft, number, rows) for number, rows in enumerate(quotas, start=1)]


def _ordinary_quota(draft: _Draft, seats: int) -> tuple[Quota, ...]:
    """One row for both languages, or a row for each; seats declared or left to the 10 %."""
    rng = draft.rng
    if seats < 2 or rng.random() < 0.5:
        return (Quota(None, seats * 10 + rng.randrange(10), seats if rng.random() < 0.3 else None),)
    kazakh = (seats + 1) // 2
    return tuple(
        Quota(language, part * 10 + rng.randrange(10), None)
        for language, part in (("kk", kazakh), ("ru", seats - kazakh))
    )


def _partner(draft: _Draft, number: int, rows: tuple[Quota, ...]) -> Partner:
    boarding = draft.rng.choice((None, 0, 2, 3, 5)) if number > 1 else 2
    return Partner(
        f"SP-{number:02}",
        f"№{number} дарынды балаларға арналған мамандандырылған мектеп (үлгі)",
        rows,
        boarding,
    )


def _quota_rows(partner: Partner) -> Iterator[tuple[Cell, ...]]:
    for row in partner.rows:
        address = f"admission-{partner.school_id.lower()}@school.example"
        yield (
            partner.school_id,
            partner.name,
            row.language,
            row.intake,
            row.seats,
            partner.boarding,
            address,
        )


def _winners(draft: _Draft, partners: list[Partner]) -> list[str]:
    """As many as there are seats, and all who tie with the last of them (Q22)."""
    ranked = _ranked(draft)
    seats = sum(partner.granted for partner in partners)
    last = draft.scores["stage-2"][ranked[min(seats, len(ranked)) - 1]]
    return [iin for iin in ranked if draft.scores["stage-2"][iin] >= last]


def _ranked(draft: _Draft) -> list[str]:
    scores = draft.scores["stage-2"]
    return sorted(scores, key=lambda iin: (-scores[iin], iin))


@dataclass(frozen=True)
class Option:
    """One line of an application."""

    school_id: str
    language: str | None
    boarding: bool


@dataclass(frozen=True)
class Application:
    """A family's ordered list."""

    participant: str
    at: datetime
    options: tuple[Option, ...]


def _drop_applications(draft: _Draft, partners: list[Partner]) -> None:
    languages = {pupil.iin: pupil.language for pupil in draft.listed}
    ranked = _ranked(draft)[: draft.size.applicants]
    lists = [_application(draft, partners, iin, languages[iin]) for iin in ranked]
    if draft.size.thorough:
        lists = _plant_applications(draft, lists)
    window = draft.window("applications")
    files = 3 if draft.size.thorough else 1
    third = (window.closes_at - window.opens_at) // files
    for number in range(files):
        part = [one for one in lists if min((one.at - window.opens_at) // third, files - 1) == number]
        rows = [
            row
            for one in sorted(part, key=lambda one: (one.at, one.participant))
            for row in _option_rows(draft, one)
        ]
        data = spreadsheet.utf8(Table(APPLICATION_HEADERS, rows))
        at = window.opens_at + (number + 1) * third + timedelta(hours=1)
        draft.drop(at, f"platform/applications-{number + 1}.sample.csv", data)


def _application(draft: _Draft, partners: list[Partner], iin: str, language: str) -> Application:
    """One to eight different schools; those of the lot put the first partner first and ask no boarding there."""
    rng = draft.rng
    window = draft.window("applications")
    seconds = int((window.closes_at - window.opens_at).total_seconds())
    chosen = rng.sample(partners, rng.randint(1, min(8, len(partners))))
    options = [
        Option(one.school_id, language if rng.random() < 0.6 else None, rng.random() < 0.3) for one in chosen
    ]
    if iin in draft.trio:
        wanted = partners[0].school_id
        options = [Option(wanted, None, False), *(one for one in options if one.school_id != wanted)]
    return Application(iin, window.opens_at + timedelta(seconds=rng.randrange(seconds)), tuple(options))


def _plant_applications(draft: _Draft, lists: list[Application]) -> list[Application]:
    """A school named twice, an unknown school, a minute late, a second list, none at all; all by sure winners."""
    window = draft.window("applications")
    repeated, unknown, late, corrected, silent, *others = lists[3:]
    changed = [
        replace(repeated, options=(repeated.options[0], *repeated.options)),
        replace(unknown, options=(Option("SP-99", None, False), *unknown.options)),
        replace(late, at=window.closes_at + timedelta(minutes=1)),
        replace(corrected, at=window.opens_at + timedelta(hours=1)),
        replace(corrected, at=window.closes_at - timedelta(hours=1), options=corrected.options[::-1][:2]),
    ]
    named = {"school-twice": repeated, "unknown-school": unknown, "late-application": late}
    named |= {"second-application": corrected, "no-application": silent}
    for name, one in named.items():
        draft.plant(name, "admission", [one.participant], "in", "16")
    return [*lists[:3], *changed, *others]


def _option_rows(draft: _Draft, one: Application) -> Iterator[tuple[Cell, ...]]:
    for preference, option in enumerate(one.options, start=1):
        boarding = int(option.boarding)
        yield (one.participant, preference, option.school_id, option.language, boarding, draft.offset(one.at))
