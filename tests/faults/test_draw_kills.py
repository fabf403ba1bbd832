"""A SIGKILL at any step of a draw: one commitment has one result, and nobody hears of it twice."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fork_server import ForkServer
from small_season import Crossing, Run, clean_draw, kill_and_restart, scratch

CHUNKS = 12  # what one process of pytest-xdist takes at a time
SPREAD = 6
STORM = (1, 2, 3, 5, 8, 13)
"""At which of its own crossings each restart in a row is killed."""


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    made = ForkServer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with scratch(tmp_path_factory.mktemp("draw-kills")) as folder:
        yield folder


@pytest.fixture(scope="module")
def draw(server: ForkServer, room: Path) -> Run:
    return clean_draw(server, room / "draw")


def faults_of(
    server: ForkServer, run: Run, crossings: Sequence[Crossing], room: Path, again: Sequence[int] = ()
) -> list[str]:
    return [fault for each in crossings for fault in kill_and_restart(server, run, each, room, again=again)]


def spread(run: Run, count: int) -> Sequence[Crossing]:
    """So many crossings at equal distances."""
    return run.crossings[:: -(-len(run.crossings) // count)]


def of(run: Run, name: str) -> list[Crossing]:
    """Every crossing of a failpoint."""
    return [each for each in run.crossings if each.name == name]


def test_a_draw_without_any_interruption_has_two_protocols_of_which_one_was_annulled_twice(draw: Run) -> None:
    published = draw.clean["draws"]
    assert isinstance(published, dict)
    versions = [path.split("/")[-2:] for path in published if "protocol" in path]

    assert versions == [
        *(["bilimclass-innovator-2025-KZ-10", f"protocol.v{version}.json"] for version in (1, 2, 3)),
        *(["bilimclass-innovator-2025-KZ-62", f"protocol.v{version}.json"] for version in (1, 2)),
    ]


@pytest.mark.parametrize("name", ["run.before-commit", "run.committed"])
def test_a_kill_beside_the_commit_of_a_run_gives_no_second_result(
    server: ForkServer, draw: Run, room: Path, name: str
) -> None:
    """Of the commitment, of the draw itself, and of an annulment."""
    committed, _dice, drawn, _annulled, again = of(draw, name)

    assert faults_of(server, draw, [committed, drawn, again][name == "run.committed" :], room) == []


def test_a_kill_here_and_there_in_a_draw_gives_no_second_result(
    server: ForkServer, draw: Run, room: Path
) -> None:
    assert faults_of(server, draw, spread(draw, SPREAD), room) == []


def test_kills_of_one_restart_after_another_give_no_second_result(
    server: ForkServer, draw: Run, room: Path
) -> None:
    published = of(draw, "publish.data")

    assert faults_of(server, draw, [published[len(published) // 2]], room, again=STORM) == []


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_kill_at_every_crossing_of_a_draw_gives_no_second_result(
    server: ForkServer, draw: Run, room: Path, chunk: int
) -> None:
    assert faults_of(server, draw, draw.crossings[chunk::CHUNKS], room) == []
