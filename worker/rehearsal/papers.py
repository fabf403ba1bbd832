"""The two tests: keys, and sheets that pupils of different ability hand in."""

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from worker.rehearsal import spreadsheet
from worker.rehearsal.answers import BLANK, Item, invent_items
from worker.rehearsal.draft import Draft
from worker.rehearsal.people import Pupil
from worker.rehearsal.spreadsheet import Table, Words, headers

_STAGE_WORDS: Mapping[Words, Mapping[str, str]] = {
    "en": {"stage-1": "stage-1", "stage-2": "stage-2"},
    "kk": {"stage-1": "1-кезең", "stage-2": "2-кезең"},
    "ru": {"stage-1": "1 этап", "stage-2": "2 этап"},
}
_HONEST_MOST = 35  # of 40: two honest sheets of stage 1, but the planted ones, then hardly ever agree in 37
_TOP_SCORE = 52  # of 60: of the three who share the first place of stage 2; everybody else stays below


@dataclass(frozen=True)
class Paper:
    """A stage's test.

    `orders`: variant to the item (from 0) behind each question, for all variants show the same items, with the same
    options; `minutes`: the least and the most that people take; `sessions`: when it begins, after the opening hour of
    a day.
    """

    stage: str
    items: tuple[Item, ...]
    orders: Mapping[str, tuple[int, ...]]
    minutes: tuple[int, int]
    sessions: tuple[timedelta, ...]

    def asked(self, variant: str) -> list[Item]:
        """The items in the order of a variant."""
        return [self.items[number] for number in self.orders[variant]]


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
    sessions = (timedelta(), timedelta(hours=2.5), timedelta(hours=5))
    return _set(draft, "stage-1", invent_items(draft.rng, 40, 0.5), "1234", (42, 89), sessions)


def set_second_paper(draft: Draft) -> Paper:
    """60 items in 150 minutes (clause 7)."""
    sessions = (timedelta(), timedelta(hours=3.5))
    return _set(draft, "stage-2", invent_items(draft.rng, 60, 1.0), "123", (95, 149), sessions)


def _set(
    draft: Draft,
    stage: str,
    items: tuple[Item, ...],
    variants: str,
    minutes: tuple[int, int],
    sessions: tuple[timedelta, ...],
) -> Paper:
    orders = {name: tuple(draft.rng.sample(range(len(items)), len(items))) for name in variants}
    paper = Paper(stage, items, orders, minutes, sessions)
    _drop_keys(draft, paper)
    return paper


def _drop_keys(draft: Draft, paper: Paper) -> None:
    rows = [
        (paper.stage, variant, number, paper.items[item].right, f"{paper.stage[-1]}-{item + 1:03}")
        for variant, order in paper.orders.items()
        for number, item in enumerate(order, start=1)
    ]
    at = draft.window(paper.stage).closes_at + timedelta(hours=2)
    table = Table(tuple(headers("keys", "en")), rows)
    draft.drop(at, "test-centre", f"keys-{paper.stage}.sample.csv", spreadsheet.utf8(table))


def _sit(draft: Draft, paper: Paper, pupil: Pupil, most: int, beside: Sheet | None = None) -> Sheet:
    """A sheet with at most `most` right: of those the pupil might hand in, the first that has no more.

    `beside`: with that sheet's variant, begun at the same moment.
    """
    rng = draft.rng
    variant = beside.variant if beside else rng.choice(list(paper.orders))
    started = (beside and beside.started) or _start(draft, paper)
    least, longest = paper.minutes
    finished = started + timedelta(seconds=rng.randint(least * 60, longest * 60))
    while True:
        answers = "".join(item.answer(rng, pupil.ability) for item in paper.asked(variant))
        sheet = Sheet(pupil.iin, variant, started, finished, answers)
        if _score(paper, sheet) <= most:
            return sheet


def _start(draft: Draft, paper: Paper) -> datetime:
    window = draft.window(paper.stage)
    day = draft.rng.randrange((window.closes_at - window.opens_at).days + 1)
    session = draft.rng.choice(paper.sessions)
    return window.opens_at + timedelta(days=day, seconds=draft.rng.randrange(600)) + session


def _score(paper: Paper, sheet: Sheet) -> int:
    asked = paper.asked(sheet.variant)
    return sum(mark == item.right for mark, item in zip(sheet.answers, asked, strict=True))


def _scored(rng: random.Random, paper: Paper, sheet: Sheet, score: int) -> Sheet:
    """The sheet with `score` right: the easier of its errors are mended, or the harder of its successes spoilt."""
    asked = paper.asked(sheet.variant)
    answers = list(sheet.answers)
    surplus = _score(paper, sheet) - score
    changeable = [at for at, item in enumerate(asked) if (answers[at] == item.right) == (surplus > 0)]
    changeable.sort(key=lambda at: asked[at].difficulty + rng.gauss(0, 1), reverse=surplus > 0)
    for at in changeable[: abs(surplus)]:
        answers[at] = asked[at].wrong(rng) if surplus > 0 else asked[at].right
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
    for alike in (40, 38, 37) if draft.size.thorough else (40,):
        pair = _copied(draft, paper, sheets, sitting, (alike,))
        draft.plant(f"identical-{alike}", "stage-1", pair, "undecided", "9.3")
        annulled.update(pair if alike >= 38 else ())
    if draft.size.thorough:
        pair = _copied(draft, paper, sheets, sitting, (40,), same_school=False)
        draft.plant("identical-other-school", "stage-1", pair, "undecided", "9.3")
        _plant_what_a_share_misjudges(draft, paper, sheets, sitting)
    return annulled


def _plant_what_a_share_misjudges(draft: Draft, paper: Paper, sheets: Sheets, sitting: list[Pupil]) -> None:
    """Two who copied from a third with at most 36 of 40 alike, and honest pairs of whom one has 37 alike."""
    three = _copied(draft, paper, sheets, sitting, (35, 34))
    draft.plant("copied-from-one", "stage-1", three, "undecided", "9.3")
    for name, missed, verdict in (
        ("honest-top-pair", (1, 2), "undecided"),
        ("identical-36", (2, 2), "in"),
    ):
        pair = _ablest_of_a_school(draft, sitting)
        _nearly_all_right(draft, paper, sheets, pair, missed)
        draft.plant(name, "stage-1", [pupil.iin for pupil in pair], verdict, "9.3")


def _copied(
    draft: Draft,
    paper: Paper,
    sheets: Sheets,
    sitting: list[Pupil],
    alike: tuple[int, ...],
    *,
    same_school: bool = True,
) -> list[str]:
    """Somebody, and so many others who now have `alike` answers of the same variant from that one."""
    source, *others = _company(draft, paper, sheets, sitting, len(alike), same_school=same_school)
    first = sheets[source.iin]
    answers = (
        item.wrong(draft.rng) if mark == BLANK else mark
        for mark, item in zip(first.answers, paper.asked(first.variant), strict=True)
    )
    sheets[source.iin] = first = replace(first, answers="".join(answers))
    for pupil, count in zip(others, alike, strict=True):
        own = _sit(draft, paper, pupil, _HONEST_MOST, beside=first)
        sheets[pupil.iin] = _copy(draft.rng, own, first, count)
    return [source.iin, *(pupil.iin for pupil in others)]


def _company(
    draft: Draft, paper: Paper, sheets: Sheets, sitting: list[Pupil], others: int, *, same_school: bool
) -> list[Pupil]:
    """Somebody of middle score, and the weakest of that school (or of the other schools)."""
    free = [pupil for pupil in sitting if pupil.iin not in draft.roles]
    draft.rng.shuffle(free)
    middling = sorted(
        free, key=lambda pupil: abs(_score(paper, sheets[pupil.iin]) - len(paper.items) // 2) // 4
    )
    weakest = sorted(free, key=lambda pupil: pupil.ability)
    companies = (
        [source, *(one for one in weakest if one != source and (one.school == source.school) == same_school)]
        for source in middling
    )
    chosen = next(company for company in companies if len(company) > others)[: others + 1]
    draft.roles |= {pupil.iin: "copied" for pupil in chosen}
    return chosen


def _copy(rng: random.Random, own: Sheet, source: Sheet, alike: int) -> Sheet:
    """`own` with answers of `source`, which has no blank; it differs from it, as it did before, in all but `alike`."""
    differing = [at for at, mark in enumerate(source.answers) if own.answers[at] != mark]
    kept = set(rng.sample(differing, len(source.answers) - alike))
    answers = (own.answers[at] if at in kept else mark for at, mark in enumerate(source.answers))
    return replace(own, answers="".join(answers))


def _ablest_of_a_school(draft: Draft, sitting: list[Pupil]) -> list[Pupil]:
    """The two best of the school whose second is the best of all seconds."""
    schools: dict[str, list[Pupil]] = defaultdict(list)
    for pupil in sorted(sitting, key=lambda pupil: -pupil.ability):
        if pupil.iin not in draft.roles:
            schools[pupil.school.code].append(pupil)
    pairs = [pupils[:2] for pupils in schools.values() if len(pupils) > 1]
    chosen = max(pairs, key=lambda pair: pair[1].ability)
    draft.roles |= {pupil.iin: "able" for pupil in chosen}
    return chosen


def _nearly_all_right(
    draft: Draft, paper: Paper, sheets: Sheets, pair: list[Pupil], missed: tuple[int, int]
) -> None:
    """Each of the two misses so many of the ten hardest items, never the same one."""
    hardest = sorted(range(len(paper.items)), key=lambda number: -paper.items[number].difficulty)[:10]
    errors = draft.rng.sample(hardest, sum(missed))
    first, second = pair
    sheet = sheets[first.iin]
    fellow = _sit(draft, paper, second, _HONEST_MOST, beside=sheet)
    sheets[first.iin] = _right_but(draft.rng, paper, sheet, errors[: missed[0]])
    sheets[second.iin] = _right_but(draft.rng, paper, fellow, errors[missed[0] :])


def _right_but(rng: random.Random, paper: Paper, sheet: Sheet, errors: Collection[int]) -> Sheet:
    answers = (
        paper.items[number].wrong(rng) if number in errors else paper.items[number].right
        for number in paper.orders[sheet.variant]
    )
    return replace(sheet, answers="".join(answers))


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
    questions = (f"q{number + 1}" for number in range(len(paper.items)))
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
