"""The sample season as a whole: its files, the list of pupils, and the small one."""

from collections import Counter
from datetime import UTC, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.sample_records import (
    RULEBOOK,
    all_records,
    cells_of,
    feed_of,
    moment,
    name_of,
    records_of,
    registrations,
)

from jobs.feeds import FEEDS
from jobs.iin import birth_date, check
from jobs.kazakh import letters_lost, looks_like_mojibake
from worker.rehearsal.season import DEMO, SMALL, Drop, Season, make_season
from worker.rehearsal.spreadsheet import HEADERS


@pytest.fixture(scope="module")
def demo() -> Season:
    return make_season(RULEBOOK, DEMO, seed=1)


@pytest.fixture(scope="module")
def small() -> Season:
    return make_season(RULEBOOK, SMALL, seed=1)


# --- the whole ---


def test_the_same_seed_gives_the_same_bytes(demo: Season, small: Season) -> None:
    assert make_season(RULEBOOK, DEMO, seed=1) == demo
    assert make_season(RULEBOOK, SMALL, seed=1) == small


def test_another_seed_gives_other_people(small: Season) -> None:
    other = make_season(RULEBOOK, SMALL, seed=2)
    assert not set(other.planted.listed) & set(small.planted.listed)


def test_the_headers_are_known_to_the_contracts() -> None:
    for feed, spoken in HEADERS.items():
        known = FEEDS[feed].headers()
        canonical = spoken["en"].split("|")
        for words in spoken.values():
            for name, header in zip(canonical, words.split("|"), strict=True):
                assert header.casefold() in {word.casefold() for word in known[name]}, (feed, header)


def test_drops_come_in_the_order_of_time_under_names_that_never_repeat(demo: Season) -> None:
    assert [drop.at for drop in demo.drops] == sorted(drop.at for drop in demo.drops)
    assert len({drop.path for drop in demo.drops}) == len(demo.drops) == len(demo.planted.files)
    assert all(drop.at.tzinfo is UTC and ".sample" in drop.path for drop in demo.drops)
    assert all(drop.path.split("/")[1] == "myn-bala" for drop in demo.drops)


def test_every_outcome_a_file_can_have_occurs(demo: Season) -> None:
    found = set(demo.planted.files.values())
    assert found == {"accepted", "partial", "refused", "duplicate", "unregistered"}


def test_a_file_comes_after_its_records_and_before_its_stage_is_decided(demo: Season) -> None:
    for part, stage in (
        ("registrations", "registration"),
        ("sheets-stage-1", "stage-1"),
        ("sheets-stage-2", "stage-2"),
    ):
        drops = [drop for drop in demo.drops if name_of(drop).startswith(part)]
        for drop in drops:
            times = (r.get("registered_at") or r.get("started_at") for r in records_of(drop))
            assert max(moment(at) for at in times if at) <= drop.at <= RULEBOOK.moments[stage]


def test_mail_can_only_go_to_example_domains(demo: Season) -> None:
    found = [
        r["email"] for part in ("registrations", "quotas") for r in all_records(demo, part) if r["email"]
    ]
    assert len(found) > 1600
    assert all("family" in address or address.endswith("@school.example") for address in found)
    assert all(address.endswith((".example", "@")) for address in found)


# --- the list ---


def test_the_sound_files_of_the_list_give_every_pupil_once(demo: Season) -> None:
    read = Counter(r["iin"] for r in all_records(demo, "list") if check(r.get("iin", "")) is None)
    (twice,) = demo.planted.case("listed-twice").ids
    assert read == Counter(demo.planted.listed) + Counter([twice])
    assert len(demo.planted.listed) == DEMO.pupils


def test_every_iin_of_the_list_is_right_and_of_a_child_of_the_grade(demo: Season) -> None:
    assert {check(iin) for iin in demo.planted.listed} == {None}
    assert {birth_date(iin).year for iin in demo.planted.listed} == {2013, 2014}


def test_birth_dates_agree_with_the_iins_in_every_shape(demo: Season) -> None:
    pupils = [r for r in all_records(demo, "list") if check(r.get("iin", "")) is None]
    wrong = [r for r in pupils if r["birth_date"] not in (f"{(d := birth_date(r['iin'])):%d.%m.%Y}", f"{d}")]
    assert [r["birth_date"] for r in wrong] == ["31.02.2013"]


def test_two_thirds_of_the_pupils_are_taught_in_kazakh(demo: Season) -> None:
    languages = Counter(r.get("language", "") for r in all_records(demo, "list-04"))
    assert set(languages) == {"казахский", "русский"}
    assert 0.55 < languages["казахский"] / languages.total() < 0.75


def list_file(season: Season, number: str) -> Drop:
    return next(drop for drop in season.drops if name_of(drop).startswith(f"list-{number}"))


def test_workbooks_have_titles_above_and_totals_between_the_rows(demo: Season) -> None:
    for number, word in (("01", "Барлығы"), ("09", "Итого")):
        rows = cells_of(list_file(demo, number))
        pupils = [row for row in rows if check(row[1]) is None]
        totals = [row for row in rows if row[0].startswith(word)]
        assert [bool(cell) for cell in rows[0][:2]] == [True, False]
        assert rows[2][0] == "№"
        assert sum(int(row[1]) for row in totals[:-1]) == int(totals[-1][1]) == len(pupils)
        assert len(rows) == 3 + len(pupils) + len(totals)


def test_kz1048_bytes_are_no_utf8_and_decode(demo: Season) -> None:
    data = list_file(demo, "02").data
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
    assert "Әкесінің аты" in data.decode("kz1048")


def test_utf16_carries_its_mark_and_tabs(demo: Season) -> None:
    data = list_file(demo, "03").data
    assert data.startswith(b"\xff\xfe")
    assert "ЖСН\tТегі" in data.decode("utf-16")


def test_misread_kz1048_can_be_repaired(demo: Season) -> None:
    text = list_file(demo, "05").data.decode("utf-8")
    assert looks_like_mojibake(text) == "kz1048-as-cp1251"
    assert "Қарағанды облысы" in text.encode("cp1251").decode("kz1048")


def test_lookalikes_stand_inside_kazakh_words(demo: Season) -> None:
    text = list_file(demo, "07").data.decode("utf-8")
    assert "Əкесiнiң аты" in text.replace("Ә", "Ə")
    assert "і" not in text


def test_the_ruined_file_has_lost_its_letters_and_comes_again_whole(demo: Season) -> None:
    ruined, again = (drop for drop in demo.drops if name_of(drop).startswith("list-08"))
    assert letters_lost(ruined.data.decode("cp1251"))
    assert demo.planted.files[ruined.path] == "refused"
    assert again.at - ruined.at == timedelta(days=1)
    assert [r["iin"] for r in records_of(again)] == [r["iin"] for r in records_of(ruined)]
    assert not letters_lost(again.data.decode("utf-8-sig"))


def test_a_duplicate_has_the_bytes_of_an_earlier_file(demo: Season, small: Season) -> None:
    for season in (demo, small):
        (copy,) = (drop for drop in season.drops if season.planted.files[drop.path] == "duplicate")
        assert [d.path for d in season.drops if d.data == copy.data and d.at < copy.at]


def test_rows_to_refuse_and_pupils_who_are_not_eligible_stand_in_the_list(demo: Season) -> None:
    rows = {row[0]: row for row in cells_of(list_file(demo, "02"))}
    bad_date, no_surname, ragged = demo.planted.case("row-refused").ids
    fifth, urban = demo.planted.case("not-eligible").ids
    assert "31.02.2013" in rows[bad_date]
    assert rows[no_surname][1] == ""
    assert len(rows[ragged]) == len(rows["ЖСН"]) + 2
    assert any(cell.startswith('5 "') for cell in rows[fifth])
    assert "қала" in rows[urban]


# --- the small season ---


def test_the_small_season_is_small_and_has_every_step_of_the_road(small: Season) -> None:
    assert len(small.drops) <= 12
    assert set(small.planted.files.values()) == {"accepted", "refused", "duplicate"}
    assert {case.verdict for case in small.planted.cases} == {"out", "undecided"}
    reachable = [iin for iin in small.planted.winners if registrations(small)[iin][0]["email"]]
    assert len(reachable) >= 3
    assert {feed_of(drop) for drop in small.drops} == set(HEADERS)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_any_seed_gives_a_small_season_with_its_troubles(seed: int) -> None:
    season = make_season(RULEBOOK, SMALL, seed=seed)
    copiers = season.planted.case("identical-40").ids
    assert len(season.planted.listed) == SMALL.pupils
    assert not set(copiers) & set(season.planted.winners)
    assert set(season.planted.lot) <= set(season.planted.winners)
