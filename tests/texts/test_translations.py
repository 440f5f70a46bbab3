from __future__ import annotations

import string
from io import BytesIO

import pytest
from babel.messages.pofile import read_po

from rfm_service.texts.catalogue import LANGUAGES
from tests.texts.msgids import LOCALES, TRANSLATED, entry, forms_of, missing, msgids


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_of_the_package_is_translated(language: str) -> None:
    lacking = missing(language)
    assert not lacking, "\n\n".join(entry(msgid, place) for msgid, place in lacking.items())


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_catalogue_keeps_a_text_that_nobody_says(language: str) -> None:
    catalogue = read_po(BytesIO((LOCALES / f"{language}.po").read_bytes()), locale=language)
    held = {message.id if isinstance(message.id, tuple) else (message.id, "") for message in catalogue if message.id}
    assert held <= {tuple(msgid) for msgid in msgids()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_places_of_the_text(language: str) -> None:
    catalogue = read_po(BytesIO((LOCALES / f"{language}.po").read_bytes()), locale=language)
    for message in catalogue:
        if message.id:
            forms = forms_of(message.string)
            ids = [message.id] if isinstance(message.id, str) else message.id
            wanted = [places(text) for text in ids]
            assert all(places(form) in wanted for form in forms), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_the_plural_forms_of_its_language(language: str) -> None:
    catalogue = read_po(BytesIO((LOCALES / f"{language}.po").read_bytes()), locale=language)
    plurals = [forms_of(message.string) for message in catalogue if isinstance(message.id, tuple)]
    assert plurals
    assert {len(forms) for forms in plurals} == {{"ru": 3, "en": 2, "zh": 1, "tr": 2}[language]}


def places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}
