"""`baiqau integrity`: any answer matrix and its key in; pairs, people, clusters, the measured null and acts out."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import new_class
from typing import cast, get_args

import dataframely as dy
import polars as pl
import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from jobs.feeds import keys, sheets
from jobs.feeds.contract import CODE, Feed, column
from jobs.feeds.sheets import item_seconds
from jobs.feeds.vocabulary import STAGES
from jobs.integrity.analysis import NONE, RECOMMEND, REVIEW, Analysis, Rules, analyse
from jobs.integrity.forms import IntegrityInputError, canonical_forms
from jobs.integrity.screen import EngineName, Progress
from worker.commands.files import FeedRows, read_feed, write_csv
from worker.commands.integrity_acts import FINDINGS, Findings, Origin, write_findings
from worker.deliver.words import LANGUAGES

PAIRS = (
    "a", "b", "variant", "same_school", "compared", "identical", "eic", "eeic", "expected", "m4_p", "gbt_p",
    "m4_adjusted", "level",
)  # fmt: skip
PEOPLE = ("participant", "variant", "score", "answered", "minutes", "flags", "gnormed", "u3", "ht")
TABLES = ("pairs.csv", "people.csv", "clusters.csv", "null.csv")
CLUSTERS = ("cluster", "size", "edges", "density", "largest_clique", "clique_exact", "members")

MOST_TOLD = 20  # reasons a file; the others are counted
ONLY_VARIANT = "1"  # of files that name no variant
ZONE = "UTC"  # of times without an offset: they are only compared with one another

_ALSO_HEADED: Mapping[str, tuple[str, ...]] = {
    "participant": ("id", "examinee", "student", "candidate"),
    "variant": ("form", "booklet"),
    "school_id": ("school", "мектеп", "школа", "centre", "center"),
}
_KEPT = ("variant", "answers", "school_id", "class", "region", "started_at", "finished_at")


@dataclass(frozen=True)
class IntegritySummary:
    """Counts for the screen, the files written, and sentences worth reading. `pairs_compared` are those of one school
    and form; `other_pairs` those of different schools; `acts`: groups that have one."""

    sheets: int
    left_out: int
    forms: int
    pairs_compared: int
    other_pairs: int
    review: int
    recommend: int
    clusters: int
    acts: int
    files: tuple[Path, ...]
    notes: tuple[str, ...]


def run_integrity(  # noqa: PLR0913 - one parameter an option of the command
    sheets_file: Path,
    key: Path,
    out: Path,
    *,
    all_pairs: bool = False,
    minutes: int = 30,
    seconds_per_item: int = 45,
    above: str = "90 %",
    threads: int | None = None,
    engine: str = "auto",
    lang: str = "kk",
) -> IntegritySummary:
    """Analyse the sheets; write into `out`, made if it is not there: act.html, which opens first, in `lang`; acts/NN
    for every group in kk, ru and `lang`; key.csv; pairs.csv, people.csv, clusters.csv, null.csv and method.json.

    `minutes`, `seconds_per_item` and `above` (a share such as "90 %" or "9/10") are the literal rules of clauses 6 and
    9; `threads`: all processors unless told. The same files and options write the same bytes. Raises FileFault or
    IntegrityInputError, one sentence each.
    """
    share = _share(above)
    rules = Rules(minutes, seconds_per_item, accurate=share, alike=share)
    _choice("--engine", engine, get_args(EngineName))
    _choice("--lang", lang, LANGUAGES)
    _keep_inputs(out, sheets_file, key)
    table = read_sheets(sheets_file)
    forms = canonical_forms(table, read_keys(key, stage_of(table)))
    with progress_bar("pairs") as progress:
        analysis = analyse(
            forms,
            rules,
            engine=cast(EngineName, engine),
            threads=threads or len(os.sched_getaffinity(0)),
            all_pairs=all_pairs,
            progress=progress,
        )
    pairs = analysis.pairs if all_pairs else _worth_reading(analysis.pairs)
    tables = write_tables(
        out, pairs=pairs, people=analysis.people, clusters=analysis.clusters, null=analysis.null
    )
    notes = (*_left_out(analysis.forms.left_out), *analysis.notes)
    origin = Origin(sheets_file, key, rules, engine)
    with progress_bar("acts") as progress:
        found = write_findings(out, analysis, origin, lang, notes, progress)
    return _summary(analysis, tables, found, notes)


def _choice(option: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        raise IntegrityInputError(f"{option} {given}: choose one of {', '.join(known)}.")


def _keep_inputs(out: Path, *given: Path) -> None:
    """A key of answers may well be called key.csv too."""
    written = {(out / name).resolve() for name in (*TABLES, *FINDINGS)}
    for path in given:
        if path.resolve() in written:
            raise IntegrityInputError(f"--out {out}: it would overwrite {path}; choose another folder.")


def _share(text: str) -> Fraction:
    """An exact share of the items."""
    bare = text.replace(" ", "")
    try:
        share = Fraction(bare.removesuffix("%")) / (100 if bare.endswith("%") else 1)
    except (ValueError, ZeroDivisionError) as fault:
        raise IntegrityInputError(f'--above {text}: write a share such as "90 %" or 9/10.') from fault
    if not 0 < share < 1:
        raise IntegrityInputError(f"--above {text}: it must lie between 0 and 100 %.")
    return share


def _worth_reading(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.filter((pl.col("level") != NONE) | pl.col("naive"))


def _summary(
    analysis: Analysis, tables: tuple[Path, ...], found: Findings, notes: tuple[str, ...]
) -> IntegritySummary:
    levels = analysis.pairs["level"]
    return IntegritySummary(
        sheets=analysis.people.height,
        left_out=analysis.forms.left_out.height,
        forms=len(analysis.forms.forms),
        pairs_compared=analysis.compared,
        other_pairs=analysis.others,
        review=int((levels == REVIEW).sum()),
        recommend=int((levels == RECOMMEND).sum()),
        clusters=analysis.clusters.height,
        acts=found.acts,
        files=(*found.files, *tables),
        notes=(*notes, *found.notes),
    )


def _left_out(sheets: pl.DataFrame) -> Iterator[str]:
    """A sentence a reason."""
    for why, count in sheets.group_by("why", maintain_order=True).len().sort("why").iter_rows():
        yield f"{count} {'sheet was' if count == 1 else 'sheets were'} left out: {why}."


def _of_anybody(feed: Feed, *needed: str) -> Feed:
    """The feed for tests of any organiser: ids as they are written, any stage or none, more headers."""
    headers = {
        name: (*feed.headers()[name][1:], *more)
        for name, more in _ALSO_HEADED.items()
        if name in feed.columns
    }
    headers["stage"] = feed.headers()["stage"][1:]
    own = {
        name: dy.String(
            nullable=feed.columns[name].nullable or name == "stage",
            **column(CODE, feed.description(name), *words),
        )
        for name, words in headers.items()
    }
    schema = new_class(f"Any{feed.schema.__name__}", (feed.schema,), {}, lambda body: body.update(own))
    return replace(feed, schema=schema, recognised_by=frozenset(needed))


_SHEETS = _of_anybody(sheets.FEED, "participant")
_KEYS = _of_anybody(keys.FEED, "item", "key")


# --- reading ---


def read_sheets(path: Path) -> pl.DataFrame:
    """A sheet a participant, as `jobs.integrity.forms.canonical_forms` takes them, and `stage` (null: not told).

    Any format of the intake; the file may lack stages and, where the test has one variant, variants. A row that
    cannot be read is told on standard error and left out; so is a second copy of a sheet. Raises FileFault where
    the file cannot be read, IntegrityInputError where it holds two sheets of one person, sheets of two stages or none.
    """
    rows = _once(path, _read(_SHEETS, path), ("participant",), "two different sheets of one participant")
    if rows.is_empty():
        raise IntegrityInputError(
            f"{path}: it holds no sheet that could be taken; correct what is told above."
        )
    if rows["stage"].drop_nulls().n_unique() > 1:
        raise IntegrityInputError(f"{path}: it holds sheets of several stages; give the sheets of one.")
    return rows.select("stage", *_KEPT, entry="participant", seconds=item_seconds(pl.col("seconds")))


def read_keys(path: Path, stage: str | None = None) -> pl.DataFrame:
    """A row an item of a variant: variant, item, key, item_id, options; of `stage` where both files tell it.

    Raises FileFault where the file cannot be read, IntegrityInputError where it says two things of one item, or has
    keys of several stages or of another one than the sheets.
    """
    rows = _once(path, _read(_KEYS, path), ("stage", "variant", "item"), "two different keys of one item")
    if stage is not None:
        rows = rows.filter(pl.col("stage").is_null() | (pl.col("stage") == stage))
    if rows.is_empty():
        of = f" for {stage}, the stage of the sheets" if stage else " that could be taken"
        raise IntegrityInputError(f"{path}: it holds no key{of}; give the right file.")
    if rows["stage"].drop_nulls().n_unique() > 1:
        raise IntegrityInputError(f"{path}: it holds keys of several stages; give the key of one.")
    return rows.select("variant", "item", "key", "item_id", "options")


def stage_of(table: pl.DataFrame) -> str | None:
    """The stage that sheets are of, where they tell it."""
    told = table["stage"].drop_nulls()
    return None if told.is_empty() else str(told[0])


def _read(feed: Feed, path: Path) -> pl.DataFrame:
    tell = _Reasons()
    read = read_feed(feed, path, zone=ZONE, assume={"variant": ONLY_VARIANT}, tell=tell)
    _tell_mended(path, read, tell.unsaid)
    names = {word: chosen for chosen, spelt in STAGES.items() for word in spelt}
    return read.rows.with_columns(pl.col("stage").str.to_lowercase().replace(names))


@dataclass
class _Reasons:
    """Says the first reasons on standard error and counts the others."""

    count: int = 0

    def __call__(self, sentence: str) -> None:
        self.count += 1
        if self.count <= MOST_TOLD:
            _warn(sentence)

    @property
    def unsaid(self) -> int:
        return max(self.count - MOST_TOLD, 0)


def _tell_mended(path: Path, read: FeedRows, unsaid: int) -> None:
    if unsaid:
        _warn(f"{path.name}: {unsaid} more reasons of the same kinds")
    for code, count in read.repairs.items():
        if code.startswith("variant-assumed"):
            _warn(f"{path.name}: it names no variant; all its rows are taken as variant {ONLY_VARIANT}")
        else:
            _warn(f"{path.name}: {code}: {count}")


def _warn(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _once(path: Path, rows: pl.DataFrame, key: Sequence[str], clash: str) -> pl.DataFrame:
    """One row a key; copies go, and rows that differ are refused by their lines."""
    facts = [name for name in rows.columns if name != "line"]
    distinct = rows.unique(facts, keep="first", maintain_order=True)
    clashing = distinct.group_by(key, maintain_order=True).agg("line").filter(pl.col("line").list.len() > 1)
    if clashing.height:
        first, second = clashing["line"][0][:2]
        more = f" ({clashing.height - 1} more such)" if clashing.height > 1 else ""
        raise IntegrityInputError(f"{path}, lines {first} and {second}: {clash}; leave the right one{more}.")
    if copies := rows.height - distinct.height:
        _warn(f"{path.name}: {copies} rows stand there twice, word for word; each is taken once")
    return distinct


# --- writing ---


def write_tables(
    out: Path, *, pairs: pl.DataFrame, people: pl.DataFrame, clusters: pl.DataFrame, null: pl.DataFrame
) -> tuple[Path, ...]:
    """pairs.csv, people.csv, clusters.csv and null.csv in `out`, which is made: the columns of the contract first,
    then what else the tables have. Yes and no are 1 and 0; what is not known is an empty cell."""
    out.mkdir(parents=True, exist_ok=True)
    tables = (_ordered(pairs, PAIRS), _ordered(people, PEOPLE), _ordered(clusters, CLUSTERS), null)
    named = zip(TABLES, tables, strict=True)
    return tuple(write_csv(_plain(table), out / name) for name, table in named)


def _ordered(table: pl.DataFrame, first: Sequence[str]) -> pl.DataFrame:
    return table.select(*first, *(name for name in table.columns if name not in first))


def _plain(table: pl.DataFrame) -> pl.DataFrame:
    kinds = table.schema.items()
    return table.with_columns(
        *(pl.col(name).cast(pl.Int8) for name, kind in kinds if kind == pl.Boolean),
        *(pl.col(name).fill_nan(None) for name, kind in kinds if kind.is_float()),
        *(pl.col(name).list.join(";") for name, kind in kinds if kind == pl.List(pl.String)),
    )


@contextmanager
def progress_bar(doing: str) -> Iterator[Progress]:
    """A bar on standard error, only where that is a terminal; to be told how much is done, and of how much."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    hidden = not console.is_terminal
    with Bar(*columns, console=console, transient=True, disable=hidden, redirect_stdout=False) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
