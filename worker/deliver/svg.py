"""The strokes of every picture: SVG as text, the same data giving the same characters. Lengths are SVG units."""

from collections.abc import Iterable
from html import escape

INK, SKY, MIST, LINE = "#16262e", "#0a5b78", "#5d6f78", "#c9d4d8"
LETTER = 0.56  # the mean width of a letter of PT Sans, in its size


def picture(width: float, height: float, drawn: Iterable[str], title: str) -> str:
    """A whole SVG; its title is what a reader of screens says."""
    size = f'viewBox="0 0 {length(width)} {length(height)}" width="{length(width)}" height="{length(height)}"'
    font = f'font-family="PT Sans, system-ui, sans-serif" font-size="14" fill="{INK}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {font}>'
    return f"{head}<title>{escape(title)}</title>{''.join(drawn)}</svg>"


def segment(x1: float, y1: float, x2: float, y2: float, stroke: str, width: float, more: str = "") -> str:
    """A straight line."""
    ends = f'x1="{length(x1)}" y1="{length(y1)}" x2="{length(x2)}" y2="{length(y2)}"'
    return f'<line {ends} stroke="{stroke}" stroke-width="{width}"{more}/>'


def written(
    x: float, y: float, text: str, *, size: int = 14, anchor: str = "start", fill: str = INK, more: str = ""
) -> str:
    """A line of text on the baseline `y`."""
    where = f'x="{length(x)}" y="{length(y)}" text-anchor="{anchor}" font-size="{size}" fill="{fill}"'
    return f"<text {where}{more}>{escape(text)}</text>"


def block(x: float, y: float, width: float, height: float, fill: str, more: str = "") -> str:
    """A filled rectangle."""
    size = f'width="{length(width)}" height="{length(height)}"'
    return f'<rect x="{length(x)}" y="{length(y)}" {size} fill="{fill}"{more}/>'


def length(value: float) -> str:
    """A length with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")
