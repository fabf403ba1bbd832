"""Texts that speak of what a rule forbids (order 99, annex 3, clause 6, 4: harmful matter and cruelty)."""

import polars as pl

from jobs.errors import ParameterFault
from jobs.verdicts import UNDECIDED, Case, Decisions, judge, words


def mentions(entries: pl.DataFrame, *, column: str, words_: list[str]) -> Decisions:
    """Undecided: entries in whose `column` a word begins with one of `words`, small letters or capitals: whether the
    work does what it speaks of only people can say."""
    if not words_:
        raise ParameterFault("mentions.words: name the words to look for.")
    stems = "|".join(f"{_plainly(stem.lower())}" for stem in words_)
    found = pl.col(column).str.to_lowercase().str.extract(rf"(?:^|[^\p{{L}}])((?:{stems})\p{{L}}*)", 1)
    told = entries.select("entry", found=found)
    spoken = words("mentions", "speaks of {found}", found=pl.col("found"))
    silent = words("mentions-nothing", "speaks of nothing that is forbidden")
    return Decisions(judge(told, Case(pl.col("found").is_not_null(), UNDECIDED, spoken), otherwise=silent))


def _plainly(stem: str) -> str:
    """The stem as a pattern of itself."""
    return "".join(letter if letter.isalnum() or letter == " " else f"\\{letter}" for letter in stem)
