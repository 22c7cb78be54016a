"""What makers and officials do with profiles."""

import datetime as dt

import pytest
from sqlmodel import Session, col, select

from app.accounts.models import AuditEntry, Membership, Organisation, Role
from app.accounts.subjects import Command
from app.businesses import checks, jobs, queries, rules, service
from app.businesses.models import (
    Business,
    BusinessState,
    BusinessText,
    Contact,
    ContactKind,
    Licence,
    LicenceKind,
    ReturnReason,
    TextOrigin,
    TrademarkState,
)
from app.businesses.schemas import (
    BusinessUpdate,
    ContactSave,
    LicenceAdd,
    ReasonGiven,
    StorySave,
    TrademarkAdd,
)
from app.core import papers
from app.core.checks import Inspection
from app.core.config import Settings
from app.core.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from app.core.languages import Language
from app.core.outbox import OutboxRow
from app.core.storage import Storage, open_storage
from tests.businesses.steps import JPEG, NOON, PDF, a_maker, a_start, an_official, fresh, subject_of
from tests.factories import make_city, make_kecamatan, make_user

LATER = NOON + dt.timedelta(days=1)


def entries(session: Session) -> list[AuditEntry]:
    return list(session.exec(select(AuditEntry).order_by(col(AuditEntry.id))))


def mails(session: Session) -> list[OutboxRow]:
    return list(session.exec(select(OutboxRow).where(OutboxRow.kind == "mail").order_by(col(OutboxRow.id))))


@pytest.fixture
def storage(settings: Settings) -> Storage:
    return open_storage(settings)


# --- beginning --------------------------------------------------------------------------------------------------------


def test_start_business_makes_a_draft_with_its_organisation_and_member(session: Session) -> None:
    user = make_user(session)
    data = a_start(session, brand="Kopi Ciwalk")
    business = service.start_business(session, actor=subject_of(user), data=data, now=NOON)
    session.commit()
    assert (business.slug, business.state, business.name_key) == ("kopi-ciwalk", BusinessState.DRAFT, "kopi ciwalk")
    organisation = session.get(Organisation, business.organisation_id)
    assert organisation is not None
    assert organisation.name == "Kopi Ciwalk"
    members = session.exec(select(Membership).where(Membership.organisation_id == organisation.id)).all()
    assert [(member.user_id, member.role) for member in members] == [(user.id, Role.MAKER)]
    texts = session.exec(select(BusinessText).where(BusinessText.business_id == business.id)).all()
    assert [(text.language, text.origin) for text in texts] == [(Language.ID, TextOrigin.HUMAN)]
    assert [entry.action for entry in entries(session)] == ["business.started"]


def test_start_business_needs_a_brand_only(session: Session) -> None:
    data = a_start(session, legal_name="", nib=None, kbli=[], scale=None, kecamatan_code=None, story="")
    business = service.start_business(session, actor=subject_of(make_user(session)), data=data, now=NOON)
    assert set(rules.missing_for_check(business, [])) == {
        "legal_name",
        "nib",
        "kbli",
        "scale",
        "kecamatan_code",
        "story",
    }


def test_start_business_gives_free_addresses_to_equal_brands(session: Session) -> None:
    slugs = [
        service.start_business(
            session, actor=subject_of(make_user(session)), data=a_start(session, brand="Rasa!"), now=NOON
        ).slug
        for _ in range(3)
    ]
    assert slugs == ["rasa", "rasa-2", "rasa-3"]


def test_start_business_refuses_a_second_one_of_the_same_person(session: Session) -> None:
    person = subject_of(make_user(session))
    service.start_business(session, actor=person, data=a_start(session), now=NOON)
    with pytest.raises(Conflict, match="workspace already"):
        service.start_business(session, actor=person, data=a_start(session), now=NOON)


def test_start_business_refuses_an_nib_in_use_and_names_the_field(session: Session) -> None:
    service.start_business(session, actor=Command(), data=a_start(session, nib="1234567890123"), now=NOON)
    with pytest.raises(Conflict) as caught:
        service.start_business(session, actor=Command(), data=a_start(session, nib="1234567890123"), now=NOON)
    assert list(caught.value.fields) == ["nib"]


def test_start_business_refuses_a_district_that_is_not_listed(session: Session) -> None:
    with pytest.raises(Invalid) as caught:
        service.start_business(session, actor=Command(), data=a_start(session, kecamatan_code="99.99.99"), now=NOON)
    assert list(caught.value.fields) == ["kecamatan_code"]


def test_start_business_puts_the_maker_in_the_city_of_her_district(session: Session) -> None:
    cimahi = make_city(session, slug="cimahi")
    make_kecamatan(session, code="32.77.01", name="Cimahi Selatan", slug="cimahi-selatan", regency="Kota Cimahi")
    data = a_start(session, kecamatan_code="32.77.01")
    business = service.start_business(session, actor=Command(), data=data, now=NOON)
    assert business.city_id == cimahi.id


def test_start_business_by_a_command_may_leave_the_maker_unclaimed(session: Session) -> None:
    data = a_start(session)
    business = service.start_business(
        session, actor=Command(), data=data, now=NOON, slug="imported", external=("marketplace", "77")
    )
    assert (business.slug, business.external_source, business.external_id) == ("imported", "marketplace", "77")
    assert queries.list_members(session, business) == []


# --- the profile ------------------------------------------------------------------------------------------------------


def test_update_profile_changes_what_is_named_and_moves_the_version(session: Session) -> None:
    person, business = a_maker(session)
    version = business.version
    data = BusinessUpdate(capacity="450 a month", employees=11)
    service.update_profile(session, actor=person, business=business, data=data, now=LATER)
    assert (business.capacity, business.employees, business.year) == ("450 a month", 11, 2015)
    assert business.version == version + 1
    entry = entries(session)[-1]
    assert (entry.action, entry.before, entry.after) == (
        "business.updated",
        {"capacity": "", "employees": None},
        {"capacity": "450 a month", "employees": 11},
    )


def test_update_profile_with_nothing_new_leaves_no_trace(session: Session) -> None:
    person, business = a_maker(session)
    version, count = business.version, len(entries(session))
    data = BusinessUpdate(brand=business.brand)
    service.update_profile(session, actor=person, business=business, data=data, now=LATER)
    assert (business.version, len(entries(session))) == (version, count)


def test_update_profile_keeps_what_the_city_checked(session: Session) -> None:
    person, business = a_maker(session)
    for change in ({"nib": "9999999999999"}, {"legal_name": "PT Lain"}):
        data = BusinessUpdate.model_validate(change)
        with pytest.raises(Conflict) as caught:
            service.update_profile(session, actor=person, business=business, data=data, now=LATER)
        assert list(caught.value.fields) == list(change)


def test_update_profile_refuses_to_empty_what_the_city_needs(session: Session) -> None:
    person, business = a_maker(session, BusinessState.SUBMITTED)
    with pytest.raises(service.ProfileIncomplete) as caught:
        service.update_profile(session, actor=person, business=business, data=BusinessUpdate(kbli=[]), now=LATER)
    assert list(caught.value.fields) == ["kbli"]
    session.rollback()


def test_update_profile_of_a_renamed_maker_tells_the_areas_above_and_the_list(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(service, "CHANGED", [lambda _, number, __: told.append(number)])
    person, business = a_maker(session)
    service.update_profile(session, actor=person, business=business, data=BusinessUpdate(capacity="9"), now=LATER)
    assert told == []
    service.update_profile(session, actor=person, business=business, data=BusinessUpdate(brand="Éndah"), now=LATER)
    assert (told, business.name_key) == ([business.id], "endah")


def test_update_profile_of_somebody_else_is_not_found(session: Session) -> None:
    _, business = a_maker(session)
    stranger, _ = a_maker(session)
    official = an_official(session)
    for person in (stranger, official):
        with pytest.raises(NotFound):
            service.update_profile(
                session, actor=person, business=business, data=BusinessUpdate(capacity="x"), now=LATER
            )


# --- stories ----------------------------------------------------------------------------------------------------------


def test_save_story_marks_translations_of_an_older_story(session: Session) -> None:
    person, business = a_maker(session)

    def save(language: Language, story: str) -> None:
        service.save_story(
            session, actor=person, business=business, language=language, data=StorySave(story=story), now=LATER
        )

    save(Language.ID, "Satu.")
    save(Language.KO, "하나.")
    by_language = {text.language: text for text in fresh(session, person, business).texts}
    assert not rules.is_stale(by_language[Language.KO], business.texts, business)
    save(Language.ID, "Dua.")
    by_language = {text.language: text for text in fresh(session, person, business).texts}
    assert rules.is_stale(by_language[Language.KO], business.texts, business)
    save(Language.KO, "둘.")
    by_language = {text.language: text for text in fresh(session, person, business).texts}
    assert not rules.is_stale(by_language[Language.KO], business.texts, business)
    assert not rules.is_stale(by_language[Language.ID], business.texts, business)


def test_save_story_empty_removes_a_translation_but_not_a_checked_makers_own(session: Session) -> None:
    person, business = a_maker(session)
    service.save_story(session, actor=person, business=business, language=Language.EN, data=StorySave(), now=LATER)
    assert [text.language for text in fresh(session, person, business).texts] == [Language.ID]
    with pytest.raises(service.ProfileIncomplete):
        service.save_story(session, actor=person, business=business, language=Language.ID, data=StorySave(), now=LATER)


# --- contacts ---------------------------------------------------------------------------------------------------------


def test_save_contact_keeps_consent_with_its_moment_and_purpose(session: Session) -> None:
    person, business = a_maker(session)
    data = ContactSave(kind=ContactKind.WHATSAPP, value="0812 3456 7890", public=True)
    contact = service.save_contact(session, actor=person, business=business, data=data, now=NOON)
    assert (contact.value, contact.consented_at, contact.purpose) == ("+6281234567890", NOON, "public_page")
    service.save_contact(session, actor=person, business=business, data=data, now=LATER)
    assert contact.consented_at == NOON
    other = ContactSave(kind=ContactKind.WHATSAPP, value="+82 2 731 2114", public=True)
    service.save_contact(session, actor=person, business=business, data=other, now=LATER)
    assert (contact.value, contact.consented_at) == ("+8227312114", LATER)
    assert [row.kind for row in session.exec(select(Contact))] == [ContactKind.WHATSAPP]


def test_withdraw_consent_hides_the_contact_and_keeps_it(session: Session) -> None:
    person, business = a_maker(session)
    data = ContactSave(kind=ContactKind.EMAIL, value="halo@samak.example", public=True)
    service.save_contact(session, actor=person, business=business, data=data, now=NOON)
    assert [contact.value for contact in queries.public_contacts(fresh(session, person, business))] == [
        "halo@samak.example"
    ]
    service.withdraw_consent(session, actor=person, business=business, kind=ContactKind.EMAIL, now=LATER)
    assert queries.public_contacts(fresh(session, person, business)) == []
    assert [contact.value for contact in business.contacts] == ["halo@samak.example"]
    assert entries(session)[-1].action == "business.consent_withdrawn"


def test_no_contact_is_written_to_the_trail(session: Session) -> None:
    person, business = a_maker(session)
    secret = "canary@example.org"
    data = ContactSave(kind=ContactKind.EMAIL, value=secret, public=True)
    service.save_contact(session, actor=person, business=business, data=data, now=NOON)
    service.withdraw_consent(session, actor=person, business=business, kind=ContactKind.EMAIL, now=NOON)
    service.remove_contact(session, actor=person, business=business, kind=ContactKind.EMAIL, now=NOON)
    written = "".join(f"{entry.before}{entry.after}" for entry in entries(session))
    assert "email" in written
    assert secret not in written
    assert fresh(session, person, business).contacts == []


# --- papers and marks -------------------------------------------------------------------------------------------------


def test_add_licence_keeps_the_file_out_of_the_public(session: Session, storage: Storage) -> None:
    person, business = a_maker(session)
    licence = service.add_licence(
        session,
        actor=person,
        business=business,
        data=LicenceAdd(kind=LicenceKind.NIB, number="123"),
        file_name='..\\geheim/NIB "2026".exe',
        content=PDF,
        storage=storage,
        now=NOON,
    )
    assert licence.file_key.startswith("private/papers/")
    assert (licence.mime, licence.file_name, licence.size) == ("application/pdf", "NIB 2026.pdf", len(PDF))
    assert storage.get(licence.file_key) == PDF
    assert list(papers.check_papers(Inspection(session, storage, NOON))) == []


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"MZ\x90", b"<svg>", b"RIFF1234WAVE", b" %PDF-1.4"])
def test_add_licence_refuses_other_files(session: Session, storage: Storage, content: bytes) -> None:
    person, business = a_maker(session)
    with pytest.raises(papers.FileRefused) as caught:
        service.add_licence(
            session,
            actor=person,
            business=business,
            data=LicenceAdd(kind=LicenceKind.OTHER),
            file_name="a.pdf",
            content=content,
            storage=storage,
            now=NOON,
        )
    assert list(caught.value.fields) == ["file"]
    assert list(storage.keys("private/")) == []


def test_add_licence_refuses_more_than_ten_megabytes(session: Session, storage: Storage) -> None:
    person, business = a_maker(session)
    content = JPEG + bytes(papers.MAX_BYTES)
    with pytest.raises(TooLarge):
        service.add_licence(
            session,
            actor=person,
            business=business,
            data=LicenceAdd(kind=LicenceKind.OTHER),
            file_name="a.jpg",
            content=content,
            storage=storage,
            now=NOON,
        )


def test_remove_licence_asks_for_its_file_to_go(session: Session, storage: Storage) -> None:
    person, business = a_maker(session)
    licence = service.add_licence(
        session,
        actor=person,
        business=business,
        data=LicenceAdd(kind=LicenceKind.OTHER),
        file_name="a.jpg",
        content=JPEG,
        storage=storage,
        now=NOON,
    )
    key = licence.file_key
    service.remove_licence(session, actor=person, business=business, licence_id=licence.id, now=NOON)
    assert session.exec(select(Licence)).all() == []
    row = session.exec(select(OutboxRow).where(OutboxRow.kind == jobs.DELETE_FILE)).one()
    assert row.payload == {"key": key}


def test_remove_licence_of_another_maker_is_not_found(session: Session, storage: Storage) -> None:
    person, business = a_maker(session)
    _, other = a_maker(session)
    licence = Licence(business_id=other.id, kind=LicenceKind.NIB, created_at=NOON)
    session.add(licence)
    session.flush()
    with pytest.raises(NotFound):
        service.remove_licence(session, actor=person, business=business, licence_id=licence.id, now=NOON)


def test_trademarks_come_and_go(session: Session) -> None:
    person, business = a_maker(session)
    data = TrademarkAdd(name="SAMAK", number="IDM000012345", nice_class=18, state=TrademarkState.REGISTERED)
    mark = service.add_trademark(session, actor=person, business=business, data=data, now=NOON)
    assert [each.name for each in fresh(session, person, business).trademarks] == ["SAMAK"]
    service.remove_trademark(session, actor=person, business=business, trademark_id=mark.id, now=NOON)
    assert fresh(session, person, business).trademarks == []


# --- the check --------------------------------------------------------------------------------------------------------


def test_submit_business_names_everything_that_is_missing(session: Session) -> None:
    user = make_user(session)
    data = a_start(session, legal_name="", nib=None, kbli=[], scale=None, kecamatan_code=None, story="")
    started = service.start_business(session, actor=subject_of(user), data=data, now=NOON)
    person = subject_of(user, (Role.MAKER, started.organisation_id))
    business = queries.get_business(session, started.slug, viewer=person)
    with pytest.raises(service.ProfileIncomplete) as caught:
        service.submit_business(session, actor=person, business=business, now=NOON)
    assert set(caught.value.fields) == {"legal_name", "nib", "kbli", "scale", "kecamatan_code", "story"}
    assert business.state == BusinessState.DRAFT


def test_submit_business_needs_a_confirmed_address(session: Session) -> None:
    person, business = a_maker(session, BusinessState.DRAFT)
    unconfirmed = subject_of(
        make_user(session), (Role.MAKER, business.organisation_id), email_verified=False, user_id=person.user_id
    )
    with pytest.raises(Forbidden):
        service.submit_business(session, actor=unconfirmed, business=business, now=NOON)


def test_submit_business_clears_the_reason_of_the_last_return(session: Session) -> None:
    person, business = a_maker(session, BusinessState.RETURNED)
    service.submit_business(session, actor=person, business=business, now=LATER)
    assert (business.state, business.submitted_at, business.return_code, business.return_reason) == (
        BusinessState.SUBMITTED,
        LATER,
        "",
        "",
    )


def test_verify_business_dates_it_tells_the_maker_and_the_areas_above(
    session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(service, "CHANGED", [lambda _, number, __: told.append(number)])
    _, business = a_maker(session, BusinessState.SUBMITTED)
    official = an_official(session)
    service.verify_business(session, actor=official, business=business, now=LATER, settings=settings)
    assert (business.state, business.verified_at, business.decided_by_id) == (
        BusinessState.VERIFIED,
        LATER,
        official.user_id,
    )
    assert told == [business.id]
    [mail] = mails(session)
    assert business.brand in mail.payload["subject"]
    assert f"{settings.public_url}/en/workspace" in mail.payload["text"]
    entry = entries(session)[-1]
    assert (entry.action, entry.actor_id) == ("business.verified", official.user_id)


def test_return_business_writes_the_reason_in_the_makers_language(session: Session, settings: Settings) -> None:
    _, business = a_maker(session, BusinessState.SUBMITTED)
    data = ReasonGiven(code=ReturnReason.OTHER, text="100 % katun? %(brand)s")
    service.return_business(
        session, actor=an_official(session), business=business, data=data, now=LATER, settings=settings
    )
    assert (business.state, business.return_code, business.verified_at) == (BusinessState.RETURNED, "other", None)
    [mail] = mails(session)
    assert "100 % katun? %(brand)s" in mail.payload["text"]


def test_suspend_and_restore_keep_the_day_of_verification(session: Session, settings: Settings) -> None:
    _, business = a_maker(session)
    official = an_official(session)
    day = business.verified_at
    reason = ReasonGiven(code=ReturnReason.ASKED_BY_MAKER)
    service.suspend_business(session, actor=official, business=business, data=reason, now=LATER, settings=settings)
    assert (business.state, business.verified_at) == (BusinessState.SUSPENDED, day)
    service.restore_business(session, actor=official, business=business, now=LATER, settings=settings)
    assert (business.state, business.verified_at, business.return_code) == (BusinessState.VERIFIED, day, "")


def test_only_officials_decide(session: Session, settings: Settings) -> None:
    person, business = a_maker(session, BusinessState.SUBMITTED)
    reason = ReasonGiven(code=ReturnReason.NAME_DIFFERS)
    with pytest.raises(Forbidden):
        service.verify_business(session, actor=person, business=business, now=NOON, settings=settings)
    with pytest.raises(Forbidden):
        service.return_business(session, actor=person, business=business, data=reason, now=NOON, settings=settings)
    with pytest.raises(Forbidden):
        service.suspend_business(session, actor=person, business=business, data=reason, now=NOON, settings=settings)
    with pytest.raises(Forbidden):
        service.restore_business(session, actor=person, business=business, now=NOON, settings=settings)
    assert business.state == BusinessState.SUBMITTED


def test_a_decision_on_another_version_than_seen_is_refused(session: Session, settings: Settings) -> None:
    person, business = a_maker(session, BusinessState.SUBMITTED)
    seen = business.version
    service.save_story(
        session, actor=person, business=business, language=Language.EN, data=StorySave(story="New."), now=LATER
    )
    with pytest.raises(Conflict):
        service.verify_business(
            session, actor=an_official(session), business=business, now=LATER, settings=settings, seen_version=seen
        )
    assert business.state == BusinessState.SUBMITTED


# --- the checker ------------------------------------------------------------------------------------------------------


def test_checks_find_nothing_in_lives_lived_by_services(session: Session, settings: Settings, storage: Storage) -> None:
    user = make_user(session)
    business = service.start_business(session, actor=subject_of(user), data=a_start(session), now=NOON)
    person = subject_of(user, (Role.MAKER, business.organisation_id))
    service.submit_business(session, actor=person, business=business, now=NOON)
    service.verify_business(session, actor=Command(), business=business, now=NOON, settings=settings)
    assert list(checks.check_businesses(Inspection(session, storage, NOON))) == []


def test_checks_name_what_does_not_hold(session: Session, storage: Storage) -> None:
    _, verified = a_maker(session, verified_at=None)
    _, draft = a_maker(session, BusinessState.DRAFT, verified_at=NOON)
    _, returned = a_maker(session, BusinessState.RETURNED, return_code="")
    _, renamed = a_maker(session, name_key="another")
    session.add(Contact(business_id=draft.id, kind=ContactKind.EMAIL, value="a@b.example", consented_at=NOON))
    session.flush()
    faults = list(checks.check_businesses(Inspection(session, storage, NOON)))
    assert faults == [
        f"maker {verified.slug} is verified without a day",
        f"maker {draft.slug} has a day of verification without being verified",
        f"maker {returned.slug} was returned or suspended without a reason",
        f"maker {renamed.slug} is sorted by another name than her own",
        f"contact {session.exec(select(Contact.id)).one()} is public without a purpose",
    ]


def test_checks_name_a_paper_without_a_file(session: Session, storage: Storage) -> None:
    _, business = a_maker(session)
    licence = Licence(
        business_id=business.id, kind=LicenceKind.NIB, file_key="private/papers/gone.pdf", created_at=NOON
    )
    session.add(licence)
    session.flush()
    assert list(papers.check_papers(Inspection(session, storage, NOON))) == [f"paper {licence.id} has lost its file"]


# --- personal data ----------------------------------------------------------------------------------------------------


def test_erasing_the_only_person_empties_and_hides_the_profile(session: Session, storage: Storage) -> None:
    person, business = a_maker(session)
    canary = "canary@example.org"
    service.save_contact(
        session,
        actor=person,
        business=business,
        data=ContactSave(kind=ContactKind.EMAIL, value=canary, public=True),
        now=NOON,
    )
    service.add_licence(
        session,
        actor=person,
        business=business,
        data=LicenceAdd(kind=LicenceKind.NIB),
        file_name="a.pdf",
        content=PDF,
        storage=storage,
        now=NOON,
    )
    told = service.export_maker(session, person.user_id)
    assert told is not None
    assert [contact["value"] for contact in told["contacts"]] == [canary]
    service.erase_maker(session, person, LATER)
    stored = fresh(session, person, business)
    assert (stored.state, stored.nib, stored.legal_name) == (BusinessState.SUSPENDED, None, "")
    assert (stored.texts, stored.contacts, stored.licences) == ([], [], [])
    assert len(session.exec(select(OutboxRow).where(OutboxRow.kind == jobs.DELETE_FILE)).all()) == 1
    assert list(checks.check_businesses(Inspection(session, storage, NOON))) == []


def test_erasing_one_of_two_people_leaves_the_profile_to_the_other(session: Session) -> None:
    person, business = a_maker(session)
    organisation = session.get_one(Organisation, business.organisation_id)
    make_user(session, role=Role.MAKER, organisation=organisation)
    service.erase_maker(session, person, LATER)
    assert fresh(session, person, business).state == BusinessState.VERIFIED


def test_a_decision_that_came_second_is_refused_by_the_row_itself(session: Session, settings: Settings) -> None:
    _, business = a_maker(session, BusinessState.SUBMITTED)
    official = an_official(session)
    # Somebody else's decision, which this session has not read.
    session.connection().execute(
        Business.__table__.update().where(Business.id == business.id).values(state="returned")  # type: ignore[attr-defined]
    )
    with pytest.raises(Conflict):
        service.verify_business(session, actor=official, business=business, now=LATER, settings=settings)
    assert mails(session) == []
