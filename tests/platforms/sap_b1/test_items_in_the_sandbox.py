"""Items into a running ERP: created once, changed sparingly, and read back as they are read at any other time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hub.errors import (
    AmbiguousMatch,
    Changed,
    InvalidRecord,
    PlatformUnavailable,
    RejectedByTarget,
    TargetVanished,
)
from hub.platforms.endpoint import ClientKey, Outcome, Probe, Step
from hub.platforms.sap_b1.item_price import PriceRules
from hub.platforms.sap_b1.item_writer import ItemWriter
from hub.sync.digest import digest
from objects.fields import FieldMap
from objects.product import ProductSchema

from .items import EVERYTHING, KEY, USER_FIELDS, product

Record = dict[str, Any]


@pytest.fixture
def company(erp: Any) -> Any:
    """A company with our fields and those of the integration's own; its lists know Acme and Drinkware."""
    for field in USER_FIELDS:
        erp.connection.company.layer.create("UserFieldsMD", field, repeatable=True)
    erp.control("POST", "restart", {})
    erp.control("POST", "manufacturers", {"name": "Acme"})
    return erp


def endpoint(company: Any, **settings: Any) -> Any:
    return company.endpoint("product", **{"fields": {"product": EVERYTHING}, **settings})


def create(company: Any, record: Record, only: frozenset[str] | None = None, **settings: Any) -> Outcome:
    (outcome,) = endpoint(company, **settings).write([Step("create", KEY, record, only)])
    assert isinstance(outcome, Outcome)
    return outcome


def update(company: Any, record: Record, target: Record, *only: str, **settings: Any) -> Outcome:
    step = Step("update", KEY, record, frozenset(only), target["ItemCode"], target)
    (outcome,) = endpoint(company, **settings).write([step])
    assert isinstance(outcome, Outcome)
    return outcome


def read(company: Any, code: str, **settings: Any) -> Record:
    native: Record = endpoint(company, **settings).read([code])[code]
    return native


def stored(company: Any, code: str) -> Record:
    return next(row for row in company.state("items") if row["ItemCode"] == code)


def prices(company: Any, code: str) -> list[Any]:
    return [row.get("Price") for row in stored(company, code)["ItemPrices"]]


def methods(outcome: Outcome) -> list[str]:
    """The calls about items; lists of the company that are read once are left out."""
    return [exchange.method for exchange, _ in outcome.exchanges if exchange.operation.endswith(" Items")]


def full(**changes: Any) -> Record:
    """A product with a value in every field."""
    given: Record = {
        "title": "Cup",
        "option": "Red",
        "description": "Holds tea.\nOr coffee.",
        "vendor": "Acme",
        "product_type": "Drinkware",
        "barcode": "4006381333931",
        "weight": "0.35",
        "taxable": False,
        "custom": {"material": "clay", "pieces": 6, "length": Decimal("12.5"), "organic": True},
    }
    return product(**{**given, **changes})


# -- creating ---------------------------------------------------------------------------------------------------


def test_a_product_becomes_an_item_under_its_code(company: Any) -> None:
    outcome = create(company, full())
    assert (outcome.error, outcome.target_id, outcome.adopted, outcome.warnings) == (None, "CUP", False, ())
    item = stored(company, "CUP")
    assert (item["ItemName"], item["User_Text"]) == ("Cup - Red", "Holds tea.\nOr coffee.")
    assert (item["U_HubRef"], item["U_HubTemplate"], item["U_Organic"]) == (KEY, "demo", "Y")
    assert (item["InventoryItem"], item["SalesItem"], item["VatLiable"]) == ("tYES", "tYES", "tNO")
    assert prices(company, "CUP") == [9.9, None]
    assert methods(outcome) == ["POST", "GET"]


def test_what_was_written_reads_as_what_was_meant(company: Any) -> None:
    record = full()
    outcome = create(company, record)
    back = ProductSchema().load(endpoint(company).to_canonical(outcome.native))
    assert back["title"] == "Cup - Red"
    for name in ("description", "vendor", "product_type", "custom"):
        assert back[name] == record[name]
    for name in ("code", "barcode", "price", "currency", "weight", "taxable", "tracked", "kind"):
        assert back["variants"][0][name] == record["variants"][0][name]


def test_only_the_synchronised_fields_are_created(company: Any) -> None:
    create(company, full(), frozenset({"price"}))
    item = stored(company, "CUP")
    assert (item["ItemName"], prices(company, "CUP")) == ("Cup - Red", [9.9, None])
    assert {item.get(name) for name in ("User_Text", "BarCode", "VatLiable", "Manufacturer", "U_Material")} == {None}


def test_a_create_is_guarded_by_its_code_and_goes_both_ways(company: Any) -> None:
    made = endpoint(company)
    assert made.create_guard == ClientKey()
    assert made.verbs == {"create", "update"}
    assert [source.name for source in made.sources] == ["items", "prices"]


def test_a_batch_is_read_back_in_one_request(company: Any) -> None:
    steps = [Step("create", f"{KEY}{number}", product(code=f"NEW-{number}")) for number in range(8)]
    before = company.counts().get("GET Items", 0)
    outcomes = endpoint(company).write(steps)
    assert [outcome.native["ItemCode"] for outcome in outcomes] == [f"NEW-{number}" for number in range(8)]
    assert company.counts()["GET Items"] == before + 1
    shared = {id(outcome.exchanges[-1][0]) for outcome in outcomes}
    assert len(shared) == 1
    assert [outcome.exchanges[-1][1] for outcome in outcomes] == list(range(8))


def test_one_bad_record_of_a_batch_fails_alone(company: Any) -> None:
    records = [product(code="A1"), product(code="A2", vendor="Nobody"), product(code="A3")]
    outcomes = endpoint(company).write([Step("create", str(place), one) for place, one in enumerate(records)])
    assert [type(outcome.error) for outcome in outcomes] == [type(None), InvalidRecord, type(None)]
    assert outcomes[1].native is None
    assert set(endpoint(company).read(["A1", "A2", "A3"])) == {"A1", "A3"}


@pytest.mark.parametrize("kind", ["stored_then_dropped", "stored_then_502"])
def test_a_lost_answer_makes_no_second_item(company: Any, kind: str) -> None:
    before = len(company.state("items"))
    company.faults({"kind": kind, "share": 1, "times": 1, "operations": ["POST Items"]})
    outcome = create(company, full())
    assert (outcome.error, outcome.target_id, outcome.adopted) == (None, "CUP", True)
    assert len(company.state("items")) == before + 1
    assert outcome.native == read(company, "CUP")


def test_a_code_that_somebody_took_meanwhile_is_planned_anew(company: Any) -> None:
    company.control("POST", "items", {"ItemCode": "CUP", "ItemName": "Another cup"})
    outcome = create(company, full())
    assert isinstance(outcome.error, Changed)
    assert outcome.target_id == ""
    assert stored(company, "CUP")["ItemName"] == "Another cup"


def test_a_code_that_the_database_takes_for_another_is_told(company: Any) -> None:
    company.control("PUT", "settings", {"codes_ignore_case": True})
    outcome = create(company, product(code="mug"))
    assert isinstance(outcome.error, AmbiguousMatch)
    assert "erp_ignores_case" in outcome.error.fix


def test_an_item_that_the_erp_refuses_shows_its_words(company: Any) -> None:
    company.control("PUT", "settings", {"lengths": {"Item.BarCode": 5}})
    outcome = create(company, full())
    assert isinstance(outcome.error, RejectedByTarget)
    assert "BarCode" in str(outcome.error)


def test_a_company_without_our_fields_gets_its_items_all_the_same(bare_erp: Any) -> None:
    (outcome,) = bare_erp.endpoint("product").write([Step("create", KEY, product(price="3"))])
    assert outcome.error is None
    assert "U_HubRef" not in outcome.sent
    assert outcome.native["ItemPrices"][0]["Price"] == 3


def test_a_text_that_is_too_long_is_not_sent(company: Any) -> None:
    outcome = create(company, full(custom={"material": "mother of pearl"}))
    assert isinstance(outcome.error, InvalidRecord)
    assert outcome.error.detail == "U_Material"
    assert methods(outcome) == []


def test_a_vendor_and_a_group_that_are_new_are_known_half_a_minute_later(company: Any) -> None:
    outcome = create(company, product(vendor="Newcomer"))
    assert isinstance(outcome.error, InvalidRecord)
    company.control("POST", "manufacturers", {"name": "Newcomer"})
    company.control("POST", "item_groups", {"name": "Hats"})
    company.clock.advance(31)
    outcome = create(company, product(vendor="Newcomer", product_type="Hats"))
    assert outcome.error is None
    record = endpoint(company).to_canonical(outcome.native)
    assert (record["vendor"], record["product_type"]) == ("Newcomer", "Hats")


def test_an_unknown_product_type_goes_into_the_default_group(company: Any) -> None:
    group = read(company, "MUG")["ItemsGroupCode"]
    outcome = create(company, product(product_type="Hats"), default_item_group=group)
    assert outcome.native is not None
    assert outcome.native["ItemsGroupName"] == "Drinkware"
    assert "no item group Hats" in outcome.warnings[0]


# -- changing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("only", "changes", "property_name", "value"),
    [
        ("title", {"title": "Beaker"}, "ItemName", "Beaker"),
        ("description", {"description": "New text."}, "User_Text", "New text."),
        ("barcode", {"barcode": "123"}, "BarCode", "123"),
        ("taxable", {"taxable": False}, "VatLiable", "tNO"),
        ("weight", {"weight": "0.4"}, "SalesUnitWeight", Decimal("0.4")),
        ("vendor", {"vendor": "Acme"}, "ManufacturerName", "Acme"),
        ("product_type", {"product_type": "Items"}, "ItemsGroupName", "Items"),
        ("custom.material", {"custom": {"material": "steel"}}, "U_Material", "steel"),
        ("custom.pieces", {"custom": {"pieces": 12}}, "U_Pieces", 12),
        ("custom.length", {"custom": {"length": Decimal("3.25")}}, "U_Length", Decimal("3.25")),
        ("custom.organic", {"custom": {"organic": True}}, "U_Organic", "Y"),
    ],
)
def test_each_field_is_changed_alone(company: Any, only: str, changes: Record, property_name: str, value: Any) -> None:
    before = read(company, "MUG")
    outcome = update(company, product(code="MUG", **changes), before, only)
    assert outcome.error is None
    assert outcome.native is not None
    assert outcome.native[property_name] == value
    moved = {name for name in outcome.native if outcome.native[name] != before.get(name)}
    allowed = {property_name, "ItemsGroupCode", "Manufacturer", "SalesWeightUnit", "KilogramsPerWeightUnit"}
    assert moved - {"@odata.etag", "UpdateDate", "UpdateTime"} <= allowed


def test_a_price_changes_its_own_row_only(company: Any) -> None:
    assert prices(company, "MUG") == [11.9, 9.52]
    outcome = update(company, product(code="MUG", price="12.50"), read(company, "MUG"), "price")
    assert outcome.sent == {"ItemPrices": [{"PriceList": 1, "Price": Decimal("12.50"), "Currency": "EUR"}]}
    assert prices(company, "MUG") == [12.5, 9.52]
    outcome = update(company, product(code="MUG", price="8"), read(company, "MUG", price_list=2), "price", price_list=2)
    assert outcome.error is None
    assert prices(company, "MUG") == [12.5, 8]


def test_nothing_to_change_sends_nothing(company: Any) -> None:
    before = read(company, "MUG")
    outcome = update(company, product(code="MUG", title="Mug", price="11.90"), before, "title", "price")
    assert (outcome.sent, outcome.nothing_sent, outcome.native) == ({}, True, before)
    assert methods(outcome) == []


def test_an_item_that_somebody_changed_meanwhile_is_read_again_first(company: Any) -> None:
    before = read(company, "MUG")
    company.control("POST", "items", {"ItemCode": "MUG", "BarCode": "999"})
    outcome = update(company, product(code="MUG", title="Beaker"), before, "title")
    assert isinstance(outcome.error, Changed)
    assert stored(company, "MUG")["ItemName"] == "Mug"


def test_a_change_whose_answer_was_lost_is_no_conflict_with_ourselves(company: Any) -> None:
    before = read(company, "MUG")
    company.faults({"kind": "stored_then_502", "share": 1, "times": 1, "operations": ["PATCH Items"]})
    outcome = update(company, product(code="MUG", title="Beaker", price="12.5"), before, "title", "price")
    assert outcome.error is None
    assert outcome.native is not None
    assert outcome.native["ItemName"] == "Beaker"


def test_a_change_without_a_version_reads_it_first(company: Any) -> None:
    before = read(company, "MUG")
    del before["@odata.etag"]
    outcome = update(company, product(code="MUG", title="Beaker"), before, "title")
    assert methods(outcome) == ["GET", "PATCH", "GET"]


def test_an_item_that_is_gone_is_told(company: Any) -> None:
    before = read(company, "MUG")
    company.control("POST", "items/delete", {"item": "MUG"})
    for target in (before, {"ItemCode": "MUG"}):
        outcome = update(company, product(code="MUG", title="Beaker"), target, "title")
        assert isinstance(outcome.error, TargetVanished)


def test_a_value_that_the_erp_does_not_take_over_is_said(company: Any) -> None:
    before = read(company, "MUG")
    writer = ItemWriter(
        company.connection.company,
        {},
        read=lambda codes: dict.fromkeys(codes, before),
        prices=PriceRules(),
        custom=(),
        converts=lambda: False,
    )
    step = Step("update", KEY, product(code="MUG", title="Beaker"), frozenset({"title"}), "MUG", before)
    (outcome,) = writer.write([step], lambda steps: [writer.update(one) for one in steps])
    assert outcome.error is None
    assert outcome.warnings == ("ItemName reads back differently from what was sent.",)


def test_trouble_in_the_middle_of_a_batch_forgets_nothing_that_was_done(company: Any) -> None:
    """The third item needs a list that cannot be read: it and what follows are left for the next run."""
    records = [product(code=f"NEW-{number}", vendor="Acme" if number == 2 else "") for number in range(4)]
    company.faults({"kind": "html_502", "share": 1, "operations": ["GET Manufacturers"]})
    fields = {"product": FieldMap({"title": "shop"})}
    outcomes = endpoint(company, fields=fields).write(
        [Step("create", str(number), record) for number, record in enumerate(records)]
    )
    assert [outcome.error for outcome in outcomes[:2]] == [None, None]
    assert [type(outcome.error) for outcome in outcomes[2:]] == [PlatformUnavailable] * 2
    assert [bool(outcome.native) for outcome in outcomes] == [True, True, False, False]


def test_trouble_before_anything_was_done_is_raised(company: Any) -> None:
    company.faults({"kind": "html_502", "share": 1, "operations": ["GET Manufacturers"]})
    with pytest.raises(PlatformUnavailable):
        create(company, product(vendor="Acme"))


def test_what_cannot_be_read_back_is_linked_and_fails(company: Any) -> None:
    made = endpoint(company)
    company.faults({"kind": "html_502", "share": 1, "operations": ["GET Items"]})
    (outcome,) = made.write([Step("create", KEY, product())])
    assert isinstance(outcome.error, PlatformUnavailable)
    assert (outcome.target_id, outcome.native) == ("CUP", None)


# -- the same form, wherever it comes from ------------------------------------------------------------------------


def changed(company: Any, **settings: Any) -> dict[str, Record]:
    made = endpoint(company, **settings)
    return {key: native for page in made.changes(made.sources[0], None) for key, native in page.entries}


@pytest.mark.parametrize("api", ["v2", "v1"])
@pytest.mark.parametrize("settings", [{}, {"convert_prices": "tax", "prices_include_tax": False}, {"fields": {}}])
def test_the_answer_to_a_write_is_what_the_next_run_reads(company: Any, api: str, settings: Record) -> None:
    company.connection.close()
    company.connection = company.connect(api=api)
    company.control("PUT", "settings", {"default_tax_code": "A2"})
    made = endpoint(company, **settings)
    custom = {} if settings.get("fields") == {} else {"custom": full()["custom"]}
    outcomes = [
        create(company, {**full(), "custom": {}, **custom}, **settings),
        update(company, product(code="MUG", title="Beaker", price="1"), read(company, "MUG"), "title", **settings),
        update(company, product(code="TEE-M", price="7.77"), read(company, "TEE-M", **settings), "price", **settings),
        update(company, product(code="CABLE", title="Cable"), read(company, "CABLE", **settings), "title", **settings),
    ]
    found = changed(company, **settings)
    there = made.find([Probe("1", {"code": "CUP"})])["1"]
    for outcome in outcomes:
        assert outcome.error is None
        assert outcome.native is not None
        code = outcome.target_id
        assert digest(outcome.native, made.volatile) == digest(found[code], made.volatile)
        assert outcome.native == found[code] == made.read([code])[code]
    assert there == [outcomes[0].native]


def test_fields_that_are_not_synchronised_are_not_read(company: Any) -> None:
    chosen = {"product": FieldMap({"title": "shop", "price": "erp"})}
    native = read(company, "MUG", fields=chosen)
    assert not {"User_Text", "VatLiable", "Manufacturer", "U_Material", "U_HubRef", "SalesVATGroup"} & set(native)
    native = read(company, "MUG")
    assert {"User_Text", "VatLiable", "Manufacturer", "U_Material", "U_Organic"} <= set(native)
    assert not {"U_HubRef", "U_HubTemplate", "U_HubSync"} & set(native)


def test_what_is_linked_and_kept_in_another_way_is_told_in_its_kind(company: Any) -> None:
    made = endpoint(company)
    natives = made.read(["BATCH", "KIT", "MUG"])
    kinds = {code: made.to_canonical(native)["variants"][0]["kind"] for code, native in natives.items()}
    assert kinds == {"BATCH": "batch", "KIT": "kit", "MUG": "plain"}


def test_items_are_found_by_bar_code_too(company: Any) -> None:
    for code in ("MUG", "CABLE"):
        company.control("POST", "items", {"ItemCode": code, "BarCode": "400"})
    probes = [
        Probe("1", {"code": "MUG", "barcode": "400"}),
        Probe("2", {"barcode": "4"}),
        Probe("3", {"code": "TEE-M"}),
    ]
    found = endpoint(company).find(probes)
    assert {key: [row["ItemCode"] for row in rows] for key, rows in found.items()} == {
        "1": ["MUG", "CABLE"],
        "3": ["TEE-M"],
    }


def test_a_code_in_another_letter_case_is_found_where_that_is_asked_for(company: Any) -> None:
    probes = [Probe("1", {"code": "mug", "folded": "mug"}), Probe("2", {"code": "mug"})]
    found = endpoint(company).find(probes)
    assert {key: [row["ItemCode"] for row in rows] for key, rows in found.items()} == {"1": ["MUG"]}


# -- prices with and without tax --------------------------------------------------------------------------------

NET = {"convert_prices": "tax", "prices_include_tax": True}


@pytest.fixture
def net(company: Any) -> Any:
    """A company whose price list is without tax, and a shop whose prices are with it."""
    company.control("POST", "price_lists", {"price_list": 1, "gross": False})
    return company


def shop_price(company: Any, native: Record, **settings: Any) -> Any:
    return endpoint(company, **settings).to_canonical(native)["variants"][0]["price"]


def test_a_net_list_feeds_a_gross_shop_only_if_that_is_chosen(net: Any) -> None:
    assert shop_price(net, read(net, "MUG", **NET), **NET) == Decimal("14.16")
    assert shop_price(net, read(net, "MUG")) == Decimal("11.9")


def test_a_price_of_the_shop_converts_back_to_itself(net: Any) -> None:
    outcome = update(net, product(code="MUG", price="12.50"), read(net, "MUG", **NET), "price", **NET)
    assert prices(net, "MUG") == [10.504202, 9.52]
    assert shop_price(net, outcome.native or {}, **NET) == Decimal("12.50")
    assert outcome.warnings == ()
    again = update(net, product(code="MUG", price="12.50"), outcome.native or {}, "price", **NET)
    assert again.nothing_sent


def test_a_new_item_gets_its_price_once_the_erp_has_given_it_a_tax_code(net: Any) -> None:
    net.control("PUT", "settings", {"default_tax_code": "A2"})
    outcome = create(net, product(price="11.90"), **NET)
    assert outcome.error is None
    assert prices(net, "CUP") == [10, None]
    assert shop_price(net, outcome.native or {}, **NET) == Decimal("11.90")
    assert [method for method in methods(outcome) if method != "GET"] == ["POST", "PATCH"]


def test_a_new_item_without_a_tax_code_is_linked_and_fails(net: Any) -> None:
    outcome = create(net, product(price="11.90"), **NET)
    assert isinstance(outcome.error, InvalidRecord)
    assert outcome.error.detail == "SalesVATGroup"
    assert outcome.target_id == "CUP"
    assert prices(net, "CUP") == [None, None]


def test_a_price_in_another_currency_stops_its_own_record(company: Any) -> None:
    company.control("POST", "prices", {"item": "MUG", "price": 5, "currency": "USD"})
    with pytest.raises(InvalidRecord) as failure:
        endpoint(company).to_canonical(read(company, "MUG"))
    assert failure.value.detail == "currency"
