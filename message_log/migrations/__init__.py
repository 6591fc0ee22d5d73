"""The revisions of the ledger's tables, a line of their own."""
