"""A wholesale clothing firm that never was: any number of sale lines, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from rfm_service.emulator import catalogue, people
from rfm_service.emulator.classes import GENERATIONS, OWN, RETAIL, class_starts
from rfm_service.emulator.people import HOSTILE_NAMES, OWN_COMPANIES, Customer
from rfm_service.emulator.seasons import calendar
from rfm_service.emulator.shop import Partner, ShopLine

if TYPE_CHECKING:
    from rfm_service.emulator.drawing import Heads, Plan
    from rfm_service.emulator.goods import Goods, Prices

__all__ = ["HOSTILE_NAMES", "OWN_COMPANIES", "GeneratedShop"]

_ORGANISATIONS = (("ООО «Тестовая Мода»", "ТМ"), ("ООО «Тестовый Трикотаж»", "ТТ"), ("ИП Тестовый", "ИП"))
_SLOTS_PER_1000_LINES = 78
_FEWEST_SLOTS = 100
_BATCH_DOCUMENTS = 4_000
_CUSTOMERS_KEPT = 200_000
_Parts = tuple[tuple[object, ...], tuple[object, ...], str]
_NOBODY = Customer("Розничный покупатель", None, "", Partner(""))


class GeneratedShop:
    """About `lines` sale lines over the `days` days that end with `last_day`, computed, never kept."""

    def __init__(self, seed: int = 1, lines: int = 20_000, days: int = 730, *, last_day: date) -> None:
        """Lay down the calendar; documents are computed when they are asked for.

        Raises:
            ValueError: lines or days is not positive.
        """
        if lines < 1 or days < 1:
            raise ValueError(f"lines={lines}, days={days}: a generated shop needs at least one of each")
        self.seed, self.last_day, self.first_day = seed, last_day, last_day - timedelta(days=days - 1)
        self._size = lines
        self._slots = max(_FEWEST_SLOTS, lines * 365 // max(days, 365) * _SLOTS_PER_1000_LINES // 1000)
        starts = class_starts(self._slots)
        self._large_until, self._hostile_from = starts[2], starts[3]
        self._products = catalogue.products(seed)
        self._features = catalogue.features()
        self._known: dict[int, Customer] = {}

    def lines(self, start: date, end: date) -> Iterator[ShopLine]:
        """Yield the lines of [start, end), by day and by document within a day."""
        from rfm_service.emulator import drawing, goods

        plan = self._plan
        zero = plan.calendar.first
        first = (max(start, self.first_day) - zero).days
        stop = (min(end, self.last_day + timedelta(days=1)) - zero).days
        for begin, until in self._batches(first, stop):
            heads = drawing.documents(plan, begin, until)
            yield from self._shop_lines(heads, goods.goods(heads, self._prices))

    def partners(self) -> Iterator[Partner]:
        """Yield the partner catalogue: every customer of these days, buying or not, and the own companies."""
        from rfm_service.emulator import drawing

        zero = self._plan.calendar.first
        days = ((self.first_day - zero).days - drawing.LONGEST_LINK, (self.last_day - zero).days)
        for number in dict.fromkeys(map(self._identity, drawing.residents(self._plan, *days))):
            yield self._customer(number).partner
        for number in range(len(OWN_COMPANIES)):
            yield people.own_company(number).partner

    def optional_fields(self) -> frozenset[str]:
        """Return the optional fields of the generated lines: all but the currency."""
        return frozenset({"organisation", "cost", "product_category", "channel"})

    @cached_property
    def _plan(self) -> Plan:
        from rfm_service.emulator import drawing

        lines = self._size
        per_document, scale = drawing.MEAN_LINES
        of_days = calendar(self.seed, self.first_day, self.last_day, max(1, lines * scale // per_document))
        return drawing.plan_of(self.seed, self._slots, of_days)

    @cached_property
    def _prices(self) -> Prices:
        from rfm_service.emulator import goods

        return goods.prices_of(self._products)

    def _batches(self, first: int, stop: int) -> Iterator[tuple[int, int]]:
        counts, begin, size = self._plan.calendar.counts, first, 0
        for day in range(first, stop):
            size += counts[day]
            if size >= _BATCH_DOCUMENTS or day == stop - 1:
                yield begin, day + 1
                begin, size = day + 1, 0

    def _shop_lines(self, heads: Heads, lines: Goods) -> Iterator[ShopLine]:
        documents = self._document_parts(heads)
        products, features = self._products, self._features
        columns = (lines.document, lines.product, lines.feature, lines.quantity, lines.amount, lines.cost)
        for at, product_at, feature_at, quantity, amount, cost in zip(
            *(c.tolist() for c in columns), strict=True
        ):
            before, middle, channel = documents[at]
            product = products[product_at]
            texts = features[product.sizes]
            sold = (product.name, texts[feature_at % len(texts)], quantity, amount)
            yield ShopLine._make((*before, *sold, *middle, product.category, cost, channel, ""))

    def _document_parts(self, heads: Heads) -> list[_Parts]:
        """Return for each document the fields before the product, those from the address on, the channel."""
        zero = datetime.combine(self._plan.calendar.first, time())
        columns = (heads.seconds, heads.organisation, heads.number, heads.order, heads.order_seconds)
        parts: list[_Parts] = []
        for code, returned, seconds, organisation, number, order, order_seconds in zip(
            heads.customer.tolist(), heads.returned.tolist(), *(c.tolist() for c in columns), strict=True
        ):
            who = self._customer(self._identity(code))
            firm, prefix = _ORGANISATIONS[organisation]
            order_date = zero + timedelta(seconds=order_seconds) if order else None
            order_id = f"З{prefix}-{order:07d}" if order else ""
            document = (zero + timedelta(seconds=seconds), f"{prefix}00-{number:06d}", order_date, order_id)
            customer = (who.partner.buyer, who.contractor, who.site_id)
            parts.append(((*document, *customer), (who.address, returned, firm), _channel(code, who)))
        return parts

    def _identity(self, code: int) -> int:
        # A slot with a hostile name belongs to one customer for ever.
        slot = code // GENERATIONS
        return (
            slot * GENERATIONS if code >= 0 and 0 <= slot - self._hostile_from < len(HOSTILE_NAMES) else code
        )

    def _customer(self, code: int) -> Customer:
        known = self._known.get(code)
        if known is None:
            if len(self._known) >= _CUSTOMERS_KEPT:
                self._known.clear()
            known = self._known[code] = self._made(code)
        return known

    def _made(self, code: int) -> Customer:
        if code == RETAIL:
            return _NOBODY
        if code <= OWN:
            return people.own_company(OWN - code)
        slot = code // GENERATIONS
        at = slot - self._hostile_from
        hostile = at if 0 <= at < len(HOSTILE_NAMES) else -1
        return people.customer(self.seed, code, large=slot < self._large_until, hostile=hostile)


def _channel(code: int, customer: Customer) -> str:
    if code == RETAIL:
        return "Розница"
    return "Опт" if customer.site_id is None else "Интернет-магазин"
