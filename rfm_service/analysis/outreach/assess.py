"""Whom to contact today: every customer assessed, and where it is as to the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.grouping import Flags, frame
from rfm_service.analysis.histories import Histories, Placed, histories, placed
from rfm_service.analysis.outreach import choice, priority, worth
from rfm_service.analysis.outreach.margins import Margins, cycles, goods_of, margins
from rfm_service.analysis.outreach.rhythm import Rhythm, rhythm
from rfm_service.analysis.segments import Names
from rfm_service.domain.outreach import Mode, Outreach
from rfm_service.domain.tables import OUTREACH
from rfm_service.domain.values import day_number


@dataclass(frozen=True)
class Known:
    """What the list of a day is made of, beside the rules.

    SNAPSHOT, PURCHASES of all history, FORECAST, BASKETS, HABITS, CUSTOMERS and CONTACTS as of the night; `categories`
    and `channels`: number -> name.
    """

    snapshot: pd.DataFrame
    purchases: pd.DataFrame
    forecast: pd.DataFrame
    baskets: pd.DataFrame
    habits: pd.DataFrame
    customers: pd.DataFrame
    contacts: pd.DataFrame
    categories: Mapping[int, str]
    channels: Mapping[int, str]


@dataclass(frozen=True)
class Draw:
    """By what a night reckons: the mode, by how much more is bought after a contact, and who is held back."""

    mode: Mode
    lift: float
    held: Flags


@dataclass(frozen=True)
class _Profile:
    """What is found of customers before any priority, one element a row of the SNAPSHOT."""

    bought: Placed
    history: Histories
    channel: Names
    favourite: np.ndarray
    money: Margins
    rhythm: Rhythm
    half: worth.Halves
    tier: Names
    growth: Names
    clv: np.ndarray
    potential: Names
    tag: Names


def assess(known: Known, rules: Outreach, draw: Draw, as_of: date) -> pd.DataFrame:
    """OUTREACH of the customers of a SNAPSHOT, for the list of the day after as_of.

    `draw.held` is an element a row of the SNAPSHOT, which is sorted by customer_no.
    """
    profile = _profile(known, rules, as_of)
    uplift, gain, scores = _reckoned(known, profile, rules, draw)
    touched = choice.touches(known.contacts, known.snapshot["customer_no"].to_numpy(), day_number(as_of) + 1)
    turn = _turn(known, scores, gain, touched.agreed)
    state = choice.seats(choice.states(_standing(known, profile), touched, turn, rules, as_of), draw.held, turn,
                         rules.capacity)
    money, rhythm_ = profile.money, profile.rhythm
    return frame({
        "customer_no": known.snapshot["customer_no"].to_numpy(), "personal_cycle": rhythm_.personal,
        "category_cycle": rhythm_.category, "warning_line": rhythm_.warning, "rhythm_line": rhythm_.line,
        "risk_tag": profile.tag, "value_tier": profile.tier, "growth": profile.growth, "clv": profile.clv,
        "potential": profile.potential, "margin": np.rint(money.margin), "observed_returns": money.observed,
        "return_rate": money.returns, "touch_cost": np.rint(money.touch), "uplift": uplift,
        "expected": np.rint(gain), "priority": scores,
        "situation": worth.situations(profile.tag, profile.growth, profile.history.orders), "state": state,
        "goods": money.category, "channel": profile.channel, "favourite_no": profile.favourite,
        "last_contact": touched.last,
        "planned": np.where(touched.agreed, touched.planned, 0)}, OUTREACH)


def _profile(known: Known, rules: Outreach, as_of: date) -> _Profile:
    snapshot = known.snapshot
    bought = placed(known.purchases, snapshot)
    history = histories(bought, snapshot)
    habits = known.habits.set_index("customer_no").reindex(snapshot["customer_no"])
    channel = habits["channel_no"].map(known.channels).astype(object).fillna("").to_numpy(dtype=object)
    money = margins(goods_of(known.baskets, snapshot, known.categories), channel.tolist(), rules)
    rhythm_ = rhythm(bought, history, snapshot["recency_days"].to_numpy(), cycles(money.category, rules), rules)
    half = worth.halves(bought, history.first, day_number(as_of))
    tier = worth.value_tiers(snapshot, rules, money.scale)
    clv = worth.clv_scores(snapshot, bought, rhythm_, half)
    return _Profile(bought, history, channel, habits["product_no"].fillna(0).to_numpy(np.int64), money, rhythm_, half,
                    tier, worth.growth_types(snapshot, history.orders, half, tier, money.scale.order), clv,
                    worth.potentials(clv), worth.risk_tags(rhythm_, tier, half))


def _reckoned(known: Known, profile: _Profile, rules: Outreach, draw: Draw) -> tuple[Floats, Floats, Floats]:
    """Of each customer the seed's uplift, the money that a contact is expected to bring, and the priority."""
    money, orders = profile.money, known.snapshot["frequency"].to_numpy()
    deal = priority.Deal(money.margin, money.returns, money.touch)
    uplift = priority.seed_uplift(profile.rhythm.silence, profile.rhythm.warning, rules)
    if draw.mode == "seed":
        gain = priority.seed_gain(uplift, deal) * priority.order_weight(orders, rules)
        bonus = priority.bonuses(profile.potential, orders)
        return uplift, gain, priority.priorities(gain, bonus, money.scale.point, rules)
    foretold = known.forecast.set_index("customer_no")["spend30"].reindex(known.snapshot["customer_no"])
    gain = priority.model_gain(draw.lift, foretold.fillna(0).to_numpy(np.float64), money.rate, deal)
    return uplift, gain, priority.ranked(gain, rules)


def _turn(known: Known, scores: Floats, gain: Floats, agreed: Flags) -> choice.Turn:
    who = known.customers.set_index("customer_no").reindex(known.snapshot["customer_no"])
    return choice.Turn(who["manager"].to_numpy(dtype=object), scores, np.rint(gain).astype(np.int64),
                       who["customer_id"].to_numpy(dtype=object), agreed)


def _standing(known: Known, profile: _Profile) -> choice.Standing:
    barred = known.customers.loc[known.customers["do_not_contact"], "customer_no"]
    return choice.Standing(
        profile.rhythm.silence, profile.rhythm.warning, profile.history.orders, profile.history.first,
        profile.money.observed >= 1.0, profile.tag, profile.tier, profile.growth, profile.potential,
        known.snapshot["customer_no"].isin(barred).to_numpy())
