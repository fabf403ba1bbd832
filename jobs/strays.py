"""Score sheets of nobody: whose code or id no one who is marked here has (order 99: annex 3, clause 16; annex 4, clause
17; annex 5, clause 11: whoever takes part is marked). Such a sheet may be a mistyped one of somebody here, whose points
would then be the mean of the others; so people are asked before anything is settled."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from jobs.juries import Panel, of_other_bodies, on_sheets

CLAIM = ("entry", "stray", "stray_juror", "stray_like")
"""An entry that a sheet of nobody may be of: the `stray` code as it is written, by which juror, and, where one
character alone tells it from the entry's own, that code (`stray_like`)."""

NO_CLAIMS = pl.DataFrame(schema=dict.fromkeys(CLAIM, pl.String))
NO_STRAYS = pl.DataFrame(schema=dict.fromkeys(("juror", "written", "like"), pl.String))

MOST_JURORS = 20
"""Of so many jurors' sheets of nobody entries are asked about at a time; the others stand in the evidence, and are
asked about once these are mended."""

MOST_WRITTEN = 1_000
"""So many strange codes are compared with those we know."""


@dataclass(frozen=True)
class Sheets:
    """What is marked here: the `entries`, their `marks` (`contestant`, `juror`), the `panel`, and who is `known` beside
    them, but for sheets (`ours`: `contestant`, `juror`) that mark what is marked of nobody but these entries."""

    entries: pl.DataFrame
    marks: pl.DataFrame
    panel: Panel
    known: pl.DataFrame | None
    ours: pl.DataFrame | None = None

    @cached_property
    def written(self) -> pl.Series:
        """Whom the sheets name, once each."""
        return self.marks["contestant"].unique()

    @cached_property
    def named(self) -> pl.DataFrame:
        """`contestant` as it stands on sheets, and the `entry` it is: told once, for each code takes its time."""
        return on_sheets(self.entries, self.written, self.panel.codes)

    @cached_property
    def codes(self) -> pl.DataFrame:
        """`entry`, and its code as `name`."""
        entries = self.entries.select("entry")
        known = self.named.filter(pl.col("contestant") != pl.col("entry"))
        if known.is_empty():
            told = [self.panel.codes.of(each) for each in entries["entry"]]
            return entries.with_columns(name=pl.Series(told, dtype=pl.String))
        found = entries.join(known, on="entry", how="left", maintain_order="left")
        return found.select("entry", name=pl.coalesce("contestant", "entry"))

    @cached_property
    def own(self) -> pl.DataFrame | None:
        """Who judges an own pupil."""
        return self.panel.own(self.entries)


def strays(sheets: Sheets, marked: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The entries that are asked about because of sheets of nobody (`CLAIM`, once each), and all such sheets: `juror`,
    `written`, `like`. `marked`: the sheets of the entries (`entry`, `juror`), once each.

    A sheet whose code differs from an entry's by one character (another, one too many, one too few, two of them
    exchanged) is asked about there, where the juror has not marked it; any other, of whomever that juror should have
    marked and has not; where there is nobody such, of whoever has a like code, or was marked by that juror.
    """
    strange = sheets.written.to_frame().join(sheets.named, on="contestant", how="anti")
    if strange.is_empty():
        return NO_CLAIMS, NO_STRAYS
    lost = _lost(sheets, strange, marked)
    if lost.is_empty():
        return NO_CLAIMS, NO_STRAYS
    likes = like_codes(lost, sheets)
    shown = lost.join(likes.group_by("written").agg(pl.col("like").min()), on="written", how="left")
    jurors = lost["juror"].unique().sort().head(MOST_JURORS).to_list()
    claims = [_claims(sheets, lost.filter(pl.col("juror") == each), marked, likes) for each in jurors]
    likely_first = pl.concat([NO_CLAIMS, *claims]).sort(
        "entry", pl.col("stray_like").is_null(), *CLAIM[1:], nulls_last=True
    )
    first = likely_first.unique("entry", keep="first", maintain_order=True)
    return first.sort("entry"), shown.sort("juror", "written")


def _lost(sheets: Sheets, strange: pl.DataFrame, marked: pl.DataFrame) -> pl.DataFrame:
    """`juror` and `written` of the sheets whose `contestant` is `strange`, once each, but for anybody `known`: of these
    those alone that mark what is marked here, of jurors who have not marked everybody here."""
    lost = sheets.marks.join(strange, on="contestant").select("juror", written="contestant").unique()
    if lost.is_empty() or sheets.known is None or sheets.known.is_empty():
        return lost
    others = on_sheets(sheets.known, lost["written"], sheets.panel.codes)
    strangers = lost.join(others, left_on="written", right_on="contestant", how="anti")
    if sheets.ours is None:
        return strangers
    ours = sheets.ours.rename({"contestant": "written"})
    foreign = lost.join(ours, on=["juror", "written"], how="semi").join(strangers, on="written", how="anti")
    jurors = [each for each in foreign["juror"].unique() if _lacks_some(sheets, each, marked)]
    return pl.concat([strangers, foreign.filter(pl.col("juror").is_in(jurors))])


def _lacks_some(sheets: Sheets, juror: str, marked: pl.DataFrame) -> bool:
    return not unmarked(sheets, juror, marked.filter(pl.col("juror") == juror)).is_empty()


def _claims(sheets: Sheets, lost: pl.DataFrame, marked: pl.DataFrame, likes: pl.DataFrame) -> pl.DataFrame:
    """Of the sheets of nobody that one juror has: which entries are asked about."""
    juror = lost["juror"][0]
    done = marked.filter(pl.col("juror") == juror)
    free = unmarked(sheets, juror, done)
    near = lost.join(likes, on="written")
    here = near.join(free, on="entry", how="semi")
    rest = lost.join(here, on="written", how="anti").sort("written")
    again = near.join(rest, on="written", how="semi")
    if rest.is_empty() or (free.is_empty() and again.height):
        return _told(pl.concat([here, again]))
    anyone = next((part for part in (free, done) if part.height), sheets.entries)
    first = rest.head(1).with_columns(like=pl.lit(None, pl.String))
    return pl.concat([_told(here), _told(anyone.select("entry").join(first, how="cross"))])


def _told(claims: pl.DataFrame) -> pl.DataFrame:
    return claims.select("entry", stray="written", stray_juror="juror", stray_like="like")


def unmarked(sheets: Sheets, juror: str, done: pl.DataFrame) -> pl.DataFrame:
    """`entry`, `juror`: whom that juror should have marked and has not."""
    left = sheets.entries.select("entry", juror=pl.lit(juror)).join(done, on="entry", how="anti")
    if sheets.own is not None:
        left = left.join(sheets.own, on=["entry", "juror"], how="anti")
    if sheets.panel.bench is None:
        return left
    elsewhere = of_other_bodies(left, sheets.entries, sheets.panel.bench, sheets.panel.bodies)
    return left.join(elsewhere, on="entry", how="anti")


# --- codes that one character tells apart ---


def like_codes(lost: pl.DataFrame, sheets: Sheets) -> pl.DataFrame:
    """Each `written` code of the `lost` and each `entry` whose id or code differs from it by one character; `like`: the
    entry's code."""
    ids = sheets.entries.select("entry", name="entry")
    codes = sheets.codes
    names, length = pl.concat([ids, codes]), pl.col("name").str.len_chars()
    most = names.select(length.max().fill_null(0) + 1).item()
    written = lost.select("written").unique().filter(pl.col("written").str.len_chars() <= most)
    written = written.sort("written").head(MOST_WRITTEN)
    longest = int(written.select(pl.col("written").str.len_chars().max().fill_null(0)).item())
    names = names.filter(_half_alike(written["written"]))
    asked = written.select("written", name="written")
    found = [
        part
        for at in range(longest + 1)
        for part in (
            _joined(_without(asked, at), _without(names, at)),
            _joined(asked, _without(names, at)),
            _joined(_without(asked, at), names),
            _joined(asked, _exchanged(names, at)),
        )
    ]
    pairs = pl.concat(found).unique().join(codes.rename({"name": "like"}), on="entry")
    return pairs.sort("written", "like")


def _half_alike(written: pl.Series) -> pl.Expr:
    """Whether a `name` has about as many characters as one of those written, and its first half or its last: what one
    character tells apart is alike before it or behind it, and few are to be looked at closely."""
    name = pl.col("name")
    alike = [pl.lit(value=False)]
    for part in _by_length(written):
        size = len(part[0])
        half = max(0, size // 2 - 1)
        near = name.str.len_chars().is_between(size - 1, size + 1)
        heads, tails = part.str.head(half).unique(), part.str.tail(half).unique()
        same = name.str.head(half).is_in(heads.implode()) | name.str.tail(half).is_in(tails.implode())
        alike.append(near & same)
    return pl.any_horizontal(alike)


def _by_length(written: pl.Series) -> list[pl.Series]:
    table = pl.DataFrame({"code": written, "size": written.str.len_chars()})
    return [part["code"] for part in table.partition_by("size", maintain_order=True)]


def _joined(asked: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    return asked.join(names, on="name").select("written", "entry")


def _without(names: pl.DataFrame, at: int) -> pl.DataFrame:
    """The names that have a character there, without it."""
    name = pl.col("name")
    shorter = pl.concat_str(name.str.slice(0, at), name.str.slice(at + 1))
    return names.filter(name.str.len_chars() > at).with_columns(name=shorter)


def _exchanged(names: pl.DataFrame, at: int) -> pl.DataFrame:
    """The names with the character there and the next one exchanged."""
    name = pl.col("name")
    swapped = pl.concat_str(
        name.str.slice(0, at), name.str.slice(at + 1, 1), name.str.slice(at, 1), name.str.slice(at + 2)
    )
    return names.filter(name.str.len_chars() > at + 1).with_columns(name=swapped)
