"""Whatever a client sends, the answer has the platform's form: the sandbox itself never fails."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.sandbox.message import Request
from hub.sandbox.sap_b1.application import SapB1Application
from hub.sandbox.sap_b1.catalogue import TYPES
from tests.sandbox.sap_b1.scenario import Client, Clock, answer_of, order, scenario_world

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["A2", "A0", "MUG", "01", "tYES", "Y", "EUR", "C-GUEST", "2026-11-21", "13:14", "17"]),
)


def bodies(type_name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with names the type knows, and values it may not expect."""
    names = st.sampled_from(sorted(TYPES[type_name].properties))
    rows = {one.name: one.row_type for one in TYPES[type_name].properties.values() if one.row_type}
    inner = {name: st.lists(bodies(kind), max_size=2) for name, kind in rows.items()}
    scalars = st.dictionaries(names, SCALARS, max_size=5)
    return st.builds(lambda one, other: {**one, **other}, scalars, st.fixed_dictionaries({}, optional=inner))


def asked(method: str, path: str, body: Any) -> int:
    """The status; fails where the answer has not the platform's form."""
    answer = CLIENT.call(method, path, body)
    if answer.status >= 400:
        assert answer.json["error"]["code"].lstrip("-").isdecimal()
    return answer.status


CLIENT = Client(SapB1Application(scenario_world(), now=Clock()))
CLIENT.login()
QUICK = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)


@QUICK
@given(bodies("Document"))
def test_orders_of_any_kind(body: dict[str, Any]) -> None:
    complete = {**order({"ItemCode": "MUG"}), **body}
    assert asked("POST", "Orders", complete) in {201, 400}
    assert asked("POST", "OrdersService_Preview", {"Document": complete}) in {200, 400}


@QUICK
@given(bodies("BusinessPartner"), bodies("Item"))
def test_master_data_of_any_kind(partner: dict[str, Any], item: dict[str, Any]) -> None:
    assert asked("POST", "BusinessPartners", {"CardCode": "X", **partner}) in {201, 400}
    assert asked("PATCH", "BusinessPartners('C20000')", partner) in {204, 400}
    assert asked("PATCH", "Items('PIN')", item) in {204, 400}


@QUICK
@given(st.one_of(SCALARS, st.lists(SCALARS), st.dictionaries(st.text(max_size=5), SCALARS)))
def test_bodies_of_any_shape(body: Any) -> None:
    for path in (
        "Items",
        "Orders",
        "UserFieldsMD",
        "SQLQueries",
        "OrdersService_Preview",
        "SBOBobService_SetCurrencyRate",
    ):
        assert asked("POST", path, body) in {400, 404}


@QUICK
@given(st.text(max_size=40))
def test_options_of_any_kind(text: str) -> None:
    for option in ("$filter", "$select", "$orderby", "$top", "$skip", "$expand"):
        request = Request("GET", "", "/b1s/v2/Items", ((option, text),), {"Cookie": CLIENT.cookie})
        answer = answer_of(CLIENT.application.respond(request))
        assert answer.status in {200, 400}
        assert answer.json
