"""Recorded exchanges with real shops, replayed: the same request is answered in the same shape, or refused alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.shopify.client import Shop
from tests.sandbox.shopify.replay import Replay

Replays = Callable[[str], Replay]


@pytest.fixture
def replay(shop: Shop, reference: Path) -> Replays:
    return lambda file: Replay(shop, reference, file)


CUSTOMER_CASES = {
    "customer/2025-01-dev-customer-email-normalization.json": [
        "cases/createSanitized",
        "cases/duplicateCreate",
        *(f"cases/invalid{name}" for name in ("FooAt", "AtDomain", "NoDotDomain", "DoubleAt")),
        "cases/tooLongCreate",
        "cases/updateSanitized",
        "cases/customerSetSanitized",
        "cases/customerSetDuplicate",
        "cases/customerSetInvalid",
        "cases/customerSetTooLong",
    ],
    "customer/2025-01-dev-customer-phone-normalization.json": [
        *(
            "createFormatted",
            "duplicateNormalized",
            "updateSetup",
            "updateFormatted",
            "invalid",
            "tooLong",
            "setInvalid",
        ),
    ],
    "customer/2025-01-dev-customer-create-name-identity.json": [
        *(f"scenarios/{name}/create" for name in ("firstNameOnly", "lastNameOnly", "blankInput")),
    ],
    "customer/2026-04-dev-customer-set-parity.json": [
        *("mutation", "update", "upsert", "updateByEmail", "clearAddresses", "phoneUpsert", "phoneUpdate"),
        "multiAddressReplacement",
        *(
            f"validation/{name}"
            for name in (
                *("missingIdentity", "unknownId", "unknownIdWithCode", "idNotAllowed/byId", "idNotAllowed/byEmail"),
                *("idNotAllowed/byPhone", "duplicateEmail", "duplicatePhone", "missingIdentifierEmail"),
                "mismatchedIdentifierEmail",
            )
        ),
    ],
    "customer/2026-04-dev-customer-set-unknown-id-errors.json": ["cases/unknownId"],
    "customer/2026-04-dev-customer-set-email-upsert-when-id-absent.json": ["cases/emailCreate"],
    "customer/2025-01-dev-customer-tag-note-limits-parity.json": ["commaSplit", "caseDedupe"],
}


@pytest.mark.parametrize("file", CUSTOMER_CASES)
def test_writes_of_customers(replay: Replays, file: str) -> None:
    played = replay(file)
    for path in CUSTOMER_CASES[file]:
        assert played.differs(path) == []


PRODUCT_CASES = {
    "product/2026-04-dev-product-create-parity.json": [
        *("mutation", "validation", "handleValidation/createNormalization"),
        "handleValidation/createWhitespaceNormalization",
    ],
    "product/2025-01-dev-product-set-duplicate-variants-parity.json": ["mutation"],
    "product/2025-01-dev-product-set-options-only-requires-variants.json": ["mutation"],
    "product/2026-04-dev-product-set-id-not-allowed.json": ["idNotAllowed", "missingIdentifier"],
    "product/2025-01-dev-product-set-input-length-validation.json": [
        *(f"scenarios/{name}" for name in ("tooLongTitle", "tooLongVendor", "tooLongProductType"))
    ],
    "product/2025-01-dev-tags-normalization-parity.json": [
        f"tagNormalization/{name}/{part}"
        for name in (
            "commaStringAdd",
            "commaListElementAdd",
            "caseVariantAdd",
            "caseVariantRemove",
            "singleStringRemove",
        )
        for part in ("setup", "mutation")
    ],
}


@pytest.mark.parametrize("file", PRODUCT_CASES)
def test_writes_of_products(replay: Replays, file: str) -> None:
    played = replay(file)
    for path in PRODUCT_CASES[file]:
        assert played.differs(path) == []


def test_an_asynchronous_product_set(replay: Replays) -> None:
    played = replay("product/2025-01-dev-product-set-async-operation-parity.json")
    assert played.differs("mutation") == []
    played.shop.clock.advance(seconds=1)
    number = played.translate(played.case("operationRead/variables/id"))
    text = """query($id: ID!) { productOperation(id: $id) { __typename status product { id title handle }
        ... on ProductSetOperation { id userErrors { field message code } } } }"""
    assert played.differs("operationRead", text=text) == []
    assert number.startswith("gid://shopify/ProductSetOperation/")


def test_partial_updates_of_variants_and_the_order_of_their_errors(replay: Replays) -> None:
    played = replay("product/2026-04-dev-product-variants-bulk-update-allow-partial-and-error-order.json")
    made = played.shop.control(
        "products",
        title="Bulk Variant Partial Update",
        variants=[
            {"sku": "PVBU-RED", "option": "Red", "price": 10},
            {"sku": "PVBU-BLUE", "option": "Blue", "price": 11},
        ],
    )
    variables = played.case("partialRead/request/variables")
    played.ids[variables["productId"]] = made["id"]
    played.ids[variables["redVariantId"]], played.ids[variables["blueVariantId"]] = made["variants"]
    head = "mutation($productId: ID!, $variants: [ProductVariantsBulkInput!]!"
    for path, more in (("partialUpdate", "allowPartialUpdates: true"), ("errorOrdering", "")):
        text = f"""{head}) {{ productVariantsBulkUpdate(productId: $productId, variants: $variants {more}) {{
            productVariants {{ id {"sku price" if more else ""} }} userErrors {{ field message code }} }} }}"""
        assert played.differs(path, text=text) == []
    red = played.shop.variant("PVBU-901935-RED-PARTIAL")
    assert str(red["price"]) == "9.99"


INVENTORY = "inventory/2026-04-dev-inventory"


def _stocked(played: Replay, recorded_item: str, *recorded_places: str, stock: int = 0) -> None:
    """An item of ours for a recorded one, with stock at the first of the recorded locations."""
    made = played.shop.control("products", title=recorded_item, sku=recorded_item, stock={"L1": stock})
    played.ids[recorded_item] = played.shop.variant(recorded_item)["inventory_item"]
    assert made["variants"]
    for place, code in zip(recorded_places, ("L1", "L2"), strict=False):
        played.ids[place] = played.shop.location(code)


def test_the_contract_of_inventory_set_quantities(replay: Replays) -> None:
    played = replay(f"{INVENTORY}-quantity-contracts-2026-04.json")
    row = played.case("inventorySetQuantities/variables/input/quantities/0")
    _stocked(played, row["inventoryItemId"], row["locationId"])
    head = "mutation($input: InventorySetQuantitiesInput!, $idempotencyKey: String!)"
    selection = """{ inventoryAdjustmentGroup { id createdAt reason referenceDocumentUri
        changes { name delta quantityAfterChange item { id } location { id name } } }
        userErrors { field message code } }"""
    text = f"{head} {{ inventorySetQuantities(input: $input) @idempotent(key: $idempotencyKey) {selection} }}"
    bare = text.replace("@idempotent(key: $idempotencyKey)", "").replace(", $idempotencyKey: String!", "")
    assert played.differs("inventorySetQuantities", text=text) == []
    assert played.differs("missingSetIdempotency", text=bare) == []
    assert played.differs("missingSetChangeFromQuantity", text=text) == []
    assert played.differs("legacySetShape", text=text, whole=True) == []
    assert played.differs("unknownIdValidation/setUnknownInventoryItem", text=text) == []
    assert played.differs("unknownIdValidation/setUnknownLocation", text=text) == []
    adjust = text.replace("SetQuantities", "AdjustQuantities").replace("setQuantities", "adjustQuantities")
    assert played.differs("inventoryAdjustQuantities", text=adjust) == []
    keyless = adjust.replace("$idempotencyKey)", '"k")').replace(", $idempotencyKey: String!", "")
    assert played.differs("missingAdjustChangeFromQuantity", text=keyless) == []
    assert "7/0/7" in played.shop.levels().values()


def test_the_bounds_and_names_of_quantities(replay: Replays) -> None:
    for file, cases in (
        ("SetQuantities-quantity-bounds", ("onHandNegative", "availableTooLow", "availableNegativeWithinBounds")),
        ("SetQuantities-name-validation", ("damaged", "committed", "onHand", "availableTooHigh", "duplicatePair")),
    ):
        played = replay(f"{INVENTORY}{file}.json")
        for case in cases:
            row = played.case(f"cases/{case}/variables/input/quantities/0")
            _stocked(played, row["inventoryItemId"], row["locationId"])
            assert played.differs(f"cases/{case}") == []


def test_the_reasons_of_an_adjustment(replay: Replays) -> None:
    played = replay(f"{INVENTORY}-reason-validation.json")
    accepted = played.case("acceptedReasonCases")
    first = next(iter(accepted.values()))["variables"]["input"]["quantities"][0]
    _stocked(played, first["inventoryItemId"], first["locationId"], stock=1)
    for reason in accepted:
        assert played.differs(f"acceptedReasonCases/{reason}") == []
    assert played.differs("invalidReasonCases/unknownReasonAdjust") == []


def test_zero_deltas_change_nothing(replay: Replays) -> None:
    played = replay(f"{INVENTORY}-adjust-zero-delta-noop.json")
    rows = played.case("mixedZeroAndNonzero/variables/input/changes")
    for row in rows:
        _stocked(played, row["inventoryItemId"], row["locationId"])
    text = """mutation($input: InventoryAdjustQuantitiesInput!, $idempotencyKey: String!) {
        inventoryAdjustQuantities(input: $input) @idempotent(key: $idempotencyKey) {
          inventoryAdjustmentGroup { reason referenceDocumentUri
            changes { name delta quantityAfterChange item { id } location { id } } }
          userErrors { field message } } }"""
    assert played.differs("allZero", text=text) == []
    assert played.differs("mixedZeroAndNonzero", text=text) == []


def test_activating_with_a_quantity(replay: Replays) -> None:
    played = replay(f"{INVENTORY}-activate-on-hand.json")
    places = ("gid://shopify/Location/106318430514", "gid://shopify/Location/106318463282")
    for setup in ("activateProduct", "conflictProduct", "outOfRangeProduct"):
        item = played.case(f"setup/{setup}")["inventoryItemId"]
        _stocked(played, item, *places)
    played.shop.control("edit", id=played.shop.location("L2"), fields={"name": "My Custom Location"})
    for case in ("activateOnHand", "activateOnHandRead", "availableOnHandConflict", "alreadyActiveOnHand"):
        assert played.differs(f"cases/{case}") == []


def test_finding_inventory_items(replay: Replays) -> None:
    played = replay("inventory/2025-01-dev-inventory-connection-query-windowing.json")
    place = "gid://shopify/Location/113977622834"
    played.ids[place] = played.shop.location("L1")
    assert played.differs("operations/productSet") == []
    played.shop.control(
        "edit",
        id=played.shop.variant("INV-CONN-1784166496235-BETA")["id"],
        fields={"inventoryItem": {"tracked": False}},
    )
    ours, recorded = played.run("operations/itemsQuery")
    for alias in ("skuMatch", "trackedFalse"):
        assert len(ours["data"][alias]["nodes"]) == len(recorded["data"][alias]["nodes"]) == 1
    mine, theirs = ours["extensions"]["search"], recorded["extensions"]["search"]
    assert [one["warnings"] for one in mine] == [one["warnings"] for one in theirs]
    assert [one["path"] for one in mine] == [one["path"] for one in theirs]
    assert mine[0]["parsed"] == theirs[0]["parsed"]


VALIDATORS = (
    *("nodesInsteadOfEdges", "ordersNodesInsteadOfEdges", "topLevelNode", "depthThreeNesting", "sixConnections"),
    *("nestedWithoutParentId", "invalidOperationType", "connectionWithinList"),
)


@pytest.mark.parametrize("case", VALIDATORS)
def test_bulk_queries_that_cannot_be(replay: Replays, case: str) -> None:
    assert replay("bulk/2026-04-dev-bulk-operation-run-query-validators.json").differs(f"validations/{case}") == []


def test_bulk_queries_without_anything_to_read(replay: Replays) -> None:
    played = replay("bulk/2026-04-dev-bulk-operation-run-query-user-error-codes.json")
    assert played.differs("validations/noConnectionWithCode") == []
    assert played.differs("validations/emptyQuery") == []


def test_a_sixth_bulk_query_has_to_wait(replay: Replays) -> None:
    played = replay("bulk/2026-04-dev-bulk-operation-run-query-concurrency-limit.json")
    for place in range(5):
        assert played.differs(f"successfulRuns/{place}") == []
    assert played.differs("sixthRun") == []
    played.run("cancelAttempts/0")


def test_a_grouped_bulk_query_from_start_to_end(replay: Replays) -> None:
    played = replay("bulk/2026-04-dev-bulk-operation-run-query-group-objects.json")
    for run in ("runQueryGroupObjectsTrue", "runQueryGroupObjectsDefault"):
        assert played.differs(f"runs/{run}/run") == []
        assert played.differs(f"runs/{run}/statusPolls/0") == []
        played.shop.clock.advance(seconds=1)
        last = len(played.case(f"runs/{run}")["statusPolls"]) - 1
        ours, recorded = played.run(f"runs/{run}/statusPolls/{last}")
        done, theirs = ours["data"]["bulkOperation"], recorded["data"]["bulkOperation"]
        assert (done["status"], done["objectCount"]) == (theirs["status"], "4")
        assert {key: type(one) for key, one in done.items()} == {key: type(one) for key, one in theirs.items()}


BASE_CASES = (
    *("invalidSyntax", "missingSubselection", "missingRequiredVariable", "missingRequiredArgument"),
    *("unknownQueryRoot", "unknownProductField", "unknownOrderField"),
)


@pytest.mark.parametrize("case", BASE_CASES)
def test_documents_that_cannot_be_run(replay: Replays, case: str) -> None:
    """Sent as they are, for it is the wrong fields that count."""
    played = replay("errors/2025-01-dev-graphql-base-validation-unhappy-paths.json")
    recorded = played.case(f"cases/{case}")
    ours = played.shop.answer(recorded["request"]["query"], **recorded["request"]["variables"])
    theirs = recorded["response"]["payload"]
    assert ours["errors"] == theirs["errors"]
    assert ours.get("data") == theirs.get("data")


def test_a_document_with_a_wrong_literal(replay: Replays) -> None:
    played = replay("product/2026-04-dev-product-delete-parity.json")
    for case, value in (("inlineMissingId", "{}"), ("inlineNullId", "{id: null}")):
        [recorded] = played.case(f"invalidInput/{case}/response/errors")
        [error] = played.shop.answer(f"mutation {{ productDelete(input: {value}) {{ deletedProductId }} }}")["errors"]
        assert (error["message"], error["path"]) == (recorded["message"], recorded["path"])
        assert error["extensions"]["code"] == recorded["extensions"]["code"]


def test_the_code_of_an_error_without_one(replay: Replays) -> None:
    played = replay("inventory/2026-04-dev-inventory-deactivate-validation-2026-04.json")
    [recorded] = played.case("inventoryActivateCodeSelection/response/payload/errors")
    name = "InventoryDeactivateValidationActivateCodeSelection"
    call = 'inventoryActivate(inventoryItemId: "", locationId: "") @idempotent(key: "k")'
    text = f"mutation {name} {{ {call} {{ userErrors {{ code }} }} }}"
    [error] = played.shop.answer(text)["errors"]
    assert {key: error[key] for key in ("message", "path", "extensions")} == {
        key: recorded[key] for key in ("message", "path", "extensions")
    }


def test_an_unknown_location(replay: Replays) -> None:
    assert replay("errors/2026-04-dev-by-id-not-found-read.json").differs("cases/storeProperties") == []


def test_an_order_that_was_partly_refunded(replay: Replays) -> None:
    """The recorded refund of one of several units with its carriage, made here by the control API."""
    played = replay("order/2025-01-dev-refund-create-partial-shipping-restock-parity.json")
    shop = played.shop
    shop.control(
        "orders",
        name="#1495",
        lines=[{"title": "Item", "custom": True, "unit_price": 10, "quantity": 2}],
        shipping_lines=[{"price": 5}],
        gateway="manual",
    )
    line = [{"line": 0, "quantity": 1, "restock": "RETURN", "location": "L1"}]
    shop.control("refund", order="#1495", lines=line, shipping=5, note="partial line item and shipping refund")
    recorded = played.case("downstreamRead/variables/id")
    played.ids[str(recorded)] = shop.order_state("#1495")["id"]
    assert played.differs("downstreamRead") == []
    order, theirs = played.data["order"], played.case("downstreamRead/response/data/order")
    for key in ("displayFinancialStatus", "displayFulfillmentStatus"):
        assert order[key] == theirs[key]
    assert order["totalRefundedSet"]["shopMoney"]["amount"] == theirs["totalRefundedSet"]["shopMoney"]["amount"]
    assert [one["kind"] for one in order["transactions"]] == [one["kind"] for one in theirs["transactions"]]


def test_a_merchants_view_of_an_order(replay: Replays) -> None:
    """The recorded detail page: two lines, one shipped, one refunded, tax beside the price."""
    played = replay("order/2026-04-big-order-merchant-detail-read.json")
    shop = played.shop
    made = shop.control(
        "orders",
        name="#1401",
        customer="ada@example.com",
        email="merchant-detail@example.com",
        po_number="PO-1401",
        note="Leave at receiving desk",
        tags=["merchant-detail", "priority"],
        lines=[
            {"sku": "MUG", "quantity": 2, "unit_price": 45},
            {"title": "Merchant detail mug", "custom": True, "unit_price": 30, "tax_rate": 0},
        ],
        shipping_lines=[{"title": "Standard", "code": "STANDARD", "price": 12}],
        tax_rate="0.13",
        taxes_included=False,
        discount_code="SPRING10",
        discount=10,
        billing_address=_ada("123 Queen St W", address2="Suite 400", company="Analytical Engines Ltd"),
        shipping_address=_ada("500 King St W", phone="+14165550100"),
    )
    tracking = {"company": "Canada Post", "number": "TRACK1401", "url": "https://example.test/track/TRACK1401"}
    shop.control("fulfil", order="#1401", tracking=tracking)
    shop.control("refund", order="#1401", lines=[{"line": 1, "quantity": 1, "restock": "RETURN", "location": "L1"}])
    played.ids[played.case("")["variables"]["id"]] = made["id"]
    ours, _ = played.run("")
    order, theirs = ours["data"]["order"], played.case("response/data/order")
    assert order.keys() <= theirs.keys()
    same = ("displayFinancialStatus", "displayFulfillmentStatus", "name", "poNumber", "note", "tags", "discountCodes")
    assert {key: order[key] for key in same} == {key: theirs[key] for key in same}
    for key in ("totalShippingPriceSet", "totalDiscountsSet", "totalOutstandingSet", "totalRefundedShippingSet"):
        assert order[key] == {"shopMoney": {**theirs[key]["shopMoney"], "currencyCode": "EUR"}}, key
    assert order["fulfillmentOrders"]["nodes"][0]["status"] == theirs["fulfillmentOrders"]["nodes"][0]["status"]
    assert order["fulfillments"][0]["trackingInfo"] == theirs["fulfillments"][0]["trackingInfo"]
    assert order["refunds"][0]["refundLineItems"]["nodes"][0]["restockType"] == "RETURN"


def _ada(street: str, **more: str) -> dict[str, str]:
    place = {"city": "Toronto", "province_code": "ON", "country_code": "CA", "zip": "M5H 2M9"}
    return {"first_name": "Ada", "last_name": "Lovelace", "address1": street} | place | more
