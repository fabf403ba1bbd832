"""Clusters of flagged pairs: components, density, the largest clique and its step budget."""

from collections.abc import Callable
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.integrity.clusters import SCHEMA, clusters

Pairs = set[tuple[int, int]]


def name(number: int) -> str:
    return f"K{number:06}"


def flagged(pairs: Pairs | list[tuple[int, int]]) -> pl.DataFrame:
    rows = [(name(min(pair)), name(max(pair))) for pair in pairs]
    return pl.DataFrame(rows, schema={"a": pl.String, "b": pl.String}, orient="row")


def all_pairs(people: range) -> Pairs:
    return set(combinations(people, 2))


def only(table: pl.DataFrame) -> dict[str, object]:
    assert table.height == 1
    return table.row(0, named=True)


def test_a_with_b_and_b_with_c_but_not_a_with_c_is_one_cluster_of_three() -> None:
    edges = pl.DataFrame({"a": ["A", "B"], "b": ["B", "C"]})
    assert only(clusters(edges)) == {
        "cluster": 1,
        "size": 3,
        "edges": 2,
        "density": 2 / 3,
        "largest_clique": 2,
        "clique_exact": True,
        "members": ["A", "B", "C"],
    }


def test_a_class_in_which_every_two_are_flagged_is_one_clique() -> None:
    found = only(clusters(flagged(all_pairs(range(25)))))
    assert (found["size"], found["edges"], found["density"], found["largest_clique"]) == (25, 300, 1.0, 25)


def test_no_flagged_pairs_make_no_clusters() -> None:
    empty = clusters(flagged([]))
    assert empty.height == 0
    assert dict(empty.schema) == dict(pl.DataFrame(schema=SCHEMA).schema)


def test_clusters_stand_by_size_then_by_their_first_member() -> None:
    table = clusters(flagged({(8, 9), (5, 6), (2, 4), (4, 3)}))
    assert table["cluster"].to_list() == [1, 2, 3]
    assert table["members"].to_list() == [[name(2), name(3), name(4)], [name(5), name(6)], [name(8), name(9)]]


def test_two_cliques_joined_by_a_chain_are_one_cluster_with_the_larger_clique() -> None:
    chain = {(4, 5), (5, 6), (6, 10)}
    found = only(clusters(flagged(all_pairs(range(5)) | chain | all_pairs(range(10, 17)))))
    assert (found["size"], found["edges"], found["largest_clique"]) == (14, 10 + 3 + 21, 7)


# --- against brute force ---


@st.composite
def graphs(draw: st.DrawFn) -> Pairs:
    people = draw(st.integers(2, 9))
    possible = sorted(all_pairs(range(people)))
    kept = draw(st.lists(st.booleans(), min_size=len(possible), max_size=len(possible)))
    return {pair for pair, keep in zip(possible, kept, strict=True) if keep}


def brute_components(pairs: Pairs) -> list[set[int]]:
    groups = [{person} for person in {person for pair in pairs for person in pair}]
    for a, b in pairs:
        joined = [group for group in groups if a in group or b in group]
        groups = [group for group in groups if group not in joined] + [set().union(*joined)]
    return groups


def brute_clique(pairs: Pairs, people: set[int]) -> int:
    sizes = range(len(people), 1, -1)
    return next(
        size
        for size in sizes
        for some in combinations(sorted(people), size)
        if set(combinations(some, 2)) <= pairs
    )


@given(graphs())
def test_components_edges_and_cliques_are_those_of_brute_force(pairs: Pairs) -> None:
    expected = {
        tuple(name(person) for person in sorted(group)): (
            sum(a in group for a, _ in pairs),
            brute_clique(pairs, group),
            True,
        )
        for group in brute_components(pairs)
    }
    found = clusters(flagged(pairs))
    assert {
        tuple(row["members"]): (row["edges"], row["largest_clique"], row["clique_exact"])
        for row in found.iter_rows(named=True)
    } == expected


@given(graphs(), st.integers(0, 60))
def test_a_step_budget_gives_a_bound_that_is_never_above_the_truth_and_exact_when_it_says_so(
    pairs: Pairs, steps: int
) -> None:
    truth = clusters(flagged(pairs))["largest_clique"].to_list()
    found = clusters(flagged(pairs), steps=steps)
    for bound, exact, size in zip(found["largest_clique"], found["clique_exact"], truth, strict=True):
        assert 2 <= bound <= size
        assert bound == size or not exact


@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_changes_nothing(pairs: Pairs, chance: object) -> None:
    shuffled = list(pairs)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands out a random.Random
    assert clusters(flagged(shuffled), steps=20).equals(clusters(flagged(sorted(pairs)), steps=20))


# --- large ones ---


def moon_moser(groups: int) -> Pairs:
    """Everybody is flagged with everybody but their own two: 3^groups cliques of `groups` people."""
    return {(a, b) for a, b in combinations(range(3 * groups), 2) if a // 3 != b // 3}


def scattered(people: int, pairs: int) -> Pairs:
    """Pairs that follow no pattern, from a linear congruential walk."""
    state, found = 1, set[tuple[int, int]]()
    while len(found) < pairs:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        a, b = (state >> 33) % people, (state >> 13) % people
        if a != b:
            found.add((min(a, b), max(a, b)))
    return found


def test_the_graph_with_the_most_cliques_is_searched_to_the_end() -> None:
    found = only(clusters(flagged(moon_moser(40))))
    assert (found["size"], found["largest_clique"], found["clique_exact"]) == (120, 40, True)


def test_a_hard_cluster_of_500_ends_with_a_lower_bound_that_says_so() -> None:
    found = only(clusters(flagged(scattered(500, 60_000)), steps=20_000))
    clique = found["largest_clique"]
    assert isinstance(clique, int)
    assert 8 <= clique < 30
    assert found["clique_exact"] is False


def test_a_planted_clique_is_found_among_honest_noise() -> None:
    found = only(clusters(flagged(scattered(400, 4_000) | all_pairs(range(100, 118)))))
    assert (found["largest_clique"], found["clique_exact"]) == (18, True)


@pytest.mark.parametrize("first", [lambda n: n - 1, lambda n: 0], ids=["a chain", "everybody with one"])
def test_100_000_sparse_pairs_are_one_cluster(first: Callable[[int], int]) -> None:
    found = only(clusters(flagged([(first(n), n) for n in range(1, 100_001)])))
    assert (found["size"], found["edges"], found["largest_clique"]) == (100_001, 100_000, 2)
    assert found["clique_exact"] is True


def test_100_000_pairs_in_one_crowd_are_one_cluster_without_deep_recursion() -> None:
    crowd = all_pairs(range(450)) - {(0, 1)}
    found = only(clusters(flagged(crowd)))
    assert (found["size"], found["edges"], found["largest_clique"]) == (450, 101_024, 449)
