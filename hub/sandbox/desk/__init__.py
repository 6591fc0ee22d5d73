"""The simple pages at /edit, on which people play shopkeeper and clerk; they change the world by control calls only."""
