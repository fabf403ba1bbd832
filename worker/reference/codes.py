"""The page of the codes: every code of receipts and verdicts, with what people read beside it."""

import ast
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from worker.deliver.words import LANGUAGES
from worker.reference import markdown
from worker.site import RESOURCES

ROOT = Path(__file__).parents[2]

_OUTCOMES = {
    "claimed": "taken out of the inbox, not decided yet",
    "accepted": "every row was taken",
    "partial": "some rows were taken, the others were refused one by one",
    "refused": "nothing was taken; the file lies in `quarantine/`",
    "duplicate": "the same bytes from the same sender had been taken before",
}

_REPAIRS = {
    "letters-folded": "look-alike letters and odd spaces of names were mended",
    "zeros-restored": "IINs got back the zeros that Excel had dropped, or lost the `.0` that a table had added",
    "answer-letters-folded": "Cyrillic letters among answers or keys, read as the Latin ones they look like",
    "answer-columns-missing": "columns of answers missing in between (q1, q3): their items are blank",
    "item-times-unreadable": "times of items (t1, t2 …) that are no number of seconds: kept as unknown",
    "phone-unreadable": "telephone numbers that are no number of Kazakhstan nor +, country and number: kept as none",
    "kz1048-read-as-cp1251": "KZ-1048 text had been read as cp1251; its Kazakh letters were restored",
    "ptcp154-read-as-cp1251": "PTCP154 text had been read as cp1251; its Kazakh letters were restored",
    "utf8-read-as-cp1251": "UTF-8 text had been read as cp1251; its letters were restored",
    "foreign-letters-kept": "letters of other Cyrillic alphabets were kept as they are",
    "formula-like-text": "cells that look like formulas were kept as text",
    "counts-abbreviated": "counts such as `1,2K` or `4 тыс.`: read as the round number they say",
    "counts-unknown": "counts that are not told (`-1`, blank): kept as unknown, never 0",
    "ids-of-posts": "works named by their post, told from its address, so that two exports of one video are one work",
    "tags-from-caption": "hashtags found in the text of a post",
    "accounts-from-url": "accounts told from the address of a post",
    "accounts-unreadable": "account names that could not be read: kept as none",
    "columns-ignored": "columns whose headers nobody knows",
    "lines-passed-over": "title rows, blank rows and subtotals",
    "COLUMN-assumed-VALUE": "the file lacks the column; the rulebook's [assume] gave the value",
}

_SHORTEST_SENTENCE = 3
_NO_FILES = ("link", "pipe", "socket", "device")
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_JOB_CODE = re.compile(r"""\bwords\(\s*"([a-z0-9-]+)\"""")


def codes_page() -> str:
    """Every code of receipts and verdicts."""
    intro = "Codes for programs; beside each stands what people read. `{…}` is a figure of the case."
    refused = [(markdown.code(code), " / ".join(sorted(why))) for code, why in sorted(intake_codes().items())]
    return markdown.page(
        "Codes",
        intro,
        "## Outcomes of a file",
        markdown.table(
            ("outcome", "what it means"), ((markdown.code(code), text) for code, text in _OUTCOMES.items())
        ),
        "## Why a file, a row or a line was not taken",
        markdown.table(("code", "why"), refused),
        "## Repairs",
        markdown.table(
            ("code", "what was counted"), ((markdown.code(code), text) for code, text in _REPAIRS.items())
        ),
        "## Verdicts",
        "From `templates/words.toml`, which organisers may edit. *general* tells codes without words.",
        *_verdict_words(),
    )


def intake_codes() -> dict[str, set[str]]:
    """Every refusal code in the sources of the intake: there a code is followed by its sentence."""
    feeds = [ROOT / "jobs" / "feeds" / name for name in ("reading.py", "works.py")]
    files = [*sorted((ROOT / "worker" / "intake").rglob("*.py")), *feeds]
    found = {kind: {f"a {kind} is no file; drop the file"} for kind in _NO_FILES}
    for file in files:
        for code, why in _Reader().pairs(file):
            if file.name == "works.py" and len(why.split()) < _SHORTEST_SENTENCE:
                continue  # a column's header and its spelling
            found.setdefault(code, set()).add(why.rstrip("."))
    return found


@dataclass
class _Reader:
    """Finds a code and its sentence side by side in calls and tuples; a name stands for the text it was last
    given above."""

    texts: dict[str, ast.expr] = field(default_factory=dict)

    def pairs(self, file: Path) -> Iterator[tuple[str, str]]:
        nodes = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if _place(node)]
        for node in sorted(nodes, key=_place):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                self.texts |= {target.id: node.value} if isinstance(target, ast.Name) else {}
            elif isinstance(node, ast.Call):
                yield from self._adjacent([*node.args, *(each.value for each in node.keywords)])
            elif isinstance(node, ast.Tuple):
                yield from self._adjacent(node.elts)

    def _adjacent(self, parts: Sequence[ast.expr]) -> Iterator[tuple[str, str]]:
        named = (self.texts.get(part.id, part) if isinstance(part, ast.Name) else part for part in parts)
        for code, why in pairwise(map(_text, named)):
            if code and why and _CODE.fullmatch(code) and " " in why:
                yield code, why


def _place(node: ast.AST) -> tuple[int, int]:
    return (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))


def job_codes() -> set[str]:
    """Every code that a job's `words(...)` names, and those of admission."""
    sources = "".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / "jobs").rglob("*.py")))
    return set(_JOB_CODE.findall(sources))


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(str(each.value) if isinstance(each, ast.Constant) else "{…}" for each in node.values)


def _verdict_words() -> Iterator[str]:
    reasons = tomllib.loads((RESOURCES / "templates" / "words.toml").read_text(encoding="utf-8"))["reason"]
    if wordless := sorted(job_codes() - reasons.keys()):
        yield f"Codes without words: {markdown.codes(wordless)}."
    yield "`require` makes its codes: `COLUMN-not-CONDITION`."
    for code, wordings in sorted(reasons.items()):
        first = wordings[0] if isinstance(wordings, list) else wordings
        lines = [f"- {language}: {first[language]}" for language in LANGUAGES]
        yield f"### {code}\n\n" + "\n".join(lines)
