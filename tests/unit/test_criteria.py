"""The marks of a jury told by other criteria than its tasks."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import law, table

from jobs.binding import Codes
from jobs.criteria import criteria
from jobs.exact import number

OF = {"introduction": "initiative", "situation": "initiative", "testing": "knowledge", "sport": "sport"}
PEOPLE = pl.DataFrame({"entry": ["a", "b"]})
CODES = Codes(lambda entry: f"code-{entry}")


def told(*marks: tuple[str, str, str, str], round_: str = "3") -> dict[str, tuple[str | None, ...]]:
    names = ("contestant", "juror", "criterion", "points")
    rows = [dict(zip(names, mark, strict=True)) | {"round": round_} for mark in marks]
    found = criteria(PEOPLE, scores=table("scores", rows), of=OF, rounds=["3"], codes=CODES).columns
    assert found is not None
    columns = found.select("entry", "initiative", "knowledge", "sport").rows()
    return {entry: tuple(rest) for entry, *rest in columns}


def test_a_criterion_is_the_mean_of_the_jurors_over_all_its_tasks() -> None:
    marks = [("a", "j1", "introduction", "5"), ("a", "j1", "situation", "8"), ("a", "j2", "introduction", "4"),
             ("a", "j2", "situation", "9.5"), ("a", "j1", "testing", "17"), ("a", "j2", "testing", "18")]  # fmt: skip
    assert told(*marks)["a"] == ("13.25", "17.5", None)


def test_a_third_stays_a_third() -> None:
    marks = [("b", juror, "sport", points) for juror, points in (("j1", "14"), ("j2", "14"), ("j3", "15"))]
    assert told(*marks)["b"] == (None, None, "14 1/3")


def test_another_round_and_another_task_tell_nothing() -> None:
    nothing = (None, None, None)
    assert told(("a", "j1", "sport", "10"), round_="2") == {"a": nothing, "b": nothing}
    assert told(("a", "j1", "skill", "10"))["a"] == nothing


def test_sheets_name_people_by_their_public_codes_too() -> None:
    assert told(("code-a", "j1", "sport", "10"), ("b", "j1", "sport", "12")) == {
        "a": (None, None, "10"),
        "b": (None, None, "12"),
    }


@law
@given(st.lists(st.integers(0, 20), min_size=1, max_size=7))
def test_the_mean_times_the_jurors_is_the_sum(points: list[int]) -> None:
    marks = [("a", f"j{at}", "testing", str(each)) for at, each in enumerate(points)]
    (_, knowledge, _) = told(*marks)["a"]
    assert knowledge is not None
    assert number(knowledge, "knowledge") * len(points) == sum(points)
