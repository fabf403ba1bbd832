"""Score sheets whose code nobody here has: people are asked, and nothing is settled as if they had not come."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import law
from unit.test_jury import bench, marks, table

from jobs.author_sheets import author_sheets
from jobs.binding import Codes, Standing
from jobs.juries import Panel
from jobs.jury import jury
from jobs.strays import MOST_JURORS, MOST_WRITTEN, Sheets, like_codes
from jobs.verdicts import Decisions

CODES = {"a": "K7Q2-9XMB", "b": "Z5TP-L2WD", "c": "H3RA-V6YE"}
NAMED = Codes(lambda entry: CODES.get(entry, f"code of {entry}"))


def judged(scores: list[dict[str, object]], entries: str = "ab", **keys: Any) -> Decisions:
    made = pl.DataFrame({"entry": list(entries), **keys.pop("columns", {})})
    usual = {"maxima": {"play": "10"}, "of": "mean", "codes": NAMED}
    return jury(made, scores=table("scores", *scores), **(usual | keys))


def sheets(juror: str, *contestants: str) -> list[dict[str, object]]:
    return [row for who in contestants for row in marks(who, juror, play=8)]


def asked(made: Decisions) -> dict[str, str | None]:
    """Whoever is asked about, with the code it may be."""
    rows = made.verdicts.filter(pl.col("code") == "sheet-of-nobody")
    told = rows.select("entry", pl.col("facts").str.json_path_match("$.like"))
    return dict(told.iter_rows())


@pytest.mark.parametrize("typed", ["K7Q2-9XMD", "K7Q2-9XM", "K7Q2-9XMBB", "K7Q2-9XBM", "K7Q2-XMB"])
def test_a_sheet_whose_code_one_character_tells_from_another_is_asked_about_there(typed: str) -> None:
    made = judged([*sheets("j1", "a", "b"), *sheets("j2", typed, "b")])
    assert asked(made) == {"a": "K7Q2-9XMB"}
    assert made.evidence["stray-sheets"].rows() == [("j2", typed, "K7Q2-9XMB")]


def test_a_like_code_that_two_characters_tell_apart_is_no_hint() -> None:
    made = judged([*sheets("j1", "a", "b"), *sheets("j2", "K7Q2-9XDD")])
    assert asked(made) == {"a": None, "b": None}


def test_the_request_names_the_juror_and_the_code_that_was_written() -> None:
    made = judged([*sheets("j1", "a", "b"), *sheets("j2", "a", "QQQQ-QQQQ")])
    (why,) = made.verdicts.filter(verdict="undecided")["why"]
    assert made.verdicts.filter(verdict="undecided")["entry"].to_list() == ["b"]
    assert "j2" in why
    assert "QQQQ-QQQQ" in why


def test_the_points_stand_where_people_accept_that_the_sheet_is_nobodys() -> None:
    made = judged([*sheets("j1", "a", "b"), *sheets("j2", "a", "QQQQ-QQQQ")])
    assert made.columns is not None
    assert made.columns.select("entry", "score").rows() == [("a", "8"), ("b", "8")]


def test_where_the_juror_marked_everybody_those_are_asked_about_rather_than_nobody() -> None:
    assert asked(judged([*sheets("j1", "a", "b"), *sheets("j1", "QQQQ-QQQQ")])) == {"a": None, "b": None}
    with_like = judged([*sheets("j1", "a", "b"), *sheets("j1", "K7Q2-9XMC")])
    assert asked(with_like) == {"a": "K7Q2-9XMB"}


def test_whom_a_juror_teaches_or_does_not_judge_lacks_no_sheet_of_that_juror() -> None:
    own = judged([*sheets("j1", "a", "b"), *sheets("j2", "QQQQ-QQQQ")], jurors=bench("j1", "j2", j2="a"))
    assert asked(own) == {"b": None}
    seats = [{"juror": j, "role": "member", "nomination": of} for j, of in (("j1", None), ("j2", "Скрипка"))]
    columns = {"nomination": ["Фортепиано", "Скрипка"]}
    scores = [*sheets("j1", "a", "b"), *sheets("j2", "QQQQ-QQQQ")]
    assert asked(judged(scores, jurors=table("jurors", *seats), columns=columns)) == {"b": None}


def test_whoever_is_known_to_be_marked_elsewhere_is_no_stranger() -> None:
    known = Standing(pl.DataFrame({"entry": ["a", "b", "c"]}))
    scores = [*sheets("j1", "a", "b"), *sheets("j2", "a"), *marks(CODES["c"], "j2", song=8)]
    assert asked(judged(scores)) == {"b": None}
    assert asked(judged(scores, known=known)) == {}


def test_a_sheet_for_what_is_marked_here_is_astray_under_the_code_of_one_who_is_marked_elsewhere() -> None:
    known = Standing(pl.DataFrame({"entry": ["a", "b", "c"]}))
    scores = [*sheets("j1", "a", "b"), *sheets("j2", "a", CODES["c"])]
    assert asked(judged(scores, known=known)) == {"b": None}


def test_a_row_without_points_and_a_mark_of_another_round_are_no_sheets() -> None:
    blank = marks("QQQQ-QQQQ", "j1", play=None)
    later = marks("QQQQ-QQQQ", "j1", "2", play=5)
    first = [row for who in "ab" for row in marks(who, "j1", "1", play=8)]
    assert asked(judged([*first, *blank, *later], rounds=["1"])) == {}


def test_a_file_of_another_contest_does_not_pass_for_a_jury() -> None:
    made = judged(sheets("x1", "somebody", "other"), jurors=bench("j1"))
    assert made.verdicts["verdict"].to_list() == ["undecided", "undecided"]


def test_the_sheets_of_many_jurors_at_once_leave_nobody_settled() -> None:
    rows = [row for at in range(MOST_JURORS + 5) for row in sheets(f"x{at:02}", f"strange {at}")]
    made = judged([*sheets("j1", "a", "b"), *rows])
    assert asked(made) == {"a": None, "b": None}
    assert made.evidence["stray-sheets"].height == MOST_JURORS + 5


def test_of_two_sheets_of_nobody_the_one_with_a_like_code_is_asked_about() -> None:
    made = judged([*sheets("j1", "a", "b"), *sheets("j2", "0000-0000", "K7Q2-9XMD", "b")])
    assert asked(made) == {"a": "K7Q2-9XMB"}


def test_what_is_far_too_long_for_a_code_keeps_no_like_code_from_being_found() -> None:
    long = [f"{at:04} {'0' * 3000}" for at in range(MOST_WRITTEN)]
    made = judged([*sheets("j1", "a", "b"), *sheets("j2", *long, "K7Q2-9XMD", "b")])
    told = made.evidence["stray-sheets"].filter(written="K7Q2-9XMD")
    assert told["like"].to_list() == ["K7Q2-9XMB"]


def test_a_work_of_a_team_is_no_stranger_among_works_of_one_author() -> None:
    def judged_works(*contestants: str) -> Decisions:
        rows = [
            row | {"sheet": "team" if who == "b" else "individual"}
            for who in contestants
            for row in marks(who, "j1", play=8)
        ]
        return author_sheets(
            pl.DataFrame({"entry": ["a", "b"], "authors": ["p", "q r"]}),
            scores=table("scores", *rows),
            authors="authors",
            individual={"play": "10"},
            team={"play": "10"},
            of="mean",
            codes=NAMED,
        )

    assert asked(judged_works("a", "b")) == {}
    assert asked(judged_works("a", "Z5TP-L2WX")) == {"b": "Z5TP-L2WD"}


def one_character_apart(one: str, other: str) -> bool:
    """Written letter by letter: another character, one too many or too few, two neighbours exchanged."""
    shorter, longer = sorted((one, other), key=len)
    if len(longer) - len(shorter) == 1:
        return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))
    if len(one) != len(other):
        return False
    apart = [at for at, (left, right) in enumerate(zip(one, other, strict=True)) if left != right]
    swapped = len(apart) == 2 and apart[1] == apart[0] + 1
    return len(apart) <= 1 or (
        swapped and one[apart[0]] == other[apart[1]] and one[apart[1]] == other[apart[0]]
    )


CODE = st.text("AB7-", min_size=1, max_size=7)


@law
@given(st.lists(CODE, min_size=1, max_size=6, unique=True), st.lists(CODE, min_size=1, max_size=4))
def test_like_codes_are_those_that_one_character_tells_apart(entries: list[str], written: list[str]) -> None:
    made = pl.DataFrame({"entry": entries})
    panel = Panel(pl.DataFrame(), None, None, None, Codes(lambda entry: f"{entry[::-1]}X"))
    given_marks = pl.DataFrame({"contestant": written, "juror": ["j"] * len(written)})
    lost = given_marks.select("juror", written="contestant")
    found = like_codes(lost, Sheets(made, given_marks, panel, None))
    assert set(found.select("written", "entry").rows()) == {
        (text, entry)
        for text in written
        for entry in entries
        if one_character_apart(text, entry) or one_character_apart(text, f"{entry[::-1]}X")
    }


def test_a_juror_who_marked_everybody_here_may_mark_those_of_another_stage_for_the_same_too() -> None:
    known = Standing(pl.DataFrame({"entry": ["a", "b", "c"]}))
    assert asked(judged([*sheets("j1", "a", "b", CODES["c"]), *sheets("j2", "a", "b")], known=known)) == {}
    alone = [*sheets("j1", "a", "b"), *sheets("j2", CODES["c"])]
    assert asked(judged(alone, known=known)) == {"a": None, "b": None}
