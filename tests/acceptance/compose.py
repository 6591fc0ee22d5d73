"""docker-compose.yml as a test reads it: commands, environments and health checks, with the variables filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
#: `${NAME}`, `${NAME:-usual}` and `${NAME:?what to do}`.
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


@dataclass(frozen=True)
class Service:
    """One service."""

    name: str
    image: str
    command: list[str]
    environment: dict[str, str]
    health: list[str]
    replicas: int


def described() -> dict[str, Any]:
    """The whole file."""
    read: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return read


def services(variables: Mapping[str, str]) -> dict[str, Service]:
    """All services by name; KeyError for a variable that has to be set and is not."""
    return {
        name: Service(
            name=name,
            image=entry["image"],
            command=list(entry.get("command", [])),
            environment={key: filled(str(value), variables) for key, value in entry.get("environment", {}).items()},
            health=list(entry["healthcheck"]["test"]),
            replicas=entry["deploy"].get("replicas", 1),
        )
        for name, entry in described()["services"].items()
    }


def filled(text: str, variables: Mapping[str, str]) -> str:
    """A text of the file with its variables filled in."""

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if kind == "-":
            return variables.get(name) or rest
        if not variables.get(name):
            raise KeyError(f"{name}: {rest}")
        return variables[name]

    return VARIABLE.sub(value, text)
