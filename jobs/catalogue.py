"""Every job a rulebook may name. A new job is a new module and a line here."""

from jobs.admit import admit
from jobs.age import age
from jobs.appeal import appeal
from jobs.author import author
from jobs.author_sheets import author_sheets
from jobs.award import award
from jobs.barred import barred
from jobs.binding import Job
from jobs.ceilings import ceilings
from jobs.composition import composition
from jobs.conflict import conflict
from jobs.consult import consult
from jobs.criteria import criteria
from jobs.deadline import deadline
from jobs.documents import documents
from jobs.draw import draw
from jobs.during import during
from jobs.entered import entered
from jobs.final import final
from jobs.first_time import first_time
from jobs.grades import grades
from jobs.honours import honours
from jobs.integrity import duration, fast_and_accurate, integrity, mismatch, pace
from jobs.invite import invite
from jobs.jury import jury
from jobs.last_round import last_round
from jobs.limits import limits
from jobs.lookalike import lookalike
from jobs.match import match
from jobs.medal.attached import attached
from jobs.medal.confirmed import confirmed
from jobs.medal.contract import contract
from jobs.medal.covers import covers
from jobs.medal.directions import directions
from jobs.medal.levels import levels
from jobs.medal.norm import norm
from jobs.medal.proposal import proposal
from jobs.medal.term import term
from jobs.members import members
from jobs.mentions import mentions
from jobs.motion import motion
from jobs.order import order
from jobs.places import places
from jobs.position import position
from jobs.profile import profile
from jobs.programme import programme
from jobs.published import published
from jobs.qualified import qualified
from jobs.qualify import qualify
from jobs.quorum import quorum
from jobs.registered import registered
from jobs.require import require
from jobs.rescore import CONFIRMED, rescore
from jobs.rotation import rotation
from jobs.score import score
from jobs.share import share
from jobs.team_mean import team_mean
from jobs.together import together
from jobs.top import top
from jobs.total import total
from jobs.unique import unique
from jobs.upward import upward

JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job("admit", admit, asks=True, counts=True),
        Job("age", age, asks=True),
        Job("appeal", appeal, asks=True),
        Job("attached", attached, asks=True),
        Job("author", author, asks=True),
        Job("author-sheets", author_sheets, asks=True),
        Job("award", award, asks=True, all_groups=True, counts=True),
        Job("barred", barred),
        Job("ceilings", ceilings, asks=True),
        Job("composition", composition, asks=True, all_groups=True, counts=True),
        Job("confirmed", confirmed, asks=True),
        Job("conflict", conflict, asks=True),
        Job("consult", consult, asks=True),
        Job("contract", contract),
        Job("covers", covers),
        Job("criteria", criteria),
        Job("deadline", deadline, asks=True),
        Job("directions", directions, asks=True),
        Job("documents", documents),
        Job("draw", draw, asks=True, all_groups=True, counts=True),
        Job("duration", duration, asks=True),
        Job("during", during),
        Job("entered", entered, asks=True),
        Job("fast-and-accurate", fast_and_accurate, asks=True),
        Job("final", final),
        Job("first-time", first_time),
        Job("grades", grades, asks=True),
        Job("honours", honours, asks=True, all_groups=True, counts=True),
        Job("integrity", integrity, asks=True),
        Job("invite", invite, asks=True),
        Job("jury", jury, asks=True),
        Job("last-round", last_round),
        Job("levels", levels, asks=True),
        Job("limits", limits, asks=True),
        Job("lookalike", lookalike, asks=True),
        Job("match", match, asks=True),
        Job("members", members, asks=True),
        Job("mentions", mentions, asks=True),
        Job("mismatch", mismatch, asks=True),
        Job("motion", motion, asks=True),
        Job("norm", norm, asks=True),
        Job("order", order, asks=True, all_groups=True, counts=True),
        Job("pace", pace, asks=True),
        Job("places", places, asks=True, counts=True),
        Job("position", position, asks=True),
        Job("profile", profile, asks=True),
        Job("programme", programme, asks=True),
        Job("proposal", proposal, asks=True),
        Job("published", published),
        Job("qualified", qualified),
        Job("qualify", qualify, asks=True, all_groups=True, counts=True),
        Job("quorum", quorum, all_groups=True, counts=True),
        Job("registered", registered),
        Job("require", require),
        Job("rescore", rescore, asks=True, all_groups=True, twice=CONFIRMED),
        Job("rotation", rotation, asks=True),
        Job("score", score, asks=True),
        Job("share", share, asks=True),
        Job("team-mean", team_mean, asks=True),
        Job("term", term, asks=True),
        Job("together", together, asks=True, all_groups=True, counts=True),
        Job("top", top, asks=True, counts=True),
        Job("total", total, asks=True),
        Job("unique", unique, asks=True),
        Job("upward", upward, asks=True),
    )
}
