"""HTML pages from Jinja2 templates, sandboxed, escaped, strict about what is missing."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment


def page(templates: Path, name: str, content: Mapping[str, object]) -> bytes:
    """A page of templates/pages/."""
    return rendered(templates / "pages" / name, content)


def rendered(template: Path, content: Mapping[str, object]) -> bytes:
    """A page of any template; it may include those beside it."""
    return _environment(template.parent).get_template(template.name).render(**content).encode()


@cache
def _environment(folder: Path) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
