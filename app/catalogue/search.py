"""The full-text index: SQLite FTS5 and PostgreSQL ``tsvector`` behind one door, with the same answers.

Documents are analysed terms (see ``analyser``), one row a product and language; a document's number holds both, so
that a hit names its product without a join. Nothing here ranks by corpus statistics: an answer's order depends on the
query and the document only, so that pages by cursor stay stable while goods come and go.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process
from rapidfuzz.distance import DamerauLevenshtein
from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    bindparam,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy import table as sql_table
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session

from app.catalogue import analyser
from app.core.database import is_sqlite
from app.core.languages import Language

LANGUAGES = tuple(Language)
_SHIFT = 3
_SHIFT_SQL = literal_column(str(_SHIFT), Integer)
_PLACE_BITS = 3
_PLACE_BITS_SQL = literal_column(str(_PLACE_BITS), Integer)
_WORST_PLACE = (1 << _PLACE_BITS) - 1
NOT_NAMED = _WORST_PLACE + 1
"""The place of goods whose name does not have all the typed words as they are."""
_MOST_ORDERED = 6
"""Words of a query whose order counts: more would make the patterns dear."""
_text = sql_table("search_text", column("rowid", Integer), column("id", Integer), column("terms"))
_names = sql_table("search_document", column("id", Integer), column("words", String), column("written", String))


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


def document_numbers(session: Session) -> set[int]:
    """The numbers of all documents in the full-text index, for the invariant checker."""
    key = "rowid" if is_sqlite(session) else "id"
    return set(session.connection().execute(select(_text.c[key])).scalars())


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


@dataclass(frozen=True)
class Matches:
    """What a query finds."""

    products: set[int]
    """The numbers of all products that match, in any language."""
    places: dict[int, int]
    """The place of those whose name has all the typed words: 0 is best, and all others come behind them."""


NOTHING = Matches(set(), {})


def find_matches(session: Session, query: analyser.Query, typed: str) -> Matches:
    """The products that match a query, by one statement of one row: taking thousands would cost more than finding them.

    Names that have all the typed words come first; of several words, those names first that begin with them, then
    those that have them side by side, in their order, in any order. When capitals were typed, names with the words
    exactly as typed are before all of these. A place depends on the document and the query alone.
    """
    if not query.groups:
        return NOTHING
    number, condition = _matching(session, query)
    product = number.bitwise_rshift(_SHIFT_SQL)
    words = tuple(dict.fromkeys(analyser.words(typed)))[:_MOST_ORDERED]
    columns: list[Any] = [_listed(product)]
    if words:
        placed: ColumnElement[int] = product.bitwise_lshift(_PLACE_BITS_SQL)
        if len(words) > 1:
            place = _place(_Names(sqlite=is_sqlite(session)), words, typed)
            placed += select(place).where(_names.c.id == number).correlate(_text).scalar_subquery()
        columns.append(_listed(placed).filter(_named(session, words)))
    row = session.connection().execute(select(*columns).select_from(_text).where(condition)).one()
    places: dict[int, int] = {}
    for code in _numbers(row[1] if words else None):
        found, place_in_name = code >> _PLACE_BITS, code & _WORST_PLACE
        places[found] = min(place_in_name, places.get(found, _WORST_PLACE))
    return Matches(set(_numbers(row[0])), places)


def _listed(number: ColumnElement[int]) -> FunctionElement[str]:
    return func.aggregate_strings(cast(number, String), ",")


def _numbers(listed: str | None) -> Iterable[int]:
    return map(int, listed.split(",")) if listed else ()


def _place(has: "_Names", words: tuple[str, ...], typed: str) -> ColumnElement[int]:
    exactly = has.in_order(_names.c.written, tuple(dict.fromkeys(typed.split()))[:_MOST_ORDERED])
    place: ColumnElement[int] = case(
        (has.first(_names.c.words, words), 0),
        (has.anywhere(_names.c.words, words), 1),
        (has.in_order(_names.c.words, words), 2),
        else_=3,
    )
    if typed != typed.casefold():
        place = place + case((exactly, 0), else_=4)
    return place


def _named(session: Session, words: Sequence[str]) -> ColumnElement[bool]:
    """The name has all these words."""
    terms = [analyser.as_term(word) for word in words]
    if is_sqlite(session):
        expression = "name : (" + " AND ".join(f'"{term}"' for term in terms) + ")"
        named = select(_text.c.rowid).where(text("search_text MATCH :named").bindparams(named=expression))
        return _text.c.rowid.in_(named)
    expression = " & ".join(f"'{term}':A" for term in terms)
    return text("search_text.terms @@ CAST(:named AS tsquery)").bindparams(named=expression)  # type: ignore[return-value]


def spaced(words: Iterable[str]) -> str:
    """Words as the index keeps them for their order: each between spaces of its own."""
    return "".join(f" {word} " for word in words)


class _Names:
    """Conditions on a spaced name, by the pattern operator of each database that minds capitals."""

    def __init__(self, *, sqlite: bool) -> None:
        self.operator, self.any = ("GLOB", "*") if sqlite else ("LIKE", "%")
        self.special = re.compile(r"[*?\[]" if sqlite else r"[%_\\]")
        self.escape = (lambda match: f"[{match[0]}]") if sqlite else (lambda match: "\\" + match[0])

    def first(self, column: ColumnElement[str], words: Sequence[str]) -> ColumnElement[bool]:
        """The name begins with these words."""
        return self._like(column, self._plain(words) + self.any)

    def anywhere(self, column: ColumnElement[str], words: Sequence[str]) -> ColumnElement[bool]:
        """The name has these words side by side."""
        return self._like(column, self.any + self._plain(words) + self.any)

    def in_order(self, column: ColumnElement[str], words: Sequence[str]) -> ColumnElement[bool]:
        """The name has these words one after the other, perhaps with others between them."""
        return self._like(column, self.any + self.any.join(self._plain((word,)) for word in words) + self.any)

    def _plain(self, words: Sequence[str]) -> str:
        return self.special.sub(self.escape, spaced(words))

    def _like(self, column: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
        return column.op(self.operator, is_comparison=True)(pattern)


def _matching(session: Session, query: analyser.Query) -> tuple[ColumnElement[int], ColumnElement[bool]]:
    """The column of document numbers, and the condition that a document matches."""
    sqlite = is_sqlite(session)
    condition = "search_text MATCH :match" if sqlite else "search_text.terms @@ CAST(:match AS tsquery)"
    number = _text.c.rowid if sqlite else _text.c.id
    return number, text(condition).bindparams(bindparam("match", _expression(query, sqlite=sqlite)))  # type: ignore[return-value]


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
    if not query.groups:
        return False
    number, condition = _matching(session, query)
    return session.connection().execute(select(number).where(condition).limit(1)).first() is not None


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
