"""What `baiqau integrity` writes for people: an act a group, whose codes they are, the page that opens first, and how
all of it was computed."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl

from jobs.integrity import analysis as thresholds
from jobs.integrity import compare
from jobs.integrity.act import Group, facts, groups
from jobs.integrity.analysis import NONE, RECOMMEND, REVIEW, Analysis, Rules
from jobs.integrity.curves import BANDWIDTH
from jobs.integrity.people import BACKWARDS
from jobs.integrity.screen import Progress
from worker.commands.files import write_csv, write_whole
from worker.deliver.acts import act_files
from worker.deliver.overview import overview
from worker.site import RESOURCES

MOST_ACTS = 100  # more than a commission reads; the other groups are counted
CLAUSE = "9-11"
FIRST_LANGUAGES = ("kk", "ru")  # of a commission of Kazakhstan
FINDINGS = ("act.html", "key.csv", "method.json")
TEMPLATES = RESOURCES / "templates"

_KEY = ("act", "label", "code", "participant")

Facts = dict[str, Any]


@dataclass(frozen=True)
class Origin:
    """The files that were read, the rules they were read by, and the engine that compared them."""

    sheets: Path
    key: Path
    rules: Rules
    engine: str

    @property
    def hashes(self) -> dict[str, str]:
        return {"sheets": _sha256(self.sheets), "key": _sha256(self.key)}

    @property
    def program(self) -> str:
        return f"baiqau {version('baiqau')}"


@dataclass(frozen=True)
class Findings:
    """How many acts there are, the files and the folder of acts, and sentences worth reading."""

    acts: int
    files: tuple[Path, ...]
    notes: tuple[str, ...]


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def write_findings(
    out: Path, analysis: Analysis, origin: Origin, language: str, notes: Sequence[str], progress: Progress
) -> Findings:
    """acts/01/act.kk.html …, key.csv (mode 0600), method.json and, last, act.html in `out`, which has been cleared.

    Everything follows from the input files and options alone: the same run again writes the same bytes. Raises
    ActFault, WordsFault or TypesetError where the installed templates are broken.
    """
    found = groups(analysis)
    written = found[:MOST_ACTS]
    languages = tuple(dict.fromkeys((language, *FIRST_LANGUAGES)))
    owners = _write_acts(out, _acts(analysis, written, origin), languages, progress)
    files = [_write_json(out / "method.json", method(analysis, origin, notes))]
    if owners:
        files = [out / "acts", _write_key(out, owners), *files]
    page = overview(_overview(analysis, found, origin, notes, languages), TEMPLATES, language)
    write_whole(out / "act.html", page)
    return Findings(len(written), (out / "act.html", *files), tuple(_told(out, len(found), len(written))))


def _told(out: Path, found: int, written: int) -> Iterator[str]:
    if written:
        yield f"{out / 'key.csv'} tells whose codes stand in the acts: keep it apart from them."
    if found > written:
        yield f"Groups without an act: {found - written}; the {written} strongest have one."


# --- acts ---


def clear_findings(out: Path) -> None:
    """Only what an earlier run wrote: an act of other data beside new tables would mislead."""
    for name in FINDINGS:
        (out / name).unlink(missing_ok=True)
    acts = out / "acts"
    for folder in acts.glob("[0-9][0-9]*"):
        for file in folder.glob("act.*"):
            file.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
    if acts.is_dir() and not any(acts.iterdir()):
        acts.rmdir()


def _number(place: int) -> str:
    return f"{place + 1:02d}"


def _acts(analysis: Analysis, written: Sequence[Group], origin: Origin) -> list[Facts]:
    """The facts of every act, people still by their ids."""
    named = {
        "contest": None,
        "stage": None,
        "date": None,
        "organisation": None,
        "source": origin.sheets.name,
        "clause": CLAUSE,
        "above": origin.rules.alike,
        "hashes": {"data": origin.hashes["sheets"], "code": origin.program},
    }
    told = facts(analysis, written)
    return [each | named | {"number": _number(at)} for at, each in enumerate(told)]


def _write_acts(
    out: Path, acts: Sequence[Facts], languages: Sequence[str], progress: Progress
) -> list[tuple[str, ...]]:
    """Every act in every language; gives the rows of the key."""
    codes: dict[str, str] = {}
    owners: list[tuple[str, ...]] = []
    for done, told in enumerate(acts, 1):
        people = told["people"]
        told["people"] = [person | {"code": _code(codes, person["code"])} for person in people]
        owners += [
            (told["number"], person["label"], codes[person["code"]], person["code"]) for person in people
        ]
        folder = out / "acts" / told["number"]
        folder.mkdir(parents=True, exist_ok=True)
        for language in languages:
            for name, content in act_files(told, TEMPLATES, language).items():
                write_whole(folder / name, content)
        progress(done, len(acts))
    return owners


def _code(codes: dict[str, str], participant: str) -> str:
    """One for each participant in whatever act, by the order in which they come up: it says nothing else."""
    return codes.setdefault(participant, f"P-{len(codes) + 1:04d}")


def _write_key(out: Path, owners: Sequence[tuple[str, ...]]) -> Path:
    table = pl.DataFrame(owners, schema=dict.fromkeys(_KEY, pl.String()), orient="row")
    return write_csv(table, out / "key.csv", private=True)


# --- the page that opens first ---


def _overview(
    analysis: Analysis, found: Sequence[Group], origin: Origin, notes: Sequence[str], languages: Sequence[str]
) -> Facts:
    forms = [compare.comparable(form) for form in analysis.forms.forms]
    return {
        "source": origin.sheets.name,
        "above": origin.rules.alike,
        "sheets": analysis.people.height,
        "left_out": analysis.forms.left_out.height,
        "by_school": analysis.by_school,
        "compared": analysis.compared,
        "others": analysis.others,
        "forms": [
            {
                "name": each.form.name,
                "items": each.items,
                "sheets": len(each.form.codes),
                "enough": len(each.chosen),
                "telling": each.telling,
            }
            for each in forms
        ],
        "found": _found(analysis, found),
        "signs": _signs(analysis.people),
        "alpha": compare.NULL_TOLD,
        "null": _bands(analysis.null),
        "groups": [
            _line(analysis, group, _number(at), languages) for at, group in enumerate(found[:MOST_ACTS])
        ],
        "left": max(0, len(found) - MOST_ACTS),
        "notes": list(notes),
        "hashes": origin.hashes | {"code": origin.program},
    }


def _found(analysis: Analysis, found: Iterable[Group]) -> Facts:
    """Groups and pairs of each level; `naive`: what only the share of clause 9.3 notes."""
    kinds = [group.level if group.kind == "statistics" else "naive" for group in found]
    similar = pl.col("naive") & (pl.col("same_school") | (not analysis.by_school))
    pairs = {level: pl.col("level") == level for level in (RECOMMEND, REVIEW)}
    pairs["naive"] = (pl.col("level") == NONE) & similar
    counts = analysis.pairs.select(**{name: holds.sum() for name, holds in pairs.items()}).row(0, named=True)
    return {name: {"groups": kinds.count(name), "pairs": count} for name, count in counts.items()}


def _signs(people: pl.DataFrame) -> list[Facts]:
    """How many people have each sign that the rules name."""
    flags = people["flags"].str.split(" ").explode().drop_nulls().value_counts(name="people").sort("flags")
    named = flags.filter(pl.col("flags").str.contains(":") | (pl.col("flags") == BACKWARDS))
    signs = (
        (*(flag if ":" in flag else f"9.4:{flag}").split(":"), count) for flag, count in named.iter_rows()
    )
    return [{"clause": clause, "code": code, "people": count} for clause, code, count in sorted(signs)]


def _bands(null: pl.DataFrame) -> list[Facts]:
    """All forms together: pairs of different regions in each tenth of the scores, how many seemed rare, and by how much
    the strictest form was raised."""
    bands = null.filter(pl.col("level") == compare.NULL_TOLD).group_by("stratum")
    rows = bands.agg(pl.col("pairs", "observed").sum(), pl.col("raised_by").max())
    return rows.rename({"stratum": "band"}).sort("band").to_dicts()


def _line(analysis: Analysis, group: Group, act: str, languages: Sequence[str]) -> Facts:
    pair = group.pairs.row(0, named=True)
    members = analysis.people.filter(pl.col("participant").is_in(group.members))
    strongest = {name: pair[name] for name in ("identical", "compared", "eeic", "expected_honest")}
    return strongest | {
        "act": act,
        "kind": group.kind,
        "level": group.level,
        "people": len(group.members),
        "schools": members["school_id"].drop_nulls().n_unique(),
        "form": pair["form"],
        "languages": languages,
    }


# --- how it was computed ---


def method(analysis: Analysis, origin: Origin, notes: Sequence[str]) -> Facts:
    """Enough to compute it again: nothing of the machine and no time of day."""
    rules = origin.rules
    return {
        "program": origin.program,
        "inputs": {
            name: {"file": path.name, "sha256": origin.hashes[name]}
            for name, path in (("sheets", origin.sheets), ("key", origin.key))
        },
        "rules": {
            "shortest_minutes": rules.shortest,
            "seconds_per_item": rules.seconds_per_item,
            "accurate_above": str(rules.accurate),
            "alike_above": str(rules.alike),
            "misfitting_share": str(rules.misfitting),
        },
        "thresholds": {
            "answered_at_least": "1/2",
            "recommended_m4_adjusted_at_most": thresholds.ALPHA,
            "recommended_identical_errors_at_least": thresholds.COMMON_ERRORS,
            "review_q_at_most": thresholds.FALSE_SHARE,
            "sheets_of_a_form_at_least": compare.SMALLEST,
            "null_levels": list(compare.NULL_LEVELS),
            "null_sheets_at_most": compare.NULL_SHEETS,
            "null_pairs_expected_at_least": compare.NULL_LEAST,
        },
        "curves": {"kernel": "Gaussian over the score", "bandwidth_of_items": BANDWIDTH},
        "indices": ["M4 (Maynes 2014)", "GBT (van der Linden & Sotaridona 2006)"],
        "engine": _engine(origin.engine),
        "families": {
            "by_school": analysis.by_school,
            "confirmatory_pairs": analysis.compared,
            "exploratory_pairs": analysis.others,
        },
        "forms": {
            form.name: {"items": form.size, "letters": "".join(form.letters), "sheets": len(form.codes)}
            for form in analysis.forms.forms
        },
        "notes": list(notes),
    }


def _engine(asked: str) -> str:
    """The one that was taken; every engine gives the same bits."""
    return ("numba" if find_spec("numba") else "numpy") if asked == "auto" else asked


def _write_json(path: Path, value: Mapping[str, Any]) -> Path:
    return write_whole(path, (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode())
