"""`baiqau verify` and `baiqau audit verify`."""

from pathlib import Path

import typer

from jobs.errors import BaiqauError
from worker import audit
from worker.commands.opening import database, opened
from worker.commands.printing import print_table, say
from worker.deliver.verify import Finding, verify_path
from worker.settings import read_settings


class NoAuthority(BaiqauError):
    """Nothing to trust."""


def verify_paths(root: Path, paths: list[Path], authority: Path | None, *, as_json: bool) -> bool:
    """Verify each path by `authority`, else the site's, else the certificate in the folder itself."""
    findings = [
        finding for path in paths for finding in verify_path(path, authority or _authority(root, path))
    ]
    bad = [finding for finding in findings if not finding.ok]
    if as_json:
        print_table(("path", "ok", "what", "why"), [_row(finding) for finding in findings], as_json=True)
    else:
        for finding in bad:
            say(f"REFUSED  {finding.path}: {finding.what}: {finding.why}")
        files = len({finding.path for finding in findings})
        say(
            f"{files} files verified" if not bad else f"{len({f.path for f in bad})} of {files} files refused"
        )
    return bool(findings) and not bad


def _row(finding: Finding) -> tuple[object, ...]:
    return (str(finding.path), finding.ok, finding.what, finding.why)


def _authority(root: Path, path: Path) -> Path:
    """The site's certificate; a recipient without a site uses the one that came with the files."""
    if (root / "settings.toml").is_file():
        own = root / read_settings(root / "settings.toml").keys.authority
        if own.is_file():
            return own
    for folder in (path, *path.resolve().parents):
        if (folder / "authority.crt.pem").is_file():
            typer.echo(
                f"trusting {folder / 'authority.crt.pem'}: compare its fingerprint as VERIFY.txt says",
                err=True,
            )
            return folder / "authority.crt.pem"
    raise NoAuthority(f"{path}: no certificate to verify by; give --authority or --site.")


def verify_audit(root: Path, *, as_json: bool) -> None:
    """Recompute the chain; AuditBroken names the first bad link."""
    engine = database(opened(root))
    with engine.begin() as connection:
        links, head = audit.verify(audit.entries(connection))
    print_table(("links", "head"), [(links, head)], as_json=True) if as_json else say(
        f"{links} links hold; head {head}"
    )
