"""How segments, scores and levels are made, in words: what the workbook and the pages say of the rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rfm_service.domain.findings import Findings
from rfm_service.domain.grids import MEASURES, PARTS, SCORES, Axis, Border, Condition, Grid, Quintiles, Rule
from rfm_service.domain.values import LOWEST_TIER, MONEY_SCALE, FixedCuts, Rules
from rfm_service.ports import Texts

LAST_SCORE = 5
SCORE_RANGE: dict[Axis, tuple[int, int]] = {"r": (1, 5), "f": (1, 5), "m": (1, 5), "fm": (2, 10)}


def rule_sentence(rule: Rule, texts: Texts) -> str:
    """What must hold for a rule: "orders ≥ 12, spent ≥ 600 000 ₽, bought less than 90 days ago"."""
    said = [*(_measured(condition, texts) for axis in MEASURES for condition in rule.conditions
              if condition.axis == axis),
            *(_scored(rule.conditions, axis, texts) for axis in (*SCORES, "fm")
              if any(condition.axis == axis for condition in rule.conditions))]
    if rule.cells:
        said.append(texts("scores of recency, orders and money are one of: {cells}",
                          cells=", ".join(map(str, sorted(rule.cells, reverse=True)))))
    return ", ".join(said) or texts("everybody else")


def grid_rules(grid: Grid) -> list[Rule]:
    """The rules of a grid, the first that holds names the segment; the fallback last."""
    return [*grid.rules, *([Rule(grid.fallback)] if grid.fallback else [])]


def _measured(condition: Condition, texts: Texts) -> str:
    line, start = condition.border
    sign = (">" if condition.upper else "≤") if start > line else ("≥" if condition.upper else "<")
    if condition.axis == "frequency":
        return texts("orders {sign} {number}", sign=sign, number=texts.number(line))
    if condition.axis == "monetary":
        return texts("spent {sign} {money}", sign=sign, money=exact_amount(line, texts))
    return {">": texts.plural("no purchase for more than {count} day", "no purchase for more than {count} days", line),
            "≥": texts.plural("no purchase for {count} day or longer", "no purchase for {count} days or longer", line),
            "<": texts.plural("bought less than {count} day ago", "bought less than {count} days ago", line),
            "≤": texts.plural("bought at most {count} day ago", "bought at most {count} days ago", line)}[sign]


def _scored(conditions: Sequence[Condition], axis: Axis, texts: Texts) -> str:
    """The scores that the conditions of an axis leave."""
    low, high = SCORE_RANGE[axis]
    for condition in conditions:
        if condition.axis == axis and condition.upper:
            low = max(low, condition.border.start)
        elif condition.axis == axis:
            high = min(high, condition.border.start - 1)
    ends = [end / 2 if axis == "fm" else end for end in (low, high)]
    digits = 1 if any(end % 1 for end in ends) else 0
    scores = "–".join(dict.fromkeys(texts.number(end, digits) for end in ends))
    return {"r": texts("recency score {scores}", scores=scores),
            "f": texts("orders score {scores}", scores=scores),
            "m": texts("money score {scores}", scores=scores),
            "fm": texts("mean of the orders and money scores {scores}", scores=scores)}[str(axis)]


def exact_amount(amount: int, texts: Texts) -> str:
    """Money with its hundredths, where there are any."""
    return texts.amount(amount, 2 if amount % MONEY_SCALE else 0)


def score_rows(findings: Findings, texts: Texts) -> Iterator[tuple[str, str, str, str]]:
    """A row a score, 5 first: the score, and which recency, orders and money have it ("—": nobody can)."""
    cuts = findings.cuts
    for score in range(LAST_SCORE, 0, -1):
        yield (texts.number(score), _days(*_range(cuts.r, LAST_SCORE - score), texts),
               _orders(*_range(cuts.f, score - 1), texts), _money(*_range(cuts.m, score - 1), texts))


def _range(cuts: Quintiles, below: int) -> tuple[int | None, int | None]:
    """The least and the greatest whole value that is above exactly `below` cuts; None: there is no such end."""
    return (cuts[below - 1] // PARTS + 1 if below else None), (cuts[below] // PARTS if below < len(cuts) else None)


def _days(low: int | None, high: int | None, texts: Texts) -> str:
    least = low or 1
    if high is None:
        return texts.plural("{count} day and more", "{count} days and more", least)
    return "—" if high < least else texts.plural("{low} to {count} day", "{low} to {count} days", high,
                                                 low=texts.number(least))


def _orders(low: int | None, high: int | None, texts: Texts) -> str:
    least = low or 1
    if high is None:
        return texts("{number} and more", number=texts.number(least))
    return "—" if high < least else "–".join(dict.fromkeys((texts.number(least), texts.number(high))))


def _money(low: int | None, high: int | None, texts: Texts) -> str:
    least, most = (None if end is None else exact_amount(end, texts)
                   for end in (None if low is None else low - 1, high))
    if least is None:
        return texts("up to {high}", high=most)
    if high is None:
        return texts("more than {low}", low=least)
    return "—" if high < (low or 0) else texts("more than {low}, up to {high}", low=least, high=most)


def cuts_sentence(rules: Rules, texts: Texts) -> str:
    """Where the borders of the scores come from."""
    if isinstance(rules.cuts, FixedCuts):
        return texts("The borders of the scores are fixed in the settings.")
    if rules.cuts == "monthly":
        return texts("The borders divide all customers of the last day of the month before into fifths and hold for "
                     "the whole month, so that nobody moves because others moved; while there are fewer than 100 "
                     "customers they are those of the night.")
    return texts("The borders divide the customers of the night into fifths.")


def score_sentence(rules: Rules, texts: Texts) -> str:
    """Whether scores decide segments."""
    return (texts("The segments of this report are decided by these scores.") if rules.grid.by_score else
            texts("No segment of this report depends on scores: they are shown beside."))


def tier_floors(rules: Rules, texts: Texts) -> list[tuple[str, str]]:
    """Each wholesale level, the highest first: its id, and from what money on it begins."""
    tiers = sorted(rules.tiers, key=lambda tier: -tier.floor)
    return [*((tier.id, texts("from {money} in two months", money=exact_amount(tier.floor, texts))) for tier in tiers),
            (LOWEST_TIER, texts("less"))]


def at_least(axis: Axis, line: int, texts: Texts) -> str:
    """A measure from a line on: "orders ≥ 3"."""
    return _measured(Condition(axis, Border(line, line), upper=True), texts)
