"""The trade glossary: goods and materials under their names in five languages, and how a text is searched for them.

Which meaning a word has where languages disagree (Indonesian *jam* is a clock, English *jam* is for bread):

1. the longest phrase wins, whatever its language;
2. then the first language that knows the phrase as written, in the order in which a reader of the text's language is
   served (``Language.fallbacks``: the own language first);
3. then a form of a name: the plural in Spanish and, in texts of any language, in English; with its clitics in
   Indonesian and Malay. Anything else that a stemmer strips makes another good of it: *kepala* is a head and *pala*
   nutmeg, *dalam* means inside and *dalaman* underwear; and as Spanish Indonesian *panas*, hot, would be corduroys.
"""

import csv
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from re import compile as pattern
from typing import TypeVar

from app.catalogue.tokens import STEMMERS, STOP_WORDS, Cut, Stemmer, cut, is_cjk, stem
from app.core.languages import Language

GLOSSARY_FILE = Path(__file__).parent / "reference" / "glossary.csv"
COLUMNS = ("concept", "broader", *Language)

_SLUG = pattern(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# How two forms of one word may end after what they share, in alphabetical order.
_ENDINGS = {
    Stemmer.INDONESIAN: {("", "nya"), ("", "ku"), ("", "mu"), ("", "lah"), ("", "kah"), ("", "pun")},
    Stemmer.ENGLISH: {("", "s"), ("", "es"), ("ies", "y")},
    Stemmer.SPANISH: {("", "s"), ("", "es")},
}
_SHORTEST_CLOSED_FORM = 5
"""Characters: below it two words written as one are likely to be a word of their own."""

Words = tuple[str, ...]
Key = TypeVar("Key", str, Words)


@dataclass(frozen=True, slots=True)
class Concept:
    """A good or a material, with the concepts it is a kind of and its names by language, the usual one first."""

    slug: str
    broader: tuple[str, ...]
    terms: Mapping[Language, tuple[str, ...]]

    @property
    def token(self) -> str:
        """Its index term: ``zc`` and the slug without hyphens."""
        return "zc" + self.slug.replace("-", "")


@dataclass(frozen=True, slots=True)
class Phrase:
    """The words ``start`` to ``end`` (exclusive) of a cut name one of these concepts (several for a homonym)."""

    start: int
    end: int
    concepts: tuple[str, ...]


@lru_cache
def glossary() -> "Glossary":
    """The glossary of the reference file, read once.

    Raises:
        ValueError: when the file breaks its rules; the message names the line or concept.
    """
    return Glossary(read_concepts(GLOSSARY_FILE))


def read_concepts(path: Path) -> list[Concept]:
    """The concepts of a glossary file: CSV with the columns of ``COLUMNS``, synonyms separated by ``|``.

    Raises:
        ValueError: for other columns, a malformed slug or a concept without a name in one of the languages.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise ValueError(f"{path.name}: the columns must be {','.join(COLUMNS)}")
        return [_read_row(row, f"{path.name}:{reader.line_num}") for row in reader]


def _read_row(row: Mapping[str, str | None], place: str) -> Concept:
    slug = row["concept"] or ""
    if not _SLUG.fullmatch(slug):
        raise ValueError(f"{place}: {slug!r} is no concept slug ([a-z0-9] and single hyphens)")
    terms = {language: _split(row[language]) for language in Language}
    for language, names in terms.items():
        if not names or not all(cut(name).words for name in names):
            raise ValueError(f"{place}: {slug} has no usable name in {language}")
    return Concept(slug=slug, broader=_split(row["broader"]), terms=terms)


def _split(cell: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in (cell or "").split("|") if part.strip()))


class Glossary:
    """Concepts and the tables by which they are found in text.

    Raises:
        ValueError: for two concepts of the same slug or token, an unknown broader concept, or a circle of them.
    """

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self.concepts: dict[str, Concept] = {}
        for concept in concepts:
            if concept.slug in self.concepts:
                raise ValueError(f"{concept.slug} stands twice in the glossary")
            self.concepts[concept.slug] = concept
        if len({concept.token for concept in self.concepts.values()}) < len(self.concepts):
            raise ValueError("two slugs of the glossary differ by hyphens only")
        self._lineage = {slug: self._trace(slug, ()) for slug in self.concepts}
        self._written: dict[Language, dict[Words, tuple[str, ...]]] = {language: {} for language in Language}
        self._runs: dict[str, tuple[str, ...]] = {}
        self._fill_written()
        self._stemmed: dict[Language, dict[Words, list[Words]]] = {language: {} for language in Language}
        self._fill_stemmed()
        self._longest_run = max(map(len, self._runs), default=0)
        self._reach: dict[tuple[str, Language | None], int] = {}
        self._measure_reach()
        self._longest_from = lru_cache(maxsize=1 << 16)(self._find_longest_from)
        self._kept = {each: self._find_kept(each) for each in Stemmer}

    def _trace(self, slug: str, below: tuple[str, ...]) -> tuple[str, ...]:
        if slug in below:
            raise ValueError(f"{slug} is broader than itself in the glossary")
        if slug not in self.concepts:
            raise ValueError(f"{below[-1]} names {slug} as broader, which the glossary does not have")
        above = (each for broader in self.concepts[slug].broader for each in self._trace(broader, (*below, slug)))
        return tuple(dict.fromkeys((slug, *above)))

    def _fill_written(self) -> None:
        closed: list[tuple[Language, Words, str]] = []
        for concept in self.concepts.values():
            for language, names in concept.terms.items():
                for words in (cut(name).words for name in names):
                    if all(is_cjk(word) for word in words):
                        _add(self._runs, "".join(words), concept.slug)
                        continue
                    _add(self._written[language], words, concept.slug)
                    if len(words) == 1:
                        continue
                    content = tuple(word for word in words if word not in STOP_WORDS)
                    if len(content) > 1:
                        _add(self._written[language], content, concept.slug)
                    closed.append((language, ("".join(words),), concept.slug))
        # "tote bag" is also sold as "totebag"; where the closed form already names something, that stands.
        taken = {key for table in self._written.values() for key in table}
        for language, key, slug in closed:
            if key not in taken and len(key[0]) >= _SHORTEST_CLOSED_FORM:
                _add(self._written[language], key, slug)

    def _fill_stemmed(self) -> None:
        for language, table in self._written.items():
            if stemmer := STEMMERS[language]:
                for words in table:
                    self._stemmed[language].setdefault(tuple(stem(word, stemmer) for word in words), []).append(words)

    def _measure_reach(self) -> None:
        for language in Language:
            for words in self._written[language]:
                self._reach[words[0], None] = max(len(words), self._reach.get((words[0], None), 0))
            for stems in self._stemmed[language]:
                self._reach[stems[0], language] = max(len(stems), self._reach.get((stems[0], language), 0))

    def _find_longest_from(self, word: str) -> int:
        """How many words the longest phrase may have that begins with this word, 0 for none."""
        lengths = [self._reach.get((word, None), 0)]
        for language, stemmer in STEMMERS.items():
            if stemmer:
                lengths.append(self._reach.get((stem(word, stemmer), language), 0))
        return max(lengths)

    def _find_kept(self, stemmer: Stemmer) -> frozenset[str]:
        meanings: dict[str, set[str]] = {}
        for language in Language:
            if STEMMERS[language] is stemmer:
                for words, slugs in self._written[language].items():
                    if len(words) == 1:
                        meanings.setdefault(words[0], set()).update(slugs)
        return frozenset(
            word
            for word, slugs in meanings.items()
            if not slugs & meanings.get(stem(word, stemmer), slugs)  # another good's name
        )

    def stem(self, word: str, stemmer: Stemmer) -> str:
        """The stem of a word, unless that would be the name of another good: *kemeja* (shirt) is no *meja* (table)."""
        return word if word in self._kept[stemmer] else stem(word, stemmer)

    def tokens_with_broader(self, phrases: Iterable[Phrase]) -> tuple[str, ...]:
        """The index terms of all concepts of the phrases and of every concept above them, each once."""
        slugs = (each for phrase in phrases for slug in phrase.concepts for each in self._lineage[slug])
        return tuple(self.concepts[slug].token for slug in dict.fromkeys(slugs))

    def find(self, text: Cut, language: Language) -> list[Phrase]:
        """The phrases of a text in reading order; outside Hangul they do not overlap.

        Several may lie in one run of Hangul, and one may span several runs, because Korean spaces are optional.
        """
        found: list[Phrase] = []
        at = 0
        while at < len(text.words):
            phrase = self._phrase_at(text, at, language)
            if phrase:
                found.append(phrase)
                at = phrase.end
            elif is_cjk(text.words[at]):
                end = at
                while end < len(text.words) and is_cjk(text.words[end]):
                    end += 1
                found.extend(self._find_in_runs(text.words[at:end], at))
                at = end
            else:
                at += 1
        return found

    def _phrase_at(self, text: Cut, at: int, language: Language) -> Phrase | None:
        longest = min(self._longest_from(text.words[at]), len(text.words) - at)
        readings = [(at + size, text.words[at : at + size]) for size in range(longest, 0, -1)]
        if at in text.closed:
            end, form = text.closed[at]
            readings.append((end, (form,)))
            readings.sort(key=lambda reading: -reading[0])
        for end, words in readings:
            if concepts := self._meaning(words, language):
                return Phrase(start=at, end=end, concepts=concepts)
        return None

    def _meaning(self, words: Words, language: Language) -> tuple[str, ...]:
        for each in language.fallbacks:
            if concepts := self._written[each].get(words):
                return concepts
        for each in language.fallbacks:
            stemmer = STEMMERS[each]
            if stemmer is None or stemmer not in {STEMMERS[language], Stemmer.ENGLISH}:
                continue
            relatives = self._stemmed[each].get(tuple(stem(word, stemmer) for word in words), [])
            forms = [names for names in relatives if _are_forms(names, words, stemmer)]
            if forms:
                return tuple(dict.fromkeys(slug for names in forms for slug in self._written[each][names]))
        return ()

    def _find_in_runs(self, runs: Sequence[str], first: int) -> list[Phrase]:
        text = "".join(runs)
        ends = list(accumulate(map(len, runs)))
        starts = [0, *ends[:-1]]
        hits = []
        for start in range(len(text)):
            for size in range(min(self._longest_run, len(text) - start), 0, -1):
                if text[start : start + size] in self._runs:
                    run, last = bisect_right(ends, start), bisect_right(ends, start + size - 1)
                    # A single syllable is too often a part of other words (차 is tea, 자동차 a car), and what spans a
                    # space must respect it on one side at least (수건 강황 does not hold 건강).
                    whole = start == starts[run] and start + size == ends[last]
                    edge = start == starts[run] or start + size == ends[last]
                    if whole or (size > 1 and (run == last or edge)):
                        hits.append((-size, start, run, last))
        found = []
        free = [True] * len(text)
        for negative_size, start, run, last in sorted(hits):
            end = start - negative_size
            if all(free[start:end]):
                free[start:end] = [False] * (end - start)
                found.append((start, Phrase(first + run, first + last + 1, self._runs[text[start:end]])))
        return [phrase for _, phrase in sorted(found, key=lambda hit: hit[0])]


def _add(table: dict[Key, tuple[str, ...]], key: Key, slug: str) -> None:
    if slug not in table.get(key, ()):
        table[key] = (*table.get(key, ()), slug)


def _are_forms(left: Words, right: Words, stemmer: Stemmer) -> bool:
    for one, other in zip(left, right, strict=True):
        shared = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
        cut_at = min(len(one), len(other)) if shared is None else shared
        lesser, greater = sorted((one[cut_at:], other[cut_at:]))
        if one != other and (lesser, greater) not in _ENDINGS[stemmer]:
            return False
    return True
