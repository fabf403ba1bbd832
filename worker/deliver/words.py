"""Reasons in the families' languages: `templates/words.toml`, read once and checked whole.

A reason may have several wordings; the first whose figures (`needs`) the verdict has is taken, and the last
needs none. A verdict's English `why` is for officials and never stands in a mail.
"""

import re
import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from jobs.errors import BaiqauError

Language = Literal["kk", "ru", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
GENERAL = "general"

_AWARDS = frozenset({"award", "upper", "lower"})
"""Figures that are an award: each is called as [value.degree] says, or as the rulebook writes it."""
_OUTCOMES = frozenset({"outcome_before", "outcome_after"})
"""Figures that are a verdict or an award."""
_FREE = frozenset({"ground", "criterion"})
"""Figures that are a code word or what people wrote themselves."""
_SECTION = re.compile(r"[a-z]{3,}")
_CODE_WORD = re.compile(r"[a-z][a-z_-]*")
_LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?")


class WordsFault(BaiqauError):
    """words.toml is not whole."""


@dataclass(frozen=True)
class Wording:
    """One sentence in each language, with the figures it cannot do without."""

    needs: frozenset[str]
    text: Mapping[str, str]


Texts = Mapping[str, str]  # a text in each language


@dataclass(frozen=True)
class Words:
    """All that words.toml says.

    reasons: wordings a code; values: what a figure's code word is called (`decision` → `annul` → texts);
    stages: their names; outcomes and next_steps: "contest/stage", stage or "general" → verdict → texts.
    """

    reasons: Mapping[str, Sequence[Wording]]
    values: Mapping[str, Mapping[str, Texts]]
    stages: Mapping[str, Texts]
    outcomes: Mapping[str, Mapping[str, Texts]]
    next_steps: Mapping[str, Mapping[str, Texts]]

    def reason(self, language: str, code: str, facts: Mapping[str, object]) -> str:
        """The sentence for `code`; a general one for a code without words."""
        figures = self._figures(language, facts)
        wordings = self.reasons.get(code, self.reasons[GENERAL])
        fitting = next(wording for wording in wordings if wording.needs <= figures.keys())
        return fitting.text[language].format_map(figures)

    def _figures(self, language: str, facts: Mapping[str, object]) -> dict[str, str]:
        """The facts as they are printed. A code word this language has no word for is no figure."""
        given = {name: _plain(value) for name, value in facts.items() if value is not None}
        named = {name: self._named(language, name, text) for name, text in given.items()}
        return {name: text for name, text in named.items() if text}

    def _named(self, language: str, figure: str, text: str) -> str:
        if figure in _AWARDS:
            return self.value(language, "degree", text) or text
        if figure in _OUTCOMES:
            return self.value(language, figure, text) or self.value(language, "degree", text) or text
        if figure in self.values:
            named = self.value(language, figure, text) or self._each(language, figure, text)
            chosen = self.value(language, "degree", text) if figure == "decision" else ""
            return named or chosen or (text if figure in _FREE else "")
        return _written_time(text, language) if _LOCAL_TIME.fullmatch(text) else text

    def _each(self, language: str, figure: str, text: str) -> str:
        """A list of code words, with what stands between them; empty where one of them has no word."""
        codes = set(_CODE_WORD.findall(text))
        names = {code: self.value(language, figure, code) for code in codes}
        return _CODE_WORD.sub(lambda found: names[found[0]], text) if codes and all(names.values()) else ""

    def value(self, language: str, figure: str, text: str) -> str:
        """What a code word of a figure is called, or an empty string."""
        return self.values.get(figure, {}).get(text, {}).get(language, "")

    def section(self, language: str, clause: str) -> str:
        """A clause of a regulation whose sections have names ("prizes", "conditions 2") in words; empty where the
        clause is numbers alone."""
        if not _SECTION.search(clause):
            return ""
        named = _SECTION.sub(lambda found: self.value(language, "section", found[0]) or found[0], clause)
        return named.replace("-", "–")

    def stage(self, language: str, contest: str, stage: str, title: str) -> str:
        """The stage's name; the rulebook's own title for a stage without words."""
        texts = self.stages.get(f"{contest}/{stage}") or self.stages.get(stage)
        return texts[language] if texts else title

    def outcome(self, language: str, contest: str, stage: str, verdict: str) -> str:
        """What the verdict means for the family."""
        return _nearest(self.outcomes, contest, stage, verdict)[language]

    def next_step(self, language: str, contest: str, stage: str, verdict: str) -> str:
        """What the family can do now."""
        return _nearest(self.next_steps, contest, stage, verdict)[language]


def _nearest(texts: Mapping[str, Mapping[str, Texts]], contest: str, stage: str, verdict: str) -> Texts:
    places = (f"{contest}/{stage}", stage, GENERAL)
    return next(texts[place][verdict] for place in places if verdict in texts.get(place, {}))


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else " ".join(str(value).split())


def _written_time(text: str, language: str) -> str:
    """`2026-02-14 23:59`, or a day alone, as people of Kazakhstan write it; English keeps the ISO form."""
    if language == "en":
        return text
    at = datetime.fromisoformat(text)
    if " " not in text:
        return at.strftime("%d.%m.%Y")
    return at.strftime("%d.%m.%Y %H:%M:%S" if at.second else "%d.%m.%Y %H:%M")


def read_words(file: Path) -> Words:
    """The words in `file`; WordsFault names the first key at fault."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise WordsFault(f"{file}: {fault}; restore it from the installed templates.") from fault
    return _Reader(file).words(table)


@dataclass(frozen=True)
class _Reader:
    file: Path

    def words(self, table: Mapping[str, Any]) -> Words:
        for section in ("reason", "value", "stage", "outcome", "next"):
            if not isinstance(table.get(section), dict):
                raise self._fault(section, "is missing")
        reasons = {code: self._wordings(f"reason.{code}", found) for code, found in table["reason"].items()}
        for section, keys in (("outcome", ("in", "out")), ("next", ("in", "out"))):
            if table[section].get(GENERAL, {}).keys() != set(keys):
                raise self._fault(f"{section}.{GENERAL}", "needs `in` and `out`")
        if GENERAL not in reasons:
            raise self._fault(f"reason.{GENERAL}", "is missing")
        return Words(
            reasons,
            self._tables("value", table["value"]),
            {stage: self._texts(f"stage.{stage}", texts) for stage, texts in table["stage"].items()},
            self._tables("outcome", table["outcome"]),
            self._tables("next", table["next"]),
        )

    def _tables(self, section: str, table: Mapping[str, Any]) -> dict[str, dict[str, Texts]]:
        return {
            name: {word: self._texts(f"{section}.{name}.{word}", texts) for word, texts in words.items()}
            for name, words in table.items()
        }

    def _wordings(self, key: str, found: Any) -> list[Wording]:
        entries = found if isinstance(found, list) else [found]
        wordings = [self._wording(key, dict(entry)) for entry in entries]
        if wordings[-1].needs:
            raise self._fault(key, "needs a last wording without figures")
        return wordings

    def _wording(self, key: str, entry: dict[str, Any]) -> Wording:
        needs = frozenset(entry.pop("needs", ()))
        texts = self._texts(key, entry)
        for language, text in texts.items():
            strange = _places(text) - needs
            if strange:
                raise self._fault(f"{key}.{language}", f"prints {{{min(strange)}}}, which is not in `needs`")
        return Wording(needs, texts)

    def _texts(self, key: str, texts: Any) -> Texts:
        if not isinstance(texts, dict) or texts.keys() != set(LANGUAGES):
            raise self._fault(key, f"needs a text in each of {', '.join(LANGUAGES)} and no other key")
        if not all(isinstance(text, str) and text.strip() for text in texts.values()):
            raise self._fault(key, "has an empty text")
        return {language: " ".join(text.split()) for language, text in texts.items()}

    def _fault(self, key: str, what: str) -> WordsFault:
        return WordsFault(f"{self.file}: {key} {what}.")


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
