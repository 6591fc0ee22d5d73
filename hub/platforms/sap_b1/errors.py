"""What the Service Layer says when it refuses, and which of the hub's errors that is.

An answer is classified by its status and code alone: messages come in the language of the ERP's user and are only
shown. Codes: SAP's guide to the Service Layer, its API reference, and recorded exchanges.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import orjson

from hub.errors import (
    Changed,
    ConfigurationError,
    HubError,
    InvalidRecord,
    MissingExchangeRate,
    PlatformRefused,
    PlatformUnavailable,
    PostingPeriodClosed,
    RejectedByTarget,
    TargetVanished,
)
from hub.platforms.call import Answer

#: Codes are numbers; an error with another is not of the Service Layer, and its words are not shown.
_CODE = re.compile(r"-?\d{0,12}")


class AlreadyThere(RejectedByTarget):
    """The key is taken: somebody, perhaps we in a try whose answer was lost, created it before."""


class DraftOrUnknownCode(RejectedByTarget):
    """A code in the body names nothing, or an approval procedure kept the document as a draft: one code for both."""


class NoState(InvalidRecord):
    """The ERP does not know the address's state for its country."""

    fix = "Add the state to the country in the ERP, or correct the address in the shop, then re-sync."


class Unpermitted(PlatformRefused):
    """The ERP user may not do this."""

    cause = "CONFIGURATION"
    fix = "Give the integration user the authorisation named in the message, then run `hub check`."


class UnknownName(ConfigurationError):
    """The Service Layer does not know a path or property that the hub uses."""

    fix = "If a U_Hub field is named: run `hub setup-erp`, restart the Service Layer, then run `hub check`."


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal, whatever shape it came in. `code` is empty where the body was not the Service Layer's own."""

    status: int
    code: str
    message: str


#: (status, or None for any; code) -> the error. The first row that fits is taken.
TABLE: tuple[tuple[int | None, str, type[HubError]], ...] = (
    (None, "301", PlatformRefused),
    (404, "-2028", TargetVanished),
    (400, "-2028", DraftOrUnknownCode),
    (None, "-2035", AlreadyThere),
    (None, "1320000140", AlreadyThere),
    (412, "", Changed),
    (None, "-2039", Changed),
    (None, "1250000128", NoState),
    # The next two are what integrators report; neither is in SAP's guide.
    (400, "-4006", MissingExchangeRate),
    (400, "-4013", PostingPeriodClosed),
    (None, "-1000", UnknownName),
    (None, "-6006", Unpermitted),
    (None, "804", Unpermitted),
    (401, "", PlatformRefused),
    (403, "", Unpermitted),
    (404, "", UnknownName),
    (405, "", UnknownName),
    (413, "", InvalidRecord),
    (400, "", RejectedByTarget),
)


def refusal(answer: Answer) -> Refusal:
    """Read the four shapes of an error body: number or text as code, object or text as message; and a proxy's page."""
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return Refusal(answer.status, "", _page(answer))
    error = body.get("error") if isinstance(body, dict) else None
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    if not isinstance(error, dict) or not _CODE.fullmatch(code):
        return Refusal(answer.status, "", _page(answer))
    return Refusal(answer.status, code, _message(error.get("message")))


def error_of(answer: Answer) -> HubError:
    """The hub's error for an answer that is no success."""
    found = refusal(answer)
    named = f"{answer.call.operation}: {found.message} (status {found.status}, code {found.code or 'none'})"
    detail = f"{found.code}: {found.message}" if found.code else f"status {found.status}"
    return kind_of(found)(named, detail=detail)


def kind_of(found: Refusal) -> type[HubError]:
    """The class of a refusal; a code that is in no table is the business logic's or the customer's own rule."""
    for status, code, kind in TABLE:
        if status in (None, found.status) and code in ("", found.code):
            return kind
    if found.status >= 500:
        return PlatformUnavailable
    return RejectedByTarget if found.status >= 400 else UnknownName


def _message(message: Any) -> str:
    value = message.get("value") if isinstance(message, dict) else message
    return value if isinstance(value, str) and value else "no message"


def _page(answer: Answer) -> str:
    kind = answer.headers.get("Content-Type", "no content type")
    return f"not the Service Layer's own answer ({kind})"
