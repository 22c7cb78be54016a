"""Failures that are part of the job: each has an HTTP status, a stable code, and a sentence saying what to do."""

from typing import Any

from app.core.languages import N_


class DomainError(Exception):
    """An expected failure.

    ``message`` is an English msgid with ``%(name)s`` places filled from ``params`` once it is translated at the edge.
    ``fields`` maps the names of inputs to such messages, for forms and for 422 and 409 answers.
    """

    status: int = 400
    code: str = "bad_request"
    message: str = N_("This could not be done.")

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        params: dict[str, Any] | None = None,
        fields: dict[str, str] | None = None,
    ) -> None:
        if message is not None:
            self.message = message
        if code is not None:
            self.code = code
        self.params = params or {}
        self.fields = fields or {}
        super().__init__(self.code, self.message)


class NotFound(DomainError):
    """The thing does not exist, or not for this viewer."""

    status = 404
    code = "not_found"
    message = N_("This could not be found. It may have been moved or is not public.")


class Unauthenticated(DomainError):
    """Nobody is signed in."""

    status = 401
    code = "unauthenticated"
    message = N_("Sign in to go on.")


class Forbidden(DomainError):
    """The viewer may know of the thing but not do this."""

    status = 403
    code = "forbidden"
    message = N_("Your account may not do this.")


class SecondFactorNeeded(Forbidden):
    """An office page was asked for without a one-time code in this session."""

    code = "second_factor_needed"
    message = N_("Confirm with your one-time code to go on.")


class Conflict(DomainError):
    """The state of the thing does not allow this now."""

    status = 409
    code = "conflict"
    message = N_("This has changed in the meantime. Look at it again and repeat.")


class StaleVersion(DomainError):
    """Somebody else changed the thing after it was read (``If-Match``)."""

    status = 412
    code = "stale_version"
    message = N_("Somebody else changed this after you opened it. Your text is kept below; compare and save again.")


class Invalid(DomainError):
    """Input that is malformed or refers to something that does not exist."""

    status = 422
    code = "invalid"
    message = N_("Some fields need another look.")


class TooManyTries(DomainError):
    """A limit against guessing or flooding was reached; ``retry_after_s`` says when to come back."""

    status = 429
    code = "too_many_tries"
    message = N_("Too many tries. Wait a few minutes and try again.")

    def __init__(self, retry_after_s: int) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class TooLarge(DomainError):
    """More bytes than we take."""

    status = 413
    code = "too_large"
    message = N_("This is too large. The limit is %(limit)s MB.")


class Unavailable(DomainError):
    """We cannot answer just now; trying again soon helps."""

    status = 503
    code = "unavailable"
    message = N_("We cannot answer right now. Please try again in a moment.")


class StorageFull(DomainError):
    """The database or the disk is full."""

    status = 507
    code = "storage_full"
    message = N_("There is no room left to save this. Nothing was changed; please tell us and try again later.")
