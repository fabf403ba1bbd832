"""Running a stage: entries through steps, every verdict kept, undecided ones gathered for people.

The road inside: obstacles (can it be decided yet?) → gathering (who enters, by records) → stepping (each step's job) →
rulings (what people said of the undecided) → deciding (all of it, once) → confirming (decided twice where a job's
change is put to people) → running. `model` has what goes in and comes out, `rows` how verdicts are labelled.
"""

from jobs.pipeline.confirming import PublishedFault
from jobs.pipeline.model import (
    DECISION_SCHEMA,
    NO_BEACON,
    PENDING_SCHEMA,
    RULING_SCHEMA,
    Beacon,
    Published,
    Rulings,
    StageResult,
    Tables,
)
from jobs.pipeline.naming import named_alike
from jobs.pipeline.obstacles import Conflict, conflicts, obstacle
from jobs.pipeline.outcomes import outcomes, settled_outcomes
from jobs.pipeline.records import entry_of, own_entries, speaks_of
from jobs.pipeline.rulings import subject_of, what_was_shown
from jobs.pipeline.running import run_stage
from jobs.pipeline.stepping import StepFault

__all__ = [
    "DECISION_SCHEMA",
    "NO_BEACON",
    "PENDING_SCHEMA",
    "RULING_SCHEMA",
    "Beacon",
    "Conflict",
    "Published",
    "PublishedFault",
    "Rulings",
    "StageResult",
    "StepFault",
    "Tables",
    "conflicts",
    "entry_of",
    "named_alike",
    "obstacle",
    "outcomes",
    "own_entries",
    "run_stage",
    "settled_outcomes",
    "speaks_of",
    "subject_of",
    "what_was_shown",
]
