"""How the people of the sample season register and answer."""

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import combinations
from statistics import correlation, fmean, stdev

import pytest
from unit.sample_records import RULEBOOK, WINDOWS, Record, all_records, moment, registrations

from jobs.iin import birth_date, check
from worker.rehearsal.season import DEMO, Season, make_season


@pytest.fixture(scope="module")
def demo() -> Season:
    return make_season(RULEBOOK, DEMO, seed=1)


# --- reading the files with nothing of ours ---


def minutes(sheet: Record) -> float:
    return (moment(sheet["finished_at"]) - moment(sheet["started_at"])).total_seconds() / 60


def answers(sheet: Record) -> str:
    marks = [mark or "." for name, mark in sheet.items() if name[0] == "q" and name[1:].isdigit()]
    return "".join(marks)


def alike(a: Record, b: Record) -> int:
    return sum(x == y != "." for x, y in zip(answers(a), answers(b), strict=True))


def sheets_that_count(season: Season, stage: str) -> dict[str, Record]:
    window = WINDOWS[stage]
    read = all_records(season, f"sheets-{stage}")
    return {
        s["participant"]: s for s in read if not s["started_at"] or window.contains(moment(s["started_at"]))
    }


# --- registrations ---


def test_some_1700_of_2000_register(demo: Season) -> None:
    assert 1650 <= len(registrations(demo)) <= 1750


def test_the_border_of_the_window_is_tried_to_the_second(demo: Season) -> None:
    read = registrations(demo)
    (inside,), (outside,) = (demo.planted.case(name).ids for name in ("last-second", "second-late"))
    closes = WINDOWS["registration"].closes_at
    assert [moment(r["registered_at"]) for r in read[inside]] == [closes - timedelta(seconds=1)]
    assert [moment(r["registered_at"]) for r in read[outside]] == [closes]
    late = [iin for iin, records in read.items() for r in records if moment(r["registered_at"]) >= closes]
    assert late == [outside]


def test_consent_that_comes_later_is_a_later_record(demo: Season) -> None:
    for iin in demo.planted.case("consent-later").ids:
        first, second = sorted(registrations(demo)[iin], key=lambda r: moment(r["registered_at"]))
        assert first["consent"] in ("0", "жоқ", "нет")
        assert second["consent"] in ("1", "иә", "да")


def test_excel_took_the_zeros_of_siblings_and_the_digits_of_one_guardian(demo: Season) -> None:
    read = registrations(demo)
    for iin in demo.planted.case("sibling-guardian").ids:
        (record,) = read[iin]
        assert len(record["guardian_iin"]) == 11
        assert 2001 <= birth_date(record["guardian_iin"].zfill(12)).year <= 2005
    lost, resent = read[demo.planted.case("digits-lost-then-resent").ids[0]]
    assert lost["guardian_iin"].endswith("E+11")
    assert check(resent["guardian_iin"]) is None


def test_strangers_and_mistyped_numbers_are_not_on_the_list(demo: Season) -> None:
    listed, read = set(demo.planted.listed), registrations(demo)
    mistyped = [case for case in demo.planted.cases if case.name.startswith("mistyped")]
    assert [case.clause for case in mistyped].count("3") == 1
    for case in (*mistyped, demo.planted.case("not-on-list")):
        assert listed.isdisjoint(case.ids)
        assert read.keys() >= set(case.ids)
        assert {check(iin) is None for iin in case.ids} == {case.clause == "3"}


def test_guardians_are_grown_up_but_for_the_planted(demo: Season) -> None:
    planted = {iin for name in ("guardian-is-pupil", "guardian-minor") for iin in demo.planted.case(name).ids}
    for iin, records in registrations(demo).items():
        known = [r["guardian_iin"].zfill(12) for r in records if "E" not in r["guardian_iin"]]
        assert all((birth_date(guardian).year > 2005) == (iin in planted) for guardian in known)


def test_a_few_families_have_no_mail_address(demo: Season) -> None:
    without = [iin for iin, records in registrations(demo).items() if not records[-1]["email"]]
    assert 20 < len(without) < 90


# --- the tests ---


def test_scores_follow_from_the_keys_and_spread(demo: Season) -> None:
    for stage in ("stage-1", "stage-2"):
        keys: dict[str, str] = defaultdict(str)
        for record in all_records(demo, f"keys-{stage}"):
            keys[record["variant"]] += record["key"]
        expected = demo.planted.scores[stage]
        sheets = sheets_that_count(demo, stage)
        read = {iin: sum(map(str.__eq__, answers(s), keys[s["variant"]])) for iin, s in sheets.items()}
        assert {iin: read[iin] for iin in expected} == expected
        assert stdev(expected.values()) > 5


def test_only_the_planted_pairs_of_one_school_agree_in_more_than_36_of_40(demo: Season) -> None:
    school = {r["iin"]: (r["region"], r["school"]) for r in all_records(demo, "list") if "school" in r}
    groups: dict[object, list[str]] = defaultdict(list)
    sheets = sheets_that_count(demo, "stage-1")
    for iin, sheet in sheets.items():
        groups[school[iin], sheet["variant"]].append(iin)
    pairs = [pair for group in groups.values() for pair in combinations(group, 2)]
    found = {frozenset(pair): alike(sheets[pair[0]], sheets[pair[1]]) for pair in pairs}
    names = {"identical-40": 40, "identical-38": 38, "identical-37": 37, "honest-top-pair": 37}
    planted = {frozenset(demo.planted.case(name).ids): n for name, n in names.items()}
    assert {pair: n for pair, n in found.items() if n > 36} == planted
    assert found[frozenset(demo.planted.case("identical-36").ids)] == 36


def items_and_keys(season: Season, stage: str) -> dict[str, list[tuple[str, str]]]:
    """Variant to the item behind each question and its right letter."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for record in all_records(season, f"keys-{stage}"):
        found[record["variant"]].append((record["item_id"], record["key"]))
    return found


def by_item(season: Season, stage: str) -> dict[str, dict[str, str]]:
    """Participant to item to the answer."""
    asked, sheets = items_and_keys(season, stage), sheets_that_count(season, stage)
    return {
        iin: dict(zip((item for item, _ in asked[s["variant"]]), answers(s), strict=True))
        for iin, s in sheets.items()
    }


def wrong_answers(given: dict[str, str], key: dict[str, str]) -> set[tuple[str, str]]:
    return {(item, mark) for item, mark in given.items() if mark not in (".", key[item])}


@pytest.mark.parametrize(("stage", "variants", "items"), [("stage-1", 4, 40), ("stage-2", 3, 60)])
def test_the_variants_show_the_same_items_with_the_same_right_letters_in_other_orders(
    demo: Season, stage: str, variants: int, items: int
) -> None:
    asked = items_and_keys(demo, stage)
    assert len(asked) == len({tuple(order) for order in asked.values()}) == variants
    (key,) = {frozenset(order) for order in asked.values()}
    assert len(key) == len(dict(key)) == items


def test_wrong_options_attract_unequally_and_alike_in_every_variant(demo: Season) -> None:
    key, given = dict(items_and_keys(demo, "stage-1")["1"]), by_item(demo, "stage-1")
    sheets = sheets_that_count(demo, "stage-1")
    favourites, shares = [], []
    for variants in ("12", "34"):
        people = [given[iin] for iin, sheet in sheets.items() if sheet["variant"] in variants]
        errors = [wrong_answers(one, key) for one in people]
        wrong = {item: Counter(mark for one in errors for at, mark in one if at == item) for item in key}
        favourites.append({item: count.most_common(1)[0][0] for item, count in wrong.items()})
        shares += [count.most_common(1)[0][1] / count.total() for count in wrong.values()]
    assert sum(favourites[0][item] == favourites[1][item] for item in key) >= 32
    assert 0.4 < fmean(shares) < 0.6


def test_harder_items_are_harder_for_everybody_and_a_few_are_left_out(demo: Season) -> None:
    key, given = dict(items_and_keys(demo, "stage-1")["1"]), by_item(demo, "stage-1")
    scores = demo.planted.scores["stage-1"]
    ordered = sorted(scores, key=lambda iin: scores[iin])
    low, high = ordered[: len(ordered) // 3], ordered[-len(ordered) // 3 :]
    right = [
        {item: fmean(given[i][item] == key[item] for i in group) for item in key} for group in (low, high)
    ]
    assert correlation(list(right[0].values()), list(right[1].values())) > 0.6
    assert all(right[1][item] > right[0][item] for item in key)
    marks = Counter(mark for one in given.values() for mark in one.values())
    assert 0.01 < marks["."] / marks.total() < 0.05


def test_two_copied_from_a_third_of_middle_score_with_less_alike_than_the_rule_sees(demo: Season) -> None:
    key, given = dict(items_and_keys(demo, "stage-1")["1"]), by_item(demo, "stage-1")
    sheets, scores = sheets_that_count(demo, "stage-1"), demo.planted.scores["stage-1"]
    source, *copiers = three = demo.planted.case("copied-from-one").ids
    home = {r["iin"]: (r["region"], r["school"]) for r in all_records(demo, "list") if "school" in r}
    assert len({(home[iin], sheets[iin]["variant"], sheets[iin]["started_at"][:10]) for iin in three}) == 1
    assert all(14 <= scores[iin] <= 26 for iin in three)
    assert [alike(sheets[source], sheets[iin]) for iin in copiers] == [35, 34]
    errors = [wrong_answers(given[iin], key) for iin in three]
    assert all(len(errors[0] & others) >= 12 for others in errors[1:])


@pytest.mark.parametrize(
    ("name", "right", "identical"), [("honest-top-pair", [38, 39], 37), ("identical-36", [38, 38], 36)]
)
def test_honest_top_pupils_agree_in_nearly_everything_and_in_no_error(
    demo: Season, name: str, right: list[int], identical: int
) -> None:
    key, given = dict(items_and_keys(demo, "stage-1")["1"]), by_item(demo, "stage-1")
    sheets, scores = sheets_that_count(demo, "stage-1"), demo.planted.scores["stage-1"]
    one, other = demo.planted.case(name).ids
    assert sorted((scores[one], scores[other])) == right
    assert alike(sheets[one], sheets[other]) == identical
    assert not wrong_answers(given[one], key) & wrong_answers(given[other], key)


def test_nobody_s_copying_touches_who_reaches_stage_2(demo: Season) -> None:
    names = ("identical-40", "identical-38", "identical-37", "identical-other-school", "copied-from-one")
    copied = {iin for name in names for iin in demo.planted.case(name).ids}
    assert not copied & demo.planted.scores["stage-2"].keys()


def test_a_pair_of_two_schools_agrees_in_everything(demo: Season) -> None:
    sheets = sheets_that_count(demo, "stage-1")
    a, b = (sheets[iin] for iin in demo.planted.case("identical-other-school").ids)
    assert alike(a, b) == 40
    assert a["variant"] == b["variant"]


def test_the_clocks_are_as_planted_in_every_shape(demo: Season) -> None:
    first, second = sheets_that_count(demo, "stage-1"), sheets_that_count(demo, "stage-2")
    timed = {
        name: minutes(first[demo.planted.case(name).ids[0]]) for name in ("29:59", "30:00", "95-minutes")
    }
    assert timed == {"29:59": pytest.approx(29 + 59 / 60), "30:00": 30, "95-minutes": 95}
    assert minutes(second[demo.planted.case("151-minutes").ids[0]]) == 151
    assert first[demo.planted.case("no-clock").ids[0]]["finished_at"] == ""
    fast = demo.planted.case("fast-and-accurate").ids[0]
    assert (minutes(first[fast]), demo.planted.scores["stage-1"][fast]) == (24, 38)


def test_nobody_else_was_too_fast_or_too_slow(demo: Season) -> None:
    first = sheets_that_count(demo, "stage-1")
    planted = {
        i
        for name in ("29:59", "95-minutes", "fast-and-accurate", "no-clock")
        for i in demo.planted.case(name).ids
    }
    assert all(30 <= minutes(sheet) <= 90 for iin, sheet in first.items() if iin not in planted)


def test_a_late_sheet_and_a_stranger_s_sheet_came(demo: Season) -> None:
    (late,), (stranger,) = (demo.planted.case(name).ids for name in ("sat-again-late", "not-registered"))
    sheets = [s for s in all_records(demo, "sheets-stage-1") if s["participant"] in (late, stranger)]
    assert Counter(s["participant"] for s in sheets) == {late: 2, stranger: 1}
    assert max(moment(s["started_at"]) for s in sheets) > WINDOWS["stage-1"].closes_at
    assert stranger not in registrations(demo)


def test_stage_2_is_sat_by_the_best_and_by_one_who_may_not(demo: Season) -> None:
    first, second = demo.planted.scores["stage-1"], demo.planted.scores["stage-2"]
    (intruder,) = demo.planted.case("annulled-sits-again").ids
    assert len(second) == DEMO.finalists
    assert sheets_that_count(demo, "stage-2").keys() == second.keys() | {intruder}
    annulled = {iin for n in (40, 38) for iin in demo.planted.case(f"identical-{n}").ids}
    left_out = first.keys() - second.keys() - annulled
    assert max(first[iin] for iin in left_out) <= min(first[iin] for iin in second)
