"""Rules of juries, votes, appeals and rounds (order 99) as somebody would write them in plain polars."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from bare_told import POINTS, ZONE, Given, Says, Tables, otherwise, told

from jobs.spellings import skeleton

Bare = Callable[[pl.DataFrame, Given, Tables], pl.DataFrame]


# --- who sits on a jury ---


def composition(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    """The bodies are counted, then every member is told."""
    role, least = pl.col("role").cast(pl.String), given["least"]
    named = entries.with_columns(
        seat=role, name=_folded(pl.col("name")) if "name" in entries.columns else pl.lit(None, pl.String)
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


def _folded(name: pl.Expr) -> pl.Expr:
    plain = name.str.to_lowercase().str.replace_all("ё", "е").str.replace_all(r"[.,'’ʼ\"«»-]", " ")
    words = plain.str.extract_all(r"\S+").list.sort().list.join(" ")
    return pl.when(words != "").then(words)


def conflict(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    people = tables["people"] if "people" in tables else tables.get("standing", pl.DataFrame())
    taught = _taught(entries, people.with_row_index("pupil"), given.get("teacher", "teacher"))
    own = taught.group_by("entry").agg(
        pupils=pl.col("pupil").n_unique(), sure=pl.col("sure").any(), alike=pl.len()
    )
    like = _spelled(entries, people.with_row_index("pupil"), given.get("teacher", "teacher"))
    sat = _sat_before(entries, tables.get("jurors"), given.get("earlier") or [])
    seen = (
        entries.select("entry")
        .join(own, on="entry", how="left", maintain_order="left")
        .join(like, on="entry", how="left", maintain_order="left")
        .join(sat, on="entry", how="left", maintain_order="left")
    )
    pupils, stages = {"pupils": pl.col("pupils")}, {"stages": pl.col("stages")}
    return told(
        seen,
        Says(pl.col("sure"), "undecided", "own-pupil", "teaches {} of them", pupils),
        Says(pl.col("alike") > 0, "undecided", "namesake-of-teacher", "namesake, {} pupils", pupils),
        Says(pl.col("like").is_not_null(), "undecided", "may-be", "may be {}", {"names": pl.col("like")}),
        Says(pl.col("stages").is_not_null(), "undecided", "earlier-jury", "sat at {}", stages),
        otherwise("no own pupil and no earlier seat"),
    )


def _taught(jurors: pl.DataFrame, people: pl.DataFrame, teacher: str) -> pl.DataFrame:
    """`entry` of a juror and each `pupil`, `sure` where the jury's list names the pupil."""
    found = [pl.DataFrame(schema={"entry": pl.String, "pupil": pl.get_index_type(), "sure": pl.Boolean})]
    ids = [name for name in ("participant", "authors", "about") if name in people.columns]
    if ids:
        own = people.select("pupil", id=pl.concat_str(ids, separator=" ", ignore_nulls=True).str.split(" "))
        listed = (
            jurors.select("entry", id=pl.col("teaches").str.split(" "))
            .explode("id")
            .filter(pl.col("id") != "")
        )
        found.append(listed.join(own.explode("id"), on="id").select("entry", "pupil", sure=True))
    if teacher in people.columns:
        split = pl.col(teacher).str.replace_all(",", ";").str.split(";")
        theirs = people.select("pupil", name=split).explode("name").with_columns(name=_folded(pl.col("name")))
        ours = jurors.select("entry", name=_folded(pl.col("name")))
        found.append(_namesakes(ours, theirs).select("entry", "pupil", sure=False))
    return pl.concat(found).unique()


def _spelled(jurors: pl.DataFrame, people: pl.DataFrame, teacher: str) -> pl.DataFrame:
    """`entry` and a teacher that it may be (`like`): the first two words alike in the letters that all spellings share,
    the second one perhaps an initial."""
    if teacher not in people.columns or "name" not in jurors.columns:
        return pl.DataFrame(schema={"entry": pl.String, "like": pl.String})
    theirs = people.select(name=pl.col(teacher).str.split(";")).explode("name").drop_nulls().unique()
    ours, others = (each.with_columns(_skeletons()) for each in (jurors.select("entry", "name"), theirs))
    found = [
        ours.join(others, left_on=["one", left], right_on=["one", right])
        for left, right in (("two", "two"), ("two", "letter"), ("letter", "two"))
    ]
    pairs = pl.concat(each.select("entry", "name", like="name_right") for each in found)
    return pairs.filter(pl.col("name") != pl.col("like")).group_by("entry").agg(pl.col("like").min())


def _skeletons() -> list[pl.Expr]:
    words = skeleton(pl.col("name").str.to_lowercase()).str.extract_all(r"\p{L}+")
    second = words.list.get(1, null_on_oob=True)
    return [words.list.first().alias("one"), second.alias("two"), second.str.head(1).alias("letter")]


def _namesakes(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Equal names, and names of two words that both stand in a longer one."""
    keys, others = _keys(ours), _keys(theirs)
    both = keys.join(others, on="key").filter(pl.col("whole") | pl.col("whole_right"))
    return both.select("entry", "pupil").unique()


def _keys(names: pl.DataFrame) -> pl.DataFrame:
    """A name as it is, and each two words of one of three to five: which a name of two whole words may be."""
    known = names.drop_nulls("name").with_columns(words=pl.col("name").str.split(" "))
    whole = known.with_columns(key="name", whole=pl.lit(value=True))
    numbers = [(a, b) for a in range(5) for b in range(a + 1, 5)]
    long = known.filter(pl.col("words").list.len().is_between(3, 5))
    pair = [
        pl.concat_str([pl.col("words").list.get(at, null_on_oob=True) for at in each], separator=" ")
        for each in numbers
    ]
    parts = (
        long.with_columns(key=pl.concat_list(pair), whole=pl.lit(value=False))
        .explode("key")
        .drop_nulls("key")
    )
    whole_words = ~pl.col("key").str.contains(r"(^| ).( |$)") | pl.col("whole")
    return pl.concat([whole, parts.filter(whole_words)]).drop("words", "name")


def _sat_before(entries: pl.DataFrame, jurors: pl.DataFrame | None, earlier: list[str]) -> pl.DataFrame:
    """`entry` and the `stages` at which that person, by id or name, sat."""
    if jurors is None:
        return pl.DataFrame(schema={"entry": pl.String, "stages": pl.String})
    stage = pl.col("stage").cast(pl.String)
    then = jurors.filter(stage.is_in(earlier)).select("juror", stage=stage, name=_folded(pl.col("name")))
    now = entries.select("entry", "juror", name=_folded(pl.col("name")))
    seats = [now.join(then, on=key).select("entry", "stage") for key in ("juror", "name")]
    return pl.concat(seats).group_by("entry").agg(stages=pl.col("stage").unique().sort().str.join(", "))


def motion(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """Each motion with each member, whoever teaches the participant left out."""
    jurors, stage = tables["jurors"], given.get("stage")
    if stage is not None:
        jurors = jurors.filter(pl.col("stage").is_null() | (pl.col("stage").cast(pl.String) == stage))
    role = pl.col("role").cast(pl.String)
    bench = jurors.filter(role != "secretary").unique("juror", keep="first", maintain_order=True)
    standing = tables.get("standing", pl.DataFrame())
    about = entries.select("entry", participant=pl.col("about").cast(pl.String))
    if "teacher" in standing.columns:
        key = "participant" if "participant" in standing.columns else "entry"
        teachers = standing.select(pl.col(key).alias("participant"), "teacher").unique("participant")
        about = about.join(teachers, on="participant", how="left")
    about = about.with_row_index("pupil")
    own = _taught(bench.with_columns(entry="juror"), about, "teacher").select("pupil", juror="entry")
    votes = (
        tables["votes"].select(entry="motion", juror="juror", vote=pl.col("vote").cast(pl.String)).unique()
    )
    sits = entries.select("entry").join(bench.select("juror", chair=role == "chair"), how="cross")
    recused = own.join(about, on="pupil").select("entry", "juror").unique()
    voting = sits.join(recused, on=["entry", "juror"], how="anti").join(
        votes, on=["entry", "juror"], how="left"
    )
    vote, chair = pl.col("vote"), pl.col("chair")
    sums = voting.group_by("entry").agg(
        members=pl.len(),
        present=(vote != "absent").sum(),
        yes=(vote == "for").sum(),
        no=(vote == "against").sum(),
        chair_yes=(chair & (vote == "for")).any(),
        chair_no=(chair & (vote == "against")).any(),
    )
    strangers = (
        votes.filter(vote != "absent").join(bench, on="juror", how="anti").group_by("entry").len("strangers")
    )
    seen = (
        entries.select("entry")
        .join(sums, on="entry", how="left", maintain_order="left")
        .join(strangers, on="entry", how="left", maintain_order="left")
        .join(recused.group_by("entry").len("recused"), on="entry", how="left", maintain_order="left")
        .with_columns(pl.col("members", "present", "yes", "no", "recused").fill_null(0))
    )
    quorum, yes, no = given["quorum"], pl.col("yes"), pl.col("no")
    enough = (pl.col("present") > 0) & (
        pl.col("present") * quorum.denominator >= pl.col("members") * quorum.numerator
    )
    figures = {name: pl.col(name) for name in ("yes", "no", "present", "members", "recused")}
    text = "{} for, {} against; {} of {} present, {} take no part"
    return told(
        seen,
        Says(pl.col("strangers") > 0, "undecided", "voter-not-listed", "{} of others", {"others": pl.col("strangers")}),
        Says(~enough, "undecided", "no-quorum", text, figures),
        Says(yes > no, "in", "carried", text, figures),
        Says(no > yes, "out", "rejected", text, figures),
        Says(pl.col("chair_yes"), "in", "carried-by-chair", text, figures),
        Says(pl.col("chair_no"), "out", "rejected-by-chair", text, figures),
        Says(yes == no, "undecided", "tied-without-chair", text, figures),
        otherwise(text, **figures),
        keep=("members", "present", "yes", "no", "recused"),
    )  # fmt: skip


# --- appeals and marks that they change ---


def appeal(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    since, hours, days = given["since"], given["hours"], given.get("days")
    ends = [since + timedelta(hours=hours)]
    if days is not None:
        day = since.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=days + 1)
        ends.append(datetime.combine(day, time.min, ZoneInfo(ZONE)).astimezone(UTC))
    at = pl.col(given["filed"])
    by_day = given.get("by", "hours") == "calendar"
    until = ends[-1] if by_day else ends[0]
    late = at >= until if by_day else at > until
    shown = {"filed": at.dt.convert_time_zone(ZONE).dt.strftime("%Y-%m-%d %H:%M:%S")}
    texts = [
        f"{end.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M:%S}" for end in (ends[::-1] if by_day else ends)
    ]
    shown |= {name: pl.lit(text) for name, text in zip(("until", "other"), texts, strict=False)}
    ending = "filed {}, until {}" + (" (or {})" if days is not None else "")
    about = {"about": pl.col("about") if "about" in entries.columns else pl.lit(None, pl.String)}
    return told(
        entries,
        Says(late, "out", "appeal-late", ending, shown),
        Says(at < since, "undecided", "appeal-early", ending + ": {}", shown | about),
        Says(at.is_not_null(), "undecided", "appeal-in-time", ending + ": {}", shown | about),
        otherwise("does not say when"),
    )


def final(entries: pl.DataFrame, _given: Given, _tables: Tables) -> pl.DataFrame:
    return told(entries, Says(pl.lit(value=True), "out", "decision-final", "is final"), otherwise("is final"))


def rescore(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """Every new mark stands for the old one, and the places before and after."""
    marks, stage = tables["rescores"], given.get("stage")
    if stage is not None:
        marks = marks.filter(pl.col("stage").cast(pl.String) == stage)
    if marks.is_empty():
        return told(entries.head(0), otherwise("no mark was changed"))
    who, what = given.get("person", "participant"), given.get("nomination")
    own = pl.col(what).cast(pl.String) if what else pl.lit(None, pl.String)
    seen = entries.select(
        "entry", "group", who=pl.col(who), own=own, old=pl.col(given["points"]).cast(pl.String)
    )
    new = marks.select("nomination", "ground", "decided_by", who="participant", new="new_score")
    fits = pl.col("nomination").is_null() | (
        pl.col("nomination").str.to_lowercase() == pl.col("own").str.to_lowercase()
    )
    changed = seen.join(new, on="who").filter(fits).select("entry", "new", "ground", "decided_by")
    both = seen.join(changed, on="entry", how="left", maintain_order="left").with_columns(
        after=pl.coalesce("new", "old")
    )
    ranked = both.with_columns(
        rank_before=pl.col("old").cast(POINTS, strict=False).rank("min", descending=True).over("group"),
        rank_after=pl.col("after").cast(POINTS, strict=False).rank("min", descending=True).over("group"),
    )
    figures = {"before": pl.col("old"), "after": pl.col("new")}
    return told(ranked.drop_nulls("new"), otherwise("{} was changed to {}", **figures))


# --- when rounds were held ---


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
    return told(last, sat, otherwise("{} points, no later round", last=pl.col("last")), keep=("last",))


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
    points = pl.col(given["points"]).cast(POINTS, strict=False)
    ranked = entries.with_columns(rank=points.rank("min", descending=True).over("group"))
    rank = pl.col("rank")
    figures = {"rank": rank, "points": pl.col(given["points"])}
    return told(
        ranked.with_columns(award=pl.lit(None, pl.String)),
        Says(rank.is_null(), "undecided", "no-score", "no points"),
        Says(rank > 0, "undecided", "award-numbers", "place {} with {} points; the jury says", figures),
        otherwise("no points"),
        keep=("rank", "award"),
    )


def barred(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    on, stage = given["on"], given.get("stage")
    of_stage = (
        pl.col("stage").is_null() | (pl.col("stage").cast(pl.String) == stage)
        if stage
        else pl.lit(value=True)
    )
    listed = tables["listed"].filter(of_stage)[on].drop_nulls()
    left = pl.col(on).is_in(listed.implode()) & ~pl.col(on).is_in(tables["among"][on].drop_nulls().implode())
    return told(entries, Says(left, "out", "barred", "listed and not admitted"), otherwise("not barred"))


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


def ceilings(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    most = pl.DataFrame({"way": list(given["most"]), "most": list(given["most"].values())})
    noted = tables["scores"].filter(pl.col("round") == given["round_"]).drop_nulls("points")
    marks = noted.with_columns(way=pl.col("criterion").str.to_lowercase()).join(
        most.with_columns(pl.col("most").cast(POINTS)), on="way", how="left"
    )
    faults = marks.group_by("contestant").agg(
        above=(pl.col("points").cast(POINTS, strict=False) > pl.col("most")).any(),
        strange=pl.col("most").is_null().any(),
        two=(pl.col("way").n_unique().over("juror") > 1).any(),
    )
    seen = entries.select("entry").join(faults, left_on="entry", right_on="contestant", how="left")
    return told(
        seen,
        Says(pl.col("above"), "undecided", "above", "above its most"),
        Says(pl.col("strange"), "undecided", "strange", "a way that is not known"),
        Says(pl.col("two"), "undecided", "two", "two ways of one juror"),
        otherwise("kept"),
    )


def criteria(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """A mean is told as a sum and by how many it is divided."""
    names = list(dict.fromkeys(given["of"].values()))
    marks = (
        tables["scores"]
        .drop_nulls("points")
        .filter(pl.col("round").cast(pl.String).is_in(given["rounds"]))
        .with_columns(name=pl.col("criterion").str.to_lowercase().replace_strict(given["of"], default=None))
    )
    points = pl.col("points").cast(POINTS, strict=False)
    means = (
        marks.drop_nulls("name")
        .group_by("contestant")
        .agg(
            jurors=pl.col("juror").n_unique(),
            **{name: points.filter(pl.col("name") == name).sum() for name in names},
        )
    )
    seen = entries.select("entry").join(means, left_on="entry", right_on="contestant", how="left")
    each = [pl.format("{} / {}", name, "jurors").alias(name) for name in names]
    told_of = seen.with_columns(each)
    return told(told_of, otherwise(", ".join("{}" for _ in names), **{name: pl.col(name) for name in names}))


PEERS: Mapping[str, Bare] = {
    "barred": barred,
    "entered": entered,
    "ceilings": ceilings,
    "criteria": criteria,
    "appeal": appeal,
    "composition": composition,
    "conflict": conflict,
    "final": final,
    "honours": honours,
    "last-round": last_round,
    "motion": motion,
    "qualified": qualified,
    "rescore": rescore,
    "together": together,
}
