"""How to talk to each platform. One folder a platform; they do not know each other."""
