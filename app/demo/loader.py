"""Sample people, makers and goods, made through the services that people use; loading again changes nothing.

The makers and goods are written in ``data/*.toml``; their pictures are drawn (see ``drawing``) and sent through the
same pipeline as an upload.
"""

import datetime as dt
import hashlib
import itertools
import multiprocessing
import tomllib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rich.progress import Progress
from sqlmodel import Session, select

from app.accounts import service as accounts
from app.accounts.models import Organisation, OrganisationKind, Role, User
from app.accounts.subjects import Command
from app.businesses import queries as business_queries
from app.businesses import service as businesses
from app.businesses.models import Business, BusinessState, ContactKind, ReturnReason
from app.businesses.schemas import BusinessStart, ContactSave, ReasonGiven, StorySave
from app.catalogue.models import Picture, PriceVisibility, Product, ProductState
from app.catalogue.queries import editing
from app.catalogue.schemas.editing import (
    PricesUpdate,
    PriceTier,
    ProductCreate,
    ProductUpdate,
    ReturnDecision,
    TextUpdate,
    VariantInput,
    VariantsUpdate,
)
from app.catalogue.schemas.editing import ReturnReason as ProductReason
from app.catalogue.service import pictures, products, review
from app.catalogue.service.reference import load_categories
from app.cities.service import load_reference as load_cities
from app.core.config import Settings
from app.core.database import Database
from app.core.imaging import Derivative, Inspected, PictureRefused, Workshop
from app.core.languages import Language
from app.core.money import Currency, MoneyPublic
from app.core.rates import load_snapshot
from app.core.storage import Storage
from app.demo import halal
from app.halal.service.reference import load_reference as load_halal

DATA = Path(__file__).parent / "data"
PASSWORD = "kembang-patrakomala-2026"  # noqa: S105 - the sample people's, printed at the start
OFFICE = "Bagian Kerja Sama Kota Bandung"
COMMAND = Command(label="demo")
WIDTH = 800
"""Pixels: enough for a phone of three device pixels a point, and half the time of 1080."""


@dataclass(frozen=True)
class Login:
    """One sample person."""

    role: str
    email: str
    name: str
    language: Language


LOGINS = (
    Login("maker", "maker@little-bandung.example", "Ambu Nining", Language.ID),
    Login("buyer", "buyer@little-bandung.example", "Kim Ji-woo", Language.KO),
    Login("official", "official@little-bandung.example", "Pak Dadang", Language.ID),
    Login("admin", "admin@little-bandung.example", "Bu Sekar", Language.ID),
)


def load_reference(session: Session, *, now: dt.datetime) -> None:
    """The facts that every installation starts from."""
    load_cities(session, now)
    load_halal(session, now)
    load_categories(session, now=now)
    load_snapshot(session, now=now)


def load_demo(
    database: Database,
    storage: Storage,
    settings: Settings,
    *,
    now: dt.datetime,
    progress: Progress,
    makers: int | None = None,
) -> None:
    """Reference facts, people, makers and goods with pictures; ``makers`` limits how many."""
    with database.writing() as session:
        load_reference(session, now=now)
        _load_people(session, now)
    entries = _pick(_read(), makers)
    for place, entry in enumerate(entries):
        with database.writing() as session, products.together(session, now=now):
            _load_maker(session, entry, settings, now=now - dt.timedelta(days=300 - place % 30))
    _load_pictures(database, storage, entries, now=now, progress=progress)
    for place, entry in enumerate(entries):
        with database.writing() as session, products.together(session, now=now):
            _decide_products(session, entry, now=now, place=place)
    halal.load_halal(database, storage, settings, entries, now=now)


def _read() -> list[dict[str, Any]]:
    entries = []
    for path in sorted(DATA.glob("*.toml")):
        with path.open("rb") as file:
            entries.append(tomllib.load(file))
    return entries


def _pick(entries: list[dict[str, Any]], number: int | None) -> list[dict[str, Any]]:
    """So many makers, evenly spread, with at least one that waits for the city."""
    if number is None or number >= len(entries):
        return entries
    chosen = [entries[round(place * (len(entries) - 1) / (number - 1))] for place in range(number)]
    if all(entry["maker"]["state"] != "submitted" for entry in chosen):
        chosen[-1] = next(entry for entry in entries if entry["maker"]["state"] == "submitted")
    return chosen


def _load_people(session: Session, now: dt.datetime) -> None:
    for login in LOGINS:
        if session.exec(select(User.id).where(User.email == login.email)).first() is not None:
            continue
        role: Role | None = None
        organisation: Organisation | None = None
        if login.role in {"official", "admin"}:
            role = Role(login.role)
            organisation = accounts.find_or_create_office(session, actor=COMMAND, name=OFFICE, now=now)
        elif login.role == "buyer":
            role = Role.BUYER
            organisation = accounts.create_organisation(
                session, actor=COMMAND, kind=OrganisationKind.BUYER_COMPANY, name="Hongdae Select", now=now
            )
        accounts.create_user(
            session,
            actor=COMMAND,
            email=login.email,
            name=login.name,
            password=PASSWORD,
            language=login.language,
            role=role,
            organisation=organisation,
            now=now,
        )


def _load_maker(session: Session, entry: dict[str, Any], settings: Settings, *, now: dt.datetime) -> None:
    maker = entry["maker"]
    if session.exec(select(Business.id).where(Business.slug == maker["slug"])).first() is not None:
        return
    business = businesses.start_business(
        session,
        actor=COMMAND,
        data=BusinessStart(
            brand=maker["brand"],
            legal_name=maker["legal_name"],
            nib=maker["nib"],
            kbli=maker["kbli"],
            scale=maker["scale"],
            kecamatan_code=maker["kecamatan"],
            story=maker["story"]["id"],
            source_language=Language.ID,
            year=maker["year"],
            employees=maker.get("employees"),
            capacity=maker.get("capacity", ""),
            ground=maker["ground"],
        ),
        owner_id=_owner(session, maker),
        slug=maker["slug"],
        now=now,
    )
    for code, story in maker["story"].items():
        if code != Language.ID.value:
            businesses.save_story(
                session,
                actor=COMMAND,
                business=business,
                language=Language(code),
                data=StorySave(story=story),
                now=now,
            )
    for kind in (ContactKind.PHONE, ContactKind.EMAIL, ContactKind.WEBSITE):
        if kind.value in maker:
            contact = ContactSave(kind=kind, value=maker[kind.value], public=kind is not ContactKind.PHONE)
            businesses.save_contact(session, actor=COMMAND, business=business, data=contact, now=now)
    if maker["state"] != "draft":
        businesses.submit_business(session, actor=COMMAND, business=business, now=now)
    if maker["state"] == "verified":
        later = now + dt.timedelta(days=3)
        businesses.verify_business(session, actor=COMMAND, business=business, now=later, settings=settings)
    elif maker["state"] == "returned":
        reason = ReasonGiven(code=ReturnReason.OTHER, text=maker["return_reason"])
        businesses.return_business(session, actor=COMMAND, business=business, data=reason, now=now, settings=settings)
    for product in entry["products"]:
        _load_product(session, business, product, now=now + dt.timedelta(days=5))


def _owner(session: Session, maker: dict[str, Any]) -> int | None:
    """The sample maker acts for the first verified maker that is loaded; nobody has claimed the others."""
    login = LOGINS[0]
    user = session.exec(select(User).where(User.email == login.email)).one()
    taken = business_queries.find_business_of_user(session, user.id) is not None
    return user.id if not taken and maker["state"] == "verified" else None


def _load_product(session: Session, business: Business, data: dict[str, Any], *, now: dt.datetime) -> None:
    product = products.create_product(
        session,
        actor=COMMAND,
        business=business,
        data=ProductCreate(
            name=data["name"]["id"],
            category=data["category"],
            unit=data["unit"],
            moq=data["moq"],
            order_multiple=data["order_multiple"],
            summary=data["summary"]["id"],
        ),
        slug=data["slug"],
        now=now,
    )
    length, width, height = data["size_mm"]
    products.update_product(
        session,
        actor=COMMAND,
        product=product,
        data=ProductUpdate(
            lead_days=data["lead_days"],
            capacity_per_month=data["capacity_per_month"],
            shelf_life_days=data.get("shelf_life_days"),
            weight_g=data["weight_g"],
            length_mm=length,
            width_mm=width,
            height_mm=height,
            hs_code=data["hs"],
            attributes=data.get("attributes", {}),
        ),
        now=now,
    )
    for code, name in data["name"].items():
        words = {part: data.get(part, {}).get(code, "") for part in ("summary", "story", "care", "materials")}
        products.save_text(
            session,
            actor=COMMAND,
            product=product,
            language=Language(code),
            data=TextUpdate(name=name, **words),
            now=now,
        )
    products.set_variants(
        session,
        actor=COMMAND,
        product=product,
        data=VariantsUpdate(
            variants=[VariantInput(sku=each["sku"], options=each.get("options", {})) for each in data["variants"]]
        ),
        now=now,
    )
    products.set_prices(
        session,
        actor=COMMAND,
        product=product,
        data=PricesUpdate(visibility=PriceVisibility(data["visibility"]), tiers=list(_tiers(data))),
        now=now,
    )


def _tiers(data: dict[str, Any]) -> Iterator[PriceTier]:
    for quantity, amount in data["tiers"]:
        yield PriceTier(min_quantity=quantity, price=MoneyPublic(amount=str(amount), currency=Currency.IDR))
    for code, amount in data.get("prices", {}).items():
        yield PriceTier(min_quantity=1, price=MoneyPublic(amount=amount, currency=Currency(code)))
    for variant in data["variants"]:
        amount = variant.get("price_idr", data["price_idr"])
        if amount != data["price_idr"]:
            price = MoneyPublic(amount=str(amount), currency=Currency.IDR)
            yield PriceTier(min_quantity=1, price=price, sku=variant["sku"])


# --- pictures -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PictureWish:
    """One picture to draw: of a product, or of a maker's workshop when ``drawing`` is None."""

    owner_id: int
    seed: str
    ground: str
    light: Literal["left", "right"]
    alt: dict[str, str]
    trade: str = ""
    drawing: dict[str, str] | None = None
    view: int = 0


def draw(wish: PictureWish) -> bytes:
    """The picture as JPEG; runs in a process of its own, so that both cores draw."""
    from app.demo import drawing  # noqa: PLC0415 - only the drawing processes need it

    ground = drawing.Ground(wish.ground, wish.light)
    if wish.drawing is None:
        return drawing.maker_picture(seed=wish.seed, ground=ground, trade=wish.trade, width=WIDTH)
    return drawing.product_picture(drawing.Drawing(**wish.drawing), ground, seed=wish.seed, view=wish.view, width=WIDTH)


def _wishes(session: Session, entries: list[dict[str, Any]]) -> Iterator[PictureWish]:
    """Pictures that are not there yet: one a maker, one a product, a second one for each maker's first."""
    shown_businesses = set(session.exec(select(Picture.business_id)))
    shown_products = set(session.exec(select(Picture.product_id)))
    business_ids = dict(session.exec(select(Business.slug, Business.id)).all())
    product_ids = dict(session.exec(select(Product.slug, Product.id)).all())
    for entry in entries:
        maker = entry["maker"]
        business_id = business_ids[maker["slug"]]
        if business_id not in shown_businesses:
            alt = dict.fromkeys((each.value for each in Language), maker["brand"])
            yield PictureWish(business_id, maker["slug"], maker["ground"], maker["light"], alt, trade=maker["trade"])
        for place, data in enumerate(entry["products"]):
            product_id = product_ids[data["slug"]]
            if product_id in shown_products:
                continue
            for view in range(2 if place == 0 else 1):
                yield PictureWish(
                    product_id,
                    data["slug"],
                    maker["ground"],
                    maker["light"],
                    data["alt"],
                    drawing=data["drawing"],
                    view=view,
                )


def _load_pictures(
    database: Database, storage: Storage, entries: list[dict[str, Any]], *, now: dt.datetime, progress: Progress
) -> None:
    with database.reading() as session:
        wishes = list(_wishes(session, entries))
    if not wishes:
        return
    task = progress.add_task("", total=len(wishes))
    context = multiprocessing.get_context("spawn")
    with progress, ProcessPoolExecutor(max_workers=2, mp_context=context) as painters, Workshop(children=2) as workshop:
        drawn, kept = itertools.tee(painters.map(draw, wishes, chunksize=4))
        for wish, original, files in zip(wishes, kept, workshop.derive_many(drawn), strict=True):
            if isinstance(files, PictureRefused):
                raise files
            _keep_picture(database, storage, wish, original, files, now=now)
            progress.advance(task)


def _keep_picture(
    database: Database,
    storage: Storage,
    wish: PictureWish,
    original: bytes,
    files: list[Derivative],
    *,
    now: dt.datetime,
) -> None:
    widest = max(files, key=lambda file: file.width)
    inspected = Inspected(
        mime="image/jpeg", width=widest.width, height=widest.height, sha256=hashlib.sha256(original).hexdigest()
    )
    pictures.store_files(storage, original=original, inspected=inspected, derivatives=files)
    with database.writing() as session:
        pictures.add_ready_picture(
            session,
            inspected=inspected,
            derivatives=files,
            now=now,
            product_id=wish.owner_id if wish.drawing is not None else None,
            business_id=wish.owner_id if wish.drawing is None else None,
            alt=wish.alt,
            position=wish.view,
            actor=COMMAND,
        )


def _decide_products(session: Session, entry: dict[str, Any], *, now: dt.datetime, place: int) -> None:
    """Send goods to the city and let it decide, spread over the last nine months."""
    business = session.exec(select(Business).where(Business.slug == entry["maker"]["slug"])).one()
    for number, data in enumerate(entry["products"]):
        product = editing.get_reviewed_product(session, COMMAND, data["slug"])
        if data["state"] == "draft" or product.state != ProductState.DRAFT:
            continue
        when = now - dt.timedelta(days=(place * 37 + number * 11) % 270, hours=number)
        products.submit_product(session, actor=COMMAND, product=product, now=when)
        if data["state"] == "published" and business.state == BusinessState.VERIFIED:
            review.publish_product(session, actor=COMMAND, product=product, now=when + dt.timedelta(hours=20))
        elif data["state"] == "returned":
            decision = ReturnDecision(reason=ProductReason.OTHER, note=data["return_reason"])
            review.return_product(session, actor=COMMAND, product=product, data=decision, now=when)
