"""The short readable end of a rehearsal: what came, what was decided, what went out, and whether it verifies."""

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worker.bootstrap import Parts
from worker.deliver.verify import Finding, verify_path
from worker.schedule.reports import overview
from worker.store import deliveries, runs


@dataclass(frozen=True)
class Verified:
    """How the outbox fared: with our own verifier, and with OpenSSL where the machine has it."""

    files: int
    failures: tuple[Finding, ...]
    openssl: int | None
    openssl_failures: tuple[Path, ...]

    @property
    def ok(self) -> bool:
        return not self.failures and not self.openssl_failures


def verify_outbox(parts: Parts) -> Verified:
    """Verify everything in the outbox and every diploma."""
    authority = parts.site.path(parts.site.settings.keys.authority)
    findings = [finding for home in _homes(parts) for finding in verify_path(home, authority)]
    checked, failed = _by_openssl(parts.site.outbox, authority)
    return Verified(
        files=len({finding.path for finding in findings}),
        failures=tuple(finding for finding in findings if not finding.ok),
        openssl=checked,
        openssl_failures=failed,
    )


def _homes(parts: Parts) -> list[Path]:
    folders = [path for path in sorted(parts.site.outbox.iterdir()) if path.is_dir()]
    return [*folders, *sorted(parts.site.diplomas.glob("*.pdf"))]


def _by_openssl(outbox: Path, authority: Path) -> tuple[int | None, tuple[Path, ...]]:
    program = shutil.which("openssl")
    if program is None:
        return None, ()
    signatures = sorted(outbox.rglob("*.p7s"))
    failed = tuple(path for path in signatures if not _openssl_accepts(program, path, authority))
    return len(signatures), failed


def _openssl_accepts(program: str, signature: Path, authority: Path) -> bool:
    data = signature.with_suffix("")
    files = ["-in", str(signature), "-content", str(data), "-CAfile", str(authority), "-out", "/dev/null"]
    command = [program, "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", *files]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - openssl on our own files


def lines(parts: Parts) -> Iterator[str]:
    """The summary, a line at a time."""
    with parts.engine.begin() as connection:
        facts = overview(
            connection, parts.rulebooks, parts.clock.now(), parts.site.settings.stages.max_lateness
        )
        came = deliveries.find(connection)
        rows, refused = sum(each.rows for each in came), sum(each.refused_rows for each in came)
        yield f"files      {_counted(facts['deliveries'])}; {rows:,} rows taken, {refused} refused with a reason"
        for book in parts.rulebooks.values():
            for stage in book.stages:
                run = runs.latest(connection, book.contest, stage.id)
                standing = runs.standing(connection, run).height if run else 0
                state = f"{run.state} after {run.revision} run(s), {standing:,} in" if run else "not run"
                yield f"{'stages' if stage is book.stages[0] else '':10} {stage.title['en']}: {state}"
        yield f"letters    {_counted(facts['messages'])}"
        yield f"outbox     {_counted(facts['publications'])}"
    for folder, count in sorted(_by_recipient(parts.site.outbox).items()):
        yield f"{'':10} {folder}/ {count} files"


def _counted(counts: object) -> str:
    return (
        ", ".join(f"{number} {name}" for name, number in counts.items()) if isinstance(counts, dict) else ""
    )


def _by_recipient(outbox: Path) -> Counter[str]:
    files = (path.relative_to(outbox) for path in outbox.rglob("*") if path.is_file())
    names = ("school-*" if path.parts[0].startswith("school-") else path.parts[0] for path in files)
    return Counter(names)
