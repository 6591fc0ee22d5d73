from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.errors import PlatformUnavailable
from tests.cli.conftest import Terminal


def test_apply_says_what_it_made_and_what_comes_next(blank: Terminal) -> None:
    said = blank.ok("apply", str(blank.file))
    assert "new      connection acme shop: platform fake_shop" in said
    assert "new      route order shop_to_erp: enabled true" in said
    assert said.endswith("Applied. Next: hub check acme\n")


def test_apply_with_check_writes_nothing(blank: Terminal) -> None:
    assert "changes would be made; nothing was written." in blank.ok("apply", str(blank.file), "--check")
    assert blank.acts() == []


def test_applying_twice_changes_nothing(terminal: Terminal) -> None:
    acts = len(terminal.acts())
    assert terminal.ok("apply", str(terminal.file)) == "acme is as the file says; nothing to change.\n"
    assert len(terminal.acts()) == acts


def test_a_change_is_shown_as_old_and_new(terminal: Terminal) -> None:
    text = terminal.file.read_text(encoding="utf-8").replace("GUEST", "C-GUEST")
    assert terminal.ok("apply", terminal.write(text)).splitlines()[0] == (
        "changed  settings: guest_customer GUEST -> C-GUEST"
    )


@pytest.mark.parametrize("option", ["--diff", "--check"])
def test_the_difference_has_a_line_for_each_value(terminal: Terminal, option: str) -> None:
    text = terminal.file.read_text(encoding="utf-8").replace("GUEST", "C-GUEST")
    text = text.replace("settle_seconds: 0", "settle_seconds: 0\n  price_list: 2\n  zero_price_items: [A, B]")
    text += "fields: {product: {title: erp, weight: false}}\n"
    acts = terminal.acts()
    assert terminal.ok("apply", terminal.write(text), option).splitlines() == [
        "changed  settings: guest_customer GUEST -> C-GUEST",
        "changed  settings: price_list (default) -> 2",
        "changed  settings: zero_price_items (default) -> [A, B]",
        "changed  fields product: title (default) -> erp",
        "changed  fields product: weight (default) -> false",
        "5 changes would be made; nothing was written.",
    ]
    assert terminal.acts() == acts


def test_what_the_file_does_not_name_is_taken_back_when_that_is_asked_for(terminal: Terminal) -> None:
    text = terminal.file.read_text(encoding="utf-8")
    text = text.replace("  - {object: customer, direction: shop_to_erp}\n", "").replace("  exempt_tax_code: A0\n", "")
    path = terminal.write(text.replace("    - {shop: L2, erp: 02}\n", ""))
    assert terminal.ok("apply", path, "--diff") == "acme is as the file says; nothing to change.\n"
    shown = [
        "changed  settings: exempt_tax_code A0 -> (default)",
        "removed  map location: L2: erp 02",
        "changed  route customer shop_to_erp: enabled true -> false",
    ]
    said = terminal.ok("apply", path, "--diff", "--prune").splitlines()
    assert said == [*shown, "3 changes would be made; nothing was written."]
    assert terminal.ok("apply", path, "--prune").splitlines() == [*shown, "Applied. Next: hub check acme"]
    assert [act["subject"] for act in terminal.acts()[-3:]] == [
        "acme: settings",
        "acme: map location: L2",
        "acme: route customer shop_to_erp",
    ]
    assert terminal.ok("apply", path, "--prune") == "acme is as the file says; nothing to change.\n"


def test_a_single_change_is_counted_as_one(terminal: Terminal) -> None:
    text = terminal.file.read_text(encoding="utf-8").replace("GUEST", "C-GUEST")
    said = terminal.ok("apply", terminal.write(text), "--diff").splitlines()
    assert said[1:] == ["1 change would be made; nothing was written."]


def test_changes_are_told_to_programs_too(terminal: Terminal) -> None:
    text = terminal.file.read_text(encoding="utf-8").replace("GUEST", "C-GUEST")
    told = terminal.json("apply", terminal.write(text), "--check")
    assert told == {
        "applied": False,
        "changes": [
            {"what": "settings", "before": {"guest_customer": "GUEST"}, "after": {"guest_customer": "C-GUEST"}}
        ],
        "faults": [],
    }


def test_a_faulty_file_ends_with_its_faults_and_status_3(blank: Terminal) -> None:
    text = blank.file.read_text(encoding="utf-8").replace("order_cut_over", "cut_over").replace("card:1", "gold")
    said = blank.fails("apply", blank.write(text))
    assert "line 14, column 3: settings.cut_over: There is no such key." in said
    assert "maps.payment[0].erp: Not a place to book to" in said
    assert "What to do: Mend each line named above" in said


def test_faults_are_told_to_programs_with_their_places(blank: Terminal) -> None:
    text = blank.file.read_text(encoding="utf-8").replace("card:1", "gold")
    told = blank.json("apply", blank.write(text), status=3)
    (fault,) = told["faults"]
    assert (told["applied"], fault["path"], fault["line"]) == (False, "maps.payment[0].erp", 21)


def test_a_missing_variable_is_named(blank: Terminal) -> None:
    blank.environment["KEY"] = ""
    assert "The variable KEY is not set." in blank.fails("apply", str(blank.file))


@pytest.mark.parametrize(("content", "said"), [(None, "cannot be read"), (b"\xff\xfe\x00", "no UTF-8 text")])
def test_a_file_that_cannot_be_read_is_named(blank: Terminal, content: bytes | None, said: str) -> None:
    path = blank.file.with_name("other.yaml")
    if content is not None:
        path.write_bytes(content)
    assert said in blank.fails("apply", str(path))


def test_export_writes_a_file_that_applies_without_change(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "exported.yaml"
    assert terminal.ok("export", "acme", "--output", str(path)) == ""
    assert terminal.ok("export", "acme") == path.read_text(encoding="utf-8")
    terminal.environment |= {"ACME_SHOP_KEY": "open-sesame", "ACME_ERP_KEY": "open-sesame"}
    assert terminal.ok("apply", str(path)) == "acme is as the file says; nothing to change.\n"


def test_an_unknown_integration_is_answered_with_the_known_ones(terminal: Terminal) -> None:
    assert "There is no integration named ecma. Known: acme." in terminal.fails("export", "ecma")


def test_check_has_a_line_each_and_ends_well(terminal: Terminal) -> None:
    said = terminal.ok("check", "acme")
    assert "ok     acme shop: logged in\n" in said
    assert "note   No freight is set for tip" in said
    assert said.endswith("Nothing stands in the way.\n")


def test_check_names_what_to_mend_and_ends_with_status_3(terminal: Terminal) -> None:
    terminal.world.erp.facts["tax_codes"] = {}
    said = terminal.ok("check", "acme", status=3)
    assert "WRONG  The tax map has 0.19 as A2, which is no output tax code of the ERP.\n         Correct" in said
    assert said.endswith("2 things to mend.\n")


def test_check_tells_programs_whether_all_is_well(terminal: Terminal) -> None:
    assert terminal.json("check", "acme")["ok"] is True
    terminal.world.erp.down = PlatformUnavailable("It sleeps.")
    told = terminal.json("check", "acme", status=3)
    assert told["ok"] is False
    assert told["findings"][-1] == {
        "ok": False,
        "what": "acme erp: It sleeps.",
        "fix": PlatformUnavailable.fix,
        "blocking": True,
        "where": "",
        "advice": "",
    }


def test_a_wrong_key_is_found_by_check(blank: Terminal) -> None:
    blank.environment["KEY"] = "wrong"
    blank.ok("apply", str(blank.file))
    assert "WRONG  acme shop: acme shop refuses the key.\n         Enter the right key." in blank.ok(
        "check", "acme", status=3
    )


def test_setup_erp_creates_once_and_is_in_the_trail(terminal: Terminal) -> None:
    assert terminal.ok("setup-erp", "acme").startswith("Created: ORDR.HubRef.\nNow restart the Service Layer")
    assert terminal.json("setup-erp", "acme") == {"created": []}
    assert terminal.ok("setup-erp", "acme") == "Nothing to create: all is there.\n"
    acts = [act["after"] for act in terminal.acts() if act["action"] == "setup-erp"]
    assert acts == [{"created": ["ORDR.HubRef"]}, {"created": []}, {"created": []}]


def test_the_trail_tells_who_applied_what(terminal: Terminal) -> None:
    acts = terminal.acts()
    assert {act["action"] for act in acts} == {"apply"}
    assert acts[0]["subject"] == "acme: connection acme shop"
    assert "open-sesame" not in json.dumps(acts)
