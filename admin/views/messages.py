"""The message log: every filter in the address, pages by their last id, and one message in full."""

from __future__ import annotations

from typing import Any, get_args
from urllib.parse import urlencode

from flask import abort, request, url_for
from flask import redirect as go_to

from admin.auth import person, require_personal, requires
from admin.bodies import diff_rows, laid_out
from admin.downloads import Exports, whole_message
from admin.log_filters import DIRECTIONS, VERDICTS, asked_of
from admin.views.base import MaskedView, Scope, back, chosen, exposed, number
from hub.bootstrap import Hub
from hub.curing import take_up_message
from hub.log_export import Export, Form
from hub.looking import details, queries
from hub.record import linked, of_entry, sights
from hub.settings import timing
from message_log.detail import Detail
from message_log.queries import Queries
from objects.registry import OBJECTS

PAGE = 50
FORMS: tuple[Form, ...] = get_args(Form)


class MessagesView(MaskedView):
    """The list, and one message."""

    thing = "message"

    def __init__(self, hub: Hub, name: str, **more: Any) -> None:
        super().__init__(hub, name, **more)
        self._exports = Exports()

    @exposed("/")
    def index(self) -> Any:
        """A page of the list, newest first."""
        scope = self.scope()
        if not scope.integrations:
            return self.page("messages", scope=scope, page=None, asked={}, **self._lists())
        asked = asked_of(scope)
        before, after = number("before"), number("after")
        page = self._queries().page(asked.filters, before=before, after=after, limit=PAGE)
        if not page.entries and (before or after):
            # Nothing lies behind: the newest ones, with the same filters.
            return go_to(f"{url_for('messages.index')}?{urlencode(asked.words)}")
        zones = {one.name: timing(one.settings)[0] for one in scope.integrations.values()}
        attempts = self._queries().attempts([entry.id for entry in page.entries])
        values = {"page": page, "asked": asked.words, "zones": zones, "attempts": attempts}
        return self.page("messages", scope=scope, **values, **self._lists())

    @exposed("/count")
    def count(self) -> Any:
        """How many match, as a fragment: counted only when it is asked for."""
        return str(self._queries().count(asked_of(self.scope()).filters))

    @exposed("/export", "GET", "POST")
    def export(self) -> Any:
        """All that match as a file, written while it is read. With personal data it is pressed, by those who may."""
        personal = request.method == "POST"
        if personal:
            require_personal()
        scope = self.scope()
        asked = asked_of(scope)
        form: Form = "jsonl" if chosen("format", FORMS) == "jsonl" else "csv"
        export = Export(self.hub.acting_for(person().name), asked.filters, form, personal)
        return self._exports.send(
            export, self.now().astimezone(scope.named(asked.words.get("integration", "")).any_zone)
        )

    def _lists(self) -> dict[str, Any]:
        return {"objects": OBJECTS, "verdicts": VERDICTS, "directions": DIRECTIONS}

    def _queries(self) -> Queries:
        return queries(self.hub)

    @exposed("/<int:identity>/download", "GET", "POST")
    def download(self, identity: int) -> Any:
        """One message as a file; with personal data it is pressed, by those who may, and is in the trail."""
        personal = request.method == "POST"
        if personal:
            require_personal()
        _, detail = self._detail(identity, personal=personal)
        if personal:
            self.note("show personal data", f"message {identity}", after={"download": True})
        return whole_message(detail)

    def _shown(self, identity: int, *, personal: bool) -> str:
        scope, detail = self._detail(identity, personal=personal)
        entry = detail.entry
        mine = scope.named(entry.integration)
        zone = mine.any_zone
        route = scope.routes.get(entry.route)
        failure = self.hub.failures.of(route.id, [entry.key]).get(entry.key) if route else None
        known = next(iter(mine.integrations.values()), None)
        places = sights(self.hub, linked(self.hub, of_entry(known, entry))) if known else []
        values = {"detail": detail, "entry": entry, "zone": zone, "route": route, "failure": failure, "sights": places}
        return self.page("message", scope=scope, **values, laid_out=laid_out, diff=diff_rows(detail.diff))

    def _detail(self, identity: int, *, personal: bool) -> tuple[Scope, Detail]:
        scope = self.scope()
        detail = details(self.hub).show(identity, personal=personal)
        if detail is None or not person().may_see(detail.entry.integration):
            abort(404)
        return scope, detail

    @exposed("/<int:identity>/resync", "POST")
    @requires("act")
    def resync(self, identity: int) -> Any:
        """Take the record up again: it is read afresh, and the new message follows this one."""
        scope, detail = self._detail(identity, personal=False)
        route = scope.routes.get(detail.entry.route)
        here = url_for("messages.one", identity=identity)
        if route is None or not route.enabled:
            return back(here, "Its route is switched off or gone, so it cannot be taken up again.", "note")
        job = take_up_message(self.hub.acting_for(person().name), detail.entry.integration, identity)
        return back(url_for("jobs.one", identity=job), f"The record is read afresh by job {job}.")
