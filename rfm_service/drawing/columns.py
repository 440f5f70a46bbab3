"""Columns of a table for people: a heading, values, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from rfm_service.domain.values import day_number, money
from rfm_service.texts.labels import label
from rfm_service.texts.plain import plain

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["text", "number", "money", "share", "day", "score"]
Bars = Literal["", "most", "whole"]

LARGEST_CELL = 32_767
EXCEL_EPOCH = day_number(date(1899, 12, 30))


@dataclass(frozen=True)
class Column:
    """One column: its heading, how its values are written, its width in characters; None is an empty cell.

    `adds`: whether the sum of the values means something; `printed`: whether it is part of the sheet on paper;
    `bars`: whether cells bear bars, as long as the largest value or the whole (1) is the full width;
    `wraps`: whether long texts are told in several lines, the row as high as they need; `folds`: whether the column
    is one of a group that can be folded away.
    """

    heading: str
    values: Sequence[Any]
    kind: Kind = "text"
    width: int = 15
    adds: bool = True
    printed: bool = True
    bars: Bars = ""
    wraps: bool = False
    folds: bool = False


def cells(values: pd.Series[Any]) -> list[str]:
    """Texts as people typed them, made safe to show."""
    return [plain(value)[:LARGEST_CELL] for value in values.tolist()]


def labelled(values: pd.Series[Any], labels: Mapping[str, str]) -> list[str]:
    """Ids as their labels."""
    return [labels[value] if value in labels else label(labels, value) for value in values.tolist()]


def amounts(values: pd.Series[Any]) -> list[Any]:
    """Amounts in 1/10 000 as exact decimals."""
    return [money(amount) for amount in values.tolist()]


def days(values: pd.Series[Any]) -> list[int | None]:
    """Day numbers as those of Excel; 0 is none."""
    return [number - EXCEL_EPOCH if number else None for number in values.tolist()]


def shares(values: pd.Series[Any]) -> list[float | None]:
    """Shares 0..1; NaN is none."""
    return [None if math.isnan(share) else share for share in values.tolist()]
