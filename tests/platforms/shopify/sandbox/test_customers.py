"""Customers of the sandbox, to choose from."""

from __future__ import annotations

import pytest

from hub.errors import ConfigurationError
from hub.platforms.endpoint import Criteria, Endpoint

from .conftest import Shop


@pytest.fixture
def endpoint(shop: Shop) -> Endpoint:
    return shop.connect().endpoint("customer", {})


def customer(shop: Shop, first: str, last: str, email: str) -> str:
    made: str = shop.control("customers", {"first_name": first, "last_name": last, "email": email})["id"]
    return made


def keys(endpoint: Endpoint, criteria: Criteria, after: str = "", limit: int = 50) -> list[str]:
    return [brief.key for brief in endpoint.browse(criteria, after, limit)]


def test_customers_are_found_by_words_of_their_name_or_address(shop: Shop, endpoint: Endpoint) -> None:
    ada = customer(shop, "Ada", "Quickstep", "ada@quickstep.example")
    eve = customer(shop, "Eve", "Quickstep", "eve@quickstep.example")
    assert keys(endpoint, Criteria(text="quickstep")) == [ada, eve]
    assert keys(endpoint, Criteria(text="Quickstep Ada")) == [ada]
    assert keys(endpoint, Criteria(text="eve@quickstep.example")) == [eve]
    (brief,) = endpoint.browse(Criteria(text="ada quickstep"), "", 5)
    assert (brief.label, brief.name) == ("ada@quickstep.example", "Ada Quickstep")


def test_everybody_is_listed_once_page_by_page(endpoint: Endpoint) -> None:
    everybody = keys(endpoint, Criteria(), limit=250)
    assert len(everybody) >= 20
    listed: list[str] = []
    while page := keys(endpoint, Criteria(), listed[-1] if listed else "", 7):
        assert len(page) <= 7
        listed += page
    assert listed == everybody


def test_a_range_of_numbers_includes_both_ends(endpoint: Endpoint) -> None:
    everybody = keys(endpoint, Criteria(), limit=250)
    first, last = (key.rsplit("/", 1)[-1] for key in (everybody[3], everybody[9]))
    assert keys(endpoint, Criteria(codes=(first, last))) == everybody[3:10]
    assert keys(endpoint, Criteria(codes=(everybody[3], "")), limit=250) == everybody[3:]
    assert keys(endpoint, Criteria(codes=("", last)), everybody[5]) == everybody[6:10]


def test_what_the_shop_cannot_search_by_is_said(endpoint: Endpoint) -> None:
    with pytest.raises(ConfigurationError, match="groups"):
        endpoint.browse(Criteria(groups=("A", "B")), "", 5)
    with pytest.raises(ConfigurationError, match="no id"):
        endpoint.browse(Criteria(codes=("C20000", "")), "", 5)
