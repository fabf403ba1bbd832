"""The two pictures of an act: well-formed, complete, legible without colour, the same each time."""

import math
import re
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from worker.deliver.charts import COUNTED, Cell, Edge, Mark, cluster_graph, similarity_chart

SVG = "{http://www.w3.org/2000/svg}"
TEXTS = {name: name for name in ("score", "identical", "cloud", "expected", "recommend", "review", "none")}


def root(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def said(svg: str) -> list[str]:
    return [found.text or "" for found in root(svg).iter(f"{SVG}text")]


def cloud(items: int) -> list[Cell]:
    return [
        Cell(score / 2, identical, 1 + score * identical % 977)
        for score in range(items, 2 * items)
        for identical in range(items // 3, items)
    ]


def mark(label: str, score: float = 45.0, identical: int = 55, level: str = "recommend") -> Mark:
    return Mark(label, score, identical, 33.0, level)


def edges(labels: list[str], level: str = "recommend") -> list[Edge]:
    return [Edge(a, b, level, 58) for a, b in combinations(labels, 2)]


def names(count: int) -> list[str]:
    return [f"P{place}" for place in range(count)]


# ---- score against identical answers ----


def test_the_same_data_draw_the_same_chart_whatever_their_order() -> None:
    marks = [mark("A–B"), mark("A–C", 44.5, 52), mark("", 40, 50, "review")]
    one = similarity_chart(cloud(60), marks, 60, TEXTS)
    assert one == similarity_chart(cloud(60), marks, 60, TEXTS)
    assert one == similarity_chart(cloud(60)[::-1], marks, 60, TEXTS)


def test_every_labelled_pair_of_the_act_stands_on_the_chart_by_name() -> None:
    marks = [mark(f"A–{letter}", 30 + 2.5 * place, 50) for place, letter in enumerate("BCDEFGHIJKLM")]
    svg = similarity_chart(cloud(60), marks, 60, TEXTS)
    assert {each.label for each in marks} <= set(said(svg))


def test_pairs_at_one_point_share_a_label() -> None:
    svg = similarity_chart([], [mark("A–B"), mark("A–C"), mark("A–D"), mark("B–C")], 60, TEXTS)
    assert "A–B, A–C, A–D +1" in said(svg)


def test_labels_never_lie_over_one_another() -> None:
    marks = [mark(f"A–{place}", 50 + place / 2, 57 - place % 3) for place in range(12)]
    svg = root(similarity_chart(cloud(60), marks, 60, TEXTS))
    boxes = [
        tuple(float(plate.attrib[side]) for side in ("x", "y", "width", "height"))
        for plate in svg.iter(f"{SVG}rect")
        if plate.get("rx") == "3"
    ]
    assert len(boxes) == 12
    for (x, y, wide, high), (u, v, w, h) in combinations(boxes, 2):
        assert x + wide <= u or u + w <= x or y + high <= v or v + h <= y


def test_a_pair_stands_higher_the_more_answers_are_identical_and_further_right_the_higher_the_score() -> None:
    svg = root(similarity_chart([], [mark("A–B", 20, 30), mark("C–D", 50, 58)], 60, TEXTS))
    plotted = [one for one in svg.iter(f"{SVG}circle") if one.get("r") == "6.5"]
    (x0, y0), (x1, y1) = ((float(one.attrib["cx"]), float(one.attrib["cy"])) for one in plotted)
    assert x0 < x1
    assert y0 > y1


def test_a_recommended_pair_is_a_full_dot_and_any_other_an_open_one() -> None:
    fills = [
        [
            one.get("fill")
            for one in root(similarity_chart([], [mark("A–B", level=level)], 60, TEXTS)).iter(f"{SVG}circle")
        ]
        for level in ("recommend", "review", "none")
    ]
    assert fills[0][0] != "#fff"
    assert fills[1][0] == fills[2][0] == "#fff"


def test_a_shade_is_lighter_where_honest_pairs_are_ten_times_fewer() -> None:
    svg = root(
        similarity_chart([Cell(30, 30, 5000), Cell(30, 20, 500), Cell(30, 40, 5)], [mark("A–B")], 60, TEXTS)
    )
    greys = [int(path.attrib["fill"][1:3], 16) for path in svg.iter(f"{SVG}path")]
    assert len(set(greys)) == 3


@pytest.mark.parametrize("items", [1, 5, 60, 200, 255])
def test_a_chart_of_any_test_is_small_and_inside_its_frame(items: int) -> None:
    svg = similarity_chart(cloud(items), [Mark("A–B", items, items, items / 2, "review")], items, TEXTS)
    width, height = (float(side) for side in root(svg).attrib["viewBox"].split()[2:])
    for x, y in re.findall(r"[M](-?[\d.]+) (-?[\d.]+)H", svg):
        assert 0 <= float(x) <= width
        assert 0 <= float(y) <= height
    assert len(svg) < 250_000
    assert said(svg).count("A–B") == 1


def test_without_a_cloud_the_key_does_not_name_one() -> None:
    assert "cloud" not in said(similarity_chart([], [mark("A–B")], 60, TEXTS))
    assert "cloud" in said(similarity_chart(cloud(60), [mark("A–B")], 60, TEXTS))


def test_what_a_chart_says_is_escaped() -> None:
    hostile = "<script>alert(1)</script>"
    svg = similarity_chart([], [mark(hostile)], 60, TEXTS | {"score": hostile})
    assert "<script" not in svg
    assert hostile in said(svg)
    assert "<script" not in cluster_graph([hostile, "B"], [Edge(hostile, "B", "none", 5)], TEXTS)


# ---- the cluster ----


def circles(svg: str) -> dict[str, tuple[float, float]]:
    """Where each participant stands; a circle and its label come one after the other."""
    drawn = list(root(svg))
    return {
        text.text or "": (float(circle.attrib["cx"]), float(circle.attrib["cy"]))
        for circle, text in pairwise(drawn)
        if circle.tag == f"{SVG}circle"
    }


def curves(svg: str) -> list[list[tuple[float, float]]]:
    """The points of each line between participants (the legend's samples are level and short)."""
    found = []
    for path in re.findall(r'd="M(\S+) (\S+)Q(\S+) (\S+) (\S+) (\S+)"', svg):
        x0, y0, x1, y1, x2, y2 = map(float, path)
        if math.dist((x0, y0), (x2, y2)) > 30:
            steps = [step / 40 for step in range(41)]
            found.append(
                [
                    (
                        (1 - t) ** 2 * x0 + 2 * t * (1 - t) * x1 + t * t * x2,
                        (1 - t) ** 2 * y0 + 2 * t * (1 - t) * y1 + t * t * y2,
                    )
                    for t in steps
                ]
            )
    return found


@pytest.mark.parametrize("count", [2, 3, 7, 25, 60])
def test_participants_stand_apart_and_inside_the_picture(count: int) -> None:
    svg = cluster_graph(names(count), edges(names(count)), TEXTS)
    places = circles(svg)
    width, height = (float(side) for side in root(svg).attrib["viewBox"].split()[2:])
    assert list(places) == names(count)
    for one, other in combinations(places.values(), 2):
        assert math.dist(one, other) >= 2 * 16 + 8
    assert all(16 <= x <= width - 16 and 16 <= y <= height - 16 for x, y in places.values())


@pytest.mark.parametrize("count", [2, 3, 5, 7, 12, 60])
def test_a_line_never_runs_through_a_third_participant(count: int) -> None:
    labels = names(count)
    linked = [
        Edge(a, b, "review", 50) for a, b in combinations(labels, 2) if count < 20 or labels.index(b) % 3 == 0
    ]
    svg = cluster_graph(labels, linked, TEXTS)
    places, drawn = list(circles(svg).values()), curves(svg)
    assert len(drawn) == len(linked)
    for points in drawn:
        third = [
            place for place in places if min(math.dist(place, points[0]), math.dist(place, points[-1])) > 1
        ]
        assert all(math.dist(place, point) > 16 for place in third for point in points)


def test_few_lines_say_how_many_answers_are_identical() -> None:
    few, many = names(4), names(5)
    assert len(edges(few)) == COUNTED
    assert said(cluster_graph(few, edges(few), TEXTS)).count("58") == COUNTED
    assert "58" not in said(cluster_graph(many, edges(many), TEXTS))


def test_levels_differ_by_the_style_of_the_line_and_are_named() -> None:
    linked = [Edge("A", "B", "recommend", 58), Edge("B", "C", "review", 55), Edge("A", "C", "none", 55)]
    svg = cluster_graph(["A", "B", "C"], linked, TEXTS)
    styles = {path.get("stroke-dasharray") for path in root(svg).iter(f"{SVG}path")}
    assert len(styles) == 3
    assert {"recommend", "review", "none"} <= set(said(svg))


def test_the_graph_does_not_depend_on_the_order_of_its_lines() -> None:
    linked = edges(names(25))
    assert cluster_graph(names(25), linked, TEXTS) == cluster_graph(names(25), linked[::-1], TEXTS)
