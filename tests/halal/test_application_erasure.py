"""What becomes of a maker's applications when she asks for her data, and when she leaves (Law 27/2022)."""

from sqlmodel import Session, select

from app.accounts.subjects import Subject
from app.businesses.models import Business
from app.halal.models import Application, ApplicationStep
from app.halal.schemas.applications import ApplicationStart, StepRecord
from app.halal.service import applications
from app.halal.vocabulary import Route, Stage
from tests.catalogue.goods import maker
from tests.factories import NOON, make_maker, make_user
from tests.halal.papers import TODAY


def _journey(session: Session, person: Subject, business: Business) -> Application:
    start = ApplicationStart(route=Route.REGULAR, registration_number="SH2026-1")
    application = applications.start_application(session, actor=person, business=business, data=start, now=NOON)
    step = StepRecord(stage=Stage.SUBMITTED, reached_on=TODAY, note="lewat Bu Tuti")
    applications.record_step(session, actor=person, application=application, data=step, now=NOON)
    session.commit()
    return application


def test_a_maker_is_handed_what_she_reported(session: Session) -> None:
    person, business = maker(session)
    _journey(session, person, business)
    assert applications.export_applications(session, person.user_id) == [
        {
            "route": "regular",
            "stage": "submitted",
            "registration_number": "SH2026-1",
            "external_status": "",
            "steps": [{"stage": "submitted", "reached_on": "2026-11-20", "note": "lewat Bu Tuti"}],
        }
    ]
    assert applications.export_applications(session, make_user(session).id) is None


def test_an_erased_maker_leaves_stages_and_days_but_no_words(session: Session) -> None:
    person, business = maker(session)
    _journey(session, person, business)
    applications.erase_applications(session, person, NOON)
    session.expire_all()
    row = session.exec(select(Application)).one()
    assert (row.registration_number, row.stage, row.closed_on) == ("", Stage.WITHDRAWN, TODAY)
    steps = session.exec(select(ApplicationStep).order_by(ApplicationStep.id)).all()  # type: ignore[arg-type]
    assert [(Stage(step.stage), step.reached_on, step.note) for step in steps] == [
        (Stage.SUBMITTED, TODAY, ""),
        (Stage.WITHDRAWN, TODAY, ""),
    ]


def test_applications_of_a_maker_with_other_people_stay(session: Session) -> None:
    person, business = maker(session)
    make_maker(session, business)
    _journey(session, person, business)
    applications.erase_applications(session, person, NOON)
    assert session.exec(select(Application)).one().registration_number == "SH2026-1"
