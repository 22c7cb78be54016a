"""What makers decide about goods and certificates: answers, links with printed names, products of a journey."""

import datetime as dt
from typing import Any

import pytest
from sqlmodel import Session, col, select

from app.accounts.models import AuditEntry
from app.accounts.subjects import Subject
from app.businesses.models import Business
from app.catalogue import index, standings
from app.catalogue.models import (
    HalalFact,
    Listing,
    Product,
    ProductApplication,
    ProductCertificateItem,
    ProductHalal,
    ProductState,
)
from app.catalogue.queries import halal as queries
from app.catalogue.routes import Condition
from app.catalogue.schemas.editing import ProductUpdate
from app.catalogue.schemas.halal import HalalAnswers
from app.catalogue.service import halal, products
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion
from app.halal.models import Application, CertificateItem
from app.halal.rules import Status, day_of
from app.halal.schemas.applications import ApplicationStart, StepRecord
from app.halal.service import applications as journeys
from app.halal.service.reference import load_reference
from app.halal.vocabulary import GoodsClass, Route, Said, Stage
from tests.catalogue.goods import category, draft, entries, maker, official, own
from tests.factories import NOON, make_product
from tests.halal.papers import TODAY, items_of, make_certificate, place

LATER = NOON + dt.timedelta(days=3)


@pytest.fixture
def owner(session: Session) -> tuple[Subject, Business]:
    """A maker's person with her business, where the law is known."""
    load_reference(session, NOON)
    session.commit()
    return maker(session)


def _public(session: Session, owner: tuple[Subject, Business], **changes: Any) -> Product:
    """A listed product, loaded as its maker's pages load it."""
    product = make_product(session, business=owner[1], **changes)
    index.reindex_products(session, [product.id], now=NOON)
    session.commit()
    return own(session, owner[0], product)


def _status(session: Session, product: Product, now: dt.datetime = NOON) -> Status:
    """The status by which lists show the product."""
    listing = session.exec(
        select(Listing).where(Listing.product_id == product.id).execution_options(populate_existing=True)
    ).one()
    return standings.read_standings(session).status(listing, day_of(now))


def _answer(session: Session, owner: tuple[Subject, Business], product: Product, **answers: Any) -> ProductHalal:
    version = answers.pop("version", None)
    now = answers.pop("now", NOON)
    return halal.answer_questions(
        session, actor=owner[0], product=product, data=HalalAnswers(**answers), now=now, version=version
    )


# --- answers --------------------------------------------------------------------------------------------------------


def test_answers_are_kept_with_one_entry_and_reach_the_listing(
    session: Session, owner: tuple[Subject, Business]
) -> None:
    product = _public(session, owner)

    kept = _answer(session, owner, product, pork=Said.YES, route={Condition.SALES: Said.YES})

    assert (kept.pork, kept.route, kept.version) == (Said.YES, {"sales": "yes"}, 1)
    assert entries(session, action="product.halal_answered") == 1
    assert _status(session, product) is Status.NOT_HALAL
    fact = session.exec(select(HalalFact).where(HalalFact.product_id == product.id)).one()
    assert fact.not_halal


def test_the_same_answers_again_change_nothing(session: Session, owner: tuple[Subject, Business]) -> None:
    product = _public(session, owner)
    _answer(session, owner, product, pork=Said.NO)

    kept = _answer(session, owner, product, pork=Said.NO)

    assert kept.version == 1
    assert entries(session, action="product.halal_answered") == 1


def test_answers_to_an_older_version_are_refused(session: Session, owner: tuple[Subject, Business]) -> None:
    product = _public(session, owner)
    _answer(session, owner, product, pork=Said.NO, version=0)
    with pytest.raises(StaleVersion):
        _answer(session, owner, product, pork=Said.UNSURE, version=0)
    assert _answer(session, owner, product, pork=Said.UNSURE, version=1).version == 2


def test_a_mark_needs_something_that_is_not_halal(session: Session, owner: tuple[Subject, Business]) -> None:
    product = _public(session, owner)
    with pytest.raises(Invalid) as refused:
        _answer(session, owner, product, marked=True, pork=Said.NO)
    assert set(refused.value.fields) == {"marked"}
    assert _answer(session, owner, product, marked=True, alcohol=Said.YES).marked


def test_what_the_category_says_is_not_kept_so_that_a_better_category_counts(
    session: Session, owner: tuple[Subject, Business]
) -> None:
    product = _public(session, owner)
    assert _answer(session, owner, product, use_as=GoodsClass.FOOD, pork=Said.NO).use_as is None
    assert _answer(session, owner, product, use_as=GoodsClass.DRINK, pork=Said.NO).use_as is GoodsClass.DRINK


def test_a_change_of_category_and_the_archive_lose_nothing(session: Session, owner: tuple[Subject, Business]) -> None:
    person, business = owner
    product = _public(session, owner)
    certificate = make_certificate(session, business=business)
    halal.link_item(session, actor=person, product=product, item_id=items_of(session, certificate)[0].id, now=NOON)
    _answer(session, owner, product, pork=Said.NO, route={Condition.SALES: Said.YES})
    category(session, "crafts", "craft")

    products.update_product(session, actor=person, product=product, data=ProductUpdate(category="crafts"), now=NOON)
    product = own(session, person, product)
    products.archive_product(session, actor=person, product=product, now=NOON)

    answers = queries.find_answers(session, product.id)
    assert answers is not None
    assert (answers.pork, answers.route) == (Said.NO, {"sales": "yes"})
    assert len(queries.list_links(session, [product.id])) == 1
    with pytest.raises(Conflict):
        _answer(session, owner, product, pork=Said.YES)


def test_only_its_maker_answers_for_a_product(session: Session, owner: tuple[Subject, Business]) -> None:
    product = _public(session, owner)
    stranger, _ = maker(session)
    for actor, refusal in ((stranger, NotFound), (official(session), Forbidden)):
        with pytest.raises(refusal):
            halal.answer_questions(session, actor=actor, product=product, data=HalalAnswers(), now=NOON)
    assert queries.find_answers(session, product.id) is None


def test_answers_about_a_draft_are_noted_once_it_is_public(session: Session, owner: tuple[Subject, Business]) -> None:
    product = draft(session, owner[0], owner[1])
    _answer(session, owner, product, declared_not_halal=True, marked=True)
    assert session.exec(select(HalalFact)).all() == []
    judged = queries.judge_goods(session, [product.id], _reference(session), today=TODAY)
    assert judged[product.id].assessment.status is Status.NOT_HALAL


def _reference(session: Session) -> Any:
    return standings.read_standings(session).reference


def test_a_product_that_was_public_is_judged_by_what_is_said_now(
    session: Session, owner: tuple[Subject, Business]
) -> None:
    product = _public(session, owner)
    product.state = ProductState.RETURNED
    session.commit()
    index.reindex_products(session, [product.id], now=NOON)
    _answer(session, owner, product, pork=Said.YES, now=LATER)
    judged = queries.judge_goods(session, [product.id], _reference(session), today=day_of(LATER))
    assert judged[product.id].assessment.status is Status.NOT_HALAL


# --- links ----------------------------------------------------------------------------------------------------------


def test_a_linked_product_is_certified_once_confirmed_and_an_unlinked_one_is_not(
    session: Session, owner: tuple[Subject, Business]
) -> None:
    person, business = owner
    product = _public(session, owner)
    item = items_of(session, make_certificate(session, business=business))[0]

    link = halal.link_item(session, actor=person, product=product, item_id=item.id, now=NOON)
    assert (link.since, link.until, link.linked_by_id) == (TODAY, None, person.user_id)
    assert _status(session, product) is Status.CLAIMED
    halal.confirm_links(session, actor=official(session), ids=[link.id], now=NOON)
    assert _status(session, product) is Status.CERTIFIED

    halal.unlink_item(session, actor=person, product=product, item_id=item.id, now=LATER)
    assert _status(session, product, LATER) is not Status.CERTIFIED
    kept = session.exec(select(ProductCertificateItem)).one()
    assert (kept.since, kept.until, kept.unlinked_by_id) == (TODAY, day_of(LATER), person.user_id)
    assert entries(session, action="product.halal_linked") == 1
    assert entries(session, action="product.halal_unlinked") == 1


def test_linking_twice_is_one_link_and_one_entry(session: Session, owner: tuple[Subject, Business]) -> None:
    person, business = owner
    product = _public(session, owner)
    item = items_of(session, make_certificate(session, business=business))[0]
    first = halal.link_item(session, actor=person, product=product, item_id=item.id, now=NOON)
    assert halal.link_item(session, actor=person, product=product, item_id=item.id, now=LATER).id == first.id
    assert entries(session, action="product.halal_linked") == 1


def test_a_link_taken_back_can_be_made_again_and_both_stay(session: Session, owner: tuple[Subject, Business]) -> None:
    person, business = owner
    product = _public(session, owner)
    item = items_of(session, make_certificate(session, business=business))[0]
    act: dict[str, Any] = {"actor": person, "product": product, "item_id": item.id}
    halal.link_item(session, **act, now=NOON)
    halal.unlink_item(session, **act, now=NOON)
    halal.link_item(session, **act, now=NOON)
    rows = session.exec(select(ProductCertificateItem).order_by(col(ProductCertificateItem.id))).all()
    assert [(row.since, row.until) for row in rows] == [(TODAY, TODAY), (TODAY, None)]
    assert _status(session, product) is Status.CLAIMED


def test_a_certificate_of_another_maker_is_not_found(session: Session, owner: tuple[Subject, Business]) -> None:
    product = _public(session, owner)
    stranger, other = maker(session)
    item = items_of(session, make_certificate(session, business=other))[0]
    with pytest.raises(NotFound):
        halal.link_item(session, actor=owner[0], product=product, item_id=item.id, now=NOON)
    with pytest.raises(NotFound):
        halal.link_item(session, actor=stranger, product=product, item_id=item.id, now=NOON)
    with pytest.raises(NotFound):
        halal.unlink_item(session, actor=owner[0], product=product, item_id=item.id, now=NOON)
    assert session.exec(select(ProductCertificateItem)).all() == []


@pytest.mark.parametrize("state", ["revoked", "withdrawn", "superseded"])
def test_nothing_is_linked_with_a_certificate_that_ended(
    session: Session, owner: tuple[Subject, Business], state: str
) -> None:
    product = _public(session, owner)
    item = items_of(session, make_certificate(session, business=owner[1], state=state))[0]
    with pytest.raises(Conflict):
        halal.link_item(session, actor=owner[0], product=product, item_id=item.id, now=NOON)


def test_a_claimed_certificate_gives_no_badge(session: Session, owner: tuple[Subject, Business]) -> None:
    product = _public(session, owner)
    item = items_of(session, make_certificate(session, business=owner[1], state="claimed"))[0]
    halal.link_item(session, actor=owner[0], product=product, item_id=item.id, now=NOON)
    assert _status(session, product) is Status.CLAIMED


def test_a_name_taken_off_a_certificate_unlinks_its_goods(session: Session, owner: tuple[Subject, Business]) -> None:
    person, business = owner
    product = _public(session, owner)
    certificate = make_certificate(session, business=business)
    item = items_of(session, certificate)[0]
    halal.link_item(session, actor=person, product=product, item_id=item.id, now=NOON)
    item.removed_at = LATER
    session.add(item)
    session.flush()
    place(session, certificate, now=LATER)

    assert queries.list_links(session, [product.id]) == []
    assert _status(session, product, LATER) is not Status.CERTIFIED
    entry = session.exec(select(AuditEntry).where(AuditEntry.action == "product.halal_unlinked")).one()
    assert (entry.actor_label, entry.actor_id) == ("certificate", None)


def test_matching_ticks_and_unticks_several_names_at_once(session: Session, owner: tuple[Subject, Business]) -> None:
    person, business = owner
    one, two, three = (_public(session, owner) for _ in range(3))
    certificate = make_certificate(session, business=business, items=("Keripik Singkong", "Keripik Pisang"))
    first, second = (item.id for item in items_of(session, certificate))
    certificate = queries.get_own_certificate(session, person, certificate.public_id)
    act: dict[str, Any] = {"actor": person, "certificate": certificate, "now": NOON}

    assert halal.match_items(session, **act, wanted={(first, one.id), (first, two.id)}, shown=set()) == 2
    # Meanwhile somebody else matched the third; the person who unticks the first never saw that.
    halal.link_item(session, actor=person, product=three, item_id=second, now=NOON)
    seen = {(first, one.id), (first, two.id)}
    assert halal.match_items(session, **act, wanted={(first, two.id)}, shown=seen) == 1

    links = queries.list_links(session, [one.id, two.id, three.id])
    assert {(link.item_id, link.product_id) for link in links} == {(first, two.id), (second, three.id)}


def test_a_product_of_another_maker_cannot_be_matched(session: Session, owner: tuple[Subject, Business]) -> None:
    person, business = owner
    theirs = make_product(session)
    certificate = make_certificate(session, business=business)
    item = items_of(session, certificate)[0]
    certificate = queries.get_own_certificate(session, person, certificate.public_id)
    for wanted in ({(item.id, theirs.id)}, {(item.id + 1000, theirs.id)}):
        with pytest.raises(NotFound):
            halal.match_items(session, actor=person, certificate=certificate, wanted=wanted, shown=set(), now=NOON)
    stranger, _ = maker(session)
    with pytest.raises(NotFound):
        halal.match_items(session, actor=stranger, certificate=certificate, wanted=set(), shown=set(), now=NOON)
    assert session.exec(select(CertificateItem)).one().removed_at is None


# --- journeys -------------------------------------------------------------------------------------------------------


def _started(session: Session, owner: tuple[Subject, Business], *goods: Product) -> Application:
    application = journeys.start_application(
        session, actor=owner[0], business=owner[1], data=ApplicationStart(route=Route.SELF_DECLARE), now=NOON
    )
    slugs = [product.slug for product in goods]
    halal.attach_products(session, actor=owner[0], application=application, slugs=slugs, now=NOON)
    return application


def _step(session: Session, owner: tuple[Subject, Business], application: Application, stage: Stage) -> None:
    data = StepRecord(stage=stage, reached_on=TODAY)
    journeys.record_step(session, actor=owner[0], application=application, data=data, now=NOON)


def test_goods_are_in_process_while_an_application_is_with_the_authorities(
    session: Session, owner: tuple[Subject, Business]
) -> None:
    product = _public(session, owner)
    application = _started(session, owner, product)
    assert _status(session, product) is not Status.IN_PROCESS
    _step(session, owner, application, Stage.SUBMITTED)
    assert _status(session, product) is Status.IN_PROCESS
    _step(session, owner, application, Stage.WITHDRAWN)
    assert _status(session, product) is not Status.IN_PROCESS


def test_goods_join_and_leave_an_open_application(session: Session, owner: tuple[Subject, Business]) -> None:
    person, _ = owner
    one, two = _public(session, owner), _public(session, owner)
    application = _started(session, owner, one)
    _step(session, owner, application, Stage.SUBMITTED)
    halal.attach_product(session, actor=person, application=application, product=two, now=NOON)
    assert _status(session, two) is Status.IN_PROCESS
    halal.attach_products(session, actor=person, application=application, slugs=[two.slug], now=NOON)
    assert _status(session, one) is not Status.IN_PROCESS
    standing = select(ProductApplication).where(col(ProductApplication.until).is_(None))
    assert [row.product_id for row in session.exec(standing)] == [two.id]
    assert entries(session, "application", "application.products_set") == 3


def test_what_an_ended_application_was_about_stays(session: Session, owner: tuple[Subject, Business]) -> None:
    person, _ = owner
    one, two = _public(session, owner), _public(session, owner)
    application = _started(session, owner, one)
    _step(session, owner, application, Stage.WITHDRAWN)
    with pytest.raises(Conflict):
        halal.attach_product(session, actor=person, application=application, product=two, now=NOON)


def test_goods_of_others_and_archived_goods_do_not_join_an_application(
    session: Session, owner: tuple[Subject, Business]
) -> None:
    person, business = owner
    application = _started(session, owner)
    theirs = make_product(session)
    with pytest.raises(Invalid) as refused:
        halal.attach_products(session, actor=person, application=application, slugs=[theirs.slug], now=NOON)
    assert set(refused.value.fields) == {"products"}
    stranger, other = maker(session)
    foreign = own(session, stranger, make_product(session, business=other))
    with pytest.raises(NotFound):
        halal.attach_product(session, actor=stranger, application=application, product=foreign, now=NOON)
    archived = own(session, person, make_product(session, business=business, state=ProductState.ARCHIVED))
    with pytest.raises(Conflict):
        halal.attach_product(session, actor=person, application=application, product=archived, now=NOON)


def test_an_archived_product_stays_with_its_application(session: Session, owner: tuple[Subject, Business]) -> None:
    person, _ = owner
    one, two = _public(session, owner), _public(session, owner)
    application = _started(session, owner, one)
    products.archive_product(session, actor=person, product=one, now=NOON)
    halal.attach_products(session, actor=person, application=application, slugs=[two.slug], now=NOON)
    assert queries.list_attached(session, [application.id]) == {application.id: [one.id, two.id]}
