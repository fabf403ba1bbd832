"""Running a stage: entries through steps, every verdict kept, undecided ones gathered for people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from jobs.binding import BoundStep, Lot
from jobs.feeds import FEEDS
from jobs.rulebook import Latest, Rulebook, Stage
from jobs.verdicts import OUT, UNDECIDED, VERDICT_SCHEMA, Case, Decisions, judge, words

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
    "decision": pl.String(),
    "request_id": pl.String(),
    "decided_by": pl.String(),
}

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Rulings:
    """What people have decided about a stage: `table` has RULING_SCHEMA, `dice` the digits thrown for each ask."""

    table: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RULING_SCHEMA))
    dice: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StageResult:
    """`decisions`: a row an entry and step that touched it; `standing`: the entries still in or undecided, with
    every column the steps gave them; `pending`: the undecided rows nobody has ruled on; `evidence`: tables for
    those who rule."""

    stage: Stage
    decisions: pl.DataFrame
    standing: pl.DataFrame
    pending: pl.DataFrame
    evidence: Mapping[str, pl.DataFrame]

    @property
    def settled(self) -> bool:
        return self.pending.height == 0


@dataclass(frozen=True)
class Conflict:
    """Two files disagree about one record, and nothing in them says which is newer."""

    feed: str
    records: int


def conflicts(stage: Stage, tables: Tables) -> list[Conflict]:
    """Feeds the stage reads whose records contradict each other; the list of `match` judges its own rows."""
    judged_by_match = {step.tables["feed"] for step in stage.steps if step.job.name == "match"}
    timeless = sorted(name for name in stage.feeds - judged_by_match if FEEDS[name].own_time is None)
    counts = ((name, _contradictory(tables[name], FEEDS[name].key)) for name in timeless)
    return [Conflict(name, count) for name, count in counts if count]


def _contradictory(table: pl.DataFrame, key: tuple[str, ...]) -> int:
    versions = table.unique().group_by(key).len()
    return versions.filter(pl.col("len") > 1).height


def run_stage(
    rulebook: Rulebook, stage: Stage, tables: Tables, before: Mapping[str, pl.DataFrame], rulings: Rulings
) -> StageResult:
    """Decide `stage`. `before` has the standing of every earlier stage, by its id.

    The order of the rows of a table never matters: entries are sorted by id and steps see them so.
    """
    entries, first = _gather(rulebook, stage, tables, before)
    log = [first]
    pending: list[pl.DataFrame] = []
    evidence: dict[str, pl.DataFrame] = {}
    for number, step in enumerate(stage.steps, start=1):
        decisions = _run_step(rulebook, stage, step, entries, tables, rulings)
        evidence |= decisions.evidence
        rows = _as_rows(stage, number, step, entries, decisions.verdicts)
        log.append(rows)
        pending.append(
            rows.filter(pl.col("verdict") == UNDECIDED).select(
                pl.lit(step.ask, pl.String).alias("ask"), pl.all()
            )
        )
        entries = _narrow(entries, decisions)
    open_rows, ruled = _rule(
        rulebook, stage, pl.concat([pl.DataFrame(schema=PENDING_SCHEMA), *pending]), rulings
    )
    standing = entries.join(
        ruled.filter(pl.col("verdict") == OUT), on="entry", how="anti", maintain_order="left"
    )
    still_open = open_rows.join(standing, on="entry", how="semi", maintain_order="left")
    return StageResult(stage, pl.concat([*log, ruled]), _in_order(standing), still_open, evidence)


def _gather(
    rulebook: Rulebook, stage: Stage, tables: Tables, before: Mapping[str, pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    if stage.entries in before:
        return before[stage.entries].drop("rank", "award", strict=False), pl.DataFrame(schema=DECISION_SCHEMA)
    entries = own_entries(rulebook, stage, tables[stage.entries])
    if stage.among is None or stage.among not in before:
        return entries, pl.DataFrame(schema=DECISION_SCHEMA)
    return _among(stage, entries, before[stage.among])


def own_entries(rulebook: Rulebook, stage: Stage, table: pl.DataFrame) -> pl.DataFrame:
    """The records of `table` that enter `stage`, one an entry."""
    wanted = (pl.col(name).cast(pl.String) == value for name, value in stage.only.items())
    chosen = table.filter(pl.all_horizontal(pl.lit(value=True), *wanted))
    named = chosen.with_columns(pl.col(stage.key).alias("entry"))
    return _newest(rulebook, named, stage.latest).sort("entry")


def _newest(rulebook: Rulebook, entries: pl.DataFrame, latest: Latest | None) -> pl.DataFrame:
    """One record an entry; records of the same moment are told apart by their content, never by their order."""
    if latest is None:
        return entries.sort(entries.columns).unique("entry", keep="first", maintain_order=True)
    window = rulebook.windows[latest.within] if latest.within else None
    at = pl.col(latest.by)
    inside = (at >= window.opens_at) & (at < window.closes_at) if window else pl.lit(value=True)
    ranked = entries.with_columns(_inside=inside.fill_null(value=False), _at=at)
    others = [name for name in entries.columns if name not in ("entry", latest.by)]
    ordered = ranked.sort(
        "entry", "_inside", "_at", *others, descending=[False, True, True, *[False] * len(others)]
    )
    return ordered.unique("entry", keep="first", maintain_order=True).drop("_inside", "_at")


def _among(stage: Stage, entries: pl.DataFrame, admitted: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    strangers = entries.join(admitted, on="entry", how="anti", maintain_order="left")
    absent = admitted.join(entries, on="entry", how="anti", maintain_order="left")
    outside = _all_out(strangers, "not-among", f"not among those still in after {stage.among}")
    missing = _all_out(absent, "absent", f"nothing came for this person in {stage.title['en']}")
    kept = _carry(stage, entries.join(admitted, on="entry", how="semi", maintain_order="left"), admitted)
    rows = pl.concat([_label(stage, 0, stage.clause, table) for table in (outside, missing)])
    return kept, rows


def _all_out(entries: pl.DataFrame, code: str, why: str) -> pl.DataFrame:
    everyone = Case(pl.lit(value=True), OUT, words(code, why))
    return judge(entries, everyone, otherwise=words(code, why))


def _carry(stage: Stage, entries: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """What earlier stages know of an entry goes on with it; of a record's own columns only those in `fill`."""
    news = [name for name in earlier.columns if name not in (*entries.columns, "rank", "award")]
    known = earlier.select("entry", *news, *(pl.col(name).alias(f"{name}:earlier") for name in stage.fill))
    joined = entries.join(known, on="entry", how="left", maintain_order="left")
    filled = (pl.coalesce(name, f"{name}:earlier").alias(name) for name in stage.fill)
    return joined.with_columns(filled).drop(f"{name}:earlier" for name in stage.fill)


def _run_step(
    rulebook: Rulebook, stage: Stage, step: BoundStep, entries: pl.DataFrame, tables: Tables, rulings: Rulings
) -> Decisions:
    arguments: dict[str, object] = dict(step.given) | {
        name: tables[feed] for name, feed in step.tables.items()
    }
    if step.lot is not None:
        arguments[step.lot] = Lot(
            f"{rulebook.contest}/{stage.id}/{rulebook.edition}", rulings.dice.get(step.ask or "")
        )
    if not step.per:
        return step.job.function(entries, **arguments)
    parts = entries.partition_by(step.per, maintain_order=True)
    return _together([step.job.function(part, **arguments) for part in parts])


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
    groups = entries.select("entry", pl.concat_str(step.per, separator="/").alias("group"))
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
    known = valid.unique(["ask", "entry"], keep="last", maintain_order=True)
    still_open = pending.join(known, on=["ask", "entry"], how="anti", maintain_order="left")
    given = known.join(
        pending.select("ask", "entry").unique(), on=["ask", "entry"], how="semi", maintain_order="left"
    )
    rows = [
        _ruled(rulebook, stage, str(ask), part) for (ask,), part in given.group_by("ask", maintain_order=True)
    ]
    return still_open, pl.concat([pl.DataFrame(schema=DECISION_SCHEMA), *rows])


def _choices(rulebook: Rulebook) -> pl.DataFrame:
    rows = [(name, choice) for name, ask in rulebook.asks.items() for choice in ask.choices]
    return pl.DataFrame(rows, schema={"ask": pl.String, "decision": pl.String}, orient="row")


def _ruled(rulebook: Rulebook, stage: Stage, name: str, given: pl.DataFrame) -> pl.DataFrame:
    ask = rulebook.asks[name]
    figures = {"decision": pl.col("decision"), "request": pl.col("request_id")}
    reason = words("ruled", f"{ask.title['en']} decided: {{decision}} (request {{request}})", **figures)
    cases = [Case(pl.col("decision") == choice, verdict, reason) for choice, verdict in ask.choices.items()]
    return _label(stage, len(stage.steps) + 1, ask.clause, judge(given, *cases, otherwise=reason))


def _in_order(standing: pl.DataFrame) -> pl.DataFrame:
    return standing.sort("rank", "entry") if "rank" in standing.columns else standing.sort("entry")


def missing_feeds(stage: Stage, present: Iterable[str]) -> list[str]:
    """The feeds the stage cannot be decided without and that have not come."""
    return sorted(stage.feeds - set(present))
