"""The two tests: keys, and sheets that pupils of different ability hand in."""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from worker.rehearsal import spreadsheet
from worker.rehearsal.draft import Draft
from worker.rehearsal.people import Pupil
from worker.rehearsal.spreadsheet import Table, Words, headers

LETTERS = "ABCDE"
BLANK = "."
_STAGE_WORDS: Mapping[Words, Mapping[str, str]] = {
    "en": {"stage-1": "stage-1", "stage-2": "stage-2"},
    "kk": {"stage-1": "1-кезең", "stage-2": "2-кезең"},
    "ru": {"stage-1": "1 этап", "stage-2": "2 этап"},
}
_HONEST_MOST = 35  # of 40: two honest sheets of stage 1 then hardly ever agree in 37
_TOP_SCORE = 52  # of 60: of the three who share the first place of stage 2; everybody else stays below


@dataclass(frozen=True)
class Paper:
    """A stage's test.

    `keys`: variant to right answers; `orders`: variant to the item behind each question; `minutes`: the least
    and the most that people take; `sessions`: when it begins, after the opening hour of a day.
    """

    stage: str
    keys: Mapping[str, str]
    orders: Mapping[str, tuple[int, ...]]
    difficulty: tuple[float, ...]
    minutes: tuple[int, int]
    sessions: tuple[timedelta, ...]

    @property
    def items(self) -> int:
        return len(self.difficulty)


@dataclass(frozen=True)
class Sheet:
    """One answer sheet; a blank is a dot."""

    participant: str
    variant: str
    started: datetime | None
    finished: datetime | None
    answers: str


Sheets = dict[str, Sheet]


def _lasting(sheet: Sheet, minutes: int, seconds: int = 0) -> Sheet:
    """The same sheet, handed in so long after it was opened."""
    started = sheet.started
    return replace(sheet, finished=started and started + timedelta(minutes=minutes, seconds=seconds))


def set_first_paper(draft: Draft) -> Paper:
    """40 items, at 45 s each half an hour at least (clause 6)."""
    keys, orders = _variants(draft.rng, 40, "1234")
    sessions = (timedelta(), timedelta(hours=2.5), timedelta(hours=5))
    paper = Paper("stage-1", keys, orders, _difficulties(draft.rng, 40, 0.5), (42, 89), sessions)
    _drop_keys(draft, paper)
    return paper


def set_second_paper(draft: Draft) -> Paper:
    """60 items in 150 minutes (clause 7)."""
    keys, orders = _variants(draft.rng, 60, "123")
    sessions = (timedelta(), timedelta(hours=3.5))
    paper = Paper("stage-2", keys, orders, _difficulties(draft.rng, 60, 1.0), (95, 149), sessions)
    _drop_keys(draft, paper)
    return paper


def _variants(
    rng: random.Random, items: int, names: str
) -> tuple[dict[str, str], dict[str, tuple[int, ...]]]:
    keys = {name: "".join(rng.choices(LETTERS, k=items)) for name in names}
    return keys, {name: tuple(rng.sample(range(items), items)) for name in names}


def _difficulties(rng: random.Random, items: int, mean: float) -> tuple[float, ...]:
    return tuple(rng.gauss(mean, 1) for _ in range(items))


def _drop_keys(draft: Draft, paper: Paper) -> None:
    rows = [
        (paper.stage, variant, number, right, f"{paper.stage[-1]}-{item + 1:03}")
        for variant, key in paper.keys.items()
        for number, (right, item) in enumerate(zip(key, paper.orders[variant], strict=True), start=1)
    ]
    at = draft.window(paper.stage).closes_at + timedelta(hours=2)
    table = Table(tuple(headers("keys", "en")), rows)
    draft.drop(at, "test-centre", f"keys-{paper.stage}.sample.csv", spreadsheet.utf8(table))


def _sit(draft: Draft, paper: Paper, pupil: Pupil, most: int) -> Sheet:
    """Answers by Rasch's model with guessing, one in thirty blank, at most `most` right.

    The chance of a right answer is 0.2 + 0.8 / (1 + exp(difficulty - ability)).
    """
    rng = draft.rng
    variant = rng.choice(list(paper.keys))
    answers = "".join(
        _answer(rng, right, pupil.ability - paper.difficulty[item])
        for right, item in zip(paper.keys[variant], paper.orders[variant], strict=True)
    )
    started = _start(draft, paper)
    least, longest = paper.minutes
    finished = started + timedelta(seconds=rng.randint(least * 60, longest * 60))
    sheet = Sheet(pupil.iin, variant, started, finished, answers)
    return _scored(rng, paper, sheet, min(most, _score(paper, sheet)))


def _answer(rng: random.Random, right: str, ease: float) -> str:
    if rng.random() < 1 / 30:
        return BLANK
    return right if rng.random() < 0.2 + 0.8 / (1 + math.exp(-ease)) else _other(rng, right)


def _other(rng: random.Random, letter: str) -> str:
    return rng.choice(LETTERS.replace(letter, ""))


def _start(draft: Draft, paper: Paper) -> datetime:
    window = draft.window(paper.stage)
    day = draft.rng.randrange((window.closes_at - window.opens_at).days + 1)
    session = draft.rng.choice(paper.sessions)
    return window.opens_at + timedelta(days=day, seconds=draft.rng.randrange(600)) + session


def _score(paper: Paper, sheet: Sheet) -> int:
    return sum(given == right for given, right in zip(sheet.answers, paper.keys[sheet.variant], strict=True))


def _scored(rng: random.Random, paper: Paper, sheet: Sheet, score: int) -> Sheet:
    """The sheet with as many answers mended or spoilt as it takes to have `score` right."""
    key = paper.keys[sheet.variant]
    answers = list(sheet.answers)
    surplus = _score(paper, sheet) - score
    changeable = [at for at, right in enumerate(key) if (answers[at] == right) == (surplus > 0)]
    for at in rng.sample(changeable, abs(surplus)):
        answers[at] = _other(rng, key[at]) if surplus > 0 else key[at]
    return replace(sheet, answers="".join(answers))


def sit_first_stage(draft: Draft, paper: Paper) -> list[Sheet]:
    """Whoever is registered, but 3 % who do not come; whom the list has twice is among these."""
    free = sum(pupil.iin not in draft.roles for pupil in draft.accepted)
    draft.deal("absent", free * 3 // 100, draft.accepted)
    away = ("absent", "listed-twice")
    sitting = [pupil for pupil in draft.accepted if draft.roles.get(pupil.iin) not in away]
    sheets = {pupil.iin: _sit(draft, paper, pupil, _HONEST_MOST) for pupil in sitting}
    annulled = _plant_copies(draft, paper, sheets, sitting)
    extra = _plant_oddities(draft, paper, sheets, sitting) if draft.size.thorough else []
    scores = {iin: _score(paper, sheet) for iin, sheet in sheets.items()}
    draft.scores["stage-1"] = scores
    draft.finalists = ranked({iin: scores[iin] for iin in scores.keys() - annulled})[: draft.size.finalists]
    return [*sheets.values(), *extra]


def ranked(scores: Mapping[str, int]) -> list[str]:
    return sorted(scores, key=lambda iin: (-scores[iin], iin))


def _plant_copies(draft: Draft, paper: Paper, sheets: Sheets, sitting: list[Pupil]) -> set[str]:
    """Pairs with so many of 40 answers alike; returns whom the commission will annul (see people.py)."""
    annulled: set[str] = set()
    for alike in (40, 38, 37, 36) if draft.size.thorough else (40,):
        pair = _pair(draft, sitting, same_school=True)
        _copy(draft.rng, sheets, pair, alike)
        draft.plant(f"identical-{alike}", "stage-1", pair, "undecided" if alike > 36 else "in", "9.3")
        annulled.update(pair if alike >= 38 else ())
    if draft.size.thorough:
        pair = _pair(draft, sitting, same_school=False)
        _copy(draft.rng, sheets, pair, paper.items)
        draft.plant("identical-other-school", "stage-1", pair, "in", "9.3")
    return annulled


def _pair(draft: Draft, sitting: list[Pupil], *, same_school: bool) -> tuple[str, str]:
    free = [pupil for pupil in sitting if pupil.iin not in draft.roles]
    draft.rng.shuffle(free)
    pairs = ((a, b) for at, a in enumerate(free) for b in free[at + 1 :])
    a, b = next((a, b) for a, b in pairs if (a.school == b.school) == same_school)
    draft.roles |= dict.fromkeys((a.iin, b.iin), "copied")
    return a.iin, b.iin


def _copy(rng: random.Random, sheets: Sheets, pair: tuple[str, str], alike: int) -> None:
    """The second sheet repeats `alike` answers of the first, which leaves no blank; the others differ."""
    first, second = (sheets[iin] for iin in pair)
    full = "".join(rng.choice(LETTERS) if mark == BLANK else mark for mark in first.answers)
    differing = set(rng.sample(range(len(full)), len(full) - alike))
    copied = "".join(_other(rng, mark) if at in differing else mark for at, mark in enumerate(full))
    sheets[pair[0]] = replace(first, answers=full)
    sheets[pair[1]] = replace(second, variant=first.variant, answers=copied)


def _plant_oddities(draft: Draft, paper: Paper, sheets: Sheets, sitting: list[Pupil]) -> list[Sheet]:
    """Strange times and blanks; returns the sheets that must not count: a late second one, a stranger's."""
    changes: Mapping[str, tuple[str, str, Callable[[Sheet], Sheet]]] = {
        "29:59": ("undecided", "9.1", lambda sheet: _lasting(sheet, 29, 59)),
        "30:00": ("in", "9.1", lambda sheet: _lasting(sheet, 30)),
        "95-minutes": ("undecided", "6", lambda sheet: _lasting(sheet, 95)),
        "no-clock": ("in", "9.1", lambda sheet: replace(sheet, started=None, finished=None)),
        "mostly-blank": ("in", "8", lambda sheet: replace(sheet, answers=sheet.answers[:9].ljust(40, BLANK))),
        "fast-and-accurate": (
            "undecided",
            "9.3",
            lambda sheet: _scored(draft.rng, paper, _lasting(sheet, 24), 38),
        ),
        "sat-again-late": ("in", "4", lambda sheet: sheet),
    }
    for name, (verdict, clause, changed) in changes.items():
        (iin,) = draft.deal(name, 1, sitting)
        sheets[iin] = changed(sheets[iin])
        draft.plant(name, "stage-1", [iin], verdict, clause)
    stranger = next(pupil for pupil in draft.listed if draft.roles.get(pupil.iin) == "not-registered")
    draft.plant("not-registered", "stage-1", [stranger.iin], "out", "4")
    late = _late(draft, paper, sheets[draft.cases[-2].ids[0]])
    return [late, _sit(draft, paper, stranger, _HONEST_MOST)]


def _late(draft: Draft, paper: Paper, sheet: Sheet) -> Sheet:
    """The person again, an hour after the window, and much better."""
    started = draft.window(paper.stage).closes_at + timedelta(hours=1)
    return _scored(draft.rng, paper, _lasting(replace(sheet, started=started), 60), _HONEST_MOST)


def sit_second_stage(draft: Draft, paper: Paper) -> list[Sheet]:
    """The finalists; the three best are made to share the first place, so that a lot is needed."""
    pupils = {pupil.iin: pupil for pupil in draft.listed}
    sheets = {iin: _sit(draft, paper, pupils[iin], _TOP_SCORE - 1) for iin in draft.finalists}
    best = ranked({iin: _score(paper, sheet) for iin, sheet in sheets.items()})
    draft.trio = best[:3]
    sheets |= {iin: _scored(draft.rng, paper, sheets[iin], _TOP_SCORE) for iin in draft.trio}
    draft.scores["stage-2"] = {iin: _score(paper, sheet) for iin, sheet in sheets.items()}
    if not draft.size.thorough:
        return list(sheets.values())
    sheets[best[3]] = _lasting(sheets[best[3]], 151)
    draft.plant("151-minutes", "stage-2", [best[3]], "undecided", "7")
    annulled = next(case for case in draft.cases if case.name == "identical-40").ids[0]
    draft.plant("annulled-sits-again", "stage-2", [annulled], "out", "5")
    return [*sheets.values(), _sit(draft, paper, pupils[annulled], _TOP_SCORE - 1)]


def drop_stage(draft: Draft, paper: Paper, sheets: list[Sheet], files: int) -> None:
    """The stage's sheets in files of neighbouring schools, from the evening of the close on."""
    school = {pupil.iin: pupil.school.number for pupil in draft.listed}
    ordered = sorted(sheets, key=lambda sheet: (school[sheet.participant], sheet.participant, sheet.answers))
    closed = draft.window(paper.stage).closes_at
    for number in range(files):
        part = ordered[number * len(ordered) // files : (number + 1) * len(ordered) // files]
        suffix, data = _written_sheets(draft, paper, part, number)
        name = f"sheets-{paper.stage}-{number + 1:02}.sample.{suffix}"
        draft.drop(closed + timedelta(hours=3 + number), "test-centre", name, data)


def _written_sheets(draft: Draft, paper: Paper, sheets: list[Sheet], number: int) -> tuple[str, bytes]:
    if number % 4 == 1:
        return "xlsx", spreadsheet.xlsx(_sheet_table(draft, "ru", paper, sheets), ("Тест орталығы (үлгі)",))
    if number % 4 == 2:
        return "csv", spreadsheet.utf8_with_bom(_sheet_table(draft, "kk", paper, sheets))
    if number % 4 == 3:
        return "csv", spreadsheet.kz1048(_sheet_table(draft, "ru", paper, sheets))
    return "csv", spreadsheet.utf8(_sheet_table(draft, "en", paper, sheets))


def _sheet_table(draft: Draft, words: Words, paper: Paper, sheets: list[Sheet]) -> Table:
    questions = (f"q{number + 1}" for number in range(paper.items))
    rows = [
        (
            sheet.participant,
            _STAGE_WORDS[words][paper.stage],
            int(sheet.variant),
            sheet.started and draft.written(sheet.started, words),
            sheet.finished and draft.written(sheet.finished, words),
            *(None if mark == BLANK else mark for mark in sheet.answers),
        )
        for sheet in sheets
    ]
    return Table((*headers("sheets", words).values(), *questions), rows)
