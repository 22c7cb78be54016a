"""Who is acting: one ``Subject`` for the session cookie of a browser and the bearer token of a program."""

from dataclasses import dataclass, field

from app.accounts.models import Role, Scope
from app.core.errors import Forbidden, SecondFactorNeeded, Unauthenticated
from app.core.languages import Language


@dataclass(frozen=True)
class Subject:
    """A signed-in person, by cookie or token, with all that permission rules ask for."""

    user_id: int
    name: str
    email: str
    language: Language
    email_verified: bool
    memberships: frozenset[tuple[Role, int]] = frozenset()
    """(role, organisation id)."""
    session_id: int | None = None
    token_id: int | None = None
    scopes: frozenset[Scope] | None = field(default=None)
    """None for a session: everything that the person may do."""
    second_factor: bool = False
    second_factor_missing: bool = False
    """Whether the office must stay shut until a one-time code was given in this session."""

    @property
    def roles(self) -> frozenset[Role]:
        """The person's roles anywhere."""
        return frozenset(role for role, _ in self.memberships)

    @property
    def is_maker(self) -> bool:
        """Whether the person acts for a maker."""
        return Role.MAKER in self.roles

    @property
    def holds_office(self) -> bool:
        """Whether the person has an official's role, whether or not this session or token may use it."""
        return bool(self.roles & {Role.OFFICIAL, Role.ADMIN})

    @property
    def is_official(self) -> bool:
        """Whether the person acts for the city here: role held, second factor given, scope carried by a token."""
        return self.holds_office and not self.second_factor_missing and self._may(Scope.OFFICE)

    @property
    def is_admin(self) -> bool:
        """Whether the person acts as an administrator of this installation here."""
        return self.is_official and Role.ADMIN in self.roles

    def _may(self, scope: Scope) -> bool:
        return self.scopes is None or scope in self.scopes

    @property
    def label(self) -> str:
        """How the person acts, for the audit trail."""
        return "token" if self.token_id is not None else "session"

    def organisations(self, role: Role) -> frozenset[int]:
        """Organisations that the person has a role in."""
        return frozenset(organisation for held, organisation in self.memberships if held == role)


@dataclass(frozen=True)
class Command:
    """Somebody at this machine's command line, or the worker: acts without an account."""

    label: str = "command"
    user_id: int | None = None


@dataclass(frozen=True)
class Visitor:
    """Somebody proving who they are: signing up, signing in, or following a link that was mailed to them."""

    label: str = "visitor"
    user_id: int | None = None


Actor = Subject | Command | Visitor


def require(subject: Subject | None, scope: Scope | None = None) -> Subject:
    """The subject, when signed in and (for a token) allowed this scope.

    Raises:
        Unauthenticated: nobody is signed in.
        Forbidden: the token lacks the scope.
    """
    if subject is None:
        raise Unauthenticated
    if scope is not None and subject.scopes is not None and scope not in subject.scopes:
        raise Forbidden(code="scope_missing")
    return subject


def require_official(subject: Subject | None) -> Subject:
    """The subject, when an official with every factor that the installation asks for.

    Raises:
        Unauthenticated, Forbidden, SecondFactorNeeded
    """
    person = require(subject, Scope.OFFICE)
    if not person.holds_office:
        raise Forbidden
    if person.second_factor_missing:
        raise SecondFactorNeeded
    return person
