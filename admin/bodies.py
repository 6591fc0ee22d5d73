"""Payloads as people read them. Pure."""

from __future__ import annotations

from typing import Any

import orjson

from message_log.detail import Body

#: A larger body is shown as it is: laying it out would take longer than reading it.
LAID_OUT = 500_000


def laid_out(body: Body | None) -> str:
    """A body as people read it: JSON on lines of its own, everything else as it is."""
    if body is None or body.text is None:
        return ""
    if len(body.text) > LAID_OUT:
        return body.text
    try:
        return orjson.dumps(orjson.loads(body.text), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return body.text


def diff_rows(body: Body | None) -> list[tuple[str, Any, Any]]:
    """The fields that differ: name, value of before, value of after; empty where the diff is of another shape."""
    if body is None or body.text is None:
        return []
    try:
        found = orjson.loads(body.text)
    except orjson.JSONDecodeError:
        return []
    if not isinstance(found, dict) or not all(isinstance(one, dict) and "new" in one for one in found.values()):
        return []
    return [(name, _value(one.get("old")), _value(one["new"])) for name, one in found.items()]


def _value(value: Any) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else orjson.dumps(value).decode()
