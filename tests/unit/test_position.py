"""Job titles that may shut a person out."""

import polars as pl
import pytest

from jobs.errors import ParameterFault
from jobs.position import position

WORDS = [
    "директор",
    "орынбасар",
    "меңгеруші",
    "жетекші",
    "заместител",
    "заведующ",
    "завуч",
    "руководител",
    "зам.",
]
EXCEPT = ["сынып жетекші", "классн руководител"]


def decided(*titles: str | None) -> pl.DataFrame:
    entries = pl.DataFrame({"entry": [str(n) for n in range(len(titles))], "position": titles})
    typed = entries.with_columns(pl.col("position").cast(pl.String))
    return position(typed, column="position", words=WORDS, except_=EXCEPT).verdicts


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Директор", "директор"),
        ("Мектеп директорының орынбасары", "директорының"),
        ("ОҚУ ІСІНІҢ МЕҢГЕРУШІСІ", "меңгерушісі"),
        ("заместитель директора по ВР", "заместитель"),
        ("учитель, завуч", "завуч"),
        ("учитель/заведующая кабинетом", "заведующая"),
        ("и.о.директора", "директора"),
        ("зам. по УВР", "зам"),
        ("Зам", "зам"),
        ("Сынып жетекшісі, бірлестік жетекшісі", "жетекшісі"),
        ("классный руководитель 5А, руководитель МО", "руководитель"),
        ("Классный\u00a0руководитель; ДИРЕКТОР", "директор"),
        ("Диpeктop", "директор"),
    ],
)
def test_a_title_that_may_shut_out_is_for_people_to_judge(title: str, found: str) -> None:
    row = decided(title).row(0, named=True)
    assert (row["verdict"], row["code"]) == ("undecided", "position-to-judge")
    assert f"says {found}:" in row["why"]


@pytest.mark.parametrize(
    "title",
    [
        "мұғалім",
        "Учитель математики",
        "сынып жетекшісі",
        "Мұғалім, СЫНЫП  ЖЕТЕКШІСІ",
        "учитель, классный руководитель",
        "работа классного руководителя",
        "замещающий учитель",
        "субдиректор",
        "",
        None,
    ],
)
def test_any_other_title_stands_in_nobodys_way(title: str | None) -> None:
    assert decided(title).select("verdict", "code").rows() == [("in", "position-clear")]


def test_many_titles_are_judged_each_by_itself() -> None:
    assert decided("Диpeктop", None, "мұғалім", "Диpeктop")["verdict"].to_list() == [
        "undecided",
        "in",
        "in",
        "undecided",
    ]


def test_without_exceptions_a_class_teacher_is_asked_about_too() -> None:
    entries = pl.DataFrame({"entry": ["a"], "position": ["сынып жетекшісі"]})
    verdicts = position(entries, column="position", words=WORDS, except_=[]).verdicts
    assert verdicts["verdict"].to_list() == ["undecided"]


@pytest.mark.parametrize("words", [[], ["директор", " "], ["."]])
def test_an_empty_word_would_be_found_everywhere_and_is_refused(words: list[str]) -> None:
    entries = pl.DataFrame({"entry": ["a"], "position": ["мұғалім"]})
    with pytest.raises(ParameterFault, match=r"position\.words"):
        position(entries, column="position", words=words, except_=[])


def test_signs_in_a_word_of_the_rulebook_are_no_pattern() -> None:
    entries = pl.DataFrame({"entry": ["a", "b"], "position": ["и.о. завуча", "ивог"]})
    verdicts = position(entries, column="position", words=["и.о"], except_=[]).verdicts
    assert verdicts["verdict"].to_list() == ["undecided", "in"]
