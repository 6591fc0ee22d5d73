"""What the settings of an integration are called, what each is for, and in which groups people look for them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """One setting."""

    name: str
    label: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that are looked for together."""

    key: str
    title: str
    words: tuple[Word, ...]
    #: True: hardly anybody needs to change any of them.
    rare: bool = False


GROUPS: tuple[Group, ...] = (
    Group(
        "money",
        "Money and prices",
        (
            Word("currency", "Currency", "The shop's currency, three letters. Orders are posted in it."),
            Word("zone", "Time zone", "Of schedules, windows and this console's times."),
            Word("price_list", "Price list", "The ERP's price list that feeds the shop."),
            Word("prices_include_tax", "The shop's prices include tax"),
            Word(
                "convert_prices", "Convert prices", "tax: by the rate of the item's tax code, where only one is gross."
            ),
            Word("allow_zero_price", "Allow products at price 0"),
            Word("zero_price_items", "Items that may be sold at 0", "Item codes, one a line."),
        ),
    ),
    Group(
        "taxes",
        "Taxes and charges",
        (
            Word("tax_mode", "How tax is posted", "determination: by the tax map. freight: as a freight of each line."),
            Word("exempt_tax_code", "Exempt tax code", "A code of 0 %, for what bears no tax, and for rounding."),
            Word("tolerance", "Tolerance", "Up to so much may an order differ by rounding."),
            Word("freight_shipping", "Freight for shipping"),
            Word("freight_tax", "Freight for tax"),
            Word("freight_rounding", "Freight for rounding"),
            Word("freight_tip", "Freight for tips"),
            Word("freight_duty", "Freight for duties"),
            Word("freight_cash_rounding", "Freight for cash rounding"),
        ),
    ),
    Group(
        "orders",
        "Orders",
        (
            Word(
                "order_cut_over", "Import orders created from", "Date, time and zone. Older ones come by Backfill only."
            ),
            Word("order_statuses", "Financial statuses", "Empty: the usual ones. One a line, such as PAID."),
            Word("order_sources", "Sources", "Empty: all. One a line, such as web or pos."),
            Word("order_tags_excluded", "Leave out orders tagged", "One tag a line."),
            Word("order_locations", "Only of these locations", "Empty: all. One id a line."),
            Word("cod_gateways", "Cash on delivery", "Names of the gateways, one a line."),
            Word("import_high_risk", "Import orders of high risk, too"),
            Word("posting_date", "Date of documents", "fact: the day it happened. today: the day of posting."),
            Word(
                "guest_customer",
                "Customer for guests",
                "Code of a partner; it is looked up in the ERP.",
            ),
            Word("stand_in_item", "Stand-in item", "For lines whose SKU is no item. Empty: such an order fails."),
            Word("gift_card_item", "Gift card item", "What a sold gift card is posted as."),
        ),
    ),
    Group(
        "stock",
        "Stock",
        (
            Word("default_warehouse", "Default warehouse", "For lines without a location."),
            Word("stock_buffer", "Buffer", "Units kept back at each place."),
        ),
    ),
    Group(
        "customers",
        "Customers",
        (
            Word("customer_code_prefix", "Prefix of new codes", "Code = prefix + the shop's number."),
            Word("customer_series", "Numbering series", "Numbers new partners instead of prefix and number."),
            Word("customer_group", "Customer group", "Of new partners whose tags the map of groups does not know."),
            Word("payment_terms", "Payment terms", "Of new partners."),
            Word("missing_name", "Stand-in for a missing name", "Such as -. Empty: such a customer fails."),
            Word("address_overflow", "An address that is too long", "report: it fails. cut: it is cut."),
        ),
    ),
    Group(
        "products",
        "Products and both ways",
        (
            Word(
                "default_item_group", "Item group", "Of new items whose product type has no group, by map or by name."
            ),
            Word("new_product_status", "New products of the shop", "ACTIVE: on sale at once. DRAFT: not yet."),
            Word("erp_ignores_case", "The ERP takes a-1 and A-1 for one code"),
            Word("drift", "An edit on the side that does not own the field", "keep: it stays. revert: it is undone."),
            Word("mirror_selection", "Show marks in the items' Sync field"),
            Word("no_sync_create_tag", "Tag: do not create", "Records with it are not created on the other side."),
            Word("no_sync_update_tag", "Tag: do not update", "Changes of records with it are not sent."),
        ),
    ),
    Group(
        "holding",
        "Held runs: what is too much to be meant",
        (
            Word("hold_changed_percent", "More changed records than, in percent", "100: never held for it."),
            Word("hold_changed_least", "… and at least so many records"),
            Word("hold_price_move_percent", "A price has moved if by more than, in percent"),
            Word("hold_price_percent", "More moved prices than, in percent"),
            Word("hold_price_least", "… and at least so many prices"),
            Word("hold_zero_percent", "More stock levels to zero than, in percent"),
            Word("hold_zero_least", "… and at least so many levels"),
        ),
        rare=True,
    ),
    Group(
        "alerts",
        "Alerts",
        (
            Word("alert_error_percent", "Failed records of an hour, in percent"),
            Word("alert_error_least", "… and at least so many"),
            Word("alert_days_ahead", "Days before a version or secret ends"),
            Word("alert_digest_hour", "Hour of the daily summary", "0 to 23. Empty: there is none."),
        ),
        rare=True,
    ),
    Group(
        "logging",
        "Logging and keeping",
        (
            Word("log_level", "What the message log keeps", "errors, standard, or full: every payload."),
            Word("quiet_hours", "Housekeeping between", "Such as 02:00-05:00."),
            Word("keep_days_done", "Days to keep messages without a fault"),
            Word("keep_days_failed", "Days to keep failed messages"),
            Word("keep_days_exchanges", "Days to keep calls"),
        ),
        rare=True,
    ),
    Group(
        "reading",
        "Reading and waiting",
        (
            Word("page_size", "Records a page", "1 to 250."),
            Word("bulk_from", "Bulk reading from so many records"),
            Word("settle_seconds", "Leave new orders alone for seconds"),
            Word("lag_seconds", "Seconds that a platform may lag behind"),
            Word("overlap_seconds", "Seconds that are read twice"),
            Word("price_compare_minutes", "Minutes between two comparisons of all prices"),
        ),
        rare=True,
    ),
)
WORDS = {word.name: word for group in GROUPS for word in group.words}
