"""Changing the maps of an integration, with a word in the audit trail, and what they do not know yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from marshmallow import ValidationError

from hub import settings as integration_settings
from hub.bootstrap import Hub
from hub.configuration.examining import unmapped_values
from hub.configuration.schema import ENTRY_SCHEMAS
from hub.configuration.unmapped import Unmapped
from hub.enumerating import first_of
from hub.errors import ConfigurationError, HubError
from hub.platforms.platform import Choice
from hub.sides import both_sides
from hub.store.integrations import INTEGRATIONS, Integration
from hub.store.maps import ALWAYS, MAPS, Entry
from hub.sync.assemble import sides_of
from hub.sync.brake import Brake
from objects.fields import Side
from objects.order_statuses import Rule, rules


@dataclass(frozen=True, slots=True)
class Offer:
    """What one side lists for a map; `said` tells why it lists nothing where it was to be asked in vain."""

    choices: tuple[Choice, ...] = ()
    said: str = ""


def row(entry: Entry) -> dict[str, Any]:
    """An entry as it is listed, and noted in the trail."""
    since = None if entry.valid_from == ALWAYS else entry.valid_from.isoformat()
    names = {"map": entry.map, "shop": entry.shop_value, "erp": entry.erp_value}
    return {**names, "valid_from": since, "default": "default" if entry.is_default else "", "rank": entry.rank or None}


def checked(
    map_name: str, shop: str, erp: str, *, valid_from: date | None = None, is_default: bool = False, rank: int = 0
) -> Entry:
    """An entry as its map takes it; ConfigurationError says what is wrong with it."""
    given: dict[str, Any] = {"shop": shop, "erp": erp}
    given |= {"valid_from": valid_from.isoformat()[:10]} if valid_from else {}
    given |= {"default": True} if is_default else {}
    given |= {"rank": rank} if rank else {}
    try:
        loaded = ENTRY_SCHEMAS[map_name]().load(given)
    except ValidationError as error:
        said = error.messages_dict
        words = "; ".join(f"{key}: {' '.join(texts)}" for key, texts in said.items())
        raise ConfigurationError(words, detail=map_name, fix=f"The map {map_name}: {MAPS[map_name]}.") from error
    more = {"is_default": loaded.get("default", False), "rank": loaded.get("rank", 0)}
    return Entry(map_name, loaded["shop"], erp, loaded["valid_from"], **more)


def set_entry(hub: Hub, integration: Integration, entry: Entry) -> None:
    """Put an entry into its map, in the place of one of the same value and day."""
    _refuse_unknown(hub, integration, entry)
    before = next((row(old) for old in hub.maps.entries(integration.id, entry.map) if _same(old, entry)), None)
    hub.maps.put(integration.id, [entry])
    _note(hub, "maps set", integration, entry.map, before, row(entry))


def change_entry(hub: Hub, integration: Integration, before: Entry, entry: Entry) -> None:
    """Put an entry in the place of another one of its map, whose value or day may be another; both or nothing.

    ConfigurationError where the map does not hold that other one as it was seen: what somebody has put there stays.
    """
    _refuse_unknown(hub, integration, entry)
    with hub.database.together():
        hub.database.hold(INTEGRATIONS, integration.id)
        known = hub.maps.entries(integration.id, before.map)
        present = next((one for one in known if _same(one, before)), None)
        if present != before:
            said = f"is {present.erp_value} now" if present else "is gone"
            raise ConfigurationError(
                f"Somebody has changed this meanwhile: {before.shop_value} {said}, it was {before.erp_value}. "
                "Nothing was changed.",
                detail=before.shop_value,
                fix="Look at the entries below, and begin the change anew if it is still to be made.",
            )
        hub.maps.drop(integration.id, [before])
        hub.maps.put(integration.id, [entry])
        _note(hub, "maps set", integration, entry.map, row(before), row(entry))


def remove_entry(hub: Hub, integration: Integration, entry: Entry) -> None:
    """Remove one entry; others of the same value, for other days, stay."""
    hub.maps.drop(integration.id, [entry])
    _note(hub, "maps remove", integration, entry.map, [row(entry)])


def remove_value(hub: Hub, integration: Integration, map_name: str, shop: str) -> None:
    """Remove a value of the shop from a map; ConfigurationError where the map does not have it."""
    before = [row(entry) for entry in hub.maps.entries(integration.id, map_name) if entry.shop_value == shop]
    if not hub.maps.remove(integration.id, map_name, shop):
        raise ConfigurationError(
            f"The map {map_name} has no entry for {shop}.",
            detail=shop,
            fix=f"See: hub maps list {integration.name} {map_name}",
        )
    _note(hub, "maps remove", integration, map_name, before)


#: What people call a code of the ERP in each map.
_CALLED = {
    "location": "warehouse",
    "payment": "credit card",
    "tax": "tax code",
    "item_group": "item group",
    "customer_group": "customer group",
}
#: Codes that are named to somebody whose code is none of them.
_NAMED = 20


def _refuse_unknown(hub: Hub, integration: Integration, entry: Entry) -> None:
    """ConfigurationError for a code that the ERP does not have; any is taken where the ERP does not list them.

    A code that the map has already is not looked up again.
    """
    # Of the places to book to, the ERP lists its credit cards alone.
    kind = "card:" if entry.map == "payment" else ""
    known = {one.erp_value for one in hub.maps.entries(integration.id, entry.map)}
    if not entry.erp_value.startswith(kind) or entry.erp_value in known:
        return
    choices = _offer(hub, integration, integration.erp_id, entry.map).choices
    listed = {one.value: one.label for one in choices if one.value.startswith(kind)}
    if not listed or entry.erp_value in listed:
        return
    there = [f"{code} ({label})" if label else code for code, label in listed.items()]
    raise ConfigurationError(
        f"The ERP has no {_CALLED[entry.map]} {entry.erp_value.removeprefix(kind)}; it has: {first_of(there, _NAMED)}.",
        detail=entry.erp_value,
        fix="Take one of these, or create it in the ERP first.",
    )


def _same(one: Entry, other: Entry) -> bool:
    return (one.shop_value, one.valid_from) == (other.shop_value, other.valid_from)


def _note(
    hub: Hub, action: str, integration: Integration, map_name: str, before: Any, after: Mapping[str, Any] | None = None
) -> None:
    hub.audit.note(action, f"{integration.name} {map_name}", before, after)


def offers(hub: Hub, integration: Integration, map_name: str) -> dict[Side, Offer]:
    """What each side lists for a map, asked once and without patience: somebody waits for a page."""
    return {side: _offer(hub, integration, identity, map_name) for side, identity in sides_of(integration)}


def _offer(hub: Hub, integration: Integration, connection_id: int, map_name: str) -> Offer:
    stored = hub.connections.get(connection_id)
    try:
        Brake(stored, hub.stopped, integration_settings.timing(integration.settings)[0], hub.clock).ensure_lit()
        connection = hub.connect(stored, hurried=True)
        try:
            return Offer(tuple(connection.choices(map_name)))
        finally:
            connection.close()
    except HubError as error:
        return Offer(said=str(error))


def statuses_of(integration: Integration) -> list[Rule]:
    """What becomes of an order by its financial status, under the integration's settings."""
    return rules(integration_settings.load(integration.settings))


def unmapped_of(hub: Hub, integration: Integration, *, hurried: bool = False) -> list[Unmapped]:
    """Values that both sides have in use and no map of the integration knows; both sides are asked.

    `hurried`: somebody waits for a page.
    """
    settings, entries = integration_settings.load(integration.settings), hub.maps.entries(integration.id)
    with both_sides(hub, integration, hurried=hurried) as connections:
        routes = hub.routes.of(integration.id)
        return unmapped_values(integration.name, settings, entries, routes, connections, hub.clock())
