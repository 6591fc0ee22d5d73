"""Links: found by any id, looked at, taken apart, and put right."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from admin.views.links import IDENTS
from hub.store.link_list import LinkEntry, LinkList
from tests.console.conftest import Console


def links(console: Console, kind: str = "variant") -> dict[str, LinkEntry]:
    found = LinkList(console.stage.hub.database, console.stage.integration_id).select(kind=kind)
    return {str(one.erp_id): one for one in found}


@pytest.fixture
def mugs(console: Console) -> Console:
    """Two items that are linked, and a product of the shop that is not."""
    for code in ("MUG", "CUP"):
        console.stage.erp.add_item(code)
    console.stage.work("product", "initialize")
    console.stage.shop.add_product("BOWL")
    console.stage.erp.add_item("BOWL")
    return console


def test_a_link_is_found_by_the_id_of_either_side_and_leads_to_its_timeline(mugs: Console) -> None:
    viewer = mugs.signed_in("viewer")
    mug = links(mugs)["MUG"]
    for ident in ("MUG", str(mug.shop_id)):
        page = viewer.get("/links/", query_string={"ident": ident}).text
        assert f'href="/links/acme/{mug.id}"' in page
        assert f"/links/acme/{links(mugs)['CUP'].id}" not in page
    assert "/timeline/?integration=acme&amp;object=product" in page
    assert "No such link" in viewer.text("/links/?ident=SPOON")


def test_an_error_offers_the_page_to_go_on_from(mugs: Console) -> None:
    answer = mugs.signed_in("viewer").get("/links/acme/999999")
    assert answer.status_code == 404 and '<a class="button strong" href="/links/">To Links</a>' in answer.text
    assert "button strong" not in mugs.stranger().get("/nothing-of-the-kind").text


def test_several_records_are_looked_for_at_once_as_a_failure_asks(mugs: Console) -> None:
    viewer = mugs.signed_in("viewer")
    page = viewer.text("/links/?ident=MUG&ident=CUP")
    assert all(f'href="/links/acme/{links(mugs)[code].id}"' in page for code in ("MUG", "CUP"))
    assert "Links of MUG and CUP." in page
    assert "None of these is linked yet" in viewer.text("/links/?ident=SPOON&ident=FORK")


def test_links_of_all_integrations_are_shown_unless_one_is_chosen(mugs: Console) -> None:
    mugs.other_integration()
    viewer, mug = mugs.signed_in("viewer"), links(mugs)["MUG"]
    for address in ("/links/", "/links/?ident=MUG"):
        page = viewer.text(address)
        assert f'href="/links/acme/{mug.id}"' in page and "only." not in page
    page = viewer.text("/links/?integration=zeta")
    assert f"/links/acme/{mug.id}" not in page and "Links of <strong>zeta</strong> only." in page


def statements(console: Console) -> list[str]:
    """What the store is asked from now on."""
    asked = list[str]()
    event.listen(console.stage.hub.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    return asked


@pytest.mark.parametrize("address", ["/links/", "/links/?ident=MUG&ident=CUP&ident=4711"])
def test_links_of_many_integrations_cost_no_more_statements_than_those_of_two(mugs: Console, address: str) -> None:
    viewer, asked, counts = mugs.signed_in("viewer"), statements(mugs), list[int]()
    for names in (["two"], ["three", "four", "five", "six"]):
        for name in names:
            mugs.other_integration(name)
        asked.clear()
        assert f'href="/links/acme/{links(mugs)["MUG"].id}"' in viewer.text(address)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_page_of_all_links_is_not_sorted_out_of_all_of_them(mugs: Console) -> None:
    mugs.other_integration()
    engine, asked = mugs.stage.hub.database.engine, list[tuple[str, Any]]()
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2:4]))
    LinkList(mugs.stage.hub.database, 1, 2).select(limit=50)
    ((statement, values),) = (one for one in asked if "FROM link" in one[0])
    with engine.connect() as connection:
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
    assert "PRIMARY KEY" in plan and "TEMP B-TREE" not in plan


def test_records_are_found_by_as_many_numbers_as_may_be_asked_for(mugs: Console) -> None:
    for number in range(28):
        mugs.other_integration(f"other-{number}")
    idents = [str(links(mugs)["MUG"].shop_id), *(str(number) for number in range(1, IDENTS))]
    page = mugs.signed_in("viewer").get("/links/", query_string={"ident": idents}).text
    assert f'href="/links/acme/{links(mugs)["MUG"].id}"' in page


def test_the_list_goes_on_by_pages_and_narrows_by_kind(console: Console) -> None:
    for number in range(51):
        console.stage.erp.add_item(f"ITEM-{number:02}")
    console.stage.work("product", "initialize")
    viewer = console.signed_in("viewer")
    page = viewer.text("/links/?kind=variant")
    *most, last = sorted(one.id for one in links(console).values())
    assert f'"/links/acme/{most[-1]}"' in page and f'"/links/acme/{last}"' not in page
    assert f"after={most[-1]}" in page
    further = viewer.text(f"/links/?kind=variant&after={most[-1]}")
    assert f'"/links/acme/{last}"' in further and f'"/links/acme/{most[-1]}"' not in further


def test_a_link_shows_both_ids_its_message_and_in_what_both_sides_agreed(mugs: Console) -> None:
    mug = links(mugs)["MUG"]
    page = mugs.signed_in("viewer").text(f"/links/acme/{mug.id}")
    assert str(mug.shop_id) in page and "price" in page
    assert f'href="/messages/{mug.message}"' in page and "/timeline/" in page


def test_a_link_is_taken_apart_after_it_was_said_what_comes_of_it(mugs: Console) -> None:
    operator, mug = mugs.signed_in("operator"), links(mugs)["MUG"]
    asking = operator.press(f"/links/acme/{mug.id}/unlink")
    assert "created a second time" in asking.text and "MUG" in links(mugs)
    assert operator.press(f"/links/acme/{mug.id}/unlink", confirmed="1").status_code == 302
    assert "MUG" not in links(mugs)
    act = mugs.acts()[0]
    assert (act.action, act.actor, act.subject) == ("links unlink", "a-operator", f"acme link {mug.id}")


def test_a_link_on_which_others_hang_is_not_taken_apart(mugs: Console) -> None:
    mug = links(mugs)["MUG"]
    parent = mug.parent_id
    assert parent is not None
    answer = mugs.signed_in("operator").press(f"/links/acme/{parent}/unlink", confirmed="1")
    assert answer.status_code == 400 and "Other links hang on this one" in answer.text


def test_a_record_is_linked_to_another_one_that_is_looked_up_first(mugs: Console) -> None:
    operator, mug = mugs.signed_in("operator"), links(mugs)["MUG"]
    operator.press(f"/links/acme/{mug.id}/relink", side="erp", ident="BOWL")
    found = links(mugs)
    assert "MUG" not in found and found["BOWL"].shop_id == mug.shop_id
    jobs = mugs.stage.hub.jobs.unfinished([mugs.stage.route("product").id])
    assert [job.actor for job in jobs] == ["a-operator"]
    act = mugs.acts()[0]
    assert act.action == "links relink" and act.after is not None and act.after["erp_id"] == "BOWL"


@pytest.mark.parametrize(
    ("ident", "said"),
    [("SPOON", "has no record SPOON"), ("CUP", "are linked already"), ("MUG", "That is what it is linked to")],
)
def test_what_is_not_there_or_taken_is_refused_and_the_link_stays(mugs: Console, ident: str, said: str) -> None:
    before = links(mugs)
    mug = before["MUG"]
    answer = mugs.signed_in("operator").press(f"/links/acme/{mug.id}/relink", side="erp", ident=ident)
    assert answer.status_code == 400 and said in answer.text and f'value="{ident}"' in answer.text
    assert "`hub" not in answer.text
    assert links(mugs) == before


def test_the_links_of_a_product_itself_and_of_documents_are_only_taken_apart(mugs: Console) -> None:
    parent = links(mugs)["MUG"].parent_id
    operator = mugs.signed_in("operator")
    assert 'id="relink"' not in operator.text(f"/links/acme/{parent}")
    answer = operator.press(f"/links/acme/{parent}/relink", side="erp", ident="BOWL")
    assert answer.status_code == 400 and "follows from the records around it" in answer.text


def test_a_viewer_looks_and_changes_nothing(mugs: Console) -> None:
    viewer, mug = mugs.signed_in("viewer"), links(mugs)["MUG"]
    page = viewer.text(f"/links/acme/{mug.id}")
    assert "/unlink" not in page and "/relink" not in page
    assert viewer.press(f"/links/acme/{mug.id}/unlink", confirmed="1").status_code == 403
    assert viewer.press(f"/links/acme/{mug.id}/relink", side="erp", ident="BOWL").status_code == 403


def test_links_of_other_integrations_are_not_there(mugs: Console) -> None:
    mugs.other_integration()
    mug = links(mugs)["MUG"]
    stranger = mugs.signed_in("operator", "stranger", integrations=["zeta"])
    assert stranger.get(f"/links/acme/{mug.id}").status_code == 404
    assert stranger.get(f"/links/zeta/{mug.id}").status_code == 404
    assert stranger.get("/links/?integration=acme").status_code == 404
    assert stranger.press(f"/links/zeta/{mug.id}/unlink", confirmed="1").status_code == 404
    assert "MUG" not in stranger.text("/links/")
    operator = mugs.signed_in("operator")
    assert operator.press(f"/links/acme/{mug.id}/relink", side="both", ident="BOWL").status_code == 400
    assert operator.get("/links/?after=x").status_code == 400
