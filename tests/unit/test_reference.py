"""The reference pages say what the code does, and the XSDs what the reader takes."""

import re
from pathlib import Path

import polars as pl
import pytest
from lxml import etree
from unit.tables import ROOT

from jobs.catalogue import JOBS
from jobs.feeds import FEEDS
from jobs.feeds.reading import read_rows
from worker.events import SENTENCES
from worker.intake import decode, receive
from worker.intake.frames import End, Job, Limits, PackedRows, Recognised
from worker.intake.ingest import vocabulary
from worker.intake.readers import read
from worker.reference.codes import _Reader, job_codes
from worker.reference.feeds import needed, sample_row
from worker.reference.pages import files, write
from worker.reference.schemas import feed_xsd
from worker.store.tables import metadata

COMMITTED = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return files()


def test_the_committed_reference_is_what_the_code_makes_now(made: dict[str, bytes]) -> None:
    paths = [path for path in COMMITTED.rglob("*") if path.is_file()]
    committed = {str(path.relative_to(COMMITTED)): path.read_bytes() for path in paths}
    stale = sorted(name for name in committed.keys() | made.keys() if committed.get(name) != made.get(name))
    assert stale == [], "run `make reference`"


def test_writing_leaves_no_page_of_an_earlier_version(tmp_path: Path, made: dict[str, bytes]) -> None:
    (tmp_path / "xsd").mkdir()
    (tmp_path / "old.md").touch()
    (tmp_path / "xsd" / "old.xsd").touch()
    write(tmp_path)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")} == made.keys()


@pytest.mark.parametrize("feed", FEEDS)
def test_a_file_valid_by_the_xsd_of_a_feed_is_taken_by_the_reader(feed: str, tmp_path: Path) -> None:
    file = tmp_path / "sample.xml"
    file.write_bytes(_as_xml(feed, sample_row(FEEDS[feed])))
    _schema(feed).assertValid(etree.parse(file))
    frames = list(read(Job(str(file), file.name, vocabulary(), Limits(), 100)))
    recognised = next(frame for frame in frames if isinstance(frame, Recognised))
    rows = next(frame.unpack() for frame in frames if isinstance(frame, PackedRows))
    raw = pl.DataFrame({"line": rows.lines, **dict(zip(recognised.columns, rows.columns, strict=True))})
    taken = read_rows(FEEDS[feed], raw, zone="Asia/Almaty", assume={})
    assert recognised.feed == feed
    assert isinstance(frames[-1], End)
    assert taken.refused.height == 0
    assert taken.rows.height == 1


@pytest.mark.parametrize("feed", FEEDS)
def test_the_xsd_of_a_feed_refuses_a_row_without_a_needed_column(feed: str) -> None:
    row = sample_row(FEEDS[feed])
    for name in needed(FEEDS[feed]):
        shorter = {column: text for column, text in row.items() if column != name}
        assert not _schema(feed).validate(etree.fromstring(_as_xml(feed, shorter))), name


def test_a_column_that_is_made_from_others_is_not_needed() -> None:
    assert not needed(FEEDS["roster"]) & {"grade", "school_id", "class"}
    assert "locality" in needed(FEEDS["roster"])


def test_every_code_an_intake_test_or_source_names_is_documented(made: dict[str, bytes]) -> None:
    page = made["codes.md"].decode()
    sources = "".join(path.read_text() for path in (ROOT / "worker" / "intake").rglob("*.py"))
    named = set(re.findall(r'(?:Refusal|_Refused|RefusedFile)\(\s*"([a-z-]+)"', sources))
    named |= set(re.findall(r'code="([a-z-]+)"', sources)) | {*receive._KINDS.values(), "device"}
    assert len(named) > 20
    assert [code for code in sorted(named) if f"| `{code}` |" not in page] == []


def test_every_repair_is_documented(made: dict[str, bytes]) -> None:
    page = made["codes.md"].decode()
    sources = "".join(path.read_text() for path in (ROOT / "worker" / "intake").rglob("*.py"))
    named = set(re.findall(r'(?:Repair|add_repair)\(\s*"([a-z0-9-]+)"', sources)) | {*decode._CODES.values()}
    named |= {"letters-folded", "zeros-restored"}
    assert len(named) > 6
    assert [code for code in sorted(named) if f"| `{code}` |" not in page] == []


def test_every_verdict_code_of_a_job_is_documented(made: dict[str, bytes]) -> None:
    page = made["codes.md"].decode()
    assert len(job_codes()) > 25
    assert [c for c in sorted(job_codes()) if f"### {c}\n" not in page and f"`{c}`" not in page] == []


def test_every_job_event_and_table_is_documented(made: dict[str, bytes]) -> None:
    for page, names in (("rulebook.md", JOBS), ("events.md", SENTENCES), ("database.md", metadata.tables)):
        text = made[page].decode()
        assert [
            n for n in names if f"### {n}\n" not in text and f"## {n}\n" not in text and f"`{n}`" not in text
        ] == []


def test_a_code_is_paired_with_the_sentence_given_to_its_name_last(tmp_path: Path) -> None:
    source = 'why = "first one."\nf(code="a-b", why=why)\nwhy = "second one."\nf(code="c-d", why=why)\n'
    (tmp_path / "m.py").write_text(source)
    found = list(_Reader().pairs(tmp_path / "m.py"))
    assert found == [("a-b", "first one."), ("c-d", "second one.")]


def _schema(feed: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(feed_xsd(FEEDS[feed]).encode()))


def _as_xml(feed: str, row: dict[str, str]) -> bytes:
    namespace = f"urn:baiqau:{feed}:1"
    root = etree.Element(f"{{{namespace}}}{feed}")
    item = etree.SubElement(root, f"{{{namespace}}}row")
    for name, text in row.items():
        etree.SubElement(item, f"{{{namespace}}}{name}").text = text
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
