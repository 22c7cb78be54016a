"""What the pages of this area share."""

import datetime as dt
from dataclasses import replace
from typing import Any

from babel.dates import format_timedelta
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from app.core.errors import DomainError, TooManyTries
from app.core.forms import form_state
from app.core.languages import N_, Language, babel_locale
from app.core.templating import Page, PageMeta, local_address

NO_STORE = {"Cache-Control": "no-store"}


def refuse(
    page: Page, template: str, meta: PageMeta, error: DomainError, *, form: FormData, **view: Any
) -> HTMLResponse:
    """A refused form of a direct route, shown again with what was typed (passwords are never shown)."""
    state = form_state(form, error, page.language)
    headers = dict(NO_STORE)
    if isinstance(error, TooManyTries):
        wait = show_wait(error.retry_after_s, page.language)
        state = replace(state, message=page.gettext(N_("Too many tries for now. Go on in %(wait)s."), wait=wait))
        headers["Retry-After"] = str(error.retry_after_s)
    title = page.gettext(N_("Error: %(title)s"), title=meta.title)
    return page.render(template, replace(meta, title=title), status=error.status, headers=headers, form=state, **view)


def show_wait(seconds: int, language: Language) -> str:
    """A waiting time in the reader's words, such as ``4 minutes``."""
    return format_timedelta(dt.timedelta(seconds=seconds), threshold=1.2, locale=babel_locale(language))


def text_of(form: FormData, name: str) -> str:
    """A field's text, or nothing."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def wanted(address: str) -> str:
    """An address to go on to, when it is one of ours, else nothing."""
    return local_address(address[:2000]) or ""
