"""What pages show buyers about halal: badges, the reasons behind a status, and confirmed certificates."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.catalogue import presenting
from app.catalogue.queries import halal_public
from app.catalogue.queries.halal_public import HalalDay, ProductHalal, PublicCertificate
from app.catalogue.routes import TAKEN_IN
from app.core.languages import N_, Language, show_country, show_date, show_time, translate
from app.core.templating import Page
from app.halal import words
from app.halal.rules import HOME, Assessment, Phase, Reason, Status
from app.halal.vocabulary import CertificateState, Confidence, GoodsClass

QUIET = frozenset({Status.NOT_REQUIRED, Status.UNKNOWN, Status.REQUIRED_MISSING})
"""Statuses that only cards of goods for the body show, of which buyers ask first whether they are halal."""
PHASE_STATES = {
    Phase.LIVE: "certified",
    Phase.CLAIMED: "claimed",
    Phase.NOT_YET: "in_process",
    Phase.LAPSED: "lapsed",
    Phase.SUSPENDED: "suspended",
    Phase.NONE: "revoked",
}
"""Which sign a phase is shown with."""


@dataclass(frozen=True)
class HalalBadge:
    """A status in words; ``state`` names its sign."""

    state: str
    label: str


@dataclass(frozen=True)
class ReasonView:
    """One reason in a sentence, with where it comes from."""

    text: str
    source: str
    """Such as "a source, read on 1 November 2026", or empty."""
    unconfirmed: bool


@dataclass(frozen=True)
class DestinationView:
    """The status at one destination with what decides it there."""

    name: str
    badge: HalalBadge
    reasons: tuple[ReasonView, ...]
    chosen: bool


@dataclass(frozen=True)
class CertificateView:
    """A confirmed certificate in short."""

    title: str
    badge: HalalBadge
    rows: tuple[tuple[str, str], ...]
    checks: tuple[tuple[str, str | None, str], ...]
    """(who looked when and what came of it, address looked at or None, place looked at in words)."""
    url: str


@dataclass(frozen=True)
class HalalPanel:
    """Why a product has its status."""

    badge: HalalBadge
    meaning: str
    reasons: tuple[ReasonView, ...]
    certificates: tuple[CertificateView, ...]
    destinations: tuple[DestinationView, ...]
    open: bool
    note: str
    check_url: str


def badge_of(language: Language, status: Status) -> HalalBadge:
    """A status as a badge."""
    return HalalBadge(status.value, translate(language, words.STATUS_LABELS[status]))


def card_badge(language: Language, halal: HalalDay, row: Any) -> HalalBadge | None:
    """The badge on the card of a listing, or None where a card keeps quiet."""
    status = halal.status(row)
    if status in QUIET and halal.goods_class(row) not in TAKEN_IN:
        return None
    return badge_of(language, status)


def reason_view(page: Page, reason: Reason, bodies: Any) -> ReasonView:
    """One reason in a sentence; ``bodies`` gives names by code."""
    source = reason.source
    if source and reason.as_of:
        source = page.gettext(
            N_("%(source)s, read on %(day)s"), source=source, day=show_date(reason.as_of, page.language)
        )
    confidence = Confidence(reason.confidence) if reason.confidence else None
    return ReasonView(
        text=words.say(reason, page.language, bodies),
        source=source,
        unconfirmed=confidence is not None and not confidence.confirmed,
    )


def panel(page: Page, shown: ProductHalal, halal: HalalDay, *, chosen: str | None) -> HalalPanel:
    """The reasons for a product's status at home, and its status at each destination."""
    bodies = halal.reference.bodies
    at_home = shown.at_home
    return HalalPanel(
        badge=badge_of(page.language, at_home.status),
        meaning=page.gettext(words.STATUS_MEANINGS[at_home.status]),
        reasons=tuple(reason_view(page, each, bodies) for each in at_home.reasons),
        certificates=tuple(
            certificate_in_short(page, each, halal) for each in _in_order(shown.certificates.values(), halal)
        ),
        destinations=tuple(
            DestinationView(
                name=show_country(destination, page.language),
                badge=badge_of(page.language, each.status),
                reasons=tuple(reason_view(page, reason, bodies) for reason in _there(each, at_home)),
                chosen=destination == chosen,
            )
            for destination, each in shown.assessments.items()
        ),
        open=chosen is not None,
        note=page.gettext(words.NOT_LEGAL_ADVICE),
        check_url=page.url("catalogue:halal_check"),
    )


def _there(assessment: Assessment, at_home: Assessment) -> Iterable[Reason]:
    """What the status abroad rests on beside what was said of the product at home already."""
    if assessment.destination == HOME:
        return []
    said = {each for each in at_home.reasons if not each.source and each.certificate_id is not None}
    return [each for each in assessment.reasons if each not in said]


_PHASE_ORDER = list(Phase)


def _in_order(certificates: Iterable[PublicCertificate], halal: HalalDay) -> list[PublicCertificate]:
    return sorted(certificates, key=lambda each: (_PHASE_ORDER.index(each.phase(halal.on)), -each.id))


def certificate_badge(page: Page, certificate: PublicCertificate, halal: HalalDay) -> HalalBadge:
    """What a certificate is worth today, in words."""
    phase = certificate.phase(halal.on)
    label = words.PHASES[phase] if phase is not Phase.NONE else words.CERTIFICATE_STATES[certificate.state]
    if phase is Phase.NONE and certificate.state is CertificateState.VERIFIED:
        label = words.PHASES[phase]  # its events say another thing from a later day on
    return HalalBadge(PHASE_STATES[phase], page.gettext(label))


def body_name(halal: HalalDay, code: str) -> str:
    """A body's name with its code."""
    name = halal.reference.bodies.get(code, "")
    return f"{name} ({code})" if name and name != code else code


def valid_until(page: Page, certificate: PublicCertificate) -> str:
    """The end of a certificate in words."""
    if certificate.valid_until is None:
        return page.gettext(N_("until materials or process change"))
    return show_date(certificate.valid_until, page.language)


def certificate_in_short(
    page: Page, certificate: PublicCertificate, halal: HalalDay, *, all_checks: bool = False
) -> CertificateView:
    """A certificate with its newest check, or with all of them."""
    rows = [
        (page.gettext(N_("Certificate number")), certificate.number),
        (page.gettext(N_("Issued by")), body_name(halal, certificate.body)),
        (page.gettext(N_("Holder")), certificate.holder),
        (
            page.gettext(N_("Issued on")),
            show_date(certificate.issued_on, page.language) if certificate.issued_on else "",
        ),
        (page.gettext(N_("Valid until")), valid_until(page, certificate)),
    ]
    if certificate.valid_until is None and certificate.surveillance_due is not None:
        rows.append((page.gettext(N_("Next inspection due")), show_date(certificate.surveillance_due, page.language)))
    checks = certificate.checks if all_checks else certificate.checks[:1]
    return CertificateView(
        title=certificate.number,
        badge=certificate_badge(page, certificate, halal),
        rows=tuple(rows),
        checks=tuple(
            (
                page.gettext(
                    N_("An official of the city looked on %(moment)s. %(result)s."),
                    moment=show_time(each.at, page.language),
                    result=page.gettext(words.CHECK_RESULTS[each.result]),
                ),
                each.looked_at if each.looked_at.startswith("https://") else None,
                each.looked_at,
            )
            for each in checks
        ),
        url=page.url("catalogue:certificate_detail", public_id=certificate.public_id),
    )


# --- public pages of certificates -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class GoodView:
    """A public product that a certificate covers."""

    name: str
    name_locale: str | None
    url: str
    badge: HalalBadge


@dataclass(frozen=True)
class ItemView:
    """A name as printed, with the public goods behind it."""

    name: str
    goods: tuple[GoodView, ...]


@dataclass(frozen=True)
class RecognitionView:
    """What a destination makes of a body's certificates."""

    country: str
    badge: HalalBadge
    goods: str
    source: str
    unconfirmed: bool


@dataclass(frozen=True)
class CertificatePage:
    """The public page of a certificate."""

    certificate: CertificateView
    number: str
    body: str
    maker: str
    maker_url: str | None
    live: bool
    events: tuple[tuple[str, str], ...]
    """(day, what happened), oldest first."""
    items: tuple[ItemView, ...]
    recognition: tuple[RecognitionView, ...]
    successor_url: str | None
    qr_url: str
    share_url: str
    note: str


@dataclass(frozen=True)
class HalalCheckPage:
    """The public check by number or by words."""

    number: str
    q: str
    found: tuple[CertificateView, ...]
    asked: bool
    cards: tuple[Any, ...]
    more_url: str | None
    official_search: str
    recognition_url: str
    note: str


def good_view(page: Page, row: Any, halal: HalalDay) -> GoodView:
    """A covered product in a line."""
    name, locale = presenting.pick(row.names, page.language)
    return GoodView(
        name=name,
        name_locale=None if locale == page.language.value else locale,
        url=page.url("catalogue:product_detail", slug=row.slug),
        badge=badge_of(page.language, halal.status(row)),
    )


def recognition_views(page: Page, halal: HalalDay, body: str) -> tuple[RecognitionView, ...]:
    """What each destination makes of a body's certificates, with where that is from."""
    return tuple(_recognition(page, each) for each in halal_public.list_recognition(halal, body))


_SIGNS = {"recognised": "recognised", "claimed": "claimed", "pending": "pending", "unknown": "unknown"}


def _recognition(page: Page, each: halal_public.Recognised) -> RecognitionView:
    country = show_country(each.destination, page.language)
    known = each.own or each.fact
    source = ""
    if known is not None and known.source:
        source = known.source
        if known.as_of is not None:
            source = page.gettext(
                N_("%(source)s, read on %(day)s"), source=source, day=show_date(known.as_of, page.language)
            )
    unconfirmed = known is not None and not known.confidence.confirmed
    if each.own is not None:
        badge = HalalBadge("recognised", page.gettext(N_("Its own halal authority")))
        return RecognitionView(country, badge, "", source, unconfirmed)
    if each.fact is None:
        return RecognitionView(country, HalalBadge("unknown", page.gettext(N_("Not known"))), "", "", unconfirmed)
    goods = ", ".join(page.gettext(words.GOODS_CLASSES[kind]) for kind in GoodsClass if kind in each.fact.goods)
    state = _SIGNS.get(each.fact.status.value, "not_recognised")
    if unconfirmed and state == "recognised":
        state = "unknown"
    badge = HalalBadge(state, page.gettext(words.RECOGNITION[each.fact.status]))
    return RecognitionView(country, badge, goods, source, unconfirmed)


def certificate_page(
    page: Page,
    certificate: PublicCertificate,
    halal: HalalDay,
    *,
    items: Iterable[halal_public.CoveredItem],
    successor: PublicCertificate | None,
) -> CertificatePage:
    """The public page of a certificate."""

    def url(each: PublicCertificate) -> str:
        return page.url("catalogue:certificate_detail", public_id=each.public_id)

    return CertificatePage(
        certificate=certificate_in_short(page, certificate, halal, all_checks=True),
        number=certificate.number,
        body=body_name(halal, certificate.body),
        maker=certificate.business_name,
        maker_url=page.url("businesses:business_detail", slug=certificate.business_slug)
        if certificate.business_slug
        else None,
        live=certificate.phase(halal.on) is Phase.LIVE,
        events=tuple(
            (show_date(each.on, page.language), page.gettext(words.EVENTS[each.kind]))
            for each in sorted(certificate.facts.events, key=lambda each: each.on)
        ),
        items=tuple(ItemView(each.name, tuple(good_view(page, row, halal) for row in each.goods)) for each in items),
        recognition=recognition_views(page, halal, certificate.body),
        successor_url=url(successor) if successor else None,
        qr_url=page.url("catalogue:certificate_qr", public_id=certificate.public_id),
        share_url=page.absolute(url(certificate)),
        note=page.gettext(words.NOT_LEGAL_ADVICE),
    )
