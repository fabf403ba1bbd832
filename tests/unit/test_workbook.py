"""Large workbooks are written row by row and are the same as small ones to whoever opens them."""

import io
import tracemalloc

import pytest
from python_calamine import CalamineWorkbook

from worker.deliver import workbook as module
from worker.deliver.lazy import Made
from worker.deliver.workbook import Cell, Sheet, workbook


def of(rows: int, name: str = "журнал") -> Sheet:
    return Sheet(name, [("мәтін", "text"), ("сан", "whole"), ("үлес", "decimal")], Made(range(rows), row))


def row(number: int) -> list[Cell]:
    return [f"жазба {number}" if number % 3 else None, number, number / 4]


def cells(data: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {
        name: [list(each) for each in book.get_sheet_by_name(name).to_python()] for name in book.sheet_names
    }


def made(*sheets: Sheet) -> bytes:
    return workbook(sheets, "Есеп", "Оператор", read_only=False)


def test_a_large_workbook_has_the_same_cells_as_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = (of(40), of(7, "тағы"), of(0, "бос"))
    small = cells(made(*sheets))
    monkeypatch.setattr(module, "_MANY", 10)
    monkeypatch.setattr(module, "_MEASURED", 5)
    large = made(*sheets)
    assert cells(large) == small
    assert len(small["журнал"]) == 41
    assert made(*sheets) == large, "the same rows make the same bytes"


def test_rows_beyond_what_a_sheet_holds_go_into_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_ROWS", 10)
    found = cells(made(of(25)))
    assert {name: len(rows) - 1 for name, rows in found.items()} == {
        "журнал": 10,
        "журнал 2": 10,
        "журнал 3": 5,
    }
    assert found["журнал 3"][-1][1] == 24


def test_the_memory_of_a_large_workbook_does_not_grow_with_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MANY", 1_000)
    few, many = peak(1_000), peak(4_000)
    assert many - few < 500_000  # rows that are kept would be over three million


def peak(rows: int) -> int:
    tracemalloc.start()
    made(of(rows))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most
