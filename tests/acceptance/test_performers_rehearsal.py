"""A whole season of performers: from applications over the lot, the jury and those who decide to mailed diplomas."""

from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from rehearsed import rehearsed, settled, sheets_read, table

from jobs.draw1 import check_protocol, parse_protocol

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    return rehearsed(tmp_path_factory.mktemp("performers"), "performers")


def diplomas(site: Path) -> int:
    return len([*site.glob("diplomas/*.pdf"), *site.glob("outbox/operator/*/diploma-*.pdf")])


def test_stages_of_performers_wait_for_people_and_go_on_when_they_have_decided(
    season: tuple[Path, str],
) -> None:
    site, said = season
    asked = {path.name for path in (site / "outbox" / "requests" / "performers").iterdir()}
    assert asked == {
        "performers.entered.committee.1", "performers.order.lot.1", "performers.concert.laureate.1",
        "score-sheets",
    }  # fmt: skip
    assert settled(said, "applications")[0] == 2
    assert settled(said, "the final concert")[0] == 2


def test_every_round_s_jury_fills_in_its_score_sheets_and_they_are_read(season: tuple[Path, str]) -> None:
    assert sheets_read(season[0], "performers") == {"round-1": 5, "round-2": 5, "round-3": 5}


def test_the_order_of_performance_is_published_and_follows_from_the_lot_alone(
    season: tuple[Path, str],
) -> None:
    public = season[0] / "outbox" / "public" / "performers"
    protocol = parse_protocol((public / "draw" / "performers-2026-2027-order" / "protocol.json").read_bytes())
    assert check_protocol(protocol) == []
    drawn = [code for code, _ticket in protocol["ranking"]]
    listed = table(public / "order.csv")
    assert sorted(row["code"] for row in listed) == sorted(drawn)
    for nomination in {row["nomination"] for row in listed}:
        of_it = [row for row in listed if row["nomination"] == nomination]
        assert [row["code"] for row in of_it] == [
            code for code in drawn if code in {row["code"] for row in of_it}
        ]
        assert [row["performance"] for row in of_it] == [str(number + 1) for number in range(len(of_it))]


def test_no_name_stands_in_the_published_order(season: tuple[Path, str]) -> None:
    home = season[0] / "outbox"
    named = table(home / "operator" / "performers" / "order-named.csv")
    public = (home / "public" / "performers" / "order.csv").read_text(encoding="utf-8")
    assert named
    assert not any(row[name] in public for row in named for name in ("participant", "surname"))


def test_who_reached_a_band_is_mailed_a_diploma_and_the_tied_vote_was_the_chairs(
    season: tuple[Path, str],
) -> None:
    site, said = season
    results = table(site / "outbox" / "operator" / "performers" / "protocol-winners.csv")
    with_award = [row for row in results if row["award"]]
    assert with_award
    assert diplomas(site) >= len(with_award)
    assert settled(said, "the commission's decisions") == (1, 2)
    assert settled(said, "appeals") == (1, 0)


REQUESTS = ("performers.entered.committee.1", "performers.concert.laureate.1")


def sheet_of(path: Path, name: str) -> list[list[str]]:
    found = CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python()
    return [[str(cell) for cell in row] for row in found]


def test_an_invited_laureate_stands_in_no_act_on_signs_in_test_answers(season: tuple[Path, str]) -> None:
    asked = season[0] / "outbox" / "requests" / "performers" / "performers.concert.laureate.1"
    assert {path.name for path in asked.iterdir() if path.suffix != ".p7s"} == {"act.html", "request.xlsx"}
    assert "кінә емес" not in (asked / "act.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("request_id", REQUESTS)
def test_whoever_is_asked_reads_in_kazakh_and_russian_what_each_choice_means(
    season: tuple[Path, str], request_id: str
) -> None:
    asked = season[0] / "outbox" / "requests" / "performers" / request_id
    page = (asked / "act.html").read_text(encoding="utf-8")
    choices = sheet_of(asked / "request.xlsx", "choices")
    assert len(choices) == 2
    for choice, kk, ru, en in choices:
        assert f"<code>{choice}</code>: {kk}" in page
        assert ru in page
        assert en


@pytest.mark.parametrize("request_id", REQUESTS)
def test_the_form_tells_in_kazakh_and_russian_what_was_observed(
    season: tuple[Path, str], request_id: str
) -> None:
    asked = season[0] / "outbox" / "requests" / "performers" / request_id
    head, *rows = sheet_of(asked / "request.xlsx", "decisions")
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert told
    assert all("-тармақ" in row["observed_kk"] and "пункт" in row["observed_ru"] for row in told)
    assert not any("app." in row["observed_kk"] + row["observed_ru"] for row in told)


@pytest.mark.parametrize("request_id", REQUESTS)
def test_the_operator_alone_can_tell_whom_a_request_is_about(
    season: tuple[Path, str], request_id: str
) -> None:
    home = season[0] / "outbox"
    key = table(home / "operator" / "performers" / f"key-{request_id}.csv")
    asked = home / "requests" / "performers" / request_id
    page = (asked / "act.html").read_text(encoding="utf-8")
    _, *rows = sheet_of(asked / "request.xlsx", "decisions")
    assert {row["code"] for row in key} == {row[1] for row in rows}
    assert all(row["surname"] and row["surname"] not in page for row in key)
    assert f"key-{request_id}.csv" in page


def test_a_request_says_into_which_folder_its_answer_goes(season: tuple[Path, str]) -> None:
    page = season[0] / "outbox" / "requests" / "performers" / REQUESTS[0] / "act.html"
    assert "<code>inbox/jury/performers</code>" in page.read_text(encoding="utf-8")


def test_a_juror_s_form_lists_whom_to_mark_in_the_order_of_performance(season: tuple[Path, str]) -> None:
    home = season[0] / "outbox"
    drawn = {row["code"]: row for row in table(home / "public" / "performers" / "order.csv")}
    forms = sorted((home / "requests" / "performers" / "score-sheets" / "round-1").glob("*.xlsx"))
    for form in forms:
        head, *rows = sheet_of(form, "scores")
        told = [dict(zip(head, row, strict=True)) for row in rows]
        codes = list(dict.fromkeys(row["Қатысушы коды / Код участника"] for row in told))
        about = {row["Қатысушы коды / Код участника"]: row["Қатысушы туралы / Об участнике"] for row in told}
        assert codes == sorted(
            codes, key=lambda code: (drawn[code]["nomination"], int(drawn[code]["performance"]))
        )
        assert all(
            about[code] == f"{drawn[code]['nomination']}, № {drawn[code]['performance']}" for code in codes
        )
        assert {row["Критерийдің атауы / Название критерия"] for row in told} >= {
            "әртістігі / артистизм",
            "жеке-даралығы / индивидуальность",
        }
    assert forms


def test_the_operator_alone_can_tell_whose_form_is_whose(season: tuple[Path, str]) -> None:
    home = season[0] / "outbox"
    for stage in ("round-1", "round-2", "round-3"):
        forms = {
            path.stem for path in (home / "requests" / "performers" / "score-sheets" / stage).glob("*.xlsx")
        }
        key = table(home / "operator" / "performers" / f"key-score-sheets-{stage}.csv")
        assert {f"performers-{stage}-{row['code']}" for row in key} == forms
        assert all(row["juror"] and row["name"] for row in key)
