"""Whose work it is (BilimClass, clauses 2.3 and 5.5)."""

import polars as pl

from jobs.accounts import account_name, accounts_of
from jobs.binding import Standing
from jobs.verdicts import OUT, UNDECIDED, Case, Decisions, judge, words


def author(
    entries: pl.DataFrame, *, people: Standing, account: str, handles: str, take: list[str]
) -> Decisions:
    """Out: works whose `account` is neither the id of one of the `people` nor among the names in their column
    `handles`. Undecided: an account of several people.

    Adds `participant`, the person's id, and the people's columns in `take`, which go before what the work says of
    itself; of several people only what is the same of all. Evidence: `claims`, the people an undecided work may be
    of.
    """
    claims = _claims(people, handles, take)
    own = [pl.col(name).alias(f"own:{name}") for name in take if name in entries.columns]
    named = entries.select("entry", *own, name=account_name(pl.col(account)))
    seen = named.join(_persons(claims, take), on="name", how="left", maintain_order="left")
    return Decisions(
        _judge(seen, [name for name in take if name in entries.columns]),
        columns=seen.select("entry", "participant", *(_taken(name, seen.columns) for name in take)),
        evidence={"claims": _contested(seen, claims)},
    )


def _claims(people: pl.DataFrame, handles: str, take: list[str]) -> pl.DataFrame:
    """A row a name and a person who has it: `taken:…` is what is known of the person."""
    known = people.select(person="entry", **{f"taken:{name}": name for name in take})
    return accounts_of(people, handles).join(known, on="person", how="left", maintain_order="left")


def _persons(claims: pl.DataFrame, take: list[str]) -> pl.DataFrame:
    return claims.group_by("name", maintain_order=True).agg(
        pl.len().alias("people"),
        _agreed("person").alias("participant"),
        *(_agreed(f"taken:{name}").alias(f"taken:{name}") for name in take),
    )


def _agreed(column: str) -> pl.Expr:
    return pl.when(pl.col(column).n_unique() == 1).then(pl.col(column).first())


def _taken(name: str, columns: list[str]) -> pl.Expr:
    own = [f"own:{name}"] if f"own:{name}" in columns else []
    return pl.coalesce(f"taken:{name}", *own).alias(name)


def _judge(seen: pl.DataFrame, both: list[str]) -> pl.DataFrame:
    differing = [
        pl.when(pl.col(f"own:{name}") != pl.col(f"taken:{name}")).then(pl.lit(name.replace("_", " ")))
        for name in both
    ]
    differs = pl.concat_str(differing, separator=", ", ignore_nulls=True) if differing else pl.lit("")
    found = seen.with_columns(differs=differs)
    shared = words("two-authors", "{people} people have this account", people=pl.col("people"))
    other = "a participant's work; its own {differs} is not the participant's, which counts"
    return judge(
        found,
        Case(pl.col("people").is_null(), OUT, words("no-author", "the account belongs to no participant")),
        Case(pl.col("people") > 1, UNDECIDED, shared),
        Case(pl.col("differs") != "", "in", words("author-differs", other, differs=pl.col("differs"))),
        otherwise=words("author-known", "a participant's work"),
    )


def _contested(seen: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """`entry`, `participant`: a row a person a work may be of."""
    shared = seen.filter(pl.col("people") > 1).select("entry", "name")
    found = shared.join(claims, on="name", how="inner", maintain_order="left_right")
    return found.select("entry", participant="person")
