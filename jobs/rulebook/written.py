"""The tables of a rulebook as they are written: each key, its type and what it may say."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from jobs.honours import numbers_of

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]

Row = Annotated[str, Field(pattern=r"^(\d{3}-\d{2,3}|\d{3}-\d{2}[a-z]|X-\d{2})$")]
"""A row of the list of rules (docs/rules.toml): "004-216", "004-00a", "X-01"."""

Sentence = Annotated[str, Field(min_length=10)]

Alternatives = dict[str, Annotated[list[Annotated[dict[str, Any], Field(min_length=1)]], Field(min_length=1)]]
"""The name of a reading to the other ways to read it: each the keys that it would change, with their values."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=False)


def _three_languages(title: dict[str, str]) -> dict[str, str]:
    if set(title) != {"kk", "ru", "en"}:
        raise ValueError("give the title in kk, ru and en")
    return title


class Period(_Table):
    """A line of [season]: a window (`opens` with `closes`, `days`, `hours` or `working_days`) or a moment (`at`).

    `days` counts the day of opening as the first; `working_days` are counted from the day after it, and end with the
    last of them.

    `files_by` is the moment until which the files about a window are awaited; its stage is decided then, or when
    the window closes where it is not given.
    """

    opens: str | None = None
    closes: str | None = None
    days: int | None = Field(default=None, ge=1)
    hours: int | None = Field(default=None, ge=1)
    working_days: int | None = Field(default=None, ge=1)
    files_by: str | None = None
    at: str | None = None


Title = Annotated[dict[Literal["kk", "ru", "en"], str], AfterValidator(_three_languages)]


def _listed(choices: object) -> object:
    """A list of choices is one of readings or of grounds, which put nobody in or out by themselves."""
    if isinstance(choices, list) and all(isinstance(choice, str) for choice in choices):
        return dict.fromkeys(choices, "in")
    return choices


Kind = Literal["people", "lot", "absentees", "group", "reading", "draw", "annulment"]


class Ask(_Table):
    """Who decides what the regulation leaves to people, and what each choice does to an undecided entry.

    What they are asked, by `kind`: `people` about each entry; `group` about a group as a whole; `lot` for the dice
    of a public lot; `absentees` whether all files have come; `reading` which of two readings counts; `draw` for the
    dice of a public draw; `annulment` whether a prize is annulled, the choices being the grounds.

    Beside the choices they may say of a group how many there are of each of the `awards`, the best first, with hyphens
    between; the choices are then examples of that.
    """

    title: Title
    clause: str
    choices: Annotated[dict[str, Literal["in", "out"]], BeforeValidator(_listed)] = {}
    kind: Kind = "people"
    awards: list[str] = []
    rows: list[Row] = []

    @model_validator(mode="after")
    def _offers_numbers(self) -> "Ask":
        wrong = [choice for choice in self.choices if self.awards and not self._is_numbers(choice)]
        if wrong or (self.awards and self.kind != "group"):
            what = f"{wrong[0]!r} is not {len(self.awards)} numbers" if wrong else "is not of kind group"
            raise ValueError(f"awards: {what}; their numbers are told for a group, such as '1-1-2-3'")
        return self

    def _is_numbers(self, decision: str) -> bool:
        return numbers_of(decision, len(self.awards)) is not None

    def accepts(self, decision: str) -> bool:
        """Whether they may decide so: one of the choices, or how many there are of each of the `awards`."""
        return decision in self.choices or (bool(self.awards) and self._is_numbers(decision))

    @property
    def lot(self) -> bool:
        """They are asked for the dice of a public lot."""
        return self.kind == "lot"


class Latest(_Table):
    """Of several records of one entry, the latest counts (the latest inside `within`, where one is); `twice` names
    who is asked where there are two different ones inside."""

    by: str
    within: Name | None = None
    twice: Name | None = None


class Snapshots(_Table):
    """Several rows of one entry are counts taken at different times: the latest `by` not after `until` counts, and
    each merge is told."""

    by: str
    until: Name
    counts: list[str] = Field(min_length=1)


class LookupTable(_Table):
    """One [lookup.…]: the values of a column, and what belongs to each."""

    column: str
    values: dict[str, str] = Field(min_length=1)


class OneNameTable(_Table):
    """[one-name]: in the `columns` of whatever is read, spellings of one thing (a subject in three languages) are the
    name before them, in capitals or not."""

    columns: list[str] = Field(min_length=1)
    names: dict[str, list[str]] = Field(min_length=1)

    @model_validator(mode="after")
    def _tells_apart(self) -> "OneNameTable":
        said = [each.lower() for name, others in self.names.items() for each in {name, *others}]
        again = next((each for each in said if said.count(each) > 1), None)
        if again is not None:
            raise ValueError(f"names: {again!r} stands under two names; leave it under one")
        return self


class StepWords(_Table):
    """What every [[stage.step]] may say; its other keys are its job's. `choose` names who chooses between two readings
    where they differ; `ask` who is asked about everything else; `rows` the rows of the list of rules that the step
    carries out; `or` what other keys it would have where a reading it names were the other one."""

    clause: str = Field(min_length=1)
    job: str
    per: list[str] = []
    ask: str | None = None
    choose: str | None = None
    reading: str | None = None
    rows: list[Row] = []
    alternatives: Alternatives = Field(default={}, alias="or")


MARKING = ("jury", "author-sheets")
"""The jobs that read score sheets."""

STEP_WORDS = frozenset(field.alias or name for name, field in StepWords.model_fields.items())

Addressed = Literal["families", "people"]
"""Whether letters go to the families of children or to the participants themselves."""

Values = Annotated[list[str], Field(min_length=1)]

Deliverable = Literal[
    "answers",
    "school-lists",
    "public-result",
    "diplomas",
    "certificates",
    "protocol",
    "refusals",
    "pool",
    "prizes",
    "winners",
    "prize-letters",
    "role-reports",
    "order",
    "score-sheets",
]


class StageTable(_Table):
    """One [[stage]] as written. `may_lack`: feeds of which nothing need come (there may be no appeals): its moment
    has then passed without any, and the stage does not wait. `waits_for`: earlier stages of which it reads nothing and
    before which it is not decided (no score sheets go out before there is a jury)."""

    id: Name
    title: Title
    clause: str
    entries: str
    decided: Name
    key: str | list[str] | None = None
    only: dict[str, str | Values] = {}
    others: dict[str, Values] = Field(default={}, alias="except")
    latest: Latest | None = None
    snapshots: Snapshots | None = None
    among: Name | None = None
    strangers: Name | None = None
    waits_for: list[Name] = []
    absent: Name | None = None
    from_earlier: list[str] = []
    person: str | None = None
    become: str | None = None
    on_sheets: list[str] = []
    may_lack: list[str] = []
    deliver: list[Deliverable] = []
    rows: list[Row] = []
    step: list[dict[str, Any]] = []

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns whose values together name an entry."""
        return tuple(self.key) if isinstance(self.key, list) else (self.key or "entry",)


class RulebookTable(_Table):
    """The whole file as written.

    [elsewhere] names the rows of the list of rules that another part of the worker carries out, and which;
    [not-executed] those that nothing carries out, and why; [in-part] what of a row that is carried out is not, and why.
    [or] has the other ways to read what no single step says: tables to be laid over this one (a stage under its id).
    """

    contest: Name
    regulation: str
    title: Title
    timezone: str
    edition: str
    season: dict[Name, Period]
    contact: Name
    ask: dict[Name, Ask] = {}
    assume: dict[str, dict[str, str]] = {}
    lookup: dict[str, LookupTable] = {}
    one_name: OneNameTable | None = Field(default=None, alias="one-name")
    readings: dict[str, str] = {}
    alternatives: Alternatives = Field(default={}, alias="or")
    elsewhere: dict[Row, Sentence] = {}
    not_executed: dict[Row, Sentence] = Field(default={}, alias="not-executed")
    in_part: dict[Row, Sentence] = Field(default={}, alias="in-part")
    broadcast: Name | None = None
    addressed: Addressed = "families"
    stage: list[StageTable]
