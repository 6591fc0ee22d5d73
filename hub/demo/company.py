"""The integration's file of the demo: the same kind of file that a merchant writes for `hub apply`."""

from __future__ import annotations

from dataclasses import dataclass

from hub.bootstrap import Hub
from hub.configuration import applying, file
from hub.demo.processes import Sandbox
from hub.store.integrations import Integration

NAME = "demo"
#: What opens every sandbox.
TOKEN, COMPANY, USER, PASSWORD = "shpat_sandbox", "SBODEMO", "hub", "sandbox"

_SIDES = """\
name: demo
shop:
  platform: shopify
  name: demo shop
  settings: {base_url: "${DEMO_SHOP}", token: "${DEMO_TOKEN}"}
erp:
  platform: sap_b1
  name: demo ERP
  settings:
    base_url: "${DEMO_ERP}"
    company: "${DEMO_COMPANY}"
    user: "${DEMO_USER}"
    password: "${DEMO_PASSWORD}"
    zone: "${DEMO_ZONE}"
routes:
  - {object: customer, direction: shop_to_erp, schedule: {every: 2 minutes}}
  - {object: product, direction: erp_to_shop, policy: all, schedule: {every: 2 minutes}}
  - {object: order, direction: shop_to_erp, schedule: {every: 1 minute}}
  - {object: inventory, direction: erp_to_shop, schedule: {every: 1 minute}}
settings:
  price_compare_minutes: 1
  zone: "${DEMO_ZONE}"
  price_list: 1
  guest_customer: C-GUEST
  exempt_tax_code: A0
  default_warehouse: "01"
  freight_shipping: 1
  freight_tax: 2
  freight_rounding: 3
  freight_tip: 4
"""


@dataclass(frozen=True, slots=True)
class Company:
    """One made company: its zone, and the rest of its file."""

    zone: str
    text: str


#: Orders by Klarna have no entry in the payment map on purpose: the demo shows how such a failure is cured.
MADE_UP = Company(
    "Europe/Berlin",
    _SIDES
    + """\
  currency: EUR
  prices_include_tax: true
  order_cut_over: 2026-10-01T00:00:00+02:00
  cod_gateways: [COD]
maps:
  location:
    - {shop: "${DEMO_LOCATION_1}", erp: "01", default: true}
    - {shop: "${DEMO_LOCATION_2}", erp: "02"}
  payment:
    - {shop: shopify_payments, erp: "card:1"}
    - {shop: gift_card, erp: "card:2"}
    - {shop: COD, erp: "cash:1000"}
  tax:
    - {shop: "0.19", erp: A2}
    - {shop: "0", erp: A0}
""",
)

#: The Online Retail set: a British wholesaler of 2010 and 2011, without taxes and with one warehouse.
ONLINE_RETAIL = Company(
    "Europe/London",
    _SIDES
    + """\
  currency: GBP
  prices_include_tax: false
  order_cut_over: 2010-12-01T00:00:00+00:00
maps:
  location:
    - {shop: "${DEMO_LOCATION_1}", erp: "01", default: true}
  payment:
    - {shop: shopify_payments, erp: "card:1"}
  tax:
    - {shop: "0", erp: A0}
""",
)


def configure(hub: Hub, shop: Sandbox, erp: Sandbox, company: Company) -> Integration:
    """Apply the file to a fresh hub and create our fields in the ERP."""
    locations = [row["id"] for row in shop.ask("state/locations")]
    environment = {
        "DEMO_SHOP": shop.url,
        "DEMO_TOKEN": TOKEN,
        "DEMO_ERP": erp.url,
        "DEMO_COMPANY": COMPANY,
        "DEMO_USER": USER,
        "DEMO_PASSWORD": PASSWORD,
        "DEMO_ZONE": company.zone,
        **{f"DEMO_LOCATION_{number}": location for number, location in enumerate(locations, 1)},
    }
    applying.apply(file.read(company.text, environment, "The demo's file"), hub)
    integration = hub.integrations.named(NAME)
    connection = hub.connect(hub.connections.get(integration.erp_id))
    try:
        connection.set_up()
    finally:
        connection.close()
    # New fields are visible only after the Service Layer was restarted; here we are its administrator, too.
    erp.ask("restart", method="POST", body={})
    return integration
