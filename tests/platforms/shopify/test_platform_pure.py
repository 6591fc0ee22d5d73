"""Settings and checks of a Shopify connection."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from marshmallow import ValidationError

from hub.platforms.shopify.check import NEEDED, end_of_service, held, scope_findings, version_findings
from hub.platforms.shopify.platform import Shopify
from hub.platforms.shopify.settings import ShopifySettings

ALL = {*NEEDED, "read_merchant_managed_fulfillment_orders", "read_all_orders", "read_payment_terms"}
OFFERED = [{"handle": "2026-10", "supported": True}, {"handle": "unstable", "supported": False}]


class TestSettings:
    def test_a_shop_and_a_token_are_enough(self) -> None:
        loaded = ShopifySettings().load({"shop": "My-Shop.myshopify.com", "token": "shpat_1"})
        assert (loaded["base_url"], loaded["version"]) == ("https://my-shop.myshopify.com", "2026-07")

    @pytest.mark.parametrize(
        ("typed", "said"), [("http://127.0.0.1:46651", "under Base address"), ("my-shop.com", "name.myshopify.com")]
    )
    def test_an_address_in_the_wrong_place_is_told_where_it_belongs(self, typed: str, said: str) -> None:
        assert said in ShopifySettings().validate({"shop": typed, "token": "shpat_1"})["shop"][0]

    def test_another_address_takes_the_place_of_the_shops_own(self) -> None:
        loaded = ShopifySettings().load({"base_url": "http://127.0.0.1:1/", "client_id": "a", "client_secret": "b"})
        assert loaded["base_url"] == "http://127.0.0.1:1"

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"shop": "x.example.com", "token": "t"}, "shop"),
            ({"shop": "x.myshopify.com"}, "token"),
            ({"shop": "x.myshopify.com", "token": "t", "client_id": "a", "client_secret": "b"}, "token"),
            ({"shop": "x.myshopify.com", "client_id": "a"}, "client_secret"),
            ({"shop": "x.myshopify.com", "token": "t", "version": "2026-02"}, "version"),
            ({"base_url": "ftp://x", "token": "t"}, "base_url"),
        ],
    )
    def test_a_wrong_setting_is_named(self, given: dict[str, Any], field: str) -> None:
        with pytest.raises(ValidationError) as caught:
            ShopifySettings().load(given)
        assert field in caught.value.messages_dict

    def test_secrets_are_marked(self) -> None:
        secret = {name for name, field in ShopifySettings().fields.items() if field.metadata.get("secret")}
        assert secret == {"token", "client_secret"}
        assert {"X-Shopify-Access-Token", "client_secret", "access_token"} <= Shopify.secret


class TestScopes:
    def test_writing_includes_reading(self) -> None:
        assert held({"write_orders"}, "read_orders")
        assert not held({"read_orders"}, "write_orders")

    def test_all_is_well_with_all_scopes(self) -> None:
        assert [finding.ok for finding in scope_findings(ALL)] == [True]

    @pytest.mark.parametrize("scope", sorted(ALL))
    def test_a_missing_scope_is_named_with_what_to_do(self, scope: str) -> None:
        (bad,) = [finding for finding in scope_findings(ALL - {scope}) if not finding.ok]
        assert scope in bad.what
        assert scope in bad.fix
        assert bad.blocking == (scope not in ("read_all_orders", "read_payment_terms"))


class TestVersions:
    def findings(self, now: datetime, served: str = "2026-07") -> Any:
        (finding,) = version_findings("2026-07", served, now, OFFERED)
        return finding

    def test_a_version_is_served_for_a_year(self) -> None:
        assert end_of_service("2026-07") == date(2027, 7, 1)

    def test_a_version_with_time_left_is_fine(self) -> None:
        assert self.findings(datetime(2026, 11, 21, tzinfo=UTC)).ok

    def test_the_end_is_announced(self) -> None:
        finding = self.findings(datetime(2027, 6, 1, tzinfo=UTC))
        assert not finding.ok and not finding.blocking
        assert "in 30 days" in finding.what and "2026-10" in finding.fix

    def test_an_ended_version_is_said(self) -> None:
        assert "ended on 2027-07-01" in self.findings(datetime(2027, 8, 1, tzinfo=UTC)).what

    def test_another_version_that_answers_stops_everything(self) -> None:
        finding = self.findings(datetime(2026, 11, 21, tzinfo=UTC), served="2026-10")
        assert finding.blocking and "2026-10 answers instead" in finding.what
