"""The Service Layer as calls: read pages, read one, create, change, act. Knows paths and headers, no business."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hub.errors import OutcomeUnknown, PlatformRefused, PlatformUnavailable, RateLimited, TargetVanished
from hub.platforms.call import Answer, Call
from hub.platforms.endpoint import Native
from hub.platforms.sap_b1 import wire
from hub.platforms.sap_b1.errors import error_of, kind_of, refusal
from hub.platforms.sap_b1.query import Options, beyond, every, follow, query_string, record_path
from hub.platforms.sap_b1.session import Sender, Session, json_headers
from hub.platforms.trouble import troubles_of

Version = Literal["v1", "v2"]

#: Rows asked for at a time. The server's own default is 20; 0 would turn paging off and is never sent.
SMALLEST_PAGE, LARGEST_PAGE = 50, 200
#: How often a call is sent, by way of another node each time; the transport repeats within each.
_NODES = 2
_IGNORE_CASE = {"B1S-CaseInsensitive": "true"}


@dataclass(frozen=True, slots=True)
class Created:
    """The answer to a create. `repeated`: an earlier try of ours may have created it already."""

    native: Native
    repeated: bool


class ServiceLayer:
    """One company's Service Layer. Safe to use from several threads."""

    def __init__(self, sender: Sender, session: Session, version: Version) -> None:
        self._sender = sender
        self._session = session
        self.root = root_of(version)

    # -- reading ------------------------------------------------------------------------------------------------

    def walk(
        self,
        entity_set: str,
        key: str,
        select: Sequence[str],
        *,
        condition: str = "",
        size: int = 100,
        after: str | int | None = None,
    ) -> Iterator[list[Native]]:
        """Pages of all rows that meet the condition, in the order of their key, from behind the key `after` on.

        Each page starts after the last key seen, so rows that come or go meanwhile shift nothing. A page that is
        shorter than asked may be the server's own limit: the end is an empty page, or a short one without a next link.
        """
        size = page_size(size)
        last = after
        while True:
            reached = beyond(key, last) if last is not None else ""
            options = {"$select": ",".join(select), "$orderby": key, "$filter": every(reached, condition)}
            page = self._page(entity_set, _without_empty(options), _paged(size))
            rows: list[Native] = page["value"]
            if not rows:
                return
            yield rows
            last = rows[-1][key]
            if len(rows) < size and not _next_link(page):
                return

    def rows(
        self, entity_set: str, options: Options, *, size: int = LARGEST_PAGE, ignore_case: bool = False
    ) -> list[Native]:
        """All rows of a small result, by following next links. Give an `$orderby`: without one links are unstable."""
        headers = {**_paged(page_size(size)), **(_IGNORE_CASE if ignore_case else {})}
        rows: list[Native] = []
        path, given = entity_set, dict(options)
        while True:
            page = self._page(path, given, headers)
            rows += page["value"]
            link = _next_link(page)
            if not page["value"] or not link:
                return rows
            path, given = follow(link, self.root, given)

    def count(self, entity_set: str, condition: str = "") -> int:
        """How many rows there are, or how many of them meet a condition."""
        query = query_string({"$filter": condition}) if condition else ""
        answer = self._good(self._ask(f"GET {entity_set}/$count", "GET", f"{entity_set}/$count", query=query))
        return int(answer.json())

    def record(self, entity_set: str, key: str | int, select: Sequence[str]) -> Native | None:
        """One record with its version tag; None where there is no such key."""
        path = record_path(entity_set, key)
        query = query_string({"$select": ",".join(select)})
        answer = self._ask(f"GET {entity_set}", "GET", path, query=query)
        if answer.status == 404 and kind_of(refusal(answer)) is TargetVanished:
            return None
        native: Native = self._good(answer).json(exact=True)
        tag = answer.headers.get("ETag", "")
        if tag and not wire.etag(native):
            native[wire.ETAG] = tag
        return native

    def function(self, name: str, body: Any = None) -> Any:
        """Ask something that changes nothing (`OrdersService_Preview`, `CompanyService_GetAdminInfo`)."""
        sent = b"" if body is None else wire.encode(body)
        return self._good(self._ask(f"POST {name}", "POST", name, body=sent)).json(exact=True)

    # -- writing ------------------------------------------------------------------------------------------------

    def create(self, entity_set: str, body: Any, *, repeatable: bool, quiet: bool = False) -> Created:
        """Create a record. `repeatable`: its key is ours to choose, so the server refuses a second one.

        `quiet`: the record itself is not wanted in the answer (a whole item is 36 KB), and not given.
        """
        answer = self._ask(
            f"POST {entity_set}",
            "POST",
            entity_set,
            headers={"Prefer": "return-no-content"} if quiet else None,
            body=wire.encode(body),
            writes=True,
            repeatable=repeatable,
        )
        given = self._good(answer)
        return Created({} if quiet else given.json(exact=True), answer.repeated)

    def patch(self, entity_set: str, key: str | int, body: Any, tag: str) -> None:
        """Change what `body` names, if the record is still the version that was read; rows of collections merge."""
        headers = {"If-Match": tag} if tag else {}
        path = record_path(entity_set, key)
        body = wire.encode(body)
        self._good(self._ask(f"PATCH {entity_set}", "PATCH", path, body=body, headers=headers, writes=True))

    def act(self, entity_set: str, key: str | int, action: str) -> None:
        """Do something with a record (`Cancel`)."""
        path = f"{record_path(entity_set, key)}/{action}"
        self._good(self._ask(f"POST {entity_set}/{action}", "POST", path, writes=True))

    # -- one call -----------------------------------------------------------------------------------------------

    def _page(self, path: str, options: Options, headers: Mapping[str, str]) -> dict[str, Any]:
        operation = f"GET {path}"
        answer = self._good(self._ask(operation, "GET", path, query=query_string(options), headers=headers))
        page: dict[str, Any] = answer.json(exact=True)
        return page

    def _ask(self, operation: str, method: str, path: str, **parts: Any) -> Answer:
        """Send a call; what is wrong with the platform as a whole bears the connection's name."""
        with troubles_of(self._sender.connection):
            return self._send(operation, method, path, **parts)

    def _good(self, answer: Answer) -> Answer:
        with troubles_of(self._sender.connection):
            if answer.status >= 300:
                raise error_of(answer)
        return answer

    def _send(  # noqa: PLR0913 - the parts of an HTTP call
        self,
        operation: str,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        writes: bool = False,
        repeatable: bool = True,
    ) -> Answer:
        """Send a call under the shared session: one new log-in for a lost session, one for a failed node."""
        renewed = False
        nodes = 1
        while True:
            ticket = self._session.ticket()
            sent = json_headers({**(headers or {}), **ticket.headers})
            call = Call(operation, method, self.root + path, query, sent, body, writes, repeatable)
            try:
                answer = self._sender.send(call)
            except OutcomeUnknown:
                self._session.leave(ticket)
                raise
            except RateLimited:
                raise
            except PlatformUnavailable:
                if nodes == _NODES:
                    raise
                nodes += 1
                self._session.move(ticket)
                continue
            if answer.status != 401:
                return answer
            if renewed:
                raise PlatformRefused(str(error_of(answer)), detail="401 after a new log-in")
            # An expired session is refused before anything is done, so even a create may be sent again.
            renewed = True
            self._session.renew(ticket)


def root_of(version: Version) -> str:
    """The service root's path."""
    return f"/b1s/{version}/"


def page_size(wish: int) -> int:
    """The wish, within what the Service Layer serves well."""
    return min(max(wish, SMALLEST_PAGE), LARGEST_PAGE)


def _paged(size: int) -> dict[str, str]:
    return {"Prefer": f"odata.maxpagesize={size}"}


def _next_link(page: Mapping[str, Any]) -> str:
    return str(page.get("@odata.nextLink") or page.get("odata.nextLink") or "")


def _without_empty(options: Options) -> dict[str, str]:
    return {name: value for name, value in options.items() if value}
