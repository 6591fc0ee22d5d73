from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from marshmallow import Schema, missing

from hub import config, logs
from hub.platforms.registry import platform
from hub.settings import SCHEMA
from tests.docs.pages import names, rows, section, text

PAGE = text("settings.md")
SCHEMAS: dict[str, Schema] = {
    "The integration": SCHEMA,
    "A Shopify connection": platform("shopify").settings_schema(),
    "A SAP Business One connection": platform("sap_b1").settings_schema(),
}


def default(schema: Schema, name: str) -> str:
    """A default as the page writes it."""
    field = schema.fields[name]
    if field.required:
        return "required"
    value: Any = field.load_default
    value = value() if callable(value) else value
    if value is missing or value is None or value in ("", [], {}):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{', '.join(value)}`" if isinstance(value, list) else f"`{value}`"


def documented(heading: str) -> dict[str, list[str]]:
    """The rows below a heading, by the setting they are about."""
    return {names(row[0])[0]: row for row in rows(section(PAGE, heading))}


@pytest.mark.parametrize("heading", SCHEMAS)
def test_every_setting_is_on_the_page_and_every_setting_of_the_page_exists(heading: str) -> None:
    assert set(documented(heading)) == set(SCHEMAS[heading].fields)


@pytest.mark.parametrize("heading", SCHEMAS)
def test_the_page_tells_the_true_defaults(heading: str) -> None:
    schema = SCHEMAS[heading]
    told = {name: row[-1] for name, row in documented(heading).items()}
    assert told == {name: default(schema, name) for name in schema.fields}


@pytest.mark.parametrize("heading", SCHEMAS)
def test_every_value_that_a_setting_may_take_is_on_the_page(heading: str) -> None:
    told = documented(heading)
    missing_values = [
        (name, choice)
        for name, field in SCHEMAS[heading].fields.items()
        for rule in field.validators
        for choice in getattr(rule, "choices", ())
        if choice not in names(told[name][2])
    ]
    assert missing_values == []


def test_every_setting_of_the_process_is_on_the_page() -> None:
    sources = inspect.getsource(config) + inspect.getsource(logs)
    read = set(re.findall(r'environment(?:\.get\(|, )"(HUB_\w+)"', sources))
    assert "HUB_HOME" in read
    assert {names(row[0])[0] for row in rows(section(PAGE, "The process"))} == read
