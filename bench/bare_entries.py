"""Rules of single entries, of entries among others and beside a list, as somebody would write them in plain polars."""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import polars as pl
from bare_told import Bare, Given, Says, Tables, otherwise, told

from jobs.iin import iin_birth_date, iin_valid

# --- of one entry by itself ---


def require(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    """Of what is not there nothing is told, but that a paper is missing or a box is not ticked is told by that."""
    column, unknown = given["column"], given.get("unknown", "out")
    value = pl.col(column)
    holds, nothing = _CONDITION[next(key for key in _CONDITION if given.get(key) is not None)](value, given)
    ticked = given.get("is_") is not None and given["is_"] != "false"
    silent = nothing & (not ticked or unknown != "out")
    other = given.get("differs_from")
    same = (value == pl.col(other)).fill_null(value=False) if other else pl.lit(value=False)
    shown = {"value": value.cast(pl.String).fill_null("")}
    fails = ~holds.fill_null(value=False) | same
    return told(
        entries,
        Says(silent, unknown, "not-told", f"{column}: not told"),
        Says(fails, given.get("otherwise", "out"), "not-so", f"{column}: {{}}", shown),
        otherwise(f"{column}: in order"),
    )


def _is(value: pl.Expr, given: Given) -> tuple[pl.Expr, pl.Expr]:
    kind = given["is_"]
    if kind == "present":
        return value.is_not_null(), value.is_null()
    if kind == "iin":
        return iin_valid(value), value.is_null()
    if kind == "adult-iin":
        day = pl.col(given["at"]).dt.convert_time_zone(given["zone"]).dt.date()
        return iin_valid(value) & (iin_birth_date(value).dt.offset_by("18y") <= day), value.is_null()
    return value.cast(pl.Boolean) == (kind == "true"), value.is_null()


def _contains(value: pl.Expr, given: Given) -> tuple[pl.Expr, pl.Expr]:
    """The tag of the entry's region stands among its tags, of which some are written without a space between."""
    lookup = given["contains"]
    tags = {name: tag.removeprefix("#").lower() for name, tag in lookup.values.items()}
    own = pl.col(lookup.column).cast(pl.String).replace_strict(tags, default=None, return_dtype=pl.String)
    listed = pl.format(" {} ", value.str.to_lowercase().str.replace_all(r"[\s#]+", " "))
    return listed.str.contains(pl.format(" {} ", own), literal=True), pl.col(lookup.column).is_null()


def _among(value: pl.Expr, names: list[str]) -> pl.Expr:
    return value.cast(pl.String).str.to_lowercase().is_in([name.lower() for name in names])


_CONDITION: Mapping[str, Callable[[pl.Expr, Given], tuple[pl.Expr, pl.Expr]]] = {
    "is_": _is,
    "contains": _contains,
    "one_of": lambda value, given: (_among(value, given["one_of"]), value.is_null()),
    "none_of": lambda value, given: (~_among(value, given["none_of"]), value.is_null()),
    "between": lambda value, given: (value.is_between(*given["between"]), value.is_null()),
}
"""Of each kind of condition what holds, and where nothing is told."""


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
        opened, closed = (
            pl.lit(at).dt.replace_time_zone(zone, ambiguous=shown_twice).dt.convert_time_zone("UTC")
            for at, shown_twice in zip(wall, ("earliest", "latest"), strict=True)
        )
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
    fails = (part * least.denominator < whole * least.numerator) | (whole == 0)
    figures = {"part": part, "of": whole}
    return told(
        entries,
        Says(part.is_null() | whole.is_null(), "out", "not-told", "not told"),
        Says((part > whole) | (part < 0), "undecided", "more-than-all", "{} of {}", figures),
        Says(fails, "out", "below", "{} of {}", figures),
        otherwise("{} of {}", **figures),
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
    """Papers and the entry's own one among the words of a column, and fields of the form."""
    papers, own = given.get("papers") or [], given.get("own")
    column = pl.col(given.get("column", "documents")) if papers or own else pl.lit("")
    listed = pl.format(" {} ", column.fill_null(""))
    absent = [(~listed.str.contains(f" {paper} ", literal=True), pl.lit(paper)) for paper in papers]
    if own:
        absent.append((~listed.str.contains(pl.format(" {} ", own), literal=True), pl.col(own)))
    absent += [(pl.col(name).is_null(), pl.lit(name)) for name in given.get("fields") or []]
    missing = pl.concat_str(
        [pl.when(when).then(name) for when, name in absent], separator=", ", ignore_nulls=True
    )
    fails = Says(
        pl.col("missing").is_not_null(),
        given.get("otherwise", "out"),
        "missing",
        "missing: {}",
        {"missing": pl.col("missing")},
    )
    return told(
        entries.select("entry", missing=pl.when(missing != "").then(missing)),
        fails,
        otherwise("complete"),
        keep=("missing",),
    )


# --- of an entry among others, or beside another table ---


def match(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """Rows of the list that say the same are one; of who is on none it is told whether a digit may be wrong."""
    on, where, take = given["on"], given["where"], given.get("take") or []
    wanted = [pl.col(name).cast(pl.String) == str(value) for name, value in where.items()]
    listed = tables["feed"].select(*dict.fromkeys([*on, *where, *take])).unique()
    found = (
        listed.with_columns(fits=pl.all_horizontal(pl.lit(value=True), *wanted))
        .group_by(on)
        .agg(
            pl.len().alias("versions"),
            pl.col("fits").all(),
            *(
                pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).first()).alias(f"taken:{name}")
                for name in take
            ),
        )
    )
    seen = entries.select("entry", *on).join(found, on=on, how="left", maintain_order="left")
    near = _mistyped(seen.filter(pl.col("versions").is_null()), listed, on)
    hint = (
        pl.when(pl.col("entry").is_in(near.implode())).then(pl.lit(" (one digit away)")).otherwise(pl.lit(""))
    )
    return told(
        seen,
        Says(pl.col("versions").is_null(), "out", "not-listed", "not on the list{}", {"hint": hint}),
        Says(pl.col("versions") > 1, "undecided", "twice", "{} times", {"versions": pl.col("versions")}),
        Says(~pl.col("fits"), "out", "not-so", "not with that"),
        otherwise("on the list"),
        keep=tuple(f"taken:{name}" for name in take),
    ).rename({f"taken:{name}": name for name in take})


def _mistyped(absent: pl.DataFrame, listed: pl.DataFrame, on: list[str]) -> pl.Series:
    """Who of up to a thousand is on the list with one other digit, or with two neighbours exchanged."""
    if len(on) != 1 or not 0 < absent.height <= 1000:
        return pl.Series(dtype=pl.String)
    key = pl.col(on[0])
    at = absent.filter(key.str.contains(r"^[0-9]{12}$")).join(pl.DataFrame({"at": range(12)}), how="cross")
    digits = pl.DataFrame({"digit": list("0123456789")})
    before, own, after = key.str.slice(0, pl.col("at")), key.str.slice(pl.col("at"), 1), pl.col("at") + 1
    other = at.join(digits, how="cross").filter(pl.col("digit") != own).select(
        "entry", pl.concat_str(before, "digit", key.str.slice(after)).alias(on[0])
    )  # fmt: skip
    swapped = at.filter(pl.col("at") < 11).select(
        "entry", pl.concat_str(before, key.str.slice(after, 1), own, key.str.slice(after + 1)).alias(on[0])
    )
    return pl.concat([other, swapped]).join(listed, on=on, how="semi")["entry"].unique()


def unique(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    """Of one work the earliest entry of a person; what shares a mark is one work, and so is what shares one with it."""
    ordered = entries.sort(given["first"], "entry", nulls_last=True).with_row_index("work")
    alike = [
        pl.when(pl.col(mark).is_not_null()).then(pl.col("work").min().over(mark)) for mark in given["on"]
    ]
    while True:
        joined = ordered.with_columns(work=pl.min_horizontal("work", *alike))
        if joined["work"].equals(ordered["work"]):
            break
        ordered = joined
    owner = given["of"]
    seen = ordered.with_columns(
        kept=pl.col("entry").first().over("work", owner),
        times=pl.len().over("work"),
        people=pl.col(owner).n_unique().over("work"),
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


def places(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    """How many a sender sent: a region or school, or what stands alone wherever it is."""
    exactly, whole = given.get("exactly"), given.get("whole") or {}
    told_of = pl.any_horizontal(pl.col(name).is_not_null() for name in given["by"])
    sender = pl.when(told_of).then(
        pl.concat_str((pl.col(name).cast(pl.String).fill_null("") for name in given["by"]), separator="/")
    )
    allowed = pl.lit(given["most"] if exactly is None else exactly, pl.Int64)
    if whole:
        own, names = pl.col(given["whole_in"]), list(whole)
        first = own.str.extract(r"^(\S+)")
        name = pl.when(own.is_in(names)).then(own).when(first.is_in(names)).then(first)
        parts = [own, *(pl.col(each).cast(pl.String).fill_null("") for each in given.get("apart") or [])]
        sender = pl.when(name.is_not_null()).then(pl.concat_str(parts, separator="/")).otherwise(sender)
        allowed = pl.coalesce(name.replace_strict(whole, default=None, return_dtype=pl.Int64), allowed)
    counted = entries.select("entry", sender=sender, allowed=allowed).with_columns(
        sent=pl.len().over("sender")
    )
    sent, allowed = pl.col("sent"), pl.col("allowed")
    figures = {"sender": pl.col("sender"), "sent": sent, "allowed": allowed}
    verdict = given.get("otherwise", "undecided")
    return told(
        counted,
        Says(pl.col("sender").is_null(), "undecided", "unknown", "not told"),
        Says(sent > allowed, verdict, "many", "{}: {} of {}", figures),
        Says((sent < allowed) & (exactly is not None), verdict, "few", "{}: {} of {}", figures),
        otherwise("{}: {} of {}", **figures),
        keep=("sent", "allowed"),
    )


def barred(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """Who was listed as a participant, not as one who is yet to be admitted, and is not among those admitted."""
    on, stage, kind = given["on"], given.get("stage"), pl.col(given["column"]).cast(pl.String)
    of_stage = pl.col("stage").is_null() | (pl.col("stage").cast(pl.String) == stage)
    named = kind.str.to_lowercase().is_in([name.lower() for name in given["one_of"]])
    listed = tables["listed"].filter(of_stage if stage else pl.lit(value=True), ~named)[on].drop_nulls()
    left = pl.col(on).is_in(listed.implode()) & ~pl.col(on).is_in(tables["among"][on].drop_nulls().implode())
    return told(entries, Says(left, "out", "barred", "listed and not admitted"), otherwise("not barred"))


PEERS: Mapping[str, Bare] = {
    "barred": barred,
    "documents": documents,
    "during": during,
    "grades": grades,
    "match": match,
    "places": places,
    "quorum": quorum,
    "require": require,
    "share": share,
    "unique": unique,
    "upward": upward,
}
