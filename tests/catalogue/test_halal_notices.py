"""Warnings before halal dates: the nearest distance, each once, one mail a maker and day, in her language."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

import app.jobs  # noqa: F401 - registers what the worker runs
from app.accounts.models import Membership, Organisation, Role, User
from app.businesses.models import Business, BusinessState
from app.catalogue import index
from app.catalogue.models import Product
from app.catalogue.queries.halal_calendar import DueKind
from app.catalogue.service import halal_notices
from app.core import outbox
from app.core.config import Settings
from app.core.database import Database
from app.core.languages import Language
from app.core.outbox import OutboxRow, Workbench
from app.core.storage import open_storage
from app.halal.models import NoticeSent
from app.halal.vocabulary import CertificateState, Confidence
from tests.conftest import OneConnection
from tests.factories import NOON, make_category, make_maker, make_product, make_user, save
from tests.halal.duties import BEGAN, make_obligation
from tests.halal.papers import TODAY, link_product, make_certificate
from tests.support import kills


@pytest.fixture
def database(session: Session) -> Database:
    return OneConnection(session.connection())


def maker(session: Session, **changes: Any) -> tuple[User, Business]:
    """A maker's person with her business."""
    return make_maker(session, **changes)


def ending(session: Session, business: Business, days: int, **changes: Any) -> Any:
    """A certificate whose last valid day is so many days off."""
    return make_certificate(session, business=business, valid_until=TODAY + dt.timedelta(days=days), **changes)


def goods(session: Session, business: Business, **changes: Any) -> Product:
    """A product that is listed."""
    product = make_product(session, business=business, **changes)
    index.reindex_products(session, [product.id], now=NOON)
    session.commit()
    return product


def send(database: Database, settings: Settings, days: int = 0) -> int:
    """What the job of a day does."""
    return halal_notices.send_notices(database, settings, now=NOON + dt.timedelta(days=days))


def mails(session: Session) -> list[dict[str, Any]]:
    """Every mail that was asked for, oldest first."""
    rows = session.exec(select(OutboxRow).where(OutboxRow.kind == "mail").order_by(OutboxRow.id))  # type: ignore[arg-type]
    return [dict(row.payload) for row in rows]


def keys(session: Session) -> list[str]:
    """What was noted as sent."""
    return sorted(session.exec(select(NoticeSent.key)))


@pytest.mark.parametrize(
    ("left", "distance"),
    [(-1, None), (0, 7), (1, 7), (7, 7), (8, 30), (30, 30), (31, 90), (90, 90), (91, None)],
)
def test_the_nearest_distance_that_is_reached_counts(left: int, distance: int | None) -> None:
    assert halal_notices.distance_of(TODAY + dt.timedelta(days=left), TODAY) == distance


def test_a_maker_is_warned_at_each_distance_once(session: Session, database: Database, settings: Settings) -> None:
    _, business = maker(session)
    number = ending(session, business, 100).id
    sent_on = [day for day in range(105) if send(database, settings, day)]
    assert sent_on == [10, 70, 93]
    day = TODAY + dt.timedelta(days=100)
    assert keys(session) == sorted(f"lapse:{number}:{day}:{distance}" for distance in (90, 30, 7))
    assert len(mails(session)) == 3


def test_a_late_run_sends_the_nearest_distance_only(session: Session, database: Database, settings: Settings) -> None:
    _, business = maker(session)
    number = ending(session, business, 100).id
    assert [day for day in (95, 96, 97) if send(database, settings, day)] == [95]
    assert keys(session) == [f"lapse:{number}:{TODAY + dt.timedelta(days=100)}:7"]


def test_one_mail_a_maker_and_day_says_it_all_in_her_language(
    session: Session, database: Database, settings: Settings
) -> None:
    make_obligation(session)
    person, business = maker(session, language=Language.EN, name="Ambu")
    make_user(
        session, role=Role.MAKER, organisation=session.get(Organisation, business.organisation_id), language=Language.KO
    )
    _, other = maker(session)
    product = goods(session, business, names={"id": "Keripik Oncom"})
    goods(session, business, names={"id": "Dodol Nanas"})
    link_product(session, product, ending(session, business, 25, number="ID32110000123450824"))
    index.reindex_products(session, [product.id], now=NOON)
    make_certificate(session, business=business, number="ID1", surveillance_due=TODAY + dt.timedelta(days=6))
    session.commit()
    assert send(database, settings) == 1
    english, korean = mails(session)
    assert (english["to"], english["language"], korean["language"]) == (person.email, "en", "ko")
    assert english["subject"] == f"{business.brand}: 3 halal dates to keep in mind"
    text = english["text"]
    assert "Since 18 October 2026 these goods have needed a halal certificate (Food), and none is known to us." in text
    assert (
        "The last valid day of certificate ID32110000123450824 of BPJPH is 15 December 2026: 25 days are left." in text
    )
    assert "The next inspection under certificate ID1 of BPJPH is due on 26 November 2026: 6 days are left." in text
    assert text.index("Dodol Nanas") < text.index("ID1 ") < text.index("Keripik Oncom")
    assert f"{settings.public_url}/en/workspace/halal" in text
    assert f"{settings.public_url}/ko/workspace/halal" in korean["text"]
    assert other.brand not in text


def test_a_second_run_of_a_day_writes_nobody_a_second_time(
    session: Session, database: Database, settings: Settings
) -> None:
    _, business = maker(session)
    ending(session, business, 30)
    assert (send(database, settings), send(database, settings)) == (1, 0)
    ending(session, business, 7)
    assert send(database, settings) == 0  # she had her mail of the day
    assert send(database, settings, 1) == 1
    assert len(mails(session)) == 2


def test_only_what_is_confirmed_and_not_over_is_warned_of(
    session: Session, database: Database, settings: Settings
) -> None:
    _, business = maker(session)
    for state in CertificateState:
        if state is not CertificateState.VERIFIED:
            ending(session, business, 30, state=state)
    ending(session, business, -1)
    assert send(database, settings) == 0
    ending(session, business, 0)
    assert send(database, settings) == 1


def test_makers_that_are_not_public_are_left_alone_until_they_are(
    session: Session, database: Database, settings: Settings
) -> None:
    _, business = maker(session)
    ending(session, business, 25)
    for state in BusinessState:
        if state is not BusinessState.VERIFIED:
            business.state = state
            save(session, business)
            assert send(database, settings) == 0
    business.state = BusinessState.VERIFIED
    save(session, business)
    assert send(database, settings, 3) == 1


def test_nobody_to_write_to_leaves_the_warning_open(session: Session, database: Database, settings: Settings) -> None:
    person, business = maker(session)
    ending(session, business, 25)
    membership = session.exec(select(Membership).where(Membership.user_id == person.id)).one()
    session.delete(membership)
    session.commit()
    assert (send(database, settings), keys(session)) == (0, [])
    make_user(session, role=Role.MAKER, organisation=session.get(Organisation, business.organisation_id))
    assert send(database, settings, 1) == 1


def test_a_duty_is_announced_and_its_beginning_told_once(
    session: Session, database: Database, settings: Settings
) -> None:
    starts = TODAY + dt.timedelta(days=40)
    make_obligation(session, mandatory_from=starts)
    _, business = maker(session)
    goods(session, business)
    assert [day for day in range(60) if send(database, settings, day)] == [0, 10, 33, 40]
    assert keys(session) == sorted(f"obligation:food:{starts}:{distance}" for distance in (90, 30, 7, 0))
    goods(session, business)
    assert send(database, settings, 61) == 0


def test_goods_that_have_a_certificate_or_need_none_are_not_warned_of(
    session: Session, database: Database, settings: Settings
) -> None:
    make_obligation(session)
    make_obligation(session, goods_class="cosmetic", scale="all", confidence=Confidence.UNVERIFIED)
    make_obligation(session, goods_class="worn_goods", scale="all", animal_only=True)
    _, business = maker(session)
    covered = goods(session, business)
    link_product(session, covered, make_certificate(session, business=business, surveillance_due=None))
    index.reindex_products(session, [covered.id], now=NOON)
    claimed = goods(session, business)
    link_product(
        session,
        claimed,
        make_certificate(session, business=business, state=CertificateState.CLAIMED, surveillance_due=None),
    )
    index.reindex_products(session, [claimed.id], now=NOON)
    for goods_class in ("cosmetic", "worn_goods", "other"):
        kind = make_category(session, slug=goods_class, goods_class=goods_class)
        goods(session, business, category_id=kind.id)
    session.commit()
    assert halal_notices.list_notices(session, today=TODAY) == {}
    missing = goods(session, business)
    found = halal_notices.list_notices(session, today=TODAY)[business.id]
    assert [(each.kind, each.day, each.distance, len(each.products)) for each in found] == [
        (DueKind.OBLIGATION, BEGAN, 0, 1)
    ]
    assert missing.business_id == business.id


def test_many_goods_are_counted_not_all_named(session: Session, database: Database, settings: Settings) -> None:
    make_obligation(session)
    _, business = maker(session, language=Language.EN)
    for _ in range(13):
        make_product(session, business=business)
    index.reindex_all(session, now=NOON)
    session.commit()
    send(database, settings)
    [mail] = mails(session)
    assert mail["text"].count("- Keripik Singkong") == 10
    assert "- and 3 other products" in mail["text"]


def test_the_worker_sends_them(session: Session, database: Database, settings: Settings) -> None:
    _, business = maker(session)
    ending(session, business, 30)
    bench = Workbench(database, open_storage(settings), settings, NOON)
    with database.writing() as writing:
        outbox.enqueue_daily(writing, now=NOON)
    outbox.run_due(bench)
    outbox.run_due(bench)
    assert len(list((settings.data_dir / "mail").glob("*.eml"))) == 1


# --- on a database of its own ---------------------------------------------------------------------------------------


def act(bench: Workbench) -> None:
    """What is killed: the warnings of a day."""
    halal_notices.send_notices(bench.database, bench.settings, now=bench.now)


def reset(bench: Workbench) -> None:
    """Nobody was warned yet; first what the run before left behind is looked at."""
    with bench.database.writing() as session:
        noted = session.exec(select(NoticeSent.business_id)).all()
        asked = session.exec(select(OutboxRow).where(OutboxRow.kind == "mail")).all()
        assert len(noted) == len(asked), "a warning was noted without its mail, or the other way round"
        session.connection().exec_driver_sql("DELETE FROM outbox")
        session.connection().exec_driver_sql("DELETE FROM halal_notice")


def test_a_kill_at_any_statement_leaves_each_warning_with_its_mail(empty_database: Any, tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None, data_dir=tmp_path, database_url=empty_database("notices"), rates_url="", queue_url="memory:"
    )
    own = Database(settings)
    with own.session(write=True) as session:
        for _ in range(3):
            _, business = maker(session)
            ending(session, business, 30)
    url = own.engine.url.render_as_string(hide_password=False)
    own.dispose()
    done = kills.everywhere("tests.catalogue.test_halal_notices:act", url, tmp_path, NOON)
    assert done.faults == []
    assert done.kills > 15
