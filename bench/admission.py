"""Quota admission beside its peer: `python bench/admission.py`.

Ours is served in full, tables with a reason on every line included, at 100,000 applicants, 100 schools and
10 options each; the peer (PyPI `matching`, HospitalResident) solves the same kind of market with strict
orders at
the largest size on its ladder that it can run: it stops by itself at a recursion limit or at the time
allowed.
"""

import argparse
import importlib
import statistics
import sys
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from jobs.admission import Tie, admit

LADDER = (20, 50, 100, 300, 1_000, 3_000, 10_000)
STACK = 512 * 2**20
SCHOOLS = 100
OPTIONS = 10


def market(people: int, schools: int, options: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Scores of 0 … 400, two streams and some boarding a school, seats for half of the people."""
    draw = np.random.default_rng(20260608)
    names = pl.Series([f"P{number:07d}" for number in range(people)])
    applicants = pl.DataFrame({"participant": names, "score": draw.integers(0, 401, people)})
    keys = pl.Series([f"S{number:03d}" for number in range(schools)])
    seats = max(people // (4 * schools), 1)
    quotas = pl.DataFrame(
        {
            "school_id": [key for key in keys for _ in range(2)],
            "language": ["kk", "ru"] * schools,
            "intake": [seats * 10] * (2 * schools),
            "seats": [None] * (2 * schools),
            "boarding": [seats] * (2 * schools),
        },
        schema_overrides={"seats": pl.Int64},
    )
    order = np.argsort(draw.random((people, schools)), axis=1)[:, :options].ravel()
    applications = pl.DataFrame(
        {
            "participant": names.gather(np.repeat(np.arange(people), options)),
            "preference": np.tile(np.arange(1, options + 1), people),
            "school_id": keys.gather(order),
            "language": pl.Series(["kk", "ru", None]).gather(draw.integers(0, 3, people * options)),
            "boarding": (draw.random(people * options) < 0.2).astype(np.int64),
        }
    )
    return applicants, quotas, applications.sample(fraction=1.0, shuffle=True, seed=7)


def median_seconds(work: Callable[[], object], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def ours(people: int, tie: Tie) -> float:
    tables = market(people, SCHOOLS, OPTIONS)
    return median_seconds(lambda: admit(*tables, tie=tie))


def peer(people: int) -> float:
    """Seconds of `matching` on as many people, building its game included."""
    games: Any = importlib.import_module("matching.games")
    draw = np.random.default_rng(20260608)
    schools = min(SCHOOLS, people)
    order = np.argsort(draw.random((people, schools)), axis=1)[:, :OPTIONS]
    residents = {person: list(map(int, row)) for person, row in enumerate(order)}
    hospitals: dict[int, list[int]] = {school: [] for school in range(schools)}
    for person, row in residents.items():
        for school in row:
            hospitals[school].append(person)
    capacities = dict.fromkeys(hospitals, max(people // (2 * schools), 1))
    start = time.perf_counter()
    games.HospitalResident.create_from_dictionaries(residents, hospitals, capacities).solve()
    return time.perf_counter() - start


def with_deep_stack(work: Callable[[], float]) -> float:
    """The peer copies its players recursively: give it all the depth Python can, or it ends at 100 people."""
    threading.stack_size(STACK)
    sys.setrecursionlimit(1_000_000)
    with ThreadPoolExecutor(1) as one:
        return one.submit(work).result()


def largest_peer(allowed: float) -> tuple[int, float, str]:
    """(people, seconds, why no more) of the largest rung of the ladder that the peer finishes."""
    best = (0, 0.0, "ran none")
    for people in LADDER:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                seconds = with_deep_stack(partial(peer, people))
        except RecursionError:
            return best[0], best[1], f"RecursionError at {people:,}"
        best = (people, seconds, "top of the ladder")
        if seconds > allowed:
            return people, seconds, f"over {allowed:g} s"
    return best


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=100_000)
    options.add_argument(
        "--allowed", type=float, default=5.0, help="seconds after which the peer's ladder stops"
    )
    given = options.parse_args()
    size, seconds, why = largest_peer(given.allowed)
    print(f"{'what':<34}{'applicants':>11}{'seconds':>9}{'applicants/s':>14}")
    if size:
        print(f"{'matching (' + why + ')':<34}{size:>11,}{seconds:>9.3f}{size / seconds:>14,.0f}")
    for tie in ("strict", "reject", "admit"):
        own = ours(given.people, tie)
        print(f"{'baiqau admit, tie ' + tie:<34}{given.people:>11,}{own:>9.3f}{given.people / own:>14,.0f}")
        if size:
            faster = (given.people / own) / (size / seconds)
            print(f"{'':<4}{faster:,.0f} times the peer's rate; whole time {own / seconds:.2f} of the peer's")


if __name__ == "__main__":
    main()
