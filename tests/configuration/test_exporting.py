from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.bootstrap import Hub
from hub.config import from_environment
from hub.configuration.applying import apply, preview
from hub.configuration.exporting import export
from hub.errors import ConfigurationError
from hub.store.maps import Entry
from tests.configuration.conftest import described, edited
from tests.databases import new_hub
from tests.fakes.platform import KEY

VARIABLES = {"ACME_SHOP_KEY": KEY, "ACME_ERP_KEY": KEY}
#: What people write into fields, and what YAML or our variables could mistake for something else.
TEXTS = st.one_of(
    st.sampled_from(
        ["01", "no", "true", "~", "null", "1e3", "2026-11-21", "a: b", "# x", "- x", "${KEY}", "$$", "'", '"']
    ),
    st.text(min_size=1, max_size=20).filter(lambda text: text == text.strip() and text.isprintable()),
)


def test_an_exported_file_changes_nothing_when_it_is_applied(hub: Hub) -> None:
    apply(described(), hub)
    text = export("acme", hub)
    assert preview(described(text, **VARIABLES), hub) == []


def test_an_exported_file_makes_the_same_integration_elsewhere(
    hub: Hub, tmp_path_factory: pytest.TempPathFactory
) -> None:

    apply(described(), hub)
    text = export("acme", hub)
    other = new_hub(from_environment({"HUB_HOME": str(tmp_path_factory.mktemp("other"))}), actor="bob")
    try:
        apply(described(text, **VARIABLES), other)
        assert export("acme", other) == text
    finally:
        other.close()


def test_no_secret_stands_in_it_and_its_head_names_the_variables(hub: Hub) -> None:
    apply(described(), hub)
    text = export("acme", hub)
    assert KEY not in text
    assert "#   ACME_SHOP_KEY\n#   ACME_ERP_KEY\n" in text
    assert "key: ${ACME_SHOP_KEY}" in text


def test_days_and_defaults_come_back(hub: Hub) -> None:
    apply(described(), hub)
    hub.maps.put(hub.integrations.named("acme").id, [Entry("tax", "0", "A0", date(2020, 7, 1))])
    entries = described(export("acme", hub), **VARIABLES).entries.values()
    assert Entry("tax", "0", "A0", date(2020, 7, 1)) in entries
    assert [entry.shop_value for entry in entries if entry.is_default] == ["L1"]


@given(guest=TEXTS, gateway=TEXTS, tags=st.lists(TEXTS, max_size=3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_people_call_things_comes_back_as_it_was(hub: Hub, guest: str, gateway: str, tags: list[str]) -> None:
    apply(described(), hub)
    integration = hub.integrations.named("acme")
    values = {**integration.settings, "guest_customer": guest, "order_tags_excluded": tags}
    hub.integrations.save("acme", integration.shop_id, integration.erp_id, values)
    for entry in hub.maps.entries(integration.id, "payment"):
        hub.maps.remove(integration.id, "payment", entry.shop_value)
    hub.maps.put(integration.id, [Entry("payment", gateway, "card:1")])
    assert preview(described(export("acme", hub), **VARIABLES), hub) == []


def test_an_integration_that_is_not_there_cannot_be_exported(hub: Hub) -> None:
    with pytest.raises(ConfigurationError, match="no integration named acme"):
        export("acme", hub)


def test_ranks_come_back_and_a_changed_one_is_a_difference(hub: Hub) -> None:
    groups = "  customer_group:\n    - {shop: vip, erp: 102, rank: 2}\n    - {shop: b2b, erp: 103}\n"
    apply(described(edited(("  tax:\n", f"{groups}  tax:\n"))), hub)
    text = export("acme", hub)
    assert "rank: 2" in text and text.count("rank:") == 1
    assert apply(described(text, **VARIABLES), hub) == []
    (change,) = apply(described(text.replace("rank: 2", "rank: 1"), **VARIABLES), hub)
    assert (change.what, change.before, change.after) == ("map customer_group: vip", {"rank": 2}, {"rank": 1})
