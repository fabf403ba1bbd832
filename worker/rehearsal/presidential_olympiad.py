"""A made-up presidential olympiad: one region's team of thirty, the Nazarbayev schools' ten, from the regional stage to
certificates and diplomas.

The region held its stage a day late, one application lacks the teacher, NIS began the selection five minutes after the
others, and two have as many points over the twelfth diploma.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from jobs.rulebook import Rulebook
from worker.rehearsal.order99 import DARYN, Draft, Participant, Value, begin, entrant, result
from worker.rehearsal.spreadsheet import Drop

PHYSICS = ("Математика-физика", "Математика-физика")
BIOLOGY = ("Химия-биология", "Химия-биология")
NIS = ("НЗМ", "НИШ")
_ROUNDS = (("1", "theory"), ("2", "experiment"), ("3", "english"))
_JURORS = ("jury-1", "jury-2", "jury-3")
_INVITED = 14
"""How many of mathematics and physics are entered for the republican stage: two more than there are diplomas."""


@dataclass(frozen=True)
class Presidential:
    """The files of the season, and what is known of its people. `winners`: participant to the degree, people answering
    as in worker.rehearsal.people. `sat`: who sat the selection. `stranger`: who sat it without an application."""

    drops: tuple[Drop, ...]
    winners: Mapping[str, str]
    sat: tuple[str, ...]
    stranger: str


def make_presidential_olympiad(rulebook: Rulebook, *, seed: int) -> Presidential:
    """A season; KeyError for a rulebook that lacks its moments."""
    draft = begin(rulebook, seed)
    region = draft.region(3)
    place = (region.kk, region.ru)
    first = [draft.pupil(region, 11, unit=place) for _ in range(15)]
    second = [draft.pupil(region, 11, unit=place) for _ in range(15)]
    nis = [draft.pupil(draft.region(at), 11, unit=NIS) for at in range(10)]
    stranger = draft.pupil(region, 11, unit=place)
    fields = [*((one, PHYSICS) for one in (*first, *nis)), *((one, BIOLOGY) for one in second)]
    _regional(draft, fields, place)
    _teams(draft, fields)
    _selection(draft, [*fields, (stranger, PHYSICS)], place)
    invited = [*first[:10], *nis[: _INVITED - 10]]
    _republican(draft, invited, second[:3])
    return Presidential(
        draft.season(), _winners(invited, second), tuple(one.id for one, _ in fields), stranger.id
    )


Entered = Sequence[tuple[Participant, tuple[str, str]]]


def _regional(draft: Draft, fields: Entered, place: tuple[str, str]) -> None:
    """All of a team have enough points to be among the winners of their region."""
    ended = draft.moment("regional-end")
    held: list[dict[str, Value]] = [
        {"unit": place, "stage": "stage-1", "round": "1", "began_at": ended + timedelta(hours=10)},
        {"unit": NIS, "stage": "stage-1", "round": "1", "began_at": ended - timedelta(days=3)},
    ]
    draft.drop("sittings", held, before="regional", hours=5)
    rows = [result(one, field, str(90 - at), stage="stage-1") for at, (one, field) in enumerate(fields)]
    draft.drop("results", rows, before="regional", hours=4, words="ru", shape="csv")


def _teams(draft: Draft, fields: Entered) -> None:
    applied = draft.moment("teams") - timedelta(days=2)
    rows = [
        entrant(
            one,
            field,
            stage="stage-2",
            teacher=None if at == 4 else "Ғ. Оспанова (үлгі)",
            achievements=("өңірлік кезеңнің жеңімпазы", "победитель регионального этапа"),
            applied_at=applied,
        )
        for at, (one, field) in enumerate(fields)
    ]
    draft.drop("entrants", rows, before="teams", hours=20, sender=DARYN)


def _selection(draft: Draft, fields: Entered, place: tuple[str, str]) -> None:
    began = draft.moment("selection")
    held: list[dict[str, Value]] = [
        {"unit": unit, "stage": "stage-2", "round": number, "began_at": began + late}
        for unit, late in ((place, timedelta()), (NIS, timedelta(minutes=5)))
        for number, late in (("1", late), ("2", late + timedelta(hours=5)))
    ]
    draft.drop("sittings", held, before="selected", hours=50)
    rows = [result(one, field, str(60 - at), stage="stage-2") for at, (one, field) in enumerate(fields)]
    draft.drop("results", rows, before="selected", hours=48)


def _republican(draft: Draft, invited: Sequence[Participant], others: Sequence[Participant]) -> None:
    """Three jurors mark each round of everybody invited, in both directions."""
    rows = [entrant(one, PHYSICS, stage="stage-3") for one in invited]
    rows += [entrant(one, BIOLOGY, stage="stage-3") for one in others]
    draft.drop("entrants", rows, before="invited", hours=20, sender=DARYN, words="ru", shape="csv")
    bench: list[dict[str, Value]] = [
        {"juror": juror, "role": role, "nomination": field, "stage": "stage-3"}
        for field in (PHYSICS, BIOLOGY)
        for juror, role in zip((*_JURORS, "secretary-1"), ("төраға", "мүше", "мүше", "хатшы"), strict=True)
    ]
    draft.drop("jurors", bench, before="jury", hours=30)
    marks = [
        _mark(one, juror, number, criterion, _points(place, juror))
        for people in (invited, others)
        for place, one in enumerate(people)
        for juror in _JURORS
        for number, criterion in _ROUNDS
    ]
    draft.mark("republican", marks, before="republican", hours=10)


def _mark(one: Participant, juror: str, number: str, criterion: str, points: str) -> dict[str, Value]:
    return {
        "contestant": one.id,
        "juror": juror,
        "round": number,
        "criterion": criterion,
        "stage": "stage-3",
        "points": points,
    }


def _points(place: int, juror: str) -> str:
    """One point less a place, the last two level; one juror is half a point kinder, so that means are thirds."""
    level = min(place, _INVITED - 3)
    return f"{90 - level}.5" if juror == _JURORS[0] else str(90 - level)


def _winners(invited: Sequence[Participant], others: Sequence[Participant]) -> dict[str, str]:
    """All that are level at the twelfth place have a diploma, by the jury's word; in the other direction all three."""
    degrees = ["I"] * 2 + ["II"] * 4 + ["III"] * (_INVITED - 6)
    told = {one.id: degree for one, degree in zip(invited, degrees, strict=True)}
    return told | {one.id: degree for one, degree in zip(others[:3], ("I", "I", "II"), strict=True)}
