"""The literal signs of clauses 6, 7 and 9.1-9.3: strict borders, nobody out, a missing clock no sign."""

from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import codes_of, entries_of, key_rows, law, sheet, shuffled, spelt, table, verdicts_of

from jobs.feeds.sheets import BLANK
from jobs.integrity import duration, fast_and_accurate, integrity, mismatch, pace
from jobs.score import score
from jobs.verdicts import Decisions

NINE_TENTHS = Fraction(9, 10)
ONE_PERCENT = Fraction(1, 100)


def scored(*rows: dict[str, Any], items: int = 40, variants: tuple[str, ...] = ("1",)) -> pl.DataFrame:
    """Sheets as the integrity jobs see them: after `score`, every right answer an A."""
    keys = table("keys", [row for name in variants for row in key_rows("A" * items, variant=name)])
    entries = entries_of(rows)
    columns = score(entries, keys=keys).columns
    assert columns is not None
    return entries.join(columns, on="entry", how="left", maintain_order="left")


def timed(**seconds: float | None) -> pl.DataFrame:
    return scored(*(sheet(who, "40A", seconds=lasted) for who, lasted in seconds.items()))


def similar(entries: pl.DataFrame, above: Fraction = NINE_TENTHS) -> Decisions:
    """What the job `integrity` says of so few sheets: the literal rule of clause 9.3, without statistics."""
    known = entries.drop_nulls("items").select("variant", "items").unique()
    keys = table(
        "keys", [row for name, items in known.iter_rows() for row in key_rows("A" * items, variant=name)]
    )
    return integrity(
        entries, keys=keys, above=above, shorter_than=30, seconds_per_item=45, misfitting=ONE_PERCENT
    )


def alike_in(decisions: Decisions) -> list[tuple[Any, ...]]:
    return decisions.evidence["pairs"].select("a", "b", "identical", "items", "identical_wrong").rows()


def pairs_of(decisions: Decisions) -> list[tuple[str, str]]:
    return list(decisions.evidence["pairs"].select("a", "b").iter_rows())


# --- time ---


def test_shorter_than_30_minutes_is_a_sign_and_30_minutes_are_not() -> None:
    verdicts = duration(timed(a=1799, b=1799.999, c=1800, d=1801), shorter_than=30).verdicts
    assert verdicts_of(verdicts) == {"a": "undecided", "b": "undecided", "c": "in", "d": "in"}
    assert verdicts["why"][0] == "took 29:59, less than 30:00"


def test_longer_than_the_limit_is_a_sign_and_the_limit_is_not() -> None:
    verdicts = duration(timed(a=5399, b=5400, c=5401), longer_than=90).verdicts
    assert verdicts_of(verdicts) == {"a": "in", "b": "in", "c": "undecided"}
    assert verdicts["why"][2] == "took 90:01, more than 90:00"


def test_a_sheet_that_ends_before_it_begins_is_a_sign_of_its_own() -> None:
    assert codes_of(duration(timed(a=-65), shorter_than=30).verdicts) == {"a": "clock-runs-back"}


def test_a_missing_clock_is_no_sign_in_any_job() -> None:
    entries = timed(a=None)
    for verdicts in (
        duration(entries, shorter_than=30, longer_than=90).verdicts,
        pace(entries, seconds_per_item=45).verdicts,
        fast_and_accurate(entries, shorter_than=30, above=NINE_TENTHS).verdicts,
    ):
        assert verdicts_of(verdicts) == {"a": "in"}
    assert "unknown" in duration(entries, shorter_than=30).verdicts["why"][0]


@pytest.mark.parametrize("items", [1, 40, 60, 120])
def test_45_seconds_an_item_are_no_sign_and_a_second_less_is(items: int) -> None:
    enough = items * 45
    entries = scored(
        sheet("a", "A" * items, seconds=enough), sheet("b", "A" * items, seconds=enough - 1), items=items
    )
    assert verdicts_of(pace(entries, seconds_per_item=45).verdicts) == {"a": "in", "b": "undecided"}


def test_more_than_nine_tenths_right_in_less_than_30_minutes_is_a_sign() -> None:
    entries = scored(
        sheet("37 in 29:59", spelt("37A 3B"), seconds=1799),
        sheet("36 in 29:59", spelt("36A 4B"), seconds=1799),
        sheet("37 in 30:00", spelt("37A 3B"), seconds=1800),
    )
    verdicts = verdicts_of(fast_and_accurate(entries, shorter_than=30, above=NINE_TENTHS).verdicts)
    assert verdicts == {"37 in 29:59": "undecided", "36 in 29:59": "in", "37 in 30:00": "in"}


def test_a_sheet_without_a_score_is_not_called_fast_and_accurate() -> None:
    entries = scored(sheet("a", "A", variant="9", seconds=60))
    assert verdicts_of(fast_and_accurate(entries, shorter_than=30, above=NINE_TENTHS).verdicts) == {"a": "in"}


# --- likeness ---


@pytest.mark.parametrize(
    ("alike", "of", "flagged"),
    [(36, 40, False), (37, 40, True), (54, 60, False), (55, 60, True), (9, 10, False), (10, 10, True)],
)
def test_more_than_nine_tenths_of_all_items_alike_is_a_sign(alike: int, of: int, *, flagged: bool) -> None:
    one, other = f"{alike}A {of - alike}B", f"{alike}A {of - alike}C"
    entries = scored(
        sheet("a", spelt(one) if alike < of else "A" * of, school_id="s"),
        sheet("b", spelt(other) if alike < of else "A" * of, school_id="s"),
        items=of,
    )
    decisions = similar(entries)
    assert set(verdicts_of(decisions.verdicts).values()) == ({"undecided"} if flagged else {"in"})
    assert pairs_of(decisions) == ([("a", "b")] if flagged else [])


def test_the_base_is_all_items_and_a_blank_never_matches() -> None:
    entries = scored(
        sheet("a", spelt("36A 4."), school_id="s"),
        sheet("b", spelt("36A 4."), school_id="s"),
        sheet("c", "A" * 36, school_id="s"),
    )
    assert pairs_of(similar(entries)) == []


def test_only_one_school_and_one_variant_is_compared_and_an_unknown_school_with_nobody() -> None:
    same = spelt("20A 20B")
    entries = scored(
        sheet("a", same, school_id="s"),
        sheet("b", same, school_id="t"),
        sheet("c", same, school_id="s", variant="2"),
        sheet("d", same),
        sheet("e", same),
        variants=("1", "2"),
    )
    decisions = similar(entries)
    assert pairs_of(decisions) == []
    assert set(verdicts_of(decisions.verdicts).values()) == {"in"}


def test_the_evidence_counts_the_shared_wrong_answers() -> None:
    entries = scored(
        sheet("b", spelt("30A 10B"), school_id="s"),
        sheet("a", spelt("30A 9B 1C"), school_id="s"),
        sheet("c", spelt("20B 20C"), school_id="s"),
    )
    decisions = similar(entries)
    assert alike_in(decisions) == [("a", "b", 39, 40, 9)]
    assert decisions.verdicts["why"][0] == (
        "39 of 40 answers identical with 1 of the same school and variant"
    )


def test_sheets_without_a_key_are_compared_with_nobody() -> None:
    entries = scored(
        sheet("a", "ABC", school_id="s", variant="9"), sheet("b", "AXY", school_id="s", variant="9")
    )
    decisions = similar(entries)
    assert pairs_of(decisions) == []
    assert set(verdicts_of(decisions.verdicts).values()) == {"in"}


ROWS = st.lists(
    st.tuples(st.sampled_from("st"), st.sampled_from("12"), st.text("AB" + BLANK, min_size=8, max_size=10)),
    max_size=9,
)


def sheets_of(drawn: list[tuple[str, str, str]]) -> pl.DataFrame:
    rows = (
        sheet(f"p{n}", answers, school_id=school, variant=variant)
        for n, (school, variant, answers) in enumerate(drawn)
    )
    return scored(*rows, items=10, variants=("1", "2"))


@law
@given(ROWS, st.sampled_from([Fraction(1, 2), Fraction(7, 10), NINE_TENTHS]), st.integers(0, 99))
def test_likeness_equals_a_plain_comparison_of_all_pairs_in_any_order(
    drawn: list[tuple[str, str, str]], above: Fraction, seed: int
) -> None:
    expected = []
    for (i, (s, v, x)), (j, (t, w, y)) in combinations(enumerate(drawn), 2):
        alike = [a == b != BLANK for a, b in zip(x, y, strict=False)]
        if (s, v) == (t, w) and Fraction(sum(alike), 10) > above:
            wrong = sum(same and a != "A" for same, a in zip(alike, x, strict=False))
            expected.append((f"p{i}", f"p{j}", sum(alike), 10, wrong))
    for entries in (sheets_of(drawn), shuffled(sheets_of(drawn), seed)):
        decisions = similar(entries, above)
        assert alike_in(decisions) == sorted(expected)
        flagged = {name for pair in expected for name in pair[:2]}
        verdicts = verdicts_of(decisions.verdicts)
        assert {who for who, verdict in verdicts.items() if verdict == "undecided"} == flagged


# --- mismatch ---


def ladder(count: int, items: int) -> list[dict[str, Any]]:
    """Honest sheets: p00 has one right, p01 two, …, each the easiest ones."""
    rights = [1 + n % (items - 1) for n in range(count)]
    return [sheet(f"p{n:03}", "A" * right + "B" * (items - right)) for n, right in enumerate(rights)]


def odd(name: str, items: int = 40) -> dict[str, Any]:
    """The easier half wrong, the harder half right."""
    return sheet(name, "B" * (items // 2) + "A" * (items - items // 2))


def flagged_by_mismatch(entries: pl.DataFrame, share: Fraction = ONE_PERCENT) -> set[str]:
    verdicts = verdicts_of(mismatch(entries, share=share).verdicts)
    return {who for who, verdict in verdicts.items() if verdict == "undecided"}


def test_in_a_variant_of_fewer_than_100_sheets_nobody_is_singled_out() -> None:
    assert flagged_by_mismatch(scored(*ladder(98, 40), odd("odd"))) == set()


def test_of_100_sheets_the_most_striking_one_is() -> None:
    assert flagged_by_mismatch(scored(*ladder(99, 40), odd("odd"))) == {"odd"}


def test_equals_at_the_border_are_flagged_together_never_by_their_place_in_the_file() -> None:
    assert flagged_by_mismatch(scored(*ladder(98, 40), odd("x"), odd("y"))) == {"x", "y"}


def test_the_share_is_of_each_variant() -> None:
    of_another = [row | {"variant": "2"} for row in ladder(50, 40)]
    others = [row | {"participant": f"{row['participant']}-2"} for row in of_another]
    entries = scored(*ladder(98, 40), odd("odd"), *others, variants=("1", "2"))
    assert flagged_by_mismatch(entries) == set()


def test_sheets_without_a_single_contradiction_are_never_flagged() -> None:
    assert flagged_by_mismatch(scored(*ladder(200, 40))) == set()


def test_all_right_and_all_wrong_are_no_sign() -> None:
    extremes = [sheet("all", "A" * 40), sheet("none", "B" * 40)]
    entries = scored(*ladder(98, 40), *extremes)
    assert flagged_by_mismatch(entries, Fraction(1)) == set()
    rated = mismatch(entries, share=ONE_PERCENT).columns
    assert rated is not None
    assert rated.filter(pl.col("entry").is_in(["all", "none"]))["possible"].to_list() == [0, 0]


def test_nobody_and_sheets_without_a_key_are_no_fault() -> None:
    assert mismatch(scored(), share=ONE_PERCENT).verdicts.height == 0
    assert flagged_by_mismatch(scored(sheet("a", "AB", variant="9")), Fraction(1)) == set()


def errors_of(marks: str, difficulty: list[int]) -> int:
    ordered = [marks[item] for item in difficulty]
    return sum(
        ordered[easy] == "0" and ordered[hard] == "1" for easy, hard in combinations(range(len(ordered)), 2)
    )


MARKS = st.lists(st.text("AB", min_size=6, max_size=6), min_size=1, max_size=12)


@law
@given(MARKS, st.sampled_from([ONE_PERCENT, Fraction(1, 4), Fraction(1, 2)]), st.integers(0, 99))
def test_guttman_errors_equal_a_plain_count_and_the_flagged_are_the_worst(
    answers: list[str], share: Fraction, seed: int
) -> None:
    entries = scored(*(sheet(f"p{n:02}", row) for n, row in enumerate(answers)), items=6)
    marks = [row.replace("A", "1").replace("B", "0") for row in answers]
    difficulty = sorted(range(6), key=lambda item: (-sum(row[item] == "1" for row in marks), item))
    errors = [errors_of(row, difficulty) for row in marks]
    possible = [row.count("1") * row.count("0") for row in marks]
    rates = [Fraction(e, p) if p else None for e, p in zip(errors, possible, strict=True)]
    worse = [sum(r is not None and r > rate for r in rates) if rate is not None else 99 for rate in rates]
    most = len(answers) * share.numerator // share.denominator
    expected = {f"p{n:02}" for n, rate in enumerate(rates) if rate and worse[n] < most}
    for table_ in (entries, shuffled(entries, seed)):
        rated = mismatch(table_, share=share).columns
        assert rated is not None
        assert rated.sort("entry")["errors"].to_list() == errors
        assert rated.sort("entry")["possible"].to_list() == possible
        assert flagged_by_mismatch(table_, share) == expected


# --- all of them ---


def test_no_sign_ever_puts_anybody_out() -> None:
    worst = [odd(f"o{n}") | {"school_id": "s", "finished_at": odd("x")["started_at"]} for n in range(100)]
    entries = scored(*worst)
    for decisions in (
        duration(entries, shorter_than=30, longer_than=90),
        pace(entries, seconds_per_item=45),
        mismatch(entries, share=ONE_PERCENT),
        similar(entries),
        fast_and_accurate(entries, shorter_than=30, above=Fraction(0)),
    ):
        assert "out" not in verdicts_of(decisions.verdicts).values()


@law
@given(st.lists(st.integers(-100, 6000) | st.none(), max_size=10), st.integers(0, 99))
def test_the_order_of_sheets_never_matters_to_the_clock(lasted: list[int | None], seed: int) -> None:
    entries = scored(*(sheet(f"p{n:02}", "A" * 40, seconds=each) for n, each in enumerate(lasted)))
    mixed = shuffled(entries, seed)
    jobs: tuple[Callable[[pl.DataFrame], Decisions], ...] = (
        lambda table_: duration(table_, shorter_than=30, longer_than=90),
        lambda table_: pace(table_, seconds_per_item=45),
        lambda table_: fast_and_accurate(table_, shorter_than=30, above=NINE_TENTHS),
    )
    for job in jobs:
        assert job(entries).verdicts.equals(job(mixed).verdicts.sort("entry"))


# --- what is said of a rare agreement ---


def of_their_own(count: int) -> list[dict[str, Any]]:
    """Sheets whose answers are of each one's own making, two of a school having copied."""
    draw = Random(7)
    rows = []
    for number in range(count):
        marks = ["A" if draw.random() < 0.3 + 0.5 * item / 40 else draw.choice("BCDE") for item in range(40)]
        rows.append(sheet(f"p{number:03}", "".join(marks), school_id=f"s{number // 10}"))
    rows[1] |= {"answers": rows[0]["answers"][:38] + rows[1]["answers"][38:]}
    return rows


def test_what_is_said_of_a_rare_agreement_does_not_change_when_others_come_later() -> None:
    """A commission's answer counts for what it was shown: one more sheet must not ask it all over again."""
    some, more = (similar(scored(*of_their_own(80)[:count])) for count in (79, 80))
    said = [part.verdicts.filter(entry="p001").select("code", "why", "facts").row(0) for part in (some, more)]
    assert said[0] == said[1]
    assert said[0][0] == "agreement-recommended"


def test_two_variants_with_the_same_tasks_have_no_sign_by_the_share_alike() -> None:
    perfect = [sheet(name, "A" * 40, school_id="s", variant=name) for name in ("1", "2")]
    entries = scored(*(row | {"participant": f"p{row['variant']}"} for row in perfect), variants=("1", "2"))
    rows = [
        row | {"item_id": f"i{row['item']}"}
        for name in ("1", "2")
        for row in key_rows("A" * 40, variant=name)
    ]
    decisions = integrity(
        entries, keys=table("keys", rows), above=NINE_TENTHS, shorter_than=30, seconds_per_item=45,
        misfitting=ONE_PERCENT,
    )  # fmt: skip
    assert set(verdicts_of(decisions.verdicts).values()) == {"in"}


def test_of_a_sheet_that_was_compared_with_nobody_that_is_said() -> None:
    entries = scored(sheet("few", "AB" + "." * 38, school_id="s"), sheet("other", "A" * 40, school_id="s"))
    said = dict(similar(entries).verdicts.select("entry", "code").iter_rows())
    assert said == {"few": "not-compared", "other": "own-answers"}
