"""The tables of an admission: whole numbers first, words last and once for each wording."""

import numpy as np
import polars as pl

from jobs.admission import wording
from jobs.admission.market import Market, Whole
from jobs.admission.model import (
    BOARDING_CLOSED,
    BOARDING_FULL,
    BOARDING_TIED,
    CLOSED,
    FULL,
    MOVED,
    NO_APPLICATION,
    NO_BID,
    NO_SEAT,
    REFUSED,
    SEAT,
    TIED,
    TIED_SEAT,
    WITHDRAWN,
    Admission,
)
from jobs.admission.report import CODES, NUMBER, Border, Mask, Outcome, Refusals, borders, refusals

_FOR_SEATS = [NUMBER[code] for code in (FULL, TIED, CLOSED)]
_FOR_BEDS = [NUMBER[code] for code in (BOARDING_FULL, BOARDING_TIED, BOARDING_CLOSED)]


def tables(market: Market, outcome: Outcome) -> Admission:
    """The result of an outcome, with a reason on every line."""
    seats, beds = borders(market, outcome)
    refused = refusals(market, outcome, seats, beds)
    contested = _contested(market, outcome, seats, beds, refused)
    return Admission(
        placements=_placements(market, outcome, seats, contested),
        cutoffs=_cutoffs(market, outcome, seats, beds, refused),
        skipped=_skipped(market, outcome, seats, beds, refused),
        contested=contested,
        warnings=market.warnings + outcome.warnings + wording.lot_warning(contested, outcome.lot),
        tie=outcome.tie,
        lot=outcome.lot,
    )


def _placements(market: Market, outcome: Outcome, seats: Border, contested: pl.DataFrame) -> pl.DataFrame:
    people = market.people.select(
        "participant", "score", "group",
        rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64), who=pl.int_range(pl.len(), dtype=pl.Int64),
        code=pl.Series(_placement_codes(market, outcome, seats).tolist(), dtype=pl.String),
    )  # fmt: skip
    by_lot = contested["admitted"].explode(empty_as_null=False).unique().implode()
    return (
        people.join(_places(market, outcome.granted), on="who", how="left", maintain_order="left")
        .with_columns(by_lot=pl.col("participant").is_in(by_lot))
        .with_columns(reason=wording.placement(outcome.lot))
        .select(
            "participant", "school_id", "language", "boarding", "preference", "code", "reason", "rank",
            "score", "group", "by_lot", "quota_language",
        )
    )  # fmt: skip


def _places(market: Market, granted: Whole) -> pl.DataFrame:
    """who, school_id, language (as asked where the quota is for any), boarding, preference, its quota's."""
    who = np.flatnonzero(granted != NO_BID)
    bid = granted[who]
    stream = market.streams.select("school_id", "language")[market.bids.stream[bid]]
    asked = market.wished(market.bids.option[bid]).select("preference", "boarding", asked="language")
    return pl.concat([stream, asked], how="horizontal").select(
        pl.Series("who", who, dtype=pl.Int64), "school_id",
        pl.coalesce("language", "asked").alias("language"), "boarding", "preference",
        pl.col("language").alias("quota_language"),
    )  # fmt: skip


def _placement_codes(market: Market, outcome: Outcome, seats: Border) -> "np.typing.NDArray[np.str_]":
    bids, granted = market.bids, outcome.granted
    applied = np.zeros(len(granted), dtype=bool)
    applied[market.options["who"].to_numpy()] = True
    tied = np.zeros(len(granted), dtype=bool)
    bid = granted[granted != NO_BID]
    stream = bids.stream[bid]
    over = (seats.filled > seats.places)[stream] & (bids.key[bid] == seats.last_key[stream])
    tied[bids.who[bid]] = over
    return np.select(
        [outcome.withdrawn, outcome.moved, tied, granted != NO_BID, applied],
        [WITHDRAWN, MOVED, TIED_SEAT, SEAT, REFUSED],
        default=NO_APPLICATION,
    )


def _skipped(
    market: Market, outcome: Outcome, seats: Border, beds: Border, refused: Refusals
) -> pl.DataFrame:
    chosen = _one_an_option(market, outcome, seats, refused)
    bid, code = refused.bid[chosen], refused.code[chosen]
    stream = market.bids.stream[bid]
    told = pl.DataFrame(
        {
            "option": market.bids.option[bid],
            "code": code,
            "stream": stream,
            "who": market.bids.who[bid],
            "order": refused.by_order[chosen],
        }
    )
    told = told.with_columns(_facts(market, stream, code, seats, beds))
    told = pl.concat([told, _faults(market)], how="diagonal").sort("option")
    together = told.filter(pl.col("code").is_in([NUMBER[TIED], NUMBER[BOARDING_TIED]]))
    told = told.join(_tied_counts(together), on=["code", "stream"], how="left", maintain_order="left")
    return _worded(market, told, outcome.lot)


def _one_an_option(market: Market, outcome: Outcome, seats: Border, refused: Refusals) -> Whole:
    """Which refusals to tell: of several streams that refused one option, the one that came nearest."""
    bids = market.bids
    held = outcome.granted[bids.who[refused.bid]]
    other = (held == NO_BID) | (bids.option[held] != bids.option[refused.bid])
    rows = np.flatnonzero(other)
    option = bids.option[refused.bid[rows]]
    if len(option) and not (option[1:] == option[:-1]).any():
        return rows
    code = refused.code[rows]
    nearness = np.where(
        np.isin(code, _FOR_SEATS), seats.last_key[bids.stream[refused.bid[rows]]], np.iinfo(np.int64).max
    )
    nearness[code == NUMBER[NO_SEAT]] = -2
    order = np.lexsort((nearness, option))
    last = np.append(option[order][1:] != option[order][:-1], True) if len(order) else order.astype(bool)
    chosen: Whole = rows[order[last]]
    return chosen


def _facts(market: Market, stream: Whole, code: Whole, seats: Border, beds: Border) -> list[pl.Series]:
    """last: the person last admitted to what was lacking; border: one of those a tie shut out; or -1."""
    school = market.streams["school"].to_numpy()[stream]
    for_seat, for_bed = np.isin(code, _FOR_SEATS), np.isin(code, _FOR_BEDS)
    last = np.select([for_seat, for_bed], [seats.last[stream], beds.last[school]], NO_BID)
    border = np.select([for_seat, for_bed], [seats.shut_by[stream], beds.shut_by[school]], NO_BID)
    return [pl.Series("last", last), pl.Series("border", border)]


def _faults(market: Market) -> pl.DataFrame:
    """The rows of applications that nothing could serve, granted or not."""
    numbered = market.options.with_row_index("option").filter(pl.col("fault").is_not_null())
    return numbered.select(
        pl.col("option").cast(pl.Int64),
        pl.col("fault").replace_strict(NUMBER, return_dtype=pl.Int64).alias("code"),
        pl.lit(0, pl.Int64).alias("stream"),
        "who",
        pl.lit(False).alias("order"),
        pl.lit(NO_BID, pl.Int64).alias("last"),
        pl.lit(NO_BID, pl.Int64).alias("border"),
    )


def _tied_counts(together: pl.DataFrame) -> pl.DataFrame:
    return together.group_by("code", "stream").agg(tied=pl.col("who").n_unique().cast(pl.Int64) - 1)


def _worded(market: Market, told: pl.DataFrame, lot: bool) -> pl.DataFrame:
    """Words each distinct reason once: there are far fewer of them than refusals."""
    told = told.with_columns(score_group=market.people["group"].gather(told["who"]))
    streams, groups = max(market.streams.height, 1), market.people.height + 1
    packed = ((pl.col("code") * streams + pl.col("stream")) * groups + pl.col("score_group")) * 2 + pl.col(
        "order"
    )
    told = told.with_columns(packed.alias("wording"))
    distinct = told.unique("wording").select("wording", "code", "last", "border", "who", "tied", "order")
    scores = market.people["score"]
    distinct = distinct.with_columns(
        _gathered(scores, distinct["last"]).alias("cutoff"),
        _gathered(scores, distinct["border"]).alias("border_score"),
        _gathered(scores, distinct["who"]).alias("score"),
        pl.Series("code", CODES).gather(distinct["code"]),
    )
    distinct = distinct.select(
        "wording", "cutoff", "code", wording.refusal(lot).alias("reason"), by_lot="order"
    )
    told = told.join(distinct, on="wording", how="left", maintain_order="left", suffix="_word")
    options = market.wished(told["option"])
    people = market.people.select("participant", "score")[told["who"]]
    words = told.select(pl.col("code_word").alias("code"), "reason", "cutoff", "tied", "by_lot")
    return pl.concat([people, options, words], how="horizontal").select(
        "participant", "preference", "school_id", "language", "boarding", "code", "reason", "cutoff", "score",
        "tied", "by_lot",
    )  # fmt: skip


def _cutoffs(
    market: Market, outcome: Outcome, seats: Border, beds: Border, refused: Refusals
) -> pl.DataFrame:
    scores, school = market.people["score"], market.streams["school"].to_numpy()
    stream = market.bids.stream[refused.bid]
    lacking = np.isin(refused.code, [*_FOR_SEATS, NUMBER[NO_SEAT]])
    best = np.full(market.streams.height, NO_BID)
    worst_first = np.argsort(market.bids.who[refused.bid[lacking]], kind="stable")[::-1]
    best[stream[lacking][worst_first]] = market.bids.who[refused.bid[lacking]][worst_first]
    return market.streams.select("school_id", "language", "seats", "boarding").with_columns(
        filled=pl.Series(seats.filled, dtype=pl.Int64),
        supernumerary=pl.Series(np.maximum(seats.filled - seats.places, 0), dtype=pl.Int64),
        cutoff=_gathered(scores, pl.Series(seats.last)),
        first_refused=_gathered(scores, pl.Series(best)),
        border_ties=pl.Series(_border_ties(market, outcome, seats, refused), dtype=pl.Int64),
        boarding_filled=pl.Series(beds.filled[school], dtype=pl.Int64),
        boarding_cutoff=_gathered(scores, pl.Series(beds.last[school])),
    ).select(
        "school_id", "language", "seats", "filled", "supernumerary", "cutoff", "first_refused", "border_ties",
        "boarding", "boarding_filled", "boarding_cutoff",
    )  # fmt: skip


def _border_ties(market: Market, outcome: Outcome, seats: Border, refused: Refusals) -> Whole:
    """People with equal claims across a stream's last seat: split by order, refused or admitted together."""
    bids, count = market.bids, market.streams.height
    stream, tie = bids.stream[refused.bid], bids.tie[refused.bid]
    beaten = (refused.code == NUMBER[FULL]) & refused.by_order & (tie == seats.last_tie[stream])
    shut_out = beaten | (refused.code == NUMBER[TIED])
    outside = _people_at(stream[shut_out], bids.who[refused.bid[shut_out]], count)
    held = outcome.granted[outcome.granted != NO_BID]
    same = bids.tie[held] == seats.last_tie[bids.stream[held]]
    inside = np.bincount(bids.stream[held[same]], minlength=count)
    split = np.bincount(stream[beaten], minlength=count) > 0
    return outside + np.where(split | (seats.filled > seats.places), inside, 0)


def _people_at(place: Whole, who: Whole, count: int) -> Whole:
    distinct = np.unique(np.stack([place, who]), axis=1)
    return np.bincount(distinct[0], minlength=count)


def _contested(
    market: Market, outcome: Outcome, seats: Border, beds: Border, refused: Refusals
) -> pl.DataFrame:
    """The places whose last holder is an equal of somebody refused there."""
    rows = refused.bid[refused.by_order]
    if not len(rows):
        return _nothing_contested(market.people.schema["score"])
    school = market.streams["school"].to_numpy()
    parts = []
    for resource, border, place in (("seat", seats, market.bids.stream), ("boarding", beds, market.bids.bed)):
        equal = rows[place[rows] >= 0]
        equal = equal[_is_taken_by_equal(market, border, place, equal)]
        held = outcome.granted[outcome.granted != NO_BID]
        held = held[place[held] >= 0]
        held = held[market.bids.tie[held] == border.last_tie[place[held]]]
        out = _names(market, place, equal, "refused").join(
            _names(market, place, held, "admitted"), on=["place", "tie"]
        )
        first = pl.Series(
            np.unique(school, return_index=True)[1] if resource == "boarding" else np.arange(len(school))
        )
        found = out.with_columns(stream=first.gather(out["place"]).cast(pl.Int64), resource=pl.lit(resource))
        parts.append(found.sort("place", "tie"))
    table = pl.concat(parts)
    quotas = market.streams.select("school_id", "language")[table["stream"]]
    score = market.people["score"].gather(table["who"]).alias("score")
    listed = table.select("resource", "admitted", "refused")
    return pl.concat([quotas, listed], how="horizontal").with_columns(
        score, language=pl.when(resource="seat").then("language")
    ).select("school_id", "language", "resource", "score", "admitted", "refused")  # fmt: skip


def _nothing_contested(score: pl.DataType) -> pl.DataFrame:
    people = pl.List(pl.String)
    words = {"school_id": pl.String(), "language": pl.String(), "resource": pl.String()}
    return pl.DataFrame(schema={**words, "score": score, "admitted": people, "refused": people})


def _is_taken_by_equal(market: Market, border: Border, place: Whole, bid: Whole) -> Mask:
    where = place[bid]
    taken: Mask = border.is_full[where] & (market.bids.key[bid] > border.last_key[where])
    equal: Mask = border.last_tie[where] == market.bids.tie[bid]
    return taken & equal


def _names(market: Market, place: Whole, bid: Whole, name: str) -> pl.DataFrame:
    """place, tie, the participants in rank order under `name`, and one of them as `who`."""
    who = market.bids.who[bid]
    table = pl.DataFrame({"place": place[bid], "tie": market.bids.tie[bid], "who": who}).unique().sort("who")
    named = table.with_columns(market.people["participant"].gather(table["who"]).alias(name))
    grouped = named.group_by("place", "tie", maintain_order=True)
    return grouped.agg(name, *([pl.col("who").first()] if name == "refused" else []))


def _gathered(values: pl.Series, who: pl.Series) -> pl.Series:
    """values[who], null for nobody."""
    index = pl.select(pl.when(who != NO_BID).then(who.cast(pl.Int64))).to_series()
    return values.gather(index)
