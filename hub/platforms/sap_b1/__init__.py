"""SAP Business One through its Service Layer (OData), the ERP side of the first pair."""
