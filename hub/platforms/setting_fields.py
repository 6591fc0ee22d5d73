"""Fields that the settings of several platforms have in common, with what the wizard says of them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate


def rare(label: str, description: str) -> dict[str, Any]:
    """What is said of a setting that hardly anybody needs."""
    return {"label": label, "description": description, "rare": True}


def proxy() -> fields.String:
    """Where calls go out through: it is one of the addresses to which secrets are bound."""
    said = rare("Proxy", "Address of a proxy through which calls go out.")
    return fields.String(load_default="", metadata={**said, "address": True})


def concurrency(usual: int) -> fields.Integer:
    """Calls at a time; None = as many as is usual for the platform."""
    said = rare("Calls at a time", f"Of all workers together; {usual} unless set.")
    return fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1, max=100), metadata=said)
