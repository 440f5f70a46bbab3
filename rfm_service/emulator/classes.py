"""Classes of the generated customers: how often they buy, how much, how long they stay."""

from itertools import accumulate
from typing import NamedTuple

RETAIL = -1
OWN = -2
"""Codes in the place of a customer's number: nobody; the first own company (the others lie below)."""

GENERATIONS = 64
"""A customer's number is its slot * GENERATIONS + how many held the slot before."""


class Class(NamedTuple):
    """A class: its thousandths of documents and of slots, days a customer stays, times the usual quantity."""

    documents: int
    slots: int
    days: int
    quantity: int


CLASSES = (
    Class(115, 14, 900, 4),
    Class(140, 30, 800, 3),
    Class(180, 71, 800, 2),
    Class(290, 235, 700, 1),
    Class(275, 650, 500, 1),
)


def class_starts(slots: int) -> list[int]:
    """Return the first slot of each class and, last, the number of slots."""
    return [share * slots // 1000 for share in accumulate((c.slots for c in CLASSES), initial=0)]
