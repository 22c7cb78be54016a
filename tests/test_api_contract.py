"""Every operation of the JSON API against its own description: whatever is sent, never a fault of ours."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import strategies
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks as openapi_checks
from sqlmodel import Session

from app.accounts.models import Role
from app.catalogue import index
from app.core.config import Settings
from app.core.database import Database
from app.main import create_app
from tests import factories

CASES = 1000 if os.environ.get("LB_TEST_DEEP") else 50


@pytest.fixture(scope="module")
def living(empty_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """An application on a database of its own, with a maker, goods, an official and their tokens."""
    folder: Path = tmp_path_factory.mktemp("contract")
    application = create_app(
        Settings(
            _env_file=None,
            data_dir=folder,
            database_url=empty_database("contract"),
            media_url=(folder / "media").as_uri(),
            base_url="http://testserver",
            queue_url="memory:",
            rates_url="",
            log_level="ERROR",
        )
    )
    database: Database = application.state.database
    with database.session(write=True) as session:
        _fill(session, application)
    yield application
    application.state.misses.close()
    database.dispose()


def _fill(session: Session, application: FastAPI) -> None:
    maker, business = factories.make_maker(session)
    goods = [factories.make_product(session, business=business) for _ in range(5)]
    index.reindex_products(session, [each.id for each in goods], now=factories.NOON)
    session.commit()
    official = factories.make_user(session, role=Role.ADMIN)
    application.state.tokens = {
        "nobody": {},
        "maker": factories.make_token(session, maker),
        "official": factories.make_token(session, official),
    }


@pytest.fixture
def schema(living: FastAPI) -> schemathesis.BaseSchema:
    """The description that the application itself gives."""
    return schemathesis.openapi.from_asgi("/openapi.json", living)


CHECKS = [
    schemathesis.checks.not_a_server_error,
    openapi_checks.response_schema_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.status_code_conformance,
]


def test_no_operation_fails_or_breaks_its_word(schema: schemathesis.BaseSchema, living: FastAPI) -> None:
    people = list(living.state.tokens.values())
    broken: list[str] = []
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()

        @hypothesis.settings(
            max_examples=CASES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        )
        @hypothesis.given(
            case=operation.as_strategy(),
            who=strategies.sampled_from(people if operation.method == "get" else people[1:]),
        )
        def keeps_its_word(case: schemathesis.Case[Any], who: dict[str, str]) -> None:
            response = case.call(headers=who)
            case.validate_response(response, checks=CHECKS)

        try:
            keeps_its_word()
        except BaseException as error:  # noqa: BLE001 - gather every operation's failure, then fail once
            broken.append(f"{operation.method.upper()} {operation.path}: {error}"[:1500])
    assert broken == [], "\n\n".join(broken)


def test_every_operation_shows_an_example(schema: schemathesis.BaseSchema) -> None:
    without = []
    document = schema.raw_schema
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            text = str(operation)
            referred = [part.split("'")[0] for part in text.split("#/components/schemas/")[1:]]
            shown = "example" in text or any(
                "example" in str(document["components"]["schemas"][name]) for name in referred
            )
            good = [code for code in operation["responses"] if code.startswith("2")]
            empty = all("content" not in operation["responses"][code] for code in good)
            if not shown and not empty:
                without.append(f"{method.upper()} {path}")
    assert without == []
