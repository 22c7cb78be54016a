"""The reference facts of halal in JSON."""

import datetime as dt
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlmodel import Session, col, select

from app.accounts.models import AuditEntry, Role
from app.accounts.subjects import Command
from app.halal.models import Recognition
from app.halal.queries.reference import RECOGNITION
from app.halal.schemas.reference import RecognitionCreate
from app.halal.service import reference as service
from tests.factories import NOON, make_token, make_user

BASE = "/api/v1/halal"
GIVEN = {
    "source": "halal.gov.my, read at our desk",
    "confidence": "official",
    "as_of": "2026-11-20",
    "reason": "Looked up.",
}


@pytest.fixture
def loaded(session: Session) -> Session:
    service.load_reference(session, NOON)
    session.commit()
    return session


@pytest.fixture
def official(session: Session) -> dict[str, str]:
    return make_token(session, make_user(session, role=Role.OFFICIAL))


def pairs(client: TestClient, **query: Any) -> list[tuple[str, str, str]]:
    answer = client.get(f"{BASE}/recognition", params={"limit": 100, **query})
    assert answer.status_code == 200, answer.text
    return [(item["body"], item["destination"], item["status"]) for item in answer.json()["items"]]


def test_a_fact_tells_its_source_confidence_day_and_whether_it_is_confirmed(
    client: TestClient, loaded: Session
) -> None:
    found = client.get(f"{BASE}/recognition", params={"body": "KMF", "destination": "ID"}).json()

    assert found["total"] == 1
    assert found["next"] is None
    [item] = found["items"]
    del item["id"]
    assert item == {
        "body": "KMF",
        "destination": "ID",
        "scope": "Korean products certified by KMF",
        "goods": [],
        "made_in": "KR",
        "direction": "import_acceptance",
        "status": "recognised",
        "basis": "Agreement of mutual recognition and acceptance (MRA) with BPJPH",
        "valid_from": "2023-11-18",
        "valid_until": None,
        "note": "The end of the agreement was not found; lists of BPJPH name one for each body.",
        "source": "en.yna.co.kr 2023-11-19; halalfocus.net (Tempo)",
        "confidence": "public-source",
        "confirmed": True,
        "as_of": "2026-11-20",
        "current": True,
        "corrects_id": None,
        "reason": "",
        "recorded_at": "2026-11-20T05:00:00Z",
        "history": [],
    }
    [unsure] = client.get(f"{BASE}/recognition", params={"body": "BPJPH", "destination": "SG"}).json()["items"]
    assert (unsure["confidence"], unsure["confirmed"]) == ("from-memory-unverified", False)


def test_lists_are_filtered(client: TestClient, loaded: Session) -> None:
    assert pairs(client, destination="ID") == [
        ("CHILEHALAL", "ID", "recognised"),
        ("JAKIM", "ID", "recognised"),
        ("KHA", "ID", "recognised"),
        ("KMF", "ID", "recognised"),
    ]
    assert pairs(client, destination="ID", on="2023-11-17") == [("JAKIM", "ID", "recognised")]
    codes = client.get(f"{BASE}/bodies", params={"country": "MY"}).json()["items"]
    assert [item["code"] for item in codes] == ["JAKIM"]
    rules = client.get(f"{BASE}/rules", params={"country": "MY"}).json()["items"]
    assert [(item["goods_class"], item["kind"]) for item in rules] == [("drink", "claim_only"), ("food", "claim_only")]
    duties = client.get(f"{BASE}/obligations", params={"goods_class": "worn_goods"}).json()["items"]
    assert [(item["mandatory_from"], item["animal_only"]) for item in duties] == [("2026-10-18", True)]


def test_pages_follow_by_cursor(client: TestClient, loaded: Session) -> None:
    first = client.get(f"{BASE}/bodies", params={"limit": 10}).json()
    second = client.get(f"{BASE}/bodies", params={"limit": 10, "cursor": first["next"]}).json()

    codes = [item["code"] for item in first["items"] + second["items"]]
    assert (first["total"], second["total"], second["next"]) == (17, 17, None)
    assert codes == sorted(set(codes))
    assert len(codes) == 17
    damaged = client.get(f"{BASE}/rules", params={"cursor": first["next"]})
    assert (damaged.status_code, damaged.json()["code"]) == (422, "bad_cursor")


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("bodies", {"on": "tomorrow"}, "on"),
        ("recognition", {"destination": "Atlantis"}, "destination"),
        ("recognition", {"goods_class": "slaughter"}, "goods_class"),
        ("rules", {"body": "KMF"}, "body"),
        ("obligations", {"limit": 101}, "limit"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused_at_its_name(
    client: TestClient, loaded: Session, path: str, query: dict[str, Any], field: str
) -> None:
    answer = client.get(f"{BASE}/{path}", params=query)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_an_official_adds_corrects_and_ends_and_everybody_sees_it(
    client: TestClient, loaded: Session, official: dict[str, str]
) -> None:
    given = {**GIVEN, "body": "KHA", "destination": "SG", "status": "recognised"}

    added = client.post(f"{BASE}/recognition", json=given, headers=official)
    number = added.json()["id"]
    corrected = client.post(
        f"{BASE}/recognition/{number}/correct",
        json={**given, "status": "pending", "reason": "Read it again."},
        headers=official,
    )
    new = corrected.json()["id"]
    ended = client.post(
        f"{BASE}/recognition/{new}/end",
        json={"valid_until": "2027-01-01", "reason": "Decided elsewhere."},
        headers=official,
    )

    assert (added.status_code, corrected.status_code, ended.status_code) == (201, 200, 200)
    assert corrected.json()["corrects_id"] == number
    assert [(row["id"], row["status"], row["current"]) for row in ended.json()["history"]] == [
        (number, "recognised", False)
    ]
    [shown] = client.get(f"{BASE}/recognition", params={"body": "KHA", "destination": "SG"}).json()["items"]
    assert shown == ended.json()
    assert shown["valid_until"] == "2027-01-01"
    assert pairs(client, body="KHA", destination="SG", on="2026-12-31") == [("KHA", "SG", "pending")]
    assert pairs(client, body="KHA", destination="SG", on="2027-01-01") == []
    actions = loaded.exec(select(AuditEntry.action).order_by(col(AuditEntry.id))).all()[1:]
    assert actions == ["halal_recognition.added", "halal_recognition.corrected", "halal_recognition.ended"]


def test_a_row_that_was_corrected_is_a_conflict(client: TestClient, loaded: Session, official: dict[str, str]) -> None:
    old = loaded.exec(select(Recognition).where(Recognition.body == "KHA", Recognition.destination == "MY")).one()
    given = {**GIVEN, "body": "KHA", "destination": "MY", "made_in": "KR", "status": "not_recognised"}
    path = f"{BASE}/recognition/{old.id}/correct"

    assert client.post(path, json=given, headers=official).status_code == 200
    again = client.post(path, json=given, headers=official)
    assert (again.status_code, again.json()["code"]) == (409, "fact_replaced")
    absent = client.post(f"{BASE}/recognition/999999/correct", json=given, headers=official)
    assert absent.status_code == 404


def test_the_same_key_records_once(client: TestClient, loaded: Session, official: dict[str, str]) -> None:
    given = {**GIVEN, "country": "SG", "goods_class": "food", "kind": "voluntary"}
    headers = official | {"Idempotency-Key": "rule-1"}

    first = client.post(f"{BASE}/rules", json=given, headers=headers)
    second = client.post(f"{BASE}/rules", json=given, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    overlapping = client.post(f"{BASE}/rules", json=given, headers=official)
    assert (overlapping.status_code, overlapping.json()["code"]) == (409, "fact_overlaps")
    assert [error["field"] for error in overlapping.json()["errors"]] == ["valid_from"]


def test_every_list_asks_the_database_the_same_for_one_row_and_for_many(
    client: TestClient, session: Session, official: dict[str, str]
) -> None:
    def statements() -> list[int]:
        counts = []
        for path in ("bodies", "recognition", "rules", "obligations"):
            seen: list[str] = []

            def note(*arguments: Any, seen: list[str] = seen) -> None:
                seen.append(arguments[2])

            event.listen(session.get_bind(), "before_cursor_execute", note)
            client.get(f"{BASE}/{path}")
            event.remove(session.get_bind(), "before_cursor_execute", note)
            counts.append(sum("halal_" in text for text in seen))
        return counts

    none = statements()
    service.load_reference(session, NOON)
    old = session.exec(select(Recognition).where(Recognition.body == "KHA", Recognition.destination == "MY")).one()
    data = RecognitionCreate.model_validate(
        {**GIVEN, "body": "KHA", "destination": "MY", "made_in": "KR", "status": "pending"}
    )
    service.correct_fact(session, kind=RECOGNITION, actor=Command(), fact_id=old.id, data=data, now=NOON)
    session.commit()
    assert none == statements() == [1, 1, 1, 1]


def test_days_are_read_as_days_only(client: TestClient, loaded: Session, official: dict[str, str]) -> None:
    given = {**GIVEN, "country": "SG", "goods_class": "food", "kind": "voluntary", "as_of": 0}

    answer = client.post(f"{BASE}/rules", json=given, headers=official)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["as_of"]
    assert dt.date(2026, 11, 20).isoformat() in answer.json()["errors"][0]["message"]
