"""Master data mapping: records of both sides that could be the same, accepted one by one, in bulk, or as a list."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from flask_login import current_user

from admin.auth import person, requires
from admin.numbers import whole
from admin.said import said
from admin.views.base import Scope, View, chosen, exposed, number
from hub import matching, pairs
from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.linking import listing, sheet
from hub.linking.accepting import Chosen
from hub.linking.scoring import OBJECTS
from hub.store.proposals import STATES, counts_by_route
from hub.store.routes import Route
from hub.sync.pair import opened_pair
from objects.registry import OBJECTS as KINDS

#: Proposals of one page.
PAGE = 50


class MatchingView(View):
    """The routes whose records can be linked, and the proposals of one."""

    @exposed("/")
    def index(self) -> str:
        """The routes of customers and products."""
        everything, only = self.scope(), request.args.get("integration", "")
        scope = everything.named(only)
        routes = [one for one in scope.routes.values() if one.enabled and one.object in OBJECTS]
        routes.sort(key=lambda one: (scope.integration(one.id).name, one.id))
        after = number("after") or 0
        shown = routes[after : after + PAGE]
        more = after + PAGE if len(routes) > after + PAGE else 0
        counts = counts_by_route(self.hub.database, [one.id for one in shown])
        given = {"everything": everything, "only": only, "after": after, "more": more}
        return self.page("matching", scope=scope, routes=shown, counts=counts, **given)

    @exposed("/<int:identity>")
    def one(self, identity: int) -> str:
        """The proposals of a route."""
        scope, route = self._route(identity)
        return self._one(scope, route, {})

    def _one(self, scope: Scope, route: Route, names: dict[str, str]) -> str:
        state, least, after = (
            chosen("state", STATES) or "unique",
            number("score", largest=100) or 0,
            number("after") or 0,
        )
        rows = pairs.proposals(self.hub, route).page(states=[state], least=least, after=after, limit=PAGE + 1)
        asked = {"state": state, **({"score": least} if least else {})}
        given = {"rows": rows[:PAGE], "more": rows[PAGE - 1].id if len(rows) > PAGE else 0, "after": after}
        return self.page(
            "matching_route", names=names, asked=asked, least=least, **given, **self._standing(scope, route)
        )

    def _standing(self, scope: Scope, route: Route) -> dict[str, Any]:
        """How far the last work on the route is, and how many proposals there are."""
        work = pairs.work(self.hub, route, personal=person().user.sees_personal)
        given = {
            "scope": scope,
            "route": route,
            "zone": scope.zone(route.id),
            "integration": scope.integration(route.id),
        }
        if work is None:
            given |= {"last": None, "going": False, "faults": []}
        else:
            given |= {"last": work.last, "stands": work.stands, "going": work.going, "faults": work.faults}
        given["counts"] = pairs.proposals(self.hub, route).counts()
        return {**given, "states": STATES, "personal": KINDS[route.object].label_is_personal}

    @exposed("/<int:identity>/live")
    def live(self, identity: int) -> str:
        """The part of its page that changes."""
        return self.page("_matching_work", **self._standing(*self._route(identity)))

    @exposed("/<int:identity>/propose", "POST")
    @requires("act")
    def propose(self, identity: int) -> Any:
        """Look for pairs."""
        _, route = self._route(identity)
        job = matching.propose(self._acting, route)
        return self._back(route, f"Job {job} reads both sides. You may look at other pages meanwhile.")

    @exposed("/<int:identity>/names", "POST")
    @requires("act")
    def names(self, identity: int) -> Any:
        """Show what the customers of this page are called; both sides are asked, and it is noted."""
        scope, route = self._route(identity)
        if not current_user.user.sees_personal:
            abort(403)
        state, after = chosen("state", STATES) or "unique", number("after") or 0
        least = number("score", largest=100) or 0
        rows = pairs.proposals(self.hub, route).page(states=[state], least=least, after=after, limit=PAGE)
        found = pairs.called(self._acting, route, rows)
        return self._one(scope, route, found)

    @exposed("/<int:identity>/accept", "POST")
    @requires("act")
    def accept(self, identity: int) -> Any:
        """Link those that are ticked, or all that are unique from a score on, after saying how many."""
        scope, route = self._route(identity)
        if "all" in request.form:
            return self._accept_all(scope, route)
        picks = request.form.getlist("pick")
        ids = tuple(one for one in map(whole, picks) if one is not None)
        if len(ids) < len(picks):
            abort(400, "A proposal is named by its number.")
        if not picks:
            return self._back(route, "Nothing was ticked, so nothing was done.", "note")
        named = Chosen(ids=ids)
        job = matching.accept(self._acting, route, named, pairs.meant(self.hub, route, named))
        return self._back(route, f"Job {job} links {len(picks)}.")

    def _accept_all(self, scope: Scope, route: Route) -> Any:
        least = whole(request.form.get("score", "") or "0", 100)
        if least is None:
            abort(400, "The score is a whole number up to 100.")
        unique = Chosen(least=least)
        count, expected = pairs.meant(self.hub, route, unique), request.form.get("expected")
        if expected is None or count != whole(expected):
            given = {"scope": scope, "route": route, "least": least, "count": count, "expected": expected}
            asking = self.page("matching_confirm", integration=scope.integration(route.id), **given)
            return asking, 200 if expected is None else 409
        job = matching.accept(self._acting, route, unique, count)
        return self._back(route, f"Job {job} links them.")

    # -- as a list ----------------------------------------------------------------------------------------------------

    @exposed("/<int:identity>/sheet.csv", "POST")
    @requires("act")
    def sheet(self, identity: int) -> Response:
        """Every record of the source that is not linked, as a spreadsheet, row by row as it is read."""
        scope, route = self._route(identity)
        personal = KINDS[route.object].label_is_personal and bool(current_user.user.sees_personal)
        subject = f"{scope.integration(route.id).name} {route.object}"
        if personal:
            self.note("show personal data", f"links export {subject}")
        self.note("links export", subject)
        lines = _as_csv(self.hub, route, personal)
        # What stands in the way is told on a page, not in the middle of a file.
        first = next(lines)
        answer = Response(_chained(first, lines), mimetype="text/csv")
        answer.headers.set("Content-Disposition", "attachment", filename=f"{route.object}-pairs.csv")
        return answer

    @exposed("/<int:identity>/upload", "POST")
    @requires("act")
    def upload(self, identity: int) -> Any:
        """Take a filled-in list and look it through, row by row; nothing is linked by that."""
        _, route = self._route(identity)
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            return self._back(route, "Choose a file first.", "bad")
        try:
            text = io.TextIOWrapper(sent.stream, encoding="utf-8-sig", newline="")
            # Not a row more is read than is taken.
            lines = list(islice(sheet.read(text, sent.filename[:100]), pairs.MOST_ROWS + 1))
            if len(lines) > pairs.MOST_ROWS:
                what = f"The list has more than {pairs.MOST_ROWS:,} rows, which are the most that are taken at a time."
                raise ConfigurationError(what, detail=sent.filename, fix="Upload it in parts.")
        except ConfigurationError as error:
            return self._back(route, f"{error} {said(error.fix)}", "bad")
        job = matching.validate(self._acting, route, lines)
        return self._back(route, f"Job {job} looks {len(lines):,} rows through.")

    @exposed("/<int:identity>/link", "POST")
    @requires("act")
    def link(self, identity: int) -> Any:
        """Link the rows of the list that the page showed."""
        _, route = self._route(identity)
        try:
            shown = pairs.looked_through(self.hub, route, whole(request.form.get("list", "")))
        except ConfigurationError as error:
            return self._back(route, f"{error} {said(error.fix)}", "bad")
        job = matching.link(self._acting, route, shown, skip_faulty="skip" in request.form)
        return self._back(route, f"Job {job} links the rows.")

    # -- helpers ------------------------------------------------------------------------------------------------------

    @property
    def _acting(self) -> Hub:
        return self.hub.acting_for(person().name)

    def _route(self, identity: int) -> tuple[Scope, Route]:
        scope, route = self.route(identity)
        if route.object not in OBJECTS:
            abort(404)
        return scope, route

    def _back(self, route: Route, message: str, kind: str = "good") -> Any:
        flash(message, kind)
        return redirect(url_for(".one", identity=route.id))


def _as_csv(hub: Hub, route: Route, personal: bool) -> Iterator[str]:
    """The list as text, in parts; the mark at its beginning tells a table program that letters are those of UTF-8."""
    with ExitStack() as stack:
        pair = stack.enter_context(opened_pair(hub, route))
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, sheet.COLUMNS)
        buffer.write("\ufeff")
        writer.writeheader()
        for row in listing.rows(pair, hub.database, personal=personal):
            writer.writerow({name: sheet.harmless(value) for name, value in row.items()})
            if buffer.tell() > 1 << 15:
                yield buffer.getvalue()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue()


def _chained(first: str, others: Iterator[str]) -> Iterator[str]:
    yield first
    yield from others
