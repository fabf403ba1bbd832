"""A rulebook: a regulation as TOML that only chooses tested jobs and names their parameters.

Everything wrong with it is found when it loads: unknown keys, jobs, parameters, windows and feeds, wrong types
and values. See docs/reference/rulebook.md for every key.

The road inside: written (the tables, key by key) → season (windows and moments) → stages and steps (bound to jobs,
each checked on the way; what a stage must not say: checks) → model (ready to run); loading goes it from end to end.
rules: by what a stage is decided, as a digest.
"""

from jobs.rulebook.checks import COMMITTED_BEFORE
from jobs.rulebook.faults import RulebookFault
from jobs.rulebook.loading import build, load
from jobs.rulebook.model import Alternative, Rulebook, Stage
from jobs.rulebook.rules import rules_digest
from jobs.rulebook.written import (
    MARKING,
    Ask,
    Latest,
    LookupTable,
    OneNameTable,
    Period,
    RulebookTable,
    Snapshots,
    StageTable,
)

__all__ = [
    "COMMITTED_BEFORE",
    "MARKING",
    "Alternative",
    "Ask",
    "Latest",
    "LookupTable",
    "OneNameTable",
    "Period",
    "Rulebook",
    "RulebookFault",
    "RulebookTable",
    "Snapshots",
    "Stage",
    "StageTable",
    "build",
    "load",
    "rules_digest",
]
