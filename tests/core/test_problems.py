"""Failures as answers: problem JSON for programs, a page for people, both in the reader's language."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.languages import Language, translate
from tests.core.conftest import Live
from tests.core.probe import ERRORS

STATUS = {
    "bad": 400,
    "not-found": 404,
    "signed-out": 401,
    "forbidden": 403,
    "conflict": 409,
    "stale": 412,
    "tries": 429,
}


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_every_failure_is_a_problem_with_its_members(live: Live, name: str) -> None:
    error = ERRORS[name]()
    with live.client(headers={"Accept-Language": "ko"}) as client:
        answer = client.get(f"/api/v1/probe/errors/{name}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "ko"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert set(body) == {"type", "title", "status", "code", "detail", "request_id"}
    assert body["type"] == "about:blank"
    assert (answer.status_code, body["status"], body["code"]) == (STATUS[name], STATUS[name], error.code)
    assert body["detail"] == translate(Language.KO, error.message)
    assert body["request_id"] == answer.headers["x-request-id"]


def test_some_failures_say_when_or_how_to_come_back(live: Live) -> None:
    with live.client() as client:
        assert client.get("/api/v1/probe/errors/tries").headers["retry-after"] == "77"
        assert client.get("/en/probe/errors/tries").headers["retry-after"] == "77"
        assert client.get("/api/v1/probe/errors/signed-out").headers["www-authenticate"] == "Bearer"
        assert client.delete("/api/v1/probe/rate").headers["allow"] == "GET"


@pytest.mark.parametrize("language", list(Language))
def test_a_failure_is_a_page_in_the_language_of_the_address(live: Live, language: Language) -> None:
    with live.client() as client:
        answer = client.get(f"/{language.value}/probe/errors/conflict")
    assert answer.status_code == 409
    assert answer.headers["content-language"] == language.value
    assert f'<html lang="{language.value}"' in answer.text
    assert translate(language, ERRORS["conflict"]().message) in answer.text


def test_malformed_input_has_an_entry_for_each_field_in_the_readers_language(live: Live) -> None:
    with live.client() as client:
        answer = client.post("/api/v1/probe/things?locale=id", json={"name": "", "number": 0})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "field": "name",
            "code": "string_too_short",
            "message": translate(Language.ID, "Write at least %(min_length)s characters.", min_length=1),
        },
        {
            "field": "number",
            "code": "greater_than_equal",
            "message": translate(Language.ID, "Choose %(ge)s or more.", ge=1),
        },
    ]


@pytest.mark.parametrize("body", [b"{", b'{"name": }', b"\xff\xfe", b"[" * 5000])
def test_what_is_no_json_is_an_error_of_the_sender(live: Live, body: bytes) -> None:
    with live.client() as client:
        answer = client.post("/api/v1/probe/things", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.json()["status"] == answer.status_code


def test_json_that_is_none_names_the_body(live: Live) -> None:
    with live.client() as client:
        answer = client.post("/api/v1/probe/things", content=b"{", headers={"Content-Type": "application/json"})
    assert [(entry["field"], entry["code"]) for entry in answer.json()["errors"]] == [("body", "json_invalid")]


def test_an_unknown_parameter_is_refused_and_named(live: Live) -> None:
    with live.client() as client:
        answer = client.get("/api/v1/probe/rate?colour=red&locale=xx")
        wrong_locale = client.get("/api/v1/probe/rate?locale=xx")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_parameter")
    assert [entry["field"] for entry in answer.json()["errors"]] == ["colour"]
    assert [entry["field"] for entry in wrong_locale.json()["errors"]] == ["locale"]


@pytest.mark.parametrize("path", ["/xx/", "/xx/products", "/en/nowhere", "/nowhere/at/all", "/api/v1/nowhere"])
def test_what_is_not_there_is_not_found(live: Live, path: str) -> None:
    with live.client() as client:
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/probe/fault", "/en/probe/fault"])
def test_a_fault_tells_its_number_and_no_detail(live: Live, path: str) -> None:
    with live.client() as client:
        answer = client.get(path)
    assert answer.status_code == 500
    assert "a detail nobody may see" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert answer.headers["content-security-policy"]


SCRIPT = """
import sys, tempfile
from pathlib import Path
from fastapi.testclient import TestClient
from app.core.config import Settings
from app.main import create_app
from tests.core import probe
folder = Path(sys.argv[1])
app = create_app(Settings(_env_file=None, data_dir=folder, queue_url="memory:", base_url="http://testserver"))
app.include_router(probe.router)
with TestClient(app) as client:
    answer = client.get("/en/probe/fault?token=secret-token", headers={"Authorization": "Bearer x", "Cookie": "a=b"})
    client.get("/en/somebody@example.org?email=other@example.org")
    print(answer.headers["x-request-id"])
import logging, warnings
logging.getLogger("a.library").warning("heard of %s", "something")
"""


def test_logs_are_json_lines_with_the_request_and_without_addresses(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, timeout=60, check=True
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    faults = [line for line in lines if line["event"] == "fault"]
    assert [(line["request_id"], line["route"]) for line in faults] == [(done.stdout.strip(), "/{locale}/probe/fault")]
    assert "a detail nobody may see" in faults[0]["exception"]
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["method"], line["status"]) for line in requests] == [("GET", 500), ("GET", 404)]
    assert all({"timestamp", "level", "request_id", "ms"} <= line.keys() for line in requests)
    assert [line["logger"] for line in lines if line["event"] == "heard of something"] == ["a.library"]
    for private in ("secret-token", "example.org", "Bearer"):
        assert private not in done.stderr
