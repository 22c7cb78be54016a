"""Makers in JSON: what anybody sees, what owners change, what officials decide."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from app.accounts.models import AuditEntry, Role, Scope
from app.businesses.models import Business, BusinessState, Contact, ContactKind, Licence, LicenceKind, Trademark
from app.core.languages import Language
from tests.businesses.steps import NOON, a_maker
from tests.factories import make_business, make_city, make_kecamatan, make_maker, make_token, make_user, save

START = {
    "brand": "Samak Rupa",
    "legal_name": "CV Samak Rupa Pasundan",
    "nib": "9120304116819",
    "kbli": ["15121"],
    "scale": "small",
    "kecamatan_code": "32.73.02",
    "story": "Gilang membuka lipatan kulit pertamanya.",
}


def token_of(session: Session, business: Business) -> dict[str, str]:
    user, _ = make_maker(session, business)
    return make_token(session, user)


def official_token(session: Session) -> dict[str, str]:
    return make_token(session, make_user(session, role=Role.OFFICIAL))


def test_a_life_by_program(client: TestClient, session: Session) -> None:
    make_city(session)
    make_kecamatan(session)
    headers = make_token(session, make_user(session))
    begun = client.post("/api/v1/businesses", json=START, headers=headers)
    assert begun.status_code == 201
    assert (begun.json()["state"], begun.headers["location"]) == ("draft", "/api/v1/businesses/samak-rupa/profile")
    path = "/api/v1/businesses/samak-rupa"
    assert client.get(path).status_code == 404
    changed = client.patch(path, json={"employees": 11}, headers={**headers, "If-Match": begun.headers["etag"]})
    assert (changed.status_code, changed.json()["employees"], changed.json()["nib"]) == (200, 11, START["nib"])
    stale = client.patch(path, json={"employees": 12}, headers={**headers, "If-Match": begun.headers["etag"]})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    told = client.put(f"{path}/stories/en", json={"story": "Gilang opened a fold."}, headers=headers)
    assert sorted(told.json()["stories"]) == ["en", "id"]
    reached = client.put(
        f"{path}/contacts", json={"kind": "whatsapp", "value": "0812 3456 7890", "public": True}, headers=headers
    )
    assert reached.json()["contacts"][0]["consented_at"] == "2026-11-20T05:00:00Z"
    sent = client.post(f"{path}/submit", headers=headers)
    assert (sent.status_code, sent.json()["state"]) == (200, "submitted")
    office = official_token(session)
    seen = client.get(f"{path}/profile", headers=office).json()["version"]
    verified = client.post(f"{path}/verify", json={"seen_version": seen}, headers=office)
    assert (verified.status_code, verified.json()["state"]) == (200, "verified")
    again = client.post(f"{path}/verify", json={}, headers=office)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    public = client.get(path)
    assert public.json()["contacts"] == [{"kind": "whatsapp", "value": "+6281234567890"}]
    assert public.headers["etag"]
    gone = client.delete(f"{path}/contacts/whatsapp", headers=headers)
    assert gone.json()["contacts"] == []
    suspended = client.post(f"{path}/suspend", json={"code": "other", "text": "Unclear."}, headers=office)
    assert suspended.json()["return_reason"] == "Unclear."
    assert client.get(path).status_code == 404
    assert client.post(f"{path}/restore", json={}, headers=office).json()["state"] == "verified"


def test_submitting_too_early_names_every_field(client: TestClient, session: Session) -> None:
    make_city(session)
    headers = make_token(session, make_user(session))
    client.post("/api/v1/businesses", json={"brand": "Baru"}, headers=headers)
    refused = client.post("/api/v1/businesses/baru/submit", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "profile_incomplete")
    fields = {entry["field"] for entry in refused.json()["errors"]}
    assert fields == {"legal_name", "nib", "kbli", "scale", "kecamatan_code", "story"}


def test_public_answers_never_hold_what_is_private(client: TestClient, session: Session) -> None:
    _, business = a_maker(session, nib="7777777777777")
    save(session, Contact(business_id=business.id, kind=ContactKind.EMAIL, value="hidden@maker.example"))
    for path in ("/api/v1/businesses", f"/api/v1/businesses/{business.slug}"):
        text = client.get(path).text
        assert business.brand in text
        for secret in ("7777777777777", "hidden@maker.example", "licence", "nib"):
            assert secret not in text


def test_the_list_filters_and_pages(client: TestClient, session: Session) -> None:
    make_kecamatan(session, code="32.73.13", name="Lengkong", slug="lengkong")
    for number in range(5):
        make_business(session, brand=f"Maker {number}", slug=f"m{number}")
    make_business(session, brand="Lain", slug="lain", kecamatan_code="32.73.13")
    make_business(session, brand="Maker Hidden", slug="hidden", state=BusinessState.SUSPENDED)
    found = client.get("/api/v1/businesses", params={"q": "MAKER", "limit": 3}).json()
    rest = client.get("/api/v1/businesses", params={"q": "MAKER", "limit": 3, "cursor": found["next"]}).json()
    assert found["total"] == 5
    assert [row["slug"] for row in found["items"] + rest["items"]] == ["m0", "m1", "m2", "m3", "m4"]
    assert rest["next"] is None
    placed = client.get("/api/v1/businesses", params={"kecamatan": "lengkong", "city": "bandung"}).json()
    assert [row["slug"] for row in placed["items"]] == ["lain"]
    for bad in ({"kecamatan": "nowhere"}, {"city": "nowhere"}, {"cursor": "x"}, {"limit": 1000}, {"colour": "red"}):
        assert client.get("/api/v1/businesses", params=bad).status_code == 422, bad


OPERATIONS = [
    ("GET", "/profile", None),
    ("PATCH", "", {"employees": 3}),
    ("PUT", "/stories/ko", {"story": "안녕"}),
    ("PUT", "/contacts", {"kind": "website", "value": "https://maker.example"}),
    ("POST", "/submit", None),
    ("DELETE", "/contacts/phone", None),
]
DECISIONS = [
    ("/verify", {}),
    ("/return", {"code": "name_differs"}),
    ("/suspend", {"code": "name_differs"}),
    ("/restore", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), OPERATIONS)
def test_who_may_work_on_a_profile(
    client: TestClient, session: Session, method: str, path: str, body: dict[str, object] | None
) -> None:
    _, business = a_maker(session, BusinessState.DRAFT)
    save(session, Contact(business_id=business.id, kind=ContactKind.PHONE, value="+6281234567890"))
    _, other = a_maker(session)
    user, _ = make_maker(session, business)
    address = f"/api/v1/businesses/{business.slug}{path}"

    def status(headers: dict[str, str]) -> int:
        return client.request(method, address, json=body, headers=headers).status_code

    assert status({}) == 401
    assert status(make_token(session, user, scopes=[Scope.CATALOGUE_READ])) == 403
    assert status(token_of(session, other)) == 404
    assert status(official_token(session)) == (200 if path == "/profile" else 404)
    assert status(make_token(session, user)) == 200


@pytest.mark.parametrize(("path", "body"), DECISIONS)
def test_who_may_decide(client: TestClient, session: Session, path: str, body: dict[str, object]) -> None:
    state = {"/suspend": BusinessState.VERIFIED, "/restore": BusinessState.SUSPENDED}.get(path, BusinessState.SUBMITTED)
    _, business = a_maker(session, state)
    address = f"/api/v1/businesses/{business.slug}{path}"
    official = make_user(session, role=Role.OFFICIAL)
    assert client.post(address, json=body).status_code == 401
    assert client.post(address, json=body, headers=token_of(session, business)).status_code == 403
    no_scope = make_token(session, official, scopes=[Scope.BUSINESS_READ, Scope.BUSINESS_WRITE])
    assert client.post(address, json=body, headers=no_scope).status_code == 403
    assert client.post(address, json=body, headers=make_token(session, official)).status_code == 200


def test_a_second_profile_of_one_person_is_refused(client: TestClient, session: Session) -> None:
    make_city(session)
    headers = make_token(session, make_user(session))
    assert client.post("/api/v1/businesses", json={"brand": "Satu"}, headers=headers).status_code == 201
    second = client.post("/api/v1/businesses", json={"brand": "Dua"}, headers=headers)
    assert (second.status_code, second.json()["code"]) == (409, "business_exists")
    assert len(session.exec(select(Business)).all()) == 1


@pytest.mark.parametrize("language", [language.value for language in Language])
def test_names_follow_the_language(client: TestClient, session: Session, language: str) -> None:
    _, business = a_maker(session)
    body = client.get(f"/api/v1/businesses/{business.slug}", params={"locale": language}).json()
    assert body["city"]["name"] == {"ko": "반둥"}.get(language, "Bandung")
    assert body["verified_on"] == NOON.date().isoformat()


def test_every_operation_has_an_example(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        if not path.startswith(("/api/v1/businesses", "/api/v1/cities", "/api/v1/kecamatan")):
            continue
        for method, operation in operations.items():
            contents = [
                answer["content"]
                for status, answer in operation["responses"].items()
                if status.startswith("2") and status != "204"
            ]
            if "requestBody" in operation:
                contents.append(operation["requestBody"]["content"])
            assert contents or method == "delete", (method, path)
            for kind, body in ((kind, body) for content in contents for kind, body in content.items()):
                name = body["schema"].get("$ref", "").rsplit("/", 1)[-1]
                assert "example" in body or schemas[name].get("examples"), (method, path, kind, name)


PDF = b"%PDF-1.4\n%%EOF\n"


def test_papers_by_program(client: TestClient, session: Session) -> None:
    _, business = make_maker(session)
    headers = token_of(session, business)
    path = f"/api/v1/businesses/{business.slug}/licences"
    empty = client.get(path, headers=headers)
    assert empty.json() == {"items": [], "next": None, "total": 0}
    data, files = {"kind": "pirt", "number": " P-IRT 1 "}, {"file": ("pirt.pdf", PDF, "application/pdf")}
    once = {**headers, "Idempotency-Key": "paper-1", "If-Match": empty.headers["etag"]}
    made = client.post(path, headers=once, data=data, files=files)
    assert made.status_code == 201
    paper: dict[str, Any] = {"kind": "pirt", "number": "P-IRT 1", "valid_until": None, "file_name": "pirt.pdf"}
    paper |= {"id": made.json()["id"], "mime": "application/pdf", "size": len(PDF)}
    assert made.json() == paper
    assert client.post(path, headers=once, data=data, files=files).json() == paper
    assert client.get(path, headers=headers).json() == {"items": [paper], "next": None, "total": 1}
    address = made.headers["location"]
    stale = client.patch(
        address, json={"valid_until": "2029-03-31"}, headers={**headers, "If-Match": empty.headers["etag"]}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    current = {**headers, "If-Match": made.headers["etag"]}
    changed = client.patch(address, json={"valid_until": "2029-03-31"}, headers=current)
    assert changed.json() == {**paper, "valid_until": "2029-03-31"}
    assert client.get(address, headers=headers).headers["etag"] == changed.headers["etag"] != made.headers["etag"]
    same = client.patch(address, json={"valid_until": "2029-03-31"}, headers=headers)
    assert same.headers["etag"] == changed.headers["etag"]
    file = client.get(f"{address}/file", headers=official_token(session))
    assert (file.content, file.headers["content-type"]) == (PDF, "application/pdf")
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''pirt.pdf"
    entry = session.exec(select(AuditEntry).where(AuditEntry.action == "business.licence_changed")).one()
    assert (entry.before, entry.after) == (
        {"licence": paper["id"], "valid_until": None},
        {"licence": paper["id"], "valid_until": "2029-03-31"},
    )
    assert client.delete(address, headers=headers).status_code == 204
    assert client.get(address, headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("data", "content", "field"),
    [
        ({"kind": "pirt"}, b"<html>", "file"),
        ({"kind": "pirt"}, b"", "file"),
        ({"kind": "passport"}, PDF, "kind"),
        ({"kind": "nib", "valid_until": "31.3.29"}, PDF, "valid_until"),
        ({"kind": "nib", "number": "9" * 81}, PDF, "number"),
    ],
)
def test_a_paper_that_will_not_do_is_refused_at_its_field(
    client: TestClient, session: Session, data: dict[str, str], content: bytes, field: str
) -> None:
    _, business = make_maker(session)
    headers = token_of(session, business)
    files = {"file": ("a.pdf", content, "application/pdf")}
    path = f"/api/v1/businesses/{business.slug}/licences"
    answer = client.post(path, data=data, files=files, headers=headers)
    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (422, [field])
    assert client.get(path, headers=headers).json()["total"] == 0


def test_marks_by_program(client: TestClient, session: Session) -> None:
    _, business = make_maker(session)
    headers = token_of(session, business)
    path = f"/api/v1/businesses/{business.slug}/trademarks"
    made = client.post(path, json={"name": "SAMAK", "state": "applied", "nice_class": 18}, headers=headers)
    mark = {"name": "SAMAK", "number": "", "nice_class": 18, "state": "applied", "valid_until": None}
    mark["id"] = made.json()["id"]
    assert (made.status_code, made.json()) == (201, mark)
    address = made.headers["location"]
    registered = {"state": "registered", "number": "IDM000912345"}
    changed = client.patch(address, json=registered, headers={**headers, "If-Match": made.headers["etag"]})
    assert changed.json() == mark | registered
    again = client.patch(address, json={"number": ""}, headers={**headers, "If-Match": made.headers["etag"]})
    assert again.status_code == 412
    assert client.get(path, headers=headers).json() == {"items": [mark | registered], "next": None, "total": 1}
    for wrong in ({"name": ""}, {"name": None}, {"nice_class": 46}, {"sort": "x"}, {"state": None}):
        assert client.patch(address, json=wrong, headers=headers).status_code == 422, wrong
    public = client.get(f"/api/v1/businesses/{business.slug}").json()["trademarks"]
    assert public == [{name: value for name, value in (mark | registered).items() if name != "id"}]
    assert client.delete(address, headers=headers).status_code == 204
    assert client.get(address, headers=headers).status_code == 404
    assert client.get(f"/api/v1/businesses/{business.slug}").json()["trademarks"] == []


def test_one_makers_papers_are_not_at_anothers_address(client: TestClient, session: Session) -> None:
    _, business = make_maker(session)
    _, other = make_maker(session)
    headers = token_of(session, other)
    mark = save(session, Trademark(business_id=business.id, name="SAMAK"))
    paper = save(session, Licence(business_id=business.id, kind=LicenceKind.NIB, created_at=NOON))
    for part in (f"licences/{paper.id}", f"trademarks/{mark.id}"):
        address = f"/api/v1/businesses/{other.slug}/{part}"
        answers = [
            client.get(address, headers=headers),
            client.patch(address, json={"number": "1"}, headers=headers),
            client.delete(address, headers=headers),
        ]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
