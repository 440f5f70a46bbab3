"""What ids of outreach are called: alerts of products and what to do about them."""

from __future__ import annotations

from collections.abc import Mapping

from rfm_service.ports import Texts


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
