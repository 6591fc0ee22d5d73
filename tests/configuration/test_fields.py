from __future__ import annotations

from typing import Any

import pytest

from hub.bootstrap import Hub
from hub.configuration.applying import apply, preview
from hub.configuration.exporting import export
from hub.configuration.faults import Fault, FaultyFile
from hub.platforms.endpoint import Source
from objects.fields import CustomField, field_map
from objects.product import Product
from tests.configuration.conftest import GOOD, described, edited, faults
from tests.fakes import erp, shop
from tests.fakes.platform import KEY

#: Appended to the good file it begins in line 35.
FIELDS = """\
fields:
  product:
    title: erp
    vendor: false
    barcode: true
    price: erp
    custom:
      - {name: material, shop: product.custom.material, erp: U_Material}
      - {name: depth, shop: variant.custom.depth_mm, erp: U_Depth, type: decimal, owner: erp}
"""
FILE = GOOD + FIELDS
TWO_WAYS = FILE.replace(
    "  - {object: order,", "  - {object: product, direction: shop_to_erp}\n  - {object: order,"
).replace("title: erp", "title: none")
MATERIAL = {
    "name": "material",
    "shop": "product.custom.material",
    "erp": "U_Material",
    "type": "text",
    "owner": "erp",
}


def with_fields(*edits: tuple[str, str]) -> str:
    """The good file with an edited part for fields."""
    text = FILE
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


@pytest.fixture
def both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two platforms that carry products both ways."""

    class ShownByTheShop(shop.ShopProducts):
        """Shows its changes."""

        sources = (Source("products", "time"),)

    class WrittenToTheErp(erp.ErpItems):
        """Takes changes."""

        verbs = frozenset({"create", "update"})

    monkeypatch.setitem(shop.ENDPOINTS, "product", ShownByTheShop)
    monkeypatch.setitem(erp.ENDPOINTS, "product", WrittenToTheErp)


def stored(hub: Hub) -> Any:
    return hub.integrations.named("acme").fields


def refused(hub: Hub, text: str) -> list[Fault]:
    with pytest.raises(FaultyFile) as caught:
        apply(described(text), hub)
    return list(caught.value.faults)


def test_fields_are_stored_as_the_file_names_them(hub: Hub) -> None:
    apply(described(FILE), hub)
    product = stored(hub)["product"]
    assert {name: value for name, value in product.items() if name != "custom"} == {
        "title": "erp",
        "vendor": False,
        "barcode": True,
        "price": "erp",
    }
    assert product["custom"][0] == MATERIAL
    made = field_map(Product().fields, product)
    assert made.owners["title"] == "erp"
    assert made.owners["custom.depth"] == "erp"
    assert "vendor" not in made.owners
    assert made.custom[1] == CustomField("depth", "variant.custom.depth_mm", "U_Depth", "decimal", "erp")


def test_a_file_without_fields_leaves_those_of_the_store(hub: Hub) -> None:
    apply(described(FILE), hub)
    before = stored(hub)
    assert apply(described(), hub) == []
    assert stored(hub) == before


def test_fields_are_added_to_those_of_the_store_one_by_one(hub: Hub) -> None:
    apply(described(FILE), hub)
    more = GOOD + (
        "fields: {product: {weight: false, custom: ["
        "{name: material, shop: product.custom.material, erp: U_Material, type: integer}]}}\n"
    )
    (change,) = apply(described(more), hub)
    assert (change.what, change.before, change.after) == (
        "fields product",
        {"weight": None, "custom.material": "product.custom.material = U_Material, text, owner erp"},
        {"weight": False, "custom.material": "product.custom.material = U_Material, integer, owner erp"},
    )
    assert stored(hub)["product"]["title"] == "erp"
    assert [row["name"] for row in stored(hub)["product"]["custom"]] == ["material", "depth"]


def test_a_change_of_a_field_is_in_the_trail(hub: Hub) -> None:
    apply(described(FILE), hub)
    apply(described(with_fields(("title: erp", "title: false"))), hub)
    newest = next(iter(hub.audit.newest()))
    assert (newest.subject, newest.before, newest.after) == (
        "acme: fields product",
        {"title": "erp"},
        {"title": False},
    )


def test_an_exported_file_brings_the_fields_back(hub: Hub) -> None:
    apply(described(FILE), hub)
    text = export("acme", hub)
    assert preview(described(text, ACME_SHOP_KEY=KEY, ACME_ERP_KEY=KEY), hub) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "text", "fix"),
    [
        ("  product:\n", "  produkt:\n", 36, "fields.produkt", "no such object", "Did you mean `product`?"),
        ("  product:\n", "  order:\n", 36, "fields.order", "Fields of order cannot be chosen", "Remove this key."),
        ("title: erp", "titel: erp", 37, "fields.product.titel", "no such field", "Did you mean `title`?"),
        ("title: erp", "title: both", 37, "fields.product.title", "Not an owner", "Write shop, erp, none or false."),
        ("title: erp", "title: [erp]", 37, "fields.product.title", "Not an owner", "Write shop, erp, none or false."),
        ("title: erp", "title:", 37, "fields.product.title", "Not an owner", "Write shop, erp, none or false."),
        ("title: erp", "code: shop", 37, "fields.product.code", "always belongs to erp", "Write erp, or remove"),
        ("title: erp", "code: false", 37, "fields.product.code", "always synchronised", "Write erp, or remove"),
        ("title: erp", "code: sku", 37, "fields.product.code", "Not an owner", "Write erp or true."),
        ("price: erp", "price: false", 40, "fields.product.price", "always synchronised", "Write erp, or remove"),
        ("price: erp", "price: me", 40, "fields.product.price", "Not an owner", "Write shop, erp, none or true."),
        ("name: material", "name: Material", 42, "fields.product.custom[0].name", "Not a name for a field", "Correct"),
        ("name: material", "name: title", 42, "fields.product.custom[0].name", "a field of the hub's", "another name"),
        ("name: depth", "name: material", 43, "fields.product.custom[1].name", "stands in line 42", "Keep one"),
        ("product.custom.material", "material", 42, "fields.product.custom[0].shop", "Not a metafield", "Correct"),
        (
            "product.custom.material",
            "item.custom.m1",
            42,
            "fields.product.custom[0].shop",
            "Not a metafield",
            "Correct",
        ),
        ("product.custom.material", "product.cu.material", 42, "fields.product.custom[0].shop", "Not a", "Correct"),
        (
            "variant.custom.depth_mm",
            "product.custom.material",
            43,
            "fields.product.custom[1].shop",
            "The metafield product.custom.material stands in line 42 already.",
            "Keep one",
        ),
        ("U_Material", "Material", 42, "fields.product.custom[0].erp", "Not a user-defined field", "Correct"),
        ("U_Depth", "U_material", 43, "fields.product.custom[1].erp", "The field U_material stands in line 42", "Keep"),
        ("type: decimal", "type: float", 43, "fields.product.custom[1].type", "Must be one of", "Correct"),
        ("owner: erp}", "owner: me}", 43, "fields.product.custom[1].owner", "Must be one of", "Correct"),
        (", erp: U_Material", "", 42, "fields.product.custom[0].erp", "This key is missing", "Add the line `erp: …`."),
        (
            "{name: material, shop: product.custom.material, erp: U_Material}",
            "material",
            42,
            "fields.product.custom[0]",
            "Not a valid mapping",
            "Write name, shop and erp.",
        ),
    ],
)
def test_each_fault_of_the_fields_is_named_with_its_place(
    old: str, new: str, line: int, path: str, text: str, fix: str
) -> None:
    found = faults(with_fields((old, new)))
    assert [(fault.line, fault.path) for fault in found] == [(line, path)]
    assert text in found[0].text
    assert fix in found[0].fix


@pytest.mark.parametrize(
    ("row", "path", "text", "fix"),
    [
        ("email: false", "email", "It is always synchronised.", "Write shop, or remove this line."),
        ("phone: erp", "phone", "It always belongs to shop.", "Write shop or false, or remove this line."),
        ("phone: mine", "phone", "Not an owner.", "Write shop or false."),
        ("nickname: shop", "nickname", "There is no such field.", "Remove it; the keys are first_name, last_name"),
        ("custom: []", "custom", "customer takes no fields of your own.", "Remove this key."),
    ],
)
def test_fields_of_customers_belong_to_the_shop_and_some_may_be_left_out(
    row: str, path: str, text: str, fix: str
) -> None:
    (fault,) = faults(GOOD + f"fields:\n  customer:\n    {row}\n")
    assert (fault.line, fault.path, fault.text) == (37, f"fields.customer.{path}", text)
    assert fault.fix.startswith(fix)


def test_a_customers_phone_may_be_left_out(hub: Hub) -> None:
    apply(described(GOOD + "fields: {customer: {phone: false, note: shop}}\n"), hub)
    assert stored(hub) == {"customer": {"phone": False, "note": "shop"}}


def test_a_part_that_names_no_field_changes_nothing(hub: Hub) -> None:
    apply(described(), hub)
    assert apply(described(GOOD + "fields: {product: {}, customer: {}}\n"), hub) == []
    assert stored(hub) == {}


@pytest.mark.parametrize("wrong", ["fields: product\n", "fields: [product]\n", "fields: {product: [title]}\n"])
def test_fields_of_another_form_are_refused(wrong: str) -> None:
    (fault,) = faults(GOOD + wrong)
    assert "Not a valid mapping" in fault.text


def test_own_fields_that_are_no_list_are_refused() -> None:
    (fault,) = faults(GOOD + "fields: {product: {custom: {name: material}}}\n")
    assert (fault.path, fault.text) == ("fields.product.custom", "Not a valid list.")


@pytest.mark.parametrize(
    ("old", "new", "line", "text"),
    [
        ("title: erp", "title: none", 37, "It has no owner, but product goes from erp to shop only: it would never"),
        ("price: erp", "price: shop", 40, "It is owned by shop, but product goes from erp to shop only"),
        ("vendor: false", "vendor: shop", 38, "It is owned by shop, but product goes from erp to shop only"),
        ("owner: erp}", "owner: shop}", 43, "It is owned by shop, but product goes from erp to shop only"),
    ],
)
def test_an_owner_by_whom_a_field_would_never_move_is_refused(
    hub: Hub, old: str, new: str, line: int, text: str
) -> None:
    (fault,) = refused(hub, with_fields((old, new)))
    assert (fault.line, fault.text.startswith(text)) == (line, True)
    assert fault.fix.startswith("Write erp")
    assert fault.fix.endswith("or add the route from shop to erp.")


def test_to_say_what_is_so_anyway_is_no_fault(hub: Hub) -> None:
    apply(described(with_fields(("title: erp", "title: shop"))), hub)
    assert stored(hub)["product"]["title"] == "shop"


@pytest.mark.usefixtures("both_ways")
def test_where_both_routes_are_there_every_owner_may_be(hub: Hub) -> None:
    text = TWO_WAYS.replace("price: erp", "price: shop").replace("vendor: false", "vendor: none")
    apply(described(text), hub)
    assert (stored(hub)["product"]["title"], stored(hub)["product"]["price"]) == ("none", "shop")


@pytest.mark.usefixtures("both_ways")
def test_a_route_that_is_switched_off_for_a_while_is_still_there(hub: Hub) -> None:
    off = TWO_WAYS.replace("product, direction: shop_to_erp", "product, direction: shop_to_erp, enabled: false")
    apply(described(off), hub)
    # The file of before, with one route only: the store has the other one.
    apply(described(with_fields(("title: erp", "title: none"))), hub)
    assert stored(hub)["product"]["title"] == "none"


def test_the_file_must_get_on_with_own_fields_that_it_does_not_name(hub: Hub) -> None:
    apply(described(FILE), hub)
    row = "{name: stuff, shop: product.custom.stuff, erp: U_MATERIAL}"
    (fault,) = refused(hub, GOOD + f"fields: {{product: {{custom: [{row}]}}}}\n")
    assert (fault.path, fault.text) == (
        "fields.product.custom[0].erp",
        "The store has the field U_MATERIAL as material already.",
    )
    row = "{name: stuff, shop: product.custom.material, erp: U_Stuff}"
    (fault,) = refused(hub, GOOD + f"fields: {{product: {{custom: [{row}]}}}}\n")
    assert (fault.path, "--prune" in fault.fix) == ("fields.product.custom[0].shop", True)


def test_the_good_file_has_the_lines_that_are_counted_on() -> None:
    assert len(edited().splitlines()) == 34
