"""What is open to whoever asks: integrations, routes, and what hangs on them. All else is not there."""

from __future__ import annotations

from collections.abc import Iterable

from admin.access import sees
from admin.api.blueprint import bearer, the_hub
from admin.api.problems import Problem, missing
from hub.store.integrations import Integration
from hub.store.routes import Route
from objects.registry import OBJECTS


def path_of(objects: Iterable[str]) -> str:
    """The parts of a path that name a route of one of these objects."""
    directions = "<any(shop_to_erp,erp_to_shop):direction>"
    return f"/integrations/<name>/routes/<any({','.join(objects)}):object_name>/{directions}"


ROUTE = path_of(sorted(OBJECTS))
#: A number in a path: no larger than ids can be, as everywhere in the application (`admin/numbers.py`).
NUMBER = "int"

#: A route with its integration.
Place = tuple[Integration, Route]


def is_open(name: str) -> bool:
    """Whether an integration is open to the person."""
    return sees(bearer().integrations, name)


def integrations(name: str | None = None) -> list[Integration]:
    """The integrations that are open, or the one of this name."""
    if name is not None:
        return [integration(name)]
    return [one for one in the_hub().integrations.all() if is_open(one.name)]


def integration(name: str) -> Integration:
    """The integration of this name; a 404 where it is not there, or not open."""
    found = next((one for one in the_hub().integrations.all() if one.name == name and is_open(name)), None)
    if found is None:
        raise missing(f"integration {name}")
    return found


def places(name: str | None = None, object_name: str | None = None, direction: str | None = None) -> dict[int, Place]:
    """The routes that are open, narrowed, by their ids."""
    return {
        route.id: (one, route)
        for one in integrations(name)
        for route in the_hub().routes.of(one.id)
        if object_name in (None, route.object) and direction in (None, route.direction)
    }


def place(name: str, object_name: str, direction: str) -> Place:
    """One route with its integration; a 404 where it is not there, or not open."""
    found = list(places(name, object_name, direction).values())
    if not found:
        raise missing(f"route {object_name} {direction} of {name}")
    return found[0]


def on(route_id: int, what: str) -> Place:
    """The route on which something hangs; a 404 for the thing where its integration is not open."""
    route = the_hub().routes.get(route_id)
    one = the_hub().integrations.get(route.integration_id)
    if not is_open(one.name):
        raise missing(what)
    return one, route


def sees_personal(wanted: bool) -> bool:
    """Whether personal data is shown; a 403 where it is wanted by somebody without the right."""
    if wanted and not bearer().sees_personal:
        raise Problem(403, f"{bearer().token.user} has not the right to see personal data.", fix="Leave personal out.")
    return wanted


def refuse_search(what: str) -> None:
    """Refuse a search among people by those without the right: whoever finds a name letter by letter knows it."""
    if not bearer().sees_personal:
        raise Problem(403, f"{what} takes the right to see personal data.", fix="Ask an administrator for it.")
