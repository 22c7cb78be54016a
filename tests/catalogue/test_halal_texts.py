"""Products whose words speak of halal, and nothing else: not one of them gets a badge anywhere."""

import csv
import gzip
import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, update
from sqlmodel import Session, func, select

from app.businesses.models import Business, BusinessState
from app.catalogue import index
from app.catalogue.imports.running import Options, import_products
from app.catalogue.models import HalalStanding, Listing
from app.catalogue.service.reference import load_categories
from app.cities.service import load_reference
from app.halal.rules import Status
from tests.catalogue.test_halal_public import badges, recognise
from tests.conftest import OneConnection, data_folder
from tests.factories import NOON
from tests.halal.duties import make_obligation
from tests.halal.papers import make_body

FILE = data_folder() / "halal" / "off_products_mentioning_halal.csv.gz"
PROMISES = {
    Status.CERTIFIED,
    Status.CERTIFIED_RECOGNITION_UNKNOWN,
    Status.CERTIFIED_NOT_RECOGNISED,
    Status.IN_PROCESS,
    Status.CLAIMED,
}


@pytest.fixture
def shelf(connection: Connection, session: Session) -> Session:
    """The whole file imported and public, in a world where certificates are known and would count."""
    load_categories(session, now=NOON)
    load_reference(session, NOON)
    make_obligation(session)
    make_body(session)
    recognise(session)
    session.commit()
    import_products(OneConnection(connection), FILE, options=Options(publish=True), now=NOON)
    session.connection().execute(
        update(Business).values(state=BusinessState.VERIFIED, verified_at=NOON)  # whoever sells them is public
    )
    index.reindex_all(session, now=NOON)
    session.commit()
    return session


@pytest.mark.skipif(not FILE.is_file(), reason="The real texts lie beside the project only.")
def test_words_about_halal_earn_nothing(client: TestClient, shelf: Session) -> None:
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as lines:
        texts = list(csv.DictReader(lines))
    assert len(texts) == 663
    assert all(re.search("halal|할랄|حلال", " ".join(row.values()), re.IGNORECASE) for row in texts)
    assert shelf.exec(select(func.count()).select_from(Listing)).one() == len(texts)
    assert all(not row.evidence and not row.in_process for row in shelf.exec(select(HalalStanding)))

    slugs: list[str] = []
    cursor = None
    while True:
        query = {"limit": "100", **({"cursor": cursor} if cursor else {})}
        answer = client.get("/api/v1/products", params=query).json()
        for item in answer["items"]:
            assert Status(item["halal"]["status"]) not in PROMISES
            assert item["halal"]["certificate_number"] is item["halal"]["url"] is None
        slugs += [item["slug"] for item in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert len(set(slugs)) == len(texts)
    offered = {each["value"]: each["count"] for each in answer["facets"]["halal"]}
    assert not PROMISES & {Status(value) for value in offered}
    assert sum(offered.values()) == len(texts)
    assert answer["facets"]["recognised_in"] == []

    promised = {status.value for status in PROMISES}
    for status in promised:
        assert client.get("/api/v1/products", params={"halal": status}).json()["total"] == 0
    for path in ("/en/products", "/en/products?q=halal", "/en/categories/food", "/ms/products?q=halal", "/en/"):
        assert not promised & set(badges(client.get(path).text)), path
    assert badges(client.get("/en/products?q=halal").text)  # some are there to be judged

    for place, slug in enumerate(slugs):
        page = client.get(f"/en/products/{slug}").text
        assert badges(page), slug  # it says something about halal,
        assert not promised & set(badges(page)), slug  # but promises nothing
        assert "hasCertification" not in page
        if place % 10 == 0:  # made by the same function as in lists
            assert client.get(f"/api/v1/products/{slug}").json()["halal"]["certificate_number"] is None
