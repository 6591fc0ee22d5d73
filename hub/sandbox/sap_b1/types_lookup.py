"""The look-up types: what the maps and pre-checks of a client are filled from, and the Service Layer's own objects."""

from __future__ import annotations

from hub.sandbox.sap_b1.schema import Type, declare

VAT_GROUP = declare(
    "VatGroup",
    "Code",
    """
    Code S(8); Name S(50); Category BoVatCategoryEnum=bovcOutputTax; EU YN=tNO; Inactive YN=tNO;
    VatGroups_Lines [VatGroups_Line]
    """,
)

VAT_GROUP_LINE = declare(
    "VatGroups_Line",
    "Effectivefrom",
    """
    Effectivefrom date; Rate D=0; EqualizationTax D=0; DatevCode I
    """,
)

CURRENCY = declare(
    "Currency",
    "Code",
    """
    Code S(3); Name S(20); DocumentsCode S(3); InternationalDescription S(20); EnglishName S(20);
    Decimals CurrenciesDecimalsEnum=cdDefault
    """,
)

COUNTRY = declare(
    "Country",
    "Code",
    """
    Code S(3); Name S(100); EU YN=tNO; ISOAlpha2Code S(2)
    """,
)

STATE = declare(
    "State",
    "Code Country",
    """
    Code S(3); Country S(3); Name S(100)
    """,
    is_open=False,
)

PAYMENT_TERMS = declare(
    "PaymentTermsType",
    "GroupNumber",
    """
    GroupNumber I!; PaymentTermsGroupName S(100); NumberOfAdditionalDays I=0; NumberOfAdditionalMonths I=0;
    PriceListNo I=1
    """,
)

CREDIT_CARD = declare(
    "CreditCard",
    "CreditCardCode",
    """
    CreditCardCode I!; CreditCardName S(20); GLAccount S(15); Telephone S(20); CompanyID S(20)
    """,
)

ADDITIONAL_EXPENSE = declare(
    "AdditionalExpense",
    "ExpensCode",
    """
    ExpensCode I!; Name S(20); TaxLiable YN=tYES; OutputVATGroup S(8); InputVATGroup S(8);
    DistributionMethod BoAeDistMthd=aed_None; Stock YN=tNO; DataVersion I=1!
    """,
)

SHIPPING_TYPE = declare(
    "ShippingType",
    "Code",
    """
    Code I!; Name S(20); Website S(100)
    """,
)

SALES_PERSON = declare(
    "SalesPerson",
    "SalesEmployeeCode",
    """
    SalesEmployeeCode I!; SalesEmployeeName S(155); Active YN=tYES
    """,
)

MANUFACTURER = declare(
    "Manufacturer",
    "Code",
    """
    Code I!; ManufacturerName S(30)
    """,
)

WEIGHT_MEASURE = declare(
    "WeightMeasure",
    "UnitCode",
    """
    UnitCode I!; UnitDisplay S(20); UnitName S(20); UnitWeightinmg D=0
    """,
)

BRANCH = declare(
    "BusinessPlace",
    "BPLID",
    """
    BPLID I!; BPLName S(100); MainBPL YN=tNO; Disabled YN=tNO; DefaultWarehouseID S(8); Country S(3)
    """,
)

USER_FIELD = declare(
    "UserFieldMD",
    "TableName FieldID",
    """
    TableName S(20); FieldID I!; Name S(50); Description S(80); Type BoFieldTypes=db_Alpha;
    SubType BoFldSubTypes=st_None; Size I=10; EditSize I; Mandatory YN=tNO; DefaultValue S(254); LinkedTable S(20);
    LinkedUDO S(20); ValidValuesMD [ValidValueMD]
    """,
    is_open=False,
)

VALID_VALUE = declare(
    "ValidValueMD",
    "Value",
    """
    Value S(254); Description S(254)
    """,
    is_open=False,
)

SQL_QUERY = declare(
    "SQLQuery",
    "SqlCode",
    """
    SqlCode S(50); SqlName S(100); SqlText S; ParamList S!; CreateDate date!; UpdateDate date!
    """,
    is_open=False,
)

SERIES = declare(
    "Series",
    "SeriesProperty",
    """
    SeriesProperty I; Name S; Document S; DocumentSubType S; InitialNumber I; NextNumber I; LastNumber I; Prefix S;
    Suffix S; Locked YN=tNO; IsManual YN=tNO; GroupCode BoSeriesGroupEnum=sg_Group1; DigitNumber I
    """,
)

COMPANY_INFO = declare(
    "CompanyInfo",
    "CompanyName",
    """
    CompanyName S; Version I; GroupLinesInVATCalculation YN=tNO; BlockStockNegativeQuantity YN=tNO;
    EnableTransactionNotification YN=tYES; Localization S
    """,
    is_open=False,
)

ADMIN_INFO = declare(
    "AdminInfo",
    "CompanyName",
    """
    CompanyName S; Code I; Country S; LocalCurrency S; SystemCurrency S; DefaultWarehouse S; EnableBranches YN=tNO;
    TotalsAccuracy I; AccuracyofQuantities I; PriceAccuracy I; RateAccuracy I; PercentageAccuracy I;
    MeasuringAccuracy I; QueryAccuracy I; WeightUnitDefault I
    """,
    is_open=False,
)

FINANCE_PERIOD = declare(
    "FinancePeriod",
    "AbsoluteEntry",
    """
    AbsoluteEntry I; PeriodCode S; PeriodName S; PostingDateFrom date; PostingDateTo date; ValueDateFrom date;
    ValueDateTo date; TaxDateFrom date; TaxDateTo date; Locked YN=tNO; PeriodStatus PeriodStatusEnum=ltUnlocked
    """,
    is_open=False,
)

SESSION = declare(
    "B1Session",
    "SessionId",
    """
    SessionId S; Version S; SessionTimeout I
    """,
    is_open=False,
)

LOOKUP_TYPES: tuple[Type, ...] = (
    VAT_GROUP,
    VAT_GROUP_LINE,
    CURRENCY,
    COUNTRY,
    STATE,
    PAYMENT_TERMS,
    CREDIT_CARD,
    ADDITIONAL_EXPENSE,
    SHIPPING_TYPE,
    SALES_PERSON,
    MANUFACTURER,
    WEIGHT_MEASURE,
    BRANCH,
    USER_FIELD,
    VALID_VALUE,
    SQL_QUERY,
    SERIES,
    COMPANY_INFO,
    ADMIN_INFO,
    FINANCE_PERIOD,
    SESSION,
)
