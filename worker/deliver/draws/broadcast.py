"""The broadcast page of draws: one HTML file that draws, shows and checks by itself, with no network.

What it computes is written a second time, in JavaScript, in templates/pages/protocol-draw.js. Here it is only
put together: the protocols as data, the fonts, and a policy under which nothing but these very scripts runs.
"""

import base64
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from fontTools import subset

from worker.deliver.pages import page

_SCRIPTS = (
    "vendor/bls12-381.min.js",
    "protocol-words.js",
    "protocol-draw.js",
    "protocol-view.js",
    "protocol-parts.js",
    "protocol-show.js",
    "protocol-begin.js",
)
_FACES = (
    ("PT Sans", 400, "fontpkg_pt_sans", "PT_Sans-Web-Regular.ttf"),
    ("PT Sans", 700, "fontpkg_pt_sans", "PT_Sans-Web-Bold.ttf"),
    ("PT Serif", 700, "fontpkg_pt_serif", "PT_Serif-Web-Bold.ttf"),
)
_KAZAKH = "ӘәҒғҚқҢңӨөҰұҮүҺһІі"
_LETTERS = (*range(0x20, 0x7F), *range(0x410, 0x450), *map(ord, "Ёё" + _KAZAKH + "\u00a0«»·–—’“”„№…"))
# A page's data must not end its script element (<), open a comment in it, or break a line of JavaScript.
_ESCAPES = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


def broadcast_page(templates: Path, protocols: Sequence[Mapping[str, object]]) -> bytes:
    """The page `protocol.html` of one draw or of all draws of a broadcast, in the order they are held.

    `protocols`: objects of the form of `protocol.json`, before the draw (`pulse` null) or after it.
    The same protocols, templates and fonts give the same bytes.
    """
    folder = templates / "pages"
    scripts = [(folder / name).read_text("utf-8") for name in _SCRIPTS]
    style = _fonts() + (folder / "protocol.css").read_text("utf-8")
    content = {
        "title": "Ашық жеребе · Открытый розыгрыш",
        "policy": _policy(style, scripts),
        "style": style,
        "scripts": scripts,
        "protocols": json.dumps(protocols, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES),
    }
    return page(templates, "protocol.html.j2", content)


def _policy(style: str, scripts: Sequence[str]) -> str:
    """A Content Security Policy by hashes (CSP Level 3): the page's own code, and no connection anywhere."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src " + " ".join(map(_source, scripts)),
            "style-src " + _source(style),
            "img-src data:",
            "font-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _fonts() -> str:
    """The letters of our three languages out of PT Sans and PT Serif (SIL Open Font License), as CSS."""
    return "".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-display:block;'
        f"src:url(data:font/woff;base64,{_subset(package, name)}) format('woff')}}\n"
        for family, weight, package, name in _FACES
    )


def _subset(package: str, name: str) -> str:
    options = subset.Options(flavor="woff", hinting=False, recalc_timestamp=False, layout_features=["kern"])
    with (files(package) / "files" / name).open("rb") as source:
        font = subset.load_font(source, options)
        letters = subset.Subsetter(options)
        letters.populate(unicodes=_LETTERS)
        letters.subset(font)
        woff = io.BytesIO()
        subset.save_font(font, woff, options)
    return base64.b64encode(woff.getvalue()).decode()
