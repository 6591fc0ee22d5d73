"""What an answer of the Admin API says, layer by layer: status, top-level errors, search warnings, user errors.

Pure: nothing waits, nothing is sent. Error codes and shapes are those of the published documentation and of recorded
answers; codes that are not named here are taken as "the request is wrong".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.errors import ConfigurationError, HubError, PlatformRefused, RecordError, RejectedByTarget

Payload = Mapping[str, Any]
_CODE = re.compile(r"[a-z_]{1,40}")


class TooCostly(HubError):
    """One query asks for more points than the platform grants a single query."""

    cause = "QUERY_TOO_COSTLY"


class TryLater(HubError):
    """The platform could not answer this time (an internal error, a timeout of its own)."""

    cause = "PLATFORM_UNAVAILABLE"


class Throttled(HubError):
    """The bucket of points is empty; nothing was done."""

    cause = "RATE_LIMITED"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a query cost and what is left. `actual` is None for one that was turned away."""

    requested: float
    actual: float | None
    maximum: float
    available: float
    restore_rate: float


@dataclass(frozen=True, slots=True)
class UserError:
    """What a mutation says about its input. `field` is the path in the variables; `code` is empty on plain errors."""

    field: tuple[str, ...]
    message: str
    code: str = ""

    def __str__(self) -> str:
        place = ".".join(self.field)
        return f"{place}: {self.message}" if place else self.message

    def row(self, below: str) -> int | None:
        """The index behind the list named `below` in the path; None where the error is about no single row."""
        names = list(self.field)
        if below in names[:-1]:
            candidate = names[names.index(below) + 1]
            return int(candidate) if candidate.isdigit() else None
        return None


def cost(payload: Payload) -> Cost | None:
    """The cost that the answer reports, if it reports one."""
    found = (payload.get("extensions") or {}).get("cost")
    if not found or not found.get("throttleStatus"):
        return None
    status = found["throttleStatus"]
    return Cost(
        float(found.get("requestedQueryCost") or 0),
        None if found.get("actualQueryCost") is None else float(found["actualQueryCost"]),
        float(status["maximumAvailable"]),
        float(status["currentlyAvailable"]),
        float(status["restoreRate"]),
    )


def refusal(status: int, payload: Any, shop: str) -> HubError | None:
    """What a status other than 2xx means; None = the answer is to be read on."""
    if status < 300:
        return None
    said = _words(payload)
    if status == 401:
        return PlatformRefused(f"{shop} does not accept the access token: {said}", detail="token")
    if status == 402:
        return PlatformRefused(f"{shop} is frozen until its bill is paid: {said}", detail="frozen")
    if status in (403, 423):
        return PlatformRefused(f"{shop} refuses the app: {said}", detail=f"status {status}")
    if status in (301, 302, 307, 308, 404):
        return ConfigurationError(f"There is no Admin API at {shop} (status {status}): correct the address or version.")
    return PlatformRefused(
        f"{shop} does not understand the request (status {status}): {said}", detail=f"status {status}"
    )


def trouble(payload: Payload, *, writes: bool) -> HubError | None:
    """What the top-level errors and search warnings amount to; None = there are none.

    Data beside an error is not looked at: a field that is null because it was denied is not empty.
    """
    errors = payload.get("errors")
    if errors and not isinstance(errors, list):
        return PlatformRefused(f"Shopify: {_words(payload)}")
    if errors:
        return _worst([_one(error, writes=writes) for error in errors])
    return _warning(payload)


def user_errors(result: Mapping[str, Any] | None) -> list[UserError]:
    """The user errors of a mutation's payload."""
    return [
        UserError(tuple(str(part) for part in error.get("field") or ()), error["message"], error.get("code") or "")
        for error in (result or {}).get("userErrors") or ()
    ]


def rejected(errors: Sequence[UserError]) -> RecordError:
    """The errors as the fate of one record."""
    words = "; ".join(str(error) for error in errors)
    return RejectedByTarget(f"Shopify: {words}", detail=words[:200])


def _one(error: Mapping[str, Any], *, writes: bool) -> HubError:
    extensions = error.get("extensions") or {}
    code, message = extensions.get("code") or "", error.get("message", "")
    place = ".".join(str(part) for part in error.get("path") or ())
    if code == "THROTTLED":
        return Throttled(message)
    if code == "MAX_COST_EXCEEDED":
        return TooCostly(message)
    if code in ("INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"):
        return TryLater(message)
    if code == "ACCESS_DENIED":
        required = extensions.get("requiredAccess") or message
        return PlatformRefused(
            f"Shopify denies {place or 'a field'}: {required}",
            detail=place,
            fix="Grant the app the access named in the message (scopes or protected customer data), then `hub check`.",
        )
    if code == "SHOP_INACTIVE":
        return PlatformRefused(message, detail="inactive")
    problems = "; ".join(_problem(problem) for problem in extensions.get("problems") or ())
    words = " ".join(part for part in (code, place, message, problems) if part)
    # A write that is not understood is about its record's values; a read that is not understood is about us.
    return RejectedByTarget(f"Shopify: {words}", detail=words[:200]) if writes else PlatformRefused(words, detail=code)


def _problem(problem: Mapping[str, Any]) -> str:
    path = ".".join(str(part) for part in problem.get("path") or ())
    return f"{path}: {problem.get('explanation', '')}"


def _worst(found: Sequence[HubError]) -> HubError:
    """The error that decides: what no repetition cures comes before what one does."""
    return min(found, key=lambda error: isinstance(error, Throttled | TryLater | TooCostly))


def _warning(payload: Payload) -> HubError | None:
    searches: Iterable[Mapping[str, Any]] = (payload.get("extensions") or {}).get("search") or ()
    for search in searches:
        for warning in search.get("warnings") or ():
            if warning.get("code") == "invalid_field":
                # The filter was ignored: everything would be returned as if it matched.
                return PlatformRefused(
                    f"Shopify ignores the filter {search.get('query')!r}: {warning.get('message')}",
                    detail=f"field={warning.get('field')}",
                    fix="This version of the API does not know the filter; choose another version of the API.",
                )
    return None


def oauth_code(payload: Any) -> str:
    """The code of a refused log-in; empty where the answer is none of OAuth's."""
    code = payload.get("error") if isinstance(payload, Mapping) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _words(payload: Any) -> str:
    """What the platform says. Of an answer in another form than its own nothing is shown: it may be anybody's."""
    errors = payload.get("errors") if isinstance(payload, Mapping) else None
    if isinstance(errors, str) and errors:
        return errors
    if isinstance(errors, list):
        said = [one.get("message") if isinstance(one, Mapping) else one for one in errors]
        return "; ".join(one for one in said if isinstance(one, str)) or "no reason given"
    code = oauth_code(payload)
    described = payload.get("error_description") if code else None
    return described if isinstance(described, str) and described else code or "no reason given"
