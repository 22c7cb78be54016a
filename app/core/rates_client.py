"""The European Central Bank's daily reference rates (eurofxref-daily.xml): free to use with the source named."""

import datetime as dt
import xml.etree.ElementTree as ET
from decimal import Decimal, InvalidOperation

import structlog

from app.core import outbox
from app.core.http import PATIENCE, OutsideFailure, Patience, fetch
from app.core.money import Currency
from app.core.rates import SOURCE, Rates, get_rates, store_rates

log = structlog.get_logger(__name__)
_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
FEWEST = 10
MOST_BYTES = 1_000_000
SMALLEST, LARGEST = Decimal("0.0001"), Decimal(10_000_000)
MOST_CHANGE = 3
"""A currency that is worth three times as much or as little as a month ago is more likely a mistake in the file."""
MONTH = dt.timedelta(days=31)
CODE_LENGTH = 3


def parse(body: bytes) -> tuple[dt.date, dict[str, Decimal]]:
    """The day and what one euro is worth in each currency, the euro itself included.

    Raises:
        OutsideFailure: for anything that is not the documented file with plausible figures.
    """
    if len(body) > MOST_BYTES:
        raise OutsideFailure("not the documented file")
    try:
        # The documented file is UTF-8. Another charset would hide a document type from the look that follows.
        content = body.decode("utf-8-sig")
        if "<!" in content.replace("<!--", "") or "\0" in content:
            raise OutsideFailure("not the documented file")
        root = ET.fromstring(body)  # noqa: S314 - document types and entities were refused above
        days = [cube for cube in root.iter(_CUBE) if "time" in cube.attrib]
        day = dt.date.fromisoformat(days[0].attrib["time"])
        rates = {
            cube.attrib["currency"]: Decimal(cube.attrib["rate"])
            for cube in days[0].iter(_CUBE)
            if "rate" in cube.attrib
        }
    except (ET.ParseError, IndexError, KeyError, ValueError, LookupError, InvalidOperation) as error:
        raise OutsideFailure("not the documented file") from error
    if len(rates) < FEWEST or not set(Currency) <= rates.keys():
        raise OutsideFailure("currencies are missing")
    if not all(rate.is_finite() and SMALLEST <= rate <= LARGEST for rate in rates.values()):
        raise OutsideFailure("figures that cannot be")
    if not all(len(code) == CODE_LENGTH and code.isascii() and code.isupper() for code in rates):
        raise OutsideFailure("codes that cannot be")
    return day, {"EUR": Decimal(1), **rates}


def _check_plausible(day: dt.date, rates: dict[str, Decimal], known: Rates | None) -> None:
    if known is None or abs(day - known.day) > MONTH:
        return
    for currency, before in known.per_euro.items():
        if not before / MOST_CHANGE <= rates.get(currency, before) <= before * MOST_CHANGE:
            raise OutsideFailure(f"{currency} cannot have changed so much since {known.day}")


@outbox.handles("rates.fetch")
def fetch_rates(
    bench: outbox.Workbench,
    payload: dict[str, object],  # noqa: ARG001 - nothing to choose
    *,
    patience: Patience = PATIENCE,
) -> None:
    """Fetch today's rates; whatever goes wrong, the rates known before stay.

    Raises:
        OutsideFailure: the bank did not answer, or not with plausible rates of a day up to today.
    """
    if not bench.settings.rates_url:
        return
    answer = fetch(bench.settings.rates_url, accept="application/xml, text/xml", patience=patience)
    if answer.status != 200:  # noqa: PLR2004
        raise OutsideFailure(f"status {answer.status}")
    day, rates = parse(answer.body)
    if day > bench.now.date():
        raise OutsideFailure("rates of a day to come")
    with bench.database.writing() as session:
        _check_plausible(day, rates, get_rates(session))
        store_rates(session, day=day, per_euro=rates, source=SOURCE, now=bench.now)
        outbox.enqueue(
            session, kind="catalogue.price_keys", key=f"price_keys:{day}:{bench.now:%Y%m%d}", payload={}, now=bench.now
        )
    log.info("rates_stored", day=str(day))
