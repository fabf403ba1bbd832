"""CSV, TSV and `;`-separated text, as a stream.

Where no field of a block opens with a quote, a row is its line cut at the delimiters, and `str.split` is
several times faster than `csv.reader`; from the first such field on, `csv.reader` reads.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import accumulate, chain, islice
from typing import Final, Protocol

from worker.intake.decode import (
    Encoding,
    Mending,
    choose_encoding,
    doubts,
    examine,
    read_sample,
    refuse_lost_letters,
    sample_text,
    text_blocks,
)
from worker.intake.frames import SEPARATOR, Job, Opened, Refusal, Wire
from worker.intake.header import HEAD_ROWS, Heading, Lexicon
from worker.intake.readers.archive import Source
from worker.intake.readers.shipping import LONGEST_TOTAL, Shipper, may_be_passed

DELIMITERS: Final = (";", "\t", ",", "|")
LONGEST_LINE: Final = 1 << 20


class _Reader(Protocol):
    """What `csv.reader` returns."""

    @property
    def line_num(self) -> int: ...
    def __iter__(self) -> Iterator[list[str]]: ...


@dataclass(frozen=True)
class _Layout:
    """`width` and `mended` are the header's cells and characters mended, `data_line` the line under it."""

    encoding: Encoding
    delimiter: str
    mending: Mending
    heading: Heading
    width: int
    title_lines: list[int]
    header_line: int
    data_line: int
    mended: int


def read(source: Source, job: Job) -> Iterator[Wire]:
    """The frames of a delimited text file. Raises Refusal."""
    csv.field_size_limit(LONGEST_LINE)  # a quote that is never closed would swallow the file
    with source.open() as stream:
        sample, whole = read_sample(stream)
    encoding = choose_encoding(sample, whole=whole)
    text = sample_text(sample, encoding, whole=whole)
    layout = _lay_out(text, encoding, job, whole=whole)
    shipper = Shipper(layout.heading, layout.width, layout.mending, job.limits, layout.mended)
    repairs = layout.mending.repairs(layout.mending.cell(text)[1]) + doubts(text, layout.mending)
    yield Opened("csv", encoding.label, layout.delimiter, member=source.member, repairs=repairs)
    yield shipper.recognised(layout.header_line)
    for line in layout.title_lines:
        shipper.pass_over(line, "title-row", "the row stands above the header")
    with source.open() as stream:
        yield from _ship(text_blocks(stream, encoding), layout, shipper, job)
    yield from shipper.end()


# --- the opening ---


def _lay_out(text: str, encoding: Encoding, job: Job, *, whole: bool) -> _Layout:
    mending = examine(text)
    lexicon = Lexicon(job.vocabulary)
    cuts = {delimiter: _cut(text, delimiter, whole=whole) for delimiter in DELIMITERS}
    heads = {
        d: [[mending.cell(c)[0] for c in row] for _, _, row in cut[:HEAD_ROWS]] for d, cut in cuts.items()
    }
    delimiter = max(DELIMITERS, key=lambda candidate: lexicon.score(heads[candidate]))
    cut = cuts[delimiter]
    heading = _found(lexicon, heads[delimiter], cut)
    refuse_lost_letters(cell for _, _, row in cut for cell in heading.kept_of(row))
    first, last, row = cut[heading.row]
    if len(row) > job.limits.max_columns:
        raise Refusal(
            "too-many-columns",
            f"the header has {len(row)} columns; at most {job.limits.max_columns} are allowed.",
        )
    titles = [line for line, _, _ in cut[: heading.row]]
    mended = sum(mending.cell(cell)[1] for cell in row)
    return _Layout(encoding, delimiter, mending, heading, len(row), titles, first, last + 1, mended)


def _found(lexicon: Lexicon, head: list[list[str]], cut: list[tuple[int, int, list[str]]]) -> Heading:
    try:
        return lexicon.find(head)
    except Refusal:
        refuse_lost_letters(cell for _, _, row in cut for cell in row)  # perhaps the headers lost theirs
        raise


def _cut(text: str, delimiter: str, *, whole: bool) -> list[tuple[int, int, list[str]]]:
    """First line, last line and cells of the sample's rows; a row cut by the sample's end is left out."""
    lines = text.split("\n")
    if not whole or not lines[-1]:
        lines.pop()
    if not lines:
        raise Refusal("line-too-long", "the first line does not end within 256 KB; this is no table.")
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=False)
    rows, first = [], 1
    for row in reader:
        rows.append((first, reader.line_num, row))
        first = reader.line_num + 1
    return rows


# --- the rows ---


def _ship(blocks: Iterable[str], layout: _Layout, shipper: Shipper, job: Job) -> Iterator[Wire]:
    lines = _Lines(blocks, layout.data_line)
    for first, block in lines.plain(layout.delimiter):
        for at in range(0, len(block), job.chunk_rows):
            yield from _ship_plain(first + at, block[at : at + job.chunk_rows], layout, shipper)
    reader = csv.reader(lines.rest(), delimiter=layout.delimiter, strict=True)
    more = True
    while more:
        first, rows = lines.row_line, list[list[str]]()
        more = _read_quoted(reader, rows, lines, shipper, job.chunk_rows)
        yield from shipper.ship_rows(_first_lines(first, rows, lines.row_line), rows)


def _ship_plain(first: int, lines: list[str], layout: _Layout, shipper: Shipper) -> list[Wire]:
    numbers, delimiter = range(first, first + len(lines)), layout.delimiter
    text = "\n".join(lines)
    regular = (
        layout.mending.kind is None
        and SEPARATOR not in text
        and {line.count(delimiter) for line in lines} == {layout.width - 1}
        and max(map(len, lines)) <= shipper.limits.max_cell_chars
        and not may_be_passed([line[:LONGEST_TOTAL] for line in lines])
    )
    if regular:
        return shipper.ship_text(numbers, text.replace("\n", SEPARATOR).replace(delimiter, SEPARATOR))
    return shipper.ship_rows(numbers, [line.split(delimiter) for line in lines])


class _Lines:
    """The file's lines from `start` on: in blocks up to the first quoted field, then for `csv.reader`."""

    def __init__(self, blocks: Iterable[str], start: int) -> None:
        self._texts = _whole_lines(blocks, skip=start - 1)
        self._pending: list[str] = []
        self.row_line = start

    def plain(self, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        """Number of the first line and the lines, block by block, up to the first quoted field."""
        for text in self._texts:
            if '"' in text and (text.startswith('"') or f'{delimiter}"' in text or '\n"' in text):
                self._pending.append(text)
                return
            lines = text.split("\n")
            yield self.row_line, lines
            self.row_line += len(lines)

    def rest(self) -> Iterator[str]:
        """The remaining lines with their ends."""
        texts = chain(self._pending, self._texts)
        return chain.from_iterable(StringIO(text + "\n", newline="\n") for text in texts)


def _whole_lines(blocks: Iterable[str], skip: int) -> Iterator[str]:
    """Blocks cut at line ends, without the last line end, the first `skip` lines left out."""
    tail = ""
    for block in blocks:
        text, cut, tail = (tail + block).rpartition("\n")
        if len(tail) > LONGEST_LINE:
            raise Refusal("line-too-long", "a line is longer than a million characters; this is no table.")
        if not cut:
            continue
        pieces = text.split("\n", skip)
        if len(pieces) > skip:
            skip = 0
            yield pieces[-1]
        else:
            skip -= len(pieces)
    if tail and not skip:
        yield tail


def _read_quoted(reader: _Reader, rows: list[list[str]], lines: _Lines, shipper: Shipper, most: int) -> bool:
    """Add up to `most` rows, fewer before a row that is misquoted; whether there may be more."""
    base = lines.row_line - reader.line_num
    try:
        rows.extend(islice(reader, most))  # on an error what was read so far stays in the list
    except csv.Error as fault:
        bad_line = _next_line(lines.row_line, rows)
        if str(fault).startswith(("field larger", "unexpected end")):
            raise _unclosed(bad_line) from fault
        shipper.refuse(bad_line, None, "bad-quoting", "a quote in the row is not doubled")
        return True
    finally:
        lines.row_line = base + reader.line_num
    return len(rows) == most


def _first_lines(first: int, rows: list[list[str]], after: int) -> Sequence[int]:
    """The line on which each row begins; a row with line ends in its cells takes several lines."""
    if after - first == len(rows):
        return range(first, after)
    return list(accumulate((_height(row) for row in rows[:-1]), initial=first))


def _next_line(first: int, rows: list[list[str]]) -> int:
    return first + sum(map(_height, rows))


def _height(row: list[str]) -> int:
    return 1 + sum(cell.count("\n") for cell in row)


def _unclosed(line: int) -> Refusal:
    return Refusal("unclosed-quote", f"the quote opened on line {line} is never closed.")
