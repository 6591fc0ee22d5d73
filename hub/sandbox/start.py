"""Builds a sandbox from the options of its command: the world, the platform's application, the server."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from hub.sandbox.clock import SandboxClock
from hub.sandbox.faults import Faults, Rule
from hub.sandbox.server import Application, Server, serve
from hub.sandbox.world import generate, load_online_retail
from hub.sandbox.world.generate import UNTIL, ZONE
from hub.sandbox.world.model import World
from hub.sandbox.world.plain_items import Place, plain_world

#: New objects after which the cyclic collector looks at the young ones, and looks after which it turns to older ones.
#: A sandbox keeps nearly all that it makes and hardly makes a cycle, so the usual 700 would be a tenth of its work.
COLLECT_SELDOM = (50_000, 20, 100)


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
    #: So many plain items and nothing else; None = a world as `data` or `size` say.
    items: int | None = None
    items_in: Place = "both"


class Build(Protocol):
    """Makes a platform's application of a world."""

    def __call__(self, world: World, *, now: Callable[[], datetime], seed: int) -> Application:
        """The application; `now` is the clock that the control API moves."""
        ...


def start(settings: Settings, builds: Sequence[Build]) -> None:
    """Serve until told to stop, all applications from one world and in one process, the first at the port asked for.

    The line that says where also carries the loader's report, as `loaded`.
    """
    gc.set_threshold(*COLLECT_SELDOM)
    world, about = build_world(settings)
    servers = [_server(settings, build, world) for build in builds]
    ports = [settings.port, *[0] * (len(servers) - 1)]
    asyncio.run(serve(servers, settings.host, ports, about))


def _server(settings: Settings, build: Build, world: World) -> Server:
    clock = SandboxClock()
    return Server(
        build(world, now=clock.now, seed=settings.seed),
        Faults(settings.faults, settings.seed),
        latency_ms=settings.latency_ms,
        state=settings.state,
        clock=clock,
    )


def build_world(settings: Settings) -> tuple[World, dict[str, Any]]:
    """The world to serve; with it the loader's report as `loaded`, where a folder was loaded."""
    if settings.items is not None:
        return plain_world(settings.items, settings.items_in), {}
    if settings.data is None:
        until = settings.until.replace(tzinfo=ZoneInfo(ZONE)) if settings.until else UNTIL
        return generate(settings.size, settings.seed, until), {}
    world, report = load_online_retail(settings.data)
    return world, {"loaded": report.to_json()}
