"""`baiqau integrity`: any answer matrix is read, and what is found is written so that a program reads it back."""

import csv
import hashlib
import json
import math
import random
import re
import stat
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from jobs.errors import BaiqauError
from jobs.integrity.forms import IntegrityInputError, canonical_forms
from worker.cli import app
from worker.commands import integrity, integrity_acts
from worker.commands.files import FileFault, write_csv, write_whole
from worker.commands.integrity import (
    CLUSTERS,
    PAIRS,
    PEOPLE,
    one_spelling,
    progress_bar,
    read_keys,
    read_sheets,
    run_integrity,
    stage_of,
    write_tables,
)
from worker.rehearsal.spreadsheet import Table, kz1048, utf8_with_bom, xlsx

SHEETS = "participant,variant,q1,q2,q3\np1,1,a,,C\np2,2,B,B,B\n"
KEYS = "variant,item,key\n1,1,A\n1,2,B\n1,3,C\n2,1,A\n2,2,B\n2,3,C\n"


@pytest.fixture
def desk(tmp_path: Path) -> "Desk":
    return Desk(tmp_path)


class Desk:
    """A folder of input files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def sheets(self, text: str | bytes, name: str = "sheets.csv") -> pl.DataFrame:
        return read_sheets(self._file(name, text))

    def keys(self, text: str | bytes = KEYS, stage: str | None = None) -> pl.DataFrame:
        return read_keys(self._file("keys.csv", text), stage)

    def fault(self, text: str | bytes) -> str:
        with pytest.raises(BaiqauError) as fault:
            self.sheets(text)
        return str(fault.value).removeprefix(f"{self.folder}/")

    def _file(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path


def answers(table: pl.DataFrame) -> dict[str, str]:
    return dict(table.select("entry", "answers").iter_rows())


# --- reading sheets ---


def test_a_plain_matrix_is_read_without_stages_and_scored_by_its_key(desk: Desk) -> None:
    sheets = desk.sheets(SHEETS)
    assert answers(sheets) == {"p1": "A.C", "p2": "BBB"}
    assert stage_of(sheets) is None
    forms = canonical_forms(sheets, desk.keys()).forms
    assert [(form.name, form.score.tolist()) for form in forms] == [("1", [2]), ("2", [1])]


TABLE = Table(("id", "form", "q1", "q2"), [("Ә-1", 1, "A", None), ("Ә-2", 1, None, "B")])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.xlsx", xlsx(TABLE, ("Нәтижелер",))),
        ("a.csv", utf8_with_bom(TABLE)),
        ("a.csv", kz1048(TABLE)),
        ("a.tsv", "id\tform\tq1\tq2\nӘ-1\t1\tA\t\nӘ-2\t1\t\tB\n".encode()),
        ("a.csv", "id;form;q1;q2\r\nӘ-1;1;A;\r\nӘ-2;1;;B\r\n".encode()),
    ],
    ids=["xlsx", "bom", "kz-1048", "tabs", "semicolons"],
)
def test_files_are_read_as_the_intake_reads_them(desk: Desk, name: str, data: bytes) -> None:
    table = desk.sheets(data, name)
    assert answers(table) == {"Ә-1": "A.", "Ә-2": ".B"}
    assert table["variant"].to_list() == ["1", "1"]


@pytest.mark.parametrize("participant", ["7", "000000101", "10050952001", "ivan@school.kz", "A B/3", "x=1"])
def test_ids_stay_as_they_are_written(desk: Desk, participant: str) -> None:
    assert list(answers(desk.sheets(f"participant,variant,q1\n{participant},1,A\n"))) == [participant]


def test_what_a_season_tells_of_a_sheet_is_kept(desk: Desk) -> None:
    sheets = desk.sheets(
        "ЖСН,кезең,нұсқа,басталуы,аяқталуы,мектеп коды,сынып,облыс,q1,t1\n"
        "p1,1-кезең,1,2026-02-20 10:00,2026-02-20 10:30:30,S1,6 Ә,Абай облысы,A,12.5\n"
    )
    row = sheets.row(0, named=True)
    assert (row["stage"], row["school_id"], row["class"], row["seconds"]) == ("stage-1", "S1", "6 Ә", [12.5])
    assert row["region"] == "KZ-10"
    assert row["finished_at"] - row["started_at"] == timedelta(minutes=30, seconds=30)
    assert row["started_at"].tzinfo is not None


def test_a_test_of_one_variant_need_not_name_it_and_that_is_said(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    sheets, keys = desk.sheets("student,q1,q2\nx,A,B\n"), desk.keys("item,key\n1,A\n2,A\n")
    assert canonical_forms(sheets, keys).forms[0].score.tolist() == [1]
    assert "sheets.csv: it names no variant; all its rows are taken as variant 1" in capsys.readouterr().err


def test_two_different_sheets_of_one_person_are_refused_by_their_lines(desk: Desk) -> None:
    text = "participant,variant,q1\np1,1,A\np2,1,A\np1,1,B\np2,1,B\n"
    assert desk.fault(text) == (
        "sheets.csv, lines 2 and 4: two different sheets of one participant; leave the right one (1 more such)."
    )


def test_a_copy_of_a_sheet_is_taken_once_and_said(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    sheets = desk.sheets("participant,variant,q1\np1,1,A\np2,1,A\np1,1,A\n")
    assert sheets["entry"].to_list() == ["p1", "p2"]
    assert "sheets.csv: 1 row stands there twice" in capsys.readouterr().err


def test_rows_that_cannot_be_read_are_told_and_the_others_are_kept(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    sheets = desk.sheets("participant,variant,q1\np1,1,A\n,1,B\np3,,A\np4,1,AB\n")
    assert sheets["entry"].to_list() == ["p1"]
    said = capsys.readouterr().err
    assert "sheets.csv, line 3: participant is missing" in said
    assert "sheets.csv, line 4: variant is missing" in said
    assert "sheets.csv, line 5: answers is missing" in said


def test_of_very_many_reasons_twenty_are_told_and_the_rest_counted(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.sheets("participant,variant,q1\np1,1,A\n" + ",1,B\n" * 33)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 21
    assert said[-1] == "sheets.csv: 13 more reasons of the same kinds"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("participant,variant,q1\n,1,A\n", "it holds no sheet that could be taken"),
        ("participant,stage,variant,q1\na,1,1,A\nb,2,1,A\n", "it holds sheets of several stages"),
        ("a,b\n1,2\n", "no row among the first 50 has headers that we know"),
        (b"\x00\xff\x00", ""),
        ("", ""),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    desk: Desk, text: str | bytes, fault: str
) -> None:
    said = desk.fault(text)
    assert said.startswith("sheets.csv: ")
    assert fault in said
    assert "\n" not in said


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for read in (read_sheets, read_keys):
        with pytest.raises(FileFault, match=r"none\.csv: there is no such file"):
            read(tmp_path / "none.csv")


# --- reading keys ---


def test_ids_and_options_of_the_key_are_read(desk: Desk) -> None:
    table = desk.keys("variant;item;key;item_id;options\n2;1;a;T7;cabd\n")
    assert table.rows() == [("2", 1, "A", "T7", "CABD")]


def test_of_several_stages_the_key_of_the_sheets_stage_is_taken(desk: Desk) -> None:
    text = "stage,variant,item,key\n1 этап,1,1,A\nstage-2,1,1,B\n"
    assert desk.keys(text, "stage-2")["key"].to_list() == ["B"]
    assert desk.keys("stage,variant,item,key\nФинал,1,1,A\n", "финал")["key"].to_list() == ["A"]
    assert desk.keys(KEYS, "stage-2").height == 6
    with pytest.raises(IntegrityInputError, match="keys of several stages"):
        desk.keys(text)
    with pytest.raises(IntegrityInputError, match="no key for stage-3, the stage of the sheets"):
        desk.keys(text, "stage-3")


def test_two_keys_of_one_item_are_refused_by_their_lines_and_copies_are_not(desk: Desk) -> None:
    assert desk.keys("variant,item,key\n1,1,A\n1,1,A\n").height == 1
    with pytest.raises(IntegrityInputError, match="lines 2 and 4: two different keys of one item"):
        desk.keys("variant,item,key\n1,1,A\n1,2,A\n1,1,B\n")


# --- writing ---

PAIR = {
    "a": "=1+1", "b": "p2", "variant": "1+2", "same_school": True, "compared": 60, "identical": 58, "eic": 9,
    "eeic": 8, "expected": 0.1 + 0.2, "m4_p": 1.2345678901234567e-11, "gbt_p": 5e-324, "m4_adjusted": math.nan,
    "level": "recommend",
}  # fmt: skip
PERSON = {
    "rte": 0.5, "participant": "p1", "variant": "1", "score": 51, "answered": 60, "minutes": None,
    "flags": ["too-short", "similar"], "gnormed": 1 / 3, "u3": math.nan, "ht": -0.25,
}  # fmt: skip
CLUSTER = {
    "cluster": 1, "size": 3, "edges": 2, "density": 2 / 3, "largest_clique": 2, "clique_exact": False,
    "members": ["p1", "p2", "p 3"],
}  # fmt: skip


def written(out: Path) -> dict[str, list[dict[str, str]]]:
    tables = {
        "pairs": pl.DataFrame([dict(reversed(PAIR.items()))]),
        "people": pl.DataFrame([PERSON]),
        "clusters": pl.DataFrame([CLUSTER]),
        "null": pl.DataFrame({"stratum": [1], "rate": [1e-3]}),
    }
    files = write_tables(out, **tables)
    assert sorted(files) == sorted(out.iterdir())
    return {path.stem: list(csv.DictReader(path.read_text("utf-8").splitlines())) for path in files}


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

ITEMS = 40


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


def sat(
    folder: Path, people: int, copied: Mapping[int, int], *, school: int | None = 20
) -> tuple[Path, Path]:
    """Sheets of people who answer by chance, `school` to a school (None: no schools); who copied, and from whom."""
    rng = random.Random(7)
    rows = ["".join(rng.choice("AAABCD") for _ in range(ITEMS)) for _ in range(people)]
    for who, source in copied.items():
        rows[who] = rows[source]
    places = [f",S{at // school},KZ-{10 + at // school % 2}" if school else "" for at in range(people)]
    header = f"id{',school,region' if school else ''},{','.join(f'q{item + 1}' for item in range(ITEMS))}"
    lines = [
        f"IIN{at:06}{place},{','.join(marks)}"
        for at, (place, marks) in enumerate(zip(places, rows, strict=True))
    ]
    sheets, key = folder / "sheets.csv", folder / "key.csv"
    sheets.write_text("\n".join([header, *lines, ""]))
    key.write_text("\n".join(["item,key", *(f"{item + 1},A" for item in range(ITEMS)), ""]))
    return sheets, key


def page(path: Path) -> str:
    """What a reader sees of it."""
    bare = re.sub(r"<style>.*?</style>|<[^>]+>", " ", path.read_text("utf-8"), flags=re.DOTALL)
    return " ".join(bare.replace("\u2011", "-").split())


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def test_two_runs_write_the_same_bytes_whatever_the_threads(tmp_path: Path) -> None:
    given = sat(tmp_path, 120, {1: 0, 41: 40, 100: 5})
    run_integrity(*given, tmp_path / "one", engine="numpy", threads=1)
    run_integrity(*given, tmp_path / "two", engine="numpy", threads=2)
    one, two = tree(tmp_path / "one"), tree(tmp_path / "two")
    assert {"act.html", "method.json", "key.csv", "acts/03/act.kk.pdf", "acts/03/act.ru.html"} < one.keys()
    assert one == two


def test_every_group_has_an_act_that_the_first_page_leads_to(tmp_path: Path) -> None:
    run_integrity(*sat(tmp_path, 120, {1: 0, 41: 40}), tmp_path / "out", engine="numpy", lang="en")
    shown = (tmp_path / "out" / "act.html").read_text("utf-8")
    links = re.findall(r'href="([^"]+)"', shown)
    assert {f"acts/{act}/act.{of}" for act in ("01", "02") for of in ("en.html", "kk.html", "ru.pdf")} < set(
        links
    )
    assert all((tmp_path / "out" / link).is_file() for link in links)
    assert "//" not in shown.partition("</style>")[2]
    assert "Groups advised to look into 2 pairs: 2" in page(tmp_path / "out" / "act.html")


def test_acts_name_people_by_codes_whose_owners_stand_in_a_private_file(tmp_path: Path) -> None:
    run_integrity(*sat(tmp_path, 120, {1: 0, 41: 40}), tmp_path / "out", engine="numpy")
    key = tmp_path / "out" / "key.csv"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    owners = rows_of(key)
    assert {(row["act"], row["label"], row["code"]) for row in owners} == {
        ("01", "A", "P-0001"), ("01", "B", "P-0002"), ("02", "A", "P-0003"), ("02", "B", "P-0004"),
    }  # fmt: skip
    assert {row["participant"] for row in owners} == {"IIN000000", "IIN000001", "IIN000040", "IIN000041"}
    read = [*(tmp_path / "out" / "acts").rglob("*.html"), tmp_path / "out" / "act.html"]
    assert len(read) == 5
    assert not any("IIN0" in path.read_text("utf-8") for path in read)
    assert "P-0002" in page(tmp_path / "out" / "acts" / "01" / "act.kk.html")


@pytest.mark.parametrize(
    ("lang", "told"),
    [("kk", "Хабарлайтын ештеңе жоқ"), ("ru", "Сообщать не о чем"), ("en", "There is nothing to report")],
)
def test_where_nothing_is_found_the_page_says_so_and_there_is_no_act(
    tmp_path: Path, lang: str, told: str
) -> None:
    summary = run_integrity(*sat(tmp_path, 120, {}), tmp_path / "out", engine="numpy", lang=lang)
    assert summary.acts == 0
    assert told in page(tmp_path / "out" / "act.html")
    assert not (tmp_path / "out" / "key.csv").exists()
    assert not (tmp_path / "out" / "acts").exists()


def test_acts_of_an_earlier_run_go_and_nothing_else_does(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_integrity(*sat(tmp_path, 120, {1: 0, 41: 40}), out, engine="numpy", lang="en")
    (out / "acts" / "02" / "minutes.txt").write_text("of the commission")
    run_integrity(*sat(tmp_path, 120, {1: 0}), out, engine="numpy")
    assert names_in(out / "acts" / "01") == [
        "act.kk.html",
        "act.kk.pdf",
        "act.ru.html",
        "act.ru.pdf",
    ]
    assert names_in(out / "acts" / "02") == ["minutes.txt"]
    assert len(rows_of(out / "key.csv")) == 2


def test_beyond_the_strongest_groups_the_others_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrity_acts, "MOST_ACTS", 2)
    given = sat(tmp_path, 120, {1: 0, 41: 40, 61: 60})
    summary = run_integrity(*given, tmp_path / "out", engine="numpy", lang="en")
    assert summary.acts == 2
    assert summary.notes[-1] == "Groups without an act: 1; the 2 strongest have one."
    assert "Groups without an act: 1." in page(tmp_path / "out" / "act.html")
    assert names_in(tmp_path / "out" / "acts") == ["01", "02"]


def test_the_method_tells_what_to_repeat_and_nothing_of_the_run(tmp_path: Path) -> None:
    run_integrity(*sat(tmp_path, 120, {1: 0}), tmp_path / "out", engine="numpy", above="85 %", minutes=20)
    method = json.loads((tmp_path / "out" / "method.json").read_text("utf-8"))
    assert method["inputs"]["key"] == {
        "file": "key.csv",
        "sha256": hashlib.sha256((tmp_path / "key.csv").read_bytes()).hexdigest(),
    }
    assert (method["rules"]["alike_above"], method["rules"]["shortest_minutes"]) == ("17/20", 20)
    assert method["engine"] == "numpy"
    assert method["families"] == {"by_school": True, "confirmatory_pairs": 1140, "exploratory_pairs": 6000}
    assert not re.search(r"20\d\d-\d\d-\d\d|threads", json.dumps(method))


def test_without_schools_nothing_is_said_of_one_school(tmp_path: Path) -> None:
    given = sat(tmp_path, 120, {1: 0}, school=None)
    run_integrity(*given, tmp_path / "out", engine="numpy", lang="en")
    act = page(tmp_path / "out" / "acts" / "01" / "act.en.html")
    assert "The data name no schools, so all pairs with the same tasks were compared: 7,140." in act
    assert "all pairs with these tasks, whose regions and schools are not known" in act
    for text in (act, page(tmp_path / "out" / "act.html")):
        assert "same school with the same tasks" not in text
        assert "one school with the same tasks" not in text


def test_a_pair_of_different_schools_is_only_put_up_for_review_and_told_so(tmp_path: Path) -> None:
    summary = run_integrity(*sat(tmp_path, 120, {100: 5}), tmp_path / "out", engine="numpy", lang="en")
    assert (summary.review, summary.recommend) == (1, 0)
    act = page(tmp_path / "out" / "acts" / "01" / "act.en.html")
    assert "such pairs were compared all over the file, 6,000 of them" in act
    assert "never recommended to the commission, only put up for review" in act
    assert "All pairs of one school" not in act


def test_of_too_few_sheets_the_act_says_that_nothing_can_be_told(tmp_path: Path) -> None:
    run_integrity(*sat(tmp_path, 12, {1: 0}), tmp_path / "out", engine="numpy", lang="en")
    act = page(tmp_path / "out" / "acts" / "01" / "act.en.html")
    assert "among all the sheets of this file: not known" in act
    assert "Too few had these tasks (12) to tell how rare such likeness is." in act
    assert not re.search(r"\b(None|nan|null)\b(?! of these)", act)
    assert "No variant has enough sheets" in page(tmp_path / "out" / "act.html")


def test_another_share_than_the_rules_is_told_as_it_was_chosen(tmp_path: Path) -> None:
    run_integrity(*sat(tmp_path, 12, {1: 0}), tmp_path / "out", engine="numpy", lang="en", above="4/5")
    act = page(tmp_path / "out" / "acts" / "01" / "act.en.html")
    assert "On more than 80 % of the answers being the same" in act
    assert "Groups noted by the 80 % rule only 1" in page(tmp_path / "out" / "act.html")


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


# --- schools, and cells ---


def schools(*written: str | None) -> tuple[list[str | None], list[str]]:
    table, notes = one_spelling(pl.DataFrame({"school_id": pl.Series(written, dtype=pl.String)}))
    return table["school_id"].to_list(), notes


@pytest.mark.parametrize(
    "other",
    [
        "№5 ОРТА  мектеп",
        " №5 Орта мектеп",
        "№5 Орта\u00a0мектеп",
        "№5 Opтa мeктeп",
        "№5\u200b Орта мектеп",
        "No5 Орта мектеп",
    ],
)
def test_spellings_of_one_school_are_taken_as_the_one_most_used(other: str) -> None:
    usual = "№5 Орта мектеп"
    assert schools(other, usual, usual, "№6 Орта мектеп") == (
        [usual, usual, usual, "№6 Орта мектеп"],
        ["1 other spelling was taken as the one most used of its school."],
    )


@pytest.mark.parametrize("none", ["-", ".", "0", "нет", "НЕТ", "жоқ", "n/a", "N/A", "None", " — ", "000"])
def test_a_cell_that_says_there_is_no_school_is_none(none: str) -> None:
    found, notes = schools(none, "S1", none, None)
    assert found == [None, "S1", None, None]
    assert notes == ["2 sheets were taken as of no known school: the cell says so."]


def test_schools_written_alike_are_left_as_they_are() -> None:
    assert schools("KZ-1", "10", "1", None) == (["KZ-1", "10", "1", None], [])


def test_a_pair_of_one_school_spelt_in_two_ways_is_of_one_school(tmp_path: Path) -> None:
    sheets, key = sat(tmp_path, 120, {1: 0})
    sheets.write_text(sheets.read_text().replace("IIN000001,S0,", "IIN000001,s0,"))
    summary = run_integrity(sheets, key, tmp_path / "out", engine="numpy")
    assert (summary.recommend, summary.review) == (1, 0)
    assert "1 other spelling was taken as the one most used of its school." in summary.notes


@pytest.mark.parametrize(
    ("members", "cell"),
    [
        (["p1", "=x", "-y"], "p1 '=x '-y"),
        (["p 1", "=x"], "p 1; '=x"),
        (["p;=1", "q"], "p;'=1; q"),
        ([], ""),
    ],
)
def test_no_member_of_a_group_becomes_a_formula_where_semicolons_part_cells(
    members: list[str], cell: str, tmp_path: Path
) -> None:
    clusters = pl.DataFrame(
        [CLUSTER | {"members": members}], schema_overrides={"members": pl.List(pl.String)}
    )
    tables = {
        "pairs": pl.DataFrame([PAIR]),
        "people": pl.DataFrame([PERSON]),
        "null": pl.DataFrame({"stratum": [1]}),
    }
    write_tables(tmp_path, clusters=clusters, **tables)
    assert rows_of(tmp_path / "clusters.csv")[0]["members"] == cell


def test_a_formula_behind_a_semicolon_is_text_too(tmp_path: Path) -> None:
    path = write_csv(pl.DataFrame({"a": ["x;=1+1", "x;y", "=1;@b"]}), tmp_path / "a.csv")
    assert path.read_text().splitlines() == ["a", "x;'=1+1", "x;y", "'=1;'@b"]


def test_what_was_mended_is_told_in_words(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.sheets("participant,variant,q1,q3\np1,1,А,С\n")
    said = capsys.readouterr().err
    assert (
        "sheets.csv: Cyrillic letters among answers or keys were read as the Latin ones they look like (2)"
        in said
    )
    assert "columns of answers are missing in between; their items are blank (1)" in said


def test_a_private_table_is_never_open_to_others(tmp_path: Path) -> None:
    old = tmp_path / ".key.csv.part"
    old.write_text("of a run that broke off")
    old.chmod(0o644)
    written = write_csv(pl.DataFrame({"a": ["x"]}), tmp_path / "key.csv", private=True)
    assert (written.read_text(), stat.S_IMODE(written.stat().st_mode)) == ("a\nx\n", 0o600)
