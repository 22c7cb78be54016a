"""Queries that found nothing, gathered in memory and written now and then: a report of demand without persons."""

import datetime as dt
import threading
from collections import Counter

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.catalogue.analyser import words
from app.catalogue.models import SearchMiss
from app.core.database import Database, add_counts
from app.core.languages import Language

log = structlog.get_logger(__name__)
MOST = 500
LONGEST = 120


class MissLog:
    """Counts queries without results; a page never waits for the writing."""

    def __init__(self, database: Database, *, every_s: float = 20.0) -> None:
        self._database = database
        self._every_s = every_s
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._timer: threading.Timer | None = None

    def note(self, query: str, language: Language) -> None:
        """Count one query; long ones, ones with many digits and addresses are not kept, as they may name a person."""
        folded = " ".join(words(query))[:LONGEST]
        if not folded or "@" in query or sum(character.isdigit() for character in folded) > 6:  # noqa: PLR2004
            return
        with self._lock:
            if len(self._counts) < MOST or (folded, language.value) in self._counts:
                self._counts[folded, language.value] += 1
            if self._timer is None:
                self._timer = threading.Timer(self._every_s, self.write)
                self._timer.daemon = True
                self._timer.start()

    def write(self, now: dt.datetime | None = None) -> None:
        """Write what was gathered."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            self._timer = None
        if not counts:
            return
        day = (now or dt.datetime.now(dt.UTC)).date()
        rows = [
            {"day": day, "language": language, "query": query, "times": times}
            for (query, language), times in sorted(counts.items())
        ]
        try:
            with self._database.writing() as session:
                add_counts(session, SearchMiss.__table__, rows, key=("day", "language", "query"), counter="times")  # type: ignore[attr-defined]
        except SQLAlchemyError as error:
            log.warning("misses_not_written", reason=type(error).__name__)

    def close(self) -> None:
        """Write what is left, at the end of the process."""
        if self._timer is not None:
            self._timer.cancel()
        self.write()
