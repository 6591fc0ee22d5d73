"""What somebody has typed to choose records: from the address or a form to a choice, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import abort
from werkzeug.datastructures import MultiDict

from admin.auth import person
from admin.views.base import Scope
from hub.platforms.endpoint import Criteria
from hub.selecting.choosing import DIRECTIONS, Choice, Show
from hub.store.routes import Route
from objects.registry import OBJECTS

SHOWN = ("marked", "unmarked", "new")
#: Longest text of one criterion.
LONGEST = 200
#: Records that one press is about, unless it is about all that match.
MOST = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose records are chosen from, and which."""

    scope: Scope
    #: The routes whose records may be chosen from.
    routes: list[Route]
    #: None = there is none.
    route: Route | None
    #: What was typed, by the names of its fields.
    typed: dict[str, str]
    choice: Choice
    #: Whether names and addresses of people are shown.
    personal: bool
    picks: tuple[str, ...] = ()

    @property
    def address(self) -> dict[str, Any]:
        """The same as part of an address."""
        more = {"personal": "1"} if self.personal else {}
        return {**self.typed, **more, **({"route": self.route.id} if self.route else {})}

    def noted(self, text_as: str) -> dict[str, Any]:
        """The criteria as the trail shows them; whom somebody looked for is written as `text_as`."""
        typed = {**self.typed, **({"text": text_as} if self.typed.get("text") else {})}
        return {**typed, **({"keys": list(self.picks)} if self.picks else {})}


def asked(scope: Scope, object_name: str, given: MultiDict[str, str]) -> Asked:
    """What an address or a form asks for; 400 where it makes no sense, 404 for what is not open to the person."""
    routes = [one for one in scope.routes.values() if one.object == object_name and one.enabled]
    routes.sort(key=lambda one: (one.direction != DIRECTIONS[object_name], scope.integration(one.id).name))
    names = ("codes_from", "codes_to", "groups_from", "groups_to", "text", "shown")
    typed = {name: given.get(name, "").strip()[:LONGEST] for name in names if given.get(name, "").strip()}
    if typed.get("shown", "") not in ("", *SHOWN):
        abort(400, f"shown cannot be {typed['shown']}.")
    personal = bool(given.get("personal"))
    if personal and not person().user.sees_personal:
        abort(403)
    if typed.get("text") and not may_search(object_name):
        abort(403, "Words are looked for in names, too: that takes the right to see personal data.")
    picks = tuple(dict.fromkeys(key for key in given.getlist("pick") if key))
    if len(picks) > MOST:
        abort(400, f"No more than {MOST} records are ticked at a time; tick all that match instead.")
    return Asked(scope, routes, _route(routes, given.get("route", "")), typed, _choice(typed), personal, picks)


def may_search(object_name: str) -> bool:
    """Whether the person may look for words: whoever finds a person letter by letter needs to see no name."""
    return person().user.sees_personal or not OBJECTS[object_name].label_is_personal


def _route(routes: list[Route], wanted: str) -> Route | None:
    if not wanted:
        return routes[0] if routes else None
    found = [one for one in routes if str(one.id) == wanted]
    if not found:
        abort(404)
    return found[0]


def _choice(typed: Mapping[str, str]) -> Choice:
    def ends(name: str) -> tuple[str, str]:
        return typed.get(f"{name}_from", ""), typed.get(f"{name}_to", "")

    criteria = Criteria(ends("codes"), ends("groups"), typed.get("text", ""))
    return Choice(criteria, show=cast(Show, typed.get("shown", "")))
