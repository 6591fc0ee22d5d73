"""Customers of the shop, as a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from hub.errors import ConfigurationError
from hub.platforms.endpoint import Brief, Criteria, Native
from hub.platforms.shopify import address, documents, identities
from hub.platforms.shopify.client import Node
from hub.platforms.shopify.native import flatten
from hub.platforms.shopify.search import among, behind, number, words
from hub.platforms.shopify.source import Reading, StampedEndpoint
from hub.platforms.shopify.spool import Shape

_READING = Reading(documents.CUSTOMERS, documents.CUSTOMERS_BY_ID, documents.CUSTOMERS_BULK, documents.CUSTOMERS_COUNT)


class ShopifyCustomers(StampedEndpoint):
    """Customers with their addresses. The search may match whole days: rows are compared again on our side."""

    object = "customer"
    kind = "customer"
    listing = identities.CUSTOMERS.name
    shape: ClassVar[Shape] = {"Customer": {"addressesV2": "MailingAddress"}}

    def reading(self) -> Reading:
        """The documents to read with."""
        return _READING

    def identities(self) -> Iterator[list[str]]:
        """Ids of all customers."""
        return identities.ids(self.client, identities.CUSTOMERS, int(self.settings.get("bulk_from") or 0))

    def whole_natives(self, nodes: list[Node]) -> list[Native]:
        """Customers with all their addresses."""
        for node in nodes:
            self.client.complete(node, documents.CUSTOMER_REST)
        return [flatten(node) for node in nodes]

    def browse(self, criteria: Criteria, after: str, limit: int, *, facts: bool = True) -> list[Brief]:
        """Customers by words of their name, e-mail or phone, and by a range of their numbers in the shop."""
        query = " AND ".join([*_terms(criteria), *behind(after)]) or None
        briefs: list[Brief] = []
        for nodes in self.client.pages(documents.BROWSE_CUSTOMERS, {"query": query}, largest=limit):
            briefs += map(self._brief, nodes)
            if len(briefs) >= limit:
                break
        return briefs[:limit]

    def briefs(self, keys: Sequence[str]) -> dict[str, Brief]:
        """Customers by their global ids."""
        return {key: replace(self._brief(native), native=native) for key, native in self.read(keys).items()}

    def count(self, criteria: Criteria) -> int:
        """How many customers meet the criteria."""
        query = " AND ".join(_terms(criteria)) or None
        return int(self.client.run(documents.CUSTOMERS_COUNT, {"query": query})["count"])

    def _brief(self, native: Native) -> Brief:
        return Brief(native["id"], self.label(native), _name(native))

    def label(self, native: Native) -> str:
        """The e-mail address, or the name, or the id."""
        return _email(native) or _name(native) or self.key(native)

    def to_canonical(self, native: Native) -> dict[str, Any]:
        """Translate to the input of `CustomerSchema`; the company is that of the default address.

        The cross reference is the customer's own id: the ERP bears it once both are linked.
        """
        addresses = [address.canonical(one) for one in native["addressesV2"]]
        default = (native["defaultAddress"] or {}).get("id", "")
        company = next((one["company"] for one in addresses if one["id"] == default), "")
        phone = native["defaultPhoneNumber"] or {}
        return {
            "first_name": native["firstName"] or "",
            "last_name": native["lastName"] or "",
            "company": company,
            "email": _email(native),
            "phone": phone.get("phoneNumber") or "",
            "note": native["note"] or "",
            "tags": list(native["tags"]),
            "addresses": addresses,
            "default_address": default,
            "cross_reference": native["id"],
        }


def _name(native: Native) -> str:
    return " ".join(part for part in (native["firstName"], native["lastName"]) if part)


def _email(native: Native) -> str:
    return (native["defaultEmailAddress"] or {}).get("emailAddress") or ""


def _terms(criteria: Criteria) -> list[str]:
    """What a person looks for, as terms of the shop's search."""
    if any(criteria.groups):
        raise ConfigurationError(
            "The shop has no groups of customers to search by.", fix="Search by text, or by a range of numbers."
        )
    first, last = criteria.codes
    terms = [*words(criteria.text), *among(criteria.keys)]
    terms += [f"id:>={number(first)}"] if first else []
    terms += [f"id:<={number(last)}"] if last else []
    return terms
