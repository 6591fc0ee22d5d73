"""What must not be seen: secrets are taken out before anything is stored, personal fields are masked on display.

Pure functions over the text of a body. JSON is rewritten in place, token by token, and never parsed and dumped again:
the log has to show the very bytes that were sent, numbers and spacing included.

Secrets are known by the name of their field (any depth, headers, query strings, forms, XML) and by their look (access
tokens, bearer and basic credentials, session cookies, JSON web tokens, passwords inside URLs). Personal data is known
by the names of fields alone, matched whatever their capitals: in JSON and its nested texts, GraphQL variables and
literals, search terms, OData expressions, query strings and forms.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote, unquote_plus

from message_log.suspicion import is_secret_name, suspicious, unescaped

REMOVED = "[removed]"
MASK = "***"

Mask = Callable[[str], str]


def plain_mask(_value: str) -> str:
    """Mask a value without a trace of it."""
    return MASK


# --- secrets ------------------------------------------------------------------------------------------------------

_SECRET_LOOK = re.compile(
    r"""shp[a-z]{2}_[A-Za-z0-9]+
    | \beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*
    | (?i:\bBearer\s+(?=[A-Za-z+/._~=-]{0,100}\d)[A-Za-z0-9+/._~=-]{8,})
    | (?i:\bBasic\s+)(?P<basic>[A-Za-z0-9+/]{4,}={0,2})
    | (?i:\b(?:B1SESSION|ROUTEID)=[^;,\s"'\\]+)
    | (?<=://)[^/?\#\s"'@\\:]{1,200}:[^/?\#\s"'@\\]{0,200}(?=@)""",
    re.VERBOSE,
)


def _without_looks(text: str) -> str:
    return _SECRET_LOOK.sub(_look_removed, text)


def _look_removed(look: re.Match[str]) -> str:
    """Remove what looks like a secret; a basic sweatshirt is none, as it is not `user:password` in base64."""
    if look["basic"] is None:
        return REMOVED
    try:
        decoded = base64.b64decode(look["basic"], validate=True)
    except ValueError:
        return look[0]
    return REMOVED if b":" in decoded else look[0]


def _removed(_value: str) -> str:
    return REMOVED


def without_secrets(body: bytes) -> bytes:
    """Return a body (JSON, JSON lines, form, XML, text) without its secrets; unchanged bytes where there are none."""
    if not suspicious(body):
        return body
    return text_without_secrets(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def text_without_secrets(text: str) -> str:
    """Return a text (a body, an error message, a header line) without its secrets."""
    return _without_looks(_rewrite(text, is_secret_name, _removed, _plain_without_secrets))


# Names are taken in whole (possessive) and are bounded, so that no text, however odd, makes the search slow.
_TEXT_NAME = re.compile(r"""(?<![\w$.\[\]-])(?P<name>[\w$.\[\]-]{1,100}+)["']?\s{0,20}+[:=]\s{0,20}+""")
_TEXT_VALUE = re.compile(r""""(?:[^"\\]|\\.)*+"?|'[^']*+'?|[^\r\n&"'<>]+""")
_XML_VALUE = re.compile(r"<(?:[\w.-]{1,100}:)?(?P<name>[\w.-]{1,100}+)[^<>]*+>(?P<value>[^<]++)(?=<)")


def _element_without_secret(element: re.Match[str]) -> str:
    return element[0].removesuffix(element["value"]) + REMOVED if is_secret_name(element["name"]) else element[0]


def _plain_without_secrets(text: str) -> str:
    """Remove `name: value`, `name=value`, `<name>value<` and what looks like a secret from a text that is no JSON."""
    text = _XML_VALUE.sub(_element_without_secret, text)
    pieces: list[str] = []
    done = position = 0
    while found := _TEXT_NAME.search(text, position):
        position = found.end()
        if is_secret_name(found["name"]) and (value := _TEXT_VALUE.match(text, position)):
            pieces += (text[done:position], REMOVED)
            done = position = value.end()
    pieces.append(text[done:])
    return _without_looks("".join(pieces))


def query_without_secrets(query: str) -> str:
    """Return a query string (percent-encoded, without "?") without its secrets."""
    if not suspicious(query.encode("utf-8", "surrogateescape")):
        return query
    return _rewrite_query(query, is_secret_name, _removed, _plain_without_secrets)


# --- personal data ------------------------------------------------------------------------------------------------

_EMAIL = re.compile(r"[^\s\"'<>()\[\]{},;:=/\\@]{1,64}@[^\s\"'<>()\[\]{},;:=/\\@]{1,255}\.[^\W\d_]{2,}")
_ODATA = re.compile(
    r"(?:^|[\s)])(?:eq|ne|gt|ge|lt|le|in)[\s(]|\b(?:contains|startswith|endswith|substringof)\s*\(", re.IGNORECASE
)
_ODATA_LITERAL = re.compile(r"'(?:[^']|'')*'|(?<=\s)(?:eq|ne|gt|ge|lt|le)\s+(?!')[^\s)]+|(?<=\s)in\s*\([^)']*\)", re.I)
_GRAPHQL = re.compile(r"\s*(?:query|mutation|subscription|fragment)\b[^{]*\{|\s*\{\s*\w")
_GRAPHQL_LITERAL = re.compile(r'"""(?:.|\n)*?"""|"(?:[^"\\\n]|\\.)*"')


def lowered(names: frozenset[str]) -> frozenset[str]:
    """Return field names as they are compared."""
    return frozenset(name.casefold() for name in names)


def masked(body: bytes, names: frozenset[str], mask: Mask = plain_mask) -> bytes:
    """Return a body with the values of personal fields masked; a field that holds an object is masked whole."""
    text = body.decode("utf-8", "surrogateescape")
    return text_masked(text, names, mask).encode("utf-8", "surrogateescape")


def text_masked(text: str, names: frozenset[str], mask: Mask = plain_mask) -> str:
    """Return a text (a body, a message, a search term) with the values of personal fields masked."""
    if not names:
        return text
    known = lowered(names)
    return _rewrite(text, lambda name: name.casefold() in known, mask, lambda plain: _mask_plain(plain, known, mask))


def query_masked(query: str, names: frozenset[str], mask: Mask = plain_mask) -> str:
    """Return a query string with personal parameters, search terms and OData literals masked."""
    if not names:
        return query
    known = lowered(names)
    return _rewrite_query(
        query, lambda name: name.casefold() in known, mask, lambda plain: _mask_plain(plain, known, mask)
    )


def without_addresses(text: str) -> str:
    """Return a plain text without e-mail addresses; what platforms answer often quotes them."""
    return _EMAIL.sub(MASK, text) if "@" in text else text


def prose_masked(text: str, names: frozenset[str]) -> str:
    """Return a platform's own sentence about a record with these personal fields: nothing tells a name in it apart."""
    return MASK if names and text else text


@lru_cache(maxsize=64)
def _named(known: frozenset[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compile, for a set of names: a mention of one, and one followed by its value."""
    alternatives = "|".join(sorted((re.escape(name) for name in known), key=len, reverse=True))
    mention = rf"(?<!\w)(?:{alternatives})(?!\w)"
    value = r""""(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.|'')*'?|[^\s,&;)}\]"']+"""
    return (
        re.compile(mention, re.IGNORECASE),
        re.compile(rf"(?P<name>{mention})(?P<between>[\"']?\s*(?::[<>]?=?|=)\s*)(?P<value>{value})", re.IGNORECASE),
    )


def _mask_plain(text: str, known: frozenset[str], mask: Mask) -> str:
    mention, pair = _named(known)
    if mention.search(text):
        if _GRAPHQL.match(text):
            return without_addresses(_mask_graphql(text, known, mask))
        if _ODATA.search(text):
            text = _ODATA_LITERAL.sub(lambda match: _mask_literal(match[0], mask), text)
        text = pair.sub(lambda match: f"{match['name']}{match['between']}{mask(_bare(match['value']))}", text)
    return without_addresses(text)


def _bare(literal: str) -> str:
    return literal.strip("\"'")


def _mask_literal(literal: str, mask: Mask) -> str:
    """Mask a quoted OData literal, or the bare one behind an operator (for `in`, the whole list)."""
    if literal.startswith("'"):
        return f"'{mask(_bare(literal))}'"
    operator, value = literal[:2], literal[2:].strip()
    return f"{operator} {mask(value)}"


def _mask_graphql(document: str, known: frozenset[str], mask: Mask) -> str:
    """Mask a document's literals: all, where a personal argument has one of its own, else terms in search strings.

    Variables and selections stay readable, as they hold no data.
    """
    mention, _ = _named(known)
    all_of_them = re.search(rf"{mention.pattern}\s*:\s*[\"\[{{\d-]", document, re.IGNORECASE)

    def literal(match: re.Match[str]) -> str:
        inner = match[0].strip('"')
        if all_of_them:
            return f'"{mask(inner)}"'
        if "\\" not in inner:
            return f'"{_mask_plain(inner, known, mask)}"'
        return match[0] if not mention.search(inner) else f'"{mask(inner)}"'

    covered = _GRAPHQL_LITERAL.sub(literal, document)
    if all_of_them:
        covered = re.sub(rf"({mention.pattern}\s*:\s*)(-?\d[\d.]*)", rf"\g<1>{MASK}", covered, flags=re.IGNORECASE)
    return covered


# --- shared: walking over JSON, forms and query strings without disturbing the rest --------------------------------

# A string that is cut off runs to the end of the text; its second group is missing.
_STRING = re.compile(r'"([^"\\]*+(?:\\(?:.|\Z)[^"\\]*+)*+)(?:(")(\s*:\s*)?|\Z)', re.DOTALL)
_FORM = re.compile(r"[\w.$%+\[\]-]+=[^\s{}<>]*\Z")
_LINK = re.compile(r"[^\s?{}\"'<>]*\?(?=[\w$%]+=)")
_PUNCTUATION = re.compile(r"(?:[\s\[\]{},:\d.eE+-]|true|false|null)*\Z")
_DECODER = json.JSONDecoder(strict=False)


def _rewrite(text: str, wanted: Callable[[str], bool], mask: Mask, plain: Callable[[str], str]) -> str:
    """Replace the values of wanted names in JSON, JSON lines or a form; `plain` treats any other text and string."""
    start = text.lstrip()[:1]
    if start in ("{", "[", '"') and not _GRAPHQL_DOCUMENT_ONLY.match(text):
        return _rewrite_json(text, wanted, mask, plain)
    if _FORM.match(text):
        return _rewrite_query(text, wanted, mask, plain)
    if link := _LINK.match(text):
        return plain(link[0]) + _rewrite_query(text[link.end() :], wanted, mask, plain)
    return plain(text)


# A bare GraphQL selection begins with a brace too, but with a name behind it instead of a quoted key.
_GRAPHQL_DOCUMENT_ONLY = re.compile(r"\s*\{\s*[A-Za-z_]")


def _rewrite_json(text: str, wanted: Callable[[str], bool], mask: Mask, plain: Callable[[str], str]) -> str:
    """Walk over all strings of a JSON text in their order; those before a colon are names, the others values."""
    pieces: list[str] = []
    done = position = 0
    is_json = True
    while match := _STRING.search(text, position):
        is_json = is_json and match[2] is not None and _PUNCTUATION.match(text[position : match.start()]) is not None
        position = match.end()
        raw = match[1]
        if match[3] is None:
            if changed := _changed_string(raw, wanted, mask, plain):
                pieces += (text[done : match.start(1)], changed)
                done = match.end(1)
        elif wanted(unescaped(raw)):
            end = _value_end(text, position)
            value = text[position:end]
            if value not in ("null", '""'):
                pieces += (text[done:position], json.dumps(mask(unescaped(_bare(value))), ensure_ascii=False))
                done = end
            position = end
    pieces.append(text[done:])
    rewritten = "".join(pieces)
    # A body that was cut off, or only looked like JSON, is searched like any other text as well.
    return rewritten if is_json and _PUNCTUATION.match(text[position:]) else plain(rewritten)


def _value_end(text: str, start: int) -> int:
    """Return where the JSON value that begins here ends; a broken one takes the rest of the text with it."""
    try:
        return _DECODER.raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return len(text)


# Without one of these a string cannot hold a name with its value, an expression or an address.
_INNER = frozenset("=: @(<\\")


def _changed_string(raw: str, wanted: Callable[[str], bool], mask: Mask, plain: Callable[[str], str]) -> str | None:
    """Return the new inner part of a string value (nested JSON, a form, a search term), or None to leave it alone."""
    if _INNER.isdisjoint(raw):
        return None
    value = unescaped(raw)
    rewritten = _rewrite(value, wanted, mask, plain)
    return None if rewritten == value else json.dumps(rewritten, ensure_ascii=False)[1:-1]


def _rewrite_query(query: str, wanted: Callable[[str], bool], mask: Mask, plain: Callable[[str], str]) -> str:
    """Replace the wanted parameters of a query string or form; untouched ones keep their very spelling."""
    pairs = []
    for pair in query.split("&"):
        name, equals, encoded = pair.partition("=")
        value = unquote_plus(encoded)
        changed = mask(value) if encoded and wanted(unquote_plus(name)) else _rewrite(value, wanted, mask, plain)
        spelt = encoded if changed == value else quote(changed, safe="*[]#'(),:/$ ").replace(" ", "+")
        pairs.append(name + equals + spelt)
    return "&".join(pairs)
