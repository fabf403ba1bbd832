"""Score sheets that name nobody: whose they may be, as somebody would write it in plain polars."""

from collections.abc import Callable, Sequence

import polars as pl

MOST_JURORS, MOST_WRITTEN = 20, 1_000


def by_id_or_code(entries: pl.Series, written: pl.Series, code: Callable[[str], str]) -> pl.DataFrame:
    """`contestant` as sheets have it and the `entry` it is; codes are reckoned where an id does not tell."""
    ids = pl.DataFrame({"entry": entries, "contestant": entries})
    if written.is_in(entries.implode()).all():
        return ids
    codes = pl.DataFrame(
        {"entry": entries, "contestant": [code(each) for each in entries]}, schema=ids.schema
    )
    return pl.concat([ids, codes]).unique()


def claims(
    entries: pl.Series, lost: pl.DataFrame, done: pl.DataFrame, barred: Callable[[pl.DataFrame], pl.DataFrame],
    code: Callable[[str], str],
) -> pl.DataFrame:  # fmt: skip
    """Of each `entry` one sheet of nobody that may be its own: `written`, by which `juror`, and the entry's code where
    one character tells the two apart (`like`).

    `lost`: `juror` and `written`; `done`: `juror` and `entry` of the sheets that name somebody; `barred` gives those of
    some pairs of `juror` and `entry` that do not judge the entry.
    """
    jurors = lost.select("juror").unique().sort("juror").head(MOST_JURORS)
    asked = lost.join(jurors, on="juror", how="semi")
    pairs = jurors.join(pl.DataFrame({"entry": entries}), how="cross")
    unmarked = pairs.join(done, on=["juror", "entry"], how="anti")
    free = unmarked.join(barred(unmarked), on=["juror", "entry"], how="anti")
    near = asked.join(_near(lost["written"], entries, code), on="written")
    here = near.join(free, on=["juror", "entry"], how="semi")
    rest = asked.join(here, on=["juror", "written"], how="anti")
    again = near.join(rest, on=["juror", "written"], how="semi").join(free, on="juror", how="anti")
    open_ = rest.join(again, on="juror", how="anti").group_by("juror").agg(pl.col("written").min())
    marked = done.join(jurors, on="juror", how="semi").join(free, on="juror", how="anti")
    anyone = pl.concat([free, marked.select("juror", "entry").unique()])
    everybody = pl.concat([anyone, pairs.join(anyone, on="juror", how="anti")])
    of_anyone = open_.join(everybody, on="juror").with_columns(like=pl.lit(None, pl.String))
    told = pl.concat(each.select("entry", "juror", "written", "like") for each in (here, again, of_anyone))
    likely_first = told.sort(pl.col("like").is_null(), "written", "juror", "like", nulls_last=True)
    return likely_first.unique("entry", keep="first", maintain_order=True)


def _near(written: pl.Series, entries: pl.Series, code: Callable[[str], str]) -> pl.DataFrame:
    """`written` and each `entry` whose id or code is it but for one character, or two exchanged; `like`, its code."""
    codes = pl.DataFrame(
        {"entry": entries, "like": [code(each) for each in entries]}, schema_overrides={"like": pl.String}
    )
    names = pl.concat([codes.with_columns(name="entry"), codes.with_columns(name="like")])
    longest = names["name"].str.len_chars().max()
    asked = written.unique().sort().to_frame("written").filter(
        pl.col("written").str.len_chars() <= (longest or 0) + 1
    )  # fmt: skip
    letters = names["name"].str.split("").explode().unique().drop_nulls().to_list()
    changed = _one_character_off(asked.head(MOST_WRITTEN), letters)
    return changed.join(names, on="name").select("written", "entry", "like").unique()


def _one_character_off(asked: pl.DataFrame, letters: Sequence[str]) -> pl.DataFrame:
    """Each text (`written`) as it would be (`name`) with one character less, another, one more, or two exchanged."""
    text, at = pl.col("written"), pl.col("at")
    size, letter = text.str.len_chars(), pl.DataFrame({"letter": letters}, schema={"letter": pl.String})
    places = asked.with_columns(at=pl.int_ranges(size + 1)).explode("at")
    before, own, after = text.str.slice(0, at), text.str.slice(at, 1), text.str.slice(at + 1)
    inside, lettered = places.filter(at < size), places.join(letter, how="cross")
    parts = [
        inside.with_columns(name=pl.concat_str(before, after)),
        lettered.filter(at < size).with_columns(name=pl.concat_str(before, "letter", after)),
        lettered.with_columns(name=pl.concat_str(before, "letter", own, after)),
        inside.filter(at + 1 < size).with_columns(
            name=pl.concat_str(before, after.str.head(1), own, after.str.slice(1))
        ),
    ]
    return pl.concat(part.select("written", "name") for part in parts).unique()
