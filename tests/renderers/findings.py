"""Findings of any number of customers, the same every time, on request with names that break things."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pandas as pd

from rfm_service.analysis import conclusions
from rfm_service.analysis.grouping import empty
from rfm_service.analysis.outreach.assess import Draw, Known, assess
from rfm_service.analysis.outreach.effect import effects
from rfm_service.analysis.outreach.holdout import held
from rfm_service.analysis.outreach.margins import goods_of, scale_by
from rfm_service.analysis.scoring import quintile_cuts
from rfm_service.analysis.trends import points, trend_days, trends
from rfm_service.analysis.value import standings
from rfm_service.domain.findings import Figures, Findings, Quality, SettingChange, Trade, Worklist
from rfm_service.domain.forecasts import Forecast, ForecastCard, GroupScore, Level, Score, Total, Trial
from rfm_service.domain.outreach import Effects, Holdout, Outreach
from rfm_service.domain.product_rules import USUAL_PRODUCT_RULES
from rfm_service.domain.standings import USUAL_BORDERS, USUAL_LIFECYCLE
from rfm_service.domain.tables import (
    ALERTS,
    BASKETS,
    CONTACTS,
    CUSTOMER_ORDERS,
    CUSTOMERS,
    FORECAST,
    HABITS,
    HISTORY,
    OFFERS,
    PRODUCT_ACTIVITY,
    PURCHASES,
)
from rfm_service.domain.values import LOWEST_TIER, SEED_TIERS, Basis, customer_id, day_number
from tests.rules import ruled

AS_OF = date(2026, 11, 20)
HOSTILE_NAMES = (
    "=cmd|'/C calc'!A0", "+7 912 000-00-00", "-2+3", "@SUM(1)", "\tтабуляция", "\rвозврат каретки",
    r"$\frac{1$", "</script><script>alert(1)</script>", '<img src=x onerror="alert(1)">', "{{ 7 * 7 }} {% raw %}",
    "\u202eзеркало\u202c \u200f", "НУЛЬ\x00ЗНАК\x07\x1b[31m", "половина \ud83d пары", "смайл 😀👩‍👩‍👧", "я" * 300,
    'ООО "Кавычки", запятая; точка', "две\nстроки", "_x000D_", "http://example.org/", "  края  ", "京东商城有限公司",
    "İstanbul Şişe Çağ", "a" * 40_000, "\ufffe\uffff", "<r>& <t>", "<r>&</r>", "",
)
SEGMENTS = ("champions", "loyal", "growing", "promising", "newcomers", "drifting", "at_risk", "sleeping", "lost")
WEIGHTS = (0.03, 0.08, 0.05, 0.12, 0.16, 0.14, 0.04, 0.33, 0.05)
WORDS = ("Восток", "Сибирские Краски", "Торговый дом Меридиан", "Кондитерская фабрика", "Альфа", "Лаванда",
         "Производственно-коммерческая фирма Северный ветер", "Уют", "Ромашка", "Технологии и Снабжение Поволжья")
FORMS = ("ООО «{}» № {}", "ИП {} {}", "АО «{}-{}»", "{} {}, магазин")
PRODUCTS = ("Краска фасадная белая, 10 л", "Кисть плоская 50 мм", "Валик велюровый", "Шпатлёвка финишная, 25 кг",
            "Лак паркетный полуматовый износостойкий двухкомпонентный, 5 л", "Перчатки", "Скотч малярный 48 мм")
CAUSES = ("ageing", "own_order", "return", "document_changed", "cuts_moved", "customers_merged",
          "settings_changed")


def make_findings(customers: int, *, hostile: bool = False, as_of: date = AS_OF, moves: bool = True,
                  often: float = 1.0) -> Findings:
    """Findings of `customers` customers; with `hostile` the first of them bear HOSTILE_NAMES.

    They have some 8 orders each, times `often`.
    """
    rng = np.random.default_rng(7)
    basis = Basis(as_of, ruled())
    bare = _snapshot(rng, customers, as_of, hostile)
    bare["frequency"] = np.maximum(1, (bare["frequency"] * often).round().astype("int64"))
    purchases, former = _purchases(rng, bare), bare.iloc[::3]
    value = standings(purchases, bare, basis)
    foretold, names = _forecast(rng, bare, as_of), conclusions.Named(bare[list(CUSTOMERS)], bare)
    snapshot = bare.merge(value, on="customer_no").merge(foretold.frame, on="customer_no").sort_values(
        "customer_id", ignore_index=True)
    trade = _trade(rng, basis, snapshot)
    worklist = _worklist(bare, purchases, foretold.frame, (trade, hostile), as_of)
    goods = dict(enumerate(_goods(hostile)))
    snapshot = snapshot.merge(worklist.outreach, on="customer_no").sort_values("customer_id", ignore_index=True)
    snapshot["favourite"] = pd.Series([goods.get(number, "") for number in snapshot["favourite_no"]], dtype="object")
    return Findings(
        basis=basis, currency="RUB", company="", sales_through=as_of if customers else None, complete=True,
        snapshot=snapshot, cuts=quintile_cuts(snapshot),
        moves=_moves(snapshot if moves else snapshot.head(0)), trade=trade,
        products=_products(trade.products, hostile), figures=_figures(snapshot),
        orders=_named(trade.customer_orders, hostile), trends=_trends(rng, snapshot, as_of),
        history=_history(rng, snapshot, as_of),
        settings_changed=(SettingChange("rfm.window_days", "180", "365"),) if hostile else (),
        previous_as_of=as_of - timedelta(days=1) if customers else None,
        previous_figures=_figures(snapshot.iloc[3:]) if customers else None,
        quality=Quality(gifts=trade.gifts, own_companies=12, excluded=0, no_customer=3, quarantined=2,
                        without_purchase=_without_purchase(hostile)),
        gate=conclusions.gate(bare, purchases, as_of),
        worth=conclusions.worth(purchases, bare, value, names, former, as_of),
        lifecycle=USUAL_LIFECYCLE, classes=USUAL_BORDERS, forecast=foretold,
        card=_card(rng, bare, as_of) if customers else None, worklist=worklist)


def _purchases(rng: np.random.Generator, snapshot: pd.DataFrame) -> pd.DataFrame:
    """PURCHASES: those of the window between the first and the last one, and some before."""
    number = snapshot["frequency"].to_numpy() + rng.integers(0, 3, len(snapshot))
    customer = np.repeat(snapshot["customer_no"].to_numpy(), number)
    last = np.repeat(snapshot["last_purchase"].to_numpy(), number)
    ends = np.cumsum(number) - 1
    day = last - rng.integers(0, 700, len(customer))
    day[ends[number > 0]] = snapshot["last_purchase"].to_numpy()[number > 0]
    frame = pd.DataFrame({"customer_no": customer, "day": day,
                          "amount": (np.exp(rng.normal(9, 1, len(customer))) * 10_000).astype("int64")})
    return frame.astype(PURCHASES).sort_values(list(PURCHASES), ignore_index=True)


LEVEL = Level(0.1, 0.1, 8.0, 1.3)


def _forecast(rng: np.random.Generator, snapshot: pd.DataFrame, as_of: date) -> Forecast:
    chance = rng.random(len(snapshot)).round(9)
    due = day_number(as_of) + rng.integers(1, 120, len(snapshot))
    spend = (snapshot["monetary"].to_numpy() * chance).astype("int64")
    columns = {"customer_no": snapshot["customer_no"], "p30": chance / 3, "p90": chance, "spend30": spend // 3,
               "spend90": spend, "due": due, "due_from": due - 10, "due_to": due + 40}
    frame = pd.DataFrame({name: np.asarray(columns[name]).astype(kind) for name, kind in FORECAST.items()})
    levels = dict.fromkeys(("p30", "p90", "spend30", "spend90"), LEVEL)
    return Forecast(frame.sort_values("customer_no", ignore_index=True), as_of, "mean", False,
                    (Trial("mean", 0.161), Trial("mbg", 0.163), Trial("own_past", 0.162)), levels, True)


def _card(rng: np.random.Generator, snapshot: pd.DataFrame, as_of: date) -> ForecastCard:
    def group(segment: str, rows: pd.DataFrame) -> GroupScore:
        bought, spent = len(rows) // 3, int(rows["monetary"].sum()) // 4
        return GroupScore(segment, len(rows), Total(bought * 1.1, bought * 0.9, bought * 1.4), bought,
                          Total(spent * 0.8, spent * 0.6, spent * 0.95), spent)

    scores = (Score("mean", 0.812, 0.161, 0.021, len(snapshot) / 3), Score("recency", 0.741, 0.182, 0.035,
              len(snapshot) / 4), Score("bgnbd", 0.803, 0.164, 0.03, len(snapshot) / 3))
    groups = (group("", snapshot), *(group(str(name), rows) for name, rows in snapshot.groupby("segment")))
    return ForecastCard(as_of - timedelta(days=90), 90, "mean", scores, groups, "", False)


def _names(count: int, hostile: bool) -> list[str]:
    plain = [FORMS[number % 4].format(WORDS[number % 10], number) for number in range(count)]
    return [*HOSTILE_NAMES, *plain][:count] if hostile else plain


def _snapshot(rng: np.random.Generator, count: int, as_of: date, hostile: bool) -> pd.DataFrame:
    names = _names(count, hostile)
    segment = rng.choice(SEGMENTS, count, p=WEIGHTS)
    worth = np.exp(rng.normal(10.2, 1.5, count)) * np.where(np.isin(segment, SEGMENTS[:3]), 12, 1)
    if hostile:
        worth[: len(HOSTILE_NAMES)] = 2e7
    recency = rng.integers(1, 366, count)
    frequency = np.where(np.isin(segment, SEGMENTS[:2]), rng.integers(9, 60, count), rng.integers(1, 9, count))
    last = day_number(as_of) + 1 - recency
    tiers = np.array([LOWEST_TIER, *[tier.id for tier in reversed(SEED_TIERS)]])
    frame = pd.DataFrame({
        "customer_no": np.arange(count), "recency_days": recency, "frequency": frequency,
        "monetary": (worth * 10_000).astype("int64") // 100 * 100 + np.arange(count) % 7,
        "first_purchase": np.maximum(last - rng.integers(0, 300, count), day_number(as_of) - 364),
        "last_purchase": last, "orders_returned": rng.integers(0, 3, count),
        "order_interval_days": np.where(frequency > 1, rng.integers(1, 90, count), 0),
        "active_blocks": rng.integers(1, 8, count), "r": rng.integers(1, 6, count),
        "f": rng.integers(1, 6, count), "m": rng.integers(1, 6, count), "segment": segment,
        "tier": tiers[np.digitize(worth / 4, [30_000, 100_000, 220_000, 500_000])],
        "customer_id": [customer_id(f"{number} {name}") for number, name in enumerate(names)],
        "customer": pd.Series(names, dtype="object"),  # a `str` column holds no lone surrogates
        "phone": [f"+7 912 000-00-{number % 100:02d}" if number % 4 else "" for number in range(count)],
        "do_not_contact": [number % 50 == 49 for number in range(count)],
        "email": [f"buyer{number}@example.org" if number % 3 else "" for number in range(count)],
        "manager": [("Ольга Светлова", "Пётр Ильин", "")[number % 3] for number in range(count)],
        "category": [("Опт", "Розница", "=СЕТЬ()" if hostile else "Сеть", "")[number % 4] for number in range(count)],
        "previous_segment": np.where(rng.random(count) < 0.02, rng.choice(["", *SEGMENTS], count), segment),
    })
    return frame.sort_values("customer_id", ignore_index=True)


def _moves(snapshot: pd.DataFrame) -> pd.DataFrame:
    moved = snapshot[snapshot["segment"] != snapshot["previous_segment"]]
    return pd.DataFrame({
        "customer_no": moved["customer_no"], "customer_id": moved["customer_id"], "customer": moved["customer"],
        "from_segment": moved["previous_segment"],
        "to_segment": ["" if number % 5 == 4 else to for number, to in enumerate(moved["segment"])],
        "cause": [CAUSES[number % 7] for number in range(len(moved))],
        "measure": "recency_days", "before": moved["recency_days"], "after": moved["recency_days"] + 1, "line": 90,
        "document_no": range(1, len(moved) + 1), "change": "", "day": moved["last_purchase"] + 90,
        "document": [f"ТД00-{number:06d}" for number in range(len(moved))],
        "detail": [f"дней без покупки: {days} -> {days + 1}, граница 90" for days in moved["recency_days"]],
        "monetary": moved["monetary"]}).reset_index(drop=True)


def _trade(rng: np.random.Generator, basis: Basis, snapshot: pd.DataFrame) -> Trade:
    orders = min(int(snapshot["frequency"].sum()), 60_000)
    first = basis.window.first
    index = [first.year * 12 + first.month - 1 + step for step in range(13)] if len(snapshot) else []
    months = pd.DataFrame({
        "month": np.array(index, "int64"),
        "revenue": np.array([int(4e11 + 1e11 * np.sin(at)) // (3 if at == index[-1] else 1) for at in index], "int64"),
        "orders": np.array([900 + at % 5 * 60 for at in index], "int64"),
        "customers": np.array([500 + at % 7 * 30 for at in index], "int64")})
    products = min(orders, 900)
    return Trade(
        months=months,
        products=pd.DataFrame({
            "product_no": np.arange(products), "revenue": (np.exp(rng.normal(16, 2, products)) * 10).astype("int64"),
            "orders": rng.integers(1, max(orders // 20, 2), products),
            "customers": rng.integers(1, max(len(snapshot) // 20, 2), products),
            "pieces": rng.integers(1, 9_000, products) * 1000, "returned_pieces": rng.integers(0, 9, products) * 1000,
            "returned_money": rng.integers(0, 9, products) * 1_000_000,
            "last_sale": day_number(basis.as_of) - rng.integers(0, 90, products)}),
        orders=pd.DataFrame({
            "order_no": np.arange(orders), "amount": (np.exp(rng.normal(9.4, 1.1, orders)) * 10_000).astype("int64"),
            "items": rng.integers(1, 60, orders) ** 2 // 8 * 1000 + 1000}),
        customer_orders=_customer_orders(rng, snapshot), baskets=_baskets(snapshot), habits=_habits(snapshot),
        activity=empty(PRODUCT_ACTIVITY), gifts=41)


def _baskets(snapshot: pd.DataFrame) -> pd.DataFrame:
    """BASKETS: of each customer one category of three, of some with costs, of some with returns."""
    rows = snapshot.sort_values("customer_no")
    number, money = rows["customer_no"].to_numpy(), rows["monetary"].to_numpy()
    returned = np.where(number % 6 == 0, money // 4, 0)
    costed = np.where(number % 2 == 0, money, 0)
    return pd.DataFrame({"customer_no": number, "category_no": number % 3, "sold": money + returned,
                         "returned": returned, "costed": costed, "cost": costed * 7 // 10}).astype(BASKETS)


def _habits(snapshot: pd.DataFrame) -> pd.DataFrame:
    number = np.sort(snapshot["customer_no"].to_numpy())
    return pd.DataFrame({"customer_no": number, "product_no": number % 7, "channel_no": number % 4}).astype(HABITS)


def _goods(hostile: bool) -> list[str]:
    return [*HOSTILE_NAMES[:3], *PRODUCTS[3:]] if hostile else list(PRODUCTS)


def _alerts(hostile: bool) -> pd.DataFrame:
    """ALERTS: five products to push, four that come back, six of little margin."""
    names = [name.replace("\ud83d", "") for name in _goods(hostile)]
    kinds = [("push", "push")] * 5 + [("returns", "hold")] * 4 + [("margin", way) for way in (
        "stop", "supplier", "supplier", "price", "price", "price")]
    rows = [(kind, at, names[at % len(names)], 50 - at, 80 - at, .05 + .3 * (kind == "returns"), 9 * 10**9 - at,
             -.1 + at / 50 if kind == "margin" else .4, 10**8 * (at - 6), way) for at, (kind, way) in enumerate(kinds)]
    return pd.DataFrame(rows, columns=list(ALERTS)).astype(ALERTS)


def _worklist(bare: pd.DataFrame, purchases: pd.DataFrame, forecast: pd.DataFrame, beside: tuple[Trade, bool],
              as_of: date) -> Worklist:
    """The list as the night makes it, with contacts of some customers and a tenth held back."""
    trade, hostile = beside
    known = Known(
        bare.sort_values("customer_no", ignore_index=True), purchases, forecast, trade.baskets, trade.habits,
        bare[list(CUSTOMERS)], _contacts(bare, as_of), {0: "Краски", 1: "Инструмент", 2: ""},
        {0: "Сайт", 1: "Опт", 2: "小红书", 3: ""})
    rules, holdout = Outreach(capacity=40), Holdout(Fraction(1, 10))
    back = held(known.snapshot["customer_id"].tolist(), "2026-Q4", holdout.share)
    outreach = assess(known, rules, Draw("model", 0.2, back), as_of)
    scale = scale_by(goods_of(known.baskets, known.snapshot, known.categories), rules)
    return Worklist(rules, holdout, "model", 0.2, False, "2026-Q4", outreach, _effects(bare, as_of), empty(OFFERS),
                    USUAL_PRODUCT_RULES, _alerts(hostile) if len(bare) else empty(ALERTS), scale)


def _effects(bare: pd.DataFrame, as_of: date) -> Effects:
    """A year of offers to everybody, a tenth held back, who bought a little less."""
    number, segment = bare["customer_no"].to_numpy(), bare["segment"].to_numpy(dtype=object)
    back = number % 10 == 0
    offers = pd.DataFrame({"campaign": np.where(number % 3, "2026-Q3", "2026-Q2"), "customer_no": number,
                           "day": day_number(as_of) - 60 - number % 90, "segment": segment, "held": back})
    bought = number % np.where(back, 4, 3) == 0
    orders = pd.DataFrame({"customer_no": number[bought], "day": offers["day"].to_numpy()[bought] + 9,
                           "amount": 90_000_000 + number[bought] * 10_000}).astype(PURCHASES)
    made = pd.DataFrame({"customer_no": number[~back], "day": offers["day"].to_numpy()[~back] + 2,
                         "outcome": "called", "next_day": 0}).astype(CONTACTS)
    return effects(offers.astype(OFFERS), made, orders, as_of, Holdout(Fraction(1, 10)))


def _contacts(bare: pd.DataFrame, as_of: date) -> pd.DataFrame:
    numbers = np.sort(bare["customer_no"].to_numpy())[::9]
    outcomes = ("called", "wrote", "refused", "bought")
    return pd.DataFrame({
        "customer_no": numbers, "day": day_number(as_of) - numbers % 40,
        "outcome": [outcomes[number % 4] for number in range(len(numbers))],
        "next_day": np.where(numbers % 2, day_number(as_of) + 1, 0)}).astype(CONTACTS)


def _customer_orders(rng: np.random.Generator, snapshot: pd.DataFrame) -> pd.DataFrame:
    """CUSTOMER_ORDERS: as many counting ones as each customer has, of its money together, and some returns."""
    rows = snapshot.sort_values("customer_no")
    number, ends = rows["frequency"].to_numpy(), np.cumsum(rows["frequency"].to_numpy()) - 1
    first, last, worth = (np.repeat(rows[name].to_numpy(), number)
                          for name in ("first_purchase", "last_purchase", "monetary"))
    amount = worth // np.repeat(number, number)
    amount[ends] += rows["monetary"].to_numpy() % number
    day = first + (rng.random(len(first)) * (last - first + 1)).astype("int64")
    day[ends] = rows["last_purchase"].to_numpy()
    columns = {"customer_no": np.repeat(rows["customer_no"].to_numpy(), number), "order_no": np.arange(len(day)) + 1,
               "day": day, "amount": amount, "items": rng.integers(1, 40, len(day)) * 1000,
               "returned": rng.random(len(day)) < 0.05, "counts": np.ones(len(day), bool)}
    return pd.DataFrame(columns).astype(CUSTOMER_ORDERS).sort_values(["customer_no", "day", "order_no"],
                                                                     ignore_index=True)


def _named(orders: pd.DataFrame, hostile: bool) -> pd.DataFrame:
    numbers = orders["order_no"].tolist()
    names = [f"ТД00-{number:06d}" if number % 3 else "" for number in numbers]
    documents = [f"РТ-{number:07d}" + (f"\nРТ-{number + 1:07d}" if number % 11 == 0 else "") for number in numbers]
    if hostile:
        names[: len(HOSTILE_NAMES)] = HOSTILE_NAMES[: len(names)]
        documents[: len(HOSTILE_NAMES)] = HOSTILE_NAMES[: len(names)]
    return orders.assign(order=pd.Series(names, dtype="object"), documents=pd.Series(documents, dtype="object"))


def _trends(rng: np.random.Generator, snapshot: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """TRENDS: tonight's figures, and those of earlier days as if fewer had bought then."""
    parts = []
    for day in (*trend_days(as_of), as_of) if len(snapshot) else ():
        share = 1 - (as_of - day).days / 1500
        then = snapshot.head(max(1, round(len(snapshot) * share * rng.uniform(0.98, 1))))
        shown = snapshot if day == as_of else then
        parts += points(shown, shown["segment"].to_numpy("object"), day)
    return trends(parts, 365, day_number(as_of) - 900)


def _history(rng: np.random.Generator, snapshot: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """HISTORY: one earlier move of every fourth customer, and tonight's."""
    rows = snapshot.iloc[::4]
    earlier = pd.DataFrame({
        "as_of": day_number(as_of) - rng.integers(1, 182, len(rows)), "customer_no": rows["customer_no"],
        "from_segment": rng.choice(["", *SEGMENTS], len(rows)), "to_segment": rows["previous_segment"],
        "cause": "own_order"})
    moved = snapshot[snapshot["segment"] != snapshot["previous_segment"]]
    tonight = pd.DataFrame({"as_of": day_number(as_of), "customer_no": moved["customer_no"],
                            "from_segment": moved["previous_segment"], "to_segment": moved["segment"],
                            "cause": "ageing"})
    return pd.concat([earlier, tonight]).astype(HISTORY).sort_values(["as_of", "customer_no"], ignore_index=True)


def _products(products: pd.DataFrame, hostile: bool) -> pd.DataFrame:
    names = [PRODUCTS[number % 7] + (f" ({number})" if number >= 7 else "") for number in range(len(products))]
    if hostile:
        names = [*HOSTILE_NAMES[6:], *names][: len(products)]
    ranked = products.sort_values("revenue", ascending=False, ignore_index=True)
    return ranked.assign(product=pd.Series(names, dtype="object"))


def _figures(snapshot: pd.DataFrame) -> Figures:
    orders, revenue = int(snapshot["frequency"].sum()), int(snapshot["monetary"].sum())
    recent = day_number(AS_OF) - 29
    return Figures(customers=len(snapshot), orders=orders, revenue=revenue, average_order=revenue // max(orders, 1),
                   active=int((snapshot["recency_days"] <= 90).sum()),
                   newcomers=int((snapshot["first_purchase"] >= recent).sum()))


def _without_purchase(hostile: bool) -> pd.DataFrame:
    names = ["Возвратный покупатель", "=1+1" if hostile else "ИП Обмен"]
    return pd.DataFrame({"customer_id": [customer_id(name) for name in names], "customer": names,
                         "monetary": [-125_000_000, -10_000]})
