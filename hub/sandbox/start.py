"""Builds a sandbox from the options of its command: the world, the platform's application, the server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from hub.sandbox.clock import SandboxClock
from hub.sandbox.faults import Faults, Rule
from hub.sandbox.sap_b1.application import SapB1Application
from hub.sandbox.server import Application, Server
from hub.sandbox.shopify.application import ShopifyApplication
from hub.sandbox.world import generate, load_online_retail
from hub.sandbox.world.model import World


@dataclass(frozen=True, slots=True)
class Settings:
    """What every sandbox is started with."""

    host: str
    port: int
    data: Path | None
    size: int
    seed: int
    latency_ms: float
    faults: list[Rule]
    state: Path | None


def start_shopify(*, index_lag_ms: float, points_per_second: float, bucket: float, **options: Any) -> None:
    """Serve a shop until told to stop."""
    settings, clock = Settings(**options), SandboxClock()
    world, loaded = build_world(settings)
    application = ShopifyApplication(
        world,
        now=clock.now,
        seed=settings.seed,
        index_lag=timedelta(milliseconds=index_lag_ms),
        restore_rate=points_per_second,
        bucket=bucket,
    )
    _serve(application, clock, settings, loaded)


def start_sap_b1(**options: Any) -> None:
    """Serve an ERP company until told to stop."""
    settings, clock = Settings(**options), SandboxClock()
    world, loaded = build_world(settings)
    application = SapB1Application(world, now=clock.now, seed=settings.seed, zone=world.zone)
    _serve(application, clock, settings, loaded)


def build_world(settings: Settings) -> tuple[World, dict[str, Any]]:
    """The world to serve; with it the loader's report as `loaded`, where a folder was loaded."""
    if settings.data is None:
        return generate(settings.size, settings.seed), {}
    world, report = load_online_retail(settings.data)
    return world, {"loaded": report.to_json()}


def _serve(application: Application, clock: SandboxClock, settings: Settings, about: dict[str, Any]) -> None:
    faults = Faults(settings.faults, settings.seed)
    server = Server(application, faults, latency_ms=settings.latency_ms, state=settings.state, clock=clock)
    server.run_forever(settings.host, settings.port, about)
