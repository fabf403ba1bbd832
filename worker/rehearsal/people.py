"""The people of a rehearsal: they find our requests in the outbox and answer with files, as real ones would.

Their policy is fixed: the integrity commission annuls sheets of which at least 95 % repeat another (38 of 40) and
keeps the rest; the ministry confirms whom it lists; the operator accepts; a lot is twenty throws of a die in
public, for which a generator seeded with the request stands here.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from python_calamine import CalamineWorkbook

from jobs.calendar import time_zone
from worker.rehearsal.season import Drop
from worker.rehearsal.spreadsheet import Table, xlsx

COLUMNS = ("request_id", "subject", "decision", "ground", "decided_by", "decided_at")
_DICE = "dice"
_THROWS = 20
_USUAL = ("keep", "listed", "accept")
_ALIKE = re.compile(r"([0-9]+) of ([0-9]+) answers identical")
_SIGNED_BY = {
    "keep": "Комиссия төрайымы Ш. Ізтілеуова (үлгі)",
    "listed": "Тізім жетекшісі Д. Қоңырбаев (үлгі)",
    "accept": "Оператор өкілі М. Оңғарова (үлгі)",
    _DICE: "Қоғамдық байқаушылар Н. Титова, Е. Өтегенов (үлгі)",
}
_GROUNDS = {
    "annul": "жауаптары бірдей; 11.1-тармақ",
    "keep": "тексерілді, бұзушылық расталмады",
    "listed": "тізім бойынша расталды",
    "accept": "қабылданды",
    _DICE: "сүйек көпшілік алдында тасталды",
}


@dataclass(frozen=True)
class _Request:
    contest: str
    request_id: str
    rows: Sequence[dict[str, str]]
    choices: Sequence[str]


def answer_requests(
    outbox: Path, answered: set[str], now: datetime, *, zone: str = "Asia/Almaty"
) -> list[Drop]:
    """The decision files for every request of `outbox` that is not in `answered`, to be dropped at `now` (UTC).

    Reads `requests/<contest>/<request_id>/request.xlsx`: the first sheet has COLUMNS and others for information,
    the sheet `choices` a decision allowed on each row. Adds the ids it answers to `answered`. `zone` is in which
    the moments of decision are written.
    """
    drops = []
    for path in sorted(outbox.glob("requests/*/*/request.xlsx")):
        if path.parent.name in answered:
            continue
        request = _read(path)
        answered.add(request.request_id)
        table = Table(COLUMNS, [_answer(request, row, now, zone) for row in request.rows])
        drops.append(
            Drop(now, f"commission/{request.contest}/decisions-{request.request_id}.xlsx", xlsx(table))
        )
    return drops


def _read(path: Path) -> _Request:
    book = CalamineWorkbook.from_path(path)
    rows = [[str(cell).strip() for cell in row] for row in book.get_sheet_by_index(0).to_python()]
    head = next(at for at, row in enumerate(rows) if "request_id" in row and "subject" in row)
    filled = [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :] if any(row)]
    choices = [str(row[0]).strip() for row in book.get_sheet_by_name("choices").to_python() if row]
    return _Request(path.parent.parent.name, path.parent.name, filled, choices)


def _answer(request: _Request, row: dict[str, str], now: datetime, zone: str) -> tuple[str, ...]:
    choice = _choose(request.choices, row)
    decision = _throw(request.request_id) if choice == _DICE else choice
    signer = next(_SIGNED_BY[usual] for usual in (*_USUAL, _DICE) if usual in request.choices)
    at = (now - timedelta(minutes=5)).astimezone(time_zone(zone)).isoformat(timespec="seconds")
    return (row["request_id"], row["subject"], decision, _GROUNDS[choice], signer, at)


def _choose(choices: Sequence[str], row: dict[str, str]) -> str:
    if "annul" in choices and any(same * 100 >= items * 95 for same, items in _likeness(row)):
        return "annul"
    return next(choice for choice in (*_USUAL, _DICE) if choice in choices)


def _likeness(row: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Identical answers and items, wherever the request tells of them."""
    for cell in row.values():
        for same, items in _ALIKE.findall(cell):
            yield int(same), int(items)


def _throw(request_id: str) -> str:
    rng = random.Random(request_id)  # noqa: S311 - stands for dice, repeatable on purpose
    return "".join(rng.choices("123456", k=_THROWS))
