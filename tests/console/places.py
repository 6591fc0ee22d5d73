"""Every address of the console, from the application itself; where one names a record, a record that is there.

A new page with an id in its address needs one line in `RECORDS`; without it the tests over all pages fail and say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

from flask import Flask
from werkzeug.routing import Rule

from hub.bootstrap import Hub
from hub.store.link_list import LinkList
from message_log.queries import Queries
from message_log.streams import Filters

_NAME = re.compile(r"<(?:[^<>:]+:)?(\w+)>")
#: What programs call has its own door, and its own tests.
API = "/api/"


def _route(hub: Hub) -> int:
    return min(route.id for route in hub.routes.all() if route.object == "product")


def _run(hub: Hub) -> int:
    return hub.runs.newest([_route(hub)], 1)[0].id


def _job(hub: Hub) -> int:
    return max(job.id for job in hub.jobs.unfinished([route.id for route in hub.routes.all()]))


def _message(hub: Hub) -> int:
    queries = Queries(hub.log_database.engine, hub.vault)
    return next(entry.id for entry in queries.export(Filters(object="order")) if entry.cause)


def _plan(hub: Hub) -> int:
    return hub.plans.newest([_route(hub)], kind="preview")[0].id


def _user(hub: Hub) -> int:
    return hub.users.named("a-operator").id


def _integration(hub: Hub) -> str:
    return hub.integrations.all()[0].name


def _held(hub: Hub) -> int:
    return hub.plans.newest([_route(hub)], kind="held", limit=1)[0].id


def _link(hub: Hub) -> int:
    return LinkList(hub.database, hub.integrations.all()[0].id).select(kind="variant", limit=1)[0].id


#: (page, name in the address) -> one that is there. The page is the first part of the endpoint.
RECORDS: dict[tuple[str, str], Callable[[Hub], object]] = {
    ("routes", "identity"): _route,
    ("runs", "identity"): _run,
    ("jobs", "identity"): _job,
    ("messages", "identity"): _message,
    ("plans", "identity"): _plan,
    ("users", "identity"): _user,
    ("integrations", "name"): _integration,
    ("integrations", "side"): lambda hub: "shop",
    ("maps", "integration"): _integration,
    ("maps", "map_name"): lambda hub: "payment",
    ("matching", "identity"): _route,
    ("schedules", "identity"): _route,
    ("held", "identity"): _held,
    ("stopping", "identity"): lambda hub: hub.integrations.all()[0].shop_id,
    ("links", "integration"): _integration,
    ("links", "identity"): _link,
    ("coverage", "identity"): _route,
    ("set_items", "job"): _job,
    ("set_customers", "job"): _job,
    ("timeline", "integration"): _integration,
    ("timeline", "kind"): lambda hub: "order",
    ("timeline", "key"): lambda hub: "1001",
}
#: Parts of pages that are there for nobody but who asked for them; the tests of their page try them.
OF_ONE_PERSON = {"set_items.dry", "set_customers.dry"}
#: What has to stand behind the question mark of a page.
QUERIES: dict[str, Callable[[Hub], str]] = {
    "plans.new": lambda hub: f"route={_route(hub)}",
}
#: The same pages in other states.
MORE = (
    "/failures/?state=all",
    "/conflicts/drift",
    "/maps/acceptance/payment?value=klarna",
    "/links/?ident=nothing-of-the-kind",
    "/failures/list?state=all",
    "/messages/?verdict=failed",
    "/messages/?text=nothing-of-the-kind",
    "/runs/?state=held",
    "/timeline/?ident=NEW",
    "/matching/?integration=nobody",
)


def rules(app: Flask, method: str) -> Iterator[Rule]:
    """The console's own rules that take a method, in a steady order; files are no pages."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if method in (rule.methods or ()) and not rule.rule.startswith(API) and not rule.endpoint.endswith("static"):
            yield rule


def address(rule: Rule, hub: Hub) -> str:
    """The address of a rule, with records that are there."""
    page, values = rule.endpoint.partition(".")[0], dict[str, object]()
    for name in rule.arguments:
        found = RECORDS.get((page, name))
        assert found is not None, f"tests/console/places.py: RECORDS does not say which {name} {rule.endpoint} can show"
        values[name] = found(hub)
    path = filled(rule.rule, values)
    query = QUERIES.get(rule.endpoint)
    return f"{path}?{query(hub)}" if query else path


def filled(rule: str, values: Mapping[str, object]) -> str:
    """A rule with values for its names; 1 for a name that has none."""
    return _NAME.sub(lambda part: quote(str(values.get(part[1], 1)), safe=""), rule)


def pages(app: Flask, hub: Hub) -> list[str]:
    """Addresses of everything that can be looked at."""
    return [address(rule, hub) for rule in rules(app, "GET") if rule.endpoint not in OF_ONE_PERSON] + list(MORE)
