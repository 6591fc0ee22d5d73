"""One record on both sides: found by any of its ids or numbers, and where people open it in shop and ERP."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from hub.bootstrap import Hub
from hub.looking import queries, spellings
from hub.platforms.registry import platform
from hub.store.connections import StoredConnection
from hub.store.integrations import Integration
from hub.store.link_list import LinkEntry, LinkList
from message_log.queries import Entry, Queries
from message_log.redact import MASK
from objects.registry import OBJECTS

#: Kinds of links that stand above or below the records of an object -> the object.
_RELATED = {"product": "product"}
KINDS = {**{entry.kind: name for name, entry in OBJECTS.items()}, **_RELATED}
#: In so many integrations a record is looked for at once.
SEARCHED = 30
#: So many messages tell which records a number may mean.
LOOKED_AT = 100
#: Links that one number may mean.
LINKED = 50
#: Relatives of a record that are shown and followed.
RELATIVES = 30


@dataclass(frozen=True, slots=True)
class Record:
    """A record, as far as it is known."""

    integration: Integration
    object: str
    #: By what its messages call it, where there is any.
    key: str = ""
    label: str = ""
    shop_id: str | None = None
    erp_id: str | None = None
    link: LinkEntry | None = None

    @property
    def ident(self) -> str:
        """An id by which exactly this record is found again."""
        return self.key or self.shop_id or self.erp_id or self.label

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it is called by."""
        label = "" if self.label == MASK else self.label
        return tuple(dict.fromkeys(filter(None, (self.key, self.shop_id, self.erp_id, label))))

    def is_same(self, other: Record) -> bool:
        """Whether two are one record: of the same object, with an id in common."""
        mine, theirs = (self.integration.id, self.object), (other.integration.id, other.object)
        ids = [(self.shop_id, other.shop_id), (self.erp_id, other.erp_id), (self.key, other.key)]
        return mine == theirs and any(one and one == another for one, another in ids)

    def with_(self, other: Record) -> Record:
        """All that two looks at the same record have found."""
        return replace(
            self,
            key=self.key or other.key,
            label=self.label or other.label,
            shop_id=self.shop_id or other.shop_id,
            erp_id=self.erp_id or other.erp_id,
            link=self.link or other.link,
        )


def find(hub: Hub, integrations: Iterable[Integration], texts: Sequence[str], object_name: str = "") -> list[Record]:
    """The records that may be meant: those linked under such an id, and those whose messages name it."""
    found: list[Record] = []
    spelled = [spellings(text.strip()) for text in texts]
    words = list(dict.fromkeys(chain.from_iterable(spelled)))
    kinds = [kind for kind, name in KINDS.items() if object_name in ("", name)]
    by_id = {one.id: one for one in integrations}
    for link in LinkList(hub.database, *by_id).named(words, kinds, LINKED * len(spelled)):
        found = _added(found, _of_link(by_id[link.integration_id], link))
    by_name = {one.name: one for one in by_id.values()}
    for entry in _naming(queries(hub), list(by_name), spelled, object_name or None):
        found = _added(found, of_entry(by_name[entry.integration], entry))
    return [linked(hub, record) for record in found]


def _naming(
    log: Queries, integrations: Sequence[str], spelled: Sequence[Sequence[str]], object_name: str | None
) -> list[Entry]:
    """The newest messages of each integration that name it; mostly there are few, and one look finds them all."""

    def look(names: Sequence[str], words: Sequence[str]) -> Sequence[Entry]:
        return log.timeline(names, words, object_name=object_name, limit=LOOKED_AT)

    found = look(integrations, list(dict.fromkeys(chain.from_iterable(spelled))))
    if len(found) < LOOKED_AT or len(integrations) == len(spelled) == 1:
        return list(found)
    return [entry for words in spelled for one in integrations for entry in look([one], words)]


def of_entry(integration: Integration, entry: Entry) -> Record:
    """The record that a message is about."""
    to_erp = entry.direction == "shop_to_erp"
    source, target = entry.source_id or entry.key, entry.target_id
    shop_id, erp_id = (source, target) if to_erp else (target, source)
    return Record(integration, entry.object, entry.key, entry.label or "", shop_id, erp_id)


def _of_link(integration: Integration, link: LinkEntry) -> Record:
    return Record(integration, KINDS[link.kind], "", link.label, link.shop_id, link.erp_id, link)


def _added(found: list[Record], record: Record) -> list[Record]:
    same = [one for one in found if one.is_same(record)]
    others = [one for one in found if one not in same]
    for one in same:
        record = one.with_(record)
    return [*others, record]


def linked(hub: Hub, record: Record) -> Record:
    """The same with its link, and with what that knows of the other side."""
    if record.link is not None:
        return record
    ids = [one for one in (record.shop_id, record.erp_id) if one]
    found = LinkList(hub.database, record.integration.id).named(ids, [OBJECTS[record.object].kind], 1)
    return record.with_(_of_link(record.integration, found[0])) if found else record


# -- relatives ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Family:
    """The links around a record: what it is part of, what is part of it, and the stock levels of an item."""

    above: LinkEntry | None = None
    below: Sequence[LinkEntry] = ()
    levels: Sequence[LinkEntry] = ()
    names: tuple[str, ...] = field(default=())


def family(hub: Hub, record: Record) -> Family:
    """The relatives of a record; `names` are those of its parts, whose messages tell of it, too."""
    links = LinkList(hub.database, record.integration.id)
    above, below = None, list[LinkEntry]()
    if record.link is not None:
        parent = record.link.parent_id
        above = links.of([parent]).get(parent) if parent is not None else None
        below = links.below(record.link.id, RELATIVES)
    items = [one.erp_id for one in (record.link, *below) if one is not None and one.kind == "variant" and one.erp_id]
    places = {entry.erp_value for entry in hub.maps.entries(record.integration.id, "location")}
    wanted = [f"{item}@{place}" for item in items for place in sorted(places)][: 10 * RELATIVES]
    levels = links.named(wanted, ["level"], RELATIVES) if wanted else []
    # Documents below an order have numbers that others have, too; its own messages tell of them.
    parts = [one for one in below if one.kind == OBJECTS[record.object].kind]
    names = dict.fromkeys(name for one in parts for name in (one.shop_id, one.erp_id) if name)
    return Family(above, below, levels, tuple(names))


# -- where people open it ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sight:
    """A record as one of the two systems holds it."""

    #: "shop" or "erp", and the name of the connection.
    side: str
    connection: str
    identity: str
    #: Its page there; None where there is none, and then in words how it is found.
    url: str | None
    words: str


def sights(hub: Hub, record: Record) -> list[Sight]:
    """The record in the shop and in the ERP, as far as it is there."""
    kind = record.link.kind if record.link is not None else OBJECTS[record.object].kind
    parent = _parent_in_shop(hub, record, kind)
    found = []
    for side, identity, connection in (
        ("shop", record.shop_id, record.integration.shop_id),
        ("erp", record.erp_id, record.integration.erp_id),
    ):
        if identity:
            found.append(_sight(hub.connections.get(connection), side, kind, identity, parent, record.label))
    return found


def _parent_in_shop(hub: Hub, record: Record, kind: str) -> str:
    """The product that a variant, or the variant of a stock level, is part of."""
    if kind not in ("variant", "level") or not record.shop_id:
        return ""
    links = LinkList(hub.database, record.integration.id)
    variant = record.link if kind == "variant" else None
    if variant is None:
        variant = next(iter(links.named([record.shop_id.partition("@")[0]], ["variant"], 1)), None)
    if variant is None or variant.parent_id is None:
        return ""
    parent = links.of([variant.parent_id]).get(variant.parent_id)
    return (parent.shop_id or "") if parent else ""


def _sight(stored: StoredConnection, side: str, kind: str, identity: str, parent: str, label: str) -> Sight:
    system = platform(stored.platform)
    url = system.record_url(stored.settings, kind, identity, parent)
    # Whatever a platform says: nothing but a page of the web is opened from here.
    url = url if url and url.startswith(("https://", "http://")) else None
    words = "" if url else system.record_words(kind, identity, "" if label == MASK else label)
    return Sight(side, stored.name, identity, url, words)
