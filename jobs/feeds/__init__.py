"""The data contracts, one a file. A new feed is a new module here and a line in FEEDS."""

from jobs.feeds import (
    applications,
    classes,
    decisions,
    keys,
    participants,
    pulses,
    quotas,
    registrations,
    results,
    roster,
    sheets,
    works,
)
from jobs.feeds.contract import Feed

FEEDS: dict[str, Feed] = {
    feed.name: feed
    for feed in (
        roster.FEED,
        registrations.FEED,
        sheets.FEED,
        keys.FEED,
        quotas.FEED,
        applications.FEED,
        decisions.FEED,
        works.FEED,
        participants.FEED,
        classes.FEED,
        pulses.FEED,
        results.FEED,
    )
}
