"""The timeline of one record: found by any id or number, with everything that happened to it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import abort, redirect, request, url_for

from admin.views.base import Scope, View, chosen, exposed, number
from hub.record import KINDS, SEARCHED, Record, find, sights
from hub.timeline import timeline
from objects.registry import OBJECTS


class TimelineView(View):
    """A search box, the records that may be meant, and the timeline of one."""

    @exposed("/")
    def index(self) -> str:
        """What is asked for, as far as it is open to the person."""
        everything = self.scope()
        name, ident = request.args.get("integration", "").strip(), request.args.get("ident", "").strip()
        object_name = chosen("object", OBJECTS)
        scope = everything.named(name)
        if name and not scope.integrations:
            abort(404)
        asked = {"integration": name, "object": object_name, "ident": ident}
        values: dict[str, Any] = {"scope": everything, "asked": {key: one for key, one in asked.items() if one}}
        values |= {"objects": OBJECTS, "records": [], "told": None, "too_many": False}
        if not ident:
            return self.page("timeline", **values)
        if len(scope.integrations) > SEARCHED:
            return self.page("timeline", **values | {"too_many": True})
        records = find(self.hub, scope.integrations.values(), [ident], object_name)
        record = _meant(records, ident)
        if record is None:
            return self.page("timeline", **values | {"records": records})
        return self.page("timeline", **values | self._told(scope, record))

    def _told(self, scope: Scope, record: Record) -> dict[str, Any]:
        told = timeline(self.hub, record, before=number("before"))
        return {
            "told": told,
            "record": record,
            "sights": sights(self.hub, record),
            "zone": scope.named(record.integration.name).any_zone,
            "routes": {(one.object, one.direction): one.id for one in scope.routes.values()},
        }

    @exposed("/<integration>/<kind>/<path:key>")
    def named(self, integration: str, kind: str, key: str) -> Any:
        """The same by an address that people can write: an object or a kind of record, and a key without slashes."""
        object_name = kind if kind in OBJECTS else KINDS.get(kind)
        if object_name is None:
            abort(404)
        asked = {"integration": integration, "object": object_name, "ident": key}
        return redirect(f"{url_for('timeline.index')}?{urlencode(asked)}")


def _meant(records: list[Record], ident: str) -> Record | None:
    """The one record that is meant: the only one, or the only one that is called exactly so by its messages."""
    if len(records) == 1:
        return records[0]
    exact = [one for one in records if one.key == ident]
    return exact[0] if len(exact) == 1 and len({one.object for one in records}) == 1 else None
