"""The rules of the jobs as bare polars expressions: what somebody would write for one contest, in one place.

Each takes the entries (with a column `group`), the step's values and its tables, and gives what a verdict is: the
entry, its verdict, code, sentence and figures. No ranks for later steps, no evidence, no check of what is given, and no
mixed fractions: points are read as decimals.
"""

from collections.abc import Callable, Mapping
from typing import Any

import bare_juries
import bare_medal
import bare_papers
import polars as pl
from bare_told import POINTS, Given, Says, Tables
from bare_told import otherwise as _else
from bare_told import told as _told

from jobs.equals import largest_remainder, parts
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
    return _told(entries, unknown, fails, _else(f"{column}: in order"))


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
    "between": lambda value, given: value.is_between(*given["between"]),
}


def during(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    window, time = given["window"], pl.col(given["column"])
    shown = {"at": time.dt.convert_time_zone(window.zone).dt.strftime("%Y-%m-%d %H:%M:%S")}
    outside = (time < window.opens_at) | (time >= window.closes_at)
    late = Says(outside, given.get("verdict", "out"), "outside", "made at {}, outside the window", shown)
    return _told(entries, late, _else("made in time, at {}", **shown))


def share(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    part, whole, least = pl.col(given["part"]), pl.col(given["of"]), given["least"]
    fails = part * least.denominator < whole * least.numerator
    figures = {"part": part, "of": whole}
    above = Says(part > whole, "undecided", "more-than-all", "{} of {}", figures)
    return _told(
        entries, above, Says(fails, "out", "below", "{} of {}", figures), _else("{} of {}", **figures)
    )


def grades(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    lookup, grade = given["of"], pl.col(given["column"])
    wanted = pl.col(lookup.column).replace_strict(lookup.values, default=None)
    lowest, highest = (wanted.str.split("-").list.get(at).cast(pl.Int64) for at in (0, -1))
    figures = {"grade": grade, "wanted": wanted}
    unknown = Says(wanted.is_null() | grade.is_null(), "undecided", "unknown", "not told", {})
    fails = Says(~grade.is_between(lowest, highest), "out", "grade", "grade {}, not {}", figures)
    return _told(entries, unknown, fails, _else("grade {} of {}", **figures))


def upward(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    declared, own = pl.col(given["declared"]), pl.col(given["own"])
    figures = {"declared": declared, "own": own}
    unknown = Says(declared.is_null() | own.is_null(), "undecided", "unknown", "not told", {})
    return _told(
        entries,
        unknown,
        Says(declared < own, "out", "lower", "{} below {}", figures),
        _else("{} from {}", **figures),
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
    return _told(entries, fails, _else("complete"))


# --- of an entry among others, or beside another table ---


def match(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    wanted = [pl.col(name).cast(pl.String) == str(value) for name, value in given["where"].items()]
    listed = tables["feed"].select(*given["on"], fits=pl.all_horizontal(pl.lit(value=True), *wanted))
    found = listed.group_by(given["on"]).agg(pl.len().alias("versions"), pl.col("fits").all())
    seen = entries.select("entry", *given["on"]).join(
        found, on=given["on"], how="left", maintain_order="left"
    )
    absent = Says(pl.col("versions").is_null(), "out", "not-listed", "not on the list", {})
    twice = Says(pl.col("versions") > 1, "undecided", "twice", "{} times", {"versions": pl.col("versions")})
    return _told(
        seen, absent, twice, Says(~pl.col("fits"), "out", "not-so", "not with that", {}), _else("on the list")
    )


def unique(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    """Of equal marks the earliest; without the chains of marks that make several one work."""
    marks = given["on"]
    ordered = entries.sort(given["first"], "entry", nulls_last=True)
    kept = pl.min_horizontal(
        *(pl.when(pl.col(m).is_not_null()).then(pl.int_range(pl.len()).first().over(m)) for m in marks),
        pl.int_range(pl.len()),
    )
    seen = ordered.with_columns(kept=pl.col("entry").gather(kept))
    people = seen.with_columns(people=pl.col(given["of"]).n_unique().over("kept"))
    again = Says(pl.col("kept") != pl.col("entry"), "out", "same", "the same as {}", {"kept": pl.col("kept")})
    several = Says(pl.col("people") > 1, "undecided", "several", "of {}", {"people": pl.col("people")})
    return _told(people, again, several, _else("the first"))


def quorum(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    counted = entries.with_columns(found=pl.col(given["of"]).drop_nulls().n_unique().over("group"))
    figures = {"found": pl.col("found")}
    verdict = "undecided" if given["below"] == "ask" else "out"
    few = Says(pl.col("found") < given["least"], verdict, "below", "{} are too few", figures)
    return _told(counted, few, _else("{} are enough", **figures))


def top(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    columns = [pl.col(name).cast(pl.Int64, strict=False) for name in given["points"]]
    ranked = entries.with_columns(points=pl.sum_horizontal(columns)).with_columns(
        rank=pl.col("points").rank("min", descending=True).over("group")
    )
    figures = {"rank": pl.col("rank"), "points": pl.col("points")}
    unknown = Says(pl.any_horizontal(c.is_null() for c in columns), "undecided", "unknown", "not told", {})
    beyond = Says(pl.col("rank") > (given.get("places") or 0), "out", "beyond", "place {} with {}", figures)
    return _told(ranked, unknown, beyond, _else("place {} with {}", **figures))


def qualify(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    points = pl.col(given["points"]).cast(POINTS, strict=False)
    figures = {"rank": pl.col("rank"), "points": pl.col(given["points"]), "places": pl.col("places")}
    unknown = Says(pl.col("rank").is_null(), "undecided", "unknown", "not told", {})
    if given.get("least") is not None:
        ranked = entries.with_columns(rank=points, places=pl.lit(given["least"]).cast(POINTS))
        return _told(
            ranked, unknown, Says(pl.col("rank") < pl.col("places"), "out", "below", "{} {} {}", figures),
            _else("{} {} {}", **figures),
        )  # fmt: skip
    within = ["group", "sender"] if given.get("sent_by") else ["group"]
    share, sat = given.get("share"), pl.len().over(within)
    whole = given.get("whole") or {}
    senders = entries.with_columns(_senders(given, list(whole)).alias("sender"), points=points)
    usual = _half_up(sat, share) if share else pl.lit(given.get("places"))
    ranked = senders.with_columns(
        rank=pl.col("points").rank("min", descending=True).over(within),
        tied=pl.len().over([*within, "points"]),
        places=pl.coalesce(
            pl.col("sender").replace_strict(whole, default=None, return_dtype=pl.Int64), usual
        ),
    )
    last = pl.when(pl.col("rank") <= pl.col("places")).then("points").min().over(within)
    told = ranked.with_columns(cut=last, behind=pl.col("rank") + pl.col("tied") - 1)
    tied = (pl.col("rank") <= pl.col("places")) & (pl.col("behind") > pl.col("places"))
    cut = figures | {"cut": pl.col("cut")}
    sets = figures | {"extend": pl.col("behind"), "exclude": pl.col("rank") - 1}
    return _told(
        told,
        unknown,
        Says(tied, "undecided", "tied", "place {} with {} of {}: with all {} are in, without {}", sets),
        Says(
            pl.col("rank") > pl.col("places"), "out", "beyond", "place {} with {} of {}, the last at {}", cut
        ),
        _else("place {} with {} of {}", **figures),
    )


def _senders(given: Given, whole: list[str]) -> pl.Expr:
    """The name of a sender that stands alone, or all that tells who sent the entry."""
    columns = given.get("whole_in") or given.get("sent_by") or []
    alone = [_begins(pl.col(column), whole) for column in columns]
    known = [pl.col(name).fill_null("") for name in given.get("sent_by") or []]
    return pl.coalesce(*alone, pl.concat_str(known, separator="/") if known else pl.lit(""))


def _begins(text: pl.Expr, names: list[str]) -> pl.Expr:
    return pl.when(text.str.extract(r"^(\S+)").is_in(names)).then(text)


def _half_up(number: pl.Expr, share: Any) -> pl.Expr:
    rounded: pl.Expr = (2 * number * share.numerator + share.denominator) // (2 * share.denominator)
    return rounded


def award(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    points = pl.col(given["points"]).cast(POINTS, strict=False)
    ranked = entries.with_columns(points=points).with_columns(
        rank=pl.col("points").rank("min", descending=True).over("group"), number=pl.len().over("group")
    )
    numbers = entries[given.get("of", "places")].drop_nulls().unique() if given.get("shares") else None
    given_award = _band(given) if given.get("bands") else _place(given, numbers)
    awarded = ranked.with_columns(award=given_award).with_columns(
        last=(pl.col("rank") + pl.len().over("group", "points") - 1),
        following=pl.col("award").shift(-1).over("group"),
    )
    figures = {"award": pl.col("award"), "rank": pl.col("rank"), "points": pl.col(given["points"])}
    none = Says(pl.col("award").is_null(), "out", "none", "no award", {})
    return _told(awarded, none, _else("{} at place {} with {}", **figures))


def _band(given: Given) -> pl.Expr:
    result: pl.Expr = pl.lit(None, pl.String)
    for name, border in reversed(list(zip(given["awards"], given["bands"], strict=True))):
        result = (
            pl.when(pl.col("points") >= pl.lit(str(border)).cast(POINTS)).then(pl.lit(name)).otherwise(result)
        )
    return result


def _place(given: Given, numbers: pl.Series | None) -> pl.Expr:
    """By counts, or by the shares of each number of winners that there is."""
    result: pl.Expr = pl.lit(None, pl.String)
    for at, name in reversed(list(enumerate(given["awards"]))):
        result = pl.when(pl.col("rank") <= _border(given, numbers, at)).then(pl.lit(name)).otherwise(result)
    return result


def _border(given: Given, numbers: pl.Series | None, at: int) -> pl.Expr:
    if numbers is None:
        return pl.lit(sum(given["counts"][: at + 1]))
    shares = parts("award.shares", given["shares"])
    split = {number: sum(largest_remainder(number, shares)[: at + 1]) for number in numbers}
    return pl.col(given.get("of", "places")).replace_strict(split, default=None, return_dtype=pl.Int64)


def places(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    number = given.get("most") or given.get("exactly") or 0
    counted = entries.with_columns(found=pl.len().over("group", *given["by"]))
    figures = {"found": pl.col("found")}
    many = Says(
        pl.col("found") > number, given.get("otherwise", "undecided"), "many", "{} are too many", figures
    )
    return _told(counted, many, _else("{} entered", **figures))


def jury(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """Without bonuses, own pupils, minutes and marks by public codes; means are floats."""
    most = {key.split("/")[-1]: value for key, value in given["maxima"].items()}
    rounds = given.get("rounds") or [None]
    sheets = tables["scores"].with_columns(
        points=pl.col("points").cast(POINTS, strict=False),
        most=pl.col("criterion").replace_strict(most, default=None).cast(POINTS),
    )
    if given.get("rounds"):
        sheets = sheets.filter(pl.col("round").cast(pl.String).fill_null(rounds[0]).is_in(rounds))
    by_juror = sheets.group_by("contestant", "juror").agg(
        pl.col("points").sum(),
        above=(pl.col("points") > pl.col("most")).any(),
        strange=pl.col("most").is_null().any(),
        marks=pl.len(),
        things=pl.struct("round", "criterion").n_unique(),
    )
    marked = by_juror.group_by("contestant").agg(
        score=pl.col("points").cast(pl.Float64).mean(),
        jurors=pl.len(),
        above=pl.col("above").any(),
        strange=pl.col("strange").any(),
        twice=(pl.col("marks") > pl.col("things")).any(),
        missing=(len(given["maxima"]) * len(rounds) - pl.col("things").cast(pl.Int64)).sum(),
    )
    key = given.get("contestant", "entry")
    seen = entries.select("entry", contestant=pl.col(key)).join(
        marked, on="contestant", how="left", maintain_order="left"
    )
    figures = {"score": pl.col("score"), "jurors": pl.col("jurors")}
    few = pl.col("jurors").fill_null(0) < given.get("least_jurors", 1)
    return _told(
        seen,
        Says(pl.col("above"), "undecided", "above", "a mark beyond its most", {}),
        Says(pl.col("strange"), "undecided", "strange", "a mark for another criterion", {}),
        Says(pl.col("twice"), "undecided", "twice", "two marks for one", {}),
        Says(few, "undecided", "few", "{} jurors are too few", {"jurors": pl.col("jurors").fill_null(0)}),
        Says(pl.col("missing") > 0, "undecided", "missing", "{} are missing", {"missing": pl.col("missing")}),
        _else("{} by {} jurors", **figures),
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
    return _told(
        seen,
        Says(pl.col("without") > 0, "undecided", "without", "{} of {} have none", lacks),
        Says(pl.col("of") > pl.col("people"), "undecided", "several", "several results", {}),
        _else("{} of {} ({})", **figures),
    )


def total(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    parts = [pl.col(name).cast(POINTS, strict=False) for name in given["columns"]]
    summed = entries.with_columns(total=pl.sum_horizontal(parts))
    unknown = Says(
        pl.any_horizontal(part.is_null() for part in parts), "undecided", "unknown", "not told", {}
    )
    return _told(summed, unknown, _else("{} in all", total=pl.col("total")))


BARE: Mapping[str, Bare] = {
    "award": award,
    "documents": documents,
    "during": during,
    "grades": grades,
    "jury": jury,
    "match": match,
    "places": places,
    "qualify": qualify,
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
}

_LETTERS = "its answers are letters and replies, not a rule over rows"
_LOT = "a lot from a beacon: the same result needs the same code (bench/draws.py)"
_ELSEWHERE = "measured beside a peer of its own in bench/integrity.py"

WITHOUT: Mapping[str, str] = {
    "admit": "an assignment, measured beside a library in bench/admission.py",
    "author": _LETTERS,
    "author-sheets": _LETTERS,
    "confirmed": _LETTERS,
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
