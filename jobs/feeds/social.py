"""What the exports of social networks write in their own ways, brought to the forms of the feeds.

Expressions over columns of strings, before typing: counts, durations and moments as the networks' pages and tools
show them, tags in captions, addresses of posts and names of accounts. What cannot be read is left as it is
written, so that the reader of its kind refuses the row and names it; an unknown count is null, never 0.

Sources: the output of Apify's Instagram and TikTok scrapers, and TikTok's Research API, video query v2.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import polars as pl

from jobs.feeds.cells import matching

DURATION: Final = (
    r"^([0-9]{1,7}([.,][0-9]{1,18})?|([0-9]{1,2}:[0-5]?[0-9]|[0-9]{1,3}):[0-5][0-9]([.,][0-9]{1,18})?)$"
)
"""Seconds, m:ss or h:mm:ss, each perhaps with a fraction; in the dialect of XSDs too."""

# --- counts ---

_ZEROS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("k", "к", "тыс", "мың"), 3),
    **dict.fromkeys(("m", "млн"), 6),  # a Cyrillic "м" alone may be мың or million: not read
    **dict.fromkeys(("b", "млрд"), 9),
}
_ABBREVIATED: Final = rf"^([0-9]{{1,12}})(?:[.,]([0-9]{{1,9}}))?({'|'.join(_ZEROS)})\.?$"
_GROUPED: Final = r"^[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?:\.[0-9]{3})+)$"
_TWO_WAYS: Final = r"^[0-9]{1,3}[.,]000$"  # a thousand to some, one to others: not read
_UNKNOWN: Final = r"^(?:[-−]1(?:[.,]0+)?|[-–—?]|null|none|nan|n/a)$"


def counts(table: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Counts as plain digits: `1.2K`, `4 тыс.`, `1 234`, `1,234`. -1 (hidden), `null` and the like are null."""
    unplain = matching(table, names, r"[^0-9]")
    return table.with_columns(_count(name) for name in unplain)


def abbreviated(cells: pl.Series) -> int:
    """How many counts were written as `1.2K`, so rounded by whoever wrote them."""
    return _told(cells, _ABBREVIATED)


def unknown(cells: pl.Series) -> int:
    """How many counts were written as -1 or a word for nothing."""
    return _told(cells, _UNKNOWN)


def _told(cells: pl.Series, pattern: str) -> int:
    column = pl.col(cells.name)
    return int(cells.to_frame().select(_bare(column).str.contains(pattern).sum()).item())


def _bare(column: pl.Expr) -> pl.Expr:
    return column.str.replace_all(r"[\s'’]", "").str.to_lowercase()


def _count(name: str) -> pl.Expr:
    bare = _bare(pl.col(name))
    grouped = bare.str.contains(r"^[0-9]+$") | (bare.str.contains(_GROUPED) & ~bare.str.contains(_TWO_WAYS))
    return (
        pl.when(bare.str.contains(_UNKNOWN))
        .then(None)
        .when(grouped)
        .then(bare.str.replace_all(r"[.,]", ""))
        .otherwise(pl.coalesce(_spelled_out(bare), pl.col(name)))
        .alias(name)
    )


def _spelled_out(bare: pl.Expr) -> pl.Expr:
    """`1.2k` as 1200, by moving digits; null where that leaves a part of a like."""
    parts = bare.str.extract_groups(_ABBREVIATED)
    whole, suffix = parts.struct[0], parts.struct[2]
    part = parts.struct[1].fill_null("").str.strip_chars_end("0")
    zeros = suffix.replace_strict(_ZEROS, default=None, return_dtype=pl.UInt32)
    missing = zeros.cast(pl.Int64) - part.str.len_chars().cast(pl.Int64)
    filler = pl.lit("0" * max(_ZEROS.values())).str.slice(0, missing.clip(lower_bound=0).cast(pl.UInt32))
    return pl.when(missing >= 0).then(pl.concat_str(whole, part, filler))


# --- durations and moments ---

_PARTS: Final = r"^(?:(?:([0-9]+):)?([0-9]+):)?([0-9]+)(?:[.,]([0-9]+))?$"


def milliseconds(name: str) -> pl.Expr:
    """A duration as whole milliseconds, the nearest; null where it is none. A 901.2 that went through a number of
    four bytes comes as 901.2000122070312, and is 901,200 again."""
    cell = pl.col(name)
    parts = cell.str.extract_groups(_PARTS)
    hours, minutes, seconds = (_whole(parts.struct[at]) for at in range(3))
    tenths = _whole(pl.concat_str(parts.struct[3].fill_null(""), pl.lit("0000")).str.slice(0, 4))
    total = ((hours * 60 + minutes) * 60 + seconds) * 1000 + (tenths + 5) // 10
    return pl.when(cell.str.contains(DURATION)).then(total.cast(pl.String))


def _whole(digits: pl.Expr) -> pl.Expr:
    return digits.cast(pl.Int64, strict=False).fill_null(0)


def moment(name: str) -> pl.Expr:
    """Seconds or milliseconds since 1970 as an ISO instant; `1.04.2025, 9:05` with the zeros a clock leaves out."""
    cell = pl.col(name)
    epoch = cell.str.extract(r"^([0-9]{9,10})(?:[0-9]{3})?(?:[.,]0+)?$").cast(pl.Int64, strict=False)
    passed = pl.from_epoch(epoch, time_unit="s").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    padded = (
        cell.str.replace(r"^([0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}),\s*", "${1} ")
        .str.replace(r"^([0-9])\.", "0${1}.")
        .str.replace(r"^([0-9]{2})\.([0-9])\.", "${1}.0${2}.")
        .str.replace(r"^([0-9]{2}\.[0-9]{2}\.[0-9]{4})\s+([0-9]):", "${1} 0${2}:")
    )
    return pl.coalesce(passed, padded).alias(name)


# --- tags ---

_IN_CAPTION: Final = r"[#＃][\p{L}\p{M}\p{N}_]+"
_TAG: Final = r"[\p{L}\p{M}\p{N}_]*[\p{L}_][\p{L}\p{M}\p{N}_]*"  # a number alone is no tag


def tags(lists: Iterable[str], captions: Iterable[str]) -> pl.Expr:
    """The tags of lists and those marked with # in captions: small letters, without #, each once, spaces between.
    Null where there are none."""
    marked = (pl.col(name).str.extract_all(_IN_CAPTION).list.join(" ") for name in captions)
    text = pl.concat_str(*lists, *marked, separator=" ", ignore_nulls=True).str.normalize("NFC")
    return _listed(text.str.to_lowercase().str.extract_all(_TAG))


def _listed(names: pl.Expr) -> pl.Expr:
    joined = names.list.unique(maintain_order=True).list.join(" ")
    return pl.when(joined != "").then(joined)


# --- addresses and accounts ---

_SITE: Final = r"(?i)^(?:https?://)?(?:[a-z]+\.)?"
_INSTAGRAM: Final = rf"{_SITE}instagram\.com/"
_TIKTOK: Final = rf"{_SITE}tiktok\.com/"
_INSTAGRAM_POST: Final = rf"{_INSTAGRAM}(?:[^/?#]+/)?(?:p|reels?|tv)/([A-Za-z0-9_-]+)"
_TIKTOK_POST: Final = rf"{_TIKTOK}(?:@[^/?#]*/(?:video|photo)|v|embed(?:/v[0-9])?|player/v1)/([0-9]+)"
_TIKTOK_AUTHOR: Final = rf"{_TIKTOK}@([A-Za-z0-9._]+)/(?:video|photo)/"
_PROFILE: Final = r"(?i)(?:https?://)?(?:[a-z]+\.)?(?:instagram|tiktok)\.com/@?([a-z0-9._]+)[^\s,;|]*"
_ADDRESS: Final = r"(?i)https?://[^\s,;|]*"
_LABEL: Final = r"[\p{L}]+\s*:"
_BETWEEN: Final = r"[\s,;|/@()\"'«»]+"
_NO_ACCOUNT: Final = r"^(?:p|reels?|tv|explore|stories|share|instagram|insta|tiktok|video)$"
_ACCOUNT: Final = r"^[a-z0-9._]{1,64}$"


def post(url: str) -> pl.Expr:
    """The canonical id of the post an address leads to: `instagram/CODE`, `tiktok/NUMBER`; /p/, /reel/ and /tv/ are
    one. Null where it names none (a short link says nothing without the network)."""
    cell = pl.col(url)
    instagram = pl.concat_str(pl.lit("instagram/"), cell.str.extract(_INSTAGRAM_POST))
    tiktok = pl.concat_str(pl.lit("tiktok/"), cell.str.extract(_TIKTOK_POST))
    return pl.coalesce(instagram, tiktok)


def platform(url: str) -> pl.Expr:
    """The network of an address: instagram, tiktok or other; null where there is no address."""
    cell = pl.col(url)
    return (
        pl.when(cell.str.contains(_INSTAGRAM))
        .then(pl.lit("instagram"))
        .when(cell.str.contains(_TIKTOK))
        .then(pl.lit("tiktok"))
        .when(cell.is_not_null())
        .then(pl.lit("other"))
    )


def author(url: str) -> pl.Expr:
    """The account in the address of a TikTok video, in small letters."""
    return pl.col(url).str.extract(_TIKTOK_AUTHOR).str.to_lowercase()


def account(name: str) -> pl.Expr:
    """An account written as `@name` or as the address of its profile, bare and in small letters; others as they are:
    an organiser's own ids may tell capitals apart."""
    cell = pl.col(name)
    marked = cell.str.extract(r"^@\s*(\S+)$").str.to_lowercase()
    return pl.coalesce(marked, cell.str.extract(rf"^{_PROFILE}$").str.to_lowercase(), cell).alias(name)


def handles(name: str) -> pl.Expr:
    """The accounts of a cell, however they are divided and dressed (`@a; https://instagram.com/b/?hl=kk`): bare, in
    small letters, each once, spaces between. Words that no account can be fall out; null where none is left."""
    addressed = pl.col(name).str.to_lowercase().str.replace_all(_PROFILE, " ${1} ")
    plain = addressed.str.replace_all(_ADDRESS, " ").str.replace_all(_LABEL, " ")
    word = pl.element().str.strip_chars(".")
    is_account = word.str.contains(_ACCOUNT) & ~word.str.contains(_NO_ACCOUNT)
    words = plain.str.replace_all(_BETWEEN, " ").str.split(" ")
    return _listed(words.list.eval(word.filter(is_account))).alias(name)
