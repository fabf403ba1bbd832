"""The publisher: what was intended is made, signed and put into the outbox, as often as it takes.

Order in a folder: each signature before its file, the manifest last, so that a file is never seen without its
signature. Doing a publication again after a crash makes the same names and replaces what stands there.
"""

import hashlib
import json
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path

from sqlalchemy import Engine

from jobs.errors import BaiqauError
from worker import audit
from worker.deliver.cms import key_id
from worker.deliver.diploma import Diplomas
from worker.deliver.documents import Press, documents
from worker.deliver.keys import Signer, load_authority
from worker.deliver.mail.compose import Letters
from worker.deliver.sign import cms_sign
from worker.deliver.verify import authority_fingerprint, verify_instructions
from worker.events import Report
from worker.failpoint import failpoint
from worker.files import inside, make_folder, write_durably
from worker.site import Site
from worker.store import publications as store
from worker.store.publications import Intended

MANIFEST = "manifest.json"
AUTHORITY = "authority.crt.pem"
INSTRUCTIONS = "VERIFY.txt"


@dataclass(frozen=True)
class Outbox:
    """The outbox of a site."""

    site: Site
    engine: Engine
    signer: Signer
    letters: Letters
    diplomas: Diplomas
    report: Report
    _told: set[str] = field(default_factory=set)  # which publications are known to be impossible

    def publish(self, now: datetime) -> int:
        """Publish everything intended; returns how many publications went out."""
        with self.engine.begin() as connection:
            intended = store.intended(connection)
        batches = groupby(sorted(intended, key=lambda p: p.recipient), key=lambda p: p.recipient)
        return sum(self._publish_or_wait(recipient, list(batch), now) for recipient, batch in batches)

    def _publish_or_wait(self, recipient: str, batch: list[Intended], now: datetime) -> int:
        """With the disk full or away nothing is recorded: all of it stays intended and is done again."""
        try:
            return self._publish_for(recipient, batch, now)
        except OSError as fault:
            self.report("publish.waits", recipient=recipient, fault=fault.strerror or type(fault).__name__)
            return 0

    def _publish_for(self, recipient: str, batch: list[Intended], now: datetime) -> int:
        home = inside(self.site.outbox, recipient)
        self._welcome(home, recipient)
        made = {
            publication.id: files
            for publication in batch
            if (files := self._try(home, publication, now)) is not None
        }
        if not made:
            return 0
        with self.engine.begin() as connection:
            before = store.files_of(connection, recipient)
            sequence, previous = store.last_manifest(connection, recipient)
        files = before + [file for written in made.values() for file in written]
        digest = self._write_manifest(home, sequence + 1, previous, files, now)
        with self.engine.begin() as connection:
            store.set_published(connection, made, recipient, sequence + 1, digest, now)
            facts = {
                "recipient": recipient,
                "sequence": sequence + 1,
                "sha256": digest,
                "publications": sorted(made),
            }
            audit.record(connection, now, "publish.published", facts)
            failpoint("publish.before-commit")
        failpoint("publish.recorded")
        self.report(
            "publish.published",
            recipient=recipient,
            files=sum(map(len, made.values())),
            sequence=sequence + 1,
        )
        return len(made)

    def _try(self, home: Path, publication: Intended, now: datetime) -> list[dict[str, object]] | None:
        """None where it cannot be made (a letter no font has): it stays intended, and the log says why, once."""
        try:
            return self._write(home, publication, now)
        except BaiqauError as fault:
            self._tell(publication, str(fault))
        except OSError:
            raise  # of the disk, not of this publication
        except Exception as defect:  # noqa: BLE001  # one publication must not stop the others: told, and kept
            self._tell(publication, f"{type(defect).__name__} at {_place_of(defect)}")
        return None

    def _tell(self, publication: Intended, why: str) -> None:
        if publication.id not in self._told:
            self._told.add(publication.id)
            self.report("publish.failed", publication=publication.id, why=why)

    def _welcome(self, home: Path, recipient: str) -> None:
        """The authority's certificate and how to verify, once for a recipient."""
        make_folder(home)
        authority = self.site.path(self.site.settings.keys.authority)
        fingerprint = authority_fingerprint(load_authority(authority)[0])
        texts = {
            AUTHORITY: authority.read_bytes(),
            INSTRUCTIONS: verify_instructions(recipient, fingerprint=fingerprint).encode(),
        }
        for name, text in texts.items():
            if not (home / name).is_file() or (home / name).read_bytes() != text:
                write_durably(home / name, text, self.site.drafts)

    def _write(self, home: Path, intended: Intended, now: datetime) -> list[dict[str, object]]:
        with self.engine.begin() as connection:
            publication = store.read(connection, intended.id)
        folder = inside(home, *publication.folder.split("/"))
        make_folder(folder)
        failpoint("publish.folder")
        made = documents(
            publication.kind,
            publication.content,
            Press(self.site.templates, self.letters, self.diplomas, self.signer, now),
        )
        failpoint("publish.made")
        return [
            self._write_signed(home, _place_for(folder, name), data, now)
            for name, data in sorted(made.items())
        ]

    def _write_signed(self, home: Path, target: Path, data: bytes, now: datetime) -> dict[str, object]:
        signature = cms_sign(data, self.signer, at=now)
        write_durably(target.with_name(target.name + ".p7s"), signature, self.site.drafts)
        failpoint("publish.signature")
        write_durably(target, data, self.site.drafts)
        failpoint("publish.data")
        return {
            "path": str(target.relative_to(home)),
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }

    def _write_manifest(
        self, home: Path, sequence: int, previous: str | None, files: list[dict[str, object]], now: datetime
    ) -> str:
        newest: Mapping[object, dict[str, object]] = {file["path"]: file for file in files}
        manifest = {
            "recipient": home.name,
            "sequence": sequence,
            "previous": previous,
            "key": key_id(self.signer.chain[0]),
            "files": sorted(newest.values(), key=lambda file: str(file["path"])),
        }
        data = (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()
        self._write_signed(home, home / MANIFEST, data, now)
        failpoint("publish.manifest")
        return hashlib.sha256(data).hexdigest()


def _place_for(folder: Path, name: str) -> Path:
    """Where a file of a publication goes; its name may have folders in it."""
    place = inside(folder, *name.split("/"))
    make_folder(place.parent)
    return place


def _place_of(defect: Exception) -> str:
    """File and line an exception came from: no word of its message, no value."""
    last = traceback.extract_tb(defect.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
