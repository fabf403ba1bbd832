"""A made-up contest of research projects: two sections, works of one author and of two, from topics to diplomas.

A topic came a day late, an author is of grade 7, a title is like that of an earlier work, an opinion is missing, the
mean of a team in the test is 59.5, a commission has four scholars, a report took 16 minutes, a mark is changed on
appeal, and two works have as many points over the last winning place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from jobs.rulebook import Rulebook
from worker.rehearsal.order99 import DARYN, Draft, Participant, Value, begin, entrant, result
from worker.rehearsal.spreadsheet import Drop

PHYSICS = ("Физика", "Физика")
CHEMISTRY = ("Химия", "Химия")
_TOPICS = (
    "Күн панелінің тиімділігі", "Жел қозғалтқышының қалақшалары", "Дыбыс толқындарының шағылуы",
    "Магнит өрісінің картасы", "Су тамшысының беттік керілуі", "Мұз кристалдарының өсуі",
    "Маятниктің тербеліс периоды", "Жылу сорғысының моделі", "Оптикалық талшықтағы жоғалтулар",
    "Спутник антеннасының бағыты", "Көпірдің беріктігін сынау", "Тұз ерітіндісінің қайнауы",
    "Мыс сульфатының кристалдары", "Судың кермектігін өлшеу", "Өсімдік бояуларын бөлу", "Кір сабынды талдау",
)  # fmt: skip
_EARLIER = "Су тамшысының беттік керілуін өлшеу"
_INDIVIDUAL = {"1": 30, "2-scientific": 15, "3": 10, "4": 10, "5": 5}
_TEAM = {"1": 20, "2-scientific": 15, "3": 10, "4": 10, "5": 5, "6": 10}
"""What the best work gets by each criterion; a lower place loses two points of the first for each step."""
_LEVELS = (0, 1, 2, 3, 3, 5, 6, 7, 8)
"""How many steps below the best the works of physics at the defence are: two are level over the fourth place."""
_EXPERTS = ("expert-1", "expert-2")


@dataclass(frozen=True)
class Work:
    """A project with its authors and the points each has in the test; `level`: steps below the best, None for one that
    does not get to the expertise."""

    id: str
    section: tuple[str, str]
    title: str
    authors: tuple[Participant, ...]
    test: tuple[str, ...]
    level: int | None
    told: Mapping[str, Value]


@dataclass(frozen=True)
class Science:
    """The files of the season, and what is known of it. `winners`: project to degree, people answering as in
    worker.rehearsal.people; `authors`: of these, by project; `out`: projects that do not get to the expertise."""

    drops: tuple[Drop, ...]
    winners: Mapping[str, str]
    authors: Mapping[str, tuple[str, ...]]
    out: frozenset[str]


def make_science_projects(rulebook: Rulebook, *, seed: int) -> Science:
    """A season; KeyError for a rulebook that lacks its moments."""
    draft = begin(rulebook, seed)
    works = _works(draft)
    _entered(draft, works)
    _tested(draft, works)
    kept = [work for work in works if work.level is not None]
    draft.mark("expertise", _sheets(kept, "stage-3"), before="expertise", hours=30)
    _name_jury(draft)
    draft.mark("defence", _sheets(kept, "stage-4", minutes=True), before="defence", hours=3)
    _appealed(draft, kept[6])
    degrees = ["I", "II", "III", "III", "III"]
    best = {work.id: degree for work, degree in zip(kept, degrees, strict=False)} | {kept[9].id: "III"}
    return Science(
        draft.season(),
        best,
        {work.id: tuple(one.id for one in work.authors) for work in works if work.id in best},
        frozenset(work.id for work in works if work.level is None),
    )


def _works(draft: Draft) -> list[Work]:
    """Nine of physics and three of chemistry reach the defence, four do not."""
    good = [
        _work(draft, at, PHYSICS, level, authors=2 if at in (1, 7) else 1) for at, level in enumerate(_LEVELS)
    ]
    chemistry = [_work(draft, at, CHEMISTRY, at - 12, region=at - 12) for at in (12, 13, 14)]
    late = draft.moment("topics") + timedelta(hours=9)
    failing = [
        _work(draft, 9, PHYSICS, None, registered_at=late),
        _work(draft, 10, PHYSICS, None, grade=7),
        _work(draft, 11, CHEMISTRY, None, test=("59.5",)),
        _work(draft, 15, CHEMISTRY, None, authors=2, test=("80", "39")),
    ]
    return [*good, *chemistry, *failing]


def _work(
    draft: Draft,
    at: int,
    section: tuple[str, str],
    level: int | None,
    *,
    authors: int = 1,
    grade: int = 10,
    region: int | None = None,
    test: Sequence[str] = (),
    **told: Value,
) -> Work:
    place = draft.region(at if region is None else region)
    people = tuple(draft.pupil(place, grade) for _ in range(authors))
    usual = tuple("60" if number % 2 else "60.5" for number in range(authors))
    return Work(f"p-{at + 1:02}", section, _TOPICS[at], people, tuple(test) or usual, level, told)


def _entered(draft: Draft, works: Sequence[Work]) -> None:
    people = [entrant(one, work.section) for work in works for one in work.authors]
    draft.drop("entrants", people, before="candidates", hours=80, sender=DARYN)
    draft.drop(
        "projects", [_project(draft, work) for work in works], before="candidates", hours=72, sender=DARYN
    )
    earlier: list[dict[str, Value]] = [
        {"title": _EARLIER, "author": "Е. Үлгіұлы", "year": 2019},
        {"title": "Құс ұясының пішіні", "author": "Ж. Үлгіқызы", "year": 2021},
    ]
    draft.drop("earlier-works", earlier, before="candidates", hours=71, sender=DARYN, words="ru", shape="csv")


def _project(draft: Draft, work: Work) -> dict[str, Value]:
    row: dict[str, Value] = {
        "project": work.id,
        "section": work.section,
        "title": work.title,
        "authors": ", ".join(one.id for one in work.authors),
        "region": work.authors[0].region,
        "kind": "жаңа фактілер",
        "language": "kk",
        "abstract_words": 240,
        "abstract_languages": "қазақ, ағылшын",
        "introduction_pages": 2,
        "research_pages": 18,
        "conclusion_pages": 1,
        "references": 14,
        "cited": 14,
        "parts": "сыртқы бет, мазмұны, аңдатпа, кіріспе, зерттеу бөлімі, қорытынды, әдебиеттер",
        "title_page": "мектеп, авторлар, тақырып, секция, ғылыми жетекші, қала және жыл",
        "documents": "өтінім, мектептің есебі, зерттеу журналы" + ("" if work.id == "p-03" else ", пікір"),
        "declares": "дұрыс, көшірілмеген, зиянсыз, бұрын қорғалмаған",
        "harmful": False,
        "registered_at": draft.moment("topics") - timedelta(days=3),
    }
    return {**row, **work.told}


def _tested(draft: Draft, works: Sequence[Work]) -> None:
    rows = [
        result(one, work.section, score, stage="stage-3")
        for work in works
        for one, score in zip(work.authors, work.test, strict=True)
    ]
    draft.drop("results", rows, before="test", hours=20, words="ru")
    bench: list[dict[str, Value]] = [
        {"juror": f"expert-{number}", "role": "мүше", "nomination": section, "stage": "stage-3"}
        for section, members in ((PHYSICS, 5), (CHEMISTRY, 4))
        for number in range(1, members + 1)
    ]
    draft.drop("jurors", bench, before="test", hours=19)


def _name_jury(draft: Draft) -> None:
    """Of stage 4: two of the experts judge each section."""
    bench: list[dict[str, Value]] = [
        {"juror": expert, "role": "мүше", "nomination": section, "stage": "stage-4"}
        for section in (PHYSICS, CHEMISTRY)
        for expert in _EXPERTS
    ]
    draft.drop("jurors", bench, before="defence-jury", hours=20)


def _sheets(works: Sequence[Work], stage: str, *, minutes: bool = False) -> list[dict[str, Value]]:
    """Both experts mark every work by all criteria; at the defence they note how long the report took."""
    return [
        _mark(work, expert, criterion, most) | {"stage": stage} | (_noted(work) if minutes else {})
        for work in works
        for expert in _EXPERTS
        for criterion, most in (_TEAM if len(work.authors) > 1 else _INDIVIDUAL).items()
    ]


def _mark(work: Work, expert: str, criterion: str, most: int) -> dict[str, Value]:
    """The second expert gives half a point more, so that the means are quarters."""
    lost = 2 * (work.level or 0) if criterion == "1" else 0
    half = ".5" if expert == _EXPERTS[1] and criterion == "5" else ""
    return {
        "contestant": work.id,
        "juror": expert,
        "sheet": "топтық" if len(work.authors) > 1 else "жеке",
        "criterion": criterion,
        "points": f"{most - lost}{half}",
    }


def _noted(work: Work) -> dict[str, Value]:
    return {"minutes": 16 if work.id == "p-06" else 12}


def _appealed(draft: Draft, work: Work) -> None:
    """An hour after the results a work appeals against its defence, and the commission gives it four points more."""
    filed = draft.moment("defence") + timedelta(hours=1)
    appeal: list[dict[str, Value]] = [{"participant": work.id, "stage": "stage-4", "filed_at": filed}]
    draft.drop("appeals", appeal, before="appeals-4", hours=1)
    changed: list[dict[str, Value]] = [
        {
            "participant": work.id,
            "stage": "stage-4",
            "new_score": "62.25",
            "ground": "апелляция қанағаттандырылды",
            "decided_by": "апелляциялық комиссия",
        }
    ]
    draft.drop("rescores", changed, before="winners", hours=2)
