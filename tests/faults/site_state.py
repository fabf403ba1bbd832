"""What may be said of any site at rest, whatever happened to its worker: every law is one function of faults."""

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import Connection, Table, select, text

from worker import audit
from worker.deliver import cms, verify
from worker.deliver.verify import verify_path
from worker.intake.place import resting_place
from worker.intake.scan import COMPANIONS
from worker.site import Site, open_site
from worker.store.database import open_database
from worker.store.deliveries import Delivery, find
from worker.store.tables import metadata

Row = dict[str, Any]
State = dict[str, object]

_MOVING = re.compile(r"baiqau\.db(-wal|-shm)?|worker\.lock|settings\.toml")
_UNREAD = ("link", "unread")  # codes of what is refused without being opened
_DATED = ("receipt", "report", "checkpoint")  # what they say depends on when the worker got to it
_PERMANENT = {"authority.crt.pem", "VERIFY.txt", "manifest.json", "manifest.json.p7s"}


@dataclass(frozen=True)
class Found:
    """A site as it was found: its folders and the rows of its tables."""

    site: Site
    tables: dict[str, list[Row]]

    def rows(self, table: str) -> list[Row]:
        return self.tables[table]


def look(root: Path) -> tuple[Found, list[str]]:
    """The site, and what is wrong with its database."""
    site = open_site(root)
    engine = open_database(site.database_url)
    with engine.begin() as connection:
        faults = list(_database_faults(connection))
        tables = {table.name: _rows(connection, table) for table in metadata.sorted_tables}
    engine.dispose()
    return Found(site, tables), faults


def _rows(connection: Connection, table: Table) -> list[Row]:
    query = select(table).order_by(*table.primary_key.columns)
    return [dict(row) for row in connection.execute(query).mappings()]


def _database_faults(connection: Connection) -> Iterator[str]:
    if (answer := connection.execute(text("PRAGMA integrity_check")).scalar()) != "ok":
        yield f"integrity_check: {answer}"
    yield from (f"foreign key: {row}" for row in connection.execute(text("PRAGMA foreign_key_check")))
    try:
        audit.verify(audit.entries(connection))
    except audit.AuditBroken as broken:
        yield str(broken)
    yield from _misplaced(connection)


def _misplaced(connection: Connection) -> Iterator[str]:
    """Deliveries without an outcome, without a place."""
    for delivery in find(connection):
        if delivery.state == "claimed" or not delivery.placed:
            yield f"{delivery.name}: is {delivery.state}, placed: {delivery.placed}"


# --- laws ---


def faults(root: Path) -> list[str]:
    """Everything that is wrong with a site whose worker has nothing left to do."""
    found, wrong = look(root)
    wrong += [*_inbox_faults(found), *_place_faults(found), *_receipt_faults(found)]
    wrong += [*_outbox_faults(found), *_mail_faults(found), *_signature_faults(found)]
    return wrong


def _inbox_faults(found: Found) -> Iterator[str]:
    """Each file one outcome: none is left, none came twice from one place, nothing is half done."""
    site = found.site
    for folder in (site.inbox, site.staging, site.drafts):
        yield from (f"left behind: {path.relative_to(site.root)}" for path in files_below(folder))
    origins = Counter(row["origin"] for row in found.rows("deliveries"))
    yield from (f"{unquote(origin)}: {times} outcomes" for origin, times in origins.items() if times > 1)


def _place_faults(found: Found) -> Iterator[str]:
    """Each file one place: its own, with its own bytes."""
    expected: set[Path] = set()
    for row in found.rows("deliveries"):
        delivery = Delivery(**row)
        if delivery.state == "refused":
            expected.add(found.site.quarantine / delivery.id / "reason.json")
        if delivery.state != "duplicate" and delivery.code not in _UNREAD:
            expected.add(place := resting_place(found.site, delivery))
            if not place.is_file() or _digest(place) != delivery.sha256:
                yield f"{delivery.name}: its bytes do not lie in {place.relative_to(found.site.root)}"
    kept = {*files_below(found.site.archive), *files_below(found.site.quarantine)}
    there = {path for path in kept if path.suffix not in COMPANIONS or path.with_suffix("") not in expected}
    yield from (f"lost or in two places: {path}" for path in sorted(expected ^ there))


def _receipt_faults(found: Found) -> Iterator[str]:
    """Each file one receipt."""
    receipts = {row["id"] for row in found.rows("publications") if row["kind"] == "receipt"}
    files = {f"receipt/{row['id']}" for row in found.rows("deliveries")}
    yield from (f"receipts and files differ in {name}" for name in sorted(receipts ^ files))


def _outbox_faults(found: Found) -> Iterator[str]:
    """What was published (of one path the newest) is what lies there; so is the newest manifest."""
    newest: dict[Path, Row] = {}
    for row in sorted(found.rows("publications"), key=lambda row: (row["intended_at"], row["id"])):
        if row["state"] != "published":
            yield f"{row['id']}: is {row['state']}"
            continue
        for file in json.loads(row["files"]):
            newest[found.site.outbox / row["recipient"] / file["path"]] = file
    for path, file in newest.items():
        if not path.is_file() or _digest(path) != file["sha256"]:
            yield f"{file['path']} is not what was published"
    listed = {name for path in newest for name in (path, path.with_name(path.name + ".p7s"))}
    homes = {row["recipient"] for row in found.rows("publications")}
    permanent = {found.site.outbox / home / name for home in homes for name in _PERMANENT}
    there = {path for path in files_below(found.site.outbox) if path not in permanent}
    yield from (f"unlisted or missing: {path}" for path in sorted(listed ^ there))
    yield from _manifest_faults(found)


def _manifest_faults(found: Found) -> Iterator[str]:
    newest = {row["recipient"]: row for row in found.rows("manifests")}  # in the order of their numbers
    counted = Counter(row["recipient"] for row in found.rows("manifests"))
    for recipient, row in newest.items():
        path = found.site.outbox / recipient / "manifest.json"
        if not path.is_file() or _digest(path) != row["sha256"] or counted[recipient] != row["sequence"]:
            yield f"{recipient}: manifest {row['sequence']} is not the one that lies there"


def _mail_faults(found: Found) -> Iterator[str]:
    """A sent message left once, an uncertain one at most once, any other never."""
    copies = _copies(found.site.root / "mailbox")
    for row in found.rows("messages"):
        allowed = {"sent": (1,), "uncertain": (0, 1)}.get(row["state"], (0,))
        if (received := copies.pop(_message_id(row["id"]), 0)) not in allowed:
            yield f"message {row['id']}: is {row['state']}, {received} copies came"
        if row["state"] not in ("sent", "uncertain", "no-address"):
            yield f"message {row['id']}: is {row['state']}"
    yield from (f"mail that nobody wrote: {name}" for name in copies)


def _copies(mailbox: Path) -> Counter[str]:
    return Counter(path.name.split("-", 1)[1].split("@")[0] for path in mailbox.glob("*.eml"))


def _message_id(row: str) -> str:
    return hashlib.sha256(row.encode()).hexdigest()[:32]


def _signature_faults(found: Found) -> Iterator[str]:
    """Everything that left us verifies."""
    site = found.site
    authority = site.path(site.settings.keys.authority)
    homes = [*sorted(site.outbox.iterdir()), *sorted(site.diplomas.glob("*.pdf"))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "cms_verify", _remembered)
        for home in homes:
            for finding in verify_path(home, authority):
                if not finding.ok:
                    yield f"{finding.path.relative_to(site.root)}: {finding.what}: {finding.why}"


def _remembered(data: bytes | Path, p7s: bytes, authority: Sequence[Any]) -> cms.SignerInfo:
    """The same bytes verify the same way; of a hundred sites most files are the same."""
    return _verified(data.read_bytes() if isinstance(data, Path) else data, p7s, tuple(authority))


@cache
def _verified(data: bytes, p7s: bytes, authority: tuple[Any, ...]) -> cms.SignerInfo:
    return cms.check(data, p7s, authority)


# --- comparing two sites ---


def meaning(root: Path) -> State:
    """All that was decided and sent, without the instants at which the worker got to it, the numbers it gave to
    its runs, and the difference between a message sent and one of which it is not known: an interrupted site
    must say the same."""
    found, _ = look(root)
    runs = {row["id"]: f"{row['stage']} {row['slot']} {row['revision']}" for row in found.rows("runs")}
    tables = {name: [_run_by_name(row, runs) for row in rows] for name, rows in found.tables.items()}
    compared: State = {name: _sorted(_undated(name, row) for row in rows) for name, rows in tables.items()}
    folders = {"outbox": _tree(found.site.outbox), "diplomas": _tree(found.site.diplomas)}
    draws = {"draws": draws_below(found.site.root)}
    return {**compared, **folders, **draws, "audit": _sorted(_events(found, runs)), "manifests": None}


_DATES: dict[str, tuple[str, ...]] = {
    "deliveries": ("received_at", "identity", "number"),
    "runs": ("id", "finished_at", "inputs"),
    "requests": ("made_at",),
    "commitments": ("made_at",),
    "watermarks": ("at",),  # the clock of the last turn: a season taken up again may end at an earlier one
    "publications": ("intended_at", "published_at", "files"),
    "messages": ("state", "attempts", "reply", "queued_at", "updated_at", "next_at"),
}


def _run_by_name(row: Row, runs: dict[int, str]) -> Row:
    return row | {"run_id": runs.get(row["run_id"])} if "run_id" in row else row


def _undated(table: str, row: Row) -> Row:
    """Without the code of a file that is never opened: what kind of thing it was may be forgotten."""
    if table == "deliveries" and row["code"] in _UNREAD:
        row = _without(row, "code", "why")
    if table == "publications" and row["kind"] in _DATED:
        row = _without(row, "content")
    if table == "publications" and row["kind"] in _OF_LETTERS:
        row = row | {"content": _whether_sent_or_not(json.loads(row["content"]))}
    return _without(row, *_DATES.get(table, ()))


_OF_LETTERS = ("request", "correction")  # they tell what became of the letters that people have
_UNKNOWN = re.compile(r" \((sent|uncertain)\)")


def _whether_sent_or_not(content: Row) -> Row:
    """Without the difference between a letter sent and one of which it is not known."""
    told = content | {"rows": [_told_of_letters(row) for row in content.get("rows", ())]}
    if "public" in content:
        kinds = sorted({each["kind"] for each in content["public"]["letters"]})
        told["public"] = content["public"] | {"letters": kinds}
    return told


def _told_of_letters(row: Row) -> Row:
    return row | {"letters": _UNKNOWN.sub("", row["letters"])} if row.get("letters") else row


def _events(found: Found, runs: dict[int, str]) -> Iterator[Row]:
    """What the audit log says, but for the batches in which publications went out."""
    for row in found.rows("audit"):
        facts = _without(json.loads(row["facts"]), "code", "inputs")
        if row["event"] != "publish.published":
            yield {"event": row["event"], **facts, "run": runs.get(facts.get("run", 0))}


def _sorted(rows: Iterable[Row]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True, default=str, ensure_ascii=False) for row in rows)


def differences(one: State, other: State) -> list[str]:
    """The parts in which two meanings differ."""
    return [f"other {name} than without the interruption" for name in one if one[name] != other[name]]


def draws_below(root: Path) -> dict[str, str]:
    """Path to digest of all that draws have published for ever: lists, manifests, and every version of a protocol."""
    home = root / "outbox" / "public"
    found = [path for name in _FOR_EVER for path in home.glob(f"*/draw/*/{name}")]
    return {str(path.relative_to(home)): _digest(path) for path in sorted(found)}


_FOR_EVER = ("entrants.txt", "manifest.json", "commit.txt", "chain.json", "protocol.v*.json")


def contradictions(clean: State, root: Path) -> list[str]:
    """What a site has published of a draw, even for a moment, that is not as without the interruption."""
    right = clean["draws"]
    assert isinstance(right, dict)
    return [
        f"{path}: another draw" for path, digest in draws_below(root).items() if right.get(path) != digest
    ]


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _tree(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in files_below(folder)]


def everything(root: Path) -> State:
    """Every row and every byte of a site, to see that nothing changes."""
    found, _ = look(root)
    paths = [path for path in files_below(root) if not _MOVING.fullmatch(path.name)]
    return {**found.tables, "files": {str(path.relative_to(root)): _digest(path) for path in paths}}


def files_below(folder: Path) -> list[Path]:
    """Whatever is no folder, sorted."""
    found = [Path(above) / name for above, _, names in os.walk(folder) for name in names]
    links = [Path(above) / name for above, names, _ in os.walk(folder) for name in names]
    return sorted([*found, *(path for path in links if path.is_symlink())])


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
