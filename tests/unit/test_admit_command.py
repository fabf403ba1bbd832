"""`baiqau admit` as its callers meet it: files in, files out, one sentence for each thing that is wrong."""

import csv
from pathlib import Path

import pytest

from jobs.admission import AdmissionError
from jobs.errors import BaiqauError
from jobs.lot import lot_tickets
from worker.commands.admit import AdmitInputError, AdmitSummary, run_admit

RESULTS = "participant,score,region\na,90,R1\nb,85,R1\nc,85,R2\nd,80,R2\n"
QUOTAS = "school_id,school,language,intake,seats,boarding\nX,First,,20,,\nY,Second,,10,,\n"
APPLICATIONS = "participant,preference,school_id,language,boarding\n" + "".join(
    f"{person},{number},{school},,\n" for person in "abcd" for number, school in ((1, "X"), (2, "Y"))
)


class Desk:
    """A folder with the three files, any of which a test may replace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.put("results.csv", RESULTS)
        self.put("quotas.csv", QUOTAS)
        self.put("applications.csv", APPLICATIONS)

    def put(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def run(self, **options: object) -> AdmitSummary:
        names = ("results.csv", "quotas.csv", "applications.csv", "out")
        return run_admit(*(self.folder / name for name in names), **options)  # type: ignore[arg-type]

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / "out" / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def seats(self) -> dict[str, str]:
        return {row["participant"]: row["school_id"] for row in self.rows("admission.csv")}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_admission_csv_has_the_contracts_columns_and_a_row_for_every_applicant(desk: Desk) -> None:
    summary = desk.run(tie="reject")
    rows = desk.rows("admission.csv")
    assert list(rows[0]) == ["participant", "school_id", "language", "boarding", "preference", "reason"]
    assert desk.seats() == {"a": "X", "b": "", "c": "", "d": ""}
    assert (summary.applicants, summary.placed, summary.seats, summary.supernumerary) == (4, 1, 3, 0)
    assert [path.name for path in summary.files] == ["admission.csv", "cutoffs.csv", "skipped.csv"]


def test_cutoffs_and_skipped_carry_the_figures_behind_the_reasons(desk: Desk) -> None:
    desk.run(tie="admit")
    assert [(row["school_id"], row["filled"], row["cutoff"]) for row in desk.rows("cutoffs.csv")] == [
        ("X", "3", "85"),
        ("Y", "1", "80"),
    ]
    (skipped,) = desk.rows("skipped.csv")
    assert (skipped["participant"], skipped["code"], skipped["cutoff"], skipped["score"]) == (
        "d",
        "full",
        "85",
        "80",
    )


def test_a_reason_tells_every_option_passed_over(desk: Desk) -> None:
    desk.put("quotas.csv", QUOTAS.replace("X,First,,20", "X,First,,0"))
    desk.run()
    assert desk.rows("admission.csv")[0]["reason"] == "admitted to preference 2; X: no seat: quota 0"


def test_equal_scores_go_by_the_lot_of_the_dice_and_the_summary_says_so(desk: Desk) -> None:
    for dice in ("", "1", "2", "3", "4", "5"):
        summary = desk.run(dice=dice)
        tickets = lot_tickets(["a", "b", "c", "d"], "admission", dice)
        first = min("bc", key=lambda person: tickets[person])
        assert desk.seats()[first] == "X"
        assert any("a lot decided" in warning for warning in summary.warnings)


def test_a_chain_column_orders_equals_before_any_lot(desk: Desk) -> None:
    desk.put("results.csv", "participant,score,olympiad\na,90,0\nb,85,1\nc,85,2\nd,80,0\n")
    summary = desk.run(chain=["olympiad"])
    assert desk.seats() == {"a": "X", "b": "Y", "c": "X", "d": ""}
    assert summary.warnings == ()


def test_decimals_with_a_point_or_a_comma_are_exact(desk: Desk) -> None:
    desk.put("results.csv", "participant;score\na;90\nb;82,5\nc;82,50000001\nd;85.0\n")
    desk.run()
    assert [row["participant"] for row in desk.rows("admission.csv")] == ["a", "d", "c", "b"]


def test_a_byte_order_mark_semicolons_and_blank_lines_are_read(desk: Desk) -> None:
    desk.put("results.csv", b"\xef\xbb\xbf" + RESULTS.replace(",", ";").replace("b;", "\r\nb;").encode())
    assert desk.run(tie="reject").applicants == 4


def test_priorities_of_a_school_are_followed(desk: Desk) -> None:
    desk.put("priorities.csv", "school_id,participant,rank\nX,d,1\n")
    desk.run(priorities=desk.folder / "priorities.csv")
    assert desk.seats()["d"] == "X"


def test_the_same_files_give_the_same_bytes(desk: Desk) -> None:
    first = [path.read_bytes() for path in desk.run().files]
    lines = APPLICATIONS.splitlines(keepends=True)
    desk.put("applications.csv", "".join([lines[0], *reversed(lines[1:])]))
    assert [path.read_bytes() for path in desk.run().files] == first


def test_a_cell_that_looks_like_a_formula_is_disarmed(desk: Desk) -> None:
    desk.put("results.csv", RESULTS + "=HYPERLINK(1),70,R1\n@x,60,R1\n")
    desk.run()
    assert [row["participant"] for row in desk.rows("admission.csv")][-2:] == ["'=HYPERLINK(1)", "'@x"]


def test_a_repeated_row_is_dropped_with_a_warning(desk: Desk) -> None:
    desk.put("applications.csv", APPLICATIONS + "a,1,X,,\n")
    assert "1 later duplicate of an option already listed was dropped" in desk.run().warnings


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("results.csv", "participant,points\na,1\n", "results.csv, line 1: the column 'score' is missing"),
        ("results.csv", "", "results.csv, line 1: the column 'participant' is missing"),
        (
            "results.csv",
            "participant,score\na,1\nb,1e3\n",
            "results.csv, line 3, column 'score': the cell is not a",
        ),
        ("results.csv", "participant,score\na,\n", "results.csv, line 2, column 'score': the cell is empty"),
        (
            "results.csv",
            "participant,score\na,1\nb,2\na,3\n",
            "results.csv, line 4: a line above has the same",
        ),
        ("results.csv", "participant,score\na,1,2\n", "results.csv, line 2: 3 cells where the header has 2"),
        ("results.csv", b"participant,score\n\xff,1\n", "results.csv: byte 18 is not UTF-8"),
        ("results.csv", 'participant,score\n"a,1\n', "results.csv, line 2: this is not CSV"),
        (
            "quotas.csv",
            QUOTAS.replace("20", "-20"),
            "quotas.csv, line 2, column 'intake': the cell is not a whole",
        ),
        ("quotas.csv", QUOTAS + "X,First,,30,,\n", "school X has two quotas"),
        (
            "applications.csv",
            APPLICATIONS + "a,1,Z,,\n",
            "applications.csv, line 10: a line above has the same",
        ),
        ("applications.csv", APPLICATIONS + "a,0,X,,\n", "applications.csv, line 10, column 'preference'"),
        (
            "applications.csv",
            APPLICATIONS + "a,3,X,,yes\n",
            "line 10, column 'boarding': the cell is not 0 or 1",
        ),
    ],
)
def test_what_is_wrong_is_named_in_one_sentence(desk: Desk, name: str, text: str | bytes, words: str) -> None:
    desk.put(name, text)
    with pytest.raises(BaiqauError) as caught:
        desk.run()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (desk.folder / "out").exists()


def test_a_file_that_is_not_there_is_named(desk: Desk) -> None:
    (desk.folder / "quotas.csv").unlink()
    with pytest.raises(AdmitInputError, match=r"quotas\.csv: the file cannot be read"):
        desk.run()


@pytest.mark.parametrize("option", [{"tie": "toss"}, {"rounding": "up"}])
def test_an_unknown_word_is_refused_with_the_known_ones(desk: Desk, option: dict[str, str]) -> None:
    with pytest.raises(AdmissionError, match="use one of"):
        desk.run(**option)
