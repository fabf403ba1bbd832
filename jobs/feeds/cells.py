"""How a cell of each kind is read: text in, value out, null where it cannot be read."""

from collections.abc import Callable, Iterable, Mapping

import polars as pl

from jobs.feeds import contract
from jobs.feeds.contract import Feed
from jobs.feeds.vocabulary import NO, YES
from jobs.iin import iin_restored
from jobs.kazakh import NEEDS_FOLDING, fold_lookalikes
from jobs.regions import region_expr

DIGITS_LOST = r"^[0-9]+[.,]?[0-9]*[eE]\+?[0-9]+$"  # 9.01012E+11: what Excel leaves of a long number

_EDGES = " \t\r\n\u00a0\u202f"
_UNTIDY = rf"^[{_EDGES}]|[{_EDGES}]$|^$"
_TO_BE_MENDED = rf"[^\S ]|  |{NEEDS_FOLDING}"

# Cyrillic capitals that a keyboard gives for Latin ones: on the sheet nobody can tell them apart.
ANSWER_TWINS = dict(zip("АВСЕНІКМОРТХУ", "ABCEHIKMOPTXY", strict=True))
_ANSWER_TWIN = f"[{''.join(ANSWER_TWINS)}{''.join(ANSWER_TWINS).lower()}]"

_PERSON_DECIMAL = r"^([0-9]{9,12})[.,]0+$"  # 100509520015.0: what a table of numbers makes of an IIN
_NOT_OF_A_PHONE = r"[^0-9+]"
_KEPT_PHONE = r"^\+77[0-9]{9}$"
_KAZAKH_PHONE = r"^(?:\+[78]|[78]?)(7[0-9]{9})$"
_FOREIGN_PHONE = r"^\+(?:7[0-9]{10}|[1-689][0-9]{7,14})$"  # E.164; +7 always has ten digits more

# Within two centuries, offsets that exist: nothing here can leave the years an instant can hold.
_DATE = r"^((?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2})"
_TIME = r"[T ]([0-9]{2}:[0-9]{2})"
_SECONDS = r"[T ][0-9]{2}:[0-9]{2}:([0-9]{2}(?:\.[0-9]{1,6})?)"
_OFFSET = r"(Z|[+-][0-9]{2}:?[0-9]{2})$"
_OF_THE_DAY = r"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?"
_WHOLE_INSTANT = _DATE + _OF_THE_DAY + r"\s*(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])?$"


def tidied(table: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Outer spaces (NBSP too) go; an empty cell is no value."""
    untidy = matching(table, names, _UNTIDY)
    stripped = table.with_columns(pl.col(name).str.strip_chars(_EDGES) for name in untidy)
    return stripped.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)) for name in untidy)


def mended_text(table: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Look-alike letters and odd spaces of text columns, mended."""
    return table.with_columns(_mended(name) for name in matching(table, names, _TO_BE_MENDED))


def mended_persons(table: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Numbers of people without the `.0` of a decimal number."""
    suspect = [name for name in names if table[name].str.contains(r"[.,]0+$").any()]
    return table.with_columns(pl.col(name).str.replace(_PERSON_DECIMAL, "${1}") for name in suspect)


def mended_answers(table: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Answers in capitals, look-alike Cyrillic ones as Latin."""
    capitals = table.with_columns(pl.col(name).str.to_uppercase() for name in names)
    mixed = [name for name in names if not _is_ascii(capitals[name])]
    twins, latin = list(ANSWER_TWINS), list(ANSWER_TWINS.values())
    return capitals.with_columns(pl.col(name).str.replace_many(twins, latin) for name in mixed)


def answer_twins(answers: pl.Series) -> int:
    """How many letters `mended_answers` reads as Latin ones."""
    return 0 if _is_ascii(answers) else int(answers.str.count_matches(_ANSWER_TWIN).sum())


def _is_ascii(cells: pl.Series) -> bool:
    return bool(cells.str.len_bytes().sum() == cells.str.len_chars().sum())


def matching(table: pl.DataFrame, names: Iterable[str], pattern: str) -> list[str]:
    """The columns with a cell that matches. Each distinct value is looked at once, and most columns are clean:
    that is several times cheaper than to mend every cell."""
    tests = table.select(pl.col(name).unique().str.contains(pattern).any() for name in names)
    return [name for name in tests.columns if tests[name].item()]


def _mended(name: str) -> pl.Expr:
    cell = pl.col(name).str.replace_all(r"[\s\u00a0\u202f]+", " ")
    suspect = cell.str.contains(NEEDS_FOLDING)
    folded = pl.when(suspect).then(cell).otherwise(None).map_elements(fold_lookalikes, return_dtype=pl.String)
    return folded.fill_null(cell).alias(name)


def value(feed: Feed, name: str, zone: str) -> pl.Expr:
    """The typed value of a canonical column; `zone` reads local times that carry no offset."""
    kind = feed.kind(name)
    if kind == contract.CHOICE:
        return _choice(name, feed.choices(name))
    if kind == contract.INSTANT:
        return instant(name, zone, midnight=feed.takes_midnight(name))
    return _READERS[kind](name)


def instant(name: str, zone: str, *, midnight: bool = False) -> pl.Expr:
    """ISO or DD.MM.YYYY with a time of day, which only `midnight` lets a cell leave out; a local time that is
    ambiguous or never was reads as null."""
    cell = pl.col(name).str.replace(r"^([0-9]{2})\.([0-9]{2})\.([0-9]{4})", "${3}-${2}-${1}")
    if midnight:
        cell = cell.str.replace(rf"{_DATE}$", "${1}T00:00")
    seconds = cell.str.extract(_SECONDS).fill_null("00")
    written = pl.concat_str(
        cell.str.extract(_DATE), pl.lit("T"), cell.str.extract(_TIME), pl.lit(":"), seconds
    )
    wall = written.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    offset = cell.str.extract(_OFFSET).str.replace("Z", "+0000").str.replace(":", "")
    local = wall.dt.replace_time_zone(zone, ambiguous="null", non_existent="null").dt.convert_time_zone("UTC")
    fixed = (wall - _minutes(offset)).dt.replace_time_zone("UTC")
    read = pl.when(offset.is_null()).then(local).otherwise(fixed)
    return pl.when(cell.str.contains(_WHOLE_INSTANT)).then(read).otherwise(None).alias(name)


def _minutes(offset: pl.Expr) -> pl.Expr:
    hours = offset.str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = hours * 60 + offset.str.slice(3, 2).cast(pl.Int64, strict=False)
    return pl.duration(minutes=pl.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes))


def _date(name: str) -> pl.Expr:
    cell = pl.col(name).str.replace(r"[T ]00:00(:00)?$", "")
    iso = cell.str.replace(r"^([0-9]{2})\.([0-9]{2})\.([0-9]{4})$", "${3}-${2}-${1}")
    return iso.str.extract(rf"{_DATE}$").str.to_date("%Y-%m-%d", strict=False).alias(name)


def _whole(name: str) -> pl.Expr:
    """A decimal of nothing falls off, but for three zeros: 1,000 is a thousand here and one there."""
    return (
        pl.col(name)
        .str.replace_all(r"[\s\u00a0\u202f]", "")
        .str.replace(r"[.,](?:0{1,2}|0{4,})$", "")
        .cast(pl.Int64, strict=False)
    )


def _choice(name: str, choices: Mapping[str, tuple[str, ...]]) -> pl.Expr:
    words = {word: chosen for chosen, spelt in choices.items() for word in spelt}
    return (
        pl.col(name)
        .str.to_lowercase()
        .replace_strict(words, default=None, return_dtype=pl.Enum(list(choices)))
    ).alias(name)


def _flag(name: str) -> pl.Expr:
    words = dict.fromkeys(YES, True) | dict.fromkeys(NO, False)
    return (
        pl.col(name)
        .str.to_lowercase()
        .replace_strict(words, default=None, return_dtype=pl.Boolean)
        .alias(name)
    )


def _person(name: str) -> pl.Expr:
    cell = pl.col(name)
    short = cell.str.contains(r"^[0-9]{9,11}$")
    restored = iin_restored(pl.when(short).then(cell).otherwise(None))
    readable = pl.when(cell.str.contains(DIGITS_LOST)).then(None).otherwise(cell)
    return pl.coalesce(restored, readable).alias(name)


def _phone(name: str) -> pl.Expr:
    return pl.col(name).map_batches(_phones, return_dtype=pl.String, is_elementwise=True)


def _phones(cells: pl.Series) -> pl.Series:
    """Numbers of Kazakhstan as +7 and ten digits, another country's as + and its digits."""
    if cells.str.contains(_KEPT_PHONE).all():
        return cells
    cell = pl.lit(cells.str.replace(r"[.,]0$", ""))
    digits = cell.str.replace_all(_NOT_OF_A_PHONE, "")
    kazakh = pl.concat_str(pl.lit("+7"), digits.str.extract(_KAZAKH_PHONE))
    foreign = pl.when(digits.str.contains(_FOREIGN_PHONE) & ~cell.str.contains(r"\p{L}")).then(digits)
    return pl.select(pl.coalesce(kazakh, foreign).alias(cells.name)).to_series()


_READERS: Mapping[str, Callable[[str], pl.Expr]] = {
    contract.TEXT: pl.col,
    contract.CODE: pl.col,
    contract.ANSWER: pl.col,
    contract.EMAIL: pl.col,
    contract.PERSON: _person,
    contract.WHOLE: _whole,
    contract.DATE: _date,
    contract.FLAG: _flag,
    contract.PHONE: _phone,
    contract.REGION: lambda name: pl.coalesce(region_expr(name), pl.col(name)).alias(name),
}
