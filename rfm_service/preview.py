"""What `preview` does: how many customers would sit where under other settings, before anyone switches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from rfm_service import wiring
from rfm_service.concluding import Reckoner
from rfm_service.domain.errors import WrongUsage
from rfm_service.domain.values import Basis
from rfm_service.drawing.totals import ordered
from rfm_service.ports import Texts
from rfm_service.settings import Settings
from rfm_service.texts.labels import label, segment_labels

Way = tuple[str, str]


@dataclass(frozen=True)
class Preview:
    """Customers and money (1/10 000) by (segment as kept, segment as it would be); '' is absence.

    `order`: the segments that there would be, the best first; `compared` is False where no night is kept yet.
    """

    as_of: date
    compared: bool
    order: tuple[str, ...]
    customers: Mapping[Way, int]
    money: Mapping[Way, int]

    def after(self, segment: str) -> tuple[int, int]:
        """Customers and money that a segment would hold."""
        return self._sums(1, segment)

    def before(self, segment: str) -> tuple[int, int]:
        """Customers and money that a segment holds as kept."""
        return self._sums(0, segment)

    def _sums(self, side: int, segment: str) -> tuple[int, int]:
        return (sum(count for way, count in self.customers.items() if way[side] == segment),
                sum(amount for way, amount in self.money.items() if way[side] == segment))


def preview(settings: Settings) -> Preview:
    """The newest kept night under these settings, from the facts that it saw; nothing is stored. Raises RfmError."""
    ledger = wiring.ledger(settings)
    kept = ledger.previous(date.max)
    as_of = kept.as_of if kept else ledger.watermark()
    if as_of is None:
        raise WrongUsage("No sales are stored yet: `rfm-service run` loads them.")
    reckoner = Reckoner(ledger, wiring.engine(settings), stores=False)
    basis = Basis(as_of, settings.rules, kept.ingest if kept else None)
    would = reckoner.kept(basis, reckoner.summary(basis)).snapshot
    both = _standing(kept.snapshot if kept else would.head(0), "was").join(_standing(would, "now"), how="outer")
    both = both.fillna({"segment_was": "", "segment_now": ""}).fillna(0)
    both["money"] = both["money_now"].where(both["segment_now"] != "", both["money_was"]).astype("int64")
    groups = both.groupby(["segment_was", "segment_now"])["money"].agg(["size", "sum"])
    ways = [(str(way[0]), str(way[1])) for way in groups.index]
    return Preview(as_of, kept is not None, settings.rules.grid.order,
                   dict(zip(ways, groups["size"].tolist(), strict=True)),
                   dict(zip(ways, groups["sum"].tolist(), strict=True)))


def _standing(snapshot: pd.DataFrame, when: str) -> pd.DataFrame:
    table = snapshot.set_index("customer_no")[["segment", "monetary"]]
    return table.rename(columns={"segment": f"segment_{when}", "monetary": f"money_{when}"})


def as_text(found: Preview, texts: Texts) -> Iterator[str]:
    """The preview for people: a line a segment, then who would go where, the most customers first."""
    labels = segment_labels(texts)
    yield texts("The night of {day} under these settings. Nothing is changed.", day=texts.day(found.as_of))
    for segment in ordered({way[side] for way in found.customers for side in (0, 1)} - {""}, found.order):
        (was, _), (now, money) = found.before(segment), found.after(segment)
        told = {"segment": label(labels, segment), "now": texts.number(now), "money": texts.amount(money)}
        yield (texts("  {segment}: customers {was} → {now}, money {money}", was=texts.number(was), **told)
               if found.compared else texts("  {segment}: customers {now}, money {money}", **told))
    moves = {way: count for way, count in found.customers.items() if way[0] != way[1] and found.compared}
    if moves:
        yield texts.plural("{count} customer would be in another segment:",
                           "{count} customers would be in another segment:", sum(moves.values()))
    for way, count in sorted(moves.items(), key=lambda move: (-move[1], move[0])):
        yield f"  {label(labels, way[0])} → {label(labels, way[1])}: {texts.number(count)}"
