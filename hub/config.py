"""Settings of the hub's own process: where its data lies and how it reaches its database.

They come from the environment, so that one installation is described in one place; everything about shops and ERPs is
in the store (see `hub apply`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from hub.errors import ConfigurationError

Engine = Literal["local", "celery"]


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
    #: What works jobs off: threads of a worker process, or Celery.
    engine: Engine = "local"
    #: Celery's broker.
    broker_url: str = ""
    #: How many jobs a worker process does at a time.
    slots: int = 4
    #: The address under which people reach the console; one that begins with https makes its cookies safe.
    public_url: str = ""
    #: How many proxies stand before the web: so many entries of their headers are believed.
    proxies: int = 0

    @property
    def is_sqlite(self) -> bool:
        """Whether the store is the embedded one, which one worker process may use."""
        return self.database_url.startswith("sqlite")


def from_environment(environment: Mapping[str, str]) -> Config:
    """Read the settings that begin with `HUB_`; ConfigurationError names the one that is wrong."""
    home = Path(environment.get("HUB_HOME") or "var").absolute()
    database_url = environment.get("HUB_DATABASE_URL") or f"sqlite:///{home / 'hub.db'}"
    if not database_url.startswith(("sqlite:", "postgresql+psycopg:")):
        raise ConfigurationError(
            f"HUB_DATABASE_URL={database_url.split(':', 1)[0]}:…: the store speaks sqlite and postgresql+psycopg.",
            detail="HUB_DATABASE_URL",
        )
    embedded = database_url.startswith("sqlite")
    log_url = environment.get("HUB_LOG_URL") or (f"sqlite:///{home / 'log.db'}" if embedded else database_url)
    engine = environment.get("HUB_ENGINE") or "local"
    if engine not in ("local", "celery"):
        raise ConfigurationError(f"HUB_ENGINE={engine}: local and celery are known.", detail="HUB_ENGINE")
    broker_url = environment.get("HUB_BROKER_URL", "")
    if engine == "celery":
        _refuse_celery(embedded=embedded, broker_url=broker_url)
    return Config(
        home=home,
        database_url=database_url,
        log_url=log_url,
        keys=tuple(key.strip() for key in environment.get("HUB_KEY", "").split(",") if key.strip()),
        key_file=Path(environment.get("HUB_KEY_FILE") or home / "hub.key"),
        lease=timedelta(seconds=_whole(environment, "HUB_LEASE_SECONDS", 120)),
        engine="celery" if engine == "celery" else "local",
        broker_url=broker_url,
        slots=_whole(environment, "HUB_SLOTS", 4),
        public_url=_address(environment.get("HUB_PUBLIC_URL", "")),
        proxies=_whole(environment, "HUB_PROXIES", 0, least=0),
    )


def _whole(environment: Mapping[str, str], name: str, usual: int, *, least: int = 1) -> int:
    text = environment.get(name) or str(usual)
    if not text.isdecimal() or int(text) < least:
        above = " above zero" if least else ""
        raise ConfigurationError(f"{name}={text}: a whole number{above} is needed.", detail=name)
    return int(text)


def _address(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise ConfigurationError(
            f"HUB_PUBLIC_URL={text}: an address is needed, such as https://hub.example.com.", detail="HUB_PUBLIC_URL"
        )
    return text


def _refuse_celery(*, embedded: bool, broker_url: str) -> None:
    if embedded:
        raise ConfigurationError(
            "HUB_ENGINE=celery needs PostgreSQL: on SQLite one process works, and Celery starts several.",
            detail="HUB_ENGINE",
            fix="Set HUB_DATABASE_URL to a PostgreSQL database, or HUB_ENGINE to local.",
        )
    if not broker_url.startswith(("redis://", "rediss://", "unix://")):
        raise ConfigurationError(
            "HUB_ENGINE=celery needs its broker, a Redis.",
            detail="HUB_BROKER_URL",
            fix="Set HUB_BROKER_URL, such as redis://127.0.0.1:6379/0.",
        )
