"""The enumerations the served types use: member names, with the codes the database stores where those are known.

A client may write and filter by either; answers carry the member's name.
"""

from __future__ import annotations

#: Enumeration -> member -> stored code ("" = not known, so only the name is understood).
ENUMS: dict[str, dict[str, str]] = {
    "BoYesNoEnum": {"tNO": "N", "tYES": "Y"},
    "BoCardTypes": {"cCustomer": "C", "cSupplier": "S", "cLid": "L"},
    "BoCardCompanyTypes": {"cCompany": "", "cPrivate": "", "cGovernment": "", "cEmployee": ""},
    "BoVatStatus": {"vExempted": "", "vLiable": "", "vEC": ""},
    "BoAddressType": {"bo_ShipTo": "S", "bo_BillTo": "B"},
    "BoBusinessPartnerGroupTypes": {"bbpgt_CustomerGroup": "", "bbpgt_VendorGroup": ""},
    "PriceModeEnum": {"pmNet": "", "pmGross": ""},
    "ItemTypeEnum": {"itItems": "I", "itLabor": "L", "itTravel": "T", "itFixedAssets": "F"},
    "BoItemTreeTypes": {
        "iNotATree": "",
        "iAssemblyTree": "",
        "iSalesTree": "",
        "iProductionTree": "",
        "iTemplateTree": "",
        "iIngredient": "",
    },
    "BoTaxTypes": {"tt_Yes": "", "tt_No": "", "tt_UseTax": "", "tt_OffsetTax": ""},
    "BoDocumentTypes": {"dDocument_Items": "I", "dDocument_Service": "S"},
    "BoObjectTypes": {
        "oOrders": "17",
        "oDrafts": "112",
        "oInvoices": "13",
        "oDeliveryNotes": "15",
        "oCreditNotes": "14",
    },
    "BoStatus": {"bost_Open": "O", "bost_Close": "C", "bost_Paid": "P", "bost_Delivered": "D"},
    "CancelStatusEnum": {"csYes": "Y", "csNo": "N", "csCancellation": "C"},
    "PriceModeDocumentEnum": {"pmdNet": "", "pmdGross": "", "pmdNetAndGross": ""},
    "DocumentAuthorizationStatusEnum": {
        "dasWithout": "",
        "dasPending": "",
        "dasApproved": "",
        "dasRejected": "",
        "dasGenerated": "",
        "dasGeneratedbyAuthorizer": "",
        "dasCancelled": "",
    },
    "BoAdEpnsDistribMethods": {
        "aedm_None": "",
        "aedm_Quantity": "",
        "aedm_Volume": "",
        "aedm_Weight": "",
        "aedm_Equally": "",
        "aedm_RowTotal": "",
    },
    "BoAeDistMthd": {
        "aed_Equally": "",
        "aed_LineTotal": "",
        "aed_None": "",
        "aed_Quantity": "",
        "aed_Volume": "",
        "aed_Weight": "",
    },
    "BoVatCategoryEnum": {"bovcInputTax": "", "bovcOutputTax": ""},
    "CurrenciesDecimalsEnum": {
        "cd1Digit": "",
        "cd2Digits": "",
        "cd3Digits": "",
        "cd4Digits": "",
        "cd5Digits": "",
        "cd6Digits": "",
        "cdDefault": "",
        "cdWithoutDecimals": "",
    },
    "BoFieldTypes": {"db_Alpha": "", "db_Memo": "", "db_Numeric": "", "db_Date": "", "db_Float": ""},
    "BoFldSubTypes": {
        "st_None": "",
        "st_Address": "",
        "st_Phone": "",
        "st_Time": "",
        "st_Rate": "",
        "st_Sum": "",
        "st_Price": "",
        "st_Quantity": "",
        "st_Percentage": "",
        "st_Measurement": "",
        "st_Link": "",
        "st_Image": "",
        "st_Checkbox": "",
    },
    "DownPaymentTypeEnum": {"dptRequest": "N", "dptInvoice": "Y"},
    "PeriodStatusEnum": {"ltUnlocked": "", "ltUnlockedExceptSales": "", "ltPeriodClosing": "", "ltLocked": ""},
    "BoSeriesGroupEnum": {"sg_Group1": ""},
}


def member(enumeration: str, value: object) -> str | None:
    """The member that `value` names by its name or its stored code; None where there is none."""
    members = ENUMS[enumeration]
    if value in members:
        return str(value)
    return next((name for name, code in members.items() if code and code == value), None)
