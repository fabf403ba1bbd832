"""Specialised schools with their quotas, and the winners' applications."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from worker.rehearsal import spreadsheet
from worker.rehearsal.draft import Draft
from worker.rehearsal.papers import ranked
from worker.rehearsal.spreadsheet import Cell, Table, Words, headers

_LOT_INTAKE = 24  # 10 % rounded down: two seats, for which the three best of stage 2 compete


@dataclass(frozen=True)
class Quota:
    """A row of a quota file; `seats` is empty where the 10 % of clause 13 hold."""

    language: str | None
    intake: int
    seats: int | None = None

    @property
    def granted(self) -> int:
        return self.intake * 10 // 100 if self.seats is None else self.seats


@dataclass(frozen=True)
class Partner:
    """A specialised school."""

    school_id: str
    name: str
    rows: tuple[Quota, ...]
    boarding: int | None

    @property
    def granted(self) -> int:
        return sum(row.granted for row in self.rows)


def drop_quotas(draft: Draft) -> list[Partner]:
    partners = _partners(draft)
    files = 3 if draft.size.thorough else 1
    first = draft.rulebook.moments["winners"] - timedelta(days=20)
    for number in range(files):
        rows = [row for partner in partners[number::files] for row in _quota_rows(partner)]
        suffix, data = _written_quotas(rows, number)
        name = f"quotas-{number + 1}.sample.{suffix}"
        draft.drop(first + timedelta(days=5 * number), "schools", name, data)
    return partners


def _written_quotas(rows: list[tuple[Cell, ...]], number: int) -> tuple[str, bytes]:
    if number == 0:
        return "xlsx", spreadsheet.xlsx(Table(tuple(headers("quotas", "kk").values()), rows))
    words: Words = "ru" if number == 1 else "en"
    return "csv", spreadsheet.utf8_with_bom(Table(tuple(headers("quotas", words).values()), rows))


def _partners(draft: Draft) -> list[Partner]:
    """The first has the lot's two seats; in a thorough season the second has an intake of 9 and so no seat,
    the third declares 8 where 10 % are 6; the others share what is left of `size.seats`."""
    special = [Quota(None, _LOT_INTAKE)]
    if draft.size.thorough:
        special += [Quota(None, 9), Quota(None, 60, seats=8)]
    left = draft.size.seats - sum(quota.granted for quota in special)
    ordinary = draft.size.partners - len(special)
    shares = [left * (n + 1) // ordinary - left * n // ordinary for n in range(ordinary)]
    quotas = [*((quota,) for quota in special), *(_ordinary_quota(draft.rng, share) for share in shares)]
    return [_partner(draft.rng, number, rows) for number, rows in enumerate(quotas, start=1)]


def _ordinary_quota(rng: random.Random, seats: int) -> tuple[Quota, ...]:
    """One row for both languages, or one for each; seats declared or left to the 10 %."""
    if seats < 4 or rng.random() < 0.5:
        return (Quota(None, seats * 10 + rng.randrange(10), seats if rng.random() < 0.3 else None),)
    kazakh = (seats + 1) // 2
    parts = {"kk": kazakh, "ru": seats - kazakh}
    return tuple(Quota(language, part * 10 + rng.randrange(10)) for language, part in parts.items())


def _partner(rng: random.Random, number: int, rows: tuple[Quota, ...]) -> Partner:
    name = f"№{number} дарынды балаларға арналған мектеп (үлгі)"
    return Partner(f"SP-{number:02}", name, rows, rng.choice((None, 0, 2, 3, 5)))


def _quota_rows(partner: Partner) -> Iterator[tuple[Cell, ...]]:
    address = f"admission-{partner.school_id.lower()}@school.example"
    for row in partner.rows:
        yield (
            partner.school_id,
            partner.name,
            row.language,
            row.intake,
            row.seats,
            partner.boarding,
            address,
        )


def winners(draft: Draft, partners: list[Partner]) -> list[str]:
    """As many as there are seats, and all who tie with the last of them (Q22)."""
    scores = draft.scores["stage-2"]
    order = ranked(scores)
    seats = sum(partner.granted for partner in partners)
    last = scores[order[min(seats, len(order)) - 1]]
    return [iin for iin in order if scores[iin] >= last]


@dataclass(frozen=True)
class Option:
    """One line of an application."""

    school_id: str
    language: str | None
    boarding: bool


@dataclass(frozen=True)
class Application:
    """A family's ordered list."""

    participant: str
    at: datetime
    options: tuple[Option, ...]


def drop_applications(draft: Draft, partners: list[Partner]) -> None:
    languages = {pupil.iin: pupil.language for pupil in draft.listed}
    best = ranked(draft.scores["stage-2"])[: draft.size.applicants]
    lists = [_application(draft, partners, iin, languages[iin]) for iin in best]
    if draft.size.thorough:
        lists = _plant_applications(draft, lists)
    window = draft.window("applications")
    files = 3 if draft.size.thorough else 1
    span = (window.closes_at - window.opens_at) // files
    for number in range(files):
        part = [one for one in lists if min((one.at - window.opens_at) // span, files - 1) == number]
        at = window.opens_at + (number + 1) * span + timedelta(hours=1)
        draft.drop(at, "platform", f"applications-{number + 1}.sample.csv", _written_lists(draft, part))


def _application(draft: Draft, partners: list[Partner], iin: str, language: str) -> Application:
    """One to eight schools; those of the lot put the first partner first and ask for no boarding there."""
    rng = draft.rng
    window = draft.window("applications")
    seconds = int((window.closes_at - window.opens_at).total_seconds())
    chosen = rng.sample(partners, rng.randint(1, min(8, len(partners))))
    options = [Option(one.school_id, rng.choice((language, None)), rng.random() < 0.3) for one in chosen]
    if iin in draft.trio:
        wanted = partners[0].school_id
        options = [Option(wanted, None, False), *(one for one in options if one.school_id != wanted)]
    return Application(iin, window.opens_at + timedelta(seconds=rng.randrange(seconds)), tuple(options))


def _plant_applications(draft: Draft, lists: list[Application]) -> list[Application]:
    """A school twice, an unknown one, a minute late, a second list, no list; all by sure winners."""
    window = draft.window("applications")
    twice, unknown, late, second, silent = lists[3:8]
    changed = [
        replace(twice, options=(twice.options[0], *twice.options)),
        replace(unknown, options=(Option("SP-99", None, False), *unknown.options)),
        replace(late, at=window.closes_at + timedelta(minutes=1)),
        replace(second, at=window.opens_at + timedelta(hours=1)),
        replace(second, at=window.closes_at - timedelta(hours=1), options=second.options[::-1][:2]),
    ]
    came = {"school-twice": twice, "unknown-school": unknown, "second-application": second}
    missed = {"late-application": late, "no-application": silent}
    for name, one in (came | missed).items():
        draft.plant(name, "admission", [one.participant], "out" if name in missed else "in", "16")
    return [*lists[:3], *changed, *lists[8:]]


def _written_lists(draft: Draft, lists: list[Application]) -> bytes:
    ordered = sorted(lists, key=lambda one: (one.at, one.participant))
    rows = [
        (
            one.participant,
            preference,
            option.school_id,
            option.language,
            int(option.boarding),
            draft.written(one.at, "en"),
        )
        for one in ordered
        for preference, option in enumerate(one.options, start=1)
    ]
    return spreadsheet.utf8(Table(tuple(headers("applications", "en")), rows))
