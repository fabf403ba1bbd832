"""settings.toml: read once, checked whole, every fault named by its key."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from jobs.calendar import time_zone
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


def _zone(written: str) -> str:
    try:
        time_zone(written)
    except BaiqauError as fault:
        raise ValueError(str(fault)) from None
    return written


def _sqlite(written: str) -> str:
    """The URL is not repeated: it may hold a password."""
    if not written.startswith("sqlite:///"):
        raise ValueError("only SQLite in this version: write sqlite:///baiqau.db or another file's name")
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
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        description="IANA name; in it times are printed and cron lines are read."
    )
    contests: list[Name] = Field(min_length=1, description="Rulebooks of `contests/` that run here.")


class Database(_Section):
    url: Annotated[str, AfterValidator(_sqlite)] = Field(
        description="`sqlite:///` and a file's name; a relative one lies in the site."
    )


class Sender(_Section):
    contests: list[Name] = Field(
        description="Contests the sender may drop files for; each must be in `site.contests`."
    )
    feeds: list[FeedName] = Field(description="Feeds the sender may drop.")
    answers: list[Name] | None = Field(
        default=None, description="The requests ([ask.…] of a rulebook) it may answer; all where not given."
    )
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


class Calendar(_Section):
    overrides: str = Field(
        default="", description="File with days that an order has moved, [off] and [worked]; empty: none."
    )


class Draws(_Section):
    chain: Literal["quicknet", "default", "test"] = Field(
        description="drand's chain whose pulses decide draws; `test`: a chain of the site's own key, for rehearsals, "
        "and named so on every page."
    )
    test_chain: str = Field(description="File with the public facts of the test chain; read only for `test`.")


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
    calendar: Calendar = Calendar()
    draws: Draws
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
        faults.extend(_sentences(file, fault.errors(include_input=False, include_url=False)))
    return None


# ---- faults in plain words ----

_WORDS = {
    "missing": "is missing: add it, as in the settings.toml that `baiqau init` writes",
    "int_type": "write a whole number such as 4",
    "int_parsing": "write a whole number such as 4",
    "int_from_float": "write a whole number such as 4",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "string_type": "write a text in quotes",
    "list_type": 'write a list such as ["one", "two"]',
    "model_type": "write a section of its own in [brackets]",
    "mapping_type": "write a section of its own in [brackets]",
    "dict_type": "write a section of its own in [brackets]",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
}
_ALIKE = 0.7  # from here on a key is taken for a misspelt one
_PATTERNS = {
    r"^[a-z0-9][a-z0-9-]{0,62}$": "use small Latin letters, digits and -, at most 63 of them and no - in front",
    r"^[A-Za-z0-9.-]+$": "use Latin letters, digits, - and dots, such as contest.example",
}


def _sentences(file: Path, errors: Sequence[ErrorDetails]) -> Iterator[str]:
    """A sentence a cause: a misspelt key is not told again as the missing one."""
    missing = {_place(error) for error in errors if error["type"] == "missing"}
    meant = {_place(error): _meant(error, missing) for error in errors if error["type"] == "extra_forbidden"}
    told = {(*place[:-1], name) for place, name in meant.items() if name}
    for error in errors:
        place = _place(error)
        if error["type"] != "missing" or place not in told:
            key = ".".join(map(str, place))
            yield f"{file}: {key}: {_plainly(error, meant.get(place))}."


def _place(error: ErrorDetails) -> tuple[int | str, ...]:
    """Where the fault lies; the name of a table is a place of its own, without pydantic's mark."""
    return tuple(part for part in error["loc"] if part != "[key]")


def _meant(error: ErrorDetails, missing: set[tuple[int | str, ...]]) -> str | None:
    """The key an unknown one stands for: one that is missing beside it goes before one that is there."""
    *above, name = _place(error)
    absent = [str(place[-1]) for place in sorted(missing, key=str) if list(place[:-1]) == above]
    for known in (absent, _keys_of(above)):
        if found := get_close_matches(str(name), known, 1, _ALIKE):
            return found[0]
    return None


def _keys_of(place: Sequence[int | str]) -> list[str]:
    """The keys of the section at `place`."""
    tables: dict[str, type[_Section]] = {"senders": Sender, "schedules": ScheduleEntry}
    if not place:
        return list(Settings.model_fields)
    section: Any = tables.get(str(place[0])) or Settings.model_fields[str(place[0])].annotation
    return list(section.model_fields)


def _plainly(error: ErrorDetails, meant: str | None) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        what = "section" if len(error["loc"]) == 1 else "setting"
        return f"is no {what}; did you mean {meant}? Correct it" if meant else f"is no {what}; take it out"
    if kind == "value_error":
        return error["msg"].removeprefix("Value error, ").rstrip(".")
    if kind == "literal_error":
        return f"write one of {context['expected']}"
    if kind == "string_pattern_mismatch":
        return _PATTERNS[context["pattern"]]
    if kind in ("greater_than_equal", "less_than_equal"):
        least = kind == "greater_than_equal"
        return f"write a whole number of at {'least' if least else 'most'} {context['ge' if least else 'le']}"
    return _WORDS.get(kind, "has a value of another kind; see docs/reference/settings.md")
