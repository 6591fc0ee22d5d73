"""Linking what exists: proposals, spreadsheets, and how far the two sides cover each other."""
