"""The table of who may do what: one row a route, one column a kind of caller; each area's is tests/<area>/roles.py.

A row names the route and what each caller is answered; what the call needs is made inside its own savepoint:

    ROWS = [
        row("GET /{locale}/account", anonymous=IN, buyer=200, maker=200, other=200, official=200, admin=200, token=403),
        row("POST /{locale}/x/{product_id}/archive", lambda w: Call({"product_id": w.product.id}), ...),
    ]

``maker`` owns the things of the world, ``other`` is another maker, ``token`` is the maker's token without any scope.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from sqlmodel import Session

from app.accounts.models import User
from app.businesses.models import Business
from app.catalogue.models import Product

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
