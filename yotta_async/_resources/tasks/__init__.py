"""Tasks: what the workers of an endpoint do."""
