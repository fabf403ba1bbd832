"""Who tells of people, and who does not."""

import pytest
from unit.tables import ROOT

from worker.bootstrap import load_rulebook
from worker.deliver.people import tellers


@pytest.mark.parametrize("contest", ["subject-olympiad", "science-projects"])
def test_whoever_appeals_in_a_childs_name_does_not_say_where_others_write_to(contest: str) -> None:
    rulebook = load_rulebook(ROOT / "contests" / f"{contest}.toml")
    appeals = [stage.id for stage in rulebook.stages if stage.entries == "appeals"]

    told_by = [stage.id for stage in tellers(rulebook, "winners")]

    assert appeals
    assert not set(appeals) & set(told_by)
    assert "winners" not in told_by
    assert told_by == sorted(told_by, key=[stage.id for stage in rulebook.stages].index, reverse=True)
