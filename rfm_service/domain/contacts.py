"""Contacts made, as people tell of them: in the filled list of a sales manager, or in a file of marks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from rfm_service.domain.values import Remark

MACHINE_SHEET = "rfm"
"""The hidden sheet of a list from which a program learns what the list is: keys and values, never translated."""
FORM = "2"
FORMS = frozenset({"1", FORM})
"""The forms of lists that are read; the first one had no day of the contact and did not tell whose list it was."""
OUTCOMES = ("called", "wrote", "refused", "bought")
MOST_NOTE = 2_000
"""Letters of a note that are kept."""


class Contact(NamedTuple):
    """What came of a contact with a customer on a day, as `author` told it at `told_at` (unix seconds).

    `outcome` is one of OUTCOMES or '' (only noted); one that tells nothing at all takes back what was told before.
    """

    customer_id: str
    day: date
    outcome: str
    note: str
    next_day: date | None
    author: str
    told_at: int

    @property
    def blank(self) -> bool:
        """Whether it tells nothing."""
        return not (self.outcome or self.note or self.next_day)


class Place(NamedTuple):
    """Where a row stands in a file: in which sheet, by its order and its name ('': there are none), and its number."""

    sheet: int
    row: int
    name: str = ""


class Problem(NamedTuple):
    """What is to be said of a row of a file; where the remark is `good` the row counts all the same."""

    place: Place
    remark: Remark


@dataclass(frozen=True)
class Told:
    """What a file tells: contacts by place, what is to be said of rows, and of which sales manager a list was.

    `owner`: the mark of the name, '' of nobody; None where the file does not say.
    """

    contacts: Mapping[Place, Contact]
    problems: tuple[Problem, ...] = ()
    owner: str | None = None

    @property
    def bad(self) -> int:
        """The rows that do not count."""
        return len({problem.place for problem in self.problems if not problem.remark.good})


def owner_mark(name: str) -> str:
    """What stands for a sales manager in a list: 16 hex digits of the SHA-256 of the name; '' of nobody."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16] if name else ""


def lines_of(problems: Sequence[Problem], texts: Callable[..., str]) -> list[str]:
    """What is to be said of rows, a sentence a row, in their order."""
    return [texts("{sheet}, row {row}: {reason}", sheet=place.name, row=place.row, reason=remark.sentence(texts))
            if place.name else texts("Row {row}: {reason}", row=place.row, reason=remark.sentence(texts))
            for place, remark in sorted(problems, key=lambda problem: problem.place)]
