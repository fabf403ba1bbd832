"""Points from a jury's sheets: exact, without the sheets of the participant's own teacher, asked about where wrong."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import law

from jobs.binding import Codes
from jobs.errors import ParameterFault
from jobs.exact import number
from jobs.feeds import FEEDS
from jobs.jury import jury
from jobs.verdicts import Decisions

BARE = Codes(lambda entry: f"code-{entry}")


def table(feed: str, *rows: Mapping[str, object]) -> pl.DataFrame:
    """Rows as the feed has them, empty where nothing is said."""
    schema = {name: column.dtype for name, column in FEEDS[feed].columns.items()}
    return pl.DataFrame([dict.fromkeys(schema) | dict(row) for row in rows], schema=schema)


def marks(who: str, juror: str, round_: str | None = None, **points: object) -> list[dict[str, object]]:
    return [
        {
            "contestant": who, "juror": juror, "round": round_, "criterion": name.replace("_", "-"),
            "points": None if mark is None else str(mark),
        }
        for name, mark in points.items()
    ]  # fmt: skip


def bench(*jurors: str, **teaches: str) -> pl.DataFrame:
    """Members by id; the name of each is "Үлгі" and the id."""
    return table(
        "jurors",
        *({"juror": j, "role": "member", "name": f"Үлгі {j}", "teaches": teaches.get(j)} for j in jurors),
    )


def judged(entries: pl.DataFrame, scores: list[dict[str, object]], **keys: Any) -> Decisions:
    given_keys = {"maxima": {"play": "10", "style": "5"}, "of": "mean", "codes": BARE} | keys
    return jury(entries, scores=table("scores", *scores), **given_keys)


def one(scores: list[dict[str, object]], **keys: Any) -> dict[str, Any]:
    """What is said of the entry "a"."""
    entries = pl.DataFrame({"entry": ["a"], **keys.pop("columns", {})})
    made = judged(entries, scores, **keys)
    assert made.columns is not None
    return made.verdicts.row(0, named=True) | made.columns.row(0, named=True)


def test_a_mark_that_stands_twice_is_one_mark_whatever_capitals_its_criterion_has() -> None:
    made = one([*marks("a", "j1", play=10, style=5), *marks("a", "j1", Play=10)])
    assert (made["verdict"], made["code"], made["score"]) == ("in", "marked", "15")


def test_the_score_is_the_exact_mean_of_the_jurors_sums() -> None:
    said = one(
        [
            *marks("a", "j1", play=10, style=5),
            *marks("a", "j2", play="9.5", style=4),
            *marks("a", "j3", play=8, style="4 1/3"),
        ]
    )
    assert (said["score"], said["jurors"], said["verdict"]) == ("13 11/18", 3, "in")


def test_seventeen_twenty_ninths_are_kept_and_never_rounded() -> None:
    sheets = [row for at in range(29) for row in marks("a", f"j{at}", play=1 if at < 17 else 0, style=0)]
    assert one(sheets)["score"] == "0 17/29"


def test_the_sum_of_the_jurors_is_no_mean() -> None:
    sheets = [*marks("a", "j1", play=10, style=5), *marks("a", "j2", play="9.5", style=4)]
    assert one(sheets, of="sum")["score"] == "28.5"


def test_the_sum_is_made_of_each_of_several_entries() -> None:
    sheets = [row for who in ("a", "b") for j in ("j1", "j2") for row in marks(who, j, play=9, style=4)]
    made = judged(pl.DataFrame({"entry": ["b", "c", "a"]}), sheets, of="sum")
    assert made.columns is not None
    assert made.columns.select("entry", "score").rows() == [("b", "26"), ("c", None), ("a", "26")]


@pytest.mark.parametrize(
    ("named", "columns"),
    [
        ("teaches", {}),
        ("same name", {"teacher": ["j3 ҮЛГІ"]}),
        ("of several", {"teacher": ["Басқа Б.; Үлгі j3"]}),
    ],
)
def test_the_sheet_of_the_participants_own_teacher_is_not_counted(
    named: str, columns: dict[str, Any]
) -> None:
    sheets = [
        row for j, mark in (("j1", 8), ("j2", 9), ("j3", 0)) for row in marks("a", j, play=mark, style=5)
    ]
    jurors = bench("j1", "j2", "j3", **({"j3": "b a"} if named == "teaches" else {}))
    said = one(sheets, columns=columns, jurors=jurors, teacher="teacher" if columns else None)
    assert (said["score"], said["jurors"], said["recused"], said["code"]) == ("13.5", 2, 1, "marked-recused")


def test_a_recused_sheet_is_not_counted_even_where_it_is_wrong() -> None:
    sheets = [*marks("a", "j1", play=8, style=5), *marks("a", "j2", play=99)]
    assert one(sheets, jurors=bench("j1", "j2", j2="a"))["score"] == "13"


def test_the_pupil_of_an_author_of_a_team_is_an_own_pupil() -> None:
    sheets = [*marks("a", "j1", play=8, style=5), *marks("a", "j2", play=1, style=1)]
    said = one(sheets, columns={"authors": ["p1 p2"]}, jurors=bench("j1", "j2", j2="p2"))
    assert (said["score"], said["recused"]) == ("13", 1)


@pytest.mark.parametrize(
    ("sheets", "keys", "code"),
    [
        (marks("a", "j1", play="10.5", style=5), {}, "mark-out-of-range"),
        (marks("a", "j1", play=10, style=5, dance=1), {}, "unknown-criterion"),
        (marks("a", "j9", play=10, style=5), {"jurors": bench("j1")}, "juror-not-listed"),
        ([], {}, "too-few-jurors"),
        (marks("a", "j1", play=10), {}, "marks-missing"),
        (marks("a", "j1", play=10, style=None), {}, "marks-missing"),
        ([*marks("a", "j1", play=10, style=5), *marks("a", "j1", play=9)], {}, "mark-twice"),
    ],
)
def test_sheets_that_are_not_as_they_should_be_are_asked_about(
    sheets: list[dict[str, object]], keys: dict[str, Any], code: str
) -> None:
    said = one(sheets, **keys)
    assert (said["verdict"], said["code"], said["score"]) == ("undecided", code, None)


@pytest.mark.parametrize(
    ("minutes", "verdict"), [(4, "undecided"), (5, "in"), (7, "in"), (8, "undecided"), (None, "in")]
)
def test_a_task_of_five_to_seven_minutes_is_asked_about_beside_its_points(
    minutes: int | None, verdict: str
) -> None:
    style = [row | {"minutes": minutes} for row in marks("a", "j1", style=1)]
    said = one([*marks("a", "j1", play=1), *style], times={"style": "5-7"})
    assert (said["verdict"], said["score"]) == (verdict, "2")


def test_the_minutes_of_one_round_are_not_those_of_another() -> None:
    sheets = [
        row | {"minutes": 6} for row in [*marks("a", "j1", "1", play=1), *marks("a", "j1", "2", play=1)]
    ]
    keys = {"maxima": {"1/play": "5", "2/play": "5"}, "rounds": ["1", "2"]}
    assert one(sheets, **keys, times={"1/play": "6"})["verdict"] == "in"
    assert one(sheets, **keys, times={"1/play": "6", "2/play": "5"})["code"] == "task-time"


def test_each_of_the_rounds_is_marked_and_others_are_not_looked_at() -> None:
    first, second = marks("a", "j1", "1", play=10, style=5), marks("a", "j1", "2", play=1, style=1)
    assert one([*first, *second], rounds=["1"])["score"] == "15"
    assert one([*first, *second], rounds=["1", "2"])["score"] == "17"
    assert one(first, rounds=["1", "2"])["code"] == "marks-missing"


def test_a_mark_that_tells_no_round_where_there_are_several_is_asked_about() -> None:
    keys = {"maxima": {"1/written": "10", "2/quiz": "20"}, "rounds": ["1", "2"]}
    whole = [*marks("a", "j1", "1", written=8), *marks("a", "j1", "2", quiz=20)]
    assert one([*whole, *marks("a", "j2", written=5, quiz=9)], **keys)["code"] == "unknown-criterion"


def test_rounds_may_have_criteria_of_their_own() -> None:
    sheets = [*marks("a", "j1", "1", written=8), *marks("a", "j1", "2", quiz=20)]
    keys = {"maxima": {"1/written": "10", "2/quiz": "20"}, "rounds": ["1", "2"]}
    assert one(sheets, **keys)["score"] == "28"
    assert one([*sheets, *marks("a", "j1", "2", written=8)], **keys)["code"] == "unknown-criterion"


@pytest.mark.parametrize(
    ("mark", "extra", "score"), [(8, 1, "9"), (10, 1, "10"), ("9.5", 1, "10"), (8, None, "8")]
)
def test_a_bonus_is_added_up_to_the_maximum_and_may_be_left_out(
    mark: object, extra: object, score: str
) -> None:
    sheets = marks("a", "j1", play=mark, play_bonus=extra)
    assert one(sheets, maxima={"play": "10"}, bonus={"play": "1"})["score"] == score


def test_a_bonus_beyond_its_own_maximum_is_asked_about() -> None:
    sheets = marks("a", "j1", play=5, play_bonus=2)
    assert one(sheets, maxima={"play": "10"}, bonus={"play": "1"})["code"] == "mark-out-of-range"


def test_marks_of_another_stage_do_not_count_and_those_of_none_do() -> None:
    early = [row | {"stage": "stage-1"} for row in marks("a", "j1", play=1, style=1)]
    late = [row | {"stage": "stage-2"} for row in marks("a", "j1", play=8, style=1)]
    assert one([*early, *late], stage="stage-2")["score"] == "9"
    assert one(marks("a", "j1", play=7, style=1), stage="stage-2")["score"] == "8"


def test_a_contestant_may_stand_on_the_sheet_by_the_public_code() -> None:
    sheets = [*marks("code-a", "j1", play=8, style=1), *marks("a", "j2", play=6, style=1)]
    assert one(sheets)["score"] == "8"


def test_each_sheet_is_shown_with_its_total() -> None:
    sheets = [*marks("a", "j1", play="8.5", style=5), *marks("a", "j2", play=1, style=1)]
    made = judged(pl.DataFrame({"entry": ["a"]}), sheets, jurors=bench("j1", "j2", j2="a"))
    assert made.evidence["score-sheets"].rows() == [("a", "j1", "13.5", 0, True), ("a", "j2", "2", 0, False)]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"maxima": {"play": "ten"}}, "no number of points"),
        ({"bonus": {"dance": "1"}}, "no key of `maxima`"),
        ({"maxima": {"3/play": "1"}, "rounds": ["1"]}, "not in `rounds`"),
        ({"teacher": "master"}, "no column 'master'"),
        ({"times": {"play": "7-5"}}, "no time of a key"),
        ({"times": {"dance": "5"}}, "no time of a key"),
        ({"times": {"play": "five"}}, "no time of a key"),
    ],
)
def test_what_does_not_fit_is_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterFault, match=said):
        one(marks("a", "j1", play=1), **keys)


MARKS = st.lists(
    st.tuples(st.integers(0, 40).map(lambda n: n / 4), st.integers(0, 5), st.booleans()),
    min_size=1,
    max_size=7,
)


@law
@given(MARKS)
def test_the_score_is_the_mean_in_fractions_of_the_jurors_who_teach_nobody(
    sheets: list[tuple[float, int, bool]],
) -> None:
    rows = [
        row
        for at, (play, style, _) in enumerate(sheets)
        for row in marks("a", f"j{at}", play=_text(play), style=style)
    ]
    taught = {f"j{at}": "a" for at, (*_, own) in enumerate(sheets) if own}
    said = one(rows, jurors=bench(*(f"j{at}" for at in range(len(sheets))), **taught))
    sums = [Fraction(play) + style for play, style, own in sheets if not own]
    if not sums:
        assert said["code"] == "too-few-jurors"
    else:
        assert number(said["score"], "score") == sum(sums) / len(sums)


def _text(mark: float) -> str:
    return f"{mark:.2f}".rstrip("0").rstrip(".")


def test_a_juror_of_another_nomination_alone_gives_no_points() -> None:
    seats = [("j1", "Физика"), ("j2", "Химия"), ("j3", None), ("j4", "Химия"), ("j4", "физика")]
    jurors = table("jurors", *({"juror": j, "role": "member", "nomination": of} for j, of in seats))
    said = {
        juror: one(
            marks("a", juror, play=1, style=1),
            jurors=jurors,
            columns={"section": ["Физика"], "teacher": ["–"]},
        )["code"]
        for juror in ("j1", "j2", "j3", "j4")
    }
    assert said == {"j1": "marked", "j2": "juror-of-other-body", "j3": "marked", "j4": "marked"}


@pytest.mark.parametrize(
    ("juror", "teacher", "recused"),
    [
        ("Үлгі Анна Петровна", "Анна Үлгі", 1),
        ("Үлгі Анна", "Үлгі А.Б.; Анна Петровна Үлгі", 1),
        ("Үлгі Анна Петровна", "Үлгі Асель Петровна", 0),  # a sister
        ("Үлгі А.", "Үлгі Анна А.", 0),
        ("Үлгі Анна", "Анна Асыл Үлгі Басқа Адам Мұғалім", 0),  # several people without commas
        ("Үлгі Анна Петровна", "Үлгі А.П.", 0),  # initials are of too many people to take a mark away
    ],
)
def test_an_own_teacher_is_known_without_the_patronymic(juror: str, teacher: str, recused: int) -> None:
    sheets = [*marks("a", "j1", play=10, style=5), *marks("a", "j2", play=1, style=1)]
    jurors = table(
        "jurors",
        {"juror": "j1", "role": "member", "name": juror},
        {"juror": "j2", "role": "member", "name": "Басқа Адам"},
    )
    told = one(sheets, jurors=jurors, teacher="teacher", columns={"teacher": [teacher]})
    assert told["recused"] == recused


@pytest.mark.parametrize(
    ("seats", "code"),
    [
        ([("Физика", "KZ-10")], "marked"),
        ([("Физика", "KZ-11")], "juror-of-other-body"),
        ([("Химия", "KZ-10")], "juror-of-other-body"),
        ([("Физика", "KZ-11"), ("Химия", "KZ-10")], "juror-of-other-body"),
        ([("Физика", None)], "marked"),
        ([(None, "KZ-10")], "marked"),
        ([(None, "KZ-11")], "juror-of-other-body"),
        ([(None, None)], "marked"),
        ([("Химия", None), (None, "KZ-11"), ("Физика", "KZ-10")], "marked"),
    ],
)
def test_a_juror_judges_those_of_the_own_region_and_profession(
    seats: list[tuple[str | None, str | None]], code: str
) -> None:
    jurors = table(
        "jurors", *({"juror": "j", "role": "member", "nomination": n, "region": r} for n, r in seats)
    )
    columns = {"nomination": ["Физика"], "region": ["KZ-10"]}
    keys = {"jurors": jurors, "bodies": ["region", "nomination"]}
    said = one(marks("a", "j", play=1, style=1), columns=columns, **keys)
    assert (said["code"], said["score"]) == (code, "2" if code == "marked" else None)


def test_an_entry_that_tells_no_region_is_judged_by_its_nomination() -> None:
    jurors = table("jurors", {"juror": "j", "role": "member", "nomination": "Физика", "region": "KZ-11"})
    keys = {"jurors": jurors, "bodies": ["region", "nomination"]}
    for nomination, code in (("Физика", "marked"), ("Химия", "juror-of-other-body")):
        columns = {"nomination": [nomination], "region": pl.Series([None], dtype=pl.String)}
        assert one(marks("a", "j", play=1, style=1), columns=columns, **keys)["code"] == code


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("Үлгі Анна", "Анна Үлгі"), "juror-twice"),
        (("Үлгі Анна", "Үлгі Анна Петровна"), "marked"),
        ((None, None), "marked"),
    ],
)
def test_two_sheets_of_one_name_under_two_ids_are_asked_about_beside_the_points(
    names: tuple[str | None, str | None], code: str
) -> None:
    jurors = table(
        "jurors", *({"juror": f"j{at}", "role": "member", "name": n} for at, n in enumerate(names))
    )
    sheets = [*marks("a", "j0", play=8, style=1), *marks("a", "j1", play=6, style=1)]
    said = one(sheets, jurors=jurors)
    assert (said["code"], said["score"]) == (code, "8")
    assert one(sheets[:2], jurors=jurors)["code"] == "marked"  # the second id has marked nobody


@pytest.mark.parametrize(
    ("juror", "teacher", "code"),
    [
        ("Ахметова Айгүл Болатқызы", "Ахметова А. Б.", "may-be-teacher"),
        ("Ахметова А.", "Ахметова Айгүл Болатқызы", "may-be-teacher"),
        ("Ахметова А. Б.", "Б.А. Ахметова; Басқа Адам", "marked-recused"),  # the same name in another order
        ("Ахметова А.", "Ахметова А. Б.", "may-be-teacher"),
        ("Ахметова Айгүл", "Akhmetova Aigul", "may-be-teacher"),
        ("Ахметова Айгүл Болатқызы", "Aygül Ahmetova", "may-be-teacher"),
        ("Akhmetova A.", "Басқа Адам, Ахметова Айгүл", "may-be-teacher"),
        ("Жұлдыз Шәкенова", "Şäkenova Jūldyz", "may-be-teacher"),
        ("Құлмағанов Қайсар", "Кулмаганов Кайсар", "may-be-teacher"),  # Kazakh letters as Russian ones
        (
            "Ахметова Айгүл",
            "Ахметова Б. А.",
            "may-be-teacher",
        ),  # which of two initials is the name nobody knows
        ("Ахметова Айгүл Болатқызы", "Ахметова Г. Б.", "marked"),
        ("Ахметова Айгүл Болатқызы", "Ахметова Алия Б.", "marked"),
        ("Ахметова Айгүл", "Ахмедова А.", "marked"),
        ("Ахметова", "Ахметова А.", "marked"),  # a surname alone is of too many
    ],
)
def test_a_teacher_whose_name_is_written_otherwise_is_neither_counted_nor_recused_unasked(
    juror: str, teacher: str, code: str
) -> None:
    jurors = table(
        "jurors", *({"juror": j, "role": "member", "name": n} for j, n in (("j1", juror), ("j2", "Адам")))
    )
    sheets = [*marks("a", "j1", play=10, style=5), *marks("a", "j2", play=1, style=1)]
    said = one(sheets, jurors=jurors, teacher="teacher", columns={"teacher": [teacher]})
    assert (said["code"], said["score"]) == (code, "2" if code == "marked-recused" else "8.5")
    only_other = one(sheets[2:], jurors=jurors, teacher="teacher", columns={"teacher": [teacher]})
    assert only_other["code"] == "marked"
