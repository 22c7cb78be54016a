"""The mails about halal dates, in the person's language, as plain text."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Protocol

from sqlmodel import Session

from app.accounts.letters import FAREWELL
from app.accounts.models import User
from app.businesses.models import Business
from app.catalogue.queries.halal_calendar import DueKind
from app.core.config import Settings
from app.core.languages import N_, NN_, Language, show_date, show_number, translate, translations
from app.core.mail import send_mail
from app.halal import words
from app.halal.vocabulary import GoodsClass

MOST_NAMES = 10
"""Goods named for one date; the others are counted."""

LAPSE = NN_(
    "The last valid day of certificate %(number)s of %(body)s is %(day)s: %(num)s day is left.",
    "The last valid day of certificate %(number)s of %(body)s is %(day)s: %(num)s days are left.",
)
SURVEILLANCE = NN_(
    "The next inspection under certificate %(number)s of %(body)s is due on %(day)s: %(num)s day is left.",
    "The next inspection under certificate %(number)s of %(body)s is due on %(day)s: %(num)s days are left.",
)
OBLIGATION = NN_(
    "From %(day)s on these goods need a halal certificate (%(goods)s): %(num)s day is left.",
    "From %(day)s on these goods need a halal certificate (%(goods)s): %(num)s days are left.",
)
BEGUN = N_("Since %(day)s these goods have needed a halal certificate (%(goods)s), and none is known to us.")
SUBJECT = NN_("%(brand)s: a halal date to keep in mind", "%(brand)s: %(num)s halal dates to keep in mind")
FURTHER = NN_("and %(num)s other product", "and %(num)s other products")


class Dated(Protocol):
    """What a mail says of one date."""

    @property
    def kind(self) -> DueKind:
        """What the day brings."""
        ...

    @property
    def day(self) -> dt.date:
        """The day."""
        ...

    @property
    def days_left(self) -> int:
        """Days until then; not above zero once a duty has begun."""
        ...

    @property
    def body(self) -> str:
        """Code of the body whose certificate it is about."""
        ...

    @property
    def number(self) -> str:
        """The certificate's number."""
        ...

    @property
    def goods_class(self) -> GoodsClass | None:
        """The kind of goods that a duty is about."""
        ...

    @property
    def products(self) -> tuple[str, ...]:
        """Names of the goods it concerns."""
        ...


def dates_near(
    session: Session,
    *,
    business: Business,
    people: Sequence[User],
    notices: Sequence[Dated],
    settings: Settings,
    now: dt.datetime,
) -> None:
    """Tell each person of a maker which halal dates are near, all in one mail."""
    for person in people:
        language = Language(person.language)
        parts = [
            translate(language, N_("Hello %(name)s,"), name=person.name),
            translate(language, N_("These dates concern the goods of %(brand)s:"), brand=business.brand),
            *("\n".join(_lines(notice, language)) for notice in notices),
            translate(language, N_("See what each product needs, and the next step:")),
            f"{settings.public_url}/{language.value}/workspace/halal",
            translate(language, words.NOT_LEGAL_ADVICE),
            translate(language, FAREWELL),
        ]
        send_mail(
            session,
            to=person.email,
            subject=_counted(language, SUBJECT, len(notices), brand=business.brand),
            text="\n\n".join(parts) + "\n",
            language=language,
            key=f"halal-dates:{business.id}:{notices[0].day}:{now:%Y%m%dT%H%M%S}:{person.id}",
            now=now,
        )


def _lines(notice: Dated, language: Language) -> Iterator[str]:
    day = show_date(notice.day, language)
    if notice.goods_class is not None:
        goods = translate(language, words.GOODS_CLASSES[notice.goods_class])
        if notice.days_left > 0:
            yield _counted(language, OBLIGATION, notice.days_left, day=day, goods=goods)
        else:
            yield translate(language, BEGUN, day=day, goods=goods)
    else:
        phrase = LAPSE if notice.kind is DueKind.LAPSE else SURVEILLANCE
        yield _counted(language, phrase, notice.days_left, day=day, number=notice.number, body=notice.body)
    for name in notice.products[:MOST_NAMES]:
        yield f"- {name}"
    if len(notice.products) > MOST_NAMES:
        yield f"- {_counted(language, FURTHER, len(notice.products) - MOST_NAMES)}"


def _counted(language: Language, phrase: tuple[str, str], count: int, /, **params: object) -> str:
    text = translations(language).ungettext(*phrase, count)
    return text % {"num": show_number(count, language), **params}
