"""Marks that a commission changed: applied, and what they change shown to people before it counts (order 99, annex 2,
clauses 9 and 24-26; annex 3, clauses 17-18). See `jobs.pipeline` for how the change is confirmed."""

import polars as pl

from jobs.binding import Kept, Standing, Twice
from jobs.equals import ranked
from jobs.errors import BaiqauError
from jobs.verdicts import IN, OUT, UNDECIDED, Case, Decisions, group_of, judge, no_verdicts, words

CONFIRM, KEEP = "confirm", "keep"
"""What people say of the changed marks of a group: they count, or the old ones stay."""

RESCORED = "rescored"
"""The code of the verdict on an entry whose mark was changed."""

MARKS = "marks"
"""The evidence with everybody's points and place before and after."""


class RescoreFault(BaiqauError):
    """A changed mark cannot be put where it belongs."""


def rescore(
    entries: pl.DataFrame,
    *,
    rescores: pl.DataFrame,
    points: str,
    kept: Kept,
    person: str = "participant",
    nomination: str | None = None,
    stage: str | None = None,
    appeals: Standing | None = None,
) -> Decisions:
    """The column `points` with the marks of `rescores` in place of the old ones, but for the groups in `kept`.

    A row of `rescores` belongs to the entry that has its `participant` in the column `person` and, where it names one,
    its `nomination` in the column `nomination`; rows of another `stage` are left alone. `appeals`, a stage over appeals
    with the columns participant and nomination, tells whose mark was changed on a granted appeal.

    Verdicts are for the entries whose mark was changed. Evidence `marks`: `entry`, `group`, points `before` and
    `after`, `rank_before` and `rank_after`, `ground`, `decided_by`, `appealed`; none where nothing was changed. Where
    the stage was published before, `kept` says by which marks, and `before` are those.

    Raises RescoreFault for a changed mark of nobody, of several entries, or of no stage, that it may not get lost; and
    for a granted appeal of which no mark has come: decided without it, the stage would be closed when it comes.
    """
    changed, granted = _of_stage(rescores, stage), _granted(appeals)
    everybody = entries.lazy().select(
        "entry", who=pl.col(person), what=_or_null(nomination), old=pl.col(points).cast(pl.String)
    )
    if granted.height:
        _refuse_unmarked(everybody, changed, granted)
    if changed.height == 0 and not kept.published:  # as in most stages
        return Decisions(no_verdicts())
    named = everybody.collect()
    told = _placed(named, changed, granted)
    group = group_of(entries)
    marked = entries.select("entry", group).join(told, on="entry", how="left", maintain_order="left")
    stays = (
        pl.lit(value=True) if kept.every else pl.col("group").is_in(list(kept.groups)).fill_null(value=False)
    )
    known = named.select("entry", "old").join(marked, on="entry", how="left", maintain_order="left")
    judged = known.with_columns(after=pl.coalesce("new", "old"), stood=_stood(kept), stays=stays)
    judged = judged.with_columns(given=pl.when("stays").then("stood").otherwise("after"))
    touched = judged.filter(pl.col("new").is_not_null() | pl.col("given").ne_missing(pl.col("old")))
    return Decisions(
        _said(touched), judged.select("entry", pl.col("given").alias(points)), {MARKS: _marks(judged)}
    )


def _stood(kept: Kept) -> pl.Expr:
    """The mark that counts as long as nobody confirms another: the published one, else the first."""
    public = kept.published or {}
    return pl.coalesce(pl.col("entry").replace_strict(public, default=None, return_dtype=pl.String), "old")


def _or_null(column: str | None) -> pl.Expr:
    return pl.col(column).cast(pl.String) if column is not None else pl.lit(None, pl.String)


def _of_stage(rescores: pl.DataFrame, stage: str | None) -> pl.DataFrame:
    if stage is None:
        return rescores
    silent = rescores["stage"].null_count()
    if silent:
        raise RescoreFault(
            f"rescores: {silent} changed marks do not say of which stage; write it in the column stage."
        )
    return rescores.filter(pl.col("stage").cast(pl.String) == stage)


def _granted(appeals: pl.DataFrame | None) -> pl.DataFrame:
    """Of each granted appeal `who` made it and what it is `about`."""
    if appeals is None:
        return pl.DataFrame(schema={"who": pl.String, "about": pl.String})
    return appeals.select(who="participant", about=pl.col("nomination").str.to_lowercase()).unique()


def _refuse_unmarked(named: pl.LazyFrame, changed: pl.DataFrame, granted: pl.DataFrame) -> None:
    marks = changed.select(who="participant", wanted=pl.col("nomination").str.to_lowercase())
    own = named.join(granted.lazy(), on="who", how="semi").collect()
    here = granted.join(own.select("who", what=pl.col("what").str.to_lowercase()), on="who")
    heard = here.filter((pl.col("about") == pl.col("what")).fill_null(value=True))
    marked = heard.join(marks, on="who").filter((pl.col("wanted") == pl.col("about")).fill_null(value=True))
    waiting = heard.join(marked, on=["who", "about"], how="anti", nulls_equal=True).unique(["who", "about"])
    if waiting.height:
        raise RescoreFault(
            f"rescores: {waiting.height} appeals were granted and no mark came of them; send each whole new score, "
            "or the old one where it stays."
        )


def _placed(named: pl.DataFrame, rescores: pl.DataFrame, granted: pl.DataFrame) -> pl.DataFrame:
    """`entry` and its `new` points, `ground`, `decided_by`, `appealed`."""
    marks = rescores.select(
        who="participant", wanted="nomination", new="new_score", ground="ground", decided_by="decided_by"
    ).with_row_index("row")
    found = marks.join(named.select("entry", "who", "what"), on="who", how="inner", maintain_order="left")
    same = pl.col("wanted").is_null() | (
        pl.col("wanted").str.to_lowercase() == pl.col("what").str.to_lowercase()
    )
    fitting = found.filter(same.fill_null(value=False))
    _refuse_lost(marks, fitting)
    return _appealed(fitting, granted).select("entry", "new", "ground", "decided_by", "appealed")


def _refuse_lost(marks: pl.DataFrame, fitting: pl.DataFrame) -> None:
    lost = marks.join(fitting, on="row", how="anti").height
    if lost:
        raise RescoreFault(
            f"rescores: {lost} changed marks are of nobody here; correct participant and nomination."
        )
    if fitting["row"].is_duplicated().any() or fitting["entry"].is_duplicated().any():
        raise RescoreFault(
            "rescores: a changed mark fits several entries, or two fit one; write the nomination."
        )


def _appealed(fitting: pl.DataFrame, granted: pl.DataFrame) -> pl.DataFrame:
    """Whether an appeal of this person, in this nomination where it names one, was granted."""
    own = fitting.join(granted, on="who", how="left", maintain_order="left").with_columns(
        appealed=pl.col("who").is_in(granted["who"].implode())
        & (
            pl.col("about").is_null()
            | pl.col("what").is_null()
            | (pl.col("about") == pl.col("what").str.to_lowercase())
        )
    )
    return own.group_by("entry", maintain_order=True).agg(
        pl.col("new", "ground", "decided_by").first(), pl.col("appealed").any()
    )


def _said(touched: pl.DataFrame) -> pl.DataFrame:
    refused = {"before": pl.col("stood"), "after": pl.col("after")}
    stays = words("mark-kept", "the mark {before} stays; {after} was not confirmed", **refused)
    figures = {"before": pl.col("old"), "after": pl.col("given")}
    changed = words("rescored", "the mark {before} was changed to {after}", **figures)
    confirmed_before = (pl.col("stood") != pl.col("old")) & pl.col("stood").eq_missing(pl.col("after"))
    refuses = pl.col("stays") & ~confirmed_before.fill_null(value=False)
    return judge(touched, Case(refuses, IN, stays), otherwise=changed)


def _marks(judged: pl.DataFrame) -> pl.DataFrame:
    before = ranked(judged, "stood").select("entry", rank_before="rank")
    after = ranked(judged, "after").select(rank_after="rank")
    told = judged.select("group", "ground", "decided_by", "appealed", "after", before="stood")
    return pl.concat([before, after, told], how="horizontal")


# --- what changes for whom ---


def changes(
    marks: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, *, public: bool = False
) -> pl.DataFrame:
    """What the changed marks do in each group where a place or an outcome changes: a row an entry of which anything
    changes, with the columns of `marks`, `outcome_before` and `outcome_after`. Of what is `public` already, in each
    group where a mark changes: nothing that was published is corrected unasked.

    `before` and `after`: `entry` and its `outcome`, the award where there is one; whoever is not there is out.
    """
    told = marks
    for name, outcomes in (("outcome_before", before), ("outcome_after", after)):
        named = outcomes.select("entry", pl.col("outcome").alias(name))
        told = told.join(named, on="entry", how="left", maintain_order="left")
    told = told.with_columns(pl.col("outcome_before", "outcome_after").fill_null(OUT))
    moves = _differ("rank") | _differ("outcome")
    mark = pl.col("before").ne_missing(pl.col("after"))
    concerned = (mark if public else moves).any().over("group")
    return told.filter(concerned & (moves | mark)).sort("group", "rank_after", "entry", nulls_last=True)


def _differ(name: str) -> pl.Expr:
    return pl.col(f"{name}_before").ne_missing(pl.col(f"{name}_after"))


def asked(changed: pl.DataFrame) -> pl.DataFrame:
    """The verdicts that ask people to confirm what `changes` found."""
    names = ("before", "after", "rank_before", "rank_after", "outcome_before", "outcome_after")
    figures = {"people": pl.col("entry"), **{name: pl.col(name) for name in names}}
    own = {"ground": pl.col("ground"), "decided_by": pl.col("decided_by"), "appealed": pl.col("appealed")}
    return judge(
        changed,
        Case(pl.col("ground").is_not_null(), UNDECIDED, words("mark-changed", _MARK, **figures, **own)),
        Case(
            pl.col("before").ne_missing(pl.col("after")),
            UNDECIDED,
            words("mark-withdrawn", _WITHDRAWN, **figures),
        ),
        Case(pl.lit(value=True), UNDECIDED, words("place-changed", _PLACE, **figures)),
        otherwise=words("place-changed", _PLACE, **figures),
    )


_PLACE = "({people}): {after} points as before, place {rank_before} → {rank_after}, {outcome_before} → {outcome_after}"
_WITHDRAWN = (
    "({people}): the changed mark {before} was withdrawn, {after} points again, place {rank_before} → {rank_after}, "
    "{outcome_before} → {outcome_after}"
)
_MARK = (
    "({people}): {before} → {after} points, place {rank_before} → {rank_after}, {outcome_before} → {outcome_after}; "
    "{ground} ({decided_by})"
)

CONFIRMED = Twice(MARKS, changes, asked, CONFIRM, KEEP)
"""A stage with changed marks is decided with the old and with the new ones."""
