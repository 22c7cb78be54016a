"""Work of the catalogue that the worker does: pictures, comparable prices, stray files, what a new day changes."""

import datetime as dt
from typing import Any

from app.catalogue import index
from app.catalogue.models import Picture, PictureState
from app.catalogue.service import halal_notices, halal_sweep, pictures
from app.core import imaging
from app.core.imaging import PictureRefused
from app.core.outbox import DAILY, DAILY_AT, Workbench, handles
from app.core.storage import PUBLIC
from app.halal.rules import ZONE


@handles(pictures.DERIVE)
def derive_picture(bench: Workbench, payload: dict[str, Any]) -> None:
    """Make and store the files of a picture, then note them in a short transaction; a repeat changes nothing.

    Raises:
        PictureRefused: ``busy``; the outbox tries again.
    """
    number = int(payload["picture"])
    with bench.database.reading() as session:
        picture = session.get(Picture, number)
    if picture is None or picture.state != PictureState.PROCESSING:
        return
    original = bench.storage.get(picture.original_key)
    try:
        # Of an original that was lost nothing can be made; empty bytes are refused with a reason.
        derivatives = imaging.derive(original or b"")
    except PictureRefused as refused:
        if refused.code == "busy":
            raise
        with bench.database.writing() as session:
            pictures.fail_picture(session, picture_id=number, reason=refused.code, now=bench.now)
        return
    pictures.store_files(
        bench.storage,
        original=original or b"",
        inspected=imaging.Inspected(picture.mime, picture.width, picture.height, picture.sha256),
        derivatives=derivatives,
    )
    with bench.database.writing() as session:
        pictures.finish_picture(session, picture_id=number, derivatives=derivatives, now=bench.now)


@handles("catalogue.price_keys")
def refresh_price_keys(bench: Workbench, payload: dict[str, Any]) -> None:  # noqa: ARG001 - every handler gets one
    """Bring comparable prices in line with new exchange rates."""
    with bench.database.writing() as session:
        index.refresh_price_keys(session)


DAILY.add(pictures.SWEEP)


@handles(pictures.SWEEP)
def sweep_files(bench: Workbench, payload: dict[str, Any]) -> None:
    """Remove files that no picture refers to and that are older than the grace time.

    With ``keys`` in the payload only those are looked at; without, everything that is stored for pictures, and
    pictures that have been on their way for a day are given up.
    """
    keys = payload.get("keys")
    latest = bench.now.timestamp() - pictures.GRACE.total_seconds()
    if keys is not None:
        with bench.database.reading() as session:
            stray = pictures.unreferenced(session, keys)
    else:
        with bench.database.writing() as session:
            pictures.give_up_old(session, now=bench.now)
        stored = [
            key
            for prefix in (PUBLIC, pictures.ORIGINALS)
            for key, written in bench.storage.keys(prefix)
            if written <= latest
        ]
        with bench.database.reading() as session:
            referenced = pictures.referenced_keys(session)
        stray = [key for key in stored if key not in referenced]
    for key in stray:
        # Looked at again at the last moment: the same picture may just have been uploaded once more.
        folder = key.rsplit("/", 1)[0] + "/"
        if all(written <= latest for name, written in bench.storage.keys(folder) if name == key):
            bench.storage.delete(key)


HALAL_SWEEP = "catalogue.halal_sweep"
DAILY_AT[HALAL_SWEEP] = dt.time(tzinfo=ZONE)


@handles(HALAL_SWEEP)
def sweep_standings(bench: Workbench, payload: dict[str, Any]) -> None:  # noqa: ARG001 - the day is all it needs
    """Give listings whose standing ends with a day their next one; a repeat finds nothing to do."""
    halal_sweep.sweep(bench.database, now=bench.now)


HALAL_NOTICES = "catalogue.halal_notices"
DAILY_AT[HALAL_NOTICES] = dt.time(8, tzinfo=ZONE)
"""When people are up, and the sweep of the day is done."""


@handles(HALAL_NOTICES)
def send_halal_notices(bench: Workbench, payload: dict[str, Any]) -> None:  # noqa: ARG001 - the day is all it needs
    """Warn makers of halal dates that are near; a repeat sends nothing twice."""
    halal_notices.send_notices(bench.database, bench.settings, now=bench.now)
