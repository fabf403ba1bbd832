"""The end of the sample season: quotas and applications, and the people who decide."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from unit.sample_records import RULEBOOK, WINDOWS, Record, all_records, cells_of, moment

from worker.rehearsal.people import answer_requests
from worker.rehearsal.season import DEMO, SMALL, Drop, Season, make_season


@pytest.fixture(scope="module")
def demo() -> Season:
    return make_season(RULEBOOK, DEMO, seed=1)


@pytest.fixture(scope="module")
def small() -> Season:
    return make_season(RULEBOOK, SMALL, seed=1)


# --- admission ---


def applications(season: Season) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for record in all_records(season, "applications"):
        found[record["participant"]].append(record)
    return found


def granted(quota: Record) -> int:
    return int(quota["seats"]) if quota["seats"] else int(quota["intake"]) * 10 // 100


def test_the_quotas_grant_the_seats_they_should(demo: Season) -> None:
    quotas = all_records(demo, "quotas")
    assert len({quota["school_id"] for quota in quotas}) == DEMO.partners
    assert sum(map(granted, quotas)) == demo.planted.seats == DEMO.seats
    assert ("9", 0) in {(quota["intake"], granted(quota)) for quota in quotas}
    assert [q for q in quotas if q["seats"] and int(q["seats"]) != int(q["intake"]) // 10]
    assert {quota["language"] for quota in quotas} == {"", "kk", "ru"}
    boarding: dict[str, set[str]] = defaultdict(set)
    for quota in quotas:
        boarding[quota["school_id"]].add(quota["boarding"])
    assert {len(figures) for figures in boarding.values()} == {1}


def test_three_share_the_first_place_and_want_the_same_two_seats(demo: Season, small: Season) -> None:
    for season in (demo, small):
        scores = season.planted.scores["stage-2"]
        best = max(scores.values())
        assert {iin for iin, score in scores.items() if score == best} == set(season.planted.lot)
        lists = applications(season)
        wanted = {
            next(r for r in lists[iin] if r["preference"] == "1")["school_id"] for iin in season.planted.lot
        }
        assert wanted == {season.planted.lot_school}
        assert sum(granted(q) for q in all_records(season, "quotas") if q["school_id"] in wanted) == 2
        assert len(season.planted.lot) == 3


def test_the_winners_are_as_many_as_the_seats_and_all_who_tie_with_the_last(demo: Season) -> None:
    scores, winners = demo.planted.scores["stage-2"], demo.planted.winners
    last = min(scores[iin] for iin in winners)
    assert len([iin for iin in winners if scores[iin] > last]) < demo.planted.seats <= len(winners)
    assert all(score < last for iin, score in scores.items() if iin not in winners)


def test_the_applications_have_their_planted_faults(demo: Season) -> None:
    lists, case = applications(demo), {c.name: c.ids[0] for c in demo.planted.cases if c.stage == "admission"}
    assert case["no-application"] not in lists
    assert Counter(r["school_id"] for r in lists[case["school-twice"]]).most_common(1)[0][1] == 2
    assert "SP-99" in {r["school_id"] for r in lists[case["unknown-school"]]}
    assert len({r["submitted_at"] for r in lists[case["second-application"]]}) == 2
    late = {
        iin
        for iin, rows in lists.items()
        if moment(rows[0]["submitted_at"]) >= WINDOWS["applications"].closes_at
    }
    assert late == {case["late-application"]}
    assert set(case.values()) <= set(demo.planted.winners)


# --- those who decide ---

NOW = datetime(2026, 2, 25, 6, 0, tzinfo=UTC)


def put_request(outbox: Path, request_id: str, choices: list[str], observed: dict[str, str]) -> None:
    folder = outbox / "requests" / "myn-bala" / request_id
    folder.mkdir(parents=True)
    with xlsxwriter.Workbook(str(folder / "request.xlsx")) as book:
        sheet = book.add_worksheet("decisions")
        headers = ("request_id", "subject", "decision", "ground", "decided_by", "decided_at", "observed")
        sheet.write_row(0, 0, headers)
        for line, (subject, seen) in enumerate(observed.items(), start=1):
            sheet.write_row(line, 0, (request_id, subject, "", "", "", "", seen))
        book.add_worksheet("choices").write_column(0, 0, choices)


def decisions_in(drop: Drop) -> list[Record]:
    head, *rows = cells_of(drop)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_the_commission_annuls_from_38_of_40_and_keeps_the_rest(tmp_path: Path) -> None:
    observed = {
        "A": "cl. 9.3: 38 of 40 answers identical with 1 of the same school and variant",
        "B": "cl. 9.3: 37 of 40 answers identical with 1 of the same school and variant",
        "C": "cl. 9.1: took 29:59, less than 30:00",
        "D": "cl. 9.1: took 29:00; cl. 9.3: 40 of 40 answers identical with 2 of the same school and variant",
    }
    put_request(tmp_path, "r-1", ["keep", "annul"], observed)
    (drop,) = answer_requests(tmp_path, set(), NOW)
    given_ = {row["subject"]: row["decision"] for row in decisions_in(drop)}
    assert given_ == {"A": "annul", "B": "keep", "C": "keep", "D": "annul"}
    assert (drop.path, drop.at) == ("commission/myn-bala/decisions-r-1.xlsx", NOW)


@pytest.mark.parametrize(
    ("choices", "decision"), [(["listed", "not-listed"], "listed"), (["accept", "refuse"], "accept")]
)
def test_the_ministry_and_the_operator_agree(tmp_path: Path, choices: list[str], decision: str) -> None:
    put_request(tmp_path, "r-2", choices, {"A": "the list has this person twice, differently"})
    (drop,) = answer_requests(tmp_path, set(), NOW)
    (row,) = decisions_in(drop)
    assert row["decision"] == decision
    assert row["decided_by"]
    assert datetime.fromisoformat(row["decided_at"]) == NOW - timedelta(minutes=5)
    assert row["decided_at"].endswith("+05:00")


def test_a_lot_is_twenty_throws_of_a_die_that_can_be_repeated(tmp_path: Path) -> None:
    put_request(tmp_path, "r-3", ["dice"], {"lot": "list commitment"})
    first, again = (answer_requests(tmp_path, set(), NOW) for _ in range(2))
    (row,) = decisions_in(first[0])
    assert len(row["decision"]) == 20
    assert set(row["decision"]) <= set("123456")
    assert first == again


def test_a_request_is_answered_once_and_one_without_its_file_not_yet(tmp_path: Path) -> None:
    put_request(tmp_path, "r-4", ["keep", "annul"], {"A": ""})
    (tmp_path / "requests" / "myn-bala" / "r-5").mkdir()
    answered: set[str] = set()
    assert len(answer_requests(tmp_path, answered, NOW)) == 1
    assert answered == {"r-4"}
    assert answer_requests(tmp_path, answered, NOW) == []


def test_an_empty_outbox_is_no_request(tmp_path: Path) -> None:
    assert answer_requests(tmp_path / "outbox", set(), NOW) == []
