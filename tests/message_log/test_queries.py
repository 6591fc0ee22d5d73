"""Finding messages: by every filter, in every combination, both ways, and never by OFFSET."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from message_log.entries import Closing, Opening, Verdict
from message_log.ledger import Ledger
from message_log.queries import Entry, Page, Queries
from message_log.streams import OPEN, Filters

Make = Callable[..., Any]

ROUTES = {
    1: ("acme", "product", "erp_to_shop"),
    2: ("acme", "order", "shop_to_erp"),
    3: ("bolt", "product", "erp_to_shop"),
    4: ("bolt", "inventory", "erp_to_shop"),
}


@pytest.fixture
def crowd(ledger: Ledger, opening: Make, closing: Make, clock: Any) -> list[int]:
    """120 messages by number, over four routes, six runs an hour apart, all verdicts; every tenth stays open."""
    ids: dict[int, int] = {}
    for run in range(1, 7):
        numbers = range(20 * (run - 1), 20 * run)
        new = {number: member(number, run, opening) for number in numbers}
        still_open = [number for number in numbers if number % 10 == 9]
        done = [number for number in numbers if number % 10 != 9]
        settled = ledger.settled([(new[number], ending(number, closing)) for number in done])
        ids |= zip(done, settled, strict=True)
        ids |= zip(still_open, ledger.open([new[number] for number in still_open]), strict=True)
        clock.pass_by(hours=1)
    return [ids[number] for number in range(120)]


def member(number: int, run: int, opening: Make) -> Opening:
    route = 1 + number % 4
    integration, name, direction = ROUTES[route]
    made: Opening = opening(
        f"SKU-{number % 30}",
        route=route,
        integration=integration,
        object=name,
        direction=direction,
        run=run,
        source_id=f"gid://shopify/Thing/{1000 + number}",
        label=f"#{number}",
        persons=(f"buyer{number % 7}@example.org",),
    )
    return made


def ending(number: int, closing: Make) -> Closing:
    verdict = list(Verdict)[number % 5]
    cause = ("MISSING_MAPPING", "INVALID_FIELD")[number // 10 % 2] if verdict is Verdict.FAILED else None
    detail = f"payment=klarna in line {number}" if cause else None
    made: Closing = closing(verdict, cause=cause, detail=detail, target_id=f"T{number}")
    return made


def ids_of(page: Page) -> list[int]:
    return [entry.id for entry in page.entries]


def everything(queries: Queries) -> list[Entry]:
    return list(queries.page(limit=1000).entries)


def agrees(entry: Entry, filters: Filters) -> bool:
    """The plain meaning of the filters, to compare with."""
    plain = ("integration", "object", "direction", "cause", "run")
    wanted = all(getattr(filters, name) in (None, getattr(entry, name)) for name in plain)
    verdict = OPEN if entry.verdict is None else entry.verdict
    named = {entry.key, entry.source_id, entry.target_id, entry.label}
    return (
        wanted
        and filters.verdict in (None, verdict)
        and (filters.ident is None or filters.ident in named)
        and (filters.since is None or entry.opened_at >= filters.since)
        and (filters.until is None or entry.opened_at < filters.until)
    )


def combinations(start: Any, end: Any) -> Iterator[Filters]:
    choices: dict[str, tuple[Any, ...]] = {
        "integration": (None, "acme"),
        "object": (None, "product", "unheard-of"),
        "direction": (None, "erp_to_shop"),
        "verdict": (None, Verdict.FAILED, OPEN),
        "cause": (None, "MISSING_MAPPING"),
        "run": (None, 3),
        "ident": (None, "SKU-4", "T44"),
        "since": (None, start),
        "until": (None, end),
    }
    for values in product(*choices.values()):
        given = dict(zip(choices, values, strict=True))
        chosen = {name for name, value in given.items() if value is not None}
        if len(chosen) <= 2 or chosen in ({"object", "verdict", "since"}, {"integration", "direction", "cause"}):
            yield Filters(**given)


def test_every_combination_of_filters_finds_exactly_what_it_says(queries: Queries, crowd: list[int]) -> None:
    entries = everything(queries)
    assert [entry.id for entry in entries] == sorted(crowd, reverse=True)
    start, end = entries[-30].opened_at, entries[20].opened_at
    asked = 0
    for filters in combinations(start, end):
        expected = [entry.id for entry in entries if agrees(entry, filters)]
        assert ids_of(queries.page(filters, limit=1000)) == expected, filters
        assert ids_of(queries.page(filters, limit=3)) == expected[:3], filters
        asked += 1
    assert asked > 70


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(object="product"),
        Filters(verdict=Verdict.FAILED),
        Filters(run=2),
        Filters(cause="MISSING_MAPPING"),
        Filters(text="klarna"),
        Filters(ident="SKU-4"),
        Filters(person="buyer3@example.org"),
    ],
)
def test_pages_lead_to_the_end_and_back(queries: Queries, crowd: list[int], filters: Filters) -> None:
    whole = ids_of(queries.page(filters, limit=1000))
    assert len(whole) > 3
    page = queries.page(filters, limit=3)
    assert page.newer is None
    walked = ids_of(page)
    while page.older is not None:
        page = queries.page(filters, before=page.older, limit=3)
        walked += ids_of(page)
    assert walked == whole
    back = ids_of(page)
    while page.newer is not None:
        page = queries.page(filters, after=page.newer, limit=3)
        assert len(page.entries) <= 3
        back = ids_of(page) + back
    assert back == whole


def test_a_page_beyond_the_end_is_empty(queries: Queries, crowd: list[int]) -> None:
    assert queries.page(before=min(crowd)) == Page((), older=None, newer=None)
    assert queries.page(after=max(crowd)) == Page((), older=None, newer=None)


def test_text_is_found_by_word_phrase_and_beginning(queries: Queries, crowd: list[int]) -> None:
    by_id = {entry.id: entry for entry in everything(queries)}

    def found(words: str, **more: Any) -> list[Entry]:
        return [by_id[id_] for id_ in ids_of(queries.page(Filters(text=words, **more), limit=1000))]

    assert {entry.key for entry in found("sku-4")} == {"SKU-4"}
    assert [entry.source_id for entry in found("1044")] == ["gid://shopify/Thing/1044"]
    assert [entry.detail for entry in found("klarna line-44")] == ["payment=klarna in line 44"]
    assert found("klarna nowhere") == []
    assert len(found("klar*")) == len(found("klarna")) > 0
    assert found("klar") == []
    assert {entry.cause for entry in found("klarna", cause="MISSING_MAPPING")} == {"MISSING_MAPPING"}
    assert {entry.key for entry in found("klarna", ident="SKU-4")} == {"SKU-4"}
    assert found("MISSING_MAPPING") == [entry for entry in by_id.values() if entry.cause == "MISSING_MAPPING"]


def test_a_common_text_is_looked_up_where_another_filter_leads(
    queries: Queries, crowd: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [
        Filters(text="sku", verdict=Verdict.FAILED),
        Filters(text="sku", object="order", run=2),
        Filters(text="sku", ident="SKU-4"),
        Filters(text="sku", cause="INVALID_FIELD", person="buyer3@example.org"),
        Filters(text="sku nowhere", object="product"),
    ]
    led_by_text = [ids_of(queries.page(filters, limit=1000)) for filters in asked]
    assert sum(map(bool, led_by_text)) == 4
    monkeypatch.setattr("message_log.streams.COMMON_TEXT", 10)
    assert [ids_of(queries.page(filters, limit=1000)) for filters in asked] == led_by_text


def test_odd_signs_in_a_search_are_harmless(queries: Queries, crowd: list[int]) -> None:
    for words in ("", "-", "'", '"', 'a"b OR *', "NEAR(", "key:x", "a & !b", "(", "%", "\\", "ä*"):
        assert queries.page(Filters(text=words)).entries == (), words


def test_a_name_that_is_a_key_in_one_message_and_another_name_elsewhere_finds_each_message_once(
    ledger: Ledger, queries: Queries, opening: Make
) -> None:
    alike, by_source, by_label, by_target, other = ledger.open(
        [
            opening("A1"),
            opening("B1", source_id="A1"),
            opening("C1", label="A1"),
            opening("D1", target_id="A1"),
            opening("E1", source_id=None, label=None),
        ]
    )
    assert ids_of(queries.page(Filters(ident="A1"))) == [by_target, by_label, by_source, alike]
    assert queries.count(Filters(ident="A1")).number == 4
    assert ids_of(queries.page(Filters(ident="E1"))) == [other]
    assert [entry.id for entry in queries.timeline(["acme"], ["A1"])] == [by_target, by_label, by_source, alike]


def test_a_count_is_exact_up_to_the_cap(queries: Queries, crowd: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(queries.count()) == "120"
    assert queries.count(Filters(object="product")).number == 60
    assert queries.count(Filters(text="klarna")).number == len(queries.page(Filters(text="klarna"), limit=99).entries)
    monkeypatch.setattr("message_log.queries.COUNT_CAP", 50)
    assert str(queries.count()) == "more than 50"
    assert queries.count(Filters(object="product")).more
    assert not queries.count(Filters(verdict=Verdict.FAILED)).more


def test_a_count_without_a_match_is_zero(queries: Queries, crowd: list[int]) -> None:
    assert str(queries.count(Filters(object="unheard-of"))) == "0"


def test_a_persons_messages_are_found_by_any_spelling_of_the_identifier(queries: Queries, crowd: list[int]) -> None:
    theirs = sorted(crowd[3::7], reverse=True)
    assert ids_of(queries.page(Filters(person=" Buyer3@Example.org"), limit=1000)) == theirs
    assert ids_of(queries.page(Filters(ident="buyer3@example.org"), limit=1000)) == theirs


def test_the_timeline_of_a_record_follows_all_its_names(queries: Queries, crowd: list[int]) -> None:
    entries = queries.timeline(["acme"], ["SKU-4", "#0", "T5"])
    assert [entry.id for entry in entries] == sorted((crowd[n] for n in (0, 4, 5, 64)), reverse=True)
    assert queries.timeline(["acme"], []) == ()
    assert [entry.id for entry in queries.timeline(["acme"], ["SKU-4"], before=crowd[64])] == [crowd[4]]
    assert queries.timeline(["bolt"], ["#0"]) == ()


def test_an_export_yields_all_that_matches_oldest_first(
    queries: Queries, crowd: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("message_log.queries.EXPORT_PAGE", 7)
    assert [entry.id for entry in queries.export()] == sorted(crowd)
    failed = [entry.id for entry in queries.export(Filters(verdict=Verdict.FAILED))]
    assert failed == sorted(ids_of(queries.page(Filters(verdict=Verdict.FAILED), limit=1000)))
    assert list(queries.export(Filters(object="unheard-of"))) == []


def test_a_failure_is_resolved_by_the_first_that_follows_and_did_not_fail(
    ledger: Ledger, queries: Queries, opening: Make, closing: Make
) -> None:
    def settle(verdict: Verdict, **changes: Any) -> int:
        (message,) = ledger.settled([(opening(**changes), closing(verdict, cause="X"))])
        return message

    first = settle(Verdict.FAILED)
    second = settle(Verdict.FAILED, follows=first)
    alone = settle(Verdict.FAILED)
    (still_open,) = ledger.open([opening(follows=alone)])
    cure = settle(Verdict.UPDATED, follows=second)
    later = settle(Verdict.UPDATED, follows=second)
    found = {entry.id: entry.resolved_by for entry in everything(queries)}
    assert found == {first: cure, second: cure, alone: None, still_open: None, cure: None, later: None}


def test_more_routes_than_a_compound_select_takes_are_walked_plainly(
    ledger: Ledger, queries: Queries, opening: Make, closing: Make
) -> None:
    ledger.settled([(opening(f"K{n}", route=n), closing(Verdict.FAILED, cause="X")) for n in range(450)])
    assert len(queries.page(Filters(object="product", verdict=Verdict.FAILED), limit=1000).entries) == 450
    assert len(queries.page(Filters(cause="X"), limit=1000).entries) == 450


# PostgreSQL reads so small a table as a whole.
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_filtered_pages_are_read_from_indexes_alone(engine: Engine, queries: Queries, crowd: list[int]) -> None:
    since = everything(queries)[9].opened_at
    plans: list[str] = []
    statements: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    for filters in (
        Filters(object="product"),
        Filters(verdict=Verdict.FAILED),
        Filters(integration="acme", object="product", verdict=Verdict.CREATED),
        Filters(cause="MISSING_MAPPING", object="order"),
        Filters(run=3),
        Filters(ident="SKU-4"),
        Filters(text="klarna"),
        Filters(since=since),
    ):
        queries.page(filters)
    event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        for statement, parameters in statements:
            raw = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans += [row[-1] for row in raw]
    assert len(plans) > 50
    for name in ("key", "source_id", "target_id", "label"):
        assert any(f"INDEX ix_message_{name} " in plan for plan in plans), name
    assert not [plan for plan in plans if plan.startswith("SCAN message") and "INDEX" not in plan]
    assert not [statement for statement, _ in statements if "OFFSET" in statement.replace("LIMIT ? OFFSET ?", "LIMIT")]


def test_an_entry_shows_what_the_opening_said(queries: Queries, ledger: Ledger, opening: Make) -> None:
    new: Opening = opening(target_id="77", actor="eve", follows=5)
    ledger.open([new])
    (entry,) = queries.page().entries
    shared = {field.name for field in fields(Entry)} & {field.name for field in fields(Opening)}
    assert {name: getattr(entry, name) for name in shared} == {name: getattr(new, name) for name in shared}


# PostgreSQL has no such check.
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_the_text_index_survives_a_check_of_its_integrity(engine: Engine, crowd: list[int]) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO message_text(message_text) VALUES('integrity-check')"))
        assert connection.scalar(text("SELECT count(*) FROM message")) == len(crowd)
