"""A set of documents in memory that answers questions as 1C does, and may change between two of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from rfm_service.onec.odata.pages import Row
from rfm_service.onec.odata.query import Question

FROM = re.compile(r"(\w+) ge datetime'([^']+)' and \w+ lt datetime'([^']+)'")
REF = re.compile(r"(\w+) eq guid'([^']+)'")
Fields = dict[str, Any]


def ref(number: int) -> str:
    return str(UUID(int=number))


def document(number: int, at: datetime, version: str = "1", **more: Any) -> Fields:
    """A document without lines."""
    return {"Ref_Key": ref(number), "DataVersion": version, "Posted": True, "DeletionMark": False,
            "Date": at.isoformat(timespec="seconds"), "Number": f"А-{number}", **more}


class SetInMemory:
    """Rows by reference; `asked` holds every question, `meanwhile` is called before each answer."""

    def __init__(self, *rows: Fields, meanwhile: Callable[[int], None] = lambda _: None) -> None:
        self.rows = {row["Ref_Key"]: row for row in rows}
        self.asked: list[Question] = []
        self.meanwhile = meanwhile

    def put(self, *rows: Fields) -> None:
        self.rows |= {row["Ref_Key"]: row for row in rows}

    def __call__(self, question: Question) -> list[Row]:
        self.asked.append(question)
        self.meanwhile(len(self.asked))
        spans, refs = FROM.findall(question.where), REF.findall(question.where)
        found = [row for row in self.rows.values()
                 if all(first <= row[column] < end for column, first, end in spans)
                 and (not refs or any(row[column] == value for column, value in refs))]
        if question.order:
            found.sort(key=lambda row: [row[column] for column in question.order.split(",")])
        found = found[question.skip:][:question.top or None]
        return [dict(row) for row in found]
