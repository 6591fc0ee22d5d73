from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hub.store.links import Links
from tests.cli.conftest import Terminal


def test_runs_are_listed_newest_first_with_their_counts(failing: Terminal) -> None:
    newest, older = failing.json("runs", "acme")
    assert (newest["object"], newest["counts"]["failed"], newest["causes"]) == (
        "order",
        3,
        {"MISSING_MAPPING": 2, "UNKNOWN_SKU": 1},
    )
    assert (older["object"], older["counts"]["created"], older["state"]) == ("product", 1, "done")
    assert "order shop_to_erp" in failing.ok("runs")


def test_runs_can_be_narrowed_to_an_object(failing: Terminal) -> None:
    assert [run["object"] for run in failing.json("runs", "--object", "product")] == ["product"]
    assert failing.ok("runs", "acme", "--object", "customer") == "No runs yet.\n"


def test_counts_of_every_run_add_up(failing: Terminal) -> None:
    for run in failing.json("runs"):
        counts = run["counts"]
        verdicts = ("created", "updated", "unchanged", "skipped", "failed")
        assert counts["read"] == sum(counts[name] for name in verdicts)


def test_links_are_found_by_either_side(failing: Terminal) -> None:
    (variant,) = failing.json("links", "list", "acme", "--kind", "variant")
    assert (variant["shop_id"], variant["erp_id"], variant["state"]) == ("gid://shop/Variant/1", "MUG", "linked")
    for ident in ("MUG", "gid://shop/Variant/1"):
        assert failing.json("links", "list", "acme", "--id", ident) == [variant]
    assert failing.ok("links", "list", "acme", "--id", "nobody") == "No links.\n"


def test_links_go_on_behind_the_last_one(failing: Terminal) -> None:
    everything = failing.json("links", "list", "acme")
    first = failing.ok("links", "list", "acme", "--limit", "1")
    assert first.endswith(f"More: add --after {everything[0]['id']}\n")
    rest = failing.json("links", "list", "acme", "--after", str(everything[0]["id"]))
    assert rest == everything[1:]


def test_an_unlinked_record_is_matched_anew_and_not_doubled(failing: Terminal) -> None:
    (variant,) = failing.json("links", "list", "acme", "--kind", "variant")
    said = failing.ok("links", "unlink", "acme", str(variant["id"]), "--yes")
    assert said == "variant: gid://shop/Variant/1 and MUG are no longer linked.\n"
    assert failing.json("links", "list", "acme", "--kind", "product") == []
    act = failing.acts()[-1]
    assert (act["action"], act["before"]["erp_id"]) == ("links unlink", "MUG")
    assert failing.json("sync", "acme", "product", "--full")["unchanged"] == 1
    assert len(failing.world.shop.table("variants")) == 1


def test_a_link_that_others_hang_on_stays(failing: Terminal) -> None:
    (product,) = failing.json("links", "list", "acme", "--kind", "product")
    assert "Other links hang on this one." in failing.fails("links", "unlink", "acme", str(product["id"]), "--yes")
    assert "There is no link 999." in failing.fails("links", "unlink", "acme", "999", "--yes")


def test_a_link_that_a_run_is_writing_stays(failing: Terminal) -> None:
    (variant,) = failing.json("links", "list", "acme", "--kind", "variant")
    now = datetime.now(UTC)
    with failing.hub() as hub:
        links = Links(hub.database, hub.integrations.named("acme").id, "erp")
        assert links.claim([variant["id"]], 99, now, now + timedelta(hours=1)) == {variant["id"]}
    assert "A run is writing this record." in failing.fails("links", "unlink", "acme", str(variant["id"]), "--yes")


def test_unlinking_asks_first(failing: Terminal) -> None:
    (variant,) = failing.json("links", "list", "acme", "--kind", "variant")
    assert failing.run("links", "unlink", "acme", str(variant["id"]), typed="n\n").exit_code == 1
    assert len(failing.json("links", "list", "acme", "--kind", "variant")) == 1


def test_the_trail_is_shown_newest_first(failing: Terminal) -> None:
    newest, *older = failing.json("audit")
    assert (newest["action"], newest["subject"]) == ("sync now", "acme order shop_to_erp")
    assert [act["action"] for act in older][:2] == ["initialize", "apply"]
    assert len(failing.json("audit", "--limit", "1")) == 1
    assert "sync now" in failing.ok("audit")


def test_a_record_is_linked_to_another_one_that_is_looked_up_first(failing: Terminal) -> None:
    failing.world.erp.add_item("BOWL")
    (variant,) = failing.json("links", "list", "acme", "--kind", "variant")
    link = str(variant["id"])
    said = failing.ok("links", "relink", "acme", link, "--erp", "BOWL")
    assert said == "variant: gid://shop/Variant/1 and BOWL are linked now. The next run compares them.\n"
    (now,) = failing.json("links", "list", "acme", "--kind", "variant")
    assert (now["shop_id"], now["erp_id"]) == ("gid://shop/Variant/1", "BOWL")
    act = failing.acts()[-1]
    assert (act["action"], act["before"]["erp_id"], act["after"]["erp_id"]) == ("links relink", "MUG", "BOWL")
    told = failing.json("links", "relink", "acme", str(now["id"]), "--erp", "MUG")
    assert (told["shop_id"], told["erp_id"], len(told["jobs"])) == ("gid://shop/Variant/1", "MUG", 1)


def test_what_cannot_be_linked_is_refused_and_the_link_stays(failing: Terminal) -> None:
    before = failing.json("links", "list", "acme", "--kind", "variant")
    link = str(before[0]["id"])
    assert "has no record SPOON" in failing.fails("links", "relink", "acme", link, "--erp", "SPOON")
    assert "That is what it is linked to" in failing.fails("links", "relink", "acme", link, "--erp", "MUG")
    assert "There is no link 999" in failing.fails("links", "relink", "acme", "999", "--erp", "MUG")
    for words in ((), ("--erp", "A", "--shop", "B")):
        assert "Which record instead?" in failing.fails("links", "relink", "acme", link, *words)
    assert failing.json("links", "list", "acme", "--kind", "variant") == before
