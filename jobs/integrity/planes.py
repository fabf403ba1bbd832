"""Answers as bit-planes: sixty-four items compared by one instruction."""

from typing import NamedTuple

import numpy as np

from jobs.integrity.forms import Codes, Key

Words = np.ndarray[tuple[int, ...], np.dtype[np.uint64]]
WORD = 64


class Planes(NamedTuple):
    """`left`, `right` (planes, words, sheets): bit p of each answer's code, an item a bit. A blank, and what lies
    beyond the last item, has no bit set on the left and every bit on the right, so that it agrees with nothing.
    `wrong` (words, sheets): the items answered wrongly."""

    left: Words
    right: Words
    wrong: Words


def pack(codes: Codes, key: Key) -> Planes:
    """The planes of sheets (N, J) with codes 1 … 14 and 0 for a blank."""
    planes = 3 if codes.max(initial=0) <= 6 else 4  # the code above the highest is the right side's blank
    blank = codes == 0
    mirrored = np.where(blank, 2**planes - 1, codes)
    left = np.stack([_bits(codes >> plane & 1, beyond=0) for plane in range(planes)])
    right = np.stack([_bits(mirrored >> plane & 1, beyond=1) for plane in range(planes)])
    return Planes(left, right, _bits((codes != key) & ~blank, beyond=0))


def _bits(marks: np.ndarray[tuple[int, int], np.dtype[np.generic]], beyond: int) -> Words:
    """(N, J) marks as (words, N) words."""
    sheets, items = marks.shape
    words = -(-items // WORD)
    padded = np.full((sheets, words * WORD), beyond, dtype=np.uint8)
    padded[:, :items] = marks
    packed = np.packbits(padded, axis=1, bitorder="little").view("<u8")
    return np.ascontiguousarray(packed.T.astype(np.uint64))
