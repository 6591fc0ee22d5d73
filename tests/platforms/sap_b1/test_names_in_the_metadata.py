"""Every SAP property the connector can send, select, filter or order by is in SAP's published metadata, or ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import orjson
import pytest

from hub.platforms.call import Answer, Call
from hub.platforms.endpoint import Criteria, Probe, Step
from hub.platforms.limits import KeptHere
from hub.platforms.sap_b1 import item_input, partner, privacy, setting_up, shapes
from hub.platforms.sap_b1.client import ServiceLayer
from hub.platforms.sap_b1.company import Company
from hub.platforms.sap_b1.customer import CustomerEndpoint
from hub.platforms.sap_b1.document import OrderRules, build, with_rounding
from hub.platforms.sap_b1.inventory import InventoryEndpoint
from hub.platforms.sap_b1.item_input import ItemRules
from hub.platforms.sap_b1.masters import Masters
from hub.platforms.sap_b1.order import OrderEndpoint
from hub.platforms.sap_b1.partner import PartnerRules
from hub.platforms.sap_b1.product import ProductEndpoint
from hub.platforms.sap_b1.session import Credentials, Session
from hub.platforms.sap_b1.user_fields import FIELDS

from .items import KEY
from .items import product as make_product

Make = Callable[..., dict[str, Any]]
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
OURS = {field.property for field in FIELDS}
_WORDS = re.compile(r"'(?:[^']|'')*'|\b(?:eq|gt|ge|le|and|or|contains|\d+)\b|[(),]")


class Metadata:
    """The published types: names of their properties, and what their rows are."""

    def __init__(self, path: Path) -> None:
        tree = ElementTree.parse(path)
        self.types: dict[str, dict[str, str]] = {}
        self.enums: dict[str, set[str]] = {}
        self.sets: dict[str, str] = {}
        self.operations: set[str] = set()
        for element in tree.iter():
            name = element.get("Name", "")
            if element.tag in (f"{EDM}EntityType", f"{EDM}ComplexType"):
                self.types[name] = {p.get("Name", ""): p.get("Type", "") for p in element.findall(f"{EDM}Property")}
            elif element.tag == f"{EDM}EnumType":
                self.enums[name] = {member.get("Name", "") for member in element.findall(f"{EDM}Member")}
            elif element.tag == f"{EDM}EntitySet":
                self.sets[name] = element.get("EntityType", "").removeprefix("SAPB1.")
            elif element.tag in (f"{EDM}Action", f"{EDM}Function"):
                self.operations.add(name)

    def unknown(self, type_name: str, value: Any, path: str = "") -> Iterator[str]:
        """Paths in a body whose property, or whose enumerated value, the type does not have."""
        if isinstance(value, list):
            for row in value:
                yield from self.unknown(type_name, row, path)
            return
        for name, inner in value.items():
            if name in OURS:
                continue
            declared = self.types[type_name].get(name)
            if declared is None:
                yield f"{path}{type_name}.{name}"
                continue
            below = declared.removeprefix("Collection(").removesuffix(")").removeprefix("SAPB1.")
            if below in self.enums and inner not in self.enums[below]:
                yield f"{path}{type_name}.{name}={inner}"
            if below in self.types:
                yield from self.unknown(below, inner, f"{path}{name}/")


@pytest.fixture(scope="module")
def metadata(reference: Path) -> Metadata:
    return Metadata(reference / "reference" / "sap-b1-metadata.xml")


@dataclass
class Listener:
    """A Service Layer that writes down what it is asked and has little to say."""

    calls: list[Call] = field(default_factory=list)
    connection: str = "erp"

    def send(self, call: Call) -> Answer:
        self.calls.append(call)
        name = call.path.rsplit("/", 1)[-1]
        body: Any = {"value": []}
        if name == "Login":
            body = {"SessionId": "s", "SessionTimeout": 30}
        elif name == "CompanyService_GetPeriods":
            body = {"value": [{"AbsoluteEntry": 1}]}
        elif name == "PriceLists":
            body = {"value": [{"PriceListNo": 1, "DefaultPrimeCurrency": "USD", "Active": "tYES"}]}
        elif name == "CompanyService_GetAdminInfo":
            body = {"LocalCurrency": "EUR", "EnableBranches": "tYES", "TotalsAccuracy": 2, "PriceAccuracy": 6}
        elif name == "ItemGroups":
            body = {"value": [{"Number": 100, "GroupName": "Items"}]}
        elif name.startswith("UserFieldsMD"):
            body = {"value": [{"TableName": field.table, "Name": field.name} for field in FIELDS]}
        elif name == "$count":
            return Answer(call, 200, {}, b"9")
        elif "(" in name:
            return Answer(call, 404, {}, b'{"error": {"code": "-2028", "message": ""}}')
        return Answer(call, 200, {}, orjson.dumps(body))


@pytest.fixture
def asked() -> list[Call]:
    """Everything the connector reads."""
    listener = Listener()
    now = datetime(2026, 11, 21, tzinfo=UTC)
    session = Session(listener, "/b1s/v2/", Credentials("C", "u", "p"), KeptHere(lambda: now))
    layer = ServiceLayer(listener, session, "v2")
    masters = Masters(layer, lambda: now)
    company = Company(layer, masters, ZoneInfo("Europe/Berlin"), lambda: now, timedelta(seconds=60))
    for read in (
        masters.admin,
        masters.price_lists,
        masters.warehouses,
        masters.tax_codes,
        masters.freights,
        masters.credit_cards,
        masters.partner_series,
        masters.customer_groups,
        masters.payment_terms,
        masters.branches,
        masters.weight_units,
        masters.user_fields,
        masters.item_groups,
        masters.manufacturers,
        masters.item_fields,
    ):
        read()
    masters.states("US")
    masters.item_group(100)
    masters.is_open(date(2026, 11, 21))
    masters.without_rate(date(2026, 11, 21))
    setting_up.check(company)
    product = ProductEndpoint(company, {})
    for source in product.sources:
        list(product.changes(source, {"at": "2026-11-20T12:00:00"}))
    product.ranges(3, 1)
    list(product.within({"after": "A", "to": "B"}))
    product.read(["A"])
    product.find([Probe("1", {"code": "A", "barcode": "4"})])
    for facts in (True, False):
        product.browse(Criteria(("A", "B"), ("100", "101"), "x"), "A", 50, facts=facts)
    product.briefs(["A"])
    product.count(Criteria(("A", "B"), ("100", "101"), "x"))
    product.mirror(["A"], marked=True)
    list(ProductEndpoint(company, {"convert_prices": "tax"}).changes(product.sources[0], None))
    stock = InventoryEndpoint(company, {"locations": {"01": "L1"}})
    list(stock.changes(stock.sources[0], None))
    stock.ranges(3, 1)
    list(stock.within({"after": "A", "to": "B"}))
    stock.read(["A@01"])
    customers = CustomerEndpoint(company, {})
    customers.find([Probe("1", {"email": "a@example.com", "phone": "1"})])
    customers.read(["C1"])
    orders = OrderEndpoint(company, {})
    orders.find([Probe("1", {"number": "#1"})])
    orders.read(["1"])
    orders.write([Step("cancel", "1", {}, target_id="1")])
    return listener.calls


def names_of(call: Call) -> set[str]:
    """The properties that the options of a call name."""
    options = dict(parse_qsl(call.query))
    selected = options.get("$select", "").split(",")
    ordered = [part.removesuffix(" desc") for part in options.get("$orderby", "").split(",")]
    filtered = _WORDS.sub(" ", options.get("$filter", "")).split()
    return {name for name in (*selected, *ordered, *filtered) if name}


def test_every_set_and_service_that_is_asked_exists(asked: list[Call], metadata: Metadata) -> None:
    names = {re.split(r"[(/]", unquote(call.path).removeprefix("/b1s/v2/"))[0] for call in asked}
    assert {"Items", "Orders", "Drafts", "WeightMeasures", "Manufacturers", "CompanyService_GetAdminInfo"} <= names
    assert names - set(metadata.sets) - metadata.operations == set()


def test_every_property_that_is_selected_filtered_or_ordered_by_exists(asked: list[Call], metadata: Metadata) -> None:
    checked = 0
    for call in asked:
        entity_set = re.split(r"[(/]", call.path.removeprefix("/b1s/v2/"))[0]
        if entity_set in metadata.sets and call.method == "GET":
            unknown = names_of(call) - OURS - set(metadata.types[metadata.sets[entity_set]])
            assert unknown == set(), call.query
            checked += 1
    assert checked > 20


@pytest.mark.parametrize(
    ("shape", "type_name"),
    [
        (shapes.ITEM, "Item"),
        (shapes.STOCK, "Item"),
        (shapes.PARTNER, "BusinessPartner"),
        (shapes.ORDER, "Document"),
        (shapes.DRAFT, "Document"),
    ],
)
def test_every_property_that_is_kept_exists(shape: shapes.Shape, type_name: str, metadata: Metadata) -> None:
    body = {name: [dict.fromkeys(below, None)] for name, below in shape.items() if below}
    assert [path for path in metadata.unknown(type_name, body) if not path.endswith("=None")] == []
    assert set(shape) <= set(metadata.types[type_name])


def test_every_property_of_a_partner_that_is_sent_exists(
    make_customer: Make, make_address: Make, metadata: Metadata
) -> None:
    place = make_address(address2="x", company="x", province_code="BY")
    record = make_customer(note="x", addresses=[place])
    rules = PartnerRules("demo", group=100, payment_terms=1, foreign=True)
    states = {"DE": frozenset({"BY"})}
    for one in (rules, replace(rules, series=71)):
        body, _ = partner.new(record, "gid://shopify/Customer/1", one, states)
        assert list(metadata.unknown("BusinessPartner", body)) == []
    there = {"BPAddresses": [{"AddressType": "bo_ShipTo", "AddressName": "Shop 501", "RowNum": 0}]}
    body, _ = partner.change(record, "gid://shopify/Customer/1", frozenset(record), there, rules, states)
    assert list(metadata.unknown("BusinessPartner", body)) == []
    assert {"CardName", "BPAddresses", "U_HubRef"} <= set(body)


def test_every_property_of_an_item_that_is_sent_exists(metadata: Metadata) -> None:
    record = make_product(description="x", vendor="Acme", product_type="Mugs", barcode="4", weight="1")
    rules = ItemRules(
        "demo",
        references=frozenset({"U_HubRef", "U_HubTemplate"}),
        groups={"Mugs": 101},
        manufacturers={"Acme": 1},
        units={3: Decimal(1)},
    )
    new = item_input.new(record, KEY, None, rules).body
    change = item_input.change(record, None, {}, rules).body
    for body in (new, change):
        assert list(metadata.unknown("Item", body)) == []
        assert len(body) > 8


def test_every_property_of_an_item_that_is_read_for_a_field_exists(metadata: Metadata) -> None:
    names = {name for group in shapes.ITEM_FIELDS.values() for name in group} | {"SalesVATGroup"}
    assert names - set(metadata.types["Item"]) == set()


@pytest.mark.parametrize("as_freight", [True, False])
@pytest.mark.parametrize("gross", [True, False])
def test_every_property_of_a_document_that_is_sent_exists(  # noqa: PLR0917
    make_order: Make,
    make_line: Make,
    make_charge: Make,
    make_address: Make,
    make_rules: Callable[..., OrderRules],
    metadata: Metadata,
    as_freight: bool,
    gross: bool,
) -> None:
    place = make_address(address2="x", company="x", province_code="BY")
    record = make_order(
        [make_line("25.70", 3, tax="4.10")],
        [make_charge("4.90", tax="0.78")],
        customer=None,
        note="x",
        source="web",
        email="a@example.com",
        discount_codes=["X"],
        billing=place,
        shipping=place,
        taxes_included=gross,
    )
    rules = make_rules(tax_as_freight=as_freight, payment_terms=1, branches={"01": 1})
    day = date(2026, 11, 21)
    draft = build(record, "gid://shopify/Order/1", rules, placed=day, today=day, states={"DE": frozenset({"BY"})})
    body = with_rounding(draft.document, Decimal("0.01"), rules)
    assert list(metadata.unknown("Document", body)) == []
    assert len(body) > 15


def test_every_property_of_our_fields_exists(metadata: Metadata) -> None:
    for one in FIELDS:
        assert list(metadata.unknown("UserFieldMD", one.body())) == []


def test_every_field_that_is_masked_exists_or_is_ours(metadata: Metadata) -> None:
    known = {name for properties in metadata.types.values() for name in properties}
    assert privacy.PERSONAL - known - OURS == set()
    assert "U_HubEmail" in privacy.PERSONAL


def test_the_check_finds_a_name_that_does_not_exist(metadata: Metadata) -> None:
    """The negative control: what the tests above rely on does find something."""
    body = {"CardCod": 1, "PriceMode": "pmdBruto", "DocumentLines": [{"Itemcode": "A"}]}
    assert list(metadata.unknown("Document", body)) == [
        "Document.CardCod",
        "Document.PriceMode=pmdBruto",
        "DocumentLines/DocumentLine.Itemcode",
    ]
