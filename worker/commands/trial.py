"""`baiqau try`: a rulebook over files, without a database."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from jobs import pipeline
from jobs.beacon import PINNED, Chain, Pulse, round_at
from jobs.calendar import instant_or_start_of_day
from jobs.draw1 import entrant_file, may_be_entrant, read_draw
from jobs.errors import BaiqauError
from jobs.feeds import FEEDS
from jobs.pipeline import Beacon, Rulings, StageResult
from jobs.rulebook import Rulebook, Stage
from worker.beacon import read_chain, read_pulse, verify_pulse
from worker.bootstrap import load_rulebook
from worker.clock import SystemClock, ensure_tzdata
from worker.commands.files import read_feed, write_csv
from worker.commands.printing import say
from worker.deliver.draw_folder import NEWEST, committed_files, version_file

DECISION_COLUMNS = ("stage", "step", "clause", "entry", "group", "verdict", "why")
STAGE_COLUMNS = ("entry", "group", "rank", "score", "award")


class TrialInput(BaiqauError):
    """A file or option of `baiqau try` cannot be used."""


@dataclass
class _Trial:
    rulebook: Rulebook
    tables: dict[str, pl.DataFrame]
    dice: str
    beacon: Beacon
    standing: dict[str, pl.DataFrame] = field(default_factory=dict)
    decisions: list[pl.DataFrame] = field(default_factory=list)
    undecided: set[str] = field(default_factory=set)


def try_rulebook(
    path: Path,
    feeds: list[str],
    out: Path,
    *,
    now: str | None,
    dice: str,
    pulse: Path | None = None,
    chain: str = "quicknet",
) -> None:
    """Decide every stage that is over at `now` and whose feeds were given; write decisions.csv and a table a stage.

    A draw is held where the `pulse` of its moment's round is given, of the `chain` (a pinned one's name or a file).
    """
    ensure_tzdata()
    rulebook = load_rulebook(path)
    at = instant_or_start_of_day(now, rulebook.timezone) if now else SystemClock().now()
    trial = _Trial(rulebook, _read_feeds(rulebook, feeds), dice, _beacon(rulebook, chain, pulse))
    out.mkdir(parents=True, exist_ok=True)
    for stage in rulebook.stages:
        if reason := _not_now(trial, stage) or (
            "is not decided yet at that instant" if at < stage.decided_at else None
        ):
            say(f"{stage.id}: {reason}; left out")
        else:
            _decide(trial, stage, out)
    decisions = pl.concat([pl.DataFrame(schema=pipeline.DECISION_SCHEMA), *trial.decisions])
    write_csv(decisions.select(DECISION_COLUMNS), out / "decisions.csv")


def _beacon(rulebook: Rulebook, chain: str, file: Path | None) -> Beacon:
    """The chain, and the verified pulse where one was given. Entrants are the ids themselves, where they can be."""
    trusted = PINNED[chain] if chain in PINNED else read_chain(Path(chain))
    pulses = {}
    if file is not None:
        pulse = read_pulse(file)
        verify_pulse(trusted, pulse)
        pulses = {pulse.round: pulse}
        _tell_other_round(rulebook, trusted, pulse)
    return Beacon(trusted, pulses, _entrant)


def _tell_other_round(rulebook: Rulebook, chain: Chain, pulse: Pulse) -> None:
    rounds = [round_at(chain, at) for at in _draw_moments(rulebook)]
    if pulse.round not in rounds:
        awaited = ", ".join(map(str, rounds)) or "none"
        say(f"the pulse is of round {pulse.round}; the draws of this rulebook await: {awaited}")


def _draw_moments(rulebook: Rulebook) -> list[datetime]:
    given = (stage.draw.given["at"] for stage in rulebook.stages if stage.draw)
    return [at for at in given if isinstance(at, datetime)]


def _entrant(entry: str) -> str:
    """An id that may stand in a list of entrants as it is; another one by a digest of it."""
    if may_be_entrant(entry):
        return entry
    return f"E-{hashlib.sha256(entry.encode()).hexdigest()[:16].upper()}"


def _not_now(trial: _Trial, stage: Stage) -> str | None:
    if why := pipeline.obstacle(trial.rulebook, stage, trial.tables):
        return why
    for name in stage.needs:
        if name != stage.among and name not in trial.standing:
            return f"{name} was left out"
    waiting = set(stage.needs) & trial.undecided
    return f"waits for people to decide {', '.join(map(str, waiting))}" if waiting else None


def _decide(trial: _Trial, stage: Stage, out: Path) -> None:
    if stage.among is not None and stage.among not in trial.standing:
        say(f"{stage.id}: {stage.among} was left out, so everybody with a record enters")
    throwing = [*trial.rulebook.asks_of("lot"), *trial.rulebook.asks_of("draw")]
    rulings = Rulings(
        dice={name: trial.dice for name in throwing if trial.dice},
        complete=frozenset(trial.rulebook.asks_of("absentees")),  # these are the files
    )
    result = pipeline.run_stage(trial.rulebook, stage, trial.tables, trial.standing, rulings, trial.beacon)
    trial.decisions.append(result.decisions)
    trial.standing[stage.id] = result.standing
    if not result.settled:
        trial.undecided.add(stage.id)
    write_csv(_stage_table(result), out / f"{stage.id}.csv")
    evidence = dict(result.evidence)
    _write_draws(evidence.pop("draws", None), out / stage.id)
    for name, table in evidence.items():
        write_csv(_flat(table), out / f"{stage.id}.{name}.csv")
    _tell(trial.rulebook, result)


def _write_draws(draws: pl.DataFrame | None, folder: Path) -> None:
    """A folder a draw, as `baiqau draw` makes them: the list and manifest, and the protocol once it was held."""
    for row in [] if draws is None else draws.to_dicts():
        home = folder / row["draw_id"]
        home.mkdir(parents=True, exist_ok=True)
        draw = read_draw(json.loads(row["protocol"]))
        for name, data in committed_files(draw.manifest, entrant_file(draw.entrants), draw.chain).items():
            (home / name).write_bytes(data)
        if draw.seed is not None:
            for file in (home / NEWEST, version_file(home, row["version"])):
                file.write_text(row["protocol"], encoding="utf-8")


def _stage_table(result: StageResult) -> pl.DataFrame:
    undecided = result.pending.select("entry").unique()
    decided = result.standing.join(undecided, on="entry", how="anti", maintain_order="left")
    standing = _with_last(result, decided.drop("group", strict=False), group=pl.col("group"))
    if "score" not in standing.columns:  # of entries ranked by counts the verdict tells the points
        standing = _with_last(result, standing, score=pl.col("facts").str.json_path_match("$.points"))
    absent = (pl.lit(None, pl.String).alias(name) for name in STAGE_COLUMNS if name not in standing.columns)
    return standing.with_columns(absent).select(STAGE_COLUMNS)


def _with_last(result: StageResult, standing: pl.DataFrame, **told: pl.Expr) -> pl.DataFrame:
    """What the last verdict that tells it says of each entry."""
    rows = result.decisions.select("entry", **told).drop_nulls()
    last = rows.unique("entry", keep="last", maintain_order=True)
    return standing.join(last, on="entry", how="left", maintain_order="left")


def _tell(rulebook: Rulebook, result: StageResult) -> None:
    """Each person who is undecided; what is asked of a whole group or list, once."""
    undecided = result.pending["entry"].n_unique()
    say(f"{result.stage.id}: {result.standing.height - undecided} in, {undecided} undecided")
    about_people = pl.col("ask").is_in(rulebook.asks_of("people"))
    for row in result.pending.filter(about_people).sort("entry", "step").iter_rows(named=True):
        say(f"  undecided {row['entry']} (cl. {row['clause']}, {row['ask']}): {row['why']}")
    together = result.pending.filter(~about_people).group_by("ask", "group", "clause", maintain_order=True)
    for row in together.agg(pl.len(), pl.col("why").first()).iter_rows(named=True):
        group = f"{row['group']}: " if row["group"] else ""
        say(f"  undecided {group}{row['len']} entries (cl. {row['clause']}, {row['ask']}): {row['why']}")


def _flat(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(pl.col(pl.List(pl.String)).list.join(" "))


def _read_feeds(rulebook: Rulebook, given: list[str]) -> dict[str, pl.DataFrame]:
    tables: dict[str, list[pl.DataFrame]] = {}
    for each in given:
        name, _, file = each.partition("=")
        if name not in FEEDS or not file:
            raise TrialInput(f"--feed {each}: write NAME=FILE with one of {', '.join(FEEDS)}.")
        tables.setdefault(name, []).append(_read_feed(rulebook, name, Path(file)))
    return {name: pl.concat(parts).unique(maintain_order=True) for name, parts in tables.items()}


def _read_feed(rulebook: Rulebook, name: str, file: Path) -> pl.DataFrame:
    assumed = rulebook.assume.get(name, {})
    return read_feed(FEEDS[name], file, zone=rulebook.timezone, assume=assumed, tell=say).rows.drop("line")
