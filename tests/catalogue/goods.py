"""What tests of changing goods share: makers with goods, officials, pictures."""

import io
from typing import Any

from PIL import Image
from sqlmodel import Session, func, select

import app.jobs  # noqa: F401 - registers what the worker runs
from app.accounts.models import AuditEntry, Membership, Role, User
from app.accounts.subjects import Subject
from app.businesses.models import Business
from app.catalogue.models import Category, Product
from app.catalogue.queries import editing
from app.catalogue.schemas.editing import ProductCreate, ProductUpdate, TextUpdate
from app.catalogue.service import pictures, products, review
from app.core.imaging import Derivative, DerivativeFormat, Inspected
from app.core.languages import Language
from app.core.money import Currency, MoneyPublic
from tests.factories import NOON, make_category, make_maker, make_user


def subject_of(session: Session, user: User, **changes: Any) -> Subject:
    """A person as services see her, signed in by cookie."""
    rows = session.exec(select(Membership).where(Membership.user_id == user.id)).all()
    values: dict[str, Any] = {
        "user_id": user.id,
        "name": user.name,
        "email": user.email,
        "language": Language.ID,
        "email_verified": True,
        "memberships": frozenset((Role(row.role), row.organisation_id) for row in rows),
        "session_id": 1,
    }
    return Subject(**(values | changes))


def maker(session: Session, business: Business | None = None) -> tuple[Subject, Business]:
    """A maker's person, as services see her, with her business."""
    user, business = make_maker(session, business)
    return subject_of(session, user), business


def official(session: Session) -> Subject:
    """An official."""
    return subject_of(session, make_user(session, role=Role.OFFICIAL))


def category(session: Session, slug: str = "food", family: str = "food") -> Category:
    """A category of a family."""
    if slug == "food":
        return make_category(session)
    found = session.exec(select(Category).where(Category.slug == slug)).first()
    names = {language.value: slug.title() for language in Language}
    return found or make_category(session, slug=slug, names=names, family=family)


def rupiah(amount: int) -> MoneyPublic:
    """An amount of rupiah as JSON has it."""
    return MoneyPublic(amount=str(amount), currency=Currency.IDR)


def draft(session: Session, actor: Subject, business: Business, **changes: Any) -> Product:
    """A new draft with name, sentence and price, loaded with everything."""
    values: dict[str, Any] = {
        "name": "Keripik tempe ketumbar",
        "category": category(session).slug,
        "price": rupiah(22000),
        "summary": "Diiris tipis, digoreng dua kali.",
    }
    product = products.create_product(
        session, actor=actor, business=business, data=ProductCreate(**(values | changes)), now=NOON
    )
    session.commit()
    return own(session, actor, product)


def own(session: Session, actor: Subject, product: Product) -> Product:
    """The product as its maker's pages load it."""
    return editing.get_own_product(session, actor, product.slug)


def ready_draft(session: Session, actor: Subject, business: Business, **changes: Any) -> Product:
    """A draft that can be sent to the city."""
    product = draft(session, actor, business, **changes)
    products.update_product(
        session, actor=actor, product=product, data=ProductUpdate(attributes={"net_weight": 150}), now=NOON
    )
    inspected = Inspected("image/jpeg", 800, 600, f"{product.id:064x}")
    files = [
        Derivative(DerivativeFormat(kind), 320, 240, b"", f"{product.id:062x}{place:02x}")
        for place, kind in enumerate(("avif", "webp", "jpeg"))
    ]
    pictures.add_ready_picture(session, inspected=inspected, derivatives=files, now=NOON, product_id=product.id)
    session.commit()
    return own(session, actor, product)


def published(session: Session, actor: Subject, business: Business, **changes: Any) -> Product:
    """A public product."""
    product = ready_draft(session, actor, business, **changes)
    products.submit_product(session, actor=actor, product=product, now=NOON)
    review.publish_product(session, actor=official(session), product=product, now=NOON)
    session.commit()
    return own(session, actor, product)


def words(name: str = "Coriander tempe chips", **changes: Any) -> TextUpdate:
    """Words of one language."""
    return TextUpdate(**({"name": name, "summary": "Thin and crisp."} | changes))


def entries(session: Session, subject_type: str = "product", action: str | None = None) -> int:
    """How many entries of the audit trail there are about a kind of thing."""
    statement = select(func.count()).select_from(AuditEntry).where(AuditEntry.subject_type == subject_type)
    if action is not None:
        statement = statement.where(AuditEntry.action == action)
    return session.exec(statement).one()


def photo(width: int = 900, height: int = 700, colour: str = "#C8553D") -> bytes:
    """A JPEG file with a place in its metadata, as phones make them."""
    image = Image.new("RGB", (width, height), colour)
    for step in range(0, width, 40):
        image.paste("#17604F", (step, 0, step + 12, height))
    exif = Image.Exif()
    exif[0x8825] = {1: "S", 2: (6.0, 54.0, 0.0), 3: "E", 4: (107.0, 36.0, 0.0)}
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85, exif=exif)
    return file.getvalue()
