"""The access token: a permanent one, or one that an app fetches with its id and secret and renews in time."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from hub.clock import Clock
from hub.errors import PlatformRefused, PlatformUnavailable
from hub.platforms.shopify.answers import oauth_code, refusal
from hub.platforms.transport import Call, Transport

#: A token is renewed this long before it expires (its life is 24 hours).
_MARGIN = timedelta(minutes=5)


class Token:
    """Gives the token to use now. Safe to use from several threads; they share one renewal."""

    def __init__(self, settings: Mapping[str, Any], transport: Transport, clock: Clock) -> None:
        self._settings = settings
        self._transport = transport
        self._clock = clock
        self._lock = threading.Lock()
        self._value: str = settings["token"]
        self._expires: datetime | None = None

    def value(self) -> str:
        """The token; fetched when there is none yet or it is about to expire."""
        with self._lock:
            if not self._value or (self._expires is not None and self._clock() >= self._expires - _MARGIN):
                self._fetch()
            return self._value

    def renew(self, refused: str) -> None:
        """Fetch another one after `refused` was not accepted; a permanent token has no other."""
        with self._lock:
            # Several threads are refused the same token: the first renews it, the others use what it got.
            if self._settings["client_id"] and self._value == refused:
                self._fetch()

    def _fetch(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings["client_id"],
            "client_secret": self._settings["client_secret"],
        }
        call = Call(
            "access_token",
            "POST",
            "/admin/oauth/access_token",
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            body=urlencode(form).encode(),
        )
        asked = self._clock()
        answer = self._transport.send(call)
        if answer.status >= 400:
            try:
                payload = answer.json()
            except PlatformUnavailable:
                payload = None
            raise self._refused(answer.status, payload)
        payload = answer.json()
        self._value = payload["access_token"]
        self._expires = asked + timedelta(seconds=float(payload["expires_in"]))

    def _refused(self, status: int, payload: Any) -> Exception:
        shop = self._transport.base_url
        code = oauth_code(payload)
        if code == "shop_not_permitted":
            return PlatformRefused(
                f"{shop}: app and shop belong to different organisations, so client credentials are refused.",
                detail=code,
            )
        if status in (400, 401):
            return PlatformRefused(
                f"{shop} does not accept the client id or its secret ({code or status}).", detail=code
            )
        return refusal(status, payload, shop) or PlatformRefused(f"{shop} answers {status} to the log-in.")
