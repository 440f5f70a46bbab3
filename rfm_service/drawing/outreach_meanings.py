"""What each column of the lists means, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from rfm_service.ports import Texts


def outreach_meanings(texts: Texts) -> Mapping[str, str]:
    """Column of customers that comes from the list of the day -> what it means."""
    return {
        "value_tier": texts("High, middle or low, by the money and the orders of the period."),
        "growth": texts("The last half year beside the half year before."),
        "clv": texts("By the past, the activity and the growth of the customer together; 100 is the best."),
        "potential": texts("A star, with potential or ordinary, by these points."),
        "risk_tag": texts("The most pressing thing to know; empty: nothing."),
        "warning_line": texts("After so many days of silence the customer counts as going."),
        "state": texts("Whether the customer is to be contacted on the day after the report, and else why not."),
        "last_contact": texts("The last contact that somebody wrote down."),
    }


def list_meanings(texts: Texts) -> Mapping[str, str]:
    """Column of the list of the day -> what it means."""
    return {
        "priority": texts("Whom to contact first: the higher, the sooner."),
        "reason": texts("Why this customer and why now."),
        "action": texts("What to do, by value tier, sales channel and occasion; the settings can say otherwise."),
        "phone": texts("From the customer's card in 1C."),
        "favourite": texts("What is in most of the customer's orders."),
        "recency_days": texts("Days since the last purchase; 1: bought on the day of the report."),
        "expected": texts("What a contact is expected to bring, its cost taken off; it may be less than nothing."),
        "last_purchase": texts("The last purchase of the period."),
        "channel": texts("Where most of the customer's orders come from."),
        **{name: told for name, told in outreach_meanings(texts).items() if name != "state"},
        **_reckoning(texts),
    }


def _reckoning(texts: Texts) -> Mapping[str, str]:
    return {
        "observed_returns": texts("The share of the money that came back."),
        "personal_cycle": texts("Days between two purchases of this customer on average; empty: too few purchases."),
        "category_cycle": texts("Days within which such goods are usually bought again, from the settings."),
        "rhythm_line": texts("The customer's own rhythm; empty: too few purchases."),
        "uplift": texts("How much a contact is worth by the length of the silence."),
        "margin": texts("What an order of this customer leaves on average."),
        "return_rate": texts("The share of the money that is expected to come back."),
        "touch_cost": texts("What a contact costs: time, calls, a gift."),
    }
