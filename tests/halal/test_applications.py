"""A maker's journey towards a certificate, stage by stage."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from app.accounts.models import AuditEntry
from app.accounts.subjects import Subject
from app.businesses.models import Business
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion
from app.halal import journey, service
from app.halal.models import Application, ApplicationStep
from app.halal.queries import applications as queries
from app.halal.queries.facts import list_application_spans
from app.halal.rules import Span
from app.halal.schemas.applications import ApplicationStart, ApplicationUpdate, StepRecord
from app.halal.service import applications
from app.halal.vocabulary import CLOSING, ROUTE_STAGES, SIDE_STAGES, Route, Stage
from tests.catalogue.goods import maker, official
from tests.factories import NOON
from tests.halal.papers import TODAY, make_certificate


def _day(before: int) -> dt.date:
    return TODAY - dt.timedelta(days=before)


@pytest.fixture
def owner(session: Session) -> tuple[Subject, Business]:
    """A maker's person with her business."""
    return maker(session)


def _start(session: Session, owner: tuple[Subject, Business], route: Route = Route.REGULAR) -> Application:
    return applications.start_application(
        session, actor=owner[0], business=owner[1], data=ApplicationStart(route=route), now=NOON
    )


def _step(
    session: Session,
    owner: tuple[Subject, Business],
    application: Application,
    stage: Stage,
    before: int = 0,
    **more: Any,
) -> Application:
    version, told = more.pop("version", None), more.pop("told", before)
    data = StepRecord(stage=stage, reached_on=_day(before), **more)
    return applications.record_step(
        session,
        actor=owner[0],
        application=application,
        data=data,
        now=NOON - dt.timedelta(days=told),
        version=version,
    )


def _actions(session: Session) -> list[str]:
    statement = select(AuditEntry.action).where(AuditEntry.subject_type == "application").order_by(col(AuditEntry.id))
    return list(session.exec(statement).all())


def test_a_journey_is_followed_from_stage_to_stage(session: Session, owner: tuple[Subject, Business]) -> None:
    application = _start(session, owner)
    for place, stage in enumerate(ROUTE_STAGES[Route.REGULAR][1:]):
        _step(session, owner, application, stage, before=40 - place)
    assert (application.stage, application.closed_on) == (Stage.CERTIFICATE_ISSUED, _day(30))
    assert _actions(session) == ["application.started"] + ["application.moved"] * 11
    spans = list_application_spans(session, [application.id])
    assert spans == {application.id: (Span(_day(40), _day(30)),)}


def test_each_step_tells_the_areas_above(
    session: Session, owner: tuple[Subject, Business], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, ...]] = []
    monkeypatch.setattr(service, "APPLICATIONS_CHANGED", [lambda _session, ids, _now: told.append(tuple(ids))])
    application = _start(session, owner)
    _step(session, owner, application, Stage.SUBMITTED)
    assert told == [(application.id,)]


@pytest.mark.parametrize(
    ("route", "taken", "stage"),
    [
        (Route.REGULAR, [], Stage.COMPANION_ASSIGNED),
        (Route.SELF_DECLARE, [], Stage.LPH_EXAMINING),
        (Route.REGULAR, [], Stage.FATWA_NOT_HALAL),
        (Route.REGULAR, [Stage.PAID], Stage.SUBMITTED),
        (Route.REGULAR, [Stage.PAID], Stage.PAID),
        (Route.REGULAR, [Stage.PAID], Stage.DRAFT),
        (Route.REGULAR, [Stage.SUBMITTED, Stage.RETURNED_FOR_DOCUMENTS], Stage.RETURNED_FOR_DOCUMENTS),
        (Route.SELF_DECLARE, [Stage.SUBMITTED, Stage.COMMITTEE_NOT_HALAL], Stage.CERTIFICATE_ISSUED),
        (Route.REGULAR, [Stage.WITHDRAWN], Stage.SUBMITTED),
    ],
)
def test_a_stage_that_cannot_follow_is_refused_at_the_field(
    session: Session, owner: tuple[Subject, Business], route: Route, taken: list[Stage], stage: Stage
) -> None:
    application = _start(session, owner, route)
    for each in taken:
        _step(session, owner, application, each, before=1)
    with pytest.raises(Invalid) as refused:
        _step(session, owner, application, stage)
    assert set(refused.value.fields) == {"stage"}
    assert len(application.steps) == len(taken)


@pytest.mark.parametrize("before", [-1, 3, 4000])
def test_a_day_that_cannot_be_is_refused_at_the_field(
    session: Session, owner: tuple[Subject, Business], before: int
) -> None:
    application = _start(session, owner)
    _step(session, owner, application, Stage.SUBMITTED, before=2)
    with pytest.raises(Invalid) as refused:
        _step(session, owner, application, Stage.PAID, before=before, told=0)
    assert set(refused.value.fields) == {"reached_on"}


def test_a_journey_that_began_long_before_it_was_told_counts_from_when_it_was_told(
    session: Session, owner: tuple[Subject, Business]
) -> None:
    application = _start(session, owner)
    _step(session, owner, application, Stage.LPH_EXAMINING, before=200, told=1)
    assert list_application_spans(session, [application.id]) == {application.id: (Span(_day(1)),)}


def test_being_sent_back_leads_back_onto_the_way(session: Session, owner: tuple[Subject, Business]) -> None:
    application = _start(session, owner)
    _step(session, owner, application, Stage.SUBMITTED, before=9)
    _step(session, owner, application, Stage.RETURNED_FOR_DOCUMENTS, before=8)
    assert journey.next_stages(Route.REGULAR, journey.taken(application.steps))[0] is Stage.SUBMITTED
    _step(session, owner, application, Stage.SUBMITTED, before=7)
    assert list_application_spans(session, [application.id]) == {application.id: (Span(_day(9)),)}


def test_a_correction_opens_what_was_closed_by_mistake(session: Session, owner: tuple[Subject, Business]) -> None:
    application = _start(session, owner)
    _step(session, owner, application, Stage.SUBMITTED, before=9)
    _step(session, owner, application, Stage.CERTIFICATE_ISSUED, before=3)
    assert (application.stage, application.closed_on) == (Stage.CERTIFICATE_ISSUED, _day(3))
    _step(session, owner, application, Stage.FATWA_HALAL, before=3, correction=True)
    assert application.closed_on is None
    assert Stage(application.stage) is Stage.FATWA_HALAL
    assert [step.stage for step in application.steps] == ["submitted", "certificate_issued", "fatwa_halal"]
    spans = list_application_spans(session, [application.id])[application.id]
    inside = [before for before in range(12) if any(span.covers(_day(before)) for span in spans)]
    assert inside == list(range(10))
    entry = session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc())).first()
    assert entry is not None
    assert (entry.after or {})["correction"] is True


def test_two_who_record_at_once_do_not_both_succeed(session: Session, owner: tuple[Subject, Business]) -> None:
    application = _start(session, owner)
    version = application.version
    _step(session, owner, application, Stage.SUBMITTED, version=version)
    with pytest.raises(StaleVersion):
        _step(session, owner, application, Stage.PAID, version=version)


def test_only_its_maker_follows_a_journey(session: Session, owner: tuple[Subject, Business]) -> None:
    application = _start(session, owner)
    session.commit()
    stranger, _ = maker(session)
    officer = official(session)
    for actor, refusal in ((stranger, NotFound), (officer, Forbidden)):
        with pytest.raises(refusal):
            _step(session, (actor, owner[1]), application, Stage.SUBMITTED)
        with pytest.raises(refusal):
            _start(session, (actor, owner[1]))
        with pytest.raises(NotFound):
            queries.get_own_application(session, actor, application.id)
    assert queries.get_own_application(session, owner[0], application.id).id == application.id
    assert [each.id for each in queries.list_own_applications(session, [owner[1].id])] == [application.id]


def test_too_many_open_journeys_are_refused(
    session: Session, owner: tuple[Subject, Business], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applications, "MOST_OPEN", 1)
    first = _start(session, owner)
    with pytest.raises(Conflict):
        _start(session, owner)
    _step(session, owner, first, Stage.WITHDRAWN)
    assert _start(session, owner).id != first.id


def test_the_certificate_that_came_of_it_is_one_of_hers(session: Session, owner: tuple[Subject, Business]) -> None:
    application = _start(session, owner)
    hers = make_certificate(session, business=owner[1])
    theirs = make_certificate(session)
    act: dict[str, Any] = {"actor": owner[0], "application": application, "now": NOON}
    with pytest.raises(Invalid) as refused:
        applications.update_application(session, **act, data=ApplicationUpdate(certificate=theirs.public_id))
    assert set(refused.value.fields) == {"certificate"}
    data = ApplicationUpdate(certificate=hers.public_id, registration_number="SH2026-1")
    applications.update_application(session, **act, data=data)
    assert (application.certificate_id, application.registration_number) == (hers.id, "SH2026-1")
    applications.update_application(session, **act, data=data)
    applications.update_application(session, **act, data=ApplicationUpdate(certificate=None))
    assert (application.certificate_id, application.registration_number) == (None, "SH2026-1")
    assert _actions(session).count("application.changed") == 2


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(Route), st.data())
def test_whatever_follows_belongs_to_the_route_and_never_goes_back(route: Route, data: st.DataObject) -> None:
    reached: list[Stage] = [Stage.DRAFT]
    way = ROUTE_STAGES[route]
    while following := journey.next_stages(route, reached):
        assert set(following) <= set(way) | SIDE_STAGES[route]
        assert len(set(following)) == len(following)
        stage = data.draw(st.sampled_from(following))
        if stage in way and reached[-1] in way:
            assert way.index(stage) > way.index(reached[-1])
        reached.append(stage)
        if len(reached) > 40:  # sent back again and again
            break
    else:
        assert reached[-1] in CLOSING
    assert journey.straight(route, reached) in way


def test_steps_are_kept_as_recorded(session: Session, owner: tuple[Subject, Business]) -> None:
    application = _start(session, owner)
    _step(session, owner, application, Stage.SUBMITTED, before=2, note="  nomor   0412 ")
    kept = session.exec(select(ApplicationStep)).one()
    assert (kept.stage, kept.reached_on, kept.note, kept.recorded_by_id) == (
        Stage.SUBMITTED,
        _day(2),
        "nomor 0412",
        owner[0].user_id,
    )
