"""Both engines beside a plain loop over pairs and items; an analysis is the same bits whatever computes it."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_statistics import alike
from simulation import as_tables, omitting, plant, two_parameter
from unit.tables import law, shuffled

from jobs.integrity.analysis import Analysis, analyse
from jobs.integrity.forms import canonical_forms
from jobs.integrity.planes import pack
from jobs.integrity.screen import STRATA, Borders, Engine, EngineName, Found, Rows, engine_named, strata

NUMBA, NUMPY = engine_named("numba"), engine_named("numpy")
ENGINES = pytest.mark.parametrize("engine", [NUMBA, NUMPY], ids=["numba", "numpy"])

Pair = tuple[int, int, int, int]


@dataclass(frozen=True)
class Case:
    """What a screen is asked, with the sheets as they were before they became bit-planes."""

    codes: np.ndarray[tuple[int, int], np.dtype[np.uint8]]
    key: np.ndarray[tuple[int], np.dtype[np.uint8]]
    rows: Rows
    borders: Borders

    @property
    def size(self) -> int:
        return len(self.codes)


@dataclass(frozen=True)
class Plain:
    """What a plain loop finds: pairs rare enough, pairs with many agreements only, exceedances."""

    rare: list[Pair]
    naive: list[Pair]
    exceed: list[list[int]]


def plain(case: Case, first: int, last: int) -> Plain:
    """Pair by pair, item by item."""
    found = Plain([], [], [[0] * len(case.borders.least) for _ in range(STRATA)])
    for i in range(first, last):
        for j in range(i + 1, int(case.rows.end[i])):
            _pair(case, i, j, found)
    return found


def _pair(case: Case, i: int, j: int, found: Plain) -> None:
    rows, borders = case.rows, case.borders
    seen = alike(case.codes[i].tolist(), case.codes[j].tolist(), case.key.tolist())
    if seen.identical + 2 * seen.eeic < borders.needed[rows.kind[i], j]:
        return
    if borders.across and rows.school[i] == rows.school[j] != -1:
        return
    one, other = int(rows.score[i]), int(rows.score[j])
    reached = [
        bool(seen.eeic >= least[borders.table[one, other], seen.identical - seen.eeic])
        for least in borders.least
    ]
    regions = rows.region[i], rows.region[j]
    if borders.null and -1 not in regions and regions[0] != regions[1]:
        band = int(strata(np.array([one + other]), len(case.key))[0])
        for level, hit in enumerate(reached):
            found.exceed[band][level] += hit
    pair = (i, j, seen.identical, seen.eeic)
    if reached and reached[borders.listed]:
        found.rare.append(pair)
    elif seen.identical >= borders.naive:
        found.naive.append(pair)


def drawn(
    seed: int,
    sheets: int,
    items: int,
    letters: int,
    *,
    room: int = 10**6,
    null: bool,
    across: bool,
    levels: int = 3,
) -> Case:
    """Sheets that are more alike than chance has it, with borders anywhere."""
    rng = np.random.default_rng(seed)
    key = rng.integers(1, letters + 1, items).astype(np.uint8)
    codes = rng.integers(0, letters + 1, (sheets, items)).astype(np.uint8)
    model = rng.integers(0, letters + 1, items)
    codes = np.where(rng.random(codes.shape) < rng.random((sheets, 1)), model, codes).astype(np.uint8)
    score = np.sort((codes == key).sum(axis=1)).astype(np.int32)
    table = rng.integers(0, 4, (items + 1, items + 1)).astype(np.int32)
    kinds = int(rng.integers(1, 5))
    heavy = 3 * items if items > 85 else 255
    rows = Rows(
        planes=pack(codes, key),
        kind=rng.integers(0, kinds, sheets).astype(np.int32),
        score=score,
        school=np.sort(rng.integers(-1, 4, sheets)).astype(np.int32),
        region=rng.integers(-1, 4, sheets).astype(np.int32),
        end=_ends(rng, sheets),
    )
    borders = Borders(
        needed=rng.integers(0, min(heavy, 2 * items + 2), (kinds, sheets)).astype(
            np.uint8 if items <= 85 else np.uint16
        ),
        table=np.maximum(table, table.T),
        least=rng.choice([*range(items // 3 + 2), 255], (levels, 4, items + 1)).astype(np.uint8),
        listed=max(0, levels - 1),
        naive=int(rng.integers(0, items + 2)),
        room=room,
        across=across,
        null=null,
    )
    return Case(codes, key, rows, borders)


def _ends(rng: np.random.Generator, sheets: int) -> "np.ndarray[tuple[int], np.dtype[np.int32]]":
    """Every sheet is compared with all behind it, or with those of its group."""
    if rng.random() < 0.5:
        return np.full(sheets, sheets, np.int32)
    group = np.sort(rng.integers(0, 3, sheets))
    return np.searchsorted(group, group, side="right").astype(np.int32)


def tuples(found: Found) -> list[Pair]:
    return [(int(a), int(b), int(c), int(d)) for a, b, c, d in found.pairs.tolist()]


def judge(engine: Engine, case: Case, first: int, last: int) -> Found:
    """The engine's answer, after it was found equal to the loop's where nothing was short of room."""
    found, expected = engine.screen(case.rows, case.borders, first, last), plain(case, first, last)
    assert found.naive == len(expected.naive)
    assert found.exceed.tolist() == expected.exceed
    rare = set(expected.rare)
    assert [pair for pair in tuples(found) if pair in rare] == sorted(expected.rare)
    others = [pair for pair in tuples(found) if pair not in rare]
    assert len(others) == min(case.borders.room, len(expected.naive))
    assert set(others) <= set(expected.naive)
    assert tuples(found) == sorted(tuples(found))
    return found


# --- against a plain loop ---


@law
@given(
    st.integers(0, 2**32), st.integers(1, 30), st.integers(1, 70) | st.integers(80, 200), st.integers(1, 14),
    st.sampled_from([0, 3, 10**6]), st.booleans(), st.booleans(), st.data(),
)  # fmt: skip
def test_both_engines_find_what_a_plain_loop_finds(
    seed: int, sheets: int, items: int, letters: int, room: int, null: bool, across: bool, data: st.DataObject
) -> None:
    case = drawn(seed, sheets, items, letters, room=room, null=null, across=across)
    first = data.draw(st.integers(0, sheets))
    last = data.draw(st.integers(first, sheets))
    found, again = (judge(engine, case, first, last) for engine in (NUMBA, NUMPY))
    assert tuples(found) == tuples(again)


@ENGINES
@pytest.mark.parametrize("items", [1, 5, 63, 64, 65, 85, 86, 128, 129, 192, 193, 254])
@pytest.mark.parametrize("letters", [6, 7, 14])
def test_no_item_is_lost_where_a_word_of_bits_or_a_byte_of_weight_ends(
    engine: Engine, items: int, letters: int
) -> None:
    case = drawn(items * letters, 16, items, letters, null=True, across=False)
    judge(engine, case, 0, 16)


@ENGINES
@pytest.mark.parametrize("items", [60, 85, 86])
def test_sheets_alike_in_every_wrong_answer_weigh_three_times_their_items(engine: Engine, items: int) -> None:
    case = drawn(1, 3, items, 4, null=False, across=False, levels=1)
    codes = np.tile(case.key % 4 + 1, (3, 1)).astype(np.uint8)
    needed = np.full((1, 3), 3 * items, np.uint8 if items <= 85 else np.uint16)
    rows = case.rows._replace(
        planes=pack(codes, case.key), kind=np.zeros(3, np.int32), end=np.full(3, 3, np.int32)
    )
    borders = case.borders._replace(needed=needed, least=np.zeros_like(case.borders.least))
    found = engine.screen(rows, borders, 0, 3)
    assert tuples(found) == [(0, 1, items, items), (0, 2, items, items), (1, 2, items, items)]


@ENGINES
def test_without_any_level_only_the_number_of_agreements_lists_a_pair(engine: Engine) -> None:
    case = drawn(5, 20, 12, 3, null=False, across=False, levels=0)
    borders = case.borders._replace(naive=5, needed=np.zeros_like(case.borders.needed))
    found = judge(engine, replace(case, borders=borders), 0, 20)
    assert found.naive > 0


@ENGINES
@pytest.mark.parametrize("room", [0, 1, 3, 60])
def test_of_pairs_with_many_agreements_only_as_many_are_kept_as_there_is_room_for(
    engine: Engine, room: int
) -> None:
    case = drawn(7, 20, 12, 3, room=room, null=False, across=False)
    borders = case.borders._replace(naive=3, needed=np.zeros_like(case.borders.needed))
    rows = case.rows._replace(end=np.full(20, 20, np.int32))
    found = judge(engine, replace(case, rows=rows, borders=borders), 0, 20)
    assert found.naive > 60
    assert len(found.pairs) > room


@ENGINES
def test_blanks_agree_with_nothing_and_neither_does_what_lies_behind_the_last_item(engine: Engine) -> None:
    case = drawn(1, 4, 10, 3, null=False, across=False)
    rows = case.rows._replace(planes=pack(np.zeros((4, 10), np.uint8), case.key), end=np.full(4, 4, np.int32))
    borders = case.borders._replace(
        naive=0, needed=np.zeros_like(case.borders.needed), least=case.borders.least[:0]
    )
    assert {pair[2:] for pair in tuples(engine.screen(rows, borders, 0, 4))} == {(0, 0)}


# --- where blocks, tiles and chunks end ---


def by_matrix(case: Case) -> tuple[list[Pair], int]:
    """The pairs of a case without levels, sheet by sheet."""
    pairs: list[Pair] = []
    for i in range(case.size):
        same = (case.codes[i + 1 :] == case.codes[i]) & (case.codes[i] > 0)
        agreed, wrong = same.sum(axis=1), (same & (case.codes[i] != case.key)).sum(axis=1)
        near = (agreed >= case.borders.naive) & (
            agreed + 2 * wrong >= case.borders.needed[case.rows.kind[i], i + 1 :]
        )
        pairs += [(i, i + 1 + int(k), int(agreed[k]), int(wrong[k])) for k in np.flatnonzero(near)]
    return pairs, len(pairs)


@pytest.mark.parametrize("sheets", [31, 32, 33, 255, 256, 257, 258, 1023, 1024, 1025, 1026, 1281, 2305])
def test_no_pair_is_lost_or_met_twice_where_a_block_ends(sheets: int) -> None:
    case = drawn(sheets, sheets, 7, 4, null=False, across=False, levels=0)
    case = replace(
        case,
        rows=case.rows._replace(end=np.full(sheets, sheets, np.int32)),
        borders=case.borders._replace(naive=6 if sheets > 300 else 3),
    )
    expected, count = by_matrix(case)
    assert count > 0
    for engine in (NUMBA, NUMPY):
        found = engine.screen(case.rows, case.borders, 0, sheets)
        assert tuples(found) == expected
        assert found.naive == count
        parts = [engine.screen(case.rows, case.borders, *task) for task in _tasks(sheets)]
        assert [pair for part in parts for pair in tuples(part)] == expected


def _tasks(sheets: int) -> Iterator[tuple[int, int]]:
    """Tasks that begin and end in the middle of tiles."""
    cuts = [0, *range(1, sheets, max(7, sheets // 3)), sheets]
    return pairwise(cuts)


@ENGINES
def test_more_pairs_than_there_is_room_for_at_first_are_all_kept(engine: Engine) -> None:
    case = drawn(3, 420, 3, 2, null=False, across=False, levels=0)
    rows = case.rows._replace(end=np.full(420, 420, np.int32))
    borders = case.borders._replace(naive=0, needed=np.zeros_like(case.borders.needed))
    found = engine.screen(rows, borders, 0, 420)
    assert tuples(found) == by_matrix(Case(case.codes, case.key, rows, borders))[0]
    assert len(found.pairs) == 420 * 419 // 2 > 2**16


def test_the_engine_is_named_or_found() -> None:
    assert engine_named("auto") is NUMBA
    assert {str(getattr(each, "__name__", "")) for each in (NUMBA, NUMPY)} == {
        "jobs.integrity.numba_engine",
        "jobs.integrity.numpy_engine",
    }


# --- the whole analysis ---

BEGIN = datetime(2026, 2, 20, 4, tzinfo=UTC)


def of_two_variants() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Some 900 sheets of two variants: blanks, unknown schools and regions, missing clocks, item times, copying."""
    first = plant(plant(omitting(600, 30, 5), 1, 2, 0.9), 26, 27, 1.0)
    second = two_parameter(300, 30, 6)
    weak = np.flatnonzero(second.score < 15).tolist()
    second = plant(second, weak[0], weak[-1], 0.9)  # of different schools
    rng = np.random.default_rng(1)
    parts, keys = [], []
    for variant, simulated in (("1", first), ("2", second)):
        sheets, key = as_tables(simulated, variant)
        parts.append(sheets.with_columns(entry=pl.lit(f"v{variant}-") + pl.col("entry")))
        keys.append(key)
    sheets = pl.concat(parts)
    known = [pl.Series(each) for each in rng.random((4, sheets.height)) < 0.9]
    lasted = rng.integers(1500, 4000, sheets.height).tolist()
    times = rng.lognormal(3, 0.7, (sheets.height, 30))
    table = sheets.with_columns(
        school_id=pl.when(known[0]).then("school_id"),
        region=pl.when(known[1]).then("region"),
        started_at=pl.lit(BEGIN),
        finished_at=pl.when(known[2]).then(pl.Series([BEGIN + timedelta(seconds=each) for each in lasted])),
        seconds=pl.when(known[3]).then(pl.Series(times.tolist(), dtype=pl.List(pl.Float64))),
    )
    return table, pl.concat(keys)


def digest(analysis: Analysis) -> str:
    """Of every table and figure, floats to their last digit."""
    tables = (analysis.pairs, analysis.people, analysis.clusters, analysis.null, analysis.forms.left_out)
    told = [(table.schema, table.rows()) for table in tables]
    rest = (analysis.compared, analysis.others, analysis.by_school, analysis.notes)
    return hashlib.sha256(repr((told, rest)).encode()).hexdigest()


@cache
def analysed(threads: int, engine: EngineName, seed: int | None = None, schools: bool = True) -> Analysis:
    sheets, keys = of_two_variants()
    sheets = sheets if schools else sheets.drop("school_id")
    if seed is not None:
        sheets, keys = shuffled(sheets, seed), shuffled(keys, seed)
    return analyse(canonical_forms(sheets, keys), engine=engine, threads=threads)


def test_nothing_is_printed_while_sheets_are_analysed(capfd: pytest.CaptureFixture[str]) -> None:
    """Polars warns there, past Python's warnings."""
    analyse(canonical_forms(*of_two_variants()))
    assert capfd.readouterr() == ("", "")


def test_what_is_compared_here_is_worth_comparing() -> None:
    analysis = analysed(1, "numba")
    assert set(analysis.pairs["level"]) == {"none", "review", "recommend"}
    assert analysis.pairs["same_school"].n_unique() == 2
    assert analysis.clusters.height > 1
    assert analysis.null["observed"].sum() > 0
    assert analysis.people["residual"].null_count() < analysis.people.height
    assert set(analysis.people["flags"].str.split(" ").explode()) >= {
        "9.1:too-short",
        "9.2:mismatch",
        "9.3:similar",
    }


@pytest.mark.parametrize("schools", [True, False], ids=["by school", "schools unknown"])
@pytest.mark.parametrize(
    ("threads", "engine", "seed"),
    [
        (2, "numba", None),
        (3, "numba", None),
        (1, "numpy", None),
        (3, "numpy", None),
        (1, "numba", 4),
        (2, "numpy", 9),
    ],
)
def test_the_result_is_the_same_whatever_computes_it_and_in_whatever_order_the_sheets_come(
    threads: int, engine: EngineName, seed: int | None, schools: bool
) -> None:
    assert digest(analysed(threads, engine, seed, schools)) == digest(analysed(1, "numba", None, schools))


@pytest.mark.parametrize("threads", [1, 3])
def test_progress_never_falls_and_ends_with_all_pairs(threads: int) -> None:
    told: list[Sequence[int]] = []
    sheets, keys = of_two_variants()
    forms = canonical_forms(sheets, keys)
    analyse(forms, threads=threads, progress=lambda done, total: told.append((done, total)))
    dones, totals = zip(*told, strict=True)
    enough = [int(form.enough.sum()) for form in forms.forms]
    assert set(totals) == {sum(each * (each - 1) // 2 for each in enough)}
    assert list(dones) == sorted(dones)
    assert dones[-1] == totals[-1]
