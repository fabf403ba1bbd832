"""`baiqau draw` as an organiser uses it: files in, files out; and `baiqau verify` on what it made."""

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from protocols import DEFAULT_ROUND_1, ROUND_1000
from sites import baiqau, make_site
from typer.testing import CliRunner

import jobs.draw1.drawing
from jobs.beacon import PINNED, PulseFault
from jobs.draw1 import DrawRefused, check_protocol, parse_protocol, protocol_bytes, read_draw
from jobs.errors import BaiqauError
from worker.beacon import new_test_chain, sign_round
from worker.cli import app
from worker.commands import draw as command
from worker.commands.draw import (
    DrawDisagrees,
    DrawFinished,
    DrawInputFault,
    annul_prize,
    commit_draw,
    open_desk,
    run_draw,
)
from worker.deliver.cms import key_id
from worker.deliver.draws.broadcast import broadcast_page
from worker.deliver.draws.folder import DrawFolderFault, draw_differences
from worker.deliver.sign import cms_sign

EIGHT = [f"KZ-ALA-{number:04d}" for number in range(1, 9)]
DICE = "63454660390103169462"
SECRET = b"of a rehearsal"
TEST_CHAIN = new_test_chain(SECRET, 1_747_000_000)
NOWHERE = Path("no-site-here")


def eights(numbers: str) -> list[str]:
    return [f"KZ-ALA-000{number}" for number in numbers]


class Table:
    """A folder with an organiser's files and a draw committed to in `draw`: the vector's, but for its rules."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.draw = folder, folder / "draw"
        self.entrants = self.put("list.txt", "\n".join(EIGHT[::-1]))
        self.prizes = self.put("prizes.txt", "1:laptop\n2:tablet\n3:camera\n")
        self.rules = self.put("rules.txt", "the regulation")
        self.pulse = self.put("pulse.json", json.dumps(ROUND_1000))

    def put(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_bytes(text.encode())
        return path

    def commit(self, **change: Any) -> None:
        options: dict[str, Any] = {
            "entrants": self.entrants, "draw_id": "2026-ALA", "prizes": self.prizes, "round_": 1000,
            "with_dice": True,
        }  # fmt: skip
        commit_draw(self.draw, **options | change)

    def run(self, pulse: Path | None = None, dice: str | None = DICE, site: Path = NOWHERE) -> None:
        run_draw(self.draw, pulse or self.pulse, dice, site=site)

    def annul(self, entrant: str, ground: str = "untrue data", evidence: Path | None = None) -> None:
        annul_prize(self.draw, entrant, ground, evidence, site=NOWHERE, now="2026-06-01 10:00")

    def protocol(self, name: str = "protocol.json") -> dict[str, Any]:
        return parse_protocol((self.draw / name).read_bytes())

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.draw.iterdir()}

    def differences(self) -> list[str]:
        return [f"{each.path.name}: {each.why}" for each in draw_differences(self.draw)]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    made = Table(tmp_path)
    made.commit()
    return made


# --- the four commands, in processes of their own ---


def test_a_draw_from_the_commitment_to_an_annulment_as_typed_in_a_shell(tmp_path: Path) -> None:
    Table(tmp_path)
    words = ["--entrants", "list.txt", "--draw-id", "2026-ALA", "--prizes", "prizes.txt", "--round", 1000]
    said = baiqau(
        "draw", "commit", *words, "--with-dice", "--rules", "rules.txt", "--out", "d", folder=tmp_path
    )
    assert (said.returncode, said.stderr) == (0, "")
    assert "publish d before 2023-08-22 15:59:24 UTC" in said.stdout
    said = baiqau("draw", "run", "d", "--pulse", "pulse.json", "--dice", DICE, folder=tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    said = baiqau("draw", "run", "d", "--pulse", "pulse.json", "--dice", DICE, folder=tmp_path)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == "baiqau: d: the draw was held, and a draw is not held twice; see protocol.json.\n"
    folder = tmp_path / "d"
    winner = json.loads((folder / "protocol.json").read_bytes())["awards"][0]
    assert typed("draw", "annul", folder, winner, "--ground", "x", "--site", NOWHERE)[0] == 0
    assert typed("draw", "verify", folder) == (0, f"{folder}: 2 versions recomputed, no difference\n")
    forged = (folder / "protocol.json").read_bytes().replace(b'"x"', b'"y"')
    (folder / "protocol.json").write_bytes(forged)
    code, said_json = typed("draw", "verify", folder, "--json")
    assert code == 1
    assert json.loads(said_json) == [
        {"path": str(folder / "protocol.json"), "why": "it is not protocol.v2.json, the newest version"}
    ]


def typed(*words: object) -> tuple[int, str]:
    """Exit status and output of the same command line, in this process."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout


# --- commit ---


def test_a_commitment_is_four_files_of_known_bytes(table: Table) -> None:
    files = table.files()
    assert sorted(files) == ["chain.json", "commit.txt", "entrants.txt", "manifest.json"]
    assert files["entrants.txt"] == "".join(f"{one}\n" for one in EIGHT).encode()
    manifest = json.loads(files["manifest.json"])
    assert manifest == {
        "protocol": "DRAW-1", "draw_id": "2026-ALA", "prizes": "1:laptop|2:tablet|3:camera", "prize_count": 3,
        "entrants_sha256": hashlib.sha256(files["entrants.txt"]).hexdigest(), "entrants_count": 8,
        "rules_sha256": hashlib.sha256(table.prizes.read_bytes()).hexdigest(), "beacon": "drand-quicknet",
        "chain_hash": PINNED["quicknet"].chain_hash, "round": 1000, "local_entropy": "dice-20d10",
    }  # fmt: skip
    assert files["manifest.json"] == json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
    assert files["commit.txt"] == hashlib.sha256(files["manifest.json"]).hexdigest().encode() + b"\n"
    assert json.loads(files["chain.json"]) == PINNED["quicknet"].as_dict()
    assert table.differences() == []


def test_a_shuffled_list_with_a_mark_and_crlf_commits_to_the_same(table: Table, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shuffled = "\ufeff" + "\r\n".join([*EIGHT[3:], *EIGHT[:3]]) + "\r\n"
    commit_draw(
        other,
        entrants=table.put("shuffled.txt", shuffled),
        draw_id="2026-ALA",
        prizes=table.put("prizes.txt", "1:laptop\n2:tablet\n3:camera\n"),
        round_=1000,
        with_dice=True,
    )
    assert {path.name: path.read_bytes() for path in other.iterdir()} == table.files()


def test_the_rules_are_committed_to_where_given(table: Table, tmp_path: Path) -> None:
    table.draw = tmp_path / "with-rules"
    table.commit(rules=table.rules, with_dice=False, chain="default", round_=1)
    manifest = json.loads(table.files()["manifest.json"])
    assert manifest["rules_sha256"] == hashlib.sha256(b"the regulation").hexdigest()
    assert (manifest["local_entropy"], manifest["beacon"]) == ("none", "drand-default")


def test_what_was_committed_to_is_not_replaced(table: Table) -> None:
    before = table.files()
    with pytest.raises(DrawFinished):
        table.commit()
    assert table.files() == before


@pytest.mark.parametrize(
    ("entrants", "why"),
    [
        ("", "names nobody"), ("A\nA\n", "entrant 2 of the list repeats"), ("A\nж\n", "entrant 2 of the list has"),
        ("A\n\nB\n", "entrant 2 of the list is empty"), ("A \n", "space at an edge"), ("a\n", "small letter"),
        ("A\n060509500156\n", "line 2 is an IIN"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_frozen_is_refused_and_nothing_is_written(
    tmp_path: Path, entrants: str, why: str
) -> None:
    from jobs.iin import control_digit

    table = Table(tmp_path)
    number = "06050950015"
    text = entrants.replace("060509500156", f"{number}{control_digit(number)}")
    with pytest.raises(DrawInputFault, match=why):
        table.commit(entrants=table.put("bad.txt", text))
    assert not table.draw.exists()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"round_": 0}, None), ({"round_": 2**53}, None), ({"draw_id": "Алматы"}, None), ({"draw_id": ""}, None),
        ({}, "2:tablet\n"), ({}, ""), ({}, "laptop\n\ncamera\n"), ({}, "ноутбук\n"), ({}, "a|b\n"),
    ],
)  # fmt: skip
def test_ids_rounds_and_prizes_that_no_manifest_can_hold_are_refused(
    tmp_path: Path, change: dict[str, Any], text: str | None
) -> None:
    table = Table(tmp_path)
    if text is not None:
        change = {"prizes": table.put("bad.txt", text)}
    with pytest.raises(BaiqauError):
        table.commit(**change)
    assert not table.draw.exists()


def test_prizes_are_numbered_by_their_lines_with_or_without_numbers(tmp_path: Path) -> None:
    table = Table(tmp_path)
    table.commit(prizes=table.put("p.txt", "iPhone 15\r\n2: iPad\r\n  Book \r\n"))
    assert json.loads(table.files()["manifest.json"])["prizes"] == "1:iPhone 15|2:iPad|3:Book"


# --- run ---


def test_a_draw_gives_the_protocol_and_the_page_of_it(table: Table) -> None:
    table.run()
    assert sorted(set(table.files()) - {"chain.json", "commit.txt", "entrants.txt", "manifest.json"}) == [
        "protocol.html", "protocol.json", "protocol.v1.json",
    ]  # fmt: skip
    protocol = table.protocol()
    assert check_protocol(protocol) == []
    assert table.files()["protocol.json"] == table.files()["protocol.v1.json"] == protocol_bytes(protocol)
    assert table.files()["protocol.html"] == broadcast_page(command.RESOURCES / "templates", [protocol])
    assert table.differences() == []


def test_the_chained_beacon_decides_too(table: Table, tmp_path: Path) -> None:
    table.draw = tmp_path / "chained"
    table.commit(chain="default", round_=1, with_dice=False)
    table.run(table.put("first.json", json.dumps(DEFAULT_ROUND_1)), dice=None)
    assert table.protocol()["pulse"] == DEFAULT_ROUND_1
    assert table.differences() == []


def test_dice_that_failed_are_said_to_have_failed_and_not_left_out(table: Table) -> None:
    with pytest.raises(DrawInputFault, match="dice were committed to"):
        table.run(dice=None)
    table.run(dice="")
    assert table.protocol()["dice"] == ""
    assert table.differences() == []


INFINITY = "c0" + "00" * 47


def signed(signature: str) -> dict[str, Any]:
    randomness = hashlib.sha256(bytes.fromhex(signature)).hexdigest()
    return {"round": 1000, "signature": signature, "randomness": randomness}


def another_rounds() -> dict[str, Any]:
    """A valid signature, of round 1001, given for round 1000."""
    return {**sign_round(SECRET, TEST_CHAIN, 1001).as_dict(), "round": 1000}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a wrong round": ({**ROUND_1000, "round": 1001}, "of round 1001, committed was round 1000"),
    "a flipped bit": (
        signed(ROUND_1000["signature"][:-1] + "8"),
        "signature is not that of the quicknet chain",
    ),
    "other randomness": ({**ROUND_1000, "randomness": "0" * 64}, "not the SHA-256 of its signature"),
    "infinity": (signed(INFINITY), "the point at infinity"),
    "another chain": (
        sign_round(SECRET, TEST_CHAIN, 1000).as_dict(),
        "signature is not that of the quicknet",
    ),
    "half a signature": (signed(ROUND_1000["signature"][:48]), "24 bytes, not the 48"),
    "no hex": ({**ROUND_1000, "signature": "zz" * 48}, "no lower-case hex"),
}


def forbid_winners(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_given: object) -> list[bytes]:
        raise AssertionError("a ticket was computed")

    monkeypatch.setattr(jobs.draw1.drawing, "tickets", forbidden)
    monkeypatch.setattr(jobs.draw1.drawing, "ticket", forbidden)


@pytest.mark.parametrize("name", REFUSED)
def test_a_false_pulse_is_refused_before_any_winner_is_computed(
    table: Table, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_winners(monkeypatch)
    pulse, why = REFUSED[name]
    before = table.files()
    with pytest.raises((DrawRefused, PulseFault), match=why):
        table.run(table.put("false.json", json.dumps(pulse)))
    assert table.files() == before


def test_another_rounds_valid_signature_is_refused_before_any_winner_is_computed(
    table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.draw = tmp_path / "test-chain"
    chain = table.put("chain.json", json.dumps(TEST_CHAIN.as_dict()))
    table.commit(chain=str(chain))
    forbid_winners(monkeypatch)
    before = table.files()
    with pytest.raises(PulseFault, match="not that of the test chain for round 1000"):
        table.run(table.put("false.json", json.dumps(another_rounds())))
    assert table.files() == before


@pytest.mark.parametrize(
    ("name", "edit", "why"),
    [
        ("entrants.txt", lambda data: data.replace(b"0008", b"0009"), "list of entrants is not the one"),
        ("entrants.txt", lambda data: data + b"KZ-ALA-0009\n", "list of entrants is not the one"),
        ("entrants.txt", lambda data: data[:-1], "does not end with a line feed"),
        (
            "entrants.txt",
            lambda data: b"".join(sorted(data.splitlines(True), reverse=True)),
            "not byte-sorted",
        ),
        ("manifest.json", lambda data: data.replace(b"laptop", b"lapdog"), "not the SHA-256 of the manifest"),
        ("manifest.json", lambda data: data + b"\n", "canonical"),
        ("commit.txt", lambda data: b"0" + data[1:], "not the SHA-256 of the manifest"),
        ("commit.txt", lambda data: data.rstrip(), "not the SHA-256 of the manifest"),
        ("chain.json", lambda data: data.replace(b'"period": 3', b'"period": 4'), "chain_hash"),
        ("chain.json", lambda data: json.dumps(TEST_CHAIN.as_dict()).encode(), "chain is not the one"),
    ],
)
def test_an_edited_commitment_is_refused_before_any_winner_is_computed(
    table: Table, name: str, edit: Callable[[bytes], bytes], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_winners(monkeypatch)
    path = table.draw / name
    path.write_bytes(edit(path.read_bytes()))
    before = table.files()
    with pytest.raises(DrawFolderFault, match=why):
        table.run()
    assert table.files() == before
    assert any(why in each for each in table.differences())


@pytest.mark.parametrize("dice", ["1", DICE + "0", DICE[:-1] + " ", "x" * 20])
def test_dice_that_are_not_twenty_digits_are_refused(table: Table, dice: str) -> None:
    before = table.files()
    with pytest.raises(DrawRefused, match="twenty digits"):
        table.run(dice=dice)
    assert table.files() == before


def test_dice_nobody_committed_to_are_refused(table: Table, tmp_path: Path) -> None:
    table.draw = tmp_path / "without"
    table.commit(with_dice=False)
    before = table.files()
    with pytest.raises(DrawRefused, match="no dice were committed to"):
        table.run()
    assert table.files() == before


def test_a_finished_draw_is_not_held_again_by_the_same_or_another_pulse_or_dice(table: Table) -> None:
    table.run()
    before = table.files()
    for dice in (DICE, "", DICE[::-1]):
        with pytest.raises(DrawFinished):
            table.run(dice=dice)
    (table.draw / "protocol.json").unlink()
    with pytest.raises(DrawFinished):
        table.run(dice=DICE[::-1])
    assert table.files() == before


@pytest.mark.parametrize("lost", [["protocol.json"], ["protocol.json", "protocol.html"]])
def test_a_killed_run_is_finished_with_the_outcome_it_had_and_no_other(table: Table, lost: list[str]) -> None:
    table.run()
    before = table.files()
    for name in lost:
        (table.draw / name).unlink()
    with pytest.raises(DrawFinished):
        table.run(dice="")
    assert table.files() == before


def test_of_two_runs_at_once_one_is_kept(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second began before the first had kept its version."""
    table.run(dice="")
    first = table.files()
    monkeypatch.setattr(command, "_refuse_finished", lambda *_: None)
    with pytest.raises(DrawFinished, match="this version was made before"):
        table.run()
    assert table.files() == first


def test_a_folder_without_a_commitment_is_refused(tmp_path: Path) -> None:
    table = Table(tmp_path)
    for act in (table.run, lambda: table.annul("A")):
        with pytest.raises(DrawInputFault, match="no draw was committed to"):
            act()


# --- annul ---


@pytest.fixture
def drawn(table: Table) -> Table:
    table.run()
    return table


def test_each_annulment_is_a_version_that_names_the_one_before(drawn: Table) -> None:
    one = drawn.protocol()
    order = [entrant for entrant, _ in one["ranking"]]
    drawn.annul(order[0], evidence=drawn.rules)
    drawn.annul(order[2])
    two, three = drawn.protocol("protocol.v2.json"), drawn.protocol("protocol.v3.json")
    assert two["awards"] == [order[3], order[1], order[2]]
    assert three["awards"] == [order[3], order[1], order[4]]
    assert drawn.protocol() == three
    files = drawn.files()
    assert [one["previous"], two["previous"], three["previous"]] == [
        None,
        hashlib.sha256(files["protocol.v1.json"]).hexdigest(),
        hashlib.sha256(files["protocol.v2.json"]).hexdigest(),
    ]
    assert three["annulments"] == [
        {
            "entrant": order[0],
            "ground": "untrue data",
            "evidence_sha256": hashlib.sha256(b"the regulation").hexdigest(),
            "decided_at": "2026-06-01T05:00:00Z",
        },
        {
            "entrant": order[2],
            "ground": "untrue data",
            "evidence_sha256": None,
            "decided_at": "2026-06-01T05:00:00Z",
        },
    ]
    assert drawn.differences() == []


def test_who_holds_no_prize_loses_none(drawn: Table) -> None:
    order = [entrant for entrant, _ in drawn.protocol()["ranking"]]
    before = drawn.files()
    for entrant in (order[3], order[-1], "KZ-ALA-0009", ""):
        with pytest.raises(BaiqauError, match="holds no prize"):
            drawn.annul(entrant)
    with pytest.raises(BaiqauError, match="ground"):
        drawn.annul(order[0], ground=" ")
    assert drawn.files() == before


def test_nothing_is_annulled_before_the_draw(table: Table) -> None:
    with pytest.raises(DrawInputFault, match="not held yet"):
        table.annul("KZ-ALA-0001")


def test_nothing_is_built_on_a_protocol_that_does_not_hold(drawn: Table) -> None:
    winner = drawn.protocol()["awards"][0]
    forged = {**drawn.protocol(), "awards": drawn.protocol()["awards"][::-1]}
    for name in ("protocol.json", "protocol.v1.json"):
        (drawn.draw / name).write_bytes(protocol_bytes(forged))
    before = drawn.files()
    with pytest.raises(DrawDisagrees, match="awards: number 1"):
        drawn.annul(winner)
    assert drawn.files() == before


def test_a_killed_annulment_is_finished_by_the_next(drawn: Table) -> None:
    old, awards = drawn.files()["protocol.json"], drawn.protocol()["awards"]
    drawn.annul(awards[0])
    (drawn.draw / "protocol.json").write_bytes(old)
    assert drawn.differences() == ["protocol.json: it is not protocol.v2.json, the newest version"]
    drawn.annul(awards[1])
    assert drawn.protocol()["version"] == 3
    assert drawn.differences() == []


# --- verify ---


def rewrite(table: Table, name: str, change: Callable[[dict[str, Any]], None]) -> None:
    protocol = table.protocol(name)
    change(protocol)
    (table.draw / name).write_bytes(protocol_bytes(protocol))


def forge_signature(protocol: dict[str, Any]) -> None:
    """A pulse that agrees with itself and with everything computed from it, but that drand never signed."""
    signature = ROUND_1000["signature"][:-1] + "8"
    draw = read_draw({**protocol, "pulse": signed(signature)})
    protocol.update(draw.document())


def test_a_forged_signature_with_everything_recomputed_to_fit_is_named(drawn: Table) -> None:
    for name in ("protocol.json", "protocol.v1.json"):
        rewrite(drawn, name, forge_signature)
    assert check_protocol(drawn.protocol()) == []
    (difference,) = drawn.differences()
    assert difference.startswith("protocol.v1.json: the pulse's signature is not that of the quicknet chain")


def test_a_first_version_changed_later_breaks_the_chain_of_versions(drawn: Table) -> None:
    drawn.annul(drawn.protocol()["awards"][0])
    rewrite(drawn, "protocol.v1.json", lambda protocol: protocol.update(organisation="Other"))
    found = drawn.differences()
    assert "protocol.v2.json: previous: the SHA-256 is not that of the version before" in found
    assert "protocol.v2.json: organisation: it is not that of the version before" in found


def test_a_missing_version_is_named(drawn: Table) -> None:
    for _ in range(2):
        drawn.annul(drawn.protocol()["awards"][0])
    (drawn.draw / "protocol.v2.json").unlink()
    assert any(
        each.startswith("protocol.v3.json: a version before it is missing") for each in drawn.differences()
    )


def test_the_protocol_of_another_draw_does_not_belong_here(drawn: Table, tmp_path: Path) -> None:
    other = Table(tmp_path)
    other.draw = tmp_path / "other"
    other.commit(draw_id="2026-AST")
    other.run()
    for name in ("protocol.json", "protocol.v1.json"):
        shutil.copy(other.draw / name, drawn.draw / name)
    assert drawn.differences() == ["protocol.v1.json: manifest: it is not what this folder committed to"]


@pytest.mark.parametrize(
    "name", ["entrants.txt", "manifest.json", "commit.txt", "chain.json", "protocol.json"]
)
def test_a_missing_file_is_named(drawn: Table, name: str) -> None:
    (drawn.draw / name).unlink()
    assert any(each.startswith(f"{name}: ") and "missing" in each for each in drawn.differences())


# --- `baiqau verify` ---


def verified(path: Path, authority: Path | None = None) -> tuple[int, str]:
    trust = ("--authority", authority) if authority else ()
    return typed("verify", path, "--site", NOWHERE, *trust)


def test_verify_takes_a_draws_folder_and_a_lone_protocol(drawn: Table) -> None:
    drawn.annul(drawn.protocol()["awards"][0])
    lone = drawn.put("protocol.json", (drawn.draw / "protocol.json").read_text(encoding="utf-8"))
    for path in (drawn.draw, drawn.draw / "protocol.json", drawn.draw / "protocol.v1.json", lone):
        assert verified(path) == (0, "1 files verified\n")


def test_verify_refuses_a_changed_protocol(drawn: Table) -> None:
    forged = drawn.files()["protocol.json"].replace(DICE.encode(), b"7" + DICE[1:].encode())
    (drawn.draw / "protocol.json").write_bytes(forged)
    code, said = verified(drawn.draw / "protocol.json")
    assert code == 1
    assert "draw: seed: " in said
    assert verified(drawn.draw)[0] == 1
    (drawn.draw / "protocol.json").write_bytes(b"{}\n")
    assert verified(drawn.draw / "protocol.json")[0] == 1
    (drawn.draw / "note.txt").write_text("x")
    assert "note.txt" in verified(drawn.draw)[1]


# --- in a site ---


def test_in_a_site_every_protocol_is_signed_and_verify_checks_both(table: Table, tmp_path: Path) -> None:
    site = make_site(tmp_path / "site")
    table.run(site=site)
    annul_prize(table.draw, table.protocol()["awards"][0], "untrue data", None, site=site)
    signatures = sorted(name for name in table.files() if name.endswith(".p7s"))
    assert signatures == [f"protocol.{kind}.p7s" for kind in ("html", "json", "v1.json", "v2.json")]
    authority = site / "keys" / "authority.crt.pem"
    assert verified(table.draw, authority)[0] == 0
    assert verified(table.draw / "protocol.json", authority)[0] == 0
    page = table.draw / "protocol.html"
    page.write_bytes(page.read_bytes() + b" ")
    code, said = verified(table.draw, authority)
    assert code == 1
    assert "protocol.html" in said
    (table.draw / "protocol.html.p7s").unlink()
    assert "protocol.html: signature: unsigned" in verified(table.draw, authority)[1]


@pytest.fixture
def published(drawn: Table, tmp_path: Path) -> Callable[[], tuple[int, str]]:
    """The draw in a recipient's folder, signed and named by a manifest; what `baiqau verify` says of the folder."""
    site = make_site(tmp_path / "site")
    home = tmp_path / "public"
    shutil.move(drawn.draw, home / "contest" / "draw")
    drawn.draw = home / "contest" / "draw"
    signer, at = open_desk(site, None).signer, datetime.now(UTC)
    assert signer is not None
    entries = []
    for path in sorted(drawn.draw.iterdir()):
        data = path.read_bytes()
        path.with_name(f"{path.name}.p7s").write_bytes(cms_sign(data, signer, at=at))
        name = path.relative_to(home).as_posix()
        entries.append({"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    manifest = {"sequence": 1, "previous": None, "key": key_id(signer.chain[0]), "files": entries}
    data = json.dumps(manifest).encode()
    (home / "manifest.json").write_bytes(data)
    (home / "manifest.json.p7s").write_bytes(cms_sign(data, signer, at=at))
    return lambda: verified(home, site / "keys" / "authority.crt.pem")


def test_a_published_draw_is_verified_with_its_folder(
    drawn: Table, published: Callable[[], tuple[int, str]]
) -> None:
    assert published() == (0, "9 files verified\n")
    protocol = drawn.files()["protocol.v1.json"]
    (drawn.draw / "protocol.v2.json").write_bytes(protocol)
    code, said = published()
    assert code == 1
    assert "protocol.v2.json: listed: no manifest names it" in said
    assert "protocol.v2.json: draw: version: it is not what" in said


def test_a_manifest_is_not_hidden_by_files_that_look_like_a_draw(
    drawn: Table, published: Callable[[], tuple[int, str]]
) -> None:
    for name in ("entrants.txt", "commit.txt"):
        (drawn.draw.parent.parent / name).write_text("")
    assert published()[0] == 1


def test_the_moment_of_an_annulment_is_the_sites_clock(drawn: Table) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    annul_prize(drawn.draw, drawn.protocol()["awards"][0], "untrue data", None, site=NOWHERE)
    written = datetime.fromisoformat(drawn.protocol()["annulments"][0]["decided_at"])
    assert before <= written <= datetime.now(UTC)


def test_a_test_chain_is_called_one(table: Table, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table.draw = tmp_path / "test-chain"
    table.commit(chain=str(table.put("chain.json", json.dumps(TEST_CHAIN.as_dict()))))
    assert "test chain" in capsys.readouterr().out
    table.run(table.put("own.json", json.dumps(sign_round(SECRET, TEST_CHAIN, 1000).as_dict())))
    assert "test chain" in capsys.readouterr().out
    assert table.protocol()["manifest"]["beacon"] == "test-chain"
    assert table.protocol()["chain"]["name"] == "test"
    assert table.differences() == []
