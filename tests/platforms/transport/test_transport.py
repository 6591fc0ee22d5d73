"""The only door: what is repeated, what is not, and what becomes of it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time as real_time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import orjson
import pytest

from hub.errors import ConfigurationError, LeaseLost, OutcomeUnknown, PlatformUnavailable, RateLimited, RunCancelled
from hub.platforms.delivery import back_off, retry_after
from hub.platforms.exchanges import Exchange, collecting
from hub.platforms.platform import Wiring
from hub.platforms.transport import Call, Transport

from .conftest import Reply, Scripted, Time, answer, cut, drop

READ = Call("products", "GET", "/products", query="page=1")
CREATE = Call("POST Orders", "POST", "/Orders", body=b'{"a":1}', writes=True, repeatable=False)
UPDATE = Call("productSet", "POST", "/graphql", body=b"{}", writes=True, idempotency_key="k1")


def hang(connection: socket.socket) -> None:
    """Keep the other side waiting beyond its patience."""
    real_time.sleep(0.4)


UNCERTAIN: list[Reply] = [drop, cut, hang, answer(500), answer(502, b"<html>"), answer(503), answer(504)]


def names(replies: list[Reply]) -> list[str]:
    return [reply.__name__ if callable(reply) else reply.split(b" ")[1].decode() for reply in replies]


def test_an_answer_is_returned_whatever_its_status(server: Scripted, transport: Transport) -> None:
    server.replies = [answer(404, b'{"error": 1.10}', X_Thing="yes")]
    got = transport.send(READ)
    assert (got.status, got.json(), got.headers["x-thing"], got.repeated) == (404, {"error": 1.1}, "yes", False)
    assert got.json(exact=True) == {"error": Decimal("1.10")}
    assert server.requests[0].startswith(b"GET /products?page=1 HTTP/1.1")


@pytest.mark.parametrize("trouble", UNCERTAIN, ids=names(UNCERTAIN))
def test_a_read_is_repeated_until_an_answer_comes(server: Scripted, transport: Transport, trouble: Reply) -> None:
    server.replies = [trouble, trouble, answer(200, b'{"ok": true}')]
    got = transport.send(READ)
    assert (got.json(), got.repeated, len(server.requests)) == ({"ok": True}, False, 3)


@pytest.mark.parametrize("trouble", UNCERTAIN, ids=names(UNCERTAIN))
def test_a_create_that_nothing_protects_is_never_sent_twice(
    server: Scripted, transport: Transport, trouble: Reply
) -> None:
    server.replies = [trouble, answer()]
    with pytest.raises(OutcomeUnknown):
        transport.send(CREATE)
    assert len(server.requests) == 1


@pytest.mark.parametrize("trouble", [drop, answer(502)], ids=["drop", "502"])
def test_a_repeatable_write_is_repeated_and_the_answer_says_so(
    server: Scripted, transport: Transport, trouble: Reply
) -> None:
    server.replies = [trouble, answer()]
    assert transport.send(UPDATE).repeated
    assert len(server.requests) == 2


def test_a_write_that_never_gets_an_answer_is_unknown_and_a_read_is_unavailable(
    server: Scripted, transport: Transport
) -> None:
    server.replies = [answer(500)]
    with pytest.raises(OutcomeUnknown):
        transport.send(UPDATE)
    assert len(server.requests) == 5
    with pytest.raises(PlatformUnavailable) as caught:
        transport.send(READ)
    assert not isinstance(caught.value, RateLimited)


def test_a_write_that_may_have_landed_stays_unknown_when_its_repetition_is_refused(
    server: Scripted, transport: Transport
) -> None:
    server.replies = [drop, answer(429)]
    with pytest.raises(OutcomeUnknown):
        transport.send(UPDATE)


def test_what_was_refused_before_it_was_looked_at_is_repeated_whatever_it_is(
    server: Scripted, transport: Transport, time: Time
) -> None:
    server.replies = [answer(429, Retry_After="3"), answer(430), answer(503, Retry_After="2"), answer(201)]
    assert transport.send(CREATE).status == 201
    assert 5 <= time.total <= 8


def test_a_platform_that_stays_busy_says_how_long_to_wait(server: Scripted, transport: Transport, time: Time) -> None:
    server.replies = [answer(429, Retry_After="600")]
    with pytest.raises(RateLimited) as caught:
        transport.send(CREATE)
    assert caught.value.wait == timedelta(seconds=600)
    assert time.total < 4 * 61, "a long Retry-After is capped"


def test_a_refused_connection_is_tried_again_and_then_unavailable_even_for_a_create(
    server: Scripted, time: Time, seen: list[Exchange]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    wiring = Wiring(clock=time.clock, sleep=time.sleep, sink=seen.append)
    transport = Transport("erp", f"http://127.0.0.1:{port}", wiring=wiring)
    with pytest.raises(PlatformUnavailable):
        transport.send(CREATE)
    assert [exchange.status for exchange in seen] == [None] * 5
    assert "refused" in seen[0].error


def test_a_wrong_host_is_a_setting_to_mend(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    transport = Transport("shop", "http://nowhere.invalid", wiring=Wiring(clock=time.clock, sleep=time.sleep))
    with pytest.raises(ConfigurationError, match=r"nowhere\.invalid"):
        transport.send(READ)


@pytest.mark.parametrize("address", ["htp://shop.test", "http://", "shop.test"])
def test_an_impossible_address_is_a_setting_to_mend(address: str, time: Time) -> None:
    transport = Transport("shop", address, wiring=Wiring(clock=time.clock, sleep=time.sleep))
    with pytest.raises(ConfigurationError):
        transport.send(READ)
    assert time.slept == []


def test_a_missing_ca_bundle_is_a_setting_to_mend(time: Time, tmp_path: Path) -> None:
    wiring = Wiring(clock=time.clock, sleep=time.sleep)
    transport = Transport("erp", "https://127.0.0.1:1", wiring=wiring, verify=str(tmp_path / "gone.pem"))
    with pytest.raises(ConfigurationError, match=r"gone\.pem"):
        transport.send(READ)


def test_http_behind_an_https_address_is_a_setting_to_mend(server: Scripted, time: Time) -> None:
    def speak_plainly(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1000)
                    speak_plainly(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        transport = Transport("erp", url, wiring=Wiring(clock=time.clock, sleep=time.sleep))
        with pytest.raises(ConfigurationError, match="TLS"):
            transport.send(READ)
        thread.join(5)


def test_every_try_is_an_exchange_of_the_message_or_of_the_connection(
    server: Scripted, transport: Transport, seen: list[Exchange]
) -> None:
    server.replies = [drop, answer(200, b'{"done": 1}'), answer()]
    with collecting() as exchanges:
        transport.send(UPDATE)
    assert [(one.status, bool(one.error), one.idempotency_key, one.writes) for one in exchanges] == [
        (None, True, "k1", True),
        (200, False, "k1", True),
    ]
    assert exchanges[1].response == b'{"done": 1}'
    assert seen == []
    transport.send(READ)
    assert [(one.operation, one.path, one.query) for one in seen] == [("products", "/products", "page=1")]


def test_a_stopped_transport_does_not_sit_in_its_back_off(server: Scripted, transport: Transport, time: Time) -> None:
    server.replies = [answer(429, Retry_After="60")]
    transport.stop.set()
    with pytest.raises(RunCancelled):
        transport.send(READ)
    assert time.slept == []
    server.replies = [drop]
    with pytest.raises(OutcomeUnknown):
        transport.send(UPDATE)


def test_no_more_requests_at_a_time_than_the_connection_allows(server: Scripted, transport: Transport) -> None:
    def slowly(connection: socket.socket) -> None:
        server.take(0.03)
        connection.sendall(answer())

    server.replies = [slowly]
    with ThreadPoolExecutor(6) as pool:
        assert [got.status for got in pool.map(transport.send, [READ] * 12)] == [200] * 12
    assert server.busiest == 2


def test_cookies_are_told_and_not_kept(server: Scripted, transport: Transport) -> None:
    reply = answer(200, b"{}", Set_Cookie="B1SESSION=abc;HttpOnly;\r\nSet-Cookie: ROUTEID=.node1; path=/b1s")
    server.replies = [reply]
    assert transport.send(READ).cookies == {"B1SESSION": "abc", "ROUTEID": ".node1"}
    transport.send(READ)
    assert b"cookie" not in server.requests[1].lower()


def test_a_redirection_is_returned_not_followed(server: Scripted, transport: Transport) -> None:
    server.replies = [answer(301, Location="http://127.0.0.1:1/")]
    assert transport.send(READ).status == 301


@pytest.mark.parametrize(("call", "error"), [(READ, PlatformUnavailable), (UPDATE, OutcomeUnknown)])
def test_a_page_of_html_where_json_should_be_is_named(
    server: Scripted, transport: Transport, call: Call, error: type[Exception]
) -> None:
    server.replies = [answer(200, b"<html>Welcome to the proxy", Content_Type="text/html")]
    with pytest.raises(error, match=r"text/html\)$"):
        transport.send(call).json()


class TestStream:
    def lines(self, n: int) -> bytes:
        return b"".join(b'{"n":%d}\n' % number for number in range(n))

    def test_lines_come_one_by_one_whatever_the_pieces_they_arrive_in(
        self, server: Scripted, transport: Transport, seen: list[Exchange]
    ) -> None:
        server.replies = [answer(200, self.lines(30_000) + b'{"last":1}')]
        lines = list(transport.stream(Call("file", "GET", server.url + "/file?signature=secret")))
        assert len(lines) == 30_001
        assert (lines[0], lines[-1]) == (b'{"n":0}', b'{"last":1}')
        assert (seen[0].path, seen[0].query) == (server.url + "/file", "")
        assert orjson.loads(seen[0].response)["bytes"] == len(self.lines(30_000)) + 10

    def test_a_cut_download_starts_over_and_repeats_no_line(self, server: Scripted, transport: Transport) -> None:
        whole = self.lines(20_000)

        def half(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(whole) + whole[:150_003])

        server.replies = [half, drop, answer(503), answer(200, whole)]
        assert b"\n".join(transport.stream(Call("file", "GET", "/file"))) + b"\n" == whole

    @pytest.mark.parametrize("status", [302, 403, 404])
    def test_a_file_that_is_not_there_is_said_at_once(
        self, server: Scripted, transport: Transport, status: int
    ) -> None:
        server.replies = [answer(status)]
        with pytest.raises(PlatformUnavailable, match=str(status)):
            list(transport.stream(Call("file", "GET", "/file")))
        assert len(server.requests) == 1

    def test_a_file_that_stays_cut_is_given_up(self, server: Scripted, transport: Transport) -> None:
        server.replies = [cut]
        with pytest.raises(PlatformUnavailable):
            list(transport.stream(Call("file", "GET", "/file")))
        assert len(server.requests) == 5


class TestWaiting:
    def test_back_off_is_full_jitter_over_a_doubling_span(self) -> None:
        random = Random(1)
        spans = [max(back_off(attempt, random, 60) for _ in range(300)) for attempt in range(9)]
        assert spans[0] <= 0.5 < spans[1] <= 1 < spans[2] <= 2 < spans[3] <= 4
        assert spans[8] <= 60

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("7", 7), ("0.5", 0.5), ("-3", 0), ("Sat, 21 Nov 2026 12:00:30 GMT", 30), ("soon", None), ("", None)],
    )
    def test_retry_after_in_both_forms(self, text: str, seconds: float | None) -> None:
        assert retry_after({"Retry-After": text}, Time().clock()) == seconds


def test_a_write_asks_before_each_try_whether_it_may_be_sent(server: Scripted) -> None:
    asked: list[float] = []

    def only_once(seconds: float) -> None:
        asked.append(seconds)
        if len(asked) > 1:
            raise LeaseLost

    wiring = Wiring(sleep=lambda seconds: None, may_write=only_once)
    transport = Transport("shop", server.url, wiring=wiring, read_timeout=7)
    server.replies = [answer(502, b"<html>"), answer(200)]
    with contextlib.closing(transport), pytest.raises(LeaseLost):
        transport.send(UPDATE)
    assert asked == [7, 7]
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [408, 501, 507, 520, 524])
def test_whatever_a_proxy_gives_up_with_leaves_a_create_in_doubt(
    server: Scripted, transport: Transport, status: int
) -> None:
    server.replies = [answer(status, b"<html>")]
    with pytest.raises(OutcomeUnknown):
        transport.send(CREATE)


def test_the_words_of_an_error_hold_no_query() -> None:
    gone = Transport("shop", "http://127.0.0.1:9", wiring=Wiring(), attempts=1)
    with contextlib.closing(gone), pytest.raises(PlatformUnavailable) as caught:
        gone.send(Call("GET Partners", "GET", "/Partners", query="$filter=EmailAddress eq 'jane%40example.com'"))
    assert "jane" not in str(caught.value)
    assert str(caught.value) == "http://127.0.0.1:9 cannot be reached: connection refused (GET Partners)"


def test_a_call_takes_nothing_over_from_the_one_before(server: Scripted, transport: Transport) -> None:
    headers = {"Cookie": "B1SESSION=1", "Idempotency-Key": "k1"}
    transport.send(Call("one", "POST", "/x", headers=headers, body=b"body", writes=True))
    transport.send(Call("other", "POST", "/x", writes=True))
    first, second = server.requests
    assert (b"B1SESSION" in first, b"k1" in first, first.endswith(b"body")) == (True, True, True)
    assert (b"B1SESSION" in second, b"k1" in second, second.endswith(b"\r\n\r\n")) == (False, False, True)
    assert b"content-length: 0\r\n" in second.lower()


def test_calls_go_through_a_proxy(server: Scripted) -> None:
    wiring = Wiring(concurrency=1, hurried=True)
    plain = Transport("shop", "http://shop.invalid", wiring=wiring, proxy=server.url)
    assert plain.send(CREATE).status == 200
    assert server.requests[0].startswith(b"POST http://shop.invalid/Orders HTTP/1.1")
    assert server.requests[0].endswith(CREATE.body)
    server.replies = [answer(502)]
    secure = Transport("shop", "https://shop.invalid", wiring=wiring, proxy=server.url)
    with pytest.raises(PlatformUnavailable):
        secure.send(CREATE)
    # Whatever version of HTTP the library asks the proxy in.
    assert [request[: request.index(b" HTTP/")] for request in server.requests[1:]] == [b"CONNECT shop.invalid:443"]
    for one in (plain, secure):
        one.close()
