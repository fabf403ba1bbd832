"""The files of a stage's protocol: PDFs in Kazakh and Russian, CSV and XLSX for its committee; page and CSV for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jobs.regions import region_name
from worker.deliver.exports import Grid, as_csv, workbook
from worker.deliver.pages import page
from worker.deliver.titles import cited, degree, nomination
from worker.deliver.typeset import typeset
from worker.deliver.words import Words

Content = Mapping[str, Any]
Language = Literal["kk", "ru"]

LANGUAGES: tuple[Language, ...] = ("kk", "ru")
_NUMBER = ("contest", "edition", "stage", "version")
PRINTED, GROUPS = 2_000, 500
"""Entries and groups that are printed in a PDF or a page; of more the tables tell."""
ROWS = (
    "group", "sender", "rank", "code", "participant", "name", "school", "region", "work", "points", "verdict", "award",
    "clause", "reason_kk", "reason_ru",
)  # fmt: skip
PUBLIC_ROWS = ("group", "sender", "rank", "code", "points", "verdict", "award", "clause")
CUTS = ("group", "sender", "sat", "places", "entered", "cut", "first_out", "tied")
TIES = (
    "group",
    "kind",
    "points",
    "code",
    "name",
    "verdict",
    "award",
    "decision",
    "by_kk",
    "by_ru",
    "request",
)
RULES = ("clause", "job", "per", "parameter", "value")


def committee_tables(content: Content, words: Words) -> dict[str, bytes]:
    """CSV and XLSX with names, each reason in both languages, the cuts, the ties and the rules."""
    rows = Grid("protocol", "row", {}, ROWS, [_row(row, words) for row in content["rows"]])
    name = f"protocol-{content['stage']}"
    return {f"{name}.csv": as_csv(rows), f"{name}.xlsx": workbook([rows, *_further(content)])}


def committee_page(content: Content, words: Words, templates: Path, language: Language) -> bytes:
    """The PDF for the committee's signatures, unsigned."""
    return typeset(templates / "pages" / "protocol.typ", _Wording(content, words, language).whole())


def public_files(content: Content, words: Words, templates: Path) -> dict[str, bytes]:
    """A page in both languages and a CSV, under codes."""
    name = f"protocol-{content['stage']}"
    rows = Grid("protocol", "row", {}, PUBLIC_ROWS, content["rows"])
    told = {language: _Wording(content, words, language).whole() for language in LANGUAGES}
    data = dict(content) | {"told": told, "many": not _few(content)}
    return {
        f"{name}.html": page(templates, "stage-protocol.html.j2", data),
        f"{name}.csv": as_csv(rows),
    }


def _row(row: Content, words: Words) -> dict[str, object]:
    reasons = {f"reason_{language}": _reason(row, words, language) for language in LANGUAGES}
    return {name: row.get(name) for name in ROWS} | reasons


def _reason(row: Content, words: Words, language: Language) -> str:
    who = row["facts"].get("who")
    facts = dict(row["facts"]) | ({"who": who[language]} if isinstance(who, dict) else {})
    return words.reason(language, row["reason"], facts)


def _further(content: Content) -> list[Grid]:
    cuts = [{"group": each["group"]} | cut for each in content["groups"] for cut in each["cuts"]]
    ties = [_level(tie, member) for tie in content["ties"] for member in tie["members"]]
    rules = [
        {"clause": step["clause"], "job": step["job"], "per": ", ".join(step["per"])}
        | {"parameter": name, "value": value}
        for step in content["steps"]
        for name, value in (step["parameters"] or {"": ""}).items()
    ]
    return [
        Grid("cuts", "cut", {}, CUTS, cuts),
        Grid("ties", "entry", {}, TIES, ties),
        Grid("rules", "rule", {}, RULES, rules),
    ]


def _level(tie: Content, member: Content) -> dict[str, object]:
    made = member["decisions"][-1] if member["decisions"] else {}
    by = {f"by_{language}": made.get("by", {}).get(language) for language in LANGUAGES}
    told = {"group": tie["group"], "kind": tie["kind"], "points": tie["facts"].get("points")}
    known = {name: member.get(name) for name in ("code", "name", "verdict", "award")}
    return told | known | by | {"decision": made.get("decision", tie["rule"]), "request": made.get("request")}


# --- in words ---


@dataclass(frozen=True)
class _Wording:
    """A protocol in one language, all of it as texts."""

    content: Content
    words: Words
    language: Language

    def whole(self) -> dict[str, object]:
        content = self.content
        return {
            "language": self.language,
            "date": content["date"],
            "organisation": content["organisation"],
            "contest": content["title"][self.language],
            "regulation": self._regulation(),
            "edition": content["edition"],
            "stage": self.words.stage(
                self.language, content["contest"], content["stage"], content["stage_title"][self.language]
            ),
            "decided_at": content["decided_at"],
            "rulebook": content["rulebook"][:12],
            "calendar": content["calendar"] or "–",
            "number": "-".join(filter(None, (content.get(name) for name in _NUMBER))).upper(),
            "groups": self._groups(),
            "left": 0 if _few(content) else len(content["rows"]),
            "rules": [self._rule(step) for step in content["steps"]],
            "readings": [f"{question}: {text}"[:480] for question, text in content["readings"]],
        }

    def _regulation(self) -> str:
        regulation, clause = self.content["regulation"], self.content["clause"]
        named = self.words.value(self.language, "regulation", regulation) or regulation
        return f"{named}, {cited(self.words, self.language, clause)}"

    def _groups(self) -> list[dict[str, object]]:
        """The groups that are printed, with their entries where these are not too many."""
        rows = _by_group(self.content["rows"] if _few(self.content) else ())
        ties = _by_group(self.content["ties"])
        shown = self.content["groups"][:GROUPS]
        return [
            self._group(group, rows.get(group["group"], []), ties.get(group["group"], [])) for group in shown
        ]

    def _group(self, group: Content, rows: Sequence[Content], ties: Sequence[Content]) -> dict[str, object]:
        return {
            "title": self._title(group["parts"]),
            "cuts": [self._cut(cut) for cut in group["cuts"]],
            "awards": [self._award(award) for award in group["awards"]],
            "ties": [self._tie(tie) for tie in ties],
            "rows": [self._line(row) for row in rows],
        }

    def _title(self, parts: Mapping[str, str]) -> str:
        told = {
            name: region_name(text, self.language) if name == "region" else text
            for name, text in parts.items()
        }
        return nomination(self.words, self.language, told)

    def _cut(self, cut: Content) -> dict[str, str]:
        figures = {name: _figure(cut[name]) for name in CUTS[2:]}
        return {"sender": self._sender(cut["sender"] or "")} | figures

    def _sender(self, sender: str) -> str:
        region, _, rest = sender.partition("/")
        return ", ".join(filter(None, (region_name(region, self.language), rest)))

    def _award(self, award: Content) -> dict[str, str]:
        named = degree(self.words, self.language, award["award"])
        return {"name": named, "places": _figure(award["places"]), "given": str(award["given"])}

    def _line(self, row: Content) -> dict[str, str]:
        return {
            "rank": _figure(row["rank"]),
            "code": row["code"],
            "name": row.get("name") or "",
            "about": ", ".join(self._about(row)),
            "sender": self._sender(row["sender"]),
            "points": _figure(row["points"]),
            "verdict": row["verdict"],
            "award": degree(self.words, self.language, row["award"] or ""),
            "reason": _reason(row, self.words, self.language),
            "clause": row["clause"],
        }

    def _about(self, row: Content) -> list[str]:
        work = row.get("work")
        told = (f"«{work}»" if work else "", row.get("school"), region_name(row.get("region"), self.language))
        return [text for text in told if text]

    # ties

    def _tie(self, tie: Content) -> dict[str, object]:
        say = self.words.reason
        code = "protocol-tie" if tie["kind"] == "places" else "protocol-tie-awards"
        members = [self._member(member) for member in tie["members"]]
        rule = say(self.language, "protocol-rule", {"rule": tie["rule"]}) if tie["rule"] else ""
        return {"text": say(self.language, code, tie["facts"]), "members": members, "rule": rule}

    def _member(self, member: Content) -> dict[str, str]:
        named = " ".join(filter(None, (member.get("name"), f"({member['code']})")))
        decided = [self._decision(made) for made in member["decisions"]]
        award = degree(self.words, self.language, member["award"] or "")
        outcome = self.words.value(self.language, "verdict", member["verdict"])
        return {
            "who": named if member.get("name") else member["code"],
            "outcome": ", ".join(filter(None, (outcome, award))),
            "decision": "; ".join(decided),
        }

    def _decision(self, made: Content) -> str:
        facts = {"decision": made["decision"], "request": made["request"]}
        return self.words.reason(
            self.language, "protocol-decision", facts | {"who": made["by"].get(self.language)}
        )

    def _rule(self, step: Content) -> str:
        parts = [f"{name} = {value}" for name, value in step["parameters"].items()]
        per = [f"per = {', '.join(step['per'])}"] if step["per"] else []
        text = (
            f"{cited(self.words, self.language, step['clause'])}: {step['job']}; {'; '.join((*per, *parts))}"
        )
        return text[:480]


def _few(content: Content) -> bool:
    """Whether all entries are printed."""
    return len(content["rows"]) <= PRINTED and len(content["groups"]) <= GROUPS


def _by_group(items: Sequence[Content]) -> dict[str, list[Content]]:
    found: dict[str, list[Content]] = {}
    for item in items:
        found.setdefault(item["group"], []).append(item)
    return found


def _figure(value: object) -> str:
    return "–" if value is None else str(value)
