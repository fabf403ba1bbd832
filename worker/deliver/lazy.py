"""Sequences that make each item when it is asked for: a million rows in words are never in memory together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, overload

Of = TypeVar("Of")
Item = TypeVar("Item")


@dataclass(frozen=True, eq=False)
class Made(Sequence[Item], Generic[Of, Item]):
    """What `make` makes of each of `these`, anew each time."""

    these: Sequence[Of]
    make: Callable[[Of], Item]

    def __len__(self) -> int:
        return len(self.these)

    @overload
    def __getitem__(self, at: int) -> Item: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Item]: ...

    def __getitem__(self, at: int | slice) -> Item | Sequence[Item]:
        return Made(self.these[at], self.make) if isinstance(at, slice) else self.make(self.these[at])
