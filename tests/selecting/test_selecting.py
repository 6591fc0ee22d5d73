from __future__ import annotations

import gc
import tracemalloc

import pytest

from hub.errors import ConfigurationError, PlatformUnavailable, RejectedByTarget, WritesStopped
from hub.platforms.endpoint import Criteria
from hub.selecting.choosing import Choice, preview, span
from tests.fakes.platform import KEY
from tests.fakes.side import unavailable
from tests.selecting.conftest import Scene


def chosen(scene: Scene, choice: Choice, after: str = "") -> list[str]:
    with scene.pair() as pair:
        return [row.brief.key for row in scene.chooser(pair).rows(choice, after)]


def mark(scene: Scene, choice: Choice, **settings: object) -> list[str]:
    """Mark; answers the keys that were queued."""
    with scene.pair(**settings) as pair:
        marker = scene.marker(pair)
        for _ in marker.mark(choice):
            pass
    return scene.queued(marker.done)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("A-B", ("A", "B")),
        ("A1..B-9", ("A1", "B-9")),
        ("MUG-1..MUG-9", ("MUG-1", "MUG-9")),
        ("A-", ("A", "")),
        ("MUG-1..", ("MUG-1", "")),
        ("..B", ("", "B")),
        (" A1 - B2 ", ("A1", "B2")),
        ("MUG", ("MUG", "MUG")),
    ],
)
def test_a_range_is_read_as_it_is_meant(text: str, ends: tuple[str, str]) -> None:
    assert span("--items", text) == ends


@pytest.mark.parametrize(
    ("text", "said"), [("MUG-1-MUG-9", "can be read in several ways"), ("-", "is no range"), ("..", "is no range")]
)
def test_a_range_that_is_none_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        span("--items", text)
    assert ".." in caught.value.fix


def test_criteria_narrow_the_source(scene: Scene) -> None:
    assert chosen(scene, Choice()) == ["A1", "A2", "A3", "A4", "A5", "B1"]
    assert chosen(scene, Choice(Criteria(codes=("A2", "A4")))) == ["A2", "A3", "A4"]
    assert chosen(scene, Choice(Criteria(codes=("A4", ""), groups=("20", "20")))) == ["A4", "A5", "B1"]
    assert chosen(scene, Choice(Criteria(text="plate"))) == ["B1"]
    assert chosen(scene, Choice(), after="A4") == ["A5", "B1"]


def test_records_are_told_apart_by_what_the_hub_knows_of_them(scene: Scene) -> None:
    stage = scene.stage
    stage.shop.add_product("A1", "10.00")
    stage.work("product", "initialize")
    stage.erp.add_item("A9")
    mark(scene, Choice(keys=("A1", "A9")))
    with scene.pair() as pair:
        rows = {row.brief.key: row for row in scene.chooser(pair).rows(Choice())}
    assert (rows["A1"].marked, rows["A1"].becomes) == (True, "marked already")
    assert (rows["A2"].marked, rows["A2"].becomes) == (False, "updated from now on")
    assert rows["A1"].target_id == "gid://shop/Variant/1"
    assert chosen(scene, Choice(show="new")) == ["A9"]
    assert chosen(scene, Choice(show="marked")) == ["A1", "A9"]
    assert chosen(scene, Choice(Criteria(codes=("A1", "A3")), show="unmarked")) == ["A2", "A3"]


def test_marking_queues_exactly_the_newly_marked(scene: Scene) -> None:
    scene.stage.work("product", "initialize")
    assert mark(scene, Choice(Criteria(codes=("A2", "A3")))) == ["A2", "A3"]
    assert scene.selection.marked("product", ["A1", "A2", "A3"]) == {"A2", "A3"}
    scene.stage.work("product")
    assert mark(scene, Choice(Criteria(codes=("A1", "A3")))) == ["A1"]
    scene.stage.work("product")
    assert mark(scene, Choice(Criteria(codes=("A1", "A3")))) == []


def test_a_marked_record_is_worked_off_because_of_the_selection(scene: Scene) -> None:
    stage = scene.stage
    stage.work("product", "initialize")
    stage.erp.add_item("A9")
    mark(scene, Choice(keys=("A9",)))
    stage.work("product", "keys")
    (message,) = stage.messages("product", ident="A9")
    assert (message.verdict, message.reason, message.actor) == ("created", "selection", "ann")


def test_before_the_first_load_nothing_is_queued(scene: Scene) -> None:
    assert mark(scene, Choice()) == []
    assert scene.selection.count("product") == 6


def test_unmarking_removes_nothing(scene: Scene) -> None:
    stage = scene.stage
    stage.work("product", "initialize")
    mark(scene, Choice())
    with scene.pair() as pair:
        marker = scene.marker(pair)
        for _ in marker.unmark(Choice(Criteria(codes=("A1", "A2")))):
            pass
    assert (marker.done.chosen, marker.done.changed, marker.done.jobs) == (2, 2, set())
    assert scene.selection.marked("product", ["A1", "A2", "A3"]) == {"A3"}
    assert len(stage.shop.table("variants")) == 6


def test_what_the_source_does_not_have_any_more_can_be_unmarked(scene: Scene) -> None:
    mark(scene, Choice())
    del scene.stage.erp.table("items")["A1"]
    assert chosen(scene, Choice(show="marked"))[0] == "A1"
    with scene.pair() as pair:
        marker = scene.marker(pair)
        for _ in marker.unmark(Choice(keys=("A1", "A2"))):
            pass
    assert marker.done.changed == 2
    assert chosen(scene, Choice(show="marked")) == ["A3", "A4", "A5", "B1"]


def test_a_key_that_the_source_does_not_have_is_refused(scene: Scene) -> None:
    with pytest.raises(ConfigurationError, match="The source has no record A7, A8"):
        mark(scene, Choice(keys=("A8", "A1", "A7")))
    assert scene.selection.count("product") == 0


def test_the_name_of_an_item_is_kept_and_that_of_a_customer_is_not(scene: Scene) -> None:
    scene.stage.shop.add_customer(1, "ada@shop.example")
    mark(scene, Choice(keys=("A1",)))
    mark(scene, Choice(Criteria(codes=("A2", "A2"))))
    with scene.pair("customer") as pair:
        for _ in scene.marker(pair).mark(Choice()):
            pass
    assert [row.label for row in scene.selection.page("product")] == ["Cup 1", "Cup 2"]
    assert [row.label for row in scene.selection.page("customer")] == ["gid://shop/Customer/1"]


def test_the_selection_is_mirrored_where_that_is_chosen(scene: Scene) -> None:
    items = scene.stage.erp.table("items")
    mark(scene, Choice(keys=("A1",)))
    assert "sync" not in items["A1"]
    mark(scene, Choice(keys=("A1", "A2")), mirror_selection=True)
    assert ("sync" not in items["A1"], items["A2"]["sync"]) == (True, True)
    with scene.pair(mirror_selection=True) as pair:
        for _ in scene.marker(pair).unmark(Choice(keys=("A2",))):
            pass
    assert items["A2"]["sync"] is False


def test_an_item_that_refuses_the_mirror_is_named_and_marked_all_the_same(scene: Scene) -> None:
    scene.stage.erp.refuses["A1"] = RejectedByTarget("locked by another user")
    with scene.pair(mirror_selection=True) as pair:
        marker = scene.marker(pair)
        for _ in marker.mark(Choice(keys=("A1", "A2"))):
            pass
    assert {key: str(error) for key, error in marker.done.refused.items()} == {"A1": "locked by another user"}
    assert scene.selection.marked("product", ["A1", "A2"]) == {"A1", "A2"}


def test_records_without_a_field_for_it_are_kept_in_the_hub_alone(scene: Scene) -> None:
    scene.stage.shop.add_customer(1, "ada@shop.example")
    with scene.pair("customer", mirror_selection=True) as pair:
        marker = scene.marker(pair)
        for _ in marker.mark(Choice()):
            pass
    assert (marker.done.changed, marker.done.without_field) == (1, True)


def test_a_mirror_that_is_broken_off_is_made_up_for_by_marking_again(scene: Scene) -> None:
    with scene.pair(mirror_selection=True) as pair:
        marker = scene.marker(pair)
        source_reads = scene.chooser(pair).parts(Choice(keys=("A1",)))
        assert [row.brief.key for part in source_reads for row in part] == ["A1"]
        scene.stage.erp.pause = lambda: setattr(scene.stage.erp, "down", unavailable())
        with pytest.raises(PlatformUnavailable):
            list(marker.mark(Choice(keys=("A1",))))
    assert scene.selection.count("product") == 0
    scene.stage.erp.pause = scene.stage.erp.down = None
    mark(scene, Choice(keys=("A1",)), mirror_selection=True)
    assert scene.stage.erp.table("items")["A1"]["sync"] is True


def test_a_connection_whose_writes_are_stopped_is_not_mirrored_to(scene: Scene) -> None:
    stage = scene.stage
    stage.hub.connections.stop("erp", stage.clock(), "bob")
    with pytest.raises(WritesStopped, match="bob has stopped writes over erp"):
        mark(scene, Choice(keys=("A1",)), mirror_selection=True)
    assert scene.selection.count("product") == 0


def test_nobody_is_disturbed_in_the_blackout_hours_of_a_connection(scene: Scene) -> None:
    stage = scene.stage
    settings = {"world": stage.hub.connections.named("erp").settings["world"], "key": KEY}
    hours = [{"from": "12:00", "to": "14:00"}]
    stage.hub.connections.save("erp", "fake_erp", settings, frozenset({"key"}), hours)
    with pytest.raises(WritesStopped, match="not to be disturbed until"):
        chosen(scene, Choice())
    stage.clock.advance(3600 * 2)
    assert len(chosen(scene, Choice())) == 6


def test_a_source_that_cannot_be_searched_says_so(scene: Scene) -> None:
    with scene.pair("inventory") as pair, pytest.raises(ConfigurationError, match="cannot be searched for") as caught:
        list(scene.chooser(pair).rows(Choice()))
    assert "--keys" in caught.value.fix


def test_a_preview_counts_everything_and_shows_the_first(scene: Scene) -> None:
    scene.stage.shop.add_product("A1", "10.00")
    scene.stage.work("product", "keys", "A1", "A2")
    mark(scene, Choice(keys=("A5",)))
    with scene.pair() as pair:
        found = preview(scene.chooser(pair).rows(Choice()), 2)
    assert found.counts == {"updated from now on": 2, "new on the other side": 3, "marked already": 1}
    assert ([row.brief.key for row in found.rows], found.looked, found.whole) == (["A1", "A2"], 6, True)


def test_a_preview_of_very_many_looks_through_the_first_of_them_and_says_so(scene: Scene) -> None:
    with scene.pair() as pair:
        page = scene.chooser(pair).page(Choice(), "", 4)
        found = preview(page.rows, 2, whole=not page.further)
        exact = scene.chooser(pair).page(Choice(), "", 6)
        number = scene.chooser(pair).count(Choice(Criteria(codes=("A2", ""))))
    assert (found.looked, found.whole, page.further) == (4, False, "A4")
    assert (len(exact.rows), exact.further) == (6, "")
    assert number == 5


def test_one_page_looks_through_so_many_of_the_source_and_says_where_it_goes_on(scene: Scene) -> None:
    for number in range(700):
        scene.stage.erp.add_item(f"N{number:03}")
    mark(scene, Choice(Criteria(codes=("N", "N650~"))))
    scene.stage.erp.calls.clear()
    with scene.pair() as pair:
        chooser = scene.chooser(pair)
        first = chooser.page(Choice(show="unmarked"), "A9", 50)
        assert ([row.brief.key for row in first.rows], first.looked, first.further) == (["B1"], 500, "N498")
        rest = chooser.page(Choice(show="unmarked"), first.further, 60)
    assert ([row.brief.key for row in rest.rows], rest.further) == ([f"N{number}" for number in range(651, 700)], "")
    assert scene.stage.erp.calls["browse items"] == 5 + 4


def test_what_is_marked_is_looked_for_from_the_selection_not_from_the_source(scene: Scene) -> None:
    for number in range(300):
        scene.stage.erp.add_item(f"N{number:03}")
    marked = Choice(Criteria(groups=("20", "20")), show="marked")
    assert chosen(scene, marked) == []
    assert scene.stage.erp.calls["browse items"] == 0
    mark(scene, Choice(keys=("A1", "A5", "B1", "N200")))
    assert (chosen(scene, marked), chosen(scene, marked, after="A5")) == (["A5", "B1"], ["B1"])
    assert scene.stage.erp.calls["browse items"] == 2


def test_a_list_tells_price_stock_and_what_stands_in_the_way(scene: Scene) -> None:
    erp = scene.stage.erp
    erp.add_item("K1", kind="kit")
    erp.add_item("K2", price="0")
    erp.add_item("K3", active=False)
    erp.add_item("K4", kind="batch")
    erp.add_item("K5", price="12.50")
    erp.set_stock("K5", "01", "3")
    erp.set_stock("K5", "02", "4.5")
    with scene.pair() as pair:
        rows = list(scene.chooser(pair).rows(Choice(Criteria(codes=("K", "")))))
    causes = ["KIT_NOT_SUPPORTED", "ZERO_PRICE", "INACTIVE", "BATCH_OR_SERIAL", ""]
    assert [row.cause for row in rows] == causes
    assert rows[0].becomes == "not possible: KIT_NOT_SUPPORTED"
    assert (str(rows[4].price), str(rows[4].brief.stock), rows[4].becomes) == ("12.50", "7.5", "new on the other side")


def test_memory_stays_flat_however_many_records_are_marked(scene: Scene) -> None:
    stage = scene.stage
    stage.hub.routes.set_initialization(stage.route("product").id, "done")
    for number in range(20_000):
        stage.erp.add_item(f"N{number:05}")
    with scene.pair() as pair:
        marker = scene.marker(pair)
        progress = marker.mark(Choice(Criteria(codes=("N", ""))))
        next(progress)
        tracemalloc.start()
        for _ in progress:
            # What is kept counts, not what waits for the suite's rare look for garbage.
            gc.collect(0)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert scene.selection.count("product") == marker.done.changed == 20_000
    assert len(scene.queued(marker.done)) == 20_000
    # All rows at once would take several times as much.
    assert peak < 3_000_000
