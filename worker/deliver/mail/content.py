"""What the JSON of a message holds: all that its mail and diploma are made of. No IIN is among it."""

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from jobs.errors import BaiqauError


class ComposeFault(BaiqauError):
    """A message cannot be made of its row."""


def plain(text: str) -> str:
    """One line without control, format or bidirectional characters, so that a value stays in its place."""
    line = " ".join(text.split())
    return "".join(letter for letter in line if unicodedata.category(letter) not in ("Cc", "Cf", "Cs"))


Line = Annotated[str, AfterValidator(plain)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Title(_Part):
    kk: Line
    ru: Line
    en: Line


class Contest(_Part):
    id: str
    title: Title
    regulation: Line


class Person(_Part):
    surname: Line
    name: Line
    patronymic: Line | None = None

    @property
    def full(self) -> str:
        return " ".join(part for part in (self.surname, self.name, self.patronymic) if part)

    @property
    def given(self) -> str:
        """As an adult is addressed: the name and the patronymic."""
        return " ".join(part for part in (self.name, self.patronymic) if part)


class Reason(_Part):
    code: str
    facts: dict[str, Any]


class StageOutcome(Reason):
    verdict: Literal["in", "out"]
    stage: str
    stage_title: Line
    clause: Line


class Result(_Part):
    rank: int | None = None
    score: int | float | str | None = None
    items: int | None = None


class Seat(_Part):
    school: Line
    language: str | None = None
    boarding: bool = False
    preference: int


class SkippedOption(Reason):
    preference: int
    school: Line


class Diploma(_Part):
    """`achievement`: what the diploma is given for, where that is not a place in a ranking; a certificate is for having
    taken part."""

    kind: Literal["diploma", "certificate"] = "diploma"
    number: Line
    achievement: Reason | None = None


class DrawFacts(_Part):
    """A draw that the person is on the list of.

    `commitment`: SHA-256 of its manifest, in hex; `at`: the local time of the moment that decides
    ("2025-05-19 16:30"), both known to those who hear of the list; `place`: that of the person's ticket, once it is
    drawn; `group`: the region.
    """

    draw_id: Line
    commitment: Line | None = None
    at: Line | None = None
    place: int | None = None
    entrants: int | None = None
    group: Title


class PrizeFacts(_Part):
    """The prize's number in its list, and its name as the rulebook writes it."""

    number: int
    name: Line


Template = Literal[
    "answer", "diploma", "notice", "entrant", "prize", "annulled", "award", "certificate", "refusal"
]
"""`answer` and `diploma` are for the families of children; `award`, `certificate` and `refusal` for participants of any
age; the others for adults who take part themselves."""

_NEEDS: Mapping[Template, tuple[str, ...]] = {
    "diploma": ("diploma",),
    "entrant": ("draw", "draw.commitment", "draw.at"),
    "prize": ("diploma", "prize"),
    "annulled": ("ground",),
    "award": ("diploma", "award"),
    "certificate": ("diploma",),
}


class Content(_Part):
    """The whole of it; `person` is unknown where the list does not have them.

    `skipped`: the options of the application that could not be given, in their order. `registered`: the local
    time of the registration, by which a family without a name before it can tell which child is meant.
    `region`: the code of the person's region. `ground`: the code of why a prize was annulled. `nomination`: the columns
    that say what an entry took part in, as they were written; `work`: a project's title; `award`: the code word of an
    award. `corrected`: another result was told before.
    """

    template: Template
    contest: Contest
    organisation: Line
    person: Person | None
    outcome: StageOutcome
    result: Result | None
    admission: Seat | None
    admission_reason: Reason | None
    skipped: tuple[SkippedOption, ...] = ()
    registered: Line | None = None
    school: Line | None = None
    region: Line | None = None
    public_code: Line
    diploma: Diploma | None
    draw: DrawFacts | None = None
    prize: PrizeFacts | None = None
    ground: Line | None = None
    nomination: dict[str, Line] = {}
    work: Line | None = None
    award: Line | None = None
    corrected: bool = False


class Message(Protocol):
    """What a letter is written from: a message queued or to be queued."""

    @property
    def id(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def content(self) -> Mapping[str, Any]: ...


def read_content(row: Message) -> Content:
    """The row's content; ComposeFault names the first key at fault."""
    try:
        content = Content.model_validate(row.content)
    except ValidationError as fault:
        first = fault.errors(include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ComposeFault(f"message {row.id}: content.{key}: {first['msg']}.") from None
    needs = _NEEDS.get(content.template, ())
    missing = [part for part in needs if _part_of(content, part) is None]
    if missing:
        raise ComposeFault(
            f"message {row.id}: content.{missing[0]} is missing; a letter {content.template!r} needs it."
        )
    return content


def _part_of(content: Content, path: str) -> object:
    """What stands at `path` ("draw.at"), or None."""
    found: object = content
    for name in path.split("."):
        found = getattr(found, name, None)
    return found
