"""What is noted about each person: the literal signs of the regulation, the fit of the answers, the times.

All of it explains; none of it is a ground by itself.
"""

from fractions import Fraction

import numpy as np
import polars as pl

from jobs.integrity.fit import person_fit
from jobs.integrity.forms import Form, Forms
from jobs.integrity.signs import SECONDS, worst_fitting
from jobs.integrity.times import item_times, percentile_within, score_strata

SCHEMA: dict[str, pl.DataType] = {
    "participant": pl.String(), "variant": pl.String(), "score": pl.Int64(), "answered": pl.Int64(),
    "minutes": pl.Float64(), "flags": pl.String(), "gnormed": pl.Float64(), "u3": pl.Float64(), "ht": pl.Float64(),
    "guttman": pl.Int64(), "nci": pl.Float64(), "cstar": pl.Float64(), "time_percentile": pl.Float64(),
    "rapid": pl.Int64(), "rte": pl.Float64(), "residual": pl.Float64(), "residual_p": pl.Float64(),
    "school_id": pl.String(), "class": pl.String(), "region": pl.String(), "form": pl.String(), "items": pl.Int64(),
    "seconds": pl.Int64(),
}  # fmt: skip
"""`flags`: clause:code, a space between; `residual`: L_T of the lognormal model where item times exist."""

SHORT, FAST, ACCURATE = "9.1:too-short", "6:too-fast", "9.3:fast-and-accurate"
MISFIT, ALIKE = "9.2:mismatch", "9.3:similar"
BACKWARDS, FEW = "clock-runs-back", "insufficient-data"
PATTERN = "9.4:pattern"  # answers filled in without thinking


def signs(
    forms: Forms, shortest: int, seconds_per_item: int, accurate: Fraction, misfitting: Fraction
) -> pl.DataFrame:
    """SCHEMA without `participant` for `entry` and with a list of flags, sheets of no form included."""
    rows = [_form(form, misfitting) for form in forms.forms]
    noted = pl.concat([_NOTHING, *rows]).with_columns(flags=_flags(shortest, seconds_per_item, accurate))
    left_out = forms.left_out.select("entry", "variant", flags=pl.concat_list("code"))
    return pl.concat([noted.drop("misfit", "enough", "filled"), left_out], how="diagonal").sort("entry")


_NOTHING = pl.DataFrame(
    schema={name: kind for name, kind in SCHEMA.items() if name not in ("participant", "flags")}
    | {"entry": pl.String(), "misfit": pl.Boolean(), "enough": pl.Boolean(), "filled": pl.Boolean()}
)


def hasty(noted: pl.DataFrame) -> pl.Series:
    """Whoever finished in a time that speaks for itself beside rare agreement (9.1; 9.3, bullet 2)."""
    early = pl.col("flags").list.contains(SHORT) | pl.col("flags").list.contains(ACCURATE)
    return noted.filter(early)["entry"]


def alike_by_the_rule(*, by_school: bool) -> pl.Expr:
    """Pairs that clause 9.3's share speaks of: one variant, and one school where schools are named at all."""
    return pl.col("naive") & pl.col("same_variant") & (pl.col("same_school") | (not by_school))


def described(noted: pl.DataFrame, pairs: pl.DataFrame, *, by_school: bool) -> pl.DataFrame:
    """SCHEMA: the signs, with that of similar answers, which is one of pairs within a school."""
    alike = pairs.filter(alike_by_the_rule(by_school=by_school))
    similar = pl.concat([alike["a"], alike["b"]]).unique()
    more = pl.when(pl.col("entry").is_in(similar.implode())).then(pl.lit(ALIKE))
    joined = pl.concat_list("flags", more).list.drop_nulls().list.sort().list.join(" ")
    return noted.with_columns(participant="entry", flags=joined).select(list(SCHEMA))


def _form(form: Form, misfitting: Fraction) -> pl.DataFrame:
    sheets = form.sheets.with_columns(
        seconds=SECONDS,
        minutes=SECONDS / 60,
        score=form.score,
        answered=form.answered,
        enough=form.enough,
        filled=pl.Series(form.filled.any(axis=1)),
        form=pl.lit(form.name),
        items=pl.lit(form.size),
    )
    fit = _fit(form).with_columns(misfit=worst_fitting("guttman", misfitting))
    described = pl.concat([sheets, fit, _times(form, sheets["seconds"])], how="horizontal")
    return described.select(pl.col(name).cast(kind) for name, kind in _NOTHING.schema.items())


def _times(form: Form, seconds: pl.Series) -> pl.DataFrame:
    clock = seconds.cast(pl.Float64).fill_null(np.nan).to_numpy()
    rank = percentile_within(clock, score_strata(form.score, form.size))
    told = pl.DataFrame({"time_percentile": rank}, nan_to_null=True)
    if form.seconds is None:
        unknown = (pl.lit(None).alias(name) for name in ("rapid", "rte", "residual", "residual_p"))
        return told.with_columns(unknown)
    return pl.concat([told, pl.DataFrame(vars(item_times(form.seconds)), nan_to_null=True)], how="horizontal")


def _fit(form: Form) -> pl.DataFrame:
    """Of the sheets with enough answers; a sheet without them says nothing, and says it to nobody else."""
    found = pl.DataFrame(vars(person_fit(form.right[form.enough])), nan_to_null=True)
    rows = pl.DataFrame({"row": np.flatnonzero(form.enough)})
    every = pl.DataFrame({"row": np.arange(len(form.codes))})
    return every.join(pl.concat([rows, found], how="horizontal"), on="row", how="left", maintain_order="left")


def _flags(shortest: int, seconds_per_item: int, accurate: Fraction) -> pl.Expr:
    """A missing clock is no sign; a clock that runs back is one, and no other about time is given then."""
    timed = pl.col("seconds") >= 0
    short = timed & (pl.col("seconds") < shortest * 60)
    exact = pl.col("score") * accurate.denominator > pl.col("items") * accurate.numerator
    cases = {
        SHORT: short,
        FAST: timed & (pl.col("seconds") < pl.col("items") * seconds_per_item),
        ACCURATE: short & exact,
        MISFIT: pl.col("misfit"),
        BACKWARDS: pl.col("seconds") < 0,
        FEW: ~pl.col("enough"),
        PATTERN: pl.col("filled"),
    }
    return pl.concat_list(
        pl.when(holds).then(pl.lit(code)) for code, holds in cases.items()
    ).list.drop_nulls()
