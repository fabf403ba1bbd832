"""Own pupils are found among few cells; all cells compared one by one say the same."""

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import law
from unit.test_jury import table

from jobs import juries, spellings
from jobs.juries import like_teachers, own_pupils

WORDS = st.sampled_from(
    [
        "Әли",
        "Али",
        "али",
        "Ахметова",
        "Akhmetova",
        "Ахмётова",
        "А.",
        "Айгүл",
        "Aigul",
        "Айгул",
        "О'Нил",
        "Щукин2",
        "щ",
    ]
)
PERSON = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
CELL = st.one_of(
    st.none(), st.lists(PERSON, min_size=1, max_size=3).map("; ".join), st.sampled_from(["", " ;,", "-"])
)


@contextmanager
def every_cell_compared() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(juries, "naming_some", lambda cells, _names: cells)
        patch.setattr(spellings, "_with_a_word_of", lambda _words, cells: cells)
        yield


def told(names: list[str], cells: list[str | None]) -> list[list[tuple[object, ...]]]:
    jurors = table("jurors", *({"juror": f"j{at}", "name": name} for at, name in enumerate(names)))
    entries = pl.DataFrame(
        {"entry": [f"e{at}" for at in range(len(cells))], "teacher": pl.Series(cells, dtype=pl.String)}
    )
    own = own_pupils(jurors, entries, "teacher", "entry")
    likely = like_teachers(jurors, entries, "teacher", own)
    return [sorted(own.rows()), sorted(likely.rows())]


@law
@given(st.lists(PERSON, min_size=1, max_size=4), st.lists(CELL, min_size=1, max_size=6))
def test_the_cells_that_are_passed_over_would_have_told_nothing(
    names: list[str], cells: list[str | None]
) -> None:
    with every_cell_compared():
        plain = told(names, cells)
    assert told(names, cells) == plain


def test_spellings_of_one_name_are_among_those_compared() -> None:
    assert [
        len(each)
        for each in told(["Ахметова Айгүл"], ["Akhmetova Aigul; Али", "Айгүл Ахметова", "Щукин2 Али"])
    ] == [
        1,
        1,
    ]
