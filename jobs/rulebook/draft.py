"""A rulebook half-way: its tables and its season are read, its stages are not."""

from collections.abc import Callable
from dataclasses import dataclass

from jobs.rulebook.faults import RulebookFault
from jobs.rulebook.season import Season
from jobs.rulebook.written import RulebookTable
from jobs.workdays import Workdays


@dataclass(frozen=True)
class Draft:
    """What stages and steps are bound to and checked against; `source` names the file in errors."""

    written: RulebookTable
    season: Season
    source: str
    workdays: Callable[[], Workdays]

    def fault(self, key: str, what: str) -> RulebookFault:
        """To be raised: `what` is wrong with the key of this rulebook."""
        return RulebookFault(f"{self.source}: {key}: {what}.")
