"""Jurors who may not judge: own pupils among the participants, a seat on the jury of an earlier stage.

Order 99: annex 2, clause 7 (jurors of earlier stages; teachers whose pupils take part); annex 4, clause 14.
"""

import polars as pl

from jobs.errors import ParameterFault
from jobs.juries import like_teachers, own_pupils
from jobs.names import folded_name
from jobs.spellings import spelled_otherwise
from jobs.verdicts import UNDECIDED, Case, Decisions, judge, words


def conflict(
    entries: pl.DataFrame,
    *,
    people: pl.DataFrame,
    teacher: str = "teacher",
    jurors: pl.DataFrame | None = None,
    earlier: list[str] | None = None,
) -> Decisions:
    """Undecided: a juror whose own pupils are among the `people` who take part, by the juror's `teaches` or by the name
    in their column `teacher`, also where it is written with initials or in another script; and one who, by id or by a
    name that may be written otherwise too, sat on the jury of one of the stages `earlier`, of which the feed `jurors`
    tells. A name is a sign, no proof,
    and who takes the seat instead is for people to say in any case.

    Evidence: `conflicts`, a row a juror and sign.
    """
    if (jurors is None) != (earlier is None):
        raise ParameterFault("conflict takes the keys `jurors` and `earlier` together or not at all.")
    pupils = _pupils(entries, people, teacher)
    seats = _seats(entries, jurors, earlier or [])
    told = entries.select("entry").join(pupils, on="entry", how="left", maintain_order="left")
    told = told.join(seats, on="entry", how="left", maintain_order="left")
    told = told.with_columns(pl.col("likely").fill_null(value=False))
    signs = pl.concat(
        [
            pupils.select("entry", sign=pl.col("sign"), what=pl.col("pupils").cast(pl.String)),
            seats.select("entry", sign=_SEAT, what=pl.col("stages")),
        ]
    )
    return Decisions(judge(told, *_CASES, otherwise=_NONE), None, {"conflicts": signs.sort("entry", "sign")})


def _pupils(jurors: pl.DataFrame, people: pl.DataFrame, teacher: str) -> pl.DataFrame:
    """`entry` of the juror, `sign`, how many `pupils`."""
    if "entry" not in people.columns:
        people = people.with_row_index("entry").with_columns(pl.col("entry").cast(pl.String))
    bench = jurors.with_columns(juror=pl.col("entry"))
    known = teacher if teacher in people.columns else None
    own = own_pupils(bench, people, known)
    likely = like_teachers(bench, people, known, own).select("entry", "juror", sign=pl.lit("likely"))
    # In the alphabet backwards `teaches` stands before `namesake` and `namesake` before `likely`: the surest tells it.
    told = pl.concat([own, likely]).group_by(pl.col("juror").alias("entry"), "sign")
    counted = told.agg(pupils=pl.col("entry").n_unique().cast(pl.Int64))
    return counted.sort("entry", "sign", descending=[False, True]).unique(
        "entry", keep="first", maintain_order=True
    )


def _seats(entries: pl.DataFrame, jurors: pl.DataFrame | None, earlier: list[str]) -> pl.DataFrame:
    """`entry` of the juror, the earlier `stages` on whose jury the juror sat, and whether that is only `likely`: known
    by a name alone that is written otherwise. Whoever sat on one of them for sure is asked about for those alone."""
    if jurors is None:
        return pl.DataFrame(schema={"entry": pl.String, "stages": pl.String, "likely": pl.Boolean})
    before = jurors.filter(pl.col("stage").cast(pl.String).is_in(earlier))
    now = entries.select("entry", "juror", folded=folded_name(pl.col("name")))
    then = before.select("juror", "name", pl.col("stage").cast(pl.String), folded=folded_name(pl.col("name")))
    by_id = now.join(then, on="juror").select("entry", "stage")
    by_name = now.drop_nulls("folded").join(then.drop_nulls("folded"), on="folded").select("entry", "stage")
    sure = pl.concat([by_id, by_name]).with_columns(likely=pl.lit(value=False))
    alike = spelled_otherwise(now["folded"], then["name"]).rename({"name": "folded", "cell": "name"})
    otherwise = now.join(alike, on="folded").join(then.drop("folded"), on="name").select("entry", "stage")
    unsure = otherwise.join(sure, on="entry", how="anti").with_columns(likely=pl.lit(value=True))
    both = pl.concat([sure, unsure]).unique().sort("entry", "stage")
    told = both.group_by("entry", maintain_order=True)
    return told.agg(stages=pl.col("stage").str.join(", "), likely=pl.col("likely").any())


_SEAT = pl.when("likely").then(pl.lit("likely-earlier-jury")).otherwise(pl.lit("earlier-jury"))
_PUPILS = {"pupils": pl.col("pupils")}
_CASES = (
    Case(
        pl.col("sign") == "teaches",
        UNDECIDED,
        words("own-pupil", "teaches {pupils} of the participants", **_PUPILS),
    ),
    Case(
        pl.col("sign") == "namesake",
        UNDECIDED,
        words(
            "namesake-of-teacher", "has the name of the teacher of {pupils} of the participants", **_PUPILS
        ),
    ),
    Case(
        pl.col("sign") == "likely",
        UNDECIDED,
        words("may-be-teacher-of", "may be the teacher of {pupils} of the participants", **_PUPILS),
    ),
    Case(
        pl.col("likely"),
        UNDECIDED,
        words(
            "may-be-of-earlier-jury",
            "may have been on the jury of an earlier stage ({stages}): a name there is written otherwise",
            stages=pl.col("stages"),
        ),
    ),
    Case(
        pl.col("stages").is_not_null(),
        UNDECIDED,
        words("earlier-jury", "was on the jury of an earlier stage ({stages})", stages=pl.col("stages")),
    ),
)
_NONE = words("no-conflict", "no own pupil among the participants and no seat on an earlier jury")
