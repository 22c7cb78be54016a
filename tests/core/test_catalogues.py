"""Translation catalogues: brought in step without losing a word, and checked without mercy."""

from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog

from app.core import catalogues
from app.core.languages import Language


def template(*extra: str) -> Catalog:
    catalog = Catalog(charset="utf-8")
    keys: list[str | tuple[str, ...]] = ["Save", "Hello %(name)s", ("%(num)s day", "%(num)s days"), *extra]
    for key in keys:
        catalog.add(key, locations=[("app/somewhere.py", 12)])
    return catalog


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(catalogues, "CATALOGUES", tmp_path)
    monkeypatch.setattr(catalogues, "extract", template)
    catalogues.update()
    return tmp_path


def put(language: Language, **strings: Any) -> None:
    catalog = catalogues.read(language)
    for message in catalog:
        first = message.id[0] if isinstance(message.id, tuple) else message.id
        name = {"Save": "save", "Hello %(name)s": "hello", "%(num)s day": "days"}.get(str(first))
        if name == "days" and isinstance(strings.get("days"), tuple) and len(strings["days"]) == 1:
            message.string = strings["days"] * catalog.num_plurals
        elif name in strings:
            message.string = strings[name]
    catalogues._write(language, catalog)


def faults(language: str) -> list[str]:
    return [fault for fault in catalogues.check() if fault.startswith(f"{language}:")]


GOOD = {
    Language.ID: {"save": "Simpan", "hello": "Halo %(name)s", "days": ("%(num)s hari",)},
    Language.ES: {"save": "Guardar", "hello": "Hola %(name)s", "days": ("%(num)s día", "%(num)s días")},
    Language.KO: {"save": "저장", "hello": "%(name)s님, 안녕하세요", "days": ("%(num)s일",)},
    Language.MS: {"save": "Simpan", "hello": "Helo %(name)s", "days": ("%(num)s hari",)},
}


def test_good_catalogues_have_no_fault(folder: Path) -> None:
    for language, strings in GOOD.items():
        assert faults(language.value) != []
        put(language, **strings)
    assert catalogues.check() == []


@pytest.mark.parametrize(
    "strings",
    [
        {"save": ""},
        {"hello": "Hola"},
        {"hello": "Hola %(nombre)s"},
        {"hello": "Hola %(name)s, 100 %"},
        {"days": ("%(num)s día", "")},
        {"days": ("%(num)s día", "%(days)s días")},
    ],
)
def test_a_bad_translation_is_a_fault(folder: Path, strings: dict[str, object]) -> None:
    put(Language.ES, **GOOD[Language.ES])
    assert faults("es") == []
    put(Language.ES, **strings)
    assert len(faults("es")) == 1


def test_english_is_itself(folder: Path) -> None:
    assert faults("en") == []


def test_updating_keeps_words_and_changes_nothing_twice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(Language.ES, **GOOD[Language.ES])
    path = catalogues.path_of(Language.ES)
    catalogues.update()
    before = path.read_text(encoding="utf-8")
    catalogues.update()
    assert path.read_text(encoding="utf-8") == before
    assert "POT-Creation-Date" not in before
    monkeypatch.setattr(catalogues, "extract", lambda: template("Saved"))
    catalogues.update()
    after = catalogues.read(Language.ES)
    assert after.get("Save").string == "Guardar"  # type: ignore[union-attr]
    assert after.get("Saved").string == ""  # type: ignore[union-attr]
    assert not [message for message in after if message.fuzzy and message.id]
    monkeypatch.setattr(catalogues, "extract", template)
    catalogues.update()
    assert path.read_text(encoding="utf-8") == before


def test_a_fuzzy_translation_stays_marked(folder: Path) -> None:
    put(Language.ES, **GOOD[Language.ES])
    path = catalogues.path_of(Language.ES)
    text = path.read_text(encoding="utf-8").replace('msgid "Save"', '#, fuzzy\nmsgid "Save"')
    path.write_text(text, encoding="utf-8")
    assert len(faults("es")) == 1
    catalogues.update()
    assert len(faults("es")) == 1


def test_the_code_and_the_templates_are_read() -> None:
    keys = {message.id for message in catalogues.extract() if message.id}
    assert "Fill in this field." in keys  # N_ in Python
    assert ("%(num)s day", "%(num)s days") in keys  # a counted phrase in Python
    assert "That did not work" in keys
    assert ("%(num)s product", "%(num)s products") in keys  # and in a template
