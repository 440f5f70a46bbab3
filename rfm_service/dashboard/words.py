"""The words of the page in every language: the texts that its scripts ask for, and what ids and columns are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rfm_service.domain.findings import Findings
from rfm_service.drawing.style import segment_colour
from rfm_service.drawing.totals import segment_order, tier_order
from rfm_service.ports import Texts
from rfm_service.texts.catalogue import LANGUAGES, Catalogue, currency_symbol, translations
from rfm_service.texts.labels import (
    cause_labels,
    class_labels,
    headings,
    label,
    method_labels,
    risk_labels,
    segment_advice,
    segment_labels,
    tier_labels,
    value_labels,
)
from rfm_service.texts.outreach_labels import (
    alert_labels,
    growth_labels,
    potential_labels,
    product_advice,
    risk_tag_labels,
    value_tier_labels,
)

ASKED = re.compile(r'\bt\(\s*"((?:[^"\\]|\\.)*)"')
ASKED_PLURAL = re.compile(r'\bplural\(\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"')
NAMES = {"ru": "Русский", "en": "English", "zh": "中文", "tr": "Türkçe"}


def asked(script: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The texts, and the texts with a plural, that a script asks for by t("...") and plural("...", "...")."""
    return ([_unescaped(found) for found in ASKED.findall(script)],
            [(_unescaped(one), _unescaped(many)) for one, many in ASKED_PLURAL.findall(script)])


def _unescaped(written: str) -> str:
    return written.replace('\\"', '"').replace("\\\\", "\\")


def catalogues(currency: str) -> list[Catalogue]:
    """Texts in every language."""
    return [Catalogue(language, currency) for language in LANGUAGES]


def words(script: str, findings: Findings, languages: Iterable[Catalogue]) -> Mapping[str, Any]:
    """Language -> its name, the sign of the currency, texts and plural forms by their English, labels, headings."""
    return {texts.language: {**_asked_of(script, texts), **_labels(findings, texts)} for texts in languages}


def _asked_of(script: str, texts: Catalogue) -> Mapping[str, Any]:
    said, plurals = asked(script)
    catalogue = translations(texts.language)
    return {"name": NAMES[texts.language], "sign": currency_symbol(texts.language, texts.currency),
            "texts": {text: catalogue.gettext(text) for text in sorted(set(said))},
            "plurals": {one: _forms(texts.language, one, many) for one, many in sorted(set(plurals))}}


def _forms(language: str, one: str, many: str) -> list[str]:
    """The plural forms: one, few, many in Russian; one, many; or the only one."""
    counts = {"ru": (1, 2, 5), "zh": (5,)}.get(language, (1, 5))
    return [translations(language).ngettext(one, many, count) for count in counts]


def _labels(findings: Findings, texts: Texts) -> Mapping[str, Any]:
    segments, tiers, advice = segment_labels(texts), tier_labels(texts), segment_advice(texts)
    shown = dict.fromkeys([*segment_order(findings.basis), *_met(findings), ""])
    return {
        "segment": {name: label(segments, name) for name in shown},
        "advice": {name: advice[name] for name in shown if name in advice},
        "tier": {name: label(tiers, name) for name in tier_order(findings.basis)},
        "value": value_labels(texts), "risk": risk_labels(texts), "class": class_labels(texts),
        "cause": cause_labels(texts), "method": method_labels(texts), "risk_tag": risk_tag_labels(texts),
        "value_tier": value_tier_labels(texts), "growth": growth_labels(texts), "potential": potential_labels(texts),
        "alert": alert_labels(texts), "product_advice": product_advice(texts),
        "headings": {**headings(texts, currency_symbol(texts.language, findings.currency)),
                     "category": texts("Category")}}


def _met(findings: Findings) -> list[str]:
    """Segments that anybody is or was in, of other rules too."""
    frames = ((findings.snapshot, ("segment", "previous_segment")), (findings.moves, ("from_segment", "to_segment")),
              (findings.history, ("from_segment", "to_segment")), (findings.trends, ("segment",)))
    return sorted({str(name) for frame, columns in frames for column in columns for name in frame[column].unique()})


def colours(findings: Findings) -> Mapping[str, str]:
    """Segment -> its colour."""
    return {name: segment_colour(name) for name in (*segment_order(findings.basis), *_met(findings))}
