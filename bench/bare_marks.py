"""Points out of jurors' marks and of several results (order 99), as somebody would write them in plain polars."""

from collections.abc import Callable, Mapping
from math import lcm

import polars as pl
from bare_astray import Board, astray
from bare_names import like_teachers, of_one_name, own_pupils
from bare_points import fraction, numbers, spelled
from bare_strays import by_id_or_code, claims
from bare_told import Bare, Given, Says, Tables, otherwise, told

ACCEPTABLE = (
    "stray",
    "foreign",
    "astray",
    "likely",
    "twice",
    "late",
    "unmarked",
)  # what people may accept, the points being as they are

# --- the sheets of a jury ---


def jury(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """The mean or sum of the sheets, without those of jurors who teach the participant; what is wrong with them; and
    sheets that name nobody."""
    bench = _bench(tables, given.get("stage"))
    scores = _scores(tables["scores"], bench, given)
    named = by_id_or_code(entries["entry"], scores["contestant"], given["codes"].of)
    marks, below = _marked(scores.drop("nomination").join(named, on="contestant"), given)
    people = entries.with_columns(pupil="entry", id="entry")
    teacher = given.get("teacher")
    own = own_pupils(bench, people, teacher) if bench is not None else _NO_PAIRS
    like = like_teachers(bench, people, teacher, own) if bench is not None and teacher else _NO_LIKE
    counted, recused = _sheets(marks, own, given)
    faults = {
        "elsewhere": _elsewhere(counted, entries, bench, given.get("bodies")),
        "stranger": counted.join(bench, on="juror", how="anti") if bench is not None else counted.clear(),
    }
    wrong = {
        name: each.select("entry").unique().with_columns(pl.lit(value=True).alias(name))
        for name, each in faults.items()
    }
    likely = counted.join(like, left_on=["entry", "juror"], right_on=["pupil", "juror"]).group_by("entry").agg(
        likely=pl.col("names").min()
    )  # fmt: skip
    again = (
        of_one_name(counted, bench)
        if bench is not None
        else pl.DataFrame(schema={"entry": pl.String, "twice": pl.String})
    )
    sums = counted.group_by("entry").agg(
        pl.col("total", "missing").sum(),
        pl.col("above", "strange", "double", "late").any(),
        jurors=pl.len().cast(pl.Int64),
    )
    seen = entries.select("entry")
    for table in (
        sums,
        recused,
        *wrong.values(),
        likely,
        again,
        *_asked(entries, scores, named, own, bench, given, tables),
    ):
        seen = seen.join(table, on="entry", how="left", maintain_order="left")
    return _told(seen.with_columns(pl.col("jurors", "recused").fill_null(0)), below, given)


_NO_PAIRS = pl.DataFrame(schema={"juror": pl.String, "pupil": pl.String, "sure": pl.Boolean})
_NO_LIKE = pl.DataFrame(schema={"juror": pl.String, "pupil": pl.String, "names": pl.String})


def _bench(tables: Tables, stage: str | None) -> pl.DataFrame | None:
    """Who may mark at this stage: everybody on its list but secretaries."""
    if "jurors" not in tables:
        return None
    return _of_stage(tables["jurors"], stage).filter(pl.col("role").cast(pl.String) != "secretary")


def _of_stage(table: pl.DataFrame, stage: str | None) -> pl.DataFrame:
    if stage is None:
        return table
    return table.filter(pl.col("stage").is_null() | (pl.col("stage").cast(pl.String) == stage))


def _scores(scores: pl.DataFrame, bench: pl.DataFrame | None, given: Given) -> pl.DataFrame:
    """The marks of this stage and these rounds, with the jurors' ids in place of their codes."""
    rounds = given.get("rounds")
    told_of = _of_stage(scores, given.get("stage")).drop_nulls("points").select(
        "contestant", "juror", pl.col("round").cast(pl.String), pl.col("criterion").cast(pl.String).str.to_lowercase(),
        "points", "minutes", "nomination",
    )  # fmt: skip
    if bench is not None:
        told_of = told_of.with_columns(
            pl.col("juror").replace({given["codes"].of(each): each for each in bench["juror"].unique()})
        )
    if rounds is None:
        return told_of
    alone = pl.lit(rounds[0] if len(rounds) == 1 else None, pl.String)
    placed = told_of.with_columns(pl.col("round").fill_null(alone))
    return placed.filter(pl.col("round").is_in(rounds) | pl.col("round").is_null())


def _marked(marks: pl.DataFrame, given: Given) -> tuple[pl.DataFrame, int]:
    """With what each mark is for, its `limit`, the `most` of the criterion with its bonus, in whole numbers as the
    points are, and over what; each mark once that was written twice."""
    things = _things(given)
    points, below = numbers(marks["points"])
    common = lcm(below, *(fraction(each).denominator for each in [*things["most"], *things["limit"]]))
    limits = things.with_columns(
        pl.Series(name, [int(fraction(each) * common) for each in things[name]], pl.Int64)
        for name in ("most", "limit")
    )
    by = ["round", "criterion"] if things["round"].null_count() == 0 else ["criterion"]
    one = [name for name in things["criterion"].unique() if not name.endswith("-bonus")]
    alone = pl.lit(one[0] if len(one) == 1 else None, pl.String)
    read = marks.with_columns(
        points=points * (common // below), criterion=pl.col("criterion").fill_null(alone)
    )
    known = read.unique().join(
        limits.drop("round") if len(by) == 1 else limits, on=by, how="left", nulls_equal=True
    )
    return known, common


def _things(given: Given) -> pl.DataFrame:
    """What is marked, a row each: its number, most points, minutes, and, for its bonus, a second row."""
    rows = []
    for key, most in given["maxima"].items():
        at, _, criterion = key.rpartition("/")
        fewest, _, longest = (given.get("times") or {}).get(key, "").rpartition("-")
        span = (int(fewest or 0), int(longest)) if longest else (None, None)
        bonus = (given.get("bonus") or {}).get(key)
        for each in [at] if at else given.get("rounds") or [None]:
            number, name = len(rows), criterion.lower()
            rows.append((each, name, number, False, most, most, *span))
            rows.append((each, f"{name}-bonus", number, True, bonus or "0", most, *span))
    schema = {
        "round": pl.String, "criterion": pl.String, "thing": pl.Int64, "extra": pl.Boolean, "limit": pl.String,
        "most": pl.String, "fewest": pl.Int64, "longest": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _sheets(marks: pl.DataFrame, own: pl.DataFrame, given: Given) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A row a sheet that counts, with its `total`, what is `missing` and what is wrong; and how many are `recused`."""
    bonus, number = given.get("bonus"), _things(given).filter(~pl.col("extra")).height
    worth = pl.col("points").sum().over("entry", "juror", "thing") if bonus else pl.col("points")
    pupils = own.select("juror", entry="pupil", own=pl.lit(value=True))
    item = (2 * pl.col("thing") + pl.col("extra")).drop_nulls()
    sheets = (
        marks.with_columns(worth=pl.min_horizontal(worth, "most"))
        .group_by("entry", "juror")
        .agg(
            total=pl.col("worth").filter(~pl.col("extra")).sum(),
            missing=number - pl.col("thing").filter(~pl.col("extra")).n_unique().cast(pl.Int64),
            above=(pl.col("points") > pl.col("limit")).any(),
            strange=pl.col("thing").is_null().any(),
            double=item.n_unique() < item.len(),
            late=(~pl.col("minutes").is_between("fewest", "longest")).any(),
        )
        .join(pupils, on=["entry", "juror"], how="left")
    )
    recused = (
        sheets.filter(pl.col("own").is_not_null()).group_by("entry").agg(recused=pl.len().cast(pl.Int64))
    )
    return sheets.filter(pl.col("own").is_null()), recused


def _elsewhere(
    sheets: pl.DataFrame, entries: pl.DataFrame, bench: pl.DataFrame | None, bodies: list[str] | None
) -> pl.DataFrame:
    """Of pairs of `entry` and `juror` those of jurors who sit on juries of others alone; what the list leaves open of a
    seat, or an entry of itself, is of every jury."""
    columns = bodies or [name for name in ("nomination", "section", "subject") if name in entries.columns][:1]
    if bench is None or not columns:
        return sheets.clear().select("entry", "juror")
    judged = entries.select("entry", *(pl.col(name).cast(pl.String).str.to_lowercase() for name in columns))
    seats = bench.select(
        "juror",
        *(
            pl.col("region" if name == "region" else "nomination")
            .cast(pl.String)
            .str.to_lowercase()
            .alias(f"seat:{name}")
            for name in columns
        ),
    )
    fits = pl.all_horizontal(
        (pl.col(name) == pl.col(f"seat:{name}")).fill_null(value=True) for name in columns
    )
    both = sheets.select("entry", "juror").join(judged, on="entry").join(seats.unique(), on="juror")
    return both.group_by("entry", "juror").agg(fits=fits.any()).filter(~pl.col("fits")).drop("fits")


def _asked(
    entries: pl.DataFrame, scores: pl.DataFrame, named: pl.DataFrame, own: pl.DataFrame, bench: pl.DataFrame | None,
    given: Given, tables: Tables,
) -> list[pl.DataFrame]:  # fmt: skip
    """Whose a sheet of nobody may be: as it was `written`, `by` whom, and what is `like` it; whose own one may be
    another's (`foreign`), and who that other may be (`astray`)."""
    code, bodies = given["codes"].of, given.get("bodies")
    pupils = own.select("juror", entry="pupil")

    def elsewhere(pairs: pl.DataFrame) -> pl.DataFrame:
        return _elsewhere(pairs, entries, bench, bodies).select("juror", "entry")

    written = scores.join(named, on="contestant").select(
        "contestant", "juror", "entry", said=pl.col("nomination").str.to_lowercase()
    )
    done = written.select("juror", "entry").unique()
    lost = _lost(
        scores, named, given, tables, lambda jurors: _lacked(entries, jurors, done, pupils, elsewhere)
    )
    found = []
    if lost.height:
        strange = claims(
            entries["entry"], lost, done, lambda pairs: pl.concat([pupils, elsewhere(pairs)]), code
        )
        found.append(strange.rename({"juror": "by"}))
    else:
        found.append(pl.DataFrame(schema=dict.fromkeys(("entry", "by", "written", "like"), pl.String)))
    board = Board(_places(entries, bodies), done, pupils, written, elsewhere, code)
    foreign, meant = astray(board)
    unmarked = (
        _unmarked(board, bench, foreign) if given.get("every") and bench is not None else foreign.clear()
    )
    for name, pairs in (("foreign", foreign), ("astray", meant), ("unmarked", unmarked)):
        found.append(pairs.select("juror", "entry").group_by("entry").agg(pl.col("juror").min().alias(name)))
    return found


def _unmarked(board: Board, bench: pl.DataFrame, foreign: pl.DataFrame) -> pl.DataFrame:
    """Whom a juror who has marked others that the same jury judges has not marked, and may."""
    pair = ["juror", "entry"]
    away = pl.concat([foreign.select(pair), board.barred(board.done).select(pair)])
    marking = board.done.join(bench, on="juror", how="semi").join(away, on=pair, how="anti")
    seats = marking.join(board.places, on="entry").select("juror", "group").unique()
    left = seats.join(board.places, on="group").join(board.done, on=pair, how="anti")
    return left.join(board.own, on=pair, how="anti")


def _places(entries: pl.DataFrame, bodies: list[str] | None) -> pl.DataFrame:
    """`entry`, the `group` of those whom one jury judges, and the `nomination`."""
    first = [name for name in ("nomination", "section", "subject") if name in entries.columns][:1]
    parts = [pl.col(name).cast(pl.String).str.to_lowercase().fill_null("") for name in bodies or first]
    nomination = pl.col(first[0]).cast(pl.String).str.to_lowercase() if first else pl.lit(None, pl.String)
    return entries.select(
        "entry", group=pl.concat_str(parts or pl.lit(""), separator="/"), nomination=nomination
    )


def _lost(
    scores: pl.DataFrame,
    named: pl.DataFrame,
    given: Given,
    tables: Tables,
    lacked: Callable[[pl.DataFrame], pl.DataFrame],
) -> pl.DataFrame:
    """`juror` and `written` of the sheets that name nobody here; of those known elsewhere the ones that mark what is
    marked here alone, of jurors who lack somebody here."""
    nobody = scores.join(named, on="contestant", how="anti")
    lost = nobody.select("juror", written="contestant").unique()
    if lost.is_empty() or "known" not in tables or tables["known"].is_empty():
        return lost
    others = by_id_or_code(tables["known"]["entry"], lost["written"], given["codes"].of)
    known = nobody.join(others, on="contestant", how="semi")
    things = _things(given).select("round", "criterion")
    by = ["round", "criterion"] if things["round"].null_count() == 0 else ["criterion"]
    ours = known.join(things, on=by, how="semi").select("juror", written="contestant").unique()
    strange = lost.join(others, left_on="written", right_on="contestant", how="anti")
    return pl.concat([strange, ours.join(lacked(ours.select("juror").unique()), on="juror", how="semi")])


def _lacked(
    entries: pl.DataFrame, jurors: pl.DataFrame, done: pl.DataFrame, own: pl.DataFrame,
    elsewhere: Callable[[pl.DataFrame], pl.DataFrame],
) -> pl.DataFrame:  # fmt: skip
    """Each of these with each `entry` that the `juror` is to mark and has not."""
    pairs = jurors.join(entries.select("entry"), how="cross")
    left = pairs.join(done, on=["juror", "entry"], how="anti").join(own, on=["juror", "entry"], how="anti")
    return left.join(elsewhere(left), on=["juror", "entry"], how="anti")


def _told(seen: pl.DataFrame, below: int, given: Given) -> pl.DataFrame:
    jurors, missing = pl.col("jurors"), pl.col("missing")
    by = seen["jurors"].clip(1) if given["of"] == "mean" else seen["jurors"].clip(1, 1)
    scored = seen.with_columns(score=pl.when(jurors > 0).then(spelled(seen["total"], by * below)))
    figures = {"score": pl.col("score"), "jurors": jurors}
    whole = missing.fill_null(0) == 0
    stray = pl.col("written").is_not_null() & whole
    unmarked = {"by": pl.col("unmarked")}
    foreign, stray_by = {"by": pl.col("foreign")}, {"by": pl.col("astray")}
    sheet = {"by": pl.col("by"), "written": pl.col("written"), "like": pl.col("like").fill_null("nobody's")}
    return told(
        scored,
        Says(pl.col("above"), "undecided", "above", "a mark beyond its most"),
        Says(pl.col("strange"), "undecided", "strange", "a mark for another criterion"),
        Says(pl.col("stranger"), "undecided", "stranger", "nobody of the jury"),
        Says(pl.col("elsewhere"), "undecided", "elsewhere", "of another jury"),
        Says(pl.col("double"), "undecided", "double", "two marks for one"),
        Says(stray, "undecided", "stray", "the sheet of {} for {} may be of this one, {}", sheet),
        Says(pl.col("foreign").is_not_null() & whole, "undecided", "foreign", "that of {} may be another's", foreign),
        Says(pl.col("astray").is_not_null() & whole, "undecided", "astray", "one of {} may be its own", stray_by),
        Says(jurors < 1, "undecided", "few", "{} jurors are too few", {"jurors": jurors}),
        Says(missing > 0, "undecided", "missing", "{} are missing", {"missing": missing}),
        Says(pl.col("likely").is_not_null(), "undecided", "likely", "{} may be one", {"names": pl.col("likely")}),
        Says(pl.col("twice").is_not_null(), "undecided", "twice", "{} have one name", {"ids": pl.col("twice")}),
        Says(pl.col("late"), "undecided", "late", "{}, but in other minutes", {"score": pl.col("score")}),
        Says(pl.col("unmarked").is_not_null(), "undecided", "unmarked", "{} has no sheet of this one", unmarked),
        Says(
            pl.col("recused") > 0, "in", "recused", "{} by {} jurors, {} not counted",
            figures | {"recused": pl.col("recused")},
        ),
        otherwise("{} by {} jurors", **figures),
        keep=("score", "jurors", "recused"),
    ).with_columns(pl.when((pl.col("verdict") == "in") | pl.col("code").is_in(ACCEPTABLE)).then("score"))  # fmt: skip


# --- several results in one ---


def team_mean(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """A row an author and result; of several subjects they are added, or people are asked."""
    added, into = given.get("several", "ask") == "sum", given.get("into", "score")
    people = entries.select(
        "entry", participant=pl.col(given["authors"]).cast(pl.String).str.extract_all(r"\S+")
    ).explode("participant").drop_nulls().unique()  # fmt: skip
    columns = ["participant", "score", *(["subject"] if added else [])]
    results = _of_stage(tables["results"], given.get("stage")).select(columns).unique()
    points, below = numbers(results["score"])
    joined = people.join(results.with_columns(points=points), on="participant", how="left")
    sums = joined.group_by("entry").agg(
        total=pl.col("points").sum(),
        results=pl.len() if not added else pl.struct(pl.col("participant"), "score").n_unique(),
        people=pl.col("participant").n_unique().cast(pl.Int64),
        without=pl.col("points").null_count(),
        each=pl.col("score").cast(pl.String).str.join(", "),
        several=pl.struct("participant", *(["subject"] if added else [])).is_duplicated().any(),
    )
    seen = entries.select("entry").join(sums, on="entry", how="left", maintain_order="left")
    mean = pl.Series("mean", spelled(seen["total"], seen["people"] * below))
    known = (seen["without"] == 0) & ~seen["several"]
    seen = seen.with_columns(mean, pl.when(known).then(mean).alias(into))
    figures = {"mean": pl.col("mean"), "people": pl.col("people"), "each": pl.col("each")}
    lacks = {"without": pl.col("without").fill_null(0), "people": pl.col("people").fill_null(0)}
    nobody = pl.col("people").is_null() | (pl.col("without") > 0)
    return told(
        seen,
        Says(nobody, "undecided", "without", "{} of {} have none", lacks),
        Says(pl.col("several"), "undecided", "several", "several results ({})", {"each": pl.col("each")}),
        otherwise("{} of {} ({})", **figures),
        keep=(into,),
    )


def total(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    names = given["columns"]
    weights = [fraction(text) for text in given.get("weights") or ["1"] * len(names)]
    read = [numbers(entries[name]) for name in names]
    common = lcm(*(below * weight.denominator for (_, below), weight in zip(read, weights, strict=True)))
    parts = {
        f"part{at}": points * int(weight * common // below)
        for at, ((points, below), weight) in enumerate(zip(read, weights, strict=True))
    }
    sums = pl.DataFrame(parts).select(pl.sum_horizontal(pl.all())).to_series()
    unknown = pl.any_horizontal(pl.col(name).is_null() for name in names)
    into = given.get("into", "score")
    summed = entries.select("entry", unknown=unknown).with_columns(spelled(sums, common).alias("sum"))
    summed = summed.with_columns(pl.when(~pl.col("unknown")).then("sum").alias(into))
    return told(
        summed,
        Says(pl.col("unknown"), "undecided", "unknown", "not told"),
        otherwise("{} in all", sum=pl.col("sum")),
        keep=(into,),
    )


PEERS: Mapping[str, Bare] = {"jury": jury, "team-mean": team_mean, "total": total}
