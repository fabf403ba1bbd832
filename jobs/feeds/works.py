"""Works that people publish or upload, and what others made of them: exports of social networks, or a platform's list.

Read as they come: Apify's Instagram and TikTok exports (JSON, CSV with `authorMeta.name` or `authorMeta/name`), JSON of
TikTok's Research API, tables by hand. `1.2K` and `4 тыс.` are counts; -1 and a blank are unknown, never 0. The post is
told from the address: /p/ and /reel/ of one video are one post. A blank `work_id`, one that Excel cut short and a
network's own number give way to the post, so that two exports of one video are one record. A caption (`caption`,
`text`, `video_description`) is read for its tags and not kept; a row with an `error` of the export tool is refused.
"""

from typing import Final

import dataframely as dy
import polars as pl

from jobs.feeds import social
from jobs.feeds.contract import CHOICE, CODE, FLAG, INSTANT, PERSON, REGION, WHOLE, Feed, column
from jobs.feeds.reading import REFUSED_SCHEMA, reasons

PLATFORMS: Final = {
    "instagram": ("instagram", "инстаграм", "инстаграмм", "insta"),
    "tiktok": ("tiktok", "tik tok", "тикток", "тик ток"),
    "other": ("other", "басқа", "басқасы", "другая", "другое", "facebook", "фейсбук", "youtube", "ютуб", "telegram",
              "телеграм", "vk", "вконтакте", "onlinemektep", "online mektep"),
}  # fmt: skip
COUNTS: Final = ("likes", "comments", "shares", "adds")
_NO_COUNT: Final = "is no count such as 1234, 1 234 or 1.2K; leave the cell empty where it is not known"


class Works(dy.Schema):
    """One work as it stood when its counts were taken: a snapshot."""

    work_id = dy.String(
        **column(
            CODE, "the work's id; the post, such as tiktok/7490000000000000001, where the file has none of its own",
            "id", "video id", "жұмыс id", "жұмыс коды", "id работы", "код работы",
            whys={"nullability": "is missing, and no address of a post tells it; give the id or the full address"},
        ),
    )  # fmt: skip
    participant = dy.String(
        **column(
            PERSON, "the author's id in the contest, or the account's name", "қатысушы", "участник", "participant",
            "ownerUsername", "authorMeta.name", "authorMeta/name", "username", "account", "аккаунт", "логин",
            "пайдаланушы аты", "имя пользователя", "жсн", "иин", "iin",
        ),
    )  # fmt: skip
    region = dy.String(
        nullable=True,
        **column(REGION, "region, where the list says it", "облыс", "өңір", "область", "регион", "region"),
    )  # fmt: skip
    platform = dy.Enum(
        ["instagram", "tiktok", "other"], nullable=True,
        **column(CHOICE, "where it was published; told from the address where empty", "платформа", "әлеуметтік желі",
                 "соцсеть", "социальная сеть", "platform", choices=PLATFORMS),
    )  # fmt: skip
    url = dy.String(
        nullable=True,
        **column(CODE, "address of the work", "url", "permalink", "сілтеме", "видео сілтемесі", "ссылка",
                 "ссылка на видео", "ссылка на публикацию", "link"),
    )  # fmt: skip
    post = dy.String(
        nullable=True, **column(CODE, "the post, told from the address: instagram/CODE or tiktok/NUMBER")
    )
    hashtags = dy.String(
        nullable=True,
        **column(CODE, "tags in small letters without #, spaces between", "hashtag", "хештег", "хештегтер", "хэштег",
                 "хэштегтер", "хештеги", "хэштеги"),
    )  # fmt: skip
    posted_at = dy.Datetime(
        time_zone="UTC",
        **column(
            INSTANT, "when it was published; seconds since 1970 too; a date alone is the beginning of that day",
            "жарияланған уақыты", "жарияланған күні",
            "жүктелген уақыты", "жүктелген күні", "дата публикации", "время публикации", "дата загрузки",
            "время загрузки", "posted at", "published at", "timestamp", "createTimeISO", "create time",
            midnight=True,  # a workbook gives a midnight as a date
        ),
    )  # fmt: skip
    duration_s = dy.String(
        nullable=True, regex=social.DURATION,
        **column(
            CODE, "length as it is written: seconds, m:ss or h:mm:ss", "ұзақтығы", "ұзақтығы (с)", "видео ұзақтығы",
            "длительность", "длительность (с)", "продолжительность", "duration", "duration s", "videoDuration",
            "videoMeta.duration", "videoMeta/duration", "video duration", sample="240",
            whys={"regex": "is no length such as 240, 240.5, 4:00 or 0:04:00"},
        ),
    )  # fmt: skip
    duration_ms = dy.Int64(
        nullable=True, min=0, **column(WHOLE, "length in whole milliseconds, told from duration_s")
    )
    likes = dy.Int64(
        nullable=True, min=0,
        **column(
            WHOLE, "likes; empty where unknown", "likesCount", "diggCount", "like count", "лайк", "лайктар",
            "лайк саны", "ұнатулар", "лайки", "лайков", "количество лайков", "нравится", whys={"unreadable": _NO_COUNT},
        ),
    )  # fmt: skip
    comments = dy.Int64(
        nullable=True, min=0,
        **column(
            WHOLE, "comments; empty where unknown", "commentsCount", "commentCount", "comment count", "comments count",
            "пікірлер", "пікір саны", "комментарии", "комментариев", "количество комментариев",
            whys={"unreadable": _NO_COUNT},
        ),
    )  # fmt: skip
    shares = dy.Int64(
        nullable=True, min=0,
        **column(
            WHOLE, "shares; empty where unknown, as on most of Instagram", "sharesCount", "shareCount", "share count",
            "бөлісу", "бөлісулер", "бөлісу саны", "репост", "репосты", "репостов", "количество репостов", "поделились",
            whys={"unreadable": _NO_COUNT},
        ),
    )  # fmt: skip
    adds = dy.Int64(
        nullable=True, min=0,
        **column(
            WHOLE, "adds to timetables by others (Best SOR)", "қосулар", "қосу саны", "кестеге қосу", "добавления",
            "добавлений", "добавлено в расписание", whys={"unreadable": _NO_COUNT},
        ),
    )  # fmt: skip
    scraped_at = dy.Datetime(
        time_zone="UTC", nullable=True,
        **column(INSTANT, "when the counts were taken", "scrapedAt", "алынған уақыты", "дата выгрузки",
                 "время выгрузки", "scraped at"),
    )  # fmt: skip
    approved = dy.Bool(
        nullable=True,
        **column(FLAG, "the reviewers' yes or no", "мақұлданды", "мақұлданған", "одобрено", "одобрена", "approved"),
    )  # fmt: skip
    content_sha256 = dy.String(
        nullable=True, regex=r"^[0-9a-f]{64}$",
        **column(CODE, "SHA-256 of the content, 64 hexadecimal digits in small letters", "sha256", "хэш", "хеш",
                 sample="0" * 64, whys={"regex": "is not 64 hexadecimal digits in small letters"}),
    )  # fmt: skip


AIDS: Final = {
    "caption": ("text", "описание", "сипаттама", "подпись"),
    "video_description": (),  # TikTok's Research API alone has these two: it gives no address
    "hashtag_names": (),
    "web_video_url": ("webVideoUrl",),
    "reshares": ("reshareCount",),
    "error": (),
}

_CUT_SHORT: Final = (
    r"^[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{2}$|^[0-9]{15}0{3,}$"  # 7.49E+18, and that as a whole number
)
_OF_A_NETWORK: Final = r"^[0-9]{15,}(?:_[0-9]+)?(?:[.,]0+)?$"
_OF_TIKTOK: Final = r"^([67][0-9]{18})$"  # its numbers begin with the seconds since 1970


def derive(table: pl.DataFrame) -> pl.DataFrame:
    """What the columns of exports say, in the feed's own."""
    plain = social.counts(table, (*COUNTS, "reshares")).with_columns(
        social.account("participant"),
        url=pl.coalesce("web_video_url", "url"),
        hashtags=social.tags(("hashtags", "hashtag_names"), ("caption", "video_description")),
        posted_at=social.moment("posted_at"),
        scraped_at=social.moment("scraped_at"),
        duration_ms=social.milliseconds("duration_s"),
        shares=pl.coalesce("shares", "reshares"),
    )
    return _identified(plain)


def _identified(table: pl.DataFrame) -> pl.DataFrame:
    research = pl.any_horizontal(pl.col("video_description", "hashtag_names").is_not_null())
    placed = table.with_columns(
        participant=pl.coalesce("participant", social.author("url")),
        platform=pl.coalesce("platform", social.platform("url"), pl.when(research).then(pl.lit("tiktok"))),
    )
    number = pl.when(pl.col("platform") == "tiktok", ~_cut_short()).then(
        pl.col("work_id").str.extract(_OF_TIKTOK)
    )
    posted = placed.with_columns(
        post=pl.coalesce(social.post("url"), pl.concat_str(pl.lit("tiktok/"), number))
    )
    own = pl.col("work_id")
    code = pl.col("post").str.extract("/(.+)$")
    not_own = own.is_null() | _cut_short() | own.str.contains(_OF_A_NETWORK) | (own == code)
    return posted.with_columns(
        work_id=pl.when(not_own & pl.col("post").is_not_null()).then("post").otherwise(own)
    )


def _cut_short() -> pl.Expr:
    return pl.col("work_id").str.contains(_CUT_SHORT)


def repaired(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, int]:
    """What `derive` mended, by its code."""
    named = after["work_id"].is_not_null() & before["work_id"].ne_missing(after["work_id"])
    found = before["hashtags"].is_null() & before["hashtag_names"].is_null() & after["hashtags"].is_not_null()
    return {
        "counts-abbreviated": sum(social.abbreviated(before[name]) for name in COUNTS),
        "counts-unknown": sum(social.unknown(before[name]) for name in COUNTS),
        "ids-of-posts": int(named.sum()),
        "tags-from-caption": int(found.sum()),
        "accounts-from-url": int(
            (before["participant"].is_null() & after["participant"].is_not_null()).sum()
        ),
    }


def barred(table: pl.DataFrame) -> pl.DataFrame:
    """Rows that the export tool wrote instead of a post, and works whose id is lost."""
    noted = pl.col("error").is_not_null() & ~pl.col("error").str.to_lowercase().is_in(["0", "false", "null"])
    no_post = noted & pl.col("posted_at").is_null()
    of_no_post = reasons(
        table.filter(no_post),
        "error",
        "export-error",
        "stands where the export tool could not fetch a post; fetch it again if a work is missing",
    )
    lost = reasons(
        table.filter(_cut_short(), ~no_post),
        "work_id",
        "digits-lost",
        "Excel has cut the number short, and no address of the post tells it; send the export as it was made",
    )
    return pl.concat([pl.DataFrame(schema=REFUSED_SCHEMA), of_no_post, lost])


FEED = Feed(
    name="works",
    schema=Works,
    key=("work_id",),
    recognised_by=frozenset({"participant", "posted_at"}),
    versioned_by_name=False,
    own_time="posted_at",
    derived=frozenset({"post", "duration_ms"}),
    gathered={"hashtags": "hashtags/?[0-9]{1,4}(?:/?name)?"},
    aids=AIDS,
    derive=derive,
    repaired=repaired,
    barred=barred,
)
