"""What exports of social networks write in their own ways, and what it is read as."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import ZONE, law

from jobs.feeds import FEEDS, social
from jobs.feeds.reading import Reading, read_rows
from worker.intake.frames import FeedWords, Refusal
from worker.intake.header import Lexicon
from worker.intake.ingest import vocabulary

WORK = {"work_id": "w1", "participant": "t1", "posted_at": "2025-04-01 10:00"}
TIKTOK = "https://www.tiktok.com/@synthetic_t/video/7490000000000000002"
REEL = "https://www.instagram.com/reel/SYNTH000002/"


def read(feed: str, *rows: dict[str, str]) -> Reading:
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = {name: [row.get(name, "") for row in rows] for name in names}
    return read_rows(
        FEEDS[feed], pl.DataFrame({"line": range(2, len(rows) + 2), **cells}), zone=ZONE, assume={}
    )


def work(**given_: str) -> dict[str, Any]:
    reading = read("works", WORK | given_)
    assert reading.refused.rows() == []
    return reading.rows.row(0, named=True)


def refused(**given_: str) -> list[tuple[str, str]]:
    reading = read("works", WORK | given_)
    assert reading.rows.height == 0
    return list(reading.refused.select("column", "code").iter_rows())


def through(expression: Callable[[str], pl.Expr], cell: str | None) -> str | None:
    found: str | None = pl.DataFrame({"x": [cell]}, schema={"x": pl.String}).select(expression("x")).item()
    return found


# --- counts ---

READ_AS = {
    "0": 0, "1200": 1200, "1200.0": 1200, "1.2K": 1200, "1,2K": 1200, "1,2 k": 1200, "1,2К": 1200, "317.4K": 317_400,
    "1.2M": 1_200_000, "4 тыс.": 4000, "4,5 тыс": 4500, "2 мың": 2000, "4,5 млн": 4_500_000, "4.5 млн.": 4_500_000,
    "1B": 10**9, "1 234": 1234, "1\u00a0234": 1234, "1\u202f234": 1234, "1\u2009234": 1234, "1'234": 1234,
    "1,234": 1234, "1.234": 1234, "1,234,567": 1_234_567, "1,000,000": 10**6, "1.2340K": 1234, "0.5K": 500,
}  # fmt: skip
UNKNOWN = ["", "-1", "−1", "-1.0", "null", "None", "NaN", "N/A", "-", "—"]
UNREADABLE = [
    "many",
    "-2",
    "1.5",
    "1,000",
    "1.000",
    "1.23456K",
    "1,2 м",
    "1.2E+03",
    "0,123",
    "1.234,567",
    "K",
]


@pytest.mark.parametrize(("written", "count"), READ_AS.items())
def test_a_count_is_read_however_the_network_shows_it(written: str, count: int) -> None:
    assert work(likes=written)["likes"] == count


@pytest.mark.parametrize("written", UNKNOWN)
def test_an_unknown_count_is_null_and_never_nothing(written: str) -> None:
    row = work(likes=written, shares=written, comments="0")
    assert (row["likes"], row["shares"], row["comments"]) == (None, None, 0)


@pytest.mark.parametrize("written", UNREADABLE)
def test_a_count_that_may_be_read_two_ways_or_none_refuses_its_row(written: str) -> None:
    reading = read("works", WORK | {"likes": written})
    assert reading.rows.height == 0
    ((column, why),) = reading.refused.select("column", "why").rows()
    assert column == "likes"
    assert "is no count" in why or "smaller" in why


@law
@given(st.integers(0, 10**12))
def test_a_plain_count_comes_back_as_it_was(count: int) -> None:
    assert work(likes=str(count), shares=f"{count:,}".replace(",", "\u00a0"))["likes"] == count


@law
@given(
    st.integers(1, 99_999),
    st.sampled_from([("K", 3), ("тыс.", 3), ("мың", 3), ("M", 6), ("млн", 6)]),
    st.sampled_from(".,"),
)
def test_an_abbreviated_count_comes_back_to_the_last_digit_shown(
    tenths: int, unit: tuple[str, int], mark: str
) -> None:
    word, zeros = unit
    shown = f"{tenths // 10}{mark}{tenths % 10} {word}"
    assert work(likes=shown)["likes"] == tenths * 10 ** (zeros - 1)


@law
@given(st.lists(st.sampled_from([*READ_AS, *UNKNOWN]), min_size=1, max_size=8))
def test_a_count_is_read_the_same_in_any_company(cells: list[str]) -> None:
    reading = read("works", *(WORK | {"likes": cell} for cell in cells))
    assert reading.rows["likes"].to_list() == [READ_AS.get(cell) for cell in cells]


def test_what_was_abbreviated_or_unknown_is_counted_for_the_receipt() -> None:
    rows = [WORK | {"likes": "1.2K", "shares": "-1"}, WORK | {"likes": "4 тыс.", "comments": "5"}]
    assert read("works", *rows).repairs == {"counts-abbreviated": 2, "counts-unknown": 1}


# --- durations and moments ---

DURATIONS = {
    "180": 180_000, "180.0": 180_000, "901.2": 901_200, "901,2": 901_200, "4:05": 245_000, "0:04:05": 245_000,
    "1:00:00": 3_600_000, "75:30": 4_530_000, "4:05.5": 245_500, "901.2000122070312": 901_200, "900.0004": 900_000,
    "179.9996": 180_000, "0": 0, "59.433": 59_433,
}  # fmt: skip


@pytest.mark.parametrize(("written", "milliseconds"), DURATIONS.items())
def test_a_length_is_whole_milliseconds_and_kept_as_written(written: str, milliseconds: int) -> None:
    row = work(duration_s=written)
    assert (row["duration_ms"], row["duration_s"]) == (milliseconds, written)


def test_a_length_that_is_not_told_is_null() -> None:
    assert work(duration_s="")["duration_ms"] is None


@pytest.mark.parametrize(
    "written", ["abc", "-5", "4:65", "1:60:00", "4:5", "PT4M", "1e3", "12345678", "::", "4:05:"]
)
def test_a_length_that_cannot_be_read_refuses_its_row(written: str) -> None:
    assert refused(duration_s=written) == [("duration_s", "wrong-form")]


@law
@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_a_length_is_the_same_as_a_clock_shows_it_or_in_seconds(h: int, m: int, s: int, ms: int) -> None:
    total = ((h * 60 + m) * 60 + s) * 1000 + ms
    for written in (f"{h}:{m:02}:{s:02}.{ms:03}", f"{total // 1000},{ms:03}"):
        assert through(social.milliseconds, written) == str(total)


FIVE = datetime(2025, 4, 1, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    ["01.04.2025 10:00", "01.04.2025, 10:00:00", "1.4.2025 10:00", "2025-04-01T05:00:00.000Z", "1743483600",
     "1743483600000", "1743483600.0", "2025-04-01T05:00:00+0000"],
)  # fmt: skip
def test_a_moment_is_read_from_a_clock_a_standard_or_the_seconds_since_1970(written: str) -> None:
    row = work(posted_at=written, scraped_at=written)
    assert (row["posted_at"], row["scraped_at"]) == (FIVE, FIVE)


def test_an_hour_without_its_zero_is_read() -> None:
    assert work(posted_at="01.04.2025 9:05")["posted_at"] == datetime(2025, 4, 1, 4, 5, tzinfo=UTC)


def test_a_date_alone_is_the_beginning_of_its_day() -> None:
    assert work(posted_at="01.04.2025")["posted_at"] == datetime(2025, 3, 31, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize("written", ["01.04.25", "1.74E+09", "17434836", "yesterday", ""])
def test_a_moment_that_is_none_refuses_its_row(written: str) -> None:
    assert [column for column, _ in refused(posted_at=written)] == ["posted_at"]


# --- tags ---


@pytest.mark.parametrize(
    ("cells", "tags"),
    [
        ({"hashtags": "#UchitelNovatorBilimClassAbay, Сабақ"}, "uchitelnovatorbilimclassabay сабақ"),
        ({"hashtags": '["Tag1", "tag2", "TAG1"]'}, "tag1 tag2"),
        ({"hashtags/0/name": "A", "hashtags/1/name": "", "hashtags/2/name": "b"}, "a b"),
        ({"hashtags": "x", "hashtags0": "A"}, "x a"),
        (
            {"caption": "Сабақ #АшықСабақ_1 #Uchitel#Novator ＃Tolik \n#2025 (#a!)"},
            "ашықсабақ_1 uchitel novator tolik a",
        ),
        ({"hashtags": "a", "caption": "#A #b"}, "a b"),
        ({"caption": "no tags here"}, None),
        ({"hashtags": " , "}, None),
        ({"hashtag_names": "A b", "video_description": "#c"}, "a b c"),
    ],
)
def test_tags_are_gathered_from_wherever_they_stand_in_small_letters(
    cells: dict[str, str], tags: str | None
) -> None:
    assert work(**cells)["hashtags"] == tags


def test_a_caption_is_read_for_its_tags_and_not_kept() -> None:
    reading = read("works", WORK | {"caption": "личное #тег"}, WORK | {"caption": "#b", "hashtags": "b"})
    assert "caption" not in reading.rows.columns
    assert reading.repairs == {"tags-from-caption": 1}
    assert not any("личное" in str(cell) for row in reading.rows.rows() for cell in row)


@law
@given(st.lists(st.text("abЖқ_9 ,#", max_size=6), max_size=4))
def test_tags_once_gathered_stay_as_they_are(cells: list[str]) -> None:
    once = work(hashtags=" ".join(cells))["hashtags"]
    assert work(hashtags=once or "")["hashtags"] == once


# --- posts, ids and accounts ---

POSTS = {
    "https://www.instagram.com/p/SYNTH000002/": "instagram/SYNTH000002",
    REEL: "instagram/SYNTH000002",
    "instagram.com/reels/SYNTH000002?igsh=x": "instagram/SYNTH000002",
    "https://www.instagram.com/synthetic.t/reel/SYNTH000002/": "instagram/SYNTH000002",
    "https://instagram.com/tv/a-b_C": "instagram/a-b_C",
    TIKTOK: "tiktok/7490000000000000002",
    "HTTPS://M.TikTok.com/@synthetic_t/video/7490000000000000002?lang=ru": "tiktok/7490000000000000002",
    "https://www.tiktok.com/@synthetic_t/photo/7490000000000000002": "tiktok/7490000000000000002",
    "https://m.tiktok.com/v/7490000000000000002.html": "tiktok/7490000000000000002",
    "https://www.tiktok.com/embed/v2/7490000000000000002": "tiktok/7490000000000000002",
    "https://vm.tiktok.com/ZMabc/": None,
    "https://www.instagram.com/synthetic.t/": None,
    "https://evil.example/instagram.com/p/SYNTH000002/": None,
    "https://notinstagram.com/p/SYNTH000002/": None,
}


@pytest.mark.parametrize(("url", "post"), POSTS.items())
def test_all_addresses_of_a_post_are_one_and_others_are_none(url: str, post: str | None) -> None:
    assert work(url=url)["post"] == post


@pytest.mark.parametrize(
    ("cells", "platform"),
    [
        ({"url": REEL}, "instagram"), ({"url": TIKTOK}, "tiktok"), ({"url": "https://vm.tiktok.com/ZM/"}, "tiktok"),
        ({"url": "https://youtu.be/x"}, "other"), ({"url": "https://notinstagram.com/p/x"}, "other"), ({}, None),
        ({"url": TIKTOK, "platform": "Инстаграм"}, "instagram"), ({"platform": "ТикТок"}, "tiktok"),
        ({"hashtag_names": "a"}, "tiktok"), ({"video_description": "x"}, "tiktok"),
    ],
)  # fmt: skip
def test_the_platform_is_told_from_the_address_where_the_file_does_not_say_it(
    cells: dict[str, str], platform: str | None
) -> None:
    assert work(**cells)["platform"] == platform


@pytest.mark.parametrize("own", ["w1", "T-001", "100509520015", "12E4", "12345678901234"])
def test_an_organisers_own_id_stays_even_beside_an_address(own: str) -> None:
    assert work(work_id=own, url=TIKTOK)["work_id"] == own


@pytest.mark.parametrize(
    ("written", "url"),
    [("", TIKTOK), ("7490000000000000002", TIKTOK), ("7.49E+18", TIKTOK), ("7,49E+18", TIKTOK),
     ("7490000000000000000", TIKTOK), ("7.49e+18", TIKTOK), ("", REEL), ("3600000000000000002", REEL),
     ("3600000000000000002_17", REEL), ("SYNTH000002", REEL)],
)  # fmt: skip
def test_a_networks_id_a_broken_one_and_none_give_way_to_the_post(written: str, url: str) -> None:
    reading = read("works", WORK | {"work_id": written, "url": url})
    assert reading.rows["work_id"].to_list() == reading.rows["post"].to_list() == [POSTS[url]]
    assert reading.repairs == {"ids-of-posts": 1}


def test_a_number_of_tiktok_is_its_post_without_an_address_and_any_other_number_stays() -> None:
    assert work(work_id="7094381613995478318", hashtag_names="a")["work_id"] == "tiktok/7094381613995478318"
    for cells in ({}, {"platform": "instagram"}, {"url": "https://vm.tiktok.com/ZM/", "platform": "other"}):
        assert work(work_id="7094381613995478318", **cells)["work_id"] == "7094381613995478318"


@pytest.mark.parametrize("cut", ["7.49E+18", "7.49e+18", "7490000000000000000"])
@pytest.mark.parametrize("more", [{}, {"platform": "tiktok"}, {"url": "https://vm.tiktok.com/ZM/"}])
def test_an_id_that_excel_cut_short_is_refused_where_nothing_tells_it(cut: str, more: dict[str, str]) -> None:
    assert refused(work_id=cut, likes="many", **more) == [("work_id", "digits-lost")]


def test_a_work_without_id_or_address_is_told_to_have_one() -> None:
    reading = read("works", WORK | {"work_id": ""})
    assert reading.refused.select("column", "code").rows() == [("work_id", "missing")]
    assert "full address" in reading.refused["why"][0]


@pytest.mark.parametrize("more", [{}, {"url": TIKTOK}, {"participant": "synthetic_t"}])
def test_the_note_of_an_export_tool_is_refused_in_one_sentence_and_the_others_are_taken(
    more: dict[str, str],
) -> None:
    reading = read(
        "works", WORK, {"error": "not_found", **more}, WORK | {"error": "false"}, WORK | {"error": "x"}
    )
    assert reading.rows["line"].to_list() == [2, 4, 5]
    assert reading.refused.select("line", "column", "code").rows() == [(3, "error", "export-error")]


def test_the_names_of_apify_that_stand_beside_others_fill_them() -> None:
    row = work(
        web_video_url=TIKTOK,
        url="https://www.tiktok.com/@other",
        shares="-1",
        reshares="1.2K",
        participant="",
    )
    assert (row["url"], row["shares"], row["participant"]) == (TIKTOK, 1200, "synthetic_t")


@pytest.mark.parametrize(
    ("written", "name"),
    [("@Aigul_T", "aigul_t"), ("https://www.instagram.com/Aigul.T/?hl=kk", "aigul.t"), ("tiktok.com/@Aigul", "aigul"),
     ("T-001", "T-001")],
)  # fmt: skip
def test_an_account_is_bare_and_an_organisers_own_id_keeps_its_letters(written: str, name: str) -> None:
    reading = read("works", WORK | {"participant": written})
    assert reading.rows["participant"].to_list() == [name]
    assert reading.repairs == {}


HANDLES = {
    "@Aigul.t": "aigul.t",
    "aigul, bolat;  @CANAT|dana": "aigul bolat canat dana",
    "https://www.instagram.com/Aigul.t/?hl=ru\nhttps://www.tiktok.com/@aigul_t?lang=kk": "aigul.t aigul_t",
    "instagram: @aigul.t, тикток: aigul_t": "aigul.t aigul_t",
    "инста:aigul.t": "aigul.t",
    "aigul, @AIGUL.": "aigul",
    "жоқ": None,
    "https://youtube.com/@aigul": None,
    "https://www.instagram.com/p/SYNTH000002/": None,
    "": None,
}
PERSON = {"participant": "t1", "surname": "Үлгі", "name": "Мұғалім", "region": "Абай облысы"}


@pytest.mark.parametrize(("written", "names"), HANDLES.items())
def test_accounts_are_bare_small_and_divided_by_spaces(written: str, names: str | None) -> None:
    reading = read("participants", PERSON | {"handles": written})
    assert reading.rows["handles"].to_list() == [names]
    assert reading.repairs == ({"accounts-unreadable": 1} if written and names is None else {})


def test_columns_of_single_networks_join_the_accounts() -> None:
    row = PERSON | {"instagram": "@A", "tiktok аккаунты": "", "тикток": "tiktok.com/@b", "handles": "c"}
    assert read("participants", row).rows["handles"].to_list() == ["c a b"]


@law
@given(st.lists(st.text("aB._@ ,;жЖ", max_size=8), max_size=4))
def test_accounts_once_read_stay_as_they_are(cells: list[str]) -> None:
    once = through(social.handles, " ".join(cells))
    assert through(social.handles, once) == once


# --- classes and pulses ---

CLASS = {"participant": "t1", "region": "10", "class": "11 «Б»", "pupils": "20", "connected": "12"}
PULSE = {"round": "1000", "randomness": "A" * 64, "signature": "b" * 96}


def test_a_class_says_its_grade_and_may_not_have_been_applied_for() -> None:
    row = read("classes", CLASS).rows.row(0, named=True)
    assert (row["grade"], row["class"], row["applied_at"]) == (11, "11 «Б»", None)
    assert read("classes", CLASS | {"grade": "10"}).rows["grade"].to_list() == [10]


def test_a_pulse_is_hexadecimal_in_small_letters_and_may_follow_a_chains_seed() -> None:
    row = read("pulses", PULSE | {"previous_signature": "C" * 64}).rows.row(0, named=True)
    assert (row["round"], row["randomness"], row["previous_signature"]) == (1000, "a" * 64, "c" * 64)


@pytest.mark.parametrize(
    ("name", "cell"),
    [("signature", "b" * 95), ("signature", "b" * 97), ("signature", "g" * 96), ("randomness", "a" * 63),
     ("randomness", "а" * 64), ("previous_signature", "0x" + "c" * 62), ("round", "0"), ("round", "1e3")],
)  # fmt: skip
def test_a_pulse_of_another_form_is_refused(name: str, cell: str) -> None:
    reading = read("pulses", PULSE | {name: cell})
    assert reading.rows.height == 0
    assert reading.refused["column"].to_list() == [name]


# --- recognition ---

LEXICON = Lexicon(vocabulary())
HEADERS = {
    "works": [
        "inputUrl id type shortCode caption hashtags mentions url commentsCount likesCount timestamp ownerUsername "
        "ownerId videoDuration latestComments/0/text latestComments/0/likesCount childPosts/0/id hashtags/0 error "
        "sharesCount reshareCount",
        "id text createTime createTimeISO authorMeta.name authorMeta.id diggCount shareCount playCount collectCount "
        "commentCount repostCount videoMeta.duration webVideoUrl hashtags.0.name hashtags.0.title hashtags.0.id isAd "
        "url error",
        "id text createTime createTimeISO authorMeta/name authorMeta/id diggCount shareCount videoMeta/duration "
        "hashtags/0/name hashtags/10/name webVideoUrl",
        "id create_time username region_code video_description like_count comment_count share_count view_count "
        "hashtag_names video_duration",
        "work_id participant region platform url hashtags posted_at duration_s likes comments shares adds scraped_at",
        "№;Аккаунт;Облыс;Сілтеме;Хештегтер;Жарияланған уақыты;Ұзақтығы;Лайк саны;Пікір саны;Бөлісу саны",
        "№;Логин;Область;Платформа;Ссылка на видео;Хэштеги;Дата публикации;Длительность;Лайки;Комментарии;Репосты",
    ],
    "participants": [
        "participant surname name patronymic email region school_id position grades handles civil_servant manager "
        "procurement",
        "Қатысушы;Тегі;Аты;Әкесінің аты;Облыс;Мектеп;Лауазымы;Instagram;TikTok аккаунты;Телефон;Эл. пошта",
        "ID педагога;Фамилия;Имя;Отчество;Область;Школа;Должность;Аккаунты;Госслужащий;Руководитель;Госзакупки",
    ],
    "classes": [
        "participant region grade class pupils connected applied_at",
        "Қатысушы;Облыс;Сынып;Оқушылар саны;Қосылған оқушылар;Өтініш уақыты",
        "Участник;Область;Класс;Количество учеников;Подключено;Дата заявки",
    ],
    "pulses": ["round randomness signature previous_signature"],
    "roster": ["ЖСН;Тегі;Аты;Мектеп;Облыс", "ИИН;Фамилия;Имя;Школа;Область"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("feed", "header"), [(feed, each) for feed, all_ in HEADERS.items() for each in all_]
)
def test_a_header_makes_a_file_one_feed_among_all(feed: str, header: str) -> None:
    heading = LEXICON.find([header.split(";") if ";" in header else header.split()])
    assert heading.feed == feed
    assert FEEDS[feed].recognised_by <= set(heading.places.values())


def test_what_a_comment_or_a_tag_has_of_its_own_is_not_the_works() -> None:
    for header in (
        "latestComments/0/likesCount",
        "childPosts/0/id",
        "hashtags.0.title",
        "authorMeta.id",
        "createTime",
    ):
        assert LEXICON.column("works", header) is None


@pytest.mark.parametrize("feed", ["works", "participants", "classes", "pulses"])
def test_no_spelling_heads_two_columns_of_a_feed_however_it_is_dressed(feed: str) -> None:
    words: FeedWords = vocabulary()[feed]
    for column, spelt in words.columns.items():
        for header in spelt:
            assert LEXICON.column(feed, header.upper()) == column, header


def test_a_derived_column_is_taken_from_no_file() -> None:
    assert {"post", "duration_ms"}.isdisjoint(vocabulary()["works"].columns)


def test_two_headers_of_one_count_are_refused_and_not_chosen_between() -> None:
    with pytest.raises(Refusal, match="likes"):
        LEXICON.find([["participant", "posted_at", "likes", "likesCount"]])
