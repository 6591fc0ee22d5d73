"""The master data types: items, business partners and what both refer to.

Lengths: ItemCode, ItemName, CardCode, CardName and WarehouseCode are SAP's own; the others are assumed (the metadata
names none), in the size that companies report. /control/settings can change any of them.
"""

from __future__ import annotations

from hub.sandbox.sap_b1.schema import Type, declare

_PROPERTIES = ";".join(f"Properties{number} YN=tNO" for number in range(1, 65))

ITEM = declare(
    "Item",
    "ItemCode",
    f"""
    ItemCode S(50); ItemName S(200); ForeignName S(200); ItemsGroupCode I=100; CustomsGroupCode I=-1;
    SalesVATGroup S(8); PurchaseVATGroup S(8); ArTaxCode S(8); ApTaxCode S(8); BarCode S(254); VatLiable YN=tYES;
    TaxType BoTaxTypes=tt_Yes; PurchaseItem YN=tYES; SalesItem YN=tYES; InventoryItem YN=tYES; AssetItem YN=tNO;
    ItemType ItemTypeEnum=itItems; TreeType BoItemTreeTypes=iNotATree!; Mainsupplier S(15); SupplierCatalogNo S(50);
    Manufacturer I=-1; Picture S(200); User_Text S; SerialNum S(17); SWW S(16); CommissionPercent D=0;
    CommissionGroup I=0; QuantityOnStock D=0!; QuantityOrderedFromVendors D=0!; QuantityOrderedByCustomers D=0!;
    ManageSerialNumbers YN=tNO; ManageBatchNumbers YN=tNO; Valid YN=tYES; ValidFrom date; ValidTo date;
    ValidRemarks S(30); Frozen YN=tNO; FrozenFrom date; FrozenTo date; FrozenRemarks S(30); SalesUnit S(100);
    SalesItemsPerUnit D=1; SalesPackagingUnit S(100); SalesQtyPerPackUnit D=1; SalesUnitLength D=0;
    SalesUnitWidth D=0; SalesUnitHeight D=0; SalesUnitVolume D=0; SalesUnitWeight D=0; SalesWeightUnit I;
    PurchaseUnit S(100); PurchaseItemsPerUnit D=1; InventoryUOM S(100); InventoryWeight D=0; InventoryWeightUnit I;
    UoMGroupEntry I=-1; InventoryUoMEntry I=-1; DefaultSalesUoMEntry I; DefaultPurchasingUoMEntry I;
    DefaultWarehouse S(8); ManageStockByWarehouse YN=tNO; MinInventory D=0; MaxInventory D=0; DesiredInventory D=0;
    MovingAveragePrice D=0!; AvgStdPrice D=0; NoDiscounts YN=tNO; Series I=3; AttachmentEntry I; ItemCountryOrg S(3);
    CreateDate date!; CreateTime time!; UpdateDate date!; UpdateTime time!; DataVersion I!; {_PROPERTIES};
    ItemPrices [ItemPrice]; ItemWarehouseInfoCollection [ItemWarehouseInfo]; ItemBarCodeCollection [ItemBarCode]
    """,
)

ITEM_PRICE = declare(
    "ItemPrice",
    "PriceList",
    """
    PriceList I; Price D; Currency S(3); AdditionalPrice1 D; AdditionalCurrency1 S(3); AdditionalPrice2 D;
    AdditionalCurrency2 S(3); BasePriceList I; Factor D=1; UoMPrices [UoMPrice]
    """,
)

UOM_PRICE = declare(
    "UoMPrice",
    "PriceList UoMEntry",
    """
    PriceList I; UoMEntry I; ReduceBy D=0; Price D; Currency S(3); Auto YN=tYES
    """,
)

ITEM_WAREHOUSE = declare(
    "ItemWarehouseInfo",
    "WarehouseCode",
    """
    WarehouseCode S(8); ItemCode S(50)!; InStock D=0!; Committed D=0!; Ordered D=0!; Locked YN=tNO; MinimalStock D=0;
    MaximalStock D=0; MinimalOrder D=0; StandardAveragePrice D=0!; CountedQuantity D=0!; WasCounted YN=tNO!
    """,
)

ITEM_BAR_CODE = declare(
    "ItemBarCode",
    "AbsEntry",
    """
    AbsEntry I!; UoMEntry I=-1; Barcode S(254); FreeText S(100)
    """,
)

BUSINESS_PARTNER = declare(
    "BusinessPartner",
    "CardCode",
    f"""
    CardCode S(15); CardName S(200); CardForeignName S(200); CardType BoCardTypes=cCustomer; GroupCode I=100;
    Series I=1; CompanyPrivate BoCardCompanyTypes=cCompany; EmailAddress S(100); Phone1 S(20); Phone2 S(20);
    Cellular S(50); Fax S(20); Website S(100); ContactPerson S(90); Notes S(100); FreeText S; AliasName S;
    Currency S(3)=##; DefaultCurrency S(3)!; PriceListNum I=1; PayTermsGrpCode I=-1; CreditLimit D=0;
    DiscountPercent D=0; VatLiable BoVatStatus=vLiable; VatGroup S(8); FederalTaxID S(32); AdditionalID S(64);
    UnifiedFederalTaxID S(32); LanguageCode I; SalesPersonCode I=-1; ShippingType I; PriceMode PriceModeEnum;
    DebitorAccount S(15); Industry I; Territory I; CreditCardCode I=-1; Valid YN=tYES; ValidFrom date; ValidTo date;
    Frozen YN=tNO; FrozenFrom date; FrozenTo date; FrozenRemarks S(30); ShipToDefault S(50); BilltoDefault S(50);
    Address S(100)!; ZipCode S(20)!; City S(100)!; County S(100)!; Country S(3)!; BillToState S(3)!;
    ShipToState S(3)!; MailAddress S(100)!; MailZipCode S(20)!; MailCity S(100)!; MailCountry S(3)!;
    BackOrder YN=tYES; PartialDelivery YN=tYES; CurrentAccountBalance D=0!; OpenDeliveryNotesBalance D=0!;
    OpenOrdersBalance D=0!; CreateDate date!; CreateTime time!; UpdateDate date!; UpdateTime time!; DataVersion I!;
    {_PROPERTIES}; BPAddresses [BPAddress]; ContactEmployees [ContactEmployee]
    """,
)

BP_ADDRESS = declare(
    "BPAddress",
    "RowNum",
    """
    AddressName S(50); AddressType BoAddressType=bo_ShipTo; AddressName2 S(50); AddressName3 S(50); Street S(100);
    StreetNo S(100); Block S(100); BuildingFloorRoom S; ZipCode S(20); City S(100); County S(100); State S(3);
    Country S(3); TypeOfAddress S(100); FederalTaxID S(32); TaxCode S(8); GlobalLocationNumber S(50); BPCode S(15)!;
    RowNum I; CreateDate date!; CreateTime time!
    """,
    other_keys=["AddressName AddressType"],
)

CONTACT = declare(
    "ContactEmployee",
    "InternalCode",
    """
    CardCode S(15)!; Name S(50); FirstName S(50); MiddleName S(50); LastName S(50); Title S(10); Position S(90);
    Address S(100); Phone1 S(20); Phone2 S(20); MobilePhone S(50); Fax S(20); E_Mail S(100); Remarks1 S(100);
    Remarks2 S(100); InternalCode I; Active YN=tYES; CreateDate date!; CreateTime time!; UpdateDate date!;
    UpdateTime time!
    """,
)

BP_GROUP = declare(
    "BusinessPartnerGroup",
    "Code",
    """
    Code I!; Name S(20); Type BoBusinessPartnerGroupTypes=bbpgt_CustomerGroup
    """,
    is_open=False,
)

ITEM_GROUP = declare(
    "ItemGroups",
    "Number",
    """
    Number I!; GroupName S(100); DefaultUoMGroup I=-1; Alert YN=tNO; CycleCode I
    """,
)

WAREHOUSE = declare(
    "Warehouse",
    "WarehouseCode",
    """
    WarehouseCode S(8); WarehouseName S(100); Inactive YN=tNO; DropShip YN=tNO; EnableBinLocations YN=tNO;
    Nettable YN=tYES; BusinessPlaceID I; Street S(100); ZipCode S(20); City S(100); State S(3); Country S(3)
    """,
)

PRICE_LIST = declare(
    "PriceList",
    "PriceListNo",
    """
    PriceListNo I!; PriceListName S(32); IsGrossPrice YN=tNO; BasePriceList I; Factor D=1; Active YN=tYES;
    ValidFrom date; ValidTo date; DefaultPrimeCurrency S(3); DefaultAdditionalCurrency1 S(3);
    DefaultAdditionalCurrency2 S(3)
    """,
)

MASTER_TYPES: tuple[Type, ...] = (
    ITEM,
    ITEM_PRICE,
    UOM_PRICE,
    ITEM_WAREHOUSE,
    ITEM_BAR_CODE,
    BUSINESS_PARTNER,
    BP_ADDRESS,
    CONTACT,
    BP_GROUP,
    ITEM_GROUP,
    WAREHOUSE,
    PRICE_LIST,
)
