"""The six key figures: tonight's, how they went for half a year, and against last week and last year."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rfm_service.analysis.trends import WEEKS, YEAR
from rfm_service.domain.findings import Figures, Findings
from rfm_service.domain.values import day_number
from rfm_service.drawing.sparkline import LAST_YEAR, sparkline
from rfm_service.ports import Texts

WEEK = timedelta(weeks=1)
HALF_YEAR = (WEEKS + 1) * 7
"""Days that a sparkline spans: the oldest Sunday of the trend lies within them."""
ARROWS = {"up": "▲", "same": "=", "down": "▼"}


@dataclass(frozen=True)
class KeyFigure:
    """What one key figure is called, where it stands in the Figures of a day, and how it is written."""

    caption: str
    of: Callable[[Figures], int]
    written: Callable[[int], str]


@dataclass(frozen=True)
class Past:
    """The key figures of tonight and of past days (by day number), of those days only whose window was stored whole."""

    as_of: date
    figures: Mapping[int, Figures]

    def on(self, day: date) -> Figures | None:
        """The figures that tonight's can be held against; None where that day's or tonight's are not whole."""
        return self.figures.get(day_number(day)) if day_number(self.as_of) in self.figures else None

    @property
    def week_ago(self) -> Figures | None:
        """The figures of a week ago."""
        return self.on(self.as_of - WEEK)

    @property
    def year_ago(self) -> Figures | None:
        """The figures of the same day of the same week last year."""
        return self.on(self.as_of - YEAR)


@dataclass(frozen=True)
class Change:
    """A key figure against an earlier day: `way` is up, same or down."""

    caption: str
    way: str
    words: str


@dataclass(frozen=True)
class Card:
    """A key figure as it is shown; `mark` where it is not final, `spark` an `<svg>` element with its words."""

    caption: str
    value: str
    mark: str
    changes: tuple[Change, ...]
    spark: str
    spark_words: str


def key_figures(days: int, texts: Texts) -> tuple[KeyFigure, ...]:
    """The six of them, in the order in which they are shown; `days` of the window."""
    window = texts.plural("{count} day", "{count} days", days)
    return (
        KeyFigure(texts("Customers"), lambda figures: figures.customers, texts.number),
        KeyFigure(texts("Bought in the last 90 days"), lambda figures: figures.active, texts.number),
        KeyFigure(texts("New or returned in 30 days"), lambda figures: figures.newcomers, texts.number),
        KeyFigure(texts("Revenue in {window}", window=window), lambda figures: figures.revenue, texts.compact),
        KeyFigure(texts("Orders in {window}", window=window), lambda figures: figures.orders, texts.number),
        KeyFigure(texts("Average order in {window}", window=window), lambda figures: figures.average_order,
                  texts.amount),
    )


def past_of(findings: Findings) -> Past:
    """What the key figures were, as far as they can be held against each other.

    Tonight's are among them only where its day is complete: a day that is not would look like a fall.
    """
    rows = findings.trends[(findings.trends["segment"] == "") & findings.trends["whole"]]
    columns = (rows[name].tolist() for name in ("as_of", "customers", "orders", "revenue", "active", "newcomers"))
    found = {day: Figures(customers, orders, revenue, revenue // max(orders, 1), active, newcomers)
             for day, customers, orders, revenue, active, newcomers in zip(*columns, strict=True)}
    if not findings.complete:
        found.pop(day_number(findings.basis.as_of), None)
    return Past(findings.basis.as_of, found)


def cards(findings: Findings, past: Past, texts: Texts) -> list[Card]:
    """The six cards of a night."""
    mark = "" if findings.complete else texts("not final")
    return [Card(figure.caption, figure.written(figure.of(findings.figures)), mark,
                 _changes(figure, findings.figures, past, texts), *_spark(figure, past, texts))
            for figure in key_figures(findings.basis.rules.window_days, texts)]


def legend(shown: Sequence[Card], texts: Texts) -> str:
    """What the lines of the cards are; '' where there are none."""
    weeks = texts.plural("{count} week", "{count} weeks", WEEKS)
    if any(LAST_YEAR in card.spark for card in shown):
        return texts("Line with a dot: the last {weeks}; pale line: the same weeks last year.", weeks=weeks)
    return texts("The line: the last {weeks}.", weeks=weeks) if any(card.spark for card in shown) else ""


def comparison_note(findings: Findings, past: Past, texts: Texts) -> str:
    """Why figures are held against nothing, or not against last year; '' where they are."""
    if findings.snapshot.empty:
        return ""
    if not findings.complete:
        return texts("The last day is not complete, so tonight's figures are not final and are compared with nothing.")
    if past.week_ago is None:
        return texts("No comparison with last week yet: the stored sales do not cover {window} before it.",
                     window=texts.plural("{count} day", "{count} days", findings.basis.rules.window_days))
    if past.year_ago is None:
        return texts("No comparison with last year yet: the stored sales do not go back far enough.")
    return ""


def change_of(change: int, written: Callable[[int], str], texts: Texts) -> tuple[str, str]:
    """A change as its way and words: ("up", "▲ 12 more")."""
    if change == 0:
        return "same", texts("no change")
    size = written(abs(change))
    if change > 0:
        return "up", f"{ARROWS['up']} " + texts("{change} more", change=size)
    return "down", f"{ARROWS['down']} " + texts("{change} less", change=size)


def _changes(figure: KeyFigure, now: Figures, past: Past, texts: Texts) -> tuple[Change, ...]:
    against = ((texts("against last week"), past.week_ago), (texts("against the same week last year"), past.year_ago))
    return tuple(Change(caption, *change_of(figure.of(now) - figure.of(then), figure.written, texts))
                 for caption, then in against if then is not None)


def _spark(figure: KeyFigure, past: Past, texts: Texts) -> tuple[str, str]:
    """The sparkline of a figure, and in words what can be seen on it."""
    end = day_number(past.as_of)
    known = [(day, figure.of(figures)) for day, figures in sorted(past.figures.items())]
    now = [(_place(day, end), value) for day, value in known if end - HALF_YEAR <= day]
    before = [(_place(day + YEAR.days, end), value) for day, value in known
              if end - HALF_YEAR <= day + YEAR.days <= end]
    values = [value for _, value in now]
    drawn = sparkline(now, before)
    return drawn, texts("{figure} in {weeks}: from {low} to {high}", figure=figure.caption,
                        weeks=texts.plural("{count} week", "{count} weeks", WEEKS), low=figure.written(min(values)),
                        high=figure.written(max(values))) if drawn else ""


def _place(day: int, end: int) -> float:
    return (day - end + HALF_YEAR) / HALF_YEAR
