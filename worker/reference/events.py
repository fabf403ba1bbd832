"""The page of the events: every line the log can hold."""

from worker.events import SENTENCES
from worker.reference import markdown


def events_page() -> str:
    """Every line the log can hold."""
    intro = (
        "What the worker says in its log (standard error). With `--json` each line is an object with the "
        "event and its facts. No event carries a name, an IIN or an address."
    )
    rows = [(markdown.code(event), sentence) for event, sentence in SENTENCES.items()]
    return markdown.page("Events", intro, markdown.table(("event", "sentence"), rows))
