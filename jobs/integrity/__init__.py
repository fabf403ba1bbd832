"""Integrity of test answers (Myn Bala, clauses 6-11): literal signs, and the statistics that put them in proportion.

Nothing here decides about a pupil: every finding is for a commission, which may annul or not (clause 11).
"""

from jobs.integrity.job import integrity
from jobs.integrity.signs import duration, fast_and_accurate, mismatch, pace

__all__ = ["duration", "fast_and_accurate", "integrity", "mismatch", "pace"]
