"""Which Centre and mentors are proposed to a participant (regulation 003, clause 3.1: by residence or study)."""

import polars as pl

from jobs.binding import Standing
from jobs.verdicts import IN, UNDECIDED, Case, Decisions, judge, words

KINDS = ("study", "residence", "region")
"""What a Centre may have in common with a participant, the nearest first."""

_NAMED = 20


def proposal(entries: pl.DataFrame, *, centres: Standing, staff: Standing) -> Decisions:
    """Undecided: whoever has not chosen a Centre, and for whom there is none in the region. In: everybody else.

    Evidence `proposals`: to whoever has not chosen a Centre or a mentor, those of the place of study, else of the place
    of residence, else of the region (`by`).
    """
    offered = _joined(entries, _offers(centres, staff))
    open_ = pl.col("centre").is_null() | pl.col("mentor").is_null()
    none = pl.col("centre").is_null() & pl.col("by").is_null()
    told = {name: pl.col(name) for name in ("by", "centres", "mentors")}
    proposed = words("centre-proposed", "by {by}: Centres {centres}; mentors {mentors}", **told)
    nowhere = words("no-centre", "no Centre works where the participant lives or studies")
    decided = judge(
        offered,
        Case(none, UNDECIDED, nowhere),
        Case(open_ & pl.col("by").is_not_null(), IN, proposed),
        otherwise=words("centre-chosen", "Centre {centre}", centre=pl.col("centre")),
    )
    proposals = offered.filter(open_).select("entry", "by", "centres", "mentors").sort("entry")
    return Decisions(decided, None, {"proposals": proposals})


def _offers(centres: pl.DataFrame, staff: pl.DataFrame) -> pl.DataFrame:
    """`kind`, `place`, `centres` and `mentors` (each named, up to twenty) of every place that Centres serve."""
    working = centres.filter(pl.col("organisation_kind").cast(pl.String) == "centre")
    places = pl.concat(
        [
            working.select("centre", kind=pl.lit("study"), place=pl.col("studies").str.split(";")).explode("place"),
            working.select("centre", kind=pl.lit("residence"), place="residence"),
            working.select("centre", kind=pl.lit("region"), place="region"),
        ]
    ).with_columns(place=_plain("place"))  # fmt: skip
    mentors = staff.filter(pl.col("role").cast(pl.String) == "mentor").select("centre", "person")
    served = places.drop_nulls("place").join(mentors, on="centre", how="left")
    return served.group_by("kind", "place").agg(centres=_several("centre"), mentors=_several("person"))


def _several(column: str) -> pl.Expr:
    return pl.col(column).drop_nulls().unique().sort().head(_NAMED).str.join(", ")


def _plain(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().str.to_lowercase()


def _joined(entries: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """Each entry with what is nearest."""
    seen = entries.select("entry", "centre", "mentor", *(_plain(kind) for kind in KINDS))
    for kind in KINDS:
        of_kind = offers.filter(pl.col("kind") == kind).select(
            pl.col("place").alias(kind),
            pl.lit(kind).alias(f"by:{kind}"),
            *(pl.col(name).alias(f"{name}:{kind}") for name in ("centres", "mentors")),
        )
        seen = seen.join(of_kind, on=kind, how="left", maintain_order="left")
    return seen.select(
        "entry",
        "centre",
        "mentor",
        *(
            pl.coalesce(f"{name}:{kind}" for kind in KINDS).alias(name)
            for name in ("by", "centres", "mentors")
        ),
    )
