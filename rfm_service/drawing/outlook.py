"""What the forecast and its card say: sentences and rows that the page and the workbook share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from rfm_service.analysis.forecasting.totals import total_of
from rfm_service.domain.findings import LEAST_CUSTOMERS, LEAST_DAYS, Findings, Gate
from rfm_service.domain.forecasts import LONG, ForecastCard, GroupScore, Score, Total
from rfm_service.drawing.totals import ordered, segment_order
from rfm_service.ports import Texts
from rfm_service.texts.labels import method_labels

CHANCE = 0.8
"""How often the truth lies in an interval."""


@dataclass(frozen=True)
class Judged:
    """One method of the card as it is shown: its name, AUC, Brier score, predicted / actual."""

    name: str
    auc: str
    brier: str
    ratio: str


def gate_sentence(gate: Gate, texts: Texts) -> str:
    """What the data gate says; '' where it is passed."""
    if gate.passed:
        return ""
    told = []
    if gate.customers < LEAST_CUSTOMERS:
        told.append(texts("Too few customers yet: {found} (at least {least} are needed).",
                          found=texts.number(gate.customers), least=texts.number(LEAST_CUSTOMERS)))
    if gate.days < LEAST_DAYS:
        told.append(texts("Too few days of sales yet: {found} (at least {least} are needed).",
                          found=texts.number(gate.days), least=texts.number(LEAST_DAYS)))
    return " ".join([*told, texts("Scores, segments by score and forecasts are not to be relied on.")])


def outlook_sentence(findings: Findings, texts: Texts) -> str:
    """What is foretold for the next 90 days, of all customers that are listed tonight; '' where nobody is."""
    if findings.snapshot.empty:
        return ""
    levels = findings.forecast.levels
    every = findings.forecast.frame[["p90", "spend90"]].sum()
    buyers = total_of(findings.snapshot, "p90", levels, float(every["p90"]))
    spend = total_of(findings.snapshot, "spend90", levels, float(every["spend90"]))
    return texts("Of {all} customers {buyers} will order within {days}, for {money} (an {chance} range of {low} to "
                 "{high}).", chance=texts.percent(CHANCE),
                 all=texts.number(len(findings.snapshot)), buyers=texts.number(round(buyers.predicted)),
                 days=texts.plural("{count} day", "{count} days", LONG),
                 money=texts.compact(round(spend.predicted)), low=texts.compact(round(spend.low)),
                 high=texts.compact(round(spend.high)))


def method_sentence(findings: Findings, texts: Texts) -> str:
    """By which method tonight's forecast is made, and why."""
    forecast, named = findings.forecast, method_labels(texts)
    told = {"method": named[forecast.method]}
    if forecast.instead:
        return texts("The last completed forecast did worse than a simple rule: tonight's comes from that rule, "
                     "{method}.", **told)
    if forecast.trials:
        return texts("Made by {method}, the best on this firm's own past nights.", **told)
    return texts("Made by {method}: too little past to compare methods.", **told)


def card_sentence(findings: Findings, texts: Texts) -> str:
    """How the last completed forecast came true, in one sentence."""
    card = findings.card
    if card is None and findings.gate.days > LONG:
        return texts("Too few customers are known for long enough to judge a forecast by.")
    if card is None:
        return texts("No forecast is complete yet: the first one can be judged from {day} on.",
                     day=texts.day(findings.basis.as_of + timedelta(days=max(1, LONG - findings.gate.days + 1))))
    every = card.groups[0]
    buyers = texts("The forecast of {day} for {days}: {predicted} customers were awaited (an {chance} range of {low} "
                   "to {high}), {actual} ordered.", day=texts.day(card.as_of), chance=texts.percent(CHANCE),
                   days=texts.plural("{count} day", "{count} days", card.days),
                   actual=texts.number(every.bought), **_interval(every.buyers, texts.number))
    money = texts("Money: {predicted} was awaited ({low} to {high}), {actual} came.",
                  actual=texts.compact(every.spent), **_interval(every.spend, texts.compact))
    return f"{buyers} {money} {_missed(every, texts)}".strip()


def _missed(every: GroupScore, texts: Texts) -> str:
    """What came and was not foretold; '' where all lies in its interval."""
    buyers, spend = within(every.buyers, every.bought), within(every.spend, every.spent)
    if not buyers and not spend:
        return texts("Both lie outside of the range.")
    if not buyers:
        return texts("The number of customers lies outside of the range.")
    return "" if spend else texts("The money lies outside of the range.")


def verdict(card: ForecastCard, texts: Texts) -> str:
    """Whether a simple rule had been better."""
    named = method_labels(texts)
    if card.better:
        return texts("A simple rule was better: {method}.", method=named[card.better])
    if card.ranked_worse:
        return texts("It was closer than the simple rules, though one of them ordered customers better.")
    return texts("It was better than the simple rules.")


def morning_verdict(findings: Findings, texts: Texts) -> str:
    """The verdict without names of methods; '' where no forecast is complete."""
    card = findings.card
    if findings.forecast.instead:
        return texts("Another method was closer; tonight's forecast comes from it.")
    if card and card.better:
        return texts("Another method was closer.")
    return verdict(card, texts) if card else ""


def judged(card: ForecastCard, texts: Texts) -> list[Judged]:
    """The methods of a card, the forecast itself first."""
    named, bought = method_labels(texts), card.groups[0].bought
    return [_judged(score, named, bought, texts) for score in card.scores]


def _judged(score: Score, named: Mapping[str, str], bought: int, texts: Texts) -> Judged:
    ratio = texts.number(score.predicted / bought, 2) if bought else "—"
    return Judged(named[score.method], texts.number(score.auc, 3), texts.number(score.brier, 3), ratio)


def by_segment_of(card: ForecastCard, findings: Findings) -> list[GroupScore]:
    """The segments of a card, the best first."""
    known = {group.segment: group for group in card.groups[1:]}
    return [known[segment] for segment in ordered(known, segment_order(findings.basis))]


def within(total: Total, actual: float) -> bool:
    """Whether what came lies in the interval as it is shown, in whole numbers."""
    return round(total.low) <= actual <= round(total.high)


def _interval(total: Total, written: Callable[[int], str]) -> dict[str, str]:
    return {"predicted": written(round(total.predicted)), "low": written(round(total.low)),
            "high": written(round(total.high))}
