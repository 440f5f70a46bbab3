"""What is packed comes back, whatever it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.dashboard import packing
from tests.dashboard.reading import read

whole = st.integers(-2**52, 2**52)
texts = st.text(st.characters(exclude_characters="\n"), max_size=12)
names = st.one_of(texts, st.from_regex(r"\A[А-Яa-z]{0,3}[0-9]{0,17}[-/]?[0-9]{0,16}[a-я]?\Z"))


def back(column: packing.Column) -> list[Any]:
    _, sections = read(packing.packed({}, {"section": {"column": column}}))
    return sections["section"]["column"]


def seen(values: Sequence[str]) -> list[str]:
    return [value.encode("utf-8", "replace").decode() for value in values]


@settings(max_examples=60)
@given(st.lists(whole))
def test_numbers_come_back(values: list[int]) -> None:
    assert back(packing.numbers(values)) == values


@settings(max_examples=60)
@given(st.lists(texts))
def test_texts_come_back(values: list[str]) -> None:
    assert back(packing.texts(values)) == seen(values)
    assert back(packing.texts(values * 5)) == seen(values * 5)


@settings(max_examples=60)
@given(st.lists(st.text(st.characters(categories=["Cs", "Cc", "Lu"]))))
def test_texts_that_are_none_break_nothing(values: list[str]) -> None:
    assert back(packing.texts(values)) == [text.replace("\n", " ") for text in seen(values)]


@settings(max_examples=60)
@given(st.lists(names))
def test_document_numbers_come_back(values: list[str]) -> None:
    plain = [value.replace("\x00", "") for value in values]
    assert back(packing.Numbered.of(plain).column()) == seen(plain)


def test_many_kinds_of_document_numbers_come_back() -> None:
    values = [f"{'x' * (at % 700)}{at}" for at in range(2000)]
    assert back(packing.Numbered.of(values).column()) == values


@settings(max_examples=60)
@given(st.one_of(st.lists(st.binary(min_size=8, max_size=8).map(bytes.hex)), st.lists(st.uuids().map(str)),
                 st.lists(st.text("0123456789abcdef-", max_size=9))))
def test_ids_come_back(values: list[str]) -> None:
    assert back(packing.ids(values)) == values


@pytest.mark.parametrize(("values", "width"), [
    (range(1000, 2000), 1), ([5] * 10, 0), ([3_000_000, 1_000_000, 2_000_000], 1), ([0, 70_000, 1], 3)])
def test_numbers_take_few_bytes(values: Sequence[int], width: int) -> None:
    assert packing.numbers(values).form["width"] <= width


def test_the_same_columns_give_the_same_bytes() -> None:
    made = [packing.packed({"a": 1}, {"s": {"c": packing.numbers(np.arange(50) ** 3)}}) for _ in range(2)]
    assert made[0] == made[1]
