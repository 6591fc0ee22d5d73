"""What the hub knows: one module a table, all behind the `Database` that is handed in."""
