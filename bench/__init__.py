"""Measurements of the whole: the hub's own commands between the two sandboxes, judged by what the sandboxes hold."""
