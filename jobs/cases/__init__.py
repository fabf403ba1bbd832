"""Cases: what a rulebook decides, as sentences an official can read, and whether it does.

A file of cases says in small tables what files would bring, and who is then in, out or undecided and why. Every cell
goes through the reader of its feed and every stage that the one asked about needs really runs, by the very functions
that run a season. The keys are told in docs/how-to/write-cases.md.

The road inside: written (the file, much of it short) → changed (the rulebook for a case) → people and tables (what
files would bring) → stages (what is decided) → checks (beside what the case says) → run, which is all of it.
"""

from jobs.cases.run import Material, Outcome, material, run_case
from jobs.cases.short import spelled_out
from jobs.cases.stages import BeaconOf
from jobs.cases.written import Case, CaseFault, Cases, read_cases

__all__ = [
    "BeaconOf",
    "Case",
    "CaseFault",
    "Cases",
    "Material",
    "Outcome",
    "material",
    "read_cases",
    "run_case",
    "spelled_out",
]
