"""What is sent to the shop for a product, and what its weights mean. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from hub.platforms.endpoint import Step
from hub.platforms.shopify.metafields import Metafield, Owner, inputs, is_empty
from hub.platforms.shopify.metafields import chosen as chosen_of
from hub.platforms.shopify.native import Node, exact
from hub.platforms.shopify.plain_text import to_html

#: What the only variant of a product is called in the shop.
ONLY_OPTION, ONLY_VALUE = "Title", "Default Title"
#: Canonical fields of the variant; what else is written belongs to the product.
_OF_VARIANT = frozenset({"price", "barcode", "weight", "tracked", "taxable"})
OF_PRODUCT = {"title": "title", "description": "descriptionHtml", "vendor": "vendor", "product_type": "productType"}
#: Everything that a new product can be given.
_ALL = _OF_VARIANT | OF_PRODUCT.keys()
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


def new_product(
    record: Mapping[str, Any],
    settings: Mapping[str, Any],
    only: frozenset[str] | None = None,
    fields: Sequence[Metafield] = (),
) -> dict[str, Any]:
    """The input of `productSet` for a canonical product of one variant: its code, its title and the chosen fields."""
    variant = record["variants"][0]
    chosen = _ALL if only is None else only
    custom = record.get("custom") or {}
    of_product = inputs(chosen_of(fields, "product", custom, only))
    of_variant = inputs(chosen_of(fields, "variant", custom, only))
    item = {"tracked": variant["tracked"]} | (_weight(variant["weight"]) if "weight" in chosen else {})
    return {
        "handle": handle_of(variant["code"]),
        "title": record["title"],
        **_product_fields(record, chosen - {"title"}),
        "status": settings.get("new_product_status", "ACTIVE"),
        **({"metafields": of_product} if of_product else {}),
        "productOptions": [{"name": ONLY_OPTION, "position": 1, "values": [{"name": ONLY_VALUE}]}],
        "variants": [
            {
                "optionValues": [{"optionName": ONLY_OPTION, "name": ONLY_VALUE}],
                "sku": variant["code"],
                "inventoryItem": item,
                **_variant_fields(variant, chosen),
                **({"metafields": of_variant} if of_variant else {}),
            }
        ],
    }


def told(record: Mapping[str, Any], given: Mapping[str, Any], fields: Sequence[Metafield] = ()) -> dict[str, Any]:
    """What the input of a new product says of it, by the canonical names; besides them its status and its handle."""
    (variant,) = given["variants"]
    item = variant["inventoryItem"]
    sent = {
        (owner, one["namespace"], one["key"])
        for owner, part in (("product", given), ("variant", variant))
        for one in part.get("metafields", ())
    }
    return {
        "code": variant["sku"],
        **{name: record[name] for name, native in OF_PRODUCT.items() if native in given},
        **{name: variant[name] for name in ("barcode", "price") if name in variant},
        **({"weight": record["variants"][0]["weight"]} if "measurement" in item else {}),
        **({"taxable": variant["taxable"]} if "taxable" in variant else {}),
        **{
            one.field.canonical: record["custom"][one.field.name]
            for one in fields
            if (one.owner, one.namespace, one.key) in sent
        },
        "tracked": item["tracked"],
        "status": given["status"],
        "handle": given["handle"],
    }


def variant_change(step: Step, fields: Sequence[Metafield] = ()) -> dict[str, Any]:
    """One row of `productVariantsBulkUpdate`: the id and the chosen fields, nothing else."""
    variant = step.record["variants"][0]
    chosen = _OF_VARIANT if step.only is None else step.only & _OF_VARIANT
    item: dict[str, Any] = {}
    if "weight" in chosen:
        item |= _weight(variant["weight"] or Decimal(0))
    if "tracked" in chosen:
        item["tracked"] = variant["tracked"]
    row = {"id": step.target_id} | _variant_fields(variant, chosen)
    metafields = inputs(chosen_of(fields, "variant", _custom(step), step.only))
    return row | ({"inventoryItem": item} if item else {}) | ({"metafields": metafields} if metafields else {})


def product_change(step: Step, fields: Sequence[Metafield] = ()) -> dict[str, Any]:
    """The chosen fields of the product, if the variant is its only one."""
    if siblings(step) > 1 or step.only is None:
        return {}
    change = _product_fields(step.record, step.only - {"title"})
    title = _title(step) if "title" in step.only else None
    if title is not None:
        change["title"] = title
    metafields = inputs(chosen_of(fields, "product", _custom(step), step.only))
    return change | ({"metafields": metafields} if metafields else {})


def cleared(step: Step, fields: Sequence[Metafield]) -> list[tuple[Metafield, dict[str, str]]]:
    """The metafields that lose their value, with what names each to the API."""
    product_id = (step.target or {})["product"]["id"]
    owners: dict[Owner, str] = {"variant": step.target_id}
    if siblings(step) == 1:
        owners["product"] = product_id
    return [
        (one, one.identifier(key))
        for owner, key in owners.items()
        for one, value in chosen_of(fields, owner, _custom(step), step.only)
        if is_empty(value)
    ]


def warnings(step: Step, fields: Sequence[Metafield]) -> tuple[str, ...]:
    """What was chosen and is not written, and why."""
    only = step.only or frozenset()
    of_product = OF_PRODUCT.keys() | {one.field.canonical for one in fields if one.owner == "product"}
    left_out = sorted(only & of_product)
    if left_out and siblings(step) > 1:
        return (f"{', '.join(left_out)} not written: the product has {siblings(step)} variants.",)
    if "title" in only and _title(step) is None:
        return (f"title not written: the variant is {option_of(step.target or {})!r}, which the name does not end in.",)
    return ()


def option_of(native: Mapping[str, Any]) -> str:
    """The option values that tell a variant from its siblings; empty for the only variant of a product."""
    values = [option["value"] for option in native.get("selectedOptions") or ()]
    return "" if values == [ONLY_VALUE] else " / ".join(values)


def _title(step: Step) -> str | None:
    """The product's title after the item's name: "title - option" where the variant has one; None = it is not that."""
    name = str(step.record["title"])
    option = option_of(step.target or {})
    if not option:
        return name
    title = name.removesuffix(f" - {option}").rstrip()
    return title if title and title != name else None


def _custom(step: Step) -> Mapping[str, Any]:
    custom: Mapping[str, Any] = step.record.get("custom") or {}
    return custom


def _product_fields(record: Mapping[str, Any], chosen: frozenset[str] | set[str]) -> dict[str, Any]:
    fields = {OF_PRODUCT[name]: record[name] for name in sorted(chosen & OF_PRODUCT.keys())}
    if "descriptionHtml" in fields:
        fields["descriptionHtml"] = to_html(fields["descriptionHtml"])
    return fields


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
