"""The rules of the medal (regulation 003) as somebody would write them for this one contest in plain polars."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache, reduce
from zoneinfo import ZoneInfo

import polars as pl
from bare_told import ZONE, Bare, Given, Says, Tables, clock_day, otherwise, told

from worker.workdays import kazakhstan

# --- who may take part ---


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
        age=(_number(day) - _number(pl.col(given["column"]))) // 10_000,
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


def _number(day: pl.Expr) -> pl.Expr:
    year, month = day.dt.year().cast(pl.Int64), day.dt.month().cast(pl.Int64)
    return year * 10_000 + month * 100 + day.dt.day()


def contract(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    years = (_number(clock_day(entries, given["on"])) - _number(pl.col(given["born"]))) // 10_000
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
    needed = _holds_word(given["needed_by"], given["word"]) if given.get("needed_by") else pl.lit(value=True)
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
    )


def _holds_word(column: str, word: str) -> pl.Expr:
    return pl.format(" {} ", column).str.contains(f" {word} ", literal=True).fill_null(value=False)


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
            pl.col(name).is_not_null() if name in entries.columns else _holds_word(column, name)
            for name in group.split(" | ")
        ]
        parts.append(pl.when(~pl.any_horizontal(there)).then(pl.lit(group)))
    return pl.concat_str(parts, separator=", ", ignore_nulls=True)


# --- terms ---


def deadline(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    if given.get("made") is not None:  # a moment of the season in place of a column
        entries, given = entries.with_columns(made=pl.lit(given["made"])), {**given, "column": "made"}
    since, at = given.get("since"), given.get("at")
    unknown, verdict = given.get("unknown", "undecided"), given.get("otherwise", "out")
    timed = _timed(entries.with_columns(base=pl.col(since) if since else pl.lit(given["until"])), given)
    silent = pl.col(given["column"]).is_null()
    counted = {"calendar": pl.lit(kazakhstan().version)} if given.get("working_days") is not None else {}
    due = {"due": pl.col("due")} | counted
    figures = {"at": pl.col("shown")} | due
    ends = " {}" * len(counted)
    waiting = [
        Says(silent & pl.col("over"), verdict, "term-over", "nothing until {}" + ends, due),
        Says(silent, "in", "term-open", "nothing yet; the term ends {}" + ends, due),
    ]
    return told(
        timed,
        Says(pl.col("due").is_null(), unknown, "term-not-known", "from when the term runs is not told"),
        *(waiting if at else [Says(silent, unknown, "time-not-told", "the time is not told")]),
        Says(pl.col("late"), verdict, "late", "{}: after {}" + ends, figures),
        otherwise("{}: by {}" + ends, **figures),
        keep=("due",),
    )


def _timed(entries: pl.DataFrame, given: Given) -> pl.DataFrame:
    """With the end of the term, what was `shown`, whether `late`, and whether the term is `over`."""
    made, at = given["column"], given.get("at")
    units = ("days", "working_days", "months")
    if entries.schema[made] != pl.Date and all(given.get(unit) is None for unit in units):
        own, end = pl.col(made), pl.col("base")
        over = end < pl.lit(at, pl.Datetime("us", "UTC"))
        return entries.with_columns(due=_written(end), shown=_written(own), late=own >= end, over=over)
    today = pl.lit(at.astimezone(ZoneInfo(ZONE)).date() if at else None, pl.Date)
    dated = entries.with_columns(own=clock_day(entries, made), last=_last_day(entries, given))
    own, last = pl.col("own"), pl.col("last")
    return dated.with_columns(
        due=last.cast(pl.String), shown=own.cast(pl.String), late=own > last, over=last < today
    )


def _written(instant: pl.Expr) -> pl.Expr:
    return instant.dt.convert_time_zone(ZONE).dt.strftime("%Y-%m-%d %H:%M:%S")


def _last_day(entries: pl.DataFrame, given: Given) -> pl.Expr:
    first = clock_day(entries, "base")
    if given.get("working_days") is not None:
        return first.replace_strict(
            _after_working_days(given["working_days"]), default=None, return_dtype=pl.Date
        )
    if given.get("months") is not None:
        return first.dt.offset_by(f"{given['months']}mo")
    if given.get("days") is not None:
        return first + pl.duration(days=given["days"])
    return (pl.col("base") - pl.duration(microseconds=1)).dt.convert_time_zone(ZONE).dt.date()


@cache
def _after_working_days(number: int) -> dict[date, date]:
    """Each day of the calendar and the last day of a term that runs from it."""
    worked = kazakhstan().days
    found: dict[date, date] = {}
    day, at = worked[0], 1
    while day <= worked[-1] and at + number <= len(worked):
        found[day] = worked[at + number - 1]
        day += timedelta(days=1)
        at += at < len(worked) and worked[at] == day
    return found


def term(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    lookup = given["months"]
    today = given["until"].astimezone(ZoneInfo(ZONE)).date()
    lines = {name: value.split("-") for name, value in lookup.values.items()}
    level, start = pl.col(lookup.column).cast(pl.String), pl.col(given["start"])
    bounds = [
        pl.coalesce(
            pl.lit(None, pl.Date),
            *(
                pl.when(level == name).then(start.dt.offset_by(f"{months[at]}mo"))
                for name, months in lines.items()
            ),
        )
        for at in (0, 1)
    ]
    seen = entries.with_columns(
        end=pl.coalesce(given["end"], pl.lit(today)),
        earliest=bounds[0],
        latest=bounds[1],
        allowed=level.replace_strict(lookup.values, default=None),
    )
    verdict = given.get("otherwise", "undecided")
    figures = {"start": start, "end": pl.col("end"), "allowed": pl.col("allowed")}
    text = "from {} to {}; {} months allowed"
    return told(
        seen,
        Says(start.is_null(), "out", "not-started", "not activated"),
        Says(pl.col("allowed").is_null(), "undecided", "term-not-set", "how long it lasts is not set"),
        Says(pl.col("end") < pl.col("earliest"), verdict, "term-too-short", text, figures),
        Says(pl.col("end") > pl.col("latest"), verdict, "term-overdue", text, figures),
        otherwise(text, **figures),
    )


# --- who had to confirm a record ---


def confirmed(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """From the mentor up to whoever was there on the day, three steps at most."""
    today = given["until"].astimezone(ZoneInfo(ZONE)).date()
    dated = entries.with_columns(day=clock_day(entries, given["at"]).fill_null(today))
    asked = dated.select("day", mentor=given["of"]).unique()
    for column in ("mentor", "second", "third"):
        above = _above(asked.select("day", person=column).drop_nulls().unique(), tables)
        step = {"mentor": "second", "second": "third", "third": "stands"}[column]
        moved = asked.join(above, left_on=[column, "day"], right_on=["person", "day"], how="left")
        asked = moved.with_columns(pl.when("away").then("next").otherwise(column).alias(step)).drop(
            "away", "next"
        )
    stands = asked.select("day", "stands", mentor="mentor")
    seen = dated.join(
        stands, left_on=[given["of"], "day"], right_on=["mentor", "day"], how="left", maintain_order="left"
    )
    by = pl.col(given["by"])
    another = by.is_not_null() & (by != pl.col("stands")).fill_null(value=True)
    figures = {"by": by, "day": pl.col("day")}
    wrong = figures | {"stands": pl.col("stands")}
    return told(
        seen.with_columns(confirmed=by.is_not_null()),
        Says(by.is_null(), "in", "awaits-confirmation", "nobody has confirmed it yet"),
        Says(another, "undecided", "confirmed-by-another", "{} confirmed it on {}, up to {}", wrong),
        otherwise("{} confirmed it on {}", **figures),
        keep=("confirmed",),
    )


def _above(people: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Of each `person` who was `away` on a `day`, the `next`: the substitute, else whoever watches over them."""
    day = pl.col("day")
    there = (pl.col("since") <= day) & (pl.col("until").is_null() | (pl.col("until") >= day))
    away = people.join(tables["absences"], left_on="person", right_on="absent").filter(there)
    newest = away.sort("since", "substitute").unique(["person", "day"], keep="last", maintain_order=True)
    watched = people.join(tables["staff"].drop_nulls("watched_by"), on="person").filter(there)
    watches = watched.sort("since").unique(["person", "day"], keep="last", maintain_order=True)
    both = newest.join(watches.select("person", "day", "watched_by"), on=["person", "day"], how="left")
    return both.select("person", "day", away=True, next=pl.coalesce("substitute", "watched_by"))


# --- norms and the badge ---


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
        Says(~_holds_word(given["directions"], given["direction"]), "in", "norm-not-needed", "not taken"),
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
        pl.when(_holds_word(given["must"], word) & ~_holds_word(given["column"], word)).then(pl.lit(word))
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
    """Percents and ratings as floats; weeks are counted by their place after the first one, without a grid of all."""
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
    met, need, cap = pl.col("met").fill_null(0), pl.col("need"), given.get("cap")
    points = dict(given["points"].values) if given.get("points") else {}
    percents = done.with_columns(met=met).with_columns(
        percent=(100 * met / need).clip(upper_bound=cap),
        worth=pl.col("direction").replace_strict(points, default="0").cast(pl.Int64) * met,
        lacks=pl.when(met < need).then(pl.format("{} {} of {} {}", "direction", met, need, "unit")),
    )
    ratings = percents.sort(OF).group_by("entry").agg(
        rating=pl.col("percent").mean(),
        lowest=pl.col("percent").min(),
        points=pl.col("worth").sum(),
        lacking=pl.col("lacks").drop_nulls().str.join(", "),
    )  # fmt: skip
    unsure = every.filter(pl.col("need").is_null()).select("entry", unsure=True).unique()
    seen = (
        entries.select("entry")
        .join(ratings, on="entry", how="left", maintain_order="left")
        .join(unsure, on="entry", how="left", maintain_order="left")
    )
    rating, lacking = pl.col("rating"), pl.col("lacking")
    return told(
        seen,
        Says(pl.col("unsure"), "undecided", "term-not-chosen", "which term is longer is not told"),
        Says(rating.is_null(), "undecided", "no-norms", "none of the directions has a norm"),
        Says(
            lacking != "",
            given.get("incomplete", "out"),
            "level-incomplete",
            "rating {}: {}",
            {"rating": rating, "lacking": lacking},
        ),
        otherwise("rating {}: every direction fulfilled", rating=rating),
        keep=("rating", "lowest", "points"),
    )


PEERS: Mapping[str, Bare] = {
    "age": age,
    "attached": attached,
    "confirmed": confirmed,
    "contract": contract,
    "covers": covers,
    "deadline": deadline,
    "directions": directions,
    "first-time": first_time,
    "levels": levels,
    "norm": norm,
    "proposal": proposal,
    "registered": registered,
    "term": term,
}
