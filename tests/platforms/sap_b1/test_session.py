"""There is one log-in for a connection, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, ClassVar

import orjson
import pytest

from hub.errors import OutcomeUnknown, PlatformRefused, PlatformUnavailable, RateLimited
from hub.platforms.call import Answer, Call
from hub.platforms.limits import KeptHere
from hub.platforms.sap_b1.client import ServiceLayer, page_size
from hub.platforms.sap_b1.errors import UnknownName
from hub.platforms.sap_b1.session import Credentials, Session

Reply = Callable[[Call], Answer]


def answered(call: Call, status: int = 200, body: Any = None, **cookies: str) -> Answer:
    return Answer(call, status, {"Content-Type": "application/json"}, orjson.dumps(body or {}), cookies)


EXPIRED = {"error": {"code": 301, "message": {"lang": "en-us", "value": "Invalid session."}}}
WRONG = {"error": {"code": "-304", "message": "Fail to get DB credentials"}}


@dataclass
class Erp:
    """A Service Layer behind the transport's seam. `replies` are used up by calls other than log-in and log-out."""

    connection: ClassVar[str] = "erp"
    minutes: int = 30
    replies: list[Reply] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    refuses: bool = False
    words: Any = field(default_factory=lambda: WRONG)
    route: str = ".node1"
    now: datetime = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def send(self, call: Call) -> Answer:
        self.calls.append(call)
        if call.path.endswith("/Login"):
            if self.refuses:
                return answered(call, 401, self.words)
            session = {"SessionId": f"s{self.count('Login')}", "SessionTimeout": self.minutes}
            return answered(call, 200, session, ROUTEID=self.route)
        if call.path.endswith("/Logout"):
            return answered(call, 204)
        return self.replies.pop(0)(call) if self.replies else answered(call, 200, {"value": []})

    def count(self, path: str) -> int:
        return sum(call.path.endswith(f"/{path}") for call in self.calls)

    def cookies(self, path: str) -> list[str]:
        return [call.headers["Cookie"] for call in self.calls if call.path.endswith(f"/{path}")]

    def session(self) -> Session:
        return Session(self, "/b1s/v2/", Credentials("SBODEMO", "hub", "secret"), KeptHere(lambda: self.now))

    def layer(self) -> ServiceLayer:
        return ServiceLayer(self, self.session(), "v2")


@pytest.fixture
def erp() -> Erp:
    return Erp()


def expired(call: Call) -> Answer:
    return answered(call, 401, EXPIRED)


def empty(call: Call) -> Answer:
    return answered(call, 200, {"value": []})


def unavailable(call: Call) -> Answer:
    raise PlatformUnavailable("502")


def ask(layer: ServiceLayer) -> list[dict[str, Any]]:
    return layer.rows("Orders", {"$orderby": "DocEntry"})


def test_nobody_logs_in_before_the_first_question(erp: Erp) -> None:
    layer = erp.layer()
    assert erp.calls == []
    ask(layer)
    ask(layer)
    assert erp.count("Login") == 1
    assert erp.cookies("Orders") == ["B1SESSION=s1; ROUTEID=.node1"] * 2


def test_the_log_in_says_who_and_where_to_in_the_right_letter_case(erp: Erp) -> None:
    ask(erp.layer())
    assert erp.calls[0].path == "/b1s/v2/Login"
    assert orjson.loads(erp.calls[0].body) == {"CompanyDB": "SBODEMO", "UserName": "hub", "Password": "secret"}


def test_threads_share_one_log_in(erp: Erp) -> None:
    session, start = erp.session(), Barrier(8)

    def take(_: int) -> str:
        start.wait()
        return session.ticket().session_id

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(take, range(8))) == {"s1"}


def test_an_idle_session_is_replaced_before_it_is_refused(erp: Erp) -> None:
    session = erp.session()
    session.ticket()
    erp.now += timedelta(minutes=28)
    assert session.ticket().session_id == "s1"
    erp.now += timedelta(minutes=29)
    assert session.ticket().session_id == "s2"


def test_an_expired_session_is_renewed_once_and_the_question_repeated(erp: Erp) -> None:
    erp.replies = [expired, empty]
    assert ask(erp.layer()) == []
    assert erp.count("Login") == 2
    assert erp.cookies("Orders")[-1].startswith("B1SESSION=s2")


def test_a_question_refused_after_a_new_log_in_is_not_asked_again(erp: Erp) -> None:
    erp.replies = [expired, expired]
    with pytest.raises(PlatformRefused):
        ask(erp.layer())
    assert (erp.count("Login"), erp.count("Orders")) == (2, 2)


def test_a_session_another_thread_has_renewed_is_not_renewed_again(erp: Erp) -> None:
    session = erp.session()
    stale = session.ticket()
    session.renew(stale)
    session.renew(stale)
    session.move(stale)
    session.leave(stale)
    assert erp.count("Login") == 2
    assert session.ticket().route == ".node1"


def test_a_refused_password_is_never_tried_again(erp: Erp) -> None:
    erp.refuses = True
    layer = erp.layer()
    for _ in range(3):
        with pytest.raises(PlatformRefused, match="user hub to company SBODEMO"):
            ask(layer)
    assert erp.count("Login") == 1


@pytest.mark.parametrize(("code", "named"), [(-5027, True), (-304, False)], ids=["company", "password"])
def test_a_company_that_is_not_there_is_said_in_words_with_the_setting_to_correct(
    erp: Erp, code: int, named: bool
) -> None:
    erp.refuses = True
    erp.words = {"error": {"code": code, "message": {"lang": "en-us", "value": f"Switch company error: {code}"}}}
    with pytest.raises(PlatformRefused) as refused:
        ask(erp.layer())
    said = str(refused.value)
    assert ("no company database of the name SBODEMO" in said) is named
    assert ("Correct `company` in the connection's settings." in said) is named


def test_a_failed_node_is_left_with_a_new_log_in_and_the_old_session_ended(erp: Erp) -> None:
    erp.replies = [unavailable, empty]
    assert ask(erp.layer()) == []
    assert erp.cookies("Orders") == ["B1SESSION=s1; ROUTEID=.node1", "B1SESSION=s2; ROUTEID=.node1"]
    assert erp.cookies("Logout") == ["B1SESSION=s1"]


def test_a_company_that_is_down_on_all_nodes_is_unavailable(erp: Erp) -> None:
    erp.replies = [unavailable, unavailable, empty]
    with pytest.raises(PlatformUnavailable):
        ask(erp.layer())
    assert erp.count("Orders") == 2


def test_a_rate_limit_is_no_reason_to_log_in_anew(erp: Erp) -> None:
    def limited(call: Call) -> Answer:
        raise RateLimited("429")

    erp.replies = [limited]
    with pytest.raises(RateLimited):
        ask(erp.layer())
    assert erp.count("Login") == 1


def test_an_unknown_outcome_is_not_repeated_and_the_node_is_left(erp: Erp) -> None:
    def lost(call: Call) -> Answer:
        raise OutcomeUnknown("no answer")

    erp.replies = [lost]
    layer = erp.layer()
    with pytest.raises(OutcomeUnknown):
        layer.create("Orders", {}, repeatable=False)
    ask(layer)
    assert [call.method for call in erp.calls if call.path.endswith("/Orders")] == ["POST", "GET"]
    assert erp.cookies("Orders")[-1] == "B1SESSION=s1"


def test_a_create_is_marked_as_not_repeatable_unless_its_key_is_ours(erp: Erp) -> None:
    erp.replies = [lambda call: answered(call, 201, {"DocEntry": 1}), lambda call: answered(call, 201, {})]
    layer = erp.layer()
    layer.create("Orders", {}, repeatable=False)
    layer.create("BusinessPartners", {}, repeatable=True)
    assert [(call.writes, call.repeatable) for call in erp.calls[1:]] == [(True, False), (True, True)]


def test_closing_logs_out_once(erp: Erp) -> None:
    session = erp.session()
    session.ticket()
    session.close()
    session.close()
    assert erp.count("Logout") == 1


def test_a_session_that_has_timed_out_needs_no_log_out(erp: Erp) -> None:
    session = erp.session()
    session.ticket()
    erp.now += timedelta(hours=1)
    session.close()
    assert erp.count("Logout") == 0


def test_a_log_out_that_fails_is_no_failure(erp: Erp) -> None:
    class Deaf(Erp):
        def send(self, call: Call) -> Answer:
            if call.path.endswith("/Logout"):
                self.calls.append(call)
                raise PlatformUnavailable("down")
            return super().send(call)

    deaf = Deaf()
    session = deaf.session()
    session.ticket()
    session.close()
    assert deaf.count("Logout") == 1


def test_a_server_error_at_log_in_is_an_outage_and_no_refusal(erp: Erp) -> None:
    class Starting(Erp):
        def send(self, call: Call) -> Answer:
            return answered(call, 501) if not self.refuses else super().send(call)

    session = Starting().session()
    with pytest.raises(PlatformUnavailable):
        session.ticket()
    with pytest.raises(PlatformUnavailable):
        session.ticket()


def test_pages_are_walked_by_key_and_end_at_an_empty_one(erp: Erp) -> None:
    def page(*codes: str, link: str = "") -> Reply:
        body: dict[str, Any] = {"value": [{"ItemCode": code} for code in codes]}
        return lambda call: answered(call, 200, body | ({"@odata.nextLink": link} if link else {}))

    erp.replies = [page("A", "B", link="Items?$skip=2"), page("C's", link="Items?$skip=1"), page()]
    pages = list(erp.layer().walk("Items", "ItemCode", ("ItemCode",), condition="Valid eq 'tYES'"))
    assert [[row["ItemCode"] for row in rows] for rows in pages] == [["A", "B"], ["C's"]]
    queries = [call.query for call in erp.calls if call.method == "GET"]
    assert queries == [
        "$select=ItemCode&$orderby=ItemCode&$filter=Valid%20eq%20'tYES'",
        "$select=ItemCode&$orderby=ItemCode&$filter=(ItemCode%20gt%20'B')%20and%20(Valid%20eq%20'tYES')",
        "$select=ItemCode&$orderby=ItemCode&$filter=(ItemCode%20gt%20'C''s')%20and%20(Valid%20eq%20'tYES')",
    ]


def test_a_short_page_without_a_link_is_the_last(erp: Erp) -> None:
    erp.replies = [lambda call: answered(call, 200, {"value": [{"ItemCode": "A"}]})]
    assert len(list(erp.layer().walk("Items", "ItemCode", ("ItemCode",)))) == 1
    assert erp.count("Items") == 1


def test_a_full_page_without_a_link_need_not_be_the_last(erp: Erp) -> None:
    full = [{"ItemCode": f"A{number:02}"} for number in range(50)]
    erp.replies = [lambda call: answered(call, 200, {"value": full}), empty]
    assert len(list(erp.layer().walk("Items", "ItemCode", ("ItemCode",), size=50))) == 1
    assert erp.count("Items") == 2


@pytest.mark.parametrize(("wish", "size"), [(0, 50), (1, 50), (100, 100), (5000, 200)])
def test_pages_are_neither_tiny_nor_huge_and_paging_is_never_off(wish: int, size: int) -> None:
    assert page_size(wish) == size


def test_a_missing_record_is_none_but_a_wrong_address_is_an_error(erp: Erp) -> None:
    missing = {"error": {"code": "-2028", "message": "No matching records found"}}
    erp.replies = [lambda call: answered(call, 404, missing), lambda call: answered(call, 404, [])]
    layer = erp.layer()
    assert layer.record("Items", "A", ("ItemCode",)) is None
    with pytest.raises(UnknownName):
        layer.record("Items", "A", ("ItemCode",))


def test_the_tag_of_a_header_is_taken_where_the_body_has_none(erp: Erp) -> None:
    def tagged(call: Call) -> Answer:
        return Answer(call, 200, {"ETag": 'W/"7"'}, b'{"ItemCode": "A"}')

    erp.replies = [tagged]
    assert erp.layer().record("Items", "A", ("ItemCode",)) == {"ItemCode": "A", "@odata.etag": 'W/"7"'}
