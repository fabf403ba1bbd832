"""Registrations as the platform exports them, with the trouble families have."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from jobs.iin import check
from worker.rehearsal import spreadsheet
from worker.rehearsal.draft import Draft
from worker.rehearsal.people import Pupil
from worker.rehearsal.spreadsheet import Table, Words, headers

_NO_YES: Mapping[Words, tuple[str, str]] = {"en": ("0", "1"), "kk": ("жоқ", "иә"), "ru": ("нет", "да")}
_LANGUAGES: Mapping[Words, Mapping[str, str]] = {
    "en": {"kk": "kk", "ru": "ru"},
    "kk": {"kk": "қазақша", "ru": "орысша"},
    "ru": {"kk": "казахский", "ru": "русский"},
}
_PHONES = ("8 ({}) {} {}{}", "+7({}){} {} {}", "{}{}{}{}", "7{}{}{}{}", "+7{}{}{}{}", "8-{}-{}-{}-{}")
_BAD_ADDRESSES = ("family.example", "a family@family.example", "family@@family.example", "family@")
_EXCEL_BATCH = 2  # counted from 0: the batch that somebody opened and saved in Excel

# How many have each trouble, and the clause by which it leaves them out; without one they come in.
_TROUBLE: Mapping[str, tuple[int, str | None]] = {
    "no-consent": (5, "2"),
    "phone-unconfirmed": (4, "2"),
    "guardian-is-pupil": (2, "2"),
    "guardian-minor": (1, "2"),
    "second-late": (1, "1"),
    "last-second": (1, None),
    "consent-later": (4, None),
    "sibling-guardian": (5, None),
    "digits-lost-then-resent": (1, None),
    "bad-address": (4, None),
}
_LEAST_TROUBLE: Mapping[str, tuple[int, str | None]] = {"no-consent": (1, "2")}


@dataclass(frozen=True)
class Registration:
    """One record of the platform."""

    iin: str
    guardian_iin: str
    phone: str
    confirmed: bool
    email: str | None
    language: str
    consent: bool
    at: datetime


def drop_registrations(draft: Draft) -> None:
    registered = _who_registers(draft)
    strangers = [draft.stranger() for _ in range(6 if draft.size.thorough else 1)]
    draft.plant("not-on-list", "registration", (one.iin for one in strangers), "out", "3")
    batches: list[list[Registration]] = [[] for _ in range(draft.size.batches)]
    for pupil in (*registered, *strangers):
        for record in _records(draft, pupil):
            batches[_batch(draft, record.at)].append(record)
    for number, batch in enumerate(batches):
        _drop_batch(draft, number, sorted(batch, key=lambda one: (one.at, one.iin)))


def _who_registers(draft: Draft) -> list[Pupil]:
    """Some 85 % of the list, those with a role among them; also settles who is accepted."""
    staying = sum(pupil.iin not in draft.roles for pupil in draft.listed)
    draft.deal("not-registered", staying * 15 // 100 or 1, draft.listed)
    registered = [pupil for pupil in draft.listed if draft.roles.get(pupil.iin) != "not-registered"]
    out = {iin for case in draft.cases if case.verdict == "out" for iin in case.ids}
    for role, (count, clause) in (_TROUBLE if draft.size.thorough else _LEAST_TROUBLE).items():
        dealt = draft.deal(role, count, registered)
        draft.plant(role, "registration", dealt, "out" if clause else "in", clause or "3")
        out.update(dealt if clause else ())
    if draft.size.thorough:
        out.update(draft.deal("mistyped", 2, registered), draft.deal("mistyped-plausibly", 1, registered))
    draft.accepted = [pupil for pupil in registered if pupil.iin not in out]
    return registered


def _records(draft: Draft, pupil: Pupil) -> list[Registration]:
    usual = _usual_record(draft, pupil)
    changed = _CHANGES.get(draft.roles.get(pupil.iin, ""))
    return changed(draft, usual) if changed else [usual]


def _usual_record(draft: Draft, pupil: Pupil) -> Registration:
    rng = draft.rng
    window = draft.window("registration")
    seconds = int((window.closes_at - window.opens_at).total_seconds())
    parent_born = date(1976, 1, 1) + timedelta(days=rng.randrange(6000))
    without = draft.size.thorough and rng.random() < 0.03
    return Registration(
        iin=pupil.iin,
        guardian_iin=draft.people.iin(parent_born, rng.random() < 0.7),
        phone=_phone(rng),
        confirmed=True,
        email=None if without else f"family-{rng.randrange(10**6):06}@family.example",
        language=pupil.language,
        consent=True,
        at=window.opens_at + timedelta(seconds=rng.randrange(seconds * 97 // 100)),
    )


def _phone(rng: random.Random) -> str:
    """A mobile number in one of the usual spellings; 000 after the code shows that it is made up."""
    code = rng.choice(("701", "705", "707", "747", "771", "775", "776", "777"))
    return rng.choice(_PHONES).format(code, "000", f"{rng.randrange(100):02}", f"{rng.randrange(100):02}")


def _guarded_by_minor(draft: Draft, usual: Registration) -> list[Registration]:
    return [replace(usual, guardian_iin=draft.people.iin(date(2010, 3, 9), True))]


def _guarded_by_sibling(draft: Draft, usual: Registration) -> list[Registration]:
    """A grown-up brother or sister: born after 1999, so the IIN begins with a zero, which Excel drops."""
    born = date(2001, 1, 1) + timedelta(days=draft.rng.randrange(1700))
    sibling = draft.people.iin(born, draft.rng.random() < 0.5)
    return [replace(usual, guardian_iin=sibling, at=_in_excel(draft, usual.at))]


def _mistyped(draft: Draft, usual: Registration) -> list[Registration]:
    """One digit wrong, which the control digit notices."""
    return _typed(draft, usual, plausible=False)


def _mistyped_plausibly(draft: Draft, usual: Registration) -> list[Registration]:
    """One digit wrong, which the control digit does not notice."""
    return _typed(draft, usual, plausible=True)


def _typed(draft: Draft, usual: Registration, *, plausible: bool) -> list[Registration]:
    """The eleventh digit is tried first: it is the least protected."""
    iin = usual.iin
    wrong = (iin[:at] + digit + iin[at + 1 :] for at in range(10, 6, -1) for digit in "0123456789")
    unused = (one for one in wrong if one not in draft.people.iins)
    typed = next(one for one in unused if (check(one) is None) == plausible)
    number = 1 + sum(case.name.startswith("mistyped") for case in draft.cases)
    draft.plant(f"{draft.roles[iin]}-{number}", "registration", [typed], "out", "3" if plausible else "2")
    return [replace(usual, iin=typed)]


def _last_second(draft: Draft, usual: Registration) -> list[Registration]:
    return [replace(usual, at=draft.window("registration").closes_at - timedelta(seconds=1))]


def _second_late(draft: Draft, usual: Registration) -> list[Registration]:
    return [replace(usual, at=draft.window("registration").closes_at)]


def _consent_later(draft: Draft, usual: Registration) -> list[Registration]:
    later = min(usual.at + timedelta(days=1), draft.window("registration").closes_at - timedelta(hours=1))
    return [replace(usual, consent=False), replace(usual, at=later)]


def _digits_lost_then_resent(draft: Draft, usual: Registration) -> list[Registration]:
    """Excel shows a long number as 8.50412E+11 and saves what it shows; the family registers once more."""
    lost = replace(usual, guardian_iin=f"{int(usual.guardian_iin):.5E}", at=_in_excel(draft, usual.at))
    return [lost, replace(usual, at=lost.at + timedelta(days=5))]


def _bad_address(draft: Draft, usual: Registration) -> list[Registration]:
    return [replace(usual, email=draft.rng.choice(_BAD_ADDRESSES))]


_CHANGES: Mapping[str, Callable[[Draft, Registration], list[Registration]]] = {
    "no-consent": lambda _, usual: [replace(usual, consent=False)],
    "phone-unconfirmed": lambda _, usual: [replace(usual, confirmed=False)],
    "guardian-is-pupil": lambda _, usual: [replace(usual, guardian_iin=usual.iin)],
    "guardian-minor": _guarded_by_minor,
    "sibling-guardian": _guarded_by_sibling,
    "mistyped": _mistyped,
    "mistyped-plausibly": _mistyped_plausibly,
    "last-second": _last_second,
    "second-late": _second_late,
    "consent-later": _consent_later,
    "digits-lost-then-resent": _digits_lost_then_resent,
    "bad-address": _bad_address,
}


def _span(draft: Draft) -> timedelta:
    window = draft.window("registration")
    return (window.closes_at - window.opens_at) // draft.size.batches


def _batch(draft: Draft, at: datetime) -> int:
    return min((at - draft.window("registration").opens_at) // _span(draft), draft.size.batches - 1)


def _in_excel(draft: Draft, at: datetime) -> datetime:
    """A moment that falls into the batch Excel saved."""
    opens, span = draft.window("registration").opens_at, _span(draft)
    return opens + _EXCEL_BATCH * span + timedelta(seconds=(at - opens) % span // timedelta(seconds=1))


def _drop_batch(draft: Draft, number: int, batch: list[Registration]) -> None:
    """Each batch at the end of its span, the last one on the day after the close."""
    window = draft.window("registration")
    final = number == draft.size.batches - 1
    at = window.closes_at + timedelta(hours=15) if final else window.opens_at + (number + 1) * _span(draft)
    suffix, data, outcome = _written_batch(draft, number, batch)
    draft.drop(at, "platform", f"registrations-{number + 1:02}.sample.{suffix}", data, outcome)


def _written_batch(draft: Draft, number: int, batch: list[Registration]) -> tuple[str, bytes, str]:
    if number == _EXCEL_BATCH and draft.size.thorough:
        table = _registration_table(draft, "ru", batch)
        return "csv", spreadsheet.excel_lost_zeros(table, (0, 1)), "partial"
    if number % 3 == 1:
        return "xlsx", spreadsheet.xlsx(_registration_table(draft, "kk", batch)), "accepted"
    if number % 3 == 2:
        return "csv", spreadsheet.utf8_with_bom(_registration_table(draft, "ru", batch)), "accepted"
    return "csv", spreadsheet.utf8(_registration_table(draft, "en", batch)), "accepted"


def _registration_table(draft: Draft, words: Words, batch: list[Registration]) -> Table:
    said, spoken = _NO_YES[words], _LANGUAGES[words]
    rows = [
        (
            one.iin,
            one.guardian_iin,
            one.phone,
            said[one.confirmed],
            one.email,
            spoken[one.language],
            said[one.consent],
            draft.written(one.at, words),
        )
        for one in batch
    ]
    return Table(tuple(headers("registrations", words).values()), rows)
