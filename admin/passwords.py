"""Passwords: argon2 at rest, one-time ones that are made, and what is too weak."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.errors import ConfigurationError

SHORTEST, LONGEST = 12, 200
#: Letters and digits that nobody mistakes for each other.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
#: OWASP's Password Storage Cheat Sheet: as hard to guess as with 46 MiB and one pass, and several may sign in at once.
_HASHER = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)


def hashed(password: str) -> str:
    """The hash under which a password is kept."""
    return _HASHER.hash(password)


def fits(stored: str | None, password: str) -> bool:
    """Whether it is the password; for somebody who is unknown (None) the answer no takes as long."""
    try:
        return _HASHER.verify(stored or _nobody(), password[:LONGEST]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return hashed(secrets.token_urlsafe())


def one_time() -> str:
    """A password to be changed at first use: 20 signs in groups, about 99 bits."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(5)) for _ in range(4))


def refuse_weak(password: str, name: str) -> None:
    """Raise ConfigurationError where a password is easily guessed."""
    why = ""
    if len(password) < SHORTEST:
        why = f"It has {len(password)} characters; at least {SHORTEST} are needed."
    elif len(password) > LONGEST:
        why = f"It has {len(password)} characters; at most {LONGEST} are read."
    elif len(set(password)) < 5:
        why = "It repeats the same few characters."
    elif name and name.lower() in password.lower():
        why = "It contains your name."
    if why:
        fix = "Take three or four words that do not belong together."
        raise ConfigurationError(why, detail="password", fix=fix)
