"""settings.toml: read once, checked whole, every fault named by its key."""

import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from jobs.errors import BaiqauError
from jobs.feeds import FEEDS

_DURATION = re.compile(r"([0-9]+)(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZE = re.compile(r"([0-9]+)(KB|MB|GB)")
_BYTES = {"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}


class SettingsFault(BaiqauError):
    """settings.toml cannot be used; the sentence names the key."""


def _duration(written: object) -> object:
    found = _DURATION.fullmatch(written) if isinstance(written, str) else None
    if not found:
        raise ValueError('write a duration such as "30s", "5m", "12h" or "3d"')
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


def _size(written: object) -> object:
    found = _SIZE.fullmatch(written) if isinstance(written, str) else None
    if not found:
        raise ValueError('write a size such as "512MB" or "2GB"')
    return int(found[1]) * _BYTES[found[2]]


def _feed(written: object) -> object:
    if written not in FEEDS:
        raise ValueError(f"{written!r} is no feed; there are {', '.join(FEEDS)}")
    return written


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Size = Annotated[int, BeforeValidator(_size)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
FeedName = Annotated[str, BeforeValidator(_feed)]
OnMissed = Literal["latest", "all", "skip"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Site(_Section):
    organisation: str = Field(
        min_length=1, description="Who runs the contests; stands on diplomas, lists and test certificates."
    )
    domain: str = Field(
        pattern=r"^[A-Za-z0-9.-]+$", description="In message ids and in the addresses of QR codes."
    )
    timezone: str = Field(description="IANA name; in it times are printed and cron lines are read.")
    contests: list[Name] = Field(min_length=1, description="Rulebooks of `contests/` that run here.")


class Database(_Section):
    url: str = Field(description="SQLAlchemy URL; a relative SQLite file lies in the site.")


class Sender(_Section):
    contests: list[Name] = Field(
        description="Contests the sender may drop files for; each must be in `site.contests`."
    )
    feeds: list[FeedName] = Field(description="Feeds the sender may drop.")
    complete: Literal["stable", "done-file", "checksum"] = Field(
        "stable",
        description="When a file is whole; each way it must also be still for `intake.stable_for`.",
    )


class Intake(_Section):
    rescan_every: Duration = Field(
        description="The inbox is looked over at least this often; events only hasten it."
    )
    stable_for: Duration = Field(description="A file must look the same for this long.")
    stalled_after: Duration = Field(description="A file not whole after this long is named once in the log.")
    polling: bool = Field(description="Poll instead of listening to the file system: for NFS, CIFS and FUSE.")


class FileLimits(_Section):
    file: Size = Field(description="Size of a dropped file.")
    unpacked: Size = Field(description="Size a workbook or archive may unpack to.")
    rows: int = Field(ge=1, description="Rows of a file.")
    memory: Size = Field(description="Memory of the process that reads it.")
    cpu: Duration = Field(description="Computing time of that process.")
    wall: Duration = Field(description="Time the worker waits for that process.")


class ScheduleEntry(_Section):
    run: Literal["report", "checkpoint"] = Field(
        description="What runs: the operator's report, or the signed head of the audit chain."
    )
    cron: str = Field(description="Minute, hour, day, month, weekday, in `site.timezone`.")
    on_missed: OnMissed = Field(
        description="Of slots missed while the worker was down, run the newest, all (at most 24) or none."
    )
    max_lateness: Duration = Field(description="A slot older than this is only recorded as missed.")


class Stages(_Section):
    max_lateness: Duration = Field(description="A stage later than this waits for `baiqau run --once`.")


class Keys(_Section):
    signing: str = Field(description="PKCS#12 file with a P-256 key and its certificate (secret).")
    passphrase: str = Field(description="File with the passphrase of `signing` (secret).")
    authority: str = Field(description="Certificate, in PEM, of the authority that issued the signing key's.")
    pseudonyms: str = Field(
        description="File with the key of the public codes (secret); never change it during a season."
    )


class Mail(_Section):
    host: str = Field(description="Mail relay.")
    port: int = Field(ge=1, le=65535, description="Its port.")
    tls: Literal["none", "starttls", "tls"] = Field(description="`none` is for loopback only.")
    username: str = Field(description="Empty: no login.")
    password: str = Field(description="File with the password (secret); read only where there is a username.")
    sender: str = Field(description="Address the letters come from.")
    reply_to: str = Field(description="Address answers go to; empty: the sender's.")
    connections: int = Field(ge=1, le=64, description="Connections to the relay at a time.")
    per_connection: int = Field(ge=1, description="Messages over one connection.")
    timeout: Duration = Field(
        description="Wait for an answer of the relay (at least ten minutes for the answer to a message)."
    )
    backoff: list[Duration] = Field(
        min_length=1, description="Waits after a temporary refusal; the last one repeats."
    )
    give_up_after: Duration = Field(description="A message whose waits add up to this has failed.")
    on_uncertain: Literal["hold", "assume-sent", "resend"] = Field(
        description="What becomes of a message of which nobody knows whether it has left."
    )


class Settings(_Section):
    """The whole file."""

    site: Site
    database: Database
    senders: Mapping[Name, Sender]
    intake: Intake
    limits: FileLimits
    schedules: Mapping[Name, ScheduleEntry]
    stages: Stages
    keys: Keys
    mail: Mail


def read_settings(file: Path) -> Settings:
    """The settings in `file`; SettingsFault names the first fault."""
    faults: list[str] = []
    settings = parse_settings(file, faults)
    if settings is None:
        raise SettingsFault(faults[0])
    return settings


def parse_settings(file: Path, faults: list[str]) -> Settings | None:
    """The settings, or None with a sentence added to `faults` for each fault."""
    try:
        return Settings.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        faults.append(f"{file}: there is no such file; make a site with `baiqau init DIR`.")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        faults.append(f"{file}: {fault}.")
    except ValidationError as fault:
        faults.extend(
            _sentence(file, error["loc"], error["msg"]) for error in fault.errors(include_input=False)
        )
    return None


def _sentence(file: Path, place: tuple[int | str, ...], message: str) -> str:
    key = ".".join(str(part) for part in place)
    return f"{file}: {key}: {message.removeprefix('Value error, ').rstrip('.')}."
