"""What lifecycle and classes tell, in a sentence."""

from __future__ import annotations

from rfm_service.domain.standings import Unseen
from rfm_service.ports import Texts


def unseen_sentence(found: Unseen, texts: Texts) -> str:
    """What ABC cannot see: how many of class A have been silent for too long, and their money; '' where nobody has."""
    if not found.silent:
        return ""
    return texts.plural(
        "{count} of {all} class A customers ({money}) has been silent for longer than is usual for them. "
        "ABC cannot see it.",
        "{count} of {all} class A customers ({money}) have been silent for longer than is usual for them. "
        "ABC cannot see it.",
        found.silent, all=texts.number(found.customers), money=texts.compact(found.silent_money))
