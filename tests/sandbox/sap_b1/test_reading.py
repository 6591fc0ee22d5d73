"""Keys, pages, links, counts and single properties."""

from __future__ import annotations

import pytest

from tests.sandbox.sap_b1.scenario import Client


def test_a_key_with_quotes_and_slashes_is_found(client: Client) -> None:
    for key in ("'O''NEIL/1'", "'O''NEIL%2F1'", "%27O%27%27NEIL%2F1%27"):
        assert client.get(f"Items({key})?$select=ItemCode").json["ItemCode"] == "O'NEIL/1"


def test_a_missing_key_is_404_in_both_versions(client: Client) -> None:
    assert (client.get("Items('NONE')").status, client.get("Items('NONE')").code) == (404, "-2028")
    client.version = 1
    assert (client.get("Items('NONE')").status, client.get("Items('NONE')").code) == (404, -2028)


@pytest.mark.parametrize("key", ["(5)", "()", "('A','B')", "(Nope='A')", "('A'"])
def test_a_key_that_does_not_fit_is_refused(client: Client, key: str) -> None:
    assert client.get(f"Items{key}").status == 400


def test_composite_keys_name_their_parts(client: Client) -> None:
    assert client.get("States(Code='CA',Country='US')").json["Name"] == "CA"
    assert client.get("States('CA')").status == 400


def test_an_item_brings_its_prices_and_warehouses(client: Client) -> None:
    item = client.get("Items('MUG')").json
    assert [(row["PriceList"], str(row["Price"])) for row in item["ItemPrices"]] == [(1, "11.9"), (2, "9.52")]
    stock = item["ItemWarehouseInfoCollection"]
    assert [(row["WarehouseCode"], row["InStock"], row["Committed"]) for row in stock] == [
        ("01", 100, 0),
        ("02", 40, 0),
    ]
    assert item["@odata.etag"].startswith('W/"')
    assert len(client.get("Items('MUG')").text) > 3000


def test_select_brings_nothing_else_but_the_tag(client: Client) -> None:
    answer = client.get("Items('MUG')?$select=ItemCode,UpdateDate")
    assert answer.json.keys() == {"@odata.context", "@odata.etag", "ItemCode", "UpdateDate"}
    assert answer.headers["ETag"] == answer.json["@odata.etag"]


def test_dates_carry_a_decoration_in_v2_and_times_are_local(client: Client) -> None:
    client.patch("Items('MUG')", {"ItemName": "Mug 2"})
    item = client.get("Items('MUG')").json
    assert (item["UpdateDate"], item["UpdateTime"]) == ("2026-11-21T00:00:00Z", "00:40:00")


def test_a_page_has_twenty_records_and_a_link(client: Client) -> None:
    answer = client.get("Countries?$select=Code&$filter=Code ge 'B'&$orderby=Code")
    assert len(answer.values) == 20
    link = answer.json["@odata.nextLink"]
    assert link == "Countries?$select=Code&$filter=Code%20ge%20'B'&$orderby=Code&$skip=20"
    assert client.get(link).values[0]["Code"] > answer.values[-1]["Code"]


def test_all_pages_together_are_the_whole_set_once(client: Client) -> None:
    link, seen = "Countries?$select=Code", []
    while link:
        page = client.get(link, Prefer="odata.maxpagesize=7").json
        seen += [one["Code"] for one in page["value"]]
        link = page.get("@odata.nextLink", "")
    assert len(seen) == int(client.get("Countries/$count").text)
    assert seen == sorted(set(seen))


def test_a_full_last_page_still_has_a_link(client: Client) -> None:
    answer = client.get("CreditCards", Prefer="odata.maxpagesize=2")
    assert len(answer.values) == 2
    last = client.get(answer.json["@odata.nextLink"], Prefer="odata.maxpagesize=2")
    assert last.values == []
    assert "@odata.nextLink" not in last.json


def test_the_page_size_is_taken_from_either_header(client: Client) -> None:
    answer = client.get("Items", Prefer="odata.maxpagesize=3")
    assert len(answer.values) == 3
    assert answer.headers["Preference-Applied"] == "odata.maxpagesize=3"
    assert len(client.get("Items", B1S_PageSize="4").values) == 4
    everything = client.get("Countries", Prefer="odata.maxpagesize=0")
    assert "@odata.nextLink" not in everything.json
    assert len(everything.values) > 80


def test_top_beyond_a_page_needs_the_links(client: Client) -> None:
    answer = client.get("Countries?$top=25&$select=Code")
    assert len(answer.values) == 20
    second = client.get(answer.json["@odata.nextLink"])
    assert len(second.values) == 5
    assert "@odata.nextLink" not in second.json
    assert "@odata.nextLink" not in client.get("Countries?$top=20").json


def test_v1_links_are_rooted_and_named_without_a_sign(client: Client) -> None:
    client.version = 1
    body = client.get("Countries?$inlinecount=allpages").json
    assert body["odata.nextLink"].startswith("/b1s/v1/Countries?")
    assert body["odata.count"] == client.get("Countries/$count").text
    assert "odata.metadata" in body


@pytest.mark.parametrize(
    ("form", "start"),
    [("relative", "Countries?"), ("rooted", "/b1s/v2/Countries?"), ("absolute", "http://127.0.0.1/b1s/v2/Countries?")],
)
def test_links_can_take_every_form(client: Client, form: str, start: str) -> None:
    client.control("POST", "settings", {"next_link": form, "next_link_options": False})
    link = client.get("Countries?$select=Code&$filter=Code gt 'A'").json["@odata.nextLink"]
    assert link == f"{start}$skip=20"


def test_counts_follow_the_filter(client: Client) -> None:
    assert client.get("Items/$count?$filter=startswith(ItemCode,'8')").text == "2"
    assert client.get("Items?$count=true&$top=1").json["@odata.count"] == 9
    assert client.get("Items/$count").headers["Content-Type"].startswith("text/plain")


def test_order_by_any_property_both_ways(client: Client) -> None:
    names = [one["ItemName"] for one in client.get("Items?$select=ItemName&$orderby=ItemName desc,ItemCode").values]
    assert names == sorted(names, reverse=True)
    codes = [one["CardCode"] for one in client.get("BusinessPartners?$orderby=EmailAddress,CardCode desc").values]
    assert codes == ["V10000", "L10000", "C-GUEST", "C20000"]


def test_skip_and_top_cut_a_window(client: Client) -> None:
    codes = [one["ItemCode"] for one in client.get("Items?$select=ItemCode&$skip=2&$top=2").values]
    assert codes == ["CABLE", "GIFT25"]
    assert client.get("Items?$top=0").values == []
    assert client.get("Items?$top=-1").status == 400


def test_single_properties_have_an_address(client: Client) -> None:
    assert client.get("Items('MUG')/ItemName").json["value"] == "Mug"
    assert [row["WarehouseCode"] for row in client.get("Items('MUG')/ItemWarehouseInfoCollection").values] == [
        "01",
        "02",
    ]
    assert client.get("Items('MUG')/Nothing").status == 400


@pytest.mark.parametrize("path", ["Items?$expand=ItemGroups", "Items?$apply=x", "$metadatas", "Nothing", "Items/List"])
def test_what_is_not_served_is_refused(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status, answer.code) == (400, "-1000")


def test_a_path_outside_the_service_is_a_page(client: Client) -> None:
    answer = client.get("/b1s/v3/Items")
    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_if_none_match_is_ignored(client: Client) -> None:
    tag = client.get("Items('MUG')").headers["ETag"]
    assert client.get("Items('MUG')", If_None_Match=tag).status == 200


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("VatGroups", {"A0", "A2"}),
        ("Warehouses?$select=WarehouseCode", {"01", "02"}),
        ("PriceLists?$select=PriceListNo", {1, 2}),
        ("CreditCards?$select=CreditCardCode", {1, 2}),
        ("AdditionalExpenses?$select=ExpensCode", {1, 2, 3, 4}),
        ("Currencies?$select=Code&$filter=Code eq 'EUR' or Code eq 'USD' or Code eq 'JPY'", {"EUR", "USD", "JPY"}),
    ],
)
def test_look_up_sets_are_there(client: Client, path: str, names: set[object]) -> None:
    key = {"VatGroups": "Code", "Currencies": "Code"}.get(path.partition("?")[0]) or path.rpartition("=")[2]
    assert {one[key] for one in client.get(path).values} == names


def test_the_company_describes_itself(client: Client) -> None:
    info = client.post("CompanyService_GetCompanyInfo").json
    assert (info["CompanyName"], info["GroupLinesInVATCalculation"]) == ("SBODEMO", "tNO")
    admin = client.get("CompanyService_GetAdminInfo").json
    assert (admin["LocalCurrency"], admin["TotalsAccuracy"], admin["PriceAccuracy"]) == ("EUR", 2, 6)
    assert client.post("SBOBobService_GetLocalCurrency").json["value"] == "EUR"
    series = client.post("SeriesService_GetDocumentSeries", {"DocumentTypeParams": {"Document": "2"}}).values
    assert [one["Name"] for one in series] == ["Manual", "Customers", "Web"]


def test_locked_periods_are_shown(client: Client) -> None:
    client.control("POST", "settings", {"locked_until": "2026-10-31"})
    locked = {one["PeriodCode"]: one["Locked"] for one in client.post("CompanyService_GetFinancePeriods", {}).values}
    assert (locked["2026-10"], locked["2026-11"]) == ("tYES", "tNO")
