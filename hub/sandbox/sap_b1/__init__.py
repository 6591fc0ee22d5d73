"""A stand-in for the SAP Business One Service Layer: /b1s/v2 (OData v4) and the forms of /b1s/v1 (OData v3)."""
