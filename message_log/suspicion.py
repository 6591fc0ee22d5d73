"""Which bodies may hold a secret: names that are those of secrets, and one quick look that clears nearly every body.

The look runs over every body that is logged, so it is the most costly part of cleaning. Whatever the careful rules of
`message_log.redact` would remove has to be caught here; what is caught for nothing costs only time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import orjson
from ahocorasick_rs import BytesAhoCorasick, MatchKind

_SEPARATOR = "[-_. ]?"
_ANYWHERE = [
    f"pass{_SEPARATOR}(?:word|wd|phrase|code)",
    "secret",
    "cookie",
    "credential",
    f"api{_SEPARATOR}key",
    f"private{_SEPARATOR}key",
    f"access{_SEPARATOR}key",
    f"session{_SEPARATOR}id",
    "b1session",
]
# Not `authorizationCode` and the like, which are facts of a payment.
_WHOLE = ["pwd", "pass", "jwt", "routeid", f"session{_SEPARATOR}key", f"(?:[a-z]+{_SEPARATOR})?authori[sz]ation"]
_SECRET_NAME = re.compile(f"{'|'.join(_ANYWHERE)}|tokens?$|^(?:{'|'.join(_WHOLE)})$", re.I | re.A)


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Tell whether a field, header or parameter of this name holds a secret."""
    return _SECRET_NAME.search(name) is not None


# Names of two words with whatever may stand between these; a form spells a space as a plus.
_KEYS = tuple(f"{kind}{between}key" for kind in ("api", "private", "access") for between in ("", *"-_. +"))
_HINTS = (
    *b"pwd authori session jwt routeid bearer basic secret credential cookie token".split(),
    *(key.encode() for key in _KEYS),
)
# In many languages the beginning of common words: only what goes on like the name of a secret, or stands alone, counts.
_PASS = b"pass"
# (The letter of an escaped line break is none.)
_PASSES = re.compile(rb"pass(?:[^a-z]{0,2}(?:word|wd|phrase|code)|(?:(?<![a-z]pass)|(?<=\\[bfnrt]pass))(?![a-z]))")
# What may hide a letter (backslash-u, percent) or is a secret by its look. Each needs a certain sign.
_SIGNS = tuple(
    (sign, re.compile(look))
    for sign, look in (
        (b"%", rb"%[2-7][0-9A-Fa-f]"),
        (b"@", rb"://[^/\s]*@"),
        (b"\\u00", rb"\\u00[2-7]"),
        (b"shp", rb"shp[a-z]{2}_"),
        (b"eyJ", rb"eyJ"),
    )
)


def _any_of(words: Iterable[bytes]) -> Callable[[bytes], object]:
    """Make what tells in one go whether any of a few words is there, in a tenth of the time of a search for each.

    Which one is no answer that could be trusted: where two overlap, it names the first. Of its kinds of match this one
    alone looks at many letters at once, and only for words of three letters and more.
    """
    return BytesAhoCorasick(words, MatchKind.LeftmostFirst).find_matches_as_indexes


_any_hint = _any_of((*_HINTS, _PASS))
_any_sign = _any_of(sign for sign, _ in _SIGNS if len(sign) > 1)


def suspicious(body: bytes) -> bool:
    """Tell whether a body may hold a secret; it is no more than a guess if it may."""
    return _has_signs(body) or (_has_hints(body) and not _plain_words(body))


def _has_signs(body: bytes) -> bool:
    if b"%" in body or b"@" in body or _any_sign(body):
        return any(sign in body and look.search(body) for sign, look in _SIGNS)
    return False


def _has_hints(body: bytes) -> bool:
    lower = body.lower()
    if not _any_hint(lower):
        return False
    return any(hint in lower for hint in _HINTS) or _says_pass(lower)


def _says_pass(lower: bytes) -> bool:
    place = lower.find(_PASS)
    while place >= 0:
        if _PASSES.match(lower, place):
            return True
        place = lower.find(_PASS, place + 1)
    return False


_CREDENTIAL_WORD = re.compile(rb"bearer|basic", re.IGNORECASE)
_TOKEN = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"(\s*+:)?', re.DOTALL)
# Without one of these a string cannot hold a name with its value, an expression or an address.
_INNER = re.compile(rb"[=:@(<\\]")


def _plain_words(body: bytes) -> bool:
    """Tell whether the hints of a JSON body are mere words: a passport cover, a cookie cutter.

    Then no name is that of a secret, and no text with a hint has a sign in it that could give it a name.
    """
    try:
        orjson.loads(body)
    except ValueError:
        return False
    tokens = set(_TOKEN.findall(body))
    return not any((colon and _names_a_secret(text)) or _gives_a_name(text) for text, colon in tokens)


@lru_cache(maxsize=4096)
def _names_a_secret(raw: bytes) -> bool:
    return is_secret_name(unescaped(raw.decode("utf-8", "surrogateescape")))


def _gives_a_name(text: bytes) -> bool:
    if b" " in text and _CREDENTIAL_WORD.search(text):
        return True
    return _INNER.search(text) is not None and _has_hints(text)


_DECODER = json.JSONDecoder(strict=False)


def unescaped(raw: str) -> str:
    """Return the text of a JSON string's inner part."""
    if "\\" not in raw:
        return raw
    try:
        return str(_DECODER.decode(f'"{raw}"'))
    except ValueError:
        return raw
