"""The translation catalogues: ``python -m app.core.catalogues extract | update | compile | check``.

English sentences in code and templates are the msgids. ``update`` brings every catalogue in line with them and keeps
what was translated; ``check`` fails on anything missing, uncertain, left over, or with other places than its msgid.
"""

import io
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app.core.config import ROOT
from app.core.languages import CATALOGUES, Language

_PLACE = re.compile(r"%\((\w+)\)s")
_JINJA = {"trimmed": "true", "newstyle_gettext": "true", "extensions": "jinja2.ext.i18n,jinja2.ext.do"}
_KEYWORDS = {"N_": None, "_": None, "gettext": None, "NN_": (1, 2), "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
# What FastAPI and pydantic tell in words of their own never reaches a reader; these folders hold no sentences.
_FOLDERS: tuple[tuple[str, list[tuple[str, str]], dict[str, str]], ...] = (
    ("app", [("**.py", "python")], {}),
    ("templates", [("**.html", "jinja2"), ("**.txt", "jinja2")], _JINJA),
)


def extract() -> Catalog:
    """Every msgid in code and templates."""
    catalog = Catalog(charset="utf-8", header_comment="# Words of Little Bandung.")
    for folder, methods, options in _FOLDERS:
        found = extract_from_dir(
            ROOT / folder,
            methods,
            {pattern: options for pattern, _ in methods},
            keywords=_KEYWORDS,
            comment_tags=("L10N:",),
        )
        for file, _, message, comments, context in found:
            if message:
                catalog.add(message, locations=[(f"{folder}/{file}", 0)], auto_comments=comments, context=context)
    return catalog


def path_of(language: Language) -> Path:
    """Where a language's catalogue lies."""
    return CATALOGUES / language.value / "LC_MESSAGES" / "messages.po"


def read(language: Language) -> Catalog:
    """A language's catalogue as it stands; empty when there is none yet."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language.value, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language.value)


def update(languages: Iterable[Language] = Language) -> None:
    """Bring catalogues in line with code and templates; English translates itself."""
    template = extract()
    for language in languages:
        old = read(language)
        new = Catalog(locale=language.value, charset="utf-8", header_comment="# Words of Little Bandung.", fuzzy=False)
        for message in template:
            if not message.id:
                continue
            standing = old.get(message.id, message.context)
            text = standing.string if standing is not None else ""
            if language is Language.EN:
                text = message.id
            elif isinstance(message.id, tuple) and isinstance(text, str):
                text = (text,) * old.num_plurals  # it has become a counted phrase
            elif isinstance(message.id, str) and isinstance(text, tuple):
                text = text[0]
            new.add(
                message.id,
                text,
                locations=sorted({(file, 0) for file, _ in message.locations}),
                flags=["fuzzy"] if standing is not None and standing.fuzzy and text else [],
                auto_comments=message.auto_comments,
                context=message.context,
            )
        _write(language, new)


def _write(language: Language, catalog: Catalog) -> None:
    buffer = io.BytesIO()
    write_po(buffer, catalog, sort_output=True, no_location=True, omit_header=False, width=0)
    lines = buffer.getvalue().decode().splitlines()
    # Dates and tools in the header would make every update a change.
    kept = [
        line
        for line in lines
        if not re.match(r'"(POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator|Report-Msgid)', line)
    ]
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(kept).rstrip("\n") + "\n", encoding="utf-8")


def compile_all() -> None:
    """Write the binary form that a running installation reads."""
    for language in Language:
        with path_of(language).with_suffix(".mo").open("wb") as file:
            write_mo(file, read(language))


def check() -> list[str]:
    """Everything that is not as it must be, one sentence each."""
    template = {(_key(message), message.context): message for message in extract() if message.id}
    faults = []
    for language in Language:
        catalog = read(language)
        standing = {(_key(message), message.context): message for message in catalog if message.id}
        faults += [f"{language.value}: not in the catalogue: {key[0]!r}" for key in template if key not in standing]
        faults += [f"{language.value}: left over: {key[0]!r}" for key in standing if key not in template]
        for key, message in standing.items():
            if key in template:
                faults += [f"{language.value}: {fault}: {key[0]!r}" for fault in _faults(message, catalog.num_plurals)]
    return faults


def _key(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple | list) else str(message.id)


def _faults(message: Message, plurals: int) -> list[str]:
    ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
    texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
    faults = []
    if message.fuzzy:
        faults.append("uncertain")
    if len(ids) > 1 and len(texts) != plurals:
        faults.append(f"needs {plurals} plural form(s)")
    wanted = {place for text in ids for place in _PLACE.findall(text)}
    for text in texts:
        if not text:
            faults.append("not translated")
        elif not set(_PLACE.findall(text)) <= wanted or (len(ids) == 1 and set(_PLACE.findall(text)) != wanted):
            faults.append("has other places than its msgid")
        elif re.search(r"%(?!\(\w+\)s|%)", text) and "%(" in "".join(ids):
            faults.append("has a stray percent sign")
    return faults


def main(arguments: list[str]) -> int:
    """The command."""
    if arguments == ["extract"]:
        for message in extract():
            if message.id:
                sys.stdout.write(f"{_key(message)}\n")
        return 0
    if arguments[:1] == ["update"]:
        update([Language(code) for code in arguments[1:]] or Language)
        return 0
    if arguments == ["compile"]:
        compile_all()
        return 0
    if arguments == ["check"]:
        faults = check()
        for fault in faults:
            sys.stderr.write(f"{fault}\n")
        return 1 if faults else 0
    sys.stderr.write("usage: python -m app.core.catalogues extract | update [LANGUAGE …] | compile | check\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
