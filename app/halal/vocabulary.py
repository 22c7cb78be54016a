"""The closed vocabularies of this area: kinds of goods and answers, states and events, routes with their stages."""

from enum import StrEnum


class GoodsClass(StrEnum):
    """Kinds of goods that the law tells apart."""

    FOOD = "food"
    DRINK = "drink"
    COSMETIC = "cosmetic"
    HERBAL = "herbal"
    WORN_GOODS = "worn_goods"
    HOUSEHOLD_GOODS = "household_goods"
    OTHER = "other"


class Scale(StrEnum):
    """Classes of businesses that obligations tell apart."""

    MICRO_SMALL = "micro_small"
    MEDIUM_LARGE = "medium_large"
    IMPORTER = "importer"
    """In an obligation: who brings goods from abroad, whatever the size."""
    ALL = "all"
    """In an obligation: whatever the size."""


class Said(StrEnum):
    """An answer to a plain question."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Confidence(StrEnum):
    """How far a reference fact can be trusted."""

    OFFICIAL = "official"
    """Read in the text or register of the body itself by an official of the city."""
    PUBLIC = "public-source"
    SEED = "seed"
    UNVERIFIED = "from-memory-unverified"

    @property
    def confirmed(self) -> bool:
        """Whether something may be promised on it."""
        return self is not Confidence.UNVERIFIED


class RecognitionStatus(StrEnum):
    """What a destination makes of a body's certificates, the most hopeful first."""

    RECOGNISED = "recognised"
    CLAIMED = "claimed"
    PENDING = "pending"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    NOT_RECOGNISED = "not_recognised"


class RuleKind(StrEnum):
    """What a destination asks of a kind of goods."""

    MANDATORY = "mandatory"
    CLAIM_ONLY = "claim_only"
    """No duty to have a certificate, but none without one may be called halal."""
    VOLUNTARY = "voluntary"
    NOT_HALAL_MARK_REQUIRED = "not_halal_mark_required"
    UNKNOWN = "unknown"


class EventKind(StrEnum):
    """What happens to a certificate."""

    ENTERED = "entered"
    VERIFIED = "verified"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    CORRECTED = "corrected"


class CertificateState(StrEnum):
    """Where a certificate stands; lapse is no state, it follows from dates."""

    CLAIMED = "claimed"
    VERIFIED = "verified"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


class Provider(StrEnum):
    """How a certificate was looked up."""

    MANUAL = "manual"
    LINK = "link"
    HTTP = "http"


class CheckResult(StrEnum):
    """What somebody who looked found. Only ``confirmed`` lets an official verify."""

    CONFIRMED = "confirmed"
    """This number, this holder, these products."""
    OTHER_HOLDER = "other_holder"
    OTHER_PRODUCTS = "other_products"
    """This number and holder, but other products: a match on the company alone is no proof."""
    NOT_FOUND = "not_found"
    UNREADABLE = "unreadable"
    """An answer came that says nothing: another form, another character set, cut off."""
    UNREACHABLE = "unreachable"


class RejectReason(StrEnum):
    """Why an official does not confirm a certificate."""

    NOT_IN_REGISTER = "not_in_register"
    OTHER_HOLDER = "other_holder"
    OTHER_PRODUCTS = "other_products"
    UNREADABLE = "unreadable"
    DECREE_ONLY = "decree_only"
    LAPSED = "lapsed"
    OTHER = "other"


class Route(StrEnum):
    """The two ways to an Indonesian certificate."""

    REGULAR = "regular"
    SELF_DECLARE = "self_declare"


class Stage(StrEnum):
    """Stages of both routes (DOMAIN: UU 33/2014, Kepkaban BPJPH 146/2025 ch. IV); ours, not SIHALAL's own codes."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED_FOR_DOCUMENTS = "returned_for_documents"
    DOCUMENTS_VERIFIED = "documents_verified"
    FEE_SET = "fee_set"
    INVOICED = "invoiced"
    PAID = "paid"
    COMPANION_ASSIGNED = "companion_assigned"
    COMPANION_VERIFIED = "companion_verified"
    RETURNED = "returned"
    BPJPH_VERIFIED = "bpjph_verified"
    STTD_ISSUED = "sttd_issued"
    LPH_EXAMINING = "lph_examining"
    LPH_REPORTED = "lph_reported"
    FATWA_PENDING = "fatwa_pending"
    FATWA_HALAL = "fatwa_halal"
    FATWA_NOT_HALAL = "fatwa_not_halal"
    COMMITTEE_PENDING = "committee_pending"
    COMMITTEE_HALAL = "committee_halal"
    COMMITTEE_NOT_HALAL = "committee_not_halal"
    CERTIFICATE_ISSUED = "certificate_issued"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


ROUTE_STAGES: dict[Route, tuple[Stage, ...]] = {
    Route.REGULAR: (
        Stage.DRAFT,
        Stage.SUBMITTED,
        Stage.DOCUMENTS_VERIFIED,
        Stage.FEE_SET,
        Stage.INVOICED,
        Stage.PAID,
        Stage.STTD_ISSUED,
        Stage.LPH_EXAMINING,
        Stage.LPH_REPORTED,
        Stage.FATWA_PENDING,
        Stage.FATWA_HALAL,
        Stage.CERTIFICATE_ISSUED,
    ),
    Route.SELF_DECLARE: (
        Stage.DRAFT,
        Stage.SUBMITTED,
        Stage.COMPANION_ASSIGNED,
        Stage.COMPANION_VERIFIED,
        Stage.BPJPH_VERIFIED,
        Stage.STTD_ISSUED,
        Stage.COMMITTEE_PENDING,
        Stage.COMMITTEE_HALAL,
        Stage.CERTIFICATE_ISSUED,
    ),
}
"""The straight way of each route, in order."""
SIDE_STAGES: dict[Route, frozenset[Stage]] = {
    Route.REGULAR: frozenset(
        {Stage.RETURNED_FOR_DOCUMENTS, Stage.FATWA_NOT_HALAL, Stage.REJECTED, Stage.WITHDRAWN},
    ),
    Route.SELF_DECLARE: frozenset(
        {Stage.RETURNED, Stage.COMMITTEE_NOT_HALAL, Stage.REJECTED, Stage.WITHDRAWN},
    ),
}
CLOSING = frozenset(
    {
        Stage.CERTIFICATE_ISSUED,
        Stage.REJECTED,
        Stage.WITHDRAWN,
        Stage.FATWA_NOT_HALAL,
        Stage.COMMITTEE_NOT_HALAL,
    },
)
"""Stages that end a journey."""
NOT_WITH_THE_AUTHORITIES = CLOSING | {Stage.DRAFT}
"""In every other stage a product counts as in process."""
