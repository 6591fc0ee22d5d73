"""From a job that is done one finds the way on: to its failures, to the next first load, and what a cure has done."""

from __future__ import annotations

from tests.console.conftest import Console
from tests.console.test_pages import failed_item


def test_a_first_load_leads_on_to_its_failures_and_to_the_next_one(console: Console) -> None:
    stage = console.stage
    failed_item(console)
    product = stage.route("product").id
    run = stage.hub.runs.latest([product])[product]
    page = console.signed_in("viewer").text(f"/jobs/{run.job_id}")
    assert "done, 1 failed" in page and f'href="/failures/?route={product}"' in page
    assert 'href="/integrations/acme/start">Back to First load' in page
    assert "Next: customer shop → ERP" in page
    assert "Cured" not in page


def test_a_cure_says_how_many_went_through(console: Console) -> None:
    stage = console.stage
    failed_item(console)
    operator = console.signed_in("operator")
    stage.shop.refuses.clear()
    job = int(operator.press("/failures/act", act="resync", all="1", expected="1").headers["Location"].split("/")[-1])
    assert "went through" not in operator.text(f"/jobs/{job}")
    stage.hub.worker().work_off(job)
    page = operator.text(f"/jobs/{job}")
    assert "Cured: <strong>1 of 1</strong> went through." in page
    assert "To the failures" not in page and "Back to First load" not in page


def test_once_all_is_loaded_schedules_and_sync_now_are_offered(console: Console) -> None:
    operator, words = console.signed_in("operator"), "Now set when each runs by itself"
    console.stage.work("product", "initialize")
    assert words not in operator.text("/integrations/acme/start")
    console.stage.all_routes()
    page = operator.text("/integrations/acme/start")
    assert words in page and 'href="/routes/">Sync Now' in page
    assert words not in console.signed_in("viewer").text("/integrations/acme/start")


def test_sync_now_leaves_no_word_that_is_soon_untrue(console: Console) -> None:
    console.stage.work("product", "initialize")
    operator = console.signed_in("operator")
    answer = operator.press(f"/routes/{console.stage.route('product').id}/sync")
    console.stage.hub.worker().work_off(int(answer.headers["Location"].split("/")[-1]))
    assert "in the queue" not in operator.text(answer.headers["Location"])
