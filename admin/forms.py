"""Forms of a marshmallow schema: what a person sees of a setting, and what of that comes back. Pure.

Values are those of an integration's file: texts in which a dollar sign may be doubled, true and false, lists.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from marshmallow import Schema, ValidationError, fields, missing, validate
from werkzeug.datastructures import MultiDict

from hub.configuration import variables
from hub.platforms.platform import Choice

Kind = Literal["text", "number", "secret", "tick", "choice", "list", "date", "moment", "zone", "rows"]


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form."""

    name: str
    label: str
    kind: Kind
    value: str = ""
    help: str = ""
    #: What counts where nothing is entered.
    usual: str = ""
    choices: Sequence[Choice] = ()
    required: bool = False
    #: Of a secret: whether one is known.
    is_set: bool = False
    #: Hardly anybody needs it.
    rare: bool = False
    fault: str = ""

    @property
    def ticked(self) -> bool:
        """Whether a tick stands in it."""
        return self.value == "true"

    @property
    def strange(self) -> bool:
        """Whether its value is none of those that are offered."""
        return bool(self.value) and self.value not in {one.value for one in self.choices}


def inputs(
    schema: Schema,
    values: Mapping[str, Any],
    *,
    words: Mapping[str, tuple[str, str]] | None = None,
    offered: Mapping[str, Sequence[Choice]] | None = None,
    names: Collection[str] | None = None,
) -> list[Input]:
    """The form of a schema, filled with what is configured; of secrets only whether they are."""
    chosen = schema.fields if names is None else {name: schema.fields[name] for name in names}
    return [_input(name, field, values, words or {}, offered or {}) for name, field in chosen.items()]


def _input(
    name: str,
    field: fields.Field[Any],
    values: Mapping[str, Any],
    words: Mapping[str, tuple[str, str]],
    offered: Mapping[str, Sequence[Choice]],
) -> Input:
    about = field.metadata
    label, help_text = words.get(name, (str(about.get("label", name)), str(about.get("description", ""))))
    kind = _kind(field, bool(offered.get(name)))
    usual = shown(_default(field))
    choices = offered.get(name) or [Choice(one, one) for one in _one_of(field)]
    value = "" if kind == "secret" else shown(values[name] if name in values else _default(field))
    return Input(
        name,
        label,
        kind,
        value,
        help_text,
        "" if kind == "tick" else usual,
        choices,
        required=field.required,
        is_set=kind == "secret" and name in values,
        rare=bool(about.get("rare")),
    )


def _kind(field: fields.Field[Any], is_offered: bool) -> Kind:
    about = field.metadata
    if about.get("secret"):
        return "secret"
    if about.get("zone"):
        return "zone"
    if is_offered or _one_of(field):
        return "choice"
    kinds: tuple[tuple[type[fields.Field[Any]], Kind], ...] = (
        (fields.Boolean, "tick"),
        (fields.Integer, "number"),
        (fields.AwareDateTime, "moment"),
        (fields.Date, "date"),
        (fields.List, "list"),
        (fields.Dict, "rows"),
    )
    return next((kind for of, kind in kinds if isinstance(field, of)), "text")


def _one_of(field: fields.Field[Any]) -> list[str]:
    for rule in field.validators:
        if isinstance(rule, validate.OneOf):
            return [str(one) for one in rule.choices]
    return []


def _default(field: fields.Field[Any]) -> Any:
    value = field.load_default
    value = value() if callable(value) else value
    return None if value is missing else value


def shown(value: Any) -> str:
    """A value of the file as it stands in a form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "\n".join(f"{name}={one}" for name, one in value.items())
    if isinstance(value, list):
        return "\n".join(shown(one) for one in value)
    return variables.filled(str(value), {})


# -- what comes back --------------------------------------------------------------------------------------------------


def taken(
    schema: Schema, form: MultiDict[str, str], before: Mapping[str, Any], names: Collection[str] | None = None
) -> dict[str, Any]:
    """The values as a form leaves them, secrets apart: what was not touched is as it was."""
    after = dict(before)
    for name, field in schema.fields.items():
        if field.metadata.get("secret") or (names is not None and name not in names):
            continue
        default = _default(field)
        text = _typed(field, form, name)
        if text == shown(before.get(name, default)):
            continue
        value = _value(field, text)
        if text or (shown(default) and value is not missing):
            after[name] = value
        else:
            after.pop(name, None)
    return after


def _typed(field: fields.Field[Any], form: MultiDict[str, str], name: str) -> str:
    if isinstance(field, fields.Boolean):
        return "true" if name in form else "false"
    lines = [line.strip() for line in form.get(name, "").replace("\x00", "").splitlines()]
    return "\n".join(line for line in lines if line)


def _value(field: fields.Field[Any], text: str) -> Any:
    """What stands in the file for a text of the form; `missing` where an empty one means the default."""
    if isinstance(field, fields.Boolean):
        return text == "true"
    if isinstance(field, fields.List):
        return [variables.written(line) for line in text.splitlines()]
    if isinstance(field, fields.Dict):
        pairs = (line.partition("=") for line in text.splitlines())
        return {variables.written(name.strip()): value.strip() for name, _, value in pairs}
    if text:
        return variables.written(text)
    if field.allow_none:
        return None
    return "" if isinstance(field, fields.String) and not field.validators else missing


def faults(schema: Schema, values: Mapping[str, Any], secrets: Mapping[str, str] | None = None) -> dict[str, str]:
    """What is wrong with values of the file, by the name of the setting."""
    given = {name: _filled(value, secrets or {}) for name, value in values.items()}
    try:
        schema.load(given)
    except ValidationError as error:
        return {str(name): _said(text) for name, text in error.messages_dict.items()}
    return {}


def _filled(value: Any, secrets: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return variables.filled(value, secrets)
    return [_filled(one, secrets) for one in value] if isinstance(value, list) else value


def _said(told: Any) -> str:
    if isinstance(told, Mapping):
        return " ".join(_said(one) for one in told.values())
    if isinstance(told, list):
        return " ".join(_said(one) for one in told)
    text = str(told)
    return "Enter it: nothing works without it." if text == "Missing data for required field." else text


def with_faults(
    made: Sequence[Input], wrong: Mapping[str, str], form: MultiDict[str, str] | None = None
) -> list[Input]:
    """The same form with words beside what is wrong, and what was typed; a secret that was typed is not shown again."""
    found = []
    for one in made:
        typed = one.value
        if form is not None and one.kind != "secret":
            typed = ("true" if one.name in form else "false") if one.kind == "tick" else form.get(one.name, "")
        found.append(replace(one, fault=wrong.get(one.name, ""), value=typed))
    return found
