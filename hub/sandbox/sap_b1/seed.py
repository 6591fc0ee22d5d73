"""The ERP's part of a world: what the company database holds at the start."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hub.sandbox.sap_b1.company import Company, yes
from hub.sandbox.sap_b1.geography import COUNTRIES, CURRENCIES, EU, STATES, WHOLE_CURRENCIES
from hub.sandbox.sap_b1.items import complete_prices, complete_warehouses
from hub.sandbox.sap_b1.schema import Record
from hub.sandbox.sap_b1.values import tidy
from hub.sandbox.world.model import Address, Customer, Item, World

HUNDRED = Decimal(100)
GUEST, SUPPLIER, LEAD = "C-GUEST", "V10000", "L10000"
#: Partner series: one for codes of the client's own, two that count.
MANUAL_SERIES, CUSTOMER_SERIES, WEB_SERIES, ORDER_SERIES = 1, 71, 72, 10
SHIPPING, TAX, ROUNDING, TIP = 1, 2, 3, 4
NO_MANUFACTURER = -1
#: Codes at least that many places long; the world's own limits are checked nowhere else.
ADDRESS_LENGTHS = {"AddressName": 50, "Street": 100, "Block": 100, "City": 100, "ZipCode": 20, "State": 3, "Country": 3}


def fill(company: Company, world: World) -> None:
    """Put the world's ERP records into an empty company."""
    company.settings.local_currency = world.currency
    company.settings.default_warehouse = next(iter(world.warehouses), "01")
    company.restart()
    _fill_lookups(company, world)
    _fill_items(company, world)
    _fill_partners(company, world)


def _fill_lookups(company: Company, world: World) -> None:
    exempt = next((code for code, rate in world.tax_codes.items() if not rate), None)
    for code, rate in world.tax_codes.items():
        lines = [{"Effectivefrom": "2020-01-01", "Rate": tidy(rate * HUNDRED)}]
        company["VatGroups"].put(
            {"Code": code, "Name": f"Output tax {tidy(rate * HUNDRED)} %", "VatGroups_Lines": lines}
        )
    for code, name in {world.currency: world.currency, **CURRENCIES}.items():
        decimals = "cdWithoutDecimals" if code in WHOLE_CURRENCIES else "cdDefault"
        company["Currencies"].put(
            {"Code": code, "Name": name, "DocumentsCode": code, "EnglishName": name, "Decimals": decimals}
        )
    for code, name in COUNTRIES.items():
        company["Countries"].put({"Code": code, "Name": name, "EU": yes(code in EU), "ISOAlpha2Code": code})
    for country, states in STATES.items():
        for code in states:
            company["States"].put({"Code": code, "Country": country, "Name": code})
    for code, name in world.warehouses.items():
        company["Warehouses"].put({"WarehouseCode": code, "WarehouseName": name})
    gross = yes(world.taxes_included)
    for number, name in ((1, "Sales prices"), (2, "Reseller prices")):
        price_list = {"PriceListNo": number, "PriceListName": name, "IsGrossPrice": gross, "BasePriceList": number}
        company["PriceLists"].put({**price_list, "DefaultPrimeCurrency": world.currency})
    for number, name in ((SHIPPING, "Shipping"), (TAX, "Tax"), (ROUNDING, "Rounding"), (TIP, "Tip")):
        company["AdditionalExpenses"].put({"ExpensCode": number, "Name": name, "OutputVATGroup": exempt})
    _fill_small(company)


def _fill_small(company: Company) -> None:
    for number, name in ((1, "Card"), (2, "Gift card")):
        company["CreditCards"].put({"CreditCardCode": number, "CreditCardName": name, "GLAccount": "1200"})
    for number, name, days in ((-1, "Cash on receipt", 0), (1, "Net 30", 30)):
        terms = {"GroupNumber": number, "PaymentTermsGroupName": name, "NumberOfAdditionalDays": days}
        company["PaymentTermsTypes"].put(terms)
    for number, name, kind in (
        (100, "Customers", "bbpgt_CustomerGroup"),
        (101, "Suppliers", "bbpgt_VendorGroup"),
        (102, "Web customers", "bbpgt_CustomerGroup"),
    ):
        company["BusinessPartnerGroups"].put({"Code": number, "Name": name, "Type": kind})
    company["ShippingTypes"].put({"Code": 1, "Name": "Parcel"})
    company["SalesPersons"].put({"SalesEmployeeCode": -1, "SalesEmployeeName": "-No Sales Employee-"})
    # Companies weigh in the units of their own list; these five are assumed.
    for number, short, name, milligrams in (
        (1, "mg", "Milligram", "1"),
        (2, "g", "Gram", "1000"),
        (3, "kg", "Kilogram", "1000000"),
        (4, "oz", "Ounce", "28349.523125"),
        (5, "lb", "Pound", "453592.37"),
    ):
        unit = {"UnitCode": number, "UnitDisplay": short, "UnitName": name, "UnitWeightinmg": tidy(Decimal(milligrams))}
        company["WeightMeasures"].put(unit)
    company["BusinessPlaces"].put({"BPLID": 1, "BPLName": "Main", "MainBPL": "tYES"})
    for number, name, document, prefix in (
        (MANUAL_SERIES, "Manual", "2", None),
        (CUSTOMER_SERIES, "Customers", "2", "C"),
        (WEB_SERIES, "Web", "2", "W"),
        (ORDER_SERIES, "Primary", "17", None),
    ):
        company.series[number] = {
            "SeriesProperty": number,
            "Name": name,
            "Document": document,
            "InitialNumber": 20000 if prefix else 1,
            "NextNumber": 20000 if prefix else 1,
            "Prefix": prefix,
            "IsManual": yes(number == MANUAL_SERIES),
            "DigitNumber": 5 if prefix else None,
        }


def _fill_items(company: Company, world: World) -> None:
    groups = {
        name: number for number, name in enumerate(dict.fromkeys(["Items", *(one.group for one in world.items)]), 100)
    }
    for name, number in groups.items():
        company["ItemGroups"].put({"Number": number, "GroupName": name})
    makers = dict.fromkeys(one.vendor for one in world.items if one.vendor and one.in_erp)
    company["Manufacturers"].put({"Code": NO_MANUFACTURER, "ManufacturerName": "- No Manufacturer -"})
    for number, name in enumerate(makers, 1):
        company["Manufacturers"].put({"Code": number, "ManufacturerName": name})
    makers_by_name = {one["ManufacturerName"]: one["Code"] for one in company["Manufacturers"]}
    codes = {rate: code for code, rate in world.tax_codes.items()}
    for one in world.items:
        if one.in_erp:
            item = _item(company, world, one, groups[one.group], codes.get(one.tax_rate))
            company["Items"].put({**item, "Manufacturer": makers_by_name.get(one.vendor, NO_MANUFACTURER)})


def _item(company: Company, world: World, one: Item, group: int, tax_code: str | None) -> Record:
    # A kit is not stocked itself: its parts are.
    stocked = one.tracked and not one.gift_card and one.tree != "iSalesTree"
    record: Record = {
        "ItemCode": one.sku,
        "ItemName": one.name or None,
        "ItemsGroupCode": group,
        "SalesVATGroup": tax_code,
        "BarCode": one.barcode or None,
        "InventoryItem": yes(stocked),
        "SalesItem": "tYES",
        "Valid": yes(one.active),
        "Frozen": yes(not one.active),
        "ManageBatchNumbers": yes(one.managed == "batch"),
        "ManageSerialNumbers": yes(one.managed == "serial"),
        "TreeType": one.tree,
        "User_Text": one.description or None,
        "QuantityOnStock": tidy(sum(one.stock.values(), Decimal(0))) if stocked else Decimal(0),
        "ItemBarCodeCollection": [{"AbsEntry": 1, "UoMEntry": -1, "Barcode": one.barcode}] if one.barcode else [],
    }
    if one.weight_kg is not None:
        record["SalesUnitWeight"] = record["InventoryWeight"] = tidy(one.weight_kg)
    price = None if one.price is None else tidy(one.price)
    record["ItemPrices"] = complete_prices(company, _price_rows(price, world.currency))
    stock = (
        {code: tidy(quantity) for code, quantity in one.stock.items() if code in company["Warehouses"]}
        if stocked
        else {}
    )
    rows = [{"WarehouseCode": code, "InStock": quantity} for code, quantity in stock.items()]
    record["ItemWarehouseInfoCollection"] = complete_warehouses(company, one.sku, rows)
    _stamp_as_old(company, record, one.changed_days_ago)
    return record


def _price_rows(price: Decimal | None, currency: str) -> list[Record]:
    if price is None:
        return []
    reduced = tidy((price * Decimal("0.8")).quantize(Decimal("0.01")))
    return [
        {"PriceList": 1, "Price": price, "Currency": currency},
        {"PriceList": 2, "Price": reduced, "Currency": currency},
    ]


def _fill_partners(company: Company, world: World) -> None:
    for code, name, kind, group in (
        (GUEST, "Guest customer", "cCustomer", 102),
        (SUPPLIER, "Supplier", "cSupplier", 101),
        (LEAD, "Lead", "cLid", 100),
    ):
        _put_partner(company, {"CardCode": code, "CardName": name, "CardType": kind, "GroupCode": group})
    series = company.series[CUSTOMER_SERIES]
    for one in world.customers:
        if one.in_erp:
            code = f"{series['Prefix']}{series['NextNumber']}"
            series["NextNumber"] += 1
            _put_partner(company, {"CardCode": code, "Series": CUSTOMER_SERIES, **_partner(company, one)})


def _partner(company: Company, one: Customer) -> Record:
    company_name = next((address.company for address in one.addresses if address.company), "")
    name = " ".join(filter(None, (one.first_name, one.last_name))) or company_name or one.email or one.key
    record: Record = {"CardName": name[:200], "EmailAddress": one.email or None, "Cellular": one.phone or None}
    if one.first_name or one.last_name:
        contact = {"Name": name[:50], "FirstName": one.first_name or None, "LastName": one.last_name or None}
        record["ContactEmployees"] = [
            {**contact, "E_Mail": one.email or None, "InternalCode": company.new_contact_code()}
        ]
    record["BPAddresses"] = [
        {**_address(company, address), "AddressName": f"{name[:40]} {number}", "AddressType": kind, "RowNum": position}
        for position, (number, address, kind) in enumerate(
            (number, address, kind)
            for number, address in enumerate(one.addresses, start=1)
            for kind in ("bo_BillTo", "bo_ShipTo")
        )
    ]
    return record


def _address(company: Company, address: Address) -> Record:
    known_state = (address.province_code, address.country_code) in company["States"]
    parts = {
        "Street": address.address1,
        "Block": address.address2,
        "City": address.city,
        "ZipCode": address.zip,
        "State": address.province_code if known_state else "",
        "Country": address.country_code if address.country_code in COUNTRIES else "",
    }
    return {name: text[: ADDRESS_LENGTHS[name]] for name, text in parts.items() if text}


def _put_partner(company: Company, record: Record) -> None:
    addresses = record.setdefault("BPAddresses", [])
    for row in (*addresses, *record.setdefault("ContactEmployees", [])):
        row["BPCode" if "RowNum" in row else "CardCode"] = record["CardCode"]
    for name, kind in (("ShipToDefault", "bo_ShipTo"), ("BilltoDefault", "bo_BillTo")):
        record[name] = next((row["AddressName"] for row in addresses if row["AddressType"] == kind), None)
    if record["ContactEmployees"]:
        record["ContactPerson"] = record["ContactEmployees"][0]["Name"]
    _stamp_as_old(company, record)
    company["BusinessPartners"].put(record)


def _stamp_as_old(company: Company, record: Record, days: int = 1) -> None:
    """What was there before the sandbox started was last changed a day ago, or so many days."""
    changed = (company.now() - timedelta(days=days)).date().isoformat()
    record |= {"CreateDate": "2020-01-02", "CreateTime": "09:00:00", "UpdateDate": changed, "UpdateTime": "18:00:00"}
    record["DataVersion"] = 1
