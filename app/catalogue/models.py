"""Categories, products and all that hangs on them, and the read side that lists and search are served from."""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, Relationship

from app.businesses.models import Business, TextOrigin
from app.core.languages import Language
from app.core.models import BigId, Table, id_field, json_field, moment_field
from app.core.money import Currency
from app.halal.vocabulary import GoodsClass, Said


class Category(Table, table=True):
    """A node of the tree of goods."""

    public_content = True
    __tablename__ = "category"
    id: int = id_field()
    slug: str = Field(max_length=60, unique=True)
    parent_id: int | None = Field(default=None, foreign_key="category.id", sa_type=BigId, index=True)
    position: int = 0
    names: dict[str, str] = json_field()
    family: str = Field(max_length=20)
    """Which attributes its goods have."""
    goods_class: str = Field(max_length=20)
    hs_hint: str = Field(default="", max_length=60)
    """Four-digit HS 2022 headings worth looking at first, separated by ``;``."""


class ProductState(StrEnum):
    """Life of a product: draft → in_review → published or returned; archived at the end."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    RETURNED = "returned"
    ARCHIVED = "archived"


class PriceVisibility(StrEnum):
    """Who sees the price."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    ON_REQUEST = "on_request"


class Unit(StrEnum):
    """What one piece of the price is."""

    PIECE = "piece"
    PACK = "pack"
    PAIR = "pair"
    BOTTLE = "bottle"
    JAR = "jar"
    BOX = "box"
    SET = "set"
    METRE = "metre"
    KG = "kg"


class Product(Table, table=True):
    """A thing a maker sells."""

    public_content = True
    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("external_source", "external_id"),
        CheckConstraint("state IN ('draft','in_review','published','returned','archived')", name="state"),
        CheckConstraint("moq >= 1", name="moq"),
        CheckConstraint("order_multiple >= 1", name="order_multiple"),
        Index("ix_product_state_submitted_at", "state", "submitted_at"),
        Index("ix_product_business_id_state", "business_id", "state"),
    )

    id: int = id_field()
    slug: str = Field(max_length=100, unique=True)
    business_id: int = Field(foreign_key="business.id", sa_type=BigId)
    category_id: int = Field(foreign_key="category.id", sa_type=BigId, index=True)
    source_language: Language = Field(default=Language.ID, sa_type=String(2))
    state: ProductState = Field(default=ProductState.DRAFT, sa_type=String(10))
    return_reason: str = ""
    attributes: dict[str, Any] = json_field(default_factory=dict)
    """Values by key of the category's attribute family."""
    hs_code: str | None = Field(default=None, max_length=10)
    unit: Unit = Field(default=Unit.PIECE, sa_type=String(10))
    moq: int = 1
    order_multiple: int = 1
    lead_days: int | None = None
    capacity_per_month: int | None = None
    shelf_life_days: int | None = None
    weight_g: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    price_visibility: PriceVisibility = Field(default=PriceVisibility.PUBLIC, sa_type=String(10))
    created_at: dt.datetime = moment_field()
    updated_at: dt.datetime = moment_field()
    submitted_at: dt.datetime | None = moment_field(default=None, nullable=True)
    decided_at: dt.datetime | None = moment_field(default=None, nullable=True)
    decided_by_id: int | None = Field(default=None, foreign_key="user_account.id", sa_type=BigId)
    published_at: dt.datetime | None = moment_field(default=None, nullable=True)
    external_source: str | None = Field(default=None, max_length=40)
    external_id: str | None = Field(default=None, max_length=80)
    external_digest: str | None = Field(default=None, max_length=32)
    """Digest of the imported row: the same row again changes nothing."""
    version: int = 1

    business: Business = Relationship(sa_relationship_kwargs={"lazy": "raise"})
    category: Category = Relationship(sa_relationship_kwargs={"lazy": "raise"})
    texts: list["ProductText"] = Relationship(sa_relationship_kwargs={"lazy": "raise", "cascade": "all, delete-orphan"})
    variants: list["Variant"] = Relationship(
        sa_relationship_kwargs={"lazy": "raise", "cascade": "all, delete-orphan", "order_by": "Variant.position"}
    )
    prices: list["Price"] = Relationship(
        sa_relationship_kwargs={"lazy": "raise", "cascade": "all, delete-orphan", "order_by": "Price.min_quantity"}
    )
    pictures: list["Picture"] = Relationship(
        sa_relationship_kwargs={"lazy": "raise", "cascade": "all, delete-orphan", "order_by": "Picture.position"}
    )

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, object]:  # noqa: N805 - SQLAlchemy's own hook
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]


class ProductText(Table, table=True):
    """A product's words in one language."""

    public_content = True
    __tablename__ = "product_text"
    __table_args__ = (UniqueConstraint("product_id", "language"),)
    id: int = id_field()
    product_id: int = Field(foreign_key="product.id", sa_type=BigId)
    language: Language = Field(sa_type=String(2))
    name: str = Field(max_length=300)
    summary: str = Field(default="", max_length=500)
    story: str = ""
    care: str = ""
    materials: str = ""
    """Ingredients of food, drink and cosmetics; materials of other goods."""
    origin: TextOrigin = Field(default=TextOrigin.HUMAN, sa_type=String(10))
    source_hash: str = Field(default="", max_length=16)
    """Digest of the source text this was translated from; another digest now means it is stale."""
    updated_at: dt.datetime = moment_field()


class Variant(Table, table=True):
    """One sellable form of a product."""

    public_content = True
    __tablename__ = "variant"
    __table_args__ = (UniqueConstraint("product_id", "sku"),)
    id: int = id_field()
    product_id: int = Field(foreign_key="product.id", sa_type=BigId)
    sku: str = Field(max_length=60)
    options: dict[str, str] = json_field(default_factory=dict)
    """Value by axis, such as size or colour."""
    gtin: str | None = Field(default=None, max_length=14)
    weight_g: int | None = None
    position: int = 0
    active: bool = True


class Price(Table, table=True):
    """A unit price from a quantity on, in one currency, for the whole product or one variant."""

    public_content = True
    __tablename__ = "price"
    __table_args__ = (
        CheckConstraint("minor > 0", name="minor"),
        CheckConstraint("min_quantity >= 1", name="min_quantity"),
        Index("ix_price_product_id_currency", "product_id", "currency"),
    )
    id: int = id_field()
    product_id: int = Field(foreign_key="product.id", sa_type=BigId)
    variant_id: int | None = Field(default=None, foreign_key="variant.id", sa_type=BigId)
    currency: Currency = Field(sa_type=String(3))
    min_quantity: int = 1
    minor: int = Field(sa_type=BigId)
    """Smallest units of the currency."""
    valid_from: dt.datetime | None = moment_field(default=None, nullable=True)
    valid_until: dt.datetime | None = moment_field(default=None, nullable=True)


class PictureState(StrEnum):
    """Where a picture stands on its way to the page."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Picture(Table, table=True):
    """A picture of a product or of a maker (her cover). The original stays private; derivatives are public."""

    public_content = True
    __tablename__ = "picture"
    __table_args__ = (
        CheckConstraint("(product_id IS NULL) <> (business_id IS NULL)", name="one_owner"),
        CheckConstraint("focal_x >= 0 AND focal_x <= 1 AND focal_y >= 0 AND focal_y <= 1", name="focal"),
    )
    id: int = id_field()
    product_id: int | None = Field(default=None, foreign_key="product.id", sa_type=BigId, index=True)
    business_id: int | None = Field(default=None, foreign_key="business.id", sa_type=BigId, index=True)
    sha256: str = Field(max_length=64)
    """Of the original."""
    original_key: str = Field(max_length=120)
    mime: str = Field(max_length=30)
    width: int
    height: int
    focal_x: float = 0.5
    focal_y: float = 0.5
    alt: dict[str, str] = json_field(default_factory=dict)
    """Alternative text by language code."""
    position: int = 0
    state: PictureState = Field(default=PictureState.PROCESSING, sa_type=String(10))
    reason: str = ""
    derivatives: list[dict[str, Any]] = json_field(default_factory=list)
    """Each: format, width, height, sha256, bytes; see ``core.storage.media_url``."""
    created_at: dt.datetime = moment_field()


class Listing(Table, table=True):
    """The read side of one public product: all that a card, a filter or a facet needs, in one row.

    Written by ``catalogue.index`` in the transaction that changes the product, its maker or its category; absent for
    what is not public.
    """

    public_content = True
    __tablename__ = "listing"
    __table_args__ = (
        Index("ix_listing_newest", "published_us", "product_id"),
        Index("ix_listing_price", "price_key", "product_id"),
        Index("ix_listing_root_newest", "root_category_id", "published_us", "product_id"),
        Index("ix_listing_root_price", "root_category_id", "price_key", "product_id"),
        Index("ix_listing_category_newest", "category_id", "published_us", "product_id"),
        Index("ix_listing_category_price", "category_id", "price_key", "product_id"),
        Index("ix_listing_kecamatan_newest", "kecamatan_code", "published_us", "product_id"),
        Index("ix_listing_business_newest", "business_id", "published_us", "product_id"),
        # Facets are counted from this index alone; the rows themselves are wide.
        Index(
            "ix_listing_cube",
            "product_id",
            "category_id",
            "kecamatan_code",
            "verified",
            "moq_band",
            "price_key",
            "name_words",
            "score",
            "standing_id",
            "standing_until",
        ),
        Index("ix_listing_standing_newest", "standing_id", "published_us", "product_id"),
        Index("ix_listing_standing_until", "standing_until"),
    )
    product_id: int = Field(primary_key=True, foreign_key="product.id", sa_type=BigId)
    slug: str = Field(max_length=100)
    names: dict[str, str] = json_field()
    """The name by language code, only the languages that have one."""
    source_language: str = Field(max_length=2)
    business_id: int = Field(sa_type=BigId)
    business_slug: str = Field(max_length=80)
    business_name: str = Field(max_length=120)
    verified: bool
    city_id: int = Field(sa_type=BigId)
    kecamatan_code: str | None = Field(default=None, max_length=13)
    kecamatan_name: str = Field(default="", max_length=80)
    category_id: int = Field(sa_type=BigId)
    root_category_id: int = Field(sa_type=BigId)
    unit: str = Field(max_length=10)
    moq: int
    moq_band: int
    """0: 1 · 1: 2 to 10 · 2: 11 to 50 · 3: 51 to 200 · 4: more."""
    lead_days: int | None = None
    prices: dict[str, list[int]] | None = json_field(default=None, nullable=True)
    """By currency: the unit price at the minimum order and the lowest tier, in smallest units; null when not public."""
    price_key: int | None = Field(default=None, sa_type=BigId)
    """Comparable price in whole rupiah (converted at the rates of the day when no rupiah price is stored)."""
    picture: dict[str, Any] | None = json_field(default=None, nullable=True)
    """Of the first ready picture: alt by language, width, height, focal point, derivatives."""
    name_words: int = 0
    """Different words in the name, in the language with the fewest: of two hits the more concise one comes first."""
    score: int = 0
    """How complete the offer is, 0 to 100."""
    published_us: int = Field(sa_type=BigId)
    """Microseconds since 1970."""
    standing_id: int = Field(default=0, sa_type=BigId, sa_column_kwargs={"server_default": "0"})
    """Its halal standing; 0 when nothing is known."""
    standing_until: dt.date | None = None
    """The first day on which that may be another one: from then on nothing is promised on it until it is looked at."""


class ListingChange(Table, table=True):
    """A listing that was written or removed, by the public version that the change made.

    Server processes hold numbers of all listings in memory and read here what to look at again (``catalogue.cube``).
    """

    __tablename__ = "listing_change"
    version: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})
    product_id: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})
    """0 when all may have changed. No foreign key: the product may be gone."""


class SearchDocument(Table, table=True):
    """The analysed words of one public product in one language; the full-text index stands beside it.

    The id is made of both (see ``catalogue.search.document_id``), so that a hit names its product without a join.
    """

    __tablename__ = "search_document"
    id: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})
    product_id: int = Field(foreign_key="product.id", sa_type=BigId, index=True)
    language: Language = Field(sa_type=String(2))
    words: str = ""
    """The folded words of the name, each between spaces of its own: the order of hits looks at their order."""
    written: str = ""
    """The same of the words as they are written, capitals and signs included."""
    digest: str = Field(max_length=16)
    """Of the analysed text and the analyser's version: the same again is not written again."""


class SearchWord(Table, table=True):
    """A word that stands in names of public goods, for spelling help and for suggestions while typing."""

    __tablename__ = "search_word"
    __table_args__ = (Index("ix_search_word_word_products", "word", "products"),)
    word: str = Field(primary_key=True, max_length=60)
    products: int = 0


class SearchMiss(Table, table=True):
    """A query that found nothing, counted by day without any trace of who asked: a report of demand."""

    __tablename__ = "search_miss"
    __table_args__ = (UniqueConstraint("day", "language", "query"),)
    id: int = id_field()
    day: dt.date
    language: Language = Field(sa_type=String(2))
    query: str = Field(max_length=120)
    times: int = 1


class ImportRun(Table, table=True):
    """One import of one file with one mapping, so that it can be taken up again where it stopped."""

    __tablename__ = "import_run"
    __table_args__ = (UniqueConstraint("file_digest", "mapping"),)
    id: int = id_field()
    file_digest: str = Field(max_length=64)
    file_name: str = Field(max_length=200)
    mapping: str = Field(max_length=60)
    rows_done: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    started_at: dt.datetime = moment_field()
    finished_at: dt.datetime | None = moment_field(default=None, nullable=True)


class ProductHalal(Table, table=True):
    """A maker's answers to the plain questions about a product; what follows from them are its ``HalalFact`` rows."""

    __tablename__ = "product_halal"
    __table_args__ = (CheckConstraint("use_as IS NULL OR use_as <> ''", name="use_as"),)
    product_id: int = Field(primary_key=True, foreign_key="product.id", sa_type=BigId)
    use_as: GoodsClass | None = Field(default=None, sa_type=String(20))
    """What it is, when the category does not say it rightly."""
    animal: Said | None = Field(default=None, sa_type=String(6))
    pork: Said | None = Field(default=None, sa_type=String(6))
    alcohol: Said | None = Field(default=None, sa_type=String(6))
    declared_not_halal: bool = False
    marked: bool = False
    """The pack carries the mark that goods from forbidden material must bear."""
    route: dict[str, Any] = json_field(default_factory=dict)
    """Answers that decide which route to a certificate is open; see ``catalogue.routes``."""
    answered_at: dt.datetime = moment_field()
    version: int = 1

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, object]:  # noqa: N805 - SQLAlchemy's own hook
        return {"version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]


class HalalFact(Table, table=True):
    """What was known of a product from a day on, so that its status of any past day can be computed again."""

    __tablename__ = "product_halal_fact"
    __table_args__ = (UniqueConstraint("product_id", "since"),)
    id: int = id_field()
    product_id: int = Field(foreign_key="product.id", sa_type=BigId)
    since: dt.date
    goods_class: GoodsClass = Field(sa_type=String(20))
    scale: str | None = Field(default=None, max_length=20)
    animal: Said | None = Field(default=None, sa_type=String(6))
    not_halal: bool = False
    marked: bool = False
    made_in: str = Field(max_length=2)


class ProductCertificateItem(Table, table=True):
    """A maker's word that a product is what an item of a certificate names; ended, never erased.

    It gives nothing but a claim until an official confirms it.
    """

    public_content = True
    __tablename__ = "product_certificate_item"
    __table_args__ = (
        Index(
            "uq_product_certificate_item_open",
            "product_id",
            "item_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
        Index("ix_product_certificate_item_item_id", "item_id"),
        Index("ix_product_certificate_item_product_id", "product_id"),
        Index(
            "ix_product_certificate_item_waiting",
            "id",
            sqlite_where=text("until IS NULL AND confirmed_on IS NULL"),
            postgresql_where=text("until IS NULL AND confirmed_on IS NULL"),
        ),
    )
    id: int = id_field()
    product_id: int = Field(foreign_key="product.id", sa_type=BigId)
    item_id: int = Field(foreign_key="halal_certificate_item.id", sa_type=BigId)
    since: dt.date
    until: dt.date | None = None
    """The first day it holds no more."""
    linked_at: dt.datetime = moment_field()
    linked_by_id: int | None = Field(default=None, foreign_key="user_account.id", sa_type=BigId)
    unlinked_at: dt.datetime | None = moment_field(default=None, nullable=True)
    unlinked_by_id: int | None = Field(default=None, foreign_key="user_account.id", sa_type=BigId)
    confirmed_on: dt.date | None = None
    """From this day on an official has confirmed it."""
    confirmed_at: dt.datetime | None = moment_field(default=None, nullable=True)
    confirmed_by_id: int | None = Field(default=None, foreign_key="user_account.id", sa_type=BigId)
    refusal: str = Field(default="", max_length=1000)
    """Why an official ended it, for the maker."""


class ProductApplication(Table, table=True):
    """A product that an application for a certificate is about, from a day on; ended, never erased."""

    public_content = True
    __tablename__ = "product_halal_application"
    __table_args__ = (
        Index("ix_product_halal_application_application_id", "application_id"),
        Index(
            "uq_product_halal_application_open",
            "product_id",
            "application_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )
    product_id: int = Field(primary_key=True, foreign_key="product.id", sa_type=BigId)
    application_id: int = Field(primary_key=True, foreign_key="halal_application.id", sa_type=BigId)
    since: dt.date = Field(primary_key=True)
    until: dt.date | None = None
    """The first day it holds no more."""


class HalalStanding(Table, table=True):
    """All that a halal status depends on apart from day, destination and reference facts; shared by many products.

    Rows are never changed or removed: a standing is what it says.
    """

    __tablename__ = "halal_standing"
    id: int = id_field()
    digest: str = Field(max_length=32, unique=True)
    goods_class: str = Field(max_length=20)
    scale: str | None = Field(default=None, max_length=20)
    animal: str | None = Field(default=None, max_length=6)
    not_halal: bool
    made_in: str = Field(max_length=2)
    evidence: list[list[str]] = json_field()
    """[body, phase] of each certificate that counts, sorted."""
    in_process: bool
