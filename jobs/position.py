"""Job titles that may shut a person out (BilimClass, clause 4.2.2): the programme points, people judge."""

import re

import polars as pl

from jobs.errors import ParameterFault
from jobs.kazakh import NEEDS_FOLDING, fold_lookalikes
from jobs.verdicts import UNDECIDED, Case, Decisions, judge, words


def position(entries: pl.DataFrame, *, column: str, words: list[str], except_: list[str]) -> Decisions:
    """Undecided: entries whose job title holds one of `words`, once the phrases of `except` are taken out of it.

    A word stands for all that begin with it (директор: директордың); with a full stop at its end it is whole (зам.);
    of a phrase that holds for each word in it. Capitals, spaces and look-alike letters make no difference.
    """
    title = _folded(entries[column])
    rest = title.str.replace_all(_any_of("except", except_), " ") if except_ else title
    seen = entries.select("entry", found=rest.str.extract(_any_of("words", words), 1))
    return Decisions(judge(seen, Case(pl.col("found").is_not_null(), UNDECIDED, _NAMED), otherwise=_OTHER))


_NAMED = words(
    "position-to-judge", "the job title says {found}: is it one the clause shuts out?", found=pl.col("found")
)
_OTHER = words("position-clear", "no job title that the clause shuts out")


def _any_of(key: str, phrases: list[str]) -> str:
    if not phrases or not all(phrase.strip(" .") for phrase in phrases):
        raise ParameterFault(
            f"position.{key} has no word, or an empty one: write the words of the job titles."
        )
    return rf"\b({'|'.join(_pattern(phrase) for phrase in phrases)})"


def _pattern(phrase: str) -> str:
    return r"\s+".join(_word(part) for part in fold_lookalikes(phrase).lower().split())


def _word(part: str) -> str:
    whole = part.removesuffix(".")
    return re.escape(whole) + (r"\p{L}*" if whole == part else r"\b")


def _folded(titles: pl.Series) -> pl.Series:
    """In small letters, each word in one script; the slow part only for the titles that need it, each once."""
    odd = titles.filter(titles.str.contains(NEEDS_FOLDING)).unique()
    mended = [fold_lookalikes(title) for title in odd]
    return titles.replace(odd, pl.Series(mended, dtype=pl.String)).str.to_lowercase()
