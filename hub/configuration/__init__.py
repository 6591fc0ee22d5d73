"""An integration as one declarative file: read, applied, exported, and checked against both sides."""
