"""Score sheets under the code of somebody of another nomination: both are asked about, and nobody else."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import law
from unit.test_jury import bench, marks, table

from jobs.author_sheets import author_sheets
from jobs.binding import Codes
from jobs.jury import jury
from jobs.verdicts import Decisions

CODES = {"p1": "K7Q2-9XMB", "p2": "Z5TP-L2WD", "p3": "H3RA-V6YE", "v1": "K7Q2-9XMC", "v2": "TT5A-QQ4M"}
NAMED = Codes(lambda entry: CODES.get(entry, f"code of {entry}"))
PIANO, VIOLIN = "Фортепиано", "Скрипка"


def judged(
    scores: list[dict[str, object]],
    entries: tuple[str, ...] = ("p1", "p2", "p3", "v1", "v2", "v3"),
    **keys: Any,
) -> Decisions:
    nominations = [PIANO if each.startswith("p") else VIOLIN for each in entries]
    made = pl.DataFrame({"entry": entries, **({"nomination": nominations} | keys.pop("columns", {}))})
    usual = {"maxima": {"play": "10"}, "of": "mean", "codes": NAMED}
    return jury(made, scores=table("scores", *scores), **(usual | keys))


def sheets(juror: str, *contestants: str, **told: object) -> list[dict[str, object]]:
    return [row | told for who in contestants for row in marks(who, juror, play=8)]


def said(made: Decisions) -> dict[str, str]:
    """The code of whatever is asked, entry by entry."""
    rows = made.verdicts.filter(verdict="undecided").select("entry", "code")
    return dict(rows.iter_rows())


ALL = ("p1", "p2", "p3", "v1", "v2", "v3")


def test_a_sheet_under_the_code_of_one_of_another_nomination_is_asked_about_of_both() -> None:
    made = judged([*sheets("j1", *ALL), *sheets("j2", "p1", "p2", CODES["v1"])])
    assert said(made) == {"p3": "sheet-under-another-code", "v1": "sheet-of-another"}
    assert made.evidence["astray-sheets"].rows() == [("j2", CODES["v1"], "v1", "alone")]
    (why,) = made.verdicts.filter(entry="p3")["why"]
    assert "j2" in why
    assert CODES["v1"] in why
    assert made.columns is not None
    assert made.columns["score"].to_list() == ["8"] * 6


def test_a_juror_who_judges_two_nominations_and_lacks_nobody_is_not_asked_about() -> None:
    assert said(judged([*sheets("j1", *ALL), *sheets("j2", *ALL)])) == {}
    assert said(judged([*sheets("j1", *ALL), *sheets("j2", "p1", "p2", "p3", "v1")])) == {}


def test_a_juror_who_marked_more_of_the_other_nomination_than_are_lacking_is_not_asked_about() -> None:
    many = (*ALL, "v4", "v5", "v6")
    scores = [*sheets("j1", *many), *sheets("j2", "p1", "p2", "v1", "v2")]
    assert said(judged(scores, many)) == {}


def test_an_own_pupil_is_not_lacking() -> None:
    scores = [*sheets("j1", *ALL), *sheets("j2", "p1", "p2", "v1")]
    assert said(judged(scores, jurors=bench("j1", "j2", j2="p3"))) == {}


def test_the_sheet_of_a_juror_of_another_jury_is_asked_about_of_whom_that_juror_lacks_too() -> None:
    seats = [("j1", None), ("j2", PIANO)]
    jurors = table("jurors", *({"juror": j, "role": "member", "nomination": of} for j, of in seats))
    scores = [*sheets("j1", *ALL), *sheets("j2", "p1", "p2", "v1")]
    assert said(judged(scores, jurors=jurors)) == {
        "p3": "sheet-under-another-code",
        "v1": "juror-of-other-body",
    }
    alone = [*sheets("j1", *ALL), *sheets("j2", "v1")]
    lacking = dict.fromkeys(("p1", "p2", "p3"), "sheet-under-another-code")
    assert said(judged(alone, jurors=jurors)) == lacking | {"v1": "juror-of-other-body"}


def test_another_region_is_another_jury_where_each_region_has_its_own() -> None:
    columns = {"region": ["KZ-71", "KZ-71", "KZ-75", "KZ-75", "KZ-75", "KZ-71"], "nomination": [PIANO] * 6}
    scores = [
        *sheets("j1", "p1", "p2", "v3"),
        *sheets("j2", "p1", "p2", "p3"),
        *sheets("j3", "p3", "v1", "v2"),
    ]
    made = judged(scores, columns=columns, bodies=["region", "nomination"])
    assert said(made) == {"v3": "sheet-under-another-code", "p3": "sheet-of-another"}


def test_a_sheet_that_names_another_nomination_than_the_contestants_is_asked_about() -> None:
    scores = [*sheets("j1", *ALL), *sheets("j2", *ALL[1:]), *sheets("j2", "v1", nomination=PIANO.lower())]
    assert said(judged(scores)) == {"p1": "sheet-under-another-code", "v1": "sheet-of-another"}


@pytest.mark.parametrize("told", [VIOLIN, VIOLIN.upper(), "Violin"])
def test_a_sheet_that_names_the_contestants_nomination_or_none_of_these_is_not_asked_about(told: str) -> None:
    assert said(judged([*sheets("j1", *ALL), *sheets("j2", "v1", "v2", "v3", nomination=told)])) == {}


def test_the_only_one_of_a_nomination_is_asked_about_where_a_like_code_is_lacking() -> None:
    few = ("p1", "p2", "p3", "v1")
    assert said(judged([*sheets("j1", *few), *sheets("j2", "p2", "p3", CODES["v1"])], few)) == {
        "p1": "sheet-under-another-code",
        "v1": "sheet-of-another",
    }
    assert said(judged([*sheets("j1", *few), *sheets("j2", "p1", "p2", CODES["v1"])], few)) == {}


def test_works_of_a_team_and_of_one_author_are_looked_at_together() -> None:
    entries = pl.DataFrame(
        {
            "entry": ALL,
            "authors": ["a", "b", "c d", "e", "f", "g"],
            "section": [*["Физика"] * 3, *["Химия"] * 3],
        }
    )
    given = [*sheets("j1", *ALL), *sheets("j2", "p1", "p2", "v1")]
    rows = [row | {"sheet": "team" if row["contestant"] == "p3" else "individual"} for row in given]
    made = author_sheets(
        entries,
        scores=table("scores", *rows),
        authors="authors",
        individual={"play": "10"},
        team={"play": "10"},
        of="mean",
        codes=NAMED,
    )
    assert said(made) == {"p3": "sheet-under-another-code", "v1": "sheet-of-another"}
    assert made.evidence["astray-sheets"]["juror"].to_list() == ["j2"]


@law
@given(st.integers(3, 6), st.integers(3, 6), st.data())
def test_one_exchanged_code_among_full_nominations_is_always_asked_about(
    pianists: int, violinists: int, data: st.DataObject
) -> None:
    everybody = [f"p{at}" for at in range(pianists)] + [f"v{at}" for at in range(violinists)]
    meant = data.draw(st.sampled_from(everybody))
    own = [each for each in everybody if each[0] == meant[0]]
    other = data.draw(st.sampled_from([each for each in everybody if each[0] != meant[0]]))
    given = [other if each == meant else each for each in own]
    scores = [*sheets("j1", *everybody), *sheets("j2", *data.draw(st.permutations(given)))]
    assert said(judged(scores, tuple(everybody))) == {
        meant: "sheet-under-another-code",
        other: "sheet-of-another",
    }
