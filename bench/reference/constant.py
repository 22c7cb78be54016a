"""The floor of any answer: Starlette sending the same bytes to everybody (``LB_BENCH_BODY`` names the file)."""

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def create_app() -> Starlette:
    """An app that answers every path alike."""
    body = Path(os.environ["LB_BENCH_BODY"]).read_bytes()

    async def answer(_: Request) -> Response:
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/{path:path}", answer)])
