"""Names of people as they are compared across papers: a sign that two may be one person, never a proof."""

import polars as pl


def folded_name(name: pl.Expr) -> pl.Expr:
    """A name in small letters, ё as е, without dots and commas, its words in order of the alphabet: a surname may stand
    first or last. Look-alike letters are mended where a file is read (`jobs.kazakh`). Blank is null."""
    words = _words(name)
    return pl.when(words.list.len() > 0).then(words.list.sort().list.join(" "))


def _words(name: pl.Expr) -> pl.Expr:
    plain = name.str.to_lowercase().str.replace_all("ё", "е").str.replace_all(r"[.,'’ʼ\"«»-]", " ")
    return plain.str.extract_all(r"\S+")


def folded_names(names: pl.Expr) -> pl.Expr:
    """Each of several names in one cell, which semicolons or commas divide, as `folded_name` writes it."""
    return (
        names.str.replace_all(",", ";").str.split(";").list.eval(folded_name(pl.element())).list.drop_nulls()
    )


def naming_some(cells: pl.Series, names: pl.Series) -> pl.Series:
    """Those of the `cells`, with one person or several, in which a person may be one of the `names` (folded): two words
    of theirs stand there, or one where a name has no more. Looked at word by word, it spares the comparing of names."""
    words = names.str.split(" ").explode().drop_nulls().unique()
    single = bool((~names.str.contains(" ", literal=True)).any())
    read = cells.to_frame("cell").select(word=_words(pl.col("cell").str.replace_all(";", " ", literal=True)))
    told = read.with_row_index("row").explode("word")
    hits = told.filter(pl.col("word").is_in(words.implode())).group_by("row").len()
    return cells.gather(hits.filter(pl.col("len") > (0 if single else 1))["row"].sort())


def same_names(names: pl.Series, others: pl.Series) -> pl.DataFrame:
    """Which of `others` each of `names` (folded) is, `name` and `other`: equal, or two words that both stand in the
    longer one: surname and name without the patronymic. Brothers' names, each with a word of its own, are not."""
    left, right = (each.unique().to_frame("full") for each in (names, others))
    found = [
        left.join(right, on="full", how="inner").select(name="full", other="full"),
        _pairs(left).join(_short(right), on="pair").select(name="full", other="full_right"),
        _short(left).join(_pairs(right), on="pair").select(name="full", other="full_right"),
    ]
    return pl.concat(found).unique(maintain_order=True)


MOST_WORDS = 5
"""Words of a person's name; a longer one is a list of people, and its pairs would be of nobody."""

_SPACES = pl.col("full").str.count_matches(" ", literal=True)


def _short(names: pl.DataFrame) -> pl.DataFrame:
    """The names of two words, each as its own `pair`, but for a single letter: an initial is of too many."""
    return names.filter(_SPACES == 1, ~pl.col("full").str.contains(r"(^| ).( |$)")).with_columns(pair="full")


def _pairs(names: pl.DataFrame) -> pl.DataFrame:
    """Each two words of the longer names, in their order, which is that of the alphabet."""
    words = names.filter(_SPACES.is_between(2, MOST_WORDS - 1)).with_columns(
        word=pl.col("full").str.split(" ")
    )
    single = words.explode("word").unique(maintain_order=True)
    both = single.join(single, on="full").filter(pl.col("word") < pl.col("word_right"))
    return both.select("full", pair=pl.concat_str("word", "word_right", separator=" "))


def separate_ids(*columns: pl.Expr) -> pl.Expr:
    """All ids that stand in some cells, with spaces between, as a list."""
    cells = [column.cast(pl.String).fill_null("") for column in columns]
    return pl.concat_str(cells, separator=" ").str.extract_all(r"\S+")
