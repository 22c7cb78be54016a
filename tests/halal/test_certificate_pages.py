"""The pages: a maker enters a certificate from a phone, an official confirms it in three clicks, or several at once."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, event
from sqlmodel import Session, select

from app.accounts.models import Role
from app.businesses.models import Business
from app.core.storage import Storage
from app.halal.models import Certificate
from tests.catalogue.goods import photo
from tests.factories import make_maker, make_user, sign_in
from tests.halal.papers import bpjph_number, make_body, make_certificate, make_check
from tests.halal.steps import acts, checks_of, fresh, kinds

TYPED = {
    "body": "BPJPH",
    "number": "ID32110001333131122",
    "holder": "CV Sari Rasa",
    "issued_on": "2024-03-01",
    "items": "Keripik Singkong Original\r\nKeripik Singkong Balado",
}
PHOTO = {"file": ("IMG_1.jpg", photo(), "image/jpeg")}
LIST = "/en/workspace/certificates"
OFFICE = "/en/office/halal"


@pytest.fixture
def business(session: Session, client: TestClient) -> Business:
    """The maker who is signed in."""
    make_body(session)
    user, business = make_maker(session)
    sign_in(client, session, user)
    return business


@pytest.fixture
def desk(session: Session, application: FastAPI) -> TestClient:
    """An official's browser."""
    return sign_in(TestClient(application), session, make_user(session, role=Role.OFFICIAL))


def only(session: Session) -> Certificate:
    session.expire_all()
    return fresh(session, session.exec(select(Certificate)).one())


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found[1]


def test_a_maker_enters_a_certificate_and_goes_on_to_match(
    client: TestClient, session: Session, business: Business
) -> None:
    page = client.get(f"{LIST}/new").text
    form = page[page.index('action="/en/workspace/certificates/new"') :]
    assert len(re.findall(r"<(?:input|select|textarea)[^>]* required", form)) == 6
    assert f'value="{business.legal_name}"' in page
    answer = client.post(f"{LIST}/new", data=TYPED, files=PHOTO, follow_redirects=False)
    certificate = only(session)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{LIST}/{certificate.public_id}/products")
    assert (certificate.state, certificate.holder, certificate.file_name) == ("claimed", "CV Sari Rasa", "IMG_1.jpg")
    listed = client.get(LIST).text
    assert "ID32110001333131122" in listed
    assert "Waiting for a check" in listed


def test_what_was_typed_and_the_photo_are_kept_when_something_is_wrong(
    client: TestClient, session: Session, business: Business, storage: Storage
) -> None:
    refused = client.post(f"{LIST}/new", data={**TYPED, "number": "KH 12/2024"}, files=PHOTO)
    assert refused.status_code == 422
    assert "halal decree (KH)" in refused.text
    assert "Keripik Singkong Balado</textarea>" in refused.text
    kept = hidden(refused.text, "kept")
    again = client.post(f"{LIST}/new", data={**TYPED, "kept": kept}, follow_redirects=False)
    assert again.status_code == 303
    assert storage.get(only(session).file_key) == photo()


def test_a_kept_photo_is_its_owners_alone(
    client: TestClient, session: Session, business: Business, application: FastAPI
) -> None:
    refused = client.post(f"{LIST}/new", data={**TYPED, "number": ""}, files=PHOTO)
    kept = hidden(refused.text, "kept")
    other = sign_in(TestClient(application), session, make_maker(session)[0])
    for browser, word in ((other, kept), (client, f"{kept}0"), (client, "x.y"), (client, ".é")):
        answer = browser.post(f"{LIST}/new", data={**TYPED, "kept": word})
        assert answer.status_code == 422
        assert "Take a photo of the certificate" in answer.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xd8\xffnot a picture", "damaged"),
        (b"GIF89a", "Choose a PDF or a photo"),
        (b"%PDF-" + bytes(10 * 1024 * 1024), "too large"),
    ],
)
def test_a_file_that_is_no_paper_is_refused_beside_what_was_typed(
    client: TestClient, session: Session, business: Business, content: bytes, words: str
) -> None:
    answer = client.post(f"{LIST}/new", data={**TYPED, "items": ""}, files={"file": ("a.jpg", content)})
    assert answer.status_code == 422
    assert words in answer.text
    assert "Fill in this field" in answer.text  # both are told at once
    assert session.exec(select(Certificate)).all() == []


def test_a_maker_changes_and_withdraws_only_what_waits(
    client: TestClient, session: Session, business: Business
) -> None:
    waiting = make_certificate(session, business=business, state="claimed")
    standing = make_certificate(session, business=business, state="verified")
    page = client.get(f"{LIST}/{waiting.public_id}").text
    data = {**TYPED, "seen_version": hidden(page, "seen_version")}
    assert client.post(f"{LIST}/{waiting.public_id}", data=data, follow_redirects=False).status_code == 303
    assert fresh(session, waiting).number == TYPED["number"]
    stale = client.post(f"{LIST}/{waiting.public_id}", data={**data, "holder": "CV Lain"})
    assert (stale.status_code, fresh(session, waiting).holder) == (409, "CV Sari Rasa")
    assert client.post(f"{LIST}/{waiting.public_id}/withdraw").status_code == 303
    assert fresh(session, waiting).state == "withdrawn"
    for path, data in ((f"{LIST}/{standing.public_id}", TYPED), (f"{LIST}/{standing.public_id}/withdraw", {})):
        assert client.post(path, data={**data, "number": bpjph_number()}).status_code == 409
    assert fresh(session, standing).state == "verified"


def test_the_photo_is_shown_made_anew_and_the_file_is_saved(
    client: TestClient, session: Session, business: Business, desk: TestClient, application: FastAPI
) -> None:
    client.post(f"{LIST}/new", data=TYPED, files=PHOTO)
    path = f"{LIST}/{only(session).public_id}"
    other = sign_in(TestClient(application), session, make_maker(session)[0])
    for browser in (client, desk):
        picture, file = browser.get(f"{path}/picture"), browser.get(f"{path}/file")
        assert (picture.headers["content-type"], picture.headers["cache-control"]) == (
            "image/jpeg",
            "private, no-store",
        )
        assert picture.content != photo()
        assert file.content == photo()
        assert file.headers["content-disposition"].startswith("attachment")
    for name in ("picture", "file"):
        assert other.get(f"{path}/{name}").status_code == 404
        assert TestClient(application).get(f"{path}/{name}", follow_redirects=False).status_code == 303


def test_an_official_confirms_in_three_clicks_from_the_first_page(
    session: Session, desk: TestClient, business: Business
) -> None:
    first, second = (make_certificate(session, business=business, state="claimed") for _ in "12")
    home = desk.get("/en/office").text
    assert "2 halal certificates wait for a check" in home
    address = f"{OFFICE}/certificates/{first.public_id}"
    assert f'href="{address}"' in home  # the first click
    page = desk.get(address).text
    data = {
        "seen_version": hidden(page, "seen_version"),
        "looked_at": hidden(page, "looked_at"),
        "result": "confirmed",  # the second
    }
    assert data["looked_at"].endswith(f"no_sertifikat={first.number}&amp;page=1")
    answer = desk.post(f"{address}/verify", data=data, follow_redirects=False)  # the third
    assert answer.headers["location"] == f"{OFFICE}/certificates/{second.public_id}"
    assert fresh(session, first).state == "verified"
    assert acts(session, first) == ["verified"]
    (check,) = checks_of(session, first)
    assert (check.provider, check.result) == ("link", "confirmed")


def test_confirming_without_a_look_that_agrees_is_refused_with_what_was_typed(
    session: Session, desk: TestClient, business: Business
) -> None:
    certificate = make_certificate(session, business=business, state="claimed")
    address = f"{OFFICE}/certificates/{certificate.public_id}"
    for result, status in (("", 422), ("other_holder", 409), ("nonsense", 422)):
        data = {"result": result, "looked_at": "here", "note": "Seen twice"}
        answer = desk.post(f"{address}/verify", data=data)
        assert answer.status_code == status
        assert "Seen twice" in answer.text
    assert fresh(session, certificate).state == "claimed"
    assert checks_of(session, certificate) == []
    evidence = {"evidence": ("screen.png", photo(), "image/jpeg")}
    data = {"result": "not_found", "looked_at": "here"}
    assert desk.post(f"{address}/check", data=data, files=evidence).status_code == 200
    (check,) = checks_of(session, certificate)
    saved = desk.get(f"{address}/checks/{check.id}")
    assert (saved.content, saved.headers["content-type"]) == (photo(), "application/octet-stream")
    assert fresh(session, certificate).state == "claimed"


def test_a_reason_is_needed_and_comes_back_to_the_maker(
    client: TestClient, session: Session, desk: TestClient, business: Business
) -> None:
    certificate = make_certificate(session, business=business, state="claimed")
    address = f"{OFFICE}/certificates/{certificate.public_id}/reject"
    assert desk.post(address, data={"code": ""}).status_code == 422
    assert desk.post(address, data={"code": "other"}).status_code == 422
    assert desk.post(address, data={"code": "other", "text": "Foto <b>gelap</b>."}).status_code == 200
    page = client.get(f"{LIST}/{certificate.public_id}").text
    assert "Foto &lt;b&gt;gelap&lt;/b&gt;." in page
    assert "Put it right and send it again" in page


def test_the_life_of_a_confirmed_certificate(session: Session, desk: TestClient, business: Business) -> None:
    certificate = make_certificate(session, business=business)
    successor = make_certificate(session, business=business)
    address = f"{OFFICE}/certificates/{certificate.public_id}"
    assert desk.post(f"{address}/suspend", data={"text": "", "act": "suspend"}).status_code == 422
    for act, state in (("suspend", "suspended"), ("reinstate", "verified")):
        assert desk.post(f"{address}/{act}", data={"text": "BPJPH says so."}).status_code == 200
        assert fresh(session, certificate).state == state
    data = {"text": "Renewed.", "successor": successor.public_id}
    assert desk.post(f"{address}/supersede", data=data).status_code == 200
    assert fresh(session, certificate).state == "superseded"
    assert desk.post(f"{address}/revoke", data={"text": "No."}).status_code == 409
    other = f"{OFFICE}/certificates/{successor.public_id}/revoke"
    assert desk.post(other, data={"text": "BPJPH says so."}).status_code == 200
    assert kinds(session, successor)[-1] == "revoked"


def test_an_official_puts_right_what_is_written(session: Session, desk: TestClient, business: Business) -> None:
    certificate = make_certificate(session, business=business)
    address = f"{OFFICE}/certificates/{certificate.public_id}/correct"
    page = desk.get(address).text
    data = {**TYPED, "number": certificate.number, "valid_until": "2028-02-28", "reason": "Misread."}
    data["seen_version"] = hidden(page, "seen_version")
    for wrong in ({"reason": ""}, {"number": " "}, {"items": ""}, {"issued_on": ""}, {"valid_until": "2020-01-01"}):
        assert desk.post(address, data={**data, **wrong}).status_code == 422
    assert desk.post(address, data=data, follow_redirects=False).status_code == 303
    assert str(fresh(session, certificate).valid_until) == "2028-02-28"
    emptied = {**data, "valid_until": "", "seen_version": str(fresh(session, certificate).version)}
    assert desk.post(address, data=emptied, follow_redirects=False).status_code == 303
    assert fresh(session, certificate).valid_until is None


def test_several_are_decided_each_by_its_own_look(session: Session, desk: TestClient, business: Business) -> None:
    good, taken, doubtful, left = (make_certificate(session, business=business, state="claimed") for _ in range(4))
    make_certificate(session, number=taken.number)  # confirmed for somebody else
    chosen = [each.public_id for each in (good, taken, doubtful, left)]
    page = desk.get(f"{OFFICE}/batch", params={"id": chosen}).text
    results = dict(zip(chosen, ("confirmed", "confirmed", "not_found", ""), strict=True))
    data: dict[str, Any] = {"id": chosen, "looked_at": "the search"}
    for name, result in results.items():
        data |= {f"result-{name}": result, f"version-{name}": hidden(page, f"version-{name}")}
    answer = desk.post(f"{OFFICE}/batch", data=data)
    assert answer.status_code == 200
    assert "1 certificate is confirmed." in answer.text
    assert "is confirmed for another certificate already" in answer.text
    states = [fresh(session, each).state for each in (good, taken, doubtful, left)]
    assert states == ["verified", "claimed", "claimed", "claimed"]
    assert [acts(session, each) for each in (good, taken, doubtful, left)] == [["verified"], [], ["checked"], []]
    assert [len(checks_of(session, each)) for each in (good, taken, doubtful, left)] == [1, 0, 1, 0]
    nothing = desk.post(f"{OFFICE}/batch", data={"id": chosen, "looked_at": "the search"})
    assert nothing.status_code == 422


def test_the_queue_counts_searches_and_pages(session: Session, desk: TestClient, business: Business) -> None:
    waiting = [make_certificate(session, business=business, state="claimed") for _ in range(3)]
    make_certificate(session, business=business, items=["Rendang Kering"])
    page = desk.get(OFFICE).text
    assert all(each.number in page for each in waiting)
    assert "3 certificates" in page
    found = desk.get(OFFICE, params={"state": "all", "q": "rendang"}).text
    assert "1 certificate<" in found
    spaced = desk.get(OFFICE, params={"q": waiting[0].number.replace("ID", "id ")}).text
    assert waiting[0].number in spaced
    assert waiting[1].number not in spaced


@pytest.mark.parametrize("path", [f"{OFFICE}?state=all", LIST])
def test_lists_ask_the_same_for_one_and_for_many(
    client: TestClient, session: Session, desk: TestClient, business: Business, connection: Connection, path: str
) -> None:
    browser = desk if path.startswith(OFFICE) else client

    def statements() -> int:
        seen: list[str] = []

        def note(_: Any, __: Any, statement: str, *___: Any) -> None:
            seen.append(statement)

        event.listen(connection, "before_cursor_execute", note)
        assert browser.get(path).status_code == 200
        event.remove(connection, "before_cursor_execute", note)
        return len(seen)

    make_certificate(session, business=business)
    browser.get(path)
    one = statements()
    for _ in range(3):
        make_check(session, make_certificate(session, business=business, state="claimed"))
    assert statements() == one
