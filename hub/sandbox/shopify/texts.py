"""How Shopify normalises and refuses texts: tags, e-mail addresses, phone numbers, handles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_EMAIL = re.compile(r"[^@\s,;:<>()\[\]\"\\]+@[^@\s,;:<>()\[\]\"\\.]+(\.[^@\s,;:<>()\[\]\"\\.]+)+\Z")
_NOT_IN_HANDLE = re.compile(r"[^\w]+")
_APOSTROPHES = re.compile("['\u2019`]")
_TAG_LIMIT = 255


def normal_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Trimmed, unique without regard to case (the first spelling stays), sorted; a comma separates tags."""
    seen: dict[str, str] = {}
    for text in tags:
        for part in text.split(","):
            tag = part.strip()
            if tag:
                seen.setdefault(tag.casefold(), tag)
    return tuple(sorted(seen.values(), key=lambda tag: (tag.casefold(), tag)))


def tags_without(tags: Iterable[str], gone: Iterable[str]) -> tuple[str, ...]:
    """`tags` but those in `gone`, compared without regard to case."""
    folded = {tag.casefold() for tag in normal_tags(gone)}
    return tuple(tag for tag in tags if tag.casefold() not in folded)


def has_long_tag(tags: Iterable[str]) -> bool:
    """Whether a tag is over the limit of 255 characters."""
    return any(len(tag) > _TAG_LIMIT for tag in tags)


def normal_email(text: str | None) -> str:
    """Lower case and without blanks inside or around; empty for none."""
    return "".join((text or "").split()).lower()


def is_email(text: str) -> bool:
    """Whether a normalised address has the form Shopify accepts."""
    return bool(_EMAIL.match(text))


def normal_phone(text: str | None, country_prefix: str) -> str | None:
    """E.164 of a phone number; empty for none, None where it cannot be one.

    A number without a leading + or 00 is taken as a number of the shop's own country.
    """
    if not (text or "").strip():
        return ""
    bare = re.sub(r"[\s().\-/]", "", text or "")
    if bare.startswith("00"):
        bare = "+" + bare[2:]
    if not bare.startswith("+"):
        bare = f"+{country_prefix}{bare.lstrip('0')}" if bare.isdecimal() else "+x"
    digits = bare[1:]
    return bare if digits.isdecimal() and digits[0] != "0" and 7 <= len(digits) <= 15 else None


def handle_of(text: str) -> str:
    """The handle Shopify makes of a title, or of a handle that was typed: lower case, words joined by hyphens."""
    if text.isascii():
        return _NOT_IN_HANDLE.sub("-", text.replace("'", "").replace("`", "").lower().replace("_", "-")).strip("-")
    folded = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text).lower())
    bare = "".join(char for char in folded if not unicodedata.combining(char))
    return _NOT_IN_HANDLE.sub("-", unicodedata.normalize("NFC", bare).replace("_", "-")).strip("-")


def next_free_handle(handle: str, taken: Iterable[str]) -> str:
    """`handle`, or with its last number raised (or -1 appended) until nobody has it."""
    known = taken if isinstance(taken, (set, dict)) else set(taken)
    while handle in known:
        match = re.search(r"(?:^|-)([0-9]+)\Z", handle)
        handle = f"{handle[: match.start(1)]}{int(match[1]) + 1}" if match else f"{handle}-1"
    return handle
