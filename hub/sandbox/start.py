"""Builds a sandbox from the options of its command: the world, the platform's application, the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from hub.sandbox.clock import SandboxClock
from hub.sandbox.faults import Faults, Rule
from hub.sandbox.server import Application, Server
from hub.sandbox.world import generate, load_online_retail
from hub.sandbox.world.generate import UNTIL, ZONE
from hub.sandbox.world.model import World


@dataclass(frozen=True, slots=True)
class Settings:
    """What every sandbox is started with."""

    host: str
    port: int
    data: Path | None
    size: int
    seed: int
    #: Local time in the made-up company's zone; None = always the same.
    until: datetime | None
    latency_ms: float
    faults: list[Rule]
    state: Path | None


class Build(Protocol):
    """Makes a platform's application of a world."""

    def __call__(self, world: World, *, now: Callable[[], datetime], seed: int) -> Application:
        """The application; `now` is the clock that the control API moves."""
        ...


def start(settings: Settings, build: Build) -> None:
    """Serve until told to stop. The line that says where also carries the loader's report, as `loaded`."""
    world, about = build_world(settings)
    clock = SandboxClock()
    server = Server(
        build(world, now=clock.now, seed=settings.seed),
        Faults(settings.faults, settings.seed),
        latency_ms=settings.latency_ms,
        state=settings.state,
        clock=clock,
    )
    server.run_forever(settings.host, settings.port, about)


def build_world(settings: Settings) -> tuple[World, dict[str, Any]]:
    """The world to serve; with it the loader's report as `loaded`, where a folder was loaded."""
    if settings.data is None:
        until = settings.until.replace(tzinfo=ZoneInfo(ZONE)) if settings.until else UNTIL
        return generate(settings.size, settings.seed, until), {}
    world, report = load_online_retail(settings.data)
    return world, {"loaded": report.to_json()}
