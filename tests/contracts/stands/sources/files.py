from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from rfm_service.emulator.shop import AMOUNT_UNITS, QUANTITY_UNITS, ListShop, ShopLine
from rfm_service.sources.files import Source
from tests.contracts.stands.worlds import SourceStand

PARTNER = ("buyer", "email", "category", "manager", "phone", "tax_id")


class ExportedShop(ListShop):
    """A shop that exports all its sales and partners into a folder whenever they change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        super().__init__()

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "_lines":
            self._write("sales.csv", [cells(line) for line in self._lines])
        elif name == "_partners":
            self._write("partners.csv", [{field: getattr(each, field) for field in PARTNER} for each in self._partners])

    def _write(self, name: str, rows: Iterable[dict[str, object]]) -> None:
        rows = list(rows)
        with (self._folder / name).open("w", encoding="utf-8-sig", newline="") as opened:
            writer = csv.DictWriter(opened, rows[0] if rows else [*cells(ShopLine(None, ""))], delimiter=";")
            writer.writeheader()
            writer.writerows(rows)


def cells(line: ShopLine) -> dict[str, object]:
    """A line by our own names of columns."""
    return {
        **{field: getattr(line, field) for field in (
            "date", "sale_id", "order_date", "order_id", "buyer", "contractor", "site_id", "product", "feature",
            "address", "organisation", "product_category", "channel", "currency")},
        "quantity": Decimal(line.quantity) / QUANTITY_UNITS, "sum": Decimal(line.amount) / AMOUNT_UNITS,
        "cost": "" if line.cost is None else Decimal(line.cost) / AMOUNT_UNITS,
        "cash_flow_type": "return" if line.returned else "sale"}


@contextmanager
def stand(folder: Path) -> Iterator[SourceStand]:
    drop = folder / "drop"
    drop.mkdir()
    plug = Source(path=drop, deadline_minutes=0.005)
    yield SourceStand(plug, ExportedShop(drop), lambda: shutil.rmtree(drop), gaps=True)
