"""The data a sandbox is filled with: generated from a seed, or loaded from a folder."""

from __future__ import annotations

from hub.sandbox.world.generate import generate
from hub.sandbox.world.online_retail import load_online_retail

__all__ = ["generate", "load_online_retail"]
