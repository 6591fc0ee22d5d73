"""Who may do what: roles in their order, and which integrations are open to a person. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

Role = Literal["viewer", "operator", "administrator"]
#: From the one that may least to the one that may most; each may what those before it may.
ROLES: tuple[Role, ...] = ("viewer", "operator", "administrator")
Act = Literal["look", "act", "administer"]
#: Act -> the role that it takes at least.
LEAST: dict[Act, Role] = {"look": "viewer", "act": "operator", "administer": "administrator"}


def allowed(role: str, act: Act) -> bool:
    """Whether a role may do something; a role that nobody knows may nothing."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(LEAST[act])


def sees(integrations: Collection[str], name: str) -> bool:
    """Whether an integration is open to a person with these; none named means all."""
    return not integrations or name in integrations
