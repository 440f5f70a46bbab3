"""The morning page in words: all that summary.html, .pdf and .png show, so that the three cannot differ.

Customers are named by `today` alone, which the picture, that goes to chats, leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rfm_service.domain.findings import Findings
from rfm_service.drawing.effect_words import effect_notes
from rfm_service.drawing.key_figures import Card, cards, comparison_note, legend, past_of
from rfm_service.drawing.migration import Migration, migration
from rfm_service.drawing.naming import Named, named
from rfm_service.drawing.news import news, next_step
from rfm_service.drawing.outlook import card_sentence, gate_sentence, morning_verdict
from rfm_service.drawing.product_alerts import alert_lines
from rfm_service.drawing.setting_words import ChangedSetting, changed_settings, more_settings
from rfm_service.drawing.style import MUTED
from rfm_service.drawing.totals import Flow, Group, by_segment, flows, ordered, segment_order
from rfm_service.drawing.worklist import ContactRow, list_note, list_title, top_of_list
from rfm_service.ports import Texts
from rfm_service.texts.plain import shortened

MOST_SEGMENTS = 14
"""Rows of the segment table that fit on a page; the last ones are joined."""
COMPANY_PLACES = 60


@dataclass(frozen=True)
class SegmentRow:
    """A row of the segment table, every value as it is shown; `widths` of its two bars in percent."""

    name: str
    colour: str
    customers: str
    share: str
    money: str
    money_share: str
    widths: tuple[float, float]
    came: str
    left: str


@dataclass(frozen=True)
class Link:
    """A file of the report beside the page."""

    address: str
    words: str


@dataclass(frozen=True)
class Page:
    """All that the templates show, in words."""

    language: str
    title: str
    company: str
    day: str
    freshness: Sequence[str]
    warnings: Sequence[str]
    news: Sequence[str]
    next_step: str
    cards: Sequence[Card]
    legend: str
    comparison: str
    segments: Sequence[SegmentRow]
    migration: Migration
    forecast: Sequence[str]
    settings: Sequence[ChangedSetting]
    more_settings: str
    left_out: Sequence[str]
    today: Sequence[ContactRow]
    today_title: str
    today_note: str
    effects: Sequence[str]
    goods: Sequence[str]
    links: Sequence[Link]
    words: Mapping[str, str]


def page_of(findings: Findings, texts: Texts) -> Page:
    """The findings in the words of the page."""
    moved, past = flows(findings), past_of(findings)
    shown = cards(findings, past, texts)
    return Page(
        language=texts.language, title=texts("Morning summary"), company=shortened(findings.company, COMPANY_PLACES),
        day=texts.day(findings.basis.as_of), freshness=_freshness(findings, texts),
        warnings=_warnings(findings, texts), news=news(findings, moved, past, texts),
        next_step=next_step(findings, moved, texts), cards=shown, legend=legend(shown, texts),
        comparison=comparison_note(findings, past, texts), segments=_segments(findings, moved, texts),
        migration=migration(findings, moved, texts), forecast=_forecast(findings, texts),
        settings=changed_settings(findings.settings_changed, texts),
        more_settings=more_settings(findings.settings_changed, texts), left_out=_left_out(findings, texts),
        today=top_of_list(findings, texts), today_title=list_title(findings, texts),
        today_note=list_note(findings, texts), effects=effect_notes(findings, texts),
        goods=alert_lines(findings.worklist.alerts, texts),
        links=_links(texts), words=_words(texts))


def _words(texts: Texts) -> Mapping[str, str]:
    return {"news": texts("What happened"), "figures": texts("Key figures"), "segments": texts("Segments"),
            "moves": texts("Moves of the night"), "segment": texts("Segment"), "customers": texts("Customers"),
            "money": texts("Money"), "came": texts("Came"), "left": texts("Left"), "night": texts("Last night"),
            "from": texts("From"), "to": texts("To"), "forecast": texts("Did the forecast come true"),
            "settings": texts("Settings changed since the night before"), "left_out": texts("Left out of the figures"),
            "nothing": texts("Nothing to show yet"), "better": texts("better"), "worse": texts("worse"),
            "links": texts("More of this report"), "customer": texts("Customer"), "why": texts("Why"),
            "action": texts("What to do"), "brings": texts("A contact brings"),
            "effects": texts("Did contacting help"), "goods": texts("Products to work on")}


def _links(texts: Texts) -> list[Link]:
    return [Link("dashboard.html", texts("Customers and segments")), Link("RFM.xlsx", texts("Tables in Excel")),
            Link("charts/", texts("Charts"))]


def _freshness(findings: Findings, texts: Texts) -> list[str]:
    through, quarantined, window = findings.sales_through, findings.quality.quarantined, findings.basis.window
    lines = [texts("Data through {day}", day=texts.day(through)) if through else texts("No sales stored yet")]
    if findings.previous_as_of:
        lines.append(texts("Compared with {day}", day=texts.day(findings.previous_as_of)))
    lines.append(texts.plural("The last {count} day: {first} – {last}", "The last {count} days: {first} – {last}",
                              window.days, first=texts.day(window.first), last=texts.day(window.last)))
    if quarantined:
        lines.append(texts.plural("{caption}: {count} line", "{caption}: {count} lines", quarantined,
                                  caption=texts("in quarantine")))
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
    counted = [(texts("gifts"), quality.gifts), (texts("own companies"), quality.own_companies),
               (texts("excluded customers"), quality.excluded),
               (texts("without a customer"), quality.no_customer)]
    return [texts.plural("{caption}: {count} line", "{caption}: {count} lines", count, caption=caption)
            for caption, count in counted if count]


def _forecast(findings: Findings, texts: Texts) -> list[str]:
    """How the last completed forecast came true; methods are named in the workbook."""
    return [sentence for sentence in (card_sentence(findings, texts), morning_verdict(findings, texts)) if sentence]


def _segments(findings: Findings, moved: Sequence[Flow], texts: Texts) -> list[SegmentRow]:
    """The segments that hold customers or that customers left tonight, the best first."""
    held = {group.id: group for group in by_segment(findings)}
    ends = {end for flow in moved for end in (flow.from_segment, flow.to_segment) if end}
    found = [held.get(segment, Group(segment, 0, 0, 0.0, 0.0))
             for segment in ordered({*held, *ends}, segment_order(findings.basis))]
    widest = max((max(group.share, group.money_share) for group in found), default=0.0) or 1.0
    fit = found if len(found) <= MOST_SEGMENTS else found[:MOST_SEGMENTS - 1]
    rows = [_row([group], moved, widest, texts) for group in fit]
    return rows + ([_row(found[len(fit):], moved, widest, texts)] if len(fit) < len(found) else [])


def _row(groups: Sequence[Group], moved: Sequence[Flow], widest: float, texts: Texts) -> SegmentRow:
    """A segment, or several that are joined."""
    ids = {group.id for group in groups}
    joined = Named(texts.plural("{count} more segment", "{count} more segments", len(groups)), MUTED)
    shown = named(groups[0].id, texts) if len(groups) == 1 else joined
    share, money_share = sum(group.share for group in groups), sum(group.money_share for group in groups)
    return SegmentRow(
        name=shown.name, colour=shown.colour,
        customers=texts.number(sum(group.customers for group in groups)), share=texts.percent(share, 1),
        money=texts.compact(sum(group.money for group in groups)), money_share=texts.percent(money_share, 1),
        widths=(_width(share / widest), _width(money_share / widest)),
        came=_counted("+", sum(flow.customers for flow in moved if flow.to_segment in ids), texts),
        left=_counted("−", sum(flow.customers for flow in moved if flow.from_segment in ids), texts))


def _width(share: float) -> float:
    return round(min(max(share, 0.0), 1.0) * 100, 1)


def _counted(sign: str, count: int, texts: Texts) -> str:
    return f"{sign}{texts.number(count)}" if count else ""
