"""The data contracts, one a file. A new feed is a new module here and a line in FEEDS."""

from jobs.feeds import applications, decisions, keys, quotas, registrations, roster, sheets
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
    )
}
