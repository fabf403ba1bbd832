"""The page of settings.toml."""

import tomllib
from collections.abc import Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from worker import settings
from worker.reference import markdown
from worker.reference.values import toml_text, type_words
from worker.site import RESOURCES


def settings_page() -> str:
    """Every key of settings.toml."""
    shipped = tomllib.loads((RESOURCES / "settings.toml").read_text(encoding="utf-8"))
    intro = (
        "Every key of `settings.toml`; `baiqau check` names a key that is unknown, missing or wrong. "
        "*shipped* is what `baiqau init` writes. Durations: `30s`, `5m`, `12h`, `3d`; sizes: `512MB`, `2GB` "
        "(of 1,024). Paths are relative to the site. A table with NAME stands once for each name: small "
        "letters, digits and `-`."
    )
    parts = [
        _section(name, field.annotation, shipped[name])
        for name, field in settings.Settings.model_fields.items()
    ]
    return markdown.page("settings.toml", intro, *parts)


def _section(name: str, kind: Any, shipped: Mapping[str, Any]) -> str:
    if get_origin(kind) is Mapping:
        names = f"Shipped: {markdown.codes(shipped)}. The figures below are those of the first."
        return _section(f"{name}.NAME", get_args(kind)[1], next(iter(shipped.values()))).replace(
            "\n\n", f"\n\n{names}\n\n", 1
        )
    model: type[BaseModel] = kind
    rows = [
        (
            markdown.code(key),
            type_words(field.annotation, field.metadata),
            field.description or "",
            markdown.code(toml_text(shipped.get(key, ""))),
        )
        for key, field in model.model_fields.items()
    ]
    return f"## [{name}]\n\n" + markdown.table(("key", "value", "what it is", "shipped"), rows)
