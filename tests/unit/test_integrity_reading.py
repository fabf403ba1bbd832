"""What the integrity command reads: sheets, keys and schools as people write them."""

import stat
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from unit.integrity_files import CLUSTER, KEYS, PAIR, PERSON, Desk, rows_of, sat

from jobs.integrity.forms import IntegrityInputError, canonical_forms
from worker.commands.files import FileFault, write_csv
from worker.commands.integrity import (
    one_spelling,
    read_keys,
    read_sheets,
    run_integrity,
    stage_of,
    write_tables,
)
from worker.rehearsal.spreadsheet import Table, kz1048, utf8_with_bom, xlsx

SHEETS = "participant,variant,q1,q2,q3\np1,1,a,,C\np2,2,B,B,B\n"


@pytest.fixture
def desk(tmp_path: Path) -> "Desk":
    return Desk(tmp_path)


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
