"""What is sent to the ERP for an item. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hub.errors import InvalidRecord, MissingMapping
from hub.platforms.endpoint import Native
from hub.platforms.sap_b1 import item_custom, item_price
from hub.platforms.sap_b1 import user_fields as udf
from hub.platforms.sap_b1.item_custom import ItemField
from hub.platforms.sap_b1.item_price import PriceRules
from hub.platforms.sap_b1.texts import LIMITS, Texts
from hub.platforms.sap_b1.wire import NO, YES, text
from objects.fields import CustomField
from objects.product import item_name

#: The manufacturer of an item that has none.
NO_MANUFACTURER = -1
#: Numbers in the ERP have so many decimals.
_FINEST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class ItemRules:
    """How items of one integration are written, and what the company's lists say that is needed for it."""

    #: The integration's name.
    name: str
    prices: PriceRules = field(default_factory=PriceRules)
    custom: tuple[CustomField, ...] = ()
    default_group: int | None = None
    limits: Mapping[str, int] = field(default_factory=lambda: LIMITS)
    #: Which of our fields items have.
    references: frozenset[str] = frozenset()
    #: The ERP's user-defined fields of items, by property.
    known: Mapping[str, ItemField] = field(default_factory=dict)
    #: Group numbers by product type, in small letters, as the integration's map has them.
    mapped_groups: Mapping[str, int] = field(default_factory=dict)
    #: Numbers by name.
    groups: Mapping[str, int] = field(default_factory=dict)
    manufacturers: Mapping[str, int] = field(default_factory=dict)
    #: Kilograms in one unit of weight, by the unit's number.
    units: Mapping[int, Decimal] = field(default_factory=dict)
    #: True: the price of a new item waits until its tax code is known.
    convert: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A body, and what is to be said about it."""

    body: Native
    warnings: tuple[str, ...] = ()


def wants(only: frozenset[str] | None, name: str) -> bool:
    """Whether a canonical field is to be written."""
    return only is None or name in only


def new(record: Mapping[str, Any], key: str, only: frozenset[str] | None, rules: ItemRules) -> Draft:
    """The body that creates an item. Code and name are written in any case; what is empty is left to the ERP."""
    (variant,) = record["variants"]
    texts = Texts(limits=rules.limits)
    chosen = _chosen(record, only, rules, texts, {})
    if not wants(only, "product_type"):
        # Whoever owns the group: a new item needs one.
        chosen |= _new_group(record["product_type"], rules)
    if chosen.get("Manufacturer") == NO_MANUFACTURER:
        del chosen["Manufacturer"]
    if wants(only, "price") and variant["price"] and not rules.convert:
        chosen |= price(variant["price"], {}, rules)
    body = {
        "ItemCode": texts.whole("ItemCode", variant["code"]),
        "ItemName": _name(record, texts),
        "InventoryItem": YES if variant["tracked"] else NO,
        "SalesItem": YES,
        **{name: value for name, value in chosen.items() if value is not None and value != ""},
        **_reference(key, rules),
    }
    return Draft(body, tuple(texts.warnings))


def told(
    record: Mapping[str, Any],
    only: frozenset[str] | None,
    draft: Draft,
    rules: ItemRules,
    groups: Mapping[int, str],
) -> dict[str, Any]:
    """What the body of a new item says of it, by the canonical names; besides them the reference that it bears."""
    (variant,) = record["variants"]
    body = draft.body
    # A price that is to be converted follows once the item has its tax code.
    priced = "ItemPrices" in body or (rules.convert and wants(only, "price"))
    values = {
        "ItemCode": ("code", body.get("ItemCode")),
        "ItemName": ("title", body.get("ItemName")),
        "User_Text": ("description", body.get("User_Text")),
        "Manufacturer": ("vendor", record["vendor"]),
        "BarCode": ("barcode", body.get("BarCode")),
        "SalesUnitWeight": ("weight", variant["weight"]),
        "VatLiable": ("taxable", variant["taxable"]),
        **{own.erp: (own.canonical, record["custom"].get(own.name)) for own in rules.custom},
        "InventoryItem": ("tracked", variant["tracked"]),
        udf.REFERENCE: ("cross_reference", body.get(udf.REFERENCE)),
    }
    found = {name: value for native, (name, value) in values.items() if native in body}
    if "ItemsGroupCode" in body:
        found["product_type"] = _group_told(record["product_type"], body["ItemsGroupCode"], rules, groups)
    return {**found, "price": variant["price"]} if priced else found


def _group_told(name: str, number: int, rules: ItemRules, groups: Mapping[int, str]) -> str:
    """What the group of a new item is called: by its product type, unless another one is taken in its place."""
    its_own = number in (rules.mapped_groups.get(name.casefold()), rules.groups.get(name))
    return name if its_own else groups.get(number) or str(number)


def change(record: Mapping[str, Any], only: frozenset[str] | None, there: Native, rules: ItemRules) -> Draft:
    """The body that changes the chosen fields of an item, never its code; what is there already is left out."""
    (variant,) = record["variants"]
    texts = Texts(limits=rules.limits)
    body = _chosen(record, only, rules, texts, there)
    if wants(only, "title"):
        body["ItemName"] = _name(record, texts)
    if wants(only, "weight") and not variant["weight"]:
        body["SalesUnitWeight"] = Decimal(0)
    if wants(only, "price") and variant["price"]:
        body |= price(variant["price"], there, rules)
    return Draft(differing(body, there), tuple(texts.warnings))


def price(amount: Decimal, there: Native, rules: ItemRules) -> Native:
    """The body that sets the price in the list that feeds the shop. Rows merge by list: the others stay."""
    return {"ItemPrices": [item_price.list_row(amount, there, rules.prices)]}


def differing(body: Native, there: Native) -> Native:
    """The part of a body that the ERP's item does not hold yet."""
    return {name: value for name, value in body.items() if not _holds(there, name, value)}


def _chosen(
    record: Mapping[str, Any], only: frozenset[str] | None, rules: ItemRules, texts: Texts, there: Native
) -> Native:
    (variant,) = record["variants"]
    body: Native = {}
    if wants(only, "description"):
        body["User_Text"] = texts.whole("User_Text", record["description"])
    if wants(only, "barcode"):
        body["BarCode"] = texts.whole("BarCode", variant["barcode"])
    if wants(only, "taxable"):
        body["VatLiable"] = YES if variant["taxable"] else NO
    if wants(only, "weight") and variant["weight"]:
        body |= _weight(variant["weight"], there, rules.units)
    if wants(only, "product_type"):
        body |= _group(record["product_type"], rules, texts)
    if wants(only, "vendor"):
        body["Manufacturer"] = _manufacturer(record["vendor"], rules)
    own = tuple(field for field in rules.custom if wants(only, field.canonical))
    return body | item_custom.sent(record, own, rules.known, rules.limits)


def _name(record: Mapping[str, Any], texts: Texts) -> str:
    (variant,) = record["variants"]
    name = item_name(dict(record))
    whole = " - ".join(part for part in (str(record["title"]).strip(), variant["option"]) if part)
    if name != whole:
        texts.warnings.append(f"ItemName was cut to {len(name)} characters.")
    return texts.shortened("ItemName", name)


def _weight(kilograms: Decimal, there: Native, units: Mapping[int, Decimal]) -> Native:
    """The weight in the item's own unit, else in kilograms, else in the unit that is closest to them."""
    own = there.get("SalesWeightUnit")
    if units.get(own or 0):
        unit: int | None = own
    else:
        weighing = {number: factor for number, factor in units.items() if factor}
        unit = min(weighing, key=lambda number: (abs(weighing[number].log10()), number), default=None)
    if unit is None:
        if own is not None:
            raise InvalidRecord(
                f"The item's unit of weight {own} has no weight of its own in the ERP.",
                detail="SalesWeightUnit",
                fix="Enter the unit's weight in milligrams in the ERP's list of weight measures, then re-sync.",
            )
        return {"SalesUnitWeight": kilograms.quantize(_FINEST, ROUND_HALF_UP)}
    return {"SalesUnitWeight": (kilograms / units[unit]).quantize(_FINEST, ROUND_HALF_UP), "SalesWeightUnit": unit}


def _group(name: str, rules: ItemRules, texts: Texts) -> Native:
    """The group that the map has for a product type, else the one of its name, else the default one.

    Without any of them it is what the ERP thinks; but where there is a map, its gaps are not filled by chance.
    """
    number = rules.mapped_groups.get(name.casefold(), rules.groups.get(name)) if name else None
    if number is None and name:
        if rules.default_group is None and rules.mapped_groups:
            raise MissingMapping(
                f"The map item_group has no entry for {name}, and the ERP has no item group of that name.",
                detail=f"item_group={name}",
                fix=f"Add an entry for {name} to the map item_group (`hub maps set`), or set default_item_group; "
                "then re-sync the group.",
            )
        instead = "the default group was taken" if rules.default_group is not None else "the group was left as it is"
        texts.warnings.append(f"The ERP has no item group {name}: {instead}.")
    number = rules.default_group if number is None else number
    return {} if number is None else {"ItemsGroupCode": number}


def _new_group(name: str, rules: ItemRules) -> Native:
    """The group of a new item whose product type is not synchronised: by the map, else the default one."""
    number = rules.mapped_groups.get(name.casefold(), rules.default_group)
    return {} if number is None else {"ItemsGroupCode": number}


def _manufacturer(name: str, rules: ItemRules) -> int:
    if not name:
        return NO_MANUFACTURER
    number = rules.manufacturers.get(name)
    if number is None:
        raise InvalidRecord(
            f"The ERP has no manufacturer {name}.",
            detail=f"Manufacturer={name}",
            fix=f"Create the manufacturer {name} in the ERP, letter for letter, or correct the vendor in the shop; "
            "then re-sync.",
        )
    return number


def _reference(key: str, rules: ItemRules) -> Native:
    given = {udf.REFERENCE: key, udf.TEMPLATE: rules.name[: udf.size_of(udf.TEMPLATE)]}
    return {name: value for name, value in given.items() if name in rules.references}


def _holds(there: Native, name: str, value: Any) -> bool:
    if name == "ItemPrices":
        row = item_price.row_of(there)
        return all(_same(row.get(part), wanted) for part, wanted in value[0].items())
    return name in there and _same(there[name], value)


def _same(there: Any, value: Any) -> bool:
    if isinstance(value, Decimal | int) and isinstance(there, Decimal | int):
        return there == value
    return text(there).strip() == text(value).strip()
