"""`baiqau keys`: the site's keys."""

from datetime import UTC, datetime
from pathlib import Path

from worker.commands.init import make_keys
from worker.commands.opening import opened
from worker.commands.printing import print_table, say
from worker.deliver.keys import list_keys


def init_keys(root: Path) -> None:
    """Make test keys where there are none."""
    site = opened(root)
    make_keys(site.root)
    folder = site.path(site.settings.keys.signing).parent
    say(f"{folder}: a test authority and a signing key; they prove nothing to others.")


def show_keys(root: Path, *, as_json: bool) -> None:
    """Every certificate beside the signing key."""
    site = opened(root)
    records = list_keys(site.path(site.settings.keys.signing).parent, datetime.now(UTC))
    rows = [
        (r.id, r.subject, f"{r.not_before:%Y-%m-%d}", f"{r.not_after:%Y-%m-%d}", r.state) for r in records
    ]
    print_table(("key", "subject", "from", "to", "state"), rows, as_json=as_json)
