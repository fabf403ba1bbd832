"""Exports of social networks in the shapes that people truly have.

Apify's Instagram scraper (JSON), its TikTok scraper (CSV with UTF-8's mark, nested names joined by dots or slashes),
TikTok's Research API (JSON in its envelope), a table kept by hand in Kazakh, and one that went through Excel.
Accounts and videos are invented: Instagram's short codes begin with SYNTH.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from worker.rehearsal import spreadsheet
from worker.rehearsal.spreadsheet import Cell, Table

INSTAGRAM, TIKTOK = "instagram", "tiktok"
_PLATFORMS: Mapping[str, str] = {INSTAGRAM: "Instagram", TIKTOK: "TikTok"}


@dataclass(frozen=True)
class Post:
    """A video as its network has it. `tags` are listed beside the caption, where the network does that."""

    platform: str
    number: int
    account: str
    caption: str
    tags: tuple[str, ...]
    posted_at: datetime
    seconds: str | None

    @property
    def id(self) -> str:
        """The network's own number."""
        return str(
            (36 if self.platform == INSTAGRAM else 74_9) * 10 ** (17 - (self.platform == TIKTOK))
            + self.number
        )

    @property
    def code(self) -> str:
        """What its address names it by."""
        return f"SYNTH{self.number:06}" if self.platform == INSTAGRAM else self.id

    @property
    def work_id(self) -> str:
        """What the feed of works calls it."""
        return f"{self.platform}/{self.code}"

    @property
    def url(self) -> str:
        if self.platform == INSTAGRAM:
            return f"https://www.instagram.com/p/{self.code}/"
        return f"https://www.tiktok.com/@{self.account}/video/{self.code}"


@dataclass(frozen=True)
class Sighting:
    """A post as a tool saw it at the instant `at`: None is a count it did not get. `tag` was searched for."""

    post: Post
    at: datetime
    likes: int | None
    comments: int | None
    shares: int | None
    tag: str
    approved: bool | None = None

    def earlier(self, at: datetime, percent: int) -> "Sighting":
        """As the post was seen at an earlier instant, with so many percent of the counts."""
        counts = (self.likes, self.comments, self.shares)
        likes, comments, shares = (None if count is None else count * percent // 100 for count in counts)
        return replace(self, at=at, likes=likes, comments=comments, shares=shares)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _number(seconds: str | None) -> int | float | None:
    """A JSON number as tools write it: 240 or 901.2."""
    if seconds is None:
        return None
    return float(seconds) if "." in seconds else int(seconds)


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


# --- Apify, Instagram ---


def instagram_json(seen: Sequence[Sighting], missing: Sequence[str] = ()) -> bytes:
    """A list of items, one a post and tag; a second sighting of a post shows its address as /reel/. `missing`: tags of
    which the tool got nothing, each told by an item of its own."""
    shown: set[int] = set()
    items: list[dict[str, object]] = []
    for one in seen:
        items.append(_instagram_item(one, again=one.post.number in shown))
        shown.add(one.post.number)
    return _json([*items, *(_instagram_error(tag) for tag in missing)])


def _instagram_item(one: Sighting, *, again: bool) -> dict[str, object]:
    post = one.post
    return {
        "inputUrl": _tag_page(one.tag),
        "id": post.id,
        "type": "Video",
        "shortCode": post.code,
        "caption": post.caption,
        "hashtags": list(post.tags),
        "mentions": [],
        "url": post.url.replace("/p/", "/reel/") if again else post.url,
        "commentsCount": one.comments,
        "likesCount": -1 if one.likes is None else one.likes,
        "timestamp": _iso(post.posted_at),
        "ownerUsername": post.account,
        "ownerId": str(post.number),
        "productType": "clips",
        "videoDuration": _number(post.seconds),
        "isSponsored": False,
        "scrapedAt": _iso(one.at),
    }


def _instagram_error(tag: str) -> dict[str, object]:
    return {"inputUrl": _tag_page(tag), "error": "not_found", "errorDescription": "Page not found"}


def _tag_page(tag: str) -> str:
    return f"https://www.instagram.com/explore/tags/{tag.lower()}"


# --- Apify, TikTok ---

_CLOCKWORKS = (
    "id", "text", "createTimeISO", "authorMeta.name", "diggCount", "shareCount", "commentCount", "playCount",
    "videoMeta.duration", "webVideoUrl", "hashtags.0.name", "hashtags.1.name", "isAd", "searchHashtag.name",
    "scrapedAt",
)  # fmt: skip


def tiktok_csv(seen: Sequence[Sighting], joint: str) -> bytes:
    """CSV with UTF-8's mark as Apify saves it; `joint` stands in nested names: "." or "/" by the tool's version."""
    headers = tuple(name.replace(".", joint) for name in _CLOCKWORKS)
    rows = [_clockworks_row(one) for one in seen]
    return b"\xef\xbb\xbf" + spreadsheet.utf8(Table(headers, rows))


def _clockworks_row(one: Sighting) -> tuple[Cell, ...]:
    """Tags come back in small letters."""
    post = one.post
    first, second, *_ = (*(tag.lower() for tag in post.tags), None, None)
    plays = 20 * ((one.likes or 0) + (one.comments or 0))
    return (
        post.id, post.caption.lower(), _iso(post.posted_at), post.account, one.likes, one.shares, one.comments, plays,
        post.seconds, post.url, first, second, "false", one.tag.lower(), _iso(one.at),
    )  # fmt: skip


def saved_by_excel(seen: Sequence[Sighting], zone: ZoneInfo, *, nameless: Sequence[Sighting] = ()) -> bytes:
    """Such a CSV after Excel: numbers of videos cut short to 7.49E+18, local times, counts as the page shows them.
    `nameless` have lost their address too, so that nothing tells which video they are."""
    rows = [_excel_row(one, zone, one.post.url) for one in seen] + [
        _excel_row(one, zone, None) for one in nameless
    ]
    return b"\xef\xbb\xbf" + spreadsheet.utf8(Table(_CLOCKWORKS, rows), ";")


def _excel_row(one: Sighting, zone: ZoneInfo, url: str | None) -> tuple[Cell, ...]:
    post = one.post
    return (
        f"{int(post.id):.2E}", post.caption, post.posted_at.astimezone(zone).strftime("%d.%m.%Y %H:%M"), post.account,
        with_comma(one.likes), one.shares, in_thousands(one.comments), "1.5M", minutes(post.seconds), url,
        *(*post.tags, None, None)[:2], "false", one.tag.lower(), one.at.astimezone(zone).strftime("%d.%m.%Y %H:%M"),
    )  # fmt: skip


def with_comma(count: int | None) -> str | None:
    """1200 as 1,2K where no like is lost by it."""
    if count is None or count < 1000 or count % 100:
        return None if count is None else str(count)
    return f"{count // 1000},{count % 1000 // 100}K"


def in_thousands(count: int | None) -> str | None:
    """4000 as «4 тыс.»."""
    if count is None or count < 1000 or count % 1000:
        return None if count is None else str(count)
    return f"{count // 1000} тыс."


def minutes(seconds: str | None) -> str | None:
    """245 or 245.6 as 4:05."""
    whole = None if seconds is None else int(seconds.partition(".")[0])
    return None if whole is None else f"{whole // 60}:{whole % 60:02}"


# --- TikTok's Research API ---


def research_json(seen: Sequence[Sighting]) -> bytes:
    """The answer of video/query v2 with the time at which it was asked beside each video; it has no addresses."""
    data = {
        "cursor": len(seen),
        "has_more": False,
        "search_id": "7490000000000000000",
        "videos": [_research_item(one) for one in seen],
    }
    return _json({"data": data, "error": {"code": "ok", "message": "", "log_id": "SYNTH"}})


def _research_item(one: Sighting) -> dict[str, object]:
    post = one.post
    return {
        "id": int(post.id),
        "create_time": int(post.posted_at.timestamp()),
        "username": post.account,
        "region_code": "KZ",
        "video_description": post.caption,
        "video_duration": _number(post.seconds),
        "like_count": one.likes,
        "comment_count": one.comments,
        "share_count": one.shares,
        "view_count": 20 * (one.likes or 0),
        "hashtag_names": [tag.lower() for tag in post.tags],
        "scraped_at": _iso(one.at),
    }


# --- by hand ---

_BY_HAND = (
    "№", "Жұмыс коды", "Әлеуметтік желі", "Аккаунт", "Сілтеме", "Хештегтер", "Жарияланған уақыты", "Ұзақтығы",
    "Лайк саны", "Пікір саны", "Бөлісу саны", "Алынған уақыты",
)  # fmt: skip
_REVIEW = ("№", "Аккаунт", "Сілтеме", "Жарияланған уақыты", "Мақұлданды")


def kazakh_xlsx(
    seen: Sequence[Sighting], zone: ZoneInfo, elsewhere: Mapping[str, Sighting] | None = None
) -> bytes:
    """A workbook kept by hand, with counts as a telephone shows them. `elsewhere`: works of other sites, by their ids;
    such a site has no address of a post, so the list gives a code."""
    listed = [(None, one) for one in seen] + list((elsewhere or {}).items())
    rows = [(number, *_by_hand_row(code, one, zone)) for number, (code, one) in enumerate(listed, start=1)]
    return spreadsheet.xlsx(Table(_BY_HAND, rows), ("Байқауға келген жұмыстар (үлгі)",))


def _by_hand_row(code: str | None, one: Sighting, zone: ZoneInfo) -> tuple[Cell, ...]:
    post = one.post
    return (
        code,
        _PLATFORMS.get(post.platform),
        f"@{post.account}",
        f"https://video.example/watch/{post.number}" if code else post.url,
        " ".join(f"#{tag}" for tag in post.tags),
        _clock(post.posted_at, zone),
        minutes(post.seconds),
        with_comma(one.likes),
        in_thousands(one.comments),
        None if one.shares is None else str(one.shares),
        _clock(one.at, zone),
    )


def review_xlsx(seen: Sequence[Sighting], zone: ZoneInfo) -> bytes:
    """The reviewers' yes and no, without counts."""
    words = {True: "иә", False: "жоқ", None: None}
    rows: list[tuple[Cell, ...]] = [
        (number, f"@{one.post.account}", one.post.url, _clock(one.post.posted_at, zone), words[one.approved])
        for number, one in enumerate(seen, start=1)
    ]
    return spreadsheet.xlsx(Table(_REVIEW, rows), ("Сарапшылардың бағасы (үлгі)",))


def _clock(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)
