"""Documents a connector of customers, products, stock and orders sends."""

from __future__ import annotations

MONEY = "{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }"

CUSTOMERS = """query C($first: Int!, $after: String, $query: String) {
  customers(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id legacyResourceId createdAt updatedAt firstName lastName displayName state note tags taxExempt taxExemptions
      locale verifiedEmail numberOfOrders amountSpent { amount currencyCode }
      defaultEmailAddress { emailAddress marketingState marketingOptInLevel marketingUpdatedAt validFormat }
      defaultPhoneNumber { phoneNumber } defaultAddress { id }
      addressesV2(first: 20) { nodes { id firstName lastName company address1 city provinceCode zip countryCodeV2 } }
      metafield(namespace: "hub", key: "erp_id") { value }
    }
  }
}"""

OWN_FIELDS = """query P($first: Int!, $after: String, $query: String) {
  products(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id updatedAt material: metafield(namespace: "custom", key: "material") { value }
      variants(first: 10) { pageInfo { hasNextPage endCursor } nodes {
        id pack: metafield(namespace: "specs", key: "pack") { value }
        depth: metafield(namespace: "specs", key: "depth") { type value }
      } }
    }
  }
}"""

OWN_FIELDS_SET = """mutation($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) { metafields { key value } userErrors { field message code } } }"""

OWN_FIELDS_DELETE = """mutation($metafields: [MetafieldIdentifierInput!]!) {
  metafieldsDelete(metafields: $metafields) {
    deletedMetafields { ownerId namespace key } userErrors { field message } } }"""

PRODUCTS = """query P($first: Int!, $after: String, $query: String) {
  products(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id handle title descriptionHtml vendor productType status tags isGiftCard createdAt updatedAt publishedAt
      totalInventory tracksInventory options { id name position optionValues { id name } }
      variants(first: 100) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id title sku barcode price compareAtPrice taxable taxCode inventoryPolicy inventoryQuantity position updatedAt
          selectedOptions { name value }
          inventoryItem {
            id sku tracked requiresShipping unitCost { amount currencyCode } measurement { weight { unit value } }
          }
        }
      }
      media(first: 10) { nodes { id alt ... on MediaImage { image { url } } } }
    }
  }
}"""

LEVELS = """query I($first: Int!, $after: String, $query: String) {
  inventoryItems(first: $first, after: $after, query: $query) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id sku tracked updatedAt variants(first: 5) { nodes { id } }
      inventoryLevels(first: 50, includeInactive: true) {
        nodes {
          id isActive updatedAt location { id }
          quantities(names: ["available", "on_hand", "committed", "incoming", "reserved"]) { name quantity updatedAt }
        }
      }
    }
  }
}"""

LEVELS_AT = """query A($id: ID!, $first: Int!, $after: String, $query: String) {
  location(id: $id) {
    inventoryLevels(first: $first, after: $after, query: $query) {
      pageInfo { hasNextPage endCursor }
      nodes { id updatedAt item { id sku tracked } quantities(names: ["available", "on_hand"]) { name quantity } }
    }
  }
}"""

ORDERS = (
    """query O($first: Int!, $after: String, $query: String) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id legacyResourceId name number confirmationNumber createdAt processedAt updatedAt cancelledAt cancelReason
      closedAt test edited email phone note tags customAttributes { key value } poNumber sourceName sourceIdentifier
      currencyCode presentmentCurrencyCode taxesIncluded taxExempt displayFinancialStatus displayFulfillmentStatus
      returnStatus paymentGatewayNames risk { recommendation } customer { id }
      billingAddress { ...A } shippingAddress { ...A }
      totalPriceSet MONEY currentTotalPriceSet MONEY subtotalPriceSet MONEY totalTaxSet MONEY totalDiscountsSet MONEY
      totalShippingPriceSet MONEY totalTipReceivedSet MONEY totalRefundedSet MONEY netPaymentSet MONEY
      totalOutstandingSet MONEY discountCodes
      discountApplications(first: 20) {
        nodes {
          __typename allocationMethod targetType targetSelection
          value { ... on MoneyV2 { amount currencyCode } ... on PricingPercentageValue { percentage } }
          ... on DiscountCodeApplication { code }
          ... on ManualDiscountApplication { title }
          ... on AutomaticDiscountApplication { title }
        }
      }
      taxLines { title rate ratePercentage channelLiable priceSet MONEY }
      shippingLines(first: 10) {
        nodes {
          id title code isRemoved originalPriceSet MONEY discountedPriceSet MONEY
          taxLines { title rate priceSet MONEY } discountAllocations { allocatedAmountSet MONEY }
        }
      }
      lineItems(first: 50) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id name title sku quantity currentQuantity refundableQuantity unfulfilledQuantity isGiftCard taxable
          requiresShipping vendor variant { id } product { id } customAttributes { key value }
          originalUnitPriceSet MONEY discountedUnitPriceSet MONEY originalTotalSet MONEY discountedTotalSet MONEY
          totalDiscountSet MONEY
          discountAllocations { allocatedAmountSet MONEY discountApplication { index } }
          taxLines { title rate ratePercentage channelLiable priceSet MONEY }
        }
      }
      transactions(first: 50) {
        id kind status gateway formattedGateway test processedAt amountSet MONEY parentTransaction { id } errorCode
      }
      refunds(first: 50) { ...R }
      fulfillments(first: 20) {
        id status displayStatus createdAt updatedAt trackingInfo(first: 10) { company number url } location { id }
        fulfillmentLineItems(first: 50) { nodes { quantity lineItem { id } } }
      }
      fulfillmentOrders(first: 20) {
        nodes {
          id status requestStatus assignedLocation { location { id } } supportedActions { action }
          lineItems(first: 50) { nodes { id totalQuantity remainingQuantity lineItem { id } } }
        }
      }
    }
  }
}
fragment A on MailingAddress { firstName lastName company address1 address2 city provinceCode zip countryCodeV2 phone }
fragment R on Refund {
  id createdAt processedAt updatedAt note totalRefundedSet MONEY
  refundLineItems(first: 50) {
    nodes { id quantity restockType restocked location { id } lineItem { id } subtotalSet MONEY totalTaxSet MONEY }
  }
  refundShippingLines(first: 10) { nodes { id shippingLine { id } subtotalAmountSet MONEY taxAmountSet MONEY } }
  orderAdjustments(first: 10) { nodes { id reason amountSet MONEY taxAmountSet MONEY } }
  transactions(first: 20) { nodes { id kind status gateway amountSet MONEY } }
}"""
).replace("MONEY", MONEY)

NODES = """query N($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename id ... on Customer { updatedAt } ... on Product { updatedAt } ... on Order { updatedAt name }
    ... on InventoryItem { updatedAt } ... on Refund { note } ... on Fulfillment { status }
    ... on OrderTransaction { kind }
  }
}"""

SHOP = """{
  shop { id name myshopifyDomain currencyCode ianaTimezone taxesIncluded weightUnit plan { publicDisplayName } }
  currentAppInstallation { accessScopes { handle } }
  publicApiVersions { handle supported }
}"""

SET_QUANTITIES = """mutation S($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup {
      id createdAt reason referenceDocumentUri changes { name delta quantityAfterChange item { id } location { id } }
    }
    userErrors { field message code }
  }
}"""

ACTIVATE = """mutation A($item: ID!, $loc: ID!, $available: Int, $key: String!) {
  inventoryActivate(inventoryItemId: $item, locationId: $loc, available: $available) @idempotent(key: $key) {
    inventoryLevel { id isActive quantities(names: ["available"]) { name quantity } }
    userErrors { field message }
  }
}"""

CUSTOMER_SET = """mutation CS($identifier: CustomerSetIdentifiers, $input: CustomerSetInput!) {
  customerSet(identifier: $identifier, input: $input) {
    customer { id email phone tags firstName updatedAt addressesV2(first: 9) { nodes { city } } }
    userErrors { field message code }
  }
}"""

CUSTOMER_CREATE = """mutation CC($input: CustomerInput!) {
  customerCreate(input: $input) {
    customer { id email phone displayName tags note } userErrors { field message }
  }
}"""

PRODUCT_SET = """mutation PS($identifier: ProductSetIdentifiers, $input: ProductSetInput!, $synchronous: Boolean!) {
  productSet(identifier: $identifier, input: $input, synchronous: $synchronous) {
    product {
      id handle title status tags updatedAt totalInventory options { name position values optionValues { name } }
      variants(first: 100) { nodes { id sku title price inventoryQuantity inventoryItem { id tracked } } }
    }
    productSetOperation { id status userErrors { field message code } }
    userErrors { field message code }
  }
}"""

#: With what a connector reads back of a product that it has made.
PRODUCT_SET_WITH_DETAILS = """mutation productSet($input: ProductSetInput!, $synchronous: Boolean) {
  productSet(input: $input, synchronous: $synchronous) {
    product {
      id handle title descriptionHtml vendor productType status hasOnlyDefaultVariant variantsCount { count }
      variants(first: 2) { nodes {
        id sku barcode price taxable updatedAt selectedOptions { name value }
        inventoryItem { id tracked measurement { weight { unit value } } }
      } }
    }
    userErrors { field message code }
  }
}"""

PRODUCT_CREATE = """mutation PC($product: ProductCreateInput!) {
  productCreate(product: $product) {
    product { id title handle status tags variants(first: 5) { nodes { id title sku price } } }
    userErrors { field message }
  }
}"""

VARIANTS_UPDATE = """mutation V($productId: ID!, $variants: [ProductVariantsBulkInput!]!, $partial: Boolean) {
  productVariantsBulkUpdate(productId: $productId, variants: $variants, allowPartialUpdates: $partial) {
    productVariants { id sku price barcode } userErrors { field message code }
  }
}"""

BULK = """mutation B($query: String!, $group: Boolean!) {
  bulkOperationRunQuery(query: $query, groupObjects: $group) {
    bulkOperation { id status } userErrors { field message code }
  }
}"""

BULK_POLL = """query BP($id: ID!) {
  bulkOperation(id: $id) {
    id status errorCode objectCount rootObjectCount fileSize url partialDataUrl completedAt
  }
}"""
