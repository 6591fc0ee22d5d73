"""What is said of a person outside of the message log goes with the person."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert

from hub.store.divergences import Divergence, Divergences
from hub.store.link import LINKS, new_row
from hub.store.plans import PlanStep
from tests.sync.conftest import Stage

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADA, BOB = "gid://shop/Customer/1", "gid://shop/Customer/2"


def test_the_steps_of_plans_keep_their_place_and_lose_their_values(stage: Stage) -> None:
    plans = stage.hub.plans
    plan = plans.begin(stage.route("customer").id, None, "preview", "changes", "ann", NOW)
    change = {"email": {"old": "", "new": "ada@example.org"}}
    plans.add(plan, [PlanStep(key, "Ada", "create", detail="Ada", diff=change) for key in (ADA, BOB)], 0)
    plans.forget_values({ADA})
    told = {step.key: (step.label, step.action, step.detail, step.diff) for step in plans.steps(plan)}
    assert told == {ADA: (ADA, "create", "", {}), BOB: ("Ada", "create", "Ada", change)}


def test_both_versions_of_a_conflict_go_by_the_id_of_either_side(stage: Stage) -> None:
    book = Divergences(stage.hub.database, stage.integration_id, stage.hub.vault)
    rows = [
        {**new_row(stage.integration_id, "customer", "linked"), "id": place, "shop_id": key, "erp_id": f"C{place}"}
        for place, key in ((1, ADA), (2, BOB), (3, "gid://shop/Customer/3"))
    ]
    with stage.hub.database.write() as connection:
        connection.execute(insert(LINKS), rows)
    found = {place: [Divergence(place, "phone", "conflict", "", "1", "2", "a", "b")] for place in (1, 2, 3)}
    book.replace_all(stage.route("customer").id, found, NOW)
    book.forget({ADA, "C2"})
    assert [one.link_id for one in book.select()] == [3]
