"""Seeing and steering: the console and the REST API."""
