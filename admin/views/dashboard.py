"""The first page: how every route stands, what is being done, and what asks for a look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, abort, request
from flask_admin import AdminIndexView

from admin.cards import added_up
from admin.chart import DRAWN, POLICY, draw, words
from admin.overview import SHOWN, alerts, cards, under_way
from admin.times import span
from admin.views.base import Scope, View, chosen, exposed, number
from hub.bootstrap import Hub
from hub.day_counts import Day, DayCounts
from hub.store.failure_list import FailureList
from hub.store.runs import VERDICTS

#: Days that the chart may show; the first is the default.
DAYS = (14, 30)


@dataclass(frozen=True, slots=True)
class Chart:
    """What a page says of the chart."""

    shown: list[Day]
    zone: ZoneInfo
    #: Tells a newer picture from an older one.
    at: int

    @property
    def days(self) -> int:
        """How many days it shows."""
        return len(self.shown)

    @property
    def drawn(self) -> bool:
        """Whether there is anything to draw."""
        return any(day.counts[name] for day in self.shown for name in DRAWN)

    @property
    def words(self) -> str:
        """What it shows, in words."""
        return words(self.shown)

    @property
    def verdicts(self) -> tuple[str, ...]:
        """The columns of the table."""
        return VERDICTS

    @property
    def table(self) -> list[tuple[Day, str, str]]:
        """Every day, the newest first, with the limits by which its messages are found."""
        following = [(day, day.date, day.date + timedelta(days=1)) for day in reversed(self.shown)]
        return [(day, f"{begin}T00:00", f"{end}T00:00") for day, begin, end in following]


class Dashboard(View, AdminIndexView):  # type: ignore[misc]
    """A card per route; refreshes itself."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub, "Dashboard", url="/", endpoint="admin")
        self._counts = DayCounts(hub)

    @exposed("/")
    def index(self) -> str:
        """The page."""
        return self.page("dashboard", **self._facts(), chart=self._chart(self._narrowed()))

    @exposed("/live")
    def live(self) -> str:
        """The part of the page that changes."""
        return self.page("_dashboard", **self._facts())

    @exposed("/chart")
    def chart(self) -> str:
        """The part with the chart, which changes slowly."""
        return self.page("_chart", only=request.args.get("integration", ""), chart=self._chart(self._narrowed()))

    @exposed("/chart.svg")
    def picture(self) -> Response:
        """The chart itself, in the colours of a theme, with a policy of its own."""
        shown = self._chart(self._narrowed()).shown
        dark = chosen("theme", ("light", "dark")) == "dark"
        picture = draw(shown, "dark" if dark else "light", narrow=bool(request.args.get("narrow")))
        return Response(picture, mimetype="image/svg+xml", headers={"Content-Security-Policy": POLICY})

    def _narrowed(self) -> Scope:
        return self.scope().named(request.args.get("integration", ""))

    def _chart(self, scope: Scope) -> Chart:
        days = number("days") or DAYS[0]
        if days not in DAYS:
            abort(400, f"days is {' or '.join(map(str, DAYS))}.")
        zone = scope.any_zone
        return Chart(self._counts.of(list(scope.routes), zone, days), zone, int(self.now().timestamp()))

    def _facts(self) -> dict[str, Any]:
        everything = self.scope()
        only = request.args.get("integration", "")
        scope = everything.named(only)
        now = self.now()
        routes = list(scope.routes.values())
        failures = FailureList(self.hub.database).open_ones([route.id for route in routes])
        shown = cards(self.hub, scope, routes[:SHOWN], now, failures.by_route)
        return {
            "scope": scope,
            "everything": everything,
            "only": only,
            "cards": shown,
            "left_out": max(len(routes) - SHOWN, 0),
            "causes": failures.by_cause,
            "going_on": under_way(self.hub, scope, now),
            "alerts": alerts(self.hub, scope),
            "added_up": added_up,
            "span": span,
        }
