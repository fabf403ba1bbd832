"""Requests: what the regulation leaves to people, asked with everything they need to decide."""

import json
import re
from collections.abc import Callable

import polars as pl

from jobs.lot import list_digest
from jobs.pipeline import subject_of, what_was_shown
from jobs.regions import region_name
from worker import audit
from worker.deliver.context import OPERATOR, Consequence, Record, facts_of
from worker.deliver.corrections import made_public
from worker.deliver.draws.publications import commit
from worker.deliver.findings import acts, publish_key
from worker.store import requests
from worker.store.publications import Publication
from worker.store.requests import (
    ABSENT_SUBJECT,
    DICE,
    DRAW_SUBJECT,
    LOT_SUBJECT,
    READING_SUBJECT,
    Request,
    Subject,
)
from worker.store.tables import stamp

RECIPIENT = "requests"
KIND = "request"
DECISIONS = "decisions"  # the feed of answers
COMMITMENT = "commitment"
MOST_PAIRS = 1_000  # in the table of a request, the rarest: nobody reads more


def ask(run: Consequence) -> None:
    """Make a request for everything undecided that nobody has been asked about yet, one a commission."""
    askers = {
        "people": _ask_people,
        "group": _ask_about_groups,
        "lot": _ask_for_lot,
        "absentees": _ask_about_absentees,
        "reading": _ask_for_reading,
        "draw": _ask_for_dice,
    }
    for (name,), rows in run.result.pending.group_by("ask", maintain_order=True):
        askers[run.rulebook.asks[str(name)].kind](run, str(name), rows)


def _ask_people(run: Consequence, name: str, rows: pl.DataFrame) -> None:
    """Whoever shows a new sign is asked about again: an answer counts for what people were shown."""
    shown = dict(what_was_shown(rows).select("entry", "shown").iter_rows())
    asked = _asked(run, name)
    entries = sorted((entry for entry, digest in shown.items() if (entry, digest) not in asked), key=run.code)
    if not entries:
        return
    request = _request(run, name)
    requests.add(
        run.connection, request, [Subject(run.code(entry), entry, shown[entry]) for entry in entries]
    )
    told = acts(run, entries, request.id)
    evidence = {"people": [_person(run, entry, rows) for entry in entries], "pairs": _pairs(run, entries)}
    _publish(run, request, _question(run, request) | evidence | {"acts": told} | _key_of(run, request))
    publish_key(run, request.id, entries, told)


def _ask_about_groups(run: Consequence, name: str, rows: pl.DataFrame) -> None:
    """A group is asked about as a whole, once for what it shows."""
    subjects = rows.with_columns(entry=subject_of(run.rulebook))
    shown = dict(what_was_shown(subjects).select("entry", "shown").iter_rows())
    asked = _asked(run, name)
    groups = sorted(group for group, digest in shown.items() if (group, digest) not in asked)
    if not groups:
        return
    request = _request(run, name)
    requests.add(run.connection, request, [Subject(group, group, shown[group]) for group in groups])
    signs = subjects.select("entry", "clause", "code", "why", "facts").unique(maintain_order=True)
    told = [
        {"subject": group, "signs": _signs(run, signs.filter(pl.col("entry") == group).drop("entry"))}
        | {language: region_name(group, language) for language in ("kk", "ru")}
        for group in groups
    ]
    named = sorted({person for each in signs.iter_rows(named=True) for person in named_in(each)})
    of_whom = _key_of(run, request) if named else {}
    _publish(run, request, _question(run, request) | _NO_PEOPLE | {"groups": told} | of_whom)
    if named:
        publish_key(run, request.id, named, [])


def _key_of(run: Consequence, request: Request) -> dict[str, object]:
    """Where the operator finds whose codes stand in a request."""
    return {"key": f"outbox/{OPERATOR}/{run.contest}/key-{request.id}.csv"}


def _ask_for_reading(run: Consequence, name: str, rows: pl.DataFrame) -> None:
    """Two readings of a rule let in different entries: both are shown, and a choice counts for these facts."""
    if ("", run.facts) in _asked(run, name):
        return
    request = _request(run, name)
    requests.add(run.connection, request, [Subject(READING_SUBJECT, "", run.facts)])
    rankings = run.result.evidence["rankings"].filter(pl.col("differs")).sort("group", "rank_zero", "entry")
    table = [row | {"entry": run.code(str(row["entry"]))} for row in rankings.to_dicts()]
    _publish(run, request, _question(run, request) | _NO_PEOPLE | {"rankings": table})


def _ask_for_dice(run: Consequence, name: str, _rows: pl.DataFrame) -> None:
    """The lists are committed to in public, and the dice of the broadcast asked for; dice thrown for other lists do
    not count."""
    if ("", run.facts) in _asked(run, name):
        return
    request = _request(run, name)
    requests.add(run.connection, request, [Subject(DRAW_SUBJECT, "", run.facts)])
    made = commit(run)
    told = {"draws": made, "test_chain": run.chain.test}
    _publish(run, request, _question(run, request) | _NO_PEOPLE | told)


def _ask_for_lot(run: Consequence, name: str, rows: pl.DataFrame) -> None:
    """The list that the tickets are drawn for is committed to, in public, before the dice are thrown; dice thrown
    on other facts (an application that came later) do not count, and the lot is asked for anew."""
    if ("", run.facts) in _asked(run, name):
        return
    request = _request(run, name)
    requests.add(run.connection, request, [Subject(LOT_SUBJECT, "", run.facts)])
    everyone = run.result.evidence["placements"]["participant"]
    commitment = list_digest(everyone).hex()
    tied = sorted(run.code(entry) for entry in rows["entry"].unique())
    _publish(run, request, _question(run, request) | _NO_PEOPLE | {"tied": tied, "commitment": commitment})
    facts = {"name": request.id, "entrants": len(everyone), "commitment": commitment, "tied": tied}
    run.intend(
        Publication(f"commitment/{request.id}", "public", run.contest, COMMITMENT, run.heading() | facts)
    )


def _ask_about_absentees(run: Consequence, name: str, rows: pl.DataFrame) -> None:
    """Have all files come? Asked once for a stage; a file that comes meanwhile shrinks the number by itself."""
    if _asked(run, name):
        return
    request = _request(run, name)
    requests.add(run.connection, request, [Subject(ABSENT_SUBJECT, "", "")])
    strangers = run.result.decisions.filter(pl.col("code") == "not-among")["entry"].n_unique()
    present = run.result.standing.height
    counts = {"absent": rows["entry"].n_unique(), "present": present, "strangers": strangers}
    _publish(run, request, _question(run, request) | _NO_PEOPLE | {"counts": counts})


_NO_PEOPLE: dict[str, object] = {"people": [], "pairs": []}


def _asked(run: Consequence, name: str) -> set[tuple[str, str]]:
    known = requests.asked_subjects(run.connection, run.contest)
    spent = _spent(run, name)
    return {
        (each.entry, each.shown)
        for key, each in known.items()
        if (each.stage, each.ask) == (run.stage, name) and key not in spent
    }


def _spent(run: Consequence, name: str) -> set[tuple[str, str]]:
    """Requests and subjects of changed marks that were confirmed and published: an answer counts for one change."""
    twice = next((step.job.twice for step in run.result.stage.steps if step.ask == name), None)
    if run.correction is None or twice is None:
        return set()
    made = requests.decisions(run.connection, run.contest, until=run.correction.public.came or 0)
    return set(made.filter(decision=twice.confirm).select("request_id", "subject").iter_rows())


def ask_about_awards(run: Consequence, name: str, holders: list[tuple[str, str]]) -> None:
    """Whoever holds a prize (entry, what the prize is) may have it annulled at any time: a standing request."""
    asked = {entry for entry, _ in _asked(run, name)}
    new = sorted((run.code(entry), entry, prize) for entry, prize in holders if entry not in asked)
    if not new:
        return
    request = _request(run, name, standing=True)
    requests.add(run.connection, request, [Subject(code, entry, "") for code, entry, _ in new])
    rows = [{"subject": code, "prize": prize} for code, _, prize in new]
    _publish(run, request, _question(run, request) | _NO_PEOPLE | {"awards": rows})


def _request(run: Consequence, name: str, *, standing: bool = False) -> Request:
    earlier = requests.find(run.connection, run.contest)
    number = sum((request.stage, request.ask) == (run.stage, name) for request in earlier) + 1
    identifier = f"{run.contest}.{run.stage}.{name}.{number}"
    return Request(identifier, run.contest, run.stage, name, run.run_id, stamp(run.now), standing)


def _question(run: Consequence, request: Request) -> dict[str, object]:
    ask_table = run.rulebook.asks[request.ask]
    return (
        run.heading()
        | {
            "request": request.id,
            "stage": dict(run.result.stage.title),
            "asked": dict(ask_table.title),
            "clause": ask_table.clause,
            "choices": [DICE] if ask_table.kind in ("lot", "draw") else list(ask_table.choices),
            "kind": ask_table.kind,
            "awards": list(ask_table.awards),
            "folders": _folders(run, request.ask),
        }
        | made_public(run)
    )


def _folders(run: Consequence, ask: str) -> list[str]:
    """Where whoever may answer drops the answer."""
    return [
        f"inbox/{name}/{run.contest}"
        for name, sender in sorted(run.settings.senders.items())
        if run.contest in sender.contests
        and DECISIONS in sender.feeds
        and (sender.answers is None or ask in sender.answers)
    ]


def _person(run: Consequence, entry: str, rows: pl.DataFrame) -> dict[str, object]:
    record = run.result.standing.row(by_predicate=pl.col("entry") == entry, named=True)
    signs = rows.filter(pl.col("entry") == entry).select("clause", "code", "why", "facts")
    return {
        "subject": run.code(entry),
        "school": record.get("school") or record.get("school_id") or "",
        "class": record.get("class") or "",
        "variant": record.get("variant") or "",
        "url": record.get("url") or "",
        "score": record.get("score"),
        "items": record.get("items"),
        "seconds": _seconds(record),
        "signs": _signs(run, signs),
    }


def _signs(run: Consequence, signs: pl.DataFrame) -> list[Record]:
    return [under_codes(sign, run.code) for sign in signs.to_dicts()]


def under_codes(sign: Record, code: Callable[[str], str]) -> Record:
    """A sign that names `people` in its facts, with their public codes in place of their ids."""
    facts = facts_of(sign)
    named = str(facts.get("people") or "")
    if not named:
        return sign
    more = _AND_MORE.search(named)
    coded = ", ".join(map(code, named_in(sign))) + (more[0] if more else "")
    told = json.dumps(facts | {"people": coded}, ensure_ascii=False)
    return {**sign, "why": str(sign["why"]).replace(f"({named})", f"({coded})"), "facts": told}


def named_in(sign: Record) -> list[str]:
    """The ids of the `people` in a sign's facts."""
    named = _AND_MORE.sub("", str(facts_of(sign).get("people") or ""))
    return named.split(", ") if named else []


_AND_MORE = re.compile(r" and \d+ more$")


def _seconds(record: Record) -> int | None:
    started, finished = record.get("started_at"), record.get("finished_at")
    if started is None or finished is None:
        return None
    return int((finished - started).total_seconds())  # type: ignore[operator]  # both are datetimes of the sheet


def _pairs(run: Consequence, entries: list[str]) -> list[dict[str, object]]:
    pairs = run.result.evidence.get("pairs")
    if pairs is None:
        return []
    shown = pairs.filter(pl.col("a").is_in(entries) | pl.col("b").is_in(entries)).head(MOST_PAIRS)
    rows = [row | {"a": run.code(row["a"]), "b": run.code(row["b"])} for row in shown.to_dicts()]
    return sorted(rows, key=lambda row: (row["a"], row["b"]))


def _publish(run: Consequence, request: Request, content: dict[str, object]) -> None:
    folder = f"{run.contest}/{request.id}"
    run.intend(Publication(f"request/{request.id}", RECIPIENT, folder, KIND, content))
    audit.record(run.connection, run.now, "request.made", {"request": request.id, "run": run.run_id})
