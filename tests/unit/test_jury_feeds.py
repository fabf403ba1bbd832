"""Juries, their marks and their votes: how their files are recognised and read."""

import pytest
from unit.test_feeds import only, refused

from jobs.feeds import FEEDS
from worker.intake.frames import FeedWords
from worker.intake.header import Lexicon

LEXICON = Lexicon(
    {name: FeedWords(columns=feed.spellings(), required=feed.recognised_by) for name, feed in FEEDS.items()}
)
HEADERS = {
    "scores": [
        "Қатысушы коды; Қазы; Тур; Критерий; Ұпай",
        "Участник; Член жюри; Тур; Критерий; Балл; Минуты",
        "Contestant; Juror; Round; Criterion; Points",
        "Проект; Эксперт; Показатель; Балл; Секция; Вид листа",
    ],
    "jurors": [
        "Қазы; Аты-жөні; Рөлі; Пән; Облыс; Оқушылары",
        "Член жюри; ФИО; Роль; Предмет; Область; Ученики",
        "Juror; Name; Role; Section; Teaches",
    ],
    "votes": ["Мәселе; Қазы; Дауыс", "Вопрос; Член жюри; Голос; О ком", "Motion; Juror; Vote; About"],
}


@pytest.mark.parametrize(
    ("feed", "line"), [(feed, line) for feed, lines in HEADERS.items() for line in lines]
)
def test_a_header_in_each_language_is_of_one_feed(feed: str, line: str) -> None:
    heading = LEXICON.find([line.split("; ")])
    assert (heading.feed, heading.ignored) == (feed, [])


@pytest.mark.parametrize(
    ("written", "kept"),
    [("4", "4"), ("04,50", "4.5"), ("4.0", "4"), ("59 1/3", "59 1/3"), ("0 17/29", "0 17/29"), ("", None)],
)
def test_points_keep_their_exact_value_in_one_spelling(written: str, kept: str | None) -> None:
    assert only("scores", points=written)["points"] == kept


@pytest.mark.parametrize("written", ["-1", "four", "1/3", "4.5555", "59 1/0"])
def test_what_is_no_number_of_points_is_refused(written: str) -> None:
    assert [column for _, column, _ in refused("scores", points=written)] == ["points"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [("II тур", "2"), ("2-тур", "2"), ("02", "2"), ("iii", "3"), ("қорытынды", "қорытынды"), ("", None)],
)
def test_a_round_is_its_number(written: str, kept: str | None) -> None:
    assert only("scores", round=written)["round"] == kept


def test_a_criterion_in_kazakh_or_russian_is_its_code_and_another_stays() -> None:
    named = [
        only("scores", criterion=word)["criterion"] for word in ("Даралық", "индивидуальность", "dictation")
    ]
    assert named == ["individuality", "individuality", "dictation"]


def test_a_jurors_own_pupils_are_told_apart_however_they_are_divided() -> None:
    assert only("jurors", teaches="a, b;c")["teaches"] == "a b c"
