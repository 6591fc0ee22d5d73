from __future__ import annotations

from datetime import date

import pytest

from hub.configuration.faults import FaultyFile
from hub.configuration.file import RoutePart, read
from hub.store.maps import ALWAYS, Entry
from tests.configuration.conftest import GOOD, described, edited, faults
from tests.fakes.platform import KEY

#: The beginning of a map of groups with one entry.
GROUP = "  item_group:\n    - {shop: Hats, erp: 102"


def test_a_good_file_is_read_as_it_will_be_stored() -> None:
    file = described()
    assert file.name == "acme"
    assert file.settings["default_warehouse"] == "01"
    assert file.settings["order_cut_over"] == "2026-11-01T00:00:00+01:00"
    assert (file.settings["tolerance"], file.settings["price_list"]) == ("0.05", 1)
    assert next(iter(file.entries.values())) == Entry("location", "L1", "01", ALWAYS, is_default=True)
    assert list(file.entries.values())[-1] == Entry("tax", "DE 0.19 included", "A3", date(2027, 1, 1))
    assert list(file.routes.values())[-1] == RoutePart("inventory", "erp_to_shop", enabled=False)


def test_only_what_is_named_is_taken_over() -> None:
    assert set(described().settings) == {
        "guest_customer",
        "default_warehouse",
        "order_cut_over",
        "tolerance",
        "price_list",
    }


def test_secrets_come_from_the_environment_and_are_known_as_such() -> None:
    shop = described(SHOP_KEY="another").sides["shop"]
    assert (shop.settings["key"], shop.secret) == ("another", frozenset({"key"}))


def test_a_connection_without_a_name_is_called_by_its_integration_and_side() -> None:
    assert described(edited(("  name: acme erp\n", ""))).sides["erp"].name == "acme erp"


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "text", "fix"),
    [
        ("name: acme\n", "", 1, "name", "This key is missing", "Add the line `name: …`"),
        ("name: acme\n", "name: a/b\n", 1, "name", "Not a name", "Correct"),
        ("fake_shop", "fake_shopp", 3, "shop.platform", "no platform fake_shopp", "Write fake_shop or shopify"),
        ("fake_shop", "fake_erp", 3, "shop.platform", "fake_erp is no shop", "belongs under `erp`"),
        ("  platform: fake_shop\n", "", 2, "shop.platform", "missing", "Add the line"),
        ("world: acme", "world: acme\n    wrold: x", 7, "shop.settings.wrold", "no such key", "Did you mean `world`?"),
        (
            "world: acme",
            "world: acme\n    qqq: x",
            7,
            "shop.settings.qqq",
            "no such key",
            "the keys are world, key",
        ),
        ("${SHOP_KEY}", "${NO_KEY}", 7, "shop.settings.key", "NO_KEY is not set", "Set NO_KEY before"),
        ("${SHOP_KEY}", "${}", 7, "shop.settings.key", "(no name) is not set", "Write a name"),
        ("${SHOP_KEY}", "open-sesame", 7, "shop.settings.key", "does not belong into a file", "Write ${SHOP_KEY}"),
        ("name: acme erp", "name: acme shop", 10, "erp.name", "Both connections", "a name of its own"),
        ("read_timeout: 90", "read_timeout: soon", 14, "erp.settings.read_timeout", "Not a valid number", "a number"),
        ("read_timeout: 90", "world: acme", 14, "erp.settings.world", "first in line 12", "Keep one"),
        ("guest_customer: GUEST", "guest: GUEST", 16, "settings.guest", "no such key", "`guest_customer`"),
        ("GUEST", "true", 16, "settings.guest_customer", "Not a valid string", "Write a text"),
        ("GUEST", "[a, b]", 16, "settings.guest_customer", "Not a valid string", "Write a text"),
        ("T00:00:00+01:00", "", 18, "settings.order_cut_over", "aware datetime", "a time with its zone"),
        ("tolerance: 0.05", "tolerance: 7", 19, "settings.tolerance", "less than or equal to 1", "Correct"),
        ("tolerance: 0.05", "tolerance: NaN", 19, "settings.tolerance", "numeric values", "Correct the value"),
        ("price_list: 1", "price_list: one", 20, "settings.price_list", "Not a valid integer", "a whole number"),
        ("price_list: 1", "prices_include_tax: maybe", 20, "settings.prices_include_tax", "boolean", "true or false"),
        ("price_list: 1", "order_tags_excluded: x", 20, "settings.order_tags_excluded", "list", "after a dash"),
        ("erp: 02", "erp: 01", 24, "maps.location[1].erp", "01 is mapped in line 23", "Pair each warehouse"),
        ("shop: L2", "shop: l1", 24, "maps.location[1].shop", "l1 is mapped in line 23", "Pair each"),
        ("erp: 02", "erp: 02, default: true", 24, "maps.location[1].default", "default is in line 23", "Keep one"),
        ("erp: 02", "erp: 02, valid_from: 2026-01-01", 24, "maps.location[1].valid_from", "always", "Remove"),
        ("{shop: L2, erp: 02}", "{shop: L2}", 24, "maps.location[1].erp", "missing", "Add the line `erp: …`"),
        ("{shop: L2, erp: 02}", "L2", 24, "maps.location[1]", "mapping", "Write keys"),
        ("card:1", "1", 26, "maps.payment[0].erp", "Not a place to book to", "Correct"),
        ("shop: DE 0.19 included", "shop: DE 19", 28, "maps.tax[0].shop", "Not a rate", "Correct"),
        (", valid_from: 2027-01-01", "", 29, "maps.tax[1].shop", "in line 28", "give them different days"),
        ("2027-01-01", "soon", 29, "maps.tax[1].valid_from", "Not a valid date", "Write a day"),
        (
            "  tax:",
            "  item_group:\n    - {shop: Hats, erp: X}\n  tax:",
            28,
            "maps.item_group[0].erp",
            "number",
            "Correct",
        ),
        (
            "  tax:",
            f"{GROUP}, valid_from: 2027-01-01}}\n  tax:",
            28,
            "maps.item_group[0].valid_from",
            "always",
            "Correct",
        ),
        ("  tax:", f"{GROUP}, rank: -1}}\n  tax:", 28, "maps.item_group[0].rank", "greater than or equal", "Correct"),
        (
            "  tax:",
            f"{GROUP}}}\n    - {{shop: HATS, erp: 9}}\n  tax:",
            29,
            "maps.item_group[1].shop",
            "in line 28",
            "Keep",
        ),
        ("  tax:\n", "  taxes:\n", 27, "maps.taxes", "no such key", "Did you mean `tax`?"),
        ("object: customer", "object: people", 31, "routes[0].object", "Must be one of", "Correct"),
        ("direction: erp_to_shop}", "direction: up}", 32, "routes[1].direction", "Must be one of", "Correct"),
        ("object: order", "object: customer", 33, "routes[2]", "customer shop_to_erp stands in line 31", "Keep one"),
        ("enabled: false", "enabled: perhaps", 34, "routes[3].enabled", "boolean", "true or false"),
    ],
)
def test_each_fault_is_named_with_its_line_its_path_and_what_to_do(
    old: str, new: str, line: int, path: str, text: str, fix: str
) -> None:
    found = faults(edited((old, new)))
    assert [(fault.line, fault.path) for fault in found] == [(line, path)]
    assert text in found[0].text
    assert fix in found[0].fix


def test_a_value_is_pointed_at_and_not_only_its_key() -> None:
    (fault,) = faults(edited(("read_timeout: 90", "read_timeout: soon")))
    assert GOOD.splitlines()[fault.line - 1][fault.column - 1 :] == "90"


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    found = faults(
        edited(
            ("fake_shop", "magento"),
            ("GUEST", "[]"),
            ("erp: 02", "erp: 01"),
            ("card:1", "gold"),
            ("object: order", "object: orders"),
        )
    )
    assert [fault.line for fault in found] == [3, 16, 24, 26, 33]


def test_a_faulty_file_says_so_line_by_line() -> None:
    with pytest.raises(FaultyFile) as caught:
        described(edited(("GUEST", "[]"), ("card:1", "gold")))
    first, *lines = str(caught.value).splitlines()
    assert first == "acme.yaml has 2 faults; nothing was changed."
    assert lines[0].startswith("  line 16, column 19: settings.guest_customer: Not a valid string.")


def test_a_variable_that_is_not_set_is_one_fault_and_not_two() -> None:
    found = faults(edited(("price_list: 1", "price_list: ${LIST}")))
    assert [fault.text for fault in found] == ["The variable LIST is not set."]


def test_a_number_may_come_from_the_environment() -> None:
    assert described(edited(("price_list: 1", "price_list: ${LIST}")), LIST="7").settings["price_list"] == 7


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b\n"])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    assert [fault.text for fault in faults(text)] == ["The file is no mapping."]


def test_a_file_of_the_wrong_shape_is_refused_part_by_part() -> None:
    found = faults("name: x\nshop: fake\nerp:\n  platform: [a]\n  settings: none\nmaps: []\nroutes: {}\nsettings: 7\n")
    assert {fault.path for fault in found} == {"shop", "erp.platform", "erp.settings", "maps", "routes", "settings"}


SHOPIFY_AND_SAP = """\
name: real
shop:
  platform: shopify
  settings: {shop: acme.myshopify.com, token: "${TOKEN}"}
erp:
  platform: sap_b1
  settings: {base_url: "https://erp:50000", company: SBO, user: hub, password: "${PASSWORD}"}
"""


def test_the_real_platforms_describe_their_own_settings() -> None:
    file = read(SHOPIFY_AND_SAP, {"TOKEN": "shpat_x", "PASSWORD": "p"})
    assert file.sides["shop"].secret == frozenset({"token", "client_secret"})
    assert file.sides["erp"].settings["company"] == "SBO"


def test_what_the_platform_says_of_several_settings_stands_at_one_of_them() -> None:
    text = SHOPIFY_AND_SAP.replace("token", "client_id")
    with pytest.raises(FaultyFile) as caught:
        read(text, {"TOKEN": "x", "PASSWORD": "p"})
    assert [(fault.line, fault.path) for fault in caught.value.faults] == [(4, "shop.settings.client_secret")]


def test_the_key_of_the_good_file_never_stands_in_it() -> None:
    assert KEY not in GOOD
