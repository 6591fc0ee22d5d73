"""What is sent to the shop for a product, and what its weights mean. Pure."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hub.platforms.endpoint import Step
from hub.platforms.shopify.native import Node, exact

#: What the only variant of a product is called in the shop.
ONLY_OPTION, ONLY_VALUE = "Title", "Default Title"
#: Canonical fields of the variant; what else is written belongs to the product.
_OF_VARIANT = frozenset({"price", "barcode", "weight", "tracked", "taxable"})
OF_PRODUCT = {"title": "title", "description": "descriptionHtml", "vendor": "vendor", "product_type": "productType"}
_KILOGRAMS = {
    "KILOGRAMS": Decimal(1),
    "GRAMS": Decimal("0.001"),
    "POUNDS": Decimal("0.45359237"),
    "OUNCES": Decimal("0.028349523125"),
}


def handle_of(code: str) -> str:
    """The handle of the product made for a code: readable, and different for every code whatever its characters."""
    readable = re.sub(r"[^a-z0-9]+", "-", code.lower()).strip("-")[:60]
    fingerprint = hashlib.sha256(code.encode()).hexdigest()[:10]
    return f"{readable}-{fingerprint}" if readable else fingerprint


def new_product(record: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The input of `productSet` for a canonical product of one variant."""
    variant = record["variants"][0]
    return {
        "handle": handle_of(variant["code"]),
        "title": record["title"],
        # What the ERP holds is plain text.
        "descriptionHtml": html.escape(record["description"], quote=False).replace("\n", "<br>"),
        "vendor": record["vendor"],
        "productType": record["product_type"],
        "status": settings.get("new_product_status", "ACTIVE"),
        "productOptions": [{"name": ONLY_OPTION, "position": 1, "values": [{"name": ONLY_VALUE}]}],
        "variants": [
            {
                "optionValues": [{"optionName": ONLY_OPTION, "name": ONLY_VALUE}],
                "sku": variant["code"],
                "inventoryItem": {"tracked": variant["tracked"]} | _weight(variant["weight"]),
                **_variant_fields(variant, {"price", "barcode", "taxable"}),
            }
        ],
    }


def variant_change(step: Step) -> dict[str, Any]:
    """One row of `productVariantsBulkUpdate`: the id and the chosen fields, nothing else."""
    variant = step.record["variants"][0]
    chosen = _OF_VARIANT if step.only is None else step.only & _OF_VARIANT
    item: dict[str, Any] = {}
    if "weight" in chosen:
        item |= _weight(variant["weight"] or Decimal(0))
    if "tracked" in chosen:
        item["tracked"] = variant["tracked"]
    row = {"id": step.target_id} | _variant_fields(variant, chosen)
    return row | {"inventoryItem": item} if item else row


def product_change(step: Step) -> dict[str, Any]:
    """The chosen fields of the product, if the variant is its only one."""
    if siblings(step) > 1 or step.only is None:
        return {}
    return {OF_PRODUCT[name]: step.record[name] for name in sorted(step.only & OF_PRODUCT.keys())}


def _variant_fields(variant: Mapping[str, Any], chosen: frozenset[str] | set[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if "price" in chosen and variant["price"] is not None:
        fields["price"] = format(variant["price"], "f")
    if "barcode" in chosen:
        fields["barcode"] = variant["barcode"] or None
    if "taxable" in chosen:
        fields["taxable"] = variant["taxable"]
    return fields


def _weight(kilograms: Decimal | None) -> dict[str, Any]:
    if kilograms is None:
        return {}
    # The API takes a float here; nothing is calculated with it.
    return {"measurement": {"weight": {"unit": "KILOGRAMS", "value": float(kilograms)}}}


def kilograms(weight: Node | None) -> Decimal | None:
    """A weight in kilograms; the shop's zero means that nobody weighed it."""
    if not weight or not weight["value"]:
        return None
    return exact(weight["value"]) * _KILOGRAMS[weight["unit"]]


def siblings(step: Step) -> int:
    """How many variants the product of the step's variant has."""
    return int(((step.target or {}).get("product") or {}).get("variantsCount", {}).get("count", 1))
