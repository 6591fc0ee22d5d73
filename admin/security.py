"""What every answer of the console says to the browser, and how its cookies are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, Response, request
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from hub.bootstrap import Hub

#: No script, style, font or picture but our own, nothing inline, no frame around us, forms only to us.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
#: A session ends so long after signing in, and so long after the last press or look.
LONGEST, IDLE = timedelta(hours=12), timedelta(hours=2)
#: Largest body of a request; a form is far smaller.
LARGEST = 2_000_000
#: The same where people who are signed in upload a list: room for all rows that are taken at a time, long names too.
LARGEST_LIST = 8_000_000
_LISTS = {"matching.upload"}


def settings(hub: Hub) -> dict[str, Any]:
    """Flask's settings for sessions and forms."""
    https = hub.config.public_url.startswith("https:")
    return {
        "SECRET_KEY": hub.vault.key_for("console"),
        "SESSION_COOKIE_NAME": "__Host-hub" if https else "hub_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_PATH": "/",
        "PERMANENT_SESSION_LIFETIME": LONGEST,
        "MAX_CONTENT_LENGTH": LARGEST,
        "MAX_FORM_PARTS": 5_000,
        # The token is as old as the session at most: a page that was left open still works.
        "WTF_CSRF_TIME_LIMIT": None,
        # A proxy may end https before us: the token and SameSite protect, a missing Referer refuses nobody.
        "WTF_CSRF_SSL_STRICT": False,
    }


def secure(app: Flask, hub: Hub) -> CSRFProtect:
    """Have every change ask for its token and every answer carry its headers."""
    # Before the protection, which reads the form for its token.
    app.before_request(_make_room)
    protection = CSRFProtect(app)
    app.after_request(_with_headers)
    if hub.config.public_url.startswith("https:"):
        app.after_request(_with_transport_security)
    if hub.config.proxies:
        count = hub.config.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    return protection


def _make_room() -> None:
    if request.endpoint in _LISTS and current_user.is_authenticated:
        request.max_content_length = LARGEST_LIST


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        # What is shown is for this person, and is gone with the session.
        response.headers["Cache-Control"] = "no-store"
    return response


def _with_transport_security(response: Response) -> Response:
    response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response
