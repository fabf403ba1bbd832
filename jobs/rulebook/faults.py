"""What is wrong with a rulebook, told in one sentence with the file and the key."""

from pydantic import ValidationError

from jobs.errors import BaiqauError


class RulebookFault(BaiqauError):
    """A rulebook says something that cannot be carried out."""


def first_of(fault: ValidationError) -> str:
    """The first thing that pydantic found: the key and what is wrong with it, without a full stop."""
    error = fault.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in error["loc"])
    return f"{place}: {error['msg'].removeprefix('Value error, ').rstrip('.')}"
