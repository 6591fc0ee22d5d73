"""Orders: what they must satisfy, what they hold of the stock, how they end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.sap_b1.scenario import Answer, Client, line, order


def stock(client: Client, item: str, warehouse: str = "01") -> tuple[Any, Any]:
    rows = client.control("GET", "state/stock")
    return next(
        (row["in_stock"], row["committed"]) for row in rows if (row["item"], row["warehouse"]) == (item, warehouse)
    )


def posted(client: Client, *lines: dict[str, Any], **other: Any) -> Any:
    answer = client.post("Orders", order(*lines, **other))
    assert answer.status == 201, answer.text
    return answer.json


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.code


def test_an_order_is_numbered_stamped_and_located(client: Client) -> None:
    answer = client.post("Orders", order(line("MUG"), NumAtCard="#1001"))
    assert answer.status == 201
    assert answer.headers["Location"] == "http://127.0.0.1/b1s/v2/Orders(1)"
    assert answer.headers["ETag"] == answer.json["@odata.etag"]
    made = answer.json
    assert (made["DocEntry"], made["DocNum"], made["CardName"]) == (1, 1, "Guest customer")
    assert (made["DocDate"], made["TaxDate"], made["DocTime"]) == (
        "2026-11-21T00:00:00Z",
        "2026-11-21T00:00:00Z",
        "00:40:00",
    )
    assert (made["DocumentStatus"], made["Cancelled"]) == ("bost_Open", "tNO")
    assert client.get("Orders(1)/NumAtCard").json["value"] == "#1001"


def test_an_order_holds_stock_and_leaves_no_stamp_on_the_item(client: Client) -> None:
    before = client.get("Items('MUG')").json
    posted(client, line("MUG", 3), line("MUG", 2, WarehouseCode="02"))
    assert stock(client, "MUG") == (100, 3)
    assert stock(client, "MUG", "02") == (40, 2)
    after = client.get("Items('MUG')").json
    assert after["QuantityOrderedByCustomers"] == 5
    for name in ("UpdateDate", "UpdateTime", "DataVersion", "@odata.etag"):
        assert after[name] == before[name]


@pytest.mark.parametrize("action", ["Cancel", "Close"])
def test_an_ended_order_lets_go_of_the_stock(client: Client, action: str) -> None:
    posted(client, line("MUG", 3))
    assert client.post(f"Orders(1)/{action}").status == 204
    assert stock(client, "MUG") == (100, 0)
    ended = client.get("Orders(1)").json
    assert ended["DocumentStatus"] == "bost_Close"
    assert ended["Cancelled"] == ("tYES" if action == "Cancel" else "tNO")
    assert ended["CancelStatus"] == ("csYes" if action == "Cancel" else "csNo")
    assert [(row["LineStatus"], row["RemainingOpenQuantity"]) for row in ended["DocumentLines"]] == [("bost_Close", 0)]
    for again in ("Cancel", "Close"):
        assert refusal(client.post(f"Orders(1)/{again}")) == (400, "-5006")


def test_a_closed_order_can_be_opened_again_and_a_cancelled_one_not(client: Client) -> None:
    posted(client, line("MUG", 3))
    client.post("Orders(1)/Close")
    assert client.post("Orders(1)/Reopen").status == 204
    assert stock(client, "MUG") == (100, 3)
    assert refusal(client.post("Orders(1)/Reopen")) == (400, "-5006")
    client.post("Orders(1)/Cancel")
    assert refusal(client.post("Orders(1)/Reopen")) == (400, "-5006")


def test_refused_actions(client: Client) -> None:
    posted(client, line("MUG"))
    assert refusal(client.call("DELETE", "Orders(1)")) == (400, "-5006")
    assert refusal(client.post("Orders(1)/CreateCancellationDocument")) == (400, "-5006")
    assert refusal(client.post("Orders(1)/cancel")) == (400, "-5006")
    assert refusal(client.call("PUT", "Orders(1)", {})) == (400, "-5006")
    assert refusal(client.post("Orders(9)/Cancel")) == (404, "-2028")


def test_things_that_are_not_stocked_hold_nothing(client: Client) -> None:
    posted(client, line("GIFT25", 2))
    assert stock(client, "GIFT25") == (0, 0)


def test_a_sales_unit_may_hold_several_inventory_units(client: Client) -> None:
    client.patch("Items('CABLE')", {"SalesItemsPerUnit": 2.5})
    made = posted(client, line("CABLE", 2))
    assert made["DocumentLines"][0]["InventoryQuantity"] == 5
    assert stock(client, "CABLE") == (Decimal("7.5"), 5)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"CardCode": None}, "-5002"),
        ({"CardCode": "NOBODY"}, "-2028"),
        ({"CardCode": "V10000"}, "-5002"),
        ({"CardCode": "L10000"}, "-5002"),
        ({"CardCode": "FROZEN"}, "-10"),
        ({"DocDueDate": None}, "-5002"),
        ({"DocumentLines": []}, "-5002"),
        ({"DocumentLines": [line("")]}, "-5002"),
        ({"DocumentLines": [line("NONE")]}, "-2028"),
        ({"DocumentLines": [line("OLD")]}, "-10"),
        ({"DocumentLines": [line("mug")]}, "-2028"),
        ({"DocumentLines": [line("NOTFORSALE")]}, "-5002"),
        ({"DocumentLines": [line("MUG", 0)]}, "-5002"),
        ({"DocumentLines": [line("MUG", "many")]}, "-1004"),
        ({"DocumentLines": [line("MUG", WarehouseCode="99")]}, "-2028"),
        ({"DocumentLines": [line("MUG", VatGroup="ZZ")]}, "-2028"),
        ({"DocumentLines": [line("UNTAXED")]}, "-5002"),
        ({"DocumentAdditionalExpenses": [{"ExpenseCode": 1, "LineTotal": 1, "VatGroup": "ZZ"}]}, "-2028"),
        ({"DocumentAdditionalExpenses": [{"ExpenseCode": 9, "LineTotal": 1}]}, "-2028"),
        ({"DocumentAdditionalExpenses": [{"LineTotal": 1}]}, "-5002"),
        ({"DocCurrency": "XXX"}, "-2028"),
        ({"DocCurrency": "USD"}, "-4006"),
        ({"BPL_IDAssignedToInvoice": 7}, "-2028"),
        ({"U_ShopifyId": "1"}, "-1000"),
        ({"NoSuchField": 1}, "-1000"),
        ({"NumAtCard": "x" * 101}, "-1004"),
        ({"DocDate": "tomorrow"}, "-1004"),
        ({"Confirmed": "perhaps"}, "-1004"),
        ({"DocumentLines": "none"}, "-1004"),
    ],
)
def test_a_broken_rule_stores_nothing(client: Client, change: dict[str, Any], code: str) -> None:
    client.control("POST", "business_partners", {"CardCode": "FROZEN", "CardName": "Frozen", "Frozen": "tYES"})
    client.control("POST", "items", {"ItemCode": "NOTFORSALE", "SalesVATGroup": "A2", "SalesItem": "tNO"})
    client.control("POST", "items", {"ItemCode": "UNTAXED"})
    answer = client.post("Orders", {**order(line("MUG")), **change})
    assert refusal(answer) == (400, code)
    assert client.control("GET", "state/orders") == []
    assert stock(client, "MUG") == (100, 0)


def test_a_locked_period_is_refused_and_a_later_date_is_not(client: Client) -> None:
    client.control("POST", "settings", {"locked_until": "2026-11-20"})
    assert refusal(client.post("Orders", order(line("MUG"), DocDate="2026-11-20"))) == (400, "-4013")
    assert client.post("Orders", order(line("MUG"), DocDate="2026-11-21", TaxDate="2026-11-20")).status == 201


def test_with_branches_an_order_must_name_one(client: Client) -> None:
    client.control("POST", "settings", {"branches": True})
    assert refusal(client.post("Orders", order(line("MUG")))) == (400, "-5002")
    assert posted(client, line("MUG"), BPL_IDAssignedToInvoice=1)["BPLName"] == "Main"


def test_computed_properties_are_ignored_without_a_word(client: Client) -> None:
    made = posted(client, line("MUG"), DocTotal=1, DocEntry=77, DocumentStatus="bost_Close", VatSum=5, DataVersion=9)
    assert (made["DocEntry"], str(made["DocTotal"]), made["DocumentStatus"]) == (1, "11.9", "bost_Open")


def test_preview_computes_and_stores_nothing(client: Client) -> None:
    body = order(line("MUG", 2, PriceAfterVAT=11.90))
    preview = client.post("OrdersService_Preview", {"Document": body})
    assert preview.status == 200
    assert (str(preview.json["DocTotal"]), str(preview.json["VatSum"])) == ("23.8", "3.8")
    assert client.control("GET", "state/orders") == []
    assert stock(client, "MUG") == (100, 0)
    broken = client.post("OrdersService_Preview", {"Document": {**body, "CardCode": "NOBODY"}})
    assert refusal(broken) == (400, "-2028")
    assert client.post("OrdersService_Preview", {}).status == 400


def test_an_answer_without_content_says_where_the_order_is(client: Client) -> None:
    answer = client.post("Orders", order(line("MUG")), Prefer="return-no-content")
    assert (answer.status, answer.text) == (204, "")
    assert answer.headers["Location"].endswith("/Orders(1)")


def test_approval_stores_a_draft_and_calls_it_an_error(client: Client) -> None:
    client.control("POST", "settings", {"approval": True})
    answer = client.post("Orders", order(line("MUG", 3), NumAtCard="#7"))
    assert refusal(answer) == (400, "-2028")
    assert client.get("Orders").values == []
    (draft,) = client.get("Drafts?$filter=NumAtCard eq '%237'").values
    assert (draft["AuthorizationStatus"], draft["DocObjectCode"]) == ("dasPending", "oOrders")
    assert stock(client, "MUG") == (100, 0)


def test_approval_without_content_is_204_and_points_to_the_draft(client: Client) -> None:
    client.control("POST", "settings", {"approval": True})
    answer = client.post("Orders", order(line("MUG")), Prefer="return-no-content")
    assert answer.status == 204
    assert answer.headers["Location"].endswith("/Drafts(1)")


def test_an_approved_draft_becomes_an_order(client: Client) -> None:
    client.control("POST", "settings", {"approval": True})
    client.post("Orders", order(line("MUG", 3), NumAtCard="#7"))
    client.control("POST", "drafts/approve", {"entry": 1})
    (made,) = client.get("Orders").values
    assert (made["NumAtCard"], made["AuthorizationStatus"]) == ("#7", "dasWithout")
    assert stock(client, "MUG") == (100, 3)
    assert client.get("Drafts(1)").json["DocumentStatus"] == "bost_Close"
    with pytest.raises(AssertionError, match="-5006"):
        client.control("POST", "drafts/approve", {"entry": 1})


def test_drafts_can_be_made_changed_and_deleted(client: Client) -> None:
    client.post("Drafts", {**order(line("MUG"), line("PIN")), "DocObjectCode": "17"})
    assert client.patch("Drafts(1)", {"DocumentLines": [{"LineNum": 1, "Quantity": 7}]}).status == 204
    assert [row["Quantity"] for row in client.get("Drafts(1)/DocumentLines").values] == [1, 7]
    assert stock(client, "PIN") == (0, 0)
    assert client.call("DELETE", "Drafts(1)").status == 204
    assert client.get("Drafts(1)").status == 404


def test_a_patched_line_changes_totals_and_the_hold(client: Client) -> None:
    posted(client, line("MUG", 3, PriceAfterVAT=11.90), line("PIN", 1, UnitPrice=1))
    assert client.patch("Orders(1)", {"DocumentLines": [{"LineNum": 0, "Quantity": 5}]}).status == 204
    changed = client.get("Orders(1)").json
    assert [row["Quantity"] for row in changed["DocumentLines"]] == [5, 1]
    assert changed["DocTotal"] == Decimal("60.69")
    assert stock(client, "MUG") == (100, 5)
    client.patch("Orders(1)", {"DocumentLines": [{"LineNum": 0, "UnitPrice": 5}, {"LineNum": 1, "PriceAfterVAT": 2}]})
    assert client.get("Orders(1)/DocTotal").json["value"] == Decimal("31.75")


def test_a_patched_freight_changes_the_total(client: Client) -> None:
    made = posted(
        client, line("GIFT25"), DocumentAdditionalExpenses=[{"ExpenseCode": 1, "LineGross": 5, "VatGroup": "A2"}]
    )
    assert made["DocTotal"] == 30
    client.patch("Orders(1)", {"DocumentAdditionalExpenses": [{"LineNum": 0, "Remarks": "fast"}]})
    assert client.get("Orders(1)/DocTotal").json["value"] == 30
    client.patch("Orders(1)", {"DocumentAdditionalExpenses": [{"LineNum": 0, "LineTotal": 10}]})
    assert client.get("Orders(1)/DocTotal").json["value"] == Decimal("36.9")


def test_lines_without_a_number_are_added_and_replacing_removes_the_others(client: Client) -> None:
    posted(client, line("MUG", 3))
    client.patch("Orders(1)", {"DocumentLines": [line("MUG", 3)]})
    assert [row["LineNum"] for row in client.get("Orders(1)/DocumentLines").values] == [0, 1]
    assert stock(client, "MUG") == (100, 6)
    body = {"DocumentLines": [{"LineNum": 1, "Quantity": 1}]}
    client.patch("Orders(1)", body, B1S_ReplaceCollectionsOnPatch="true")
    assert [(row["LineNum"], row["Quantity"]) for row in client.get("Orders(1)/DocumentLines").values] == [(1, 1)]
    assert stock(client, "MUG") == (100, 1)


def test_a_line_can_be_closed_alone(client: Client) -> None:
    posted(client, line("MUG", 3), line("MUG", 1))
    client.patch("Orders(1)", {"DocumentLines": [{"LineNum": 0, "LineStatus": "bost_Close"}]})
    assert stock(client, "MUG") == (100, 1)


def test_of_a_closed_order_only_the_remarks_can_change(client: Client) -> None:
    posted(client, line("MUG", 3))
    client.post("Orders(1)/Cancel")
    assert refusal(client.patch("Orders(1)", {"DocumentLines": [line("MUG")]})) == (400, "-5006")
    assert client.patch("Orders(1)", {"Comments": "gone"}).status == 204
    assert client.get("Orders(1)").json["Comments"] == "gone"
    assert stock(client, "MUG") == (100, 0)


def test_a_stale_tag_refuses_changes_and_actions(client: Client) -> None:
    posted(client, line("MUG"))
    old = client.get("Orders(1)").headers["ETag"]
    assert client.patch("Orders(1)", {"Comments": "a"}, If_Match=old).status == 204
    for answer in (
        client.patch("Orders(1)", {"Comments": "b"}, If_Match=old),
        client.post("Orders(1)/Cancel", If_Match=old),
    ):
        assert refusal(answer) == (412, "-2039")
    assert client.get("Orders(1)").json["Comments"] == "a"
    assert client.patch("Orders(1)", {"Comments": "c"}, If_Match='"no weak tag"').status == 204


def test_documents_take_over_the_partners_addresses(client: Client) -> None:
    made = posted(client, line("MUG"), CardCode="C20000")
    assert made["AddressExtension"]["ShipToStreet"] == "Hauptstr. 1"
    assert made["AddressExtension"]["BillToCountry"] == "DE"
    own = posted(client, line("MUG"), AddressExtension={"ShipToCity": "Rom", "ShipToState": "RM"})
    assert (own["AddressExtension"]["ShipToCity"], own["AddressExtension"]["BillToCity"]) == ("Rom", None)


def test_clerks_cancel_and_edit_orders_behind_the_clients_back(client: Client) -> None:
    posted(client, line("MUG", 2))
    client.control("POST", "orders", {"entry": 1, "set": {"Comments": "by hand"}})
    assert client.get("Orders(1)").json["DataVersion"] == 2
    client.control("POST", "orders", {"entry": 1, "action": "cancel"})
    assert client.get("Orders(1)").json["Cancelled"] == "tYES"
    assert stock(client, "MUG") == (100, 0)


def test_scenario_4_the_books_are_kept_truly(client: Client) -> None:
    posted(client, line("MUG", 10))
    assert stock(client, "MUG") == (100, 10)
    client.control("POST", "stock", {"item": "MUG", "warehouse": "01", "quantity": 20})
    assert stock(client, "MUG") == (120, 10)
    posted(client, line("MUG", 5))
    assert stock(client, "MUG") == (120, 15)


def test_an_order_of_a_thousand_lines_is_taken(client: Client) -> None:
    made = posted(client, *(line("PIN", 1, UnitPrice=Decimal("0.85"), VatGroup="A0") for _ in range(1114)))
    assert made["DocTotal"] == Decimal("946.90")
    assert stock(client, "PIN") == (0, 1114)
