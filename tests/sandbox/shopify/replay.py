"""Sends what was recorded against real shops to ours, and compares the answers' shape.

Ids of the recording are replaced by ours as soon as both are known: wherever the recorded answer has an id, ours has
one of the same kind at the same place. Fields that the sandbox does not serve are left out of both.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from graphql import (
    REMOVE,
    FieldNode,
    GraphQLInputObjectType,
    GraphQLObjectType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_leaf_type,
    parse,
    print_ast,
    type_from_ast,
    visit,
)

from hub.sandbox.shopify.schema import served_schema
from tests.sandbox.shopify.client import Shop

_NUMBERED = re.compile(r"gid://shopify/[A-Za-z]+/[0-9]+(?:\?[a-z_]+=[A-Za-z0-9]+)?")


class Replay:
    """One recording, replayed against one shop."""

    def __init__(self, shop: Shop, reference: Path, file: str) -> None:
        path = reference / "reference" / "shopify-captures" / file
        self.recording: Any = json.loads(path.read_text(encoding="utf-8"))
        self.shop = shop
        #: Recorded id -> ours.
        self.ids: dict[str, str] = {}
        #: Our data of the last replay.
        self.data: Any = None

    def case(self, path: str) -> dict[str, Any]:
        """The part of the recording at a path of keys."""
        found = self.recording
        for key in filter(None, path.split("/")):
            found = found[int(key)] if isinstance(found, list) else found[key]
        case: dict[str, Any] = found
        return case

    def run(self, path: str, *, text: str | None = None, whole: bool = False) -> tuple[Any, Any]:
        """Send a recorded request again; (our envelope, the recorded one), ids replaced in the latter.

        `whole`: input fields that the sandbox does not serve are sent too.
        """
        case = self.case(path)
        request = case.get("request", case)
        recorded = _envelope(case)
        variables = self.translate(request.get("variables") or {})
        query = text or request.get("query") or query_of(recorded["data"], variables)
        document = pruned(query)
        ours = self.shop.answer(document, **(variables if whole else _served_input(document, variables)))
        self.learn(recorded.get("data"), ours.get("data"))
        return ours, self.translate(recorded)

    def differs(self, path: str, *, text: str | None = None, whole: bool = False) -> list[str]:
        """Replay; what is of another shape in our answer. User errors and top-level errors must be equal."""
        ours, recorded = self.run(path, text=text, whole=whole)
        mine, theirs = ([_error(one) for one in answer.get("errors", ())] for answer in (ours, recorded))
        if mine != theirs:
            return [f"errors: {mine} instead of {theirs}"]
        if ("data" in ours) != ("data" in recorded):
            return [f"data: {ours.get('data')} instead of {recorded.get('data')}"]
        self.data = ours.get("data")
        return list(_differences(self.data, recorded["data"], "")) if "data" in ours else []

    def translate(self, value: Any) -> Any:
        """Recorded ids replaced by ours, at every depth."""
        if isinstance(value, str):
            return _NUMBERED.sub(lambda match: self.ids.get(match[0], match[0]), value)
        if isinstance(value, dict):
            return {key: self.translate(one) for key, one in value.items()}
        return [self.translate(one) for one in value] if isinstance(value, list) else value

    def learn(self, recorded: Any, ours: Any) -> None:
        """Note which of our ids stands where the recording has which."""
        if isinstance(recorded, dict) and isinstance(ours, dict):
            for key, one in recorded.items():
                self.learn(one, ours.get(key))
        elif isinstance(recorded, list) and isinstance(ours, list):
            for one, other in zip(recorded, ours, strict=False):
                self.learn(one, other)
        elif isinstance(recorded, str) and isinstance(ours, str) and _kind(recorded) and _kind(recorded) == _kind(ours):
            self.ids.setdefault(recorded, ours)


def _envelope(case: dict[str, Any]) -> dict[str, Any]:
    answer = case["response"] if "response" in case else case["result"]
    for key in ("payload", "body"):
        answer = answer.get(key, answer)
    envelope: dict[str, Any] = answer
    return envelope


def _kind(text: str) -> str:
    return text.split("/")[3] if text.startswith("gid://shopify/") else ""


def _error(one: dict[str, Any]) -> tuple[Any, ...]:
    """What a client can rely on in a top-level error."""
    return one["message"], one["extensions"]["code"], one.get("path")


def _differences(ours: Any, recorded: Any, at: str) -> Any:
    """Where our answer has another shape: other type, other kind of id, null against something, other user errors."""
    if at.endswith("serErrors"):
        mine = [{key: one.get(key) for key in theirs} for one, theirs in zip(ours, recorded, strict=False)]
        if len(ours) != len(recorded) or mine != recorded:
            yield f"{at}: {ours} instead of {recorded}"
    elif type(ours) is not type(recorded):
        if not {type(ours), type(recorded)} <= {int, float}:
            yield f"{at}: {ours!r} instead of {recorded!r}"
    elif isinstance(ours, dict):
        for key, one in ours.items():
            if key in recorded:
                yield from _differences(one, recorded[key], f"{at}/{key}")
            else:
                yield f"{at}/{key} was not recorded"
    elif isinstance(ours, list):
        if bool(ours) != bool(recorded):
            yield f"{at}: {ours} instead of {recorded}"
        for place, (one, other) in enumerate(zip(ours, recorded, strict=False)):
            yield from _differences(one, other, f"{at}/{place}")
    elif isinstance(ours, str) and _kind(ours) != _kind(recorded):
        yield f"{at}: {ours} instead of {recorded}"


# ----------------------------------------------------------------------------------------------------------- documents


def pruned(text: str) -> str:
    """A document without what the sandbox does not serve, and without what only the removed parts used."""
    schema = served_schema()
    info = TypeInfo(schema)

    class Pruner(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> Any:
            return REMOVE if info.get_field_def() is None and info.get_parent_type() is not None else None

        def enter_argument(self, node: Any, *_: Any) -> Any:
            return REMOVE if info.get_argument() is None and info.get_field_def() is not None else None

    document = visit(parse(text), TypeInfoVisitor(info, Pruner()))
    document = visit(document, _Emptied())
    return print_ast(document)


def _served_input(text: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The variables without input fields that the sandbox does not serve."""
    served = {}
    for definition in parse(text).definitions:
        for one in getattr(definition, "variable_definitions", None) or ():
            name = one.variable.name.value
            if name in variables:
                served[name] = _known(type_from_ast(served_schema(), one.type), variables[name])
    return served


def _known(kind: Any, value: Any) -> Any:
    named = get_named_type(kind)
    if isinstance(value, list):
        return [_known(named, one) for one in value]
    if isinstance(named, GraphQLInputObjectType) and isinstance(value, dict):
        return {key: _known(named.fields[key].type, one) for key, one in value.items() if key in named.fields}
    return value


class _Emptied(Visitor):
    """Fields whose whole selection was removed go too."""

    def leave_field(self, node: FieldNode, *_: Any) -> Any:
        return REMOVE if node.selection_set is not None and not node.selection_set.selections else None


def query_of(data: dict[str, Any], variables: dict[str, Any]) -> str:
    """A document that asks for what a recorded answer holds, where the recording has no text of it."""
    schema = served_schema()
    [(name, value)] = data.items()
    mutation = schema.mutation_type
    operation, root = ("mutation", mutation) if mutation and name in mutation.fields else ("query", schema.query_type)
    assert root is not None
    definition = root.fields[name]
    asked = {key: str(arg.type) for key, arg in definition.args.items() if key in variables}
    head = ", ".join(f"${key}: {kind}" for key, kind in asked.items())
    arguments = ", ".join(f"{key}: ${key}" for key in asked)
    selection = _selection(get_named_type(definition.type), value)
    return f"{operation} ({head}) {{ {name}({arguments}) {selection} }}"


def _selection(kind: Any, value: Any) -> str:
    if is_leaf_type(kind) or isinstance(kind, GraphQLInputObjectType):
        return ""
    rows = value if isinstance(value, list) else [value]
    keys = dict.fromkeys(key for row in rows if row for key in row)
    if kind.name.endswith("UserError"):
        keys |= dict.fromkeys(("field", "message"))
    parts = []
    for key in keys:
        definition = kind.fields.get(key) if isinstance(kind, GraphQLObjectType) else None
        if definition is None:
            continue
        inner = [row[key] for row in rows if row and row.get(key) is not None]
        flat = [one for part in inner for one in (part if isinstance(part, list) else [part])]
        page = "(first: 10)" if "first" in definition.args else ""
        below = _selection(get_named_type(definition.type), flat)
        if below or is_leaf_type(get_named_type(definition.type)):
            parts.append(f"{key}{page} {below}")
    return f"{{ {' '.join(parts) or '__typename'} }}" if parts or not any(rows) else ""
