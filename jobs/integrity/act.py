"""What the commission is told of a group of similar sheets: the facts of an act, as plain values.

An act speaks of one group: the pupils whom rare agreement joins, or those of one school whom only the literal rule of
clause 9.3 joins; the latter shows why that alone is no ground.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from jobs.integrity.analysis import NONE, RECOMMEND, REVIEW, Analysis
from jobs.integrity.clusters import clusters
from jobs.integrity.compare import NULL_TOLD, evenly
from jobs.integrity.forms import Form
from jobs.integrity.people import alike_by_the_rule

Facts = dict[str, object]
Rows = np.ndarray[tuple[int], np.dtype[np.int64]]

CLOUD_SHEETS = 200  # twenty thousand pairs show where honest ones lie
SMALL_SAMPLE = 100
PAIRS = 200  # of an act, at most, the strongest; `pair_count` has them all
STRIPS = 12  # pairs shown item by item, the strongest


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
    (or a form, where no school is named). In each part the group with the rarest pair comes first."""
    shown = analysis.pairs.filter((pl.col("level") != NONE) | pl.col("naive"))
    joined = list(_groups(shown, shown.filter(pl.col("level") != NONE), "statistics"))
    alike = shown.filter(alike_by_the_rule(by_school=analysis.by_school))
    told = _within(alike, [group.members for group in joined]).select("a", "b")
    rest = alike.join(told, on=["a", "b"], how="anti", maintain_order="left")
    naive = list(_groups(rest, rest, "naive"))
    return [*sorted(joined, key=_strength), *sorted(naive, key=_strength)]


def _strength(group: Group) -> tuple[bool, float]:
    rarest = group.pairs["expected_honest"][0]
    return group.level != RECOMMEND, math.inf if rarest is None else rarest


def _groups(
    shown: pl.DataFrame, edges: pl.DataFrame, kind: Literal["statistics", "naive"]
) -> Iterator[Group]:
    found = clusters(edges.select("a", "b").unique().sort("a", "b"))
    inside = _within(shown, found["members"].to_list()).sort(
        "expected_honest", "identical", descending=[False, True], nulls_last=True, maintain_order=True
    )
    pairs = inside.partition_by("group", as_dict=True, include_key=False, maintain_order=True)
    for number, row in enumerate(found.iter_rows(named=True)):
        levels = pairs[number,]["level"].to_list() if kind == "statistics" else []
        yield Group(
            kind=kind,
            level=RECOMMEND if RECOMMEND in levels else REVIEW if REVIEW in levels else NONE,
            pairs=pairs[number,],
            **{name: row[name] for name in ("members", "edges", "density", "largest_clique", "clique_exact")},
        )


def _within(pairs: pl.DataFrame, members: list[list[str]]) -> pl.DataFrame:
    """The pairs of which both are in one list of `members`, with its number as `group`."""
    listed = [(name, number) for number, names in enumerate(members) for name in names]
    told = pl.DataFrame(listed, schema={"name": pl.String, "group": pl.Int64}, orient="row")
    one = pairs.join(told, left_on="a", right_on="name", maintain_order="left")
    both = one.join(told, left_on="b", right_on="name", suffix="_b", maintain_order="left")
    return both.filter(pl.col("group") == pl.col("group_b")).drop("group_b")


@dataclass(frozen=True, eq=False)
class _Form:
    """What all acts about a form have in common: the row of each entry; how many sheets chose each option, a list of
    counts an item; and the cloud of honest pairs with what keeps them apart."""

    form: Form
    row: Mapping[str, int]
    chosen: list[Rows]
    apart: str | None
    cloud: list[Facts]


def _known(form: Form) -> _Form:
    options, apart = len(form.letters) + 1, _apart(form)
    return _Form(
        form=form,
        row={entry: number for number, entry in enumerate(form.sheets["entry"].to_list())},
        chosen=[np.bincount(form.codes[:, item], minlength=options) for item in range(form.size)],
        apart=apart,
        cloud=_cloud(form, apart),
    )


def facts(analysis: Analysis, told: Iterable[Group]) -> Iterator[Facts]:
    """The facts of an act for each of these groups; people are named by label and by entry (`code`), for the shell to
    replace.

    `across`: the strongest pair is of different schools, and `pairs_compared` counts all such pairs; `by_school`:
    schools are named at all; `cloud_of`: what keeps the pairs of `cloud` apart: regions, schools, or nothing (all).
    """
    wanted = list(told)
    members = pl.Series([name for group in wanted for name in group.members], dtype=pl.String).unique()
    shown = analysis.people.filter(pl.col("participant").is_in(members.implode()))
    people = {row["participant"]: row for row in shown.iter_rows(named=True)}
    forms = {form.name: form for form in analysis.forms.forms}
    known: dict[str, _Form] = {}
    for group in wanted:
        name = group.pairs["form"][0]
        if name not in known:
            known[name] = _known(forms[name])
        yield _facts(analysis, group, known[name], people)


def _facts(analysis: Analysis, group: Group, about: _Form, people: Mapping[str, Facts]) -> Facts:
    form = about.form
    labels = {entry: _label(number) for number, entry in enumerate(group.members)}
    null, levels = _null(analysis, form, group), _levels(group)
    across = analysis.by_school and not group.pairs["same_school"][0]
    return {
        "kind": group.kind,
        "level": group.level,
        "form": form.name,
        "items": form.size,
        "sheets": int(form.enough.sum()),
        "across": across,
        "by_school": analysis.by_school,
        "pairs_compared": analysis.others if across else analysis.compared,
        "pairs_in_country": analysis.compared + analysis.others,
        "cluster": {
            "size": len(group.members),
            "edges": group.edges,
            "density": group.density,
            "largest_clique": group.largest_clique,
            "clique_exact": group.clique_exact,
        },
        "people": [_person(people[entry], label, levels.get(entry, NONE)) for entry, label in labels.items()],
        "pair_count": group.pairs.height,
        "pairs": _pairs(about, group, labels),
        "null": null,
        "cloud": about.cloud,
        "cloud_of": {"region": "regions", "school_id": "schools"}.get(about.apart or "", "all"),
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


def _levels(group: Group) -> dict[str, str]:
    """Of each member the level of the strongest pair: who is joined by a weaker one is not judged by the others'."""
    found: dict[str, str] = {}
    for level in (NONE, REVIEW, RECOMMEND):
        pairs = group.pairs.filter(pl.col("level") == level)
        found |= dict.fromkeys([*pairs["a"], *pairs["b"]], level)
    return found


def _person(noted: Facts, label: str, level: str) -> Facts:
    shown = ("class", "variant", "score", "answered", "seconds", "time_percentile", "gnormed", "u3", "ht")
    return {
        "label": label,
        "level": level,
        "code": noted["participant"],
        "school": noted["school_id"],
        "signs": [_sign(flag) for flag in str(noted["flags"]).split()],
        **{name: noted[name] for name in shown},
    }


def _sign(flag: str) -> Facts:
    clause, _, code = flag.rpartition(":")
    return {"clause": clause or "9.4", "code": code}


def _pairs(about: _Form, group: Group, labels: Mapping[str, str]) -> list[Facts]:
    columns = ("identical", "compared", "eic", "eeic", "expected", "m4_p", "gbt_p", "m4_adjusted",
               "expected_honest", "level", "naive", "same_school")  # fmt: skip
    return [
        {
            "a": labels[row["a"]],
            "b": labels[row["b"]],
            **{name: row[name] for name in columns},
            "strip": _strip(about, row["a"], row["b"]) if number < STRIPS else None,
        }
        for number, row in enumerate(group.pairs.head(PAIRS).iter_rows(named=True))
    ]


def _strip(about: _Form, one: str, other: str) -> list[Facts]:
    """Item by item what both answered; of a common wrong answer, the share of all sheets that chose it."""
    form, letters = about.form, ("", *about.form.letters)
    answers = zip(form.key, form.codes[about.row[one]], form.codes[about.row[other]], strict=True)
    strip: list[Facts] = []
    for name, chosen, (key, a, b) in zip(form.items, about.chosen, answers, strict=True):
        common = a == b != 0 and a != key
        share = float(chosen[a] / len(form.codes)) if common else None
        strip.append({"item": name, "key": letters[key], "a": letters[a], "b": letters[b], "share": share})
    return strip


def _null(analysis: Analysis, form: Form, group: Group) -> Facts:
    rows = analysis.null.filter((pl.col("form") == form.name) & (pl.col("level") == NULL_TOLD))
    pairs = int(rows["pairs"].sum())
    return {
        "measured": pairs > 0,
        "pairs": pairs,
        "alpha": NULL_TOLD,
        "rate": int(rows["observed"].sum()) / pairs if pairs else None,
        "raised_by": group.pairs["raised_by"].max(),
        "between": "regions",
    }


def _cloud(form: Form, apart: str | None) -> list[Facts]:
    """How alike pairs of honest pupils are, by their mean score: an even sample of pairs that differ in the column
    `apart`, or of any."""
    chosen = np.flatnonzero(form.enough)
    sample = chosen[evenly(len(chosen), CLOUD_SHEETS)]
    one, other = np.triu_indices(len(sample), 1)
    if apart is not None:
        place = form.sheets[apart].fill_null("").to_numpy()[sample]
        known = (place[one] != place[other]) & (place[one] != "") & (place[other] != "")
        one, other = one[known], other[known]
    codes = form.codes[sample]
    same = ((codes[one] == codes[other]) & (codes[one] > 0)).sum(axis=1)
    mean = (form.score[sample[one]] + form.score[sample[other]]) / 2
    table = pl.DataFrame({"score": mean, "identical": same}).group_by("score", "identical").len("pairs")
    return table.sort("score", "identical").with_columns(pl.col("pairs").cast(pl.Int64)).to_dicts()


def _apart(form: Form) -> str | None:
    """The column by which pairs can be told not to have sat together."""
    return next(
        (name for name in ("region", "school_id") if form.sheets[name].drop_nulls().n_unique() > 1), None
    )


def _limits(form: Form, group: Group, *, measured: bool) -> list[str]:
    holds = {
        "small-sample": form.enough.sum() < SMALL_SAMPLE,
        "no-null": not measured,
        "clique-bound": not group.clique_exact,
    }
    return [code for code, applies in holds.items() if applies]
