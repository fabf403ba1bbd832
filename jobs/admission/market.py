"""Freezing an admission: tables of words become arrays of whole numbers, in one fixed order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from jobs.admission.model import DUPLICATE, NO_STREAM, SHARE, UNKNOWN_SCHOOL, AdmissionError, Rounding

Whole = npt.NDArray[np.int64]

PREFERENCES = 10_000  # preferences run from 1 to one less


@dataclass(frozen=True)
class Bids:
    """Every option as the streams that could serve it, one bid each, by person, preference, then quotas'
    order.

    who: person; option: row of Market.options; stream: row of Market.streams; bed: school whose boarding
    place is asked, or -1; key: the order in which the school looks at people (lower first); tie: people whom
    the school cannot tell apart share this number. The bids of person p are first[p] … first[p + 1] - 1.
    """

    who: Whole
    option: Whole
    stream: Whole
    bed: Whole
    key: Whole
    tie: Whole
    first: Whole


@dataclass(frozen=True)
class Market:
    """The frozen tables and the arrays behind them.

    people: participant, score, group, in rank order. streams: stream, school_id, language, school, seats,
    boarding, in the quotas' order. wishes: wish, school_id, language, fault. options: who, preference, wish,
    boarding, fault, by person and preference. seats: a stream; beds: boarding places a school.
    """

    people: pl.DataFrame
    streams: pl.DataFrame
    options: pl.DataFrame
    wishes: pl.DataFrame
    bids: Bids
    seats: Whole
    beds: Whole
    warnings: tuple[str, ...]

    @property
    def groups(self) -> Whole:
        """Equals share a number; better ones come first."""
        return _whole(self.people["group"])

    def wished(self, options: pl.Series | Whole) -> pl.DataFrame:
        """preference, school_id, language, boarding of these rows of options."""
        rows = self.options.select("preference", "wish", "boarding")[options]
        named = self.wishes.select("school_id", "language")[rows["wish"]]
        return pl.concat([rows.drop("wish"), named], how="horizontal")


def freeze(
    people: pl.DataFrame,
    quotas: pl.DataFrame,
    applications: pl.DataFrame,
    *,
    rounding: Rounding,
    strict: bool,
    priorities: pl.DataFrame | None = None,
) -> Market:
    """The market of people in `ranked` order; `strict`: schools look at rank, else at group."""
    streams, notes = _streams(quotas, rounding)
    options, wishes, reach, remarks = _options(people, streams, applications)
    bids = _bids(people, streams, options, reach, strict, priorities)
    beds = streams.group_by("school", maintain_order=True).agg(pl.col("boarding").first()).sort("school")
    return Market(
        people,
        streams,
        options,
        wishes,
        bids,
        _whole(streams["seats"]),
        _whole(beds["boarding"]),
        notes + remarks,
    )


def ranked(
    applicants: pl.DataFrame, chain: Sequence[str], lot: Mapping[str, bytes | str] | None
) -> pl.DataFrame:
    """participant, score, group, by score and chain (both falling), ticket and id (ADMIT-1 item 3)."""
    needed = ["participant", "score", *chain]
    table = _columns(applicants, "applicants", needed).with_columns(pl.col("participant").cast(pl.String))
    _refuse_nulls(table, "applicants", ["participant", "score"])
    for name in needed[1:]:
        _exact(table, name)
    if table["participant"].is_duplicated().any():
        raise AdmissionError("applicants name a participant twice; leave one row a person")
    ties = ["score", *chain]
    down = [True] * len(ties)
    if lot is None:
        order = table.sort([*ties, "participant"], descending=[*down, False], nulls_last=True)
    else:
        with_tickets = table.with_columns(ticket=_tickets(table["participant"], lot))
        order = with_tickets.sort(
            [*ties, "ticket", "participant"], descending=[*down, False, False], nulls_last=True
        )
    return order.select("participant", "score", group=pl.struct(ties).rle_id().cast(pl.Int64))


def _tickets(ids: pl.Series, lot: Mapping[str, bytes | str]) -> pl.Series:
    found = [lot.get(one) for one in ids]
    if None in found:
        raise AdmissionError(
            "the lot has no ticket for some applicant; draw tickets for everyone in the results"
        )
    return pl.Series([one.hex() if isinstance(one, bytes) else one for one in found], dtype=pl.String)


def _streams(quotas: pl.DataFrame, rounding: Rounding) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Each quota with its seats (002-25, 002-26) and its school's number."""
    table = _columns(quotas, "quotas", ["school_id", "language", "intake", "seats", "boarding"])
    table = table.with_columns(pl.col("school_id", "language").cast(pl.String))
    table = table.with_columns(pl.col("intake", "seats", "boarding").cast(pl.Int64))
    _refuse_bad_quotas(table)
    share = SHARE[rounding]
    notes = tuple(
        f"school {row['school_id']} declares {row['seats']} seat(s), not {row['share']}, which is 10 % of its"
        f" intake of {row['intake']} ({rounding}); the declared figure is used"
        for row in table.with_columns(share=share)
        .filter(pl.col("seats") != pl.col("share"))
        .iter_rows(named=True)
    )
    table = table.with_columns(
        pl.col("seats").fill_null(share),
        pl.col("boarding").fill_null(0),
        school=(pl.col("school_id").rank("dense") - 1).cast(pl.Int64),
    )
    return table.with_row_index("stream").with_columns(pl.col("stream").cast(pl.Int64)), notes


def _refuse_bad_quotas(table: pl.DataFrame) -> None:
    _refuse_nulls(table, "quotas", ["school_id"])
    checks = (
        (pl.any_horizontal(pl.col("intake", "seats", "boarding") < 0), "has a negative figure; correct it"),
        (
            pl.col("intake").is_null() & pl.col("seats").is_null(),
            "has neither intake nor seats; fill in the intake",
        ),
        (pl.struct("school_id", "language").is_duplicated(), "has two quotas for one language; leave one"),
        (
            pl.struct("boarding").n_unique().over("school_id") > 1,
            "gives different boarding places on its rows; write the same figure on each",
        ),
    )
    for bad, words in checks:
        found = table.filter(bad)
        if found.height:
            raise AdmissionError(f"school {found['school_id'][0]} {words}")


def _options(
    people: pl.DataFrame, streams: pl.DataFrame, applications: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, tuple[str, ...]]:
    """The options in order, the kinds of wish they name, what can serve each kind, and remarks."""
    table = _checked_applications(applications)
    wishes = table.select("school_id", "language").unique().sort("school_id", "language")
    wishes = wishes.with_columns(wish=pl.int_range(pl.len(), dtype=pl.Int64))
    reach = _reach(wishes, streams)
    wishes = wishes.with_columns(fault=_unservable(reach, streams))
    ranks = people.select("participant", who=pl.int_range(pl.len(), dtype=pl.Int64))
    numbered = table.join(ranks, on="participant", how="left", maintain_order="left").join(
        wishes, on=["school_id", "language"], how="left", nulls_equal=True, maintain_order="left"
    )
    strangers = numbered.filter(pl.col("who").is_null())["participant"].n_unique()
    options = _in_order(numbered.select("who", "preference", "wish", "boarding").drop_nulls(), wishes)
    _refuse_two_at_once(options)
    return options, wishes, reach, _remarks(options, strangers)


def _checked_applications(applications: pl.DataFrame) -> pl.DataFrame:
    table = _columns(
        applications, "applications", ["participant", "preference", "school_id", "language", "boarding"]
    )
    table = table.with_columns(
        pl.col("participant", "school_id", "language").cast(pl.String),
        pl.col("preference").cast(pl.Int64),
        pl.col("boarding").cast(pl.Int64).fill_null(0),
    )
    _refuse_nulls(table, "applications", ["participant", "preference", "school_id"])
    if not table["boarding"].is_between(0, 1).all():
        raise AdmissionError(
            "applications have a boarding cell other than 0 or 1; write 1 where a place is asked"
        )
    if not table["preference"].is_between(1, PREFERENCES - 1).all():
        raise AdmissionError(f"applications have a preference outside 1 to {PREFERENCES - 1}; correct it")
    return table


def _in_order(options: pl.DataFrame, wishes: pl.DataFrame) -> pl.DataFrame:
    """By person and preference, with their faults; the later row of one wish and boarding is a duplicate."""
    wish = pl.col("wish") * 2 + pl.col("boarding")
    kinds = max(wishes.height, 1) * 2
    order = options.select((pl.col("who") * PREFERENCES + pl.col("preference")) * kinds + wish).to_series()
    ordered = options if order.is_sorted() else options[order.arg_sort()]
    repeated = ~(pl.col("who") * kinds + wish).is_first_distinct()
    unservable = wishes["fault"].gather(ordered["wish"]).alias("fault")
    return ordered.with_columns(
        pl.when(repeated).then(pl.lit(DUPLICATE)).otherwise(unservable).alias("fault")
    )


def _reach(wishes: pl.DataFrame, streams: pl.DataFrame) -> pl.DataFrame:
    """wish, stream: what can serve a wish; its own language first, a quota for any after it."""
    asked = pl.col("language")
    offered = pl.col("language_right")
    return (
        wishes.join(streams.select("school_id", "language", "stream"), on="school_id", how="inner")
        .filter(asked.is_null() | offered.is_null() | (asked == offered))
        .sort("wish", asked.is_not_null() & offered.is_null(), "stream")
        .select("wish", "stream")
    )


def _unservable(reach: pl.DataFrame, streams: pl.DataFrame) -> pl.Expr:
    known = streams["school_id"].unique().implode()
    return (
        pl.when(~pl.col("school_id").is_in(known))
        .then(pl.lit(UNKNOWN_SCHOOL))
        .when(~pl.col("wish").is_in(reach["wish"].unique().implode()))
        .then(pl.lit(NO_STREAM))
    )


def _refuse_two_at_once(options: pl.DataFrame) -> None:
    who, number = options["who"].to_numpy(), options["preference"].to_numpy()
    again = np.flatnonzero((who[1:] == who[:-1]) & (number[1:] == number[:-1])) + 1
    if (options["fault"].gather(again).fill_null("") != DUPLICATE).any():
        raise AdmissionError(
            f"applications give preference {number[again[0]]} of one participant to two options;"
            " number them apart"
        )


def _remarks(options: pl.DataFrame, strangers: int) -> tuple[str, ...]:
    counts = dict(options["fault"].drop_nulls().value_counts().iter_rows())
    unserved = counts.get(UNKNOWN_SCHOOL, 0) + counts.get(NO_STREAM, 0)
    said = (
        (
            counts.get(DUPLICATE, 0),
            "later duplicate of an option already listed was dropped",
            "later duplicates of options already listed were dropped",
        ),
        (
            unserved,
            "option names a school or language that is not in the quota list and was skipped",
            "options name a school or language that is not in the quota list and were skipped",
        ),
        (
            strangers,
            "participant applied without being among the applicants and was ignored",
            "participants applied without being among the applicants and were ignored",
        ),
    )
    return tuple(f"{count} {one if count == 1 else more}" for count, one, more in said if count)


def _bids(
    people: pl.DataFrame,
    streams: pl.DataFrame,
    options: pl.DataFrame,
    reach: pl.DataFrame,
    strict: bool,
    priorities: pl.DataFrame | None,
) -> Bids:
    table = (
        options.with_row_index("option")
        .filter(pl.col("fault").is_null())
        .select("who", "option", "wish", "boarding")
        .join(reach, on="wish", how="inner", maintain_order="left_right")
    )
    who, stream = _whole(table["who"]), _whole(table["stream"])
    school = _whole(streams["school"])[stream]
    group = _whole(people["group"])[who]
    first = np.searchsorted(who, np.arange(people.height + 1)).astype(np.int64)
    if priorities is None:
        tie, key = group, who if strict else group
    else:
        place = _places(priorities, people, streams, school, who)
        tie = place * people.height + group
        key = place * people.height + who if strict else tie
    bed = np.where(_whole(table["boarding"]) == 1, school, -1)
    return Bids(who, _whole(table["option"]), stream, bed, key, tie, first)


def _places(
    priorities: pl.DataFrame, people: pl.DataFrame, streams: pl.DataFrame, school: Whole, who: Whole
) -> Whole:
    """A school's own rank of the bidder; whoever it does not list follows those it lists."""
    table = _columns(priorities, "priorities", ["school_id", "participant", "rank"])
    table = table.with_columns(
        pl.col("school_id", "participant").cast(pl.String), pl.col("rank").cast(pl.Int64)
    )
    _refuse_nulls(table, "priorities", ["school_id", "participant", "rank"])
    if not table["rank"].is_between(1, 10**9).all():
        raise AdmissionError(
            "priorities have a rank below 1 or above 1 000 000 000; number each school's list from 1"
        )
    if table.select("school_id", "participant").is_duplicated().any():
        raise AdmissionError("priorities rank a participant twice at one school; leave one row")
    numbered = people.select("participant", who=pl.int_range(pl.len(), dtype=pl.Int64))
    listed = table.join(numbered, on="participant").join(
        streams.select("school_id", "school").unique(), on="school_id"
    )
    wanted = pl.DataFrame({"who": who, "school": school})
    found = wanted.join(listed, on=["who", "school"], how="left", maintain_order="left")["rank"]
    last = table["rank"].max()
    return _whole(found.fill_null((last if isinstance(last, int) else 0) + 1))


def _columns(table: pl.DataFrame, name: str, needed: Sequence[str]) -> pl.DataFrame:
    missing = [column for column in needed if column not in table.columns]
    if missing:
        raise AdmissionError(f"the table of {name} lacks the column {missing[0]!r}; add it")
    return table.select(needed)


def _refuse_nulls(table: pl.DataFrame, name: str, needed: Sequence[str]) -> None:
    for column in needed:
        if table[column].null_count():
            raise AdmissionError(f"the table of {name} has an empty {column!r}; fill it in")


def _exact(table: pl.DataFrame, column: str) -> None:
    kind = table.schema[column]
    if not (kind.is_integer() or kind.is_decimal()):
        raise AdmissionError(
            f"the column {column!r} of applicants must hold integers or decimals, never {kind}"
        )


def _whole(series: pl.Series) -> Whole:
    return series.cast(pl.Int64).to_numpy()
