"""What rendering alone costs: Starlette giving our own category page from values held in memory.

The values are those of one real answer, caught on their way to the template.
"""

from typing import Any
from unittest import mock

from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from app.core.templating import Templates
from app.main import create_app as create_ours

PATH = "/en/categories/food"


def create_app() -> Starlette:
    """An app that renders the page anew for each request."""
    ours = create_ours()
    caught: list[tuple[Any, str, Any]] = []
    text = Templates.text

    def catch(self: Templates, language: Any, template: str, context: Any) -> str:
        caught.append((language, template, context))
        return text(self, language, template, context)

    with mock.patch.object(Templates, "text", catch), TestClient(ours) as client:
        client.get(PATH).raise_for_status()
    language, template, context = caught[-1]
    templates: Templates = ours.state.templates

    def page(_: Request) -> HTMLResponse:
        return HTMLResponse(templates.environments[language].get_template(template).render(context))

    return Starlette(routes=[Route("/{path:path}", page)])
