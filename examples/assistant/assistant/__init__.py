"""An assistant that answers a lamp shop's customers: a model server, and the application in front of it."""

CODE = "1"
"""Which code this is. Every answer names it, so that it shows whether it belongs to flags, model and configuration."""
