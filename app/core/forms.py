"""Forms: the same schemas as JSON, with a message in the reader's language at each field and nothing typed lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.datastructures import FormData, UploadFile

from app.core.errors import DomainError, Invalid
from app.core.languages import Language, translate
from app.core.validation import OWN_KINDS, describe

S = TypeVar("S", bound=BaseModel)
__all__ = [
    "OWN_KINDS",
    "FormDep",
    "FormInvalid",
    "FormState",
    "describe",
    "explain",
    "form_state",
    "form_values",
    "parse_form",
]


class FormInvalid(Invalid):
    """A form whose fields do not validate."""

    def __init__(self, details: list[ErrorDetails]) -> None:
        super().__init__()
        self.details = details


async def read_form(request: Request) -> FormData:
    """The fields of a form as sent."""
    return await request.form()


FormDep = Annotated[FormData, Depends(read_form)]


def form_values(form: FormData) -> dict[str, Any]:
    """What was typed, to be shown again: lists for repeated names, no files."""
    values: dict[str, Any] = {}
    for name in form:
        # Nobody types the character NUL, browsers drop it, and PostgreSQL cannot keep it.
        items = [item.replace("\0", "") for item in form.getlist(name) if not isinstance(item, UploadFile)]
        if items:
            values[name] = items if len(items) > 1 else items[0]
    return values


def parse_form(schema: type[S], form: Mapping[str, Any] | FormData, *, lists: frozenset[str] = frozenset()) -> S:
    """Validate a form by a schema; empty fields count as not given, ``lists`` names fields that are always lists.

    Raises:
        FormInvalid: with one error per field.
    """
    values = form_values(form) if isinstance(form, FormData) else dict(form)
    cleaned: dict[str, Any] = {}
    for name, value in values.items():
        if name.startswith("_") or name not in schema.model_fields:
            continue
        if name in lists:
            cleaned[name] = [item for item in (value if isinstance(value, list) else [value]) if item != ""]
        elif isinstance(value, list):
            cleaned[name] = value[-1]
        elif isinstance(value, str) and not value.strip():
            continue
        else:
            cleaned[name] = value
    try:
        return schema.model_validate(cleaned)
    except ValidationError as error:
        raise FormInvalid(error.errors(include_url=False)) from error


@dataclass(frozen=True)
class FormState:
    """What a form template shows: the values typed and the messages by field."""

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    """What is wrong with the whole, when it belongs to no field."""

    def value(self, name: str, default: Any = "") -> Any:
        """What was typed in a field."""
        return self.values.get(name, default)

    def error(self, name: str) -> str:
        """The message at a field, or nothing."""
        return self.errors.get(name, "")


def explain(error: DomainError, language: Language) -> tuple[str, dict[str, str]]:
    """An error's sentence and its messages by field, translated."""
    fields = {name: _fill(message, language, error.params) for name, message in error.fields.items()}
    if isinstance(error, FormInvalid):
        for detail in error.details:
            name = ".".join(str(part) for part in detail["loc"]) or "form"
            fields.setdefault(name, describe(detail, language))
    return _fill(error.message, language, error.params), fields


def _fill(message: str, language: Language, params: dict[str, Any]) -> str:
    text = translate(language, message)
    return text % params if params and "%(" in text else text


def form_state(form: FormData | Mapping[str, Any], error: DomainError, language: Language) -> FormState:
    """The state of a refused form: everything typed, and what to do about it."""
    message, fields = explain(error, language)
    values = form_values(form) if isinstance(form, FormData) else form
    return FormState(values=values, errors=fields, message=message)
