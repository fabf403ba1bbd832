"""A step's keys are its job's signature: whatever does not fit is refused in one sentence that names the key."""

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Literal

import polars as pl
import pytest
from unit.tables import ROOT, rulebook

from jobs.binding import BoundStep, Ceremony, Choice, Codes, Job, Kept, Lookup, Lot, Standing, Zone, bind
from jobs.calendar import Window
from jobs.catalogue import JOBS
from jobs.errors import ParameterFault
from jobs.rulebook import load
from jobs.verdicts import Decisions, no_verdicts
from jobs.workdays import Workdays
from worker.workdays import kazakhstan

WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


def everything(
    entries: pl.DataFrame,
    *,
    number: int,
    text: str,
    flag: bool = False,
    names: list[str] | None = None,
    where: Mapping[str, int] | None = None,
    choice: Literal["one", "two"] = "one",
    share: Fraction = Fraction(1, 2),
    window: Window | None = None,
    feed: pl.DataFrame | None = None,
    lot: Lot | None = None,
    is_: str = "",
) -> Decisions:
    return Decisions(no_verdicts())


def whole(
    entries: pl.DataFrame, *, window: Window, moment: datetime, feed: pl.DataFrame, lot: Lot, zone: Zone
) -> Decisions:
    return Decisions(no_verdicts())


JOB = Job("everything", everything)
NEEDED: dict[str, Any] = {"number": 1, "text": "x"}


def bound(job: Job, **written: Any) -> BoundStep:
    return bind(
        {"clause": "1"},
        job,
        written,
        windows={"stage-1": WINDOW},
        moments={"stage-1": MOMENT},
        feeds=["roster", "keys"],
    )


def test_values_are_given_as_they_are_and_defaults_stay_the_jobs() -> None:
    step = bound(JOB, **NEEDED, flag=True, names=["a", "b"], choice="two")
    assert step.given == {"number": 1, "text": "x", "flag": True, "names": ["a", "b"], "choice": "two"}
    assert step.tables == {} and step.standings == {} and step.brought == {}


def test_names_of_windows_moments_and_feeds_are_resolved() -> None:
    step = bound(Job("whole", whole), window="stage-1", moment="stage-1", feed="keys")
    assert step.given == {"window": WINDOW, "moment": MOMENT}
    assert step.tables == {"feed": "keys"}
    assert step.feeds == {"keys"}
    assert step.brought[Lot] == "lot"
    assert step.brought[Zone] == "zone"


def test_what_the_pipeline_brings_is_not_needed_in_the_rulebook_and_the_contests_zone_comes_from_it() -> None:
    age = next(
        step for step in rulebook().stage("registration").steps if step.given.get("is_") == "adult-iin"
    )
    assert age.brought[Zone] == "zone"
    assert "zone" not in age.given


@pytest.mark.parametrize(
    ("written", "share"),
    [("90 %", Fraction(9, 10)), ("1%", Fraction(1, 100)), ("9/10", Fraction(9, 10)), (1, Fraction(1)),
     ("0.5 %", Fraction(1, 200)), ("33.3%", Fraction(333, 1000))],
)  # fmt: skip
def test_a_share_is_exact(written: object, share: Fraction) -> None:
    assert bound(JOB, **NEEDED, share=written).given["share"] == share


def test_a_key_named_like_a_word_of_python_is_written_without_its_underscore() -> None:
    assert bound(JOB, **NEEDED, **{"is": "present"}).given["is_"] == "present"


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"speed": 3}, "everything has no key 'speed'; it takes number, text, flag"),
        ({"number": None}, "everything.number: None is not int"),
        ({"number": "1"}, "everything.number: '1' is not int"),
        ({"number": True}, "everything.number: True is not int"),
        ({"number": 1.5}, "everything.number: 1.5 is not int"),
        ({"text": 1}, "everything.text: 1 is not str"),
        ({"flag": "yes"}, "everything.flag: 'yes' is not bool"),
        ({"names": "a"}, "everything.names: 'a' is not"),
        ({"names": ["a", 1]}, "everything.names: ['a', 1] is not"),
        ({"choice": "three"}, "everything.choice: 'three' is not one of 'one', 'two'"),
        ({"share": "nine tenths"}, "everything.share: 'nine tenths' is not a share"),
        ({"share": "1/0"}, "everything.share: '1/0' is not a share"),
        ({"share": ["90 %"]}, "everything.share: ['90 %'] is not a share"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence_with_its_key(
    written: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ParameterFault) as caught:
        bound(JOB, **(NEEDED | written))
    text = str(caught.value)
    assert sentence in text
    assert text.endswith(".") and "\n" not in text


@pytest.mark.parametrize("name", ["lot", "zone"])
def test_what_the_pipeline_brings_cannot_be_written(name: str) -> None:
    with pytest.raises(ParameterFault) as caught:
        bound(Job("whole", whole), window="stage-1", moment="stage-1", feed="keys", **{name: "UTC"})
    assert f"whole has no key {name!r}; it takes window, moment, feed." in str(caught.value)


def test_a_key_that_the_job_needs_is_named() -> None:
    with pytest.raises(ParameterFault, match="everything needs the key 'number'"):
        bound(JOB, text="x")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("window", "stage-9", "whole.window: 'stage-9' is no window of [season]; there are stage-1"),
        ("moment", "never", "whole.moment: 'never' is no moment of [season]"),
        ("feed", "lists", "whole.feed: 'lists' is no feed; there are keys, roster"),
        ("feed", 3, "whole.feed: 3 is no feed"),
    ],
)
def test_an_unknown_name_is_refused_with_those_there_are(name: str, value: object, sentence: str) -> None:
    with pytest.raises(ParameterFault) as caught:
        bound(
            Job("whole", whole),
            **({"window": "stage-1", "moment": "stage-1", "feed": "keys"} | {name: value}),
        )
    assert sentence in str(caught.value)


def test_every_job_of_the_catalogue_takes_entries_first_and_only_kinds_that_can_be_written() -> None:
    writable = (
            int, str, bool, Fraction, Window, datetime, pl.DataFrame, Standing, Lookup, Lot, Zone, Choice, Ceremony,
            Codes, Kept, Workdays,
        )  # fmt: skip
    for name, job in JOBS.items():
        assert name == job.name
        for key, (kind, parameter) in job.parameters.items():
            assert parameter.kind is parameter.KEYWORD_ONLY, f"{name}.{key}"
            plain = kind in writable or kind == pl.DataFrame | None
            assert plain or getattr(kind, "__args__", None), f"{name}.{key}: {kind}"


def test_every_job_of_the_catalogue_is_used_by_a_rulebook() -> None:
    files = [file for file in (ROOT / "contests").glob("*.toml") if not file.name.endswith(".cases.toml")]
    books = [load(file.read_text(encoding="utf-8"), file.name, kazakhstan) for file in files]
    used = {step.job.name for book in books for stage in book.stages for step in stage.steps}
    assert used == set(JOBS)
