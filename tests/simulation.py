"""Seeded answer matrices of people who are known to be honest, and copying that is known to have happened.

Every generator draws codes 1..K (0 is a blank) for N sheets of J items, so the statistics of jobs/integrity can be
judged where the truth is known. Nothing is drawn by the code under test; `as_form` only reads the tables through it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl

from jobs.integrity.forms import Form, canonical_forms

Codes = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
Key = np.ndarray[tuple[int], np.dtype[np.uint8]]
Groups = np.ndarray[tuple[int], np.dtype[np.int64]]
Reals = np.ndarray[Any, np.dtype[np.float64]]

OPTIONS = 5
LETTERS = "ABCDE"
PUPILS_OF_A_SCHOOL = 25
REGIONS = 20


@dataclass(frozen=True)
class Simulated:
    """One variant's sheets: codes (N, J), the right codes (J,), and each sheet's school, region and ability."""

    codes: Codes
    key: Key
    school: Groups
    region: Groups
    theta: Reals

    @property
    def score(self) -> Groups:
        return np.asarray((self.codes == self.key).sum(axis=1), dtype=np.int64)


Generator = Callable[[int, int, int], Simulated]
"""People, items, seed -> sheets."""


@dataclass(frozen=True)
class _People:
    school: Groups
    region: Groups
    theta: Reals


def _people(rng: np.random.Generator, people: int, mean: float = 0.0, spread: float = 1.0) -> _People:
    """Classes of 25 in 20 regions; a fifth of the variance of ability lies between schools."""
    school = np.arange(people) // PUPILS_OF_A_SCHOOL
    schools = int(school[-1]) + 1
    between, within = np.sqrt(0.2), np.sqrt(0.8)
    theta = between * rng.standard_normal(schools)[school] + within * rng.standard_normal(people)
    return _People(school, rng.integers(0, REGIONS, schools)[school], mean + spread * theta)


def _distractors(rng: np.random.Generator, items: int, spread: float) -> Reals:
    """(J, K-1) shares of the wrong options among wrong answers; the larger `spread`, the less equal they are."""
    pull = np.exp(spread * rng.standard_normal((items, OPTIONS - 1)))
    return np.asarray(pull / pull.sum(axis=1, keepdims=True))


def _choose(rng: np.random.Generator, shares: Reals, draws: int) -> Codes:
    """(draws, J) columns of `shares` (J, C), each drawn by its share."""
    steps = np.cumsum(shares, axis=1)[:, :-1]
    drawn = rng.random((draws, len(shares)))
    return np.asarray((drawn[:, :, None] > steps[None, :, :]).sum(axis=2), dtype=np.uint8)


def _logistic(x: Reals) -> Reals:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def _wrong_codes(place: Codes, key: Key) -> Codes:
    """The place of a distractor (0..K-2) as its code: codes run 1..K and the key's is stepped over."""
    return (place + 1 + (place + 1 >= key)).astype(np.uint8)


def two_parameter(
    people: int,
    items: int,
    seed: int,
    *,
    mean: float = 0.0,
    spread: float = 1.0,
    distractor_spread: float = 0.8,
    dif: float = 0.0,
) -> Simulated:
    """2PL with guessing (floor .10-.25), distractors of unequal attraction that do not depend on ability.

    `dif` is the standard deviation of the shift of each item's difficulty in each region.
    """
    rng = np.random.default_rng(seed)
    who = _people(rng, people, mean, spread)
    slope = np.exp(0.3 * rng.standard_normal(items))
    floor = rng.uniform(0.10, 0.25, items)
    difficulty = rng.standard_normal(items) + dif * rng.standard_normal((REGIONS, items))
    chance = floor + (1 - floor) * _logistic(slope * (who.theta[:, None] - difficulty[who.region]))
    key = rng.integers(1, OPTIONS + 1, items).astype(np.uint8)
    wrong = _wrong_codes(_choose(rng, _distractors(rng, items, distractor_spread), people), key)
    codes = np.where(rng.random(chance.shape) < chance, key, wrong)
    return Simulated(codes, key, who.school, who.region, who.theta)


def nominal(people: int, items: int, seed: int) -> Simulated:
    """Bock's nominal response model: the option's pull is slope * ability + intercept, so errors depend on ability."""
    rng = np.random.default_rng(seed)
    who = _people(rng, people)
    key = rng.integers(1, OPTIONS + 1, items).astype(np.uint8)
    slope = rng.normal(-0.3, 0.5, (items, OPTIONS))
    intercept = rng.normal(0.0, 0.8, (items, OPTIONS))
    at = np.arange(items), key - 1
    slope[at] = rng.uniform(0.5, 1.3, items)
    intercept[at] = rng.normal(1.8, 1.0, items)
    pull = who.theta[:, None, None] * slope + intercept + rng.gumbel(size=(people, items, OPTIONS))
    return Simulated((pull.argmax(axis=2) + 1).astype(np.uint8), key, who.school, who.region, who.theta)


def speeded(people: int, items: int, seed: int) -> Simulated:
    """Three in ten run out of time in the last third: half of these leave blanks, half guess at random."""
    rng = np.random.default_rng(seed + 1_000_003)
    honest = two_parameter(people, items, seed)
    late = rng.random(people) < 0.3
    reached = np.where(late, rng.integers(2 * items // 3, items, people), items)
    guesses = rng.random(people) < 0.5
    hurried = rng.integers(1, OPTIONS + 1, honest.codes.shape).astype(np.uint8) * guesses[:, None]
    beyond = np.arange(items)[None, :] >= reached[:, None]
    return replace(honest, codes=np.where(beyond, hurried, honest.codes).astype(np.uint8))


def omitting(people: int, items: int, seed: int) -> Simulated:
    """Two in five leave blank, each time with chance one half, what they would have got wrong; the rest never do."""
    rng = np.random.default_rng(seed + 2_000_003)
    honest = two_parameter(people, items, seed)
    cautious = (rng.random(people) < 0.4)[:, None]
    blank = cautious & (honest.codes != honest.key) & (rng.random(honest.codes.shape) < 0.5)
    return replace(honest, codes=np.where(blank, 0, honest.codes).astype(np.uint8))


regional = partial(two_parameter, dif=0.25)
"""Items are harder in one region than in another (curriculum, language): differential functioning of sd .25."""

easy = partial(two_parameter, mean=2.6)
"""A very easy test: about two sheets in three have at least nine items of ten right."""

GENERATORS: Mapping[str, Generator] = MappingProxyType(
    {
        "two-parameter": two_parameter,
        "nominal": nominal,
        "speeded": speeded,
        "omitting": omitting,
        "regional": regional,
        "easy": easy,
    }
)


def plant(simulated: Simulated, copier: int, source: int, share: float, seed: int = 0) -> Simulated:
    """The same sheets, with `share` of the items (rounded, chosen at random) of `copier` taken from `source`."""
    items = simulated.codes.shape[1]
    taken = np.random.default_rng(seed).permutation(items)[: round(share * items)]
    codes = simulated.codes.copy()
    codes[copier, taken] = codes[source, taken]
    return replace(simulated, codes=codes)


def as_tables(simulated: Simulated, variant: str = "1") -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sheets (entry, variant, answers, school_id, class, region) and keys (variant, item, key) of one variant.

    Sheet number n is entry "p000000n"; the order of rows is the order of `codes`.
    """
    letters = np.frombuffer(("." + LETTERS).encode(), dtype="S1")
    answers = letters[np.ascontiguousarray(simulated.codes)]
    rows = [row.tobytes().decode() for row in answers]
    sheets = pl.DataFrame(
        {
            "entry": [f"p{n:07d}" for n in range(len(rows))],
            "variant": variant,
            "answers": rows,
            "school_id": [f"KZ-{school:05d}" for school in simulated.school.tolist()],
            "class": "6 A",
            "region": [f"{region:02d}" for region in simulated.region.tolist()],
        }
    )
    keys = pl.DataFrame(
        {
            "variant": variant,
            "item": range(1, len(simulated.key) + 1),
            "key": [LETTERS[code - 1] for code in simulated.key.tolist()],
        }
    )
    return sheets, keys


def as_form(simulated: Simulated) -> Form:
    """The one form of the sheets, read as the product reads it; its rows are in the order of `codes`."""
    (form,) = canonical_forms(*as_tables(simulated)).forms
    return form
