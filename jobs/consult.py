"""What the regulation leaves to people as a whole: every entry is put to them with what they shall judge by."""

import polars as pl

from jobs.errors import ParameterFault
from jobs.verdicts import UNDECIDED, VERDICT_SCHEMA, Case, Decisions, judge, words


def consult(entries: pl.DataFrame, *, show: list[str], award: str | None = None) -> Decisions:
    """Undecided: everybody, each with the columns `show` in the reason. Regulation 003, clause 4.3: the commission
    decides by the interview. `award` names the column with what they receive who are chosen."""
    lacking = [name for name in [*show, *filter(None, [award])] if name not in entries.columns]
    if lacking:
        raise ParameterFault(f"consult.show: {lacking[0]} is no column of the entries.")
    figures = {name: pl.col(name).cast(pl.String).fill_null("—") for name in show}
    text = "for people to decide: " + ", ".join(f"{name.replace('_', ' ')} {{{name}}}" for name in show)
    asked = words("for-decision", text, **figures)
    decided = judge(entries, Case(pl.lit(value=True), UNDECIDED, asked), otherwise=asked)
    given = entries.select("entry", award=pl.col(award).cast(pl.String)) if award is not None else None
    return Decisions(decided.select(*VERDICT_SCHEMA), given)
