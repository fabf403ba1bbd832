"""What a ranking by public votes delivers: the pool of a draw, and the winners where there is no draw."""

from collections.abc import Iterator, Mapping

import polars as pl

from jobs.regions import region_name
from worker.deliver.context import Consequence, Record, facts_of
from worker.store.publications import Publication

PUBLIC = "public"
POOL = "pool"
WINNERS = "winners"
FIRST_OUT = 3  # how many of those who missed the pool are printed: the border is what people ask about
COUNTS = ("likes", "shares", "comments", "adds")


def pool(run: Consequence) -> None:
    """Each region's pool under codes, with the points at the cut, the first out, all ties, and where two readings of
    an unknown count would have let in others."""
    content = run.heading() | {
        "regions": list(_regions(run)),
        "rankings": _rankings(run),
        "merged": _merged(run),
        "readings": [list(reading) for reading in run.rulebook.readings],
    }
    name = f"{POOL}/{run.contest}/{run.rulebook.edition}/{run.stage}"
    run.intend(Publication(name, PUBLIC, run.contest, POOL, content))


def _regions(run: Consequence) -> Iterator[Record]:
    verdicts = _final(run)
    rows = run.result.standing.sort("rank", "entry").to_dicts()
    for cut in run.result.evidence["cut"].sort("group").to_dicts():
        group = str(cut["group"])
        inside = [_row(run, row, verdicts) for row in rows if verdicts[row["entry"]]["group"] == group]
        yield {
            "id": group,
            "kk": region_name(group, "kk"),
            "ru": region_name(group, "ru"),
            "places": cut["places"],
            "entered": len(inside),
            "cut": cut["last"],
            "first_out": cut["first_out"],
            "tied": cut["tied"],
            "rows": [row | {"tied": row["points"] == cut["last"] and cut["tied"] > 1} for row in inside],
            "out_rows": _first_out(run, group, verdicts),
        }


def _final(run: Consequence) -> Mapping[str, Record]:
    return {row["entry"]: row for row in run.last_verdicts().to_dicts()}


def _row(run: Consequence, row: Record, verdicts: Mapping[str, Record]) -> dict[str, object]:
    entry = str(row["entry"])
    facts = facts_of(verdicts[entry])
    counts = {name: row.get(name) for name in COUNTS}
    return {"rank": row["rank"], "code": _code(run, entry), "points": _whole(facts.get("points"))} | counts


def _code(run: Consequence, entry: str) -> str:
    """The code of the person whose entry it is: the one that stands in the draw."""
    return run.code(run.result.people.get(entry, entry))


def _first_out(
    run: Consequence, group: str, verdicts: Mapping[str, Record]
) -> list[dict[str, int | str | None]]:
    """The first who missed the places; of an entry that is out the verdict alone tells its points."""
    beyond = [row for row in verdicts.values() if row["group"] == group and row["code"] == "beyond-places"]
    told = [
        {
            "rank": _whole(facts_of(row)["rank"]),
            "code": _code(run, str(row["entry"])),
            "points": _whole(facts_of(row)["points"]),
        }
        for row in beyond
    ]
    return sorted(told, key=lambda row: (int(str(row["rank"])), str(row["code"])))[:FIRST_OUT]


def _whole(figure: object) -> int | None:
    return None if figure is None else int(str(figure))


def _rankings(run: Consequence) -> list[Record]:
    found = run.result.evidence.get("rankings")
    if found is None:
        return []
    differing = found.filter("differs").sort("group", "rank_zero", "entry")
    return [row | {"entry": _code(run, str(row["entry"]))} for row in differing.to_dicts()]


def _merged(run: Consequence) -> int:
    """How many entries were put together from several rows of the files."""
    standing = run.result.standing
    return standing.filter(pl.col("snapshots") > 1).height if "snapshots" in standing.columns else 0


def winners(run: Consequence) -> None:
    """Each region's winner under a code; and the winners by every reading of the rule, where these differ (Q15)."""
    verdicts = _final(run)
    rows = [
        _row(run, row, verdicts) | {"region": verdicts[row["entry"]]["group"]}
        for row in run.result.standing.sort("entry").to_dicts()
    ]
    named = [
        row | {language: region_name(str(row["region"]), language) for language in ("kk", "ru")}
        for row in rows
    ]
    content = run.heading() | {
        "rows": sorted(named, key=lambda row: (str(row["region"]), str(row["code"]))),
        "by_reading": _by_reading(run),
        "readings": [list(reading) for reading in run.rulebook.readings],
    }
    name = f"{WINNERS}/{run.contest}/{run.rulebook.edition}/{run.stage}"
    run.intend(Publication(name, PUBLIC, run.contest, WINNERS, content))


def _by_reading(run: Consequence) -> list[Record]:
    found = run.result.evidence.get("readings")
    if found is None:
        return []
    rows = found.sort("group", "reading", "entry").to_dicts()
    return [row | {"entry": _code(run, str(row["entry"]))} for row in rows]
