"""Columns of the findings as the page has them: texts as people may see them, shares and money in whole numbers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rfm_service.dashboard import packing
from rfm_service.dashboard.packing import Column, Numbered
from rfm_service.domain.values import MONEY_SCALE
from rfm_service.texts.plain import HIDDEN, plain

CHANCE_SCALE = 10_000
HIDDEN_IN_LINES = re.compile(HIDDEN.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))

Ints = NDArray[np.int64]


def numbers_of(values: pd.Series[Any]) -> Column:
    """Whole numbers."""
    return packing.numbers(values.to_numpy().astype(np.int64))


def chances(values: pd.Series[Any], missing: int = -1) -> Column:
    """Shares in 1/10 000; `missing` where there is none."""
    return packing.numbers(np.nan_to_num(np.round(values.to_numpy() * CHANCE_SCALE), nan=missing).astype(np.int64))


def whole_units(values: pd.Series[Any]) -> Column:
    """Money in 1/10 000 without its fraction of a unit: an estimate to the kopeck would only look exact."""
    return packing.numbers((values.to_numpy() + MONEY_SCALE // 2) // MONEY_SCALE * MONEY_SCALE)


def texts_of(values: pd.Series[Any]) -> Column:
    """Texts as people may see them, one line each."""
    return packing.texts(readable(values.tolist()))


def phones(values: pd.Series[Any]) -> Column:
    """Phones, which are hardly more than a number each."""
    return Numbered.of(readable(values.tolist())).column()


def readable(values: list[str]) -> list[str]:
    """Texts as people may see them, one line each; ordinary ones, which most are, are not looked at one by one."""
    joined = "\n".join(values)
    if joined.count("\n") == len(values) - 1 and not HIDDEN_IN_LINES.search(joined):
        return values
    return [plain(value) for value in values]


def readable_lines(values: list[str]) -> list[str]:
    """Texts as people may see them, line feeds kept."""
    if not HIDDEN_IN_LINES.search("".join(values)):
        return values
    return ["\n".join(map(plain, value.split("\n"))) for value in values]
