"""Anonymous questionnaires about mentors (regulation 003, clause 3.3): nothing in them tells who answered."""

import dataframely as dy

from jobs.feeds.contract import CODE, DATE, PERSON, WHOLE, Feed, column


class MentorRatings(dy.Schema):
    """One answered questionnaire."""

    rating = dy.String(
        **column(CODE, "the questionnaire's number", "сауалнама", "сауалнама нөмірі", "анкета", "номер анкеты",
                 "rating"),
    )  # fmt: skip
    mentor = dy.String(
        **column(
            PERSON, "the mentor's id", "тәлімгер", "тәлімгер id", "наставник", "id наставника", "mentor"
        ),
    )
    stars = dy.Int64(min=1, max=5, **column(WHOLE, "1 to 5", "баға", "бағасы", "оценка", "stars", sample="5"))
    given_on = dy.Date(
        nullable=True, **column(DATE, "day of the answer", "жауап күні", "дата ответа", "given on")
    )


FEED = Feed(
    name="mentor-ratings",
    schema=MentorRatings,
    key=("rating",),
    recognised_by=frozenset({"rating", "mentor", "stars"}),
    versioned_by_name=True,
)
