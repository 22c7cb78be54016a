"""``python -m app`` is the command ``little-bandung``."""

from app.cli import app

app()
