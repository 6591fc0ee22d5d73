"""SQLQueries: what may be asked, and what it answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.sap_b1.scenario import Client, line, order

STOCK = 'SELECT T0."ItemCode", T0."WhsCode", T0."OnHand", T0."IsCommited" FROM OITW T0'


def stored(client: Client, text: str) -> Any:
    answer = client.post("SQLQueries", {"SqlCode": "q", "SqlName": "q", "SqlText": text})
    assert answer.status == 201, answer.text
    return answer.json


def rows(client: Client, text: str, path: str = "SQLQueries('q')/List", **headers: str) -> list[Any]:
    stored(client, text)
    return client.get(path, **headers).values


def test_the_stock_of_all_warehouses_in_one_list(client: Client) -> None:
    client.post("Orders", order(line("MUG", 3)))
    found = rows(client, STOCK + ' WHERE T0."OnHand" > 0 ORDER BY T0."ItemCode", T0."WhsCode" DESC')
    assert [tuple(row.values()) for row in found] == [
        ("CABLE", "01", Decimal("7.5"), 0),
        ("MUG", "02", 40, 0),
        ("MUG", "01", 100, 3),
        ("TEE-M", "01", 20, 0),
    ]


def test_lists_are_paged_like_everything(client: Client) -> None:
    stored(client, STOCK)
    first = client.get("SQLQueries('q')/List", Prefer="odata.maxpagesize=10").json
    assert (len(first["value"]), first["SqlText"]) == (10, STOCK)
    second = client.get(first["@odata.nextLink"], Prefer="odata.maxpagesize=10").json
    assert len(second["value"]) == 8
    assert "@odata.nextLink" not in second


def test_joins_and_computed_columns(client: Client) -> None:
    text = (
        "select w.ItemCode, i.ItemName as Name, w.OnHand - w.IsCommited as Free from OITW w "
        "inner join OITM i on i.ItemCode = w.ItemCode where i.validFor = 'Y' and not w.WhsCode = '02' and w.OnHand <> 0"
    )
    found = rows(client, text)
    assert [(row["ItemCode"], row["Name"], row["Free"]) for row in found] == [
        ("CABLE", "Cable", Decimal("7.5")),
        ("MUG", "Mug", 100),
        ("TEE-M", "Tee-M", 20),
    ]


def test_prices_of_one_list(client: Client) -> None:
    text = "SELECT ItemCode, Price FROM ITM1 WHERE PriceList = 2 AND (ItemCode = 'MUG' OR ItemCode = 'O''NEIL/1')"
    assert [str(row["Price"]) for row in rows(client, text)] == ["9.52", "7.2"]
    client.patch("SQLQueries('q')", {"SqlText": "SELECT ListNum, IsGrossPrc FROM OPLN WHERE ListName IS NOT NULL"})
    assert client.get("SQLQueries('q')/List").values == [
        {"ListNum": 1, "IsGrossPrc": "Y"},
        {"ListNum": 2, "IsGrossPrc": "Y"},
    ]


def test_parameters_come_in_the_address_or_in_the_body(client: Client) -> None:
    made = stored(client, STOCK + " WHERE T0.WhsCode = :w AND T0.OnHand >= :n")
    assert made["ParamList"] == "n,w"
    assert len(client.get("SQLQueries('q')/List?w='01'&n=20").values) == 2
    answer = client.post("SQLQueries('q')/List", {"ParamList": "w='02'&n=1"})
    assert [row["ItemCode"] for row in answer.values] == ["MUG"]


@pytest.mark.parametrize("parameters", ["", "?w='01'", "?w=x&n=1"])
def test_a_missing_or_broken_parameter_is_704(client: Client, parameters: str) -> None:
    stored(client, STOCK + " WHERE T0.WhsCode = :w AND T0.OnHand >= :n")
    answer = client.get("SQLQueries('q')/List" + parameters)
    assert (answer.status, answer.code) == (400, "704")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT * FROM OITW", "701"),
        ("DELETE FROM OITW", "701"),
        ("SELECT ItemCode", "701"),
        ("SELECT OnHand - IsCommited FROM OITW", "701"),
        ("SELECT ItemCode FROM OITW WHERE", "701"),
        ("SELECT ItemCode FROM OITW WHERE ItemCode", "701"),
        ("SELECT ItemCode FROM OITW GROUP BY ItemCode; DROP", "701"),
        ("SELECT ItemCode FROM OITW LIMIT §", "701"),
        ("SELECT ItemCode FROM OINM", "702"),
        ("SELECT CardCode FROM OITM", "703"),
        ("SELECT T1.ItemCode FROM OITM T0", "703"),
        ("SELECT ItemCode FROM OITM T0 JOIN OITW T1 ON T0.ItemCode = T1.ItemCode", "703"),
    ],
)
def test_what_is_not_allowed_is_not_stored(client: Client, text: str, code: str) -> None:
    answer = client.post("SQLQueries", {"SqlCode": "q", "SqlName": "q", "SqlText": text})
    assert (answer.status, answer.code) == (400, code)
    assert client.get("SQLQueries('q')").status == 404


def test_queries_are_records_like_others(client: Client) -> None:
    stored(client, STOCK)
    again = client.post("SQLQueries", {"SqlCode": "q", "SqlText": STOCK})
    assert (again.status, again.code) == (400, "-2035")
    assert client.post("SQLQueries", {"SqlCode": "r"}).code == "-5002"
    assert client.call("DELETE", "SQLQueries('q')").status == 204
    assert client.get("SQLQueries('q')/List").status == 404
