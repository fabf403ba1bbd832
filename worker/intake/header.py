"""Finding the header row and the one feed it belongs to, by a vocabulary given as data."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from jobs.kazakh import fold_lookalikes, tidy
from worker.intake.frames import FeedWords, Refusal, Vocabulary

HEAD_ROWS: Final = 50
LONGEST_HEADER: Final = 200

_ORNAMENT: Final = re.compile("[\"'«»“”„‘’`.*:\u00ad\u200b-\u200f\u2060\ufeff]")
_JOINTS: Final = re.compile(r"[/|()\n]")
_UNDERSCORES: Final = str.maketrans("_", " ")


@dataclass(frozen=True)
class Heading:
    """`places`: cell of a row → canonical column, in the file's order; `row`: its index in the head; `kept`: the
    cells of columns whose content is kept, not only searched."""

    feed: str
    row: int
    places: dict[int, str]
    ignored: list[str]
    kept: frozenset[int]

    def kept_of(self, row: Sequence[str]) -> list[str]:
        """The cells of a row that are kept."""
        return [cell for place, cell in enumerate(row) if place in self.kept]


@dataclass(frozen=True)
class _Match:
    feed: str
    places: dict[int, str]
    missing: frozenset[str]

    @property
    def share(self) -> tuple[bool, float, int]:
        found = len(set(self.places.values()))
        wanted = len(self.missing) + found
        return (not self.missing, found / wanted if wanted else 0.0, found)


class Lexicon:
    """A vocabulary made ready: every spelling of every header to its column."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._spellings = {feed: _spellings(words) for feed, words in vocabulary.items()}
        self._required = {feed: words.required for feed, words in vocabulary.items()}
        self._aids = {feed: words.aids for feed, words in vocabulary.items()}
        self._patterns = {
            feed: re.compile(words.pattern) for feed, words in vocabulary.items() if words.pattern is not None
        }

    def column(self, feed: str, header: str) -> str | None:
        """The column of `feed` that `header` names: as a whole, or by all parts of `ЖСН / ИИН` alike."""
        if len(header) > LONGEST_HEADER:
            return None
        whole = self._lookup(feed, normalise(header))
        if whole is not None or not _JOINTS.search(header):
            return whole
        parts = {self._lookup(feed, part) for part in map(normalise, _JOINTS.split(header)) if part}
        return parts.pop() if len(parts) == 1 else None

    def match(self, feed: str, row: Sequence[str]) -> _Match:
        """Which cells of `row` are headers of `feed`, and which required ones are not there."""
        named = ((place, self.column(feed, cell)) for place, cell in enumerate(row) if cell)
        places = {place: column for place, column in named if column is not None}
        return _Match(feed, places, self._required[feed] - set(places.values()))

    def score(self, rows: Iterable[Sequence[str]]) -> int:
        """The most headers of one feed found in one row: how well the rows were cut into cells."""
        return max((len(self.match(feed, row).places) for row in rows for feed in self._required), default=0)

    def find(self, rows: Sequence[Sequence[str]]) -> Heading:
        """The header row among `rows` and its feed. Raises Refusal unless exactly one feed matches."""
        matches = [(at, self.match(feed, row)) for at, row in enumerate(rows) for feed in self._required]
        complete = [(at, match) for at, match in matches if not match.missing and match.places]
        if not complete:
            raise _not_recognised([match for _, match in matches])
        best = max(len(match.places) for _, match in complete)
        at = next(at for at, match in complete if len(match.places) == best)
        match, ignored = _only(rows[at], self._standing([match for place, match in complete if place == at]))
        return Heading(match.feed, at, match.places, ignored, self.kept(match.feed, match.places))

    def kept(self, feed: str, places: Mapping[int, str]) -> frozenset[int]:
        """The cells that are not those of aids."""
        return frozenset(place for place, column in places.items() if column not in self._aids[feed])

    def _standing(self, matches: list[_Match]) -> list[_Match]:
        """Without those that give way to another, which needs a cell that they have no name for: applications whose
        header has all that a list of people has, and the nomination, are applications."""
        needed = [
            {place for place, column in match.places.items() if column in self._required[match.feed]}
            for match in matches
        ]
        left = [match for match in matches if not any(cells - match.places.keys() for cells in needed)]
        return left or matches

    def _lookup(self, feed: str, header: str) -> str | None:
        pattern = self._patterns.get(feed)
        if pattern is not None and pattern.fullmatch(header):
            return header
        return self._spellings[feed].get(header)


@lru_cache(maxsize=8192)
def normalise(header: str) -> str:
    """A header as it is compared: one script a word, small letters, no quotes, dots or stars."""
    bare = _ORNAMENT.sub("", header).translate(_UNDERSCORES)
    return tidy(fold_lookalikes(bare)).casefold()


def _spellings(words: FeedWords) -> dict[str, str]:
    spelled = {normalise(header): column for column, headers in words.columns.items() for header in headers}
    return spelled | {normalise(column): column for column in words.columns}


def _only(row: Sequence[str], matches: list[_Match]) -> tuple[_Match, list[str]]:
    """The one match and the headers that nobody knows. Raises Refusal."""
    if len(matches) > 1:
        feeds = " and ".join(match.feed for match in matches)
        raise Refusal("two-feeds", f"the header matches {feeds}; keep the columns of one of them.")
    match = matches[0]
    columns = list(match.places.values())
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise Refusal("duplicate-column", f"two headers mean the column {twice[0]}; keep one of them.")
    ignored = [printable(cell) for place, cell in enumerate(row) if tidy(cell) and place not in match.places]
    return match, ignored


def printable(header: str) -> str:
    """A header nobody knows, safe to show: no controls, at most 80 characters."""
    return "".join(filter(str.isprintable, tidy(header)))[:80]


def _not_recognised(matches: list[_Match]) -> Refusal:
    nearest = max(matches, key=lambda match: match.share, default=None)
    if nearest is None or not nearest.places:
        return Refusal("no-feed", f"no row among the first {HEAD_ROWS} has headers that we know.")
    missing = ", ".join(sorted(nearest.missing))
    return Refusal(
        "no-feed", f"no feed is recognised: the nearest is {nearest.feed}, missing columns {missing}."
    )
