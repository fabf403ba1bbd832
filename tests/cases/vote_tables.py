"""What a case of a public vote means: its rulebook, its tables as files would bring them, and the decision.

Every cell of a case is text that goes through the reader of its feed, so that an export's own ways (tags in small
letters or in the caption, -1 for hidden likes, /p/ and /reel/) are a part of what is decided. What a case does not
say is usual: see the heads of the files `contests/*.cases.toml`.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from jobs.beacon import round_at
from jobs.binding import Annulled
from jobs.calendar import instant
from jobs.feeds import FEEDS
from jobs.feeds.reading import read_rows
from jobs.pipeline import (
    RULING_SCHEMA,
    Beacon,
    Rulings,
    StageResult,
    obstacle,
    run_stage,
    subject_of,
    what_was_shown,
)
from jobs.regions import region_code
from jobs.rulebook import Rulebook, Stage, load
from worker.beacon import new_test_chain, sign_round, verify_pulse

Row = Mapping[str, Any]

REGION = "Абай облысы"
REGION_OF = {"best-sor": "Шығыс Қазақстан облысы"}  # Abai was a part of it in 2020
USUAL_PERSON: Row = {
    "surname": "Үлгі",
    "name": "Мұғалім",
    "position": "мұғалім",
    "civil_servant": False,
    "manager": False,
    "procurement": False,
}
USUAL_VIDEO: Row = {
    "posted_at": "2025-04-15 12:00",
    "duration_s": "240",
    "likes": 10,
    "comments": 5,
    "shares": 1,
    "scraped_at": "2025-05-12 12:00",
    "approved": True,
}
USUAL_ASSESSMENT: Row = {
    "posted_at": "2020-10-10 12:00",
    "likes": 10,
    "adds": 5,
    "scraped_at": "2020-10-23 20:00",
    "approved": True,
}
USUAL_CLASS: Row = {
    "grade": 5,
    "class": "А",
    "pupils": 20,
    "connected": 20,
    "applied_at": "2025-04-15 12:00",
}
CASE_KEYS = frozenset({
    "clause", "says", "rows", "stage", "with", "without", "people", "works", "classes", "crowds", "rulings", "chosen",
    "dice", "pulse", "annul", "expect", "because", "places", "ranks", "award", "cut", "differs", "readings", "merged",
    "draws", "entrants", "tickets", "prizes", "beacon", "list_out",
})  # fmt: skip
_PERSON_KEYS = {"who", "listed", "published"}
_SECRET = b"the key of the cases"
_GENESIS = 1577836800  # the first second of 2020, in UTC
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_STEP = "\n[[stage.step]]\n"


def edited(text: str, changes: Mapping[str, Row], without: list[str]) -> str:
    """A rulebook with other values in some of its steps, as an organiser would write them. A step is named by its
    job, and where several have one job by its column too: "top", "require approved"."""
    head, *steps = text.split(_STEP)
    named = {name for step in steps for name in _names(step)}
    assert named >= {*changes, *without}, f"no step {({*changes, *without}) - named}"
    for name, values in changes.items():
        steps = [_changed(step, values) if name in _names(step) else step for step in steps]
    return head + "".join(_dropped(step) if _names(step) & {*without} else _STEP + step for step in steps)


def _names(step: str) -> set[str]:
    job = re.search(r'^job = "(.+?)"', step, re.M)
    column = re.search(r'^column = "(.+?)"', step, re.M)
    assert job, f"a step without a job: {step}"
    return {job[1], f"{job[1]} {column[1]}"} if column else {job[1]}


def _changed(step: str, values: Row) -> str:
    own, mark, rest = step.partition("\n[[")
    for key, value in values.items():
        line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
        own, found = re.subn(rf"^{key} = .*[^\[\n]$", line, own, flags=re.M)
        own = own if found else f"{line}\n{own}"
    return own + mark + rest


def _dropped(step: str) -> str:
    _, mark, rest = step.partition("\n[[")
    return mark + rest


class Case:
    """A case with its rulebook edited as it says and its tables read."""

    def __init__(self, path: Path, written: Row) -> None:
        unknown = written.keys() - CASE_KEYS
        assert not unknown, f"a case has no key {unknown}"
        self.written = written
        self.contest = path.stem
        changes = written.get("with", {})
        self.text = edited(path.read_text(encoding="utf-8"), changes, written.get("without", []))
        self.rulebook = _loaded(self.text, path.name)
        self.region = REGION_OF.get(self.contest, REGION)
        self.entry_of_work: dict[str, str] = {}

    @property
    def stage(self) -> str:
        return str(self.written["stage"])

    def entry(self, alias: str, stage: str | None = None) -> str:
        """The id under which a stage knows a person, or a person's work."""
        if self._of_works(stage or self.stage):
            return self.entry_of_work[alias]
        assert alias in self.people or alias in self._accounts, f"{alias} is nobody in this case"
        return alias

    def _of_works(self, name: str) -> bool:
        stage = self.rulebook.stage(name)
        if stage.become or stage.entries in FEEDS:
            return stage.become is None and stage.entries == "works"
        return self._of_works(stage.entries)

    # --- people ---

    @cached_property
    def people(self) -> dict[str, Row]:
        """What the case says of each person it speaks of, by alias."""
        told = {row["who"]: row for row in self._rows("people")}
        crowd = {alias: {"region": row.get("region", self.region)} for row, alias, _ in self._crowded()}
        posted = [row["who"] for row in (*self._rows("works"), *self._rows("classes")) if "who" in row]
        things = {row.get("work") for row in self._rows("works")} | self._accounts
        named = [alias for alias in self.written.get("expect", {}) if alias not in things]
        return {alias: {} for alias in (*posted, *named)} | crowd | told

    @property
    def _accounts(self) -> set[str]:
        """The names under which the file of classes has them, where it is not the person's own."""
        return {row["participant"] for row in self._rows("classes") if "participant" in row}

    def _rows(self, name: str) -> list[Row]:
        rows: list[Row] = self.written.get(name, [])
        return rows

    def _crowded(self) -> Iterator[tuple[Row, str, int]]:
        """Each work of each crowd, dealt round: the crowd, the person's alias and the work's number from 0."""
        for row in self._rows("crowds"):
            for number in range(row.get("works", row["teachers"])):
                yield row, f"{row['name']}{number % row['teachers'] + 1}", number

    # --- tables ---

    @cached_property
    def tables(self) -> dict[str, pl.DataFrame]:
        participants = [
            self._person(alias, row) for alias, row in self.people.items() if row.get("listed", True)
        ]
        found = {"participants": self._read("participants", participants).drop("line")}
        if self.contest == "bilimclass-curator":
            return found | {"classes": self._read("classes", list(self._classes())).drop("line")}
        works = list(self._works())
        read = self._read("works", [row for _, row in works])
        ids = dict(read.select("line", "work_id").iter_rows())
        self.entry_of_work |= {alias: ids[line] for line, (alias, _) in enumerate(works)}
        return found | {"works": read.drop("line")}

    def _read(self, feed: str, rows: list[Row]) -> pl.DataFrame:
        names = list(dict.fromkeys(name for row in rows for name in row))
        cells = {name: [_cell(row.get(name, "")) for row in rows] for name in names}
        raw = pl.DataFrame({"line": range(len(rows)), **cells})
        reading = read_rows(FEEDS[feed], raw, zone=self.rulebook.timezone, assume={})
        assert reading.refused.height == 0, f"rows of {feed} are refused: {reading.refused.rows()}"
        return reading.rows

    def _person(self, alias: str, row: Row) -> Row:
        own = {"participant": alias, "email": f"{alias}@example.org", "handles": f"@{alias}.kz"}
        return {**USUAL_PERSON, **own, "region": self.region, **_without(row, *_PERSON_KEYS)}

    def _works(self) -> Iterator[tuple[str, Row]]:
        """Each row of the works' file, with the work's alias."""
        told = {row["who"] for row in self._rows("works") if "who" in row}
        crowd = {alias for _, alias, _ in self._crowded()}
        for alias, row in self.people.items():
            if alias not in told | crowd and row.get("published", True):
                yield alias, self._work(alias, alias, {})
        for row, alias, number in self._crowded():
            again = number // row["teachers"]
            likes = row.get("likes", 10) + row.get("step", 0) * number
            named = f"{alias}-{again + 1}" if again else alias
            yield named, self._work(alias, named, {"likes": likes})
        for row in self._rows("works"):
            alias = row.get("who", "")
            named = row.get("work", alias)
            yield named, self._work(alias, named, _without(row, "who", "work"))

    def _work(self, alias: str, work: str, given: Row) -> Row:
        if self.contest == "best-sor":
            return {**USUAL_ASSESSMENT, "work_id": work, "participant": alias, **given}
        own = {
            "participant": f"{alias}.kz",
            "url": f"https://www.instagram.com/reel/{work}/",
            "hashtags": self._own_tag(alias),
        }
        return {**USUAL_VIDEO, **own, **given}

    def _own_tag(self, alias: str) -> str:
        region = region_code(self.people.get(alias, {}).get("region", self.region)) or ""
        tags: Mapping[str, str] = tomllib.loads(self.text)["lookup"]["region_hashtag"]["values"]
        return tags.get(region, tags["KZ-10"])

    def _classes(self) -> Iterator[Row]:
        told = {row["who"] for row in self._rows("classes") if "who" in row}
        for alias, row in self.people.items():
            if alias not in told and row.get("published", True):
                yield self._class(alias, {})
        for row in self._rows("classes"):
            yield self._class(row.get("who", ""), _without(row, "who"))

    def _class(self, alias: str, given: Row) -> Row:
        region = self.people.get(alias, {}).get("region", self.region)
        return {**USUAL_CLASS, "participant": alias, "region": region, **given}

    # --- what people decided, and the beacon ---

    def rulings(self, result: StageResult) -> Rulings:
        """What the case has people answer to the questions of that result."""
        given = {
            self._subject(alias, result): word for alias, word in self.written.get("rulings", {}).items()
        }
        asked = result.pending.with_columns(entry=subject_of(self.rulebook))
        rows = [
            (ask, entry, shown, given[whose], "request 1", "organiser")
            for ask, entry, shown in what_was_shown(asked).iter_rows()
            if (whose := entry if entry in given else entry.partition("/")[0]) in given
        ]
        return replace(self.spoken, table=pl.DataFrame(rows, schema=RULING_SCHEMA, orient="row"))

    def _subject(self, alias: str, result: StageResult) -> str:
        return region_code(alias) or self.entry(alias, result.stage.id)

    @property
    def spoken(self) -> Rulings:
        """What has been said whatever is asked about anybody: the dice, and which reading counts."""
        dice = {ask: self.written["dice"] for ask in self.rulebook.asks_of("draw") if "dice" in self.written}
        readings = self.rulebook.asks_of("reading")
        return Rulings(
            dice=dice, chosen={ask: self.written["chosen"] for ask in readings if "chosen" in self.written}
        )

    def beacon(self, stage: Stage) -> Beacon:
        """A test chain, and the pulse of the draw's moment unless the case says `pulse = "none"` or "another round"."""
        chain = new_test_chain(_SECRET, _GENESIS)
        which = self.written.get("pulse", "of the draw")
        assert which in ("of the draw", "another round", "none")
        if stage.draw is None or which == "none":
            return Beacon(chain, {}, public_code)
        at = stage.draw.given["at"]
        assert isinstance(at, datetime)
        pulse = sign_round(_SECRET, chain, round_at(chain, at) + (which == "another round"))
        verify_pulse(chain, pulse)
        return Beacon(chain, {pulse.round: pulse}, public_code)


_LOADED: dict[str, Rulebook] = {}


def _loaded(text: str, name: str) -> Rulebook:
    if text not in _LOADED:
        _LOADED[text] = load(text, name)
    return _LOADED[text]


def _without(row: Row, *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _cell(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def public_code(entry: str) -> str:
    """A code of the form K7Q2-9XMB-4TPL, the same for the same person."""
    letters = "".join(
        _ALPHABET[byte % len(_ALPHABET)] for byte in hashlib.sha256(entry.encode()).digest()[:12]
    )
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def decide(case: Case) -> StageResult:
    """Run every stage up to the one asked about; the case's people answer what each of them asks."""
    standing: dict[str, pl.DataFrame] = {}
    for stage in case.rulebook.stages:
        why = obstacle(case.rulebook, stage, case.tables)
        assert why is None, f"{stage.id} {why}"
        result = _decided(case, stage, standing)
        if stage.id == case.stage:
            return result
        assert result.settled, f"{stage.id} is not settled: {result.pending.select('entry', 'code').rows()}"
        standing[stage.id] = result.standing
    raise AssertionError(f"no stage {case.stage}")


def _decided(case: Case, stage: Stage, standing: Mapping[str, pl.DataFrame]) -> StageResult:
    rulings, beacon = case.spoken, case.beacon(stage)
    result = run_stage(case.rulebook, stage, case.tables, standing, rulings, beacon)
    if not result.settled:
        rulings = case.rulings(result)
        result = run_stage(case.rulebook, stage, case.tables, standing, rulings, beacon)
    for prize in case.written.get("annul", []) if stage.draw else []:
        holder = result.standing.filter(prize=prize)["entry"].item()
        taken = Annulled(holder, "untrue-information", "0" * 64, instant("2025-05-21 12:00", "Asia/Almaty"))
        rulings = replace(rulings, annulled=(*rulings.annulled, taken))
        result = run_stage(case.rulebook, stage, case.tables, standing, rulings, beacon)
    return result
