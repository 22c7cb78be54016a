"""Forms: the same schemas as JSON, with a message in the reader's language at each field and nothing typed lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.datastructures import FormData, UploadFile

from app.core.errors import DomainError, Invalid
from app.core.languages import N_, Language, translate

S = TypeVar("S", bound=BaseModel)

# By pydantic's error type; places are filled from the error's context.
MESSAGES = {
    "missing": N_("Fill in this field."),
    "string_too_short": N_("Write at least %(min_length)s characters."),
    "string_too_long": N_("Write at most %(max_length)s characters."),
    "too_short": N_("Give at least %(min_length)s."),
    "too_long": N_("Give at most %(max_length)s."),
    "string_pattern_mismatch": N_("This does not have the expected form."),
    "string_type": N_("Write text here."),
    "int_parsing": N_("Write a whole number, such as 12."),
    "int_type": N_("Write a whole number, such as 12."),
    "int_from_float": N_("Write a whole number, such as 12."),
    "int_parsing_size": N_("This number is too large."),
    "float_parsing": N_("Write a number, such as 12.5."),
    "decimal_parsing": N_("Write an amount, such as 12.50."),
    "decimal_max_places": N_("Write at most %(decimal_places)s decimals."),
    "bool_parsing": N_("Choose yes or no."),
    "greater_than": N_("Choose a number greater than %(gt)s."),
    "greater_than_equal": N_("Choose %(ge)s or more."),
    "less_than": N_("Choose a number less than %(lt)s."),
    "less_than_equal": N_("Choose %(le)s or less."),
    "enum": N_("Choose one of: %(expected)s."),
    "literal_error": N_("Choose one of: %(expected)s."),
    "date_from_datetime_parsing": N_("Write a date as year-month-day, such as 2026-11-20."),
    "date_parsing": N_("Write a date as year-month-day, such as 2026-11-20."),
    "datetime_parsing": N_("Write a date and time, such as 2026-11-20T09:00:00Z."),
    "extra_forbidden": N_("This field is not known here."),
    "json_invalid": N_("This is not valid JSON."),
    "value_error": N_("This value is not accepted."),
}
OTHERWISE = N_("This value is not accepted.")


def describe(error: ErrorDetails | dict[str, Any], language: Language) -> str:
    """What to do about one validation error, in the reader's language."""
    kind = error["type"]
    context = {name: str(value) for name, value in (error.get("ctx") or {}).items()}
    if kind in MESSAGES:
        return translate(language, MESSAGES[kind], **context) if context else translate(language, MESSAGES[kind])
    message = str(error.get("msg", ""))
    # Our own PydanticCustomError messages are marked msgids with %(name)s places.
    translated = translate(language, message)
    if translated != message or "%(" in message or kind in OWN_KINDS:
        return translated % context if context else translated
    return translate(language, OTHERWISE)


OWN_KINDS: set[str] = set()
"""Kinds of PydanticCustomError of ours; schemas add theirs, so that their English text is shown as it is."""


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
        items = [item for item in form.getlist(name) if not isinstance(item, UploadFile)]
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
