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
#: Letters of a file, and how deep its values lie: far beyond what any integration needs.
LARGEST, DEEPEST = 1_000_000, 20


class _Refused(yaml.MarkedYAMLError):
    """YAML that an integration's file may not have."""

    def __init__(self, what: str, fix: str, mark: yaml.Mark) -> None:
        super().__init__(problem=what, problem_mark=mark)
        self.fault = Fault(mark.line + 1, mark.column + 1, "", what, fix)


class _Loader(yaml.SafeLoader):
    """Composes what is written and nothing else: a few aliases of aliases would grow without bound."""

    _depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            raise _Refused(f"{sign}{event.anchor}: a file may have no anchor and no alias.", _OUT, event.start_mark)
        if self._depth >= DEEPEST:
            raise _Refused("The values lie too deep.", "See the example of an integration's file.", event.start_mark)
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


_OUT = "Write the value out; a text that begins with such a sign stands in quotes."


def parse(text: str, source: str) -> tuple[Any, Places]:
    """The file's value and the places in it; FaultyFile where it is no YAML at all.

    Keys that stand twice, keys that are no text and unknown tags are noted as faults.
    """
    if len(text) > LARGEST:
        raise FaultyFile(source, [Fault(1, 1, "", "The file is too large.", f"Keep it below {LARGEST:,} letters.")])
    try:
        node = yaml.compose(text, Loader=_Loader)
    except _Refused as error:
        raise FaultyFile(source, [error.fault]) from error
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

    def value(self, node: Node, path: Path) -> Any:
        """A node as a plain value."""
        self._values[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        self._positions.setdefault(path, self._values[path])
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        return self._scalar(node, path)

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
