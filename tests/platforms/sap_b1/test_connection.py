"""The connection: its settings, its check, our fields, and what it does when the ERP misbehaves."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from hub.errors import PlatformRefused
from hub.platforms.sap_b1.platform import SapB1
from hub.platforms.sap_b1.user_fields import FIELDS


def items(connection: Any) -> int:
    return len(connection.endpoint("product", {}).read(["MUG", "TEE-M"]))


def test_settings_name_what_is_missing_or_wrong() -> None:
    with pytest.raises(ValidationError) as failure:
        SapB1.settings_schema().load({"base_url": "erp", "zone": "Middle/Earth", "api": "v3"})
    assert set(failure.value.normalized_messages()) == {"base_url", "company", "user", "password", "zone", "api"}


def test_the_password_is_marked_as_secret() -> None:
    schema = SapB1.settings_schema()
    assert [name for name, one in schema.fields.items() if one.metadata.get("secret")] == ["password"]
    assert {"Password", "SessionId", "Cookie"} <= SapB1.secret
    assert {"EmailAddress", "ShipToStreet", "U_HubEmail"} <= SapB1.personal


def test_a_fresh_company_is_told_to_be_set_up(bare_erp: Any) -> None:
    findings = bare_erp.connection.check()
    assert [finding.ok for finding in findings] == [True, False]
    assert "ORDR.U_HubRef" in findings[1].what
    assert "hub setup-erp" in findings[1].fix


def test_fields_that_are_new_wait_for_a_restart(bare_erp: Any) -> None:
    created = bare_erp.connection.set_up()
    assert created == [f"{field.table}.{field.property}" for field in FIELDS]
    finding = bare_erp.connection.check()[-1]
    assert not finding.ok
    assert "ORDR.U_HubRef" in finding.what
    assert finding.fix == "Restart the Service Layer."
    bare_erp.control("POST", "restart", {})
    assert all(finding.ok for finding in bare_erp.connection.check())


def test_a_company_that_was_set_up_before_items_had_fields_goes_on(bare_erp: Any) -> None:
    for field in FIELDS:
        if field.table != "OITM":
            bare_erp.connection.company.layer.create("UserFieldsMD", field.body(), repeatable=True)
    bare_erp.control("POST", "restart", {})
    _, missing, there = bare_erp.connection.check()
    assert (missing.ok, missing.blocking) == (False, False)
    assert "OITM.U_HubRef, OITM.U_HubTemplate, OITM.U_HubSync" in missing.what
    assert "hub setup-erp" in missing.fix
    assert there.ok


def test_new_fields_of_items_wait_for_a_restart_like_the_others(bare_erp: Any) -> None:
    older = [field for field in FIELDS if field.table != "OITM"]
    for field in older:
        bare_erp.connection.company.layer.create("UserFieldsMD", field.body(), repeatable=True)
    bare_erp.control("POST", "restart", {})
    assert bare_erp.connection.set_up() == ["OITM.U_HubRef", "OITM.U_HubTemplate", "OITM.U_HubSync"]
    finding = bare_erp.connection.check()[-1]
    assert finding.what.startswith("The Service Layer does not show OITM.U_HubRef")


def test_setting_up_twice_creates_nothing_twice(bare_erp: Any) -> None:
    bare_erp.connection.set_up()
    before = bare_erp.state("user_fields")
    assert bare_erp.connection.set_up() == []
    assert bare_erp.connect().set_up() == []
    assert bare_erp.state("user_fields") == before


def test_a_wrong_password_is_a_finding_and_one_log_in(bare_erp: Any) -> None:
    connection = bare_erp.connect(password="wrong")
    for _ in range(2):
        (finding,) = connection.check()
        assert not finding.ok
        assert "user hub to company SBODEMO" in finding.what
    assert bare_erp.state("sessions")["refused"] == 1
    with pytest.raises(PlatformRefused):
        items(connection)


def test_a_certificate_that_is_not_checked_is_named(bare_erp: Any) -> None:
    connection = bare_erp.connect(verify=False)
    assert all("certificate" not in finding.what for finding in connection.check())
    secure = SapB1().connect(
        "erp",
        SapB1.settings_schema().load(
            {
                "base_url": bare_erp.server.url.replace("http:", "https:"),
                "company": "C",
                "user": "u",
                "password": "p",
                "verify": False,
            }
        ),
        bare_erp.wiring,
    )
    warning, trouble = secure.check()
    assert (warning.ok, warning.blocking) == (False, False)
    assert not trouble.ok


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_both_versions_work(erp: Any, api: str) -> None:
    connection = erp.connect(api=api)
    assert all(finding.ok for finding in connection.check())
    assert items(connection) == 2
    connection.close()


def test_one_log_in_serves_all_and_ends_at_close(erp: Any) -> None:
    connection = erp.connect()
    before = erp.state("sessions")
    for _ in range(5):
        items(connection)
    connection.close()
    connection.close()
    after = erp.state("sessions")
    assert after["logins"] - before["logins"] == 1
    assert after["logouts"] - before["logouts"] == 1


def test_a_session_that_was_killed_is_renewed(erp: Any) -> None:
    assert items(erp.connection) == 2
    erp.control("DELETE", "sessions")
    assert items(erp.connection) == 2


def test_a_session_that_idled_away_is_not_even_tried(erp: Any) -> None:
    assert items(erp.connection) == 2
    erp.clock.advance(31 * 60)
    erp.exchanges.clear()
    assert items(erp.connection) == 2
    assert 401 not in {exchange.status for exchange in erp.exchanges}


def test_a_dead_node_is_left(erp: Any) -> None:
    assert items(erp.connection) == 2
    node = erp.state("sessions")["open"][0]["node"]
    erp.control("PUT", "sessions", {"dead_nodes": [node]})
    assert items(erp.connection) == 2
    assert erp.state("sessions")["open"][0]["node"] != node


def test_pages_of_a_gateway_and_dropped_answers_are_waited_out(erp: Any) -> None:
    for kind in ("html_502", "dropped", "error_500", "throttled"):
        erp.faults({"kind": kind, "share": 1, "times": 2})
        assert items(erp.connection) == 2


def test_the_log_in_survives_faults_too(erp: Any) -> None:
    erp.faults({"kind": "html_502", "share": 1, "times": 2, "operations": ["login"]})
    connection = erp.connect()
    assert items(connection) == 2
    connection.close()
