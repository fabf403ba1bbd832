"""What stands beside a record of the journal, by its direction (regulation 003, clause 3.1)."""

import polars as pl

from jobs.binding import Lookup
from jobs.cells import holds
from jobs.errors import ParameterFault
from jobs.verdicts import OUT, Case, Decisions, judge, words


def attached(
    entries: pl.DataFrame,
    *,
    column: str,
    of: Lookup,
) -> Decisions:
    """Out: an entry that lacks something of what the table `of` wants of it: "report + photo | video" is a
    report, and a photo or a video. A name is a word of `column`, or a column of the entries that is filled.

    Undecided: the table says nothing of the entry.
    """
    kind = pl.col(of.column).cast(pl.String)
    lacking = pl.lit(None, pl.String)
    for name, wanted in of.values.items():
        lacking = pl.when(kind == name).then(_lacking(wanted, pl.col(column), entries)).otherwise(lacking)
    told = entries.select("entry", kind=kind, lacking=lacking)
    decided = judge(
        told,
        Case(
            pl.col("lacking").is_null(),
            "undecided",
            words("evidence-not-set", "{kind}: what has to be attached is not set", kind=pl.col("kind")),
        ),
        Case(
            pl.col("lacking") != "",
            OUT,
            words("evidence-missing", "{kind}: {lacking} missing", kind=pl.col("kind"), lacking=pl.col("lacking")),
        ),
        otherwise=words("evidence-complete", "{kind}: everything is attached", kind=pl.col("kind")),
    )  # fmt: skip
    return Decisions(decided)


def _lacking(wanted: str, cell: pl.Expr, entries: pl.DataFrame) -> pl.Expr:
    """Of what is wanted what is not there, by name."""
    groups = [[each.strip() for each in group.split("|")] for group in wanted.split("+")]
    if not all(all(group) for group in groups):
        raise ParameterFault(f'attached.of: {wanted!r} is no list such as "report + photo | video".')
    missing = [
        pl.when(~pl.any_horizontal(*(_there(each, cell, entries) for each in group))).then(
            pl.lit(" / ".join(group))
        )
        for group in groups
    ]
    return pl.concat_str(missing, separator=", ", ignore_nulls=True)


def _there(name: str, cell: pl.Expr, entries: pl.DataFrame) -> pl.Expr:
    if name in entries.columns:
        return pl.col(name).is_not_null()
    return holds(cell, name)
