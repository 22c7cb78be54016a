"""The public version: one number that every change to public content moves on, in the same transaction."""

from collections.abc import Callable

from sqlalchemy import event, update
from sqlalchemy.orm import Session as OrmSession
from sqlmodel import Field, Session, col, select

from app.core.models import Table

PUBLIC = "public"


class ContentVersion(Table, table=True):
    """A counter by name; answers kept in memory are good for as long as it stands still."""

    __tablename__ = "content_version"
    name: str = Field(primary_key=True, max_length=40)
    value: int = 0


Follower = Callable[[OrmSession, int], None]
_followers: list[Follower] = []


def when_published(follower: Follower) -> Follower:
    """Call this with the new version in every transaction that publishes, right before its commit.

    Such transactions are one behind the other from here on, so what is written beside a version is seen with it.
    """
    _followers.append(follower)
    return follower


def bump_public(session: OrmSession) -> None:
    """Move the public version on, once a transaction and at its end: all publishing writers meet at that row."""
    session.info["public_changed"] = True


def public_version(session: Session) -> int:
    """The present public version."""
    return session.exec(select(ContentVersion.value).where(ContentVersion.name == PUBLIC)).one()


@event.listens_for(OrmSession, "before_flush")
def _notice_public_changes(session: OrmSession, *_: object) -> None:
    touched = (*session.new, *session.dirty, *session.deleted)
    if any(isinstance(row, Table) and row.public_content for row in touched):
        session.info["public_changed"] = True


@event.listens_for(OrmSession, "before_commit")
def _write_version(session: OrmSession) -> None:
    if session.in_nested_transaction():
        return  # A savepoint ends; the version moves once, at the end of the whole.
    session.flush()
    if session.info.pop("public_changed", False):
        version = session.execute(
            update(ContentVersion)
            .where(col(ContentVersion.name) == PUBLIC)
            .values(value=ContentVersion.value + 1)
            .returning(col(ContentVersion.value))
            .execution_options(synchronize_session=False)
        ).scalar()
        if version is None:
            return  # an empty database, which is about to be filled by hand
        for follower in _followers:
            follower(session, version)


@event.listens_for(OrmSession, "after_soft_rollback")
def _forget_public_change(session: OrmSession, *_: object) -> None:
    if not session.in_transaction():
        session.info.pop("public_changed", None)
