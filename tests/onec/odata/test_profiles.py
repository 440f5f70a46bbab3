"""Profiles as data: what they ask fits an address, and what is given lies over what is not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from rfm_service.onec.odata.profiles import PROFILES, Entity, Paths
from rfm_service.onec.odata.query import LONGEST_QUERY
from rfm_service.sources.onec_odata import Source

FEWEST_REFS = 5


def source(**more: Any) -> Source:
    return Source(url="http://1c.example.com/erp/odata/standard.odata", **more)


@pytest.mark.parametrize("vat", ["with", "without"])
@pytest.mark.parametrize("profile", PROFILES)
def test_a_document_is_asked_for_in_one_address_together_with_others(profile: Any, vat: Any) -> None:
    for trail in source(profile=profile, vat=vat)._trails():
        assert trail.question.room_for_refs() >= FEWEST_REFS
        question = trail.question.of_refs([f"{number:08}-0000-0000-0000-000000000000" for number in range(FEWEST_REFS)])
        assert len(question.query) <= LONGEST_QUERY


@pytest.mark.parametrize("profile", PROFILES.values())
def test_a_profile_maps_what_a_sale_needs(profile: Any) -> None:
    assert {"date", "sale_id", "sum", "quantity", "product", "total", "currency"} <= profile.paths.keys()
    assert any(entity.returned for entity in profile.entities)
    assert {"name", "email", "tax_id"} <= profile.people.keys()
    fields = Paths.model_fields.keys()
    assert profile.paths.keys() | profile.people.keys() <= fields
    for entity in profile.entities:
        assert entity.fields.keys() | set(entity.optional) <= fields


def test_no_presentation_is_asked_of_a_tabular_part() -> None:
    for profile in PROFILES.values():
        assert not [path for path in profile.paths.values() if "/" in path and path.endswith("Presentation")]


def test_what_is_not_given_is_left_open() -> None:
    assert Paths(product="", feature="Ш").given() == {"product": "", "feature": "Ш"}


@pytest.mark.parametrize("spoilt", [
    {"set": ""}, {"set": "Document"}, {"set": "Document_А/Б"}, {"set": "Document_А?x"}, {"set": "Document_" + "Я" * 42},
    {"set": "Document_А", "parts": ()}, {"set": "Document_А", "returns": True},
    {"set": "Document_А", "fields": {"x": "y"}}, {"set": "Document_А", "fields": {"sum": ""}}])
def test_an_entity_that_cannot_be_asked_for_is_refused(spoilt: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Entity.model_validate(spoilt)
