"""summary.html, .pdf and .png: whole, harmless, alike, and the same every time."""

from __future__ import annotations

import dataclasses
import re
import struct
import subprocess
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from rfm_service import presets
from rfm_service.domain.findings import Findings, SettingChange
from rfm_service.drawing.key_figures import key_figures
from rfm_service.drawing.morning import page_of
from rfm_service.drawing.worklist import MOST_SHOWN, NAME_PLACES
from rfm_service.renderers.summary import Renderer
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from rfm_service.texts.plain import plain, shortened
from tests.programs import lacking, program
from tests.renderers.findings import HOSTILE_NAMES, make_findings
from tests.rules import ruled

CURRENCIES = {"ru": "RUB", "en": "USD", "zh": "CNY", "tr": "TRY"}
RU = Catalogue("ru", "RUB")
MARKUP = '{{ 7 * 7 }} #eval("1") $x$ *b* \\ `r` @a </script><script>'
FINDINGS = dataclasses.replace(
    make_findings(60, hostile=True), company=MARKUP,
    settings_changed=tuple(SettingChange("rfm.fallback", name, MARKUP) for name in HOSTILE_NAMES))
FILES = Renderer().render(FINDINGS, RU)
PAGE = FILES["summary.html"].decode("utf-8")


class Read(HTMLParser):
    """Notes tags that are opened and never closed, attributes, and the words in each cell of the matrix."""

    VOID = frozenset({"meta", "br", "img", "link", "input", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.bold: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)
        if self.open[-2:] == ["td", "b"]:
            self.bold.append(data)


def read(page: str) -> Read:
    parser = Read()
    parser.feed(page)
    parser.close()
    return parser


def rendered(findings: Findings, language: str = "ru") -> Mapping[str, bytes]:
    return Renderer().render(findings, Catalogue(language, CURRENCIES[language]))


def with_preset(preset: str) -> Findings:
    """4 000 customers in the segments of a preset, and as many ways between them as there can be."""
    findings, order = make_findings(4000), presets.preset(preset).order
    rng = np.random.default_rng(3)
    segment, before = rng.choice(order, 4000), rng.choice(["", *order], 4000)
    snapshot = findings.snapshot.assign(segment=segment, previous_segment=before)
    moved = snapshot[segment != before].head(900)
    moves = moved[["customer_id", "customer", "monetary"]].assign(
        from_segment=moved["previous_segment"], cause="ageing",
        to_segment=np.where(np.arange(len(moved)) % 9 == 0, "", moved["segment"]))
    changed = tuple(SettingChange(key, "100", "200") for key in ("rfm.window_days", "tiers.whale", *"abcdef"))
    return dataclasses.replace(findings, snapshot=snapshot, moves=moves, complete=False, settings_changed=changed,
                               company="Общество с ограниченной ответственностью «Северный ветер»",
                               basis=dataclasses.replace(findings.basis, rules=ruled(preset)))


def test_the_page_is_whole_and_asks_the_network_for_nothing() -> None:
    found = read(PAGE)
    assert not found.open
    assert not found.tags & {"script", "link", "img", "iframe", "object", "image", "base"}
    addresses = [(name, value) for name, value in found.attributes if "//" in value and name != "xmlns"]
    assert not addresses
    assert {value for name, value in found.attributes if name == "href"} == {"dashboard.html", "RFM.xlsx", "charts/"}
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in PAGE
    assert "prefers-color-scheme:dark" in PAGE


def test_hostile_words_are_only_words() -> None:
    assert "&lt;/script&gt;" in PAGE
    assert "{{ 7 * 7 }}" in PAGE
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\ufffe\uffff]", PAGE)


def test_nobody_is_named_but_the_top_of_the_list() -> None:
    findings = make_findings(400)
    text = " ".join(read(rendered(findings)["summary.html"].decode("utf-8")).words)
    listed = [plain(name) for name in findings.today["customer"].head(MOST_SHOWN)]
    assert len(listed) == MOST_SHOWN
    assert not [name for name in listed if shortened(name, NAME_PLACES) not in text]
    assert not [name for name in {*findings.snapshot["customer"]} - {*listed}
                if re.search(re.escape(name) + r"(?!\d)", text)]


def test_the_picture_names_nobody() -> None:
    """It goes to chats: it is the same whoever is on the list."""
    nobody = dataclasses.replace(FINDINGS, snapshot=FINDINGS.snapshot.assign(state="no_reason"))
    assert len(FINDINGS.today)
    assert rendered(nobody)["summary.png"] == FILES["summary.png"]
    assert rendered(nobody)["summary.pdf"] != FILES["summary.pdf"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_names_its_language(language: str) -> None:
    files = rendered(make_findings(1), language)
    page = files["summary.html"].decode("utf-8")
    assert f'<html lang="{language}">' in page
    assert read(page).open == []
    assert f"({language})".encode() in files["summary.pdf"]


def test_the_page_shows_the_totals_of_the_findings() -> None:
    findings = make_findings(900)
    text = read(rendered(findings)["summary.html"].decode("utf-8"))
    assert sum(map(int, text.bold)) == len(findings.moves)
    shown = "".join(text.words)
    for figure in key_figures(365, RU):
        assert figure.written(figure.of(findings.figures)) in shown
    for line in page_of(findings, RU).news:
        assert line in shown


def test_nothing_yet_is_a_calm_page() -> None:
    page = rendered(make_findings(0))["summary.html"].decode("utf-8")
    assert "Продаж пока нет" in page
    assert "<svg" not in page
    assert not read(page).open


def test_the_picture_is_small_and_as_wide_as_a_screen() -> None:
    picture = FILES["summary.png"]
    width, height = struct.unpack(">II", picture[16:24])
    assert (width, round(height / width, 2)) == (1240, 1.41)
    assert len(picture) < 1_000_000


def test_the_same_findings_give_the_same_bytes() -> None:
    assert rendered(FINDINGS) == FILES
    assert b"D:20261120000000" in FILES["summary.pdf"]


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_always_one_page_that_can_be_read_and_one_for_the_list(language: str, tmp_path: Path) -> None:
    texts = Catalogue(language, CURRENCIES[language])
    if language == "zh" and not tool("fc-list", ":lang=zh-cn", package="fontconfig").strip():
        lacking("no Chinese font is installed: apt-get install fonts-wqy-microhei")
    shapes = [with_preset(preset) for preset in presets.names()]
    for findings in (make_findings(0), make_findings(5), make_findings(4000), FINDINGS, *shapes):
        path, page = tmp_path / "summary.pdf", page_of(findings, texts)
        path.write_bytes(rendered(findings, language)["summary.pdf"])
        pages = 2 if page.today else 1
        assert re.search(rf"^Pages:\s+{pages}$", tool("pdfinfo", str(path)), re.MULTILINE)
        text, behind = map(squeezed, tool("pdftotext", str(path), "-").split("\f")[:2])
        assert not [word for row in page.today for word in (row.brings, *row.action.split())
                    if squeezed(word) not in behind]
        shown = [*(card.value for card in page.cards), *(row.name for row in page.segments),
                 *(row.money for row in page.segments), *(cell.money for row in page.migration.rows
                                                          for cell in row.cells)]
        assert not [word for words in shown for word in words.split() if squeezed(word) not in text]


@pytest.mark.slow
def test_markup_in_words_is_printed_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "summary.pdf"
    path.write_bytes(FILES["summary.pdf"])
    text = squeezed(tool("pdftotext", str(path), "-"))
    assert squeezed(page_of(FINDINGS, RU).company) in text
    assert squeezed('#eval("1") $x$ *b*') in text


def tool(name: str, *arguments: str, package: str = "poppler-utils") -> str:
    return subprocess.run([program(name, package), *arguments], check=True, capture_output=True,
                          encoding="utf-8").stdout


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad-]+", "", text)
