"""What a stage is decided on, and what comes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from jobs.beacon import PINNED, Chain, Pulse
from jobs.binding import Annulled, Kept
from jobs.rulebook import Rulebook, Stage
from jobs.verdicts import VERDICT_SCHEMA

DECISION_SCHEMA: dict[str, pl.DataType] = {
    "stage": pl.String(),
    "step": pl.Int64(),
    "clause": pl.String(),
    "entry": pl.String(),
    "group": pl.String(),
    **{name: kind for name, kind in VERDICT_SCHEMA.items() if name != "entry"},
}

PENDING_SCHEMA: dict[str, pl.DataType] = {"ask": pl.String(), **DECISION_SCHEMA}

RULING_SCHEMA: dict[str, pl.DataType] = {
    "ask": pl.String(),
    "entry": pl.String(),
    "shown": pl.String(),
    "decision": pl.String(),
    "request_id": pl.String(),
    "decided_by": pl.String(),
}

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Published:
    """What a stage made public when it was decided before: `outcomes` (entry, outcome), the changed `marks` that
    counted (entry to points), the rulings it stood on (`table`, RULING_SCHEMA), and the standings of the stages before
    it that it was decided upon (`before`), which may have been decided otherwise since."""

    outcomes: pl.DataFrame
    marks: Mapping[str, str]
    table: pl.DataFrame
    before: Mapping[str, pl.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class Rulings:
    """What people have decided about a stage.

    `table` has RULING_SCHEMA: a ruling counts for the signs it was given on (`shown`, see `what_was_shown`), not
    for others that come later; its `entry` is a group where a group was asked about. `dice`: the digits thrown for
    each ask of a lot or a draw. `complete`: the asks in which people have said that all files have come, so that
    whoever is absent is absent. `chosen`: the reading that each ask of a reading settled on. `annulled`: awards taken
    back, in the order in which the decisions came. `published`: what is decided again, where it is.
    """

    table: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RULING_SCHEMA))
    dice: Mapping[str, str] = field(default_factory=dict)
    complete: frozenset[str] = frozenset()
    chosen: Mapping[str, str] = field(default_factory=dict)
    annulled: tuple[Annulled, ...] = ()
    published: Published | None = None


def _plainly(entry: str) -> str:
    return entry


@dataclass(frozen=True)
class Beacon:
    """What draws need of the world: the chain that the site trusts, the pulses verified so far by round, the public
    code of an entry, and whose draw it is."""

    chain: Chain = field(default_factory=lambda: PINNED["quicknet"])
    pulses: Mapping[int, Pulse] = field(default_factory=dict)
    code: Callable[[str], str] = _plainly
    organisation: str | None = None


NO_BEACON = Beacon()


@dataclass(frozen=True)
class StageResult:
    """`decisions`: a row an entry and step that touched it; `standing`: the entries still in or undecided, with
    every column the steps gave them; `pending`: the undecided rows nobody has ruled on; `evidence`: tables for
    those who rule; `people`: entry to person, where the stage's entries are not people (`person`)."""

    stage: Stage
    decisions: pl.DataFrame
    standing: pl.DataFrame
    pending: pl.DataFrame
    evidence: Mapping[str, pl.DataFrame]
    people: Mapping[str, str] = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        return self.pending.height == 0

    @property
    def certain(self) -> int:
        """How many are in whatever people say."""
        return self.standing.join(self.pending, on="entry", how="anti").height


@dataclass(frozen=True)
class World:
    """All that a step may be given beside the entries."""

    rulebook: Rulebook
    stage: Stage
    tables: Tables
    before: Mapping[str, pl.DataFrame]
    rulings: Rulings
    beacon: Beacon
    kept: Kept = field(default_factory=Kept)
