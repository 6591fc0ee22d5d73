"""The requests of a logged-in client: reads, writes, actions and services."""

from __future__ import annotations

from itertools import islice
from typing import Any

from hub.sandbox.message import Request, Response
from hub.sandbox.sap_b1 import wire
from hub.sandbox.sap_b1.catalogue import TYPES
from hub.sandbox.sap_b1.company import ENTITY_SETS, Company
from hub.sandbox.sap_b1.documents import preview_order
from hub.sandbox.sap_b1.entities import BEHAVIOURS, READ_ONLY
from hub.sandbox.sap_b1.errors import DraftStored, bad_request, no_target, not_found, not_supported, stale
from hub.sandbox.sap_b1.names import quoted
from hub.sandbox.sap_b1.presenting import VERSIONED, etag, rows_of
from hub.sandbox.sap_b1.query import matching, next_link, page_size, read_count, read_query, run
from hub.sandbox.sap_b1.routing import Address, read_key
from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.services import RECORDS, currency_rate, document_series, finance_periods, set_currency_rate
from hub.sandbox.sap_b1.sql_queries import list_rows
from hub.sandbox.sap_b1.sql_text import parse_parameters
from hub.sandbox.sap_b1.tables import Key, Table
from hub.sandbox.sap_b1.values import shown


def method_of(request: Request) -> str:
    """The method, or the one a client without PATCH names in its header."""
    override = request.headers.get("X-HTTP-Method-Override", "")
    return override.upper() if request.method == "POST" and override else request.method


def body_of(request: Request) -> Any:
    """The body as JSON; an empty one is an empty object. Raises ServiceError where it is not JSON."""
    if not request.body.strip():
        return {}
    try:
        return request.json()
    except ValueError as error:
        raise bad_request("Invalid JSON format") from error


def object_of(request: Request) -> Record:
    """The body as an object; raises ServiceError where it is something else."""
    body = body_of(request)
    if not isinstance(body, dict):
        raise bad_request("Invalid JSON format")
    return body


class ServiceLayer:
    """Serves one company."""

    def __init__(self, company: Company) -> None:
        self.company = company

    def handle(self, request: Request, address: Address) -> Response:
        """Answer a request whose session is good; raises ServiceError for what is refused."""
        method = method_of(request)
        if address.name not in ENTITY_SETS:
            return self._service(request, address)
        if address.key is None:
            if address.tail == "$count" and method == "GET":
                return self._count(request, address)
            if address.tail:
                raise bad_request("Unrecognized resource path.")
            if method == "GET":
                return self._collection(request, address)
            if method == "POST":
                return self._create(request, address)
            raise not_supported()
        return self._entity(request, address, method)

    # Reads

    def _collection(self, request: Request, address: Address) -> Response:
        table, version = self.company[address.name], address.version
        properties = self.company.catalogue.of(table.type.name)
        query = read_query(request, properties, table.type.name)
        size, applied = page_size(request, self.company.settings.page_size)
        page = run(table, query, properties, size)
        body: dict[str, Any] = {wire.annotation(version, "context"): _context(request, address)}
        if page.count is not None:
            body[wire.annotation(version, "count")] = page.count if version == 2 else str(page.count)
        entity = self.company.presenter.entity
        body["value"] = [entity(table.type.name, record, version, query.select) for record in page.records]
        if page.next_skip is not None:
            options = self.company.settings.next_link_options
            link = next_link(request, query, size, page.next_skip, with_options=options)
            body[wire.annotation(version, "nextLink")] = self._link_base(request, address) + "?" + link
        return wire.answer(version, body, headers=applied)

    def _link_base(self, request: Request, address: Address) -> str:
        form = self.company.settings.next_link
        if form == "default":
            form = "relative" if address.version == 2 else "rooted"
        path = address.name if address.key is None else f"{address.name}({address.key})/{address.tail}"
        rooted = f"/b1s/v{address.version}/{path}"
        return {"relative": path, "rooted": rooted, "absolute": request.origin + rooted}[form]

    def _count(self, request: Request, address: Address) -> Response:
        table = self.company[address.name]
        properties = self.company.catalogue.of(table.type.name)
        query = read_query(request, properties, table.type.name)
        found = len(table) if query.filter is None else sum(1 for _ in matching(table, query, properties))
        return wire.text(address.version, found)

    def _read(self, request: Request, address: Address, record: Record, type_name: str) -> Response:
        version, properties = address.version, self.company.catalogue.of(type_name)
        context = {wire.annotation(version, "context"): f"{_context(request, address)}/$entity"}
        if not address.tail:
            query = read_query(request, properties, type_name)
            entity = self.company.presenter.entity(type_name, record, version, query.select)
            tag: wire.Headers = {"ETag": etag(record.get("DataVersion", 1))} if type_name in VERSIONED else {}
            return wire.answer(version, context | entity, headers=tag)
        one = properties.get(address.tail)
        if one is None:
            raise bad_request("Unrecognized resource path.")
        value = record.get(one.name, one.default)
        if one.row_type:
            value = [self.company.presenter.row(one.row_type, row, version) for row in rows_of(value)]
        return wire.answer(version, context | {"value": shown(one.kind, value, version)})

    # Writes

    def _create(self, request: Request, address: Address) -> Response:
        create = BEHAVIOURS.get(address.name, READ_ONLY).create
        if create is None:
            raise not_supported()
        quiet = "return-no-content" in request.headers.get("Prefer", "")
        try:
            record = create(self.company, body_of(request))
        except DraftStored as stored:
            if quiet:
                return wire.nothing(address.version, {"Location": _location(request, address, "Drafts", stored.entry)})
            raise
        table = self.company[address.name]
        headers: wire.Headers = {"Location": _location(request, address, address.name, table.key_of(record))}
        if quiet:
            return wire.nothing(address.version, headers)
        if table.type.name in VERSIONED:
            headers["ETag"] = etag(record["DataVersion"])
        context = {wire.annotation(address.version, "context"): f"{_context(request, address)}/$entity"}
        entity = self.company.presenter.entity(table.type.name, record, address.version)
        return wire.answer(address.version, context | entity, 201, headers)

    def _entity(self, request: Request, address: Address, method: str) -> Response:
        table = self.company[address.name]
        key = read_key(address.key or "", table.type, self.company.catalogue.of(table.type.name))
        record = table.get(key)
        if record is None:
            raise not_found() if method == "GET" else no_target(key)
        if address.name == "SQLQueries" and address.tail == "List" and method in {"GET", "POST"}:
            return self._list(request, address, record)
        if method == "GET":
            return self._read(request, address, record, table.type.name)
        _check_version(request, table, record)
        behaviour = BEHAVIOURS.get(address.name, READ_ONLY)
        if address.tail:
            action = behaviour.action(address.tail)
            if method != "POST" or action is None:
                raise not_supported()
            action(self.company, record)
        elif method in {"PATCH", "MERGE"} and behaviour.change is not None:
            replace_rows = request.headers.get("B1S-ReplaceCollectionsOnPatch", "").lower() == "true"
            behaviour.change(self.company, record, body_of(request), replace_rows=replace_rows)
        elif method == "DELETE" and behaviour.delete is not None:
            behaviour.delete(self.company, record)
        else:
            raise not_supported()
        return wire.nothing(address.version)

    # Queries and services

    def _list(self, request: Request, address: Address, query: Record) -> Response:
        given: dict[str, Any] = {}
        if request.method == "POST":
            given = parse_parameters(str(object_of(request).get("ParamList") or ""))
        for name, value in request.query:
            if not name.startswith("$"):
                given |= parse_parameters(f"{name}={value}")
        size, applied = page_size(request, self.company.settings.page_size)
        skip = read_count(request.parameter("$skip", "0"), "$skip")
        rows = list(islice(list_rows(self.company, query["SqlText"], given), skip, skip + size if size else None))
        body: dict[str, Any] = {
            wire.annotation(address.version, "context"): f"{_root(request, address)}/$metadata#SAPB1.SQLQueryResult",
            "SqlText": query["SqlText"],
            "value": rows,
        }
        if size and len(rows) == size:
            body[wire.annotation(address.version, "nextLink")] = (
                f"{self._link_base(request, address)}?$skip={skip + size}"
            )
        return wire.answer(address.version, body, headers=applied)

    def _service(self, request: Request, address: Address) -> Response:
        company, version = self.company, address.version
        context = {wire.annotation(version, "context"): f"{_root(request, address)}/$metadata#{address.name}"}
        parameters = {**dict(request.query), **object_of(request)}
        if address.name in RECORDS:
            type_name, compute = RECORDS[address.name]
            return wire.answer(version, context | company.presenter.row(type_name, compute(company), version))
        if address.name == "OrdersService_Preview" and request.method == "POST":
            document = preview_order(company, parameters)
            return wire.answer(version, context | company.presenter.entity("Document", document, version))
        if address.name == "SeriesService_GetDocumentSeries":
            return self._rows(context, version, "Series", document_series(company, parameters))
        if address.name == "CompanyService_GetFinancePeriods":
            return self._rows(context, version, "FinancePeriod", finance_periods(company))
        if address.name in {"SBOBobService_GetLocalCurrency", "SBOBobService_GetSystemCurrency"}:
            return wire.answer(version, context | {"value": company.settings.local_currency})
        if address.name == "SBOBobService_GetCurrencyRate":
            return wire.answer(version, context | {"value": currency_rate(company, parameters)})
        if address.name == "SBOBobService_SetCurrencyRate":
            set_currency_rate(company, parameters)
            return wire.nothing(version)
        raise bad_request("Unrecognized resource path.")

    def _rows(self, context: Record, version: int, type_name: str, rows: list[Record]) -> Response:
        return wire.answer(
            version, context | {"value": [self.company.presenter.row(type_name, row, version) for row in rows]}
        )


def _check_version(request: Request, table: Table, record: Record) -> None:
    """Refuse a change of a version the client has not seen. What is not a weak tag is no condition at all."""
    wanted = request.headers.get("If-Match", "")
    if table.type.name in VERSIONED and wanted.startswith("W/") and wanted != etag(record.get("DataVersion", 1)):
        raise stale()


def _root(request: Request, address: Address) -> str:
    return f"{request.origin}/b1s/v{address.version}"


def _context(request: Request, address: Address) -> str:
    return f"{_root(request, address)}/$metadata#{address.name}"


def _location(request: Request, address: Address, name: str, key: Key) -> str:
    if isinstance(key, tuple):
        parts = zip(TYPES[ENTITY_SETS[name]].key, key, strict=True)
        inside = ",".join(f"{part}={quoted(value)}" for part, value in parts)
    else:
        inside = quoted(key)
    return f"{_root(request, address)}/{name}({inside})"
