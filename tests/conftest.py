"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from machine import skip_or_fail


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `shared` beside the repository: regulations and samples that are not copied into it."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        skip_or_fail(f"no {folder}: this test reads the regulations and samples kept beside the repository")
    return folder
