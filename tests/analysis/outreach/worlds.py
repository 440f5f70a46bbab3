"""Made-up customers as the frames that the list is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from rfm_service.analysis.outreach.assess import Draw, Known, assess
from rfm_service.domain.outreach import Category, Mode, Outreach
from rfm_service.domain.tables import BASKETS, CONTACTS, CUSTOMERS, FORECAST, HABITS, PURCHASES, SNAPSHOT
from rfm_service.domain.values import MONEY_SCALE, day_number
from tests.oracle_outreach import Basket, Person, Shop, Touch

AS_OF = date(2026, 11, 20)
CATEGORIES = ("", "Куртки", "Шапки")
CHANNELS = ("", "Сайт", "小红书")
RULES = Outreach(
    capacity=0, channels={"小红书": 8 * MONEY_SCALE},
    categories={"Куртки": Category(Fraction(1, 2), 180, Fraction(1, 10), 12 * MONEY_SCALE, None),
                "Шапки": Category(cycle_days=35, touch_cost=5 * MONEY_SCALE, max_margin=40 * MONEY_SCALE)})


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


MONEY = st.integers(1, 5000).map(lambda units: units * MONEY_SCALE)


@st.composite
def baskets(draw: st.DrawFn) -> dict[str, Basket]:
    found = {}
    for name in draw(st.sets(st.sampled_from(CATEGORIES), min_size=1, max_size=2)):
        sold = draw(MONEY)
        costed = draw(st.sampled_from([0, sold, sold // 2]))
        found[name] = Basket(sold, draw(st.sampled_from([0, 0, sold // 3, sold])), costed,
                             costed * draw(st.integers(0, 12)) // 10)
    return found


TOUCHES = st.lists(st.builds(
    lambda back, outcome, again: Touch(ago(back), outcome, None if again is None else ago(-again)),
    st.integers(-1, 60) | st.sampled_from([0, 29]), st.sampled_from(["called", "wrote", "refused", "bought", ""]),
    st.none() | st.integers(-20, 20)), max_size=4).map(tuple)


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    found = []
    for number in range(1, draw(st.integers(1, 7)) + 1):
        days = [draw(st.integers(0, 364)), *draw(st.lists(st.integers(0, 900), max_size=6))]
        orders = tuple(sorted((ago(day), draw(MONEY)) for day in days))
        found.append(Person(number, orders, draw(baskets()), draw(st.sampled_from(CHANNELS)),
                            draw(st.sampled_from(["", "Анна", "Борис"])), draw(st.integers(0, 9)) == 0,
                            draw(TOUCHES), draw(st.integers(0, 3000)) * MONEY_SCALE))
    return found


def known(shop: Shop) -> Known:
    """The frames of a shop."""
    rows = shop.people
    return Known(
        _snapshot(shop), _frame([(each.number, day_number(day), amount) for each in rows
                                 for day, amount in each.orders], PURCHASES),
        _frame([(each.number, .1, .2, each.foretold, each.foretold, 0, 0, 0) for each in rows], FORECAST),
        _frame([(each.number, CATEGORIES.index(name), told.sold, told.returned, told.costed, told.cost)
                for each in rows for name, told in sorted(each.baskets.items())], BASKETS),
        _frame([(each.number, 1, CHANNELS.index(each.channel)) for each in rows], HABITS),
        _frame([(each.number, f"id{each.number}", "", "", each.manager, "", "", each.barred) for each in rows],
               CUSTOMERS),
        _frame([(each.number, day_number(told.day), told.outcome, day_number(told.again) if told.again else 0)
                for each in rows for told in sorted(each.touches, key=lambda told: (
                    told.day, told.outcome == "refused"))], CONTACTS),
        dict(enumerate(CATEGORIES)), dict(enumerate(CHANNELS)))


def assessed(shop: Shop, mode: Mode = "seed", lift: float = .2, held: Sequence[int] = ()) -> pd.DataFrame:
    """OUTREACH of a shop, by number of customer; those of `held` are held back."""
    back = np.array([each.number in held for each in shop.people], np.bool_)
    return assess(known(shop), shop.rules, Draw(mode, lift, back), shop.as_of).set_index("customer_no")


def _snapshot(shop: Shop) -> pd.DataFrame:
    rows = []
    for each in shop.people:
        inside = [day for day, _ in each.orders if 0 <= (shop.as_of - day).days < shop.window]
        orders = shop.orders(each)
        told = {"customer_no": each.number, "recency_days": shop.silence(each), "frequency": len(orders),
                "monetary": sum(orders), "first_purchase": day_number(min(inside)),
                "last_purchase": day_number(max(inside)), "segment": "loyal", "tier": "retail"}
        rows.append([told.get(name, 1) for name in SNAPSHOT])
    return _frame(rows, SNAPSHOT)


def _frame(rows: Sequence[Sequence[object]], table: dict[str, str]) -> pd.DataFrame:
    columns = list(zip(*rows, strict=True)) or [()] * len(table)
    return pd.DataFrame({name: pd.Series(list(cells), dtype=kind)
                         for (name, kind), cells in zip(table.items(), columns, strict=True)})
