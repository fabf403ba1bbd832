"""A made-up season of professional skill: two rounds of six tasks, papers between them, prizes that the jury counts."""

from collections.abc import Mapping
from datetime import timedelta

from jobs.rulebook import Rulebook
from worker.rehearsal.order99 import DARYN, Draft, Participant, Row, Value, begin, entrant, scores
from worker.rehearsal.spreadsheet import Drop

PROFESSIONS = (("Аспаз", "Повар"), ("Дәнекерлеуші", "Сварщик"))
TASKS = {
    "introduction": "5",
    "testing": "20",
    "skill": "30",
    "sport": "15",
    "situation": "10",
    "ten-fingers": "10",
}
_SEATS = 3
_PAPERS = "extract, characteristic, photos"
Chosen = Mapping[Participant, tuple[str, str]]


def make_professional_skill(
    rulebook: Rulebook, *, seed: int, regions: int = 4, each: int = 2
) -> tuple[Drop, ...]:
    """`each` winners of round 1 for each of so many `regions` and professions; KeyError where a moment is missing."""
    draft = begin(rulebook, seed)
    students = {
        draft.student(draft.region(number), 3): profession
        for number in range(regions)
        for profession in PROFESSIONS
        for _ in range(each)
    }
    _send(draft, students, "2", "round-2-papers")
    _mark(draft, students, "2")
    _send(draft, _best(students), "3", "round-3-papers")
    _mark(draft, _best(students), "3")
    return draft.season()


def _best(students: Chosen) -> Chosen:
    """Of each region and profession the ablest: each department sends the one it expects to win."""
    first: dict[tuple[str, str], Participant] = {}
    for one, (profession, _) in sorted(students.items(), key=lambda pair: pair[0].ability):
        first[one.region.code, profession] = one
    return {one: students[one] for one in first.values()}


def _send(draft: Draft, students: Chosen, stage: str, window: str) -> None:
    """The papers of a round: the first student's are not all there, and the last one learns in another year."""
    rows = [_papers(draft, one, profession, stage, window) for one, profession in students.items()]
    rows[0]["documents"] = "extract, photos"
    if stage == "2":
        rows[-1]["final_year"] = False
    draft.drop("entrants", rows, before=window, hours=100, sender=DARYN, words="ru" if stage == "2" else "kk")


def _papers(
    draft: Draft, one: Participant, profession: tuple[str, str], stage: str, window: str
) -> dict[str, Value]:
    applied = draft.rulebook.windows[window].opens_at + timedelta(days=draft.rng.randrange(10), hours=2)
    return entrant(
        one,
        profession[0],
        stage=stage,
        organisation_type=("колледж", "колледж"),
        final_year=True,
        documents=_PAPERS,
        applied_at=applied,
    )


def _mark(draft: Draft, students: Chosen, number: str) -> None:
    """A jury for each profession, in round 2 of each region too, and its sheets of the six tasks."""
    benches: dict[tuple[str | None, str], list[Participant]] = {}
    for one, (profession, _) in students.items():
        benches.setdefault((one.region.code if number == "2" else None, profession), []).append(one)
    named: list[Row] = []
    sheets: list[Row] = []
    for (region, profession), people in benches.items():
        jurors = [f"J{number}-{len(named) + at}" for at in range(_SEATS)]
        place = {"stage": number, "nomination": profession} | ({"region": region} if region else {})
        named += [
            {"juror": juror, "role": "chair" if juror == jurors[0] else "member"} | place for juror in jurors
        ]
        able = {one.id: 0.4 + 0.5 * one.ability for one in people}
        sheets += scores(draft, able, jurors, TASKS, round=number)
    draft.drop("jurors", named, before=f"round-{number}-jury")
    draft.mark(f"round-{number}", sheets, before=f"round-{number}", hours=1)
