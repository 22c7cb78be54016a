"""Pages from templates: one environment a language, strict about names, with what every page needs."""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import iter_route_contexts
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from app.core.assets import Assets
from app.core.config import ROOT
from app.core.errors import DomainError
from app.core.forms import FormState
from app.core.languages import N_, Language, show_date, show_number, show_percent, show_time, translations
from app.core.money import Currency
from app.core.web import FORM_KEY, Unit, currency_of, language_of

TEMPLATES = ROOT / "templates"
NOTICE_COOKIE = "notice"
NOTICES = {
    "saved": N_("Saved."),
    "sent": N_("Sent. We answer as soon as we can."),
    "deleted": N_("Removed."),
    "signed_out": N_("You are signed out."),
    "signed_in": N_("Welcome back."),
    "verified": N_("Your e-mail address is confirmed."),
    "password_changed": N_("Your password is changed. Other devices were signed out."),
    "submitted": N_("Sent to the city for a check. You can go on editing meanwhile."),
    "published": N_("Published."),
    "returned": N_("Returned to the maker with your reason."),
    "decided": N_("Decided. Here is the next one."),
    "uploaded": N_("Picture received. It appears here in a moment."),
    "archived": N_("Archived."),
    "revoked": N_("Revoked."),
    "invited": N_("Invitation sent."),
    "asked": N_("The register is being asked. Load this page again in a moment."),
}


class Viewer(Protocol):
    """Who looks at a page."""

    @property
    def name(self) -> str:
        """What to call them."""
        ...

    @property
    def is_maker(self) -> bool:
        """Whether a maker's workspace is offered."""
        ...

    @property
    def is_official(self) -> bool:
        """Whether the office is offered."""
        ...


@dataclass(frozen=True)
class PageMeta:
    """What the head of a page says."""

    title: str
    description: str = ""
    canonical: str = ""
    """Absolute address without changing parameters; empty for pages that are not for search engines."""
    alternates: tuple[tuple[str, str], ...] = ()
    """(language code, absolute address) of the same page."""
    image: str = ""
    """Absolute address of a picture for sharing."""
    json_ld: tuple[Mapping[str, Any], ...] = ()


PATH_PARAMETER = re.compile(r"{([^{}]+)}")
PLAIN = re.compile(r"[a-z0-9-]+")


class UrlMap:
    """Addresses of pages by route name, without walking the routes for each link."""

    def __init__(self, app: FastAPI) -> None:
        self.paths = {
            route.name: (route.path_format, frozenset(PATH_PARAMETER.findall(route.path_format)))
            for route in iter_route_contexts(app.routes)
            if route.name is not None and route.path_format is not None
        }

    def url(self, name: str, **params: Any) -> str:
        """The address of a page; parameters that are not part of its path follow as a query, empty ones are left out.

        Raises:
            KeyError: for a name that no route has, or a missing path parameter.
        """
        path_format, in_path = self.paths[name]
        used: dict[str, str] = {}
        query: list[tuple[str, str]] = []
        for key, value in params.items():
            if key in in_path:
                text = value if isinstance(value, str) else str(value)
                used[key] = text if PLAIN.fullmatch(text) else quote(text, safe="")
            else:
                query += [(key, item) for item in _items(value)]
        path = path_format.format_map(used)
        return f"{path}?{urlencode(query)}" if query else path


def _items(value: Any) -> Iterable[str]:
    if value is None or value == "":
        return ()
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    return (str(value),)


class Templates:
    """Renders templates for one application."""

    def __init__(self, app: FastAPI, *, auto_reload: bool = False) -> None:
        self.app = app
        self.assets = Assets()
        self.environments = {language: self._for_language(language, auto_reload=auto_reload) for language in Language}
        self._urls: UrlMap | None = None

    def _for_language(self, language: Language, *, auto_reload: bool) -> Environment:
        # Not overlays of one environment: installing translations on an overlay changes the environment below it.
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=auto_reload,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        )
        environment.policies["ext.i18n.trimmed"] = True  # line breaks in a template are no part of a sentence
        environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
        environment.filters = {
            **environment.filters,
            "number": lambda value: show_number(value, language),
            "percent": lambda value: show_percent(value, language),
            "day": lambda value, style="long": show_date(value, language, style),
            "moment": lambda value, zone="Asia/Jakarta", style="medium": show_time(value, language, zone, style),
            "money": lambda value: value.show(language),
        }
        environment.globals.update(
            asset=self.assets.url,
            url=_link,
            form_key=lambda: secrets.token_urlsafe(12),
            FORM_KEY=FORM_KEY,
        )
        return environment

    @property
    def urls(self) -> UrlMap:
        """Addresses of this application's pages."""
        if self._urls is None:
            self._urls = UrlMap(self.app)
        return self._urls

    def text(self, language: Language, template: str, context: Mapping[str, Any]) -> str:
        """A template as text."""
        return self.environments[language].get_template(template).render(context)


@pass_context
def _link(context: Context, name: str, **params: Any) -> str:
    params.setdefault("locale", context["locale"].value)
    return context["urls"].url(name, **params)  # type: ignore[no-any-return]


@dataclass
class Page:
    """What a page handler answers with: rendering, refusing and redirecting, in the visitor's language."""

    request: Request
    viewer: Viewer | None
    language: Language
    currency: Currency
    templates: Templates = field(init=False)

    def __post_init__(self) -> None:
        self.templates = self.request.app.state.templates

    def url(self, name: str, **params: Any) -> str:
        """The address of a page in this language."""
        params.setdefault("locale", self.language.value)
        return self.templates.urls.url(name, **params)

    def absolute(self, path: str) -> str:
        """A path as a public address."""
        return str(self.request.app.state.settings.public_url) + path

    def gettext(self, message: str, **params: object) -> str:
        """A marked message in the visitor's language."""
        text = translations(self.language).ugettext(message)
        return text % params if params else text

    def ngettext(self, one: str, many: str, number: int) -> str:
        """A counted phrase in the visitor's language; ``%(num)s`` is the number as she writes it."""
        text = translations(self.language).ungettext(one, many, number)
        return text % {"num": show_number(number, self.language)}

    def render(
        self,
        template: str,
        meta: PageMeta,
        *,
        status: int = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
        **view: Any,
    ) -> HTMLResponse:
        """A page. ``view`` holds the template's own names."""
        notice = self.request.cookies.get(NOTICE_COOKIE, "")
        path = self.request.url.path
        rest = path.removeprefix(f"/{self.language.value}")
        query = self.request.url.query
        languages = [
            (language.value, language.native_name, f"/{language.value}{rest}" + (f"?{query}" if query else ""))
            for language in Language
        ]
        context = {
            "locale": self.language,
            "page": meta,
            "viewer": self.viewer,
            "currency": self.currency,
            "currencies": list(Currency),
            "languages": languages,
            "request_path": path,
            "request_url": path + (f"?{query}" if query else ""),
            "notice": self.gettext(NOTICES[notice]) if notice in NOTICES else "",
            "urls": self.templates.urls,
            **view,
        }
        response = HTMLResponse(
            self.templates.text(self.language, template, context), status_code=status, headers=headers
        )
        response.headers["Content-Language"] = self.language.value
        if self.viewer is not None or notice:
            response.headers.setdefault("Cache-Control", "private, no-store")
        if notice:
            response.delete_cookie(NOTICE_COOKIE)
        return response

    def reject(
        self, template: str, meta: PageMeta, error: DomainError, *, form: FormState, **view: Any
    ) -> HTMLResponse:
        """A refused form, shown again with all that was typed; the transaction is rolled back."""
        unit: Unit = self.request.state.unit
        unit.rejected = True
        return self.render(template, meta, status=error.status, form=form, **view)

    def redirect(self, name: str, *, notice: str = "", anchor: str = "", **params: Any) -> RedirectResponse:
        """Go on to another page of ours (303), with one of the known notices."""
        return self.go(self.url(name, **params) + (f"#{anchor}" if anchor else ""), notice=notice)

    def go(self, address: str, *, notice: str = "") -> RedirectResponse:
        """Go on to a local address (303); anything that is not local leads home."""
        response = RedirectResponse(
            local_address(address) or f"/{self.language.value}/", status_code=HTTPStatus.SEE_OTHER
        )
        if notice:
            settings = self.request.app.state.settings
            response.set_cookie(
                NOTICE_COOKIE, notice, max_age=60, httponly=True, samesite="lax", secure=settings.secure
            )
        return response

    def alternates(self, name: str, **params: Any) -> tuple[tuple[str, str], ...]:
        """The same page in every language, absolute."""
        return tuple(
            (language.value, self.absolute(self.templates.urls.url(name, **{**params, "locale": language.value})))
            for language in Language
        )


def local_address(address: str) -> str | None:
    """An address when it is a plain path of this site, else None: no scheme, no host, no control characters."""
    if not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    if any(character in address for character in "\r\n\t\\") or not address.isprintable():
        return None
    return address


def error_page(request: Request, error: DomainError, message: str) -> HTMLResponse:
    """A failure as a page, in the visitor's language. It needs no database: that may be what failed."""
    language = language_of(request)
    page = Page(request=request, viewer=None, language=language, currency=currency_of(request, language))
    template = "errors/404.html" if error.status == HTTPStatus.NOT_FOUND else "errors/error.html"
    if message == error.message:
        message = page.gettext(message)
    title = (
        page.gettext(N_("Not found")) if error.status == HTTPStatus.NOT_FOUND else page.gettext(N_("That did not work"))
    )
    response = page.render(
        template,
        PageMeta(title=title),
        status=error.status,
        error=error,
        message=message,
        request_id=request.scope.get("request_id", ""),
    )
    response.headers["Cache-Control"] = "no-store"
    return response
