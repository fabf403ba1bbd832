"""Who enters a stage: its own records, those still in after an earlier stage, and who is absent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from jobs.pipeline.model import Rulings, Tables
from jobs.pipeline.records import entry_of, own_entries, rows_of
from jobs.pipeline.rows import NO_QUESTION, NOTHING, asking, everybody, label, without
from jobs.pipeline.stepping import StepFault
from jobs.rulebook import Rulebook, Stage
from jobs.snapshots import merge_snapshots
from jobs.verdicts import IN, OUT, UNDECIDED, words


@dataclass(frozen=True)
class Gathered:
    """Who enters a stage; what was decided of people on the way in; and what is to be asked about them."""

    entries: pl.DataFrame
    decided: pl.DataFrame
    twice: pl.DataFrame
    absent: pl.DataFrame
    evidence: Mapping[str, pl.DataFrame] = field(default_factory=dict)


def gather(
    rulebook: Rulebook, stage: Stage, tables: Tables, before: Mapping[str, pl.DataFrame], rulings: Rulings
) -> Gathered:
    """The entries of the stage, of its own feed or of an earlier stage, with what is said of them on the way in."""
    if stage.entries in before:
        earlier = before[stage.entries]
        entries = _become(rulebook, stage, earlier).drop("rank", "award", strict=False)
        return Gathered(entries, NOTHING, NO_QUESTION, NO_QUESTION)
    if stage.snapshots is not None:
        return _merged(rulebook, stage, tables[stage.entries])
    entries, doubled = own_entries(rulebook, stage, tables[stage.entries])
    if stage.among is None or stage.among not in before:
        twice = _two_records(stage, doubled)
        return Gathered(entries, twice.drop("ask"), twice, NO_QUESTION)
    return _among(stage, entries, doubled, before[stage.among], rulings)


def _become(rulebook: Rulebook, stage: Stage, earlier: pl.DataFrame) -> pl.DataFrame:
    """The entries of an earlier stage, or whoever stands in its column `become`, once each: by their first entry in
    order."""
    column = stage.become
    if column is None:
        return earlier
    if column not in earlier.columns:
        place = f"{rulebook.contest}: stage {stage.id}, become"
        raise StepFault(f"{place}: no stage before it gives the column {column}; name one that they have.")
    named = earlier.with_columns(pl.col(column).alias("entry")).drop_nulls("entry")
    return named.unique("entry", keep="first", maintain_order=True).sort("entry")


def _merged(rulebook: Rulebook, stage: Stage, table: pl.DataFrame) -> Gathered:
    """One entry a record whose counts were taken at several times; every merge is said."""
    if stage.snapshots is None:
        raise TypeError("only a stage with snapshots merges them")
    how = stage.snapshots
    rows = rows_of(stage, table).unique(maintain_order=True)
    until = rulebook.moments[how.until]
    merged = merge_snapshots(rows, key=stage.key[0], by=how.by, until=until, counts=how.counts)
    entries = merged.rows.with_columns(entry=entry_of(stage)).sort("entry")
    several = entries.filter(pl.col("snapshots") > 1).select("entry", "snapshots")
    reason = words("merged", "{rows} rows of this entry are one", rows=pl.col("snapshots"))
    decided = label(stage, 0, stage.clause, everybody(several, IN, reason))
    return Gathered(entries, decided, NO_QUESTION, NO_QUESTION, {"snapshots": merged.report})


def _two_records(stage: Stage, doubled: pl.DataFrame) -> pl.DataFrame:
    ask = stage.latest.twice if stage.latest else None
    text = "{records} different records came for this person; the latest would count"
    reason = words("two-records", text, records=pl.col("records"))
    return asking(ask, label(stage, 0, stage.clause, everybody(doubled, UNDECIDED, reason)))


def _among(
    stage: Stage,
    entries: pl.DataFrame,
    doubled: pl.DataFrame,
    admitted: pl.DataFrame,
    rulings: Rulings,
) -> Gathered:
    strangers = _strangers(stage, without(entries, admitted))
    absent = _absent(stage, without(admitted, entries), rulings)
    kept = _carry(stage, without(entries, strangers.filter(verdict=OUT)), admitted)
    known = doubled.join(kept, on="entry", how="semi", maintain_order="left")
    twice = _two_records(stage, known)
    decided = pl.concat([strangers, absent, twice.drop("ask")])
    asked = asking(stage.strangers, strangers)
    return Gathered(kept, decided, pl.concat([asked, twice]), asking(stage.absent, absent))


def _strangers(stage: Stage, outside: pl.DataFrame) -> pl.DataFrame:
    """Whoever has a record and is not among those expected is out, or, where the rulebook says whom, people are asked:
    a list may have come after it was judged."""
    if stage.strangers is not None:
        text = f"not among those still in after {stage.among}, and a record of them came"
        return label(stage, 0, stage.clause, everybody(outside, UNDECIDED, words("not-expected", text)))
    reason = words("not-among", f"not among those still in after {stage.among}")
    return label(stage, 0, stage.clause, everybody(outside, OUT, reason))


def _absent(stage: Stage, missing: pl.DataFrame, rulings: Rulings) -> pl.DataFrame:
    """Whoever sent nothing is out, once people have said that all files have come: a file that is late, or lost
    on its way, must not put a whole region out."""
    known = stage.absent is None or stage.absent in rulings.complete
    reason = words("absent", f"nothing came for this person in {stage.title['en']}")
    return label(stage, 0, stage.clause, everybody(missing, OUT if known else UNDECIDED, reason))


def _carry(stage: Stage, entries: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """What earlier stages know of an entry goes on with it; of a record's own columns only those in `from_earlier`,
    where what an earlier stage knows goes before what the record says."""
    news = [name for name in earlier.columns if name not in (*entries.columns, "rank", "award")]
    trusted = [name for name in stage.from_earlier if name in earlier.columns]
    known = earlier.select("entry", *news, *(pl.col(name).alias(f"{name}:earlier") for name in trusted))
    joined = entries.join(known, on="entry", how="left", maintain_order="left")
    told = (pl.coalesce(f"{name}:earlier", name).alias(name) for name in trusted)
    return joined.with_columns(told).drop(f"{name}:earlier" for name in trusted)
