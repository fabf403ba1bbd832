"""The invented people of a sample season, and how they answer our requests.

Everybody is invented. The IINs are right (date, century, control digit), for the road checks them, and a
right number may by chance be somebody's: so they are computed at run time from a seed, never committed.

The people who decide find our requests in the outbox and answer with files, as real ones would. Their policy
is fixed: the integrity commission annuls sheets of which at least 95 % repeat another (38 of 40) and keeps
the rest; the ministry confirms whom it lists; the operator accepts; a lot is twenty throws of a die in
public, for which a generator seeded with the request stands here. The organiser of BilimClass refuses directors and
their deputies and accepts all others, holds a draw of fewer than a hundred teachers, and reads unknown shares as none.
During the broadcast twenty ten-sided dice are thrown; two days later one prize of the innovators is annulled.
Committees and juries of order 99 take all of those with equal points, and give the higher award; their chair confirms
changed marks. A jury that is asked how many Grand prix and places there are gives two first places and no second, which
nobody had offered it; of other choices people take the first.
"""

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from python_calamine import CalamineWorkbook

from jobs.calendar import time_zone
from jobs.iin import control_digit
from jobs.regions import Region
from jobs.rulebook import Rulebook
from worker.rehearsal.spreadsheet import Drop, Table, Words, xlsx

# --- pupils and schools ---

_MALE = (
    "Алдияр", "Бекзат", "Ғалымжан", "Дәурен", "Ерасыл", "Жәнібек", "Қайсар", "Мәди",
    "Нұрлан", "Өміржан", "Санжар", "Темірлан", "Ұлан", "Шыңғыс", "Ілияс", "Һарон",
)  # fmt: skip
_FEMALE = (
    "Айым", "Әсем", "Балжан", "Гүлназ", "Дінара", "Еркежан", "Зере", "Кәусар",
    "Қарлығаш", "Мөлдір", "Назерке", "Раяна", "Томирис", "Үміт", "Шұғыла", "Іңкәр",
)  # fmt: skip
_SURNAMES = (
    "Әмірбеков", "Ақжолов", "Бәйтерегов", "Дәулетов", "Ескендіров", "Ғабитов", "Жұмағалиев", "Қайыпов",
    "Қоңырбаев", "Құлмағанов", "Мұқашев", "Нұртазин", "Оңғаров", "Өтегенов", "Сәрсенов", "Тілеуов",
    "Үсенов", "Шәкенов",
)  # fmt: skip
_RUSSIAN_MALE = (
    "Артём",
    "Богдан",
    "Глеб",
    "Егор",
    "Иван",
    "Кирилл",
    "Лев",
    "Матвей",
    "Никита",
    "Платон",
    "Семён",
)
_RUSSIAN_FEMALE = (
    "Алина",
    "Вера",
    "Дарья",
    "Ева",
    "Злата",
    "Кира",
    "Лидия",
    "Майя",
    "Нина",
    "Полина",
    "София",
)
_RUSSIAN_SURNAMES = (
    "Белозёров", "Громов", "Ершов", "Журавлёв", "Зотов", "Климов", "Лаптев", "Носов", "Панин", "Рябов",
    "Сомов", "Титов", "Ушаков", "Фомин", "Яшин",
)  # fmt: skip
_RUSSIAN_FATHERS = ("Андреев", "Викторов", "Денисов", "Игорев", "Максимов", "Олегов", "Павлов", "Романов")
_VILLAGES = (
    ("Ақтерек", "Актерек"), ("Бесағаш", "Бесагаш"), ("Жаңажол", "Жанажол"), ("Көктал", "Коктал"),
    ("Қарасу", "Карасу"), ("Мұқыр", "Мукур"), ("Өзен", "Озен"), ("Сарыөзек", "Сарыозек"),
    ("Тасөткел", "Тасоткель"), ("Ұзынбұлақ", "Узынбулак"), ("Үшарал", "Ушарал"), ("Шиелі", "Шиели"),
)  # fmt: skip
_DISTRICTS = (
    ("Көктөбе ауданы", "Коктобинский район"), ("Жаңаарна ауданы", "Жанаарнинский район"),
    ("Ақсай ауданы", "Аксайский район"), ("Сарыарқа ауданы", "Сарыаркинский район"),
    ("Үшбұлақ ауданы", "Ушбулакский район"),
)  # fmt: skip


@dataclass(frozen=True)
class School:
    """A rural school; `number` counts from 1 over the country, `village` and `district` are in kk and ru."""

    number: int
    region: Region
    village: tuple[str, str]
    district: tuple[str, str]

    @property
    def code(self) -> str:
        """The identifier that the ministry's list gives."""
        return f"R{self.region.code.removeprefix('KZ-')}-{self.number:03}"

    def title(self, words: Words) -> str:
        """The name, in Russian or else in Kazakh."""
        kk, ru = self.village
        return (
            f"Средняя школа №{self.number} села {ru}"
            if words == "ru"
            else f"№{self.number} {kk} орта мектебі"
        )


@dataclass(frozen=True)
class Pupil:
    """An invented pupil of grade 6. `ability` moves the chance of a right answer (logits, mean 0)."""

    iin: str
    surname: str
    name: str
    patronymic: str | None
    born: date
    female: bool
    school: School
    letter: str
    language: str
    ability: float


@dataclass
class Inventor:
    """Makes people up from a seeded generator; nobody gets an IIN that is in `iins`."""

    rng: random.Random
    iins: set[str] = field(default_factory=set)

    def school(self, number: int, region: Region) -> School:
        """A school in one of the region's villages."""
        return School(number, region, self.rng.choice(_VILLAGES), self.rng.choice(_DISTRICTS))

    def pupil(self, school: School) -> Pupil:
        """A pupil born in 2013 or 2014; two in three are taught in Kazakh."""
        rng = self.rng
        female = rng.random() < 0.5
        born = date(2013, 1, 1) + timedelta(days=rng.randrange(730))
        kazakh = rng.random() < 0.65
        surname, name, patronymic = self.full_name(female, kazakh or rng.random() < 0.5)
        return Pupil(
            iin=self.iin(born, female),
            surname=surname,
            name=name,
            patronymic=patronymic if rng.random() < 0.9 else None,
            born=born,
            female=female,
            school=school,
            letter=rng.choice("АӘБ"),
            language="kk" if kazakh else "ru",
            ability=rng.gauss(0, 1),
        )

    def full_name(self, female: bool, kazakh: bool) -> tuple[str, str, str]:
        """Surname, name and patronymic."""
        pick = self.rng.choice
        if kazakh:
            father = pick(_MALE) + ("қызы" if female else "ұлы")
            return pick(_SURNAMES) + "а" * female, pick(_FEMALE if female else _MALE), father
        father = pick(_RUSSIAN_FATHERS) + ("на" if female else "ич")
        return (
            pick(_RUSSIAN_SURNAMES) + "а" * female,
            pick(_RUSSIAN_FEMALE if female else _RUSSIAN_MALE),
            father,
        )

    def iin(self, born: date, female: bool) -> str:
        """A right IIN that nobody else in the season has."""
        century = (5 if born.year >= 2000 else 3) + female
        while True:
            first = f"{born:%y%m%d}{century}{self.rng.randrange(10_000):04}"
            last = control_digit(first)
            if last is not None and f"{first}{last}" not in self.iins:
                self.iins.add(f"{first}{last}")
                return f"{first}{last}"


# --- those who decide ---

COLUMNS = ("request_id", "subject", "decision", "ground", "decided_by", "decided_at")
_DICE = "dice"
_THROWS = 20
_DRAW = "draw"  # what a request for the dice of a public draw is about
_ZERO, _HOLD, _ANNULS = "zero", "hold", "untrue-information"
_USUAL = (
    "confirm",
    "keep",
    "listed",
    "accept",
    "complete",
    "void",
    _HOLD,
    _ZERO,
    "refuse",
    "extend",
    "upper",
)
BEFORE_DRAW = timedelta(
    minutes=10
)  # when the dice are dropped: the broadcast is on, and the beacon has not spoken
AFTER_DRAW = timedelta(days=2)  # when a prize is annulled
_LEADS = re.compile("директор|орынбасар|заместител|завуч", re.IGNORECASE)  # of a school, in kk and ru
_PRIZE = re.compile(r"(\S+): ([0-9]+)\. ")  # the draw and the number of the prize somebody holds
_ANNULLED_IN = re.compile(r"bilimclass-innovator\..+\.1")  # the first request about the holders of its prizes
_SENDERS = {
    "myn-bala": "commission",
    "presidential-olympiad": "olympiad-committee",
    "subject-olympiad": "olympiad-committee",
    "science-projects": "olympiad-committee",
    "performers": "olympiad-committee",
    "music-theory": "olympiad-committee",
    "professional-skill": "olympiad-committee",
    "elbasy-medal": "medal-operator",
}
_ORGANISER = "organiser"  # who answers in all other contests
_ALIKE = re.compile(r"([0-9]+) of ([0-9]+) answers identical(?![^;]*worth a look)")
_SIGNED_BY = {
    "confirm": "Ұйымдастыру комитетінің төрағасы Б. Сейітов (үлгі)",
    "keep": "Комиссия төрайымы Ш. Ізтілеуова (үлгі)",
    "listed": "Тізім жетекшісі Д. Қоңырбаев (үлгі)",
    "accept": "Оператор өкілі М. Оңғарова (үлгі)",
    "complete": "Тест орталығының басшысы Қ. Әбуов (үлгі)",
    "void": "Кілт құрастырушы Л. Сәрсен (үлгі)",
    _DICE: "Қоғамдық байқаушылар Н. Титова, Е. Өтегенов (үлгі)",
    _HOLD: "Ұйымдастырушы өкілі С. Тілеуова (үлгі)",
    _ZERO: "Ұйымдастырушы өкілі С. Тілеуова (үлгі)",
    "refuse": "Ұйымдастырушы өкілі С. Тілеуова (үлгі)",
    "extend": "Қазылар алқасының төрағасы Е. Нұртазин (үлгі)",
    "upper": "Қазылар алқасының төрағасы Е. Нұртазин (үлгі)",
    _ANNULS: "Ұйымдастырушы өкілі С. Тілеуова (үлгі)",
}
_GROUNDS = {
    "confirm": "комиссияның шешімі бойынша өзгерген орындар бекітілді",
    "annul": "жауаптары бірдей; 11.1-тармақ",
    "keep": "тексерілді, бұзушылық расталмады",
    "listed": "тізім бойынша расталды",
    "accept": "қабылданды",
    "complete": "барлық файл жіберілді",
    "void": "кілт болмайды",
    _DICE: "сүйек көпшілік алдында тасталды",
    "refuse": "білім беру ұйымының басшысы; 4.2.2-тармақ",
    _HOLD: "ұтыс ойыны өткізіледі; 5.6-тармақ",
    _ZERO: "белгісіз бөлісулер нөлге тең деп есептеледі",
    _ANNULS: "untrue-information",
    "extend": "тең ұпай жинағандардың бәріне орын беріледі",
    "upper": "тең ұпай жинағандардың бәріне жоғары дәреже беріледі",
}
_OTHERS = ("Ұйымдастыру комитетінің төрайымы А. Қоңырбаева (үлгі)", "комитеттің шешімі бойынша")
"""Who answers, and on what ground, where none of the usual choices is given: the first choice is taken."""


@dataclass(frozen=True)
class _Request:
    contest: str
    request_id: str
    rows: Sequence[dict[str, str]]
    choices: Sequence[str]

    @property
    def draws(self) -> bool:
        """Whether it asks for the dice of a public draw."""
        return any(row["subject"] == _DRAW for row in self.rows)

    def when(self, now: datetime, draws: Mapping[str, datetime]) -> datetime:
        """When it is answered: `now`, but for what hangs on the moment of a draw."""
        if self.draws:
            return draws[self.contest] - BEFORE_DRAW
        return draws[self.contest] + AFTER_DRAW if _ANNULS in self.choices else now

    def to_answer(self) -> Sequence[dict[str, str]]:
        """Every row; of those who hold prizes only the first innovator's, by the draw and the prize."""
        if _ANNULS not in self.choices:
            return self.rows
        if not _ANNULLED_IN.fullmatch(self.request_id):
            return ()
        return [min(self.rows, key=_prize_held)]


def _prize_held(row: dict[str, str]) -> tuple[str, int]:
    """The draw's id, which ends in the region's code, and the number of the prize."""
    found = next(match for cell in row.values() for match in _PRIZE.finditer(cell))
    return found[1], int(found[2])


def draw_moments(rulebooks: Iterable[Rulebook]) -> dict[str, datetime]:
    """Contest to the moment of its public draw (UTC), for those that have one."""
    steps = ((book.contest, stage.draw) for book in rulebooks for stage in book.stages)
    given = {contest: step.given["at"] for contest, step in steps if step is not None}
    return {contest: at for contest, at in given.items() if isinstance(at, datetime)}


def answer_requests(
    outbox: Path,
    answered: set[str],
    now: datetime,
    *,
    zone: str = "Asia/Almaty",
    draws: Mapping[str, datetime] | None = None,
) -> list[Drop]:
    """The decision files for every request of `outbox` not in `answered`, to be dropped at `now` (UTC).

    Reads `requests/<contest>/<request_id>/request.xlsx`: the first sheet has COLUMNS and others for
    information, the sheet `choices` one allowed decision a row. Adds the ids it answers to `answered`, and those
    that need no answer. `zone` is in which the moments of decision are written.

    The dice of a public draw are dropped during its broadcast and an annulment two days after it, whatever `now` is:
    `draws` has its moment, see `draw_moments`; KeyError without it.
    """
    drops = []
    for path in sorted(outbox.glob("requests/*/*/request.xlsx")):
        if path.parent.name in answered:
            continue
        request = _read(path)
        answered.add(request.request_id)
        at = request.when(now, draws or {})
        table = Table(COLUMNS, [_answer(request, row, at, zone) for row in request.to_answer()])
        if table.rows:
            sender = _SENDERS.get(request.contest, _ORGANISER)
            name = f"decisions-{request.request_id}.xlsx"
            drops.append(Drop(at, f"{sender}/{request.contest}/{name}", xlsx(table)))
    return drops


def _read(path: Path) -> _Request:
    book = CalamineWorkbook.from_path(path)
    rows = [[str(cell).strip() for cell in row] for row in book.get_sheet_by_index(0).to_python()]
    head = next(at for at, row in enumerate(rows) if "request_id" in row and "subject" in row)
    filled = [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :] if any(row)]
    choices = [str(row[0]).strip() for row in book.get_sheet_by_name("choices").to_python() if row]
    return _Request(path.parent.parent.name, path.parent.name, filled, choices)


def _answer(request: _Request, row: dict[str, str], at: datetime, zone: str) -> tuple[str, ...]:
    choice = _choose(request.choices, row)
    decision = _throw(request) if choice == _DICE else choice
    named = (_SIGNED_BY[usual] for usual in (*_USUAL, _DICE, _ANNULS) if usual in request.choices)
    signer = next(named, _OTHERS[0])
    written = (at - timedelta(minutes=5)).astimezone(time_zone(zone)).isoformat(timespec="seconds")
    ground = _GROUNDS.get(choice, _OTHERS[1])
    return (row["request_id"], row["subject"], decision, ground, signer, written)


_PRIZES = "1-2-0-1"
"""How many Grand prix, first, second and third places a jury gives."""


def _choose(choices: Sequence[str], row: dict[str, str]) -> str:
    if "1-1-1-1" in choices:
        return _PRIZES
    if "annul" in choices and any(same * 100 >= items * 95 for same, items in _likeness(row)):
        return "annul"
    if "refuse" in choices and any(_LEADS.search(cell) for cell in row.values()):
        return "refuse"
    return next((choice for choice in (*_USUAL, _DICE, _ANNULS) if choice in choices), choices[0])


def _likeness(row: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Identical answers and items, wherever the request tells of them."""
    for cell in row.values():
        for same, items in _ALIKE.findall(cell):
            yield int(same), int(items)


def _throw(request: _Request) -> str:
    """The digits of dice: of six sides for a lot, of ten for a public draw."""
    rng = random.Random(request.request_id)
    return "".join(rng.choices("0123456789" if request.draws else "123456", k=_THROWS))
