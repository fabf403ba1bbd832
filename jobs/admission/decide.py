"""ADMIT-1: who is admitted where, and what happens to seats that are given back."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import polars as pl

from jobs.admission.deferred import defer
from jobs.admission.market import Market, Whole, freeze, ranked
from jobs.admission.model import NO_BID, TIES, Admission, AdmissionError, Choice, Closures, Rounding, Tie
from jobs.admission.report import Mask, Outcome
from jobs.admission.serial import Desk, serve_groups, serve_in_order
from jobs.admission.tables import tables


def admit(
    applicants: pl.DataFrame,
    quotas: pl.DataFrame,
    applications: pl.DataFrame,
    *,
    tie: Tie = "strict",
    chain: Sequence[str] = (),
    rounding: Rounding = "floor",
    lot: Mapping[str, bytes | str] | None = None,
    priorities: pl.DataFrame | None = None,
) -> Admission:
    """Seats by score priority (clauses 13-16; rows 002-25 to 002-28; readings Q23, Q24).

    applicants: participant, score (integers or decimals, higher first) and the columns of `chain` (higher
        first).
    quotas: school_id, language (null: any), intake, seats (null: 10 % of intake by `rounding`), boarding (the
        school's places, the same on each of its rows; null: none).
    applications: participant, preference (1 first), school_id, language (null: any stream, tried in the
        quotas' order), boarding (1: only with a boarding place). A later row with the same school, language
        and boarding wish is dropped. A named language is tried at its own quota, then at one for any
        language.
    lot: a ticket a person; the lowest goes first among equal score and chain. Without it, ids decide.
    tie: "strict" serves equals in that order; "reject" refuses together all who tie across the last place,
        and shuts that place to everyone below; "admit" admits them all.
    priorities: school_id, participant, rank (1 best): that school's own order; whoever it does not list
        follows in the general one. With it the admission is deferred acceptance.

    Raises AdmissionError for inputs that are incomplete or contradict themselves.
    """
    _refuse_unknown_tie(tie)
    people = ranked(applicants, chain, lot)
    market = freeze(
        people, quotas, applications, rounding=rounding, strict=tie == "strict", priorities=priorities
    )
    if priorities is not None:
        granted, closures = defer(market, tie)
    elif tie == "strict":
        granted, closures = serve_in_order(market), Closures({}, {})
    else:
        granted, closures = serve_groups(market, tie)
    nobody = np.zeros(people.height, dtype=bool)
    return tables(market, Outcome(granted, closures, tie, lot is not None, nobody, nobody, nobody))


def reallocate(
    admission: Admission,
    quotas: pl.DataFrame,
    applications: pl.DataFrame,
    withdrawn: Collection[str],
    choices: Choice | Mapping[str, Choice] = "freeze",
    *,
    rounding: Rounding = "floor",
) -> Admission:
    """Give freed places out again without taking any away (ADMIT-1 item 7).

    By rank, to the unassigned and to holders whose choice is "float", who only ever move up and free their
    own place in turn, until nobody can move. `choices` is one word for all holders or a word a person
    (absent: freeze). Equals across a freed place are treated by the admission's own policy. `quotas` and
    `applications` are those the admission was made on. Raises AdmissionError for unknown people or a place
    the tables do not hold.
    """
    placed = admission.placements.sort("rank")
    market = freeze(
        placed.select("participant", "score", "group"), quotas, applications,
        rounding=rounding, strict=admission.tie == "strict",
    )  # fmt: skip
    left = _those(placed, withdrawn)
    before = np.where(left, NO_BID, _held_bids(market, placed))
    frozen = (before != NO_BID) & ~_floating(placed, choices)
    ranks = np.arange(placed.height, dtype=np.int64)
    turns = ranks if admission.tie == "strict" else market.groups
    desk = Desk(market, turns, admission.tie, before, (~left & ~frozen).tolist())
    desk.settle()
    after = np.array(desk.granted, dtype=np.int64)
    return tables(
        market, Outcome(after, desk.closures(), admission.tie, admission.lot, frozen, left, after != before)
    )


def _refuse_unknown_tie(tie: str) -> None:
    if tie not in TIES:
        raise AdmissionError(f"tie {tie!r} is unknown; use one of {', '.join(TIES)}")


def _those(placed: pl.DataFrame, withdrawn: Collection[str]) -> Mask:
    known = placed["participant"].is_in(list(withdrawn))
    if known.sum() != len(set(withdrawn)):
        raise AdmissionError(
            "somebody withdrawn is not among the applicants; correct the list of withdrawals"
        )
    mask: Mask = known.to_numpy()
    return mask


def _floating(placed: pl.DataFrame, choices: Choice | Mapping[str, Choice]) -> Mask:
    if isinstance(choices, str):
        return np.full(placed.height, choices == "float")
    floating = [one for one, choice in choices.items() if choice == "float"]
    mask: Mask = placed["participant"].is_in(floating).to_numpy()
    return mask


def _held_bids(market: Market, placed: pl.DataFrame) -> Whole:
    """The bid behind each placement: same person, preference and quota."""
    bids = market.bids
    streams = market.streams[bids.stream]
    held = pl.DataFrame(
        {
            "who": bids.who,
            "preference": market.wished(bids.option)["preference"],
            "school_id": streams["school_id"],
            "quota_language": streams["language"],
            "bid": np.arange(len(bids.who)),
        }
    )
    keys = ["who", "preference", "school_id", "quota_language"]
    places = placed.with_columns(who=pl.int_range(pl.len(), dtype=pl.Int64)).select(*keys)
    found = places.join(held, on=keys, how="left", nulls_equal=True, maintain_order="left")
    if found.filter(pl.col("school_id").is_not_null() & pl.col("bid").is_null()).height:
        raise AdmissionError(
            "a placement is not among the applications; reallocate on the tables it was made on"
        )
    return found["bid"].fill_null(NO_BID).cast(pl.Int64).to_numpy()
