"""Which bodies may hold a secret: names that are those of secrets, and one quick look that clears nearly every body.

The look runs over every body that is logged, so it is the most costly part of cleaning. Whatever the careful rules of
`message_log.redact` would remove has to be caught here; what is caught for nothing costs only time.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache

import orjson

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


# Names spelt with separators are caught by their letters alone. Plain searches for a few words are faster than one
# expression of alternatives, and one for a part that several words share spares the search for each.
_HINTS = tuple(b"pwd authori session jwt routeid bearer basic".split())
_SHARED = (
    (b"key", tuple(b"apikey privatekey accesskey".split())),
    (b"cre", (b"secret", b"credential")),
    (b"ok", (b"cookie", b"token")),
)
# In many languages the beginning of common words: only what goes on like the name of a secret, or stands alone, counts.
_PASS = b"pass"
_PASSES = re.compile(rb"pass(?:[^a-z]{0,2}(?:word|wd|phrase|code)|(?<![a-z]pass)(?![a-z]))")
# What may hide a letter (backslash-u, percent) or is a secret by its look. Each needs a certain sign; to see whether it
# is there takes next to no time.
_SIGNS = tuple(
    (sign, re.compile(look))
    for sign, look in (
        (b"\\u00", rb"\\u00[2-7]"),
        (b"%", rb"%[2-7][0-9A-Fa-f]"),
        (b"@", rb"://[^/\s]*@"),
        (b"shp", rb"shp[a-z]{2}_"),
        (b"eyJ", rb"eyJ"),
    )
)
_LOWER = bytes(range(256)).lower()
_NO_LETTER = bytes(code for code in range(256) if not bytes((code,)).isalpha())
# How the body of a GraphQL call begins.
_DOCUMENT = b'{"query":"'


def suspicious(body: bytes) -> bool:
    """Tell whether a body may hold a secret; it is no more than a guess if it may."""
    rest = body
    if body.startswith(_DOCUMENT) and (end := body.find(b'"', len(_DOCUMENT))) > 0:
        # All calls of an operation begin with the same document. No secret and no name reaches over a quotation mark,
        # so the two parts can be judged apart, and the document once for all.
        if _document_has_hints(body[:end]):
            return _has_signs(body) or not _plain_words(body)
        rest = body[end:]
    return _has_signs(rest) or (_has_hints(rest) and not _plain_words(body))


@lru_cache(maxsize=256)
def _document_has_hints(document: bytes) -> bool:
    return _has_signs(document) or _has_hints(document)


# A loop costs half of what `any` over a generator does, and these two run over every body.
def _has_signs(body: bytes) -> bool:
    for sign, look in _SIGNS:  # noqa: SIM110
        if sign in body and look.search(body):
            return True
    return False


def _has_hints(body: bytes) -> bool:
    letters = body.translate(_LOWER, _NO_LETTER)
    for hint in _HINTS:
        if hint in letters:
            return True
    if _PASS in letters and _says_pass(body.lower()):
        return True
    for shared, hints in _SHARED:  # noqa: SIM110
        if shared in letters and any(hint in letters for hint in hints):
            return True
    return False


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
    return not any(_names_a_secret(text) if colon else _gives_a_name(text) for text, colon in tokens)


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
