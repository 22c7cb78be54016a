"""What a maker says about her application for a certificate."""

import datetime as dt
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.core.languages import N_
from app.core.validation import OWN_KINDS
from app.halal.vocabulary import Route, Stage

OWN_KINDS.add("signs_unseen")


def _line(text: str) -> str:
    text = " ".join(text.split())
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
        raise PydanticCustomError("signs_unseen", N_("Take out signs that cannot be seen, and write this again."))
    return text


Number = Annotated[str, Field(max_length=80), AfterValidator(_line)]
Note = Annotated[str, Field(max_length=500), AfterValidator(_line)]


class ApplicationStart(BaseModel):
    """A journey begun on one of the routes."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"route": "self_declare"}]})
    route: Route
    registration_number: Number = ""


class StepRecord(BaseModel):
    """A stage that an application reached on a day."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"stage": "submitted", "reached_on": "2026-11-19", "note": "SIHALAL"}]},
    )
    stage: Stage
    reached_on: dt.date
    note: Note = ""
    correction: bool = False
    """It puts right what was recorded before."""


class ApplicationUpdate(BaseModel):
    """What else is known of an application; what is not sent stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"registration_number": "SH2026-1-0412"}]}
    )
    registration_number: Number | None = None
    external_status: Number | None = None
    certificate: Annotated[str, Field(max_length=16)] | None = None
    """The public name of the certificate that came of it."""
