"""What is written, when, and what can never be written again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, Table, event, func, select, text

from message_log.detail import Details
from message_log.entries import Child, Closing, Evidence, Exchange, Level, Opening, Policy, Unkept, Verdict
from message_log.ledger import Ledger
from message_log.models import (
    ATTEMPT,
    EXCHANGE,
    MESSAGE,
    MESSAGE_EXCHANGE,
    MESSAGE_PERSON,
    PAYLOAD,
)
from message_log.streams import Filters

Make = Callable[..., Any]


def count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def row(engine: Engine, message: int) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(MESSAGE).where(MESSAGE.c.id == message)).one()


def test_an_opened_message_is_committed_before_open_returns(
    ledger: Ledger, engine: Engine, opening: Make, clock: Any
) -> None:
    (message,) = ledger.open([opening()])
    stored = row(engine, message)
    assert stored.verdict is None
    assert stored.closed_at is None
    assert stored.opened_at == clock()
    assert (stored.key, stored.digest, stored.mapping_version, stored.fence) == ("MUG", "d1", "m1", 3)


def test_ids_come_in_the_order_of_the_openings_and_ascend(ledger: Ledger, engine: Engine, opening: Make) -> None:
    first = ledger.open([opening(f"A{n}") for n in range(5)])
    second = ledger.open([opening(f"B{n}") for n in range(5)])
    assert [row(engine, message).key for message in (*first, *second)] == [
        *(f"A{n}" for n in range(5)),
        *(f"B{n}" for n in range(5)),
    ]
    assert [*first, *second] == sorted({*first, *second})


def test_opening_nothing_writes_nothing(ledger: Ledger, engine: Engine) -> None:
    assert ledger.open([]) == []
    assert ledger.close([]) == 0
    assert count(engine, MESSAGE) == 0


def test_a_close_writes_the_verdict_with_its_attempt_and_exchange(
    ledger: Ledger, engine: Engine, opening: Make, closing: Make, exchange: Make, clock: Any
) -> None:
    (message,) = ledger.open([opening(children=(Child("variant", source_id="MUG"),))])
    clock.pass_by(seconds=2)
    end = closing(
        Verdict.CREATED,
        exchange(),
        target_id="77",
        children=(Child("variant", "MUG", "78", "create"),),
        action="create",
    )
    assert ledger.close([(message, end)]) == 1
    stored = row(engine, message)
    assert (stored.verdict, stored.target_id, stored.action, stored.duration_ms) == ("created", "77", "create", 95)
    assert (stored.closed_at - stored.opened_at).total_seconds() == 2
    assert stored.children == [{"kind": "variant", "source_id": "MUG", "target_id": "78", "action": "create"}]
    assert count(engine, ATTEMPT) == count(engine, EXCHANGE) == count(engine, MESSAGE_EXCHANGE) == 1


def test_what_a_closing_leaves_out_stays_as_the_opening_wrote_it(
    ledger: Ledger, engine: Engine, opening: Make, closing: Make
) -> None:
    (message,) = ledger.open([opening(target_id="77", children=(Child("variant", "MUG"),))])
    ledger.close([(message, closing())])
    stored = row(engine, message)
    assert (stored.target_id, stored.action, len(stored.children)) == ("77", "update", 1)


def test_messages_closed_together_each_get_their_own_target(
    ledger: Ledger, engine: Engine, queries: Any, opening: Make, closing: Make
) -> None:
    messages = ledger.open([opening("A"), opening("B", target_id="7"), opening("C", target_id="8"), opening("D")])
    targets = ("6", "7", "9", None)
    ledger.close([(m, closing(target_id=target)) for m, target in zip(messages, targets, strict=True)])
    assert [row(engine, message).target_id for message in messages] == ["6", "7", "9", None]
    found = {target: [entry.key for entry in queries.page(Filters(ident=target)).entries] for target in "6789"}
    assert found == {"6": ["A"], "7": ["B"], "8": [], "9": ["C"]}


def test_messages_of_all_kinds_written_together_are_stored_as_each_is_alone(
    ledger: Ledger, engine: Engine, opening: Make, closing: Make, exchange: Make
) -> None:
    """What one of them gives and another leaves empty is neither lost nor taken over."""

    def pairs() -> list[tuple[Opening, Closing]]:
        failed = {"cause": "REJECTED_BY_TARGET", "detail": "Title is too long", "fix": "Shorten it."}
        return [
            (opening("A"), closing(Verdict.CREATED, exchange(), target_id="1", children=(Child("variant", "A", "2"),))),
            (opening("B", target_id="3"), closing(Verdict.UPDATED, exchange(error="odd"), target_id="3")),
            (opening("C", target_id="4", actor="ann"), closing(Verdict.FAILED, exchange(status=None), **failed)),
            (opening("D", follows=1, label=None), closing(Verdict.FAILED, target_id="5", action="create", **failed)),
            (opening("E", fence=None, evidence=Evidence(source=b"{}")), closing(Verdict.SKIPPED, duration_ms=None)),
            (opening("F"), closing(Verdict.UPDATED, evidence=Evidence(canonical=b"{}", diff=b"[]"))),
        ]

    def write(batch: list[tuple[Opening, Closing]]) -> None:
        messages = ledger.open([opening for opening, _ in batch])
        assert ledger.close(zip(messages, (closing for _, closing in batch), strict=True)) == len(batch)

    def stored(table: Table, *keys: str) -> list[tuple[Any, ...]]:
        with engine.connect() as connection:
            columns = [column for column in table.columns if column.name not in ("id", *keys)]
            return [tuple(row) for row in connection.execute(select(*columns).order_by(table.c.id))]

    write(pairs())
    for pair in pairs():
        write([pair])
    for table, keys in ((MESSAGE, ()), (ATTEMPT, ("message",)), (EXCHANGE, ())):
        rows = stored(table, *keys)
        together, alone = rows[: len(rows) // 2], rows[len(rows) // 2 :]
        assert together == alone
        assert len(set(map(str, together))) == len(together)


def test_a_large_batch_is_closed_whole(ledger: Ledger, engine: Engine, opening: Make, closing: Make) -> None:
    messages = ledger.open([opening(f"K{number}") for number in range(1_200)])
    assert ledger.close([(message, closing()) for message in messages]) == 1_200
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).where(MESSAGE.c.verdict.is_(None))) == 0


def test_a_closed_message_never_changes_but_what_was_tried_is_recorded(
    ledger: Ledger, engine: Engine, opening: Make, closing: Make, exchange: Make
) -> None:
    (message,) = ledger.open([opening()])
    ledger.close([(message, closing(Verdict.FAILED, cause="OUTCOME_UNKNOWN"))])
    before = row(engine, message)
    assert ledger.close([(message, closing(Verdict.CREATED, exchange()))]) == 0
    assert row(engine, message) == before
    assert count(engine, EXCHANGE) == 1


def test_closing_what_was_never_opened_closes_nothing(ledger: Ledger, opening: Make, closing: Make) -> None:
    (message,) = ledger.open([opening()])
    assert ledger.close([(message, closing()), (message + 99, closing())]) == 1


def test_a_batch_exchange_is_stored_once_with_each_messages_row_even_across_calls(
    ledger: Ledger, engine: Engine, opening: Make, closing: Make, exchange: Make
) -> None:
    messages = ledger.open([opening(f"SKU-{n}") for n in range(4)])
    call = exchange()
    pairs = [(message, closing(Verdict.UPDATED, call, row=n)) for n, message in enumerate(messages)]
    ledger.close(pairs[:3])
    ledger.close(pairs[3:])
    assert count(engine, EXCHANGE) == 1
    with engine.connect() as connection:
        query = select(MESSAGE_EXCHANGE.c.message, MESSAGE_EXCHANGE.c.row_index).order_by(MESSAGE_EXCHANGE.c.message)
        assert [tuple(link) for link in connection.execute(query)] == list(zip(messages, range(4), strict=True))


def test_a_settled_message_is_closed_from_the_start_and_found_by_text(
    ledger: Ledger, engine: Engine, queries: Any, opening: Make, closing: Make
) -> None:
    end = closing(Verdict.SKIPPED, cause="NO_PRICE", detail="price list 7 is empty", action="skip")
    (message,) = ledger.settled([(opening(), end)])
    stored = row(engine, message)
    assert (stored.verdict, stored.cause, stored.action) == ("skipped", "NO_PRICE", "skip")
    assert [entry.id for entry in queries.page(Filters(text="empty")).entries] == [message]


def test_an_exchange_without_a_message_is_recorded(ledger: Ledger, engine: Engine, exchange: Make) -> None:
    ledger.record([exchange(operation="login")])
    assert count(engine, EXCHANGE) == 1
    assert count(engine, MESSAGE_EXCHANGE) == 0


def test_equal_bodies_are_stored_once_in_a_batch_and_between_batches(
    ledger: Ledger, engine: Engine, exchange: Make
) -> None:
    ledger.record([exchange(), exchange()])
    assert count(engine, PAYLOAD) == 2
    ledger.record([exchange(), exchange(response=b"other")])
    assert count(engine, PAYLOAD) == 3


def test_a_body_erased_since_is_stored_anew(ledger: Ledger, engine: Engine, exchange: Make) -> None:
    ledger.record([exchange()])
    with engine.begin() as connection:
        connection.execute(PAYLOAD.update().values(body=None))
    ledger.record([exchange()])
    with engine.connect() as connection:
        alive = connection.scalar(select(func.count()).where(PAYLOAD.c.body.is_not(None)))
    assert (count(engine, PAYLOAD), alive) == (4, 2)


def test_a_transaction_that_fails_leaves_nothing_and_is_not_remembered(
    ledger: Ledger, engine: Engine, opening: Make, closing: Make, exchange: Make
) -> None:
    (message,) = ledger.open([opening()])
    call = exchange()

    def fail(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO message_exchange"):
            raise OSError("disk full")

    event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(OSError, match="disk full"):
        ledger.close([(message, closing(Verdict.CREATED, call))])
    event.remove(engine, "before_cursor_execute", fail)
    assert count(engine, EXCHANGE) == count(engine, PAYLOAD) == count(engine, ATTEMPT) == 0
    assert row(engine, message).verdict is None
    assert ledger.close([(message, closing(Verdict.CREATED, call))]) == 1
    assert (count(engine, EXCHANGE), count(engine, PAYLOAD)) == (1, 2)


def test_the_body_at_rest_is_neither_readable_nor_larger_than_it_was(
    ledger: Ledger, engine: Engine, exchange: Make
) -> None:
    body = b'{"email":"anna@example.org"}' * 100
    ledger.record([exchange(request=body, response=None)])
    with engine.connect() as connection:
        stored = connection.execute(select(PAYLOAD)).one()
    assert b"anna" not in stored.body
    assert len(stored.body) < len(body) / 4
    assert stored.size == len(body)


@pytest.mark.parametrize(
    ("level", "changes", "kept"),
    [
        (Level.STANDARD, {"writes": True}, True),
        (Level.STANDARD, {"writes": False}, False),
        (Level.STANDARD, {"writes": False, "status": 500}, True),
        (Level.STANDARD, {"writes": False, "status": None, "error": "timed out"}, True),
        (Level.FULL, {"writes": False}, True),
        (Level.ERRORS, {"writes": True}, False),
        (Level.ERRORS, {"writes": True, "error": "userErrors: title is too long"}, True),
    ],
)
def test_the_level_decides_which_bodies_are_kept(
    ledger: Ledger, engine: Engine, exchange: Make, level: Level, changes: dict[str, Any], *, kept: bool
) -> None:
    call = exchange(**changes)
    ledger.record([call], Policy(level))
    with engine.connect() as connection:
        stored = connection.execute(select(EXCHANGE)).one()
    assert (stored.response is not None) is kept
    assert (stored.response_hash is None) is kept
    assert stored.response_size == len(call.response)


def test_a_streamed_body_is_known_by_size_and_hash(ledger: Ledger, engine: Engine, exchange: Make) -> None:
    hasher = ledger.hasher()
    hasher.update(b"line 1\n")
    hasher.update(b"line 2\n")
    ledger.record(
        [
            exchange(request=None, response=Unkept(14, hasher.digest()), writes=False),
            exchange(request=None, response=b"line 1\nline 2\n", writes=False),
        ]
    )
    with engine.connect() as connection:
        streamed, held = connection.execute(select(EXCHANGE).order_by(EXCHANGE.c.id)).all()
    assert streamed.response_hash == held.response_hash
    assert streamed.response_size == held.response_size == 14


def test_at_level_errors_evidence_is_kept_only_with_a_failure(
    ledger: Ledger, engine: Engine, opening: Make, closing: Make
) -> None:
    policy = Policy(Level.ERRORS)
    evidence = Evidence(source=b"{}", diff=b"[1]")
    fine, bad = ledger.open([opening(evidence=evidence), opening("CUP", evidence=evidence)], policy)
    ledger.close(
        [(fine, closing(evidence=evidence)), (bad, closing(Verdict.FAILED, cause="X", evidence=evidence))], policy
    )
    assert row(engine, fine).source is None
    assert row(engine, bad).source is not None
    assert row(engine, bad).diff is not None


def test_evidence_of_the_opening_is_not_replaced_by_the_closing(
    ledger: Ledger, engine: Engine, opening: Make, closing: Make
) -> None:
    (message,) = ledger.open([opening(evidence=Evidence(source=b"first"))])
    before = row(engine, message).source
    ledger.close([(message, closing(evidence=Evidence(source=b"second", diff=b"diff")))])
    after = row(engine, message)
    assert after.source == before
    assert after.diff is not None


def test_open_messages_are_what_a_take_over_asks_for(ledger: Ledger, opening: Make, closing: Make) -> None:
    mug, cup, pen = ledger.open(
        [opening("MUG", children=(Child("variant", "MUG"),)), opening("CUP", run=11), opening("PEN", route=2)]
    )
    assert [found.id for found in ledger.open_messages(run=10)] == [mug, pen]
    assert [found.id for found in ledger.open_messages(route=1)] == [mug, cup]
    ledger.close([(mug, closing())])
    (left,) = ledger.open_messages(run=10, route=2)
    assert (left.key, left.digest, left.mapping_version, left.fence) == ("PEN", "d1", "m1", 3)
    (reopened,) = ledger.open([opening(children=(Child("variant", "MUG"),))])
    assert ledger.open_messages(route=1)[-1].children == (Child("variant", "MUG"),)
    assert ledger.open_messages(route=1)[-1].id == reopened


def test_persons_are_stored_as_keyed_hashes_only(
    ledger: Ledger, engine: Engine, cipher: Any, opening: Make, closing: Make
) -> None:
    (message,) = ledger.open([opening(persons=("Anna@Example.org ",))])
    ledger.close([(message, closing(persons=("anna@example.org", "+49 171 5551234")))])
    with engine.connect() as connection:
        hashes = set(connection.scalars(select(MESSAGE_PERSON.c.hash)))
    assert hashes == {cipher.keyed_hash("anna@example.org"), cipher.keyed_hash("+49 171 5551234")}


def test_plain_texts_lose_secrets_addresses_query_strings_and_the_persons_identifiers(
    ledger: Ledger, engine: Engine, opening: Make, closing: Make, exchange: Make
) -> None:
    error = "401 for https://erp/b1s/v2/BP?$filter=Phone%20eq%20'1' with Bearer abcdefgh.1234 and anna@example.org"
    (message,) = ledger.open([opening()])
    end = closing(
        Verdict.FAILED,
        exchange(status=401, error=error),
        cause="REFUSED",
        detail="two partners named Anna Meier, token=shpat_12ab",
        persons=("Anna Meier",),
    )
    ledger.close([(message, end)])
    with engine.connect() as connection:
        stored = connection.scalar(select(EXCHANGE.c.error))
    assert stored == "401 for https://erp/b1s/v2/BP with [removed] and ***"
    detail = row(engine, message).detail
    assert "Anna" not in detail
    assert "shpat" not in detail
    assert detail.startswith("two partners named ***")


def test_a_personal_label_is_encrypted_and_stays_out_of_the_text_index(
    ledger: Ledger, engine: Engine, queries: Any, opening: Make, closing: Make
) -> None:
    ledger.settled([(opening("7", label="Anna Meier", label_is_personal=True), closing())])
    with engine.connect() as connection:
        stored = connection.execute(select(MESSAGE)).one()
    assert stored.label is None
    assert b"Anna" not in stored.label_sealed
    assert queries.page(Filters(text="Anna")).entries == ()
    assert queries.page(Filters(ident="anna meier")).entries[0].label == "***"
    assert queries.page(Filters(ident="Anna Meier"), personal=True).entries[0].label == "Anna Meier"


def test_mask_only_stores_masks_and_keyed_hashes_instead_of_personal_data(
    ledger: Ledger, engine: Engine, cipher: Any, queries: Any, opening: Make, closing: Make, exchange: Make
) -> None:
    policy = Policy(personal=frozenset({"email"}), mask_only=True)
    call = exchange(
        request=b'{"email":"anna@example.org","sku":"MUG"}', query="email=anna%40example.org", response=None
    )
    new = opening(
        evidence=Evidence(source=b'{"email":"anna@example.org"}'), label="anna@example.org", label_is_personal=True
    )
    (message,) = ledger.settled([(new, closing(Verdict.CREATED, call))], policy)
    trace = f"*** #{cipher.keyed_hash('anna@example.org')[:8]}"
    shown = Details(engine, cipher, {}).show(message, personal=True)
    assert shown is not None
    sent = shown.attempts[0].exchanges[0].request
    assert sent is not None
    assert sent.text == f'{{"email":"{trace}","sku":"MUG"}}'
    assert sent.query == f"email={trace.replace(' ', '+')}"
    assert shown.source is not None
    assert shown.source.text == f'{{"email":"{trace}"}}'
    assert queries.page(Filters(ident="anna@example.org"), personal=True).entries[0].label == trace


def test_texts_that_a_database_refuses_are_made_storable(ledger: Ledger, engine: Engine, opening: Make) -> None:
    (message,) = ledger.open([opening("A\0B\ud800C")])
    assert row(engine, message).key == "A\ufffdB?C"


def test_several_threads_may_write_at_once(
    ledger: Ledger, engine: Engine, opening: Make, closing: Make, exchange: Make
) -> None:
    start = threading.Barrier(4)
    shared = exchange()

    def work(worker: int) -> int:
        start.wait(10)
        done = 0
        for turn in range(5):
            messages = ledger.open([opening(f"{worker}-{turn}-{n}") for n in range(5)])
            own = exchange(request=f"{worker}-{turn}".encode() * 50)
            done += ledger.close([(m, closing(Verdict.UPDATED, shared, own, row=n)) for n, m in enumerate(messages)])
        return done

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 100
    assert count(engine, EXCHANGE) == 21
    assert count(engine, MESSAGE_EXCHANGE) == 200


def test_ids_are_never_given_out_twice(ledger: Ledger, engine: Engine, opening: Make) -> None:
    messages = ledger.open([opening(), opening("CUP")])
    with engine.begin() as connection:
        connection.execute(MESSAGE.delete())
    (fresh,) = ledger.open([opening()])
    assert fresh > max(messages)


def test_a_naive_time_is_refused(ledger: Ledger, exchange: Make, clock: Any) -> None:
    with pytest.raises(Exception, match="naive time"):
        ledger.record([exchange(started_at=clock().replace(tzinfo=None))])


def test_a_path_with_a_query_string_is_refused(exchange: Make) -> None:
    with pytest.raises(ValueError, match="query"):
        exchange(path="/b1s/v2/Items?$filter=x")


def test_the_words_of_a_message_are_indexed_once(ledger: Ledger, engine: Engine, opening: Make, closing: Make) -> None:
    (message,) = ledger.open([opening()])
    ledger.close([(message, closing())])
    ledger.close([(message, closing())])
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("INSERT INTO message_text(message_text) VALUES('integrity-check')"))
            found = connection.scalar(text("SELECT count(*) FROM message_text WHERE message_text MATCH 'mug'"))
        else:
            found = connection.scalar(text("SELECT count(*) FROM message_text WHERE words @@ to_tsquery('mug')"))
    assert found == 1


def test_the_value_objects_are_frozen(opening: Make) -> None:
    entry: Opening = opening()
    with pytest.raises(AttributeError):
        entry.key = "CUP"  # type: ignore[misc]
    assert Closing(Verdict.CREATED) == Closing(Verdict.CREATED)
    assert Exchange.__hash__ is object.__hash__
