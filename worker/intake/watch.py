"""Events of the file system as hints: they wake the worker, which then looks for itself.

The handler cannot raise and does nothing but set an event. Each emitter is supervised: an observer can be
alive while the emitter of its folder has died (the inbox removed and made again, a queue overflow).
"""

import threading
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from worker.events import Report


class _Hint(FileSystemEventHandler):
    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in ("opened", "closed_no_write"):  # our own looking would wake us for ever
            self._wake.set()


class InboxWatch:
    """Watches the inbox and starts itself again when it has died."""

    def __init__(self, inbox: Path, wake: threading.Event, *, polling: bool, report: Report) -> None:
        self._inbox, self._wake, self._polling, self._report = inbox, wake, polling, report
        self._observer: BaseObserver | None = None
        self._stopping = threading.Event()
        self._guard = threading.Thread(target=self._supervise, name="inbox-guard", daemon=True)

    def start(self) -> None:
        """Watch, and keep watching."""
        self._observe()
        self._guard.start()

    def stop(self) -> None:
        """Stop both threads."""
        self._stopping.set()
        self._guard.join()
        self._unobserve()

    def _observe(self) -> None:
        observer: BaseObserver = PollingObserver() if self._polling else Observer()
        try:
            observer.schedule(_Hint(self._wake), str(self._inbox), recursive=True)
            observer.start()
        except OSError:  # no inbox now: the rescan says so, and we try again
            return
        self._observer = observer

    def _unobserve(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None

    def _alive(self) -> bool:
        observer = self._observer
        return (
            observer is not None
            and observer.is_alive()
            and all(each.is_alive() for each in observer.emitters)
        )

    def _supervise(self) -> None:
        while not self._stopping.wait(5):
            if not self._alive():
                self._unobserve()
                self._observe()
                if self._alive():
                    self._report("watch.restarted")
                    self._wake.set()
