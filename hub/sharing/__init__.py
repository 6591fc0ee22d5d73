"""Points, places and log-ins that all workers of all machines share, kept in the store (see docs/limits.md)."""
