"""Words in names and on packs for which no halal certificate is given; pure.

Kepkaban BPJPH 146/2025 ch. III.D bans names and symbols of unbelief, vice or indecency, names of forbidden animals and
things with their flavours, and pictures of pigs or dogs; traditional names are excepted. A hint, never a refusal: a
word can be meant otherwise, and only a person can tell.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.catalogue.tokens import cut
from app.core.languages import N_


class Ban(StrEnum):
    """What a word is banned for."""

    VICE = "vice"
    ALCOHOL = "alcohol"
    ANIMAL = "animal"
    PICTURE = "picture"


SOURCE = "Kepkaban BPJPH 146/2025, ch. III.D"
HINTS: Mapping[Ban, str] = {
    Ban.VICE: N_("Names of devils, vice or indecency get no halal certificate. Is “%(word)s” needed in the name?"),
    Ban.ALCOHOL: N_(
        "Names and flavours of alcoholic drinks get no halal certificate. Is “%(word)s” needed in the name?"
    ),
    Ban.ANIMAL: N_("Names of forbidden animals get no halal certificate. Is “%(word)s” needed in the name?"),
    Ban.PICTURE: N_("A pack that shows a pig or a dog gets no halal certificate. Does a picture show “%(word)s”?"),
}
"""%(word)s is the word as it was found."""

_VICE = """
    setan iblis tuyul pocong kuntilanak genderuwo dajjal neraka syaitan maksiat mesum porno bugil pelacur
    devil satan demon hell sexy porn naked slut
    diablo demonio infierno porno desnuda
    악마 사탄 지옥 귀신
"""
_ALCOHOL = """
    bir beer wine whisky whiskey vodka brandy rum rhum sake soju mirin champagne sampanye tequila liqueur likeur arak
    tuak ciu anggur-merah vino cerveza ron aguardiente ginebra licor 맥주 와인 소주 막걸리 위스키 럼주 청주 미림
"""
_ANIMALS = """
    babi anjing celeng pork pig dog ham bacon lard cerdo chancho puerco perro jamón tocino manteca-de-cerdo
    돼지 돼지고기 삼겹살 베이컨 개고기 강아지
"""
_PICTURED = "babi anjing celeng pig piglet dog puppy cerdo chancho perro 돼지 강아지"
_WORDS: dict[tuple[str, ...], Ban] = {
    **{cut(word).words: Ban.VICE for word in _VICE.split()},
    **{cut(word).words: Ban.ALCOHOL for word in _ALCOHOL.split()},
    **{cut(word).words: Ban.ANIMAL for word in _ANIMALS.split()},
}
_ON_PICTURES = frozenset(cut(word).words[0] for word in _PICTURED.split())
_TRADITIONAL = tuple(cut(name).words for name in ("bir pletok", "bir jawa", "bir mataram", "bir kotjok", "anjing laut"))
"""Old names of goods that hold nothing of what they are called."""
_LONGEST = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A word that stands in the way of a certificate."""

    ban: Ban
    word: str


def find_in_names(names: Iterable[str]) -> tuple[Found, ...]:
    """Banned words in names, each once, in the order found."""
    found: dict[Found, None] = {}
    for name in names:
        words = cut(name).words
        kept = _without(words, _TRADITIONAL)
        for at in range(len(kept)):
            for size in range(1, _LONGEST + 1):
                ban = _WORDS.get(kept[at : at + size])
                if ban is not None:
                    found[Found(ban, " ".join(kept[at : at + size]))] = None
    return tuple(found)


def find_in_pictures(descriptions: Iterable[str]) -> tuple[Found, ...]:
    """Forbidden animals in descriptions of pictures."""
    words = dict.fromkeys(word for text in descriptions for word in cut(text).words)
    return tuple(Found(Ban.PICTURE, word) for word in words if word in _ON_PICTURES)


def _without(words: tuple[str, ...], phrases: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The words with those of each phrase made unreadable, so that neighbours do not meet."""
    kept = list(words)
    for phrase in phrases:
        for at in range(len(words) - len(phrase) + 1):
            if words[at : at + len(phrase)] == phrase:
                kept[at : at + len(phrase)] = [""] * len(phrase)
    return tuple(kept)
