"""`baiqau requeue`: a refused file is taken in again, after its cause (a setting, a rulebook) has been mended."""

from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import NoResultFound

from jobs.errors import BaiqauError
from worker import audit
from worker.bootstrap import wire
from worker.commands.opening import clock_for, opened
from worker.commands.printing import say
from worker.events import configure_log, log
from worker.failpoint import failpoint
from worker.files import sync_folder
from worker.intake.claim import UNKNOWN, claim_kept
from worker.intake.place import copy_of, resting_place
from worker.site import Site
from worker.store import deliveries as store
from worker.store import publications
from worker.store.database import sole_worker
from worker.store.deliveries import REFUSED, Delivery


class CannotRequeue(BaiqauError):
    """The delivery is not one that can be taken in again."""


def requeue_delivery(root: Path, delivery_id: str, now: str | None) -> None:
    """Move the file back to staging and decide it again."""
    site = opened(root)
    configure_log(as_json=False)
    with sole_worker(site.root):
        parts = wire(site, clock_for(site, now), log)
        with parts.engine.begin() as connection:
            refused = _refused(site, connection, delivery_id)
            store.reopen(connection, refused)
            publications.withdraw(connection, f"{publications.RECEIPT}/{refused.id}")
            audit.record(connection, parts.clock.now(), "delivery.requeued", {"delivery": refused.id})
            _put_back(site, connection, refused)
            reopened = store.get(connection, delivery_id)
            failpoint("requeue.before-commit")
        failpoint("requeue.committed")
        parts.intake.desk.decide(reopened, parts.clock.now())
        parts.outbox.publish(parts.clock.now())
        with parts.engine.begin() as connection:
            decided = store.get(connection, delivery_id)
    say(f"{decided.id}: {_told(decided)}")


def _refused(site: Site, connection: Connection, delivery_id: str) -> Delivery:
    """The delivery of that id; CannotRequeue unless it was refused and its file is kept."""
    try:
        delivery = store.get(connection, delivery_id)
    except NoResultFound as fault:
        raise CannotRequeue(f"{delivery_id}: there is no such delivery; see `baiqau status`.") from fault
    if delivery.state != REFUSED or not resting_place(site, delivery).is_file():
        raise CannotRequeue(
            f"{delivery_id}: is {delivery.state}; only a refused file in quarantine is requeued."
        )
    return delivery


def _put_back(site: Site, connection: Connection, delivery: Delivery) -> None:
    """The kept file stands in staging again."""
    kept = resting_place(site, delivery)
    if delivery.sha256 == UNKNOWN:
        store.set_content(connection, delivery, *claim_kept(site, kept, delivery.identity))
        return
    copy = copy_of(site, delivery)
    copy.unlink(missing_ok=True)
    copy.hardlink_to(kept)  # not moved: a copy alone would be forgotten after a crash
    sync_folder(site.staging)


def _told(decided: Delivery) -> str:
    if decided.superseded_by:
        return f"{decided.state}, {decided.rows} rows; the newer {decided.superseded_by} stays in force"
    return f"{decided.state}: {decided.why}" if decided.why else f"{decided.state}, {decided.rows} rows"
