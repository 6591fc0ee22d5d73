"""Pre-checks of prices, taxes, freights and payments. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from hub.configuration.subject import Subject, bad, good, in_map, note, setting, unknown
from hub.platforms.platform import Finding

#: Currencies without two decimals; all others have two.
_DECIMALS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "OMR": 3, "JOD": 3, "TND": 3}
_CORRECT, _ACTIVATE = "Correct the entry of the map.", "Activate the code in the ERP, or correct the map."
_CHARGES = ("shipping", "tip", "duty", "cash_rounding")


def currency(subject: Subject) -> Iterator[Finding]:
    """The shop, the setting and the ERP mean the same money, and the ERP counts it finely enough."""
    ours, theirs = subject.settings["currency"], subject.shop.get("currency")
    if theirs is None:
        yield unknown("The shop's currency")
    elif theirs != ours:
        yield bad(f"The shop sells in {theirs}, the setting says {ours}.", setting("currency"))
    else:
        yield good(f"The shop sells in {ours}.")
    local = subject.erp.get("currency")
    if local is not None and local != ours and subject.carries("order"):
        what = f"The ERP's own currency is {local}: every order in {ours} needs a rate of its day."
        yield note(what, "Let somebody enter exchange rates daily.")
        if ours in (subject.erp.get("rate_missing") or ()):
            yield bad(f"The ERP has no rate of today for {ours}.", "Enter the exchange rate in the ERP.")
    digits = subject.erp.get("total_decimals")
    if digits is None:
        yield unknown("The decimals of the ERP's totals")
    elif digits < _DECIMALS.get(ours, 2):
        fix = "Raise the decimals of amounts in the ERP's general settings."
        yield bad(f"The ERP keeps totals with {digits} decimals only; {ours} needs more.", fix)


def prices(subject: Subject) -> Iterator[Finding]:
    """The price list that feeds the shop exists and means what the shop's prices mean."""
    number, gross = subject.settings["price_list"], subject.settings["prices_include_tax"]
    included = subject.shop.get("taxes_included")
    kind = {True: "with tax", False: "without tax"}
    if included is not None and included != gross:
        what = f"The shop's prices are {kind[included]}, the setting says {kind[gross]}."
        yield bad(what, setting("prices_include_tax"))
    if not subject.carries("product"):
        return
    lists = subject.erp.get("price_lists")
    if lists is None:
        yield unknown(f"Price list {number}")
        return
    chosen = lists.get(number)
    if chosen is None:
        yield bad(f"The ERP has no price list {number}.", setting("price_list"))
        return
    name = f"Price list {number} ({chosen['name']})"
    if not chosen["active"]:
        yield bad(f"{name} is not active.", setting("price_list", "Activate it in the ERP, or choose another one."))
    same = chosen["gross"] == gross or subject.settings["convert_prices"] == "tax"
    if not same:
        fix = setting("price_list", "Choose a price list of the same kind, or set convert_prices to tax.")
        yield bad(f"{name} holds prices {kind[chosen['gross']]}, the shop needs them {kind[gross]}.", fix)
    money = chosen["currency"] or subject.erp.get("currency")
    if money and money != subject.settings["currency"]:
        fix = setting("price_list", "Choose a price list in the shop's currency; prices are not converted.")
        yield bad(f"{name} is in {money}, the shop sells in {subject.settings['currency']}.", fix)
    if chosen["active"] and same and money in (None, subject.settings["currency"]):
        how = "" if chosen["gross"] == gross else f", converted from those {kind[chosen['gross']]}"
        yield good(f"{name} feeds the shop with prices {kind[gross]}{how}.")


def taxes(subject: Subject) -> Iterator[Finding]:
    """Every code exists, is active and has the rate it is mapped to; the exempt code is 0 %."""
    if not subject.carries("order"):
        return
    codes = subject.erp.get("tax_codes")
    if codes is None:
        yield unknown("The ERP's tax codes")
        return
    entries = subject.map("tax")
    if not entries:
        fix = in_map("tax", f"Run: hub maps set {subject.name} tax RATE CODE")
        yield bad("The tax map is empty: every order will fail.", fix)
    wrong = False
    for entry in entries:
        code = codes.get(entry.erp_value)
        rate = _rate(entry.shop_value)
        where = f"The tax map has {entry.shop_value} as {entry.erp_value}"
        if code is None:
            wrong = True
            yield bad(f"{where}, which is no output tax code of the ERP.", in_map("tax", _CORRECT))
        elif not code["active"]:
            wrong = True
            yield bad(f"{where}, which is not active.", in_map("tax", _ACTIVATE, _ACTIVATE))
        elif rate is not None and code["rate"] != rate:
            wrong = True
            yield bad(f"{where}, whose rate is {_percent(code['rate'])}.", in_map("tax", _CORRECT))
    if entries and not wrong:
        yield good("The tax map's codes have the rates they are mapped to.")
    yield from _exempt(subject)


def _exempt(subject: Subject) -> Iterator[Finding]:
    code, freight = subject.settings["exempt_tax_code"], subject.settings["tax_mode"] == "freight"
    if not code:
        if freight:
            yield bad("Tax is posted as freight, which needs the exempt code.", setting("exempt_tax_code"))
        else:
            yield note("No exempt code is set: what is left by rounding cannot be posted.", setting("exempt_tax_code"))
        return
    known = subject.erp["tax_codes"].get(code)
    if known is None:
        yield bad(f"The exempt code {code} is no output tax code of the ERP.", setting("exempt_tax_code"))
    elif known["rate"]:
        yield bad(f"The exempt code {code} is {_percent(known['rate'])}, not 0 %.", setting("exempt_tax_code"))
    elif not known["active"]:
        yield bad(f"The exempt code {code} is not active.", "Activate it in the ERP, or choose another.")
    else:
        yield good(f"The exempt code {code} is 0 %.")


def _rate(value: str) -> Decimal | None:
    """The rate in a key of the tax map ("DE 0.19 included")."""
    for part in value.split():
        try:
            return Decimal(part)
        except InvalidOperation:
            continue
    return None


def _percent(rate: Decimal) -> str:
    return f"{format((rate * 100).normalize(), 'f')} %"


def freights(subject: Subject) -> Iterator[Finding]:
    """Freights that are set exist; those that orders will need are set."""
    if not subject.carries("order"):
        return
    known = subject.erp.get("freights")
    for name in sorted(key for key in subject.settings if key.startswith("freight_")):
        number = subject.settings[name]
        if number is not None and known is not None and number not in known:
            yield bad(f"{name} is {number}, which is no freight of the ERP.", setting(name))
        elif number is not None and known is None:
            yield unknown(f"Freight {number} ({name})")
    unset = [kind for kind in _CHARGES if subject.settings[f"freight_{kind}"] is None]
    if unset:
        what = f"No freight is set for {', '.join(unset)}: an order that has one will fail."
        yield note(what, setting(f"freight_{unset[0]}"))
    if subject.settings["tax_mode"] == "freight" and subject.settings["freight_tax"] is None:
        yield bad("Tax is posted as freight, but no freight is set for it.", setting("freight_tax"))
    if subject.settings["tolerance"] and subject.settings["freight_rounding"] is None:
        what = "No freight is set for rounding: an order that differs by a cent will fail."
        yield note(what, setting("freight_rounding"))


def payments(subject: Subject) -> Iterator[Finding]:
    """Gateways in use are mapped; the cards of the map exist."""
    if not subject.carries("order"):
        return
    entries = subject.map("payment")
    gateways = subject.shop.get("gateways_seen")
    if gateways is None:
        yield unknown("The gateways of the last 60 days")
    else:
        used = {gateway.casefold() for gateway in gateways}
        missing = [one for one in subject.unmapped if one.map == "payment" and one.value.casefold() in used]
        for one in missing:
            fix = in_map("payment", f"Run: {one.command(subject.name)} (or cash:ACCOUNT, transfer:ACCOUNT)")
            yield bad(f"Gateway {one.value} was used in the last 60 days and is not mapped.", fix)
        if gateways and not missing:
            yield good("All gateways of the last 60 days are mapped.")
    cards, accounts = subject.erp.get("credit_cards"), subject.erp.get("accounts")
    for entry in entries:
        kind, _, value = entry.erp_value.partition(":")
        what = f"The payment map has {entry.shop_value} as {entry.erp_value}"
        known = cards if kind == "card" else accounts
        if known is None:
            yield unknown(f"Whether the ERP has {entry.erp_value} (payment map, {entry.shop_value})")
        elif value not in {str(key) for key in known}:
            noun = "credit card" if kind == "card" else "account"
            yield bad(f"{what}, which is no {noun} of the ERP.", in_map("payment", _CORRECT))
