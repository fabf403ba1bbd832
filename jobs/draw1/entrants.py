"""The list of entrants as published: one canonical file, so that everybody hashes the same bytes."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Final

import polars as pl

from jobs.draw1.faults import EntrantFault

_ENTRANT: Final = r"[A-Z0-9][A-Z0-9-]{0,63}"


def entrant_file(ids: Iterable[str]) -> bytes:
    """The list as published: one id a line, byte-sorted, each ended by LF; `ids` come in any order.

    Ids are codes of A-Z, 0-9 and dashes, 1 to 64 long, each once. EntrantFault names the place of the first
    fault in the order given and not the id, which may be a person's name.
    """
    return bytes_of(in_byte_order(ids).to_list())


def may_be_entrant(one: str) -> bool:
    """Whether an id may stand in a list of entrants as it is."""
    return re.fullmatch(_ENTRANT, one, re.ASCII) is not None


def listed_code(one: str) -> str:
    """An id that may stand in a list of entrants as it is; another one by a digest of it."""
    return one if may_be_entrant(one) else f"E-{hashlib.sha256(one.encode()).hexdigest()[:16].upper()}"


def parse_entrants(data: bytes) -> list[str]:
    """The ids of a published list; EntrantFault unless it is byte for byte what `entrant_file` writes."""
    if not data.isascii():
        raise EntrantFault("the list of entrants has characters beyond ASCII; take the published file afresh")
    if data and not data.endswith(b"\n"):
        raise EntrantFault(
            "the list of entrants does not end with a line feed; take the published file afresh"
        )
    ids = data.decode("ascii").split("\n")[:-1]
    refuse_unsorted(ids)
    return ids


def refuse_unsorted(ids: Sequence[str]) -> None:
    """EntrantFault unless these are ids in byte order, as a published list has them."""
    if in_byte_order(ids).to_list() != list(ids):
        raise EntrantFault("the list of entrants is not byte-sorted; take the published file afresh")


def bytes_of(ids: Iterable[str]) -> bytes:
    """The file of these ids as they stand: one a line, each ended by LF. Nothing is checked, any text has bytes."""
    text = "\n".join(ids)
    return (text + "\n" if text else "").encode("utf-8", "backslashreplace")


def in_byte_order(ids: Iterable[str]) -> pl.Series:
    """The ids in byte order: a String Series "entrant". EntrantFault as `entrant_file`."""
    given = ids if isinstance(ids, pl.Series) else pl.Series("entrant", list(ids), dtype=pl.String)
    well_formed = given.str.contains(f"^{_ENTRANT}$").fill_null(value=False)
    ordered = given.sort()
    if not well_formed.all() or (ordered == ordered.shift(1)).any():
        raise _first_fault(given, well_formed)
    return ordered.alias("entrant")


def _first_fault(given: pl.Series, well_formed: pl.Series) -> EntrantFault:
    at = (~(well_formed & given.is_first_distinct())).arg_max() or 0
    why = "repeats an id" if well_formed[at] else _ill_formed(given[at])
    return EntrantFault(
        f"entrant {at + 1} of the list {why}; give each code of A-Z, 0-9 and dashes (at most 64) once"
    )


def _ill_formed(one: str | None) -> str:
    if not one:
        return "is empty"
    faults: tuple[tuple[bool, str], ...] = (
        (one != one.strip(), "has a space at an edge"),
        (not one.isascii(), "has a character that is not Latin"),
        (one != one.upper(), "has a small letter"),
        (len(one) > 64, "is too long"),
        (one.startswith("-"), "begins with a dash"),
    )
    return next((why for holds, why in faults if holds), "has a character that codes do not have")
