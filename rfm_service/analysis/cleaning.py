"""Which sale lines count at all (DESIGN section 3: line amount, window, returns)."""

from __future__ import annotations

import pandas as pd

from rfm_service.analysis.grouping import Flags
from rfm_service.domain.values import Period, Rules, day_number


def within(lines: pd.DataFrame, period: Period) -> pd.DataFrame:
    """The LINES whose day lies in the period; the frame itself where all of them do."""
    day = lines["day"].to_numpy()
    first, end = day_number(period.first), day_number(period.end)
    if not len(day) or (day.min() >= first and day.max() < end):
        return lines
    return lines[(day >= first) & (day < end)]


def clean(lines: pd.DataFrame, rules: Rules) -> tuple[pd.DataFrame, int]:
    """LINES without gifts (under returns = "ignore" without returns too) and the number of gift lines."""
    gift = gifts(lines, rules)
    number = int(gift.sum())
    dropped = gift | lines["returned"].to_numpy() if rules.returns == "ignore" else gift
    return (lines[~dropped] if dropped.any() else lines), number


def gifts(lines: pd.DataFrame, rules: Rules) -> Flags:
    """Which of the LINES are gifts: of no amount, or below `gift_below` either way."""
    amount = lines["amount"].to_numpy()
    # Amounts are whole, so "0 or under gift_below" is one comparison; a gift may be a return too.
    below = max(rules.gift_below, 1)
    gift: Flags = (amount < below) & (amount > -below)
    return gift


def sales(lines: pd.DataFrame) -> Flags:
    """Which of the LINES are sale lines: not returned and above 0 (a correction is not one)."""
    sale: Flags = ~lines["returned"].to_numpy() & (lines["amount"].to_numpy() > 0)
    return sale
