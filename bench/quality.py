"""How well search finds real goods: three words of a name, with one typing error, concepts in five languages."""

import datetime as dt
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import Session

from app.catalogue import analyser
from app.catalogue.glossary import Concept, glossary
from app.catalogue.models import Listing
from app.catalogue.queries import listing
from app.core.database import Database
from app.core.languages import Language
from app.core.money import Currency
from app.halal.rules import day_of

SEEDS = (1, 2, 3)
SAMPLE = 500
"""Products drawn with each seed."""
TOP = 10
TARGETS = {"words": 0.97, "typo": 0.85, "concepts": 0.95}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass
class Score:
    """Hits of asked, with some of the misses to look at."""

    hits: int = 0
    asked: int = 0
    misses: list[str] = field(default_factory=list)

    def count(self, *, hit: bool, what: str) -> None:
        """Add one question."""
        self.asked += 1
        self.hits += hit
        if not hit:
            self.misses.append(what)

    @property
    def share(self) -> float:
        """Hits as a share of what was asked."""
        return self.hits / self.asked if self.asked else 0.0


def run(database: Database, *, show: int = 0) -> dict[str, Score]:
    """Ask everything and print a line for each kind of question."""
    with database.reading() as session:
        names = _names(session)
        scores = {
            "words": _three_words(session, names, typo=False),
            "typo": _three_words(session, names, typo=True),
            "concepts": _concepts(session, list(names.values())),
        }
    for kind, score in scores.items():
        state = "reached" if score.share >= TARGETS[kind] else "NOT REACHED"
        print(f"{kind:<9} {score.hits}/{score.asked} = {score.share:.1%}  (target {TARGETS[kind]:.0%}: {state})")
        for miss in score.misses[:show]:
            print("   ", miss)
    return scores


def _names(session: Session) -> dict[int, str]:
    rows = session.connection().execute(select(Listing.product_id, Listing.names))  # type: ignore[call-overload]
    return {row[0]: (row[1] if isinstance(row[1], dict) else json.loads(row[1]))["id"] for row in rows}


def ask(session: Session, query: str, language: Language = Language.ID) -> tuple[list[str], str | None]:
    """The names of the first ten goods and the spelling that was searched instead."""
    page = listing.list_products(
        session, listing.ListingFilter(language, Currency.IDR, q=query), on=day_of(dt.datetime.now(dt.UTC)), limit=TOP
    )
    return [row.names["id"] for row in page.rows], page.corrected


def _three_words(session: Session, names: dict[int, str], *, typo: bool) -> Score:
    """Three different words of a name, as written, in random order of place; found when that very name is shown."""
    score = Score()
    for seed in SEEDS:
        _draw(session, names, random.Random(seed), score, typo=typo)
    return score


def _draw(session: Session, names: dict[int, str], dice: random.Random, score: Score, *, typo: bool) -> None:
    enough = score.asked + SAMPLE
    for number in dice.sample(sorted(names), min(SAMPLE * 2, len(names))):
        if score.asked == enough:
            break
        words = list(dict.fromkeys(word for word in names[number].split() if any(each.isalnum() for each in word)))
        if len(words) < 3:  # noqa: PLR2004 - such a name has no three words
            continue
        picked = [words[at] for at in sorted(dice.sample(range(len(words)), 3))]
        if typo:
            able = [at for at, word in enumerate(picked) if len(word) > 3 and word.isalpha()]  # noqa: PLR2004
            if not able:
                continue
            at = dice.choice(able)
            picked[at] = misspell(picked[at], dice)
        query = " ".join(picked)
        found, corrected = ask(session, query)
        score.count(hit=names[number] in found, what=f"{query!r} [{corrected}] should give {names[number]!r}")


def misspell(word: str, dice: random.Random) -> str:
    """A word with one letter left out, doubled, changed or exchanged with its neighbour."""
    kind = dice.randrange(4)
    at = dice.randrange(len(word) - 1)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[: at + 1] + word[at:]
    if kind == 2:  # noqa: PLR2004
        return word[:at] + dice.choice(LETTERS.replace(word[at].lower(), "")) + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _concepts(session: Session, names: Sequence[str]) -> Score:
    """Each concept that any name has, by its usual name in each language; right when a name in the answer has it."""
    score = Score()
    folded = [f" {' '.join(analyser.words(name))} " for name in names]
    for concept in glossary().concepts.values():
        terms = _own_terms(concept)
        if not any(any(term in name for term in terms) for name in folded):
            continue
        for language in Language:
            query = concept.terms[language][0]
            found, corrected = ask(session, query, language)
            shown = [f" {' '.join(analyser.words(name))} " for name in found]
            hit = any(term in name for name in shown for term in terms)
            score.count(hit=hit, what=f"{concept.slug} {language.value} {query!r} [{corrected}] gave {found[:2]}")
    return score


def _own_terms(concept: Concept) -> list[str]:
    """The concept's Indonesian and English terms as whole folded words."""
    spoken = (*concept.terms[Language.ID], *concept.terms[Language.EN])
    return [f" {' '.join(analyser.words(term))} " for term in spoken]
