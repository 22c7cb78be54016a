"""What makers do with goods: every verb, who may use it, what it refuses, and that the read side follows."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import Session, col, func, select

from app.accounts.models import AuditEntry
from app.accounts.subjects import Subject
from app.catalogue import checks, rules
from app.catalogue.models import Listing, Price, PriceVisibility, Product, ProductState, ProductText, Variant
from app.catalogue.queries import editing
from app.catalogue.schemas.editing import (
    PricesUpdate,
    PriceTier,
    ProductCreate,
    ProductForm,
    ProductUpdate,
    TextUpdate,
    VariantInput,
    VariantsUpdate,
    gtin_check_digit,
    read_amount,
)
from app.catalogue.service import products
from app.core.checks import Inspection
from app.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, StaleVersion
from app.core.languages import Language
from app.core.money import Currency, MoneyPublic
from app.core.storage import Storage
from tests.catalogue.goods import category, draft, entries, maker, official, own, published, ready_draft, rupiah, words
from tests.factories import NOON, make_business, make_maker


def _tier(quantity: int, amount: int | str, currency: str = "IDR", sku: str | None = None) -> PriceTier:
    return PriceTier(min_quantity=quantity, price=MoneyPublic(amount=str(amount), currency=Currency(currency)), sku=sku)


def _listing(session: Session, product: Product) -> Listing | None:
    statement = select(Listing).where(Listing.product_id == product.id).execution_options(populate_existing=True)
    return session.exec(statement).first()


def test_create_product_makes_a_draft_that_nobody_else_sees(session: Session) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    assert product.state == ProductState.DRAFT
    assert [text.name for text in product.texts] == ["Keripik tempe ketumbar"]
    assert [(price.currency, price.min_quantity, price.minor) for price in product.prices] == [("IDR", 1, 22000)]
    assert len(product.variants) == 1
    assert product.slug.rsplit("-", 1)[0] == "keripik-tempe-ketumbar"
    assert product.slug.rsplit("-", 1)[1].isdigit()
    assert _listing(session, product) is None
    assert entries(session, action="product.created") == 1


def test_slug_stays_when_the_name_changes(session: Session) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    slug = product.slug
    products.save_text(session, actor=actor, product=product, language=Language.ID, data=words("Nama baru"), now=NOON)
    assert product.slug == slug


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("Sambal Ijo “Mbok” №1", "sambal-ijo-mbok-no1-"),
        ("고수 씨 템페칩", "food-"),
        ("🔥🔥", "food-"),
        ("Café", "cafe-"),
    ],
)
def test_slug_is_made_of_plain_letters(session: Session, name: str, start: str) -> None:
    actor, business = maker(session)
    assert draft(session, actor, business, name=name).slug.startswith(start)


def test_create_product_refuses_an_unknown_category(session: Session) -> None:
    actor, business = maker(session)
    with pytest.raises(Invalid) as caught:
        draft(session, actor, business, category="no-such")
    assert set(caught.value.fields) == {"category"}


def test_create_product_refuses_a_minimum_off_its_steps(session: Session) -> None:
    actor, business = maker(session)
    with pytest.raises(Invalid) as caught:
        draft(session, actor, business, moq=10, order_multiple=12)
    assert set(caught.value.fields) == {"moq"}


def _verbs(session: Session) -> dict[str, Callable[[Subject, Product], Any]]:
    update = ProductUpdate(lead_days=9)
    prices = PricesUpdate(tiers=[_tier(1, 9000)])
    variants = VariantsUpdate(variants=[VariantInput(sku="NEW")])
    return {
        "update": lambda actor, product: products.update_product(
            session, actor=actor, product=product, data=update, now=NOON
        ),
        "save_text": lambda actor, product: products.save_text(
            session, actor=actor, product=product, language=Language.EN, data=words(), now=NOON
        ),
        "set_prices": lambda actor, product: products.set_prices(
            session, actor=actor, product=product, data=prices, now=NOON
        ),
        "set_variants": lambda actor, product: products.set_variants(
            session, actor=actor, product=product, data=variants, now=NOON
        ),
        "submit": lambda actor, product: products.submit_product(session, actor=actor, product=product, now=NOON),
        "archive": lambda actor, product: products.archive_product(session, actor=actor, product=product, now=NOON),
    }


VERBS = ("update", "save_text", "set_prices", "set_variants", "submit", "archive")


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_are_the_makers_alone(session: Session, verb: str) -> None:
    owner, business = maker(session)
    product = ready_draft(session, owner, business)
    stranger, _ = maker(session)
    act = _verbs(session)[verb]
    before = entries(session)
    with pytest.raises(NotFound):
        act(stranger, product)
    with pytest.raises(Forbidden):
        act(official(session), product)
    assert entries(session) == before
    act(owner, product)
    assert entries(session) == before + 1


def test_own_product_is_not_found_by_others(session: Session) -> None:
    owner, business = maker(session)
    product = draft(session, owner, business)
    stranger, _ = maker(session)
    assert editing.get_own_product(session, owner, product.slug).id == product.id
    for other in (stranger, official(session)):
        with pytest.raises(NotFound):
            editing.get_own_product(session, other, product.slug)
    with pytest.raises(NotFound):
        editing.get_own_product(session, owner, "no-such")


def test_reviewed_product_is_for_officials(session: Session) -> None:
    owner, business = maker(session)
    product = draft(session, owner, business)
    with pytest.raises(Forbidden):
        editing.get_reviewed_product(session, owner, product.slug)
    assert editing.get_reviewed_product(session, official(session), product.slug).id == product.id


def test_update_changes_what_is_sent_and_counts_the_version(session: Session) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    version = product.version
    data = ProductUpdate(lead_days=7, weight_g=170, hs_code="2005.99")
    products.update_product(session, actor=actor, product=product, data=data, now=NOON, version=version)
    session.commit()
    found = own(session, actor, product)
    assert (found.lead_days, found.weight_g, found.hs_code, found.moq) == (7, 170, "200599", 1)
    assert found.version == version + 1
    products.update_product(session, actor=actor, product=found, data=ProductUpdate(weight_g=None), now=NOON)
    assert found.weight_g is None


def test_update_of_an_older_version_is_refused(session: Session) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    version = product.version
    products.update_product(session, actor=actor, product=product, data=ProductUpdate(lead_days=7), now=NOON)
    with pytest.raises(StaleVersion):
        products.update_product(
            session, actor=actor, product=product, data=ProductUpdate(lead_days=8), now=NOON, version=version
        )


def test_update_without_a_change_leaves_no_trace(session: Session) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    version, before = product.version, entries(session)
    products.update_product(session, actor=actor, product=product, data=ProductUpdate(moq=1), now=NOON)
    products.save_text(
        session,
        actor=actor,
        product=product,
        language=Language.ID,
        data=TextUpdate(name="Keripik tempe ketumbar", summary="Diiris tipis, digoreng dua kali."),
        now=NOON,
    )
    products.set_prices(session, actor=actor, product=product, data=PricesUpdate(tiers=[_tier(1, 22000)]), now=NOON)
    session.commit()
    assert (own(session, actor, product).version, entries(session)) == (version, before)


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("net_weight", 150, 150),
        ("net_weight", "150,5", 150.5),
        ("spice_level", "mild", "mild"),
        ("flavour", "  daun   jeruk ", "daun jeruk"),
        ("vegan", True, True),
        ("vegan", "false", False),
    ],
)
def test_attributes_are_kept_in_their_kind(session: Session, key: str, value: Any, kept: Any) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    data = ProductUpdate(attributes={key: value})
    products.update_product(session, actor=actor, product=product, data=data, now=NOON)
    assert product.attributes[key] == kept
    assert type(product.attributes[key]) is type(kept)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("heel_height", 20),
        ("net_weight", "a lot"),
        ("net_weight", -1),
        ("net_weight", "nan"),
        ("net_weight", True),
        ("spice_level", "volcanic"),
        ("vegan", "perhaps"),
        ("flavour", 12),
        ("flavour", "x" * 301),
    ],
)
def test_attributes_that_do_not_fit_are_named(session: Session, key: str, value: Any) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    with pytest.raises(Invalid) as caught:
        products.update_product(
            session, actor=actor, product=product, data=ProductUpdate(attributes={key: value}), now=NOON
        )
    assert set(caught.value.fields) == {f"attributes.{key}"}


def test_attributes_of_the_former_category_wait_for_the_way_back(session: Session) -> None:
    actor, business = maker(session)
    shoes = category(session, "sneakers", "footwear")
    product = draft(session, actor, business)
    products.update_product(
        session, actor=actor, product=product, data=ProductUpdate(attributes={"net_weight": 150}), now=NOON
    )
    data = ProductUpdate(category=shoes.slug, attributes={"upper_material": "suede"})
    products.update_product(session, actor=actor, product=product, data=data, now=NOON)
    assert product.category_id == shoes.id
    assert product.attributes == {"net_weight": 150, "upper_material": "suede"}


def test_minimum_order_needs_its_steps_and_its_price(session: Session) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business, moq=24, order_multiple=12)
    with pytest.raises(Invalid):
        products.update_product(session, actor=actor, product=product, data=ProductUpdate(moq=30), now=NOON)
    products.set_prices(session, actor=actor, product=product, data=PricesUpdate(tiers=[_tier(24, 9000)]), now=NOON)
    with pytest.raises(Invalid) as caught:
        products.update_product(session, actor=actor, product=product, data=ProductUpdate(moq=12), now=NOON)
    assert set(caught.value.fields) == {"moq"}


def test_prices_replace_those_that_stand(session: Session) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    tiers = [_tier(1, 22000), _tier(50, 19100), _tier(1, "8.90", "MYR")]
    products.set_prices(session, actor=actor, product=product, data=PricesUpdate(tiers=tiers), now=NOON)
    session.commit()
    statement = select(Price.currency, Price.min_quantity, Price.minor).where(Price.product_id == product.id)
    assert sorted(session.exec(statement).all()) == [("IDR", 1, 22000), ("IDR", 50, 19100), ("MYR", 1, 890)]


@pytest.mark.parametrize(
    ("tiers", "field"),
    [
        ([(2, 100)], "tiers.0.min_quantity"),
        ([(1, 100), (1, 90)], "tiers.1.min_quantity"),
        ([(1, 100), (10, 90), (5, 80)], "tiers.2.min_quantity"),
        ([(1, 100), (10, 101)], "tiers.1.price"),
        ([(1, 100, "IDR", "NO-SUCH")], "tiers.0.sku"),
        ([(place + 1, 100) for place in range(11)], "tiers.10.min_quantity"),
    ],
)
def test_prices_that_make_no_sense_are_named(session: Session, tiers: list[tuple[Any, ...]], field: str) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    data = PricesUpdate(tiers=[_tier(*tier) for tier in tiers])
    with pytest.raises(Invalid) as caught:
        products.set_prices(session, actor=actor, product=product, data=data, now=NOON)
    assert set(caught.value.fields) == {field}


@pytest.mark.parametrize("amount", ["0", "0.00", "-5", "1.5", "abc", ""])
def test_a_price_is_more_than_nothing_and_fits_its_currency(amount: str) -> None:
    with pytest.raises(ValidationError):
        PriceTier.model_validate({"price": {"amount": amount, "currency": "IDR"}})


def test_variants_keep_their_prices_by_sku(session: Session) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)

    def put(*variants: VariantInput) -> None:
        data = VariantsUpdate(variants=list(variants))
        products.set_variants(session, actor=actor, product=product, data=data, now=NOON)
        session.commit()

    small, large = VariantInput(sku="A", options={"size": "S"}), VariantInput(sku="B", options={"size": "L"})
    put(small, large)
    tiers = [_tier(1, 100), _tier(1, 120, sku="A"), _tier(1, 150, sku="B")]
    products.set_prices(session, actor=actor, product=product, data=PricesUpdate(tiers=tiers), now=NOON)
    numbers = {variant.sku: variant.id for variant in product.variants}
    put(VariantInput(sku="C", options={"size": "XL"}), small)
    found = own(session, actor, product)
    assert [variant.sku for variant in found.variants] == ["C", "A"]
    assert found.variants[1].id == numbers["A"]
    assert sorted((price.variant_id or 0, price.minor) for price in found.prices) == [(0, 100), (numbers["A"], 120)]
    left = select(func.count()).select_from(Variant).where(Variant.product_id == product.id)
    assert session.exec(left).one() == 2


@pytest.mark.parametrize(
    ("variants", "field"),
    [
        ([{"sku": "A", "options": {"size": "S"}}, {"sku": "a", "options": {"size": "M"}}], "variants.1.sku"),
        ([{"sku": "A", "options": {"size": "S"}}, {"sku": "B", "options": {"Size": "s"}}], "variants.1.options"),
        (
            [
                {"sku": "A", "options": {"size": "S"}, "gtin": "4006381333931"},
                {"sku": "B", "options": {"size": "M"}, "gtin": "4006381333931"},
            ],
            "variants.1.gtin",
        ),
        ([{"sku": "A", "active": False}], "variants.0.active"),
    ],
)
def test_variants_that_cannot_be_told_apart_are_named(
    session: Session, variants: list[dict[str, Any]], field: str
) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    data = VariantsUpdate.model_validate({"variants": variants})
    with pytest.raises(Invalid) as caught:
        products.set_variants(session, actor=actor, product=product, data=data, now=NOON)
    assert set(caught.value.fields) == {field}


@pytest.mark.parametrize("gtin", ["4006381333931", "96385074", "036000291452", "10614141000415", "4006 3813 3393 1"])
def test_barcodes_of_every_length_are_taken(gtin: str) -> None:
    assert VariantInput(sku="A", gtin=gtin).gtin == gtin.replace(" ", "")


@pytest.mark.parametrize("gtin", ["4006381333932", "963850741", "abc", "12345", "٤٠٠٦٣٨١٣٣٣٩٣١"])
def test_barcodes_with_a_wrong_digit_are_refused(gtin: str) -> None:
    with pytest.raises(ValidationError):
        VariantInput(sku="A", gtin=gtin)


@given(st.integers(0, 10**12 - 1))
def test_every_single_wrong_digit_of_a_barcode_is_noticed(body: int) -> None:
    digits = f"{body:012d}"
    code = digits + str(gtin_check_digit(digits))
    wrong = code[:5] + str((int(code[5]) + 3) % 10) + code[6:]
    assert VariantInput(sku="A", gtin=code).gtin == code
    with pytest.raises(ValidationError):
        VariantInput(sku="A", gtin=wrong)


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [
        ("Rp 18.000", "IDR", "18000"),
        ("18,000", "IDR", "18000"),
        ("18000", "IDR", "18000"),
        ("Rp18.000,-", "IDR", "18000"),
        ("1.250.000,00", "IDR", "1250000"),
        ("₩3,200", "KRW", "3200"),
        ("RM 8,90", "MYR", "8.90"),
        ("$1,250.5", "USD", "1250.50"),
    ],
)
def test_amounts_are_read_as_people_type_them(typed: str, currency: str, amount: str) -> None:
    assert read_amount(typed, Currency(currency)) == Decimal(amount)


@pytest.mark.parametrize("typed", ["", "delapan belas", "18.50", "1.2.3", "-5", "0"])
def test_a_typed_price_that_cannot_be_read_is_named(typed: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ProductForm(name="Keripik", category="food", price=typed)
    assert [error["loc"] for error in caught.value.errors()] == [("price",)]


def test_a_translation_is_stale_after_the_source_changed(session: Session) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)

    def save(language: Language, data: TextUpdate) -> None:
        products.save_text(session, actor=actor, product=product, language=language, data=data, now=NOON)

    save(Language.EN, words(origin="machine"))
    assert editing.stale_languages(product) == frozenset()
    save(Language.ID, words("Keripik tempe baru"))
    assert editing.stale_languages(product) == {"en"}
    save(Language.EN, words(origin="human"))
    assert editing.stale_languages(product) == frozenset()
    assert {text.language: text.origin for text in product.texts} == {"id": "human", "en": "human"}


def test_the_source_text_stays(session: Session) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    with pytest.raises(Conflict):
        products.remove_text(session, actor=actor, product=product, language=Language.ID, now=NOON)
    with pytest.raises(NotFound):
        products.remove_text(session, actor=actor, product=product, language=Language.KO, now=NOON)
    products.save_text(session, actor=actor, product=product, language=Language.KO, data=words("템페칩"), now=NOON)
    products.remove_text(session, actor=actor, product=product, language=Language.KO, now=NOON)
    session.commit()
    codes = session.exec(select(ProductText.language).where(ProductText.product_id == product.id)).all()
    assert codes == ["id"]


def test_submission_names_everything_that_is_missing(session: Session) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business, summary="", price=None)
    products.set_prices(
        session, actor=actor, product=product, data=PricesUpdate(visibility=PriceVisibility.PUBLIC), now=NOON
    )
    with pytest.raises(Invalid) as caught:
        products.submit_product(session, actor=actor, product=product, now=NOON)
    assert caught.value.code == "incomplete"
    assert set(caught.value.fields) == {"summary", "price", "picture", "attributes.net_weight"}


def test_a_price_on_request_is_enough(session: Session) -> None:
    actor, business = maker(session)
    product = ready_draft(session, actor, business, price=None)
    products.submit_product(session, actor=actor, product=product, now=NOON)
    assert product.state == ProductState.IN_REVIEW
    assert product.submitted_at == NOON


def test_a_suspended_maker_sends_nothing(session: Session) -> None:
    actor, business = maker(session)
    product = ready_draft(session, actor, business)
    business.state = "suspended"  # type: ignore[assignment]
    with pytest.raises(Conflict):
        products.submit_product(session, actor=actor, product=product, now=NOON)


MOVES = {
    "submit": {ProductState.DRAFT, ProductState.RETURNED},
    "archive": set(ProductState) - {ProductState.ARCHIVED},
    "restore": {ProductState.ARCHIVED},
}


@pytest.mark.parametrize("state", list(ProductState))
@pytest.mark.parametrize("verb", list(MOVES))
def test_life_cycle(session: Session, state: ProductState, verb: str) -> None:
    actor, business = maker(session)
    product = ready_draft(session, actor, business)
    product.state = state
    session.commit()
    act = {
        "submit": products.submit_product,
        "archive": products.archive_product,
        "restore": products.restore_product,
    }[verb]
    if state in MOVES[verb]:
        act(session, actor=actor, product=product, now=NOON)
        assert product.state != state
    else:
        with pytest.raises(Conflict):
            act(session, actor=actor, product=product, now=NOON)


def test_moves_of_the_rules_lead_only_to_states() -> None:
    assert set(rules.MOVES) == set(ProductState)
    assert not rules.can_move(ProductState.DRAFT, ProductState.PUBLISHED)


def test_an_archived_product_cannot_be_changed(session: Session) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    products.archive_product(session, actor=actor, product=product, now=NOON)
    with pytest.raises(Conflict):
        products.update_product(session, actor=actor, product=product, data=ProductUpdate(lead_days=7), now=NOON)


def test_a_published_product_stays_public_while_it_is_edited(session: Session) -> None:
    actor, business = maker(session)
    product = published(session, actor, business)
    products.save_text(session, actor=actor, product=product, language=Language.EN, data=words("Sago chips"), now=NOON)
    products.update_product(session, actor=actor, product=product, data=ProductUpdate(lead_days=5), now=NOON)
    session.commit()
    listing = _listing(session, product)
    assert listing is not None
    assert (listing.names["en"], listing.lead_days) == ("Sago chips", 5)
    products.archive_product(session, actor=actor, product=product, now=NOON)
    session.commit()
    assert _listing(session, product) is None


def test_together_brings_the_read_side_in_line_once(session: Session) -> None:
    actor, business = maker(session)
    product = published(session, actor, business)
    with products.together(session, now=NOON):
        products.update_product(session, actor=actor, product=product, data=ProductUpdate(lead_days=5), now=NOON)
        waiting = _listing(session, product)
        assert waiting is not None
        assert waiting.lead_days is None
    found = _listing(session, product)
    assert found is not None
    assert found.lead_days == 5


def test_own_list_counts_states_and_pages(session: Session) -> None:
    actor, business = maker(session)
    made = [draft(session, actor, business, name=f"Keripik {number}") for number in range(5)]
    products.archive_product(session, actor=actor, product=made[0], now=NOON)
    session.commit()
    counts = editing.count_own_states(session, [business.id])
    assert (counts[ProductState.DRAFT], counts[ProductState.ARCHIVED], counts[ProductState.PUBLISHED]) == (4, 1, 0)
    first = editing.list_own_products(session, [business.id], limit=3)
    assert ([row.name for row in first.rows], first.total) == (["Keripik 4", "Keripik 3", "Keripik 2"], 4)
    rest = editing.list_own_products(session, [business.id], limit=3, cursor=first.next)
    assert ([row.name for row in rest.rows], rest.next) == (["Keripik 1"], None)
    old = editing.list_own_products(session, [business.id], state=ProductState.ARCHIVED, limit=3)
    assert [row.name for row in old.rows] == ["Keripik 0"]


def test_own_businesses_are_hers_alone(session: Session) -> None:
    actor, business = maker(session)
    make_maker(session, make_business(session))
    assert [each.id for each in editing.list_own_businesses(session, actor)] == [business.id]
    assert editing.get_own_business(session, actor).id == business.id
    with pytest.raises(NotFound):
        editing.get_own_business(session, actor, "another")
    with pytest.raises(NotFound):
        editing.get_own_business(session, official(session))


def test_audit_entries_name_the_person(session: Session) -> None:
    actor, business = maker(session)
    product = draft(session, actor, business)
    products.update_product(session, actor=actor, product=product, data=ProductUpdate(lead_days=7), now=NOON)
    entry = session.exec(select(AuditEntry).where(AuditEntry.action == "product.changed")).one()
    assert (entry.actor_id, entry.subject_id) == (actor.user_id, str(product.id))
    assert (entry.before, entry.after) == ({"lead_days": None}, {"lead_days": 7})


@st.composite
def _edits(draw: st.DrawFn) -> tuple[str, Any]:
    kind = draw(st.sampled_from(["text", "facts", "prices", "variants", "archive", "restore", "remove", "submit"]))
    if kind in {"text", "remove"}:
        letters = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30)
        name = draw(letters.filter(lambda text: bool(" ".join(text.split()))))
        return kind, (draw(st.sampled_from(list(Language))), name)
    if kind == "facts":
        return kind, {"lead_days": draw(st.integers(0, 90)), "moq": draw(st.integers(1, 500))}
    if kind == "prices":
        amounts = draw(st.lists(st.integers(1, 9_000_000), max_size=4))
        return kind, sorted(amounts, reverse=True)
    return kind, draw(st.integers(1, 3))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(edits=st.lists(_edits(), min_size=1, max_size=8))
def test_after_any_edits_the_read_side_equals_a_recount(
    session: Session, storage: Storage, edits: list[tuple[str, Any]]
) -> None:
    actor, business = maker(session)
    product = published(session, actor, business)
    for number, (kind, value) in enumerate(edits):
        now = NOON + dt.timedelta(minutes=number)
        try:
            _apply(session, actor, product, kind, value, now)
        except DomainError:
            session.rollback()
        session.commit()
        product = own(session, actor, product)
    inspection = Inspection(session, storage, NOON)
    for check in (checks.check_listing, checks.check_search, checks.check_words, checks.check_makers):
        assert list(check(inspection)) == []


def _apply(session: Session, actor: Subject, product: Product, kind: str, value: Any, now: dt.datetime) -> None:
    act: dict[str, Any] = {"actor": actor, "product": product, "now": now}
    if kind == "text":
        products.save_text(session, language=value[0], data=TextUpdate(name=value[1]), **act)
    elif kind == "remove":
        products.remove_text(session, language=value[0], **act)
    elif kind == "facts":
        products.update_product(session, data=ProductUpdate(**value), **act)
    elif kind == "prices":
        tiers = [_tier(place * 10 + 1, amount) for place, amount in enumerate(value)]
        products.set_prices(session, data=PricesUpdate(tiers=tiers), **act)
    elif kind == "variants":
        chosen = [VariantInput(sku=f"V{place}", options={"size": str(place)}) for place in range(value)]
        products.set_variants(session, data=VariantsUpdate(variants=chosen), **act)
    elif kind == "archive":
        products.archive_product(session, **act)
    elif kind == "restore":
        products.restore_product(session, **act)
    else:
        products.submit_product(session, **act)


def test_create_schema_refuses_unknown_fields() -> None:
    with pytest.raises(ValidationError):
        ProductCreate.model_validate({"name": "A", "category": "food", "state": "published"})


@pytest.mark.parametrize("name", ["", "   ", "\x00", "a\x07b"])
def test_a_name_says_something(name: str) -> None:
    with pytest.raises(ValidationError):
        TextUpdate(name=name)


def test_a_name_keeps_emoji_and_capitals() -> None:
    assert TextUpdate(name="  KRIPIK 🔥 👩‍🍳  Bu Yoyoh ").name == "KRIPIK 🔥 👩‍🍳 Bu Yoyoh"


def test_price_of_one_row(session: Session) -> None:
    actor, business = maker(session)
    draft(session, actor, business, price=rupiah(5000))
    (row,) = editing.list_own_products(session, [business.id], limit=3).rows
    assert row.price is not None
    assert row.price.minor == 5000
    assert session.exec(select(func.count()).select_from(Price).where(col(Price.minor) == 5000)).one() == 1
