"""A SIGKILL at any step of the road loses nothing and doubles nothing."""

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

CHUNKS = 24
SPREAD = 12


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


def faults_of(server: ForkServer, run: Run, crossings: Sequence[Crossing], room: Path) -> list[str]:
    return [fault for each in crossings for fault in kill_and_restart(server, run, each, room)]


def first_of_each_name(run: Run, known: set[str]) -> list[Crossing]:
    """The first crossing of every failpoint that is not in `known`."""
    first = {each.name: each for each in reversed(run.crossings) if each.name not in known}
    return sorted(first.values(), key=lambda each: each.k)


def test_a_kill_in_a_turn_over_every_kind_of_file_loses_and_doubles_nothing(
    server: ForkServer, turn: Run, room: Path
) -> None:
    assert faults_of(server, turn, first_of_each_name(turn, set()), room) == []
