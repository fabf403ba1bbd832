"""The act that a commission of teachers gets about a group of similar answers: one HTML page and one PDF.

The facts come from the core as plain JSON values; here they become sentences. All words stand in
templates/act/words.toml, once for both files; a text `key-of-file` stands for `key` where the sheets are a file of
anybody's and no contest of a country. Participants appear by letter and code only, and the act accuses nobody: clauses
10 and 11 of regulation 002 leave both the check and the decision to people.
"""

import math
import re
import string
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from jobs.errors import BaiqauError
from worker.deliver.charts import COUNTED, Cell, Edge, Mark, cluster_graph, similarity_chart
from worker.deliver.pages import rendered
from worker.deliver.typeset import MissingGlyph, UnprintableText, check_text, typeset
from worker.deliver.words import LANGUAGES, Words, WordsFault, read_words

Facts = Mapping[str, Any]
Content = dict[str, Any]

STRIPS = 12  # pairs whose answers are printed item by item
ROWS = 200  # pairs in the table for specialists
DRAWN = 40  # participants of the graph
NAMED = 20  # participants named by label with a sign
_BLOCK = 10  # items in a block of a strip: it fits a phone
_LONGEST = 120  # characters of a text that came with the data
_SMALLEST = 1e-9  # of an expected number: below this the model is not that exact
_BLANKS = frozenset({"", ".", "-"})
_HYPHEN = re.compile(r"(?<=[\d%])-(?=\w)")  # "11-тармақ" stays on one line
_NO_BREAK = "\u2011"
_NBSP = "\u00a0"
_DASH = "–"
_OF_FILE = "-of-file"
_RULE = Fraction(9, 10)  # what clause 9.3 says
_UNDATED = "1970-01-01"  # for the PDF's metadata, which need a day
_INNOCENT = ("teacher", "booklet", "together", "top", "seats", "duplicate", "entry", "key", "clock")
_LIMITS = ("small-copying", "who", "leaked", "ability")


class ActFault(BaiqauError):
    """Facts of an act that cannot be put into words."""


def act_files(facts: Facts, templates: Path, language: str) -> dict[str, bytes]:
    """`act.<language>.html` and `act.<language>.pdf` (PDF/A-4), the same bytes for the same facts.

    `facts`: one cluster, or one group of pairs on which the rule of 90 % alone fired (`kind` "naive"). A pair without
    `strip` is a row of the table only. `pairs` may hold but the strongest of the group's `pair_count`; the `level` of a
    person is the highest among the person's own pairs. Statistics may be null, where too few had the variant. Of a file
    of anybody's `contest`, `stage`, `date` and `organisation` are null and `source` names it; `above` is the share of
    clause 9.3 where it is another than the clause's. `language`: kk, ru or en. A character that the fonts lack prints
    as its code point. Errors: ActFault, WordsFault, and TypesetError where the PDF template fails.
    """
    if language not in LANGUAGES:
        raise ActFault(f"an act in {language!r} cannot be written: choose one of {', '.join(LANGUAGES)}.")
    if not facts["pairs"]:
        raise ActFault(
            f"the act {facts['number']} has no pairs: there is nothing to put before a commission."
        )
    content = _Writer(
        facts, voice_of(facts, templates, language), read_words(templates / "words.toml")
    ).content()
    charts = content["charts"]
    shown = {key: value for key, value in content.items() if key != "charts"}
    images = {name: _printable(svg) for name, svg in charts.items()}
    return {
        f"act.{language}.html": rendered(templates / "act" / "act.html.j2", content),
        f"act.{language}.pdf": typeset(templates / "act" / "act.typ", _for_print(shown), images=images),
    }


def _for_print(value: Any) -> Any:
    """Every text as the fonts of the PDF can print it."""
    if isinstance(value, str):
        return _printable(value)
    if isinstance(value, Mapping):
        return {key: _for_print(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_for_print(item) for item in value]
    return value


def _printable(text: str) -> str:
    return "".join(map(_glyph, unicodedata.normalize("NFC", text)))


@cache
def _glyph(character: str) -> str:
    """A school's name with a strange letter must not keep an act from the commission."""
    try:
        return check_text(character, "a character")
    except (MissingGlyph, UnprintableText):
        return f"[U+{ord(character):04X}]"


# --- words ---


@dataclass(frozen=True)
class Voice:
    """The words of an act in one language: section → key → text with {figures}; `source` is named in errors."""

    language: str
    texts: Mapping[str, Mapping[str, str]]
    source: str = "templates/act/words.toml"

    def say(self, name: str, **figures: str) -> str:
        """The text `section.key` with its figures."""
        section, _, key = name.partition(".")
        text = self.texts[section].get(key)
        if text is None:
            raise ActFault(f"{self.source} has no words for {name}: add them in {', '.join(LANGUAGES)}.")
        return text.format_map(figures)

    def whole(self, number: float) -> str:
        """12345678 as people write it."""
        return f"{round(number):,}".replace(",", "," if self.language == "en" else _NBSP)

    def decimal(self, number: float | None, figures: int = 2) -> str:
        """Two significant figures or a whole number, never an exponent; a dash where nothing is known."""
        if number is None:
            return _DASH
        if abs(number) >= 10**figures:
            return self.whole(number)
        return self._point(_plain(number, figures))

    def power(self, number: float | None) -> dict[str, str]:
        """A probability for the specialists: mantissa and exponent of ten, the latter empty above 0.001."""
        if number is None or number == 0 or number >= 0.001:
            return {"mantissa": self.decimal(number), "exponent": ""}
        mantissa, _, exponent = f"{number:.1e}".partition("e")
        return {"mantissa": self._point(mantissa), "exponent": str(int(exponent)).replace("-", "−")}

    def percent(self, share: float | None) -> str:
        """0.031 as "3 %"; under one per cent with a decimal."""
        if share is None:
            return ""
        percent = 100 * share
        if percent < 0.1:
            return self._point("<0.1") + _NBSP + "%"
        return self._point(f"{percent:.1f}" if percent < 0.95 else f"{percent:.0f}") + _NBSP + "%"

    def expected(self, number: float) -> str:
        """How many honest pairs are expected: 0.000021, or that there are fewer than the model can tell."""
        if number < _SMALLEST:
            return self.say("rare.less-than", number=self.decimal(_SMALLEST))
        return self.decimal(number)

    def meaning(self, number: float) -> str:
        """What an expected number of honest pairs says about contests like this one."""
        if number >= 1:
            return self.say("rare.usual")
        if number > 0.05:
            return self.say("rare.by-chance")
        contests = self.large(1 / max(number, _SMALLEST))
        return self.say("rare.one-in" if number >= _SMALLEST else "rare.rarer-than", contests=contests)

    def large(self, number: float) -> str:
        """Two significant figures, millions and billions in words: 48 000, 3.4 million."""
        rounded = float(f"{number:.2g}")
        for size, name in ((1e9, "billion"), (1e6, "million")):
            if rounded >= size:
                return self.say(f"rare.{name}", number=self.decimal(rounded / size, 4))
        return self.whole(rounded)

    def day(self, iso: str) -> str:
        """2026-02-24 as it is written in the country."""
        return iso if self.language == "en" else date.fromisoformat(iso).strftime("%d.%m.%Y")

    def _point(self, number: str) -> str:
        return number if self.language == "en" else number.replace(".", ",")


def _plain(number: float, figures: int) -> str:
    text = format(Decimal(f"{number:.{figures}g}"), "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def voice_of(facts: Facts, templates: Path, language: str) -> Voice:
    """The words for these facts: of a contest, or of a file."""
    return act_voice(templates, language, of_file=facts["contest"] is None)


def act_voice(templates: Path, language: str, *, of_file: bool) -> Voice:
    """All words in one language."""
    texts = read_act_words(templates / "act" / "words.toml")
    return Voice(language, {name: _spoken(section, language, of_file) for name, section in texts.items()})


def _spoken(section: Mapping[str, Mapping[str, str]], language: str, of_file: bool) -> dict[str, str]:
    said = {key: _HYPHEN.sub(_NO_BREAK, each[language]) for key, each in section.items()}
    plain = {key: text for key, text in said.items() if not key.endswith(_OF_FILE)}
    of_files = {key.removesuffix(_OF_FILE): text for key, text in said.items() if key.endswith(_OF_FILE)}
    return plain | of_files if of_file else plain


def read_act_words(file: Path) -> dict[str, dict[str, dict[str, str]]]:
    """Section → key → language → text; WordsFault names the first key without all languages or with unlike figures."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise WordsFault(f"{file}: {fault}; restore it from the installed templates.") from fault
    for section, keys in table.items():
        for key, texts in keys.items():
            _check_texts(f"{file}: {section}.{key}", texts)
    return table


def _check_texts(where: str, texts: Any) -> None:
    if not isinstance(texts, dict) or texts.keys() != set(LANGUAGES):
        raise WordsFault(f"{where} needs a text in each of {', '.join(LANGUAGES)} and no other key.")
    if not all(isinstance(text, str) and text.strip() for text in texts.values()):
        raise WordsFault(f"{where} has an empty text.")
    if len({_figures(text) for text in texts.values()}) > 1:
        raise WordsFault(f"{where} has other figures in one language than in another.")


def _figures(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


# --- what the act says ---


@dataclass(frozen=True)
class _Writer:
    """Facts put into words; both templates only lay out what `content` holds."""

    facts: Facts
    voice: Voice
    words: Words

    def content(self) -> Content:
        return {
            "language": self.voice.language,
            "date": self.facts["date"] or _UNDATED,
            "w": self.voice.texts,
            "kind": self.facts["kind"],
            "level": self.facts["level"],
            "organisation": _short(self.facts["organisation"]) if self.facts["organisation"] else "",
            "number": _short(self.facts["number"]),
            "subject": self._say(f"head.{self.facts['kind']}", above=self._above()),
            "head": self._head(),
            "advice": self._say(f"level.{self.facts['level']}"),
            "about": [self._say(f"about.{key}") for key in ("blames-nobody", "who-decides", "codes")],
            "seen": self._seen(),
            "people": [self._person(person) for person in self.facts["people"]],
            "signs": self._signs(),
            "rare": self._rare(),
            "charts": self._charts(),
            "chart_note": self._chart_note(),
            "graph_note": self._graph_note(),
            "strips": [self._strip(pair) for pair in self._with_strips()],
            "strips_left": self._strips_left(),
            "innocent": [self._say(f"innocent.{key}") for key in _INNOCENT],
            "limits": self._limits(),
            "expert": self._expert(),
            "hashes": {key: _short(value) for key, value in self.facts["hashes"].items()},
        }

    def _say(self, key: str, **figures: str) -> str:
        return self.voice.say(key, **figures)

    def _above(self) -> str:
        return self.voice.percent(float(self.facts.get("above", _RULE)))

    def _head(self) -> list[list[str]]:
        """Only what is known: a file of anybody's has neither a contest nor a date."""
        facts, voice = self.facts, self.voice
        named = {key: facts[key] and _short(facts[key][voice.language]) for key in ("contest", "stage")}
        rows = named | {
            "source": facts.get("source"),
            "clause": _short(facts["clause"]).replace("-", _DASH),
            "date": facts["date"] and voice.day(facts["date"]),
        }
        return [[voice.texts["head"][key], _short(value)] for key, value in rows.items() if value]

    def _limits(self) -> list[str]:
        """A pair not known to be of one school is not said to have learned together."""
        usual = [key for key in _LIMITS if not (key == "ability" and self.facts["across"])]
        return [self._say(f"limits.{key}") for key in (*usual, *self.facts["limits"])]

    # what was seen

    def _seen(self) -> list[str]:
        facts, voice = self.facts, self.voice
        test = self._say(
            "seen.test",
            form=_short(facts["form"]),
            items=voice.whole(facts["items"]),
            sheets=voice.whole(facts["sheets"]),
        )
        closest = self._pairs()[0]
        figures = self._counts(closest)
        names = {side: _short(closest[side]) for side in ("a", "b")}
        return [
            test,
            self._say(_known("seen.closest", closest), **names, **figures),
            self._say("seen.errors", **figures),
            self._say("seen.why-errors"),
        ]

    def _counts(self, pair: Facts) -> dict[str, str]:
        keys = ("identical", "compared", "eic", "eeic", "expected")
        return {key: self.voice.whole(pair[key]) for key in keys if pair[key] is not None}

    def _person(self, person: Facts) -> Content:
        texts = {key: _short(person[key]) for key in ("label", "code", "school", "class", "variant")}
        clauses = sorted({_short(sign["clause"]) for sign in person["signs"]}, key=_clause_order)
        return texts | {
            "score": f"{person['score']}{_NBSP}/{_NBSP}{self.facts['items']}",
            "time": _clock(person["seconds"]) or self._say("seen.no-data"),
            "level": self._say(f"short.{person['level']}"),
            "mark": person["level"],
            "signs": ", ".join(clauses) or _DASH,
        }

    def _signs(self) -> list[Content]:
        """Each sign once, with all whom it is about."""
        found: dict[tuple[str, str], list[str]] = {}
        for person in self.facts["people"]:
            for sign in person["signs"]:
                found.setdefault((_short(sign["clause"]), sign["code"]), []).append(_short(person["label"]))
        ordered = sorted(found, key=lambda sign: (_clause_order(sign[0]), sign[1]))
        return [
            {
                "clause": self._say("seen.clause", clause=clause),
                "text": self._sign(code),
                "labels": self._whom(list(dict.fromkeys(found[clause, code]))),
            }
            for clause, code in ordered
        ]

    def _sign(self, code: str) -> str:
        if code == "similar" and not self.facts["by_school"]:
            return self._say("seen.similar-all")
        return self.words.reason(self.voice.language, code, {})

    def _whom(self, labels: Sequence[str]) -> str:
        """The first of many: a list of hundreds nobody reads, and the PDF sets no text so long."""
        if len(labels) == len(self.facts["people"]) > 3:
            return self._say("seen.everybody")
        named, more = ", ".join(labels[:NAMED]), len(labels) - NAMED
        return self._say("seen.and-more", labels=named, more=self.voice.whole(more)) if more > 0 else named

    def _pairs(self) -> list[Facts]:
        """The strongest first; of equals, and where nothing is known, in the order of the facts."""
        return sorted(self.facts["pairs"], key=_rarity)

    # how rare it is

    def _rare(self) -> Content:
        closest = self._pairs()[0]
        number = closest["expected_honest"]
        too_few = self._say("rare.too-few", sheets=self.voice.whole(self.facts["sheets"]))
        return {
            "number": self._say("rare.unknown") if number is None else self.voice.expected(number),
            "pair": self._say("rare.of-pair", pair=_pair(closest)),
            "meaning": too_few if number is None else self.voice.meaning(number),
            "reasons": self._why_not(),
            "counted": self._how_counted(number is not None),
        }

    def _why_not(self) -> list[str]:
        if self.facts["kind"] != "naive":
            return []
        told = self._pairs()[0]["expected_honest"] is not None
        rule = "rule" if self.facts["by_school"] else "rule-all"
        keys = (rule, "right-answers", "share", "class", "statistics" if told else "no-statistics")
        return [self._say(f"why-not.{key}", above=self._above()) for key in keys]

    def _how_counted(self, known: bool) -> list[str]:
        """`known`: there is a number to explain."""
        told = [*self._compared(), self._null()] if known else [self._null()]
        return told if self.facts["kind"] == "naive" else [*told, self._say("rare.not-guilt")]

    def _compared(self) -> list[str]:
        """Among whom the pair was looked for: only of one school is anything ever recommended."""
        facts, whole = self.facts, self.voice.whole
        among = "" if facts["by_school"] else "-all"
        among = "-across" if facts["across"] else among
        told = self._say(f"rare.compared{among}", pairs=whole(facts["pairs_compared"]))
        country = self._say("rare.country", country=whole(facts["pairs_in_country"]))
        return [f"{told} {country}", *([self._say("rare.across")] if facts["across"] else [])]

    def _null(self) -> str:
        null, voice = self.facts["null"], self.voice
        if not null["measured"]:
            return self._say("null.unmeasured")
        told = self._say(
            "null.measured",
            between=self._between(),
            pairs=voice.whole(null["pairs"]),
            alpha=voice.decimal(1000 * null["alpha"]),
            rate=voice.decimal(1000 * null["rate"]),
        )
        if null["raised_by"] > 1:
            return f"{told} {self._say('null.raised', raised=voice.decimal(null['raised_by']))}"
        return f"{told} {self._say('null.cautious')}" if null["rate"] <= null["alpha"] else told

    def _between(self) -> str:
        return self._say(f"null.{self.facts['null']['between']}")

    # pictures

    def _charts(self) -> dict[str, str]:
        scores = {person["label"]: person["score"] for person in self.facts["people"]}
        strongest = self._pairs()
        labelled = {(pair["a"], pair["b"]) for pair in strongest[:STRIPS]}
        marks = [self._mark(pair, scores, labelled) for pair in strongest]
        cloud = [Cell(cell["score"], cell["identical"], cell["pairs"]) for cell in self.facts["cloud"]]
        texts = dict(self.voice.texts["pictures"])
        texts |= {
            "none": self._say("pictures.none", above=self._above()),
            "cloud": self._say(f"pictures.cloud-{self.facts['cloud_of']}"),
        }
        return {
            "chart": similarity_chart(cloud, marks, self.facts["items"], texts),
            "graph": cluster_graph(*self._graph(), texts),
        }

    def _graph(self) -> tuple[list[str], list[Edge]]:
        """Of a large group the participants of the strongest pairs: more circles cannot be told apart."""
        drawn: set[str] = set()
        for pair in self._pairs():
            more = drawn | {pair["a"], pair["b"]}
            drawn = more if len(more) <= DRAWN else drawn
        labels = [_short(person["label"]) for person in self.facts["people"] if person["label"] in drawn]
        edges = [
            Edge(_short(pair["a"]), _short(pair["b"]), pair["level"], pair["identical"])
            for pair in self._pairs()
            if {pair["a"], pair["b"]} <= drawn
        ]
        return labels, edges

    def _mark(self, pair: Facts, scores: Mapping[str, int], labelled: set[tuple[str, str]]) -> Mark:
        label = _pair(pair) if (pair["a"], pair["b"]) in labelled else ""
        mean = (scores[pair["a"]] + scores[pair["b"]]) / 2
        return Mark(label, mean, pair["identical"], pair["expected"], pair["level"])

    def _chart_note(self) -> str:
        return f"{self._chart_how()} {self._pairs_part()}".rstrip()

    def _pairs_part(self) -> str:
        count = self.facts["pair_count"]
        part = count > len(self.facts["pairs"])
        return self._say("pictures.pairs-part", pairs=self.voice.whole(count)) if part else ""

    def _chart_how(self) -> str:
        of = self.facts["cloud_of"]
        if not self.facts["cloud"]:
            return self._say("pictures.chart-alone")
        if of == "all":
            return self._say("pictures.chart-note-all")
        return self._say("pictures.chart-note", between=self._say(f"null.{of}"))

    def _graph_note(self) -> str:
        return f"{self._graph_how()} {self._pairs_part()}".rstrip()

    def _graph_how(self) -> str:
        note, people = self._say("pictures.graph-note"), len(self.facts["people"])
        counted = len(self.facts["pairs"]) <= COUNTED
        if people > DRAWN:
            shown = {"shown": str(DRAWN), "people": self.voice.whole(people)}
            return f"{note} {self._say('pictures.graph-part', **shown)}"
        return f"{note} {self._say('pictures.graph-count')}" if counted else note

    # item by item

    def _with_strips(self) -> list[Facts]:
        return [pair for pair in self._pairs()[:STRIPS] if pair.get("strip")]

    def _strips_left(self) -> str:
        shown = len(self._with_strips())
        left = self.facts["pair_count"] - shown
        key = "rest-most" if self._beyond_table() else "rest"
        return self._say(f"strip.{key}", shown=str(shown), left=self.voice.whole(left)) if left else ""

    def _beyond_table(self) -> int:
        """How many pairs the table for specialists has no row for."""
        count: int = self.facts["pair_count"]
        return count - min(len(self.facts["pairs"]), ROWS)

    def _strip(self, pair: Facts) -> Content:
        cells = [self._cell(item) for item in pair["strip"]]
        return {
            "pair": _pair(pair),
            "a": _short(pair["a"]),
            "b": _short(pair["b"]),
            "figures": self._say(_known("strip.figures", pair), **self._counts(pair)),
            "honest": self._honest(pair["expected_honest"]),
            "blocks": [cells[start : start + _BLOCK] for start in range(0, len(cells), _BLOCK)],
        }

    def _honest(self, number: float | None) -> str:
        return "" if number is None else self._say("strip.honest", number=self.voice.expected(number))

    def _cell(self, item: Facts) -> Content:
        a, b = _answer(item["a"]), _answer(item["b"])
        mark = _how_alike(a, b, item["key"])
        return {
            "item": _short(item["item"]),
            "key": _short(item["key"]),
            "a": a or _DASH,
            "b": b or _DASH,
            "mark": mark,
            "share": self.voice.percent(item["share"]) if mark == "same-wrong" else "",
        }

    # for specialists

    def _expert(self) -> Content:
        left = self._beyond_table()
        return {
            "what": [self._say("expert.what"), self._multiplicity()],
            "pairs": [self._pair_row(pair) for pair in self._pairs()[:ROWS]],
            "left": self._say("expert.left", left=self.voice.whole(left)) if left else "",
            "cluster": self._cluster(),
            "people": [self._person_row(person) for person in self.facts["people"]],
        }

    def _multiplicity(self) -> str:
        m = self.voice.whole(self.facts["pairs_compared"])
        return self._say(
            "expert.multiplicity", m=m, raised=self.voice.decimal(self.facts["null"]["raised_by"])
        )

    def _pair_row(self, pair: Facts) -> Content:
        probabilities = {key: self.voice.power(pair[key]) for key in ("m4_p", "gbt_p", "m4_adjusted")}
        return probabilities | {
            "pair": _pair(pair),
            "matches": f"{pair['identical']}{_NBSP}/{_NBSP}{pair['compared']}",
            "expected": self.voice.decimal(pair["expected"], 3),
            "errors": f"{pair['eeic']}{_NBSP}/{_NBSP}{pair['eic']}",
            "honest": self.voice.power(pair["expected_honest"]),
            "level": self._say(f"short.{pair['level']}"),
        }

    def _cluster(self) -> str:
        cluster, voice = self.facts["cluster"], self.voice
        at_least = "" if cluster["clique_exact"] else "≥" + _NBSP
        return self._say(
            "expert.cluster",
            size=voice.whole(cluster["size"]),
            edges=voice.whole(cluster["edges"]),
            density=voice.decimal(cluster["density"]),
            clique=at_least + voice.whole(cluster["largest_clique"]),
        )

    def _person_row(self, person: Facts) -> Content:
        known = {key: self.voice.decimal(person[key]) for key in ("gnormed", "u3", "ht", "time_percentile")}
        return known | {"label": _short(person["label"]), "answered": str(person["answered"])}


def _short(value: object) -> str:
    """A value that came with the data, on one line and of a bearable length; a dash for nothing."""
    text = " ".join(str(value if value is not None else "").split())
    return f"{text[: _LONGEST - 1]}…" if len(text) > _LONGEST else text or _DASH


def _rarity(pair: Facts) -> float:
    honest: float | None = pair["expected_honest"]
    return math.inf if honest is None else honest


def _known(key: str, pair: Facts) -> str:
    """The words for a pair of which nothing can be expected are others."""
    return key if pair["expected"] is not None else f"{key}-untold"


def _pair(pair: Facts) -> str:
    return f"{_short(pair['a'])}{_DASH}{_short(pair['b'])}"


def _answer(given: str | None) -> str:
    text = (given or "").strip()
    return "" if text in _BLANKS else text[:3]


def _how_alike(a: str, b: str, key: str) -> str:
    """The name of a cell's look in the templates: a blank never matches."""
    if not a or not b:
        return "blank"
    if a != b:
        return "differ"
    return "same-right" if a == key else "same-wrong"


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _clause_order(clause: str) -> list[tuple[int, str]]:
    """9.2 before 9.10."""
    return [(int(part) if part.isdigit() else 0, part) for part in clause.split(".")]
