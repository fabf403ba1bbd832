"""The order of performance that a lot gave: under codes for everybody, with names for the operator."""

from worker.deliver.context import OPERATOR, Consequence, Record
from worker.deliver.draws.publications import PUBLIC, protocols
from worker.store.publications import Publication

ORDER = "order"
ORDER_NAMED = "order-named"
_NAMES = ("surname", "name", "patronymic", "unit", "school", "concertmaster")


def order(run: Consequence) -> None:
    """The protocol of the lot and its page, and who performs when: the order stands to the end of the contest."""
    if protocols(run) is None:
        return
    rows = [_row(person) for person in run.result.standing.to_dicts()]
    content = run.heading() | {"rows": sorted(rows, key=_by_place)}
    name = f"{run.contest}/{run.rulebook.edition}/{run.stage}"
    public = {**content, "rows": [{key: row[key] for key in PLACES} for row in sorted(rows, key=_by_place)]}
    run.intend(Publication(f"{ORDER}/{name}", PUBLIC, run.contest, ORDER, public))
    run.intend(Publication(f"{ORDER_NAMED}/{name}", OPERATOR, run.contest, ORDER_NAMED, content))


PLACES = ("nomination", "performance", "code")


def _row(person: Record) -> Record:
    place = {"performance": person["performance"], "code": person["entrant"], "participant": person["entry"]}
    return {"nomination": person["nomination"], **place, **{name: person.get(name) for name in _NAMES}}


def _by_place(row: Record) -> tuple[str, int]:
    return str(row["nomination"]), int(str(row["performance"]))
