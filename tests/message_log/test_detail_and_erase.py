"""What a person sees of one message, with and without the right; and what is left of a customer who was erased."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from message_log.detail import Details, Kept
from message_log.entries import Attempt, Child, Evidence, Level, Part, Policy, Unkept, Verdict
from message_log.erase import Erased, Eraser
from message_log.ledger import Ledger
from message_log.models import MESSAGE, MESSAGE_PERSON, PAYLOAD
from message_log.queries import Queries
from message_log.streams import Filters

Make = Callable[..., Any]

PERSONAL = {"customer": frozenset({"email", "EmailAddress"}), "product": frozenset[str]()}


@pytest.fixture
def details(engine: Engine, cipher: Any) -> Details:
    return Details(engine, cipher, PERSONAL)


def customer(number: int, opening: Make, **changes: Any) -> Any:
    mail = f"anna{number}@example.org"
    return opening(
        f"c{number}",
        object="customer",
        label=f"Anna {number} Meier",
        label_is_personal=True,
        persons=(mail, f"c{number}"),
        evidence=Evidence(source=f'{{"email":"{mail}","tags":["vip"]}}'.encode(), diff=b'["email"]'),
        **changes,
    )


def test_a_message_is_shown_with_all_that_belongs_to_it(
    ledger: Ledger, details: Details, opening: Make, exchange: Make, clock: Any, closing: Make
) -> None:
    (before,) = ledger.settled([(opening(), closing(Verdict.FAILED, cause="X"))])
    (message,) = ledger.open([opening(follows=before, evidence=Evidence(b"s", b"c", b"d"))])
    failed = exchange(status=503, error="HTTP 503", started_at=clock(), idempotency_key="k1")
    clock.pass_by(seconds=1)
    sent = exchange(query="a=1&b=2", started_at=clock(), idempotency_key="k1")
    attempts = (
        Attempt(1, clock(), 5, Verdict.FAILED, cause="PLATFORM_UNAVAILABLE", detail="503", parts=(Part(failed, 2),)),
        Attempt(2, clock(), 7, Verdict.UPDATED, parts=(Part(sent, 2),)),
    )
    ledger.close([(message, closing(attempts=attempts, children=(Child("variant", "MUG", "9", "update"),)))])
    (after,) = ledger.open([opening(follows=message)])
    shown = details.show(message, personal=True)
    assert shown is not None
    assert (shown.entry.id, shown.entry.follows, shown.followed_by) == (message, before, (after,))
    assert shown.children == (Child("variant", "MUG", "9", "update"),)
    records = (shown.source, shown.canonical, shown.diff)
    assert [record.text if record else None for record in records] == ["s", "c", "d"]
    first, second = shown.attempts
    assert (first.cause, first.detail, first.exchanges[0].status) == ("PLATFORM_UNAVAILABLE", "503", 503)
    call = second.exchanges[0]
    assert (call.row, call.idempotency_key, call.writes, call.error) == (2, "k1", True, None)
    assert call.request is not None
    assert (call.request.query, call.request.text) == ("a=1&b=2", '{"variables":{"input":{"title":"Mug"}}}')
    resolved = details.show(before)
    assert resolved is not None
    assert resolved.entry.resolved_by == message


def test_there_is_nothing_to_show_of_an_unknown_message(details: Details) -> None:
    assert details.show(12345) is None


def test_without_the_right_personal_fields_are_masked_everywhere(
    ledger: Ledger, details: Details, opening: Make, exchange: Make, closing: Make
) -> None:
    call = exchange(
        request=b'{"variables":{"email":"anna1@example.org"}}',
        response=b'{"errors":[{"message":"anna1@example.org is taken"}]}',
        query="$filter=EmailAddress%20eq%20%27anna1@example.org%27",
    )
    (message,) = ledger.settled([(customer(1, opening), closing(Verdict.CREATED, call))])
    masked, whole = details.show(message), details.show(message, personal=True)
    assert "anna1" not in repr(masked)
    assert "Meier" not in repr(masked)
    assert "vip" in repr(masked)
    assert repr(whole).count("anna1@example.org") == 4
    assert "Anna 1 Meier" in repr(whole)


def test_sentences_about_a_person_are_masked_as_a_whole_without_the_right(
    ledger: Ledger, details: Details, opening: Make, exchange: Make, clock: Any, closing: Make
) -> None:
    call, silent = exchange(status=400, error="Anna Meier is taken"), exchange(status=None, error="no route to host")
    tries = (
        Attempt(
            1, clock(), 5, Verdict.FAILED, cause="X", detail="Anna Meier is taken", parts=(Part(call), Part(silent))
        ),
    )
    (message,) = ledger.settled([(customer(1, opening), closing(Verdict.FAILED, attempts=tries))])
    masked, whole = details.show(message), details.show(message, personal=True)
    assert masked is not None
    assert ("Anna Meier is" in repr(masked), "no route to host" in repr(masked)) == (False, True)
    assert repr(whole).count("Anna Meier is taken") == 2


def test_an_object_without_personal_fields_is_shown_as_it_is_and_an_unknown_one_is_masked(
    ledger: Ledger, details: Details, opening: Make, closing: Make
) -> None:
    evidence = Evidence(source=b'{"email":"sales"}')
    product, other = ledger.settled(
        [(opening(evidence=evidence), closing()), (opening(object="voucher", evidence=evidence), closing())]
    )
    shown = [details.show(message) for message in (product, other)]
    assert [view.source.text for view in shown if view and view.source] == ['{"email":"sales"}', '{"email":"***"}']


def test_calls_outside_of_messages_are_shown_newest_first(ledger: Ledger, details: Details, exchange: Make) -> None:
    ledger.record(
        [
            exchange(operation="login", writes=False, request=b'{"Password":"x"}', status=401),
            exchange(operation="read", writes=False, request=None, response=b"{}"),
            exchange(operation="bulk", connection="acme-erp", request=None, response=Unkept(9, b"\1" * 16)),
        ]
    )
    bulk, read, login = details.exchanges()
    assert (bulk.response and bulk.response.kept, bulk.response and bulk.response.size) == (Kept.HASH, 9)
    assert read.request is None
    assert read.response is not None
    assert (read.response.kept, read.response.text) == (Kept.HASH, None)
    assert login.request is not None
    assert login.request.text == '{"Password":"[removed]"}'
    assert [view.operation for view in details.exchanges(connection="acme-shop", before=bulk.id, limit=1)] == ["read"]


def test_erasing_a_customer_leaves_that_it_happened_but_not_what_was_in_it(
    ledger: Ledger, engine: Engine, details: Details, eraser: Eraser, opening: Make, exchange: Make, closing: Make
) -> None:
    batch = exchange(request=b'{"email":"anna1@example.org"}', error="Anna 1 Meier is taken")
    first, second = ledger.open([customer(1, opening), customer(2, opening)])
    ledger.close(
        [
            (first, closing(Verdict.FAILED, batch, cause="TAKEN", detail="Anna 1 Meier is taken", row=0)),
            (second, closing(Verdict.CREATED, batch, row=1)),
        ]
    )
    erased = eraser.erase(["ANNA1@example.org", "Anna 1 Meier", " "])
    assert erased == Erased(messages=1, payloads=4, texts=3)
    shown = details.show(first, personal=True)
    assert shown is not None
    assert (shown.entry.verdict, shown.entry.cause, shown.entry.detail) == (Verdict.FAILED, "TAKEN", "*** is taken")
    assert shown.entry.label == "***"
    assert shown.source is not None
    assert (shown.source.kept, shown.source.text) == (Kept.ERASED, None)
    assert shown.attempts[0].exchanges[0].request is not None
    assert shown.attempts[0].exchanges[0].request.kept is Kept.ERASED
    assert shown.attempts[0].exchanges[0].error == "*** is taken"
    other = details.show(second, personal=True)
    assert other is not None
    assert other.source is not None
    assert other.source.text == '{"email":"anna2@example.org","tags":["vip"]}'
    with engine.connect() as connection:
        assert set(connection.scalars(select(MESSAGE_PERSON.c.message))) == {second}
        assert connection.scalar(select(PAYLOAD.c.hash).where(PAYLOAD.c.body.is_(None)).limit(1)) is None


def test_erasing_twice_finds_nothing_the_second_time(
    ledger: Ledger, eraser: Eraser, opening: Make, closing: Make
) -> None:
    ledger.settled([(customer(1, opening), closing())])
    assert eraser.erase(["anna1@example.org"]).messages == 1
    assert eraser.erase(["anna1@example.org"]) == Erased()
    assert eraser.erase([]) == Erased()
    assert eraser.erase(["nobody@example.org"]) == Erased()


def test_the_text_index_forgets_an_erased_name_and_keeps_the_rest(
    ledger: Ledger, engine: Engine, eraser: Eraser, queries: Queries, opening: Make, closing: Make
) -> None:
    plain = opening("o1", object="order", label="#1001", persons=("4711",))
    detail = "the note names 4711 twice: 4711, not 47110"
    (message,) = ledger.settled([(plain, closing(Verdict.FAILED, cause="X", detail=detail))])
    assert queries.page(Filters(text="4711")).entries[0].id == message
    assert eraser.erase(["4711"]).texts == 1
    assert queries.page(Filters(text="4711")).entries == ()
    (entry,) = queries.page(Filters(text="note 47110")).entries
    assert entry.detail == "the note names *** twice: ***, not 47110"
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO message_text(message_text) VALUES('integrity-check')"))


def test_an_open_message_can_be_erased_and_closed_afterwards(
    ledger: Ledger, queries: Queries, eraser: Eraser, opening: Make, closing: Make
) -> None:
    (message,) = ledger.open([opening(label="Anna Meier", persons=("Anna Meier",))])
    assert eraser.erase(["Anna Meier"]) == Erased(messages=1, payloads=0, texts=1)
    assert ledger.close([(message, closing())]) == 1
    assert queries.page(Filters(text="Anna")).entries == ()
    assert queries.page().entries[0].label == "***"


@pytest.mark.parametrize(
    "body",
    [
        b'{"value":[{"mail":"x@y.z"},{"mail":"j\xc3\xb6rg@example.org"}]}',
        b'{"mail":"j\\u00f6rg@example.org"}',
        b"mail=j%C3%B6rg%40example.org",
        b'{"mail":"J\xc3\x96RG@example.org"}',
    ],
)
def test_pages_kept_outside_of_messages_are_searched_and_erased(
    ledger: Ledger, details: Details, eraser: Eraser, exchange: Make, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("message_log.erase.CHUNK", 2)
    others = [exchange(response=f"page {n}".encode(), request=None, writes=False) for n in range(5)]
    ledger.record([*others[:3], exchange(response=body, request=None, writes=False), *others[3:]], Policy(Level.FULL))
    assert eraser.erase(["jörg@example.org"]) == Erased(messages=0, payloads=1, texts=0)
    kept = [view.response.kept for view in details.exchanges() if view.response]
    assert kept.count(Kept.ERASED) == 1
    assert kept.count(Kept.BODY) == 5


def test_the_message_table_never_holds_a_personal_label_in_the_clear(
    ledger: Ledger, engine: Engine, opening: Make, closing: Make
) -> None:
    ledger.settled([(customer(1, opening), closing())])
    with engine.connect() as connection:
        row = connection.execute(select(MESSAGE)).one()
    assert "Meier" not in repr(row)
    assert "anna1" not in repr(row)
