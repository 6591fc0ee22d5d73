"""Choosing records of a source, and marking them for synchronisation."""
