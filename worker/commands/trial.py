"""`baiqau try`: a rulebook over files, without a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from jobs import pipeline
from jobs.calendar import instant_or_start_of_day
from jobs.errors import BaiqauError
from jobs.feeds import FEEDS
from jobs.feeds.reading import read_rows
from jobs.pipeline import Rulings, StageResult
from jobs.rulebook import Rulebook, Stage
from worker.bootstrap import load_rulebook
from worker.clock import SystemClock, ensure_tzdata
from worker.commands.printing import say
from worker.intake.frames import Limits, Recognised, RefusedFile, RefusedRow, Rows
from worker.intake.ingest import frames_of

DECISION_COLUMNS = ("stage", "step", "clause", "entry", "group", "verdict", "why")
STAGE_COLUMNS = ("entry", "group", "rank", "score", "award")
_FORMULA = r"^([=+\-@\t\r])"


class TrialInput(BaiqauError):
    """A file or option of `baiqau try` cannot be used."""


@dataclass
class _Trial:
    rulebook: Rulebook
    tables: dict[str, pl.DataFrame]
    dice: str
    standing: dict[str, pl.DataFrame] = field(default_factory=dict)
    decisions: list[pl.DataFrame] = field(default_factory=list)
    undecided: set[str] = field(default_factory=set)


def try_rulebook(path: Path, feeds: list[str], out: Path, *, now: str | None, dice: str) -> None:
    """Decide every stage that is over at `now` and whose feeds were given; write decisions.csv and a table a stage."""
    ensure_tzdata()
    rulebook = load_rulebook(path)
    at = instant_or_start_of_day(now, rulebook.timezone) if now else SystemClock().now()
    trial = _Trial(rulebook, _read_feeds(rulebook, feeds), dice)
    out.mkdir(parents=True, exist_ok=True)
    for stage in rulebook.stages:
        if reason := _not_now(trial, stage) or (
            "is not decided yet at that instant" if at < stage.decided_at else None
        ):
            say(f"{stage.id}: {reason}; left out")
        else:
            _decide(trial, stage, out)
    decisions = pl.concat([pl.DataFrame(schema=pipeline.DECISION_SCHEMA), *trial.decisions])
    _write(decisions.select(DECISION_COLUMNS), out / "decisions.csv")


def _not_now(trial: _Trial, stage: Stage) -> str | None:
    if why := pipeline.obstacle(trial.rulebook, stage, trial.tables):
        return why
    if stage.entries not in FEEDS and stage.entries not in trial.standing:
        return f"{stage.entries} was left out"
    waiting = {stage.entries, stage.among} & trial.undecided
    return f"waits for people to decide {', '.join(map(str, waiting))}" if waiting else None


def _decide(trial: _Trial, stage: Stage, out: Path) -> None:
    if stage.among is not None and stage.among not in trial.standing:
        say(f"{stage.id}: {stage.among} was left out, so everybody with a record enters")
    asks = trial.rulebook.asks
    rulings = Rulings(
        dice={name: trial.dice for name, ask in asks.items() if ask.lot and trial.dice},
        complete=frozenset(
            name for name, ask in asks.items() if ask.kind == "absentees"
        ),  # these are the files
    )
    result = pipeline.run_stage(trial.rulebook, stage, trial.tables, trial.standing, rulings)
    trial.decisions.append(result.decisions)
    trial.standing[stage.id] = result.standing
    if not result.settled:
        trial.undecided.add(stage.id)
    _write(_stage_table(result), out / f"{stage.id}.csv")
    for name, table in result.evidence.items():
        _write(_flat(table), out / f"{stage.id}.{name}.csv")
    _tell(result)


def _stage_table(result: StageResult) -> pl.DataFrame:
    undecided = result.pending.select("entry").unique()
    standing = result.standing.join(undecided, on="entry", how="anti", maintain_order="left")
    absent = (pl.lit(None, pl.String).alias(name) for name in STAGE_COLUMNS if name not in standing.columns)
    return standing.with_columns(absent).select(STAGE_COLUMNS)


def _tell(result: StageResult) -> None:
    undecided = result.pending["entry"].n_unique()
    say(f"{result.stage.id}: {result.standing.height - undecided} in, {undecided} undecided")
    for row in result.pending.sort("entry", "step").iter_rows(named=True):
        say(f"  undecided {row['entry']} (cl. {row['clause']}, {row['ask']}): {row['why']}")


def _flat(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(pl.col(pl.List(pl.String)).list.join(" "))


def _write(table: pl.DataFrame, path: Path) -> None:
    safe = table.with_columns(pl.col(pl.String).str.replace(_FORMULA, "'${1}"))
    path.write_bytes(safe.write_csv().encode())


def _read_feeds(rulebook: Rulebook, given: list[str]) -> dict[str, pl.DataFrame]:
    tables: dict[str, list[pl.DataFrame]] = {}
    for each in given:
        name, _, file = each.partition("=")
        if name not in FEEDS or not file:
            raise TrialInput(f"--feed {each}: write NAME=FILE with one of {', '.join(FEEDS)}.")
        tables.setdefault(name, []).append(_read_feed(rulebook, name, Path(file)))
    return {name: pl.concat(parts).unique(maintain_order=True) for name, parts in tables.items()}


def _read_feed(rulebook: Rulebook, name: str, file: Path) -> pl.DataFrame:
    if not file.is_file():
        raise TrialInput(f"{file}: there is no such file.")
    columns: list[str] = []
    parts = [pl.DataFrame(schema={column: spec.dtype for column, spec in FEEDS[name].columns.items()})]
    for frame in frames_of(file, file.name, name, Limits()):
        match frame:
            case Recognised():
                columns = frame.columns
            case Rows():
                parts.append(
                    _typed(rulebook, name, file, dict(zip(columns, frame.columns, strict=True)), frame.lines)
                )
            case RefusedRow():
                say(f"{file.name}, line {frame.line}: {frame.column or 'row'} {frame.why}")
            case RefusedFile():
                raise TrialInput(f"{file}: {frame.why}")
            case _:
                pass
    return pl.concat(parts, how="vertical_relaxed")


def _typed(
    rulebook: Rulebook, name: str, file: Path, cells: Mapping[str, list[str]], lines: list[int]
) -> pl.DataFrame:
    raw = pl.DataFrame({"line": lines, **cells})
    read = read_rows(FEEDS[name], raw, zone=rulebook.timezone, assume=rulebook.assume.get(name, {}))
    for line, column, _code, why in read.refused.iter_rows():
        say(f"{file.name}, line {line}: {column} {why}")
    return read.rows.select(list(FEEDS[name].columns))
