"""Effects outside the database that this area asks for, and the files that its rows name."""

from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, select

from app.businesses.models import Licence
from app.core import outbox, papers
from app.core.storage import PRIVATE

DELETE_FILE = "businesses.delete_file"
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


@papers.keeps(PAPERS)
def name_papers(session: Session) -> Iterator[papers.Named]:
    """The files of makers' licences."""
    for key, number, digest in session.exec(select(Licence.file_key, Licence.id, Licence.sha256)):
        if key:
            yield papers.Named(key, f"paper {number}", digest)
