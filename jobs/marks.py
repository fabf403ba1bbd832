"""Answer strings as matrices of characters, a row a sheet: what scoring and comparing compute on."""

import numpy as np
import polars as pl

Characters = np.ndarray[tuple[int, int], np.dtype[np.uint32]]
Booleans = np.ndarray[tuple[int, int], np.dtype[np.bool_]]


def characters(strings: pl.Series, width: int, filler: str) -> Characters:
    """Code points, padded with `filler` and cut to `width`; a null is all filler."""
    padded = strings.fill_null("").str.slice(0, width).str.pad_end(width, filler).to_list()
    return np.frombuffer("".join(padded).encode("utf-32-le"), dtype=np.uint32).reshape(len(padded), width)


def longest(*columns: pl.Series) -> int:
    """The length of the longest string."""
    return max(
        (int(column.str.len_chars().fill_null(0).to_numpy().max(initial=0)) for column in columns), default=0
    )


def as_strings(marks: Booleans) -> list[str]:
    """A string of 1 and 0 a row."""
    if marks.shape[1] == 0:
        return [""] * marks.shape[0]
    digits = np.where(marks, ord("1"), ord("0")).astype(np.uint32)
    return [str(row) for row in digits.view(f"<U{marks.shape[1]}").ravel()]
