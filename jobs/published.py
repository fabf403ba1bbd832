"""Who has published anything at all (BilimClass, clause 5.5)."""

import polars as pl

from jobs.accounts import account_name, accounts_of
from jobs.verdicts import OUT, Case, Decisions, judge, words


def published(entries: pl.DataFrame, *, works: pl.DataFrame, account: str, handles: str) -> Decisions:
    """Out: people none of whose names (their `entry` and those in `handles`) is the `account` of one of the works."""
    used = works.select(name=account_name(pl.col(account))).unique()
    authors = accounts_of(entries, handles).join(used, on="name", how="semi")["person"].unique()
    nothing = words("nothing-published", "no work came from this participant's accounts")
    return Decisions(
        judge(
            entries,
            Case(~pl.col("entry").is_in(authors.implode()), OUT, nothing),
            otherwise=words("published", "published at least one work"),
        )
    )
