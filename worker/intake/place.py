"""Where files come to rest: accepted ones in archive/, refused ones in quarantine/ with reason.json."""

import json
import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

from worker.failpoint import failpoint
from worker.files import make_folder, sync_folder, write_durably
from worker.intake.claim import companion, remove_original, staged_path
from worker.intake.scan import COMPANIONS
from worker.site import Site
from worker.store.deliveries import ACCEPTED, DUPLICATE, PARTIAL, REFUSED, Delivery

REASON = "reason.json"
PAYLOAD = "file"


def copy_of(site: Site, delivery: Delivery) -> Path:
    """The private copy of a claimed file."""
    return staged_path(site, delivery.sha256, delivery.identity)


def origin(delivery: Delivery) -> tuple[str, ...]:
    """Where the file lay below the inbox: the names of its folders and its own."""
    return tuple(os.fsdecode(unquote_to_bytes(delivery.origin)).split("/"))


def resting_place(site: Site, delivery: Delivery) -> Path:
    """Where the file of a decided delivery and its companions are kept; of a duplicate these alone, since its
    bytes are kept as the delivery it repeats."""
    if delivery.state == REFUSED:
        return in_quarantine(site, delivery)
    return site.archive / delivery.contest / delivery.id


def in_quarantine(site: Site, delivery: Delivery) -> Path:
    """Where the file of a delivery is, or was, kept while it is refused."""
    return site.quarantine / delivery.id / PAYLOAD


def put(site: Site, delivery: Delivery) -> None:
    """Move the copy to its resting place, then take the original out of the inbox. Doing it again is harmless."""
    copy, target = copy_of(site, delivery), resting_place(site, delivery)
    if delivery.state == DUPLICATE:
        copy.unlink(missing_ok=True)
    else:
        make_folder(target.parent)
        _explain(site, delivery)
        failpoint("place.explained")
        if copy.exists():
            copy.rename(target)
            copy.unlink(missing_ok=True)  # the very same file, where one is requeued and refused again
            sync_folder(target.parent)
    failpoint("place.moved")
    if delivery.state != REFUSED:
        _leave_quarantine(site, delivery)
    unread = delivery.state == REFUSED and not target.exists()
    remove_original(site, origin(delivery), delivery.identity, target, unread=unread)
    failpoint("place.removed")


def _leave_quarantine(site: Site, delivery: Delivery) -> None:
    """A requeued file that is taken now is refused no more; what was dropped beside it goes with it."""
    refused, taken = in_quarantine(site, delivery), resting_place(site, delivery)
    if refused.parent.is_dir():
        make_folder(taken.parent)
        for kept in (companion(refused, ending) for ending in COMPANIONS):
            if kept.exists():
                kept.rename(companion(taken, kept.suffix))
        sync_folder(taken.parent)
        for name in (PAYLOAD, REASON):
            (refused.parent / name).unlink(missing_ok=True)
        refused.parent.rmdir()
        failpoint("place.left-quarantine")


def _explain(site: Site, delivery: Delivery) -> None:
    if delivery.state in (ACCEPTED, PARTIAL):
        return
    reason = {
        "delivery": delivery.id,
        "sender": delivery.sender,
        "contest": delivery.contest,
        "name": delivery.name,
        "sha256": delivery.sha256 or None,  # None: it was never read
        "code": delivery.code,
        "why": delivery.why,
        "again": f"baiqau requeue {delivery.id}",
    }
    text = json.dumps(reason, ensure_ascii=False, indent=2) + "\n"
    write_durably(site.quarantine / delivery.id / REASON, text.encode(), site.drafts)
