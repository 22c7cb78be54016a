"""Measures search quality, and speed against reference apps: ``python -m bench``."""
