"""Quota admission by score priority (ADMIT-1; Myn Bala, clauses 12-16; rows 002-24 to 002-28).

`admit` decides, `reallocate` hands freed places out again, both return an `Admission`.
The road inside: market (tables to whole numbers) → serial or deferred (who gets which bid) → report (why not)
→ tables and wording (what people read).
"""

from jobs.admission.decide import admit, reallocate
from jobs.admission.model import SHARE, Admission, AdmissionError, Choice, Rounding, Tie, seats_of

__all__ = [
    "SHARE",
    "Admission",
    "AdmissionError",
    "Choice",
    "Rounding",
    "Tie",
    "admit",
    "reallocate",
    "seats_of",
]
