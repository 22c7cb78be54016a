"""The public page of who recognises whom, and the officials' desk of these facts."""

import datetime as dt
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, col, select

from app.accounts.models import AuditEntry, Role, User
from app.accounts.subjects import Command
from app.core.languages import Language
from app.halal.models import Recognition
from app.halal.queries.reference import KINDS, RECOGNITION
from app.halal.schemas.reference import FactEnd, RecognitionCreate
from app.halal.service import reference as service
from tests.conftest import Clock
from tests.factories import NOON, make_user, sign_in

PUBLIC = "/en/halal/recognition"
DESK = "/en/office/halal/reference"
GIVEN: dict[str, Any] = {
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
def official(session: Session) -> User:
    user: User = make_user(session, role=Role.OFFICIAL, name="Pak Dadang")
    return user


@pytest.fixture
def office(client: TestClient, loaded: Session, official: User) -> TestClient:
    return sign_in(client, loaded, official)


def words(text: str) -> str:
    """The text of a page as it is read."""
    return " ".join(re.sub(r"<[^>]+>", " ", text.partition("<main")[2]).split())


def cell(text: str, body: str, country: str) -> str:
    """A field of the overview."""
    rows = re.findall(rf'<th scope="row">{body}<br>.*?</tr>', text, re.DOTALL)
    assert len(rows) == 1
    found = re.findall(rf'<td data-label="{country}"[^>]*>(.*?)</td>', rows[0], re.DOTALL)
    assert len(found) == 1
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def row_of(text: str, anchor: str) -> str:
    """A row of a table, as it is read."""
    found = re.findall(rf'<tr id="{anchor}">.*?</tr>', text, re.DOTALL)
    assert len(found) == 1
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def find(session: Session, body: str, destination: str) -> Recognition:
    return session.exec(
        select(Recognition).where(
            Recognition.body == body, Recognition.destination == destination, col(Recognition.current)
        )
    ).one()


def record(session: Session, body: str, destination: str, **changes: Any) -> None:
    """Correct a row from the command line."""
    data = RecognitionCreate.model_validate({**GIVEN, "body": body, "destination": destination, **changes})
    old = find(session, body, destination)
    service.correct_fact(session, kind=RECOGNITION, actor=Command(), fact_id=old.id, data=data, now=NOON)
    session.commit()


# --- everybody --------------------------------------------------------------------------------------------------------


def test_the_overview_says_for_each_body_what_each_destination_makes_of_it(client: TestClient, loaded: Session) -> None:
    text = client.get(PUBLIC).text

    assert cell(text, "BPJPH", "Indonesia") == "Own authority"
    assert cell(text, "BPJPH", "Malaysia") == "Recognised goods made in Indonesia"
    assert cell(text, "BPJPH", "Ecuador") == "Not known"
    assert cell(text, "BPJPH", "Singapore") == "Not known unconfirmed"
    assert cell(text, "KHA", "Malaysia") == "Recognised, as the body says goods made in South Korea"
    assert cell(text, "KOHAS", "Malaysia") == ""
    heads = re.findall(r'<th scope="col">([^<]+)</th>', text)[:8]
    assert heads == [
        "Body",
        "Indonesia",
        "Belgium",
        "Ecuador",
        "Malaysia",
        "Singapore",
        "South Korea",
        "United Arab Emirates",
    ]


def test_every_fact_stands_with_its_source_its_day_and_its_doubt(client: TestClient, loaded: Session) -> None:
    text = client.get(PUBLIC).text

    shown = row_of(text, f"recognition-{find(loaded, 'KMF', 'ID').id}")
    assert "Recognised From 18 November 2023 on" in shown
    assert "en.yna.co.kr 2023-11-19; halalfocus.net (Tempo) from a public source as of 20 Nov 2026" in shown
    assert "unconfirmed" not in shown
    doubted = row_of(text, f"recognition-{find(loaded, 'MUI', 'MY').id}")
    assert "from memory unconfirmed as of 20 Nov 2026" in doubted
    for kind in KINDS.values():
        rows = loaded.exec(select(kind.model)).all()
        assert len(re.findall(rf'<tr id="{kind.slug}-\d+">', text)) == len(rows)
    assert "not legal advice" in words(text)
    assert "Mandatory from 18 October 2026 on" in words(text)


def test_the_page_is_for_search_engines_in_five_languages(client: TestClient, loaded: Session) -> None:
    text = client.get(PUBLIC).text

    assert '<link rel="canonical" href="http://testserver/en/halal/recognition">' in text
    for language in Language:
        assert f'hreflang="{language.value}" href="http://testserver/{language.value}/halal/recognition"' in text
        assert client.get(f"/{language.value}/halal/recognition").status_code == 200
    assert re.search(r'<meta name="description" content="[^"]{40,}">', text)
    korean = client.get("/ko/halal/recognition").text
    assert "말레이시아" in korean
    assert '<span lang="en">halalfocus.net (Bernama) 2023</span>' in korean


def test_the_page_without_any_fact_says_so(client: TestClient) -> None:
    assert words(client.get(PUBLIC).text).count("Nothing is known yet.") == 4


def test_a_corrected_row_stays_for_everybody_to_see(client: TestClient, loaded: Session) -> None:
    record(loaded, "KHA", "MY", made_in="KR", status="not_recognised", reason="It is not on the list.")

    text = client.get(PUBLIC).text
    assert cell(text, "KHA", "Malaysia") == "Not recognised goods made in South Korea"
    shown = row_of(text, f"recognition-{find(loaded, 'KHA', 'MY').id}")
    assert "1 earlier row, corrected Why it was corrected: It is not on the list." in shown
    assert "Recognised, as the body says kjbn.kr 2023-11-18" in shown


def test_the_overview_is_of_today_in_bandung(client: TestClient, loaded: Session, clock: Clock) -> None:
    end = FactEnd(valid_until=dt.date(2026, 11, 21), reason="Withdrawn.")
    kmf = find(loaded, "KMF", "MY")
    service.end_fact(loaded, kind=RECOGNITION, actor=Command(), fact_id=kmf.id, data=end, now=NOON)
    loaded.commit()

    assert cell(client.get(PUBLIC).text, "KMF", "Malaysia") == "Recognised goods made in South Korea"
    clock.now = dt.datetime(2026, 11, 20, 17, 0, tzinfo=dt.UTC)  # midnight in Bandung
    text = client.get(PUBLIC).text
    assert cell(text, "KMF", "Malaysia") == ""
    assert "No more from 21 November 2026 on" in row_of(text, f"recognition-{kmf.id}")


# --- officials --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "number"), [("recognition", 14), ("rules", 10), ("obligations", 22), ("bodies", 17)])
def test_each_kind_has_its_list(office: TestClient, kind: str, number: int) -> None:
    text = office.get(f"{DESK}/{kind}").text

    assert len(re.findall(rf'<th scope="row"><a href="{DESK}/{kind}/\d+">', text)) == number
    assert f'href="{DESK}/{kind}/new"' in text


def test_a_kind_that_there_is_not_is_not_found(office: TestClient) -> None:
    for path in (f"{DESK}/prices", f"{DESK}/prices/new", f"{DESK}/prices/1", f"{DESK}/rules/999999"):
        assert office.get(path).status_code == 404
    assert office.post(f"{DESK}/rules/999999/end", data={"valid_until": "2027-01-01", "reason": "x"}).status_code == 404


def test_an_official_adds_a_fact_by_form(office: TestClient, loaded: Session, official: User) -> None:
    form = {
        **GIVEN,
        "body": "KHA",
        "destination": "SG",
        "goods": ["food", "drink"],
        "made_in": "KR",
        "status": "recognised",
        "valid_from": "2026-11-01",
    }

    answer = office.post(f"{DESK}/recognition", data=form)

    row = find(loaded, "KHA", "SG")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{DESK}/recognition/{row.id}")
    assert (row.goods, row.made_in, row.valid_from, row.recorded_by_id) == (
        ["drink", "food"],
        "KR",
        dt.date(2026, 11, 1),
        official.id,
    )
    shown = words(office.get(answer.headers["location"]).text)
    assert "Recognised From 1 November 2026 on" in shown
    assert "Drinks, Food" in shown
    assert "Added Pak Dadang Looked up." in shown


def test_a_refused_form_keeps_what_was_typed_and_says_what_to_do(office: TestClient, loaded: Session) -> None:
    form = {
        **GIVEN,
        "body": "KHA",
        "destination": "SG",
        "goods": "cosmetic",
        "status": "recognised",
        "as_of": "2026-11-21",
        "source": "",
        "note": "Typed <b>with care</b>",
        "valid_from": "2026-11-05",
        "valid_until": "2026-11-05",
    }

    answer = office.post(f"{DESK}/recognition", data=form)

    assert answer.status_code == 422
    assert "<title>Error: Add a recognition" in answer.text
    for name, sentence in (
        ("source", "Fill in this field."),
        ("valid_until", "Choose a day after the one on which it begins."),
    ):
        assert f'<a href="#f-{name}">{sentence}</a>' in answer.text
    assert "Typed &lt;b&gt;with care&lt;/b&gt;" in answer.text
    assert '<option value="KHA" selected>' in answer.text
    assert '<option value="SG" selected>' in answer.text
    assert re.findall(r'value="(\w+)" checked', answer.text) == ["cosmetic"]
    assert loaded.exec(select(AuditEntry.action)).all() == ["reference.loaded"]


def test_a_fact_that_stands_already_is_a_conflict_at_its_day(office: TestClient, loaded: Session) -> None:
    answer = office.post(f"{DESK}/rules", data={**GIVEN, "country": "MY", "goods_class": "food", "kind": "mandatory"})

    assert answer.status_code == 409
    assert '<a href="#f-valid_from">Another row says something about the same on these days.' in answer.text


def test_the_form_of_a_correction_is_filled_in_with_what_stands(office: TestClient, loaded: Session) -> None:
    for kind in KINDS.values():
        for row in loaded.exec(select(kind.model)).all():
            page = office.get(f"{DESK}/{kind.slug}/{row.id}/correct")
            assert page.status_code == 200
            for name, value in kind.said(row).items():
                if isinstance(value, dt.date):
                    assert f'name="{name}" value="{value.isoformat()}"' in page.text
                elif value is True:
                    assert re.search(rf'name="{name}" value="true" checked', page.text)
    kha = find(loaded, "KHA", "MY")
    text = office.get(f"{DESK}/recognition/{kha.id}/correct").text
    assert '<option value="claimed" selected>' in text
    assert '<option value="KR" selected>' in text
    assert "kjbn.kr 2023-11-18</textarea>" in text


def test_sending_the_form_of_a_correction_back_unchanged_changes_nothing(office: TestClient, loaded: Session) -> None:
    kha = find(loaded, "KHA", "MY")
    form = {name: str(value) for name, value in RECOGNITION.said(kha).items() if value}

    answer = office.post(f"{DESK}/recognition/{kha.id}/correct", data=form | {"reason": "No reason."})

    assert answer.status_code == 422
    assert "Nothing is different yet. Change what is wrong, then save." in answer.text
    loaded.expire_all()
    assert kha.current


def test_an_official_corrects_a_fact_and_its_history_shows_both(office: TestClient, loaded: Session) -> None:
    old = find(loaded, "KHA", "MY")
    form = {**GIVEN, "body": "KHA", "destination": "MY", "made_in": "KR", "status": "recognised"}

    answer = office.post(f"{DESK}/recognition/{old.id}/correct", data=form | {"reason": "It is on the list now."})

    new = find(loaded, "KHA", "MY")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{DESK}/recognition/{new.id}")
    page = office.get(answer.headers["location"])
    assert "Corrected Pak Dadang It is on the list now." in words(page.text)
    assert f'<a href="{DESK}/recognition/{old.id}">KHA in Malaysia</a>' in page.text
    before = office.get(f"{DESK}/recognition/{old.id}").text
    assert "This row was corrected" in before
    assert f'<a href="{DESK}/recognition/{new.id}">The row that stands in its place</a>' in before
    assert "<form class=" not in before.partition("<main")[2]
    assert office.get(f"{DESK}/recognition/{old.id}/correct").status_code == 303
    again = office.post(f"{DESK}/recognition/{old.id}/correct", data=form)
    assert again.status_code == 409
    assert "Somebody has corrected or ended this row already." in again.text


def test_an_official_ends_a_fact_once(office: TestClient, loaded: Session) -> None:
    row = find(loaded, "KMF", "ID")
    path = f"{DESK}/recognition/{row.id}"

    early = office.post(f"{path}/end", data={"valid_until": "2023-11-18", "reason": "Typed reason"})
    ended = office.post(f"{path}/end", data={"valid_until": "2027-01-01", "reason": "The agreement is over."})
    again = office.post(f"{path}/end", data={"valid_until": "2027-02-01", "reason": "Once more."})

    assert early.status_code == 422
    assert '<a href="#f-valid_until">Choose a day after the one on which it begins.</a>' in early.text
    assert "Typed reason</textarea>" in early.text
    assert (ended.status_code, ended.headers["location"]) == (303, path)
    assert again.status_code == 409
    shown = words(office.get(path).text)
    assert "From 18 November 2023 on, no more from 1 January 2027 on" in shown
    assert "Ended Pak Dadang The agreement is over." in shown
    assert "It ceases to hold" not in shown


def test_a_correction_begun_before_an_end_does_not_undo_it(office: TestClient, loaded: Session) -> None:
    row = find(loaded, "KMF", "ID")
    path = f"{DESK}/recognition/{row.id}"
    form = {**GIVEN, "body": "KMF", "destination": "ID", "made_in": "KR", "status": "recognised", "_seen_end": ""}
    assert '<input type="hidden" name="_seen_end" value="">' in office.get(f"{path}/correct").text

    office.post(f"{path}/end", data={"valid_until": "2027-01-01", "reason": "The agreement is over."})
    late = office.post(f"{path}/correct", data=form)

    assert late.status_code == 409
    assert "Somebody has corrected or ended this row already." in late.text
    assert '<input type="hidden" name="_seen_end" value="2027-01-01">' in late.text
    knowing = office.post(f"{path}/correct", data=form | {"_seen_end": "2027-01-01", "valid_until": "2027-01-01"})
    assert knowing.status_code == 303
    assert find(loaded, "KMF", "ID").valid_until == dt.date(2027, 1, 1)


def test_only_known_places_and_kinds_are_offered(office: TestClient, loaded: Session) -> None:
    recognition = office.get(f"{DESK}/recognition/new").text
    obligations = office.get(f"{DESK}/obligations/new").text

    codes = re.findall(
        r'<option value="([A-Z]{2})">', recognition.partition('name="destination"')[2].partition("</select>")[0]
    )
    assert {"MY", "KR", "EC", "ID"} <= set(codes)
    assert not {"EU", "ZZ", "UN"} & set(codes)
    assert '<option value="slaughter">' in obligations
    assert '<option value="otc_medicine">' in obligations
    assert '<option value="2026-11-20"' not in recognition
    assert 'name="as_of" value="2026-11-20"' in recognition
