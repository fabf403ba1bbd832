"""The reports of the medal's five roles as pages and workbooks: content in, bytes out (regulation 003, clause 4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jobs.kazakh import alphabet_rank
from jobs.medal.scope import COORDINATOR, EXPERT, MENTOR, OPERATOR, PARTICIPANT
from jobs.medal.tables import BANDS
from worker.deliver.acts import Voice, read_act_words
from worker.deliver.lazy import Made
from worker.deliver.pages import page
from worker.deliver.roles.bars import Bar, Week, Weeks, bars, calendar
from worker.deliver.roles.words import DASH, Column, Row, Speaker, fraction_at, full_name, table
from worker.deliver.workbook import Kind, Sheet, workbook

Content = Mapping[str, Any]
Section = dict[str, object]

WORDS = Path("pages") / "roles.toml"
TEMPLATE = "roles.html.j2"
SHOWN, LONGEST = 100, 25
"""Rows of a table on a page, and of the list of what waits; the workbook has them all."""
LEVELS = ("bronze", "silver", "gold")
DIRECTIONS = ("sport", "talent", "books", "heritage", "volunteering", "trips", "work")

C = Column
_NAME = C("person", "name")
_RATING = C("rating", "fraction")
_PEOPLE = (
    C("place", "whole", "rank"), _NAME, C("participant"), C("level", "level"), _RATING, C("complete", "flag"),
)  # fmt: skip
_PERSONAL = (
    C("region", "region"), C("centre", at="centre_name"), C("study"), C("residence"), C("birth_date", "day"),
    C("sex", "sex"), C("phone"), C("email"), C("guardian"), C("guardian_email"), C("disability", "flag"), C("photo"),
    C("about"), C("hobby"),
)  # fmt: skip
_SCHEDULE = (
    C("directions", "direction"), C("longer", "direction"), C("heritage", "way"), C("heritage_months", "whole"),
    C("replaces", "direction"), C("volunteering_provider"), C("trips_provider"), C("norm_points", "whole"),
    C("applied_at", "instant"), C("contacted_on", "day"), C("documents", "paper"), C("schedule_on", "day"),
    C("started_on", "day"), C("finished_on", "day"), C("notes_on", "day"), C("characteristic"), C("watched", "whole"),
)  # fmt: skip
_PROGRESS = (
    C("direction", "direction"), C("required", "whole"), C("met", "whole"), C("written", "whole"), C("unit", "unit"),
    C("percent", "fraction"),
)  # fmt: skip
_CARD_DIARY = (
    C("done_at", "instant"), C("direction", "direction"), C("what"), C("amount"), C("result"),
    C("evidence", "evidence"), C("confirmed_at", "instant"), C("task"), C("disputed", "sign"),
)  # fmt: skip
_DIARY = (
    C("done_at", "instant"), C("direction", "direction"), C("what"), C("minutes", "whole"), C("days", "whole"),
    C("result"), C("evidence", "evidence"), C("confirmed_at", "instant"), C("confirmed_by", at="confirmed_by_name"),
    C("task"), C("disputed", "sign"),
)  # fmt: skip
_CHECKED = (
    C("record"), C("uploaded_at", "instant"), C("event"), C("attended", "flag"), C("suspicion"),
)  # fmt: skip
_GAPS = (C("direction", "direction"), C("week"), C("minutes", "whole"), C("excused", "flag"))
_COLLEAGUE = (
    _NAME, C("id", at="person"), C("office", "office"), C("region", "region"), C("centre", at="centre_name"),
    C("watched_by", at="watched_by_name"), C("people", "whole"), C("completed", "whole", "complete"),
    C("mean", "fraction"), C("waiting", "whole"), C("mark", "mark"), C("mark_count", "whole"), C("email"), C("phone"),
    C("about"), C("papers", "paper", "documents"), C("in_office", "day", "since"), C("trained_on", "day"), C("away"),
    C("covers", at="covers_name"),
)  # fmt: skip
_TODO_KINDS = (C("kind", "todo"), C("number", "whole"), C("longest", "whole"))
_TODO = (
    C("kind", "todo"),
    _NAME,
    C("direction", "direction"),
    C("detail"),
    C("since", "day"),
    C("days", "whole"),
)


@cache
def read_speaker(templates: Path, language: str) -> Speaker:
    """The words of the reports in one language. Errors: WordsFault."""
    words = read_act_words(templates / WORDS)
    texts = {section: {key: each[language] for key, each in keys.items()} for section, keys in words.items()}
    return Speaker(Voice(language, texts, source=f"templates/{WORDS}"))


def report_page(content: Content, templates: Path, language: str) -> bytes:
    """A reader's report as a page."""
    return page(templates, TEMPLATE, _Report(content, read_speaker(templates, language)).page())


def report_workbook(content: Content, templates: Path, language: str) -> bytes:
    """A reader's report as a workbook."""
    report = _Report(content, read_speaker(templates, language))
    sheets = [sheet for sheet in report.sheets() if sheet.rows]
    return workbook(
        sheets or [next(report.sheets())],
        report.title,
        content["organisation"],
        read_only=content["role"] == EXPERT,
    )


def records_workbook(content: Content, templates: Path, language: str) -> bytes:
    """What the people of a reader's report have written, and what they missed, as a workbook."""
    report = _Report(content, read_speaker(templates, language))
    return workbook(list(report.records()), report.title, content["organisation"], read_only=False)


@dataclass(frozen=True)
class _Report:
    """The rows of one reader put into words; the template only lays them out."""

    content: Content
    speaker: Speaker

    @property
    def role(self) -> str:
        return str(self.content["role"])

    @property
    def title(self) -> str:
        return self.speaker.say(f"title.{self.role}")

    def rows(self, sheet: str) -> list[Row]:
        found: list[Row] = self.content["sheets"].get(sheet, [])
        return found

    def page(self) -> dict[str, object]:
        say = self.speaker.say
        return {
            "language": self.speaker.language,
            "title": self.title,
            "who": self.content["named"],
            "contest": self.content["title"][self.speaker.language],
            "as_of": say("page.as-of", day=self.speaker.voice.day(self.content["on"])),
            "organisation": self.content["organisation"],
            "edition": self.content["edition"],
            "scope": say(f"page.scope-{self.role}"),
            "keep": say("page.keep"),
            "nothing": say("page.nothing"),
            "rules": say("page.rules"),
            "rulebook": self.content["rulebook"],
            "sections": list(self._card() if self.role == PARTICIPANT else self._overview()),
        }

    # --- a participant's card ---

    def _card(self) -> Iterator[Section]:
        """What clause 4.1 puts on a participant's card."""
        person = self.people[0]
        say = self.speaker.say
        yield self._tiles(
            [
                (say("column.level"), self.speaker.text(person, C("level", "level"))),
                (say("column.rating"), self.speaker.fraction(person)),
                (say("column.complete"), self.speaker.text(person, C("complete", "flag"))),
            ]
        )
        yield self._progress_chart(self.rows("progress"))
        yield self._table("progress", _PROGRESS, self._in_order(self.rows("progress")))
        yield from self._calendar()
        yield self._facts("person", person, (_NAME, *_PERSONAL))
        yield self._facts(
            "schedule", person, (*_SCHEDULE[:9], C("mentor", at="mentor_name"), *_SCHEDULE[11:14])
        )
        yield self._assessment(person)
        yield self._table("journal", _CARD_DIARY, self.diary)

    def _progress_chart(self, rows: Sequence[Row]) -> Section:
        found = [
            Bar(
                self.speaker.text(row, C("direction", "direction")),
                row["numerator"] / row["denominator"],
                f"{self.speaker.fraction(row)} %",
            )
            for row in self._in_order(rows)
        ]
        return self._chart("directions", bars(found, self.speaker.say("head.directions"), goal=True))

    def _in_order(self, rows: Sequence[Row]) -> list[Row]:
        """In the regulation's order of the directions."""
        return sorted(rows, key=lambda row: DIRECTIONS.index(row["direction"]))

    def _assessment(self, person: Row) -> Section:
        say = self.speaker.say
        note = person.get("characteristic") or say("note.no-characteristic")
        marks = self.rows("marks")
        shown = self._mean_mark(marks[0]) if marks else say("note.mark-hidden")
        lines = [
            f"{say('column.mentor')}: {person.get('mentor_name') or DASH}",
            note,
            f"{say('column.mark')}: {shown}",
            say("note.rate"),
        ]
        return {"kind": "text", "title": say("head.assessment"), "note": "", "lines": lines}

    def _mean_mark(self, row: Row) -> str:
        return self.speaker.text({"mark_stars": row["stars"], "mark_count": row["count"]}, C("mark", "mark"))

    def _calendar(self) -> Iterator[Section]:
        """The weeks of the directions that are counted by weeks, where there are any."""
        weekly = [row["direction"] for row in self._in_order(self.rows("progress")) if row["unit"] == "weeks"]
        signs = {direction: self._weeks(direction) for direction in weekly}
        mondays = sorted({monday for found in signs.values() for monday in found})
        if not mondays:
            return
        span = _every_week(mondays[0], mondays[-1])
        rows = [
            Weeks(self._known("direction", direction), [found.get(monday, "none") for monday in span])
            for direction, found in signs.items()
        ]
        texts = {sign: self.speaker.say(f"week.{sign}") for sign in ("met", "excused", "gap")}
        title = self.speaker.say("head.weeks")
        yield self._chart("weeks", calendar(rows, _months(span), texts, title))

    def _weeks(self, direction: str) -> dict[date, Week]:
        """What is known of each week of a direction: a week with records that is not missed is met."""
        done = (row for row in self.rows("journal") if row["direction"] == direction)
        signs: dict[date, Week] = {_monday(row["done_at"]): "met" for row in done}
        for row in self.rows("gaps"):
            if row["direction"] == direction:
                signs[_monday(row["monday"])] = "excused" if row["excused"] else "gap"
        return signs

    # --- the reports over people ---

    def _overview(self) -> Iterator[Section]:
        """What clause 4.4 reports to mentors, experts, coordinators and the operator."""
        say = self.speaker.say
        counted = {row["kind"]: row["people"] for row in self.rows("counts")}
        together = next((row for row in self.rows("levels") if row["level"] is None), {})
        tiles = [
            (say(f"kind.{kind}"), self.speaker.voice.whole(counted.get(kind, 0)))
            for kind in _COUNTED[self.role]
        ]
        tiles += [
            (say("column.completed"), self.speaker.voice.whole(together.get("complete", 0))),
            (say("column.mean"), self.speaker.fraction(together)),
        ]
        yield self._tiles(tiles)
        yield self._directions_chart()
        yield self._table("levels", _LEVELS, self._by_level(), note="levels")
        yield self._bands_chart()
        if self.role == OPERATOR:
            yield from self._regions()
        yield from self._marks()
        yield from self._colleagues()
        yield self._people_table("people", [row for row in self.people if row["instead_of"] is None])
        if instead := [row for row in self.people if row["instead_of"] is not None]:
            yield self._people_table("instead", instead)
        yield self._table("todo", _TODO_KINDS, self.todo_kinds)
        yield self._table("", _TODO, self.todo, most=LONGEST)
        yield from self._oneself()

    def _directions_chart(self) -> Section:
        say = self.speaker.say
        found = [
            Bar(
                self.speaker.text(row, C("direction", "direction")),
                row["numerator"] / row["denominator"],
                f"{self.speaker.fraction(row)} %",
                say("page.people", number=self.speaker.voice.whole(row["people"])),
            )
            for row in self._in_order(self.rows("directions"))
        ]
        return self._chart(
            "directions", bars(found, say("head.directions"), goal=True) if found else "", "directions"
        )

    def _by_level(self) -> list[Row]:
        """The levels from bronze to gold, then all."""
        order = {level: place for place, level in enumerate(LEVELS)}
        rows = sorted(self.rows("levels"), key=lambda row: order.get(row["level"], len(LEVELS)))
        return [row | {"called": self._level(row["level"])} for row in rows]

    def _level(self, level: str | None) -> str:
        return self._known("level", level) if level else self.speaker.say("page.all")

    def _bands_chart(self) -> Section:
        counts = [0] * (BANDS + 1)
        for row in self.rows("bands"):
            counts[row["band"]] += row["people"]
        width = 100 // BANDS
        names = [f"{width * band}–{width * (band + 1)}" for band in range(BANDS)] + [
            self.speaker.say("page.whole")
        ]
        found = [
            Bar(name, count, self.speaker.voice.whole(count))
            for name, count in zip(names, counts, strict=True)
        ]
        drawn = bars(found, self.speaker.say("head.bands"), max(counts)) if sum(counts) else ""
        return self._chart("bands", drawn)

    def _regions(self) -> Iterator[Section]:
        ranked = sorted(
            (row for row in self.rows("regions") if row["level"] is None),
            key=lambda row: -row["numerator"] / row["denominator"] if row["denominator"] else 1,
        )
        found = [
            Bar(
                self.speaker.region(row["region"]),
                row["numerator"] / row["denominator"] if row["denominator"] else None,
                self.speaker.fraction(row),
                self.speaker.say("page.people", number=self.speaker.voice.whole(row["people"])),
            )
            for row in ranked
        ]
        yield self._chart("regions", bars(found, self.speaker.say("head.regions")), "regions")
        yield self._table("", _REGIONS, self.regions)

    def _people_table(self, title: str, rows: Sequence[Row]) -> Section:
        more = (C("instead_of", at="instead_of_name"),) if title == "instead" else ()
        mentors = () if self.role == MENTOR else (C("mentor", at="mentor_name"),)
        return self._table(title, (*_PEOPLE[:2], *_PEOPLE[3:5], *self._percents, *more, *mentors), rows)

    def _colleagues(self) -> Iterator[Section]:
        for office in reversed(_COUNTED[self.role]):
            if office != PARTICIPANT:
                rows = [
                    row for row in self.colleagues if row["office"] == office and not self._is_reader(row)
                ]
                yield self._table(f"{office}s", _SHORT[office], rows)

    def _oneself(self) -> Iterator[Section]:
        if oneself := [row for row in self.colleagues if self._is_reader(row)]:
            yield self._facts("oneself", oneself[0], _OWN)

    def _is_reader(self, row: Row) -> bool:
        return bool(row["person"] == self.content["reader"] and row["office"] == self.role)

    def _marks(self) -> Iterator[Section]:
        """The own mark of a mentor; of a region and the country for those above."""
        say = self.speaker.say
        wide = self.role in (COORDINATOR, OPERATOR)
        rows = [row for row in self.rows("marks") if wide == (row["kind"] != MENTOR)]
        own = [row for row in rows if wide or row["id"] == self.content["reader"]]
        named = [(self._whose(row), self._mean_mark(row)) for row in own]
        note = say("note.marks", least=str(self.content["least"]))
        if self.role != EXPERT:
            title = say("head.marks")
            hidden: Section = {
                "kind": "text",
                "title": title,
                "note": note,
                "lines": [say("note.mark-hidden")],
            }
            yield self._tiles(named) | {"title": title, "note": note} if named else hidden

    def _whose(self, row: Row) -> str:
        whole = self.speaker.say("page.all") if row["kind"] == "country" else str(self.content["named"])
        whose = self.speaker.region(row["id"]) if row["kind"] == "region" else whole
        return self.speaker.say("page.answers", whose=whose, number=str(row["count"]))

    # --- rows as they are shown ---

    @cached_property
    def people(self) -> list[Row]:
        """With the percent of each direction under its name, from bronze to gold and the best first."""
        percents: dict[str, dict[str, Row]] = {}
        for row in self.rows("progress"):
            percents.setdefault(row["participant"], {})[row["direction"]] = row
        found = [
            {
                **row,
                **{
                    f"%{name}": fraction_at(each)
                    for name, each in percents.get(row["participant"], {}).items()
                },
            }
            for row in self.rows("people")
        ]
        return sorted(
            found, key=lambda row: (LEVELS.index(row["level"]), row.get("rank") or 0, row["participant"])
        )

    @property
    def _percents(self) -> tuple[Column, ...]:
        return tuple(C(f"direction.{name}", "fraction", f"%{name}") for name in DIRECTIONS)

    @property
    def diary(self) -> Sequence[Row]:
        """Records with what was done: the book, or the name of the action."""
        return Made(
            self.rows("journal"), lambda row: row | {"what": self._what(row), "amount": self._amount(row)}
        )

    def _amount(self, row: Row) -> str | None:
        """Minutes where they are counted, else days."""
        unit = "minutes" if row["minutes"] is not None else "days"
        number = row[unit]
        return (
            None
            if number is None
            else self.speaker.say(f"amount.{unit}", number=self.speaker.voice.whole(number))
        )

    def _what(self, row: Row) -> str | None:
        if row["book"] is None:
            return row["title"]  # type: ignore[no-any-return]  # a text of the feed
        named = ", ".join(part for part in (row["author"], row["book_title"]) if part)
        return named or str(row["book"])

    @cached_property
    def todo(self) -> list[Row]:
        """With the names of those it is about, and papers in words."""
        people = {row["participant"]: row for row in self.rows("people")}
        colleagues = {row["person"]: row for row in self.rows("staff")}
        return [
            row
            | self._named(people.get(row["participant"]) or colleagues.get(row["person"]) or {})
            | self._detail(row)
            for row in self.rows("todo")
        ]

    @property
    def todo_kinds(self) -> list[Row]:
        """How much of each kind waits, and how long the longest has."""
        kinds: dict[str, Row] = {}
        for row in self.rows("todo"):
            of = kinds.setdefault(row["kind"], {"kind": row["kind"], "number": 0, "longest": None})
            of["number"] += 1
            of["longest"] = max(filter(None, (of["longest"], row["days"])), default=None)
        return sorted(kinds.values(), key=lambda row: (-row["number"], row["kind"]))

    def _named(self, row: Row) -> Row:
        return {part: row.get(part) for part in ("surname", "name", "patronymic")}

    def _detail(self, row: Row) -> Row:
        section = {"papers": "paper", "untrained": "office"}.get(row["kind"], "text")
        return {"detail": self.speaker.cell(row, C("detail", section))}

    @cached_property
    def colleagues(self) -> list[Row]:
        """By name."""
        found = [row | {"away": self._away(row)} for row in self.rows("staff")]
        return sorted(found, key=lambda row: (alphabet_rank(full_name(row)), row["person"]))

    def _away(self, row: Row) -> str | None:
        if row["away_since"] is None:
            return None
        day = self.speaker.voice.day
        until = f"–{day(row['away_until'])}" if row["away_until"] else "–…"
        return f"{day(row['away_since'])}{until}, {self._known('reason', row['away_reason'])}"

    @cached_property
    def regions(self) -> list[Row]:
        """A row a region with the mean of each level beside the mean of all."""
        rows: dict[str | None, dict[str, Any]] = {}
        for row in self.rows("regions"):
            of = rows.setdefault(row["region"], {"called": self.speaker.region(row["region"])})
            of |= row if row["level"] is None else {f"%{row['level']}": fraction_at(row)}
        return sorted(rows.values(), key=lambda row: (alphabet_rank(row["called"]), row["called"]))

    def _known(self, section: str, word: str) -> str:
        return self.speaker.voice.texts[section].get(word, word)

    # --- sections of a page ---

    def _tiles(self, tiles: Sequence[tuple[str, str]]) -> Section:
        return {"kind": "tiles", "title": "", "note": "", "tiles": list(tiles)}

    def _chart(self, key: str, svg: str, note: str = "") -> Section:
        title = self.speaker.say(f"head.{key}")
        return {"kind": "chart", "look": key, "title": title, "note": self._note(note), "svg": svg}

    def _note(self, key: str) -> str:
        return self.speaker.say(f"note.{key}") if key else ""

    def _facts(self, key: str, row: Row, columns: Sequence[Column]) -> Section:
        """What is known of one person; what is not known is left out."""
        told = [(self.speaker.heading(column), self.speaker.text(row, column)) for column in columns]
        facts = [(name, text) for name, text in told if text != DASH]
        return {"kind": "facts", "title": self.speaker.say(f"head.{key}"), "note": "", "facts": facts}

    def _table(
        self, key: str, columns: Sequence[Column], rows: Sequence[Row], note: str = "", most: int = SHOWN
    ) -> Section:
        """The columns in which anybody has anything; without a key it belongs to what stands above it."""
        told = [
            column for column in columns if any(self.speaker.cell(row, column) is not None for row in rows)
        ]
        figures = {"shown": str(most), "all": self.speaker.voice.whole(len(rows))}
        return {
            "kind": "table",
            "title": self.speaker.say(f"head.{key}") if key else "",
            "note": self._note(note),
            "columns": [(self.speaker.heading(column), _is_number(column)) for column in told],
            "rows": [[self.speaker.text(row, column) for column in told] for row in rows[:most]],
            "more": self.speaker.say("page.more", **figures) if len(rows) > most else "",
        }

    def _told(self, columns: Sequence[Column], rows: Sequence[Row]) -> list[Column]:
        return [
            column for column in columns if any(self.speaker.cell(row, column) is not None for row in rows)
        ]

    # --- sheets of a workbook ---

    def sheets(self) -> Iterator[Sheet]:
        """Every row that the reader sees."""
        own = self.role == PARTICIPANT
        of, who = self._whose_rows()
        columns = (*_PEOPLE, *self._percents, *_STAFF_COLUMNS, *_PERSONAL, *_SCHEDULE)
        yield self._person_sheet() if own else self._sheet("people", columns, self.people)
        yield self._sheet("progress", (*who, *_PROGRESS), _with(self.rows("progress"), of))
        if not own:
            yield self._sheet("directions", _DIRECTIONS_SHEET, self._in_order(self.rows("directions")))
            yield self._sheet("levels", _LEVELS, self._by_level())
            yield self._sheet("regions", _REGIONS, self.regions)
            for office in ("coordinator", "expert", "mentor"):
                rows = [row for row in self.colleagues if row["office"] == office]
                yield self._sheet(f"{office}s", _COLLEAGUE, rows)
            yield self._sheet("todo", (*_TODO[:2], C("participant"), *_TODO[2:], C("record")), self.todo)
        yield from self.records()

    def records(self) -> Iterator[Sheet]:
        """A row a record, and a row a week without one."""
        of, who = self._whose_rows()
        checked = () if self.role == PARTICIPANT else _CHECKED
        yield self._sheet("journal", (*who, *_DIARY, *checked), _with(self.diary, of))
        yield self._sheet("gaps", (*who, *_GAPS), _with(self.rows("gaps"), of))

    def _whose_rows(self) -> tuple[dict[str, Row], tuple[Column, ...]]:
        """The names of those whose rows they are, and the columns that tell them; one's own need none."""
        of = {row["participant"]: self._named(row) for row in self.rows("people")}
        return of, () if self.role == PARTICIPANT else (_NAME, C("participant"))

    def _person_sheet(self) -> Sheet:
        """One person: what is known, line by line."""
        mentor = C("mentor", at="mentor_name")
        columns = (_NAME, *_PEOPLE[2:], mentor, *_PERSONAL, *_SCHEDULE)
        told = [[self.speaker.heading(each), self.speaker.cell(self.people[0], each)] for each in columns]
        heading: list[tuple[str, Kind]] = [(self.speaker.say("head.person"), "text"), (self.title, "text")]
        return Sheet(self.speaker.say("head.person"), heading, [row for row in told if row[1] is not None])

    def _sheet(self, key: str, columns: Sequence[Column], rows: Sequence[Row]) -> Sheet:
        headings, cells = table(self.speaker, self._told(columns, rows), rows)
        return Sheet(self.speaker.say(f"head.{key}"), headings, cells)


_STAFF_COLUMNS = (
    C("mentor", at="mentor_name"), C("expert", at="expert_name"), C("instead_of", at="instead_of_name"),
)  # fmt: skip
_COUNTED: Mapping[str, tuple[str, ...]] = {
    MENTOR: (PARTICIPANT,),
    EXPERT: (PARTICIPANT, MENTOR),
    COORDINATOR: (PARTICIPANT, MENTOR, EXPERT),
    OPERATOR: (PARTICIPANT, MENTOR, EXPERT, COORDINATOR),
}
_LEVELS = (
    C("level", at="called"), C("people", "whole"), C("completed", "whole", "complete"), C("mean", "fraction"),
)  # fmt: skip
_REGIONS = (
    C("region", at="called"), *_LEVELS[1:], *(C(f"level.{level}", "fraction", f"%{level}") for level in LEVELS),
)  # fmt: skip
_DIRECTIONS_SHEET = (
    C("direction", "direction"), C("people", "whole"), C("completed", "whole", "complete"),
    C("mean_percent", "fraction"),
)  # fmt: skip
_SHORT: Mapping[str, tuple[Column, ...]] = {
    MENTOR: (
        _NAME,
        C("watched_by", at="watched_by_name"),
        *_COLLEAGUE[6:12],
        C("trained_on", "day"),
        *_COLLEAGUE[18:],
    ),
    EXPERT: (_NAME, C("region", "region"), *_COLLEAGUE[6:9], C("trained_on", "day"), *_COLLEAGUE[18:]),
    COORDINATOR: (_NAME, C("region", "region"), *_COLLEAGUE[6:9], C("trained_on", "day"), *_COLLEAGUE[18:]),
}
_OWN = (_NAME, C("region", "region"), *_COLLEAGUE[4:6], *_COLLEAGUE[12:])


def _with(rows: Sequence[Row], names: Mapping[str, Row]) -> Sequence[Row]:
    return Made(rows, lambda row: {**row, **names[row["participant"]]})


def _is_number(column: Column) -> bool:
    return column.kind != "text"


def _monday(day: str) -> date:
    on = date.fromisoformat(day[:10])
    return on - timedelta(days=on.weekday())


def _every_week(first: date, last: date) -> list[date]:
    return [first + timedelta(weeks=week) for week in range((last - first).days // 7 + 1)]


def _months(mondays: Sequence[date]) -> list[tuple[int, str]]:
    """Where months begin: 09, then 01.27 where the year is new or first."""
    names: list[tuple[int, str]] = []
    before: date | None = None
    for place, monday in enumerate(mondays):
        if before is None or monday.month != before.month:
            new = before is None or monday.year != before.year
            names.append((place, f"{monday:%m.%y}" if new else f"{monday:%m}"))
        before = monday
    return names
