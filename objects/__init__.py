"""What is synchronised: the canonical form of each object, and the rules that need no platform."""
