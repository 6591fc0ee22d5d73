"""Reads the file that describes one integration, and names everything that is wrong in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema

from hub.configuration import variables
from hub.configuration.faults import Path, Places
from hub.configuration.field_choices import Choices, field_choices
from hub.configuration.schedules import schedule_of
from hub.configuration.schema import ENTRY_SCHEMAS, FileSchema, RouteSchema, load
from hub.configuration.tree import parse
from hub.platforms.platform import Platform
from hub.platforms.registry import PLATFORMS, platform
from hub.schedule import Schedule
from hub.settings import SCHEMA
from hub.store.maps import ALWAYS, GROUPS, Entry
from hub.store.routes import Direction, Policy
from hub.windows import leaves_no_time
from objects.fields import Side

_SCHEMA = FileSchema()
_ENTRIES = {name: schema() for name, schema in ENTRY_SCHEMAS.items()}
_ROUTE = RouteSchema()
SIDES: tuple[Side, Side] = ("shop", "erp")
#: Objects whose records a person can mark for synchronisation.
MARKABLE = frozenset({"customer", "product"})


@dataclass(frozen=True, slots=True)
class ConnectionPart:
    """One side as the file describes it; `settings` are plain values and include the secrets."""

    platform: str
    name: str
    settings: Mapping[str, Any]
    secret: frozenset[str]
    #: Daily hours without any call: {"from": "02:00", "to": "03:30"}.
    blackout: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RoutePart:
    """One route as the file describes it."""

    object: str
    direction: Direction
    enabled: bool
    #: None: as it is in the store.
    policy: Policy | None = None
    freeze: list[dict[str, str]] | None = None
    schedule: Schedule | None = None
    #: Minutes without a run that came to its end, until an alert is raised; 0 = never.
    alert_after_minutes: int | None = None

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.object} {self.direction}"


@dataclass(frozen=True, slots=True)
class IntegrationFile:
    """A file without faults in itself; `places` says where each value stands, for what the store adds to it."""

    name: str
    sides: Mapping[Side, ConnectionPart]
    #: What the file names, as it is stored.
    settings: Mapping[str, Any]
    entries: Mapping[Path, Entry]
    routes: Mapping[Path, RoutePart]
    #: Object -> the fields that the file names, as they are stored.
    fields: Choices
    places: Places


def read(text: str, environment: Mapping[str, str], source: str = "The file") -> IntegrationFile:
    """The integration that a file describes; FaultyFile (a ConfigurationError) names all its faults with their lines.

    `environment` holds the variables that `${NAME}` stands for.
    """
    raw, places = parse(text, source)
    if not isinstance(raw, dict):
        places.fault((), "The file is no mapping.", "Begin with `name: …`.")
        places.refuse_faults()
    _secrets_in_clear(raw, places)
    value = _filled(raw, environment, places, ())
    loaded = load(_SCHEMA, value, places) or {}
    sides = {side: _connection(value, side, places) for side in SIDES}
    entries = dict(_entries(value.get("maps"), places))
    routes = dict(_routes(value.get("routes"), places))
    fields = field_choices(value.get("fields"), places)
    _faults_of_entries(entries, places)
    _faults_of_routes(routes, places)
    _same_name(sides, places)
    places.refuse_faults()
    return IntegrationFile(
        name=loaded["name"],
        sides={side: part for side, part in sides.items() if part is not None},
        settings=_plain(SCHEMA, loaded["settings"], value.get("settings") or {}),
        entries=entries,
        routes=routes,
        fields=fields,
        places=places,
    )


# -- the environment --------------------------------------------------------------------------------------------------


def _filled(value: Any, environment: Mapping[str, str], places: Places, path: Path) -> Any:
    """The value with its variables filled in; one that is not set is a fault."""
    if isinstance(value, dict):
        return {key: _filled(inner, environment, places, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, environment, places, (*path, index)) for index, inner in enumerate(value)]
    if not isinstance(value, str):
        return value
    for name in variables.missing(value, environment):
        fix = f"Set {name} before you apply the file." if name.isidentifier() else "Write a name: ${SHOP_TOKEN}."
        places.fault(path, f"The variable {name or '(no name)'} is not set.", fix, at_value=True)
    return variables.filled(value, environment)


def _secrets_in_clear(raw: Mapping[str, Any], places: Places) -> None:
    """A secret that is written out would be kept in every copy of the file."""
    for side in SIDES:
        part = raw.get(side)
        kind = _kind(part.get("platform")) if isinstance(part, dict) else None
        settings = part.get("settings") if isinstance(part, dict) else None
        if kind is None or not isinstance(settings, dict):
            continue
        for name in sorted(secret_names(kind.settings_schema()) & settings.keys()):
            value = settings[name]
            if isinstance(value, str) and value and not variables.mentions(value):
                stand_in = variables.placeholder(side, name)
                fix = f"Write {stand_in} and set that variable."
                places.fault((side, "settings", name), "A secret does not belong into a file.", fix, at_value=True)


# -- connections ------------------------------------------------------------------------------------------------------


def secret_names(schema: Schema) -> frozenset[str]:
    """Names of the settings that a platform marks as secret."""
    return frozenset(name for name, field in schema.fields.items() if field.metadata.get("secret"))


def _kind(name: Any) -> Platform | None:
    return platform(name) if isinstance(name, str) and name in PLATFORMS else None


def _connection(value: Mapping[str, Any], side: Side, places: Places) -> ConnectionPart | None:
    """One side, checked by its platform's own schema; None where the file's form is wrong already."""
    part = value.get(side)
    if not isinstance(part, dict) or not isinstance(part.get("platform"), str):
        return None
    kind = _kind(part["platform"])
    path = (side, "platform")
    if kind is None:
        known = " or ".join(sorted(name for name in PLATFORMS if platform(name).side == side))
        places.fault(path, f"There is no platform {part['platform']}.", f"Write {known}.", at_value=True)
        return None
    if kind.side != side:
        places.fault(path, f"{kind.name} is no {side}.", f"It belongs under `{kind.side}`.", at_value=True)
        return None
    settings = part.get("settings")
    given: dict[str, Any] = settings if isinstance(settings, dict) else {}
    schema = kind.settings_schema()
    loaded = load(schema, given, places, (side, "settings"))
    if loaded is None:
        return None
    name = part.get("name") or f"{value.get('name')} {side}"
    hours = _blackout(part.get("blackout"), side, places)
    return ConnectionPart(kind.name, str(name), _plain(schema, loaded, given), secret_names(schema), hours)


def _blackout(rows: Any, side: Side, places: Places) -> tuple[Mapping[str, str], ...]:
    """The daily hours of a connection; what is wrong with a row by itself the file's form has told."""
    hours = tuple(row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()
    if not places.faults and hours and leaves_no_time(hours):
        fix = "Leave some time free; to stop a connection, use `hub stop`."
        places.fault((side, "blackout"), "These hours cover the whole day: nothing would ever be synchronised.", fix)
    return hours


def _plain(schema: Schema, loaded: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, in the form in which it is stored: JSON values, each in one way of writing."""
    dumped = schema.dump(loaded)
    return {name: dumped[name] for name in given if name in dumped}


def _same_name(sides: Mapping[Side, ConnectionPart | None], places: Places) -> None:
    shop, erp = sides["shop"], sides["erp"]
    if shop is not None and erp is not None and shop.name == erp.name:
        places.fault(("erp", "name"), f"Both connections are called {erp.name}.", "Give each a name of its own.")


# -- maps and routes --------------------------------------------------------------------------------------------------


def _entries(maps: Any, places: Places) -> Iterator[tuple[Path, Entry]]:
    for name, schema in _ENTRIES.items():
        rows = maps.get(name) if isinstance(maps, dict) else None
        for path, row in _rows(rows, schema, places, ("maps", name)):
            more = {"is_default": row.get("default", False), "rank": row.get("rank", 0)}
            yield path, Entry(name, row["shop"], row["erp"], row["valid_from"], **more)


def _routes(rows: Any, places: Places) -> Iterator[tuple[Path, RoutePart]]:
    for path, row in _rows(rows, _ROUTE, places, ("routes",)):
        if row["policy"] == "marked" and row["object"] not in MARKABLE:
            text = f"Records of {row['object']} are not marked one by one."
            places.fault((*path, "policy"), text, "Write all, or remove this key.", at_value=True)
        if row["freeze"] is not None:
            row["freeze"] = [{key: moment.isoformat() for key, moment in window.items()} for window in row["freeze"]]
        row["schedule"] = schedule_of(row["schedule"], places, (*path, "schedule"))
        yield path, RoutePart(**row)


def _rows(rows: Any, schema: Schema, places: Places, at: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The rows of a list that are as they should be, each with its place."""
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        loaded = load(schema, row, places, (*at, index)) if isinstance(row, dict) else None
        if loaded is not None:
            yield (*at, index), loaded


def _faults_of_entries(entries: Mapping[Path, Entry], places: Places) -> None:
    """Each value once a day; in the location map each side once, and one default."""
    seen: dict[tuple[Any, ...], Path] = {}
    default: Path | None = None
    for path, entry in entries.items():
        location = entry.map == "location"
        for field, other in (("shop", entry.shop_value), ("erp", entry.erp_value)):
            if field == "erp" and not location:
                continue
            since = None if location else entry.valid_from
            first = seen.setdefault((entry.map, field, other.casefold(), since), path)
            if first != path:
                line = places.positions[first][0]
                fix = "Keep one" + ("." if entry.map in GROUPS else ", or give them different days.")
                fix = "Pair each warehouse with one location." if location else fix
                places.fault((*path, field), f"{other} is mapped in line {line} already.", fix, at_value=True)
        if location and entry.valid_from != ALWAYS:
            places.fault((*path, "valid_from"), "A location counts always.", "Remove this line.")
        if entry.is_default:
            if default is not None:
                line = places.positions[default][0]
                fix = "Keep one of the two."
                places.fault((*path, "default"), f"The default is in line {line} already.", fix, at_value=True)
            default = default or path


def _faults_of_routes(routes: Mapping[Path, RoutePart], places: Places) -> None:
    seen: dict[str, Path] = {}
    for path, route in routes.items():
        first = seen.setdefault(route.name, path)
        if first != path:
            line = places.positions[first][0]
            places.fault(path, f"The route {route.name} stands in line {line} already.", "Keep one of the two.")
