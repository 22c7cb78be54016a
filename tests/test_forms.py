"""Every form of every page, and every parameter of every address, against what people never type and others do."""

import datetime as dt
import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Connection
from sqlmodel import Session, select

from app.accounts import passwords
from app.accounts.models import SignInSession, User
from app.businesses.models import Contact
from app.core.config import Settings
from app.core.web import UnitRoute
from tests.accounts.support import switch_totp_on
from tests.conftest import NOON, data_folder
from tests.factories import PASSWORD, save
from tests.support.roles import Call, Row, World, all_rows, make_world, path_of

ROWS = all_rows()
PAGES = [row for row in ROWS if row.method == "GET" and row.path.startswith("/{locale}/")]
CHANGES = {row.path: row for row in ROWS if row.method == "POST" and row.path.startswith("/{locale}/")}
CALLERS = ("anonymous", "maker", "official")
ALLOWED = {200, 303, 400, 401, 403, 404, 409, 413, 422, 429}
TYPED = {"text", "email", "tel", "url", "password", "search", "number", "date", "time", "textarea"}
STRINGS_A_FIELD = 4
JUDGED_BY = {"order_multiple": "moq"}
"""Where a message stands when two fields do not fit together."""
IN_QUERY = {"language", "id"}
"""What a table's call says of the page that shows its form, in the query of that page."""
OWN = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)> & 'quoted'",
    "</textarea></title><b>out</b>",
    "'; DROP TABLE business; --",
    "%s%s%n %(name)s %d 100%",
    "{{7*7}}{% raw %}${7*7}",
    "../../../../etc/passwd",
    "C:\\NUL\\con",
    "one\r\ntwo\r\nX-Header: three",
    "\u202eesrever\u202c \u2066isolated\u2069",
    "مرحبا بالعالم",
    "🧵👩\u200d🏭🇮🇩 ꧋ 반둥 — ñandú",
    "zero\u200bwidth\ufeff\u200d\u2060",
    "\u200b",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324A\u0301\u0300L",
    "nul\0inside",
    "bell\x07 escape\x1b[31m del\x7f c1\x85\x9f",
    "lone\ud800surrogate\udfff",
    "\ufffe\uffff\U0010ffff",
    "x" * 10_000,
    "가" * 300,
    "9" * 400,
    "99999999999999999999",
    "9223372036854775808",
    "2147483648",
    "-1",
    "-0.0000000001",
    "NaN",
    "-Infinity",
    "1e400",
    "1e-400",
    "1_000",
    "١٢٣",
    "½",
    "0x1F",
    "1,5.5,5",
    "0000-00-00",
    "2026-02-30",
    "+10000-01-01",
    "javascript:alert(1)",
    "http://[::1",
    "a@b@c..d",
    "=cmd|' /C calc'!A0",
]
"""What each kind of field might trip over."""


def naughty() -> list[str]:
    """Our own strings, and some of a longer list where there is one."""
    path = data_folder() / "badinput" / "blns.json"
    return OWN + (json.loads(path.read_text())[::23] if path.exists() else [])


@dataclass
class Form:
    """A form as a browser would send it."""

    action: str
    multipart: bool
    fields: list[tuple[str, str]] = field(default_factory=list)
    typed: dict[str, str] = field(default_factory=dict)
    """Type of each field to type in, by its name."""


class Page(HTMLParser):
    """What a page holds of forms, its ids, and where its summary of errors leads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.shown: dict[str, list[str]] = {}
        """Values of the fields to type in, by their name."""
        self.ids: set[str] = set()
        self.errors: set[str] = set()
        """Fields that an error message stands at, or that the summary leads to."""
        self.summary = False
        self._form: Form | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._area: tuple[str, str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in given}
        if identity := attributes.get("id"):
            self.ids.add(identity)
            if identity.startswith("f-") and identity.endswith("-error"):
                self.errors.add(identity[2:-6])
        self.summary = self.summary or "error-summary" in attributes.get("class", "")
        if tag == "a" and attributes.get("href", "").startswith("#f-"):
            self.errors.add(attributes["href"][3:])
        if tag == "form" and attributes.get("method", "").lower() == "post":
            self._form = Form(attributes.get("action", ""), "multipart" in attributes.get("enctype", ""))
            self.forms.append(self._form)
        if tag == "option" and self._select is not None:
            self._select[1].append((attributes.get("value", ""), "selected" in attributes))
        if self._form is not None and attributes.get("formaction"):  # a second button that sends the form elsewhere
            form = self._form
            self.forms.append(Form(attributes["formaction"], form.multipart, form.fields, form.typed))
        if (name := attributes.get("name", "")) and "disabled" not in attributes:
            self._field(tag, name, attributes)

    def _field(self, tag: str, name: str, attributes: dict[str, str]) -> None:
        if tag == "input":
            self._input(name, attributes)
        elif tag == "textarea":
            self._area = (name, "")
        elif tag == "select":
            self._select = (name, [])
        elif tag == "button" and self._form is not None and name not in dict(self._form.fields):
            self._form.fields.append((name, attributes.get("value", "")))  # the first button, as Enter would press it

    def _input(self, name: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("type", "text")
        value = attributes.get("value", "")
        if kind in TYPED:
            self.shown.setdefault(name, []).append(value)
        if self._form is None or kind == "file" or (kind in {"radio", "checkbox"} and "checked" not in attributes):
            return
        self._form.fields.append((name, value))
        if kind in TYPED:
            self._form.typed[name] = kind

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area = (self._area[0], self._area[1] + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._area is not None:
            name, text = self._area
            text = text.removeprefix("\n")  # the one that HTML drops
            self.shown.setdefault(name, []).append(text)
            if self._form is not None:
                self._form.fields.append((name, text))
                self._form.typed[name] = "textarea"
            self._area = None
        elif tag == "select" and self._select is not None:
            name, options = self._select
            chosen = [value for value, selected in options if selected] or [value for value, _ in options[:1]]
            if self._form is not None:
                self._form.fields += [(name, value) for value in chosen]
            self._select = None


def _second_factor(world: World) -> None:
    switch_totp_on(world.session, world.session.get_one(User, world.maker.id))


def _half_signed_in(world: World) -> None:
    _second_factor(world)
    row = world.session.get_one(SignInSession, world.session_ids["maker"])
    row.second_factor_at = None
    save(world.session, row)


def _second_device(world: World) -> None:
    end = NOON + dt.timedelta(days=1)
    device: dict[str, Any] = {"token_hash": "f" * 64, "created_at": NOON, "last_seen_at": NOON, "expires_at": end}
    save(world.session, SignInSession(user_id=world.maker.id, **device))


def _public_contact(world: World) -> None:
    contact = world.session.exec(select(Contact).where(Contact.business_id == world.business.id)).one()
    contact.consented_at = NOON
    save(world.session, contact)


STEPS: dict[str, Callable[[World], None]] = {
    "/{locale}/second-step": _half_signed_in,
    "/{locale}/account/devices/end-others": _second_device,
    "/{locale}/account/second-factor/recovery-codes": _second_factor,
    "/{locale}/account/second-factor/off": _second_factor,
    "/{locale}/workspace/contacts/{kind}/withdraw": _public_contact,
}
"""What must stand before a page shows the form to the maker, beyond what the table's call makes."""


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords are hashed a hundred times here; how hard that is, is tested where passwords are."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHash((Argon2Hasher(1, 8, 1),)))
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a register that could be asked, so that the form which asks it is there; nothing is asked here."""
    return settings.model_copy(update={"halal_register_url": "http://127.0.0.1:9/"})


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def browser(application: FastAPI) -> Iterator[TestClient]:
    with TestClient(application, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


@dataclass
class Visitor:
    """A caller of the table at a browser; whatever a call changes is undone after the block."""

    browser: TestClient
    world: World
    connection: Connection
    caller: str

    @contextmanager
    def undone(self) -> Iterator[None]:
        savepoint = self.connection.begin_nested()
        try:
            with Session(
                self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False
            ) as self.world.session:
                yield
        finally:
            savepoint.rollback()

    def headers(self) -> dict[str, str]:
        self.browser.cookies.clear()
        return {} if self.caller == "anonymous" else {"cookie": f"session={self.world.cookies[self.caller]}"}

    def get(self, address: str, query: dict[str, Any] | None = None) -> httpx2.Response:
        sent = urlencode(query or {}, errors="surrogatepass")
        return self.browser.get(f"{address}?{sent}" if sent else address, headers=self.headers())

    def post(self, form: Form, fields: list[tuple[str, str]], files: Any) -> httpx2.Response:
        if form.multipart:
            parts = [(name, (None, value.encode("utf-8", "surrogatepass"))) for name, value in fields]
            return self.browser.post(form.action, files=[*parts, *(files or {}).items()], headers=self.headers())
        body = urlencode(fields, errors="surrogatepass")
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self.browser.post(form.action, content=body, headers=self.headers() | kind)


def find_form(visitor: Visitor, row: Row, call: Call) -> Form | None:
    """The form on our pages that a row is about, as this caller sees it."""
    wanted = path_of(row, call)

    def likeness(page: Row) -> int:
        pairs = itertools.zip_longest(page.path.split("/"), row.path.split("/"))
        return -sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))

    for page in sorted(PAGES, key=likeness):
        if set(re.findall(r"{(\w+)", page.path)) - call.params.keys() - {"locale"}:
            continue  # about another thing
        address = path_of(page, call)
        answer = visitor.get(address, {name: value for name, value in call.params.items() if name in IN_QUERY})
        if answer.status_code != 200 or "text/html" not in answer.headers["content-type"]:
            continue
        if wanted not in answer.text and wanted != address:
            continue  # reading a page takes longer than making it
        for form in Page(answer.text).forms:
            form.action = urljoin(address, form.action)
            if urlsplit(form.action).path == wanted:
                return form
    return None


def with_values(form: Form, call: Call) -> list[tuple[str, str]]:
    """The form filled in as the table fills it, the rest as prefilled."""
    given = {name: str(value) for name, value in (call.form or {}).items()}
    kept = [(name, value) for name, value in form.fields if name not in given]
    return kept + list(given.items())


def faults_of(form: Form, name: str, text: str, answer: httpx2.Response, *, only_this: bool) -> list[str]:
    """What is wrong with the answer to one field filled in badly."""
    if answer.status_code not in ALLOWED:
        return [f"status {answer.status_code}"]
    if answer.status_code != 422:
        return []
    found = []
    page = Page(answer.text)
    typed = text.replace("\0", "")
    representable = typed.encode("utf-8", "replace").decode() == typed
    secret = form.typed[name] == "password" or name == "code"
    if not secret and representable and typed not in page.shown.get(name, []):
        found.append(f"shows {ascii(page.shown.get(name))[:80]} instead of what was typed")
    if not page.summary:
        found.append("no summary of errors")
    # A row of numbered fields is one thing: an amount without a quantity is told at the quantity. What belongs to no
    # field, such as an unknown address at the door, stands in the summary alone.
    row = re.sub(r"^.*-(?=\d+$)", "", name)
    near = {name, JUDGED_BY.get(name, name)}
    if only_this and page.errors and not any(each in near or each.endswith(f"-{row}") for each in page.errors):
        found.append(f"messages at {sorted(page.errors)} only")
    lost = [each for each in page.errors if f"f-{each}" not in page.ids]
    if lost:
        found.append(f"messages lead to {lost}, which the page does not have")
    return found


def test_no_form_breaks_or_forgets_what_was_typed(browser: TestClient, world: World, connection: Connection) -> None:
    texts = itertools.cycle(naughty())
    faults: dict[str, str] = {}
    reached: dict[str, int] = dict.fromkeys(CHANGES, 0)
    for row, caller in itertools.product(CHANGES.values(), CALLERS):
        if reached[row.path] or row.outcomes()[caller] not in {200, 303, 409}:
            continue
        if row.path in STEPS and caller != "maker":
            continue
        visitor = Visitor(browser, world, connection, caller)
        with visitor.undone():
            call = row.call(world)
            if row.path in STEPS:
                STEPS[row.path](world)
            if row.path.endswith("/second-factor/confirm"):
                browser.post("/en/account/second-factor/begin", data={"password": PASSWORD}, headers=visitor.headers())
            form = find_form(visitor, row, call)
            if form is None:
                continue
            reached[row.path] += 1
            filled = with_values(form, call)
            with visitor.undone():
                accepted = visitor.post(form, filled, call.files).status_code in {200, 303}
            for name, text in ((name, next(texts)) for name in form.typed for _ in range(STRINGS_A_FIELD)):
                sent = [(each, text if each == name else value) for each, value in filled]
                with visitor.undone():
                    answer = visitor.post(form, sent, call.files)
                for fault in faults_of(form, name, text, answer, only_this=accepted):
                    faults.setdefault(f"{row.path} {name} as {caller}: {fault}", ascii(text)[:60])
    assert faults == {}
    assert {path for path, times in reached.items() if not times} == set()


def test_no_parameter_of_an_address_breaks_a_page_or_a_list(
    browser: TestClient, application: FastAPI, world: World, connection: Connection
) -> None:
    known: dict[str, frozenset[str]] = {
        route.path or "": route.original_route.known_query
        for route in iter_route_contexts(application.routes)
        if isinstance(route.original_route, UnitRoute) and "GET" in (route.methods or ())
    }
    texts = itertools.cycle(naughty())
    faults: dict[str, int] = {}
    asked = 0
    for row in ROWS:
        caller = next((each for each in CALLERS if row.outcomes()[each] == 200), None)
        if row.method != "GET" or caller is None or row.path not in known:
            continue
        visitor = Visitor(browser, world, connection, caller)
        with visitor.undone():
            call = row.call(world)
            for name in sorted(known[row.path] | call.query.keys()):
                for text in itertools.islice(texts, STRINGS_A_FIELD):
                    asked += 1
                    answer = visitor.get(path_of(row, call), {**call.query, name: text})
                    if answer.status_code not in ALLOWED:
                        faults[f"{row.name} {name}={ascii(text)[:60]}"] = answer.status_code
    assert faults == {}
    assert asked > STRINGS_A_FIELD * 50
