"""Forms of the edit pages: what is asked, and which control calls come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hub.sandbox.desk.html import Html, tag

#: A control operation with its body.
Call = tuple[str, dict[str, Any]]
#: What was typed, by the names of the fields.
Typed = Mapping[str, str]
#: Name under which a form carries what a field held when it was shown.
WAS = "was."


@dataclass(frozen=True, slots=True)
class Field:
    """One control with its label."""

    name: str
    label: str
    value: str = ""
    kind: Literal["text", "number", "email", "area", "choice"] = "text"
    #: (value, label) of what can be chosen; for a text what is suggested.
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    required: bool = False

    def checked(self, text: str) -> str:
        """What was typed, a number with its point; ValueError where it cannot be."""
        if self.required and not text:
            raise ValueError(f"{self.label} cannot be empty")
        if self.kind == "choice" and text not in dict(self.choices):
            raise ValueError(f"{self.label} cannot be {text}")
        if self.kind != "number" or not text:
            return text
        number = text.replace(",", ".")
        try:
            float(number)
        except ValueError as error:
            raise ValueError(f"{self.label} is a number, and {text} is none") from error
        return number

    def html(self, form: str) -> Html:
        """The labelled control."""
        here = f"{form}.{self.name}"
        common = {"id": here, "name": self.name, "required": self.required}
        if self.kind == "area":
            # A browser takes the first line break of a text area for markup.
            control = tag("textarea", "\n" + self.value, rows=3, **common)
        elif self.kind == "choice":
            options = [tag("option", label, value=key, selected=key == self.value) for key, label in self.choices]
            control = tag("select", *options, **common)
        else:
            decimal = "decimal" if self.kind == "number" else None
            kind = "email" if self.kind == "email" else "text"
            suggested = f"{here}.list" if self.choices else None
            control = tag(
                "input", type=kind, value=self.value, inputmode=decimal, list=suggested, autocomplete="off", **common
            )
        parts = [tag("label", self.label, for_=here), control]
        if self.choices and self.kind != "choice":
            options = [tag("option", label, value=key) for key, label in self.choices]
            parts.append(tag("datalist", *options, id=f"{here}.list"))
        if self.hint:
            parts.append(tag("small", self.hint))
        return tag("div", *parts, class_="field")


@dataclass(frozen=True, slots=True)
class Form:
    """What a person can do with one press. `calls` gets what was typed; with `changes_only` just what was changed."""

    act: str
    title: str
    button: str
    calls: Callable[[Typed], Iterable[Call]]
    fields: tuple[Field, ...] = ()
    changes_only: bool = False
    #: Pressed last of all: it takes something away.
    grave: bool = False

    def html(self, action: str, typed: Typed | None = None) -> Html:
        """The form, with what was typed where it has to be shown again."""
        parts: list[Html] = []
        for one in self.fields:
            shown = one if typed is None or one.name not in typed else _with(one, typed[one.name])
            parts.append(shown.html(self.act))
            if self.changes_only:
                was = one.value if typed is None else typed.get(WAS + one.name, one.value)
                parts.append(tag("input", type="hidden", name=WAS + one.name, value=was))
        button = tag("button", self.button, type="submit", class_="grave" if self.grave else None)
        title = tag("h2", self.title) if self.title else None
        return tag("form", title, tag("div", *parts, class_="fields"), button, method="post", action=action)

    def asked(self, typed: Typed) -> list[Call]:
        """The control calls; ValueError with a sentence where what was typed makes no sense."""
        values = {}
        for one in self.fields:
            text = _clean(typed.get(one.name, ""))
            if self.changes_only and (one.name not in typed or text == _clean(typed.get(WAS + one.name, "\0"))):
                continue
            values[one.name] = one.checked(text)
        return list(self.calls(values))


def _with(one: Field, value: str) -> Field:
    return Field(one.name, one.label, value, one.kind, one.choices, one.hint, one.required)


def _clean(text: str) -> str:
    """As a person means it: browsers send line breaks in two signs."""
    return text.replace("\r\n", "\n").strip()
