"""`baiqau try --compare-readings`: every open reading the other way over the same files, and whom it would concern."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from jobs.comparison import DIFFERENCE_SCHEMA, differences
from jobs.rulebook import Rulebook
from worker.commands.files import write_csv
from worker.commands.printing import print_json, print_table, say
from worker.commands.trial import Trial, read_feeds

SHOWN = 10  # people of one other reading on the screen; all are in readings.csv
FILE = "readings.csv"


@dataclass(frozen=True)
class _Other:
    """One reading the other way: the rulebook read so, or what people would choose between two ways."""

    reading: str
    otherwise: str
    where: str
    rulebook: Rulebook
    chosen: Mapping[str, str]


@dataclass(frozen=True)
class Compared:
    """What one other reading would change: `changes` has DIFFERENCE_SCHEMA."""

    reading: str
    otherwise: str
    where: str
    changes: pl.DataFrame

    def count(self, *, leaves: str | None = None, enters: str | None = None) -> int:
        """The changes of verdict that begin or end in one."""
        moved = self.changes.filter(pl.col("verdict") != pl.col("verdict_otherwise"))
        wanted = {"verdict": leaves, "verdict_otherwise": enters}
        return moved.filter(**{column: value for column, value in wanted.items() if value is not None}).height

    @property
    def awards(self) -> int:
        """How many awards are others."""
        return self.changes.filter(pl.col("award").ne_missing(pl.col("award_otherwise"))).height


def compare(trial: Trial, feeds: list[str], out: Path) -> list[Compared]:
    """Run the decided `trial` again for each other way to read its rulebook, over the same files; readings.csv."""
    found = [_compared(trial, other, feeds) for other in _others(trial.rulebook)]
    write_csv(_table(found), out / FILE)
    return found


def print_trial(trial: Trial, compared: list[Compared] | None, *, as_json: bool) -> None:
    """What the stages came to, as JSON; and what each other reading would change, where they were compared."""
    if as_json:
        told: dict[str, object] = {"stages": [_stage(trial, stage.id) for stage in trial.rulebook.stages]}
        if compared is not None:
            told["readings"] = [_as_json(each) for each in compared]
            told["one_way_only"] = [
                {"reading": name, "text": text} for name, text in _without(trial.rulebook)
            ]
        print_json(told)
    elif compared is not None:
        _print(trial.rulebook, compared)


def _stage(trial: Trial, name: str) -> dict[str, object]:
    if name in trial.left_out:
        return {"stage": name, "left_out": trial.left_out[name]}
    result = trial.results[name]
    return {"stage": name, "in": result.certain, "undecided": result.pending["entry"].n_unique()}


def _others(rulebook: Rulebook) -> Iterator[_Other]:
    for other in rulebook.alternatives:
        yield _Other(other.question, other.says, ", ".join(other.places), other.rulebook, {})
    for name in rulebook.asks_of("reading"):
        for choice in rulebook.asks[name].choices:
            where = f"left to people, clause {rulebook.asks[name].clause}"
            yield _Other(name, f"{choice!r} chosen", where, rulebook, {name: choice})


def _compared(trial: Trial, other: _Other, feeds: list[str]) -> Compared:
    again = replace(trial, rulebook=other.rulebook, chosen=other.chosen, results={}, left_out={})
    if _reads_otherwise(trial.rulebook, other.rulebook):
        again.tables = read_feeds(other.rulebook, feeds)
    again.decide(trial.results if _alike(trial, again) else None)
    stages = [stage.id for stage in trial.rulebook.stages]
    changes = differences(trial.results, again.results, stages)
    return Compared(other.reading, other.otherwise, other.where, changes)


def _reads_otherwise(one: Rulebook, other: Rulebook) -> bool:
    return (one.assume, one.timezone) != (other.assume, other.timezone)


def _alike(one: Trial, other: Trial) -> bool:
    """Whether a stage that is the same in both decides the same: all that it is given beside its own keys."""
    same = (one.chosen, one.rulebook.windows, one.rulebook.moments, one.rulebook.asks)
    return one.tables is other.tables and same == (
        other.chosen,
        other.rulebook.windows,
        other.rulebook.moments,
        other.rulebook.asks,
    )


def _without(rulebook: Rulebook) -> list[tuple[str, str]]:
    """The readings of which no other way is written."""
    written = {other.question for other in rulebook.alternatives}
    return [
        (question, text)
        for question, text in rulebook.readings
        if not written & {part.strip() for part in question.split(",")}
    ]


def _table(found: list[Compared]) -> pl.DataFrame:
    """One row for each entry that a reading would concern, as readings.csv has it."""
    labels = {"reading": pl.String(), "otherwise": pl.String()}
    parts = [
        each.changes.select(
            pl.lit(each.reading).alias("reading"), pl.lit(each.otherwise).alias("otherwise"), pl.all()
        )
        for each in found
    ]
    return pl.concat([pl.DataFrame(schema={**labels, **DIFFERENCE_SCHEMA}), *parts])


def _as_json(each: Compared) -> dict[str, object]:
    head = {"reading": each.reading, "otherwise": each.otherwise, "where": each.where}
    return {**head, "awards": each.awards, "changes": each.changes.to_dicts()}


def _print(rulebook: Rulebook, found: list[Compared]) -> None:
    columns = (
        "reading",
        "otherwise",
        "where",
        "concerned",
        "come in",
        "go out",
        "are asked about",
        "other award",
    )
    print_table(columns, [_summary(each) for each in found], as_json=False)
    for each in found:
        _tell(each)
    for question, text in _without(rulebook):
        say(f"{question}: no other way to read it is written ({text})")
    say(f"all of them: {FILE}")


def _summary(each: Compared) -> tuple[object, ...]:
    changed = each.changes.select("stage", "entry").n_unique()
    come, go, asked = each.count(enters="in"), each.count(enters="out"), each.count(enters="undecided")
    return (each.reading, each.otherwise, each.where, changed, come, go, asked, each.awards)


def _tell(each: Compared) -> None:
    """The first people whom a reading would concern."""
    if each.changes.height:
        say(f"{each.reading}, {each.otherwise}:")
    for row in each.changes.head(SHOWN).iter_rows(named=True):
        before = _outcome(row["verdict"], row["award"])
        after = _outcome(row["verdict_otherwise"], row["award_otherwise"])
        say(f"  {row['stage']}: {row['entry']} is {before}; read so {after}")
    if (more := each.changes.height - SHOWN) > 0:
        say(f"  and {more} more")


def _outcome(verdict: str, award: str | None) -> str:
    return f"{verdict} with {award}" if award else verdict
