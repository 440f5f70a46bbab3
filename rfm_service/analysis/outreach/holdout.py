"""Who is held back from the lists for comparison: drawn by customer and campaign, alike on every machine."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from rfm_service.analysis.grouping import Flags
from rfm_service.domain.outreach import Holdout

_BITS = 64


def held(customer_ids: Sequence[str], campaign: str, share: Fraction) -> Flags:
    """Whether each customer is held back in a campaign: where its draw, of SHA-256, lies below the share."""
    border = share * (1 << _BITS)
    return np.array([_draw(each, campaign) < border for each in customer_ids], np.bool_)


def _draw(customer_id: str, campaign: str) -> int:
    told = f"{campaign}\0{customer_id}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(told).digest()[:_BITS // 8])


def campaign_of(holdout: Holdout, as_of: date) -> str:
    """The campaign of the list after as_of: the one that is set, else the quarter of its day."""
    listed = as_of + timedelta(days=1)
    return holdout.campaign or f"{listed.year}-Q{(listed.month + 2) // 3}"


def last_night(campaign: str) -> date | None:
    """The as_of of the last list of a campaign named by its quarter; None for other names."""
    found = re.fullmatch(r"([1-9]\d{3})-Q([1-4])", campaign, re.ASCII)
    if not found:
        return None
    year, month = divmod(int(found[1]) * 12 + int(found[2]) * 3, 12)
    return date(year, month + 1, 1) - timedelta(days=2)
