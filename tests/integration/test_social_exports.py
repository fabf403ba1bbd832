"""Exports of social networks as people have them, read in the limited child and by their contract."""

import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from jobs.feeds import FEEDS
from jobs.feeds.reading import Reading, read_rows
from jobs.snapshots import merge_snapshots
from worker.intake.child import parse
from worker.intake.frames import Frame, Limits, Passed, Recognised, RefusedFile, RefusedRow, Rows
from worker.intake.ingest import CHUNK_ROWS, vocabulary

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples" / "synthetic"
LIMITS = Limits(cpu_seconds=20, wall_seconds=30.0)
TAG = "UchitelNovatorBilimClassAbay"
FIVE = datetime(2025, 4, 1, 5, 0, tzinfo=UTC)
VIDEO = "https://www.tiktok.com/@synthetic_t/video/{}"
IDS = ("7490000000000000001", "7490000000000000002")


def frames(path: Path) -> list[Frame]:
    return list(parse(path, path.name, vocabulary=vocabulary(), limits=LIMITS, chunk_rows=CHUNK_ROWS))


def read(path: Path, feed: str = "works") -> Reading:
    """What the database would get of a file whose sender may drop anything."""
    found = frames(path)
    assert not isinstance(found[-1], RefusedFile), found[-1]
    (recognised,) = (frame for frame in found if isinstance(frame, Recognised))
    assert recognised.feed == feed
    parts = [
        pl.DataFrame({"line": rows.lines, **dict(zip(recognised.columns, rows.columns, strict=True))})
        for rows in found
        if isinstance(rows, Rows)
    ]
    return read_rows(FEEDS[feed], pl.concat(parts), zone="Asia/Almaty", assume={})


def written(path: Path, content: object) -> Path:
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    path.write_bytes(text.encode())
    return path


def workbook(path: Path, *rows: Sequence[object]) -> Path:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"remove_timezone": True}) as book:
        sheet, moment = book.add_worksheet(), book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(at, place, cell, moment)
                else:
                    sheet.write(at, place, cell)
    path.write_bytes(buffer.getvalue())
    return path


def of(reading: Reading, *names: str) -> list[tuple[Any, ...]]:
    return reading.rows.select(names).rows()


# --- Apify ---


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not here")
def test_the_instagram_sample_with_its_traps_is_read_row_by_row() -> None:
    reading = read(SAMPLES / "apify_instagram_traps.SYNTHETIC.json")
    assert of(reading, "work_id", "participant", "likes", "comments", "shares", "duration_ms") == [
        ("instagram/SYNTH000001", "synthetic_teacher1", None, 3, None, 180_000),
        ("instagram/SYNTH000002", "synthetic_teacher2", 250, 10, None, 901_200),
        ("instagram/SYNTH000002", "synthetic_teacher2", 252, 11, None, None),
    ]
    assert reading.rows["hashtags"].to_list() == [
        "uchitelnovatorbilimclassabay",
        "uchitelnovatorbilimclassabay uchitelnovatorbilimclassulytau",
        "uchitelnovatorbilimclassabay uchitelnovatorbilimclassulytau",
    ]
    assert reading.rows["posted_at"][1] == datetime(2025, 5, 8, 19, tzinfo=UTC)
    assert reading.refused.select("line", "code").rows() == [(4, "export-error")]
    assert reading.repairs == {"counts-unknown": 1, "ids-of-posts": 3}


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not here")
def test_one_video_under_two_tags_and_addresses_merges_to_one_entry_and_is_told() -> None:
    rows = read(SAMPLES / "apify_instagram_traps.SYNTHETIC.json").rows.drop("line")
    merged = merge_snapshots(rows, key="work_id", by="scraped_at", until=None, counts=["likes", "comments"])
    assert merged.rows.select("work_id", "likes", "comments", "duration_ms", "snapshots").rows() == [
        ("instagram/SYNTH000001", None, 3, 180_000, 1),
        ("instagram/SYNTH000002", 252, 11, 901_200, 2),
    ]
    assert merged.report.select("work_id", "likes_growth", "differs").rows() == [
        ("instagram/SYNTH000002", 2, "url")
    ]


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not here")
def test_the_tiktok_sample_that_went_through_excel_is_read_and_mended() -> None:
    reading = read(SAMPLES / "apify_tiktok_traps.SYNTHETIC.csv")
    assert of(
        reading, "work_id", "participant", "likes", "shares", "comments", "duration_ms", "posted_at"
    ) == [
        (f"tiktok/{IDS[0]}", "synthetic_t3", 1200, 15, 40, 240_000, FIVE),
        (f"tiktok/{IDS[1]}", "synthetic_t4", 1200, None, 4000, 245_000, FIVE),
    ]
    assert reading.rows["hashtags"].to_list() == [TAG.lower()] * 2
    assert reading.repairs == {"counts-abbreviated": 2, "ids-of-posts": 2}


CLOCKWORKS = {
    "id": IDS[0], "text": "Сабақ", "createTimeISO": "2025-04-01T05:00:00.000Z", "createTime": 1743483600,
    "authorMeta": {"id": "1", "name": "synthetic_t", "fans": 5}, "diggCount": 5, "shareCount": 0, "commentCount": None,
    "repostCount": 9, "videoMeta": {"duration": 240, "height": 1}, "webVideoUrl": VIDEO.format(IDS[0]),
    "hashtags": [{"id": "1", "name": TAG, "title": "x"}, {"name": "сабақ"}], "isAd": False,
}  # fmt: skip


@pytest.mark.parametrize("mark", [".", "/", None])
def test_the_json_and_both_spellings_of_the_csv_of_one_tiktok_export_are_one(
    tmp_path: Path, mark: str | None
) -> None:
    if mark is None:
        path = written(tmp_path / "a.json", [CLOCKWORKS])
    else:
        head = "id,text,createTimeISO,authorMeta.id,authorMeta.name,diggCount,shareCount,commentCount,repostCount,"
        head += (
            "videoMeta.duration,webVideoUrl,hashtags.0.id,hashtags.0.name,hashtags.0.title,hashtags.1.name"
        )
        row = f"{IDS[0]},Сабақ,2025-04-01T05:00:00.000Z,1,synthetic_t,5,0,,9,240,{VIDEO.format(IDS[0])},1,{TAG},x,сабақ"
        path = written(tmp_path / "a.csv", f"\ufeff{head.replace('.', mark)}\r\n{row}\r\n")
    assert of(
        read(path),
        "work_id",
        "participant",
        "platform",
        "hashtags",
        "likes",
        "shares",
        "comments",
        "duration_ms",
    ) == [(f"tiktok/{IDS[0]}", "synthetic_t", "tiktok", f"{TAG.lower()} сабақ", 5, 0, None, 240_000)]


def test_a_note_of_the_tool_with_its_own_address_refuses_itself_and_no_other_item(tmp_path: Path) -> None:
    gone = {
        "url": "https://www.tiktok.com/@gone",
        "input": "gone",
        "error": "Post not found",
        "errorCode": "GONE",
    }
    path = written(tmp_path / "a.json", [gone, CLOCKWORKS, {}, gone | {"url": None}])
    reading = read(path)
    assert of(reading, "line", "work_id", "url") == [(2, f"tiktok/{IDS[0]}", VIDEO.format(IDS[0]))]
    assert reading.refused.select("line", "code").rows() == [(1, "export-error"), (4, "export-error")]
    assert [frame.line for frame in frames(path) if isinstance(frame, Passed)] == [3]


def test_instagrams_csv_with_columns_of_comments_and_tags_is_read(tmp_path: Path) -> None:
    text = (
        "caption,commentsCount,hashtags/0,hashtags/1,id,latestComments/0/id,latestComments/0/likesCount,"
        "latestComments/0/timestamp,likesCount,ownerUsername,reshareCount,sharesCount,timestamp,url,videoDuration\n"
        f'"Екі\nжол, #b",3,{TAG},,3600000000000000009,1,99,2025-04-02T05:00:00.000Z,-1,synthetic_i,7,,'
        "2025-04-01T05:00:00.000Z,https://www.instagram.com/p/SYNTH000009/,200.4\n"
    )
    reading = read(written(tmp_path / "a.csv", text))
    assert of(reading, "work_id", "likes", "comments", "shares", "hashtags", "posted_at", "duration_ms") == [
        ("instagram/SYNTH000009", None, 3, 7, f"{TAG.lower()} b", FIVE, 200_400)
    ]


# --- TikTok's Research API ---


def research(*videos: dict[str, Any]) -> dict[str, Any]:
    data = {"videos": list(videos), "cursor": 100, "search_id": "7201388525814961198", "has_more": False}
    return {"data": data, "error": {"code": "ok", "message": "", "log_id": "2"}}


def test_the_research_api_is_read_with_its_long_ids_exact(tmp_path: Path) -> None:
    first = {
        "id": 7094381613995478318, "create_time": 1743483600, "username": "synthetic_r", "region_code": "KZ",
        "video_description": "Сабақ #АшықСабақ", "like_count": 10, "comment_count": 2, "view_count": 9,
        "hashtag_names": [TAG, "b"], "video_duration": 200,
    }  # fmt: skip
    second = {
        "id": 7094381613995478319,
        "create_time": 1743483600,
        "username": "synthetic_r",
        "share_count": 1,
    }
    reading = read(written(tmp_path / "a.json", research(first, second | {"hashtag_names": []})))
    assert of(reading, "work_id", "platform", "hashtags", "likes", "shares", "duration_ms", "posted_at") == [
        ("tiktok/7094381613995478318", "tiktok", f"{TAG.lower()} b ашықсабақ", 10, None, 200_000, FIVE),
        ("7094381613995478319", None, None, None, 1, None, FIVE),
    ]


@pytest.mark.parametrize("data", [{"videos": []}, {"a": [{}], "b": [{}]}, {"cursor": 1}, 5])
def test_an_envelope_without_one_list_of_records_is_refused_and_not_guessed_at(
    tmp_path: Path, data: object
) -> None:
    last = frames(written(tmp_path / "a.json", {"data": data}))[-1]
    assert isinstance(last, RefusedFile)
    assert last.code in {"no-rows", "not-well-formed"}


# --- tables by hand ---


def test_the_canonical_table_is_read_exactly(tmp_path: Path) -> None:
    text = (
        "work_id,participant,region,platform,url,hashtags,posted_at,duration_s,likes,comments,shares,adds,scraped_at\n"
        f"w-01,T-7,KZ-10,tiktok,{VIDEO.format(IDS[0])},{TAG} b,2025-04-01T05:00:00Z,240,1,2,3,4,2025-05-12T13:00:00Z\n"
        "w-02,T-8,Абай облысы,,,,2025-04-01 10:00:00,,,,,,\n"
    )
    reading = read(written(tmp_path / "a.csv", text))
    assert reading.refused.height == 0
    assert reading.repairs == {}
    full, bare = reading.rows.drop("line").rows(named=True)
    assert full == {
        "work_id": "w-01", "participant": "T-7", "region": "KZ-10", "platform": "tiktok", "url": VIDEO.format(IDS[0]),
        "post": f"tiktok/{IDS[0]}", "hashtags": f"{TAG.lower()} b", "posted_at": FIVE, "duration_s": "240",
        "duration_ms": 240_000, "likes": 1, "comments": 2, "shares": 3, "adds": 4,
        "scraped_at": datetime(2025, 5, 12, 13, tzinfo=UTC), "approved": None, "content_sha256": None,
    }  # fmt: skip
    known = {name: cell for name, cell in bare.items() if cell is not None}
    assert known == {"work_id": "w-02", "participant": "T-8", "region": "KZ-10", "posted_at": FIVE}


KAZAKH = ("№", "Жұмыс ID", "Аккаунт", "Облыс", "Платформа", "Сілтеме", "Хештегтер", "Жарияланған уақыты",
          "Ұзақтығы (с)", "Лайк саны", "Пікір саны", "Бөлісу саны")  # fmt: skip
RUSSIAN = ("№", "ID работы", "Логин", "Область", "Соцсеть", "Ссылка на видео", "Хэштеги", "Дата публикации",
           "Длительность", "Лайки", "Комментарии", "Репосты")  # fmt: skip


@pytest.mark.parametrize("header", [KAZAKH, RUSSIAN])
def test_a_workbook_by_hand_is_read_in_either_language_and_its_cut_ids_are_mended(
    tmp_path: Path, header: Sequence[str]
) -> None:
    local = datetime(2025, 4, 1, 10, 0)  # noqa: DTZ001 - a cell of Excel has no zone
    good = (1, 7.490000000000000002e18, "@Synthetic_T", "Абай", "ТикТок", VIDEO.format(IDS[1]), f"#{TAG}", local, 240,
            1200.0, "4 тыс.", "")  # fmt: skip
    lost = (2, 7.490000000000000002e18, "synthetic_u", "Абай", "ТикТок", "", "", local, 240, 1, 1, 1)
    reading = read(workbook(tmp_path / "a.xlsx", ("Жұмыстар тізімі",), header, good, lost))
    assert of(
        reading,
        "work_id",
        "participant",
        "region",
        "platform",
        "hashtags",
        "posted_at",
        "likes",
        "comments",
        "shares",
    ) == [(f"tiktok/{IDS[1]}", "synthetic_t", "KZ-10", "tiktok", TAG.lower(), FIVE, 1200, 4000, None)]
    assert reading.refused.select("line", "column", "code").rows() == [(4, "work_id", "digits-lost")]


def test_teachers_and_classes_come_as_workbooks_too(tmp_path: Path) -> None:
    teachers = workbook(
        tmp_path / "t.xlsx",
        ("Қатысушы", "Тегі", "Аты", "Облыс", "Лауазымы", "Instagram", "TikTok аккаунты", "Басшы"),
        (
            "T-7",
            "Үлгі",
            "Мұғалім",
            "Ұлытау облысы",
            "мұғалім",
            "@Synthetic.T",
            "tiktok.com/@synthetic_t",
            "жоқ",
        ),
    )
    assert of(read(teachers, "participants"), "participant", "region", "position", "handles", "manager") == [
        ("T-7", "KZ-62", "мұғалім", "synthetic.t synthetic_t", False)
    ]
    classes = workbook(
        tmp_path / "c.xlsx",
        ("Участник", "Область", "Класс", "Количество учеников", "Подключено", "Дата заявки"),
        ("T-7", "Абай", "7 «Ә»", 20, 12, "01.04.2025 10:00"),
    )
    assert of(
        read(classes, "classes"), "participant", "grade", "class", "pupils", "connected", "applied_at"
    ) == [("T-7", 7, "7 «Ә»", 20, 12, FIVE)]


@pytest.mark.parametrize("listed", [False, True])
def test_a_beacons_own_json_is_a_pulse(tmp_path: Path, *, listed: bool) -> None:
    pulse = {"round": 1000, "randomness": "f" * 64, "signature": "b" * 96}
    reading = read(
        written(tmp_path / "p.json", [pulse, pulse | {"round": 1001}] if listed else pulse), "pulses"
    )
    assert of(reading, "round", "signature", "previous_signature")[0] == (1000, "b" * 96, None)
    assert reading.rows.height == 1 + listed


CAPTIONS = ["Сабақ\u2063 \u200e#Tag \u202eabc", "как дела?хорошо #Tag", "a" * 40_000 + "#Tag", "\x00\x1f#Tag"]


@pytest.mark.parametrize("caption", CAPTIONS[:-1])
@pytest.mark.parametrize("kind", ["json", "csv", "xlsx"])
def test_what_stands_in_a_caption_or_a_strangers_comment_refuses_no_work(
    tmp_path: Path, caption: str, kind: str
) -> None:
    head = ("id", "ownerUsername", "timestamp", "caption", "latestComments/0/text")
    rows = [
        (f"w{at}", "synthetic_i", "2025-04-01T05:00:00.000Z", caption[:32_000], caption[:32_000])
        for at in (1, 2)
    ]
    path = tmp_path / f"a.{kind}"
    if kind == "json":
        written(path, [dict(zip(head, row, strict=True)) for row in rows])
    elif kind == "xlsx":
        workbook(path, head, *rows)
    else:
        written(path, "\n".join(",".join(f'"{cell}"' for cell in row) for row in (head, *rows)))
    reading = read(path)
    assert of(reading, "work_id", "participant") == [("w1", "synthetic_i"), ("w2", "synthetic_i")]
    assert {"tag"} >= set(reading.rows["hashtags"].drop_nulls())


def test_a_caption_with_controls_or_of_any_length_is_searched_in_json(tmp_path: Path) -> None:
    items = [
        {"id": f"w{at}", "username": "t", "create_time": 1743483600, "caption": each}
        for at, each in enumerate(CAPTIONS)
    ]
    assert read(written(tmp_path / "a.json", items)).rows["hashtags"].to_list() == ["tag", "tag", None, "tag"]


def test_the_same_signs_in_an_account_still_refuse_the_row(tmp_path: Path) -> None:
    item = {"id": "w", "username": "synthetic\u202e", "create_time": 1743483600, "caption": "\u200e"}
    codes = [
        frame.code for frame in frames(written(tmp_path / "a.json", [item])) if isinstance(frame, RefusedRow)
    ]
    assert codes == ["bidi-character"]
