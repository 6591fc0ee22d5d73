"""The stand-in for the Shopify Admin GraphQL API."""
