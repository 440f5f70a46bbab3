"""Exact integer grouping by numbers: codes, sums, extremes and who was seen where.

Sums stay in int64 (never float), and a number becomes a position without sorting where the numbers lie close.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rfm_service.domain.tables import Table

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Whole: TypeAlias = NDArray[np.integer[Any]]
"""Whole numbers of any width: frames of lines hold int32 and int64."""

_SPARSE = 4
"""Numbers spread over more than this many times their rows are sorted rather than given a slot each."""


@dataclass(frozen=True)
class Codes:
    """Rows as positions in an ascending list of numbers: `numbers[of_row[i]]` is the number of row i.

    `numbers` may hold numbers that no row has.
    """

    of_row: Whole
    numbers: Ints

    @property
    def size(self) -> int:
        """How many positions there are."""
        return len(self.numbers)


def codes(values: Whole) -> Codes:
    """Give every distinct number of `values` a position, ascending."""
    if not len(values):
        return Codes(np.zeros(0, np.int32), np.zeros(0, np.int64))
    low, high = int(values.min()), int(values.max())
    if high - low < _SPARSE * len(values):
        return Codes(values - values.dtype.type(low), np.arange(low, high + 1, dtype=np.int64))
    of_row, numbers = pd.factorize(values, sort=True)
    return Codes(of_row, np.asarray(numbers, dtype=np.int64))


def sums(of_row: Whole, values: Whole, size: int) -> Ints:
    """The int64 sum of `values` at each of `size` positions."""
    total = np.zeros(size, np.int64)
    np.add.at(total, of_row, values)
    return total


def counts(of_row: Whole, size: int) -> Ints:
    """The number of rows at each of `size` positions."""
    return np.bincount(of_row, minlength=size).astype(np.int64, copy=False)


def smallest(of_row: Whole, values: Whole, size: int) -> Whole:
    """The smallest of `values` at each of `size` positions; the dtype's largest where there is no row."""
    # `ufunc.at` is fast only while both sides have one dtype.
    least = np.full(size, np.iinfo(values.dtype).max, values.dtype)
    np.minimum.at(least, of_row, values)
    return least


def largest(of_row: Whole, values: Whole, size: int) -> Whole:
    """The largest of `values` at each of `size` positions; the dtype's smallest where there is no row."""
    most = np.full(size, np.iinfo(values.dtype).min, values.dtype)
    np.maximum.at(most, of_row, values)
    return most


def seen(of_row: Whole, slot: Whole, size: int, slots: int) -> Flags:
    """Whether a row was seen at each position (rows of the result) in each of `slots` slots (its columns)."""
    flags = np.zeros(size * slots, np.bool_)
    flags[of_row.astype(np.int64) * slots + slot] = True
    return flags.reshape(size, slots)


def middle_ranks(values: NDArray[Any]) -> NDArray[np.float64]:
    """The share of values that are less, equal ones counted as half, itself too: above 0, below 1, in any unit."""
    ordered = np.sort(values)
    below, upto = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    return (below + upto) / 2 / max(len(values), 1)


def distinct(values: Ints) -> Ints:
    """The different values, ascending."""
    # Sorting whole numbers is several times faster than np.unique's hashing.
    ordered = np.sort(values)
    first: Flags = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def frame(columns: dict[str, NDArray[Any]], table: Table) -> pd.DataFrame:
    """A frame of exactly the declared columns and dtypes."""
    return pd.DataFrame({name: columns[name] for name in table}).astype(table)


def empty(table: Table) -> pd.DataFrame:
    """A frame of the declared columns and dtypes without rows."""
    return frame({name: np.zeros(0, np.int64) for name in table}, table)
