"""The page that opens first after `baiqau integrity`: what was analysed, what was found, how the method was tried, and
where each group's act lies. It stands alone, runs nothing and names no participant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.deliver.acts import Voice, act_voice
from worker.deliver.pages import rendered
from worker.deliver.words import Words, read_words

Facts = Mapping[str, Any]
Content = dict[str, Any]

_LEVELS = ("recommend", "review", "naive")
_ABOUT = ("about.blames-nobody", "about.who-decides", "overview.codes")
_LIMITS = ("small-copying", "who", "leaked", "ability")
_FILES = ("pairs", "people", "clusters", "null")
_LEAST = 1e-6  # of an expected number in a table
_ROOM, _END = 1.25, 5  # where bars end, at least and at most, in units of the share that no bar should pass


def overview(facts: Facts, templates: Path, language: str) -> bytes:
    """The page in one language. `facts`: see `worker.commands.integrity_acts`. Errors: ActFault, WordsFault."""
    voice = act_voice(templates, language, of_file=True)
    content = _Page(facts, voice, read_words(templates / "words.toml")).content()
    return rendered(templates / "act" / "overview.html.j2", content)


@dataclass(frozen=True)
class _Page:
    """Facts put into words; the template only lays them out."""

    facts: Facts
    voice: Voice
    words: Words

    def content(self) -> Content:
        facts = self.facts
        return {
            "language": self.voice.language,
            "w": self.voice.texts,
            "source": facts["source"],
            "result": list(self._result()),
            "tiles": [self._tile(level) for level in _LEVELS],
            "about": [self._say(key) for key in (_ABOUT if facts["groups"] else _ABOUT[:2])],
            "groups": [self._group(group) for group in facts["groups"]],
            "more": self._say("overview.more", left=self.voice.whole(facts["left"])) if facts["left"] else "",
            "analysed": self._analysed(),
            "forms": [self._form(form) for form in facts["forms"]],
            "tried": self._tried(),
            "bands": self._bands(),
            "signs": [self._sign(sign) for sign in facts["signs"]],
            "limits": [self._say(f"limits.{key}") for key in self._limits()],
            "files": self._files(),
            "notes": facts["notes"],
            "origin": self._origin(),
        }

    def _say(self, key: str, **figures: str) -> str:
        return self.voice.say(key, **figures)

    def _above(self) -> str:
        return self.voice.percent(float(self.facts["above"]))

    # what was found

    def _result(self) -> Iterator[str]:
        found = {level: self.facts["found"][level]["pairs"] for level in _LEVELS}
        if not any(form["telling"] for form in self.facts["forms"]):
            yield self._say("overview.found-too-few")
        elif found["recommend"] or found["review"]:
            yield self._say(f"overview.found-{'recommend' if found['recommend'] else 'review'}")
        else:
            yield self._say("overview.found-nothing")
        if found["naive"]:
            yield self._say("overview.found-naive", above=self._above())

    def _tile(self, level: str) -> Content:
        found = self.facts["found"][level]
        return {
            "level": level,
            "groups": self.voice.whole(found["groups"]),
            "nought": not found["groups"],
            "name": self._say(f"overview.groups-{level}", above=self._above()),
            "pairs": self._say("overview.pairs", pairs=self.voice.whole(found["pairs"])),
        }

    def _group(self, group: Facts) -> Content:
        level = group["level"] if group["kind"] == "statistics" else "naive"
        why = {"naive": "pictures.none"}.get(level, f"short.{level}")
        return {
            "act": group["act"],
            "level": level,
            "why": self._say(why, above=self._above()),
            "people": self.voice.whole(group["people"]),
            "schools": self.voice.whole(group["schools"]) if group["schools"] else "–",
            "form": group["form"],
            "matches": f"{group['identical']}\u00a0/\u00a0{group['compared']}",
            "errors": self.voice.whole(group["eeic"]),
            "honest": self._honest(group["expected_honest"]),
            "links": [self._link(group["act"], language) for language in group["languages"]],
        }

    def _honest(self, number: float | None) -> str:
        """Short, for a table: the act says it in full."""
        if number is None:
            return self._say("rare.unknown")
        return f"<\u00a0{self.voice.decimal(_LEAST)}" if number < _LEAST else self.voice.decimal(number)

    def _link(self, act: str, language: str) -> Content:
        base = f"acts/{act}/act.{language}"
        return {
            "language": language,
            "name": self._say(f"overview.{language}"),
            "html": f"{base}.html",
            "pdf": f"{base}.pdf",
        }

    # what was analysed

    def _analysed(self) -> list[tuple[str, str]]:
        facts, whole = self.facts, self.voice.whole
        within = "school" if facts["by_school"] else "all"
        rows = {
            "sheets": facts["sheets"],
            "left-out": facts["left_out"],
            f"pairs-{within}": facts["compared"],
            **({"pairs-others": facts["others"]} if facts["by_school"] else {}),
        }
        return [(self._say(f"overview.{key}"), whole(number)) for key, number in rows.items()]

    def _form(self, form: Facts) -> Content:
        whole = {key: self.voice.whole(form[key]) for key in ("items", "sheets", "enough")}
        return whole | {"name": form["name"]}

    def _sign(self, sign: Facts) -> Content:
        alone = sign["code"] == "similar" and not self.facts["by_school"]
        text = self.words.reason(self.voice.language, sign["code"], {})
        return {
            "clause": sign["clause"],
            "text": self._say("seen.similar-all") if alone else text,
            "people": self.voice.whole(sign["people"]),
        }

    # how the method was tried

    def _tried(self) -> str:
        pairs = sum(band["pairs"] for band in self.facts["null"])
        if not pairs:
            return self._say("null.unmeasured")
        alpha = self.voice.decimal(1000 * self.facts["alpha"])
        return self._say("overview.tried-how", pairs=self.voice.whole(pairs), alpha=alpha)

    def _bands(self) -> list[Content]:
        """A row a tenth of the scores, then all together."""
        null, alpha = self.facts["null"], self.facts["alpha"]
        if not null:
            return []
        whole = {key: sum(band[key] for band in null) for key in ("pairs", "observed")} | {"raised_by": 1}
        most = max(band["observed"] / band["pairs"] for band in null)
        highest = min(max(alpha * _ROOM, most), alpha * _END)
        rows = [
            self._band(f"{10 * band['band']}–{10 * band['band'] + 10}\u00a0%", band, highest) for band in null
        ]
        return [*rows, self._band(self._say("overview.null-all"), whole, highest) | {"all": True}]

    def _band(self, name: str, band: Facts, highest: float) -> Content:
        alpha, rate = self.facts["alpha"], band["observed"] / band["pairs"]
        return {
            "name": name,
            "pairs": self.voice.whole(band["pairs"]),
            "expected": self.voice.decimal(band["pairs"] * alpha),
            "observed": self.voice.whole(band["observed"]),
            "rate": self.voice.decimal(1000 * rate),
            "over": rate > alpha,
            "width": f"{100 * min(1, rate / highest):.1f}",
            "raised": self.voice.decimal(band["raised_by"]) if band["raised_by"] > 1 else "",
            "line": f"{100 * alpha / highest:.1f}",
            "all": False,
        }

    # what else is there

    def _limits(self) -> Sequence[str]:
        return _LIMITS if self.facts["null"] else (*_LIMITS, "no-null")

    def _files(self) -> list[tuple[str, str]]:
        tables = [(f"{name}.csv", self._say(f"overview.file-{name}")) for name in _FILES]
        method = [("method.json", self._say("overview.file-method"))]
        keys = [("key.csv", self._say("overview.file-key"))] if self.facts["groups"] else []
        return [*keys, *tables, *method]

    def _origin(self) -> list[tuple[str, str]]:
        hashes = self.facts["hashes"]
        named = [(self._say(f"overview.hash-{name}"), hashes[name]) for name in ("sheets", "key")]
        return [*named, (self._say("expert.program"), hashes["code"])]
