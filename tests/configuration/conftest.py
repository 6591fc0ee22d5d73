"""A hub without anything in it, two platforms in dictionaries, and a file that describes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.bootstrap import Hub
from hub.config import from_environment
from hub.configuration.faults import Fault, FaultyFile
from hub.configuration.file import IntegrationFile, read
from tests.databases import new_hub
from tests.fakes.platform import KEY, World, registered

GOOD = """\
name: acme
shop:
  platform: fake_shop
  name: acme shop
  settings:
    world: acme
    key: ${SHOP_KEY}
erp:
  platform: fake_erp
  name: acme erp
  settings:
    world: acme
    key: ${ERP_KEY}
    read_timeout: 90
settings:
  guest_customer: GUEST
  default_warehouse: 01
  order_cut_over: 2026-11-01T00:00:00+01:00
  tolerance: 0.05
  price_list: 1
maps:
  location:
    - {shop: L1, erp: 01, default: true}
    - {shop: L2, erp: 02}
  payment:
    - {shop: shopify_payments, erp: "card:1"}
  tax:
    - {shop: DE 0.19 included, erp: A2}
    - {shop: DE 0.19 included, erp: A3, valid_from: 2027-01-01}
routes:
  - {object: customer, direction: shop_to_erp}
  - {object: product, direction: erp_to_shop}
  - {object: order, direction: shop_to_erp}
  - {object: inventory, direction: erp_to_shop, enabled: false}
"""
ENVIRONMENT = {"SHOP_KEY": KEY, "ERP_KEY": KEY}


def described(text: str = GOOD, **environment: str) -> IntegrationFile:
    """What a file says."""
    return read(text, {**ENVIRONMENT, **environment}, "acme.yaml")


def faults(text: str, **environment: str) -> list[Fault]:
    """What is wrong in a file."""
    with pytest.raises(FaultyFile) as caught:
        described(text, **environment)
    return list(caught.value.faults)


def edited(*edits: tuple[str, str]) -> str:
    """The good file with each first text replaced by the second."""
    text = GOOD
    for old, new in edits:
        assert old in text, f"the good file does not contain {old!r}"
        text = text.replace(old, new, 1)
    return text


@pytest.fixture(autouse=True)
def world() -> Iterator[World]:
    with registered("acme") as made:
        yield made


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = new_hub(from_environment({"HUB_HOME": str(tmp_path)}), actor="ann")
    yield made
    made.close()
