"""What a failed try of a call says, and how long to wait before the next: pure decisions of the transport."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from random import Random

from hub.errors import HubError

#: Shopify answers 430 where others answer 429.
_BUSY = frozenset({429, 430})
#: The server, or a proxy before it, gave up waiting; like every 5xx it does not say what became of the request.
_TIMED_OUT = 408
#: Seconds; the span of the first wait, doubled each time.
FIRST_WAIT = 0.5


class Delivery(Enum):
    """What a failed try says about the request."""

    NOT_SENT = auto()
    #: Refused before it was looked at: the platform asks us to wait.
    BUSY = auto()
    UNCERTAIN = auto()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a try has brought no answer."""

    delivery: Delivery
    #: In a person's words, for the exchange and the error.
    words: str
    #: Seconds the platform asked us to wait.
    wait: float | None = None
    #: Set where no repetition can help.
    hopeless: HubError | None = None


def back_off(attempt: int, random: Random, longest: float) -> float:
    """Seconds to wait after the try number `attempt` (from 0): full jitter over a doubling span."""
    return random.uniform(0, min(longest, FIRST_WAIT * 2.0**attempt))


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds a Retry-After asks for (a number, or a date); None where there is none that can be read."""
    text = headers.get("Retry-After", "").strip()
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def judge(status: int, headers: Mapping[str, str], now: datetime) -> Trouble | None:
    """What a status says about the call; None = it is an answer, whatever it says."""
    wait = retry_after(headers, now)
    if status in _BUSY or (status == 503 and wait is not None):
        return Trouble(Delivery.BUSY, f"status {status}: asked to wait", wait)
    if status >= 500 or status == _TIMED_OUT:
        return Trouble(Delivery.UNCERTAIN, f"status {status}")
    return None
