"""Products read from the sandbox in every way there is, and known again after they were written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError

from hub.errors import ConfigurationError, InvalidRecord
from hub.platforms.endpoint import Criteria, Endpoint, Mark, Native, Outcome, Page, Probe, Step
from hub.sync.digest import digest
from objects.fields import CustomField, FieldMap
from objects.product import Product, ProductSchema

from .conftest import Shop

MATERIAL = CustomField("material", "product.custom.material", "U_Material")
PACK = CustomField("pack", "variant.specs.pack", "U_Pack", "integer")
ORGANIC = CustomField("organic", "variant.specs.organic", "U_Organic", "boolean")
FIELDS = {"product": FieldMap({}, (MATERIAL, PACK, ORGANIC))}
PAGES = {"currency": "EUR", "bulk_from": 1_000_000, "fields": FIELDS}
BULK = {"currency": "EUR", "bulk_from": 0, "fields": FIELDS}

SET = """mutation metafieldsSet($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) { userErrors { message } } }"""


def entries(pages: Iterator[Page]) -> dict[str, Native]:
    found: dict[str, Native] = {}
    for page in pages:
        assert len(page.entries) <= 250
        for key, native in page.entries:
            assert native is not None
            assert key not in found
            found[key] = native
    return found


def everything(endpoint: Endpoint) -> dict[str, Native]:
    return entries(endpoint.changes(endpoint.sources[0], None))


def now(shop: Shop) -> Mark:
    """A mark of this moment: what is changed from here on comes after it."""
    shop.clock.advance(600)
    mark = {"at": shop.clock.now().isoformat()}
    shop.clock.advance(600)
    return mark


def since(endpoint: Endpoint, mark: Mark) -> dict[str, Native]:
    return entries(endpoint.changes(endpoint.sources[0], mark))


def many(shop: Shop, count: int, title: str = "Tee", **given: Any) -> list[str]:
    """The variants of one product."""
    variants = [{"sku": f"{title.upper()}-{n}", "price": "5.00", "option": f"Size {n}"} for n in range(count)]
    made: list[str] = shop.control("products", {"title": title, "variants": variants, **given})["variants"]
    return made


def set_field(shop: Shop, owner: str, field: CustomField, value: str, kind: str) -> None:
    _, namespace, key = field.shop.split(".")
    given = {"ownerId": owner, "namespace": namespace, "key": key, "type": kind, "value": value}
    assert shop.run(SET, metafields=[given])["metafieldsSet"]["userErrors"] == []


def same(one: Native, other: Native) -> bool:
    return digest(one, {"updatedAt"}) == digest(other, {"updatedAt"})


class TestWays:
    def test_pages_bulk_files_searches_and_reads_by_id_give_the_same_records(self, shop: Shop) -> None:
        variants = many(shop, 23)
        set_field(shop, variants[20], PACK, "6", "number_integer")
        product = shop.connect().endpoint("product", PAGES).read(variants[:1])[variants[0]]["product"]["id"]
        set_field(shop, product, MATERIAL, "Wool", "single_line_text_field")
        endpoint = shop.connect().endpoint("product", PAGES)
        paged = everything(endpoint)
        grouped = everything(shop.connect().endpoint("product", BULK))
        ungrouped = everything(shop.connect(bulk_grouped=False).endpoint("product", BULK))
        by_id = endpoint.read(list(paged))
        probes = [Probe(key, {"code": native["sku"]}) for key, native in paged.items() if native["sku"]]
        searched = {native["id"]: native for found in endpoint.find(probes).values() for native in found}
        assert len(paged) >= 35
        assert paged == grouped == ungrouped == by_id
        assert searched == {key: native for key, native in paged.items() if native["sku"]}
        record = ProductSchema().load(endpoint.to_canonical(paged[variants[20]]))
        assert record["custom"] == {"material": "Wool", "pack": 6, "organic": None}

    def test_every_variant_of_the_shop_is_a_record(self, quiet: Shop) -> None:
        answered = quiet.run("{ products(first: 250) { nodes { variants(first: 99) { nodes { id } } } } }")
        ids = {one["id"] for product in answered["products"]["nodes"] for one in product["variants"]["nodes"]}
        assert set(everything(quiet.connect().endpoint("product", PAGES))) == ids

    def test_a_full_read_sets_a_mark_that_the_lag_bounds(self, shop: Shop) -> None:
        for settings in (PAGES, BULK):
            endpoint = shop.connect().endpoint("product", settings)
            marks = [page.mark for page in endpoint.changes(endpoint.sources[0], None) if page.mark]
            assert datetime.fromisoformat(marks[-1]["at"]) <= shop.clock.now() - timedelta(seconds=60)

    def test_a_product_of_very_many_variants_comes_in_several_pages_and_one_mark(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        mark = now(shop)
        many(shop, 620)
        pages = list(endpoint.changes(endpoint.sources[0], mark))
        assert [len(page.entries) for page in pages] == [250, 250, 120]
        assert [page.mark is not None for page in pages] == [False, False, True]

    def test_many_changes_are_read_by_a_bulk_operation_and_few_are_not(self, shop: Shop) -> None:
        # With a threshold of 100 for everything, a quarter of it is much of changes.
        settings = PAGES | {"bulk_from": 100}
        endpoint = shop.connect().endpoint("product", settings)
        mark = now(shop)
        made = [key for n in range(30) for key in many(shop, 2, f"P{n}")]
        shop.counts()
        in_bulk = since(endpoint, mark)
        counted = shop.counts()
        assert counted["bulkOperationRunQuery"] == 1
        assert counted["products"] == 1
        assert sum(counted.values()) <= 6
        assert set(in_bulk) == set(made)
        assert in_bulk == since(shop.connect().endpoint("product", PAGES), mark)
        later = now(shop)
        many(shop, 30, "Late")
        assert len(since(endpoint, later)) == 30
        assert "bulkOperationRunQuery" not in shop.counts()


class TestChanges:
    def test_an_edit_of_a_product_brings_all_its_variants(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        variants = many(shop, 3)
        product = endpoint.read(variants)[variants[0]]["product"]["id"]
        mark = now(shop)
        shop.control("edit", {"id": product, "fields": {"title": "Shirt", "descriptionHtml": "<p>New</p>"}})
        found = since(endpoint, mark)
        assert set(found) == set(variants)
        assert {native["product"]["title"] for native in found.values()} == {"Shirt"}

    def test_an_edit_of_one_variant_changes_that_record_and_no_other(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        variants = many(shop, 3)
        before = endpoint.read(variants)
        mark = now(shop)
        shop.control("edit", {"id": variants[1], "fields": {"barcode": "4006381333931"}})
        found = since(endpoint, mark)
        assert [same(before[key], found[key]) for key in variants] == [True, False, True]

    def test_a_stamp_that_moves_without_meaning_is_no_change(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        made = shop.control("products", {"title": "Cup", "sku": "CUP", "price": "3.00", "stock": {"L1": 9}})
        (key,) = made["variants"]
        before = endpoint.read([key])[key]
        shop.clock.advance(60)
        touch = "mutation tagsAdd($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) { node { id } } }"
        shop.run(touch, id=made["id"], tags=["x"])
        shop.run(touch.replace("tagsAdd", "tagsRemove"), id=made["id"], tags=["x"])
        after = endpoint.read([key])[key]
        assert before["updatedAt"] != after["updatedAt"]
        assert same(before, after)

    def test_a_variant_that_comes_or_goes_tells_on_its_siblings(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        (first,) = many(shop, 1)
        alone = endpoint.read([first])[first]
        mark = now(shop)
        given = {"product": alone["product"]["id"], "option": "Size 9", "sku": "TEE-9", "price": 6}
        second = shop.control("variants", given)["id"]
        found = since(endpoint, mark)
        assert set(found) == {first, second}
        assert not same(alone, found[first]), "its name in the ERP depends on it"
        records = [ProductSchema().load(endpoint.to_canonical(found[key])) for key in (first, second)]
        assert [one["siblings"] for one in records] == [2, 2]
        assert [one["variants"][0]["option"] for one in records] == ["Size 0", "Size 9"]
        shop.control("delete", {"id": second})
        assert same(endpoint.read([first, second])[first], alone)

    def test_a_variant_without_a_sku_comes_and_is_invalid(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        mark = now(shop)
        shop.control("products", {"title": "Nameless", "sku": "", "price": "1.00"})
        ((_, native),) = since(endpoint, mark).items()
        with pytest.raises(ValidationError):
            ProductSchema().load(endpoint.to_canonical(native))

    def test_an_own_field_that_holds_something_else_fails_its_record(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        (key,) = many(shop, 1)
        set_field(shop, key, PACK, "six", "single_line_text_field")
        with pytest.raises(InvalidRecord, match="six"):
            endpoint.to_canonical(endpoint.read([key])[key])


def record(endpoint: Endpoint, native: Native, **given: Any) -> dict[str, Any]:
    """The canonical record of a native, with other values."""
    loaded = ProductSchema().load(endpoint.to_canonical(native))
    assert isinstance(loaded, dict)
    variant = given.pop("variant", {})
    loaded["variants"][0] |= variant
    loaded["custom"] |= given.pop("custom", {})
    return loaded | given


def write(endpoint: Endpoint, native: Native, given: dict[str, Any], *only: str) -> Outcome:
    step = Step("update", "x", given, only=frozenset(only), target_id=native["id"], target=native)
    (outcome,) = endpoint.write([step])
    return outcome


class TestEchoes:
    """What was answered to a write is what comes back as a change: nothing is to be done about it."""

    def check(self, shop: Shop, endpoint: Endpoint, mark: Mark, outcome: Outcome) -> Native:
        assert outcome.error is None
        assert outcome.native is not None
        found = since(endpoint, mark)[outcome.target_id]
        assert digest(found, endpoint.volatile) == digest(outcome.native, endpoint.volatile)
        in_bulk = everything(shop.connect().endpoint("product", BULK))[outcome.target_id]
        assert digest(in_bulk, endpoint.volatile) == digest(outcome.native, endpoint.volatile)
        return outcome.native

    def test_of_a_create_with_all_fields(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        mark = now(shop)
        given = ProductSchema().load(
            {
                "title": "Mug <blue>",
                "description": "Holds < 1 l\nof tea & more\n",
                "vendor": "Potter",
                "product_type": "Kitchen",
                "custom": {"material": "Clay", "pack": 6, "organic": False},
                "variants": [{"code": "MUG", "price": Decimal("11.9"), "weight": Decimal("0.35"), "taxable": False}],
            }
        )
        (outcome,) = endpoint.write([Step("create", "MUG", given)])
        native = self.check(shop, endpoint, mark, outcome)
        got = Product().values(ProductSchema().load(endpoint.to_canonical(native)))
        assert got == Product().values(given)

    def test_of_a_create_with_only_some_fields(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        mark = now(shop)
        given = ProductSchema().load(
            {
                "title": "Mug",
                "description": "Not to be written",
                "product_type": "Nor this",
                "custom": {"material": "Clay", "pack": 6, "organic": None},
                "variants": [{"code": "MUG", "price": Decimal("11.90"), "barcode": "4006381333931", "weight": 1}],
            }
        )
        only = frozenset({"price", "custom.pack"})
        (outcome,) = endpoint.write([Step("create", "MUG", given, only=only)])
        native = self.check(shop, endpoint, mark, outcome)
        got = ProductSchema().load(endpoint.to_canonical(native))
        assert (got["title"], got["variants"][0]["code"], got["variants"][0]["price"]) == (
            "Mug",
            "MUG",
            Decimal("11.9"),
        )
        assert (got["description"], got["product_type"], got["variants"][0]["barcode"]) == ("", "", "")
        assert got["variants"][0]["weight"] is None
        assert got["custom"] == {"material": None, "pack": 6, "organic": None}

    def test_of_an_update_of_everything(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        (key,) = shop.control("products", {"title": "Mug", "sku": "MUG", "price": "3.00"})["variants"]
        native = endpoint.read([key])[key]
        given = record(
            endpoint,
            native,
            title="Cup",
            description="One\n\nTwo",
            vendor="Potter",
            product_type="Kitchen",
            custom={"material": "Clay", "pack": 6, "organic": True},
            variant={"price": Decimal("4.50"), "barcode": "1", "weight": Decimal("0.2"), "taxable": False},
        )
        mark = now(shop)
        outcome = write(endpoint, native, given, *Product().values(given))
        written = self.check(shop, endpoint, mark, outcome)
        got = Product().values(ProductSchema().load(endpoint.to_canonical(written)))
        assert got == Product().values(given)
        assert outcome.warnings == ()

    def test_of_own_fields_that_lost_their_values(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        (key,) = shop.control("products", {"title": "Mug", "sku": "MUG", "price": "3.00"})["variants"]
        native = endpoint.read([key])[key]
        full = record(endpoint, native, custom={"material": "Clay", "pack": 6, "organic": True})
        names = ("custom.material", "custom.pack", "custom.organic")
        native = write(endpoint, native, full, *names).native or {}
        mark = now(shop)
        shop.counts()
        empty = record(endpoint, native, custom={"material": "", "pack": None, "organic": False})
        outcome = write(endpoint, native, empty, *names)
        counted = shop.counts()
        assert counted == {"productVariantsBulkUpdate": 1, "metafieldsDelete": 1}
        written = self.check(shop, endpoint, mark, outcome)
        got = ProductSchema().load(endpoint.to_canonical(written))
        assert got["custom"] == {"material": None, "pack": None, "organic": False}

    def test_of_variants_of_one_product(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        variants = many(shop, 12)
        natives = endpoint.read(variants)
        mark = now(shop)
        steps = [
            Step(
                "update",
                key,
                record(endpoint, natives[key], custom={"pack": n}, variant={"price": Decimal(n + 1)}),
                only=frozenset({"price", "custom.pack"}),
                target_id=key,
                target=natives[key],
            )
            for n, key in enumerate(variants[:5])
        ]
        for outcome in endpoint.write(steps):
            self.check(shop, endpoint, mark, outcome)


class TestSiblings:
    def test_what_belongs_to_the_product_is_not_written_from_one_of_many_variants(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        key, other = many(shop, 2)
        native = endpoint.read([key])[key]
        given = record(endpoint, native, title="Other - Size 0", description="x", custom={"material": "Wool"})
        outcome = write(endpoint, native, given, "title", "description", "custom.material")
        assert (outcome.error, outcome.nothing_sent) == (None, True)
        (warning,) = outcome.warnings
        assert warning == "custom.material, description, title not written: the product has 2 variants."
        assert endpoint.read([other])[other]["product"]["title"] == "Tee"

    def test_the_name_of_the_only_variant_loses_its_option_on_the_way_to_the_title(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        (key,) = many(shop, 1)
        native = endpoint.read([key])[key]
        assert Product().values(record(endpoint, native))["title"] == "Tee - Size 0"
        outcome = write(endpoint, native, record(endpoint, native, title="Shirt - Size 0"), "title")
        assert outcome.native is not None
        assert outcome.native["product"]["title"] == "Shirt"
        refused = write(endpoint, outcome.native, record(endpoint, outcome.native, title="Shirt, small"), "title")
        assert refused.nothing_sent
        assert "title not written" in refused.warnings[0]


class TestSearching:
    def test_a_barcode_finds_what_a_code_does_not(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        one, two = many(shop, 2)
        shop.control("edit", {"id": one, "fields": {"barcode": "9990001112223"}})
        shop.control("edit", {"id": two, "fields": {"barcode": "9990001112223"}})
        probes = [
            Probe("by barcode", {"code": "NOBODY", "barcode": "9990001112223"}),
            Probe("by both", {"code": "TEE-1", "barcode": "9990001112223"}),
            Probe("by code", {"code": "TEE-1"}),
            Probe("by none", {"code": "NOBODY", "barcode": ""}),
        ]
        found = {key: [native["id"] for native in natives] for key, natives in endpoint.find(probes).items()}
        assert sorted(found["by barcode"]) == sorted([one, two])
        assert found["by both"] == [two, one]
        assert found["by code"] == [two]
        assert found["by none"] == []

    def test_hundreds_of_codes_take_few_calls(self, shop: Shop) -> None:
        variants = many(shop, 400)
        endpoint = shop.connect().endpoint("product", PAGES)
        shop.counts()
        found = endpoint.find([Probe(str(n), {"code": f"TEE-{n}"}) for n in range(400)])
        assert [found[str(n)][0]["id"] for n in range(400)] == variants
        assert shop.counts() == {"productVariants": 4}

    def test_variants_are_browsed_by_words_page_by_page(self, shop: Shop) -> None:
        endpoint = shop.connect().endpoint("product", PAGES)
        variants = many(shop, 5, "Woolly", group="Clothes")
        many(shop, 2, "Other")
        first = endpoint.browse(Criteria(text="woolly"), "", 3)
        rest = endpoint.browse(Criteria(text="woolly"), first[-1].key, 3)
        assert [brief.key for brief in (*first, *rest)] == variants
        brief = first[0]
        assert (brief.label, brief.name, brief.group) == ("WOOLLY-0", "Woolly - Size 0", "Clothes")
        assert [one.label for one in endpoint.browse(Criteria(text="WOOLLY-4"), "", 9)] == ["WOOLLY-4"]
        assert endpoint.browse(Criteria(text="woolly nothing"), "", 9) == []

    @pytest.mark.parametrize("criteria", [Criteria(codes=("A", "")), Criteria(groups=("", "B"))])
    def test_ranges_of_codes_and_groups_cannot_be_searched(self, quiet: Shop, criteria: Criteria) -> None:
        with pytest.raises(ConfigurationError, match="range"):
            quiet.connect().endpoint("product", PAGES).browse(criteria, "", 9)
