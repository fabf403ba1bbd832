"""When rounds were held, who comes to the next one, and what is made of their marks (order 99), in plain polars."""

from collections.abc import Mapping

import polars as pl
from bare_points import border, numbers, ranked, spelled
from bare_strays import by_id_or_code
from bare_told import ZONE, Bare, Given, Says, Tables, otherwise, told


def together(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    clock = pl.col(given["column"]).dt.convert_time_zone(ZONE)
    verdict, moment = given.get("otherwise", "undecided"), given.get("at")
    seen = entries.with_columns(began=clock.dt.strftime("%Y-%m-%d %H:%M"), day=clock.dt.date())
    cases = [Says(pl.col("began").is_null(), "undecided", "start-not-told", "when it began is not told")]
    began = {"began": pl.col("began")}
    if moment is not None:
        meant = pl.all_horizontal(
            pl.lit(value=True),
            *(pl.col(name).cast(pl.String) == value for name, value in (given.get("only") or {}).items()),
        )
        away = meant & (pl.col(given["column"]) != moment)
        cases.append(Says(away, verdict, "not-at-the-time", f"began {{}}, not at {moment}", began))
    if given.get("same_day"):
        days = seen.drop_nulls("day").group_by("group").agg(
            number=pl.col("day").n_unique(), days=pl.col("day").unique().sort().cast(pl.String).str.join(", ")
        )  # fmt: skip
        seen = seen.join(days, on="group", how="left", nulls_equal=True, maintain_order="left")
        cases.append(
            Says(pl.col("number") > 1, verdict, "not-one-day", "held on {}", {"days": pl.col("days")})
        )
    return told(seen, *cases, otherwise("began {}", **began))


def last_round(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    later = tables["later"].select("entry", pl.col(given["points"]).alias("later"), sat=True)
    seen = entries.select("entry", points=given["points"]).join(
        later, on="entry", how="left", maintain_order="left"
    )
    last = seen.with_columns(last=pl.when("sat").then("later").otherwise("points"))
    figures = {"last": pl.col("last"), "points": pl.col("points")}
    sat = Says(pl.col("sat"), "in", "later-round", "{} points in the later round ({} before)", figures)
    here = otherwise("{} points, no later round", last=pl.col("last"))
    return told(last, sat, here, keep=("last",)).rename({"last": given["points"]})


def qualified(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    columns = given["on"]
    taken = tables["places"].select(
        _alike(there).alias(f"of:{here}") for here, there in columns.items()
    ).unique().with_columns(taken=True)  # fmt: skip
    keyed = entries.with_columns(_alike(here).alias(f"of:{here}") for here in columns)
    seen = keyed.join(taken, on=[f"of:{here}" for here in columns], how="left", maintain_order="left")
    reserve = given.get("reserve")
    extra = pl.col(reserve) if reserve else pl.lit(value=False)
    own = pl.col("taken").is_not_null()
    return told(
        seen,
        Says(own, "in", "qualified", "among those whom the stage before it took"),
        Says(extra, "in", "of-the-reserve", "of the reserve"),
        Says(~own, given.get("otherwise", "out"), "not-qualified", "not among those taken"),
        otherwise("among those taken"),
    )


def _alike(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.to_lowercase()


def honours(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    """Everybody's place, and whether to give an award people say."""
    seen = ranked(entries, given, ["group"]).with_columns(award=pl.lit(None, pl.String))
    rank = pl.col("rank")
    figures = {"rank": rank, "points": pl.col("shown")}
    return told(
        seen,
        Says(rank.is_null(), "undecided", "no-score", "no points"),
        Says(rank > 0, "undecided", "award-numbers", "place {} with {} points; the jury says", figures),
        otherwise("no points"),
        keep=("rank", "award"),
    )


def ceilings(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """A row a mark of the round in which jurors note how a part was done."""
    noted = tables["scores"].drop_nulls("points").filter(pl.col("round") == given["round_"])
    named = by_id_or_code(entries["entry"], noted["contestant"], given["codes"].of)
    points, below = numbers(noted["points"])
    most = pl.DataFrame(
        {"way": list(given["most"]), "most": [border(text, below) for text in given["most"].values()]},
        schema={"way": pl.String, "most": pl.Int64},
    )
    marks = (
        noted.select("contestant", "juror", way=pl.col("criterion").str.to_lowercase(), points=points)
        .join(named, on="contestant")
        .join(most, on="way", how="left")
        .with_columns(two=pl.col("way").n_unique().over("entry", "juror") > 1)
    )
    faults = marks.group_by("entry").agg(
        above=(pl.col("points") > pl.col("most")).any(),
        strange=pl.col("most").is_null().any(),
        two=pl.col("two").any(),
        mark=pl.format("{}: {}", "way", "points").filter(pl.col("points") > pl.col("most")).min(),
        way=pl.col("way").filter(pl.col("most").is_null()).min(),
    )
    seen = entries.select("entry").join(faults, on="entry", how="left", maintain_order="left")
    return told(
        seen,
        Says(pl.col("above"), "undecided", "above", "above its most ({})", {"mark": pl.col("mark")}),
        Says(
            pl.col("strange"),
            "undecided",
            "strange",
            "a way not known: {}",
            {"way": pl.col("way").fill_null("–")},
        ),
        Says(pl.col("two"), "undecided", "two", "two ways of one juror"),
        otherwise("kept"),
    )


def criteria(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """Of each criterion the mean over the entry's jurors."""
    names = list(dict.fromkeys(given["of"].values()))
    read = (
        tables["scores"].drop_nulls("points").filter(pl.col("round").cast(pl.String).is_in(given["rounds"]))
    )
    named = by_id_or_code(entries["entry"], read["contestant"], given["codes"].of)
    points, below = numbers(read["points"])
    task = pl.col("criterion").str.to_lowercase()
    marks = (
        read.select(
            "contestant", "juror", points=points,
            name=task.replace_strict(given["of"], default=None, return_dtype=pl.String),
        )
        .drop_nulls("name")
        .join(named, on="contestant")
    )  # fmt: skip
    own = pl.col("name")
    sums = marks.group_by("entry").agg(
        jurors=pl.col("juror").n_unique().cast(pl.Int64),
        **{
            name: pl.when((own == name).any()).then(pl.col("points").filter(own == name).sum())
            for name in names
        },
    )
    means = sums.select("entry", *(spelled(sums[name], sums["jurors"] * below).alias(name) for name in names))
    seen = entries.select("entry").join(means, on="entry", how="left", maintain_order="left")
    figures = {name: pl.col(name).fill_null("–") for name in names}
    return told(seen, otherwise(", ".join(f"{name}: {{}}" for name in names), **figures), keep=tuple(names))


def entered(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    stage, person, same = given.get("stage"), given["person"], given["same"]
    listed = tables["listed"]
    if stage:
        listed = listed.filter(pl.col("stage").is_null() | (pl.col("stage").cast(pl.String) == stage))
    theirs = pl.concat_str([person, *same.values()], separator="/").str.to_lowercase()
    told_of = listed.drop_nulls([person, *same.values()]).select(person, key=theirs)
    ours = pl.concat_str([person, *same], separator="/").str.to_lowercase()
    strange = pl.col(person).is_in(told_of[person].implode()) & ~ours.is_in(
        told_of["key"].implode()
    ).fill_null(value=False)
    return told(
        entries, Says(strange, "undecided", "otherwise", "listed with another"), otherwise("as listed")
    )


PEERS: Mapping[str, Bare] = {
    "entered": entered,
    "ceilings": ceilings,
    "criteria": criteria,
    "honours": honours,
    "last-round": last_round,
    "qualified": qualified,
    "together": together,
}
