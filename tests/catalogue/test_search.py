"""Search as buyers use it: words in five languages, half-typed words, slips of the finger, odd characters."""

import unicodedata
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlmodel import Session, col, select

from app.businesses.models import Business, BusinessState
from app.catalogue import index, search
from app.catalogue.models import Listing, Product, ProductState, ProductText, SearchDocument, SearchWord
from app.catalogue.queries import listing
from app.core.languages import Language
from app.core.money import Currency
from app.halal.rules import day_of
from tests.factories import NOON, make_business, make_category, make_product, save

GOODS: dict[str, dict[str, str]] = {
    "coffee": {"id": "Kopi Arabika Gunung Puntang", "en": "Puntang mountain coffee"},
    "cassava": {"id": "Keripik Singkong Balado", "en": "Spicy cassava chips"},
    "tempeh": {"id": "Keripik Tempe Sagu"},
    "batik": {"id": "Kain Batik Tulis Megamendung", "en": "Hand-drawn batik cloth"},
    "shoes": {"id": "Sepatu Kulit Pria Cibaduyut", "en": "Men's leather shoes"},
    "sandals": {"id": "Sandal Jepit Karet"},
    "bag": {"id": "Tas Anyaman Bambu", "es": "Bolso de bambú trenzado"},
    "korean": {"id": "Angklung Mini", "ko": "미니 앙클룽 대나무악기"},
    "emoji": {"id": "🔥 PROMO 🔥 Kaos T-Shirt Sablon 100% Katun"},
}


@pytest.fixture
def goods(session: Session) -> dict[str, Product]:
    """Goods of one maker, on the read side."""
    business = make_business(session, brand="Sari Priangan")
    made = {key: make_product(session, business=business, names=names, slug=key) for key, names in GOODS.items()}
    reindex(session, *made.values())
    return made


def reindex(session: Session, *products: Product) -> None:
    index.reindex_products(session, [product.id for product in products], now=NOON)
    session.commit()


def find(session: Session, q: str, language: Language = Language.EN, **filters: Any) -> listing.ListingPage:
    wanted = listing.ListingFilter(language, Currency.IDR, q=q, **filters)
    return listing.list_products(session, wanted, on=day_of(NOON), limit=24)


def slugs(session: Session, q: str, language: Language = Language.EN) -> list[str]:
    page = find(session, q, language)
    assert page.total == len(page.rows)
    return [row.slug for row in page.rows]


@pytest.mark.parametrize(
    ("q", "language", "wanted"),
    [
        ("커피", Language.KO, {"coffee"}),
        ("keripik", Language.ID, {"cassava", "tempeh"}),
        ("kerepek", Language.MS, {"cassava", "tempeh"}),
        ("chips", Language.EN, {"cassava", "tempeh"}),
        ("papas fritas", Language.ES, {"cassava", "tempeh"}),
        ("batik", Language.ID, {"batik"}),
        ("바틱", Language.KO, {"batik"}),
        ("sepatu kulit", Language.ID, {"shoes"}),
        ("zapatos de cuero", Language.ES, {"shoes"}),
        ("kasut kulit", Language.MS, {"shoes"}),
        ("가죽 구두", Language.KO, {"shoes"}),
    ],
)
@pytest.mark.parametrize("interface", [None, Language.EN])
def test_search_finds_across_languages(
    session: Session,
    goods: dict[str, Product],
    q: str,
    language: Language,
    wanted: set[str],
    interface: Language | None,
) -> None:
    found = slugs(session, q, interface or language)
    # Papas fritas and kerepek name one kind of crisps or all of them; none of the shoes, shirts or coffees.
    assert found
    assert set(found) <= wanted


@pytest.mark.parametrize("q", ["k", "ke", "keri", "keripik si", "singko", "kopi arab", "megamen"])
def test_search_while_typing_finds_what_is_being_written(session: Session, goods: dict[str, Product], q: str) -> None:
    found = slugs(session, q, Language.ID)
    assert {"coffee", "cassava", "batik"} & set(found)


@pytest.mark.parametrize(
    ("typed", "corrected", "found"),
    [
        ("kripik singkong", "keripik singkong", "cassava"),
        ("keripik singkogn", "keripik singkong", "cassava"),
        ("arabikka", "arabika", "coffee"),
        ("megamendumg", "megamendung", "batik"),
    ],
)
def test_search_helps_with_spelling(
    session: Session, goods: dict[str, Product], typed: str, corrected: str, found: str
) -> None:
    page = find(session, typed, Language.ID)
    assert found in [row.slug for row in page.rows]
    assert page.corrected in {corrected, None}
    if page.corrected is None:
        assert find(session, typed + " xyzzy", Language.ID).corrected is not None


def test_search_says_what_was_searched_instead(session: Session, goods: dict[str, Product]) -> None:
    page = find(session, "arabikka", Language.ID)
    assert page.corrected == "arabika"
    assert find(session, "arabika", Language.ID).corrected is None


def test_search_without_anything_near_finds_nothing(session: Session, goods: dict[str, Product]) -> None:
    page = find(session, "qqqqwwwwzzzz")
    assert (page.rows, page.total, page.next, page.corrected) == ([], 0, None, None)
    assert page.facets.category == ()


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize(
    ("q", "found"), [("bambú", "bag"), ("BAMBU", "bag"), ("앙클룽", "korean"), ("ＢＡＴＩＫ", "batik")]
)
def test_search_folds_accents_width_and_composition(
    session: Session, goods: dict[str, Product], form: Any, q: str, found: str
) -> None:
    assert found in slugs(session, unicodedata.normalize(form, q), Language.ES)


@pytest.mark.parametrize("q", ["앙클룽", "악기", "대나무", "미니 앙클룽", "대나무악기"])
def test_search_finds_parts_of_korean_words(session: Session, goods: dict[str, Product], q: str) -> None:
    assert "korean" in slugs(session, q, Language.KO)


@pytest.mark.parametrize("q", ["t-shirt", "tshirt", "t shirt", "KAOS", "100% katun"])
def test_search_finds_closed_and_open_compounds(session: Session, goods: dict[str, Product], q: str) -> None:
    assert slugs(session, q, Language.ID) == ["emoji"]


def test_search_keeps_names_as_they_are_written(session: Session, goods: dict[str, Product]) -> None:
    row = find(session, "sablon").rows[0]
    assert row.names == GOODS["emoji"]


def test_search_by_the_makers_name(session: Session, goods: dict[str, Product]) -> None:
    assert set(slugs(session, "sari priangan")) == set(GOODS)


def test_hits_whose_names_hold_the_words_as_typed_come_first(session: Session) -> None:
    names = {
        "middle": "Baju Kaos Pria Lengan Pendek Hitam",
        "begins": "Kaos Pria Hitam Polos Nyaman Sekali Dipakai Harian",
        "together": "Promo Kaos Pria Hitam Polos Nyaman Sekali Dipakai",
        "ordered": "Kaos Distro Pria Warna Hitam Nyaman Dipakai Sekali",
        "unordered": "Hitam Pria Kaos",
        "capitals": "Lihat KAOS ini untuk PRIA semua warna HITAM juga ada di sini",
    }
    business = make_business(session)
    products = [make_product(session, business=business, names={"id": name}, slug=key) for key, name in names.items()]
    reindex(session, *products)
    assert slugs(session, "kaos pria hitam", Language.ID) == [
        "begins", "together", "middle", "ordered", "capitals", "unordered",
    ]  # fmt: skip
    # Capitals that somebody took the trouble to type count.
    assert slugs(session, "KAOS PRIA HITAM", Language.ID)[0] == "capitals"


@pytest.mark.parametrize(("q", "language"), [("커피", Language.KO), ("kopi", Language.ID), ("coffee", Language.EN)])
def test_goods_of_the_category_that_is_asked_for_come_first(session: Session, q: str, language: Language) -> None:
    business = make_business(session)
    coffee = {"id": "Kopi", "en": "Coffee", "ms": "Kopi", "ko": "커피", "es": "Café"}
    drinks = make_category(session, slug="coffee", names=coffee)
    home = make_category(session, slug="candles-scents", names=dict.fromkeys(coffee, "Candles"))
    candles = [
        make_product(session, business=business, category_id=home.id, names={"id": "Lilin Kopi", "en": "Coffee candle"})
        for _ in range(3)
    ]
    beans = [
        make_product(session, business=business, category_id=drinks.id, names=names)
        for names in (
            {"id": "Biji Kopi Arabika Gunung Puntang 250 Gram", "en": "Puntang mountain coffee, whole beans, 250 g"},
            {"id": "Arabika Malabar", "en": "Malabar arabica"},
        )
    ]
    for product in beans:
        session.exec(update(ProductText).where(col(ProductText.product_id) == product.id).values(story="kopi coffee"))
    reindex(session, *candles, *beans)
    wanted = listing.ListingFilter(language, Currency.IDR, q=q)
    whole = [row.slug for row in listing.list_products(session, wanted, on=day_of(NOON), limit=24).rows]
    assert set(whole[:2]) == {product.slug for product in beans}
    assert set(whole[2:]) == {product.slug for product in candles}
    paged: list[str] = []
    cursor: str | None = None
    while len(paged) < len(whole):
        page = listing.list_products(session, wanted, on=day_of(NOON), limit=1, cursor=cursor)
        paged += [row.slug for row in page.rows]
        cursor = page.next
    assert (paged, cursor) == (whole, None)


@pytest.mark.parametrize("word", ["100%", "_", "[abc]", "*", "a?b", "\\", "'", "%%", "50%"])
def test_signs_of_patterns_in_typed_words_mean_themselves(session: Session, word: str) -> None:
    business = make_business(session)
    plain = make_product(session, business=business, names={"id": "Kaos polos dan nyaman"}, slug="plain")
    marked = make_product(session, business=business, names={"id": f"Sangat bagus Kaos {word} polos"}, slug="marked")
    reindex(session, plain, marked)
    found = slugs(session, f"Kaos {word} polos", Language.ID)
    assert found[0] == "marked"


@pytest.mark.parametrize(
    "q",
    [
        '"',
        "'",
        '"keripik',
        "keripik*",
        "name:keripik",
        "keripik AND",
        "NOT keripik",
        "NEAR(a b)",
        "a OR b",
        "^kopi",
        "-kopi",
        "kopi & teh",
        "kopi | teh",
        "!kopi",
        "kopi:*",
        "kopi <-> teh",
        "()",
        "( kopi )",
        "kopi')",
        "'; DROP TABLE product; --",
        "1' OR '1'='1",
        "\\",
        "\\'",
        "{kopi}",
        "+",
        "*",
        "kopi :A",
        "search_text",
        "$$",
        "%",
        "_",
        "?",
        ":match",
        "NEAR",
        "AND",
    ],
)
def test_signs_of_query_languages_mean_nothing(session: Session, goods: dict[str, Product], q: str) -> None:
    page = find(session, q, Language.ID)
    assert page.total <= len(GOODS)
    assert session.exec(select(Product)).all()


def test_reindex_follows_a_changed_name(session: Session, goods: dict[str, Product]) -> None:
    text = session.exec(select(ProductText).where(ProductText.product_id == goods["sandals"].id)).one()
    text.name = "Payung Geulis Tasikmalaya"
    session.commit()
    reindex(session, goods["sandals"])
    assert slugs(session, "payung geulis", Language.ID) == ["sandals"]
    assert slugs(session, "jepit", Language.ID) == []
    assert session.get(SearchWord, "jepit") is None
    assert session.get(SearchWord, "geulis") is not None


def test_reindex_again_changes_nothing(session: Session, goods: dict[str, Product]) -> None:
    words = session.exec(select(SearchWord.word, SearchWord.products).order_by(SearchWord.word)).all()
    numbers = search.document_numbers(session)
    assert index.reindex_all(session, now=NOON) == len(GOODS)
    session.commit()
    assert session.exec(select(SearchWord.word, SearchWord.products).order_by(SearchWord.word)).all() == words
    assert search.document_numbers(session) == numbers
    assert numbers == set(session.exec(select(SearchDocument.id)).all())


@pytest.mark.parametrize("state", [state for state in ProductState if state is not ProductState.PUBLISHED])
def test_goods_that_are_not_published_leave_the_read_side(
    session: Session, goods: dict[str, Product], state: ProductState
) -> None:
    goods["batik"].state = state
    session.commit()
    reindex(session, goods["batik"])
    assert slugs(session, "batik") == []
    assert session.get(Listing, goods["batik"].id) is None
    assert session.get(SearchWord, "megamendung") is None
    assert search.document_numbers(session) == set(session.exec(select(SearchDocument.id)).all())


@pytest.mark.parametrize("state", [state for state in BusinessState if state is not BusinessState.VERIFIED])
def test_goods_of_makers_who_are_not_verified_are_not_public(
    session: Session, client: TestClient, state: BusinessState
) -> None:
    business = make_business(session, state=BusinessState.VERIFIED)
    product = make_product(session, business=business, names={"id": "Wajit Cililin"}, slug="wajit")
    reindex(session, product)
    assert slugs(session, "wajit") == ["wajit"]
    row = session.get(Business, business.id)
    assert row is not None
    row.state = state
    session.commit()
    index.reindex_business(session, business.id, NOON)
    session.commit()
    assert slugs(session, "wajit") == []
    assert client.get("/api/v1/products", params={"q": "wajit"}).json()["total"] == 0
    assert client.get("/api/v1/products/wajit").status_code == 404
    assert client.get("/api/v1/suggestions", params={"q": "waj"}).json()["words"] == []
    row.state = BusinessState.VERIFIED
    session.commit()
    index.reindex_business(session, business.id, NOON)
    session.commit()
    assert slugs(session, "wajit") == ["wajit"]


def test_a_new_language_of_a_product_is_searched_too(session: Session, goods: dict[str, Product]) -> None:
    assert slugs(session, "ojotas veraniegas", Language.ES) == []
    save(
        session,
        ProductText(product_id=goods["sandals"].id, language=Language.ES, name="Ojotas veraniegas", updated_at=NOON),
    )
    reindex(session, goods["sandals"])
    assert slugs(session, "ojotas veraniegas", Language.ES) == ["sandals"]


def test_suggestions_continue_the_last_word(session: Session, goods: dict[str, Product]) -> None:
    assert listing.suggest_words(session, "keri") == ["keripik"]
    assert listing.suggest_words(session, "Sepatu KU") == ["sepatu kulit"]
    assert listing.suggest_words(session, "") == []
    assert listing.suggest_words(session, "   ") == []
    assert listing.suggest_words(session, "zzzz") == []


def test_suggestions_put_frequent_words_first(session: Session, goods: dict[str, Product]) -> None:
    extra = [make_product(session, names={"id": f"Kulit Ayam {number}"}) for number in range(3)]
    reindex(session, *extra)
    assert listing.suggest_words(session, "ku")[0] == "kulit"


@pytest.mark.parametrize("locale", list(Language))
def test_suggestions_on_the_page(
    client: TestClient, session: Session, goods: dict[str, Product], locale: Language
) -> None:
    answer = client.get(f"/{locale.value}/suggestions", params={"q": "keri"})
    assert answer.json()["items"] == [
        {"text": "keripik", "url": f"/{locale.value}/products?q=keripik", "kind": ""},
    ]


def test_a_search_that_finds_nothing_is_counted_without_the_person(
    client: TestClient, session: Session, goods: dict[str, Product]
) -> None:
    assert client.get("/en/products", params={"q": "qqqqwwwwzzzz"}).status_code == 200
    assert dict(client.app.state.misses._counts) == {("qqqqwwwwzzzz", "en"): 1}  # type: ignore[attr-defined]


STRANGE = [
    "",
    " ",
    "\t",
    "undefined",
    "NaN",
    "null",
    "-1",
    "1e309",
    "0x0",
    "1/0",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "${7*7}",
    "%s%s%s",
    "%00",
    "%n",
    "\u200b",
    "\u202e reversed",
    "\ufeff",
    "\u0301",
    "a\u0301" * 50,
    "Ω≈ç√∫",
    "田中さん",
    "🏳️‍🌈",
    "👩‍👩‍👧‍👦",
    "ﷺ",
    "ﬃ",
    "ß",
    "İ",
    "ı",
    "ǆ",
    "א",
    "العربية",
    "ไทย",
    "हिन्दी",
    "𝕂𝕖𝕣𝕚𝕡𝕚𝕜",
    "½",
    "²",
    "①",
    "㎏",
    "한",
    "ㅎ",
    "ᄒ",
    "\x7f",
    "\x1f",
    "\r\n",
    "a" * 200,
    "é" * 200,
    "한" * 200,
    "🔥" * 100,
    "a b " * 50,
    "- " * 100,
    "'" * 200,
    '"' * 200,
    "\\" * 200,
    "(" * 100 + ")" * 100,
    "*" * 200,
    "z" * 200,
    "zz zi ze zs zc",
    "zckopi",
    "0" * 200,
    "9" * 19,
    "1,000,000",
    "1.5.2",
    "t-s-h-i-r-t",
]


def strange_queries() -> list[str]:
    """Five hundred different texts that people and programs send where words are expected."""
    around = ["{}", "keripik {}", "{} kopi", "{}*", '"{}"', "a{}b", "{}\n{}", "-{}", "({})", "{}:{}"]
    texts = [frame.format(text, text)[:200] for frame in around for text in STRANGE]
    return list(dict.fromkeys(texts))[:500]


def test_strange_queries_are_answered(client: TestClient, session: Session, goods: dict[str, Product]) -> None:
    queries = strange_queries()
    assert len(queries) == 500
    for q in queries:
        for path in ("/api/v1/products", "/api/v1/suggestions"):
            answer = client.get(path, params={"q": q})
            assert answer.status_code in {200, 422}, (q, answer.status_code)


@pytest.mark.parametrize("part", range(10))
def test_strange_queries_are_shown(client: TestClient, session: Session, goods: dict[str, Product], part: int) -> None:
    for q in strange_queries()[part::50]:
        answer = client.get("/ko/products", params={"q": q})
        assert answer.status_code in {200, 422}, (q, answer.status_code)
        assert "<script>alert" not in answer.text
