"""How people change the lines of a document: another sum, a line more or less, another date, number or buyer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from rfm_service.emulator.hashing import below
from rfm_service.emulator.shop import ShopLine

Lines = tuple[ShopLine, ...]

_KOPECK = 100
_CUSTOMER = ("buyer", "contractor", "site_id", "address", "channel")
_AGAIN = "И"


def edited(key: int, lines: Lines) -> Lines:
    """Return the lines with one of them changed, added or dropped; never the same."""
    at = below(key, 200, len(lines))
    draw = below(key, 201, 100)
    if draw < 20 and len(lines) > 1:
        return lines[:at] + lines[at + 1 :]
    if draw < 45:
        # Now and then a line is entered twice.
        added = lines[at] if draw < 25 else _scaled(lines[at], 3, 2)
        return (*lines, added)
    return (*lines[:at], _scaled(lines[at], 30 + below(key, 202, 60), 100), *lines[at + 1 :])


def moved(lines: Lines, days: int) -> Lines:
    """Return the lines dated so many days later; into another year they go with another number."""
    later = tuple(line._replace(date=line.date + timedelta(days)) for line in lines)
    return later if later[0].date.year == lines[0].date.year else renumbered(later)


def renumbered(lines: Lines) -> Lines:
    """Return the lines with a number that no other document has."""
    return tuple(line._replace(sale_id=line.sale_id + _AGAIN) for line in lines)


def resold(key: int, lines: Lines, others: Sequence[ShopLine]) -> Lines:
    """Return the lines with the buyer of another line; the same where there is no other buyer."""
    buyers = [other for other in others if other.buyer not in ("", lines[0].buyer)]
    if not (buyers and lines[0].buyer):
        return lines
    chosen = buyers[below(key, 203, len(buyers))]
    customer = {name: getattr(chosen, name) for name in _CUSTOMER}
    return tuple(line._replace(**customer) for line in lines)


def _scaled(line: ShopLine, part: int, whole: int) -> ShopLine:
    """Return so much of the line; its sum changes by a kopeck at least and keeps its sign."""
    amount = line.amount * part // whole // _KOPECK * _KOPECK
    sign = -1 if line.amount < 0 else 1
    amount = amount if amount not in (0, line.amount) else line.amount + sign * _KOPECK
    quantity = (line.quantity * part // whole) or line.quantity
    cost = None if line.cost is None else line.cost * part // whole
    return line._replace(quantity=quantity, amount=amount, cost=cost)
