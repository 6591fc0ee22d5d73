"""Kinds of values that commands take, and where they look for what they are about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.store.routes import Route
from objects.registry import OBJECTS


class Moment(click.ParamType[datetime]):
    """A day or a time; without a zone it is meant in that of this machine."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read ISO 8601."""
        try:
            return datetime.fromisoformat(str(value)).astimezone()
        except ValueError:
            self.fail(f"{value} is no time; write 2026-11-21 or 2026-11-21T14:30+01:00.", param, ctx)


MOMENT = Moment()
OBJECT = click.Choice(sorted(OBJECTS))
DIRECTION = click.Choice(["shop_to_erp", "erp_to_shop"])
limit_option = click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


def routes_of(hub: Hub, name: str, object_name: str | None = None, direction: str | None = None) -> list[Route]:
    """Routes of an integration, narrowed; ConfigurationError where none is left."""
    integration = hub.integrations.named(name)
    found = [
        route
        for route in hub.routes.of(integration.id)
        if object_name in (None, route.object) and direction in (None, route.direction)
    ]
    if not found:
        wanted = " ".join(part for part in (object_name, direction) if part) or "anything"
        raise ConfigurationError(
            f"No route of {name} carries {wanted}.",
            detail=name,
            fix="Add the route to the integration's file and run `hub apply`.",
        )
    return found


def confirmed(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be taken back; without a terminal and without --yes the answer is no."""
    if not yes:
        click.confirm(question, abort=True)
