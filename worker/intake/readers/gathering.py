"""Records with named fields (XML rows, JSON objects) brought into columns."""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from worker.intake.decode import doubts, examine, refuse_lost_letters
from worker.intake.frames import FeedWords, Job, Opened, Refusal, Wire
from worker.intake.header import HEAD_ROWS, Heading, Lexicon, printable
from worker.intake.readers.shipping import Shipper

Fault = tuple[str, str]
"""A code and a reason why a record is not taken."""

Record = tuple[int, list[str], list[str], Fault | None]
"""Where a row stands, its field names, its values in the same order, and what its reader found wrong.

A plain tuple, since one is made for each of half a million rows.
"""

MOST_NAMES_TOLD: Final = 100


def gather(records: Iterator[Record], opened: Opened, job: Job) -> Iterator[Wire]:
    """The frames of a file of records, recognised by the names in its opening. Raises Refusal."""
    head = list(islice(records, HEAD_ROWS))
    if not head:
        raise Refusal("no-rows", "there are no rows in the file.")
    opening = "\n".join(value for record in head for value in record[2])
    mending = examine(opening)
    table = _Table(_names(head, job), job)
    refuse_lost_letters(value for record in head for value in table.kept(record))
    shipper = Shipper(table.heading, len(table.heading.places), mending, job.limits, lacking=table.lacking)
    repairs = mending.repairs(mending.cell(opening)[1]) + doubts(opening, mending)
    yield Opened(opened.format, opened.encoding, member=opened.member, repairs=repairs)
    yield shipper.recognised(head[0][0])
    yield from _ship(chain(head, records), table, shipper, job.chunk_rows)
    yield from shipper.end(table.ignored_later)


def _names(head: list[Record], job: Job) -> list[str]:
    names = list(dict.fromkeys(name for record in head for name in record[1]))
    if len(names) > job.limits.max_columns:
        raise Refusal(
            "too-many-columns", f"the rows have {len(names)} fields; {job.limits.max_columns} are allowed."
        )
    return names


def _ship(records: Iterator[Record], table: "_Table", shipper: Shipper, chunk_rows: int) -> Iterator[Wire]:
    while chunk := list(islice(records, chunk_rows)):
        lines: list[int] = []
        rows: list[list[str]] = []
        for line, names, values, broken in chunk:
            fault = broken or table.fault_of(names)
            if fault is not None:
                shipper.refuse(line, None, *fault)
            else:
                lines.append(line)
                rows.append(table.row(values))
        yield from shipper.ship_rows(lines, rows)


class _Table:
    """The columns of a file of records: those its opening names, then all others its feed may have."""

    def __init__(self, names: list[str], job: Job) -> None:
        self._lexicon = Lexicon(job.vocabulary)
        found = self._lexicon.find([names])
        self._columns = _all_columns(found, job.vocabulary[found.feed])
        self.lacking = [at for at, name in enumerate(self._columns) if name not in found.places.values()]
        places = dict(enumerate(self._columns))
        self.heading = Heading(found.feed, 0, places, found.ignored, self._lexicon.kept(found.feed, places))
        self.ignored_later: dict[str, None] = {}
        self._known = set(names)
        self._names: list[str] | None = None
        self._layout: list[int] = []
        self._fault: Fault | None = None

    def fault_of(self, names: list[str]) -> Fault | None:
        """Lay out records with these names; what is wrong with such records, if anything."""
        if names is not self._names and names != self._names:
            self._layout, self._fault = self._lay_out(names)
        self._names = names
        return self._fault

    def kept(self, record: Record) -> list[str]:
        """The values of a record that are kept."""
        return [] if self.fault_of(record[1]) else self.heading.kept_of(self.row(record[2]))

    def row(self, values: list[str]) -> list[str]:
        """The values of a record with the names last given, by column; what it has not is blank."""
        padded = [*values, ""]
        return [padded[at] for at in self._layout]

    def _lay_out(self, names: list[str]) -> tuple[list[int], Fault | None]:
        places: dict[str, int] = {}
        for at, name in enumerate(names):
            column = self._lexicon.column(self.heading.feed, name)
            if column is None:
                self._tell_unknown(name)
            elif column in places:
                return [], ("field-twice", f"the row has the field {column} twice")
            elif column not in self._columns:
                return [], ("late-field", f"the field {column} is in none of the first {HEAD_ROWS} rows")
            else:
                places[column] = at
        return [places.get(column, -1) for column in self._columns], None

    def _tell_unknown(self, name: str) -> None:
        if name not in self._known and len(self.ignored_later) < MOST_NAMES_TOLD:
            self.ignored_later[printable(name)] = None


def _all_columns(found: Heading, words: FeedWords) -> list[str]:
    return list(dict.fromkeys([*found.places.values(), *words.columns]))
