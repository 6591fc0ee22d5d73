"""The pages of the documentation as their tests read them: texts, table rows, codes, commands and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
#: Every page that people read, decisions left out: they tell how it was, not how it is.
PAGES = (ROOT / "README.md", *sorted(DOCS.glob("*.md")))

_FENCE = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
#: `hub …`, with its folder or not, also as the body of a loop.
_COMMAND = re.compile(r"\s*(?:do\s+)?(?:[\w./]*/)?hub (.+)")


def text(name: str) -> str:
    """A page of docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    """What stands below a heading of the second level, up to the next one."""
    _, found, rest = page.partition(f"\n## {heading}\n")
    assert found, f"there is no heading {heading!r}"
    return rest.split("\n## ", 1)[0]


def rows(part: str) -> Iterator[list[str]]:
    """Cells of all table rows that begin with a name in backquotes; headers do not."""
    for line in part.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def names(cell: str) -> list[str]:
    """What stands in backquotes."""
    return _CODE.findall(cell)


def codes(page: str) -> set[str]:
    """Causes and reasons that a page names: capital letters in backquotes, with an underline in them."""
    return {name for name in _CODE.findall(page) if re.fullmatch(r"[A-Z]+(_[A-Z]+)+", name)}


def typed_commands(page: str) -> Iterator[str]:
    """Command lines in blocks of code, without the word `hub`: they stand there as one types them."""
    blocks = "\n".join(_FENCE.findall(page)).replace("\\\n", " ")
    for line in blocks.splitlines():
        for part in re.split(r"[;|&]+", line.partition(" # ")[0]):
            found = _COMMAND.fullmatch(part)
            if found:
                yield found[1].strip()


def named_commands(page: str) -> Iterator[str]:
    """Commands in sentences, between backquotes: perhaps without their arguments."""
    for name in _CODE.findall(_FENCE.sub("", page)):
        if name.startswith("hub "):
            yield name.removeprefix("hub ")


def links(page: str) -> Iterator[str]:
    """Targets of links and pictures that lie in this repository."""
    for target in re.findall(r"\]\(([^)\s]+)\)", _FENCE.sub("", page)):
        if "://" not in target:
            yield target
