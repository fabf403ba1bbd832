"""XML as a stream of rows: `<anything><row><iin>…</iin>…</row>…</anything>`, in any namespace.

The children of the root are the rows; their children's local names are the headers. Attributes are no data.
A document type definition is refused before anything of it can be expanded.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, Final, cast

from lxml import etree

from worker.intake.decode import choose_encoding, read_sample, sample_text
from worker.intake.frames import Job, Opened, Refusal, Wire
from worker.intake.readers.archive import Source
from worker.intake.readers.gathering import Record, gather

MOST_ATTRIBUTES: Final = 100
_OPENING_BYTES: Final = 64 << 10  # at a time: the parser builds a tree of all that it is fed
_OPENING_BLOCKS: Final = 128
_SWEEP_ROWS: Final = 500
_PROLOG: Final = re.compile(r"(?:\s|\ufeff|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)
_NESTED: Final = ("nested-cell", "a cell of the row has elements inside it")
_STRANGE: Final = ("not-a-row", "the element is not a row like the others")
_BAD_BYTES: Final = frozenset(
    {
        etree.ErrorTypes.ERR_INVALID_ENCODING,
        etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
        etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
        etree.ErrorTypes.ERR_INVALID_CHAR,
        etree.ErrorTypes.I18N_CONV_FAILED,
    }
)
_TOO_MUCH: Final = 114  # libxml2's XML_ERR_RESOURCE_LIMIT, which lxml's table does not name
_Events = Iterator[tuple[str, etree._Element]]


def read(source: Source, job: Job) -> Iterator[Wire]:
    """The frames of an XML file. Raises Refusal."""
    try:
        with source.open() as stream:
            _refuse_doctype(stream)
        with source.open() as stream:
            row_tag, encoding = _first_row(stream)
        with source.open() as stream:
            yield from gather(_rows(stream, row_tag), Opened("xml", encoding, member=source.member), job)
    except etree.XMLSyntaxError as fault:
        if _code(fault) == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from fault
        raise _refusal(fault) from fault


def _refuse_doctype(stream: BinaryIO) -> None:
    """Before libxml2 sees it: what it does with entities then needs no trust."""
    sample, whole = read_sample(stream)
    text = sample_text(sample, choose_encoding(sample, whole=whole), whole=whole)
    prolog = _PROLOG.match(text)
    if prolog and text.startswith("<!DOCTYPE", prolog.end()):
        raise _doctype()


def _first_row(stream: BinaryIO) -> tuple[str, str]:
    """The tag of the root's first child that has children, and the encoding, from the file's opening."""
    parser = etree.XMLPullParser(
        events=("start",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    for _ in range(_OPENING_BLOCKS):
        block = stream.read(_OPENING_BYTES)
        if not block:
            break
        parser.feed(block)
        for _, element in cast(_Events, parser.read_events()):
            _refuse_dangers(element)
            row = element.getparent()
            root = row.getparent() if row is not None else None
            if row is not None and root is not None and root.getparent() is None:
                encoding: str | None = element.getroottree().docinfo.encoding
                return str(row.tag), encoding or "utf-8"
    raise Refusal("no-rows", "no element of the file's opening has the form of a row with cells.")


def _doctype() -> Refusal:
    return Refusal("doctype", "the file holds a document type definition (DOCTYPE); these are not taken.")


def _refuse_dangers(element: etree._Element) -> None:
    if element.getroottree().docinfo.doctype:  # type: ignore[attr-defined]  # lxml-stubs lack it
        raise _doctype()
    if len(element.attrib) > MOST_ATTRIBUTES:
        raise Refusal(
            "too-many-attributes", f"an element has more than the {MOST_ATTRIBUTES} attributes allowed."
        )


def _rows(stream: BinaryIO, row_tag: str) -> Iterator[Record]:
    """The rows; memory is freed a sweep at a time, which is cheaper. Raises Refusal for rows in rows.

    Where several rows share a line, each gets the number after its predecessor's: a row is known by its line.
    """
    tags: list[str] = []
    names: list[str] = []
    root, line = None, 0
    for count, (_, row) in enumerate(_row_ends(stream, row_tag), 1):
        root = row.getroottree().getroot() if root is None else root
        if row.getparent() is not root:
            raise Refusal("nested-rows", f"on line {_line(row)} a row lies inside another element.")
        cells = list(row)
        met = [cell.tag for cell in cells]
        if met != tags:
            tags, names = met, [_local(tag) for tag in met]
        fault = _NESTED if any(map(len, cells)) else None
        line = max(_line(row), line + 1)
        yield line, names, [cell.text or "" for cell in cells], fault
        cells.clear()  # lxml would keep each cell alive, at a cost, when its row is freed
        if count % _SWEEP_ROWS == 0:
            yield from _strangers(root, root.index(row), row_tag)
            _free(root, row)
    if root is not None:
        yield from _strangers(root, len(root), row_tag)


def _strangers(root: etree._Element, count: int, row_tag: str) -> list[Record]:
    """What among the root's first `count` children is no row."""
    return [(_line(child), [], [], _STRANGE) for child in islice(root, count) if child.tag != row_tag]


def _free(root: etree._Element, last: etree._Element) -> None:
    """Forget the rows before `last`, and its cells; the parser may be far ahead of it."""
    last.clear()
    while root[0] is not last:
        del root[0]


def _row_ends(stream: BinaryIO, row_tag: str) -> _Events:
    return cast(
        _Events,
        etree.iterparse(
            stream,
            events=("end",),
            tag=row_tag,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        ),
    )


def _line(element: etree._Element) -> int:
    return cast(int, element.sourceline)  # lxml-stubs has a wrong type


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _code(fault: etree.XMLSyntaxError) -> int:
    return int(fault.code)  # type: ignore[attr-defined]  # lxml has it, lxml-stubs has not


def _refusal(fault: etree.XMLSyntaxError) -> Refusal:
    """libxml2's own words may quote the data, so only its line and number are told."""
    line, code = fault.position[0], _code(fault)
    if code in _BAD_BYTES:
        return Refusal(
            "wrong-encoding", f"wrong encoding: line {line} holds bytes that are not the declared encoding."
        )
    if code == _TOO_MUCH:
        return Refusal(
            "xml-too-deep", f"on line {line} elements are nested too deeply or a text is too long."
        )
    return Refusal(
        "not-well-formed", f"the XML is broken on line {line} (libxml2 error {code}); send it anew."
    )
