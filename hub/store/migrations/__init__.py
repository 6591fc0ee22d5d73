"""Revisions of the store."""
