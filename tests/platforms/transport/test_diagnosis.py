"""What went wrong on the wire, in plain words."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest
import urllib3.exceptions as low
from requests import exceptions as high

from hub.errors import ConfigurationError
from hub.platforms.delivery import Delivery
from hub.platforms.diagnosis import diagnose

ADDRESS = "https://shop.example"


def wrapped(reason: BaseException, around: type[OSError] = high.ConnectionError) -> OSError:
    """An error as `requests` wraps it."""
    return around(low.MaxRetryError(None, "/admin?token=secret", reason))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "words", "delivery"),
    [
        (
            wrapped(low.NewConnectionError(None, "x")).with_traceback(None),  # type: ignore[arg-type]
            "",
            Delivery.NOT_SENT,
        ),
        (
            wrapped(low.ConnectTimeoutError(None, "slow")),
            "cannot be reached: it did not pick up in time",
            Delivery.NOT_SENT,
        ),  # type: ignore[arg-type]
        (
            high.ReadTimeout(low.ReadTimeoutError(None, "/", "slow")),
            "did not answer: no answer came in time",
            Delivery.UNCERTAIN,
        ),  # type: ignore[arg-type]
        (
            high.ConnectionError(low.ProtocolError("aborted", ConnectionResetError(errno.ECONNRESET, "reset"))),
            "did not answer: the connection was cut",
            Delivery.UNCERTAIN,
        ),
        (
            high.ChunkedEncodingError(low.IncompleteRead(1, 2)),
            "did not answer: the answer was cut off",
            Delivery.UNCERTAIN,
        ),
        (
            high.ContentDecodingError(low.DecodeError("not gzip")),
            "did not answer: the answer cannot be unpacked",
            Delivery.UNCERTAIN,
        ),
        (
            wrapped(socket.gaierror(socket.EAI_AGAIN, "again")),
            "did not answer: its name cannot be looked up now",
            Delivery.UNCERTAIN,
        ),
        (
            wrapped(OSError(errno.EHOSTUNREACH, "no route")),
            "did not answer: there is no way to it from here",
            Delivery.UNCERTAIN,
        ),
    ],
)
def test_what_happened_is_said_without_names_of_the_library(error: OSError, words: str, delivery: Delivery) -> None:
    trouble = diagnose(error, ADDRESS)
    assert trouble.delivery is delivery
    assert trouble.words.startswith(f"{ADDRESS} {words}")
    assert "secret" not in trouble.words
    assert not words or "Error" not in trouble.words


def test_what_nobody_has_words_for_is_told_as_it_is() -> None:
    assert diagnose(high.RequestException("odd"), ADDRESS).words == f"{ADDRESS} did not answer: RequestException: odd"


def test_what_a_setting_mends_is_a_fault_of_the_settings() -> None:
    for error in (wrapped(ssl.SSLCertVerificationError("self-signed"), high.SSLError), FileNotFoundError("ca.pem")):
        assert isinstance(diagnose(error, ADDRESS).hopeless, ConfigurationError)
