"""A place that still tells of a customer, and how ids are found in what was written long ago."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from io import BytesIO
from typing import Literal

from rfm_service.domain.errors import RfmError


class Remains(StrEnum):
    """What is done with what tells of somebody who was forgotten."""

    keep = "keep"
    rewrite = "rewrite"
    delete = "delete"


Kind = Literal["report", "latest", "waiting", "copy"]
Tells = Callable[[str], bool]
"""Whether a text is an id under which a customer is told of, or was."""

ID = re.compile(r"(?<![\w-])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16})(?![\w-])")
"""A customer_id: the reference of a partner, else 16 hex digits."""


@dataclass(frozen=True)
class Trace:
    """A report or a copy that still tells of a customer.

    `place` and `night` say which report; `files` are those of its files in which the customer was found. None was where
    `surely` is false: then the files of the report cannot be searched, or it could not be looked at for the `problem`.
    """

    kind: Kind
    path: str
    place: str = ""
    night: date | None = None
    files: tuple[str, ...] = ()
    surely: bool = True
    problem: RfmError | None = None


def ids_in(name: str, content: bytes) -> set[str]:
    """What looks like an id in a table or a workbook."""
    if not name.endswith(".xlsx"):
        return set(ID.findall(content.decode("utf-8", "replace")))
    try:
        with zipfile.ZipFile(BytesIO(content)) as book:
            return {found for part in book.namelist() if part.endswith(".xml")
                    for found in ID.findall(book.read(part).decode("utf-8", "replace"))}
    except (zipfile.BadZipFile, OSError, EOFError):
        return set()


def telling(files: Mapping[str, bytes], tells: Tells) -> tuple[str, ...]:
    """The files that hold an id of the customer."""
    return tuple(name for name, content in sorted(files.items()) if any(map(tells, ids_in(name, content))))
