"""Answer-similarity statistics written plainly, slowly and apart from jobs/, to judge the fast ones by.

Probabilities may be Fractions (exact) or floats; nothing is vectorised, cached, truncated or approximated. A code is
0 for a blank and 1..K for an option, as in jobs/integrity.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import comb
from typing import TypeVar

Chance = TypeVar("Chance", Fraction, float)
Cell = tuple[int, int]
"""Matches that are right, matches that are wrong."""

TIE = 1e-9
"""Two upper-orthant probabilities are equal when the larger exceeds the smaller by at most this share of it."""

RIGHT, WRONG, NO_MATCH = range(3)


@dataclass(frozen=True)
class Alike:
    """What two sheets have in common; a blank is compared with nothing."""

    compared: int
    """items both answered"""
    identical: int
    """items both answered alike"""
    right: int
    """items both answered right"""
    eic: int
    """errors in common: items both answered wrong, alike or not"""
    eeic: int
    """exact errors in common: items both answered wrong and alike"""


def alike(a: Sequence[int], b: Sequence[int], key: Sequence[int]) -> Alike:
    """Counts over the items of two sheets."""
    compared = identical = right = eic = eeic = 0
    for x, y, k in zip(a, b, key, strict=True):
        if x == 0 or y == 0:
            continue
        compared += 1
        if x == y:
            identical += 1
        if x == k and y == k:
            right += 1
        if x != k and y != k:
            eic += 1
            if x == y:
                eeic += 1
    return Alike(compared, identical, right, eic, eeic)


def poisson_binomial_tail(chances: Sequence[Chance]) -> list[Chance]:
    """P(at least k of the independent events), k = 0..J, by dynamic programming over the events (GBT's p)."""
    exactly = [_one(chances)]
    for chance in chances:
        exactly = _with_event(exactly, chance)
    return [sum(exactly[k:], 0 * exactly[0]) for k in range(len(exactly))]


def _with_event(exactly: list[Chance], chance: Chance) -> list[Chance]:
    """P(exactly k events) after one event more."""
    nothing = 0 * chance
    stays: list[Chance] = [mass * (1 - chance) for mass in exactly] + [nothing]
    steps: list[Chance] = [nothing] + [mass * chance for mass in exactly]
    return [stay + step for stay, step in zip(stays, steps, strict=True)]


def joint_by_enumeration(right: Sequence[Chance], wrong: Sequence[Chance]) -> dict[Cell, Chance]:
    """P(m right and n wrong matches) of every cell, by writing down all 3^J outcomes; J up to about 12."""
    joint: dict[Cell, Chance] = {}
    for outcome in product((RIGHT, WRONG, NO_MATCH), repeat=len(right)):
        mass = _one(right)
        for kind, r, w in zip(outcome, right, wrong, strict=True):
            mass *= (r, w, 1 - r - w)[kind]
        cell = outcome.count(RIGHT), outcome.count(WRONG)
        joint[cell] = joint.get(cell, 0 * mass) + mass
    return joint


def joint_by_steps(right: Sequence[Chance], wrong: Sequence[Chance]) -> dict[Cell, Chance]:
    """The same distribution, an item at a time, for tests of ordinary length."""
    joint: dict[Cell, Chance] = {(0, 0): _one(right)}
    for r, w in zip(right, wrong, strict=True):
        following: dict[Cell, Chance] = {}
        for (m, n), mass in joint.items():
            for cell, share in (((m + 1, n), r), ((m, n + 1), w), ((m, n), 1 - r - w)):
                following[cell] = following.get(cell, 0 * mass) + mass * share
        joint = following
    return joint


def upper_orthant(joint: Mapping[Cell, Chance], cell: Cell) -> Chance:
    """P(at least as many right matches and at least as many wrong matches)."""
    zero = 0 * next(iter(joint.values()))
    return sum((mass for (m, n), mass in joint.items() if m >= cell[0] and n >= cell[1]), zero)


def m4_p(joint: Mapping[Cell, Chance], cell: Cell) -> Chance:
    """M4 of one observed cell: the mass of all cells whose upper orthant is at most as probable as the observed one's.

    Maynes (2014). Fractions are compared exactly; floats with the relative tolerance TIE.
    """
    observed = upper_orthant(joint, cell)
    limit = observed if isinstance(observed, Fraction) else observed * (1 + TIE)
    zero = 0 * observed
    return sum((mass for other, mass in joint.items() if upper_orthant(joint, other) <= limit), zero)


def m4_table(joint: Mapping[Cell, float]) -> dict[Cell, float]:
    """M4 of every cell in floats; for J = 60, where asking `m4_p` cell by cell would take minutes."""
    ends = _orthants(joint)
    ordered = sorted((orthant, cell) for cell, orthant in ends.items())
    table: dict[Cell, float] = {}
    at, mass = 0, 0.0
    for orthant, cell in ordered:
        while at < len(ordered) and ordered[at][0] <= orthant * (1 + TIE):
            mass += joint[ordered[at][1]]
            at += 1
        table[cell] = mass
    return table


def _orthants(joint: Mapping[Cell, float]) -> dict[Cell, float]:
    """Upper orthants of all cells by sums of non-negative terms only, so the smallest keep their digits."""
    items = max(m + n for m, n in joint)
    ends: dict[Cell, float] = {}
    for m in range(items, -1, -1):
        row = 0.0
        for n in range(items - m, -1, -1):
            row += joint.get((m, n), 0.0)
            ends[m, n] = row + ends.get((m + 1, n), 0.0)
    return {cell: ends[cell] for cell in joint}


def same_error_chance(shares: Sequence[Chance]) -> Chance:
    """The chance that two wrong answers are the same one: the sum of squares of the distractors' shares."""
    return sum((share * share for share in shares), 0 * shares[0])


def bellezza(eic: int, eeic: int, chance: Chance) -> Chance:
    """P(Binomial(EIC, chance) >= EEIC), Bellezza & Bellezza (1989)."""
    terms = (comb(eic, k) * chance**k * (1 - chance) ** (eic - k) for k in range(eeic, eic + 1))
    return sum(terms, 0 * chance)


def bonferroni(p: Sequence[Chance], family: int | None = None) -> list[Chance]:
    """min(1, m p), where m is the size of the family (the number of p given, unless told)."""
    size = len(p) if family is None else family
    return [min(size * each, 1 + 0 * each) for each in p]


def benjamini_hochberg(p: Sequence[Chance], family: int | None = None) -> list[Chance]:
    """Adjusted q: the least level at which Benjamini & Hochberg's (1995) step-up rule rejects each hypothesis.

    With `family` larger than the number given, the rest of the family is taken to have p = 1.
    """
    size = len(p) if family is None else family
    levels = [(each, each * size / sum(1 for other in p if other <= each)) for each in p]
    return [min([level for other, level in levels if other >= each] + [1 + 0 * each]) for each in p]


def exceedance(p: Sequence[float], alpha: float) -> float:
    """The share of p values at most alpha."""
    return sum(1 for each in p if each <= alpha) / len(p)


def cells(items: int) -> Iterator[Cell]:
    """Every (m, n) that J items can show."""
    return ((m, n) for m in range(items + 1) for n in range(items + 1 - m))


def _one(like: Sequence[Chance]) -> Chance:
    """The number 1 in the arithmetic of `like`."""
    return 1 + 0 * like[0]
