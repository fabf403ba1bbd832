"""Which reader a file needs: its first bytes decide, its extension may only agree."""

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from worker.intake.decode import choose_encoding, read_sample, sample_text
from worker.intake.frames import MIB, Job, Refusal, Wire
from worker.intake.readers import archive, delimited, markup, records, spreadsheet
from worker.intake.readers.archive import Source

_MAGIC: Final = (
    (
        b"\xd0\xcf\x11\xe0",
        "old-excel",
        "the file is an old or locked Office file; save it as .xlsx or CSV without a password.",
    ),
    (b"%PDF", "not-a-table", "the file is a PDF; send the table itself as .xlsx or CSV."),
    (b"Rar!", "not-a-table", "the file is a RAR archive; send the table itself or a ZIP."),
    (b"7z\xbc\xaf", "not-a-table", "the file is a 7z archive; send the table itself or a ZIP."),
    (b"\x1f\x8b", "not-a-table", "the file is a gzip archive; send the table itself or a ZIP."),
    (b"\x89PNG", "not-a-table", "the file is a picture; send the table itself as .xlsx or CSV."),
    (b"\xff\xd8\xff", "not-a-table", "the file is a picture; send the table itself as .xlsx or CSV."),
)
_PROMISED: Final = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".xml": "xml",
    ".json": "json",
    ".zip": "zip",
    ".xls": "old Excel",
}
_HTML: Final = ("<!doctype html", "<html", "<table", "<head", "<meta", "<body")
_READERS: Final = {
    "csv": delimited.read,
    "xlsx": spreadsheet.read,
    "xml": markup.read,
    "json": records.read,
}


def read(job: Job) -> Iterator[Wire]:
    """The frames of one file. Raises Refusal."""
    path = Path(job.path)
    size = path.stat().st_size
    if size > job.limits.max_bytes:
        raise Refusal(
            "too-large", f"the file has {size // MIB} MB; at most {job.limits.max_bytes // MIB} are allowed."
        )
    source = Source(job.file_name, path)
    kind = _kind(source, job)
    _refuse_lie(source.name, kind)
    if kind == "zip":
        source = _unwrap(source, job)
        kind = _kind(source, job)
        _refuse_lie(source.name, kind)
    return _READERS[kind](source, job)


def _unwrap(source: Source, job: Job) -> Source:
    found = archive.entries(source.path, job.limits)
    member = archive.only_member(source, found)
    if not member.name.lower().endswith(".xlsx"):
        archive.refuse_nested(found)
    return member


def _kind(source: Source, job: Job) -> str:
    with source.open() as stream:
        sample, whole = read_sample(stream)
    if not sample.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise Refusal("empty-file", "the file is empty.")
    for magic, code, why in _MAGIC:
        if sample.startswith(magic):
            raise Refusal(code, why)
    if sample.startswith(b"PK"):
        return _kind_of_zip(source, job)
    return _kind_of_text(sample_text(sample, choose_encoding(sample, whole=whole), whole=whole))


def _kind_of_zip(source: Source, job: Job) -> str:
    if source.member is not None:
        if source.name.lower().endswith(".xlsx"):
            return "xlsx"
        raise Refusal("nested-archive", "there is an archive inside the archive; send its files one by one.")
    try:
        found = archive.entries(source.path, job.limits)
    except zipfile.BadZipFile as fault:
        raise Refusal(
            "damaged", "the file begins as a ZIP or .xlsx file but is cut or damaged; send it again."
        ) from fault
    return "xlsx" if archive.is_workbook(found) else "zip"


def _kind_of_text(text: str) -> str:
    start = text.lstrip("\ufeff \t\n")[:200].lower()
    if start.startswith(_HTML):
        raise Refusal("html", "the file is a web page (HTML) under another name; save it as .xlsx or CSV.")
    if start.startswith("<"):
        return "xml"
    if start.startswith("{") or (start.startswith("[") and start[1:].lstrip()[:1] in ("{", "]")):
        return "json"
    return "csv"


def _refuse_lie(name: str, kind: str) -> None:
    promised = _PROMISED.get(PurePosixPath(name).suffix.lower())
    if promised is not None and promised != kind:
        raise Refusal(
            "extension-lies",
            f"the file's name promises {promised} but its content is {kind}; rename or resave it.",
        )
