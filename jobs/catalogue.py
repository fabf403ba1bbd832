"""Every job a rulebook may name. A new job is a new module and a line here."""

from jobs.admit import admit
from jobs.binding import Job
from jobs.during import during
from jobs.integrity import duration, fast_and_accurate, mismatch, pace, similarity
from jobs.match import match
from jobs.require import require
from jobs.score import score
from jobs.top import top

JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job("admit", admit, asks=True),
        Job("during", during),
        Job("duration", duration, asks=True),
        Job("fast-and-accurate", fast_and_accurate, asks=True),
        Job("match", match, asks=True),
        Job("mismatch", mismatch, asks=True),
        Job("pace", pace, asks=True),
        Job("require", require),
        Job("score", score, asks=True),
        Job("similarity", similarity, asks=True),
        Job("top", top, asks=True),
    )
}
