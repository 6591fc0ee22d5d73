"""Signing in and out, and who is asking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Blueprint, Flask, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from admin import passwords
from admin.access import Act, allowed, sees
from admin.security import IDLE, LONGEST
from admin.throttle import Throttle
from hub.bootstrap import Hub
from hub.errors import ConfigurationError
from hub.store.users import User

P = ParamSpec("P")
R = TypeVar("R")
#: Where somebody who has not signed in may go.
OPEN = frozenset({"auth.login", "static", "auth.theme"})
#: Where somebody may go whose password has to be changed first.
CHANGING = frozenset({"auth.account", "auth.logout"})
#: What comes under here asks by itself who is there (tokens).
OTHER_DOOR = "/api/"
#: The header of a page that refreshes itself: nobody has looked, so it keeps no session alive.
POLL = "X-Poll"

door = Blueprint("auth", __name__)


class Person(UserMixin):  # type: ignore[misc]
    """Somebody who has signed in."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.name, self.role = user.name, user.role

    def get_id(self) -> str:
        """What the session keeps: with each change of the account it is another one."""
        return f"{self.user.id}.{self.user.epoch}"

    def may(self, act: Act) -> bool:
        """Whether the person's role allows something."""
        return allowed(self.role, act)

    def may_see(self, integration: str) -> bool:
        """Whether an integration is open to the person."""
        return sees(self.user.integrations, integration)

    @property
    def administers_all(self) -> bool:
        """Whether the person may change who has access: one who is kept to some integrations may not."""
        return self.may("administer") and not self.user.integrations


def the_hub() -> Hub:
    """The hub of this application."""
    hub: Hub = current_app.extensions["hub"]
    return hub


def person() -> Person:
    """Who is asking; only behind the door."""
    found: Person = current_user._get_current_object()
    return found


def requires(act: Act) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Refuse a view to those whose role does not allow something."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not person().may(act):
                abort(403)
            return view(*args, **kwargs)

        return guarded

    return decorate


def require_personal() -> None:
    """Refuse whoever may not see personal data."""
    if not person().user.sees_personal:
        abort(403)


def install(app: Flask) -> None:
    """Close every page but the door itself to those who have not signed in."""
    manager = LoginManager(app)
    manager.login_view = "auth.login"
    # Two addresses of one person on the move are no theft; what ends a session is told in `_stale`.
    manager.session_protection = None
    manager.user_loader(_load)
    app.extensions["throttle"] = Throttle()
    app.register_blueprint(door)
    app.before_request(_guard)


def _load(kept: str) -> Person | None:
    identity, _, epoch = kept.partition(".")
    if not (identity.isdecimal() and epoch.isdecimal()):
        return None
    user = the_hub().users.get(int(identity))
    return Person(user) if user and user.disabled_at is None and user.epoch == int(epoch) else None


def _guard() -> Response | None:
    if request.path.startswith(OTHER_DOOR):
        return None
    if current_user.is_authenticated and _stale():
        logout_user()
        session.clear()
        flash("You were signed out because nothing happened for a while.", "note")
    if request.endpoint in OPEN:
        return None
    if not current_user.is_authenticated:
        return _to_the_door()
    if person().user.must_change and request.endpoint not in CHANGING:
        return redirect(url_for("auth.account"))
    return None


def _to_the_door() -> Response:
    if POLL in request.headers:
        abort(401)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(url_for("auth.login", next=wanted if wanted not in ("", "/") else None))


def _stale() -> bool:
    """Whether the session has lasted too long; else it is noted that somebody was there."""
    now = the_hub().clock()
    try:
        since, seen = (datetime.fromisoformat(session[name]) for name in ("since", "seen"))
    except (KeyError, ValueError):
        return True
    if now - since > LONGEST or now - seen > IDLE:
        return True
    if POLL not in request.headers and (now - seen).total_seconds() > 60:
        session["seen"] = now.isoformat()
    return False


def begin_session(user: User) -> None:
    """Sign a person in; nothing of the session before is kept, the token of its forms included."""
    session.clear()
    session.permanent = True
    now = the_hub().clock().isoformat()
    session["since"] = session["seen"] = now
    login_user(Person(user))


@door.route("/login", methods=["GET", "POST"])
def login() -> Any:
    """The door."""
    if current_user.is_authenticated:
        return redirect(_next())
    if request.method == "GET":
        return render_template("hub/login.html", name="", wrong="")
    name = request.form.get("name", "").strip().lower()
    wrong = _try(name, request.form.get("password", ""))
    if wrong:
        return render_template("hub/login.html", name=name, wrong=wrong), 401
    return redirect(_next())


def _next() -> str:
    wanted = request.args.get("next", "")
    here = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if here else url_for("admin.index")


def _try(name: str, password: str) -> str:
    """Sign in; answers what was wrong, in words that do not tell whether there is such a person."""
    hub, now = the_hub(), the_hub().clock()
    throttle: Throttle = current_app.extensions["throttle"]
    address = request.remote_addr or ""
    user = hub.users.find(name)
    until = throttle.blocked(address, name, now)
    if user and user.locked(now) and user.locked_until is not None:
        until = max(until or now, user.locked_until)
    if until is not None:
        minutes = int((until - now).total_seconds() // 60) + 1
        return f"Too many wrong passwords. Try again in {minutes} min."
    open_account = user is not None and user.disabled_at is None
    if not passwords.fits(user.password if user and open_account else None, password):
        throttle.note_wrong(address, name, now)
        if user:
            hub.users.note_wrong(user.id, now)
            hub.audit.note("sign in refused", user.name, after={"address": address}, actor=user.name)
        return "That name and password do not belong together."
    assert user is not None
    throttle.note_right(name)
    hub.users.note_right(user.id, now)
    hub.audit.note("sign in", user.name, after={"address": address}, actor=user.name)
    begin_session(user)
    return ""


@door.post("/logout")
def logout() -> Response:
    """Sign out here, or everywhere."""
    if "everywhere" in request.form:
        the_hub().users.end_sessions(person().user.id)
    the_hub().audit.note("sign out", person().name, actor=person().name)
    logout_user()
    session.clear()
    return redirect(url_for("auth.login"))


@door.post("/theme")
def theme() -> Response:
    """Light, dark, or as the device says; kept in a cookie of its own."""
    chosen = request.form.get("theme", "")
    answer = redirect(request.referrer if _is_ours(request.referrer) else url_for("auth.login"))
    if chosen in ("light", "dark", "auto"):
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        answer.set_cookie("theme", chosen, max_age=31_536_000, samesite="Lax", secure=secure, httponly=True)
    return answer


def _is_ours(address: str | None) -> bool:
    return bool(address) and str(address).startswith(request.host_url)


@door.route("/account", methods=["GET", "POST"])
def account() -> Any:
    """One's own account, and another password."""
    if request.method == "GET":
        return render_template("hub/account.html", wrong="", fix="")
    try:
        _change_password(request.form)
    except ConfigurationError as error:
        return render_template("hub/account.html", wrong=str(error), fix=error.fix), 400
    flash("Your password is changed. You are signed out everywhere else.", "good")
    return redirect(url_for("admin.index"))


def _change_password(given: Any) -> None:
    hub, user = the_hub(), person().user
    old, new = given.get("old", ""), given.get("new", "")
    if user.locked(hub.clock()):
        raise ConfigurationError("Too many wrong passwords.", detail="old", fix="Wait a few minutes.")
    if not passwords.fits(user.password, old):
        hub.users.note_wrong(user.id, hub.clock())
        raise ConfigurationError("That is not your password of now.", detail="old", fix="Enter it once more.")
    if new != given.get("again", ""):
        raise ConfigurationError("The new password is not the same twice.", detail="again", fix="Enter it once more.")
    if new == old:
        raise ConfigurationError("That is the old one.", detail="new", fix="Choose another password.")
    passwords.refuse_weak(new, user.name)
    hub.users.set_password(user.id, passwords.hashed(new), must_change=False)
    hub.audit.note("users password", user.name, actor=user.name)
    changed = hub.users.get(user.id)
    assert changed is not None
    begin_session(changed)
