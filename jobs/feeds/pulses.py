"""Pulses of a drand beacon, as its servers give them: one JSON object, or a list of them.

Here they only have the right form; whether a signature holds is verified before a pulse comes near a draw.
"""

import dataframely as dy
import polars as pl

from jobs.feeds.contract import CODE, WHOLE, Feed, column

_SIGNED = "is no signature of a beacon: 96 or 192 hexadecimal digits; drop the beacon's JSON as it came"
_HEX = ("randomness", "signature", "previous_signature")


class Pulses(dy.Schema):
    """One round."""

    round = dy.Int64(min=1, **column(WHOLE, "number of the round", "раунд", "round"))
    randomness = dy.String(
        regex=r"^[0-9a-f]{64}$",
        **column(CODE, "SHA-256 of the signature, 64 hexadecimal digits", sample="0" * 64,
                 whys={"regex": "is not 64 hexadecimal digits; drop the beacon's JSON as it came"}),
    )  # fmt: skip
    signature = dy.String(
        regex=r"^([0-9a-f]{96}|[0-9a-f]{192})$",
        **column(CODE, "the beacon's signature, 96 or 192 hexadecimal digits", sample="0" * 96,
                 whys={"regex": _SIGNED}),
    )  # fmt: skip
    previous_signature = dy.String(
        nullable=True,
        regex=r"^([0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{192})$",  # round 1 is signed over the chain's seed, 64 digits
        **column(
            CODE, "the signature before, on chains that have it", sample="0" * 192, whys={"regex": _SIGNED}
        ),
    )


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """Hexadecimal digits in small letters."""
    return table.with_columns(pl.col(_HEX).str.to_lowercase())


FEED = Feed(
    name="pulses",
    schema=Pulses,
    key=("round", "signature"),
    recognised_by=frozenset({"round", "signature"}),
    versioned_by_name=False,
    derive=derive,
)
