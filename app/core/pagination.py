"""Pages of long lists by cursor: the place after a (sort key, id), so that inserts neither repeat nor lose a row."""

import base64
import binascii
import json
import math
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, Field

from app.core.errors import Invalid
from app.core.languages import N_

T = TypeVar("T")
MAX_LIMIT = 100
DEFAULT_LIMIT = 24
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]
CursorText = Annotated[str, Field(max_length=400)]


@dataclass(frozen=True)
class Cursor:
    """The place after the row whose sort key and id these are, in the order named ``sort``."""

    sort: str
    key: Any
    id: int

    def encode(self) -> str:
        """The opaque text that clients hand back."""
        raw = json.dumps([self.sort, self.key, self.id], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    @classmethod
    def decode(cls, text: str, *, sort: str) -> "Cursor":
        """Read a cursor back.

        Raises:
            Invalid: when it is damaged or was made for another order.
        """
        try:
            made_for, key, row_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except (ValueError, binascii.Error, TypeError, RecursionError) as error:
            raise _bad_cursor() from error
        if made_for != sort or type(row_id) is not int or not _fits(row_id) or not _fits(key):
            raise _bad_cursor()
        return cls(sort=sort, key=key, id=row_id)


def _fits(key: Any) -> bool:
    """Whether both databases can compare this value with a column."""
    if isinstance(key, str):
        return "\0" not in key and not any("\ud800" <= character <= "\udfff" for character in key)
    if isinstance(key, float):
        return math.isfinite(key)
    return key is None or (type(key) is int and -(2**63) <= key < 2**63)


def _bad_cursor() -> Invalid:
    message = N_("This place in the list is no longer known. Start again from the first page.")
    return Invalid(message, code="bad_cursor", fields={"cursor": message})


class Paged(BaseModel, Generic[T]):
    """One page of a list in JSON."""

    items: list[T]
    next: str | None
    total: int
