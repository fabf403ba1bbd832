"""Jobs that look papers over: what is missing, what is too long, too late, too many or known already."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import ROOT

from jobs.binding import Lookup, Standing, Zone
from jobs.deadline import deadline
from jobs.documents import documents
from jobs.errors import ParameterFault
from jobs.limits import limits
from jobs.lookalike import lookalike
from jobs.members import members
from jobs.mentions import mentions
from jobs.places import places
from jobs.profile import profile
from jobs.verdicts import Decisions
from worker.deliver.words import read_words
from worker.workdays import kazakhstan

KZ = kazakhstan()
ALMATY = Zone("Asia/Almaty")
WORDS = read_words(ROOT / "templates" / "words.toml")


def table(**columns: list[Any]) -> pl.DataFrame:
    height = len(next(iter(columns.values())))
    return pl.DataFrame({"entry": [f"e{at}" for at in range(height)], **columns})


def told(decisions: Decisions) -> list[tuple[str, str]]:
    return list(decisions.verdicts.select("verdict", "code").iter_rows())


def whys(decisions: Decisions) -> list[str]:
    return decisions.verdicts["why"].to_list()


# ---- documents ----


def test_what_is_missing_is_named_in_the_order_of_the_rulebook() -> None:
    entries = table(
        documents=["opinion application", "application opinion journal", None], email=["a@b", None, "c@d"]
    )
    decided = documents(
        entries, papers=["application", "journal", "opinion"], fields=["email"], otherwise="undecided"
    )
    assert told(decided) == [("undecided", "documents-missing")] * 3
    assert decided.columns is not None
    assert decided.columns["missing"].to_list() == ["journal", "email", "application, journal, opinion"]


def test_everything_is_there() -> None:
    assert told(documents(table(documents=["b a"]), papers=["a", "b"])) == [("in", "complete")]
    assert told(documents(table(name=["x", None]), fields=["name"])) == [
        ("in", "complete"),
        ("out", "fields-missing"),
    ]


def test_a_word_is_not_taken_for_a_part_of_a_longer_one() -> None:
    assert told(documents(table(documents=["photos"]), papers=["photo"])) == [("out", "documents-missing")]


def test_an_abstract_is_in_the_language_of_the_work_too() -> None:
    entries = table(abstract_languages=["en kk", "en kk"], language=["kk", "ru"])
    decided = documents(entries, column="abstract_languages", papers=["en"], own="language")
    assert told(decided) == [("in", "complete"), ("out", "abstract-languages-missing")]
    assert whys(decided)[1] == "missing: ru"


def test_documents_without_anything_to_look_for_is_refused() -> None:
    with pytest.raises(ParameterFault, match="name what must be there"):
        documents(table(documents=["a"]))


# ---- limits ----


def test_the_last_number_within_a_limit_is_in_and_every_one_beyond_is_named() -> None:
    entries = table(pages=[20, 21, 21], abstract_words=[250, 250, 251], authors=["a b", "a b", "a b c"])
    decided = limits(entries, most={"pages": 20, "abstract_words": 250}, words_={"authors": 2})
    assert told(decided) == [("in", "within-limits"), ("out", "beyond-limits"), ("out", "beyond-limits")]
    assert whys(decided)[1:] == ["pages 21 > 20", "pages 21 > 20; abstract_words 251 > 250; authors 3 > 2"]


def test_a_report_of_nine_and_of_sixteen_minutes_is_beyond_ten_to_fifteen() -> None:
    decided = limits(
        table(minutes=[9, 10, 15, 16]), least={"minutes": 10}, most={"minutes": 15}, otherwise="undecided"
    )
    assert [verdict for verdict, _ in told(decided)] == ["undecided", "in", "in", "undecided"]
    assert whys(decided)[0] == "minutes 9 < 10"


def test_a_limit_may_stand_in_another_column() -> None:
    decided = limits(table(cited=[12, 13, 1], references=[12, 12, None]), most={"cited": "references"})
    assert told(decided) == [
        ("in", "within-limits"),
        ("out", "beyond-limits"),
        ("undecided", "limits-not-told"),
    ]


def test_a_number_that_is_not_told_is_what_the_rulebook_says() -> None:
    entries = table(pages=[None, 30], words=[10, None])
    assert [v for v, _ in told(limits(entries, most={"pages": 20, "words": 9}, unknown="in"))] == [
        "out",
        "out",
    ]
    assert told(limits(entries.head(1), most={"pages": 20}, unknown="in")) == [("in", "limits-not-told")]


def test_limits_without_a_limit_are_refused() -> None:
    with pytest.raises(ParameterFault, match="name a column"):
        limits(table(pages=[1]))


# ---- deadline ----


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def moments(*texts: str | None) -> pl.Series:
    return pl.Series([at(text) if text else None for text in texts], dtype=pl.Datetime("us", "UTC"))


def timely(entries: pl.DataFrame, **keys: Any) -> Decisions:
    return deadline(entries, zone=ALMATY, workdays=KZ, **keys)


def test_whoever_registers_on_20_september_is_in_time_and_a_second_later_is_not() -> None:
    entries = pl.DataFrame(
        {
            "entry": ["a", "b", "c"],
            "registered_at": moments("2025-09-20T23:59:59+05:00", "2025-09-21T00:00:00+05:00", None),
        }
    )
    decided = timely(entries, column="registered_at", until=at("2025-09-21T00:00:00+05:00"))
    assert told(decided) == [("in", "in-time"), ("out", "late"), ("undecided", "time-not-told")]
    assert decided.columns is not None
    assert decided.columns["due"].to_list() == ["2025-09-21 00:00:00"] * 3
    assert decided.evidence["late"].rows() == [("b", "2025-09-21 00:00:00", "2025-09-21 00:00:00")]


def test_days_count_by_the_calendar_of_the_contest_and_end_with_the_last_day() -> None:
    # 20:00 UTC on the 9th is 01:00 on the 10th in Almaty.
    entries = pl.DataFrame(
        {
            "entry": ["a", "b"],
            "made": moments("2026-01-13T23:59:59+05:00", "2026-01-14T00:00:00+05:00"),
            "since": moments("2026-01-09T20:00:00+00:00", "2026-01-09T20:00:00+00:00"),
        }
    )
    decided = timely(entries, column="made", since="since", days=3)
    assert told(decided) == [("in", "in-time"), ("out", "late")]


def test_fourteen_working_days_end_on_2_april_and_the_reason_names_the_calendar() -> None:
    entries = table(applied_at=[date(2025, 3, 7)] * 3, reviewed_on=[date(2025, 4, 2), date(2025, 4, 3), None])
    decided = timely(
        entries, column="reviewed_on", since="applied_at", working_days=14, otherwise="undecided"
    )
    assert told(decided) == [("in", "in-time"), ("undecided", "late"), ("undecided", "time-not-told")]
    assert whys(decided)[1] == (
        "2025-04-03: after 2025-04-02, the end of the term (14 working days by holidays 0.109 KZ)"
    )
    assert decided.verdicts["facts"][1] == (
        '{"at":"2025-04-03","due":"2025-04-02","days":"14","calendar":"holidays 0.109 KZ"}'
    )


def test_ten_working_days_from_25_december_end_on_13_january() -> None:
    entries = table(decided_on=[date(2025, 12, 25)] * 2, agreed_on=[date(2026, 1, 13), date(2026, 1, 14)])
    decided = timely(entries, column="agreed_on", since="decided_on", working_days=10)
    assert told(decided) == [("in", "in-time"), ("out", "late")]


def test_a_month_before_a_stage_ends_with_that_day_whole() -> None:
    stage = at("2026-03-31T10:00:00+05:00")
    made = moments("2026-02-28T23:00:00+05:00", "2026-03-01T00:00:00+05:00")
    decided = timely(pl.DataFrame({"entry": ["a", "b"], "made": made}), column="made", until=stage, months=-1)
    assert told(decided) == [("in", "in-time"), ("out", "late")]
    assert whys(decided)[1] == "2026-03-01: after 2026-02-28, the end of the term"


def test_a_day_is_compared_with_the_day_a_moment_ends() -> None:
    entries = table(made=[date(2025, 9, 20), date(2025, 9, 21)])
    assert told(timely(entries, column="made", until=at("2025-09-21T00:00+05:00"))) == [
        ("in", "in-time"),
        ("out", "late"),
    ]
    assert told(timely(entries, column="made", until=at("2025-09-21T18:00+05:00"))) == [("in", "in-time")] * 2


def test_what_has_not_been_done_is_late_once_the_term_is_over_and_open_before() -> None:
    entries = table(
        decided_on=[date(2025, 12, 25), None], agreed_on=pl.Series([None, None], dtype=pl.Date).to_list()
    )
    entries = entries.with_columns(pl.col("agreed_on").cast(pl.Date))
    keys: dict[str, Any] = {"column": "agreed_on", "since": "decided_on", "working_days": 10}
    over = timely(entries, at=at("2026-01-14T09:00+05:00"), **keys)
    assert told(over) == [("out", "term-over"), ("undecided", "term-not-known")]
    assert over.evidence["late"].rows() == [("e0", "2026-01-13", None)]
    assert told(timely(entries, at=at("2026-01-13T23:59+05:00"), **keys))[0] == ("in", "term-open")


@pytest.mark.parametrize(
    ("keys", "codes"),
    [
        ({"since": "since", "days": 3}, ["term-not-known"] * 2),
        ({"since": "since", "working_days": 3}, ["term-not-known"] * 2),
        ({"until": at("2026-01-01T00:00+05:00")}, ["term-over"] * 2),
        ({"until": at("2026-01-03T00:00+05:00"), "months": 1}, ["term-open"] * 2),
    ],
)
def test_a_term_that_is_the_same_for_all_or_told_of_nobody_is_judged_at_a_moment(
    keys: dict[str, Any], codes: list[str]
) -> None:
    nothing = pl.lit(None, pl.Datetime("us", "UTC"))
    entries = table(name=["x", "y"]).with_columns(made=nothing, since=nothing)
    decided = timely(entries, column="made", at=at("2026-01-02T09:00+05:00"), **keys)
    assert [code for _, code in told(decided)] == codes


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"since": "since"},
        {"since": "since", "days": 1, "months": 1},
        {"since": "since", "days": 1, "until": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
)
def test_keys_that_make_no_term_are_refused(keys: dict[str, Any]) -> None:
    entries = pl.DataFrame(
        {"entry": ["a"], "made": moments(None), "since": moments(None), "day": [date(2026, 1, 1)]}
    )
    with pytest.raises(ParameterFault, match="deadline"):
        timely(entries, column="made", **keys)


@given(st.integers(0, 365 * 86400), st.integers(1, 40), st.integers(-3, 3))
def test_a_term_of_days_is_over_with_the_midnight_of_the_contests_zone(
    start: int, days: int, off: int
) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=start)
    local = since + timedelta(hours=5)
    midnight = datetime(local.year, local.month, local.day, tzinfo=UTC) + timedelta(days=days + 1, hours=-5)
    made = midnight + timedelta(seconds=off)
    entries = pl.DataFrame({"entry": ["a"], "made": [made], "since": [since]})
    assert told(timely(entries, column="made", since="since", days=days))[0][0] == (
        "in" if off < 0 else "out"
    )


# ---- places ----


def test_a_second_project_of_a_section_makes_both_a_question() -> None:
    entries = table(region=["A", "A", "A", "B"], section=["1", "1", "2", "1"])
    decided = places(entries, by=["region", "section"], most=1)
    assert told(decided) == [
        ("undecided", "too-many-sent"), ("undecided", "too-many-sent"), ("in", "as-many-as-allowed"),
        ("in", "as-many-as-allowed"),
    ]  # fmt: skip
    assert decided.evidence["senders"].rows() == [("A/1", 2, 1)]
    assert whys(decided)[0] == "A/1 has sent 2, allowed 1"


def test_a_team_is_fifteen_and_fifteen_twenty_or_ten() -> None:
    sent = [("KZ-10", None, "physics", 15), ("KZ-10", None, "biology", 14), ("KZ-71", "RBO A", "physics", 12),
            ("KZ-71", "RBO A", "biology", 8), (None, "NIS", "physics", 11), ("KZ-11", None, "physics", 16)]  # fmt: skip
    rows = [row[:3] for row in sent for _ in range(row[3])]
    entries = table(
        **dict(zip(("region", "unit", "nomination"), map(list, zip(*rows, strict=True)), strict=True))
    )
    decided = places(
        entries,
        by=["region", "nomination"],
        exactly=15,
        whole={"RBO": 20, "NIS": 10},
        whole_in="unit",
    )
    assert decided.evidence["senders"].rows() == [
        ("KZ-10/biology", 14, 15), ("KZ-11/physics", 16, 15), ("NIS", 11, 10)
    ]  # fmt: skip
    assert told(decided)[0] == ("in", "as-many-as-allowed")
    assert told(decided)[15] == ("undecided", "too-few-sent")


def test_a_school_of_all_regions_sends_one_project_of_each_section() -> None:
    entries = table(
        region=["A", "B", "A", "A"], unit=["NIS", "NIS", "NIS", None], section=["1", "1", "2", "1"]
    )
    decided = places(
        entries, by=["region", "section"], most=1, whole={"NIS": 1}, whole_in="unit", apart=["section"]
    )
    assert [verdict for verdict, _ in told(decided)] == ["undecided", "undecided", "in", "in"]
    assert decided.evidence["senders"].rows() == [("NIS/1", 2, 1)]


def test_an_entry_of_which_no_sender_is_told_is_a_question() -> None:
    decided = places(table(region=[None, "A"], section=[None, "1"]), by=["region", "section"], most=1)
    assert told(decided) == [("undecided", "sender-not-told"), ("in", "as-many-as-allowed")]
    assert decided.evidence["senders"].height == 0


def test_entries_that_leave_open_whose_they_are_make_no_team_together() -> None:
    entries = table(
        region=[None, None, "A", "A", None], unit=[None, None, None, None, "NIS"], nomination=["x"] * 5
    )
    decided = places(
        entries,
        by=["region", "nomination"],
        exactly=2,
        whole={"NIS": 1},
        whole_in="unit",
        apart=["nomination"],
    )
    assert [code for _, code in told(decided)] == ["sender-not-told"] * 2 + ["as-many-as-allowed"] * 3


def test_places_without_a_number_are_refused() -> None:
    with pytest.raises(ParameterFault, match="one of `most` and `exactly`"):
        places(table(region=["A"]), by=["region"])


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(0, 5))
def test_all_of_a_sender_are_in_or_none(senders: list[str], most: int) -> None:
    entries = pl.DataFrame(
        {"entry": [str(at) for at in range(len(senders))], "unit": senders},
        schema={"entry": pl.String, "unit": pl.String},
    )
    verdicts = [verdict for verdict, _ in told(places(entries, by=["unit"], most=most))]
    assert verdicts == ["in" if senders.count(sender) <= most else "undecided" for sender in senders]


# ---- members and profile ----


def test_a_project_whose_second_author_may_not_take_part_is_out() -> None:
    among = Standing(pl.DataFrame({"entry": ["a", "b"]}))
    decided = members(table(authors=["a", "a b", "a c", "c d", None]), column="authors", among=among)
    assert told(decided) == [
        ("in", "members-taken"), ("in", "members-taken"), ("out", "members-not-taken"), ("out", "members-not-taken"),
        ("undecided", "nobody-named"),
    ]  # fmt: skip
    assert whys(decided)[2] == "1 of 2 people are not among those who may take part"


SUBJECTS = Lookup("section", {"Физика": "Физика", "Тіл білімі": "Қазақ тілі|Орыс тілі"})
RESULTS = pl.DataFrame(
    {
        "participant": ["a", "b", "c", "d", "e", "a"],
        "stage": ["stage-3"] * 5 + ["stage-2"],
        "subject": ["ФИЗИКА", "Химия", "Орыс тілі", None, "Физика", "Химия"],
        "score": ["60", "60", "59 1/3", "60", "120.5", "1"],
    }
)


def test_the_test_is_of_the_subject_of_the_section_and_has_120_points() -> None:
    entries = table(
        authors=["a", "a b", "c", "d", "e", "a", "nobody"],
        section=["Физика", "Физика", "Тіл білімі", "Физика", "Физика", "Робототехника", "Физика"],
    )
    decided = profile(entries, results=RESULTS, of=SUBJECTS, people="authors", stage="stage-3", most="120")
    assert told(decided) == [
        ("in", "profile-subject"), ("undecided", "profile-other"), ("in", "profile-subject"),
        ("undecided", "profile-not-told"), ("undecided", "profile-beyond"), ("undecided", "profile-unknown"),
        ("in", "profile-subject"),
    ]  # fmt: skip
    assert whys(decided)[1] == "sat Химия, where Физика is tested"


def test_a_result_that_tells_no_stage_is_looked_at_as_it_is_counted() -> None:
    entries = table(authors=["b"], section=["Физика"])
    silent = RESULTS.with_columns(stage=pl.lit(None, pl.String))
    decided = profile(entries, results=silent, of=SUBJECTS, people="authors", stage="stage-3", most="120")
    assert told(decided) == [("undecided", "profile-other")]


# ---- lookalike and mentions ----

EARLIER = pl.DataFrame(
    {
        "title": ["Арал теңізінің тартылуы және экожүйесі", "Очистка сточных вод сорбентами", "Су"],
        "author": ["А", None, "В"],
        "year": [2019, 2021, 2020],
    }
)


def alike(*titles: str | None, least: Fraction = Fraction(2, 3)) -> Decisions:
    return lookalike(table(title=list(titles)), column="title", earlier=EARLIER, least=least)


def test_another_order_and_other_endings_of_the_same_words_are_alike() -> None:
    decided = alike(
        "Экожүйенің және Арал теңізінің тартылулары",
        "Сорбенты для очистки сточных вод",
        "Күн энергиясы",
        None,
    )
    assert told(decided) == [
        ("undecided", "looks-like-earlier"), ("undecided", "looks-like-earlier"), ("in", "like-no-earlier"),
        ("in", "like-no-earlier"),
    ]  # fmt: skip
    assert whys(decided)[0].startswith("like «Арал теңізінің тартылуы және экожүйесі» of 2019: ")
    assert decided.evidence["alike"].select("entry", "year").rows() == [("e0", 2019), ("e1", 2021)]


def test_two_words_of_four_in_common_are_not_enough() -> None:
    assert told(alike("Очистка питьевых вод в городе")) == [("in", "like-no-earlier")]


@given(st.lists(st.lists(st.sampled_from(["alpha", "betas", "gamma", "delta", "kappa"]), max_size=5), max_size=6),
       st.lists(st.lists(st.sampled_from(["alpha", "betas", "gamma", "delta", "kappa"]), max_size=5), max_size=6),
       st.sampled_from([Fraction(1, 3), Fraction(1, 2), Fraction(2, 3), Fraction(1)]))  # fmt: skip
def test_no_pair_that_is_alike_is_missed(new: list[list[str]], old: list[list[str]], least: Fraction) -> None:
    earlier = pl.DataFrame(
        {"title": [" ".join(words) for words in old], "author": None, "year": list(range(len(old)))},
        schema={"title": pl.String, "author": pl.String, "year": pl.Int64},
    )
    entries = pl.DataFrame(
        {"entry": [str(at) for at in range(len(new))], "title": [" ".join(words) for words in new]},
        schema={"entry": pl.String, "title": pl.String},
    )
    found = set(
        lookalike(entries, column="title", earlier=earlier, least=least)
        .evidence["alike"]
        .select("entry", "year")
        .iter_rows()
    )
    every = (
        (str(at), year, set(one), set(two)) for at, one in enumerate(new) for year, two in enumerate(old)
    )
    assert found == {
        (at, year)
        for at, year, one, two in every
        if one | two and Fraction(len(one & two), len(one | two)) >= least
    }


def test_a_word_that_begins_with_a_forbidden_one_is_a_question_and_one_that_only_holds_it_is_not() -> None:
    entries = table(title=["Никотиннің әсері", "Антиникотин", "Влияние АЛКОГОЛЯ", "Су", None])
    decided = mentions(entries, column="title", words_=["никотин", "алкогол"])
    assert [verdict for verdict, _ in told(decided)] == ["undecided", "in", "undecided", "in", "in"]
    assert whys(decided)[0] == "speaks of никотиннің"


def test_letters_that_mean_something_in_a_pattern_mean_themselves() -> None:
    assert told(mentions(table(title=["a.b", "axb"]), column="title", words_=["a.b"])) == [
        ("undecided", "mentions"), ("in", "mentions-nothing")
    ]  # fmt: skip
    with pytest.raises(ParameterFault):
        mentions(table(title=["x"]), column="title", words_=[])


# ---- in letters ----


def test_what_is_missing_is_named_in_the_language_of_the_letter() -> None:
    facts = {"missing": "school-report, opinion"}
    assert (
        WORDS.reason("ru", "documents-missing", facts)
        == "Не хватает документов: отчёт школы, отзыв руководителя."
    )
    assert "мектеп есебі" in WORDS.reason("kk", "documents-missing", facts)
    assert "unknown" not in WORDS.reason("ru", "documents-missing", {"missing": "unknown, opinion"})


def test_a_limit_is_named_with_its_figures_in_the_language_of_the_letter() -> None:
    said = WORDS.reason("ru", "beyond-limits", {"beyond": "abstract_words 251 > 250; authors 3 > 2"})
    assert said == "Превышены пределы: слова аннотации 251 > 250; авторы 3 > 2."


def test_whatever_a_shipped_rulebook_finds_missing_or_beyond_has_its_name_in_every_language() -> None:
    files = [file for file in (ROOT / "contests").glob("*.toml") if not file.name.endswith(".cases.toml")]
    steps = [
        step
        for file in files
        for stage in tomllib.loads(file.read_text(encoding="utf-8"))["stage"]
        for step in stage.get("step", [])
    ]
    papers = {each for step in steps if step["job"] == "documents" for each in documents_named(step)}
    limited = {
        each
        for step in steps
        if step["job"] == "limits"
        for key in ("most", "least", "words")
        for each in step.get(key, {})
    }
    assert papers and limited
    assert papers - WORDS.values["missing"].keys() == set()
    assert limited - WORDS.values["beyond"].keys() - {"documents"} == set()
    for step in steps:
        if step["job"] == "documents":
            kind = step.get("column", "documents") if "papers" in step or "own" in step else "fields"
            assert f"{kind}-missing".replace("_", "-") in WORDS.reasons, step


def documents_named(step: dict[str, Any]) -> set[str]:
    return {*step.get("papers", []), *step.get("fields", [])}
