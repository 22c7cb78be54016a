"""The search analyser: what of a text goes into the index, and what a query asks of the index. No database, no web.

Index terms, all of letters and digits only:

===========  =====================================================================================================
``batik``    a folded word, a closed compound (``tshirt`` beside ``t`` and ``shirt``), a quantity (``500gr``)
``zzinc``    a folded word that begins with z: the letter is doubled, so that the marks below cannot meet a word
``zi…``      a stem by the Indonesian stemmer (Indonesian and Malay), ``ze…`` English, ``zs…`` Spanish
``zc…``      a concept of the trade glossary: its slug without hyphens
``커피``       a pair of characters of a run of Hangul, Han or kana; also the whole run, or a single character alone
===========  =====================================================================================================

A document is stemmed in its own language (Korean pages: their Latin words as English) and carries its concepts with
all broader ones. A query word asks for itself, its stems in the reader's language, Indonesian and English, or its
concept; a query never asks for broader concepts, so *chips* finds banana chips, but *banana chips* no other chips.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

from app.catalogue.glossary import Phrase, glossary
from app.catalogue.tokens import STEMMERS, STOP_WORDS, Cut, Stemmer, cut, fold, is_cjk, quantity
from app.core.languages import Language

ANALYSER_VERSION: int = 1
"""Raised with every change after which the same text gives other index terms; the index is then made anew."""

MOST_TERMS = 4_000
"""Index terms of one column of a document; what follows is not searched."""
MOST_GROUPS = 12
_MOST_CHARACTERS = 40_000
_MOST_QUERY_CHARACTERS = 1_000
_MOST_READINGS = 8
"""Combinations of homonyms within one group."""


@dataclass(frozen=True, slots=True)
class Document:
    """The index terms of a text by column, in reading order.

    ``concepts`` are those named by the name; those only the body names stand among the body's terms, because goods
    mentioned in a story should not weigh as much as the good itself.
    """

    name: tuple[str, ...]
    body: tuple[str, ...]
    concepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """Index terms that must all be in the document."""

    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TermGroup:
    """One word or phrase of a query: any of the alternatives will do.

    With ``prefix`` the word may still be being typed: its first alternative is then a single term, of which every
    continuation will do as well. ``surface`` is the folded text that the group stands for.
    """

    alternatives: tuple[Alternative, ...]
    surface: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Groups which must all match; none for a text without a letter or digit."""

    groups: tuple[TermGroup, ...]


def words(text: str) -> tuple[str, ...]:
    """The folded words of a text as people write them, for spelling help: no stems, marks or concepts."""
    return cut(text).words


def analyse_document(*, name: str, body: str, locale: str) -> Document:
    """The index terms of a product's name and of everything else that is said about it in one language."""
    language = Language(locale)
    # Latin letters on a Korean page are mostly English names of goods.
    stemmer = STEMMERS[language] or Stemmer.ENGLISH
    name_cut, body_cut = cut(_begin(name, _MOST_CHARACTERS)), cut(_begin(body, _MOST_CHARACTERS))
    concepts = glossary().tokens_with_broader(glossary().find(name_cut, language))
    body_terms = tuple(islice(_index_terms(body_cut, stemmer), MOST_TERMS))
    if body_cut.words:
        in_body = glossary().tokens_with_broader(glossary().find(body_cut, language))
        body_terms += tuple(token for token in in_body if token not in concepts)
    return Document(name=tuple(islice(_index_terms(name_cut, stemmer), MOST_TERMS)), body=body_terms, concepts=concepts)


def analyse_query(text: str, *, locale: str) -> Query:
    """What a visitor's words ask for, as an AND of groups of alternatives.

    A phrase of the glossary is one group. Function words ask for nothing unless there is nothing else. At most
    ``MOST_GROUPS`` groups; the first ones count.
    """
    language = Language(locale)
    text = _begin(text, _MOST_QUERY_CHARACTERS)
    query = cut(text)
    segments = list(_segments(query, glossary().find(query, language)))
    telling = [each for each in segments if not set(query.words[each.start : each.end]) <= STOP_WORDS] or segments
    stemmers = tuple(dict.fromkeys(each for each in (STEMMERS[language], *_EVERYBODYS) if each))
    groups = {each: _group(query, each, stemmers) for each in telling[:MOST_GROUPS]}
    last = segments[-1] if segments else None
    if last in groups and fold(text)[-1:].isalnum() and len(groups[last].alternatives[0].terms) == 1:
        group = groups[last]
        groups[last] = TermGroup(alternatives=group.alternatives, surface=group.surface, prefix=True)
    return Query(groups=tuple({group.alternatives: group for group in groups.values()}.values()))


def _begin(text: str, most: int) -> str:
    """As much of a text as is read, up to a space, so that no part of a word is taken for the word."""
    return text if len(text) <= most else text[:most].rpartition(" ")[0] or text[:most]


_EVERYBODYS = (Stemmer.INDONESIAN, Stemmer.ENGLISH)


def _index_terms(text: Cut, stemmer: Stemmer) -> Iterator[str]:
    for at, word in enumerate(text.words):
        yield from _word_terms(word, stemmer)
        if at in text.closed:
            yield from _word_terms(text.closed[at][1], stemmer)


@lru_cache(maxsize=1 << 16)
def _word_terms(word: str, stemmer: Stemmer) -> tuple[str, ...]:
    if is_cjk(word):
        pairs = _pairs(word)
        return pairs if word in pairs else (*pairs, word)
    if word.isascii() and word.isalpha():
        return (as_term(word), stemmer + glossary().stem(word, stemmer))
    measured = quantity(word)
    return tuple(dict.fromkeys((as_term(word), *(measured or ()))))


def as_term(word: str) -> str:
    """The index term of a folded word as people write it."""
    return "z" + word if word.startswith("z") else word


def _pairs(run: str) -> tuple[str, ...]:
    return tuple(run[at : at + 2] for at in range(len(run) - 1)) or (run,)


@dataclass(frozen=True, slots=True)
class _Segment:
    start: int
    end: int
    phrases: tuple[Phrase, ...] = ()


def _segments(query: Cut, phrases: Iterable[Phrase]) -> Iterator[_Segment]:
    """The whole query in pieces: phrases (those that share a run of Hangul together), compounds, single words."""
    at = 0
    known: list[_Segment] = []
    for phrase in phrases:
        if known and phrase.start < known[-1].end:
            before = known.pop()
            known.append(_Segment(before.start, max(before.end, phrase.end), (*before.phrases, phrase)))
        else:
            known.append(_Segment(phrase.start, phrase.end, (phrase,)))
    for segment in (*known, _Segment(len(query.words), len(query.words))):
        while at < segment.start:
            end, _ = query.closed.get(at, (at + 1, ""))
            piece = _Segment(at, end if end <= segment.start else at + 1)
            yield piece
            at = piece.end
        if segment.phrases:
            yield segment
            at = segment.end


def _group(query: Cut, segment: _Segment, stemmers: tuple[Stemmer, ...]) -> TermGroup:
    written = query.words[segment.start : segment.end]
    content = tuple(word for word in written if word not in STOP_WORDS) or written
    alternatives: list[tuple[str, ...]] = []
    end, form = query.closed.get(segment.start, (0, ""))
    if end == segment.end:
        alternatives += _readings((form,), stemmers)
    alternatives += _readings(content, stemmers)
    readings = product(*(phrase.concepts for phrase in segment.phrases)) if segment.phrases else ()
    choices = list(islice(readings, _MOST_READINGS))
    concepts = glossary().concepts
    alternatives += [tuple(concepts[slug].token for slug in choice) for choice in choices]
    # What is two things at once need not be called by their common name: leather shoes are shoes, of leather.
    alternatives += [
        tuple(concepts[each].token for each in concepts[choice[0]].broader)
        for choice in choices
        if len(choice) == 1 and len(concepts[choice[0]].broader) > 1
    ]
    unique = dict.fromkeys(tuple(dict.fromkeys(terms)) for terms in alternatives)
    return TermGroup(alternatives=tuple(Alternative(terms) for terms in unique), surface=" ".join(written))


def _readings(content: tuple[str, ...], stemmers: tuple[Stemmer, ...]) -> Iterator[tuple[str, ...]]:
    """The words as they are, each by its stem in one language after the other, and runs by their pairs."""
    yield tuple(map(as_term, content))
    if len(content) == 1 and (measured := quantity(content[0])):
        yield measured[1:]
    for stemmer in stemmers:
        yield tuple(term for word in content for term in _stem_terms(word, stemmer))


def _stem_terms(word: str, stemmer: Stemmer) -> tuple[str, ...]:
    if is_cjk(word):
        return _pairs(word)
    if word.isascii() and word.isalpha():
        return (stemmer + glossary().stem(word, stemmer),)
    return (as_term(word),)
