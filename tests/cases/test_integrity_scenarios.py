"""Integrity, scenario by scenario, as an official would tell it (Myn Bala, clauses 6-11).

What takes twenty thousand sheets, the null simulations and the power of the method, is in
acceptance/test_integrity_null.py; the seconds it may take are in bench/.
"""

import json
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
from simulation import Simulated, as_tables, two_parameter
from unit.tables import codes_of, entries_of, key_rows, sheet, spelt, table, verdicts_of

from jobs.integrity import duration, integrity, pace
from jobs.integrity.act import Group, facts, groups
from jobs.integrity.analysis import Analysis, analyse
from jobs.integrity.forms import IntegrityInputError, canonical_forms
from jobs.score import score
from jobs.verdicts import Decisions

Rows = list[dict[str, Any]]

HOUR = 3600


class Contest:
    """Three thousand honest pupils of one variant in classes of 25, and whoever a story adds."""

    def __init__(self, people: int = 3000, items: int = 60, seed: int = 21) -> None:
        self.simulated: Simulated = two_parameter(people, items, seed)
        honest, self.keys = as_tables(self.simulated)
        self.answers: list[str] = honest["answers"].to_list()
        self.key = "".join(self.keys["key"])
        self.rows: Rows = [
            sheet(row["entry"], **{name: row[name] for name in ("answers", "school_id", "class", "region")})
            for row in honest.iter_rows(named=True)
        ]

    def with_score(self, low: int, high: int, count: int) -> list[str]:
        """The answers of so many honest pupils with scores from low to high, who leave their classes for the story."""
        fits = np.flatnonzero((self.simulated.score >= low) & (self.simulated.score <= high))
        chosen = [self.answers[number] for number in fits[:count]]
        assert len(chosen) == count
        self.rows = [row for row in self.rows if row["answers"] not in chosen]
        return chosen

    def wrong(self, item: int, than: str = "") -> str:
        """A wrong answer to an item, another than those told."""
        return next(letter for letter in "ABCDE" if letter != self.key[item] and letter not in than)

    def missing(self, *items: int) -> str:
        """All right but these items, with a wrong answer there."""
        return "".join(self.wrong(n) if n in items else right for n, right in enumerate(self.key))

    def entries(self, *more: dict[str, Any]) -> pl.DataFrame:
        return entries_of([*self.rows, *more])

    def analysed(self, *more: dict[str, Any], threads: int = 1) -> Analysis:
        return analyse(canonical_forms(self.entries(*more), self.keys), threads=threads)

    def judged(self, *more: dict[str, Any]) -> Decisions:
        keys = table("keys", [row | {"stage": "stage-1"} for row in self.keys.iter_rows(named=True)])
        return job(self.entries(*more), keys)


def job(entries: pl.DataFrame, keys: pl.DataFrame) -> Decisions:
    """Clause 9.3 and 10 as the rulebook asks for them."""
    return integrity(
        entries,
        keys=keys,
        above=Fraction(9, 10),
        shorter_than=30,
        seconds_per_item=45,
        misfitting=Fraction(1, 100),
    )


def country() -> Contest:
    return Contest()


def pupil(name: str, answers: str, school: str = "ours", **given: Any) -> dict[str, Any]:
    return sheet(name, answers, school_id=school, region="75", **{"class": "6 A"} | given)


def pair(analysis: Analysis, one: str, other: str) -> dict[str, Any]:
    a, b = sorted((one, other))
    return analysis.pairs.row(by_predicate=(pl.col("a") == a) & (pl.col("b") == b), named=True)


def pairs_among(analysis: Analysis, names: Sequence[str]) -> pl.DataFrame:
    return analysis.pairs.filter(pl.col("a").is_in(names) & pl.col("b").is_in(names))


def person(analysis: Analysis, name: str) -> dict[str, Any]:
    return analysis.people.row(by_predicate=pl.col("participant") == name, named=True)


def group_of(analysis: Analysis, name: str) -> Group:
    (found,) = [group for group in groups(analysis) if name in group.members]
    return found


def copied(source: str, own: str, items: Sequence[int]) -> str:
    return "".join(source[n] if n in items else answer for n, answer in enumerate(own))


# --- 1: two pupils who know everything ---


def test_1_two_pupils_of_a_class_with_everything_right_are_alike_and_that_is_all() -> None:
    contest = country()
    both = pupil("aigerim", contest.key), pupil("daniyar", contest.key)
    analysis = contest.analysed(*both)
    row = pair(analysis, "aigerim", "daniyar")
    assert (row["naive"], row["identical"], row["eic"], row["level"]) == (True, 60, 0, "none")
    assert row["m4_p"] >= 0.05
    assert person(analysis, "aigerim")["flags"] == "9.3:similar"
    assert {person(analysis, "aigerim")[name] for name in ("gnormed", "nci", "u3", "cstar", "ht")} == {None}
    decisions = contest.judged(*both)
    assert verdicts_of(decisions.verdicts)["aigerim"] == "undecided"
    assert codes_of(decisions.verdicts)["daniyar"] == "similar"


# --- 2: honest pupils ---


def test_2_among_three_thousand_honest_pupils_nobody_is_recommended_or_in_a_cluster() -> None:
    analysis = country().analysed()
    assert analysis.pairs.filter(pl.col("level") != "none").height == 0
    assert analysis.clusters.height == 0
    assert not [group for group in groups(analysis) if group.kind == "statistics"]


# --- 3: a pupil who copies ---


@pytest.mark.parametrize(("low", "high", "share"), [(20, 35, 0.7), (35, 48, 0.9)])
def test_3_whoever_copies_most_of_a_neighbours_sheet_is_recommended_to_the_commission(
    low: int, high: int, share: float
) -> None:
    contest = country()
    source, own = contest.with_score(low, high, 2)
    taken = np.random.default_rng(1).permutation(60)[: round(60 * share)].tolist()
    both = pupil("source", source), pupil("copier", copied(source, own, taken))
    row = pair(contest.analysed(*both), "source", "copier")
    assert row["level"] == "recommend"
    assert row["m4_p"] <= 1e-6
    assert row["eeic"] >= 6
    decisions = contest.judged(*both)
    assert (
        codes_of(decisions.verdicts)["copier"]
        == codes_of(decisions.verdicts)["source"]
        == "agreement-recommended"
    )
    assert verdicts_of(decisions.verdicts)["copier"] == "undecided"  # a commission decides, never the worker
    assert "out" not in set(decisions.verdicts["verdict"])
    why = decisions.verdicts.row(by_predicate=pl.col("entry") == "copier", named=True)["why"]
    assert why.startswith(f"{row['identical']} of 60 answers identical, {row['eeic']} of them wrong alike: ")


def test_3_whoever_copies_a_third_of_a_sheet_is_not_seen() -> None:
    contest = country()
    source, own = contest.with_score(20, 35, 2)
    both = pupil("source", source), pupil("copier", copied(source, own, range(0, 60, 3)))
    analysis = contest.analysed(*both)
    assert pairs_among(analysis, ["source", "copier"]).filter(pl.col("level") == "recommend").height == 0


# --- 4: a class of honest top pupils ---


@cache
def top_class() -> tuple[Analysis, list[str], Decisions]:
    contest = country()
    strong = [n for n in range(3000) if contest.simulated.score[n] >= 54]
    chosen = np.random.default_rng(2).choice(strong, 25, replace=False).tolist()
    pupils = [pupil(f"top-{n}", contest.answers[n]) for n in chosen]
    rows = [row for n, row in enumerate(contest.rows) if n not in chosen]
    entries = entries_of([*rows, *pupils])
    keys = table("keys", [row | {"stage": "stage-1"} for row in contest.keys.iter_rows(named=True)])
    names = [each["participant"] for each in pupils]
    return analyse(canonical_forms(entries, contest.keys)), names, job(entries, keys)


def test_4_a_class_of_25_honest_top_pupils_has_some_25_pairs_alike_and_none_that_is_rare() -> None:
    analysis, names, _ = top_class()
    within = pairs_among(analysis, names)
    assert 12 <= within["naive"].sum() <= 40
    assert set(within["level"]) == {"none"}
    assert analysis.pairs.filter(pl.col("level") != "none").height == 0


def test_4_the_act_of_that_class_is_of_the_literal_rule_and_says_that_nothing_is_rare() -> None:
    analysis, names, decisions = top_class()
    acts = [group for group in groups(analysis) if set(group.members) & set(names)]
    alike = pairs_among(analysis, names).filter("naive")
    assert {name for act in acts for name in act.members} == {*alike["a"], *alike["b"]}
    for act, told in zip(acts, facts(analysis, acts), strict=True):
        assert (act.kind, act.level, told["kind"], told["level"]) == ("naive", "none", "naive", "none")
        assert told["limits"] == []
        assert json.loads(json.dumps(told)) == told
        assert all(row["expected_honest"] > 0.05 for row in act.pairs.iter_rows(named=True))
    flagged = {name for name, verdict in verdicts_of(decisions.verdicts).items() if verdict == "undecided"}
    assert flagged & set(names) == {name for act in acts for name in act.members}
    assert {codes_of(decisions.verdicts)[name] for name in flagged} == {"similar"}
    assert set(decisions.evidence["acts"]["level"]) == {"none"}


# --- 5: a chain ---


def test_5_b_copied_half_from_a_and_half_from_c_and_the_three_are_one_cluster() -> None:
    contest = country()
    a, c = contest.with_score(15, 22, 2)
    pupils = pupil("a", a), pupil("b", a[:30] + c[30:]), pupil("c", c)
    analysis = contest.analysed(*pupils)
    (cluster,) = analysis.clusters.to_dicts()
    assert cluster["members"] == ["a", "b", "c"]
    assert (cluster["size"], cluster["edges"], cluster["largest_clique"]) == (3, 2, 2)
    assert cluster["density"] == pytest.approx(2 / 3)
    assert cluster["level"] == "recommend"
    assert pairs_among(analysis, ["a", "c"]).filter(pl.col("level") != "none").height == 0
    (told,) = facts(analysis, [group_of(analysis, "b")])
    assert told["cluster"] == {
        "size": 3, "edges": 2, "density": pytest.approx(2 / 3), "largest_clique": 2, "clique_exact": True
    }  # fmt: skip
    assert (told["kind"], told["level"], told["across"]) == ("statistics", "recommend", False)


# --- 6 and 7: variants ---

TURNED = "BCDEA"  # what variant 2 shows as A, B, C, D, E


def in_variant_2(answers: str, order: Sequence[int]) -> str:
    """Canonical answers as they are written on a sheet of variant 2."""
    return "".join("ABCDE"[TURNED.index(answers[item])] if answers[item] != "." else "." for item in order)


def test_6_the_same_answers_are_the_same_whatever_the_order_of_items_and_options() -> None:
    contest = country()
    order = np.random.default_rng(3).permutation(60).tolist()
    first = contest.keys.with_columns(
        item_id=pl.Series([f"task-{n}" for n in range(60)]), options=pl.lit("ABCDE")
    )
    second = first.with_columns(
        variant=pl.lit("2"), key=pl.Series(list(in_variant_2(contest.key, order))),
        item_id=pl.Series([f"task-{n}" for n in order]), options=pl.lit(TURNED),
    )  # fmt: skip
    source, own = contest.with_score(20, 35, 2)
    copier = copied(source, own, range(50))
    plain = [*contest.rows, pupil("source", source), pupil("copier", copier)]
    mixed = [
        row | {"variant": "2", "answers": in_variant_2(row["answers"], order)} if number % 2 else row
        for number, row in enumerate(plain)
    ]
    one = analyse(canonical_forms(entries_of(plain), first))
    both = analyse(canonical_forms(entries_of(mixed), pl.concat([first, second])))
    assert [form.name for form in both.forms.forms] == ["1+2"]
    unlike = ["variant", "form", "same_variant"]
    assert both.pairs.drop(unlike).equals(one.pairs.drop(unlike))
    # Clause 9.3 speaks of one variant: its literal sign is of pairs who had the same sheet of paper.
    literal = pl.col("flags").str.replace("9.3:similar", "").str.strip_chars()
    own = one.people.drop("variant", "form").with_columns(literal)
    assert both.people.drop("variant", "form").with_columns(literal).equals(own)
    assert both.clusters.equals(one.clusters)
    row = pair(both, "source", "copier")
    assert (row["variant"], row["level"]) == ("2+1" if row["a"] == "copier" else "1+2", "recommend")


def test_7_the_same_letters_on_sheets_of_two_variants_are_not_the_same_answers() -> None:
    contest = country()
    (answers,) = contest.with_score(20, 35, 1)
    keys = pl.concat([contest.keys, contest.keys.with_columns(variant=pl.lit("2"))])
    entries = contest.entries(pupil("one", answers), pupil("other", answers, variant="2"))
    analysis = analyse(canonical_forms(entries, keys), all_pairs=False)
    assert pairs_among(analysis, ["one", "other"]).height == 0
    assert [form.name for form in analysis.forms.forms] == ["1", "2"]


# --- 8: blanks ---


def test_8_of_two_sheets_with_hardly_an_answer_only_that_is_said() -> None:
    contest = country()
    nothing, few = spelt("60."), contest.key[:29] + spelt("31.")
    both = pupil("nothing", nothing), pupil("also nothing", nothing), pupil("29", few), pupil("29 too", few)
    analysis, verdicts = contest.analysed(*both), verdicts_of(contest.judged(*both).verdicts)
    for name in ("nothing", "also nothing", "29", "29 too"):
        assert person(analysis, name)["flags"] == "insufficient-data"
        assert analysis.pairs.filter((pl.col("a") == name) | (pl.col("b") == name)).height == 0
        assert verdicts[name] == "in"


def test_8_thirty_answers_of_sixty_are_enough_to_be_compared() -> None:
    contest = country()
    half = contest.missing(*range(0, 30, 2))[:30] + spelt("30.")
    row = pair(contest.analysed(pupil("one", half), pupil("two", half)), "one", "two")
    assert (row["compared"], row["identical"], row["naive"]) == (30, 30, False)


# --- 9: time ---


def own_errors(count: int) -> str:
    return "".join("BCDE"[n * n % 11 % 4] for n in range(count))


def flags_of(seconds: float | None, items: int = 40) -> str:
    keys = table("keys", key_rows("A" * items))
    entries = entries_of([sheet("p", "A" * (items // 2) + own_errors(items - items // 2), seconds=seconds)])
    return str(person(analyse(canonical_forms(entries, keys)), "p")["flags"])


def test_9_29_minutes_59_are_too_short_and_30_minutes_are_not() -> None:
    assert flags_of(29 * 60 + 59) == "6:too-fast 9.1:too-short"
    assert flags_of(30 * 60) == ""
    entries = entries_of([sheet("early", "A", seconds=1799), sheet("in time", "A", seconds=1800)])
    assert codes_of(duration(entries, shorter_than=30).verdicts) == {
        "early": "too-short",
        "in time": "usual-time",
    }


def test_9_without_a_clock_there_is_no_sign_and_the_time_is_unknown() -> None:
    assert flags_of(None) == ""
    verdicts = duration(entries_of([sheet("p", "A", seconds=None)]), shorter_than=30).verdicts
    assert verdicts_of(verdicts) == {"p": "in"}
    assert verdicts["why"].to_list() == ["took an unknown time (minutes:seconds)"]


def test_9_sixty_items_in_44_minutes_are_a_sign_of_pace_only() -> None:
    assert flags_of(44 * 60, items=60) == "6:too-fast"
    assert flags_of(45 * 60, items=60) == ""
    entries = entries_of([sheet("p", spelt("60A"), seconds=44 * 60)])
    columns = score(entries, keys=table("keys", key_rows("A" * 60))).columns
    assert columns is not None
    scored = entries.join(columns, on="entry")
    assert verdicts_of(pace(scored, seconds_per_item=45).verdicts) == {"p": "undecided"}
    assert verdicts_of(duration(scored, shorter_than=30).verdicts) == {"p": "in"}


# --- 10: more than nine tenths ---


@pytest.mark.parametrize(("alike", "flagged"), [(36, False), (37, True)])
def test_10_36_of_40_answers_alike_are_no_sign_and_37_are(alike: int, flagged: bool) -> None:
    contest = Contest(people=200, items=40)
    other = contest.key[:alike] + "".join(contest.wrong(n) for n in range(alike, 40))
    both = pupil("one", contest.key), pupil("two", other)
    analysis = contest.analysed(*both)
    assert pairs_among(analysis, ["one", "two"])["naive"].to_list() == ([True] if flagged else [])
    assert person(analysis, "one")["flags"] == ("9.3:similar" if flagged else "")
    assert codes_of(contest.judged(*both).verdicts)["two"] == ("similar" if flagged else "own-answers")


def test_10_a_rare_pair_with_36_of_40_alike_is_not_called_alike_by_the_letter() -> None:
    contest = Contest(people=200, items=40)
    (own,) = contest.with_score(8, 20, 1)
    other = own[:36] + "".join(contest.wrong(n, than=own[n]) for n in range(36, 40))
    row = pair(contest.analysed(pupil("one", own), pupil("two", other)), "one", "two")
    assert (row["identical"], row["naive"], row["level"]) == (36, False, "recommend")


def test_9_more_than_nine_tenths_right_in_less_than_30_minutes_is_noted_by_the_job() -> None:
    contest = Contest(people=50, items=40)
    fast = [pupil(f"{n} right", contest.missing(*range(n, 40)), f"s{n}", seconds=1799) for n in (36, 37)]
    people = contest.judged(*fast).evidence["people"]
    flags = dict(
        people.filter(pl.col("participant").str.ends_with("right")).select("participant", "flags").rows()
    )
    assert {name: "9.3:fast-and-accurate" in flags[name].split() for name in flags} == {
        "36 right": False,
        "37 right": True,
    }


def test_10_pupils_of_two_schools_are_not_asked_about_for_answers_alike_alone() -> None:
    contest = Contest(people=200, items=40)
    both = pupil("one", contest.key), pupil("two", contest.missing(3), school="another")
    assert verdicts_of(contest.judged(*both).verdicts)["one"] == "in"
    assert person(contest.analysed(*both), "one")["flags"] == ""


# --- 11: the same on one thread and on two ---


def test_11_one_thread_and_two_give_the_same_tables() -> None:
    one, two = (country().analysed(threads=threads) for threads in (1, 2))
    for name in ("pairs", "people", "clusters", "null"):
        assert repr(getattr(one, name).rows()) == repr(getattr(two, name).rows())


# --- input that is not as it should be ---


def of_variant(variant: str, names: Sequence[str], answers: str) -> Rows:
    return [pupil(name, answers, variant=variant) for name in names]


@pytest.mark.parametrize("people", [0, 1, 2, 3])
def test_a_variant_that_hardly_anybody_sat_has_signs_and_no_chances(people: int) -> None:
    contest = Contest(people=100, items=40)
    keys = pl.concat([contest.keys, contest.keys.with_columns(variant=pl.lit("2"))])
    names = ["x", "y", "z"][:people]
    entries = contest.entries(*of_variant("2", names, contest.missing(1, 2)))
    analysis = analyse(canonical_forms(entries, keys))
    assert pairs_among(analysis, names).select("a", "b").rows() == list(combinations(names, 2))
    assert pairs_among(analysis, names)["m4_p"].null_count() == len(list(combinations(names, 2)))
    assert set(pairs_among(analysis, names)["level"]) <= {"none"}
    assert sum("too few" in note for note in analysis.notes) == (people > 0)
    for told in facts(analysis, groups(analysis)):
        assert json.loads(json.dumps(told)) == told
    judged = job(entries, table("keys", [row | {"stage": "stage-1"} for row in keys.iter_rows(named=True)]))
    assert judged.verdicts.height == 100 + people


def test_a_contest_that_nobody_sat_is_no_fault() -> None:
    analysis = analyse(canonical_forms(entries_of([]), table("keys", key_rows("A" * 40))))
    assert (analysis.pairs.height, analysis.people.height, analysis.clusters.height, analysis.compared) == (
        0,
        0,
        0,
        0,
    )
    assert groups(analysis) == []
    assert job(entries_of([]), table("keys", key_rows("A" * 40))).verdicts.height == 0


@pytest.mark.parametrize("items", [1, 2, 5, 7, 64, 65, 85, 86, 120, 200])
def test_a_test_may_have_few_items_or_two_hundred(items: int) -> None:
    contest = Contest(people=40, items=items)
    (own,) = contest.with_score(0, items, 1)
    analysis = contest.analysed(pupil("one", own), pupil("two", own))
    row = pair(analysis, "one", "two")
    assert (row["identical"], row["items"], row["naive"]) == (items, items, True)
    assert 0 < row["m4_p"] <= 1
    assert (row["level"] == "recommend") <= (row["eeic"] >= 6)


def test_a_test_of_more_items_than_can_be_analysed_is_refused_by_name() -> None:
    keys = table("keys", key_rows("A" * 255))
    with pytest.raises(IntegrityInputError, match=r"Variant 1 has 255 items; at most 254"):
        canonical_forms(entries_of([pupil("p", "A" * 255)]), keys)


def test_sheets_of_an_unknown_variant_or_of_a_key_with_a_gap_are_told_and_the_others_analysed() -> None:
    contest = Contest(people=100, items=40)
    gap = contest.keys.with_columns(variant=pl.lit("2")).filter(pl.col("item") != 17)
    entries = contest.entries(*of_variant("9", ["lost"], contest.key), *of_variant("2", ["gap"], contest.key))
    analysis = analyse(canonical_forms(entries, pl.concat([contest.keys, gap])))
    assert analysis.people.height == 102
    assert person(analysis, "lost")["flags"] == "no-key"
    assert person(analysis, "gap")["flags"] == "key-has-gaps"
    assert person(analysis, "lost")["score"] is None
    told = dict(analysis.forms.left_out.select("entry", "why").rows())
    assert told["lost"] == "no key came for variant 9"
    assert told["gap"].startswith("an item is missing in the key of variant 2")


def test_a_letter_that_no_key_has_is_a_wrong_answer_like_any_other_and_is_told() -> None:
    contest = Contest(people=100, items=40)
    strange = "".join("H" if n % 4 == 0 else right for n, right in enumerate(contest.key))
    analysis = contest.analysed(pupil("one", strange), pupil("two", strange.lower()))
    row = pair(analysis, "one", "two")
    assert (row["identical"], row["eeic"], person(analysis, "one")["score"]) == (40, 10, 30)
    assert any("20 answers are letters that no key has (H)" in note for note in analysis.notes)


def test_letters_beyond_counting_are_blanks_and_told_and_trouble_nobody_else() -> None:
    contest = Contest(people=100, items=40)
    analysis = contest.analysed(pupil("odd", "FGHIJKLMNOP" + contest.key[11:]))
    assert (person(analysis, "odd")["answered"], person(analysis, "odd")["score"]) == (38, 29)
    assert any(
        "2 answers are letters beyond the 14 that can be told apart (O, P)" in note for note in analysis.notes
    )


def test_a_key_of_more_letters_than_can_be_options_is_refused_in_one_sentence() -> None:
    keys = table("keys", key_rows("ABCDEFGHIJKLMNO"))
    with pytest.raises(
        IntegrityInputError, match=r"^Variant 1: 15 different letters .* at most 14 can be options\.$"
    ):
        canonical_forms(entries_of([pupil("p", "A" * 15)]), keys)


def test_a_key_outside_its_own_options_is_refused_in_one_sentence() -> None:
    keys = pl.DataFrame({"variant": "1", "item": [1, 2], "key": ["A", "E"], "options": "DCBA"})
    with pytest.raises(
        IntegrityInputError, match=r"^Variant 1, item 2: the options DCBA have no E, which the key says"
    ):
        canonical_forms(entries_of([pupil("p", "AA")]), keys)


def test_two_sheets_of_one_person_are_refused() -> None:
    contest = Contest(people=30, items=40)
    with pytest.raises(IntegrityInputError, match="keep one sheet of each person"):
        contest.analysed(pupil("twice", contest.key), pupil("twice", contest.missing(1)))


def test_a_sheet_without_answers_or_school_is_judged_like_the_rest_and_troubles_nobody() -> None:
    contest = Contest(people=100, items=40)
    unknown = pupil("unknown", contest.key) | {"school_id": None, "region": None, "class": None}
    none = pupil("none", contest.key) | {"answers": None}
    decisions = contest.judged(unknown, none, pupil("known", contest.key))
    assert {verdicts_of(decisions.verdicts)[name] for name in ("unknown", "none", "known")} == {"in"}
    assert decisions.verdicts.height == 103
