from __future__ import annotations

from objects.customer import Customer
from objects.fields import field_map
from objects.registry import OBJECTS


def test_every_value_has_a_rule_and_follows_the_shop() -> None:
    record = OBJECTS["customer"].schema.load({"email": "ada@shop.example"})
    owners = field_map(Customer().fields, {}).owners
    assert set(owners) == set(Customer().values(record))
    assert set(owners.values()) == {"shop"}


def test_what_a_partner_is_named_and_found_by_is_never_left_out() -> None:
    everything = {rule.name: False for rule in Customer().fields}
    assert set(field_map(Customer().fields, everything).owners) == {
        *("first_name", "last_name", "company", "email", "cross_reference"),
    }
