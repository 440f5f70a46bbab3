"""Every id of lifecycle and classes has a label, and values of attributes have a name."""

from __future__ import annotations

import pytest

from rfm_service.domain.standings import ABC_CLASSES, RISKS, VALUES, XYZ_CLASSES
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from rfm_service.texts.labels import (
    attribute_labels,
    attribute_value,
    class_labels,
    risk_labels,
    segment_labels,
    value_labels,
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_id_has_a_label_of_its_own(language: str) -> None:
    texts = Catalogue(language, "RUB")
    assert tuple(value_labels(texts)) == VALUES
    assert tuple(risk_labels(texts)) == RISKS
    assert tuple(class_labels(texts)) == ABC_CLASSES + XYZ_CLASSES
    for labels in (value_labels(texts), risk_labels(texts), class_labels(texts), attribute_labels(texts),
                   segment_labels(texts)):
        assert all(labels.values())
        assert len(set(labels.values())) == len(labels)


@pytest.mark.parametrize(("value", "joined", "name"), [
    ("опт", 1, "опт"), ("", 0, "не указано"), ("", 3, "ещё 3 значения"),
])
def test_values_that_are_joined_or_not_told_have_a_name(value: str, joined: int, name: str) -> None:
    assert attribute_value(value, joined, Catalogue("ru", "RUB")) == name
