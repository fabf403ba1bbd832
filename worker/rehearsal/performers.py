"""A made-up season of the contests of performers: applications, a jury with a member who teaches, three rounds.

Pianists and singers of the second year of the cycle; a flautist whose turn it is not, a late application, three of one
college, a paper that is missing and a work that stands twice. Music theory (worker.rehearsal.music_theory) has the same
applications and jury.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from jobs.rulebook import Rulebook
from worker.rehearsal.order99 import DARYN, Draft, Participant, Row, Value, begin, entrant, scores
from worker.rehearsal.spreadsheet import Drop

NOMINATIONS = (
    ("Фортепиано", "Фортепиано"),
    ("Скрипка", "Скрипка"),
    ("Сопрано", "Сопрано"),
    ("Баритон", "Баритон"),
)
JURORS = ("J-1", "J-2", "J-3", "J-4", "J-5")
"""The juror who teaches some of those who perform."""
CRITERIA = dict.fromkeys(("giftedness", "technique", "style", "artistry", "individuality"), "5")
PAPERS = "application-kk, application-ru, identity, photo, recommendation, programme, signature, stamp"
_TEACHER = "Қайыпова Зере"
_WORKS = (
    "Құрманғазы «Сарыарқа»",
    "Ф. Шопен, Баллада 1",
    "И. С. Бах, Прелюдия",
    "Л. Бетховен, Соната 8",
    "Жамбыл «Жер шоқ»",
)
_EACH = 4


def make_performers(rulebook: Rulebook, *, seed: int, each: int = _EACH) -> tuple[Drop, ...]:
    """`each` performers a nomination and those with trouble; KeyError for a rulebook without its moments."""
    draft = begin(rulebook, seed)
    apply(draft, NOMINATIONS, each)
    name_jury(draft)
    _mark_rounds(draft)
    close(draft)
    return draft.season()


# --- applications ---


def apply(draft: Draft, nominations: Sequence[tuple[str, str]], each: int) -> None:
    """Applications in two files, the last of them late, and one of each trouble."""
    rows = [
        application(draft, draft.student(draft.region(number), 1 + number % 3), nomination)
        for nomination in nominations
        for number in range(each)
    ]
    rows += _trouble(draft, nominations[0])
    half = len(rows) // 2
    draft.drop("entrants", rows[:half], before="applications", hours=100, sender=DARYN, words="kk")
    draft.drop(
        "entrants", rows[half:], before="applications", hours=90, sender=DARYN, words="ru", shape="csv"
    )


def application(draft: Draft, one: Participant, nomination: Value, **more: Value) -> dict[str, Value]:
    """A complete application in time, by the form of appendix 2."""
    works = draft.rng.sample(_WORKS, 3)
    whole: dict[str, Value] = {
        "birth_place": one.region,
        "organisation_type": ("колледж", "колледж"),
        "teacher": f"Оңғарова {one.name}",
        "concertmaster": "Титова Н.",
        "accompanying": f"Оңғарова {one.name}",
        "supervisor": "Әбуов Қ.",
        "documents": PAPERS,
        "programme": "; ".join(f"{number} тур: {work}" for number, work in enumerate(works, start=1)),
        "applied_at": draft.rulebook.windows["applications"].opens_at
        + timedelta(days=draft.rng.randrange(20), hours=3),
    }
    return entrant(one, nomination, **(whole | more))


def _trouble(draft: Draft, nomination: tuple[str, str]) -> list[dict[str, Value]]:
    """A flautist, a late one, three of one college, a missing paper, a work twice, a pupil of a school."""
    region = draft.region(0)
    hire = [draft.student(region, 2) for _ in range(8)]
    college = ("Үлгі өнер колледжі", "Образцовый колледж искусств")
    late = draft.rulebook.windows["applications"].closes_at + timedelta(hours=2)
    return [
        application(draft, hire[0], ("Флейта", "Флейта")),
        application(draft, hire[1], nomination, applied_at=late),
        *(application(draft, replace(one, school=college), nomination) for one in hire[2:5]),
        application(draft, hire[5], nomination, documents="application-kk, identity, photo"),
        application(draft, hire[6], nomination, programme="1 тур: Адай; 2 тур: Сарыарқа; 3 тур: адай"),
        application(draft, hire[7], nomination, organisation_type=("мектеп", "школа")),
        application(draft, draft.student(region, 2), nomination, teacher=_TEACHER),
    ]


# --- the jury and its sheets ---


def name_jury(draft: Draft) -> None:
    """Five jurors, the first of them the chair; one teaches a participant."""
    names = ("Ізтілеуова Шұғыла", _TEACHER, "Қоңырбаев Дәурен", "Титова Нина", "Нұртазин Ерасыл")
    rows: list[Row] = [
        {"juror": juror, "name": name, "role": "chair" if juror == JURORS[0] else "member"}
        for juror, name in zip(JURORS, names, strict=True)
    ]
    draft.drop("jurors", rows, before="jury")


def marks(draft: Draft, maxima: Mapping[str, str], **more: Value) -> list[dict[str, Value]]:
    """Every juror's sheet of everybody: the worker counts those of whom the contest still is."""
    able = {one.id: 0.55 + 0.45 * one.ability for one in draft.everybody}
    return scores(draft, able, JURORS, maxima, **more)


def _mark_rounds(draft: Draft) -> None:
    for number in ("1", "2", "3"):
        draft.mark(f"round-{number}", marks(draft, CRITERIA, round=number), before=f"round-{number}", hours=1)


def close(draft: Draft) -> None:
    """Two votes of the commission before the results, one of them tied; and an appeal, which clause 12 refuses."""
    ballots = {
        "M-1": ("за", "за", "за", "против", "отсутствовал"),
        "M-2": ("за", "за", "против", "против", "отсутствовал"),
    }
    votes: list[Row] = [
        {"motion": motion, "juror": juror, "vote": vote}
        for motion, cast in ballots.items()
        for juror, vote in zip(JURORS, cast, strict=True)
    ]
    draft.drop("votes", votes, before="results", hours=2, words="ru")
    filed = draft.moment("results") + timedelta(hours=3)
    appeal: list[Row] = [{"participant": draft.everybody[0].id, "filed_at": filed, "language": "kk"}]
    draft.drop("appeals", appeal, before="appeals", hours=20)
