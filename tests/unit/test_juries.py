"""Who sits on a jury, whose own pupils it judges, and how it votes."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.tables import law
from unit.test_jury import table

from jobs.binding import Standing
from jobs.composition import composition
from jobs.conflict import conflict
from jobs.errors import ParameterFault
from jobs.motion import motion
from jobs.names import folded_name
from jobs.verdicts import Decisions


def seats(*roles: str, group: str | None = None) -> pl.DataFrame:
    """Jurors of one body by their roles."""
    names = [f"{group or 'j'}{at}" for at in range(len(roles))]
    return pl.DataFrame(
        {"entry": names, "role": list(roles), "group": pl.Series([group] * len(roles), dtype=pl.String)}
    )


def composed(*roles: str, **keys: Any) -> str:
    wanted = {"least": 5, "odd": True, "chair": True} | keys
    codes = composition(seats(*roles), **wanted).verdicts["code"].unique()
    return str(codes.item())


@pytest.mark.parametrize(
    ("roles", "keys", "code"),
    [
        (["chair", *["member"] * 4], {}, "composed"),
        (["chair", *["member"] * 3], {}, "too-few-members"),
        (["chair", *["member"] * 3, "secretary"], {}, "too-few-members"),
        (["chair", *["member"] * 5], {}, "even-members"),
        (["chair", *["member"] * 5], {"odd": False}, "composed"),
        (["chair", *["member"] * 4, "secretary"], {"secretary": True}, "composed"),
        (["chair", *["member"] * 4], {"secretary": True}, "no-secretary"),
        (["member"] * 5, {}, "no-chair"),
        (["chair", "chair", *["member"] * 3], {}, "several-chairs"),
        (["member"] * 5, {"chair": False}, "composed"),
    ],
)
def test_a_jury_is_odd_of_five_at_least_with_one_chair(
    roles: list[str], keys: dict[str, Any], code: str
) -> None:
    assert composed(*roles, **keys) == code


def test_one_person_does_not_make_up_a_jury_under_two_ids() -> None:
    names = ["Үлгі Анна", "Анна Үлгі", "Басқа Адам"]
    jury = seats("chair", "member", "member").with_columns(
        pl.Series("name", names), juror="entry", group=pl.lit("a")
    )
    asked = composition(jury, least=3, odd=True, chair=True).verdicts
    assert asked["code"].unique().to_list() == ["member-twice"]
    one_id = jury.with_columns(juror=pl.lit("j1"))  # one person on two seats of the list
    assert composition(one_id, least=3, odd=True, chair=True).verdicts["code"].unique().to_list() == [
        "composed"
    ]


def test_each_body_is_counted_by_itself_and_asked_about_as_a_whole() -> None:
    both = pl.concat([seats("chair", *["member"] * 4, group="a"), seats("chair", *["member"] * 3, group="b")])
    made = composition(both, least=5, odd=True, chair=True)
    assert made.verdicts["verdict"].to_list() == ["in"] * 5 + ["undecided"] * 4
    assert made.evidence["composition"].rows() == [
        ("a", 5, 1, 0, "composed"),
        ("b", 4, 1, 0, "too-few-members"),
    ]


# --- conflicts ---


def juror(**cells: object) -> pl.DataFrame:
    row = {"juror": "j1", "role": "member", "name": "Үлгі Әлия", "stage": "stage-4"} | cells
    return table("jurors", row).with_columns(entry=pl.col("juror"))


def sign(seat: pl.DataFrame, *people: Mapping[str, object], **keys: Any) -> tuple[str, str]:
    entered = table("entrants", *({"participant": "a", "nomination": "x"} | dict(row) for row in people))
    made = conflict(seat, people=entered, **keys)
    return made.verdicts.select("verdict", "code").row(0)


@pytest.mark.parametrize("teacher", ["Үлгі Әлия", "Әлия ҮЛГІ", "Басқа Б.; Үлгі Әлия"])
def test_the_name_of_a_participants_teacher_is_a_sign_that_people_judge(teacher: str) -> None:
    assert sign(juror(), {"teacher": teacher}) == ("undecided", "namesake-of-teacher")


def test_a_pupil_whom_the_list_names_is_no_mere_likeness() -> None:
    assert sign(juror(teaches="b a"), {"teacher": "Үлгі Әлия"}) == ("undecided", "own-pupil")


@pytest.mark.parametrize("teacher", ["Үлгі Ә.", "Ulgi Aliya", "Басқа Б.; A. Ülgi"])
def test_a_name_that_is_written_otherwise_is_asked_about(teacher: str) -> None:
    assert sign(juror(), {"teacher": teacher}) == ("undecided", "may-be-teacher-of")


@pytest.mark.parametrize("teacher", [None, "", "Үлгі Б.", "Үлгі", "Ulgi Asel"])
def test_another_or_no_name_is_no_conflict(teacher: str | None) -> None:
    assert sign(juror(), {"teacher": teacher}) == ("in", "no-conflict")


def test_a_juror_without_a_name_has_no_namesake() -> None:
    assert sign(juror(name=None), {"teacher": None}) == ("in", "no-conflict")


@pytest.mark.parametrize(
    ("before", "code"),
    [
        ({"juror": "j1", "name": None}, "earlier-jury"),
        ({"juror": "other", "name": "Әлия Үлгі"}, "earlier-jury"),
        ({"juror": "other", "name": "Үлгі Әлия Асқарқызы"}, "may-be-of-earlier-jury"),
        ({"juror": "other", "name": "Ә. Үлгі"}, "may-be-of-earlier-jury"),
        ({"juror": "other", "name": "Ulgi Aliya"}, "may-be-of-earlier-jury"),
        ({"juror": "other", "name": "Басқа Б."}, "no-conflict"),
    ],
)
def test_a_juror_of_an_earlier_stage_is_known_by_id_or_by_name(before: dict[str, object], code: str) -> None:
    earlier = table("jurors", {"role": "member", "stage": "stage-3", **before})
    assert sign(juror(), {}, jurors=earlier, earlier=["stage-2", "stage-3"])[1] == code
    assert sign(juror(), {}, jurors=earlier, earlier=["stage-1"])[1] == "no-conflict"


def test_earlier_juries_need_the_list_of_jurors() -> None:
    with pytest.raises(ParameterFault, match="together"):
        conflict(juror(), people=table("entrants"), earlier=["stage-1"])


def test_a_folded_name_forgets_capitals_order_dots_and_yo() -> None:
    names = pl.DataFrame({"name": ["Алёна ҮЛГІ", " үлгі  алена. ", "", None]})
    assert names.select(folded_name(pl.col("name"))).to_series().to_list() == ["алена үлгі"] * 2 + [None] * 2


# --- votes ---


def voted(*votes: str, about: str | None = None, **keys: Any) -> Decisions:
    """A motion on which the chair j0 and the members j1 … voted so; an empty vote is none."""
    jurors = keys.pop("jurors", None)
    members = [{"juror": f"j{at}", "role": "member" if at else "chair"} for at in range(len(votes))]
    ballots = [
        {"motion": "m", "juror": f"j{at}", "vote": vote, "about": about}
        for at, vote in enumerate(votes)
        if vote
    ]
    entries = pl.DataFrame({"entry": ["m"], "about": pl.Series([about], dtype=pl.String)})
    bench = table("jurors", *members) if jurors is None else jurors
    return motion(
        entries, votes=table("votes", *ballots), jurors=bench, **({"quorum": Fraction(2, 3)} | keys)
    )


def said(*votes: str, **keys: Any) -> tuple[str, str]:
    return voted(*votes, **keys).verdicts.select("verdict", "code").row(0)


FOR, AGAINST, ABSENT = "for", "against", "absent"


@pytest.mark.parametrize(
    ("votes", "verdict", "code"),
    [
        ([FOR, FOR, AGAINST], "in", "carried"),
        ([FOR, AGAINST, AGAINST], "out", "rejected"),
        ([FOR, FOR, AGAINST, AGAINST], "in", "carried-by-chair"),
        ([AGAINST, FOR, FOR, AGAINST], "out", "rejected-by-chair"),
        (["abstained", FOR, AGAINST], "undecided", "tied-without-chair"),
        ([ABSENT, FOR, AGAINST], "undecided", "tied-without-chair"),
        ([FOR, FOR, ABSENT], "in", "carried"),
        ([FOR, FOR, ""], "in", "carried"),
        ([FOR, ABSENT, ABSENT], "undecided", "no-quorum"),
        ([FOR, FOR, FOR, ABSENT, ABSENT], "undecided", "no-quorum"),
        ([FOR, FOR, FOR, FOR, ABSENT, ABSENT], "in", "carried"),
        ([ABSENT, ABSENT], "undecided", "no-quorum"),
    ],
)
def test_a_tie_is_decided_by_the_chair_and_two_thirds_are_a_quorum(
    votes: list[str], verdict: str, code: str
) -> None:
    assert said(*votes) == (verdict, code)


def test_whoever_teaches_the_participant_neither_votes_nor_counts_for_the_quorum() -> None:
    jurors = table(
        "jurors",
        {"juror": "j0", "role": "chair"},
        {"juror": "j1", "role": "member", "teaches": "a"},
        {"juror": "j2", "role": "member"},
    )
    made = voted(FOR, AGAINST, AGAINST, about="a", jurors=jurors)
    assert made.verdicts["code"].to_list() == ["carried-by-chair"]
    assert made.columns is not None
    assert made.columns.select("members", "present", "recused").row(0) == (2, 2, 1)
    assert said(FOR, AGAINST, AGAINST, about="b", jurors=jurors) == ("out", "rejected")


def test_the_teacher_of_the_participant_is_known_by_name_too() -> None:
    jurors = table(
        "jurors", {"juror": "j0", "role": "chair"}, {"juror": "j1", "role": "member", "name": "Үлгі Әлия"}
    )
    pupils = Standing(pl.DataFrame({"entry": ["a"], "teacher": ["Әлия Үлгі"]}))
    assert said(AGAINST, FOR, about="a", jurors=jurors) == ("out", "rejected-by-chair")
    assert said(AGAINST, FOR, about="a", jurors=jurors, standing=pupils) == ("out", "rejected")


def test_a_vote_of_whoever_may_be_the_teacher_is_asked_about() -> None:
    jurors = table(
        "jurors", {"juror": "j0", "role": "chair"}, {"juror": "j1", "role": "member", "name": "Үлгі Әлия"}
    )
    pupils = Standing(pl.DataFrame({"entry": ["a"], "teacher": ["Ulgi A."]}))
    keys = {"about": "a", "jurors": jurors, "standing": pupils}
    assert said(FOR, FOR, **keys) == ("undecided", "voter-may-be-teacher")
    assert said(FOR, ABSENT, quorum=Fraction(1, 2), **keys) == ("in", "carried")


def test_a_vote_of_somebody_who_is_no_member_is_asked_about() -> None:
    jurors = table("jurors", {"juror": "j0", "role": "chair"}, {"juror": "j1", "role": "secretary"})
    assert said(FOR, FOR, jurors=jurors) == ("undecided", "voter-not-listed")


@pytest.mark.parametrize("quorum", [Fraction(3, 2), Fraction(0)])
def test_three_halves_of_the_members_are_no_quorum_that_can_be_written(quorum: Fraction) -> None:
    with pytest.raises(ParameterFault, match="no share"):
        said(FOR, quorum=quorum)


@law
@given(st.lists(st.sampled_from([FOR, AGAINST, "abstained", ABSENT]), min_size=1, max_size=9))
def test_a_motion_goes_as_a_count_by_hand_says(votes: list[str]) -> None:
    present = [vote for vote in votes if vote != ABSENT]
    margin = votes.count(FOR) - votes.count(AGAINST)
    chair = {FOR: "in", AGAINST: "out"}.get(votes[0], "undecided")
    by_votes = "in" if margin > 0 else "out" if margin < 0 else chair
    assert said(*votes)[0] == (by_votes if 3 * len(present) >= 2 * len(votes) else "undecided")


def test_one_name_does_not_vote_twice_under_two_ids_unasked() -> None:
    names = ("Төрайым Т.", "Үлгі Анна", "Анна Үлгі")
    jurors = table(
        "jurors",
        *({"juror": f"j{at}", "role": "member" if at else "chair", "name": n} for at, n in enumerate(names)),
    )
    assert said(FOR, AGAINST, AGAINST, jurors=jurors) == ("undecided", "voter-twice")
    assert said(FOR, FOR, ABSENT, jurors=jurors) == ("in", "carried")


@pytest.mark.parametrize("numbers", ["2", "12", "122"])
def test_a_member_with_two_ballots_on_one_motion_and_none_on_another_is_asked_about(numbers: str) -> None:
    motions = pl.DataFrame({"entry": ["m1", "m2"], "about": None}).cast(pl.String)
    jurors = table("jurors", *({"juror": f"j{at}", "role": "member" if at else "chair"} for at in range(3)))
    cast = [{"motion": m, "juror": j, "vote": FOR} for m in ("m1", "m2") for j in ("j0", "j1")]
    cast += [{"motion": f"m{at}", "juror": "j2", "vote": FOR} for at in numbers]
    made = motion(motions, votes=table("votes", *cast), jurors=jurors, quorum=Fraction(2, 3))
    assert made.verdicts["code"].to_list() == ["carried", "carried"]
    again = motion(
        motions,
        votes=table("votes", *cast, {"motion": "m2", "juror": "j2", "vote": FOR}),
        jurors=jurors,
        quorum=Fraction(2, 3),
    )
    lacks = numbers == "2"
    codes = ["ballot-under-another-number", "ballot-twice"] if lacks else ["carried", "carried"]
    assert again.verdicts["code"].to_list() == codes


def test_many_motions_of_a_large_body_take_no_row_for_whoever_did_not_vote() -> None:
    motions = pl.DataFrame({"entry": [f"m{at}" for at in range(2_000)], "about": None}).cast(pl.String)
    bench = table("jurors", *({"juror": f"j{at}", "role": "member"} for at in range(2_000)))
    cast = [
        {"motion": "m7", "juror": f"j{at}", "vote": FOR if at < 1_000 else AGAINST} for at in range(1_999)
    ]
    made = motion(motions, votes=table("votes", *cast), jurors=bench, quorum=Fraction(2, 3))
    assert made.evidence["ballots"].height == len(cast)
    assert made.verdicts.filter(entry="m7")["code"].to_list() == ["carried"]
    assert made.verdicts["code"].value_counts().sort("count").rows() == [("carried", 1), ("no-quorum", 1_999)]
