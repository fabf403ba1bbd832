"""`baiqau verify` and `baiqau audit verify`."""

import json
from collections.abc import Sequence
from pathlib import Path

import typer

from jobs.errors import BaiqauError
from worker import audit
from worker.commands.opening import database, opened
from worker.commands.printing import print_json, print_table, say
from worker.deliver.cms import SignatureError
from worker.deliver.keys import load_authority
from worker.deliver.sign import cms_verify
from worker.deliver.verify import Authority, Finding, is_unsigned_draw, verify_draw, verify_path
from worker.settings import read_settings
from worker.site import Site

CERTIFICATE = "authority.crt.pem"


class NoAuthority(BaiqauError):
    """Nothing to trust."""


class CheckpointDisagrees(BaiqauError):
    """A signed checkpoint does not stand on the chain, so one of the two was rewritten."""


def verify_paths(root: Path, paths: list[Path], authority: Path | None, *, as_json: bool) -> bool:
    """Verify each path by `authority`, else the site's, else the certificate in the folder itself."""
    findings = [finding for path in paths for finding in _findings(root, path, authority)]
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


def _findings(root: Path, path: Path, authority: Path | None) -> list[Finding]:
    """What cannot be verified at all is a finding like any other, so that --json always prints JSON."""
    if not path.exists() and not path.is_symlink():
        return [Finding(path, False, "file", "no such file")]
    if is_unsigned_draw(path):
        return verify_draw(path)
    try:
        return verify_path(path, authority or _authority(root, path))
    except BaiqauError as fault:
        return [Finding(path, False, "authority", str(fault))]


def _row(finding: Finding) -> tuple[object, ...]:
    return (str(finding.path), finding.ok, finding.what, finding.why)


def _authority(root: Path, path: Path) -> Path:
    """The site's certificate; a recipient without a site uses the one that came with the files."""
    if (root / "settings.toml").is_file():
        own = root / read_settings(root / "settings.toml").keys.authority
        if own.is_file():
            return own
    came = _that_came_with(path)
    typer.echo(f"trusting {came}: compare its fingerprint as VERIFY.txt says", err=True)
    return came


def _that_came_with(path: Path) -> Path:
    """The certificate in the folder or above it, else the one that all folders below it agree on."""
    for folder in (path, *path.resolve().parents):
        if (folder / CERTIFICATE).is_file():
            return folder / CERTIFICATE
    below = sorted(found for found in path.rglob(CERTIFICATE) if found.is_file())
    if len({found.read_bytes() for found in below}) > 1:
        raise NoAuthority(f"{path}: the folders in it hold different certificates; give --authority.")
    if not below:
        raise NoAuthority(f"{path}: no certificate to verify by; give --authority or --site.")
    return below[0]


def verify_audit(root: Path, *, as_json: bool) -> None:
    """Recompute the chain and hold every signed checkpoint of the outbox against it.

    AuditBroken names the first bad link; CheckpointDisagrees the checkpoint that a cut or rewritten log misses.
    """
    try:
        links, head, agreed = _verify_audit(opened(root))
    except BaiqauError as fault:
        if as_json:
            print_json([{"ok": False, "why": str(fault)}])
        raise
    if as_json:
        print_json([{"ok": True, "links": links, "head": head, "checkpoints": agreed}])
    else:
        say(f"{links} links hold; head {head}")
        say(f"{agreed} signed checkpoint{'s' * (agreed != 1)} in outbox/public/audit agree")


def _verify_audit(site: Site) -> tuple[int, str, int]:
    with database(site).begin() as connection:
        chain = list(audit.entries(connection))
    links, head = audit.verify(chain)
    trusted = load_authority(site.path(site.settings.keys.authority))
    checkpoints = sorted((site.outbox / "public" / "audit").glob("checkpoint-*.json"))
    hashes = [audit.GENESIS, *(link.hash for link in chain)]
    for path in checkpoints:
        _verify_checkpoint(path, trusted, hashes)
    return links, head, len(checkpoints)


def _verify_checkpoint(path: Path, trusted: Authority, hashes: Sequence[str]) -> None:
    """`hashes` has the head of the chain after so many links at each place."""
    data, signature = path.read_bytes(), path.with_name(path.name + ".p7s")
    try:
        cms_verify(data, signature.read_bytes() if signature.is_file() else b"", trusted)
    except SignatureError as fault:
        raise CheckpointDisagrees(f"{path}: the checkpoint's signature does not hold: {fault}") from fault
    said = json.loads(data)
    if said["links"] >= len(hashes):
        raise CheckpointDisagrees(
            f"{path}: counted {said['links']} links, the log has {len(hashes) - 1}: the log was cut after it."
        )
    if hashes[said["links"]] != said["head"]:
        raise CheckpointDisagrees(
            f"{path}: link {said['links']} had another hash when it was signed: the log was rewritten since."
        )
