"""The made-up seasons of BilimClass and Best SOR: their files, the trouble in them, and what the jobs say of it."""

import csv
import io
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from unit.tables import ROOT

from jobs import pipeline
from jobs.beacon import Pulse, pulse_faults, round_at, round_time
from jobs.feeds import FEEDS
from jobs.feeds.reading import read_rows
from jobs.pipeline import Beacon, Rulings, StageResult
from jobs.rulebook import Ask, Rulebook, load
from worker.beacon import verify_pulse
from worker.intake.child import parse
from worker.intake.frames import End, FeedWords, Limits, Recognised, RefusedFile, RefusedRow, Rows
from worker.intake.ingest import vocabulary
from worker.rehearsal.beacon import pulse_drops, rehearsal_chain
from worker.rehearsal.people import answer_requests, draw_moments
from worker.rehearsal.spreadsheet import Drop
from worker.rehearsal.votes import FULL, SMALL, VoteSeason, VoteSize, make_best_sor, make_bilimclass

ALMATY = ZoneInfo("Asia/Almaty")
INNOVATOR, CURATOR, BEST_SOR = "bilimclass-innovator", "bilimclass-curator", "best-sor"
SENDERS = {"platform": {"participants", "classes", "works"}, "social": {"works"}}
PLACES = 12
Make = Callable[[], VoteSeason]


@cache
def rulebook(contest: str, places: int | None = None) -> Rulebook:
    text = (ROOT / "contests" / f"{contest}.toml").read_text(encoding="utf-8")
    if places is not None:
        text = text.replace("least = 100", f"least = {places}").replace("places = 100", f"places = {places}")
    return load(text, contest)


@cache
def full() -> VoteSeason:
    return make_bilimclass(rulebook(INNOVATOR), rulebook(CURATOR), seed=2026, size=FULL)


@cache
def small() -> VoteSeason:
    return make_bilimclass(rulebook(INNOVATOR, PLACES), rulebook(CURATOR), seed=7, size=SMALL)


@cache
def best_sor() -> VoteSeason:
    return make_best_sor(rulebook(BEST_SOR), seed=2026, size=SMALL)


# --- reading a season with the real reader ---


@dataclass
class Came:
    """What a file gave: its feed and rows, and how many rows were refused, by code."""

    feed: str
    rows: pl.DataFrame
    refused: Counter[str]

    @property
    def outcome(self) -> str:
        return "partial" if self.refused else "accepted"


def read(drop: Drop, words: Mapping[str, FeedWords]) -> Came:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(drop.data)
        frames = list(
            parse(path, drop.path.rsplit("/", 1)[1], vocabulary=words, limits=Limits(), chunk_rows=5000)
        )
    faults = [frame for frame in frames if isinstance(frame, RefusedFile)]
    assert faults == [], drop.path
    known = next(frame for frame in frames if isinstance(frame, Recognised))
    refused = Counter(frame.code for frame in frames if isinstance(frame, RefusedRow))
    parts = []
    for frame in frames:
        if isinstance(frame, Rows):
            raw = pl.DataFrame({"line": frame.lines, **dict(zip(known.columns, frame.columns, strict=True))})
            reading = read_rows(FEEDS[known.feed], raw, zone="Asia/Almaty", assume={})
            refused.update(reading.refused["code"].to_list())
            parts.append(reading.rows.drop("line"))
    assert isinstance(frames[-1], End)
    return Came(known.feed, pl.concat(parts), refused)


@cache
def files(make: Make) -> dict[str, Came]:
    season = make()
    return {drop.path: read(drop, vocabulary()) for drop in season.drops}


def tables(make: Make, contest: str) -> dict[str, pl.DataFrame]:
    came = [each for path, each in files(make).items() if f"/{contest}/" in path]
    feeds = {each.feed for each in came}
    return {feed: pl.concat(each.rows for each in came if each.feed == feed).unique() for feed in feeds}


# --- deciding it with the real jobs, people answering as they do in a rehearsal ---


@dataclass
class Told:
    """The results of a contest's stages, and everything that was asked: (ask, subject, code)."""

    results: dict[str, StageResult] = field(default_factory=dict)
    log: list[pl.DataFrame] = field(default_factory=list)
    asked: set[tuple[str, str, str]] = field(default_factory=set)


_SHUT_OUT = re.compile("директор|орынбасар")
CHAIN = rehearsal_chain(rulebook(INNOVATOR).windows["publication"].opens_at)


def decide(book: Rulebook, came: Mapping[str, pl.DataFrame], beacon: Beacon | None = None) -> Told:
    told = Told()
    standing: dict[str, pl.DataFrame] = {}
    for stage in book.stages:
        assert pipeline.obstacle(book, stage, came) is None
        result = settle(book, stage.id, came, standing, told, beacon or Beacon(CHAIN[1]))
        told.results[stage.id], standing[stage.id] = result, result.standing
    return told


def settle(
    book: Rulebook, stage: str, came: Mapping[str, pl.DataFrame], before: Mapping[str, pl.DataFrame], told: Told,
    beacon: Beacon,
) -> StageResult:  # fmt: skip
    rulings = Rulings()
    while True:
        result = pipeline.run_stage(book, book.stage(stage), came, before, rulings, beacon)
        told.log.append(result.decisions)
        new = answers(book, result)
        if result.settled or new is None:
            return result
        pending = result.pending.with_columns(subject=pipeline.subject_of(book))
        told.asked |= set(pending.select("ask", "subject", "code").iter_rows())
        rulings = replace(
            rulings,
            table=pl.concat([rulings.table, new]),
            chosen={"shares": "zero"} if "shares" in pending["ask"].to_list() else rulings.chosen,
        )


def answers(book: Rulebook, result: StageResult) -> pl.DataFrame | None:
    """What the rehearsed organiser rules; None where only dice and the beacon are awaited."""
    kinds = {ask: book.asks[ask].kind for ask in result.pending["ask"].unique()}
    if set(kinds.values()) == {"draw"}:
        return None
    subjects = result.pending.with_columns(entry=pipeline.subject_of(book))
    shown = pipeline.what_was_shown(subjects)
    why = dict(subjects.group_by("entry").agg(pl.col("why").str.join("; ")).iter_rows())
    rows = [
        (ask, entry, digest, ruling(book.asks[ask], why[entry]), "r-1", "somebody")
        for ask, entry, digest in shown.select("ask", "entry", "shown").iter_rows()
    ]
    return pl.DataFrame(rows, schema=pipeline.RULING_SCHEMA, orient="row")


def ruling(ask: Ask, why: str) -> str:
    if ask.kind == "group":
        return "hold"
    return "refuse" if _SHUT_OUT.search(why) or "accept" not in ask.choices else "accept"


@cache
def decided(make: Make, contest: str) -> Told:
    places = PLACES if make is small and contest == INNOVATOR else None
    return decide(rulebook(contest, places), tables(make, contest))


def verdicts(told: Told, stage: str, entry: str) -> set[tuple[str, str]]:
    own = (pl.col("entry") == entry) | pl.col("entry").str.starts_with(f"{entry}/")  # a class of a teacher
    rows = pl.concat(told.log).filter(pl.col("stage") == stage, own)
    return set(rows.select("verdict", "code").iter_rows())


SEASONS = [(full, INNOVATOR), (full, CURATOR), (small, INNOVATOR), (small, CURATOR), (best_sor, BEST_SOR)]


# --- the files ---


@pytest.mark.parametrize("size", [FULL, SMALL])
def test_the_same_rulebooks_size_and_seed_give_the_same_bytes(size: VoteSize) -> None:
    one, other = (
        make_bilimclass(rulebook(INNOVATOR), rulebook(CURATOR), seed=5, size=size) for _ in range(2)
    )
    assert one == other
    assert one != make_bilimclass(rulebook(INNOVATOR), rulebook(CURATOR), seed=6, size=size)


def test_best_sor_gives_the_same_bytes_again() -> None:
    assert make_best_sor(rulebook(BEST_SOR), seed=3) == make_best_sor(rulebook(BEST_SOR), seed=3)


@pytest.mark.parametrize("make", [full, small, best_sor])
def test_every_file_is_recognised_and_fares_as_planted(make: Make) -> None:
    season: VoteSeason = make()
    came = {path: each.outcome for path, each in files(make).items()}
    expected = {
        path: "accepted" if said == "duplicate" else said for path, said in season.planted.files.items()
    }
    assert came == expected
    assert list(season.planted.files) == list(dict.fromkeys(season.planted.files))


@pytest.mark.parametrize("make", [full, small, best_sor])
def test_every_sender_drops_only_the_feeds_it_may(make: Make) -> None:
    for path, each in files(make).items():
        assert each.feed in SENDERS[path.split("/")[0]]


def test_files_said_to_be_duplicates_repeat_an_earlier_one() -> None:
    season = full()
    repeated = [drop for drop in season.drops if season.planted.files[drop.path] == "duplicate"]
    assert repeated
    for drop in repeated:
        assert [one.at < drop.at for one in season.drops if one.data == drop.data and one is not drop] == [
            True
        ]


@pytest.mark.parametrize(("make", "contest"), SEASONS)
def test_everything_comes_before_the_moment_at_which_files_are_awaited(make: Make, contest: str) -> None:
    book, season = rulebook(contest), make()
    (window,) = book.windows
    times = [drop.at for drop in season.drops if f"/{contest}/" in drop.path]
    assert times == sorted(times)
    assert book.windows[window].opens_at < min(times)
    assert max(times) < book.moments[window]


def test_nobody_is_real() -> None:
    for make in (full, best_sor):
        people = pl.concat(each.rows for each in files(make).values() if each.feed == "participants")
        assert people["email"].drop_nulls().str.ends_with(".example").all()
        assert people["phone"].str.contains(r"^\+77[0-9]{2}000[0-9]{4}$").all()
    works = tables(full, INNOVATOR)["works"]
    assert works["participant"].str.contains("^@?ulgi[._]").all()
    urls = works["url"].drop_nulls()
    assert urls.str.contains(r"instagram\.com/(p|reel)/SYNTH|tiktok\.com/@ulgi[._]|\.example/").all()


def test_dates_follow_the_rulebook() -> None:
    text = (ROOT / "contests" / f"{INNOVATOR}.toml").read_text(encoding="utf-8").replace("2025-", "2031-")
    later = load(text, INNOVATOR)
    season = make_bilimclass(later, rulebook(CURATOR), seed=1, size=SMALL)
    assert {drop.at.year for drop in season.drops if INNOVATOR in drop.path} == {2031}


# --- the trouble, in the bytes ---


def named(season: VoteSeason, part: str) -> Drop:
    return next(drop for drop in season.drops if part in drop.path)


def items(part: str) -> list[dict[str, object]]:
    found = [
        json.loads(drop.data) for drop in full().drops if part in drop.path and drop.path.endswith("json")
    ]
    return [item for content in found for item in content]


def rows_of(part: str, delimiter: str = ",") -> list[dict[str, str]]:
    text = named(full(), part).data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def test_instagram_has_no_shares_and_some_hidden_likes() -> None:
    found = [item for item in items("/instagram-") if "error" not in item]
    assert {name for item in found for name in item if "share" in name.lower()} == set()
    assert sum(item["likesCount"] == -1 for item in found) >= 2
    assert any(item["hashtags"] == [] and "#UchitelNovator" in str(item["caption"]) for item in found)


def test_one_video_comes_under_two_tags_and_as_post_and_reel() -> None:
    (work,) = full().planted.case("two-tags").ids
    code = work.split("/")[1]
    found = [item for item in items("/instagram-") if item.get("shortCode") == code]
    assert len({item["inputUrl"] for item in found}) == 2
    assert {str(item["url"]).split("/")[3] for item in found} == {"p", "reel"}


def test_the_tool_tells_of_a_tag_it_got_nothing_for() -> None:
    assert {item["error"] for item in items("/instagram-") if "error" in item} == {"not_found"}


def test_tiktok_comes_with_dots_with_slashes_and_with_a_mark() -> None:
    for part, header in (("tiktok-dots", "authorMeta.name"), ("tiktok-slashes", "authorMeta/name")):
        drop = named(full(), part)
        assert drop.data.startswith(b"\xef\xbb\xbf")
        assert header in drop.data.decode("utf-8-sig").splitlines()[0].split(",")
    tags = {row["hashtags/0/name"] for row in rows_of("tiktok-slashes-final")}
    assert all(tag == tag.lower() for tag in tags)


def test_the_research_api_answers_in_its_envelope() -> None:
    content = json.loads(named(full(), "research-final").data)
    assert content["error"]["code"] == "ok"
    assert all(video["id"] > 2**53 and "hashtag_names" in video for video in content["data"]["videos"])


def test_excel_has_cut_numbers_short_and_people_write_counts_as_words() -> None:
    rows = rows_of("through-excel", ";")
    assert {row["id"] for row in rows} == {"7.49E+18"}
    assert [bool(row["webVideoUrl"]) for row in rows] == [True, False]
    assert rows[0]["commentCount"] == "4 тыс."
    assert re.fullmatch("[0-9],[0-9]K", rows[0]["diggCount"])
    assert files(full)[named(full(), "through-excel").path].refused == {"digits-lost": 1}


def test_the_workbook_kept_by_hand_has_kazakh_headers_and_short_counts() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(named(full(), "by-hand").data))
    cells = [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]
    assert "Лайк саны" in cells[1]
    likes = [row[cells[1].index("Лайк саны")] for row in cells[2:]]
    assert any(re.fullmatch("[0-9],[0-9]K", count) for count in likes)


def test_the_clock_of_the_last_day() -> None:
    works = tables(full, INNOVATOR)["works"]
    posted = {name: instants(works, full().planted.case(name).ids) for name in ("hour-late", "last-second")}
    assert posted == {
        "hour-late": {datetime(2025, 5, 8, 20, 0, tzinfo=UTC)},
        "last-second": {datetime(2025, 5, 8, 18, 59, 59, tzinfo=UTC)},
    }


def instants(works: pl.DataFrame, ids: tuple[str, ...]) -> set[datetime]:
    return set(works.filter(pl.col("work_id").is_in(ids))["posted_at"].to_list())


def test_counts_grow_from_the_first_snapshot_to_the_last() -> None:
    works = tables(full, INNOVATOR)["works"].filter(pl.col("likes").is_not_null()).sort("scraped_at")
    until = works.filter(pl.col("scraped_at") <= rulebook(INNOVATOR).moments["count"])
    seen = until.group_by("work_id").agg(
        first=pl.col("likes").first(), last=pl.col("likes").last(), times=pl.len()
    )
    twice = seen.filter(pl.col("times") > 1)
    assert twice.height > 500
    assert (twice["first"] <= twice["last"]).all()


def test_the_boosted_counts_come_after_the_cut_off() -> None:
    (work,) = full().planted.case("boosted-late").ids
    works = tables(full, INNOVATOR)["works"].filter(work_id=work).sort("scraped_at")
    assert works["likes"].to_list()[-1] == 50_000
    assert works["scraped_at"].to_list()[-1] > rulebook(INNOVATOR).moments["count"]
    assert works["likes"].to_list()[-2] < 100


# --- what comes of it ---


@pytest.mark.parametrize(("make", "contest"), SEASONS)
def test_every_planted_trouble_meets_the_verdict_it_was_planted_for(make: Make, contest: str) -> None:
    season: VoteSeason = make()
    cases = [case for case in season.planted.cases if case.contest == contest]
    told = decided(make, contest)
    assert len(cases) > 10
    assert all(case.ids for case in cases)
    found = {
        (case.name, entry): verdicts(told, case.stage, entry) & {(case.verdict, case.code)}
        for case in cases
        for entry in case.ids
    }
    expected = {(case.name, entry): {(case.verdict, case.code)} for case in cases for entry in case.ids}
    assert found == expected


def test_the_counts_that_hold_are_the_planted_ones() -> None:
    merged = pl.concat(
        [decided(full, INNOVATOR).results["admitted"].standing.select("entry", "likes", "comments", "shares")]
    )
    planted = full().planted.counts
    assert {row[0]: row[1:] for row in merged.iter_rows()} == {
        entry: planted[entry] for entry in merged["entry"]
    }


@pytest.mark.parametrize(("make", "contest"), SEASONS[:4])
def test_as_many_enter_each_draw_as_planted(make: Make, contest: str) -> None:
    season: VoteSeason = make()
    last = decided(make, contest).results["draw"]
    entrants = last.standing.group_by("region").agg(pl.col("entry").n_unique())
    assert dict(entrants.iter_rows()) == season.planted.entrants[contest]


def test_a_full_season_has_eleven_regions_one_short_and_one_tied() -> None:
    planted = full().planted
    entrants = planted.entrants[INNOVATOR]
    assert len(entrants) == len(planted.entrants[CURATOR]) == 11
    assert (entrants[planted.short or ""], entrants[planted.tied or ""]) == (99, 102)
    assert min(planted.entrants[CURATOR].values()) >= 20
    assert max(planted.entrants[CURATOR].values()) <= 40
    assert sum(min(5, count) for drawn in planted.entrants.values() for count in drawn.values()) == 110


def test_only_the_short_region_is_asked_about_and_only_some_pools_hang_on_the_shares() -> None:
    planted, told = full().planted, decided(full, INNOVATOR)
    assert {subject for ask, subject, _ in told.asked if ask == "holding"} == {planted.short}
    pool = pl.concat(told.log).filter(pl.col("code") == "reading-differs")
    assert set(pool["group"].unique()) == set(planted.differing)
    assert 0 < len(planted.differing) < 11


def test_teachers_of_each_region_are_some_more_than_its_places() -> None:
    planted, told = full().planted, decided(full, INNOVATOR)
    teachers = (
        told.results["admitted"]
        .standing.group_by("region")
        .agg(pl.col("participant").drop_nulls().n_unique())
    )
    others = {region: count for region, count in teachers.iter_rows() if region != planted.short}
    assert dict(teachers.iter_rows())[planted.short] == 99
    assert all(104 <= count <= 115 for count in others.values())


def test_people_are_asked_about_leaders_and_not_about_class_teachers() -> None:
    people = tables(full, CURATOR)["participants"]
    titles = people.filter(pl.col("position").str.contains("сынып жетекшісі|классный руководитель"))
    asked = {subject for _, subject, code in decided(full, CURATOR).asked if code == "position-to-judge"}
    assert titles.height > 100
    assert asked.isdisjoint(titles["participant"])
    assert len(asked) == 1


def test_the_winners_of_best_sor_are_the_planted_ones() -> None:
    winners = decided(best_sor, BEST_SOR).results["winners"].standing
    found = dict(winners.group_by("region").agg(pl.col("entry").sort()).iter_rows())
    planted = best_sor().planted.winners
    assert {region: tuple(ids) for region, ids in found.items()} == {
        r: ids for r, ids in planted.items() if ids
    }
    assert len(planted) == 17
    assert [region for region, ids in planted.items() if not ids] == ["KZ-79"]
    assert sorted(map(len, planted.values()))[-2:] == [1, 2]


def test_in_one_region_each_reading_of_the_rule_has_another_winner() -> None:
    readings = decided(best_sor, BEST_SOR).results["winners"].evidence["readings"]
    (best,) = best_sor().planted.case("best-by-sum").ids
    group = readings.filter(pl.col("entry") == best)["group"].unique().item()
    assert readings.filter(pl.col("group") == group)["entry"].n_unique() == 3


def test_one_instant_is_in_time_in_the_west_and_late_in_almaty() -> None:
    works, planted = tables(best_sor, BEST_SOR)["works"], best_sor().planted
    west = instants(works, planted.case("last-evening-in-the-west").ids)
    assert west == instants(works, planted.case("same-instant-in-almaty").ids)
    (at,) = west
    assert at.astimezone(ZoneInfo("Asia/Aqtobe")).strftime("%d %H:%M") == "23 23:30"
    assert at.astimezone(ALMATY).strftime("%d %H:%M") == "24 00:30"


@given(seed=st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_any_seed_gives_a_season_with_all_its_trouble(seed: int) -> None:
    season = make_bilimclass(rulebook(INNOVATOR, PLACES), rulebook(CURATOR), seed=seed, size=SMALL)
    assert [case.name for case in season.planted.cases] == [case.name for case in small().planted.cases]
    assert season.planted.entrants[INNOVATOR] == small().planted.entrants[INNOVATOR]
    assert min(season.planted.entrants[CURATOR].values()) >= 5
    assert len(set(season.planted.counts)) == len(season.planted.counts)


def test_a_rulebook_of_too_few_places_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="needs 12 places, not 11"):
        make_bilimclass(rulebook(INNOVATOR, 11), rulebook(CURATOR), seed=1, size=SMALL)


# --- the beacon of a rehearsal ---

MOMENTS = draw_moments([rulebook(INNOVATOR), rulebook(CURATOR), rulebook(BEST_SOR)])


def test_both_nominations_wait_for_the_same_round_and_best_sor_for_none() -> None:
    secret, chain = CHAIN
    drops = pulse_drops(secret, chain, MOMENTS)
    round_ = round_at(chain, rulebook(INNOVATOR).moments["draw"])
    assert [drop.path for drop in drops] == [
        f"organiser/{contest}/pulse-{round_}.json" for contest in (INNOVATOR, CURATOR)
    ]
    assert {drop.at - round_time(chain, round_) for drop in drops} == {timedelta(seconds=5)}


def test_a_pulse_of_the_rehearsal_is_valid_and_comes_as_a_file_of_pulses() -> None:
    secret, chain = CHAIN
    drop = pulse_drops(secret, chain, MOMENTS)[0]
    pulse = Pulse.from_mapping(json.loads(drop.data))
    verify_pulse(chain, pulse)
    assert pulse_faults(chain, pulse.round, pulse) == []
    came = read(drop, vocabulary())
    assert (came.feed, came.outcome, came.rows.height) == ("pulses", "accepted", 1)
    assert rehearsal_chain(rulebook(INNOVATOR).windows["publication"].opens_at) == CHAIN
    assert chain.test


def test_with_dice_and_pulse_there_are_110_prizes() -> None:
    secret, chain = CHAIN
    held = 0
    for contest, drop in zip((INNOVATOR, CURATOR), pulse_drops(secret, chain, MOMENTS), strict=True):
        pulse = Pulse.from_mapping(json.loads(drop.data))
        before = {name: result.standing for name, result in decided(full, contest).results.items()}
        beacon = Beacon(chain, {pulse.round: pulse})
        rulings = Rulings(dice={"broadcast": "63454660390103169462"})
        book = rulebook(contest)
        drawn = pipeline.run_stage(book, book.stage("draw"), tables(full, contest), before, rulings, beacon)
        won = drawn.standing.group_by("region").agg(pl.col("prize").sort())
        assert drawn.settled
        assert [prizes.to_list() for prizes in won["prize"]] == [[1, 2, 3, 4, 5]] * 11
        held += drawn.standing.height
    assert held == 110


# --- those who decide ---

NOW = datetime(2025, 5, 14, 6, 0, tzinfo=UTC)
HEAD = ("request_id", "subject", "decision", "ground", "decided_by", "decided_at", "observed")


def put_request(outbox: Path, request_id: str, choices: list[str], observed: Mapping[str, str]) -> None:
    folder = outbox / "requests" / request_id.split(".", maxsplit=1)[0] / request_id
    folder.mkdir(parents=True)
    with xlsxwriter.Workbook(str(folder / "request.xlsx")) as book:
        sheet = book.add_worksheet("decisions")
        sheet.write_row(0, 0, HEAD)
        for line, (subject, seen) in enumerate(observed.items(), start=1):
            sheet.write_row(line, 0, (request_id, subject, "", "", "", "", seen))
        book.add_worksheet("choices").write_column(0, 0, choices)


def given_by(drop: Drop) -> Iterator[dict[str, str]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(drop.data))
    head, *rows = book.get_sheet_by_index(0).to_python()
    for row in rows:
        yield dict(zip(map(str, head), map(str, row), strict=True))


def decisions(drop: Drop) -> dict[str, str]:
    return {row["subject"]: row["decision"] for row in given_by(drop)}


def answered(outbox: Path) -> list[Drop]:
    return answer_requests(outbox, set(), NOW, draws=MOMENTS)


def test_the_organiser_refuses_directors_and_their_deputies_and_accepts_others(tmp_path: Path) -> None:
    observed = {
        "A": "cl. 4.2.2: the job title says директордың: is it one the clause shuts out?",
        "B": "cl. 4.2.2: the job title says Заместитель: is it one the clause shuts out?",
        "C": "cl. 4.2.2: the job title says жетекшісі: is it one the clause shuts out?",
        "D": "cl. 5.3: duration: not told",
    }
    put_request(tmp_path, f"{INNOVATOR}.teachers.organiser.1", ["accept", "refuse"], observed)
    (drop,) = answered(tmp_path)
    assert decisions(drop) == {"A": "refuse", "B": "refuse", "C": "accept", "D": "accept"}
    assert drop.path == f"organiser/{INNOVATOR}/decisions-{INNOVATOR}.teachers.organiser.1.xlsx"
    assert drop.at == NOW


@pytest.mark.parametrize(
    ("ask", "choices", "subject", "decision"),
    [
        ("holding", ["hold", "do-not-hold"], "KZ-11", "hold"),
        ("shares", ["zero", "left-out"], "reading", "zero"),
    ],
)
def test_the_draw_is_held_and_unknown_shares_are_none(
    tmp_path: Path, ask: str, choices: list[str], subject: str, decision: str
) -> None:
    put_request(tmp_path, f"{INNOVATOR}.pool.{ask}.1", choices, {subject: "what the pool shows"})
    (drop,) = answered(tmp_path)
    assert decisions(drop) == {subject: decision}
    (row,) = given_by(drop)
    assert row["decided_by"]
    assert row["ground"]


def test_the_dice_of_a_draw_have_ten_sides_and_are_dropped_during_the_broadcast(tmp_path: Path) -> None:
    for contest in (INNOVATOR, CURATOR):
        put_request(tmp_path, f"{contest}.draw.broadcast.1", ["dice"], {"draw": "committed"})
    one, other = answered(tmp_path)
    dice = [decisions(drop)["draw"] for drop in (one, other)]
    assert all(re.fullmatch("[0-9]{20}", digits) for digits in dice)
    assert dice[0] != dice[1]
    assert set("0789") & set("".join(dice))
    assert (one, other) == tuple(answered(tmp_path))
    moment = rulebook(INNOVATOR).moments["draw"]
    began = moment.astimezone(ALMATY).replace(hour=16, minute=0)
    for row in (*given_by(one), *given_by(other)):
        assert began < datetime.fromisoformat(row["decided_at"]) < one.at == other.at < moment


def test_a_lot_without_a_broadcast_is_still_thrown_with_six_sides(tmp_path: Path) -> None:
    put_request(tmp_path, "myn-bala.admission.lot.1", ["dice"], {"lot": "list commitment"})
    (drop,) = answered(tmp_path)
    assert set(decisions(drop)["lot"]) <= set("123456")
    assert drop.path.startswith("commission/")


HOLDERS = {
    "K7Q2-9XMB-4TPL": f"{INNOVATOR}-2025-KZ-11: 1. iPhone 15",
    "AAAA-9XMB-4TPL": f"{INNOVATOR}-2025-KZ-10: 2. iPad 10 (2022) Wi-Fi 64 GB silver",
    "M3F8-22QD-WX9A": f"{INNOVATOR}-2025-KZ-10: 1. iPhone 15",
}
GROUNDS = ["untrue-information", "not-eligible"]


def test_one_prize_of_the_innovators_is_annulled_two_days_after_the_draw(tmp_path: Path) -> None:
    put_request(tmp_path, f"{INNOVATOR}.draw.annulment.1", GROUNDS, HOLDERS)
    (drop,) = answered(tmp_path)
    (row,) = given_by(drop)
    assert (row["subject"], row["decision"], row["ground"]) == ("M3F8-22QD-WX9A", *["untrue-information"] * 2)
    assert drop.at == rulebook(INNOVATOR).moments["draw"] + timedelta(days=2)


@pytest.mark.parametrize("request_id", [f"{INNOVATOR}.draw.annulment.2", f"{CURATOR}.draw.annulment.1"])
def test_no_other_prize_is_annulled(tmp_path: Path, request_id: str) -> None:
    put_request(tmp_path, request_id, GROUNDS, HOLDERS)
    done: set[str] = set()
    assert answer_requests(tmp_path, done, NOW, draws=MOMENTS) == []
    assert done == {request_id}
