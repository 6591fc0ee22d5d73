"""The control API of the shop: what a person in the admin, or a buyer, would do.

Amounts may be numbers or texts; locations are named by code ("L1") or id, orders by name or id, lines by SKU or id.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from hub.sandbox.message import Request, Response
from hub.sandbox.shopify.access import ALL_SCOPES
from hub.sandbox.shopify.control_forms import (
    BadControl,
    Body,
    amount_of,
    api_address_of,
    location_of,
    option_of,
    typed_address,
)
from hub.sandbox.shopify.control_orders import ControlOrders
from hub.sandbox.shopify.control_state import collections
from hub.sandbox.shopify.ids import gid, number_of, parse_gid
from hub.sandbox.shopify.metafields import set_metafields
from hub.sandbox.shopify.order_records import Order
from hub.sandbox.shopify.ordering import address_of
from hub.sandbox.shopify.records import InventoryItem, Location
from hub.sandbox.shopify.refusal import Refused
from hub.sandbox.shopify.shop import Shop
from hub.sandbox.shopify.texts import normal_tags


class ControlApi:
    """Answers /control/... of the shop."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._routes: dict[str, Callable[[Body], Any]] = {
            "customers": self._add_customer,
            "products": self._add_product,
            "variants": self._add_variant,
            "locations": self._add_location,
            "edit": self._edit,
            "stock": self._set_stock,
            "delete": self._delete,
            "scopes": self._set_scopes,
        } | ControlOrders(shop, self._customer).routes

    def respond(self, request: Request) -> Response:
        """Carry a control request out."""
        topic = request.path.removeprefix("/control/").strip("/")
        if request.method == "GET":
            name = topic.removeprefix("state/")
            reader = collections(self._shop.store).get(name) if topic.startswith("state/") else None
            return Response.json(_only(reader(), request.parameter("fields"))) if reader else _not_found(topic)
        handler = self._routes.get(topic)
        if handler is None or request.method != "POST":
            return _not_found(topic)
        try:
            return Response.json(handler(request.json()))
        except Refused as refusal:
            return Response.json({"error": str(refusal)}, 422)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return Response.json({"error": f"{type(error).__name__}: {error}"}, 400)

    # ------------------------------------------------------------------------------------------------- new records

    def _add_customer(self, body: Body) -> dict[str, Any]:
        return {"id": gid("Customer", self._customer(body))}

    def _customer(self, body: Body) -> int:
        addresses = [api_address_of(one) for one in body.get("addresses", ())]
        given = {
            "firstName": body.get("first_name"),
            "lastName": body.get("last_name"),
            "email": body.get("email"),
            "phone": body.get("phone"),
            "note": body.get("note"),
            "tags": body.get("tags", []),
            "addresses": addresses,
        }
        return self._shop.customers.create(given, self._shop.now()).id

    def _add_product(self, body: Body) -> dict[str, Any]:
        """{"title", "variants": [{"sku", "price", "option", "stock": {"L1": 5}, ...}], ...}, or one variant's keys."""
        variants = body.get("variants") or [body]
        single = len(variants) == 1 and not variants[0].get("option")
        given = {
            "title": body.get("title") or body.get("name"),
            "descriptionHtml": body.get("description", ""),
            "vendor": body.get("vendor", ""),
            "productType": body.get("group", ""),
            "tags": list(body.get("tags", ())),
            "status": body.get("status", "ACTIVE"),
            "giftCard": bool(body.get("gift_card")),
            "productOptions": [
                {
                    "name": "Title" if single else "Option",
                    "values": [{"name": option_of(one, single)} for one in variants],
                }
            ],
            "variants": [self._new_variant(one, single) for one in variants],
        }
        if body.get("handle"):
            given["handle"] = body["handle"]
        product = self._shop.products.set(None, given, self._shop.now())
        numbers = product.variant_ids
        return {"id": gid("Product", product.id), "variants": [gid("ProductVariant", one) for one in numbers]}

    def _add_variant(self, body: Body) -> dict[str, Any]:
        """{"product": id, "option": "Red" or one value for each option, "sku", "price", "stock", ...}"""
        product = self._shop.store.products.get(number_of(body["product"], "Product") or 0)
        if product is None:
            raise BadControl(f"no product {body['product']}")
        values = [body["option"]] if isinstance(body["option"], str) else body["option"]
        named = [
            {"optionName": option.name, "name": value} for option, value in zip(product.options, values, strict=True)
        ]
        given = {**self._new_variant(body, single=False), "optionValues": named}
        (made,) = self._shop.product_variants.add(product, [given], self._shop.now())
        return {"id": gid("ProductVariant", made.id)}

    def _new_variant(self, body: Body, single: bool) -> dict[str, Any]:
        stock = [
            {
                "locationId": gid("Location", location_of(self._shop.store, code).id),
                "name": "available",
                "quantity": int(units),
            }
            for code, units in (body.get("stock") or {}).items()
        ]
        return {
            "optionValues": [{"optionName": "Title" if single else "Option", "name": option_of(body, single)}],
            "price": amount_of(body.get("price", 0)),
            "barcode": body.get("barcode", ""),
            "sku": body.get("sku", ""),
            "inventoryItem": {"tracked": bool(body.get("tracked", True)) and not body.get("gift_card")},
            "inventoryQuantities": stock,
        }

    def _add_location(self, body: Body) -> dict[str, Any]:
        store, now = self._shop.store, self._shop.now()
        number = store.number("Location")
        store.locations[number] = Location(number, body["code"], body.get("name", body["code"]), now, now)
        store.tell("Location", number)
        return {"id": gid("Location", number)}

    # -------------------------------------------------------------------------------------------- edits by hand

    def _edit(self, body: Body) -> dict[str, Any]:
        """{"id", "fields"}: fields as the API's inputs name them (for orders: note, tags, email, phone, poNumber,
        sourceIdentifier, risk, onHold, test, expired, closed, shippingAddress, billingAddress, metafields)."""
        parsed = parse_gid(body["id"])
        if parsed is None:
            raise BadControl(f"no id: {body['id']}")
        record = self._shop.tables.get(parsed.kind, {}).get(parsed.number)
        if record is None:
            raise BadControl(f"no {body['id']}")
        fields, now = dict(body["fields"]), self._shop.now()
        for name in ("price", "compareAtPrice"):
            if fields.get(name) is not None:
                fields[name] = amount_of(fields[name])
        if parsed.kind == "Customer":
            self._shop.customers.update(record, fields, now)
        elif parsed.kind == "Product":
            self._shop.products.update(record, fields, now)
        elif parsed.kind == "ProductVariant":
            self._shop.variants.change(record, fields, now)
            self._shop.store.touch("Product", self._shop.store.products[record.product_id], now)
        elif parsed.kind == "Order":
            self._edit_order_fields(record, fields, now)
        elif parsed.kind == "Location":
            record.name, record.active = fields.get("name", record.name), fields.get("active", record.active)
            self._shop.store.touch("Location", record, now)
        else:
            raise BadControl(f"a {parsed.kind} cannot be edited")
        return {"id": body["id"], "updated_at": record.updated_at}

    def _edit_order_fields(self, order: Order, fields: Body, now: datetime) -> None:
        plain = {
            "note": "note",
            "email": "email",
            "phone": "phone",
            "poNumber": "po_number",
            "sourceIdentifier": "source_identifier",
            "sourceName": "source_name",
            "risk": "risk",
            "onHold": "on_hold",
            "test": "test",
            "expired": "expired",
        }
        for name, value in fields.items():
            if name in plain:
                setattr(order, plain[name], value)
            elif name == "tags":
                order.tags = normal_tags(value)
            elif name == "closed":
                order.closed_at = now if value else None
            elif name == "attributes":
                order.attributes = tuple((str(key), str(one)) for key, one in value.items())
            elif name in {"shippingAddress", "billingAddress"}:
                made = address_of(typed_address(value))
                setattr(order, "billing" if name == "billingAddress" else "shipping_address", made)
            elif name == "metafields":
                set_metafields(self._shop.store, order.metafields, value, "ORDER", now)
            else:
                raise BadControl(f"an order has no field {name}")
        self._shop.store.touch("Order", order, now)

    def _set_stock(self, body: Body) -> dict[str, Any]:
        """{"sku" | "item", "location", "available" | "on_hand" | "reserved" | ...: n, "active"}"""
        item, place, now = self._item(body), location_of(self._shop.store, body["location"]), self._shop.now()
        level = self._shop.stock.open(item, place.id, now)
        for name in ("reserved", "damaged", "quality_control", "safety_stock", "incoming", "available", "on_hand"):
            if name in body:
                self._shop.stock.change(item, place.id, name, int(body[name]) - getattr(level, name), now)
        if body.get("active") is False:
            self._shop.stock.close(item, place.id, now)
        return {"available": level.available, "committed": level.committed, "on_hand": level.on_hand}

    def _item(self, body: Body) -> InventoryItem:
        store = self._shop.store
        number = number_of(body.get("item"), "InventoryItem")
        variant = store.variant_by_sku(body.get("sku", ""))
        if number not in store.items and variant is None:
            raise BadControl(f"no item {body.get('item') or body.get('sku')}")
        return store.items[number] if number in store.items else store.items[variant.item_id if variant else 0]

    def _delete(self, body: Body) -> dict[str, Any]:
        parsed = parse_gid(body["id"])
        record = self._shop.tables.get(parsed.kind, {}).get(parsed.number) if parsed else None
        if parsed is None or record is None:
            raise BadControl(f"no {body['id']}")
        if parsed.kind == "Product":
            self._shop.products.delete(record)
        elif parsed.kind == "ProductVariant":
            product = self._shop.store.products[record.product_id]
            self._shop.product_variants.remove(product, [record.id], self._shop.now())
        elif parsed.kind == "Customer":
            self._shop.customers.delete(record)
        else:
            raise BadControl(f"a {parsed.kind} cannot be deleted")
        return {"deleted": body["id"]}

    def _set_scopes(self, body: Body) -> dict[str, Any]:
        """{"granted": [...]} sets all; {"grant": [...], "revoke": [...]} changes."""
        scopes = set(body.get("granted", self._shop.state.scopes))
        scopes = (scopes | set(body.get("grant", ()))) - set(body.get("revoke", ()))
        unknown = scopes - set(ALL_SCOPES)
        if unknown:
            raise BadControl(f"no scope {', '.join(sorted(unknown))}")
        self._shop.state.scopes = tuple(sorted(scopes))
        return {"granted": list(self._shop.state.scopes)}


def _only(records: list[dict[str, Any]], fields: str) -> list[dict[str, Any]]:
    """`?fields=id,name` brings only those, which is much less to carry where there are many records."""
    names = [name for name in fields.split(",") if name]
    return [{name: record.get(name) for name in names} for record in records] if names else records


def _not_found(topic: str) -> Response:
    return Response.json({"error": f"no control operation {topic}"}, 404)
