"""Made-up but true-to-life seasons of the contests that end in a vote or a draw: BilimClass and Best SOR.

Everybody in them is invented (see worker.rehearsal.teachers). All moments come from the rulebooks' windows and moments,
and randomness from one seeded generator: the same rulebooks, size and seed give the same bytes. Trouble is planted on
purpose, and `VoteSeason.planted` says where and what should come of it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from jobs.calendar import time_zone
from jobs.rulebook import Rulebook
from worker.rehearsal import exports, teachers
from worker.rehearsal.best_sor import make_best_sor
from worker.rehearsal.exports import INSTAGRAM, Sighting
from worker.rehearsal.form_teachers import drop_classes
from worker.rehearsal.teachers import Teacher
from worker.rehearsal.videos import SHAPES_OF_TIKTOK, Entry, Videos, make_videos
from worker.rehearsal.vote_draft import (
    FULL,
    SMALL,
    VoteCase,
    VoteDraft,
    VotePlanted,
    VoteSeason,
    VoteSize,
    begin,
    in_parts,
)

__all__ = [
    "FULL",
    "SMALL",
    "VoteCase",
    "VotePlanted",
    "VoteSeason",
    "VoteSize",
    "make_best_sor",
    "make_bilimclass",
]

_ONCE = ("by-hand", "excel")  # shapes that are made once, after the close
_BOOST = 50_000


def make_bilimclass(
    innovator: Rulebook, curator: Rulebook, *, seed: int, size: VoteSize = FULL
) -> VoteSeason:
    """Both nominations of one season.

    KeyError for rulebooks that lack their windows or steps, ValueError for fewer than 12 places.
    """
    draft = begin(size, seed, "BC")
    videos = make_videos(draft, innovator)
    _drop_people(draft, innovator, videos.window.closes_at, draft.staff.teachers)
    _drop_videos(videos)
    drop_classes(draft, curator)
    of_kind = {
        kind: tuple(each.region.code for each in videos.fields if each.kind == kind) for kind in _KINDS
    }
    planted = VotePlanted(
        cases=tuple(draft.cases),
        files=draft.files,
        entrants=draft.entrants,
        short=of_kind["short"][0],
        tied=of_kind["tied"][0],
        differing=of_kind["differing"],
        counts=draft.counts,
    )
    return VoteSeason(draft.ordered(), planted)


_KINDS = ("short", "tied", "differing")


def _drop_people(
    draft: VoteDraft, rulebook: Rulebook, closes_at: datetime, people: Sequence[Teacher]
) -> None:
    """The platform's list of its teachers, in three files of three shapes, after the close."""
    for number, part in enumerate(in_parts(list(people), 3)):
        suffix, data = teachers.written(part, number)
        at = closes_at + timedelta(hours=2 + number)
        draft.drop(rulebook, at, "platform", f"teachers-{number + 1}.sample.{suffix}", data)


# --- the exports ---


def _drop_videos(videos: Videos) -> None:
    """Twice while counts grow, then what was gathered by hand, the reviewers' word, and one export too many."""
    window = videos.window
    first = window.opens_at + (window.closes_at - window.opens_at) * 2 // 3
    _drop_snapshot(videos, "first", first + timedelta(hours=1), _first_sightings(videos, first))
    final = videos.rulebook.moments["count"]
    _drop_snapshot(videos, "final", final + timedelta(minutes=30), _final_sightings(videos))
    _drop_by_hand(videos, final + timedelta(hours=1))
    _drop_reviews(videos, final + timedelta(hours=2))
    _drop_boosted(videos)


def _first_sightings(videos: Videos, at: datetime) -> list[tuple[str, Sighting]]:
    """Of the works that were out by then, with a part of their counts."""
    rng = videos.draft.rng
    entries = [entry for entry in videos.all if entry.shape not in _ONCE and entry.seen.post.posted_at < at]
    return [(entry.shape, entry.seen.earlier(at, rng.randrange(20, 80))) for entry in entries]


def _final_sightings(videos: Videos) -> list[tuple[str, Sighting]]:
    return [
        (entry.shape, one) for entry in videos.all if entry.shape not in _ONCE for one in _seen(videos, entry)
    ]


def _seen(videos: Videos, entry: Entry) -> list[Sighting]:
    """A work with two tags was found under each, the second time a little later."""
    if entry.role != "two-tags":
        return [entry.seen]
    again = Sighting(**{**vars(entry.seen), "tag": entry.seen.post.tags[1]})
    return [entry.seen.earlier(entry.seen.at - timedelta(minutes=20), 99), again]


def _drop_snapshot(videos: Videos, name: str, at: datetime, found: Sequence[tuple[str, Sighting]]) -> None:
    """A file for each shape; Instagram's in two, one of them with a tag of which the tool got nothing."""
    instagram = [one for shape, one in found if shape == INSTAGRAM]
    for number, part in enumerate(in_parts(instagram, 2)):
        missing = ["uchitelnovatorbilimclassqostanai"] if number == 0 else []
        data, outcome = exports.instagram_json(part, missing), "partial" if missing else "accepted"
        later = at + timedelta(minutes=number)
        _drop(videos, later, f"instagram-{number + 1}-{name}.sample.json", data, outcome)
    for number, shape in enumerate(SHAPES_OF_TIKTOK, start=2):
        part = [one for its, one in found if its == shape]
        suffix, write = _WRITERS[shape]
        if part:
            later = at + timedelta(minutes=number)
            _drop(videos, later, f"{shape}-{name}.sample.{suffix}", write(part))


_WRITERS: dict[str, tuple[str, Callable[[Sequence[Sighting]], bytes]]] = {
    "tiktok-dots": ("csv", lambda seen: exports.tiktok_csv(seen, ".")),
    "tiktok-slashes": ("csv", lambda seen: exports.tiktok_csv(seen, "/")),
    "research": ("json", exports.research_json),
}


def _drop(videos: Videos, at: datetime, name: str, data: bytes, outcome: str = "accepted") -> None:
    videos.draft.drop(videos.rulebook, at, "social", name, data, outcome)


def _drop_by_hand(videos: Videos, at: datetime) -> None:
    """A workbook; and a CSV that went through Excel, in which one video has lost its number and its address."""
    zone = time_zone(videos.rulebook.timezone)
    found = {shape: [entry.seen for entry in videos.all if entry.shape == shape] for shape in _ONCE}
    workbook = exports.kazakh_xlsx(found["by-hand"], zone, videos.elsewhere)
    _drop(videos, at, "by-hand.sample.xlsx", workbook)
    lost = [entry.seen for entry in videos.all if entry.shape in SHAPES_OF_TIKTOK][:1]
    data = exports.saved_by_excel(found["excel"], zone, nameless=lost)
    _drop(videos, at + timedelta(minutes=1), "through-excel.sample.csv", data, "partial")


def _drop_reviews(videos: Videos, at: datetime) -> None:
    """The reviewers have looked at some works, and at one they refuse; the file comes twice."""
    zone = time_zone(videos.rulebook.timezone)
    refused = [entry.seen for entry in videos.with_role("not-approved")]
    kept = [next(entry.seen for entry in each.entries if not entry.role) for each in videos.fields]
    seen = [*refused, *(Sighting(**{**vars(one), "approved": True}) for one in kept)]
    data = exports.review_xlsx(seen, zone)
    _drop(videos, at, "reviewed.sample.xlsx", data)
    _drop(videos, at + timedelta(hours=1), "reviewed (1).sample.xlsx", data, "duplicate")


def _drop_boosted(videos: Videos) -> None:
    """An export made after the cut-off, in which a work has many more likes."""
    count, awaited = videos.rulebook.moments["count"], videos.rulebook.moments["publication"]
    late = count + (awaited - count) // 2
    boosted = [entry.seen for entry in videos.with_role("boosted-late")]
    seen = [Sighting(**{**vars(one), "at": late, "likes": _BOOST}) for one in boosted]
    _drop(videos, late + timedelta(hours=1), "instagram-late.sample.json", exports.instagram_json(seen))
