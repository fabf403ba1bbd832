"""Who sent a participant: one name for each sender, whatever the language, and the region its name tells."""

import polars as pl

from jobs.regions import region_expr

_NIS = (
    r"(?i)^(?:(?:(?:АОО|ДБҰ)\s+)?[«\"]?(?:НЗМ|НИШ|NIS)\b"
    r"|.*\b(?:Назарбаев|Nazarbayev)\s+(?:зияткерлік|интеллектуал|intellectual)).*$"
)
_RBO = r"(?i)^(?:РБҰ|РОО|RBO)\b"
_SCHOLARS = r"(?i)^.*жас ғалым.*$"


def sender_named() -> dict[str, pl.Expr]:
    """The columns `unit` and `region`: the Nazarbayev Intellectual Schools are "NIS", a republican organisation begins
    with "RBO", Daryn's republican school is "Жас ғалым"; a unit that is a region tells the region."""
    unit = pl.col("unit")
    return {
        "unit": unit.str.replace(_NIS, "NIS").str.replace(_RBO, "RBO").str.replace(_SCHOLARS, "Жас ғалым"),
        "region": pl.coalesce("region", region_expr(unit)),
    }
