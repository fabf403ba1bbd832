"""Facts of an act as the core gives them, of any size, without randomness: the digits of a small recurrence."""

from collections.abc import Iterator
from itertools import combinations
from string import ascii_uppercase
from typing import Any

Facts = dict[str, Any]
LETTERS = "ABCD"
LISTED = 200  # pairs of an act, at most, as the core gives them


def label(place: int) -> str:
    """A … Z, AA, AB …"""
    first, last = divmod(place, 26)
    return (ascii_uppercase[first - 1] if first else "") + ascii_uppercase[last]


def facts(people: int = 3, items: int = 60, *, level: str = "recommend", kind: str = "statistics") -> Facts:
    """A cluster of neighbours: everybody is like the next two, the first pair most of all."""
    labels = [label(place) for place in range(people)]
    linked = [(a, b) for a, b in combinations(range(people), 2) if b - a <= 2 or (a, b) == (0, people - 1)]
    pairs = [_pair(labels[a], labels[b], place, items, level) for place, (a, b) in enumerate(linked[:LISTED])]
    size = len(linked)
    return {
        "number": "myn-bala.stage-1.03",
        "contest": {
            "kk": "«Мың бала» ауыл мектептеріне арналған ұлттық зияткерлік олимпиадасы",
            "ru": "Национальная интеллектуальная олимпиада для сельских школ «Мың бала»",
            "en": "“Myn Bala” national intellectual olympiad for rural schools",
        },
        "stage": {"kk": "1-кезең", "ru": "1-й этап", "en": "stage 1"},
        "clause": "9-11",
        "date": "2026-02-24",
        "organisation": "«El Umiti» қоры",
        "kind": kind,
        "level": level,
        "form": "1",
        "items": items,
        "sheets": 18750,
        "across": False,
        "by_school": True,
        "pairs_compared": 412345,
        "pairs_in_country": 1400000000,
        "cluster": {
            "size": people,
            "edges": size,
            "density": 2 * size / (people * (people - 1)),
            "largest_clique": min(people, 3),
            "clique_exact": True,
        },
        "people": [_person(name, place, items, level) for place, name in enumerate(labels)],
        "pair_count": size,
        "pairs": pairs,
        "null": {
            "measured": True,
            "pairs": 123456789,
            "alpha": 0.001,
            "rate": 0.0004,
            "raised_by": 1.0,
            "between": "regions",
        },
        "cloud": list(_cloud(items)),
        "cloud_of": "regions",
        "limits": [],
        "hashes": {"data": "5f" * 32, "code": "baiqau 0.4.0"},
    }


def _person(name: str, place: int, items: int, level: str) -> Facts:
    signs = [{"clause": "9.3", "code": "similar"}]
    if place % 2 == 0:
        signs.insert(0, {"clause": "9.1", "code": "too-short"})
    return {
        "label": name,
        "level": level,
        "code": f"K7Q2-9XMB-{place:04d}",
        "school": "KZ-0123",
        "class": "6 Ә",
        "variant": "1",
        "score": items * 7 // 10 - place % 4,
        "answered": items,
        "seconds": 1700 + 97 * place,
        "time_percentile": 34.0,
        "signs": signs,
        "gnormed": 0.12,
        "u3": 0.1,
        "ht": 0.4,
    }


def _pair(a: str, b: str, place: int, items: int, level: str) -> Facts:
    strip = _strip(items, place)
    same = [item for item in strip if item["a"] == item["b"] != "."]
    wrong = [item for item in strip if item["a"] != item["key"] and item["b"] != item["key"]]
    honest = 0.00002 * 3**place
    return {
        "a": a,
        "b": b,
        "identical": len(same),
        "compared": items,
        "eic": len(wrong),
        "eeic": sum(item["a"] == item["b"] for item in wrong),
        "expected": items * 0.55,
        "m4_p": honest / 412345,
        "gbt_p": honest / 40000,
        "m4_adjusted": min(1.0, honest),
        "expected_honest": honest,
        "level": level,
        "naive": False,
        "same_school": True,
        "strip": strip,
    }


def _strip(items: int, salt: int) -> list[Facts]:
    return [_item(number, (number * 7 + salt * 3) % 20) for number in range(1, items + 1)]


def _item(number: int, kind: int) -> Facts:
    key, other, third = (LETTERS[(number + shift) % 4] for shift in (0, 1, 2))
    answers = {0: (other, key), 1: (other, third), 2: (".", key)}
    a, b = answers.get(kind, (other, other) if kind < 8 else (key, key))
    share = 0.004 + 0.013 * (number % 5) if a == b == other else None
    return {"item": str(number), "key": key, "a": a, "b": b, "share": share}


def _cloud(items: int) -> Iterator[Facts]:
    for half in range(items // 2, 2 * items + 1):
        for identical in range(items + 1):
            centre = items * 0.3 + half * 0.5 * 0.4 * half / (2 * items)
            distance = abs(identical - centre)
            pairs = int(4000 * 0.55**distance * (1 - abs(half - items * 1.1) / (items * 1.2)))
            if pairs > 0:
                yield {"score": half / 2, "identical": identical, "pairs": pairs}
