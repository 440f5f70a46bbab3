"""What a marketer reads first: at most five sentences with money.

1. The way for the worse with the most money, and its cause where it is that of more than half of its customers.
2. The way for the better with the most money, likewise.
3. Revenue and customers that bought lately, against a week ago and a year ago.
4. What ABC does not see.
5. What is foretold for the next 90 days, where there is enough to foretell by.

Ways that tell of book-keeping (customers merged, settings changed, score borders moved, a rise without a purchase) are
told only where there are no others. Of ways with as much money the one whose segments come first by their ids is told;
a sentence without anything to tell is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

from rfm_service.analysis.value_sentences import unseen_sentence
from rfm_service.domain.findings import Findings
from rfm_service.drawing.key_figures import Past
from rfm_service.drawing.naming import named
from rfm_service.drawing.outlook import outlook_sentence
from rfm_service.drawing.totals import Flow
from rfm_service.ports import Texts
from rfm_service.texts.labels import cause_labels, label

YEARLY = range(360, 371)
"""Lengths of a window, in days, that are told as a year."""

BOOK_KEEPING = frozenset({"customers_merged", "settings_changed", "cuts_moved"})
"""Causes of moves that customers have no part in."""


@dataclass(frozen=True)
class Cause:
    """The most frequent cause of a way, and how many of its customers moved by it."""

    id: str
    customers: int


def news(findings: Findings, moved: list[Flow], past: Past, texts: Texts) -> list[str]:
    """The sentences of a night; `moved` are its flows, the most money first."""
    if findings.snapshot.empty and not moved:
        return [texts("Nothing to show yet")]
    said = [*_moves(findings, moved, texts), _standing(findings, past, texts),
            unseen_sentence(findings.worth.unseen, texts),
            outlook_sentence(findings, texts) if findings.gate.passed else ""]
    return [sentence for sentence in said if sentence]


def next_step(findings: Findings, moved: list[Flow], texts: Texts) -> str:
    """Where to find those whom to call; '' where nobody got worse."""
    if not any(flow.rise < 0 for flow in moved):
        return ""
    if findings.snapshot["manager"].any():
        return texts("Whom to call first: the list of your sales manager in managers/, and RFM.xlsx, sheet “{sheet}”.",
                     sheet=texts("Today"))
    return texts("Whom to call first: RFM.xlsx, sheet “{sheet}”.", sheet=texts("Today"))


def main_cause(findings: Findings, flow: Flow) -> Cause:
    """The cause of most moves of a way; of several such the first by name."""
    moves = findings.moves
    there = (moves["from_segment"] == flow.from_segment) & (moves["to_segment"] == flow.to_segment)
    counts = moves.loc[there, "cause"].value_counts()
    most = int(counts.max())
    return Cause(min(str(cause) for cause in counts.index[counts == most]), most)


def _moves(findings: Findings, moved: list[Flow], texts: Texts) -> list[str]:
    if findings.previous_as_of is None:
        return [texts("This is the first night: moves are shown from the next one on.")]
    if not moved:
        return [texts("Nobody changed segment.")]
    largest = [_largest([flow for flow in moved if flow.rise == rise], findings) for rise in (-1, 1)]
    return [f"{_way(flow, findings, texts)} {_why(main_cause(findings, flow), flow, texts)}".strip()
            for flow in largest if flow]


def _largest(ways: list[Flow], findings: Findings) -> Flow | None:
    """The first way that customers have a part in; the first of all where there is no such."""
    lived = (flow for flow in ways if not _only_in_the_books(flow, main_cause(findings, flow)))
    return next(lived, ways[0] if ways else None)


def _only_in_the_books(flow: Flow, cause: Cause) -> bool:
    return cause.id in BOOK_KEEPING or (flow.rise > 0 and cause.id == "ageing")


def _way(flow: Flow, findings: Findings, texts: Texts) -> str:
    told = {"money": _worth(flow.money, findings, texts), "before": named(flow.from_segment, texts).name,
            "after": named(flow.to_segment, texts).name}
    count = flow.customers
    if not flow.from_segment:
        return texts.plural("{count} customer ({money}) is new or back, now in “{after}”.",
                            "{count} customers ({money}) are new or back, now in “{after}”.", count, **told)
    if not flow.to_segment:
        return texts.plural("{count} customer ({money}) of “{before}” is no longer on the list.",
                            "{count} customers ({money}) of “{before}” are no longer on the list.", count, **told)
    if flow.rise < 0:
        return texts.plural("{count} customer worth {money} left “{before}” for “{after}”.",
                            "{count} customers worth {money} left “{before}” for “{after}”.", count, **told)
    return texts.plural("{count} customer worth {money} rose from “{before}” to “{after}”.",
                        "{count} customers worth {money} rose from “{before}” to “{after}”.", count, **told)


def _worth(money: int, findings: Findings, texts: Texts) -> str:
    days = findings.basis.rules.window_days
    if days in YEARLY:
        return texts("{money} a year", money=texts.compact(money))
    return texts("{money} in {window}", money=texts.compact(money),
                 window=texts.plural("{count} day", "{count} days", days))


def _why(cause: Cause, flow: Flow, texts: Texts) -> str:
    told = label(cause_labels(texts), cause.id)
    if cause.customers == flow.customers:
        return texts("Cause: {cause}.", cause=told)
    if 2 * cause.customers > flow.customers:
        return texts("Cause for {count} of them: {cause}.", count=texts.number(cause.customers), cause=told)
    return ""


def _standing(findings: Findings, past: Past, texts: Texts) -> str:
    if findings.snapshot.empty:
        return ""
    now, week, year = findings.figures, past.week_ago, past.year_ago
    revenue = [(_share(now.revenue - then.revenue, then.revenue, texts) if then else None) for then in (week, year)]
    active = [(_count(now.active - then.active, texts) if then else None) for then in (week, year)]
    return texts("Revenue over the last {window}: {revenue}; customers who bought in the last 90 days: {active}.",
                 window=texts.plural("{count} day", "{count} days", findings.basis.rules.window_days),
                 revenue=_held(texts.compact(now.revenue), revenue, texts),
                 active=_held(texts.number(now.active), active, texts))


def _held(figure: str, changes: list[str | None], texts: Texts) -> str:
    """A figure with its changes in a week and in a year in brackets, where there are any."""
    week, year = changes
    told = [texts("{change} in a week", change=week) if week else "",
            texts("{change} in a year", change=year) if year else ""]
    shown = [change for change in told if change]
    if len(shown) > 1:
        return texts("{figure} ({week}, {year})", figure=figure, week=shown[0], year=shown[1])
    return texts("{figure} ({change})", figure=figure, change=shown[0]) if shown else figure


def _share(change: int, before: int, texts: Texts) -> str:
    """A change as a share; as money where there was none to take a share of."""
    return _signed(change, texts.percent(abs(change) / before, 1) if before > 0 else texts.compact(abs(change)), texts)


def _count(change: int, texts: Texts) -> str:
    return _signed(change, texts.number(abs(change)), texts)


def _signed(change: int, size: str, texts: Texts) -> str:
    return f"{'+' if change > 0 else '−'}{size}" if change else texts("no change")
