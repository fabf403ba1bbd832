"""What a request says of people it says under their public codes."""

import json

import pytest

from worker.deliver.questions import under_codes


@pytest.mark.parametrize(
    ("named", "coded"),
    [
        ("a1, b2", "A1, B2"),
        ("a1", "A1"),
        ("a1, b2 and 30 more", "A1, B2 and 30 more"),
        ("x and y", "X AND Y"),
    ],
)
def test_equals_are_named_by_their_codes(named: str, coded: str) -> None:
    facts = json.dumps({"rank": "1", "people": named})
    sign = {"clause": "29", "code": "c", "why": f"place 1, equal to a1 others ({named}): so", "facts": facts}
    told = under_codes(sign, str.upper)
    assert told["why"] == f"place 1, equal to a1 others ({coded}): so"
    assert json.loads(str(told["facts"])) == {"rank": "1", "people": coded}


@pytest.mark.parametrize("facts", [None, '{"rank":"1"}'])
def test_a_sign_that_names_nobody_stays_as_it_is(facts: str | None) -> None:
    sign = {"clause": "29", "code": "c", "why": "place 1", "facts": facts}
    assert under_codes(sign, str.upper) == sign
