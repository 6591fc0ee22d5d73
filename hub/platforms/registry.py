"""The platforms the hub can talk to: one line each, imported on first use."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from hub.errors import ConfigurationError
from hub.platforms.platform import Platform

PLATFORMS = {
    "shopify": "hub.platforms.shopify.platform:Shopify",
    "sap_b1": "hub.platforms.sap_b1.platform:SapB1",
}


@cache
def platform(name: str) -> Platform:
    """The platform of this name; ConfigurationError that lists the known ones when there is none."""
    if name not in PLATFORMS:
        raise ConfigurationError(f"There is no platform {name}. Known: {', '.join(sorted(PLATFORMS))}.", detail=name)
    module, _, attribute = PLATFORMS[name].partition(":")
    made: Platform = getattr(import_module(module), attribute)()
    return made
