"""What people were asked and said: which undecided rows are open, and what the rulings make of the others."""

import hashlib
from dataclasses import dataclass

import polars as pl

from jobs.honours import awarded, numbers_of
from jobs.pipeline.model import Rulings
from jobs.pipeline.rows import NOTHING, label
from jobs.rulebook import Rulebook, Stage
from jobs.verdicts import OUT, Case, judge, words

_AWARD_BY = "award:"

NOBODY_PUT_OUT = pl.DataFrame(schema={"entry": pl.String(), "step": pl.Int64()})


@dataclass(frozen=True)
class Said:
    """The undecided rows that are still `open`, nobody having ruled on them; the verdicts that people gave (`rows`);
    and whom they put out (`entry`), with the first `step` at which those were asked about that they refused."""

    open: pl.DataFrame
    rows: pl.DataFrame
    put_out: pl.DataFrame


def rule(rulebook: Rulebook, stage: Stage, pending: pl.DataFrame, rulings: Rulings) -> Said:
    """What people have said of the undecided rows. A word that is none of the choices decides nothing."""
    valid = rulings.table.join(
        _accepted(rulebook, rulings.table), on=["ask", "decision"], how="semi", maintain_order="left"
    )
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
    rows = {
        str(ask): _ruled(rulebook, stage, str(ask), part)
        for (ask,), part in ruled.group_by("ask", maintain_order=True)
    }
    refused = [
        pending.filter(ask=ask).join(part.filter(verdict=OUT), on="entry", how="semi").select("entry", "step")
        for ask, part in rows.items()
    ]
    put_out = pl.concat([NOBODY_PUT_OUT, *refused]).group_by("entry").agg(pl.col("step").min())
    return Said(still_open, pl.concat([NOTHING, *rows.values()]), put_out)


def as_chosen(standing: pl.DataFrame, ruled: pl.DataFrame) -> pl.DataFrame:
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


def as_numbered(
    rulebook: Rulebook, stage: Stage, standing: pl.DataFrame, ruled: pl.DataFrame
) -> pl.DataFrame:
    """The award of those of whose group people said how many there are of each: by their rank."""
    named = {awards for step in stage.steps if step.ask and (awards := tuple(rulebook.asks[step.ask].awards))}
    if not named or ruled.is_empty():
        return standing
    made = ruled.select("entry", said=pl.col("facts").str.json_path_match("$.decision")).unique(
        "entry", keep="last", maintain_order=True
    )
    joined = standing.join(made, on="entry", how="left", maintain_order="left")
    given = [
        pl.when(pl.col("said") == word).then(awarded(counts, awards))
        for awards in named
        for word in made["said"].drop_nulls().unique().sort()
        if (counts := numbers_of(word, len(awards))) is not None
    ]
    return joined.with_columns(award=pl.coalesce("award", *given)).drop("said")


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


def _accepted(rulebook: Rulebook, table: pl.DataFrame) -> pl.DataFrame:
    """`ask` and `decision` of the rulings that say what may be said."""
    deciding = {*rulebook.asks_of("people"), *rulebook.asks_of("group")}
    said = table.select("ask", "decision").unique().rows()
    valid = [(name, word) for name, word in said if name in deciding and rulebook.asks[name].accepts(word)]
    return pl.DataFrame(valid, schema={"ask": pl.String, "decision": pl.String}, orient="row")


def _ruled(rulebook: Rulebook, stage: Stage, name: str, given: pl.DataFrame) -> pl.DataFrame:
    ask = rulebook.asks[name]
    figures = {"decision": pl.col("decision"), "request": pl.col("request_id")}
    reason = words("ruled", f"{ask.title['en']} decided: {{decision}} (request {{request}})", **figures)
    cases = [Case(pl.col("decision") == choice, verdict, reason) for choice, verdict in ask.choices.items()]
    return label(stage, len(stage.steps) + 1, ask.clause, judge(given, *cases, otherwise=reason))
