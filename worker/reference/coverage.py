"""The page of the coverage: each row of the list of rules, with what carries it out or why nothing does."""

from collections.abc import Iterator, Mapping, Sequence

from worker import coverage
from worker.coverage import Place
from worker.reference import markdown


def coverage_page() -> str:
    """Each row of the list of rules, with what carries it out or why nothing does."""
    found: dict[str, list[Place]] = {}
    for place in coverage.places(coverage.shipped()):
        found.setdefault(place.row, []).append(place)
    intro = (
        "Every rule that a headless worker could carry out, by the rows of our list (docs/rules.toml), and what "
        "carries it out: a step of a rulebook, a stage by what enters it, a request to people, or another part of the "
        "worker. Of the rest the reason is told. The rows of X are what several regulations share. A row may stand in "
        "several rulebooks; the counts take the first of these ways."
    )
    parts = [_counts(found)]
    parts += [_rows_of(name, rows, found) for name, rows in coverage.rules().items()]
    return markdown.page("Coverage of the rules", intro, *parts)


def _counts(found: Mapping[str, Sequence[Place]]) -> str:
    lines = []
    for name, rows in coverage.rules().items():
        ways = [coverage.how(found.get(row, [])) for row in rows]
        lines.append((name, len(rows), *(ways.count(way) for way in (*coverage.HOWS, None))))
    sums = [sum(column) for column in zip(*(line[1:] for line in lines), strict=True)]
    return markdown.table(("regulation", "rows", *coverage.HOWS, "nowhere"), [*lines, ("all", *sums)])


def _rows_of(name: str, rows: Mapping[str, str], found: Mapping[str, Sequence[Place]]) -> str:
    lines = [(row, about, "; ".join(_placed(found.get(row, [])))) for row, about in rows.items()]
    return f"## {name}\n\n" + markdown.table(
        ("row", "about", "what carries it out, or why nothing does"), lines
    )


def _placed(places: Sequence[Place]) -> Iterator[str]:
    """Each place in words; what two contests have alike is told once."""
    told: dict[str, list[str]] = {}
    for place in places:
        words = f"**{place.how}** {place.told}" + (f" (cl. {place.clause})" if place.clause else "")
        told.setdefault(words, []).append(place.contest)
    for words, contests in told.items():
        yield f"{', '.join(dict.fromkeys(contests))}: {words}"
    if not told:
        yield "**nowhere**"
