"""What people read of the integrity command: the first page, the acts, and the codes in them."""

import hashlib
import json
import re
import stat
from pathlib import Path

import pytest
from unit.integrity_files import names_in, rows_of, sat

from worker.commands import integrity_acts
from worker.commands.integrity import run_integrity


def page(path: Path) -> str:
    """What a reader sees of it."""
    bare = re.sub(r"<style>.*?</style>|<[^>]+>", " ", path.read_text("utf-8"), flags=re.DOTALL)
    return " ".join(bare.replace("\u2011", "-").split())


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


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
