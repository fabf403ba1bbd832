"""Applications, projects and the works of earlier years: how their files are recognised and read."""

import pytest
from unit.tables import iin_of
from unit.test_feeds import only, refused

from jobs.feeds import FEEDS
from worker.intake.frames import FeedWords, Refusal
from worker.intake.header import Lexicon

A = iin_of("a")
LEXICON = Lexicon(
    {name: FeedWords(columns=feed.spellings(), required=feed.recognised_by) for name, feed in FEEDS.items()}
)
HEADERS = {
    "entrants": [
        "ЖСН; Тегі; Аты; Әкесінің аты; Облысы; Мектебі; Сыныбы; Мұғалімі; Бағыты",
        "ИИН; Фамилия; Имя; Отчество; Область; Учебное заведение; Курс; Преподаватель; Концертмейстер; Специализация",
        "Participant; Surname; Name; Region; School; Own grade; Nomination",
    ],
    "projects": [
        "Жоба нөмірі; Секциясы; Тақырыбы; Авторлары; Ғылыми жетекшісі; Тіркелген күні",
        "Номер проекта; Секция; Тема; Авторы; Научный руководитель; Дата регистрации",
        "Project; Section; Title; Authors; Supervisor; Registered at",
    ],
    "earlier-works": ["Тақырыбы; Авторы; Жылы", "Тема; Автор; Год", "Title; Author; Year"],
}


@pytest.mark.parametrize(
    ("feed", "line"), [(feed, line) for feed, lines in HEADERS.items() for line in lines]
)
def test_a_header_in_each_language_is_of_one_feed(feed: str, line: str) -> None:
    heading = LEXICON.find([line.split("; ")])
    assert (heading.feed, heading.ignored) == (feed, [])


@pytest.mark.parametrize("feed", FEEDS)
def test_the_canonical_header_of_every_feed_is_of_that_feed_alone(feed: str) -> None:
    assert LEXICON.find([list(FEEDS[feed].headers())]).feed == feed


def test_results_with_the_names_and_schools_of_people_stay_results() -> None:
    assert LEXICON.find([["ЖСН", "Тегі", "Аты", "Мектебі", "Пән", "Балл"]]).feed == "results"


def test_a_list_of_people_without_a_nomination_is_no_application() -> None:
    assert LEXICON.find([["Қатысушы", "Тегі", "Аты", "Облыс", "Телефон"]]).feed == "participants"


def test_a_header_that_two_feeds_claim_by_cells_of_their_own_is_refused() -> None:
    with pytest.raises(Refusal, match="matches projects and earlier-works"):
        LEXICON.find([["Жоба нөмірі", "Секциясы", "Тақырыбы", "Авторлары", "Жылы"]])


def test_papers_are_told_by_their_codes_in_any_language_each_once() -> None:
    row = only("entrants", documents="Рекомендация педсовета; өтінім; Заявка, справка о здоровье")
    assert row["documents"] == "application recommendation справка-о-здоровье"
    assert only("entrants", documents="отзыв руководителя")["documents"] == "opinion"
    assert only("entrants", documents="өтінім пікір")["documents"] == "application opinion"
    assert only("entrants", documents="")["documents"] is None


@pytest.mark.parametrize(
    "written",
    [
        "НЗМ ФМБ",
        "Назарбаев Зияткерлік мектептері",
        "Астана қаласындағы физика-математика бағытындағы Назарбаев Зияткерлік мектебі",
        "АОО «Назарбаев Интеллектуальные школы»",
        "Nazarbayev Intellectual School of Taraz",
    ],
)
def test_the_nazarbayev_schools_are_one_sender_by_their_full_name_too(written: str) -> None:
    assert only("entrants", unit=written, region="")["unit"] == "NIS"


def test_a_sender_has_one_name_in_both_languages() -> None:
    assert only("entrants", unit="Назарбаев көшесіндегі лицей", region="")["unit"] != "NIS"
    assert only("projects", unit="РОО РФММ")["unit"] == "RBO РФММ"
    assert (
        only("projects", unit="Павлодар облысы", region="")["region"]
        == only("projects", unit="", region="55")["region"]
    )


@pytest.mark.parametrize("written", ["1", "1. Физика", "физика", "Physics", "1) физика и астрономия"])
def test_a_section_has_one_name_whatever_the_language(written: str) -> None:
    assert only("projects", section=written)["section"] == "Физика"


def test_a_section_that_is_none_of_the_sixteen_stays_as_written() -> None:
    assert only("projects", section="Робототехника")["section"] == "Робототехника"


def test_authors_are_divided_in_any_way_and_an_iin_gets_back_its_zeros() -> None:
    early = iin_of("a", born="050102")
    assert only("projects", authors=f"{A};b2 , c3")["authors"] == f"{A} b2 c3"
    assert only("projects", authors=early.removeprefix("0"))["authors"] == early


def test_a_work_without_its_year_and_a_nomination_left_blank_are_refused() -> None:
    assert refused("earlier-works", year="") == [(2, "year", "missing")]
    assert refused("entrants", nomination="") == [(2, "nomination", "missing")]
