"""The regions of Kazakhstan as they stood on a date, and the names people write for them.

A region's code is its ISO 3166-2:KZ code, whose number is the first two digits of the classifier KATO. Three
lists matter to the regulations: 14 regions and 2 cities until 18 June 2018, 14 and 3 until 7 June 2022, 17
and 3 since. (The days are those on which the two changes took effect; the decrees were not at hand.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final, Literal

import polars as pl

from jobs.kazakh import ALPHABET, fold_lookalikes

Kind = Literal["oblast", "city"]

_TURKISTAN: Final = date(2018, 6, 19)
_ABAI: Final = date(2022, 6, 8)


@dataclass(frozen=True, slots=True)
class Region:
    """A region or a city of republican significance; `valid_to` is the first day it no longer exists."""

    code: str
    slug: str
    kk: str
    ru: str
    kind: Kind
    valid_from: date | None = None
    valid_to: date | None = None
    also: tuple[str, ...] = ()

    @property
    def en(self) -> str:
        """The name in English letters."""
        name = self.slug.removesuffix("-oblysy").replace("-", " ").title()
        return f"{name} region" if self.kind == "oblast" else f"{name} city"

    def exists(self, on: date | None) -> bool:
        """Whether the region exists on that day; None asks for the list in force."""
        if on is None:
            return self.valid_to is None
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on < self.valid_to
        )


class RegionFault(StrEnum):
    """Why a name gives no code."""

    UNKNOWN = "no region or city of republican significance has this name"
    NOT_YET = "the region did not exist on that day"
    NO_LONGER = "the region no longer existed on that day; its lands belong to more than one region now"


def _oblast(number: int, slug: str, kk: str, ru: str, *also: str, since: date | None = None) -> Region:
    return Region(f"KZ-{number}", slug, f"{kk} облысы", ru, "oblast", since, None, (slug, *also))


def _city(number: int, slug: str, kk: str, *also: str, since: date | None = None) -> Region:
    return Region(f"KZ-{number}", slug, f"{kk} қаласы", f"город {kk}", "city", since, None, (slug, *also))


_SOUTH: Final = replace(
    _oblast(
        51,
        "ongtustik-qazaqstan",
        "Оңтүстік Қазақстан",
        "Южно-Казахстанская область",
        "ОҚО",
        "ЮКО",
        "South Kazakhstan",
    ),
    valid_to=_TURKISTAN,
)

REGIONS: Final[tuple[Region, ...]] = (
    _oblast(10, "abai", "Абай", "область Абай", "Абайская", "Abay", since=_ABAI),
    _oblast(11, "aqmola", "Ақмола", "Акмолинская область", "Akmola"),
    _oblast(15, "aqtobe", "Ақтөбе", "Актюбинская область", "Актюбинск", "Aktobe", "Aktyubinsk"),
    _oblast(19, "almaty-oblysy", "Алматы", "Алматинская область", "Алма-Атинская", "Almaty"),
    _oblast(23, "atyrau", "Атырау", "Атырауская область"),
    _oblast(
        27,
        "batys-qazaqstan",
        "Батыс Қазақстан",
        "Западно-Казахстанская область",
        "БҚО",
        "ЗКО",
        "West Kazakhstan",
    ),
    _oblast(31, "zhambyl", "Жамбыл", "Жамбылская область", "Jambyl"),
    _oblast(
        33, "zhetisu", "Жетісу", "область Жетісу", "Жетысу", "Жетысуская", "Zhetysu", "Jetisu", since=_ABAI
    ),
    _oblast(35, "qaraghandy", "Қарағанды", "Карагандинская область", "Караганда", "Karaganda", "Karagandy"),
    _oblast(39, "qostanay", "Қостанай", "Костанайская область", "Кустанайская", "Kostanay"),
    _oblast(43, "qyzylorda", "Қызылорда", "Кызылординская область", "Кзылординская", "Kyzylorda"),
    _oblast(47, "mangystau", "Маңғыстау", "Мангистауская область", "Мангыстауская", "Мангистау", "Mangistau"),
    _SOUTH,
    _oblast(55, "pavlodar", "Павлодар", "Павлодарская область"),
    _oblast(
        59,
        "soltustik-qazaqstan",
        "Солтүстік Қазақстан",
        "Северо-Казахстанская область",
        "СҚО",
        "СКО",
        "North Kazakhstan",
    ),
    _oblast(
        61, "turkistan", "Түркістан", "Туркестанская область", "Туркестан", "Turkestan", since=_TURKISTAN
    ),
    _oblast(62, "ulytau", "Ұлытау", "область Ұлытау", "Улытауская", since=_ABAI),
    _oblast(
        63,
        "shygys-qazaqstan",
        "Шығыс Қазақстан",
        "Восточно-Казахстанская область",
        "ШҚО",
        "ВКО",
        "East Kazakhstan",
    ),
    # Nur-Sultan from 23 March 2019 to 16 September 2022: another name of the same city, whatever the day.
    _city(71, "astana", "Астана", "Нұр-Сұлтан", "Nur-Sultan"),
    _city(75, "almaty", "Алматы", "Алма-Ата", "Alma-Ata"),
    _city(79, "shymkent", "Шымкент", "Чимкент", "Chimkent", since=_TURKISTAN),
)

# Kazakh letters as they are written without a Kazakh keyboard; both sides of a comparison go through it.
_PLAIN: Final = str.maketrans("әғқңөұүһіё", "агкноуухие")
_NOT_NAME: Final = re.compile(rf"[^{ALPHABET}a-z0-9]+")
_CODE: Final = re.compile(r"(?:kz)?([0-9]{2})|([0-9]{2})[0-9]{7}")
_OBLAST_WORDS: Final = frozenset(
    ["облысы", "облыс", "обл", "область", "области", "oblysy", "oblast", "region"]
)
_CITY_WORDS: Final = frozenset(["каласы", "кала", "к", "город", "города", "гор", "г", "city", "qalasy"])


def regions(on: date | None = None) -> tuple[Region, ...]:
    """The regions and cities of that day (of the list in force where None), in the order of their codes."""
    return tuple(region for region in REGIONS if region.exists(on))


def region_code(name: str, on: date | None = None) -> str | None:
    """The code ("KZ-71") of the region that `name` means on that day, or None: `region_fault` then says why.

    Takes Kazakh, Russian and English names in any case, with or without «облысы», «область», «г.», «қаласы»,
    with look-alike letters or without Kazakh ones, the ISO code, and KATO's two or nine digits. A name shared
    by a city and a region means the city unless it says «облысы»: bare «Алматы» is KZ-75.
    """
    known = _named(name)
    return known.code if known is not None and known.exists(on) else None


def region_fault(name: str, on: date | None = None) -> RegionFault | None:
    """Why `region_code` gives None for that name and day, or None where it gives a code."""
    known = _named(name)
    if known is None:
        return RegionFault.UNKNOWN
    if known.exists(on):
        return None
    return RegionFault.NO_LONGER if known.valid_to is not None else RegionFault.NOT_YET


def region_expr(column: str | pl.Expr, on: date | None = None) -> pl.Expr:
    """String, null where no region is meant: `region_code` over a column, run once for each distinct name."""
    names = pl.col(column) if isinstance(column, str) else column
    return names.map_batches(lambda values: _codes(values, on), return_dtype=pl.String, is_elementwise=True)


def _codes(names: pl.Series, on: date | None) -> pl.Series:
    distinct = names.drop_nulls().unique()
    codes = pl.Series([region_code(name, on) for name in distinct], dtype=pl.String)
    return names.replace_strict(distinct, codes, default=None, return_dtype=pl.String)


def _named(name: str) -> Region | None:
    code = _CODE.fullmatch(_plain(name).replace(" ", ""))
    if code is not None:
        return _by_code().get(f"KZ-{code[1] or code[2]}")
    bare, kind = _bare(name)
    names = _by_name()
    if kind is not None:
        return names.get((bare, kind))
    return names.get((bare, "city")) or names.get((bare, "oblast"))


def _bare(name: str) -> tuple[str, Kind | None]:
    """The name without the word for its kind, and the kind that word says."""
    words = _plain(name).split()
    bare = "".join(word for word in words if word not in _OBLAST_WORDS and word not in _CITY_WORDS)
    if not _OBLAST_WORDS.isdisjoint(words):
        return bare, "oblast"
    return bare, "city" if not _CITY_WORDS.isdisjoint(words) else None


def _plain(name: str) -> str:
    """Small letters, one script a word, no Kazakh letters, single spaces for everything else."""
    folded = fold_lookalikes(name).lower()
    return _NOT_NAME.sub(" ", folded).translate(_PLAIN).strip()


@cache
def _by_code() -> dict[str, Region]:
    return {region.code: region for region in REGIONS}


@cache
def _by_name() -> dict[tuple[str, Kind], Region]:
    return {(_bare(name)[0], region.kind): region for region in REGIONS for name in _names(region)}


def _names(region: Region) -> Iterable[str]:
    return (region.kk, region.ru, *region.also)


def region_name(code: str | None, language: Literal["kk", "ru", "en"]) -> str:
    """The region's name for printing; whatever is no code of ours is printed as it is."""
    region = _by_code().get(code or "")
    return getattr(region, language) if region else code or ""
