"""Names of people as different papers spell them: with initials, in another script, in Russian letters for Kazakh ones.

A question for people, never a proof: whether two spellings are of one person only they can say. Latin letters are those
of the Kazakh alphabets of 2018 and 2021 and of passports (ICAO Doc 9303, part 3); a key forgets what these differ in.
"""

from typing import Final

import polars as pl

from jobs.names import MOST_WORDS, folded_names

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


def spelled_otherwise(names: pl.Series, cells: pl.Series) -> pl.DataFrame:
    """`name` (folded) and each of the `cells`, with one person or several, where one of these may be that person: the
    same two words at least, or all, but for spelling; or, of one written with initials, the same full words and the
    first letters of the others. Names that are the same as they are written are among them."""
    people = names.drop_nulls().unique().sort().to_frame("name")
    words = _words(people, "name")
    told = _with_a_word_of(words, cells.drop_nulls().unique()).sort().to_frame("cell")
    found = _sharing(words, _words(told, "cell"))
    pairs = found.join(people.with_row_index("left"), on="left").join(
        told.with_row_index("right"), on="right"
    )
    persons = pairs.select("cell").unique().with_columns(other=folded_names(pl.col("cell"))).explode("other")
    both = pairs.select("name", "cell").join(persons.drop_nulls(), on="cell")
    listed = both.with_columns(one=_listed("name"), two=_listed("other"))
    return listed.filter(_fit()).select("name", "cell").unique().sort("name", "cell")


def _words(people: pl.DataFrame, column: str) -> pl.DataFrame:
    """`row`, and each `word` of it with its first `letter`, and whether it is no more than that (`initial`)."""
    told = people.select(word=skeleton(pl.col(column).str.to_lowercase()).str.extract_all(r"\p{L}+"))
    words = told.with_row_index("row").explode("word").drop_nulls()
    letter = pl.col("word").str.head(1)
    return words.with_columns(letter=letter, initial=letter == pl.col("word"))


def _with_a_word_of(words: pl.DataFrame, cells: pl.Series) -> pl.Series:
    """Those of the cells that have a full one of the words: each different word is spelled out once."""
    rows = cells.to_frame("word").select(pl.col("word").str.to_lowercase().str.extract_all(r"\w+"))
    told = rows.with_row_index("row").explode("word").drop_nulls()
    known = words.filter(~pl.col("initial"))["word"].unique().implode()
    each = (
        told.select("word")
        .unique()
        .with_columns(skeleton(pl.col("word")).str.extract_all(r"\p{L}+").alias("read"))
    )
    hits = each.explode("read").filter(pl.col("read").is_in(known)).select("word").unique()
    return cells.gather(told.join(hits, on="word", how="semi")["row"].unique().sort())


def _sharing(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """The rows (`left`, `right`) that share two full words, or one and the first letter of another that one of them has
    as an initial. Compared by the words of the left ones, which are few."""
    known = left.filter(~pl.col("initial")).select("word").unique().sort("word").with_row_index("code")
    one, two = (_paired(each, known) for each in (left, right))
    found = [
        one.drop_nulls("other").join(two, on=["code", "other"]),
        # An initial on either side, chosen before the join: people of one first name and one first letter are many.
        one.filter("initial").join(two, on=["code", "letter"]),
        one.join(two.filter("initial"), on=["code", "letter"]),
    ]
    return pl.concat(each.select(left="row", right="row_right") for each in found).unique()


def _paired(words: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """`row`, the `code` of a word, and the `other` words of the row: the code, where it has one, and `letter`."""
    coded = words.join(known, on="word", how="left")
    hits = coded.drop_nulls("code").select("row", "code", "word")
    others = coded.select("row", "letter", "initial", other="code", beside="word")
    return (
        hits.join(others, on="row").filter(pl.col("word") != pl.col("beside")).drop("word", "beside").unique()
    )


def _listed(column: str) -> pl.Expr:
    return skeleton(pl.col(column)).str.extract_all(r"\S+")


def _fit() -> pl.Expr:
    """Whether the words `one` and `two` of two persons may be of one person."""
    sizes = [pl.col(name).list.len() for name in ("one", "two")]
    common = pl.col("one").list.set_intersection("two")
    rests = [pl.col(name).list.set_difference(common) for name in ("one", "two")]
    letters = [rest.list.eval(pl.element().str.head(1).unique()) for rest in rests]
    left = pl.min_horizontal(each.list.len() for each in letters)
    fits = letters[0].list.set_intersection(letters[1]).list.len() == left
    written_out = [_full(rest) > 0 for rest in rests]
    persons = pl.max_horizontal(sizes) <= MOST_WORDS
    return (
        persons
        & fits
        & (_full(common) > 0)
        & (common.list.len() + left > 1)
        & ~(written_out[0] & written_out[1])
    )


def _full(words: pl.Expr) -> pl.Expr:
    """How many of the words are more than an initial."""
    return words.list.eval(pl.element().str.len_chars() > 1).list.sum()
