"""Every id of lifecycle and classes has a label, and values of attributes have a name."""

from __future__ import annotations

import re

import pytest

from rfm_service.domain.outreach import GROWTH_TYPES, POTENTIALS, RISK_TAGS, SITUATIONS, STATES, VALUE_TIERS
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
from rfm_service.texts.outreach_labels import (
    growth_labels,
    outreach_headings,
    potential_labels,
    risk_tag_labels,
    situation_labels,
    state_labels,
    value_tier_labels,
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_s3_19_every_id_of_the_lists_has_a_label_of_its_own(language: str) -> None:
    texts = Catalogue(language, "RUB")
    for labels, ids in ((risk_tag_labels, RISK_TAGS), (value_tier_labels, VALUE_TIERS), (growth_labels, GROWTH_TYPES),
                        (potential_labels, POTENTIALS), (situation_labels, SITUATIONS), (state_labels, STATES)):
        told = labels(texts)
        assert tuple(told) == ids
        assert all(told.values())
        assert len(set(told.values())) == len(told)
    named = outreach_headings(texts, "¤")
    assert len(set(named.values())) == len(named)
    assert not [name for name in named.values() if re.search(r"uplift|churn|\bCLV\b|score|скоринг|отток", name, re.I)]


@pytest.mark.parametrize(("value", "joined", "name"), [
    ("опт", 1, "опт"), ("", 0, "не указано"), ("", 3, "ещё 3 значения"),
])
def test_values_that_are_joined_or_not_told_have_a_name(value: str, joined: int, name: str) -> None:
    assert attribute_value(value, joined, Catalogue("ru", "RUB")) == name
