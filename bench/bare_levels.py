"""Norms, levels and the badge of the medal (regulation 003) as somebody would write them in plain polars."""

from collections.abc import Mapping
from math import lcm
from zoneinfo import ZoneInfo

import polars as pl
from bare_points import spelled
from bare_told import ZONE, Bare, Given, Says, Tables, clock_day, holds_word, otherwise, told


def norm(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    names = [pl.col(name).cast(pl.String).fill_null("?") for name in given["by"]]
    line = pl.concat_str(names, separator="/")
    other = pl.col(given["disability"]).fill_null(value=False)
    seen = entries.with_columns(line=pl.when(other).then(line + "/other").otherwise(line)).with_columns(
        least=pl.col("line").replace_strict(given["of"].values, default=None).cast(pl.Int64)
    )
    points = pl.col(given["points"])
    figures = {"points": points, "line": pl.col("line"), "least": pl.col("least")}
    return told(
        seen,
        Says(~holds_word(given["directions"], given["direction"]), "in", "norm-not-needed", "not taken"),
        Says(
            pl.col("least").is_null(),
            "undecided",
            "norm-not-set",
            "none is set for {}",
            {"line": pl.col("line")},
        ),
        Says(points.is_null(), "undecided", "norm-not-told", "{} needed", {"least": pl.col("least")}),
        Says(points < pl.col("least"), "out", "norm-not-met", "{} points of {}; {} needed", figures),
        otherwise("{} points of {}; {} needed", **figures),
    )


def covers(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    parts = [
        pl.when(holds_word(given["must"], word) & ~holds_word(given["column"], word)).then(pl.lit(word))
        for word in sorted(given["among"])
    ]
    seen = entries.with_columns(lacking=pl.concat_str(parts, separator=" ", ignore_nulls=True))
    lacks = Says(
        pl.col("lacking") != "",
        given.get("otherwise", "undecided"),
        "words-missing",
        "{} missing",
        {"lacking": pl.col("lacking")},
    )
    return told(seen, lacks, otherwise("complete"))


def first_time(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    keys = [pl.col(name).cast(pl.String) for name in given["on"]]
    had = tables["earlier"].group_by(keys).agg(had=pl.col(given["at"]).min())
    seen = entries.select("entry", *keys).join(had, on=given["on"], how="left", maintain_order="left")
    again = Says(
        pl.col("had").is_not_null(), "out", "had-before", "already received on {}", {"at": pl.col("had")}
    )
    return told(seen, again, otherwise("not received before"))


# --- how far a level is fulfilled ---

OF = ["entry", "direction"]


def levels(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """Weeks are counted by their place after the first one, without a grid of all."""
    today = given["until"].astimezone(ZoneInfo(ZONE)).date()
    norms = _norms(given["of"].values, given.get("weeks_a_quarter", 13))
    every = _wanted(entries, given, norms).with_row_index("of")
    wanted = every.drop_nulls("need").with_columns(
        last=pl.min_horizontal(pl.col("finish").fill_null(today), pl.lit(today))
    )
    diary = tables["records"].select(
        "minutes", "days", "book", "section", "confirmed",
        entry="participant", direction=pl.col("direction").cast(pl.String), day=clock_day(tables["records"], "done_at"),
    )  # fmt: skip
    own = diary.join(wanted, on=OF, how="inner").filter(
        (pl.col("day") >= pl.col("begin")) & (pl.col("day") <= pl.col("last"))
    )
    done = pl.concat(
        [
            _weeks(
                own.filter(pl.col("unit") == "weeks"), _away(tables, wanted, given), given.get("weekly", 60)
            ),
            _days(own.filter(pl.col("unit") == "days")),
            _books(own.filter(pl.col("unit") == "books")),
            _heritage(own.filter(pl.col("unit") == "book"), _read(diary, own, wanted)),
        ]
    )
    return _rated(entries, every, wanted.join(done, on=OF, how="left"), given)


def _norms(lines: Mapping[str, str], quarter: int) -> pl.DataFrame:
    """`unit`, `short` and `long`: so many weeks, books or days."""
    rows = []
    for name, text in lines.items():
        level, direction = name.split("/")
        numbers = [int(word) for word in text.replace(",", "").split() if word.isdigit()]
        unit = "weeks" if "months" in text else "books" if "books" in text else "days"
        short, long = numbers[0], numbers[1] if " or " in text and len(numbers) > 1 else None
        weeks = [number and number * quarter // 3 for number in (short, long)]
        needs = weeks if unit == "weeks" else [short, None]
        kazakh = numbers[1] if unit == "books" else 0
        rows.append((level, direction, unit, *needs, "a book" in text, kazakh, short, long))
    names = (
        "level",
        "direction",
        "unit",
        "short",
        "long",
        "or_book",
        "kazakh",
        "months_short",
        "months_long",
    )
    return pl.DataFrame(rows, schema=names, orient="row")


def _wanted(entries: pl.DataFrame, given: Given, norms: pl.DataFrame) -> pl.DataFrame:
    named = entries.select(
        "entry",
        level=pl.col(given.get("level", "level")).cast(pl.String),
        direction=pl.col(given.get("directions", "counted")).str.split(" "),
        longer=pl.col(given.get("longer", "longer")).cast(pl.String),
        heritage=pl.col(given.get("heritage", "heritage")).cast(pl.String),
        months=given.get("months", "heritage_months"),
        begin=given.get("start", "started_on"),
        finish=given.get("end", "finished_on"),
    )
    rows = named.explode("direction").join(norms, on=["level", "direction"], how="inner")
    book = pl.col("or_book") & (pl.col("heritage") == "book")
    months, longer = pl.col("months"), pl.col("longer")
    lessons = (
        pl.when(months == pl.col("months_long")).then("long")
        .when(months.is_null() | (months == pl.col("months_short"))).then("short")
    )  # fmt: skip
    of_two = pl.when(longer == pl.col("direction")).then("long").when(longer.is_not_null()).then("short")
    need = (
        pl.when(book).then(1)
        .when(pl.col("long").is_null()).then("short")
        .when("or_book").then(lessons).otherwise(of_two)
    )  # fmt: skip
    return rows.with_columns(unit=pl.when(book).then(pl.lit("book")).otherwise("unit"), need=need)


def _away(tables: Tables, wanted: pl.DataFrame, given: Given) -> pl.DataFrame:
    """Each week in which somebody was absent who had said so."""
    if given.get("excuses", True) is False:
        return pl.DataFrame(schema={"entry": pl.String, "week": pl.Date})
    lasts = wanted.group_by("entry").agg(pl.col("last").max())
    absent = tables["absences"].drop_nulls("told_on").join(lasts, left_on="absent", right_on="entry")
    until = pl.min_horizontal(pl.col("until").fill_null(pl.col("last")), "last")
    held = absent.with_columns(until=until).filter(pl.col("since") <= pl.col("until"))
    days = held.select(entry="absent", week=pl.date_ranges("since", "until")).explode("week")
    return days.with_columns(pl.col("week").dt.truncate("1w")).unique()


def _weeks(own: pl.DataFrame, away: pl.DataFrame, weekly: int) -> pl.DataFrame:
    """A week counts by its place after the first, excused ones left out."""
    timed = own.drop_nulls("minutes")
    sums = timed.group_by("of", week=pl.col("day").dt.truncate("1w")).agg(
        pl.col("minutes").sum(), sure=pl.col("minutes").filter("confirmed").sum()
    )
    firsts = sums.group_by("of").agg(start=pl.col("week").min())
    goals = timed.select("of", *OF, "need").unique("of").join(firsts, on="of")
    apart = away.join(goals, on="entry").filter(pl.col("week") >= pl.col("start"))
    full = sums.filter(pl.col("minutes") >= weekly)
    excused = apart.join(full, on=["of", "week"], how="anti").select("of", "week", sure=0, excused=1)
    lived = full.select("of", "week", "sure", excused=0)
    line = pl.concat([lived, excused], how="vertical_relaxed").sort("of", "week").join(goals, on="of")
    place = (
        (pl.col("week") - pl.col("start")).dt.total_days() // 7 + 1 - pl.col("excused").cum_sum().over("of")
    )
    inside = line.filter((place <= pl.col("need")) & (pl.col("excused") == 0))
    met = inside.group_by("of").agg(met=(pl.col("sure") >= weekly).sum().cast(pl.Int64))
    return goals.join(met, on="of").select(*OF, "met")


def _days(own: pl.DataFrame) -> pl.DataFrame:
    following = pl.duration(days=pl.col("days").fill_null(1) - 1)
    spread = own.filter("confirmed").select(
        *OF, day=pl.date_ranges("day", (pl.col("day") + following).cast(pl.Date))
    )
    return spread.explode("day").group_by(OF).agg(met=pl.col("day").n_unique().cast(pl.Int64))


def _books(own: pl.DataFrame) -> pl.DataFrame:
    read = own.drop_nulls(["book", "section"]).filter("confirmed").unique([*OF, "book"])
    counted = read.group_by(OF).agg(
        pl.col("need", "kazakh").first(),
        total=pl.len().cast(pl.Int64),
        **{
            f"of_{name}": (pl.col("section").cast(pl.String) == name).sum().cast(pl.Int64)
            for name in ("kazakh", "world", "growth")
        },
    )
    lacks = pl.sum_horizontal(
        (pl.col("kazakh") - pl.col("of_kazakh")).clip(0),
        (1 - pl.col("of_world")).clip(0),
        (1 - pl.col("of_growth")).clip(0),
    )
    return counted.select(
        *OF,
        met=pl.when((lacks == 0) & (pl.col("total") >= pl.col("need")))
        .then("total")
        .otherwise(pl.min_horizontal("total", pl.col("need") - lacks)),
    )


def _read(diary: pl.DataFrame, own: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """Books somebody reads in the direction of books already."""
    inside = own.filter(pl.col("direction") == "books").select("entry", "book")
    others = (
        diary.filter(pl.col("direction") == "books").join(wanted, on=OF, how="anti").select("entry", "book")
    )
    return pl.concat([inside, others]).drop_nulls("book")


def _heritage(own: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    fitting = own.filter("confirmed", pl.col("section").cast(pl.String) == "kazakh")
    others = fitting.join(read, on=["entry", "book"], how="anti")
    return others.group_by(OF).agg(met=pl.col("book").n_unique().cast(pl.Int64))


def _rated(entries: pl.DataFrame, every: pl.DataFrame, done: pl.DataFrame, given: Given) -> pl.DataFrame:
    """The mean of the percents over all directions, each in whole numbers over the common multiple of the needs."""
    met, need, cap = pl.col("met").fill_null(0), pl.col("need").cast(pl.Int64), given.get("cap")
    common = lcm(*done["need"].unique())
    points = {name: int(text) for name, text in given["points"].values.items()} if given.get("points") else {}
    most = need * cap if cap is not None else 100 * met
    percents = done.with_columns(
        met=met, share=pl.min_horizontal(100 * met, most) * (common // need)
    ).with_columns(
        worth=pl.col("direction").replace_strict(points, default=0, return_dtype=pl.Int64) * met,
        lacks=pl.when(met < need).then(pl.format("{} {} of {} {}", "direction", met, need, "unit")),
    )
    sums = percents.sort(OF).group_by("entry").agg(
        share=pl.col("share").sum(), lowest=pl.col("share").min(), directions=pl.len().cast(pl.Int64),
        points=pl.col("worth").sum(), lacking=pl.col("lacks").drop_nulls().str.join(", "),
    )  # fmt: skip
    ratings = sums.with_columns(
        rating=spelled(sums["share"], sums["directions"] * common),
        percent_lowest=spelled(sums["lowest"], common),
    )
    unsure = every.filter(pl.col("need").is_null()).select("entry", unsure=True).unique()
    seen = entries.select("entry")
    for table in (ratings, unsure):
        seen = seen.join(table, on="entry", how="left", maintain_order="left")
    rating, lacking = pl.col("rating"), pl.col("lacking")
    figures = {"rating": rating, "lacking": lacking}
    return told(
        seen.with_columns(
            complete=(lacking == "").fill_null(value=False), points=pl.col("points").fill_null(0)
        ),
        Says(pl.col("unsure"), "undecided", "term-not-chosen", "which term is longer is not told"),
        Says(rating.is_null(), "undecided", "no-norms", "none of the directions has a norm"),
        Says(lacking != "", given.get("incomplete", "out"), "level-incomplete", "rating {}: {}", figures),
        otherwise("rating {}: every direction fulfilled", rating=rating),
        keep=("rating", "percent_lowest", "complete", "points"),
    )


PEERS: Mapping[str, Bare] = {"covers": covers, "first-time": first_time, "levels": levels, "norm": norm}
