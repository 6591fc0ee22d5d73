"""Many failures are taken up by one press: it answers at once, progress and outcomes are shown, nothing is doubled."""

from __future__ import annotations

from collections import Counter

from hub.sync import resync
from message_log.entries import Verdict
from tests.console.conftest import Browser, Console

MANY = 120
BAD = 7


def failing_orders(console: Console) -> None:
    """Orders of a means of payment that no map knows; some of a code that the ERP does not know either."""
    shop, erp = console.stage.shop, console.stage.erp
    erp.add_partner("C-GUEST")
    erp.add_item("MUG", "11.90")
    erp.set_stock("MUG", "01", "1000")
    console.stage.work("product", "initialize")
    for number in range(MANY):
        code = "NOPE" if number < BAD else "MUG"
        shop.place_order(1000 + number, [(code, 1, "11.90")], gateway="klarna")
    console.stage.work("order")
    assert len(console.stage.failures("order")) == MANY


def pressed(operator: Browser, console: Console) -> int:
    """The press, which answers before any record is read; the job."""
    answer = operator.press("/failures/act", act="resync", all="1", expected=str(MANY))
    assert answer.status_code == 302
    job = int(answer.headers["Location"].rpartition("/")[2])
    assert console.stage.hub.runs.of_job(job) is None
    return job


def test_one_press_takes_up_all_and_each_outcome_is_shown(console: Console) -> None:
    failing_orders(console)
    stage, operator = console.stage, console.signed_in("operator")
    followed = {key: failure.last_message for key, failure in stage.failures("order").items()}
    stage.map("payment", "klarna", "card:1")
    job = pressed(operator, console)
    assert "the job waits" in operator.text(f"/jobs/{job}")
    # Whoever presses once more asks for nothing new.
    assert pressed(operator, console) == job
    assert {one.key for one in stage.hub.jobs.keys(job)} == followed.keys()

    shown: list[str] = []
    stage.hub.progress = lambda tally: shown.append(operator.text(f"/jobs/{job}/live"))
    stage.hub.worker().work_off(job)
    assert len(shown) > 1
    assert any(f" of {MANY}" in page for page in shown)

    run = stage.hub.runs.of_job(job)
    assert run is not None
    assert (run.counts["read"], run.counts["created"], run.counts["failed"]) == (MANY, MANY - BAD, BAD)
    made = [one for one in stage.messages("order") if one.run == run.id]
    assert {one.key: one.follows for one in made} == followed
    assert Counter(one.verdict for one in made) == {Verdict.CREATED: MANY - BAD, Verdict.FAILED: BAD}
    assert f'href="/messages/?run={run.id}"' in operator.text(f"/jobs/{job}")
    assert f"{BAD}" in operator.text("/failures/")
    documents = Counter(one["reference"] for one in stage.erp.table("orders").values())
    assert len(documents) == MANY - BAD
    assert set(documents.values()) == {1}


def test_the_trail_tells_how_many_and_how_they_were_chosen(console: Console) -> None:
    failing_orders(console)
    operator = console.signed_in("operator")
    operator.press("/failures/act", act="resync", all="1", expected=str(MANY), cause="MISSING_MAPPING")
    operator.press("/failures/act", act="acknowledge", all="1", expected=str(MANY), note="known")
    aside, taken = console.acts()[:2]
    assert (taken.action, taken.actor, taken.subject) == (resync.REASON, "a-operator", "acme")
    assert taken.after["cause"] == "MISSING_MAPPING"
    assert (aside.action, aside.after["failures"], aside.after["note"]) == ("failures acknowledged", MANY, "known")
    assert console.stage.hub.failures.groups([console.stage.route("order").id]) == []
