"""What people call the maps and their two sides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One map."""

    title: str
    shop: str
    erp: str
    hint: str = ""
    #: Whether an entry counts from a day on, whether one pair is the default, and whether entries have ranks.
    dated: bool = False
    has_default: bool = False
    ranked: bool = False


WORDS = {
    "location": Words(
        "Locations",
        "Location of the shop",
        "Warehouse of the ERP",
        "Each warehouse belongs to one location. The default pair takes what names no location.",
        has_default=True,
    ),
    "payment": Words(
        "Payments",
        "Gateway of the shop",
        "Booked to",
        "A credit card of the ERP (card:1), a cash account (cash:1000) or a bank account (transfer:1800).",
    ),
    "tax": Words(
        "Taxes",
        "Rate of the shop",
        "Tax code of the ERP",
        "A rate such as 19 %, 0.19, DE 19 % or DE 19 % included: the most exact one that is there counts. "
        "When a rate changes, add a second entry with the day from which it counts.",
        dated=True,
    ),
    "item_group": Words(
        "Item groups",
        "Product type of the shop",
        "Item group of the ERP",
        "The number of the group. A type that is not here goes to the group of the same name, else to the default one "
        "of the settings. Several types may share a group; the one of the lowest rank is what the shop is told.",
        ranked=True,
    ),
    "customer_group": Words(
        "Customer groups",
        "Customer tag of the shop",
        "Customer group of the ERP",
        "The number of the group, for new partners. Of several tags the one of the lowest rank counts; "
        "a customer without any gets the default group of the settings.",
        ranked=True,
    ),
}
