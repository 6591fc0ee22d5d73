from __future__ import annotations

from hub.linking.coverage import Summary
from hub.store.divergences import Divergence, Divergences
from hub.store.selection import Selection
from tests.aside import set_aside
from tests.linking.conftest import Scene


def told(scene: Scene, object_name: str = "product") -> dict[str, tuple[str, str, str]]:
    found = scene.coverage(object_name)
    return {key: (row.standing.name, row.standing.reason, row.standing.detail) for key, row in found.items()}


def diverge(scene: Scene, code: str, field: str, kind: str) -> None:
    """A field in which the two sides differ."""
    hub, route = scene.stage.hub, scene.stage.route("product")
    link = scene.links()[code].id
    one = Divergence(link, field, kind, code, "a", "b", "h1", "h2")  # type: ignore[arg-type]
    Divergences(hub.database, scene.stage.integration_id, hub.vault).replace_all(route.id, {link: [one]}, hub.clock())


def test_before_any_run_it_is_told_what_stands_against_each_record(scene: Scene) -> None:
    erp = scene.stage.erp
    erp.add_item("GOOD")
    erp.add_item("FREE", "0")
    erp.add_item("OLD", active=False)
    erp.add_item("LOT", kind="batch")
    erp.add_item("X" * 51)
    assert told(scene) == {
        "GOOD": ("syncable", "", ""),
        "FREE": ("warning", "ZERO_PRICE", ""),
        "OLD": ("warning", "INACTIVE", ""),
        "LOT": ("warning", "BATCH_OR_SERIAL", "batch"),
        "X" * 51: ("error", "INVALID_FIELD", "variants"),
    }


def test_after_a_run_it_is_told_what_came_of_each_record(scene: Scene) -> None:
    stage = scene.stage
    for code in ("WELL", "OFF", "DRIFT", "BOTH", "SKU"):
        stage.erp.add_item(code)
    stage.erp.add_item("BAD", barcode="x" * 30)
    stage.erp.add_item("KNOWN", barcode="x" * 30)
    stage.work("product", "initialize")
    stage.erp.edit("items", "OFF", active=False)
    diverge(scene, "DRIFT", "price", "drift")
    diverge(scene, "BOTH", "title", "conflict")
    diverge(scene, "SKU", "code", "drift")
    set_aside(stage.hub.database, stage.route("product").id, "KNOWN", "acknowledged")
    assert told(scene) == {
        "WELL": ("connected", "", ""),
        "OFF": ("warning", "INACTIVE", ""),
        "DRIFT": ("warning", "DRIFT", "price"),
        "BOTH": ("error", "CONFLICT", "title"),
        "SKU": ("warning", "SKU_CHANGED", ""),
        "BAD": ("error", "INVALID_FIELD", "barcode"),
        "KNOWN": ("ignored", "INVALID_FIELD", "barcode"),
    }


def test_a_failure_that_is_ignored_for_a_time_counts_again_after_it(scene: Scene) -> None:
    stage = scene.stage
    stage.erp.add_item("BAD", barcode="x" * 30)
    stage.work("product", "initialize")
    until = stage.clock.time.replace(hour=13)
    set_aside(stage.hub.database, stage.route("product").id, "BAD", "ignored", until=until)
    assert told(scene)["BAD"][0] == "ignored"
    scene.later(hours=2)
    assert told(scene)["BAD"][0] == "error"


def test_where_only_marked_records_are_carried_the_others_are_ignored(scene: Scene) -> None:
    stage = scene.stage
    for code in ("A", "B"):
        stage.erp.add_item(code)
    stage.hub.routes.save(stage.integration_id, "product", "erp_to_shop", enabled=True, policy="marked")
    Selection(stage.hub.database, stage.integration_id).mark("product", [("A", "A")], "ann", stage.clock())
    assert told(scene) == {"A": ("syncable", "", ""), "B": ("ignored", "NOT_MARKED", "")}


def test_what_only_a_run_can_find_is_remembered_until_the_record_changes(scene: Scene) -> None:
    stage = scene.stage
    stage.erp.add_item("MUG")
    stage.erp.set_stock("MUG", "01", "5")
    stage.work("inventory", "initialize")
    assert told(scene, "inventory") == {"MUG@01": ("warning", "NOT_LINKED", "MUG")}
    stage.erp.set_stock("MUG", "01", "6")
    assert told(scene, "inventory") == {"MUG@01": ("syncable", "", "")}


def test_orders_that_a_setting_keeps_out_are_ignored(scene: Scene) -> None:
    stage = scene.stage
    stage.erp.add_item("MUG")
    stage.work("product", "initialize")
    stage.shop.place_order(1, [("MUG", 1, "10.00")], placed_at="2026-10-01T12:00:00+00:00")
    stage.shop.place_order(2, [("MUG", 1, "10.00")], financial_status="PENDING")
    stage.shop.place_order(3, [("MUG", 1, "10.00")])
    found = told(scene, "order")
    assert [entry[:2] for entry in found.values()] == [
        ("ignored", "BEFORE_CUT_OVER"),
        ("warning", "WAITING_FOR_PAYMENT"),
        ("syncable", ""),
    ]


def test_what_customers_are_called_stays_on_the_platforms(scene: Scene) -> None:
    customer = scene.stage.shop.add_customer(1, "ada@shop.example")
    assert scene.coverage("customer")[customer].label == customer


def test_counts_add_up_to_what_was_read(scene: Scene) -> None:
    stage = scene.stage
    for number in range(250):
        stage.erp.add_item(f"I{number:03}", "0" if number % 5 == 0 else "10.00", active=number % 7 != 0)
    stage.work("product", "keys", "I001", "I002")
    summary = Summary()
    for record in scene.coverage().values():
        summary.add(record)
    assert sum(summary.classes.values()) == summary.read == 250
    assert summary.classes["connected"] == 2
    assert sum(row["records"] for row in summary.rows()) == 250
    assert {row["class"] for row in summary.rows()} == {"connected", "syncable", "warning", "error", "ignored"}
