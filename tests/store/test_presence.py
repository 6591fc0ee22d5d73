from __future__ import annotations

from datetime import timedelta

import pytest

from hub.chunks import PARAMETERS
from hub.store.database import Database
from hub.store.link import LINKS, new_row
from hub.store.links import Links
from hub.store.presence import Presence
from tests.store.conftest import Clock

MANY = 2 * PARAMETERS + 1


@pytest.fixture
def presence(database: Database, integration_id: int) -> Presence:
    return Presence(database, integration_id)


def link(database: Database, integration_id: int, count: int, state: str = "linked") -> list[int]:
    """So many links, with their ids."""
    plain = new_row(integration_id, "variant", state)  # type: ignore[arg-type]
    rows = [{**plain, "shop_id": f"v{number}", "erp_id": f"I{number}"} for number in range(count)]
    with database.write() as connection:
        connection.execute(LINKS.insert(), rows)
        return [row[0] for row in connection.execute(LINKS.select().order_by(LINKS.c.id))]


def states(presence: Presence) -> list[str]:
    return [one.state for part in presence.links("variant") for one in part]


def test_links_come_in_parts_that_fit_into_memory(database: Database, integration_id: int, presence: Presence) -> None:
    link(database, integration_id, MANY)
    parts = list(presence.links("variant"))
    assert [len(part) for part in parts] == [PARAMETERS, PARAMETERS, 1]
    last = parts[-1][0]
    assert (last.on("shop"), last.on("erp"), last.state) == (f"v{MANY - 1}", f"I{MANY - 1}", "linked")


def test_what_is_only_reserved_or_of_another_kind_is_none_of_them(
    database: Database, integration_id: int, presence: Presence
) -> None:
    link(database, integration_id, 3, "reserved")
    assert list(presence.links("variant")) == list(presence.links("customer")) == []


def test_a_link_is_gone_and_back_again(database: Database, integration_id: int, presence: Presence) -> None:
    ids = link(database, integration_id, MANY)
    presence.note_gone(ids[:-1], run=1)
    assert states(presence) == [*["gone"] * (MANY - 1), "linked"]
    presence.note_back(ids, run=1)
    assert set(states(presence)) == {"linked"}


def test_a_link_that_another_run_is_writing_is_left_to_it(
    database: Database, integration_id: int, presence: Presence, clock: Clock
) -> None:
    ids = link(database, integration_id, 2)
    Links(database, integration_id, "erp").claim(ids[:1], 7, clock(), clock() + timedelta(minutes=1))
    presence.note_gone(ids, run=8)
    assert states(presence) == ["linked", "gone"]
    presence.note_gone(ids, run=7)
    assert states(presence) == ["gone", "gone"]
