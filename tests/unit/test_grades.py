"""Which grades may sit which subject."""

import polars as pl
import pytest

from jobs.binding import Lookup
from jobs.errors import ParameterFault
from jobs.grades import grades

TABLE = Lookup("subject", {"Математика": "9-11", "Ұйғыр тілі": "10-11"})


def verdict(subject: str | None, grade: int | None, table: Lookup = TABLE) -> tuple[str, str]:
    entries = pl.DataFrame(
        {"entry": ["p"], "subject": [subject], "grade": [grade]},
        schema_overrides={"subject": pl.String, "grade": pl.Int64},
    )
    found = grades(entries, column="grade", of=table).verdicts.row(0, named=True)
    return found["verdict"], found["code"]


@pytest.mark.parametrize(("grade", "said"), [(8, "out"), (9, "in"), (11, "in"), (12, "out")])
def test_both_ends_of_a_range_are_in_it(grade: int, said: str) -> None:
    assert verdict("Математика", grade)[0] == said


def test_capitals_make_no_difference() -> None:
    assert verdict("ҰЙҒЫР ТІЛІ", 10) == ("in", "grade-fits")
    assert verdict("ұйғыр тілі", 9) == ("out", "grade-of-subject")


def test_what_is_not_told_people_are_asked_about() -> None:
    assert verdict("Экология", 10) == ("undecided", "subject-unknown")
    assert verdict(None, 10) == ("undecided", "subject-unknown")
    assert verdict("Математика", None) == ("undecided", "grade-not-known")


def test_what_is_no_range_is_refused() -> None:
    with pytest.raises(ParameterFault, match="'9 to 11' is no range"):
        verdict("Математика", 9, Lookup("subject", {"Математика": "9 to 11"}))
