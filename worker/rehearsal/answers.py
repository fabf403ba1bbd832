"""How pupils answer a task: whoever cannot solve it guesses, and the wrong options do not attract alike."""

import math
import random
from dataclasses import dataclass

LETTERS = "ABCDE"
BLANK = "."
_GUESSED = (0.10, 0.25)  # the chance of a right answer without any knowledge, from task to task
_UNEQUAL = (
    0.8  # the spread of the logarithm of a wrong option's pull: often one of four takes half of the errors
)
_LEFT_OUT = 0.05  # of the tasks that somebody cannot solve


@dataclass(frozen=True)
class Item:
    """A task. `difficulty` in logits, on the scale of `Pupil.ability`; `slope`: how sharply it parts the able from
    the others; `guessed`: the chance of a right guess; `pull`: of each of LETTERS on whoever is wrong, the same for
    all pupils, 0 for the right one."""

    right: str
    difficulty: float
    slope: float
    guessed: float
    pull: tuple[float, ...]

    def answer(self, rng: random.Random, ability: float) -> str:
        """A letter or BLANK: the three-parameter model, with blanks where the task was not solved."""
        if rng.random() < 1 / (1 + math.exp(self.slope * (self.difficulty - ability))):
            return self.right
        if rng.random() < _LEFT_OUT:
            return BLANK
        return self.right if rng.random() < self.guessed else self.wrong(rng)

    def wrong(self, rng: random.Random) -> str:
        """A wrong option, each as often as it attracts."""
        return rng.choices(LETTERS, self.pull)[0]


def invent_items(rng: random.Random, count: int, mean: float) -> tuple[Item, ...]:
    """So many tasks, of this difficulty on average."""
    return tuple(_invented(rng, mean) for _ in range(count))


def _invented(rng: random.Random, mean: float) -> Item:
    right = rng.choice(LETTERS)
    return Item(
        right=right,
        difficulty=rng.gauss(mean, 1),
        slope=math.exp(rng.gauss(0, 0.3)),
        guessed=rng.uniform(*_GUESSED),
        pull=tuple(0.0 if letter == right else math.exp(rng.gauss(0, _UNEQUAL)) for letter in LETTERS),
    )
