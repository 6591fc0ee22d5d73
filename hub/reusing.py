"""Which integrations use a connection, and using one in a draft that is there already.

Such a connection is used as it is: its settings are changed in the wizard of an integration that uses it, and from then
on for all that do. So nobody changes it unawares, and a draft holds neither its settings nor its credentials.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hub.bootstrap import Hub
from hub.configuration import draft
from hub.configuration.draft import Document
from hub.configuration.file import SIDES
from hub.drafting import Work, change, present_part, side_print
from hub.errors import ConfigurationError
from objects.fields import Side

#: Whether the integration of a name is open to whoever asks.
May = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Offer:
    """A connection that can be chosen, and those of its integrations that are open to the person."""

    name: str
    users: tuple[str, ...]


def users(hub: Hub) -> dict[str, tuple[str, ...]]:
    """By the name of each connection, the integrations that use it."""
    integrations = hub.integrations.all()
    return {
        stored.name: tuple(one.name for one in integrations if stored.id in (one.shop_id, one.erp_id))
        for stored in hub.connections.all()
    }


def offers(hub: Hub, there: Work, side: Side, may: May, *, unused: bool) -> list[Offer]:
    """Connections that a side may use: those whose integrations are all open to the person.

    `unused`: those that no integration uses, too; whose they were is not known, so they are for who administers all.
    """
    present, using = present_part(hub, there, side), users(hub)
    own = present["name"] if present else None
    kind = there.document[side]["platform"]
    return [
        Offer(one.name, tuple(filter(may, using[one.name])))
        for one in hub.connections.all()
        if one.platform == kind and (one.name == own or (all(map(may, using[one.name])) if using[one.name] else unused))
    ]


def use(hub: Hub, there: Work, side: Side, offer: Offer | None, *, shown: str | None) -> Work:
    """Let a side of a draft use a connection that is there already, or (None) a new one of its own."""
    present, taken = present_part(hub, there, side), [one.name for one in hub.connections.all()]

    def edit(document: Document) -> None:
        part = document[side]
        if offer is None:
            if part["name"] in taken:
                document[side] = draft.new_side(there.name, side, part["platform"], taken)
        elif present is not None and offer.name == present["name"]:
            # What was changed of it in the draft stays where it is chosen already.
            if part["name"] != offer.name or draft.AS_IT_IS in part:
                document[side] = present
        else:
            document[side] = {"platform": part["platform"], "name": offer.name, "settings": {}, draft.AS_IT_IS: True}

    return change(hub, there.name, "connectivity", edit, shown=shown, of=lambda now: side_print(now, side))


def refuse_foreign(hub: Hub, there: Work, may: May) -> None:
    """Refuse a draft that would change the connection of an integration that is not open to whoever deploys it."""
    using = users(hub)
    for name in sorted({str(there.document[side].get("name")) for side in SIDES}):
        if not all(map(may, using.get(name, ()))):
            raise ConfigurationError(
                f"The connection {name} belongs to an integration that is not open to you, too.",
                detail=name,
                fix="Ask an administrator of all integrations.",
            )
