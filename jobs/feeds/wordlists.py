"""Cells that hold several words: papers handed in, parts of a work, languages."""

from collections.abc import Mapping

import polars as pl

from jobs.iin import iin_restored


def listed(column: str, known: Mapping[str, tuple[str, ...]]) -> pl.Expr:
    """The words of a cell as codes with spaces between, each once, in order of the alphabet.

    `known` maps a code to the words people write for it. Words are divided by commas or semicolons; by spaces where
    there are none and the cell as a whole is not known. What is not known stands in small letters, its spaces as
    hyphens: a rule that wants it may name it so.
    """
    spelled = {word.lower(): code for code, words in known.items() for word in (code, *words)}
    cell = pl.col(column).str.to_lowercase()
    parts = (
        pl.when(cell.str.contains(r"[,;]"))
        .then(cell.str.replace_all(";", ",").str.split(","))
        .when(cell.is_in(list(spelled)))
        .then(pl.concat_list(cell))
        .otherwise(cell.str.split(" "))
    )
    word = pl.element().str.strip_chars()
    code = word.replace_strict(spelled, default=word.str.replace_all(r"\s+", "-"))
    return parts.list.eval(code.filter(word != "")).list.unique().list.sort().list.join(" ").alias(column)


def capitalised(column: str) -> pl.Expr:
    """A name with a capital first, the rest as it stands: one spelling of a subject at the beginning of a cell."""
    name = pl.col(column)
    return name.str.head(1).str.to_uppercase() + name.str.slice(1)


def called(column: str, known: Mapping[str, tuple[str, ...]]) -> pl.Expr:
    """A cell by its first name in `known`, whatever spelling of it stands there; any other as it is."""
    spelled = {word.lower(): name for name, words in known.items() for word in (name, *words)}
    return pl.col(column).str.to_lowercase().replace_strict(spelled, default=pl.col(column)).alias(column)


def ids(column: str) -> pl.Expr:
    """The ids of people in a cell, divided in any way, with one space between; an IIN of a cell with one person loses
    its zeros in Excel as any other does."""
    person = pl.element()
    shortened = person.str.contains(r"^[0-9]{9,11}$")
    restored = pl.when(shortened).then(pl.coalesce(iin_restored(person), person)).otherwise(person)
    return pl.col(column).str.extract_all(r"[^\s,;]+").list.eval(restored).list.join(" ").alias(column)
