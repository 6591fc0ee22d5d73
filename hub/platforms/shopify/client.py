"""The Admin GraphQL client: sends documents within the rate budget and tells the layers of answers apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from hub.errors import HubError, OutcomeUnknown, PlatformRefused, PlatformUnavailable, RateLimited, RejectedByTarget
from hub.platforms.delivery import back_off
from hub.platforms.platform import Wiring
from hub.platforms.shopify import answers
from hub.platforms.shopify.auth import Token
from hub.platforms.shopify.paging import MOST_ROWS, PageSizes
from hub.platforms.transport import Answer, Call, Transport
from hub.platforms.trouble import troubles_of

Node = dict[str, Any]
Variables = Mapping[str, Any]

#: How often one query is sent when the bucket is found empty again and again (others draw from it too).
_MOST_THROTTLED = 30
_LONGEST_WAIT = 30.0
_GLOBAL_ID = re.compile(r"gid://shopify/\w+/\d+(\?\S+)?")


@dataclass(frozen=True, slots=True)
class Document:
    """One GraphQL document with one root field, its variables named after the arguments they fill."""

    #: Name of the root field, or more exactly what it is used for; unique among the documents.
    name: str
    root: str
    text: str
    #: The connection below the root field to page through; empty where the root field itself is it.
    child: str = ""
    #: Rows to start with, before any cost is known, and at most.
    first: int = 10
    largest: int = MOST_ROWS

    #: A mutation that changes nothing in the shop: it starts a bulk read.
    only_reads: bool = False

    @property
    def writes(self) -> bool:
        """Whether it changes something in the shop."""
        return self.text.startswith("mutation") and not self.only_reads


class ShopifyClient:
    """Speaks to one shop. Safe to use from several threads."""

    def __init__(self, transport: Transport, settings: Mapping[str, Any], wiring: Wiring) -> None:
        self.transport = transport
        self.asked_version: str = settings["version"]
        #: The version that served the last answer; empty before the first.
        self.served_version = ""
        self._token = Token(settings, transport, wiring.clock)
        self._wiring = wiring
        self._budget = wiring.limits.budget(wiring.clock)
        self._sizes = PageSizes()

    # -- one document -------------------------------------------------------------------------------------------

    def run(self, document: Document, variables: Variables, *, key: str = "", repeatable: bool = True) -> Any:
        """Send a document and return the value of its root field (None where a query found nothing).

        `key` is the idempotency key that the document passes on as `$key`; every repetition inside bears the same.
        Raises what `answers` makes of each layer; RejectedByTarget for a write that is not understood.
        """
        with troubles_of(self.transport.connection):
            return self._run(document, variables, key=key, repeatable=repeatable)

    def _run(self, document: Document, variables: Variables, *, key: str, repeatable: bool) -> Any:
        size = _size(variables)
        body = orjson.dumps({"query": document.text, "variables": dict(variables) | ({"key": key} if key else {})})
        throttled = failed = 0
        uncertain = False
        while True:
            payload = self._paid(document, body, size, key=key, repeatable=repeatable)
            error = answers.trouble(payload, writes=document.writes)
            if error is None:
                break
            if isinstance(error, answers.Throttled):
                throttled += 1
                self._wait_for_points(document, throttled, uncertain=uncertain)
            elif isinstance(error, answers.TryLater):
                uncertain = uncertain or document.writes
                failed += 1
                self._try_later(document, error, failed, uncertain=uncertain, repeatable=repeatable)
            else:
                raise error
        found = (payload.get("data") or {}).get(document.root)
        if found is None and document.writes:
            raise RejectedByTarget(f"Shopify answers nothing to {document.root}.", detail=document.root)
        return found

    def _paid(self, document: Document, body: bytes, size: int, *, key: str, repeatable: bool) -> Mapping[str, Any]:
        points, likely = self._sizes.expected(document.name, size)
        share = self._budget.take(points, likely, pause=self._pause)
        cost = None
        try:
            answer = self._authorised(document, body, key=key, repeatable=repeatable)
            payload: Mapping[str, Any] = answer.json()
            cost = answers.cost(payload)
        finally:
            if cost is None:
                self._budget.give_back(share)
            else:
                spent = cost.actual or 0.0
                self._budget.correct(cost.maximum, cost.available, cost.restore_rate, taken=share, spent=spent)
        if cost is not None and cost.requested:
            self._sizes.learn(document.name, size, cost.requested, cost.actual, bucket=cost.maximum)
        return payload

    def _pause(self, seconds: float) -> None:
        self.transport.pause(seconds, "the rate budget")

    def _authorised(self, document: Document, body: bytes, *, key: str, repeatable: bool) -> Answer:
        renewed = False
        while True:
            token = self._token.value()
            answer = self.transport.send(self._call(document, body, token, key=key, repeatable=repeatable))
            self.served_version = answer.headers.get("X-Shopify-API-Version", self.served_version)
            if answer.status != 401 or renewed:
                break
            # One refusal proves nothing: an app's token may have expired, a permanent one be refused by mistake.
            self._token.renew(token)
            renewed = True
        if answer.status >= 300:
            raise answers.refusal(answer.status, _parsed(answer), self.transport.base_url) or PlatformRefused()
        return answer

    def _call(self, document: Document, body: bytes, token: str, *, key: str, repeatable: bool) -> Call:
        return Call(
            document.root,
            "POST",
            f"/admin/api/{self.asked_version}/graphql.json",
            headers={
                "Content-Type": "application/json",
                "Accept": "application/json",
                "X-Shopify-Access-Token": token,
            },
            body=body,
            writes=document.writes,
            repeatable=repeatable,
            idempotency_key=key,
        )

    def _wait_for_points(self, document: Document, throttled: int, *, uncertain: bool) -> None:
        """The budget is corrected already and will make the repetition wait; a little more keeps threads apart."""
        if throttled >= _MOST_THROTTLED:
            if uncertain:
                raise OutcomeUnknown(f"{document.root}: an earlier try may have been carried out, later ones throttled")
            raise RateLimited(f"{document.root}: throttled {throttled} times in a row")
        span = min(throttled, 4)
        self.transport.pause(back_off(span, self._wiring.random, _LONGEST_WAIT), document.root, uncertain=uncertain)

    def _try_later(
        self, document: Document, error: HubError, failed: int, *, uncertain: bool, repeatable: bool
    ) -> None:
        if document.writes and (not repeatable or failed >= 5):
            raise OutcomeUnknown(f"{document.root}: {error}")
        if failed >= 5:
            raise PlatformUnavailable(f"{document.root}: {error}")
        self.transport.pause(back_off(failed, self._wiring.random, _LONGEST_WAIT), document.root, uncertain=uncertain)

    # -- many rows ----------------------------------------------------------------------------------------------

    def pages(
        self, document: Document, variables: Variables, *, after: str | None = None, largest: int | None = None
    ) -> Iterator[list[Node]]:
        """Follow a connection to its end, page by page, in pages as large as their cost allows."""
        for nodes, _ in self.listed(document, variables, after=after, largest=largest):
            yield nodes

    def listed(
        self, document: Document, variables: Variables, *, after: str | None = None, largest: int | None = None
    ) -> Iterator[tuple[list[Node], bool]]:
        """The same, and with each page whether it is the last one."""
        while True:
            size = self._sizes.size(document.name, document.first, min(largest or MOST_ROWS, document.largest))
            try:
                found = self.run(document, {**variables, "first": size, "after": after})
            except answers.TooCostly as error:
                self._shrink(document, size, error)
                continue
            if found is None:
                return
            connection = found[document.child] if document.child else found
            more = connection["pageInfo"]["hasNextPage"]
            yield connection["nodes"], not more
            if not more:
                return
            after = connection["pageInfo"]["endCursor"]

    def nodes(self, document: Document, ids: Sequence[str], **more: Any) -> dict[str, Node]:
        """Read nodes by id, in batches as large as their cost allows; ids of nothing are missing from the answer."""
        # One that is no id at all, typed by a person, would have the shop refuse the whole call.
        ids = [one for one in ids if _GLOBAL_ID.fullmatch(one)]
        found: dict[str, Node] = {}
        start = 0
        while start < len(ids):
            size = self._sizes.size(document.name, document.first, document.largest)
            batch = list(ids[start : start + size])
            try:
                nodes = self.run(document, {"ids": batch, **more})
            except answers.TooCostly as error:
                self._shrink(document, len(batch), error)
                continue
            found.update({key: node for key, node in zip(batch, nodes, strict=True) if node})
            start += len(batch)
        return found

    def complete(self, node: Node, rest: Mapping[str, Document]) -> None:
        """Fetch the rows of a node's connections that its page had no room for. `rest`: field -> its document."""
        for name, document in rest.items():
            connection = node[name]
            if connection["pageInfo"]["hasNextPage"]:
                after = connection["pageInfo"]["endCursor"]
                for more in self.pages(document, {"id": node["id"]}, after=after):
                    connection["nodes"].extend(more)
                connection["pageInfo"] = {"hasNextPage": False, "endCursor": None}

    def _shrink(self, document: Document, size: int, error: HubError) -> None:
        if not self._sizes.shrink(document.name, size):
            raise PlatformRefused(f"{document.name}: one row alone costs more than a query may: {error}") from error


def _size(variables: Variables) -> int:
    return int(variables.get("first") or len(variables.get("ids") or ()) or 1)


def _parsed(answer: Answer) -> Any:
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
