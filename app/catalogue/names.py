"""Which product a name printed on a certificate is likely to mean: suggestions with a score and a why; pure.

Printed names are shouted, cut short, misspelt, carry the pack's weight and the maker's brand, and are in Indonesian
while the product may be worded in five languages. Names are compared as written, by spelling, and as meant, by the
trade glossary. A suggestion decides nothing: a person links.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import fuzz

from app.catalogue.glossary import glossary
from app.catalogue.tokens import STEMMERS, STOP_WORDS, Stemmer, cut, is_cjk, quantity
from app.core.languages import N_, Language

SHOWN_FROM = 60
"""Scores from here on are shown as suggestions."""
CHOSEN_FROM = 85
"""Scores from here on are ticked beforehand, for a person to confirm or not."""
MOST = 5

# What packs and forms add to the name of a good; none of them tells two goods apart.
_FILLER_WORDS = """
    rasa varian variasi aneka kemasan isi netto neto berat bersih produk merk merek cap brand khas asli set pak pouch
    flavour flavor flavoured variant pack packs packaging net weight product original
    perisa keluaran jenama sabor variedad marca peso neto producto
    맛 제품 순중량
"""
_FILLERS = frozenset(_FILLER_WORDS.split())
_STRANGE = 45
_UNLIKE = 45
"""The most that names of different goods get, however alike they are spelt: banana chips are no tempe chips."""
_OTHERWISE = 72
"""The most that names get of which each has a word that the other has nothing like: cheese is no balado."""
_TRANSLATED = 80
"""The same good by the glossary, in words that have nothing in common: two languages, or two goods of one concept."""
_WIDER = (78, 84)
_NARROWER = (70, 78)
_LIKE = 70
"""Words that are this much alike are taken for one."""
_HOME = frozenset({Language.ID, Language.MS})
"""Languages that names on certificates are nearly always in."""


class Why(StrEnum):
    """What speaks for a suggestion."""

    SAME_WORDS = "same_words"
    SAME_MEANING = "same_meaning"
    SPELLING = "spelling"
    WIDER = "wider"
    NARROWER = "narrower"
    PARTLY = "partly"


WHY_WORDS: Mapping[Why, str] = {
    Why.SAME_WORDS: N_("the same words"),
    Why.SAME_MEANING: N_("the same good in other words"),
    Why.SPELLING: N_("almost the same spelling"),
    Why.WIDER: N_("the certificate names the good without the flavour or kind"),
    Why.NARROWER: N_("the certificate names one flavour or kind of it"),
    Why.PARTLY: N_("partly the same words"),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A product that a printed name may mean."""

    product_id: int
    score: int
    """0 to 100."""
    why: Why


@dataclass(frozen=True, slots=True)
class Reading:
    """A name as it is compared."""

    words: tuple[str, ...]
    """As written, folded, without quantities, function words and fillers."""
    terms: tuple[str, ...]
    """The same with goods by their concepts and the other words by their stems."""
    concepts: frozenset[str]
    """Slugs of the goods that are named."""
    lineage: frozenset[str]
    """Terms of these goods and of all that they are a kind of."""


def suggest(
    printed: str, products: Mapping[int, Mapping[str, str]], *, brand: str = "", most: int = MOST
) -> list[Suggestion]:
    """Products that a printed name may mean, the likeliest first; products come as names by language code."""
    found = []
    for number, names in products.items():
        score, why = likeness(printed, names, brand=brand)
        if score >= SHOWN_FROM:
            found.append(Suggestion(number, score, why))
    return sorted(found, key=lambda each: (-each.score, each.product_id))[:most]


def likeness(printed: str, names: Mapping[str, str], *, brand: str = "") -> tuple[int, Why]:
    """How well a printed name fits a product in whichever of its languages fits best, and why.

    Where the product has an Indonesian name, others count by their letters only: what the glossary says of them was
    said better by the words themselves.
    """
    left = _read(printed, Language.ID, brand)
    at_home = bool(names.keys() & _HOME)
    fits = [
        _compare(
            left,
            _read(name, Language.by_code(code) or Language.ID, brand),
            meaning=not at_home or code in _HOME,
            abroad=code not in _HOME,
        )
        for code, name in names.items()
    ]
    return max(fits, default=(0, Why.PARTLY), key=lambda each: each[0])


@lru_cache(maxsize=1 << 14)
def _read(name: str, language: Language, brand: str) -> Reading:
    text = cut(name[:300])
    brands = frozenset(cut(brand).words) - STOP_WORDS
    skipped = _quantities(text.words, text.closed)
    kept = [at for at, word in enumerate(text.words) if at not in skipped and word not in STOP_WORDS | _FILLERS]
    # The brand is no part of the good, unless nothing else is left of the name.
    plain = [at for at in kept if text.words[at] not in brands] or kept
    stemmer = STEMMERS[language] or Stemmer.ENGLISH
    phrases = glossary().find(text, language)
    inside = {at: phrase for phrase in phrases for at in range(phrase.start, phrase.end)}
    terms: list[str] = []
    concepts: list[str] = []
    for at in plain:
        phrase = inside.get(at)
        if phrase is not None:
            concepts += phrase.concepts
            terms.append(phrase.concepts[0])
        else:
            word = text.words[at]
            terms.append(word if is_cjk(word) or not word.isalpha() else glossary().stem(word, stemmer))
    named = [phrase for phrase in phrases if any(phrase.start <= at < phrase.end for at in plain)]
    return Reading(
        words=tuple(text.words[at] for at in plain),
        terms=tuple(dict.fromkeys(terms)),
        concepts=frozenset(concepts),
        lineage=frozenset(glossary().tokens_with_broader(named)),
    )


def _quantities(words: Sequence[str], closed: Mapping[int, tuple[int, str]]) -> frozenset[int]:
    """Places of what only says how much: 150 gr, 150gr, 12 x 30, 500 ml."""
    places: set[int] = set()
    for at, word in enumerate(words):
        end, form = closed.get(at, (at, ""))
        if form and quantity(form):
            places.update(range(at, end))
        if word.isdigit() or quantity(word) or (word == "x" and 0 < at < len(words) - 1):
            places.add(at)
    return frozenset(places)


def _compare(  # noqa: C901, PLR0911 - what fits first decides
    printed: Reading, product: Reading, *, meaning: bool, abroad: bool
) -> tuple[int, Why]:
    if not printed.words or not product.words:
        return 0, Why.PARTLY
    if set(printed.words) == set(product.words):
        return 100, Why.SAME_WORDS
    spelt = max(
        fuzz.token_sort_ratio(_line(printed.words), _line(product.words)),
        fuzz.ratio("".join(printed.words), "".join(product.words)),
    )
    meant, named = (set(each.terms if meaning else each.words) for each in (printed, product))
    if spelt < _STRANGE and not meant & named:
        return round(spelt), Why.PARTLY  # most pairs: nothing below would bring them together
    otherwise = _said_otherwise(printed, product)
    if meaning and meant == named and (abroad or not otherwise):
        return (_TRANSLATED if otherwise else 97), Why.SAME_MEANING
    if spelt >= CHOSEN_FROM and not otherwise and len(printed.words) == len(product.words):
        return round(spelt), Why.SPELLING
    if _differ(printed, product):
        return min(round(spelt), _UNLIKE), Why.PARTLY
    if _holds(named, meant):
        return _within(spelt, _WIDER), Why.WIDER
    if _holds(meant, named):
        return _within(spelt, _NARROWER), Why.NARROWER
    if meaning:
        spelt = max(spelt, 0.96 * fuzz.token_sort_ratio(_line(printed.terms), _line(product.terms)))
    if otherwise:
        return min(round(spelt), _OTHERWISE), Why.PARTLY
    return round(spelt), Why.SPELLING if spelt >= CHOSEN_FROM else Why.PARTLY


def _within(score: float, span: tuple[int, int]) -> int:
    return round(min(max(score, span[0]), span[1]))


def _line(terms: Iterable[str]) -> str:
    return " ".join(terms)


def _holds(more: set[str], less: set[str]) -> bool:
    """Whether one name says all that the other says, spelling apart, and more."""
    return len(more) > len(less) and all(any(fuzz.ratio(one, other) >= CHOSEN_FROM for other in more) for one in less)


def _differ(left: Reading, right: Reading) -> bool:
    """Whether two names are of different goods: both name goods, and none of one is a kind of any of the other."""
    if not left.concepts or not right.concepts or left.concepts & right.concepts:
        return False
    own = {glossary().concepts[slug].token for slug in left.concepts}
    others = {glossary().concepts[slug].token for slug in right.concepts}
    return not (own & right.lineage or others & left.lineage)


def _said_otherwise(left: Reading, right: Reading) -> bool:
    """Whether each name has a whole word that the other has nothing like: *pedas* is no *manis*, close as they look."""
    return _alone(left.words, right.words) and _alone(right.words, left.words)


def _alone(words: Iterable[str], others: Sequence[str]) -> bool:
    together = "".join(others)
    return any(
        word not in together and max((fuzz.ratio(word, other) for other in others), default=0) < _LIKE for word in words
    )
