"""Public names of senders: nobody is one of fewer than five, and a name tells as much as it may."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from worker.deliver.protocols.coarse import LEAST, coarse_cuts, coarse_row, public_names

SENDERS = st.builds(
    "/".join,
    st.tuples(
        st.sampled_from(["KZ-63", "KZ-75", "KZ-11"]), st.sampled_from(["Аягөз", "Семей", "Риддер", "Ұлан"])
    ),
) | st.sampled_from(["KZ-63", "KZ-75", "РФММ", "НЗМ"])


def test_a_sender_with_five_people_keeps_its_name_and_one_with_four_goes_by_its_region() -> None:
    assert public_names({"KZ-63/Семей": 5, "KZ-63/Аягөз": 4, "KZ-63/Ұлан": 1}) == {
        "KZ-63/Семей": "KZ-63/Семей",
        "KZ-63/Аягөз": "KZ-63",
        "KZ-63/Ұлан": "KZ-63",
    }


def test_small_ones_of_a_region_that_are_too_few_together_have_no_name() -> None:
    called = public_names({"KZ-63/Семей": 9, "KZ-63/Ұлан": 3, "KZ-75/Риддер": 2})
    assert called == {"KZ-63/Семей": "KZ-63/Семей", "KZ-63/Ұлан": "", "KZ-75/Риддер": ""}


def test_the_only_small_one_takes_the_smallest_named_one_along_or_it_would_be_known_as_the_missing_one() -> (
    None
):
    called = public_names({"KZ-63": 9, "KZ-75": 6, "РФММ": 2})
    assert called == {"KZ-63": "KZ-63", "KZ-75": "", "РФММ": ""}


@given(st.dictionaries(SENDERS, st.integers(1, 12), max_size=16))
def test_behind_every_public_name_and_behind_none_stand_five_or_all_that_there_are(
    people: dict[str, int],
) -> None:
    called = public_names(people)
    assert called.keys() == people.keys()
    behind: Counter[str] = Counter()
    for sender, number in people.items():
        behind[called[sender]] += number
    assert all(number >= LEAST for name, number in behind.items() if name)
    assert behind[""] in (0, sum(people.values())) or behind[""] >= LEAST
    assert all(name in ("", sender, sender.split("/")[0]) for sender, name in called.items())


def cut(sender: str | None, sat: int, places: int | None = 3) -> dict[str, object]:
    return {
        "sender": sender, "sat": sat, "places": places, "entered": 2, "cut": "40", "first_out": "39", "tied": 0,
    }  # fmt: skip


def test_cuts_under_one_name_are_told_together_without_the_points_at_which_each_lies() -> None:
    names = {"KZ-63/Семей": "KZ-63/Семей", "KZ-63/Аягөз": "KZ-63", "KZ-63/Ұлан": "KZ-63", "РФММ": ""}
    cuts = [cut("KZ-63/Семей", 9), cut("KZ-63/Ұлан", 3), cut("KZ-63/Аягөз", 2), cut("РФММ", 7, None)]
    told = [tuple(each.values()) for each in coarse_cuts(cuts, names)]
    assert told == [
        ("KZ-63", 5, 6, 4, None, None, None),
        ("KZ-63/Семей", 9, 3, 2, "40", "39", 0),
        ("", 7, None, 2, None, None, None),
    ]


def test_the_one_cut_of_a_group_without_senders_stays() -> None:
    assert coarse_cuts([cut(None, 40)], {}) == [cut(None, 40)]


def test_a_row_of_a_sender_that_is_not_named_has_no_rank_among_those_of_its_sender() -> None:
    names = {"KZ-63/Семей": "KZ-63/Семей", "KZ-63/Аягөз": "KZ-63"}
    rows = ({"code": "A", "sender": sender, "rank": 3} for sender in ("KZ-63/Семей", "KZ-63/Аягөз", ""))
    told = [(row["sender"], row["rank"]) for row in (coarse_row(each, names) for each in rows)]
    assert told == [("KZ-63/Семей", 3), ("KZ-63", None), ("", 3)]
