"""Numbers as they stand in addresses and forms: none is larger than an id can be, and none is a long text."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import IntegerConverter, Map

#: The largest id.
LARGEST = 2**31 - 1


class NumberConverter(IntegerConverter):
    """`<int:…>` of an address: whatever is no id leads nowhere."""

    # Longer ones are not even tried: to read a number of thousands of digits is refused with an error of its own.
    regex = r"[0-9]{1,10}"

    def __init__(self, url_map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(url_map, *args, **{"max": LARGEST, **kwargs})


def whole(text: str, largest: int = LARGEST) -> int | None:
    """The whole number that a text is; None where it is none, or one that is too large."""
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(LARGEST)):
        return None
    return int(text) if int(text) <= largest else None
