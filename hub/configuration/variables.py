"""`${NAME}` in a file stands for a variable of the environment, so that secrets stay out of the file.

`$$` is a dollar sign; a dollar sign that begins neither of the two is itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"\$\$|\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def mentions(text: str) -> bool:
    """Whether a value comes from the environment, wholly or in part."""
    return any(match[1] is not None for match in _TOKEN.finditer(text))


def named(text: str) -> set[str]:
    """The variables that a text mentions."""
    return {match[1] for match in _TOKEN.finditer(text) if match[1] is not None and _NAME.fullmatch(match[1])}


def missing(text: str, environment: Mapping[str, str]) -> list[str]:
    """Names in a text that are no names of variables, or of variables that are not set (or empty)."""
    names = [match[1] for match in _TOKEN.finditer(text) if match[1] is not None]
    return [name for name in names if not _NAME.fullmatch(name) or not environment.get(name)]


def filled(text: str, environment: Mapping[str, str]) -> str:
    """The text with its variables' values; those that are not set read as nothing."""
    return _TOKEN.sub(lambda match: "$" if match[1] is None else environment.get(match[1], ""), text)


def written(text: str) -> str:
    """A value as it has to stand in a file in order to mean itself."""
    return text.replace("$", "$$") if _TOKEN.search(text) else text


def placeholder(connection: str, setting: str) -> str:
    """What stands for a secret in an exported file: `${DEMO_SHOP_TOKEN}`."""
    name = re.sub(r"[^A-Z0-9]+", "_", f"{connection} {setting}".upper()).strip("_")
    return f"${{{name if not name[:1].isdigit() else f'_{name}'}}}"
