"""Selection and linking between the two sandboxes: what exists is chosen, proposed and linked, and nothing doubled."""

from __future__ import annotations

import pytest

from hub.linking.accepting import Chosen, accept
from hub.linking.coverage import Coverage
from hub.linking.importing import check, take
from hub.linking.proposing import proposals_of, propose
from hub.linking.sheet import Line
from hub.platforms.endpoint import Criteria
from hub.selecting.choosing import Choice, Chooser
from hub.selecting.marking import Marker
from hub.store.link_list import LinkList
from hub.sync.pair import opened_pair
from tests.acceptance.stage import Stage


def apart(stage: Stage) -> None:
    """Take all links of products apart: both sides hold them, and the hub knows of nothing."""
    links = LinkList(stage.hub.database, stage.integration.id)
    for link in links.select(kind="variant"):
        links.unlink(link.id, stage.hub.clock())


def linked(stage: Stage) -> dict[str | None, str | None]:
    links = LinkList(stage.hub.database, stage.integration.id).select(kind="variant")
    return {link.erp_id: link.shop_id for link in links}


def test_what_exists_is_proposed_accepted_and_not_made_a_second_time(stage: Stage) -> None:
    hub, before = stage.hub, linked(stage)
    apart(stage)
    with opened_pair(hub, stage.route("product")) as pair:
        *_, done = propose(pair, hub.database, hub.clock())
        found = {row.source_key: (row.score, row.state) for row in proposals_of(pair, hub.database).page()}
        assert found == dict.fromkeys(before, (100, "unique"))
        assert (done.read, done.matched) == (len(found), len(found))
        *_, accepted = accept(pair, hub.database, hub.jobs, Chosen(), actor="ann", now=hub.clock())
    assert (accepted.linked, linked(stage)) == (len(before), before)
    writes = stage.writes()
    # Those that were linked are compared, and then everything: both find nothing to write.
    assert stage.run("product", "full").counts["unchanged"] == 2 * len(before)
    assert (stage.writes(), linked(stage)) == (writes, before)


def test_a_list_links_by_sku_and_names_what_is_no_record(stage: Stage) -> None:
    hub, before = stage.hub, linked(stage)
    apart(stage)
    typed = [("MUG", str(before["MUG"])), ("TEE-M", "TEE-M"), ("NOPE", "MUG"), ("CABLE", "x y")]
    lines = [Line(number, *pair) for number, pair in enumerate(typed, 2)]
    with opened_pair(hub, stage.route("product")) as pair:
        checked = check(pair, hub.database, lines, hub.clock())
        assert [(fault.line.number, type(fault.error).__name__) for fault in checked.faults] == [
            (4, "RecordVanished"),
            (5, "TargetVanished"),
        ]
        assert take(pair, hub.database, checked, hub.clock(), skip_faulty=True) == ["MUG", "TEE-M"]
    assert linked(stage) == {code: before[code] for code in ("MUG", "TEE-M")}


def test_items_are_chosen_and_the_marks_are_shown_in_the_erp(stage: Stage) -> None:
    hub = stage.hub
    stage.configure(mirror_selection=True)
    with opened_pair(hub, stage.route("product")) as pair:
        chooser = Chooser(pair, hub.database)
        assert [row.brief.key for row in chooser.rows(Choice(Criteria(codes=("M", ""))))] == ["MUG", "TEE-M"]
        marker = Marker(pair, hub.database, hub.jobs, actor="ann", clock=hub.clock)
        *_, done = marker.mark(Choice(Criteria(text="mug")))
        assert (done.changed, done.refused, done.without_field) == (1, {}, False)
        assert {row.brief.key: row.marked for row in chooser.rows(Choice())}["MUG"] is True
        *_, done = Marker(pair, hub.database, hub.jobs, actor="ann", clock=hub.clock).unmark(Choice())
        assert done.changed == 1
    # The mark is no part of what is carried: the item is no news by it.
    assert stage.run("product").counts["updated"] == 0


def test_every_record_stands_in_one_class(stage: Stage) -> None:
    hub = stage.hub
    with opened_pair(hub, stage.route("product")) as pair:
        parts = Coverage(pair, hub.database, hub.vault, pair.label).records(hub.clock())
        found = {record.key: record.standing.name for part in parts for record in part}
    assert set(found.values()) == {"connected"}


@pytest.mark.parametrize("text", ["", "nobody"])
def test_customers_of_the_shop_can_be_searched(stage: Stage, text: str) -> None:
    with opened_pair(stage.hub, stage.route("customer")) as pair:
        assert list(Chooser(pair, stage.hub.database).rows(Choice(Criteria(text=text)))) == []


def test_a_code_that_differs_only_by_case_is_proposed_for_a_person_to_decide(stage: Stage) -> None:
    hub, before = stage.hub, linked(stage)
    apart(stage)
    for code in ("MUG", "TEE-M"):
        stage.shop.do("edit", id=before[code], fields={"sku": code.lower()})
    with opened_pair(hub, stage.route("product")) as pair:
        list(propose(pair, hub.database, hub.clock()))
        scores = {row.source_key: row.score for row in proposals_of(pair, hub.database).page()}
        accept_all = accept(pair, hub.database, hub.jobs, Chosen(), actor="ann", now=hub.clock())
        assert [done.linked for done in accept_all] == [4]
    assert (scores, linked(stage)) == ({"MUG": 80, "TEE-M": 80, "CABLE": 100, "GIFT25": 100}, before)
    for code in ("MUG", "TEE-M"):
        stage.shop.do("edit", id=before[code], fields={"sku": code})
