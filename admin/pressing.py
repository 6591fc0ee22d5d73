"""What a press for a run comes to: a word in the audit trail, a job, and the page on which it is followed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for
from werkzeug.wrappers import Response

from admin.auth import person
from admin.views.base import back
from hub.bootstrap import Hub
from hub.planning import ask, subject
from hub.store.job import Request
from hub.store.routes import Route


def put_in(hub: Hub, route: Route, asked: Request, after: Mapping[str, Any]) -> int:
    """Put a job in; answers its id. `after`: what of it stands in the trail."""
    _note(hub, route, asked.reason, after)
    return hub.jobs.put(asked, hub.clock())


def look(hub: Hub, route: Route, asked: Request, after: Mapping[str, Any]) -> Response:
    """Put a job in that only looks, and lead to its page."""
    _note(hub, route, "preview", after)
    job = ask(hub, asked)
    return back(url_for("jobs.one", identity=job), "Everything is only looked at; nothing is written.", "note")


def _note(hub: Hub, route: Route, action: str, after: Mapping[str, Any]) -> None:
    hub.acting_for(person().name).audit.note(action, subject(hub, route), after=after)
