"""How a forecast of a cut-off did against what came."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from rfm_service.analysis.forecasting.card import Made, card
from rfm_service.analysis.forecasting.forecast import forecast
from rfm_service.domain.forecasts import Forecast, ForecastCard
from rfm_service.domain.values import day_of


@dataclass(frozen=True)
class Judged:
    made: Forecast
    card: ForecastCard
    next_day: pd.Series

    def score(self, method: str, measure: str) -> float:
        return next(getattr(each, measure) for each in self.card.scores[1:] if each.method == method)

    def ours(self, measure: str) -> float:
        return float(getattr(self.card.scores[0], measure))

    def held(self, within: int) -> float:
        """The share of next orders, of those within so many days, that fell between due_from and due_to."""
        rows = self.made.frame.assign(next=self.next_day.reindex(self.made.frame["customer_no"]).to_numpy())
        from_as_of = rows["next"] - (rows["due_from"].min() - 1)
        came = rows[from_as_of <= within]
        return float(came["next"].between(came["due_from"], came["due_to"]).mean())


def judged(purchases: pd.DataFrame, as_of: int) -> Judged:
    """The forecast of a day number, its card with segments by thirds of p90, and when customers came next."""
    made = forecast(purchases[purchases["day"] <= as_of], day_of(as_of))
    thirds = pd.cut(made.frame["p90"].rank(pct=True), [0, 1 / 3, 2 / 3, 1], labels=["low", "middle", "high"])
    segments = made.frame[["customer_no"]].assign(segment=thirds.astype(str))
    found = card(Made(made.frame, made.as_of, made.method, segments), purchases)
    return Judged(made, found, purchases[purchases["day"] > as_of].groupby("customer_no")["day"].min())
