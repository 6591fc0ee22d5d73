"""User fields: made at once, seen after a restart."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.sap_b1.scenario import Client, line, order


def field(table: str, name: str, **other: Any) -> dict[str, Any]:
    return {"TableName": table, "Name": name, "Type": "db_Alpha", "Size": 5, "Description": name, **other}


def restarted(client: Client) -> None:
    client.control("POST", "restart")
    assert client.login().status == 200


def test_a_field_is_there_at_once_and_visible_after_a_restart(client: Client) -> None:
    answer = client.post("UserFieldsMD", field("ORDR", "ShopId"))
    assert answer.status == 201
    assert answer.headers["Location"].endswith("/UserFieldsMD(TableName='ORDR',FieldID=0)")
    assert client.get("UserFieldsMD?$filter=TableName eq 'ORDR' and Name eq 'ShopId'").values[0]["Size"] == 5
    assert client.post("Orders", order(line("MUG"), U_ShopId="1")).code == "-1000"
    restarted(client)
    assert client.post("Orders", order(line("MUG"), U_ShopId="1")).status == 201
    assert client.get("Orders?$filter=U_ShopId eq '1' or U_ShopId eq '2'").values[0]["U_ShopId"] == "1"
    assert client.get("Drafts?$filter=U_ShopId eq '1'").values == []


def test_a_restart_ends_all_sessions(client: Client) -> None:
    client.control("POST", "restart")
    assert client.get("Items").status == 401


def test_a_field_of_one_document_is_on_all_of_them(client: Client) -> None:
    client.post("UserFieldsMD", field("ORDR", "ShopId"))
    assert client.get("UserFieldsMD?$filter=Name eq 'ShopId' and TableName eq 'ODRF'").values
    answer = client.post("UserFieldsMD", field("ODRF", "ShopId"))
    assert (answer.status, answer.code) == (400, "-2035")


@pytest.mark.parametrize(
    ("table", "path"),
    [("OCRD", "BusinessPartners('C20000')"), ("OITM", "Items('MUG')")],
)
def test_master_data_take_fields_too(client: Client, table: str, path: str) -> None:
    client.post("UserFieldsMD", field(table, "Ref"))
    restarted(client)
    assert client.get(path).json["U_Ref"] is None
    assert client.patch(path, {"U_Ref": "12345"}).status == 204
    assert client.get(path).json["U_Ref"] == "12345"
    answer = client.patch(path, {"U_Ref": "123456"})
    assert (answer.status, answer.code) == (400, "-1004")


def test_rows_take_fields_too(client: Client) -> None:
    for table in ("RDR1", "CRD1", "OCPR"):
        assert client.post("UserFieldsMD", field(table, "Ref")).status == 201
    restarted(client)
    made = client.post("Orders", order(line("MUG", U_Ref="a"), line("MUG"))).json
    assert [row["U_Ref"] for row in made["DocumentLines"]] == ["a", None]
    rows = {"BPAddresses": [{"RowNum": 0, "U_Ref": "b"}], "ContactEmployees": [{"Name": "New", "U_Ref": "c"}]}
    assert client.patch("BusinessPartners('C20000')", rows).status == 204
    changed = client.get("BusinessPartners('C20000')").json
    assert changed["BPAddresses"][0]["U_Ref"] == "b"
    assert changed["ContactEmployees"][-1]["U_Ref"] == "c"


def test_kinds_decide_what_a_field_takes(client: Client) -> None:
    for name, kind in (("Number", "db_Numeric"), ("Amount", "db_Float"), ("Day", "db_Date"), ("Text", "db_Memo")):
        client.post("UserFieldsMD", {"TableName": "OITM", "Name": name, "Type": kind, "Description": name})
    restarted(client)
    body = {"U_Number": 5, "U_Amount": 1.5, "U_Day": "2026-11-21", "U_Text": "x" * 300}
    assert client.patch("Items('MUG')", body).status == 204
    item = client.get("Items('MUG')").json
    assert (item["U_Number"], str(item["U_Amount"]), item["U_Day"]) == (5, "1.5", "2026-11-21T00:00:00Z")
    assert client.patch("Items('MUG')", {"U_Number": "many"}).code == "-1004"


def test_a_mandatory_field_reads_its_default(client: Client) -> None:
    answer = client.post("UserFieldsMD", field("OITM", "Sync", Mandatory="tYES"))
    assert (answer.status, answer.code) == (400, "-5002")
    client.post("UserFieldsMD", field("OITM", "Sync", Mandatory="tYES", DefaultValue="N"))
    restarted(client)
    assert client.get("Items('MUG')").json["U_Sync"] == "N"
    assert client.get("Items/$count?$filter=U_Sync eq 'N'").text == "9"


@pytest.mark.parametrize("change", [{"Name": "with blank"}, {"Name": ""}, {"TableName": "XXXX"}])
def test_a_field_needs_a_name_and_a_table(client: Client, change: dict[str, str]) -> None:
    answer = client.post("UserFieldsMD", {**field("OITM", "Ref"), **change})
    assert (answer.status, answer.code) == (400, "-5002")


def test_a_field_can_be_taken_away(client: Client) -> None:
    client.post("UserFieldsMD", field("OITM", "Ref"))
    assert client.call("DELETE", "UserFieldsMD(TableName='OITM',FieldID=0)").status == 204
    assert client.get("UserFieldsMD").values == []
