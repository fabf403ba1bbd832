"""A made-up season of Best SOR: works, likes and adds in every region of 2020."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from jobs.binding import Lookup
from jobs.calendar import Window, first_showing, time_zone
from jobs.regions import REGIONS, Region
from jobs.rulebook import Rulebook
from worker.rehearsal import spreadsheet, teachers
from worker.rehearsal.spreadsheet import Cell, Table, Words
from worker.rehearsal.teachers import Teacher
from worker.rehearsal.vote_draft import (
    FULL,
    VoteDraft,
    VotePlanted,
    VoteSeason,
    VoteSize,
    begin,
    in_parts,
    parameter,
    regions_of,
    stage_of,
    stage_with,
)

HEADERS: Mapping[Words, str] = {
    "kk": "Жұмыс коды|Қатысушы|Сілтеме|Жүктелген уақыты|Лайк саны|Кестеге қосу|Алынған уақыты|Мақұлданды|SHA256",
    "en": "work_id|participant|url|posted_at|likes|adds|scraped_at|approved|content_sha256",
    "ru": "Код работы|Участник|Ссылка|Дата загрузки|Лайки|Добавлено в расписание|Дата выгрузки|Одобрено|SHA256",
}
_SHAPES: tuple[Words, ...] = ("ru", "en", "kk")
_SAID: Mapping[Words, tuple[str, str]] = {"kk": ("жоқ", "иә"), "en": ("0", "1"), "ru": ("нет", "да")}
_NOT_OF_2020 = next(region for region in REGIONS if region.code == "KZ-10")  # founded in 2022
_BEST = (300, 100)  # likes and adds that win a region; all others have less than half of each


@dataclass(frozen=True)
class Work:
    """A section assessment on the platform with the counts that hold; `content` stands for what is in it."""

    number: int
    author: str
    region: Region
    posted_at: datetime
    likes: int
    adds: int
    content: str
    approved: bool | None = None
    role: str = ""
    wins: bool = False

    @property
    def id(self) -> str:
        return f"SOR-{self.number:05}"


@dataclass
class Platform:
    """All works of the season."""

    draft: VoteDraft
    rulebook: Rulebook
    window: Window
    zones: Lookup
    works: list[Work] = field(default_factory=list)

    def work(self, author: Teacher, likes: int, adds: int, **changes: object) -> Work:
        """A work of `author`, uploaded at some time well inside the window."""
        seconds = int((self.window.closes_at - self.window.opens_at).total_seconds())
        at = self.window.opens_at + timedelta(seconds=self.draft.rng.randrange(3600, seconds * 9 // 10))
        number = len(self.works) + 1
        made = Work(number, author.participant, author.region, at, likes, adds, f"SOR {number}")
        self.works.append(replace(made, **changes))  # type: ignore[arg-type]  # keywords of Work
        return self.works[-1]


def make_best_sor(rulebook: Rulebook, *, seed: int, size: VoteSize = FULL) -> VoteSeason:
    """A season in all regions of the rulebook, whatever `size.regions` says; its last region has no works.

    KeyError for a rulebook that lacks its window, moments or steps.
    """
    draft = begin(size, seed, "OM")
    zones = parameter(rulebook, "during", "zones")
    platform = Platform(draft, rulebook, rulebook.windows["submission"], zones)
    regions = regions_of(rulebook)
    for region in regions[:-1]:
        for _ in range(draft.rng.randint(*size.works)):
            platform.work(draft.staff.teacher(region), draft.rng.randrange(150), draft.rng.randrange(50))
    _hold_votes(platform, regions)
    _add_trouble(platform, regions)
    silent = [draft.staff.teacher(region).participant for region in regions for _ in range(size.silent)]
    draft.plant(
        "nothing-published", rulebook, stage_with(rulebook, "published"), silent, "out", "nothing-published"
    )
    _drop(platform)
    return VoteSeason(draft.ordered(), _planted(platform, regions))


def _planted(platform: Platform, regions: Sequence[Region]) -> VotePlanted:
    return VotePlanted(
        cases=tuple(platform.draft.cases),
        files=platform.draft.files,
        counts={work.id: (work.likes, work.adds) for work in platform.works},
        winners={
            region.code: tuple(
                sorted(work.id for work in platform.works if work.wins and work.region == region)
            )
            for region in regions
        },
    )


# --- who wins ---

Vote = Callable[[Platform, Teacher, Teacher], None]


def _plainly(platform: Platform, author: Teacher, _other: Teacher) -> None:
    platform.work(author, *_BEST, wins=True)


def _by_adds(platform: Platform, author: Teacher, other: Teacher) -> None:
    """As many likes and adds together, but one has more adds."""
    likes, adds = _BEST
    platform.work(author, likes - 20, adds + 20, wins=True, role="more-adds")
    platform.work(other, likes, adds, role="fewer-adds")


def _by_time(platform: Platform, author: Teacher, other: Teacher) -> None:
    """The same counts, one uploaded a second earlier."""
    first = platform.work(author, *_BEST, wins=True, role="earlier")
    platform.work(other, *_BEST, posted_at=first.posted_at + timedelta(seconds=1), role="later")


def _together(platform: Platform, author: Teacher, other: Teacher) -> None:
    """Nothing tells the two apart: both win."""
    first = platform.work(author, *_BEST, wins=True, role="co-winners")
    platform.work(other, *_BEST, posted_at=first.posted_at, wins=True, role="co-winners")


def _by_reading(platform: Platform, author: Teacher, other: Teacher) -> None:
    """The sum, the likes before the adds, and adds that weigh double each have another winner."""
    third = platform.draft.staff.teacher(author.region)
    platform.work(author, 330, 120, wins=True, role="best-by-sum")
    platform.work(other, 400, 5, role="best-by-likes")
    platform.work(third, 250, 190, role="best-by-double-adds")


_VOTES: Sequence[Vote] = (_by_adds, _by_time, _together, _by_reading)


def _hold_votes(platform: Platform, regions: Sequence[Region]) -> None:
    """The four special votes in the first regions on the contest's own clock; the last region has nobody."""
    zones = platform.zones.values
    special = [region for region in regions if region.code not in zones][: len(_VOTES)]
    votes = dict(zip(special, _VOTES, strict=True))
    west = next(region for region in regions if region.code in zones)
    for region in regions[:-1]:
        author, other = (platform.draft.staff.teacher(region) for _ in range(2))
        if region == west:
            at = _west_close(platform, region) - timedelta(minutes=30)
            platform.work(author, *_BEST, posted_at=at, wins=True, role="last-evening-in-the-west")
        else:
            votes.get(region, _plainly)(platform, author, other)


def _west_close(platform: Platform, region: Region) -> datetime:
    """When clocks there show what the contest's clocks show at the close."""
    wall = platform.window.closes_at.astimezone(time_zone(platform.window.zone)).replace(tzinfo=None)
    return first_showing(wall, time_zone(platform.zones.values[region.code]))


# --- trouble ---

_EXPECTED: Mapping[str, tuple[str, str]] = {
    "last-evening-in-the-west": ("in", "in-window"),
    "same-instant-in-almaty": ("out", "outside-window"),
    "same-content": ("out", "same-work"),
    "same-content-of-another": ("undecided", "work-of-several"),
    "not-approved": ("out", "approved-not-true"),
    "unknown-user": ("out", "no-author"),
    "region-of-2022": ("out", "region-not-one-of"),
}
_OF_WINNERS: Mapping[str, tuple[str, str]] = {
    "more-adds": ("in", "within-places"),
    "fewer-adds": ("out", "behind-on-tie"),
    "earlier": ("in", "within-places"),
    "later": ("out", "behind-on-tie"),
    "co-winners": ("in", "within-places"),
    "best-by-sum": ("in", "within-places"),
    "best-by-likes": ("out", "beyond-places"),
    "best-by-double-adds": ("out", "beyond-places"),
    "boosted-late": ("out", "beyond-places"),
}


def _add_trouble(platform: Platform, regions: Sequence[Region]) -> None:
    """Works with more likes than any that wins: none of them may count."""
    central = [region for region in regions[:-1] if region.code not in platform.zones.values]
    hire, many = platform.draft.staff.teacher, (2000, 900)
    evening = next(work for work in platform.works if work.role == "last-evening-in-the-west")
    platform.work(hire(central[-1]), *many, posted_at=evening.posted_at, role="same-instant-in-almaty")
    platform.work(hire(central[-2]), *many, approved=False, role="not-approved")
    platform.work(replace(hire(central[-3]), participant="OM-999999"), *many, role="unknown-user")
    platform.work(hire(_NOT_OF_2020), *many, role="region-of-2022")
    platform.work(hire(central[-4]), 5, 1, role="boosted-late")
    first = platform.work(hire(central[-5]), 40, 10)
    later = first.posted_at + timedelta(days=1)
    own = next(one for one in platform.draft.staff.teachers if one.participant == first.author)
    platform.work(own, *many, content=first.content, posted_at=later, role="same-content")
    platform.work(
        hire(central[-5]), 5, 1, content=first.content, posted_at=later, role="same-content-of-another"
    )
    _note(platform)


def _note(platform: Platform) -> None:
    admitted, winners = stage_of(platform.rulebook, "works"), stage_with(platform.rulebook, "top")
    for expected, stage in ((_EXPECTED, admitted), (_OF_WINNERS, winners)):
        for role, (verdict, code) in expected.items():
            found = [work.id for work in platform.works if work.role == role]
            platform.draft.plant(role, platform.rulebook, stage, found, verdict, code)


# --- the files ---


def _drop(platform: Platform) -> None:
    draft, rulebook, window = platform.draft, platform.rulebook, platform.window
    for number, people in enumerate(in_parts(list(draft.staff.teachers), 3)):
        suffix, data = teachers.written(people, number)
        at = window.closes_at + timedelta(hours=2 + number)
        draft.drop(rulebook, at, "platform", f"users-{number + 1}.sample.{suffix}", data)
    first = window.opens_at + (window.closes_at - window.opens_at) * 2 // 3 + timedelta(hours=9)
    known = [
        replace(one, likes=one.likes // 2, adds=one.adds // 2)
        for one in platform.works
        if one.posted_at < first
    ]
    _drop_works(platform, "first", known, first)
    _drop_works(platform, "final", platform.works, rulebook.moments["count"])
    late = rulebook.moments["count"] + (rulebook.moments["submission"] - rulebook.moments["count"]) // 2
    boosted = [replace(one, likes=50_000) for one in platform.works if one.role == "boosted-late"]
    _drop_works(platform, "late", boosted, late)


def _drop_works(platform: Platform, name: str, works: Sequence[Work], at: datetime) -> None:
    """Counts taken at `at`, dropped an hour later in up to three files of three shapes."""
    for number, part in enumerate(in_parts(list(works), 3)):
        suffix, data = _written(platform, part, at, _SHAPES[number])
        later = at + timedelta(hours=1, minutes=number)
        name_ = f"works-{name}-{number + 1}.sample.{suffix}"
        platform.draft.drop(platform.rulebook, later, "platform", name_, data)


def _written(platform: Platform, works: Sequence[Work], at: datetime, words: Words) -> tuple[str, bytes]:
    rows = [_cells(platform, one, at, words) for one in works]
    table = Table(tuple(HEADERS[words].split("|")), rows)
    if words == "kk":
        return "xlsx", spreadsheet.xlsx(table, ("Байқауға жіберілген БЖБ (үлгі)",))
    return "csv", spreadsheet.utf8(table) if words == "en" else spreadsheet.utf8_with_bom(table)


def _cells(platform: Platform, one: Work, at: datetime, words: Words) -> tuple[Cell, ...]:
    return (
        one.id,
        one.author,
        f"https://onlinemektep.example/sor/{one.number}",
        _clock(platform, one.posted_at, words),
        one.likes,
        one.adds,
        _clock(platform, at, words),
        None if one.approved is None else _SAID[words][one.approved],
        hashlib.sha256(one.content.encode()).hexdigest(),
    )


def _clock(platform: Platform, at: datetime, words: Words) -> Cell:
    """The contest's clock, with its offset where a program wrote it."""
    local = at.astimezone(time_zone(platform.rulebook.timezone))
    return local.isoformat() if words == "en" else local.replace(tzinfo=None)
