"""The made-up season of every contest that has one. A new contest's is a line in _SEASONS."""

from collections.abc import Callable, Mapping
from typing import Final

from jobs.errors import BaiqauError
from jobs.rulebook import Rulebook
from worker.rehearsal.season import DEMO, make_season
from worker.rehearsal.spreadsheet import Drop
from worker.rehearsal.votes import make_best_sor, make_bilimclass

Books = Mapping[str, Rulebook]


class CannotRehearse(BaiqauError):
    """There is no made-up season for the contest."""


def made_up(books: Books, *, seed: int) -> tuple[Drop, ...]:
    """The files of a season of these contests, in the order of their times. Raises CannotRehearse."""
    seasons = [season for contests, season in _SEASONS.items() if contests & books.keys()]
    without = sorted(books.keys() - frozenset().union(*_SEASONS))
    if without:
        raise CannotRehearse(f"{without[0]}: has no made-up season; rehearse one of {_known()}.")
    drops = [drop for season in seasons for drop in _drops(season, books, seed)]
    return tuple(sorted(drops, key=lambda drop: (drop.at, drop.path)))


def _drops(season: "Season", books: Books, seed: int) -> tuple[Drop, ...]:
    try:
        return season(books, seed)
    except KeyError as fault:
        raise CannotRehearse(
            f"{', '.join(sorted(books))}: the made-up season finds no {fault}; it follows the shipped rulebook."
        ) from fault


def _known() -> str:
    return ", ".join(sorted(frozenset().union(*_SEASONS)))


def _myn_bala(books: Books, seed: int) -> tuple[Drop, ...]:
    return make_season(books["myn-bala"], DEMO, seed=seed).drops


def _bilimclass(books: Books, seed: int) -> tuple[Drop, ...]:
    """Both nominations, since their draws are committed to together."""
    return make_bilimclass(books["bilimclass-innovator"], books["bilimclass-curator"], seed=seed).drops


def _best_sor(books: Books, seed: int) -> tuple[Drop, ...]:
    return make_best_sor(books["best-sor"], seed=seed).drops


Season = Callable[[Books, int], tuple[Drop, ...]]
_SEASONS: Final[Mapping[frozenset[str], Season]] = {
    frozenset({"myn-bala"}): _myn_bala,
    frozenset({"bilimclass-innovator", "bilimclass-curator"}): _bilimclass,
    frozenset({"best-sor"}): _best_sor,
}
