"""The life of a certificate: entering, checking, deciding, correcting; what each act leaves behind."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import Session, select

from app.accounts.subjects import Subject
from app.businesses.models import Business
from app.core.checks import Inspection
from app.core.config import Settings
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.outbox import OutboxRow
from app.core.papers import check_papers
from app.core.storage import Storage
from app.halal import checks, rules
from app.halal import service as halal
from app.halal.models import Certificate, CertificateItem
from app.halal.queries import certificates as queries
from app.halal.schemas.certificates import (
    CertificateCorrect,
    CertificateDecision,
    CertificateReject,
    CertificateSupersede,
    CertificateUpdate,
    CheckRecord,
)
from app.halal.service import certificates as service
from app.halal.vocabulary import CertificateState, CheckResult, EventKind, Provider, RejectReason
from tests.businesses.steps import an_official
from tests.catalogue.goods import photo
from tests.factories import NOON
from tests.halal import papers as made
from tests.halal.steps import AGREES, TODAY, a_maker, acts, checks_of, enter, entry, fresh, kinds

LATER = NOON + dt.timedelta(hours=2)
WHY = CertificateDecision(text="BPJPH says so.")


@pytest.fixture
def told() -> Iterator[list[tuple[int, ...]]]:
    """Which certificates the areas above were told of."""
    heard: list[tuple[int, ...]] = []

    def listen(_: Session, ids: Any, now: dt.datetime) -> None:
        assert now.tzinfo is not None
        heard.append(tuple(ids))

    halal.CERTIFICATES_CHANGED.append(listen)
    yield heard
    halal.CERTIFICATES_CHANGED.remove(listen)


@pytest.fixture
def maker(session: Session) -> tuple[Subject, Business]:
    return a_maker(session)


@pytest.fixture
def official(session: Session) -> Subject:
    return an_official(session)


def verified(session: Session, maker: tuple[Subject, Business], official: Subject, settings: Settings) -> Certificate:
    certificate = enter(session, *maker, settings)
    decide(session, service.verify_certificate, official, certificate, maker[1], settings, check=AGREES, evidence=None)
    return fresh(session, certificate)


def decide(
    session: Session,
    act: Any,
    official: Subject,
    certificate: Certificate,
    business: Business,
    settings: Settings,
    now: dt.datetime = NOON,
    **arguments: Any,
) -> Certificate:
    act(session, actor=official, certificate=certificate, business=business, now=now, settings=settings, **arguments)
    return fresh(session, certificate)


def faults(session: Session, storage: Storage) -> list[str]:
    inspection = Inspection(session, storage, NOON)
    return [*checks.check_certificates(inspection), *check_papers(inspection)]


def test_entering_makes_a_claim_with_one_event_and_one_entry(
    session: Session, storage: Storage, settings: Settings, maker: tuple[Subject, Business], told: list[Any]
) -> None:
    certificate = enter(session, *maker, settings, number=" id 3211 0001333131122 ")
    assert (certificate.state, certificate.number, certificate.number_key) == (
        CertificateState.CLAIMED,
        "id 3211 0001333131122",
        "ID32110001333131122",
    )
    assert [item.name for item in certificate.items] == ["Keripik Singkong Original", "Keripik Singkong Balado"]
    assert certificate.surveillance_due == dt.date(2028, 3, 1)
    assert (kinds(session, certificate), acts(session, certificate)) == (["entered"], ["entered"])
    assert told == [(certificate.id,)]
    assert faults(session, storage) == []


def test_entering_needs_a_known_body_and_possible_days(
    session: Session, settings: Settings, maker: tuple[Subject, Business]
) -> None:
    made.make_body(session, "SMIIC", issues=False)
    refused: list[tuple[dict[str, Any], str]] = [
        ({"body": "SMIIC"}, "body"),
        ({"body": "NOBODY"}, "body"),
        ({"issued_on": "2026-11-21"}, "issued_on"),
        ({"valid_until": "2024-02-29"}, "valid_until"),
    ]
    for changes, field in refused:
        with pytest.raises(Invalid) as caught:
            enter(session, *maker, settings, **changes)
        assert list(caught.value.fields) == [field]
    # Noon in UTC is evening in Bandung; the day of issue is Bandung's.
    late = dt.datetime(2026, 11, 20, 17, 30, tzinfo=dt.UTC)
    assert enter(session, *maker, settings, now=late, issued_on="2026-11-21").issued_on == dt.date(2026, 11, 21)


@pytest.mark.parametrize("number", ["KH 123/2024", "11270012340522 KH", "KH.01.0034", "Ketetapan Halal 12 / 2024"])
def test_the_number_of_a_decree_is_explained_not_taken(
    session: Session, settings: Settings, maker: tuple[Subject, Business], number: str
) -> None:
    with pytest.raises(Invalid) as caught:
        enter(session, *maker, settings, number=number)
    assert "KH" in caught.value.fields["number"]
    made.make_body(session, "KMF")
    assert enter(session, *maker, settings, body="KMF", number=number).number == number


def test_one_maker_enters_a_number_once(session: Session, settings: Settings, maker: tuple[Subject, Business]) -> None:
    enter(session, *maker, settings, number="ID 32110001333131122")
    with pytest.raises(Conflict) as caught:
        enter(session, *maker, settings, number="ID32110001333131122")
    assert caught.value.code == "number_entered"
    # Another maker may: which of them holds it is for the city to find out.
    assert enter(session, *a_maker(session), settings, number="ID32110001333131122").state == "claimed"


def test_others_find_nothing(session: Session, settings: Settings, maker: tuple[Subject, Business]) -> None:
    certificate = enter(session, *maker, settings)
    other, _ = a_maker(session)
    for person in (other, an_official(session)):
        with pytest.raises(NotFound):
            service.withdraw_certificate(session, actor=person, certificate=certificate, business=maker[1], now=NOON)
        with pytest.raises(NotFound):
            queries.get_own_certificate(session, certificate.public_id, person=person)
    with pytest.raises(NotFound):
        queries.get_certificate(session, certificate.public_id, viewer=other)
    for act, data in (
        (service.reject_certificate, CertificateReject(code=RejectReason.LAPSED)),
        (service.revoke_certificate, WHY),
    ):
        with pytest.raises(Forbidden):
            act(
                session,
                actor=maker[0],
                certificate=certificate,
                business=maker[1],
                data=data,  # type: ignore[arg-type]
                now=NOON,
                settings=settings,
            )
    with pytest.raises(Forbidden):
        service.verify_certificate(
            session,
            actor=maker[0],
            certificate=certificate,
            business=maker[1],
            check=AGREES,
            evidence=None,
            now=NOON,
            settings=settings,
        )


def test_a_photo_is_kept_private_and_shown_without_metadata(
    session: Session, storage: Storage, settings: Settings, maker: tuple[Subject, Business]
) -> None:
    paper = service.receive_paper(storage, file_name="IMG_2026.jpeg", content=photo())
    certificate = enter(session, *maker, settings, paper=paper)
    assert certificate.file_key.startswith("private/halal/")
    view = storage.get(service.view_key(certificate.file_key))
    assert view is not None
    assert view.startswith(b"\xff\xd8\xff")
    assert b"Exif" not in view
    assert faults(session, storage) == []
    storage.put(certificate.file_key, b"\xff\xd8\xffanother")
    assert faults(session, storage) == [f"the file of certificate {certificate.public_id} has changed"]


def test_confirming_needs_a_look_that_agrees_by_a_person(
    session: Session, settings: Settings, maker: tuple[Subject, Business], official: Subject
) -> None:
    certificate = enter(session, *maker, settings)

    def verify(check: CheckRecord | None) -> Certificate:
        return decide(
            session,
            service.verify_certificate,
            official,
            certificate,
            maker[1],
            settings,
            now=LATER,
            check=check,
            evidence=None,
        )

    made.make_check(session, certificate, provider=Provider.HTTP, checked_at=LATER)
    made.make_check(session, certificate, result=CheckResult.OTHER_HOLDER, checked_at=LATER)
    made.make_check(session, certificate, checked_at=NOON - dt.timedelta(minutes=1))  # before it was entered
    certificate = fresh(session, certificate)
    with pytest.raises(service.NotChecked):
        verify(None)
    for result in set(CheckResult) - {CheckResult.CONFIRMED}:
        with pytest.raises(service.NotChecked) as caught:
            verify(CheckRecord(looked_at="here", result=result))
        assert list(caught.value.fields) == ["result"]
    made.make_check(session, certificate, checked_at=LATER, checked_by_id=official.user_id)
    certificate = fresh(session, certificate)
    assert verify(None).state == CertificateState.VERIFIED


def test_verifying_leaves_one_event_one_entry_one_check_and_a_mail(
    session: Session,
    storage: Storage,
    settings: Settings,
    maker: tuple[Subject, Business],
    official: Subject,
    told: list[Any],
) -> None:
    certificate = verified(session, maker, official, settings)
    assert (certificate.state, certificate.decided_by_id) == (CertificateState.VERIFIED, official.user_id)
    assert kinds(session, certificate) == ["entered", "verified"]
    assert acts(session, certificate) == ["entered", "verified"]
    (check,) = checks_of(session, certificate)
    assert (check.result, check.checked_by_id, check.provider) == ("confirmed", official.user_id, "manual")
    assert told == [(certificate.id,), (certificate.id,)]
    mails = [row for row in session.exec(select(OutboxRow)) if row.kind == "mail"]
    assert [certificate.number in mail.payload["subject"] for mail in mails] == [True]
    assert faults(session, storage) == []


def test_a_change_makes_an_earlier_look_worthless(
    session: Session, settings: Settings, maker: tuple[Subject, Business], official: Subject
) -> None:
    certificate = enter(session, *maker, settings)
    service.record_check(
        session, actor=official, certificate=certificate, data=AGREES, evidence=None, now=NOON, settings=settings
    )
    assert queries.confirming(fresh(session, certificate)) is not None
    service.update_certificate(
        session,
        actor=maker[0],
        certificate=certificate,
        business=maker[1],
        data=CertificateUpdate(number="ID99990001333131122"),
        paper=None,
        now=LATER,
        settings=settings,
    )
    certificate = fresh(session, certificate)
    assert queries.confirming(certificate) is None
    assert (certificate.number_key, certificate.entered_at) == ("ID99990001333131122", NOON)
    assert acts(session, certificate) == ["entered", "checked", "entered"]


def test_a_number_is_confirmed_for_one_holder_only(
    session: Session, storage: Storage, settings: Settings, maker: tuple[Subject, Business], official: Subject
) -> None:
    first = verified(session, maker, official, settings)
    other = a_maker(session)
    second = enter(session, *other, settings, number=first.number.lower())
    arguments: dict[str, Any] = {"check": AGREES, "evidence": None}
    with pytest.raises(service.NumberConfirmed):
        decide(session, service.verify_certificate, official, second, other[1], settings, **arguments)
    decide(session, service.revoke_certificate, official, first, maker[1], settings, data=WHY)
    second = decide(session, service.verify_certificate, official, second, other[1], settings, **arguments)
    assert second.state == CertificateState.VERIFIED
    assert faults(session, storage) == []


def test_a_rejected_certificate_waits_again_once_it_is_entered_anew(
    session: Session, storage: Storage, settings: Settings, maker: tuple[Subject, Business], official: Subject
) -> None:
    certificate = enter(session, *maker, settings)
    reason = CertificateReject(code=RejectReason.UNREADABLE)
    certificate = decide(session, service.reject_certificate, official, certificate, maker[1], settings, data=reason)
    assert (certificate.state, certificate.reject_code) == ("rejected", "unreadable")
    service.update_certificate(
        session,
        actor=maker[0],
        certificate=certificate,
        business=maker[1],
        data=entry(number=certificate.number),
        paper=None,
        now=LATER,
        settings=settings,
    )
    certificate = fresh(session, certificate)
    assert (certificate.state, certificate.reject_code, certificate.entered_at) == ("claimed", None, LATER)
    assert kinds(session, certificate) == ["entered", "rejected", "entered"]
    service.withdraw_certificate(session, actor=maker[0], certificate=certificate, business=maker[1], now=LATER)
    assert fresh(session, certificate).state == CertificateState.WITHDRAWN
    assert faults(session, storage) == []


def test_suspension_reinstatement_and_the_end_of_a_life(
    session: Session, storage: Storage, settings: Settings, maker: tuple[Subject, Business], official: Subject
) -> None:
    certificate = verified(session, maker, official, settings)
    for act, state in (
        (service.suspend_certificate, CertificateState.SUSPENDED),
        (service.reinstate_certificate, CertificateState.VERIFIED),
        (service.suspend_certificate, CertificateState.SUSPENDED),
        (service.revoke_certificate, CertificateState.REVOKED),
    ):
        certificate = decide(session, act, official, certificate, maker[1], settings, data=WHY)
        assert certificate.state == state
    for act in (service.reinstate_certificate, service.suspend_certificate, service.revoke_certificate):
        with pytest.raises(service.WrongMove):
            decide(session, act, official, certificate, maker[1], settings, data=WHY)
    assert kinds(session, certificate)[1:] == ["verified", "suspended", "reinstated", "suspended", "revoked"]
    assert acts(session, certificate) == kinds(session, certificate)
    assert faults(session, storage) == []


def test_a_certificate_gives_its_place_to_another_of_the_same_maker(
    session: Session, storage: Storage, settings: Settings, maker: tuple[Subject, Business], official: Subject
) -> None:
    old, new = (verified(session, maker, official, settings) for _ in "12")
    foreign = verified(session, a_maker(session), official, settings)
    claimed = enter(session, *maker, settings)
    for wrong in (foreign.public_id, claimed.public_id, old.public_id, "nothing"):
        data = CertificateSupersede(text="Renewed.", successor=wrong)
        with pytest.raises(Invalid):
            decide(session, service.supersede_certificate, official, old, maker[1], settings, data=data)
    data = CertificateSupersede(text="Renewed.", successor=new.public_id)
    old = decide(session, service.supersede_certificate, official, old, maker[1], settings, data=data)
    assert (old.state, fresh(session, new).supersedes_id) == (CertificateState.SUPERSEDED, old.id)
    assert faults(session, storage) == []


def test_a_correction_says_what_and_why_and_keeps_what_stays(
    session: Session, storage: Storage, settings: Settings, maker: tuple[Subject, Business], official: Subject
) -> None:
    certificate = verified(session, maker, official, settings)
    kept = certificate.items[0].id
    data = CertificateCorrect(
        issued_on=dt.date(2024, 3, 11),
        valid_until=dt.date(2028, 3, 10),
        items=["Keripik Singkong Original", "Keripik Singkong Keju"],
        reason="Misread.",
    )
    certificate = decide(session, service.correct_certificate, official, certificate, maker[1], settings, data=data)
    assert (certificate.issued_on, certificate.valid_until) == (dt.date(2024, 3, 11), dt.date(2028, 3, 10))
    assert certificate.surveillance_due is None
    assert [item.name for item in queries.items_of(certificate)] == data.items
    assert queries.items_of(certificate)[0].id == kept
    removed = session.exec(select(CertificateItem).where(CertificateItem.name == "Keripik Singkong Balado")).one()
    assert removed.removed_at == NOON
    assert (certificate.state, kinds(session, certificate)[-1]) == ("verified", "corrected")
    with pytest.raises(Invalid):
        decide(
            session,
            service.correct_certificate,
            official,
            certificate,
            maker[1],
            settings,
            data=CertificateCorrect(issued_on=dt.date(2024, 3, 11), reason="Again."),
        )
    assert faults(session, storage) == []


def test_a_correction_cannot_take_a_confirmed_number(
    session: Session, settings: Settings, maker: tuple[Subject, Business], official: Subject
) -> None:
    first, second = (verified(session, maker, official, settings) for _ in "12")
    with pytest.raises(service.NumberConfirmed):
        decide(
            session,
            service.correct_certificate,
            official,
            second,
            maker[1],
            settings,
            data=CertificateCorrect(number=first.number, reason="Misread."),
        )


def test_who_looked_at_an_older_version_is_told(
    session: Session, settings: Settings, maker: tuple[Subject, Business], official: Subject
) -> None:
    certificate = enter(session, *maker, settings)
    seen = certificate.version
    service.update_certificate(
        session,
        actor=maker[0],
        certificate=certificate,
        business=maker[1],
        data=CertificateUpdate(holder="CV Lain"),
        paper=None,
        now=NOON,
        settings=settings,
    )
    certificate = fresh(session, certificate)
    with pytest.raises(Conflict) as caught:
        decide(
            session,
            service.verify_certificate,
            official,
            certificate,
            maker[1],
            settings,
            check=AGREES,
            evidence=None,
            seen_version=seen,
        )
    assert caught.value.code == "conflict"


def test_events_keep_their_order_when_the_clock_is_set_back(
    session: Session, storage: Storage, settings: Settings, maker: tuple[Subject, Business], official: Subject
) -> None:
    certificate = enter(session, *maker, settings)
    before = NOON - dt.timedelta(days=3)
    data = CertificateReject(code=RejectReason.LAPSED)
    certificate = decide(
        session, service.reject_certificate, official, certificate, maker[1], settings, now=before, data=data
    )
    assert [event.effective_on for event in certificate.events] == [TODAY, TODAY]
    events = [rules.CertificateEvent(EventKind(each.kind), each.effective_on) for each in certificate.events]
    assert rules.state_on(events, TODAY) is CertificateState.REJECTED
    assert faults(session, storage) == []


@pytest.mark.parametrize("state", list(CertificateState))
def test_factories_leave_nothing_for_the_checker(session: Session, storage: Storage, state: CertificateState) -> None:
    made.make_certificate(session, state=state)
    assert faults(session, storage) == []


def test_checks_name_what_does_not_hold(session: Session, storage: Storage) -> None:
    one = made.make_certificate(session, state="verified")
    for check in checks_of(session, one):
        check.result = CheckResult.NOT_FOUND
    two = made.make_certificate(session, state="claimed")
    two.state = CertificateState.VERIFIED
    three = made.make_certificate(session, events=[("entered", TODAY), ("suspended", TODAY)], state="suspended")
    four = made.make_certificate(session, state="rejected", reject_code=None, number_key="X")
    session.commit()
    assert sorted(faults(session, storage)) == sorted(
        [
            f"certificate {one.public_id} was confirmed, but nobody looked it up",
            f"certificate {two.public_id} is verified, but its events come to claimed",
            f"certificate {three.public_id}: suspended cannot follow on claimed",
            f"certificate {three.public_id} is suspended, but its events come to claimed",
            f"certificate {four.public_id} is looked up by another number than its own",
            f"certificate {four.public_id} was rejected without a reason",
        ]
    )


def test_an_erased_maker_leaves_numbers_but_no_name_and_no_file(
    session: Session, storage: Storage, settings: Settings, maker: tuple[Subject, Business], official: Subject
) -> None:
    paper = service.receive_paper(storage, file_name="Nyai Canary.pdf", content=b"%PDF-1.4 canary")
    claimed = enter(session, *maker, settings, paper=paper, holder="Nyai Canary")
    standing = verified(session, maker, official, settings)
    assert service.export_certificates(session, maker[0].user_id) is not None
    service.erase_certificates(session, maker[0], NOON)
    claimed, standing = fresh(session, claimed), fresh(session, standing)
    assert (claimed.state, claimed.holder, claimed.file_key, claimed.file_name) == ("withdrawn", "", "", "")
    assert (standing.state, standing.holder) == ("verified", "")
    assert faults(session, storage) == []
