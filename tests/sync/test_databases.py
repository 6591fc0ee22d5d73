"""The same run on both databases: the store and the log of an installation may lie on either."""

from __future__ import annotations

from pathlib import Path

from tests.sync.conftest import counts, staged


def test_four_objects_a_failure_and_its_cure(url: str, tmp_path: Path) -> None:
    with staged(
        tmp_path, HUB_DATABASE_URL=url, HUB_LOG_URL="" if url.startswith("postgresql") else url + ".log"
    ) as stage:
        stage.erp.add_item("MUG", "11.90")
        stage.erp.set_stock("MUG", "01", "100")
        ada = stage.shop.add_customer(1, "ada@example.com")
        runs = stage.all_routes()
        assert counts(runs["product"]) == {"read": 1, "created": 1}
        assert counts(runs["inventory"]) == {"read": 1, "updated": 1}
        order = stage.shop.place_order(1001, [("MUG", 2, "11.90")], customer=ada, gateway="klarna")
        assert stage.work("order").causes == {"MISSING_MAPPING": 1}
        (failed,) = stage.messages("order")
        stage.map("payment", "klarna", "card:3")
        assert counts(stage.work("order", "keys", order, follows=failed.id)) == {"read": 1, "created": 1}
        first, second = stage.messages("order")
        assert (first.resolved_by, second.verdict) == (second.id, "created")
        assert {name: counts(run) for name, run in stage.all_routes().items() if run.counts["created"]} == {}
