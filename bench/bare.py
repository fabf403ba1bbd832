"""Every job's rule as somebody would write it for one contest, in plain polars.

Each peer takes the entries (with a column `group`), what the step is given and brought, and its tables, and gives what
a verdict is: the entry, its verdict, code, sentence and figures, and the ranks, places and points that the rule gives
to the steps after it. No evidence, and no check of what is given.
"""

from collections.abc import Mapping

import bare_appeals
import bare_entries
import bare_juries
import bare_levels
import bare_marks
import bare_medal
import bare_papers
import bare_rounds
import bare_sheets
import bare_terms
import bare_votes
import bare_winners
from bare_told import Bare

BARE: Mapping[str, Bare] = {
    **bare_appeals.PEERS,
    **bare_entries.PEERS,
    **bare_juries.PEERS,
    **bare_levels.PEERS,
    **bare_marks.PEERS,
    **bare_medal.PEERS,
    **bare_papers.PEERS,
    **bare_rounds.PEERS,
    **bare_sheets.PEERS,
    **bare_terms.PEERS,
    **bare_votes.PEERS,
    **bare_winners.PEERS,
}

_LETTERS = "its answers are letters and replies, not a rule over rows"
_LOT = "a lot from a beacon: the same result needs the same code (bench/draws.py)"
_ELSEWHERE = "measured beside a peer of its own in bench/integrity.py"

WITHOUT: Mapping[str, str] = {
    "admit": "an assignment, measured beside a library in bench/admission.py",
    "author": _LETTERS,
    "author-sheets": "two calls of `jury`, which has a peer",
    "consult": _LETTERS,
    "draw": _LOT,
    "fast-and-accurate": _ELSEWHERE,
    "integrity": _ELSEWHERE,
    "invite": _LETTERS,
    "lookalike": "near-equal texts: no expression of polars compares them",
    "order": _LOT,
    "rotation": _LOT,
}
"""Why a job has no bare expression; of a job in neither list none has been written."""
