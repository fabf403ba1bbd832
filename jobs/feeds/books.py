"""The Operator's list of books, in three sections (regulation 003, clause 3.1)."""

import dataframely as dy

from jobs.feeds.contract import CHOICE, CODE, TEXT, Feed, column
from jobs.feeds.medal import SECTIONS


class Catalogue(dy.Schema):
    """One book."""

    book = dy.String(**column(CODE, "the book's id", "кітап", "кітап id", "книга", "id книги", "book"))
    title = dy.String(nullable=True, **column(TEXT, "its title", "атауы", "кітап атауы", "название", "title"))
    author = dy.String(nullable=True, **column(TEXT, "its author", "автор", "авторы", "author"))
    section = dy.Enum(
        list(SECTIONS),
        **column(CHOICE, "golden fund of Kazakh or of world literature, or personal growth and popular science",
                 "бөлім", "раздел", "section", choices=SECTIONS),
    )  # fmt: skip


FEED = Feed(
    name="catalogue",
    schema=Catalogue,
    key=("book",),
    recognised_by=frozenset({"book", "section"}),
    versioned_by_name=True,
)
