"""The rulebook as a case changes it: other keys, steps left out, a reading turned the other way."""

import copy
from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from jobs.cases.written import Case, CaseFault, Cases, Row
from jobs.readings import lay, other_ways


def changed_for(rulebook: Mapping[str, Any], cases: Cases, case: Case, source: str) -> dict[str, Any]:
    table = _read_otherwise(copy.deepcopy(dict(rulebook)), case, source)
    for period in cases.rulebook.get("season", {}):  # the cases' own as a whole, whatever an organiser wrote
        table["season"].pop(period, None)
    lay(table, cases.rulebook)
    lay(table, case.rulebook)
    stage = next((stage for stage in table.get("stage", []) if stage.get("id") == case.stage), None)
    if stage is None:
        raise CaseFault(f"{source}: {case.says!r}: there is no stage {case.stage}.")
    earlier = takewhile(lambda each: each is not stage, table["stage"])
    named = {f"{each['id']} {name}": steps for each in earlier for name, steps in _steps(each).items()}
    named |= _steps(stage)
    for name in (*case.changes, *case.without):
        if name not in named:
            known = ", ".join(sorted(_steps(stage)))
            raise CaseFault(f"{source}: {case.says!r}: no step is called {name!r}; there are {known}.")
    for name, values in case.changes.items():
        for step in named[name]:
            step.update(values)
    gone = [step for name in case.without for step in named[name]]
    for each in table["stage"]:
        each["step"] = [step for step in each.get("step", []) if not any(step is one for one in gone)]
    return table


def _read_otherwise(table: dict[str, Any], case: Case, source: str) -> dict[str, Any]:
    """The tables with the readings that the case names the other way, each as `baiqau check` says it."""
    steps = [step for stage in table.get("stage", []) for step in stage.get("step", [])]
    questions = [name for part in (table, *steps) for name in part.get("or", {})]
    for question, wanted in case.otherwise.items():
        ways = {way.says: way.read for way in other_ways(table, questions) if way.question == question}
        if wanted not in ways:
            known = "; ".join(ways) or "none"
            raise CaseFault(f"{source}: {case.says!r}: {question} is not read so; there are {known}.")
        table = ways[wanted]
    return table


def _steps(stage: Row) -> dict[str, list[dict[str, Any]]]:
    """The steps of a stage by what a case may call them: number, job, job and column."""
    named: dict[str, list[dict[str, Any]]] = {}
    for number, step in enumerate(stage.get("step", []), start=1):
        job = str(step.get("job"))
        for name in (str(number), job, *([f"{job} {step['column']}"] if "column" in step else ())):
            named.setdefault(name, []).append(step)
    return named
