"""Lines of the generated documents as arrays: product, feature, quantity, amount and cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rfm_service.emulator.catalogue import Product
from rfm_service.emulator.classes import CLASSES, RETAIL
from rfm_service.emulator.drawing import Flags, Heads, Ints, Keys, drawn, joined

_FEATURES = 96
_QUANTITIES = np.array([1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 8, 8, 10, 12, 20])
_DISCOUNTS = np.array([12, 10, 7, 3, 0])
_UNITS_IN_A_KOPECK = 100


@dataclass(frozen=True)
class Prices:
    """The catalogue as arrays: kopecks for 1 000 thousandths, and thousandths sold at once."""

    price: Ints
    cost: Ints
    portion: Ints


@dataclass(frozen=True)
class Goods:
    """Lines side by side: index of the document, of the product and of the feature; ShopLine's units."""

    document: Ints
    product: Ints
    feature: Ints
    quantity: Ints
    amount: Ints
    cost: Ints


def prices_of(products: Sequence[Product]) -> Prices:
    """Return the price list of the catalogue."""
    return Prices(*(np.array([getattr(p, name) for p in products]) for name in ("price", "cost", "portion")))


def goods(heads: Heads, prices: Prices) -> Goods:
    """Return the lines of the documents in their order."""
    document = np.repeat(np.arange(len(heads.lines)), heads.lines)
    place = np.arange(len(document)) - np.repeat(np.cumsum(heads.lines) - heads.lines, heads.lines)
    copied, storno = _repeats(heads, document, place)
    key = joined(heads.source[document], place - (copied | storno) + 100)
    product = np.minimum(drawn(key, 0, len(prices.price)), drawn(key, 1, len(prices.price)))
    quantity = _quantities(heads, document, key) * prices.portion[product]
    amount = _amounts(heads, document, key, prices.price[product] * quantity // 1000)
    storno &= ~heads.returned[document]
    correction = _corrections(heads)[document]
    amount = np.where((storno | correction) & (amount == 0), _UNITS_IN_A_KOPECK, amount)
    sign = np.where(storno | correction, -1, 1)
    cost = prices.cost[product] * quantity // 1000 * _UNITS_IN_A_KOPECK
    return Goods(document, product, drawn(key, 2, _FEATURES), quantity * sign, amount * sign, cost * sign)


def _repeats(heads: Heads, document: Ints, place: Ints) -> tuple[Flags, Flags]:
    """Return which lines repeat the one before, as they are and with the opposite sign (a correction)."""
    draw = drawn(joined(heads.source[document], place), 3, 1000)
    possible = place > 0
    return possible & (draw < 8), possible & (draw >= 8) & (draw < 16) & (heads.customer[document] != RETAIL)


def _corrections(heads: Heads) -> Flags:
    """Return which documents take back what was sold: all their lines are negative."""
    chosen: Flags = (drawn(heads.key, 14, 1000) < 8) & ~heads.returned & (heads.customer != RETAIL)
    return chosen


def _quantities(heads: Heads, document: Ints, key: Keys) -> Ints:
    times = np.array([c.quantity for c in CLASSES])[heads.level[document]]
    wholesale = _QUANTITIES[drawn(key, 4, 16)] * times
    bought = np.where(heads.customer[document] == RETAIL, 1 + drawn(key, 4, 16) // 12, wholesale)
    part = 1 + drawn(joined(key, document * 0), 5, bought)
    return np.where(heads.returned[document], part, bought)


def _amounts(heads: Heads, document: Ints, key: Keys, kopecks: Ints) -> Ints:
    discount = np.where(heads.customer[document] == RETAIL, 0, _DISCOUNTS[heads.level[document]])
    usual = kopecks * (100 - discount) // 100
    gift = (1 + drawn(key, 6, 9)) * 100 * drawn(key, 7, 2)
    return np.where(drawn(key, 8, 1000) < 15, gift, usual) * _UNITS_IN_A_KOPECK
