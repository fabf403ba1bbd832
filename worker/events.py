"""Everything the worker says in its log, worded in one place. No event carries a name, an IIN or an address."""

import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import structlog

from jobs.errors import BaiqauError

SENTENCES = {
    "worker.started": "watching {inbox}; {stages} stages, {schedules} schedules",
    "worker.stopped": "stopped",
    "worker.hindered": "a turn was cut short ({fault}); the next takes up what is left",
    "intake.claimed": "{delivery}: claimed from {sender}/{contest}, {bytes} bytes",
    "intake.accepted": "{delivery}: accepted as {feed}, {rows} rows",
    "intake.partial": "{delivery}: accepted as {feed}, {rows} rows; {refused} refused",
    "intake.refused": "{delivery}: refused ({code})",
    "intake.duplicate": "{delivery}: the same content came before as {original}",
    "intake.unsuitable": "{sender}/{contest}: an entry was left alone ({code})",
    "intake.stalled": "{sender}/{contest}: a file is still not whole after {minutes} minutes",
    "intake.recovered": "{delivery}: taken up again after an interruption",
    "intake.too-late": "{delivery}: came too late for {stages}; what is decided stands",
    "intake.defect": "{delivery}: a defect of ours ({fault} at {place}); the file is kept",
    "intake.failed": "{delivery}: could not be taken in now ({fault}); it will be tried again",
    "run.settled": "{contest}/{stage}: decided; {entries} in, {out} out",
    "run.waiting": "{contest}/{stage}: {undecided} undecided, {requests} requests made",
    "run.blocked": "{contest}/{stage}: not decided yet: {why}",
    "run.closed": "{contest}/{stage}: is decided for good: {why}",
    "run.failed": "{contest}/{stage}: cannot be decided: {why}",
    "run.missed": "{contest}/{stage}: {why}",
    "run.done": "{stage}: done",
    "publish.published": "{recipient}: {files} files, manifest {sequence}",
    "publish.waits": "{recipient}: could not be written now ({fault}); it will be tried again",
    "publish.failed": "{publication}: cannot be made: {why}",
    "mail.sent": "message {message}: sent",
    "mail.deferred": "message {message}: deferred (server's code: {code})",
    "mail.failed": "message {message}: failed (server's code: {code})",
    "mail.uncertain": "message {message}: uncertain, a person must resolve it (baiqau mail list)",
    "mail.resolved": "message {message}: resolved as {how}",
    "delivery.requeued": "{delivery}: requeued",
    "watch.restarted": "the watcher of the inbox had died and was started again",
    "watch.inbox-missing": "the inbox is missing; nothing is taken in until it is back",
}

Report = Callable[..., None]


def configure_log(*, as_json: bool) -> None:
    """Log lines to standard error: plain text for people, JSON for collectors."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else _plain
    structlog.configure(
        processors=[structlog.processors.TimeStamper(fmt="iso", utc=True), _worded, renderer],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def told(fault: Exception) -> str:
    """A fault in a sentence: ours to be mended by people as it is, any other by type and place and no values, for
    they may be people's."""
    if isinstance(fault, BaiqauError):
        return str(fault)
    last = traceback.extract_tb(fault.__traceback__)[-1]
    return f"a defect of ours ({type(fault).__name__} at {Path(last.filename).name}:{last.lineno}); please report it"


def log(event: str, **facts: object) -> None:
    """Say `event` (a key of SENTENCES) with its facts."""
    structlog.get_logger().info(event, **facts)


def quiet(event: str, **facts: object) -> None:
    """Check that the event is worded, and say nothing: for rehearsals that print their own summary."""
    SENTENCES[event].format(**facts)


def _worded(_logger: object, _method: str, facts: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event = str(facts["event"])
    facts["sentence"] = SENTENCES[event].format(**facts)
    return facts


def _plain(_logger: object, _method: str, facts: structlog.typing.EventDict) -> str:
    return f"{facts['timestamp']} {facts['event']}: {facts['sentence']}"
