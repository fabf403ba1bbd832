"""The rules of the jobs as bare polars expressions: what somebody would write for one contest, in one place.

Each takes the entries (with a column `group`), the step's values and its tables, and gives what a verdict is: the
entry, its verdict, code, sentence and figures, and the ranks, places and points that the rule gives to the steps after
it. No evidence, no check of what is given, and no mixed fractions: points are read as decimals.
"""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import bare_juries
import bare_medal
import bare_papers
import bare_sheets
import bare_winners
import polars as pl
from bare_told import POINTS, Given, Says, Tables, otherwise, told

from jobs.iin import iin_birth_date, iin_valid

Bare = Callable[[pl.DataFrame, Given, Tables], pl.DataFrame]


# --- of one entry by itself ---


def require(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    column = given["column"]
    value = pl.col(column)
    holds = _CONDITION[next(key for key in _CONDITION if given.get(key) is not None)](value, given)
    shown = {"value": value.cast(pl.String)}
    unknown = Says(value.is_null(), given.get("unknown", "out"), "not-told", f"{column}: not told", {})
    fails = Says(~holds, given.get("otherwise", "out"), "not-so", f"{column}: {{}}", shown)
    return told(entries, unknown, fails, otherwise(f"{column}: in order"))


def _is(value: pl.Expr, given: Given) -> pl.Expr:
    adult = iin_valid(value) & iin_birth_date(value).is_not_null()
    kinds = {
        "present": value.is_not_null(),
        "iin": iin_valid(value) if given["is_"] == "iin" else adult,
        "adult-iin": adult,
    }
    told: pl.Expr = value.cast(pl.Boolean, strict=False) == (given["is_"] == "true")
    return kinds.get(given["is_"], told)


def _contains(value: pl.Expr, given: Given) -> pl.Expr:
    lookup = given["contains"]
    own = pl.col(lookup.column).replace_strict(lookup.values, default=None).str.to_lowercase()
    return pl.format(" {} ", value.str.to_lowercase()).str.contains(own, literal=True)


_CONDITION: Mapping[str, Callable[[pl.Expr, Given], pl.Expr]] = {
    "is_": _is,
    "contains": _contains,
    "one_of": lambda value, given: (
        value.cast(pl.String).str.to_lowercase().is_in([w.lower() for w in given["one_of"]])
    ),
    "none_of": lambda value, given: (
        ~value.cast(pl.String).str.to_lowercase().is_in([w.lower() for w in given["none_of"]])
    ),
    "between": lambda value, given: value.is_between(*given["between"]),
}


def during(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    window, time = given["window"], pl.col(given["column"])
    lookup = given.get("zones")
    zones = sorted(set(lookup.values.values()) - {window.zone}) if lookup else []
    own = (
        pl.col(lookup.column).cast(pl.String).replace_strict(lookup.values, default=None) if lookup else None
    )
    opens, closes, shown = pl.lit(window.opens_at), pl.lit(window.closes_at), _clock(time, window.zone)
    for zone in zones:
        there = own == zone
        wall = [
            at.astimezone(ZoneInfo(window.zone)).replace(tzinfo=None)
            for at in (window.opens_at, window.closes_at)
        ]
        opened, closed = (pl.lit(at).dt.replace_time_zone(zone).dt.convert_time_zone("UTC") for at in wall)
        opens = pl.when(there).then(opened).otherwise(opens)
        closes = pl.when(there).then(closed).otherwise(closes)
        shown = pl.when(there).then(_clock(time, zone)).otherwise(shown)
    late = Says(
        (time < opens) | (time >= closes),
        given.get("verdict", "out"),
        "outside",
        "made at {}, outside {} to {}",
        {
            "at": shown,
            "opens": opens.dt.strftime("%Y-%m-%d %H:%M"),
            "closes": closes.dt.strftime("%Y-%m-%d %H:%M"),
        },
    )
    return told(entries, late, otherwise("made in time, at {}", at=shown))


def _clock(time: pl.Expr, zone: str) -> pl.Expr:
    return time.dt.convert_time_zone(zone).dt.strftime("%Y-%m-%d %H:%M:%S")


def share(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    part, whole, least = pl.col(given["part"]), pl.col(given["of"]), given["least"]
    fails = part * least.denominator < whole * least.numerator
    figures = {"part": part, "of": whole}
    above = Says(part > whole, "undecided", "more-than-all", "{} of {}", figures)
    return told(
        entries, above, Says(fails, "out", "below", "{} of {}", figures), otherwise("{} of {}", **figures)
    )


def grades(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    lookup, grade = given["of"], pl.col(given["column"])
    table = {subject.lower(): grades for subject, grades in lookup.values.items()}
    wanted = (
        pl.col(lookup.column).str.to_lowercase().replace_strict(table, default=None, return_dtype=pl.String)
    )
    lowest, highest = (wanted.str.split("-").list.get(at).cast(pl.Int64) for at in (0, -1))
    subject = pl.col(lookup.column)
    figures = {"grade": grade, "subject": subject, "wanted": wanted}
    free = Says(
        wanted.is_null(),
        given.get("unlisted", "undecided"),
        "unlisted",
        "no grades for {}",
        {"subject": subject},
    )
    unknown = Says(grade.is_null(), "undecided", "unknown", "no grade told in {}", {"subject": subject})
    fails = Says(~grade.is_between(lowest, highest), "out", "grade", "grade {} in {}, not {}", figures)
    return told(entries, free, unknown, fails, otherwise("grade {} in {}, of {}", **figures))


def upward(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    declared, own = pl.col(given["declared"]), pl.col(given["own"])
    figures = {"declared": declared, "own": own}
    unknown = Says(declared.is_null() | own.is_null(), "undecided", "unknown", "not told", {})
    return told(
        entries,
        unknown,
        Says(declared < own, "out", "lower", "{} below {}", figures),
        otherwise("{} from {}", **figures),
    )


def documents(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    listed = pl.format(
        " {} ", pl.col(given.get("column", "documents")).fill_null("") if given.get("papers") else pl.lit("")
    )
    absent = [
        (~listed.str.contains(f" {paper} ", literal=True), paper) for paper in given.get("papers") or []
    ]
    absent += [(pl.col(name).is_null(), name) for name in given.get("fields") or []]
    missing = pl.concat_str(
        [pl.when(when).then(pl.lit(name)) for when, name in absent], separator=", ", ignore_nulls=True
    )
    fails = Says(missing != "", given.get("otherwise", "out"), "missing", "missing: {}", {"missing": missing})
    return told(entries, fails, otherwise("complete"))


# --- of an entry among others, or beside another table ---


def match(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    wanted = [pl.col(name).cast(pl.String) == str(value) for name, value in given["where"].items()]
    take = given.get("take") or []
    listed = tables["feed"].select(*given["on"], *take, fits=pl.all_horizontal(pl.lit(value=True), *wanted))
    found = listed.group_by(given["on"]).agg(
        pl.len().alias("versions"), pl.col("fits").all(), pl.col(take).first()
    )
    seen = entries.select("entry", *given["on"]).join(
        found, on=given["on"], how="left", maintain_order="left"
    )
    absent = Says(pl.col("versions").is_null(), "out", "not-listed", "not on the list", {})
    twice = Says(pl.col("versions") > 1, "undecided", "twice", "{} times", {"versions": pl.col("versions")})
    return told(
        seen,
        absent,
        twice,
        Says(~pl.col("fits"), "out", "not-so", "not with that", {}),
        otherwise("on the list"),
        keep=tuple(take),
    )


def unique(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    """Of equal marks the earliest of a person; the first mark that holds makes a work, without chains of marks."""
    ordered = entries.sort(given["first"], "entry", nulls_last=True).with_row_index("at")
    work = pl.col("at")
    for mark in reversed(given["on"]):
        work = pl.when(pl.col(mark).is_not_null()).then(pl.col("at").first().over(mark)).otherwise(work)
    owner = pl.col(given["of"])
    seen = ordered.with_columns(work=work).with_columns(
        kept=pl.col("entry").first().over("work", given["of"]),
        times=pl.len().over("work"),
        people=owner.n_unique().over("work"),
    )
    again = Says(pl.col("kept") != pl.col("entry"), "out", "same", "the same as {}", {"kept": pl.col("kept")})
    several = Says(pl.col("people") > 1, "undecided", "several", "of {}", {"people": pl.col("people")})
    kept = told(seen, again, several, otherwise("the first of {}", times=pl.col("times")))
    return entries.select("entry").join(kept, on="entry", how="left", maintain_order="left")


def quorum(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    counted = entries.with_columns(found=pl.col(given["of"]).drop_nulls().n_unique().over("group"))
    figures = {"found": pl.col("found")}
    verdict = "undecided" if given["below"] == "ask" else "out"
    few = Says(pl.col("found") < given["least"], verdict, "below", "{} are too few", figures)
    return told(counted, few, otherwise("{} are enough", **figures))


def top(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """Of one group, as the job is called for each. With all that the rulebooks ask of it: what breaks ties, of several
    entries of a person the best, the two readings of counts that are unknown, the three ways to add counts."""
    names, optional = given["points"], given.get("optional") or []
    if len(groups := entries.partition_by("group")) > 1:
        return pl.concat(top(each, given, tables) for each in groups)
    if "seats" in tables:
        seats = pl.coalesce("seats", pl.col("intake") // 10)  # a tenth of the intake where none are declared
        given = {**given, "places": tables["seats"].select(seats.sum()).item()}
    zero = _ranked(entries, given, pl.sum_horizontal(pl.col(name).fill_null(0) for name in names))
    if given.get("compare"):
        weights = given.get("weights") or [1] * len(names)
        weighted = pl.sum_horizontal(pl.col(name) * by for name, by in zip(names, weights, strict=True))
        others = [_ranked(entries, given, pl.col(names[0])), _ranked(entries, given, weighted)]
        for each in (zero, *others):
            each.filter(pl.col("rank") <= given["places"])["entry"].sort()
    counted = [pl.col(name).fill_null(0) for name in names if name not in optional]
    other = _ranked(entries, given, pl.sum_horizontal(counted)) if optional else zero
    if not entries.select(
        pl.any_horizontal(pl.col(name).is_null() for name in optional or names).any()
    ).item():
        other = zero
    return _topped(zero.with_columns(other=other["rank"]), given)


def _ranked(entries: pl.DataFrame, given: Given, points: pl.Expr) -> pl.DataFrame:
    """In the order of the entries, with `points` and `rank`; null of whoever is not the best of a person."""
    known = pl.any_horizontal if given.get("optional") else pl.all_horizontal
    told = known(pl.col(name).is_not_null() for name in given["points"])
    chain = given.get("chain") or []
    keys = [
        pl.when(told).then(points).alias("points"),
        *(pl.col(name.removeprefix("-")).alias(name) for name in chain),
    ]
    seen = entries.with_row_index("at").with_columns(keys)
    order, falling = ["points", *chain], [True, *(not name.startswith("-") for name in chain)]
    best = seen.sort(*order, "entry", descending=[*falling, False], nulls_last=True)
    if given.get("one_each"):
        best = best.unique(given["one_each"], keep="first", maintain_order=True)
    new = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in order)
    place = pl.int_range(1, pl.len() + 1)
    ranks = best.with_columns(
        rank=pl.when(pl.col("points").is_not_null()).then(
            pl.when(new | (place == 1)).then(place).forward_fill()
        )
    )
    return seen.join(ranks.select("at", "rank"), on="at", how="left", maintain_order="left")


def _topped(ranked: pl.DataFrame, given: Given) -> pl.DataFrame:
    places, rank = given.get("places") or 0, pl.col("rank")
    last = ranked.filter(rank <= places).select(pl.col("points").min()).item()
    figures = {"rank": rank, "points": pl.col("points"), "cut": pl.lit(last)}
    unknown = Says(pl.col("points").is_null(), "undecided", "unknown", "not told", {})
    differs = (rank <= places) != (pl.col("other") <= places)
    readings = Says(
        differs, "undecided", "readings", "place {} or {}", {"rank": rank, "other": pl.col("other")}
    )
    better = Says(
        rank.is_null(), "out", "better", "{} points, another is better", {"points": pl.col("points")}
    )
    beyond = Says(rank > places, "out", "beyond", "place {} with {}, the last at {}", figures)
    return told(
        ranked, unknown, readings, better, beyond, otherwise("place {} with {}, the last at {}", **figures)
    )


def _begins(text: pl.Expr, names: list[str]) -> pl.Expr:
    return pl.when(text.str.extract(r"^(\S+)").is_in(names)).then(text)


def places(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    number = given.get("most") or given.get("exactly") or 0
    whole, apart = given.get("whole") or {}, [pl.col(name) for name in given.get("apart") or []]
    sender = pl.concat_str(*(pl.col(name).fill_null("") for name in given["by"]), separator="/")
    allowed: pl.Expr = pl.lit(number)
    if whole:
        own = pl.col(given["whole_in"])
        name = _begins(own, list(whole)).str.extract(r"^(\S+)")
        sender = pl.when(name.is_not_null()).then(pl.concat_str(own, *apart, separator="/")).otherwise(sender)
        allowed = pl.coalesce(name.replace_strict(whole, default=None, return_dtype=pl.Int64), allowed)
    counted = entries.with_columns(sender=sender, allowed=allowed).with_columns(sent=pl.len().over("sender"))
    sent, allowed = pl.col("sent"), pl.col("allowed")
    figures = {"sender": pl.col("sender"), "sent": sent, "allowed": allowed}
    verdict = given.get("otherwise", "undecided")
    unknown = pl.all_horizontal(pl.col(name).is_null() for name in given["by"])
    return told(
        counted,
        Says(unknown, "undecided", "unknown", "not told", {}),
        Says(sent > allowed, verdict, "many", "{}: {} of {}", figures),
        Says((sent < allowed) & (given.get("exactly") is not None), verdict, "few", "{}: {} of {}", figures),
        otherwise("{}: {} of {}", **figures),
    )


def jury(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """Without marks by public codes and names that are lists; the mean as a fraction that is not reduced."""
    of_these = (
        tables["scores"]
        .drop_nulls("points")
        .join(entries.select("entry", contestant="entry"), on="contestant")
    )
    things, rounds = _things(given), given.get("rounds")
    if given.get("stage"):
        of_these = of_these.filter(
            pl.col("stage").is_null() | (pl.col("stage").cast(pl.String) == given["stage"])
        )
    by = ["criterion"]
    if rounds:
        alone = pl.lit(rounds[0] if len(rounds) == 1 else None, pl.String)
        of_these = of_these.with_columns(pl.col("round").cast(pl.String).fill_null(alone)).filter(
            pl.col("round").is_in(rounds)
        )
        by = ["round", "criterion"]
    own = _own_pupils(entries, given, tables)
    marks = (
        of_these.with_columns(pl.col("points").cast(POINTS), pl.col("criterion").str.to_lowercase())
        .join(things, on=by, how="left")
        .join(own, on=["entry", "juror"], how="left")
        .join(_seats(tables, given.get("stage")), on="juror", how="left")
        .with_columns(pl.col("own").fill_null(value=False))
    )
    body = next((name for name in ("nomination", "section", "subject") if name in entries.columns), None)
    if body:
        marks = marks.join(
            entries.select("entry", judged=pl.col(body).str.to_lowercase()), on="entry", how="left"
        )
    else:
        marks = marks.with_columns(judged=pl.lit(None, pl.String))
    listed = "jurors" in tables
    worth = pl.col("points").sum().over("entry", "juror", "thing") if given.get("bonus") else pl.col("points")
    sheets = (
        marks.with_columns(worth=worth)
        .group_by("entry", "juror")
        .agg(
            pl.col("own").first(),
            total=pl.min_horizontal("worth", "most").filter(~pl.col("extra")).sum(),
            marked=(~pl.col("extra")).sum().cast(pl.Int64),
            above=(pl.col("points") > pl.col("limit")).any(),
            strange=pl.col("thing").is_null().any(),
            stranger=pl.col("bodies").is_null().any() & listed,
            elsewhere=(~pl.col("bodies").list.contains(pl.col("judged")) & ~pl.col("free")).any(),
            twice=pl.col("item").n_unique() < pl.len(),
            late=(~pl.col("minutes").is_between("fewest", "longest")).any(),
        )
    )
    counts = ~pl.col("own")
    flags = ("above", "strange", "stranger", "elsewhere", "twice", "late")
    number = things.filter(~pl.col("extra")).height
    marked = sheets.group_by("entry").agg(
        pl.col("total").filter(counts).sum(),
        jurors=counts.sum().cast(pl.Int64),
        recused=pl.col("own").sum(),
        missing=(number - pl.col("marked")).filter(counts).sum(),
        **{name: (pl.col(name) & counts).any() for name in flags},
    )
    seen = entries.select("entry").join(marked, on="entry", how="left", maintain_order="left")
    by_jurors = pl.when(given["of"] == "mean").then("jurors").otherwise(1)
    milli = pl.col("total").cast(pl.Decimal(38, 3)).to_physical().cast(pl.Int64)
    scored = seen.with_columns(
        pl.col("jurors").fill_null(0), whole=milli // (1000 * by_jurors), rest=milli % (1000 * by_jurors)
    )
    score = pl.concat_str(pl.col("whole"), pl.lit(" "), pl.col("rest"), pl.lit("/"), 1000 * pl.col("jurors"))
    figures = {"score": score, "jurors": pl.col("jurors")}
    few = pl.col("jurors") < given.get("least_jurors", 1)
    return told(
        scored,
        Says(pl.col("above"), "undecided", "above", "a mark beyond its most", {}),
        Says(pl.col("strange"), "undecided", "strange", "a mark for another criterion", {}),
        Says(pl.col("stranger"), "undecided", "stranger", "nobody of the jury", {}),
        Says(pl.col("elsewhere"), "undecided", "elsewhere", "of another jury", {}),
        Says(pl.col("twice"), "undecided", "twice", "two marks for one", {}),
        Says(few, "undecided", "few", "{} jurors are too few", {"jurors": pl.col("jurors")}),
        Says(pl.col("missing") > 0, "undecided", "missing", "{} are missing", {"missing": pl.col("missing")}),
        Says(pl.col("late"), "undecided", "late", "{}, but too long", {"score": score}),
        Says(
            pl.col("recused") > 0,
            "in",
            "recused",
            "{} by {} jurors, {} not counted",
            {**figures, "recused": pl.col("recused")},
        ),
        otherwise("{} by {} jurors", **figures),
    )


def _things(given: Given) -> pl.DataFrame:
    """What is marked: of each its most points, those of its criterion, and its minutes."""
    rows = []
    for key, most in given["maxima"].items():
        named, _, criterion = key.rpartition("/")
        fewest, _, longest = (given.get("times") or {}).get(key, "-").rpartition("-")
        span = (int(fewest or 0) if longest else None, int(longest) if longest else None)
        for each in [named] if named else given.get("rounds") or [None]:
            thing = len(rows) // 2
            rows.append((each, criterion.lower(), thing, False, most, most, *span))
            rows.append(
                (
                    each,
                    f"{criterion.lower()}-bonus",
                    thing,
                    True,
                    (given.get("bonus") or {}).get(key),
                    most,
                    *span,
                )
            )
    schema = {
        "round": pl.String, "criterion": pl.String, "thing": pl.Int64, "extra": pl.Boolean, "limit": pl.String,
        "most": pl.String, "fewest": pl.Int64, "longest": pl.Int64,
    }  # fmt: skip
    told = pl.DataFrame(rows, schema=schema, orient="row").drop_nulls("limit")
    return told.with_columns(pl.col("limit", "most").cast(POINTS), item=pl.int_range(pl.len()))


def _own_pupils(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    if "jurors" not in tables:
        return pl.DataFrame(schema={"entry": pl.String, "juror": pl.String, "own": pl.Boolean})
    jurors = tables["jurors"]
    taught = jurors.select("juror", entry=pl.col("teaches").str.split(" ")).explode("entry").drop_nulls()
    if not given.get("teacher"):
        return taught.select("entry", "juror", own=pl.lit(value=True))
    name = pl.col(given["teacher"]).str.to_lowercase()
    named = jurors.select("juror", name=pl.col("name").str.to_lowercase()).drop_nulls()
    pupils = entries.select("entry", name=name).join(named, on="name")
    both = pl.concat([taught.select("entry", "juror"), pupils.select("entry", "juror")]).unique()
    return both.with_columns(own=pl.lit(value=True))


def _seats(tables: Tables, stage: str | None) -> pl.DataFrame:
    """The bodies on which each juror sits, and whether one of them is not told."""
    if "jurors" not in tables:
        return pl.DataFrame(schema={"juror": pl.String, "bodies": pl.List(pl.String), "free": pl.Boolean})
    own = pl.col("stage").cast(pl.String)
    of_stage = own.is_null() | (own == stage) if stage else pl.lit(value=True)
    seated = tables["jurors"].filter(pl.col("role").cast(pl.String) != "secretary", of_stage)
    return seated.group_by("juror").agg(
        bodies=pl.col("nomination").str.to_lowercase(), free=pl.col("nomination").is_null().any()
    )


def team_mean(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    people = entries.select("entry", participant=pl.col(given["authors"]).str.split(" ")).explode(
        "participant"
    )
    results = tables["results"].select("participant", pl.col("score").cast(POINTS, strict=False))
    joined = people.join(results, on="participant", how="left")
    means = joined.group_by("entry").agg(
        mean=pl.col("score").cast(pl.Float64).mean(),
        people=pl.col("participant").n_unique(),
        of=pl.len(),
        without=pl.col("score").null_count(),
        each=pl.col("score").cast(pl.String).str.join(", "),
    )
    seen = entries.select("entry").join(means, on="entry", how="left", maintain_order="left")
    figures = {"mean": pl.col("mean"), "people": pl.col("people"), "each": pl.col("each")}
    lacks = {"without": pl.col("without"), "people": pl.col("people")}
    return told(
        seen,
        Says(pl.col("without") > 0, "undecided", "without", "{} of {} have none", lacks),
        Says(pl.col("of") > pl.col("people"), "undecided", "several", "several results", {}),
        otherwise("{} of {} ({})", **figures),
    )


def total(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    parts = [pl.col(name).cast(POINTS, strict=False) for name in given["columns"]]
    summed = entries.with_columns(total=pl.sum_horizontal(parts))
    unknown = Says(
        pl.any_horizontal(part.is_null() for part in parts), "undecided", "unknown", "not told", {}
    )
    return told(summed, unknown, otherwise("{} in all", total=pl.col("total")))


BARE: Mapping[str, Bare] = {
    "documents": documents,
    "during": during,
    "grades": grades,
    "jury": jury,
    "match": match,
    "places": places,
    "quorum": quorum,
    "require": require,
    "share": share,
    "team-mean": team_mean,
    "top": top,
    "total": total,
    "unique": unique,
    "upward": upward,
    **bare_juries.PEERS,
    **bare_medal.PEERS,
    **bare_papers.PEERS,
    **bare_sheets.PEERS,
    **bare_winners.PEERS,
}

_LETTERS = "its answers are letters and replies, not a rule over rows"
_LOT = "a lot from a beacon: the same result needs the same code (bench/draws.py)"
_ELSEWHERE = "measured beside a peer of its own in bench/integrity.py"

WITHOUT: Mapping[str, str] = {
    "admit": "an assignment, measured beside a library in bench/admission.py",
    "author": _LETTERS,
    "author-sheets": "two calls of `jury`, which has a peer",
    "consult": _LETTERS,
    "draw": _LOT,
    "fast-and-accurate": _ELSEWHERE,
    "integrity": _ELSEWHERE,
    "invite": _LETTERS,
    "lookalike": "near-equal texts: no expression of polars compares them",
    "order": _LOT,
    "rotation": _LOT,
}
"""Why a job has no bare expression; of a job in neither list none has been written."""
