"""A ledger full of made-up sales, put there past HTTP; kept between runs of the bench."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from rfm_service.domain.values import Answer, Period, SaleLine
from rfm_service.emulator.generator import GeneratedShop
from rfm_service.emulator.shop import ShopLine, signed_amount
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.warehouse import Warehouse

LAST_DAY = date(2026, 10, 31)
DAYS = 365
WINDOW_DAYS = 7


def filled(folder: Path, lines: int) -> Ledger:
    """The ledger with about `lines` lines over a year that ends with LAST_DAY."""
    ledger = Ledger(Warehouse(folder / f"filled-{lines}.db"), folder / "backups")
    ledger.open()
    shop = GeneratedShop(1, lines, DAYS, last_day=LAST_DAY)
    year = Period(date.fromordinal(LAST_DAY.toordinal() - DAYS + 1), date.fromordinal(LAST_DAY.toordinal() + 1))
    through = ledger.watermark()
    for period in year.windows(WINDOW_DAYS):
        if through is None or period.last > through:
            ledger.replace(Answer((period,), list(_sale_lines(shop, period))), "bench", period)
    return ledger


def _sale_lines(shop: GeneratedShop, period: Period) -> Iterator[SaleLine]:
    for line in shop.lines(period.first, period.end):
        yield _sale_line(line)


def _sale_line(line: ShopLine) -> SaleLine:
    return SaleLine(
        line.date, line.sale_id, signed_amount(line), line.returned, line.buyer, line.contractor, line.organisation,
        line.order_id, line.order_date.date() if line.order_date else None, line.product, line.feature, line.quantity,
        line.address, str(line.site_id or ""), line.product_category, line.channel, line.cost)
