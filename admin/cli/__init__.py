"""Commands that come with the console."""
