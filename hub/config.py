"""Settings of the hub's own process: where its data lies and how it reaches its database.

They come from the environment, so that one installation is described in one place; everything about shops and ERPs is
in the store (see `hub apply`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hub.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one process."""

    home: Path
    #: SQLAlchemy URL of the store.
    database_url: str
    #: SQLAlchemy URL of the message log; on SQLite a file of its own.
    log_url: str
    #: Master keys, newest first; empty = read from `key_file`.
    keys: tuple[str, ...]
    key_file: Path
    #: How long a job's lease lasts without a heartbeat.
    lease: timedelta

    @property
    def is_sqlite(self) -> bool:
        """Whether the store is the embedded one, which one worker process may use."""
        return self.database_url.startswith("sqlite")


def from_environment(environment: Mapping[str, str]) -> Config:
    """Read `HUB_HOME`, `HUB_DATABASE_URL`, `HUB_LOG_URL`, `HUB_KEY`, `HUB_KEY_FILE` and `HUB_LEASE_SECONDS`."""
    home = Path(environment.get("HUB_HOME") or "var").absolute()
    database_url = environment.get("HUB_DATABASE_URL") or f"sqlite:///{home / 'hub.db'}"
    if not database_url.startswith(("sqlite:", "postgresql+psycopg:")):
        raise ConfigurationError(
            f"HUB_DATABASE_URL={database_url.split(':', 1)[0]}:…: the store speaks sqlite and postgresql+psycopg.",
            detail="HUB_DATABASE_URL",
        )
    embedded = database_url.startswith("sqlite")
    log_url = environment.get("HUB_LOG_URL") or (f"sqlite:///{home / 'log.db'}" if embedded else database_url)
    text = environment.get("HUB_LEASE_SECONDS") or "120"
    if not text.isdecimal() or int(text) < 1:
        raise ConfigurationError(f"HUB_LEASE_SECONDS={text}: a whole number of seconds is needed.", detail=text)
    return Config(
        home=home,
        database_url=database_url,
        log_url=log_url,
        keys=tuple(key.strip() for key in environment.get("HUB_KEY", "").split(",") if key.strip()),
        key_file=Path(environment.get("HUB_KEY_FILE") or home / "hub.key"),
        lease=timedelta(seconds=int(text)),
    )
