"""What `check` says of the columns of sale lines: what is lost without one, and one that holds something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rfm_service.domain.values import Remark, SaleLine

LOST = {
    "buyer": Remark(False, "Without {field} no sale has a customer: nobody can be scored."),
    "cash_flow_type": Remark(True, "Without {field} no line is known to be a return."),
    "product_category": Remark(True, "Without {field} one margin, one rhythm and one share of returns stand for all "
                               "products."),
    "channel": Remark(True, "Without {field} every contact is taken to cost the same, and lists do not say where a "
                      "customer buys."),
    "cost": Remark(True, "Without {field} margins are estimated, and products that bring too little are not found."),
}
"""Field that may be absent -> what is lost by it (reference S3-27)."""


def lost(has: Callable[[str], bool], name: Callable[[str], str] = str) -> Iterator[Remark]:
    """A remark for each field of LOST that a table does not have, under the name that its maker knows it by."""
    for field, remark in LOST.items():
        if not has(field):
            yield remark._replace(values=(("field", name(field)),))


def doubted(lines: Sequence[SaleLine], column: str) -> Iterator[Remark]:
    """A remark where costs cannot be costs; a fault where they are more than half (reference S3-08)."""
    import numpy as np

    from rfm_service.analysis.outreach.costs import MOST_COST_TIMES, believed_costs
    from rfm_service.domain.tables import NO_COST

    told = [(line.amount, line.cost, line.returned) for line in lines if line.cost]
    if not told:
        return
    amount, cost, returned = zip(*told, strict=True)
    costs = believed_costs(np.array(amount), np.array(cost), np.array(returned))
    if count := int((costs == NO_COST).sum()):
        yield Remark(2 * count <= len(told), "{field}: {count} of {told} costs are below 0 or above {times} times the "
                     "sum, and are not believed. Is it the column of costs of a line?", (
                         ("field", column), ("count", count), ("told", len(told)), ("times", MOST_COST_TIMES)))
