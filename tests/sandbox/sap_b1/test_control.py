"""The control API, the names of operations, and the state over a restart."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.sandbox.message import Request
from hub.sandbox.sap_b1.application import SapB1Application
from hub.sandbox.world.model import World
from tests.sandbox.sap_b1.scenario import Client, Clock, answer_of, item, line, order, scenario_world


@pytest.mark.parametrize(
    ("method", "path", "name", "writes"),
    [
        ("POST", "/b1s/v2/Login", "login", False),
        ("POST", "/b1s/v2/Logout", "logout", False),
        ("GET", "/ping/", "ping", False),
        ("GET", "/b1s/v2/Items('A')?$select=ItemCode", "GET Items", False),
        ("GET", "/b1s/v2/Items/$count", "GET Items/$count", False),
        ("POST", "/b1s/v2/Orders", "POST Orders", True),
        ("POST", "/b1s/v2/Orders(1)/Cancel", "POST Orders/Cancel", True),
        ("PATCH", "/b1s/v2/Items('A%2FB')", "PATCH Items", True),
        ("POST", "/b1s/v2/OrdersService_Preview", "POST OrdersService_Preview", False),
        ("POST", "/b1s/v2/CompanyService_GetCompanyInfo", "POST CompanyService_GetCompanyInfo", False),
        ("POST", "/b1s/v2/SQLQueries('q')/List", "POST SQLQueries/List", False),
        ("GET", "/elsewhere", "unknown", False),
    ],
)
def test_operations_have_names(client: Client, method: str, path: str, name: str, writes: bool) -> None:
    operation = client.application.operation(Request.make(method, path))
    assert (operation.name, operation.writes) == (name, writes)


def test_an_overridden_method_is_the_operation(client: Client) -> None:
    request = Request.make("POST", "/b1s/v2/Items('A')", {"X-HTTP-Method-Override": "PATCH"})
    assert client.application.operation(request).name == "PATCH Items"


def test_the_whole_state_can_be_read(client: Client) -> None:
    client.post("Orders", order(line("MUG", 2), DocumentAdditionalExpenses=[{"ExpenseCode": 1, "LineGross": 5}]))
    (made,) = client.control("GET", "state/orders")
    assert (made["CardCode"], made["DocumentLines"][0]["ItemCode"]) == ("C-GUEST", "MUG")
    assert not [
        name
        for row in (made, *made["DocumentLines"], *made["DocumentAdditionalExpenses"])
        for name in row
        if name[0] == "_"
    ]
    assert [one["CardCode"] for one in client.control("GET", "state/business_partners")] == [
        "C-GUEST",
        "C20000",
        "L10000",
        "V10000",
    ]
    assert len(client.control("GET", "state/items")) == 9
    assert client.control("GET", "state/drafts") == []
    assert client.control("GET", "state/user_fields") == []


def test_a_few_fields_of_all_orders_can_be_read(client: Client) -> None:
    client.post("Orders", order(line("MUG", 2), NumAtCard="#1"))
    (made,) = client.control("GET", "state/orders?fields=DocEntry,NumAtCard,DocTotal")
    assert made == {"DocEntry": 1, "NumAtCard": "#1", "DocTotal": Decimal("23.8")}
    (made,) = client.control("GET", "state/orders?fields=DocumentLines")
    assert made["DocumentLines"][0]["ItemCode"] == "MUG"


def test_partners_can_be_added_edited_and_taken_away_by_others(client: Client) -> None:
    client.control("POST", "business_partners", {"CardCode": "P", "CardName": "Old"})
    client.control("POST", "business_partners", {"CardCode": "P", "CardName": "New"})
    assert client.get("BusinessPartners('P')").json["CardName"] == "New"
    client.control("POST", "business_partners/delete", {"partner": "P"})
    assert client.get("BusinessPartners('P')").status == 404


@pytest.mark.parametrize("action", ["close", "cancel"])
def test_clerks_end_orders(client: Client, action: str) -> None:
    client.post("Orders", order(line("MUG", 2)))
    client.control("POST", "orders", {"entry": 1, "action": action})
    assert client.get("Orders(1)").json["DocumentStatus"] == "bost_Close"
    answer = answer_of(
        client.application.control(Request.make("POST", "/control/orders", {}, b'{"entry":1,"action":"burn"}'))
    )
    assert answer.status == 400


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "state/nothing", b"", 404),
        ("GET", "nothing", b"", 404),
        ("POST", "nothing", b"{}", 404),
        ("POST", "stock", b"[]", 400),
        ("POST", "stock", b"{oops", 400),
        ("POST", "stock", b'{"item":"NONE","quantity":1}', 400),
        ("POST", "stock", b'{"item":"MUG"}', 400),
        ("POST", "stock", b'{"item":"MUG","warehouse":"99","quantity":1}', 400),
        ("POST", "prices", b'{"item":"MUG","price":"much"}', 400),
        ("POST", "prices", b'{"item":"MUG","price":1,"price_list":9}', 400),
        ("POST", "orders", b'{"entry":1,"action":"cancel"}', 400),
        ("POST", "settings", b'{"colour":"red"}', 400),
        ("POST", "settings", b'{"approval":"yes"}', 400),
        ("POST", "sessions", b'{"dead_nodes":[".node9"]}', 400),
    ],
)
def test_what_makes_no_sense_is_said(client: Client, method: str, path: str, body: bytes, status: int) -> None:
    answer = answer_of(client.application.control(Request.make(method, f"/control/{path}", {}, body)))
    assert answer.status == status
    assert answer.json["error"]


def test_lengths_can_be_changed(client: Client) -> None:
    client.control("POST", "settings", {"lengths": {"BusinessPartner.CardName": 5}})
    assert client.patch("BusinessPartners('C-GUEST')", {"CardName": "123456"}).code == "-1004"
    assert client.patch("BusinessPartners('C-GUEST')", {"CardName": "12345"}).status == 204
    assert client.control("GET", "settings")["lengths"] == {"BusinessPartner.CardName": 5}


def test_the_state_outlives_the_process(client: Client, clock: Clock) -> None:
    client.post("UserFieldsMD", {"TableName": "ORDR", "Name": "Ref", "Type": "db_Alpha", "Size": 9, "Description": "x"})
    client.control("POST", "restart")
    client.login()
    client.post("UserFieldsMD", {"TableName": "OITM", "Name": "New", "Type": "db_Alpha", "Size": 9, "Description": "x"})
    client.post("Orders", order(line("MUG", 2), U_Ref="r1"))
    client.control("POST", "settings", {"group_vat": True})
    successor = Client(SapB1Application(empty(scenario_world()), now=clock), cookie=client.cookie)
    successor.application.restore(client.application.dump())
    assert successor.get("Orders?$filter=U_Ref eq 'r1'").values == client.get("Orders?$filter=U_Ref eq 'r1'").values
    assert successor.control("GET", "state/stock") == client.control("GET", "state/stock")
    assert successor.control("GET", "settings") == client.control("GET", "settings")
    assert successor.get("Items('MUG')?$select=U_New").status == 400
    assert successor.post("Orders", order(line("MUG"))).json["DocEntry"] == 2


def empty(world: World) -> World:
    world.items.clear()
    world.customers.clear()
    return world


def test_only_what_the_world_puts_into_the_erp_is_there(clock: Clock) -> None:
    world = scenario_world()
    world.items.append(item("SHOP-ONLY", "1.00", in_erp=False))
    client = Client(SapB1Application(world, now=clock))
    client.login()
    assert client.get("Items('SHOP-ONLY')").status == 404
    assert client.get("BusinessPartners/$count").text == "4"


def test_items_show_what_the_world_says(clock: Clock) -> None:
    world = scenario_world()
    world.items += [
        item("KIT", "5", tree="iSalesTree"),
        item("LOT", "5", managed="batch"),
        item("ODD", "5", group="Oddities"),
    ]
    client = Client(SapB1Application(world, now=clock))
    client.login()
    names = "TreeType,InventoryItem,ManageBatchNumbers,Valid,Frozen,ItemsGroupCode,SalesVATGroup"
    codes = ("KIT", "LOT", "OLD", "GIFT25", "ODD")
    shown: dict[str, Any] = {code: client.get(f"Items('{code}')?$select={names}").json for code in codes}
    assert (shown["KIT"]["TreeType"], shown["KIT"]["InventoryItem"]) == ("iSalesTree", "tNO")
    assert shown["LOT"]["ManageBatchNumbers"] == "tYES"
    assert (shown["OLD"]["Valid"], shown["OLD"]["Frozen"]) == ("tNO", "tYES")
    assert (shown["GIFT25"]["InventoryItem"], shown["GIFT25"]["SalesVATGroup"]) == ("tNO", "A0")
    assert client.get(f"ItemGroups({shown['ODD']['ItemsGroupCode']})").json["GroupName"] == "Oddities"
