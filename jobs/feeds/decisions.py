"""What people decided: the answers to our requests."""

import dataframely as dy

from jobs.feeds.contract import CODE, INSTANT, TEXT, Feed, column


class DecisionRows(dy.Schema):
    """One decision on one subject of one request."""

    request_id = dy.String(
        **column(CODE, "the request answered", "сұрау", "сұрау нөмірі", "запрос", "request id")
    )
    subject = dy.String(**column(CODE, "who or what it is about, as the request names it", "субъект", "кім туралы",
                                 "субъект", "subject"))  # fmt: skip
    decision = dy.String(**column(CODE, "one of the request's choices", "шешім", "решение", "decision"))
    ground = dy.String(nullable=True, **column(TEXT, "why", "негіз", "основание", "ground"))
    decided_by = dy.String(
        **column(TEXT, "who signed it", "шешім қабылдаған", "кто решил", "decided by",
                 whys={"nullability": "is missing; write the name and office of whoever took the decision"}),
    )  # fmt: skip
    decided_at = dy.Datetime(
        time_zone="UTC",
        **column(INSTANT, "when; a date alone is the beginning of that day", "шешім уақыты", "дата решения",
                 "decided at", midnight=True,
                 whys={"nullability": "is missing; write the day of the decision, such as 2026-02-26 or 26.02.2026"}),
    )  # fmt: skip


FEED = Feed(
    name="decisions",
    schema=DecisionRows,
    key=("request_id", "subject"),
    recognised_by=frozenset({"request_id", "subject", "decision"}),
    versioned_by_name=False,
    own_time="decided_at",
)
