"""Running a stage: entries through steps, every verdict kept, undecided ones gathered for people."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from jobs.beacon import PINNED, Chain, Pulse
from jobs.binding import Annulled, BoundStep, Ceremony, Choice, Codes, Kept, Lot, Zone
from jobs.calendar import window_expr
from jobs.errors import BaiqauError
from jobs.feeds import FEEDS
from jobs.rescore import KEEP, MARKS, asked, changes
from jobs.rulebook import Latest, Rulebook, Stage
from jobs.snapshots import merge_snapshots
from jobs.verdicts import (
    IN,
    OUT,
    READING_DIFFERS,
    UNDECIDED,
    VERDICT_SCHEMA,
    Case,
    Decisions,
    Wording,
    judge,
    words,
)
from jobs.workdays import Workdays

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


class StepFault(BaiqauError):
    """A step of a rulebook reads what no step before it gives."""


@dataclass(frozen=True)
class Published:
    """What a stage made public when it was decided before: `outcomes` (entry, outcome), the changed `marks` that
    counted (entry to points), and the rulings it stood on (`table`, RULING_SCHEMA)."""

    outcomes: pl.DataFrame
    marks: Mapping[str, str]
    table: pl.DataFrame


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
        return _without(self.standing, self.pending).height


@dataclass(frozen=True)
class Conflict:
    """Two files disagree about one record, and nothing in them says which is newer."""

    feed: str
    records: int


def conflicts(stage: Stage, tables: Tables) -> list[Conflict]:
    """Feeds the stage reads whose records contradict each other; the list of `match` judges its own rows.

    Of the feed of its entries two records of one entry do, whatever else tells them apart.
    """
    judged_by_match = {step.tables["feed"] for step in stage.steps if step.job.name == "match"}
    timeless = sorted(
        name
        for name in stage.feeds - judged_by_match
        if FEEDS[name].own_time is None and (name in tables or name not in stage.may_lack)
    )
    keys = ((name, stage.key if name == stage.entries else FEEDS[name].key) for name in timeless)
    counts = ((name, _contradictory(_of_stage(stage, tables[name]), key)) for name, key in keys)
    return [Conflict(name, count) for name, count in counts if count]


def _of_stage(stage: Stage, table: pl.DataFrame) -> pl.DataFrame:
    """The rows of a table that speak of this stage: `only` applies to every table that has its columns."""
    wanted = (
        pl.col(name).cast(pl.String) == value for name, value in stage.only.items() if name in table.columns
    )
    return table.filter(pl.all_horizontal(pl.lit(value=True), *wanted))


def _contradictory(table: pl.DataFrame, key: tuple[str, ...]) -> int:
    versions = table.unique().group_by(key).len()
    return versions.filter(pl.col("len") > 1).height


def obstacle(rulebook: Rulebook, stage: Stage, tables: Tables) -> str | None:
    """Why the stage cannot be decided on these tables, in a clause of a sentence: a feed of which nothing has come,
    or records that contradict each other."""
    empty = sorted(
        feed
        for feed in stage.feeds - set(stage.may_lack)
        if feed not in tables or _of_stage(stage, tables[feed]).height == 0
    )
    if empty:
        return f"waits for a file of {', '.join(empty)} for {stage.title['en']}"
    found = ", ".join(
        f"{conflict.feed} ({conflict.records} records)" for conflict in conflicts(stage, tables)
    )
    return f"two files disagree: {found}; send the right one under the wrong one's name" if found else None


def run_stage(
    rulebook: Rulebook,
    stage: Stage,
    tables: Tables,
    before: Mapping[str, pl.DataFrame],
    rulings: Rulings,
    beacon: Beacon = NO_BEACON,
) -> StageResult:
    """Decide `stage`. `before` has the standing of every earlier stage, by its id.

    The order of the rows of a table never matters: entries are sorted by id and steps see them so.

    Where a commission changed marks, the stage is decided with the old and with the new ones, and people confirm what
    changes in each group before it counts (order 99, annex 2, clauses 9 and 25).
    """
    kept = Kept(published=rulings.published.marks) if rulings.published else Kept()
    world = _World(rulebook, stage, _with_lacking(stage, tables), before, rulings, beacon, kept)
    result = _decide(world)
    if MARKS not in result.evidence:
        return result
    return _confirmed(world, result)


def _with_lacking(stage: Stage, tables: Tables) -> Tables:
    """An empty table of each feed that may be lacking and is."""
    lacking = {
        feed: pl.DataFrame(schema={name: column.dtype for name, column in FEEDS[feed].columns.items()})
        for feed in stage.may_lack
        if feed not in tables
    }
    return {**tables, **lacking}


def _decide(world: "_World") -> StageResult:
    rulebook, stage, rulings = world.rulebook, world.stage, world.rulings
    gathered = _gather(rulebook, stage, world.tables, world.before, rulings)
    entries, log, pending = gathered.entries, [gathered.decided], [gathered.twice]
    evidence: dict[str, pl.DataFrame] = dict(gathered.evidence)
    people = _people(stage, entries)
    for number, step in enumerate(stage.steps, start=1):
        decisions = _carry_out(world, number, step, entries)
        people |= _people(stage, decisions.columns)
        evidence |= decisions.evidence
        rows = _as_rows(stage, number, step, entries, decisions.verdicts)
        log.append(rows)
        pending.append(_asking(step.ask, rows, step.choose))
        entries = _narrow(entries, decisions)
    open_rows, ruled = _rule(rulebook, stage, pl.concat(pending), rulings)
    standing = _as_chosen(_without(entries, ruled.filter(pl.col("verdict") == OUT)), ruled)
    still_open = open_rows.join(standing, on="entry", how="semi", maintain_order="left")
    return StageResult(
        stage,
        decisions=pl.concat([*log, ruled]),
        standing=_in_order(standing),
        pending=pl.concat([gathered.absent, still_open]),
        evidence=evidence,
        people=people,
    )


def _confirmed(world: "_World", result: StageResult) -> StageResult:
    """With what the changed marks do put to people, group by group; where they keep the old marks, these count.

    What changes is told as it is before anybody has answered anything, so that no other answer asks it anew; of what is
    public already, as it was published.
    """
    public = world.rulings.published
    table = public.table if public else Rulings().table
    unasked = replace(world, rulings=replace(world.rulings, table=table))
    old = public.outcomes if public else outcomes(_decide(replace(unasked, kept=Kept(every=True))))
    new = outcomes(_decide(unasked))
    changed = changes(result.evidence[MARKS], old, new, public=public is not None)
    number, step = next((at, step) for at, step in enumerate(world.stage.steps, start=1) if step.rescores)
    groups = changed.select("entry", "group")
    rows = _label(world.stage, number, step.clause, asked(changed)).drop("group")
    rows = rows.join(groups, on="entry", how="left", maintain_order="left").select(*DECISION_SCHEMA)
    still_open, ruled = _rule(world.rulebook, world.stage, _asking(step.ask, rows), world.rulings)
    kept = _groups_kept(groups, ruled)
    final = _decide(replace(world, kept=replace(world.kept, groups=kept))) if kept else result
    return replace(
        final,
        decisions=pl.concat([final.decisions, rows, ruled]),
        pending=pl.concat([final.pending, still_open]),
        evidence={**final.evidence, "changes": changed},
    )


def outcomes(result: StageResult) -> pl.DataFrame:
    """`entry` and its `outcome` of everybody who is not out: the award, else the verdict."""
    undecided = pl.col("entry").is_in(result.pending["entry"].implode())
    given = settled_outcomes(result.standing)
    return given.with_columns(outcome=pl.when(undecided).then(pl.lit(UNDECIDED)).otherwise("outcome"))


def settled_outcomes(standing: pl.DataFrame) -> pl.DataFrame:
    """`entry` and its `outcome` where nothing is undecided: the award, else in."""
    award = pl.col("award") if "award" in standing.columns else pl.lit(None, pl.String)
    return standing.select("entry", outcome=pl.coalesce(award.cast(pl.String), pl.lit(IN)))


def _groups_kept(groups: pl.DataFrame, ruled: pl.DataFrame) -> frozenset[str]:
    """The groups of whose changed marks people have said that the old ones stay."""
    keeping = ruled.filter(pl.col("facts").str.json_path_match("$.decision") == KEEP)
    return frozenset(groups.join(keeping, on="entry", how="semi")["group"].drop_nulls())


def _people(stage: Stage, entries: pl.DataFrame | None) -> dict[str, str]:
    """Whose each entry is, as far as `entries` tells."""
    if stage.person is None or entries is None or stage.person not in entries.columns:
        return {}
    return dict(entries.select("entry", stage.person).drop_nulls().iter_rows())


@dataclass(frozen=True)
class _World:
    """All that a step may be given beside the entries."""

    rulebook: Rulebook
    stage: Stage
    tables: Tables
    before: Mapping[str, pl.DataFrame]
    rulings: Rulings
    beacon: Beacon
    kept: Kept = field(default_factory=Kept)


def _asking(ask: str | None, rows: pl.DataFrame, choose: str | None = None) -> pl.DataFrame:
    """Who is asked about each undecided row: `choose` where two readings differ, else `ask`."""
    undecided = rows.filter(pl.col("verdict") == UNDECIDED)
    differs = pl.col("code") == READING_DIFFERS
    asked = pl.when(differs & pl.lit(choose is not None)).then(pl.lit(choose, pl.String))
    return undecided.select(asked.otherwise(pl.lit(ask, pl.String)).alias("ask"), pl.all())


def _without(entries: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    return entries.join(gone, on="entry", how="anti", maintain_order="left")


@dataclass(frozen=True)
class _Gathered:
    """Who enters a stage; what was decided of people on the way in; and what is to be asked about them."""

    entries: pl.DataFrame
    decided: pl.DataFrame
    twice: pl.DataFrame
    absent: pl.DataFrame
    evidence: Mapping[str, pl.DataFrame] = field(default_factory=dict)


_NOTHING = pl.DataFrame(schema=DECISION_SCHEMA)
_NOBODY = pl.DataFrame(schema=PENDING_SCHEMA)


def _gather(
    rulebook: Rulebook, stage: Stage, tables: Tables, before: Mapping[str, pl.DataFrame], rulings: Rulings
) -> _Gathered:
    if stage.entries in before:
        earlier = before[stage.entries]
        entries = _become(earlier, stage.become).drop("rank", "award", strict=False)
        return _Gathered(entries, _NOTHING, _NOBODY, _NOBODY)
    if stage.snapshots is not None:
        return _merged(rulebook, stage, tables[stage.entries])
    entries, doubled = own_entries(rulebook, stage, tables[stage.entries])
    if stage.among is None or stage.among not in before:
        twice = _two_records(stage, doubled)
        return _Gathered(entries, twice.drop("ask"), twice, _NOBODY)
    return _among(stage, entries, doubled, before[stage.among], rulings)


def entry_of(stage: Stage) -> pl.Expr:
    """What an entry is called: the values of the key's columns, of several those that are told."""
    return pl.concat_str(stage.key, separator="/", ignore_nulls=len(stage.key) > 1)


def _become(earlier: pl.DataFrame, column: str | None) -> pl.DataFrame:
    """The entries of an earlier stage, or whoever stands in `column`, once each: by their first entry in order."""
    if column is None:
        return earlier
    named = earlier.with_columns(pl.col(column).alias("entry")).drop_nulls("entry")
    return named.unique("entry", keep="first", maintain_order=True).sort("entry")


def _merged(rulebook: Rulebook, stage: Stage, table: pl.DataFrame) -> _Gathered:
    """One entry a record whose counts were taken at several times; every merge is said."""
    if stage.snapshots is None:
        raise TypeError("only a stage with snapshots merges them")
    how = stage.snapshots
    rows = _of_stage(stage, table).unique(maintain_order=True)
    until = rulebook.moments[how.until]
    merged = merge_snapshots(rows, key=stage.key[0], by=how.by, until=until, counts=how.counts)
    entries = merged.rows.with_columns(entry=entry_of(stage)).sort("entry")
    several = entries.filter(pl.col("snapshots") > 1).select("entry", "snapshots")
    reason = words("merged", "{rows} rows of this entry are one", rows=pl.col("snapshots"))
    decided = _label(stage, 0, stage.clause, _everybody(several, IN, reason))
    return _Gathered(entries, decided, _NOBODY, _NOBODY, {"snapshots": merged.report})


def own_entries(rulebook: Rulebook, stage: Stage, table: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The records of `table` that enter `stage`, one an entry; and those entries that have two different ones
    inside the window (`records`: how many), where the rulebook wants people to be asked about them."""
    chosen = _of_stage(stage, table).unique(maintain_order=True)
    named = chosen.with_columns(entry=entry_of(stage))
    ranked = named.with_columns(_inside=_inside(rulebook, stage.latest))
    # A record without a time may lie inside too: nothing but its content would choose between it and another.
    inside = ranked.filter(pl.col("_inside").fill_null(value=True)).group_by("entry").len("records")
    doubled = inside.filter((pl.col("records") > 1) & bool(stage.latest and stage.latest.twice))
    return _newest(ranked, stage.latest).sort("entry"), doubled.sort("entry")


def _inside(rulebook: Rulebook, latest: Latest | None) -> pl.Expr:
    if latest is None or latest.within is None:
        return pl.lit(value=True)
    return window_expr(latest.by, rulebook.windows[latest.within])


def _newest(ranked: pl.DataFrame, latest: Latest | None) -> pl.DataFrame:
    """One record an entry; records of the same moment are told apart by their content, never by their order."""
    at = [] if latest is None else [latest.by]
    others = [name for name in ranked.columns if name not in ("entry", "_inside", *at)]
    directions = [False, True, *[True] * len(at), *[False] * len(others)]
    ordered = ranked.sort("entry", "_inside", *at, *others, descending=directions, nulls_last=True)
    return ordered.unique("entry", keep="first", maintain_order=True).drop("_inside")


def _two_records(stage: Stage, doubled: pl.DataFrame) -> pl.DataFrame:
    ask = stage.latest.twice if stage.latest else None
    text = "{records} different records came for this person; the latest would count"
    reason = words("two-records", text, records=pl.col("records"))
    return _asking(ask, _label(stage, 0, stage.clause, _everybody(doubled, UNDECIDED, reason)))


def _among(
    stage: Stage, entries: pl.DataFrame, doubled: pl.DataFrame, admitted: pl.DataFrame, rulings: Rulings
) -> _Gathered:
    strangers = _without(entries, admitted)
    outside = words("not-among", f"not among those still in after {stage.among}")
    decided = _label(stage, 0, stage.clause, _everybody(strangers, OUT, outside))
    absent = _absent(stage, _without(admitted, entries), rulings)
    kept = _carry(stage, entries.join(admitted, on="entry", how="semi", maintain_order="left"), admitted)
    known = doubled.join(kept, on="entry", how="semi", maintain_order="left")
    twice = _two_records(stage, known)
    asked = _asking(stage.absent, absent)
    return _Gathered(kept, pl.concat([decided, absent, twice.drop("ask")]), twice, asked)


def _absent(stage: Stage, missing: pl.DataFrame, rulings: Rulings) -> pl.DataFrame:
    """Whoever sent nothing is out, once people have said that all files have come: a file that is late, or lost
    on its way, must not put a whole region out."""
    known = stage.absent is None or stage.absent in rulings.complete
    reason = words("absent", f"nothing came for this person in {stage.title['en']}")
    return _label(stage, 0, stage.clause, _everybody(missing, OUT if known else UNDECIDED, reason))


def _everybody(entries: pl.DataFrame, verdict: str, reason: Wording) -> pl.DataFrame:
    return judge(entries, Case(pl.lit(value=True), verdict, reason), otherwise=reason)


def _carry(stage: Stage, entries: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """What earlier stages know of an entry goes on with it; of a record's own columns only those in `from_earlier`,
    where what an earlier stage knows goes before what the record says."""
    news = [name for name in earlier.columns if name not in (*entries.columns, "rank", "award")]
    trusted = [name for name in stage.from_earlier if name in earlier.columns]
    known = earlier.select("entry", *news, *(pl.col(name).alias(f"{name}:earlier") for name in trusted))
    joined = entries.join(known, on="entry", how="left", maintain_order="left")
    told = (pl.coalesce(f"{name}:earlier", name).alias(name) for name in trusted)
    return joined.with_columns(told).drop(f"{name}:earlier" for name in trusted)


def _carry_out(world: _World, number: int, step: BoundStep, entries: pl.DataFrame) -> Decisions:
    """The step; StepFault where the rulebook has it before the step that gives what it reads, or without it."""
    try:
        return _run_step(world, step, entries)
    except pl.exceptions.ColumnNotFoundError as fault:
        place = f"{world.rulebook.contest}: stage {world.stage.id}, step {number} ({step.job.name})"
        named = re.search(r'"([^"]+)"', str(fault))
        column = f"the column {named[1]}" if named else "a column"
        raise StepFault(
            f"{place} reads {column}, which nothing before it gives: add the step that does."
        ) from fault


def _run_step(world: _World, step: BoundStep, entries: pl.DataFrame) -> Decisions:
    arguments: dict[str, object] = dict(step.given)
    arguments |= {name: world.tables[feed] for name, feed in step.tables.items()}
    arguments |= {name: world.before[stage] for name, stage in step.standings.items()}
    arguments |= {name: _BRINGS[kind](world, step) for kind, name in step.brought.items()}
    if not step.per:
        return step.job.function(entries, **arguments)
    if step.job.all_groups:
        return step.job.function(entries.with_columns(group=_group(step)), **arguments)
    parts = entries.with_columns(group=_group(step)).partition_by("group", maintain_order=True)
    return _together(
        [_told_of(part["group"][0], step.job.function(part.drop("group"), **arguments)) for part in parts]
    )


def _group(step: BoundStep) -> pl.Expr:
    """The values of `per`: what is not told of some keeps nobody in a group with those of whom other things are told,
    and of whom nothing is told has none."""
    values = [pl.col(name).cast(pl.String) for name in step.per]
    known = pl.any_horizontal(value.is_not_null() for value in values)
    return pl.when(known).then(pl.concat_str([value.fill_null("") for value in values], separator="/"))


def _told_of(group: str | None, decisions: Decisions) -> Decisions:
    """Evidence says of which group it is."""
    named = {
        name: table.select(pl.lit(group, pl.String).alias("group"), pl.all())
        for name, table in decisions.evidence.items()
    }
    return Decisions(decisions.verdicts, decisions.columns, named)


def _lot(world: _World, step: BoundStep) -> Lot:
    stem = f"{world.rulebook.contest}/{world.stage.id}/{world.rulebook.edition}"
    return Lot(stem, world.rulings.dice.get(step.ask or ""))


def _ceremony(world: _World, step: BoundStep) -> Ceremony:
    return Ceremony(
        stem=f"{world.rulebook.contest}-{world.rulebook.edition}",
        rules=world.rulebook.digest,
        chain=world.beacon.chain,
        code=world.beacon.code,
        contest=world.rulebook.contest,
        title=world.rulebook.title,
        organisation=world.beacon.organisation,
        dice=world.rulings.dice.get(step.ask or ""),
        pulses=world.beacon.pulses,
        annulled=world.rulings.annulled,
    )


_BRINGS: Mapping[object, Callable[[_World, BoundStep], object]] = {
    Lot: _lot,
    Zone: lambda world, _step: world.rulebook.timezone,
    Choice: lambda world, step: Choice(world.rulings.chosen.get(step.choose or "")),
    Ceremony: _ceremony,
    Kept: lambda world, _step: world.kept,
    Workdays: lambda world, _step: world.rulebook.workdays,
    Codes: lambda world, _step: Codes(world.beacon.code),
}


def _together(parts: list[Decisions]) -> Decisions:
    columns = [part.columns for part in parts if part.columns is not None]
    names = {name for part in parts for name in part.evidence}
    evidence = {
        name: pl.concat(part.evidence[name] for part in parts if name in part.evidence) for name in names
    }
    return Decisions(
        pl.concat([pl.DataFrame(schema=VERDICT_SCHEMA), *(part.verdicts for part in parts)]),
        pl.concat(columns) if columns else None,
        evidence,
    )


def _as_rows(
    stage: Stage, number: int, step: BoundStep, entries: pl.DataFrame, verdicts: pl.DataFrame
) -> pl.DataFrame:
    rows = _label(stage, number, step.clause, verdicts)
    if not step.per:
        return rows
    groups = entries.select("entry", _group(step).alias("group"))
    return (
        rows.drop("group")
        .join(groups, on="entry", how="left", maintain_order="left")
        .select(*DECISION_SCHEMA)
    )


def _label(stage: Stage, number: int, clause: str, verdicts: pl.DataFrame) -> pl.DataFrame:
    labels = {"stage": pl.lit(stage.id), "step": pl.lit(number, pl.Int64), "clause": pl.lit(clause)}
    return verdicts.with_columns(group=pl.lit(None, pl.String), **labels).select(*DECISION_SCHEMA)


def _narrow(entries: pl.DataFrame, decisions: Decisions) -> pl.DataFrame:
    gone = decisions.verdicts.filter(pl.col("verdict") == OUT)
    alive = entries.join(gone, on="entry", how="anti", maintain_order="left")
    if decisions.columns is None:
        return alive
    replaced = [name for name in decisions.columns.columns if name != "entry" and name in alive.columns]
    return alive.drop(replaced).join(decisions.columns, on="entry", how="left", maintain_order="left")


def _rule(
    rulebook: Rulebook, stage: Stage, pending: pl.DataFrame, rulings: Rulings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split the undecided rows into those nobody has ruled on and the verdicts people gave.

    A word that is none of the choices decides nothing.
    """
    valid = rulings.table.join(_choices(rulebook), on=["ask", "decision"], how="semi", maintain_order="left")
    known = valid.unique(["ask", "entry", "shown"], keep="last", maintain_order=True)
    asked = pending.with_columns(subject=subject_of(rulebook))
    spoken = asked.drop("entry").rename({"subject": "entry"}).join(known, on=["ask", "entry"], how="semi")
    shown = what_was_shown(spoken)  # of those of whom anything was said: a digest of each costs time
    on_these = known.join(shown, on=["ask", "entry", "shown"], how="semi", maintain_order="left")
    given = on_these.rename({"entry": "subject"})
    still_open = asked.join(given, on=["ask", "subject"], how="anti", maintain_order="left").drop("subject")
    ruled = (
        asked.select("ask", "subject", "entry")
        .unique(maintain_order=True)
        .join(given, on=["ask", "subject"], how="inner", maintain_order="left")
    )
    rows = [
        _ruled(rulebook, stage, str(ask), part) for (ask,), part in ruled.group_by("ask", maintain_order=True)
    ]
    return still_open, pl.concat([_NOTHING, *rows])


_AWARD_BY = "award:"


def _as_chosen(standing: pl.DataFrame, ruled: pl.DataFrame) -> pl.DataFrame:
    """The award of those of whom people chose it: a column `award:CHOICE` tells what each choice gives."""
    choices = {name.removeprefix(_AWARD_BY): name for name in standing.columns if name.startswith(_AWARD_BY)}
    if not choices:
        return standing
    made = ruled.select("entry", choice=pl.col("facts").str.json_path_match("$.decision"))
    told = made.filter(pl.col("choice").is_in(list(choices))).unique(
        "entry", keep="last", maintain_order=True
    )
    joined = standing.join(told, on="entry", how="left", maintain_order="left")
    given = [pl.when(pl.col("choice") == choice).then(name) for choice, name in choices.items()]
    return joined.with_columns(award=pl.coalesce("award", *given)).drop("choice", *choices.values())


def subject_of(rulebook: Rulebook) -> pl.Expr:
    """Whom people are asked about by an undecided row: its entry, or its group as a whole."""
    groups = rulebook.asks_of("group")
    return pl.when(pl.col("ask").is_in(groups)).then(pl.col("group")).otherwise(pl.col("entry"))


def what_was_shown(pending: pl.DataFrame) -> pl.DataFrame:
    """`ask`, `entry`, `shown`: a digest of the signs an undecided entry shows to those who are asked."""
    sign = pl.concat_str("step", "code", "facts", separator="|", ignore_nulls=True)
    signs = pending.group_by("ask", "entry", maintain_order=True).agg(
        sign.unique().sort().str.join("\n").alias("shown")
    )
    digests = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in signs["shown"]]
    return signs.with_columns(shown=pl.Series(digests, dtype=pl.String))


def _choices(rulebook: Rulebook) -> pl.DataFrame:
    deciding = [*rulebook.asks_of("people"), *rulebook.asks_of("group")]
    rows = [(name, choice) for name in deciding for choice in rulebook.asks[name].choices]
    return pl.DataFrame(rows, schema={"ask": pl.String, "decision": pl.String}, orient="row")


def _ruled(rulebook: Rulebook, stage: Stage, name: str, given: pl.DataFrame) -> pl.DataFrame:
    ask = rulebook.asks[name]
    figures = {"decision": pl.col("decision"), "request": pl.col("request_id")}
    reason = words("ruled", f"{ask.title['en']} decided: {{decision}} (request {{request}})", **figures)
    cases = [Case(pl.col("decision") == choice, verdict, reason) for choice, verdict in ask.choices.items()]
    return _label(stage, len(stage.steps) + 1, ask.clause, judge(given, *cases, otherwise=reason))


def _in_order(standing: pl.DataFrame) -> pl.DataFrame:
    if "rank" not in standing.columns:
        return standing.sort("entry")
    return standing.sort("rank", "entry", nulls_last=True)
