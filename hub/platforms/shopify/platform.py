"""Shopify as a whole: how to connect, what is checked, and what fills the maps."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hub.errors import ConfigurationError, PlatformRefused, PlatformUnavailable
from hub.platforms.endpoint import Endpoint
from hub.platforms.platform import Choice, Connection, Expiry, Finding, Platform, Wiring
from hub.platforms.shopify import documents
from hub.platforms.shopify.changes import timestamp
from hub.platforms.shopify.check import PAYMENT_TERMS, end_of_service, held, scope_findings, version_findings
from hub.platforms.shopify.client import ShopifyClient
from hub.platforms.shopify.customer import ShopifyCustomers
from hub.platforms.shopify.inventory import ShopifyInventory
from hub.platforms.shopify.order import AboutShop, ShopifyOrders
from hub.platforms.shopify.product import ShopifyProducts
from hub.platforms.shopify.record_pages import record_page
from hub.platforms.shopify.settings import DEFAULT_VERSION, ShopifySettings
from hub.platforms.transport import Transport

log = logging.getLogger(__name__)

#: Calls at a time where the connection does not say. The shop counts points only; this is what a large plan can use.
CONCURRENCY = 20
#: How far back gateways in use are looked for.
_GATEWAY_DAYS = 60
#: Tags of customers that are listed, at most.
_MOST_TAGS = 250


class ShopifyConnection(Connection):
    """One shop. `client` is open to those who need more than the endpoints offer; `stop` ends its waits."""

    def __init__(self, name: str, settings: Mapping[str, Any], wiring: Wiring) -> None:
        self.name = name
        self._settings = settings
        self._wiring = wiring
        transport = Transport(
            name,
            settings["base_url"],
            wiring=wiring,
            connect_timeout=settings["connect_timeout"],
            read_timeout=settings["read_timeout"],
            verify=settings["ca_bundle"] or True,
            proxy=settings["proxy"],
            attempts=settings["attempts"],
            concurrency=settings["concurrency"] or max(wiring.concurrency, CONCURRENCY),
        )
        self.stop = transport.stop
        self.client = ShopifyClient(transport, settings, wiring)

    def check(self) -> list[Finding]:
        """Log in, name missing scopes, and say until when the version is served."""
        try:
            shop = self._read_shop()
            scopes = self._scopes()
            offered = self.client.run(documents.VERSIONS, {})
        except (ConfigurationError, PlatformRefused, PlatformUnavailable) as error:
            return [Finding(False, str(error), error.fix)]
        return [
            Finding(True, f"Connected to {shop['name']} ({shop['myshopifyDomain']})."),
            *scope_findings(scopes),
            *version_findings(self.client.asked_version, self.client.served_version, self._wiring.clock(), offered),
        ]

    def ping(self) -> None:
        """Ask for the shop's name and settings."""
        self._read_shop()

    def facts(self) -> dict[str, Any]:
        """What the pre-checks compare.

        `currency`, `zone`, `taxes_included`, `weight_unit` (KILOGRAMS, GRAMS, POUNDS, OUNCES),
        `locations` ({id: {"name", "active"}}), `scopes`, `version` (that answers), `gateways_seen` (last 60 days),
        `product_types` and `customer_tags` as far as the app may read them.
        """
        shop = self._read_shop()
        return {
            "currency": shop["currencyCode"],
            "zone": shop["ianaTimezone"],
            "taxes_included": shop["taxesIncluded"],
            "weight_unit": shop["weightUnit"],
            "locations": self._locations(),
            "scopes": sorted(self._scopes()),
            "version": self.client.served_version,
            "gateways_seen": self._gateways(),
            **self._groups(),
        }

    def choices(self, map_name: str) -> list[Choice]:
        """Locations by id ("location"), gateways of the last orders, product types and customer tags by name."""
        if map_name == "location":
            return [Choice(key, one["name"], one["active"]) for key, one in self._locations().items()]
        if map_name == "payment":
            return _named(self._gateways())
        if map_name == "item_group":
            return _named(self._product_types())
        if map_name == "customer_group":
            return _named(self._customer_tags())
        return []

    def endpoint(self, object_name: str, settings: Mapping[str, Any]) -> Endpoint:
        """The shop's view of an object: customers and orders as sources, products as both, inventory as a target."""
        clock, group = self._wiring.clock, bool(self._settings["bulk_grouped"])
        if object_name == "customer":
            return ShopifyCustomers(self.client, settings, clock, group_bulk=group)
        if object_name == "order":
            about = AboutShop(group, self._country, lambda: held(self._scopes(), PAYMENT_TERMS))
            return ShopifyOrders(self.client, settings, clock, about)
        if object_name == "product":
            return ShopifyProducts(self.client, settings, clock, group_bulk=group)
        if object_name == "inventory":
            return ShopifyInventory(self.client, settings)
        raise KeyError(object_name)

    def close(self) -> None:
        """Let go of the connections; there is no session to end."""
        self.client.transport.close()

    def _read_shop(self) -> dict[str, Any]:
        shop: dict[str, Any] = self.client.run(documents.SHOP, {})
        return shop

    def _country(self) -> str:
        """The shop's own country; empty where its address may not be read: rates alone then find their tax codes."""
        try:
            shop = self.client.run(documents.SHOP_COUNTRY, {})
        except PlatformRefused:
            return ""
        return str(shop["shopAddress"]["countryCodeV2"] or "")

    def _scopes(self) -> set[str]:
        installation = self.client.run(documents.INSTALLATION, {})
        return {scope["handle"] for scope in installation["accessScopes"]}

    def _locations(self) -> dict[str, dict[str, Any]]:
        pages = self.client.pages(documents.LOCATIONS, {"includeInactive": True})
        return {node["id"]: {"name": node["name"], "active": node["isActive"]} for nodes in pages for node in nodes}

    def _gateways(self) -> list[str]:
        since = timestamp(self._wiring.clock() - timedelta(days=_GATEWAY_DAYS))
        pages = self.client.pages(documents.ORDER_GATEWAYS, {"query": f"created_at:>='{since}'"})
        return sorted({gateway for nodes in pages for node in nodes for gateway in node["paymentGatewayNames"]})

    def _product_types(self) -> list[str]:
        pages = self.client.pages(documents.PRODUCT_TYPES, {})
        return sorted(str(name) for names in pages for name in names if name)

    def _customer_tags(self) -> list[str]:
        found = self.client.run(documents.CUSTOMER_TAGS, {"first": _MOST_TAGS})
        return sorted(found["customerTags"]["nodes"])

    def _groups(self) -> dict[str, list[str]]:
        """What the shop sorts products and customers by; what its app may not read is left out."""
        known = {}
        for name, read in (("product_types", self._product_types), ("customer_tags", self._customer_tags)):
            try:
                known[name] = read()
            except PlatformRefused as error:
                log.info("%s cannot be found out: %s", name, error)
        return known


def _named(names: list[str]) -> list[Choice]:
    return [Choice(name, name) for name in names]


class Shopify(Platform):
    """The Admin GraphQL API."""

    name = "shopify"
    title = "Shopify"
    side = "shop"
    settings_schema = ShopifySettings
    personal = frozenset(
        {
            "firstName",
            "lastName",
            "displayName",
            "company",
            "address1",
            "address2",
            "city",
            "zip",
            "phone",
            "phoneNumber",
            "email",
            "emailAddress",
            "note",
        }
    )
    secret = frozenset({"X-Shopify-Access-Token", "access_token", "client_secret"})

    def expiries(self, settings: Mapping[str, Any]) -> list[Expiry]:
        """The version of the API, which is served for a year, and the token or secret."""
        version = str(settings.get("version") or DEFAULT_VERSION)
        fix = "Set the connection's version to a newer one after reading its release notes, and run `hub apply`."
        ends = Expiry("api_version", f"Version {version} of the API", end_of_service(version), fix)
        return [ends, *super().expiries(settings)]

    def record_url(self, settings: Mapping[str, Any], kind: str, identity: str, parent: str = "") -> str | None:
        """Its page in the shop's admin, or in a sandbox."""
        return record_page(settings, kind, identity, parent)

    def connect(self, name: str, settings: Mapping[str, Any], wiring: Wiring) -> ShopifyConnection:
        """Make a connection; talks to nobody yet."""
        return ShopifyConnection(name, settings, wiring)
