"""A maker's pages: her goods, a short form for a new one, and one page for each part of a product."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic_core import PydanticCustomError
from starlette.datastructures import FormData

from app.accounts.models import Scope
from app.accounts.subjects import Subject
from app.accounts.web import PageDep, scoped
from app.businesses import desks
from app.businesses import queries as businesses
from app.catalogue import own, presenting, rules, views
from app.catalogue.completeness import INGREDIENT_FAMILIES
from app.catalogue.headings import headings_of, ordered_for
from app.catalogue.models import PictureState, PriceVisibility, Product, ProductState
from app.catalogue.pages import desk
from app.catalogue.queries import editing
from app.catalogue.queries.reference import get_reference
from app.catalogue.schemas.editing import (
    AttributeAsked,
    PricesUpdate,
    ProductForm,
    ProductUpdate,
    TextUpdate,
    VariantsUpdate,
    typed_price,
)
from app.catalogue.service import pictures, products
from app.catalogue.uploads import FIELD, one_received, upload_router, uploads_of
from app.core.errors import DomainError, Invalid, NotFound
from app.core.forms import FormDep, FormState, form_state, form_values, parse_form
from app.core.languages import N_, Language
from app.core.money import Currency, Money
from app.core.pagination import CursorText
from app.core.templating import Page, PageMeta
from app.core.web import NowDep, SessionDep, unit_router

router = APIRouter(include_in_schema=False)
plain = unit_router(include_in_schema=False)
upload = upload_router(include_in_schema=False)
ReaderDep = Annotated[Subject, scoped(Scope.CATALOGUE_READ)]
WriterDep = Annotated[Subject, scoped(Scope.CATALOGUE_WRITE)]
PER_PAGE = 24
SlugPath = Annotated[str, Path(max_length=100)]
LIST = "catalogue:workspace_products"
FACTS = (
    "category",
    "unit",
    "moq",
    "order_multiple",
    "lead_days",
    "capacity_per_month",
    "shelf_life_days",
    "weight_g",
    "length_mm",
    "width_mm",
    "height_mm",
    "hs_code",
)
SPARE_ROWS = 3
VARIANT_AXES = ("size", "colour", "flavour")
TICKED = frozenset({"true", "on", "1"})


@dataclass(frozen=True)
class GoodsPage:
    """The maker's goods."""

    rows: tuple[desk.RowView, ...]
    tabs: tuple[tuple[str, str, int, bool], ...]
    next_url: str | None
    first_url: str | None
    nothing_yet: bool


@dataclass(frozen=True)
class NewPage:
    """The short form."""

    categories: list[tuple[str, list[tuple[str, str]]]]
    units: list[tuple[str, str]]
    currencies: list[tuple[str, str]]
    languages: list[tuple[str, str]]


@dataclass(frozen=True)
class FactsPage:
    """Facts, attributes and what customs asks."""

    head: desk.Head
    categories: list[tuple[str, list[tuple[str, str]]]]
    units: list[tuple[str, str]]
    attributes: list[AttributeAsked]
    choices: dict[str, list[tuple[str, str]]]
    """The options of an attribute that is chosen from a list."""
    headings: tuple[tuple[str, str], ...]
    """(code, words) of the customs headings to look at first."""
    every_heading: tuple[tuple[str, str], ...]
    just_made: bool


@dataclass(frozen=True)
class TextsPage:
    """The words of one language beside those they are translated from."""

    head: desk.Head
    language: Language
    source: dict[str, str] | None
    """The source text, when another language is edited."""
    source_language: Language
    tabs: tuple[tuple[str, str, str, str, bool], ...]
    """(code, name, address, state: none | human | machine | stale, current)."""
    stale: bool
    removable: bool
    edible: bool


@dataclass(frozen=True)
class PricesPage:
    """Prices by currency and quantity."""

    head: desk.Head
    rows: int
    currencies: list[tuple[str, str]]
    variants: list[tuple[str, str]]
    visibilities: list[tuple[str, str, str]]
    unit_label: str
    moq: int


@dataclass(frozen=True)
class VariantsPage:
    """The forms a product is sold in."""

    head: desk.Head
    rows: int
    axes: list[tuple[str, str]]


@dataclass(frozen=True)
class PicturesPage:
    """A product's pictures."""

    head: desk.Head
    tiles: tuple[desk.PictureTile, ...]
    room: int
    waiting: bool


def _show(
    page: Page, session: SessionDep, person: Subject, template: str, title: str, *, current: str = LIST, **view: Any
) -> Response:
    work = desks.workspace_frame(page, session, businesses.find_own_business(session, person), current)
    return page.render(f"catalogue/{template}.html", PageMeta(title=title), work=work, **view)


def _refuse(
    page: Page,
    session: SessionDep,
    person: Subject,
    template: str,
    title: str,
    error: DomainError,
    *,
    form: FormState,
    **view: Any,
) -> Response:
    work = desks.workspace_frame(page, session, businesses.find_own_business(session, person), LIST)
    meta = PageMeta(title=desk.error_title(page, title))
    return page.reject(f"catalogue/{template}.html", meta, error, form=form, work=work, **view)


@plain.get("/{locale}/workspace/products", name=LIST)
def workspace_products(
    locale: Language,
    page: PageDep,
    person: ReaderDep,
    session: SessionDep,
    state: Annotated[str, Query(max_length=20)] = "",
    cursor: CursorText | None = None,
) -> Response:
    """The maker's goods, with how many stand in each state."""
    numbers = [business.id for business in editing.list_own_businesses(session, person)]
    if not numbers:
        return page.redirect("businesses:start")
    chosen = next((each for each in ProductState if each.value == state), None)
    counts = editing.count_own_states(session, numbers)
    try:
        found = editing.list_own_products(session, numbers, state=chosen, limit=PER_PAGE, cursor=cursor)
    except Invalid:
        cursor = None
        found = editing.list_own_products(session, numbers, state=chosen, limit=PER_PAGE)
    reference = get_reference(session)
    rows = tuple(
        desk.row_view(
            page,
            row,
            reference.categories[row.category_id].name(page.language),
            page.url("catalogue:product_edit", slug=row.slug),
        )
        for row in found.rows
    )
    everything = sum(number for each, number in counts.items() if each != ProductState.ARCHIVED)
    tabs = [(page.gettext(N_("All")), page.url(LIST), everything, chosen is None)]
    tabs += [
        (page.gettext(desk.STATE_LABELS[each]), page.url(LIST, state=each.value), counts[each], each is chosen)
        for each in ProductState
        if counts[each] or each is chosen
    ]
    view = GoodsPage(
        rows=rows,
        tabs=tuple(tabs),
        next_url=page.url(LIST, state=state, cursor=found.next) if found.next else None,
        first_url=page.url(LIST, state=state) if cursor else None,
        nothing_yet=not sum(counts.values()),
    )
    return _show(page, session, person, "workspace_products", page.gettext(N_("My goods")), view=view)


def _new_page(page: Page, session: SessionDep) -> NewPage:
    return NewPage(
        categories=desk.category_options(get_reference(session), page),
        units=_units(page),
        currencies=[(each.value, each.value) for each in Currency],
        languages=[(each.value, each.native_name) for each in Language],
    )


def _units(page: Page) -> list[tuple[str, str]]:
    return [(unit, page.gettext(label)) for unit, label in views.UNIT_LABELS.items()]


NEW = "catalogue:product_new"


@plain.get("/{locale}/workspace/products/new", name=NEW)
def product_new(locale: Language, page: PageDep, person: ReaderDep, session: SessionDep) -> Response:
    """The short form for a new product."""
    editing.get_own_business(session, person)
    values = {"unit": "piece", "currency": "IDR", "moq": "1", "language": page.language.value}
    title = page.gettext(N_("Add a product"))
    form = FormState(values=values)
    view = _new_page(page, session)
    return _show(page, session, person, "workspace_product_new", title, current=NEW, view=view, form=form)


@upload.post("/{locale}/workspace/products/new", name="catalogue:product_create")
def product_create(
    locale: Language,
    request: Request,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Make a draft; what is still missing is named on its page."""
    business = editing.get_own_business(session, person)
    try:
        data = parse_form(ProductForm, form)
        received = one_received(request) if uploads_of(request) else None
        with products.together(session, now=now):
            product = products.create_product(session, actor=person, business=business, data=data.to_create(), now=now)
            if received is not None:
                pictures.add_picture(session, actor=person, product=product, received=received, now=now)
    except DomainError as error:
        title = page.gettext(N_("Add a product"))
        state = form_state(form, error, page.language)
        view = _new_page(page, session)
        return _refuse(page, session, person, "workspace_product_new", title, error, form=state, view=view)
    return page.redirect("catalogue:product_edit", slug=product.slug, made="1", notice="saved")


def _facts_page(page: Page, session: SessionDep, product: Product, *, just_made: bool = False) -> FactsPage:
    asked = own.attributes(product.category.family, page.language)
    not_said = ("", page.gettext(N_("Not said")))
    return FactsPage(
        head=desk.head(page, product, "catalogue:product_edit"),
        categories=desk.category_options(get_reference(session), page),
        units=_units(page),
        attributes=asked,
        choices={each.key: [not_said, *((one.value, one.label) for one in each.choices)] for each in asked},
        headings=tuple((each.code, each.name(page.language)) for each in headings_of(product.category.hs_hint)),
        every_heading=tuple((each.code, each.name(page.language)) for each in ordered_for(product.category.hs_hint)),
        just_made=just_made,
    )


def _facts_values(product: Product) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(product, name) for name in FACTS if name != "category"}
    values = {name: "" if value is None else value for name, value in values.items()}
    values["category"] = product.category.slug
    for key, value in product.attributes.items():
        values[f"attributes.{key}"] = {True: "true", False: "false"}[value] if isinstance(value, bool) else value
    return values


def _facts_title(page: Page, product: Product) -> str:
    return page.gettext(N_("Facts: %(name)s"), name=desk.name_of(product))


@plain.get("/{locale}/workspace/products/{slug}", name="catalogue:product_edit")
def product_edit(
    locale: Language, slug: SlugPath, page: PageDep, person: ReaderDep, session: SessionDep, made: str = ""
) -> Response:
    """Facts of a product, the attributes of its family and what customs asks."""
    product = editing.get_own_product(session, person, slug)
    view = _facts_page(page, session, product, just_made=bool(made))
    form = FormState(values=_facts_values(product))
    return _show(page, session, person, "workspace_product_edit", _facts_title(page, product), view=view, form=form)


def _version(form: FormData) -> int | None:
    value = form.get("version")
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else None  # noqa: PLR2004


@plain.post("/{locale}/workspace/products/{slug}", name="catalogue:product_save")
def product_save(
    locale: Language,
    slug: SlugPath,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Save facts; an emptied field empties the fact."""
    product = editing.get_own_product(session, person, slug, lock=True)
    typed = form_values(form)
    asked = {name: value for name, value in typed.items() if name in FACTS}
    asked["attributes"] = {
        name.removeprefix("attributes."): str(value) or None
        for name, value in typed.items()
        if name.startswith("attributes.")
    }
    try:
        data = parse_form(ProductUpdate, asked)
        emptied = {name: None for name in FACTS if name in asked and not str(asked[name]).strip()}
        data = data.model_copy(update=emptied)
        products.update_product(session, actor=person, product=product, data=data, now=now, version=_version(form))
    except DomainError as error:
        session.rollback()
        product = editing.get_own_product(session, person, slug)
        view = _facts_page(page, session, product)
        state = form_state(form, error, page.language)
        return _refuse(
            page, session, person, "workspace_product_edit", _facts_title(page, product), error, form=state, view=view
        )
    return page.redirect("catalogue:product_edit", slug=slug, notice="saved")


def _texts_page(page: Page, product: Product, language: Language) -> TextsPage:
    stale = editing.stale_languages(product)
    texts = {text.language: text for text in product.texts}
    source = editing.source_text(product)
    source_language = Language(product.source_language)

    def state_of(each: Language) -> str:
        if each.value in stale:
            return "stale"
        return texts[each].origin if each in texts else "none"

    return TextsPage(
        head=desk.head(page, product, "catalogue:product_texts"),
        language=language,
        source={name: getattr(source, name) for name in products.TEXT_FIELDS}
        if source is not None and language != source_language
        else None,
        source_language=source_language,
        tabs=tuple(
            (
                each.value,
                each.native_name,
                page.url("catalogue:product_texts", slug=product.slug, language=each.value),
                state_of(each),
                each is language,
            )
            for each in (source_language, *(other for other in Language if other != source_language))
        ),
        stale=language.value in stale,
        removable=language in texts and language != source_language,
        edible=product.category.family in INGREDIENT_FAMILIES,
    )


def _texts_title(page: Page, product: Product, language: Language) -> str:
    return page.gettext(
        N_("Words in %(language)s: %(name)s"), language=language.native_name, name=desk.name_of(product)
    )


@plain.get("/{locale}/workspace/products/{slug}/texts", name="catalogue:product_texts")
def product_texts(
    locale: Language,
    slug: SlugPath,
    page: PageDep,
    person: ReaderDep,
    session: SessionDep,
    language: Annotated[str, Query(max_length=2)] = "",
) -> Response:
    """The words of one language, beside those they are translated from."""
    product = editing.get_own_product(session, person, slug)
    chosen = Language.by_code(language) or Language(product.source_language)
    text = next((each for each in product.texts if each.language == chosen), None)
    values = {name: getattr(text, name) for name in (*products.TEXT_FIELDS, "origin")} if text else {}
    title = _texts_title(page, product, chosen)
    form = FormState(values=values)
    return _show(
        page, session, person, "workspace_product_texts", title, view=_texts_page(page, product, chosen), form=form
    )


@plain.post("/{locale}/workspace/products/{slug}/texts/{language}", name="catalogue:product_save_text")
def product_save_text(
    locale: Language,
    slug: SlugPath,
    language: Language,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Save the words of one language, or take them away."""
    product = editing.get_own_product(session, person, slug, lock=True)
    try:
        if form.get("do") == "remove":
            products.remove_text(session, actor=person, product=product, language=language, now=now)
            return page.redirect("catalogue:product_texts", slug=slug, notice="deleted")
        data = parse_form(TextUpdate, form)
        products.save_text(
            session, actor=person, product=product, language=language, data=data, now=now, version=_version(form)
        )
    except NotFound:
        raise
    except DomainError as error:
        session.rollback()
        product = editing.get_own_product(session, person, slug)
        state = form_state(form, error, page.language)
        title = _texts_title(page, product, language)
        view = _texts_page(page, product, language)
        return _refuse(page, session, person, "workspace_product_texts", title, error, form=state, view=view)
    return page.redirect("catalogue:product_texts", slug=slug, language=language.value, notice="saved")


def _prices_page(page: Page, product: Product, rows: int) -> PricesPage:
    return PricesPage(
        head=desk.head(page, product, "catalogue:product_prices"),
        rows=rows + SPARE_ROWS,
        currencies=[(each.value, each.value) for each in Currency],
        variants=[("", page.gettext(N_("All")))]
        + [(each.sku, views.option_words(page, each.options) or each.sku) for each in product.variants],
        visibilities=[
            (PriceVisibility.PUBLIC.value, page.gettext(N_("Everybody")), ""),
            (PriceVisibility.SIGNED_IN.value, page.gettext(N_("Buyers who signed in")), ""),
            (PriceVisibility.ON_REQUEST.value, page.gettext(N_("Nobody: buyers ask you")), ""),
        ],
        unit_label=views.unit_label(page, product.unit),
        moq=product.moq,
    )


def _prices_title(page: Page, product: Product) -> str:
    return page.gettext(N_("Prices: %(name)s"), name=desk.name_of(product))


@plain.get("/{locale}/workspace/products/{slug}/prices", name="catalogue:product_prices")
def product_prices(locale: Language, slug: SlugPath, page: PageDep, person: ReaderDep, session: SessionDep) -> Response:
    """Prices by currency and quantity."""
    product = editing.get_own_product(session, person, slug)
    skus = {variant.id: variant.sku for variant in product.variants}
    values: dict[str, Any] = {"visibility": product.price_visibility}
    ordered = own.price_order(product)
    for place, price in enumerate(ordered):
        values[f"quantity-{place}"] = price.min_quantity
        values[f"amount-{place}"] = str(Money(Currency(price.currency), price.minor).amount)
        values[f"currency-{place}"] = price.currency
        values[f"sku-{place}"] = skus.get(price.variant_id, "") if price.variant_id else ""
    view = _prices_page(page, product, len(ordered))
    title = _prices_title(page, product)
    return _show(page, session, person, "workspace_product_prices", title, view=view, form=FormState(values=values))


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _row_numbers(form: FormData, marks: tuple[str, ...]) -> list[int]:
    """The rows of a table that something was typed into."""
    numbers = {
        int(tail)
        for name in form
        for mark, _, tail in [name.partition("-")]
        if mark in marks and tail.isascii() and tail.isdigit() and len(tail) <= 3 and _text(form, name)  # noqa: PLR2004
    }
    return sorted(numbers)


def _read_prices(form: FormData) -> tuple[dict[str, Any], list[int], dict[str, str]]:
    """The tiers as JSON has them, the row each came from, and what cannot be read."""
    tiers: list[dict[str, Any]] = []
    numbers = _row_numbers(form, ("quantity", "amount"))
    faults: dict[str, str] = {}
    for number in numbers:
        currency = Currency.by_code(_text(form, f"currency-{number}")) or Currency.IDR
        try:
            price = typed_price(_text(form, f"amount-{number}"), currency)
        except PydanticCustomError as error:
            faults[f"amount-{number}"] = error.message_template
            continue
        tiers.append(
            {
                "min_quantity": _text(form, f"quantity-{number}") or 1,
                "price": price.model_dump(),
                "sku": _text(form, f"sku-{number}") or None,
            }
        )
    return {"tiers": tiers, "visibility": _text(form, "visibility") or None}, numbers, faults


def _at_rows(state: FormState, numbers: list[int], names: dict[str, str], table: str) -> FormState:
    """Messages at ``tiers.2.price`` moved to the inputs of their row."""
    errors = {}
    for field, message in state.errors.items():
        parts = field.split(".")
        if parts[0] == table and len(parts) > 2 and parts[1].isdigit() and int(parts[1]) < len(numbers):  # noqa: PLR2004
            errors[f"{names.get(parts[2], parts[2])}-{numbers[int(parts[1])]}"] = message
        else:
            errors[field] = message
    return replace(state, errors=errors)


@plain.post("/{locale}/workspace/products/{slug}/prices", name="catalogue:product_save_prices")
def product_save_prices(
    locale: Language,
    slug: SlugPath,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Save all prices; a row without an amount and a quantity is left out."""
    product = editing.get_own_product(session, person, slug, lock=True)
    typed, numbers, faults = _read_prices(form)
    try:
        if faults:
            raise Invalid(fields=faults)
        data = parse_form(PricesUpdate, typed, lists=frozenset({"tiers"}))
        products.set_prices(session, actor=person, product=product, data=data, now=now, version=_version(form))
    except DomainError as error:
        session.rollback()
        product = editing.get_own_product(session, person, slug)
        names = {"min_quantity": "quantity", "price": "amount"}
        state = _at_rows(form_state(form, error, page.language), numbers, names, "tiers")
        view = _prices_page(page, product, max(numbers, default=-1) + 1)
        title = _prices_title(page, product)
        return _refuse(page, session, person, "workspace_product_prices", title, error, form=state, view=view)
    return page.redirect("catalogue:product_prices", slug=slug, notice="saved")


def _variants_page(page: Page, product: Product, rows: int) -> VariantsPage:
    return VariantsPage(
        head=desk.head(page, product, "catalogue:product_variants"),
        rows=rows + SPARE_ROWS,
        axes=[(axis, page.gettext(views.OPTION_LABELS[axis])) for axis in VARIANT_AXES],
    )


def _variants_title(page: Page, product: Product) -> str:
    return page.gettext(N_("Variants: %(name)s"), name=desk.name_of(product))


@plain.get("/{locale}/workspace/products/{slug}/variants", name="catalogue:product_variants")
def product_variants(
    locale: Language, slug: SlugPath, page: PageDep, person: ReaderDep, session: SessionDep
) -> Response:
    """The forms a product is sold in."""
    product = editing.get_own_product(session, person, slug)
    values: dict[str, Any] = {}
    for place, variant in enumerate(product.variants):
        values[f"sku-{place}"] = variant.sku
        values[f"gtin-{place}"] = variant.gtin or ""
        values[f"weight_g-{place}"] = variant.weight_g or ""
        values[f"active-{place}"] = "true" if variant.active else ""
        for axis in VARIANT_AXES:
            values[f"{axis}-{place}"] = variant.options.get(axis, "")
    count = len(product.variants)
    for place in range(count, count + SPARE_ROWS):
        values[f"active-{place}"] = "true"
    view = _variants_page(page, product, count)
    title = _variants_title(page, product)
    return _show(page, session, person, "workspace_product_variants", title, view=view, form=FormState(values=values))


@plain.post("/{locale}/workspace/products/{slug}/variants", name="catalogue:product_save_variants")
def product_save_variants(
    locale: Language,
    slug: SlugPath,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Save all forms; a row without a code is left out."""
    product = editing.get_own_product(session, person, slug, lock=True)
    standing = {variant.sku: variant.options for variant in product.variants}
    numbers = _row_numbers(form, ("sku", "gtin", *VARIANT_AXES))
    rows = []
    for number in numbers:
        sku = _text(form, f"sku-{number}")
        others = {key: value for key, value in standing.get(sku, {}).items() if key not in VARIANT_AXES}
        chosen = {axis: _text(form, f"{axis}-{number}") for axis in VARIANT_AXES}
        rows.append(
            {
                "sku": sku,
                "options": {**others, **{axis: value for axis, value in chosen.items() if value}},
                "gtin": _text(form, f"gtin-{number}") or None,
                "weight_g": _text(form, f"weight_g-{number}") or None,
                "active": _text(form, f"active-{number}") in TICKED,
            }
        )
    try:
        data = parse_form(VariantsUpdate, {"variants": rows}, lists=frozenset({"variants"}))
        products.set_variants(session, actor=person, product=product, data=data, now=now, version=_version(form))
    except DomainError as error:
        session.rollback()
        product = editing.get_own_product(session, person, slug)
        state = form_state(form, error, page.language)
        state = _at_rows(state, numbers, {"options": VARIANT_AXES[0]}, "variants")
        view = _variants_page(page, product, max(numbers, default=-1) + 1)
        title = _variants_title(page, product)
        return _refuse(page, session, person, "workspace_product_variants", title, error, form=state, view=view)
    return page.redirect("catalogue:product_variants", slug=slug, notice="saved")


def _pictures_page(page: Page, product: Product) -> PicturesPage:
    ordered = pictures.in_order(product)
    return PicturesPage(
        head=desk.head(page, product, "catalogue:product_pictures"),
        tiles=tuple(
            desk.picture_tile(page, each, first=place == 0, last=place == len(ordered) - 1)
            for place, each in enumerate(ordered)
        ),
        room=max(0, rules.MAX_PICTURES - len(ordered)),
        waiting=any(each.state == PictureState.PROCESSING for each in ordered),
    )


def _pictures_title(page: Page, product: Product) -> str:
    return page.gettext(N_("Pictures: %(name)s"), name=desk.name_of(product))


@plain.get("/{locale}/workspace/products/{slug}/pictures", name="catalogue:product_pictures")
def product_pictures(
    locale: Language, slug: SlugPath, page: PageDep, person: ReaderDep, session: SessionDep
) -> Response:
    """A product's pictures: add, order, describe, point."""
    product = editing.get_own_product(session, person, slug)
    view = _pictures_page(page, product)
    title = _pictures_title(page, product)
    return _show(page, session, person, "workspace_product_pictures", title, view=view, form=FormState())


@upload.post("/{locale}/workspace/products/{slug}/pictures", name="catalogue:product_add_pictures")
def product_add_pictures(
    locale: Language,
    request: Request,
    slug: SlugPath,
    page: PageDep,
    person: WriterDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Add one or more pictures: all of them, or none and why."""
    product = editing.get_own_product(session, person, slug, lock=True)
    try:
        one_received(request)
        with products.together(session, now=now):
            for each in uploads_of(request):
                if each.received is None:
                    assert each.refusal is not None  # noqa: S101 - an upload is either refused or received
                    each.refusal.fields = {FIELD: each.refusal.message}
                    raise each.refusal
                pictures.add_picture(session, actor=person, product=product, received=each.received, now=now)
    except DomainError as error:
        return _refuse_picture(page, person, session, slug, error)
    return page.redirect("catalogue:product_pictures", slug=slug, notice="uploaded")


def _refuse_picture(page: Page, person: Subject, session: SessionDep, slug: str, error: DomainError) -> Response:
    session.rollback()
    product = editing.get_own_product(session, person, slug)
    title = _pictures_title(page, product)
    state = form_state({}, error, page.language)
    view = _pictures_page(page, product)
    return _refuse(page, session, person, "workspace_product_pictures", title, error, form=state, view=view)


@plain.post("/{locale}/workspace/products/{slug}/pictures/{picture_id}", name="catalogue:picture_save")
def picture_save(
    locale: Language,
    slug: SlugPath,
    picture_id: Annotated[int, Path(ge=1, le=2**62)],
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """What the buttons of a picture do: save its words, point, move, remove, try again."""
    picture, product = editing.get_own_picture(session, person, picture_id, lock=True)
    if not isinstance(product, Product) or product.slug != slug:
        raise NotFound
    try:
        desk.press_button(session, form, actor=person, owner=product, picture=picture, now=now)
    except DomainError as error:
        return _refuse_picture(page, person, session, slug, error)
    gone = _text(form, "do") == "remove"
    notice = "deleted" if gone else "saved"
    anchor = "" if gone else f"picture-{picture_id}"
    return page.redirect("catalogue:product_pictures", slug=slug, notice=notice, anchor=anchor)


@plain.get("/{locale}/workspace/products/{slug}/preview", name="catalogue:product_preview")
def product_preview(
    locale: Language, slug: SlugPath, page: PageDep, person: ReaderDep, session: SessionDep
) -> Response:
    """The product as buyers will see it, in the page's language."""
    product = editing.get_own_product(session, person, slug)
    reference = get_reference(session)
    shown = presenting.detail(product, page.language, page.currency, reference)
    stories: dict[str, str] = {text.language: text.story for text in product.business.texts}
    story = presenting.pick(stories, page.language)[0]
    view = views.product_page(page, shown, reference, more=(), maker_story=story)
    title = page.gettext(N_("Preview: %(name)s"), name=view.name)
    head = desk.head(page, product, "catalogue:product_preview")
    return page.render("catalogue/workspace_product_preview.html", PageMeta(title=title), view=view, head=head)


@plain.post("/{locale}/workspace/products/{slug}/state", name="catalogue:product_move")
def product_move(
    locale: Language,
    slug: SlugPath,
    page: PageDep,
    person: WriterDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Send to the city, archive, or take back from the archive."""
    product = editing.get_own_product(session, person, slug, lock=True)
    do = _text(form, "do")
    try:
        if do == "archive":
            products.archive_product(session, actor=person, product=product, now=now)
            return page.redirect(LIST, notice="archived")
        if do == "restore":
            products.restore_product(session, actor=person, product=product, now=now)
            return page.redirect("catalogue:product_edit", slug=slug, notice="saved")
        products.submit_product(session, actor=person, product=product, now=now, version=_version(form))
    except DomainError as error:
        session.rollback()
        product = editing.get_own_product(session, person, slug)
        view = _facts_page(page, session, product)
        state = replace(form_state(form, error, page.language), values=_facts_values(product))
        title = _facts_title(page, product)
        return _refuse(page, session, person, "workspace_product_edit", title, error, form=state, view=view)
    return page.redirect(LIST, notice="submitted")


# The address of the form for a new product would also fit that of a product called "new".
router.include_router(upload)
router.include_router(plain)
