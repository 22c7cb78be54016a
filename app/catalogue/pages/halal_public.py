"""Public pages about halal: the check by number, and confirmed certificates with what they cover."""

import io
from typing import Annotated

import segno
from fastapi import Path, Query, Request, Response

from app.accounts.web import PageDep
from app.catalogue import halal_views, views
from app.catalogue.queries import halal_public, listing
from app.catalogue.queries.halal_public import get_halal
from app.core.answers import keep_answer, public_version_of
from app.core.languages import N_, Language
from app.core.templating import PageMeta
from app.core.web import NowDep, SessionDep, SettingsDep, unit_router
from app.halal import words
from app.halal.rules import day_of

router = unit_router()
PublicId = Annotated[str, Path(max_length=16)]
GOODS = 12
"""Goods shown for words; the list of goods has the rest."""
QR_MM = 20
"""Width of the printed symbol without its quiet zone."""
QUIET_ZONE = 4
"""Modules of white that readers need around a symbol (ISO/IEC 18004)."""


@router.get("/{locale}/halal", name="catalogue:halal_check", include_in_schema=False)
def halal_check(
    request: Request,
    locale: Language,
    page: PageDep,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    number: Annotated[str, Query(max_length=400)] = "",
    q: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """Look a certificate up by its number, or certificates and goods by words. What is not known is not guessed."""
    keep_answer(request)
    number, q = number.replace("\x00", "").strip()[:80], q.replace("\x00", "").strip()[:120]
    version = public_version_of(request)
    halal = get_halal(session, on=day_of(now), version=version)
    found = halal_public.find_by_number(session, number) if number else halal_public.search_certificates(session, q)
    cards: tuple[views.ProductCard, ...] = ()
    more_url = None
    if q and not number:
        wanted = listing.ListingFilter(page.language, page.currency, q=q)
        goods = listing.list_products(session, wanted, on=halal.on, limit=GOODS, version=version)
        cards = tuple(views.card(page, row, goods.reference, halal) for row in goods.rows)
        more_url = page.url("catalogue:product_list", q=q) if goods.next else None
    view = halal_views.HalalCheckPage(
        number=number,
        q=q,
        found=tuple(halal_views.certificate_in_short(page, each, halal) for each in found),
        asked=bool(number or q),
        cards=cards,
        more_url=more_url,
        official_search=settings.halal_search_url,
        recognition_url=page.url("halal:recognition_list"),
        note=page.gettext(words.NOT_LEGAL_ADVICE),
    )
    bare = not view.asked
    meta = PageMeta(
        title=page.gettext(N_("Check a halal certificate")),
        description=page.gettext(
            N_("Look up halal certificates of Bandung's makers that the city has checked, and the goods they cover.")
        ),
        canonical=page.absolute(page.url("catalogue:halal_check")) if bare else "",
        alternates=page.alternates("catalogue:halal_check") if bare else (),
    )
    return page.render("catalogue/halal_check.html", meta, view=view)


@router.get("/{locale}/halal/certificates/{public_id}", name="catalogue:certificate_detail", include_in_schema=False)
def certificate_detail(
    request: Request, locale: Language, public_id: PublicId, page: PageDep, session: SessionDep, now: NowDep
) -> Response:
    """One confirmed certificate: its state today, its history, every check, the goods, and where it counts."""
    keep_answer(request)
    certificate = halal_public.get_public_certificate(session, public_id)
    halal = get_halal(session, on=day_of(now), version=public_version_of(request))
    view = halal_views.certificate_page(
        page,
        certificate,
        halal,
        items=halal_public.list_items(session, certificate, on=halal.on),
        successor=halal_public.find_successor(session, certificate),
    )
    meta = PageMeta(
        title=page.gettext(N_("Halal certificate %(number)s"), number=certificate.number),
        description=page.gettext(
            N_("Halal certificate of %(holder)s: %(state)s."),
            holder=certificate.holder or certificate.business_name,
            state=view.certificate.badge.label,
        ),
        canonical=page.absolute(page.url("catalogue:certificate_detail", public_id=public_id)),
        alternates=page.alternates("catalogue:certificate_detail", public_id=public_id),
    )
    return page.render("catalogue/halal_certificate.html", meta, view=view)


@router.get("/{locale}/halal/certificates/{public_id}/qr.svg", name="catalogue:certificate_qr", include_in_schema=False)
def certificate_qr(
    request: Request, locale: Language, public_id: PublicId, page: PageDep, session: SessionDep
) -> Response:
    """A QR code to the certificate's page, 20 mm wide in print beside its quiet zone (ISO/IEC 18004, level M)."""
    keep_answer(request)
    certificate = halal_public.get_public_certificate(session, public_id)
    address = page.absolute(page.url("catalogue:certificate_detail", public_id=certificate.public_id))
    code = segno.make_qr(address, error="m", boost_error=False)
    modules = code.symbol_size(border=0)[0]
    drawing = io.BytesIO()
    code.save(
        drawing,
        kind="svg",
        scale=QR_MM / modules,
        unit="mm",
        border=QUIET_ZONE,
        light="#fff",
        title=page.gettext(N_("Halal certificate %(number)s"), number=certificate.number),
    )
    return Response(drawing.getvalue(), media_type="image/svg+xml")
