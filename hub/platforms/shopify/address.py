"""A postal address of the shop in the hub's form."""

from __future__ import annotations

from typing import Any

from hub.platforms.shopify.native import Node


def canonical(address: Node) -> dict[str, Any]:
    """Translate to the input of `AddressSchema`. Only a customer's own address has an id."""
    return {
        "id": address.get("id", ""),
        "first_name": address["firstName"] or "",
        "last_name": address["lastName"] or "",
        "company": address["company"] or "",
        "address1": address["address1"] or "",
        "address2": address["address2"] or "",
        "city": address["city"] or "",
        "province_code": address["provinceCode"] or "",
        "zip": address["zip"] or "",
        "country_code": address["countryCodeV2"] or "",
        "phone": address["phone"] or "",
    }
