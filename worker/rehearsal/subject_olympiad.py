"""A made-up subject olympiad: mathematics of grade 10 in four regions, from announced numbers to diplomas.

Points are dealt so that a commission's changed marks move places after stages 2 and 4, a tie lies over the last winning
place, one appeal comes too late, one team's application lacks its leader, and the reserve sends two more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.rulebook import Rulebook
from worker.rehearsal.order99 import COMMITTEE, DARYN, Draft, Participant, Value, begin, entrant, result
from worker.rehearsal.spreadsheet import Drop

SUBJECT = ("Математика", "Математика")
GRADE = 10
_REGIONS = 4
_UNITS = (("Орталық ауданы", "Центральный район"), ("Ақсай ауданы", "Аксайский район"))
_OF_A_UNIT = 4
_FOURTH = ("60", "55", "59.5", "50", "57", "45", "40", "30", "40", "20")
"""Points of stage 4: the two of each region, then the two of the reserve; with the changed mark of the eighth, which
becomes 50, two have as many over the fifth place."""


@dataclass(frozen=True)
class Olympiad:
    """The files of the season, and what is known of its people. `winners`: participant to the degree, people answering
    as in worker.rehearsal.people. `late`: who appealed too late."""

    drops: tuple[Drop, ...]
    winners: Mapping[str, str]
    late: str


def make_subject_olympiad(rulebook: Rulebook, *, seed: int) -> Olympiad:
    """A season; KeyError for a rulebook that lacks its moments."""
    draft = begin(rulebook, seed)
    pupils = _pupils(draft)
    _schools(draft)
    _announce(draft)
    late = _second(draft, pupils)
    third = [one for unit in pupils for one in (*unit[:2], unit[3])]
    fourth = _third(draft, third)
    reserve = [draft.pupil(draft.region(at), GRADE, unit=_UNITS[0]) for at in range(2)]
    team = [*fourth, *reserve]
    _teams(draft, team, reserve)
    _jury(draft)
    _fourth(draft, team)
    return Olympiad(draft.season(), _winners(team), late)


def _pupils(draft: Draft) -> list[list[Participant]]:
    """Four pupils of each district, two districts a region."""
    return [
        [draft.pupil(draft.region(at), GRADE, unit=unit) for _ in range(_OF_A_UNIT)]
        for at in range(_REGIONS)
        for unit in _UNITS
    ]


def _schools(draft: Draft) -> None:
    """When schools held their stage; those of one region held it too late."""
    ends = draft.moment("schools-end")
    rows: list[dict[str, Value]] = [
        {
            "unit": draft.region(at),
            "stage": "stage-1",
            "began_at": ends + timedelta(days=2 if at == _REGIONS - 1 else -20),
        }
        for at in range(_REGIONS)
    ]
    draft.drop("sittings", rows, before="schools", hours=3)


def _jury(draft: Draft) -> None:
    """Five jurors, one of whom was on the jury of an earlier stage too."""
    names = ("Ізтілеуова Шұғыла", "Әбуов Әлібек", "Қоңырбаев Дәурен", "Титова Нина", "Нұртазин Ерасыл")
    rows: list[dict[str, Value]] = [
        {
            "juror": f"j{at}",
            "name": name,
            "role": "member" if at else "chair",
            "stage": stage,
            "nomination": SUBJECT,
        }
        for at, name in enumerate(names)
        for stage in (("stage-3", "stage-4") if at == 3 else ("stage-4",))
    ]
    draft.drop("jurors", rows, before="juries", hours=5)


def _announce(draft: Draft) -> None:
    """Every department tells how many sit; for stage 2 one does a day too late."""
    for stage in (2, 3, 4):
        ends = draft.moment(f"counts-{stage}")
        rows: list[dict[str, Value]] = [
            {
                "unit": draft.region(at),
                "stage": f"stage-{stage}",
                "subject": SUBJECT,
                "grade": GRADE,
                "language": "kk",
                "participants": 8,
                "applied_at": ends + timedelta(hours=-3 if (stage, at) == (2, 3) else -72),
            }
            for at in range(_REGIONS)
        ]
        draft.drop("team-counts", rows, before=f"counts-{stage}", hours=2, words="ru", shape="csv")


def _second(draft: Draft, units: Sequence[Sequence[Participant]]) -> str:
    """The third and the fourth of each district change places after an appeal of the fourth; one comes too late."""
    rows = [
        result(one, SUBJECT, str(40 - place), stage="stage-2")
        for unit in units
        for place, one in enumerate(unit)
    ]
    draft.drop("results", rows, before="stage-2", hours=2, sender=COMMITTEE)
    ended = draft.moment("stage-2")
    appeals = [_appeal(unit[3], "stage-2", ended + timedelta(hours=5 + at)) for at, unit in enumerate(units)]
    appeals.append(_appeal(units[0][2], "stage-2", ended + timedelta(hours=25)))
    draft.drop("appeals", appeals, before="appeals-2", hours=4, words="ru", shape="csv")
    marks = [_rescore(unit[3], "stage-2", "38.5") for unit in units]
    draft.drop("rescores", marks, before="places-3", hours=3)
    return units[0][2].id


def _third(draft: Draft, pupils: Sequence[Participant]) -> list[Participant]:
    """The two best of each region: six of a region sit, the earlier ones with more points."""
    six = 3 * len(_UNITS)
    regions = [pupils[at : at + six] for at in range(0, len(pupils), six)]
    rows = [
        result(one, SUBJECT, f"{50 - place}.5", stage="stage-3")
        for region in regions
        for place, one in enumerate(region)
    ]
    draft.drop("results", rows, before="stage-3", hours=2, words="ru", shape="csv")
    return [one for region in regions for one in region[:2]]


def _teams(draft: Draft, team: Sequence[Participant], reserve: Sequence[Participant]) -> None:
    """The teams' lists, a leader missing beside one name."""
    rows = [
        entrant(
            one,
            SUBJECT,
            stage="stage-4",
            grade=GRADE,
            organisation_type="мектеп",
            reserve=one in reserve,
            leader=None if at == 1 else "С. Жолдасов (үлгі)",
            applied_at=draft.moment("teams") - timedelta(hours=20),
        )
        for at, one in enumerate(team)
    ]
    draft.drop("entrants", rows, before="teams", hours=6, sender=DARYN)


def _fourth(draft: Draft, team: Sequence[Participant]) -> None:
    rows = [result(one, SUBJECT, score, stage="stage-4") for one, score in zip(team, _FOURTH, strict=True)]
    draft.drop("results", rows, before="stage-4", hours=1)
    announced = draft.moment("stage-4")
    draft.drop(
        "appeals", [_appeal(team[7], "stage-4", announced + timedelta(hours=2))], before="appeals-4", hours=1
    )
    draft.drop("rescores", [_rescore(team[7], "stage-4", "50")], before="winners", hours=2, words="ru")


def _winners(team: Sequence[Participant]) -> dict[str, str]:
    """Of ten five win: 60, 59.5, 57, 55 and, both of them by the jury's word, the two with 50."""
    degrees = {0: "I", 2: "II", 4: "II", 1: "III", 3: "III", 7: "III"}
    return {team[at].id: degree for at, degree in degrees.items()}


def _appeal(one: Participant, stage: str, at: datetime) -> dict[str, Value]:
    return {
        "participant": one.id,
        "stage": stage,
        "nomination": SUBJECT,
        "filed_at": at,
        "about": ("3-есептің ұпайы", "балл за задачу 3"),
    }


def _rescore(one: Participant, stage: str, score: str) -> dict[str, Value]:
    return {
        "participant": one.id,
        "stage": stage,
        "nomination": SUBJECT,
        "new_score": score,
        "ground": ("3-есептің шешімі дұрыс деп танылды", "решение задачи 3 признано верным"),
        "decided_by": ("апелляциялық комиссия", "апелляционная комиссия"),
    }
