"""What a public draw delivers: its commitment a day before, its protocol, and who gets which prize."""

import json
from collections.abc import Sequence
from itertools import chain

import polars as pl

from jobs.beacon import round_time
from jobs.calendar import local
from jobs.draw1 import Document
from worker import audit
from worker.deliver.context import OPERATOR, Consequence, Record
from worker.deliver.letters import entrants
from worker.store import commitments, publications
from worker.store.commitments import Commitment
from worker.store.publications import Publication

PUBLIC = "public"
COMMITMENT = "draw-commitment"
TOGETHER = "draws-together"
PROTOCOL = "draw-protocol"
PRIZES = "prizes"


def commit(run: Consequence) -> list[Record]:
    """Commit to every draw of the stage at once: the lists and manifests go out together, before any die is thrown.

    Where they replace earlier ones (a draw put off before its beacon had spoken) the revision says so. Returns what
    the host of the broadcast is told of each draw.
    """
    known = commitments.current(run.connection, run.contest, run.stage)
    revision = known[0].revision + 1 if known else 1
    draws = _draws(run)
    publication = f"{COMMITMENT}/{run.contest}/{run.rulebook.edition}/{run.stage}/{revision}"
    made = [_commitment(run, row, revision, publication) for row in draws]
    commitments.add(run.connection, made, run.now)
    content = run.heading() | {
        "revision": revision,
        "chain": run.chain.name,
        "replaces": known[0].publication_id if known else None,
        "draw_at": _spoken_at(run, made[0]) if made else None,
        "draws": [row["protocol"] for row in draws],
    }
    run.intend(Publication(publication, PUBLIC, f"{run.contest}/draw", COMMITMENT, content))
    facts = {each.draw_id: each.commitment for each in made}
    audit.record(run.connection, run.now, "draw.committed", {"revision": revision, "draws": facts})
    _commit_together(run)
    told = [_told(run, row, each) for row, each in zip(draws, made, strict=True)]
    if _draws_prizes(run):
        entrants(run, {str(each["draw_id"]): each for each in told}, revision)
    return told


def _draws_prizes(run: Consequence) -> bool:
    """Of a lot for the order of performance people hear when it is drawn: they cannot win anything by it."""
    step = run.result.stage.draw
    return step is not None and "prizes" in step.given


def _draws(run: Consequence) -> list[dict[str, object]]:
    return run.result.evidence["draws"].sort("draw_id", "version").to_dicts()


def _commitment(run: Consequence, row: Record, revision: int, publication: str) -> Commitment:
    return Commitment(
        draw_id=str(row["draw_id"]),
        revision=revision,
        contest=run.contest,
        stage=run.stage,
        facts=run.facts,
        manifest=str(row["manifest"]),
        commitment=str(row["commit"]),
        round=int(str(row["round"])),
        draw_at=round_time(run.chain, int(str(row["round"]))),
        publication_id=publication,
    )


def _spoken_at(run: Consequence, each: Commitment) -> str:
    return local(each.draw_at, run.rulebook.timezone)


def _told(run: Consequence, row: Record, each: Commitment) -> Record:
    named = json.loads(str(row["protocol"]))["group"]
    return {
        "draw_id": each.draw_id,
        "group": row["group"],
        "kk": named["kk"],
        "ru": named["ru"],
        "commit": each.commitment,
        "entrants": row["entrants"],
        "round": each.round,
        "draw_at": _spoken_at(run, each),
    }


def _commit_together(run: Consequence) -> None:
    """The draws of one broadcast under one hash, once the last contest of it has its lists."""
    name = run.rulebook.broadcast
    peers = [book for book in run.rulebooks.values() if name and book.broadcast == name]
    of_each = {book.contest: commitments.current(run.connection, book.contest) for book in peers}
    if not of_each or not all(of_each.values()):
        return
    made = sorted(chain.from_iterable(of_each.values()), key=lambda each: each.draw_id)
    revision = "-".join(str(of_each[contest][0].revision) for contest in sorted(of_each))
    draws = [{"draw_id": each.draw_id, "commit": each.commitment, "round": each.round} for each in made]
    content = run.heading() | {"broadcast": name, "revision": revision, "draws": draws}
    run.intend(Publication(f"{TOGETHER}/{name}/{revision}", PUBLIC, str(name), TOGETHER, content))


def prizes(run: Consequence) -> None:
    """The protocol of every draw, each version once, and for the operator who gets which prize."""
    if version := protocols(run):
        content = run.heading() | {"version": version, "rows": _prize_rows(run)}
        name = f"{PRIZES}/{run.contest}/{run.rulebook.edition}/{run.stage}/{version}"
        run.intend(Publication(name, OPERATOR, run.contest, PRIZES, content))


def protocols(run: Consequence) -> int | None:
    """Publish the protocol of every draw of the stage, each version once, and the page with the newest of each;
    returns the page's version, None where nothing is new."""
    draws = _draws(run)
    new = [row for row in draws if not publications.exists(run.connection, _protocol_id(row))]
    if not new:
        return None
    for row in new:
        _publish_protocol(run, row, [each for each in draws if each["draw_id"] == row["draw_id"]])
    version = sum(int(str(row["version"])) > 1 for row in draws) + 1
    newest = run.result.evidence["draws"].sort("version").group_by("draw_id").last().sort("draw_id")
    documents: list[Document] = [json.loads(text) for text in newest["protocol"]]
    page = run.heading() | {"version": version, "protocols": documents}
    name = f"broadcast/{run.contest}/{run.rulebook.edition}/{run.stage}/{version}"
    run.intend(Publication(name, PUBLIC, f"{run.contest}/draw", "broadcast", page))
    return version


def _protocol_id(row: Record) -> str:
    return f"{PROTOCOL}/{row['draw_id']}/{row['version']}"


def _publish_protocol(run: Consequence, row: Record, versions: Sequence[Record]) -> None:
    content = {
        "draw_id": row["draw_id"],
        "version": row["version"],
        "newest": row["version"] == max(int(str(each["version"])) for each in versions),
        "protocol": row["protocol"],
    }
    run.intend(Publication(_protocol_id(row), PUBLIC, f"{run.contest}/draw", PROTOCOL, content))
    facts = {"draw": row["draw_id"], "version": row["version"], "commit": row["commit"]}
    audit.record(run.connection, run.now, "draw.held" if row["version"] == 1 else "draw.annulled", facts)


def _prize_rows(run: Consequence) -> list[Record]:
    """Who gets what, with all that the organiser needs to hand it over (6.3, 6.4 first paragraph)."""
    holders = run.result.standing.filter(pl.col("prize").is_not_null()).sort("draw_id", "prize")
    known = ("region", "surname", "name", "patronymic", "school", "email")
    return [
        {
            "draw_id": row["draw_id"],
            "prize": row["prize"],
            "award": row["award"],
            "code": row["entrant"],
            "participant": row["entry"],
        }
        | {name: row.get(name) for name in known}
        for row in holders.to_dicts()
    ]


def holders(run: Consequence) -> list[tuple[str, str]]:
    """Whoever holds a prize now: the entry, and the draw and prize in words for the organiser."""
    rows = run.result.standing.filter(pl.col("prize").is_not_null()).sort("draw_id", "prize")
    return [
        (row["entry"], f"{row['draw_id']}: {row['prize']}. {row['award']}")
        for row in rows.select("entry", "draw_id", "prize", "award").to_dicts()
    ]
