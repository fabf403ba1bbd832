"""Mail: compose makes the bytes, smtp speaks to the relay, queue keeps the states."""

from worker.deliver.mail.compose import AddressFault, Letters, compose, one_address
from worker.deliver.mail.content import ComposeFault
from worker.deliver.mail.queue import Counts, send_due
from worker.deliver.mail.smtp import InsecureRelay, RelayTrouble, check_relay

__all__ = [
    "AddressFault",
    "ComposeFault",
    "Counts",
    "InsecureRelay",
    "Letters",
    "RelayTrouble",
    "check_relay",
    "compose",
    "one_address",
    "send_due",
]
