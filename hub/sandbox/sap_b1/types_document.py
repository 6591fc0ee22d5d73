"""The document types: one type serves orders and drafts alike."""

from __future__ import annotations

from hub.sandbox.sap_b1.schema import Type, declare

DOCUMENT = declare(
    "Document",
    "DocEntry",
    """
    DocEntry I!; DocNum I!; DocType BoDocumentTypes=dDocument_Items; DocObjectCode BoObjectTypes=oOrders;
    HandWritten YN=tNO; Series I=10; DocDate date; DocDueDate date; TaxDate date; RequriedDate date; CancelDate date!;
    CardCode S(15); CardName S(200); NumAtCard S(100); Reference1 S(11); Reference2 S(11); Address S(254);
    Address2 S(254); AddressExtension AddressExtension; ShipToCode S(50); PayToCode S(50); ContactPersonCode I;
    SalesPersonCode I=-1; TransportationCode I; TrackingNumber S(30); PaymentGroupCode I; PaymentMethod S(15);
    DocCurrency S(3); DocRate D=0; PriceMode PriceModeDocumentEnum; DiscountPercent D=0; TotalDiscount D=0!;
    TotalDiscountFC D=0!; VatSum D=0!; VatSumFc D=0!; VatSumSys D=0!; DocTotal D=0!; DocTotalFc D=0!;
    DocTotalSys D=0!; PaidToDate D=0!; PaidToDateFC D=0!; PaidToDateSys D=0!; VatPercent D=0!; Rounding YN=tNO;
    RoundingDiffAmount D=0; Comments S(254); JournalMemo S(50); OpeningRemarks S; ClosingRemarks S; Confirmed YN=tYES;
    PartialSupply YN=tYES; ReserveInvoice YN=tNO!; Project S(20); Indicator S(2); FederalTaxID S(32);
    AttachmentEntry I; LanguageCode I; DocumentsOwner I; BPL_IDAssignedToInvoice I; BPLName S!;
    DocumentStatus BoStatus=bost_Open!; InventoryStatus BoStatus=bost_Open!; Cancelled YN=tNO!;
    CancelStatus CancelStatusEnum=csNo!; AuthorizationStatus DocumentAuthorizationStatusEnum=dasWithout!;
    DownPaymentType DownPaymentTypeEnum!; BaseType I=-1!; BaseEntry I!; UserSign I=1!; TransNum I!; DocTime time!;
    CreationDate date!; UpdateDate date!; UpdateTime time!; DataVersion I!; DocumentLines [DocumentLine];
    DocumentAdditionalExpenses [DocumentAdditionalExpense]
    """,
)

DOCUMENT_LINE = declare(
    "DocumentLine",
    "LineNum",
    """
    LineNum I; VisualOrder I!; ItemCode S(50); ItemDescription S(200); ItemDetails S; Quantity D=1;
    InventoryQuantity D!; RemainingOpenQuantity D!; RemainingOpenInventoryQuantity D!; ShipDate date; UnitPrice D;
    Price D; PriceAfterVAT D; GrossPrice D; DiscountPercent D=0; Currency S(3); Rate D=0!; VatGroup S(8);
    TaxCode S(8); TaxPercentagePerRow D!; WarehouseCode S(8); LineTotal D; RowTotalFC D; GrossTotal D; GrossTotalFC D;
    TaxTotal D!; NetTaxAmount D!; NetTaxAmountFC D!; LineStatus BoStatus=bost_Open;
    TreeType BoItemTreeTypes=iNotATree!; BarCode S(254); FreeText S(100); Text S; SalesPersonCode I=-1;
    ProjectCode S(20); CostingCode S(8); AccountCode S(15); UseBaseUnits YN=tNO; UnitsOfMeasurment D=1!;
    UoMEntry I=-1; UoMCode S(20); MeasureUnit S(100); SupplierCatNum S(50); ShipToCode S(50); ShippingMethod I;
    BaseType I=-1; BaseEntry I; BaseLine I; ReturnReason I=-1; WithoutInventoryMovement YN=tNO; DocEntry I!;
    DocumentLineAdditionalExpenses [DocumentLineAdditionalExpense]
    """,
)

EXPENSE = declare(
    "DocumentAdditionalExpense",
    "LineNum",
    """
    LineNum I; ExpenseCode I; LineTotal D=0; LineTotalFC D=0!; LineGross D=0; LineGrossFC D=0!; VatGroup S(8);
    TaxCode S(8); TaxPercent D=0!; TaxSum D=0!; TaxSumFC D=0!; TaxLiable YN=tYES; Remarks S(254);
    DistributionMethod BoAdEpnsDistribMethods=aedm_None; Project S(20); Status BoStatus=bost_Open!; BaseDocEntry I;
    BaseDocLine I; BaseDocType I=-1
    """,
)

LINE_EXPENSE = declare(
    "DocumentLineAdditionalExpense",
    "GroupCode",
    """
    LineNumber I!; GroupCode I; ExpenseCode I; LineTotal D=0; VatGroup S(8); TaxCode S(8); TaxPercent D=0!;
    TaxSum D=0!; TaxLiable YN=tYES
    """,
)

ADDRESS_EXTENSION = declare(
    "AddressExtension",
    "DocEntry",
    """
    DocEntry I!; ShipToStreet S(100); ShipToStreetNo S(100); ShipToBlock S(100); ShipToBuilding S; ShipToCity S(100);
    ShipToZipCode S(20); ShipToCounty S(100); ShipToState S(3); ShipToCountry S(3); ShipToAddressType S(100);
    ShipToAddress2 S(50); ShipToAddress3 S(50); ShipToGlobalLocationNumber S(50); BillToStreet S(100);
    BillToStreetNo S(100); BillToBlock S(100); BillToBuilding S; BillToCity S(100); BillToZipCode S(20);
    BillToCounty S(100); BillToState S(3); BillToCountry S(3); BillToAddressType S(100); BillToAddress2 S(50);
    BillToAddress3 S(50); BillToGlobalLocationNumber S(50)
    """,
)

DOCUMENT_TYPES: tuple[Type, ...] = (DOCUMENT, DOCUMENT_LINE, EXPENSE, LINE_EXPENSE, ADDRESS_EXTENSION)
