"""Questions in 1C's dialect of OData: literals, filters, and addresses that every web server takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote

from rfm_service.domain.errors import AnswerMalformed

LONGEST_QUERY = 2_048
"""Characters of a query as it is sent; IIS refuses more with a page that says 404."""
LONGEST_NAME = 260
"""Characters of one segment of the path; http.sys refuses more."""
MOST_REFS = 10
"""Documents asked for at a time: a reference costs 65 characters, and they come in one answer."""
FORMAT = "$format=application/json;odata=nometadata"
SAFE = "$,/'();=:"
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
EMPTY_REF = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Question:
    """What is asked of a published set; `top` 0 means no limit, `least` that nothing smaller can be asked."""

    name: str
    select: tuple[str, ...]
    where: str = ""
    order: str = ""
    top: int = 0
    skip: int = 0
    allowed_only: bool = False
    least: bool = False

    @property
    def path(self) -> str:
        """The segment of the address that names the set."""
        return quote(self.name)

    @property
    def query(self) -> str:
        """What follows the question mark: a space is %20, as 1C adds where it reads a plus."""
        parts = [FORMAT, f"$select={','.join(self.select)}"]
        parts += [f"$filter={self.where}"] if self.where else []
        parts += [f"$orderby={self.order}"] if self.order else []
        parts += [f"$skip={self.skip}"] if self.skip else []
        parts += [f"$top={self.top}"] if self.top else []
        parts += ["allowedOnly=true"] if self.allowed_only else []
        return "&".join(quote(part, safe=SAFE) for part in parts)

    def also(self, condition: str) -> Question:
        """The same question with one more condition."""
        return replace(self, where=both(self.where, condition))

    def of_refs(self, refs: Sequence[str], column: str = "Ref_Key") -> Question:
        """The question for some references."""
        return replace(self.also(" or ".join(f"{column} eq guid'{ref}'" for ref in refs)), least=len(refs) == 1)

    def batches(self, refs: Iterable[str], column: str = "Ref_Key", *, most: int = MOST_REFS) -> Iterator[list[str]]:
        """References in as many at a time as the address takes, and no more than `most`."""
        each, wanted = max(1, min(most, self.room_for_refs(column))), list(refs)
        return (wanted[at:at + each] for at in range(0, len(wanted), each))

    def room_for_refs(self, column: str = "Ref_Key") -> int:
        """How many references fit into the address."""
        left = LONGEST_QUERY - len(self.also("()").query)
        return left // len(quote(f" or {column} eq guid'{EMPTY_REF}'", safe=SAFE))


def both(one: str, other: str) -> str:
    """The condition that two conditions hold; an empty one always does."""
    if not (one and other):
        return one or other
    return " and ".join(f"({each})" if re.search(r"\bor\b", each) else each for each in (one, other))


def within(column: str, first: datetime, end: datetime) -> str:
    """The condition that a moment lies in the half-open [first, end)."""
    return f"{column} ge {literal(first)} and {column} lt {literal(end)}"


def literal(moment: datetime) -> str:
    """A moment as 1C takes it: naive, to the second, never a date alone."""
    return f"datetime'{moment.isoformat(timespec='seconds')}'"


def reference(value: object) -> str:
    """A reference in small letters, '' for an empty one. Raises AnswerMalformed."""
    if value is None:
        return ""
    return _reference(value if isinstance(value, str) else "?")


@lru_cache(maxsize=200_000)
def _reference(written: str) -> str:
    found = written.lower()
    if found in ("", EMPTY_REF):
        return ""
    if not GUID.fullmatch(found):
        raise AnswerMalformed("1C answered with a reference that is none. Check in [source.fields] that every key is "
                              "mapped to a reference.")
    return found


def unique(columns: Iterable[str]) -> tuple[str, ...]:
    """What is there to select: each once, in order, without those that are not mapped."""
    return tuple(dict.fromkeys(filter(None, columns)))
