"""The status of past days, computed again from rows: later events leave it alone, corrections change it and show."""

import datetime as dt
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlmodel import Session, col

from app.accounts.subjects import Subject
from app.businesses.models import Business, Scale
from app.catalogue import index, standings
from app.catalogue.checks import check_standings
from app.catalogue.models import HalalFact, Listing, Product, ProductHalal
from app.catalogue.queries import halal_links
from app.catalogue.service import halal as goods
from app.core.checks import Inspection
from app.core.config import Settings
from app.core.storage import Storage
from app.halal import rules
from app.halal.models import Certificate, Recognition
from app.halal.queries import facts as facts_queries
from app.halal.queries import reference as reference_queries
from app.halal.queries.applications import get_own_application
from app.halal.rules import HOME, ReasonCode, Status
from app.halal.schemas.applications import ApplicationStart, StepRecord
from app.halal.schemas.certificates import CertificateCorrect, CertificateDecision
from app.halal.schemas.reference import FactEnd, RecognitionCreate
from app.halal.service import applications, reference
from app.halal.service import certificates as service
from app.halal.vocabulary import CertificateState, EventKind, Route, Said, Stage
from tests.businesses.steps import an_official
from tests.conftest import Clock
from tests.factories import make_business, make_category, make_product, save
from tests.halal.papers import items_of, link_product, make_certificate, place
from tests.halal.steps import AGREES, a_maker, enter, fresh

FIRST = dt.date(2026, 10, 10)
LAST = dt.date(2026, 11, 20)
PLACES = (HOME, "MY", "KR")
ENTERED, VERIFIED, SUSPENDED = EventKind.ENTERED, EventKind.VERIFIED, EventKind.SUSPENDED


def at(day: dt.date) -> dt.datetime:
    """Noon in Bandung on a day."""
    return dt.datetime.combine(day, dt.time(5), tzinfo=dt.UTC)


def october(day: int) -> dt.date:
    return dt.date(2026, 10, day)


def november(day: int) -> dt.date:
    return dt.date(2026, 11, day)


@pytest.fixture(autouse=True)
def _facts(session: Session) -> None:
    reference.load_reference(session, at(FIRST))
    session.commit()


def listed(session: Session, day: dt.date = FIRST, **changes: Any) -> Product:
    """A product on the read side since a day."""
    product = make_product(session, **changes)
    index.reindex_products(session, [product.id], now=at(day))
    session.commit()
    return product


def past(session: Session, product: Product, *, until: dt.date = LAST) -> dict[tuple[dt.date, str], rules.Assessment]:
    """What is computed now of every day and place, up to a day."""
    session.expire_all()
    history = standings.read_histories(session, [product.id])[product.id]
    known = facts_queries.get_reference_facts(session)
    days = [FIRST + dt.timedelta(days=number) for number in range((until - FIRST).days + 1)]
    return {
        (day, destination): rules.assess(history, known, on=day, destination=destination)
        for day in days
        for destination in PLACES
    }


def statuses(session: Session, product: Product, destination: str = HOME, *, until: dt.date = LAST) -> list[str]:
    """The statuses day by day, each with the first day that has it."""
    shown: list[str] = []
    for (day, where), found in past(session, product, until=until).items():
        if where == destination and (not shown or not shown[-1].endswith(found.status)):
            shown.append(f"{day:%m-%d} {found.status}")
    return shown


def test_a_life_is_read_day_by_day(session: Session) -> None:
    business = make_business(session)
    product = listed(session, business=business)
    certificate = make_certificate(
        session,
        business=business,
        valid_until=november(15),
        state="verified",
        events=[
            (ENTERED, october(12)),
            (VERIFIED, october(20)),
            (SUSPENDED, november(2)),
            (EventKind.REINSTATED, november(10)),
        ],
    )
    link_product(session, product, certificate, since=october(14))

    assert statuses(session, product) == [
        "10-10 not_required",
        "10-18 claimed",
        "10-20 certified",
        "11-02 suspended",
        "11-10 certified",
        "11-16 lapsed",
    ]
    assert statuses(session, product, "MY") == [
        "10-10 unknown",
        "10-14 claimed",
        "10-20 certified",
        "11-02 suspended",
        "11-10 certified",
        "11-16 lapsed",
    ]


def test_later_events_leave_the_past_alone(session: Session, settings: Settings) -> None:
    person, business = a_maker(session)
    official = an_official(session)
    product = listed(session, business=business)
    certificate = enter(session, person, business, settings, now=at(october(12)))
    [item, _] = items_of(session, certificate)
    goods.link_item(session, actor=person, product=product, item_id=item.id, now=at(october(14)))
    certificate = _decided(session, settings, official, certificate, business, october(20), "verify")
    then = past(session, product, until=november(5))
    assert {found.status for found in then.values()} > {Status.CERTIFIED, Status.CLAIMED, Status.NOT_REQUIRED}

    certificate = _decided(session, settings, official, certificate, business, november(6), "suspend")
    certificate = _decided(session, settings, official, certificate, business, november(7), "reinstate")
    goods.unlink_item(session, actor=person, product=product, item_id=item.id, now=at(november(8)))
    _decided(session, settings, official, certificate, business, november(9), "revoke")
    other = enter(session, person, business, settings, now=at(november(9)))
    goods.link_item(session, actor=person, product=product, item_id=items_of(session, other)[0].id, now=at(november(9)))
    save(session, ProductHalal(product_id=product.id, declared_not_halal=True, answered_at=at(november(10))))
    business.scale = Scale.MEDIUM
    session.flush()
    index.reindex_products(session, [product.id], now=at(november(10)))
    _my_withdraws(session, official, november(6))
    session.commit()

    assert past(session, product, until=november(5)) == then
    assert statuses(session, product)[-5:] == [
        "11-06 suspended",
        "11-07 certified",
        "11-08 required_missing",
        "11-09 claimed",
        "11-10 not_halal",
    ]
    assert [each.since for each in _noted(session, product)] == [FIRST, november(10)]


def _decided(
    session: Session,
    settings: Settings,
    official: Subject,
    certificate: Certificate,
    business: Business,
    day: dt.date,
    act: str,
) -> Certificate:
    """An official's decision on a day."""
    matches = [match.id for match in halal_links.list_matches(session, [certificate.id])]
    more: dict[str, Any] = {"check": AGREES, "evidence": None, "matches": matches}
    if act != "verify":
        more = {"data": CertificateDecision(text="BPJPH says so.")}
    getattr(service, f"{act}_certificate")(
        session, actor=official, certificate=certificate, business=business, now=at(day), settings=settings, **more
    )
    return fresh(session, certificate)


def _my_withdraws(session: Session, official: Subject, day: dt.date) -> None:
    """Malaysia ceases to recognise BPJPH: one fact ends, the next begins."""
    kind = reference_queries.RECOGNITION
    [row] = [
        row for row in reference_queries.list_rows(session, kind) if (row.body, row.destination) == ("BPJPH", "MY")
    ]
    end = FactEnd(valid_until=day, reason="Letter of JAKIM")
    reference.end_fact(session, kind=kind, actor=official, fact_id=row.id, data=end, now=at(day))
    values = RecognitionCreate.model_validate(
        {
            "body": "BPJPH",
            "destination": "MY",
            "status": "withdrawn",
            "valid_from": day,
            "source": "Letter of JAKIM",
            "confidence": "official",
            "as_of": day,
            "reason": "Letter of JAKIM",
        }
    )
    reference.add_fact(session, kind=kind, actor=official, data=values, now=at(day))


def _noted(session: Session, product: Product) -> list[rules.ProductFacts]:
    return list(standings.read_histories(session, [product.id])[product.id].facts)


def test_a_correction_changes_the_past_and_shows(session: Session, settings: Settings) -> None:
    person, business = a_maker(session)
    official = an_official(session)
    product = listed(session, business=business)
    certificate = enter(session, person, business, settings, now=at(october(12)))
    [item, _] = items_of(session, certificate)
    goods.link_item(session, actor=person, product=product, item_id=item.id, now=at(october(12)))
    certificate = _decided(session, settings, official, certificate, business, october(13), "verify")
    before = past(session, product)
    assert statuses(session, product) == ["10-10 not_required", "10-13 certified"]

    data = CertificateCorrect.model_validate({"valid_until": "2026-10-31", "reason": "The paper has an end."})
    service.correct_certificate(
        session,
        actor=official,
        certificate=fresh(session, certificate),
        business=business,
        data=data,
        now=at(november(15)),
        settings=settings,
    )
    session.commit()

    assert statuses(session, product) == ["10-10 not_required", "10-13 certified", "11-01 lapsed"]
    after = past(session, product)
    corrected = rules.Reason(
        ReasonCode.CERTIFICATE_CORRECTED, on=november(15), certificate_id=certificate.id, body="BPJPH"
    )
    for key, found in after.items():
        covered = key[0] >= october(12)
        assert (corrected in found.reasons) == covered, key
        assert covered or found == before[key]


def test_what_is_told_late_of_an_application_leaves_the_past_alone(session: Session) -> None:
    person, business = a_maker(session)
    product = listed(session, business=business)
    started = ApplicationStart(route=Route.SELF_DECLARE)
    application = applications.start_application(
        session, actor=person, business=business, data=started, now=at(october(20))
    )

    def step(stage: Stage, *, reached: dt.date, told: dt.date) -> None:
        data = StepRecord(stage=stage, reached_on=reached)
        found = get_own_application(session, person, application.id)
        applications.record_step(session, actor=person, application=found, data=data, now=at(told))

    def about(*slugs: str, day: dt.date) -> None:
        goods.attach_products(session, actor=person, application=application, slugs=slugs, now=at(day))

    step(Stage.SUBMITTED, reached=october(12), told=october(22))
    about(product.slug, day=october(25))
    assert statuses(session, product) == ["10-10 not_required", "10-18 required_missing", "10-25 in_process"]
    then = past(session, product, until=november(1))

    about(day=november(2))
    about(product.slug, day=november(2))
    about(day=november(3))
    about(product.slug, day=november(5))
    step(Stage.REJECTED, reached=october(26), told=november(10))
    session.commit()

    assert past(session, product, until=november(1)) == then
    assert statuses(session, product)[2:] == [
        "10-25 in_process",
        "11-03 required_missing",
        "11-05 in_process",
        "11-10 required_missing",
    ]


def test_a_corrected_reference_fact_judges_past_days_anew_and_both_rows_stay(session: Session) -> None:
    business = make_business(session)
    product = listed(session, business=business)
    certificate = make_certificate(session, business=business, on=october(11))
    link_product(session, product, certificate, since=october(11))
    assert statuses(session, product, "MY") == ["10-10 unknown", "10-11 certified"]

    kind = reference_queries.RECOGNITION
    [row] = [
        row for row in reference_queries.list_rows(session, kind) if (row.body, row.destination) == ("BPJPH", "MY")
    ]
    values = {name: getattr(row, name) for name in RecognitionCreate.model_fields if name != "reason"}
    reference.correct_fact(
        session,
        kind=kind,
        actor=an_official(session),
        fact_id=row.id,
        data=RecognitionCreate.model_validate({**values, "valid_from": "2026-11-01", "reason": "Read the paper."}),
        now=at(LAST),
    )
    session.commit()

    assert statuses(session, product, "MY") == [
        "10-10 unknown",
        "10-11 certified_recognition_unknown",
        "11-01 certified",
    ]
    rows = [(each.current, each.valid_from) for each in reference_queries.list_rows(session, kind) if _to_my(each)]
    assert sorted(rows) == [(False, None), (True, november(1))]


def _to_my(row: Recognition) -> bool:
    return (row.body, row.destination) == ("BPJPH", "MY")


@pytest.mark.parametrize(
    ("moment", "home", "abroad", "certified"),
    [
        ("2026-10-17T16:59:59Z", "not_required", "unknown", 0),
        ("2026-10-17T17:00:00Z", "required_missing", "unknown", 0),
        ("2026-10-19T16:59:59Z", "required_missing", "unknown", 0),
        ("2026-10-19T17:00:00Z", "certified", "certified", 1),
        ("2026-11-15T16:59:59.999999Z", "certified", "certified", 1),
        ("2026-11-15T17:00:00Z", "lapsed", "lapsed", 0),
    ],
)
def test_days_turn_at_midnight_in_jakarta(
    session: Session, client: TestClient, clock: Clock, moment: str, home: str, abroad: str, certified: int
) -> None:
    business = make_business(session)
    product = listed(session, business=business)
    certificate = make_certificate(session, business=business, valid_until=november(15), on=october(20))
    link_product(session, product, certificate, since=october(20))
    clock.now = dt.datetime.fromisoformat(moment)
    # The day's sweep has run, as it does at midnight.
    place(session, certificate, now=clock.now)

    path = f"/api/v1/products/{product.slug}/halal"
    assert client.get(path).json()["status"] == home
    assert client.get(path, params={"destination": "MY"}).json()["status"] == abroad
    for query in ({"halal": "certified"}, {"recognised_in": "MY"}):
        assert client.get("/api/v1/products", params=query).json()["total"] == certified


def test_a_list_promises_nothing_when_the_sweep_is_late(session: Session, client: TestClient, clock: Clock) -> None:
    business = make_business(session)
    product = listed(session, business=business)
    certificate = make_certificate(session, business=business, valid_until=november(15), on=october(20))
    link_product(session, product, certificate, since=october(20))
    place(session, certificate, now=at(november(1)))
    clock.now = dt.datetime(2026, 11, 15, 17, tzinfo=dt.UTC)

    assert client.get("/api/v1/products", params={"halal": "certified"}).json()["total"] == 0
    assert client.get(f"/api/v1/products/{product.slug}/halal").json()["status"] == "lapsed"


# --- the checker ------------------------------------------------------------------------------------------------------


def faults(session: Session, storage: Storage, day: dt.date = LAST) -> list[str]:
    session.expire_all()
    return list(check_standings(Inspection(session=session, storage=storage, now=at(day))))


@pytest.fixture
def four(session: Session) -> list[Product]:
    """Products of one maker: certified to an end, certified without one, claimed, and without anything."""
    business = make_business(session)
    found = [listed(session, business=business) for _ in range(4)]
    papers: list[dict[str, Any]] = [{"valid_until": november(30)}, {}, {"state": CertificateState.CLAIMED}]
    for product, changes in zip(found, papers, strict=False):
        certificate = make_certificate(session, business=business, on=october(20), **changes)
        link_product(session, product, certificate, since=october(20))
        place(session, certificate, now=at(LAST))
    index.place_standings(session, [found[3].id], now=at(LAST))
    session.commit()
    return found


def test_checker_finds_nothing_wrong_in_what_services_left(
    session: Session, storage: Storage, four: list[Product]
) -> None:
    assert faults(session, storage) == []
    # From the end of a standing on a listing promises nothing, so nothing is wrong before the sweep has looked.
    assert faults(session, storage, dt.date(2026, 12, 1)) == []


def _tamper(session: Session, product: Product, **values: Any) -> None:
    session.connection().execute(update(Listing).where(col(Listing.product_id) == product.id).values(**values))


def test_checker_finds_a_stolen_standing_and_the_badge_it_would_give(
    session: Session, storage: Storage, four: list[Product]
) -> None:
    certified = session.get_one(Listing, four[1].id).standing_id
    _tamper(session, four[3], standing_id=certified)

    assert faults(session, storage) == [
        f"the listing of product {four[3].id} has not the halal standing that its facts give",
        f"product {four[3].id} is listed as certified without a live certificate",
    ]


@pytest.mark.parametrize("until", [None, november(29), dt.date(2026, 12, 24)])
def test_checker_finds_an_end_that_was_moved(
    session: Session, storage: Storage, four: list[Product], until: dt.date | None
) -> None:
    _tamper(session, four[0], standing_until=until)

    assert faults(session, storage) == [
        f"the listing of product {four[0].id} has not the halal standing that its facts give"
    ]


def test_checker_finds_a_standing_of_nothing(session: Session, storage: Storage, four: list[Product]) -> None:
    _tamper(session, four[2], standing_id=0)

    assert faults(session, storage) == [
        f"the listing of product {four[2].id} has not the halal standing that its facts give"
    ]


def test_checker_finds_facts_that_nobody_noted(session: Session, storage: Storage, four: list[Product]) -> None:
    save(session, ProductHalal(product_id=four[1].id, animal=Said.YES, answered_at=at(LAST)))
    assert faults(session, storage) == [f"the noted halal facts of product {four[1].id} are not those of its rows"]

    index.reindex_products(session, [four[1].id], now=at(LAST))
    assert faults(session, storage) == []


def test_checker_finds_noted_facts_that_were_changed(session: Session, storage: Storage, four: list[Product]) -> None:
    session.connection().execute(
        update(HalalFact).where(col(HalalFact.product_id) == four[0].id).values(goods_class="other")
    )

    assert faults(session, storage) == [
        f"the listing of product {four[0].id} has not the halal standing that its facts give",
        f"the noted halal facts of product {four[0].id} are not those of its rows",
    ]


def test_checker_finds_a_category_put_right_behind_the_index(
    session: Session, storage: Storage, four: list[Product]
) -> None:
    soap = make_category(session, slug="soap", family="beauty", goods_class="cosmetic")
    session.connection().execute(update(Product).where(col(Product.id) == four[3].id).values(category_id=soap.id))

    assert faults(session, storage) == [f"the noted halal facts of product {four[3].id} are not those of its rows"]
