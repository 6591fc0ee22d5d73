"""The bench of the console, small: every page is asked for, and what it says of the re-sync is true."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import console, console_fill, console_pages, log_content
from bench.console import Effort, Load
from bench.console_web import Answer
from bench.log import Clock, policy
from hub.config import from_environment
from hub.store.failure_list import FailureList, Which
from message_log.queries import Queries
from message_log.streams import Filters
from tests.databases import new_hub

SMALL = Load(messages=2_000, items=40, failures=60, acts=30)


def test_every_page_answers_and_every_failure_gets_its_outcome_once() -> None:
    words: list[str] = []
    result = console.run(words.append, load=SMALL, effort=Effort(turns=1, slowest=3, combined=1))
    assert {"/", "/messages/", "/failures/", "/failures/list", "/runs/", "/jobs/", "/audit/"} <= result["pages"].keys()
    own = {name: one for name, one in result["pages"].items() if not name.startswith(console_pages.ASKED)}
    assert result["worst_ms"] == max(own.values())
    assert len(own) < len(result["pages"]) and {"/timeline/, a record", "/matching/1, unique"} <= own.keys()
    assert result["taken_up"] == result["outcomes"] == 60, words
    assert (result["complete"], result["doubled"], result["export_rows"]) == (True, 0, 2_000), words
    assert 0 < result["rss_mb"] < 1_000


def test_copies_are_messages_like_those_that_the_ledger_wrote(tmp_path: Path, url: str) -> None:
    clock = Clock()
    hub = new_hub(from_environment({"HUB_HOME": str(tmp_path), "HUB_DATABASE_URL": url}), clock=clock, actor="bench")
    shop, erp = (hub.connections.save(name, "shopify", {"token": "x"}, frozenset({"token"})) for name in ("one", "two"))
    for name in ("acme", "bolt"):
        identity = hub.integrations.save(name, shop, erp, {})
        for integration, object_name, direction in log_content.ROUTES:
            if integration == name:
                hub.routes.save(identity, object_name, direction, enabled=True)  # type: ignore[arg-type]
    load = Load(messages=1_200, items=4, failures=6, acts=3, first=500)
    console_fill.fill(hub, clock, hub.integrations.all(), load, lambda text: None)
    queries = Queries(hub.log_database.engine, hub.vault)
    values = console.message_values(load)
    assert queries.count().number == 1_200
    for name in ("ident", "person", "text", "cause"):
        hit, miss = values[name]
        assert queries.count(Filters(**{name: hit})).number, name
        assert not queries.count(Filters(**{name: miss})).number, name
    assert [one.key for one in queries.page(Filters(ident=values["ident"][0])).entries] == [values["ident"][0]]
    one = next(log_content.messages(1, 1, evidence=False))
    assert hub.ledger.open([one.opening], policy()) == [1_201]
    times = [one.opened_at for one in queries.export()]
    assert times == sorted(times)
    assert FailureList(hub.database).count(Which(tuple(range(1, 11)))) == 6
    hub.close()


def test_a_page_that_fails_is_not_dropped_and_what_is_left_out_is_written_down() -> None:
    pages = console_pages.plain(["/x/", "/plans/new", "/x/<int:one>"], {"messages": 1})
    assert {"/x/": "/x/", "/plans/new": "/plans/new?route=1"}.items() <= pages.items()
    with pytest.raises(RuntimeError, match="500"):
        console._asked(Failing(), "/x/")  # type: ignore[arg-type]


class Failing:
    """Somebody for whom nothing works."""

    def get(self, path: str) -> Answer:
        return Answer(500, "", 1.0)


def test_every_combination_of_filters_is_asked_for_with_and_without_a_hit() -> None:
    values = {"a": ("1", "x"), "b": ("2", "y")}
    found = console_pages.filtered("list", "/list", values, 2)
    assert set(found.values()) == {"/list?a=1", "/list?a=x", "/list?b=2", "/list?b=y", "/list?a=1&b=2", "/list?a=x&b=2"}
