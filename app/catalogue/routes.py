"""The maker's road to a certificate: which route is open and why, what it takes, what to do next; pure.

Conditions, periods and papers are those of Kepkaban BPJPH 146/2025 and the sources named with each. What a maker has
not answered closes nothing: it is asked. Sentences are marked messages, filled and translated where they are shown.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.languages import N_
from app.halal import journey, rules
from app.halal.rules import ProductFacts, ProductHistory, ReasonCode, ReferenceFacts, Status
from app.halal.vocabulary import ROUTE_STAGES, Confidence, GoodsClass, Route, Said, Scale, Stage

SELF_DECLARE_CONDITIONS = "Kepkaban BPJPH 146/2025, ch. II–III"
SELF_DECLARE_STEPS = "Kepkaban BPJPH 146/2025, ch. IV"
PRESS_2023 = "labviral.com, 2023-03-20"
MARK_LAW = "UU 33/2014 art. 26; PP 42/2024 art. 2"

# --- plain questions about the product ------------------------------------------------------------------------------

USES: Mapping[GoodsClass, str] = {
    GoodsClass.FOOD: N_("It is eaten"),
    GoodsClass.DRINK: N_("It is drunk"),
    GoodsClass.COSMETIC: N_("It is put on skin or hair"),
    GoodsClass.HERBAL: N_("It is taken as a remedy, such as jamu"),
    GoodsClass.WORN_GOODS: N_("It is worn or carried: clothes, shoes, bags, jewellery"),
    GoodsClass.HOUSEHOLD_GOODS: N_("It is used at home or at a desk"),
    GoodsClass.OTHER: N_("Something else"),
}
TAKEN_IN = frozenset({GoodsClass.FOOD, GoodsClass.DRINK, GoodsClass.COSMETIC, GoodsClass.HERBAL})
"""Goods that go into or onto the body: asked about alcohol, and every status of them is told to buyers."""
OF_MATTER = frozenset({GoodsClass.WORN_GOODS, GoodsClass.HOUSEHOLD_GOODS, GoodsClass.OTHER})
"""Goods of which the law asks only whether there is something of an animal in them."""


def asks_alcohol(goods_class: GoodsClass) -> bool:
    """Whether it matters for such goods that there is an alcoholic drink in them."""
    return goods_class in TAKEN_IN


def asks_animal(goods_class: GoodsClass) -> bool:
    """Whether the duty depends on there being something of an animal in such goods."""
    return goods_class in OF_MATTER


# --- which route is open --------------------------------------------------------------------------------------------


class Condition(StrEnum):
    """What a maker is asked for the self-declare route; each is met by a yes."""

    SALES = "sales"
    ONE_SITE = "one_site"
    LISTED_KIND = "listed_kind"
    SIMPLE_PROCESS = "simple_process"
    ONE_PRESERVATION = "one_preservation"
    MATERIALS = "materials"
    MEAT = "meat"
    APART = "apart"
    FEW_NAMES = "few_names"


QUESTIONS: Mapping[Condition, str] = {
    Condition.SALES: N_("Do you sell for 15 billion rupiah a year or less?"),
    Condition.ONE_SITE: N_("Do you make it in one place only, and sell it from one outlet at most?"),
    Condition.LISTED_KIND: N_("Is it one of the kinds of food and drink on the list for self-declaration (Annex II)?"),
    Condition.SIMPLE_PROCESS: N_("Is it made in a simple way, by hand or with simple machines?"),
    Condition.ONE_PRESERVATION: N_("Is it kept fresh by one method at most, such as drying or freezing?"),
    Condition.MATERIALS: N_(
        "Is every ingredient certified halal, or on the list of materials that need no certificate?"
    ),
    Condition.MEAT: N_(
        "Is there no meat in it, or only meat that is certified halal, ground by yourself or certified?"
    ),
    Condition.APART: N_("Is it made apart from anything forbidden: tools, rooms and storage too?"),
    Condition.FEW_NAMES: N_("Are you applying for ten product names or fewer, flavours counted?"),
}
FAILED: Mapping[Condition, str] = {
    Condition.SALES: N_("Self-declaration is for makers who sell for 15 billion rupiah a year or less."),
    Condition.ONE_SITE: N_("Self-declaration is for one place of production and one outlet at most."),
    Condition.LISTED_KIND: N_("Self-declaration is only for the kinds of food and drink on its list."),
    Condition.SIMPLE_PROCESS: N_("Self-declaration is only for goods that are made in a simple way."),
    Condition.ONE_PRESERVATION: N_("Self-declaration allows one method of preservation at most."),
    Condition.MATERIALS: N_("Self-declaration needs ingredients that are certified or exempt, every one of them."),
    Condition.MEAT: N_("Self-declaration takes meat only from certified sources."),
    Condition.APART: N_("Goods made together with something forbidden cannot be declared."),
    Condition.FEW_NAMES: N_("One self-declaration takes ten product names at most; split them, or go the regular way."),
}


class Verdict(StrEnum):
    """Whether a route can be taken."""

    OPEN = "open"
    UNDECIDED = "undecided"
    """It depends on what has not been answered yet."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Because:
    """One reason for a verdict, a marked sentence with where the rule is written."""

    code: str
    sentence: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class RouteVerdict:
    """What is to be said of one route."""

    route: Route
    verdict: Verdict
    because: tuple[Because, ...]


def judge(facts: ProductFacts, answers: Mapping[str, str], *, has_nib: bool) -> tuple[RouteVerdict, RouteVerdict]:
    """Whether the self-declare and the regular route are open to this product of this maker, in this order.

    ``answers`` are those to ``QUESTIONS`` by condition. The self-declare route is free and quicker, so where it is
    open it is the one to take.
    """
    if facts.not_halal:
        reason = Because(
            "not_halal",
            N_("What is not halal is not certified. It must bear a clear “not halal” mark instead."),
            MARK_LAW,
        )
        return (
            RouteVerdict(Route.SELF_DECLARE, Verdict.CLOSED, (reason,)),
            RouteVerdict(Route.REGULAR, Verdict.CLOSED, (reason,)),
        )
    regular = Because("regular", N_("The regular route takes every kind of goods and makers of every size."))
    closed = tuple(_closing(facts, answers))
    if closed:
        declare = RouteVerdict(Route.SELF_DECLARE, Verdict.CLOSED, closed)
    elif open_questions := tuple(_missing(facts, answers, has_nib=has_nib)):
        declare = RouteVerdict(Route.SELF_DECLARE, Verdict.UNDECIDED, open_questions)
    else:
        met = N_("Every condition is met, as you say. The companion who visits you looks at each of them.")
        declare = RouteVerdict(Route.SELF_DECLARE, Verdict.OPEN, (Because("met", met, SELF_DECLARE_CONDITIONS),))
    return declare, RouteVerdict(Route.REGULAR, Verdict.OPEN, (regular,))


def _closing(facts: ProductFacts, answers: Mapping[str, str]) -> Iterable[Because]:
    if facts.goods_class not in {GoodsClass.FOOD, GoodsClass.DRINK}:
        yield Because(
            "not_food",
            N_(
                "Self-declaration is for food and drink only."
                " Clothing, craft, cosmetics and remedies go the regular way."
            ),
            SELF_DECLARE_CONDITIONS,
        )
        return
    if facts.scale is Scale.MEDIUM_LARGE:
        yield Because("scale", N_("Self-declaration is for micro and small makers only."), SELF_DECLARE_CONDITIONS)
    for condition in Condition:
        if answers.get(condition) == Said.NO.value:
            yield Because(condition.value, FAILED[condition], SELF_DECLARE_CONDITIONS)


def _missing(facts: ProductFacts, answers: Mapping[str, str], *, has_nib: bool) -> Iterable[Because]:
    if facts.scale is None:
        yield Because("scale_unsaid", N_("Say in your profile whether you are a micro or a small maker."))
    if not has_nib:
        yield Because("nib", N_("Write your NIB into your profile: without one nobody can apply."), SELF_DECLARE_STEPS)
    for condition in Condition:
        if answers.get(condition) == Said.UNSURE.value:
            yield Because(condition.value, QUESTIONS[condition], SELF_DECLARE_CONDITIONS)
    if any(condition.value not in answers for condition in Condition):
        yield Because("unanswered", N_("Answer the questions about this route below."), SELF_DECLARE_CONDITIONS)


# --- what a route takes ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Period:
    """How many working days something usually takes, and where that is written."""

    least: int
    most: int
    source: str
    from_press: bool
    """Reported by the press in 2023; nobody has confirmed that it still holds."""


PERIODS: Mapping[tuple[Route, Stage], Period] = {
    (Route.REGULAR, Stage.DOCUMENTS_VERIFIED): Period(10, 10, PRESS_2023, from_press=True),
    (Route.REGULAR, Stage.RETURNED_FOR_DOCUMENTS): Period(5, 5, PRESS_2023, from_press=True),
    (Route.REGULAR, Stage.FEE_SET): Period(5, 5, PRESS_2023, from_press=True),
    (Route.REGULAR, Stage.LPH_REPORTED): Period(40, 60, PRESS_2023, from_press=True),
    (Route.REGULAR, Stage.FATWA_PENDING): Period(5, 5, PRESS_2023, from_press=True),
    (Route.SELF_DECLARE, Stage.COMMITTEE_HALAL): Period(1, 1, SELF_DECLARE_STEPS, from_press=False),
    (Route.SELF_DECLARE, Stage.CERTIFICATE_ISSUED): Period(1, 1, SELF_DECLARE_STEPS, from_press=False),
}
"""Until a stage is reached, from the one before it; when sent back, the days that the maker has."""

DOING: Mapping[Stage, str] = {
    Stage.SUBMITTED: N_("Apply in SIHALAL (ptsp.halal.go.id) with your NIB, your list of products and of materials."),
    Stage.DOCUMENTS_VERIFIED: N_("BPJPH checks your file. Look into SIHALAL: it may ask for more papers."),
    Stage.FEE_SET: N_("The inspection body (LPH) sets its fee."),
    Stage.INVOICED: N_("BPJPH sends the invoice."),
    Stage.PAID: N_("Pay the invoice and upload the proof of payment in SIHALAL."),
    Stage.COMPANION_ASSIGNED: N_("A companion (P3H) is assigned to you and makes an appointment."),
    Stage.COMPANION_VERIFIED: N_("The companion looks at your materials and how you work, and takes photos."),
    Stage.BPJPH_VERIFIED: N_("BPJPH checks what the companion handed in."),
    Stage.STTD_ISSUED: N_("BPJPH issues the receipt of documents (STTD)."),
    Stage.LPH_EXAMINING: N_("The inspection body visits you and examines materials and process."),
    Stage.LPH_REPORTED: N_("The inspection body hands in its report."),
    Stage.FATWA_PENDING: N_("BPJPH checks the report and passes it on to the fatwa commission of MUI."),
    Stage.FATWA_HALAL: N_("The fatwa commission decides. Its decree (KH) is not the certificate yet."),
    Stage.COMMITTEE_PENDING: N_("BPJPH passes the file on to the fatwa committee."),
    Stage.COMMITTEE_HALAL: N_("The fatwa committee decides. Its decree (KH) is not the certificate yet."),
    Stage.CERTIFICATE_ISSUED: N_(
        "Download the certificate from SIHALAL when its state is “TERBIT SH”, and enter it here."
    ),
    Stage.RETURNED: N_("Change what was asked for and submit it again in SIHALAL."),
    Stage.RETURNED_FOR_DOCUMENTS: N_("Hand in the papers that were asked for and submit it again in SIHALAL."),
}
"""What happens until a stage is reached, or what to do when sent back."""

SUPERVISOR = "Kepkaban BPJPH 146/2025, ch. II.B"
_MATERIALS = N_("Every material with its halal certificate, or a note that it is exempt (KMA 1360/2021)")
PAPERS: Mapping[Route, tuple[tuple[str, str], ...]] = {
    Route.SELF_DECLARE: (
        (N_("Your NIB, with the class micro or small"), SELF_DECLARE_CONDITIONS),
        (N_("A halal supervisor, who must be Muslim; it may be you, and no course is needed"), SUPERVISOR),
        (N_("The names of your products as they stand on the pack, ten at most"), SELF_DECLARE_CONDITIONS),
        (_MATERIALS, SELF_DECLARE_CONDITIONS),
        (N_("How you make it, step by step; the companion takes photos of it"), SELF_DECLARE_STEPS),
    ),
    Route.REGULAR: (
        (N_("Your NIB"), ""),
        (N_("A halal supervisor, who must be Muslim"), SUPERVISOR),
        (N_("The names of your products as they stand on the pack"), ""),
        (_MATERIALS, ""),
        (N_("How you make it, step by step"), ""),
        (N_("The proof that you paid the invoice"), "lph.uinssc.ac.id; dpmptsp.ngawikab.go.id, 2024-10-29"),
    ),
}
"""What to have at hand for each route, with the source; without one it is what the steps of the route need."""


@dataclass(frozen=True, slots=True)
class Milestone:
    """A stage of a route as a checklist shows it."""

    stage: Stage
    reached_on: dt.date | None
    state: str
    """done | now | next."""
    doing: str
    """What happens until then: a marked sentence."""
    period: Period | None


def checklist(route: Route, steps: Sequence[tuple[Stage, dt.date]] = ()) -> tuple[Milestone, ...]:
    """The straight way of a route with what has been reached of it; ``steps`` as recorded, oldest first."""
    reached = (Stage.DRAFT, *(stage for stage, _ in steps))
    way = ROUTE_STAGES[route]
    place = way.index(journey.straight(route, reached))
    days = dict(steps)
    return tuple(
        Milestone(
            stage=stage,
            reached_on=days.get(stage) if at <= place else None,
            state="done" if at <= place else "now" if at == place + 1 else "next",
            doing=DOING[stage],
            period=PERIODS.get((route, stage)),
        )
        for at, stage in enumerate(way)
        if stage is not Stage.DRAFT
    )


# --- by when --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deadline:
    """The day from which the law wants a certificate for such goods."""

    on: dt.date
    days: int
    """Until then; negative once it has passed."""
    only_if_animal: bool
    """It binds only if there is something of an animal in it, which has not been said."""
    confidence: Confidence
    source: str


_OF_DUTY = (
    ReasonCode.REQUIRED_SINCE,
    ReasonCode.REQUIRED_FROM,
    ReasonCode.REQUIREMENT_UNCONFIRMED,
    ReasonCode.SCALE_NOT_KNOWN,
    ReasonCode.ANIMAL_NOT_ANSWERED,
)


def deadline_of(facts: ProductFacts, reference: ReferenceFacts, on: dt.date) -> Deadline | None:
    """The duty that binds a product, or may, as ``rules`` reads it for one without a certificate; None without one."""
    if facts.not_halal:
        return None
    bare = rules.assess(ProductHistory(facts=(facts,)), reference, on=on)
    codes = {reason.code for reason in bare.reasons}
    for code in _OF_DUTY:
        for reason in bare.reasons:
            if reason.code is code and reason.on is not None:
                return Deadline(
                    on=reason.on,
                    days=(reason.on - on).days,
                    only_if_animal=ReasonCode.ANIMAL_NOT_ANSWERED in codes,
                    confidence=reason.confidence or Confidence.UNVERIFIED,
                    source=reason.source,
                )
    return None


# --- what next ------------------------------------------------------------------------------------------------------


class Next(StrEnum):
    """What a maker does next about a product."""

    ANSWER = "answer"
    MARK = "mark"
    SAY_SIZE = "say_size"
    MATCH = "match"
    READ_REFUSAL = "read_refusal"
    RENEW = "renew"
    ASK_AGAIN = "ask_again"
    CONTINUE = "continue"
    ENTER = "enter"
    WAIT = "wait"
    ROUTE = "route"
    APPLY = "apply"
    CLEAR_UP = "clear_up"
    NOTHING = "nothing"


NEXT_WORDS: Mapping[Next, str] = {
    Next.ANSWER: N_("Answer the questions"),
    Next.MARK: N_("Mark the pack “not halal” and say so here"),
    Next.SAY_SIZE: N_("Say in your profile how large you are"),
    Next.MATCH: N_("Match it with a certificate of yours"),
    Next.READ_REFUSAL: N_("Read why the city did not confirm the match with your certificate"),
    Next.RENEW: N_("Renew the certificate"),
    Next.ASK_AGAIN: N_("Ask the body that issued the certificate what is wrong"),
    Next.CONTINUE: N_("Go on with your application"),
    Next.ENTER: N_("Enter the certificate that was issued"),
    Next.WAIT: N_("Nothing now: the city checks your certificate"),
    Next.ROUTE: N_("See which route is open to you"),
    Next.APPLY: N_("Begin an application"),
    Next.CLEAR_UP: N_("Clear up why a certified product is declared not halal"),
    Next.NOTHING: N_("Nothing to do"),
}
REFUSAL_DAYS = 14
"""How long a maker is led first to why a match was refused."""
RENEW_DAYS = 90
"""How long before a certificate's last day its renewal is due."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the next step depends on."""

    status: Status
    """At home today."""
    facts: ProductFacts
    codes: frozenset[ReasonCode]
    answered: bool
    candidates: int
    """Certificates of the maker that name something like it and are not matched with it."""
    refused: bool
    """An official ended its match with a certificate of late, and it is matched with none since."""
    ends_on: dt.date | None
    """The last day of the certificate that counts."""
    application: tuple[Route, Stage] | None
    """The newest journey that is not closed, or that ended with a certificate which is not entered yet."""
    verdict: Verdict
    """Of the self-declare route."""
    on: dt.date


def next_step(now: Situation) -> Next:  # noqa: C901, PLR0911, PLR0912 - one decision after the other, as a person asks
    """What to do next; what costs least and helps most comes first."""
    if now.status is Status.NOT_HALAL:
        if ReasonCode.CERTIFICATE_DESPITE_DECLARATION in now.codes:
            return Next.CLEAR_UP
        return Next.NOTHING if now.facts.marked else Next.MARK
    if now.status is Status.CERTIFIED:
        soon = now.ends_on is not None and (now.ends_on - now.on).days <= RENEW_DAYS
        return Next.RENEW if soon and now.application is None else Next.NOTHING
    if now.refused:
        return Next.READ_REFUSAL
    if now.candidates:
        return Next.MATCH
    if now.application is not None and now.application[1] is Stage.CERTIFICATE_ISSUED:
        return Next.ENTER
    if now.application is not None:
        return Next.CONTINUE
    if now.status is Status.CLAIMED:
        return Next.WAIT
    if now.status is Status.SUSPENDED:
        return Next.ASK_AGAIN
    if now.status is Status.LAPSED:
        return Next.RENEW
    if now.status is Status.NOT_REQUIRED and ReasonCode.REQUIRED_FROM not in now.codes:
        return Next.NOTHING
    if not now.answered:
        return Next.ANSWER
    if ReasonCode.ANIMAL_NOT_ANSWERED in now.codes:
        return Next.ANSWER
    if ReasonCode.SCALE_NOT_KNOWN in now.codes:
        return Next.SAY_SIZE
    return Next.ROUTE if now.verdict is Verdict.UNDECIDED else Next.APPLY


WANTING = frozenset({Status.REQUIRED_MISSING, Status.LAPSED, Status.SUSPENDED})
"""Statuses that the law or the buyer does not let stand."""


_FAR = 10_000


def urgency(
    status: Status, step: Next, deadline: Deadline | None, ends_on: dt.date | None, on: dt.date
) -> tuple[int, int]:
    """What a list of goods is sorted by: the most urgent has the smallest."""
    if ends_on is not None:
        left = (ends_on - on).days
    else:
        left = deadline.days if deadline is not None and status is not Status.CERTIFIED else _FAR
    if status in WANTING or step in {Next.MARK, Next.CLEAR_UP}:
        return (0, left)
    if step in {Next.ANSWER, Next.SAY_SIZE, Next.MATCH, Next.READ_REFUSAL, Next.ENTER, Next.RENEW}:
        return (1, left)
    if step in {Next.ROUTE, Next.APPLY}:
        return (2, left)
    if step in {Next.CONTINUE, Next.WAIT}:
        return (3, left)
    return (4, left)


def needs(status: Status, step: Next) -> bool:
    """Whether a product needs something of its maker."""
    return status in WANTING or step not in {Next.NOTHING, Next.WAIT, Next.CONTINUE}
