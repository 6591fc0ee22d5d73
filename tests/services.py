"""What a test says when the service or reference it needs is not there."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str, setting: str) -> NoReturn:
    """Skip with the reason; under HUB_TEST_STRICT=1 (CI) a skip would hide a hole, so fail."""
    message = f"{what} needs the setting {setting}"
    if os.environ.get("HUB_TEST_STRICT") == "1":
        pytest.fail(message)
    pytest.skip(message)
