"""What a press for a preview comes to: the page on which it is followed."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from admin.auth import person
from admin.views.base import back
from hub.bootstrap import Hub
from hub.starting import look as look_at
from hub.store.job import Request


def look(hub: Hub, asked: Request) -> Response:
    """Put a job in that only looks, and lead to its page."""
    job = look_at(hub.acting_for(person().name), asked)
    return back(url_for("jobs.one", identity=job), "Everything is only looked at; nothing is written.", "note")
