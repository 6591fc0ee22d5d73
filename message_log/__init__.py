"""What happened: the ledger of every message, attempt and exchange, and the ways to look into it.

A leaf of the house: it knows neither the hub nor the objects. It has its own tables (`LogBase`) without foreign keys
to live ones, because a ledger outlives what it describes.

* write: `message_log.ledger.Ledger` with the value objects of `message_log.entries`
* read:  `message_log.queries.Queries` (pages, counts, timeline, export) and `message_log.detail.Details` (one message)
* erase: `message_log.erase.Eraser`
"""
