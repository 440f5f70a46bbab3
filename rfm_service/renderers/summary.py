"""summary.html: the morning page, one file that opens by a double click and asks the network for nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from rfm_service.analysis.value_sentences import unseen_sentence
from rfm_service.domain.findings import Figures, Findings
from rfm_service.drawing.charts import CHARTS
from rfm_service.drawing.gallery import drawing_of
from rfm_service.drawing.outlook import (
    Judged,
    by_segment_of,
    card_sentence,
    gate_sentence,
    judged,
    method_sentence,
    outlook_sentence,
    verdict,
    within,
)
from rfm_service.drawing.style import segment_colour
from rfm_service.drawing.totals import Flow, by_segment, flows
from rfm_service.ports import Texts
from rfm_service.texts.labels import label, segment_labels

MOVES_SHOWN = 8
ARROWS = {1: "▲", 0: "=", -1: "▼"}


@dataclass(frozen=True)
class Card:
    """A key figure and how it changed: `way` is up, same, down, or '' on the first night."""

    caption: str
    value: str
    way: str
    change: str


@dataclass(frozen=True)
class SegmentRow:
    """A row of the segment table, every value as it is shown."""

    name: str
    colour: str
    customers: str
    share: str
    money: str
    money_share: str
    widths: tuple[str, str]
    came: str
    left: str


@dataclass(frozen=True)
class MoveRow:
    """Customers that moved from one segment to another."""

    way: str
    arrow: str
    meaning: str
    names: tuple[str, str]
    colours: tuple[str, str]
    customers: str
    money: str


@dataclass(frozen=True)
class Drawing:
    """A chart as an `<svg>` element."""

    name: str
    svg: Markup


@dataclass(frozen=True)
class SegmentScore:
    """What was foretold of a segment and what came, as shown; `missed` where it lies outside of the interval."""

    name: str
    colour: str
    foretold: str
    interval: str
    came: str
    missed: bool


@dataclass(frozen=True)
class OutlookPanel:
    """The forecast and its card: sentences, the methods of the completed one, and its segments."""

    sentences: Sequence[str]
    methods: Sequence[Judged]
    segments: Sequence[SegmentScore]


@dataclass(frozen=True)
class Page:
    """All that the template shows, in words."""

    language: str
    title: str
    day: str
    period: str
    freshness: Sequence[str]
    warnings: Sequence[str]
    cards: Sequence[Card]
    segments: Sequence[SegmentRow]
    moves_title: str
    moves: Sequence[MoveRow]
    other_moves: str
    outlook: OutlookPanel
    unseen: str
    drawings: Sequence[Drawing]
    left_out: Sequence[str]
    words: Mapping[str, str]


@dataclass(frozen=True)
class Renderer:
    """Makes the page by the template summary.html.j2."""

    def render(self, findings: Findings, texts: Texts) -> Mapping[str, bytes]:
        """summary.html: freshness, six figures, segments, moves, charts."""
        page = page_of(findings, texts, _drawings(findings, texts))
        html = _template().render({field.name: getattr(page, field.name) for field in fields(page)})
        return {"summary.html": html.encode("utf-8", "replace")}


@lru_cache(maxsize=1)
def _template() -> Template:
    source = files(__package__).joinpath("summary.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True)
    return environment.from_string(source)


def page_of(findings: Findings, texts: Texts, drawings: Sequence[Drawing]) -> Page:
    """The findings in the words of the page."""
    window = findings.basis.window
    moved = flows(findings)
    shown, rest = moved[:MOVES_SHOWN], moved[MOVES_SHOWN:]
    return Page(
        language=texts.language, title=texts("Morning summary"), day=texts.day(findings.basis.as_of),
        period=texts.plural("The last {count} day: {first} – {last}",
                            "The last {count} days: {first} – {last}", window.days,
                            first=texts.day(window.first), last=texts.day(window.last)),
        freshness=_freshness(findings, texts), warnings=_warnings(findings, texts),
        cards=_cards(findings, texts), segments=_segments(findings, moved, texts),
        moves_title=_moves_title(findings, moved, texts), moves=[_move(flow, texts) for flow in shown],
        other_moves=_other_moves(rest, texts), outlook=_outlook(findings, texts),
        unseen=unseen_sentence(findings.worth.unseen, texts), drawings=drawings,
        left_out=_left_out(findings, texts), words=_words(texts))


def _words(texts: Texts) -> Mapping[str, str]:
    return {"segments": texts("Segments"), "moves": texts("Moves of the night"), "charts": texts("Charts"),
            "segment": texts("Segment"), "customers": texts("Customers"), "money": texts("Money"),
            "night": texts("Last night"), "came": texts("Came"), "left": texts("Left"),
            "left_out": texts("Left out of the figures"), "nothing": texts("Nothing to show yet"),
            "outlook": texts("Forecast for 90 days"), "method": texts("Method"),
            "auc": texts("Tells who will order (0.5 is chance)"),
            "brier": texts("Error of the chances (less is better)"), "ratio": texts("Predicted / actual"),
            "foretold": texts("Foretold"), "bought": texts("Came"), "missed": texts("outside of the interval")}


def _freshness(findings: Findings, texts: Texts) -> list[str]:
    through = findings.sales_through
    lines = [texts("Data through {day}", day=texts.day(through)) if through else texts("No sales stored yet")]
    if findings.previous_as_of:
        lines.append(texts("Compared with {day}", day=texts.day(findings.previous_as_of)))
    return lines


def _warnings(findings: Findings, texts: Texts) -> list[str]:
    through, as_of = findings.sales_through, findings.basis.as_of
    found = []
    if through and through < as_of:
        found.append(texts.plural("No sales for the last {count} day: the figures below may be too low.",
                                  "No sales for the last {count} days: the figures below may be too low.",
                                  (as_of - through).days))
    if not findings.complete:
        found.append(texts("The last day may not be complete in 1C: its figures can still change."))
    if sentence := gate_sentence(findings.gate, texts):
        found.append(sentence)
    return found


def _left_out(findings: Findings, texts: Texts) -> list[str]:
    quality = findings.quality
    counted = [
        (texts("gifts"), quality.gifts), (texts("own companies"), quality.own_companies),
        (texts("without a customer"), quality.no_customer), (texts("in quarantine"), quality.quarantined),
    ]
    return [texts.plural("{caption}: {count} line", "{caption}: {count} lines", count, caption=caption)
            for caption, count in counted if count]


def _cards(findings: Findings, texts: Texts) -> list[Card]:
    now, before = findings.figures, findings.previous_figures
    shown: list[tuple[str, Callable[[Figures], int], Callable[[int], str]]] = [
        (texts("Customers"), lambda figures: figures.customers, texts.number),
        (texts("Bought in the last 90 days"), lambda figures: figures.active, texts.number),
        (texts("New in the last 30 days"), lambda figures: figures.newcomers, texts.number),
        (texts("Revenue"), lambda figures: figures.revenue, texts.compact),
        (texts("Orders"), lambda figures: figures.orders, texts.number),
        (texts("Average order"), lambda figures: figures.average_order, texts.amount),
    ]
    return [Card(caption, written(of(now)),
                 *_change(of(now) - of(before) if before else None, written, texts))
            for caption, of, written in shown]


def _change(change: int | None, written: Callable[[int], str], texts: Texts) -> tuple[str, str]:
    if change is None:
        return "", ""
    if change == 0:
        return "same", texts("no change")
    size = written(abs(change))
    if change > 0:
        return "up", f"{ARROWS[1]} " + texts("{change} more", change=size)
    return "down", f"{ARROWS[-1]} " + texts("{change} less", change=size)


def _segments(findings: Findings, moved: Sequence[Flow], texts: Texts) -> list[SegmentRow]:
    labels = segment_labels(texts)
    groups = by_segment(findings)
    widest = max((max(group.share, group.money_share) for group in groups), default=0.0) or 1.0
    return [SegmentRow(
        name=label(labels, group.id), colour=segment_colour(group.id),
        customers=texts.number(group.customers), share=texts.percent(group.share, 1),
        money=texts.compact(group.money), money_share=texts.percent(group.money_share, 1),
        widths=(_width(group.share / widest), _width(group.money_share / widest)),
        came=_counted("+", sum(flow.customers for flow in moved if flow.to_segment == group.id), texts),
        left=_counted("−", sum(flow.customers for flow in moved if flow.from_segment == group.id), texts),
    ) for group in groups]


def _width(share: float) -> str:
    return f"{max(share, 0.0) * 100:.1f}%"


def _counted(sign: str, count: int, texts: Texts) -> str:
    return f"{sign}{texts.number(count)}" if count else ""


def _moves_title(findings: Findings, moved: Sequence[Flow], texts: Texts) -> str:
    if findings.previous_as_of is None:
        return texts("This is the first night: moves are shown from the next one on.")
    if not moved:
        return texts("Nobody changed segment.")
    count = sum(flow.customers for flow in moved)
    return texts.plural("{count} customer changed segment: {up} up, {down} down.",
                        "{count} customers changed segment: {up} up, {down} down.", count,
                        up=texts.number(sum(flow.customers for flow in moved if flow.rise > 0)),
                        down=texts.number(sum(flow.customers for flow in moved if flow.rise < 0)))


def _move(flow: Flow, texts: Texts) -> MoveRow:
    labels = segment_labels(texts)
    ends = (flow.from_segment, flow.to_segment)
    meaning = {1: texts("better"), 0: texts("level"), -1: texts("worse")}[flow.rise]
    return MoveRow(
        way={1: "up", 0: "same", -1: "down"}[flow.rise], arrow=ARROWS[flow.rise], meaning=meaning,
        names=(label(labels, ends[0]), label(labels, ends[1])),
        colours=(segment_colour(ends[0]), segment_colour(ends[1])),
        customers=texts.plural("{count} customer", "{count} customers", flow.customers),
        money=texts.compact(flow.money))


def _other_moves(rest: Sequence[Flow], texts: Texts) -> str:
    count = sum(flow.customers for flow in rest)
    if not count:
        return ""
    return texts.plural("and {count} more customer by other ways, {money}",
                        "and {count} more customers by other ways, {money}", count,
                        money=texts.compact(sum(flow.money for flow in rest)))


def _outlook(findings: Findings, texts: Texts) -> OutlookPanel:
    card, labels = findings.card, segment_labels(texts)
    said = [outlook_sentence(findings, texts), method_sentence(findings, texts), card_sentence(findings, texts),
            verdict(card, texts) if card else ""]
    rows = by_segment_of(card, findings) if card else []
    return OutlookPanel([sentence for sentence in said if sentence], judged(card, texts) if card else [], [SegmentScore(
        label(labels, row.segment), segment_colour(row.segment), texts.number(round(row.buyers.predicted)),
        f"{texts.number(round(row.buyers.low))} – {texts.number(round(row.buyers.high))}", texts.number(row.bought),
        not within(row.buyers, row.bought)) for row in rows])


def _drawings(findings: Findings, texts: Texts) -> list[Drawing]:
    # matplotlib escapes what it writes, so its element goes in as it is
    return [Drawing(chart.name, Markup(drawing_of(chart, findings, texts).svg))  # noqa: S704
            for chart in CHARTS if chart.drawable(findings)]
