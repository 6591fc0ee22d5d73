"""The message log: every filter in the address, pages by their last id, and one message in full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson
from flask import abort, request, url_for
from flask import redirect as go_to

from admin.auth import person, requires
from admin.views.base import Scope, View, back, chosen, exposed, number
from hub.looking import personal_names
from hub.settings import timing
from hub.sync import resync
from message_log.detail import Body, Detail, Details
from message_log.entries import Verdict
from message_log.queries import Queries
from message_log.streams import OPEN, Filters
from objects.registry import OBJECTS

PAGE = 50
VERDICTS = (*(verdict.value for verdict in Verdict), OPEN)
DIRECTIONS = ("shop_to_erp", "erp_to_shop")
_NAMES = (
    "integration", "object", "direction", "verdict", "cause", "run", "ident", "person", "since", "until", "text"
)  # fmt: skip
#: A larger body is shown as it is: laying it out would take longer than reading it.
LAID_OUT = 500_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    filters: Filters
    #: As it stands in the address.
    words: dict[str, str]


class MessagesView(View):
    """The list, and one message."""

    @exposed("/")
    def index(self) -> Any:
        """A page of the list, newest first."""
        scope = self.scope()
        asked = self._asked(scope)
        if not scope.integrations:
            return self.page("messages", scope=scope, page=None, asked={}, **self._lists())
        before, after = number("before"), number("after")
        page = self._queries().page(asked.filters, before=before, after=after, limit=PAGE)
        if not page.entries and (before or after):
            # Nothing lies behind: the newest ones, with the same filters.
            return go_to(f"{url_for('messages.index')}?{urlencode(asked.words)}")
        zones = {one.name: timing(one.settings)[0] for one in scope.integrations.values()}
        values = {"page": page, "asked": asked.words, "zones": zones, "query": urlencode(asked.words)}
        return self.page("messages", scope=scope, **values, **self._lists())

    @exposed("/count")
    def count(self) -> Any:
        """How many match, as a fragment: counted only when it is asked for."""
        return str(self._queries().count(self._asked(self.scope()).filters))

    def _lists(self) -> dict[str, Any]:
        return {"objects": OBJECTS, "verdicts": VERDICTS, "directions": DIRECTIONS}

    def _queries(self) -> Queries:
        return Queries(self.hub.log_database.engine.execution_options(hub_reading=True), self.hub.vault)

    def _asked(self, scope: Scope) -> Asked:
        words = {name: request.args[name].strip() for name in _NAMES if request.args.get(name, "").strip()}
        names = [one.name for one in scope.integrations.values()]
        if person().user.integrations:
            # Of one that is open to the person, and never of all.
            if "integration" in words and words["integration"] not in names:
                abort(404)
            if names:
                words.setdefault("integration", names[0])
        zone = scope.named(words["integration"] if words.get("integration") in names else "").any_zone
        verdict = chosen("verdict", VERDICTS)
        filters = Filters(
            integration=words.get("integration"),
            object=chosen("object", OBJECTS) or None,
            direction=chosen("direction", DIRECTIONS) or None,
            verdict=None if not verdict else OPEN if verdict == OPEN else Verdict(verdict),
            cause=words.get("cause"),
            run=number("run"),
            ident=words.get("ident"),
            person=words.get("person"),
            since=_moment("since", zone),
            until=_moment("until", zone),
            text=words.get("text"),
        )
        return Asked(filters, words)

    @exposed("/<int:identity>")
    def one(self, identity: int) -> str:
        """One message; personal data is masked."""
        return self._shown(identity, personal=False)

    @exposed("/<int:identity>/personal", "POST")
    def personal(self, identity: int) -> str:
        """The same with personal data, for those who have the right; each showing is in the trail."""
        if not person().user.sees_personal:
            abort(403)
        shown = self._shown(identity, personal=True)
        self.note("show personal data", f"message {identity}")
        return shown

    def _shown(self, identity: int, *, personal: bool) -> str:
        scope, detail = self._detail(identity, personal=personal)
        entry = detail.entry
        mine = scope.named(entry.integration)
        zone = mine.any_zone
        route = scope.routes.get(entry.route)
        failure = self.hub.failures.of(route.id, [entry.key]).get(entry.key) if route else None
        values = {"detail": detail, "entry": entry, "zone": zone, "route": route, "failure": failure}
        return self.page("message", scope=scope, **values, laid_out=laid_out, diff=diff_rows(detail.diff))

    def _detail(self, identity: int, *, personal: bool) -> tuple[Scope, Detail]:
        scope = self.scope()
        engine = self.hub.log_database.engine.execution_options(hub_reading=True)
        detail = Details(engine, self.hub.vault, personal_names(self.hub)).show(identity, personal=personal)
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
        known = self.hub.failures.of(route.id, [detail.entry.key])
        asked = resync.for_message(identity, route, detail.entry.key, known, person().name)
        job = self.hub.jobs.put(asked, self.now())
        self.note("re-sync", detail.entry.integration, after={"message": identity, "records": 1})
        return back(url_for("jobs.one", identity=job), f"The record is read afresh by job {job}.")


def _moment(name: str, zone: ZoneInfo) -> datetime | None:
    """A time of the address; without a zone it is meant by the clocks of the integration."""
    text = request.args.get(name, "").strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        abort(400, f"{name} is a time such as 2026-11-21T14:30.")
    return found if found.tzinfo else found.replace(tzinfo=zone)


def laid_out(body: Body | None) -> str:
    """A body as people read it: JSON on lines of its own, everything else as it is."""
    if body is None or body.text is None:
        return ""
    if len(body.text) > LAID_OUT:
        return body.text
    try:
        return orjson.dumps(orjson.loads(body.text), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return body.text


def diff_rows(body: Body | None) -> list[tuple[str, Any, Any]]:
    """The fields that differ: name, value of before, value of after; empty where the diff is of another shape."""
    if body is None or body.text is None:
        return []
    try:
        found = orjson.loads(body.text)
    except orjson.JSONDecodeError:
        return []
    if not isinstance(found, dict) or not all(isinstance(one, dict) and "new" in one for one in found.values()):
        return []
    return [(name, _value(one.get("old")), _value(one["new"])) for name, one in found.items()]


def _value(value: Any) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else orjson.dumps(value).decode()
