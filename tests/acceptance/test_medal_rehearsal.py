"""A made-up year of the Elbasy medal: from applications over journals and levels to the badge, and what each role is
told of it."""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Connection, text

from worker.bootstrap import load_rulebook
from worker.commands.init import init_site
from worker.commands.rehearse import SEED, run_season
from worker.rehearsal.elbasy_medal import MedalPlanted, make_elbasy_medal
from worker.site import open_site
from worker.store.database import open_database

pytestmark = pytest.mark.long

CONTEST = "elbasy-medal"
IIN = re.compile(r"(?<!\d)\d{12}(?!\d)")


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("medal") / "site"
    init_site(site, [CONTEST], quietly=True)
    assert run_season(site), "all that came out verifies"
    return site


@pytest.fixture(scope="module")
def planted(year: Path) -> MedalPlanted:
    return make_elbasy_medal(load_rulebook(year / "contests" / f"{CONTEST}.toml"), seed=SEED).planted


@contextmanager
def database(site: Path) -> Iterator[Connection]:
    engine = open_database(open_site(site).database_url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


@cache
def folders(site: Path) -> dict[str, Path]:
    """Whose report lies where: the operator's list of readers."""
    listed = table(site / "outbox" / "operator" / CONTEST / "readers.csv")
    return {row["person"]: site / "outbox" / row["folder"] / CONTEST / "report" for row in listed}


@cache
def cells(path: Path) -> str:
    book = CalamineWorkbook.from_path(path)
    rows = (row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python())
    return "\n".join(str(cell) for row in rows for cell in row)


def participants_in(folder: Path) -> set[str]:
    """Whose numbers stand anywhere in a report, its pages and its workbooks."""
    pages = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.html")))
    return set(IIN.findall(pages + "".join(cells(path) for path in sorted(folder.glob("*.xlsx")))))


def test_every_stage_is_decided_and_four_of_them_had_waited_for_people(year: Path) -> None:
    with database(year) as connection:
        rows = connection.execute(text("select stage, state from runs where contest = :contest order by id"),
                                  {"contest": CONTEST}).all()  # fmt: skip
    states: dict[str, list[str]] = {}
    for stage, state in rows:
        states.setdefault(stage, []).append(state)
    assert all(found[-1] == "settled" for found in states.values())
    waited = {stage for stage, found in states.items() if found == ["waiting", "settled"]}
    assert waited == {"admitted", "records", "nominated", "invited"}
    book = load_rulebook(year / "contests" / f"{CONTEST}.toml")
    assert states.keys() == {stage.id for stage in book.stages}


def test_each_planted_trouble_gets_the_verdict_of_its_clause(year: Path, planted: MedalPlanted) -> None:
    query = text("select r.stage, v.entry, v.verdict, v.code from verdicts v join runs r on r.id = v.run_id"
                 " where r.revision = 1 and r.contest = :contest")  # fmt: skip
    with database(year) as connection:
        found = set(map(tuple, connection.execute(query, {"contest": CONTEST}).all()))
    missing = [
        case for case in planted.cases if (case.stage, case.entry, case.verdict, case.code) not in found
    ]
    assert missing == []
    assert len(planted.cases) == 13


def test_whoever_has_fulfilled_the_level_and_was_chosen_is_mailed_a_diploma(
    year: Path, planted: MedalPlanted
) -> None:
    with database(year) as connection:
        profiles = connection.execute(text("select participant, email from feed_profiles")).all()
    addresses = {email: participant for participant, email in profiles}
    mails = [mail for mail in mailed(year) if str(mail["to"]) in addresses]
    with_diploma = [mail for mail in mails if has_paper(mail)]
    assert {addresses[str(mail["to"])] for mail in with_diploma} == set(planted.holders)
    refused = {case.entry.partition("/")[0] for case in planted.cases if case.verdict == "out"} - {
        "centre-late"
    }
    assert {addresses[str(mail["to"])] for mail in mails} - set(planted.holders) <= refused
    assert len(mails) > len(with_diploma)


def test_the_trained_staff_of_centres_is_mailed_certificates(year: Path) -> None:
    query = text("select email from feed_staff where trained_on is not null and role != 'commission'")
    with database(year) as connection:
        trained = set(connection.execute(query).scalars()) - {None}
        profiles = set(connection.execute(text("select email from feed_profiles")).scalars())
    to_staff = [mail for mail in mailed(year) if str(mail["to"]) not in profiles]
    assert {str(mail["to"]) for mail in to_staff} == trained
    assert trained
    assert all(map(has_paper, to_staff))


def mailed(year: Path) -> list[EmailMessage]:
    files = year.glob("mailbox/*.eml")
    return [message_from_bytes(path.read_bytes(), EmailMessage, policy=default) for path in files]


def has_paper(mail: EmailMessage) -> bool:
    return any(part.get_content_type() == "application/pdf" for part in mail.walk())


def test_a_mentor_is_told_of_the_own_participants_and_of_no_other(year: Path, planted: MedalPlanted) -> None:
    for mentor in set(planted.mentors.values()):
        own = {one for one, his in planted.mentors.items() if his == mentor}
        assert participants_in(folders(year)[mentor]) == own != set()


def test_an_expert_and_a_coordinator_are_told_of_the_own_region_alone(
    year: Path, planted: MedalPlanted
) -> None:
    for number in "123":
        region = next(
            planted.regions[one] for one, his in planted.mentors.items() if his == f"mentor-{number}1"
        )
        own = {one for one, home in planted.regions.items() if home == region}
        assert participants_in(folders(year)[f"expert-{number}"]) == own
        assert participants_in(folders(year)[f"coordinator-{number}"]) == own


def test_the_operator_is_told_of_everybody_and_has_a_card_for_each(year: Path, planted: MedalPlanted) -> None:
    home = year / "outbox" / "operator" / CONTEST
    assert participants_in(home / "report") == set(planted.mentors)
    listed = [row for path in home.glob("cards/*/cards.csv") for row in table(path)]
    assert {row["participant"] for row in listed} == set(planted.mentors)
    for row in listed:
        (workbook,) = home.glob(f"cards/*/{row['card']}.xlsx")
        assert set(IIN.findall(cells(workbook))) == {row["participant"]}


def test_the_records_of_each_region_are_a_workbook_of_their_own_for_the_operator(
    year: Path, planted: MedalPlanted
) -> None:
    home = year / "outbox" / "operator" / CONTEST / "report"
    found = {path.parent.name: path for path in sorted(home.glob("*/records.en.xlsx"))}
    assert len(found) > 1
    people = {region: set(IIN.findall(cells(path))) for region, path in found.items()}
    assert all(people.values())
    assert sum(map(len, people.values())) == len(set().union(*people.values())), "nobody is in two regions"
    assert set().union(*people.values()) <= participants_in(home)
    assert "Records" not in CalamineWorkbook.from_path(home / "report.en.xlsx").sheet_names


def test_no_report_lies_where_everybody_may_read(year: Path, planted: MedalPlanted) -> None:
    public = b"".join(path.read_bytes() for path in (year / "outbox" / "public").rglob("*") if path.is_file())
    assert not any(one.encode() in public for one in planted.mentors)


def test_six_answers_make_a_mark_and_three_are_kept_hidden(year: Path) -> None:
    shown, hidden = (cells(folders(year)[mentor] / "report.en.xlsx") for mentor in ("mentor-11", "mentor-12"))
    assert "Anonymous mark" in shown
    assert "Anonymous mark" not in hidden


def test_two_weeks_of_illness_are_excused_and_the_level_is_fulfilled_two_weeks_later(
    year: Path, planted: MedalPlanted
) -> None:
    assert planted.excused in planted.holders
    mentor = folders(year)[planted.mentors[planted.excused]] / "report.en.xlsx"
    gaps = CalamineWorkbook.from_path(mentor).get_sheet_by_name("Weeks missed").to_python()
    own = [row for row in gaps if planted.excused in row]
    assert len(own) == 6, "two weeks in three directions"
    assert all("yes" in row for row in own)


def test_what_a_substitute_confirmed_while_the_mentor_was_away_counts(
    year: Path, planted: MedalPlanted
) -> None:
    away, covers = planted.covered
    query = text("select v.entry, v.code, v.facts from verdicts v join runs r on r.id = v.run_id"
                 " where r.stage = 'records' and r.revision = 2 and v.code = 'confirmed'")  # fmt: skip
    with database(year) as connection:
        rows = connection.execute(query).all()
        owners: dict[str, str] = dict(
            connection.execute(text("select record, participant from feed_journals")).all()
        )
    by_substitute = [
        entry for entry, _, facts in rows
        if json.loads(facts)["by"] == covers and planted.mentors[owners[entry]] == away
    ]  # fmt: skip
    assert len(by_substitute) >= 2 * 2 * 3, "two weeks of two participants in three directions"


def test_the_rating_of_each_region_is_the_mean_of_its_participants(year: Path, planted: MedalPlanted) -> None:
    """Out of the workbook's own rows, as an official would check it."""
    book = CalamineWorkbook.from_path(year / "outbox" / "operator" / CONTEST / "report" / "report.en.xlsx")
    people = _sheet(book, "Participants")
    means = people.group_by("Region").agg(pl.col("Rating").cast(pl.Float64).mean())
    regions = _sheet(book, "Ratings by region")
    printed = dict(regions.select("Region", pl.col("Mean rating").cast(pl.Float64)).iter_rows())
    assert len(printed) == 3
    for region, mean in means.iter_rows():
        assert printed[region] == pytest.approx(mean, abs=0.01)


def _sheet(book: CalamineWorkbook, name: str) -> pl.DataFrame:
    head, *rows = book.get_sheet_by_name(name).to_python()
    return pl.DataFrame(
        [[str(cell) for cell in row] for row in rows], schema=[str(cell) for cell in head], orient="row"
    )
