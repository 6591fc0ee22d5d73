from __future__ import annotations

from tests.cli.conftest import Terminal

ADA, EVE = "gid://shop/Customer/1", "gid://shop/Customer/2"


def test_a_tagged_customer_is_not_created_until_the_tag_is_gone(terminal: Terminal) -> None:
    shop = terminal.world.shop
    shop.add_customer(1, "ada@shop.example", tags=["VIP", "Hub-No-Create"])
    shop.add_customer(2, "eve@shop.example")
    told = terminal.json("initialize", "acme", "customer")
    assert (told["created"], told["skipped"], told["causes"]) == (1, 1, {"NO_SYNC_TAG": 1})
    assert set(terminal.world.erp.table("partners")) == {"GUEST", "C2"}
    shop.edit("customers", ADA, tags=["VIP"])
    assert terminal.json("sync", "acme", "customer")["created"] == 1


def test_changes_of_a_tagged_customer_are_not_sent(terminal: Terminal) -> None:
    terminal.world.shop.add_customer(2, "eve@shop.example", first_name="Eve")
    terminal.ok("initialize", "acme", "customer")
    before = dict(terminal.world.erp.table("partners")["C2"])
    terminal.world.shop.edit("customers", EVE, tags=["hub-no-update"], first_name="Eva")
    assert terminal.json("sync", "acme", "customer")["skipped"] == 1
    assert terminal.world.erp.table("partners")["C2"] == before
    terminal.world.shop.edit("customers", EVE, tags=["hub-no-create"])
    assert terminal.json("sync", "acme", "customer")["updated"] == 1


def test_a_changed_tag_setting_counts_from_the_next_run_on(terminal: Terminal) -> None:
    terminal.world.shop.add_customer(1, "ada@shop.example", tags=["hub-no-create"])
    assert terminal.json("initialize", "acme", "customer")["skipped"] == 1
    text = terminal.file.read_text(encoding="utf-8")
    terminal.ok("apply", terminal.write(text.replace("settings:\n", 'settings:\n  no_sync_create_tag: ""\n')))
    assert terminal.json("sync", "acme", "customer")["created"] == 1


def test_the_order_of_a_customer_who_is_kept_out_waits_for_a_person(terminal: Terminal) -> None:
    terminal.world.shop.add_customer(1, "ada@shop.example", tags=["hub-no-create"])
    terminal.ok("initialize", "acme", "customer")
    terminal.ok("initialize", "acme", "product")
    terminal.world.shop.place_order(1001, [("MUG", 1, "11.90")], customer=ADA)
    assert terminal.json("sync", "acme", "order", status=1)["causes"] == {"MISSING_DEPENDENCY": 1}
