"""A second opinion on every case: bench/ writes each rule once more in plain polars, and the two must agree."""

import opinions
import polars as pl
import pytest
from bare import BARE, WITHOUT
from peers import differing

from jobs.catalogue import JOBS
from jobs.verdicts import VERDICT_SCHEMA, Decisions


@pytest.mark.long
@pytest.mark.parametrize("contest", opinions.contests())
def test_a_second_writing_of_the_rules_gives_every_case_the_same_verdicts(contest: str) -> None:
    found = opinions.Opinions()
    opinions.second_opinion(contest, found, frozenset(BARE))
    assert found.faults == []
    assert found.entries.total() > 0


def test_every_job_is_written_a_second_time_or_it_is_said_why_not() -> None:
    assert BARE.keys().isdisjoint(WITHOUT)
    assert BARE.keys() | WITHOUT.keys() == set(JOBS)


def _verdicts(**told: str) -> pl.DataFrame:
    rows = [(entry, verdict, "code", "why", None) for entry, verdict in told.items()]
    return pl.DataFrame(rows, schema=VERDICT_SCHEMA, orient="row")


@pytest.mark.parametrize(
    ("peers", "found"),
    [
        (_verdicts(aru="in", dana="out"), []),
        (_verdicts(aru="in", dana="undecided"), [("dana", "verdict")]),
        (_verdicts(aru="in"), [("dana", "verdict")]),
        (_verdicts(aru="in", dana="out", serik="in"), [("serik", "verdict")]),
        (_verdicts(aru="in", dana="out").with_columns(rank=pl.Series([1, 2])), []),
        (_verdicts(aru="in", dana="out").with_columns(rank=pl.Series([1, 1])), [("dana", "rank")]),
    ],
    ids=["the same", "another verdict", "none", "one too many", "the same figures", "another figure"],
)
def test_another_verdict_none_and_another_figure_are_told(
    peers: pl.DataFrame, found: list[tuple[str, str]]
) -> None:
    ours = Decisions(
        _verdicts(aru="in", dana="out"), pl.DataFrame({"entry": ["aru", "dana"], "rank": [1, 2]})
    )
    assert differing(ours, peers).select("entry", "what").rows() == found


def test_the_bench_ends_with_a_sentence_where_a_peer_says_something_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["opinions.py", "--only", "best-sor", "unique"])
    opinions.main()
    assert "unique" in capsys.readouterr().out
    kept = BARE["unique"]
    wrong = pl.lit("undecided").alias("verdict")
    monkeypatch.setitem(BARE, "unique", lambda *given: kept(*given).with_columns(wrong))
    with pytest.raises(SystemExit, match=r"unique: to \d+ of \d+ entries its peer gives another verdict"):
        opinions.main()
