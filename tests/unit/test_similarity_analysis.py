"""What the analysis says of pairs, beside plain loops and the textbook: counts, chances, families, levels, clusters."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_statistics import (
    alike,
    benjamini_hochberg,
    bonferroni,
    joint_by_steps,
    m4_table,
    poisson_binomial_tail,
)
from simulation import LETTERS, Simulated, as_tables, omitting, plant, two_parameter

from jobs.integrity.analysis import Analysis, analyse
from jobs.integrity.compare import (
    NULL_LEAST,
    NULL_LEVELS,
    SMALLEST,
    Family,
    comparable,
    comparer,
    evenly,
    listed,
)
from jobs.integrity.curves import option_curves, projected_score
from jobs.integrity.forms import canonical_forms
from jobs.integrity.screen import STRATA, engine_named

BEGIN = datetime(2026, 2, 20, 4, tzinfo=UTC)
ALWAYS = pl.lit(value=True)


def analysed(
    simulated: Simulated,
    *,
    all_pairs: bool = False,
    seconds: Mapping[int, int] | None = None,
    schools: bool = True,
) -> Analysis:
    """`seconds`: how long the sheets of these numbers took, an hour for all others; None: no clock at all."""
    sheets, keys = as_tables(simulated)
    if not schools:
        sheets = sheets.drop("school_id")
    if seconds is not None:
        lasted = [timedelta(seconds=seconds.get(number, 3600)) for number in range(sheets.height)]
        ends = pl.Series([BEGIN + each for each in lasted])
        sheets = sheets.with_columns(started_at=pl.lit(BEGIN), finished_at=ends)
    return analyse(canonical_forms(sheets, keys), all_pairs=all_pairs)


def named(number: int) -> str:
    return f"p{number:07d}"


def number_of(name: str) -> int:
    return int(name[1:])


def pair_of(analysis: Analysis, one: int, other: int) -> dict[str, Any]:
    a, b = sorted((named(one), named(other)))
    return analysis.pairs.row(by_predicate=(pl.col("a") == a) & (pl.col("b") == b), named=True)


@cache
def small() -> tuple[Simulated, Analysis]:
    """Every pair of 90 sheets with blanks, some copied, in four schools and a few regions."""
    sheets = plant(plant(omitting(90, 24, 3), 1, 2, 1.0), 30, 60, 0.9)
    return sheets, analysed(sheets, all_pairs=True)


# --- counts and chances of a pair ---


def test_every_pair_of_sheets_with_enough_answers_is_listed_once_when_all_are_asked_for() -> None:
    sheets, analysis = small()
    enough = [named(n) for n in np.flatnonzero((sheets.codes > 0).sum(axis=1) * 2 >= 24).tolist()]
    assert sorted(analysis.pairs.select("a", "b").rows()) == list(combinations(enough, 2))


def test_what_two_sheets_have_in_common_equals_a_plain_count() -> None:
    sheets, analysis = small()
    codes, key = sheets.codes.tolist(), sheets.key.tolist()
    for row in analysis.pairs.iter_rows(named=True):
        one, other = number_of(row["a"]), number_of(row["b"])
        seen = alike(codes[one], codes[other], key)
        found = (row["compared"], row["identical"], row["identical"] - row["eeic"], row["eic"], row["eeic"])
        assert found == (seen.compared, seen.identical, seen.right, seen.eic, seen.eeic)
        assert row["naive"] == (seen.identical * 10 > 24 * 9)
        assert row["same_school"] == (sheets.school[one] == sheets.school[other])
        assert (row["items"], row["form"], row["variant"]) == (24, "1", "1")


def test_the_chances_of_a_pair_equal_the_reference_at_the_scores_of_the_two() -> None:
    sheets, analysis = small()
    enough = (sheets.codes > 0).sum(axis=1) * 2 >= 24
    score = projected_score(sheets.score, (sheets.codes > 0).sum(axis=1), 24)
    curves = option_curves(sheets.codes[enough], sheets.key, 5, score[enough])
    for row in analysis.pairs.gather_every(97).iter_rows(named=True):
        right, wrong = curves.agreement(int(score[number_of(row["a"])]), int(score[number_of(row["b"])]))
        joint = joint_by_steps(right.tolist(), wrong.tolist())
        tail = poisson_binomial_tail((right + wrong).tolist())
        cell = row["identical"] - row["eeic"], row["eeic"]
        assert row["m4_p"] == pytest.approx(m4_table(joint)[cell], rel=1e-9)
        assert row["gbt_p"] == pytest.approx(tail[row["identical"]], rel=1e-9)
        answered = sheets.codes[[number_of(row["a"]), number_of(row["b"])]].all(axis=0)
        assert row["expected"] == pytest.approx(float((right + wrong)[answered].sum()), rel=1e-12)


@pytest.mark.parametrize(("people", "told"), [(24, False), (25, True)])
def test_of_fewer_than_25_sheets_no_chance_is_told_and_nothing_but_the_share_alike(
    people: int, told: bool
) -> None:
    analysis = analysed(plant(two_parameter(people, 40, 1), 0, 1, 1.0))
    row = pair_of(analysis, 0, 1)
    assert (row["identical"], row["naive"]) == (40, True)
    assert (row["m4_p"] is not None, row["m4_adjusted"] is not None, row["q"] is not None) == (told,) * 3
    assert row["level"] == ("recommend" if told else "none")
    assert any("too few" in note for note in analysis.notes) != told


# --- families ---


@pytest.mark.parametrize("schools", [True, False])
def test_bonferroni_and_benjamini_hochberg_of_every_pair_equal_the_textbook(schools: bool) -> None:
    analysis = analysed(small()[0], all_pairs=True, schools=schools)
    families = (
        [(True, analysis.compared), (False, analysis.others)] if schools else [(None, analysis.compared)]
    )
    for same_school, size in families:
        rows = analysis.pairs.filter(ALWAYS if same_school is None else pl.col("same_school") == same_school)
        p = (rows["m4_p"] * rows["raised_by"]).to_list()
        assert rows.height == size == len(p)
        assert rows["m4_adjusted"].to_list() == pytest.approx(bonferroni(p), rel=1e-12)
        assert rows["q"].to_list() == pytest.approx(benjamini_hochberg(p), rel=1e-12)
        assert rows["expected_honest"].to_list() == pytest.approx([size * each for each in p], rel=1e-12)


def test_a_short_list_judges_its_pairs_as_the_list_of_all_pairs_does() -> None:
    """Those not listed are less rare than the last, and take part in the sizes of the families."""
    columns = ["a", "b", "m4_p", "expected_honest", "m4_adjusted", "level"]
    short, long = analysed(small()[0]), small()[1]
    assert 0 < short.pairs.height < long.pairs.height / 10
    assert short.pairs.select(columns).equals(
        long.pairs.filter((pl.col("m4_p") <= 0.01) | pl.col("naive")).select(columns)
    )
    assert (short.compared, short.others) == (long.compared, long.others)


def test_families_count_pairs_of_one_school_and_form_and_an_unknown_school_is_nobodys() -> None:
    sheets, keys = as_tables(two_parameter(60, 20, 1))
    unknown = sheets.with_columns(school_id=pl.when(pl.int_range(pl.len()) >= 5).then("school_id"))
    analysis = analyse(canonical_forms(unknown, keys), all_pairs=True)
    within = 20 * 19 // 2 + 25 * 24 // 2 + 10 * 9 // 2
    assert (analysis.compared, analysis.others) == (within, 60 * 59 // 2 - within)
    assert analysis.pairs["same_school"].sum() == within


@cache
def leaked() -> Simulated:
    """One sheet in eight of any region is mostly the same leaked one: pairs of other regions are alike too often."""
    honest = two_parameter(600, 30, 9)
    sheets = replace(honest, region=honest.school % 4)
    for number in range(8, 600, 8):
        sheets = plant(sheets, number, 0, 0.7, seed=number)
    return sheets


def test_the_measured_null_is_a_count_of_all_pairs_of_different_regions_and_raises_what_is_expected() -> None:
    sheets = leaked()
    analysis, score = analysed(sheets, all_pairs=True), sheets.score.tolist()
    apart: dict[int, list[float]] = {}
    for row in analysis.pairs.iter_rows(named=True):
        one, other = number_of(row["a"]), number_of(row["b"])
        if sheets.region[one] != sheets.region[other]:
            apart.setdefault(_band(score, row["a"], row["b"]), []).append(row["m4_p"])
    whole = _highest([p for each in apart.values() for p in each])
    raised = {
        band: _highest(each) if len(each) * NULL_LEVELS[1] >= NULL_LEAST else whole
        for band, each in apart.items()
    }
    assert {
        (row["stratum"], row["level"]): (row["pairs"], row["observed"]) for row in analysis.null.to_dicts()
    } == {
        (band, level): (len(each), sum(p <= level for p in each))
        for band, each in apart.items()
        for level in NULL_LEVELS
    }
    assert dict(analysis.null.select("stratum", "raised_by").rows()) == pytest.approx(raised)
    assert whole > 1.2
    assert len({round(each, 6) for each in raised.values()}) > 1
    multiplied = [
        (
            raised.get(_band(score, row["a"], row["b"]), whole),
            analysis.compared if row["same_school"] else analysis.others,
        )
        for row in analysis.pairs.iter_rows(named=True)
    ]
    factors, sizes = np.array(multiplied).T
    assert np.allclose(analysis.pairs["raised_by"], factors, rtol=1e-12)
    assert np.allclose(
        analysis.pairs["expected_honest"], analysis.pairs["m4_p"] * factors * sizes, rtol=1e-12, atol=0
    )


def _band(score: Sequence[int], one: str, other: str) -> int:
    return STRATA * (score[number_of(one)] + score[number_of(other)]) // 61


def _highest(p: Sequence[float]) -> float:
    rates = [
        sum(each <= level for each in p) / (len(p) * level)
        for level in NULL_LEVELS
        if len(p) * level >= NULL_LEAST
    ]
    return max([1.0, *rates])


def test_a_raised_null_can_take_a_recommendation_back() -> None:
    """The same sheets with one region, where no null can be measured, and with four."""
    sheets = leaked()
    measured = analysed(sheets, all_pairs=True)
    blind = analysed(replace(sheets, region=np.zeros_like(sheets.region)), all_pairs=True)
    assert blind.null.height == 0
    assert set(blind.pairs["raised_by"]) == {1.0}
    both = measured.pairs.join(blind.pairs, on=["a", "b"], suffix="_blind")
    assert both.height == measured.pairs.height
    assert both.filter(pl.col("expected_honest") < pl.col("expected_honest_blind")).height == 0
    taken_back = both.filter((pl.col("level") != "recommend") & (pl.col("level_blind") == "recommend"))
    assert taken_back.height > 0
    assert both.filter((pl.col("level") == "recommend") & (pl.col("level_blind") != "recommend")).height == 0


def test_without_two_known_regions_no_null_is_measured() -> None:
    sheets, keys = as_tables(two_parameter(60, 20, 1))
    assert analyse(canonical_forms(sheets.drop("region"), keys)).null.height == 0


@given(st.integers(0, 300), st.integers(1, 50))
def test_an_even_sample_has_no_number_twice_and_reaches_over_all(size: int, most: int) -> None:
    found = evenly(size, most).tolist()
    assert len(set(found)) == len(found) == min(size, most)
    assert found == sorted(found)
    if found:
        assert found[0] == 0
        assert max(np.diff([*found, size])) <= -(-size // len(found))


# --- too many to list ---


def test_more_similar_pairs_than_there_is_room_for_are_counted_and_only_the_rare_listed() -> None:
    (form,) = canonical_forms(*as_tables(small()[0])).forms
    family = Family("others", 1000, 0.01)
    ready = comparer(comparable(form), engine_named("auto"), map, [family])
    every, similar = listed(ready, family, 12, 10**6, lambda _: None)
    few, counted = listed(ready, family, 12, similar - 1, lambda _: None)
    assert similar == counted == int((every.m4 > 0.01).sum()) > 100
    assert few.rows.tolist() == every.rows[every.m4 <= 0.01].tolist()


# --- levels ---


def judged(analysis: Analysis, hasty: set[str]) -> list[str]:
    """The level of each pair as the notes have it, from the columns of the table."""
    levels = []
    for row in analysis.pairs.iter_rows(named=True):
        confirmed = row["same_school"] or not analysis.by_school
        certain = confirmed and row["m4_adjusted"] is not None and row["m4_adjusted"] <= 0.05
        evidence = row["eeic"] >= 6 or {row["a"], row["b"]} & hasty
        queued = certain or (row["q"] is not None and row["q"] <= 0.01)
        levels.append("recommend" if certain and evidence else "review" if queued else "none")
    return levels


MATRIX = st.tuples(
    st.integers(SMALLEST, 60), st.integers(8, 24), st.integers(0, 10**6),
    st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24), st.sampled_from([0.5, 0.8, 1.0])), max_size=4),
    st.dictionaries(st.integers(0, 24), st.sampled_from([-5, 0, 1799, 1800]), max_size=12),
    st.booleans(),
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(MATRIX)
def test_a_recommendation_needs_rarity_in_one_school_and_errors_or_a_time_beside_it(
    drawn: tuple[int, int, int, list[tuple[int, int, float]], dict[int, int], bool],
) -> None:
    people, items, seed, copies, seconds, schools = drawn
    sheets = two_parameter(people, items, seed)
    for copier, source, share in copies:
        sheets = plant(sheets, copier, source, share, seed)
    analysis = analysed(sheets, seconds=seconds, schools=schools, all_pairs=True)
    hasty = {named(number) for number, lasted in seconds.items() if 0 <= lasted < 1800}
    assert analysis.pairs["level"].to_list() == judged(analysis, hasty)
    slow = analysed(sheets, schools=schools, all_pairs=True)
    assert slow.pairs.drop("level").equals(analysis.pairs.drop("level"))
    assert (
        slow.pairs.filter(level="none")
        .select("a", "b")
        .equals(analysis.pairs.filter(level="none").select("a", "b"))
    )  # no clock makes anything of a pair that is not rare


def test_misfit_a_time_and_the_share_alike_together_recommend_nobody() -> None:
    """Two pupils with all items right in five minutes, in a class of such pupils."""
    easy = two_parameter(400, 40, 2, mean=3.0)
    codes = easy.codes.copy()
    codes[[3, 4]] = easy.key
    analysis = analysed(replace(easy, codes=codes), seconds=dict.fromkeys(range(50), 300))
    row = pair_of(analysis, 3, 4)
    assert row["naive"]
    assert row["level"] == "none"
    assert row["m4_p"] == 1
    flags = analysis.people.row(by_predicate=pl.col("participant") == named(3), named=True)["flags"]
    assert flags == "6:too-fast 9.1:too-short 9.3:fast-and-accurate 9.3:similar"
    assert "recommend" not in analysis.pairs["level"].to_list()


def rare_few() -> Simulated:
    """Two pupils of a class with the same five errors only, each an easy item with its least popular answer."""
    sheets = two_parameter(500, 60, 8, mean=1.0)
    easiest = np.argsort(-(sheets.codes == sheets.key).mean(axis=0), kind="stable")[:5]
    codes = sheets.codes.copy()
    codes[[6, 7]] = sheets.key
    for item in easiest.tolist():
        chosen = np.bincount(sheets.codes[:, item], minlength=6)[1:]
        chosen[sheets.key[item] - 1] = len(codes)
        codes[[6, 7], item] = int(chosen.argmin()) + 1
    return replace(sheets, codes=codes)


@pytest.mark.parametrize(
    ("seconds", "level"),
    [(None, "review"), ({}, "review"), ({6: 1800}, "review"), ({6: 1799}, "recommend"), ({7: 1799}, "recommend"),
     ({8: 60}, "review"), ({6: -10}, "review")],
)  # fmt: skip
def test_five_common_errors_are_for_review_unless_one_of_the_two_was_too_fast(
    seconds: Mapping[int, int] | None, level: str
) -> None:
    """1,800 s for 60 items is a pace under 45 s an item, which is no evidence; a clock that runs back is none."""
    row = pair_of(analysed(rare_few(), seconds=seconds), 6, 7)
    assert (row["eeic"], row["m4_adjusted"] <= 0.05) == (5, True)
    assert row["level"] == level


def test_errors_in_the_same_items_are_no_evidence_where_the_wrong_answers_differ() -> None:
    sheets = rare_few()
    codes = sheets.codes.copy()
    for item in np.flatnonzero(codes[6] == sheets.key)[:3].tolist():
        codes[6, item], codes[7, item] = [code for code in range(1, 6) if code != sheets.key[item]][:2]
    row = pair_of(analysed(replace(sheets, codes=codes)), 6, 7)
    assert (row["eic"], row["eeic"], row["m4_adjusted"] <= 0.05) == (8, 5, True)
    assert row["level"] == "review"


def test_a_rare_pair_of_two_schools_is_for_review_however_many_its_errors_and_fast_its_clocks() -> None:
    sheets = two_parameter(300, 40, 5)
    weak = np.flatnonzero(sheets.score < 20).tolist()
    one, other = weak[0], weak[-1]
    copied = plant(sheets, one, other, 1.0)
    row = pair_of(analysed(copied, seconds={one: 60, other: 60}), one, other)
    assert row["eeic"] > 20
    assert row["m4_adjusted"] < 1e-9
    assert (row["same_school"], row["level"]) == (False, "review")
    assert pair_of(analysed(copied, schools=False), one, other)["level"] == "recommend"  # no school is named


# --- clusters ---


def components(edges: set[tuple[str, str]]) -> set[frozenset[str]]:
    groups = {name: frozenset([name]) for edge in edges for name in edge}
    for one, other in edges:
        joined = groups[one] | groups[other]
        groups.update(dict.fromkeys(joined, joined))
    return set(groups.values())


@pytest.mark.parametrize("schools", [True, False])
def test_clusters_are_what_bonferroni_edges_join_and_nothing_else(schools: bool) -> None:
    sheets = two_parameter(400, 40, 6)
    middle = [n for n in range(400) if 14 <= sheets.score[n] <= 26]
    a, b, c, d = [n for n in middle if n < 25][:4]
    for copier, source in ((b, a), (c, a), (d, middle[-1])):
        sheets = plant(sheets, copier, source, 0.95, seed=copier)
    analysis = analysed(sheets, schools=schools)
    edges = set(analysis.pairs.filter(pl.col("m4_adjusted") <= 0.05).select("a", "b").iter_rows())
    assert {tuple(sorted((named(d), named(middle[-1])))), (named(a), named(b)), (named(a), named(c))} <= edges
    assert {frozenset(members) for members in analysis.clusters["members"]} == components(edges)
    recommended = set(analysis.pairs.filter(level="recommend").select("a", "b").iter_rows())
    for row in analysis.clusters.iter_rows(named=True):
        inside = [edge for edge in edges if set(edge) <= set(row["members"])]
        assert row["edges"] == len(inside)
        assert row["level"] == ("recommend" if recommended & set(inside) else "review")
    assert set(analysis.clusters["level"]) == ({"recommend", "review"} if schools else {"recommend"})


def test_honest_sheets_are_in_no_cluster() -> None:
    assert analysed(two_parameter(400, 40, 12)).clusters.height == 0


def test_the_letters_are_those_of_the_simulation() -> None:
    (form,) = canonical_forms(*as_tables(small()[0])).forms
    assert "".join(form.letters) == LETTERS


# --- what a leak does to those who had no part in it ---


def with_leak(people: int, given: int) -> Simulated:
    """One sheet that `given` pupils hand in, all over the country; no region is named."""
    sheets = two_parameter(people, 40, 5)
    for number in range(1, given):
        sheets = plant(sheets, number, 0, 1.0)
    return replace(sheets, region=np.full(people, -1))


def test_a_leak_puts_no_pupil_who_had_no_part_in_it_before_the_commission() -> None:
    given = 150
    sheets, keys = as_tables(with_leak(3_000, given))
    analysis = analyse(canonical_forms(sheets.drop("region"), keys))
    told = analysis.pairs.filter(pl.col("level") != "none")
    people = {number_of(name) for name in [*told["a"], *told["b"]]}
    assert people >= set(range(given))
    assert {number for number in people if number >= given} == set()
    by_share = analysis.pairs.filter((pl.col("q") <= 0.01) & (pl.col("expected_honest") > 1))
    assert by_share.height > 0  # those whom a hundredth of so long a queue would let in


def test_a_country_alike_across_its_regions_is_said() -> None:
    sheets, keys = as_tables(with_leak(3_000, 150))
    apart = sheets.with_columns(region=pl.format("R{}", pl.int_range(pl.len()) % 7))
    notes = analyse(canonical_forms(apart, keys)).notes
    assert any("pairs of different regions agree up to" in note for note in notes)
    assert not any("different regions" in note for note in analysed(two_parameter(3_000, 40, 5)).notes)
