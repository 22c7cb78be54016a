"""Who may do what with what belongs to no area."""

from tests.support.roles import Call, row

ROWS = [
    row("GET /openapi.json", all=200),
    row("GET /favicon.ico", all=200),
    row("GET /static/{path:path}", lambda _: Call({"path": "css/base.css"}), all=200),
    row("GET /media/{name}", lambda _: Call({"name": "unknown.jpg"}), all=404),
]
