"""Whose work it is, and who has published anything."""

import polars as pl
import pytest
from unit.tables import codes_of, verdicts_of

from jobs.accounts import account_name
from jobs.author import author
from jobs.binding import Standing
from jobs.published import published
from jobs.verdicts import Decisions

TAKE = ["region", "school"]


def people(*rows: tuple[str, str | None, str | None]) -> pl.DataFrame:
    """Id, account names, region; the school is that of the id."""
    schema = {"entry": pl.String, "handles": pl.String, "region": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        school=pl.format("school of {}", "entry")
    )


TEACHERS = people(("T1", "Aigul.teacher @aigul_2", "KZ-10"), ("T2", "https://www.tiktok.com/@Berik", "KZ-33"),
                  ("T3", None, "KZ-10"))  # fmt: skip


def works(*accounts: str | None, **others: list[str | None]) -> pl.DataFrame:
    entries = [f"w{n}" for n in range(len(accounts))]
    return pl.DataFrame(
        {"entry": entries, "participant": list(accounts), **others},
        schema={"entry": pl.String, "participant": pl.String} | dict.fromkeys(others, pl.String),
    )


def found(entries: pl.DataFrame, known: pl.DataFrame = TEACHERS) -> Decisions:
    return author(entries, people=Standing(known), account="participant", handles="handles", take=TAKE)


def taken(decisions: Decisions) -> list[tuple[object, ...]]:
    assert decisions.columns is not None
    return decisions.columns.drop("entry").rows()


@pytest.mark.parametrize(
    ("account", "person"),
    [
        ("aigul.teacher", "T1"),
        ("AIGUL.TEACHER", "T1"),
        ("@aigul_2", "T1"),
        ("https://instagram.com/aigul_2/?hl=kk", "T1"),
        ("berik", "T2"),
        ("tiktok.com/@berik/video/7490000000000000002", "T2"),
        ("T3", "T3"),
        ("t1", "T1"),
    ],
)
def test_an_account_is_a_persons_own_id_or_one_of_the_names(account: str, person: str) -> None:
    decisions = found(works(account))
    region = "KZ-33" if person == "T2" else "KZ-10"
    assert decisions.verdicts.select("verdict", "code").rows() == [("in", "author-known")]
    assert taken(decisions) == [(person, region, f"school of {person}")]


@pytest.mark.parametrize("account", ["somebody", "aigul", "aigul.teacher2", "", "@", None])
def test_a_work_of_no_participant_is_out(account: str | None) -> None:
    decisions = found(works(account))
    assert decisions.verdicts.select("verdict", "code").rows() == [("out", "no-author")]
    assert taken(decisions) == [(None, None, None)]


def test_an_account_of_two_people_is_for_people_to_judge() -> None:
    two = people(("T1", "shared one", "KZ-10"), ("T2", "SHARED", "KZ-10"))
    decisions = found(works("shared", "one"), two)
    assert verdicts_of(decisions.verdicts) == {"w0": "undecided", "w1": "in"}
    assert decisions.verdicts["why"][0] == "2 people have this account"
    assert taken(decisions)[0] == (None, "KZ-10", None)
    assert decisions.evidence["claims"].rows() == [("w0", "T1"), ("w0", "T2")]


def test_a_name_that_one_person_gives_twice_is_one_persons() -> None:
    assert verdicts_of(found(works("a"), people(("T1", "a @A a", "KZ-10"))).verdicts) == {"w0": "in"}


def test_an_id_that_is_anothers_account_name_is_an_account_of_two_people() -> None:
    two = people(("T1", None, "KZ-10"), ("T2", "t1", "KZ-33"))
    assert verdicts_of(found(works("T1"), two).verdicts) == {"w0": "undecided"}


def test_the_participants_region_goes_before_what_the_work_says_and_that_is_mentioned() -> None:
    decisions = found(works("berik", "berik", "berik", region=["KZ-75", "KZ-33", None]))
    assert [row[1] for row in taken(decisions)] == ["KZ-33"] * 3
    assert codes_of(decisions.verdicts) == {
        "w0": "author-differs", "w1": "author-known", "w2": "author-known",
    }  # fmt: skip
    assert verdicts_of(decisions.verdicts)["w0"] == "in"
    assert decisions.verdicts["why"][0].endswith("its own region is not the participant's, which counts")


def test_of_two_people_from_different_regions_the_work_keeps_its_own() -> None:
    two = people(("T1", "shared", "KZ-10"), ("T2", "shared", "KZ-33"))
    assert taken(found(works("shared", region=["KZ-33"]), two))[0][1] == "KZ-33"


def test_nobody_is_no_fault() -> None:
    assert found(works()).verdicts.height == 0
    assert verdicts_of(found(works("a"), people()).verdicts) == {"w0": "out"}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("  @Name ", "name"),
        ("https://m.instagram.com/na.me", "na.me"),
        ("instagram.com/na_me#x", "na_me"),
        ("HTTPS://WWW.TIKTOK.COM/@NAME?lang=kk", "name"),
        ("https://example.com/name", "https://example.com/name"),
        ("", None),
    ],
)
def test_a_name_is_compared_without_what_is_around_it(written: str, name: str | None) -> None:
    assert pl.select(account_name(pl.lit(written))).item() == name


def test_who_published_nothing_is_out() -> None:
    sent = works("AIGUL_2", "t3", "somebody", None)
    verdicts = published(TEACHERS, works=sent, account="participant", handles="handles").verdicts
    assert verdicts_of(verdicts) == {"T1": "in", "T2": "out", "T3": "in"}
    assert codes_of(verdicts) == {"T1": "published", "T2": "nothing-published", "T3": "published"}


def test_where_nothing_was_published_everybody_is_out() -> None:
    verdicts = published(TEACHERS, works=works(), account="participant", handles="handles").verdicts
    assert set(verdicts["verdict"]) == {"out"}
