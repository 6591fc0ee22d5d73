"""YAML into plain values, with the place of each.

Only `true`, `false` and nothing are taken for what they look like; every other plain value stays the text that was
written. The schemas know the types, and so a warehouse 01 stays "01", a country NO stays "NO", and an amount never
becomes a float.
"""

from __future__ import annotations

from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from hub.configuration.faults import Fault, FaultyFile, Path, Places

_TAG = "tag:yaml.org,2002:"


def parse(text: str, source: str) -> tuple[Any, Places]:
    """The file's value and the places in it; FaultyFile where it is no YAML at all.

    Keys that stand twice, keys that are no text and unknown tags are noted as faults.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise FaultyFile(source, [_syntax(error)]) from error
    except yaml.YAMLError as error:
        raise FaultyFile(source, [Fault(1, 1, "", f"{error}.", "Save the file as UTF-8 text.")]) from error
    reader = _Reader(source)
    value = reader.value(node, ()) if node is not None else None
    return value, reader.places


def _syntax(error: yaml.MarkedYAMLError) -> Fault:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    problem = ", ".join(part for part in (error.context, error.problem) if part)
    fix = "Indent with blanks, not with tabs." if "\\t" in problem else "Mend the YAML here or just above."
    return Fault(line, column, "", f"This is no YAML: {problem}.", fix)


class _Reader:
    """Walks the nodes once."""

    def __init__(self, source: str) -> None:
        self._positions: dict[Path, tuple[int, int]] = {}
        self._values: dict[Path, tuple[int, int]] = {}
        self.places = Places(source, self._positions, self._values)
        self._above: list[Node] = []

    def value(self, node: Node, path: Path) -> Any:
        """A node as a plain value."""
        self._values[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        self._positions.setdefault(path, self._values[path])
        if node in self._above:
            self.places.fault(path, "An alias that contains itself.", "Write the value out.")
            return None
        self._above.append(node)
        try:
            if isinstance(node, MappingNode):
                return self._mapping(node, path)
            if isinstance(node, SequenceNode):
                return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
            assert isinstance(node, ScalarNode)
            return self._scalar(node, path)
        finally:
            self._above.pop()

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                line = key_node.start_mark.line + 1
                self.places.fault(path, f"The key in line {line} is no text.", "Write a plain name before the colon.")
                continue
            key = key_node.value
            here = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if key in found:
                fault = f"This key stands here again; it was first in line {first[key]}."
                self._positions[(*path, key)] = here
                self.places.fault((*path, key), fault, "Keep one of the two.")
                continue
            first[key] = here[0]
            self._positions[(*path, key)] = here
            found[key] = self.value(value_node, (*path, key))
        return found

    def _scalar(self, node: ScalarNode, path: Path) -> Any:
        if not node.tag.startswith(_TAG):
            self.places.fault(path, f"The tag {node.tag} means nothing here.", "Remove it.", at_value=True)
        if node.tag == f"{_TAG}null":
            return None
        if node.tag == f"{_TAG}bool" and node.value.lower() in ("true", "false"):
            return node.value.lower() == "true"
        return node.value
