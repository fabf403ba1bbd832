"""Regulation 004 was published with a "hacked font": a Kazakh encoding shown as a Russian one."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.kazakh import looks_like_mojibake, needs_folding, repair, repair_mojibake


@pytest.fixture(scope="module")
def published(shared: Path) -> bytes:
    return (shared / "regulations" / "004_order_99.txt").read_bytes()


@pytest.fixture(scope="module")
def expected(shared: Path) -> bytes:
    return (shared / "regulations" / "004_repaired.txt").read_bytes()


def test_the_order_as_published_is_recognised_as_kz1048_read_as_cp1251(published: bytes) -> None:
    assert looks_like_mojibake(published.decode()) == "kz1048-as-cp1251"


def test_the_repaired_order_equals_the_expected_text_byte_for_byte(published: bytes, expected: bytes) -> None:
    assert repair(published.decode()).encode() == expected


def test_the_repair_of_the_letters_alone_can_be_undone_byte_for_byte(published: bytes) -> None:
    text = published.decode()
    mended, changed = repair_mojibake(text)
    assert changed == sum(map(text.count, "ЌќЋћЎўЈјҐґЄєЇїЅѕ"))
    assert mended.encode("kz1048") == text.encode("cp1251")


def test_a_repaired_order_needs_no_second_repair(expected: bytes) -> None:
    text = expected.decode()
    assert looks_like_mojibake(text) is None
    assert not needs_folding(text)
    assert repair(text) == text


@pytest.mark.parametrize("name", ["000_bilimclass", "001_best_sor", "002_myn_bala", "003_elbasy_medal"])
def test_the_other_regulations_are_read_rightly_and_keep_their_letters(shared: Path, name: str) -> None:
    text = (shared / "regulations" / f"{name}.txt").read_text(encoding="utf-8")
    assert looks_like_mojibake(text) is None
    changed = {(old, new) for old, new in zip(text, repair(text), strict=True) if old != new}
    assert changed <= {("i", "і"), ("ə", "ә"), ("\u00a0", " ")}
