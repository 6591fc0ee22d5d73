"""The console: a Flask application on Flask-Admin's base, made for one hub."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Flask, current_app, redirect, render_template, request, url_for
from flask_admin import Admin
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from admin import auth, security
from admin.cures import Cure, Trouble, cure
from admin.first import first_administrator, tell
from admin.ids import bare_id, short_id
from admin.numbers import NumberConverter
from admin.plan_steps import shown
from admin.said import labelled, placed, said
from admin.views.accounts import AccountsView
from admin.views.audit import AuditView
from admin.views.conflicts import ConflictsView
from admin.views.coverage import CoverageView
from admin.views.dashboard import Dashboard
from admin.views.failures import FailuresView
from admin.views.held import HeldView
from admin.views.integrations import IntegrationsView
from admin.views.jobs import JobsView
from admin.views.links import LinksView
from admin.views.maps import MapsView
from admin.views.matching import MatchingView
from admin.views.messages import MessagesView
from admin.views.plans import PlansView
from admin.views.routes import RoutesView
from admin.views.runs import RunsView
from admin.views.schedules import SchedulesView
from admin.views.selection import SelectionView
from admin.views.stopping import StoppingView
from admin.views.timeline import TimelineView
from hub.bootstrap import Hub
from hub.errors import HubError
from hub.store.routes import Route

#: Theme as the browser is told by its cookie.
THEMES = ("light", "dark", "auto")


def application(hub: Hub) -> WSGIApplication:
    """What `hub serve` mounts; where nobody may sign in yet, the first administrator is made and told."""
    password = first_administrator(hub)
    if password is not None:
        tell(password, hub.config.public_url)
    return create_app(hub)


def create_app(hub: Hub) -> Flask:
    """The application."""
    app = Flask("admin")
    app.config.update(security.settings(hub))
    app.extensions["hub"] = hub
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["protection"] = security.secure(app, hub)
    auth.install(app)
    app.context_processor(_shared)
    app.add_template_filter(short_id)
    app.add_template_filter(said)
    app.add_template_filter(placed)
    app.add_template_filter(labelled)
    app.add_template_filter(shown, "in_words")
    app.add_template_global(cure_of)
    app.add_template_filter(bare_id)
    app.url_map.converters["int"] = NumberConverter
    _pages(app, hub)
    for kind in (HTTPException, CSRFError, HubError):
        app.register_error_handler(kind, _explained)
    _mount_api(app, hub)
    return app


def cure_of(
    cause: str, detail: str | None, integration: str, route: Route, fix: str | None = ""
) -> tuple[Cure | None, str]:
    """What cures a failure, with the address of the page where that is done; empty where there is no such page."""
    one = Trouble(cause, detail or "", integration, route.id, route.object, route.direction, fix or "")
    found = cure(one)
    if found is None or found.endpoint not in current_app.view_functions:
        return found, ""
    values: dict[str, Any] = dict(found.values)
    return found, url_for(found.endpoint, _anchor=found.anchor or None, **values)


def _pages(app: Flask, hub: Hub) -> None:
    admin = Admin(app, name="hub", url="/", index_view=Dashboard(hub))
    for group, views in {
        "Watch": (
            MessagesView(hub, "Messages", endpoint="messages"),
            RunsView(hub, "Runs", endpoint="runs"),
            JobsView(hub, "Jobs", endpoint="jobs"),
        ),
        "Cure": (
            FailuresView(hub, "Failures", endpoint="failures"),
            ConflictsView(hub, "Conflicts", endpoint="conflicts"),
            HeldView(hub, "Held runs", endpoint="held"),
            StoppingView(hub, "Stop switch", endpoint="stopping"),
        ),
        "Records": (
            SelectionView(hub, "Set items", "product", endpoint="set_items", url="/set-items"),
            SelectionView(hub, "Set customers", "customer", endpoint="set_customers", url="/set-customers"),
            PlansView(hub, "Previews", endpoint="plans"),
            TimelineView(hub, "Record timeline", endpoint="timeline"),
            LinksView(hub, "Links", endpoint="links"),
            CoverageView(hub, "Coverage", endpoint="coverage"),
            MatchingView(hub, "Master data mapping", endpoint="matching"),
        ),
        "Set up": (
            IntegrationsView(hub, "Integrations", endpoint="integrations"),
            RoutesView(hub, "Routes", endpoint="routes"),
            SchedulesView(hub, "Schedules", endpoint="schedules"),
            MapsView(hub, "Maps", endpoint="maps"),
        ),
        "Administration": (
            AccountsView(hub, "Users", endpoint="users"),
            AuditView(hub, "Audit trail", endpoint="audit"),
        ),
    }.items():
        for view in views:
            view.category = group
            admin.add_view(view)
    app.extensions["hub admin"] = admin


def _mount_api(app: Flask, hub: Hub) -> None:
    """The REST API, where it is part of this release."""
    if find_spec("admin.api") is not None:
        import_module("admin.api").register(app, hub)


def _shared() -> dict[str, Any]:
    """What every page knows."""
    chosen = request.cookies.get("theme", "auto")
    return {"theme_chosen": chosen if chosen in THEMES else "auto", "menu": _menu() if _may_look() else []}


def _may_look() -> bool:
    """Whether somebody is there who may go on to the pages."""
    return current_user.is_authenticated and not current_user.user.must_change


def _menu() -> list[tuple[str, list[Any]]]:
    """The pages that are open to the person, by group: heading and entries; what stands alone has no heading."""
    admin: Admin = current_app.extensions["hub admin"]
    groups: list[tuple[str, list[Any]]] = []
    for item in admin.menu():
        if item.is_category():
            pages = [page for page in item.get_children() if page.is_accessible()]
            groups.append((item.name, pages))
        elif item.is_accessible():
            groups.append(("", [item]))
    return [group for group in groups if group[1]]


def _explained(error: Exception) -> Any:
    """An error as a page: what is wrong, and what to do."""
    if isinstance(error, HubError):
        status, text, fix = 409, labelled(str(error)), said(error.fix)
    elif isinstance(error, CSRFError):
        status, text = 400, "This page was open for too long, or did not come from this console. Nothing was done."
        fix = "Load the page again and press once more."
    else:
        assert isinstance(error, HTTPException)
        if error.code is not None and 300 <= error.code < 400:
            return error.get_response()
        status, text, fix = error.code or 500, _WORDS.get(error.code or 500, error.description or ""), ""
    if auth.POLL in request.headers:
        return text, status, {"Content-Type": "text/plain; charset=utf-8"}
    if isinstance(error, CSRFError) and not current_user.is_authenticated:
        return redirect(url_for("auth.login"))
    return render_template("hub/error.html", status=status, text=text, fix=fix, onward=_onward()), status


def _onward() -> tuple[str, str] | None:
    """Where one may go on from an error: the page of the menu below which it was met."""
    part = request.path.strip("/").partition("/")[0]
    pages = [item for _, items in (_menu() if _may_look() and part else ()) for item in items]
    return next(((f"To {one.name}", one.get_url()) for one in pages if one.get_url().strip("/") == part), None)


_WORDS = {
    403: "Your role does not allow this. An administrator can change that.",
    404: "There is nothing here, or it is not open to you.",
    405: "This cannot be done by opening an address.",
    413: "What was sent is too large, so nothing of it was taken. Send it in parts; a list may be 8 MB large.",
    500: "Something went wrong that the hub did not expect. Its log says more.",
}
