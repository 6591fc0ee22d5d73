"""A first load in parts comes to the same as one in one piece, whoever does the parts, and whatever happens to them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import PlatformUnavailable, RejectedByTarget
from hub.store.job import Job, Request, Wanted
from hub.store.link import Agreement
from hub.store.link_list import LinkList
from hub.store.links import Links
from hub.store.runs import Run
from hub.store.workers import WorkerProcess
from hub.working import see_through, with_parts
from message_log.entries import Opening
from tests.sync.conftest import Stage, counts, staged

VERDICTS = ("created", "updated", "unchanged", "skipped", "failed")


@pytest.fixture
def stage(url: str, tmp_path: Path) -> Iterator[Stage]:
    log = "" if url.startswith("postgresql") else f"{url}.log"
    with staged(tmp_path, HUB_DATABASE_URL=url, HUB_LOG_URL=log) as made:
        made.hub.smallest_part = 10
        yield made


def places(stage: Stage, number: int) -> None:
    """Workers that are there for so many jobs at a time."""
    now = stage.clock()
    stage.hub.workers.say(WorkerProcess("w", "local", number, now, now, False))


def stock_up(stage: Stage, number: int = 60) -> list[str]:
    return [stage.erp.add_item(f"I{place:03}") for place in range(number)]


def begin(stage: Stage, name: str = "product", *keys: str) -> int:
    """Ask for a first load; answers its job."""
    request = Request(stage.route(name).id, "initialize", "initialize", "ann", keys=[Wanted(key) for key in keys])
    return stage.hub.jobs.put(request, stage.clock())


def split(stage: Stage, parts: int = 3, name: str = "product", *keys: str) -> Job:
    """A first load that has just been split."""
    places(stage, parts + 1)
    job = begin(stage, name, *keys)
    assert stage.hub.worker().work_off(job) is not None
    whole = stage.hub.jobs.get(job)
    assert (whole.state, whole.parts) == ("split", parts)
    return whole


def work_all(stage: Stage) -> None:
    """One worker does everything that waits."""
    while stage.hub.worker().work_off() is not None:
        pass


def all_runs(stage: Stage, name: str = "product") -> list[Run]:
    """All runs of a route, in their order."""
    return stage.hub.runs.newest([stage.route(name).id], 100)[::-1]


def told(run: Run) -> dict[str, int]:
    return {name: count for name, count in run.counts.items() if count}


def links(stage: Stage) -> set[tuple[Any, ...]]:
    book = LinkList(stage.hub.database, stage.integration_id)
    return {(one.kind, one.erp_id, one.state) for one in book.select(kind="", ident="", after=0, limit=10_000)}


def variants(stage: Stage) -> dict[str, str]:
    return {row["code"]: row["price"] for row in stage.shop.table("variants").values()}


# -- when -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("there", "smallest"), [(0, 10), (1, 10), (2, 10), (8, 31)])
def test_with_no_place_to_spare_or_little_to_load_nothing_is_split(stage: Stage, there: int, smallest: int) -> None:
    stock_up(stage)
    stage.hub.smallest_part = smallest
    if there:
        places(stage, there)
    stage.hub.worker().work_off(begin(stage))
    assert [(run.state, told(run)) for run in all_runs(stage)] == [("done", {"read": 60, "created": 60})]


def test_one_place_is_left_to_others_and_there_are_eight_parts_at_most(stage: Stage) -> None:
    stock_up(stage, 200)
    places(stage, 4)
    job = begin(stage)
    stage.hub.worker().work_off(job)
    assert stage.hub.jobs.get(job).parts == 3
    assert stage.hub.jobs.request_cancel(job)
    places(stage, 100)
    job = begin(stage)
    stage.hub.worker().work_off(job)
    assert stage.hub.jobs.get(job).parts == 8


def test_only_a_first_load_is_split(stage: Stage) -> None:
    stock_up(stage)
    places(stage, 8)
    see_through(stage.hub, begin(stage))
    before = len(all_runs(stage))
    for scope in ("initialize", "full"):
        stage.work("product", scope)
    assert [told(run) for run in all_runs(stage)[before:]] == [{"read": 60, "unchanged": 60}] * 2


def test_a_preview_of_a_first_load_is_not_split(stage: Stage) -> None:
    stock_up(stage)
    places(stage, 8)
    run = stage.work("product", "initialize", mode="preview")
    assert (run.state, run.counts["read"]) == ("done", 60)


def test_a_source_that_offers_no_ranges_is_read_in_one_piece(stage: Stage) -> None:
    for number in range(60):
        stage.shop.add_customer(number)
    places(stage, 8)
    assert counts(stage.work("customer", "initialize")) == {"read": 60, "created": 60}


# -- the same result --------------------------------------------------------------------------------------------


def test_all_parts_together_do_what_one_run_does_and_the_route_is_ready(stage: Stage) -> None:
    stock_up(stage)
    whole = split(stage)
    assert stage.route("product").initialization == "running"
    work_all(stage)
    runs = all_runs(stage)
    states = [(run.state, told(run)) for run in runs]
    part = ("done", {"read": 20, "created": 20})
    assert states == [("split", {}), part, part, part, ("done", {})]
    assert told(with_parts(stage.hub, runs[-1])) == {"read": 60, "created": 60}
    assert stage.hub.jobs.get(whole.id).state == "done"
    route = stage.route("product")
    assert (route.initialization, route.marks) == ("done", {"items": {"stamp": 60}})
    assert counts(stage.work("product")) == {}


def test_stock_is_loaded_in_parts_too_and_counts_as_compared(stage: Stage) -> None:
    for code in stock_up(stage):
        stage.erp.set_stock(code, "01", "5")
    stage.work("product", "initialize")
    split(stage, 3, "inventory")
    work_all(stage)
    runs = [told(run) for run in all_runs(stage, "inventory")]
    assert runs == [{}, *[{"read": 20, "updated": 20}] * 3, {}]
    assert list(stage.route("inventory").compared) == ["stock"]
    assert counts(stage.work("inventory")) == {"read": 60, "unchanged": 60}


def test_whoever_follows_a_load_that_is_split_is_told_of_all_its_parts(stage: Stage) -> None:
    stock_up(stage)
    stage.shop.refuses["I007"] = RejectedByTarget("no")
    whole = split(stage)
    notices: list[str] = []
    # The workers that are there are given their time; then this process does it.
    run = see_through(stage.hub, whole.id, notices.append)
    assert (run.state, told(run)) == ("done", {"read": 60, "created": 59, "failed": 1})
    assert run.causes == {"REJECTED_BY_TARGET": 1}
    assert notices == ["It is done in 3 parts, as many at a time as there are places."]
    assert stage.route("product").initialization == "done_with_failures"


@dataclass
class Seen:
    """What came of a load."""

    links: set[tuple[Any, ...]]
    variants: dict[str, str]
    counts: dict[str, int]
    causes: dict[str, int]
    failing: set[str]
    initialization: str
    marks: dict[str, Any]


def loaded(folder: Path, items: dict[str, tuple[bool, bool]], parts: int) -> Seen:
    """Load items (code -> is in the shop already, is refused) in so many parts by as many threads; 1 = in one piece."""
    folder.mkdir()
    with staged(folder) as stage:
        stage.hub.smallest_part = 1
        for code, (there, refused) in items.items():
            stage.erp.add_item(code)
            if there:
                stage.shop.add_product(code)
            if refused:
                stage.shop.refuses[code] = RejectedByTarget("no")
        if parts > 1:
            places(stage, parts + 1)
        job = begin(stage)
        stage.hub.worker().work_off(job)
        with ThreadPoolExecutor(parts) as threads:
            list(threads.map(lambda _: work_all(stage), range(parts)))
        work_all(stage)
        run = stage.hub.runs.of_job(job)
        assert run is not None
        route = stage.route("product")
        run = with_parts(stage.hub, run)
        assert run.counts["read"] == sum(run.counts[name] for name in VERDICTS)
        failing = set(stage.failures("product"))
        return Seen(links(stage), variants(stage), run.counts, run.causes, failing, route.initialization, route.marks)


CODES = st.text("aBc'ß ", min_size=1, max_size=4).map(lambda text: f"x{text}x")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    items=st.dictionaries(CODES, st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=25).map(
        # Of codes that differ by case only one is carried: which one, is a question of time.
        lambda items: {code: items[code] for code in {code.casefold(): code for code in items}.values()}
    ),
    parts=st.integers(2, 5),
)
def test_any_number_of_parts_at_the_same_time_comes_to_the_same_as_one_piece(
    tmp_path_factory: pytest.TempPathFactory, items: dict[str, tuple[bool, bool]], parts: int
) -> None:
    folder = tmp_path_factory.mktemp("load")
    assert loaded(folder / "parts", items, parts) == loaded(folder / "one", items, 1)


def test_of_codes_that_differ_by_case_only_one_is_carried_though_two_parts_hold_them(stage: Stage) -> None:
    """Both parts have looked before either has begun to write."""
    for number in range(10):
        stage.erp.add_item(f"A{number}")
        stage.erp.add_item(f"b{number}")
    stage.erp.add_item("MUG")
    stage.erp.add_item("mug")
    split(stage, 2)
    looked = threading.Barrier(2, timeout=5)
    stage.shop.looked = looked.wait
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: stage.hub.worker().work_off(), range(2)))
    stage.shop.looked = None
    work_all(stage)
    runs = all_runs(stage)
    total = with_parts(stage.hub, runs[-1])
    assert told(total) == {"read": 22, "created": 21, "failed": 1}
    assert total.causes == {"AMBIGUOUS_MATCH": 1}
    assert len({code.casefold() for code in variants(stage)} & {"mug"}) == 1
    assert len(variants(stage)) == 21


def test_a_record_that_another_part_holds_is_left_to_the_whole_and_counted_once(stage: Stage) -> None:
    """As two variants of one product are: the product is written by one at a time."""
    codes = stock_up(stage)
    whole = split(stage)
    book = Links(stage.hub.database, stage.integration_id, "erp")
    other = stage.hub.runs.start(whole.id, whole.route_id, "w", 1, stage.clock())
    held = book.reserve("variant", [(codes[3], "")], other, stage.clock(), stage.clock() + timedelta(hours=1))
    for _ in range(3):
        stage.hub.worker().work_off()
    assert [key.key for key in stage.hub.jobs.keys(whole.id)] == [codes[3]]
    assert stage.failures("product") == {}
    book.release([held[codes[3]].id], other)
    work_all(stage)
    last = all_runs(stage)[-1]
    assert (last.state, told(last)) == ("done", {"read": 1, "created": 1})
    assert told(with_parts(stage.hub, last)) == {"read": 60, "created": 60}
    assert len(stage.messages("product")) == 60


def test_what_was_asked_for_and_what_had_failed_before_is_done_by_the_whole(stage: Stage) -> None:
    codes = stock_up(stage)
    stage.shop.loses_answer[codes[0]] = 1
    stage.work("product", "keys", codes[0])
    assert [one.state for one in stage.failures("product").values()] == ["waiting"]
    stage.clock.advance(3600)
    split(stage, 3, "product", codes[5])
    work_all(stage)
    assert stage.failures("product") == {}
    assert len(variants(stage)) == 60
    assert told(all_runs(stage)[-1]) == {"read": 1, "unchanged": 1}


# -- marks ------------------------------------------------------------------------------------------------------


def test_what_changes_while_parts_are_done_is_found_by_the_next_run(stage: Stage) -> None:
    codes = stock_up(stage)
    split(stage)
    stage.hub.worker().work_off()
    stage.erp.edit("items", codes[0], price="11.00")
    new = stage.erp.add_item("I000a")
    stage.hub.worker().work_off()
    stage.erp.edit("items", codes[59], price="12.00")
    work_all(stage)
    assert stage.route("product").marks == {"items": {"stamp": 60}}
    run = stage.work("product")
    assert told(run) == {"read": 3, "created": 1, "updated": 1, "unchanged": 1}
    assert [variants(stage)[code] for code in (codes[0], new, codes[59])] == ["11.00", "10.00", "12.00"]


def test_no_mark_is_moved_before_all_parts_are_done(stage: Stage) -> None:
    stock_up(stage)
    split(stage)
    for _ in range(3):
        assert (stage.route("product").marks, stage.route("product").mapping_version) == ({}, "")
        stage.hub.worker().work_off()
    assert stage.route("product").marks == {}
    work_all(stage)
    assert stage.route("product").mapping_version != ""


def test_settings_that_change_between_parts_have_everything_compared_again(stage: Stage) -> None:
    stock_up(stage)
    split(stage)
    stage.hub.worker().work_off()
    stage.settings(price_list=2)
    work_all(stage)
    assert stage.work("product").counts["read"] == 60


# -- trouble ----------------------------------------------------------------------------------------------------


def test_a_part_whose_worker_was_killed_is_taken_over_and_nothing_is_doubled(stage: Stage) -> None:
    stock_up(stage)
    split(stage)
    stage.hub.worker().work_off()
    now = stage.clock()
    dead = stage.hub.jobs.claim("dead", now, now + stage.hub.config.lease)
    assert dead is not None
    # It got as far as a create that was carried out, and whose link was committed.
    run = stage.hub.runs.start(dead.id, dead.route_id, "dead", dead.fence, now)
    book = Links(stage.hub.database, stage.integration_id, "erp")
    link = book.reserve("variant", [("I020", "")], run, now, now + timedelta(hours=1))["I020"]
    variant = stage.shop.add_product("I020")
    assert book.agree([Agreement(link.id, variant, "d", "m")], run, "variant", lambda *_: None).ours == {link.id}
    book.reserve("variant", [("I021", "")], run, now, now + timedelta(hours=1))
    stage.hub.worker().work_off()
    assert stage.hub.worker().work_off() is None
    stage.clock.advance(stage.hub.config.lease.total_seconds() + 1)
    work_all(stage)
    assert stage.hub.jobs.get(dead.id).takeovers == 1
    assert Counter(row["code"] for row in stage.shop.table("variants").values()).most_common(1)[0][1] == 1
    assert len(variants(stage)) == 60
    assert stage.route("product").initialization == "done"
    assert stage.route("product").marks == {"items": {"stamp": 60}}


def test_a_part_settles_what_is_its_own_of_what_dead_workers_left(stage: Stage) -> None:
    """Of two parts that are taken over at the same time neither decides over the other's records."""
    stock_up(stage)
    whole = split(stage, 2)
    now, route = stage.clock(), whole.route_id
    book = Links(stage.hub.database, stage.integration_id, "erp")
    messages = {}
    for key in ("I010", "I040"):
        job = stage.hub.jobs.claim("dead", now, now + stage.hub.config.lease)
        assert job is not None
        run = stage.hub.runs.start(job.id, route, "dead", job.fence, now)
        book.reserve("variant", [(key, "")], run, now, now + timedelta(hours=1))
        opening = Opening("acme", route, "product", "erp_to_shop", run, job.id, key, "create", "initialize", digest="d")
        (messages[key],) = stage.hub.ledger.open([opening])
    stage.clock.advance(stage.hub.config.lease.total_seconds() + 1)
    stage.hub.worker().work_off()
    assert {one.key for one in stage.hub.ledger.open_messages()} == {"I040"}
    assert stage.payloads(messages["I010"]).entry.cause == "OUTCOME_UNKNOWN"
    work_all(stage)
    assert stage.hub.ledger.open_messages() == []
    assert len(variants(stage)) == len(stage.shop.table("variants")) == 60


def test_a_whole_whose_worker_was_killed_at_its_second_turn_is_taken_over(stage: Stage) -> None:
    stock_up(stage)
    whole = split(stage)
    for _ in range(3):
        stage.hub.worker().work_off()
    dead = stage.hub.jobs.claim("dead", stage.clock(), stage.clock() + stage.hub.config.lease)
    assert dead is not None
    assert dead.id == whole.id
    stage.clock.advance(stage.hub.config.lease.total_seconds() + 1)
    work_all(stage)
    assert stage.route("product").marks == {"items": {"stamp": 60}}
    assert told(with_parts(stage.hub, all_runs(stage)[-1])) == {"read": 60, "created": 60}


def test_a_platform_that_is_down_makes_parts_wait_and_they_go_on(stage: Stage) -> None:
    stock_up(stage)
    whole = split(stage)
    stage.hub.worker().work_off()
    stage.shop.down = PlatformUnavailable("gone")
    work_all(stage)
    assert sorted(part.state for part in stage.hub.jobs.parts(whole)) == ["done", "waiting", "waiting"]
    assert stage.hub.jobs.get(whole.id).state == "split"
    stage.shop.down = None
    stage.hub.health.mended(stage.hub.connections.named("shop").id, stage.clock())
    work_all(stage)
    assert stage.route("product").initialization == "done"
    assert len(variants(stage)) == 60


def test_a_part_that_comes_to_no_end_leaves_the_load_to_be_started_again(stage: Stage) -> None:
    codes = stock_up(stage)
    split(stage)
    stage.hub.worker().work_off()
    stage.hub.connections.stop("shop", stage.clock(), "ann")
    stage.hub.worker().work_off()
    stage.hub.connections.stop("shop", None, "ann")
    work_all(stage)
    last = all_runs(stage)[-1]
    assert last.state == "aborted"
    assert last.error.startswith("CONFIGURATION: 1 of 3 parts did not come to their end. Run 3: WRITES_STOPPED")
    route = stage.route("product")
    assert (route.initialization, route.marks, route.mapping_version) == ("running", {}, "")
    assert told(see_through(stage.hub, begin(stage))) == {"read": 60, "created": 20, "unchanged": 40}
    assert sorted(variants(stage)) == codes


@pytest.mark.parametrize("named", ["whole", "part"])
def test_cancelling_one_of_them_stops_all_and_the_next_load_does_the_rest(stage: Stage, named: str) -> None:
    stock_up(stage)
    whole = split(stage)
    stage.hub.worker().work_off()
    running = stage.hub.jobs.parts(whole)[1]
    stage.hub.progress = lambda tally: stage.hub.jobs.request_cancel(whole.id if named == "whole" else running.id)
    stage.hub.worker().work_off(running.id)
    stage.hub.progress = lambda tally: None
    assert [part.state for part in stage.hub.jobs.parts(whole)] == ["done", "cancelled", "cancelled"]
    assert stage.hub.jobs.get(whole.id).state == "cancelled"
    work_all(stage)
    assert stage.route("product").marks == {}
    total = told(see_through(stage.hub, begin(stage)))
    assert total["created"] + total["unchanged"] == 60
    assert len(variants(stage)) == 60
