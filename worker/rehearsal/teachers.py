"""Invented teachers: whom the organiser's platform knows, and how it exports them.

Nobody is real: names come from the lists of worker.rehearsal.people, accounts begin with «ulgi» (sample), mail
addresses lie under the reserved domain `.example` and phones in blocks that begin with 000.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from jobs.regions import Region
from worker.rehearsal import spreadsheet
from worker.rehearsal.people import Inventor, School
from worker.rehearsal.spreadsheet import Cell, Table, Words

SUBJECTS = (
    ("математика пәнінің мұғалімі", "учитель математики"),
    ("қазақ тілі мен әдебиеті пәнінің мұғалімі", "учитель казахского языка и литературы"),
    ("орыс тілі мен әдебиеті пәнінің мұғалімі", "учитель русского языка и литературы"),
    ("физика пәнінің мұғалімі", "учитель физики"),
    ("информатика пәнінің мұғалімі", "учитель информатики"),
    ("бастауыш сынып мұғалімі", "учитель начальных классов"),
    ("биология пәнінің мұғалімі, педагог-зерттеуші", "учитель биологии, педагог-исследователь"),
)  # fmt: skip
"""Positions that shut nobody out, in kk and ru."""

FORM_TEACHERS = (
    ("сынып жетекшісі, {}", "классный руководитель, {}"),
    ("{}, 7 «Ә» сыныбының сынып жетекшісі", "{}, классный руководитель 7 «Б» класса"),
)
"""Class teachers, whose title holds a word of managers («жетекші», «руководитель») and means none."""

HEADERS: dict[Words, str] = {
    "en": "participant|surname|name|patronymic|email|phone|language|region|school_id|school|position|grades|"
    "handles|civil_servant|manager|procurement",
    "kk": "Қатысушы ID|Тегі|Аты|Әкесінің аты|Электрондық пошта|Телефон|Хат тілі|Облыс|Мектеп коды|Мектеп|"
    "Лауазымы|Сыныптары|Аккаунттары|Мемлекеттік қызметші|Басшы|Сатып алу",
    "ru": "ID участника|Фамилия|Имя|Отчество|Эл. почта|Телефон|Язык писем|Область|Код школы|Школа|Должность|"
    "Классы|Аккаунты|Госслужащий|Руководитель|Закупки",
}
_SHAPES: tuple[Words, ...] = ("kk", "en", "ru")
_YES_NO: dict[Words, tuple[str, str]] = {"en": ("0", "1"), "kk": ("жоқ", "иә"), "ru": ("нет", "да")}
_LANGUAGES: dict[Words, dict[str, str]] = {
    "en": {"kk": "kk", "ru": "ru"},
    "kk": {"kk": "қазақша", "ru": "орысша"},
    "ru": {"kk": "казахский", "ru": "русский"},
}


@dataclass(frozen=True)
class Teacher:
    """An invented teacher. A flag is None where the platform has nobody's word on it."""

    participant: str
    surname: str
    name: str
    patronymic: str | None
    email: str | None
    phone: str
    language: str
    school: School
    position: str
    grades: str
    instagram: str
    tiktok: str
    civil_servant: bool | None = False
    manager: bool | None = False
    procurement: bool | None = False

    @property
    def region(self) -> Region:
        return self.school.region

    def account(self, platform: str) -> str:
        """The account's name on `platform`."""
        return self.instagram if platform == "instagram" else self.tiktok


@dataclass
class Staff:
    """Makes teachers up, each with a number of their own after the platform's `prefix`."""

    rng: random.Random
    people: Inventor
    prefix: str = "BC"
    teachers: list[Teacher] = field(default_factory=list)

    def teacher(self, region: Region, *, form_teacher: bool = False) -> Teacher:
        """A teacher of a school in `region`; of a class, where `form_teacher`."""
        rng, number = self.rng, len(self.teachers) + 1
        kazakh = rng.random() < 0.65
        surname, name, patronymic = self.people.full_name(rng.random() < 0.8, kazakh or rng.random() < 0.5)
        made = Teacher(
            participant=f"{self.prefix}-{number:06}",
            surname=surname,
            name=name,
            patronymic=patronymic if rng.random() < 0.9 else None,
            email=f"teacher-{number:06}@teacher.example" if rng.random() < 0.98 else None,
            phone=f"+7 (7{rng.choice(('01', '05', '47', '75'))}) 000 {rng.randrange(100):02} {number % 100:02}",
            language="kk" if kazakh else "ru",
            school=self.people.school(rng.randrange(1, 100), region),
            position=_position(rng, kazakh, form_teacher),
            grades=f"{rng.randint(1, 5)}-{rng.randint(6, 11)}",
            instagram=f"ulgi.ustaz.{number:06}",
            tiktok=f"ulgi_ustaz_{number:06}",
            civil_servant=None if rng.random() < 0.05 else False,
        )
        self.teachers.append(made)
        return made

    def replace(self, old: Teacher, new: Teacher) -> Teacher:
        """`new` in the place of `old`."""
        self.teachers[self.teachers.index(old)] = new
        return new


def _position(rng: random.Random, kazakh: bool, form_teacher: bool) -> str:
    subject = rng.choice(SUBJECTS)[not kazakh]
    return rng.choice(FORM_TEACHERS)[not kazakh].format(subject) if form_teacher else subject


def written(teachers: Sequence[Teacher], shape: int) -> tuple[str, bytes]:
    """Suffix and bytes of an export of these teachers, in one of three shapes in turn."""
    words = _SHAPES[shape % len(_SHAPES)]
    table = Table(tuple(HEADERS[words].split("|")), [_cells(one, words) for one in teachers])
    if words == "kk":
        return "xlsx", spreadsheet.xlsx(table)
    return "csv", spreadsheet.utf8(table) if words == "en" else spreadsheet.utf8_with_bom(table)


def _cells(one: Teacher, words: Words) -> tuple[Cell, ...]:
    russian = words == "ru"
    flags = (one.civil_servant, one.manager, one.procurement)
    return (
        one.participant,
        one.surname,
        one.name,
        one.patronymic,
        one.email,
        one.phone,
        _LANGUAGES[words][one.language],
        one.region.ru if russian else one.region.code if words == "en" else one.region.kk,
        one.school.code,
        one.school.title(words),
        one.position,
        one.grades,
        _handles(one, words),
        *(None if flag is None else _YES_NO[words][flag] for flag in flags),
    )


def _handles(one: Teacher, words: Words) -> str:
    """As people write them: bare names, addresses of profiles, capitals."""
    if words == "kk":
        return f"@{one.instagram}, @{one.tiktok}"
    if words == "ru":
        return f"https://www.instagram.com/{one.instagram}/; https://www.tiktok.com/@{one.tiktok}?lang=kk"
    return f"{one.instagram.upper()} {one.tiktok}"
