"""The SAP part of the control API: errands of other users, restarts, sessions, and the whole state as plain JSON.

POST   /control/<errand>      see `people_at_work.ERRANDS`: items, business_partners, stock, prices, orders, settings...
GET    /control/settings      what can be set
POST   /control/restart       restart the Service Layer: new user fields become visible, sessions end
POST   /control/sessions      {"minutes": idle time, "dead_nodes": [".node1"]}
DELETE /control/sessions      end all sessions
GET    /control/state/<collection>[?fields=A,B]   items, stock, business_partners, orders, drafts, user_fields,
                              sql_queries, sessions
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hub.sandbox.message import Request, Response, encode_json
from hub.sandbox.sap_b1.company import Company
from hub.sandbox.sap_b1.errors import ServiceError
from hub.sandbox.sap_b1.people_at_work import ERRANDS, change_settings
from hub.sandbox.sap_b1.presenting import rows_of
from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.sessions import NODES, Sessions


class Control:
    """Answers what lies below /control/ and is not common to all sandboxes."""

    def __init__(self, company: Company, sessions: Sessions) -> None:
        self._company = company
        self._sessions = sessions

    def respond(self, request: Request) -> Response:
        """Answer; 404 for an unknown address, 400 with the reason for a refused errand."""
        topic = request.path.removeprefix("/control/").strip("/")
        try:
            body = request.json() if request.body.strip() else {}
            if not isinstance(body, dict):
                raise ValueError("the body must be an object")
            return self._respond(request, topic, body)
        except ServiceError as error:
            return Response.json({"error": error.message, "code": error.code}, 400)
        except (KeyError, ValueError, TypeError) as error:
            return Response.json({"error": f"{type(error).__name__}: {error}"}, 400)

    def _respond(self, request: Request, topic: str, body: Record) -> Response:
        method = request.method
        if method == "GET":
            if topic == "settings":
                return Response.json(change_settings(self._company, {}))
            if topic == "state/sessions":
                return Response.json({**self._sessions.to_json(), "minutes": self._sessions.minutes})
            collection = _STATES.get(topic.removeprefix("state/")) if topic.startswith("state/") else None
            if collection is not None:
                return _listed(collection(self._company), request)
        elif topic in ERRANDS and method in {"POST", "PUT"}:
            return Response.json(_plain(ERRANDS[topic](self._company, body)))
        elif topic == "restart" and method == "POST":
            self._company.restart()
            return Response.json({"ended": self._sessions.forget_all()})
        elif topic == "sessions" and method == "DELETE":
            return Response.json({"ended": self._sessions.forget_all()})
        elif topic == "sessions" and method in {"POST", "PUT"}:
            return self._set_sessions(body)
        return Response.json({"error": f"there is no {method} /control/{topic}"}, 404)

    def _set_sessions(self, body: Record) -> Response:
        """{"minutes": idle time, "dead_nodes": [".node1"]}."""
        dead = set(body.get("dead_nodes", self._sessions.dead))
        if not dead <= set(NODES):
            raise ValueError(f"there are the nodes {', '.join(NODES)}")
        self._sessions.dead = dead
        self._sessions.minutes = int(body.get("minutes", self._sessions.minutes))
        return Response.json(self._sessions.to_json())


def _listed(records: Iterator[Record], request: Request) -> Response:
    """The records as JSON, each written at once: half a million lines as objects would take more than a gigabyte.

    `?fields=DocEntry,DocTotal` brings only those, which is much quicker where there are many.
    """
    fields = tuple(filter(None, request.parameter("fields").split(",")))
    chosen = ({name: record.get(name) for name in fields} for record in records) if fields else records
    body = b"[" + b",".join(encode_json(_plain(record)) for record in chosen) + b"]"
    return Response(200, body, {"Content-Type": "application/json; charset=utf-8"})


def _plain(record: Record) -> Record:
    """A record as a whole: lines unpacked, marks for our own use left out."""
    plain = {name: value for name, value in record.items() if not name.startswith("_")}
    for name in ("DocumentLines", "DocumentAdditionalExpenses"):
        rows = plain.get(name)
        if rows is not None:
            plain[name] = [_plain(row) for row in rows_of(rows)]
    return plain


def _records(entity_set: str) -> Callable[[Company], Iterator[Record]]:
    return lambda company: iter(company[entity_set])


def _stock(company: Company) -> Iterator[Record]:
    for item in company["Items"]:
        for row in item["ItemWarehouseInfoCollection"]:
            yield {
                "item": item["ItemCode"],
                "warehouse": row["WarehouseCode"],
                "in_stock": row.get("InStock", 0),
                "committed": row.get("Committed", 0),
            }


#: Collection -> its rows, by the names the properties have.
_STATES: dict[str, Callable[[Company], Iterator[Record]]] = {
    "items": _records("Items"),
    "stock": _stock,
    "business_partners": _records("BusinessPartners"),
    "orders": _records("Orders"),
    "drafts": _records("Drafts"),
    "user_fields": _records("UserFieldsMD"),
    "sql_queries": _records("SQLQueries"),
}
