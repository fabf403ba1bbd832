"""Data and a typst template become a PDF/A-4 (PDF 2.0, tagged): the same data, the same bytes.

Data reach typst only as JSON in `sys.inputs`, never as source: `#read("x")` in a name prints literally.
The fonts are PT Serif and PT Sans from their packages, nothing of the machine's; a letter they lack is
refused here, with its code point, before typst could draw a box.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import typst

from jobs.errors import BaiqauError

_FONT_PACKAGES = ("fontpkg_pt_serif", "fontpkg_pt_sans")
_LONGEST = 500
# Controls, bidi and other invisible marks, surrogates, private and unassigned, line and paragraph separators.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class TypesetError(BaiqauError):
    """A document that cannot be set; the subclass says why."""


class UnprintableText(TypesetError):
    """A control or invisible character in a text to be printed."""


class MissingGlyph(TypesetError):
    """A letter that the fonts do not have."""


class TextTooLong(TypesetError):
    """A text of more than 500 characters."""


class TemplateFailed(TypesetError):
    """typst refused: a key is missing, or the text does not fit the page."""


def typeset(
    template: Path,
    data: Mapping[str, object],
    *,
    images: Mapping[str, str] | None = None,
    attachments: Mapping[str, str] | None = None,
) -> bytes:
    """The PDF of a template. The head of each `.typ` says what its `data` must hold; always `language`
    (kk, ru or en) and `date` (ISO, the document's date). Every text is put into NFC and checked.

    `images`: SVG texts by name. `attachments`: texts by file name, embedded in the PDF (PDF/A-4f), for
    templates that attach them. Errors: `UnprintableText`, `MissingGlyph`, `TextTooLong`,
    `TemplateFailed`, each naming the key (`rows[3].name`), never the text.
    """
    clean = _checked("", dict(data))
    inputs = {
        "data": json.dumps(clean, ensure_ascii=False),
        "images": json.dumps(dict(images or {})),
        "attachments": json.dumps(dict(attachments or {})),
    }
    try:
        pdf = _compiler(template.resolve()).compile(
            format="pdf",
            sys_inputs=inputs,
            pdf_standards="a-4f" if attachments else "a-4",
            timestamp=_midnight(str(data["date"])),
        )
    except typst.TypstError as error:
        raise TemplateFailed(_explained(template, error, clean)) from None
    if not isinstance(pdf, bytes):
        raise TemplateFailed(f"{template.name} did not give one PDF: correct the template")
    return pdf


@cache
def _compiler(template: Path) -> typst.Compiler:
    return typst.Compiler(
        template, root=template.parent, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs={}
    )


@cache
def _fonts() -> typst.Fonts:
    folders = [str(files(package) / "files") for package in _FONT_PACKAGES]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def _midnight(date: str) -> datetime:
    try:
        return datetime.fromisoformat(date).replace(tzinfo=UTC)
    except ValueError:
        raise TypesetError("the key date is not an ISO date such as 2026-06-10: correct it") from None


def _explained(template: Path, error: typst.TypstError, data: object) -> str:
    # typst may quote the value it stumbled over: a name must not get into a log.
    message = error.message
    for text in {text for text in _texts(data) if len(text) > 2}:
        message = message.replace(text, "…")
    place = re.search(r"(\w+\.typ:\d+):\d+", error.diagnostic)
    where = place[1] if place else template.name
    return f"{where} could not be set ({message}): correct the template or its data"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _checked(where: str, value: object) -> object:
    if isinstance(value, str):
        return check_text(value, where)
    if isinstance(value, Mapping):
        return {str(key): _checked(f"{where}.{key}".lstrip("."), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_checked(f"{where}[{place}]", item) for place, item in enumerate(value)]
    return value


def check_text(text: str, where: str) -> str:
    """The text in NFC, once every character of it can be printed; `where` names it in the error.

    Errors: `UnprintableText`, `MissingGlyph` (both name the code point), `TextTooLong` (500 characters).
    """
    composed = unicodedata.normalize("NFC", text)
    if len(composed) > _LONGEST:
        raise TextTooLong(f"{where} has {len(composed)} characters, {_LONGEST} are allowed: shorten it")
    strange = set(composed) - _printable()
    if strange:
        _refuse(min(strange), where)
    return composed


def _refuse(character: str, where: str) -> None:
    point = f"U+{ord(character):04X}"
    if unicodedata.category(character) in _INVISIBLE:
        raise UnprintableText(f"{where} holds the invisible character {point}: remove it")
    raise MissingGlyph(f"{where} holds {point}, which the fonts do not have: write it in other letters")


@cache
def _printable() -> frozenset[str]:
    """The characters that every face of every font has: whichever the template picks, it prints."""
    faces = [face for package in _FONT_PACKAGES for face in (files(package) / "files").iterdir()]
    common = (chr(point) for point in frozenset.intersection(*(_covered(str(face)) for face in faces)))
    return frozenset(letter for letter in common if unicodedata.category(letter) not in _INVISIBLE)


def _covered(face: str) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - slow to import

    with TTFont(face, lazy=True) as font:
        return frozenset(font.getBestCmap())
