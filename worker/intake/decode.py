"""From bytes to text: which encoding, strictly, and what earlier programs did to the letters.

The order of beliefs: a byte-order mark; the zero bytes of UTF-16; valid UTF-8; then the 8-bit encodings of
Kazakhstan, KZ-1048 (STRK 1048-2002) before PTCP154. Plain cp1251 is never chosen: KZ-1048 has the same
Russian letters and the Kazakh ones besides.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from jobs.kazakh import Mojibake, letters_lost, looks_like_mojibake, mend
from worker.intake.frames import MIB, SEPARATOR, Refusal, Repair

SAMPLE_BYTES: Final = 256 * 1024
BLOCK_BYTES: Final = MIB

_UTF32: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_NATIVE: Final = re.compile("[әғқңөұүӘҒҚҢӨҰҮ]")
_MISREAD: Final = re.compile("[ќћўјґєїѕЌЋЎЈҐЄЇЅ]")
_CYRILLIC: Final = re.compile("[\u0400-\u052f]")
# What PTCP154 and KZ-1048 each put where the other has no letter, as cp1251 shows it, beside a letter.
_PTCP154_ONLY: Final = re.compile("(?<=[А-яіІ])[µ±‰њѓ¤¦‡ЊЃ]|[µ±‰њѓ¤¦‡ЊЃ](?=[а-яі])")
_KZ1048_ONLY: Final = re.compile("[ўјґїѕЎЈЇЅ]")
_PLAUSIBLE: Final = re.compile("[\u0400-\u045f\u0490-\u0493\u049a-\u04e9 «»№–—“”„‘’…§°\u00a0-]")
_SHOUTED_TAIL: Final = re.compile("[а-яё][А-ЯЁ]")
_LOWER_TAIL: Final = re.compile("[А-Яа-яЁё][а-яё]")

WRONG_ENCODING: Final = "wrong-encoding"


@dataclass(frozen=True)
class Encoding:
    """`label` is for people, `codec` for Python's `codecs`."""

    label: str
    codec: str


@dataclass(frozen=True)
class Mending:
    """What a file's letters have suffered, decided once on its opening and applied cell by cell."""

    kind: Mojibake | None
    watch_for_losses: bool

    def cell(self, text: str) -> tuple[str, int]:
        """`text` mended and the number of changed characters."""
        return mend(text, self.kind)

    def row(self, row: list[str]) -> tuple[list[str], int]:
        """A row mended: as one text where no cell holds a native letter, else each cell for itself."""
        joined = SEPARATOR.join(row)
        if joined.isascii():
            return row, 0
        if joined.count(SEPARATOR) == len(row) - 1 and not _NATIVE.search(joined):
            mended, count = self.cell(joined)
            return mended.split(SEPARATOR), count
        pairs = [self.cell(text) for text in row]
        return [text for text, _ in pairs], sum(count for _, count in pairs)

    def has_lost_letters(self, text: str) -> bool:
        """Whether a cell lost its Kazakh letters to question marks; costs one search where it has no mark."""
        return self.watch_for_losses and "?" in text and letters_lost(text)

    def repairs(self, changed: int) -> list[Repair]:
        """What is to be told about `changed` characters."""
        if self.kind is None or not changed:
            return []
        return [Repair(_CODES[self.kind], changed, _NOTES[self.kind])]


_CODES: Final[dict[Mojibake, str]] = {
    "kz1048-as-cp1251": "kz1048-read-as-cp1251",
    "ptcp154-as-cp1251": "ptcp154-read-as-cp1251",
    "utf8-as-cp1251": "utf8-read-as-cp1251",
}
_NOTES: Final[dict[Mojibake, str]] = {
    "kz1048-as-cp1251": "a program had read KZ-1048 text as cp1251; the Kazakh letters were restored",
    "ptcp154-as-cp1251": "a program had read PTCP154 text as cp1251; the Kazakh letters were restored",
    "utf8-as-cp1251": "a program had read UTF-8 text as cp1251; the letters were restored",
}


# --- which encoding ---


def choose_encoding(sample: bytes, *, whole: bool) -> Encoding:
    """The encoding of a file that opens with `sample` (`whole`: that is all of it). Raises Refusal."""
    marked = _by_mark(sample) or _by_zeros(sample)
    if marked is not None:
        return marked
    fault = _utf8_fault(sample, whole=whole)
    if fault is None:
        return Encoding("utf-8", "utf-8")
    if _is_damaged_utf8(sample):
        raise Refusal(
            WRONG_ENCODING, f"wrong encoding: byte {fault + 1} is not UTF-8 as the rest is; save it again."
        )
    return _eight_bit(sample)


def _by_mark(sample: bytes) -> Encoding | None:
    if sample.startswith(_UTF32):
        raise Refusal(WRONG_ENCODING, "wrong encoding: the file is UTF-32; save it as UTF-8.")
    if sample.startswith(codecs.BOM_UTF8):
        return Encoding("utf-8 with BOM", "utf-8-sig")
    if sample.startswith(codecs.BOM_UTF16_LE):
        return Encoding("utf-16-le with BOM", "utf-16")
    if sample.startswith(codecs.BOM_UTF16_BE):
        return Encoding("utf-16-be with BOM", "utf-16")
    return None


def _by_zeros(sample: bytes) -> Encoding | None:
    """Digits, delimiters and line ends have a zero byte in UTF-16, always on the same side."""
    pairs = min(len(sample), 8192) // 2
    even, odd = sample[: 2 * pairs : 2].count(0), sample[1 : 2 * pairs : 2].count(0)
    if odd * 10 > pairs and even * 20 < odd:
        return Encoding("utf-16-le", "utf-16-le")
    if even * 10 > pairs and odd * 20 < even:
        return Encoding("utf-16-be", "utf-16-be")
    return None


def _utf8_fault(sample: bytes, *, whole: bool) -> int | None:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, whole)
    except UnicodeDecodeError as fault:
        return fault.start
    return None


def _is_damaged_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", "replace")
    return len(_CYRILLIC.findall(text)) > 10 * text.count("\ufffd")


def _eight_bit(sample: bytes) -> Encoding:
    seen = sample.decode("cp1251", "replace")
    ptcp154, kz1048 = len(_PTCP154_ONLY.findall(seen)), len(_KZ1048_ONLY.findall(seen))
    encoding = Encoding("ptcp154", "ptcp154") if ptcp154 > kz1048 else Encoding("kz1048", "kz1048")
    _refuse_implausible(sample.decode(encoding.codec, "replace"))
    return encoding


def _refuse_implausible(text: str) -> None:
    """cp866, KOI8-R and binary files read as KZ-1048 without an error, but never as words."""
    foreign = [char for char in text if char > "\x7f"]
    strange = sum(not _PLAUSIBLE.match(char) for char in foreign)
    shouted, spoken = len(_SHOUTED_TAIL.findall(text)), len(_LOWER_TAIL.findall(text))
    if strange * 20 > len(foreign) or shouted > spoken:
        raise Refusal(
            WRONG_ENCODING,
            "wrong encoding: the text is neither UTF-8, UTF-16, KZ-1048 nor PTCP154; save it as UTF-8.",
        )


# --- the stream ---


def read_sample(stream: BinaryIO) -> tuple[bytes, bool]:
    """The first 256 KB and whether that is all there is."""
    sample = stream.read(SAMPLE_BYTES)
    return sample, len(sample) < SAMPLE_BYTES


def sample_text(sample: bytes, encoding: Encoding, *, whole: bool) -> str:
    """The opening as text, line ends as `\\n`; a letter cut by the sample's end is left out."""
    return "".join(_decoded([sample], encoding, whole=whole))


def text_blocks(stream: BinaryIO, encoding: Encoding) -> Iterator[str]:
    """The file as blocks of text, line ends as `\\n`, strictly decoded.

    Raises Refusal at the first byte that contradicts what the opening promised, with its offset.
    """
    return _decoded(iter(lambda: stream.read(BLOCK_BYTES), b""), encoding, whole=True)


def _decoded(blocks: Iterable[bytes], encoding: Encoding, *, whole: bool) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding.codec)("strict")
    done, held = 0, ""
    for block in blocks:
        text = held + _strictly(decoder, block, encoding, done, final=False)
        held = "\r" if text.endswith("\r") else ""  # its \n may open the next block
        yield _newlines(text.removesuffix(held))
        done += len(block)
    if whole:
        yield _newlines(held + _strictly(decoder, b"", encoding, done, final=True))


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _strictly(
    decoder: codecs.IncrementalDecoder, block: bytes, encoding: Encoding, done: int, *, final: bool
) -> str:
    waiting = len(decoder.getstate()[0])
    try:
        text = decoder.decode(block, final)
    except UnicodeError as fault:
        start = fault.start if isinstance(fault, UnicodeDecodeError) else 0
        offset = done - waiting + start + 1
        raise Refusal(
            WRONG_ENCODING, f"wrong encoding: byte {offset} is not {encoding.label}; save it as UTF-8."
        ) from fault
    if "\ufffd" in text:
        raise Refusal(
            WRONG_ENCODING,
            "wrong encoding: letters were already replaced by the sign U+FFFD; export the file anew.",
        )
    return text


# --- what earlier programs did ---


def examine(text: str) -> Mending:
    """Decide on a file's opening which misreading, if any, its letters need undone."""
    return Mending(looks_like_mojibake(text), watch_for_losses=_NATIVE.search(text) is None)


def doubts(text: str, mending: Mending) -> list[Repair]:
    """Letters that could be another language's or a misreading, left as they are and told."""
    if mending.kind is not None or _NATIVE.search(text):
        return []
    count = len(_MISREAD.findall(text))
    note = "letters of other Cyrillic alphabets (Ukrainian, Serbian …) were kept as they are"
    return [Repair("foreign-letters-kept", count, note)] if count else []


def refuse_lost_letters(cells: Iterable[str]) -> None:
    """Raise Refusal where one Cyrillic cell in a hundred has question marks for Kazakh letters."""
    cyrillic = lost = 0
    for cell in cells:
        if _CYRILLIC.search(cell):
            cyrillic += 1
            lost += "?" in cell and letters_lost(cell)
    if lost and lost * 100 >= cyrillic:
        raise Refusal(
            "letters-lost",
            f"Kazakh letters were saved as question marks in {lost} of the first {cyrillic} cells with text "
            "and cannot be restored; export the file again as UTF-8.",
        )
