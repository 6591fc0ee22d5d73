"""Whose trouble it is: errors of a whole platform bear the name of the connection that met them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hub.errors import PlatformRefused, PlatformUnavailable


@contextmanager
def troubles_of(connection: str) -> Iterator[None]:
    """Name the connection on what a platform as a whole is in trouble with."""
    try:
        yield
    except (PlatformRefused, PlatformUnavailable) as trouble:
        trouble.connection = trouble.connection or connection
        raise
