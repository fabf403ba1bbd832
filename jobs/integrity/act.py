"""What the commission is told of a group of similar sheets: the facts of an act, as plain values.

An act speaks of one group: the pupils whom rare agreement joins, or those of one school whom only the literal rule of
clause 9.3 joins; the latter shows why that alone is no ground.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from jobs.integrity.analysis import NONE, RECOMMEND, REVIEW, Analysis
from jobs.integrity.clusters import clusters
from jobs.integrity.compare import NULL_LEVELS, evenly
from jobs.integrity.forms import Form

Facts = dict[str, object]
Rows = np.ndarray[tuple[int], np.dtype[np.int64]]

CLOUD_SHEETS = 200  # twenty thousand pairs show where honest ones lie
SMALL_SAMPLE = 100
STRIPS = 12  # pairs shown item by item, the strongest
_LEVEL = NULL_LEVELS[1]


@dataclass(frozen=True, eq=False)
class Group:
    """`pairs`: rows of the analysis that join `members`, or that stand between them; the strongest first. The rest is
    as in `clusters`, of the pairs that make the group."""

    kind: Literal["statistics", "naive"]
    level: str
    members: list[str]
    pairs: pl.DataFrame
    edges: int
    density: float
    largest_clique: int
    clique_exact: bool


def groups(analysis: Analysis) -> list[Group]:
    """Groups of rare agreement, those recommended first; then those that only clause 9.3's share joins within a school
    (or a form, where no school is named)."""
    rare = analysis.pairs.filter(pl.col("level") != NONE)
    joined = list(_groups(analysis, rare, "statistics"))
    told = pl.DataFrame(
        [(name, number) for number, group in enumerate(joined) for name in group.members],
        schema={"name": pl.String, "group": pl.Int64},
        orient="row",
    )
    alike = analysis.pairs.filter(pl.col("naive") & (pl.col("same_school") | (not analysis.by_school)))
    within = alike.join(told, left_on="a", right_on="name").join(
        told, left_on="b", right_on="name", suffix="_b"
    )
    shown = within.filter(pl.col("group") == pl.col("group_b")).select("a", "b")
    naive = _groups(analysis, alike.join(shown, on=["a", "b"], how="anti", maintain_order="left"), "naive")
    return [*sorted(joined, key=lambda group: group.level != RECOMMEND), *naive]


def _groups(analysis: Analysis, edges: pl.DataFrame, kind: Literal["statistics", "naive"]) -> Iterator[Group]:
    for row in clusters(edges.select("a", "b").unique().sort("a", "b")).iter_rows(named=True):
        members = row["members"]
        inside = pl.col("a").is_in(members) & pl.col("b").is_in(members)
        pairs = analysis.pairs.filter(inside)
        levels = pairs["level"].to_list() if kind == "statistics" else []
        yield Group(
            kind=kind,
            level=RECOMMEND if RECOMMEND in levels else REVIEW if REVIEW in levels else NONE,
            members=members,
            pairs=pairs,
            **{name: row[name] for name in ("edges", "density", "largest_clique", "clique_exact")},
        )


def facts(analysis: Analysis, group: Group) -> Facts:
    """The facts of an act; its people are named by label and by entry (`code`), for the shell to replace.

    `across`: the strongest pair is of different schools, and `pairs_compared` counts all such pairs.
    """
    form = next(form for form in analysis.forms.forms if form.name == group.pairs["form"][0])
    labels = {entry: _label(number) for number, entry in enumerate(group.members)}
    null = _null(analysis, form, group)
    across = analysis.by_school and not group.pairs["same_school"][0]
    return {
        "kind": group.kind,
        "level": group.level,
        "form": form.name,
        "items": form.size,
        "sheets": int(form.enough.sum()),
        "across": across,
        "pairs_compared": analysis.others if across else analysis.compared,
        "pairs_in_country": analysis.compared + analysis.others,
        "cluster": {
            "size": len(group.members),
            "edges": group.edges,
            "density": group.density,
            "largest_clique": group.largest_clique,
            "clique_exact": group.clique_exact,
        },
        "people": _people(analysis, labels),
        "pairs": _pairs(form, group, labels),
        "null": null,
        "cloud": _cloud(form),
        "limits": _limits(form, group, measured=bool(null["measured"])),
    }


def _label(number: int) -> str:
    """A … Z, then AA, AB …"""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return (
        letters[number]
        if number < len(letters)
        else _label(number // len(letters) - 1) + letters[number % 26]
    )


def _people(analysis: Analysis, labels: Mapping[str, str]) -> list[Facts]:
    rows = analysis.people.filter(pl.col("participant").is_in(list(labels))).sort("participant")
    return [
        {
            "label": labels[row["participant"]],
            "code": row["participant"],
            "school": row["school_id"],
            "signs": [_sign(flag) for flag in row["flags"].split()],
            **{name: row[name] for name in ("class", "variant", "score", "answered", "seconds", "time_percentile",
                                            "gnormed", "u3", "ht")},
        }
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip


def _sign(flag: str) -> Facts:
    clause, _, code = flag.rpartition(":")
    return {"clause": clause or "9.4", "code": code}


def _pairs(form: Form, group: Group, labels: Mapping[str, str]) -> list[Facts]:
    row_of = {entry: number for number, entry in enumerate(form.sheets["entry"].to_list()) if entry in labels}
    chosen = [np.bincount(form.codes[:, item], minlength=len(form.letters) + 1) for item in range(form.size)]
    columns = ("identical", "compared", "eic", "eeic", "expected", "m4_p", "gbt_p", "m4_adjusted",
               "expected_honest", "level", "naive", "same_school")  # fmt: skip
    return [
        {
            "a": labels[row["a"]],
            "b": labels[row["b"]],
            **{name: row[name] for name in columns},
            "strip": _strip(form, chosen, row_of[row["a"]], row_of[row["b"]]) if number < STRIPS else None,
        }
        for number, row in enumerate(group.pairs.iter_rows(named=True))
    ]


def _strip(form: Form, chosen: list[Rows], one: int, other: int) -> list[Facts]:
    """Item by item what both answered; of a common wrong answer, the share of all sheets that chose it."""
    letters = ("", *form.letters)
    strip: list[Facts] = []
    for item, name in enumerate(form.items):
        key, a, b = int(form.key[item]), int(form.codes[one, item]), int(form.codes[other, item])
        common = a == b != 0 and a != key
        share = float(chosen[item][a] / len(form.codes)) if common else None
        strip.append({"item": name, "key": letters[key], "a": letters[a], "b": letters[b], "share": share})
    return strip


def _null(analysis: Analysis, form: Form, group: Group) -> Facts:
    rows = analysis.null.filter((pl.col("form") == form.name) & (pl.col("level") == _LEVEL))
    pairs = int(rows["pairs"].sum())
    return {
        "measured": pairs > 0,
        "pairs": pairs,
        "alpha": _LEVEL,
        "rate": int(rows["observed"].sum()) / pairs if pairs else None,
        "raised_by": group.pairs["raised_by"].max(),
        "between": "regions",
    }


def _cloud(form: Form) -> list[Facts]:
    """How alike pairs of honest pupils are, by their mean score: an even sample of pairs of different regions, or
    schools, or any, as far as these are known."""
    chosen = np.flatnonzero(form.enough)
    sample = chosen[evenly(len(chosen), CLOUD_SHEETS)]
    one, other = np.triu_indices(len(sample), 1)
    apart = _apart(form, sample[one], sample[other])
    codes = form.codes[sample]
    same = ((codes[one[apart]] == codes[other[apart]]) & (codes[one[apart]] > 0)).sum(axis=1)
    mean = (form.score[sample[one[apart]]] + form.score[sample[other[apart]]]) / 2
    table = pl.DataFrame({"score": mean, "identical": same}).group_by("score", "identical").len("pairs")
    return table.sort("score", "identical").with_columns(pl.col("pairs").cast(pl.Int64)).to_dicts()


def _apart(form: Form, one: Rows, other: Rows) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    for column in ("region", "school_id"):
        place = form.sheets[column].fill_null("").to_numpy()
        if len(np.unique(place)) > 1:
            return np.asarray(place[one] != place[other])
    return np.ones(len(one), dtype=np.bool_)


def _limits(form: Form, group: Group, *, measured: bool) -> list[str]:
    holds = {
        "small-sample": form.enough.sum() < SMALL_SAMPLE,
        "no-null": not measured,
        "clique-bound": not group.clique_exact,
    }
    return [code for code, applies in holds.items() if applies]
