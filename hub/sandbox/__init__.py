"""Stand-ins for the real platforms, each a process of its own, spoken to over HTTP like the real thing.

Nothing here imports the hub: a wrong belief of a connector must not be tested against itself.
"""
