"""Open votes of a jury or commission, ballot by ballot (order 99, annex 4, clauses 13-14)."""

import dataframely as dy

from jobs.feeds.contract import CHOICE, CODE, PERSON, Feed, column
from jobs.feeds.vocabulary import VOTES


class Votes(dy.Schema):
    """How one juror voted on one motion."""

    motion = dy.String(
        **column(CODE, "number of the motion in the minutes", "мәселе", "мәселе нөмірі", "ұсыныс нөмірі", "вопрос",
                 "номер вопроса", "предложение", "motion", "motion number"),
    )  # fmt: skip
    juror = dy.String(
        **column(PERSON, "the juror's id, as the jury's list has it", "қазы", "қазы коды", "қазылар алқасының мүшесі",
                 "сарапшы", "член жюри", "код члена жюри", "эксперт", "судья", "juror", "juror code", "expert",
                 "judge"),
    )  # fmt: skip
    vote = dy.Enum(
        list(VOTES),
        **column(CHOICE, "for, against, abstained or absent", "дауыс", "дауысы", "голос", "vote", choices=VOTES),
    )  # fmt: skip
    about = dy.String(
        nullable=True,
        **column(PERSON, "the participant it is about, where it is about one", "кім туралы", "қатысушы", "о ком",
                 "участник", "about", "participant"),
    )  # fmt: skip


FEED = Feed(
    name="votes",
    schema=Votes,
    key=("motion", "juror"),
    recognised_by=frozenset({"motion", "juror", "vote"}),
    versioned_by_name=True,
)
