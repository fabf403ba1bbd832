"""Laws of admission, held against references written here from the regulation alone."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import permutations, product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.admission import Admission, AdmissionError, Tie, admit, reallocate
from jobs.lot import LotError, lot_seed, lot_tickets

Place = tuple[str, str | None, int]  # school, language, boarding asked
Stream = tuple[str, str | None]


@dataclass(frozen=True)
class Case:
    """A small market in plain Python."""

    scores: Mapping[str, int]
    seats: Mapping[Stream, int]  # in the quotas' order
    beds: Mapping[str, int]
    lists: Mapping[str, Sequence[Place]]

    def tables(self) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        people = pl.DataFrame(
            list(self.scores.items()), schema={"participant": pl.String, "score": pl.Int64}, orient="row"
        )
        quotas = pl.DataFrame(
            [
                (school, language, seats * 10, seats, self.beds[school])
                for (school, language), seats in self.seats.items()
            ],
            schema={
                "school_id": pl.String,
                "language": pl.String,
                "intake": pl.Int64,
                "seats": pl.Int64,
                "boarding": pl.Int64,
            },
            orient="row",
        )
        rows = [(p, n, *place) for p, places in self.lists.items() for n, place in enumerate(places, 1)]
        wishes = pl.DataFrame(
            rows,
            schema={
                "participant": pl.String,
                "preference": pl.Int64,
                "school_id": pl.String,
                "language": pl.String,
                "boarding": pl.Int64,
            },
            orient="row",
        )
        return people, quotas, wishes

    def order(self) -> list[str]:
        return sorted(self.scores, key=lambda p: (-self.scores[p], p))

    def streams(self, place: Place) -> list[Stream]:
        school, language, _ = place
        mine = [stream for stream in self.seats if stream[0] == school]
        if language is None:
            return mine
        return [s for s in mine if s[1] == language] + [s for s in mine if s[1] is None]


NAMES = [f"p{number}" for number in range(8)]
SCHOOLS = ["A", "B", "C"]
LANGUAGES: list[str | None] = ["kk", "ru", None]


@st.composite
def cases(draw: st.DrawFn, languages: bool = True, boarding: bool = True, scores: int = 4) -> Case:
    names = NAMES[: draw(st.integers(0, len(NAMES)))]
    streams: dict[Stream, int] = {}
    for school in SCHOOLS:
        offered = draw(st.lists(st.sampled_from(LANGUAGES), unique=True, min_size=1)) if languages else [None]
        streams |= {(school, language): draw(st.integers(0, 2)) for language in offered}
    place = st.tuples(
        st.sampled_from(SCHOOLS),
        st.sampled_from(LANGUAGES) if languages else st.none(),
        st.integers(0, 1) if boarding else st.just(0),
    )
    return Case(
        {name: draw(st.integers(1, scores)) for name in names},
        streams,
        {school: draw(st.integers(0, 2)) for school in SCHOOLS},
        {name: draw(st.lists(place, max_size=4, unique=True)) for name in names},
    )


def distinct(case: Case) -> Case:
    return replace(case, scores={name: number for number, name in enumerate(sorted(case.scores), 1)})


def held(result: Admission) -> dict[str, int | None]:
    """Participant → the preference given."""
    return dict(result.placements.select("participant", "preference").iter_rows())


def reference(case: Case) -> dict[str, int | None]:
    """The regulation read aloud: one by one from the best, the first option that is free."""
    seats, beds = dict(case.seats), dict(case.beds)
    given_: dict[str, int | None] = {}
    for person in case.order():
        given_[person] = None
        for number, place in enumerate(case.lists[person], 1):
            free = [stream for stream in case.streams(place) if seats[stream]]
            if free and (not place[2] or beds[place[0]]):
                seats[free[0]] -= 1
                beds[place[0]] -= place[2]
                given_[person] = number
                break
    return given_


def seated(case: Case, result: Admission) -> dict[Stream, int]:
    rows = result.cutoffs.select("school_id", "language", "filled").iter_rows()
    return {(school, language): filled for school, language, filled in rows}


@settings(max_examples=200, deadline=None)
@given(cases())
def test_strict_serves_one_by_one_and_nobody_prefers_a_place_whose_cutoff_they_beat(case: Case) -> None:
    result = admit(*case.tables())
    assert held(result) == reference(case)
    cutoffs = {(row["school_id"], row["language"]): row for row in result.cutoffs.iter_rows(named=True)}
    for person, place in _preferred(case, held(result)):
        row = cutoffs[case.streams(place)[0]] if case.streams(place) else None
        beats = row is not None and (
            row["filled"] < row["seats"] or _beats(case.scores[person], row["cutoff"])
        )
        without_bed = place[2] and (
            row is None or row["boarding"] == 0 or case.scores[person] <= (row["boarding_cutoff"] or 0)
        )
        assert not beats or without_bed


@settings(max_examples=15, deadline=None)
@given(cases(), st.data())
def test_no_false_list_gives_anyone_a_better_place(case: Case, data: st.DataObject) -> None:
    person = data.draw(st.sampled_from(sorted(case.scores))) if case.scores else None
    if person is None:
        return
    truth = list(case.lists[person])
    false = data.draw(st.permutations(truth))[: data.draw(st.integers(0, len(truth)))]
    honest = held(admit(*case.tables()))[person]
    lied = held(admit(*replace(case, lists={**case.lists, person: false}).tables()))[person]
    gained = None if lied is None else truth.index(false[lied - 1]) + 1
    assert gained is None or (honest is not None and honest <= gained)


@settings(max_examples=15, deadline=None)
@given(cases(), st.sampled_from(["strict", "reject", "admit"]), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(case: Case, tie: Tie, chance: object) -> None:
    people, quotas, wishes = case.tables()
    seed = chance.randrange(1000)  # type: ignore[attr-defined]  # hypothesis hands out a random.Random
    straight = admit(people, quotas, wishes, tie=tie)
    shuffled = admit(
        people.sample(fraction=1, shuffle=True, seed=seed),
        quotas,
        wishes.sample(fraction=1, shuffle=True, seed=seed),
        tie=tie,
    )
    assert straight.placements.equals(shuffled.placements)
    assert straight.skipped.equals(shuffled.skipped)
    assert straight.cutoffs.equals(shuffled.cutoffs)


@settings(max_examples=15, deadline=None)
@given(cases(), st.sampled_from(["reject", "admit"]))
def test_equal_scores_with_equal_lists_fare_alike_unless_an_order_is_asked_for(case: Case, tie: Tie) -> None:
    result = held(admit(*case.tables(), tie=tie))
    for one, other in permutations(case.scores, 2):
        if case.scores[one] == case.scores[other] and case.lists[one] == case.lists[other]:
            assert result[one] == result[other]


@settings(max_examples=20, deadline=None)
@given(cases())
def test_reject_fills_no_stream_above_its_number_and_passes_nobody(case: Case) -> None:
    result = admit(*case.tables(), tie="reject")
    assert all(filled <= case.seats[stream] for stream, filled in seated(case, result).items())
    _no_envy(case, result)


@settings(max_examples=20, deadline=None)
@given(cases())
def test_admit_refuses_only_what_was_full_of_better_scores(case: Case) -> None:
    result = admit(*case.tables(), tie="admit")
    for stream, filled in seated(case, result).items():
        if filled > case.seats[stream]:
            last = _holders(result, stream)
            lowest = min(case.scores[p] for p in last)
            assert case.seats[stream] > sum(case.scores[p] > lowest for p in last)
    _no_envy(case, result)


@settings(max_examples=20, deadline=None)
@given(cases(languages=False, boarding=False))
def test_with_one_stream_a_school_reject_and_admit_match_their_score_limits(case: Case) -> None:
    for tie in ("reject", "admit"):
        assert held(admit(*case.tables(), tie=tie)) == _score_limits(case, tie)


@settings(max_examples=15, deadline=None)
@given(cases())
def test_without_equal_scores_the_three_policies_agree(case: Case) -> None:
    apart = distinct(case)
    strict = held(admit(*apart.tables()))
    assert held(admit(*apart.tables(), tie="reject")) == strict == held(admit(*apart.tables(), tie="admit"))


@settings(max_examples=15, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_where_nothing_is_contested_no_lot_changes_who_gets_which_preference(
    case: Case, chance: object
) -> None:
    result = admit(*case.tables())
    if result.contested.is_empty():
        shuffled = list(case.scores)
        chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands out a random.Random
        lot = {name: f"{number:04d}" for number, name in enumerate(shuffled)}
        assert held(admit(*case.tables(), lot=lot)) == held(result)


def _preferred(case: Case, given_: Mapping[str, int | None]) -> list[tuple[str, Place]]:
    """Every option that its maker likes better than what they hold."""
    return [
        (person, place)
        for person, number in given_.items()
        for place in case.lists[person][: len(case.lists[person]) if number is None else number - 1]
    ]


def _beats(score: int, cutoff: int | None) -> bool:
    return cutoff is not None and score > cutoff


def _holders(result: Admission, stream: Stream) -> list[str]:
    rows = result.placements.select("participant", "school_id", "quota_language").iter_rows()
    return [p for p, *at in rows if tuple(at) == stream]


def _no_envy(case: Case, result: Admission) -> None:
    """Nobody with a higher score wants the very same option that a lower score holds."""
    given_ = held(result)
    got = {p: case.lists[p][number - 1] for p, number in given_.items() if number is not None}
    for better, worse in permutations(case.scores, 2):
        if case.scores[better] > case.scores[worse] and worse in got:
            number = given_[better]
            preferred = case.lists[better][: len(case.lists[better]) if number is None else number - 1]
            assert got[worse] not in preferred


def _score_limits(case: Case, tie: Tie) -> dict[str, int | None]:
    """Limits raised from nought until they hold: each takes the first school whose limit they reach."""
    limits = dict.fromkeys(SCHOOLS, 0)
    while True:
        given_ = {
            p: next(
                (n for n, place in enumerate(case.lists[p], 1) if case.scores[p] >= limits[place[0]]), None
            )
            for p in case.scores
        }
        at = {
            s: [p for p, n in given_.items() if n is not None and case.lists[p][n - 1][0] == s]
            for s in SCHOOLS
        }
        for school in SCHOOLS:
            scores = sorted(case.scores[p] for p in at[school])
            seats = case.seats[school, None]
            above = sum(score > scores[0] for score in scores) if scores else 0
            if len(scores) > seats and (tie == "reject" or above >= seats):
                limits[school] = scores[0] + 1
                break
        else:
            return given_


@settings(max_examples=20, deadline=None)
@given(cases(), st.data())
def test_reallocation_leaves_nobody_worse_and_no_wanted_place_free(case: Case, data: st.DataObject) -> None:
    people, quotas, wishes = case.tables()
    tie: Tie = data.draw(st.sampled_from(["strict", "reject", "admit"]))
    before = admit(people, quotas, wishes, tie=tie)
    gone = data.draw(st.lists(st.sampled_from(sorted(case.scores)), unique=True)) if case.scores else []
    frozen = data.draw(st.lists(st.sampled_from(sorted(case.scores)), unique=True)) if case.scores else []
    choices = {p: "freeze" if p in frozen else "float" for p in case.scores}
    after = reallocate(before, quotas, wishes, gone, choices)  # type: ignore[arg-type]  # words of Choice
    then, now = held(before), held(after)
    far = 99
    for person in case.scores:
        assert (now[person] is None) if person in gone else (now[person] or far) <= (then[person] or far)
        if person in frozen and person not in gone and then[person] is not None:
            assert now[person] == then[person]
    if tie != "admit":
        assert all(filled <= case.seats[stream] for stream, filled in seated(case, after).items())
    if tie == "strict":
        _no_free_place_is_wanted(case, after, movable=set(case.scores) - set(gone) - _holding(then, frozen))
    again = reallocate(after, quotas, wishes, gone, choices)  # type: ignore[arg-type]  # words of Choice
    assert held(again) == now


def _holding(then: Mapping[str, int | None], frozen: Sequence[str]) -> set[str]:
    return {p for p in frozen if then[p] is not None}


def _no_free_place_is_wanted(case: Case, result: Admission, movable: set[str]) -> None:
    filled = seated(case, result)
    beds: dict[str, int] = {}
    for row in result.cutoffs.iter_rows(named=True):
        beds[row["school_id"]] = row["boarding"] - row["boarding_filled"]
    for person, place in _preferred(case, held(result)):
        free = any(filled[stream] < case.seats[stream] for stream in case.streams(place))
        assert person not in movable or not (free and (not place[2] or beds[place[0]] > 0))


@st.composite
def with_priorities(draw: st.DrawFn, boarding: bool = False) -> tuple[Case, dict[str, list[str]]]:
    case = distinct(draw(cases(languages=False, boarding=boarding)))
    return case, {school: draw(st.permutations(sorted(case.scores))) for school in SCHOOLS}


def priority_table(orders: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    rows = [(school, p, rank) for school, order in orders.items() for rank, p in enumerate(order, 1)]
    schema = {"school_id": pl.String, "participant": pl.String, "rank": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def is_stable(case: Case, orders: Mapping[str, Sequence[str]], given_: Mapping[str, int | None]) -> bool:
    at: dict[str, list[str]] = {school: [] for school in SCHOOLS}
    for person, number in given_.items():
        if number is not None:
            at[case.lists[person][number - 1][0]].append(person)
    if any(len(people) > case.seats[school, None] for school, people in at.items()):
        return False
    for person, (school, _, _) in _preferred(case, given_):
        place = orders[school].index
        if len(at[school]) < case.seats[school, None] or any(place(person) < place(p) for p in at[school]):
            return False
    return True


@settings(max_examples=60, deadline=None)
@given(with_priorities())
def test_school_priorities_give_a_stable_matching(market: tuple[Case, dict[str, list[str]]]) -> None:
    case, orders = market
    assert is_stable(case, orders, held(admit(*case.tables(), priorities=priority_table(orders))))


@settings(max_examples=15, deadline=None)
@given(with_priorities())
def test_no_other_stable_matching_suits_any_applicant_better(
    market: tuple[Case, dict[str, list[str]]],
) -> None:
    full, orders = market
    names = sorted(full.scores)[:4]
    case = replace(
        full, scores={p: full.scores[p] for p in names}, lists={p: full.lists[p][:3] for p in names}
    )
    ours = held(admit(*case.tables(), priorities=priority_table(orders)))
    choices = [[None, *range(1, len(case.lists[p]) + 1)] for p in names]
    for combination in product(*choices):
        other = dict(zip(names, combination, strict=True))
        if is_stable(case, orders, other):
            assert all((ours[p] or 99) <= (other[p] or 99) for p in names)


@settings(max_examples=20, deadline=None)
@given(with_priorities(boarding=True))
def test_with_boarding_and_priorities_no_wanted_place_stays_free(
    market: tuple[Case, dict[str, list[str]]],
) -> None:
    case, orders = market
    result = admit(*case.tables(), priorities=priority_table(orders))
    _no_free_place_is_wanted(case, result, set(case.scores))
    assert all(filled <= case.seats[stream] for stream, filled in seated(case, result).items())


@settings(max_examples=15, deadline=None)
@given(cases(), st.sampled_from(["strict", "reject", "admit"]))
def test_a_common_priority_list_is_the_same_as_none(case: Case, tie: Tie) -> None:
    apart = distinct(case)
    orders = dict.fromkeys(SCHOOLS, apart.order())
    given_ = admit(*apart.tables(), priorities=priority_table(orders), tie=tie)
    assert held(given_) == held(admit(*apart.tables(), tie=tie))


@settings(max_examples=20, deadline=None)
@given(cases(languages=False, boarding=False), st.sampled_from(["strict", "reject", "admit"]))
def test_schools_that_rank_everyone_alike_leave_equals_to_the_policy(case: Case, tie: Tie) -> None:
    rows = [(school, p, 1) for school in SCHOOLS for p in case.scores]
    schema = {"school_id": pl.String, "participant": pl.String, "rank": pl.Int64}
    alike = pl.DataFrame(rows, schema=schema, orient="row")
    given_ = admit(*case.tables(), priorities=alike, tie=tie)
    assert held(given_) == held(admit(*case.tables(), tie=tie))


@settings(max_examples=15, deadline=None)
@given(cases(), st.sampled_from(["strict", "reject", "admit"]))
def test_every_option_passed_over_has_one_line_with_a_reason(case: Case, tie: Tie) -> None:
    result = admit(*case.tables(), tie=tie)
    assert result.skipped["reason"].null_count() == 0
    explained = set(
        result.skipped.filter(pl.col("code") != "no-stream").select("participant", "preference").rows()
    )
    for person, number in held(result).items():
        last = len(case.lists[person]) if number is None else number - 1
        servable = {n for n in range(1, last + 1) if case.streams(case.lists[person][n - 1])}
        assert {n for p, n in explained if p == person} == servable
    assert result.skipped.select("participant", "preference").is_duplicated().any() is False
    assert "held" not in result.skipped["code"].to_list()


def small(**changes: object) -> Case:
    base = Case({"a": 2, "b": 1}, {("A", None): 1}, {"A": 0}, {"a": [("A", None, 0)], "b": [("A", None, 0)]})
    return replace(base, **changes)  # type: ignore[arg-type]  # fields of Case by name


def test_decimal_scores_are_compared_and_printed_exactly() -> None:
    _, quotas, wishes = small().tables()
    people = pl.DataFrame({"participant": ["a", "b"], "score": [Decimal("85.0"), Decimal("82.5")]})
    assert admit(people, quotas, wishes).skipped["reason"].to_list() == ["full: last admitted 85.0, you 82.5"]


def test_scores_as_floats_are_refused() -> None:
    _, quotas, wishes = small().tables()
    people = pl.DataFrame({"participant": ["a", "b"], "score": [1.5, 2.5]})
    with pytest.raises(AdmissionError, match="integers or decimals, never Float64"):
        admit(people, quotas, wishes)


def test_a_lot_orders_equals_and_says_so() -> None:
    people, quotas, wishes = small(scores={"a": 5, "b": 5}).tables()
    result = admit(people, quotas, wishes, lot={"a": b"\x02", "b": b"\x01"})
    assert held(result) == {"b": 1, "a": None}
    assert result.skipped["reason"].to_list() == [
        "full: last admitted 5, you 5; a lot among equal scores decided"
    ]
    assert result.contested.rows() == [("A", None, "seat", 5, ["b"], ["a"])]
    assert result.placements["by_lot"].to_list() == [True, False]
    assert result.warnings == ("equal scores stood across the last place 1 time(s): a lot decided",)


def test_contested_boarding_is_named_apart_from_seats() -> None:
    case = Case(
        {"a": 5, "b": 5},
        {("A", None): 2},
        {"A": 1},
        {"a": [("A", None, 1)], "b": [("A", None, 1), ("A", None, 0)]},
    )
    result = admit(*case.tables())
    assert result.contested.rows() == [("A", None, "boarding", 5, ["a"], ["b"])]
    assert held(result) == {"a": 1, "b": 2}


def test_equals_who_accept_either_language_are_not_refused_while_seats_suffice() -> None:
    case = Case(
        {"a": 5, "b": 5, "c": 5},
        {("A", "kk"): 1, ("A", "ru"): 2},
        {"A": 0},
        {"a": [("A", None, 0)], "b": [("A", "kk", 0)], "c": [("A", None, 0)]},
    )
    result = admit(*case.tables(), tie="reject")
    assert held(result) == {"a": 1, "b": 1, "c": 1}
    assert result.placements["language"].to_list() == ["ru", "kk", "ru"]


def test_equals_across_the_last_of_several_streams_are_refused_at_all_of_them() -> None:
    case = Case(
        {"a": 5, "b": 5, "c": 5},
        {("A", "kk"): 1, ("A", "ru"): 1},
        {"A": 0},
        {"a": [("A", None, 0)], "b": [("A", "kk", 0)], "c": [("A", None, 0)]},
    )
    assert set(held(admit(*case.tables(), tie="reject")).values()) == {None}


def test_reject_settles_boarding_first_so_that_its_losers_do_not_cost_others_a_seat() -> None:
    case = Case(
        {"a": 5, "b": 5, "c": 5},
        {("A", None): 2},
        {"A": 1},
        {"a": [("A", None, 1)], "b": [("A", None, 1)], "c": [("A", None, 0)]},
    )
    result = admit(*case.tables(), tie="reject")
    assert held(result) == {"a": None, "b": None, "c": 1}
    assert result.skipped["code"].to_list() == ["boarding-tied", "boarding-tied"]


def test_declared_seats_that_differ_from_the_tenth_are_used_and_noted() -> None:
    people, quotas, wishes = small().tables()
    result = admit(people, quotas.with_columns(intake=pl.lit(96), seats=pl.lit(2)), wishes)
    assert held(result) == {"a": 1, "b": 1}
    assert result.warnings == (
        "school A declares 2 seat(s), not 9, which is 10 % of its intake of 96 (floor);"
        " the declared figure is used",
    )


def test_a_school_or_language_outside_the_quotas_is_skipped_with_a_reason() -> None:
    case = Case({"a": 5}, {("A", "kk"): 1}, {"A": 0}, {"a": [("Z", None, 0), ("A", "ru", 0), ("A", "kk", 0)]})
    result = admit(*case.tables())
    assert result.skipped.select("preference", "code").rows() == [(1, "unknown-school"), (2, "no-stream")]
    assert held(result) == {"a": 3}


def test_strangers_are_ignored_with_a_warning() -> None:
    people, quotas, wishes = small().tables()
    result = admit(people.filter(participant="b"), quotas, wishes)
    assert held(result) == {"b": 1}
    assert result.warnings == ("1 participant applied without being among the applicants and was ignored",)


def test_a_school_without_its_own_list_keeps_the_general_order_and_unlisted_people_come_last() -> None:
    case = Case(
        {"a": 3, "b": 2, "c": 1},
        {("A", None): 1, ("B", None): 1},
        {"A": 0, "B": 0},
        {p: [("A", None, 0), ("B", None, 0)] for p in "abc"},
    )
    result = admit(*case.tables(), priorities=priority_table({"A": ["c"]}))
    assert held(result) == {"c": 1, "a": 2, "b": None}


def test_explanations_join_the_placement_with_every_option_passed_over() -> None:
    result = admit(*small().tables())
    assert (
        dict(result.explanations().iter_rows())["b"]
        == "no option could be given; A: full: last admitted 2, you 1"
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"boarding": pl.Series([1, 2])}, "school A gives different boarding places"),
        ({"intake": pl.Series([-1, 5])}, "school A has a negative figure"),
        ({"language": pl.Series(["kk", "kk"])}, "school A has two quotas for one language"),
        ({"seats": None, "intake": None}, "school A has neither intake nor seats"),
    ],
)
def test_quotas_that_contradict_themselves_are_refused_by_the_schools_name(change: dict, words: str) -> None:  # type: ignore[type-arg]
    case = small(seats={("A", "kk"): 1, ("A", "ru"): 1})
    people, quotas, wishes = case.tables()
    bad = quotas.with_columns(**{k: pl.lit(None, pl.Int64) if v is None else v for k, v in change.items()})
    with pytest.raises(AdmissionError, match=words):
        admit(people, bad, wishes)


def test_one_preference_for_two_options_is_refused_without_naming_the_person() -> None:
    people, quotas, wishes = small(lists={"a": [("A", None, 0), ("B", None, 0)], "b": []}).tables()
    with pytest.raises(AdmissionError, match="preference 1 of one participant to two options"):
        admit(people, quotas, wishes.with_columns(preference=pl.lit(1)))


def test_a_participant_twice_among_the_applicants_is_refused() -> None:
    people, quotas, wishes = small().tables()
    with pytest.raises(AdmissionError, match="name a participant twice"):
        admit(pl.concat([people, people]), quotas, wishes)


def test_a_missing_column_is_named() -> None:
    people, quotas, wishes = small().tables()
    with pytest.raises(AdmissionError, match="applications lacks the column 'boarding'"):
        admit(people, quotas, wishes.drop("boarding"))


def test_withdrawing_a_stranger_is_refused() -> None:
    people, quotas, wishes = small().tables()
    with pytest.raises(AdmissionError, match="withdrawn is not among the applicants"):
        reallocate(admit(people, quotas, wishes), quotas, wishes, ["zz"])


def test_reallocation_keeps_a_seat_that_counts_against_the_quota_for_any_language() -> None:
    case = Case(
        {"a": 2, "b": 1}, {("A", "kk"): 0, ("A", None): 1}, {"A": 0}, {p: [("A", "kk", 0)] for p in "ab"}
    )
    people, quotas, wishes = case.tables()
    before = admit(people, quotas, wishes)
    assert held(reallocate(before, quotas, wishes, [], "float")) == {"a": 1, "b": None}


def test_an_empty_season_gives_empty_tables() -> None:
    case = Case({}, {("A", None): 1}, {"A": 0}, {})
    for tie in ("strict", "reject", "admit"):
        result = admit(*case.tables(), tie=tie)
        assert (result.placements.height, result.skipped.height, result.cutoffs["filled"].to_list()) == (
            0,
            0,
            [0],
        )


def test_lot_tickets_are_those_anyone_computes_with_hmac_sha256() -> None:
    seed = hashlib.sha256(b"DRAW-1/seed\0" + hashlib.sha256(b"A1\nB2\n").digest() + b"462").digest()
    expected = hmac.new(seed, b"DRAW-1/ticket\0adm-2026\0B2", "sha256").digest()
    assert lot_seed(["B2", "A1"], "462") == seed
    assert lot_tickets(["B2", "A1"], "adm-2026", "462")["B2"] == expected
    assert lot_tickets(["A1", "B2"], "adm-2026", "463")["B2"] != expected


@pytest.mark.parametrize(
    ("ids", "draw", "dice"),
    [(["A", "A"], "d", ""), (["A", ""], "d", ""), (["A"], "d", "1 2"), (["A"], "", ""), (["A"], "d", "٣")],
)
def test_a_lot_that_others_could_not_recompute_is_refused(ids: list[str], draw: str, dice: str) -> None:
    with pytest.raises(LotError):
        lot_tickets(ids, draw, dice)
