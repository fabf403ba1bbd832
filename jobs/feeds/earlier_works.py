"""Works already considered and defended at republican contests: they are not admitted again (order 99, annex 3, clause
6, 5)."""

import dataframely as dy

from jobs.feeds.contract import TEXT, WHOLE, Feed, column


class EarlierWorks(dy.Schema):
    """One work of an earlier year."""

    title = dy.String(
        **column(TEXT, "title of the work", "тақырыбы", "тақырып", "жоба тақырыбы", "жұмыс тақырыбы", "тема",
                 "тема проекта", "тема работы", "название", "название проекта", "title", "topic"),
    )  # fmt: skip
    author = dy.String(
        nullable=True,
        **column(TEXT, "who made it", "автор", "авторлар", "авторлары", "авторы", "author", "authors"),
    )  # fmt: skip
    year = dy.Int64(
        min=1990,
        max=2099,
        **column(WHOLE, "year of the contest", "жыл", "жылы", "год", "year", sample="2024"),
    )


FEED = Feed(
    name="earlier-works",
    schema=EarlierWorks,
    key=("title", "author", "year"),
    recognised_by=frozenset({"title", "year"}),
    versioned_by_name=True,
)
