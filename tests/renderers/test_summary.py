from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from rfm_service.domain.findings import Findings, Gate
from rfm_service.renderers.summary import Renderer, page_of
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from tests.renderers.findings import make_findings

RU = Catalogue("ru", "RUB")
FINDINGS = make_findings(60, hostile=True)


class Balance(HTMLParser):
    """Notes tags that are opened and never closed, attributes that start events, and addresses."""

    VOID = frozenset({"meta", "br", "img", "link", "input", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def html(findings: Findings, texts: Catalogue = RU) -> str:
    return Renderer().render(findings, texts)["summary.html"].decode("utf-8")


PAGE = html(FINDINGS)


def parsed(page: str) -> Balance:
    parser = Balance()
    parser.feed(page)
    parser.close()
    return parser


def test_the_page_is_whole_and_asks_the_network_for_nothing() -> None:
    found = parsed(PAGE)
    assert not found.open
    assert not found.tags & {"script", "link", "img", "iframe", "object", "image", "base"}
    assert len(found.ids) == len(set(found.ids))
    addresses = [(name, value) for name, value in found.attributes
                 if "//" in value and not name.startswith("xmlns")]
    assert not addresses
    assert {value for name, value in found.attributes if name == "xlink:href"} <= {f"#{name}" for name in found.ids}
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert "url(http" not in PAGE
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in PAGE


def test_hostile_names_are_only_words() -> None:
    assert "<script" not in PAGE
    assert "<img" not in PAGE
    assert "&lt;/script&gt;" in PAGE
    assert "{{ 7 * 7 }}" in PAGE
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\ufffe\uffff]", PAGE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_names_its_language(language: str) -> None:
    page = html(make_findings(1), Catalogue(language, "RUB"))
    assert f'<html lang="{language}">' in page
    assert parsed(page).open == []


def test_a_key_figure_says_its_change_in_words() -> None:
    cards = {card.caption: card for card in page_of(FINDINGS, RU, ()).cards}
    assert cards["Покупатели"].value == "60"
    assert cards["Покупатели"].change == "▲ на 3 больше"
    assert len(cards) == 6


def test_figures_that_fell_and_figures_that_stayed() -> None:
    now = FINDINGS.figures
    before = dataclasses.replace(now, customers=now.customers + 1, revenue=now.revenue)
    cards = page_of(dataclasses.replace(FINDINGS, previous_figures=before), RU, ()).cards
    assert (cards[0].way, cards[0].change) == ("down", "▼ на 1 меньше")
    assert (cards[3].way, cards[3].change) == ("same", "без изменений")


def test_the_first_night_compares_with_nothing() -> None:
    findings = dataclasses.replace(make_findings(5, moves=False), previous_as_of=None, previous_figures=None)
    page = page_of(findings, RU, ())
    assert {card.change for card in page.cards} == {""}
    assert page.moves_title.startswith("Это первая ночь")
    assert len(page.freshness) == 1


def test_little_to_go_by_is_said_aloud() -> None:
    enough = dataclasses.replace(FINDINGS, gate=Gate(500, 180))
    assert page_of(enough, RU, ()).warnings == []
    for gate in (Gate(499, 180), Gate(500, 179)):
        (warning,) = page_of(dataclasses.replace(FINDINGS, gate=gate), RU, ()).warnings
        assert "полагаться нельзя" in warning


def test_the_card_tells_what_was_foretold_and_what_came() -> None:
    panel, card = page_of(FINDINGS, RU, ()).outlook, FINDINGS.card
    assert card is not None
    assert [row.auc for row in panel.methods] == ["0,812", "0,741", "0,803"]
    assert any(str(card.groups[0].bought) in sentence for sentence in panel.sentences)
    assert panel.sentences[-1] == "Он оказался точнее простых правил."
    assert {row.name for row in panel.segments} >= {"Лояльные", "Спящие"}


@pytest.mark.parametrize(("changes", "told"), [
    ({"better": "bgnbd"}, "Простое правило оказалось точнее: модель BG/NBD."),
    ({"ranked_worse": True}, "Он был ближе к истине"),
])
def test_the_card_says_when_a_simple_rule_was_better(changes: dict[str, object], told: str) -> None:
    card = dataclasses.replace(FINDINGS.card, **changes)
    sentences = page_of(dataclasses.replace(FINDINGS, card=card), RU, ()).outlook.sentences
    assert sentences[-1].startswith(told)


def test_a_forecast_by_a_baseline_says_so_and_one_without_a_past_too() -> None:
    instead = dataclasses.replace(FINDINGS.forecast, method="recency", instead=True)
    said = page_of(dataclasses.replace(FINDINGS, forecast=instead), RU, ()).outlook.sentences
    assert any("простому правилу" in sentence or "этому правилу" in sentence for sentence in said)
    young = dataclasses.replace(FINDINGS, card=None, gate=Gate(10, 30))
    said = page_of(young, RU, ()).outlook.sentences
    assert any(sentence.startswith("Ни один прогноз ещё не завершён") for sentence in said)
    few = dataclasses.replace(FINDINGS, card=None, gate=Gate(10, 300))
    assert any(sentence.startswith("Слишком мало") for sentence in page_of(few, RU, ()).outlook.sentences)


def test_missing_days_are_said_aloud() -> None:
    assert PAGE.count('role="alert"') == 1
    through = FINDINGS.basis.as_of - timedelta(days=2)
    page = page_of(dataclasses.replace(FINDINGS, sales_through=through, complete=False), RU, ())
    assert [warning[:29] for warning in page.warnings[:2]] == ["Нет продаж за последние 2 дня",
                                                           "Последний день в 1С может быт"]
    assert page.freshness[0].startswith("Данные по 18 ноября 2026")


def test_what_was_left_out_is_counted() -> None:
    assert list(page_of(FINDINGS, RU, ()).left_out) == [
        "подарки: 41 строка", "свои компании: 12 строк", "без покупателя: 3 строки", "в карантине: 2 строки"]


def test_segments_and_moves_agree_with_the_findings() -> None:
    findings = make_findings(900)
    page = page_of(findings, RU, ())
    moved = len(findings.moves)
    assert page.moves_title.startswith(RU.plural("{count} customer", "{count} customers", moved).split()[0])
    assert len(page.moves) == 8
    came = sum(int(row.came.lstrip("+") or 0) for row in page.segments)
    assert came == (findings.moves["to_segment"] != "").sum()


def test_nothing_yet_is_a_calm_page() -> None:
    page = html(make_findings(0))
    assert "Продаж пока нет" in page
    assert "<svg" not in page
    assert not parsed(page).open


def test_the_same_findings_give_the_same_bytes() -> None:
    assert html(dataclasses.replace(FINDINGS)) == PAGE
