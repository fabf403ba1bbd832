"""The people of a case: what an alias is, and who is meant by several at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from jobs.cases.short import aliases, as_rows, spelled_out
from jobs.cases.written import Case, CaseFault, Cases
from jobs.feeds import FEEDS
from jobs.iin import control_digit
from jobs.regions import region_code

_BRACED = re.compile(r"\{iin (\d{6})\}|\{([\w-]+)\}")
PERSON_COLUMNS = ("participant", "iin", "contestant", "project", "juror")


class Cast:
    """Whom a case speaks of, and their ids."""

    def __init__(self, cases: Cases, case: Case) -> None:
        self.terms = cases.people
        written = [row for value in case.feeds.values() for row in as_rows(value)]
        named = [alias for row in written for alias in aliases(row.get("who"))]
        things = {str(cell) for row in written for name, cell in row.items() if name != "who"}
        told = (alias for key in (*case.expect, *case.award) for alias in spelled_out(key))
        others = [alias for alias in told if "/" not in alias and alias not in things]
        self.aliases = list(dict.fromkeys([*named, *others]))
        self.ids = {alias: self._id(alias) for alias in self.aliases}
        if len(set(self.ids.values())) < len(self.ids):
            raise CaseFault(f"{case.says!r}: two aliases have one made-up IIN; call one of them otherwise.")

    def _id(self, alias: str) -> str:
        return made_up_iin(alias, self.terms.born) if self.terms.ids == "iin" else alias

    def column(self, feed: str) -> str | None:
        """The column that names a row's person."""
        known = (name for name in PERSON_COLUMNS if name in FEEDS[feed].columns)
        return self.terms.columns.get(feed, next(known, None))

    def entry(self, alias: str) -> str:
        """The id of an alias; of "alias/Физика" with what follows."""
        first, slash, rest = alias.partition("/")
        return self.ids.get(alias, self.ids.get(first, first) + slash + rest)

    def filled(self, text: str, named: Mapping[str, str]) -> str:
        """The text with the ids of those it names in braces, first of all of those in `named`; {iin 850917} is the
        made-up IIN of somebody born that day."""
        known = {**self.ids, **named}
        return _BRACED.sub(
            lambda found: made_up_iin("somebody", found[1]) if found[1] else known.get(found[2], found[0]),
            text,
        )

    def errors(self, who: str | None, items: range) -> str:
        """Wrong answers to these items: thirteen letters, in an order of each person's own."""
        at = self.aliases.index(who) if who in self.aliases else 0
        steps = ((at * item + (at // 13) * item * item) % 13 for item in items)
        return "".join(chr(ord("B") + step) for step in steps)


@dataclass(frozen=True)
class Names:
    """What the aliases of a case mean in a stage. `entries`: those that rows of the file of its entries made."""

    people: Cast
    entries: Mapping[str, frozenset[str]]

    def of(self, table: pl.DataFrame, alias: str) -> pl.DataFrame:
        """The rows of an alias: of the entries of its rows, and of all entries of that person."""
        own = self.people.entry(alias)
        made = pl.col("entry").is_in(self.entries.get(alias, frozenset()))
        return table.filter(made | (pl.col("entry") == own) | pl.col("entry").str.starts_with(f"{own}/"))

    def meant(self, alias: str) -> set[str | None]:
        """All that an alias in `rulings` may stand for: a group, people and their entries."""
        spelt = spelled_out(alias)
        made = (entry for each in spelt for entry in self.entries.get(each, ()))
        return {region_code(alias), *map(self.people.entry, spelt), *made}


def made_up_iin(alias: str, born: str) -> str:
    """A valid IIN of nobody, the same for the same alias."""
    century = "5" if born < "50" else "3"
    start = sum(ord(letter) * 31**at for at, letter in enumerate(alias)) % 10_000
    firsts = (f"{born}{century}{(start + step) % 10_000:04d}" for step in range(10_000))
    return next(f"{first}{digit}" for first in firsts if (digit := control_digit(first)) is not None)
