"""customers.csv and moves.csv: files for other programs, every value as it is stored."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rfm_service.domain.findings import Findings
from rfm_service.domain.values import MONEY_SCALE, day_of
from rfm_service.ports import Texts

if TYPE_CHECKING:
    import pandas as pd

CUSTOMERS = ("customer_id", "customer", "recency_days", "frequency", "monetary", "r", "f", "m", "segment",
             "previous_segment", "tier", "order_interval_days", "first_purchase", "last_purchase",
             "orders_returned", "email", "manager")
MOVES = ("customer_id", "customer", "from_segment", "to_segment", "cause", "detail")
DAYS = frozenset({"first_purchase", "last_purchase"})


@dataclass(frozen=True)
class Renderer:
    """Makes the two tables; their form is fixed (DESIGN section 4)."""

    def render(self, findings: Findings, texts: Texts) -> Mapping[str, bytes]:  # noqa: ARG002
        """customers.csv and moves.csv: UTF-8, comma, header, LF, sorted by customer_id."""
        return {"customers.csv": _table(findings.snapshot, CUSTOMERS),
                "moves.csv": _table(findings.moves, MOVES)}


def exact(amount: int) -> str:
    """An amount in 1/10 000 as a decimal: two places, more where they are needed."""
    units, rest = divmod(abs(amount), MONEY_SCALE)
    places = f"{rest:04d}"
    tail = places[2:].rstrip("0")
    return f"{'-' if amount < 0 else ''}{units}.{places[:2]}{tail}"


def _table(frame: pd.DataFrame, columns: Sequence[str]) -> bytes:
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


def _written(values: list[object], column: str) -> Iterable[object]:
    if column == "monetary":
        return map(exact, values)  # type: ignore[arg-type]
    if column in DAYS:
        return [day_of(number).isoformat() for number in values]  # type: ignore[arg-type]
    return values
