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
    organisation: str = Field(min_length=1)
    domain: str = Field(pattern=r"^[A-Za-z0-9.-]+$")
    timezone: str
    contests: list[Name] = Field(min_length=1)


class Database(_Section):
    url: str


class Sender(_Section):
    contests: list[Name]
    feeds: list[FeedName]
    complete: Literal["stable", "done-file", "checksum"] = "stable"


class Intake(_Section):
    rescan_every: Duration
    stable_for: Duration
    stalled_after: Duration
    polling: bool


class FileLimits(_Section):
    file: Size
    unpacked: Size
    rows: int = Field(ge=1)
    memory: Size
    cpu: Duration
    wall: Duration


class ScheduleEntry(_Section):
    run: Literal["report", "checkpoint"]
    cron: str
    on_missed: OnMissed
    max_lateness: Duration


class Stages(_Section):
    max_lateness: Duration


class Keys(_Section):
    signing: str
    passphrase: str
    authority: str
    pseudonyms: str


class Mail(_Section):
    host: str
    port: int = Field(ge=1, le=65535)
    tls: Literal["none", "starttls", "tls"]
    username: str
    password: str
    sender: str
    reply_to: str
    connections: int = Field(ge=1, le=64)
    per_connection: int = Field(ge=1)
    timeout: Duration
    backoff: list[Duration] = Field(min_length=1)
    give_up_after: Duration
    on_uncertain: Literal["hold", "assume-sent", "resend"]


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
