"""Writing customers: uniqueness, normal forms, customerSet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.shopify.client import Shop
from tests.sandbox.shopify.documents import CUSTOMER_CREATE, CUSTOMER_SET


def create(shop: Shop, **given: Any) -> dict[str, Any]:
    payload: dict[str, Any] = shop.data(CUSTOMER_CREATE, input=given)["customerCreate"]
    return payload


def customer_set(shop: Shop, given: dict[str, Any], identifier: dict[str, Any] | None = None) -> dict[str, Any]:
    payload: dict[str, Any] = shop.data(CUSTOMER_SET, input=given, identifier=identifier)["customerSet"]
    return payload


def test_a_new_customer_has_normal_email_phone_and_tags(shop: Shop) -> None:
    made = create(
        shop, email=" New.Buyer@Example.COM ", phone="+49 (30) 99 88-77", tags=["b", "A", "a", "c,d"], firstName="N"
    )
    assert made["userErrors"] == []
    customer = made["customer"]
    assert (customer["email"], customer["phone"]) == ("new.buyer@example.com", "+4930998877")
    assert customer["tags"] == ["A", "b", "c", "d"]


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({"email": "ADA@example.com"}, ["email"], "Email has already been taken"),
        ({"email": "nope"}, ["email"], "Email is invalid"),
        ({"phone": "+4930123456", "firstName": "x"}, ["phone"], "Phone has already been taken"),
        ({"phone": "abc", "firstName": "x"}, ["phone"], "Phone is invalid"),
        ({"note": "nobody"}, None, "A name, phone number, or email address must be present"),
        ({"firstName": "x" * 256}, ["firstName"], "First name is too long (maximum is 255 characters)"),
        ({"firstName": "x", "note": "x" * 5001}, ["note"], "Note is too long (maximum is 5000 characters)"),
        ({"firstName": "x", "tags": ["x" * 256]}, ["tags"], "Tags is too long (maximum is 255 characters)"),
        ({"firstName": "x", "locale": "klingon!"}, ["locale"], "Locale is invalid"),
        ({"id": "gid://shopify/Customer/1", "firstName": "x"}, ["id"], "Cannot specify ID on creation"),
    ],
)
def test_a_customer_that_breaks_a_rule_is_refused(
    shop: Shop, given: dict[str, Any], field: list[str] | None, message: str
) -> None:
    made = create(shop, **given)
    assert made["customer"] is None
    assert made["userErrors"][0] == {"field": field, "message": message}
    assert len(shop.state("customers")) == 1


def test_the_emails_of_a_changed_and_a_deleted_customer_are_free_again(shop: Shop) -> None:
    ada = shop.state("customers")[0]["id"]
    update = "mutation($input: CustomerInput!) { customerUpdate(input: $input) { userErrors { message } } }"
    assert shop.data(update, input={"id": ada, "email": "countess@example.com"})["customerUpdate"]["userErrors"] == []
    made = create(shop, email="ada@example.com")["customer"]["id"]
    delete = (
        "mutation($i: CustomerDeleteInput!) { customerDelete(input: $i) { deletedCustomerId userErrors { message } } }"
    )
    assert shop.data(delete, i={"id": made})["customerDelete"]["deletedCustomerId"] == made
    assert create(shop, email="ada@example.com")["userErrors"] == []


def test_a_customer_with_orders_is_not_deleted(shop: Shop) -> None:
    shop.control("orders", lines=[{"sku": "MUG"}], customer="ada@example.com")
    delete = "mutation($i: CustomerDeleteInput!) { customerDelete(input: $i) { userErrors { field message } } }"
    [error] = shop.data(delete, i={"id": shop.state("customers")[0]["id"]})["customerDelete"]["userErrors"]
    assert error["message"].startswith("Customer can\u2019t be deleted")


class TestCustomerSet:
    def test_it_makes_and_then_changes_by_email(self, shop: Shop) -> None:
        by = {"email": "eve@example.com"}
        made = customer_set(shop, {"email": "eve@example.com", "firstName": "Eve", "tags": ["x"]}, by)
        again = customer_set(shop, {"email": "eve@example.com", "firstName": "Eva"}, by)
        assert made["customer"]["id"] == again["customer"]["id"]
        assert (again["customer"]["firstName"], again["customer"]["tags"]) == ("Eva", ["x"])

    def test_its_lists_replace(self, shop: Shop) -> None:
        by = {"email": "ada@example.com"}
        address = {"address1": "Main 1", "city": "Berlin", "countryCode": "DE"}
        first = customer_set(shop, {"email": "ada@example.com", "addresses": [address], "tags": ["a"]}, by)
        assert first["customer"]["addressesV2"]["nodes"] == [{"city": "Berlin"}]
        kept = customer_set(shop, {"email": "ada@example.com"}, by)
        assert len(kept["customer"]["addressesV2"]["nodes"]) == 1
        gone = customer_set(shop, {"email": "ada@example.com", "addresses": [], "tags": []}, by)
        assert (gone["customer"]["addressesV2"]["nodes"], gone["customer"]["tags"]) == ([], [])

    @pytest.mark.parametrize(
        ("given", "identifier", "code"),
        [
            ({"firstName": "x"}, {"id": "gid://shopify/Customer/9"}, "NOT_FOUND"),
            ({"firstName": "x"}, {"email": "e@example.com"}, "MISSING_FIELD_REQUIRED"),
            ({"email": "f@example.com"}, {"email": "e@example.com"}, "INPUT_MISMATCH"),
            (
                {"id": "gid://shopify/Customer/9", "email": "e@example.com"},
                {"email": "e@example.com"},
                "ID_NOT_ALLOWED",
            ),
        ],
    )
    def test_identifier_and_input_must_agree(
        self, shop: Shop, given: dict[str, Any], identifier: dict[str, Any], code: str
    ) -> None:
        [error] = customer_set(shop, given, identifier)["userErrors"]
        assert (error["field"], error["code"]) == (["input"], code)


def test_customers_are_read_by_their_unique_keys(shop: Shop) -> None:
    query = "query($by: CustomerIdentifierInput!) { customerByIdentifier(identifier: $by) { displayName } }"
    for by in ({"emailAddress": "ADA@example.com"}, {"phoneNumber": "+49 30 123456"}):
        assert shop.data(query, by=by)["customerByIdentifier"] == {"displayName": "Ada Byron"}
    assert shop.data(query, by={"emailAddress": "no@example.com"})["customerByIdentifier"] is None


def test_an_identifier_needs_exactly_one_key(shop: Shop) -> None:
    query = "query($by: CustomerIdentifierInput!) { customerByIdentifier(identifier: $by) { id } }"
    [error] = shop.answer(query, by={})["errors"]
    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    assert "requires exactly one argument, but 0 were provided" in error["extensions"]["problems"][0]["explanation"]


def test_tags_are_added_and_removed_without_regard_to_case(shop: Shop) -> None:
    ada = shop.state("customers")[0]["id"]
    add = """mutation($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) {
        node { id ... on Customer { tags } } userErrors { message } } }"""
    assert shop.data(add, id=ada, tags=["VIP", "b, a"])["tagsAdd"]["node"]["tags"] == ["a", "b", "VIP"]
    remove = add.replace("tagsAdd", "tagsRemove")
    assert shop.data(remove, id=ada, tags=["vip", "A"])["tagsRemove"]["node"]["tags"] == ["b"]


def test_tags_of_something_untaggable_are_refused(shop: Shop) -> None:
    add = 'mutation { tagsAdd(id: "gid://shopify/Location/1", tags: ["x"]) { node { id } } }'
    [error] = shop.answer(add)["errors"]
    assert (error["message"], error["extensions"]["code"]) == ("invalid id", "RESOURCE_NOT_FOUND")


def test_a_customers_orders_and_spending_are_counted(shop: Shop) -> None:
    shop.control("orders", lines=[{"sku": "MUG", "quantity": 2}], customer="ada@example.com")
    query = """{ customers(first: 1) {
        nodes { numberOfOrders amountSpent { amount } canDelete orders(first: 5) { nodes { name } } } } }"""
    assert shop.data(query)["customers"]["nodes"] == [
        {
            "numberOfOrders": "1",
            "amountSpent": {"amount": "23.8"},
            "canDelete": False,
            "orders": {"nodes": [{"name": "#1001"}]},
        }
    ]


def test_metafields_are_kept_per_namespace_and_key(shop: Shop) -> None:
    ada = shop.state("customers")[0]["id"]
    text = """mutation($metafields: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $metafields) {
        metafields { key value } userErrors { field message code } } }"""
    given = [{"ownerId": ada, "namespace": "hub", "key": "erp_id", "value": "C1", "type": "single_line_text_field"}]
    assert shop.data(text, metafields=given)["metafieldsSet"]["metafields"] == [{"key": "erp_id", "value": "C1"}]
    query = """query($i: ID!) { customer(id: $i) { metafield(namespace: "hub", key: "erp_id") { value jsonValue }
        metafields(first: 5) { nodes { key } } } }"""
    assert shop.data(query, i=ada)["customer"] == {
        "metafield": {"value": "C1", "jsonValue": "C1"},
        "metafields": {"nodes": [{"key": "erp_id"}]},
    }
