"""Today's list for the page: whom to contact, the rows in the list's order.

The page says why and what to do itself, from ids and figures: a list that holds everybody would be too long in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rfm_service.analysis.outreach.actions import chosen, wording
from rfm_service.analysis.outreach.reasons import reason_parts
from rfm_service.dashboard import packing
from rfm_service.dashboard.cells import Ints, chances, texts_of, whole_units
from rfm_service.dashboard.packing import Column
from rfm_service.domain.findings import Findings, Worklist
from rfm_service.domain.outreach import BANDS
from rfm_service.domain.values import day_number
from rfm_service.drawing.product_alerts import alert_rules
from rfm_service.ports import Texts
from rfm_service.texts.plain import plain

MOST_LISTED = 20_000
"""So many of the list are on the page, those with the highest priority."""
HUNDREDTHS = 100
TAGS = ("risk_tag", "value_tier", "growth", "potential", "channel", "favourite")
DAYS = ("personal_cycle", "category_cycle", "warning_line", "rhythm_line", "clv", "touch_cost", "planned")


def listed(findings: Findings) -> pd.DataFrame:
    """The customers of the list that are on the page, in its order."""
    return findings.today.head(MOST_LISTED)


def worklist_facts(findings: Findings, rows: pd.DataFrame, languages: Sequence[Texts]) -> Mapping[str, Any]:
    """What is no column of the list `rows`: its day, its whole length, how it was made, and what is told in words."""
    made = findings.worklist
    _, found = chosen(rows, made.rules.actions)
    return {
        "day": day_number(findings.basis.as_of) + 1, "customers": int((findings.snapshot["state"] == "listed").sum()),
        "mode": made.mode, "lift": made.lift, "measured": made.measured, "capacity": made.rules.capacity,
        "cooldown": made.rules.caps.cooldown_days, "bands": list(BANDS),
        "weights": [float(weight) for weight in made.rules.orders_dampening],
        "products": {texts.language: alert_rules(made.products, texts) for texts in languages},
        "actions": {texts.language: [plain(wording(action, texts)) for action in found] for texts in languages}}


def worklist(rows: pd.DataFrame, made: Worklist, row: Ints) -> Mapping[str, Column]:
    """The columns of the list `rows`; `row` is the row of each among the customers of the page.

    Shares in 1/10 000, priority and uplift in hundredths, money in 1/10 000 of whole units. `why` are ids of the parts
    of the reason, `action` numbers of worklist_facts, `rate` the share of money foretold that is margin (S3-01).
    """
    return {
        "row": packing.numbers(row),
        "priority": _hundredths(rows["priority"]), "uplift": _hundredths(rows["uplift"]),
        "margin": whole_units(rows["margin"]), "expected": whole_units(rows["expected"]),
        "observed_returns": chances(rows["observed_returns"]), "return_rate": chances(rows["return_rate"]),
        "rate": chances(margin_rates(rows, made)),
        "why": packing.texts(reason_parts(rows).tolist()),
        "action": packing.numbers(chosen(rows, made.rules.actions)[0]),
        **{name: packing.numbers(rows[name].to_numpy().astype(np.int64)) for name in DAYS},
        **{name: texts_of(rows[name]) for name in TAGS}}


def margin_rates(rows: pd.DataFrame, made: Worklist) -> pd.Series[float]:
    """Which share of the money foretold is margin, read back from what a contact is expected to bring (S3-01).

    0 where priorities are not reckoned from money foretold.
    """
    base = made.lift * rows["spend30"].to_numpy() * (1.0 - rows["return_rate"].to_numpy())
    gain = (rows["expected"] + rows["touch_cost"]).to_numpy().astype(np.float64)
    known = (base >= 1.0) & (made.mode == "model")
    return pd.Series(np.divide(gain, base, out=np.zeros(len(rows)), where=known), index=rows.index)


def states(customers: pd.DataFrame) -> Mapping[str, Column]:
    """Where each customer of the page is as to the list, and the day number of its last contact (0: none)."""
    return {"state": packing.texts(customers["state"].tolist()),
            "last_contact": packing.numbers(customers["last_contact"].to_numpy().astype(np.int64))}


def _hundredths(values: pd.Series[Any]) -> Column:
    return packing.numbers(np.rint(values.to_numpy() * HUNDREDTHS).astype(np.int64))
