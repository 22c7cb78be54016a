"""Filters by halal status and by recognition: rows, totals and facets against a recount in plain Python."""

import datetime as dt
import random
from collections import Counter
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.catalogue import index
from app.catalogue.models import Listing, Product, ProductHalal
from app.catalogue.queries import listing
from app.catalogue.queries.listing import ListingFilter
from app.catalogue.standings import read_histories
from app.core.errors import Invalid
from app.core.languages import Language
from app.core.money import Currency
from app.halal import rules
from app.halal.models import CertificateEvent
from app.halal.queries.facts import get_reference_facts
from app.halal.rules import Status
from app.halal.vocabulary import CertificateState, Confidence, EventKind
from tests.catalogue.test_halal_public import recognise
from tests.catalogue.test_listing import counted
from tests.conftest import Clock
from tests.factories import NOON, make_business, make_category, make_product, save
from tests.halal.duties import make_obligation
from tests.halal.papers import TODAY, link_product, make_certificate, place

TOMORROW = TODAY + dt.timedelta(days=1)
DESTINATIONS = ("ID", "MY", "KR")


@pytest.fixture
def goods(session: Session) -> list[Product]:
    """Sixty goods of every kind of standing in two categories, by chance that is the same each time."""
    make_obligation(session)
    recognise(session)
    recognise(session, "KR", confidence=Confidence.UNVERIFIED)
    recognise(session, "KR", body="JAKIM")
    dice = random.Random(7)
    business = make_business(session)
    papers = [
        make_certificate(session, business=business),
        make_certificate(session, business=business, body="JAKIM", number="MY-1"),
        make_certificate(session, business=business, valid_until=TODAY),
        make_certificate(session, business=business, valid_until=TODAY - dt.timedelta(days=1)),
        make_certificate(session, business=business, state="claimed"),
        make_certificate(session, business=business, state="suspended"),
        None,
    ]
    kinds = [make_category(session), make_category(session, slug="shirts", family="apparel", goods_class="worn_goods")]
    made = []
    for _ in range(60):
        product = make_product(
            session, business=business, category_id=dice.choice(kinds).id, names={"en": dice.choice(["Chips", "Coat"])}
        )
        for paper in dice.sample(papers, dice.choice((1, 1, 2))):
            if paper is not None:
                link_product(session, product, paper)
        if dice.random() < 0.1:
            save(session, ProductHalal(product_id=product.id, declared_not_halal=True, answered_at=NOON))
        made.append(product)
    index.reindex_products(session, [each.id for each in made], now=NOON)
    session.commit()
    return made


def recount(session: Session, products: list[Product], on: dt.date) -> dict[int, dict[str, Status]]:
    """By product its status at each destination, as pages may promise it on a day, computed from its history."""
    histories = read_histories(session, [each.id for each in products])
    facts = get_reference_facts(session)
    ends = {row.product_id: row.standing_until for row in session.exec(select(Listing))}
    return {
        number: {
            destination: Status.UNKNOWN
            if (end := ends[number]) is not None and end <= on
            else rules.assess(history, facts, on=on, destination=destination).status
            for destination in DESTINATIONS
        }
        for number, history in histories.items()
    }


def wanted_of(**changes: Any) -> ListingFilter:
    return ListingFilter(Language.EN, Currency.IDR, **changes)


@pytest.mark.parametrize("on", [TODAY, TOMORROW])
@pytest.mark.parametrize("others", [{}, {"category": "food"}, {"q": "chips"}, {"q": "chips", "category": "food"}])
def test_rows_totals_and_facets_equal_a_recount(
    session: Session, goods: list[Product], others: dict[str, Any], on: dt.date
) -> None:
    known = recount(session, goods, on)
    fitting = {row.product_id for row in listing.list_products(session, wanted_of(**others), on=on, limit=100).rows}
    assert len(fitting) > 10
    for status in (None, *Status):
        for country in (None, *DESTINATIONS):
            page = listing.list_products(
                session, wanted_of(halal=status, recognised_in=country, **others), on=on, limit=100
            )
            at_home = {number for number in fitting if status is None or known[number]["ID"] is status}
            there = {number for number in fitting if country is None or known[number][country] is Status.CERTIFIED}
            assert {row.product_id for row in page.rows} == at_home & there
            assert page.total == len(at_home & there)
            statuses = Counter(known[number]["ID"] for number in there)
            expected = {each.value: statuses[each] for each in Status if statuses[each] or each is status}
            assert {each.value: each.count for each in page.facets.halal} == expected
            counts = {each: sum(known[number][each] is Status.CERTIFIED for number in at_home) for each in DESTINATIONS}
            assert {each.value: each.count for each in page.facets.recognised_in} == {
                each: count for each, count in counts.items() if count or each == country
            }
            assert [each.value for each in page.facets.halal if each.selected] == ([status.value] if status else [])
            assert [each.value for each in page.facets.recognised_in if each.selected] == ([country] if country else [])
            assert sum(each.count for each in page.facets.moq_max[-1:]) == page.total
            assert sum(each.count for each in page.facets.verified) == page.total


@pytest.mark.parametrize("sort", ["newest", "price", "-price"])
@pytest.mark.parametrize("q", ["", "chips"])
def test_cursors_walk_through_common_and_rare_statuses(
    client: TestClient, session: Session, goods: list[Product], sort: str, q: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = recount(session, goods, TODAY)
    whole = client.get("/api/v1/products", params={"sort": sort, "limit": 100, "q": q}).json()["items"]
    slugs = {each.id: each.slug for each in goods}
    for rare in (1, 1000):
        monkeypatch.setattr(listing, "_RARE", rare)
        monkeypatch.setattr(listing, "_FEW", rare)
        for status in Status:
            in_order = [each["slug"] for each in whole if each["halal"]["status"] == status.value]
            seen: list[str] = []
            cursor = None
            while True:
                query: dict[str, str | int] = {"sort": sort, "limit": 3, "halal": status.value, "q": q}
                answer = client.get(
                    "/api/v1/products", params={**query, **({"cursor": cursor} if cursor else {})}
                ).json()
                seen += [each["slug"] for each in answer["items"]]
                cursor = answer["next"]
                if cursor is None:
                    break
            assert seen == in_order
            if not q:
                assert set(seen) == {slugs[number] for number, each in known.items() if each["ID"] is status}


def test_filter_and_facets_follow_midnight_in_bandung(
    client: TestClient, session: Session, goods: list[Product], clock: Clock
) -> None:
    def certified() -> tuple[int, dict[str, int]]:
        answer = client.get("/api/v1/products", params={"halal": "certified"}).json()
        return answer["total"], {each["value"]: each["count"] for each in answer["facets"]["halal"]}

    clock.now = dt.datetime(2026, 11, 20, 16, 59, 59, tzinfo=dt.UTC)
    before, counts = certified()
    clock.forward(seconds=1)
    after, later = certified()
    assert after < before
    assert later["certified"] == after
    assert later["unknown"] > counts.get("unknown", 0)
    assert sum(later.values()) == sum(counts.values()) == len(goods)


def test_filters_see_a_revocation_at_the_next_request(client: TestClient, session: Session) -> None:
    make_obligation(session)
    certificate = make_certificate(session)
    product = make_product(session)
    link_product(session, product, certificate)
    index.reindex_products(session, [product.id], now=NOON)
    session.commit()
    lists = [
        "/en/products?halal=certified",
        "/api/v1/products?halal=certified",
        "/en/products?q=cassava&halal=certified",
    ]
    for path in lists:
        assert product.slug in client.get(path).text
    certificate.state = CertificateState.REVOKED
    save(
        session,
        CertificateEvent(certificate_id=certificate.id, kind=EventKind.REVOKED, effective_on=TODAY, recorded_at=NOON),
    )
    place(session, certificate)
    for path in lists:
        assert product.slug not in client.get(path).text
    assert "hasCertification" not in client.get(f"/en/products/{product.slug}").text


def test_page_offers_both_filters_as_links_with_counts(
    client: TestClient, session: Session, goods: list[Product]
) -> None:
    page = client.get("/en/categories/food").text
    assert "?halal=certified" in page
    assert "recognised_in=MY" in page
    chosen = client.get("/en/products?halal=certified&recognised_in=MY").text
    assert "Recognised in Malaysia" in chosen
    assert 'rel="canonical"' not in chosen
    assert client.get("/en/products?halal=sure&recognised_in=ZZ").status_code == 200
    assert client.get("/en/products?halal=suspended&recognised_in=MY").status_code == 200


@pytest.mark.parametrize("query", [{"halal": "sure"}, {"recognised_in": "my"}, {"recognised_in": "ZZ"}])
def test_json_refuses_filters_that_name_nothing(client: TestClient, query: dict[str, str]) -> None:
    answer = client.get("/api/v1/products", params=query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in query


def test_queries_refuse_countries_that_do_not_exist(session: Session) -> None:
    with pytest.raises(Invalid) as caught:
        listing.list_products(session, wanted_of(recognised_in="ZZ"), on=TODAY, limit=1)
    assert list(caught.value.fields) == ["recognised_in"]


@pytest.mark.parametrize("path", ["/api/v1/products", "/en/products", "/en/categories/food", "/en/products?q=cassava"])
def test_filters_cost_no_further_statement_for_more_rows(
    client: TestClient, session: Session, engine: Engine, path: str
) -> None:
    certificate = make_certificate(session)

    def more(number: int) -> None:
        made = [make_product(session) for _ in range(number)]
        for product in made:
            link_product(session, product, certificate)
        index.reindex_products(session, [each.id for each in made], now=NOON)
        session.commit()

    path += ("&" if "?" in path else "?") + "halal=certified&recognised_in=ID"
    more(1)
    with counted(engine) as few:
        assert client.get(path).status_code == 200
    more(49)
    with counted(engine) as many:
        assert client.get(path).status_code == 200
    assert few
    assert len(many) == len(few)
