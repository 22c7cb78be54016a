"""The maker's workspace, the office, and the public pages, as browsers without JavaScript use them."""

import json
import re
from collections.abc import Callable
from functools import partial

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlmodel import Session, select

from app.accounts.models import Role
from app.businesses import desks, service
from app.businesses.models import Business, BusinessState, Contact, ContactKind, Licence, LicenceKind
from app.core.languages import Language
from app.core.storage import Storage
from tests.businesses.steps import NOON, PDF, a_maker
from tests.conftest import data_folder
from tests.factories import make_business, make_city, make_kecamatan, make_maker, make_user, save, sign_in

START = {
    "brand": "Samak Rupa",
    "legal_name": "CV Samak Rupa Pasundan",
    "nib": "9120304116819",
    "kbli": ["15121", ""],
    "scale": "small",
    "kecamatan_code": "32.73.02",
    "story": "Gilang membuka lipatan kulit pertamanya.",
    "source_language": "id",
}
STATES = list(BusinessState)


def as_official(client: TestClient, session: Session) -> TestClient:
    return sign_in(client, session, make_user(session, role=Role.OFFICIAL))


def as_maker(client: TestClient, session: Session, state: BusinessState = BusinessState.DRAFT) -> Business:
    person, business = a_maker(session, state)
    user = session.get_one(type(make_user(session)), person.user_id)
    sign_in(client, session, user)
    return business


def again(session: Session, business: Business) -> Business:
    session.expire_all()
    return session.exec(select(Business).where(Business.id == business.id)).one()


def naughty() -> list[str]:
    path = data_folder() / "badinput" / "blns.json"
    if not path.exists():
        return ["<script>alert(1)</script>", "\u202eabc", "'; DROP TABLE business; --", "%s%d", "\x00\x07", "𝓤𝓷𝓲"]
    return [text for text in json.loads(path.read_text()) if text.strip()][::29]


def statements(session: Session, act: Callable[[], object]) -> int:
    seen: list[str] = []

    def count(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len([statement for statement in seen if statement.lstrip().upper().startswith("SELECT")])


# --- the maker's way from nothing to verified -------------------------------------------------------------------------


def test_a_maker_starts_tells_sends_and_is_verified_in_three_clicks(client: TestClient, session: Session) -> None:
    make_city(session)
    make_kecamatan(session)
    sign_in(client, session, make_user(session))
    assert client.get("/id/workspace").headers["location"] == "/id/workspace/start"
    assert client.get("/id/workspace/start").status_code == 200
    started = client.post("/id/workspace/start", data=START)
    assert (started.status_code, started.headers["location"]) == (303, "/id/workspace")
    assert "Samak Rupa" in client.get("/id/workspace").text
    sent = client.post("/id/workspace/submit")
    assert (sent.status_code, sent.headers["location"]) == (303, "/id/workspace")

    as_official(client, session)
    office = client.get("/en/office").text
    first = re.search(r'href="(/en/office/makers/samak-rupa)"', office)
    assert first, office
    detail = client.get(first[1]).text
    action = re.search(r'action="(/en/office/makers/samak-rupa/verify)"', detail)
    version = re.search(r'name="seen_version" value="(\d+)"', detail)
    assert action
    assert version
    assert 'accesskey="v"' in detail
    decided = client.post(action[1], data={"seen_version": version[1]})
    assert (decided.status_code, decided.headers["location"]) == (303, "/en/office")
    client.cookies.clear()
    assert "Samak Rupa" in client.get("/en/makers/samak-rupa").text


def test_after_a_decision_the_next_one_opens(client: TestClient, session: Session) -> None:
    _, first = a_maker(session, BusinessState.SUBMITTED)
    _, second = a_maker(session, BusinessState.SUBMITTED)
    as_official(client, session)
    answer = client.post(f"/en/office/makers/{first.slug}/return", data={"code": "name_differs"})
    assert answer.headers["location"] == f"/en/office/makers/{second.slug}"
    shown = client.get(answer.headers["location"]).text
    assert "Decided. Here is the next one." in shown
    assert again(session, first).state == BusinessState.RETURNED


def test_a_return_without_a_reason_is_refused_and_keeps_what_was_typed(client: TestClient, session: Session) -> None:
    _, business = a_maker(session, BusinessState.SUBMITTED)
    as_official(client, session)
    refused = client.post(f"/en/office/makers/{business.slug}/return", data={"text": "Tolong foto ulang."})
    assert refused.status_code == 422
    assert 'href="#f-code"' in refused.text
    assert "Tolong foto ulang." in refused.text
    other = client.post(f"/en/office/makers/{business.slug}/return", data={"code": "other"})
    assert other.status_code == 422
    assert "Say in your own words" in other.text
    assert again(session, business).state == BusinessState.SUBMITTED


def test_the_second_of_two_decisions_is_told_so(client: TestClient, session: Session) -> None:
    _, business = a_maker(session, BusinessState.SUBMITTED)
    as_official(client, session)
    version = again(session, business).version
    path = f"/en/office/makers/{business.slug}"
    assert client.post(f"{path}/verify", data={"seen_version": version}).status_code == 303
    second = client.post(f"{path}/return", data={"seen_version": version, "code": "name_differs"})
    assert second.status_code == 409
    assert again(session, business).state == BusinessState.VERIFIED


def test_suspending_hides_the_page_and_restoring_shows_it(client: TestClient, session: Session) -> None:
    _, business = a_maker(session)
    as_official(client, session)
    path = f"/en/office/makers/{business.slug}"
    assert client.post(f"{path}/suspend", data={"code": "other", "text": "Unclear."}).status_code == 303
    assert client.get(f"/en/makers/{business.slug}").status_code == 404
    assert client.post(f"{path}/restore").status_code == 303
    assert client.get(f"/en/makers/{business.slug}").status_code == 200


def test_the_returned_maker_reads_the_reason_first(client: TestClient, session: Session) -> None:
    as_maker(client, session, BusinessState.RETURNED)
    shown = client.get("/en/workspace").text
    assert "The city asks you to change something" in shown
    assert "Tulis ulang." in shown


def test_areas_above_add_to_workspace_and_office(
    client: TestClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    todo = desks.Todo("7 goods were returned", "/en/workspace/profile", "Look", "since Monday")
    monkeypatch.setattr(desks, "WORKSPACE_PANELS", [lambda *_: [todo]])
    monkeypatch.setattr(desks, "OFFICE_QUEUES", [lambda *_: [todo]])
    as_maker(client, session, BusinessState.VERIFIED)
    assert "goods were returned" in client.get("/en/workspace").text
    as_official(client, session)
    office = client.get("/en/office").text
    assert '<strong>7 goods were returned</strong> <span class="small muted">since Monday</span>' in office


# --- forms ------------------------------------------------------------------------------------------------------------


def test_a_refused_start_keeps_values_and_links_errors(client: TestClient, session: Session) -> None:
    make_city(session)
    make_kecamatan(session)
    sign_in(client, session, make_user(session))
    refused = client.post("/en/workspace/start", data={**START, "nib": "123", "kbli": "12"})
    assert refused.status_code == 422
    assert "Write 13 digits" in refused.text
    for field in ("nib", "kbli"):
        assert f'id="f-{field}-error"' in refused.text
    assert 'value="Samak Rupa"' in refused.text
    assert "<title>Error: " in refused.text
    assert session.exec(select(Business)).all() == []


def test_every_error_of_a_form_is_linked_to_a_field_that_is_there(client: TestClient, session: Session) -> None:
    as_maker(client, session)
    for path, data in (
        ("profile", {"brand": "", "nib": "x", "year": "soon", "kbli": "abc", "ground": "red"}),
        ("contacts", {"kind": "phone", "value": "not a number"}),
        ("contacts", {"kind": "email", "value": "nobody"}),
        ("contacts", {"kind": "website", "value": "javascript:alert(1)"}),
        ("licences", {"kind": "nib"}),
        ("trademarks", {"name": "", "nice_class": "99"}),
        ("stories", {"language": "ko", "story_ko": "x" * 5000}),
    ):
        refused = client.post(f"/en/workspace/{path}", data=data)
        assert refused.status_code == 422, path
        links = re.findall(r'href="#(f-[^"]+)"', refused.text)
        assert links, path
        for link in links:
            assert f'id="{link}"' in refused.text, (path, link)


def test_saving_the_whole_profile_clears_what_is_left_empty(client: TestClient, session: Session) -> None:
    business = as_maker(client, session, BusinessState.DRAFT)
    saved = client.post("/en/workspace/profile", data={"brand": "Baru", "kbli": ["10794 Keripik", "10761"]})
    assert saved.status_code == 303
    stored = again(session, business)
    assert (stored.brand, stored.kbli, stored.year, stored.nib) == ("Baru", ["10794", "10761"], None, None)


def test_a_verified_profile_saved_unchanged_is_accepted(client: TestClient, session: Session) -> None:
    business = as_maker(client, session, BusinessState.VERIFIED)
    form = client.get("/en/workspace/profile").text
    values = dict(re.findall(r'name="(brand|legal_name|nib|year|ground)" value="([^"]*)"', form))
    values |= {"kbli": "15121", "scale": "micro", "kecamatan_code": "32.73.02", "source_language": "id"}
    assert client.post("/en/workspace/profile", data=values).status_code == 303
    assert again(session, business).nib == business.nib


def test_naughty_strings_never_break_a_form(client: TestClient, session: Session) -> None:
    as_maker(client, session, BusinessState.DRAFT)
    forms = {
        "profile": ("brand", "legal_name", "nib", "kbli", "scale", "kecamatan_code", "year", "capacity", "ground"),
        "contacts": ("kind", "value", "public"),
        "trademarks": ("name", "number", "nice_class", "state", "valid_until"),
        "licences": ("kind", "number", "valid_until"),
        "stories": ("story_en",),
    }
    for text in naughty():
        for path, fields in forms.items():
            answer = client.post(f"/en/workspace/{path}", data={"language": "en", **dict.fromkeys(fields, text)})
            assert answer.status_code in {303, 404, 413, 422}, (path, text, answer.status_code)
            if answer.status_code == 422:
                assert "<script>alert" not in answer.text.replace("&lt;script", "")
        for path in ("/en/makers", "/en/workspace/trades"):
            assert client.get(path, params={"q": text[:300]}).status_code == 200
    as_official(client, session)
    for text in naughty():
        answer = client.get("/en/office/makers", params={"q": text[:300], "state": text[:30]})
        assert answer.status_code == 200


# --- papers -----------------------------------------------------------------------------------------------------------


def test_a_paper_is_kept_private_and_handed_out_as_an_attachment(
    client: TestClient, session: Session, storage: Storage
) -> None:
    as_maker(client, session)
    sent = client.post(
        "/en/workspace/licences",
        data={"kind": "nib", "number": "42"},
        files={"file": ("kartu é.pdf", PDF, "text/html")},
    )
    assert sent.status_code == 303
    licence = session.exec(select(Licence)).one()
    answer = client.get(f"/en/workspace/licences/{licence.id}/file")
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''kartu%20%C3%A9.pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in answer.headers["cache-control"]
    assert client.get(f"/media/{licence.file_key}").status_code == 404


@pytest.mark.parametrize(("who", "status"), [("anonymous", 303), ("stranger", 404), ("owner", 200), ("official", 200)])
def test_who_opens_a_paper(client: TestClient, session: Session, storage: Storage, who: str, status: int) -> None:
    user, business = make_maker(session)
    storage.put("private/papers/a.pdf", PDF)
    licence = save(
        session,
        Licence(
            business_id=business.id,
            kind=LicenceKind.NIB,
            file_key="private/papers/a.pdf",
            file_name="a.pdf",
            mime="application/pdf",
            created_at=NOON,
        ),
    )
    people = {
        "stranger": lambda: make_maker(session)[0],
        "owner": lambda: user,
        "official": lambda: make_user(session, role=Role.OFFICIAL),
    }
    if who in people:
        sign_in(client, session, people[who]())
    assert client.get(f"/en/workspace/licences/{licence.id}/file").status_code == status


# --- who may come in --------------------------------------------------------------------------------------------------

WORKSPACE = ["", "/profile", "/stories", "/contacts", "/licences", "/trademarks", "/submit", "/trades"]


@pytest.mark.parametrize("path", WORKSPACE)
def test_the_workspace_is_for_its_maker(client: TestClient, session: Session, path: str) -> None:
    address = f"/en/workspace{path}"
    assert client.get(address).headers["location"].startswith("/en/sign-in")
    sign_in(client, session, make_user(session))
    expected = {"": 303, "/trades": 200}.get(path, 404)
    assert client.get(address).status_code == expected
    business = as_maker(client, session)
    shown = client.get(address)
    assert shown.status_code == 200
    assert business.brand in shown.text


@pytest.mark.parametrize("path", ["", "/makers", "/makers/SLUG"])
def test_the_office_is_for_officials(client: TestClient, session: Session, path: str) -> None:
    _, business = a_maker(session, BusinessState.SUBMITTED)
    address = f"/en/office{path.replace('SLUG', business.slug)}"
    assert client.get(address).headers["location"].startswith("/en/sign-in")
    as_maker(client, session)
    assert client.get(address).status_code == 403
    as_official(client, session)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("verb", ["verify", "return", "suspend", "restore"])
def test_decisions_are_for_officials(client: TestClient, session: Session, verb: str) -> None:
    _, business = a_maker(session, BusinessState.SUBMITTED)
    address = f"/en/office/makers/{business.slug}/{verb}"
    assert client.post(address).headers["location"].startswith("/en/sign-in")
    as_maker(client, session)
    assert client.post(address, data={"code": "name_differs"}).status_code == 403
    assert again(session, business).state == BusinessState.SUBMITTED


# --- the public -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state for state in BusinessState if state is not BusinessState.VERIFIED])
def test_only_verified_makers_are_public(client: TestClient, session: Session, state: BusinessState) -> None:
    _, shown = a_maker(session)
    _, hidden = a_maker(session, state)
    listed = client.get("/en/makers").text
    assert f"/en/makers/{shown.slug}" in listed
    assert f"/en/makers/{hidden.slug}" not in listed
    assert client.get(f"/en/makers/{hidden.slug}").status_code == 404


def test_the_public_page_shows_contacts_by_consent_only_and_never_the_nib(client: TestClient, session: Session) -> None:
    _, business = a_maker(session, nib="7777777777777")
    save(session, Contact(business_id=business.id, kind=ContactKind.EMAIL, value="hidden@maker.example"))
    save(
        session,
        Contact(
            business_id=business.id,
            kind=ContactKind.WEBSITE,
            value="https://shown.example",
            consented_at=NOON,
            purpose="public_page",
        ),
    )
    page = client.get(f"/en/makers/{business.slug}").text
    assert "https://shown.example" in page
    assert "hidden@maker.example" not in page
    assert "7777777777777" not in page
    data = [json.loads(text) for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)]
    maker = next(each for each in data if each["@type"] == "LocalBusiness")
    assert (maker["name"], maker["sameAs"]) == (business.brand, "https://shown.example")
    assert "email" not in maker
    assert re.findall(r'hreflang="(\w\w)" href="http', page) == [language.value for language in Language]
    assert f'<link rel="canonical" href="http://testserver/en/makers/{business.slug}">' in page


def test_the_list_finds_by_a_part_of_the_name_without_accents(client: TestClient, session: Session) -> None:
    make_business(session, brand="Éndah 100% Rasa", slug="endah")
    make_business(session, brand="Halimun", slug="halimun")
    for words in ("endah", "ÉNDAH 100%", "rasa"):
        page = client.get("/en/makers", params={"q": words}).text
        assert "/en/makers/endah" in page
        assert "/en/makers/halimun" not in page
    assert "No maker by that name" in client.get("/en/makers", params={"q": "%"}).text


def test_the_list_filters_by_district_and_goes_on_by_cursor(client: TestClient, session: Session) -> None:
    make_kecamatan(session, code="32.73.13", name="Lengkong", slug="lengkong")
    for number in range(30):
        make_business(session, brand=f"Maker {number:02d}", slug=f"m{number:02d}")
    make_business(session, slug="elsewhere", kecamatan_code="32.73.13")
    assert re.findall(r'card__link" href="/en/makers/([\w-]+)"', client.get("/en/makers?kecamatan=lengkong").text) == [
        "elsewhere"
    ]
    first = client.get("/en/makers?kecamatan=coblong").text
    following = re.search(r'href="([^"]+cursor=[^"]+)"', first)
    assert following
    second = client.get(following[1].replace("&amp;", "&")).text
    names = re.findall(r'card__link" href="/en/makers/([\w-]+)"', first + second)
    assert names == [f"m{number:02d}" for number in range(30)]
    assert client.get("/en/makers?cursor=broken&kecamatan=nowhere").status_code == 200


@pytest.mark.parametrize("language", [language.value for language in Language])
def test_pages_stand_in_every_language(client: TestClient, session: Session, language: str) -> None:
    business = as_maker(client, session, BusinessState.VERIFIED)
    for path in (*(f"workspace{part}" for part in WORKSPACE), "makers", f"makers/{business.slug}"):
        assert client.get(f"/{language}/{path}").status_code == 200
    as_official(client, session)
    for path in ("office", "office/makers", f"office/makers/{business.slug}"):
        assert client.get(f"/{language}/{path}").status_code == 200


def test_lists_send_the_same_number_of_statements_for_one_maker_and_for_fifty(
    client: TestClient, session: Session
) -> None:
    as_official(client, session)
    paths = ["/en/makers", "/en/office/makers?state=verified", "/en/office", "/api/v1/businesses?limit=60"]

    def measure() -> list[int]:
        return [statements(session, partial(client.get, path)) for path in paths]

    a_maker(session)
    a_maker(session, BusinessState.SUBMITTED)
    measure()  # what is read once and kept
    few = measure()
    for _ in range(49):
        make_business(session)
    a_maker(session, BusinessState.SUBMITTED)
    assert measure() == few


def test_saving_a_form_twice_is_one_effect(client: TestClient, session: Session) -> None:
    as_maker(client, session)
    data = {"_key": "once", "name": "SAMAK", "state": "registered"}
    for _ in range(2):
        assert client.post("/en/workspace/trademarks", data=data).status_code == 303
    assert len(client.get("/en/workspace/trademarks").text.split("SAMAK")) == 2


def test_consent_is_given_and_withdrawn_on_the_page(client: TestClient, session: Session) -> None:
    business = as_maker(client, session, BusinessState.VERIFIED)
    public = f"/en/makers/{business.slug}"
    data = {"kind": "phone", "value": "0812-3456-7890", "public": "true"}
    assert client.post("/en/workspace/contacts", data=data).status_code == 303
    assert "tel:+6281234567890" in client.get(public).text
    assert client.post("/en/workspace/contacts/phone/withdraw").status_code == 303
    assert "+6281234567890" not in client.get(public).text
    assert "+6281234567890" in client.get("/en/workspace/contacts").text


def test_sending_an_incomplete_profile_names_what_is_missing(client: TestClient, session: Session) -> None:
    make_city(session)
    sign_in(client, session, make_user(session))
    client.post("/en/workspace/start", data={"brand": "Baru"})
    refused = client.post("/en/workspace/submit")
    assert refused.status_code == service.ProfileIncomplete.status
    for field in ("legal_name", "nib", "kbli", "scale", "kecamatan_code"):
        assert f"/en/workspace/profile#f-{field}" in refused.text
    assert "/en/workspace/stories#f-story" in refused.text
