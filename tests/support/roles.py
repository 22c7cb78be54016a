"""The table of who may do what: one row a route, one column a kind of caller; each area's is tests/<area>/roles.py.

A row names the route and what each caller is answered; what the call needs is made inside its own savepoint:

    ROWS = [
        row("GET /{locale}/account", anonymous=IN, buyer=200, maker=200, other=200, official=200, admin=200, token=403),
        row("POST /{locale}/x/{product_id}/archive", lambda w: Call({"product_id": w.product.id}), ...),
    ]

``maker`` owns the things of the world, ``other`` is another maker, ``token`` is the maker's token without any scope.
"""

import datetime as dt
import importlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import Session

from app.accounts.models import Organisation, OrganisationKind, Role, SignInSession, User
from app.accounts.queries import hash_token
from app.businesses.models import Business
from app.catalogue.models import Product, ProductState
from tests.factories import NOON, PASSWORD, make_maker, make_organisation, make_product, make_user, save

IN = "sign in"
"""Led to the sign-in page, which is told where to go on."""
EVERYBODY = {"anonymous", "buyer", "maker", "other", "official", "admin", "token"}
Outcome = int | str


@dataclass
class World:
    """The people and things that rows are about."""

    session: Session
    buyer: User
    maker: User
    business: Business
    product: Product
    """A published product of ``business``."""
    draft: Product
    """A draft of ``business``."""
    other: User
    other_business: Business
    official: User
    admin: User
    cookies: dict[str, str]
    """Each caller's session, by the column's name."""
    session_ids: dict[str, int]
    """The numbers of these sessions."""


@dataclass
class Call:
    """What a request carries: places in its path, query, a form or JSON, files, more headers."""

    params: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    form: dict[str, Any] | None = None
    json: Any = None
    files: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One route and what each caller is answered: a status, or ``IN``."""

    method: str
    path: str
    call: Callable[[World], Call]
    anonymous: Outcome
    buyer: Outcome
    maker: Outcome
    other: Outcome
    official: Outcome
    admin: Outcome
    token: Outcome

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    def outcomes(self) -> dict[str, Outcome]:
        """What each caller is answered."""
        return {column.name: getattr(self, column.name) for column in fields(self) if column.name in EVERYBODY}


def row(route: str, call: Callable[[World], Call] = lambda _: Call(), /, **outcomes: Outcome) -> Row:
    """A row; ``all=200`` stands for every column that is not named."""
    method, path = route.split(" ", 1)
    rest = outcomes.pop("all", None)
    missing = EVERYBODY - outcomes.keys()
    assert outcomes.keys() <= EVERYBODY, f"{route}: no such column"
    assert rest is not None or not missing, f"{route}: say what {sorted(missing)} are answered"
    chosen = {name: outcomes.get(name, rest) for name in EVERYBODY}
    return Row(method, path, call, **chosen)  # type: ignore[arg-type]


def all_rows() -> list[Row]:
    """The rows of every area."""
    folder = Path(__file__).resolve().parents[1]
    found: list[Row] = []
    for file in sorted(folder.glob("*/roles.py")):
        if file.parent.name != "support":
            found += importlib.import_module(f"tests.{file.parent.name}.roles").ROWS
    return found


def path_of(row: Row, call: Call) -> str:
    """The address of a call."""
    path = row.path
    for name, value in {"locale": "en", **call.params}.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe="")).replace(f"{{{name}:path}}", quote(str(value)))
    assert "{" not in path, f"{row.name}: the row does not say what stands in its path"
    return path


def make_world(session: Session) -> World:
    """The people, each signed in, and the things of the maker."""
    known: dict[str, Any] = {"password_hash": Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)}
    maker, business = make_maker(session, **known)
    other, other_business = make_maker(session, **known)
    people: dict[str, User] = {
        "buyer": make_user(session, role=Role.BUYER, **known),
        "maker": maker,
        "other": other,
        "official": make_user(session, role=Role.OFFICIAL, organisation=_office(session), **known),
        "admin": make_user(session, role=Role.ADMIN, organisation=_office(session), **known),
    }
    make_user(session, role=Role.ADMIN, organisation=_office(session))  # so that the other admin may leave
    cookies, numbers = {}, {}
    for name, user in people.items():
        cookies[name] = secrets.token_urlsafe(16)
        started = SignInSession(
            user_id=user.id,
            token_hash=hash_token(cookies[name]),
            created_at=NOON,
            last_seen_at=NOON,
            expires_at=NOON + dt.timedelta(days=30),
            second_factor_at=NOON,
        )
        numbers[name] = save(session, started).id
    made = World(
        session=session,
        business=business,
        other_business=other_business,
        product=make_product(session, business=business),
        draft=make_product(session, business=business, state=ProductState.DRAFT, published_at=None),
        cookies=cookies,
        session_ids=numbers,
        **people,
    )
    session.expunge_all()
    return made


def _office(session: Session) -> Organisation:
    return make_organisation(session, kind=OrganisationKind.OFFICE)
