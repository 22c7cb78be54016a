"""The European Central Bank's daily reference rates (eurofxref-daily.xml): free to use with the source named."""

import datetime as dt
import xml.etree.ElementTree as ET
from decimal import Decimal, InvalidOperation

import structlog

from app.core import outbox
from app.core.http import OutsideFailure, fetch
from app.core.rates import store_rates

log = structlog.get_logger(__name__)
SOURCE = "European Central Bank"
_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
FEWEST = 10
MOST_BYTES = 1_000_000


def parse(body: bytes) -> tuple[dt.date, dict[str, Decimal]]:
    """The day and what one euro is worth in each currency, the euro itself included.

    Raises:
        OutsideFailure: for anything that is not the documented file with plausible figures.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body or len(body) > MOST_BYTES:
        raise OutsideFailure("not the documented file")
    try:
        root = ET.fromstring(body)  # noqa: S314 - document types and entities were refused above
        days = [cube for cube in root.iter(_CUBE) if "time" in cube.attrib]
        day = dt.date.fromisoformat(days[0].attrib["time"])
        rates = {
            cube.attrib["currency"]: Decimal(cube.attrib["rate"])
            for cube in days[0].iter(_CUBE)
            if "rate" in cube.attrib
        }
    except (ET.ParseError, IndexError, KeyError, ValueError, InvalidOperation) as error:
        raise OutsideFailure("not the documented file") from error
    if len(rates) < FEWEST or any(not rate.is_finite() or rate <= 0 for rate in rates.values()):
        raise OutsideFailure("figures that cannot be")
    return day, {"EUR": Decimal(1), **rates}


@outbox.handles("rates.fetch")
def fetch_rates(bench: outbox.Workbench, payload: dict[str, object]) -> None:  # noqa: ARG001 - nothing to choose
    """Fetch today's rates; whatever goes wrong, the rates known before stay."""
    if not bench.settings.rates_url:
        return
    answer = fetch(bench.settings.rates_url, accept="application/xml, text/xml")
    if answer.status != 200:  # noqa: PLR2004
        raise OutsideFailure(f"status {answer.status}")
    day, rates = parse(answer.body)
    if day > bench.now.date():
        raise OutsideFailure("rates of a day to come")
    with bench.database.writing() as session:
        store_rates(session, day=day, per_euro=rates, source=SOURCE, now=bench.now)
        outbox.enqueue(
            session, kind="catalogue.price_keys", key=f"price_keys:{day}:{bench.now:%Y%m%d}", payload={}, now=bench.now
        )
    log.info("rates_stored", day=str(day))
