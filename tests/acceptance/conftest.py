"""A fresh scene for each case; what must hold after every scenario is checked at its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance import checks
from tests.acceptance.stage import Stage, opened


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The scenarios' fixture."""
    with opened(tmp_path / "home") as stage:
        yield stage
        checks.all_hold(stage)


@pytest.fixture
def net_stage(tmp_path: Path) -> Iterator[Stage]:
    """The same with a shop whose prices are without tax."""
    with opened(tmp_path / "home", taxes_included=False) as stage:
        yield stage
        checks.all_hold(stage)
