"""The act of a group of similar answers: what a commission reads, in both files and in each language."""

import re
import shutil
import subprocess
import tomllib
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from integration.act_facts import facts
from machine import skip_or_fail
from unit.tables import ROOT

from worker.deliver.acts import DRAWN, NAMED, ROWS, STRIPS, ActFault, act_files, read_act_words
from worker.deliver.words import LANGUAGES, WordsFault

TEMPLATES = ROOT / "templates"
HOSTILE = '<script>alert("x")</script>{{ 7*7 }}#read("act.typ")'


class _Text(HTMLParser):
    """What a reader sees of a page, and every address and handler in it."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.addresses: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"style", "title"}
        self.addresses += [
            f"{tag} {name}" for name, _ in attrs if name in {"src", "href", "action"} or name.startswith("on")
        ]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(data)


def plain(text: str) -> str:
    """Without the marks that only keep lines together, spaces made one."""
    return " ".join(text.replace("\u2011", "-").split())


def html(given: dict[str, Any], language: str = "ru") -> str:
    return act_files(given, TEMPLATES, language)[f"act.{language}.html"].decode()


def page(given: dict[str, Any], language: str = "ru") -> str:
    reader = _Text()
    reader.feed(html(given, language))
    return plain(" ".join(reader.said))


def print_text(pdf: bytes, folder: Path) -> str:
    if shutil.which("pdftotext") is None:
        skip_or_fail("no pdftotext: install poppler-utils")
    (folder / "act.pdf").write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", folder / "act.pdf", "-"], capture_output=True, check=True)
    return plain(done.stdout.decode())


def pdf_text(given: dict[str, Any], folder: Path, language: str = "ru") -> str:
    return print_text(act_files(given, TEMPLATES, language)[f"act.{language}.pdf"], folder)


def naive() -> dict[str, Any]:
    """A group of honest top pupils on whom only the rule of 90 % fired."""
    given = facts(3, kind="naive", level="none")
    for person in given["people"]:
        person["score"] = 57
    for pair in given["pairs"]:
        pair.update(expected_honest=9300.0, m4_p=0.21, gbt_p=0.3, m4_adjusted=1.0, naive=True)
    return given


def untold() -> dict[str, Any]:
    """The same where too few had the variant for any statistics."""
    given = naive()
    for pair in given["pairs"]:
        pair.update(dict.fromkeys(("expected", "expected_honest", "m4_p", "gbt_p", "m4_adjusted")))
    given["null"] |= {"measured": False, "pairs": 0, "rate": None}
    return given | {"sheets": 12, "limits": ["small-sample", "no-null"], "cloud": []}


def of_a_file() -> dict[str, Any]:
    """A group of anybody's file, of no contest."""
    unknown = dict.fromkeys(("contest", "stage", "date", "organisation"))
    return facts(2) | unknown | {"source": "sheets.csv", "number": "01"}


# ---- the words ----


def test_every_word_stands_in_all_languages_with_the_same_figures() -> None:
    words = read_act_words(TEMPLATES / "act" / "words.toml")
    for section in words.values():
        for texts in section.values():
            assert set(texts) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[a]\nb = { kk = "x", ru = "y" }', "a.b needs a text in each of kk, ru, en"),
        ('[a]\nb = { kk = "x {n}", ru = "y", en = "z" }', "a.b has other figures"),
        ('[a]\nb = { kk = " ", ru = "y", en = "z" }', "a.b has an empty text"),
        ("[a", "restore it from the installed templates"),
    ],
)
def test_words_that_are_not_whole_are_refused_by_their_key(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "words.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(WordsFault, match=re.escape(fault)):
        read_act_words(file)


def plain_key(key: str) -> str:
    """Without what the writer adds: `of-file` of a file, `untold` of a pair without statistics, among whom."""
    for ending in ("-of-file", "-untold", "-across", "-all"):
        key = key.removesuffix(ending)
    return key


def test_every_word_is_used_by_a_template_or_the_writer() -> None:
    words = tomllib.loads((TEMPLATES / "act" / "words.toml").read_text(encoding="utf-8"))
    sources = [*sorted((TEMPLATES / "act").glob("*.j2")), TEMPLATES / "act" / "act.typ"]
    sources += [ROOT / "worker" / "deliver" / name for name in ("acts.py", "charts.py", "overview.py")]
    told = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    codes = {"small-sample", "no-null", "clique-bound", "regions", "schools", "statistics", "naive"}
    codes |= {"recommend", "review", "none", "kk", "ru", "en", "pairs-school", "pairs-all"}
    codes |= {f"{kind}-{level}" for kind in ("groups", "found") for level in ("recommend", "review", "naive")}
    codes |= {f"file-{name}" for name in ("pairs", "people", "clusters", "null")} | {
        "hash-sheets",
        "hash-key",
    }
    codes |= {f"cloud-{of}" for of in ("regions", "schools", "all")}
    unused = [
        f"{section}.{key}"
        for section, keys in words.items()
        for key in keys
        if not {key, plain_key(key)} & codes
        and not re.search(rf"(?<![\w-]){re.escape(plain_key(key))}(?![\w-])", told)
    ]
    assert unused == []


# ---- what it says ----


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_files_are_made_in_each_language_and_say_the_same(language: str, tmp_path: Path) -> None:
    given = facts()
    files = act_files(given, TEMPLATES, language)
    assert sorted(files) == [f"act.{language}.html", f"act.{language}.pdf"]
    assert files[f"act.{language}.pdf"].startswith(b"%PDF-2.0")
    shown, printed = page(given, language), print_text(files[f"act.{language}.pdf"], tmp_path)
    words = read_act_words(TEMPLATES / "act" / "words.toml")
    for key in ("about.title", "seen.title", "rare.expected", "check.title", "limit.title", "decision.title"):
        section, _, name = key.partition(".")
        assert words[section][name][language] in shown
        assert words[section][name][language] in printed


def test_the_commission_reads_that_nobody_is_accused_and_that_it_alone_decides(tmp_path: Path) -> None:
    for text in (page(facts()), pdf_text(facts(), tmp_path)):
        assert "никого не обвиняет" in text
        assert "Решает только комиссия" in text
        assert "пункт 10" in text
        assert "аннулировать не предлагает" in text


def test_how_many_honest_pairs_are_expected_is_told_as_a_number_and_in_words(tmp_path: Path) -> None:
    for text in (page(facts()), pdf_text(facts(), tmp_path)):
        assert "0,00002" in text
        assert "примерно в одном из 50 000 таких конкурсов" in text
    assert "0.00002" in page(facts(), "en")
    assert "about 1 in 50,000 such contests" in page(facts(), "en")
    assert "осындай 50 000 байқаудың шамамен бірінде" in page(facts(), "kk")


@pytest.mark.parametrize(
    ("expected", "number", "meaning"),
    [
        (1e-15, "less than 0.000000001", "fewer than 1 in 1 billion such contests"),
        (2.9e-7, "0.00000029", "about 1 in 3.4 million such contests"),
        (0.0213, "0.021", "about 1 in 47 such contests"),
        (0.31, "0.31", "by chance"),
        (4.0, "4", "This is usual"),
        (9312.4, "9,312", "This is usual"),
    ],
)
def test_any_expected_number_is_told_without_an_exponent(expected: float, number: str, meaning: str) -> None:
    given = facts(2)
    given["pairs"][0]["expected_honest"] = expected
    text = page(given, "en")
    assert f"in the whole country: {number} for the pair A–B" in text
    assert meaning in text


def test_the_strongest_pair_is_the_one_that_is_told_about() -> None:
    given = facts(3)
    given["pairs"].reverse()
    assert "по паре A–B" in page(given)


def test_people_are_shown_with_their_figures_and_the_signs_with_their_clauses() -> None:
    text = page(facts())
    assert "K7Q2-9XMB-0000 KZ-0123 6 Ә 1 42 / 60 28:20 рассмотреть 9.1, 9.3" in text
    assert "A, C. Пункт 9.1: Тест завершён за слишком короткое время." in text


def test_what_is_not_known_is_said_to_be_unknown(tmp_path: Path) -> None:
    given = facts(2)
    for person in given["people"]:
        person.update(dict.fromkeys(("school", "class", "seconds", "time_percentile", "gnormed", "u3", "ht")))
        person["signs"] = []
    for text in (page(given), pdf_text(given, tmp_path)):
        assert "нет данных" in text
        assert "None" not in text
    assert "Признаков по пунктам правил нет." in page(given)


def test_a_strip_tells_identical_wrong_answers_from_all_others_without_colour() -> None:
    given = facts(2, 5)
    strip = [("B", "C", "C", 0.031), ("B", "B", "B", None), ("B", "A", "C", None), ("B", ".", "B", None)]
    given["pairs"][0]["strip"] = [
        {"item": str(number), "key": key, "a": a, "b": b, "share": share}
        for number, (key, a, b, share) in enumerate(strip, 1)
    ]
    found = re.findall(r'<td class="(same-\w+|differ|blank)">(.*?)</td>', html(given))
    a, b, share = found[:4], found[4:8], found[8:12]
    marks = ["same-wrong", "same-right", "differ", "blank"]
    assert [mark for mark, _ in a] == [mark for mark, _ in b] == marks
    assert [letter for _, letter in a] == ["C", "B", "A", "–"]
    assert [told for _, told in share] == ["3\u00a0%", "", "", ""]


def test_two_blanks_are_not_two_identical_answers() -> None:
    given = facts(2, 5)
    given["pairs"][0]["strip"] = [{"item": "1", "key": "B", "a": ".", "b": ".", "share": None}]
    assert [mark for mark, _ in re.findall(r'<td class="([a-z-]+)">(–)</td>', html(given))] == [
        "blank",
        "blank",
    ]


def test_the_method_is_said_to_be_cautious_raised_or_untried() -> None:
    cautious, raised, untried = facts(2), facts(2), facts(2)
    raised["null"] |= {"rate": 0.0021, "raised_by": 2.1}
    untried["null"] |= {"measured": False, "pairs": 0}
    untried |= {"cloud": [], "limits": ["no-null", "small-sample"]}
    assert "не чаще, чем должен" in page(cautious)
    assert "на деле: 2,1" in page(raised)
    assert "все вероятности умножены на 2,1" in page(raised)
    assert "не чаще, чем должен" not in page(raised)
    assert "не удалось: мало данных" in page(untried)
    assert "пары, которые не могли списать" not in page(untried)
    assert "Эти задания выполняли немногие" in page(untried)


def test_innocent_explanations_and_a_decision_for_each_person_are_boxes_to_tick() -> None:
    assert html(facts(3)).count('<span class="tick"></span>') == 9 + 3 * 2 + 3
    text = page(facts(3))
    for told in ("Один учитель", "Рассадка", "Ошибка ввода", "11.1", "11.2", "11.3", "Апелляция", "Подписи"):
        assert told in text


def test_what_the_method_cannot_see_is_said() -> None:
    text = page(facts())
    for told in ("меньше трети заданий", "кто у кого списал", "Утечка ключа"):
        assert told in text


def test_specialists_find_the_probabilities_and_where_the_figures_come_from(tmp_path: Path) -> None:
    given = facts(2)
    given["pairs"][0] |= {"m4_p": 1.2e-11, "m4_adjusted": 5e-6}
    given["cluster"] |= {"largest_clique": 2, "clique_exact": False}
    text = page(given)
    assert "1,2 · 10 −11" in text
    assert "m = 412 345" in text
    assert "≥ 2" in text
    assert "5f" * 32 in text
    assert "5f" * 32 in pdf_text(given, tmp_path)


def test_the_naive_rule_alone_is_explained_and_nothing_is_recommended(tmp_path: Path) -> None:
    for text in (page(naive()), pdf_text(naive(), tmp_path)):
        assert "Ничего не рекомендуется" in text
        assert "8,3 %" in text
        assert "54 заданий из 60" in text
        assert "9 300" in text
        assert "рекомендуется рассмотреть" not in text
    assert "Ештеңе ұсынылмайды" in page(naive(), "kk")


@pytest.mark.parametrize(
    ("language", "among", "never"),
    [
        (
            "kk",
            "әртүрлі мектептен немесе мектебі көрсетілмегендерден: мектебі",
            "комиссияға ешқашан ұсынылмайды",
        ),
        (
            "ru",
            "из разных школ или из школ, которые не названы: такие пары сравнивались",
            "никогда не рекомендуется комиссии",
        ),
        (
            "en",
            "different schools, or of schools that are not named: such pairs were",
            "never recommended to the commission",
        ),
    ],
)
def test_a_pair_of_different_schools_is_told_to_be_one_that_is_never_recommended(
    language: str, among: str, never: str
) -> None:
    across = facts(2, level="review") | {"across": True, "pairs_compared": 4_000_000}
    text = page(across, language)
    assert among in text
    assert re.search(r"4\D000\D000", text)
    assert never in text
    assert never not in page(facts(2), language)
    assert "Дети одной школы" not in page(across)
    assert "пары из одной школы" not in page(across)


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_variant_that_too_few_had_the_act_says_that_nothing_is_known(
    language: str, tmp_path: Path
) -> None:
    words = read_act_words(TEMPLATES / "act" / "words.toml")
    shown, printed = page(untold(), language), pdf_text(untold(), tmp_path, language)
    for text in (shown, printed):
        assert words["rare"]["unknown"][language] in text
        assert not re.search(r"\b(None|nan|null)\b(?! of these)", text)
    assert plain(words["rare"]["too-few"][language].format(sheets=12)) in shown
    assert plain(words["why-not"]["no-statistics"][language]) in shown
    assert f">{words['pictures']['expected'][language]}</text>" not in html(untold(), language)
    assert f">{words['pictures']['expected'][language]}</text>" in html(naive(), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_no_school_is_named_no_sentence_says_that_it_was_one(language: str) -> None:
    words = read_act_words(TEMPLATES / "act" / "words.toml")
    for given in (facts(2), naive()):
        text = page(given | {"by_school": False, "cloud_of": "all"}, language)
        assert plain(words["rare"]["compared-all"][language].format(pairs="\0").partition("\0")[0]) in text
        assert plain(words["seen"]["similar-all"][language]) in text
        assert plain(words["rare"]["compared"][language].partition("{")[0]) not in text
        assert plain(words["why-not"]["rule"][language].rpartition("}")[2]) not in text
        assert "той же школы" not in text
        assert plain(words["pictures"]["cloud-all"][language]) in text
        assert words["pictures"]["cloud-regions"][language] not in text


def test_of_a_file_no_country_and_no_contest_are_told(tmp_path: Path) -> None:
    for text in (page(of_a_file()), pdf_text(of_a_file(), tmp_path)):
        assert "Файл данных sheets.csv" in text
        assert "среди всех работ этого файла" in text
        assert "таких тестов" in text
        assert not re.search(r"\b(стран|Конкурс|Дата|Этап|None)", text)
    assert act_files(of_a_file(), TEMPLATES, "ru") == act_files(of_a_file(), TEMPLATES, "ru")


def test_another_share_than_that_of_the_clause_is_told() -> None:
    given = naive() | {"above": Fraction(4, 5)}
    assert "О совпадении ответов в тесте более чем на 80 %" in page(given)
    assert "отмечается совпадение более 80 %" in page(given)
    assert "только правило 80 %" in page(given)


# ---- of any size ----


@pytest.mark.parametrize(("people", "items"), [(2, 5), (3, 60), (25, 60), (60, 60), (130, 40), (3, 200)])
def test_groups_and_tests_of_any_size_are_set(people: int, items: int) -> None:
    given = facts(people, items)
    files = act_files(given, TEMPLATES, "kk")
    shown = files["act.kk.html"].decode()
    assert shown.count('<section class="pair">') == min(STRIPS, len(given["pairs"]))
    assert shown.count('<table class="strip"') == min(STRIPS, len(given["pairs"])) * -(-items // 10)
    assert files["act.kk.pdf"].startswith(b"%PDF-2.0")


def test_pairs_beyond_the_strongest_are_rows_of_the_table() -> None:
    given = facts(25)
    text = page(given)
    left = len(given["pairs"]) - STRIPS
    assert f"Остальных пар: {left}" in text
    weakest = max(given["pairs"], key=lambda pair: float(pair["expected_honest"]))
    assert f"{weakest['a']}–{weakest['b']} {weakest['identical']} / 60" in text


def test_a_pair_without_a_strip_is_a_row_only() -> None:
    given = facts(3)
    del given["pairs"][1]["strip"]
    given["pairs"][2]["strip"] = None
    assert html(given).count('<section class="pair">') == 1
    assert "Остальных пар: 2" in page(given)


def test_a_table_too_long_says_where_the_other_pairs_are() -> None:
    given = facts(60)
    given["pairs"] = [dict(pair) for pair in given["pairs"] * 2]
    given["pair_count"] = len(given["pairs"])
    assert f"Не вошло в таблицу пар: {len(given['pairs']) - ROWS}" in page(given)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_pairs_of_a_group_are_counted_though_only_the_strongest_are_given(language: str) -> None:
    given = facts(130) | {"pair_count": 4321}
    words, text = read_act_words(TEMPLATES / "act" / "words.toml"), page(given, language)
    point = "," if language == "en" else " "
    table = words["expert"]["left"][language].format(left=f"4{point}121")
    strips = words["strip"]["rest-most"][language].format(shown=STRIPS, left=f"4{point}309")
    drawn = words["pictures"]["pairs-part"][language].format(pairs=f"4{point}321")
    assert len(given["pairs"]) == ROWS
    assert plain(table) in text
    assert plain(strips) in text
    assert text.count(plain(drawn)) == 2
    assert plain(drawn.partition(":")[0]) + ":" not in page(facts(25), language)


@pytest.mark.parametrize(
    ("people", "language", "told"),
    [(60, "en", "and 10 more"), (300, "kk", "және тағы 130"), (501, "ru", "и ещё 231")],
)
def test_of_a_sign_of_hundreds_the_first_are_named_and_the_rest_counted(
    people: int, language: str, told: str, tmp_path: Path
) -> None:
    given = facts(people)
    files = act_files(given, TEMPLATES, language)
    shown, printed = files[f"act.{language}.html"].decode(), files[f"act.{language}.pdf"]
    for text in (plain(shown), print_text(printed, tmp_path)):
        assert f"AI, AK, AM {told}." in text
        assert given["people"][-1]["code"] in text


def test_a_sign_of_twenty_names_them_all() -> None:
    given = facts(NAMED * 2)
    assert "AM. Пункт 9.1" in page(given)
    assert "и ещё" not in page(given)


@pytest.mark.parametrize(
    ("language", "own"), [("kk", "тексеру кезегінде"), ("ru", "очередь проверки"), ("en", "review queue")]
)
def test_who_is_joined_by_a_review_pair_alone_is_not_read_as_recommended(
    language: str, own: str, tmp_path: Path
) -> None:
    given = facts(3)
    given["people"][2]["level"] = "review"
    words = read_act_words(TEMPLATES / "act" / "words.toml")
    recommended = words["short"]["recommend"][language]
    for text in (page(given, language), pdf_text(given, tmp_path, language)):
        assert plain(words["level"]["recommend"][language]) in text
    shown = page(given, language)
    assert re.search(rf"K7Q2-9XMB-0002 KZ-0123 .{{,40}} {own} 9", shown)
    assert re.search(rf"K7Q2-9XMB-0000 KZ-0123 .{{,40}} {recommended} 9", shown)
    assert plain(words["seen"]["own-level"][language]) in shown


def test_pooled_variants_are_called_the_same_tasks() -> None:
    for by_school in (True, False):
        pooled = facts(2) | {"form": "1+2", "by_school": by_school, "cloud_of": "all"}
        assert "same tasks" in page(pooled, "en")
        assert not re.search(r"(same|this) variant", page(pooled | {"people": _unsigned(pooled)}, "en"))
        assert not re.search(
            r"(одним|этим|тем же|этот) вариант", page(pooled | {"people": _unsigned(pooled)})
        )


def _unsigned(given: dict[str, Any]) -> list[dict[str, Any]]:
    """The sign of clause 9.3 speaks of one variant, and is noted within one only."""
    return [person | {"signs": []} for person in given["people"]]


def test_of_a_large_group_the_strongest_are_drawn_and_everybody_is_listed() -> None:
    given = facts(130)
    text = page(given)
    assert f"только участники самых похожих пар: {DRAWN} из 130" in text
    assert html(given).count('r="16"') == DRAWN
    assert "K7Q2-9XMB-0129" in text
    assert "самых похожих пар: 40" not in page(facts(40))


def test_pairs_at_one_point_are_one_dot() -> None:
    given = facts(60)
    for person in given["people"]:
        person["score"] = 40
    for pair in given["pairs"]:
        pair["identical"] = 50
    dots = html(given).partition("</svg>")[0].count("<circle")
    assert dots == 3  # labelled, not labelled, and in the legend


# ---- safe and the same ----


def test_a_hostile_school_prints_literally(tmp_path: Path) -> None:
    given = facts(2)
    given["people"][0] |= {"school": HOSTILE, "class": HOSTILE, "variant": HOSTILE}
    given |= {"organisation": HOSTILE, "form": HOSTILE}
    shown = html(given)
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert "{{ 7*7 }}" in shown
    assert "<script>" in pdf_text(given, tmp_path)


def test_a_letter_that_no_font_has_does_not_keep_the_act_back(tmp_path: Path) -> None:
    given = facts(2)
    given["people"][0] |= {"school": "学校", "class": "6\u202eА"}
    given["people"][1] |= {"school": "Каи\u0306рат"}  # й in two characters
    text = pdf_text(given, tmp_path)
    assert "Кайрат" in text
    assert "[U+5B66]" in text
    assert "[U+202E]" in text


def test_a_text_of_thousands_of_characters_is_cut() -> None:
    given = facts(2)
    given["people"][0]["school"] = "мектеп " * 1000
    assert 0 < page(given).count("мектеп") < 30


def test_names_and_numbers_of_people_never_come_into_an_act(tmp_path: Path) -> None:
    given = facts(2)
    secret = {"participant": "140315500017", "name": "Айгүл", "surname": "Серікқызы"}
    for person in given["people"]:
        person.update(secret)
    for pair in given["pairs"]:
        pair.update(secret)
    files = act_files(given, TEMPLATES, "ru")
    shown, printed = files["act.ru.html"].decode(), print_text(files["act.ru.pdf"], tmp_path)
    for told in secret.values():
        assert told not in shown
        assert told not in printed


def test_the_page_asks_for_nothing_outside_itself_and_runs_nothing() -> None:
    reader = _Text()
    reader.feed(html(facts(3)))
    assert reader.addresses == []
    assert "default-src 'none'" in html(facts(3))
    assert "url(" not in html(facts(3))
    assert "@import" not in html(facts(3))


def test_the_same_facts_make_the_same_bytes() -> None:
    assert act_files(facts(7), TEMPLATES, "kk") == act_files(facts(7), TEMPLATES, "kk")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"limits": ["moon-phase"]}, "limits.moon-phase"),
        ({"level": "guilty"}, "level.guilty"),
        ({"kind": "gossip"}, "head.gossip"),
        ({"pairs": []}, "has no pairs"),
    ],
)
def test_facts_without_words_are_refused(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(ActFault, match=re.escape(fault)):
        act_files(facts(2) | change, TEMPLATES, "kk")


def test_a_language_nobody_wrote_is_refused() -> None:
    with pytest.raises(ActFault, match="choose one of kk, ru, en"):
        act_files(facts(2), TEMPLATES, "de")
