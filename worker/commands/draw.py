"""`baiqau draw`: a draw of prizes from files, checkable by anyone, with or without a site.

The folder of a draw is described in `worker/deliver/draws/folder.py`. A version of a protocol is created under
its own name and never replaced; all other files follow from it, so a killed command is finished by the next.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Final

import polars as pl

from jobs.beacon import PINNED, Chain, round_time
from jobs.calendar import instant_or_start_of_day
from jobs.draw1 import (
    DICE,
    Annulment,
    Document,
    annul,
    entrant_file,
    hold,
    manifest_of,
    parse_protocol,
    protocol_bytes,
)
from jobs.errors import BaiqauError
from jobs.iin import iin_valid
from worker.beacon import read_chain, read_pulse, verify_pulse
from worker.clock import Clock, FixedClock, SystemClock, ensure_tzdata
from worker.commands.printing import print_table, say
from worker.deliver.draws.folder import (
    COMMIT,
    NEWEST,
    PAGE,
    committed_files,
    draw_differences,
    is_draw_folder,
    read_committed,
    read_protocol,
    version_file,
    versions,
)
from worker.deliver.keys import Signer, load_signer
from worker.deliver.sign import cms_sign
from worker.files import make_folder, sync_folder, write_durably
from worker.site import RESOURCES, open_site

BEFORE: Final = timedelta(hours=24)  # DRAW-1, 3: the commitment is out a day ahead
_ZONE: Final = "Asia/Almaty"  # of an instant without an offset, where no site says otherwise
_NUMBERED: Final = re.compile(r"([0-9]+):(.*)", re.DOTALL)


class DrawInputFault(BaiqauError):
    """A file or an option of `baiqau draw` that no draw can be made of."""


class DrawFinished(BaiqauError):
    """The draw was committed to or held before; what stands is not replaced."""


class DrawDisagrees(BaiqauError):
    """The folder of a draw has a difference, so nothing is built on it."""


@dataclass(frozen=True)
class Desk:
    """Where a draw is held: with a site there is a key to sign with."""

    templates: Path
    clock: Clock
    signer: Signer | None


def open_desk(site: Path, now: str | None) -> Desk:
    """The site's templates, clock and key where there is a settings.toml, else the program's own and no key."""
    ensure_tzdata()
    if not (site / "settings.toml").is_file():
        return Desk(RESOURCES / "templates", _clock(now, _ZONE), None)
    found = open_site(site)
    clock, keys = _clock(now, found.settings.site.timezone), found.settings.keys
    signer = load_signer(found.path(keys.signing), found.path(keys.passphrase), clock.now())
    return Desk(found.templates, clock, signer)


def _clock(now: str | None, zone: str) -> Clock:
    return FixedClock(instant_or_start_of_day(now, zone)) if now else SystemClock()


# --- commit ---


def commit_draw(
    out: Path,
    *,
    entrants: Path,
    draw_id: str,
    prizes: Path,
    round_: int,
    with_dice: bool = False,
    chain: str = "quicknet",
    rules: Path | None = None,
) -> None:
    """Write entrants.txt, manifest.json, commit.txt and chain.json into `out`, and say when they must be public.

    `chain`: quicknet, default, or a chain.json. DrawInputFault, DrawFinished, ManifestFault, ChainFault.
    """
    if (out / COMMIT).exists():
        raise DrawFinished(f"{out}: a draw was committed to there; give another --out.")
    listed = _read_entrants(entrants)
    facts = PINNED[chain] if chain in PINNED else read_chain(Path(chain))
    digest = hashlib.sha256((rules or prizes).read_bytes()).hexdigest()
    manifest = manifest_of(
        draw_id, listed, _read_prizes(prizes), facts, round_, rules_sha256=digest, dice=with_dice
    )
    due = round_time(facts, round_)
    make_folder(out)
    for name, data in committed_files(manifest, listed, facts).items():
        _write(out / name, data)
    say(f"{manifest.entrants_count} entrants, {manifest.prize_count} prizes, commit {manifest.commit.hex()}")
    say(f"round {round_} of {facts.name} comes at {due:%Y-%m-%d %H:%M:%S} UTC")
    say(f"publish {out} before {due - BEFORE:%Y-%m-%d %H:%M:%S} UTC")
    _warn_of_test_chain(facts)


def _warn_of_test_chain(chain: Chain) -> None:
    if chain.test:
        say("test chain: whoever has its key knows every round, so this decides nothing in earnest")


def _lines(path: Path) -> list[str]:
    """The lines of a file typed by people: a byte order mark, CRLF and a missing last line end are forgiven."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DrawInputFault(f"{path}: it is not UTF-8 text; save it as plain text.") from error
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []


def _read_entrants(path: Path) -> bytes:
    lines = _lines(path)
    if not lines:
        raise DrawInputFault(f"{path}: it names nobody; give one code a line.")
    try:
        listed = entrant_file(lines)
    except BaiqauError as fault:
        raise DrawInputFault(f"{path}: {fault}.") from fault
    numbers = pl.Series("entrant", lines).to_frame().select(iin_valid(pl.col("entrant"))).to_series()
    if numbers.any():
        raise DrawInputFault(
            f"{path}: line {(numbers.arg_max() or 0) + 1} is an IIN, and the list will be public; give codes."
        )
    return listed


def _read_prizes(path: Path) -> list[str]:
    """The names of the prizes; a number before a name must be that of its line."""
    names = []
    for number, line in enumerate(_lines(path), 1):
        numbered = _NUMBERED.fullmatch(line.strip())
        if numbered and int(numbered[1]) != number:
            raise DrawInputFault(
                f"{path}: line {number} is numbered {numbered[1]}; number the prizes 1, 2, 3."
            )
        names.append(numbered[2].strip() if numbered else line.strip())
    return names


# --- run ---


def run_draw(folder: Path, pulse: Path, dice: str | None, *, site: Path, now: str | None = None) -> None:
    """Hold the draw: protocol.v1.json, protocol.json and protocol.html, signed where there is a site.

    Refused, with nothing computed, where the pulse or the dice are not what was committed to, and where the
    draw was held before, by whatever pulse. DrawFinished, DrawRefused, PulseFault, DrawFolderFault.
    """
    _refuse_foreign(folder)
    desk = open_desk(site, now)
    _refuse_finished(desk, folder)
    committed = read_committed(folder)
    if dice is None and committed.manifest.local_entropy == DICE:
        raise DrawInputFault(
            f"{folder}: dice were committed to; give --dice DIGITS, or --dice '' where they failed."
        )
    came = read_pulse(pulse)
    if came.round == committed.manifest.round:  # another round is refused by `hold`, by its name
        verify_pulse(committed.chain, came)
    document = hold(committed.manifest, committed.entrants, committed.chain, came, dice or "")
    _publish(desk, folder, document)
    _warn_of_test_chain(committed.chain)


def _refuse_foreign(folder: Path) -> None:
    if not is_draw_folder(folder):
        raise DrawInputFault(f"{folder}: no draw was committed to there; see `baiqau draw commit`.")


def _refuse_finished(desk: Desk, folder: Path) -> None:
    _finish(desk, folder)
    if versions(folder) or (folder / NEWEST).exists():
        raise DrawFinished(f"{folder}: the draw was held, and a draw is not held twice; see {NEWEST}.")


def _publish(desk: Desk, folder: Path, document: Document) -> None:
    """The version under its own name first; nothing is said of winners before it is kept."""
    data = protocol_bytes(document)
    page = _page(desk, data)
    _keep(version_file(folder, document["version"]), data)
    _complete(desk, version_file(folder, document["version"]), page)
    pairs = zip(count(1), document["prizes"], document["awards"], strict=False)
    for number, prize, entrant in pairs:
        say(f"{number}. {prize}: {entrant or 'not awarded'}")
    say(f"wrote {folder / NEWEST} (version {document['version']}) and {PAGE}")


def _page(desk: Desk, data: bytes) -> bytes:
    """The page of a protocol's bytes: read back, so that the same protocol gives the same page."""
    from worker.deliver.draws.broadcast import broadcast_page  # noqa: PLC0415 - fontTools: only pages need it

    return broadcast_page(desk.templates, [parse_protocol(data)])


def _complete(desk: Desk, version: Path, page: bytes) -> None:
    """All that follows from a kept version; protocol.json last, for it says that the rest is there."""
    folder, data = version.parent, version.read_bytes()
    for path, content in ((version, data), (folder / PAGE, page), (folder / NEWEST, data)):
        if desk.signer:
            signature = cms_sign(content, desk.signer, at=desk.clock.now())
            _write(path.with_name(f"{path.name}.p7s"), signature)
        if path != version:
            _write(path, content)


def _finish(desk: Desk, folder: Path) -> None:
    """What a killed command left undone after it had kept a version."""
    kept = versions(folder)
    newest = folder / NEWEST
    if kept and (not newest.is_file() or newest.read_bytes() != kept[-1].read_bytes()):
        _complete(desk, kept[-1], _page(desk, kept[-1].read_bytes()))


def _write(path: Path, data: bytes) -> None:
    write_durably(path, data, path.parent)


def _keep(path: Path, data: bytes) -> None:
    """Create `path`, whole and for ever; DrawFinished where it is there, though another process made it just now."""
    draft = path.with_name(f"{os.getpid()}-kept-{path.name}")
    _write(draft, data)
    try:
        path.hardlink_to(draft)
    except FileExistsError as error:
        raise DrawFinished(f"{path}: this version was made before; see {NEWEST}.") from error
    finally:
        draft.unlink()
    sync_folder(path.parent)


# --- annul ---


def annul_prize(
    folder: Path, entrant: str, ground: str, evidence: Path | None, *, site: Path, now: str | None = None
) -> None:
    """Give the entrant's prize to the next eligible ticket, in a new version that names the one before by hash.

    The whole folder is verified first. DrawDisagrees, AnnulmentFault where the entrant holds no prize.
    """
    _refuse_foreign(folder)
    if not versions(folder):
        raise DrawInputFault(f"{folder}: the draw was not held yet; see `baiqau draw run`.")
    desk = open_desk(site, now)
    digest = None if evidence is None else hashlib.sha256(evidence.read_bytes()).hexdigest()
    annulment = Annulment(entrant, ground, desk.clock.now().replace(microsecond=0), digest)
    _finish(desk, folder)
    for difference in draw_differences(folder):
        raise DrawDisagrees(f"{difference.path}: {difference.why}; see `baiqau draw verify {folder}`.")
    _publish(desk, folder, annul(read_protocol(folder / NEWEST), [annulment]))


# --- verify ---


def verify_draw(folder: Path, *, as_json: bool) -> bool:
    """Recompute everything in the folder of a draw, BLS signatures included; print every difference."""
    _refuse_foreign(folder)
    found = draw_differences(folder)
    if as_json:
        print_table(("path", "why"), [(str(each.path), each.why) for each in found], as_json=True)
        return not found
    for each in found:
        say(f"REFUSED  {each.path}: {each.why}")
    held = len(versions(folder))
    state = f"{held} version{'s' * (held != 1)} recomputed" if held else "committed to, not held yet"
    say(f"{folder}: {len(found)} differences" if found else f"{folder}: {state}, no difference")
    return not found
