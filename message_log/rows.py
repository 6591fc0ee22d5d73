"""From value objects to rows: what is kept of a body, and which texts may stand in plain columns. No database here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from message_log import redact
from message_log.entries import (
    NO_EVIDENCE,
    Attempt,
    Child,
    Closing,
    Evidence,
    Exchange,
    Level,
    Opening,
    Policy,
    Unkept,
    Verdict,
)
from message_log.payloads import Sheaf
from message_log.sealing import Vault

Row = dict[str, Any]

MAX_TEXT = 4000
# A query string inside an error message, with the OData terms that follow where it was not encoded.
_URL_QUERY = re.compile(
    r"""(?<=[\w/)])\?[^\s"<>]*=[^\s"<>]*(?:\s+(?:eq|ne|gt|ge|lt|le|and|or)\s+(?:'[^']*'|[^\s"<>]+))*"""
)


def join_request(query: str, body: bytes) -> bytes:
    """Return a request's payload: its body, behind a first line with the query string where there is one."""
    if not query and not body.startswith(b"?"):
        return body
    return b"?" + query.encode("utf-8", "surrogateescape") + b"\n" + body


def split_request(payload: bytes) -> tuple[str, bytes]:
    """Return (query, body) of `join_request`."""
    if not payload.startswith(b"?"):
        return "", payload
    query, _, body = payload[1:].partition(b"\n")
    return query.decode("utf-8", "surrogateescape"), body


def storable(text: str) -> str:
    """Return a text that every database takes: no NUL, no half of a surrogate pair."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _optional(text: str | None) -> str | None:
    return None if text is None else storable(text)


def plain_text(text: str | None, persons: Iterable[str] = ()) -> str | None:
    """Return a message for a plain column: no secrets, no addresses, no query strings, none of the identifiers."""
    if text is None:
        return None
    text = storable(text[:MAX_TEXT])
    if "?" in text:
        text = _URL_QUERY.sub("", text)
    text = redact.without_addresses(redact.without_secrets(text.encode()).decode())
    for person in persons:
        # A bare number may as well be an amount or a quantity; ids are no secret, unlike names and addresses.
        if len(person) > 2 and not person.isdigit():
            text = re.sub(rf"(?<!\w){re.escape(person)}(?!\w)", redact.MASK, text, flags=re.IGNORECASE)
    return text


@lru_cache(maxsize=1024)
def _path(path: str) -> str | None:
    # A run calls the same few paths over and over.
    return plain_text(path)


_NONE: frozenset[str] = frozenset()


class Recorder:
    """Makes the rows of one batch under one policy; the bodies go into its sheaf."""

    def __init__(self, vault: Vault, sheaf: Sheaf, policy: Policy) -> None:
        self._vault = vault
        self._sheaf = sheaf
        self._policy = policy

    def opening(self, opening: Opening, at: datetime) -> Row:
        """Return the row of an open message; its `source`, `canonical` and `diff` are hashes until stored."""
        label, sealed = self._label(opening)
        source, canonical, diff = self._evidence(opening.evidence, failed=False)
        return {
            "opened_at": at,
            "closed_at": None,
            "integration": opening.integration,
            "route": opening.route,
            "object": opening.object,
            "direction": opening.direction,
            "run": opening.run,
            "job": opening.job,
            "key": storable(opening.key),
            "source_id": _optional(opening.source_id),
            "target_id": _optional(opening.target_id),
            "label": label,
            "label_sealed": sealed,
            "action": opening.action,
            "verdict": None,
            "cause": None,
            "detail": None,
            "fix": None,
            "duration_ms": None,
            "reason": opening.reason,
            "actor": opening.actor,
            "follows": opening.follows,
            "digest": opening.digest,
            "mapping_version": opening.mapping_version,
            "fence": opening.fence,
            "source": source,
            "canonical": canonical,
            "diff": diff,
            "children": _children(opening.children),
        }

    def _label(self, opening: Opening) -> tuple[str | None, bytes | None]:
        if opening.label is None or not opening.label_is_personal:
            return _optional(opening.label), None
        if self._policy.mask_only:
            return f"{redact.MASK} #{self._vault.person(opening.label)[:8]}", None
        return None, self._vault.seal(opening.label.encode("utf-8", "replace"))

    def closing(self, closing: Closing, at: datetime, persons: Iterable[str] = ()) -> Row:
        """Return what a closing adds to its message."""
        known = (*persons, *closing.persons)
        source, canonical, diff = self._evidence(closing.evidence, failed=closing.verdict is Verdict.FAILED)
        return {
            "closed_at": at,
            "verdict": closing.verdict.value,
            "action": closing.action,
            "target_id": _optional(closing.target_id),
            "cause": closing.cause,
            "detail": plain_text(closing.detail, known),
            "fix": plain_text(closing.fix, known),
            "duration_ms": closing.duration_ms,
            "children": None if closing.children is None else _children(closing.children),
            "source": source,
            "canonical": canonical,
            "diff": diff,
        }

    def _evidence(self, evidence: Evidence, *, failed: bool) -> tuple[bytes | None, bytes | None, bytes | None]:
        """Put source, canonical and diff into the sheaf, as the level allows; returns their hashes."""
        if evidence is NO_EVIDENCE or not (failed or self._policy.level is not Level.ERRORS):
            return None, None, None
        return self._kept(evidence.source), self._kept(evidence.canonical), self._kept(evidence.diff)

    def _kept(self, content: bytes | None) -> bytes | None:
        return None if content is None else self._sheaf.add(self._clean(content))

    def persons(self, opening: Opening | None, closing: Closing | None) -> Collection[str]:
        """Return the keyed hashes under which a message's person is found."""
        found = {*(opening.persons if opening else ()), *(closing.persons if closing else ())}
        if opening and opening.label and opening.label_is_personal:
            found.add(opening.label)
        return {self._vault.person(person) for person in found if person} if found else _NONE

    def attempt(self, attempt: Attempt, persons: Iterable[str] = ()) -> Row:
        """Return the row of an attempt, still without its message."""
        return {
            "number": attempt.number,
            "started_at": attempt.started_at,
            "duration_ms": attempt.duration_ms,
            "verdict": attempt.verdict.value,
            "cause": attempt.cause,
            "detail": plain_text(attempt.detail, persons),
        }

    def exchange(self, exchange: Exchange, persons: Iterable[str] = ()) -> Row:
        """Return the row of an exchange; `request` and `response` are hashes in the sheaf until stored."""
        keep = self._keeps(exchange)
        request, request_size, request_hash = self._body(exchange.query, exchange.request, keep=keep)
        response, response_size, response_hash = self._body("", exchange.response, keep=keep)
        return {
            "connection": exchange.connection,
            "operation": exchange.operation,
            "method": exchange.method,
            "path": _path(exchange.path),
            "status": exchange.status,
            "started_at": exchange.started_at,
            "duration_ms": exchange.duration_ms,
            "writes": exchange.writes,
            "error": plain_text(exchange.error, persons),
            "idempotency_key": exchange.idempotency_key,
            "request": request,
            "request_size": request_size,
            "request_hash": request_hash,
            "response": response,
            "response_size": response_size,
            "response_hash": response_hash,
        }

    def _keeps(self, exchange: Exchange) -> bool:
        """Decide whether bodies are kept: what failed always, writes from `standard`, successful reads at `full`."""
        level = self._policy.level
        if not exchange.succeeded:
            return True
        return level is Level.FULL or (exchange.writes and level is Level.STANDARD)

    def _body(
        self, query: str, body: bytes | Unkept | None, *, keep: bool
    ) -> tuple[bytes | None, int | None, bytes | None]:
        """Return a body's hash in the sheaf if it is kept, its size, and the hash that stands for it if it is not."""
        if isinstance(body, Unkept):
            return None, body.size, body.hash
        if body is None and not query:
            return None, None, None
        content = body or b""
        if keep:
            kept = self._sheaf.add(join_request(self._clean_query(query), self._clean(content)))
            return kept, len(content), None
        return None, len(content), self._vault.hash(join_request(query, content))

    def _clean(self, body: bytes) -> bytes:
        body = redact.without_secrets(body)
        return redact.masked(body, self._policy.personal, self._traceable_mask) if self._policy.mask_only else body

    def _clean_query(self, query: str) -> str:
        query = redact.query_without_secrets(query) if query else query
        if not self._policy.mask_only:
            return query
        return redact.query_masked(query, self._policy.personal, self._traceable_mask)

    def _traceable_mask(self, value: str) -> str:
        """Mask a value so that equal ones can still be told from others."""
        return f"{redact.MASK} #{self._vault.person(value)[:8]}"


def _children(children: tuple[Child, ...]) -> list[Row] | None:
    if not children:
        return None
    return [{"kind": c.kind, "source_id": c.source_id, "target_id": c.target_id, "action": c.action} for c in children]
