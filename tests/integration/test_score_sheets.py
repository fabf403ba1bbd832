"""Score sheets go out as forms for each juror and come back, filled in, as marks that are counted."""

import io
import json
import tomllib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from award_season import CONTEST, SENDER, at, drop
from lxml import etree
from python_calamine import CalamineWorkbook
from sites import NOBODY, Bench

from jobs.rulebook import MARKING, RulebookFault, load
from worker.commands.init import init_site
from worker.commands.rehearse import adjust
from worker.deliver.score_sheets import criterion_names
from worker.deliver.words import read_words
from worker.pseudonyms import Pseudonyms
from worker.rehearsal.forms import NoForms, planned
from worker.rehearsal.forms import filled as filled_forms
from worker.rehearsal.spreadsheet import Drop
from worker.secrets import read_secret
from worker.store import tables

RULEBOOK = """
contest = "subject-olympiad"
regulation = "004, annex 4"
edition = "2026-2027"
timezone = "Asia/Almaty"
contact = "entered"

[title]
kk = "Орындаушылар конкурсы"
ru = "Конкурс исполнителей"
en = "Contest of performers"

[season]
entered = { at = "2027-03-01 09:00" }
round-1 = { at = "2027-03-22 19:00" }

[ask.jury]
title = { kk = "Қазылар алқасы", ru = "Жюри", en = "The jury" }
clause = "12"
choices = { accept = "in", refuse = "out" }

[[stage]]
id = "entered"
title = { kk = "өтінімдер", ru = "заявки", en = "applications" }
clause = "9"
entries = "entrants"
key = "participant"
decided = "entered"
deliver = ["score-sheets"]
on_sheets = ["surname", "nomination"]

[[stage]]
id = "round-1"
title = { kk = "бірінші тур", ru = "первый тур", en = "round 1" }
clause = "17"
entries = "entered"
decided = "round-1"

[[stage.step]]
clause = "14, 17"
job = "jury"
scores = "scores"
jurors = "jurors"
teacher = "teacher"
rounds = ["1"]
maxima = { technique = "5", artistry = "10" }
bonus = { artistry = "1" }
of = "mean"
ask = "jury"
"""
ENTRANTS = ("participant", "nomination", "surname", "name", "teacher", "language")
JURORS = ("juror", "role", "name", "nomination")
PEOPLE = [
    ("p1", "Фортепиано", "Әбілова", "Гүлнұр", "Басқа Б.", "kk"),
    ("p2", "Фортепиано", "Белозёров", "Иван", "Қазыев Қуат", "ru"),
    ("p3", "Скрипка", "Ғабитов", "Өмір", "Басқа Б.", "kk"),
]
BENCH = [
    ("j1", "төраға", "Ізтілеуова Ш.", ""),
    ("j2", "мүше", "Қуат Қазыев", "Фортепиано"),
    ("j3", "хатшы", "Хатшы Х.", ""),
]
TYPES = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
POINTS = "Ұпай / Балл"


def begun(root: Path, rulebook: str) -> Bench:
    """A site of that rulebook to which nothing has been sent yet."""
    feeds = f'\n[senders.{SENDER}]\ncontests = ["{CONTEST}"]\nfeeds = ["entrants", "jurors", "scores"]\n'
    feeds += 'complete = "stable"\n'
    init_site(root, [CONTEST], quietly=True)
    (root / "contests" / f"{CONTEST}.toml").write_text(rulebook, encoding="utf-8")
    settings = root / "settings.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + feeds, encoding="utf-8")
    adjust(root, "127.0.0.1", NOBODY)
    return Bench(root, at("2027-02-01 10:00"))


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Entrants and a jury have come, and the forms are out."""
    bench = begun(tmp_path_factory.mktemp("sheets") / "site", RULEBOOK)
    drop(bench, "jury.csv", JURORS, BENCH)
    drop(bench, "entrants.csv", ENTRANTS, PEOPLE)
    bench.work(at("2027-03-01 10:00"))
    yield bench
    bench.close()


def forms(bench: Bench) -> dict[str, Path]:
    """The forms by the code of their juror."""
    found = (bench.site.outbox / "requests" / CONTEST / "score-sheets" / "round-1").glob("*.xlsx")
    return {path.stem.removeprefix(f"{CONTEST}-round-1-"): path for path in found}


def rows_of(data: bytes) -> list[dict[str, object]]:
    head, *body = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, head), row, strict=True)) for row in body]


def filled(data: bytes, points: Mapping[tuple[str, str], float]) -> bytes:
    """The form with points typed into the cells of its last column, as a spreadsheet would keep them."""
    table = rows_of(data)
    column = list(table[0]).index(POINTS)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                content = _typed(content, [points.get(_thing(row)) for row in table], column)
            new.writestr(item, content)
    return out.getvalue()


def _thing(row: Mapping[str, object]) -> tuple[str, str]:
    return str(row["Қатысушы коды / Код участника"]), str(row["Критерий"])


def _typed(sheet: bytes, values: Sequence[float | None], column: int) -> bytes:
    root = etree.fromstring(sheet)
    lines = root.findall(f".//{TYPES}row")
    for line, value in zip(lines[1:], values, strict=True):
        cell = line.findall(f"{TYPES}c")[column]
        if value is not None:
            cell.attrib.pop("t", None)
            etree.SubElement(cell, f"{TYPES}v").text = str(value)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def code(bench: Bench, entry: str) -> str:
    secret = read_secret(bench.site.path(bench.site.settings.keys.pseudonyms))
    return Pseudonyms(secret).code(CONTEST, entry)


def test_each_juror_has_a_form_and_the_secretary_has_none(season: Bench) -> None:
    assert forms(season).keys() == {code(season, "j1"), code(season, "j2")}


def test_a_form_has_a_row_for_everybody_to_mark_and_none_for_an_own_pupil(season: Bench) -> None:
    marked = {
        juror: {_thing(row) for row in rows_of(path.read_bytes())} for juror, path in forms(season).items()
    }
    things = ("technique", "artistry", "artistry-bonus")
    assert marked[code(season, "j1")] == {(code(season, p), t) for p in ("p1", "p2", "p3") for t in things}
    assert marked[code(season, "j2")] == {(code(season, "p1"), t) for t in things}


def test_a_form_names_people_by_code_and_by_what_the_rulebook_lets_stand_there(season: Bench) -> None:
    for row in rows_of(forms(season)[code(season, "j2")].read_bytes()):
        assert row["Қатысушы туралы / Об участнике"] == "Әбілова, Фортепиано"
    cells = {
        cell for path in forms(season).values() for row in rows_of(path.read_bytes()) for cell in row.values()
    }
    assert not cells & {"p1", "p2", "p3", "j1", "j2", "Гүлнұр", "Иван", "Өмір"}


def test_a_cell_takes_points_from_nought_to_the_maximum(season: Bench) -> None:
    with zipfile.ZipFile(forms(season)[code(season, "j2")]) as book:
        sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    borders = [
        (rule.findtext(f"{TYPES}formula1"), rule.findtext(f"{TYPES}formula2"))
        for rule in sheet.findall(f".//{TYPES}dataValidation")
    ]
    assert [(float(least or -1), float(most or -1)) for least, most in borders] == [(0, 5), (0, 10), (0, 1)]


def test_filled_forms_come_back_as_scores_and_are_counted(season: Bench) -> None:
    p1, p2, p3 = (code(season, each) for each in ("p1", "p2", "p3"))
    first = {
        (p1, "technique"): 4.5, (p1, "artistry"): 9, (p1, "artistry-bonus"): 1,
        (p2, "technique"): 5, (p2, "artistry"): 10, (p2, "artistry-bonus"): 1,
        (p3, "technique"): 3, (p3, "artistry"): 0,
    }  # fmt: skip
    second = {(p1, "technique"): 4, (p1, "artistry"): 8}
    for juror, points in (("j1", first), ("j2", second)):
        path = forms(season)[code(season, juror)]
        season.drop(path.name, filled(path.read_bytes(), points), SENDER, CONTEST)
    season.work(at("2027-03-22 20:00"))
    assert _scores(season) == {"p1": ("13.25", 2), "p2": ("15", 1), "p3": ("3", 1)}
    assert [row["state"] for row in season.rows(tables.deliveries)] == ["accepted"] * 4


def _scores(bench: Bench) -> dict[str, tuple[str, int]]:
    """Score and number of jurors by entry, after the newest run."""
    last = max(row["id"] for row in bench.rows(tables.runs) if row["stage"] == "round-1")
    records = [json.loads(row["record"]) for row in bench.rows(tables.standings) if row["run_id"] == last]
    return {record["entry"]: (record["score"], record["jurors"]) for record in records}


def test_sheets_without_a_jury_to_fill_them_in_are_refused_when_the_rulebook_loads() -> None:
    with pytest.raises(RulebookFault, match="nothing to mark"):
        load(RULEBOOK.split('[[stage]]\nid = "round-1"', maxsplit=1)[0], "alone.toml")


JURY = """
[[stage]]
id = "jury"
title = { kk = "қазылар алқасы", ru = "жюри", en = "the jury" }
clause = "13"
entries = "jurors"
key = "juror"
decided = "entered"

[[stage]]
id = "entered"
waits_for = ["jury"]
"""


def test_no_form_goes_out_before_the_list_of_the_jury_has_come(tmp_path: Path) -> None:
    bench = begun(tmp_path / "site", RULEBOOK.replace('\n[[stage]]\nid = "entered"\n', JURY))
    drop(bench, "entrants.csv", ENTRANTS, PEOPLE)
    bench.work(at("2027-03-01 10:00"))
    assert not forms(bench)
    drop(bench, "jury.csv", JURORS, BENCH)
    bench.work(at("2027-03-03 10:00"))
    assert len(forms(bench)) == 2
    bench.close()


def test_a_rehearsed_jury_writes_on_the_forms_that_were_sent_and_on_no_others(season: Bench) -> None:
    rows = [{"contestant": "p3", "juror": "j1", "round": "1", "criterion": "technique", "points": "4"}]
    plain = Drop(at("2027-03-02 10:00"), f"{SENDER}/{CONTEST}/marks.csv", b"")
    (form,) = filled_forms(season.site, planned(plain, "round-1", rows))
    assert form.path == f"{SENDER}/{CONTEST}/{forms(season)[code(season, 'j1')].name}"
    written = {_thing(row): row[POINTS] for row in rows_of(form.data) if row[POINTS]}
    assert written == {(code(season, "p3"), "technique"): "4"}
    with pytest.raises(NoForms, match="round-2"):
        list(filled_forms(season.site, planned(plain, "round-2", rows)))


# --- what jurors read ---

SHIPPED = sorted(path for path in Path("contests").glob("*.toml") if not path.name.endswith(".cases.toml"))


def criteria_of(path: Path) -> set[str]:
    book = tomllib.loads(path.read_text(encoding="utf-8"))
    steps = (step for stage in book["stage"] for step in stage.get("step", ()))
    marked = [step for step in steps if step["job"] in MARKING]
    named = {
        name.rpartition("/")[2]
        for given in marked
        for maxima in ("maxima", "individual", "team")
        for name in given.get(maxima) or {}
    }
    return named | {f"{name}-bonus" for given in marked for name in given.get("bonus") or {}}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_criterion_of_a_shipped_contest_has_a_name_that_a_juror_can_read(path: Path) -> None:
    labels = read_words(Path("templates/words.toml")).values["criterion"]
    names = {each: criterion_names(labels, path.stem, each.rpartition("/")[2]) for each in criteria_of(path)}
    assert {each for each, told in names.items() if set(told) != {"kk", "ru", "en"}} == set()


def test_a_number_means_a_criterion_of_its_own_contest_only() -> None:
    labels = read_words(Path("templates/words.toml")).values["criterion"]
    assert criterion_names(labels, "science-projects", "4")["ru"] == "глубина раскрытия темы"
    assert criterion_names(labels, "another", "4") == {}
    assert criterion_names(labels, "music-theory", "period-bonus")["kk"] == "период ойнау: қосымша балл"
