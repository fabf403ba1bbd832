"""Who sits on juries and how they vote (order 99) as somebody would write it in plain polars."""

from collections.abc import Mapping
from fractions import Fraction

import polars as pl
from bare_names import folded, like_teachers, of_one_name, own_pupils
from bare_told import Bare, Given, Says, Tables, otherwise, told


def composition(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    """The bodies are counted, then every member is told."""
    role, least = pl.col("role").cast(pl.String), given["least"]
    named = entries.with_columns(
        seat=role, name=folded(pl.col("name")) if "name" in entries.columns else pl.lit(None, pl.String)
    )
    people = named.drop_nulls("name").group_by("group", "name").agg(
        ids=pl.col("juror").n_unique(), seats=pl.len()
    )  # fmt: skip
    doubles = people.filter(pl.col("ids") > 1).group_by("group").agg(pl.col("seats").sum())
    bodies = named.group_by("group").agg(
        members=(pl.col("seat") != "secretary").sum(),
        chairs=(pl.col("seat") == "chair").sum(),
        secretaries=(pl.col("seat") == "secretary").sum(),
    )
    told_of = bodies.join(doubles, on="group", how="left", nulls_equal=True)
    seen = entries.select("entry", "group").join(
        told_of, on="group", how="left", nulls_equal=True, maintain_order="left"
    )
    members, chairs = pl.col("members"), pl.col("chairs")
    figures = {"members": members}
    cases = [Says(members < least, "undecided", "too-few-members", "{} are too few", figures)]
    if given["odd"]:
        cases.append(Says(members % 2 == 0, "undecided", "even-members", "{} are even", figures))
    if given["chair"]:
        cases.append(Says(chairs == 0, "undecided", "no-chair", "none of {} is the chair", figures))
        cases.append(Says(chairs > 1, "undecided", "several-chairs", "{} chairs", {"chairs": chairs}))
    if given.get("secretary"):
        cases.append(Says(pl.col("secretaries") == 0, "undecided", "no-secretary", "none beside {}", figures))
    again = {"again": pl.col("seats")}
    cases.append(Says(pl.col("seats") > 0, "undecided", "member-twice", "one name on {} seats", again))
    return told(seen, *cases, otherwise("{} members", **figures))


def conflict(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """Own pupils by the jury's list, by a name, by one that is written otherwise; and a seat on an earlier jury."""
    people = tables["people"].with_row_index("pupil")
    teacher = given.get("teacher", "teacher") if given.get("teacher", "teacher") in people.columns else None
    jurors = entries.select("name", "teaches", juror="entry")
    own = own_pupils(jurors, people, teacher)
    like = like_teachers(jurors, people, teacher, own)
    signs = own.group_by("juror").agg(
        sure=pl.col("sure").any(), pupils=pl.len(), listed=pl.col("sure").sum()
    )  # fmt: skip
    likely = like.group_by("juror").agg(likely=pl.col("pupil").n_unique())
    sat = _sat_before(entries, tables.get("jurors"), given.get("earlier") or [])
    seen = entries.select("entry")
    for table in (signs, likely):
        seen = seen.join(table, left_on="entry", right_on="juror", how="left", maintain_order="left")
    seen = seen.join(sat, on="entry", how="left", maintain_order="left")
    return told(
        seen,
        Says(pl.col("sure"), "undecided", "own-pupil", "teaches {} of them", {"pupils": pl.col("listed")}),
        Says(
            pl.col("pupils") > 0, "undecided", "namesake", "namesake, {} pupils", {"pupils": pl.col("pupils")}
        ),
        Says(pl.col("likely") > 0, "undecided", "may-be", "may teach {}", {"pupils": pl.col("likely")}),
        Says(
            pl.col("stages").is_not_null(),
            "undecided",
            "earlier-jury",
            "sat at {}",
            {"stages": pl.col("stages")},
        ),
        otherwise("no own pupil and no earlier seat"),
    )


def _sat_before(entries: pl.DataFrame, jurors: pl.DataFrame | None, earlier: list[str]) -> pl.DataFrame:
    """`entry` and the `stages` at which that person, by id or name, sat."""
    if jurors is None:
        return pl.DataFrame(schema={"entry": pl.String, "stages": pl.String})
    stage = pl.col("stage").cast(pl.String)
    then = jurors.filter(stage.is_in(earlier)).select("juror", stage=stage, name=folded(pl.col("name")))
    now = entries.select("entry", "juror", name=folded(pl.col("name")))
    seats = [now.join(then, on=key).select("entry", "stage") for key in ("juror", "name")]
    return pl.concat(seats).group_by("entry").agg(stages=pl.col("stage").unique().sort().str.join(", "))


def motion(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """Each motion with each member, whoever teaches the participant left out."""
    bench = (
        tables["jurors"]
        .filter(pl.col("role").cast(pl.String) != "secretary")
        .unique("juror", maintain_order=True)
    )
    motions, teacher = _motions(entries, tables.get("standing", pl.DataFrame()))
    own = own_pupils(bench, motions, teacher)
    vote, chair = pl.col("vote"), pl.col("chair")
    votes = tables["votes"].select(entry="motion", juror="juror", vote=vote.cast(pl.String)).unique()
    members = bench.select("juror", chair=pl.col("role").cast(pl.String) == "chair")
    sits = entries.select("entry").join(members, how="cross")
    recused = own.select("juror", entry="pupil")
    voting = sits.join(recused, on=["entry", "juror"], how="anti").join(
        votes, on=["entry", "juror"], how="left"
    )
    cast = voting.filter(vote != "absent")
    sums = voting.group_by("entry").agg(
        members=pl.len(),
        present=(vote != "absent").sum(),
        yes=(vote == "for").sum(),
        no=(vote == "against").sum(),
        chair_yes=(chair & (vote == "for")).any(),
        chair_no=(chair & (vote == "against")).any(),
    )
    of_others = votes.filter(vote != "absent").join(bench, on="juror", how="anti")
    own_vote = votes.filter(vote != "absent").join(bench, on="juror", how="semi")
    like = like_teachers(bench, motions, teacher, own).rename({"pupil": "entry"})
    may_be = (
        like.join(own_vote, on=["entry", "juror"], how="semi").group_by("entry").agg(pl.col("names").min())
    )
    seen = entries.select("entry")
    for table in (
        sums, of_others.group_by("entry").len("strangers"), recused.group_by("entry").len("recused"), may_be,
        of_one_name(cast, bench),
    ):  # fmt: skip
        seen = seen.join(table, on="entry", how="left", maintain_order="left")
    return _carried(
        seen.with_columns(pl.col("members", "present", "yes", "no", "recused").fill_null(0)), given["quorum"]
    )


def _motions(entries: pl.DataFrame, standing: pl.DataFrame) -> tuple[pl.DataFrame, str | None]:
    """The motions with the participants they are about and, where known, these ones' teachers."""
    motions = entries.select(pupil="entry", about=pl.col("about").cast(pl.String))
    if "teacher" not in standing.columns:
        return motions, None
    key = "participant" if "participant" in standing.columns else "entry"
    teachers = standing.select("teacher", about=pl.col(key).cast(pl.String)).unique("about", keep="first")
    return motions.join(teachers, on="about", how="left", maintain_order="left"), "teacher"


def _carried(seen: pl.DataFrame, quorum: Fraction) -> pl.DataFrame:
    yes, no = pl.col("yes"), pl.col("no")
    enough = (pl.col("present") > 0) & (
        pl.col("present") * quorum.denominator >= pl.col("members") * quorum.numerator
    )
    figures = {name: pl.col(name) for name in ("yes", "no", "present", "members", "recused")}
    text = "{} for, {} against; {} of {} present, {} take no part"
    names, twice = {"names": pl.col("names")}, {"ids": pl.col("twice")}
    return told(
        seen,
        Says(
            pl.col("strangers") > 0,
            "undecided",
            "not-listed",
            "{} of others",
            {"others": pl.col("strangers")},
        ),
        Says(
            pl.col("names").is_not_null(),
            "undecided",
            "may-be-teacher",
            "{} may be one: " + text,
            names | figures,
        ),
        Says(
            pl.col("twice").is_not_null(),
            "undecided",
            "voter-twice",
            "{} have one name: " + text,
            twice | figures,
        ),
        Says(~enough, "undecided", "no-quorum", text, figures),
        Says(yes > no, "in", "carried", text, figures),
        Says(no > yes, "out", "rejected", text, figures),
        Says(pl.col("chair_yes"), "in", "carried-by-chair", text, figures),
        Says(pl.col("chair_no"), "out", "rejected-by-chair", text, figures),
        Says(yes == no, "undecided", "tied-without-chair", text, figures),
        otherwise(text, **figures),
        keep=("members", "present", "yes", "no", "recused"),
    ).rename({"yes": "votes_for", "no": "votes_against"})


PEERS: Mapping[str, Bare] = {"composition": composition, "conflict": conflict, "motion": motion}
