"""A SIGKILL at any step of the road loses nothing and doubles nothing."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fork_server import ForkServer
from small_season import (
    Crossing,
    Run,
    clean_requeue,
    clean_season,
    clean_turn,
    kill_and_restart,
    scratch,
)

WORKER = Path(__file__).resolve().parents[2] / "worker"
CHUNKS = 24  # what one process of pytest-xdist takes at a time
TURN_CHUNKS = 8
SPREAD = 5
STORM = (1, 2, 3, 5, 8, 13)
"""At which of its own crossings each restart in a row is killed."""


@pytest.fixture(scope="session")
def server() -> Iterator[ForkServer]:
    made = ForkServer()
    yield made
    made.close()


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with scratch(tmp_path_factory.mktemp("kills")) as folder:
        yield folder


@pytest.fixture(scope="session")
def season(server: ForkServer, room: Path) -> Run:
    return clean_season(server, room / "season")


@pytest.fixture(scope="session")
def turn(server: ForkServer, room: Path) -> Run:
    return clean_turn(server, room / "turn")


@pytest.fixture(scope="session")
def requeue(server: ForkServer, room: Path) -> Run:
    return clean_requeue(server, room / "requeue")


def faults_of(
    server: ForkServer, run: Run, crossings: Sequence[Crossing], room: Path, again: Sequence[int] = ()
) -> list[str]:
    return [fault for each in crossings for fault in kill_and_restart(server, run, each, room, again=again)]


def firsts(run: Run, *, but: Sequence[Run] = ()) -> list[Crossing]:
    """The first crossing of every failpoint that the runs `but` do not cross."""
    known = {each.name for other in but for each in other.crossings}
    first = {each.name: each for each in reversed(run.crossings) if each.name not in known}
    return sorted(first.values(), key=lambda each: each.k)


def spread(run: Run, count: int) -> Sequence[Crossing]:
    """So many crossings at equal distances."""
    return run.crossings[:: -(-len(run.crossings) // count)]


def test_every_failpoint_of_the_worker_is_crossed_by_some_run(season: Run, turn: Run, requeue: Run) -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in WORKER.rglob("*.py"))
    written = set(re.findall(r'failpoint\("([^"]+)"\)', source))

    assert written == {each.name for run in (season, turn, requeue) for each in run.crossings}


@pytest.mark.long
def test_a_kill_at_any_step_of_a_turn_loses_and_doubles_nothing(
    server: ForkServer, turn: Run, room: Path
) -> None:
    assert faults_of(server, turn, firsts(turn), room) == []


def test_a_kill_while_the_last_file_of_a_turn_is_put_away_leaves_nothing_behind(
    server: ForkServer, turn: Run, room: Path
) -> None:
    last = {each.name: each for each in turn.crossings if each.name.startswith("place.")}

    assert faults_of(server, turn, list(last.values()), room) == []


@pytest.mark.long
def test_a_kill_at_any_step_of_a_season_loses_and_doubles_nothing(
    server: ForkServer, season: Run, turn: Run, room: Path
) -> None:
    assert faults_of(server, season, firsts(season, but=[turn]), room) == []


def test_a_kill_here_and_there_in_a_season_loses_and_doubles_nothing(
    server: ForkServer, season: Run, room: Path
) -> None:
    assert faults_of(server, season, spread(season, SPREAD), room) == []


def test_a_kill_at_any_step_of_a_requeue_loses_and_doubles_nothing(
    server: ForkServer, requeue: Run, turn: Run, room: Path
) -> None:
    assert faults_of(server, requeue, firsts(requeue, but=[turn]), room) == []


def test_kills_of_one_restart_after_another_lose_and_double_nothing(
    server: ForkServer, turn: Run, room: Path
) -> None:
    assert faults_of(server, turn, spread(turn, 4), room, again=STORM) == []


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_kill_at_every_crossing_of_a_season_loses_and_doubles_nothing(
    server: ForkServer, season: Run, room: Path, chunk: int
) -> None:
    assert faults_of(server, season, season.crossings[chunk::CHUNKS], room) == []


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(TURN_CHUNKS))
def test_a_kill_at_every_crossing_of_a_turn_loses_and_doubles_nothing(
    server: ForkServer, turn: Run, room: Path, chunk: int
) -> None:
    assert faults_of(server, turn, turn.crossings[chunk::TURN_CHUNKS], room) == []


@pytest.mark.long
def test_a_kill_at_every_crossing_of_a_requeue_loses_and_doubles_nothing(
    server: ForkServer, requeue: Run, room: Path
) -> None:
    assert faults_of(server, requeue, requeue.crossings, room) == []
