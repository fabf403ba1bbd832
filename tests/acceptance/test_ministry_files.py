"""The ministry's list in every form it really comes in, through the whole worker; and lists in Kazakh order."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from sites import (
    ADMITTED,
    CONTEST,
    RANKED,
    REGISTERED,
    SAT_FIRST,
    SAT_SECOND,
    START,
    Bench,
    Person,
    Row,
    bench,
    make_site,
    pdf_text,
    rehearsed,
    small_season,
)

from jobs.calendar import instant
from worker.store.tables import FEED_TABLES

ZONE = "Asia/Almaty"
NONE: frozenset[str] = frozenset()
READABLE: dict[str, frozenset[str] | set[str]] = {
    "ministry_utf8bom.SYNTHETIC.csv": NONE,
    "ministry_utf16_tab.SYNTHETIC.txt": NONE,
    "ministry_kz1048.SYNTHETIC.csv": NONE,
    "ministry_mojibake_kz1048_as_cp1251.SYNTHETIC.csv": {"kz1048-read-as-cp1251"},
    "ministry_lookalike.SYNTHETIC.csv": {"letters-folded"},
}
"""Sample to the repairs that its receipt must tell of, besides those of all."""
OF_ALL = {"locality-assumed-rural"}
LOST = "ministry_lost_cp1251.SYNTHETIC.csv"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path / "site") as made:
        yield made


def _drop(site: Bench, shared: Path, name: str) -> Row:
    site.drop(name, (shared / "samples" / "synthetic" / name).read_bytes())
    site.work()
    return site.delivery(name)


def _rows_of(site: Bench, delivery: Row) -> list[Row]:
    rows = site.rows(FEED_TABLES["roster"], FEED_TABLES["roster"].c.delivery_id == delivery["id"])
    return [
        {name: value for name, value in row.items() if name not in ("delivery_id", "line")} for row in rows
    ]


def test_every_form_of_the_list_comes_out_as_the_same_rows(site: Bench, shared: Path) -> None:
    lists = {name: _rows_of(site, _drop(site, shared, name)) for name in READABLE}
    first = lists["ministry_utf8bom.SYNTHETIC.csv"]
    assert len(first) == 3
    assert [name for name, rows in lists.items() if rows != first] == []


def test_the_rows_are_what_stands_in_the_list(site: Bench, shared: Path) -> None:
    first, second, third = _rows_of(
        site, _drop(site, shared, "ministry_mojibake_kz1048_as_cp1251.SYNTHETIC.csv")
    )
    names = [(row["surname"], row["name"], row["patronymic"]) for row in (first, second, third)]
    assert names == [
        ("Әлімқызы", "Өміржан", "Ұланқызы"),
        ("Іңкәрбек", "Ғани", None),
        ("Қайратұлы", "Һарон", "Үмітұлы"),
    ]
    assert (first["iin"], first["grade"], first["class"]) == ("120305610009", 6, '6 "Ә"')
    assert (first["region"], first["district"], first["language"]) == ("KZ-62", "Жаңаарқа", "kk")
    assert first["locality"] == "rural"


@pytest.mark.parametrize("name", READABLE)
def test_a_repaired_list_is_accepted_and_its_receipt_tells_of_every_repair(
    site: Bench, shared: Path, name: str
) -> None:
    delivery = _drop(site, shared, name)
    assert (delivery["state"], delivery["rows"], delivery["refused_rows"]) == ("accepted", 3, 0)
    assert set(site.receipt(delivery)["business"]["repairs"]) == READABLE[name] | OF_ALL
    assert site.accepted_by_openssl(site.receipt_path(delivery))


def test_a_list_whose_letters_are_lost_is_quarantined_with_its_code(site: Bench, shared: Path) -> None:
    delivery = _drop(site, shared, LOST)
    assert (delivery["state"], delivery["code"]) == ("refused", "letters-lost")
    assert site.reason(delivery)["code"] == "letters-lost"
    kept = site.site.quarantine / delivery["id"] / "file"
    assert kept.read_bytes() == (shared / "samples" / "synthetic" / LOST).read_bytes()
    assert site.counted("roster") == []
    assert site.at_rest()


def test_the_same_list_in_five_forms_is_no_contradiction(site: Bench, shared: Path) -> None:
    """Five files, three pupils: rows alike count once, so nobody is on the list twice, differently."""
    for name in READABLE:
        _drop(site, shared, name)
    rows = {
        tuple(sorted((k, str(v)) for k, v in row.items() if k not in ("delivery_id", "line")))
        for row in site.counted("roster")
    }
    assert len(site.counted("roster")) == 15
    assert len(rows) == 3


# --- printed lists ---

# The order of the Kazakh alphabet, which is neither that of Unicode nor of the Russian alphabet.
IN_ORDER = (
    "Абаев", "Әбдіғали", "Бәйсейіт", "Вахитов", "Ғаббас", "Дүйсен", "Ерлан", "Ёлкин", "Жұмабек", "Зәкір",
    "Исаев", "Кемел", "Қайыр", "Лаптев", "Мұрат", "Ниязов", "Оспан", "Өмір", "Панин", "Сәрсен", "Төлеген",
    "Уәли", "Ұлан", "Үсен", "Фомин", "Хамит", "Һарон", "Цой", "Чехов", "Шоқан", "Щукин", "Ыбырай", "Іңкәр",
    "Эльдар", "Юсупов", "Яшин",
)  # fmt: skip


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The admission list of a school to which one of each letter goes; the sheets stand in another order."""
    jumbled = [IN_ORDER[number * 5 % len(IN_ORDER)] for number in range(len(IN_ORDER))]
    assert sorted(jumbled) == sorted(IN_ORDER)
    people = [
        Person(number, surname=surname, right=10 + number % 7, name="Әсем")
        for number, surname in enumerate(jumbled)
    ]
    root = make_site(tmp_path_factory.mktemp("listed") / "site")
    with rehearsed(root, START) as made:
        for path, data in small_season(people, intake=600).items():
            (made.site.inbox / path).write_bytes(data)
        for moment in (REGISTERED, SAT_FIRST, SAT_SECOND, RANKED, ADMITTED):
            made.work(instant(moment, ZONE))
    return root / "outbox" / "school-SP-01" / CONTEST


def test_the_list_as_csv_stands_in_the_order_of_the_kazakh_alphabet(listed: Path) -> None:
    text = (listed / "admission-list.csv").read_text("utf-8-sig")
    assert tuple(row["surname"] for row in csv.DictReader(io.StringIO(text))) == IN_ORDER


def test_the_printed_list_stands_in_the_order_of_the_kazakh_alphabet(listed: Path) -> None:
    words = pdf_text(listed / "admission-list.pdf").split()
    assert tuple(word for word in words if word in IN_ORDER) == IN_ORDER


def test_neither_unicode_nor_the_russian_alphabet_would_give_that_order() -> None:
    """Else the two tests above could not fail."""
    assert tuple(sorted(IN_ORDER)) != IN_ORDER
    assert tuple(sorted(IN_ORDER, key=str.casefold)) != IN_ORDER
