"""Bulk operations: the whole of a connection as a JSONL file, made piece by piece while the client polls."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from hub.sandbox.shopify.bulk_plan import BulkPlan, Level, plan_bulk
from hub.sandbox.shopify.bulk_records import BulkOperation
from hub.sandbox.shopify.context import Context
from hub.sandbox.shopify.fields import Fields, own
from hub.sandbox.shopify.fields_common import id_of
from hub.sandbox.shopify.fields_mutation import Payload, add_payload
from hub.sandbox.shopify.ids import gid, number_of
from hub.sandbox.shopify.projection import Missing
from hub.sandbox.shopify.refusal import FieldFault, Refused, UserError, refuse
from hub.sandbox.shopify.schema import served_schema

if TYPE_CHECKING:
    from hub.sandbox.shopify.shop import Shop

#: So many query operations may be under way at once.
MAX_RUNNING = 5
#: Rows written at a look, and how long that takes at most; a look after a longer while writes up to six times as many.
SLICE = 20_000
SLICE_TIME = timedelta(seconds=1 / 3)
MOST_SLICES = 6
#: Without groupObjects children stand apart from their parents; so many parents are held together.
CHUNK = 100
UNDER_WAY = frozenset({"CREATED", "RUNNING", "CANCELING"})


@dataclass(slots=True)
class Work:
    """A running operation's reader."""

    lines: Iterator[tuple[bytes, bool]]
    context: Context


@dataclass
class BulkRunner:
    """Runs the operations of one shop. Files live as long as the process."""

    fields: Fields
    slice: int = SLICE
    #: Chance that puts the lines of an ungrouped file in any order; None = parents and children in groups.
    shuffled: Random | None = None
    _folder: Path | None = None
    _running: dict[int, Work] = field(default_factory=dict)

    def start(self, text: str, group: bool, context: Context) -> BulkOperation:
        """Check a query and queue it."""
        shop = context.shop
        under_way = [one for one in shop.state.bulk.values() if one.status in UNDER_WAY]
        if len(under_way) >= MAX_RUNNING:
            names = ", ".join(gid("BulkOperation", one.id) for one in under_way)
            message = f"A bulk query operation for this app and shop is already in progress: {names}."
            raise refuse(None, message, "OPERATION_IN_PROGRESS")
        plan_bulk(served_schema(), self.fields, text)
        now = shop.exact_now()
        operation = BulkOperation(
            id=shop.store.number("BulkOperation"),
            query=text,
            group=group,
            created_at=shop.now(),
            due=now + shop.work_delay,
            scopes=context.scopes,
            version=context.version,
            origin=context.origin,
        )
        shop.state.bulk[operation.id] = operation
        return operation

    def advance(self, operation: BulkOperation, shop: Shop) -> None:
        """Do the next slice of an operation's work."""
        if operation.status == "CANCELING":
            self._end(operation, shop, "CANCELED")
        if operation.status not in {"CREATED", "RUNNING"} or shop.exact_now() < operation.due:
            return
        operation.status = "RUNNING"
        try:
            work = self._running.get(operation.id) or self._begin(operation, shop)
            with self.file_of(operation.id).open("ab") as file:
                for _ in range(self._share(operation, shop)):
                    line, root = next(work.lines)
                    file.write(line)
                    file.write(b"\n")
                    operation.objects += 1
                    operation.roots += root
                    operation.size += len(line) + 1
        except StopIteration:
            self._end(operation, shop, "COMPLETED")
        except (FieldFault, Missing) as fault:
            code = fault.extensions.get("code") if isinstance(fault, FieldFault) else None
            operation.error_code = "ACCESS_DENIED" if code == "ACCESS_DENIED" else "INTERNAL_SERVER_ERROR"
            self._end(operation, shop, "FAILED")

    def _share(self, operation: BulkOperation, shop: Shop) -> int:
        """Rows for this look: the longer ago the last one, the more was done meanwhile, up to two seconds of work."""
        now = shop.exact_now()
        slices = (now - operation.due) / SLICE_TIME
        operation.due = now
        return int(self.slice * min(max(slices, 1), MOST_SLICES))

    def looked_at(self, operation: BulkOperation | None, shop: Shop) -> BulkOperation | None:
        """An operation as a client sees it: its work goes on while it is looked at."""
        if operation is not None:
            self.advance(operation, shop)
        return operation

    def file_of(self, number: int) -> Path:
        """Where an operation's result lies."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="sandbox-bulk-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder / f"{number}.jsonl"

    def _begin(self, operation: BulkOperation, shop: Shop) -> Work:
        plan = plan_bulk(served_schema(), self.fields, operation.query)
        context = Context(shop, operation.version, operation.scopes, operation.origin, limited=False, args=plan.args)
        operation.objects = operation.roots = operation.size = 0
        lines = _grouped(plan, context) if operation.group else _ungrouped(plan, context)
        if self.shuffled is not None and not operation.group:
            lines = _in_any_order(lines, self.shuffled)
        self.file_of(operation.id).unlink(missing_ok=True)
        work = self._running[operation.id] = Work(lines, context)
        return work

    def _end(self, operation: BulkOperation, shop: Shop, status: str) -> None:
        work = self._running.pop(operation.id, None)
        if work is not None and work.context.errors and status == "COMPLETED":
            status = "FAILED"
            operation.error_code = _code_of(work.context.errors[0])
        operation.status = status
        operation.completed_at = shop.now()


def _code_of(error: Mapping[str, Any]) -> str:
    denied = error.get("extensions", {}).get("code") == "ACCESS_DENIED"
    return "ACCESS_DENIED" if denied else "INTERNAL_SERVER_ERROR"


def _rows(level: Level, source: Any, context: Context) -> list[Any]:
    page = level.read(source, context)
    return [] if page is None else page.nodes


def _line(level: Level, source: Any, parent: str, context: Context) -> tuple[bytes, str]:
    shown = level.show(source, context)
    if parent:
        shown["__parentId"] = parent
    return orjson.dumps(shown), shown.get("id", "")


def _grouped(plan: BulkPlan, context: Context) -> Iterator[tuple[bytes, bool]]:
    """Each parent is followed by its children."""
    for level in plan.levels:
        for source in _rows(level, None, context):
            line, number = _line(level, source, "", context)
            yield line, True
            yield from ((below, False) for below in _below(level, source, number, context))


def _below(level: Level, source: Any, parent: str, context: Context) -> Iterator[bytes]:
    for inner in level.below:
        for child in _rows(inner, source, context):
            line, number = _line(inner, child, parent, context)
            yield line
            yield from _below(inner, child, number, context)


def _ungrouped(plan: BulkPlan, context: Context) -> Iterator[tuple[bytes, bool]]:
    """Parents and children in groups of their own; the children come now after and now before the parents."""
    for level in plan.levels:
        rows = _rows(level, None, context)
        for turn, start in enumerate(range(0, len(rows), CHUNK)):
            parents: list[tuple[bytes, bool]] = []
            children: list[tuple[bytes, bool]] = []
            for source in rows[start : start + CHUNK]:
                line, number = _line(level, source, "", context)
                parents.append((line, True))
                children += ((below, False) for below in _below(level, source, number, context))
            children.reverse()
            yield from children + parents if turn % 2 else parents + children


def _in_any_order(lines: Iterator[tuple[bytes, bool]], chance: Random) -> Iterator[tuple[bytes, bool]]:
    whole = list(lines)
    chance.shuffle(whole)
    return iter(whole)


# ----------------------------------------------------------------------------------------------------------- resolvers


def add_bulk(fields: Fields) -> None:
    """Take in the resolvers of bulk operations."""
    fields.add(
        "BulkOperation",
        own("status", "query", createdAt="created_at", completedAt="completed_at", errorCode="error_code")
        | own(objectCount="objects", rootObjectCount="roots")
        | {
            "id": id_of("BulkOperation"),
            "type": lambda one: "QUERY",
            "fileSize": lambda one: one.size if one.status == "COMPLETED" and one.size else None,
            "partialDataUrl": lambda one: _url(one) if one.status == "FAILED" and one.size else None,
            "url": lambda one: _url(one) if one.status == "COMPLETED" and one.size else None,
        },
        source=BulkOperation,
    )
    fields.add("Mutation", full={"bulkOperationRunQuery": _run, "bulkOperationCancel": _cancel})
    add_payload(fields, "bulkOperationRunQuery")
    add_payload(fields, "bulkOperationCancel")


def _url(operation: BulkOperation) -> str:
    return f"{operation.origin}/bulk/{operation.id}.jsonl"


def _run(source: Any, args: Mapping[str, Any], context: Context) -> Payload:
    try:
        operation = context.shop.bulk.start(args["query"], args["groupObjects"], context)
    except Refused as refusal:
        return {"userErrors": list(refusal.errors)}
    return {"bulkOperation": operation}


def _cancel(source: Any, args: Mapping[str, Any], context: Context) -> Payload:
    operation = context.shop.state.bulk.get(number_of(args["id"], "BulkOperation") or 0)
    if operation is None:
        return {"userErrors": [UserError(("id",), "Bulk operation does not exist")]}
    if operation.status not in {"CREATED", "RUNNING"}:
        message = f"A bulk operation cannot be canceled when it is {operation.status.lower()}"
        return {"bulkOperation": operation, "userErrors": [UserError(None, message)]}
    operation.status = "CANCELING"
    return {"bulkOperation": operation}
