"""What the made-up seasons of the contests of order 99 share: pupils and students, and the files about them.

Everybody is invented (see worker.rehearsal.people). A season is a Draft: its owner makes people, tells when which file
is dropped, and returns `draft.season()`. All moments come from the rulebook, and randomness from one seeded generator:
the same rulebook and seed give the same bytes. Headers and words are Kazakh or Russian, as committees write them.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from jobs.calendar import time_zone
from jobs.feeds import FEEDS
from jobs.regions import Region, regions
from jobs.rulebook import Rulebook
from worker.rehearsal import spreadsheet
from worker.rehearsal.forms import planned
from worker.rehearsal.people import Inventor
from worker.rehearsal.spreadsheet import Cell, Drop, Table, Words

DARYN = "daryn"
"""The sender of applications and projects."""
COMMITTEE = "olympiad-committee"
"""The sender of results, jurors, score sheets, votes and decisions."""

HEADERS: Mapping[str, tuple[str, str]] = {
    "participant": ("ЖСН", "ИИН"),
    "nomination": ("Номинация", "Номинация"),
    "subject": ("Пән", "Предмет"),
    "stage": ("Кезең", "Этап"),
    "unit": ("Жіберген ұйым", "Кто направил"),
    "region": ("Облыс", "Область"),
    "surname": ("Тегі", "Фамилия"),
    "name": ("Аты", "Имя"),
    "patronymic": ("Әкесінің аты", "Отчество"),
    "birth_date": ("Туған күні", "Дата рождения"),
    "sex": ("Жынысы", "Пол"),
    "school": ("Мектеп", "Школа"),
    "address": ("Мекенжай", "Адрес"),
    "phone": ("Телефон", "Телефон"),
    "email": ("Электрондық пошта", "Электронная почта"),
    "language": ("Оқыту тілі", "Язык обучения"),
    "documents": ("Құжаттар", "Документы"),
    "score": ("Ұпай", "Баллы"),
    "project": ("Жоба", "Проект"),
    "section": ("Секция", "Секция"),
    "authors": ("Авторлар", "Авторы"),
    "title": ("Тақырыбы", "Тема"),
}
"""How a column is headed in Kazakh and in Russian, where a feed reads these headers; others have their own names."""

_LANGUAGES = {"kk": ("қазақ", "казахский"), "ru": ("орыс", "русский")}
_SEXES = {"f": ("қыз", "женский"), "m": ("ұл", "мужской")}
_SAID = {True: ("иә", "да"), False: ("жоқ", "нет")}
_SCHOOLS = (
    ("№{n} мектеп-гимназия", "Школа-гимназия №{n}"),
    ("Абай атындағы №{n} лицей", "Лицей №{n} имени Абая"),
    ("№{n} жалпы орта білім беретін мектеп", "Общеобразовательная школа №{n}"),
    ("№{n} IT-лицей", "IT-лицей №{n}"),
)
_COLLEGES = (
    ("№{n} өнер колледжі", "Колледж искусств №{n}"),
    ("Құрманғазы атындағы №{n} музыка колледжі", "Музыкальный колледж №{n} имени Курмангазы"),
    ("№{n} көпсалалы колледж", "Многопрофильный колледж №{n}"),
)
_UNITS = (("Орталық ауданы", "Центральный район"), ("Ақсай ауданы", "Аксайский район"),
          ("Көктөбе ауданы", "Коктобинский район"))  # fmt: skip


@dataclass(frozen=True)
class Participant:
    """An invented pupil of `grade`, or a student of `course`. `ability`: between 0 and 1. Texts are in kk and ru."""

    id: str
    surname: str
    name: str
    patronymic: str | None
    born: date
    sex: str
    region: Region
    unit: tuple[str, str]
    school: tuple[str, str]
    grade: int | None
    course: int | None
    language: str
    email: str | None
    phone: str
    ability: float


Value = Cell | bool | Region | tuple[str, str]
"""What a row may hold: a cell, or what is written otherwise in Kazakh than in Russian."""
Row = Mapping[str, Value]

_SHAPES: Mapping[str, Callable[[Table], bytes]] = {
    "xlsx": lambda table: spreadsheet.xlsx(table, ("Үлгі · Образец",)),
    "csv": spreadsheet.utf8_with_bom,
}


@dataclass
class Draft:
    """A season while it is written."""

    rulebook: Rulebook
    rng: random.Random
    inventor: Inventor
    everybody: list[Participant] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)

    # people

    def region(self, number: int) -> Region:
        """One of today's oblasts and cities, by number; the same again after the last."""
        known = regions()
        return known[number % len(known)]

    def pupil(self, region: Region, grade: int, **known: object) -> Participant:
        """A pupil; `known` are attributes that must have a certain value (`unit`, `language`, `email` …)."""
        return self._participant(
            region, _SCHOOLS, 2026 - grade - 7, {"grade": grade, "course": None, **known}
        )

    def student(self, region: Region, course: int, **known: object) -> Participant:
        """A student of a college."""
        return self._participant(
            region, _COLLEGES, 2026 - course - 16, {"grade": None, "course": course, **known}
        )

    def _participant(
        self, region: Region, schools: Sequence[tuple[str, str]], year: int, known: Mapping[str, object]
    ) -> Participant:
        rng, number = self.rng, len(self.everybody) + 1
        female, kazakh = rng.random() < 0.5, rng.random() < 0.6
        born = date(year, 1, 1) + timedelta(days=rng.randrange(365))
        surname, name, patronymic = self.inventor.full_name(female, kazakh)
        kk, ru = rng.choice(schools)
        about: dict[str, object] = {
            "id": self.inventor.iin(born, female),
            "surname": surname,
            "name": name,
            "patronymic": patronymic if rng.random() < 0.9 else None,
            "born": born,
            "sex": "f" if female else "m",
            "region": region,
            "unit": rng.choice(_UNITS),
            "school": (kk.format(n=number), ru.format(n=number)),
            "language": "kk" if kazakh else "ru",
            "email": f"participant-{number}@{self.rulebook.contest}.example" if rng.random() < 0.95 else None,
            "phone": f"+7700000{number:04}",
            "ability": rng.random(),
        }
        made = Participant(**{**about, **known})  # type: ignore[arg-type]  # the attributes of Participant
        self.everybody.append(made)
        return made

    # files

    def moment(self, name: str) -> datetime:
        """A moment of [season], or when a window's files are awaited; KeyError where there is none (UTC)."""
        return self.rulebook.moments[name]

    def drop(
        self,
        feed: str,
        rows: Sequence[Row],
        *,
        before: str,
        hours: int = 24,
        sender: str = COMMITTEE,
        words: Words = "kk",
        shape: str = "xlsx",
        name: str | None = None,
    ) -> None:
        """Drop a file of `feed` so many `hours` before a moment of [season]; `shape` is "xlsx" or "csv".

        `rows`: canonical column to its value; a column missing in a row is an empty cell. ValueError for a column that
        is none of the feed's.
        """
        columns = list(dict.fromkeys(column for row in rows for column in row))
        headers = tuple(header(feed, column, words) for column in columns)
        cells = [tuple(self._cell(row.get(column), column, words) for column in columns) for row in rows]
        stem = name or f"{feed}-{len(self.drops) + 1}"
        path = f"{sender}/{self.rulebook.contest}/{stem}.sample.{shape}"
        at = self.moment(before) - timedelta(hours=hours)
        self.drops.append(Drop(at, path, _SHAPES[shape](Table(headers, cells))))

    def mark(self, stage: str, rows: Sequence[Row], *, before: str, hours: int = 24) -> None:
        """Marks that jurors write on the score sheets of `stage` so many `hours` before a moment of [season]; `rows`
        as those of `scores`."""
        self.drop("scores", rows, before=before, hours=hours)
        self.drops.append(planned(self.drops.pop(), stage, rows))

    def _cell(self, value: Value, column: str, words: Words) -> Cell:
        at = 1 if words == "ru" else 0
        if isinstance(value, bool):
            return _SAID[value][at]
        if isinstance(value, Region):
            return value.ru if words == "ru" else value.kk
        if isinstance(value, tuple):
            return value[at]
        if isinstance(value, datetime):
            return value.astimezone(time_zone(self.rulebook.timezone)).replace(tzinfo=None)
        told = {"language": _LANGUAGES, "sex": _SEXES}.get(column, {})
        return told[value][at] if isinstance(value, str) and value in told else value

    def season(self) -> tuple[Drop, ...]:
        """The files in the order of their times."""
        return tuple(sorted(self.drops, key=lambda drop: (drop.at, drop.path)))


def begin(rulebook: Rulebook, seed: int) -> Draft:
    """An empty season."""
    rng = random.Random(seed)
    return Draft(rulebook, rng, Inventor(rng))


def header(feed: str, column: str, words: Words) -> str:
    """How a column is headed; by its own name where nobody has worded it. ValueError for no column of the feed."""
    known = FEEDS[feed].headers()
    if column not in known:
        raise ValueError(f"{feed} has no column {column}")
    kk, ru = HEADERS.get(column, (column, column))
    worded = ru if words == "ru" else kk
    return worded if worded.lower() in map(str.lower, known[column]) else column


# --- usual rows ---


def entrant(one: Participant, nomination: Value, **more: Value) -> dict[str, Value]:
    """A row of `entrants`: who is entered for what, with all that is known of them."""
    row: dict[str, Value] = {
        "participant": one.id,
        "nomination": nomination,
        "surname": one.surname,
        "name": one.name,
        "patronymic": one.patronymic,
        "birth_date": one.born,
        "sex": one.sex,
        "region": one.region,
        "unit": one.unit,
        "school": one.school,
        "address": one.unit,
        "own_grade": one.grade,
        "course": one.course,
        "phone": one.phone,
        "email": one.email,
        "language": one.language,
    }
    return {name: value for name, value in row.items() if value is not None or name == "email"} | more


def result(one: Participant, subject: Value, score: str | int, **more: Value) -> dict[str, Value]:
    """A row of `results`: somebody's points."""
    row: dict[str, Value] = {
        "participant": one.id,
        "subject": subject,
        "grade": one.grade,
        "region": one.region,
        "unit": one.unit,
        "score": score,
    }
    return row | more


def points(draft: Draft, one: Participant, most: int) -> str:
    """Points of somebody of that ability out of `most`, often by halves and never twice the same on purpose."""
    halves = round(2 * most * min(1.0, max(0.0, draft.rng.gauss(one.ability, 0.1))))
    return f"{halves // 2}.5" if halves % 2 else str(halves // 2)


def scores(
    draft: Draft,
    contestants: Mapping[str, float],
    jurors: Sequence[str],
    maxima: Mapping[str, str],
    **more: Value,
) -> list[dict[str, Value]]:
    """Rows of `scores`: each juror's mark of each contestant (id to ability) by each criterion.

    A key of `maxima` is a criterion, or round/criterion, as in the job `jury`; its value the most points.
    """
    return [
        _sheet_row(contestant, juror, name, _mark(draft, ability, most)) | more
        for contestant, ability in contestants.items()
        for juror in jurors
        for name, most in maxima.items()
    ]


def _sheet_row(contestant: str, juror: str, name: str, mark: str) -> dict[str, Value]:
    of_round, _, criterion = name.rpartition("/")
    row: dict[str, Value] = {"contestant": contestant, "juror": juror}
    return row | ({"round": of_round} if of_round else {}) | {"criterion": criterion, "points": mark}


def _mark(draft: Draft, ability: float, most: str) -> str:
    return str(round(int(float(most)) * min(1.0, max(0.0, draft.rng.gauss(ability, 0.08)))))
