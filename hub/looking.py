"""Looking into the message log: under the hub's keys, with what is personal masked, and noted where it is not."""

from __future__ import annotations

from dataclasses import fields

from hub.bootstrap import Hub
from hub.platforms.registry import platform
from message_log.detail import Details
from message_log.queries import Queries
from message_log.streams import Filters
from objects.registry import OBJECTS

#: Global ids that a bare number may be meant by.
_GLOBAL = ("Order", "Product", "ProductVariant", "Customer")


def spellings(text: str) -> tuple[str, ...]:
    """What may be meant by what somebody has typed: 1042 is the order #1042, or the number in a global id."""
    if not (text.isascii() and text.isdecimal()):
        return (text,)
    return (text, f"#{text}", *(f"gid://shopify/{kind}/{text}" for kind in _GLOBAL))


def queries(hub: Hub) -> Queries:
    """What searches the log."""
    return Queries(hub.log_database.engine.execution_options(hub_reading=True), hub.vault)


def details(hub: Hub) -> Details:
    """What shows one message in full."""
    nameless = {name for name, entry in OBJECTS.items() if not entry.personal}
    engine = hub.log_database.engine.execution_options(hub_reading=True)
    return Details(engine, hub.vault, personal_names(hub), nameless)


def personal_names(hub: Hub) -> dict[str, frozenset[str]]:
    """Names of personal fields, of whichever platform, for every object."""
    names = frozenset[str]().union(*(entry.personal for entry in OBJECTS.values()))
    for stored in hub.connections.all():
        names |= platform(stored.platform).personal
    return dict.fromkeys(OBJECTS, names)


def told(hub: Hub, filters: Filters) -> dict[str, str]:
    """A search as it may stand in the trail."""
    given = {one.name: getattr(filters, one.name) for one in fields(filters) if one.name != "spelled"}
    asked = {name: str(value) for name, value in given.items() if value is not None and name != "person"}
    # Whom somebody looked for is personal, too.
    return asked | ({"person": hub.vault.keyed_hash(filters.person)} if filters.person else {})


def note_showing(hub: Hub, subject: str, filters: Filters) -> None:
    """Note in the trail that somebody had personal data shown, and by which search."""
    hub.audit.note("show personal data", subject, after=told(hub, filters))
