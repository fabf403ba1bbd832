"""Whether juries and commissions are made up as they shall be (order 99: annex 1, clauses 11-14; annex 2, clause 7:
odd, five at least; annex 3, clause 4: five scholars of a section; annex 4, clause 13: a chair)."""

import polars as pl

from jobs.juries import CHAIR, SECRETARY
from jobs.names import folded_name
from jobs.verdicts import UNDECIDED, Case, Decisions, group_of, judge, words


def composition(
    entries: pl.DataFrame, *, least: int, odd: bool, chair: bool, secretary: bool = False
) -> Decisions:
    """Of the jurors of each group (`per`: what a jury is of), undecided where they are fewer than `least` without the
    secretary, or `odd` is wanted and they are even, or there is not one `chair`, or no `secretary`, or one name stands
    there under two ids, each of which would mark and vote; everybody of the group is, because the body as a whole is
    asked about.

    Evidence: `composition`, a row a body.
    """
    group = group_of(entries)
    role = pl.col("role").cast(pl.String)
    named = {"juror", "name"} <= set(entries.columns)
    ids = pl.col("juror").n_unique().over("group", "folded") if named else pl.lit(1)
    folded = folded_name(pl.col("name")) if named else pl.lit(None, pl.String)
    known = entries.with_columns(group, folded=folded)
    again = (pl.col("folded").is_not_null() & (ids > 1)).alias("again")
    bodies = _bodies(known.select("group", again, role=role)).with_columns(least=pl.lit(least, pl.Int64))
    members, chairs = pl.col("members"), pl.col("chairs")
    wrong = [
        Case(members < least, UNDECIDED, _FEW),
        Case(pl.lit(odd) & (members % 2 == 0), UNDECIDED, _EVEN),
        Case(pl.lit(chair) & (chairs == 0), UNDECIDED, _NO_CHAIR),
        Case(pl.lit(chair) & (chairs > 1), UNDECIDED, _CHAIRS),
        Case(pl.lit(secretary) & (pl.col("secretaries") == 0), UNDECIDED, _NO_SECRETARY),
        Case(pl.col("again") > 0, UNDECIDED, _AGAIN),
    ]
    decided = judge(bodies.with_columns(entry="group"), *wrong, otherwise=_COMPOSED)
    listed = bodies.select("group", "members", "chairs", "secretaries", code=decided["code"])
    return Decisions(
        _of_everybody(known, decided), None, {"composition": listed.sort("group", nulls_last=True)}
    )


def _bodies(jurors: pl.DataFrame) -> pl.DataFrame:
    """A row a group: how many sit there as what, and under one name `again`."""
    role = pl.col("role")
    return jurors.group_by("group", maintain_order=True).agg(
        again=pl.col("again").sum().cast(pl.Int64),
        members=(role != SECRETARY).sum().cast(pl.Int64),
        chairs=(role == CHAIR).sum().cast(pl.Int64),
        secretaries=(role == SECRETARY).sum().cast(pl.Int64),
    )


def _of_everybody(jurors: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """What was decided of each body, of each who sits there: a body is worded once."""
    told = decided.rename({"entry": "group"})
    seats = jurors.select("entry", "group")
    return seats.join(told, on="group", how="left", nulls_equal=True, maintain_order="left").drop("group")


_MEMBERS = {"members": pl.col("members")}
_FEW = words(
    "too-few-members", "{members} members; {least} at least are needed", **_MEMBERS, least=pl.col("least")
)
_EVEN = words("even-members", "{members} members, an even number; it must be odd", **_MEMBERS)
_NO_CHAIR = words("no-chair", "none of {members} members is the chair", **_MEMBERS)
_CHAIRS = words("several-chairs", "{chairs} chairs; one is needed", chairs=pl.col("chairs"))
_NO_SECRETARY = words("no-secretary", "there is no secretary beside {members} members", **_MEMBERS)
_AGAIN = words("member-twice", "one name under different ids on {again} seats", again=pl.col("again"))
_COMPOSED = words("composed", "{members} members, as the rules want them", **_MEMBERS)
