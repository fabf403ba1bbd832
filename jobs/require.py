"""Conditions on one column of a record."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from jobs.binding import Lookup, Zone
from jobs.calendar import local_day
from jobs.errors import ParameterFault
from jobs.iin import iin_birth_date, iin_valid
from jobs.verdicts import Case, Decisions, Outcome, Wording, judge, words

Condition = Literal["present", "true", "false", "iin", "adult-iin"]


def require(  # noqa: PLR0913 - one parameter a key of the rulebook
    entries: pl.DataFrame,
    *,
    column: str,
    zone: Zone,
    is_: Condition | None = None,
    contains: Lookup | None = None,
    one_of: list[str] | None = None,
    none_of: list[str] | None = None,
    between: list[int] | None = None,
    at: str | None = None,
    differs_from: str | None = None,
    unknown: Outcome = "out",
    otherwise: Outcome = "out",
) -> Decisions:
    """`otherwise`: entries whose `column` is not what the one condition given asks, or equals the column
    `differs_from`; `unknown`: entries of which nothing is told there. With "in" they stay and are listed.

    `is`: `present`; `true` or `false`; `iin`, twelve digits with a right date, century and control digit;
    `adult-iin`, that and 18 years full on the day of the column `at` in the contest's time zone. `contains`: among
    the words of the column stands the one that belongs to the entry. `one_of`: one of these, in small letters or
    capitals; `none_of`: none of them. `between`: a whole number from the first to the second; a column ending in `_ms`
    is worded in seconds. Raises ParameterFault where not exactly one of the five is given.
    """
    test = _only(
        _is(column, is_, at, zone) if is_ is not None else None,
        _contains(column, contains) if contains is not None else None,
        _one_of(column, one_of) if one_of is not None else None,
        _none_of(column, none_of) if none_of is not None else None,
        _between(column, between) if between is not None else None,
    )
    silent = test.silent & pl.lit(test.null_is_unknown or unknown != "out")
    fails = ~test.holds.fill_null(value=False) | _same(column, differs_from)
    return Decisions(
        judge(
            entries,
            Case(silent, unknown, _reason(column, "told", "not told")),
            Case(fails, otherwise, _reason(column, test.suffix, test.sentence, **test.figures)),
            otherwise=words("required", f"{_named(column)}: in order"),
        )
    )


@dataclass(frozen=True)
class _Test:
    """What must hold, and how it is said where it does not; `silent` where nothing can be told. Whether that is
    another case than a failure: of an absent phone or IIN nothing is unknown."""

    holds: pl.Expr
    silent: pl.Expr
    suffix: str
    sentence: str
    figures: dict[str, pl.Expr] = field(default_factory=dict)
    null_is_unknown: bool = True


def _only(*tests: _Test | None) -> _Test:
    given = [test for test in tests if test is not None]
    if len(given) != 1:
        raise ParameterFault(
            "require takes exactly one of `is`, `contains`, `one_of`, `none_of` and `between`, "
            f"not {len(given)} of them."
        )
    return given[0]


def _reason(column: str, suffix: str, sentence: str, **figures: pl.Expr) -> Wording:
    code = f"{column}-not-{suffix}".replace("_", "-")
    return words(code, f"{_named(column)}: {sentence}", **figures)


def _named(column: str) -> str:
    return column.removesuffix("_ms").replace("_", " ")


def _same(column: str, other: str | None) -> pl.Expr:
    return (pl.col(column) == pl.col(other)).fill_null(value=False) if other else pl.lit(value=False)


def _is(column: str, condition: Condition, at: str | None, zone: Zone) -> _Test:
    holds = _CONDITIONS[condition](column, at, zone)
    return _Test(
        holds,
        pl.col(column).is_null(),
        condition,
        _SENTENCES[condition],
        null_is_unknown=condition == "false",
    )


def _contains(column: str, belongs: Lookup) -> _Test:
    """Scrapers return hashtags in small letters, and two glued together are two (row 000-18)."""
    wanted = pl.col(belongs.column).cast(pl.String).replace_strict(belongs.values, default=None)
    own = wanted.str.strip_chars_start("#").str.to_lowercase()
    listed = pl.format(" {} ", pl.col(column).str.to_lowercase().str.replace_all(r"[\s#]+", " "))
    found = listed.str.contains(pl.format(" {} ", own), literal=True)
    return _Test(
        found,
        pl.col(belongs.column).is_null(),  # which one would be its own; of no words at all none is
        "own",
        f"lacks the one of its {_named(belongs.column)}: {{wanted}}",
        {"wanted": wanted},
    )


def _one_of(column: str, allowed: list[str]) -> _Test:
    known = [value.lower() for value in allowed]
    value = pl.col(column).cast(pl.String)
    return _Test(
        value.str.to_lowercase().is_in(known),
        pl.col(column).is_null(),
        "one-of",
        f"{{value}}, allowed {', '.join(allowed)}",
        {"value": value},
    )


def _none_of(column: str, others: list[str]) -> _Test:
    value = pl.col(column).cast(pl.String)
    return _Test(
        ~value.str.to_lowercase().is_in([other.lower() for other in others]),
        pl.col(column).is_null(),
        "of-here",
        "{value}, which is not of this stage",
        {"value": value},
    )


def _between(column: str, bounds: list[int]) -> _Test:
    if len(bounds) != 2 or bounds[0] > bounds[1]:
        raise ParameterFault(
            f"require.between: {bounds} is not the smallest and the largest whole number allowed, such as [2, 11]."
        )
    least, most = bounds
    timed = column.endswith("_ms")
    shown = _seconds(pl.col(column)) if timed else pl.col(column)
    least_shown, most_shown = (_seconds(pl.lit(bound)) if timed else pl.lit(bound) for bound in bounds)
    return _Test(
        pl.col(column).is_between(least, most),
        pl.col(column).is_null(),
        "between",
        "{value} s, allowed {least} to {most}" if timed else "{value}, allowed {least} to {most}",
        {"value": shown, "least": least_shown, "most": most_shown},
    )


def _seconds(milliseconds: pl.Expr) -> pl.Expr:
    """901200 as "901.2", exactly."""
    thousandths = (milliseconds % 1000).cast(pl.String).str.zfill(3)
    written = pl.concat_str((milliseconds // 1000).cast(pl.String), pl.lit("."), thousandths)
    return written.str.strip_chars_end("0").str.strip_chars_end(".")


def _present(column: str, _at: str | None, _zone: str) -> pl.Expr:
    return pl.col(column).is_not_null()


def _true(column: str, _at: str | None, _zone: str) -> pl.Expr:
    return pl.col(column).cast(pl.Boolean)


def _false(column: str, _at: str | None, _zone: str) -> pl.Expr:
    return ~pl.col(column).cast(pl.Boolean)


def _iin(column: str, _at: str | None, _zone: str) -> pl.Expr:
    return iin_valid(pl.col(column))


def _adult(column: str, at: str | None, zone: str) -> pl.Expr:
    if at is None:
        raise ParameterFault(
            "is = 'adult-iin' needs the key `at`, the column with the day on which age counts."
        )
    eighteenth = iin_birth_date(pl.col(column)).dt.offset_by("18y")
    return iin_valid(pl.col(column)) & (eighteenth <= local_day(pl.col(at), zone))


_CONDITIONS: dict[str, Callable[[str, str | None, str], pl.Expr]] = {
    "present": _present,
    "true": _true,
    "false": _false,
    "iin": _iin,
    "adult-iin": _adult,
}
_SENTENCES = {
    "present": "not given",
    "true": "not confirmed",
    "false": "yes, where the rule wants no",
    "iin": "not a right IIN (length, date or control digit)",
    "adult-iin": "not a right IIN of another person of full age",
}
