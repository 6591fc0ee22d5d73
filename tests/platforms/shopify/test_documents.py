"""Every document against the published schema, and against the house rules for documents."""

from __future__ import annotations

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    validate,
    visit,
)
from graphql.language import ArgumentNode, FieldNode, ObjectFieldNode, StringValueNode, VariableNode

from hub.platforms.shopify import documents
from hub.platforms.shopify.client import Document
from hub.platforms.shopify.product_documents import BROWSE_VARIANTS, METAFIELDS_DELETE, product_documents
from objects.fields import CustomField
from objects.order_statuses import STATUSES

PLAIN = product_documents(())
#: An integration with fields of its own of every type, on the product and on the variant.
CUSTOM = product_documents(
    (
        CustomField("material", "product.custom.material", "U_Material"),
        CustomField("pack size", "variant.specs.pack-size", "U_Pack", "integer"),
        CustomField("depth", "variant.specs.depth", "U_Depth", "decimal"),
        CustomField("organic", "product.custom.organic", "U_Organic", "boolean"),
    )
)
#: The rest of a product's variants, the count and what is asked in small are the same whatever fields there are.
EVERY = (*documents.DOCUMENTS, METAFIELDS_DELETE, BROWSE_VARIANTS, *PLAIN.all)
MADE = tuple(document for document in CUSTOM.all if document.text not in {one.text for one in PLAIN.all})
ALL = {document.name: document for document in EVERY} | {f"custom: {document.name}": document for document in MADE}
BULK_QUERIES = (*documents.BULK_QUERIES, PLAIN.reading.bulk_query, CUSTOM.reading.bulk_query)


def test_no_two_documents_bear_one_name() -> None:
    assert len({document.name for document in EVERY}) == len(EVERY) >= 25
    assert len(MADE) == 8
    costs = {one.name for one in PLAIN.all if one not in CUSTOM.all} & {one.name for one in MADE}
    assert costs <= {"ProductVariant.variants", "Product.variants"}, "what costs another sum bears another name"


def test_own_fields_are_selected_under_names_that_can_be_read() -> None:
    text = CUSTOM.reading.by_id.text
    assert 'custom0_material: metafield(namespace: "custom", key: "material") { value }' in text
    assert 'custom1_pack_size: metafield(namespace: "specs", key: "pack-size") { value }' in text
    assert text.index("custom1_pack_size") < text.index("product {") < text.index("custom0_material")


@pytest.mark.parametrize("name", ALL)
def test_a_document_is_valid_under_the_published_schema(name: str, published: GraphQLSchema) -> None:
    assert validate(published, parse(ALL[name].text)) == []


@pytest.mark.parametrize("name", ALL)
def test_a_document_has_one_root_field_and_names_its_variables_after_their_arguments(name: str) -> None:
    document: Document = ALL[name]
    (operation,) = parse(document.text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    (field,) = operation.selection_set.selections
    assert isinstance(field, FieldNode)
    assert field.name.value == document.root

    class Names(Visitor):
        def enter_argument(self, node: ArgumentNode, *_: object) -> None:
            if isinstance(node.value, VariableNode):
                assert node.value.name.value == node.name.value

        def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
            assert not isinstance(node.value, VariableNode), "a variable fills a whole argument"

    visit(operation, Names())


@pytest.mark.parametrize("name", ALL)
def test_no_document_selects_a_deprecated_field(name: str, published: GraphQLSchema) -> None:
    info = TypeInfo(published)
    deprecated: list[str] = []

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            definition = info.get_field_def()
            if definition is not None and definition.deprecation_reason:
                deprecated.append(node.name.value)

    visit(parse(ALL[name].text), TypeInfoVisitor(info, Fields()))
    assert deprecated == []


@pytest.mark.parametrize("text", BULK_QUERIES)
def test_a_bulk_query_of_changes_is_valid_too(text: str, published: GraphQLSchema) -> None:
    narrowed = documents.bulk_of(text, "updated_at:>='2026-11-20T10:00:00Z' AND title:\"a \\ b\"")
    assert validate(published, parse(narrowed)) == []
    assert documents.bulk_of(text, None) == text
    (operation,) = parse(narrowed).definitions
    assert isinstance(operation, OperationDefinitionNode)
    (root,) = operation.selection_set.selections
    assert isinstance(root, FieldNode)
    (argument,) = root.arguments
    assert isinstance(argument.value, StringValueNode)
    assert argument.value.value == "updated_at:>='2026-11-20T10:00:00Z' AND title:\"a \\ b\""


@pytest.mark.parametrize("query", BULK_QUERIES)
def test_a_bulk_query_is_valid_and_within_the_limits_of_bulk_operations(query: str, published: GraphQLSchema) -> None:
    assert validate(published, parse(query)) == []
    assert len(query.encode()) <= 65_535
    info = TypeInfo(published)
    connections: list[int] = []
    lists: list[str] = []
    depth = 0

    class Connections(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            nonlocal depth
            if str(info.get_type()).rstrip("!").endswith("Connection"):
                assert not lists, "a connection below a plain list cannot be carried"
                depth += 1
                connections.append(depth)
            elif str(info.get_type()).startswith("[") and node.name.value != "edges":
                lists.append(node.name.value)

        def leave_field(self, node: FieldNode, *_: object) -> None:
            nonlocal depth
            if str(info.get_type()).rstrip("!").endswith("Connection"):
                depth -= 1
            elif lists and lists[-1] == node.name.value:
                lists.pop()

    visit(parse(query), TypeInfoVisitor(info, Connections()))
    assert len(connections) <= 5
    assert max(connections) <= 3, "nesting below the root connection is at most 2"


def test_a_document_for_an_older_version_would_be_noticed(published: GraphQLSchema) -> None:
    old = documents.INVENTORY_SET.text.replace("input: $input", "input: $input, ignoreCompareQuantity: true")
    assert validate(published, parse(old)) != []


def test_starting_a_bulk_read_is_no_write() -> None:
    writes = {document.name for document in EVERY if document.text.startswith("mutation") and not document.writes}
    assert writes == {"bulkOperationRunQuery"}


def test_what_becomes_of_orders_is_told_of_every_status_that_the_shop_has(published: GraphQLSchema) -> None:
    kind = published.type_map["OrderDisplayFinancialStatus"]
    assert isinstance(kind, GraphQLEnumType)
    assert set(kind.values) == set(STATUSES)
