"""Names of senders that everybody may read: behind each stand at least five people of its group of the list.

In a small district or school a code with points in a subject and grade is a person to everybody who lives there. Such a
sender goes by the name of the next larger unit, or by none; the operator's signed protocol keeps the full name.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

LEAST = 5
"""People of a group behind a name of a sender, as behind a mean of anonymous marks (regulation 003, clause 3.3)."""
NAMELESS = ""

Row = Mapping[str, Any]


def public_names(people: Mapping[str, int], least: int = LEAST) -> dict[str, str]:
    """Sender ("region/unit", or one name alone) to what it is called in public, by how many people of it are listed.

    One with fewer than `least` goes by its region, together with the other small ones there; where these are too few
    together too, by nothing; and where the nameless are too few, the smallest named ones are nameless with them.
    """
    called = {sender: sender if number >= least else _wider(sender) for sender, number in people.items()}
    few = {name for name, number in _counted(people, called).items() if number < least}
    called = {sender: NAMELESS if name in few else name for sender, name in called.items()}
    behind = _counted(people, called)
    nameless = behind.pop(NAMELESS, 0)
    hidden = {NAMELESS}
    for name, number in sorted(behind.items(), key=lambda each: (each[1], each[0])):
        if not 0 < nameless < least:
            break
        hidden.add(name)
        nameless += number
    return {sender: NAMELESS if name in hidden else name for sender, name in called.items()}


def _wider(sender: str) -> str:
    region, _, unit = sender.partition("/")
    return region if unit else NAMELESS


def _counted(people: Mapping[str, int], called: Mapping[str, str]) -> Counter[str]:
    behind: Counter[str] = Counter()
    for sender, number in people.items():
        behind[called[sender]] += number
    return behind


def coarse_row(row: Row, names: Mapping[str, str]) -> dict[str, Any]:
    """A row by the public name of its sender; its rank among those of a sender that is not named would tell which rows
    are of one sender."""
    sender = row["sender"]
    name = names.get(sender, sender)
    return {**row, "sender": name, "rank": row["rank"] if name == sender else None}


def coarse_cuts(cuts: Sequence[Row], names: Mapping[str, str]) -> list[Row]:
    """The cuts of a group by the public names of their senders: of several under one name, and of the nameless, how
    many sat, had places and entered, and not where their cuts lie."""
    renamed = [(names.get(cut["sender"] or NAMELESS, cut["sender"]), cut) for cut in cuts]
    ordered = sorted(renamed, key=lambda each: (not each[0], str(each[0])))
    parts = [(name, [cut for _, cut in part]) for name, part in groupby(ordered, key=lambda each: each[0])]
    return [_together(name, part) for name, part in parts]


def _together(name: str | None, cuts: Sequence[Row]) -> Row:
    if len(cuts) == 1 and cuts[0]["sender"] == name:
        return cuts[0]
    sums = {key: _sum(cuts, key) for key in ("sat", "places", "entered")}
    return {"sender": name, **sums, "cut": None, "first_out": None, "tied": None}


def _sum(cuts: Sequence[Row], key: str) -> int | None:
    known = [int(cut[key]) for cut in cuts if cut[key] is not None]
    return sum(known) if len(known) == len(cuts) else None
