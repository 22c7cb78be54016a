"""The full-text index: SQLite FTS5 and PostgreSQL ``tsvector`` behind one door, with the same answers.

Documents are analysed terms (see ``analyser``), one row a product and language; a document's number holds both, so
that a hit names its product without a join. Nothing here ranks by corpus statistics: an answer's order depends on the
query and the document only, so that pages by cursor stay stable while goods come and go.
"""

import json
import re
from array import array
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process
from rapidfuzz.distance import DamerauLevenshtein
from sqlalchemy import Integer, TextClause, column, select, text
from sqlalchemy import table as sql_table
from sqlmodel import Session

from app.catalogue import analyser
from app.core.database import is_sqlite
from app.core.languages import Language

LANGUAGES = tuple(Language)
_SHIFT = 3
_PLACE_BITS = 3
_WORST_PLACE = (1 << _PLACE_BITS) - 1
NOT_NAMED = _WORST_PLACE + 1
"""The place of goods whose name does not have all the typed words as they are."""
_MOST_ORDERED = 6
"""Words of a query whose order counts: more would make the patterns dear."""
_text = sql_table("search_text", column("rowid", Integer), column("id", Integer))


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
    """What a query finds, each product once and in no order."""

    products: "array[int]"
    """The numbers of all products that match, in any language."""
    named: "array[int]"
    """Codes of those whose name has all the typed words: number and place, see ``placed``. Place 0 is best; products
    that are not among these come behind them all."""

    def placed(self) -> Iterator[tuple[int, int]]:
        """Number and place of each product whose name has all the typed words."""
        return ((code >> _PLACE_BITS, code & _WORST_PLACE) for code in self.named)


NOTHING = Matches(array("q"), array("q"))


def find_matches(session: Session, query: analyser.Query, typed: str) -> Matches:
    """The products that match a query, by one statement of one row: taking thousands would cost more than finding them.

    Names that have all the typed words come first; of several words, those names first that begin with them, then
    those that have them side by side, in their order, in any order. When capitals were typed, names with the words
    exactly as typed are before all of these. A place depends on the document and the query alone.
    """
    speech, words = _speech_of(session), _typed_words(typed)
    if not query.groups or not words:
        return NOTHING
    asked: dict[str, Any] = {"match": speech.expression(query), "named": speech.named(words)}
    statement = speech.one_word
    if len(words) > 1:
        statement = speech.several_words
        asked |= {
            "first": speech.begins(words),
            "beside": speech.has(words),
            "in_order": speech.has_in_order(words),
            "exactly": speech.has_in_order(tuple(dict.fromkeys(typed.split()))[:_MOST_ORDERED]),
            "otherwise": 4 if typed != typed.casefold() else 0,
        }
    matching, placed = session.connection().execute(statement, asked).one()
    found, codes = set(_numbers(matching)), _numbers(placed)
    best = {code >> _PLACE_BITS: code for code in sorted(codes, reverse=True)}  # of several languages the best place
    if len(words) == _MOST_ORDERED:  # of more words, only these were looked for in the name
        best = {number: code for number, code in best.items() if number in found}
    return Matches(array("q", found), array("q", best.values()))


def what_is_asked(query: analyser.Query, typed: str) -> Hashable:
    """Equal for texts that find the same products in the same places."""
    words = _typed_words(typed)
    capitals = tuple(typed.split()) if len(words) > 1 and typed != typed.casefold() else ()
    return query.groups, words, capitals


def _typed_words(typed: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(analyser.words(typed)))[:_MOST_ORDERED]


def _numbers(listed: str | None) -> list[int]:
    numbers: list[int] = json.loads(f"[{listed or ''}]")  # the fastest way from text to numbers
    return numbers


def spaced(words: Iterable[str]) -> str:
    """Words as the index keeps them for their order: each between spaces of its own."""
    return "".join(f" {word} " for word in words)


class _Speech:
    """What a database calls the parts of the full-text index, and how it is asked."""

    number: str
    """The column of document numbers."""
    condition: str
    """That a document matches an expression."""
    listed: str
    """Numbers as one text with commas."""
    like: str
    """The pattern operator that minds capitals."""
    any: str
    """What stands for anything in a pattern."""
    both: str
    either: str
    quote: str
    more: str
    """The end of a quoted term of which every continuation will do."""

    def __init__(self) -> None:
        product = f"search_text.{self.number} >> {_SHIFT}"
        place = (
            f"CASE WHEN words {self.like} :first THEN 0 WHEN words {self.like} :beside THEN 1 "
            f"WHEN words {self.like} :in_order THEN 2 ELSE 3 END + "
            f"CASE WHEN written {self.like} :exactly THEN 0 ELSE CAST(:otherwise AS INTEGER) END"
        )
        placed = f"(SELECT {place} FROM search_document WHERE search_document.id = search_text.{self.number})"  # noqa: S608
        self.one_word = self._statement(product, f"({product}) << {_PLACE_BITS}")
        self.several_words = self._statement(product, f"(({product}) << {_PLACE_BITS}) + {placed}")
        self.any_match = text(f"SELECT 1 FROM search_text WHERE {self.condition.format('match')} LIMIT 1")  # noqa: S608

    def _statement(self, product: str, code: str) -> TextClause:
        parts = [
            f"(SELECT {self.listed.format(value)} FROM search_text WHERE {self.condition.format(asked)})"  # noqa: S608
            for value, asked in ((product, "match"), (code, "named"))
        ]
        return text("SELECT " + ", ".join(parts))

    def expression(self, query: analyser.Query) -> str:
        """What a query asks for."""
        groups = []
        for group in query.groups:
            alternatives = [self._all(alternative.terms) for alternative in group.alternatives]
            if group.prefix and len(group.alternatives[0].terms) == 1:
                alternatives.append(f"{self.quote}{group.alternatives[0].terms[0]}{self.quote}{self.more}")
            groups.append("(" + self.either.join(f"({alternative})" for alternative in alternatives) + ")")
        return self.both.join(groups)

    def named(self, words: Sequence[str]) -> str:
        """That the name has all these words."""
        raise NotImplementedError

    def begins(self, words: Sequence[str]) -> str:
        """A pattern: the name begins with these words."""
        return self._plain(words) + self.any

    def has(self, words: Sequence[str]) -> str:
        """A pattern: the name has these words side by side."""
        return self.any + self._plain(words) + self.any

    def has_in_order(self, words: Sequence[str]) -> str:
        """A pattern: the name has these words one after the other, perhaps with others between them."""
        return self.any + self.any.join(self._plain((word,)) for word in words) + self.any

    def _all(self, terms: Sequence[str]) -> str:
        return self.both.join(f"{self.quote}{term}{self.quote}" for term in terms)

    def _plain(self, words: Sequence[str]) -> str:
        raise NotImplementedError


class _Sqlite(_Speech):
    number, condition, listed = "rowid", "search_text MATCH :{}", "group_concat({})"
    like, any = "GLOB", "*"
    both, either, quote, more = " AND ", " OR ", '"', "*"

    def named(self, words: Sequence[str]) -> str:
        return f"name : ({self._all([analyser.as_term(word) for word in words])})"

    def _plain(self, words: Sequence[str]) -> str:
        return re.sub(r"[*?\[]", r"[\g<0>]", spaced(words))


class _Postgres(_Speech):
    number, condition, listed = "id", "terms @@ CAST(:{} AS tsquery)", "string_agg(CAST({} AS text), ',')"
    like, any = "LIKE", "%"
    both, either, quote, more = " & ", " | ", "'", ":*"

    def named(self, words: Sequence[str]) -> str:
        return self.both.join(f"'{analyser.as_term(word)}':A" for word in words)

    def _plain(self, words: Sequence[str]) -> str:
        return re.sub(r"[%_\\]", r"\\\g<0>", spaced(words))


_SQLITE, _POSTGRES = _Sqlite(), _Postgres()


def _speech_of(session: Session) -> _Speech:
    return _SQLITE if is_sqlite(session) else _POSTGRES


def has_hits(session: Session, query: analyser.Query) -> bool:
    """Whether anything matches."""
    if not query.groups:
        return False
    speech = _speech_of(session)
    return session.connection().execute(speech.any_match, {"match": speech.expression(query)}).first() is not None


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
