from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.bootstrap import Hub
from hub.config import from_environment
from hub.configuration import applying
from hub.configuration.file import IntegrationFile, read
from hub.settings import SCHEMA
from hub.store.maps import MAPS
from objects.registry import OBJECTS
from tests.databases import new_hub
from tests.docs.pages import DOCS

EXAMPLE = (DOCS / "example.yaml").read_text(encoding="utf-8")
#: An option that is left at its default: `#name: value`. A remark has a blank behind the sign.
OPTION = re.compile(r"^(\s*)#(?=\w+:)", re.MULTILINE)
VARIABLES = {name: f"dummy of {name}" for name in re.findall(r"\$\{(\w+)\}", EXAMPLE)}


def described(text: str) -> IntegrationFile:
    return read(text, VARIABLES, "docs/example.yaml")


def with_all_options() -> str:
    """The example with every option taken; an app's id and secret stand in the place of the token."""
    return OPTION.sub(r"\1", EXAMPLE.replace("    token: ${ACME_SHOP_TOKEN}\n", ""))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = new_hub(from_environment({"HUB_HOME": str(tmp_path)}), actor="ann")
    yield made
    made.close()


def test_the_example_is_applied_and_a_second_time_changes_nothing(hub: Hub) -> None:
    assert applying.apply(described(EXAMPLE), hub)
    integration = hub.integrations.named("acme")
    assert {route.object for route in hub.routes.of(integration.id) if route.enabled} == set(OBJECTS)
    assert {entry.map for entry in hub.maps.entries(integration.id)} == set(MAPS)
    assert applying.apply(described(EXAMPLE), hub) == []


def test_the_example_with_all_its_options_is_applied(hub: Hub) -> None:
    assert applying.apply(described(with_all_options()), hub)


def test_the_example_names_every_setting_of_an_integration() -> None:
    assert set(described(with_all_options()).settings) == set(SCHEMA.fields)


def test_an_option_of_the_example_shows_its_default_unless_it_needs_a_value_of_yours() -> None:
    shown = described(with_all_options()).settings
    taken = described(EXAMPLE).settings
    defaults = SCHEMA.dump(SCHEMA.load({}))
    differing = {name for name in shown if name not in taken and shown[name] != defaults[name]}
    assert differing == {
        # Numbers and codes of one's own ERP and shop, for which there is no default.
        *("customer_series", "customer_group", "payment_terms", "missing_name", "stand_in_item", "gift_card_item"),
        *("freight_tax", "freight_tip", "freight_duty", "freight_cash_rounding"),
        *("order_sources", "order_tags_excluded", "order_locations", "zero_price_items", "default_item_group"),
        # Empty stands for these four.
        "order_statuses",
    }


def test_no_secret_stands_in_the_example() -> None:
    secrets = re.findall(r"^\s*#?(?:token|client_secret|password): (.*)$", EXAMPLE, re.MULTILINE)
    assert len(secrets) == 3
    assert all(re.fullmatch(r"\$\{\w+\}", secret) for secret in secrets)
