"""Mapping files: which sheet they recognise, and how its columns become a product. Written up in docs/import.md."""

import hashlib
import json
import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.catalogue.imports.reading import OWN_COLUMNS, Refusal, SheetRefused, restore
from app.catalogue.imports.values import (
    ATTRIBUTES,
    FACTS,
    TEXTS,
    TIERS,
    VARIANTS,
    read_amount,
    read_attributes,
    read_fact,
    read_tiers,
    read_variants,
    show_gtin,
)
from app.core.languages import N_, Language
from app.core.money import Currency

FOLDER = Path(__file__).parent / "mappings"
MOST_NAME = 300
MOST_TEXT = {"name": MOST_NAME, "summary": 500, "story": 6_000, "care": 2_000, "materials": 2_000}
Cells = Sequence[str]
_WORDS = re.compile(r"[^\W_]+")


class Strict(BaseModel):
    """A part of a mapping file: a key that is not known is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(Strict):
    """Where one value comes from and what is done to it, in the order of the fields below."""

    column: str | None = None
    constant: str | None = None
    template: str | None = None
    """A text with column names in braces."""
    split: str | None = None
    part: int = 0
    """Which of the pieces, from 0; negative ones count from the end."""
    strip: bool = False
    expand: dict[str, str] = {}
    """What stands at the beginning, and what it is replaced by (white space after it included)."""
    lookup: dict[str, str] = {}
    """The whole text, and what it stands for; a text that is not listed stays as it is."""
    prefixes: dict[str, str] = {}
    """Beginnings, and what they stand for; the longest counts."""
    words: dict[str, list[str]] = {}
    """What a text stands for that has one of these words or phrases, in any case; the first that fits counts."""
    default: str | None = None
    """When the text is empty, or no prefix or word fits."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(source is not None for source in (self.column, self.constant, self.template)) != 1:
            raise ValueError("name one of column, constant and template")
        return self

    @property
    def columns(self) -> frozenset[str]:
        """The columns that it reads."""
        if self.template is not None:
            return frozenset(name for _, name, _, _ in Formatter().parse(self.template) if name)
        return frozenset({self.column} if self.column is not None else ())

    def reader(self, places: Mapping[str, int]) -> Callable[[Cells], str]:
        """A function from the cells of a row to the value; ``places`` tells where each column stands."""
        source = self._source(places)
        steps = self._steps()
        if not steps:
            return source

        def read(cells: Cells) -> str:
            text = source(cells)
            for step in steps:
                text = step(text)
            return text

        return read

    def _source(self, places: Mapping[str, int]) -> Callable[[Cells], str]:
        if self.constant is not None:
            constant = self.constant
            return lambda cells: constant  # noqa: ARG005
        if self.column is not None:
            place = places[self.column]
            return lambda cells: cells[place]
        template = self.template or ""
        named = {name: places[name] for name in self.columns}
        return lambda cells: template.format(**{name: cells[place] for name, place in named.items()})

    def _steps(self) -> list[Callable[[str], str]]:
        steps: list[Callable[[str], str]] = []
        if self.split is not None:
            steps.append(self._part)
        if self.strip:
            steps.append(str.strip)
        if self.expand:
            steps.append(self._expanded)
        if self.lookup or self.prefixes or self.words:
            # A sheet repeats its categories and places; texts that do not repeat fall out of the cache again.
            steps.append(lru_cache(maxsize=4096)(self._found))
        elif self.default is not None:
            fallback = self.default
            steps.append(lambda text: text if text.strip() else fallback)
        return steps

    def _part(self, text: str) -> str:
        parts = text.split(self.split)
        return parts[self.part] if -len(parts) <= self.part < len(parts) else ""

    def _expanded(self, text: str) -> str:
        for beginning, longer in self.expand.items():
            if text.startswith(beginning):
                return longer + text[len(beginning) :].lstrip()
        return text

    def _found(self, text: str) -> str:
        if text in self.lookup:
            return self.lookup[text]
        fitting = [beginning for beginning in self.prefixes if text.startswith(beginning)]
        if fitting:
            return self.prefixes[max(fitting, key=len)]
        if self.words:
            spaced = f" {' '.join(_WORDS.findall(text.casefold()))} "
            for meaning, words in self.words.items():
                if any(f" {word} " in spaced for word in words):
                    return meaning
        # What a lookup does not list stays as it is; categories are of a closed list.
        if text.strip() and not self.prefixes and not self.words:
            return text
        return self.default or ""


class SellerRules(Strict):
    """Who sells: the maker is made when no maker with this external id of the source stands yet."""

    external_id: Rule
    brand: Rule
    origin: Rule
    """Slug or English name of a city; a place that is not known yet is added as ``Origins`` says."""


class Origins(Strict):
    """What is written down for a city that sellers come from and that is not known yet."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    languages: list[str]
    zone: str
    """IANA time zone of places that ``zones`` does not name."""
    zones: dict[str, list[str]] = {}
    latitude: float | None = None
    """Where all sellers are from one place; places of a column are not looked up, and stay without coordinates."""
    longitude: float | None = None

    def zone_of(self, place: str) -> str:
        """The time zone of a place."""
        return next((zone for zone, places in self.zones.items() if place in places), self.zone)


class FieldRules(Strict):
    """Single values."""

    external_id: Rule | None = None
    product: Rule | None = None
    """Slug of a product that stands already."""
    maker: Rule | None = None
    """Slug of a maker that stands already."""
    category: Rule
    gtin: Rule | None = None
    """Of the only variant; a number whose check digit is wrong is left out."""


class Documents(Strict):
    """Columns that hold lists as JSON."""

    variants: Rule | None = None
    tiers: Rule | None = None
    attributes: Rule | None = None


Texts = dict[Literal["name", "summary", "story", "care", "materials"], Rule]


class SheetMapping(Strict):
    """One mapping file."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,30}$")]
    title: str
    source: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
    """Whose external ids these are."""
    language: Language
    """The goods' own language, unless the facts have a ``source_language``."""
    compare: Literal["digest", "values"] = "digest"
    """``digest``: a row that has not changed since its last import is left alone even when the product has changed
    since. ``values``: a row is compared with the product as it stands."""
    disarmed: bool = False
    """Whether cells may carry the apostrophe that keeps spreadsheet programs from computing them."""
    columns: Annotated[list[str], Field(min_length=1)]
    """The header is recognised when it has all of these."""
    optional: list[str] = []
    fields: FieldRules
    texts: dict[Language, Texts]
    prices: dict[Currency, Rule] = {}
    facts: dict[str, Rule] = {}
    attributes: dict[str, Rule] = {}
    documents: Documents = Documents()
    seller: SellerRules | None = None
    origins: Origins | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        known = {*self.columns, *self.optional}
        for where, rule in self.rules():
            strangers = sorted(rule.columns - known)
            if strangers:
                raise ValueError(f"{where} reads {', '.join(strangers)}, which the list of columns does not have")
        strangers = sorted(set(self.facts) - set(FACTS))
        if strangers:
            raise ValueError(f"there are no facts called {', '.join(strangers)}")
        if (self.seller is None) == (self.fields.maker is None):
            raise ValueError("say who sells: either seller or fields.maker")
        if self.seller and self.origins is None:
            raise ValueError("origins says what to write down for the sellers' cities")
        if self.fields.external_id is None:
            raise ValueError("fields.external_id tells rows apart")
        if "name" not in self.texts.get(self.language, {}) and "source_language" not in self.facts:
            raise ValueError("texts must have a name in the goods' own language")
        return self

    def rules(self) -> list[tuple[str, Rule]]:
        """Every rule with the place where it stands."""
        found = [(f"fields.{name}", getattr(self.fields, name)) for name in FieldRules.model_fields]
        for language, texts in self.texts.items():
            found += [(f"texts.{language.value}.{name}", rule) for name, rule in texts.items()]
        found += [(f"prices.{currency.value}", rule) for currency, rule in self.prices.items()]
        found += [(f"facts.{name}", rule) for name, rule in self.facts.items()]
        found += [(f"attributes.{name}", rule) for name, rule in self.attributes.items()]
        found += [(f"documents.{name}", getattr(self.documents, name)) for name in Documents.model_fields]
        if self.seller:
            found += [(f"seller.{name}", getattr(self.seller, name)) for name in SellerRules.model_fields]
        return [(where, rule) for where, rule in found if rule is not None]

    @property
    def digest(self) -> str:
        """Changes whenever the file's meaning does."""
        return hashlib.blake2b(self.model_dump_json().encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells, as the sheet knows them."""

    external_id: str
    brand: str
    origin: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A row understood. ``values`` are the parts that the mapping speaks of, in plain JSON values."""

    number: int
    external_id: str
    product: str
    maker: str
    seller: Seller | None
    values: dict[str, Any]

    @property
    def digest(self) -> str:
        """Of everything the row says (32 characters)."""
        seller = self.seller and (self.seller.external_id, self.seller.brand, self.seller.origin)
        body = json.dumps([self.values, self.maker, seller], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.blake2b(body.encode(), digest_size=16).hexdigest()


class Reader:
    """Understands the rows of one sheet by one mapping. ``families`` gives the attribute family by category slug."""

    def __init__(self, mapping: SheetMapping, header: Sequence[str], families: Mapping[str, str]) -> None:
        places = {name: place for place, name in enumerate(header)}
        missing = sorted(set(mapping.columns) - set(places))
        if missing:
            raise SheetRefused(
                N_("The mapping %(mapping)s needs the columns %(columns)s, which the first row does not name."),
                params={"mapping": mapping.name, "columns": ", ".join(missing)},
            )
        self.mapping = mapping
        self.families = families
        there = {name: rule for name, rule in mapping.rules() if rule.columns <= set(places)}
        self._read = {name: rule.reader(places) for name, rule in there.items()}
        self._columns = {name: ", ".join(sorted(rule.columns)) for name, rule in mapping.rules()}
        self._texts = [
            (
                language,
                [
                    (name, self._read[f"texts.{language}.{name}"])
                    for name in texts
                    if f"texts.{language}.{name}" in self._read
                ],
            )
            for language, texts in mapping.texts.items()
        ]
        self._prices = [
            (currency.value, self._read[f"prices.{currency}"])
            for currency in mapping.prices
            if f"prices.{currency}" in self._read
        ]
        self._facts = [(name, self._read[f"facts.{name}"]) for name in mapping.facts if f"facts.{name}" in self._read]
        self._attributes = [
            (name, self._read[f"attributes.{name}"])
            for name in mapping.attributes
            if f"attributes.{name}" in self._read
        ]

    def understand(self, number: int, cells: Cells) -> Offer:
        """The offer of a row.

        Raises:
            Refusal: naming the column and the reason.
        """
        if self.mapping.disarmed:
            cells = [restore(cell) for cell in cells]
        category = self._value("fields.category", cells)
        if category not in self.families:
            raise self._refusal("fields.category", N_("There is no category %(value)s."), value=category[:80])
        values: dict[str, Any] = {"category": category, TEXTS: self._understand_texts(cells)}
        if self._prices:
            values["prices"] = {
                code: self._checked(f"prices.{code}", lambda text, code=code: read_amount(text, code), cells)  # type: ignore[misc]
                for code, _ in self._prices
            }
        if self._facts:
            values["facts"] = {
                name: self._checked(f"facts.{name}", lambda text, name=name: read_fact(name, text), cells)  # type: ignore[misc]
                for name, _ in self._facts
            }
        family = self.families[category]
        attributes = {name: text for name, read in self._attributes if (text := read(cells).strip())}
        if attributes:
            values[ATTRIBUTES] = read_attributes(attributes, family, strict=False)
        if "documents.attributes" in self._read:
            values[ATTRIBUTES] = self._checked(
                "documents.attributes", lambda text: read_attributes(text, family), cells
            )
        if self._value("documents.variants", cells).strip():
            # An empty cell says nothing about variants: goods without any cannot be ordered.
            values[VARIANTS] = self._checked("documents.variants", read_variants, cells)
        if "documents.tiers" in self._read:
            values[TIERS] = self._checked("documents.tiers", read_tiers, cells)
        if "fields.gtin" in self._read:
            values["gtin"] = show_gtin(self._value("fields.gtin", cells))
        self._check_whole(values)
        return Offer(
            number=number,
            external_id=self._identity("fields.external_id", cells, 80),
            product=self._identity("fields.product", cells, 100),
            maker=self._identity("fields.maker", cells, 80),
            seller=self._seller(cells),
            values=values,
        )

    def _value(self, name: str, cells: Cells) -> str:
        read = self._read.get(name)
        return read(cells) if read else ""

    def _refusal(self, name: str, message: str, **params: object) -> Refusal:
        return Refusal(self._columns.get(name, ""), message, params)

    def _checked(self, name: str, read: Callable[[str], Any], cells: Cells) -> Any:
        try:
            return read(self._read[name](cells))
        except Refusal as refusal:
            raise Refusal(self._columns[name], refusal.message, refusal.params) from None

    def _identity(self, name: str, cells: Cells, most: int) -> str:
        text = self._value(name, cells).strip()
        self._check_text(name, text, most)
        return text

    def _seller(self, cells: Cells) -> Seller | None:
        if self.mapping.seller is None:
            return None
        seller = Seller(
            external_id=self._identity("seller.external_id", cells, 80),
            brand=self._identity("seller.brand", cells, 120),
            origin=self._identity("seller.origin", cells, 60),
        )
        for name in ("external_id", "brand", "origin"):
            if not getattr(seller, name):
                raise self._refusal(f"seller.{name}", N_("This cell must not be empty."))
        return seller

    def _understand_texts(self, cells: Cells) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for language, readers in self._texts:
            texts: dict[str, str] = {name: read(cells) for name, read in readers}
            for name, text in texts.items():
                self._check_text(f"texts.{language}.{name}", text, MOST_TEXT[name], lines=name != "name")
            if any(text.strip() for text in texts.values()):
                if not texts.get("name", "").strip():
                    raise self._refusal(f"texts.{language}.name", N_("Write the product's name."))
                found[language.value] = texts
        return found

    def _check_whole(self, values: dict[str, Any]) -> None:
        facts = values.get("facts", {})
        own = facts.get("source_language", self.mapping.language.value)
        if own not in values[TEXTS]:
            raise self._refusal(f"texts.{own}.name", N_("Write the product's name in its own language."))
        skus = {variant["sku"] for variant in values.get(VARIANTS, ())}
        for tier in values.get(TIERS, ()):
            if tier["sku"] is not None and tier["sku"] not in skus:
                raise self._refusal("documents.tiers", N_("There is no variant %(sku)s."), sku=tier["sku"])

    def _check_text(self, name: str, text: str, most: int, *, lines: bool = False) -> None:
        if len(text) > most:
            raise self._refusal(
                name, N_("This has %(length)s characters; the most is %(most)s."), length=len(text), most=most
            )
        if text.isascii() and text.isprintable():
            return
        for character in text:
            if unicodedata.category(character) in {"Cc", "Cs"} and not (lines and character in "\n\r\t"):
                raise self._refusal(name, N_("Remove the control character U+%(code)s."), code=f"{ord(character):04X}")


def known_mappings() -> dict[str, SheetMapping]:
    """The mappings that come with the program, by name."""
    return {path.stem: load_mapping(path) for path in sorted(FOLDER.glob("*.toml"))}


def load_mapping(path: Path) -> SheetMapping:
    """Read a mapping file.

    Raises:
        SheetRefused: saying what is wrong with it and where.
    """
    try:
        return SheetMapping.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SheetRefused(N_("The mapping %(path)s cannot be opened."), params={"path": str(path)}) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SheetRefused(
            N_("The mapping %(path)s is not written as TOML: %(reason)s"), params={"path": path.name, "reason": error}
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "mapping"
        raise SheetRefused(
            N_("The mapping %(path)s is wrong at %(where)s: %(reason)s"),
            params={"path": path.name, "where": where, "reason": first["msg"]},
        ) from error


def choose_mapping(header: Sequence[str], named: str | None = None) -> SheetMapping:
    """The mapping named (one of ours, or a file), else the one whose columns the header has; the fullest of several.

    Raises:
        SheetRefused: the name or the header is not known, or two mappings fit equally well.
    """
    known = known_mappings()
    if named is not None:
        if named in known:
            return known[named]
        if not Path(named).is_file():
            raise SheetRefused(
                N_("There is no mapping %(name)s. Known are %(known)s; or name a file."),
                params={"name": named, "known": ", ".join(known)},
            )
        return load_mapping(Path(named))
    names = set(header) - set(OWN_COLUMNS)
    fitting = sorted(
        (mapping for mapping in known.values() if set(mapping.columns) <= names),
        key=lambda mapping: -len(mapping.columns),
    )
    if not fitting:
        nearest = min(known.values(), key=lambda mapping: len(set(mapping.columns) - names))
        raise SheetRefused(
            N_(
                "No mapping fits the first row. Known are %(known)s; the nearest is %(nearest)s, which also needs "
                "%(columns)s. Name a mapping of your own with --mapping."
            ),
            params={
                "known": ", ".join(known),
                "nearest": nearest.name,
                "columns": ", ".join(column for column in nearest.columns if column not in names),
            },
        )
    if len(fitting) > 1 and len(fitting[0].columns) == len(fitting[1].columns):
        raise SheetRefused(
            N_("The mappings %(known)s fit the first row equally well. Choose one with --mapping."),
            params={"known": ", ".join(mapping.name for mapping in fitting[:2])},
        )
    return fitting[0]
