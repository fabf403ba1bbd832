"""The page for citizens: its script and its commands, taken from the page and run on real protocols."""

import hashlib
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from protocols import DEFAULT_ROUND_1, ROUND_1000
from unit.tables import ROOT

from jobs.beacon import PINNED, Chain, Pulse
from jobs.draw1 import (
    Annulment,
    Document,
    annul,
    entrant_file,
    hold,
    manifest_of,
    protocol_bytes,
    read_draw,
)
from worker.beacon import new_test_chain, sign_round

PAGE = (ROOT / "docs" / "how-to" / "check-a-draw.md").read_text(encoding="utf-8")
EIGHT = [f"KZ-ALA-{number:04d}" for number in range(1, 9)]
DICE = "63454660390103169462"
RULES = "4b3235c9d2555c5d5363fb13ad718399606407091769ffad0514b8352394f6d6"
AT = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
AGREES = "Everything agrees. Is the commitment the one you kept?"


def block(language: str) -> str:
    """The only block of that language in the page."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    return str(found)


@dataclass
class Citizen:
    """A folder with check.py as saved from the page and whatever was published."""

    folder: Path
    bare: bool = False
    """Whether Python has no packages at all, so that no BLS check is possible."""

    def __post_init__(self) -> None:
        (self.folder / "check.py").write_text(block("python"), encoding="utf-8")

    def check(self, protocol: Document | bytes, entrants: bytes | None = None) -> tuple[int, str]:
        """Exit status and what the script said."""
        data = protocol if isinstance(protocol, bytes) else protocol_bytes(protocol)
        (self.folder / "protocol.json").write_bytes(data)
        words = ["check.py", "protocol.json"]
        if entrants is not None:
            (self.folder / "entrants.txt").write_bytes(entrants)
            words.append("entrants.txt")
        flags = ["-I", "-S"] if self.bare else ["-I"]
        done = subprocess.run(
            [sys.executable, *flags, *words],
            cwd=self.folder,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def refuses(self, protocol: Document | bytes, why: str, entrants: bytes | None = None) -> None:
        """The script must end with a failure and name `why` on a line that begins with BAD."""
        code, said = self.check(protocol, entrants)
        assert code == 1, said
        assert any(line.startswith("BAD") and why in line for line in said.splitlines()), said
        assert AGREES not in said


@pytest.fixture(params=[False, True], ids=["with drand-verify", "standard library alone"])
def citizen(request: pytest.FixtureRequest, tmp_path: Path) -> Citizen:
    return Citizen(tmp_path, bare=request.param)


def held(
    chain: Chain = PINNED["quicknet"], pulse: dict[str, Any] = ROUND_1000, dice: str = DICE, **more: Any
) -> Document:
    prizes = ["laptop", "tablet", "camera"]
    came = Pulse.from_mapping(pulse)
    manifest = manifest_of(
        "2026-ALA", entrant_file(EIGHT), prizes, chain, came.round, rules_sha256=RULES, dice=bool(dice)
    )
    return hold(manifest, EIGHT, chain, came, dice, **more)


def twice_annulled() -> Document:
    two = annul(held(), [Annulment("KZ-ALA-0006", "untrue data", AT)])
    return annul(two, [Annulment("KZ-ALA-0003", "no master class", AT)])


def test_the_script_is_short_and_of_the_standard_library() -> None:
    code = block("python")
    assert len(code.splitlines()) <= 45
    assert max(map(len, code.splitlines())) <= 130
    assert set(re.findall(r"^\s*import (.+)$", code, flags=re.MULTILINE)) == {
        "hashlib, hmac, json, sys",
        "drand_verify as drand",
    }


def test_a_true_protocol_passes_with_every_line_ok(citizen: Citizen) -> None:
    code, said = citizen.check(held(), entrant_file(EIGHT))
    assert code == 0, said
    lines = said.splitlines()
    assert lines[-1] == AGREES
    assert "ok  commitment 6837b94ea5e9604c1393fdef6ba21c0833f9a250462704771a4af9d947b726e2" in lines
    assert "ok  beacon: drand quicknet" in lines
    signature = [line for line in lines if "signature" in line and "SHA-256" not in line]
    unchecked = "--  the beacon's signature was not checked: pip install drand-verify"
    assert signature == [unchecked if citizen.bare else "ok  the beacon's signature"]


@pytest.mark.parametrize(
    "protocol",
    [
        held(dice=""),
        held(PINNED["default"], DEFAULT_ROUND_1),
        held(skipped={"KZ-ALA-0004": "2026-AST"}),
        annul(held(), [Annulment("KZ-ALA-0006", "untrue data", AT)]),
        twice_annulled(),
    ],
    ids=["no dice", "chained beacon", "skipped", "annulled", "annulled twice"],
)
def test_every_kind_of_true_protocol_passes(citizen: Citizen, protocol: Document) -> None:
    code, said = citizen.check(protocol, entrant_file(EIGHT))
    assert (code, said.splitlines()[-1]) == (0, AGREES), said
    assert "BAD" not in said


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        ("dice", "7" + DICE[1:], "seed"),
        ("dice", DICE[:-1], "dice"),
        ("seed", "0" * 64, "seed"),
        ("commit", "0" * 64, "commitment"),
        ("entrants.7", "KZ-ALA-0009", "the list"),
        ("manifest.prizes", "1:car|2:tablet|3:camera", "commitment"),
        ("manifest.round", 999, "round 999"),
        ("manifest.local_entropy", "none", "dice"),
        ("prizes.0", "car", "prizes"),
        ("draw_id", "2026-AST", "prizes"),
        ("pulse.round", 999, "round 1000"),
        ("pulse.randomness", "0" * 64, "randomness"),
        ("chain.public_key", "a" * 192, "beacon"),
        ("ranking.0.1", "0" * 64, "ranking"),
        ("awards", ["KZ-ALA-0004", "KZ-ALA-0006", "KZ-ALA-0003"], "prizes to"),
        ("awards.2", "KZ-ALA-0001", "prizes to"),
        ("skipped", {"KZ-ALA-0006": "2026-AST"}, "prizes to"),
    ],
)
def test_whatever_is_changed_fails_and_is_named(citizen: Citizen, path: str, value: object, why: str) -> None:
    protocol: Any = json.loads(protocol_bytes(held()))
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place = protocol
    for part in parents:
        place = place[part]
    assert place[last] != value
    place[last] = value
    citizen.refuses(protocol, why)


def test_an_edited_list_fails_beside_a_true_protocol(citizen: Citizen) -> None:
    for listed in (
        entrant_file([*EIGHT[:-1], "KZ-ALA-0009"]),
        entrant_file(EIGHT[:-1]),
        entrant_file(EIGHT)[:-1],
    ):
        citizen.refuses(held(), "the list committed to", listed)


def test_somebody_listed_twice_fails_though_the_commitment_fits(citizen: Citizen) -> None:
    protocol = held()
    twice = sorted([*EIGHT, EIGHT[0]])
    listed = "".join(f"{one}\n" for one in twice).encode()
    manifest = {
        **protocol["manifest"], "entrants_sha256": hashlib.sha256(listed).hexdigest(), "entrants_count": 9,
    }  # fmt: skip
    citizen.refuses({**protocol, "manifest": manifest, "entrants": twice}, "everybody once", listed)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"annulments": []}, "prizes to"),
        ({"annulments": twice_annulled()["annulments"][::-1]}, "prizes to"),
        (
            {"annulments": [{**twice_annulled()["annulments"][0], "entrant": "KZ-ALA-0001"}]},
            "annulled: KZ-ALA-0001",
        ),
        ({"awards": held()["awards"]}, "prizes to"),
    ],
)
def test_annulments_that_do_not_give_the_awards_fail(
    citizen: Citizen, change: dict[str, Any], why: str
) -> None:
    citizen.refuses({**twice_annulled(), **change}, why)


def test_a_chain_of_somebodys_own_is_no_public_beacon(citizen: Citizen) -> None:
    chain = new_test_chain(b"secret", 1_747_000_000)
    code, said = citizen.check(held(chain, sign_round(b"secret", chain, 7).as_dict()))
    assert code == 0
    assert "beacon: NOT A PUBLIC ONE" in said


def test_a_signature_drand_never_made_fails_where_it_can_be_checked(tmp_path: Path) -> None:
    signature = ROUND_1000["signature"][:-1] + "8"
    randomness = hashlib.sha256(bytes.fromhex(signature)).hexdigest()
    forged = held(pulse={"round": 1000, "signature": signature, "randomness": randomness})
    Citizen(tmp_path).refuses(forged, "the beacon's signature")


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", protocol_bytes({**held(), "pulse": None})])
def test_what_is_no_held_draw_fails_without_the_last_line(citizen: Citizen, data: bytes) -> None:
    code, said = citizen.check(data)
    assert code == 1
    assert AGREES not in said


def test_the_commands_for_one_ticket_print_the_vectors_seed_and_ticket(tmp_path: Path) -> None:
    protocol = held()
    (tmp_path / "manifest.json").write_bytes(read_draw(protocol).manifest.as_bytes())
    (tmp_path / "entrants.txt").write_bytes(entrant_file(EIGHT))
    done = subprocess.run(
        ["sh", "-eu", "-c", block("sh")], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    manifest, entrants, seed, ticket = done.stdout.splitlines()
    assert manifest.split() == [protocol["commit"], "manifest.json"]
    assert entrants.split() == [protocol["manifest"]["entrants_sha256"], "entrants.txt"]
    assert seed.split() == ["seed", protocol["seed"]]
    assert ticket.split()[-1] == dict(protocol["ranking"])["KZ-ALA-0006"]
