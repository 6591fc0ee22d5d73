"""The first page: how every route stands, what is being done, and what asks for a look."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_admin import AdminIndexView

from admin.cards import added_up
from admin.overview import SHOWN, alerts, cards, under_way
from admin.views.base import View, exposed
from hub.bootstrap import Hub
from hub.store.failure_list import FailureList


class Dashboard(View, AdminIndexView):  # type: ignore[misc]
    """A card per route; refreshes itself."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub, "Dashboard", url="/", endpoint="admin")

    @exposed("/")
    def index(self) -> str:
        """The page."""
        return self.page("dashboard", **self._facts())

    @exposed("/live")
    def live(self) -> str:
        """The part of the page that changes."""
        return self.page("_dashboard", **self._facts())

    def _facts(self) -> dict[str, Any]:
        everything = self.scope()
        only = request.args.get("integration", "")
        scope = everything.named(only)
        now = self.now()
        routes = list(scope.routes.values())
        shown = cards(self.hub, scope, routes[:SHOWN], now)
        causes = FailureList(self.hub.database).causes([route.id for route in routes])
        return {
            "scope": scope,
            "everything": everything,
            "only": only,
            "cards": shown,
            "left_out": max(len(routes) - SHOWN, 0),
            "causes": causes,
            "going_on": under_way(self.hub, scope, now),
            "alerts": alerts(self.hub, scope),
            "added_up": added_up,
        }
