"""The shape of the code: a pure core, short functions, worded events, nothing of this machine in the files."""

import ast
import re
import statistics
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from unit.tables import ROOT

from jobs.catalogue import JOBS
from worker.events import SENTENCES

PURE = frozenset(sys.stdlib_module_names) | {"polars", "numpy", "numba", "dataframely", "pydantic", "jobs"}
IMPURE_STDLIB = {
    "asyncio", "ctypes", "multiprocessing", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3",
    "ssl", "subprocess", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
CODE = sorted([*(ROOT / "jobs").rglob("*.py"), *(ROOT / "worker").rglob("*.py")])
CORE = [path for path in CODE if path.is_relative_to(ROOT / "jobs")]
PLACES_OF_THIS_MACHINE = re.compile(r"(?<![\w./-])/(?:work|home/\w+|root)/")
SCRATCH = re.compile(r"(?<![\w./-])/tmp/\w")
MIRROR = re.compile(
    r"https?://[\w.@:-]*/\S*(?:simple|pypi)\b|--(?:extra-)?index-url|(?:PIP|UV)_INDEX\w*", re.I
)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), path.name)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def test_the_contracts_of_import_linter_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 kept, 0 broken" in done.stdout or re.search(r"[1-9]\d* kept, 0 broken", done.stdout)


def test_the_core_imports_only_what_the_design_allows() -> None:
    foreign = {(named(path), name) for path in CORE for name in imported(path) if name not in PURE}
    assert foreign == set()


def test_the_core_imports_nothing_that_touches_the_world() -> None:
    touching = {(named(path), name) for path in CORE for name in imported(path) if name in IMPURE_STDLIB}
    assert touching == set()


def test_the_core_reads_no_clock_and_opens_no_file() -> None:
    found = [
        (named(path), node.lineno, ast.unparse(node.func))
        for path in CORE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and re.fullmatch(
            r"open|input|print|(?:datetime|date)\.(?:now|today|utcnow)|np\.random\..*|pl\.(?:read|scan)_.*",
            ast.unparse(node.func),
        )
    ]
    assert found == []


def functions() -> Iterator[tuple[str, int, int]]:
    """Of every function the name, the lines of its body without the docstring, and those of its signature."""
    for path in (each for each in CODE if "migrations" not in each.parts):  # alembic writes those
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
                lines = (node.end_lineno or 0) - body[0].lineno + 1
                yield f"{named(path)}:{node.name}", lines, node.body[0].lineno - node.lineno


def test_functions_are_short() -> None:
    found = list(functions())
    assert statistics.median(body + signature for _, body, signature in found) < 10
    assert [name for name, body, _ in found if body > 40] == []
    assert [name for name, body, signature in found if body + signature > 45] == []


def reports() -> Iterator[tuple[str, int, str, set[str] | None]]:
    """Every `report("event", …)` that can be read off the code: its event and the fields it gives (None: with **)."""
    for path in (each for each in CODE if each.is_relative_to(ROOT / "worker")):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and re.search(r"(?:^|\.)_?report$|^log$", ast.unparse(node.func)):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    names = {keyword.arg for keyword in node.keywords}
                    fields = None if None in names else {str(name) for name in names}
                    yield named(path), node.lineno, first.value, fields


def fields_of(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_event_that_is_reported_is_worded_and_given_its_fields() -> None:
    found = list(reports())
    assert len(found) > 10
    assert [(place, line, event) for place, line, event, _ in found if event not in SENTENCES] == []
    lacking = [
        (place, line, event, fields_of(SENTENCES[event]) - fields)
        for place, line, event, fields in found
        if fields is not None and not fields_of(SENTENCES[event]) <= fields
    ]
    assert lacking == []


def test_every_sentence_is_of_an_event_that_something_reports() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in CODE if path.name != "events.py")
    silent = [
        event for event in SENTENCES if f'"{event}"' not in text and f'f"{event.split(".")[0]}.{{' not in text
    ]
    assert silent == []


def test_no_sentence_of_the_log_has_a_place_for_a_person() -> None:
    places = set().union(*(fields_of(sentence) for sentence in SENTENCES.values()))
    assert (
        places & {"iin", "name", "surname", "entry", "person", "participant", "address", "email", "phone"}
        == set()
    )


def committed() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    if listed.returncode != 0:
        pytest.skip("not a git checkout: nothing says which files are committed")
    names = listed.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file() and Path(name) != _HERE]


_HERE = Path(__file__).relative_to(ROOT)


def matching(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    found = []
    for path in paths:
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{named(path)}:{number}")
    return found


def test_no_committed_file_names_a_package_mirror_or_a_folder_of_this_machine() -> None:
    paths = committed()
    assert matching(MIRROR, paths) == []
    assert matching(PLACES_OF_THIS_MACHINE, paths) == []


def test_no_document_points_into_tmp() -> None:
    documents = [
        path for path in committed() if path.suffix in (".md", ".toml") or path.is_relative_to(ROOT / "docs")
    ]
    assert matching(SCRATCH, documents) == []


def test_no_iin_that_could_be_somebodys_stands_in_the_product_or_its_documents() -> None:
    from jobs.iin import check

    kinds = (".py", ".toml", ".md", ".csv", ".j2", ".typ")
    ours = [path for path in committed() if not path.is_relative_to(ROOT / "tests")]
    texts = [path for path in ours if path.suffix in kinds]
    right = [
        f"{named(path)}"
        for path in texts
        for number in re.findall(r"(?<![\w.])[0-9]{12}(?![\w.])", path.read_text(encoding="utf-8"))
        if check(number) is None
    ]
    assert right == []


def test_the_catalogue_names_each_job_once_in_the_order_of_the_alphabet() -> None:
    named = re.findall(r'\bJob\("([a-z-]+)"', (ROOT / "jobs" / "catalogue.py").read_text(encoding="utf-8"))
    assert named == sorted(JOBS)
