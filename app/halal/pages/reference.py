"""Who recognises whom, for everybody; and the desk at which officials keep these facts."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path, Request, Response

from app.accounts.web import Number, OfficialDep, PageDep
from app.businesses import desks
from app.core.answers import keep_answer
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.forms import FormDep, FormState, form_state, parse_form
from app.core.languages import N_, Language, babel_locale, show_country, show_date
from app.core.templating import Page, PageMeta
from app.core.web import NowDep, SessionDep, unit_router
from app.halal import rules, words
from app.halal.models import Body, DestinationRule, Obligation, Recognition
from app.halal.queries import reference as queries
from app.halal.queries.reference import BODIES, OBLIGATIONS, RECOGNITION, RULES, AnyFact, Kind
from app.halal.schemas.reference import FactEnd, is_country
from app.halal.service import reference as service
from app.halal.vocabulary import Confidence, GoodsClass, RecognitionStatus, RuleKind

router = unit_router()
HERE = "halal:certificate_queue"
LISTS = frozenset({"goods"})
SEEN_END = "_seen_end"
"""Field with the end that a fact had when its form was opened."""
KIND_TITLES = {
    RECOGNITION.slug: N_("Recognition"),
    RULES.slug: N_("Rules of destinations"),
    OBLIGATIONS.slug: N_("Obligations in Indonesia"),
    BODIES.slug: N_("Bodies"),
}
NEW_TITLES = {
    RECOGNITION.slug: N_("Add a recognition"),
    RULES.slug: N_("Add a rule of a destination"),
    OBLIGATIONS.slug: N_("Add an obligation"),
    BODIES.slug: N_("Add a body"),
}
REST_TITLES = {
    OBLIGATIONS.slug: N_("Other goods and materials that the law names"),
    BODIES.slug: N_("Bodies that audit, decide, accredit or write standards"),
}
OTHER_KINDS = {
    "slaughter": N_("Slaughter, its products and services"),
    "food_inputs": N_("Raw materials, additives and processing aids for food and drink"),
    "food_import": N_("Imported food and drink"),
    "otc_medicine": N_("Medicines without prescription"),
    "prescription_medicine": N_("Prescription medicines"),
    "chemical": N_("Chemical products"),
    "gmo": N_("Genetically modified products"),
    "medical_device_a": N_("Medical devices of risk class A"),
    "medical_device_b": N_("Medical devices of risk class B"),
    "medical_device_c": N_("Medical devices of risk class C"),
    "barang_gunaan_rule": N_("The limit for goods that are worn or used"),
    "non_halal": N_("Products of forbidden material"),
    "exempt_material": N_("Exempt materials"),
}
"""Kinds that the law names and that are no goods class of the catalogue."""
SCALES = {**{scale.value: label for scale, label in words.SCALES.items()}, "importer": N_("Importers")}
ACTIONS = {"added": N_("Added"), "corrected": N_("Corrected"), "ended": N_("Ended")}
LABELS = {
    "code": N_("Code"),
    "name": N_("Name"),
    "country": N_("Country"),
    "role": N_("What it does"),
    "website": N_("Website"),
    "issues": N_("Its certificates can be entered here"),
    "authority": N_("It is the halal authority of its country"),
    "body": N_("Body"),
    "destination": N_("Destination"),
    "scope": N_("Goods, in the words of the source"),
    "goods": N_("Kinds of goods"),
    "made_in": N_("Only goods made in"),
    "status": N_("What the destination makes of it"),
    "basis": N_("What it rests on"),
    "goods_class": N_("Kind of goods"),
    "kind": N_("What is asked"),
    "label": N_("Kind, in the words of the source"),
    "scale": N_("Size of the maker"),
    "phase_start": N_("Preparation began on"),
    "phase_end": N_("Last day of preparation"),
    "mandatory_from": N_("Mandatory from"),
    "animal_only": N_("Binds only goods from or with animal matter"),
    "legal_basis": N_("Legal basis"),
    "valid_from": N_("First day on which it holds"),
    "valid_until": N_("First day on which it holds no more"),
    "note": N_("Note"),
    "source": N_("Source"),
    "confidence": N_("How far it can be trusted"),
    "as_of": N_("Day on which the source was read"),
    "reason": N_("Your reason, for the records"),
}
HINTS = {
    "code": N_("Capital letters, such as BPJPH. Certificates name the body by it, so it never changes."),
    "country": N_("Leave it empty for a body of several countries."),
    "goods": N_("Choose none for all goods."),
    "valid_from": N_("Leave it empty when nobody knows."),
    "valid_until": N_("Leave it empty when no end is known."),
    "source": N_("Where you read it, so that somebody else can find it again."),
    "reason": N_("Everybody can read it in the history."),
    "mandatory_from": N_("Leave it empty when nothing begins to bind on a day."),
}
LONG = frozenset({"role", "scope", "basis", "legal_basis", "note", "source", "reason"})
DAYS = frozenset({"valid_from", "valid_until", "as_of", "phase_start", "phase_end", "mandatory_from"})
TICKS = frozenset({"issues", "authority", "animal_only"})
SAID_IN_ENGLISH = frozenset({"role", "scope", "basis", "legal_basis", "note", "source", "label", "reason"})
"""What stands as somebody wrote it down; shown as English, whatever the reader's language."""
AT_THE_END = ("source", "confidence", "as_of", "valid_from", "valid_until", "note")


@dataclass(frozen=True)
class Fact:
    """A row, ready to read."""

    id: int
    title: str
    said: str
    """What it says, in the reader's words."""
    state: str
    """For its sign; empty: none."""
    days: str
    lines: tuple[tuple[str, str, str], ...]
    """(word, text, language of the text when it is not the reader's)."""
    source: str
    confidence: str
    confirmed: bool
    as_of: dt.date
    current: bool
    reason: str
    recorded_at: dt.datetime
    earlier: tuple["Fact", ...] = ()
    """Rows that it corrects, the newest first."""
    url: str = ""


@dataclass(frozen=True)
class Cell:
    """What a destination makes of a body's certificates today: (words, state, confirmed, number of the row, goods)."""

    entries: tuple[tuple[str, str, bool, int, str], ...]
    own: bool
    """The body is the authority there."""


@dataclass(frozen=True)
class RecognitionPage:
    """Everything known, for everybody."""

    legal: str
    destinations: tuple[str, ...]
    bodies: tuple[tuple[str, str, tuple[Cell, ...]], ...]
    """(code, name, a cell for each destination)."""
    sections: tuple[tuple[str, str, tuple[Fact, ...], tuple[Fact, ...], str], ...]
    """(slug, title, facts, those that few need, their title)."""
    unconfirmed: str


@dataclass(frozen=True)
class ReferenceList:
    """Facts of one kind, for officials."""

    kinds: tuple[tuple[str, str, int, bool], ...]
    """(label, address, number, chosen)."""
    facts: tuple[Fact, ...]
    new_url: str
    new_label: str
    unconfirmed: str


@dataclass(frozen=True)
class ReferenceDetail:
    """One fact with its history."""

    fact: Fact
    title: str
    kind_label: str
    kind_url: str
    history: tuple[Fact, ...]
    acts: tuple[tuple[dt.datetime, str, str, str], ...]
    """(when, what, who, why)."""
    end_url: str
    """Empty: it cannot be ended."""
    correct_url: str
    stands_url: str
    """The row that stands in its place; empty when it stands itself."""
    unconfirmed: str


@dataclass(frozen=True)
class Input:
    """A field of the form of a fact."""

    name: str
    type: str
    label: str
    hint: str
    required: bool
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ReferenceForm:
    """The form of a fact, new or corrected."""

    action: str
    inputs: tuple[Input, ...]
    trail: tuple[tuple[str, str | None], ...]
    correcting: bool
    seen_end: str


# --- everybody --------------------------------------------------------------------------------------------------------


@router.get("/{locale}/halal/recognition", name="halal:recognition_list", include_in_schema=False)
def recognition_list(locale: Language, request: Request, page: PageDep, session: SessionDep, now: NowDep) -> Response:
    """Who recognises whom, what destinations ask, and from when certificates are mandatory, with every source."""
    keep_answer(request)
    bodies = queries.list_known(session, BODIES)
    recognition = queries.list_known(session, RECOGNITION)
    destinations = _destinations(page, (each.row for each in recognition), (each.row for each in bodies))
    today = rules.day_of(now)
    shown = tuple(
        (
            each.row.code,
            each.row.name,
            tuple(_cell(page, each.row, code, (known.row for known in recognition), today) for code in destinations),
        )
        for each in bodies
        if each.row.issues and queries.holds_on(each.row, today)
    )
    return page.render(
        "halal/recognition_list.html",
        PageMeta(
            title=page.gettext(N_("Halal certificates: who recognises whom")),
            description=page.gettext(
                N_("Which halal certificates count where, and from when they are mandatory, each fact with its source.")
            ),
            canonical=page.absolute(page.url("halal:recognition_list")),
            alternates=page.alternates("halal:recognition_list"),
        ),
        view=RecognitionPage(
            legal=page.gettext(words.NOT_LEGAL_ADVICE),
            destinations=tuple(show_country(code, page.language) for code in destinations),
            bodies=shown,
            sections=tuple(_sections(page, session, recognition, bodies, destinations)),
            unconfirmed=page.gettext(words.UNCONFIRMED),
        ),
    )


def _sections(
    page: Page,
    session: SessionDep,
    recognition: list[queries.Known[Recognition]],
    bodies: list[queries.Known[Body]],
    destinations: list[str],
) -> Iterable[tuple[str, str, tuple[Fact, ...], tuple[Fact, ...], str]]:
    names = {each.row.code: each.row.name for each in bodies}
    places = {code: place for place, code in enumerate(destinations)}

    def at(country: str) -> tuple[int, str]:
        return places.get(country, len(places)), country

    rules_of = queries.list_known(session, RULES)
    everything: dict[str, list[queries.Known[Any]]] = {
        RECOGNITION.slug: sorted(recognition, key=lambda each: (at(each.row.destination), each.row.body)),
        RULES.slug: sorted(rules_of, key=lambda each: (at(each.row.country), _place(each.row))),
        OBLIGATIONS.slug: sorted(queries.list_known(session, OBLIGATIONS), key=lambda each: _place(each.row)),
        BODIES.slug: [*bodies],
    }
    for slug, rows in everything.items():
        facts = tuple(_known(page, known, names) for known in rows if _needed(known.row))
        others = tuple(_known(page, known, names) for known in rows if not _needed(known.row))
        title = page.gettext(REST_TITLES[slug]) if slug in REST_TITLES else ""
        yield slug, page.gettext(KIND_TITLES[slug]), facts, others, title


def _needed(row: AnyFact) -> bool:
    """Whether a fact is about goods that are sold here, or certificates that can be entered here."""
    if isinstance(row, Body):
        return row.issues or row.authority
    return not isinstance(row, Obligation) or row.goods_class in set(GoodsClass) or row.animal_only


def _destinations(page: Page, recognition: Iterable[Recognition], bodies: Iterable[Body]) -> list[str]:
    """Countries of which anything is known: home first, the others by their names."""
    codes = {row.destination for row in recognition} | {row.country for row in bodies if row.authority}
    return sorted(codes, key=lambda code: (code != rules.HOME, show_country(code, page.language)))


def _cell(page: Page, body: Body, destination: str, recognition: Iterable[Recognition], today: dt.date) -> Cell:
    entries = tuple(
        (
            page.gettext(words.RECOGNITION[RecognitionStatus(row.status)]),
            row.status,
            Confidence(row.confidence).confirmed,
            row.id,
            page.gettext(N_("goods made in %(country)s"), country=show_country(row.made_in, page.language))
            if row.made_in
            else "",
        )
        for row in recognition
        if row.body == body.code and row.destination == destination and queries.holds_on(row, today)
    )
    return Cell(entries, own=body.authority and body.country == destination)


def _place(row: DestinationRule | Obligation) -> tuple[int, str, int]:
    """Kinds that makers here know first, in their usual order."""
    classes = [each.value for each in GoodsClass]
    place = classes.index(row.goods_class) if row.goods_class in classes else len(classes)
    return place, row.goods_class, row.id


def _known(page: Page, known: queries.Known[Any], names: Mapping[str, str]) -> Fact:
    earlier = tuple(_fact(page, row, names) for row in known.corrected)
    return _fact(page, known.row, names, earlier=earlier)


# --- how a row is said ------------------------------------------------------------------------------------------------


def _fact(page: Page, row: AnyFact, names: Mapping[str, str], *, earlier: tuple[Fact, ...] = (), url: str = "") -> Fact:
    title, said, state, fields = _said(page, row, names)
    lines = []
    for name in (*fields, "note"):
        text = _shown(page, row, name)
        if text:
            lines.append((page.gettext(LABELS[name]), text, _language_of(page, name)))
    return Fact(
        id=row.id,
        title=title,
        said=said,
        state=state,
        days=_days(page, row),
        lines=tuple(lines),
        source=row.source,
        confidence=page.gettext(words.CONFIDENCE[Confidence(row.confidence)]),
        confirmed=Confidence(row.confidence).confirmed,
        as_of=row.as_of,
        current=row.current,
        reason=row.reason,
        recorded_at=row.recorded_at,
        earlier=earlier,
        url=url,
    )


def _said(page: Page, row: AnyFact, names: Mapping[str, str]) -> tuple[str, str, str, tuple[str, ...]]:
    """Title, what the row says, its sign, and the fields that say the rest."""
    if isinstance(row, Body):
        said, state = "", ""
        if row.authority:
            said, state = page.gettext(N_("Halal authority")), "verified"
        elif row.issues:
            said = page.gettext(N_("Issues certificates"))
        return row.name, said, state, ("code", "country", "role", "website")
    if isinstance(row, Recognition):
        title = page.gettext(
            N_("%(body)s in %(country)s"), body=row.body, country=show_country(row.destination, page.language)
        )
        said = page.gettext(words.RECOGNITION[RecognitionStatus(row.status)])
        return title, said, row.status, ("scope", "goods", "made_in", "basis")
    if isinstance(row, DestinationRule):
        title = page.gettext(
            N_("%(goods)s in %(country)s"),
            goods=_goods(page, row.goods_class),
            country=show_country(row.country, page.language),
        )
        return title, page.gettext(words.RULES[RuleKind(row.kind)]), "", ("basis",)
    title = page.gettext(
        N_("%(goods)s: %(scale)s"),
        goods=_goods(page, row.goods_class),
        scale=page.gettext(SCALES[row.scale]) if row.scale in SCALES else row.scale,
    )
    said = page.gettext(N_("No day is set"))
    if row.mandatory_from is not None:
        day = show_date(row.mandatory_from, page.language)
        said = page.gettext(N_("Mandatory from %(day)s on"), day=day)
        if row.animal_only:
            said = page.gettext(N_("Mandatory from %(day)s on, if it comes from or contains an animal"), day=day)
    return title, said, "", ("label", "phase_start", "phase_end", "animal_only", "legal_basis")


def _goods(page: Page, code: str) -> str:
    known = {**OTHER_KINDS, **{each.value: label for each, label in words.GOODS_CLASSES.items()}}
    return page.gettext(known[code]) if code in known else code


def _shown(page: Page, row: AnyFact, name: str) -> str:
    value = getattr(row, name)
    if name in TICKS:
        return page.gettext(N_("Yes")) if value else ""
    if name in DAYS:
        return show_date(value, page.language) if value else ""
    if name == "goods":
        return ", ".join(_goods(page, code) for code in value)
    if name in {"country", "made_in", "destination"}:
        return show_country(value, page.language) if value else ""
    return str(value)


def _language_of(page: Page, name: str) -> str:
    return "en" if name in SAID_IN_ENGLISH and page.language is not Language.EN else ""


def _days(page: Page, row: AnyFact) -> str:
    since = show_date(row.valid_from, page.language) if row.valid_from else ""
    until = show_date(row.valid_until, page.language) if row.valid_until else ""
    if since and until:
        return page.gettext(N_("From %(since)s on, no more from %(until)s on"), since=since, until=until)
    if since:
        return page.gettext(N_("From %(since)s on"), since=since)
    return page.gettext(N_("No more from %(until)s on"), until=until) if until else ""


# --- officials --------------------------------------------------------------------------------------------------------


def _kind(slug: str) -> Kind[Any]:
    if slug not in queries.KINDS:
        raise NotFound
    return queries.KINDS[slug]


KindPath = Annotated[str, Path(max_length=20)]


@router.get("/{locale}/office/halal/reference", name="halal:reference_home", include_in_schema=False)
def reference_home(locale: Language, page: PageDep, official: OfficialDep) -> Response:
    """The first kind."""
    return page.redirect("halal:reference_list", kind=RECOGNITION.slug)


@router.get("/{locale}/office/halal/reference/{kind}", name="halal:reference_list", include_in_schema=False)
def reference_list(
    locale: Language, kind: KindPath, page: PageDep, official: OfficialDep, session: SessionDep
) -> Response:
    """Facts of one kind that stand, with what they rest on."""
    chosen = _kind(kind)
    everything = {each.slug: queries.list_known(session, each) for each in queries.KINDS.values()}
    names = {each.row.code: each.row.name for each in everything[BODIES.slug]}
    facts = tuple(
        _fact(
            page,
            known.row,
            names,
            earlier=tuple(_fact(page, row, names) for row in known.corrected),
            url=page.url("halal:reference_detail", kind=kind, fact_id=known.row.id),
        )
        for known in everything[kind]
    )
    return page.render(
        "halal/reference_list.html",
        PageMeta(title=page.gettext(KIND_TITLES[kind])),
        work=desks.office_frame(page, session, HERE),
        view=ReferenceList(
            kinds=tuple(
                (
                    page.gettext(label),
                    page.url("halal:reference_list", kind=slug),
                    len(everything[slug]),
                    slug == chosen.slug,
                )
                for slug, label in KIND_TITLES.items()
            ),
            facts=facts,
            new_url=page.url("halal:reference_new", kind=kind),
            new_label=page.gettext(NEW_TITLES[kind]),
            unconfirmed=page.gettext(words.UNCONFIRMED),
        ),
    )


@router.get("/{locale}/office/halal/reference/{kind}/new", name="halal:reference_new", include_in_schema=False)
def reference_new(
    locale: Language, kind: KindPath, page: PageDep, official: OfficialDep, session: SessionDep, now: NowDep
) -> Response:
    """The form of a new fact."""
    _kind(kind)
    start = {"as_of": rules.day_of(now).isoformat()}
    return page.render(
        "halal/reference_form.html",
        PageMeta(title=page.gettext(NEW_TITLES[kind])),
        work=desks.office_frame(page, session, HERE),
        view=_form(page, session, _kind(kind), None),
        form=FormState(values=start),
    )


@router.post("/{locale}/office/halal/reference/{kind}", name="halal:reference_add", include_in_schema=False)
def reference_add(
    locale: Language,
    kind: KindPath,
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Record a new fact."""
    chosen = _kind(kind)
    try:
        data = parse_form(chosen.create, form, lists=LISTS)
        row = service.add_fact(session, kind=chosen, actor=official, data=data, now=now)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        return _refuse_form(page, session, chosen, None, error, form_state(form, error, page.language))
    return page.redirect("halal:reference_detail", kind=kind, fact_id=row.id, notice="saved")


@router.get("/{locale}/office/halal/reference/{kind}/{fact_id}", name="halal:reference_detail", include_in_schema=False)
def reference_detail(
    locale: Language, kind: KindPath, fact_id: Number, page: PageDep, official: OfficialDep, session: SessionDep
) -> Response:
    """One fact with all that became of it."""
    chosen = _kind(kind)
    view = _detail(page, session, chosen, queries.get_fact(session, chosen, fact_id))
    return page.render(
        "halal/reference_detail.html",
        PageMeta(title=view.title),
        work=desks.office_frame(page, session, HERE),
        view=view,
        form=FormState(),
    )


@router.post(
    "/{locale}/office/halal/reference/{kind}/{fact_id}/end", name="halal:reference_end", include_in_schema=False
)
def reference_end(
    locale: Language,
    kind: KindPath,
    fact_id: Number,
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Record the day on which a fact ceases to hold."""
    chosen = _kind(kind)
    try:
        data = parse_form(FactEnd, form)
        service.end_fact(session, kind=chosen, actor=official, fact_id=fact_id, data=data, now=now)
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        session.expire_all()  # somebody else may have been there: show how it stands
        view = _detail(page, session, chosen, queries.get_fact(session, chosen, fact_id))
        return page.reject(
            "halal/reference_detail.html",
            PageMeta(title=page.gettext(N_("Error: %(title)s"), title=view.title)),
            error,
            form=form_state(form, error, page.language),
            work=desks.office_frame(page, session, HERE),
            view=view,
        )
    return page.redirect("halal:reference_detail", kind=kind, fact_id=fact_id, notice="saved")


@router.get(
    "/{locale}/office/halal/reference/{kind}/{fact_id}/correct",
    name="halal:reference_correct_form",
    include_in_schema=False,
)
def reference_correct_form(
    locale: Language, kind: KindPath, fact_id: Number, page: PageDep, official: OfficialDep, session: SessionDep
) -> Response:
    """The form of a corrected fact, filled in with what stands."""
    chosen = _kind(kind)
    row = queries.get_fact(session, chosen, fact_id)
    if not row.current:
        return page.redirect("halal:reference_detail", kind=kind, fact_id=fact_id)
    return page.render(
        "halal/reference_form.html",
        PageMeta(title=page.gettext(N_("Correct this fact"))),
        work=desks.office_frame(page, session, HERE),
        view=_form(page, session, chosen, row),
        form=FormState(values=_typed(chosen, row)),
    )


@router.post(
    "/{locale}/office/halal/reference/{kind}/{fact_id}/correct",
    name="halal:reference_correct",
    include_in_schema=False,
)
def reference_correct(
    locale: Language,
    kind: KindPath,
    fact_id: Number,
    page: PageDep,
    official: OfficialDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
) -> Response:
    """Put a corrected row in the place of a mistaken one."""
    chosen = _kind(kind)
    try:
        data = parse_form(chosen.create, form, lists=LISTS)
        new = service.correct_fact(
            session,
            kind=chosen,
            actor=official,
            fact_id=fact_id,
            data=data,
            now=now,
            seen_end=str(form[SEEN_END]) if SEEN_END in form else None,
        )
    except (NotFound, Forbidden):
        raise
    except DomainError as error:
        session.expire_all()  # somebody else may have been there: show how it stands
        row = queries.get_fact(session, chosen, fact_id)
        return _refuse_form(page, session, chosen, row, error, form_state(form, error, page.language))
    return page.redirect("halal:reference_detail", kind=kind, fact_id=new.id, notice="saved")


def _refuse_form(
    page: Page, session: SessionDep, kind: Kind[Any], row: AnyFact | None, error: DomainError, form: FormState
) -> Response:
    title = page.gettext(NEW_TITLES[kind.slug] if row is None else N_("Correct this fact"))
    return page.reject(
        "halal/reference_form.html",
        PageMeta(title=page.gettext(N_("Error: %(title)s"), title=title)),
        error,
        form=form,
        work=desks.office_frame(page, session, HERE),
        view=_form(page, session, kind, row),
    )


def _detail(page: Page, session: SessionDep, kind: Kind[Any], row: Any) -> ReferenceDetail:
    names = {each.row.code: each.row.name for each in queries.list_known(session, BODIES)}
    history = queries.list_history(session, kind, row)

    def url(number: int) -> str:
        return page.url("halal:reference_detail", kind=kind.slug, fact_id=number)

    def fact(each: Any) -> Fact:
        return _fact(page, each, names, url=url(each.id))

    shown = fact(row)
    here = {"kind": kind.slug, "fact_id": row.id}
    by_corrected = {each.corrects_id: each for each in history if each.corrects_id is not None}
    stands = row
    while stands.id in by_corrected:
        stands = by_corrected[stands.id]
    return ReferenceDetail(
        fact=shown,
        title=shown.title,
        kind_label=page.gettext(KIND_TITLES[kind.slug]),
        kind_url=page.url("halal:reference_list", kind=kind.slug),
        history=tuple(fact(each) for each in history if each.id != row.id),
        acts=tuple(
            (act.at, page.gettext(ACTIONS[act.action.rpartition(".")[2]]), act.who, act.reason)
            for act in queries.list_acts(session, kind, [each.id for each in history])
        ),
        end_url=page.url("halal:reference_end", **here) if row.current and row.valid_until is None else "",
        correct_url=page.url("halal:reference_correct_form", **here) if row.current else "",
        stands_url="" if row.current else url(stands.id),
        unconfirmed=page.gettext(words.UNCONFIRMED),
    )


def _typed(kind: Kind[Any], row: AnyFact) -> dict[str, Any]:
    """What a row says, as it would be typed."""
    typed: dict[str, Any] = {}
    for name, value in kind.said(row).items():
        if isinstance(value, bool):
            typed[name] = "true" if value else ""
        elif isinstance(value, list):
            typed[name] = [str(each) for each in value]
        else:
            typed[name] = "" if value is None else str(value)
    return typed


def _form(page: Page, session: SessionDep, kind: Kind[Any], row: AnyFact | None) -> ReferenceForm:
    names = [name for name in kind.fields if name not in AT_THE_END and name != "direction"]
    options = _options(page, session)
    inputs = []
    for name in (*names, *AT_THE_END, "reason"):
        field = kind.create.model_fields[name]
        own = options.get(name, ())
        if name == "goods_class" and kind is OBLIGATIONS:
            own = tuple((code, page.gettext(label)) for code, label in OTHER_KINDS.items())
            own = (*options["goods"], *own)
        # Nothing is chosen for her: the first country or the most hopeful word would be saved by mistake.
        nothing = (("", page.gettext(N_("Choose")) if field.is_required() else "–"),)
        inputs.append(
            Input(
                name=name,
                type=_type(name, own),
                label=page.gettext(LABELS[name]),
                hint=page.gettext(HINTS[name]) if name in HINTS and not (name == "country" and kind is RULES) else "",
                required=field.is_required(),
                options=own if name == "goods" else (*nothing, *own) if own else (),
            )
        )
    title = page.gettext(NEW_TITLES[kind.slug] if row is None else N_("Correct this fact"))
    trail: list[tuple[str, str | None]] = [
        (page.gettext(KIND_TITLES[kind.slug]), page.url("halal:reference_list", kind=kind.slug))
    ]
    if row is None:
        action = page.url("halal:reference_add", kind=kind.slug)
    else:
        names_of = {each.row.code: each.row.name for each in queries.list_known(session, BODIES)}
        trail.append(
            (_fact(page, row, names_of).title, page.url("halal:reference_detail", kind=kind.slug, fact_id=row.id))
        )
        action = page.url("halal:reference_correct", kind=kind.slug, fact_id=row.id)
    trail.append((title, None))
    return ReferenceForm(
        action=action,
        inputs=tuple(inputs),
        trail=tuple(trail),
        correcting=row is not None,
        seen_end=str(row.valid_until or "") if row is not None else "",
    )


def _type(name: str, options: tuple[tuple[str, str], ...]) -> str:
    if name == "goods":
        return "checks"
    if options:
        return "select"
    if name in LONG:
        return "textarea"
    if name in DAYS:
        return "date"
    return "checkbox" if name in TICKS else "text"


def _options(page: Page, session: SessionDep) -> dict[str, tuple[tuple[str, str], ...]]:
    territories = babel_locale(page.language).territories
    countries = sorted(
        ((code, str(name)) for code, name in territories.items() if is_country(code)), key=lambda x: x[1]
    )
    goods = tuple((each.value, page.gettext(label)) for each, label in words.GOODS_CLASSES.items())
    bodies = tuple((each.row.code, each.row.code) for each in queries.list_known(session, BODIES))
    return {
        "country": tuple(countries),
        "destination": tuple(countries),
        "made_in": tuple(countries),
        "goods": goods,
        "goods_class": goods,
        "body": bodies,
        "status": tuple((each.value, page.gettext(label)) for each, label in words.RECOGNITION.items()),
        "kind": tuple((each.value, page.gettext(label)) for each, label in words.RULES.items()),
        "scale": tuple((code, page.gettext(label)) for code, label in SCALES.items()),
        "confidence": tuple((each.value, page.gettext(label)) for each, label in words.CONFIDENCE.items()),
    }
