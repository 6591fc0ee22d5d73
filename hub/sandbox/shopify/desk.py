"""The shop's edit pages: what a shopkeeper sees and does in the admin, and what a buyer orders."""

from __future__ import annotations

from hub.sandbox.desk.desk import Desk
from hub.sandbox.shopify.desk_customers import Customers
from hub.sandbox.shopify.desk_orders import Orders
from hub.sandbox.shopify.desk_products import Products
from hub.sandbox.shopify.shop import Shop


def desk(shop: Shop) -> Desk:
    """What lies on it."""
    store = shop.store
    return Desk(
        title="Sandbox shop",
        about="You are the shopkeeper, and the buyer. Place an order, and see in the hub how it arrives in the ERP.",
        kinds=(Products(store), Customers(store), Orders(store)),
    )
