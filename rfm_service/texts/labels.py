"""What ids and columns are called: segments, tiers, causes, headings."""

from __future__ import annotations

from collections.abc import Mapping

from rfm_service.ports import Texts
from rfm_service.texts.outreach_labels import outreach_headings


def segment_labels(texts: Texts) -> Mapping[str, str]:
    """Segment id -> label; '' is the state of being absent."""
    return {
        "champions": texts("Champions"),
        "loyal": texts("Loyal"),
        "growing": texts("Growing"),
        "promising": texts("Promising"),
        "newcomers": texts("Newcomers"),
        "drifting": texts("Drifting"),
        "at_risk": texts("At risk"),
        "sleeping": texts("Sleeping"),
        "lost": texts("Lost"),
        "potential_loyalist": texts("Potential loyalists"),
        "need_attention": texts("Need attention"),
        "about_to_sleep": texts("About to sleep"),
        "cant_lose": texts("Cannot lose"),
        "hibernating": texts("Hibernating"),
        "recent": texts("Recent"),
        "others": texts("Others"),
        "key_value": texts("Key, of value"),
        "key_development": texts("Key, to develop"),
        "key_retention": texts("Key, to keep"),
        "key_winback": texts("Key, to win back"),
        "general_value": texts("General, of value"),
        "general_development": texts("General, to develop"),
        "general_retention": texts("General, to keep"),
        "general_winback": texts("General, to win back"),
        "": texts("not on the list"),
    }


def segment_advice(texts: Texts) -> Mapping[str, str]:
    """Segment id -> what to do with its customers, in a line; segments of one's own have none."""
    return {
        "champions": texts("Thank them, keep their terms, ask for advice"),
        "loyal": texts("Offer what is new, raise the order"),
        "growing": texts("Help them grow: wider choice, better terms for volume"),
        "promising": texts("Bring them to the next order soon"),
        "newcomers": texts("Welcome them, help with the second order"),
        "drifting": texts("Remind them of yourselves while they still remember"),
        "at_risk": texts("Call first: find out what went wrong"),
        "sleeping": texts("Call the large ones, write to the others"),
        "lost": texts("One last offer to those who brought much"),
        "potential_loyalist": texts("Offer a reason to come back regularly"),
        "need_attention": texts("Make an offer for a short time"),
        "about_to_sleep": texts("Remind them of what they bought"),
        "cant_lose": texts("Call in person, whatever it takes"),
        "hibernating": texts("Write now and then, spend little"),
        "recent": texts("Welcome them, help with the second order"),
        "others": texts("Nothing special: watch where they go"),
        "key_value": texts("Thank them, keep their terms, ask for advice"),
        "key_development": texts("Bring them to order more often"),
        "key_retention": texts("Call first: find out what went wrong"),
        "key_winback": texts("One last offer to those who brought much"),
        "general_value": texts("Offer what is new, raise the order"),
        "general_development": texts("Bring them to the next order soon"),
        "general_retention": texts("Write now and then, spend little"),
        "general_winback": texts("Write now and then, spend little"),
    }


def tier_labels(texts: Texts) -> Mapping[str, str]:
    """Tier id -> label."""
    return {
        "whale": texts("Whale"),
        "large_wholesale": texts("Large wholesale"),
        "wholesale": texts("Wholesale"),
        "small_wholesale": texts("Small wholesale"),
        "retail": texts("Retail"),
    }


def value_labels(texts: Texts) -> Mapping[str, str]:
    """Id of the value axis of the lifecycle -> label."""
    return {
        "vip": texts("VIP"),
        "regular": texts("Regular customers"),
    }


def risk_labels(texts: Texts) -> Mapping[str, str]:
    """Id of the risk axis of the lifecycle -> label; in other words than the segment `at_risk`."""
    return {
        "new": texts("New customers"),
        "active": texts("Bought lately"),
        "steady": texts("Steady"),
        "at_risk": texts("Silent for too long"),
    }


def class_labels(texts: Texts) -> Mapping[str, str]:
    """Class of ABC or XYZ -> label; '' is a customer of too few months."""
    return {
        "A": texts("A: bring most of the money"),
        "B": texts("B: bring the middle part"),
        "C": texts("C: bring the least"),
        "X": texts("X: buy evenly"),
        "Y": texts("Y: buy unevenly"),
        "Z": texts("Z: buy now and then"),
        "": texts("too early to tell"),
    }


def attribute_labels(texts: Texts) -> Mapping[str, str]:
    """Attribute of customers -> label."""
    return {
        "category": texts("Category"),
        "manager": texts("Sales manager"),
    }


def attribute_value(value: str, joined: int, texts: Texts) -> str:
    """What a row of ATTRIBUTES is called: a value as told, none, or `joined` rare ones together."""
    if joined == 1:
        return value
    return texts.plural("{count} other value", "{count} other values", joined) if joined else texts("not stated")


def step_labels(texts: Texts) -> Mapping[str, str]:
    """Step of a night -> label."""
    return {
        "collect": texts("collect"),
        "fetch": texts("fetch"),
        "store": texts("store"),
        "summarise": texts("summarise"),
        "score": texts("score"),
        "compare": texts("compare"),
        "keep": texts("keep"),
        "render": texts("render"),
        "publish": texts("publish"),
        "announce": texts("announce"),
        "notify": texts("notify"),
        "backup": texts("backup"),
    }


def row_labels(texts: Texts) -> Mapping[str, str]:
    """What the ledger counts -> label."""
    return {
        "customers": texts("customers"),
        "documents": texts("documents"),
        "lines": texts("sale lines"),
        "quarantine": texts("in quarantine"),
        "snapshots": texts("nights"),
    }


def cause_labels(texts: Texts) -> Mapping[str, str]:
    """Cause of a move -> label."""
    return {
        "customers_merged": texts("customers were merged"),
        "settings_changed": texts("settings were changed"),
        "document_changed": texts("a document was corrected or came late"),
        "ageing": texts("time passed without a purchase"),
        "return": texts("a return"),
        "own_order": texts("a purchase"),
        "cuts_moved": texts("score borders moved"),
    }


def outcome_labels(texts: Texts) -> Mapping[str, str]:
    """What came of a contact, by id -> label; a program reads filled lists back by these."""
    return {
        "called": texts("Called"),
        "wrote": texts("Wrote"),
        "refused": texts("Refused"),
        "bought": texts("Purchased"),
    }


def headings(texts: Texts, currency: str) -> Mapping[str, str]:
    """Column -> heading; money columns name the currency sign."""
    return {
        "customer": texts("Customer"),
        "customer_id": texts("Customer id"),
        "recency_days": texts("Recency, days"),
        "frequency": texts("Orders"),
        "monetary": texts("Spent, {currency}", currency=currency),
        "order_interval_days": texts("Orders every, days"),
        "segment": texts("RFM segment"),
        "tier": texts("Wholesale segment"),
        "email": texts("E-mail"),
        "manager": texts("Sales manager"),
        "r": texts("R score"),
        "f": texts("F score"),
        "m": texts("M score"),
        "previous_segment": texts("Previous segment"),
        "first_purchase": texts("First purchase"),
        "last_purchase": texts("Last purchase"),
        "orders_returned": texts("Orders with returns"),
        "from_segment": texts("From segment"),
        "to_segment": texts("To segment"),
        "cause": texts("Cause"),
        "detail": texts("Details"),
        "customers": texts("Customers"),
        "share": texts("Share of customers"),
        "money": texts("Money, {currency}", currency=currency),
        "money_share": texts("Share of money"),
        "came": texts("Came last night"),
        "advice": texts("What to do"),
        "left": texts("Left last night"),
        **_value_headings(texts, currency),
        **outreach_headings(texts, currency),
    }


def _value_headings(texts: Texts, currency: str) -> Mapping[str, str]:
    """Headings of what stands beside RFM."""
    return {
        "p30": texts("Chance to order in 30 days"),
        "p90": texts("Chance to order in 90 days"),
        "spend30": texts("Expected in 30 days, {currency}", currency=currency),
        "spend90": texts("Expected in 90 days, {currency}", currency=currency),
        "spend_low": texts("Expected, at least, {currency}", currency=currency),
        "spend_high": texts("Expected, at most, {currency}", currency=currency),
        "buyers90": texts("Buyers in 90 days"),
        "due": texts("Next order due"),
        "due_from": texts("Next order, not before"),
        "due_to": texts("Next order, not after"),
        "value": texts("Value"),
        "risk": texts("Risk"),
        "abc": "ABC",
        "xyz": "XYZ",
        "cohort": texts("First month"),
        "tenure_days": texts("Customer for, days"),
        "mean_tenure": texts("Customers for, days on average"),
        "churn_threshold": texts("Unusual silence from, days"),
        "orders_ever": texts("Orders ever"),
        "revenue_ever": texts("Bought ever, {currency}", currency=currency),
        "aov": texts("Average order, {currency}", currency=currency),
        "arpu": texts("Money a customer, {currency}", currency=currency),
        "churn": texts("Left in 90 days"),
        "churn_low": texts("Left, at least"),
        "churn_high": texts("Left, at most"),
    }


def setting_labels(texts: Texts) -> Mapping[str, str]:
    """Setting that shapes figures -> label."""
    return {
        "timezone": texts("Time zone"),
        "currency": texts("Currency"),
        **_rule_settings(texts),
        **_value_settings(texts),
        **{f"tiers.{tier}": texts("“{tier}” from, in two months", tier=name)
           for tier, name in tier_labels(texts).items() if tier != "retail"},
    }


def _rule_settings(texts: Texts) -> Mapping[str, str]:
    return {
        "rfm.window_days": texts("Period of the figures, days"),
        "rfm.gift_below": texts("Gifts: sums below"),
        "rfm.own_companies": texts("Own companies left out"),
        "rfm.exclude_customers": texts("Excluded customers"),
        "rfm.returns": texts("Returns"),
        "rfm.preset": texts("Set of segments"),
        "rfm.thresholds": texts("Own rules of segments"),
        "rfm.fallback": texts("Segment of all others"),
        "rfm.high_score": texts("High score from"),
        "rfm.cuts": texts("Score borders are drawn"),
        "rfm.cuts.r": texts("Score borders of recency, days"),
        "rfm.cuts.f": texts("Score borders of orders"),
        "rfm.cuts.m": texts("Score borders of money"),
    }


def _value_settings(texts: Texts) -> Mapping[str, str]:
    return {
        "lifecycle.vip_orders": texts("VIP from orders"),
        "lifecycle.vip_money": texts("VIP from money"),
        "lifecycle.over": texts("VIP by purchases"),
        "lifecycle.new_days": texts("New for, days"),
        "lifecycle.active_days": texts("Bought lately: days"),
        "lifecycle.silent_days": texts("Silent for too long from, days"),
        "lifecycle.rhythm": texts("Silence is measured by"),
        "lifecycle.churn_multiplier": texts("Unusual silence, in usual intervals"),
        "lifecycle.churn_floor_days": texts("Unusual silence at least, days"),
        "classes.a": texts("Class A up to, % of money"),
        "classes.b": texts("Class B up to, % of money"),
        "classes.x": texts("Class X up to, % of variation"),
        "classes.y": texts("Class Y up to, % of variation"),
        "classes.least_months": texts("Months needed for X, Y, Z"),
    }


def setting_values(texts: Texts) -> Mapping[str, str]:
    """Value of a setting that is a word -> how it is said; '' is none."""
    return {
        "monthly": texts("once a month"),
        "nightly": texts("every night"),
        "net": texts("taken off"),
        "ignore": texts("not looked at"),
        "window": texts("of the period"),
        "ever": texts("of all time"),
        "fixed": texts("the same days for all"),
        "personal": texts("each customer's own rhythm"),
        "own": texts("own rules"),
        "": "—",
    }


def method_labels(texts: Texts) -> Mapping[str, str]:
    """Method of a forecast -> label."""
    return {
        "mean": texts("the mean of MBG/NBD and a model of this firm's past"),
        "mbg": texts("the MBG/NBD model"),
        "own_past": texts("a model of this firm's past"),
        "bgnbd": texts("the BG/NBD model"),
        "recency": texts("how long ago the last purchase was"),
    }


def label(labels: Mapping[str, str], identity: str) -> str:
    """The label of an id, or its own words where the catalogue knows none."""
    return labels.get(identity) or identity[:1].upper() + identity[1:].replace("_", " ")
