"""Shopify, spoken to through its Admin GraphQL API."""
