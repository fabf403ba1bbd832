"""The innovating teachers' videos (BilimClass, nomination A): whose they are, how they fared, what is wrong with some.

In each region as many teachers as the rulebook has places, and some more. The counts are arranged so that the pool is
known beforehand: `sure` works are in by any reading; `tied` ones share the last place; `rising` ones are in only
where shares count and `falling` ones only where they do not; the `tail` is beyond the places. `extra` works and their
authors are out or have to be judged before anything is ranked.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from jobs.binding import Lookup
from jobs.calendar import Window
from jobs.regions import REGIONS, Region
from jobs.rulebook import Rulebook
from worker.rehearsal.exports import INSTAGRAM, TIKTOK, Post, Sighting
from worker.rehearsal.teachers import Teacher
from worker.rehearsal.vote_draft import VoteDraft, parameter, stage_of, stage_with

SHAPES_OF_TIKTOK = ("tiktok-dots", "tiktok-slashes", "research")
_SURE, _TIED, _RISING, _FALLING, _TAIL = "sure", "tied", "rising", "falling", "tail"
_ALMATY = next(region for region in REGIONS if region.code == "KZ-75")


@dataclass(frozen=True)
class Entry:
    """A work with its author (None: nobody the platform knows) and its final counts.

    `shape` says in which export it comes, `part` where its counts place it; `role` is the trouble it is dealt.
    """

    author: Teacher | None
    seen: Sighting
    shape: str
    part: str
    role: str = ""

    @property
    def id(self) -> str:
        return self.seen.post.work_id

    @property
    def total(self) -> int:
        """What it is ranked by where unknown counts are 0."""
        return sum(count or 0 for count in (self.seen.likes, self.seen.comments, self.seen.shares))

    def posted(self, **changes: object) -> "Entry":
        """With another post."""
        return replace(self, seen=replace(self.seen, post=replace(self.seen.post, **changes)))  # type: ignore[arg-type]  # keywords of Post

    def counted(self, likes: int | None, comments: int, shares: int | None) -> "Entry":
        return replace(self, seen=replace(self.seen, likes=likes, comments=comments, shares=shares))


@dataclass
class Field:
    """A region's works that are ranked; `kind` is ordinary, differing, short or tied."""

    region: Region
    tag: str
    kind: str
    shape: str
    entries: list[Entry] = field(default_factory=list)


@dataclass
class Videos:
    """All works. `counted_at`: when the counts that hold were taken; a region's some minutes after another's."""

    draft: VoteDraft
    rulebook: Rulebook
    window: Window
    counted_at: datetime
    fields: list[Field] = field(default_factory=list)
    extras: list[Entry] = field(default_factory=list)
    elsewhere: dict[str, Sighting] = field(default_factory=dict)
    posts: int = 0

    @property
    def places(self) -> int:
        return int(parameter(self.rulebook, "top", "places"))

    @property
    def all(self) -> list[Entry]:
        return [*(entry for each in self.fields for entry in each.entries), *self.extras]

    def with_role(self, *roles: str) -> list[Entry]:
        return [entry for entry in self.all if entry.role in roles]

    def plant(self, role: str, stage: str, verdict: str, code: str, ids: list[str] | None = None) -> None:
        found = [entry.id for entry in self.with_role(role)] if ids is None else ids
        self.draft.plant(role, self.rulebook, stage, found, verdict, code)


def make_videos(draft: VoteDraft, rulebook: Rulebook) -> Videos:
    """The works of the rulebook's regions with all their trouble; the season's cases and counts are noted in `draft`.

    Needs at least 12 places; ValueError for fewer.
    """
    videos = Videos(draft, rulebook, _window(rulebook), rulebook.moments["count"] - timedelta(hours=1))
    if videos.places < 12:
        raise ValueError(
            f"{rulebook.contest}: a season with all its trouble needs 12 places, not {videos.places}."
        )
    tags = parameter(rulebook, "require", "contains")
    videos.fields = [_field(videos, tags, *each) for each in enumerate(draft.regions(rulebook))]
    _deal_roles(videos)
    _add_extras(videos)
    _note(videos)
    return videos


def _window(rulebook: Rulebook) -> Window:
    found = parameter(rulebook, "during", "window")
    if not isinstance(found, Window):
        raise TypeError("the step `during` has a window")
    return found


# --- regions and their counts ---


def _field(videos: Videos, tags: Lookup, number: int, region: Region) -> Field:
    made = Field(
        region,
        tags.values[region.code].removeprefix("#"),
        {1: "short", 2: "tied"}.get(number, "differing" if number in (0, 5, 8) else "ordinary"),
        SHAPES_OF_TIKTOK[number % len(SHAPES_OF_TIKTOK)],
    )
    for part in _parts(videos, made.kind):
        made.entries.append(_entry(videos, made, videos.draft.staff.teacher(region), part))
    return made


def _parts(videos: Videos, kind: str) -> Iterator[str]:
    """The part of each teacher of a region."""
    least, places = int(parameter(videos.rulebook, "quorum", "least")), videos.places
    spare = videos.draft.rng.randint(*videos.draft.size.spare)
    if kind == "short":
        yield from (_SURE if number < places else _TAIL for number in range(least - 1))
        return
    shared = {"tied": ([_TIED] * 3, 1, 2), "differing": ([_RISING, _FALLING] * 3, 3, 3)}
    middle, within, beyond = shared.get(kind, ([], 0, 0))
    yield from [_SURE] * (places - within)
    yield from middle
    yield from [_TAIL] * (max(spare, beyond + 2) - beyond + max(least - places, 0))


def _entry(videos: Videos, field_: Field, author: Teacher, part: str) -> Entry:
    rng = videos.draft.rng
    platform = {_RISING: TIKTOK, _FALLING: INSTAGRAM}.get(part, rng.choice((INSTAGRAM, INSTAGRAM, TIKTOK)))
    likes, comments, shares = _counts(videos, part)
    post = _post(videos, author.account(platform), platform, field_.tag)
    seen = Sighting(
        post,
        videos.counted_at + timedelta(minutes=len(videos.fields)),
        likes,
        comments,
        shares if platform == TIKTOK else None,
        field_.tag,
    )
    return Entry(author, seen, INSTAGRAM if platform == INSTAGRAM else field_.shape, part)


def _counts(videos: Videos, part: str) -> tuple[int, int, int]:
    """Likes and comments: sure ones 500 or more, tied ones 400 in all, rising ones 150 to 250, falling ones 350 to 390,
    the tail at most 100 with its shares."""
    rng = videos.draft.rng
    if part == _SURE:
        return 500 + min(int(200 * rng.paretovariate(1.1)), 60_000), rng.randrange(5, 300), rng.randrange(300)
    if part == _TIED:
        comments = rng.randrange(10, 60)
        return 400 - comments, comments, 0
    if part == _RISING:
        return rng.randrange(140, 230), rng.randrange(10, 20), rng.randrange(1000, 4000)
    if part == _FALLING:
        return rng.randrange(340, 370), rng.randrange(10, 20), 0
    return rng.randrange(5, 60), rng.randrange(10), rng.randrange(30)


def _post(videos: Videos, account: str, platform: str, tag: str) -> Post:
    rng, window = videos.draft.rng, videos.window
    videos.posts += 1
    seconds = int((window.closes_at - window.opens_at).total_seconds())
    length = str(rng.randrange(185, 895)) + (f".{rng.randrange(1, 10)}" if platform == INSTAGRAM else "")
    return Post(
        platform=platform,
        number=videos.posts,
        account=account,
        caption=f"Сабақ үзіндісі, BilimClass көмегімен #{tag} #BilimClass",
        tags=(tag, "BilimClass"),
        posted_at=window.opens_at + timedelta(seconds=rng.randrange(60, seconds - 3600)),
        seconds=length,
    )


# --- trouble of works that stay ---

Change = Callable[[Videos, Entry], Entry]


def _lower_cased(_videos: Videos, entry: Entry) -> Entry:
    post = entry.seen.post
    return entry.posted(tags=tuple(tag.lower() for tag in post.tags), caption="Ашық сабақ")


def _two_tags(videos: Videos, entry: Entry) -> Entry:
    """Its own region's and another's."""
    other = next(each.tag for each in videos.fields if each.tag != entry.seen.tag)
    return entry.posted(tags=(entry.seen.tag, other))


def _by_hand(videos: Videos, entry: Entry) -> Entry:
    made = entry.posted(seconds=str(videos.draft.rng.randrange(185, 895)))
    return replace(
        made.counted(1200 + 100 * videos.draft.rng.randrange(80), 40, entry.seen.shares), shape="by-hand"
    )


def _in_excel(videos: Videos, entry: Entry) -> Entry:
    """Excel shows no seconds, and people write thousands of comments as words."""
    made = entry.posted(posted_at=entry.seen.post.posted_at.replace(second=0))
    return replace(made.counted(1200 + 100 * videos.draft.rng.randrange(80), 4000, 15), shape="excel")


def _accepted_position(videos: Videos, entry: Entry) -> Entry:
    if entry.author is None:
        raise TypeError("a position is somebody's")
    union = replace(entry.author, position="мұғалім, пән бірлестігінің жетекшісі")
    return replace(entry, author=videos.draft.staff.replace(entry.author, union))


_ROLES: Mapping[str, tuple[str, str | None, Change]] = {
    "lower-cased-tags": (_SURE, INSTAGRAM, _lower_cased),
    "tags-in-caption": (_SURE, INSTAGRAM, lambda _, entry: entry.posted(tags=())),
    "two-tags": (_SURE, INSTAGRAM, _two_tags),
    "hidden-likes-enough": (_SURE, INSTAGRAM, lambda _, entry: entry.counted(None, 700, None)),
    "id-cut-short": (_SURE, TIKTOK, _in_excel),
    "abbreviated-counts": (_SURE, None, _by_hand),
    "last-second": (
        _SURE,
        None,
        lambda v, entry: entry.posted(posted_at=v.window.closes_at - timedelta(seconds=1)),
    ),
    "first-second": (_SURE, None, lambda v, entry: entry.posted(posted_at=v.window.opens_at)),
    "shortest": (_SURE, None, lambda v, entry: entry.posted(seconds=_length(v, 0))),
    "longest": (_SURE, None, lambda v, entry: entry.posted(seconds=_length(v, 1))),
    "no-length": (_SURE, INSTAGRAM, lambda _, entry: entry.posted(seconds=None)),
    "position-accepted": (_SURE, None, _accepted_position),
    "two-videos": (_SURE, None, lambda _, entry: entry),
    "boosted-late": (_TAIL, INSTAGRAM, lambda _, entry: entry),
    "hidden-likes-few": (_TAIL, INSTAGRAM, lambda _, entry: entry.counted(None, 3, None)),
}
"""The part it is dealt to, the network (None: either), and what it changes."""


def _length(videos: Videos, which: int) -> str:
    """The shortest or the longest length allowed, in whole seconds."""
    return str(parameter(videos.rulebook, "require", "between", column="duration_ms")[which] // 1000)


def _deal_roles(videos: Videos) -> None:
    """Over the regions in turn; what changes who is beyond the places, in the last region that has nothing else."""
    calm = [each for each in videos.fields if each.kind in ("ordinary", "differing")]
    for number, (role, (part, platform, change)) in enumerate(_ROLES.items()):
        field_ = calm[-1] if part == _TAIL else videos.fields[number % len(videos.fields)]
        at = _free(videos, field_, part, platform)
        field_.entries[at] = replace(change(videos, field_.entries[at]), role=role)


def _free(videos: Videos, field_: Field, part: str, platform: str | None) -> int:
    """A work of that part without a role, moved to the network where there is none on it."""
    free = [at for at, entry in enumerate(field_.entries) if entry.part == part and not entry.role]
    fits = [at for at in free if platform in (None, field_.entries[at].seen.post.platform)]
    if fits or platform is None:
        return (fits or free)[0]
    field_.entries[free[0]] = _moved(videos, field_, field_.entries[free[0]], platform)
    return free[0]


def _moved(videos: Videos, field_: Field, entry: Entry, platform: str) -> Entry:
    if entry.author is None:
        raise TypeError("a ranked work is somebody's")
    post = _post(videos, entry.author.account(platform), platform, field_.tag)
    shares = 0 if platform == TIKTOK else None
    seen = replace(entry.seen, post=post, shares=shares)
    return replace(entry, seen=seen, shape=INSTAGRAM if platform == INSTAGRAM else field_.shape)


# --- works and people that are out, or have to be judged ---


def _add_extras(videos: Videos) -> None:
    """Spread over the regions; with many likes, which help nothing."""
    calm = [each for each in videos.fields if each.kind in ("ordinary", "differing")]
    for number, (role, make) in enumerate(_EXTRAS.items()):
        field_ = calm[-1] if role == "shared-account" else videos.fields[number % len(videos.fields)]
        teacher = videos.draft.staff.teacher(field_.region)
        entry = make(videos, field_, _entry(videos, field_, teacher, _SURE))
        if role == "other-site":
            videos.elsewhere["B-17"] = replace(entry.seen, post=replace(entry.seen.post, platform="other"))
        else:
            videos.extras.append(replace(entry, role=role, part="extra"))
    for entry in videos.with_role("two-videos"):
        second = _post(videos, entry.seen.post.account, entry.seen.post.platform, entry.seen.tag)
        other = replace(entry, seen=replace(entry.seen, post=second), part="extra", role="second-video")
        videos.extras.append(other.counted(30, 2, entry.seen.shares))
    for each in videos.fields:
        for _ in range(videos.draft.size.silent):
            videos.draft.staff.teacher(each.region)


Extra = Callable[[Videos, Field, Entry], Entry]


def _unknown(_videos: Videos, _field: Field, entry: Entry) -> Entry:
    return replace(entry.posted(account=f"ulgi.bogde.{entry.seen.post.number}"), author=None)


def _foreign_tag(videos: Videos, field_: Field, entry: Entry) -> Entry:
    """The tag of the next region."""
    after = (videos.fields.index(field_) + 1) % len(videos.fields)
    other = videos.fields[after].tag
    return entry.posted(tags=(other,), caption=f"Ашық сабақ #{other}")


def _lasting(seconds: int, which: int) -> Extra:
    """So many seconds beyond the shortest or the longest length."""
    return lambda v, _, entry: entry.posted(seconds=str(int(_length(v, which)) + seconds))


def _refused_position(title: str) -> Extra:
    return lambda v, _, entry: _changed(v, entry, position=title)


def _changed(videos: Videos, entry: Entry, **changes: object) -> Entry:
    if entry.author is None:
        raise TypeError("only an author can be changed")
    changed = replace(entry.author, **changes)  # type: ignore[arg-type]  # keywords of Teacher
    return replace(entry, author=videos.draft.staff.replace(entry.author, changed))


def _in_the_city(videos: Videos, _field: Field, entry: Entry) -> Entry:
    return _changed(videos, entry, school=videos.draft.staff.people.school(7, _ALMATY))


def _shared_account(videos: Videos, field_: Field, entry: Entry) -> Entry:
    """Another teacher of the region gives the same account as her own. Few like the video: nobody knows whose it is."""
    if entry.author is None:
        raise TypeError("somebody shares the account")
    other = videos.draft.staff.teacher(field_.region)
    videos.draft.staff.replace(
        other, replace(other, instagram=entry.author.instagram, tiktok=entry.author.tiktok)
    )
    return entry.counted(9, 1, 0 if entry.seen.post.platform == TIKTOK else None)


_EXTRAS: Mapping[str, Extra] = {
    "unknown-account": _unknown,
    "foreign-hashtag": _foreign_tag,
    "second-too-short": _lasting(-1, 0),
    "second-too-long": _lasting(1, 1),
    "hour-late": lambda v, _, entry: entry.posted(posted_at=v.window.closes_at + timedelta(hours=1)),
    "second-early": lambda v, _, entry: entry.posted(posted_at=v.window.opens_at - timedelta(seconds=1)),
    "not-approved": lambda _v, _f, entry: replace(entry, seen=replace(entry.seen, approved=False)),
    "uncovered-city": _in_the_city,
    "deputy-in-kazakh": _refused_position("директордың оқу ісі жөніндегі орынбасары"),
    "director-in-russian": _refused_position("Директор школы, учитель истории"),
    "civil-servant": lambda v, _, entry: _changed(v, entry, civil_servant=True),
    "manager": lambda v, _, entry: _changed(v, entry, manager=True),
    "procurement": lambda v, _, entry: _changed(v, entry, procurement=True),
    "shared-account": _shared_account,
    "other-site": lambda _v, _f, entry: entry,
}


# --- what is known of all that ---

_OF_WORKS: Mapping[str, tuple[str, str]] = {
    "lower-cased-tags": ("in", "required"),
    "tags-in-caption": ("in", "required"),
    "two-tags": ("in", "merged"),
    "id-cut-short": ("in", "author-known"),
    "abbreviated-counts": ("in", "author-known"),
    "last-second": ("in", "in-window"),
    "first-second": ("in", "in-window"),
    "shortest": ("in", "required"),
    "longest": ("in", "required"),
    "no-length": ("undecided", "duration-ms-not-told"),
    "unknown-account": ("out", "no-author"),
    "foreign-hashtag": ("out", "hashtags-not-own"),
    "second-too-short": ("out", "duration-ms-not-between"),
    "second-too-long": ("out", "duration-ms-not-between"),
    "hour-late": ("out", "outside-window"),
    "second-early": ("out", "outside-window"),
    "not-approved": ("out", "approved-not-true"),
    "shared-account": ("undecided", "two-authors"),
}
_OF_POOL: Mapping[str, tuple[str, str]] = {
    "second-video": ("out", "better-entry"),
    "two-videos": ("in", "within-places"),
    "boosted-late": ("out", "beyond-places"),
    "hidden-likes-few": ("undecided", "count-unknown"),
    "hidden-likes-enough": ("in", "within-places"),
}
_OF_PEOPLE: Mapping[str, tuple[str, str]] = {
    "uncovered-city": ("out", "region-not-one-of"),
    "deputy-in-kazakh": ("undecided", "position-to-judge"),
    "director-in-russian": ("undecided", "position-to-judge"),
    "position-accepted": ("undecided", "position-to-judge"),
    "civil-servant": ("out", "civil-servant-not-false"),
    "manager": ("out", "manager-not-false"),
    "procurement": ("out", "procurement-not-false"),
}


def _note(videos: Videos) -> None:
    admitted, pool = stage_of(videos.rulebook, "works"), stage_with(videos.rulebook, "top")
    for role, (verdict, code) in _OF_WORKS.items():
        videos.plant(role, admitted, verdict, code)
    for role, (verdict, code) in _OF_POOL.items():
        videos.plant(role, pool, verdict, code)
    for role, (verdict, code) in _OF_PEOPLE.items():
        people = [entry.author.participant for entry in videos.with_role(role) if entry.author]
        videos.plant(role, stage_with(videos.rulebook, "position"), verdict, code, people)
    videos.plant("other-site", admitted, "out", "platform-not-one-of", list(videos.elsewhere))
    _note_silent(videos)
    videos.draft.counts |= {
        entry.id: (entry.seen.likes, entry.seen.comments, entry.seen.shares) for entry in videos.all
    }
    videos.draft.entrants[videos.rulebook.contest] = {
        each.region.code: _entrants(each, videos.places) for each in videos.fields
    }


def _note_silent(videos: Videos) -> None:
    used = {seen.post.account for seen in (*(entry.seen for entry in videos.all), *videos.elsewhere.values())}
    silent = [
        one.participant for one in videos.draft.staff.teachers if used.isdisjoint((one.instagram, one.tiktok))
    ]
    videos.plant(
        "nothing-published", stage_with(videos.rulebook, "published"), "out", "nothing-published", silent
    )


def _entrants(field_: Field, places: int) -> int:
    """Within the places with all that tie for the last, and whose likes are hidden, whom the organiser accepts."""
    totals = sorted((entry.total for entry in field_.entries), reverse=True)
    last = totals[min(places, len(totals)) - 1]
    accepted = [entry for entry in field_.entries if entry.role == "hidden-likes-few" and entry.total < last]
    return sum(total >= last for total in totals) + len(accepted)
