"""A new record's preview names exactly the fields that the other side then receives, with exactly these values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub import planning
from hub.store.job import Request
from hub.store.plans import Plan, PlanStep
from hub.store.runs import Run
from hub.sync.base import is_empty, normal
from hub.working import see_through
from tests.acceptance import company
from tests.acceptance.stage import Stage, between

TO_ERP, TO_SHOP = "shop_to_erp", "erp_to_shop"
BOTH = (TO_ERP, TO_SHOP)
OWNERS = {(TO_ERP,): ("shop", "shop"), (TO_SHOP,): ("erp", "erp")}
ITEMS, CLOTHING = 100, 101
#: Fields of the integration's own: one of the variant, one of the product around it.
CUSTOM = [
    {"name": "material", "shop": "variant.specs.material", "erp": "U_Material", "type": "text", "owner": "erp"},
    {"name": "pieces", "shop": "product.specs.pieces", "erp": "U_Pieces", "type": "integer", "owner": "shop"},
]
USER_FIELDS = (
    {"TableName": "OITM", "Name": "Material", "Type": "db_Alpha", "Size": 10, "Description": "x"},
    {"TableName": "OITM", "Name": "Pieces", "Type": "db_Numeric", "Size": 11, "Description": "x"},
)
METAFIELDS = {("specs", "material"): "custom.material", ("specs", "pieces"): "custom.pieces"}
#: What the ERP calls what the preview names; None: the same for every record, so that no preview names it.
ITEM = {
    "ItemCode": "code",
    "ItemName": "title",
    "User_Text": "description",
    "Manufacturer": "vendor",
    "ItemsGroupCode": "product_type",
    "BarCode": "barcode",
    "VatLiable": "taxable",
    "SalesUnitWeight": "weight",
    "SalesWeightUnit": None,
    "ItemPrices": "price",
    "InventoryItem": "tracked",
    "SalesItem": None,
    "U_Material": "custom.material",
    "U_Pieces": "custom.pieces",
    "U_HubRef": "cross_reference",
    "U_HubTemplate": None,
}
PARTNER = {
    "CardCode": "code",
    "EmailAddress": "email",
    "Phone1": "phone",
    "FreeText": "note",
    "BilltoDefault": "default_address",
    "U_HubRef": "cross_reference",
    "GroupCode": "customer_group",
    "PayTermsGrpCode": "payment_terms",
}
ADDRESS = {
    "AddressName": "id",
    "AddressType": "",
    "AddressName2": "last_name",
    "AddressName3": "company",
    "Street": "address1",
    "Block": "address2",
    "ZipCode": "zip",
    "City": "city",
    "State": "province_code",
    "Country": "country_code",
}
GROUPS = {ITEMS: "Items", CLOTHING: "Clothing"}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Shop and ERP in step, and lists of the ERP that know what the new records name."""
    with between(tmp_path / "home", company.world()) as made:
        made.erp.do("item_groups", name="Clothing")
        made.erp.do("manufacturers", name="Acme")
        yield made


def configure(
    stage: Stage,
    *directions: str,
    fields: dict[str, Any] | None = None,
    customer_fields: dict[str, Any] | None = None,
    **settings: Any,
) -> None:
    """Carry products in these directions."""
    content = yaml.safe_load(company.file(**{"default_item_group": ITEMS, **settings}))
    content["routes"] = [one for one in content["routes"] if one["object"] != "product"]
    content["routes"] += [{"object": "product", "direction": direction, "policy": "all"} for direction in directions]
    # What goes one way only can be owned by its source alone.
    owners = dict(zip(("erp", "shop"), OWNERS.get(directions, ("erp", "shop")), strict=True))
    custom = [{**one, "owner": owners[one["owner"]]} for one in CUSTOM]
    own = {"vendor": owners["shop"], "custom": custom, **(fields or {})}
    content["fields"] = {"product": own, "customer": customer_fields or {}}
    stage.apply(yaml.safe_dump(content))
    connection = stage.hub.connect(stage.hub.connections.get(stage.integration.erp_id))
    try:
        connection.set_up()
        for field in USER_FIELDS:
            connection.company.layer.create("UserFieldsMD", field, repeatable=True)  # type: ignore[attr-defined]
    finally:
        connection.close()
    stage.erp.do("restart")


def add_item(stage: Stage) -> None:
    stage.erp.do(
        "items",
        ItemCode="NEW",
        ItemName="Shirt, long",
        User_Text="Warm.\nAnd soft.",
        ItemsGroupCode=CLOTHING,
        BarCode="4006381333931",
        SalesUnitWeight="0.25",
        VatLiable="tNO",
        ItemPrices=[{"PriceList": 1, "Price": "19.90", "Currency": "EUR"}],
        U_Material="wool",
        U_Pieces=3,
    )


def add_product(stage: Stage, **more: Any) -> None:
    given = {
        "title": "Shirt, long",
        "sku": "NEW",
        "price": "19.90",
        "barcode": "4006381333931",
        "description": "<p>Warm.</p>",
        "vendor": "Acme",
    }
    made = stage.shop.do("products", **{**given, **more})
    weight = {"measurement": {"weight": {"unit": "GRAMS", "value": 250}}}
    material = {"namespace": "specs", "key": "material", "type": "single_line_text_field", "value": "wool"}
    pieces = {"namespace": "specs", "key": "pieces", "type": "number_integer", "value": "3"}
    for identity, fields in (
        (made["id"], {"metafields": [pieces]}),
        (made["variants"][0], {"inventoryItem": weight, "taxable": False, "metafields": [material]}),
    ):
        stage.shop.do("edit", id=identity, fields=fields)


def run(stage: Stage, request: Request) -> Run:
    stage.later()
    done = see_through(stage.hub, stage.hub.jobs.put(request, stage.hub.clock()))
    assert done.state == "done", done.error
    return done


def previewed(stage: Stage, name: str, direction: str) -> tuple[Plan, PlanStep]:
    """The plan of a first load, and its one step that makes a record."""
    route = stage.hub.routes.find(stage.integration.id, name, direction)
    run(stage, Request(route.id, "initialize", "initialize", "ann", mode="preview"))
    (plan,) = stage.hub.plans.newest([route.id], kind="preview", limit=1)
    (step,) = [
        one for one in stage.hub.plans.steps(plan.id, actions=["create"]) if name == "customer" or one.label == "NEW"
    ]
    return plan, step


def applied(stage: Stage, plan: Plan, step: PlanStep) -> dict[str, Any]:
    """Carry a plan out; answers the body of the one call that made the record of a step."""
    route = stage.hub.routes.get(plan.route_id)
    stage.later()
    see_through(stage.hub, planning.apply(stage.hub, plan, route))
    assert stage.hub.plans.get(plan.id).state == "applied"
    (carried,) = [one for one in stage.hub.plans.steps(plan.id, actions=["create"]) if one.key == step.key]
    assert carried.outcome == "done", [(one.cause, one.text) for one in stage.hub.failures.select([route.id])]
    (message,) = [one for one in stage.messages(route.object) if (one.source_id, one.action) == (step.key, "create")]
    (attempt,) = stage.detail(message.id).attempts
    (sent,) = [one for one in attempt.exchanges if one.writes]
    assert sent.request is not None and sent.request.text is not None
    body: dict[str, Any] = json.loads(sent.request.text, parse_float=Decimal)
    return body


def settled(stage: Stage, directions: tuple[str, ...]) -> None:
    """What was given to a new record and belongs to the other side is no edit of either: nothing more is written."""
    routes = [stage.hub.routes.find(stage.integration.id, "product", direction) for direction in directions]
    for route in routes:
        run(stage, Request(route.id, "initialize", "initialize", "ann"))
    before = stage.writes()
    for route in routes:
        done = run(stage, Request(route.id, "full", "sync now", "ann"))
        assert done.counts["updated"] == 0
        assert "NEW" not in [one.label for one in stage.hub.failures.select([route.id])]
    assert stage.writes() == before


def told(step: PlanStep) -> dict[str, Any]:
    """What a step says, values as they are compared; everything in it is new."""
    assert step.diff is not None
    assert all(both["old"] is None for both in step.diff.values())
    return comparable({name: both["new"] for name, both in step.diff.items()})


def comparable(values: dict[str, Any]) -> dict[str, Any]:
    numbers = ("price", "weight")
    plain = {name: Decimal(str(value)) if name in numbers else value for name, value in values.items() if value}
    return {name: normal(value) for name, value in (plain | falsehoods(values)).items()}


def falsehoods(values: dict[str, Any]) -> dict[str, Any]:
    """What is said to be untrue is said all the same."""
    return {name: value for name, value in values.items() if not value and not is_empty(value)}


def of_shop(given: dict[str, Any]) -> dict[str, Any]:
    """What the input of `productSet` gives, by the names of the preview; an unknown field is an error."""
    given = dict(given)
    (variant,) = given.pop("variants")
    item = variant.pop("inventoryItem")
    values = {METAFIELDS[one["namespace"], one["key"]]: one["value"] for one in given.pop("metafields", [])}
    values |= {METAFIELDS[one["namespace"], one["key"]]: one["value"] for one in variant.pop("metafields", [])}
    assert given.pop("productOptions") and variant.pop("optionValues")
    if "measurement" in item:
        assert item["measurement"]["weight"]["unit"] == "KILOGRAMS"
        values["weight"] = item.pop("measurement")["weight"]["value"]
    names = {"descriptionHtml": "description", "productType": "product_type", "sku": "code"}
    values |= {names.get(name, name): value for name, value in (given | variant | item).items()}
    html = values.get("description") or ""
    values["description"] = html.replace("<p>", "").replace("</p>", "").replace("<br>", "\n").replace("<br/>", "\n")
    return values


def of_item(body: dict[str, Any]) -> dict[str, Any]:
    """What the body of a new item gives, by the names of the preview; an unknown field is an error."""
    values = {ITEM[name]: value for name, value in body.items() if ITEM[name]}
    values["tracked"] = values["tracked"] == "tYES"
    if "taxable" in values:
        values["taxable"] = values["taxable"] == "tYES"
    if "product_type" in values:
        values["product_type"] = GROUPS[values["product_type"]]
    if "vendor" in values:
        values["vendor"] = "Acme"
    if "price" in values:
        (row,) = values["price"]
        assert (row["PriceList"], row["Currency"]) == (1, "EUR")
        values["price"] = row["Price"]
    return values


@pytest.mark.parametrize("directions", [(TO_SHOP,), BOTH], ids=["one way", "both ways"])
@pytest.mark.parametrize(
    "fields",
    [{}, {"description": False, "product_type": False}, {"title": False, "taxable": "erp"}],
    ids=["as it is", "less", "no title"],
)
def test_a_new_product_of_the_shop(stage: Stage, directions: tuple[str, ...], fields: dict[str, Any]) -> None:
    configure(stage, *directions, fields=fields, new_product_status="DRAFT")
    add_item(stage)
    plan, step = previewed(stage, "product", TO_SHOP)
    sent = applied(stage, plan, step)
    assert told(step) == comparable(of_shop(sent["variables"]["input"]))
    assert {"code", "title", "price", "status", "handle", "tracked"} <= told(step).keys()
    assert told(step)["title"] == "Shirt, long"
    settled(stage, directions)


@pytest.mark.parametrize("directions", [(TO_ERP,), BOTH], ids=["one way", "both ways"])
@pytest.mark.parametrize(
    "fields",
    [{}, {"description": False, "product_type": False}, {"title": False}],
    ids=["as it is", "less", "no title"],
)
@pytest.mark.parametrize("group", ["Clothing", "Hats"], ids=["group of its type", "default group"])
def test_a_new_item(stage: Stage, directions: tuple[str, ...], fields: dict[str, Any], group: str) -> None:
    configure(stage, *directions, fields=fields)
    add_product(stage, group=group)
    plan, step = previewed(stage, "product", TO_ERP)
    sent = applied(stage, plan, step)
    assert told(step) == comparable(of_item(sent))
    assert {"code", "title", "product_type", "tracked", "cross_reference"} <= told(step).keys()
    settled(stage, directions)


@pytest.mark.parametrize(("vendor", "refused"), [("Acme", ""), ("Nobody", "INVALID_FIELD")])
def test_what_the_erp_would_refuse_before_anything_is_sent_is_refused_in_the_preview(
    stage: Stage, vendor: str, refused: str
) -> None:
    configure(stage, TO_ERP)
    add_product(stage, vendor=vendor)
    route = stage.hub.routes.find(stage.integration.id, "product", TO_ERP)
    before = stage.writes()
    done = run(stage, Request(route.id, "initialize", "initialize", "ann", mode="preview"))
    assert done.causes == ({refused: 1} if refused else {})
    (plan,) = stage.hub.plans.newest([route.id], kind="preview", limit=1)
    (step,) = [one for one in stage.hub.plans.steps(plan.id) if one.label == "NEW"]
    assert (step.action, step.cause) == (("refuse", refused) if refused else ("create", ""))
    assert (stage.writes(), stage.hub.failures.select([route.id])) == (before, [])


def test_a_plan_that_would_give_a_new_record_something_else_by_now_is_stale(stage: Stage) -> None:
    configure(stage, TO_ERP, fields={"product_type": "shop"})
    add_product(stage, group="Hats")
    plan, step = previewed(stage, "product", TO_ERP)
    assert told(step)["product_type"] == "Items"
    stage.erp.do("item_groups", name="Hats")
    stage.later(3600)
    route = stage.hub.routes.get(plan.route_id)
    see_through(stage.hub, planning.apply(stage.hub, plan, route))
    outcomes = {one.label: one.outcome for one in stage.hub.plans.steps(plan.id, actions=["create"])}
    assert outcomes["NEW"] == "stale"
    assert "NEW" not in [row["ItemCode"] for row in stage.erp.ask("state/items")]


@pytest.mark.parametrize(
    ("first_name", "firm", "less"),
    [("Ann", "", False), ("Ann", "Acme Ltd", True), ("", "Acme Ltd", False), ("", "", False)],
    ids=["person", "person of a firm, less fields", "firm", "nameless"],
)
def test_a_new_partner(stage: Stage, first_name: str, firm: str, less: bool) -> None:
    customer_fields = {"note": False, "addresses": False} if less else {}
    configure(stage, TO_SHOP, customer_fields=customer_fields, customer_group=ITEMS, payment_terms=1)
    address = {"address1": "Main Street 1", "city": "Berlin", "zip": "10115", "country_code": "DE", "company": firm}
    person = {"first_name": first_name, "last_name": "Berg" if first_name else ""}
    stage.shop.do(
        "customers", **person, email="ann@example.com", note="Rings twice.", addresses=[{**person, **address}]
    )
    plan, step = previewed(stage, "customer", TO_ERP)
    sent = applied(stage, plan, step)
    says = told(step)
    assert says == of_partner(sent, says)
    assert {"code", "email", "cross_reference", "customer_group", "payment_terms"} <= says.keys()
    assert ("note" in says, "addresses" in says) == (not less, not less)


def of_partner(body: dict[str, Any], says: dict[str, Any]) -> dict[str, Any]:
    """What the body of a new partner gives, by the names of the preview; an unknown field is an error."""
    body = dict(body)
    assert (body.pop("CardType"), body.pop("U_HubTemplate")) == ("cCustomer", company.NAME)
    name = body.pop("CardName")
    # One name is what two of the shop's became: they are those that are told.
    assert name == " ".join(says.get(part, "") for part in ("first_name", "last_name", "company")).strip() or (
        name == body["EmailAddress"]
    )
    values = {part: says[part] for part in ("first_name", "last_name", "company") if part in says}
    rows = body.pop("BPAddresses", [])
    shipped = [row for row in rows if row["AddressType"] == "bo_ShipTo"]
    assert [row for row in rows if row not in shipped] == [{**row, "AddressType": "bo_BillTo"} for row in shipped]
    if rows:
        assert body.pop("ShipToDefault") == body["BilltoDefault"]
        parts = {ADDRESS[key]: "" for key in ADDRESS if ADDRESS[key]}
        values["addresses"] = [
            {**parts, **{ADDRESS[key]: value for key, value in row.items() if ADDRESS[key]}} for row in shipped
        ]
    return comparable(values | {PARTNER[key]: value for key, value in body.items()})
