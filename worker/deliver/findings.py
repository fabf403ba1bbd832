"""What the analysis of answers found, for the commission: acts, observations, and the key to the people in them.

Acts and observations name people by code. Who is who stands in a file of its own for the operator, so that those who
judge the evidence need not know whose it is.
"""

import json
from fractions import Fraction
from importlib.metadata import version
from itertools import islice

import polars as pl

from jobs.integrity.act import Facts
from worker.deliver.context import OPERATOR, Consequence
from worker.store import publications
from worker.store.publications import Publication

OBSERVATIONS = "observations"
ACT_KEY = "act-key"
ACTS = 100  # of a request, at most; the pairs beyond stand in its table
WHO = (
    "code",
    "surname",
    "name",
    "patronymic",
    "school_id",
    "class",
    "school",
    "unit",
    "region",
    "nomination",
)
"""What tells who somebody is; a name does, without the IIN."""
ANYBODY = ("code", "entry", "participant", "name", "title", "school", "unit", "region", "nomination", "grade")
"""What tells it where there is no surname: of a juror, a work, a record of a journal."""
COMMON = Fraction(1, 5)
OBSERVED = ("code", "school_id", "class", "variant", "score", "items", "answered", "seconds", "time_percentile",
            "flags", "gnormed", "u3", "ht")  # fmt: skip


def acts(run: Consequence, entries: list[str], request: str) -> list[Facts]:
    """The facts of an act for every group with somebody of `entries`, the strongest groups first."""
    found = run.result.evidence.get("acts")
    if found is None:
        return []
    asked = set(entries)
    about = (facts for members, facts in found.select("members", "facts").iter_rows() if asked & set(members))
    return [
        _act(run, json.loads(facts), f"{request}.{number:02}")
        for number, facts in enumerate(islice(about, ACTS), start=1)
    ]


def _act(run: Consequence, facts: Facts, number: str) -> Facts:
    people = facts["people"]
    if not isinstance(people, list):
        raise TypeError("the people of an act are a list")
    return facts | {
        "number": number,
        "contest": dict(run.rulebook.title),
        "stage": dict(run.result.stage.title),
        "clause": "9-11",
        "date": run.date,
        "organisation": run.settings.site.organisation,
        "above": _share_of(run),
        "hashes": {"data": run.facts, "code": f"baiqau {version('baiqau')}"},
        "people": [person | {"code": run.code(person["code"])} for person in people],
    }


def _share_of(run: Consequence) -> float:
    """The share of clause 9.3 as the rulebook has it."""
    given = (step.given["above"] for step in run.result.stage.steps if step.job.name == "integrity")
    return float(next(share for share in given if isinstance(share, Fraction)))


def publish_key(run: Consequence, request: str, entries: list[str], told: list[Facts]) -> None:
    """Who is behind the codes of a request and its acts, for the operator alone, in a signed file of its own."""
    codes = {run.code(entry) for entry in entries} | {str(code) for act in told for code in _codes(act)}
    _intend_key(run, f"{ACT_KEY}/{request}", request, codes)


def _codes(act: Facts) -> list[object]:
    people = act["people"]
    return [person["code"] for person in people] if isinstance(people, list) else []


def _intend_key(run: Consequence, name: str, title: str, codes: set[str]) -> None:
    named = pl.col("entry").map_elements(run.code, return_dtype=pl.String)
    known = run.result.standing.with_columns(code=named)
    known = known.filter(pl.col("code").is_in(sorted(codes))).sort("code")
    named_by = WHO if "surname" in known.columns else ANYBODY
    rows = known.select(column for column in named_by if column in known.columns).to_dicts()
    content = run.heading() | {"request": title, "rows": rows}
    run.intend(Publication(name, OPERATOR, run.contest, ACT_KEY, content))


def observe(run: Consequence) -> None:
    """Everything noted about anybody, once for the same facts: literal signs, misfit and times are no ground to ask
    about a pupil, and the commission may want to see them (clauses 9 and 10)."""
    found = run.result.evidence.get("people")
    name = f"{run.contest}/{run.stage}/{run.facts[:16]}"
    if found is None or publications.exists(run.connection, f"{OBSERVATIONS}/{name}"):
        return
    flags, notes = _noted(found)
    rows = [row | {"code": run.code(row["participant"])} for row in flags.to_dicts()]
    told = [{name: row[name] for name in OBSERVED} for row in sorted(rows, key=lambda row: str(row["code"]))]
    title = f"{OBSERVATIONS}-{run.stage}"
    content = run.heading() | {
        "stage": run.stage,
        "rows": told,
        "null": run.result.evidence["null"].to_dicts(),
        "notes": [*notes, *run.result.evidence["notes"]["note"]],
    }
    run.intend(
        Publication(f"{OBSERVATIONS}/{name}", "requests", f"{run.contest}/{title}", OBSERVATIONS, content)
    )
    _intend_key(run, f"{ACT_KEY}/{OBSERVATIONS}/{name}", title, {str(row["code"]) for row in told})


def _noted(people: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Whoever shows a sign; but a sign of more than COMMON of all sheets tells of the test, and is only counted."""
    each = (
        people.select("participant", flag=pl.col("flags").str.split(" "))
        .explode("flag")
        .filter(pl.col("flag") != "")
    )
    counts = each.group_by("flag").len().sort("flag")
    common = counts.filter(pl.col("len") * COMMON.denominator > people.height * COMMON.numerator)
    notes = [
        f"{flag}: {count} of {people.height} sheets, so it is not listed."
        for flag, count in common.iter_rows()
    ]
    kept = (
        each.join(common, on="flag", how="anti")
        .group_by("participant")
        .agg(pl.col("flag").sort().str.join(" "))
    )
    shown = people.drop("flags").join(kept.rename({"flag": "flags"}), on="participant", how="inner")
    return shown.sort("participant"), notes
