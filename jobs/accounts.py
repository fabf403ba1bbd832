"""Whose account it is: the names under which a person may have published.

A person's own id is such a name too, for a platform's export may give it. Names are compared in small letters,
without a leading @; an address of a profile gives the name in it.
"""

import polars as pl

# The first part of the path; TikTok's addresses have the @ in it.
_PROFILE = r"^(?:https?://)?(?:[a-z]+\.)?(?:instagram|tiktok)\.com/(@?[^/?#]+).*$"


def account_name(column: pl.Expr) -> pl.Expr:
    """The name as it is compared; null where nothing is left of it."""
    tidy = column.cast(pl.String).str.strip_chars().str.to_lowercase()
    name = tidy.str.replace(_PROFILE, "$1").str.strip_chars_start("@")
    return pl.when(name != "").then(name)


def accounts_of(people: pl.DataFrame, handles: str) -> pl.DataFrame:
    """`name` and `person`, each pair once: the people's `entry` and the names in `handles`, which spaces divide."""
    own = people.select(name=account_name(pl.col("entry")), person="entry")
    listed = people.select(name=pl.col(handles).str.split(" "), person="entry").explode("name")
    named = listed.with_columns(account_name(pl.col("name")))
    return pl.concat([own, named]).drop_nulls().unique().sort("name", "person")
