"""A made-up but true-to-life season of Myn Bala, as the files its participants would drop into the inbox.

Everybody in it is invented (see worker.rehearsal.people); phones lie in blocks that begin with 000, mail
addresses under the reserved domain `.example`. IINs are computed at run time and never committed.
Randomness is one seeded generator: the same rulebook, size and seed give the same bytes.
Trouble is planted on purpose, and `Season.planted` says where and what should come of it.
"""

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from jobs.calendar import Window, time_zone
from jobs.iin import check
from jobs.regions import regions
from jobs.rulebook import Rulebook
from worker.rehearsal import spreadsheet
from worker.rehearsal.people import Inventor, Pupil, School
from worker.rehearsal.spreadsheet import Cell, Drop, Table, Words, headers

__all__ = ["DEMO", "SMALL", "Case", "Drop", "Planted", "Season", "Size", "make_season"]


@dataclass(frozen=True)
class Size:
    """How large a season is.

    `seats`: of all partner schools together. `finalists`: the best of stage 1 who sit stage 2; `applicants`:
    the best of those who apply to schools. `files`: sheet files of stage 1 (stage 2 has half as many).
    `batches`: registration files. `shapes`: one of ROSTER_SHAPES for each file of the ministry's list.
    `thorough`: all the planted trouble, else only what a short test of the whole road needs.
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
    """Planted trouble: what the steps of `stage` that cite `clause` say of `ids` (participants).

    `verdict` is in, out or undecided; undecided is what they say before people answer. Clause 4 or 5 stands
    for the sheets that a stage takes at all. Steps of other clauses may say otherwise.
    """

    name: str
    stage: str
    ids: tuple[str, ...]
    verdict: str
    clause: str


@dataclass(frozen=True)
class Planted:
    """What the season knows of itself.

    listed: IINs of the ministry's list, those of rows that must be refused too. cases: the planted people.
    files: path of every drop to its outcome: accepted, partial (some rows refused), refused, duplicate, or
    unregistered (no sender may use that folder). scores: stage to participant to right answers of the sheet
    that counts. winners: by clause 12 and reading Q22, provided that people answer as in
    worker.rehearsal.people. lot: who tie for the last seat of `lot_school`.
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
        return {case.name: case for case in self.cases}[name]


@dataclass(frozen=True)
class Season:
    """The files in the order of their times, and what was planted in them."""

    drops: tuple[Drop, ...]
    planted: Planted


def make_season(rulebook: Rulebook, size: Size, *, seed: int) -> Season:
    """A season of `size` at the moments of `rulebook` (Myn Bala's; KeyError for one without its windows)."""
    draft = _draft(rulebook, size, seed)
    _drop_rosters(draft)
    _drop_registrations(draft)
    first, second = _set_first_paper(draft), _set_second_paper(draft)
    _drop_stage(draft, first, _sit_first_stage(draft, first), size.files)
    _drop_stage(draft, second, _sit_second_stage(draft, second), size.files // 2 or 1)
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


# --- the season while it is written ---


@dataclass
class _Draft:
    """`accepted`: whose registration holds; `roles`: IIN to the one trouble a person is dealt."""

    rulebook: Rulebook
    size: Size
    rng: random.Random
    people: Inventor
    schools: list[School]
    listed: list[Pupil]
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

    def drop(self, at: datetime, sender: str, name: str, data: bytes, outcome: str = "accepted") -> None:
        path = f"{sender}/{self.rulebook.contest}/{name}"
        self.drops.append(Drop(at, path, data))
        self.files[path] = outcome

    def plant(self, name: str, stage: str, ids: Iterable[str], verdict: str, clause: str) -> None:
        self.cases.append(Case(name, stage, tuple(ids), verdict, clause))

    def deal(self, role: str, count: int, among: Sequence[Pupil]) -> list[str]:
        """`count` of those without a role get this one; their IINs."""
        free = [pupil.iin for pupil in among if pupil.iin not in self.roles]
        chosen = self.rng.sample(free, count)
        self.roles |= dict.fromkeys(chosen, role)
        return chosen

    def stranger(self) -> Pupil:
        """Somebody who is not on the ministry's list."""
        return self.people.pupil(self.rng.choice(self.schools))

    def written(self, at: datetime, words: Words) -> Cell:
        """The instant with its offset in a program's export, else as the contest's clocks show it."""
        local = at.astimezone(time_zone(self.rulebook.timezone))
        return local.isoformat() if words == "en" else local.replace(tzinfo=None)


def _draft(rulebook: Rulebook, size: Size, seed: int) -> _Draft:
    rng = random.Random(seed)
    people = Inventor(rng)
    oblasts = [region for region in regions() if region.kind == "oblast"][: size.schools]
    schools = [people.school(n + 1, oblasts[n * len(oblasts) // size.schools]) for n in range(size.schools)]
    listed = [people.pupil(schools[n % size.schools]) for n in range(size.pupils)]
    return _Draft(rulebook, size, rng, people, schools, listed)


# --- the ministry's list ---

_ROSTER_VALUES: Mapping[Words, Mapping[str, str]] = {
    "kk": {"f": "қыз", "m": "ұл", "rural": "ауыл", "urban": "қала", "kk": "қазақ", "ru": "орыс"},
    "ru": {"f": "жен", "m": "муж", "rural": "село", "urban": "город", "kk": "казахский", "ru": "русский"},
    "en": {"f": "f", "m": "m", "rural": "rural", "urban": "urban", "kk": "kk", "ru": "ru"},
}
_ROSTER_TITLES: Mapping[Words, tuple[str, str]] = {
    "kk": ("Қазақстан Республикасының ауыл мектептері", "2025–2026 оқу жылы, 6-сынып оқушылары (үлгі)"),
    "ru": ("Сельские школы Республики Казахстан", "Учащиеся 6 классов, 2025–2026 учебный год (образец)"),
}
_REFUSED_ROWS = ("bad-date", "no-surname", "ragged")


@dataclass(frozen=True)
class RosterShape:
    """One of the forms in which a part of the ministry's list comes; `without`: columns it lacks."""

    suffix: str
    words: Words
    write: Callable[[Table], bytes]
    without: tuple[str, ...] = ("grade",)


def _workbook(words: Words, total: str) -> Callable[[Table], bytes]:
    def write(table: Table) -> bytes:
        district = table.headers.index(headers("roster", words)["district"])
        return spreadsheet.xlsx(spreadsheet.with_subtotals(table, district, total), _ROSTER_TITLES[words])

    return write


def _xml(table: Table) -> bytes:
    return spreadsheet.xml(table, "roster", "pupil")


ROSTER_SHAPES: Mapping[str, RosterShape] = {
    "xlsx": RosterShape("xlsx", "kk", _workbook("kk", "Барлығы")),
    "kz1048": RosterShape("csv", "kk", spreadsheet.kz1048),
    "utf16": RosterShape("tsv", "kk", spreadsheet.utf16_tabs, ("grade", "locality", "school_id")),
    "utf8-bom": RosterShape("csv", "ru", spreadsheet.utf8_with_bom),
    "misread": RosterShape("csv", "kk", spreadsheet.misread_kz1048, ("grade", "locality", "school_id")),
    "xml": RosterShape("xml", "en", _xml, ()),
    "lookalikes": RosterShape("csv", "kk", spreadsheet.lookalikes, ("grade", "locality")),
    "ruined": RosterShape("csv", "kk", spreadsheet.letters_lost, ("grade", "locality")),
    "xlsx-russian": RosterShape("xlsx", "ru", _workbook("ru", "Итого")),
}
"""`ruined` has lost its letters for good: its part of the list comes again a day later."""


def _drop_rosters(draft: _Draft) -> None:
    first = draft.window("registration").opens_at - timedelta(days=10)
    parts = _parts_of_the_country(draft)
    if draft.size.thorough:
        _plant_in_roster(draft, parts[draft.size.shapes.index("kz1048")])
    for number, (shape, pupils) in enumerate(zip(draft.size.shapes, parts, strict=True)):
        _drop_roster(draft, first + timedelta(hours=5 * number), number, shape, pupils)
    again = draft.drops[0]
    name = again.path.rsplit("/", 1)[1].replace(".sample", " (1).sample")
    draft.drop(first + timedelta(days=3), "ministry", name, again.data, "duplicate")
    if draft.size.thorough:
        _drop_uninvited(draft, first + timedelta(days=4))


def _parts_of_the_country(draft: _Draft) -> list[list[Pupil]]:
    """The pupils of each file: neighbouring regions together, districts and schools in order."""
    codes = list(dict.fromkeys(school.region.code for school in draft.schools))
    parts: list[list[Pupil]] = [[] for _ in draft.size.shapes]
    ordered = sorted(draft.listed, key=lambda one: (one.school.district, one.school.number, one.iin))
    for pupil in sorted(ordered, key=lambda one: one.school.region.code):
        parts[codes.index(pupil.school.region.code) * len(parts) // len(codes)].append(pupil)
    return parts


def _plant_in_roster(draft: _Draft, part: list[Pupil]) -> None:
    refused = [iin for role in _REFUSED_ROWS for iin in draft.deal(role, 1, part)]
    draft.plant("row-refused", "registration", refused, "out", "3")
    other = [iin for role in ("grade-5", "urban") for iin in draft.deal(role, 1, part)]
    draft.plant("not-eligible", "registration", other, "out", "3")
    draft.plant("listed-twice", "registration", draft.deal("listed-twice", 1, part), "undecided", "3")


def _drop_roster(draft: _Draft, at: datetime, number: int, name: str, pupils: list[Pupil]) -> None:
    shape = ROSTER_SHAPES[name]
    table = _roster_table(draft, shape, pupils + (_moved(draft) if number == 0 else []))
    stem = f"list-{number + 1:02}-{pupils[0].school.region.slug}"
    faulty = any(draft.roles.get(pupil.iin) in _REFUSED_ROWS for pupil in pupils)
    outcome = "refused" if name == "ruined" else "partial" if faulty else "accepted"
    draft.drop(at, "ministry", f"{stem}.sample.{shape.suffix}", shape.write(table), outcome)
    if name == "ruined":
        later = at + timedelta(days=1)
        draft.drop(later, "ministry", f"{stem}-again.sample.csv", spreadsheet.utf8_with_bom(table))


def _moved(draft: _Draft) -> list[Pupil]:
    """Whom another file lists too, in another class."""
    return [replace(one, letter="В") for one in draft.listed if draft.roles.get(one.iin) == "listed-twice"]


def _roster_table(draft: _Draft, shape: RosterShape, pupils: list[Pupil]) -> Table:
    columns = {
        key: shown for key, shown in headers("roster", shape.words).items() if key not in shape.without
    }
    rows = []
    for pupil in pupils:
        role = draft.roles.get(pupil.iin, "")
        cells = _roster_cells(shape.words, pupil, role)
        rows.append((*(cells[key] for key in columns), *(("қосымша", "баған") if role == "ragged" else ())))
    return Table(tuple(columns.values()), rows)


def _roster_cells(words: Words, pupil: Pupil, role: str) -> dict[str, Cell]:
    said = _ROSTER_VALUES[words]
    russian = words == "ru"
    grade = 5 if role == "grade-5" else 6
    return {
        "iin": int(pupil.iin) if russian else pupil.iin,
        "surname": None if role == "no-surname" else pupil.surname,
        "name": pupil.name,
        "patronymic": pupil.patronymic,
        "birth_date": "31.02.2013" if role == "bad-date" else pupil.born,
        "sex": said["f" if pupil.female else "m"],
        "school_id": pupil.school.code,
        "school": pupil.school.title(words),
        "grade": grade,
        "class": f'{grade} "{pupil.letter}"',
        "region": pupil.school.region.ru if russian else pupil.school.region.kk,
        "district": pupil.school.district[russian],
        "locality": said["urban" if role == "urban" else "rural"],
        "language": said[pupil.language],
    }


def _drop_uninvited(draft: _Draft, at: datetime) -> None:
    """A list from a sender who may not drop lists; a school's wish to add pupils (clause 3 hears none)."""
    table = _roster_table(draft, ROSTER_SHAPES["utf8-bom"], [draft.stranger() for _ in range(3)])
    draft.drop(at, "test-centre", "our-own-list.sample.csv", spreadsheet.utf8_with_bom(table), "refused")
    wish = spreadsheet.utf8(table)
    draft.drop(at, "village-school", "please-add-our-pupils.sample.csv", wish, "unregistered")


# --- registrations ---

_NO_YES: Mapping[Words, tuple[str, str]] = {"en": ("0", "1"), "kk": ("жоқ", "иә"), "ru": ("нет", "да")}
_LANGUAGES: Mapping[Words, Mapping[str, str]] = {
    "en": {"kk": "kk", "ru": "ru"},
    "kk": {"kk": "қазақша", "ru": "орысша"},
    "ru": {"kk": "казахский", "ru": "русский"},
}
_PHONES = ("8 ({}) {} {}{}", "+7({}){} {} {}", "{}{}{}{}", "7{}{}{}{}", "+7{}{}{}{}", "8-{}-{}-{}-{}")
_BAD_ADDRESSES = ("family.example", "a family@family.example", "family@@family.example", "family@")
_EXCEL_BATCH = 2  # counted from 0: the batch that somebody opened and saved in Excel

# How many have each trouble, and the clause by which it leaves them out; without one they come in.
_TROUBLE: Mapping[str, tuple[int, str | None]] = {
    "no-consent": (5, "2"),
    "phone-unconfirmed": (4, "2"),
    "guardian-is-pupil": (2, "2"),
    "guardian-minor": (1, "2"),
    "second-late": (1, "1"),
    "last-second": (1, None),
    "consent-later": (4, None),
    "sibling-guardian": (5, None),
    "digits-lost-then-resent": (1, None),
    "bad-address": (4, None),
}
_LEAST_TROUBLE: Mapping[str, tuple[int, str | None]] = {"no-consent": (1, "2")}


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
    strangers = [draft.stranger() for _ in range(6 if draft.size.thorough else 1)]
    draft.plant("not-on-list", "registration", (one.iin for one in strangers), "out", "3")
    batches: list[list[Registration]] = [[] for _ in range(draft.size.batches)]
    for pupil in (*registered, *strangers):
        for record in _records(draft, pupil):
            batches[_batch(draft, record.at)].append(record)
    for number, batch in enumerate(batches):
        _drop_batch(draft, number, sorted(batch, key=lambda one: (one.at, one.iin)))


def _who_registers(draft: _Draft) -> list[Pupil]:
    """Some 85 % of the list, those with a role among them; also settles who is accepted."""
    staying = sum(pupil.iin not in draft.roles for pupil in draft.listed)
    draft.deal("not-registered", staying * 15 // 100 or 1, draft.listed)
    registered = [pupil for pupil in draft.listed if draft.roles.get(pupil.iin) != "not-registered"]
    out = {iin for case in draft.cases if case.verdict == "out" for iin in case.ids}
    for role, (count, clause) in (_TROUBLE if draft.size.thorough else _LEAST_TROUBLE).items():
        dealt = draft.deal(role, count, registered)
        draft.plant(role, "registration", dealt, "out" if clause else "in", clause or "3")
        out.update(dealt if clause else ())
    if draft.size.thorough:
        out.update(draft.deal("mistyped", 2, registered), draft.deal("mistyped-plausibly", 1, registered))
    draft.accepted = [pupil for pupil in registered if pupil.iin not in out]
    return registered


def _records(draft: _Draft, pupil: Pupil) -> list[Registration]:
    usual = _usual_record(draft, pupil)
    changed = _CHANGES.get(draft.roles.get(pupil.iin, ""))
    return changed(draft, usual) if changed else [usual]


def _usual_record(draft: _Draft, pupil: Pupil) -> Registration:
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
    """A mobile number in one of the usual spellings; 000 after the code shows that it is made up."""
    code = rng.choice(("701", "705", "707", "747", "771", "775", "776", "777"))
    return rng.choice(_PHONES).format(code, "000", f"{rng.randrange(100):02}", f"{rng.randrange(100):02}")


def _guarded_by_minor(draft: _Draft, usual: Registration) -> list[Registration]:
    return [replace(usual, guardian_iin=draft.people.iin(date(2010, 3, 9), True))]


def _guarded_by_sibling(draft: _Draft, usual: Registration) -> list[Registration]:
    """A grown-up brother or sister: born after 1999, so the IIN begins with a zero, which Excel drops."""
    born = date(2001, 1, 1) + timedelta(days=draft.rng.randrange(1700))
    sibling = draft.people.iin(born, draft.rng.random() < 0.5)
    return [replace(usual, guardian_iin=sibling, at=_in_excel(draft, usual.at))]


def _mistyped(draft: _Draft, usual: Registration) -> list[Registration]:
    """One digit wrong, which the control digit notices."""
    return _typed(draft, usual, plausible=False)


def _mistyped_plausibly(draft: _Draft, usual: Registration) -> list[Registration]:
    """One digit wrong, which the control digit does not notice."""
    return _typed(draft, usual, plausible=True)


def _typed(draft: _Draft, usual: Registration, *, plausible: bool) -> list[Registration]:
    """The eleventh digit is tried first: it is the least protected."""
    iin = usual.iin
    wrong = (iin[:at] + digit + iin[at + 1 :] for at in range(10, 6, -1) for digit in "0123456789")
    unused = (one for one in wrong if one not in draft.people.iins)
    typed = next(one for one in unused if (check(one) is None) == plausible)
    number = 1 + sum(case.name.startswith("mistyped") for case in draft.cases)
    draft.plant(f"{draft.roles[iin]}-{number}", "registration", [typed], "out", "3" if plausible else "2")
    return [replace(usual, iin=typed)]


def _last_second(draft: _Draft, usual: Registration) -> list[Registration]:
    return [replace(usual, at=draft.window("registration").closes_at - timedelta(seconds=1))]


def _second_late(draft: _Draft, usual: Registration) -> list[Registration]:
    return [replace(usual, at=draft.window("registration").closes_at)]


def _consent_later(draft: _Draft, usual: Registration) -> list[Registration]:
    later = min(usual.at + timedelta(days=1), draft.window("registration").closes_at - timedelta(hours=1))
    return [replace(usual, consent=False), replace(usual, at=later)]


def _digits_lost_then_resent(draft: _Draft, usual: Registration) -> list[Registration]:
    """Excel shows a long number as 8.50412E+11 and saves what it shows; the family registers once more."""
    lost = replace(usual, guardian_iin=f"{int(usual.guardian_iin):.5E}", at=_in_excel(draft, usual.at))
    return [lost, replace(usual, at=lost.at + timedelta(days=5))]


def _bad_address(draft: _Draft, usual: Registration) -> list[Registration]:
    return [replace(usual, email=draft.rng.choice(_BAD_ADDRESSES))]


_CHANGES: Mapping[str, Callable[[_Draft, Registration], list[Registration]]] = {
    "no-consent": lambda _, usual: [replace(usual, consent=False)],
    "phone-unconfirmed": lambda _, usual: [replace(usual, confirmed=False)],
    "guardian-is-pupil": lambda _, usual: [replace(usual, guardian_iin=usual.iin)],
    "guardian-minor": _guarded_by_minor,
    "sibling-guardian": _guarded_by_sibling,
    "mistyped": _mistyped,
    "mistyped-plausibly": _mistyped_plausibly,
    "last-second": _last_second,
    "second-late": _second_late,
    "consent-later": _consent_later,
    "digits-lost-then-resent": _digits_lost_then_resent,
    "bad-address": _bad_address,
}


def _span(draft: _Draft) -> timedelta:
    window = draft.window("registration")
    return (window.closes_at - window.opens_at) // draft.size.batches


def _batch(draft: _Draft, at: datetime) -> int:
    return min((at - draft.window("registration").opens_at) // _span(draft), draft.size.batches - 1)


def _in_excel(draft: _Draft, at: datetime) -> datetime:
    """A moment that falls into the batch Excel saved."""
    opens, span = draft.window("registration").opens_at, _span(draft)
    return opens + _EXCEL_BATCH * span + timedelta(seconds=(at - opens) % span // timedelta(seconds=1))


def _drop_batch(draft: _Draft, number: int, batch: list[Registration]) -> None:
    """Each batch at the end of its span, the last one on the day after the close."""
    window = draft.window("registration")
    final = number == draft.size.batches - 1
    at = window.closes_at + timedelta(hours=15) if final else window.opens_at + (number + 1) * _span(draft)
    suffix, data, outcome = _written_batch(draft, number, batch)
    draft.drop(at, "platform", f"registrations-{number + 1:02}.sample.{suffix}", data, outcome)


def _written_batch(draft: _Draft, number: int, batch: list[Registration]) -> tuple[str, bytes, str]:
    if number == _EXCEL_BATCH and draft.size.thorough:
        table = _registration_table(draft, "ru", batch)
        return "csv", spreadsheet.excel_lost_zeros(table, (0, 1)), "partial"
    if number % 3 == 1:
        return "xlsx", spreadsheet.xlsx(_registration_table(draft, "kk", batch)), "accepted"
    if number % 3 == 2:
        return "csv", spreadsheet.utf8_with_bom(_registration_table(draft, "ru", batch)), "accepted"
    return "csv", spreadsheet.utf8(_registration_table(draft, "en", batch)), "accepted"


def _registration_table(draft: _Draft, words: Words, batch: list[Registration]) -> Table:
    said, spoken = _NO_YES[words], _LANGUAGES[words]
    rows = [
        (
            one.iin,
            one.guardian_iin,
            one.phone,
            said[one.confirmed],
            one.email,
            spoken[one.language],
            said[one.consent],
            draft.written(one.at, words),
        )
        for one in batch
    ]
    return Table(tuple(headers("registrations", words).values()), rows)


# --- the two tests ---

LETTERS = "ABCDE"
BLANK = "."
_STAGE_WORDS: Mapping[Words, Mapping[str, str]] = {
    "en": {"stage-1": "stage-1", "stage-2": "stage-2"},
    "kk": {"stage-1": "1-кезең", "stage-2": "2-кезең"},
    "ru": {"stage-1": "1 этап", "stage-2": "2 этап"},
}
_HONEST_MOST = 35  # of 40: two honest sheets of stage 1 then hardly ever agree in 37
_TOP_SCORE = 52  # of 60: of the three who share the first place of stage 2; everybody else stays below


@dataclass(frozen=True)
class Paper:
    """A stage's test.

    `keys`: variant to right answers; `orders`: variant to the item behind each question; `minutes`: the least
    and the most that people take; `sessions`: when it begins, after the opening hour of a day.
    """

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
    variant: str
    started: datetime | None
    finished: datetime | None
    answers: str


Sheets = dict[str, Sheet]


def _lasting(sheet: Sheet, minutes: int, seconds: int = 0) -> Sheet:
    """The same sheet, handed in so long after it was opened."""
    started = sheet.started
    return replace(sheet, finished=started and started + timedelta(minutes=minutes, seconds=seconds))


def _set_first_paper(draft: _Draft) -> Paper:
    """40 items, at 45 s each half an hour at least (clause 6)."""
    keys, orders = _variants(draft.rng, 40, "1234")
    sessions = (timedelta(), timedelta(hours=2.5), timedelta(hours=5))
    paper = Paper("stage-1", keys, orders, _difficulties(draft.rng, 40, 0.5), (42, 89), sessions)
    _drop_keys(draft, paper)
    return paper


def _set_second_paper(draft: _Draft) -> Paper:
    """60 items in 150 minutes (clause 7)."""
    keys, orders = _variants(draft.rng, 60, "123")
    sessions = (timedelta(), timedelta(hours=3.5))
    paper = Paper("stage-2", keys, orders, _difficulties(draft.rng, 60, 1.0), (95, 149), sessions)
    _drop_keys(draft, paper)
    return paper


def _variants(
    rng: random.Random, items: int, names: str
) -> tuple[dict[str, str], dict[str, tuple[int, ...]]]:
    keys = {name: "".join(rng.choices(LETTERS, k=items)) for name in names}
    return keys, {name: tuple(rng.sample(range(items), items)) for name in names}


def _difficulties(rng: random.Random, items: int, mean: float) -> tuple[float, ...]:
    return tuple(rng.gauss(mean, 1) for _ in range(items))


def _drop_keys(draft: _Draft, paper: Paper) -> None:
    rows = [
        (paper.stage, variant, number, right, f"{paper.stage[-1]}-{item + 1:03}")
        for variant, key in paper.keys.items()
        for number, (right, item) in enumerate(zip(key, paper.orders[variant], strict=True), start=1)
    ]
    at = draft.window(paper.stage).closes_at + timedelta(hours=2)
    table = Table(tuple(headers("keys", "en")), rows)
    draft.drop(at, "test-centre", f"keys-{paper.stage}.sample.csv", spreadsheet.utf8(table))


def _sit(draft: _Draft, paper: Paper, pupil: Pupil, most: int) -> Sheet:
    """Answers by Rasch's model with guessing, one in thirty blank, at most `most` right.

    The chance of a right answer is 0.2 + 0.8 / (1 + exp(difficulty - ability)).
    """
    rng = draft.rng
    variant = rng.choice(list(paper.keys))
    answers = "".join(
        _answer(rng, right, pupil.ability - paper.difficulty[item])
        for right, item in zip(paper.keys[variant], paper.orders[variant], strict=True)
    )
    started = _start(draft, paper)
    least, longest = paper.minutes
    finished = started + timedelta(seconds=rng.randint(least * 60, longest * 60))
    sheet = Sheet(pupil.iin, variant, started, finished, answers)
    return _scored(rng, paper, sheet, min(most, _score(paper, sheet)))


def _answer(rng: random.Random, right: str, ease: float) -> str:
    if rng.random() < 1 / 30:
        return BLANK
    return right if rng.random() < 0.2 + 0.8 / (1 + math.exp(-ease)) else _other(rng, right)


def _other(rng: random.Random, letter: str) -> str:
    return rng.choice(LETTERS.replace(letter, ""))


def _start(draft: _Draft, paper: Paper) -> datetime:
    window = draft.window(paper.stage)
    day = draft.rng.randrange((window.closes_at - window.opens_at).days + 1)
    session = draft.rng.choice(paper.sessions)
    return window.opens_at + timedelta(days=day, seconds=draft.rng.randrange(600)) + session


def _score(paper: Paper, sheet: Sheet) -> int:
    return sum(given == right for given, right in zip(sheet.answers, paper.keys[sheet.variant], strict=True))


def _scored(rng: random.Random, paper: Paper, sheet: Sheet, score: int) -> Sheet:
    """The sheet with as many answers mended or spoilt as it takes to have `score` right."""
    key = paper.keys[sheet.variant]
    answers = list(sheet.answers)
    surplus = _score(paper, sheet) - score
    changeable = [at for at, right in enumerate(key) if (answers[at] == right) == (surplus > 0)]
    for at in rng.sample(changeable, abs(surplus)):
        answers[at] = _other(rng, key[at]) if surplus > 0 else key[at]
    return replace(sheet, answers="".join(answers))


def _sit_first_stage(draft: _Draft, paper: Paper) -> list[Sheet]:
    """Whoever is registered, but 3 % who do not come; whom the list has twice is among these."""
    free = sum(pupil.iin not in draft.roles for pupil in draft.accepted)
    draft.deal("absent", free * 3 // 100, draft.accepted)
    away = ("absent", "listed-twice")
    sitting = [pupil for pupil in draft.accepted if draft.roles.get(pupil.iin) not in away]
    sheets = {pupil.iin: _sit(draft, paper, pupil, _HONEST_MOST) for pupil in sitting}
    annulled = _plant_copies(draft, paper, sheets, sitting)
    extra = _plant_oddities(draft, paper, sheets, sitting) if draft.size.thorough else []
    scores = {iin: _score(paper, sheet) for iin, sheet in sheets.items()}
    draft.scores["stage-1"] = scores
    draft.finalists = _ranked({iin: scores[iin] for iin in scores.keys() - annulled})[: draft.size.finalists]
    return [*sheets.values(), *extra]


def _ranked(scores: Mapping[str, int]) -> list[str]:
    return sorted(scores, key=lambda iin: (-scores[iin], iin))


def _plant_copies(draft: _Draft, paper: Paper, sheets: Sheets, sitting: list[Pupil]) -> set[str]:
    """Pairs with so many of 40 answers alike; returns whom the commission will annul (see people.py)."""
    annulled: set[str] = set()
    for alike in (40, 38, 37, 36) if draft.size.thorough else (40,):
        pair = _pair(draft, sitting, same_school=True)
        _copy(draft.rng, sheets, pair, alike)
        draft.plant(f"identical-{alike}", "stage-1", pair, "undecided" if alike > 36 else "in", "9.3")
        annulled.update(pair if alike >= 38 else ())
    if draft.size.thorough:
        pair = _pair(draft, sitting, same_school=False)
        _copy(draft.rng, sheets, pair, paper.items)
        draft.plant("identical-other-school", "stage-1", pair, "in", "9.3")
    return annulled


def _pair(draft: _Draft, sitting: list[Pupil], *, same_school: bool) -> tuple[str, str]:
    free = [pupil for pupil in sitting if pupil.iin not in draft.roles]
    draft.rng.shuffle(free)
    pairs = ((a, b) for at, a in enumerate(free) for b in free[at + 1 :])
    a, b = next((a, b) for a, b in pairs if (a.school == b.school) == same_school)
    draft.roles |= dict.fromkeys((a.iin, b.iin), "copied")
    return a.iin, b.iin


def _copy(rng: random.Random, sheets: Sheets, pair: tuple[str, str], alike: int) -> None:
    """The second sheet repeats `alike` answers of the first, which leaves no blank; the others differ."""
    first, second = (sheets[iin] for iin in pair)
    full = "".join(rng.choice(LETTERS) if mark == BLANK else mark for mark in first.answers)
    differing = set(rng.sample(range(len(full)), len(full) - alike))
    copied = "".join(_other(rng, mark) if at in differing else mark for at, mark in enumerate(full))
    sheets[pair[0]] = replace(first, answers=full)
    sheets[pair[1]] = replace(second, variant=first.variant, answers=copied)


def _plant_oddities(draft: _Draft, paper: Paper, sheets: Sheets, sitting: list[Pupil]) -> list[Sheet]:
    """Strange times and blanks; returns the sheets that must not count: a late second one, a stranger's."""
    changes: Mapping[str, tuple[str, str, Callable[[Sheet], Sheet]]] = {
        "29:59": ("undecided", "9.1", lambda sheet: _lasting(sheet, 29, 59)),
        "30:00": ("in", "9.1", lambda sheet: _lasting(sheet, 30)),
        "95-minutes": ("undecided", "6", lambda sheet: _lasting(sheet, 95)),
        "no-clock": ("in", "9.1", lambda sheet: replace(sheet, started=None, finished=None)),
        "mostly-blank": ("in", "8", lambda sheet: replace(sheet, answers=sheet.answers[:9].ljust(40, BLANK))),
        "fast-and-accurate": (
            "undecided",
            "9.3",
            lambda sheet: _scored(draft.rng, paper, _lasting(sheet, 24), 38),
        ),
        "sat-again-late": ("in", "4", lambda sheet: sheet),
    }
    for name, (verdict, clause, changed) in changes.items():
        (iin,) = draft.deal(name, 1, sitting)
        sheets[iin] = changed(sheets[iin])
        draft.plant(name, "stage-1", [iin], verdict, clause)
    stranger = next(pupil for pupil in draft.listed if draft.roles.get(pupil.iin) == "not-registered")
    draft.plant("not-registered", "stage-1", [stranger.iin], "out", "4")
    late = _late(draft, paper, sheets[draft.cases[-2].ids[0]])
    return [late, _sit(draft, paper, stranger, _HONEST_MOST)]


def _late(draft: _Draft, paper: Paper, sheet: Sheet) -> Sheet:
    """The person again, an hour after the window, and much better."""
    started = draft.window(paper.stage).closes_at + timedelta(hours=1)
    return _scored(draft.rng, paper, _lasting(replace(sheet, started=started), 60), _HONEST_MOST)


def _sit_second_stage(draft: _Draft, paper: Paper) -> list[Sheet]:
    """The finalists; the three best are made to share the first place, so that a lot is needed."""
    pupils = {pupil.iin: pupil for pupil in draft.listed}
    sheets = {iin: _sit(draft, paper, pupils[iin], _TOP_SCORE - 1) for iin in draft.finalists}
    best = _ranked({iin: _score(paper, sheet) for iin, sheet in sheets.items()})
    draft.trio = best[:3]
    sheets |= {iin: _scored(draft.rng, paper, sheets[iin], _TOP_SCORE) for iin in draft.trio}
    draft.scores["stage-2"] = {iin: _score(paper, sheet) for iin, sheet in sheets.items()}
    if not draft.size.thorough:
        return list(sheets.values())
    sheets[best[3]] = _lasting(sheets[best[3]], 151)
    draft.plant("151-minutes", "stage-2", [best[3]], "undecided", "7")
    annulled = next(case for case in draft.cases if case.name == "identical-40").ids[0]
    draft.plant("annulled-sits-again", "stage-2", [annulled], "out", "5")
    return [*sheets.values(), _sit(draft, paper, pupils[annulled], _TOP_SCORE - 1)]


def _drop_stage(draft: _Draft, paper: Paper, sheets: list[Sheet], files: int) -> None:
    """The stage's sheets in files of neighbouring schools, from the evening of the close on."""
    school = {pupil.iin: pupil.school.number for pupil in draft.listed}
    ordered = sorted(sheets, key=lambda sheet: (school[sheet.participant], sheet.participant, sheet.answers))
    closed = draft.window(paper.stage).closes_at
    for number in range(files):
        part = ordered[number * len(ordered) // files : (number + 1) * len(ordered) // files]
        suffix, data = _written_sheets(draft, paper, part, number)
        name = f"sheets-{paper.stage}-{number + 1:02}.sample.{suffix}"
        draft.drop(closed + timedelta(hours=3 + number), "test-centre", name, data)


def _written_sheets(draft: _Draft, paper: Paper, sheets: list[Sheet], number: int) -> tuple[str, bytes]:
    if number % 4 == 1:
        return "xlsx", spreadsheet.xlsx(_sheet_table(draft, "ru", paper, sheets), ("Тест орталығы (үлгі)",))
    if number % 4 == 2:
        return "csv", spreadsheet.utf8_with_bom(_sheet_table(draft, "kk", paper, sheets))
    if number % 4 == 3:
        return "csv", spreadsheet.kz1048(_sheet_table(draft, "ru", paper, sheets))
    return "csv", spreadsheet.utf8(_sheet_table(draft, "en", paper, sheets))


def _sheet_table(draft: _Draft, words: Words, paper: Paper, sheets: list[Sheet]) -> Table:
    questions = (f"q{number + 1}" for number in range(paper.items))
    rows = [
        (
            sheet.participant,
            _STAGE_WORDS[words][paper.stage],
            int(sheet.variant),
            sheet.started and draft.written(sheet.started, words),
            sheet.finished and draft.written(sheet.finished, words),
            *(None if mark == BLANK else mark for mark in sheet.answers),
        )
        for sheet in sheets
    ]
    return Table((*headers("sheets", words).values(), *questions), rows)


# --- specialised schools and applications ---

_LOT_INTAKE = 24  # 10 % rounded down: two seats, for which the three best of stage 2 compete


@dataclass(frozen=True)
class Quota:
    """A row of a quota file; `seats` is empty where the 10 % of clause 13 hold."""

    language: str | None
    intake: int
    seats: int | None = None

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
    first = draft.rulebook.moments["winners"] - timedelta(days=20)
    for number in range(files):
        rows = [row for partner in partners[number::files] for row in _quota_rows(partner)]
        suffix, data = _written_quotas(rows, number)
        name = f"quotas-{number + 1}.sample.{suffix}"
        draft.drop(first + timedelta(days=5 * number), "schools", name, data)
    return partners


def _written_quotas(rows: list[tuple[Cell, ...]], number: int) -> tuple[str, bytes]:
    if number == 0:
        return "xlsx", spreadsheet.xlsx(Table(tuple(headers("quotas", "kk").values()), rows))
    words: Words = "ru" if number == 1 else "en"
    return "csv", spreadsheet.utf8_with_bom(Table(tuple(headers("quotas", words).values()), rows))


def _partners(draft: _Draft) -> list[Partner]:
    """The first has the lot's two seats; in a thorough season the second has an intake of 9 and so no seat,
    the third declares 8 where 10 % are 6; the others share what is left of `size.seats`."""
    special = [Quota(None, _LOT_INTAKE)]
    if draft.size.thorough:
        special += [Quota(None, 9), Quota(None, 60, seats=8)]
    left = draft.size.seats - sum(quota.granted for quota in special)
    ordinary = draft.size.partners - len(special)
    shares = [left * (n + 1) // ordinary - left * n // ordinary for n in range(ordinary)]
    quotas = [*((quota,) for quota in special), *(_ordinary_quota(draft.rng, share) for share in shares)]
    return [_partner(draft.rng, number, rows) for number, rows in enumerate(quotas, start=1)]


def _ordinary_quota(rng: random.Random, seats: int) -> tuple[Quota, ...]:
    """One row for both languages, or one for each; seats declared or left to the 10 %."""
    if seats < 4 or rng.random() < 0.5:
        return (Quota(None, seats * 10 + rng.randrange(10), seats if rng.random() < 0.3 else None),)
    kazakh = (seats + 1) // 2
    parts = {"kk": kazakh, "ru": seats - kazakh}
    return tuple(Quota(language, part * 10 + rng.randrange(10)) for language, part in parts.items())


def _partner(rng: random.Random, number: int, rows: tuple[Quota, ...]) -> Partner:
    name = f"№{number} дарынды балаларға арналған мектеп (үлгі)"
    return Partner(f"SP-{number:02}", name, rows, rng.choice((None, 0, 2, 3, 5)))


def _quota_rows(partner: Partner) -> Iterator[tuple[Cell, ...]]:
    address = f"admission-{partner.school_id.lower()}@school.example"
    for row in partner.rows:
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
    scores = draft.scores["stage-2"]
    ranked = _ranked(scores)
    seats = sum(partner.granted for partner in partners)
    last = scores[ranked[min(seats, len(ranked)) - 1]]
    return [iin for iin in ranked if scores[iin] >= last]


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
    best = _ranked(draft.scores["stage-2"])[: draft.size.applicants]
    lists = [_application(draft, partners, iin, languages[iin]) for iin in best]
    if draft.size.thorough:
        lists = _plant_applications(draft, lists)
    window = draft.window("applications")
    files = 3 if draft.size.thorough else 1
    span = (window.closes_at - window.opens_at) // files
    for number in range(files):
        part = [one for one in lists if min((one.at - window.opens_at) // span, files - 1) == number]
        at = window.opens_at + (number + 1) * span + timedelta(hours=1)
        draft.drop(at, "platform", f"applications-{number + 1}.sample.csv", _written_lists(draft, part))


def _application(draft: _Draft, partners: list[Partner], iin: str, language: str) -> Application:
    """One to eight schools; those of the lot put the first partner first and ask for no boarding there."""
    rng = draft.rng
    window = draft.window("applications")
    seconds = int((window.closes_at - window.opens_at).total_seconds())
    chosen = rng.sample(partners, rng.randint(1, min(8, len(partners))))
    options = [Option(one.school_id, rng.choice((language, None)), rng.random() < 0.3) for one in chosen]
    if iin in draft.trio:
        wanted = partners[0].school_id
        options = [Option(wanted, None, False), *(one for one in options if one.school_id != wanted)]
    return Application(iin, window.opens_at + timedelta(seconds=rng.randrange(seconds)), tuple(options))


def _plant_applications(draft: _Draft, lists: list[Application]) -> list[Application]:
    """A school twice, an unknown one, a minute late, a second list, no list; all by sure winners."""
    window = draft.window("applications")
    twice, unknown, late, second, silent = lists[3:8]
    changed = [
        replace(twice, options=(twice.options[0], *twice.options)),
        replace(unknown, options=(Option("SP-99", None, False), *unknown.options)),
        replace(late, at=window.closes_at + timedelta(minutes=1)),
        replace(second, at=window.opens_at + timedelta(hours=1)),
        replace(second, at=window.closes_at - timedelta(hours=1), options=second.options[::-1][:2]),
    ]
    came = {"school-twice": twice, "unknown-school": unknown, "second-application": second}
    missed = {"late-application": late, "no-application": silent}
    for name, one in (came | missed).items():
        draft.plant(name, "admission", [one.participant], "out" if name in missed else "in", "16")
    return [*lists[:3], *changed, *lists[8:]]


def _written_lists(draft: _Draft, lists: list[Application]) -> bytes:
    ordered = sorted(lists, key=lambda one: (one.at, one.participant))
    rows = [
        (
            one.participant,
            preference,
            option.school_id,
            option.language,
            int(option.boarding),
            draft.written(one.at, "en"),
        )
        for one in ordered
        for preference, option in enumerate(one.options, start=1)
    ]
    return spreadsheet.utf8(Table(tuple(headers("applications", "en")), rows))
