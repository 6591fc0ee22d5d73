"""The wizard that sets an integration up: one module a step."""
