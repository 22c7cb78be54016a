"""Officials' decisions: who may take them, which moves there are, and that two at once cannot both succeed."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from sqlmodel import Session, col, select

from app.accounts.models import Membership, Organisation, OrganisationKind, Role
from app.accounts.subjects import Command, Subject
from app.businesses.models import BusinessState
from app.catalogue.models import Listing, Product, ProductState
from app.catalogue.queries import editing
from app.catalogue.schemas.editing import ProductUpdate, ReturnDecision, ReturnReason, read_reason
from app.catalogue.service import products, review
from app.core.config import Settings
from app.core.database import Database
from app.core.errors import Conflict, DomainError, Forbidden, StaleVersion
from app.core.versions import public_version
from tests.catalogue.goods import entries, maker, official, published, ready_draft, subject_of
from tests.factories import NOON, make_business, make_maker, make_user, save

REASON = ReturnDecision(reason=ReturnReason.PICTURE, note="Lebih terang.")


def _waiting(session: Session) -> tuple[Subject, Product]:
    actor, business = maker(session)
    product = ready_draft(session, actor, business)
    products.submit_product(session, actor=actor, product=product, now=NOON)
    session.commit()
    return actor, product


def _decide(session: Session, verb: str, actor: Subject | Command, product: Product, **more: int) -> None:
    if verb == "publish":
        review.publish_product(session, actor=actor, product=product, now=NOON, **more)
    elif verb == "return":
        review.return_product(session, actor=actor, product=product, data=REASON, now=NOON, **more)
    else:
        review.take_down_product(session, actor=actor, product=product, data=REASON, now=NOON, **more)


def test_publishing_makes_a_listing_and_one_entry(session: Session) -> None:
    _, product = _waiting(session)
    before, version = entries(session), public_version(session)
    person = official(session)
    review.publish_product(session, actor=person, product=product, now=NOON)
    session.commit()
    assert entries(session) == before + 1
    assert (product.state, product.decided_by_id, product.published_at) == (
        ProductState.PUBLISHED,
        person.user_id,
        NOON,
    )
    assert session.get(Listing, product.id) is not None
    assert public_version(session) > version


def test_returning_tells_why(session: Session) -> None:
    actor, product = _waiting(session)
    review.return_product(session, actor=official(session), product=product, data=REASON, now=NOON)
    session.commit()
    found = editing.get_own_product(session, actor, product.slug)
    assert read_reason(found.return_reason) == (ReturnReason.PICTURE, "Lebih terang.")
    assert found.state == ProductState.RETURNED
    products.submit_product(session, actor=actor, product=found, now=NOON)
    review.publish_product(session, actor=official(session), product=found, now=NOON)
    assert found.return_reason == ""


def test_publishing_again_keeps_the_first_day(session: Session) -> None:
    actor, business = maker(session)
    product = published(session, actor, business)
    review.take_down_product(session, actor=official(session), product=product, data=REASON, now=NOON)
    session.commit()
    assert session.get(Listing, product.id) is None
    product = editing.get_own_product(session, actor, product.slug)
    later = NOON + dt.timedelta(days=3)
    products.submit_product(session, actor=actor, product=product, now=later)
    review.publish_product(session, actor=official(session), product=product, now=later)
    assert (product.published_at, product.decided_at) == (NOON, later)


@pytest.mark.parametrize("verb", ["publish", "return"])
def test_only_officials_decide(session: Session, verb: str) -> None:
    owner, product = _waiting(session)
    stranger, _ = maker(session)
    buyer = subject_of(session, make_user(session, role=Role.BUYER))
    unproved = subject_of(session, make_user(session, role=Role.OFFICIAL), second_factor_missing=True)
    for person in (owner, stranger, buyer, unproved):
        with pytest.raises(Forbidden):
            _decide(session, verb, person, product)
    assert product.state == ProductState.IN_REVIEW
    _decide(session, verb, official(session), product)
    assert product.state != ProductState.IN_REVIEW


def test_nobody_decides_about_goods_of_her_own(session: Session) -> None:
    user, business = make_maker(session)
    office = save(session, Organisation(kind=OrganisationKind.OFFICE, name="Office", created_at=NOON))
    save(session, Membership(user_id=user.id, organisation_id=office.id, role=Role.OFFICIAL, created_at=NOON))
    both = subject_of(session, user)
    product = ready_draft(session, both, business)
    products.submit_product(session, actor=both, product=product, now=NOON)
    with pytest.raises(Forbidden):
        _decide(session, "publish", both, product)
    _decide(session, "publish", official(session), product)


@pytest.mark.parametrize("state", list(ProductState))
@pytest.mark.parametrize(("verb", "allowed"), [("publish", "in_review"), ("return", "in_review"), ("x", "published")])
def test_decisions_fit_the_state(session: Session, state: ProductState, verb: str, allowed: str) -> None:
    _, product = _waiting(session)
    product.state = state
    session.commit()
    if state == allowed:
        _decide(session, verb, Command(), product)
        assert product.state == (ProductState.PUBLISHED if verb == "publish" else ProductState.RETURNED)
    else:
        with pytest.raises(Conflict):
            _decide(session, verb, Command(), product)


@pytest.mark.parametrize("state", [BusinessState.DRAFT, BusinessState.SUBMITTED, BusinessState.SUSPENDED])
def test_goods_of_makers_who_are_not_verified_are_not_published(session: Session, state: BusinessState) -> None:
    actor, business = maker(session, make_business(session))
    product = ready_draft(session, actor, business)
    products.submit_product(session, actor=actor, product=product, now=NOON)
    business.state = state
    session.commit()
    with pytest.raises(Conflict) as caught:
        _decide(session, "publish", official(session), product)
    assert caught.value.code == "maker_unverified"
    _decide(session, "return", official(session), product)


def test_a_decision_about_an_older_version_is_refused(session: Session) -> None:
    actor, product = _waiting(session)
    seen = product.version
    products.update_product(session, actor=actor, product=product, data=ProductUpdate(lead_days=7), now=NOON)
    session.commit()
    with pytest.raises(StaleVersion):
        _decide(session, "publish", official(session), product, version=seen)
    _decide(session, "publish", official(session), product, version=product.version)


def test_of_two_decisions_at_once_one_is_told(empty_database: Callable[[str], str], settings: Settings) -> None:
    database = Database(settings.model_copy(update={"database_url": empty_database("decisions")}))
    try:
        with database.session(write=True) as session:
            _, product = _waiting(session)
            slug = product.slug
            people = [official(session) for _ in range(8)]
        start = threading.Barrier(len(people))
        results: list[str] = []

        def decide(place: int) -> None:
            start.wait(10)
            try:
                with database.writing() as session:
                    seen = editing.get_reviewed_product(session, people[place], slug)
                    _decide(session, "publish" if place % 2 else "return", people[place], seen)
                results.append("done")
            except DomainError as error:
                results.append(error.code)

        threads = [threading.Thread(target=decide, args=(place,)) for place in range(len(people))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(results) == ["already_decided"] * 7 + ["done"]
        with database.reading() as session:
            found = session.exec(select(Product)).one()
            public = session.exec(select(Listing.product_id)).all()
            assert bool(public) == (found.state == ProductState.PUBLISHED)
            decisions = entries(session, action="product.published") + entries(session, action="product.returned")
            assert decisions == 1
    finally:
        database.dispose()


def test_without_its_guard_a_decision_would_be_taken_twice(session: Session) -> None:
    """The guard is what refuses the second one: a copy read before the first decision still looks undecided."""
    _, product = _waiting(session)
    session.expunge_all()
    earlier = editing.get_reviewed_product(session, official(session), product.slug)
    session.expunge(earlier)
    fresh = editing.get_reviewed_product(session, official(session), product.slug)
    _decide(session, "publish", official(session), fresh)
    session.commit()
    assert earlier.state == ProductState.IN_REVIEW
    with pytest.raises(Conflict):
        _decide(session, "return", official(session), earlier)


def test_queue_is_longest_first_and_pages(session: Session) -> None:
    actor, business = maker(session)
    slugs = []
    for number in (3, 1, 2):
        product = ready_draft(session, actor, business, name=f"Keripik {number}")
        when = NOON + dt.timedelta(hours=number)
        products.submit_product(session, actor=actor, product=product, now=when)
        slugs.append(product.slug)
    session.commit()
    first = editing.list_review(session, limit=2)
    assert ([row.name for row in first.rows], first.total) == (["Keripik 1", "Keripik 2"], 3)
    rest = editing.list_review(session, limit=2, cursor=first.next)
    assert ([row.name for row in rest.rows], rest.next) == (["Keripik 3"], None)
    statement = select(Product).where(col(Product.slug) == slugs[2])
    after = session.exec(statement).one()
    assert editing.find_next_review(session, after=after) == slugs[0]
    assert editing.find_next_review(session) == slugs[1]
