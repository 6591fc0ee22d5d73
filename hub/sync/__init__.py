"""The engine: compares what the source says now with what both sides last agreed on, and writes the difference."""
