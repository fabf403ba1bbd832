"""Whose own pupils are among those a jury judges, by lists and by names, as somebody would write it in plain polars."""

import polars as pl

from jobs.spellings import skeleton

INITIAL = r"(^| ).( |$)"
LONGEST = 5  # words of a name: what is longer is a list of people without anything between them


def folded(name: pl.Expr) -> pl.Expr:
    plain = name.str.to_lowercase().str.replace_all("ё", "е").str.replace_all(r"[.,'’ʼ\"«»-]", " ")
    words = plain.str.extract_all(r"\S+").list.sort().list.join(" ")
    return pl.when(words != "").then(words)


def own_pupils(jurors: pl.DataFrame, people: pl.DataFrame, teacher: str | None) -> pl.DataFrame:
    """Each `juror` (by `name` and `teaches`) and `pupil`, `sure` where the jury's list names the pupil, and not only
    the pupil's teacher has the juror's name."""
    ids = [name for name in ("id", "participant", "authors", "about") if name in people.columns]
    own = people.select("pupil", id=pl.concat_str(ids, separator=" ", ignore_nulls=True).str.split(" "))
    listed = jurors.select("juror", id=pl.col("teaches").str.split(" ")).drop_nulls().explode("id")
    found = (
        listed.filter(pl.col("id") != "").join(own.explode("id"), on="id").select("juror", "pupil", sure=True)
    )
    if teacher is not None:
        named = jurors.select("juror", name=folded(pl.col("name"))).drop_nulls()
        pupils = people.select("pupil", cell=teacher).drop_nulls()
        teachers = _teachers(pupils)
        alike = _keys(named).join(_keys(teachers), on="key").filter(pl.col("whole") | pl.col("whole_right"))
        cells = alike.select("juror", "cell").unique().join(pupils, on="cell")
        found = pl.concat([found, cells.select("juror", "pupil", sure=False)])
    return found.group_by("juror", "pupil").agg(pl.col("sure").any())


def _teachers(pupils: pl.DataFrame) -> pl.DataFrame:
    """Each different `cell` once, with the `name` of each teacher in it."""
    cells = pupils.select("cell").unique()
    split = cells.with_columns(name=pl.col("cell").str.replace_all(",", ";").str.split(";")).explode("name")
    return split.with_columns(name=folded(pl.col("name"))).drop_nulls()


def _keys(names: pl.DataFrame) -> pl.DataFrame:
    """A name as it is, and each two words of one of three to five: which a name of two whole words may be."""
    known = names.with_columns(words=pl.col("name").str.split(" "))
    whole = known.with_columns(key="name", whole=pl.lit(value=True))
    numbers = [(a, b) for a in range(LONGEST) for b in range(a + 1, LONGEST)]
    pair = [
        pl.concat_str([pl.col("words").list.get(at, null_on_oob=True) for at in each], separator=" ")
        for each in numbers
    ]
    long = known.filter(pl.col("words").list.len().is_between(3, LONGEST))
    parts = (
        long.with_columns(key=pl.concat_list(pair), whole=pl.lit(value=False))
        .explode("key")
        .drop_nulls("key")
    )
    return pl.concat([whole, parts.filter(~pl.col("key").str.contains(INITIAL))]).drop("words", "name")


def like_teachers(
    jurors: pl.DataFrame, people: pl.DataFrame, teacher: str | None, own: pl.DataFrame
) -> pl.DataFrame:
    """Each `juror` and `pupil` whose teacher the juror may be, written otherwise; `names`, as both are written."""
    if teacher is None:
        return pl.DataFrame(schema=dict.fromkeys(("juror", "pupil", "names"), pl.String))
    named = jurors.select("juror", "name", one=_spelling(folded(pl.col("name")))).drop_nulls()
    pupils = people.select("pupil", cell=teacher).drop_nulls()
    teachers = _teachers(pupils).select("cell", two=_spelling(pl.col("name"))).unique()
    alike = _alike(named["one"].unique(), teachers["two"].unique())
    cells = named.join(alike, on="one").join(teachers, on="two").select("juror", "name", "cell").unique()
    pairs = cells.join(pupils, on="cell").join(own, on=["juror", "pupil"], how="anti")
    return pairs.select("juror", "pupil", names=pl.format("{} – {}", "name", "cell"))


def _spelling(name: pl.Expr) -> pl.Expr:
    """Its words in the letters that all spellings share."""
    return skeleton(name).str.extract_all(r"\S+").list.join(" ")


def _alike(ones: pl.Series, twos: pl.Series) -> pl.DataFrame:
    """`one` and `two` that may be one person: two whole words are the same, or one is and an initial fits; and no word
    that is written out in one of them is another in the other."""
    left, right = _pairs(ones.alias("name")), _pairs(twos.alias("name"))
    found = [
        left.join(right, on=["word", "other"]),
        left.filter("initial").join(right, on=["word", "letter"]),
        left.join(right.filter("initial"), on=["word", "letter"]),
    ]
    both = pl.concat(each.select(one="name", two="name_right") for each in found).unique()
    one, two = pl.col("one").str.split(" "), pl.col("two").str.split(" ")
    listed = both.with_columns(
        common=one.list.set_intersection(two),
        rest=one.list.set_difference(two),
        rest_of_two=two.list.set_difference(one),
        longest=pl.max_horizontal(one.list.len(), two.list.len()),
    )
    letters, others = (
        pl.col(name).list.eval(pl.element().str.head(1).unique()) for name in ("rest", "rest_of_two")
    )
    fewer = pl.min_horizontal(letters.list.len(), others.list.len())
    fit = letters.list.set_intersection(others).list.len() == fewer
    written_out = (_whole_words("rest") > 0) & (_whole_words("rest_of_two") > 0)
    enough = (_whole_words("common") > 0) & (pl.col("common").list.len() + fewer > 1)
    return listed.filter(fit, enough, ~written_out, pl.col("longest") <= LONGEST).select("one", "two")


def _whole_words(column: str) -> pl.Expr:
    return pl.col(column).list.eval(pl.element().str.len_chars() > 1).list.sum()


def _pairs(names: pl.Series) -> pl.DataFrame:
    """Each written-out `word` of a name beside each `other` one, its `letter`, and whether it is but an `initial`."""
    words = names.to_frame().with_columns(word=pl.col("name").str.split(" ")).explode("word").unique()
    whole = words.filter(pl.col("word").str.len_chars() > 1)
    beside = whole.join(words.rename({"word": "other"}), on="name").filter(pl.col("word") != pl.col("other"))
    letter = pl.col("other").str.head(1)
    return beside.with_columns(letter=letter, initial=letter == pl.col("other"))


def of_one_name(acts: pl.DataFrame, jurors: pl.DataFrame) -> pl.DataFrame:
    """`entry` of acts (`entry`, `juror`) of which two are of one name under two ids, and the ids (`twice`)."""
    named = jurors.select("juror", name=folded(pl.col("name"))).drop_nulls().unique()
    several = named.filter(pl.len().over("name") > 1)
    told = acts.select("entry", "juror").join(several, on="juror").unique()
    twice = told.group_by("entry", "name").agg(twice=pl.col("juror").sort().str.join(", "), ids=pl.len())
    return twice.filter(pl.col("ids") > 1).group_by("entry").agg(pl.col("twice").min())
