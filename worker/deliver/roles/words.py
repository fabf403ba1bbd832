"""What stands in the cells of the medal's reports: code words, days and fractions in one language."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jobs.regions import region_name
from worker.deliver.acts import Voice
from worker.deliver.lazy import Made
from worker.deliver.words import LANGUAGES, Language
from worker.deliver.workbook import Cell, Kind

Row = dict[str, Any]
DASH = "–"


@dataclass(frozen=True)
class Column:
    """A column of a report: the key of its heading, what it shows, and where its value stands (else under the key).

    how: text, whole, day, instant, flag (yes or no), sign (yes or nothing), region, name, fraction (of `numerator` and
    `denominator`, or a pair in `at`), mark (the mean of anonymous marks), or the section of
    templates/pages/roles.toml with its code words; several words stand in one cell with spaces between.
    """

    key: str
    how: str = "text"
    at: str = ""

    @property
    def place(self) -> str:
        return self.at or self.key

    @property
    def kind(self) -> Kind:
        return {"whole": "whole", "fraction": "decimal", "mark": "decimal"}.get(self.how, "text")  # type: ignore[return-value]  # three of the kinds


def hundredths(numerator: int, denominator: int) -> int:
    """A fraction in hundredths, a half up; exact up to that."""
    return (200 * numerator + denominator) // (2 * denominator)


def fraction_at(row: Row, place: str = "") -> tuple[int | None, int | None]:
    """Numerator and denominator: those of the row, or the two that stand together in a cell of it."""
    over, under = (
        (row.get("numerator"), row.get("denominator")) if not place else row.get(place) or (None, None)
    )
    return over, under


@dataclass(frozen=True)
class Speaker:
    """A report's language."""

    voice: Voice

    @property
    def language(self) -> Language:
        return next(known for known in LANGUAGES if known == self.voice.language)

    def say(self, key: str, **figures: str) -> str:
        return self.voice.say(key, **figures)

    def heading(self, column: Column) -> str:
        section, _, key = column.key.rpartition(".")
        return self.say(f"{section or 'column'}.{key}")

    def cell(self, row: Row, column: Column) -> Cell:
        """The value for a workbook: a number where it is one, else as it is printed; nothing where there is none."""
        value = row.get(column.place)
        if column.how == "fraction":
            return self._hundredths(*fraction_at(row, column.at))
        if column.how == "mark":
            return self._hundredths(row.get("mark_stars"), row.get("mark_count"))
        if column.how == "name":
            return full_name(row) or None
        if value is None or value == "":
            return None
        return int(value) if column.how == "whole" else self._word(column.how, value)

    def text(self, row: Row, column: Column) -> str:
        """The value for a page."""
        value = self.cell(row, column)
        if value is None:
            return DASH
        if isinstance(value, str):
            return value
        return self._point(f"{value:.2f}") if column.kind == "decimal" else self.voice.whole(value)

    def fraction(self, row: Row) -> str:
        """The figure of `numerator` and `denominator` with at most two decimals, or a dash."""
        value = self._hundredths(*fraction_at(row))
        return DASH if value is None else self._point(f"{value:.2f}".rstrip("0").rstrip("."))

    def _point(self, number: str) -> str:
        return number if self.language == "en" else number.replace(".", ",")

    def region(self, code: str | None) -> str:
        return region_name(code, self.language) if code else self.say("page.region-none")

    def _hundredths(self, numerator: int | None, denominator: int | None) -> float | None:
        if numerator is None or not denominator:
            return None
        return hundredths(numerator, denominator) / 100

    def _word(self, how: str, value: object) -> str | None:
        written = str(value)
        if how == "text":
            return written
        if how == "sign":
            return self.say("flag.yes") if value else None
        if how == "flag":
            return self.say("flag.yes" if value else "flag.no")
        if how == "region":
            return self.region(written)
        if how in ("day", "instant"):
            return self.voice.day(written[:10]) + written[10:]
        return ", ".join(self._known(how, word) for word in written.split())

    def _known(self, section: str, word: str) -> str:
        """A word that nobody has words for stays as it was written."""
        return self.voice.texts[section].get(word, word)


def full_name(row: Row) -> str:
    """Surname, name and patronymic, as far as they are known."""
    return " ".join(str(row[part]) for part in ("surname", "name", "patronymic") if row.get(part))


def table(
    speaker: Speaker, columns: Sequence[Column], rows: Sequence[Row]
) -> tuple[list[tuple[str, Kind]], Sequence[list[Cell]]]:
    """The headings of a sheet, and its cells, which are worded when they are asked for."""
    headings = [(speaker.heading(column), column.kind) for column in columns]
    return headings, Made(rows, lambda row: [speaker.cell(row, column) for column in columns])
