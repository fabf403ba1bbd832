"""The type and the value of a key in words, as the pages of settings and rulebooks print them."""

import types
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Literal, Union, get_args, get_origin

import polars as pl

from jobs.binding import Lookup, Standing
from jobs.calendar import Window
from jobs.rulebook import Ask, Latest, LookupTable, Period, Snapshots, StageTable
from worker import settings
from worker.reference import markdown


def toml_text(value: object) -> str:
    """A value as TOML writes it; what is neither list, truth nor text by its own words."""
    if isinstance(value, list):
        return "[" + ", ".join(toml_text(each) for each in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


_TYPE_WORDS: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    bool: "`true` or `false`",
    timedelta: "duration",
    Any: "any",
    Period: "window or moment",
    Ask: "[ask.NAME]",
    Latest: "latest",
    LookupTable: "[lookup.NAME]",
    Snapshots: "snapshots",
    StageTable: "[[stage]]",
    Fraction: 'share: "9/10", "90 %" or a whole number',
    pl.DataFrame: "name of a feed",
    Standing: "id of an earlier stage",
    Lookup: "name of [lookup.…]",
    Window: "window of [season]",
    datetime: "moment of [season]",
}


def type_words(kind: Any, metadata: Sequence[object] = ()) -> str:
    """A type in words; `metadata` is pydantic's, where our readers of sizes stand."""
    if settings.Size.__metadata__[0] in metadata:  # type: ignore[attr-defined]  # an Annotated alias
        return "size"
    if kind in _TYPE_WORDS:
        return _TYPE_WORDS[kind]
    origin = get_origin(kind)
    if hasattr(kind, "__metadata__"):
        return type_words(kind.__origin__, kind.__metadata__)
    return _MADE_TYPES[origin](get_args(kind)) if origin else f"a {kind.__name__} table"


def _either(parts: tuple[Any, ...]) -> str:
    return " or ".join(type_words(part) for part in parts if part is not types.NoneType)


_MADE_TYPES: Mapping[Any, Callable[[tuple[Any, ...]], str]] = {
    Literal: lambda args: " or ".join(markdown.code(toml_text(choice)) for choice in args),
    Union: _either,
    types.UnionType: _either,
    list: lambda args: f"list of {type_words(args[0])}",
    dict: lambda args: f"table of {type_words(args[1])}",
}
