"""Every word about halal that a person reads: English messages by the codes of ``rules`` and ``vocabulary``.

What rests only on a maker's word says so, what nobody confirmed is called unconfirmed, and nothing promises more than
its evidence. Each message is translated where it is shown; ``say`` puts a reason into a sentence.
"""

import datetime as dt
from collections.abc import Mapping

from app.core.languages import N_, Language, show_date, translate
from app.halal.rules import Phase, Reason, ReasonCode, Status
from app.halal.vocabulary import (
    CertificateState,
    CheckResult,
    Confidence,
    EventKind,
    GoodsClass,
    Provider,
    RecognitionStatus,
    RejectReason,
    Route,
    RuleKind,
    Said,
    Scale,
    Stage,
)

NOT_LEGAL_ADVICE = N_(
    "This is what the city knows and how it reckons, not legal advice. Ask the body that certifies, or the authority"
    " of the destination, before you rely on it."
)
UNCONFIRMED = N_("unconfirmed")
"""Stands beside every fact that nobody read in its source."""

STATUS_LABELS: Mapping[Status, str] = {
    Status.CERTIFIED: N_("Certified halal"),
    Status.CERTIFIED_RECOGNITION_UNKNOWN: N_("Certified, recognition unknown"),
    Status.CERTIFIED_NOT_RECOGNISED: N_("Certified, not recognised there"),
    Status.NOT_REQUIRED: N_("No halal certificate required"),
    Status.IN_PROCESS: N_("Halal in process, as the maker says"),
    Status.CLAIMED: N_("Halal certificate unchecked, as the maker says"),
    Status.SUSPENDED: N_("Halal certificate suspended"),
    Status.LAPSED: N_("Halal certificate lapsed"),
    Status.REQUIRED_MISSING: N_("Required halal certificate missing"),
    Status.UNKNOWN: N_("Halal status unknown"),
    Status.NOT_HALAL: N_("Not halal"),
}
"""The words on a badge."""
STATUS_MEANINGS: Mapping[Status, str] = {
    Status.CERTIFIED: N_(
        "An official of the city has checked a valid certificate that names this product, and it counts at this"
        " destination."
    ),
    Status.CERTIFIED_RECOGNITION_UNKNOWN: N_(
        "An official of the city has checked a valid certificate that names this product. Whether it counts at this"
        " destination is not known."
    ),
    Status.CERTIFIED_NOT_RECOGNISED: N_(
        "An official of the city has checked a valid certificate that names this product, but it does not count at"
        " this destination."
    ),
    Status.NOT_REQUIRED: N_(
        "No law known to us requires a certificate of it today. That says nothing about the goods."
    ),
    Status.IN_PROCESS: N_("The maker says that an application is with the authorities. No certificate counts yet."),
    Status.CLAIMED: N_("The maker says that a certificate covers it. The city has not confirmed that yet."),
    Status.SUSPENDED: N_("There is a certificate, but it is suspended and counts for nothing now."),
    Status.LAPSED: N_("There was a certificate, but its last valid day is over."),
    Status.REQUIRED_MISSING: N_("A certificate is required, and none that counts is known to us."),
    Status.UNKNOWN: N_("Too little is known to say more."),
    Status.NOT_HALAL: N_("The maker declares that this product is not halal."),
}
"""What each status says, in one sentence."""

REASONS: Mapping[ReasonCode, str] = {
    ReasonCode.NOT_LISTED_YET: N_("Nothing was known of this product on that day."),
    ReasonCode.DECLARED_NOT_HALAL: N_("The maker has declared since %(day)s that it is not halal."),
    ReasonCode.MARK_MISSING: N_(
        "The maker has not said that the pack carries the “not halal” mark which the law asks for."
    ),
    ReasonCode.CERTIFICATE_DESPITE_DECLARATION: N_(
        "A valid certificate is linked with it all the same. The declaration counts until this is cleared up."
    ),
    ReasonCode.CERTIFICATE_LIVE: N_("A checked certificate of %(body)s names this product. Its last day is %(day)s."),
    ReasonCode.LINK_UNCONFIRMED: N_(
        "The maker says that a certificate of %(body)s covers it. The city has confirmed that certificate, but not yet"
        " that it covers this product."
    ),
    ReasonCode.CERTIFICATE_CLAIMED: N_(
        "The maker entered a certificate of %(body)s on %(day)s. No official has confirmed it yet."
    ),
    ReasonCode.CERTIFICATE_NOT_YET: N_("A checked certificate of %(body)s names this product from %(day)s on."),
    ReasonCode.CERTIFICATE_LAPSED: N_("A certificate of %(body)s was valid until %(day)s and counts no more."),
    ReasonCode.CERTIFICATE_SUSPENDED: N_("A certificate of %(body)s has been suspended since %(day)s."),
    ReasonCode.CERTIFICATE_REJECTED: N_(
        "On %(day)s an official could not confirm the certificate of %(body)s that the maker entered."
    ),
    ReasonCode.CERTIFICATE_WITHDRAWN: N_("The maker withdrew a certificate of %(body)s on %(day)s."),
    ReasonCode.CERTIFICATE_REVOKED: N_("A certificate of %(body)s was revoked on %(day)s."),
    ReasonCode.CERTIFICATE_SUPERSEDED: N_("A certificate of %(body)s was replaced by another one on %(day)s."),
    ReasonCode.CERTIFICATE_CORRECTED: N_(
        "An official corrected what is written here about a certificate of %(body)s on %(day)s."
    ),
    ReasonCode.SURVEILLANCE_OVERDUE: N_(
        "The next inspection under the certificate of %(body)s was due on %(day)s; no result is known to us."
    ),
    ReasonCode.OWN_AUTHORITY: N_("%(body)s is the halal authority of this country."),
    ReasonCode.RECOGNISED: N_("Certificates of %(body)s have been recognised there since %(day)s."),
    ReasonCode.RECOGNITION_UNCONFIRMED: N_(
        "Certificates of %(body)s are said to be recognised there. This is unconfirmed."
    ),
    ReasonCode.RECOGNITION_CLAIMED: N_("%(body)s says that its certificates are recognised there."),
    ReasonCode.RECOGNITION_PENDING: N_("Recognition of certificates of %(body)s is being decided there."),
    ReasonCode.RECOGNITION_UNKNOWN: N_("Whether certificates of %(body)s are recognised there is not known."),
    ReasonCode.RECOGNITION_WITHDRAWN: N_("Certificates of %(body)s have not been recognised there since %(day)s."),
    ReasonCode.NOT_RECOGNISED: N_("Certificates of %(body)s are not recognised there."),
    ReasonCode.IN_PROCESS: N_("The maker has said since %(day)s that an application is with the authorities."),
    ReasonCode.REQUIRED_SINCE: N_("The law has required a certificate for such goods since %(day)s."),
    ReasonCode.REQUIRED_FROM: N_("The law will require a certificate for such goods from %(day)s on."),
    ReasonCode.REQUIREMENT_UNCONFIRMED: N_(
        "A certificate is said to be required for such goods since %(day)s. This is unconfirmed."
    ),
    ReasonCode.NO_OBLIGATION: N_("No duty to have a certificate is known for such goods."),
    ReasonCode.NO_ANIMAL_MATERIAL: N_(
        "The maker says that it contains nothing of an animal, and the duty is read to bind only goods that do."
    ),
    ReasonCode.ANIMAL_NOT_ANSWERED: N_(
        "The maker has not said whether it contains something of an animal, on which the duty depends."
    ),
    ReasonCode.SCALE_NOT_KNOWN: N_(
        "The duty began on %(day)s for makers of some sizes only, and the size of this maker is not known."
    ),
    ReasonCode.RULE_MANDATORY: N_("A halal certificate is mandatory there for such goods."),
    ReasonCode.RULE_CLAIM_ONLY: N_(
        "Such goods may be sold there without a certificate, but only certified ones may be called halal."
    ),
    ReasonCode.RULE_VOLUNTARY: N_("A halal certificate is voluntary there for such goods."),
    ReasonCode.RULE_MARK_REQUIRED: N_("Goods that are not halal must be marked so there."),
    ReasonCode.RULE_UNKNOWN: N_("What is asked there of such goods is not known."),
}
"""One sentence for each reason; %(body)s is the name of the body, %(day)s the day it is about."""
WITHOUT_A_DAY: Mapping[ReasonCode, str] = {
    ReasonCode.CERTIFICATE_LIVE: N_(
        "A checked certificate of %(body)s names this product. It holds until materials or process change."
    ),
    ReasonCode.DECLARED_NOT_HALAL: N_("The maker declares that it is not halal."),
    ReasonCode.CERTIFICATE_CLAIMED: N_(
        "The maker entered a certificate of %(body)s. No official has confirmed it yet."
    ),
    ReasonCode.CERTIFICATE_SUSPENDED: N_("A certificate of %(body)s is suspended."),
    ReasonCode.RECOGNISED: N_("Certificates of %(body)s are recognised there."),
    ReasonCode.RECOGNITION_WITHDRAWN: N_("Certificates of %(body)s are no longer recognised there."),
    ReasonCode.IN_PROCESS: N_("As the maker says, an application is with the authorities."),
    ReasonCode.REQUIRED_SINCE: N_("The law requires a certificate for such goods."),
    ReasonCode.REQUIREMENT_UNCONFIRMED: N_("Whether and since when such goods need a certificate is unconfirmed."),
    ReasonCode.SCALE_NOT_KNOWN: N_(
        "The duty holds for makers of some sizes only, and the size of this maker is not known."
    ),
}
"""The same where no day is known."""

PHASES: Mapping[Phase, str] = {
    Phase.LIVE: N_("Valid today"),
    Phase.CLAIMED: N_("Not checked yet, as the maker says"),
    Phase.NOT_YET: N_("Confirmed, but not valid yet"),
    Phase.LAPSED: N_("Lapsed"),
    Phase.SUSPENDED: N_("Suspended"),
    Phase.NONE: N_("Counts for nothing"),
}
"""What a certificate is worth on a day."""
CERTIFICATE_STATES: Mapping[CertificateState, str] = {
    CertificateState.CLAIMED: N_("Waiting for a check"),
    CertificateState.VERIFIED: N_("Confirmed"),
    CertificateState.REJECTED: N_("Not confirmed"),
    CertificateState.WITHDRAWN: N_("Withdrawn"),
    CertificateState.SUSPENDED: N_("Suspended"),
    CertificateState.REVOKED: N_("Revoked"),
    CertificateState.SUPERSEDED: N_("Replaced"),
}
EVENTS: Mapping[EventKind, str] = {
    EventKind.ENTERED: N_("Entered by the maker"),
    EventKind.VERIFIED: N_("Confirmed by an official of the city"),
    EventKind.REJECTED: N_("Not confirmed by an official of the city"),
    EventKind.WITHDRAWN: N_("Withdrawn by the maker"),
    EventKind.SUSPENDED: N_("Suspended"),
    EventKind.REINSTATED: N_("In force again"),
    EventKind.REVOKED: N_("Revoked"),
    EventKind.SUPERSEDED: N_("Replaced by another certificate"),
    EventKind.CORRECTED: N_("Corrected here by an official of the city"),
}
RECOGNITION: Mapping[RecognitionStatus, str] = {
    RecognitionStatus.RECOGNISED: N_("Recognised"),
    RecognitionStatus.CLAIMED: N_("Recognised, as the body says"),
    RecognitionStatus.PENDING: N_("Being decided"),
    RecognitionStatus.UNKNOWN: N_("Not known"),
    RecognitionStatus.WITHDRAWN: N_("No longer recognised"),
    RecognitionStatus.NOT_RECOGNISED: N_("Not recognised"),
}
RULES: Mapping[RuleKind, str] = {
    RuleKind.MANDATORY: N_("A certificate is mandatory"),
    RuleKind.CLAIM_ONLY: N_("Only certified goods may be called halal"),
    RuleKind.VOLUNTARY: N_("A certificate is voluntary"),
    RuleKind.NOT_HALAL_MARK_REQUIRED: N_("Goods that are not halal must be marked"),
    RuleKind.UNKNOWN: N_("Not known"),
}
GOODS_CLASSES: Mapping[GoodsClass, str] = {
    GoodsClass.FOOD: N_("Food"),
    GoodsClass.DRINK: N_("Drinks"),
    GoodsClass.COSMETIC: N_("Cosmetics and body care"),
    GoodsClass.HERBAL: N_("Herbal remedies and supplements"),
    GoodsClass.WORN_GOODS: N_("Goods that are worn"),
    GoodsClass.HOUSEHOLD_GOODS: N_("Household goods"),
    GoodsClass.OTHER: N_("Other goods"),
}
SCALES: Mapping[Scale, str] = {
    Scale.MICRO_SMALL: N_("Micro and small makers"),
    Scale.MEDIUM_LARGE: N_("Medium and large makers"),
    Scale.IMPORTER: N_("Importers"),
    Scale.ALL: N_("Makers of every size"),
}
ANSWERS: Mapping[Said, str] = {Said.YES: N_("Yes"), Said.NO: N_("No"), Said.UNSURE: N_("I am not sure")}
CONFIDENCE: Mapping[Confidence, str] = {
    Confidence.OFFICIAL: N_("read by an official in the text of the body itself"),
    Confidence.PUBLIC: N_("from a public source"),
    Confidence.SEED: N_("from the programme's own papers"),
    Confidence.UNVERIFIED: UNCONFIRMED,
}
"""How far a reference fact can be trusted."""
PROVIDERS: Mapping[Provider, str] = {
    Provider.MANUAL: N_("looked up by hand"),
    Provider.LINK: N_("looked up by a link to the official search"),
    Provider.HTTP: N_("asked of the register by this program"),
}
CHECK_RESULTS: Mapping[CheckResult, str] = {
    CheckResult.CONFIRMED: N_("Number, holder and products agree"),
    CheckResult.OTHER_HOLDER: N_("The number belongs to another holder"),
    CheckResult.OTHER_PRODUCTS: N_("Number and holder agree, the products do not"),
    CheckResult.NOT_FOUND: N_("The number was not found"),
    CheckResult.UNREADABLE: N_("The answer could not be read"),
    CheckResult.UNREACHABLE: N_("The register could not be reached"),
}
REJECT_REASONS: Mapping[RejectReason, str] = {
    RejectReason.NOT_IN_REGISTER: N_("The number is not in the register."),
    RejectReason.OTHER_HOLDER: N_("The register names another holder for this number."),
    RejectReason.OTHER_PRODUCTS: N_("The register names other products for this number."),
    RejectReason.UNREADABLE: N_("The picture of the certificate cannot be read."),
    RejectReason.DECREE_ONLY: N_(
        "This is the number of the halal decree (KH). The certificate's own number comes later."
    ),
    RejectReason.LAPSED: N_("The certificate has lapsed."),
    RejectReason.OTHER: N_("Another reason"),
}
ROUTES: Mapping[Route, str] = {
    Route.REGULAR: N_("Regular route, with an inspection body (LPH)"),
    Route.SELF_DECLARE: N_("Self-declaration, with a companion (P3H)"),
}
STAGES: Mapping[Stage, str] = {
    Stage.DRAFT: N_("Being prepared"),
    Stage.SUBMITTED: N_("Submitted in SIHALAL"),
    Stage.RETURNED_FOR_DOCUMENTS: N_("Sent back for documents"),
    Stage.DOCUMENTS_VERIFIED: N_("Documents verified"),
    Stage.FEE_SET: N_("Fee set by the inspection body"),
    Stage.INVOICED: N_("Invoice received"),
    Stage.PAID: N_("Invoice paid"),
    Stage.COMPANION_ASSIGNED: N_("Companion (P3H) assigned"),
    Stage.COMPANION_VERIFIED: N_("Verified by the companion"),
    Stage.RETURNED: N_("Sent back for changes"),
    Stage.BPJPH_VERIFIED: N_("Verified by BPJPH"),
    Stage.STTD_ISSUED: N_("Receipt of documents (STTD) issued"),
    Stage.LPH_EXAMINING: N_("Inspection under way"),
    Stage.LPH_REPORTED: N_("Inspection report handed in"),
    Stage.FATWA_PENDING: N_("Waiting for the fatwa session"),
    Stage.FATWA_HALAL: N_("Fatwa: halal"),
    Stage.FATWA_NOT_HALAL: N_("Fatwa: not halal"),
    Stage.COMMITTEE_PENDING: N_("Waiting for the fatwa committee"),
    Stage.COMMITTEE_HALAL: N_("Committee: halal"),
    Stage.COMMITTEE_NOT_HALAL: N_("Committee: not halal"),
    Stage.CERTIFICATE_ISSUED: N_("Certificate issued"),
    Stage.REJECTED: N_("Application rejected"),
    Stage.WITHDRAWN: N_("Application withdrawn"),
}


def say(reason: Reason, language: Language, bodies: Mapping[str, str]) -> str:
    """A reason in a sentence. ``bodies`` gives names by code; a code without a name stands for itself."""
    message = REASONS[reason.code]
    if reason.on is None or reason.on == dt.date.min:
        message = WITHOUT_A_DAY.get(reason.code, message)
    day = show_date(reason.on, language) if reason.on is not None else ""
    return translate(language, message, body=bodies.get(reason.body, reason.body), day=day)
