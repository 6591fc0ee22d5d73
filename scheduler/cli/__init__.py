"""Commands of the scheduler, found by the hub through entry points."""
