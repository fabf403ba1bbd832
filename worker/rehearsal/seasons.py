"""The made-up season of every contest that has one. A new contest's is a line in _SEASONS."""

from collections.abc import Callable, Mapping
from typing import Final

from jobs.errors import BaiqauError
from jobs.rulebook import Rulebook
from worker.rehearsal.elbasy_medal import make_elbasy_medal
from worker.rehearsal.music_theory import make_music_theory
from worker.rehearsal.performers import make_performers
from worker.rehearsal.presidential_olympiad import make_presidential_olympiad
from worker.rehearsal.professional_skill import make_professional_skill
from worker.rehearsal.science_projects import make_science_projects
from worker.rehearsal.season import DEMO, make_season
from worker.rehearsal.spreadsheet import Drop
from worker.rehearsal.subject_olympiad import make_subject_olympiad
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


def _presidential_olympiad(books: Books, seed: int) -> tuple[Drop, ...]:
    return make_presidential_olympiad(books["presidential-olympiad"], seed=seed).drops


def _science_projects(books: Books, seed: int) -> tuple[Drop, ...]:
    return make_science_projects(books["science-projects"], seed=seed).drops


def _performers(books: Books, seed: int) -> tuple[Drop, ...]:
    return make_performers(books["performers"], seed=seed)


def _music_theory(books: Books, seed: int) -> tuple[Drop, ...]:
    return make_music_theory(books["music-theory"], seed=seed)


def _professional_skill(books: Books, seed: int) -> tuple[Drop, ...]:
    return make_professional_skill(books["professional-skill"], seed=seed)


def _subject_olympiad(books: Books, seed: int) -> tuple[Drop, ...]:
    return make_subject_olympiad(books["subject-olympiad"], seed=seed).drops


def _elbasy_medal(books: Books, seed: int) -> tuple[Drop, ...]:
    return make_elbasy_medal(books["elbasy-medal"], seed=seed).drops


Season = Callable[[Books, int], tuple[Drop, ...]]
_SEASONS: Final[Mapping[frozenset[str], Season]] = {
    frozenset({"myn-bala"}): _myn_bala,
    frozenset({"bilimclass-innovator", "bilimclass-curator"}): _bilimclass,
    frozenset({"best-sor"}): _best_sor,
    frozenset({"presidential-olympiad"}): _presidential_olympiad,
    frozenset({"science-projects"}): _science_projects,
    frozenset({"performers"}): _performers,
    frozenset({"music-theory"}): _music_theory,
    frozenset({"professional-skill"}): _professional_skill,
    frozenset({"subject-olympiad"}): _subject_olympiad,
    frozenset({"elbasy-medal"}): _elbasy_medal,
}
