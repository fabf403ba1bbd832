"""The reports of the medal's five roles: nobody sees what is not theirs, few marks stay hidden, figures are exact."""

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from unit.medal_programme import ON, REGIONS, MadeUp, Row, frame, made_up

from jobs.medal.marks import LEAST, counted_marks, shown_marks
from jobs.medal.scope import programme
from jobs.medal.tables import Diary, Results, role_reports
from worker.deliver.roles.pages import report_page, report_workbook
from worker.deliver.roles.reports import by_reader, rows_of

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
ID = re.compile(r"(?<![A-Za-z0-9])(p\d{3}|k\d\d|e\d\d[ab]|m\d\d[ab]\d)(?![0-9a-z])")
PRIVATE = re.compile(r"(?:tel-|about |papers-of-)([kem]\d\d[ab]?\d?)(?![0-9a-z])|([kem]\d\d[ab]?\d?)@")
HEAD = {
    "title": {"kk": "Бағдарлама", "ru": "Программа", "en": "Programme"}, "organisation": "Оператор",
    "edition": "2025", "rulebook": "0" * 64, "on": ON, "least": LEAST,
}  # fmt: skip


@cache
def programme_of_sixty() -> MadeUp:
    return made_up()


def contents(role: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each reader of the role with the content of the own report."""
    for reader, sheets in by_reader(programme_of_sixty().reports[role]).items():
        yield reader, {**HEAD, "role": role, "reader": reader, "named": "", "sheets": rows_of(sheets)}


def said(content: dict[str, Any], language: str) -> str:
    """Every cell of every sheet of the workbook, and the page."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(report_workbook(content, TEMPLATES, language)))
    cells = [
        str(cell)
        for name in book.sheet_names
        for row in book.get_sheet_by_name(name).to_python()
        for cell in row
    ]
    return "\n".join(cells) + report_page(content, TEMPLATES, language).decode()


# --- who may see whom, worked out without the code under test ---


def people_of(role: str, reader: str) -> set[str]:
    """The participants whom somebody may see."""
    made = programme_of_sixty()
    watched = {row["person"]: row["watched_by"] for row in made.staff}
    stands_in = {"m11a1": "m11a2"}  # away on the day, with that substitute
    may: dict[str, Callable[[Row], bool]] = {
        "participant": lambda one: one["participant"] == reader,
        "mentor": lambda one: reader in (one["mentor"], stands_in.get(one["mentor"])),
        "expert": lambda one: watched[one["mentor"]] == reader,
        "coordinator": lambda one: one["centre"][-2:] == reader[1:],
        "operator": lambda one: True,
    }
    return {one["participant"] for one in made.profiles if may[role](one)}


def colleagues_of(role: str, reader: str) -> set[str]:
    """The colleagues whose own data somebody may see."""
    made = programme_of_sixty()
    may: dict[str, Callable[[Row], bool]] = {
        "participant": lambda row: False,
        "mentor": lambda row: row["person"] == reader,
        "expert": lambda row: reader in (row["person"], row["watched_by"]),
        "coordinator": lambda row: row["person"][1:3] == reader[1:],
        "operator": lambda row: True,
    }
    return {row["person"] for row in made.staff if may[role](row)}


def named_beside(people: set[str], colleagues: set[str]) -> set[str]:
    """Who is merely named: the mentor and the expert of a participant, who watches a colleague, who stands in."""
    made = programme_of_sixty()
    watched = {row["person"]: row["watched_by"] for row in made.staff}
    mentors = {one["mentor"] for one in made.profiles if one["participant"] in people}
    above = {watched[one] for one in mentors | colleagues if watched[one]}
    return mentors | above | ({"m11a2"} if "m11a1" in colleagues else set())


@pytest.mark.parametrize("role", ["participant", "mentor", "expert", "coordinator", "operator"])
def test_no_cell_of_any_report_names_anybody_whom_its_reader_may_not_see(role: str) -> None:
    read = 0
    for number, (reader, content) in enumerate(contents(role)):
        text = said(content, ("kk", "ru", "en")[number % 3])
        people, colleagues = people_of(role, reader), colleagues_of(role, reader)
        found = set(ID.findall(text))
        assert found <= people | colleagues | named_beside(people, colleagues), reader
        assert people <= found, f"{reader} does not see all that is theirs"
        private = {one or other for one, other in PRIVATE.findall(text)}
        assert private <= colleagues, f"{reader} sees private data of {private - colleagues}"
        read += 1
    assert read == {"participant": 60, "mentor": 12, "expert": 6, "coordinator": 3, "operator": 1}[role]


@pytest.mark.parametrize("role", ["expert", "coordinator"])
def test_papers_of_colleagues_are_for_themselves_and_the_operator(role: str) -> None:
    for reader, content in contents(role):
        assert set(re.findall(r"papers-of-(\w+)", said(content, "en"))) == {reader}


def test_a_participant_is_not_told_what_a_check_suspects() -> None:
    for _, content in contents("participant"):
        assert "suspicion" not in said(content, "en")
        assert all("suspicion" not in row for row in content["sheets"]["journal"])
    assert "suspicion about p001" in said(next(contents("operator"))[1], "en")


def test_a_substitute_sees_the_participants_only_while_the_mentor_is_away() -> None:
    made = programme_of_sixty()
    covered = {one["participant"] for one in made.profiles if one["mentor"] == "m11a1"}
    seen = made.reports["mentor"]["people"].filter(reader="m11a2")
    assert set(seen.filter(pl.col("instead_of") == "m11a1")["participant"]) == covered != set()
    back = made.reports["mentor"]["people"].filter(reader="m27a1")
    assert set(back["instead_of"]) == {None}, "m27a2, for whom m27a1 stood in in March, is back"
    counted = made.reports["mentor"]["counts"].filter(reader="m11a2", kind="participant")["people"][0]
    assert counted == seen.height - len(covered), "whom one stands in for are not one's own"


def test_whoever_is_back_is_no_longer_shown_as_away() -> None:
    staff = programme_of_sixty().reports["operator"]["staff"].drop_nulls("away_since")
    assert staff.select("person", "covers").rows() == [("m11a1", "m11a2")]


def test_a_mentor_without_participants_is_told_so() -> None:
    reports = small({"p1": ("m1", "KZ-75", Fraction(50))}, idle="m9")
    content = {
        **HEAD,
        "role": "mentor",
        "reader": "m9",
        "named": "",
        "sheets": rows_of(by_reader(reports["mentor"])["m9"]),
    }
    assert not ID.findall(said(content, "kk"))


# --- anonymous marks ---


def marks(*given: tuple[str, str, int]) -> dict[tuple[str, str], tuple[int, int]]:
    """Of (mentor, region, number of marks of four stars): kind and id to stars and count, of what is shown."""
    rows = [{"mentor": mentor, "stars": 4} for mentor, _, number in given for _ in range(number)]
    mentors = pl.DataFrame([{"person": mentor, "region": region} for mentor, region, _ in given])
    table = pl.DataFrame(rows, schema={"mentor": pl.String, "stars": pl.Int64})
    found = shown_marks(table, mentors).to_dicts()
    return {(row["kind"], row["id"]): (row["stars"], row["count"]) for row in found}


def test_four_marks_are_hidden_and_five_are_shown() -> None:
    assert marks(("m1", "KZ-75", 4)) == {}
    assert marks(("m1", "KZ-75", 5))["mentor", "m1"] == (20, 5)


def test_a_region_and_the_country_tell_of_the_mentors_that_are_shown_and_of_no_other() -> None:
    shown = marks(("m1", "KZ-75", 6), ("m2", "KZ-75", 3), ("m3", "KZ-11", 3), ("m4", "KZ-11", 2))
    assert shown == dict.fromkeys([("mentor", "m1"), ("region", "KZ-75"), ("country", "country")], (24, 6))


def test_what_is_shown_moves_with_five_new_answers_and_with_no_fewer() -> None:
    first = counted_marks(answers(*range(5)), NO_ANSWERS)
    assert counted_marks(answers(*range(9)), first).equals(first)
    assert counted_marks(answers(*range(10)), first)["rating"].to_list() == [f"r{n:02}" for n in range(10)]


def test_an_answer_that_is_changed_or_taken_back_leaves_what_was_shown() -> None:
    first = counted_marks(answers(*range(5)), NO_ANSWERS)
    changed = answers(*range(1, 5)).with_columns(stars=pl.lit(1, pl.Int64))
    assert counted_marks(changed, first).equals(first)


NO_ANSWERS = pl.DataFrame(schema={"rating": pl.String, "mentor": pl.String, "stars": pl.Int64})


def answers(*numbers: int, mentors: int = 1) -> pl.DataFrame:
    """Each with stars of its own, a power of two: a sum of them tells which are in it."""
    rows = [(f"r{n:02}", f"m{n % mentors}", 1 << n) for n in numbers]
    return pl.DataFrame(rows, schema=NO_ANSWERS.schema, orient="row")


@given(
    st.integers(1, 4),
    st.lists(st.tuples(st.sets(st.integers(0, 39)), st.tuples(*[st.integers(0, 2)] * 4)), max_size=6),
)
def test_no_number_of_reports_tells_more_than_sums_over_five_answers(
    mentors: int, reports: list[tuple[set[int], tuple[int, ...]]]
) -> None:
    """Whatever answers come and go and wherever the mentors work: two answers that are in the same shown sums cannot be
    told apart by any reckoning with them, and each answer that is in any has at least four such fellows."""
    earlier, sums = NO_ANSWERS, set[int]()
    for known, regions in reports:
        earlier = counted_marks(answers(*sorted(known), mentors=mentors), earlier)
        people = pl.DataFrame([{"person": f"m{n}", "region": f"KZ-{regions[n]}"} for n in range(mentors)])
        sums |= set(shown_marks(earlier, people)["stars"])
    fellows = Counter(tuple(sorted(total for total in sums if total >> n & 1)) for n in range(40))
    fellows.pop((), None)  # those that are in no sum at all
    assert all(number >= LEAST for number in fellows.values())


def test_the_mark_a_reader_finds_is_the_mean_of_the_questionnaires() -> None:
    made = programme_of_sixty()
    given_: dict[str, list[int]] = {row["mentor"]: [] for row in made.marks}
    for row in made.marks:
        given_[row["mentor"]].append(row["stars"])
    staff = made.reports["operator"]["staff"].filter(office="mentor").to_dicts()
    assert {row["person"] for row in staff if row["mark_count"]} == {
        name for name, stars in given_.items() if len(stars) >= LEAST
    }
    for row in staff:
        if row["mark_count"]:
            assert (row["mark_stars"], row["mark_count"]) == (
                sum(given_[row["person"]]),
                len(given_[row["person"]]),
            )


# --- figures ---


def small(
    ratings: dict[str, tuple[str, str, Fraction]], idle: str | None = None, apart: str | None = None
) -> dict[str, Any]:
    """Reports on participants given as mentor, region and rating; every mentor is watched by one expert, the idle one
    without participants too. The rating of the participant `apart` is none of the region's."""
    profiles: list[Row] = [
        {"participant": one, "level": "bronze", "directions": "sport", "mentor": mentor, "region": region,
         "applied_at": "2026-01-05 10:00"}
        for one, (mentor, region, _) in ratings.items()
    ]  # fmt: skip
    staff: list[Row] = [
        {"person": mentor, "role": "mentor", "watched_by": "e1", "since": "2025-09-01", "region": region}
        for mentor, region in sorted({(mentor, region) for mentor, region, _ in ratings.values()})
    ]
    staff += [{"person": idle, "role": "mentor", "watched_by": "e1", "since": "2025-09-01"}] if idle else []
    staff.append({"person": "e1", "role": "expert", "since": "2025-09-01", "region": "KZ-75"})
    state = programme(
        frame("profiles", profiles), frame("staff", staff), frame("absences", []), frame("centres", []), ON
    )
    rated = [
        {
            "entry": one,
            "complete": rating == 100,
            "of_region": one != apart,
            "numerator": rating.numerator,
            "denominator": rating.denominator,
        }
        for one, (_, _, rating) in ratings.items()
    ]
    percents = [
        {"entry": row["entry"], "direction": "sport", "unit": "weeks", "required": 13, "met": 1, "written": 1,
         "numerator": row["numerator"], "denominator": row["denominator"]}
        for row in rated
    ]  # fmt: skip
    gap = {"entry": pl.String, "direction": pl.String, "week": pl.String, "monday": pl.String}
    gaps = pl.DataFrame(schema={**gap, "minutes": pl.Int64, "excused": pl.Boolean})
    diary = Diary(frame("journals", []), frame("catalogue", []), frame("mentor-ratings", []))
    return dict(role_reports(state, Results(pl.DataFrame(percents), pl.DataFrame(rated), gaps), diary, ON))


THREE = {
    "p1": ("m1", "KZ-75", Fraction(100)),
    "p2": ("m1", "KZ-75", Fraction(1400, 39)),  # 35 35/39
    "p3": ("m2", "KZ-75", Fraction(200, 3)),
    "p4": ("m3", "KZ-11", Fraction(50)),
}


def test_the_rating_of_a_region_is_the_exact_mean_over_its_participants() -> None:
    """(100 + 35 35/39 + 66 2/3) ÷ 3 = 7900/117; the mean of the mentors' means would be another number."""
    rows = small(THREE)["operator"]["regions"].filter(pl.col("level").is_null()).to_dicts()
    means = {row["region"]: Fraction(row["numerator"], row["denominator"]) for row in rows}
    assert means == {"KZ-75": Fraction(7900, 117), "KZ-11": Fraction(50)}
    assert {row["region"]: row["people"] for row in rows} == {"KZ-75": 3, "KZ-11": 1}


def test_whose_rating_does_not_count_for_the_region_stays_among_its_people_and_out_of_the_mean() -> None:
    """Reading Q33 the other way: (100 + 35 35/39) ÷ 2 of the region, and the own mentor's mean is as it was."""
    reports = small(THREE, apart="p3")
    (row,) = reports["operator"]["regions"].filter(pl.col("level").is_null(), region="KZ-75").to_dicts()
    assert (row["people"], Fraction(row["numerator"], row["denominator"])) == (3, Fraction(5300, 78))
    levels = reports["mentor"]["levels"].filter(pl.col("level").is_null(), reader="m2").to_dicts()
    assert Fraction(levels[0]["numerator"], levels[0]["denominator"]) == Fraction(200, 3)
    assert "of_region" not in reports["operator"]["people"].columns


def test_each_role_is_told_the_mean_and_the_number_of_its_own() -> None:
    reports = small(THREE)
    together = reports["mentor"]["levels"].filter(pl.col("level").is_null()).to_dicts()
    told = {
        row["reader"]: (row["people"], Fraction(row["numerator"], row["denominator"])) for row in together
    }
    assert told == {"m1": (2, Fraction(2650, 39)), "m2": (1, Fraction(200, 3)), "m3": (1, Fraction(50))}
    counts = {row["kind"]: row["people"] for row in reports["expert"]["counts"].to_dicts()}
    assert counts == {"participant": 4, "mentor": 3}
    counts = {row["kind"]: row["people"] for row in reports["operator"]["counts"].to_dicts()}
    assert counts == {"participant": 4, "mentor": 3, "expert": 1}


def test_equal_ratings_share_a_place() -> None:
    people = {name: ("m1", "KZ-75", rating) for name, rating in
              (("p1", Fraction(200, 3)), ("p2", Fraction(400, 6)), ("p3", Fraction(60)))}  # fmt: skip
    ranked = small(people)["mentor"]["people"].to_dicts()
    assert {row["participant"]: row["rank"] for row in ranked} == {"p1": 1, "p2": 1, "p3": 3}


def test_a_rating_just_under_a_hundred_is_not_counted_as_the_whole() -> None:
    people = {"p1": ("m1", "KZ-75", Fraction(100)), "p2": ("m1", "KZ-75", Fraction(9999, 100))}
    bands = small(people)["mentor"]["bands"].to_dicts()
    assert {row["band"]: row["people"] for row in bands} == {4: 1, 5: 1}


def test_a_mean_stands_rounded_in_the_middle_upwards_and_with_a_comma_in_kazakh() -> None:
    people = {
        "p1": ("m1", "KZ-75", Fraction(133, 2)),
        "p2": ("m1", "KZ-75", Fraction(6651, 100)),
    }  # mean 66.505
    sheets = rows_of(by_reader(small(people)["mentor"])["m1"])
    content = {**HEAD, "role": "mentor", "reader": "m1", "named": "", "sheets": sheets}
    assert "66,51" in report_page(content, TEMPLATES, "kk").decode()
    assert "66.51" in report_page(content, TEMPLATES, "en").decode()


def test_whole_programmes_agree_with_sums_made_one_by_one() -> None:
    made = programme_of_sixty()
    rating = {row["entry"]: Fraction(row["numerator"], row["denominator"]) for row in made.ratings}
    for row in made.reports["coordinator"]["levels"].filter(pl.col("level").is_null()).to_dicts():
        own = [rating[one] for one in people_of("coordinator", row["reader"])]
        assert Fraction(row["numerator"], row["denominator"]) == sum(own) / len(own)
    assert made.reports["coordinator"]["levels"]["reader"].n_unique() == len(REGIONS)


# --- what waits ---


def test_an_unconfirmed_record_waits_with_its_age_for_all_who_watch_over_it() -> None:
    made = programme_of_sixty()
    record = next(row for row in made.journals if row["confirmed_at"] is None)
    one = next(row for row in made.profiles if row["participant"] == record["participant"])
    readers = {"mentor": one["mentor"], "expert": f"e{one['mentor'][1:4]}", "operator": "operator"}
    for role, reader in readers.items():
        waiting = made.reports[role]["todo"].filter(
            reader=reader, record=record["record"], kind="unconfirmed"
        )
        done = record["done_at"][:10]
        assert waiting.select("since", "days").to_dicts() == [{"since": done, "days": _days(done)}]


def _days(day: str) -> int:
    return pl.select((pl.lit(ON).str.to_date() - pl.lit(day).str.to_date()).dt.total_days()).item()  # type: ignore[no-any-return]  # one number


def test_whoever_has_not_given_both_papers_is_named_with_what_is_missing() -> None:
    made = programme_of_sixty()
    without = {one["participant"] for one in made.profiles if one["documents"] is None}
    rows = made.reports["operator"]["todo"].filter(kind="papers")
    assert set(rows["participant"]) == without
    assert set(rows["detail"]) == {"contract id-card"}


# --- the files themselves ---


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_role_has_words_in_every_language(language: str) -> None:
    for role in ("participant", "mentor", "expert", "coordinator", "operator"):
        page = report_page(next(contents(role))[1], TEMPLATES, language).decode()
        assert f'<html lang="{language}">' in page
        assert page.count("<svg") >= 2
        assert "None" not in page and "{" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def test_a_page_runs_nothing_and_fetches_nothing() -> None:
    page = report_page(next(contents("operator"))[1], TEMPLATES, "ru").decode()
    assert not re.search(r"<script|<link|<img|url\(|(?:src|href)=", page)


def test_a_name_like_a_formula_stays_a_text() -> None:
    reader, content = next(contents("mentor"))
    content["sheets"]["people"] = [row | {"surname": "=1+1"} for row in content["sheets"]["people"]]
    book = CalamineWorkbook.from_filelike(io.BytesIO(report_workbook(content, TEMPLATES, "en")))
    names = [row[1] for row in book.get_sheet_by_name("Participants").to_python()[1:]]
    assert names and all(str(name).startswith("=1+1 ") for name in names), reader


def test_the_same_content_makes_the_same_bytes() -> None:
    _, content = next(contents("expert"))
    assert report_workbook(content, TEMPLATES, "kk") == report_workbook(content, TEMPLATES, "kk")
