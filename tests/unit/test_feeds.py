"""The data contracts: headers in three languages, typed values, and a reason for every row not taken."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import ZONE, iin_of, law

from jobs.feeds import FEEDS
from jobs.feeds.contract import CHOICE, PERSON
from jobs.feeds.reading import Reading, read_rows
from jobs.feeds.sheets import item_seconds

A = iin_of("a")
NAMES_OF_THE_DESIGN = {
    "roster": "iin surname name patronymic birth_date sex school_id school grade class region district locality "
    "language",
    "registrations": "iin guardian_iin phone phone_confirmed email language consent registered_at",
    "sheets": "participant stage variant started_at finished_at school_id class region answers seconds",
    "keys": "stage variant item key item_id options",
    "quotas": "school_id school language intake seats boarding email",
    "applications": "participant preference school_id language boarding submitted_at",
    "decisions": "request_id subject decision ground decided_by decided_at",
    "works": "work_id participant region platform url post hashtags posted_at duration_s duration_ms likes comments "
    "shares adds scraped_at approved content_sha256",
    "participants": "participant surname name patronymic email phone language region school_id school position grades "
    "handles civil_servant manager procurement",
    "classes": "participant region grade class pupils connected applied_at",
    "pulses": "round randomness signature previous_signature",
    "results": "participant stage unit region subject grade score email language",
    "profiles": "participant surname name patronymic birth_date sex email phone language guardian guardian_email "
    "region residence study photo about hobby level directions longer heritage heritage_months replaces "
    "volunteering_provider trips_provider applied_at reviewed_on consent contract guardian_contract centre mentor "
    "contacted_on documents schedule_on started_on finished_on disability norm_points videos notes_on "
    "characteristic watched",
    "journals": "record participant direction done_at uploaded_at minutes days book title result evidence "
    "confirmed_by confirmed_at task disputed event attended fingerprint suspicion",
    "centres": "centre organisation organisation_kind region residence studies head decided_on agreed_on email",
    "staff": "person role surname name patronymic email phone photo about documents region centre watched_by since "
    "until trained_on represents",
    "absences": "absent since until reason told_on substitute",
    "mentor-ratings": "rating mentor stars given_on",
    "catalogue": "book title author section",
    "badges": "participant level awarded_on number",
    "nominations": "participant level nominated_by nominated_at centre",
    "entrants": "participant nomination stage unit region surname name patronymic birth_date birth_place sex school "
    "address grade own_grade course final_year organisation_type teacher concertmaster accompanying supervisor phone "
    "email language achievements documents programme applied_at leader reserve",
    "projects": "project section title authors kind language unit region supervisor grades abstract_words "
    "abstract_languages introduction_pages research_pages conclusion_pages references cited parts title_page documents "
    "declares harmful registered_at applied_at",
    "earlier-works": "title author year",
    "appeals": "participant stage nomination filed_at about email language",
    "rescores": "participant stage nomination new_score ground decided_by",
    "sittings": "unit region stage round began_at",
    "team-counts": "unit region stage subject grade language participants applied_at",
    "scores": "contestant juror round criterion points stage nomination minutes sheet",
    "jurors": "juror role name stage nomination region email teaches",
    "votes": "motion juror vote about",
}
GOOD: dict[str, dict[str, str]] = {
    "roster": {
        "iin": A, "surname": "Үлгі", "name": "Оқушы", "school_id": "s1", "school": "Мектеп", "grade": "6",
        "class": "6А", "region": "75", "locality": "ауыл", "language": "қазақ",
    },
    "registrations": {
        "iin": A, "guardian_iin": A, "phone": "8 701 000 00 00", "phone_confirmed": "иә", "language": "ru",
        "consent": "1", "registered_at": "2026-01-20 12:00:00",
    },
    "sheets": {
        "participant": A, "stage": "1", "variant": "1", "started_at": "20.02.2026 10:00", "q1": "a",
        "q2": "", "q3": "C",
    },
    "keys": {"stage": "2 этап", "variant": "1", "item": "3", "key": "B"},
    "quotas": {"school_id": "s1", "school": "Мектеп", "language": "", "intake": "25", "seats": "", "boarding": "4"},
    "applications": {
        "participant": A, "preference": "1", "school_id": "s1", "language": "kk", "boarding": "0",
        "submitted_at": "2026-05-21T10:00:00+05:00",
    },
    "decisions": {
        "request_id": "r.1", "subject": "K7Q2-9XMB", "decision": "keep", "ground": "", "decided_by": "Төраға",
        "decided_at": "2026-03-01 09:00",
    },
    "works": {
        "work_id": "w1", "participant": A, "region": "Абай облысы", "url": "https://www.tiktok.com/@a/video/7",
        "hashtags": "тег", "posted_at": "2025-04-01 10:00", "duration_s": "4:05", "likes": "1,2K", "comments": "",
        "approved": "иә",
    },
    "participants": {
        "participant": A, "surname": "Үлгі", "name": "Мұғалім", "region": "10", "phone": "8 701 000 00 00",
        "handles": "@a, b", "manager": "жоқ",
    },
    "classes": {
        "participant": A, "region": "10", "class": "5 «Ә»", "pupils": "20", "connected": "12",
        "applied_at": "2025-04-01 10:00",
    },
    "pulses": {"round": "1000", "randomness": "0" * 64, "signature": "0" * 96},
    "results": {
        "participant": A, "stage": "4 этап", "unit": "Астана қаласы", "region": "71", "subject": "Математика",
        "grade": "10", "score": "059,50", "email": "", "language": "қаз",
    },
    "profiles": {
        "participant": A, "surname": "Үлгі", "name": "Қатысушы", "birth_date": "01.02.2009", "level": "қола",
        "directions": "Спорт және дене шынықтыру; Кітап оқу", "applied_at": "2025-09-01", "consent": "иә",
    },
    "journals": {
        "record": "r1", "participant": A, "direction": "спорт", "done_at": "2025-10-01 18:00", "minutes": "60",
        "evidence": "есеп", "disputed": "жоқ",
    },
    "centres": {"centre": "c1", "organisation_kind": "орталық", "decided_on": "01.09.2025"},
    "staff": {"person": "m1", "role": "тәлімгер", "surname": "Үлгі", "name": "Тәлімгер", "region": "75"},
    "absences": {"absent": A, "since": "01.10.2025", "until": "05.10.2025", "reason": "денсаулық"},
    "mentor-ratings": {"rating": "q1", "mentor": "m1", "stars": "5"},
    "catalogue": {"book": "b1", "section": "1 бөлім"},
    "badges": {"participant": A, "level": "күміс", "awarded_on": "2024-12-10"},
    "nominations": {"participant": A, "level": "gold", "nominated_by": "h1", "nominated_at": "2025-11-01"},
    "entrants": {
        "participant": A, "nomination": "домбыра", "stage": "3", "unit": "НИШ Тараз", "region": "Жамбыл облысы",
        "surname": "Үлгі", "name": "Оқушы", "sex": "қыз", "own_grade": "10", "organisation_type": "Колледж",
        "documents": "өтінім, педагогикалық кеңестің ұсынымы; 10х15 фотосурет", "reserve": "жоқ",
        "phone": "87010000000", "language": "ru", "applied_at": "2025-09-01", "birth_date": "2008-01-02",
        "final_year": "иә",
    },
    "projects": {
        "project": "p1", "section": "10. Охрана окружающей среды и здоровья человека", "title": "Су", "kind": "Прибор",
        "authors": f"{A}; b2", "language": "kk", "unit": "РОО РФММ", "grades": "9, 10", "abstract_words": "250",
        "abstract_languages": "қазақ, english", "parts": "мазмұны, кіріспе", "title_page": "тақырып, қала және жыл",
        "documents": "отзыв руководителя", "declares": "не списано", "harmful": "нет", "registered_at": "20.09.2025",
    },
    "earlier-works": {"title": "Су", "author": "", "year": "2019"},
    "appeals": {"participant": A, "stage": "4", "nomination": "Физика", "filed_at": "2026-04-03 19:00", "about": ""},
    "rescores": {
        "participant": A, "stage": "4", "nomination": "", "new_score": "060,50", "ground": "қайта тексерілді",
        "decided_by": "комиссия",
    },
    "sittings": {"unit": "Абай облысы", "stage": "2", "round": "эссе", "began_at": "2025-11-14 10:00"},
    "team-counts": {
        "unit": "Абай облысы", "stage": "3", "subject": "физика", "grade": "10", "language": "қазақ",
        "participants": "12", "applied_at": "2026-01-10",
    },
    "scores": {
        "contestant": A, "juror": "j1", "round": "II тур", "criterion": "Дарындылық", "points": "04,50", "stage": "4",
        "minutes": "12", "sheet": "Жеке",
    },
    "jurors": {"juror": "j1", "role": "Төраға", "name": "Үлгіұлы Қазы", "region": "Абай облысы", "teaches": "a, b"},
    "votes": {"motion": "7", "juror": "j1", "vote": "За", "about": A},
}  # fmt: skip


def read(feed: str, *rows: dict[str, str], assume: dict[str, str] | None = None) -> Reading:
    names = list(dict.fromkeys(name for row in rows for name in row))
    raw = pl.DataFrame(
        {
            "line": list(range(2, len(rows) + 2)),
            **{name: [row.get(name, "") for row in rows] for name in names},
        }
    )
    return read_rows(FEEDS[feed], raw, zone=ZONE, assume=assume or {})


def only(feed: str, **changed: str) -> dict[str, Any]:
    reading = read(feed, GOOD[feed] | changed)
    assert reading.refused.rows() == []
    return reading.rows.row(0, named=True)


def refused(feed: str, **changed: str) -> list[tuple[int, str, str]]:
    reading = read(feed, GOOD[feed] | changed)
    assert reading.rows.height == 0
    return list(reading.refused.select("line", "column", "code").iter_rows())


@pytest.mark.parametrize("feed", NAMES_OF_THE_DESIGN)
def test_a_feed_has_the_canonical_columns(feed: str) -> None:
    assert list(FEEDS[feed].columns) == NAMES_OF_THE_DESIGN[feed].split()


def test_there_is_no_feed_besides() -> None:
    assert set(FEEDS) == set(NAMES_OF_THE_DESIGN)


@pytest.mark.parametrize("feed", FEEDS)
def test_a_good_row_is_taken(feed: str) -> None:
    reading = read(feed, GOOD[feed])
    assert reading.refused.rows() == []
    assert reading.rows.height == 1


@pytest.mark.parametrize("feed", FEEDS)
def test_no_header_means_two_columns_and_the_canonical_name_comes_first(feed: str) -> None:
    headers = FEEDS[feed].headers()
    owners: dict[str, str] = {}
    for name, spelt in headers.items():
        assert spelt[0] == name
        for word in spelt:
            assert owners.setdefault(word, name) == name, f"{word} heads two columns of {feed}"


@pytest.mark.parametrize("feed", FEEDS)
def test_every_column_says_what_it_means_and_the_key_and_own_time_are_columns(feed: str) -> None:
    contract = FEEDS[feed]
    assert all(contract.description(name) for name in contract.columns)
    assert {*contract.key, *contract.recognised_by} <= set(contract.columns)
    assert contract.own_time is None or contract.own_time in contract.columns


@pytest.mark.parametrize("feed", FEEDS)
def test_every_word_for_a_choice_is_read_as_that_choice(feed: str) -> None:
    contract = FEEDS[feed]
    for name in contract.columns:
        if contract.kind(name) == CHOICE:
            for chosen, spelt in contract.choices(name).items():
                for word in (*spelt, spelt[-1].upper()):
                    assert only(feed, **{name: word})[name] == chosen, word


def test_a_word_that_is_no_choice_is_refused_with_the_choices_there_are() -> None:
    reading = read("results", GOOD["results"] | {"stage": "7 этап"})
    assert reading.refused["why"].to_list() == [
        "is none of the values we know for this column: stage-1, stage-2, stage-3, stage-4"
    ]


def test_the_ministrys_list_is_typed() -> None:
    row = only("roster", birth_date="05.03.2014", sex="қыз", grade="6.0")
    assert (row["birth_date"], row["sex"], row["grade"], row["locality"]) == (
        date(2014, 3, 5),
        "f",
        6,
        "rural",
    )


def test_the_grade_is_read_off_the_class_where_it_is_absent() -> None:
    assert only("roster", grade="")["grade"] == 6


def test_a_school_without_an_identifier_gets_one_made_of_its_place_and_name() -> None:
    first, again = only("roster", school_id=""), only("roster", school_id="", school="МЕКТЕП")
    other = only("roster", school_id="", district="Ақсай")
    assert first["school_id"] == again["school_id"] != other["school_id"]


def test_what_the_rulebook_assumes_fills_a_column_that_is_absent_but_no_empty_cell() -> None:
    whole = {name: cell for name, cell in GOOD["roster"].items() if name != "locality"}
    assumed = read("roster", whole, assume={"locality": "rural"})
    assert assumed.rows["locality"].to_list() == ["rural"]
    assert assumed.repairs["locality-assumed-rural"] == 1
    empty = read("roster", GOOD["roster"] | {"locality": ""}, assume={"locality": "rural"})
    assert empty.refused.select("column", "code").rows() == [("locality", "missing")]


def test_zeros_that_excel_took_are_restored_and_told() -> None:
    robbed = next(iin for n in range(99) if (iin := iin_of(f"z{n}", born="050305")).startswith("0"))
    reading = read("roster", GOOD["roster"] | {"iin": robbed.lstrip("0")})
    assert reading.rows["iin"].to_list() == [robbed]
    assert reading.repairs["zeros-restored"] == 1


def test_a_number_that_excel_has_cut_short_is_a_real_loss() -> None:
    assert refused("roster", iin="1.40305E+11") == [(2, "iin", "digits-lost")]


@pytest.mark.parametrize(
    ("written", "kept"),
    [("8 701 000 00 00", "+77010000000"), ("+7 (701) 000-00-00", "+77010000000"), ("7010000000", "+77010000000"),
     ("87010000000.0", "+77010000000"), ("+8 701 000 00 00", "+77010000000"), ("+7 (7172) 00-00-00", "+77172000000"),
     ("+49 171 0000000", "+491710000000"), ("+998 (90) 000-00-00", "+998900000000"),
     ("+7 916 000 00 00", "+79160000000"),
     ("+7 701 000 00 0", None), ("49 171 0000000", None), ("+49 171 0000000 ext 5", None), ("+1234567", None),
     ("+1234567890123456", None), ("7.01E+09", None), ("12345", None), ("", None)],
)  # fmt: skip
def test_a_phone_is_kept_in_one_form_or_not_at_all(written: str, kept: str | None) -> None:
    reading = read("registrations", GOOD["registrations"] | {"phone": written})
    assert reading.rows["phone"].to_list() == [kept]
    assert reading.repairs.get("phone-unreadable", 0) == int(kept is None and written != "")


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-02-13 23:59:59", datetime(2026, 2, 13, 18, 59, 59, tzinfo=UTC)),
        ("13.02.2026 23:59:59", datetime(2026, 2, 13, 18, 59, 59, tzinfo=UTC)),
        ("2026-02-14T00:00:00+05:00", datetime(2026, 2, 13, 19, 0, tzinfo=UTC)),
        ("2026-02-13T18:59:59Z", datetime(2026, 2, 13, 18, 59, 59, tzinfo=UTC)),
        ("2024-02-29 23:30:00+06:00", datetime(2024, 2, 29, 17, 30, tzinfo=UTC)),
        ("2024-02-29 23:30:00+05:00", datetime(2024, 2, 29, 18, 30, tzinfo=UTC)),
    ],
)
def test_a_local_time_is_almatys_and_an_offset_holds(written: str, instant: datetime) -> None:
    assert only("registrations", registered_at=written)["registered_at"] == instant


@pytest.mark.parametrize(
    "written", ["2024-02-29 23:30:00", "2026-02-30 10:00", "2026-02-13", "yesterday", "13/02/2026 10:00"]
)
def test_a_time_that_cannot_be_told_is_refused_and_never_guessed(written: str) -> None:
    assert refused("registrations", registered_at=written) == [(2, "registered_at", "not-a-time")]


def test_answers_are_one_string_with_a_dot_for_each_blank() -> None:
    assert only("sheets")["answers"] == "A.C"


def test_a_column_of_answers_missing_in_between_is_blank() -> None:
    rows = {name: cell for name, cell in GOOD["sheets"].items() if name != "q2"}
    assert read("sheets", rows).rows["answers"].to_list() == ["A.C"]


def test_a_column_of_answers_missing_in_between_is_told() -> None:
    items = {"q1": "A", "q3": "B", "q6": "C"}
    rest = {name: cell for name, cell in GOOD["sheets"].items() if name not in ("q2", "q3")}
    reading = read("sheets", rest | items, rest | items)
    assert reading.rows["answers"].to_list() == ["A.B..C"] * 2
    assert reading.repairs == {"answer-columns-missing": 3}
    assert read("sheets", GOOD["sheets"]).repairs == {}


@pytest.mark.parametrize("heads", [("q01", "q02", "q03"), ("q001", "q2", "q03"), ("q03", "q1", "q02")])
def test_zeros_before_the_number_of_an_item_mean_nothing(heads: tuple[str, ...]) -> None:
    rest = {name: cell for name, cell in GOOD["sheets"].items() if name[0] != "q"}
    answers = {head: "ABC"[int(head[1:]) - 1] for head in heads}
    reading = read("sheets", rest | answers)
    assert reading.rows["answers"].to_list() == ["ABC"]
    assert reading.repairs == {}


@pytest.mark.parametrize(("more", "named"), [("q0", "q0"), ("q000", "q0"), ("q01", "q1"), ("q003", "q3")])
def test_headers_that_do_not_say_whose_answer_it_is_refuse_every_row(more: str, named: str) -> None:
    sheet = GOOD["sheets"] | {more: "A"}
    reading = read("sheets", sheet, sheet)
    wanted = [(2, named, "answer-columns-clash"), (3, named, "answer-columns-clash")]
    assert reading.refused.select("line", "column", "code").rows() == wanted
    assert reading.rows.schema == read("sheets", GOOD["sheets"]).rows.schema
    assert reading.rows.height == 0


def test_item_times_are_one_string_of_numbers_with_a_dash_for_each_unknown() -> None:
    times = {"t1": "12", "t02": "3,5", "t4": "0.25", "t5": ""}
    reading = read("sheets", GOOD["sheets"] | times, GOOD["sheets"])
    assert reading.rows["seconds"].to_list() == ["12 3.5 - 0.25 -", None]
    assert reading.repairs == {}


def test_a_time_that_is_no_number_is_unknown_and_counted_and_the_sheet_is_kept() -> None:
    times = [{"t1": cell} for cell in ("1:20", "-3", "1e3", "٣", "4")]
    reading = read("sheets", *(GOOD["sheets"] | each for each in times))
    assert reading.rows["seconds"].to_list() == [None, None, None, None, "4"]
    assert reading.repairs == {"item-times-unreadable": 4}


def test_item_times_are_read_back_as_numbers() -> None:
    table = pl.DataFrame({"seconds": ["12 3.5 -", None]})
    assert table.select(item_seconds(pl.col("seconds")))["seconds"].to_list() == [[12.0, 3.5, None], None]


@pytest.mark.parametrize(("more", "named"), [("t0", "t0"), ("t01", "t1")])
def test_headers_that_do_not_say_whose_time_it_is_refuse_every_row(more: str, named: str) -> None:
    sheet = GOOD["sheets"] | {"t1": "5", more: "6"}
    assert refused("sheets", **sheet) == [(2, named, "answer-columns-clash")]


@pytest.mark.parametrize(
    ("written", "kept"), [("cabd", "CABD"), ("САВ", "CAB"), ("БA", "БA"), ("312", "312")]
)
def test_the_order_of_options_is_read_as_letters_of_answers(written: str, kept: str) -> None:
    assert only("keys", options=written)["options"] == kept


@pytest.mark.parametrize("written", ["C,A,B", "CA B", "A" * 15, "_"])
def test_options_that_are_no_letters_in_order_are_refused(written: str) -> None:
    assert refused("keys", options=written) == [(2, "options", "wrong-form")]


def test_two_letters_in_one_answer_spoil_the_row() -> None:
    assert refused("sheets", q2="AB") == [(2, "answers", "missing")]


def test_a_letter_whose_capital_is_two_letters_never_shifts_the_answers_after_it() -> None:
    assert refused("sheets", q2="ß") == [(2, "answers", "missing")]


TWINS = list(zip("АВСЕКМНОРТХУавсекмнортху", "ABCEKMHOPTXY" * 2, strict=True))


@pytest.mark.parametrize(("cyrillic", "latin"), TWINS)
def test_a_cyrillic_answer_and_its_latin_twin_are_one_letter_on_sheets_and_in_keys(
    cyrillic: str, latin: str
) -> None:
    sheets = read("sheets", GOOD["sheets"] | {"q1": cyrillic, "q2": latin.lower(), "q3": "Б"})
    assert sheets.rows["answers"].to_list() == [f"{latin}{latin}Б"]
    assert sheets.repairs == {"answer-letters-folded": 1}
    keys = read("keys", GOOD["keys"] | {"key": cyrillic}, GOOD["keys"] | {"key": latin.lower()})
    assert keys.rows["key"].to_list() == [latin, latin]
    assert keys.repairs == {"answer-letters-folded": 1}


def test_every_folded_answer_is_counted() -> None:
    mixed = GOOD["sheets"] | {"q1": "А", "q2": "в", "q3": "C"}
    assert read("sheets", mixed, GOOD["sheets"], mixed).repairs == {"answer-letters-folded": 4}


@pytest.mark.parametrize("cell", ["AB", "АВ", "."])
def test_a_key_that_is_not_one_character_is_told_to_be_so(cell: str) -> None:
    reading = read("keys", GOOD["keys"] | {"key": cell})
    assert reading.refused.select("column", "code").rows() == [("key", "wrong-form")]
    assert "one character" in reading.refused["why"][0]


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-02-26", datetime(2026, 2, 25, 19, tzinfo=UTC)),
        ("26.02.2026", datetime(2026, 2, 25, 19, tzinfo=UTC)),
        ("2026-02-26 00:00:00", datetime(2026, 2, 25, 19, tzinfo=UTC)),
        ("26.02.2026 15:30", datetime(2026, 2, 26, 10, 30, tzinfo=UTC)),
    ],
)
def test_a_decision_may_be_dated_by_its_day_alone(written: str, instant: datetime) -> None:
    assert only("decisions", decided_at=written)["decided_at"] == instant


@pytest.mark.parametrize("written", ["30.02.2026", "2026-13-01", "26.02", "2026"])
def test_a_decisions_day_that_never_was_is_refused(written: str) -> None:
    assert refused("decisions", decided_at=written) == [(2, "decided_at", "not-a-time")]


@pytest.mark.parametrize(
    ("name", "told"), [("decided_by", "write the name"), ("decided_at", "write the day")]
)
def test_a_decision_unsigned_or_undated_is_refused_with_what_to_write(name: str, told: str) -> None:
    whole = GOOD["decisions"]
    for row in (whole | {name: " "}, {each: cell for each, cell in whole.items() if each != name}):
        reading = read("decisions", row)
        assert reading.refused.select("column", "code").rows() == [(name, "missing")]
        assert told in reading.refused["why"][0]


PEOPLE = [(feed, name) for feed in FEEDS for name in FEEDS[feed].columns if FEEDS[feed].kind(name) == PERSON]


@pytest.mark.parametrize(("feed", "name"), PEOPLE)
@pytest.mark.parametrize("tail", [".0", ",0", ".00"])
def test_a_number_of_a_person_loses_the_decimal_a_table_gave_it(feed: str, name: str, tail: str) -> None:
    robbed = next(iin for n in range(99) if (iin := iin_of(f"z{n}", born="050305")).startswith("0"))
    written = [f"{A}{tail}", f"{robbed.lstrip('0')}{tail}", f"100000000000{tail}"]
    reading = read(feed, *(GOOD[feed] | {name: cell} for cell in written), GOOD[feed])
    assert reading.rows[name].to_list() == [A, robbed, "100000000000", GOOD[feed].get(name)]
    assert reading.repairs["zeros-restored"] == 3


def test_a_persons_code_that_is_no_iin_keeps_its_form() -> None:
    assert only("sheets", participant="KZ-7.0")["participant"] == "KZ-7.0"


def test_versions_of_a_whole_are_told_from_logs_by_declaration_and_logs_carry_their_time() -> None:
    versioned = {name for name, feed in FEEDS.items() if feed.versioned_by_name}
    medal = {"profiles", "journals", "centres", "staff", "absences", "mentor-ratings", "catalogue", "badges"}
    papers = {"entrants", "projects", "earlier-works", "nominations", "rescores", "team-counts", "sittings"}
    pupils = {"roster", "keys", "quotas", "sheets", "participants", "classes", "results"}
    juries = {"scores", "jurors", "votes"}
    assert versioned == medal | papers | pupils | juries
    assert all(
        FEEDS[name].own_time for name in FEEDS.keys() - versioned - {"pulses"}
    )  # a pulse's is its round


REFUSALS = [
    ("roster", "iin", "12345", "wrong-form"),
    ("roster", "iin", "", "missing"),
    ("roster", "grade", "six", "not-a-number"),
    ("roster", "grade", "13", "too-large"),
    ("roster", "birth_date", "2014-13-01", "not-a-date"),
    ("roster", "locality", "sea", "unknown-choice"),
    ("registrations", "consent", "perhaps", "not-yes-or-no"),
    ("registrations", "language", "en", "unknown-choice"),
    ("keys", "key", "AB", "wrong-form"),
    ("keys", "item", "0", "too-small"),
    ("quotas", "intake", "-1", "too-small"),
    ("quotas", "intake", "2.5", "not-a-number"),
    ("quotas", "intake", "1,000", "not-a-number"),
    ("quotas", "school_id", "../x", "wrong-form"),
    ("applications", "preference", "0", "too-small"),
    ("applications", "submitted_at", "", "missing"),
    ("decisions", "decision", "", "missing"),
]


@pytest.mark.parametrize(("feed", "name", "cell", "code"), REFUSALS)
def test_a_cell_that_does_not_fit_refuses_its_row_with_line_column_and_reason(
    feed: str, name: str, cell: str, code: str
) -> None:
    assert (2, name, code) in refused(feed, **{name: cell})


def test_the_good_rows_of_a_partly_bad_file_are_kept_and_every_reason_is_told() -> None:
    bad = GOOD["roster"] | {"grade": "13", "locality": "sea"}
    reading = read("roster", GOOD["roster"], bad, GOOD["roster"])
    assert reading.rows["line"].to_list() == [2, 4]
    assert reading.refused.select("line", "column").rows() == [(3, "locality")] or reading.refused.select(
        "line", "column"
    ).rows() == [(3, "grade"), (3, "locality")]


@pytest.mark.parametrize(("feed", "name", "cell", "code"), REFUSALS)
def test_no_reason_repeats_what_stood_in_the_cell(feed: str, name: str, cell: str, code: str) -> None:
    whys = read(feed, GOOD[feed] | {name: cell}).refused["why"].to_list()
    assert all(len(cell) < 4 or cell not in why for why in whys)


def test_look_alike_letters_in_words_are_mended_and_codes_are_left_alone() -> None:
    reading = read("roster", GOOD["roster"] | {"surname": "Айдарбeков", "school_id": "Sаbc"})
    assert reading.rows["surname"].to_list() == ["Айдарбеков"]
    assert reading.rows["school_id"].to_list() == ["Sаbc"]
    assert reading.repairs["letters-folded"] == 1


@pytest.mark.parametrize("feed", FEEDS)
def test_outer_spaces_never_count(feed: str) -> None:
    padded = {name: f" {cell}\u00a0" for name, cell in GOOD[feed].items()}
    assert read(feed, padded).rows.equals(read(feed, GOOD[feed]).rows)


@law
@given(st.lists(st.sampled_from(["", "6", "13", "six"]), min_size=1, max_size=6))
def test_every_line_is_either_taken_or_has_a_reason(grades: list[str]) -> None:
    rows = [GOOD["roster"] | {"grade": grade, "class": ""} for grade in grades]
    reading = read("roster", *rows)
    taken, told = set(reading.rows["line"]), set(reading.refused["line"])
    assert taken | told == set(range(2, len(grades) + 2))
    assert taken & told == set()
    assert taken == {line for line, grade in enumerate(grades, start=2) if grade == "6"}


def test_the_ids_of_people_are_of_the_kind_that_is_restored() -> None:
    assert {
        feed: FEEDS[feed].kind(name) for feed, name in (("roster", "iin"), ("sheets", "participant"))
    } == {
        "roster": PERSON,
        "sheets": PERSON,
    }


@pytest.mark.parametrize(
    ("written", "kept"),
    [("60", "60"), ("60.0", "60"), ("059,50", "59.5"), ("0", "0"), ("0.125", "0.125"), ("100", "100")],
)
def test_points_are_kept_exactly_and_equal_ones_in_one_spelling(written: str, kept: str) -> None:
    assert only("results", score=written)["score"] == kept


@pytest.mark.parametrize("written", ["-1", "1e3", "59.5.5", "0.1234", "sixty", "1 000", "٣"])
def test_what_is_no_number_of_points_is_refused(written: str) -> None:
    assert [(column, code) for _, column, code in refused("results", score=written)] == [
        ("score", "wrong-form")
    ]


def test_a_result_without_points_is_refused() -> None:
    assert [(column, code) for _, column, code in refused("results", score="")] == [("score", "missing")]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("sport books", "books sport"),
        ("спорт", "sport"),
        ("Кітап оқу; Спорт және дене шынықтыру", "books sport"),
        ("Талант и навыки;Волонтёрство , trips", "talent trips volunteering"),
        ("спорт;спорт", "sport"),
        ("спорт; шахмат", "sport шахмат"),
    ],
)
def test_directions_are_kept_by_their_codes_each_once(written: str, kept: str) -> None:
    assert only("profiles", directions=written)["directions"] == kept


@pytest.mark.parametrize(
    ("hours", "minutes"), [("1", 60), ("1,5", 90), ("0.5", 30), ("1.25", 75), ("2", 120), ("0.33", 19)]
)
def test_hours_of_a_journal_are_whole_minutes_and_no_minute_is_given(hours: str, minutes: int) -> None:
    assert only("journals", minutes="", hours=hours)["minutes"] == minutes


def test_minutes_go_before_hours_and_hours_that_are_no_number_are_refused() -> None:
    assert only("journals", minutes="45", hours="9")["minutes"] == 45
    assert refused("journals", minutes="", hours="бір") == [(2, "minutes", "not-a-number")]


def test_a_term_without_a_first_day_began_before_everything() -> None:
    assert only("staff")["since"] == date(1991, 12, 16)
