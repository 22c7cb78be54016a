"""The calendar of halal dates: by month, what is over first, each leading to what it is about."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlmodel import Session

from app.accounts.models import Role
from app.businesses.models import Business, BusinessState
from app.catalogue import index
from app.catalogue.queries import halal_calendar, halal_coverage
from app.catalogue.queries.halal_calendar import DueKind
from app.catalogue.queries.halal_coverage import Filter
from app.catalogue.queries.reference import get_reference
from app.core.errors import Invalid
from app.halal.models import Certificate
from app.halal.rules import Status
from app.halal.vocabulary import CertificateState, GoodsClass
from tests.factories import NOON, make_business, make_product, make_user, save, sign_in
from tests.halal.duties import BEGAN, make_obligation
from tests.halal.papers import TODAY, link_product, make_certificate


def ending(session: Session, days: int, **changes: Any) -> Certificate:
    """A certificate whose last valid day is so many days off."""
    return make_certificate(session, valid_until=TODAY + dt.timedelta(days=days), **changes)


def inspected(session: Session, days: int, **changes: Any) -> Certificate:
    """A certificate without an end that is to be looked at in so many days."""
    return make_certificate(session, surveillance_due=TODAY + dt.timedelta(days=days), **changes)


@pytest.fixture
def world(session: Session) -> list[Certificate]:
    """Dates that are over, near and far, of several makers."""
    business = make_business(session)
    made = [
        ending(session, -400, business=business),
        ending(session, -1, business=business),
        ending(session, 0),
        inspected(session, 20, business=business),
        ending(session, 90),
        inspected(session, 91),
        inspected(session, -3),
    ]
    for state in CertificateState:
        if state is not CertificateState.VERIFIED:
            ending(session, 5, state=state)
    return made


def listed(page: halal_calendar.DuePage) -> list[int]:
    """The certificates on a page, in their order."""
    return [row.certificate_id for row in page.rows]


def test_what_is_over_stands_first_and_then_the_next_ninety_days(session: Session, world: list[Certificate]) -> None:
    page = halal_calendar.list_days(session, today=TODAY, limit=50)
    assert listed(page) == [world[place].id for place in (0, 6, 1, 2, 3, 4)]
    assert (page.total, page.next) == (6, None)


def test_months_count_every_day_once(session: Session, world: list[Certificate]) -> None:
    months = halal_calendar.count_by_month(session, today=TODAY)
    assert {key: dict(counts) for key, counts in months.items()} == {
        "past": {DueKind.LAPSE: 2, DueKind.SURVEILLANCE: 1},
        "2026-11": {DueKind.LAPSE: 1},
        "2026-12": {DueKind.SURVEILLANCE: 1},
        "2027-02": {DueKind.LAPSE: 1, DueKind.SURVEILLANCE: 1},
    }
    assert next(iter(months)) == "past"
    for key, counts in months.items():
        for kind in (DueKind.LAPSE, DueKind.SURVEILLANCE):
            page = halal_calendar.list_days(session, today=TODAY, when=key, kind=kind, limit=50)
            assert page.total == len(page.rows) == Counter(counts)[kind]


def test_pages_neither_lose_nor_repeat_a_day(session: Session, world: list[Certificate]) -> None:
    same = [ending(session, 30, business=make_business(session)) for _ in range(5)]
    seen: list[int] = []
    cursor = None
    while True:
        page = halal_calendar.list_days(session, today=TODAY, limit=2, cursor=cursor)
        seen += listed(page)
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 6 + len(same)


@pytest.mark.parametrize("when", ["2026-13", "soon", "2026-1-1", "0000-01", "9999-12"])
def test_months_that_are_none_are_refused(session: Session, when: str) -> None:
    with pytest.raises(Invalid):
        halal_calendar.list_days(session, today=TODAY, when=when, limit=1)


@pytest.mark.parametrize("cursor", ["x", "WyJkYXkiLDEsMV0", "WyJkYXkiLCJ4IiwxXQ"])
def test_damaged_places_are_refused(session: Session, cursor: str) -> None:
    with pytest.raises(Invalid):
        halal_calendar.list_days(session, today=TODAY, limit=1, cursor=cursor)


def test_a_date_names_the_goods_that_are_linked_now(session: Session) -> None:
    certificate = ending(session, 5, items=("Keripik", "Dodol"))
    kept, gone = (make_product(session, names={"id": name, "en": "x"}) for name in ("Keripik Oncom", "Dodol"))
    link_product(session, kept, certificate)
    link_product(session, gone, certificate, until=TODAY)
    page = halal_calendar.list_days(session, today=TODAY, limit=5)
    assert page.rows[0].products == ("Keripik Oncom",)


def test_duties_say_how_many_public_goods_they_find_unprepared(session: Session) -> None:
    make_obligation(session)
    soon = TODAY + dt.timedelta(days=60)
    make_obligation(session, scale="medium_large", mandatory_from=soon)
    make_obligation(session, goods_class="cosmetic", scale="all", mandatory_from=TODAY + dt.timedelta(days=200))
    small, large = make_business(session), make_business(session, scale="medium")
    covered = make_product(session, business=small)
    link_product(session, covered, make_certificate(session))
    for business in (small, small, large):
        make_product(session, business=business)
    index.reindex_all(session, now=NOON)
    session.commit()
    duties = halal_calendar.list_duties(session, today=TODAY)
    assert [(each.goods_class, each.day, each.products) for each in duties] == [
        (GoodsClass.FOOD, soon, 1),
        (GoodsClass.COSMETIC, TODAY + dt.timedelta(days=200), 0),
        (GoodsClass.FOOD, BEGAN, 2),
    ]


def test_a_duty_leads_to_exactly_the_goods_it_counts(session: Session) -> None:
    make_obligation(session)
    make_obligation(session, scale="medium_large", mandatory_from=dt.date(2024, 10, 18))
    for scale, number in (("micro", 2), ("medium", 3), (None, 1)):
        business = make_business(session, scale=scale)
        for _ in range(number):
            make_product(session, business=business)
    index.reindex_all(session, now=NOON)
    session.commit()
    reference = get_reference(session)
    duties = halal_calendar.list_duties(session, today=TODAY)
    assert [(each.day, each.products) for each in duties] == [(BEGAN, 3), (dt.date(2024, 10, 18), 3)]
    for duty in duties:
        chosen = Filter(status=Status.REQUIRED_MISSING, goods=duty.goods_class, since=duty.day)
        page = halal_coverage.list_covered(session, reference, chosen, today=TODAY, limit=50)
        assert page.total == duty.products
        assert {row.required_since for row in page.rows} == {duty.day}
    none = Filter(goods=GoodsClass.DRINK)
    assert halal_coverage.list_covered(session, reference, none, today=TODAY, limit=50).total == 0


def test_the_number_of_statements_does_not_grow(session: Session, world: list[Certificate]) -> None:
    def count() -> int:
        sent: list[str] = []
        listener = lambda *given: sent.append(given[2])  # noqa: E731
        event.listen(session.connection(), "before_cursor_execute", listener)
        halal_calendar.list_days(session, today=TODAY, limit=50)
        halal_calendar.list_duties(session, today=TODAY)
        halal_calendar.count_by_month(session, today=TODAY)
        event.remove(session.connection(), "before_cursor_execute", listener)
        return len(sent)

    before = count()
    for _ in range(3):
        link_product(session, make_product(session), ending(session, 9))
    assert count() == before


def test_only_verified_makers_have_days_of_their_own(session: Session, world: list[Certificate]) -> None:
    hidden = make_business(session, state=BusinessState.SUSPENDED)
    certificate = ending(session, 9, business=hidden)
    of_makers = [each.certificate_id for each in halal_calendar.list_days_of_makers(session, today=TODAY)]
    assert certificate.id not in of_makers
    assert of_makers == [world[place].id for place in (2, 3, 4)]
    save(session, session.merge(Business(**(hidden.model_dump() | {"state": BusinessState.VERIFIED}))))
    assert certificate.id in [each.certificate_id for each in halal_calendar.list_days_of_makers(session, today=TODAY)]


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def office(client: TestClient, session: Session) -> TestClient:
    """An official's browser."""
    return sign_in(client, session, make_user(session, role=Role.OFFICIAL))


def test_the_page_shows_months_duties_and_days(office: TestClient, session: Session, world: list[Certificate]) -> None:
    make_obligation(session)
    link_product(session, make_product(session), world[2])
    make_product(session)
    index.reindex_all(session, now=NOON)
    session.commit()
    page = office.get("/en/office/halal/calendar").text
    for certificate in (world[place] for place in (0, 6, 1, 2, 3, 4)):
        assert f"/en/office/halal/certificates/{certificate.public_id}" in page
    assert page.index(world[0].number) < page.index(world[6].number) < page.index(world[2].number)
    assert "400 days ago" in page
    assert "90 days left" in page
    assert "December 2026" in page
    assert "18 October 2026" in page
    month = office.get("/en/office/halal/calendar?when=2026-12").text
    assert world[3].number in month
    assert world[2].number not in month
    assert office.get("/en/office/halal/calendar?when=2026-99").status_code == 422


def test_the_office_is_told_of_ends_within_thirty_days(
    office: TestClient, session: Session, world: list[Certificate]
) -> None:
    ending(session, 30)
    ending(session, 31)
    page = office.get("/en/office").text
    assert "2 certificates end within 30 days" in page
    assert "the first on 20 November 2026" in page
    assert "/en/office/halal/calendar" in page


def test_nothing_near_is_nothing_to_do(office: TestClient, session: Session) -> None:
    ending(session, 31)
    assert "within 30 days" not in office.get("/en/office").text
