"""The protocol of a stage: what was decided of everybody, where each cut lies, who was the first out, who stood level
at it and what people decided about them; and by which rules, readings and versions.

The committee's has names and goes to the operator; the public one is under codes alone, without the names of senders
behind whom fewer than five people stand. Else both tell the same.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

import polars as pl

from jobs.binding import BoundStep
from jobs.calendar import Window, local
from jobs.kazakh import alphabet_rank
from jobs.workdays import NO_CALENDAR
from worker.deliver.context import OPERATOR, Consequence, Record, facts_of
from worker.deliver.letters import Rulings, rulings_of
from worker.deliver.people import People, people_of
from worker.deliver.protocols.coarse import coarse_cuts, coarse_row, public_names
from worker.store.publications import Publication

PUBLIC = "public"
KIND, PUBLIC_KIND = "stage-protocol", "public-protocol"
_AT_THE_CUT, _BETWEEN = "tied-at-border", "tied-between-awards"
_LONGEST = (
    300  # characters of one parameter: a table of subjects stands in the rulebook, whose digest is printed
)

Who = Callable[[str], Record]


def protocol(run: Consequence) -> None:
    """The committee's protocol, with names, for the operator, and the public one."""
    writer = _Writer(
        run=run,
        people=people_of(run),
        rulings=rulings_of(run),
        groups=_group_of(run),
        figures=_figures_of(run),
        final=_final(run),
        ruled=_ruled(run),
        senders=_senders_of(run),
    )
    name = f"protocol/{run.contest}/{run.rulebook.edition}/{run.stage}{run.version}"
    named = writer.content(writer.named, facts=True)
    coded = writer.public()
    run.intend(Publication(f"{name}/named", OPERATOR, run.contest, KIND, named))
    run.intend(Publication(f"{name}/public", PUBLIC, run.contest, PUBLIC_KIND, coded))


# --- what the decisions say of each entry ---


def _group_of(run: Consequence) -> Mapping[str, tuple[str, int]]:
    """Entry to the group in which it was ranked last, and the step that did; of a stage without ranks to the last group
    that it was in."""
    rows = run.result.decisions.filter(pl.col("group").is_not_null())
    ranking = [n for n, step in enumerate(run.result.stage.steps, start=1) if "points" in step.given]
    ranked = rows.filter(pl.col("step").is_in(ranking))
    chosen = (ranked if ranked.height else rows).unique("entry", keep="last", maintain_order=True)
    return {
        entry: (group, step) for entry, group, step in chosen.select("entry", "group", "step").iter_rows()
    }


def _figures_of(run: Consequence) -> Mapping[str, tuple[str | None, str | None]]:
    """Entry to the rank and the points that the last step which ranked it tells."""
    figures = {name: pl.col("facts").str.json_path_match(f"$.{name}") for name in ("rank", "points")}
    told = run.result.decisions.filter(pl.col("facts").is_not_null()).select("entry", **figures)
    last = told.drop_nulls("points").unique("entry", keep="last", maintain_order=True)
    return {entry: (rank, points) for entry, rank, points in last.iter_rows()}


def _final(run: Consequence) -> Mapping[str, Record]:
    return {str(verdict["entry"]): verdict for verdict in run.last_verdicts().to_dicts()}


def _ruled(run: Consequence) -> Mapping[str, Sequence[Record]]:
    """Entry to what people decided of it."""
    found: dict[str, list[Record]] = {}
    for row in run.result.decisions.filter(code="ruled").to_dicts():
        found.setdefault(row["entry"], []).append(row)
    return found


def _senders_of(run: Consequence) -> Mapping[str, frozenset[str]]:
    """Group to the senders that have a cut of their own in it."""
    cut = run.result.evidence.get("cut")
    if cut is None or "sender" not in cut.columns:
        return {}
    gathered = cut.drop_nulls("sender").group_by("group").agg("sender")
    return {group or "": frozenset(senders) for group, senders in gathered.iter_rows()}


def _asked_by(ruled: Record) -> str:
    """The ask of the request on which somebody was ruled: contest.stage.ask.number."""
    return str(facts_of(ruled).get("request", "")).split(".")[-2:][0]


def _masked(person: str) -> str:
    """An IIN with its last digits only: nobody needs more of it to find the row in the table."""
    return f"…{person[-4:]}" if _IIN.fullmatch(person) else person


_IIN = re.compile(r"[0-9]{12}")


@dataclass(frozen=True)
class _Tie:
    """Entries with equal points at the cut (`code` tied-at-border) or between two awards, and the verdict that the step
    itself had for them."""

    code: str
    group: str | None
    people: str
    entries: tuple[str, ...]
    step: int
    verdict: str
    facts: Record


def _ties_of(run: Consequence) -> list[_Tie]:
    people = pl.col("facts").str.json_path_match("$.people").alias("people")
    chosen = run.result.decisions.filter(pl.col("code").is_in([_AT_THE_CUT, _BETWEEN]))
    sets = chosen.with_columns(people).group_by("step", "code", "group", "people", maintain_order=True)
    gathered = sets.agg(pl.col("entry").sort(), pl.col("verdict").first(), pl.col("facts").first())
    return [_tie_of(row) for row in gathered.sort("step", "group", "people", nulls_last=True).to_dicts()]


def _tie_of(row: Record) -> _Tie:
    entries = row["entry"] if isinstance(row["entry"], list) else []
    return _Tie(
        code=str(row["code"]),
        group=None if row["group"] is None else str(row["group"]),
        people=str(row["people"] or ""),
        entries=tuple(entries),
        step=int(str(row["step"])),
        verdict=str(row["verdict"]),
        facts={name: value for name, value in facts_of(row).items() if name != "people"},
    )


# --- the protocol ---


@dataclass(frozen=True)
class _Writer:
    run: Consequence
    people: People
    rulings: Rulings
    groups: Mapping[str, tuple[str, int]]
    figures: Mapping[str, tuple[str | None, str | None]]
    final: Mapping[str, Record]
    ruled: Mapping[str, Sequence[Record]]
    senders: Mapping[str, frozenset[str]]

    def content(self, who: Who, *, facts: bool) -> dict[str, object]:
        """All that stands in the protocol: entries as `who` tells them, reasons with their `facts` or without."""
        run, stage, ties = self.run, self.run.result.stage, _ties_of(self.run)
        rows = _in_order([self._row(entry, who, facts=facts) for entry in self.final])
        return run.heading() | {
            "stage": run.stage,
            "stage_title": dict(stage.title),
            "clause": stage.clause,
            "decided_at": local(stage.decided_at, run.rulebook.timezone),
            "groups": self._groups(rows, ties),
            "ties": [self._tie(tie, who) for tie in ties],
            "rows": rows,
            "steps": [_step(step, run.rulebook.timezone) for step in stage.steps],
            "readings": [list(reading) for reading in run.rulebook.readings],
            "calendar": _calendar(run),
            "version": run.version.removeprefix("/"),
        }

    def public(self) -> dict[str, object]:
        """The protocol under codes; of senders with few people in a group nobody reads the name."""
        people = self._people_of_senders()
        names = {group: public_names(senders) for group, senders in people.items()}
        content = self.content(self.coded, facts=False)
        rows = [coarse_row(row, names.get(row["group"], {})) for row in _records(content["rows"])]
        groups = [
            group | {"cuts": coarse_cuts(group["cuts"], names.get(group["group"], {}))}
            for group in _records(content["groups"])
        ]
        return content | {"rows": _in_order(rows), "groups": groups}  # nor does their order tell the sender

    def _people_of_senders(self) -> dict[str, dict[str, int]]:
        """Group to sender to how many different people of it stand in the list: who sat one subject in one grade is
        known where the sender is small."""
        people: dict[tuple[str, str], set[str]] = {}
        for entry in self.final:
            group, step = self.groups.get(entry, ("", 0))
            if sender := self._sender(self.people.record(entry), group, step):
                people.setdefault((group, sender), set()).update(self.people.of(entry))
        found: dict[str, dict[str, int]] = {}
        for (group, sender), owners in people.items():
            found.setdefault(group, {})[sender] = len(owners)
        return found

    def named(self, entry: str) -> Record:
        """An entry as the committee knows it."""
        owners, record = self.people.of(entry), self.people.record(entry)
        first = self.people.person(owners[0])
        return {
            "code": self.run.code(entry),
            "participant": " ".join(owners),
            "name": "; ".join(self.people.full_name(owner) or _masked(owner) for owner in owners),
            "school": first.get("school") or record.get("unit") or first.get("unit"),
            "region": record.get("region") or first.get("region"),
            "work": record.get("title"),
        }

    def coded(self, entry: str) -> Record:
        """An entry as everybody may know it."""
        return {"code": self.run.code(entry)}

    def _row(self, entry: str, who: Who, *, facts: bool) -> dict[str, object]:
        verdict = self.final[entry]
        rank, points = self.figures.get(entry, (None, None))
        record = self.people.record(entry)
        score = record.get("score")
        group, step = self.groups.get(entry, ("", 0))
        return dict(who(entry)) | {
            "group": group,
            "sender": self._sender(record, group, step),
            "rank": int(rank) if rank is not None else None,
            "points": points if points is not None or score is None else str(score),
            "verdict": verdict["verdict"],
            "award": record.get("award") if verdict["verdict"] == "in" else None,
            "clause": verdict["clause"],
            "reason": verdict["code"],
            "facts": self._told(entry, verdict) if facts else {},
        }

    def _told(self, entry: str, verdict: Record) -> dict[str, object]:
        """The figures of the reason, and in each language who decided where people did."""
        facts = {name: value for name, value in facts_of(verdict).items() if name != "people"}
        ruling = self.rulings.get((str(facts.get("request")), entry))
        return facts | ({"who": dict(ruling.who), "ground": ruling.ground or None} if ruling else {})

    def _sender(self, record: Record, group: str, step: int) -> str:
        """Who sent the entry, as the cuts of its group name the senders; empty where a group has one cut."""
        given = self.run.result.stage.steps[step - 1].given if step else {}
        by, alone = (_names(given.get(key)) for key in ("sent_by", "whole_in"))
        together = "/".join(str(record.get(name) or "") for name in by)
        values = [str(record.get(name) or "") for name in (*by, *alone)]
        possible = (together, *values, *(value.split(" ")[0] for value in values))
        named = (name for name in possible if name in self.senders.get(group, ()))
        return next(named, "")

    # ties

    def _tie(self, tie: _Tie, who: Who) -> dict[str, object]:
        asked = tie.verdict == "undecided"
        rule = self.run.result.stage.steps[tie.step - 1].given.get("ties")
        return {
            "kind": "places" if tie.code == _AT_THE_CUT else "awards",
            "group": tie.group or "",
            "facts": dict(tie.facts),
            "rule": None if asked else rule,
            "members": [self._member(entry, who, tie) for entry in tie.entries],
        }

    def _member(self, entry: str, who: Who, tie: _Tie) -> dict[str, object]:
        """Somebody of a tie: what became of them, and who decided what where people did."""
        ask = self.run.result.stage.steps[tie.step - 1].ask
        record, verdict = self.people.record(entry), self.final[entry]
        rulings = [row for row in self.ruled.get(entry, []) if _asked_by(row) == ask]
        made = [facts_of(row) | {"by": self._judges(row)} for row in rulings]
        award = record.get("award") if verdict["verdict"] == "in" else None
        return dict(who(entry)) | {"verdict": verdict["verdict"], "award": award, "decisions": made}

    def _judges(self, row: Record) -> Record:
        ruling = self.rulings.get((str(facts_of(row).get("request")), str(row["entry"])))
        return dict(ruling.who) if ruling else {}

    # groups

    def _groups(self, rows: Sequence[Record], ties: Sequence[_Tie]) -> list[dict[str, object]]:
        """A row a group and sender: how many sat, the places, the cut, the first out; and what awards were given."""
        inside: dict[str, list[Record]] = {}
        for row in rows:
            inside.setdefault(str(row["group"]), []).append(row)
        cuts, parts = self._cuts(ties), self._parts()
        return [
            {"group": group, "parts": parts.get(group, {}), "awards": self._awards(group, found)}
            | {"cuts": cuts.get(group) or [_cut_of(found)], "number": len(found)}
            for group, found in inside.items()
        ]

    def _parts(self) -> dict[str, dict[str, str]]:
        """Group to the columns by which its entries are grouped, with its values."""
        steps = self.run.result.stage.steps
        members = {found: entry for entry, found in self.groups.items()}
        return {
            group: {name: str(value) for name, value in self._values(entry, steps[step - 1]).items()}
            for (group, step), entry in members.items()
        }

    def _values(self, entry: str, step: BoundStep) -> Record:
        record = self.people.record(entry)
        return {name: record[name] for name in step.per if record.get(name) is not None}

    def _cuts(self, ties: Sequence[_Tie]) -> dict[str, list[Record]]:
        evidence = self.run.result.evidence
        cut, level = evidence.get("cut"), evidence.get("ties")
        if cut is None or level is None or "sender" not in cut.columns:
            return {}
        senders = {(row["group"], row["people"]): row["sender"] for row in level.to_dicts()}
        found: dict[str, list[Record]] = {}
        for row in cut.sort("group", "sender", nulls_last=True).to_dicts():
            own = [tie for tie in ties if senders.get((tie.group, tie.people), "") == row["sender"]]
            level_here = [tie for tie in own if (tie.code, tie.group) == (_AT_THE_CUT, row["group"])]
            found.setdefault(row["group"] or "", []).append(self._decided(row, level_here))
        return found

    def _decided(self, cut: Record, ties: Sequence[_Tie]) -> dict[str, object]:
        """A cut after people have decided about those who are level at it."""
        members = [(tie, self.final[entry]["verdict"]) for tie in ties for entry in tie.entries]
        entered = sum(verdict == "in" for tie, verdict in members if tie.verdict == "undecided")
        gone = [tie.facts.get("points") for tie, verdict in members if verdict == "out"]
        return {
            "sender": cut["sender"],
            "sat": cut["sat"],
            "places": cut["places"],
            "entered": int(str(cut["entered"])) + entered,
            "cut": cut["cut"],
            "first_out": gone[0] if gone else cut["first_out"],
            "tied": cut["tied"],
        }

    def _awards(self, group: str, rows: Sequence[Record]) -> list[dict[str, object]]:
        """Of each award how many there were to give and how many were given."""
        evidence = self.run.result.evidence.get("awards")
        given = [row["award"] for row in rows if row["award"] is not None]
        if evidence is None or "places" not in evidence.columns:
            steps = reversed(self.run.result.stage.steps)
            known = next((_names(step.given["awards"]) for step in steps if "awards" in step.given), [])
            named = [*known, *sorted({str(award) for award in given} - set(known))]
            return [{"award": award, "places": None, "given": given.count(award)} for award in named]
        chosen = evidence.filter(pl.col("group").fill_null("") == group)
        return [
            {"award": row["award"], "places": row["places"], "given": given.count(row["award"])}
            for row in chosen.to_dicts()
        ]


def _cut_of(rows: Sequence[Record]) -> dict[str, object]:
    """Where the cut lies by the ranks alone, in a group of which no step tells."""
    ranked = [row for row in rows if row["rank"] is not None]
    entered = [row["points"] for row in ranked if row["verdict"] == "in"]
    out = [row["points"] for row in ranked if row["verdict"] == "out"]
    return {
        "sender": None,
        "sat": len(ranked),
        "places": None,
        "entered": sum(row["verdict"] == "in" for row in rows),
        "cut": entered[-1] if entered else None,
        "first_out": out[0] if out else None,
        "tied": None,
    }


def _records(value: object) -> list[dict[str, Any]]:
    return list(value) if isinstance(value, list) else []


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []


def _in_order(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """By group in the order of the Kazakh alphabet, sender, rank and code."""
    names = {str(row["group"]) for row in rows}
    order = {
        name: place for place, name in enumerate(sorted(names, key=lambda name: (alphabet_rank(name), name)))
    }

    def place(row: Record) -> tuple[int, str, bool, int, str]:
        rank = row["rank"]
        group, sender = order[str(row["group"])], str(row["sender"])
        return group, sender, rank is None, int(str(rank or 0)), str(row["code"])

    return sorted(rows, key=place)


# --- by which rules ---


def _calendar(run: Consequence) -> str:
    """The calendars of working days by which terms were counted, as the rulebook has it and the reasons name them;
    empty where none was."""
    named = run.result.decisions.select(pl.col("facts").str.json_path_match("$.calendar").alias("calendar"))
    known = {run.rulebook.workdays.version, *named["calendar"].drop_nulls().unique()}
    return ", ".join(sorted(known - {NO_CALENDAR.version}))


def _step(step: BoundStep, zone: str) -> dict[str, object]:
    """A step with the parameters that it was run with, the usual ones included."""
    usual = {name: parameter.default for name, (_, parameter) in step.job.parameters.items()}
    values = {name: value for name, value in usual.items() if isinstance(value, str | int)} | dict(step.given)
    given = {name: _written(value, zone) for name, value in values.items() if value is not None}
    sources = {**step.tables, **step.standings}
    return {
        "clause": step.clause,
        "job": step.job.name,
        "per": list(step.per),
        "parameters": {name: text for name, text in {**sources, **given}.items() if text},
        "reading": step.reading,
    }


def _written(value: object, zone: str) -> str:
    text = "; ".join(_pieces(value, zone))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _pieces(value: object, zone: str) -> Iterator[str]:
    if isinstance(value, Window):
        yield f"{local(value.opens_at, zone)} – {local(value.closes_at, zone)}"
    elif isinstance(value, datetime):
        yield local(value, zone)
    elif isinstance(value, Fraction) and (100 * value).denominator == 1:
        yield f"{100 * value} %"
    elif isinstance(value, Mapping):
        yield from (f"{name} = {_written(each, zone)}" for name, each in value.items())
    elif isinstance(value, list | tuple):
        yield from (_written(each, zone) for each in value)
    else:
        yield str(value)
