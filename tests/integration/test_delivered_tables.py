"""What a delivery tells of besides its stage's tables belongs to the run: rows that come later change no byte of it,
and a stage that still waits is decided again with them."""

import shutil
from pathlib import Path

import pytest
from award_season import CONTEST, at, drop
from sites import NOBODY, Bench
from test_score_sheets import BENCH, ENTRANTS, JURORS, PEOPLE, RULEBOOK, forms

from worker.commands.init import init_site
from worker.commands.rehearse import adjust
from worker.store import tables

SENDER = f"""
[senders.trial]
contests = ["{CONTEST}"]
feeds = ["entrants", "jurors", "scores", "decisions"]
complete = "stable"
"""
ASKING = """decided = "entered"

[[stage.step]]
clause = "9"
job = "require"
column = "teacher"
is = "present"
unknown = "undecided"
ask = "jury"
"""
NEW_BENCH = [*BENCH, ("j4", "мүше", "Жаңа Ж.", "Скрипка")]
BEFORE, DUE = at("2027-02-01 10:00"), at("2027-03-01 10:00")


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a jury and three entrants in its inbox."""
    root = tmp_path_factory.mktemp("delivered") / "site"
    init_site(root, [CONTEST], quietly=True)
    (root / "contests" / f"{CONTEST}.toml").write_text(RULEBOOK, encoding="utf-8")
    settings = root / "settings.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + SENDER, encoding="utf-8")
    adjust(root, "127.0.0.1", NOBODY)
    bench = Bench(root, BEFORE)
    drop(bench, "jury.csv", JURORS, BENCH)
    drop(bench, "entrants.csv", ENTRANTS, PEOPLE)
    bench.close()
    return root


def opened(pattern: Path, folder: Path) -> Bench:
    shutil.copytree(pattern, folder)
    bench = Bench(folder, BEFORE)
    bench.work(BEFORE)
    return bench


def decide_only(bench: Bench) -> None:
    """The stage is decided, and the worker is gone before anything is published."""
    bench.clock.advance_to(DUE)
    bench.parts.stages.run_due(DUE)


def published(bench: Bench) -> dict[str, bytes]:
    return {code: path.read_bytes() for code, path in forms(bench).items()}


def inputs(bench: Bench) -> list[str]:
    return [row["inputs"] for row in bench.rows(tables.runs) if row["stage"] == "entered"]


def test_jurors_who_come_between_the_run_and_its_delivery_change_no_byte_of_it(
    pattern: Path, tmp_path: Path
) -> None:
    undisturbed, disturbed = (opened(pattern, tmp_path / name) for name in ("one", "other"))
    undisturbed.work(DUE)
    decide_only(disturbed)
    drop(disturbed, "jury.csv", JURORS, NEW_BENCH)
    disturbed.close()
    resumed = Bench(tmp_path / "other", DUE)
    resumed.work(DUE)
    assert "j4" in {row["juror"] for row in resumed.counted("jurors")}
    assert len(published(undisturbed)) == len(BENCH) - 1  # the secretary marks nobody
    assert published(resumed) == published(undisturbed)
    assert inputs(resumed) == inputs(undisturbed)
    for bench in (undisturbed, resumed):
        bench.close()


def test_another_list_of_jurors_before_the_run_is_another_run(pattern: Path, tmp_path: Path) -> None:
    plain, other = (opened(pattern, tmp_path / name) for name in ("plain", "other"))
    drop(other, "jury.csv", JURORS, NEW_BENCH)
    for bench in (plain, other):
        bench.work(DUE)
        bench.close()
    assert inputs(plain) != inputs(other)
    assert published(other).keys() > published(plain).keys()


def test_a_stage_that_waits_is_decided_again_when_the_list_of_jurors_changes(
    pattern: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    shutil.copytree(pattern, folder)
    path = folder / "contests" / f"{CONTEST}.toml"
    path.write_text(RULEBOOK.replace('deliver = ["score-sheets"]', "").replace(
        'decided = "entered"\n', 'deliver = ["score-sheets"]\n' + ASKING
    ).replace('on_sheets = ["surname", "nomination"]\n', ""), encoding="utf-8")  # fmt: skip
    bench = Bench(folder, BEFORE)
    drop(bench, "entrants.csv", ENTRANTS, [*PEOPLE, ("p4", "Скрипка", "Журавлёва", "София", "", "ru")])
    bench.work(DUE)
    drop(bench, "jury.csv", JURORS, NEW_BENCH)
    bench.work(DUE)
    assert len(inputs(bench)) == 2
    assert len(set(inputs(bench))) == 2
    assert sum(row["stage"] == "entered" for row in bench.rows(tables.requests)) == 1
    bench.close()
