"""The REST API: what the console and the command line do, for programs."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.routing import RequestRedirect

# Each adds its endpoints to the blueprint.
from admin.api import (
    connections,
    coverage,
    divergences,
    failures,
    integrations,
    jobs,
    links,
    maps,
    messages,
    pages,
    pairs,
    plans,
    runs,
    schedules,
    selection,
    standing,
    starting,
)
from admin.api.blueprint import PREFIX, api
from admin.api.problems import of_http
from admin.numbers import NumberConverter
from hub.bootstrap import Hub

__all__ = ["PREFIX", "register"]
PARTS = (
    integrations,
    starting,
    connections,
    coverage,
    schedules,
    selection,
    jobs,
    runs,
    plans,
    messages,
    failures,
    divergences,
    links,
    pairs,
    maps,
    standing,
    pages,
)


def register(app: Flask, hub: Hub) -> None:
    """Add the API under /api/v1 to an application; to be called after its protection from forged requests is set up.

    That protection (flask-wtf's CSRFProtect) does not apply here: a browser sends a cookie along by itself, and a
    bearer token never, and the API takes no cookie. So the blueprint is exempted from it.
    """
    app.extensions["hub_api"] = hub
    app.url_map.converters["int"] = NumberConverter
    forgery = app.extensions.get("csrf")
    if forgery is not None:
        forgery.exempt(api)
    app.register_blueprint(api)
    app.before_request(_unmatched)


def _unmatched() -> Response | None:
    """Tell what has no endpoint under our prefix as a problem, too: no blueprint is asked about it."""
    wrong = request.routing_exception
    if wrong is None or isinstance(wrong, RequestRedirect) or not f"{request.path}/".startswith(f"{PREFIX}/"):
        return None
    return of_http(wrong)
