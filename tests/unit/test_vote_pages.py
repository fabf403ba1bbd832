"""The pages of public votes and draws: what people are asked, and the pool and the winners everybody may read."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from worker.deliver.pages import page

TEMPLATES = Path(__file__).parents[2] / "templates"
LINK = "https://www.instagram.com/reel/SYNTH000002/"


def shown(name: str, content: dict[str, Any]) -> str:
    return page(TEMPLATES, name, content).decode()


def heading() -> dict[str, object]:
    return {
        "contest": "bilimclass-innovator",
        "title": {"kk": "«BilimClass супер сыныбы» байқауы", "ru": "Конкурс «Супер класс BilimClass»", "en": "x"},
        "edition": "2025", "regulation": "000", "organisation": "Bilim Land", "date": "2025-05-14",
        "rulebook": "ab" * 32,
    }  # fmt: skip


def code(number: int) -> str:
    return f"K7Q2-9XMB-{number:04}"


def pooled(rank: int, **changes: Any) -> dict[str, Any]:
    row = {"rank": rank, "code": code(rank), "likes": 12_000 - rank, "shares": 41, "comments": 7}
    return row | {"points": 12_048 - rank, "tied": False} | changes


def region(**changes: Any) -> dict[str, Any]:
    whole = {
        "id": "KZ-10", "kk": "Абай облысы", "ru": "область Абай", "places": 3, "entered": 4, "cut": 11_000,
        "first_out": 10_950, "tied": 2, "rows": [
            pooled(1), pooled(2, shares=None), pooled(3, points=11_000, tied=True),
            pooled(3, code=code(4), points=11_000, tied=True),
        ],
        "out_rows": [{"rank": 5, "code": code(5), "points": 10_950}],
    }  # fmt: skip
    return whole | changes


def differing(**changes: Any) -> dict[str, Any]:
    row = {
        "group": "KZ-10", "entry": code(9), "points_zero": 10_900, "rank_zero": 101, "in_zero": False,
        "points_left_out": 10_900, "rank_left_out": 88, "in_left_out": True, "differs": True,
    }  # fmt: skip
    return row | changes


def pool(**changes: Any) -> dict[str, Any]:
    whole = {"regions": [region()], "rankings": [], "merged": 3, "readings": [["Q5", "all tied enter"]]}
    return heading() | whole | changes


def best(number: int, where: str = "KZ-11", **changes: Any) -> dict[str, Any]:
    names = {"KZ-11": ("Ақмола облысы", "Акмолинская область"), "KZ-75": ("Алматы қаласы", "город Алматы")}
    row = {
        "rank": 1,
        "code": code(number),
        "points": 57,
        "likes": 50,
        "shares": None,
        "comments": None,
        "adds": 7,
    }
    return row | {"region": where, "kk": names[where][0], "ru": names[where][1]} | changes


def winners(**changes: Any) -> dict[str, Any]:
    whole = {
        "rows": [best(1), best(2, "KZ-75")],
        "by_reading": [],
        "readings": [["Q15", "likes and adds together"]],
    }
    return heading() | whole | changes


def request(kind: str, choices: list[str], **changes: Any) -> dict[str, Any]:
    whole = {
        "request": "bilimclass-innovator.pool.holding.1", "stage": {"kk": "үздік 100", "ru": "ТОП-100", "en": "x"},
        "asked": {"kk": "Ұйымдастырушы", "ru": "Организатор", "en": "x"}, "clause": "5.6", "choices": choices,
        "kind": kind, "people": [], "pairs": [],
    }  # fmt: skip
    return heading() | whole | changes


class Page(HTMLParser):
    """A page's open elements, its links, and the rows of its tables as the texts of their cells."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.links: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if ("td" in self.open or "th" in self.open) and self.rows[-1]:
            self.rows[-1][-1] = " ".join(f"{self.rows[-1][-1]} {data}".replace("\xa0", " ").split())


PAGES = {
    "pool": ("pool.html.j2", pool(rankings=[differing()])),
    "winners": ("winners.html.j2", winners()),
    "group": ("request.html.j2", request("group", ["hold", "do-not-hold"], groups=[])),
    "reading": (
        "request.html.j2",
        request("reading", ["zero", "left-out"], rankings=[differing(group=None)]),
    ),
    "annulment": ("request.html.j2", request("annulment", ["untrue-information"], awards=[])),
}


@pytest.mark.parametrize("name", PAGES)
def test_every_element_of_a_page_is_closed_and_nothing_is_fetched_from_elsewhere(name: str) -> None:
    read = Page(shown(*PAGES[name]))
    assert read.open == []
    assert [link for link in read.links if not link.startswith("#")] == []


# --- the pool ---


def test_the_pool_prints_the_cut_the_first_out_and_the_ties_of_each_region() -> None:
    html = shown("pool.html.j2", pool()).replace("\xa0", " ")
    figures = re.findall(r"<dd>(.*?)</dd>", html)
    assert figures == ["3", "4", "11 000", "10 950", "2"]
    assert html.count('<span class="badge">') == 2
    assert "сондықтан бәрі кірді" in html


def test_an_unknown_count_is_a_dash_and_a_count_of_nought_is_nought() -> None:
    rows = [pooled(1, shares=None, comments=0)]
    read = Page(shown("pool.html.j2", pool(regions=[region(rows=rows, out_rows=[], first_out=None)])))
    row = next(row for row in read.rows if code(1) in row)
    assert row[2:] == ["лайк 11 999", "бөлісу · репост –", "пікір · коммент. 0", "ұпай · баллы 12 047"]


def test_where_nobody_missed_the_pool_its_first_out_is_a_dash() -> None:
    html = shown("pool.html.j2", pool(regions=[region(first_out=None, out_rows=[])]))
    assert "<dd>–</dd>" in html
    assert "не вошедших</th>" not in html


def test_a_pool_whose_last_place_nobody_shares_speaks_of_no_tie() -> None:
    alone = region(rows=[pooled(1), pooled(2)], entered=2, tied=1)
    html = shown("pool.html.j2", pool(regions=[alone]))
    assert "поэтому вошли все" not in html
    assert "поровну" not in html


def test_the_first_who_missed_the_pool_follow_under_their_own_heading() -> None:
    rows = Page(shown("pool.html.j2", pool())).rows
    heads = [number for number, row in enumerate(rows) if "Первые из не вошедших" in row[0]]
    assert rows[heads[0] + 1][:2] == ["5", code(5)]
    assert rows[heads[0] - 1][1].startswith(code(4))


def test_both_readings_stand_side_by_side_only_where_they_differ() -> None:
    assert "Два прочтения" not in shown("pool.html.j2", pool())
    read = Page(shown("pool.html.j2", pool(rankings=[differing()])))
    row = next(row for row in read.rows if code(9) in row)
    assert row == [
        "Абай облысы", code(9), "10 900", "101", "кірмейді · не входит", "10 900", "88", "кіреді · входит",
    ]  # fmt: skip


def test_the_pool_leads_to_each_region() -> None:
    two = [region(), region(id="KZ-11", kk="Ақмола облысы")]
    html = shown("pool.html.j2", pool(regions=two))
    assert Page(html).links == ["#KZ-10", "#KZ-11"]
    assert all(f'<section id="{each["id"]}">' in html for each in two)


# --- the winners ---


def test_each_region_has_its_winner_with_likes_and_adds() -> None:
    html = shown("winners.html.j2", winners())
    assert html.count('<li class="winner">') == 2
    assert "Ақмола облысы" in html
    assert "Алматы қаласы" in html
    assert re.findall(r"<dd>(.*?)</dd>", html) == ["50", "7", "50", "7"]
    assert "поровну" not in html


def test_winners_who_are_equal_stand_together() -> None:
    html = shown("winners.html.j2", winners(rows=[best(1), best(2, adds=None), best(3, "KZ-75")]))
    assert html.count('<li class="winner">') == 2
    assert "поровну: 2" in html
    assert re.findall(r"<dd>(.*?)</dd>", html) == ["50", "7", "50", "–", "50", "7"]


def test_the_readings_stand_side_by_side_where_their_winners_differ() -> None:
    by_reading = [
        {"group": "KZ-11", "reading": "sum", "entry": code(1)},
        {"group": "KZ-11", "reading": "lexicographic", "entry": code(2)},
        {"group": "KZ-11", "reading": "lexicographic", "entry": code(3)},
    ]
    assert "Оқылуына қарай" not in shown("winners.html.j2", winners())
    (_, row) = Page(shown("winners.html.j2", winners(by_reading=by_reading))).rows
    assert row == ["Ақмола облысы", code(1), f"{code(2)} {code(3)}", "–"]


# --- what people are asked ---


SIGN = {
    "clause": "5.6",
    "code": "below-quorum",
    "facts": None,
    "why": "different values of participant: 99, 100 needed",
}


def test_a_region_with_too_few_teachers_is_asked_about_with_both_choices() -> None:
    worded = SIGN | {"kk": "Педагог саны: 99, қажеті: 100.", "ru": "Педагогов 99, нужно 100."}
    groups = [
        {
            "subject": "KZ-59",
            "kk": "Солтүстік Қазақстан облысы",
            "ru": "Северо-Казахстанская область",
            "signs": [worded],
        }
    ]
    html = shown("request.html.j2", request("group", ["hold", "do-not-hold"], groups=groups))
    for told in ("Солтүстік Қазақстан облысы", "KZ-59", "Педагог саны: 99", "Педагогов 99", "<code>hold</code>",
                 "<code>do-not-hold</code>", "розыгрыш не проводится"):  # fmt: skip
        assert told in html
    assert str(SIGN["why"]) not in html


def test_a_sign_without_words_is_told_as_the_job_told_it() -> None:
    groups = [{"subject": "KZ-59", "kk": "а", "ru": "б", "signs": [SIGN]}]
    html = shown("request.html.j2", request("group", ["hold", "do-not-hold"], groups=groups))
    assert html.count(str(SIGN["why"])) == 2


def test_a_choice_of_readings_shows_what_each_would_let_in() -> None:
    content = request("reading", ["zero", "left-out"], rankings=[differing(), differing(entry=code(8))])
    html = shown("request.html.j2", content)
    assert "(2)" in html
    rows = [row for row in Page(html).rows if row[0] == "KZ-10"]
    assert [row[1] for row in rows] == [code(9), code(8)]


def test_the_host_is_told_when_to_throw_the_dice_and_until_when_to_send_them() -> None:
    draws = [
        {"draw_id": f"bilimclass-innovator-2025-{each}", "group": each, "commit": commit * 32, "entrants": 102,
         "round": 17_000_000, "draw_at": "2025-05-19 16:30"}
        for each, commit in (("KZ-10", "6e"), ("KZ-11", "7f"))
    ]  # fmt: skip
    html = shown("request.html.j2", request("draw", ["dice"], draws=draws, test_chain=True))
    assert "TEST CHAIN" in html
    assert "TEST CHAIN" not in shown(
        "request.html.j2", request("draw", ["dice"], draws=draws, test_chain=False)
    )
    assert html.count("2025-05-19 16:30") == 2  # once a language
    for told in (
        "6e" * 32,
        "7f" * 32,
        "KZ-11",
        "жиырма он қырлы",
        "двадцать десятигранных",
        "<code>none</code>",
        "(0–9)",
    ):
        assert told in html
    assert (
        html.index("прочитайте вслух приведённые")
        < html.index("бросьте двадцать")
        < html.index("Второго броска нет")
    )


def test_an_annulment_lists_who_holds_which_prize_and_the_grounds() -> None:
    awards = [{"subject": code(1), "prize": "bilimclass-innovator-2025-KZ-10: 1. iPhone 15"}]
    html = shown("request.html.j2", request("annulment", ["untrue-information", "other"], awards=awards))
    assert [code(1), "bilimclass-innovator-2025-KZ-10: 1. iPhone 15"] in Page(html).rows
    assert "<code>untrue-information</code>: берілген ақпарат" in html
    assert "<code>other</code></li>" in html


def person(**changes: Any) -> dict[str, Any]:
    row = {
        "subject": code(1),
        "school": "",
        "class": "",
        "variant": "",
        "url": "",
        "score": None,
        "items": None,
    }
    return row | {"seconds": None, "signs": []} | changes


def test_a_work_is_asked_about_with_its_address() -> None:
    html = shown("request.html.j2", request("people", ["accept", "refuse"], people=[person(url=LINK)]))
    assert Page(html).links == [LINK]
    assert Page(shown("request.html.j2", request("people", ["accept"], people=[person()]))).links == []


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", " https://a.example"])
def test_an_address_that_is_no_web_address_is_no_link(address: str) -> None:
    html = shown("request.html.j2", request("people", ["accept"], people=[person(url=address)]))
    assert Page(html).links == []
    assert address in html


def test_what_an_export_says_is_escaped() -> None:
    hostile = '<script>alert(1)</script>"'
    html = shown(
        "request.html.j2", request("people", ["accept"], people=[person(url=hostile, school=hostile)])
    )
    html += shown("pool.html.j2", pool(regions=[region(kk=hostile, rows=[pooled(1, code=hostile)])]))
    html += shown("winners.html.j2", winners(rows=[best(1, code=hostile)]))
    assert "<script>" not in html
