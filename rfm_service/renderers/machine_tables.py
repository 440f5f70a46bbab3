"""customers.csv and moves.csv: files for other programs, every value as it is stored."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rfm_service.analysis.months import iso_month
from rfm_service.domain.findings import Findings
from rfm_service.domain.tables import DAY_COLUMNS, MONEY_COLUMNS, PUBLISHED_CUSTOMERS, PUBLISHED_MOVES
from rfm_service.domain.values import MONEY_SCALE, day_of
from rfm_service.ports import Texts

if TYPE_CHECKING:
    import pandas as pd

CUSTOMERS, MOVES = PUBLISHED_CUSTOMERS, PUBLISHED_MOVES
PLACES = {"p30": 6, "p90": 6, "priority": 2}


@dataclass(frozen=True)
class Renderer:
    """Makes the two tables; their form is fixed (DESIGN section 4)."""

    def render(self, findings: Findings, texts: Texts) -> Mapping[str, bytes]:  # noqa: ARG002
        """customers.csv and moves.csv: UTF-8, comma, header, LF, sorted by customer_id."""
        return {"customers.csv": table(findings.snapshot, CUSTOMERS),
                "moves.csv": table(findings.moves, MOVES)}


def exact(amount: int) -> str:
    """An amount in 1/10 000 as a decimal: two places, more where they are needed."""
    units, rest = divmod(abs(amount), MONEY_SCALE)
    places = f"{rest:04d}"
    tail = places[2:].rstrip("0")
    return f"{'-' if amount < 0 else ''}{units}.{places[:2]}{tail}"


def table(frame: pd.DataFrame, columns: Sequence[str]) -> bytes:
    """A frame as CSV for programs: UTF-8, comma, header, LF."""
    lines = _Lines([])
    writer = csv.writer(lines)
    writer.writerow(columns)
    writer.writerows(zip(*(_written(frame[column].tolist(), column) for column in columns), strict=True))
    # half of a surrogate pair has no UTF-8 form
    return "".join(lines.rows).encode("utf-8", "replace")


@dataclass(frozen=True)
class _Lines:
    """Rows that end with LF; a writer told to end them so would leave a CR inside a name without quotes."""

    rows: list[str]

    def write(self, row: str) -> None:
        self.rows.append(row.removesuffix("\r\n") + "\n")


def _written(values: list[Any], column: str) -> Iterable[object]:
    if column in MONEY_COLUMNS:
        return map(exact, values)
    if column in DAY_COLUMNS:
        return [day_of(number).isoformat() if number else "" for number in values]
    if column in PLACES:
        return [f"{number:.{PLACES[column]}f}" for number in values]
    if column == "cohort":
        return map(iso_month, values)
    return values
