"""The integrity command as a whole: what it finds and writes, and what it refuses before it reads."""

import csv
import json
import random
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner
from unit.integrity_files import ITEMS, PAIR, Desk, names_in, sat, written

from jobs.errors import BaiqauError
from jobs.integrity.forms import IntegrityInputError
from worker.cli import app
from worker.commands import integrity
from worker.commands.files import write_whole
from worker.commands.integrity import CLUSTERS, PAIRS, PEOPLE, progress_bar, run_integrity


@pytest.fixture
def desk(tmp_path: Path) -> "Desk":
    return Desk(tmp_path)


# --- writing ---


def test_the_columns_stand_in_the_order_of_the_contract_and_others_behind(tmp_path: Path) -> None:
    found = written(tmp_path / "made" / "out")
    assert list(found["pairs"][0]) == list(PAIRS)
    assert list(found["people"][0]) == [*PEOPLE, "rte"]
    assert list(found["clusters"][0]) == list(CLUSTERS)
    assert list(found["null"][0]) == ["stratum", "rate"]


def test_floats_read_back_as_the_same_floats(tmp_path: Path) -> None:
    found = written(tmp_path)
    for name in ("expected", "m4_p", "gbt_p"):
        assert float(found["pairs"][0][name]) == PAIR[name]
    assert float(found["people"][0]["gnormed"]) == 1 / 3
    assert float(found["clusters"][0]["density"]) == 2 / 3


def test_unknown_is_an_empty_cell_and_yes_and_no_are_figures(tmp_path: Path) -> None:
    found = written(tmp_path)
    assert (found["pairs"][0]["m4_adjusted"], found["pairs"][0]["same_school"]) == ("", "1")
    assert (found["people"][0]["u3"], found["people"][0]["minutes"]) == ("", "")
    assert found["clusters"][0]["clique_exact"] == "0"


def test_a_cell_that_a_spreadsheet_would_compute_is_text_and_lists_are_one_cell(tmp_path: Path) -> None:
    found = written(tmp_path)
    assert found["pairs"][0]["a"] == "'=1+1"
    assert found["people"][0]["ht"] == "-0.25"
    assert (found["people"][0]["flags"], found["clusters"][0]["members"]) == (
        "too-short similar",
        "p1; p2; p 3",
    )


def test_without_a_terminal_the_progress_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("pairs") as progress:
        progress(1, 2)
        progress(2, 2)
    assert capsys.readouterr() == ("", "")


# --- the whole command ---


@pytest.fixture
def matrix(tmp_path: Path) -> tuple[Path, Path]:
    """Three hundred people of fifteen schools who answer by chance, one who copied; one of a variant without a key."""
    rng = random.Random(7)
    rows = ["".join(rng.choice("AAABCD") for _ in range(ITEMS)) for _ in range(300)]
    rows[1] = rows[0]
    lines = [f"p{at:03},1,S{at // 20},{','.join(marks)}" for at, marks in enumerate(rows)]
    header = f"id,variant,school,{','.join(f'q{item + 1}' for item in range(ITEMS))}"
    sheets, key = tmp_path / "sheets.csv", tmp_path / "key.csv"
    sheets.write_text("\n".join([header, *lines, "p999,7,S1," + "A," * (ITEMS - 1) + "A", ""]))
    key.write_text("\n".join(["variant,item,key", *(f"1,{item + 1},A" for item in range(ITEMS)), ""]))
    return sheets, key


def test_who_copied_is_found_and_everybody_is_listed(matrix: tuple[Path, Path], tmp_path: Path) -> None:
    summary = run_integrity(*matrix, tmp_path / "out", engine="numpy", threads=1)
    tables = [path for path in summary.files if path.suffix == ".csv"]
    found = {path.stem: list(csv.DictReader(path.read_text("utf-8").splitlines())) for path in tables}
    assert [(row["a"], row["b"], row["level"]) for row in found["pairs"]] == [("p000", "p001", "recommend")]
    assert (found["pairs"][0]["identical"], found["pairs"][0]["compared"]) == (str(ITEMS), str(ITEMS))
    assert [row["members"] for row in found["clusters"]] == ["p000 p001"]
    assert [row["participant"] for row in found["people"]] == [*(f"p{at:03}" for at in range(300)), "p999"]
    assert (summary.sheets, summary.left_out, summary.recommend, summary.review) == (301, 1, 1, 0)
    assert summary.pairs_compared == 15 * (20 * 19 // 2)
    assert summary.notes[0] == "1 sheet was left out: no key came for variant 7."


def test_every_pair_is_written_where_that_is_asked_for(matrix: tuple[Path, Path], tmp_path: Path) -> None:
    run_integrity(*matrix, tmp_path / "out", engine="numpy", threads=1, all_pairs=True)
    pairs = list(csv.DictReader((tmp_path / "out" / "pairs.csv").read_text("utf-8").splitlines()))
    assert len({(row["a"], row["b"]) for row in pairs}) == len(pairs) == 300 * 299 // 2


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"above": "most"}, '--above most: write a share such as "90 %" or 9/10'),
        ({"above": "1/0"}, "--above 1/0: write a share"),
        ({"above": "100 %"}, "--above 100 %: it must lie between 0 and 100 %"),
        ({"engine": "fortran"}, "--engine fortran: choose one of auto, numba, numpy"),
        ({"lang": "de"}, "--lang de: choose one of kk, ru, en"),
    ],
)
def test_an_option_that_means_nothing_is_refused_before_anything_is_read(
    given: dict[str, str], fault: str, tmp_path: Path
) -> None:
    with pytest.raises(typer.BadParameter, match=fault):
        run_integrity(tmp_path / "none", tmp_path / "none", tmp_path / "out", **given)  # type: ignore[arg-type]  # options that are words
    assert not (tmp_path / "out").exists()


def test_the_command_prints_its_summary_as_json(matrix: tuple[Path, Path], tmp_path: Path) -> None:
    sheets, key = map(str, matrix)
    words = ["integrity", sheets, "--key", key, "--out", str(tmp_path / "out"), "--engine", "numpy", "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0
    summary = json.loads(done.stdout)
    assert (summary["sheets"], summary["recommend"], summary["clusters"]) == (301, 1, 1)
    assert summary["acts"] == 1
    tables = [f"{name}.csv" for name in ("pairs", "people", "clusters", "null")]
    assert summary["files"] == [
        str(tmp_path / "out" / name) for name in ("act.html", "acts", "key.csv", "method.json", *tables)
    ]
    assert "keep it apart" in summary["notes"][-1]


# --- what people read ---


@pytest.mark.parametrize("name", ["sheets", "key"])
def test_a_folder_where_the_findings_would_overwrite_what_was_given_is_refused(
    tmp_path: Path, name: str
) -> None:
    sheets, key = sat(tmp_path, 12, {})
    given = {"sheets": sheets.rename(tmp_path / "people.csv"), "key": key}
    (tmp_path / "in").symlink_to(tmp_path)
    there = given | {name: tmp_path / "in" / given[name].name}
    with pytest.raises(IntegrityInputError, match=r"would overwrite .*; choose another folder") as fault:
        run_integrity(there["sheets"], there["key"], tmp_path, engine="numpy")
    assert "\n" not in str(fault.value)
    assert key.is_file()


def failed(*words: object) -> tuple[int, str]:
    """Exit status and what is said of a run that fails in the usual way."""
    done = CliRunner().invoke(app, ["integrity", *map(str, words)])
    return done.exit_code, str(done.exception) if isinstance(done.exception, BaiqauError) else done.stderr


@pytest.mark.parametrize(
    "option", [("--engine", "bad"), ("--lang", "xx"), ("--above", "0"), ("--threads", "0")]
)
def test_wrong_usage_exits_with_two(option: tuple[str, str], tmp_path: Path) -> None:
    status, said = failed(tmp_path / "s.csv", "--key", tmp_path / "k.csv", "--out", tmp_path, *option)
    assert status == 2
    assert option[0] in said


def test_files_and_folders_are_checked_before_anything_is_read(tmp_path: Path) -> None:
    sheets, key = tmp_path / "sheets.csv", tmp_path / "key.csv"
    sheets.write_text("no sheets\n")
    key.write_text("no key\n")
    cases = {
        (sheets, tmp_path / "none.csv", tmp_path / "out"): "none.csv: there is no such file.",
        (sheets, tmp_path, tmp_path / "out"): f"{tmp_path}: it is a folder; give a file.",
        (tmp_path, key, tmp_path / "out"): f"{tmp_path}: it is a folder; give a file.",
        (sheets, key, sheets): "it is a file or lies in one; give a folder.",
        (sheets, key, sheets / "out"): "it is a file or lies in one; give a folder.",
    }
    for (of_sheets, of_key, out), fault in cases.items():
        status, said = failed(of_sheets, "--key", of_key, "--out", out)
        assert (status, said.endswith(fault)) == (1, True), said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("item,key\n1,A\n3,A\n4,A\n", "variant 1 has no item 2; add it."),
        ("item,key\n1,A\n4,A\n", "variant 1 has no item 2 and 1 more; add them."),
        (
            "item,key\n1,A\n2,A\n",
            "more answers than the key of variant 1 has items; add the items that are missing.",
        ),
        ("variant,item,key\n2,1,A\n", "no key came for variant 1; add it or correct the sheets."),
    ],
)
def test_where_no_sheet_can_be_compared_the_key_file_and_what_it_lacks_are_named(
    desk: Desk, key: str, fault: str
) -> None:
    desk.sheets("id,variant,q1,q2,q3,q4\nx,1,A,B,C,D\ny,1,A,B,C,D\nz,7,A,B,C,D\n")
    desk.keys(key)
    with pytest.raises(IntegrityInputError) as said:
        run_integrity(
            desk.folder / "sheets.csv", desk.folder / "keys.csv", desk.folder / "out", engine="numpy"
        )
    assert str(said.value) == f"{desk.folder / 'keys.csv'}: {fault}"
    assert not (desk.folder / "out").exists()


def test_exchanged_keys_are_named_as_such(desk: Desk) -> None:
    one, two = "ABCD" * 5, "BCDA" * 5
    header = ",".join(f"q{item}" for item in range(1, 21))
    desk.sheets(f"id,variant,{header}\nx,1,{','.join(two)}\n")
    rows = [
        f"{name},{item},{mark}" for name, key in (("1", one), ("2", two)) for item, mark in enumerate(key, 1)
    ]
    desk.keys("\n".join(["variant,item,key", *rows, ""]))
    with pytest.raises(
        IntegrityInputError, match=r"variant 2 far better .* variant 1.* whether the keys are exchanged"
    ):
        run_integrity(
            desk.folder / "sheets.csv", desk.folder / "keys.csv", desk.folder / "out", engine="numpy"
        )


def test_a_key_longer_than_the_sheets_is_noted(tmp_path: Path) -> None:
    sheets, key = sat(tmp_path, 12, {})
    key.write_text(key.read_text() + "41,A\n42,B\n")
    summary = run_integrity(sheets, key, tmp_path / "out", engine="numpy")
    assert (
        "Variant 1: the key has 42 items, the sheets end at item 40; the others are blanks." in summary.notes
    )


@pytest.mark.parametrize("at", ["write_tables", "write_findings"])
def test_a_run_that_breaks_off_leaves_nothing_of_the_one_before_beside_its_own(
    at: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, given = tmp_path / "out", sat(tmp_path, 120, {1: 0})
    run_integrity(*given, out, engine="numpy")
    (out / "minutes.txt").write_text("of the commission")

    def break_off(*_given: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(integrity, at, break_off)
    with pytest.raises(KeyboardInterrupt):
        run_integrity(*given, out, engine="numpy")
    tables = [] if at == "write_tables" else ["clusters.csv", "null.csv", "pairs.csv", "people.csv"]
    assert names_in(out) == sorted(["minutes.txt", *tables])


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(draft: Path, content: bytes) -> int:
        with draft.open("wb") as opened:
            opened.write(content[:1])
        raise KeyboardInterrupt

    old = write_whole(tmp_path / "a", b"old")
    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(KeyboardInterrupt):
        write_whole(old, b"new")
    assert (names_in(tmp_path), old.read_bytes()) == (["a"], b"old")
