"""Results under the id of somebody whom the list has in other subjects alone."""

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import law

from jobs.entered import entered
from jobs.verdicts import Decisions

LISTED = [("p1", "Математика", "stage-4"), ("p2", "Физика", "stage-4"), ("p3", None, "stage-4")]


def judged(results: list[tuple[str, str | None]], listed: list[Any] | None = None) -> Decisions:
    entries = pl.DataFrame(
        results, schema=dict.fromkeys(("participant", "subject"), pl.String), orient="row"
    ).with_columns(entry=pl.concat_str("participant", pl.lit("/"), pl.col("subject").fill_null("-")))
    table = pl.DataFrame(
        LISTED if listed is None else listed,
        schema=dict.fromkeys(("participant", "nomination", "stage"), pl.String),
        orient="row",
    )
    return entered(
        entries, listed=table, person="participant", same={"subject": "nomination"}, stage="stage-4"
    )


def asked(made: Decisions) -> list[str]:
    return made.verdicts.filter(verdict="undecided")["entry"].to_list()


def test_whoever_is_listed_with_another_subject_alone_is_asked_about() -> None:
    made = judged([("p1", "математика"), ("p1", "Физика"), ("p2", None)])
    assert asked(made) == ["p1/Физика", "p2/-"]
    assert made.evidence["without-result"].rows() == [("p2", "физика")]


def test_whoever_is_listed_nowhere_or_without_a_subject_or_for_another_stage_is_not_judged() -> None:
    listed = [*LISTED, ("p4", "Физика", "stage-3")]
    assert judged([("new", "Физика"), ("p3", "Физика"), ("p4", "Химия")], listed).verdicts.is_empty()


@law
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y", "X"])), unique=True),
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from(["x", "Y"]), st.sampled_from(["stage-3", "stage-4"])
        )
    ),
)
def test_it_is_asked_about_just_where_some_row_has_the_person_and_none_the_subject(
    results: list[tuple[str, str]], listed: list[tuple[str, str, str]]
) -> None:
    wanted = [
        f"{who}/{subject}"
        for who, subject in results
        if (told := {of.lower() for name, of, stage in listed if name == who and stage == "stage-4"})
        and subject.lower() not in told
    ]
    assert asked(judged(list(results), list(listed))) == wanted
