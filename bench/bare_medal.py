"""Who may take part in the medal, with whom and with what papers (regulation 003), in plain polars."""

from collections.abc import Mapping
from functools import reduce

import polars as pl
from bare_told import Bare, Given, Says, Tables, clock_day, holds_word, otherwise, told


def age(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    """Days as numbers such as 20260131: the difference in ten thousands is the number of full years."""
    day = pl.coalesce(clock_day(entries, name) for name in given["on"])
    lookup = given.get("of")
    least = (
        pl.col(lookup.column).cast(pl.String).replace_strict(lookup.values, default=None).cast(pl.Int64)
        if lookup
        else pl.lit(given.get("least"), pl.Int64)
    )
    counted = entries.with_columns(
        day=day,
        age=(number(day) - number(pl.col(given["column"]))) // 10_000,
        least=least + (given.get("over") == "passed"),
        most=pl.lit(given.get("most"), pl.Int64),
    )
    age, verdict = pl.col("age"), given.get("otherwise", "out")
    figures = {"age": age, "day": pl.col("day")}
    young, old = figures | {"least": pl.col("least")}, figures | {"most": pl.col("most")}
    return told(
        counted,
        Says(age.is_null(), given.get("unknown", "undecided"), "age-not-known", "no birth date, or no day"),
        Says(age < pl.col("least"), verdict, "too-young", "{} full years on {}; {} needed", young),
        Says(age > pl.col("most"), verdict, "too-old", "{} full years on {}; {} at most", old),
        otherwise("{} full years on {}", **figures),
        keep=("age",),
    )


def contract(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    years = (number(clock_day(entries, given["on"])) - number(pl.col(given["born"]))) // 10_000
    seen = entries.with_columns(age=years)
    grown = pl.col("age") >= given.get("adult", 18)
    own, theirs = pl.col(given["by"]), pl.col(given["guardian"])
    verdict = given.get("otherwise", "out")
    shown = {"age": pl.col("age").cast(pl.String).fill_null("?")}
    return told(
        seen,
        Says(own.fill_null(value=False).not_(), verdict, "contract-not-signed", "not signed"),
        Says(
            ~(grown.fill_null(value=False) | theirs.fill_null(value=False)),
            verdict,
            "guardian-not-signed",
            "{} full years, and the representative has not signed",
            shown,
        ),
        otherwise("signed by whoever has to"),
    )


def directions(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    """The words are few and known: each is looked for by itself."""
    among = sorted(given["among"])
    year = clock_day(entries, given["at"]).dt.year().cast(pl.String)
    seen = entries.with_columns(
        chosen=pl.format(" {} ", given_words := pl.col(given["column"])),
        words=given_words.str.count_matches(r"[^ ]+"),
        year=year,
    ).with_columns(
        must=pl.format(
            " {} ",
            pl.col("year").replace_strict(given["mandatory"].values, default=None, return_dtype=pl.String),
        )
    )
    count = given.get("count", "chosen-and-mandatory")
    sides = {"chosen": ["chosen"], "mandatory": ["must"]}.get(count, ["chosen", "must"])
    takes = _holds("chosen", given["replacing"]) if given.get("replacing") else pl.lit(value=False)
    instead = pl.col(given["replaced"]).cast(pl.String) if given.get("replaced") else pl.lit(None, pl.String)
    parts = [
        pl.when(
            pl.any_horizontal(_holds(side, word) for side in sides) & ~(takes & instead.eq_missing(word))
        ).then(pl.lit(word))
        for word in among
    ]
    known = pl.sum_horizontal(_holds("chosen", word) for word in among)
    every = pl.all_horizontal(_holds("chosen", word) for word in given.get("first") or [""])
    strange = pl.col(given["column"]).str.replace_all(rf"\b({'|'.join(among)})\b", "").str.strip_chars(" ")
    return told(
        seen.with_columns(counted=pl.concat_str(parts, separator=" ", ignore_nulls=True)),
        Says(pl.col("words") == 0, "out", "no-direction", "no direction is chosen"),
        Says(
            pl.col("words") != known, "undecided", "direction-unknown", "{}: no direction", {"words": strange}
        ),
        Says(
            pl.col("must").is_null(),
            "undecided",
            "mandatory-not-set",
            "not set for {}",
            {"year": pl.col("year")},
        ),
        Says(
            takes & every & instead.is_null() & pl.lit(bool(given.get("first"))),
            "undecided",
            "replaced-not-told",
            "in place of which is not told",
        ),
        otherwise("directions {}", directions=pl.col(given["column"])),
        keep=("counted",),
    )


def _holds(column: str, word: str) -> pl.Expr:
    return pl.col(column).str.contains(f" {word} ", literal=True).fill_null(value=False)


def registered(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    column = pl.col(given["column"])
    where, same, take = given.get("where") or {}, given.get("same") or {}, given.get("take") or []
    listed = tables["of"].unique("entry").select(
        pl.col("entry").alias(given["column"]),
        pl.lit(value=True).alias("found"),
        pl.all_horizontal(
            pl.lit(value=True), *(pl.col(name).cast(pl.String).eq_missing(value) for name, value in where.items())
        ).alias("fits"),
        *(pl.col(theirs).cast(pl.String).alias(f"theirs:{theirs}") for theirs in same.values()),
        *(pl.col(name).alias(f"taken:{name}") for name in take),
    )  # fmt: skip
    seen = entries.join(listed, on=given["column"], how="left", maintain_order="left")
    agrees = pl.all_horizontal(
        pl.lit(value=True),
        *(
            (pl.col(ours).cast(pl.String) == pl.col(f"theirs:{theirs}")).fill_null(value=False)
            for ours, theirs in same.items()
        ),
    )
    needed = holds_word(given["needed_by"], given["word"]) if given.get("needed_by") else pl.lit(value=True)
    verdict, figures = given.get("otherwise", "out"), {"value": column}
    name = given["column"]
    return told(
        seen,
        Says(~needed, "in", "not-needed", "nothing has to be named here"),
        Says(column.is_null(), given.get("missing", "in"), "not-named", f"{name}: not told"),
        Says(
            pl.col("found").is_null(), verdict, "not-registered", f"{name}: {{}} is not registered", figures
        ),
        Says(~pl.col("fits"), verdict, "registered-otherwise", f"{name}: {{}} is something else", figures),
        Says(~agrees, verdict, "differs-from-registered", f"{name}: not what is registered of {{}}", figures),
        otherwise(f"{name}: {{}}, registered", **figures),
        keep=tuple(f"taken:{each}" for each in take),
    ).rename({f"taken:{each}": each for each in take})


def proposal(entries: pl.DataFrame, _given: Given, tables: Tables) -> pl.DataFrame:
    """The Centres of each place of study, of residence and of each region, the nearest first."""
    centres = tables["centres"].filter(pl.col("organisation_kind").cast(pl.String) == "centre")
    mentors = tables["staff"].filter(pl.col("role").cast(pl.String) == "mentor")
    working = centres.select("centre", "studies", "residence", "region").join(
        mentors.select("centre", mentor_there="person"), on="centre", how="left"
    )
    seen = entries.select("entry", "centre", "mentor", "study", "residence", "region")
    for kind, theirs in (("study", "studies"), ("residence", "residence"), ("region", "region")):
        places = working.with_columns(place=pl.col(theirs).str.split(";")).explode("place")
        found = places.group_by(place=_tidy("place")).agg(
            _up_to_20("centre").alias(f"{kind}:centres"), _up_to_20("mentor_there").alias(f"{kind}:mentors")
        )
        seen = seen.with_columns(place=_tidy(kind)).join(
            found.drop_nulls("place"), on="place", how="left", maintain_order="left"
        )
    kinds = ("study", "residence", "region")
    by = pl.coalesce(pl.when(pl.col(f"{kind}:centres").is_not_null()).then(pl.lit(kind)) for kind in kinds)
    offered = seen.with_columns(
        by=by,
        centres=pl.coalesce(f"{kind}:centres" for kind in kinds),
        mentors=pl.coalesce(f"{kind}:mentors" for kind in kinds),
    )
    centre, nobody = pl.col("centre"), pl.col("by").is_null()
    figures = {"by": pl.col("by"), "centres": pl.col("centres"), "mentors": pl.col("mentors")}
    open_ = centre.is_null() | pl.col("mentor").is_null()
    return told(
        offered,
        Says(centre.is_null() & nobody, "undecided", "no-centre", "no Centre there"),
        Says(open_ & ~nobody, "in", "centre-proposed", "by {}: Centres {}; mentors {}", figures),
        otherwise("Centre {}", centre=centre),
    )


def _tidy(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().str.to_lowercase()


def _up_to_20(column: str) -> pl.Expr:
    return pl.col(column).drop_nulls().unique().sort().head(20).str.join(", ")


def attached(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    """The lines of the table one after another: what is lacking of those that are of it."""
    lookup, column = given["of"], given["column"]
    kind = pl.col(lookup.column).cast(pl.String)
    lacking = reduce(
        lambda rest, line: pl.when(kind == line[0]).then(_lacking(line[1], column, entries)).otherwise(rest),
        lookup.values.items(),
        pl.lit(None, pl.String),
    )
    seen = entries.with_columns(lacking=lacking, kind=kind)
    figures = {"kind": pl.col("kind"), "lacking": pl.col("lacking")}
    return told(
        seen,
        Says(pl.col("lacking").is_null(), "undecided", "evidence-not-set", "what it takes is not set"),
        Says(
            pl.col("lacking") != "",
            given.get("otherwise", "out"),
            "evidence-missing",
            "{}: {} missing",
            figures,
        ),
        otherwise("{}: everything is attached", kind=pl.col("kind")),
    )


def _lacking(wanted: str, column: str, entries: pl.DataFrame) -> pl.Expr:
    parts = []
    for group in wanted.split(" + "):
        there = [
            pl.col(name).is_not_null() if name in entries.columns else holds_word(column, name)
            for name in group.split(" | ")
        ]
        parts.append(pl.when(~pl.any_horizontal(there)).then(pl.lit(group)))
    return pl.concat_str(parts, separator=", ", ignore_nulls=True)


def number(day: pl.Expr) -> pl.Expr:
    year, month = day.dt.year().cast(pl.Int64), day.dt.month().cast(pl.Int64)
    return year * 10_000 + month * 100 + day.dt.day()


PEERS: Mapping[str, Bare] = {
    "age": age,
    "attached": attached,
    "contract": contract,
    "directions": directions,
    "proposal": proposal,
    "registered": registered,
}
