"""Wiring a worker once, from a site: every part gets what it needs here and nowhere else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from jobs import rulebook as rulebooks
from jobs.beacon import PINNED, Chain
from jobs.errors import BaiqauError
from jobs.rulebook import Rulebook
from jobs.workdays import Workdays
from worker.beacon import read_chain
from worker.clock import Clock
from worker.deliver.diploma import Diplomas
from worker.deliver.intents import Intents
from worker.deliver.keys import Signer, load_signer
from worker.deliver.mail import Letters, compose
from worker.deliver.outbox import Outbox
from worker.events import Report
from worker.intake.decide import Desk
from worker.intake.receive import Intake
from worker.intake.scan import Stillness
from worker.pseudonyms import Pseudonyms
from worker.schedule.reports import Reports
from worker.schedule.stages import Stages
from worker.secrets import read_secret
from worker.settings import Settings
from worker.site import Site
from worker.store import runs
from worker.store.database import open_database
from worker.store.messages import MessageRow
from worker.workdays import kazakhstan


class OtherSeason(BaiqauError):
    """The site holds another season of a contest."""


class RulebookMissing(BaiqauError):
    """A contest of the settings has no rulebook."""


@dataclass(frozen=True)
class Parts:
    """The parts of a worker, in the order of the road."""

    site: Site
    engine: Engine
    clock: Clock
    rulebooks: Mapping[str, Rulebook]
    chain: Chain
    signer: Signer
    intake: Intake
    stages: Stages
    reports: Reports
    outbox: Outbox
    diplomas: Diplomas
    letters: Letters
    report: Report

    def build_mail(self, row: MessageRow) -> bytes:
        """The bytes of a message; a diploma is made, or found made, before its letter is composed."""
        settings = self.site.settings
        # Signed at the moment of queueing, so that a diploma made again after a crash says the same.
        with_diploma = row.content["diploma"] is not None
        diploma = self.diplomas.pdf(row.content, row.language, row.queued_at) if with_diploma else None
        return compose(row, self.letters, mail=settings.mail, domain=settings.site.domain, diploma=diploma)


def wire(site: Site, clock: Clock, report: Report) -> Parts:
    """Open the database and the keys of a site and put the parts together."""
    settings = site.settings
    books = load_rulebooks(site)
    signer = open_signer(site, clock)
    engine = open_database(site.database_url)
    _refuse_other_seasons(engine, books)
    letters = Letters(site.templates)
    pseudonyms = Pseudonyms(read_secret(site.path(settings.keys.pseudonyms)))
    chain = load_chain(site)
    desk = Desk(site, engine, books, chain, report)
    diplomas = Diplomas(site, signer, letters.words)
    return Parts(
        site=site,
        engine=engine,
        clock=clock,
        rulebooks=books,
        chain=chain,
        signer=signer,
        intake=Intake(site, engine, desk, Stillness(), report),
        stages=Stages(
            engine, books, Intents(settings, pseudonyms, books, chain), chain, settings.stages, report
        ),
        reports=Reports(engine, settings, books, report),
        outbox=Outbox(site, engine, signer, letters, diplomas, report),
        diplomas=diplomas,
        letters=letters,
        report=report,
    )


def _refuse_other_seasons(engine: Engine, books: Mapping[str, Rulebook]) -> None:
    """A site is one season: last year's records must not meet this year's windows."""
    with engine.begin() as connection:
        for book in books.values():
            if other := runs.other_edition(connection, book.contest, book.edition):
                raise OtherSeason(
                    f"{book.contest}: this site holds the season {other}; make a new site for {book.edition}."
                )


def load_chain(site: Site) -> Chain:
    """The beacon's chain that this site trusts: a pinned one, or a test chain of its own."""
    draws = site.settings.draws
    return PINNED[draws.chain] if draws.chain in PINNED else read_chain(site.path(draws.test_chain))


def open_signer(site: Site, clock: Clock) -> Signer:
    """The site's signing key."""
    keys = site.settings.keys
    return load_signer(site.path(keys.signing), site.path(keys.passphrase), clock.now())


def load_rulebooks(site: Site) -> dict[str, Rulebook]:
    """The rulebooks of the contests the settings name."""
    days = calendar_of(site.root, site.settings)
    return {name: load_rulebook(site.contests / f"{name}.toml", days) for name in site.settings.site.contests}


def calendar_of(root: Path, settings: Settings) -> Callable[[], Workdays]:
    """The site's calendar of working days, made when it is first asked for."""
    named = settings.calendar.overrides
    return cache(lambda: kazakhstan(root / named if named else None))


def load_rulebook(path: Path, workdays: Callable[[], Workdays] = kazakhstan) -> Rulebook:
    """The rulebook in a file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as fault:
        raise RulebookMissing(
            f"{path}: there is no such rulebook; put it there or mend site.contests."
        ) from fault
    except UnicodeDecodeError as fault:
        raise RulebookMissing(f"{path}: is not UTF-8; save it so.") from fault
    return rulebooks.load(text, str(path), workdays)
