"""What the lists call their ids and columns: tags, tiers, states, headings; and alerts of products."""

from __future__ import annotations

from collections.abc import Mapping

from rfm_service.ports import Texts


def risk_tag_labels(texts: Texts) -> Mapping[str, str]:
    """Risk tag -> label; who has none has no label."""
    return {
        "long_silent": texts("Silent for long"),
        "out_of_rhythm": texts("Out of rhythm"),
        "spend_drop": texts("Buys much less"),
        "active_high": texts("Large, buys now"),
    }


def value_tier_labels(texts: Texts) -> Mapping[str, str]:
    """Value tier -> label."""
    return {
        "high": texts("High"),
        "middle": texts("Middle"),
        "low": texts("Low"),
    }


def growth_labels(texts: Texts) -> Mapping[str, str]:
    """Growth type -> label."""
    return {
        "growing": texts("Buys more"),
        "stable": texts("Buys as before"),
        "declining": texts("Buys less"),
        "promising_new": texts("New, with a large order"),
        "new": texts("New, with one order"),
    }


def potential_labels(texts: Texts) -> Mapping[str, str]:
    """Potential -> label."""
    return {
        "star": texts("Star"),
        "potential": texts("With potential"),
        "ordinary": texts("Ordinary"),
    }


def situation_labels(texts: Texts) -> Mapping[str, str]:
    """What a contact is about -> label."""
    return {
        "silent": texts("Has not bought for long"),
        "dropped": texts("Buys less than before"),
        "active": texts("Buys now"),
        "new": texts("Ordered for the first time"),
    }


def state_labels(texts: Texts) -> Mapping[str, str]:
    """Where a customer is as to the list of the day -> a plain sentence."""
    return {
        "listed": texts("On the list"),
        "held": texts("Left without contact on purpose, for comparison"),
        "full": texts("There is a reason, but the day of the sales manager is full"),
        "waits": texts("Contacted lately, or a later day is agreed"),
        "often": texts("Contacted as often as may be in 30 days"),
        "refused": texts("Did not want to be contacted"),
        "do_not_contact": texts("1C says not to contact"),
        "single_order": texts("Ordered only once"),
        "long_gone": texts("Silent for so long that a contact hardly helps"),
        "all_returned": texts("Returned everything"),
        "no_reason": texts("No reason to contact today"),
    }


def outreach_headings(texts: Texts, currency: str) -> Mapping[str, str]:
    """Column of OUTREACH and of the lists -> heading."""
    return {
        "priority": texts("Priority"),
        "reason": texts("Why"),
        "action": texts("What to do"),
        "phone": texts("Phone"),
        "channel": texts("Sales channel"),
        "favourite": texts("Mostly buys"),
        "expected": texts("Expected of a contact, {currency}", currency=currency),
        "last_contact": texts("Last contact"),
        "state": texts("Today's list"),
        **_standing(texts),
        **_reckoning(texts, currency),
    }


def _standing(texts: Texts) -> Mapping[str, str]:
    """What is known of a customer beside RFM."""
    return {
        "value_tier": texts("Value tier"),
        "growth": texts("How buying changes"),
        "clv": texts("Worth of the customer, 0 to 100 points"),
        "potential": texts("Potential"),
        "risk_tag": texts("What stands out"),
        "warning_line": texts("Warning line, days"),
    }


def _reckoning(texts: Texts, currency: str) -> Mapping[str, str]:
    """What a priority is made of."""
    return {
        "observed_returns": texts("Came back, share of money"),
        "personal_cycle": texts("Own pause between purchases, days"),
        "category_cycle": texts("Usual pause for such goods, days"),
        "rhythm_line": texts("Mostly silent not longer than, days"),
        "uplift": texts("Weight of the silence"),
        "margin": texts("Margin of an order, {currency}", currency=currency),
        "return_rate": texts("Expected to come back, share of money"),
        "touch_cost": texts("Cost of a contact, {currency}", currency=currency),
    }


def alert_labels(texts: Texts) -> Mapping[str, str]:
    """Kind of an alert of products -> label."""
    return {
        "push": texts("To push"),
        "returns": texts("Come back too often"),
        "margin": texts("Bring too little"),
    }


def product_advice(texts: Texts) -> Mapping[str, str]:
    """Advice on a product -> what to do, in a line."""
    return {
        "push": texts("Offer it to more customers, keep it in stock"),
        "hold": texts("Do not promote it until it is known why it comes back"),
        "stop": texts("Sells below its cost: stop it or raise the price"),
        "supplier": texts("Look for a better purchase price, or raise the price"),
        "price": texts("Raise the price, spare discounts"),
    }
