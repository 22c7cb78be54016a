"""Rows for tests, as plain functions; every argument can be changed by name."""

import datetime as dt
import itertools
import secrets
from typing import Any

from fastapi.testclient import TestClient
from sqlmodel import Session, select

from app.accounts.models import (
    ApiToken,
    Membership,
    Organisation,
    OrganisationKind,
    Role,
    Scope,
    SignInSession,
    User,
)
from app.accounts.queries import hash_token
from app.businesses.models import Business, BusinessState, BusinessText, Scale
from app.catalogue.models import Category, Price, Product, ProductState, ProductText, Variant
from app.cities.models import City, Kecamatan
from app.core.languages import Language
from app.core.money import Currency

NOON = dt.datetime(2026, 11, 20, 5, 0, tzinfo=dt.UTC)
PASSWORD = "angklung di pagi hari"
_number = itertools.count(1)


def next_number() -> int:
    """A number not given before in this run."""
    return next(_number)


def make_user(
    session: Session, *, role: Role | None = None, organisation: Organisation | None = None, **changes: Any
) -> User:
    """A person with a confirmed address, with a role in an organisation when one is named."""
    number = next_number()
    values: dict[str, Any] = {
        "email": f"person{number}@example.org",
        "name": f"Person {number}",
        "email_verified_at": NOON,
        "consented_at": NOON,
        "created_at": NOON,
    }
    user: User = save(session, User(**(values | changes)))
    if role is not None:
        if organisation is None:
            kind = OrganisationKind.OFFICE if role in {Role.OFFICIAL, Role.ADMIN} else OrganisationKind.BUYER_COMPANY
            organisation = make_organisation(session, kind=kind)
        save(session, Membership(user_id=user.id, organisation_id=organisation.id, role=role, created_at=NOON))
    return user


def save(session: Session, row: Any) -> Any:
    """Insert a row and let every session of the test see it."""
    session.add(row)
    session.commit()
    return row


def make_organisation(session: Session, **changes: Any) -> Organisation:
    """A body people act for."""
    values: dict[str, Any] = {
        "kind": OrganisationKind.BUSINESS,
        "name": f"Organisation {next_number()}",
        "created_at": NOON,
    }
    organisation: Organisation = save(session, Organisation(**(values | changes)))
    return organisation


def sign_in(client: TestClient, session: Session, user: User, *, second_factor: bool = True) -> TestClient:
    """Give a client the cookie of a new session of this person."""
    token = secrets.token_urlsafe(16)
    save(
        session,
        SignInSession(
            user_id=user.id,
            token_hash=hash_token(token),
            created_at=NOON,
            last_seen_at=NOON,
            expires_at=NOON + dt.timedelta(days=30),
            second_factor_at=NOON if second_factor else None,
        ),
    )
    client.cookies.set("session", token)
    return client


def make_token(session: Session, user: User, *, scopes: list[Scope] | None = None) -> dict[str, str]:
    """An API token's header."""
    token = "lb_" + secrets.token_urlsafe(16)
    chosen = list(Scope) if scopes is None else scopes
    save(
        session,
        ApiToken(
            user_id=user.id,
            name="test",
            hint=token[:8],
            token_hash=hash_token(token),
            scopes=[scope.value for scope in chosen],
            created_at=NOON,
        ),
    )
    return {"Authorization": f"Bearer {token}"}


def make_city(session: Session, **changes: Any) -> City:
    """A home city, the same one again unless something is changed."""
    if not changes:
        found = session.exec(select(City).where(City.slug == "bandung")).first()
        if found is not None:
            return found
    values: dict[str, Any] = {
        "slug": "bandung",
        "names": {"id": "Bandung", "en": "Bandung", "ms": "Bandung", "ko": "반둥", "es": "Bandung"},
        "country": "ID",
        "zone": "Asia/Jakarta",
        "currency": "IDR",
        "languages": ["id"],
        "latitude": -6.914,
        "longitude": 107.609,
        "home": True,
    }
    city: City = save(session, City(**(values | changes)))
    return city


def make_kecamatan(session: Session, **changes: Any) -> Kecamatan:
    """A district, the same one again unless something is changed."""
    if not changes:
        found = session.get(Kecamatan, "32.73.02")
        if found is not None:
            return found
    values: dict[str, Any] = {
        "code": "32.73.02",
        "name": "Coblong",
        "slug": "coblong",
        "regency": "Kota Bandung",
        "aliases": [],
    }
    kecamatan: Kecamatan = save(session, Kecamatan(**(values | changes)))
    return kecamatan


def make_business(session: Session, **changes: Any) -> Business:
    """A verified maker with a story in Indonesian and English, and no member."""
    number = next_number()
    organisation = make_organisation(session)
    values: dict[str, Any] = {
        "organisation_id": organisation.id,
        "slug": f"maker-{number}",
        "brand": f"Maker {number}",
        "legal_name": f"CV Maker {number}",
        "nib": f"{number:013d}",
        "scale": Scale.MICRO,
        "kecamatan_code": make_kecamatan(session).code,
        "city_id": make_city(session).id,
        "year": 2015,
        "state": BusinessState.VERIFIED,
        "verified_at": NOON,
        "created_at": NOON,
        "updated_at": NOON,
    }
    business: Business = save(session, Business(**(values | changes)))
    for language, story in (("id", "Dibuat di Bandung."), ("en", "Made in Bandung.")):
        save(session, BusinessText(business_id=business.id, language=Language(language), story=story, updated_at=NOON))
    return business


def make_maker(session: Session, business: Business | None = None, **changes: Any) -> tuple[User, Business]:
    """A maker's person with her business."""
    business = business or make_business(session)
    organisation = session.get(Organisation, business.organisation_id)
    return make_user(session, role=Role.MAKER, organisation=organisation, **changes), business


def make_category(session: Session, **changes: Any) -> Category:
    """A category; the same root again unless something is changed."""
    if not changes:
        found = session.exec(select(Category).where(Category.slug == "food")).first()
        if found is not None:
            return found
    values: dict[str, Any] = {
        "slug": "food",
        "names": {"id": "Makanan", "en": "Food", "ms": "Makanan", "ko": "식품", "es": "Alimentos"},
        "family": "food",
        "goods_class": "food",
    }
    category: Category = save(session, Category(**(values | changes)))
    return category


def make_product(
    session: Session,
    *,
    business: Business | None = None,
    names: dict[str, str] | None = None,
    price_idr: int | None = 18000,
    **changes: Any,
) -> Product:
    """A published product of a verified maker, with one variant and one price in rupiah.

    The rows alone: put it on the read side with ``catalogue.index.reindex_products``.
    """
    number = next_number()
    business = business or make_business(session)
    values: dict[str, Any] = {
        "slug": f"product-{number}",
        "business_id": business.id,
        "category_id": make_category(session).id if "category_id" not in changes else changes["category_id"],
        "state": ProductState.PUBLISHED,
        "created_at": NOON,
        "updated_at": NOON,
        "published_at": NOON + dt.timedelta(seconds=number),
    }
    product: Product = save(session, Product(**(values | changes)))
    for language, name in (names or {"id": f"Keripik Singkong {number}", "en": f"Cassava Chips {number}"}).items():
        save(session, ProductText(product_id=product.id, language=Language(language), name=name, updated_at=NOON))
    save(session, Variant(product_id=product.id, sku=f"SKU-{number}"))
    if price_idr is not None:
        save(session, Price(product_id=product.id, currency=Currency.IDR, min_quantity=1, minor=price_idr))
    return product
