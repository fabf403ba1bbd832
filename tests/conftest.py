"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from machine import skip_or_fail

# A test that fails because the machine is busy says nothing about the code: timings stand in bench/.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `shared` beside the repository: regulations and samples that are not copied into it."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        skip_or_fail(f"no {folder}: this test reads the regulations and samples kept beside the repository")
    return folder
