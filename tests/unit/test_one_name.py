"""[one-name]: one thing under several names is one thing, wherever it is read."""

import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from jobs.feeds import FEEDS
from jobs.pipeline import named_alike, obstacle
from jobs.rulebook import Rulebook, RulebookFault
from jobs.rulebook.loading import build
from worker.workdays import kazakhstan

FILE = Path(__file__).parents[2] / "contests" / "subject-olympiad.toml"


def rulebook(**names: list[str]) -> Rulebook:
    table: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    if names:
        table["one-name"]["names"] = names
    return build(table, FILE.name, "0" * 64, kazakhstan)


def results(*rows: tuple[str, str, str]) -> dict[str, pl.DataFrame]:
    told = pl.DataFrame(rows, schema=["participant", "subject", "score"], orient="row")
    spec = FEEDS["results"].columns
    whole = told.with_columns(stage=pl.lit("stage-4"), grade=pl.lit(10), region=pl.lit("KZ-63"))
    empty = [pl.lit(None).alias(name) for name in spec if name not in whole.columns]
    table = whole.with_columns(empty).select(pl.col(name).cast(each.dtype) for name, each in spec.items())
    return {"results": table}


def test_spellings_become_the_name_before_them_in_capitals_or_not() -> None:
    read = named_alike(rulebook(), results(("a", "ИСТОРИЯ казахстана", "1"), ("b", "Қазақстан тарихы", "1")))
    assert read["results"]["subject"].to_list() == ["Қазақстан тарихы", "Қазақстан тарихы"]


def test_what_capitals_alone_tell_apart_is_one_name_in_every_table() -> None:
    results_of = results(("a", "ШАХМАТЫ", "1"), ("b", "шахматы", "1"), ("c", "ЭВМ", "1"))
    jurors = results(("d", "Шахматы", "1"))["results"]
    read = named_alike(rulebook(), {**results_of, "jurors": jurors})
    assert read["results"]["subject"].to_list() == ["Шахматы", "Шахматы", "ЭВМ"]
    assert read["jurors"]["subject"].to_list() == ["Шахматы"]


def test_what_no_name_has_stays_and_so_do_other_columns() -> None:
    tables = results(("Основы права", "Шахматы", "1"))
    read = named_alike(rulebook(), tables)
    assert read["results"].equals(tables["results"])


def test_one_result_in_two_languages_is_a_contradiction_and_not_two_results() -> None:
    tables = results(("a", "История Казахстана", "40"), ("a", "Қазақстан тарихы", "12"), ("b", "Физика", "1"))
    book = rulebook()
    assert "two files disagree" in str(obstacle(book, book.stage("winners"), tables))


def test_a_spelling_under_two_names_is_refused() -> None:
    with pytest.raises(RulebookFault, match="'физика' stands under two names"):
        rulebook(Физика=["Physics"], Химия=["физика"])
