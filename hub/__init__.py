"""The integration hub."""
