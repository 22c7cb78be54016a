"""Effects outside the database that this area asks for."""

import datetime as dt
from typing import Any

from sqlmodel import Session, select

from app.businesses.models import Licence
from app.core import outbox
from app.core.storage import PRIVATE

DELETE_FILE = "businesses.delete_file"
SWEEP = "businesses.sweep_papers"
GRACE = dt.timedelta(minutes=10)
"""How long a file may be without its row: an upload writes the file first."""
PAPERS = f"{PRIVATE}papers/"
"""Where the files of makers' papers are kept."""


@outbox.handles(DELETE_FILE)
def delete_file(bench: outbox.Workbench, payload: dict[str, Any]) -> None:
    """Remove the file of a paper that is no longer kept; once it is gone, a repeat finds nothing to do.

    Raises:
        PermanentFailure: for a key that is no paper's.
    """
    if not str(payload["key"]).startswith(PAPERS):
        msg = "not the file of a paper"
        raise outbox.PermanentFailure(msg)
    bench.storage.delete(payload["key"])


def ask_for_sweep(session: Session, *, now: dt.datetime) -> None:
    """Look for files without a row a little later, once an hour at most."""
    key = f"{SWEEP}:{now:%Y%m%d%H}"
    outbox.enqueue(session, kind=SWEEP, key=key, payload={}, now=now, due_at=now + GRACE + dt.timedelta(minutes=50))


outbox.DAILY.add(SWEEP)


@outbox.handles(SWEEP)
def sweep_papers(bench: outbox.Workbench, payload: dict[str, Any]) -> None:  # noqa: ARG001 - nothing to say
    """Remove files that no row names: an upload was cut off between the file and its row."""
    found = list(bench.storage.keys(PAPERS))
    with bench.database.reading() as session:
        named = set(session.exec(select(Licence.file_key)))
    for key, written_at in found:
        if key not in named and bench.now.timestamp() - written_at > GRACE.total_seconds():
            bench.storage.delete(key)
