"""Conflicts and drift: both versions side by side, and what a person decides."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, select

from hub.deciding import Wish
from hub.errors import ConfigurationError
from hub.settling import Settled, cases, cases_of, settle
from hub.store.divergences import Divergence, Divergences, Kind
from hub.store.link import LINKS
from tests.console import records
from tests.console.conftest import Browser, Console


@pytest.fixture
def mug(console: Console) -> Console:
    """One mug on both sides, in step; nobody owns its description and its weight, the ERP owns its price."""
    records.mug(console.stage)
    return console


def clash(console: Console, **both: tuple[Any, Any]) -> int:
    """Somebody edits fields on both sides (shop, ERP), and the routes find out; answers the link."""
    stage = console.stage
    identity = stage.shop.variant("MUG")["id"]
    stage.shop.edit("variants", identity, **{name: values[0] for name, values in both.items()})
    stage.erp.edit("items", "MUG", **{name: values[1] for name, values in both.items()})
    work(console)
    return the_link(console)


def work(console: Console) -> None:
    for name in ("product", "product back"):
        console.stage.work(name)


def the_link(console: Console, kind: Kind = "conflict") -> int:
    hub, identity = console.stage.hub, console.stage.integration_id
    routes = [route.id for route in hub.routes.of(identity)]
    found, _ = cases(hub, hub.integrations.get(identity), kind, routes, after=0, limit=10)
    return found[0].link.id if found else 0


def press(person: Browser, **values: Any) -> Any:
    return person.press("/conflicts/take", integration="acme", **values)


def carried_out(console: Console) -> tuple[Any, Any, Any, Any]:
    """Work off what was put in; answers description and weight of shop and ERP."""
    hub = console.stage.hub
    for job in hub.jobs.unfinished([route.id for route in hub.routes.of(console.stage.integration_id)]):
        hub.worker().work_off(job.id)
    work(console)
    shop, erp = console.stage.shop.variant("MUG"), console.stage.erp.table("items")["MUG"]
    return shop["description"], erp["description"], Decimal(shop["weight"]), Decimal(erp["weight"])


def test_both_versions_stand_side_by_side(mug: Console) -> None:
    clash(mug, description=("blue", "red"))
    page = mug.signed_in("viewer").text("/conflicts/")
    row = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert row.index("blue") < row.index("red")
    assert ">MUG <" in page


def test_the_integration_that_has_conflicts_is_opened_and_named(mug: Console) -> None:
    mug.other_integration("alpha")
    viewer = mug.signed_in("viewer")
    assert "No other integration has any." in viewer.text("/conflicts/")
    clash(mug, description=("blue", "red"))
    page = viewer.text("/conflicts/")
    assert "These are of <strong>acme</strong> only." in page and "blue" in page
    page = viewer.text("/conflicts/?integration=alpha")
    assert (
        "These are of <strong>alpha</strong> only." in page and 'href="/conflicts/?integration=acme">acme</a>' in page
    )


@pytest.mark.parametrize(("side", "held"), [("shop", "blue"), ("erp", "red")])
def test_the_version_of_one_side_is_taken_and_the_job_is_shown(mug: Console, side: str, held: str) -> None:
    link = clash(mug, description=("blue", "red"), weight=("2", "3"))
    operator = mug.signed_in("operator")
    answer = press(operator, **{side: str(link)})
    assert re.fullmatch(r"/jobs/\d+", answer.headers["Location"])
    assert carried_out(mug)[:2] == (held, held)
    assert "Nothing is in conflict" in operator.text("/conflicts/")


def test_each_field_has_its_own_choice_and_a_value_of_ones_own_has_its_type(mug: Console) -> None:
    link = clash(mug, description=("blue", "red"), weight=("2", "3"))
    chosen = {f"take-{link}-description": "erp", f"take-{link}-weight": "own", f"own-{link}-weight": "2.50"}
    assert press(mug.signed_in("operator"), merge=str(link), **chosen).status_code == 302
    assert carried_out(mug) == ("red", "red", Decimal("2.5"), Decimal("2.5"))
    act = next(one for one in mug.acts() if one.action == "conflicts take")
    assert act.actor == "a-operator"
    assert act.after == {"description": "erp", "weight": {"value": "2.50"}}


def test_what_is_wrong_with_a_merge_is_said_beside_the_record_and_what_was_typed_stays(mug: Console) -> None:
    link = clash(mug, description=("blue", "red"), weight=("2", "3"))
    operator = mug.signed_in("operator")
    answer = press(operator, merge=str(link), **{f"take-{link}-description": "erp"})
    assert answer.status_code == 400 and "Nothing is decided about weight" in answer.text
    typed = {f"take-{link}-description": "erp", f"take-{link}-weight": "own", f"own-{link}-weight": "heavy"}
    answer = press(operator, merge=str(link), **typed)
    assert answer.status_code == 400 and "weight cannot be" in answer.text and 'value="heavy"' in answer.text
    assert the_link(mug) == link


def test_several_that_are_ticked_are_decided_by_one_press(mug: Console) -> None:
    link = clash(mug, description=("blue", "red"))
    operator = mug.signed_in("operator")
    assert "Nothing was ticked" in operator.text(press(operator, all="shop").headers["Location"])
    press(operator, all="shop", pick=[str(link)])
    assert carried_out(mug)[:2] == ("blue", "blue")


def test_a_version_that_nothing_would_carry_is_refused_with_the_reason(mug: Console) -> None:
    link = clash(mug, description=("blue", "red"))
    stage = mug.stage
    stage.hub.routes.save(stage.integration_id, "product", "shop_to_erp", enabled=False)
    answer = press(mug.signed_in("operator"), shop=str(link))
    assert answer.status_code == 400 and "No enabled route carries product shop_to_erp" in answer.text


def test_drift_is_listed_with_its_owner_and_an_edit_is_undone(mug: Console) -> None:
    stage = mug.stage
    stage.shop.edit("variants", stage.shop.variant("MUG")["id"], barcode="999")
    work(mug)
    operator = mug.signed_in("operator")
    page = operator.text("/conflicts/drift")
    assert "barcode" in page and "999" in page and "owner" in page and "left alone" in page
    link = the_link(mug, "drift")
    assert press(operator, kind="drift", undo=str(link)).status_code == 302
    carried_out(mug)
    assert stage.shop.variant("MUG")["barcode"] == "1"
    assert "No drift is known" in operator.text("/conflicts/drift")
    assert any((act.action, act.actor) == ("drift undo", "a-operator") for act in mug.acts())


def refused(console: Console, **both: tuple[Any, Any]) -> Settled:
    """Decide a clash by a case whose weight was another one when it was looked at."""
    hub, integration = console.stage.hub, console.stage.hub.integrations.get(console.stage.integration_id)
    (case,) = cases_of(hub, integration, "conflict", [clash(console, **both)])
    older = {**case.fields, "weight": replace(case.fields["weight"], erp_hash="another")}
    return settle(hub, integration, replace(case, fields=older), Wish("shop"))


def left_alone(console: Console) -> bool:
    """Nothing is decided, nothing is to be done, and the trail says nothing."""
    hub, link = console.stage.hub, the_link(console)
    known = Divergences(hub.database, console.stage.integration_id, hub.vault).of([link])[link]
    routes = [route.id for route in hub.routes.of(console.stage.integration_id)]
    undecided = len(known) == 2 and not any(one.choice for one in known.values())
    return (
        undecided and not hub.jobs.unfinished(routes) and "conflicts take" not in [act.action for act in console.acts()]
    )


def test_a_decision_about_older_versions_leaves_no_trace(mug: Console) -> None:
    with pytest.raises(ConfigurationError, match="changed meanwhile"):
        refused(mug, description=("blue", "red"), weight=("2", "3"))
    assert left_alone(mug)


def test_a_decision_whose_jobs_cannot_be_put_in_leaves_no_trace(mug: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    link = clash(mug, description=("blue", "red"), weight=("2", "3"))
    hub, integration = mug.stage.hub, mug.stage.hub.integrations.get(mug.stage.integration_id)
    with monkeypatch.context() as patched, pytest.raises(ZeroDivisionError):
        patched.setattr(hub.jobs, "put", lambda *_: 1 / 0)
        settle(hub, integration, cases_of(hub, integration, "conflict", [link])[0], Wish("shop"))
    assert left_alone(mug)


def test_the_trail_names_the_integration_whose_personal_data_were_shown(mug: Console) -> None:
    mug.other_integration("aaa")
    clash(mug, description=("blue", "red"))
    admin = mug.signed_in("administrator", sees_personal=True)
    assert "blue" in admin.press("/conflicts/personal", kind="conflict").text
    assert (mug.acts()[0].action, mug.acts()[0].subject) == ("show personal data", "acme conflict")


def test_many_integrations_cost_no_more_statements_than_two(mug: Console) -> None:
    clash(mug, description=("blue", "red"))
    viewer, asked = mug.signed_in("viewer"), list[str]()
    event.listen(mug.stage.hub.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    counts = []
    for names in (["two"], ["three", "four", "five", "six"]):
        for name in names:
            mug.other_integration(name)
        asked.clear()
        assert "blue" in viewer.text("/conflicts/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_viewer_sees_no_buttons_and_may_press_none(mug: Console) -> None:
    link = clash(mug, description=("blue", "red"))
    viewer = mug.signed_in("viewer")
    assert "Take" not in viewer.text("/conflicts/").partition("<main")[2]
    assert press(viewer, shop=str(link)).status_code == 403
    assert viewer.press("/conflicts/personal", integration="acme").status_code == 403


def test_bad_presses_and_other_integrations_are_refused(mug: Console) -> None:
    link = clash(mug, description=("blue", "red"))
    mug.other_integration()
    operator = mug.signed_in("operator", integrations=["acme"])
    assert press(operator, all="both").status_code == 400
    assert press(operator, shop="MUG").status_code == 400
    assert press(operator, shop="99").status_code == 404
    assert operator.get("/conflicts/?integration=zeta").status_code == 404
    assert operator.get("/conflicts/?after=x").status_code == 400
    stranger = mug.signed_in("operator", "of-zeta", integrations=["zeta"])
    assert press(stranger, shop=str(link)).status_code == 404
    assert stranger.press("/conflicts/take", integration="zeta", shop=str(link)).status_code == 404


def test_each_record_is_listed_once_though_another_of_its_fields_is_found_much_later(console: Console) -> None:
    hub, integration, route = console.stage.hub, console.stage.integration_id, console.stage.route("product").id
    with hub.database.write() as connection:
        common = {"integration_id": integration, "kind": "variant", "state": "active"}
        links = [{**common, "shop_id": f"s{one}", "erp_id": f"e{one}"} for one in range(180)]
        connection.execute(LINKS.insert(), links)
        identities = list(connection.scalars(select(LINKS.c.id).where(LINKS.c.kind == "variant").order_by(LINKS.c.id)))
    book = Divergences(hub.database, integration, hub.vault)
    for link in [*identities, identities[49]]:
        found = [Divergence(link, name, "conflict", f"item {link}", 1, 2, "a", "b") for name in ("title", "weight")]
        # The second time it has one field more.
        book.replace_all(route, {link: found[: 1 if link not in book.of([link]) else 2]}, console.stage.clock())
    viewer, address, seen = console.signed_in("viewer"), "/conflicts/", []
    while address:
        page = viewer.text(address)
        seen += re.findall(r">item (\d+) <", page)
        further = re.search(r'href="([^"]+)">Further', page)
        address = further[1].replace("&amp;", "&") if further else ""
    assert seen == [str(one) for one in identities]
