"""What all pages share: who may see them, and which integrations and routes are open to the person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, ClassVar, TypeVar, cast
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, request
from flask_admin import BaseView, expose
from flask_login import current_user
from werkzeug.wrappers import Response

from admin.access import Act
from admin.auth import person, require_personal
from admin.numbers import LARGEST, whole
from admin.times import when
from hub.bootstrap import Hub
from hub.clock import OUT_OF_TIME, in_time
from hub.settings import timing
from hub.store.integrations import Integration
from hub.store.routes import Route

F = TypeVar("F", bound=Callable[..., Any])


def exposed(url: str = "/", *methods: str) -> Callable[[F], F]:
    """Flask-Admin's `expose`, with types."""
    return cast(Callable[[F], F], expose(url, methods or ("GET",)))


@dataclass(frozen=True, slots=True)
class Scope:
    """The integrations that are open to a person, with their routes."""

    integrations: Mapping[int, Integration]
    routes: Mapping[int, Route]

    def integration(self, route_id: int) -> Integration:
        """Whose route it is."""
        return self.integrations[self.routes[route_id].integration_id]

    def zone(self, route_id: int) -> ZoneInfo:
        """The zone in which people of the route's integration live."""
        return timing(self.integration(route_id).settings)[0]

    def named(self, name: str) -> Scope:
        """Narrowed to one integration; as it is for an empty name."""
        if not name:
            return self
        chosen = {key: one for key, one in self.integrations.items() if one.name == name}
        return Scope(chosen, {key: one for key, one in self.routes.items() if one.integration_id in chosen})

    @property
    def any_zone(self) -> ZoneInfo:
        """The zone for what belongs to no integration: that of the first one."""
        for one in self.integrations.values():
            return timing(one.settings)[0]
        return ZoneInfo("UTC")


class View(BaseView):  # type: ignore[misc]
    """A page of the console, closed to those whose role does not allow it."""

    #: What a person must be allowed to do to see any of it.
    needs: ClassVar[Act] = "look"

    def __init__(self, hub: Hub, name: str, **more: Any) -> None:
        super().__init__(name=name, **more)
        self.hub = hub

    def is_accessible(self) -> bool:
        """Whether the person's role allows the page; it also hides it from the menu."""
        return bool(current_user.is_authenticated and current_user.may(self.needs))

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        # Flask-Admin's own one takes a TypeError inside a view for a wrong signature, and calls it again.
        return fn(self, *args, **kwargs)

    def now(self) -> datetime:
        """The time of the hub's clock."""
        return self.hub.clock()

    def scope(self) -> Scope:
        """What is open to whoever asks."""
        open_ones = {one.id: one for one in self.hub.integrations.all() if person().may_see(one.name)}
        routes = {one.id: one for one in self.hub.routes.all() if one.integration_id in open_ones}
        return Scope(open_ones, routes)

    def route(self, identity: int) -> tuple[Scope, Route]:
        """A route that is open to the person; 404 for any other, so that nobody learns that there is one."""
        scope = self.scope()
        if identity not in scope.routes:
            abort(404)
        return scope, scope.routes[identity]

    def integration(self, name: str) -> tuple[Scope, Integration]:
        """An integration that is open to the person, with its routes; 404 for any other."""
        scope = self.scope().named(name)
        found = next(iter(scope.integrations.values()), None)
        if not name or found is None:
            abort(404)
        return scope, found

    def note(self, action: str, subject: str, before: Any = None, after: Any = None) -> None:
        """Put what the person has done into the audit trail."""
        self.hub.audit.note(action, subject, before, after, actor=person().name)

    def page(self, template: str, **values: Any) -> str:
        """A page of ours, with the time as it is now."""
        now = self.now()

        def told(value: datetime | None, zone: ZoneInfo, nothing: str = "–") -> Any:
            return when(value, now, zone, nothing=nothing)

        return cast(str, self.render(f"hub/{template}.html", now=now, when=told, **values))


class MaskedView(View):
    """Pages of one thing each: what is personal in it is masked until somebody who has the right asks for it."""

    #: What the trail calls such a thing.
    thing: ClassVar[str]

    @exposed("/<int:identity>")
    def one(self, identity: int) -> str:
        """One of them; personal values are masked."""
        return self._shown(identity, personal=False)

    @exposed("/<int:identity>/personal", "POST")
    def personal(self, identity: int) -> str:
        """The same with personal data, for those who have the right; each showing is in the trail."""
        require_personal()
        shown = self._shown(identity, personal=True)
        self.note("show personal data", f"{self.thing} {identity}")
        return shown

    def _shown(self, identity: int, *, personal: bool) -> str:
        raise NotImplementedError


def back(default: str, message: str = "", kind: str = "good") -> Response:
    """To the page from which something was pressed (a path of ours), with a word about it."""
    if message:
        flash(message, kind)
    wanted = request.form.get("back", "")
    here = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return redirect(wanted if here else default)


def number(name: str, *, largest: int = LARGEST) -> int | None:
    """A whole number of the address; None where there is none, 400 for anything else."""
    text = request.args.get(name, "").strip()
    if not text:
        return None
    found = whole(text, largest)
    if found is None:
        abort(400, f"{name} is a whole number of at most {largest}.")
    return found


def moment(text: str, zone: tzinfo) -> datetime:
    """A moment that somebody has written; without a zone it is one of these clocks. ValueError: it is none."""
    found = datetime.fromisoformat(text)
    if not in_time(found):
        raise ValueError(OUT_OF_TIME)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def day(text: str) -> date:
    """A day that somebody has written. ValueError: it is none."""
    found = date.fromisoformat(text)
    if not in_time(found):
        raise ValueError(OUT_OF_TIME)
    return found


def chosen(name: str, allowed: Any) -> str:
    """A choice of the address; empty where there is none, 400 for what is no choice."""
    text = request.args.get(name, "").strip()
    if text and text not in allowed:
        abort(400, f"{name} cannot be {text}.")
    return text
