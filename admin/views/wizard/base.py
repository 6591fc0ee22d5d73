"""What all steps of the wizard share: which integration it is, who may change it, and the steps beside the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from admin.auth import person
from admin.standing import steps
from admin.views.base import View
from hub.bootstrap import Hub
from hub.clock import zone_names
from hub.configuration.draft import Document
from hub.drafting import STEPS, Overtaken, Work, change, step_print, work
from hub.settings import readable
from hub.store.routes import Route
from hub.trying import References


class Wizard(View):
    """A part of the wizard."""

    def __init__(self, hub: Hub, name: str, **more: Any) -> None:
        super().__init__(hub, name, **more)
        self.references = References(hub)

    def _handle_view(self, view: str, /, **values: Any) -> None:
        # Flask-Admin's own one has a parameter `name`, which is a part of our addresses.
        if not self.is_accessible():
            abort(403)

    @property
    def acting(self) -> Hub:
        """The hub whose audit trail is under the person's name."""
        return self.hub.acting_for(person().name)

    def there(self, name: str) -> Work:
        """An integration or draft that is open to the person; 404 for any other."""
        if not person().may_see(name):
            abort(404)
        found = work(self.hub, name)
        if found is None:
            abort(404)
        return found

    def routes_of(self, there: Work) -> list[Route]:
        """Its routes as they are deployed."""
        return self.hub.routes.of(there.integration.id) if there.integration else []

    def step(self, there: Work, key: str, **values: Any) -> str:
        """The page of a step."""
        routes = self.routes_of(there)
        zone = ZoneInfo(readable(plain_settings(there))["zone"])
        may = person().may("administer")
        shown = steps(there, routes)
        keys = list(STEPS)
        place = keys.index(key)
        following = keys[place + 1] if place + 1 < len(keys) else ""
        given = {"there": there, "steps": shown, "key": key, "zone": zone, "may": may, "following": following}
        # A form that is shown again after a fault is still about what it was made of.
        posted = request.form.get("shown") if "overtaken" not in values else None
        given["shown"] = step_print(there, key) if posted is None else posted
        given |= {"zone_list": sorted(zone_names()), "at": datetime.fromisoformat}
        return self.page(f"wizard/{key}", title=STEPS[key], routes=routes, **given, **values)

    def keep(
        self, name: str, key: str, edit: Callable[[Document], None], again: Callable[[Work, Overtaken], str], said: str
    ) -> Any:
        """Keep what the form of a step says; `again` shows it once more where somebody was faster."""
        try:
            change(self.acting, name, key, edit, shown=request.form.get("shown", ""))
        except Overtaken as error:
            return again(self.there(name), error), 409
        return self.onward(name, key, said)

    def onward(self, name: str, key: str, message: str) -> Response:
        """After a step was saved: to the next one, or stay, as was pressed."""
        flash(message, "good")
        keys = list(STEPS)
        if request.form.get("then") == "next":
            key = keys[min(keys.index(key) + 1, len(keys) - 1)]
        return redirect(url_for(f".{key}", name=name))


def plain_settings(there: Work) -> dict[str, Any]:
    """The settings of a configuration as `hub.settings` takes them."""
    return dict(there.document["settings"])
