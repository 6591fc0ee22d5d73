from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Terminal


def found(terminal: Terminal, *options: str) -> list[dict[str, Any]]:
    return list(terminal.json("messages", "list", *options)["messages"])


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ((), 8),
        (("--object", "order"), 5),
        (("--object", "order", "--verdict", "failed"), 3),
        (("--cause", "MISSING_MAPPING"), 2),
        (("--integration", "acme"), 8),
        (("--integration", "other"), 0),
        (("--direction", "erp_to_shop"), 1),
        (("--run", "2"), 4),
        (("--ident", "#1001"), 1),
        (("--ident", "gid://shop/Order/1004"), 1),
        (("--person", "ada@shop.example"), 2),
        (("--text", "klarna"), 2),
        (("--verdict", "open"), 0),
        (("--since", "2020-01-01", "--until", "2020-01-02"), 0),
    ],
)
def test_every_filter_narrows_the_list_and_the_count(looking: Terminal, options: tuple[str, ...], count: int) -> None:
    assert len(found(looking, *options)) == count
    assert looking.json("messages", "list", "--count", *options) == {"count": count, "more": False}


def test_times_bound_the_list(looking: Terminal) -> None:
    # The log's clock is the machine's: an hour around now holds everything.
    now = datetime.now(UTC)
    around = [(now + timedelta(hours=hours)).isoformat() for hours in (-1, 1)]
    assert len(found(looking, "--since", around[0], "--until", around[1])) == 8
    assert found(looking, "--since", around[1]) == []


def test_pages_follow_each_other_without_gap_or_overlap(looking: Terminal) -> None:
    ids: list[int] = []
    before: list[str] = []
    for _ in range(5):
        page = looking.json("messages", "list", "--limit", "2", *before)
        ids += [entry["id"] for entry in page["messages"]]
        if page["older"] is None:
            break
        before = ["--before", str(page["older"])]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == len(ids) == 8


def test_people_are_told_how_to_see_older_ones(looking: Terminal) -> None:
    said = looking.ok("messages", "list", "--limit", "2").splitlines()
    assert said[-1].startswith("Older ones: add --before ")
    assert looking.ok("messages", "list", "--cause", "NONE") == "No messages.\n"


def test_a_count_is_one_number(looking: Terminal) -> None:
    assert looking.ok("messages", "list", "--count") == "8\n"


def test_personal_labels_are_masked_unless_asked_for(logged: Terminal) -> None:
    assert {entry["label"] for entry in found(logged, "--object", "customer")} == {"***"}
    assert "gid://shop/Customer/1" in logged.ok("messages", "list", "--object", "customer")
    shown = {entry["label"] for entry in found(logged, "--object", "customer", "--personal")}
    assert shown == {"ada@shop.example", "eve@shop.example"}


def test_whoever_looks_at_personal_data_leaves_a_trace_that_is_not_personal(logged: Terminal) -> None:
    logged.ok("messages", "list", "--person", "ada@shop.example", "--personal")
    act = logged.acts()[-1]
    assert (act["action"], act["subject"]) == ("show personal data", "messages list")
    assert "ada@shop.example" not in json.dumps(act)
    assert act["after"]["person"]


def test_a_message_is_shown_with_what_was_sent_and_answered(looking: Terminal) -> None:
    (entry,) = found(looking, "--ident", "#1001")
    said = looking.ok("messages", "show", str(entry["id"]))
    assert said.startswith(f"Message {entry['id']}: order #1001 (acme, shop_to_erp)\n  create -> created ")
    for part in (
        "Source: ",
        "Canonical: ",
        "Attempt 1: created",
        "POST acme erp create orders",
        "Sent: ",
        "Answered: ",
    ):
        assert part in said


def test_a_failed_message_says_what_to_do(looking: Terminal) -> None:
    entry = found(looking, "--ident", "#1004")[0]
    said = looking.ok("messages", "show", str(entry["id"]))
    assert "UNKNOWN_SKU: sku=NOPE" in said
    assert "What to do: Create the item in the ERP" in said


def test_a_re_synced_message_shows_what_it_follows_and_what_resolved_it(logged: Terminal) -> None:
    old = found(logged, "--ident", "#1002")[0]["id"]
    logged.ok("maps", "set", "acme", "payment", "klarna", "card:1")
    logged.ok("resync", "acme", "--key", "#1002")
    new = found(logged, "--ident", "#1002")[0]["id"]
    assert f"resolved by message {new}" in logged.ok("messages", "show", str(old))
    assert f"follows message {old}" in logged.ok("messages", "show", str(new))


def test_personal_data_in_a_message_is_masked_unless_asked_for(logged: Terminal) -> None:
    entry = next(one for one in found(logged, "--object", "customer", "--person", "ada@shop.example"))
    masked = logged.ok("messages", "show", str(entry["id"]))
    assert "Byron" not in masked
    assert "ada@shop.example" not in masked
    told = logged.json("messages", "show", str(entry["id"]), "--personal")
    assert "Byron" in told["source"]["text"]
    assert logged.acts()[-1]["subject"] == f"message {entry['id']}"


def test_a_message_that_is_not_there_is_refused(looking: Terminal) -> None:
    assert "There is no message 999." in looking.fails("messages", "show", "999")


def test_the_log_is_taken_out_line_by_line(looking: Terminal) -> None:
    result = looking.run("messages", "export", "--object", "order")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert sorted(row["label"] for row in rows) == ["#1001", "#1002", "#1003", "#1004", "#1005"]
    assert result.stderr == "5 messages.\n"


def test_the_log_is_taken_out_as_a_table(logged: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    logged.ok("messages", "export", "--format", "csv", "--output", str(path), "--cause", "MISSING_MAPPING")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    assert [row["label"] for row in rows] == ["#1002", "#1003"]
    assert {row["cause"] for row in rows} == {"MISSING_MAPPING"}
    assert datetime.fromisoformat(rows[0]["opened_at"]).tzinfo is not None


def test_a_spreadsheet_does_not_take_a_name_for_a_formula(logged: Terminal) -> None:
    logged.world.erp.add_item("=1+1", "5.00")
    logged.ok("sync", "acme", "product")
    text = logged.ok("messages", "export", "--format", "csv", "--object", "product")
    assert [row["label"] for row in csv.DictReader(io.StringIO(text))] == ["MUG", "'=1+1"]


def test_personal_labels_leave_the_log_only_with_a_trace(logged: Terminal) -> None:
    assert "ada@shop.example" not in logged.ok("messages", "export")
    assert "ada@shop.example" in logged.ok("messages", "export", "--personal")
    assert [act["action"] for act in logged.acts()[-2:]] == ["show personal data", "export messages"]


def test_a_person_is_erased_with_the_orders_and_without_the_others(logged: Terminal) -> None:
    told = logged.json("messages", "erase", "acme", "--email", "ada@shop.example", "--yes")
    assert told["messages"] == 3
    shown = {
        entry["label"]: logged.json("messages", "show", str(entry["id"]), "--personal")["source"]["kept"]
        for entry in found(logged, "--personal")
    }
    assert shown == {
        "MUG": "body",
        "#1001": "erased",
        "#1002": "body",
        "#1003": "body",
        "#1004": "body",
        "#1005": "erased",
        "***": "erased",
        "eve@shop.example": "body",
    }


def test_erasing_again_finds_nothing_more(logged: Terminal) -> None:
    logged.ok("messages", "erase", "acme", "--customer", "gid://shop/Customer/1", "--yes")
    again = logged.json("messages", "erase", "acme", "--customer", "gid://shop/Customer/1", "--yes")
    assert again["messages"] == 0


def test_erasing_is_in_the_trail_without_the_person(logged: Terminal) -> None:
    logged.ok("messages", "erase", "acme", "--email", "ada@shop.example", "--yes")
    act = logged.acts()[-1]
    assert (act["action"], act["after"]["messages"]) == ("erase", 3)
    assert "ada@" not in json.dumps(act)


def test_erasing_asks_first_and_takes_no_for_an_answer(logged: Terminal) -> None:
    result = logged.run("messages", "erase", "acme", "--email", "ada@shop.example", typed="n\n")
    assert (result.exit_code, "Erase the payloads of 3 messages?" in result.stdout) == (1, True)
    assert len(found(logged, "--person", "ada@shop.example")) == 2
    assert "erase" not in {act["action"] for act in logged.acts()}


def test_erasing_needs_to_know_whom(logged: Terminal) -> None:
    assert "Whose data?" in logged.fails("messages", "erase", "acme", "--yes")


def test_a_time_that_is_none_is_refused_before_anything_is_read(looking: Terminal) -> None:
    result = looking.run("messages", "list", "--since", "lately")
    assert (result.exit_code, "lately is no time" in result.stderr) == (2, True)
