"""What a jury or commission decided by open vote: quorum, simple majority, the chair's vote at a tie.

Order 99, annex 4, clause 13 ("3/2" of the members, read as 2/3: Q55) and clause 14 (no vote about an own pupil).
"""

from fractions import Fraction

import polars as pl

from jobs.binding import Standing
from jobs.errors import ParameterFault
from jobs.juries import CHAIR, NONE_STANDING, like_teachers, own_pupils, voting, voting_twice
from jobs.verdicts import IN, OUT, VERDICT_SCHEMA, Case, Decisions, in_doubt, judge, words

TEACHER = "teacher"
"""The column of participants with the name of whoever teaches them."""


def motion(
    entries: pl.DataFrame,
    *,
    votes: pl.DataFrame,
    jurors: pl.DataFrame,
    quorum: Fraction,
    standing: Standing = NONE_STANDING,
) -> Decisions:
    """In: a motion carried by more votes for than against, out one rejected, by those who voted among the members of
    `jurors` (without secretaries), where at least `quorum` of them were present. At a tie the chair's
    vote decides. The entries are motions: a stage over the feed `votes` by motion and juror, then one that has its
    entries `become` the motions.

    Whoever teaches the participant that a motion is `about` is neither a member nor voting there: by `teaches`, or by
    the name in the column `teacher` of whoever is still in after the earlier stage `standing`.

    Undecided: no quorum; a tie and no vote of the chair; a vote of somebody who is no member; two votes of one name
    under two ids, or of one member; where such a member has none, on another motion; a vote of whoever may be the
    teacher, by a name that is written otherwise. Adds `members`,
    `present`, `votes_for`, `votes_against`, `recused`. Evidence: `ballots`.
    """
    if "about" not in entries.columns:
        raise ParameterFault(
            "motion needs entries that are motions: a stage that has the votes `become` them."
        )
    if not 0 < quorum <= 1:
        raise ParameterFault(f"motion.quorum: {quorum} is no share of the members, such as 2/3.")
    bench = voting(jurors).unique("juror", keep="first", maintain_order=True)
    subjects = _subjects(entries, standing)
    teacher = TEACHER if TEACHER in subjects.columns else None
    own = own_pupils(bench, subjects, teacher)
    likely = like_teachers(bench, subjects, teacher, own)
    ballots = _ballots(entries, votes, bench, own)
    told = _told(entries, ballots, bench, quorum)
    for found in (_who_voted(likely, ballots), *_again(entries, votes, ballots)):
        told = told.join(found, on="entry", how="left", maintain_order="left")
    decided = judge(told, *_CASES, otherwise=_REJECTED)
    figures = ("members", "present", "votes_for", "votes_against", "recused")
    shown = ballots.select("entry", "juror", "vote", "chair", "member", "recused").sort("entry", "juror")
    return Decisions(decided.select(*VERDICT_SCHEMA), told.select("entry", *figures), {"ballots": shown})


def _subjects(entries: pl.DataFrame, standing: pl.DataFrame) -> pl.DataFrame:
    """The motions, each with its participant and, where it is known, the participant's teacher."""
    motions = entries.select("entry", about=pl.col("about").cast(pl.String))
    if TEACHER not in standing.columns:
        return motions
    by = "participant" if "participant" in standing.columns else "entry"
    known = standing.select(pl.col(TEACHER), about=pl.col(by).cast(pl.String)).unique("about", keep="first")
    return motions.join(known, on="about", how="left", maintain_order="left")


def _ballots(
    entries: pl.DataFrame, votes: pl.DataFrame, bench: pl.DataFrame, own: pl.DataFrame
) -> pl.DataFrame:
    """A row a motion and whoever voted on it or may not: how, whether the chair, a `member`, `recused`."""
    members = bench.select("juror", chair=pl.col("role").cast(pl.String) == CHAIR, member=pl.lit(value=True))
    given = votes.select(entry="motion", juror="juror", vote=pl.col("vote").cast(pl.String))
    cast = given.join(entries, on="entry", how="semi").unique(maintain_order=True)
    recused = own.select("entry", "juror", recused=pl.lit(value=True))
    known = cast.join(recused, on=["entry", "juror"], how="full", coalesce=True)
    return known.join(members, on="juror", how="left").with_columns(
        pl.col("chair", "member", "recused").fill_null(value=False), pl.col("vote").fill_null("absent")
    )


def _who_voted(likely: pl.DataFrame, ballots: pl.DataFrame) -> pl.DataFrame:
    """`entry` and the `names` of a member who voted and may be the participant's teacher."""
    voted = ballots.filter(pl.col("member"), pl.col("vote") != "absent")
    found = likely.join(voted, on=["entry", "juror"], how="semi", maintain_order="left")
    return found.unique("entry", keep="first", maintain_order=True).select("entry", "names")


def _again(
    entries: pl.DataFrame, votes: pl.DataFrame, ballots: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`entry` of the motions on which a member has two ballots (`again`: which member), and of those on which such a
    member has none, though others have (`lacked`): the number of a motion may be mistyped."""
    members = ballots.filter("member", ~pl.col("recused")).select("juror").unique()
    given = votes.select("juror", entry="motion").join(entries, on="entry", how="semi")
    counted = given.join(members, on="juror", how="semi").group_by("entry", "juror").len()
    twice = counted.filter(pl.col("len") > 1)
    open_to = counted.select("entry").unique().join(twice.select("juror").unique(), how="cross")
    taken = ballots.select("entry", "juror")  # whoever may not vote on a motion lacks no ballot there
    lacked = open_to.join(taken, on=["entry", "juror"], how="anti")
    several = twice.join(lacked, on="juror", how="semi")
    return _first(several, "again"), _first(lacked, "lacked")


def _first(found: pl.DataFrame, name: str) -> pl.DataFrame:
    return found.group_by("entry").agg(pl.col("juror").min().alias(name))


def _told(
    entries: pl.DataFrame, ballots: pl.DataFrame, bench: pl.DataFrame, quorum: Fraction
) -> pl.DataFrame:
    """A row a motion: its figures and how the chair voted (1, -1, or null); who casts no ballot is absent."""
    sits = pl.col("member") & ~pl.col("recused")
    voted = sits & (pl.col("vote") != "absent")
    is_for, is_against = sits & (pl.col("vote") == "for"), sits & (pl.col("vote") == "against")
    chair = pl.when(pl.col("chair") & is_for).then(1).when(pl.col("chair") & is_against).then(-1)
    sums = ballots.group_by("entry").agg(
        present=voted.sum().cast(pl.Int64),
        votes_for=is_for.sum().cast(pl.Int64),
        votes_against=is_against.sum().cast(pl.Int64),
        recused=pl.col("recused").sum().cast(pl.Int64),
        strangers=(~pl.col("member") & (pl.col("vote") != "absent")).sum().cast(pl.Int64),
        chair=chair.sum(),
    )
    twice = voting_twice(ballots.filter(voted), bench)
    counted = entries.select("entry").join(sums, on="entry", how="left", maintain_order="left")
    counts = pl.col("present", "votes_for", "votes_against", "recused", "strangers")
    told = counted.with_columns(counts.fill_null(0)).join(
        twice, on="entry", how="left", maintain_order="left"
    )
    told = told.with_columns(members=bench.height - pl.col("recused"))
    enough = pl.col("present") * quorum.denominator >= pl.col("members") * quorum.numerator
    return told.with_columns(
        quorum=pl.lit(f"{quorum.numerator}/{quorum.denominator}"),
        enough=enough & (pl.col("present") > 0),
        margin=pl.col("votes_for") - pl.col("votes_against"),
    )


_VOTES = {
    "votes_for": pl.col("votes_for"),
    "votes_against": pl.col("votes_against"),
    "present": pl.col("present"),
    "members": pl.col("members"),
    "recused": pl.col("recused"),
}
_COUNT = (
    "{votes_for} for, {votes_against} against; {present} of {members} members present, {recused} take no part"
)
_REJECTED = words("rejected", f"rejected: {_COUNT}", **_VOTES)
_TIE = pl.col("margin") == 0
_CASES = (
    in_doubt(
        pl.col("strangers") > 0,
        "voter-not-listed",
        "{strangers} votes are of people who are no members",
        strangers=pl.col("strangers"),
    ),
    in_doubt(
        "names",
        "voter-may-be-teacher",
        f"a member may be the teacher ({{names}}): {_COUNT}",
        **_VOTES,
        names=pl.col("names"),
    ),
    in_doubt(
        "twice",
        "voter-twice",
        f"one name voted under the ids {{twice}}: {_COUNT}",
        **_VOTES,
        twice=pl.col("twice"),
    ),
    in_doubt(
        "again",
        "ballot-twice",
        f"the member {{juror}} has two ballots here, and none on another motion: {_COUNT}",
        **_VOTES,
        juror=pl.col("again"),
    ),
    in_doubt(
        "lacked",
        "ballot-under-another-number",
        f"the member {{juror}} has no ballot here, and two on another motion: {_COUNT}",
        **_VOTES,
        juror=pl.col("lacked"),
    ),
    in_doubt(
        ~pl.col("enough"),
        "no-quorum",
        f"no quorum of {{quorum}}: {_COUNT}",
        **_VOTES,
        quorum=pl.col("quorum"),
    ),
    Case(pl.col("margin") > 0, IN, words("carried", f"carried: {_COUNT}", **_VOTES)),
    Case(
        _TIE & (pl.col("chair") > 0),
        IN,
        words("carried-by-chair", f"carried by the chair's vote: {_COUNT}", **_VOTES),
    ),
    Case(
        _TIE & (pl.col("chair") < 0),
        OUT,
        words("rejected-by-chair", f"rejected by the chair's vote: {_COUNT}", **_VOTES),
    ),
    in_doubt(_TIE, "tied-without-chair", f"a tie, and no vote of the chair: {_COUNT}", **_VOTES),
    Case(pl.col("margin") < 0, OUT, _REJECTED),
)
