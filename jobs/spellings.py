"""Names of people as different papers spell them: with initials, in another script, in Russian letters for Kazakh ones.

A question for people, never a proof: whether two spellings are of one person only they can say. Latin letters are those
of the Kazakh alphabets of 2018 and 2021 and of passports (ICAO Doc 9303, part 3); a key forgets what these differ in.
"""

from typing import Final

import polars as pl

from jobs.names import same_names

_LETTERS: Final = {
    "shch": "w", "sch": "w", "sh": "w", "ch": "c", "zh": "j", "kh": "h", "gh": "g", "ts": "q", "tz": "q", "тс": "q",
    **dict(zip("абвгдежзийклмнопрстуфхцчшщыэ", "abvgdejziiklmnoprstufhqcwwie", strict=True)),
    **dict(zip("әғқңөұүһіё", "agknouuhie", strict=True)),
    "ю": "iu", "я": "ia", "ъ": "", "ь": "", "x": "ks", "c": "k", "q": "k", "w": "v", "y": "i", "ı": "i", "\u0307": "",
    **dict(zip("äáöóüúūýñńŋğǵşšçčžé", "aaoouuuunnnggwwccje", strict=True)),
}  # fmt: skip
"""Letters, and letters together, to the one that stands for them; longer ones first."""

_DOUBLED: Final = {2 * letter: letter for letter in "abcdefghjklmnopqrstuvwz"}


def skeleton(name: pl.Expr) -> pl.Expr:
    """A folded name, or several, in the letters that all spellings share: `Ахметова Айгүл`, `Akhmetova Aigul` and
    `Ahmetova Aygül` are `ahmetova agul`. The i (и, й, і, ы, y, j in я) stands only where nothing else begins a word."""
    letters = name.str.replace_many(_LETTERS, leftmost=True)
    short = letters.str.replace_all(r"\bi+([aeou])", "${1}").str.replace_all(r"\Bi+", "")
    return short.str.replace_many(_DOUBLED)


def like_names(names: pl.Series, others: pl.Series) -> pl.DataFrame:
    """Which of `others` (folded) each of `names` may be without being the same by `same_names`: `name` and `other`."""
    left, right = (_keyed(each) for each in (names, others))
    spelled = same_names(left["key"], right["key"])
    by_key = spelled.join(left.select("name", key="key"), left_on="name", right_on="key", how="inner")
    alike = by_key.select(name="name_right", key="other").join(
        right.select("key", other="name"), on="key", how="inner"
    )
    pairs = pl.concat([alike.select("name", "other"), _by_initials(left, right)]).unique()
    sure = same_names(names.drop_nulls(), others.drop_nulls())
    return pairs.join(sure, on=["name", "other"], how="anti").sort("name", "other")


def _keyed(names: pl.Series) -> pl.DataFrame:
    """`name`, its `key` and `words`, those that are `full` and how many there are."""
    told = names.drop_nulls().unique().to_frame("name")
    words = told.with_columns(words=skeleton(pl.col("name")).str.extract_all(r"\S+").list.sort())
    full = pl.col("words").list.eval(pl.element().filter(pl.element().str.len_chars() > 1))
    return words.with_columns(key=pl.col("words").list.join(" "), full=full, size=pl.col("words").list.len())


_LONGEST = 5
"""Words of a person's name; a longer one is a list of people."""


def _by_initials(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """`name` and `other` where one of them has initials that fit the other's words: a full word of both, and the first
    letters of all others in the shorter name."""
    found = _initials(left).join(_initials(right), on=["word", "letters"], suffix="_other")
    fewer = pl.min_horizontal("size", "size_other") - 1
    common = pl.col("full").list.set_intersection("full_other").list.len()
    least = pl.min_horizontal(pl.col("full").list.len(), pl.col("full_other").list.len())
    abbreviated = (pl.col("full").list.len() < pl.col("size")) | (
        pl.col("full_other").list.len() < pl.col("size_other")
    )
    fits = (pl.col("letters").str.len_chars() == fewer) & (common == least) & abbreviated
    return found.filter(fits).select("name", other="name_other").unique()


def _initials(names: pl.DataFrame) -> pl.DataFrame:
    """Of each name each full `word` with the first `letters` of the others: of each one, and of all of them."""
    persons = names.filter(pl.col("size").is_between(2, _LONGEST))
    words = persons.select("name", "full", "size", word="words").explode("word").with_row_index("at")
    others = words.select("name", letter=pl.col("word").str.head(1), other="at")
    both = words.filter(pl.col("word").str.len_chars() > 1).join(others, on="name")
    both = both.filter(pl.col("at") != pl.col("other"))
    each = both.select("name", "full", "size", "word", letters="letter")
    whole = both.group_by("name", "at").agg(
        pl.col("full", "size", "word").first(), letters=pl.col("letter").sort().str.join("")
    )
    return pl.concat([each, whole.select(each.columns)]).unique(["name", "word", "letters"])


def may_be_among(cells: pl.Series, names: pl.Series) -> pl.Series:
    """Those of the `cells`, each with one or several people, that have a full word of one of the `names` (folded) in any
    spelling: fast, and no more than a first look."""
    words = _keyed(names)["full"].explode().drop_nulls().unique().to_list()
    if not words:
        return cells.clear()
    told = cells.drop_nulls().unique().to_frame("cell")
    spelled = skeleton(pl.col("cell").str.to_lowercase())
    return told.filter(spelled.str.contains_any(words))["cell"]
