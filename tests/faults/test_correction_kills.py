"""A SIGKILL at any step of a correction: one stands, and everybody concerned has one letter of it."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fork_server import ForkServer
from small_season import Crossing, Run, clean_correction, kill_and_restart, scratch

CHUNKS = 8  # what one process of pytest-xdist takes at a time
STORM = (1, 2, 3, 5, 8, 13)
"""At which of its own crossings each restart in a row is killed."""

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    made = ForkServer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with scratch(tmp_path_factory.mktemp("correction-kills")) as folder:
        yield folder


@pytest.fixture(scope="module")
def correction(server: ForkServer, room: Path) -> Run:
    return clean_correction(server, room / "correction")


def faults_of(
    server: ForkServer, run: Run, crossings: Sequence[Crossing], room: Path, again: Sequence[int] = ()
) -> list[str]:
    return [fault for each in crossings for fault in kill_and_restart(server, run, each, room, again=again)]


def rows(run: Run, table: str) -> list[dict[str, str]]:
    found = run.clean[table]
    assert isinstance(found, list)
    return [json.loads(row) for row in found]


def test_without_any_interruption_each_list_is_corrected_twice_and_who_is_concerned_has_one_letter_of_each(
    correction: Run,
) -> None:
    made = [
        row["id"].split("/", 3)[3] for row in rows(correction, "publications") if row["kind"] == "correction"
    ]
    stages = ("invited", "winners")
    assert sorted(made) == [
        f"{stage}/v{version}/{recipient}"
        for stage in stages
        for version in (2, 3)
        for recipient in ("operator", "public")
    ]
    letters = Counter((row["person"], row["kind"]) for row in rows(correction, "messages"))
    assert set(letters.values()) == {1}
    second = {person: kind for person, kind in letters if kind.endswith("/v2")}
    assert second == {
        "P-02": "diploma/winners/v2",
        "P-03": "refusal/winners/v2",
        "P-07": "diploma/winners/v2",
    }


def test_a_kill_at_any_step_beside_the_commit_of_a_correction_leaves_one(
    server: ForkServer, correction: Run, room: Path
) -> None:
    beside = [each for each in correction.crossings if each.name.startswith("run.")]

    assert faults_of(server, correction, beside, room) == []


def test_kills_of_one_restart_after_another_leave_one_correction(
    server: ForkServer, correction: Run, room: Path
) -> None:
    published = [each for each in correction.crossings if each.name == "publish.data"]

    assert faults_of(server, correction, [published[len(published) // 2]], room, again=STORM) == []


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_kill_at_every_crossing_of_a_correction_leaves_one(
    server: ForkServer, correction: Run, room: Path, chunk: int
) -> None:
    assert faults_of(server, correction, correction.crossings[chunk::CHUNKS], room) == []
