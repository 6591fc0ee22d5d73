"""Faults of a file that only the store, or the two platforms together, can show."""

from __future__ import annotations

from hub.configuration.field_choices import faults_of_one_way, faults_of_twins
from hub.configuration.file import SIDES, IntegrationFile
from hub.configuration.routes import unsupported
from hub.configuration.wanted import Known, Wanted, identity
from hub.settings import load as load_settings
from hub.store.maps import Entry
from objects.registry import OBJECTS


def note_faults(file: IntegrationFile, known: Known, wanted: Wanted) -> None:
    """Note what is wrong with a file in the light of what the store holds."""
    _of_connections(file, known)
    _of_entries(file, known, wanted)
    _of_routes(file, known, wanted)
    faults_of_twins(file.fields, wanted.fields, file.places)
    faults_of_one_way(file.fields, wanted.directions, file.places)


def _of_connections(file: IntegrationFile, known: Known) -> None:
    for side in SIDES:
        part = file.sides[side]
        stored = known.connections.get(part.name)
        if stored is not None and stored.platform != part.platform:
            text = f"The connection {part.name} is one to {stored.platform} already."
            file.places.fault((side, "name"), text, "Give this one another name.")


def _of_entries(file: IntegrationFile, known: Known, wanted: Wanted) -> None:
    """The file's entries must get on with those stored ones that it does not name, unless these are to go."""
    named = {identity(entry) for entry in file.entries.values()}
    others = [entry for entry in known.entries if identity(entry) not in named and entry not in wanted.gone]
    for path, entry in file.entries.items():
        for other in others:
            trouble = _trouble(entry, other)
            if trouble:
                command = f'hub maps remove {file.name} {other.map} "{other.shop_value}"'
                file.places.fault(path, trouble, f"Name that entry in the file, too, or remove it: {command}")


def _trouble(entry: Entry, other: Entry) -> str:
    """Why two entries cannot stand side by side; empty where they can."""
    if entry.map != other.map:
        return ""
    same = entry.shop_value.casefold() == other.shop_value.casefold()
    if entry.map != "location":
        twice = same and entry.valid_from == other.valid_from
        return f"The store has this value already, written {other.shop_value}." if twice else ""
    if same or entry.erp_value.casefold() == other.erp_value.casefold():
        return f"The store pairs {other.shop_value} with {other.erp_value} already."
    return f"The store has {other.shop_value} as the default." if entry.is_default and other.is_default else ""


def _of_routes(file: IntegrationFile, known: Known, wanted: Wanted) -> None:
    entries = {(entry.map, entry.shop_value): entry for entry in [*known.entries, *file.entries.values()]}
    settings = load_settings(wanted.settings)
    refused = unsupported(
        {side: (part.platform, part.name, part.settings) for side, part in file.sides.items()},
        {route.name: (route.object, route.direction) for route in file.routes.values()},
        {**settings, "name": file.name},
        list(entries.values()),
    )
    needs_cut_over = settings["order_cut_over"] is None
    for path, route in file.routes.items():
        if route.name in refused:
            file.places.fault(path, f"No pair of platforms carries {route.name}: {refused[route.name]}", "Remove it.")
        elif route.enabled and needs_cut_over and not OBJECTS[route.object].initialized:
            fix = "Set order_cut_over below `settings`: from which moment on are orders imported?"
            file.places.fault(path, "This route needs a cut-over.", fix)
    if needs_cut_over and "order_cut_over" in file.settings:
        named = {route.name for route in file.routes.values()}
        stored = [route for route in wanted.routes.values() if route.enabled and route.name not in named]
        if any(not OBJECTS[route.object].initialized for route in stored):
            text = "The order route is on and needs its cut-over."
            file.places.fault(("settings", "order_cut_over"), text, "Write the moment, or switch the route off.")
