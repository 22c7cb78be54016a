"""The full-text index: SQLite FTS5 and PostgreSQL ``tsvector`` behind one door, with the same answers.

Documents are analysed terms (see ``analyser``), one row a product and language; a document's number holds both, so
that a hit names its product without a join. Nothing here ranks by corpus statistics: an answer's order depends on the
query and the document only, so that pages by cursor stay stable while goods come and go.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import DamerauLevenshtein
from sqlalchemy import ColumnElement, Select, bindparam, column, literal_column, select, text
from sqlalchemy import table as sql_table
from sqlmodel import Session

from app.catalogue import analyser
from app.core.database import is_sqlite
from app.core.languages import Language

LANGUAGES = tuple(Language)
_SHIFT = 3
_text = sql_table("search_text", column("rowid"), column("id"), column("terms"))


def document_id(product_id: int, language: Language) -> int:
    """The number of a product's document in a language."""
    return (product_id << _SHIFT) + LANGUAGES.index(language)


@dataclass(frozen=True)
class IndexRow:
    """What the full-text index holds of one document."""

    id: int
    document: analyser.Document


def write_documents(session: Session, rows: Sequence[IndexRow]) -> None:
    """Put documents into the full-text index, in place of those with the same numbers."""
    if not rows:
        return
    remove_documents(session, [row.id for row in rows])
    connection = session.connection()
    if is_sqlite(session):
        connection.execute(
            text("INSERT INTO search_text (rowid, name, body, concepts) VALUES (:id, :name, :body, :concepts)"),
            [
                {
                    "id": row.id,
                    "name": " ".join(row.document.name),
                    "body": " ".join(row.document.body),
                    "concepts": " ".join(row.document.concepts),
                }
                for row in rows
            ],
        )
    else:
        connection.execute(
            text("INSERT INTO search_text (id, terms) VALUES (:id, CAST(:terms AS tsvector))"),
            [{"id": row.id, "terms": _vector(row.document)} for row in rows],
        )


def remove_documents(session: Session, ids: Sequence[int]) -> None:
    """Take documents out of the full-text index."""
    if not ids:
        return
    key = "rowid" if is_sqlite(session) else "id"
    session.connection().execute(text(f"DELETE FROM search_text WHERE {key} = :id"), [{"id": each} for each in ids])  # noqa: S608


def _vector(document: analyser.Document) -> str:
    """A document as a ``tsvector`` literal: weight A for the name, B for concepts, C for the rest."""
    weights: dict[str, set[str]] = {}
    for weight, terms in (("A", document.name), ("B", document.concepts), ("C", document.body)):
        for term in terms:
            weights.setdefault(term, set()).add(weight)
    # Positions carry the weights; their numbers mean nothing, since no phrase is ever searched.
    positions = {"A": "1A", "B": "2B", "C": "3C"}
    return " ".join(
        f"'{term}':" + ",".join(positions[weight] for weight in sorted(marks)) for term, marks in weights.items()
    )


def product_ids(session: Session, query: analyser.Query) -> Select[int]:
    """A select of the numbers of products that match a query, in any language, perhaps more than once."""
    return _matches(session, _expression(query, sqlite=is_sqlite(session)), "match")


def named_product_ids(session: Session, words: Sequence[str]) -> Select[int]:
    """A select of the numbers of products that have all these very words in a name."""
    if is_sqlite(session):
        expression = "name : (" + " AND ".join(f'"{word}"' for word in words) + ")"
    else:
        expression = " & ".join(f"'{word}':A" for word in words)
    return _matches(session, expression, "named")


def _matches(session: Session, expression: str, name: str) -> Select[int]:
    condition: ColumnElement[bool]
    number: ColumnElement[int]
    if is_sqlite(session):
        number = literal_column("search_text.rowid >> 3")
        condition = text(f"search_text MATCH :{name}").bindparams(bindparam(name, expression))  # type: ignore[assignment]
    else:
        number = literal_column("search_text.id >> 3")
        condition = text(f"search_text.terms @@ CAST(:{name} AS tsquery)").bindparams(bindparam(name, expression))  # type: ignore[assignment]
    return select(number.label("product_id")).select_from(_text).where(condition)


def _expression(query: analyser.Query, *, sqlite: bool) -> str:
    both, either = (" AND ", " OR ") if sqlite else (" & ", " | ")
    quote, more = ('"', '"*') if sqlite else ("'", "':*")
    groups = []
    for group in query.groups:
        alternatives = [
            both.join(f"{quote}{term}{quote}" for term in alternative.terms) for alternative in group.alternatives
        ]
        if group.prefix and len(group.alternatives[0].terms) == 1:
            alternatives.append(f"{quote}{group.alternatives[0].terms[0]}{more}")
        groups.append("(" + either.join(f"({alternative})" for alternative in alternatives) + ")")
    return both.join(groups)


def has_hits(session: Session, query: analyser.Query) -> bool:
    """Whether anything matches."""
    return session.connection().execute(product_ids(session, query).limit(1)).first() is not None


_MOST_TRIALS = 24
_NEAREST = 6
_SHORT = 4


def correct(session: Session, typed: str, *, language: Language, vocabulary: Iterable[str]) -> str | None:
    """The nearest text to what was typed that finds something, or None.

    One word at a time is replaced by the words of public names nearest to it; words that no name has come first.
    When no replacement helps, the words that no name has are left out.
    """
    words = analyser.words(typed)[:8]
    known = vocabulary if isinstance(vocabulary, dict) else dict.fromkeys(vocabulary, 1)
    if not words or not known:
        return None
    trials: list[tuple[float, tuple[str, ...]]] = []
    for position, word in enumerate(words):
        if len(word) < 3 or word.isdigit():  # noqa: PLR2004 - so short a word has too many neighbours
            continue
        penalty = 0.5 if word in known else 0.0
        for candidate, distance in _nearest(word, known):
            trials.append((distance + penalty, (*words[:position], candidate, *words[position + 1 :])))
    trials.sort(key=lambda trial: trial[0])
    unknown = [word for word in words if word not in known]
    if unknown and len(unknown) < len(words):
        trials = trials[:_MOST_TRIALS]
        trials.append((9, tuple(word for word in words if word in known)))
    for _, trial in trials[: _MOST_TRIALS + 1]:
        guess = " ".join(trial)
        query = analyser.analyse_query(guess, locale=language.value)
        if query.groups and has_hits(session, query):
            return guess
    return None


def _nearest(word: str, known: dict[str, int]) -> list[tuple[str, float]]:
    """Known words near to one, with a distance that prefers few edits, a kept first letter and frequent words."""
    found = process.extract(word, known.keys(), scorer=fuzz.ratio, score_cutoff=60, limit=60)
    limit = 1 if len(word) <= _SHORT else 2
    near = []
    for candidate, _, _ in found:
        edits = DamerauLevenshtein.distance(word, candidate, score_cutoff=limit)
        if candidate == word or edits > limit:
            continue
        frequency = min(known[candidate], 1000) / 4000
        near.append((candidate, edits + (0.3 if candidate[0] != word[0] else 0.0) - frequency))
    near.sort(key=lambda pair: pair[1])
    return near[:_NEAREST]
