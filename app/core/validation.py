"""What to do about input that does not fit its schema, in the reader's language."""

from typing import Any

from pydantic_core import ErrorDetails

from app.core.languages import N_, Language, translate

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
