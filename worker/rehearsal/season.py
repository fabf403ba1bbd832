"""A made-up but true-to-life season of Myn Bala, as the files its participants would drop into the inbox.

Everybody in it is invented (see worker.rehearsal.people); phones lie in blocks that begin with 000, mail
addresses under the reserved domain `.example`. IINs are computed at run time and never committed.
Randomness is one seeded generator: the same rulebook, size and seed give the same bytes.
Trouble is planted on purpose, and `Season.planted` says where and what should come of it.
"""

from jobs.rulebook import Rulebook
from worker.rehearsal.draft import DEMO, SMALL, Case, Draft, Planted, Season, Size, begin
from worker.rehearsal.papers import (
    drop_stage,
    set_first_paper,
    set_second_paper,
    sit_first_stage,
    sit_second_stage,
)
from worker.rehearsal.partners import Partner, drop_applications, drop_quotas, winners
from worker.rehearsal.registrations import drop_registrations
from worker.rehearsal.rosters import drop_rosters
from worker.rehearsal.spreadsheet import Drop

__all__ = ["DEMO", "SMALL", "Case", "Drop", "Planted", "Season", "Size", "make_season"]


def make_season(rulebook: Rulebook, size: Size, *, seed: int) -> Season:
    """A season of `size` at the moments of `rulebook` (Myn Bala's; KeyError for one without its windows)."""
    draft = begin(rulebook, size, seed)
    drop_rosters(draft)
    drop_registrations(draft)
    first, second = set_first_paper(draft), set_second_paper(draft)
    drop_stage(draft, first, sit_first_stage(draft, first), size.files)
    drop_stage(draft, second, sit_second_stage(draft, second), size.files // 2 or 1)
    partners = drop_quotas(draft)
    drop_applications(draft, partners)
    return Season(
        tuple(sorted(draft.drops, key=lambda drop: (drop.at, drop.path))), _planted(draft, partners)
    )


def _planted(draft: "Draft", partners: "list[Partner]") -> Planted:
    return Planted(
        listed=tuple(pupil.iin for pupil in draft.listed),
        cases=tuple(draft.cases),
        files=draft.files,
        scores=draft.scores,
        seats=sum(partner.granted for partner in partners),
        winners=tuple(winners(draft, partners)),
        lot=tuple(draft.trio),
        lot_school=partners[0].school_id,
    )
