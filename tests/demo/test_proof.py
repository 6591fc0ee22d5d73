from __future__ import annotations

from hub.demo import proof
from hub.demo.story import is_write


def order(number: int, total: str = "10.00") -> dict[str, str]:
    return {"id": f"gid://{number}", "name": f"#{number}", "current_total": total}


def document(number: int, total: str = "10.0", cancelled: str = "tNO") -> dict[str, str]:
    return {"U_HubRef": f"gid://{number}", "DocTotal": total, "Cancelled": cancelled}


def test_an_order_is_accounted_for_when_it_is_there_once_and_equal_or_explained() -> None:
    found = proof.orders([order(1), order(2)], [document(1)], {"gid://2"})
    assert (found.compared, found.equal, found.explained, found.holds) == (2, 1, 1, True)


def test_what_is_missing_twice_or_different_is_named() -> None:
    lost = proof.orders([order(1)], [], set())
    doubled = proof.orders([order(1)], [document(1), document(1)], set())
    different = proof.orders([order(1)], [document(1, "9.99")], set())
    assert (lost.unexplained, doubled.doubled, different.different) == (["#1"], ["#1"], ["#1: 10.00 / 9.99"])
    assert not (lost.holds or doubled.holds or different.holds)
    assert different.shown()["examples"] == ["#1: 10.00 / 9.99"]


def test_a_different_total_may_have_its_reason() -> None:
    assert proof.orders([order(1)], [document(1, "9.00")], {"gid://1"}).explained == 1
    assert proof.orders([order(1)], [document(1, "9.00", "tYES")], set()).equal == 1


def test_customers_are_counted_by_our_reference() -> None:
    partners = [{"U_HubRef": "a"}, {"U_HubRef": "b"}, {"U_HubRef": "b"}, {"U_HubRef": None}]
    found = proof.customers([{"id": "a"}, {"id": "b"}, {"id": "c"}], partners, {"c"})
    assert (found.equal, found.doubled, found.explained) == (1, ["b"], 1)


def test_a_product_is_doubled_only_by_what_was_made_since() -> None:
    items = [{"ItemCode": "MUG"}, {"ItemCode": "TEE"}, {"ItemCode": "CAP"}]
    variants = [{"sku": "MUG"}, {"sku": "MUG"}, {"sku": "TEE"}, {"sku": "TEE"}, {"sku": ""}]
    found = proof.products(items, variants, {"TEE": 2}, set())
    assert (found.doubled, found.equal, found.unexplained) == (["MUG"], 1, ["CAP"])


def test_reads_are_told_from_writes_by_their_names() -> None:
    reads = ["GET Items", "login", "POST OrdersService_Preview", "products", "inventoryItems", "bulkOperationRunQuery"]
    writes = ["POST Orders", "PATCH BusinessPartners", "productSet", "inventorySetQuantities", "inventoryActivate"]
    assert [name for name in reads if is_write(name)] == []
    assert [name for name in writes if not is_write(name)] == []
