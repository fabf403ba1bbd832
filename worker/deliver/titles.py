"""What awards, nominations and regulations are called in words, on diplomas, in letters and in protocols."""

import re
from collections.abc import Mapping

from worker.deliver.words import Words

PARTS = ("subject", "section", "direction", "nomination", "profession", "specialisation", "grade")
"""The columns that say what an entry took part in, in the order in which they are printed."""

_CLAUSES = {
    "kk": ("{}-тармақ", "{}-тармақтар"),
    "ru": ("пункт {}", "пункты {}"),
    "en": ("clause {}", "clauses {}"),
}

_APPENDIX = re.compile(r",? *app\. *(\d+)")
_APPENDIX_NAME = {"kk": "{}-қосымша", "ru": "приложение {}", "en": "appendix {}"}


def cited(words: Words, language: str, clause: str) -> str:
    """A clause as it is cited ("4, app. 1" with its appendix); a section that has no number by its name."""
    if appendices := _APPENDIX.findall(clause):
        named = (_APPENDIX_NAME[language].format(number) for number in appendices)
        return ", ".join([cited(words, language, _APPENDIX.sub("", clause)), *named])
    if section := words.section(language, clause):
        return section
    several = "," in clause or "-" in clause
    return _CLAUSES[language][several].format(clause.replace("-", "–"))


def basis(words: Words, language: str, regulation: str, clause: str) -> str:
    """The regulation by its official name, and the clause; of a regulation without a name here the clause alone."""
    named = words.value(language, "regulation", regulation)
    facts = {"regulation": regulation, "cited": cited(words, language, clause)}
    section = facts["cited"] if _APPENDIX.search(clause) else words.section(language, clause)
    plain = {"named": section} if section else {"clause": clause}
    return words.reason(language, "diploma-clause", facts if named else plain)


def degree(words: Words, language: str, award: str) -> str:
    """What an award is called; one without words here as the rulebook writes it."""
    return words.value(language, "degree", award) or award


def nomination(words: Words, language: str, parts: Mapping[str, str]) -> str:
    """What somebody took part in: "Математика, 10-сынып"; empty where nothing is told."""
    ordered = sorted(
        parts.items(), key=lambda part: (PARTS.index(part[0]) if part[0] in PARTS else -1, part[0])
    )
    return ", ".join(_part(words, language, name, text) for name, text in ordered)


def _part(words: Words, language: str, name: str, text: str) -> str:
    if name == "grade":
        return words.reason(language, "of-grade", {"grade": text})
    return words.value(language, "nomination", text) or text
