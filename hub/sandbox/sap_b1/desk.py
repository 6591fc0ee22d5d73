"""The ERP's edit pages: what a clerk sees and does."""

from __future__ import annotations

from hub.sandbox.desk.desk import Desk
from hub.sandbox.desk.forms import Form
from hub.sandbox.sap_b1.company import Company
from hub.sandbox.sap_b1.desk_documents import Drafts, Orders
from hub.sandbox.sap_b1.desk_items import Items
from hub.sandbox.sap_b1.desk_partners import Partners

RESTART = Form(
    "restart",
    "Service Layer: new user fields show after its restart",
    "Restart the Service Layer",
    lambda typed: [("restart", {})],
)


def desk(company: Company) -> Desk:
    """What lies on it."""
    return Desk(
        title="Sandbox ERP",
        about="You are a clerk. Change the price or stock of an item, and see in the hub how it arrives in the shop.",
        kinds=(Items(company), Partners(company), Orders(company), Drafts(company)),
        forms=(RESTART,),
    )
