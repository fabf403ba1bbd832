"""The page of the rulebooks: their keys, what can be delivered, and every job with its parameters."""

import inspect
from collections.abc import Mapping

from pydantic import BaseModel

from jobs.binding import BROUGHT, Job
from jobs.catalogue import JOBS
from jobs.rulebook import Ask, Latest, LookupTable, OneNameTable, Period, RulebookTable, Snapshots, StageTable
from worker.reference import markdown
from worker.reference.values import toml_text, type_words

_KEYS: Mapping[type[BaseModel], tuple[str, Mapping[str, str]]] = {
    RulebookTable: (
        "the file",
        {
            "contest": "Name of the contest; the file is named after it.",
            "regulation": "Number of the regulation.",
            "title": "Title in `kk`, `ru` and `en`.",
            "timezone": "IANA name; local times of the rulebook and of the files are read in it.",
            "edition": "The season, such as 2026; it stands in the numbers of diplomas and lists.",
            "season": "The periods and moments, by name: see [season].",
            "contact": "The stage whose records say where and in which language people are answered.",
            "ask": "Who decides what the regulation leaves to people, by name: see [ask.NAME].",
            "assume": "By feed: the value of a column that a whole file lacks.",
            "lookup": "What belongs to the values of a column, by name: see [lookup.NAME].",
            "readings": "By question: how the regulation is read where it is silent.",
            "or": "By question: the other ways to read it, each a table laid over this file (`stage.ID.…` for a "
            "stage); for what one step says, see `or` there.",
            "one-name": "Spellings that are one name, in any column named here: see [one-name].",
            "elsewhere": "By row of the list of rules: which other part of the worker carries it out.",
            "in-part": "By row that something carries out: what of it nothing does, and why.",
            "not-executed": "By row of the list of rules: why nothing carries it out, or who does.",
            "broadcast": "The draws of all rulebooks with this name are committed to under one hash.",
            "addressed": "Whether letters speak to families of children or to the participants themselves.",
            "stage": "The stages in their order: see [[stage]].",
        },
    ),
    Period: (
        "[season]",
        {
            "opens": "First instant of a window.",
            "closes": "The window's end; this instant is outside.",
            "days": "In place of `closes`: whole calendar days, the opening day being day 1.",
            "hours": "In place of `closes`: whole hours from the opening.",
            "working_days": "In place of `closes`: working days of Kazakhstan, counted from the day after the opening.",
            "files_by": "Files about the window are awaited until then (without it: until it closes).",
            "at": "In place of a window: one moment.",
        },
    ),
    Ask: (
        "[ask.NAME]",
        {
            "title": "Who is asked, in `kk`, `ru` and `en`.",
            "clause": "The clause that gives them the decision.",
            "choices": "What they may choose, and what each does to an undecided entry: `in` or `out`; of readings and "
            "grounds a list.",
            "kind": "What they are asked: to decide about `people` or about a `group` as a whole; for the dice of a "
            "public `lot` or `draw`; whether all files have come, so that `absentees` are absent; which `reading` of a "
            "rule counts; on which ground a prize is taken back (`annulment`: at any time, nothing waits for it).",
            "awards": "Of kind `group`, for the job `honours`: the awards of which they may tell any numbers, the best "
            "first, with hyphens between (`1-1-2-3`); the choices are then examples.",
            "rows": "Rows of the list of rules that the question carries out.",
        },
    ),
    StageTable: (
        "[[stage]]",
        {
            "id": "Name of the stage, unique in the file.",
            "title": "Title in `kk`, `ru` and `en`.",
            "clause": "The clause about the stage.",
            "entries": "A feed, or an earlier stage: whoever is still in there.",
            "decided": "A name of [season]: the stage is decided at that moment or after that window.",
            "key": "The feed's column, or list of columns, that names an entry (where `entries` is a feed).",
            "only": "Records with these values of these columns; of a list any of them, in capitals or not.",
            "except": "No records with any of these values of these columns, in capitals or not.",
            "latest": "Of several records of one entry the latest counts.",
            "snapshots": "In place of `latest`: several rows of one entry are counts taken at different times.",
            "among": "Only those still in after that earlier stage; of them, who has no record is out.",
            "strangers": "A name of [ask.…], with `among`: who says of whoever has a record and is not among those; "
            "without it such records are out.",
            "waits_for": "Earlier stages of which it reads nothing and which are settled before it is decided.",
            "absent": "A name of [ask.…] of kind `absentees`: until they say that all files have come, nobody is out "
            "for having no record.",
            "from_earlier": "Columns in which the earlier stage goes before what a record says.",
            "person": "Where entries are not people: the column with whose they are, so that letters go to people.",
            "on_sheets": "What of an entry stands on the jury's score sheets beside its code: columns, such as names.",
            "become": "Where `entries` is a stage: the entries are from here on the different values of this column.",
            "may_lack": "Feeds of which nothing may have come: the stage does not wait for a file of them.",
            "deliver": "What follows when the stage is settled.",
            "rows": "Rows of the list of rules that the stage itself carries out, by what enters it or follows it.",
            "step": "The steps in their order: see [[stage.step]].",
        },
    ),
    OneNameTable: (
        "[one-name]",
        {
            "columns": "The columns, of whatever feed is read, in which spellings are made one name.",
            "names": "By name: the other spellings of the same thing, in capitals or not.",
        },
    ),
    LookupTable: (
        "[lookup.NAME]",
        {
            "column": "A column of the entries.",
            "values": "Its values, and what belongs to each.",
        },
    ),
    Snapshots: (
        "snapshots",
        {
            "by": "Column with the moment of counting.",
            "until": "A name of [season]: counts taken later do not hold.",
            "counts": "The columns that grow with time; all others are filled from any row.",
        },
    ),
    Latest: (
        "latest",
        {
            "by": "Column with the record's time.",
            "within": "A record inside this window goes before later ones outside.",
            "twice": "A name of [ask.…]: who decides about an entry with different records inside the window.",
        },
    ),
}

_STEP_KEYS = {
    "clause": "The clause the step carries out. Needed.",
    "job": "One of the jobs below. Needed.",
    "per": "List of columns: the job runs for each group of entries with the same values.",
    "ask": "A name of [ask.…]: who decides what the job leaves undecided. Needed where the job can.",
    "choose": "A name of [ask.…] of kind `reading`: who chooses where two readings decide differently.",
    "reading": "`Q5: text`, several parted by `; `: how the regulation is read here; `baiqau check` lists it.",
    "rows": "Rows of the list of rules that the step carries out.",
    "or": "By question of `reading`: the other ways to read it, each the keys it would change (`without`: the list of "
    "keys it would not have; `way`: a name, under which lines in several places are one way); "
    "`try --compare-readings` runs each.",
}

_DELIVERIES = {
    "answers": "a letter to everyone the stage put out",
    "school-lists": "a signed list for each school of the quotas",
    "public-result": "ranks, points and cut-offs under public codes, in `outbox/public/`",
    "diplomas": "a letter with a diploma to everyone who entered an admission; in other stages to every person of an "
    "entry with an award",
    "certificates": "a letter with a certificate to every person of an entry still in",
    "protocol": "the protocol of the stage: PDF, CSV and XLSX with names for the operator, a page and CSV under codes "
    "in `outbox/public/`",
    "score-sheets": "a form in XLSX for every juror of the stages that mark whoever is still in here; filled in, it "
    "comes back as `scores`",
    "refusals": "a letter to every person of an entry that is out: regulation, clause and reason",
    "pool": "each region's pool with the cut, the first out and the ties, in `outbox/public/`",
    "winners": "each region's winner, and the winners by other readings where they differ, in `outbox/public/`",
    "prizes": "the protocols and the page of a draw in `outbox/public/`, who gets what for the operator, and the form "
    "on which a prize is annulled",
    "prize-letters": "a letter with a diploma to whoever has a prize, and one to whoever had it taken back",
    "role-reports": "what each of the medal's five roles may see, as pages and workbooks: to each mentor, expert and "
    "coordinator a folder of the own, to the operator the whole and everybody's cards",
    "order": "the protocol and the page of the lot and the order of performance under codes in `outbox/public/`, with "
    "names for the operator",
}


def rulebook_page() -> str:
    """Every key of a rulebook and every job."""
    intro = (
        "A rulebook is `contests/<contest>.toml`. It chooses jobs and names their parameters; it has no "
        "expressions, loops or conditions. `baiqau check` finds everything wrong with it and names the key."
    )
    steps = markdown.table(
        ("key", "what it is"), ((markdown.code(key), text) for key, text in _STEP_KEYS.items())
    )
    deliver = markdown.table(
        ("`deliver`", "what goes out"), ((markdown.code(k), text) for k, text in _DELIVERIES.items())
    )
    jobs = [_job(job) for job in JOBS.values()]
    keys = [_table_of(model) for model in _KEYS]
    tail = "A step's other keys are those of its job. A key that ends in `_` in Python is written without it."
    return markdown.page(
        "Rulebooks", intro, *keys, deliver, "## [[stage.step]]", steps, tail, "## Jobs", *jobs
    )


def _table_of(model: type[BaseModel]) -> str:
    title, meanings = _KEYS[model]
    written = {field.alias or name: field for name, field in model.model_fields.items()}
    rows = [
        (
            markdown.code(name),
            type_words(field.annotation, field.metadata),
            "yes" if field.is_required() else "no",
            meanings[name],
        )
        for name, field in written.items()
    ]
    return f"## {title}\n\n" + markdown.table(("key", "value", "needed", "what it is"), rows)


def _job(job: Job) -> str:
    rows = [
        (markdown.code(name), type_words(kind), _default(parameter))
        for name, (kind, parameter) in job.parameters.items()
        if kind not in BROUGHT
    ]
    asks = (
        "It can leave entries undecided, so the step names `ask`."
        if job.asks
        else "It never leaves an entry undecided."
    )
    doc = inspect.cleandoc(job.function.__doc__ or "")
    return "\n\n".join((f"### {job.name}", doc, asks, markdown.table(("key", "value", "default"), rows)))


def _default(parameter: inspect.Parameter) -> str:
    if parameter.default is inspect.Parameter.empty:
        return "needed"
    return "none" if parameter.default is None else markdown.code(toml_text(parameter.default))
