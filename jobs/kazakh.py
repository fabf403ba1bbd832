"""Kazakh text as ministries really send it: encodings gone wrong, look-alike letters, alphabetical order.

Everything here is standard library only: the parser's child process imports this module and must stay light.
The constants in capitals that hold patterns are written so that Python's `re` and the Rust `regex` crate
(`polars.Expr.str.contains`, `.str.replace_all`) read them alike.

Sources: STRK 1048-2002 (KZ-1048) and PTCP154 as Python's codecs have them; Unicode Standard Annex 15 (NFC).
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable
from typing import Final, Literal

Mojibake = Literal["kz1048-as-cp1251", "ptcp154-as-cp1251", "utf8-as-cp1251"]

ALPHABET: Final = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
"""The 42 letters of the Kazakh Cyrillic alphabet, in their order."""

# --- mojibake: bytes of one encoding read as another ---

_KAZAKH_ONLY: Final = frozenset("әғқңөұүӘҒҚҢӨҰҮ")
_WORD: Final = re.compile(r"[\u0400-\u052f\u00b5\u00b1\u2030\u2021\u00a4\u00a6]+")
_CYRILLIC: Final = re.compile(r"[\u0400-\u052f]")
# PTCP154 puts six Kazakh letters where cp1251 has signs; a sign is a letter only beside one (not in "5 ‰").
_SIGN_IN_WORD: Final = re.compile(
    r"[µ±‰‡¤¦](?=[\u0400-\u052f])|(?<=[\u0400-\u052f])[µ±‰‡¤¦]",
)
_NEIGHBOURS: Final = tuple(
    frozenset(letters)
    for letters in (
        "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",  # Ukrainian
        "абвгдеёжзійклмнопрстуўфхцчшыьэюя",  # Belarusian
        "абвгдђежзијклљмнњопрстћуфхцчџш",  # Serbian
        "абвгдѓежзѕијклљмнњопрстќуфхцчџш",  # Macedonian
    )
)


def _misread(codec: str) -> dict[int, str]:
    """What cp1251 shows for each Kazakh letter of `codec`, to that letter."""
    shown = ((letter.encode(codec).decode("cp1251"), letter) for letter in ALPHABET + ALPHABET.upper())
    return {ord(seen): letter for seen, letter in shown if seen != letter}


_KZ1048: Final = _misread("kz1048")
_PTCP154: Final = _misread("ptcp154")
_PTCP154_LETTERS: Final = {
    code: letter for code, letter in _PTCP154.items() if chr(code).isalpha() and code > 0x3FF
}
_TELLS_KZ1048: Final = frozenset(map(chr, _KZ1048.keys() - _PTCP154.keys()))
_TELLS_PTCP154: Final = frozenset(map(chr, _PTCP154.keys() - _KZ1048.keys()))
_TELLS: Final = frozenset(map(chr, _KZ1048.keys() | _PTCP154.keys()))

# cp1251 leaves byte 0x98 undefined, yet it ends Ә and И in UTF-8: lenient readers pass it through.
_CP1251_BYTES: Final = {ord(bytes([byte]).decode("cp1251")): byte for byte in range(256) if byte != 0x98}
_CP1251_BYTES[0x98] = 0x98
_NON_ASCII: Final = re.compile(r"[^\x00-\x7f]+")


def looks_like_mojibake(sample: str) -> Mojibake | None:
    """Which misreading explains `sample` (a file's opening, or one cell), or None where it is honest text.

    A sample that holds a native Kazakh letter is honest as it stands, and what it has of Ukrainian or
    Serbian is Ukrainian or Serbian. Otherwise it takes one word that no neighbouring language could spell:
    `ќайратўлы` convinces, `Київ` and `Јован` do not. A short cell may therefore stay undecided where its
    file is not, so ask about the file and apply the answer (`mend`) cell by cell.
    """
    if _is_utf8_as_cp1251(sample):
        return "utf8-as-cp1251"
    if not _KAZAKH_ONLY.isdisjoint(sample) or _TELLS.isdisjoint(sample):
        return None
    proof = "".join(word for word in set(_WORD.findall(sample)) if _is_proof(word))
    if not proof:
        return None
    kz1048, ptcp154 = _count(proof, _TELLS_KZ1048), _count(proof, _TELLS_PTCP154)
    return "ptcp154-as-cp1251" if ptcp154 > kz1048 else "kz1048-as-cp1251"


def _is_proof(word: str) -> bool:
    """A word with misread letters that is a word of no language written with those letters."""
    if _TELLS.isdisjoint(word) or len(_CYRILLIC.findall(word)) < 2:
        return False
    letters = set(word.lower())
    return not any(letters <= alphabet for alphabet in _NEIGHBOURS)


def _count(text: str, letters: frozenset[str]) -> int:
    return sum(letter in letters for letter in text)


def repair_mojibake(text: str, kind: Mojibake = "kz1048-as-cp1251") -> tuple[str, int]:
    """One cell whose 8-bit Kazakh bytes were read as cp1251, mended; and how many characters changed.

    A cell with a native Kazakh letter was read rightly and is returned as it is. Whether the file needs the
    repair at all is for `looks_like_mojibake` to say.
    """
    if not _KAZAKH_ONLY.isdisjoint(text):
        return text, 0
    mended = _mend_ptcp154(text) if kind == "ptcp154-as-cp1251" else text.translate(_KZ1048)
    return mended, sum(old != new for old, new in zip(text, mended, strict=True))


def _mend_ptcp154(text: str) -> str:
    letters = _SIGN_IN_WORD.sub(lambda sign: _PTCP154[ord(sign.group())], text)
    return letters.translate(_PTCP154_LETTERS)


def repair_utf8_as_cp1251(text: str) -> tuple[str, int]:
    """Text whose UTF-8 bytes were read as cp1251 (byte 0x98 passed through), mended; and how many characters
    took part. A run of non-ASCII characters that is not UTF-8 in disguise stays as it is."""
    changed = 0

    def mend_run(run: re.Match[str]) -> str:
        nonlocal changed
        mended = _decode_disguised(run.group())
        if mended is None:
            return run.group()
        changed += len(run.group())
        return mended

    return _NON_ASCII.sub(mend_run, text), changed


def mend(text: str, kind: Mojibake | None) -> tuple[str, int]:
    """`text` repaired as `looks_like_mojibake` found its file to need, and how many characters changed."""
    if kind is None:
        return text, 0
    return repair_utf8_as_cp1251(text) if kind == "utf8-as-cp1251" else repair_mojibake(text, kind)


def _decode_disguised(run: str) -> str | None:
    try:
        return codecs.charmap_encode(run, "strict", _CP1251_BYTES)[0].decode("utf-8")
    except UnicodeError:
        return None


def _is_utf8_as_cp1251(sample: str) -> bool:
    """Nine runs in ten are UTF-8 in disguise (a cut sample ends in mid-letter), one is two letters long."""
    runs = _NON_ASCII.findall(sample)
    decoded = [mended for mended in map(_decode_disguised, runs) if mended is not None]
    return 10 * len(decoded) >= 9 * len(runs) and any(
        len(_CYRILLIC.findall(mended)) >= 2 for mended in decoded
    )


# --- letters that are gone ---

_LOST_FOR_SURE: Final = re.compile(
    r"(?:(?<=[\s(«\"'-])|^)\?{1,3}[а-яёіА-ЯЁІ]{2}"  # ?ани, ?АЗА?: a question never opens a word
    r"|[а-яёіА-ЯЁІ]\?{1,3}[а-яёі]",  # аза?стан: a question is not followed by a small letter
    re.MULTILINE,
)
_LOST_IN_CAPITALS: Final = re.compile(r"(?<![А-ЯЁІ?])[А-ЯЁІ]+\?[А-ЯЁІ]+(?![?\w])")
_LOST_CHARACTER: Final = re.compile(r"[\u0400-\u052f]\ufffd|\ufffd[\u0400-\u052f]")


def letters_lost(sample: str) -> bool:
    """Whether Kazakh letters became question marks (`?аза?стан`) or U+FFFD: nothing restores them.

    Sure rather than eager. The conversion that loses one Kazakh letter loses all, so one native letter clears
    the text; a mark at a word's end may be a question; capitals (`ИӘ?ЖОҚ`) need two such words.
    """
    if _LOST_CHARACTER.search(sample):
        return True
    if not _KAZAKH_ONLY.isdisjoint(sample):
        return False
    chunks = [chunk for chunk in _chunks_with_mark(sample) if "=" not in chunk and "/" not in chunk]
    if any(_LOST_FOR_SURE.search(chunk) for chunk in chunks):
        return True
    return sum(bool(_LOST_IN_CAPITALS.search(chunk)) for chunk in chunks) >= 2


def _chunks_with_mark(sample: str) -> Iterable[str]:
    cells = re.split(r"[\s;,|]+", sample)
    return (cell for cell in cells if "?" in cell)


# --- look-alike letters ---

_LATIN_CLASS: Final = r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af"
_CYRILLIC_CLASS: Final = r"\u0400-\u0481\u048a-\u052f"
# Characters that NFC leaves alone whatever stands beside them: any other sends the text to be folded.
_NFC_INERT: Final = (
    r"\x00-\u02ff\u0400-\u0482\u048a-\u052f\u2002-\u206f\u20a0-\u20cf\u2100-\u2125\u2190-\u22ff"
    r"\u2500-\u27bf\U0001f300-\U0001faff"
)

NEEDS_FOLDING: Final = (
    f"[{_LATIN_CLASS}][{_CYRILLIC_CLASS}]|[{_CYRILLIC_CLASS}][{_LATIN_CLASS}]"
    rf"|[\u04da\u04db]|[^{_NFC_INERT}]"
)
"""Matches every text that `fold_lookalikes` would change (and a few that it would not)."""

_TWINS: Final = dict(zip("ABCEHIKMOPTXYaceikopxyhəƏɵƟëË", "АВСЕНІКМОРТХУасеікорхуһәӘөӨёЁ", strict=True))
_KHANTY: Final = {"ӛ": "ө", "Ӛ": "Ө"}  # in fonts without Kazakh letters it is drawn for ө
_TO_CYRILLIC: Final = str.maketrans(_TWINS | _KHANTY)
_TO_LATIN: Final = str.maketrans({cyrillic: latin for latin, cyrillic in _TWINS.items()})
_NEEDS_FOLDING: Final = re.compile(NEEDS_FOLDING)
# The local part of an address is at most 64 octets (RFC 5321, 4.5.3.1.1): the bound keeps the search linear.
_FOLDABLE: Final = re.compile(
    r"(?i:https?://|ftp://|www\.)\S*|[\w.+-]{1,64}@[\w.-]+|[#@][\w.]+"
    rf"|(?P<word>[{_LATIN_CLASS}{_CYRILLIC_CLASS}]+)(?P<marks>[\u0300-\u036f]*)"
)


def needs_folding(text: str) -> bool:
    """False only where `fold_lookalikes(text)` is `text` itself; one compiled search."""
    return not text.isascii() and _NEEDS_FOLDING.search(text) is not None


def fold_lookalikes(text: str) -> str:
    """`text` in NFC, each word in one script; addresses, #hashtags and @handles keep their letters.

    A mixed word goes to the script that can spell all of it: `ережеcін` with a Latin c becomes Cyrillic,
    `Іntel` with a Cyrillic І becomes Latin. Where both scripts can, the majority of its letters decides and
    a tie is Cyrillic; where neither can (`PISAның`), two words were glued and nothing is touched. Words are
    runs of letters, so the parts of `IT-сынып` are judged apart.
    """
    if not needs_folding(text):
        return text
    return _FOLDABLE.sub(_fold_match, unicodedata.normalize("NFC", text))


def _fold_match(match: re.Match[str]) -> str:
    if match["word"] is None:
        return match.group()
    folded = _fold_word(match["word"]) + match["marks"]
    # A diaeresis that stood loose after ə would merge with ә into yet another letter.
    return folded if unicodedata.is_normalized("NFC", folded) else match.group()


def _fold_word(word: str) -> str:
    latin = sum(map(_is_latin, word))
    if latin == len(word):
        return word
    cyrillic_form, latin_form = word.translate(_TO_CYRILLIC), word.translate(_TO_LATIN)
    all_cyrillic = not any(map(_is_latin, cyrillic_form))
    all_latin = all(map(_is_latin, latin_form))
    if all_cyrillic and not (latin and all_latin and 2 * latin > len(word)):
        return cyrillic_form
    return latin_form if latin and all_latin else word


def _is_latin(letter: str) -> bool:
    return letter < "\u0400"


# --- spaces and invisible characters ---

SPACES: Final = r"[\t\n\x0b\x0c\r\x20\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
"""Runs of white space of every width, for folding into one space."""

UNSAFE_TEXT: Final = (
    r"[\x00-\x1f\x7f-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\ue000-\uf8ff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f\U000f0000-\U000ffffd"
    r"\U00100000-\U0010fffd]"
)
"""Controls, format characters (bidi controls, zero widths, soft hyphen), line separators, private use."""

_SPACES: Final = re.compile(SPACES)
_UNSAFE: Final = re.compile(rf"{UNSAFE_TEXT}|[\ud800-\udfff]")  # a lone surrogate, which only Python can hold
_HARD_SPACES: Final = {0x00A0: " ", 0x202F: " "}


def tidy(text: str) -> str:
    """`text` with every run of white space (also no-break and narrow) as one space, none at the ends."""
    return _SPACES.sub(" ", text).strip(" ")


def is_safe_text(text: str) -> bool:
    """Whether `text` can be printed as it reads: no control, format, private-use or surrogate characters."""
    return _UNSAFE.search(text) is None


def repair(text: str) -> str:
    """A document mended and nothing else: mojibake, look-alike letters, no-break spaces as spaces.

    The number of spaces and lines stays; for one cell of a table use `mend`, `fold_lookalikes` and `tidy`.
    """
    mended, _ = mend(text, looks_like_mojibake(text))
    return fold_lookalikes(mended).translate(_HARD_SPACES)


# --- alphabetical order ---

# "A" is free once the text is in small letters, and stands after digits and before a-z, as Kazakh shall.
RANKS: Final = {letter: "A" + chr(ord("0") + place) for place, letter in enumerate(ALPHABET)}
"""Letter to rank: in polars, `column.str.to_lowercase().str.replace_many(RANKS)` is `alphabet_rank`."""

_RANKS: Final = str.maketrans(RANKS)


def alphabet_rank(text: str) -> str:
    """A string whose code-point order is the Kazakh alphabetical order of `text`, small and capital alike.

    Spaces, punctuation and digits stand before the 42 letters, Latin and every other script after them.
    """
    return text.lower().translate(_RANKS)


def alphabet_key(text: str) -> tuple[str, str]:
    """A sort key: alphabetical order first, then capitals before small letters, so the order is total."""
    return alphabet_rank(text), text
