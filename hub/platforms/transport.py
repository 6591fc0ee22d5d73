"""The only door through which HTTP leaves the hub.

What happens after a try depends on one question: can the platform have carried it out? Where nothing was sent, or the
platform said "not now", any call is repeated. Where it was sent and the answer is missing, cut or a gateway's error, a
call is repeated only if a second one does no harm. The rest of an answer is the platform's business and is returned.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import weakref
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from http.cookies import CookieError, SimpleCookie

import orjson
import requests

from hub.errors import (
    ConfigurationError,
    HubError,
    OutcomeUnknown,
    PlatformUnavailable,
    RateLimited,
    RunCancelled,
    WorkerStopping,
)
from hub.platforms.call import Answer, Call
from hub.platforms.delivery import FIRST_WAIT, Delivery, Trouble, back_off, judge, retry_after
from hub.platforms.diagnosis import NO_HOST, diagnose
from hub.platforms.exchanges import Exchange, collected
from hub.platforms.one_piece import OnePieceAdapter
from hub.platforms.platform import Wiring

__all__ = ["Answer", "Call", "Transport", "back_off", "retry_after"]

_CHUNK = 1 << 16
_A_DAY = 86_400
#: Seconds that one who is hurried waits for an answer.
_HURRIED = 10.0
#: A long wait is slept in pieces of so many seconds, so that a stopped run is not held up by it.
_NAP = 0.5


class Transport:
    """Sends calls to one platform and reports each try as an `Exchange`. Safe to use from several threads.

    `attempts` counts all tries of one call. `longest_wait` caps, in seconds, what a Retry-After can make us wait at a
    time. `concurrency`: so many calls at a time on this connection, whoever sends them; else the wiring's. `stop`: once
    set, a call that waits gives up with RunCancelled (or OutcomeUnknown).
    """

    def __init__(  # noqa: PLR0913 - one keyword a setting of the connection
        self,
        connection: str,
        base_url: str,
        *,
        wiring: Wiring,
        connect_timeout: float = 10,
        read_timeout: float = 60,
        verify: bool | str = True,
        proxy: str = "",
        attempts: int = 5,
        longest_wait: float = 60,
        concurrency: int | None = None,
    ) -> None:
        self.connection = connection
        self.base_url = base_url.rstrip("/")
        self.read_timeout = min(read_timeout, _HURRIED) if wiring.hurried else read_timeout
        self.stop = threading.Event()
        self._wiring = wiring
        self._connect_timeout = connect_timeout
        self._verify = verify
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._attempts = 1 if wiring.hurried else attempts
        self._longest_wait = longest_wait
        self._slots = wiring.limits.slots(concurrency or wiring.concurrency, wiring.clock)
        self._local = threading.local()
        # Weak: a thread that ends takes its session along.
        self._sessions: weakref.WeakSet[requests.Session] = weakref.WeakSet()

    # -- asking -------------------------------------------------------------------------------------------------

    def send(self, call: Call) -> Answer:
        """Send a call, repeat it as far as that is safe, and return the answer.

        Raises PlatformUnavailable or RateLimited when nothing was done, OutcomeUnknown when a write may have been,
        ConfigurationError when the address or its certificate is wrong, RunCancelled when stopped while waiting.
        """
        uncertain = False
        attempt = 0
        while True:
            if not self._slots.enter_at_once():
                self._queue(call.operation, uncertain=uncertain)
            try:
                result = self._try(call, repeated=uncertain)
            finally:
                self._slots.leave()
            if isinstance(result, Answer):
                return result
            trouble = result
            uncertain = uncertain or (trouble.delivery is Delivery.UNCERTAIN and call.writes)
            attempt += 1
            if trouble.hopeless or attempt == self._attempts or (uncertain and not call.repeatable):
                raise _surrender(call, trouble, uncertain=uncertain)
            self.pause(self._delay(attempt - 1, trouble), call.operation, uncertain=uncertain)

    def stream(self, call: Call) -> Iterator[bytes]:
        """Yield the lines of an unchanging file without ever holding it whole.

        A cut download starts over and leaves out the lines already given. Neither the slots nor the budget of the
        API are used up: files lie elsewhere. The exchange bears the file's size and hash instead of its content.
        """
        given = attempt = 0
        while True:
            try:
                for number, line in enumerate(self._lines(call)):
                    if number >= given:
                        given += 1
                        yield line
            except _Interrupted as interruption:
                trouble = interruption.trouble
            else:
                return
            attempt += 1
            if trouble.hopeless or attempt == self._attempts:
                raise _surrender(call, trouble, uncertain=False)
            self.pause(self._delay(attempt - 1, trouble), call.operation)

    def _queue(self, operation: str, *, uncertain: bool) -> None:
        """Wait for a place among the calls, unless the transport is stopped meanwhile."""
        while not self._slots.enter():
            self.pause(0, operation, uncertain=uncertain)

    def pause(self, seconds: float, operation: str, *, uncertain: bool = False) -> None:
        """Wait before `operation` is asked for (again), unless the transport is stopped meanwhile."""
        remaining = seconds
        while remaining > 0 and not self.stop.is_set():
            if self._wiring.stopping():
                if uncertain:
                    raise OutcomeUnknown(f"{operation}: the worker was stopped before the answer was known")
                raise WorkerStopping
            nap = min(remaining, _NAP)
            self._wiring.sleep(nap)
            remaining -= nap
        if self.stop.is_set():
            if uncertain:
                raise OutcomeUnknown(f"{operation}: stopped before the answer was known")
            raise RunCancelled(f"{operation}: stopped while waiting for {self.connection}")

    def close(self) -> None:
        """Let go of all connections; may be called twice."""
        for session in list(self._sessions):
            session.close()

    # -- one try ------------------------------------------------------------------------------------------------

    def _try(self, call: Call, *, repeated: bool) -> Answer | Trouble:
        started = self._wiring.clock()
        try:
            response = self._open(call, stream=False)
        except OSError as error:  # All errors of requests are OSErrors; so is a missing CA bundle.
            trouble = diagnose(error, self.base_url)
            self._report(call, started, None, b"", trouble.words)
            return trouble
        self._wiring.heard()
        self._report(call, started, response.status_code, response.content, "")
        troubled = judge(response.status_code, response.headers, self._wiring.clock())
        if troubled is not None:
            return troubled
        body, cookies = response.content, _cookies(response)
        return Answer(call, response.status_code, response.headers, body, cookies, repeated)

    def _lines(self, call: Call) -> Iterator[bytes]:
        started = self._wiring.clock()
        size, digest = 0, hashlib.sha256()
        status: int | None = None
        words = ""
        try:
            with contextlib.closing(self._open(call, stream=True)) as response:
                status = response.status_code
                trouble = _judge_file(status, response.headers, self._wiring.clock(), call)
                if trouble is not None:
                    words = trouble.words
                    raise _Interrupted(trouble)
                rest = b""
                for chunk in response.iter_content(_CHUNK):
                    size += len(chunk)
                    digest.update(chunk)
                    *lines, rest = (rest + chunk).split(b"\n")
                    yield from (line for line in lines if line)
                if rest:
                    yield rest
        except OSError as error:
            trouble = diagnose(error, call.path)
            words = trouble.words
            raise _Interrupted(trouble) from error
        finally:
            summary = orjson.dumps({"bytes": size, "sha256": digest.hexdigest()})
            self._report(call, started, status, summary, words)

    def _open(self, call: Call, *, stream: bool) -> requests.Response:
        whole = call.path.startswith(("http://", "https://"))
        url = call.path if whole else self.base_url + call.path
        if call.query:
            url = f"{url}?{call.query}"
        # A query is hardly ever asked twice, and that of a whole URL is a signature, which is not for keeping.
        prepared = _made(call.method, url) if whole or call.query else _blank(call.method, url).copy()
        prepared.prepare_headers({**prepared.headers, **call.headers})
        prepared.prepare_body(call.body or None, None)
        session = self._session()
        if call.writes:
            # As late as can be: a process that is stopped here and continued later must not send any more.
            self._wiring.may_write(call.timeout or self.read_timeout)
        return session.send(
            prepared,
            timeout=(self._connect_timeout, call.timeout or self.read_timeout),
            verify=self._verify,
            proxies=self._proxies,
            allow_redirects=False,
            stream=stream,
        )

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            # Nothing comes from the environment (proxies, .netrc) and no cookie is kept: log-ins are shared between
            # threads by the platform, which names its cookies in each call.
            session.trust_env = False
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            adapter = OnePieceAdapter(pool_connections=4, pool_maxsize=2, max_retries=0)
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            self._local.session = session
            self._sessions.add(session)
        return session

    def _report(self, call: Call, started: datetime, status: int | None, response: bytes, error: str) -> None:
        path, _, signed = call.path.partition("?")
        exchange = Exchange(
            connection=self.connection,
            operation=call.operation,
            method=call.method,
            path=path,
            # The query of a whole URL is its signature: whoever has it may read the file.
            query="" if signed else call.query,
            started_at=started,
            duration_ms=round((self._wiring.clock() - started) / timedelta(milliseconds=1)),
            status=status,
            request=call.body,
            response=response,
            error=error or None,
            idempotency_key=call.idempotency_key or None,
            writes=call.writes,
        )
        if not collected(exchange):
            self._wiring.sink(exchange)

    def _delay(self, attempt: int, trouble: Trouble) -> float:
        if trouble.wait is not None:
            # A little jitter on top, so that all who were turned away do not come back at the same moment.
            return min(trouble.wait, self._longest_wait) + self._wiring.random.uniform(0, FIRST_WAIT)
        return back_off(attempt, self._wiring.random, self._longest_wait)


def _made(method: str, url: str) -> requests.PreparedRequest:
    """A request without headers and body."""
    return requests.Request(method, url).prepare()


@lru_cache(maxsize=256)
def _blank(method: str, url: str) -> requests.PreparedRequest:
    """The same, to be copied: most calls go to the same few addresses, and to take one apart is a tenth of a call."""
    return _made(method, url)


class _Interrupted(Exception):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.words)
        self.trouble = trouble


def _judge_file(status: int, headers: Mapping[str, str], now: datetime, call: Call) -> Trouble | None:
    if status >= 300 and judge(status, headers, now) is None:
        words = f"{call.operation}: the file cannot be read, status {status}"
        return Trouble(Delivery.NOT_SENT, words, hopeless=PlatformUnavailable(words, detail=f"status {status}"))
    return judge(status, headers, now)


def _surrender(call: Call, trouble: Trouble, *, uncertain: bool) -> HubError:
    """The error of a call that is given up. A later try that was refused does not undo an earlier one that landed."""
    if uncertain:
        return OutcomeUnknown(f"{call.operation}: sent, but the answer is missing ({trouble.words})")
    if trouble.hopeless:
        return trouble.hopeless
    if trouble.delivery is Delivery.BUSY:
        return RateLimited(f"{call.operation}: {trouble.words}", wait=timedelta(seconds=min(trouble.wait or 1, _A_DAY)))
    if trouble.words.startswith(NO_HOST):
        return ConfigurationError(f"{trouble.words} ({call.operation}); correct the connection's address.")
    return PlatformUnavailable(f"{trouble.words} ({call.operation})")


def _cookies(response: requests.Response) -> dict[str, str]:
    """Cookies that the answer sets. Read from the raw headers: joined by commas they cannot be told apart."""
    cookies: dict[str, str] = {}
    for header in response.raw.headers.getlist("Set-Cookie"):
        with contextlib.suppress(CookieError):
            cookies.update({name: morsel.value for name, morsel in SimpleCookie(header).items()})
    return cookies
