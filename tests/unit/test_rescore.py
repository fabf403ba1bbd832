"""Appeals and changed marks: the clock decides who is heard, people decide whether what changes counts."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from unit.tables import ROOT, at, codes_of, shuffled, table, verdicts_of

from jobs.appeal import appeal
from jobs.binding import Kept, Standing, Zone
from jobs.errors import ParameterFault
from jobs.pipeline import RULING_SCHEMA, Rulings, StageResult, obstacle, run_stage, subject_of, what_was_shown
from jobs.rescore import RescoreFault, asked, changes, rescore
from jobs.rulebook import Rulebook, RulebookFault, load

ZONE = Zone("Asia/Almaty")
BOOK = ROOT / "contests" / "subject-olympiad.toml"
ANNOUNCED = at("2026-04-03 18:00")


def filed(*moments: str) -> pl.DataFrame:
    rows = [{"participant": f"p{n}", "filed_at": at(moment)} for n, moment in enumerate(moments)]
    return table("appeals", rows).with_columns(entry=pl.col("participant"))


# --- the clock ---


def test_three_hours_after_the_announcement_the_last_second_is_in_time_and_the_next_is_not() -> None:
    heard = appeal(
        filed("2026-04-03 18:00", "2026-04-03 21:00:00", "2026-04-03 21:00:01", "2026-04-03 17:59"),
        filed="filed_at",
        since=ANNOUNCED,
        hours=3,
        zone=ZONE,
    )
    assert codes_of(heard.verdicts) == {
        "p0": "appeal-in-time",
        "p1": "appeal-in-time",
        "p2": "appeal-late",
        "p3": "appeal-early",
    }
    assert verdicts_of(heard.verdicts) == {
        "p0": "undecided",
        "p1": "undecided",
        "p2": "out",
        "p3": "undecided",
    }


@pytest.mark.parametrize(("by", "second"), [("hours", "out"), ("calendar", "undecided")])
def test_one_day_is_24_hours_or_until_the_end_of_the_next_day_and_both_are_told(by: str, second: str) -> None:
    heard = appeal(
        filed("2026-04-04 18:00", "2026-04-04 23:59:59", "2026-04-05 00:00"),
        filed="filed_at",
        since=ANNOUNCED,
        hours=24,
        days=1,
        by="calendar" if by == "calendar" else "hours",
        zone=ZONE,
    )
    assert verdicts_of(heard.verdicts) == {"p0": "undecided", "p1": second, "p2": "out"}
    for why in heard.verdicts["why"]:
        assert "2026-04-04 18:00:00" in why
        assert "2026-04-05 00:00:00" in why


def test_nobody_appealed_and_nothing_is_said() -> None:
    heard = appeal(filed(), filed="filed_at", since=ANNOUNCED, hours=3, zone=ZONE)
    assert heard.verdicts.height == 0


def test_hours_beyond_a_month_and_a_calendar_reading_without_days_are_refused() -> None:
    with pytest.raises(ParameterFault, match="hours"):
        appeal(filed(), filed="filed_at", since=ANNOUNCED, hours=0, zone=ZONE)
    with pytest.raises(ParameterFault, match="days"):
        appeal(filed(), filed="filed_at", since=ANNOUNCED, hours=24, by="calendar", zone=ZONE)


# --- changed marks ---


def sat(*scores: str) -> pl.DataFrame:
    rows = [{"participant": f"p{n}", "subject": "Физика", "score": score} for n, score in enumerate(scores)]
    return table("results", rows).with_columns(entry=pl.col("participant"), group=pl.lit("Физика"))


def changed(participant: str, score: str, **given: str) -> dict[str, str]:
    told = {"ground": "3-есеп қайта тексерілді", "decided_by": "комиссия"}
    return {"participant": participant, "new_score": score} | told | given


def applied(
    entries: pl.DataFrame,
    *rows: dict[str, str],
    kept: Kept | None = None,
    stage: str | None = None,
    nomination: str | None = None,
) -> pl.DataFrame:
    marks = table("rescores", rows)
    made = rescore(
        entries, rescores=marks, points="score", kept=kept or Kept(), stage=stage, nomination=nomination
    )
    return entries if made.columns is None else entries.drop("score").join(made.columns, on="entry")


def test_a_changed_mark_replaces_the_old_one_and_nobody_elses() -> None:
    assert applied(sat("50", "40"), changed("p1", "60 1/3"))["score"].to_list() == ["50", "60 1/3"]


def test_marks_of_a_group_that_keeps_its_old_ones_stay() -> None:
    kept = Kept(frozenset({"Физика"}))
    assert applied(sat("50", "40"), changed("p1", "60"), kept=kept)["score"].to_list() == ["50", "40"]
    assert applied(sat("50", "40"), changed("p1", "60"), kept=Kept(every=True))["score"].to_list() == [
        "50",
        "40",
    ]


def test_the_old_mark_of_what_is_public_is_the_published_one() -> None:
    """Whoever keeps it keeps what people have read, not what was there before."""
    public = Kept(frozenset({"Физика"}), published={"p0": "45", "p1": "60"})
    marks = table("rescores", [changed("p0", "45"), changed("p1", "70")])
    made = rescore(sat("50", "40"), rescores=marks, points="score", kept=public, nomination="subject")
    assert made.columns is not None
    assert made.columns["score"].to_list() == ["45", "60"]
    assert codes_of(made.verdicts) == {"p0": "rescored", "p1": "mark-kept"}
    assert made.evidence["marks"].select("before", "after").rows() == [("45", "45"), ("60", "70")]


def test_a_published_mark_that_is_withdrawn_is_asked_about_and_gives_the_first_one_back() -> None:
    public = Kept(published={"p1": "60"})
    marks = table("rescores", [])
    made = rescore(sat("50", "40"), rescores=marks, points="score", kept=public, nomination="subject")
    assert made.columns is not None
    assert made.columns["score"].to_list() == ["50", "40"]
    inside = pl.DataFrame({"entry": ["p0", "p1"], "outcome": ["in", "in"]})
    moved = changes(made.evidence["marks"], inside, inside, public=True)
    assert codes_of(asked(moved))["p1"] == "mark-withdrawn"


def heard(*rows: tuple[str, str | None]) -> Standing:
    """Granted appeals: who, and about which subject."""
    return Standing(table("appeals", [{"participant": who, "nomination": about} for who, about in rows]))


@pytest.mark.parametrize(
    ("granted", "marks", "waiting"),
    [
        ([("p1", None)], [], 1),
        ([("p1", "физика")], [changed("p1", "40")], 0),  # the old score where it stays
        ([("p1", "Физика"), ("p0", None)], [changed("p1", "60", nomination="физика")], 1),
        ([("p1", "Химия")], [], 0),  # of a mark that is not of these
        ([("p9", None)], [], 0),
        ([("p1", None)], [changed("p1", "60")], 0),
    ],
)
def test_a_granted_appeal_waits_for_its_mark(
    granted: list[tuple[str, str | None]], marks: list[dict[str, str]], waiting: int
) -> None:
    """Else the stage is decided with the old mark, and closed when the new one comes."""
    given: dict[str, Any] = {
        "points": "score",
        "nomination": "subject",
        "kept": Kept(),
        "appeals": heard(*granted),
    }
    if waiting:
        with pytest.raises(RescoreFault, match=f"{waiting} appeals were granted"):
            rescore(sat("50", "40"), rescores=table("rescores", marks), **given)
    else:
        rescore(sat("50", "40"), rescores=table("rescores", marks), **given)


def test_marks_of_other_stages_are_left_alone_and_one_without_a_stage_is_refused() -> None:
    entries, row = sat("50", "40"), changed("p1", "60", stage="stage-3")
    assert applied(entries, row, stage="stage-4")["score"].to_list() == ["50", "40"]
    with pytest.raises(RescoreFault, match="of which stage"):
        applied(entries, changed("p1", "60"), stage="stage-4")


def test_a_changed_mark_of_nobody_is_refused_not_lost() -> None:
    with pytest.raises(RescoreFault, match="1 changed marks are of nobody"):
        applied(sat("50"), changed("p7", "60"))
    with pytest.raises(RescoreFault, match="of nobody"):
        applied(sat("50"), changed("p0", "60", nomination="Химия"), nomination="subject")


def test_a_mark_that_fits_two_entries_needs_its_nomination() -> None:
    both = pl.concat([sat("50"), sat("40").with_columns(subject=pl.lit("Химия"), entry=pl.lit("p0/Х"))])
    with pytest.raises(RescoreFault, match="several entries"):
        applied(both, changed("p0", "60"), nomination="subject")
    told = applied(both, changed("p0", "60", nomination="химия"), nomination="subject")
    assert dict(told.select("entry", "score").iter_rows()) == {"p0": "50", "p0/Х": "60"}


def test_whether_an_appeal_was_granted_is_told() -> None:
    granted = Standing(filed("2026-04-03 18:05").with_columns(entry=pl.lit("p0")))
    made = rescore(
        sat("50", "40"),
        rescores=table("rescores", [changed("p0", "60"), changed("p1", "41")]),
        points="score",
        kept=Kept(),
        appeals=granted,
    )
    assert made.evidence["marks"]["appealed"].to_list() == [True, False]


# --- confirmed before it counts ---


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load(BOOK.read_text(encoding="utf-8"), BOOK.name)


SCORES = (10, 9, 8, 7, 6, 5, 4, 3, 2, 1)


def results(scores: tuple[int | str, ...] = SCORES, subject: str = "Математика") -> pl.DataFrame:
    rows = [
        {
            "participant": f"{subject[0]}{n:02d}",
            "subject": subject,
            "grade": 10,
            "stage": "stage-4",
            "score": str(score),
        }
        for n, score in enumerate(scores, start=1)
    ]
    return table("results", rows)


def decide(
    book: Rulebook, results_: pl.DataFrame, *marks: dict[str, str], answers: dict[str, str] | None = None
) -> StageResult:
    """The winners, with nobody's appeal before them; `answers` by the group that is asked about."""
    stage = book.stage("winners")
    tables = {"results": results_}
    if marks:
        tables["rescores"] = table("rescores", [{"stage": "stage-4"} | dict(mark) for mark in marks])
    assert obstacle(book, stage, tables) is None
    earlier = {"stage-4-appeals": table("appeals", []).with_columns(entry=pl.col("participant"))}
    result = run_stage(book, stage, tables, earlier, Rulings())
    given: list[tuple[str, ...]] = []
    for _ in range(2):  # an answer may raise a question
        asked = what_was_shown(result.pending.with_columns(entry=subject_of(book)))
        given += [
            (ask, group, shown, (answers or {})[ask], "request 1", "people")
            for ask, group, shown in asked.iter_rows()
            if ask in (answers or {})
        ]
        result = run_stage(
            book, stage, tables, earlier, Rulings(pl.DataFrame(given, schema=RULING_SCHEMA, orient="row"))
        )
    return result


def awards(result: StageResult) -> dict[str, str]:
    return dict(result.standing.select("entry", "award").iter_rows())


def test_a_change_of_places_waits_for_people_who_see_before_and_after(book: Rulebook) -> None:
    result = decide(book, results(), changed("М06", "9.5"))
    assert not result.settled
    assert set(result.pending["ask"]) == {"rescoring"}
    told = {row["entry"]: row for row in result.evidence["changes"].to_dicts()}
    own = told["М06"]
    assert (own["before"], own["after"], own["rank_before"], own["rank_after"]) == ("5", "9.5", 6, 2)
    assert (own["outcome_before"], own["outcome_after"], own["ground"]) == (
        "out",
        "II",
        "3-есеп қайта тексерілді",
    )
    assert {name: (row["outcome_before"], row["outcome_after"]) for name, row in told.items()} == {
        "М06": ("out", "II"),
        "М02": ("II", "II"),
        "М03": ("II", "III"),
        "М04": ("III", "III"),
        "М05": ("III", "out"),
    }
    why = result.pending.filter(entry="М05")["why"].item()
    assert why == "(М05): 6 points as before, place 5 → 6, III → out"


def test_confirmed_the_new_places_count(book: Rulebook) -> None:
    result = decide(book, results(), changed("М06", "9.5"), answers={"rescoring": "confirm"})
    assert result.settled
    assert awards(result) == {"М01": "I", "М06": "II", "М02": "II", "М03": "III", "М04": "III"}


def test_not_confirmed_the_old_places_count(book: Rulebook) -> None:
    result = decide(book, results(), changed("М06", "9.5"), answers={"rescoring": "keep"})
    assert result.settled
    assert awards(result) == {"М01": "I", "М02": "II", "М03": "II", "М04": "III", "М05": "III"}


def test_the_groups_that_nothing_changed_in_are_not_asked_about(book: Rulebook) -> None:
    both = pl.concat([results(), results(subject="Физика")])
    result = decide(book, both, changed("М06", "9.5"))
    assert set(result.pending["group"]) == {"Математика/10"}


def test_a_mark_that_moves_nobody_is_applied_without_a_question(book: Rulebook) -> None:
    result = decide(book, results(), changed("М10", "1.5"))
    assert result.settled
    assert "rescored" in result.decisions["code"].to_list()


def test_equals_that_the_new_marks_make_are_asked_about_beside_the_change(book: Rulebook) -> None:
    tied = decide(book, results(), changed("М06", "6"))
    assert set(tied.pending["ask"]) == {"rescoring", "jury"}
    both = decide(book, results(), changed("М06", "6"), answers={"rescoring": "confirm", "jury": "extend"})
    assert both.settled
    assert awards(both)["М06"] == "III"
    kept = decide(book, results(), changed("М06", "6"), answers={"rescoring": "keep", "jury": "extend"})
    assert kept.settled
    assert "М06" not in awards(kept)


def test_another_change_asks_anew(book: Rulebook) -> None:
    stage = book.stage("winners")
    first = decide(book, results(), changed("М06", "9.5"))
    shown = what_was_shown(first.pending.with_columns(entry=subject_of(book)))
    answer = [
        (ask, group, digest, "confirm", "request 1", "people") for ask, group, digest in shown.iter_rows()
    ]
    rulings = Rulings(pl.DataFrame(answer, schema=RULING_SCHEMA, orient="row"))
    tables = {
        "results": results(),
        "rescores": table("rescores", [changed("М07", "9.5") | {"stage": "stage-4"}]),
    }
    earlier = {"stage-4-appeals": table("appeals", []).with_columns(entry=pl.col("participant"))}
    assert not run_stage(book, stage, tables, earlier, rulings).settled


def test_the_order_of_files_does_not_matter(book: Rulebook) -> None:
    plain = decide(book, results(), changed("М06", "9.5"), changed("М09", "8.5"))
    for seed in range(3):
        other = decide(book, shuffled(results(), seed), changed("М09", "8.5"), changed("М06", "9.5"))
        assert other.decisions.equals(plain.decisions)


def test_two_different_marks_of_one_participant_hold_the_stage_up(book: Rulebook) -> None:
    marks = [changed("М06", score) | {"stage": "stage-4"} for score in ("7", "8")]
    tables = {"results": results(), "rescores": table("rescores", marks)}
    assert "two files disagree: rescores" in str(obstacle(book, book.stage("winners"), tables))


def test_a_stage_over_appeals_does_not_wait_where_nobody_appealed(book: Rulebook) -> None:
    stage = book.stage("stage-4-appeals")
    assert obstacle(book, stage, {}) is None
    result = run_stage(book, stage, {}, {}, Rulings())
    assert result.settled
    assert result.standing.height == 0


def test_a_late_second_application_does_not_spoil_the_one_in_time(book: Rulebook) -> None:
    rows = [
        {"participant": "p", "stage": "stage-4", "filed_at": at(moment)}
        for moment in ("2026-04-03 19:00", "2026-04-03 23:00")
    ]
    result = run_stage(
        book, book.stage("stage-4-appeals"), {"appeals": table("appeals", rows)}, {}, Rulings()
    )
    assert result.pending["code"].to_list() == ["appeal-in-time"]


@pytest.mark.parametrize(
    ("line", "other", "sentence"),
    [
        ('choices = ["confirm", "keep"]', 'choices = ["confirm"]', "with the choices confirm and keep"),
        ('may_lack = ["rescores", "entrants"]', 'may_lack = ["works"]', "works is no feed that it reads"),
    ],
)
def test_a_rulebook_that_cannot_be_confirmed_is_refused(line: str, other: str, sentence: str) -> None:
    with pytest.raises(RulebookFault, match=sentence):
        load(Path(BOOK).read_text(encoding="utf-8").replace(line, other), "other")
