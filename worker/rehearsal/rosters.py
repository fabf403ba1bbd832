"""The ministry's list, in the shapes ministries really send."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from worker.rehearsal import spreadsheet
from worker.rehearsal.draft import Draft
from worker.rehearsal.people import Pupil
from worker.rehearsal.spreadsheet import Cell, Table, Words, headers

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


def drop_rosters(draft: Draft) -> None:
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


def _parts_of_the_country(draft: Draft) -> list[list[Pupil]]:
    """The pupils of each file: neighbouring regions together, districts and schools in order."""
    codes = list(dict.fromkeys(school.region.code for school in draft.schools))
    parts: list[list[Pupil]] = [[] for _ in draft.size.shapes]
    ordered = sorted(draft.listed, key=lambda one: (one.school.district, one.school.number, one.iin))
    for pupil in sorted(ordered, key=lambda one: one.school.region.code):
        parts[codes.index(pupil.school.region.code) * len(parts) // len(codes)].append(pupil)
    return parts


def _plant_in_roster(draft: Draft, part: list[Pupil]) -> None:
    refused = [iin for role in _REFUSED_ROWS for iin in draft.deal(role, 1, part)]
    draft.plant("row-refused", "registration", refused, "out", "3")
    other = [iin for role in ("grade-5", "urban") for iin in draft.deal(role, 1, part)]
    draft.plant("not-eligible", "registration", other, "out", "3")
    draft.plant("listed-twice", "registration", draft.deal("listed-twice", 1, part), "undecided", "3")


def _drop_roster(draft: Draft, at: datetime, number: int, name: str, pupils: list[Pupil]) -> None:
    shape = ROSTER_SHAPES[name]
    table = _roster_table(draft, shape, pupils + (_moved(draft) if number == 0 else []))
    stem = f"list-{number + 1:02}-{pupils[0].school.region.slug}"
    faulty = any(draft.roles.get(pupil.iin) in _REFUSED_ROWS for pupil in pupils)
    outcome = "refused" if name == "ruined" else "partial" if faulty else "accepted"
    draft.drop(at, "ministry", f"{stem}.sample.{shape.suffix}", shape.write(table), outcome)
    if name == "ruined":
        later = at + timedelta(days=1)
        draft.drop(later, "ministry", f"{stem}-again.sample.csv", spreadsheet.utf8_with_bom(table))


def _moved(draft: Draft) -> list[Pupil]:
    """Whom another file lists too, in another class."""
    return [replace(one, letter="В") for one in draft.listed if draft.roles.get(one.iin) == "listed-twice"]


def _roster_table(draft: Draft, shape: RosterShape, pupils: list[Pupil]) -> Table:
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


def _drop_uninvited(draft: Draft, at: datetime) -> None:
    """A list from a sender who may not drop lists; a school's wish to add pupils (clause 3 hears none)."""
    table = _roster_table(draft, ROSTER_SHAPES["utf8-bom"], [draft.stranger() for _ in range(3)])
    draft.drop(at, "test-centre", "our-own-list.sample.csv", spreadsheet.utf8_with_bom(table), "refused")
    wish = spreadsheet.utf8(table)
    draft.drop(at, "village-school", "please-add-our-pupils.sample.csv", wish, "unregistered")
