"""The control API of the shop: what a person in the admin, or a buyer, would do.

Amounts may be numbers or texts; locations are named by code ("L1") or id, orders by name or id, lines by SKU or id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from hub.sandbox.message import Request, Response
from hub.sandbox.shopify.access import ALL_SCOPES
from hub.sandbox.shopify.control_state import collections, order_to_json
from hub.sandbox.shopify.editing import Removal
from hub.sandbox.shopify.fulfilling import Tracking
from hub.sandbox.shopify.ids import gid, number_of, parse_gid
from hub.sandbox.shopify.metafields import set_metafields
from hub.sandbox.shopify.order_records import Order, OrderLine
from hub.sandbox.shopify.order_totals import outstanding, total
from hub.sandbox.shopify.ordering import Placement, address_of
from hub.sandbox.shopify.records import Address, InventoryItem, Location
from hub.sandbox.shopify.refunding import RefundRequest, Taken
from hub.sandbox.shopify.refusal import Refused
from hub.sandbox.shopify.shop import Shop
from hub.sandbox.shopify.texts import normal_tags
from hub.sandbox.world import model as world

Body = Mapping[str, Any]
DEFAULT_GATEWAY = "shopify_payments"


class BadControl(ValueError):
    """A control request that makes no sense; the sentence says why."""


class ControlApi:
    """Answers /control/... of the shop."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._routes: dict[str, Callable[[Body], Any]] = {
            "customers": self._add_customer,
            "products": self._add_product,
            "orders": self._add_order,
            "locations": self._add_location,
            "edit": self._edit,
            "stock": self._set_stock,
            "fulfil": self._fulfil,
            "cancel-fulfilment": self._cancel_fulfilment,
            "refund": self._refund,
            "cancel": self._cancel,
            "mark-as-paid": self._mark_as_paid,
            "edit-order": self._edit_order,
            "delete": self._delete,
            "scopes": self._set_scopes,
        }

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
        addresses = [_api_address(one) for one in body.get("addresses", ())]
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
                    "values": [{"name": _option(one, single)} for one in variants],
                }
            ],
            "variants": [self._new_variant(one, single) for one in variants],
        }
        if body.get("handle"):
            given["handle"] = body["handle"]
        product = self._shop.products.set(None, given, self._shop.now())
        numbers = product.variant_ids
        return {"id": gid("Product", product.id), "variants": [gid("ProductVariant", one) for one in numbers]}

    def _new_variant(self, body: Body, single: bool) -> dict[str, Any]:
        stock = [
            {"locationId": gid("Location", self._location(code).id), "name": "available", "quantity": int(units)}
            for code, units in (body.get("stock") or {}).items()
        ]
        return {
            "optionValues": [{"optionName": "Title" if single else "Option", "name": _option(body, single)}],
            "price": _amount(body.get("price", 0)),
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

    # ------------------------------------------------------------------------------------------------------ orders

    def _add_order(self, body: Body) -> dict[str, Any]:
        shop, now = self._shop, self._shop.now()
        created = datetime.fromisoformat(body["created_at"]).astimezone(UTC) if body.get("created_at") else now
        rate = _amount(body.get("tax_rate", 0))
        wanted = world.Order(
            name=body.get("name", ""),
            created_at=created.replace(microsecond=0),
            lines=tuple(self._line(one, rate) for one in body["lines"]),
            email=body.get("email", ""),
            phone=body.get("phone", ""),
            shipping_lines=tuple(_charge(one, rate) for one in body.get("shipping_lines", ())),
            transactions=tuple(_transaction(one) for one in body.get("transactions", ())),
            billing_address=_address(body.get("billing_address")),
            shipping_address=_address(body.get("shipping_address")),
            discount_code=body.get("discount_code", ""),
            tip=_amount(body.get("tip", 0)),
            presentment_currency=body.get("presentment_currency", ""),
            presentment_rate=_amount(body.get("presentment_rate", 1)),
            test=bool(body.get("test")),
            source_name=body.get("source_name", "web"),
            tags=normal_tags(body.get("tags", ())),
            note=body.get("note", ""),
            location=body.get("location", ""),
        )
        order = shop.ordering.place(wanted, self._placement(body), now)
        if "transactions" not in body:
            self._pay_new(order, body, now)
        return order_to_json(shop.store, order)

    def _placement(self, body: Body) -> Placement:
        home = body.get("location", "")
        codes = [one.get("location") or home for one in body["lines"]]
        first = next(iter(self._shop.store.active_locations())).id
        return Placement(
            customer_id=self._buyer(body.get("customer")),
            line_locations=[self._location(code).id if code else first for code in codes],
            discount=_amount(body.get("discount", 0)),
            taxes_included=body.get("taxes_included"),
            source_identifier=body.get("source_identifier", ""),
            po_number=body.get("po_number", ""),
        )

    def _buyer(self, given: Any) -> int | None:
        """Nobody, a known customer by id or e-mail, or a new one."""
        if not given:
            return None
        if isinstance(given, Mapping):
            return self._customer(given)
        number = number_of(given, "Customer") or self._shop.store.by_email.get(str(given).lower())
        if number not in self._shop.store.customers:
            raise BadControl(f"no customer {given}")
        return number

    def _line(self, body: Body, rate: Decimal) -> world.Line:
        sku = body.get("sku", "")
        variant = self._shop.store.variant_by_sku(sku) if sku and not body.get("custom") else None
        price = body.get("unit_price", variant.price if variant else 0)
        return world.Line(
            title=body.get("title") or sku or "Custom",
            quantity=int(body.get("quantity", 1)),
            unit_price=_amount(price),
            sku=sku,
            custom=bool(body.get("custom")),
            tax_rate=_amount(body.get("tax_rate", rate)),
            discount=_amount(body.get("discount", 0)),
            gift_card=bool(body.get("gift_card")),
        )

    def _pay_new(self, order: Order, body: Body, now: datetime) -> None:
        """`financial`: paid (default), pending or authorized; `gateway`: who takes the whole amount."""
        gateway, how, due = body.get("gateway", DEFAULT_GATEWAY), body.get("financial", "paid"), total(order)
        if not due:
            return
        if how == "paid":
            self._shop.editing.pay(order, gateway, due, now)
        elif how == "authorized":
            self._shop.editing.pay(order, gateway, due, now, "AUTHORIZATION")
        elif how == "pending":
            paid = self._shop.editing.pay(order, gateway, due, now)
            paid.status = "PENDING"
        else:
            raise BadControl(f"financial is paid, pending or authorized, not {how}")

    def _order(self, given: Any) -> Order:
        """By id, or by name: the latest of that name."""
        orders = self._shop.store.orders
        number = number_of(given, "Order")
        if number in orders:
            return orders[number]
        found = next((one for one in reversed(orders.values()) if one.name == given), None)
        if found is None:
            raise BadControl(f"no order {given}")
        return found

    def _lines(self, order: Order, given: Iterable[Body]) -> list[tuple[OrderLine, int, Body]]:
        """Each entry names its line by `id`, `line` (place) or `sku`."""
        found = []
        for one in given:
            number = number_of(one.get("id"), "LineItem")
            line = next(
                (
                    line
                    for place, line in enumerate(order.lines)
                    if line.id == number or place == one.get("line", -1) or (one.get("sku") and line.sku == one["sku"])
                ),
                None,
            )
            if line is None:
                raise BadControl(f"{order.name} has no line {dict(one)}")
            found.append((line, int(one.get("quantity", 1)), one))
        return found

    def _fulfil(self, body: Body) -> dict[str, Any]:
        """Without `lines` all that is left at the first location that has something left."""
        order = self._order(body["order"])
        tracking = body.get("tracking") or {}
        numbers = tuple(tracking.get("numbers") or filter(None, [tracking.get("number")]))
        units = [(line, count) for line, count, _ in self._lines(order, body.get("lines", ()))]
        if "lines" not in body:
            left = [line for line in order.lines if line.unfulfilled]
            units = [(line, line.unfulfilled) for line in left if line.location_id == left[0].location_id]
        if not units:
            raise BadControl(f"{order.name} has nothing left to ship")
        carried = Tracking(tracking.get("company", ""), numbers, tracking.get("url", ""))
        made = self._shop.fulfilling.fulfil(order, units, self._shop.now(), carried)
        return {"id": gid("Fulfillment", made.id)}

    def _cancel_fulfilment(self, body: Body) -> dict[str, Any]:
        order = self._order(body["order"])
        number = number_of(body.get("id"), "Fulfillment")
        made = next((one for one in reversed(order.fulfilments) if number is None or one.id == number), None)
        if made is None:
            raise BadControl(f"{order.name} has no such fulfilment")
        self._shop.fulfilling.cancel(order, made, self._shop.now())
        return {"id": gid("Fulfillment", made.id)}

    def _refund(self, body: Body) -> dict[str, Any]:
        """{"order", "lines": [{"sku", "quantity", "restock", "location", "shipped"}], "shipping", "money", "note"}

        `money`: missing = what it comes to; a number; or [{"gateway", "amount"}]; 0 = units only."""
        order = self._order(body["order"])
        lines = [
            Taken(
                line,
                count,
                one.get("restock", "NO_RESTOCK"),
                self._location(one["location"]).id if one.get("location") else None,
                one.get("shipped"),
            )
            for line, count, one in self._lines(order, body.get("lines", ()))
        ]
        request = RefundRequest(lines, _amount(body.get("shipping", 0)), _money(order, body), body.get("note", ""))
        made = self._shop.refunding.refund(order, request, self._shop.now())
        return {"id": gid("Refund", made.id), "order": order_to_json(self._shop.store, order)}

    def _cancel(self, body: Body) -> dict[str, Any]:
        order = self._order(body["order"])
        self._shop.refunding.cancel(
            order,
            body.get("reason", "CUSTOMER"),
            self._shop.now(),
            restock=bool(body.get("restock", True)),
            refund=bool(body.get("refund", True)),
        )
        return order_to_json(self._shop.store, order)

    def _mark_as_paid(self, body: Body) -> dict[str, Any]:
        order = self._order(body["order"])
        self._shop.editing.mark_as_paid(order, self._shop.now(), body.get("gateway"))
        return order_to_json(self._shop.store, order)

    def _edit_order(self, body: Body) -> dict[str, Any]:
        """{"order", "remove": [{"sku", "quantity", "restock"}], "add": [line], "pay": true | {"gateway", "amount"}}"""
        order, now, editing = self._order(body["order"]), self._shop.now(), self._shop.editing
        for line, count, one in self._lines(order, body.get("remove", ())):
            editing.remove(order, Removal(line, count, bool(one.get("restock", True))), now)
        for one in body.get("add", ()):
            code = one.get("location")
            place = self._location(code).id if code else order.lines[0].location_id
            editing.add(order, self._line(one, _amount(body.get("tax_rate", 0))), place, now)
        pay = body.get("pay")
        if pay and outstanding(order) > 0:
            given = pay if isinstance(pay, Mapping) else {}
            amount = _amount(given.get("amount", outstanding(order)))
            editing.pay(order, given.get("gateway", DEFAULT_GATEWAY), amount, now)
        return order_to_json(self._shop.store, order)

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
                fields[name] = _amount(fields[name])
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
                made = address_of(_address(value))
                setattr(order, "billing" if name == "billingAddress" else "shipping_address", made)
            elif name == "metafields":
                set_metafields(self._shop.store, order.metafields, value, "ORDER", now)
            else:
                raise BadControl(f"an order has no field {name}")
        self._shop.store.touch("Order", order, now)

    def _set_stock(self, body: Body) -> dict[str, Any]:
        """{"sku" | "item", "location", "available" | "on_hand" | "reserved" | ...: n, "active"}"""
        item, place, now = self._item(body), self._location(body["location"]), self._shop.now()
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

    def _location(self, given: Any) -> Location:
        store = self._shop.store
        found = store.locations.get(number_of(given, "Location") or 0) or store.location_by_code(str(given))
        if found is None:
            raise BadControl(f"no location {given}")
        return found

    def _delete(self, body: Body) -> dict[str, Any]:
        parsed = parse_gid(body["id"])
        record = self._shop.tables.get(parsed.kind, {}).get(parsed.number) if parsed else None
        if parsed is None or record is None:
            raise BadControl(f"no {body['id']}")
        if parsed.kind == "Product":
            self._shop.products.delete(record)
        elif parsed.kind == "ProductVariant":
            product = self._shop.store.products[record.product_id]
            self._shop.products.remove_variants(product, [record.id], self._shop.now())
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


def _amount(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise BadControl(f"no amount: {value}") from error


def _money(order: Order, body: Body) -> list[tuple[str, Decimal]] | None:
    given = body.get("money")
    if given is None:
        return None
    if isinstance(given, list):
        return [(one["gateway"], _amount(one["amount"])) for one in given]
    gateway = next((one.gateway for one in order.transactions if one.kind != "REFUND"), DEFAULT_GATEWAY)
    return [(gateway, _amount(given))] if _amount(given) else []


def _option(body: Body, single: bool) -> str:
    return "Default Title" if single else body.get("option") or body.get("sku") or "Default Title"


def _charge(body: Body, rate: Decimal) -> world.ShippingLine:
    return world.ShippingLine(
        title=body.get("title", "Shipping"),
        price=_amount(body["price"]),
        code=body.get("code", body.get("title", "Shipping")),
        tax_rate=_amount(body.get("tax_rate", rate)),
    )


def _transaction(body: Body) -> world.Transaction:
    return world.Transaction(
        gateway=body.get("gateway", DEFAULT_GATEWAY),
        amount=_amount(body["amount"]),
        kind=body.get("kind", "SALE"),
        status=body.get("status", "SUCCESS"),
    )


def _address(body: Body | None) -> world.Address | None:
    return replace(world.Address(), **body) if body else None


_API_NAMES = {
    "first_name": "firstName",
    "last_name": "lastName",
    "province_code": "provinceCode",
    "country_code": "countryCode",
}


def _api_address(body: Body) -> dict[str, Any]:
    return {_API_NAMES.get(name, name): value for name, value in body.items() if name in Address.__slots__}
