"""Class teachers and how many of their pupils joined (BilimClass, nomination B)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from jobs.calendar import Window, time_zone
from jobs.regions import Region
from jobs.rulebook import Rulebook
from worker.rehearsal import spreadsheet, teachers
from worker.rehearsal.spreadsheet import Cell, Table, Words
from worker.rehearsal.teachers import Teacher
from worker.rehearsal.vote_draft import VoteDraft, in_parts, parameter, stage_of, stage_with

HEADERS: Mapping[Words, str] = {
    "kk": "Қатысушы ID|Облыс|Параллель|Сынып|Оқушы саны|Қосылған оқушы саны|Өтініш уақыты",
    "en": "participant|region|grade|class|pupils|connected|applied_at",
    "ru": "ID участника|Область|Параллель|Класс|Всего учеников|Подключено учеников|Дата заявки",
}
_SHAPES: tuple[Words, ...] = ("kk", "en", "ru")
_NOBODY = "BC-999999"


@dataclass(frozen=True)
class Application:
    """A class and its teacher's application; `role` is the trouble it is dealt."""

    participant: str
    region: Region
    grade: int
    letter: str
    pupils: int
    connected: int
    at: datetime | None
    role: str = ""


@dataclass
class Forms:
    """All applications, some of them by one teacher."""

    draft: VoteDraft
    rulebook: Rulebook
    window: Window
    least: Fraction
    people: list[Teacher]
    applications: list[Application]


def drop_classes(draft: VoteDraft, rulebook: Rulebook) -> None:
    """The nomination's people, classes and trouble."""
    window, least = rulebook.windows["applications"], parameter(rulebook, "share", "least")
    forms = Forms(draft, rulebook, window, least, [], [])
    regions = draft.regions(rulebook)
    for region in regions:
        forms.applications += [
            _usual(forms, region) for _ in range(draft.rng.randint(*draft.size.form_teachers))
        ]
    _deal(forms, regions)
    for number, (role, change) in enumerate(_OUT.items()):
        usual = replace(_usual(forms, regions[number % len(regions)]), role=role)
        forms.applications += change(forms, usual)
    forms.people += [draft.staff.teacher(region, form_teacher=True) for region in regions]  # who do not apply
    _note(forms, regions)
    _drop(forms)


def _usual(forms: Forms, region: Region) -> Application:
    """A class in which enough have joined."""
    rng = forms.draft.rng
    teacher = forms.draft.staff.teacher(region, form_teacher=True)
    forms.people.append(teacher)
    pupils = rng.randint(11, 30)
    enough = -(-pupils * forms.least.numerator // forms.least.denominator)
    seconds = int((forms.window.closes_at - forms.window.opens_at).total_seconds())
    at = forms.window.opens_at + timedelta(seconds=rng.randrange(seconds - 3600))
    least, most = parameter(forms.rulebook, "require", "between", column="grade")
    grade, letter = rng.randint(least, most), rng.choice("АӘБВ")
    return Application(teacher.participant, region, grade, letter, pupils, rng.randint(enough, pupils), at)


Change = Callable[[Forms, Application], list[Application]]


def _numbers(pupils: int, connected: int) -> Change:
    return lambda _, usual: [replace(usual, pupils=pupils, connected=connected)]


def _exactly(pupils: int) -> Change:
    """As many as the least share asks, to the pupil."""
    return lambda forms, usual: [replace(usual, pupils=pupils, connected=int(pupils * forms.least))]


def _late(forms: Forms, usual: Application) -> list[Application]:
    """One second late: the moment of the close is outside."""
    return [replace(usual, at=forms.window.closes_at)]


def _last_second(forms: Forms, usual: Application) -> list[Application]:
    return [replace(usual, at=forms.window.closes_at - timedelta(seconds=1))]


def _again(forms: Forms, usual: Application) -> list[Application]:
    """Too few at first, enough in a second application in time."""
    first, second = (forms.window.opens_at + timedelta(days=days, hours=9) for days in (3, 20))
    return [
        replace(usual, pupils=20, connected=9, at=first),
        replace(usual, pupils=20, connected=15, at=second),
    ]


def _again_late(forms: Forms, usual: Application) -> list[Application]:
    """Enough in time; a second application after the close, with too few, counts for nothing."""
    late = forms.window.closes_at + timedelta(hours=5)
    return [replace(usual, pupils=20, connected=12), replace(usual, pupils=20, connected=3, at=late)]


def _grade(beyond: int) -> Change:
    """One below the first grade of the rule or one above its last."""

    def change(forms: Forms, usual: Application) -> list[Application]:
        least, most = parameter(forms.rulebook, "require", "between", column="grade")
        return [replace(usual, grade=least - 1 if beyond < 0 else most + 1)]

    return change


def _flagged(**changes: object) -> Change:
    """The platform's list shuts the teacher out, or makes people judge."""

    def change(forms: Forms, usual: Application) -> list[Application]:
        at = next(at for at, one in enumerate(forms.people) if one.participant == usual.participant)
        changed = replace(forms.people[at], **changes)  # type: ignore[arg-type]  # keywords of Teacher
        forms.people[at] = forms.draft.staff.replace(forms.people[at], changed)
        return [usual]

    return change


_IN: Mapping[str, Change] = {
    "twelve-of-twenty": _numbers(20, 12),
    "exactly-60-of-15": _exactly(15),
    "exactly-60-of-25": _exactly(25),
    "exactly-60-of-5": _exactly(5),
    "more-than-all": _numbers(25, 26),
    "last-second-of-applications": _last_second,
    "applied-again": _again,
    "applied-again-late": _again_late,
}
_OUT: Mapping[str, Change] = {
    "seventeen-of-twenty-nine": _numbers(29, 17),
    "one-pupil-short": _numbers(25, 14),
    "first-grade": _grade(-1),
    "twelfth-grade": _grade(+1),
    "second-late": _late,
    "never-applied": lambda _, usual: [replace(usual, at=None)],
    "curator-civil-servant": _flagged(civil_servant=True),
    "curator-director": _flagged(position="мектеп директоры"),
    "not-on-the-list": lambda _, usual: [replace(usual, participant=_NOBODY)],
}
_EXPECTED: Mapping[str, tuple[str, str]] = {
    "twelve-of-twenty": ("in", "share-enough"),
    "exactly-60-of-15": ("in", "share-enough"),
    "exactly-60-of-25": ("in", "share-enough"),
    "exactly-60-of-5": ("in", "share-enough"),
    "more-than-all": ("undecided", "share-impossible"),
    "last-second-of-applications": ("in", "in-window"),
    "applied-again": ("in", "share-enough"),
    "applied-again-late": ("in", "share-enough"),
    "seventeen-of-twenty-nine": ("out", "share-below"),
    "one-pupil-short": ("out", "share-below"),
    "first-grade": ("out", "grade-not-between"),
    "twelfth-grade": ("out", "grade-not-between"),
    "second-late": ("out", "outside-window"),
    "never-applied": ("out", "applied-at-not-present"),
    "not-on-the-list": ("out", "no-author"),
}
_OF_PEOPLE: Mapping[str, tuple[str, str]] = {
    "curator-civil-servant": ("out", "civil-servant-not-false"),
    "curator-director": ("undecided", "position-to-judge"),
}


def _deal(forms: Forms, regions: Sequence[Region]) -> None:
    """Trouble of classes that stay in, over the regions in turn."""
    for number, (role, change) in enumerate(_IN.items()):
        region = regions[number % len(regions)]
        free = (one for one in forms.applications if one.region == region and not one.role)
        at = forms.applications.index(next(free))
        forms.applications[at : at + 1] = change(forms, replace(forms.applications[at], role=role))


def _note(forms: Forms, regions: Sequence[Region]) -> None:
    for expected, stage in (
        (_EXPECTED, stage_of(forms.rulebook, "classes")),
        (_OF_PEOPLE, stage_with(forms.rulebook, "position")),
    ):
        for role, (verdict, code) in expected.items():
            people = dict.fromkeys(one.participant for one in forms.applications if one.role == role)
            forms.draft.plant(role, forms.rulebook, stage, people, verdict, code)
    _note_silent(forms)
    stays = [one for one in forms.applications if one.role not in _OUT]
    forms.draft.entrants[forms.rulebook.contest] = {
        region.code: len({one.participant for one in stays if one.region == region}) for region in regions
    }


def _note_silent(forms: Forms) -> None:
    known = {one.participant for one in forms.applications}
    silent = [one.participant for one in forms.people if one.participant not in known]
    stage = stage_with(forms.rulebook, "published")
    forms.draft.plant("no-class", forms.rulebook, stage, silent, "out", "nothing-published")


def _drop(forms: Forms) -> None:
    """People and classes, each in three files of three shapes, after the close."""
    at = forms.window.closes_at + timedelta(hours=6)
    for number, part in enumerate(in_parts(forms.people, 3)):
        suffix, data = teachers.written(part, number)
        name = f"class-teachers-{number + 1}.sample.{suffix}"
        forms.draft.drop(forms.rulebook, at + timedelta(minutes=number), "platform", name, data)
    for number, rows in enumerate(in_parts(forms.applications, 3), start=1):
        suffix, data = _written(forms, rows, _SHAPES[number - 1])
        name = f"classes-{number}.sample.{suffix}"
        forms.draft.drop(forms.rulebook, at + timedelta(hours=number), "platform", name, data)


def _written(forms: Forms, rows: Sequence[Application], words: Words) -> tuple[str, bytes]:
    table = Table(tuple(HEADERS[words].split("|")), [_cells(forms, one, words) for one in rows])
    if words == "kk":
        return "xlsx", spreadsheet.xlsx(table, ("Байқауға қатысатын сыныптар (үлгі)",))
    return "csv", spreadsheet.utf8(table) if words == "en" else spreadsheet.utf8_with_bom(table)


def _cells(forms: Forms, one: Application, words: Words) -> tuple[Cell, ...]:
    region = {"kk": one.region.kk, "ru": one.region.ru, "en": one.region.code}[words]
    local = one.at.astimezone(time_zone(forms.rulebook.timezone)) if one.at else None
    at = local and (local.isoformat() if words == "en" else local.replace(tzinfo=None))
    return (
        one.participant, region, one.grade, f"{one.grade} «{one.letter}»", one.pupils, one.connected, at,
    )  # fmt: skip
