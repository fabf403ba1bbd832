"""`baiqau try`: a rulebook over files, without a database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

import polars as pl

from jobs import pipeline
from jobs.beacon import PINNED, Chain, Pulse, round_at
from jobs.calendar import instant_or_start_of_day
from jobs.draw1 import entrant_file, listed_code, read_draw
from jobs.errors import BaiqauError
from jobs.feeds import FEEDS
from jobs.pipeline import Beacon, Rulings, StageResult
from jobs.rulebook import Rulebook, Stage
from jobs.workdays import Workdays
from worker.beacon import read_chain, read_pulse, verify_pulse
from worker.bootstrap import calendar_of, load_rulebook
from worker.clock import SystemClock, ensure_tzdata
from worker.commands.files import read_feed, write_csv
from worker.commands.printing import say
from worker.deliver.draws.folder import NEWEST, committed_files, version_file
from worker.settings import read_settings
from worker.workdays import kazakhstan

DECISION_COLUMNS = ("stage", "step", "clause", "entry", "group", "verdict", "why")
STAGE_COLUMNS = ("entry", "group", "rank", "score", "award")


class TrialInput(BaiqauError):
    """A file or option of `baiqau try` cannot be used."""


@dataclass
class Trial:
    """A rulebook over tables. `chosen`: the reading that each ask of a reading settled on; `results`: the stages that
    could be decided; `left_out`: the others, and why."""

    rulebook: Rulebook
    tables: dict[str, pl.DataFrame]
    at: datetime
    dice: str
    beacon: Beacon
    chosen: Mapping[str, str] = field(default_factory=dict)
    results: dict[str, StageResult] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def decide(self, known: Mapping[str, StageResult] | None = None) -> None:
        """Decide every stage that can be; of `known` results those of stages that stand on nothing else are taken."""
        for stage in self.rulebook.stages:
            if reason := self._not_now(stage):
                self.left_out[stage.id] = reason
            elif known is not None and self._is_as_before(stage, known):
                self.results[stage.id] = known[stage.id]
            else:
                self.results[stage.id] = self._run(stage)

    def _not_now(self, stage: Stage) -> str | None:
        if why := pipeline.obstacle(self.rulebook, stage, self.tables):
            return why
        read = {name for step in stage.steps for name in step.standings.values()}
        for name in stage.needs:
            if (name != stage.among or name in read) and name not in self.results:
                return f"{name} was left out"
        waiting = [name for name in stage.needs if name in self.results and not self.results[name].settled]
        if waiting:
            return f"waits for people to decide {', '.join(waiting)}"
        return "is not decided yet at that instant" if self.at < stage.decided_at else None

    def _is_as_before(self, stage: Stage, known: Mapping[str, StageResult]) -> bool:
        """Whether the very same stage was decided on the very same earlier ones."""
        same = all(self.results.get(name) is known.get(name) for name in stage.needs)
        return same and stage.id in known and known[stage.id].stage == stage

    def _run(self, stage: Stage) -> StageResult:
        throwing = [*self.rulebook.asks_of("lot"), *self.rulebook.asks_of("draw")]
        rulings = Rulings(
            dice={name: self.dice for name in throwing if self.dice},
            complete=frozenset(self.rulebook.asks_of("absentees")),  # these are the files
            chosen=self.chosen,
        )
        standing = {name: result.standing for name, result in self.results.items()}
        return pipeline.run_stage(self.rulebook, stage, self.tables, standing, rulings, self.beacon)


def try_rulebook(
    path: Path,
    feeds: list[str],
    out: Path,
    *,
    now: str | None,
    dice: str,
    pulse: Path | None = None,
    chain: str = "quicknet",
    site: Path = Path(),
) -> Trial:
    """Decide every stage that is over at `now` and whose feeds were given; write decisions.csv and a table a stage.

    A draw is held where the `pulse` of its moment's round is given, of the `chain` (a pinned one's name or a file).
    Working days are those of the `site`, where there is one.
    """
    ensure_tzdata()
    rulebook = load_rulebook(path, cache(lambda: _workdays(site)))
    at = instant_or_start_of_day(now, rulebook.timezone) if now else SystemClock().now()
    trial = Trial(rulebook, read_feeds(rulebook, feeds), at, dice, _beacon(rulebook, chain, pulse))
    trial.decide()
    out.mkdir(parents=True, exist_ok=True)
    for stage in rulebook.stages:
        _show(trial, stage, out)
    found = [result.decisions for result in trial.results.values()]
    decisions = pl.concat([pl.DataFrame(schema=pipeline.DECISION_SCHEMA), *found])
    write_csv(decisions.select(DECISION_COLUMNS), out / "decisions.csv")
    return trial


def _workdays(site: Path) -> Workdays:
    file = site / "settings.toml"
    return calendar_of(site, read_settings(file))() if file.is_file() else kazakhstan()


def _show(trial: Trial, stage: Stage, out: Path) -> None:
    if stage.id in trial.left_out:
        say(f"{stage.id}: {trial.left_out[stage.id]}; left out")
        return
    if stage.among is not None and stage.among not in trial.results:
        say(f"{stage.id}: {stage.among} was left out, so everybody with a record enters")
    result = trial.results[stage.id]
    write_csv(_stage_table(result), out / f"{stage.id}.csv")
    evidence = dict(result.evidence)
    _write_draws(evidence.pop("draws", None), out / stage.id)
    for name, table in evidence.items():
        write_csv(_flat(table), out / f"{stage.id}.{name}.csv")
    _tell(trial.rulebook, result)


def _beacon(rulebook: Rulebook, chain: str, file: Path | None) -> Beacon:
    """The chain, and the verified pulse where one was given. Entrants are the ids themselves, where they can be."""
    trusted = PINNED[chain] if chain in PINNED else read_chain(Path(chain))
    pulses = {}
    if file is not None:
        pulse = read_pulse(file)
        verify_pulse(trusted, pulse)
        pulses = {pulse.round: pulse}
        _tell_other_round(rulebook, trusted, pulse)
    return Beacon(trusted, pulses, listed_code)


def _tell_other_round(rulebook: Rulebook, chain: Chain, pulse: Pulse) -> None:
    rounds = [round_at(chain, at) for at in _draw_moments(rulebook)]
    if pulse.round not in rounds:
        awaited = ", ".join(map(str, rounds)) or "none"
        say(f"the pulse is of round {pulse.round}; the draws of this rulebook await: {awaited}")


def _draw_moments(rulebook: Rulebook) -> list[datetime]:
    given = (stage.draw.given["at"] for stage in rulebook.stages if stage.draw)
    return [at for at in given if isinstance(at, datetime)]


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
    say(f"{result.stage.id}: {result.certain} in, {undecided} undecided")
    about_people = pl.col("ask").is_in(rulebook.asks_of("people"))
    for row in result.pending.filter(about_people).sort("entry", "step").iter_rows(named=True):
        say(f"  undecided {row['entry']} (cl. {row['clause']}, {row['ask']}): {row['why']}")
    together = result.pending.filter(~about_people).group_by("ask", "group", "clause", maintain_order=True)
    for row in together.agg(pl.len(), pl.col("why").first()).iter_rows(named=True):
        group = f"{row['group']}: " if row["group"] else ""
        say(f"  undecided {group}{row['len']} entries (cl. {row['clause']}, {row['ask']}): {row['why']}")


def _flat(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(pl.col(pl.List(pl.String)).list.join(" "))


def read_feeds(rulebook: Rulebook, given: list[str]) -> dict[str, pl.DataFrame]:
    """The rows of the files in `given` (NAME=FILE), by feed."""
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
