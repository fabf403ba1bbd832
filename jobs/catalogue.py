"""Every job a rulebook may name. A new job is a new module and a line here."""

from jobs.admit import admit
from jobs.author import author
from jobs.award import award
from jobs.binding import Job
from jobs.draw import draw
from jobs.during import during
from jobs.grades import grades
from jobs.integrity import duration, fast_and_accurate, integrity, mismatch, pace
from jobs.match import match
from jobs.position import position
from jobs.published import published
from jobs.qualify import qualify
from jobs.quorum import quorum
from jobs.require import require
from jobs.score import score
from jobs.share import share
from jobs.top import top
from jobs.unique import unique

JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job("admit", admit, asks=True),
        Job("author", author, asks=True),
        Job("award", award, asks=True, all_groups=True),
        Job("draw", draw, asks=True, all_groups=True),
        Job("during", during),
        Job("duration", duration, asks=True),
        Job("fast-and-accurate", fast_and_accurate, asks=True),
        Job("grades", grades, asks=True),
        Job("integrity", integrity, asks=True),
        Job("match", match, asks=True),
        Job("mismatch", mismatch, asks=True),
        Job("pace", pace, asks=True),
        Job("position", position, asks=True),
        Job("published", published),
        Job("qualify", qualify, asks=True, all_groups=True),
        Job("quorum", quorum),
        Job("require", require),
        Job("score", score, asks=True),
        Job("share", share, asks=True),
        Job("top", top, asks=True),
        Job("unique", unique, asks=True),
    )
}
