"""The regions of Kazakhstan by date, and the names people write for them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.regions import REGIONS, RegionFault, region_code, region_expr, region_fault, regions

SPELLINGS = [
    (name, region) for region in REGIONS for name in (region.kk, region.ru, region.slug, *region.also)
]


@pytest.mark.parametrize(
    ("on", "oblasts", "cities"),
    [
        (date(2012, 3, 19), 14, 2),
        (date(2018, 6, 18), 14, 2),
        (date(2018, 6, 19), 14, 3),
        (date(2020, 10, 1), 14, 3),
        (date(2022, 6, 7), 14, 3),
        (date(2022, 6, 8), 17, 3),
        (None, 17, 3),
    ],
)
def test_the_country_has_as_many_regions_as_on_that_day(on: date | None, oblasts: int, cities: int) -> None:
    kinds = [region.kind for region in regions(on)]
    assert (kinds.count("oblast"), kinds.count("city")) == (oblasts, cities)
    codes = [region.code for region in regions(on)]
    assert codes == sorted(set(codes))


def test_the_table_agrees_with_the_official_names_and_codes(shared: Path) -> None:
    listed = json.loads((shared / "samples" / "regions_kz.json").read_text(encoding="utf-8"))["regions"]
    assert len(listed) == 20
    for region in listed:
        names = (region["kk"], region["ru"], region["iso"], region["kato2"], region["kato2"] + "1234567")
        assert {region_code(name) for name in names} == {region["iso"]}
        since = region["valid_from"] and date.fromisoformat(region["valid_from"])
        assert next(known for known in REGIONS if known.code == region["iso"]).valid_from == since


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("АСТАНА", "KZ-71"),
        ("г.Астана", "KZ-71"),
        ("г. Астана", "KZ-71"),
        ("Астана қ.", "KZ-71"),
        ("  астана\u00a0қаласы ", "KZ-71"),
        ("Нұр-Сұлтан қаласы", "KZ-71"),
        ("Нур-Султан", "KZ-71"),
        ("Алматы облысы", "KZ-19"),
        ("Алматы обл.", "KZ-19"),
        ("Алматинская", "KZ-19"),
        ("Алматы қаласы", "KZ-75"),
        ("Алматы", "KZ-75"),
        ("Almaty region", "KZ-19"),
        ("Актобе", "KZ-15"),
        ("Ақтөбе обл", "KZ-15"),
        ("Жетысуская область", "KZ-33"),
        ("область Жетiсу", "KZ-33"),
        ("Мангыстауская область", "KZ-47"),
        ("Солтүстік-Қазақстан облысы", "KZ-59"),
        ("СКО", "KZ-59"),
        ("ШҚО", "KZ-63"),
        ("KZ-62", "KZ-62"),
        ("kz62", "KZ-62"),
        ("КZ-62", "KZ-62"),
        ("62", "KZ-62"),
        ("621000000", "KZ-62"),
        ("Астана облысы", None),
        ("Павлодар қаласы", None),
        ("Петропавл", None),
        ("99", None),
        ("621", None),
        ("қаласы", None),
        ("", None),
    ],
)
def test_a_region_is_known_by_the_names_people_write(name: str, code: str | None) -> None:
    assert region_code(name) == code
    assert (region_fault(name) is RegionFault.UNKNOWN) == (code is None)


@pytest.mark.parametrize("name", [name for name, _ in SPELLINGS])
def test_every_spelling_survives_capitals_and_a_missing_kazakh_keyboard(name: str) -> None:
    on = date(2018, 1, 1) if region_fault(name) is RegionFault.NO_LONGER else None
    code = region_code(name, on)
    assert code is not None
    assert region_code(name.upper(), on) == code
    assert region_code(name.translate(str.maketrans("әғқңөұүһі", "агкноуухи")), on) == code


@pytest.mark.parametrize(
    "name", ["Ұлытay oблыcы", "Солтүстiк Қaзaқстaн oблысы", "Aбай oбл.", "область Жетiсу"]
)
def test_look_alike_letters_do_not_hide_a_region(name: str) -> None:
    assert not name.isascii()
    assert region_code(name) in {"KZ-62", "KZ-59", "KZ-10", "KZ-33"}


def test_no_two_regions_of_one_kind_share_a_spelling() -> None:
    spellings = [(name.lower(), region.kind, region.code) for name, region in SPELLINGS]
    assert len({(name, kind) for name, kind, _ in spellings}) == len(set(spellings))


def test_south_kazakhstan_is_a_region_until_it_was_divided_and_a_reported_name_after() -> None:
    name = "Оңтүстік Қазақстан облысы"
    assert region_code(name, date(2018, 6, 18)) == "KZ-51"
    assert region_fault(name, date(2018, 6, 18)) is None
    for on in (date(2018, 6, 19), None):
        assert region_code(name, on) is None
        assert region_fault(name, on) is RegionFault.NO_LONGER


@pytest.mark.parametrize("name", ["Абай облысы", "KZ-33", "62"])
def test_a_region_is_not_known_before_it_was_founded(name: str) -> None:
    assert region_code(name, date(2022, 6, 7)) is None
    assert region_fault(name, date(2022, 6, 7)) is RegionFault.NOT_YET
    assert region_code(name, date(2022, 6, 8)) is not None


@given(st.dates(date(2010, 1, 1), date(2030, 12, 31)), st.sampled_from([name for name, _ in SPELLINGS]))
def test_a_code_and_a_fault_exclude_each_other_on_any_day(on: date, name: str) -> None:
    assert (region_code(name, on) is None) == (region_fault(name, on) is not None)
    code = region_code(name, on)
    assert code is None or code in {region.code for region in regions(on)}


@given(st.lists(st.sampled_from([*(name for name, _ in SPELLINGS), "Нет такой", "", None]), max_size=12))
def test_the_column_agrees_with_the_single_name(names: list[str | None]) -> None:
    frame = pl.DataFrame({"region": names}, schema={"region": pl.String})
    on = date(2022, 6, 8) - timedelta(days=1)
    expected = [None if name is None else region_code(name, on) for name in names]
    assert frame.select(region_expr("region", on)).to_series().to_list() == expected
    assert frame.lazy().select(region_expr(pl.col("region"), on)).collect().to_series().to_list() == expected
