"""Cells that hold several words, one space between: directions, documents, evidence."""

import polars as pl


def holds(cell: pl.Expr, word: str) -> pl.Expr:
    """Whether a word stands in a cell, as a whole; in one that is not told nothing does.

    To look for the text between its spaces takes half the time of splitting the cell.
    """
    return pl.format(" {} ", cell).str.contains(f" {word} ", literal=True).fill_null(value=False)


def only(cell: pl.Expr, words: list[str]) -> pl.Expr:
    """Whether a cell holds none but these words."""
    known = "|".join(f"{_plainly(word)}" for word in words)
    return pl.format("{} ", cell).str.contains(rf"^ *(?:(?:{known}) +)*$")


def _plainly(word: str) -> str:
    """The word as a pattern of itself."""
    return "".join(letter if letter.isalnum() else f"\\{letter}" for letter in word)
