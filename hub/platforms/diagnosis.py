"""What an exception of the HTTP library says about the request, in plain words. Pure."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterator

import urllib3.exceptions as low
from requests import exceptions as high

from hub.errors import ConfigurationError
from hub.platforms.delivery import Delivery, Trouble

#: How the words begin where an address names no machine.
NO_HOST = "no such host"
_QUERY = re.compile(r"\?.*?(?= \(Caused by|$)", re.DOTALL)
#: Error (or its number) -> what happened, the most telling first.
_KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (high.ProxyError, "the proxy does not let us through"),
    (ConnectionRefusedError, "connection refused"),
    (socket.gaierror, "its name cannot be looked up now"),
    (low.ConnectTimeoutError, "it did not pick up in time"),
    (low.ReadTimeoutError, "no answer came in time"),
    (TimeoutError, "no answer came in time"),
    (ConnectionResetError, "the connection was cut"),
    (BrokenPipeError, "the connection was cut"),
    (low.IncompleteRead, "the answer was cut off"),
    (low.DecodeError, "the answer cannot be unpacked"),
    (low.ProtocolError, "the connection was cut"),
    (ssl.SSLError, "no secure connection could be made"),
)
_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}


def diagnose(error: OSError, url: str) -> Trouble:
    """Why a try has brought no answer; `url` is what people know the platform's address by."""
    chain = list(_causes(error))
    # The library's words carry the whole address, and what stands behind the question mark may be personal.
    raw = _QUERY.sub("?…", f"{type(error).__name__}: {error}")
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in chain):
        return _wrong(raw, f"The certificate of {url} cannot be verified; set the CA bundle that signed it.")
    if any(isinstance(cause, ssl.SSLError) and "WRONG_VERSION_NUMBER" in str(cause) for cause in chain):
        return _wrong(raw, f"{url} does not speak TLS; is it http instead of https?")
    if isinstance(error, high.InvalidURL | high.InvalidSchema | high.MissingSchema | high.InvalidHeader):
        return _wrong(raw, f"{url} is no address the hub can call: {error}")
    if not isinstance(error, high.RequestException):
        return _wrong(raw, f"A file that the connection needs cannot be read: {error}")
    if any(isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME for cause in chain):
        return Trouble(Delivery.NOT_SENT, f"{NO_HOST}: {url}")
    never = high.ConnectTimeout | high.ProxyError | low.NewConnectionError | low.ConnectTimeoutError
    sent = not any(isinstance(cause, never) for cause in chain)
    what = _what(chain) or raw
    return Trouble(
        Delivery.UNCERTAIN if sent else Delivery.NOT_SENT,
        f"{url} did not answer: {what}" if sent else f"{url} cannot be reached: {what}",
    )


def _what(chain: list[BaseException]) -> str:
    """What happened, in people's words; empty where nobody has words for it."""
    if any(isinstance(cause, OSError) and cause.errno in _UNREACHABLE for cause in chain):
        return "there is no way to it from here"
    return next((words for kind, words in _KINDS if any(isinstance(cause, kind) for cause in chain)), "")


def _wrong(words: str, sentence: str) -> Trouble:
    return Trouble(Delivery.NOT_SENT, words, hopeless=ConfigurationError(sentence))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception, what it wraps (`reason`, arguments) and what it came from, each once."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        wrapped = (getattr(current, "reason", None), *current.args, current.__cause__, current.__context__)
        waiting.extend(item for item in wrapped if isinstance(item, BaseException))
