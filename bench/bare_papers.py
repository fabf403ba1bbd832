"""Rules of what people send in (order 99, annexes 3 and 4; BilimClass) as plain polars for one contest."""

import re
from collections.abc import Iterable, Mapping

import polars as pl
from bare_points import fraction, numbers
from bare_told import Bare, Given, Says, Tables, otherwise, told

from jobs.kazakh import fold_lookalikes


def limits(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    tests: list[tuple[str, pl.Expr, pl.Expr, str]] = []
    for name, most in (given.get("most") or {}).items():
        border = pl.col(most) if isinstance(most, str) else pl.lit(most)
        tests.append((name, pl.col(name), border, ">"))
    for name, least in (given.get("least") or {}).items():
        tests.append((name, pl.col(name), pl.lit(least), "<"))
    for name, most in (given.get("words_") or {}).items():
        tests.append((name, pl.col(name).str.strip_chars().str.count_matches(r"\S+"), pl.lit(most), ">"))
    beyond = [
        pl.when(number > border if sign == ">" else number < border).then(
            pl.format(f"{name} {{}} {sign} {{}}", number, border)
        )
        for name, number, border, sign in tests
    ]
    untold = [pl.when((number + border).is_null()).then(pl.lit(name)) for name, number, border, _ in tests]
    seen = entries.select(
        "entry",
        beyond=pl.concat_str(beyond, separator="; ", ignore_nulls=True),
        untold=pl.concat_str(untold, separator="; ", ignore_nulls=True),
    )
    return told(
        seen,
        Says(
            pl.col("beyond") != "",
            given.get("otherwise", "out"),
            "beyond-limits",
            "{}",
            {"beyond": pl.col("beyond")},
        ),
        Says(
            pl.col("untold") != "",
            given.get("unknown", "undecided"),
            "limits-not-told",
            "not told: {}",
            {"untold": pl.col("untold")},
        ),
        otherwise("within the limits"),
    )


def programme(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    """A row a work: which of them stands twice in its programme."""
    text = pl.col(given["column"]).str.to_lowercase().str.replace_all(r"[\n|]", ";")
    works = entries.select("entry", work=text.str.split(";")).explode("work")
    plain = (
        pl.col("work")
        .str.replace(r"^\s*([0-9]+|[ivx]+)\s*(-?\s*(тур|кезең|round))?\s*[:.)]\s*", "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars(" .,")
    )
    times = works.select("entry", work=plain).filter(pl.col("work") != "").group_by("entry", "work").len()
    of_each = times.group_by("entry").agg(
        count=pl.col("len").sum(), twice=pl.col("work").filter(pl.col("len") > 1).sort().str.join("; ")
    )
    seen = entries.select("entry").join(of_each, on="entry", how="left", maintain_order="left")
    again = Says(
        pl.col("twice") != "",
        given.get("otherwise", "undecided"),
        "work-twice",
        "more than once: {}",
        {"twice": pl.col("twice")},
    )
    return told(seen, again, otherwise("each of {} works once", count=pl.col("count").fill_null(0)))


def members(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    people = entries.select("entry", person=pl.col(given["column"]).str.split(" ")).explode("person")
    named = people.filter(pl.col("person") != "")
    taken = tables["among"].select(person="entry", known=True).unique()
    counted = (
        named.join(taken, on="person", how="left")
        .group_by("entry")
        .agg(named=pl.len(), strangers=pl.col("known").null_count())
    )
    seen = entries.select("entry").join(counted, on="entry", how="left", maintain_order="left")
    figures = {"strangers": pl.col("strangers"), "named": pl.col("named")}
    strange = Says(
        pl.col("strangers") > 0,
        given.get("otherwise", "out"),
        "members-not-taken",
        "{} of {} people are not among those who may take part",
        figures,
    )
    return told(
        seen,
        Says(pl.col("named").is_null(), "undecided", "nobody-named", "nobody is named"),
        strange,
        otherwise("all of {} people may take part", named=pl.col("named")),
    )


def mentions(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    stems = "|".join(re.escape(stem.lower()) for stem in given["words_"])
    words = pl.format(" {}", pl.col(given["column"]).str.to_lowercase())
    seen = entries.select("entry", found=words.str.extract(rf"\P{{L}}((?:{stems})\p{{L}}*)"))
    spoken = Says(
        pl.col("found").is_not_null(), "undecided", "mentions", "speaks of {}", {"found": pl.col("found")}
    )
    return told(seen, spoken, otherwise("speaks of nothing that is forbidden"))


def profile(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """Each result beside the parts of the tests that may be sat, each part in a row of its own."""
    lookup = given["of"]
    section = pl.col(lookup.column).str.to_lowercase()
    named = {name.lower(): subjects for name, subjects in lookup.values.items()}
    people = entries.select(
        "entry",
        subjects=section.replace_strict(named, default=None),
        person=pl.col(given["people"]).str.split(" "),
    )
    found = people.explode("person").join(_sat(tables["results"], given), on="person")
    parts = found.join(_parts(named.values()), on=["subjects", "low"], how="left").with_columns(
        other=pl.when(pl.col("test").is_null()).then("subject"),
        met=pl.col("low").n_unique().over("entry", "person", "test") == pl.col("size"),
    )
    by_person = parts.group_by("entry", "person").agg(
        pl.col("other").drop_nulls(),
        untold=pl.col("subject").is_null().any(),
        whole=pl.col("met").any(),
        beyond=pl.col("beyond").any(),
        half=pl.col("subject").unique().sort().str.join(", "),
    )
    tests = by_person.group_by("entry").agg(
        other=pl.col("other").explode().drop_nulls().unique().sort().str.join(", "),
        half=pl.col("half").filter(~pl.col("whole")).min(),
        untold=pl.col("untold").any(),
        beyond=pl.col("beyond").any(),
    )
    seen = people.select("entry", "subjects").join(tests, on="entry", how="left", maintain_order="left")
    subjects = {"subjects": pl.col("subjects")}
    other, half = ({name: pl.col(name)} | subjects for name in ("other", "half"))
    return told(
        seen,
        Says(pl.col("subjects").is_null(), "undecided", "profile-unknown", "no test is named for it"),
        Says(pl.col("other") != "", "undecided", "profile-other", "sat {}, where {} is tested", other),
        Says(pl.col("untold"), "undecided", "profile-not-told", "of which subject is not told"),
        Says(pl.col("half").is_not_null(), "undecided", "profile-half", "sat {} of {}", half),
        Says(pl.col("beyond"), "undecided", "profile-beyond", f"more points than the {given['most']}"),
        otherwise("the test of {}", **subjects),
    )


def _sat(results: pl.DataFrame, given: Given) -> pl.DataFrame:
    """`person`, `subject`, its `low` letters, and whether all the person's points together are `beyond` the most."""
    stage = pl.col("stage").cast(pl.String)
    own = results.filter(stage.is_null() | (stage == given["stage"])) if given.get("stage") else results
    once = own.select("participant", "subject", "score").unique()
    points, below = numbers(once["score"])
    counted = once.select(
        "subject", person="participant", low=pl.col("subject").str.to_lowercase(), points=points
    )
    most = fraction(given["most"]) * below
    return counted.with_columns(beyond=pl.col("points").sum().over("person") > int(most))


def _parts(named: Iterable[str]) -> pl.DataFrame:
    """`subjects` as the table has them, each `test` of them, its parts and their number."""
    rows = [
        (subjects, test, part, len(set(test.split(" + "))))
        for subjects in set(named)
        for test in subjects.lower().split("|")
        for part in set(test.split(" + "))
    ]
    return pl.DataFrame(rows, schema=["subjects", "test", "low", "size"], orient="row")


def published(entries: pl.DataFrame, given: Given, tables: Tables) -> pl.DataFrame:
    """Each person's names in a row of their own, beside the accounts that published."""
    used = tables["works"].select(name=_account(pl.col(given["account"]))).unique()
    names = entries.select(
        "entry",
        name=pl.concat_str("entry", given["handles"], separator=" ", ignore_nulls=True).str.split(" "),
    ).explode("name")
    authors = names.with_columns(name=_account(pl.col("name"))).join(used, on="name", how="semi")
    known = authors.select("entry", published=True).unique()
    seen = entries.join(known, on="entry", how="left", maintain_order="left")
    nothing = Says(
        pl.col("published").is_null(), "out", "nothing-published", "no work came of their accounts"
    )
    return told(seen, nothing, otherwise("published at least one work"))


def _account(name: pl.Expr) -> pl.Expr:
    plain = name.str.strip_chars().str.to_lowercase()
    handle = plain.str.replace(r"^(https?://)?([a-z]+\.)?(instagram|tiktok)\.com/(@?[^/?#]+).*$", "$4")
    bare = handle.str.strip_chars_start("@")
    return pl.when(bare != "").then(bare)


def position(entries: pl.DataFrame, given: Given, _tables: Tables) -> pl.DataFrame:
    """Titles with Latin letters are mended first, each once: they may be written for Cyrillic ones."""
    titles = entries[given["column"]]
    latin = titles.filter(titles.str.contains("[A-Za-z]")).unique()
    mended = pl.Series([fold_lookalikes(title) for title in latin], dtype=pl.String)
    rest = pl.col(given["column"]).replace(latin, mended).str.to_lowercase()
    if given["except_"]:
        rest = rest.str.replace_all(_words(given["except_"]), " ")
    seen = entries.select("entry", found=rest.str.extract(_words(given["words"])))
    named = Says(
        pl.col("found").is_not_null(),
        "undecided",
        "position-to-judge",
        "says {}",
        {"found": pl.col("found")},
    )
    return told(seen, named, otherwise("no such title"))


def _words(phrases: list[str]) -> str:
    """Each word with whatever ends it, but for those that a full stop ends."""
    patterns = []
    for phrase in phrases:
        words = fold_lookalikes(phrase).lower().split()
        patterns.append(
            r"\s+".join(
                re.escape(w[:-1]) + r"\b" if w.endswith(".") else re.escape(w) + r"\p{L}*" for w in words
            )
        )
    return rf"\b({'|'.join(patterns)})"


PEERS: Mapping[str, Bare] = {
    "limits": limits,
    "members": members,
    "mentions": mentions,
    "position": position,
    "profile": profile,
    "programme": programme,
    "published": published,
}
