"""The trail: append-only in the database itself, chained, one entry a change, shown to officials."""

import json

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, select

from app.accounts import audit
from app.accounts.models import AuditEntry, Role
from app.accounts.subjects import Command
from tests.conftest import KIND
from tests.factories import NOON, make_user, sign_in


def add(session: Session, number: int = 1, **changes: object) -> None:
    for count in range(number):
        values = {
            "actor": Command(),
            "action": "test.done",
            "subject_type": "thing",
            "subject_id": count,
            "before": {"state": "draft"},
            "after": {"state": "done", "note": "caffè 커피"},
            "now": NOON,
        }
        audit.record(session, **(values | changes))  # type: ignore[arg-type]
    session.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'nothing'",
        "UPDATE audit_entry SET after = NULL WHERE id > 0",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE id > 0",
    ],
)
def test_database_refuses_to_change_or_remove_entries(session: Session, connection: Connection, statement: str) -> None:
    add(session)
    savepoint = connection.begin_nested()
    with pytest.raises(DatabaseError, match="audit_entry is append-only"):
        connection.execute(text(statement))
    savepoint.rollback()
    assert session.exec(select(AuditEntry.action)).one() == "test.done"


def test_chain_is_whole_over_many_entries_and_every_field_counts(session: Session) -> None:
    add(session, 5)
    audit.record_many(
        session,
        actor=Command(),
        now=NOON,
        changes=[("a.b", "thing", str(number), None, {"n": number}) for number in range(5)],
    )
    assert list(audit.find_breaks(session)) == []
    rows = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
    assert rows[0].previous_hash == audit.GENESIS
    assert [row.previous_hash for row in rows[1:]] == [row.hash for row in rows[:-1]]
    plain = rows[3].model_dump()
    for name in ("at", "actor_id", "actor_label", "action", "subject_type", "subject_id", "before", "after"):
        changed = plain | {name: NOON.replace(year=2020) if name == "at" else "other"}
        assert audit.digest_of(changed) != plain["hash"], name


def tamper(connection: Connection, statement: str) -> None:
    """Somebody with the keys to the database switches its guard off."""
    if KIND == "sqlite":
        for verb in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER audit_entry_no_{verb}"))
    else:
        connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
    connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_entry SET subject_id = '99' WHERE id = :third", ["audit entry {third} was altered"]),
        ("UPDATE audit_entry SET actor_id = 1 WHERE id = :third", ["audit entry {third} was altered"]),
        ("DELETE FROM audit_entry WHERE id = :third", ["audit entry {fourth} does not follow the one before it"]),
        ("DELETE FROM audit_entry WHERE id < :third", ["audit entry {third} does not follow the one before it"]),
    ],
)
def test_tampering_is_found(session: Session, connection: Connection, statement: str, found: list[str]) -> None:
    add(session, 5)
    numbers = session.exec(select(AuditEntry.id).order_by(col(AuditEntry.id))).all()
    third, fourth = numbers[2], numbers[3]
    tamper(connection, statement.replace(":third", str(third)))
    session.expire_all()
    assert list(audit.find_breaks(session)) == [line.format(third=third, fourth=fourth) for line in found]


def test_page_is_for_officials_newest_first_and_filtered(client: TestClient, session: Session) -> None:
    add(session, 3)
    add(session, 1, subject_type="other", action="<script>alert(1)</script>")
    official = make_user(session, role=Role.OFFICIAL, name="Dadan")
    sign_in(client, session, official)
    shown = client.get("/en/office/audit")
    assert shown.status_code == 200
    assert "4 entries" in shown.text
    assert "&lt;script&gt;" in shown.text
    assert "<script>alert" not in shown.text
    assert shown.text.index("other 0") < shown.text.index("thing 2") < shown.text.index("thing 0")
    filtered = client.get("/en/office/audit?subject_type=thing&subject_id=1").text
    assert "1 entry" in filtered
    assert "thing 1" in filtered
    assert "thing 2" not in filtered
    assert "Nothing fits this filter." in client.get("/en/office/audit?subject_type=nothing").text


def test_page_goes_on_by_cursor(client: TestClient, session: Session) -> None:
    add(session, 30)
    sign_in(client, session, make_user(session, role=Role.OFFICIAL))
    first = client.get("/en/office/audit").text
    onward = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = client.get(onward).text
    assert "thing 6<" in first
    assert "thing 5<" not in first
    assert "thing 5<" in second
    assert 'rel="next"' not in second
    assert 'rel="first"' in second


def test_json_pages_are_stable_while_entries_come_in(client: TestClient, session: Session) -> None:
    add(session, 7)
    sign_in(client, session, make_user(session, role=Role.OFFICIAL))
    seen: list[str] = []
    cursor: str | None = None
    for page in range(3):
        query = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        data = client.get("/api/v1/audit", params=query).json()
        seen += [item["subject_id"] for item in data["items"]]
        cursor = data["next"]
        assert data["total"] == 7 + page
        add(session, 1, subject_id="late")
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]
    assert cursor is None


def test_json_entry_is_complete(client: TestClient, session: Session) -> None:
    official = make_user(session, role=Role.OFFICIAL, name="Dadan")
    sign_in(client, session, official)
    client.post("/en/account", data={"name": "Dadan H", "language": "id"})
    (item,) = client.get("/api/v1/audit", params={"actor_id": official.id, "action": "user.updated"}).json()["items"]
    assert item.pop("hash")
    assert item.pop("id")
    assert item == {
        "at": "2026-11-20T05:00:00Z",
        "actor_id": official.id,
        "actor_name": "Dadan H",
        "actor_label": "session",
        "action": "user.updated",
        "subject_type": "user",
        "subject_id": str(official.id),
        "before": None,
        "after": {"changed": ["name", "language"]},
    }


@pytest.mark.parametrize("query", ["cursor=zzz", "limit=0", "limit=101", "actor_id=x", "unknown=1", "locale=fr"])
def test_json_refuses_what_it_does_not_know(client: TestClient, session: Session, query: str) -> None:
    sign_in(client, session, make_user(session, role=Role.OFFICIAL))
    answer = client.get(f"/api/v1/audit?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.text)["errors"][0]["field"] == query.split("=", maxsplit=1)[0]


@pytest.mark.parametrize("number", [1, 20])
def test_list_sends_the_same_statements_for_one_and_for_many(client: TestClient, session: Session, number: int) -> None:
    add(session, number)
    sign_in(client, session, make_user(session, role=Role.OFFICIAL))
    statements: list[str] = []

    def note(_c: object, _d: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    client.get("/api/v1/audit")
    event.remove(session.get_bind(), "before_cursor_execute", note)
    assert len([statement for statement in statements if "audit_entry" in statement]) == 2
