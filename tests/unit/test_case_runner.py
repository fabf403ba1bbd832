"""What a file of cases may say, and the sentence in which a case that does not hold says why."""

import tomllib
from pathlib import Path

import pytest
from unit.tables import ROOT

from jobs.cases import CaseFault, Outcome, read_cases, run_case, spelled_out
from jobs.iin import control_digit
from jobs.pipeline import StepFault
from worker.commands.cases import beacon_of, hear

BOOK = """
contest = "cup"
regulation = "9"
edition = "2026"
timezone = "Asia/Almaty"
contact = "first"
title = { kk = "x", ru = "x", en = "x" }
season = { day = { at = "2026-04-01 10:00" } }

[ask.jury]
title = { kk = "x", ru = "x", en = "the jury" }
clause = "3"
choices = { accept = "in", refuse = "out" }

[[stage]]
id = "first"
title = { kk = "x", ru = "x", en = "the first stage" }
clause = "1"
entries = "results"
key = "participant"
only = { stage = "stage-1" }
decided = "day"

[[stage.step]]
clause = "2"
job = "qualify"
per = ["subject"]
points = "score"
places = 2
ties = "ask"
ask = "jury"

[[stage]]
id = "last"
title = { kk = "x", ru = "x", en = "the last stage" }
clause = "4"
entries = "first"
decided = "day"

[[stage.step]]
clause = "4"
job = "require"
column = "grade"
between = [10, 11]
"""
HEAD = 'format = "cases-1"\n[usual.results]\nsubject = "Физика"\ngrade = 10\n'
CASE = '[[case]]\nclause = "2"\nsays = "What is said of a cup."\nstage = "first"\n'


def outcome(case: str, head: str = HEAD) -> Outcome:
    cases = read_cases(head + CASE + case, "cup.cases.toml")
    return run_case(tomllib.loads(BOOK), cases, cases.case[0], source="cup.toml")


def failures(case: str, head: str = HEAD) -> tuple[str, ...]:
    return outcome(case, head).failures


SCORES = 'results = { score = [9, "8,5", 7] }\n'


@pytest.mark.parametrize(
    ("expected", "failure"),
    [
        ('expect = { p01 = "in", "p02..p03" = "out" }', "p02 is in, not out (no step says anything against it)"),
        ('expect = { p03 = "in" }', "p03 is out, not in (clause 2, beyond-places: "),
        ('expect = { p03 = "undecided" }', "p03 is out, not undecided"),
        ('because = { p03 = "tied-at-border" }', "p03 was not told tied-at-border but beyond-places"),
        ('columns = { prize = { p01 = 2 } }', "no step gives a column prize; there are participant, "),
        ('columns = { score = { p02 = "8.50" } }', "the score of p02 is 8.5, not '8.50'"),
        ('columns = { score = { p03 = "7" } }', "the score of p03 is told of nobody, not '7'"),
        ('columns = { rank = { p01 = 2 } }', "the rank of p01 is 1, not 2"),
        ('evidence = { cut = [{ cut = "9" }] }', "no row of the evidence cut is"),
        ("places = 3", "2 are in, not 3"),
        ("evidence = { list = [{ points = 9 }] }", "there is no evidence list; there is "),
        ('obstacle = "waits for a file"', "the stage first is decided, and the case says that it waits for a file"),
    ],
)  # fmt: skip
def test_a_case_that_does_not_hold_says_what_is_found_instead(expected: str, failure: str) -> None:
    assert any(found.startswith(failure) for found in failures(SCORES + expected)), failures(
        SCORES + expected
    )


def test_a_case_that_holds_says_nothing() -> None:
    told = 'expect = { "p01..p02" = "in", p03 = "out" }\nbecause = { p03 = ["beyond-places"] }\nplaces = 2\n'
    assert failures(SCORES + told + 'columns = { score = { p02 = "8.5" }, grade = { p01 = 10 } }') == ()


def test_a_reason_cites_a_clause_of_its_case() -> None:
    case = SCORES + 'because = { p03 = "beyond-places" }'
    other = read_cases(HEAD + CASE.replace('clause = "2"', 'clause = "7, 8"') + case, "cup.cases.toml")
    found = run_case(tomllib.loads(BOOK), other, other.case[0], source="cup.toml")
    assert found.failures == ("beyond-places cites 2, and the case is about 7, 8",)


def test_earlier_stages_really_run_and_people_answer_what_they_ask() -> None:
    tied = 'results = { score = [9, 7, 7] }\nexpect = { p01 = "in", p02 = "in", p03 = "out" }\n'
    asked = CASE.replace('"first"', '"last"')
    with pytest.raises(CaseFault, match=r"first before it waits for people to decide p02 \(tied-at-border\)"):
        _of_last(tied)
    assert _of_last(tied + 'rulings = { p02 = "accept", p03 = "refuse" }').failures == ()
    assert _of_last(tied + 'rulings = { jury = { p02 = "accept", p03 = "refuse" } }').failures == ()
    assert "last" in asked


def _of_last(case: str) -> Outcome:
    head = CASE.replace('"first"', '"last"').replace('clause = "2"', 'clause = "4"')
    rows = case.replace("score = [9, 7, 7]", 'stage = "1", score = [9, 7, 7]')
    cases = read_cases(HEAD + head + rows, "cup.cases.toml")
    return run_case(tomllib.loads(BOOK), cases, cases.case[0], source="cup.toml")


def test_who_stands_in_an_earlier_stage_may_be_said_instead() -> None:
    rows = 'standing = { first = [{ who = "a", grade = 10 }, { who = "b", grade = 9 }] }\n'
    told = 'expect = { a = "in", b = "out" }\nbecause = { b = "grade-not-between" }'
    assert _of_last(rows + told).failures == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ('with = { qualify = { places = 1 } }', 'expect = { p01 = "in", p02 = "out" }'),
        ('with = { "1" = { places = 1 } }', 'expect = { p01 = "in", p02 = "out" }'),
        ('without = ["qualify"]', 'expect = { p03 = "in" }'),
        ('rulebook = { stage = { first = { step = [] } } }', 'expect = { p03 = "in" }'),
    ],
)  # fmt: skip
def test_the_rulebook_is_another_one_in_a_case_that_says_so(change: str, expected: str) -> None:
    assert failures(f"{SCORES}{change}\n{expected}") == ()


def test_lists_tables_ranges_and_everybody_make_rows() -> None:
    head = """
format = "cases-1"
[people]
everybody = ["results"]
[usual.results]
grade = 10
email = "{who}@example.org"
[spread.results]
score = ["subject"]
"""
    case = 'results = [{ who = "p1..p2", score = { "Физика" = 5, "Химия" = 4 }, stage = "1" }]\nplaces = 2\n'
    told = 'with = { qualify = { places = 9, ties = "extend" } }\n'
    told += 'rulebook = { stage = { first = { key = ["participant", "subject"] } } }'
    result = outcome(case.replace("places = 2", "places = 4") + told, head).result
    assert result is not None
    assert result.standing["entry"].to_list() == ["p1/Физика", "p1/Химия", "p2/Физика", "p2/Химия"]
    assert result.standing["email"].unique().sort().to_list() == ["p1@example.org", "p2@example.org"]
    usual = head.replace("grade = 10", 'grade = 10\nscore = 3\nstage = "1"')
    absent = 'expect = { a = "in", b = "out", c = "in" }\nabsent = { results = ["b"] }\n'
    everybody = outcome(absent, usual).result
    assert everybody is not None
    assert everybody.standing["entry"].to_list() == ["a", "c"]


def test_an_alias_may_be_a_made_up_iin() -> None:
    head = HEAD.replace("[usual", '[people]\nids = "iin"\nborn = "131231"\n[usual')
    result = outcome('results = { score = [9] }\nexpect = { p01 = "in" }', head).result
    assert result is not None
    (iin,) = result.standing["entry"]
    assert iin.startswith("131231")
    assert iin[-1] == str(control_digit(iin[:-1]))


def test_what_the_reader_refuses_fails_unless_the_case_says_so() -> None:
    rows = 'results = [{ who = "a", score = "много" }, { who = "b", score = 3 }]\n'
    assert failures(f'{rows}expect = {{ b = "in" }}') == (
        "row 1 of results is refused: score is no number of points such as 60, 59.5 or 59 1/3",
    )
    assert failures(f'{rows}expect = {{ b = "in" }}\nrefused = {{ results = ["score"] }}') == ()
    assert failures(f'{rows}refused = {{ results = ["grade", "score"] }}') == (
        "no row of results is refused for its grade",
    )


def test_a_stage_that_nobody_sent_a_file_to_says_so() -> None:
    assert failures('results = []\nobstacle = "waits for a file of results"') == ()
    assert failures('expect = { a = "in" }') == (
        "the stage first cannot be decided: it waits for a file of results for the first stage",
    )


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        ("", "expects nothing"),
        ('expect = { a = "within" }', "case.0.expect.a: Input should be 'in', 'out' or 'undecided'"),
        ('lists = []\nexpect = { a = "in" }', "lists is neither a key of a case nor a feed"),
        ('results = [{ who = "a", marks = 3 }]\nexpect = { a = "in" }', "results has no column marks"),
        (SCORES + 'with = { top = { places = 1 } }\nplaces = 1', "no step is called 'top'; there are 1, qualify"),
        ('results = [{ who = "a", score = { x = 3 } }]\nplaces = 1', "spread.results.score does not say"),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_out_is_one_sentence(case: str, fault: str) -> None:
    with pytest.raises(CaseFault) as caught:
        outcome(case)
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_sentence_stands_once_in_a_file() -> None:
    twice = CASE + "places = 1\n"
    with pytest.raises(CaseFault, match="stands twice"):
        read_cases(HEAD + twice + twice, "cup.cases.toml")


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("p08..p11", ["p08", "p09", "p10", "p11"]),
        ("9..11", ["9", "10", "11"]),
        ("11..9", ["11", "10", "9"]),
        ("39A 1*..37A 3*", ["39A 1*", "38A 2*", "37A 3*"]),
        ("t1-2..t2-2", ["t1-2", "t2-2"]),
        ("both/Физика", ["both/Физика"]),
        ("p1..q3", ["p1..q3"]),
        ("1-1..3-2", ["1-1..3-2"]),
        ("a1..b99999999999999", ["a1..b99999999999999"]),
        ("и т. д...", ["и т. д..."]),
    ],
)
def test_two_texts_that_differ_in_numbers_stand_for_those_between(text: str, spelt: list[str]) -> None:
    assert spelled_out(text) == spelt


# --- rows that are called otherwise than their people, several usual rows, answers, made-up people ---


def test_a_row_may_be_called_otherwise_than_its_person_and_lists_count() -> None:
    head = HEAD.replace("grade = 10", 'grade = 10\nemail = "{called}@example.org"')
    per = 'rulebook = { stage = { first = { key = ["participant", "subject"] } } }\n'
    rows = 'results = [{ who = "a", called = "physics", score = 9 }, '
    rows += '{ who = "a", called = "{who}2", subject = "Химия", score = 1 }]\n'
    told = 'with = { qualify = { places = 1, per = ["grade"] } }\nexpect = { physics = "in", a2 = "out", a = "in" }\n'
    found = outcome(rows + per + told, head)
    assert found.failures == ()
    assert found.result is not None
    assert found.result.standing["email"].to_list() == ["physics@example.org"]
    counted = outcome('results = { who = ["a8..a11"], score = ["12..9"] }\ncolumns = { score = { a10 = 10 } }\n'
                      'with = { qualify = { places = 4 } }', HEAD)  # fmt: skip
    assert counted.failures == ()


SEVERAL = """
format = "cases-1"
[people]
everybody = ["results"]
[[usual.results]]
stage = "stage-1"
subject = "Физика"
grade = 10
score = 5
[[usual.results]]
stage = "stage-2"
subject = "Физика"
grade = 9
score = 4
"""


def test_everybody_has_each_of_several_usual_rows_and_a_written_one_is_of_the_row_whose_cell_it_has() -> None:
    case = 'results = [{ who = "a", score = 7 }, { who = "b", stage = "stage-2", score = 1 }]\n'
    told = (
        'expect = { a = "in", b = "in" }\ncolumns = { score = { a = 7, b = 5 }, grade = { a = 10, b = 10 } }'
    )
    assert failures(case + told, SEVERAL) == ()
    later = case + 'rulebook = { stage = { first = { only = { stage = "stage-2" } } } }\n'
    of_later = "columns = { score = { a = 7, b = 1 }, grade = { a = 9, b = 9 } }"
    assert failures(later + of_later, SEVERAL) == ()


def test_answers_are_spelled_out_and_a_star_is_a_wrong_answer_of_ones_own() -> None:
    table = BOOK.replace('entries = "results"', 'entries = "sheets"').replace(
        '[[stage.step]]\nclause = "2"', '[[stage.step]]\nclause = "2"', 1
    )
    head = 'format = "cases-1"\n[usual.sheets]\nvariant = 1\n'
    rows = 'sheets = { who = ["a", "b"], answers = ["2A . 2B 3*", "2A . 2B 3*"] }\nwithout = ["qualify"]\nplaces = 2'
    cases = read_cases(head + CASE + rows, "cup.cases.toml")
    found = run_case(tomllib.loads(table), cases, cases.case[0], source="cup.toml")
    assert found.failures == ()
    assert found.result is not None
    first, second = found.result.standing["answers"]
    assert (first[:5], second[:5]) == ("AA.BB", "AA.BB")
    assert all(mine != other for mine, other in zip(first[6:], second[6:], strict=True))
    assert "A" not in first[5:] + second[5:]


def test_answers_that_are_none_are_one_sentence() -> None:
    cases = read_cases(
        'format = "cases-1"\n' + CASE + 'sheets = [{ who = "a", answers = "A36" }]\nplaces = 1',
        "cup.cases.toml",
    )
    with pytest.raises(CaseFault, match="'A36' are no answers; write them as in 36A 4B"):
        run_case(tomllib.loads(BOOK), cases, cases.case[0], source="cup.toml")


def test_a_prize_that_nobody_holds_cannot_be_annulled() -> None:
    folder = ROOT / "contests"
    cases = read_cases((folder / "bilimclass-curator.cases.toml").read_text(encoding="utf-8"), "cases")
    case = next(each for each in cases.case if each.annul).model_copy(update={"annul": [6]})
    table = tomllib.loads((folder / "bilimclass-curator.toml").read_text(encoding="utf-8"))
    with pytest.raises(CaseFault, match="prize 6 cannot be annulled: one person must hold it"):
        run_case(table, cases, case, source="bilimclass-curator.toml", beacon=beacon_of)


def test_somebody_made_up_may_be_born_on_a_day() -> None:
    head = HEAD.replace("grade = 10", 'grade = 10\nemail = "{iin 080121}@example.org"')
    result = outcome('results = { score = [9] }\nexpect = { p01 = "in" }', head).result
    assert result is not None
    (email,) = result.standing["email"]
    iin = email.partition("@")[0]
    assert iin.startswith("0801215")
    assert iin[-1] == str(control_digit(iin[:-1]))


def test_a_step_of_an_earlier_stage_is_named_with_its_stage() -> None:
    rows = 'results = { score = [9, 7, 7] }\nwith = { "first qualify" = { places = 1 } }\n'
    assert _of_last(rows + 'expect = { p01 = "in", "p02..p03" = "out" }').failures == ()
    with pytest.raises(CaseFault, match="no step is called 'last require'; there are"):
        outcome(SCORES + 'with = { "last require" = { between = [1, 2] } }\nplaces = 2')


@pytest.mark.parametrize(
    ("expected", "failure"),
    [
        ("evidence_rows = { cut = 1 }", None),
        ("evidence_rows = { cut = 2 }", "the evidence cut has 1 rows, not 2"),
        ("evidence_rows = { list = 0 }", None),
        ("evidence.standing = { entry = ['p01', 'p02'], rank = [1, 2] }", None),
        ("evidence.standing = { entry = ['p01', 'p02'], rank = [1, 1] }", "no row of the evidence standing is"),
        ('moments = { decided = "2026-04-01 10:00" }', None),
        ('moments = { decided = "2026-04-01 10:01" }', "the moment decided of first is 2026-04-01 05:00:00+00:00"),
        ('moments = { draw = "2026-04-01 10:00" }', "the moment draw of first is None"),
    ],
)  # fmt: skip
def test_what_stands_beside_the_verdicts_is_counted_and_timed(expected: str, failure: str | None) -> None:
    found = failures(SCORES + expected)
    assert (found == ()) if failure is None else found[0].startswith(failure), found


def test_a_file_that_does_not_say_its_format_is_not_run_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "cup.toml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "cup.cases.toml").write_text(CASE + "places = 1\n", encoding="utf-8")
    heard = hear(tmp_path / "cup.toml", tmp_path / "cup.cases.toml")
    assert (heard.outcomes, heard.fault) == ((), "cup.cases.toml: format: Field required")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ('become = "nowhere"\n', "stage last, become: no stage before it gives the column nowhere"),
        (
            '\n[[stage.step]]\nclause = "4"\njob = "age"\nask = "jury"\n'
            'column = "stage"\non = ["nowhere"]\nleast = 14\n',
            r"stage last, step 1 \(age\) reads the column nowhere, which",
        ),
    ],
)
def test_a_column_that_nothing_gives_is_one_sentence(wrong: str, says: str) -> None:
    head, mark, tail = BOOK.partition('entries = "first"\ndecided = "day"\n')
    cases = read_cases(
        HEAD
        + CASE.replace('"first"', '"last"')
        + 'results = { stage = "stage-1", score = [9, 8] }\nplaces = 1',
        "cup.cases.toml",
    )
    with pytest.raises(StepFault, match=says):
        run_case(tomllib.loads(head + mark + wrong + tail), cases, cases.case[0], source="cup.toml")


def test_a_step_before_the_one_that_gives_what_it_reads_is_one_sentence() -> None:
    misplaced = BOOK.replace('column = "grade"\nbetween = [10, 11]', 'column = "place"\nbetween = [1, 2]')
    cases = read_cases(
        HEAD
        + CASE.replace('"first"', '"last"')
        + 'results = { stage = "stage-1", score = [9, 8] }\nplaces = 1',
        "cup.cases.toml",
    )

    with pytest.raises(
        StepFault, match=r"^cup: stage last, step 1 \(require\) reads the column place, which"
    ):
        run_case(tomllib.loads(misplaced), cases, cases.case[0], source="cup.toml")
