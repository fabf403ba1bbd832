"""Finding the header row and its one feed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.intake.frames import FeedWords, Refusal
from worker.intake.header import Lexicon, normalise

ROSTER = FeedWords(
    columns={
        "iin": ("жсн", "иин"),
        "surname": ("тегі", "фамилия"),
        "name": ("аты", "имя"),
        "patronymic": ("әкесінің аты", "отчество"),
        "school_id": ("мектеп коды",),
    },
    required=frozenset({"iin", "surname", "name"}),
)
PARTICIPANTS = FeedWords(
    columns={"participant": ("қатысушы", "иин"), "surname": ("фамилия",), "name": ("имя",)},
    required=frozenset({"participant", "surname", "name"}),
)
SHEETS = FeedWords(
    columns={"participant": ("жсн",), "variant": ("нұсқа",)},
    required=frozenset({"participant", "variant"}),
    pattern=r"q[0-9]{1,3}",
)
ONE = Lexicon({"roster": ROSTER, "sheets": SHEETS})


def test_headers_are_found_under_title_rows() -> None:
    heading = ONE.find(
        [["Тізім"], [""], ["№", "ЖСН", "Тегі", "Аты"], ["1", "120305610009", "Сидоров", "Иван"]]
    )
    assert (heading.feed, heading.row) == ("roster", 2)
    assert heading.places == {1: "iin", 2: "surname", 3: "name"}
    assert heading.ignored == ["№"]


@pytest.mark.parametrize(
    "written",
    [
        "Тегі",
        " ТЕГІ ",
        "«Тегі»*",
        "Тегі:",
        "Тeгi",
        "Те\u00adгі",
        "\ufeffТегі",
        '"Тегі."',
        "Тегі\u00a0",
        "TЕГІ",
    ],
)
def test_a_header_is_known_however_it_is_dressed(written: str) -> None:
    assert ONE.column("roster", written) == "surname"


@pytest.mark.parametrize("written", ["Әкесінің\u00a0 аты", "Əкесiнiң аты", "ӘКЕСІНІҢ АТЫ", "әкесінің\nаты"])
def test_a_header_of_two_words_in_any_spacing_and_with_look_alike_letters(written: str) -> None:
    assert ONE.column("roster", written) == "patronymic"


def test_the_canonical_name_is_a_header_too_with_or_without_underscores() -> None:
    assert ONE.column("roster", "school_id") == ONE.column("roster", "School ID") == "school_id"


def test_a_header_in_two_languages_counts_when_both_mean_the_same() -> None:
    assert ONE.column("roster", "ЖСН / ИИН") == "iin"
    assert ONE.column("roster", "Тегі (Фамилия)") == "surname"
    assert ONE.column("roster", "Фамилия (мать)") is None
    assert ONE.column("roster", "Тегі / Аты") is None


def test_repeated_columns_keep_their_numbers() -> None:
    heading = ONE.find([["ЖСН", "Нұсқа", "Q1", "q2", "q60"]])
    assert heading.feed == "sheets"
    assert list(heading.places.values()) == ["participant", "variant", "q1", "q2", "q60"]


def test_no_feed_names_the_nearest_and_what_it_lacks() -> None:
    with pytest.raises(Refusal, match="nearest is roster, missing columns iin"):
        ONE.find([["Тегі", "Аты", "Мектеп"]])


def test_no_known_header_at_all() -> None:
    with pytest.raises(Refusal, match="no row among the first 50"):
        ONE.find([["a", "b"], []])


def test_two_feeds_are_refused_by_name() -> None:
    with pytest.raises(Refusal, match="matches roster and participants"):
        Lexicon({"roster": ROSTER, "participants": PARTICIPANTS}).find([["ИИН", "Фамилия", "Имя"]])


def test_two_headers_for_one_column_are_refused() -> None:
    with pytest.raises(Refusal) as refused:
        ONE.find([["ЖСН", "ИИН", "Тегі", "Аты"]])
    assert refused.value.code == "duplicate-column"
    assert "iin" in refused.value.why


def test_the_richest_of_two_header_rows_is_the_header() -> None:
    assert ONE.find([["ЖСН", "Тегі", "Аты"], ["ЖСН", "Тегі", "Аты", "Мектеп коды"]]).row == 1


def test_an_unknown_header_is_shown_without_its_hostile_characters() -> None:
    heading = ONE.find([["ЖСН", "Тегі", "Аты", "\u202eevil\x00" + "x" * 500]])
    assert heading.ignored == ["evil" + "x" * 76]


def test_a_score_counts_the_headers_of_the_best_row() -> None:
    assert ONE.score([["ЖСН;Тегі;Аты"]]) == 0
    assert ONE.score([["x"], ["ЖСН", "Тегі", "Аты"]]) == 3


@given(st.text(alphabet="аәбғіӘҒІəӛiAeЖ «»\"'.*:_-\n\u00a0\u00ad/()№q1"))
def test_normalising_twice_changes_nothing_more(header: str) -> None:
    assert normalise(normalise(header)) == normalise(header)
