"""The invariant checks of the catalogue: quiet when all is well, and each fault is found."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete, text, update
from sqlmodel import Session, col

from app.businesses.models import Business, BusinessState
from app.businesses.service import CHANGED
from app.catalogue import checks, index, search
from app.catalogue.models import Listing, Price, Product, ProductState, SearchDocument, SearchWord
from app.core.checks import CHECKS, Inspection
from app.core.database import is_sqlite
from app.core.languages import Language
from app.core.money import Currency
from app.core.storage import Storage
from tests.catalogue.goods import maker
from tests.factories import NOON, make_business, make_product

NAMES = {"catalogue.listing", "catalogue.search", "catalogue.words", "catalogue.makers", "catalogue.pictures"}


@pytest.fixture
def product(session: Session) -> Product:
    """A public product on the read side."""
    product = make_product(session)
    index.reindex_products(session, [product.id], now=NOON)
    session.commit()
    return product


def _faults(session: Session, storage: Storage) -> Iterator[str]:
    session.expire_all()
    for name in sorted(NAMES):
        for fault in CHECKS[name](Inspection(session, storage, NOON)):
            yield f"{name}: {fault}"


def test_nothing_is_wrong(session: Session, storage: Storage, product: Product) -> None:
    assert set(CHECKS) >= NAMES
    assert list(_faults(session, storage)) == []


def test_a_missing_listing(session: Session, storage: Storage, product: Product) -> None:
    session.connection().execute(delete(Listing))
    faults = list(_faults(session, storage))
    assert f"catalogue.listing: product {product.id} is public but not listed" in faults
    assert any(fault.startswith("catalogue.words: the word") for fault in faults)


def test_a_listing_of_something_that_is_not_public(session: Session, storage: Storage, product: Product) -> None:
    session.connection().execute(update(Product).values(state=ProductState.DRAFT.value))
    faults = list(_faults(session, storage))
    assert f"catalogue.listing: product {product.id} is listed but not public" in faults
    assert f"catalogue.makers: product {product.id} is listed although it is draft and its maker verified" in faults


def test_a_listing_of_a_maker_who_is_suspended(session: Session, storage: Storage, product: Product) -> None:
    session.connection().execute(update(Business).values(state=BusinessState.SUSPENDED.value))
    expected = f"catalogue.makers: product {product.id} is listed although it is published and its maker suspended"
    assert expected in list(_faults(session, storage))


def test_a_listing_that_differs(session: Session, storage: Storage, product: Product) -> None:
    session.connection().execute(update(Price).values(minor=1))
    assert list(_faults(session, storage)) == [
        f"catalogue.listing: the listing of product {product.id} differs in price_key, prices"
    ]


def test_comparable_prices_may_wait_for_their_job(session: Session, storage: Storage) -> None:
    product = make_product(session, price_idr=None)
    session.add(Price(product_id=product.id, currency=Currency.MYR, min_quantity=1, minor=890))
    index.reindex_products(session, [product.id], now=NOON)
    session.connection().execute(update(Listing).values(price_key=12345))
    assert list(_faults(session, storage)) == []


def test_search_documents_in_both_directions(session: Session, storage: Storage, product: Product) -> None:
    connection = session.connection()
    key = "rowid" if is_sqlite(session) else "id"
    number = search.document_id(product.id, Language.ID)
    connection.execute(text(f"DELETE FROM search_text WHERE {key} = :number"), {"number": number})  # noqa: S608
    faults = list(_faults(session, storage))
    assert faults == [f"catalogue.search: search document {number} has no words in the full-text index"]
    connection.execute(delete(SearchDocument).where(col(SearchDocument.id) == number))
    assert list(_faults(session, storage)) == [f"catalogue.search: search document {number} is missing"]
    connection.execute(update(SearchDocument).values(digest="other"))
    assert any("is out of date" in fault for fault in _faults(session, storage))


def test_vocabulary_that_counts_wrongly(session: Session, storage: Storage, product: Product) -> None:
    session.connection().execute(
        update(SearchWord).where(col(SearchWord.word) == "keripik").values(products=SearchWord.products + 1)
    )
    assert list(_faults(session, storage)) == ["catalogue.words: the word 'keripik' stands in 1 names but is counted 2"]


def test_goods_follow_their_maker(session: Session, storage: Storage) -> None:
    _, business = maker(session, make_business(session))
    make_product(session, business=business)
    for state in (BusinessState.VERIFIED, BusinessState.SUSPENDED, BusinessState.VERIFIED):
        business.state = state
        session.add(business)
        for tell in CHANGED:
            tell(session, business.id, NOON)
        session.commit()
        assert list(_faults(session, storage)) == []
    assert checks.BATCH > 1
