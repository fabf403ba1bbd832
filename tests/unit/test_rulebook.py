"""Everything wrong with a rulebook is found when it loads, in one sentence that names the file and the key."""

import hashlib

import pytest
from unit.tables import MYN_BALA, at, rulebook

from jobs.rulebook import RulebookFault, load

TEXT = MYN_BALA.read_text(encoding="utf-8")


def changed(old: str, new: str) -> str:
    assert old in TEXT, f"the rulebook no longer has {old!r}"
    return TEXT.replace(old, new, 1)


def fault(text: str) -> str:
    with pytest.raises(RulebookFault) as caught:
        load(text, "contests/x.toml")
    return str(caught.value)


def test_myn_bala_loads_with_its_windows_stages_and_readings() -> None:
    book = rulebook()
    assert [stage.id for stage in book.stages] == [
        "registration",
        "stage-1",
        "stage-2",
        "winners",
        "admission",
    ]
    assert book.windows["registration"].closes_at == at("2026-02-14 00:00")
    assert book.stage("registration").decided_at == at("2026-02-16 10:00")
    assert book.stage("winners").decided_at == at("2026-05-18 10:00")
    assert {question for question, _ in book.readings} >= {"Q18", "Q19", "Q20", "Q21", "Q22", "Q23, Q24"}
    assert book.digest == hashlib.sha256(TEXT.encode()).hexdigest()


def test_every_step_cites_a_clause_and_every_doubtful_step_names_who_decides() -> None:
    for stage in rulebook().stages:
        for step in stage.steps:
            assert step.clause
            notes = step.given.get("verdict") == "in"
            doubtful = (step.job.asks and not notes) or step.given.get("verdict") == "undecided"
            assert (step.ask in rulebook().asks) == doubtful


def test_asks_are_of_people_for_a_lot_or_about_absentees() -> None:
    kinds = {name: ask.kind for name, ask in rulebook().asks.items()}
    assert kinds == {
        "ministry": "people", "integrity-commission": "people", "operator": "people", "answer-key": "people",
        "lot": "lot", "test-centre": "absentees",
    }  # fmt: skip
    assert {name for name, ask in rulebook().asks.items() if ask.lot} == {"lot"}


@pytest.mark.parametrize("name", ["stage-1", "stage-2"])
def test_a_stage_of_sheets_asks_about_the_absent_the_doubled_and_the_untimely(name: str) -> None:
    stage = rulebook().stage(name)
    assert stage.absent == "test-centre"
    assert stage.latest is not None and stage.latest.twice == "integrity-commission"
    assert stage.from_earlier == ("school_id", "class", "region")
    first = stage.steps[0]
    assert (first.job.name, first.given["verdict"], first.ask) == (
        "during",
        "undecided",
        "integrity-commission",
    )
    assert first.given["window"] == rulebook().windows[name]


def test_a_stage_reads_its_own_feed_and_those_of_its_steps() -> None:
    assert rulebook().stage("registration").feeds == {"registrations", "roster"}
    assert rulebook().stage("stage-1").feeds == {"sheets", "keys"}
    assert rulebook().stage("winners").feeds == {"quotas"}
    assert rulebook().stage("admission").feeds == {"quotas", "applications"}


def test_a_stage_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises((KeyError, StopIteration)):
        rulebook().stage("stage-9")


def test_a_window_without_files_by_is_decided_when_it_closes() -> None:
    book = load(changed(', files_by = "2026-02-16 10:00"', ""), "x")
    assert book.stage("registration").decided_at == at("2026-02-14 00:00")


FAULTS = {
    "not toml": (changed("contest = ", "contest == "), "line"),
    "unknown key of the file": ('surprise = "x"\n' + TEXT, "surprise"),
    "missing key of the file": (changed('regulation = "002"\n', ""), "regulation"),
    "unknown zone": (changed('timezone = "Asia/Almaty"', 'timezone = "Asia/Almaata"'), "Asia/Almaata"),
    "title without kk": (changed('kk = "«Мың бала» ауыл', 'xx = "«Мың бала» ауыл'), "title"),
    "title in two languages": (
        changed('en = "“Myn Bala” national intellectual olympiad for rural schools"\n', ""),
        "title",
    ),
    "unknown key of a period": (changed("days = 30", "weeks = 4"), "season.registration.weeks"),
    "days that are no number": (changed("days = 30", 'days = "thirty"'), "season.registration.days"),
    "no days at all": (changed("days = 30", "days = 0"), "season.registration.days"),
    "days and closes": (
        changed("days = 30", 'days = 30, closes = "2026-03-01 09:00"'),
        "season.registration",
    ),
    "neither days nor closes": (changed(", days = 30", ""), "season.registration"),
    "at beside opens": (changed("days = 30", 'days = 30, at = "2026-03-01 09:00"'), "season.registration"),
    "files_by before close": (
        changed('files_by = "2026-02-16 10:00"', 'files_by = "2026-02-13 10:00"'),
        "season.registration.files_by",
    ),
    "closes before opens": (
        changed('closes = "2026-02-22 18:00"', 'closes = "2026-02-20 08:00"'),
        "season.stage-1",
    ),
    "ambiguous local time": (
        changed('opens = "2026-01-15 09:00"', 'opens = "2024-02-29 23:30"'),
        "season.registration",
    ),
    "no time": (changed('at = "2026-05-18 10:00"', 'at = "mid-May"'), "season.winners"),
    "a day alone as a moment": (changed('at = "2026-05-18 10:00"', 'at = "2026-05-18"'), "season.winners"),
    "contact that is no stage": (changed('contact = "registration"', 'contact = "reception"'), "contact"),
    "assumption about no feed": (changed("[assume.roster]", "[assume.lists]"), "assume.lists"),
    "assumption about no column": (
        changed('locality = "rural"    #', 'planet = "earth"    #'),
        "assume.roster.planet",
    ),
    "a choice that does neither": (
        changed('listed = "in"', 'listed = "maybe"'),
        "ask.ministry.choices.listed",
    ),
    "unknown key of an ask": (changed('kind = "lot"', 'sort = "lot"'), "ask.lot.sort"),
    "the old key of a lot": (changed('kind = "lot"', "lot = true"), "ask.lot.lot"),
    "a kind of ask nobody knows": (changed('kind = "lot"', 'kind = "oracle"'), "ask.lot.kind"),
    "absentees nobody is asked about": (
        changed('absent = "test-centre"', 'absent = "test-center"'),
        "stage stage-1, absent: test-center",
    ),
    "absentees asked of those who decide on people": (
        changed('absent = "test-centre"', 'absent = "operator"'),
        "stage stage-1, absent: operator",
    ),
    "strangers nobody is asked about": (
        changed('absent = "test-centre"', 'strangers = "somebody"'),
        "stage stage-1, strangers: somebody",
    ),
    "strangers asked of those whom a step asks": (
        changed('absent = "test-centre"', 'strangers = "integrity-commission"'),
        "stage stage-1, strangers: needs",
    ),
    "strangers among nobody": (
        changed('among = "registration"', 'strangers = "operator"'),
        "stage stage-1, strangers: needs",
    ),
    "two records nobody is asked about": (
        changed('twice = "integrity-commission"', 'twice = "somebody"'),
        "stage stage-1, latest.twice: somebody",
    ),
    "unknown key of latest": (changed('twice = "integrity-commission"', 'both = "operator"'), "latest.both"),
    "unknown key of a stage": (changed('key = "iin"', 'keys = "iin"'), "stage.0.keys"),
    "entries that are no feed": (changed('entries = "registrations"', 'entries = "registers"'), "registers"),
    "entries of a later stage": (changed('entries = "stage-2"', 'entries = "admission"'), "admission"),
    "waiting for a later stage": (
        changed('among = "registration"', 'among = "registration"\nwaits_for = ["winners"]'),
        "stage stage-1, waits_for",
    ),
    "among a later stage": (changed('among = "registration"', 'among = "winners"'), "stage stage-1, among"),
    "decided at no moment": (changed('decided = "registration"', 'decided = "christmas"'), "christmas"),
    "the same stage twice": (changed('id = "stage-2"', 'id = "stage-1"'), "stage stage-1"),
    "a key that is no column": (changed('key = "iin"', 'key = "passport"'), "passport"),
    "latest by no column": (
        changed('by = "registered_at"', 'by = "sent_at"'),
        "stage registration, latest.by",
    ),
    "latest within no window": (
        changed('within = "registration" }', 'within = "summer" }'),
        "stage registration, latest.within",
    ),
    "only of no column": (
        changed('only = { stage = "stage-1" }', 'only = { level = "stage-1" }'),
        "only.level",
    ),
    "except of no column": (
        changed('only = { stage = "stage-1" }', 'except = { level = ["stage-1"] }'),
        "except.level",
    ),
    "except of nothing": (
        changed('only = { stage = "stage-1" }', "except = { stage = [] }"),
        "except.stage",
    ),
    "from_earlier of no column": (
        changed('from_earlier = ["school_id",', 'from_earlier = ["school_code",'),
        "from_earlier.school_code",
    ),
    "the old key of from_earlier": (
        changed('from_earlier = ["school_id",', 'fill = ["school_id",'),
        "stage.1.fill",
    ),
    "undecided with nobody to ask": (
        changed('verdict = "undecided"\nask = "integrity-commission"\n', 'verdict = "undecided"\n'),
        "stage stage-1, step 1, ask",
    ),
    "a verdict that is none": (changed('verdict = "undecided"', 'verdict = "maybe"'), "during.verdict"),
    "a zone of its own": (
        changed('is = "adult-iin"', 'is = "adult-iin"\nzone = "UTC"'),
        "stage registration, step 3",
    ),
    "a delivery nobody makes": (changed('"school-lists"', '"school-songs"'), "deliver"),
    "unknown job": (changed('job = "match"', 'job = "matchmaking"'), "stage registration, step 7"),
    "no job": (changed('job = "match" ', ""), "stage registration, step 7"),
    "missing clause": (
        changed('clause = "1"\njob = "during"', 'job = "during"'),
        "stage registration, step 1",
    ),
    "empty clause": (
        changed('clause = "1"\njob = "during"', 'clause = ""\njob = "during"'),
        "stage registration, step 1",
    ),
    "unknown key of a step": (
        changed('column = "registered_at"', 'field = "registered_at"'),
        "stage registration, step 1",
    ),
    "unknown window": (changed('window = "registration"', 'window = "summer"'), "during.window"),
    "unknown feed": (changed('feed = "roster"', 'feed = "lists"'), "match.feed"),
    "unknown ask": (changed('ask = "ministry"', 'ask = "minister"'), "minister"),
    "an ask where nothing is asked": (changed('job = "during"', 'job = "during"\nask = "nobody"'), "nobody"),
    "no ask where one is needed": (changed('ask = "ministry"\n', ""), "stage registration, step 7"),
    "a reading that is no text": (changed('job = "during"', 'job = "during"\nreading = 18'), "reading"),
    "per that is no list": (changed('job = "during"', 'job = "during"\nper = "region"'), "per"),
    "wrong type": (
        changed("shorter_than = 30      #", 'shorter_than = "30"      #'),
        "duration.shorter_than",
    ),
    "wrong value": (changed('ties = "extend"', 'ties = "stretch"'), "top.ties"),
    "a share that is none": (changed('above = "90 %"', 'above = "most"'), "integrity.above"),
    "a job that is no text": (changed('job = "during"', 'job = ["during"]'), "step 1"),
    "an empty list": (changed('on = ["iin"]', "on = []"), "match.on: is empty"),
    "choices that are no texts": (changed("choices = {}", "choices = [[]]"), "choices"),
    "a contest with an odd name": (changed('contest = "myn-bala"', 'contest = "Мың бала"'), "contest"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_faulty_rulebook_is_refused_in_one_sentence_with_file_and_key(what: str) -> None:
    text, key = FAULTS[what]
    said = fault(text)
    assert said.startswith("contests/x.toml: ")
    assert key in said
    assert said.endswith(".") and "\n" not in said and ".." not in said


def test_an_ambiguous_time_says_both_ways_to_write_it() -> None:
    said = fault(FAULTS["ambiguous local time"][0])
    assert '"2024-02-29 23:30+06:00"' in said and '"2024-02-29 23:30+05:00"' in said
    mended = changed('opens = "2026-01-15 09:00"', 'opens = "2024-02-29 23:30+06:00"')
    assert load(mended, "x").windows["registration"].opens_at == at("2024-02-29 23:30+06:00")


# --- rows of the list of rules, and other ways to read ---

OLYMPIAD = """
contest = "olympiad"
regulation = "004"
edition = "2026"
timezone = "Asia/Almaty"
contact = "winners"
title = { kk = "x", ru = "x", en = "x" }

[season]
stage-2 = { at = "2025-12-20 18:00" }
stage-4 = { at = "2026-04-03 18:00" }

[ask.jury]
title = { kk = "x", ru = "x", en = "the jury" }
clause = "29"
choices = { extend = "in", exclude = "out" }

[readings]
cycles = "which subject is of which cycle"

[[stage]]
id = "places"
title = { kk = "x", ru = "x", en = "x" }
clause = "17"
entries = "results"
key = "participant"
decided = "stage-2"

[[stage.step]]
clause = "17"
job = "qualify"
points = "score"
places = 3
sent_by = ["unit"]
whole = { NIS = 6 }
ties = "ask"
ask = "jury"
reading = "Q38: the best of each unit; Q39: of equal scores people choose"

[[stage]]
id = "winners"
title = { kk = "x", ru = "x", en = "x" }
clause = "28"
entries = "results"
key = "participant"
decided = "stage-4"

[[stage.step]]
clause = "28"
job = "qualify"
points = "score"
share = "45 %"
rounding = "half-up"
ties = "ask"
ask = "jury"
reading = "Q42: 45 % rounded to the nearest; Q39: of equal scores people choose"
"""
ROUNDING = 'rounding = "half-up"'


def olympiad_with(line: str, *, above: str = "") -> str:
    assert ROUNDING in OLYMPIAD
    return OLYMPIAD.replace(ROUNDING, f"{line}\n{ROUNDING}", 1).replace(
        "[readings]", f"{above}\n[readings]", 1
    )


def test_rows_stand_on_steps_stages_and_asks_and_in_the_two_tables_of_the_others() -> None:
    tables = (
        '[elsewhere]\n004-226 = "letters: by hand"\n[not-executed]\n004-206 = "the access log is elsewhere"'
    )
    book = load(olympiad_with('rows = ["004-227", "X-01"]', above=tables), "x.toml")
    assert book.stage("winners").steps[0].rows == ("004-227", "X-01")
    assert dict(book.elsewhere) == {"004-226": "letters: by hand"}
    assert list(book.not_executed) == ["004-206"]


@pytest.mark.parametrize("row", ["4-227", "004-2", "004_227", "X-1", "Q42"])
def test_what_is_no_row_of_the_list_is_refused(row: str) -> None:
    with pytest.raises(RulebookFault, match=r"stage winners, step 1: rows\.0"):
        load(olympiad_with(f'rows = ["{row}"]'), "x.toml")
    with pytest.raises(RulebookFault, match="elsewhere"):
        load(olympiad_with("", above=f'[elsewhere]\n"{row}" = "another part of it"'), "x.toml")


def test_a_row_that_a_step_carries_out_is_not_among_those_that_nothing_does() -> None:
    above = '[not-executed]\n004-227 = "nobody can say"'
    with pytest.raises(RulebookFault, match=r"not-executed\.004-227: a step, stage, request"):
        load(olympiad_with('rows = ["004-227"]', above=above), "x.toml")


def test_what_is_left_over_of_a_row_is_of_one_that_something_carries_out() -> None:
    left = '[in-part]\n004-227 = "nobody can see the rest of it"'
    book = load(olympiad_with('rows = ["004-227"]', above=left), "x.toml")
    assert book.in_part == {"004-227": "nobody can see the rest of it"}
    with pytest.raises(RulebookFault, match=r"in-part\.004-227: nothing carries that row out"):
        load(olympiad_with("", above=left), "x.toml")


def test_a_reading_has_the_other_ways_to_read_it_built_and_named() -> None:
    book = load(olympiad_with('or.Q42 = [{ rounding = "floor" }, { rounding = "ceil" }]'), "x.toml")
    others = [other for other in book.alternatives if other.says.startswith("rounding")]
    assert [(other.question, other.says) for other in others] == [
        ("Q42", 'rounding = "floor"'),
        ("Q42", 'rounding = "ceil"'),
    ]
    read = [other.rulebook.stage("winners").steps[0].given["rounding"] for other in others]
    assert read == ["floor", "ceil"]
    assert book.stage("winners").steps[0].given["rounding"] == "half-up"
    assert {other.rulebook.digest for other in others} == {book.digest}


def test_what_is_written_alike_under_one_reading_in_two_steps_is_one_other_way() -> None:
    text = OLYMPIAD.replace('ties = "ask"', 'or.Q39 = [{ ties = "extend" }]\nties = "ask"')
    (other,) = load(text, "x.toml").alternatives
    assert other.places == ("stage places, step 1", "stage winners, step 1")
    assert {stage.steps[0].given["ties"] for stage in other.rulebook.stages} == {"extend"}


def test_another_way_may_lie_over_the_whole_rulebook() -> None:
    changes = 'season.stage-2.at = "2025-12-21 18:00", stage.winners.decided = "stage-2"'
    above = f"[or]\ncycles = [{{ {changes} }}]"
    (other,) = (
        each
        for each in load(olympiad_with("", above=above), "x.toml").alternatives
        if each.question == "cycles"
    )
    assert other.says == changes
    assert other.rulebook.moments["stage-2"] == at("2025-12-21 18:00")
    assert other.rulebook.stage("winners").decided_at == other.rulebook.moments["stage-2"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('or.Q41 = [{ rounding = "floor" }]', "Q41 is no reading"),
        ('or.Q42 = [{ rounding = "down" }]', "or.Q42: stage winners, step 1: qualify.rounding"),
        ('or.Q42 = [{ round = "floor" }]', "or.Q42: stage winners, step 1: qualify has no key 'round'"),
        ("or.Q42 = []", "or.Q42"),
        ("or.Q42 = [{}]", "or.Q42"),
    ],
)
def test_a_fault_in_another_way_to_read_is_found_when_the_rulebook_loads(line: str, what: str) -> None:
    with pytest.raises(RulebookFault, match=what):
        load(olympiad_with(line), "x.toml")


def test_another_way_that_changes_a_stage_nobody_wrote_is_refused() -> None:
    above = '[or]\ncycles = [{ stage.winner.decided = "stage-2" }]'
    with pytest.raises(
        RulebookFault, match=r"x\.toml: stage winner is to be changed, and there are places, winners"
    ):
        load(olympiad_with("", above=above), "x.toml")


def test_lines_of_one_name_in_several_steps_are_one_other_way_whatever_keys_they_change() -> None:
    text = olympiad_with('or.Q42 = [{ way = "gentle", rounding = "ceil" }]')
    text = text.replace('job = "qualify"', 'job = "qualify"\nor.Q42 = [{ way = "gentle", places = 9 }]', 1)
    (other,) = (each for each in load(text, "x.toml").alternatives if each.question == "Q42")
    assert (other.says, len(other.places)) == ("gentle", 2)
    assert other.rulebook.stage("winners").steps[0].given["rounding"] == "ceil"
    assert other.rulebook.stage("places").steps[0].given["places"] == 9


def test_two_readings_in_one_line_are_two() -> None:
    questions = [question for question, _ in load(OLYMPIAD, "x.toml").readings]
    assert questions == ["cycles", "Q38", "Q39", "Q42", "Q39"]


def test_another_way_may_leave_keys_of_a_step_away() -> None:
    text = OLYMPIAD.replace("whole = {", 'or.Q38 = [{ without = ["whole"] }]\nwhole = {', 1)
    (other,) = (each for each in load(text, "x.toml").alternatives if each.question == "Q38")
    assert other.says == 'without = ["whole"]'
    assert "whole" not in other.rulebook.stage("places").steps[0].given
